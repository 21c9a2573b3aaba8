/* A newer version of a file, and the applications under way (`upgrade`). */
#include <stdio.h>

#include "programme/records.h"

#define UPGRADE_MEMORY_MAX ((size_t)64 << 20) /* of one application at a time */

/* ---- may they move? ---- */

static struct sv moved_state(const struct programme *programme, struct sv state)
{
	for (size_t i = 0; i < programme->move_count; i++) {
		if (sv_eq(programme->move[i].from, state))
			return programme->move[i].to;
	}
	return state;
}

static int check_states(struct store *store, struct sv id, const struct programme *programme,
			struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT state, COUNT(*) FROM application WHERE programme = $1"
			  " AND final = 0 GROUP BY state ORDER BY state",
			  STORE_TEXT(id));
	int status = query ? 1 : -1;

	while (status > 0) {
		status = store_step(query, err);
		if (status <= 0)
			break;
		const struct sv state = store_text(query, 0);

		if (programme_state(programme, moved_state(programme, state)))
			continue;
		err_set(err, ERR_CONFLICT,
			"%lld applications are in state '%.*s', which this version does not have",
			(long long)store_int(query, 1), SV_ARG(state));
		err_hint(err, "upgrade: {under_way: move, states: {%.*s: NEW_STATE}}, or "
			      "under_way: stay",
			 SV_ARG(state));
		status = -1;
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

static int check_courses(struct store *store, struct sv id, const struct programme *programme,
			 struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT c.course, COUNT(*) FROM application_course c"
		" JOIN application a ON a.row = c.application"
		" WHERE a.programme = $1 AND a.final = 0 GROUP BY c.course ORDER BY c.course",
		STORE_TEXT(id));
	int status = query ? 1 : -1;

	while (status > 0) {
		status = store_step(query, err);
		if (status <= 0 || programme_course(programme, store_text(query, 0)))
			continue;
		err_set(err, ERR_CONFLICT,
			"%lld applications are for course '%.*s', which this version does not have",
			(long long)store_int(query, 1), SV_ARG(store_text(query, 0)));
		err_hint(err, "keep the course, or upgrade: {under_way: stay}");
		status = -1;
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

/* ---- they move ---- */

static int move_one(struct store *store, const struct programme *programme, struct sv application,
		    struct arena *arena, struct instant now, struct err *err)
{
	struct recount recount = { .programme = programme, .now = now, .event = SV("upgrade") };
	struct application is;
	char from[16], to[16];
	struct answer said[] = { { SV("upgrade.from"), SV_NONE },
				 { SV("upgrade.to"), SV_NONE } };

	if (application_load(store, NULL, application, arena, &is, err) < 0)
		return -1;
	snprintf(from, sizeof from, "%u", is.file_version);
	snprintf(to, sizeof to, "%u", programme->facts.version);
	said[0].value = sv_from(from);
	said[1].value = sv_from(to);
	recount.fields = (struct answers){ said, 2 };
	recount.state = moved_state(programme, is.is.state);
	return records_recount(store, &recount, &is, arena, NULL, err);
}

int upgrade_applications(struct store *store, struct sv id, const struct programme *programme,
			 struct instant now, struct err *err)
{
	struct arena *list = arena_new(UPGRADE_MEMORY_MAX);
	const struct sv *application;
	size_t count = 0;
	int status = 0;

	if (programme->facts.under_way_moves) {
		status = check_states(store, id, programme, err);
		if (status == 0)
			status = check_courses(store, id, programme, err);
		if (status == 0)
			status = records_under_way(store, id, list, &application, &count, err);
	}
	for (size_t i = 0; i < count && status == 0; i++) {
		struct arena *arena = arena_new(UPGRADE_MEMORY_MAX);

		status = move_one(store, programme, application[i], arena, now, err);
		arena_free(arena);
	}
	arena_free(list);
	return status < 0 ? -1 : 0;
}

/* ---- what there is ---- */

int programme_source(struct store *store, struct sv slug, struct arena *arena, struct sv *ret,
		     struct err *err)
{
	struct store_query *query = store_ask(store, err,
					      "SELECT source FROM programme_file WHERE slug = $1"
					      " ORDER BY version DESC LIMIT 1",
					      STORE_TEXT(slug));
	int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		*ret = records_text(query, 0, arena);
		if (!ret->p)
			status = err_set(err, ERR_RANGE, "no memory for the file");
	}
	store_done(query);
	return status;
}

int programme_versions(struct store *store, struct sv programme, struct arena *arena,
		       const struct version_use **ret, size_t *ret_count, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT file_version, COUNT(*) FROM application WHERE programme = $1 AND final = 0"
		" GROUP BY file_version ORDER BY file_version LIMIT 64",
		STORE_TEXT(programme));
	struct version_use *use = arena_zalloc(arena, VERSIONS_SHOWN_MAX, sizeof *use);
	int status = query ? 1 : -1;
	size_t count = 0;

	while (status > 0 && use && count < VERSIONS_SHOWN_MAX) {
		status = store_step(query, err);
		if (status > 0)
			use[count++] = (struct version_use){ (uint32_t)store_int(query, 0),
							     (uint64_t)store_int(query, 1) };
	}
	store_done(query);
	if (!use)
		return err_set(err, ERR_RANGE, "no memory for the versions");
	*ret = use;
	*ret_count = count;
	return status < 0 ? -1 : 0;
}
