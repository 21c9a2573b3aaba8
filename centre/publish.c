#include "centre/publish.h"

#include "base/text.h"
#include "centre/audit.h"
#include "programme/application.h"

#define ARENA_MAX (32U << 20)

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

static int write_records(struct store *records, const struct programme *programme,
			 struct sv source, const char *operator_name, struct instant now,
			 struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);
	char id[UUID_TEXT_MAX], said[128];
	struct audit_entry audit = { .action = "programme_publish", .object_kind = "programme" };

	if (store_begin(records, err) != 0)
		return -1;
	snprintf(said, sizeof said, "%.*s: %u", SV_ARG(facts->id), facts->version);
	audit.reason = sv_from(said);
	audit.object = sv_from(id);
	if (programme_publish(records, sv_from(operator_name), programme, source, now, id, err) !=
		    0 ||
	    audit_append(records, &audit, now, err) != 0 || store_commit(records, err) != 0) {
		store_rollback(records);
		return -1;
	}
	return 0;
}

int publish(struct store *records, const char *path, struct sv source, const char *operator_name,
	    struct instant now, struct buf *report, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct programme_problems problems = { 0 };
	struct programme *programme = programme_parse(source, path, arena, &problems, err);
	int status = -1;

	if (programme == NULL) {
		tell(report, path, &problems);
		goto out;
	}
	status = write_records(records, programme, source, operator_name, now, err);
	if (status == 0) {
		const struct programme_facts *facts = programme_facts(programme);

		buf_printf(report, _("published %.*s, version %u\n"), SV_ARG(facts->id),
			   facts->version);
	}
out:
	programme_free(programme);
	arena_free(arena);
	return status;
}
