/* Published files, and all of them parsed. */
#include <stdlib.h>

#include "base/mem.h"
#include "programme/records.h"

#define CATALOGUE_MEMORY_MAX ((size_t)64 << 20) /* ids, closures and problems */

int records_need_transaction(struct store *store, struct err *err)
{
	if (!store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "this needs the caller's transaction");
	return 0;
}

struct sv records_text(struct store_query *query, int column, struct arena *arena)
{
	return arena_dup(arena, store_text(query, column));
}

struct sv records_hash(struct sv secret, char text[static 2 * SHA256_SIZE + 1])
{
	const struct sha256 hash = sha256_of(secret);

	return sv_from(hex_encode(hash.byte, sizeof hash.byte, text));
}

struct catalogue {
	struct arena *arena;
	struct catalogue_entry *entry; /* the newest version of each programme, then older ones */
	struct programme **programme;  /* what the entries show, to free */
	size_t count, newest, room;
	struct closure_row *closure; /* entered later, beside those of the files */
	size_t closure_count;
};

struct closure_row {
	struct sv operator_id; /* empty: of all */
	struct closure closure;
};

void catalogue_free(struct catalogue *catalogue)
{
	if (!catalogue)
		return;
	for (size_t i = 0; i < catalogue->count; i++)
		programme_free(catalogue->programme[i]);
	free(catalogue->programme);
	free(catalogue->entry);
	arena_free(catalogue->arena);
	free(catalogue);
}

/* ---- closures that were entered later ---- */

static int read_closures(struct catalogue *catalogue, struct store *store, struct err *err)
{
	struct store_query *query = store_query(
		store, "SELECT operator, text FROM programme_closure ORDER BY number LIMIT 256",
		err);
	int status = query ? 1 : -1;

	catalogue->closure = arena_zalloc(catalogue->arena, CALENDAR_CLOSURES_MAX,
					  sizeof *catalogue->closure);
	while (status > 0 && catalogue->closure) {
		struct closure_row *row = &catalogue->closure[catalogue->closure_count];

		status = store_step(query, err);
		if (status <= 0 || catalogue->closure_count == CALENDAR_CLOSURES_MAX)
			break;
		row->operator_id = records_text(query, 0, catalogue->arena);
		if (closure_parse(store_text(query, 1), &row->closure, err) < 0)
			status = -1;
		catalogue->closure_count++;
	}
	store_done(query);
	if (!catalogue->closure)
		return err_set(err, ERR_RANGE, "no memory for the closures");
	return status < 0 ? -1 : 0;
}

/*
 * Closed days are facts of the office, not rules of a version: an application
 * under an older file does not wait for an office that is closed either.
 */
static int close_days(struct catalogue *catalogue, size_t at, struct err *err)
{
	const struct catalogue_entry *entry = &catalogue->entry[at];
	const struct catalogue_entry *newest = catalogue_by_id(catalogue, entry->id);
	const struct programme_facts *facts = &newest->programme->facts;
	struct closure *more = mem_zalloc((CALENDAR_CLOSURES_MAX * 2 + 1) * sizeof *more);
	size_t count = 0;
	int status;

	for (size_t i = 0; i < catalogue->closure_count; i++) {
		const struct closure_row *row = &catalogue->closure[i];

		if (row->operator_id.n == 0 || sv_eq(row->operator_id, entry->operator_id))
			more[count++] = row->closure;
	}
	for (size_t i = 0; newest != entry && i < facts->closure_count; i++)
		more[count++] = facts->closure[i];
	status = count == 0 ? 0
			    : programme_close_days(catalogue->programme[at], more, count, err);
	free(more);
	return status;
}

/* ---- all of them ---- */

static int add_entry(struct catalogue *catalogue, struct store_query *query, struct err *err)
{
	struct programme_problems problems;
	struct catalogue_entry entry = {
		.id = records_text(query, 0, catalogue->arena),
		.operator_id = records_text(query, 1, catalogue->arena),
		.slug = records_text(query, 2, catalogue->arena),
		.catalogue = catalogue,
	};
	struct programme *programme;

	if (!entry.id.p || !entry.operator_id.p || !entry.slug.p)
		return err_set(err, ERR_RANGE, "no memory for the programmes");
	programme = programme_parse(store_text(query, 3), entry.slug.p, catalogue->arena,
				    &problems, err);
	if (!programme)
		return err_wrap(err, "published programme");
	if (catalogue->count == catalogue->room) {
		catalogue->room = catalogue->room * 2 + 8;
		catalogue->entry = mem_realloc(catalogue->entry, catalogue->room,
					       sizeof *catalogue->entry);
		catalogue->programme = mem_realloc(catalogue->programme, catalogue->room,
						   sizeof *catalogue->programme);
	}
	entry.programme = programme;
	catalogue->programme[catalogue->count] = programme;
	catalogue->entry[catalogue->count++] = entry;
	catalogue->newest += store_int(query, 4) != 0;
	return 0;
}

/*
 * The newest versions first. Of the others those that an application runs or ran
 * under, and the one before the newest: somebody may be applying just now.
 */
static const char files_sql[] =
	"SELECT f.programme, p.operator, f.slug, f.source, f.version = n.version"
	" FROM programme_file f JOIN programme p ON p.id = f.programme"
	" JOIN (SELECT programme, MAX(version) AS version FROM programme_file GROUP BY programme) n"
	" ON n.programme = f.programme"
	" WHERE f.version = n.version"
	" OR f.version = (SELECT MAX(b.version) FROM programme_file b"
	"  WHERE b.programme = f.programme AND b.version < n.version)"
	" OR EXISTS (SELECT 1 FROM application a WHERE a.programme = f.programme"
	"  AND a.file_version = f.version)"
	" ORDER BY f.version = n.version DESC, p.created_at, f.slug, f.version";

struct catalogue *catalogue_load(struct store *store, struct err *err)
{
	struct catalogue *catalogue = mem_zalloc(sizeof *catalogue);
	struct store_query *query = store_query(store, files_sql, err);
	int status = query ? 1 : -1;

	catalogue->arena = arena_new(CATALOGUE_MEMORY_MAX);
	while (status > 0) {
		status = store_step(query, err);
		if (status > 0 && add_entry(catalogue, query, err) < 0)
			status = -1;
	}
	store_done(query);
	if (status == 0)
		status = read_closures(catalogue, store, err);
	for (size_t i = 0; i < catalogue->count && status == 0; i++)
		status = close_days(catalogue, i, err);
	if (status == 0)
		return catalogue;
	catalogue_free(catalogue);
	return NULL;
}

int catalogue_changes(struct store *store, int64_t *ret, struct err *err)
{
	struct store_query *query =
		store_query(store,
			    "SELECT (SELECT COUNT(*) FROM programme_file)"
			    " + (SELECT COUNT(*) FROM programme_closure)",
			    err);
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		*ret = store_int(query, 0);
	store_done(query);
	return status < 0 ? -1 : 0;
}

/* ---- one of them ---- */

size_t catalogue_list(const struct catalogue *catalogue, const struct catalogue_entry **ret)
{
	*ret = catalogue->entry;
	return catalogue->newest;
}

const struct catalogue_entry *catalogue_by_slug(const struct catalogue *catalogue, struct sv slug)
{
	for (size_t i = 0; i < catalogue->newest; i++) {
		if (sv_eq(catalogue->entry[i].slug, slug))
			return &catalogue->entry[i];
	}
	return NULL;
}

const struct catalogue_entry *catalogue_by_id(const struct catalogue *catalogue, struct sv id)
{
	for (size_t i = 0; i < catalogue->newest; i++) {
		if (sv_eq(catalogue->entry[i].id, id))
			return &catalogue->entry[i];
	}
	return NULL;
}

const struct catalogue_entry *catalogue_of(const struct catalogue *catalogue,
					   const struct application *application)
{
	for (size_t i = 0; i < catalogue->count; i++) {
		const struct catalogue_entry *entry = &catalogue->entry[i];

		if (sv_eq(entry->id, application->programme) &&
		    entry->programme->facts.version == application->file_version)
			return entry;
	}
	return catalogue_by_id(catalogue, application->programme);
}
