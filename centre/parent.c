#include "centre/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/supervisor.h"
#include "base/text.h"
#include "centre/http.h"
#include "centre/key.h"
#include "mail/post.h"

#define ARENA_MAX (1U << 20)
#define POST_PROGRAM "hikeshi-post"
#define PRESS_PROGRAM "hikeshi-press"
#define ARGUMENTS_MAX (9 + WIRE_NAMES_MAX + SERVER_RULES_MAX)
#define PROBE_MS 50             /* between two looks whether nginx answers */
#define PROBES_MAX 400
#define RENEW_US (6 * 3600 * UINT64_C(1000000))

struct parent {
	const struct parent_options *options;
	struct layout layout;
	struct arena *arena;
	struct log log;
	int lock, people_fd, devices_fd, signals;
	const char *console;
	const char *front_user; /* user and group of nginx's workers; NULL: ours */
	uid_t front_uid;
	const char *people_url, *devices_url;
	const char *key_argument[ARGUMENTS_MAX], *server_argument[ARGUMENTS_MAX];
	const char *nginx_argument[ARGUMENTS_MAX], *post_argument[POST_ARGUMENTS + 1];
	char nginx[256], post[PATH_MAX], press[PATH_MAX];
	struct supervisor *supervisor;
	bool stopping;
	uint64_t renew_at;
};

/* ---- before anything is started ---- */

/* Two centres on one directory would spoil each other's sockets and stores. */
static int lock_data(struct parent *parent, struct err *err)
{
	const char *path = arena_printf(parent->arena, "%s/lock", parent->layout.run).p;

	parent->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (parent->lock < 0)
		return err_errno(err, errno, "opening %s", path);
	if (flock(parent->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	err_set(err, ERR_CONFLICT, _("another centre works with %s"), parent->layout.root);
	return err_hint(err, _("end it first, or give another directory with --data"));
}

/* A program that only we start. */
static int program_beside(const char *name, char ret[static PATH_MAX], struct err *err)
{
	static const char *const place[] = { "/../libexec/hikeshi/", "/../mail/", "/../report/", "/" };
	char folder[PATH_MAX];

	file_program_folder(folder);
	for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
		if (snprintf(ret, PATH_MAX, "%s%s%s", folder, place[i], name) < PATH_MAX &&
		    access(ret, X_OK) == 0)
			return 0;
	}
	err_set(err, ERR_NOT_FOUND, _("%s is not in ../libexec/hikeshi beside this program"), name);
	return err_hint(err, _("install the centre anew: its programs belong together"));
}

/* Beside the program: ../share/NAME, where it is there. */
static const char *beside(struct parent *parent, const char *name)
{
	char folder[PATH_MAX], path[PATH_MAX + 64], real[PATH_MAX];

	snprintf(path, sizeof path, "%s/../share/%s", file_program_folder(folder), name);
	if (realpath(path, real) == NULL)
		return NULL;
	return arena_dup(parent->arena, sv_from(real)).p;
}

/*
 * Whom nginx's workers become: somebody else than the server, because they
 * read what strangers send, and who can reach the sockets and the console.
 * Where there is nobody like that, root keeps them, and says so.
 */
static void choose_front(struct parent *parent)
{
	static const char *const user[] = { "www-data", "nobody" };

	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof user / sizeof *user; i++) {
		const struct passwd *row = getpwnam(user[i]);
		const struct group *group = row ? getgrgid(row->pw_gid) : NULL;

		if (group == NULL || row->pw_uid == parent->layout.owner.uid ||
		    !layout_reaches(parent->layout.run, row->pw_uid, row->pw_gid) ||
		    (parent->console != NULL &&
		     !layout_reaches(parent->console, row->pw_uid, row->pw_gid)))
			continue;
		parent->front_user =
			arena_printf(parent->arena, "%s %s", user[i], group->gr_name).p;
		parent->front_uid = row->pw_uid;
		return;
	}
	parent->front_user = "root root";
	log_line(&parent->log, LOG_WARNING,
		 "nginx's workers stay root: another user cannot reach the data or the console",
		 LOG_STR("data", parent->layout.root));
}

static int open_socket(struct parent *parent, const char *path, int *ret, struct err *err)
{
	*ret = http_listen_unix(path, err);
	if (*ret < 0)
		return -1;
	if (parent->front_user != NULL && chown(path, parent->front_uid, (gid_t)-1) != 0)
		return err_errno(err, errno, "handing %s over", path);
	return 0;
}

static bool is_any(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static const char *url_of(struct parent *parent, const struct nginx_address *address,
			  const char *given)
{
	char name[NGINX_HOST_MAX + 1];
	const char *host = address->host;
	const bool ip6 = strchr(host, ':') != NULL && !is_any(host);

	if (given != NULL)
		return given;
	if (is_any(host) && gethostname(name, sizeof name) == 0)
		host = name;
	if (address->port == 443)
		return arena_printf(parent->arena, "https://%s%s%s", ip6 ? "[" : "", host,
				    ip6 ? "]" : "").p;
	return arena_printf(parent->arena, "https://%s%s%s:%u", ip6 ? "[" : "", host,
			    ip6 ? "]" : "", address->port).p;
}

/* Under which names our front may be reached; each once. */
static void add_name(struct parent *parent, size_t *count, struct sv name)
{
	const char **list = parent->key_argument;

	if (name.n == 0 || is_any(arena_dup(parent->arena, name).p) ||
	    *count == 1 + WIRE_NAMES_MAX)
		return;
	for (size_t i = 1; i < *count; i++) {
		if (sv_eq(sv_from(list[i]), name))
			return;
	}
	list[(*count)++] = arena_dup(parent->arena, name).p;
}

static struct sv host_of(const char *url)
{
	struct sv rest = sv_slice(sv_from(url), strlen("https://"), SIZE_MAX);

	if (rest.n > 0 && rest.p[0] == '[') {
		rest = sv_slice(rest, 1, rest.n);
		return sv_cut(&rest, ']');
	}
	rest = sv_cut(&rest, '/');
	return sv_cut(&rest, ':');
}

static void list_key_arguments(struct parent *parent)
{
	const struct parent_options *options = parent->options;
	char name[NGINX_HOST_MAX + 1] = "";
	size_t n = 0;

	parent->key_argument[n++] = parent->layout.root;
	add_name(parent, &n, host_of(parent->people_url));
	add_name(parent, &n, host_of(parent->devices_url));
	add_name(parent, &n, sv_from(options->people.host));
	add_name(parent, &n, sv_from(options->devices.host));
	for (size_t i = 0; i < options->name_count; i++)
		add_name(parent, &n, sv_from(options->name[i]));
	add_name(parent, &n, SV("localhost"));
	add_name(parent, &n, SV("127.0.0.1"));
	add_name(parent, &n, SV("::1"));
	if (gethostname(name, sizeof name) == 0)
		add_name(parent, &n, sv_from(name));
	parent->key_argument[n] = NULL;
}

static int list_server_arguments(struct parent *parent, struct err *err)
{
	const struct parent_options *options = parent->options;
	const char *own = beside(parent, "hikeshi/rules/sigma");
	char real[PATH_MAX];
	size_t n = 0;

	parent->server_argument[n++] = parent->layout.root;
	parent->server_argument[n++] = parent->people_url;
	parent->server_argument[n++] = parent->devices_url;
	parent->server_argument[n++] = options->smtp != NULL ? SERVER_MAILS_POST : SERVER_MAILS_KEEP;
	parent->server_argument[n++] = "";
	if (options->placeholders != NULL) {
		if (realpath(options->placeholders, real) == NULL) {
			err_errno(err, errno, "%s", options->placeholders);
			return err_hint(err, _("give a file of values with --placeholders"));
		}
		parent->server_argument[n - 1] = arena_dup(parent->arena, sv_from(real)).p;
	}
	parent->server_argument[n++] = options->clamd != NULL ? options->clamd : "";
	if (own != NULL)
		parent->server_argument[n++] = own;
	for (size_t i = 0; i < options->rules_count; i++) {
		if (realpath(options->rules[i], real) == NULL) {
			err_errno(err, errno, "%s", options->rules[i]);
			return err_hint(err, _("give a folder of Sigma rules with --rules"));
		}
		parent->server_argument[n++] = arena_dup(parent->arena, sv_from(real)).p;
	}
	parent->server_argument[n] = NULL;
	return 0;
}

static bool is_loopback(const char *smtp)
{
	struct sv host = sv_from(smtp);

	host = sv_slice(host, sv_find(host, SV("://"), 0) + 3, SIZE_MAX);
	host = sv_cut(&host, '/');
	if (sv_starts(host, SV("[::1]")))
		return true;
	host = sv_cut(&host, ':');
	return sv_eq(host, SV("127.0.0.1")) || sv_eq_case(host, SV("localhost"));
}

/*
 * On loopback nobody listens, and certificates of servers there are seldom good
 * ones; but who names an authority wants TLS.
 */
static int list_post_arguments(struct parent *parent, struct err *err)
{
	const struct parent_options *options = parent->options;
	const char **list = parent->post_argument;

	if (options->smtp == NULL)
		return 0;
	*list++ = options->smtp;
	*list++ = options->smtp_plain || (is_loopback(options->smtp) && options->smtp_ca == NULL)
			  ? "none" : "needed";
	*list++ = options->mail_from;
	*list++ = options->smtp_user != NULL ? options->smtp_user : "";
	*list++ = options->smtp_password_file != NULL ? options->smtp_password_file : "";
	*list++ = options->smtp_ca != NULL ? options->smtp_ca : "";
	*list = NULL;
	return program_beside(POST_PROGRAM, parent->post, err);
}

static void list_nginx_arguments(struct parent *parent)
{
	const char **list = parent->nginx_argument;

	*list++ = "-e";
	*list++ = "stderr";
	*list++ = "-p";
	*list++ = parent->layout.nginx;
	*list++ = "-c";
	*list++ = parent->layout.nginx_conf;
	*list = NULL;
}

static int prepare(struct parent *parent, struct err *err)
{
	const struct parent_options *options = parent->options;

	if (layout_open(options->data, parent->arena, &parent->layout, err) != 0 ||
	    lock_data(parent, err) != 0 || nginx_find(parent->nginx, err) == NULL ||
	    nginx_address_check(&options->people, err) != 0 ||
	    nginx_address_check(&options->devices, err) != 0 ||
	    key_make(&parent->layout, clock_now(clock_real()), err) != 0)
		return -1;
	parent->console = beside(parent, "console");
	choose_front(parent);
	if (open_socket(parent, parent->layout.people_socket, &parent->people_fd, err) != 0 ||
	    open_socket(parent, parent->layout.devices_socket, &parent->devices_fd, err) != 0)
		return -1;
	parent->people_url = url_of(parent, &options->people, options->people_url);
	parent->devices_url = url_of(parent, &options->devices, options->devices_url);
	list_key_arguments(parent);
	list_nginx_arguments(parent);
	if (list_post_arguments(parent, err) != 0 ||
	    program_beside(PRESS_PROGRAM, parent->press, err) != 0)
		return -1;
	return list_server_arguments(parent, err);
}

static int write_nginx(void *context, struct err *err)
{
	const struct parent *parent = context;
	const struct nginx_options options = {
		.layout = &parent->layout, .user = parent->front_user,
		.people = parent->options->people, .devices = parent->options->devices,
		.console = parent->console,
	};

	return nginx_write(&options, err);
}

/* ---- while it runs ---- */

static void report(void *context, enum supervisor_event event, const char *name, int64_t number,
		   const struct err *error)
{
	const struct parent *parent = context;
	static const struct {
		enum log_level level;
		const char *text, *number;
	} row[] = {
		[SUPERVISOR_STARTED] = { LOG_INFO, "started", "pid" },
		[SUPERVISOR_READY] = { LOG_INFO, "ready", "ms" },
		[SUPERVISOR_DIED] = { LOG_ERROR, "died", "status" },
		[SUPERVISOR_DELAYED] = { LOG_WARNING, "starts again", "in_ms" },
		[SUPERVISOR_BROKEN] = { LOG_ERROR, "broken", "number" },
		[SUPERVISOR_KILLED] = { LOG_ERROR, "killed: it did not end in time", "pid" },
	};

	if (parent->stopping && event == SUPERVISOR_DIED)
		log_line(&parent->log, LOG_INFO, "ended", LOG_STR("process", name));
	else if (error != NULL && event == SUPERVISOR_BROKEN)
		log_line(&parent->log, row[event].level, row[event].text, LOG_STR("process", name),
			 LOG_STR("error", error->text));
	else
		log_line(&parent->log, row[event].level, row[event].text, LOG_STR("process", name),
			 LOG_INT(row[event].number, number));
}

static bool answers(const struct nginx_address *address)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV };
	struct addrinfo *row;
	bool ok = false;
	char port[8];
	int fd;

	snprintf(port, sizeof port, "%u", address->port);
	if (getaddrinfo(address->host, port, &hints, &row) != 0)
		return false;
	fd = socket(row->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		ok = connect(fd, row->ai_addr, row->ai_addrlen) == 0;
		close(fd);
	}
	freeaddrinfo(row);
	return ok;
}

static void say_ready(const struct parent *parent)
{
	printf("ready %s\n", parent->people_url);
	fflush(stdout);
	log_line(&parent->log, LOG_INFO, "the centre is ready", LOG_STR("people", parent->people_url),
		 LOG_STR("devices", parent->devices_url));
}

/* The front's certificate, now and then. */
static void renew(struct parent *parent)
{
	const int channel = supervisor_channel(parent->supervisor, "key");
	const pid_t nginx = supervisor_pid(parent->supervisor, "nginx");
	struct err err = ERR_INIT;
	bool renewed = false;

	if (clock_monotonic_us() < parent->renew_at || channel < 0)
		return;
	parent->renew_at = clock_monotonic_us() + RENEW_US;
	if (key_renew(channel, &parent->layout, &renewed, &err) != 0)
		log_error(&parent->log, LOG_ERROR, "the front's certificate was not looked at", &err);
	if (renewed && nginx > 0) {
		log_line(&parent->log, LOG_INFO, "the front's certificate is renewed");
		kill(nginx, SIGHUP);
	}
}

/* Returns 1 to go on, 0 to stop. */
static int hear_signals(struct parent *parent)
{
	struct signalfd_siginfo signal;

	while (read(parent->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
		if (signal.ssi_signo != SIGHUP)
			return 0;
		supervisor_signal(parent->supervisor, SIGHUP);
	}
	return 1;
}

static int loop(struct parent *parent, struct err *err)
{
	const struct parent_options *options = parent->options;
	int probes = 0;
	bool ready = false;

	for (;;) {
		struct pollfd event[] = { { parent->signals, POLLIN, 0 },
					  { supervisor_fd(parent->supervisor), POLLIN, 0 } };

		if (poll(event, 2, ready ? 1000 : PROBE_MS) < 0 && errno != EINTR)
			return err_errno(err, errno, "waiting");
		if (hear_signals(parent) == 0)
			return 0;
		if (supervisor_step(parent->supervisor, 0, err) != 0)
			return -1;
		if (ready) {
			renew(parent);
		} else if (supervisor_all_ready(parent->supervisor)) {
			ready = answers(&options->people) && answers(&options->devices);
			if (ready)
				say_ready(parent);
			else if (++probes == PROBES_MAX)
				return err_set(err, ERR_UNAVAILABLE, _("nginx does not answer"));
		}
	}
}

static int take_signals(struct parent *parent, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	parent->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return parent->signals < 0 ? err_errno(err, errno, "taking signals") : 0;
}

static int supervise(struct parent *parent, struct err *err)
{
	const struct supervisor_row row[] = {
		{ .options = { .name = "key", .argument = parent->key_argument } },
		{ .options = { .name = "server", .argument = parent->server_argument,
			       .fd = { parent->people_fd, parent->devices_fd }, .fd_count = 2 },
		  .wants_hup = true },
		{ .options = { .name = "nginx", .path = parent->nginx,
			       .argument = parent->nginx_argument },
		  .prepare = write_nginx },
		{ .options = { .name = "press-1", .program = parent->press } },
		{ .options = { .name = "press-2", .program = parent->press } },
		{ .options = { .name = "post", .program = parent->post,
			       .argument = parent->post_argument } },
	};
	const struct supervisor_link link[] = {
		{ "key", "server" },
		{ "server", "press-1" },
		{ "server", "press-2" },
		{ "server", "post" },
	};
	const size_t without_post = parent->options->smtp == NULL ? 1 : 0;
	const struct supervisor_options options = {
		.row = row, .row_count = sizeof row / sizeof *row - without_post,
		.link = link, .link_count = sizeof link / sizeof *link - without_post,
		.report = report, .context = parent,
	};
	int r;

	if (take_signals(parent, err) != 0)
		return -1;
	parent->supervisor = supervisor_new(&options, err);
	if (parent->supervisor == NULL)
		return -1;
	r = loop(parent, err);
	parent->stopping = true;
	supervisor_free(parent->supervisor);
	close(parent->signals);
	return r;
}

int parent_run(const struct parent_options *options, struct err *err)
{
	struct parent parent = {
		.options = options, .arena = arena_new(ARENA_MAX),
		.log = { .fd = STDERR_FILENO, .level = LOG_INFO, .program = "hikeshi-centre" },
		.lock = -1, .people_fd = -1, .devices_fd = -1,
	};
	int r = prepare(&parent, err);

	if (r == 0)
		r = supervise(&parent, err);
	if (parent.people_fd >= 0)
		close(parent.people_fd);
	if (parent.devices_fd >= 0)
		close(parent.devices_fd);
	if (parent.lock >= 0)
		close(parent.lock);
	arena_free(parent.arena);
	return r;
}
