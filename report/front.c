/* The first page: for somebody who knows nothing of security. */
#include "report/sheet.h"

#include <inttypes.h>

#define TILE_GAP 8.0
#define TILE_HEIGHT 56.0
#define CALL_HEIGHT 60.0
#define CHART_MIN 70.0
#define CHART_MAX 165.0
#define AIR_MAX 12.0 /* between parts, where there is room */

struct ink mood_ink(enum report_mood mood)
{
	static const unsigned ink[] = {
		[REPORT_BEFORE] = 0x5c5c60, [REPORT_CALM] = 0x1a7f4b, [REPORT_SETTLED] = 0x1d4ed8,
		[REPORT_WATCH] = 0x8a5a00, [REPORT_ACT] = 0xc8102e,
	};

	_Static_assert(sizeof ink / sizeof *ink == REPORT_MOOD_COUNT, "every mood has a colour");
	return INK(ink[mood]);
}

static struct ink mood_paper(enum report_mood mood)
{
	static const unsigned ink[] = {
		[REPORT_BEFORE] = 0xf1f1f3, [REPORT_CALM] = 0xe4f5ec, [REPORT_SETTLED] = 0xe8efff,
		[REPORT_WATCH] = 0xfdf3da, [REPORT_ACT] = 0xfdeaec,
	};

	_Static_assert(sizeof ink / sizeof *ink == REPORT_MOOD_COUNT, "every mood has a colour");
	return INK(ink[mood]);
}

static struct sv mood_word(const struct sheet *sheet)
{
	static const struct {
		const char *ja, *en;
	} word[] = {
		[REPORT_BEFORE] = { "これから", "Not started" },
		[REPORT_CALM] = { "問題なし", "All well" },
		[REPORT_SETTLED] = { "対応済み", "Dealt with" },
		[REPORT_WATCH] = { "確認中", "Being looked at" },
		[REPORT_ACT] = { "対応中", "Action under way" },
	};
	const enum report_mood mood = sheet->report->figures.mood;

	_Static_assert(sizeof word / sizeof *word == REPORT_MOOD_COUNT, "every mood has a word");
	return sheet_say(sheet, word[mood].ja, word[mood].en);
}

/* ---- head ---- */

static struct sv which_month(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;

	if (frame->number == 0)
		return sheet_say(sheet, "臨時", "Extra report");
	if (frame->of == 0)
		return sheet_print(sheet, sheet->english ? "Report %u" : "第%u回", frame->number);
	return sheet_print(sheet, sheet->english ? "Month %u of %u" : "第%u回(全%u回)",
			   frame->number, frame->of);
}

/* "令和8年7月1日(水) ~ 7月31日(金)": the year once, where it is the same. */
static struct sv period(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;
	const bool same = day_to_civil(frame->from).year == day_to_civil(frame->to).year;
	const struct sv to = same && !sheet->english ? sheet_short_day(sheet, frame->to)
						     : sheet_day(sheet, frame->to);

	return sheet_print(sheet, sheet->english ? "%.*s – %.*s" : "%.*sから%.*sまで",
			   SV_ARG(sheet_day(sheet, frame->from)), SV_ARG(to));
}

static void draw_head(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;
	const struct type small = { .size = 9, .ink = INK_MUTED, .lines = 1 };
	const struct type right = { .size = 9, .ink = INK_MUTED, .lines = 1,
				    .align = PANGO_ALIGN_RIGHT };
	const struct type title = { .size = 22, .bold = true, .ink = INK_TEXT, .lines = 1,
				    .leading = 1.4 };
	const struct type company = { .size = 13.5, .bold = true, .ink = INK_TEXT, .lines = 2,
				      .leading = 1.35 };
	const bool part = tokyo_of(frame->made).day.n <= frame->to.n;
	double y = 34;

	sheet_tag(sheet, "P");
	sheet_text(sheet, &small, SHEET_LEFT, y, SHEET_INSIDE * 0.7, frame->course_name);
	y += sheet_text(sheet, &right, SHEET_LEFT + SHEET_INSIDE * 0.7, y, SHEET_INSIDE * 0.3,
			which_month(sheet));
	sheet_untag(sheet, "P");
	sheet_tag(sheet, "H1");
	y += sheet_text(sheet, &title, SHEET_LEFT, y, SHEET_INSIDE,
			sheet_say(sheet, "セキュリティ月次報告書", "Monthly security report"));
	sheet_untag(sheet, "H1");
	sheet_tag(sheet, "P");
	y += 4 + sheet_text(sheet, &company, SHEET_LEFT, y + 4, SHEET_INSIDE,
			    sheet_print(sheet, sheet->english ? "%.*s" : "%.*s 様",
					SV_ARG(frame->company_name)));
	sheet_untag(sheet, "P");
	sheet_tag(sheet, "P");
	y += 2 + sheet_text(sheet, &small, SHEET_LEFT, y + 2, SHEET_INSIDE * 0.68,
			    part ? sheet_print(sheet, sheet->english ? "%.*s (so far)" : "%.*s(途中まで)",
					       SV_ARG(period(sheet)))
				 : period(sheet));
	sheet_text(sheet, &right, SHEET_LEFT + SHEET_INSIDE * 0.6, y - 13, SHEET_INSIDE * 0.4,
		   sheet_print(sheet, sheet->english ? "made %.*s" : "%.*s作成",
			       SV_ARG(sheet_day(sheet, tokyo_of(frame->made).day))));
	sheet_untag(sheet, "P");
	sheet->y = y + 10;
}

/* ---- the month in one sentence and one colour ---- */

static void draw_check_sign(struct sheet *sheet, double x, double y)
{
	sheet_line(sheet, x - 7, y + 1, x - 2, y + 6, 3, INK_WHITE);
	sheet_line(sheet, x - 3, y + 6, x + 8, y - 6, 3, INK_WHITE);
}

static void draw_sign(struct sheet *sheet, double x, double y)
{
	const enum report_mood mood = sheet->report->figures.mood;
	const struct type mark = { .size = 21, .bold = true, .ink = INK_WHITE,
				   .align = PANGO_ALIGN_CENTER, .lines = 1 };

	if (mood == REPORT_ACT)
		sheet_box(sheet, x - 17, y - 17, 34, 34, 7, mood_ink(mood));
	else
		sheet_disc(sheet, x, y, 17, mood_ink(mood), true);
	if (mood == REPORT_CALM || mood == REPORT_SETTLED)
		draw_check_sign(sheet, x, y);
	else
		sheet_text(sheet, &mark, x - 17, y - 16, 34,
			   mood == REPORT_ACT ? SV("!") : mood == REPORT_WATCH ? SV("?") : SV("–"));
}

static void draw_banner(struct sheet *sheet)
{
	const struct report_figures *figures = &sheet->report->figures;
	const struct type word = { .size = 10, .bold = true, .ink = mood_ink(figures->mood),
				   .lines = 1 };
	const struct type sentence = { .size = 17, .bold = true, .ink = INK_TEXT, .lines = 3,
				       .leading = 1.35 };
	const double x = SHEET_LEFT + 62, width = SHEET_RIGHT - x - 14;
	const double tall = sheet_measure(sheet, &sentence, width, figures->sentence);
	const double height = tall + 38;

	sheet_box(sheet, SHEET_LEFT, sheet->y, SHEET_INSIDE, height, 8, mood_paper(figures->mood));
	sheet_box(sheet, SHEET_LEFT, sheet->y, 6, height, 3, mood_ink(figures->mood));
	draw_sign(sheet, SHEET_LEFT + 34, sheet->y + height / 2);
	sheet_tag(sheet, "P");
	sheet_text(sheet, &word, x, sheet->y + 10, width, mood_word(sheet));
	sheet_text(sheet, &sentence, x, sheet->y + 24, width, figures->sentence);
	sheet_untag(sheet, "P");
	sheet->y += height + 10;
}

/* ---- headings of this page ---- */

static void draw_title(struct sheet *sheet, const char *ja, const char *en)
{
	const struct type type = { .size = 11.5, .bold = true, .ink = INK_TEXT, .lines = 1 };

	sheet_box(sheet, SHEET_LEFT, sheet->y + 3, 3.5, 12, 1.5, INK_BLUE);
	sheet_tag(sheet, "H2");
	sheet->y += sheet_text(sheet, &type, SHEET_LEFT + 9, sheet->y, SHEET_INSIDE - 9,
			       sheet_say(sheet, ja, en));
	sheet_untag(sheet, "H2");
	sheet->y += 4;
}

/* ---- what is protected ---- */

static void draw_tile(struct sheet *sheet, double x, double width, struct sv number, struct sv unit,
		      struct sv what)
{
	struct type big = { .size = 20, .bold = true, .ink = INK_TEXT, .lines = 1, .leading = 1.2 };
	const struct type small = { .size = 9, .ink = INK_TEXT, .lines = 1 };
	const struct type below = { .size = 8.5, .ink = INK_MUTED, .lines = 2 };
	const double unit_width = sheet_text_width(sheet, &small, unit);
	double wide = sheet_text_width(sheet, &big, number);

	while (wide + unit_width + 24 > width && big.size > 6) {
		big.size -= 1;
		wide = sheet_text_width(sheet, &big, number);
	}
	sheet_box(sheet, x, sheet->y, width, TILE_HEIGHT, 6, INK_PALE);
	sheet_tag(sheet, "P");
	sheet_text(sheet, &below, x + 10, sheet->y + 6, width - 16, what);
	sheet_text(sheet, &big, x + 10, sheet->y + TILE_HEIGHT - 11 - big.size * 1.2, 0, number);
	sheet_text(sheet, &small, x + 13 + wide, sheet->y + TILE_HEIGHT - 23, 0, unit);
	sheet_untag(sheet, "P");
}

static void draw_tiles(struct sheet *sheet)
{
	const struct report_figures *figures = &sheet->report->figures;
	const bool checked = sheet->report->frame.checked_daily;
	const unsigned n = checked ? 4 : 3;
	const double width = (SHEET_INSIDE - (n - 1) * TILE_GAP) / n, step = width + TILE_GAP;

	draw_title(sheet, "守っているもの", "What is protected");
	draw_tile(sheet, SHEET_LEFT, width, sheet_number(sheet, figures->devices),
		  sheet_say(sheet, "台", "PCs"), sheet_say(sheet, "守っているPC", "Devices"));
	draw_tile(sheet, SHEET_LEFT + step, width, sheet_number(sheet, figures->users),
		  sheet_say(sheet, "人", ""), sheet_say(sheet, "使っている人", "People who use them"));
	draw_tile(sheet, SHEET_LEFT + 2 * step, width, sheet_number(sheet, figures->events),
		  sheet_say(sheet, "件", ""),
		  sheet_say(sheet, "見張ったPCの動き", "Events watched"));
	if (checked)
		draw_tile(sheet, SHEET_LEFT + 3 * step, width,
			  sheet_print(sheet, "%u", figures->checks_done),
			  sheet_print(sheet, sheet->english ? "of %u days" : "/ %u日",
				      figures->checks_done + figures->checks_missed),
			  sheet_say(sheet, "専門家が毎日確認", "Looked at by an expert"));
	sheet->y += TILE_HEIGHT + 11;
}

/* ---- what happened ---- */

static struct sv what_happened(struct sheet *sheet)
{
	const struct report_figures *figures = &sheet->report->figures;
	const struct sv detections = sheet_number(sheet, figures->detections);
	const struct sv incidents = sheet_number(sheet, figures->incidents);

	if (figures->detections == 0 && figures->incidents == 0)
		return sheet_say(sheet, "あやしい動きの検知は0件でした。", "Nothing was detected.");
	if (sheet->english)
		return sheet_print(sheet,
				   "Suspicious activity: %.*s detections, which make %.*s findings: "
				   "%" PRIu64 " incidents, %" PRIu64 " without harm, %" PRIu64
				   " still being looked at.",
				   SV_ARG(detections), SV_ARG(incidents), figures->incidents_real,
				   figures->incidents_not_real, figures->incidents_unjudged);
	return sheet_print(sheet,
			   "あやしい動きを%.*s件検知し、%.*s件にまとめて調べました。"
			   "内訳は、事案%" PRIu64 "件、問題なし%" PRIu64 "件、調べているところ%" PRIu64
			   "件です。",
			   SV_ARG(detections), SV_ARG(incidents), figures->incidents_real,
			   figures->incidents_not_real, figures->incidents_unjudged);
}

static void draw_happened(struct sheet *sheet, double chart)
{
	const struct type type = { .size = 10, .ink = INK_TEXT };

	draw_title(sheet, "この期間に起きたこと", "What happened");
	sheet_tag(sheet, "P");
	sheet->y += sheet_text(sheet, &type, SHEET_LEFT, sheet->y, SHEET_INSIDE, what_happened(sheet));
	sheet_untag(sheet, "P");
	sheet->y += 5;
	sheet_figure(sheet, chart_days_text(sheet));
	sheet->y += chart_days(sheet, sheet->y, chart);
	sheet_untag(sheet, "Figure");
	sheet->y += 10;
}

/* ---- what we did ---- */

static struct sv what_we_did(struct sheet *sheet)
{
	const struct report_figures *figures = &sheet->report->figures;
	const bool english = sheet->english;
	struct buf buf;
	struct sv ret;

	buf_init(&buf, 2000);
	if (sheet->report->frame.checked_daily)
		buf_printf(&buf,
			   english ? "Experts looked at your devices on %u days. "
				   : "専門家がPCの様子を%u日、確認しました。",
			   figures->checks_done);
	if (sheet->report->frame.checked_daily && figures->checks_missed > 0)
		buf_printf(&buf, english ? "On %u days this was missed. " : "確認できなかった日が%u日あります。",
			   figures->checks_missed);
	if (figures->incidents > figures->incidents_unjudged)
		buf_printf(&buf,
			   english ? "A person judged %" PRIu64 " findings. "
				   : "検知%" PRIu64 "件を、担当者が一つずつ判定しました。",
			   figures->incidents - figures->incidents_unjudged);
	if (figures->blocked > 0)
		buf_printf(&buf,
			   english ? "Programs were ended or devices cut off %" PRIu64 " times. "
				   : "プログラムの停止やネットワークからの切り離しを%" PRIu64 "回行いました。",
			   figures->blocked);
	if (figures->actions > figures->blocked)
		buf_printf(&buf,
			   english ? "Other work on devices (evidence, reconnecting): %" PRIu64 " times."
				   : "ほかに、記録の取り出しや切り離しの解除を%" PRIu64 "回行いました。",
			   figures->actions - figures->blocked);
	if (buf.n == 0)
		buf_put_sv(&buf, sheet_say(sheet, "PCの動きを休まず見張りました。対応が必要なことはありませんでした。",
					   "We watched your devices. Nothing had to be done."));
	ret = arena_dup(sheet->arena, buf_sv(&buf));
	buf_done(&buf);
	return ret;
}

static void draw_done(struct sheet *sheet)
{
	const struct type type = { .size = 10, .ink = INK_TEXT, .lines = 4 };

	draw_title(sheet, "私たちがしたこと", "What we did");
	sheet_tag(sheet, "P");
	sheet->y += sheet_text(sheet, &type, SHEET_LEFT, sheet->y, SHEET_INSIDE, what_we_did(sheet));
	sheet_untag(sheet, "P");
	sheet->y += 10;
}

/* ---- what to do next ---- */

static void draw_advice(struct sheet *sheet)
{
	const struct report_figures *figures = &sheet->report->figures;
	const struct type number = { .size = 9, .bold = true, .ink = INK_WHITE,
				     .align = PANGO_ALIGN_CENTER, .lines = 1 };
	const struct type type = { .size = 10, .ink = INK_TEXT, .lines = 3 };

	draw_title(sheet, "次にしていただくこと", "What to do next");
	sheet_tag(sheet, "L");
	for (size_t i = 0; i < figures->advice_count; i++) {
		sheet_tag(sheet, "LI");
		sheet_disc(sheet, SHEET_LEFT + 8, sheet->y + 7.6, 6.8, INK_BLUE, true);
		sheet_tag(sheet, "Lbl");
		sheet_text(sheet, &number, SHEET_LEFT, sheet->y + 0.8, 16, sheet_print(sheet, "%zu", i + 1));
		sheet_untag(sheet, "Lbl");
		sheet_tag(sheet, "LBody");
		sheet->y += sheet_text(sheet, &type, SHEET_LEFT + 22, sheet->y, SHEET_INSIDE - 22,
				       figures->advice[i]);
		sheet_untag(sheet, "LBody");
		sheet_untag(sheet, "LI");
		sheet->y += 4;
	}
	sheet_untag(sheet, "L");
	sheet->y += 7;
}

/* ---- whom to call ---- */

static void draw_call(struct sheet *sheet)
{
	const struct report_frame *frame = &sheet->report->frame;
	const struct type label = { .size = 9, .bold = true, .ink = INK_TEXT, .lines = 1 };
	const struct type number = { .size = 19, .bold = true, .ink = INK_BLUE, .lines = 1,
				     .leading = 1.3 };
	const struct type small = { .size = 9, .ink = INK_TEXT, .lines = 1 };
	const double height = CALL_HEIGHT, x = SHEET_LEFT + SHEET_INSIDE * 0.5;
	const double y = SHEET_BOTTOM - height;

	sheet_box(sheet, SHEET_LEFT, y, SHEET_INSIDE, height, 8, INK_PALE);
	sheet_tag(sheet, "P");
	sheet_text(sheet, &label, SHEET_LEFT + 14, y + 8, SHEET_INSIDE * 0.5 - 20,
		   frame->desk_day_and_night
			   ? sheet_say(sheet, "困ったときの電話(24時間・年中無休)",
				       "Call us, day and night")
			   : sheet_say(sheet, "困ったときの電話", "Call us"));
	sheet_text(sheet, &number, SHEET_LEFT + 14, y + 22, SHEET_INSIDE * 0.5 - 20,
		   frame->office_telephone);
	sheet_untag(sheet, "P");
	sheet_tag(sheet, "P");
	sheet_text(sheet, &label, x, y + 8, SHEET_RIGHT - x - 10, frame->office_name);
	sheet_text(sheet, &small, x, y + 23, SHEET_RIGHT - x - 10, frame->office_hours);
	sheet_text(sheet, &small, x, y + 37, SHEET_RIGHT - x - 10, frame->office_mail);
	sheet_untag(sheet, "P");
}

static void draw_all(struct sheet *sheet, double chart, double air)
{
	draw_head(sheet);
	sheet->y += air;
	draw_banner(sheet);
	sheet->y += air;
	draw_tiles(sheet);
	sheet->y += air;
	draw_happened(sheet, chart);
	sheet->y += air;
	draw_done(sheet);
	sheet->y += air;
	draw_advice(sheet);
}

/* The chart takes what the words leave, then the parts move apart: this page is one page. */
void front_page(struct sheet *sheet)
{
	const bool dry = sheet->dry;
	double left, chart, air;

	sheet_new_page(sheet);
	sheet->dry = true;
	draw_all(sheet, 0, 0);
	left = SHEET_BOTTOM - CALL_HEIGHT - sheet->y;
	sheet->dry = dry;
	chart = left < CHART_MIN ? CHART_MIN : left > CHART_MAX ? CHART_MAX : left;
	air = (left - chart) / 5;
	draw_all(sheet, chart, air < 0 ? 0 : air > AIR_MAX ? AIR_MAX : air);
	draw_call(sheet);
}
