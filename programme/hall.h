/*
 * hall.h - for tests of records: a database in a folder of its own, with one
 * edition published, its forms received and its events applied.
 */
#ifndef PROGRAMME_HALL_H
#define PROGRAMME_HALL_H

#include "programme/records.h"
#include "programme/testing.h"
#include "store/testing.h"

/* The centre's tables that applications refer to. */
static const struct store_migration hall_tenants[] = {
	{ "testing/001-tenants",
	  "CREATE TABLE operator (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	  " created_at INTEGER NOT NULL);"
	  "CREATE TABLE programme (id TEXT PRIMARY KEY, operator TEXT NOT NULL REFERENCES"
	  " operator (id), name TEXT NOT NULL, created_at INTEGER NOT NULL);"
	  "CREATE TABLE company (id TEXT PRIMARY KEY, name TEXT NOT NULL, name_kana TEXT NOT NULL,"
	  " address TEXT NOT NULL, created_at INTEGER NOT NULL);"
	  "CREATE TABLE participation (id TEXT PRIMARY KEY, company TEXT NOT NULL REFERENCES"
	  " company (id), programme TEXT NOT NULL REFERENCES programme (id), course TEXT NOT NULL,"
	  " since_at INTEGER NOT NULL, ended_at INTEGER, application TEXT);" },
};

struct hall { /* one database with the edition published */
	char folder[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 16];
	struct arena *arena;
	struct store *store;
	struct catalogue *catalogue;
	const struct catalogue_entry *entry;
	struct instant now;
	struct err err;
	unsigned forms;
	const char *company; /* answers of a form that is in order */
};

static inline bool hall_publish(struct hall *h, struct sv text)
{
	char id[UUID_TEXT_MAX];
	struct programme *programme = testing_parse(text, h->arena);
	bool good = programme && store_begin(h->store, &h->err) == 0 &&
		    programme_publish(h->store, SV("事務局"), programme, text, h->now, id, &h->err) ==
			    0 &&
		    store_commit(h->store, &h->err) == 0;

	if (!good)
		store_rollback(h->store);
	programme_free(programme);
	return good;
}

/* An edition's text as the only one in force. */
static inline bool hall_open_edition(struct hall *h, struct sv text, const char *slug,
				     const char *company, const char *now)
{
	char path[TESTING_PATH_MAX];

	h->company = company;
	h->now = testing_at(now);
	testing_folder(h->folder);
	snprintf(h->url, sizeof h->url, "sqlite:%s", testing_path(h->folder, "r", path));
	h->store = store_open(h->url, &h->err);
	if (!h->store || store_migrate(h->store, hall_tenants, 1, &h->err) < 0 ||
	    store_migrate(h->store, programme_migrations, programme_migration_count, &h->err) < 0)
		return false;
	if (!hall_publish(h, text))
		return false;
	h->catalogue = catalogue_load(h->store, &h->err);
	h->entry = h->catalogue ? catalogue_by_slug(h->catalogue, sv_from(slug)) : NULL;
	return h->entry != NULL;
}

static inline bool hall_open(struct hall *h, struct sv text)
{
	*h = (struct hall){ .arena = arena_new(TESTING_MEMORY) };
	return hall_open_edition(h, text.n > 0 ? text : testing_file("2025-kihon.yaml", h->arena),
				 "2025-kihon", TESTING_KIHON, "2025-05-23T10:00:00+09:00");
}

static inline void hall_close(struct hall *h)
{
	if (h->err.code != ERR_OK)
		printf("# last error: %s\n", h->err.text);
	catalogue_free(h->catalogue);
	store_close(h->store);
	testing_remove(h->folder, "r");
	arena_free(h->arena);
}

static inline bool hall_receive_with(struct hall *h, const char *change, const char *token,
			      struct reception *ret)
{
	const struct application_receipt receipt = {
		.token = sv_from(token),
		.answers = testing_filled(h->company, change, h->arena),
		.now = h->now,
		.address = SV("127.0.0.1"),
	};
	bool good = store_begin(h->store, &h->err) == 0 &&
		    application_receive(h->store, h->entry, &receipt, h->arena, ret, &h->err) == 0;

	good = good && store_commit(h->store, &h->err) == 0;
	if (!good)
		store_rollback(h->store);
	return good;
}

static inline bool hall_receive(struct hall *h, const char *change, struct reception *ret)
{
	char token[40];

	snprintf(token, sizeof token, "form-page-token-%05u", h->forms++);
	return hall_receive_with(h, change, token, ret);
}

static inline bool hall_load(struct hall *h, const char *id, struct application *ret)
{
	return application_load(h->store, h->catalogue, sv_from(id), h->arena, ret, &h->err) == 1;
}

/* 0, a refusal, or -1. */
static inline int hall_apply(struct hall *h, const char *id, const char *event, enum programme_actor by,
		      const char *fields, struct transition *ret)
{
	struct application application;
	struct refused refused = { .why = REFUSAL_NONE };
	struct transition transition;
	int status = -1;

	if (store_begin(h->store, &h->err) < 0)
		return -1;
	if (hall_load(h, id, &application))
		status = application_apply(
			h->store, h->entry, &application,
			&(struct application_change){ .event = sv_from(event),
						      .by = by,
						      .fields = testing_answers(fields, h->arena),
						      .actor = SV("p"),
						      .actor_name = SV("事務 花子"),
						      .now = h->now,
						      .version = application.version },
			h->arena, ret ? ret : &transition, &refused, &h->err);
	if (status == 0 && store_commit(h->store, &h->err) == 0)
		return 0;
	store_rollback(h->store);
	return status > 0 ? (int)refused.why : -1;
}

static inline int64_t hall_ask(struct hall *h, const char *sql)
{
	struct store_query *query = store_query(h->store, sql, &h->err);
	const int64_t value = query && store_step(query, &h->err) == 1 ? store_int(query, 0) : -1;

	store_done(query);
	return value;
}

#endif
