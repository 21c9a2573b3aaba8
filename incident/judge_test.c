#include "incident/testing.h"

#define DEVICE TESTING_DEVICE

static const struct scene_process process = { "{p}", "{q}", "/bin/sh", "sh -c x", NULL, NULL, NULL };

/* An incident in a transaction that is open. */
static bool open_incident(struct scene *s, char id[static UUID_TEXT_MAX])
{
	struct incident_absorbtion absorbed;

	scene_open(s);
	if (!scene_start(s, DEVICE, 0, &process) ||
	    !scene_detect_process(s, DEVICE, 0, &process, "r", &absorbed))
		return false;
	memcpy(id, absorbed.incident, UUID_TEXT_MAX);
	return store_begin(s->store, &s->err) == 0;
}

static int set(struct scene *s, const char *id, uint64_t version, enum incident_state state)
{
	return incident_set_state(s->store, &scene_all, sv_from(id), version, state, SV("理由"),
				  SV("sato"), scene_time(9000), &s->err);
}

static int judge(struct scene *s, const char *id, uint64_t version, bool real, struct sv reason)
{
	return incident_judge(s->store, &scene_all, sv_from(id), version, real, reason, SV("sato"),
			      scene_time(9001), &s->err);
}

static int tell(struct scene *s, const char *id, uint64_t version, struct sv story)
{
	return incident_tell(s->store, &scene_all, sv_from(id), version, story, SV("sato"),
			     scene_time(9002), &s->err);
}

static struct incident_page load(struct scene *s, const char *id)
{
	struct incident_page page = { 0 };

	CHECK(incident_load(s->store, &scene_all, sv_from(id), s->arena, &page, &s->err) == 0);
	return page;
}

TEST(R_061_what_closing_needs)
{
	static const struct {
		enum incident_judgement judgement;
		bool told;
		enum incident_obstacle want;
	} row[] = {
		{ INCIDENT_UNJUDGED, false, INCIDENT_NEEDS_JUDGEMENT },
		{ INCIDENT_UNJUDGED, true, INCIDENT_NEEDS_JUDGEMENT },
		{ INCIDENT_REAL, false, INCIDENT_NEEDS_STORY },
		{ INCIDENT_REAL, true, INCIDENT_CLOSABLE },
		{ INCIDENT_NOT_REAL, false, INCIDENT_CLOSABLE },
		{ INCIDENT_NOT_REAL, true, INCIDENT_CLOSABLE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_INT(incident_obstacle(row[i].judgement, row[i].told), row[i].want);
}

TEST(R_061_a_real_incident_is_judged_told_and_closed)
{
	struct scene s;
	struct incident_page page;
	char id[UUID_TEXT_MAX];

	REQUIRE(open_incident(&s, id));
	CHECK_INT(load(&s, id).incident.judgement, INCIDENT_UNJUDGED); /* the centre never judges */
	CHECK(set(&s, id, 1, INCIDENT_RESOLVED) == 0);
	CHECK(set(&s, id, 2, INCIDENT_CLOSED) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(judge(&s, id, 1, true, SV("侵入の跡がある")) == -1); /* what was seen is old */
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(judge(&s, id, 2, true, SV(" \n")) == -1);
	CHECK_INT(s.err.code, ERR_RANGE);
	CHECK(judge(&s, id, 2, true, SV("侵入の跡がある")) == 0);
	CHECK(set(&s, id, 3, INCIDENT_CLOSED) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(tell(&s, id, 3, SV("")) == -1);
	CHECK_INT(s.err.code, ERR_RANGE);
	CHECK(tell(&s, id, 3, SV("はじめの話")) == 0);
	CHECK(tell(&s, id, 3, SV("話")) == -1);
	CHECK(tell(&s, id, 4, SV("書き直した話")) == 0);
	CHECK(set(&s, id, 5, INCIDENT_CLOSED) == 0);
	page = load(&s, id);
	CHECK_INT(page.incident.state, INCIDENT_CLOSED);
	CHECK_INT(page.incident.judgement, INCIDENT_REAL);
	CHECK_INT(page.incident.closed.us, scene_time(9000).us);
	CHECK(page.incident.told);
	CHECK_SV(page.judged.text, SV("侵入の跡がある"));
	CHECK_SV(page.judged.actor, SV("sato"));
	CHECK_INT(page.judged.at.us, scene_time(9001).us);
	CHECK_SV(page.story.text, SV("書き直した話"));
	/* opened, state, judged, story, story, state: the old story is still there */
	CHECK_INT(page.entry_count, 6);
	CHECK_INT(page.entry[3].kind, INCIDENT_ENTRY_STORY);
	CHECK_SV(page.entry[3].text, SV("はじめの話"));
	/* What is over is judged again only after reopening; its story may be mended. */
	CHECK(judge(&s, id, 6, false, SV("x")) == -1);
	CHECK_INT(s.err.code, ERR_CONFLICT);
	CHECK(tell(&s, id, 6, SV("もう一度")) == 0);
	CHECK(set(&s, id, 7, INCIDENT_INVESTIGATING) == 0);
	CHECK_INT(load(&s, id).incident.closed.us, 0);
	CHECK_INT(load(&s, id).incident.judgement, INCIDENT_REAL);
	CHECK(judge(&s, id, 8, false, SV("点検だった")) == 0);
	store_rollback(s.store);
	scene_close(&s);
}

TEST(a_false_positive_counts_as_judged_until_it_is_opened_again)
{
	struct scene s;
	struct incident_page page;
	char id[UUID_TEXT_MAX];

	REQUIRE(open_incident(&s, id));
	CHECK(set(&s, id, 1, INCIDENT_FALSE_POSITIVE) == 0);
	page = load(&s, id);
	CHECK_INT(page.incident.judgement, INCIDENT_NOT_REAL);
	CHECK_SV(page.judged.text, SV("理由"));
	CHECK(page.incident.closed.us != 0);
	CHECK(set(&s, id, 2, INCIDENT_INVESTIGATING) == 0);
	page = load(&s, id);
	CHECK_INT(page.incident.judgement, INCIDENT_UNJUDGED);
	CHECK_INT(page.judged.at.us, 0);
	CHECK(set(&s, id, 3, INCIDENT_RESOLVED) == 0);
	CHECK(set(&s, id, 4, INCIDENT_CLOSED) == -1);
	CHECK(judge(&s, id, 4, false, SV("点検だった")) == 0);
	CHECK(set(&s, id, 5, INCIDENT_CLOSED) == 0); /* no story is needed */
	store_rollback(s.store);
	scene_close(&s);
}

TEST(R_066_contacts_are_logged)
{
	static char long_text[INCIDENT_STORY_MAX + 1];
	const struct {
		struct incident_contact contact;
		enum err_code want; /* ERR_OK: taken */
	} row[] = {
		{ { .channel = INCIDENT_BY_TELEPHONE, .text = SV("応答なし") }, ERR_OK },
		{ { .channel = INCIDENT_BY_TELEPHONE, .reached = true, .person = SV("店主"),
		    .text = SV("隔離に同意"), .consents = 1U << ACTION_ISOLATE | 1U << ACTION_KILL },
		  ERR_OK },
		{ { .channel = INCIDENT_BY_MAIL, .text = { long_text, INCIDENT_STORY_MAX } }, ERR_OK },
		{ { .channel = INCIDENT_BY_MAIL, .text = { long_text, sizeof long_text } },
		  ERR_TOO_LARGE },
		{ { .channel = INCIDENT_BY_VISIT, .person = { long_text, INCIDENT_PERSON_MAX + 1 } },
		  ERR_TOO_LARGE },
		{ { .channel = INCIDENT_BY_TELEPHONE, .text = SV("\xff") }, ERR_FORMAT },
		/* nobody there agrees to nothing */
		{ { .channel = INCIDENT_BY_TELEPHONE, .consents = 1U << ACTION_ISOLATE }, ERR_RANGE },
		{ { .channel = INCIDENT_BY_TELEPHONE, .reached = true, .person = SV(" ") }, ERR_RANGE },
		{ { .channel = INCIDENT_CHANNEL_COUNT }, ERR_RANGE },
		{ { .consents = 1U << ACTION_KIND_COUNT, .reached = true, .person = SV("x") },
		  ERR_RANGE },
	};
	struct scene s;
	struct incident_page page;
	char id[UUID_TEXT_MAX];

	memset(long_text, 'x', sizeof long_text);
	REQUIRE(open_incident(&s, id));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct incident_contact contact = row[i].contact;
		struct err err = ERR_INIT;

		contact.actor = SV("sato");
		CHECK_INT(incident_contact(s.store, &scene_all, sv_from(id), &contact,
					   scene_time(9000 + (int)i), &err),
			  row[i].want == ERR_OK ? 0 : -1);
		CHECK_INT(err.code, row[i].want);
	}
	page = load(&s, id);
	CHECK_INT(page.contact_count, 3);
	CHECK(!page.contact[0].reached);
	CHECK_SV(page.contact[1].person, SV("店主"));
	CHECK_INT(page.contact[1].consents, 1U << ACTION_ISOLATE | 1U << ACTION_KILL);
	CHECK_INT(page.incident.version, 1); /* telling of a call makes nobody's page stale */
	CHECK_INT(page.entry[2].kind, INCIDENT_ENTRY_CONTACT);
	CHECK_SV(page.entry[2].to, SV("reached"));
	store_rollback(s.store);
	scene_close(&s);
}

TEST(contacts_are_bounded_and_others_are_not_found)
{
	const struct sv stranger = SV("0193b1c0-0000-7000-8000-00000000c009");
	const struct incident_scope foreign = { .company = &stranger, .count = 1 };
	const struct incident_contact contact = { .actor = SV("a"), .text = SV("x") };
	struct scene s;
	char id[UUID_TEXT_MAX];

	REQUIRE(open_incident(&s, id));
	for (int i = 0; i < INCIDENT_CONTACTS_MAX; i++)
		REQUIRE(incident_contact(s.store, &scene_all, sv_from(id), &contact,
					 scene_time(9000 + i), &s.err) == 0);
	CHECK(incident_contact(s.store, &scene_all, sv_from(id), &contact, scene_time(9999),
			       &s.err) == -1);
	CHECK_INT(s.err.code, ERR_TOO_MANY);
	CHECK_INT(load(&s, id).contact_count, INCIDENT_CONTACTS_MAX);
	CHECK(!load(&s, id).more);
	CHECK(incident_contact(s.store, &foreign, sv_from(id), &contact, scene_time(0), &s.err) ==
	      -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	CHECK(incident_judge(s.store, &foreign, sv_from(id), 1, true, SV("x"), SV("a"),
			     scene_time(0), &s.err) == -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	CHECK(incident_tell(s.store, &foreign, sv_from(id), 1, SV("x"), SV("a"), scene_time(0),
			    &s.err) == -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	store_rollback(s.store);
	CHECK(judge(&s, id, 1, true, SV("x")) == -1); /* outside a transaction */
	CHECK_INT(s.err.code, ERR_INTERNAL);
	scene_close(&s);
}

TEST(a_company_in_figures)
{
	struct scene s;
	struct incident_summary summary;
	uint64_t detections;
	char id[UUID_TEXT_MAX];

	REQUIRE(open_incident(&s, id));
	REQUIRE(incident_summary(s.store, SV(TESTING_COMPANY), scene_time(0), &summary, &s.err) ==
		0);
	CHECK_INT(summary.open, 1);
	CHECK_INT(summary.open_real, 0);
	CHECK_INT(summary.since, 1);
	CHECK(judge(&s, id, 1, true, SV("侵入")) == 0);
	REQUIRE(incident_summary(s.store, SV(TESTING_COMPANY), scene_time(1000000), &summary,
				 &s.err) == 0);
	CHECK_INT(summary.open_real, 1);
	CHECK_INT(summary.since, 0);
	CHECK(tell(&s, id, 2, SV("話")) == 0 && set(&s, id, 3, INCIDENT_RESOLVED) == 0);
	REQUIRE(incident_summary(s.store, SV(TESTING_COMPANY), scene_time(0), &summary, &s.err) ==
		0);
	CHECK_INT(summary.open, 0);
	CHECK_INT(summary.open_real, 0);
	REQUIRE(incident_summary(s.store, SV("nobody"), scene_time(0), &summary, &s.err) == 0);
	CHECK_INT(summary.since, 0);
	REQUIRE(incident_detections_between(s.store, SV(TESTING_COMPANY), scene_time(0),
					    scene_time(60000), 10, &detections, &s.err) == 0);
	CHECK_INT(detections, 1);
	REQUIRE(incident_detections_between(s.store, SV(TESTING_COMPANY), scene_time(0),
					    scene_time(200), 10, &detections, &s.err) == 0);
	CHECK_INT(detections, 0); /* detected at 200 ms: `to` is exclusive */
	REQUIRE(incident_detections_between(s.store, SV(TESTING_COMPANY), scene_time(0),
					    scene_time(60000), 0, &detections, &s.err) == 0);
	CHECK_INT(detections, 0);
	store_rollback(s.store);
	scene_close(&s);
}

TEST(incidents_of_before_keep_their_judgement)
{
	char folder[TESTING_PATH_MAX], path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8];
	struct incident_page page;
	struct arena *arena = arena_new(1U << 20);
	struct err err = ERR_INIT;
	struct store *store;

	testing_folder(folder);
	snprintf(url, sizeof url, "sqlite:%s", testing_path(folder, "records", path));
	store = store_open(url, &err);
	REQUIRE(store && store_migrate(store, incident_migrations, 1, &err) == 0);
	REQUIRE(store_exec(store,
			   "INSERT INTO incident_device VALUES (1, 'c', 'd');"
			   "INSERT INTO incident (row, id, number, company, device, device_row, host,"
			   " title, title_ja, level, state, techniques, tactics, detections,"
			   " processes, tree, tree_key, tree_rule, first, last, opened, updated,"
			   " version) VALUES (1, 'old', 1, 'c', 'd', 1, '', 't', '', 3, 6, '', '', 1,"
			   " 0, 0, '', '', 1, 1, 1, 77, 2);"
			   "INSERT INTO incident_entry (incident, kind, at, actor, before, after, text)"
			   " VALUES (1, 1, 77, 'sato', 'new', 'false_positive', '定期作業');",
			   &err) == 0);
	REQUIRE(store_migrate(store, incident_migrations, incident_migration_count, &err) == 0);
	REQUIRE(incident_load(store, &scene_all, SV("old"), arena, &page, &err) == 0);
	CHECK_INT(page.incident.judgement, INCIDENT_NOT_REAL);
	CHECK_SV(page.judged.text, SV("定期作業"));
	CHECK_SV(page.judged.actor, SV("sato"));
	CHECK_INT(page.incident.closed.us, 77);
	store_close(store);
	arena_free(arena);
	testing_remove(folder, "records");
}
