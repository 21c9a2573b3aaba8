/* What is wrong with a form, above it: the same words as beside its fields. */
#include "centre/site_internal.h"


void site_error_summary(struct site *site, const struct site_fields *fields, struct sv general)
{
	struct html *html = &site->html;
	const size_t count = fields->errors ? fields->errors->count : 0;

	if (count == 0 && general.n == 0)
		return;
	html_open(html, "div");
	html_class(html, "summary");
	html_attribute(html, "role", SV("alert"));
	html_attribute(html, "tabindex", SV("-1"));
	html_flag(html, "autofocus");
	if (count > 0)
		html_element(html, "h2", NULL,
			     html->english
				     ? arena_printf(site->arena, "%zu answers need a change", count)
				     : arena_printf(site->arena,
						    "入力内容を確かめてください（%zu か所）",
						    count));
	if (general.n > 0)
		html_element(html, "p", NULL, general);
	if (count > 0)
		html_open(html, "ul");
	for (size_t i = 0; i < count; i++) {
		const struct form_error *error = &fields->errors->item[i];

		html_open(html, "li");
		site_link(site, NULL,
			  arena_printf(site->arena, "#f-%.*s%s%.*s", SV_ARG(fields->scope),
				       fields->scope.n > 0 ? "-" : "", SV_ARG(error->field)),
			  site_text(site, &error->message));
		html_close(html);
	}
	if (count > 0)
		html_close(html);
	html_close(html);
}
