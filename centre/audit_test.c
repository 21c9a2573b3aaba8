#include "centre/audit.h"

#include "base/test.h"
#include "centre/testing.h"

static struct audit_entry entry(const char *action)
{
	return (struct audit_entry){ .action = action,
				     .object_kind = "incident",
				     .object = SV("i"),
				     .company = SV("c"),
				     .reason = SV("なぜ"),
				     .address = SV("::1") };
}

static void append(struct testing *t, const struct audit_entry *what)
{
	struct err err = ERR_INIT;

	CHECK_INT(store_begin(t->store, &err), 0);
	CHECK_INT(audit_append(t->store, what, t->now, &err), 0);
	CHECK_INT(store_commit(t->store, &err), 0);
}

static int64_t ask_number(struct testing *t, const char *sql)
{
	struct store_query *query = store_query(t->store, sql, NULL);
	int64_t number = -1;

	if (query && store_step(query, NULL) == 1)
		number = store_int(query, 0);
	store_done(query);
	return number;
}

TEST(the_chain_holds)
{
	struct testing *t = testing_new();
	struct audit_state state;
	struct err err = ERR_INIT;

	CHECK_INT(audit_verify(t->store, &state, &err), 0);
	CHECK(state.intact && state.entries == 0 && state.head[0] == '\0');
	for (unsigned i = 0; i < 5; i++)
		append(t, &(struct audit_entry){ .action = "x" });
	append(t, &(struct audit_entry){ .action = "incident_note", .company = SV("c") });
	CHECK_INT(audit_verify(t->store, &state, &err), 0);
	CHECK(state.intact);
	CHECK_INT(state.entries, 6);
	CHECK_INT(strlen(state.head), 64);
	testing_free(t);
}

TEST(not_outside_of_a_transaction)
{
	struct testing *t = testing_new();
	const struct audit_entry what = entry("x");
	struct err err = ERR_INIT;

	CHECK_INT(audit_append(t->store, &what, t->now, &err), -1);
	CHECK_INT(err.code, ERR_INTERNAL);
	testing_free(t);
}

TEST(nobody_changes_it)
{
	struct testing *t = testing_new();
	const struct audit_entry what = entry("x");
	struct err err = ERR_INIT;

	append(t, &what);
	CHECK_INT(store_exec(t->store, "UPDATE audit SET reason = 'other'", &err), -1);
	CHECK_INT(store_exec(t->store, "DELETE FROM audit", &err), -1);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit"), 1);
	testing_free(t);
}

/* Whoever goes round the triggers is found. */
TEST(a_change_is_found)
{
	static const char *const changes[] = {
		"UPDATE audit SET reason = 'other' WHERE number = 3",
		"UPDATE audit SET at = at + 1 WHERE number = 3",
		"UPDATE audit SET actor = 'x', actor_name = '' WHERE number = 3",
		"UPDATE audit SET repeated = 1 WHERE number = 3",
		"UPDATE audit SET object = '', company = object || company WHERE number = 3",
		"DELETE FROM audit WHERE number = 3",
		"UPDATE audit SET number = 30 WHERE number = 3",
		/* larger than any row of ours */
		"UPDATE audit SET reason = printf('%.*c', 100000, 'x') WHERE number = 5",
		"UPDATE audit SET reason = printf('%.*c', 100000, 'x'), hash = '' WHERE number = 5",
	};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct testing *t = testing_new();
		const struct audit_entry what = entry("x");
		struct audit_state state;
		struct err err = ERR_INIT;

		for (unsigned n = 0; n < 5; n++)
			append(t, &what);
		testing_exec(t, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete");
		testing_exec(t, changes[i]);
		CHECK_INT(audit_verify(t->store, &state, &err), 0);
		if (state.intact)
			printf("# %s\n", changes[i]);
		CHECK(!state.intact);
		CHECK(state.broken_at >= 3);
		testing_free(t);
	}
}

TEST(whose_affair)
{
	struct testing *t = testing_new();
	const struct actor analyst = testing_actor(t, testing_person(t, ROLE_ANALYST, 0, "a@x"));
	const struct actor owner = testing_actor(t, testing_person(t, ROLE_OWNER, 1, "b@x"));
	const struct grant grant = { .role = ROLE_EXPERT,
				     .programme = sv_from(t->tenant[1].programme) };
	const struct actor expert = { .kind = ACTOR_PERSON, .grant = &grant, .grant_count = 1 };

	append(t, &(struct audit_entry){ .action = "one", .actor = &analyst });
	append(t, &(struct audit_entry){ .action = "two", .actor = &owner });
	append(t, &(struct audit_entry){ .action = "three", .actor = &expert });
	append(t, &(struct audit_entry){ .action = "four", .actor = &analyst, .company = SV("c") });
	CHECK_INT(ask_number(t,
			     "SELECT COUNT(*) FROM audit JOIN operator o ON o.id = audit.operator"
			     " WHERE action = 'one' AND company = '' AND o.name = 'tenant-0'"),
		  1);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit JOIN company c ON c.id = audit.company"
				" WHERE action = 'two' AND operator = '' AND c.name = 'tenant-1'"),
		  1);
	CHECK_INT(ask_number(t,
			     "SELECT COUNT(*) FROM audit JOIN operator o ON o.id = audit.operator"
			     " WHERE action = 'three' AND o.name = 'tenant-1'"),
		  1);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'four' AND company = 'c'"
				" AND operator = ''"),
		  1);
	testing_free(t);
}

TEST(long_text_is_cut_between_characters)
{
	struct testing *t = testing_new();
	char text[3 * AUDIT_TEXT_MAX + 1];

	for (unsigned i = 0; i < AUDIT_TEXT_MAX; i++)
		memcpy(text + 3 * i, "火", 3);
	text[3 * AUDIT_TEXT_MAX] = '\0';
	append(t, &(struct audit_entry){ .action = "x", .reason = sv_from(text) });
	CHECK_INT(ask_number(t, "SELECT LENGTH(CAST(reason AS BLOB)) FROM audit"),
		  AUDIT_TEXT_MAX / 3 * 3);
	testing_free(t);
}

/* ---- refusals ---- */

TEST(the_same_again_is_counted)
{
	struct testing *t = testing_new();
	struct refusals *refusals = refusals_new();
	struct instant now = t->now;
	struct audit_entry what = entry("batch");
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < 1000; i++)
		CHECK_INT(audit_refuse(refusals, t->store, &what, now, &err), 0);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit"), 1);
	CHECK_INT(audit_flush(refusals, t->store, now, false, &err), 0);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit"), 1);
	now.us += REFUSALS_WINDOW_SECONDS * INSTANT_SECOND;
	CHECK_INT(audit_flush(refusals, t->store, now, false, &err), 0);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit"), 2);
	CHECK_INT(ask_number(t, "SELECT SUM(repeated) FROM audit"), 999);
	CHECK_INT(
		ask_number(t,
			   "SELECT COUNT(*) FROM audit WHERE result = 'refused' AND company = 'c'"),
		2);
	/* another reason is another entry */
	what.reason = SV("other");
	CHECK_INT(audit_refuse(refusals, t->store, &what, now, &err), 0);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit"), 3);
	refusals_free(refusals);
	testing_free(t);
}

TEST(a_flood_from_many_addresses)
{
	struct testing *t = testing_new();
	struct refusals *refusals = refusals_new();
	struct audit_entry what = { .action = "certificate", .reason = SV("unknown") };
	struct err err = ERR_INIT;
	char address[32];

	testing_exec(t, "PRAGMA synchronous = OFF");
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(address, sizeof address, "10.0.%u.%u", i / 256, i % 256);
		what.address = sv_from(address);
		CHECK_INT(audit_refuse(refusals, t->store, &what, t->now, &err), 0);
	}
	CHECK(ask_number(t, "SELECT COUNT(*) FROM audit") <= REFUSALS_WINDOW_MAX + 2);
	CHECK_INT(audit_flush(refusals, t->store, t->now, true, &err), 0);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) + SUM(repeated) FROM audit WHERE repeated = 0") +
			  ask_number(t, "SELECT SUM(repeated) FROM audit"),
		  5000);
	refusals_free(refusals);
	testing_free(t);
}

/* What a device says stands in the reason: no reason for an entry each. */
TEST(a_flood_of_reasons)
{
	struct testing *t = testing_new();
	struct refusals *refusals = refusals_new();
	struct audit_entry what = { .action = "order_refused" };
	struct err err = ERR_INIT;
	char reason[32];

	testing_exec(t, "PRAGMA synchronous = OFF");
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(reason, sizeof reason, "reason %u", i);
		what.reason = sv_from(reason);
		what.company = i % 2 == 0 ? SV("a") : SV("b");
		what.repeated = i == 4999 ? 7 : 0;
		CHECK_INT(audit_refuse(refusals, t->store, &what, t->now, &err), 0);
	}
	CHECK(ask_number(t, "SELECT COUNT(*) FROM audit") <= REFUSALS_WINDOW_MAX + 2);
	CHECK_INT(audit_flush(refusals, t->store, t->now, true, &err), 0);
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit WHERE repeated = 0") +
			  ask_number(t, "SELECT SUM(repeated) FROM audit"),
		  5000 + 7);
	/* one company's flood is not counted as the other's */
	CHECK_INT(ask_number(t, "SELECT COUNT(*) FROM audit WHERE company = 'a' AND repeated = 0") +
			  ask_number(t, "SELECT SUM(repeated) FROM audit WHERE company = 'a'"),
		  2500);
	refusals_free(refusals);
	testing_free(t);
}

TEST(counted_refusals_stay_with_their_operator)
{
	struct testing *t = testing_new();
	struct refusals *refusals = refusals_new();
	const struct actor analyst = testing_actor(t, testing_person(t, ROLE_ANALYST, 1, "a@x"));
	const struct audit_entry what = { .action = "device_show",
					  .actor = &analyst,
					  .reason = SV("foreign") };
	struct err err = ERR_INIT;

	audit_refuse(refusals, t->store, &what, t->now, &err);
	audit_refuse(refusals, t->store, &what, t->now, &err);
	CHECK_INT(audit_flush(refusals, t->store, t->now, true, &err), 0);
	CHECK_INT(ask_number(t,
			     "SELECT COUNT(*) FROM audit JOIN operator o ON o.id = audit.operator"
			     " WHERE o.name = 'tenant-1'"),
		  2);
	refusals_free(refusals);
	testing_free(t);
}
