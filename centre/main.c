/* hikeshi-centre: commands and options. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/role.h"
#include "base/text.h"
#include "centre/key.h"
#include "centre/parent.h"
#include "centre/programme_clock.h"
#include "centre/publish.h"
#include "centre/sample.h"
#include "centre/server.h"
#include "centre/session.h"
#include "mail/post.h"

#define ARENA_MAX (1U << 20)

enum option_number {
	OPTION_DATA = 256, OPTION_PEOPLE, OPTION_DEVICES, OPTION_PEOPLE_URL, OPTION_DEVICES_URL,
	OPTION_NAME, OPTION_RULES, OPTION_PLACEHOLDERS, OPTION_CLAMD, OPTION_SAMPLE,
	OPTION_TOUR, OPTION_TOKEN_FILE, OPTION_LANG, OPTION_HELP,
	OPTION_VERSION, OPTION_SMTP, OPTION_SMTP_USER, OPTION_SMTP_PASSWORD_FILE, OPTION_SMTP_CA,
	OPTION_SMTP_PLAIN, OPTION_MAIL_FROM, OPTION_OPERATOR, OPTION_NEW_OPERATOR
};

static const struct option options_known[] = {
	{ "data", required_argument, NULL, OPTION_DATA },
	{ "people", required_argument, NULL, OPTION_PEOPLE },
	{ "devices", required_argument, NULL, OPTION_DEVICES },
	{ "people-url", required_argument, NULL, OPTION_PEOPLE_URL },
	{ "devices-url", required_argument, NULL, OPTION_DEVICES_URL },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "placeholders", required_argument, NULL, OPTION_PLACEHOLDERS },
	{ "clamd", required_argument, NULL, OPTION_CLAMD },
	{ "sample", no_argument, NULL, OPTION_SAMPLE },
	{ "tour", no_argument, NULL, OPTION_TOUR },
	{ "enrolment-token-file", required_argument, NULL, OPTION_TOKEN_FILE },
	{ "smtp", required_argument, NULL, OPTION_SMTP },
	{ "smtp-user", required_argument, NULL, OPTION_SMTP_USER },
	{ "smtp-password-file", required_argument, NULL, OPTION_SMTP_PASSWORD_FILE },
	{ "smtp-ca", required_argument, NULL, OPTION_SMTP_CA },
	{ "smtp-plain", no_argument, NULL, OPTION_SMTP_PLAIN },
	{ "mail-from", required_argument, NULL, OPTION_MAIL_FROM },
	{ "operator", required_argument, NULL, OPTION_OPERATOR },
	{ "new-operator", no_argument, NULL, OPTION_NEW_OPERATOR },
	{ "lang", required_argument, NULL, OPTION_LANG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char help[] = N_(
	/* xgettext:no-c-format */
	"Usage: hikeshi-centre run --data DIR [OPTION]…\n"
	"       hikeshi-centre sample --data DIR [--tour] [--enrolment-token-file FILE]\n"
	"       hikeshi-centre programme publish FILE --operator NAME [--new-operator] --data DIR\n"
	"       hikeshi-centre bounce --data DIR <MESSAGE\n"
	"\n"
	"run: starts the centre with its nginx, until Ctrl-C\n"
	"  --data DIR             where everything is kept; made at the first start\n"
	"  --people ADDR:PORT     console and API (default 127.0.0.1:8443)\n"
	"  --devices ADDR:PORT    agents, with client certificates (default 127.0.0.1:8444)\n"
	"  --people-url URL       how people reach it, where that differs from --people\n"
	"  --devices-url URL      how devices reach it; agents learn it when they enrol\n"
	"  --name NAME            a further name or address of the certificate; may be repeated\n"
	"  --rules DIR            further Sigma rules, may be repeated; SIGHUP reads all again\n"
	"  --placeholders FILE    values for %name% in rules (YAML)\n"
	"  --clamd PATH           socket of clamd, which then scans what people upload\n"
	"  --smtp URL             server for mails, smtp://HOST:PORT or smtps://HOST:PORT;\n"
	"                         without it mails stay in the outbox\n"
	"  --mail-from ADDRESS    from whom mails come, perhaps 'NAME <ADDRESS>'\n"
	"  --smtp-user NAME       where the server wants one\n"
	"  --smtp-password-file FILE  its first line is the password\n"
	"  --smtp-ca FILE         authorities of the server's certificate, in PEM\n"
	"  --smtp-plain           without TLS also beyond this host\n"
	"  --sample               as the command sample, first\n"
	"\n"
	"sample: makes sample companies, accounts (one-time passwords are printed once)\n"
	"and a token that enrols one device; nothing where there is data already\n"
	"  --tour                 with companies in every step of a programme\n"
	"  --enrolment-token-file FILE  where the token goes (default DIR/enrolment-token)\n"
	"\n"
	"programme publish: puts a programme's file, or a new version of it, in force;\n"
	"a running centre takes it up within a second\n"
	"  --operator NAME        whose programme it is\n"
	"  --new-operator         make the operator where there is none of the name\n"
	"\n"
	"bounce: reads a mail that came back and notes it; for the mail server's pipe\n"
	"\n"
	"  --lang ja|en           language of messages\n"
	"  --help, --version\n");

#define WORDS_MAX 3

struct call {
	struct parent_options parent;
	const char *word[WORDS_MAX]; /* beside the options */
	size_t words, words_max;
	struct publish_for publish;
	const char *token_file;
	bool sample;
	bool tour; /* the sample has companies in every step */
};

static int add(const char **list, size_t *count, size_t max, const char *value,
	       const char *option, struct err *err)
{
	if (*count == max)
		return err_set(err, ERR_USAGE, _("%s may be given at most %zu times"), option, max);
	list[(*count)++] = value;
	return 0;
}

static int check_url(const char *url, struct err *err)
{
	if (strncmp(url, "https://", 8) == 0 && url[8] != '\0' && strlen(url) < NGINX_HOST_MAX)
		return 0;
	return err_set(err, ERR_USAGE, _("%s is not an https:// address"), url);
}

/* The server looks for it from a folder of its own. */
static int check_clamd(const char *path, struct err *err)
{
	if (path[0] == '/')
		return 0;
	err_set(err, ERR_USAGE, _("%s is not the whole path of a socket"), path);
	return err_hint(err, _("clamd.conf names it as LocalSocket"));
}

/* Host and port; the rest is hikeshi-post's and libcurl's affair. */
static int check_smtp(const char *url, struct err *err)
{
	const char *const scheme[] = { "smtp://", "smtps://" };

	for (size_t i = 0; i < sizeof scheme / sizeof *scheme; i++) {
		const size_t n = strlen(scheme[i]);

		if (strncmp(url, scheme[i], n) == 0 && url[n] != '\0' && strlen(url) < NGINX_HOST_MAX &&
		    url[strcspn(url, "@ ?#\r\n")] == '\0')
			return 0;
	}
	err_set(err, ERR_USAGE, _("%s is not an smtp:// or smtps:// address"), url);
	return err_hint(err, _("write it as smtp://HOST:PORT; user and password have options of their own"));
}

static int check_from(const char *text, struct err *err)
{
	struct mail_sender sender;

	if (post_sender_parse(sv_from(text), &sender))
		return 0;
	err_set(err, ERR_USAGE, _("%s is not a mail address"), text);
	return err_hint(err, _("write it as office@example.jp, or 'NAME <office@example.jp>'"));
}

static int check_mails(const struct parent_options *parent, struct err *err)
{
	if (parent->smtp != NULL && parent->mail_from == NULL) {
		err_set(err, ERR_USAGE, _("from whom do mails come?"));
		return err_hint(err, _("give the office's address with --mail-from"));
	}
	if (parent->smtp == NULL && (parent->smtp_user || parent->smtp_password_file ||
				     parent->smtp_ca || parent->smtp_plain || parent->mail_from)) {
		err_set(err, ERR_USAGE, _("options for mails without a mail server"));
		return err_hint(err, _("name it with --smtp"));
	}
	return 0;
}

/* Returns 0, -1, or 1 where the text for this option was printed: end well. */
static int take_option(struct call *call, int option, struct err *err)
{
	struct parent_options *parent = &call->parent;

	switch (option) {
	case OPTION_DATA:
		parent->data = optarg;
		return 0;
	case OPTION_PEOPLE:
		return nginx_address_parse(sv_from(optarg), &parent->people, err);
	case OPTION_DEVICES:
		return nginx_address_parse(sv_from(optarg), &parent->devices, err);
	case OPTION_PEOPLE_URL:
		parent->people_url = optarg;
		return check_url(optarg, err);
	case OPTION_DEVICES_URL:
		parent->devices_url = optarg;
		return check_url(optarg, err);
	case OPTION_NAME:
		return add(parent->name, &parent->name_count, WIRE_NAMES_MAX, optarg, "--name", err);
	case OPTION_RULES:
		return add(parent->rules, &parent->rules_count, SERVER_RULES_MAX - 1, optarg, "--rules",
			   err);
	case OPTION_PLACEHOLDERS:
		parent->placeholders = optarg;
		return 0;
	case OPTION_CLAMD:
		parent->clamd = optarg;
		return check_clamd(optarg, err);
	case OPTION_SAMPLE:
		call->sample = true;
		return 0;
	case OPTION_TOUR:
		call->tour = true;
		return 0;
	case OPTION_TOKEN_FILE:
		call->token_file = optarg;
		return 0;
	case OPTION_SMTP:
		parent->smtp = optarg;
		return check_smtp(optarg, err);
	case OPTION_SMTP_USER:
		parent->smtp_user = optarg;
		return 0;
	case OPTION_SMTP_PASSWORD_FILE:
		parent->smtp_password_file = optarg;
		return 0;
	case OPTION_SMTP_CA:
		parent->smtp_ca = optarg;
		return 0;
	case OPTION_SMTP_PLAIN:
		parent->smtp_plain = true;
		return 0;
	case OPTION_MAIL_FROM:
		parent->mail_from = optarg;
		return check_from(optarg, err);
	case OPTION_OPERATOR:
		call->publish.operator_name = optarg;
		return 0;
	case OPTION_NEW_OPERATOR:
		call->publish.is_new = true;
		return 0;
	case OPTION_LANG:
		text_init(optarg);
		return 0;
	case OPTION_HELP:
		fputs(_(help), stdout);
		return 1;
	case OPTION_VERSION:
		printf("hikeshi-centre %s\n", HIKESHI_VERSION);
		return 1;
	default:
		err_set(err, ERR_USAGE, _("wrong call"));
		return err_hint(err, _("hikeshi-centre --help shows how"));
	}
}

static int take_options(struct call *call, int argc, char **argv, struct err *err)
{
	int option, r = 0;

	while (r == 0 && (option = getopt_long(argc, argv, "", options_known, NULL)) != -1)
		r = take_option(call, option, err);
	if (r != 0)
		return r;
	for (; optind < argc; optind++) {
		if (call->words == call->words_max) {
			err_set(err, ERR_USAGE, _("'%s' is one word too many"), argv[optind]);
			return err_hint(err, _("hikeshi-centre --help shows how"));
		}
		call->word[call->words++] = argv[optind];
	}
	if (call->parent.data == NULL) {
		err_set(err, ERR_USAGE, _("where should data be kept?"));
		return err_hint(err, _("give a directory with --data"));
	}
	return check_mails(&call->parent, err);
}

/* ---- sample ---- */

/* The databases belong to the user of the server, also those made here. */
static int become(const struct layout_owner *owner, struct err *err)
{
	if (owner->drop && (setgroups(0, NULL) != 0 || setegid(owner->gid) != 0 ||
			    seteuid(owner->uid) != 0))
		return err_errno(err, errno, "becoming user " LAYOUT_USER);
	return 0;
}

static void become_root_again(const struct layout_owner *owner)
{
	if (owner->drop && (seteuid(0) != 0 || setegid(0) != 0))
		abort(); /* nothing can be right any more */
}

/* A file or folder in ../share/hikeshi beside this program. */
static const char *shared(const char *name, struct arena *arena, struct err *err)
{
	char folder[PATH_MAX], path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/../share/hikeshi/%s", file_program_folder(folder), name);
	if (access(path, R_OK) == 0)
		return arena_dup(arena, sv_from(path)).p;
	err_set(err, ERR_NOT_FOUND, _("%s is not in ../share/hikeshi beside this program"), name);
	return NULL;
}

static int make_tour(const struct layout *layout, const struct sample *sample, struct instant now,
		     struct arena *arena, struct err *err)
{
	const char *rules = shared("rules/sigma", arena, err);

	return rules ? tour_attack(layout->records_url, layout->events, rules, &sample->tour,
				   sv_from(sample->desk), now, err)
		     : -1;
}

static int make_sample(const struct layout *layout, bool tour, struct arena *arena,
		       struct sample *ret, struct err *err)
{
	const struct layout_owner *owner = &layout->owner;
	struct sample_wish wish = { .now = clock_now(clock_real()) };
	struct store *records;
	int r = -1;

	if (tour && (wish.programme = shared("programmes/2025-kihon.yaml", arena, err)) == NULL)
		return -1;
	if (become(owner, err) != 0)
		return -1;
	records = server_open_records(layout->records_url, err);
	if (records != NULL)
		r = sample_create(records, &wish, ret, err);
	store_close(records);
	if (r == 0 && ret->made && tour)
		r = make_tour(layout, ret, wish.now, arena, err);
	become_root_again(owner);
	return r;
}

static int sample(const struct call *call, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct sample made = { .made = false };
	struct layout layout;
	int r = -1;

	buf_init(&made.accounts, SAMPLE_TEXT_MAX);
	if (layout_open(call->parent.data, arena, &layout, err) != 0 ||
	    key_make(&layout, clock_now(clock_real()), err) != 0 ||
	    make_sample(&layout, call->tour, arena, &made, err) != 0)
		goto out;
	if (made.made) {
		const char *file = call->token_file
					   ? call->token_file
					   : arena_printf(arena, "%s/enrolment-token", layout.root).p;

		fwrite(made.accounts.p, 1, made.accounts.n, stdout);
		fflush(stdout);
		r = file_write(file, arena_printf(arena, "%s\n", made.token.text), 0600, err);
	} else {
		r = 0;
	}
out:
	explicit_bzero(&made.token, sizeof made.token);
	buf_done(&made.accounts);
	arena_free(arena);
	return r;
}

/* ---- programme, clock ---- */

static int publish_file(const struct layout *layout, const char *file,
			const struct publish_for *who, struct buf *report, struct err *err)
{
	struct store *records;
	struct buf source;
	int r = -1;

	/* Read as who calls, written as whom the databases belong to. */
	buf_init(&source, PROGRAMME_FILE_MAX);
	if (file_read(file, &source, err) == 0 && become(&layout->owner, err) == 0) {
		records = server_open_records(layout->records_url, err);
		if (records != NULL)
			r = publish(records, file, buf_sv(&source), who, clock_now(clock_real()),
				    report, err);
		store_close(records);
		become_root_again(&layout->owner);
	}
	buf_done(&source);
	return r;
}

static int programme(const struct call *call, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct layout layout;
	struct buf report;
	int r = -1;

	buf_init(&report, PUBLISH_TEXT_MAX);
	if (call->words != 2 || strcmp(call->word[0], "publish") != 0 ||
	    call->publish.operator_name == NULL) {
		err_set(err, ERR_USAGE, _("which file, and for which operator?"));
		err_hint(err, "hikeshi-centre programme publish FILE --operator NAME --data DIR");
	} else if (layout_open(call->parent.data, arena, &layout, err) == 0) {
		r = publish_file(&layout, call->word[1], &call->publish, &report, err);
	}
	fwrite(report.p, 1, report.n, r == 0 ? stdout : stderr);
	buf_done(&report);
	arena_free(arena);
	return r;
}

#ifdef HIKESHI_TESTING
/* clock set 2025-05-23T10:00:00+09:00 | advance 3d | real | now */
static int move_clock(const struct call *call, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct layout layout;
	int r = -1;

	if (call->words == 0)
		err_set(err, ERR_USAGE, "set INSTANT, advance 3d, real or now?");
	else if (layout_open(call->parent.data, arena, &layout, err) == 0)
		r = programme_clock_tell(&layout,
					 arena_printf(arena, "%s%s%s", call->word[0],
						      call->words > 1 ? " " : "",
						      call->words > 1 ? call->word[1] : ""),
					 err);
	arena_free(arena);
	return r;
}
#endif

/* ---- bounce ---- */

static int note_bounce(const char *url, struct sv message, int *ret_ours, struct err *err)
{
	struct store *records = server_open_records(url, err);
	int r = records == NULL || store_begin(records, err) != 0 ? -1 : 0;

	if (r == 0)
		*ret_ours = r = mail_bounce(records, message, clock_now(clock_real()), err);
	if (r >= 0)
		r = store_commit(records, err);
	store_close(records);
	return r;
}

/* Also mails that are none of ours end well: the mail server must not try them again. */
static int bounce(const struct call *call, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct layout layout;
	struct buf message;
	int r = -1, ours = 0;

	buf_init(&message, MAIL_NOTICE_MAX);
	if (access(call->parent.data, X_OK) != 0)
		err_errno(err, errno, "%s", call->parent.data); /* a typing error makes no new centre */
	else if (file_read_fd(STDIN_FILENO, "standard input", &message, err) == 0 &&
	    layout_open(call->parent.data, arena, &layout, err) == 0 &&
	    become(&layout.owner, err) == 0) {
		r = note_bounce(layout.records_url, buf_sv(&message), &ours, err);
		become_root_again(&layout.owner);
	}
	if (r == 0)
		puts(ours ? _("noted") : _("not about a mail of ours"));
	buf_done(&message);
	arena_free(arena);
	return r;
}

/* ---- main ---- */

static int run(const struct call *call, struct err *err)
{
	if (call->sample && sample(call, err) != 0)
		return -1;
	return parent_run(&call->parent, err);
}

static const struct {
	const char *name;
	int (*run)(const struct call *call, struct err *err);
	size_t words; /* beside the options */
} command[] = {
	{ "run", run },
	{ "sample", sample },
	{ "programme", programme, 2 },
#ifdef HIKESHI_TESTING
	{ "clock", move_clock, 2 },
#endif
	{ "bounce", bounce },
};

static const struct role role[] = {
	{ "key", key_run },
	{ "server", server_run },
};

static int fail(const struct err *err)
{
	fprintf(stderr, "hikeshi-centre: %s\n", err->text);
	if (err->hint[0] != '\0')
		fprintf(stderr, "  %s\n", err->hint);
	return err_exit_status(err->code);
}

static int wrong_call(const char *word)
{
	struct err err = ERR_INIT;

	if (word != NULL && strcmp(word, "clock") == 0) { /* a command of test builds */
		err_set(&err, ERR_USAGE, _("the programme clock of this build is real time: it cannot be moved"));
		err_hint(&err, _("builds with -Dtesting=true move it, for tests"));
		return fail(&err);
	}
	if (word != NULL)
		err_set(&err, ERR_USAGE, _("there is no command '%s'"), word);
	else
		err_set(&err, ERR_USAGE, _("which command?"));
	err_hint(&err, _("hikeshi-centre --help shows how"));
	return fail(&err);
}

int main(int argc, char **argv)
{
	struct call call = { .parent = { .people = { "127.0.0.1", 8443 },
					 .devices = { "127.0.0.1", 8444 } } };
	struct err err = ERR_INIT;
	const struct role *mine;
	int r;

	text_init(NULL);
	umask(077);
	mine = role_wanted(role, sizeof role / sizeof *role, &argc, argv, &err);
	if (mine != NULL)
		return mine->run(argc, argv);
	if (err.code != ERR_OK)
		return fail(&err);
	if (argc < 2)
		return wrong_call(NULL);
	for (size_t i = 0; i < sizeof command / sizeof *command; i++) {
		if (strcmp(argv[1], command[i].name) != 0)
			continue;
		call.words_max = command[i].words;
		r = take_options(&call, argc - 1, argv + 1, &err);
		if (r == 0)
			r = command[i].run(&call, &err);
		return r < 0 ? fail(&err) : 0;
	}
	if (argv[1][0] != '-')
		return wrong_call(argv[1]);
	r = take_options(&call, argc, argv, &err);
	return r == 1 ? 0 : wrong_call(NULL);
}
