#include "centre/site_results.h"

#include "centre/centre.h"
#include "support/support.h"

void site_results_link(struct site *site, struct sv slug)
{
	html_open(&site->html, "p");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/%.*s/results", SV_ARG(slug)),
		  site->html.english ? SV("Results in figures") : SV("事業の結果（数字でみる成果）"));
	html_close(&site->html);
}

static void put_number(struct site *site, uint64_t count, bool hidden)
{
	if (hidden)
		html_say(&site->html, "非公表", "not shown");
	else
		html_text(&site->html, arena_printf(site->arena, "%llu", (unsigned long long)count));
}

static void put_cells(struct site *site, const struct programme *programme,
		      const struct figure_result *result)
{
	struct html *html = &site->html;

	html_open(html, "table");
	for (size_t i = 0; i < result->cell_count; i++) {
		const struct figure_cell *cell = &result->cell[i];
		const struct programme_text name =
			figure_cell_name(programme, result->figure, cell->value, site->arena);

		html_open(html, "tr");
		html_open(html, "th");
		html_attribute(html, "scope", SV("row"));
		html_text(html, site_text(site, &name));
		html_close(html);
		html_open(html, "td");
		put_number(site, cell->count, cell->hidden);
		html_close(html);
		html_close(html);
	}
	html_close(html);
}

static void put_figure(struct site *site, const struct programme *programme,
		       const struct figure_result *result)
{
	const struct programme_text definition =
		figure_definition(programme, result->figure, site->arena);
	struct html *html = &site->html;

	html_open(html, "section");
	html_element(html, "h2", NULL, site_text(site, &result->figure->name));
	html_element(html, "p", "quiet", site_text(site, &definition));
	html_open(html, "p");
	html_say(html, "合計 ", "In all ");
	put_number(site, result->total, result->total_hidden);
	html_say(html, "（受け付けた申込み ", " (of applications received: ");
	put_number(site, result->denominator, result->denominator_hidden);
	html_say(html, "）", ")");
	html_close(html);
	if (result->cell_count > 0)
		put_cells(site, programme, result);
	html_close(html);
}

enum http_answer site_results(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	const bool english = site_is_english(request);
	const struct site_head head = {
		.title = arena_printf(request->arena, "%s | %.*s",
				      english ? "Results" : "事業の結果",
				      SV_ARG(english ? facts->short_name.en : facts->short_name.ja)),
		.facts = facts,
		.path = arena_printf(request->arena, SITE_PREFIX "/%.*s/results",
				     SV_ARG(entry->slug)),
	};
	struct results results;
	struct err err = ERR_INIT;
	struct site site;
	const int found = results_last(request->worker->records, entry, request->arena, &results,
				       &err);

	if (found < 0)
		return http_fail_err(request, response, &err);
	if (found == 0)
		return site_not_found(request, response);
	site = site_begin(&response->body, request->arena, english, site_today(request), &head);
	html_element(&site.html, "p", "path", site_text(&site, &facts->name));
	html_tell(&site.html, "h1", NULL, "事業の結果", "Results");
	html_open(&site.html, "p");
	html_text(&site.html, site_time(&site, results.as_of));
	html_say(&site.html, " 時点。企業が特定されないよう、少ない数は公表していません。",
		 ": so that no company can be identified, small numbers are not shown.");
	html_close(&site.html);
	for (size_t i = 0; i < results.count; i++)
		put_figure(&site, entry->programme, &results.item[i]);
	site_end(&site, &head);
	site_answer(response, 200, false);
	return HTTP_DONE;
}
