#include "report/sheet.h"

#include <math.h>

#define AXIS 14.0    /* days below the bars */
#define MARKS 22.0   /* incidents above them */
#define SCALE 30.0   /* numbers left of them */
#define NAMED_MAX 4  /* days that an alternative text names */

/* ---- events of each day, with incidents above ---- */

static uint64_t most(const struct report_figures *figures)
{
	uint64_t n = 0;

	for (size_t i = 0; i < figures->day_count; i++) {
		if (figures->day[i].events > n)
			n = figures->day[i].events;
	}
	return n;
}

/* 1, 2 or 5 times a power of ten, at least n. */
static uint64_t round_up(uint64_t n)
{
	uint64_t step = 1;

	while (step < n) {
		if (2 * step >= n)
			return 2 * step;
		if (5 * step >= n)
			return 5 * step;
		if (step > UINT64_MAX / 100)
			return n;
		step *= 10;
	}
	return step;
}

static void draw_scale(struct sheet *sheet, double x, double top, double bottom, uint64_t max)
{
	const struct type type = { .size = 7, .ink = INK_MUTED, .align = PANGO_ALIGN_RIGHT,
				   .lines = 1 };

	for (unsigned i = 0; i <= (max > 1 ? 2 : 0); i++) {
		const double y = bottom - (bottom - top) * i / 2;

		sheet_line(sheet, x, y, SHEET_RIGHT, y, i == 0 ? 0.8 : 0.4,
			   i == 0 ? INK_GREY : INK_LINE);
		sheet_text(sheet, &type, SHEET_LEFT - 4, y - 5, SCALE, sheet_number(sheet, max * i / 2));
	}
}

static void draw_day_name(struct sheet *sheet, struct day day, double x, double y, double width)
{
	const struct type type = { .size = 7, .ink = INK_MUTED, .align = PANGO_ALIGN_CENTER,
				   .lines = 1 };
	const struct civil civil = day_to_civil(day);

	sheet_text(sheet, &type, x - 15 + width / 2, y, 30,
		   sheet_print(sheet, "%u/%u", civil.month, civil.day));
}

static struct ink incident_ink(const struct report_incident *incident)
{
	return incident->judged == 1 ? INK_RED : incident->judged == 0 ? INK_GREY : INK_AMBER;
}

/* One above the other; past the third a number says how many. */
static void draw_marks(struct sheet *sheet, size_t at, double x, double y)
{
	const struct type type = { .size = 6.5, .bold = true, .ink = INK_TEXT,
				   .align = PANGO_ALIGN_CENTER, .lines = 1 };
	const struct report_figures *figures = &sheet->report->figures;
	const struct report_incident *first = NULL;

	if (figures->day[at].incidents == 0)
		return;
	for (size_t i = 0; i < figures->incident_count; i++) {
		const struct report_incident *incident = &figures->incident[i];

		/* The gravest colour of the day. */
		if (!incident->carried &&
		    tokyo_of(incident->first).day.n == figures->day[at].day.n &&
		    (first == NULL || incident->judged == 1 ||
		     (incident->judged < 0 && first->judged == 0)))
			first = first != NULL && first->judged == 1 ? first : incident;
	}
	sheet_disc(sheet, x, y, 4, first ? incident_ink(first) : INK_AMBER,
		   first == NULL || first->judged != 0);
	if (figures->day[at].incidents > 1)
		sheet_text(sheet, &type, x - 12, y - 14, 24,
			   sheet_print(sheet, "%u", figures->day[at].incidents));
}

static void draw_key(struct sheet *sheet, double y)
{
	static const struct {
		const char *ja, *en;
		unsigned ink;
		bool filled;
	} row[] = {
		{ "事案", "incident", 0xc8102e, true },
		{ "調べているところ", "being looked at", 0xb7791f, true },
		{ "調べて問題なし", "no harm found", 0x8a8d94, false },
	};
	const struct type type = { .size = 7.5, .ink = INK_MUTED, .lines = 1 };
	double x = SHEET_RIGHT;

	for (size_t i = sizeof row / sizeof *row; i-- > 0;) {
		const struct sv text = sheet_say(sheet, row[i].ja, row[i].en);

		x -= sheet_text_width(sheet, &type, text) + 2;
		sheet_text(sheet, &type, x, y, 0, text);
		sheet_disc(sheet, x - 7, y + 6, 3.2, INK(row[i].ink), row[i].filled);
		x -= 22;
	}
	x -= 4;
	sheet_box(sheet, SHEET_LEFT, y + 2, 8, 8, 0, INK_BAR);
	sheet_text(sheet, &type, SHEET_LEFT + 12, y, 0,
		   sheet_say(sheet, "見張った記録の件数(1日ごと)", "events watched, each day"));
}

double chart_days(struct sheet *sheet, double y, double height)
{
	const struct report_figures *figures = &sheet->report->figures;
	const double x = SHEET_LEFT + SCALE, top = y + 14 + MARKS, bottom = y + height - AXIS;
	const double step = (SHEET_RIGHT - x) / (double)figures->day_count;
	const uint64_t max = round_up(most(figures));
	const struct type none = { .size = 10, .ink = INK_MUTED, .align = PANGO_ALIGN_CENTER,
				   .lines = 1 };

	draw_key(sheet, y);
	draw_scale(sheet, x, top, bottom, max);
	if (most(figures) == 0)
		sheet_text(sheet, &none, x, (top + bottom) / 2 - 8, SHEET_RIGHT - x,
			   sheet_say(sheet, "この期間の記録はありません", "No events in this period"));
	for (size_t i = 0; i < figures->day_count; i++) {
		const struct report_day *day = &figures->day[i];
		const double left = x + step * (double)i;
		double tall = max == 0 ? 0 : (bottom - top) * (double)day->events / (double)max;

		if (day->events > 0 && tall < 1)
			tall = 1; /* a little is not nothing */
		sheet_box(sheet, left + step * 0.16, bottom - tall, step * 0.68, tall, 0, INK_BAR);
		draw_marks(sheet, i, left + step / 2, top - 8);
		if (i % (figures->day_count > 45 ? 10 : 5) == 0)
			draw_day_name(sheet, day->day, left, bottom + 2, step);
	}
	return height;
}

struct sv chart_days_text(struct sheet *sheet)
{
	const struct report_figures *figures = &sheet->report->figures;
	const uint64_t n = most(figures);
	size_t at = 0, named = 0;
	struct buf buf;
	struct sv ret;

	while (at < figures->day_count && figures->day[at].events != n)
		at++;
	buf_init(&buf, 2048);
	buf_put_sv(&buf, sheet_say(sheet, "1日ごとの記録の件数の棒グラフ。",
				   "Bar chart of the events of each day. "));
	if (n > 0 && sheet->english)
		buf_printf(&buf, "Most: %.*s on %.*s. ", SV_ARG(sheet_number(sheet, n)),
			   SV_ARG(sheet_short_day(sheet, figures->day[at].day)));
	else if (n > 0)
		buf_printf(&buf, "最も多い日は%.*sの%.*s件。",
			   SV_ARG(sheet_short_day(sheet, figures->day[at].day)),
			   SV_ARG(sheet_number(sheet, n)));
	else
		buf_put_sv(&buf, sheet_say(sheet, "記録はありません。", "No events. "));
	for (size_t i = 0; i < figures->day_count && named < NAMED_MAX; i++) {
		const struct report_day *day = &figures->day[i];

		if (day->incidents == 0)
			continue;
		named++;
		buf_printf(&buf, sheet->english ? "%.*s: %u findings. " : "%.*sに調べたもの%u件。",
			   SV_ARG(sheet_short_day(sheet, day->day)), day->incidents);
	}
	if (named == NAMED_MAX)
		buf_put_sv(&buf, sheet_say(sheet, "ほか。", "And more."));
	ret = arena_dup(sheet->arena, buf_sv(&buf));
	buf_done(&buf);
	return ret;
}

/* ---- daily checks as a calendar of weeks ---- */

#define CELL 21.0
#define CELL_ROOM 25.0

static unsigned weeks(const struct report_frame *frame)
{
	const unsigned before = day_to_civil(frame->from).weekday;

	return (before + (unsigned)(frame->to.n - frame->from.n)) / 7 + 1;
}

double chart_checks_height(const struct sheet *sheet)
{
	return 16 + weeks(&sheet->report->frame) * CELL_ROOM;
}

static bool is_missed(const struct report_figures *figures, struct day day)
{
	struct sv rest = figures->missed_days;
	char text[DAY_TEXT_MAX];

	day_format(day, DAY_ISO, text);
	while (rest.n > 0) {
		if (sv_eq(sv_cut(&rest, ' '), sv_from(text)))
			return true;
	}
	return false;
}

static void draw_check(struct sheet *sheet, struct day day, double x, double y)
{
	const struct report *report = sheet->report;
	const bool missed = is_missed(&report->figures, day);
	const bool later = day.n >= tokyo_of(report->frame.made).day.n && !missed;
	const struct type type = { .size = 8, .bold = missed, .align = PANGO_ALIGN_CENTER, .lines = 1,
				   .ink = missed ? INK_WHITE : later ? INK_GREY : INK_GREEN };

	sheet_box(sheet, x, y, CELL, CELL, 4,
		  missed ? INK_RED : later ? INK_PALE : INK(0xdff3e7U));
	sheet_text(sheet, &type, x, y + 4.5, CELL,
		   sheet_print(sheet, missed ? "×" : "%u", day_to_civil(day).day));
}

void chart_checks(struct sheet *sheet, double y)
{
	static const char *const english[] = { "Su", "Mo", "Tu", "We", "Th", "Fr", "Sa" };
	const struct type type = { .size = 7.5, .ink = INK_MUTED, .align = PANGO_ALIGN_CENTER,
				   .lines = 1 };
	const struct report_frame *frame = &sheet->report->frame;
	const int32_t first = (int32_t)day_to_civil(frame->from).weekday;

	for (unsigned i = 0; i < 7; i++)
		sheet_text(sheet, &type, SHEET_LEFT + i * CELL_ROOM, y, CELL,
			   sheet->english ? sv_from(english[i])
					  : sv_from(day_weekday_japanese((enum weekday)i)));
	for (int32_t i = 0; i <= frame->to.n - frame->from.n; i++) {
		const int32_t at = first + i;

		draw_check(sheet, day_add(frame->from, i), SHEET_LEFT + at % 7 * CELL_ROOM,
			   y + 14 + at / 7 * CELL_ROOM);
	}
}
