/* The pages behind the first one: what stands behind its figures. */
#include "report/sheet.h"

#include <inttypes.h>

#include "report/clean.h"

static const struct report_figures *figures_of(const struct sheet *sheet)
{
	return &sheet->report->figures;
}

static void paragraph(struct sheet *sheet, struct sv text)
{
	const struct type type = { .size = 9.5, .ink = INK_TEXT };

	sheet_flow(sheet, &type, SHEET_LEFT, SHEET_INSIDE, "P", text);
	sheet->y += 6;
}

/* ---- incidents ---- */

static struct sv judged_word(const struct sheet *sheet, const struct report_incident *incident)
{
	if (incident->judged == 1)
		return sheet_say(sheet, "事案", "incident");
	return incident->judged == 0 ? sheet_say(sheet, "調べて問題なし", "no harm found")
				     : sheet_say(sheet, "調べているところ", "being looked at");
}

static struct sv level_word(const struct sheet *sheet, enum rule_level level)
{
	static const struct {
		const char *ja, *en;
	} word[] = {
		[LEVEL_NONE] = { "なし", "none" },	 [LEVEL_INFORMATIONAL] = { "情報", "informational" },
		[LEVEL_LOW] = { "低", "low" },		 [LEVEL_MEDIUM] = { "中", "medium" },
		[LEVEL_HIGH] = { "高", "high" },	 [LEVEL_CRITICAL] = { "重大", "critical" },
	};

	return sheet_say(sheet, word[level].ja, word[level].en);
}

static struct sv measure_word(const struct sheet *sheet, struct sv measure)
{
	static const struct {
		const char *name, *ja, *en;
	} word[] = {
		{ "isolate", "ネットワークから切り離し", "cut off" },
		{ "release", "切り離しを解除", "connected again" },
		{ "kill", "プログラムを停止", "program ended" },
		{ "collect", "記録を取り出し", "evidence collected" },
		{ "uninstall", "エージェントを削除", "agent removed" },
	};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
		if (sv_eq(measure, sv_from(word[i].name)))
			return sheet_say(sheet, word[i].ja, word[i].en);
	}
	return measure;
}

static struct sv measures(struct sheet *sheet, struct sv words)
{
	struct buf buf;
	struct sv ret;

	if (words.n == 0)
		return sheet_say(sheet, "なし", "none");
	buf_init(&buf, 2000);
	while (words.n > 0) {
		if (buf.n > 0)
			buf_put_sv(&buf, sheet_say(sheet, "、", ", "));
		buf_put_sv(&buf, measure_word(sheet, sv_cut(&words, ' ')));
	}
	ret = arena_dup(sheet->arena, buf_sv(&buf));
	buf_done(&buf);
	return ret;
}

static struct sv facts(struct sheet *sheet, const struct report_incident *incident)
{
	const bool english = sheet->english;
	const struct sv closed = incident->closed.us == 0
					 ? sheet_say(sheet, "続いています", "still open")
					 : sheet_time(sheet, incident->closed);

	return sheet_print(
		sheet,
		english ? "%.*s · device %.*s · severity %.*s · %" PRIu64 " detections\n"
			  "Closed: %.*s · Done on the device: %.*s%s"
			: "発生 %.*s  PC %.*s  重さ %.*s  検知 %" PRIu64 "件\n"
			  "終了 %.*s  PCでの対応 %.*s%s",
		SV_ARG(sheet_time(sheet, incident->first)),
		SV_ARG(report_clean(sheet->arena, incident->host, 120, false)),
		SV_ARG(level_word(sheet, incident->level)), incident->detections, SV_ARG(closed),
		SV_ARG(measures(sheet, incident->measures)),
		!incident->carried ? "" : english ? " · began earlier" : "  (前の期間から継続)");
}

static struct sv story_of(const struct sheet *sheet, const struct report_incident *incident)
{
	if (incident->story.n > 0)
		return incident->story;
	if (incident->judged < 0)
		return sheet_say(sheet, "担当者が調べています。結果は電話か、次の報告書でお知らせします。",
				 "We are looking at it, and will tell you the result.");
	return incident->judged == 0
		       ? sheet_say(sheet, "調べた結果、害のない動きでした。",
				   "We looked at it: it did no harm.")
		       : sheet_say(sheet, "対応を続けています。", "We are handling it.");
}

static void draw_incident(struct sheet *sheet, const struct report_incident *incident)
{
	const struct type small = { .size = 8.5, .ink = INK_MUTED };
	const struct type badge = { .size = 8.5, .bold = true, .lines = 1,
				    .ink = incident->judged == 1   ? INK_RED
					   : incident->judged == 0 ? INK_MUTED
								   : INK_AMBER };
	const struct sv text = facts(sheet, incident);
	const double height = sheet_measure(sheet, &small, SHEET_INSIDE, text);

	sheet_heading(sheet, 2,
		      sheet_print(sheet, "#%" PRIu64 " %.*s", incident->number,
				  SV_ARG(report_clean(sheet->arena, incident->title, 300, false))),
		      height + 40);
	sheet_tag(sheet, "P");
	sheet->y += sheet_text(sheet, &badge, SHEET_LEFT, sheet->y, SHEET_INSIDE,
			       judged_word(sheet, incident));
	sheet_untag(sheet, "P");
	sheet_flow(sheet, &small, SHEET_LEFT, SHEET_INSIDE, "P", text);
	sheet->y += 3;
	paragraph(sheet, story_of(sheet, incident));
	sheet_line(sheet, SHEET_LEFT, sheet->y, SHEET_RIGHT, sheet->y, 0.4, INK_LINE);
}

static void draw_incidents(struct sheet *sheet)
{
	const struct report_figures *figures = figures_of(sheet);
	const uint64_t all = figures->incidents + figures->incidents_carried;

	sheet_heading(sheet, 1, sheet_say(sheet, "調べたことの記録", "What was looked at"), 40);
	if (figures->incident_count == 0) {
		paragraph(sheet, sheet_say(sheet, "この期間に調べた検知はありません。",
					   "There was nothing to look at in this period."));
		return;
	}
	for (size_t i = 0; i < figures->incident_count && !sheet->full; i++)
		draw_incident(sheet, &figures->incident[i]);
	if (all > figures->incident_count) {
		sheet->y += 8;
		paragraph(sheet, sheet_print(sheet,
					     sheet->english ? "%" PRIu64 " more are not listed here."
							    : "ほかに%" PRIu64 "件あります(一覧には載せていません)。",
					     all - figures->incident_count));
	}
}

/* ---- detections ---- */

static const enum rule_level level_order[] = { LEVEL_CRITICAL, LEVEL_HIGH, LEVEL_MEDIUM, LEVEL_LOW,
					       LEVEL_INFORMATIONAL };

static void level_row(struct sheet *sheet, size_t at, struct cells *ret)
{
	static const struct {
		const char *ja, *en;
	} meaning[] = {
		{ "すぐに対応が必要なおそれがあるもの", "may need action at once" },
		{ "攻撃に使われることの多い動き", "often part of an attack" },
		{ "ふだんは少なく、確かめたほうがよい動き", "unusual, worth a look" },
		{ "単独では問題のない動き", "harmless alone" },
		{ "参考のための記録", "for reference" },
	};
	const enum rule_level level = level_order[at];

	ret->text[0] = level_word(sheet, level);
	ret->bold[0] = true;
	ret->text[1] = sheet_say(sheet, meaning[at].ja, meaning[at].en);
	ret->text[2] = sheet_number(sheet, figures_of(sheet)->by_level[level]);
}

static void day_row(struct sheet *sheet, size_t at, struct cells *ret)
{
	const struct report_day *day = &figures_of(sheet)->day[at];
	const struct civil civil = day_to_civil(day->day);

	ret->text[0] = sheet_short_day(sheet, day->day);
	if (civil.weekday == SUNDAY || civil.weekday == SATURDAY)
		ret->ink[0] = INK_MUTED;
	ret->text[1] = sheet_number(sheet, day->events);
	ret->text[2] = sheet_number(sheet, day->detections);
	ret->text[3] = sheet_print(sheet, "%u", day->incidents);
	ret->bold[2] = day->detections > 0;
	ret->bold[3] = day->incidents > 0;
	for (unsigned i = 1; i <= 3; i++) {
		if (sv_eq(ret->text[i], SV("0")))
			ret->ink[i] = INK_GREY;
	}
}

static void draw_detections(struct sheet *sheet)
{
	const struct column level[] = {
		{ sheet_say(sheet, "重さ", "Severity"), 70, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "意味", "Meaning"), SHEET_INSIDE - 150, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "検知", "Detections"), 80, PANGO_ALIGN_RIGHT },
	};
	const struct column day[] = {
		{ sheet_say(sheet, "日", "Day"), SHEET_INSIDE - 300, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "見張った記録", "Events"), 100, PANGO_ALIGN_RIGHT },
		{ sheet_say(sheet, "検知", "Detections"), 100, PANGO_ALIGN_RIGHT },
		{ sheet_say(sheet, "調べたもの", "Findings"), 100, PANGO_ALIGN_RIGHT },
	};

	sheet_heading(sheet, 1, sheet_say(sheet, "検知の内訳", "Detections"), 110);
	if (figures_of(sheet)->detections == 0)
		paragraph(sheet, sheet_say(sheet, "この期間、検知は0件でした。",
					   "There was no detection in this period."));
	sheet_table(sheet, level, 3, sizeof level_order / sizeof *level_order, level_row);
	sheet_heading(sheet, 2, sheet_say(sheet, "1日ごと", "Each day"), 60);
	sheet_table(sheet, day, 4, figures_of(sheet)->day_count, day_row);
}

/* ---- devices ---- */

static struct sv device_state(const struct sheet *sheet, const struct report_device *device)
{
	if (device->isolated)
		return sheet_say(sheet, "切り離し中", "cut off");
	if (!device->active)
		return sheet_say(sheet, "終了", "ended");
	if (device->silent)
		return sheet_say(sheet, "連絡なし", "silent");
	return device->enrolled_in_period ? sheet_say(sheet, "新しく追加", "new")
					  : sheet_say(sheet, "正常", "well");
}

static struct sv platform_word(const struct sheet *sheet, struct sv platform)
{
	static const struct {
		const char *name, *word;
	} word[] = { { "linux", "Linux" }, { "windows", "Windows" }, { "macos", "macOS" } };

	for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
		if (sv_eq_case(platform, sv_from(word[i].name)))
			return sv_from(word[i].word);
	}
	return platform;
}

static void device_row(struct sheet *sheet, size_t at, struct cells *ret)
{
	const struct report_device *device = &figures_of(sheet)->device[at];

	ret->text[0] = device->hostname;
	ret->bold[0] = true;
	ret->text[1] = device->user.n > 0 ? device->user : SV("–");
	ret->text[2] = platform_word(sheet, device->platform);
	ret->text[3] = sheet_number(sheet, device->events);
	ret->text[4] = sheet_number(sheet, device->detections);
	ret->text[5] = sheet_print(sheet, "%u", device->days_heard);
	ret->text[6] = device->seen.us == 0
			       ? SV("–")
			       : sheet_short_day(sheet, tokyo_of(device->seen).day);
	ret->text[7] = device_state(sheet, device);
	ret->bold[7] = device->silent || device->isolated;
	ret->ink[7] = device->isolated ? INK_RED
		      : device->silent ? INK_AMBER
		      : device->active ? INK_GREEN
				       : INK_MUTED;
}

static void draw_devices(struct sheet *sheet)
{
	const struct report_figures *figures = figures_of(sheet);
	const struct column column[] = {
		{ sheet_say(sheet, "PC", "Device"), SHEET_INSIDE - 393, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "使う人", "User"), 86, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "種類", "System"), 56, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "記録", "Events"), 56, PANGO_ALIGN_RIGHT },
		{ sheet_say(sheet, "検知", "Detections"), 40, PANGO_ALIGN_RIGHT },
		{ sheet_say(sheet, "動いた日", "Days"), 42, PANGO_ALIGN_RIGHT },
		{ sheet_say(sheet, "最後の連絡", "Last heard"), 62, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "様子", "State"), 51, PANGO_ALIGN_LEFT },
	};

	sheet_heading(sheet, 1, sheet_say(sheet, "守っているPC", "Devices"), 60);
	if (figures->device_count == 0) {
		paragraph(sheet, sheet_say(sheet, "まだ登録されたPCがありません。",
					   "No device is enrolled yet."));
		return;
	}
	sheet_table(sheet, column, 8, figures->device_count, device_row);
	if (figures->devices_more > 0)
		paragraph(sheet, sheet_print(sheet,
					     sheet->english ? "%" PRIu64 " more devices are not listed."
							    : "ほかに%" PRIu64 "台あります(一覧には載せていません)。",
					     figures->devices_more));
}

/* ---- daily checks ---- */

static void draw_checks(struct sheet *sheet)
{
	const struct report_figures *figures = figures_of(sheet);
	const double height = chart_checks_height(sheet);
	struct sv text;

	if (!sheet->report->frame.checked_daily)
		return;
	sheet_heading(sheet, 1, sheet_say(sheet, "毎日の確認", "Daily checks"), height + 34);
	if (figures->checks_missed == 0)
		text = sheet_print(sheet,
				   sheet->english ? "Experts looked at your devices on %u days. No day was missed."
						  : "専門家が%u日、PCの様子を確認しました。確認できなかった日はありません。",
				   figures->checks_done);
	else
		text = sheet_print(sheet,
				   sheet->english ? "Experts looked at your devices on %u days. On %u days (red) this was missed."
						  : "専門家が%u日、PCの様子を確認しました。確認できなかった日(赤)が%u日あります。",
				   figures->checks_done, figures->checks_missed);
	paragraph(sheet, text);
	sheet_need(sheet, height);
	sheet_figure(sheet, text);
	chart_checks(sheet, sheet->y);
	sheet_untag(sheet, "Figure");
	sheet->y += height + 4;
}

/* ---- words, and how it was counted ---- */

static const struct {
	const char *ja, *ja_text, *en, *en_text;
} word_table[] = {
	{ "見張った記録", "PCで起きたこと(プログラムの起動、通信など)の記録です。多くはふだんの仕事によるものです。",
	  "Event", "What happened on a PC: a program started, a connection was made. Most is daily work." },
	{ "検知", "記録の中で、攻撃のときに見られる動きと同じ形をしたものです。検知イコール被害ではありません。",
	  "Detection", "An event that looks like a part of an attack. It need not be one." },
	{ "事案", "担当者が調べ、対応が必要だと判定したものです。",
	  "Incident", "What a person looked at and judged to need action." },
	{ "切り離し", "被害が広がらないように、PCの通信を止めることです。私たちとの連絡だけは残り、あとで元に戻せます。",
	  "Cutting off", "Stops a PC's connections so that harm does not spread; it can be undone." },
	{ "エージェント", "PCに入れた、見張り役の小さなプログラムです。",
	  "Agent", "The small program on a PC that keeps watch." },
	{ "重さ", "検知した動きが、どのくらい攻撃らしいかの目安です。",
	  "Severity", "How much a detection looks like an attack." },
};

static void word_row(struct sheet *sheet, size_t at, struct cells *ret)
{
	ret->text[0] = sheet_say(sheet, word_table[at].ja, word_table[at].en);
	ret->bold[0] = true;
	ret->text[1] = sheet_say(sheet, word_table[at].ja_text, word_table[at].en_text);
}

static void draw_words(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;
	const struct column column[] = {
		{ sheet_say(sheet, "ことば", "Word"), 90, PANGO_ALIGN_LEFT },
		{ sheet_say(sheet, "意味", "Meaning"), SHEET_INSIDE - 90, PANGO_ALIGN_LEFT },
	};

	sheet_heading(sheet, 1, sheet_say(sheet, "ことばの説明", "Words"), 170);
	sheet_table(sheet, column, 2, sizeof word_table / sizeof *word_table, word_row);
	sheet_heading(sheet, 1, sheet_say(sheet, "この報告書の数え方", "How it was counted"), 60);
	paragraph(sheet,
		  sheet_say(sheet,
			    "件数はすべて、PCから届いた記録を集計したものです。それぞれの記録は、PCで起きた日(日本時間)に数えます。"
			    "作成した後に届いた記録は含みません。「事案」「問題なし」は担当者の判定で、自動では決めません。",
			    "All figures are counted from what the devices sent. An event counts on the day (in Japan) "
			    "on which it happened; what came after this report was made is not in it. Whether something "
			    "is an incident was judged by a person, never by a program."));
	paragraph(sheet, sheet_print(sheet, sheet->english ? "Programme: %.*s, %.*s" : "事業 %.*s、%.*s",
				     SV_ARG(report_clean(sheet->arena, frame->programme_name, 300, false)),
				     SV_ARG(report_clean(sheet->arena, frame->course_name, 300, false))));
}

void detail_pages(struct sheet *sheet)
{
	sheet_new_page(sheet);
	draw_incidents(sheet);
	draw_devices(sheet);
	draw_detections(sheet);
	draw_checks(sheet);
	draw_words(sheet);
}
