/* page.h - what the parts of the page share. */
#ifndef SEASON_PAGE_H
#define SEASON_PAGE_H

#include "base/html.h"
#include "season/internal.h"

struct page {
	struct html html;
	struct season_result *const *season;
	size_t count;
	const struct programme_facts *facts;
	struct arena *arena;
	bool english;
};

static inline struct sv page_text(const struct page *page, struct programme_text text)
{
	return page->english ? text.en : text.ja;
}

/* "6月2日(月)の週" */
struct sv page_week(const struct page *page, unsigned week);
struct sv page_day(const struct page *page, struct day day);
bool page_has_role(const struct page *page, int role);

/* Opens a section with its heading. */
void page_heading(struct page *page, const char *ja, const char *en);
struct sv page_number(const struct page *page, double value);
void page_cell(struct page *page, struct sv text); /* of a number */
void page_row_head(struct page *page, struct sv text);
void page_policy(struct page *page, const char *tag, size_t at); /* its name with its line */
void page_policy_heads(struct page *page); /* a column for each */

/* ---- page_tables.c ---- */

void page_put_states(struct page *page);
void page_put_reasons(struct page *page);
void page_put_draw(struct page *page);
void page_put_assumptions(struct page *page);

/* ---- chart.c: inline pictures ---- */

struct series {
	const char *class;
	const void *first; /* of the values */
	size_t step;	   /* bytes from one to the next */
};
static inline uint32_t series_at(const struct series *series, unsigned week)
{
	return *(const uint32_t *)((const char *)series->first + week * series->step);
}
/* Lines over the weeks; limit: a dotted line, 0 none. label is what the picture shows. */
void chart_lines(struct page *page, struct sv label, const struct series *series, size_t count,
		 double limit);
/* Bars over the weeks, one series upon the other. */
void chart_bars(struct page *page, struct sv label, const struct series *series, size_t count);

/* ---- findings.c: what stands out, in sentences ---- */

enum finding_kind { FINDING_PLAIN, FINDING_GOOD, FINDING_BAD };
struct finding {
	enum finding_kind kind;
	struct sv text;
};
#define FINDINGS_MAX 64
size_t findings_of(const struct page *page, const struct season_result *season,
		   struct finding ret[static FINDINGS_MAX]);

#endif
