/* Pictures over the weeks of a season, as SVG in the page. */
#include <math.h>

#include "season/page.h"

#define WIDTH 600
#define HEIGHT 190
#define LEFT 44
#define RIGHT 10
#define TOP 10
#define BOTTOM 24
#define TICKS 4
#define MONTH_LABEL_WIDTH 34 /* of the picture; closer ones are left out */

struct chart {
	struct page *page;
	struct arena *arena;
	double top; /* of the scale */
	unsigned weeks;
};

static double x_of(const struct chart *chart, double week)
{
	return LEFT + (WIDTH - LEFT - RIGHT) * week / chart->weeks;
}

static double y_of(const struct chart *chart, double value)
{
	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / chart->top;
}

/* 4 × 1, 2, 2.5 or 5 × 10^n: so that every line of the grid has a whole number. */
static double round_top(double most)
{
	static const double nice[] = { 1, 2, 2.5, 5, 10 };
	const double power = pow(10, floor(log10(fmax(most / TICKS, 1))));

	for (size_t i = 0; i < sizeof nice / sizeof *nice; i++) {
		const double step = nice[i] * power;

		if (step * TICKS >= most && step == floor(step))
			return step * TICKS;
	}
	return power * 10 * TICKS;
}

static void attribute(struct html *html, const char *name, double value)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%.1f", value);
	html_attribute(html, name, sv_from(text));
}

static void line(struct html *html, const char *class, double x1, double y1, double x2, double y2)
{
	html_open(html, "line");
	html_class(html, class);
	attribute(html, "x1", x1);
	attribute(html, "y1", y1);
	attribute(html, "x2", x2);
	attribute(html, "y2", y2);
	html_close(html);
}

static void words(struct html *html, const char *class, double x, double y, struct sv text)
{
	html_open(html, "text");
	html_class(html, class);
	attribute(html, "x", x);
	attribute(html, "y", y);
	html_text(html, text);
	html_close(html);
}

static void put_scale(struct chart *chart)
{
	struct html *html = &chart->page->html;
	const struct day from = chart->page->season[0]->from;
	double last = -MONTH_LABEL_WIDTH;
	unsigned month = 0;

	for (int i = 0; i <= TICKS; i++) {
		const double value = chart->top * i / TICKS, y = y_of(chart, value);

		line(html, "grid", LEFT, y, WIDTH - RIGHT, y);
		words(html, "y", LEFT - 6, y + 4, arena_printf(chart->arena, "%.0f", value));
	}
	for (unsigned week = 0; week < chart->weeks; week++) {
		const struct civil civil = day_to_civil(day_add(from, (int32_t)week * 7));
		const double x = x_of(chart, week);

		if (civil.month == month || x - last < MONTH_LABEL_WIDTH)
			continue;
		month = civil.month;
		last = x;
		line(html, "grid", x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4);
		words(html, NULL, x, HEIGHT - 6,
		      chart->page->english
			      ? arena_printf(chart->arena, "%u/%d", civil.month, civil.year % 100)
			      : arena_printf(chart->arena, "%u月", civil.month));
	}
}

static void chart_open(struct chart *chart, struct sv label)
{
	struct html *html = &chart->page->html;

	html_open(html, "svg");
	html_attribute(html, "viewBox",
		       arena_printf(chart->arena, "0 0 %d %d", WIDTH, HEIGHT));
	html_attribute(html, "role", SV("img"));
	html_attribute(html, "aria-label", label);
	put_scale(chart);
}

static double most_of(const struct series *series, size_t count, unsigned weeks, bool stacked)
{
	double most = 0;

	for (unsigned week = 0; week < weeks; week++) {
		double sum = 0;

		for (size_t i = 0; i < count; i++) {
			const double value = series_at(&series[i], week);

			sum = stacked ? sum + value : fmax(sum, value);
		}
		most = fmax(most, sum);
	}
	return most;
}

static struct sv path_of(const struct chart *chart, const struct series *series)
{
	struct buf path;
	struct sv kept;

	buf_init(&path, 1U << 16);
	for (unsigned week = 0; week < chart->weeks; week++)
		buf_printf(&path, "%s%.1f %.1f", week ? "L" : "M", x_of(chart, week + 0.5),
			   y_of(chart, series_at(series, week)));
	kept = arena_dup(chart->arena, buf_sv(&path));
	buf_done(&path);
	return kept;
}

void chart_lines(struct page *page, struct sv label, const struct series *series, size_t count,
		 double limit)
{
	struct chart chart = { .page = page, .arena = page->arena,
			       .weeks = page->season[0]->weeks };
	struct html *html = &page->html;
	const double most = most_of(series, count, chart.weeks, false);

	/* A limit far above what comes would flatten the lines. */
	chart.top = round_top(limit < 3 * most + 8 ? fmax(most, limit) : fmax(most, 4));
	chart_open(&chart, label);
	if (limit > 0 && limit <= chart.top)
		line(html, "limit", LEFT, y_of(&chart, limit), WIDTH - RIGHT, y_of(&chart, limit));
	for (size_t i = 0; i < count; i++) {
		html_open(html, "path");
		html_class(html, series[i].class);
		html_attribute(html, "d", path_of(&chart, &series[i]));
		html_close(html);
	}
	html_close(html);
}

static void bar(struct chart *chart, const struct series *series, unsigned week, double from)
{
	struct html *html = &chart->page->html;
	const double width = (WIDTH - LEFT - RIGHT) / (double)chart->weeks;
	const uint32_t value = series_at(series, week);

	if (value == 0)
		return;
	html_open(html, "rect");
	html_class(html, series->class);
	attribute(html, "x", x_of(chart, week) + width * 0.1);
	attribute(html, "y", y_of(chart, from + value));
	attribute(html, "width", width * 0.8);
	attribute(html, "height", y_of(chart, from) - y_of(chart, from + value));
	html_element(html, "title", NULL,
		     arena_printf(chart->arena, "%.*s: %u", SV_ARG(page_week(chart->page, week)),
				  value));
	html_close(html);
}

void chart_bars(struct page *page, struct sv label, const struct series *series, size_t count)
{
	struct chart chart = { .page = page, .arena = page->arena,
			       .weeks = page->season[0]->weeks };

	chart.top = round_top(fmax(most_of(series, count, chart.weeks, true), 4));
	chart_open(&chart, label);
	for (unsigned week = 0; week < chart.weeks; week++) {
		double from = 0;

		for (size_t i = 0; i < count; i++) {
			bar(&chart, &series[i], week, from);
			from += series_at(&series[i], week);
		}
	}
	html_close(&page->html);
}
