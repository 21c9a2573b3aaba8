/* post_main.c - hikeshi-post: the only program of the centre that speaks to other machines. */
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/role.h"
#include "base/sandbox.h"
#include "mail/post.h"

#define USER "nobody" /* not the server's: whose databases are nobody's business here */
#define PATH_SIZE (MAIL_ADDRESS_MAX + 3)
#define LINE_WORD 3 /* digits of an answer */

/* How far the server came with the mail at hand; what it says to QUIT tells nothing about it. */
enum phase { PHASE_BEFORE, PHASE_SENDER, PHASE_MAIL };

struct post {
	const char *url, *user;
	struct mail_sender sender;
	char *password; /* NULL: none */
	struct sv authorities;
	bool tls;
	CURL *curl; /* keeps its connection for the next mail */
	enum phase phase;
	bool parting;
	struct buf message, said; /* said: the server's last answer, all its lines */
	size_t at;
	char problem[CURL_ERROR_SIZE];
	int link;
	const struct log *log;
};

/* ---- what libcurl calls ---- */

static size_t give(char *p, size_t size, size_t n, void *context)
{
	struct post *post = context;
	const size_t left = post->message.n - post->at;

	n = size * n < left ? size * n : left;
	memcpy(p, post->message.p + post->at, n);
	post->at += n;
	return n;
}

static bool is_answer(struct sv line)
{
	for (size_t i = 0; i < LINE_WORD; i++) {
		if (line.n <= LINE_WORD || line.p[i] < '0' || line.p[i] > '9')
			return false;
	}
	return line.p[LINE_WORD] == '-' || line.p[LINE_WORD] == ' ' || line.p[LINE_WORD] == '\r';
}

/* "550-no" goes on in the next line, "550 no" ends the answer. */
static size_t hear(char *p, size_t size, size_t n, void *context)
{
	struct post *post = context;
	const struct sv line = { p, size * n };

	if (is_answer(line) && !post->parting) {
		const struct sv said = buf_sv(&post->said);
		const size_t last = said.n < 2 ? 0 : said.n - 2;
		size_t start = last;

		while (start > 0 && said.p[start - 1] != '\n')
			start--;
		if (said.n > start + LINE_WORD && said.p[start + LINE_WORD] != '-')
			buf_clear(&post->said);
		if (post->said.n + line.n <= POST_SAID_MAX)
			buf_put_sv(&post->said, line);
	}
	return size * n;
}

/* Which command went out last tells to whom a refusal belongs. */
static int watch(CURL *curl, curl_infotype kind, char *p, size_t n, void *context)
{
	struct post *post = context;
	const struct sv text = { p, n };

	if (kind != CURLINFO_HEADER_OUT)
		return 0;
	if (sv_starts(text, SV("MAIL ")))
		post->phase = PHASE_SENDER;
	else if (sv_starts(text, SV("RCPT ")) || sv_starts(text, SV("DATA")))
		post->phase = PHASE_MAIL;
	else if (sv_starts(text, SV("QUIT")))
		post->parting = true;
	return 0;
}

static void set_up(struct post *post)
{
	CURL *curl;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (curl = curl_easy_init()) == NULL)
		abort(); /* out of memory */
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_URL, post->url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, post->problem);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(post->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, POST_CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_FTP_RESPONSE_TIMEOUT, POST_ANSWER_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, POST_SECONDS);
	if (post->authorities.n > 0) {
		struct curl_blob blob = { .data = (void *)(uintptr_t)post->authorities.p,
					  .len = post->authorities.n, .flags = CURL_BLOB_NOCOPY };

		curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	}
	if (post->user[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_USERNAME, post->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, post->password ? post->password : "");
	}
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(curl, CURLOPT_READDATA, post);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, post);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* for DEBUGFUNCTION */
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, post);
	post->curl = curl;
}

/* ---- one mail ---- */

struct outcome {
	enum mail_outcome outcome;
	bool general; /* another mail would fare the same */
};

/*
 * A refusal (5xx) belongs to the mail once its recipient was named; one before
 * that, as of a wrong password, speaks about us and must not cost any mail.
 * 552 to the sender's line says that this mail is too large.
 */
static struct outcome judge(const struct post *post, CURLcode code)
{
	const int answer = post->said.n > 0 ? post->said.p[0] - '0' : 0;
	/* "354 go on", and then nothing more: it has the text, or it has not. */
	const bool lost = answer == 3 && post->phase == PHASE_MAIL && post->at == post->message.n;
	const bool too_large = sv_starts(buf_sv(&post->said), SV("552"));

	if (code == CURLE_OK)
		return (struct outcome){ MAIL_TAKEN, false };
	if (answer == 5 &&
	    (post->phase == PHASE_MAIL || (post->phase == PHASE_SENDER && too_large)) &&
	    code != CURLE_OPERATION_TIMEDOUT)
		return (struct outcome){ MAIL_REFUSED, false };
	return (struct outcome){ lost ? MAIL_LOST : MAIL_AWAY,
				 post->phase != PHASE_MAIL || answer != 4 };
}

static void put_path(char path[static PATH_SIZE], struct sv address)
{
	snprintf(path, PATH_SIZE, "<%.*s>", SV_ARG(address));
}

static struct outcome send_one(struct post *post, const struct mail *mail)
{
	char from[PATH_SIZE], to[PATH_SIZE];
	struct curl_slist *recipient;
	struct outcome outcome;
	CURLcode code;

	put_path(from, post->sender.from);
	put_path(to, mail->to);
	recipient = curl_slist_append(NULL, to);
	if (recipient == NULL)
		abort(); /* out of memory */
	curl_easy_setopt(post->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(post->curl, CURLOPT_MAIL_RCPT, recipient);
	curl_easy_setopt(post->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)post->message.n);
	buf_clear(&post->said);
	post->phase = PHASE_BEFORE;
	post->parting = false;
	post->at = 0;
	post->problem[0] = '\0';
	code = curl_easy_perform(post->curl);
	outcome = judge(post, code);
	/* An answer that was good does not say what went wrong. */
	if (code != CURLE_OK && (post->said.n == 0 || post->said.p[0] < '4')) {
		buf_clear(&post->said);
		buf_put_sv(&post->said, sv_from(post->problem[0] ? post->problem
								 : curl_easy_strerror(code)));
	}
	curl_slist_free_all(recipient);
	return outcome;
}

static int get_mail(struct message *question, struct mail *ret, struct err *err)
{
	struct mail mail = { .state = MAIL_QUEUED };

	if (message_get_text(question, UUID_TEXT_MAX, &mail.id, err) != 0 ||
	    message_get_text(question, MAIL_ADDRESS_MAX, &mail.to, err) != 0 ||
	    message_get_text(question, MAIL_SUBJECT_MAX, &mail.to_name, err) != 0 ||
	    message_get_text(question, MAIL_SUBJECT_MAX, &mail.subject, err) != 0 ||
	    message_get_text(question, MAIL_BODY_MAX, &mail.body, err) != 0 ||
	    message_get_text(question, MAIL_CALENDAR_MAX, &mail.calendar, err) != 0 ||
	    message_get_i64(question, &mail.created.us, err) != 0 ||
	    message_end(question, err) != 0)
		return -1;
	*ret = mail;
	return 0;
}

static int handle_mail(void *context, struct message *question, struct message *answer,
		       struct err *err)
{
	struct post *post = context;
	struct outcome outcome = { MAIL_REFUSED, false };
	struct err why = ERR_INIT;
	struct mail mail;

	if (get_mail(question, &mail, err) != 0)
		return -1;
	buf_clear(&post->message);
	if (mail_compose(&mail, &post->sender, &post->message, &why) == 0) {
		outcome = send_one(post, &mail);
	} else {
		buf_clear(&post->said);
		buf_put_sv(&post->said, sv_from(why.text));
	}
	message_init(answer, POST_DONE);
	message_put_u64(answer, outcome.outcome);
	message_put_bool(answer, outcome.general);
	message_put_sv(answer, sv_slice(buf_sv(&post->said), 0, POST_SAID_MAX));
	return 0;
}

/* ---- life ---- */

/* A new link to the server. Returns 1; 0 where the parent is gone; -1. */
static int hear_parent(struct post *post, struct err *err)
{
	struct message message;
	struct sv name;
	int fd, r = message_receive(ROLE_CHANNEL_FD, 0, &message, err);

	if (r != 1)
		return r;
	r = role_get_peer(&message, &name, &fd, err);
	if (r == 0) {
		if (post->link >= 0)
			close(post->link);
		post->link = fd;
		r = 1;
	}
	message_done(&message);
	return r;
}

static int serve(struct post *post, struct err *err)
{
	static const struct message_rule rule[] = {
		{ POST_MAIL, "mail", handle_mail, 0, 0 },
	};
	struct dispatcher dispatcher = { .rule = rule, .count = 1, .context = post };

	for (;;) {
		struct pollfd ready[] = { { ROLE_CHANNEL_FD, POLLIN, 0 }, { post->link, POLLIN, 0 } };
		int r = 1;

		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "waiting");
		if (ready[0].revents != 0)
			r = hear_parent(post, err);
		else if (ready[1].revents != 0 && dispatcher_serve(&dispatcher, post->link, 0, err) <= 0) {
			close(post->link); /* the server ended; the parent brings the next one */
			post->link = -1;
		}
		if (r <= 0)
			return r;
	}
}

static int lock_in(const struct log *log, struct err *err)
{
	static const struct sandbox_path path[] = {
		{ "/etc/ssl", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/usr/lib/ssl", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/usr/share/ca-certificates", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/resolv.conf", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/run/systemd/resolve", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/hosts", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/host.conf", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/nsswitch.conf", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/gai.conf", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/services", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/dev/urandom", SANDBOX_READ | SANDBOX_OPTIONAL },
	};
	const struct sandbox_options options = {
		.profile = SANDBOX_COURIER, .path = path, .path_count = sizeof path / sizeof *path,
		.user = USER, .skip = SANDBOX_SKIP,
	};
	struct sandbox_report report;

	if (sandbox_enter(&options, &report, err) != 0)
		return err_wrap(err, "locking in");
	if (report.landlock == 0)
		log_line(log, LOG_WARNING, "no Landlock on this kernel: files are guarded by their owner only",
			 LOG_STR("why", report.landlock_why));
	return 0;
}

/* Whole files, before the door closes. */
static int read_password(struct post *post, const char *path, struct err *err)
{
	struct sv rest, line;
	struct buf text;
	int r;

	buf_init(&text, POST_PASSWORD_MAX);
	r = file_read(path, &text, err);
	rest = buf_sv(&text);
	line = sv_cut(&rest, '\n');
	if (r == 0)
		post->password = mem_dup_sv(sv_ends(line, SV("\r")) ? sv_slice(line, 0, line.n - 1)
								    : line);
	if (text.p != NULL)
		explicit_bzero(text.p, text.n);
	buf_done(&text);
	return r;
}

static int read_authorities(struct post *post, const char *path, struct err *err)
{
	struct buf text;
	int r;

	buf_init(&text, POST_FILE_MAX);
	r = file_read(path, &text, err);
	if (r == 0) {
		post->authorities.n = text.n;
		post->authorities.p = buf_detach(&text);
	}
	buf_done(&text);
	return r;
}

static int start(struct post *post, char **argument, struct err *err)
{
	post->url = argument[0];
	post->tls = strcmp(argument[1], "none") != 0;
	post->user = argument[3];
	if (!post_sender_parse(sv_from(argument[2]), &post->sender))
		return err_set(err, ERR_USAGE, "the sender is no mail address");
	if ((argument[4][0] != '\0' && read_password(post, argument[4], err) != 0) ||
	    (argument[5][0] != '\0' && read_authorities(post, argument[5], err) != 0))
		return -1;
	set_up(post);
	if (lock_in(post->log, err) != 0)
		return -1;
	return role_ready(err);
}

static int post_run(int argc, char **argv)
{
	const struct log log = { STDERR_FILENO, LOG_INFO, "hikeshi-post" };
	struct post post = { .link = -1, .log = &log };
	struct err err = ERR_INIT;
	int r;

	if (argc != 1 + POST_ARGUMENTS)
		return err_exit_status(ERR_USAGE);
	signal(SIGPIPE, SIG_IGN);
	buf_init(&post.message, MAIL_MESSAGE_MAX);
	buf_init(&post.said, POST_SAID_MAX + CURL_ERROR_SIZE);
	r = start(&post, argv + 1, &err);
	if (r == 0)
		r = serve(&post, &err);
	if (r < 0)
		log_error(&log, LOG_ERROR, "the post ends", &err);
	if (post.curl != NULL)
		curl_easy_cleanup(post.curl);
	curl_global_cleanup();
	if (post.password != NULL)
		explicit_bzero(post.password, strlen(post.password));
	free(post.password);
	free((void *)(uintptr_t)post.authorities.p);
	buf_done(&post.message);
	buf_done(&post.said);
	return r < 0 ? err_exit_status(err.code) : 0;
}

int main(int argc, char **argv)
{
	static const struct role role[] = { { "post", post_run } };
	struct err err = ERR_INIT;
	const struct role *wanted = role_wanted(role, 1, &argc, argv, &err);

	if (wanted != NULL)
		return wanted->run(argc, argv);
	fprintf(stderr, "hikeshi-post: this program is started by hikeshi-centre\n");
	return err_exit_status(ERR_USAGE);
}
