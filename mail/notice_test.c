#include "store/testing.h"
#include "mail/internal.h"

#define ID "0193b1c0-0000-7000-8000-00000000a001"
#define HEAD                                                                                       \
	"From: MAILER-DAEMON@mx.example\n"                                                        \
	"To: office@r7b.example\n"                                                                \
	"Content-Type: multipart/report; report-type=delivery-status;\n"                          \
	"\tboundary=\"=_b\"\n"                                                                    \
	"\n"                                                                                       \
	"This is a MIME message.\n"
#define TEXT "--=_b\nContent-Type: text/plain\n\nI am sorry.\n"
#define STATUS(recipient, action)                                                                  \
	"--=_b\nContent-Type: message/delivery-status\n\n"                                        \
	"Reporting-MTA: dns; mx.example\n\n"                                                       \
	"Final-Recipient: rfc822; " recipient "\nAction: " action "\nStatus: 5.1.1\n"              \
	"Diagnostic-Code: smtp; 550 5.1.1 no\n such user\n"
#define RETURNED(id)                                                                               \
	"--=_b\nContent-Type: text/rfc822-headers\n\nFrom: office@r7b.example\n"                   \
	"Message-ID: " id "\nSubject: x\n"
#define OURS "<hikeshi." ID "@centre.example>"
#define END "--=_b--\n"

TEST(notifications)
{
	static const struct {
		const char *name, *text;
		enum mail_fate fate; /* NONE: not one of ours */
	} row[] = {
		{ "as usual", HEAD TEXT STATUS("a@b.example", "failed") RETURNED(OURS) END,
		  MAIL_FATE_FAILED },
		{ "delayed", HEAD TEXT STATUS("a@b.example", "delayed") RETURNED(OURS) END,
		  MAIL_FATE_DELAYED },
		{ "delivered", HEAD TEXT STATUS("a@b.example", "delivered") RETURNED(OURS) END,
		  MAIL_FATE_DELIVERED },
		{ "relayed", HEAD TEXT STATUS("a@b.example", "Relayed (to a fax)") RETURNED(OURS) END,
		  MAIL_FATE_DELIVERED },
		{ "an action that there is not", HEAD TEXT STATUS("a@b.example", "eaten") RETURNED(OURS) END,
		  MAIL_FATE_NONE },
		{ "returned mail first", HEAD RETURNED(OURS) STATUS("a@b.example", "failed") END,
		  MAIL_FATE_FAILED },
		{ "without its end", HEAD TEXT STATUS("a@b.example", "failed") RETURNED(OURS),
		  MAIL_FATE_FAILED },
		{ "from a mailbox", "From MAILER-DAEMON Wed May 28\n" HEAD TEXT STATUS(
			  "a@b.example", "failed") RETURNED(OURS) END,
		  MAIL_FATE_FAILED },
		{ "without the mail", HEAD TEXT STATUS("a@b.example", "failed") END, MAIL_FATE_NONE },
		{ "without a status", HEAD TEXT RETURNED(OURS) END, MAIL_FATE_NONE },
		{ "another's mail", HEAD STATUS("a@b.example", "failed") RETURNED("<1@b.example>") END,
		  MAIL_FATE_NONE },
		{ "no host", HEAD STATUS("a@b.example", "failed") RETURNED("<hikeshi." ID ">") END,
		  MAIL_FATE_NONE },
		{ "longer id", HEAD STATUS("a@b.example", "failed") RETURNED("<hikeshi." ID "0@b>") END,
		  MAIL_FATE_NONE },
		{ "shorter id", HEAD STATUS("a@b.example", "failed") RETURNED("<hikeshi.0193@b>") END,
		  MAIL_FATE_NONE },
		{ "the id in a text only",
		  HEAD "--=_b\nContent-Type: text/plain\n\nMessage-ID: " OURS "\n" STATUS(
			  "a@b.example", "failed") END,
		  MAIL_FATE_NONE },
		{ "the id behind the headers",
		  HEAD STATUS("a@b.example", "failed") "--=_b\nContent-Type: message/rfc822\n\n"
						       "Subject: x\n\nMessage-ID: " OURS "\n" END,
		  MAIL_FATE_NONE },
		{ "an answer of a person",
		  "From: tanaka@b.example\nContent-Type: text/plain\nReferences: " OURS "\n\nfailed\n",
		  MAIL_FATE_NONE },
		{ "no boundary", "Content-Type: multipart/report\n\n" TEXT, MAIL_FATE_NONE },
		{ "empty boundary", "Content-Type: multipart/report; boundary=\"\"\n\n--\n" TEXT,
		  MAIL_FATE_NONE },
		{ "nothing", "", MAIL_FATE_NONE },
		{ "empty lines", "\n\n\n\n", MAIL_FATE_NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct mail_notice notice = { .fate = MAIL_FATE_NONE };
		const int r = mail_notice_parse(sv_from(row[i].text), &notice);

		if (r != (row[i].fate != MAIL_FATE_NONE) || notice.fate != row[i].fate) {
			printf("# %s: %d, fate %d\n", row[i].name, r, (int)notice.fate);
			test_failed = true;
		}
		if (r == 1) {
			CHECK_STR(notice.id, ID);
			CHECK_SV(notice.recipient, SV("a@b.example"));
			CHECK_SV(notice.status, SV("5.1.1"));
			CHECK_SV(notice.diagnostic, SV("550 5.1.1 no\n such user"));
		}
	}
}

/* Of several recipients the worst counts; the address that we wrote to is preferred. */
TEST(the_worst_counts)
{
	static const char text[] =
		HEAD TEXT STATUS("a@b.example", "delivered")
			"\nFinal-Recipient: rfc822; c@d.example\nOriginal-Recipient: rfc822;<e@f.example>\n"
			"Action: failed\nStatus: 5.2.2\n" RETURNED(OURS) END;
	struct mail_notice notice;

	REQUIRE(mail_notice_parse(sv_from(text), &notice) == 1);
	CHECK_INT(notice.fate, MAIL_FATE_FAILED);
	CHECK_SV(notice.recipient, SV("e@f.example"));
	CHECK_SV(notice.status, SV("5.2.2"));
	CHECK_INT(notice.diagnostic.n, 0);
}

TEST(line_ends_of_both_kinds)
{
	static const char text[] = HEAD TEXT STATUS("a@b.example", "failed") RETURNED(OURS) END;
	char both[2 * sizeof text];
	struct mail_notice notice;
	size_t n = 0;

	for (size_t i = 0; i < sizeof text - 1; i++) {
		if (text[i] == '\n')
			both[n++] = '\r';
		both[n++] = text[i];
	}
	REQUIRE(mail_notice_parse((struct sv){ both, n }, &notice) == 1);
	CHECK_SV(notice.status, SV("5.1.1"));
	for (size_t i = 0; i < n; i++) /* cut anywhere: never more than what is there */
		mail_notice_parse((struct sv){ both, i }, &notice);
}

/* Parts behind the last that is looked at count no more. */
TEST(parts_to_the_limit)
{
	struct mail_notice notice;
	struct buf buf;

	buf_init(&buf, 100000);
	for (int more = 0; more < 2; more++) {
		buf_clear(&buf);
		buf_put_sv(&buf, SV(HEAD));
		for (int i = 0; i < MAIL_NOTICE_PARTS_MAX - 2 + more; i++)
			buf_put_sv(&buf, SV(TEXT));
		buf_put_sv(&buf, SV(STATUS("a@b.example", "failed") RETURNED(OURS) END));
		CHECK_INT(mail_notice_parse(buf_sv(&buf), &notice), more ? 0 : 1);
	}
	buf_done(&buf);
}

/* ---- what becomes of the mail ---- */

static enum mail_state state_after(struct store *store, const char *text, const char *before,
				   char problem[static 200])
{
	char id[UUID_TEXT_MAX], sql[300];
	const struct mail_wish wish = { .to = SV("a@b.example"), .subject = SV("s"),
					.real_now = { TESTING_TIME } };
	struct arena *arena = arena_new(1U << 20);
	struct mail mail = { .state = MAIL_STATE_COUNT };
	struct err err = ERR_INIT;

	problem[0] = '\0';
	snprintf(sql, sizeof sql, "UPDATE mail SET id = '" ID "', %s", before);
	if (store_exec(store, "DELETE FROM mail", &err) != 0 ||
	    mail_queue(store, &wish, id, &err) != 0 || store_exec(store, sql, &err) != 0 ||
	    mail_bounce(store, sv_from(text), (struct instant){ TESTING_TIME }, &err) < 0 ||
	    mail_load(store, SV(ID), arena, &mail, &err) != 1)
		printf("# %s\n", err.text);
	snprintf(problem, 200, "%.*s", SV_ARG(mail.problem));
	arena_free(arena);
	return mail.state;
}

TEST(bounces)
{
	static const char failed[] = HEAD STATUS("A@b.example", "failed") RETURNED(OURS) END;
	static const struct {
		const char *name, *text, *before;
		enum mail_state state;
		const char *problem;
	} row[] = {
		{ "sent", failed, "state = 2", MAIL_BOUNCED, "5.1.1 550 5.1.1 no such user" },
		{ "sent, but we do not know yet", failed, "state = 0", MAIL_BOUNCED,
		  "5.1.1 550 5.1.1 no such user" },
		{ "kept", failed, "state = 1", MAIL_KEPT, "" },
		{ "from the address before", failed,
		  "state = 2, former = 'a@B.example', recipient = 'c@d.example'", MAIL_SENT, "" },
		{ "delayed", HEAD STATUS("a@b.example", "delayed") RETURNED(OURS) END, "state = 2",
		  MAIL_SENT, "delayed: 5.1.1 550 5.1.1 no such user" },
		{ "delivered", HEAD STATUS("a@b.example", "delivered") RETURNED(OURS) END,
		  "state = 2", MAIL_SENT, "" },
	};
	char folder[TESTING_PATH_MAX], path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8], problem[200];
	static char huge[MAIL_NOTICE_MAX + 1];
	struct err err = ERR_INIT;
	struct store *store;

	testing_folder(folder);
	snprintf(url, sizeof url, "sqlite:%s", testing_path(folder, "r.sqlite", path));
	store = store_open(url, &err);
	REQUIRE(store != NULL &&
		store_migrate(store, mail_migrations, mail_migration_count, &err) == 0);
	CHECK_INT(mail_bounce(store, sv_from(failed), (struct instant){ 0 }, &err), 0); /* unknown */
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (state_after(store, row[i].text, row[i].before, problem) != row[i].state ||
		    strcmp(problem, row[i].problem) != 0) {
			printf("# %s: %s\n", row[i].name, problem);
			test_failed = true;
		}
	}
	memset(huge, '\n', sizeof huge);
	CHECK_INT(mail_bounce(store, (struct sv){ huge, MAIL_NOTICE_MAX }, (struct instant){ 0 }, &err),
		  0);
	CHECK_INT(mail_bounce(store, (struct sv){ huge, sizeof huge }, (struct instant){ 0 }, &err),
		  -1);
	CHECK_INT(err.code, ERR_TOO_LARGE);
	store_close(store);
	testing_remove(folder, "r.sqlite");
}
