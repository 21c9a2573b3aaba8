/* Published files, and all of them parsed. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "programme/records.h"

#define OPERATOR_SHOWN_MAX 400 /* bytes of a name in an error; longer ones are cut */
#define CATALOGUE_MEMORY_MAX ((size_t)16 << 20) /* ids and problems */

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

/* ---- publishing ---- */

static int find_operator(struct store *store, struct sv name, struct instant now,
			 char ret[static UUID_TEXT_MAX], struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT id FROM operator WHERE name = $1", STORE_TEXT(name));
	int status = query ? store_step(query, err) : -1;

	if (status > 0)
		snprintf(ret, UUID_TEXT_MAX, "%.*s", SV_ARG(store_text(query, 0)));
	store_done(query);
	if (status != 0)
		return status < 0 ? -1 : 0;
	uuid_format(uuid_v7(now), ret);
	return store_change(store, err,
			    "INSERT INTO operator (id, name, created_at) VALUES ($1, $2, $3)",
			    STORE_TEXT(sv_from(ret)), STORE_TEXT(name), STORE_INT(now.us));
}

struct published {
	bool is_there, is_same_text;
	char programme[UUID_TEXT_MAX], operator_id[UUID_TEXT_MAX], operator_name[OPERATOR_SHOWN_MAX];
	int64_t version;
};

/* The newest version of a file, and whether its text is this one. */
static int find_published(struct store *store, struct sv slug, struct sv source,
			  struct published *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT f.programme, p.operator, f.version, f.source, o.name FROM programme_file f"
		" JOIN programme p ON p.id = f.programme JOIN operator o ON o.id = p.operator"
		" WHERE f.slug = $1"
		" ORDER BY f.version DESC LIMIT 1",
		STORE_TEXT(slug));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		ret->is_there = true;
		snprintf(ret->programme, UUID_TEXT_MAX, "%.*s", SV_ARG(store_text(query, 0)));
		snprintf(ret->operator_id, UUID_TEXT_MAX, "%.*s", SV_ARG(store_text(query, 1)));
		ret->version = store_int(query, 2);
		ret->is_same_text = sv_eq(store_text(query, 3), source);
		snprintf(ret->operator_name, OPERATOR_SHOWN_MAX, "%.*s", SV_ARG(store_text(query, 4)));
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

static int check_version(const struct published *published, const char *operator_id,
			 uint32_t version, struct err *err)
{
	if (!published->is_there)
		return 0;
	if (!sv_eq(sv_from(published->operator_id), sv_from(operator_id))) {
		err_set(err, ERR_CONFLICT, "another operator has published this programme: %s",
			published->operator_name);
		return -1;
	}
	if (published->version >= (int64_t)version) {
		err_set(err, ERR_CONFLICT, "version %lld is published, and this is version %u",
			(long long)published->version, version);
		err_hint(err, "raise `version:` in the file");
		return -1;
	}
	return 0;
}

int programme_publish(struct store *store, struct sv operator_name,
		      const struct programme *programme, struct sv source, struct instant now,
		      char ret_programme[static UUID_TEXT_MAX], struct err *err)
{
	const struct programme_facts *facts = &programme->facts;
	struct published published = { .is_there = false };
	char operator_id[UUID_TEXT_MAX];

	if (records_need_transaction(store, err) < 0 ||
	    find_operator(store, operator_name, now, operator_id, err) < 0 ||
	    find_published(store, facts->id, source, &published, err) < 0)
		return -1;
	if (!published.is_there || !published.is_same_text ||
	    !sv_eq(sv_from(published.operator_id), sv_from(operator_id))) {
		if (check_version(&published, operator_id, facts->version, err) < 0)
			return -1;
		if (!published.is_there) {
			uuid_format(uuid_v7(now), published.programme);
			if (store_change(store, err,
					 "INSERT INTO programme (id, operator, name, created_at)"
					 " VALUES ($1, $2, $3, $4)",
					 STORE_TEXT(sv_from(published.programme)),
					 STORE_TEXT(sv_from(operator_id)),
					 STORE_TEXT(facts->name.ja), STORE_INT(now.us)) < 0)
				return -1;
		}
		if (store_change(store, err, "UPDATE programme SET name = $1 WHERE id = $2",
				 STORE_TEXT(facts->name.ja),
				 STORE_TEXT(sv_from(published.programme))) < 0 ||
		    store_change(store, err,
				 "INSERT INTO programme_file (programme, version, slug, source,"
				 " published_at) VALUES ($1, $2, $3, $4, $5)",
				 STORE_TEXT(sv_from(published.programme)),
				 STORE_INT(facts->version), STORE_TEXT(facts->id),
				 STORE_TEXT(source), STORE_INT(now.us)) < 0)
			return -1;
	}
	memcpy(ret_programme, published.programme, UUID_TEXT_MAX);
	return 0;
}

/* ---- all of them ---- */

struct catalogue {
	struct arena *arena;
	struct catalogue_entry *entry;
	struct programme **programme; /* what the entries show, to free */
	size_t count, room;
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

static int add_entry(struct catalogue *catalogue, struct store_query *query, struct err *err)
{
	struct programme_problems problems;
	struct catalogue_entry entry = {
		.id = records_text(query, 0, catalogue->arena),
		.operator_id = records_text(query, 1, catalogue->arena),
		.slug = records_text(query, 2, catalogue->arena),
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
	return 0;
}

struct catalogue *catalogue_load(struct store *store, struct err *err)
{
	static const char sql[] =
		"SELECT f.programme, p.operator, f.slug, f.source FROM programme_file f"
		" JOIN programme p ON p.id = f.programme WHERE f.version ="
		" (SELECT MAX(n.version) FROM programme_file n WHERE n.programme = f.programme)"
		" ORDER BY p.created_at, f.slug";
	struct catalogue *catalogue = mem_zalloc(sizeof *catalogue);
	struct store_query *query = store_query(store, sql, err);
	int status = query ? 1 : -1;

	catalogue->arena = arena_new(CATALOGUE_MEMORY_MAX);
	while (status > 0) {
		status = store_step(query, err);
		if (status > 0 && add_entry(catalogue, query, err) < 0)
			status = -1;
	}
	store_done(query);
	if (status == 0)
		return catalogue;
	catalogue_free(catalogue);
	return NULL;
}

size_t catalogue_list(const struct catalogue *catalogue, const struct catalogue_entry **ret)
{
	*ret = catalogue->entry;
	return catalogue->count;
}

const struct catalogue_entry *catalogue_by_slug(const struct catalogue *catalogue, struct sv slug)
{
	for (size_t i = 0; i < catalogue->count; i++) {
		if (sv_eq(catalogue->entry[i].slug, slug))
			return &catalogue->entry[i];
	}
	return NULL;
}

const struct catalogue_entry *catalogue_by_id(const struct catalogue *catalogue, struct sv id)
{
	for (size_t i = 0; i < catalogue->count; i++) {
		if (sv_eq(catalogue->entry[i].id, id))
			return &catalogue->entry[i];
	}
	return NULL;
}
