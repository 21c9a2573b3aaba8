/* A person says which company an applicant is (R-026, T-48). */
#include "programme/records.h"

static struct traits traits_of(const struct application *application, struct arena *arena)
{
	return company_traits(application->company_name, application->company_kana,
			      application->mail, application->telephone, arena);
}

/* The newest application of a company; empty where it has none. */
static int newest_number(struct store *store, struct sv company, struct arena *arena,
			 struct sv *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT number_text FROM application WHERE company = $1"
			  " ORDER BY row DESC LIMIT 1",
			  STORE_TEXT(company));
	const int status = query ? store_step(query, err) : -1;

	*ret = status > 0 ? records_text(query, 0, arena) : SV("");
	store_done(query);
	return status < 0 ? -1 : 0;
}

int application_alike(struct store *store, const struct application *application,
		      struct arena *arena, const struct alike **ret, size_t *ret_count,
		      struct err *err)
{
	const struct traits traits = traits_of(application, arena);
	struct alike *item = arena_alloc(arena, ALIKE_MAX * sizeof *item);
	const struct alike *all;
	size_t count, kept = 0;

	if (!item)
		return err_set(err, ERR_RANGE, "no memory for companies that are alike");
	if (traits_alike(store, &traits, application->company, arena, &all, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!answers_has(&application->is.records, SV("records.alike"), all[i].company))
			continue; /* came later, and was asked itself */
		item[kept] = all[i];
		if (newest_number(store, all[i].company, arena, &item[kept++].number, err) < 0)
			return -1;
	}
	*ret = item;
	*ret_count = kept;
	return 0;
}

/* ---- the join ---- */

/* What the joined company lacks, and what is no company any more. */
static int join(struct store *store, const struct application *application,
		const struct traits *traits, struct sv company, struct err *err)
{
	const struct sv before = application->company;
	struct sv number = SV_NONE;
	struct store_query *query =
		store_ask(store, err, "SELECT corporate_number FROM company WHERE id = $1",
			  STORE_TEXT(before));
	char text[32];
	int status = query ? store_step(query, err) : -1;

	if (status > 0 && store_text(query, 0).n < sizeof text) {
		number = store_text(query, 0);
		if (number.n > 0)
			number.p = memcpy(text, number.p, number.n);
	}
	store_done(query);
	if (status < 0 ||
	    store_change(store, err, "UPDATE application SET company = $1 WHERE id = $2",
			 STORE_TEXT(company), STORE_TEXT(application->id)) < 0 ||
	    traits_keep(store, company, traits, err) < 0)
		return -1;
	query = store_ask(store, err, "SELECT 1 FROM application WHERE company = $1 LIMIT 1",
			  STORE_TEXT(before));
	status = query ? store_step(query, err) : -1;
	store_done(query);
	if (status != 0) /* others apply under it */
		return status < 0 ? -1 : 0;
	if (store_change(store, err, "DELETE FROM company_trait WHERE company = $1",
			 STORE_TEXT(before)) < 0 ||
	    store_change(store, err, "UPDATE company SET corporate_number = NULL WHERE id = $1",
			 STORE_TEXT(before)) < 0)
		return -1;
	return number.n == 0 ? 0 :
			       store_change(store, err,
					    "UPDATE company SET corporate_number = $1 WHERE id = $2"
					    " AND corporate_number IS NULL",
					    STORE_TEXT(number), STORE_TEXT(company));
}

/* ---- what is known now ---- */

static const char *const known_name[] = { "records.services",	    "records.programmes",
					  "records.running",	    "records.other_contact",
					  "records.alike",	    "records.alike_services",
					  "records.alike_programmes", "records.review" };
#define KNOWN_COUNT (sizeof known_name / sizeof *known_name)

static int set_known(struct store *store, const struct application *application,
		     const struct answers *known, struct arena *arena, struct err *err)
{
	struct sv *value = arena_alloc(arena, (known->count + 1) * sizeof *value);

	if (!value)
		return err_set(err, ERR_RANGE, "no memory for what is known");
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		size_t count = 0;

		for (size_t k = 0; k < known->count; k++) {
			if (sv_eq(known->item[k].name, sv_from(known_name[i])))
				value[count++] = known->item[k].value;
		}
		if (application_set_record(store, application->id, sv_from(known_name[i]), value,
					   count, err) < 0)
			return -1;
	}
	return 0;
}

/* Facts about the company, those of the application beside, and what has to be reviewed. */
static int read_known(const struct known *known, const struct application *application,
		      struct arena *arena, struct answers *ret, struct err *err)
{
	struct answers facts, records;
	const struct eligibility_row *row;
	struct answer *item;
	enum verdict whole;
	size_t count;

	if (known_read(known, arena, &facts, err) < 0)
		return -1;
	item = arena_alloc(arena, (facts.count + application->is.records.count +
				   PROGRAMME_CONDITIONS_MAX) * sizeof *item);
	if (!item)
		return err_set(err, ERR_RANGE, "no memory for what is known");
	records = (struct answers){ item, 0 };
	for (size_t i = 0; i < facts.count; i++)
		item[records.count++] = facts.item[i];
	for (size_t i = 0; i < application->is.records.count; i++) {
		size_t k = 0;

		while (k < KNOWN_COUNT && !sv_eq(application->is.records.item[i].name,
						 sv_from(known_name[k])))
			k++;
		if (k == KNOWN_COUNT)
			item[records.count++] = application->is.records.item[i];
	}
	if (eligibility(known->entry->programme, &application->is.answers, &records, arena, &row,
			&count, &whole, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (row[i].verdict == VERDICT_REVIEW)
			item[records.count++] =
				(struct answer){ SV("records.review"), row[i].condition };
	}
	*ret = records;
	return 0;
}

static int write_log(struct store *store, const struct catalogue_entry *entry,
		     const struct application *application, const struct identified *said,
		     struct arena *arena, struct err *err)
{
	const struct answer field[] = { { SV("company"), said->company.n > 0 ? said->company :
									       SV("none") },
					{ SV("reason"), said->reason } };
	const struct recount recount = { .programme = entry->programme,
					 .state = application->is.state,
					 .event = SV("identified"),
					 .actor = said->actor,
					 .actor_name = said->actor_name,
					 .fields = { field, sizeof field / sizeof *field },
					 .now = said->now };

	return records_recount(store, &recount, application, arena, NULL, err) < 0 ? -1 : 0;
}

int application_identify(struct store *store, const struct catalogue_entry *entry,
			 const struct application *application, const struct identified *said,
			 struct arena *arena, struct err *err)
{
	const struct traits traits = traits_of(application, arena);
	const struct sv company = said->company.n > 0 ? said->company : application->company;
	struct known known = { .store = store,
			       .entry = entry,
			       .company = company,
			       .application = application->id,
			       .mail = application->mail,
			       .is_checked = true };
	struct answers records;

	if (records_need_transaction(store, err) < 0)
		return -1;
	if (said->reason.n == 0)
		return err_set(err, ERR_USAGE, "say why");
	if (said->version != application->version ||
	    application->is.mark[MARK_CONFIRMED].us != 0)
		return err_set(err, ERR_CONFLICT, "the application has moved on");
	if (said->company.n > 0 &&
	    !answers_has(&application->is.records, SV("records.alike"), said->company))
		return err_set(err, ERR_NOT_FOUND, "that company is not among those alike");
	if (said->company.n > 0 && join(store, application, &traits, said->company, err) < 0)
		return -1;
	if (read_known(&known, application, arena, &records, err) < 0 ||
	    set_known(store, application, &records, arena, err) < 0)
		return -1;
	return write_log(store, entry, application, said, arena, err);
}
