#include "store/testing.h"
#include "mail/internal.h"

#define OURS "0193b1c0-0000-7000-8000-00000000a001"
#define THEIRS "0193b1c0-0000-7000-8000-00000000a002"
#define APPLICATION "0193b1c0-0000-7000-8000-00000000b001"
#define START INT64_C(1795000000000000)
#define MINUTE (60 * INSTANT_SECOND)

struct scene {
	char folder[TESTING_PATH_MAX];
	struct store *store;
	struct arena *arena;
	struct err err;
	struct instant now;
};

static bool scene_new(struct scene *s)
{
	char path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8];

	*s = (struct scene){ .now = { START } };
	testing_folder(s->folder);
	snprintf(url, sizeof url, "sqlite:%s", testing_path(s->folder, "r.sqlite", path));
	s->store = store_open(url, &s->err);
	s->arena = arena_new(64U << 20);
	return s->store != NULL &&
	       store_migrate(s->store, mail_migrations, mail_migration_count, &s->err) == 0;
}

static void scene_free(struct scene *s)
{
	store_close(s->store);
	arena_free(s->arena);
	testing_remove(s->folder, "r.sqlite");
}

static struct mail_wish a_wish(const struct scene *s)
{
	return (struct mail_wish){
		.to = SV("tanaka@shouten.example"),
		.to_name = SV("髙橋商店 田中"),
		.subject = SV("【受付】申込みを受け付けました 🔥"),
		.body = SV("受付番号 R7B-0001\n"),
		.template_id = SV("received"),
		.programme = SV(OURS),
		.company = SV(TESTING_COMPANY),
		.application = SV(APPLICATION),
		.now = { START - 86400 * INSTANT_SECOND },
		.real_now = s->now,
	};
}

static bool put(struct scene *s, const struct mail_wish *wish, char id[static UUID_TEXT_MAX])
{
	return mail_queue(s->store, wish, id, &s->err) == 0;
}

static struct mail look(struct scene *s, const char *id)
{
	struct mail mail = { .state = MAIL_STATE_COUNT };

	CHECK_INT(mail_load(s->store, sv_from(id), s->arena, &mail, &s->err), 1);
	return mail;
}

TEST(what_is_queued_is_loaded)
{
	char id[UUID_TEXT_MAX];
	struct scene s;
	struct mail mail;
	struct mail_wish wish;

	REQUIRE(scene_new(&s));
	wish = a_wish(&s);
	REQUIRE(put(&s, &wish, id));
	mail = look(&s, id);
	CHECK_STR(id, mail.id.p);
	CHECK_SV(mail.to, wish.to);
	CHECK_SV(mail.to_name, wish.to_name);
	CHECK_SV(mail.subject, wish.subject);
	CHECK_SV(mail.body, wish.body);
	CHECK_SV(mail.template_id, wish.template_id);
	CHECK_SV(mail.programme, wish.programme);
	CHECK_SV(mail.company, wish.company);
	CHECK_SV(mail.application, wish.application);
	CHECK_INT(mail.state, MAIL_QUEUED);
	CHECK_INT(mail.created.us, wish.now.us); /* programme time */
	CHECK_INT(mail.next.us, s.now.us);	 /* real time */
	CHECK_INT(mail.attempts, 0);
	CHECK_INT(mail_load(s.store, SV(APPLICATION), s.arena, &mail, &s.err), 0);
	scene_free(&s);
}

/* What could break a header, or a mail, is refused at the door. */
TEST(what_is_refused)
{
	static char long_line[MAIL_SUBJECT_MAX + 1], long_body[MAIL_BODY_MAX + 1];
	static const struct {
		const char *name;
		struct sv to, to_name, subject, body;
		enum err_code code;
	} row[] = {
		{ "line end in the subject", SV("a@b.example"), SV("n"), SV("a\r\nBcc: x@y.example"),
		  SV("b"), ERR_FORMAT },
		{ "LF in the subject", SV("a@b.example"), SV("n"), SV("a\nb"), SV("b"), ERR_FORMAT },
		{ "CR in the subject", SV("a@b.example"), SV("n"), SV("a\rb"), SV("b"), ERR_FORMAT },
		{ "NUL in the subject", SV("a@b.example"), SV("n"), SV("a\0b"), SV("b"), ERR_FORMAT },
		{ "C1 in the subject", SV("a@b.example"), SV("n"), SV("a\xc2\x85" "b"), SV("b"),
		  ERR_FORMAT },
		{ "no subject", SV("a@b.example"), SV("n"), SV(" "), SV("b"), ERR_FORMAT },
		{ "subject not UTF-8", SV("a@b.example"), SV("n"), SV("a\xff"), SV("b"), ERR_FORMAT },
		{ "subject in Shift JIS", SV("a@b.example"), SV("n"), SV("\x90\x5c\x8d\x9e"), SV("b"),
		  ERR_FORMAT },
		{ "line end in the name", SV("a@b.example"), SV("n\r\nBcc: x@y.example"), SV("s"),
		  SV("b"), ERR_FORMAT },
		{ "line end in the address", SV("a@b.example\r\nDATA"), SV("n"), SV("s"), SV("b"),
		  ERR_FORMAT },
		{ "no address", SV(""), SV("n"), SV("s"), SV("b"), ERR_FORMAT },
		{ "NUL in the text", SV("a@b.example"), SV("n"), SV("s"), SV("a\0b"), ERR_FORMAT },
		{ "text not UTF-8", SV("a@b.example"), SV("n"), SV("s"), SV("\xe3\x81"), ERR_FORMAT },
		{ "long subject", SV("a@b.example"), SV("n"), { long_line, sizeof long_line }, SV("b"),
		  ERR_TOO_LARGE },
		{ "long name", SV("a@b.example"), { long_line, sizeof long_line }, SV("s"), SV("b"),
		  ERR_TOO_LARGE },
		{ "long text", SV("a@b.example"), SV("n"), SV("s"), { long_body, sizeof long_body },
		  ERR_TOO_LARGE },
		{ "longest of all", SV("a@b.example"), { long_line, MAIL_SUBJECT_MAX },
		  { long_line, MAIL_SUBJECT_MAX }, { long_body, MAIL_BODY_MAX }, ERR_OK },
	};
	char id[UUID_TEXT_MAX];
	struct scene s;

	memset(long_line, 'x', sizeof long_line);
	memset(long_body, '\n', sizeof long_body);
	REQUIRE(scene_new(&s));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct mail_wish wish = a_wish(&s);
		struct err err = ERR_INIT;

		wish.to = row[i].to;
		wish.to_name = row[i].to_name;
		wish.subject = row[i].subject;
		wish.body = row[i].body;
		if (mail_queue(s.store, &wish, id, &err) != (row[i].code == ERR_OK ? 0 : -1) ||
		    err.code != row[i].code) {
			printf("# %s: %s\n", row[i].name, err.text);
			test_failed = true;
		}
	}
	scene_free(&s);
}

/* Goes to the last row of the queue; then nothing more is taken until one has gone. */
TEST(a_full_queue)
{
	char id[UUID_TEXT_MAX];
	struct scene s;
	struct mail_wish wish;

	REQUIRE(scene_new(&s));
	wish = a_wish(&s);
	REQUIRE(put(&s, &wish, id));
	REQUIRE(store_change(s.store, &s.err,
			     "INSERT INTO mail (id, recipient, recipient_name, subject, body,"
			     " template, programme, company, application, state, created, next,"
			     " sent, attempts, problem, former) WITH RECURSIVE n (i) AS"
			     " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
			     " SELECT 'x' || i, 'a@b.example', '', 's', '', '', '', '', '', 0, 0,"
			     " $2, 0, 0, '', '' FROM n",
			     STORE_INT(MAIL_QUEUE_MAX - 2), STORE_INT(START * 2)) == 0);
	CHECK(put(&s, &wish, id));
	CHECK(!put(&s, &wish, id));
	CHECK_INT(s.err.code, ERR_FULL);
	CHECK_INT(mail_outcome(s.store, sv_from(id), MAIL_TAKEN, SV_NONE, s.now, &s.err), 0);
	CHECK(put(&s, &wish, id));
	CHECK_INT(mail_keep(s.store, &s.err), 0);
	CHECK(put(&s, &wish, id));
	scene_free(&s);
}

/* A server that is away: pauses grow from 1 minute to 4 hours; the last attempt fails it. */
TEST(pauses_grow)
{
	static const int64_t minutes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 240, 240 };
	char id[UUID_TEXT_MAX];
	struct scene s;
	struct mail_wish wish;
	struct mail mail;
	int64_t waited = 0;

	REQUIRE(scene_new(&s));
	wish = a_wish(&s);
	REQUIRE(put(&s, &wish, id));
	for (unsigned i = 1; i <= MAIL_ATTEMPTS_MAX; i++) {
		CHECK_INT(mail_next(s.store, s.now, s.arena, &mail, &s.err), 1);
		CHECK_SV(mail.body, wish.body);
		CHECK_INT(mail_outcome(s.store, mail.id, MAIL_AWAY, SV("421 later"), s.now, &s.err),
			  0);
		mail = look(&s, id);
		CHECK_INT(mail.attempts, i);
		CHECK_SV(mail.problem, SV("421 later"));
		if (i == MAIL_ATTEMPTS_MAX)
			break;
		CHECK_INT(mail.state, MAIL_QUEUED);
		CHECK_INT(mail.next.us - s.now.us, minutes[i < 10 ? i - 1 : 9] * MINUTE);
		waited += mail.next.us - s.now.us;
		s.now.us = mail.next.us - 1;
		CHECK_INT(mail_next(s.store, s.now, s.arena, &mail, &s.err), 0);
		s.now.us++;
	}
	CHECK_INT(mail.state, MAIL_FAILED);
	CHECK(waited > 47 * 60 * MINUTE && waited < 49 * 60 * MINUTE); /* about two days */
	CHECK_INT(mail_next(s.store, (struct instant){ START * 2 }, s.arena, &mail, &s.err), 0);
	scene_free(&s);
}

TEST(outcomes)
{
	static const struct {
		enum mail_outcome outcome;
		enum mail_state state;
	} row[] = {
		{ MAIL_TAKEN, MAIL_SENT },
		{ MAIL_REFUSED, MAIL_BOUNCED },
		{ MAIL_AWAY, MAIL_QUEUED },
		{ MAIL_LOST, MAIL_QUEUED },
	};
	char id[UUID_TEXT_MAX];
	struct scene s;

	REQUIRE(scene_new(&s));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct mail_wish wish = a_wish(&s);
		struct mail mail;

		REQUIRE(put(&s, &wish, id));
		CHECK_INT(mail_outcome(s.store, sv_from(id), row[i].outcome,
				       SV("550 5.1.1 \xff no\r\nsuch user 髙\n"), s.now, &s.err),
			  0);
		mail = look(&s, id);
		CHECK_INT(mail.state, row[i].state);
		CHECK_INT(mail.attempts, 1);
		CHECK_INT(mail.unsure, row[i].outcome == MAIL_LOST);
		CHECK_SV(mail.problem,
			 i == 0 ? SV("") : SV("550 5.1.1 no such user 髙"));
		CHECK_INT(mail.sent.us, i == 0 ? s.now.us : 0);
	}
	CHECK_INT(mail_outcome(s.store, SV(APPLICATION), MAIL_TAKEN, SV_NONE, s.now, &s.err), -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	scene_free(&s);
}

TEST(again)
{
	static const struct {
		enum mail_state state;
		const char *to;
		int code; /* enum err_code */
	} row[] = {
		{ MAIL_BOUNCED, "", ERR_OK },	  { MAIL_BOUNCED, "new@shouten.example", ERR_OK },
		{ MAIL_FAILED, "", ERR_OK },	  { MAIL_KEPT, "", ERR_OK },
		{ MAIL_QUEUED, "", ERR_OK },	  { MAIL_SENT, "", ERR_CONFLICT },
		{ MAIL_BOUNCED, "new@", ERR_FORMAT },
	};
	char id[UUID_TEXT_MAX];
	struct scene s;

	REQUIRE(scene_new(&s));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct mail_wish wish = a_wish(&s);
		const struct sv to = sv_from(row[i].to);
		struct err err = ERR_INIT;
		struct mail mail;

		REQUIRE(put(&s, &wish, id));
		REQUIRE(store_change(s.store, &s.err,
				     "UPDATE mail SET state = $2, attempts = 7, problem = 'p',"
				     " next = $3 WHERE id = $1",
				     STORE_TEXT(sv_from(id)), STORE_INT(row[i].state),
				     STORE_INT(START * 2)) == 0);
		CHECK_INT(mail_again(s.store, sv_from(id), to, s.now, &err),
			  row[i].code == ERR_OK ? 0 : -1);
		CHECK_INT(err.code, row[i].code);
		mail = look(&s, id);
		CHECK_SV(mail.to, to.n > 0 && row[i].code == ERR_OK ? to : wish.to);
		CHECK_INT(mail.state, row[i].code == ERR_OK ? MAIL_QUEUED : row[i].state);
		CHECK_INT(mail.attempts, row[i].code == ERR_OK ? 0 : 7);
		CHECK_INT(mail.next.us, row[i].code == ERR_OK ? s.now.us : START * 2);
	}
	CHECK_INT(mail_again(s.store, SV(APPLICATION), SV_NONE, s.now, &s.err), -1);
	CHECK_INT(s.err.code, ERR_NOT_FOUND);
	scene_free(&s);
}

/* The oldest turn first; what waits for its turn does not hold up others. */
/* What was handed over and came to no end may have gone out: it says so from then on. */
TEST(cut_off)
{
	static const struct {
		const char *name;
		unsigned hands;
		bool known; /* each came to its outcome */
		bool unsure;
	} row[] = {
		{ "never handed over", 0, true, false },
		{ "once, and it ended", 1, true, false },
		{ "three times, each ended", 3, true, false },
		{ "twice, the first was cut off", 2, false, true },
	};
	char id[UUID_TEXT_MAX];
	struct scene s;

	REQUIRE(scene_new(&s));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct mail_wish wish = a_wish(&s);

		REQUIRE(put(&s, &wish, id));
		for (unsigned k = 0; k < row[i].hands; k++) {
			CHECK_INT(mail_hand(s.store, sv_from(id), &s.err), 0);
			if (row[i].known)
				CHECK_INT(mail_outcome(s.store, sv_from(id), MAIL_AWAY, SV("x"),
						       s.now, &s.err),
					  0);
		}
		CHECK_INT(mail_outcome(s.store, sv_from(id), MAIL_TAKEN, SV_NONE, s.now, &s.err),
			  0);
		if (look(&s, id).unsure != row[i].unsure)
			printf("# %s\n", row[i].name);
		CHECK_INT(look(&s, id).unsure, row[i].unsure);
		CHECK_INT(look(&s, id).state, MAIL_SENT);
	}
	scene_free(&s);
}

TEST(turns)
{
	char first[UUID_TEXT_MAX], second[UUID_TEXT_MAX];
	struct scene s;
	struct mail_wish wish;
	struct mail mail;

	REQUIRE(scene_new(&s));
	wish = a_wish(&s);
	REQUIRE(put(&s, &wish, first) && put(&s, &wish, second));
	CHECK_INT(mail_next(s.store, s.now, s.arena, &mail, &s.err), 1);
	CHECK_STR(first, mail.id.p);
	CHECK_INT(mail_outcome(s.store, mail.id, MAIL_AWAY, SV("x"), s.now, &s.err), 0);
	CHECK_INT(mail_next(s.store, s.now, s.arena, &mail, &s.err), 1);
	CHECK_STR(second, mail.id.p);
	CHECK_INT(mail_outcome(s.store, mail.id, MAIL_TAKEN, SV_NONE, s.now, &s.err), 0);
	CHECK_INT(mail_next(s.store, s.now, s.arena, &mail, &s.err), 0);
	s.now.us += MINUTE;
	CHECK_INT(mail_next(s.store, s.now, s.arena, &mail, &s.err), 1);
	CHECK_STR(first, mail.id.p);
	scene_free(&s);
}

/* ---- lists ---- */

static size_t count(struct scene *s, const struct mail_filter *filter)
{
	struct mail_list list;

	if (mail_list(s->store, filter, SV_NONE, MAIL_PAGE_MAX, s->arena, &list, &s->err) != 0)
		return SIZE_MAX;
	for (size_t i = 0; i < list.count; i++)
		CHECK(list.item[i].body.n == 0);
	return list.count;
}

TEST(lists_and_filters)
{
	static const struct sv ours[] = { { OURS, 36 }, { APPLICATION, 36 } },
			       both[] = { { OURS, 36 }, { THEIRS, 36 } };
	static const struct {
		const char *name;
		struct mail_filter filter;
		size_t want;
	} row[] = {
		{ "nobody's", { NULL, 0, -1, SV_NONE, SV_NONE }, 0 },
		{ "of one programme", { ours, 1, -1, SV_NONE, SV_NONE }, 2 },
		{ "of one that has none", { ours + 1, 1, -1, SV_NONE, SV_NONE }, 0 },
		{ "of two", { both, 2, -1, SV_NONE, SV_NONE }, 3 },
		{ "state", { both, 2, MAIL_SENT, SV_NONE, SV_NONE }, 1 },
		{ "no such state", { both, 2, MAIL_FAILED, SV_NONE, SV_NONE }, 0 },
		{ "application", { both, 2, -1, SV_NONE, SV(APPLICATION) }, 2 },
		{ "address", { both, 2, -1, SV("TANAKA@sho"), SV_NONE }, 2 },
		{ "name", { both, 2, -1, SV("髙橋"), SV_NONE }, 2 },
		{ "subject", { both, 2, -1, SV("受け付け"), SV_NONE }, 2 },
		{ "percent is percent", { both, 2, -1, SV("%"), SV_NONE }, 1 },
		{ "a line is a line", { both, 2, -1, SV("_"), SV_NONE }, 0 },
		{ "quotation", { both, 2, -1, SV("' OR 1=1 --"), SV_NONE }, 0 },
		{ "backslash", { both, 2, -1, SV("\\"), SV_NONE }, 0 },
	};
	char id[UUID_TEXT_MAX];
	struct scene s;
	struct mail_wish wish;

	REQUIRE(scene_new(&s));
	wish = a_wish(&s);
	REQUIRE(put(&s, &wish, id));
	CHECK_INT(mail_outcome(s.store, sv_from(id), MAIL_TAKEN, SV_NONE, s.now, &s.err), 0);
	REQUIRE(put(&s, &wish, id));
	wish.programme = SV(THEIRS);
	wish.application = SV_NONE;
	wish.to = SV("sato@other.example");
	wish.to_name = SV("佐藤");
	wish.subject = SV("100% 完了");
	REQUIRE(put(&s, &wish, id));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (count(&s, &row[i].filter) != row[i].want) {
			printf("# %s: %s\n", row[i].name, s.err.text);
			test_failed = true;
		}
	}
	scene_free(&s);
}

TEST(pages)
{
	static const struct sv ours = { OURS, 36 };
	const struct mail_filter filter = { &ours, 1, -1, SV_NONE, SV_NONE };
	char id[7][UUID_TEXT_MAX];
	struct mail_list list = { .count = 0 };
	struct sv cursor = SV_NONE;
	struct scene s;
	size_t seen = 0;

	REQUIRE(scene_new(&s));
	for (int i = 0; i < 7; i++) {
		const struct mail_wish wish = a_wish(&s);

		REQUIRE(put(&s, &wish, id[i]));
	}
	do {
		REQUIRE(mail_list(s.store, &filter, cursor, 3, s.arena, &list, &s.err) == 0);
		for (size_t i = 0; i < list.count; i++, seen++)
			CHECK_STR(id[6 - seen], list.item[i].id.p);
		cursor = list.next;
	} while (cursor.n > 0);
	CHECK_INT(seen, 7);
	CHECK_INT(mail_list(s.store, &filter, SV("x"), 3, s.arena, &list, &s.err), -1);
	CHECK_INT(s.err.code, ERR_FORMAT);
	CHECK_INT(mail_list(s.store, &filter, SV_NONE, 0, s.arena, &list, &s.err), -1);
	CHECK_INT(mail_list(s.store, &filter, SV_NONE, MAIL_PAGE_MAX, s.arena, &list, &s.err), 0);
	CHECK_INT(mail_list(s.store, &filter, SV_NONE, MAIL_PAGE_MAX + 1, s.arena, &list, &s.err),
		  -1);
	scene_free(&s);
}

TEST(programmes_of_one_list)
{
	static struct sv many[MAIL_PROGRAMMES_MAX + 1];
	struct mail_filter filter = { many, MAIL_PROGRAMMES_MAX, -1, SV("x"), SV(APPLICATION) };
	struct mail_list list;
	struct scene s;

	for (size_t i = 0; i <= MAIL_PROGRAMMES_MAX; i++)
		many[i] = SV(OURS);
	REQUIRE(scene_new(&s));
	filter.state = MAIL_QUEUED;
	CHECK_INT(mail_list(s.store, &filter, SV_NONE, 5, s.arena, &list, &s.err), 0);
	filter.programme_count++;
	CHECK_INT(mail_list(s.store, &filter, SV_NONE, 5, s.arena, &list, &s.err), -1);
	CHECK_INT(s.err.code, ERR_RANGE);
	scene_free(&s);
}

TEST(state_names)
{
	enum mail_state state;

	for (int i = 0; i < MAIL_STATE_COUNT; i++) {
		CHECK(mail_state_parse(sv_from(mail_state_name((enum mail_state)i)), &state));
		CHECK_INT(state, i);
	}
	CHECK(!mail_state_parse(SV("Queued"), &state));
	CHECK(!mail_state_parse(SV_NONE, &state));
}

/* ---- what a server said ---- */

TEST(said)
{
	static char long_text[MAIL_SAID_MAX + 2];
	static const struct {
		struct sv in, out;
	} row[] = {
		{ SV(""), SV("") },
		{ SV(" \r\n"), SV("") },
		{ SV("550-5.1.1 no\r\n550 5.1.1 user\r\n"), SV("550-5.1.1 no 550 5.1.1 user") },
		{ SV("a\0b"), SV("a b") },
		{ SV("a\x1b[31mb"), SV("a [31mb") },
		{ SV("\xe3\x81\x82\xe3\x81"), SV("\xe3\x81\x82 ") },
		{ SV("\xf0\x9f\x94\xa5"), SV("\xf0\x9f\x94\xa5") },
		{ SV("i\xa0" "55"), SV("i 55") },
		{ SV("\xe3\x81\x82\x81\x82z"), SV("\xe3\x81\x82 z") },
		{ SV("\x80\x80\x80\x80\x80\x80x"), SV("x") },
		{ SV("\xc2\x9b" "31m"), SV("31m") },
	};
	struct buf buf;

	buf_init(&buf, MAIL_SAID_MAX);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		buf_clear(&buf);
		mail_put_said(&buf, row[i].in);
		CHECK_SV(buf_sv(&buf), row[i].out);
	}
	memset(long_text, 'x', sizeof long_text);
	memcpy(long_text + MAIL_SAID_MAX - 1, "\xe3\x81\x82", 3); /* it would be cut within */
	buf_clear(&buf);
	mail_put_said(&buf, (struct sv){ long_text, sizeof long_text });
	CHECK_INT(buf.n, MAIL_SAID_MAX - 1);
	CHECK(!buf.full && sv_is_utf8(buf_sv(&buf)));
	buf_done(&buf);
}
