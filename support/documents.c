/* Documents and the declaration of two stars in the records. */
#include "support/internal.h"

#define COLUMNS                                                                                    \
	"d.id, d.programme, d.application, d.company, d.kind, d.version, d.state, d.file, d.note,"  \
	" d.url, d.person, d.person_name, d.at, d.reviewer, d.reviewer_name, d.reviewed_at,"        \
	" d.published_at"

static void read_row(struct store_query *query, struct arena *arena, struct document *ret)
{
	*ret = (struct document){
		.id = records_text(query, 0, arena),
		.programme = records_text(query, 1, arena),
		.application = records_text(query, 2, arena),
		.company = records_text(query, 3, arena),
		.kind = records_text(query, 4, arena),
		.version = (unsigned)store_int(query, 5),
		.file = records_text(query, 7, arena),
		.note = records_text(query, 8, arena),
		.url = records_text(query, 9, arena),
		.by = { records_text(query, 10, arena), records_text(query, 11, arena) },
		.at = { store_int(query, 12) },
		.reviewer = { records_text(query, 13, arena), records_text(query, 14, arena) },
		.reviewed_at = { store_int(query, 15) },
		.published_at = { store_int(query, 16) },
	};
	for (int i = 0; i < DOCUMENT_STATE_COUNT; i++)
		if (sv_eq(store_text(query, 6),
			  sv_from(document_state_name((enum document_state)i))))
			ret->state = (enum document_state)i;
}

int document_load(struct store *store, struct sv id, struct arena *arena, struct document *ret,
		  struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT " COLUMNS " FROM document d WHERE d.id = $1", STORE_TEXT(id));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		read_row(query, arena, ret);
	store_done(query);
	return step;
}

int documents_of_application(struct store *store, struct sv application, struct arena *arena,
			     const struct document **ret, size_t *ret_count, struct err *err)
{
	struct document *item = arena_zalloc(arena, SUPPORT_VERSIONS_MAX, sizeof *item);
	struct rows rows = { .room = SUPPORT_VERSIONS_MAX, .what = "documents" };
	int step = item ? 1 : err_set(err, ERR_RANGE, "no memory for the %s", rows.what);

	rows.query = store_ask(store, err,
			       "SELECT " COLUMNS " FROM document d WHERE d.application = $1"
			       " ORDER BY d.kind, d.version DESC",
			       STORE_TEXT(application));
	while (step == 1 && (step = rows_next(&rows, err)) == 1)
		read_row(rows.query, arena, &item[rows.count - 1]);
	store_done(rows.query);
	*ret = item;
	*ret_count = rows.count;
	return step;
}

/* The number of the next version of this kind. */
static int next_version(struct store *store, const struct document *document, int64_t *ret,
			struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT COALESCE(MAX(version), 0) + 1 FROM document"
			  " WHERE application = $1 AND kind = $2",
			  STORE_TEXT(document->application), STORE_TEXT(document->kind));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

int document_put(struct store *store, const struct document *document, struct instant now,
		 char ret_id[static UUID_TEXT_MAX], struct err *err)
{
	char id[UUID_TEXT_MAX];
	int64_t version;

	if (records_need_transaction(store, err) < 0 ||
	    check_room(store, "SELECT COUNT(*) FROM document WHERE application = $1",
		       document->application, SUPPORT_VERSIONS_MAX, "documents", err) < 0 ||
	    next_version(store, document, &version, err) < 0)
		return -1;
	uuid_format(uuid_v7(now), id);
	if (store_change(store, err,
			 "INSERT INTO document (id, programme, application, company, kind, version,"
			 " file, note, person, person_name, at)"
			 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(document->programme),
			 STORE_TEXT(document->application), STORE_TEXT(document->company),
			 STORE_TEXT(document->kind), STORE_INT(version),
			 STORE_TEXT_OR_EMPTY(document->file), STORE_TEXT_OR_EMPTY(document->note),
			 STORE_TEXT_OR_EMPTY(document->by.id),
			 STORE_TEXT_OR_EMPTY(document->by.name), STORE_INT(now.us)) < 0)
		return -1;
	memcpy(ret_id, id, sizeof id);
	return 0;
}

/* ---- what conditions look at ---- */

static int record_two_star(struct store *store, const struct programme *programme,
			   struct sv application, const struct document *document, size_t count,
			   struct arena *arena, struct err *err)
{
	const struct sv yes = SV("yes");
	struct declaration declaration;
	struct two_star two_star;

	if (declaration_load(store, application, arena, &declaration, err) < 0)
		return -1;
	two_star = two_star_of(programme, document, count, &declaration);
	return application_set_record(store, application, SV("records.two_star"), &yes,
				      two_star_is_complete(&two_star), err);
}

/* A published one has been reviewed, too: both words. */
int documents_record(struct store *store, const struct programme *programme,
		     struct sv application, struct sv kind, struct arena *arena, struct err *err)
{
	const struct document *document;
	struct sv value[2];
	size_t count, values = 0;
	bool reviewed = false, published = false;

	if (documents_of_application(store, application, arena, &document, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!sv_eq(document[i].kind, kind))
			continue;
		reviewed = reviewed || document[i].state != DOCUMENT_DRAFT;
		published = published || document[i].state == DOCUMENT_PUBLISHED;
	}
	if (reviewed)
		value[values++] = SV("reviewed");
	if (published)
		value[values++] = SV("published");
	if (kind.n > 0 &&
	    application_set_record(store, application,
				   arena_printf(arena, "records.document.%.*s", SV_ARG(kind)),
				   value, values, err) < 0)
		return -1;
	return record_two_star(store, programme, application, document, count, arena, err);
}

/* The document as it is after the act. */
static struct document after(const struct document *document, enum document_act act,
			     struct person by, struct sv url, struct instant now)
{
	struct document then = *document;

	switch (act) {
	case DOCUMENT_REVIEW:
		then.state = DOCUMENT_REVIEWED;
		then.reviewer = by;
		then.reviewed_at = now;
		break;
	case DOCUMENT_RETURN:
		then.state = DOCUMENT_DRAFT;
		then.reviewer = (struct person){ SV(""), SV("") };
		then.reviewed_at.us = 0;
		break;
	case DOCUMENT_PUBLISH:
		then.state = DOCUMENT_PUBLISHED;
		then.url = url;
		then.published_at = now;
		break;
	default:
		then.state = DOCUMENT_REVIEWED;
		then.url = SV("");
		then.published_at.us = 0;
		break;
	}
	return then;
}

int document_do(struct store *store, const struct programme *programme,
		const struct document *document, enum document_act act, struct person by,
		struct sv url, struct instant now, struct arena *arena, struct err *err)
{
	const struct document then = after(document, act, by, url, now);

	if (records_need_transaction(store, err) < 0 ||
	    store_change(store, err,
			 "UPDATE document SET state = $2, reviewer = $3, reviewer_name = $4,"
			 " reviewed_at = $5, url = $6, published_at = $7"
			 " WHERE id = $1 AND state = $8",
			 STORE_TEXT(document->id),
			 STORE_TEXT(sv_from(document_state_name(then.state))),
			 STORE_TEXT_OR_EMPTY(then.reviewer.id),
			 STORE_TEXT_OR_EMPTY(then.reviewer.name), STORE_INT(then.reviewed_at.us),
			 STORE_TEXT_OR_EMPTY(then.url), STORE_INT(then.published_at.us),
			 STORE_TEXT(sv_from(document_state_name(document->state)))) < 0)
		return -1;
	if (store_changes(store) != 1)
		return err_set(err, ERR_CONFLICT, "the document was changed meanwhile");
	return documents_record(store, programme, document->application, document->kind, arena,
				err);
}

/* ---- the declaration ---- */

int declaration_put(struct store *store, const struct programme *programme, struct sv application,
		    const struct declaration *declaration, struct person by, struct instant now,
		    struct arena *arena, struct err *err)
{
	if (records_need_transaction(store, err) < 0 ||
	    store_change(store, err, "DELETE FROM declaration WHERE application = $1",
			 STORE_TEXT(application)) < 0)
		return -1;
	if (declaration->given &&
	    store_change(store, err,
			 "INSERT INTO declaration (application, day, note, person, at)"
			 " VALUES ($1, $2, $3, $4, $5)",
			 STORE_TEXT(application), STORE_INT(declaration->day.n),
			 STORE_TEXT_OR_EMPTY(declaration->note), STORE_TEXT_OR_EMPTY(by.id),
			 STORE_INT(now.us)) < 0)
		return -1;
	return documents_record(store, programme, application, SV(""), arena, err);
}

int declaration_load(struct store *store, struct sv application, struct arena *arena,
		     struct declaration *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT day, note FROM declaration WHERE application = $1",
			  STORE_TEXT(application));
	const int step = query ? store_step(query, err) : -1;

	*ret = (struct declaration){ .given = false };
	if (step == 1)
		*ret = (struct declaration){ true, { (int32_t)store_int(query, 0) },
					     records_text(query, 1, arena) };
	store_done(query);
	return step < 0 ? -1 : 0;
}
