/* What leaves the office: disclosures, figures, published results, contact by the city. */
#include "programme/internal.h"

#define DISCLOSURES_MAX 64 /* of a file */
#define FIGURES_MAX 64	   /* of a file */
#define PUBLISH_LEAST 5 /* R-117 [conv] */
#define PUBLISH_LEAST_MAX 1000 /* companies of one number */

static void read_disclosures(struct reader *reader, const struct yaml_node *list)
{
	struct programme_disclosure *disclosure;

	if (!reader_list(reader, list, "disclosures", DISCLOSURES_MAX))
		return;
	disclosure = reader_alloc(reader, list->count, sizeof *disclosure);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];
		const struct yaml_node *equal = yaml_get(one, "equal_protection");

		if (!reader_map(reader, one, MAP_DISCLOSURE))
			continue;
		disclosure[i].recipient = reader_text(reader, yaml_get(one, "recipient"));
		disclosure[i].purpose = reader_text(reader, yaml_get(one, "purpose"));
		disclosure[i].scope = reader_text(reader, yaml_get(one, "scope"));
		disclosure[i].equal_protection_recorded = reader_bool(reader, equal, false);
		if (equal && !disclosure[i].equal_protection_recorded)
			reader_at(reader, equal, "data go only to a party with equal or better "
						 "protection (R-116)");
	}
	reader->programme->facts.disclosure = disclosure;
	reader->programme->facts.disclosure_count = list->count;
}

/* A figure is counted by the values of a field, by course, by state, or in one number. */
static void check_by(struct reader *reader, const struct yaml_node *node, struct sv by)
{
	if (by.n == 0 || sv_eq(by, SV("courses")) || sv_eq(by, SV("state")))
		return;
	reader_use_name(reader, node, NAME_FIELD, by);
}

static void read_figures(struct reader *reader, const struct yaml_node *list)
{
	struct programme_figure *figure;

	if (!reader_list(reader, list, "figures", FIGURES_MAX))
		return;
	figure = reader_alloc(reader, list->count, sizeof *figure);
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *one = list->item[i];

		if (!reader_map(reader, one, MAP_FIGURE))
			continue;
		figure[i].id = reader_id(reader, yaml_get(one, "id"));
		figure[i].name = reader_text(reader, yaml_get(one, "name"));
		figure[i].count = reader_condition(reader, yaml_get(one, "count"), SV(""), NULL);
		figure[i].by = reader_word(reader, yaml_get(one, "by"));
		check_by(reader, yaml_get(one, "by"), figure[i].by);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, one, "figure", figure[i].id, figure[k].id);
	}
	reader->programme->facts.figure = figure;
	reader->programme->facts.figure_count = list->count;
}

/* R-113, T-32: what a company agrees to by joining; its text is kept by version. */
static void read_consents(struct reader *reader, const struct yaml_node *list)
{
	struct programme_facts *facts = &reader->programme->facts;

	if (!list)
		return;
	facts->consent = reader_fields(reader, list, SV(PROGRAMME_CONSENT), &facts->consent_count);
	for (size_t i = 0; i < facts->consent_count; i++) {
		if (facts->consent[i].kind != FIELD_CONSENT || facts->consent[i].shown)
			reader_at(reader, list->item[i],
				  "consents are of kind consent, without conditions");
	}
}

void reader_publication(struct reader *reader, const struct yaml_node *root)
{
	struct programme_facts *facts = &reader->programme->facts;

	read_disclosures(reader, yaml_get(root, "disclosures"));
	read_figures(reader, yaml_get(root, "figures"));
	read_consents(reader, yaml_get(root, "consents"));
	facts->city_contacts = reader_bool(reader, yaml_get(root, "city_contacts"), false);
	facts->publish_least = (unsigned)reader_int(reader, yaml_get(root, "publish_least"), 1,
						    PUBLISH_LEAST_MAX, PUBLISH_LEAST);
}
