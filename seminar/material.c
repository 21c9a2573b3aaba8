/* What a session leaves: material for everybody, and what the groups worked out. */
#include "seminar/internal.h"

#include <assert.h>

static const char *const kinds[] = { [MATERIAL_PAPER] = "paper", [MATERIAL_VIDEO] = "video" };
static_assert(sizeof kinds / sizeof *kinds == MATERIAL_KIND_COUNT, "every kind has a name");
static const char *const steps[] = {
	[STEP_THEME] = "theme",
	[STEP_DISCUSSION] = "discussion",
	[STEP_PRESENTATION] = "presentation",
	[STEP_FEEDBACK] = "feedback",
	[STEP_ACTION] = "action",
};
static_assert(sizeof steps / sizeof *steps == STEP_COUNT, "every step has a name");

const char *material_kind_name(enum material_kind kind)
{
	return kinds[kind];
}

bool material_kind_parse(struct sv text, enum material_kind *ret)
{
	const unsigned i = seminar_find(kinds, MATERIAL_KIND_COUNT, text);

	if (i == MATERIAL_KIND_COUNT)
		return false;
	*ret = (enum material_kind)i;
	return true;
}

const char *workshop_step_name(enum workshop_step step)
{
	return steps[step];
}

static int count_of(struct store_query *query, int64_t *ret, struct err *err)
{
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

/* ---- material ---- */

/* What a browser may follow: nothing but https, and no byte that ends an attribute or a line. */
static bool is_url(struct sv url)
{
	static const struct sv scheme = { "https://", 8 };

	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~' || url.p[i] == '"' || url.p[i] == '<' ||
		    url.p[i] == '>')
			return false;
	return sv_starts(url, scheme) && url.n > scheme.n && url.n <= SEMINAR_URL_MAX;
}

static int check_material(struct store *store, const struct catalogue_entry *entry,
			  const struct programme_session *session, const struct material *material,
			  struct instant now, struct err *err)
{
	int64_t before = 0;

	if (seminar_check_line(material->title, SEMINAR_LINE_MAX, true, "the title", err) != 0)
		return -1;
	if (!is_url(material->url))
		return err_set(err, ERR_FORMAT,
			       "the address begins with https:// and has at most %d bytes",
			       SEMINAR_URL_MAX);
	if (material->kind == MATERIAL_VIDEO &&
	    (!session->has_date || instant_cmp(now, seminar_end(session)) < 0))
		return err_set(err, ERR_CONFLICT, "a video is offered after the session has ended");
	if (count_of(store_ask(store, err,
			       "SELECT COUNT(*) FROM session_material WHERE programme = $1"
			       " AND session = $2",
			       STORE_TEXT(entry->id), STORE_TEXT(session->id)),
		     &before, err) != 0)
		return -1;
	return before < SEMINAR_MATERIALS_MAX
		       ? 0
		       : err_set(err, ERR_CONFLICT, "a session has at most %d pieces of material",
				 SEMINAR_MATERIALS_MAX);
}

int seminar_publish(struct store *store, const struct catalogue_entry *entry,
		    const struct programme_session *session, const struct material *material,
		    const struct officer *officer, struct instant now,
		    char ret_id[static UUID_TEXT_MAX], struct err *err)
{
	char id[UUID_TEXT_MAX];

	if (seminar_need(store, err) != 0 ||
	    check_material(store, entry, session, material, now, err) != 0)
		return -1;
	uuid_format(uuid_v7(now), id);
	if (store_change(store, err,
			 "INSERT INTO session_material (id, programme, session, kind, title, url,"
			 " actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(entry->id), STORE_TEXT(session->id),
			 STORE_TEXT(sv_from(kinds[material->kind])), STORE_TEXT(material->title),
			 STORE_TEXT(material->url), STORE_TEXT(officer->id),
			 STORE_INT(now.us)) != 0)
		return -1;
	memcpy(ret_id, id, sizeof id);
	return 0;
}

int seminar_materials(struct store *store, const struct catalogue_entry *entry, struct sv session,
		      struct arena *arena, const struct material **ret, size_t *ret_count,
		      struct err *err)
{
	enum { SHOWN_MAX = 2000 };
	struct material *row = arena_zalloc(arena, SHOWN_MAX, sizeof *row);
	struct store_query *query = store_ask(
		store, err,
		"SELECT id, session, kind, title, url, at FROM session_material WHERE programme = $1"
		" AND ($2 = '' OR session = $2) ORDER BY row LIMIT $3",
		STORE_TEXT(entry->id), STORE_TEXT(session.p ? session : SV("")),
		STORE_INT(SHOWN_MAX));
	size_t count = 0;
	int step = query && row ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		row[count++] = (struct material){
			.id = arena_dup(arena, store_text(query, 0)),
			.session = arena_dup(arena, store_text(query, 1)),
			.kind = (enum material_kind)seminar_find(kinds, MATERIAL_KIND_COUNT - 1,
								 store_text(query, 2)),
			.title = arena_dup(arena, store_text(query, 3)),
			.url = arena_dup(arena, store_text(query, 4)),
			.at = { store_int(query, 5) },
		};
	store_done(query);
	if (step < 0)
		return -1;
	*ret = row;
	*ret_count = count;
	return 0;
}

/* ---- outputs of groups ---- */

static int check_output(struct store *store, const struct catalogue_entry *entry,
			const struct programme_session *session,
			const struct workshop_output *output, struct err *err)
{
	int64_t groups = 0;

	if (session->kind != SESSION_WORKSHOP)
		return err_set(err, ERR_CONFLICT, "this session is no workshop");
	if (seminar_check_line(output->group, SEMINAR_LINE_MAX, true, "the group", err) != 0)
		return -1;
	for (unsigned i = 0; i < STEP_COUNT; i++)
		if (output->text[i].n > SEMINAR_OUTPUT_MAX || !sv_is_utf8(output->text[i]))
			return err_set(err, ERR_RANGE,
				       "what a group worked out in one step has at most %d bytes",
				       SEMINAR_OUTPUT_MAX);
	if (output->version == 0 &&
	    count_of(store_ask(store, err,
			       "SELECT COUNT(*) FROM workshop_output WHERE programme = $1"
			       " AND session = $2",
			       STORE_TEXT(entry->id), STORE_TEXT(session->id)),
		     &groups, err) != 0)
		return -1;
	return groups < SEMINAR_GROUPS_MAX
		       ? 0
		       : err_set(err, ERR_CONFLICT, "a session has at most %d groups",
				 SEMINAR_GROUPS_MAX);
}

static struct sv or_empty(struct sv text)
{
	return text.p ? text : SV("");
}

int seminar_write_output(struct store *store, const struct catalogue_entry *entry,
			 const struct programme_session *session,
			 const struct workshop_output *output, const struct officer *officer,
			 struct instant now, struct err *err)
{
	const char *sql =
		output->version == 0
			? "INSERT INTO workshop_output (programme, session, \"group\", version,"
			  " theme, discussion, presentation, feedback, action, actor, at)"
			  " SELECT $1, $2, $3, $4 + 1, $5, $6, $7, $8, $9, $10, $11 WHERE NOT EXISTS"
			  " (SELECT 1 FROM workshop_output WHERE programme = $1 AND session = $2"
			  " AND \"group\" = $3)"
			: "UPDATE workshop_output SET version = version + 1, theme = $5,"
			  " discussion = $6, presentation = $7, feedback = $8, action = $9,"
			  " actor = $10, at = $11 WHERE programme = $1 AND session = $2"
			  " AND \"group\" = $3 AND version = $4";

	if (seminar_need(store, err) != 0 ||
	    check_output(store, entry, session, output, err) != 0 ||
	    store_change(store, err, sql, STORE_TEXT(entry->id), STORE_TEXT(session->id),
			 STORE_TEXT(output->group), STORE_INT(output->version),
			 STORE_TEXT(or_empty(output->text[STEP_THEME])),
			 STORE_TEXT(or_empty(output->text[STEP_DISCUSSION])),
			 STORE_TEXT(or_empty(output->text[STEP_PRESENTATION])),
			 STORE_TEXT(or_empty(output->text[STEP_FEEDBACK])),
			 STORE_TEXT(or_empty(output->text[STEP_ACTION])), STORE_TEXT(officer->id),
			 STORE_INT(now.us)) != 0)
		return -1;
	return store_changes(store) == 1
		       ? 0
		       : err_set(err, ERR_CONFLICT, "somebody else wrote this meanwhile");
}

int seminar_outputs(struct store *store, const struct catalogue_entry *entry, struct sv session,
		    struct arena *arena, const struct workshop_output **ret, size_t *ret_count,
		    struct err *err)
{
	struct workshop_output *row = arena_zalloc(arena, SEMINAR_GROUPS_MAX, sizeof *row);
	struct store_query *query = store_ask(
		store, err,
		"SELECT \"group\", theme, discussion, presentation, feedback, action, at, version"
		" FROM workshop_output WHERE programme = $1 AND session = $2 ORDER BY \"group\" LIMIT $3",
		STORE_TEXT(entry->id), STORE_TEXT(session), STORE_INT(SEMINAR_GROUPS_MAX));
	size_t count = 0;
	int step = query && row ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1) {
		row[count] = (struct workshop_output){
			.session = session,
			.group = arena_dup(arena, store_text(query, 0)),
			.at = { store_int(query, 6) },
			.version = (uint32_t)store_int(query, 7),
		};
		for (int i = 0; i < STEP_COUNT; i++)
			row[count].text[i] = arena_dup(arena, store_text(query, 1 + i));
		count++;
	}
	store_done(query);
	if (step < 0)
		return -1;
	*ret = row;
	*ret_count = count;
	return 0;
}
