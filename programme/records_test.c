/* Applications on a real database: receipts, seats, events, lists, jobs. */
#include <pthread.h>

#include "programme/hall.h"

TEST(publishing)
{
	struct hall h;
	const struct catalogue_entry *list;
	char id[UUID_TEXT_MAX];

	REQUIRE(hall_open(&h, SV("")));
	const struct sv text = testing_file("2025-kihon.yaml", h.arena);
	CHECK_INT(catalogue_list(h.catalogue, &list), 1);
	CHECK(catalogue_by_id(h.catalogue, h.entry->id) == h.entry);
	CHECK(!catalogue_by_slug(h.catalogue, SV("other")));
	/* The same text again changes nothing; another text needs another version. */
	CHECK(hall_publish(&h, text));
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM programme_file"), 1);
	const struct sv changed = arena_printf(h.arena, "%.*s# changed\n", SV_ARG(text));
	CHECK(!hall_publish(&h, changed));
	CHECK(h.err.code == ERR_CONFLICT);
	const size_t at = sv_find(text, SV("\nversion: "), 0) + 1;
	const struct sv next = arena_printf(
		h.arena, "%.*sversion: 99%.*s", SV_ARG(sv_slice(text, 0, at)),
		SV_ARG(sv_slice(text, sv_find_char(text, '\n', at), text.n)));
	CHECK(hall_publish(&h, next));
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM programme_file"), 2);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM programme"), 1);
	struct catalogue *again = catalogue_load(h.store, &h.err);
	REQUIRE(again);
	CHECK_INT(catalogue_list(again, &list), 1);
	CHECK_INT(programme_facts(list[0].programme)->version, 99);
	catalogue_free(again);
	/* Another operator cannot take it over. */
	struct programme *programme = testing_parse(text, h.arena);
	REQUIRE(store_begin(h.store, &h.err) == 0);
	CHECK(programme_publish(h.store, SV("別の事務局"), programme, text, h.now, id, &h.err) < 0);
	CHECK(strstr(h.err.text, ": 事務局") != NULL); /* whose it is */
	store_rollback(h.store);
	CHECK(programme_publish(h.store, SV("事務局"), programme, text, h.now, id, &h.err) < 0);
	CHECK(h.err.code == ERR_INTERNAL); /* without a transaction */
	h.err.code = ERR_OK;
	programme_free(programme);
	hall_close(&h);
}

TEST(receipts)
{
	struct reception first, again, other;
	struct application application, linked;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	CHECK(hall_receive_with(&h, "", "0123456789abcdef", &first));
	CHECK(first.what == RECEIVED_NEW);
	CHECK_STR(first.number, "2025-kihon-00001");
	CHECK_INT(first.condition_count, h.entry->programme->condition_count);
	/* The same form again, whatever it says: the same receipt, the same link. */
	CHECK(hall_receive_with(&h, "company=別の会社", "0123456789abcdef", &again));
	CHECK(again.what == RECEIVED_BEFORE);
	CHECK_STR(again.number, first.number);
	CHECK_STR(again.id, first.id);
	CHECK_SV(again.link, first.link);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM application"), 1);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM job"), 1);

	REQUIRE(hall_load(&h, first.id, &application));
	CHECK_SV(application.company_name, SV("株式会社火消商店"));
	CHECK_SV(application.contact, SV("江戸花子"));
	CHECK_SV(application.mail, SV("hanako@shouten.example"));
	CHECK_SV(application.telephone, SV("0312345678"));
	CHECK_SV(application.is.state, SV("received"));
	CHECK_INT(application.version, 1);
	CHECK(application.has_due && application.due_is_hard);
	CHECK_INT(application.wished_count, 1);
	CHECK_INT(application.decided_count, 0);
	CHECK_INT(application_by_link(h.store, h.catalogue, first.link, h.arena, &linked, &h.err), 1);
	CHECK_SV(linked.id, application.id);
	CHECK_INT(application_by_link(h.store, h.catalogue, SV("wrong"), h.arena, &linked, &h.err), 0);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM application_link WHERE hash LIKE 'x'"), 0);

	/* the same corporate number is the same company, and it is looked at. */
	CHECK(hall_receive(&h, "company=火消商店", &other));
	CHECK(other.what == RECEIVED_NEW);
	CHECK_STR(other.number, "2025-kihon-00002");
	CHECK_STR(other.company, first.company);
	REQUIRE(hall_load(&h, other.id, &application));
	CHECK_SV(answers_get(&application.is.records, SV("records.running")), SV("2025-kihon-00001"));
	CHECK(answers_has(&application.is.records, SV("records.review"), SV("running")));
	CHECK(!answers_has(&application.is.records, SV("records.review"), SV("other_contact")));
	/* Whoever knows the public number is not the company yet. */
	CHECK(hall_receive(&h, "mail=mallory@elsewhere.example", &other));
	CHECK_STR(other.company, first.company);
	REQUIRE(hall_load(&h, other.id, &application));
	CHECK(answers_has(&application.is.records, SV("records.review"), SV("other_contact")));
	CHECK(hall_receive(&h, "-corporate_number", &other));
	CHECK(strcmp(other.company, first.company) != 0);
	/* A short token, and a call outside of a transaction. */
	CHECK(!hall_receive_with(&h, "", "short", &other));
	CHECK(h.err.code == ERR_USAGE);
	h.err.code = ERR_OK;
	hall_close(&h);
}

TEST(refused_forms_leave_nothing) /* */
{
	struct reception got;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	CHECK(hall_receive(&h, "capital=60000000 employees=51", &got));
	CHECK(got.what == RECEIVED_REFUSED && got.refused.why == REFUSAL_INELIGIBLE);
	CHECK_INT(got.condition_count, h.entry->programme->condition_count);
	CHECK(hall_receive(&h, "mail=nonsense -telephone", &got));
	CHECK(got.refused.why == REFUSAL_FIELDS && got.refused.errors.count == 2);
	h.now = testing_at("2025-05-01T10:00:00+09:00");
	CHECK(hall_receive(&h, "", &got));
	CHECK(got.refused.why == REFUSAL_CLOSED);
	CHECK_INT(hall_ask(&h, "SELECT (SELECT COUNT(*) FROM application) + (SELECT COUNT(*) FROM company)"
			  " + (SELECT COUNT(*) FROM job)"),
		  0);
	/* The next receipt is number 1: refused forms take none. */
	h.now = testing_at("2025-05-23T10:00:00+09:00");
	CHECK(hall_receive(&h, "", &got));
	CHECK_STR(got.number, "2025-kihon-00001");
	hall_close(&h);
}

TEST(whole_way)
{
	const struct application_entry *entry;
	struct application application, found;
	struct transition transition;
	struct reception got;
	struct hall h;
	const struct sv *id;
	size_t count;
	struct sv event;

	REQUIRE(hall_open(&h, SV("")));
	CHECK(hall_receive(&h, "", &got));
	CHECK_INT(hall_apply(&h, got.id, "contact_failed", BY_SECRETARIAT, "channel=telephone", NULL),
		  0);
	CHECK_INT(hall_apply(&h, got.id, "accept_rules", BY_SECRETARIAT, "", NULL), REFUSAL_FIELDS);
	CHECK_INT(hall_apply(&h, got.id, "accept_rules", BY_SECRETARIAT, ACCEPT, NULL), 0);
	CHECK_INT(hall_apply(&h, got.id, "expert_contact", BY_EXPERT, CONTACT, NULL), 0);
	CHECK_INT(hall_apply(&h, got.id, "diagnosed", BY_EXPERT, DIAGNOSED, NULL), 0);
	CHECK_INT(hall_apply(&h, got.id, "decide", BY_SECRETARIAT,
			     "courses=edr courses=guidance agreed=yes reason=x", &transition),
		  0);
	REQUIRE(hall_load(&h, got.id, &application));
	CHECK_INT(application.decided_count, 2);
	CHECK_INT(application.wished_count, 1);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM application_course WHERE has_seat = 1"), 2);
	CHECK_INT(application.version, 6);
	/* A change on an older version is refused whole. */
	REQUIRE(store_begin(h.store, &h.err) == 0);
	CHECK(application_apply(h.store, h.entry, &application,
				&(struct application_change){ .event = SV("approve"),
							      .by = BY_CITY,
							      .now = h.now,
							      .version = 3 },
				h.arena, &transition, &got.refused, &h.err) < 0);
	CHECK(h.err.code == ERR_CONFLICT);
	application.version = 5; /* read before another's change */
	CHECK(application_apply(h.store, h.entry, &application,
				&(struct application_change){ .event = SV("approve"),
							      .by = BY_CITY,
							      .now = h.now },
				h.arena, &transition, &got.refused, &h.err) < 0);
	CHECK(h.err.code == ERR_CONFLICT);
	store_rollback(h.store);
	h.err.code = ERR_OK;
	CHECK_INT(hall_apply(&h, got.id, "approve", BY_CITY, "", NULL), 0);
	CHECK_INT(hall_apply(&h, got.id, "installed", BY_CENTRE, "", NULL), 0);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM job WHERE kind = 'invite'"), 1);

	/* The clock: whoever waits longest first. */
	CHECK(applications_waking(h.store, testing_at("2025-06-01T00:00:00+09:00"), 10, h.arena, &id,
				  &count, &h.err) == 0);
	CHECK_INT(count, 0);
	h.now = testing_at("2025-06-23T00:00:00+09:00");
	CHECK(applications_waking(h.store, h.now, 10, h.arena, &id, &count, &h.err) == 0);
	CHECK_INT(count, 1);
	REQUIRE(hall_load(&h, got.id, &application));
	REQUIRE(programme_clock_event(h.entry->programme, &application.is, h.now, h.arena, &event,
				      &h.err) == 1);
	CHECK_SV(event, SV("month_ends:1"));
	CHECK_INT(hall_apply(&h, got.id, event.p, BY_CLOCK, "", NULL), 0);
	CHECK_INT(hall_apply(&h, got.id, event.p, BY_CLOCK, "", NULL), REFUSAL_NO_SUCH_EVENT);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM job WHERE kind = 'report' AND number = 1"), 1);
	REQUIRE(hall_load(&h, got.id, &application));
	CHECK_INT(application.is.fired_count, 1);

	CHECK(application_log(h.store, sv_from(got.id), h.arena, &entry, &count, &h.err) == 0);
	CHECK_INT(count, 9);
	CHECK_SV(entry[0].event, SV("month_ends:1"));
	CHECK_SV(entry[count - 1].event, SV("receive"));
	CHECK_SV(entry[count - 2].event, SV("contact_failed"));
	CHECK(entry[count - 2].by == BY_SECRETARIAT);
	CHECK_SV(answers_get(&entry[count - 2].fields, SV("contact_failed.channel")),
		 SV("telephone"));
	CHECK_SV(entry[count - 3].to, SV("completed"));
	CHECK_SV(entry[count - 3].actor_name, SV("事務 花子"));

	/* The application behind a participation. */
	CHECK(store_change(h.store, &h.err,
			   "INSERT INTO participation (id, company, programme, course, since_at,"
			   " application) VALUES ('p1', $1, $2, 'edr', 1, $3)",
			   STORE_TEXT(application.company), STORE_TEXT(application.programme),
			   STORE_TEXT(application.id)) == 0);
	CHECK_INT(application_of_participation(h.store, h.catalogue, SV("p1"), h.arena, &found,
					       &h.err),
		  1);
	CHECK_INT(application_of_participation(h.store, h.catalogue, SV("p2"), h.arena, &found,
					       &h.err),
		  0);
	/* the next form of this company meets its record. */
	CHECK(hall_receive(&h, "courses=guidance", &got));
	REQUIRE(hall_load(&h, got.id, &application));
	CHECK(answers_has(&application.is.records, SV("records.services"), SV("edr")));
	CHECK(answers_has(&application.is.records, SV("records.review"), SV("past_support")));
	hall_close(&h);
}

TEST(links)
{
	struct sv secret[APPLICATION_LINKS_MAX + 2];
	struct application application;
	struct reception got;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	CHECK(hall_receive(&h, "", &got));
	REQUIRE(store_begin(h.store, &h.err) == 0);
	for (size_t i = 0; i < APPLICATION_LINKS_MAX + 2; i++)
		CHECK(application_renew_link(h.store, sv_from(got.id), h.arena, &secret[i], &h.err) ==
		      0);
	CHECK(application_renew_link(h.store, SV("none"), h.arena, &secret[0], &h.err) < 0);
	REQUIRE(store_commit(h.store, &h.err) == 0);
	h.err.code = ERR_OK;
	for (size_t i = 0; i < APPLICATION_LINKS_MAX + 2; i++)
		CHECK_INT(application_by_link(h.store, h.catalogue, secret[i], h.arena, &application,
					      &h.err),
			  i >= 2);
	/* The receipt page's own link never ends. */
	CHECK_INT(application_by_link(h.store, h.catalogue, got.link, h.arena, &application, &h.err),
		  1);
	hall_close(&h);
}

TEST(lists)
{
	struct application_filter filter = { .programme_count = 1, .actor = -1 };
	const struct application_count *counts;
	struct application_list list;
	struct reception got;
	struct hall h;
	char seen[30] = "";
	size_t count, pages = 0;

	REQUIRE(hall_open(&h, SV("")));
	for (int i = 0; i < 25; i++) {
		char change[200];

		snprintf(change, sizeof change, "-corporate_number company=会社%d mail=p%d@c.example%s",
			 i, i, i == 7 ? " contact=高橋 company_kana=タカハシ" : "");
		/* Receipts on five days, the last first. */
		h.now = testing_at("2025-06-06T10:00:00+09:00");
		h.now.us -= (i % 5) * 24 * 3600 * INSTANT_SECOND;
		CHECK(hall_receive(&h, change, &got) && got.what == RECEIVED_NEW);
	}
	filter.programme = &h.entry->id;
	filter.today = tokyo_of(testing_at("2025-06-11T10:00:00+09:00")).day;
	for (struct sv cursor = SV("");; cursor = list.next) {
		struct day before = { 0 };

		REQUIRE(application_list(h.store, h.catalogue, &filter, cursor, 10, h.arena, &list,
					 &h.err) == 0);
		for (size_t i = 0; i < list.count; i++) {
			CHECK(day_compare(list.item[i].due, before) >= 0);
			before = list.item[i].due;
			const size_t number = (size_t)strtoul(list.item[i].number.p + 11, NULL, 10);
			REQUIRE(number < sizeof seen);
			CHECK(!seen[number]);
			seen[number] = 1;
		}
		pages++;
		if (list.next.n == 0)
			break;
	}
	CHECK_INT(pages, 3);
	CHECK_INT(memchr(seen + 1, 0, 25) == NULL, 1);

	static const struct {
		const char *text, *state, *course;
		int actor;
		enum application_due due;
		size_t want;
	} row[] = {
		{ "髙橋", "", "", -1, DUE_ANY, 1 },	 /* another 高 */
		{ "ﾀｶﾊｼ", "", "", -1, DUE_ANY, 1 },	 /* half-width */
		{ "２０２５－ｋｉｈｏｎ－００００８", "", "", -1, DUE_ANY, 1 },
		{ "03-1234-5678", "", "", -1, DUE_ANY, 25 },
		{ "p7@c.example", "", "", -1, DUE_ANY, 1 },
		{ "100%", "", "", -1, DUE_ANY, 0 },
		{ "_", "", "", -1, DUE_ANY, 0 },
		{ "", "received", "", -1, DUE_ANY, 25 },
		{ "", "completed", "", -1, DUE_ANY, 0 },
		{ "", "", "edr", -1, DUE_ANY, 25 },
		{ "", "", "utm", -1, DUE_ANY, 0 },
		{ "", "", "", BY_SECRETARIAT, DUE_ANY, 25 },
		{ "", "", "", BY_CITY, DUE_ANY, 0 },
		{ "", "", "", -1, DUE_TODAY, 5 }, /* received on the 6th */
		{ "", "", "", -1, DUE_LATE, 20 },
		{ "", "", "", -1, DUE_SOON, 5 },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		filter.text = sv_from(row[i].text);
		filter.state = sv_from(row[i].state);
		filter.course = sv_from(row[i].course);
		filter.actor = row[i].actor;
		filter.due = row[i].due;
		REQUIRE(application_list(h.store, h.catalogue, &filter, SV(""), 200, h.arena, &list,
					 &h.err) == 0);
		if (list.count != row[i].want)
			printf("# row %zu\n", i);
		CHECK_INT(list.count, row[i].want);
	}
	filter = (struct application_filter){ .programme = &h.entry->id, .programme_count = 1,
					      .actor = -1, .today = filter.today };
	REQUIRE(application_counts(h.store, &filter, h.arena, &counts, &count, &h.err) == 0);
	REQUIRE(count == 1);
	CHECK_INT(counts[0].all, 25);
	CHECK_INT(counts[0].late, 20);
	CHECK_INT(counts[0].breach, 20);
	CHECK_INT(counts[0].today, 5);
	/* Nothing without a programme or a company; one company sees its own. */
	filter.programme_count = 0;
	REQUIRE(application_list(h.store, h.catalogue, &filter, SV(""), 9, h.arena, &list, &h.err) == 0);
	CHECK_INT(list.count, 0);
	const struct sv company = sv_from(got.company);
	filter.company = &company;
	filter.company_count = 1;
	REQUIRE(application_list(h.store, h.catalogue, &filter, SV(""), 9, h.arena, &list, &h.err) == 0);
	CHECK_INT(list.count, 1);
	/* Bounds. */
	CHECK(application_list(h.store, h.catalogue, &filter, SV("x"), 9, h.arena, &list, &h.err) < 0);
	CHECK(application_list(h.store, h.catalogue, &filter, SV(""), APPLICATION_PAGE_MAX + 1,
			       h.arena, &list, &h.err) < 0);
	filter.company_count = APPLICATION_PROGRAMMES_MAX + 1;
	CHECK(application_list(h.store, h.catalogue, &filter, SV(""), 9, h.arena, &list, &h.err) < 0);
	h.err.code = ERR_OK;
	hall_close(&h);
}

/* The edition with other numbers of places. */
static struct sv with_places(struct arena *arena, const char *course, const char *places)
{
	struct sv text = testing_file("2025-kihon.yaml", arena);
	char id[40];
	size_t at, end;

	snprintf(id, sizeof id, "  - id: %s\n    name:", course);
	at = sv_find(text, sv_from(id), 0);
	at = sv_find(text, SV("    places:"), at);
	end = sv_find(text, SV("    entitlement:"), at);
	return arena_printf(arena, "%.*s    %s\n%.*s", SV_ARG(sv_slice(text, 0, at)), places,
			    SV_ARG(sv_slice(text, end, text.n)));
}

TEST(more_places_only_where_about) /* */
{
	const struct seat_row *seat;
	struct reception got;
	struct hall h;
	struct arena *arena = arena_new(TESTING_MEMORY);
	size_t count;

	REQUIRE(hall_open(&h, with_places(arena, "edr", "places: 1\n    exact: false")));
	CHECK(hall_receive(&h, "-corporate_number", &got) && got.what == RECEIVED_NEW);
	CHECK(hall_receive(&h, "-corporate_number", &got) && got.refused.why == REFUSAL_FULL);
	REQUIRE(store_begin(h.store, &h.err) == 0);
	CHECK(seats_override(h.store, h.entry, SV("utm"), 51, SV("x"), SV("p"), h.now, &h.err) < 0);
	CHECK(h.err.code == ERR_DENIED);
	CHECK(seats_override(h.store, h.entry, SV("edr"), 2, SV(" "), SV("p"), h.now, &h.err) < 0);
	CHECK(seats_override(h.store, h.entry, SV("edr"), 0, SV("x"), SV("p"), h.now, &h.err) < 0);
	CHECK(seats_override(h.store, h.entry, SV("edr"), 2, SV("要望が多い"), SV("p"), h.now,
			     &h.err) == 0);
	REQUIRE(store_commit(h.store, &h.err) == 0);
	REQUIRE(seats_read(h.store, h.entry, h.arena, &seat, &count, &h.err) == 0);
	CHECK_INT(count, 3);
	CHECK(seat[1].taken == 1 && seat[1].places == 2 && seat[1].open && !seat[1].exact);
	CHECK(hall_receive(&h, "-corporate_number", &got) && got.what == RECEIVED_NEW);
	CHECK(hall_receive(&h, "-corporate_number", &got) && got.refused.why == REFUSAL_FULL);
	h.err.code = ERR_OK;
	hall_close(&h);
	arena_free(arena);
}

/* ---- the last seat ---- */

#define RACERS 6
#define RACE_FORMS 8 /* of each */

struct racer {
	const struct hall *hall;
	unsigned number;
	unsigned won, full, failed;
};

static void *race(void *context)
{
	struct racer *racer = context;
	struct err err = ERR_INIT;
	struct store *store = store_open(racer->hall->url, &err);
	struct arena *arena = arena_new(TESTING_MEMORY);

	for (unsigned i = 0; store && i < RACE_FORMS; i++) {
		char token[40];
		struct reception got = { .what = RECEIVED_REFUSED };
		struct application_receipt receipt = {
			.answers = testing_company("-corporate_number", arena),
			.now = racer->hall->now,
			.address = SV("::1"),
		};

		snprintf(token, sizeof token, "racing-form-token-%u-%u", racer->number, i);
		receipt.token = sv_from(token);
		if (store_begin(store, &err) < 0 ||
		    application_receive(store, racer->hall->entry, &receipt, arena, &got, &err) < 0 ||
		    store_commit(store, &err) < 0) {
			store_rollback(store);
			racer->failed++;
		} else if (got.what == RECEIVED_NEW) {
			racer->won++;
		} else {
			racer->full += got.refused.why == REFUSAL_FULL;
		}
	}
	arena_free(arena);
	store_close(store);
	return NULL;
}

TEST(last_seats_of_a_race) /* connections of their own, at once */
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct racer racer[RACERS];
	pthread_t thread[RACERS];
	unsigned won = 0, full = 0, failed = 0;
	struct hall h;

	REQUIRE(hall_open(&h, with_places(arena, "edr", "places: 5")));
	for (unsigned i = 0; i < RACERS; i++) {
		racer[i] = (struct racer){ .hall = &h, .number = i };
		REQUIRE(pthread_create(&thread[i], NULL, race, &racer[i]) == 0);
	}
	for (unsigned i = 0; i < RACERS; i++) {
		pthread_join(thread[i], NULL);
		won += racer[i].won;
		full += racer[i].full;
		failed += racer[i].failed;
	}
	CHECK_INT(won, 5);
	CHECK_INT(full, RACERS * RACE_FORMS - 5);
	CHECK_INT(failed, 0);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM application_course WHERE has_seat = 1"), 5);
	/* The order of receipt has no gap and no double. */
	CHECK_INT(hall_ask(&h, "SELECT COUNT(DISTINCT number) * 100 + MAX(number) FROM application"), 505);
	hall_close(&h);
	arena_free(arena);
}

/* ---- jobs ---- */

TEST(jobs)
{
	struct instant real = testing_at("2026-11-21T10:00:00Z");
	struct reception got;
	struct hall h;
	struct job job, again;
	int64_t wait = 10;

	REQUIRE(hall_open(&h, SV("")));
	CHECK_INT(job_next(h.store, real, h.arena, &job, &h.err), 0);
	CHECK(hall_receive(&h, "", &got));
	REQUIRE(job_next(h.store, real, h.arena, &job, &h.err) == 1);
	CHECK(job.kind == EFFECT_MAIL);
	CHECK_SV(job.what, SV("received"));
	CHECK_STR(job.application.p, got.id);
	CHECK_INT(job.attempts, 0);
	for (unsigned attempt = 1; attempt < JOB_ATTEMPTS_MAX; attempt++) {
		CHECK(job_later(h.store, job.id, SV("no server"), real, &h.err) == 0);
		real.us += wait * INSTANT_SECOND - 1;
		CHECK_INT(job_next(h.store, real, h.arena, &again, &h.err), 0);
		real.us += 1;
		REQUIRE(job_next(h.store, real, h.arena, &again, &h.err) == 1);
		CHECK_INT(again.attempts, attempt);
		wait = wait * 2 > 3600 ? 3600 : wait * 2;
	}
	/* The last attempt fails for good, and people see it. */
	CHECK(job_later(h.store, job.id, SV("no server"), real, &h.err) == 0);
	real.us += 86400 * INSTANT_SECOND;
	CHECK_INT(job_next(h.store, real, h.arena, &again, &h.err), 0);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM job WHERE state = 'failed'"), 1);
	CHECK(job_done(h.store, job.id, real, &h.err) < 0);
	CHECK(hall_receive(&h, "-corporate_number", &got));
	REQUIRE(job_next(h.store, real, h.arena, &job, &h.err) == 1);
	CHECK(job_done(h.store, job.id, real, &h.err) == 0);
	CHECK(job_done(h.store, job.id, real, &h.err) < 0);
	CHECK_INT(job_next(h.store, real, h.arena, &again, &h.err), 0);
	h.err.code = ERR_OK;
	hall_close(&h);
}
