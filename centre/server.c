#include "centre/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/role.h"
#include "centre/audit.h"
#include "centre/board.h"
#include "centre/centre.h"
#include "centre/confine.h"
#include "centre/detector.h"
#include "centre/effects.h"
#include "centre/enrol.h"
#include "centre/http.h"
#include "centre/ingest.h"
#include "centre/keeper.h"
#include "centre/key.h"
#include "centre/limiter.h"
#include "centre/live.h"
#include "centre/jobs.h"
#include "centre/order.h"
#include "centre/post.h"
#include "centre/programme_clock.h"
#include "centre/reports.h"
#include "centre/schema.h"
#include "centre/seen.h"
#include "centre/upkeep.h"
#include "centre/visitors.h"
#include "forms/upload.h"
#include "incident/incident.h"
#include "lottery/lottery.h"
#include "mail/mail.h"
#include "programme/application.h"
#include "report/report.h"
#include "seminar/seminar.h"
#include "support/support.h"

#define ARENA_MAX (1U << 20)
#define PROBLEMS_LOGGED_MAX 20 /* of one loading of rules */
#define LINK_WAIT_MS 10000

struct server {
	struct layout layout;
	struct arena *arena; /* of the process */
	const char *const *rules;
	const char *placeholders; /* empty: none */
	struct uploads uploads;
	size_t rules_count;
	int signals; /* signalfd */
	struct log log;
	struct centre centre;
	struct keeper *keeper;
	struct upkeep *upkeep;
	bool has_smtp;
	struct programme_clock *programme;
};

/* ---- stores ---- */

struct store *server_open_records(const char *url, struct err *err)
{
	const struct {
		const struct store_migration *row;
		size_t count;
	} part[] = {
		{ centre_migrations, centre_migration_count },
		{ programme_migrations, programme_migration_count },
		{ forms_migrations, forms_migration_count },
		{ board_migrations, board_migration_count },
		{ lottery_migrations, lottery_migration_count },
		{ seminar_migrations, seminar_migration_count },
		{ support_migrations, support_migration_count },
		{ effects_migrations, effects_migration_count },
		{ mail_migrations, mail_migration_count },
		{ incident_migrations, incident_migration_count },
		{ report_migrations, report_migration_count },
		{ order_migrations, order_migration_count },
		{ enrol_migrations, enrol_migration_count },
		{ detector_migrations, detector_migration_count },
	};
	struct store *store = store_open(url, err);

	for (size_t i = 0; store != NULL && i < sizeof part / sizeof *part; i++) {
		if (store_migrate(store, part[i].row, part[i].count, err) != 0) {
			store_close(store);
			return NULL;
		}
	}
	return store;
}

static int open_stores(struct server *server, struct err *err)
{
	struct store *records = server_open_records(server->layout.records_url, err);

	if (records == NULL)
		return err_wrap(err, "opening %s", server->layout.records);
	store_close(records);
	server->centre.records_url = server->layout.records_url;
	server->uploads.folder = server->layout.uploads;
	server->centre.uploads = &server->uploads;
	server->centre.events = event_store_open(server->layout.events, err);
	if (server->centre.events == NULL)
		return err_wrap(err, "opening %s", server->layout.events);
	return 0;
}

/* ---- rules ---- */

static void tell_problems(const struct server *server, const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t n = ruleset_problems(ruleset, &problem);
	size_t kind[PROBLEM_WARNING + 1] = { 0 }, told = 0;

	for (size_t i = 0; i < n; i++) {
		kind[problem[i].kind]++;
		if (problem[i].kind != PROBLEM_NOT_COMPILED || told++ >= PROBLEMS_LOGGED_MAX)
			continue;
		log_line(&server->log, LOG_WARNING, "a rule was left out",
			 LOG_TEXT("file", problem[i].file), LOG_INT("line", problem[i].line),
			 LOG_TEXT("reason", problem[i].reason));
	}
	log_line(&server->log, LOG_INFO, "rules loaded", LOG_INT("rules", ruleset_count(ruleset)),
		 LOG_INT("not_compiled", kind[PROBLEM_NOT_COMPILED]),
		 LOG_INT("not_loaded", kind[PROBLEM_NOT_LOADED]),
		 LOG_INT("skipped", kind[PROBLEM_SKIPPED]), LOG_TEXT("digest", ruleset_digest(ruleset)));
}

/* Where loading fails, the rules before stay in force. */
static void load_rules(struct server *server)
{
	struct ruleset_options options = { .path = server->rules,
					   .path_count = server->rules_count };
	struct ruleset_placeholders *placeholders = NULL;
	struct ruleset *ruleset = NULL;
	struct err err = ERR_INIT;

	if (server->placeholders[0] != '\0') {
		placeholders = ruleset_placeholders_load(server->placeholders, &err);
		options.placeholder = placeholders ? placeholders->list : NULL;
		options.placeholder_count = placeholders ? placeholders->count : 0;
	}
	if (server->placeholders[0] == '\0' || placeholders != NULL)
		ruleset = ruleset_load(&options, &err);
	ruleset_placeholders_free(placeholders);
	if (ruleset == NULL) {
		log_error(&server->log, LOG_ERROR, "rules could not be loaded", &err);
		return;
	}
	tell_problems(server, ruleset);
	centre_set_ruleset(&server->centre, ruleset);
	detector_wake(server->centre.detector);
}

/* ---- life ---- */

/* From now on no signal interrupts anything: they come through a descriptor. */
static int take_signals(struct server *server, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return server->signals < 0 ? err_errno(err, errno, "taking signals") : 0;
}

static void clock_moved(void *context)
{
	const struct centre *centre = context;

	jobs_wake(centre->jobs);
}

static int start_parts(struct server *server, struct err *err)
{
	struct centre *centre = &server->centre;
	const struct http_options options = {
		.people_fd = ROLE_CHANNEL_FD + 1, .devices_fd = ROLE_CHANNEL_FD + 2,
		.workers = SERVER_WORKERS, .centre = centre, .log = &server->log,
		.clock = centre->clock, .programme = centre->programme,
		.worker_new = worker_new, .worker_free = worker_free,
	};

	centre->live = live_new();
	centre->limiter = limiter_new();
	centre->refusals = refusals_new();
	centre->orders = orders_new();
	centre->seen = seen_new();
	centre->visitors = visitors_new();
	centre->ingest = ingest_new(centre->events, &server->log);
	centre->detector = detector_new(centre, err);
	if (centre->detector == NULL)
		return err_wrap(err, "starting detection");
	ingest_attach(centre->ingest, centre);
	load_rules(server);
	server->keeper = keeper_new(centre, err);
	server->upkeep = server->keeper ? upkeep_new(centre, err) : NULL;
	if (server->upkeep == NULL)
		return err_wrap(err, "starting upkeep");
	centre->post = post_new(centre, server->has_smtp, err);
	if (centre->post == NULL)
		return err_wrap(err, "starting the post");
	centre->reports = reports_new(centre, err);
	if (centre->reports == NULL)
		return err_wrap(err, "starting reports");
	centre->jobs = jobs_new(centre, err);
	if (centre->jobs == NULL)
		return err_wrap(err, "starting jobs");
	programme_clock_start(server->programme, clock_moved, centre);
	if (http_new(&options, err) == NULL)
		return err_wrap(err, "starting HTTP");
	return 0;
}

/* What answers people ends first; what has been taken is stored and detected. */
static void stop_parts(struct server *server)
{
	struct centre *centre = &server->centre;

	http_free(centre->http);
	post_free(centre->post);
	programme_clock_free(server->programme);
	jobs_free(centre->jobs);
	reports_free(centre->reports);
	upkeep_free(server->upkeep);
	keeper_free(server->keeper);
	ingest_free(centre->ingest);
	detector_free(centre->detector);
	orders_free(centre->orders);
	seen_free(centre->seen);
	visitors_free(centre->visitors);
	refusals_free(centre->refusals);
	limiter_free(centre->limiter);
	live_free(centre->live);
	key_free(centre->key);
	event_store_close(centre->events);
	ruleset_unref(centre->ruleset);
	catalogue_unref(centre->catalogue);
	pthread_mutex_destroy(&centre->ruleset_lock);
}

static void attach_key(struct centre *centre, int fd)
{
	key_attach(centre->key, fd);
}

static void attach_post(struct centre *centre, int fd)
{
	post_attach(centre->post, fd);
}

static void attach_press_1(struct centre *centre, int fd)
{
	reports_attach(centre->reports, 0, fd);
}

static void attach_press_2(struct centre *centre, int fd)
{
	reports_attach(centre->reports, 1, fd);
}

static int attach(struct centre *centre, struct sv name, int take_fd, struct err *err)
{
	static const struct {
		const char *name;
		void (*attach)(struct centre *centre, int take_fd);
	} row[] = {
		{ "key", attach_key },
		{ "post", attach_post },
		{ "press-1", attach_press_1 },
		{ "press-2", attach_press_2 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (sv_eq(name, sv_from(row[i].name))) {
			row[i].attach(centre, take_fd);
			return 1;
		}
	}
	close(take_fd);
	return err_set(err, ERR_INTERNAL, "a link to %.*s", SV_ARG(name));
}

/* A new link to another process. Returns 1; 0 where the parent is gone; -1. */
static int hear_parent(struct server *server, struct err *err)
{
	struct message message;
	struct sv name;
	int fd, r = message_receive(ROLE_CHANNEL_FD, 0, &message, err);

	if (r != 1)
		return r;
	r = role_get_peer(&message, &name, &fd, err);
	if (r == 0)
		r = attach(&server->centre, name, fd, err);
	message_done(&message);
	return r;
}

/* Returns 0 where it is time to end. */
static int hear_signals(struct server *server)
{
	struct signalfd_siginfo signal;

	while (read(server->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
		if (signal.ssi_signo != SIGHUP)
			return 0;
		load_rules(server);
		jobs_wake(server->centre.jobs); /* looks at the catalogue, too */
	}
	return 1;
}

static int serve(struct server *server, struct err *err)
{
	for (;;) {
		struct pollfd ready[] = { { ROLE_CHANNEL_FD, POLLIN, 0 },
					  { server->signals, POLLIN, 0 } };
		int r = 1;

		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "waiting");
		if (ready[0].revents != 0)
			r = hear_parent(server, err);
		if (r > 0 && ready[1].revents != 0)
			r = hear_signals(server);
		if (r <= 0)
			return r;
	}
}

static int start(struct server *server, const char *data, struct err *err)
{
	int fd;

	if (take_signals(server, err) != 0 ||
	    layout_open(data, server->arena, &server->layout, err) != 0)
		return -1;
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "libsodium does not start");
	server->programme = programme_clock_new(&server->layout, err);
	if (server->programme == NULL)
		return err_wrap(err, "starting the programme clock");
	server->centre.programme = programme_clock_view(server->programme);
	if (confine_server(&server->layout, server->placeholders, server->rules,
			   server->rules_count, &server->log, err) != 0 ||
	    open_stores(server, err) != 0 ||
	    role_wait_peer("key", LINK_WAIT_MS, &fd, err) != 0)
		return -1;
	key_attach(server->centre.key, fd);
	if (start_parts(server, err) != 0)
		return -1;
	return role_ready(err);
}

int server_run(int argc, char **argv)
{
	struct server server = {
		.log = { .fd = STDERR_FILENO, .level = LOG_INFO, .program = "hikeshi-centre/server" },
		.rules_count = argc > 7 ? (size_t)argc - 7 : 0,
	};
	struct err err = ERR_INIT;
	int r;

	if (argc < 7 || server.rules_count > SERVER_RULES_MAX)
		return err_exit_status(ERR_USAGE);
	server.placeholders = argv[5];
	server.uploads.clamd = argv[6][0] != '\0' ? argv[6] : NULL;
	server.rules = (const char *const *)argv + 7;
	server.arena = arena_new(ARENA_MAX);
	server.centre.key = key_new();
	server.centre.log = &server.log;
	server.centre.clock = clock_real();
	server.centre.started = clock_now(server.centre.clock);
	server.centre.people_url = argv[2];
	server.centre.devices_url = argv[3];
	server.has_smtp = strcmp(argv[4], SERVER_MAILS_POST) == 0;
	server.centre.version = HIKESHI_VERSION;
	pthread_mutex_init(&server.centre.ruleset_lock, NULL);
	r = start(&server, argv[1], &err);
	if (r == 0)
		r = serve(&server, &err);
	if (r < 0)
		log_error(&server.log, LOG_ERROR, "the server ends", &err);
	stop_parts(&server);
	arena_free(server.arena);
	return r < 0 ? err_exit_status(err.code) : 0;
}
