#include "report/report.h"

#include <inttypes.h>

#include "report/clean.h"

#define NAMES_MAX 3	/* devices that a sentence names */
#define NAME_BYTES_MAX 48

const char *report_mood_name(enum report_mood mood)
{
	static const char *const name[] = {
		[REPORT_BEFORE] = "before", [REPORT_CALM] = "calm", [REPORT_SETTLED] = "settled",
		[REPORT_WATCH] = "watch", [REPORT_ACT] = "act",
	};

	_Static_assert(sizeof name / sizeof *name == REPORT_MOOD_COUNT, "every mood has a name");
	return name[mood];
}

/* ---- what the rules ask ---- */

static uint64_t real_open(const struct report *report)
{
	uint64_t n = 0;

	for (size_t i = 0; i < report->figures.incident_count; i++)
		n += report->figures.incident[i].judged == 1 &&
		     report->figures.incident[i].closed.us == 0;
	return n;
}

static uint64_t unjudged(const struct report *report)
{
	uint64_t n = 0;

	for (size_t i = 0; i < report->figures.incident_count; i++)
		n += report->figures.incident[i].judged < 0;
	/* Those that the list has no room for were counted. */
	return n > report->figures.incidents_unjudged ? n : report->figures.incidents_unjudged;
}

static bool has_word(struct sv words, struct sv word)
{
	while (words.n > 0) {
		if (sv_eq(sv_cut(&words, ' '), word))
			return true;
	}
	return false;
}

/* Real incidents with one of the tactics. */
static uint64_t with_tactic(const struct report *report, struct sv one, struct sv other)
{
	uint64_t n = 0;

	for (size_t i = 0; i < report->figures.incident_count; i++) {
		const struct report_incident *incident = &report->figures.incident[i];

		n += incident->judged == 1 &&
		     (has_word(incident->tactics, one) || has_word(incident->tactics, other));
	}
	return n;
}

static uint64_t isolated(const struct report *report)
{
	return report->figures.devices_isolated;
}

static uint64_t silent(const struct report *report)
{
	return report->figures.devices_silent;
}

static uint64_t credentials(const struct report *report)
{
	return with_tactic(report, SV("credential-access"), SV("lateral-movement"));
}

static uint64_t carried_out(const struct report *report)
{
	return with_tactic(report, SV("collection"), SV("exfiltration"));
}

static uint64_t downloads(const struct report *report)
{
	return with_tactic(report, SV("initial-access"), SV("execution"));
}

static uint64_t last_month(const struct report *report)
{
	const struct report_frame *frame = &report->frame;

	return frame->of > 0 && frame->number == frame->of;
}

static uint64_t without_device(const struct report *report)
{
	return report->figures.devices == 0;
}

static uint64_t without_user(const struct report *report)
{
	uint64_t n = 0;

	for (size_t i = 0; i < report->figures.device_count; i++)
		n += report->figures.device[i].active && report->figures.device[i].user.n == 0;
	return n;
}

static uint64_t with_room(const struct report *report)
{
	const struct report_frame *frame = &report->frame;

	/* Most of what they may use is unused: perhaps PCs were forgotten. */
	return report->figures.devices > 0 && !last_month(report) &&
			       report->figures.users < frame->users_allowed / 2
		       ? frame->users_allowed - report->figures.users
		       : 0;
}

static uint64_t always(const struct report *report)
{
	return 1;
}

/* ---- names of devices for a sentence ---- */

static bool is_silent(const struct report_device *device)
{
	return device->silent;
}

static bool is_isolated(const struct report_device *device)
{
	return device->isolated;
}

static void name_devices(const struct report *report, bool (*is)(const struct report_device *device),
			 struct arena *arena, struct buf *names)
{
	const bool english = report->frame.english;
	size_t n = 0;

	for (size_t i = 0; i < report->figures.device_count; i++) {
		const struct report_device *device = &report->figures.device[i];

		if (!is(device) || device->hostname.n == 0)
			continue;
		if (n == NAMES_MAX) {
			buf_put_sv(names, english ? SV(" …") : SV(" ほか"));
			return;
		}
		if (n++ > 0)
			buf_put_sv(names, english ? SV(", ") : SV("、"));
		buf_put_sv(names, report_clean(arena, device->hostname, NAME_BYTES_MAX, false));
	}
}

/* ---- the rules, the most useful first ---- */

static const struct {
	uint64_t (*when)(const struct report *report); /* says the sentence where it is not 0 */
	bool (*names)(const struct report_device *device);
	const char *ja, *en; /* # the number, @ names of devices; one|more */
} rule_table[] = {
	{ real_open, NULL,
	  "対応中の事案が#件あります。担当者から連絡がありますので、電話に出られるようにしてください。",
	  "An incident is being handled. Please be reachable: our staff will call you.|"
	  "# incidents are being handled. Please be reachable: our staff will call you." },
	{ isolated, is_isolated,
	  "ネットワークから切り離しているPCが#台あります(@)。解除の連絡があるまで、そのままにしてください。",
	  "A device is cut off from the network (@). Please leave it so until we call.|"
	  "# devices are cut off from the network (@). Please leave them so until we call." },
	{ without_device, NULL,
	  "守られているPCがまだありません。「PCの追加」の手順で、まず1台に入れてください。",
	  "No device is protected yet. Please install the agent on a first one." },
	{ last_month, NULL,
	  "無料でお試しいただける期間は、今回で終わりです。この先どう守るかを、事務局にご相談ください。",
	  "This was the last month of the free trial. Please ask the office how to go on." },
	{ silent, is_silent,
	  "3日以上連絡のないPCが#台あります(@)。電源を入れ、インターネットにつないでください。"
	  "使わなくなったPCは、お知らせください。",
	  "A device has been silent for three days or more (@). Please switch it on and connect it, "
	  "or tell us that it is no longer used.|"
	  "# devices have been silent for three days or more (@). Please switch them on and "
	  "connect them, or tell us that they are no longer used." },
	{ credentials, NULL,
	  "パスワードをねらう動きのあった事案が#件ありました。そのPCで使ったパスワードを変えてください。",
	  "An incident aimed at passwords. Please change those that were used on that device.|"
	  "# incidents aimed at passwords. Please change those that were used on these devices." },
	{ carried_out, NULL,
	  "データを集める、または持ち出す動きのあった事案が#件ありました。"
	  "そのPCにあった情報を確かめ、事務局にご相談ください。",
	  "An incident collected or sent out data. Please check what was stored on that device "
	  "and ask the office.|"
	  "# incidents collected or sent out data. Please check what was stored on these devices "
	  "and ask the office." },
	{ unjudged, NULL,
	  "まだ調べている検知が#件あります。結果は担当者からお知らせします。"
	  "していただくことはありません。",
	  "A finding is still being looked at. We will tell you the result; nothing to do now.|"
	  "# findings are still being looked at. We will tell you the results; nothing to do now." },
	{ downloads, NULL,
	  "プログラムが勝手に動く事案が#件ありました。心当たりのない添付ファイルやリンクを開かないよう、"
	  "社内で声をかけてください。",
	  "An incident ran a program. Please remind everybody not to open unexpected attachments "
	  "or links.|"
	  "# incidents ran programs. Please remind everybody not to open unexpected attachments "
	  "or links." },
	{ without_user, NULL,
	  "使う人の登録がないPCが#台あります。だれが使っているかを、お知らせください。",
	  "A device has no registered user. Please tell us who uses it.|"
	  "# devices have no registered user. Please tell us who uses them." },
	{ with_room, NULL,
	  "あと#人の方がお使いになれます。まだ入れていないPCがないか、確かめてください。",
	  "One more person may use it. Please check whether a PC was forgotten.|"
	  "# more people may use it. Please check whether a PC was forgotten." },
	{ always, NULL,
	  "画面の様子がおかしいと感じたら、電源は切らずに、下の電話番号にご連絡ください。",
	  "If a screen looks strange, do not switch the PC off: call the number below." },
};

static struct sv fill(const char *text, uint64_t number, struct sv names, struct arena *arena)
{
	struct sv rest = sv_from(text), form = sv_cut(&rest, '|'), ret;
	struct buf buf;

	if (number != 1 && rest.n > 0)
		form = rest;
	buf_init(&buf, 2048);
	for (size_t i = 0; i < form.n; i++) {
		if (form.p[i] == '#')
			buf_printf(&buf, "%" PRIu64, number);
		else if (form.p[i] == '@')
			buf_put_sv(&buf, names);
		else
			buf_put_char(&buf, form.p[i]);
	}
	ret = arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return ret;
}

static void choose(struct report *report, struct arena *arena)
{
	struct sv *advice = arena_zalloc(arena, REPORT_ADVICE_MAX, sizeof *advice);
	size_t n = 0;

	for (size_t i = 0; advice != NULL && i < sizeof rule_table / sizeof *rule_table; i++) {
		const uint64_t number = rule_table[i].when(report);
		struct buf names;

		if (number == 0 || n == REPORT_ADVICE_MAX)
			continue;
		buf_init(&names, 512);
		if (rule_table[i].names != NULL)
			name_devices(report, rule_table[i].names, arena, &names);
		advice[n++] = fill(report->frame.english ? rule_table[i].en : rule_table[i].ja,
				   number, buf_sv(&names), arena);
		buf_done(&names);
	}
	report->figures.advice = advice;
	report->figures.advice_count = n;
}

/* ---- the month in one sentence ---- */

static enum report_mood mood_of(const struct report *report)
{
	const struct report_figures *figures = &report->figures;

	if (real_open(report) > 0 || figures->devices_isolated > 0)
		return REPORT_ACT;
	if (figures->devices == 0 && figures->events == 0 && figures->incidents == 0)
		return REPORT_BEFORE;
	if (unjudged(report) > 0 || figures->devices_silent > 0)
		return REPORT_WATCH;
	return figures->incidents_real > 0 ? REPORT_SETTLED : REPORT_CALM;
}

/* a month without detections says so. */
static const struct {
	enum report_mood mood;
	uint64_t (*when)(const struct report *report);
	const char *ja, *en;
} sentence_table[] = {
	{ REPORT_ACT, real_open, "対応中の事案が#件あります。",
	  "An incident is being handled.|# incidents are being handled." },
	{ REPORT_ACT, isolated, "ネットワークから切り離しているPCが#台あります。",
	  "A device is cut off from the network.|# devices are cut off from the network." },
	{ REPORT_BEFORE, always, "守られているPCがまだありません。", "No device is protected yet." },
	{ REPORT_WATCH, unjudged, "まだ調べている検知が#件あります。",
	  "A finding is still being looked at.|# findings are still being looked at." },
	{ REPORT_WATCH, silent, "しばらく連絡のないPCが#台あります。",
	  "A device has been silent for a while.|# devices have been silent for a while." },
};

static uint64_t checked_out(const struct report *report)
{
	return report->figures.incidents_not_real;
}

static struct sv sentence_of(const struct report *report, struct arena *arena)
{
	const struct report_figures *figures = &report->figures;
	const bool english = report->frame.english;

	for (size_t i = 0; i < sizeof sentence_table / sizeof *sentence_table; i++) {
		const uint64_t number = sentence_table[i].when(report);

		if (sentence_table[i].mood == figures->mood && number > 0)
			return fill(english ? sentence_table[i].en : sentence_table[i].ja, number,
				    SV_NONE, arena);
	}
	if (figures->mood == REPORT_SETTLED)
		return fill(english ? "An incident happened, and it is dealt with.|"
				      "# incidents happened, and all of them are dealt with."
				    : "事案が#件ありましたが、対応はすべて終わっています。",
			    figures->incidents_real, SV_NONE, arena);
	if (checked_out(report) > 0)
		return fill(english ? "A finding was looked at: no harm was found.|"
				      "# findings were looked at: no harm was found."
				    : "検知を#件調べましたが、被害はありませんでした。",
			    checked_out(report), SV_NONE, arena);
	if (figures->detections == 0)
		return english ? SV("Nothing was detected in this period.")
			       : SV("この期間、あやしい動きの検知はありませんでした。");
	return english ? SV("There was no incident in this period.")
		       : SV("この期間、事案はありませんでした。");
}

void report_advise(struct report *report, struct arena *arena)
{
	report->figures.mood = mood_of(report);
	report->figures.sentence = sentence_of(report, arena);
	choose(report, arena);
}
