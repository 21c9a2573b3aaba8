/* Publishing: the records keep the files, each version of them. */
#include <stdio.h>

#include "programme/records.h"

#define OPERATOR_SHOWN_MAX 400 /* bytes of a name in an error; longer ones are cut */

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

static int write_version(struct store *store, struct published *published,
			 const char *operator_id, const struct programme_facts *facts,
			 struct sv source, struct instant now, struct err *err)
{
	if (!published->is_there) {
		uuid_format(uuid_v7(now), published->programme);
		if (store_change(store, err,
				 "INSERT INTO programme (id, operator, name, created_at)"
				 " VALUES ($1, $2, $3, $4)",
				 STORE_TEXT(sv_from(published->programme)),
				 STORE_TEXT(sv_from(operator_id)), STORE_TEXT(facts->name.ja),
				 STORE_INT(now.us)) < 0)
			return -1;
	}
	if (store_change(store, err, "UPDATE programme SET name = $1 WHERE id = $2",
			 STORE_TEXT(facts->name.ja),
			 STORE_TEXT(sv_from(published->programme))) < 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO programme_file (programme, version, slug, source,"
			    " published_at) VALUES ($1, $2, $3, $4, $5)",
			    STORE_TEXT(sv_from(published->programme)), STORE_INT(facts->version),
			    STORE_TEXT(facts->id), STORE_TEXT(source), STORE_INT(now.us));
}

/*
 * As the centre will read it, with the days closed since: what it could not read
 * is not published, and those under way are counted by the same days.
 */
static int put_in_force(struct store *store, const struct published *published, struct instant now,
			struct err *err)
{
	struct catalogue *catalogue = catalogue_load(store, err);
	const struct catalogue_entry *entry;
	int status;

	if (!catalogue)
		return -1;
	entry = catalogue_by_id(catalogue, sv_from(published->programme));
	status = entry ? upgrade_applications(store, entry->id, entry->programme, now, err)
		       : err_set(err, ERR_INTERNAL, "the version is not there");
	catalogue_free(catalogue);
	return status;
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
		if (check_version(&published, operator_id, facts->version, err) < 0 ||
		    write_version(store, &published, operator_id, facts, source, now, err) < 0 ||
		    put_in_force(store, &published, now, err) < 0)
			return -1;
	}
	memcpy(ret_programme, published.programme, UUID_TEXT_MAX);
	return 0;
}
