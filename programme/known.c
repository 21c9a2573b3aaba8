/* What the centre knows of a company beside what it says itself. */
#include "programme/records.h"

#define FACTS_MAX 64 /* of one company */

struct facts {
	struct arena *arena;
	struct answer item[FACTS_MAX];
	size_t count;
};

static void add(struct facts *facts, struct sv name, struct sv value)
{
	const struct answers now = { facts->item, facts->count };

	if (facts->count < FACTS_MAX && value.n > 0 && !answers_has(&now, name, value))
		facts->item[facts->count++] =
			(struct answer){ name, arena_dup(facts->arena, value) };
}

/* The service behind a course of a programme, from the file that is published. */
static void add_course(struct facts *facts, const struct catalogue_entry *entry, struct sv id,
		       struct sv services, struct sv programmes)
{
	const struct programme_course *course =
		entry ? programme_course(entry->programme, id) : NULL;

	add(facts, services, course ? course->entitlement.service : id);
	for (size_t i = 0; course && i < course->entitlement.with_count; i++)
		add(facts, services, course->entitlement.with[i]);
	if (entry)
		add(facts, programmes, entry->slug);
}

static int add_participations(const struct known *known, struct sv company, struct sv services,
			      struct sv programmes, struct facts *facts, struct err *err)
{
	const struct catalogue *catalogue = known->entry->catalogue;
	struct store_query *query =
		store_ask(known->store, err,
			  "SELECT programme, course FROM participation WHERE company = $1"
			  " ORDER BY since_at LIMIT 64",
			  STORE_TEXT(company));
	int status = query ? 1 : -1;

	while (status > 0) {
		status = store_step(query, err);
		if (status > 0)
			add_course(facts,
				   catalogue ? catalogue_by_id(catalogue, store_text(query, 0)) :
					       NULL,
				   store_text(query, 1), services, programmes);
	}
	store_done(query);
	return status;
}

static int add_running(const struct known *known, struct facts *facts, struct err *err)
{
	struct store_query *query = store_ask(
		known->store, err,
		"SELECT number_text FROM application WHERE company = $1 AND programme = $2"
		" AND final = 0 AND id <> $3 ORDER BY row LIMIT 1",
		STORE_TEXT(known->company), STORE_TEXT(known->entry->id),
		STORE_TEXT(known->application.n > 0 ? known->application : SV("")));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		add(facts, SV("records.running"), store_text(query, 0));
	store_done(query);
	return status < 0 ? -1 : 0;
}

/*
 * Corporate numbers are public: who knows one is not the company yet, whose
 * accounts, reports and incidents an approved application opens.
 */
static int add_contacts(const struct known *known, struct facts *facts, struct err *err)
{
	struct store_query *query =
		store_ask(known->store, err,
			  "SELECT 1 FROM application WHERE company = $1 AND lower(mail) <> lower($2)"
			  " LIMIT 1",
			  STORE_TEXT(known->company), STORE_TEXT(known->mail));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		add(facts, SV("records.other_contact"), SV("yes"));
	store_done(query);
	return status < 0 ? -1 : 0;
}

/* Others that may be the same: a person has to look. */
static int add_alike(const struct known *known, struct facts *facts, struct err *err)
{
	const struct alike *alike;
	size_t count;

	if (traits_alike(known->store, &known->traits, known->company, facts->arena, &alike, &count,
			 err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		add(facts, SV("records.alike"), alike[i].company);
		if (add_participations(known, alike[i].company, SV("records.alike_services"),
				       SV("records.alike_programmes"), facts, err) < 0)
			return -1;
	}
	return 0;
}

int known_read(const struct known *known, struct arena *arena, struct answers *ret,
	       struct err *err)
{
	struct facts *facts = arena_zalloc(arena, 1, sizeof *facts);

	if (!facts)
		return err_set(err, ERR_RANGE, "no memory for what is known");
	facts->arena = arena;
	if (known->company.n > 0 &&
	    (add_participations(known, known->company, SV("records.services"),
				SV("records.programmes"), facts, err) < 0 ||
	     add_running(known, facts, err) < 0 || add_contacts(known, facts, err) < 0))
		return -1;
	if (!known->is_checked && add_alike(known, facts, err) < 0)
		return -1;
	*ret = (struct answers){ facts->item, facts->count };
	return 0;
}
