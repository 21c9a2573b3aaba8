/*
 * Versions of a file while applications are under way, closures that are entered
 * late, and reception that the office closes.
 */
#include "programme/hall.h"

static struct sv put(struct hall *h, struct sv text, const char *from, const char *to)
{
	const size_t at = sv_find(text, sv_from(from), 0);

	if (at == SIZE_MAX) {
		printf("# '%s' does not stand in the file\n", from);
		return SV("");
	}
	return arena_printf(h->arena, "%.*s%s%.*s", SV_ARG(sv_slice(text, 0, at)), to,
			    SV_ARG(sv_slice(text, at + strlen(from), text.n)));
}

/* The edition as version 100 with a rule for those under way, and one thing changed. */
static struct sv edition(struct hall *h, const char *upgrade, const char *from, const char *to)
{
	struct sv text = testing_file("2025-kihon.yaml", h->arena);
	size_t at = sv_find(text, SV("\nversion: "), 0) + 1;
	size_t end = sv_find_char(text, '\n', at);

	text = arena_printf(h->arena, "%.*sversion: 100%.*s", SV_ARG(sv_slice(text, 0, at)),
			    SV_ARG(sv_slice(text, end, text.n)));
	at = sv_find(text, SV("\nupgrade:"), 0) + 1;
	end = at;
	do { /* its own lines */
		end = sv_find_char(text, '\n', end) + 1;
	} while (end < text.n && text.p[end] == ' ');
	text = arena_printf(h->arena, "%.*supgrade: %s\n%.*s", SV_ARG(sv_slice(text, 0, at)),
			    upgrade, SV_ARG(sv_slice(text, end, text.n)));
	return put(h, text, from, to);
}

static bool reload(struct hall *h)
{
	catalogue_free(h->catalogue);
	h->catalogue = catalogue_load(h->store, &h->err);
	h->entry = h->catalogue ? catalogue_by_slug(h->catalogue, SV("2025-kihon")) : NULL;
	return h->entry != NULL;
}

static const char three_days[] = "due: { business_days: 3, kind: hard, rule: R-008 }";
static const char five_days[] = "due: { business_days: 5, kind: hard, rule: R-008 }";

TEST(under_way_stay)
{
	struct application old, new;
	struct reception first, second;
	const struct version_use *use;
	size_t count;
	struct sv source;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	const uint32_t before = programme_facts(h.entry->programme)->version;
	CHECK(hall_receive(&h, "", &first));
	REQUIRE(hall_publish(&h, edition(&h, "{ under_way: stay }", three_days, five_days)));
	REQUIRE(reload(&h));
	CHECK_INT(programme_facts(h.entry->programme)->version, 100);
	CHECK(hall_receive(&h, "-corporate_number mail=a@b.example", &second));
	REQUIRE(hall_load(&h, first.id, &old) && hall_load(&h, second.id, &new));
	CHECK_INT(old.file_version, before);
	CHECK_INT(new.file_version, 100);
	CHECK_INT(old.due.n, day_from_civil(2025, 5, 28).n); /* three days: the rule it began with */
	CHECK_INT(new.due.n, day_from_civil(2025, 5, 30).n);
	CHECK_INT(programme_facts(catalogue_of(h.catalogue, &old)->programme)->version, before);
	CHECK(catalogue_of(h.catalogue, &new) == h.entry);
	/* Each goes on by the rules of its own version. */
	CHECK_INT(hall_apply(&h, first.id, "accept_rules", BY_SECRETARIAT, ACCEPT, NULL), 0);
	REQUIRE(hall_load(&h, first.id, &old));
	CHECK_INT(old.file_version, before);
	REQUIRE(programme_versions(h.store, h.entry->id, h.arena, &use, &count, &h.err) == 0);
	REQUIRE(count == 2);
	CHECK_INT(use[0].version, before);
	CHECK_INT(use[0].under_way, 1);
	CHECK_INT(use[1].version, 100);
	CHECK_INT(programme_source(h.store, SV("2025-kihon"), h.arena, &source, &h.err), 1);
	CHECK(sv_find(source, SV("version: 100"), 0) != SIZE_MAX);
	CHECK_INT(programme_source(h.store, SV("other"), h.arena, &source, &h.err), 0);
	hall_close(&h);
}

TEST(under_way_move)
{
	const struct application_entry *log;
	struct application moved;
	struct reception got;
	struct hall h;
	size_t count;

	REQUIRE(hall_open(&h, SV("")));
	CHECK(hall_receive(&h, "", &got));
	REQUIRE(hall_publish(&h, edition(&h, "{ under_way: move }", three_days, five_days)));
	REQUIRE(reload(&h) && hall_load(&h, got.id, &moved));
	CHECK_INT(moved.file_version, 100);
	CHECK_SV(moved.is.state, SV("received"));
	CHECK_INT(moved.due.n, day_from_civil(2025, 5, 30).n);
	REQUIRE(application_log(h.store, moved.id, h.arena, &log, &count, &h.err) == 0);
	REQUIRE(count == 2); /* newest first */
	CHECK_SV(log[0].event, SV("upgrade"));
	CHECK_SV(answers_get(&log[0].fields, SV("upgrade.to")), SV("100"));
	hall_close(&h);
}

/* A state that is gone: the whole version is refused, or says where to. */
TEST(under_way_cannot_move)
{
	struct application moved;
	struct reception got;
	struct hall h;

	REQUIRE(hall_open(&h, SV("")));
	CHECK(hall_receive(&h, "", &got));
	struct sv text = edition(&h, "{ under_way: move }", "  to: received\n", "  to: arrived\n");
	text = put(&h, text, "  - id: received\n    name:", "  - id: arrived\n    name:");
	CHECK(!hall_publish(&h, text));
	CHECK(h.err.code == ERR_CONFLICT && strstr(h.err.text, "received") != NULL &&
	      strstr(h.err.hint, "states: {received:") != NULL);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM programme_file"), 1);
	text = put(&h, text, "{ under_way: move }",
		   "{ under_way: move, states: { received: arrived } }");
	CHECK(hall_publish(&h, text));
	REQUIRE(reload(&h) && hall_load(&h, got.id, &moved));
	CHECK_SV(moved.is.state, SV("arrived"));
	CHECK_INT(hall_apply(&h, got.id, "accept_rules", BY_SECRETARIAT, ACCEPT, NULL), 0);
	h.err.code = ERR_OK;
	hall_close(&h);
}

static int close_days(struct hall *h, struct sv operator_id, const char *text,
		      const struct due_change **ret, size_t *count)
{
	const struct closing closing = { operator_id, sv_from(text), SV("p"), SV("事務 花子"),
					 h->now };
	int status = store_begin(h->store, &h->err);

	if (status == 0)
		status = programme_close(h->store, &closing, h->arena, ret, count, &h->err);
	if (status == 0)
		return store_commit(h->store, &h->err);
	store_rollback(h->store);
	return status;
}

/* T-25: closed days entered late, and a holiday proclaimed at short notice. */
TEST(closures_entered_late)
{
	const struct application_entry *log;
	const struct due_change *change;
	struct application application;
	struct reception got, later;
	struct hall h;
	size_t count, entries;

	REQUIRE(hall_open(&h, SV("")));
	h.now = testing_at("2025-08-08T10:00:00+09:00");
	CHECK(hall_receive(&h, "", &got));
	REQUIRE(hall_load(&h, got.id, &application));
	CHECK_INT(application.due.n, day_from_civil(2025, 8, 14).n); /* S-14 */
	CHECK_INT(close_days(&h, h.entry->operator_id, "2025-08-13..2025-08-15 夏季休業", &change,
			     &count), 0);
	REQUIRE(count == 1);
	CHECK_SV(change[0].number, SV("2025-kihon-00001"));
	CHECK_INT(change[0].before.n, day_from_civil(2025, 8, 14).n);
	CHECK_INT(change[0].after.n, day_from_civil(2025, 8, 19).n); /* 12, 18, 19 */
	REQUIRE(reload(&h) && hall_load(&h, got.id, &application));
	CHECK_INT(application.due.n, day_from_civil(2025, 8, 19).n);
	CHECK(!calendar_is_open(programme_calendar(h.entry->programme), day_from_civil(2025, 8, 13)));
	REQUIRE(application_log(h.store, application.id, h.arena, &log, &entries, &h.err) == 0);
	REQUIRE(entries == 2);
	CHECK_SV(log[0].event, SV("due_changed"));
	CHECK_SV(log[0].actor_name, SV("事務 花子"));
	CHECK_SV(answers_get(&log[0].fields, SV("due_changed.before")), SV("2025-08-14"));
	CHECK_SV(answers_get(&log[0].fields, SV("due_changed.after")), SV("2025-08-19"));
	CHECK_SV(answers_get(&log[0].fields, SV("due_changed.reason")),
		 SV("2025-08-13..2025-08-15 夏季休業"));
	CHECK_SV(programme_own_word(log[0].event).ja, SV("期限の数え直し"));
	CHECK_SV(form_label(h.entry->programme, SV("due_changed.after")).ja, SV("新しい期限"));
	CHECK_SV(form_value(h.entry->programme, SV("due_changed.after"), SV("2025-08-19"), h.arena).ja,
		 SV("令和7年8月19日(火)"));
	/* Forms that come later count with it, too. */
	CHECK(hall_receive(&h, "-corporate_number mail=a@b.example", &later));
	REQUIRE(hall_load(&h, later.id, &application));
	CHECK_INT(application.due.n, day_from_civil(2025, 8, 19).n);
	/* Twice, nonsense, another operator's; and days of all. */
	CHECK(close_days(&h, h.entry->operator_id, "2025-08-13..2025-08-15 夏季休業", &change,
			 &count) < 0);
	CHECK(h.err.code == ERR_CONFLICT);
	CHECK(close_days(&h, h.entry->operator_id, "someday", &change, &count) < 0);
	CHECK_INT(close_days(&h, SV("another"), "2025-08-18", &change, &count), 0);
	CHECK_INT(count, 0);
	CHECK_INT(close_days(&h, SV(""), "2025-08-18 臨時の祝日", &change, &count), 0);
	CHECK_INT(count, 2);
	CHECK_INT(change[1].after.n, day_from_civil(2025, 8, 20).n);
	h.err.code = ERR_OK;
	hall_close(&h);
}

/* Days closed since count for those who move to a newer version, too. */
TEST(closures_stay_with_a_newer_version)
{
	const struct due_change *change;
	struct application moved;
	struct reception got;
	struct hall h;
	size_t count;

	REQUIRE(hall_open(&h, SV("")));
	h.now = testing_at("2025-08-08T10:00:00+09:00");
	CHECK(hall_receive(&h, "", &got));
	CHECK_INT(close_days(&h, h.entry->operator_id, "2025-08-13..2025-08-15", &change, &count), 0);
	REQUIRE(hall_publish(&h, edition(&h, "{ under_way: move }", three_days, five_days)));
	REQUIRE(reload(&h) && hall_load(&h, got.id, &moved));
	CHECK_INT(moved.file_version, 100);
	CHECK_INT(moved.due.n, day_from_civil(2025, 8, 21).n); /* 12, 18, 19, 20, 21 */
	hall_close(&h);
}

/* What the centre could not read again is not published. */
TEST(too_many_closures)
{
	struct hall h;
	struct buf list;

	REQUIRE(hall_open(&h, SV("")));
	const int64_t files = hall_ask(&h, "SELECT COUNT(*) FROM programme_file");
	for (int i = 0; i < 200; i++) {
		char day[DAY_TEXT_MAX];

		day_format(day_add(day_from_civil(2026, 1, 1), i), DAY_ISO, day);
		CHECK_INT(store_change(h.store, &h.err,
				       "INSERT INTO programme_closure (operator, text, actor, at)"
				       " VALUES ('', $1, '', 0)",
				       STORE_TEXT(sv_from(day))), 0);
	}
	buf_init(&list, 1U << 16);
	buf_put_sv(&list, SV("closures: ["));
	for (int i = 0; i < 100; i++) {
		char day[DAY_TEXT_MAX];

		buf_printf(&list, "%s%s", i > 0 ? ", " : "",
			   day_format(day_add(day_from_civil(2027, 1, 1), i), DAY_ISO, day));
	}
	buf_printf(&list, "]%c", '\0');
	CHECK(!hall_publish(&h, edition(&h, "{ under_way: stay }", "closures: []", list.p)));
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM programme_file"), files);
	h.err.code = ERR_OK;
	CHECK(hall_publish(&h, edition(&h, "{ under_way: stay }", "closures: []",
				       "closures: [2027-01-01]")));
	buf_done(&list);
	hall_close(&h);
}

static int set_reception(struct hall *h, bool open, const char *reason)
{
	const struct reception_change change = { open, sv_from(reason), SV("p"), h->now };
	int status = store_begin(h->store, &h->err);

	if (status == 0)
		status = reception_set(h->store, h->entry, &change, &h->err);
	if (status == 0)
		return store_commit(h->store, &h->err);
	store_rollback(h->store);
	return status;
}

/* T-35: the end is no exact day, the office sets it; R-033 holds for it, too. */
TEST(reception_closed_by_the_office)
{
	static const struct {
		bool open;
		const char *reason;
		enum err_code want;
		int after;
	} row[] = {
		{ true, "まだ", ERR_CONFLICT, 0 }, /* it is open */
		{ false, " ", ERR_RANGE, 0 },
		{ false, "定員に近づいたため", ERR_OK, 1 },
		{ false, "もう一度", ERR_CONFLICT, 1 },
		{ true, "辞退が出たため", ERR_OK, 0 },
		{ false, "終了", ERR_OK, 1 },
	};
	struct reception got;
	struct hall h;
	int open;

	REQUIRE(hall_open(&h, SV("")));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		h.err.code = ERR_OK;
		CHECK((set_reception(&h, row[i].open, row[i].reason) == 0) == (row[i].want == ERR_OK));
		CHECK(h.err.code == row[i].want);
		CHECK_INT(reception_read(h.store, h.entry, tokyo_of(h.now).day, &open, &h.err), 0);
		CHECK_INT(open, row[i].after);
	}
	CHECK(hall_receive(&h, "", &got));
	CHECK(got.what == RECEIVED_REFUSED && got.refused.why == REFUSAL_CLOSED);
	h.now = testing_at("2025-05-22T23:59:59+09:00");
	CHECK_INT(reception_read(h.store, h.entry, tokyo_of(h.now).day, &open, &h.err), 0);
	CHECK_INT(open, -1); /* not yet: never "over" */
	h.err.code = ERR_OK;
	hall_close(&h);
}

/* What an officer reads before a version is published. */
TEST(difference_of_two_versions)
{
	static const struct {
		const char *from, *to, *path;
		enum change_kind kind;
		const char *what;
		bool touches;
	} row[] = {
		{ "due: { business_days: 3, kind: hard, rule: R-008 }",
		  "due: { business_days: 5, kind: hard, rule: R-008 }",
		  "states.received.due.business_days", CHANGE_CHANGED, "3 → 5", true },
		{ "    places: 100\n", "    places: 120\n", "courses.guidance.places", CHANGE_CHANGED,
		  "100 → 120", true },
		{ "closures: []", "closures: [2025-08-13 休業]", "closures.1", CHANGE_ADDED,
		  "追加：2025-08-13 休業", true },
		{ "          max: 60\n          autocomplete: name\n",
		  "          max: 80\n          autocomplete: name\n",
		  "form.sections.contact.fields.contact.max", CHANGE_CHANGED, "60 → 80", false },
		{ "\n  - id: clause_g\n", "\n  - id: clause_h\n", "eligibility.clause_h", CHANGE_ADDED,
		  "追加", false },
		{ "\n  - id: clause_g\n", "\n  - id: clause_h\n", "eligibility.clause_g", CHANGE_REMOVED,
		  "削除", false },
		{ "      - event: contact_failed\n", "      - event: not_reached\n",
		  "states.received.events.not_reached", CHANGE_ADDED, "追加", true },
		{ "publish_least: 5", "publish_least: 6", "publish_least", CHANGE_CHANGED, "5 → 6",
		  false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct programme_change *change;
		struct hall h = { .arena = arena_new(TESTING_MEMORY) };
		struct sv text = testing_file("2025-kihon.yaml", h.arena);
		struct programme *old = testing_parse(text, h.arena);
		struct programme *new;
		size_t count = 0, found = 0;

		text = put(&h, text, row[i].from, row[i].to);
		if (row[i].kind == CHANGE_ADDED && strstr(row[i].to, "not_reached"))
			text = put(&h, text, "{ event: contact_failed, given", "{ event: not_reached, given");
		new = testing_parse(text, h.arena);
		REQUIRE(old && new);
		REQUIRE(programme_difference(old, old, h.arena, &change, &count, &h.err) == 0);
		CHECK_INT(count, 0);
		REQUIRE(programme_difference(old, new, h.arena, &change, &count, &h.err) == 0);
		for (size_t k = 0; k < count; k++) {
			if (!sv_eq(change[k].path, sv_from(row[i].path)) ||
			    change[k].kind != row[i].kind)
				continue;
			found++;
			CHECK_SV(change[k].what.ja, sv_from(row[i].what));
			CHECK(change[k].touches_under_way == row[i].touches);
			CHECK(change[k].means.ja.n > 0 && change[k].where.en.n > 0);
		}
		if (found != 1)
			for (size_t k = 0; k < count; k++)
				printf("# %s %.*s: %.*s\n", change_kind_name(change[k].kind),
				       SV_ARG(change[k].where.ja), SV_ARG(change[k].what.ja));
		CHECK_INT(found, 1);
		programme_free(old);
		programme_free(new);
		arena_free(h.arena);
	}
}
