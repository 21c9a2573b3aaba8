#include <stdlib.h>

#include "incident/testing.h"

#define COMPANIES 40
#define INCIDENTS 400

static char company_id[COMPANIES][UUID_TEXT_MAX];
static struct sv company[COMPANIES];

struct known { /* what the list must say */
	char id[UUID_TEXT_MAX];
	int64_t row, last;
	size_t company;
	unsigned state, level;
	char device[UUID_TEXT_MAX];
	bool has_word;
};

static void name_companies(void)
{
	for (size_t i = 0; i < COMPANIES; i++) {
		snprintf(company_id[i], UUID_TEXT_MAX, "0193b1c0-0000-7000-8000-0000000c%04zu", i);
		company[i] = sv_from(company_id[i]);
	}
}

static bool put(struct scene *s, uint64_t *random, size_t i, struct known *k)
{
	static const char *const title[] = { "Shell Behind A Pipe", "Log Cleared", "ログの消去",
					     "Cron Written" };
	struct incident_absorbtion absorbed;
	char device[UUID_TEXT_MAX], host[40];
	struct store_query *query;

	snprintf(device, sizeof device, "0193b1c0-0000-7000-8000-0000000d%04d",
		 (int)(testing_random(random) % 60));
	k->company = testing_random(random) % COMPANIES;
	k->level = 1 + (unsigned)(testing_random(random) % 5);
	k->state = (unsigned)(testing_random(random) % INCIDENT_STATE_COUNT);
	k->has_word = testing_random(random) % 8 == 0;
	snprintf(host, sizeof host, "%s%zu", k->has_word ? "kaikei-" : "eigyo-", i);
	scene_event(s, device, "none", (int64_t)(testing_random(random) % 50) * 10000000);
	event_builder_envelope(s->builder)->company = company[k->company];
	scene_text(s, "Computer", host);
	/* Without a process each rule is its own incident: rules differ. */
	{
		const struct event event = event_builder_event(s->builder);
		char rule_id[24];
		const struct rule rule = {
			.id = (snprintf(rule_id, sizeof rule_id, "r%zu", i), sv_from(rule_id)),
			.title = sv_from(title[i % 4]),
			.level = (enum rule_level)k->level,
		};
		const struct incident_detection detection = {
			.event = &event,
			.rule = &rule,
			.now = event.envelope.received,
		};

		if (incident_absorb(s->tracker, s->store, &detection, &absorbed, &s->err) != 0 ||
		    absorbed.what != INCIDENT_OPENED)
			return false;
		k->last = event.envelope.observed.us;
	}
	memcpy(k->id, absorbed.incident, sizeof k->id);
	memcpy(k->device, device, sizeof device);
	if (store_change(s->store, &s->err, "UPDATE incident SET state = $2 WHERE id = $1",
			 STORE_TEXT(sv_from(k->id)), STORE_INT(k->state)) != 0)
		return false;
	query = store_ask(s->store, &s->err, "SELECT row FROM incident WHERE id = $1",
			  STORE_TEXT(sv_from(k->id)));
	if (!query || store_step(query, &s->err) != 1)
		return false;
	k->row = store_int(query, 0);
	store_done(query);
	return true;
}

static bool in_scope(const struct incident_scope *scope, struct sv name)
{
	bool in = scope->all;

	for (size_t i = 0; i < scope->count; i++)
		in |= sv_eq(scope->company[i], name);
	return in;
}

static bool is_wanted(const struct known *k, const struct incident_scope *scope,
		      const struct incident_filter *f)
{
	return in_scope(scope, company[k->company]) &&
	       (f->states == 0 || f->states & 1U << k->state) && k->level >= f->level_min &&
	       (f->company.n == 0 || sv_eq(f->company, company[k->company])) &&
	       (f->device.n == 0 || sv_eq(f->device, sv_from(k->device))) &&
	       (f->from.us == 0 || k->last >= f->from.us) &&
	       (f->to.us == 0 || k->last < f->to.us) && (f->text.n == 0 || k->has_word);
}

static bool stands_before(enum incident_order order, const struct known *a, const struct known *b)
{
	if (order == INCIDENT_BY_LEVEL && a->level != b->level)
		return a->level > b->level;
	if (order != INCIDENT_BY_OPENED && a->last != b->last)
		return a->last > b->last;
	return a->row > b->row;
}

/* The slow and plain way. */
static size_t choose(const struct known *known, const struct incident_scope *scope,
		     const struct incident_filter *f, const struct known **chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < INCIDENTS; i++) {
		size_t at = count;

		if (!is_wanted(&known[i], scope, f))
			continue;
		while (at > 0 && stands_before(f->order, &known[i], chosen[at - 1])) {
			chosen[at] = chosen[at - 1];
			at--;
		}
		chosen[at] = &known[i];
		count++;
	}
	return count;
}

static bool lists_agree(struct scene *s, const struct known *known,
			const struct incident_scope *scope, const struct incident_filter *f,
			size_t limit)
{
	const struct known *chosen[INCIDENTS];
	const size_t count = choose(known, scope, f, chosen);
	struct sv cursor = SV_NONE;
	size_t at = 0;

	arena_clear(s->arena);
	do {
		struct incident_list list;

		if (incident_list(s->store, scope, f, cursor, limit, s->arena, &list, &s->err) !=
		    0) {
			printf("# %s\n", s->err.text);
			return false;
		}
		for (size_t i = 0; i < list.count; i++, at++)
			if (at >= count || !sv_eq(list.item[i].id, sv_from(chosen[at]->id)))
				return false;
		if (list.next.n > 0 && list.count != limit)
			return false;
		cursor = list.next;
	} while (cursor.n > 0);
	return at == count;
}

static void fill(struct scene *s, struct known *known)
{
	uint64_t random = 7;

	name_companies();
	REQUIRE(store_begin(s->store, &s->err) == 0);
	for (size_t i = 0; i < INCIDENTS; i++)
		REQUIRE(put(s, &random, i, &known[i]));
	REQUIRE(store_commit(s->store, &s->err) == 0);
}

TEST(lists_agree_with_a_plain_reference)
{
	static struct known known[INCIDENTS];
	uint64_t random = 99;
	struct scene s;

	scene_open(&s);
	fill(&s, known);
	for (int i = 0; i < 150 && !test_failed; i++) {
		const struct known *k = &known[testing_random(&random) % INCIDENTS];
		const unsigned kind = (unsigned)(testing_random(&random) % 4);
		const struct incident_scope scope = {
			.all = kind == 0,
			.company = company,
			.count = kind == 0   ? 0
				 : kind == 1 ? 3
				 : kind == 2 ? 17
					     : COMPANIES,
		};
		const struct incident_filter f = {
			.states = testing_random(&random) % 2
					  ? (unsigned)(testing_random(&random) % 128)
					  : 0,
			.level_min = (enum rule_level)(testing_random(&random) % 6),
			.company = testing_random(&random) % 5 ? SV_NONE : company[k->company],
			.device = testing_random(&random) % 4 ? SV_NONE : sv_from(k->device),
			.text = testing_random(&random) % 4 ? SV_NONE : SV("Kaikei"),
			.from = { testing_random(&random) % 4 ? 0 : k->last },
			.to = { testing_random(&random) % 4 ? 0 : k->last },
			.order = (enum incident_order)(testing_random(&random) % 3),
		};

		if (lists_agree(&s, known, &scope, &f, 1 + testing_random(&random) % 20))
			continue;
		test_failed = true;
		printf("# case %d\n", i);
	}
	scene_close(&s);
}

static size_t count_found(struct scene *s, struct sv text)
{
	const struct incident_filter f = { .text = text };
	struct incident_list list;

	if (incident_list(s->store, &scene_all, &f, SV_NONE, INCIDENT_PAGE_MAX, s->arena, &list,
			  &s->err) != 0)
		return SIZE_MAX;
	return list.count;
}

TEST(words_are_found)
{
	static struct known known[INCIDENTS];
	struct scene s;

	scene_open(&s);
	fill(&s, known);
	CHECK_INT(count_found(&s, SV("shell pipe")), INCIDENTS / 4);
	CHECK_INT(count_found(&s, SV("SHE")), INCIDENTS / 4);
	CHECK_INT(count_found(&s, SV("hell")), 0); /* words begin so */
	CHECK_INT(count_found(&s, SV("消去")), INCIDENTS / 4);
	CHECK_INT(count_found(&s, SV("去")), INCIDENTS / 4);
	CHECK_INT(count_found(&s, SV("ログの")), INCIDENTS / 4);
	CHECK_INT(count_found(&s, SV("削除")), 0);
	CHECK_INT(count_found(&s, SV("' OR 1=1 --")), 0);
	CHECK_INT(count_found(&s, SV("  % ")), INCIDENTS);
	scene_close(&s);
}

TEST(cursors_and_bounds)
{
	static struct known known[INCIDENTS];
	const struct incident_filter f = { .order = INCIDENT_BY_ACTIVITY };
	const struct incident_filter bad = { .order = (enum incident_order)9 };
	static const char *const wrong[] = { "a",	"a.1.2",     "a.1.2.x",
					     "o.1.2.3", "a.1.2.3.4", "a.1.2.99999999999999999999",
					     ".1.2.3" };
	struct incident_scope none = { .count = 0 };
	struct incident_list list;
	struct scene s;

	scene_open(&s);
	fill(&s, known);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK(incident_list(s.store, &scene_all, &f, sv_from(wrong[i]), 5, s.arena, &list,
				    &s.err) == -1);
		CHECK_INT(s.err.code, ERR_FORMAT);
	}
	CHECK(incident_list(s.store, &scene_all, &bad, SV_NONE, 5, s.arena, &list, &s.err) == -1);
	REQUIRE(incident_list(s.store, &scene_all, &f, SV_NONE, 0, s.arena, &list, &s.err) == 0);
	CHECK_INT(list.count, 1);
	REQUIRE(incident_list(s.store, &scene_all, &f, SV_NONE, SIZE_MAX, s.arena, &list, &s.err) ==
		0);
	CHECK_INT(list.count, INCIDENTS);
	CHECK(list.next.n == 0);
	REQUIRE(incident_list(s.store, &none, &f, SV_NONE, 5, s.arena, &list, &s.err) == 0);
	CHECK_INT(list.count, 0);
	scene_close(&s);
}

TEST(detections_are_listed)
{
	static struct known known[INCIDENTS];
	const struct incident_scope two = { .company = company, .count = 2 };
	struct incident_detection_filter f = { .level_min = LEVEL_NONE };
	struct incident_detection_list list;
	struct incident_detection_row one;
	struct sv cursor = SV_NONE;
	struct scene s;
	size_t count = 0, wanted = 0;

	scene_open(&s);
	fill(&s, known);
	do {
		REQUIRE(incident_detections(s.store, &scene_all, &f, cursor, 33, s.arena, &list,
					    &s.err) == 0);
		for (size_t i = 0; i < list.count; i++, count++)
			CHECK_SV(list.item[i].incident, sv_from(known[INCIDENTS - 1 - count].id));
		cursor = list.next;
	} while (cursor.n > 0);
	CHECK_INT(count, INCIDENTS);
	for (size_t i = 0; i < INCIDENTS; i++)
		wanted += known[i].company < 2 && known[i].level >= LEVEL_HIGH;
	f.level_min = LEVEL_HIGH;
	REQUIRE(incident_detections(s.store, &two, &f, SV_NONE, 500, s.arena, &list, &s.err) == 0);
	CHECK_INT(list.count, wanted);
	f = (struct incident_detection_filter){ .rule = SV("r5") };
	REQUIRE(incident_detections(s.store, &scene_all, &f, SV_NONE, 5, s.arena, &list, &s.err) ==
		0);
	REQUIRE(list.count == 1);
	CHECK_SV(list.item[0].incident, sv_from(known[5].id));
	REQUIRE(incident_detection_load(s.store, &scene_all, list.item[0].id, s.arena, &one,
					&s.err) == 0);
	CHECK_SV(one.rule, SV("r5"));
	f = (struct incident_detection_filter){ .incident = sv_from(known[6].id) };
	REQUIRE(incident_detections(s.store, &scene_all, &f, SV_NONE, 5, s.arena, &list, &s.err) ==
		0);
	REQUIRE(list.count == 1);
	CHECK_SV(list.item[0].rule, SV("r6"));
	CHECK(incident_detections(s.store, &scene_all, &f, SV("x"), 5, s.arena, &list, &s.err) ==
	      -1);
	scene_close(&s);
}
