#include "centre/publish.h"

#include "base/text.h"
#include "centre/audit.h"
#include "programme/application.h"
#include "support/support.h"

#define ARENA_MAX (32U << 20)
#define KNOWN_TEXT_MAX 600 /* bytes of the operators' names that are told */
#define CHANGES_SHOWN_MAX 200 /* places of a newer version; `programme diff` has all */

static void tell(struct buf *report, const char *path, const struct programme_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct programme_problem *problem = &problems->item[i];

		buf_printf(report, "%s:%u:%u: %.*s\n", path, problem->line, problem->column,
			   SV_ARG(problem->message));
		if (problem->hint.n > 0)
			buf_printf(report, "  %.*s\n", SV_ARG(problem->hint));
	}
}

/* A name that nobody has is a slip of the pen, unless somebody says otherwise. */
static int check_operator(struct store *records, const struct publish_for *who, struct err *err)
{
	struct store_query *query =
		store_ask(records, err, "SELECT name FROM operator ORDER BY name = $1 DESC, created_at",
			  STORE_TEXT(sv_from(who->operator_name)));
	int status = query ? store_step(query, err) : -1;
	struct buf known;

	buf_init(&known, KNOWN_TEXT_MAX);
	if (status >= 0 && !who->is_new &&
	    (status == 0 || !sv_eq(store_text(query, 0), sv_from(who->operator_name)))) {
		for (; status > 0; status = store_step(query, err))
			buf_printf(&known, "\n    %.*s", SV_ARG(store_text(query, 0)));
		if (status == 0) {
			err_set(err, ERR_NOT_FOUND, _("there is no operator '%s'; there are:%.*s%s"),
				who->operator_name, SV_ARG(buf_sv(&known)),
				known.full ? " …" : known.n > 0 ? "" : _(" none"));
			err_hint(err, _("with --new-operator this one is made"));
			status = -1;
		}
	}
	buf_done(&known);
	store_done(query);
	return status < 0 ? -1 : 0;
}

static int tell_published(struct store *records, const struct programme_facts *facts,
			  const char *operator_name, struct buf *report, struct err *err)
{
	struct store_query *query = store_ask(
		records, err,
		"SELECT COUNT(*) FROM person_role r JOIN operator o ON o.id = r.operator"
		" JOIN person p ON p.id = r.person"
		" WHERE o.name = $1 AND r.role = 'secretariat' AND p.disabled_at IS NULL",
		STORE_TEXT(sv_from(operator_name)));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		buf_printf(report, _("published %.*s, version %u, for %s\n"), SV_ARG(facts->id),
			   facts->version, operator_name);
		if (store_int(query, 0) == 0)
			buf_printf(report, "  %s\n",
				   _("this operator has no account of a secretariat: nobody sees the applications that the public site takes"));
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

/* ---- a newer version ---- */

/* The version before, or NULL: there is none, or this program does not read it any more. */
static struct programme *read_before(struct store *records, struct sv slug, struct arena *arena,
				     struct err *err)
{
	struct programme_problems problems = { 0 };
	struct err unread = ERR_INIT;
	struct sv source;

	if (programme_source(records, slug, arena, &source, err) <= 0)
		return NULL;
	return programme_parse(source, "before", arena, &problems, &unread);
}

static struct sv in_language(struct programme_text text)
{
	return text_is_japanese() ? text.ja : text.en;
}

static int tell_changes(const struct programme *before, const struct programme *programme,
			struct arena *arena, struct buf *report, struct err *err)
{
	const struct programme_change *change;
	size_t count;

	if (programme_difference(before, programme, arena, &change, &count, err) != 0)
		return -1;
	if (count > 0)
		buf_printf(report, _("what changed, in %zu places:\n"), count);
	for (size_t i = 0; i < count && i < CHANGES_SHOWN_MAX; i++)
		buf_printf(report, "  %.*s: %.*s\n    %.*s\n",
			   SV_ARG(in_language(change[i].where)), SV_ARG(in_language(change[i].what)),
			   SV_ARG(in_language(change[i].means)));
	if (count > CHANGES_SHOWN_MAX)
		buf_printf(report, "  …\n");
	return 0;
}

static int tell_under_way(struct store *records, const char *id, const struct programme *programme,
			  struct arena *arena, struct buf *report, struct err *err)
{
	const struct version_use *use;
	size_t count;

	if (programme_versions(records, sv_from(id), arena, &use, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		buf_printf(report,
			   use[i].version == programme_facts(programme)->version
				   ? _("applications under way under this version: %llu\n")
				   : _("applications that end under the version they began with: "
				       "%llu\n"),
			   (unsigned long long)use[i].under_way);
	return 0;
}

/* ---- all of it ---- */

static int write_records(struct store *records, const struct programme *programme,
			 struct sv source, const struct publish_for *who, struct instant now,
			 char id[static UUID_TEXT_MAX], struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);
	char said[128];
	struct audit_entry audit = { .action = "programme_publish", .object_kind = "programme" };

	if (store_begin(records, err) != 0)
		return -1;
	snprintf(said, sizeof said, "%.*s: %u", SV_ARG(facts->id), facts->version);
	audit.reason = sv_from(said);
	audit.object = (struct sv){ id, UUID_TEXT_MAX - 1 };
	if (check_operator(records, who, err) != 0 ||
	    programme_publish(records, sv_from(who->operator_name), programme, source, now, id,
			      err) != 0 ||
	    questionnaire_check_promises(records, audit.object, programme, err) != 0 ||
	    audit_append(records, &audit, now, err) != 0 || store_commit(records, err) != 0) {
		store_rollback(records);
		return -1;
	}
	return 0;
}

int publish(struct store *records, const char *path, struct sv source,
	    const struct publish_for *who, struct instant now, struct buf *report, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct programme_problems problems = { 0 };
	struct programme *programme = programme_parse(source, path, arena, &problems, err);
	struct programme *before = NULL;
	char id[UUID_TEXT_MAX];
	int status = -1;

	if (programme == NULL) {
		tell(report, path, &problems);
		if (problems.count > 0) /* err is the first of them */
			err_set(err, ERR_FORMAT, _("%s has mistakes (%zu): nothing was published"),
				path, problems.count);
		goto out;
	}
	before = read_before(records, programme_facts(programme)->id, arena, err);
	status = write_records(records, programme, source, who, now, id, err);
	if (status == 0)
		status = tell_published(records, programme_facts(programme), who->operator_name,
					report, err);
	if (status == 0 && before)
		status = tell_changes(before, programme, arena, report, err);
	if (status == 0 && before)
		status = tell_under_way(records, id, programme, arena, report, err);
out:
	programme_free(before);
	programme_free(programme);
	arena_free(arena);
	return status;
}
