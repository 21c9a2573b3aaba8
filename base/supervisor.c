#include "base/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define MS UINT64_C(1000)

enum state {
	STATE_WAITING, /* the row before it was not ready yet */
	STATE_DELAYED, /* until due_us */
	STATE_STARTED,
	STATE_READY,
};

struct entry {
	const struct supervisor_row *row;
	struct role_process process;
	enum state state;
	uint64_t started_us, due_us;
	uint32_t delay_ms;
	unsigned first_tries;
	bool was_ready;
};

struct supervisor {
	struct supervisor_options options;
	struct entry entry[SUPERVISOR_ROWS_MAX];
	size_t count;
	int epoll_fd, timer_fd;
};

/* What an epoll event means: the row, and which of its descriptors. */
enum source { SOURCE_CHANNEL, SOURCE_PROCESS, SOURCE_TIMER, SOURCE_COUNT };

static void report(const struct supervisor *supervisor, enum supervisor_event event,
		   const struct entry *entry, int64_t number, const struct err *error)
{
	if (supervisor->options.report)
		supervisor->options.report(supervisor->options.context, event,
					   entry->row->options.name, number, error);
}

static bool is_up(const struct entry *entry)
{
	return entry->state == STATE_STARTED || entry->state == STATE_READY;
}

static struct entry *find(const struct supervisor *supervisor, const char *name)
{
	union {
		const struct entry *given;
		struct entry *wanted;
	} u;

	for (size_t i = 0; i < supervisor->count; i++) {
		u.given = &supervisor->entry[i];
		if (strcmp(u.given->row->options.name, name) == 0)
			return u.wanted;
	}
	return NULL;
}

static int watch(struct supervisor *supervisor, int fd, size_t index, enum source source)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u64 = index * SOURCE_COUNT + source,
	};

	return epoll_ctl(supervisor->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int check_table(const struct supervisor_options *options, struct supervisor *supervisor,
		       struct err *err)
{
	if (options->row_count == 0 || options->row_count > SUPERVISOR_ROWS_MAX ||
	    options->link_count > SUPERVISOR_LINKS_MAX)
		return err_set(err, ERR_INTERNAL, "1 to %d rows, at most %d links",
			       SUPERVISOR_ROWS_MAX, SUPERVISOR_LINKS_MAX);
	for (size_t i = 0; i < options->row_count; i++) {
		if (find(supervisor, options->row[i].options.name))
			return err_set(err, ERR_INTERNAL, "two rows '%s'",
				       options->row[i].options.name);
		supervisor->entry[i] = (struct entry){
			.row = &options->row[i],
			.process = { -1, -1, -1 },
			.state = i == 0 ? STATE_DELAYED : STATE_WAITING,
			.delay_ms = SUPERVISOR_DELAY_MIN_MS,
		};
		supervisor->count++;
	}
	for (size_t i = 0; i < options->link_count; i++)
		if (!find(supervisor, options->link[i].one) ||
		    !find(supervisor, options->link[i].other))
			return err_set(err, ERR_INTERNAL, "a link between unknown rows");
	return 0;
}

static void arm_timer(struct supervisor *supervisor);

struct supervisor *supervisor_new(const struct supervisor_options *options, struct err *err)
{
	struct supervisor *supervisor = mem_zalloc(sizeof *supervisor);

	supervisor->options = *options;
	supervisor->timer_fd = -1;
	supervisor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (supervisor->epoll_fd >= 0)
		supervisor->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (supervisor->timer_fd < 0 ||
	    watch(supervisor, supervisor->timer_fd, 0, SOURCE_TIMER) < 0)
		err_errno(err, errno, "making a timer");
	else if (check_table(options, supervisor, err) == 0) {
		arm_timer(supervisor);
		return supervisor;
	}
	supervisor_free(supervisor);
	return NULL;
}

void supervisor_free(struct supervisor *supervisor)
{
	if (!supervisor)
		return;
	supervisor_stop(supervisor);
	if (supervisor->timer_fd >= 0)
		close(supervisor->timer_fd);
	if (supervisor->epoll_fd >= 0)
		close(supervisor->epoll_fd);
	free(supervisor);
}

int supervisor_fd(const struct supervisor *supervisor)
{
	return supervisor->epoll_fd;
}

bool supervisor_all_ready(const struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->count; i++)
		if (supervisor->entry[i].state != STATE_READY)
			return false;
	return true;
}

int supervisor_channel(const struct supervisor *supervisor, const char *name)
{
	const struct entry *entry = find(supervisor, name);

	return entry && is_up(entry) ? entry->process.channel : -1;
}

pid_t supervisor_pid(const struct supervisor *supervisor, const char *name)
{
	const struct entry *entry = find(supervisor, name);

	return entry && is_up(entry) ? entry->process.pid : -1;
}

void supervisor_signal(struct supervisor *supervisor, int signal)
{
	for (size_t i = 0; i < supervisor->count; i++)
		if (supervisor->entry[i].row->wants_hup && is_up(&supervisor->entry[i]))
			kill(supervisor->entry[i].process.pid, signal);
}

/* ---- starting ---- */

static int send_peer(const struct entry *to, const struct entry *other, int fd, struct err *err)
{
	struct message message;
	int status;

	message_init(&message, MESSAGE_PEER);
	message_put_sv(&message, sv_from(other->row->options.name));
	message_put_fd(&message, fd);
	status = message_send(to->process.channel, &message, err);
	message_done(&message);
	return status;
}

/* It breaks the rules, or cannot be talked to: it dies, and is started again. */
static void give_up_on(struct supervisor *supervisor, struct entry *entry, const struct err *error)
{
	report(supervisor, SUPERVISOR_BROKEN, entry, 0, error);
	kill(entry->process.pid, SIGKILL);
}

static void make_link(struct supervisor *supervisor, struct entry *one, struct entry *other)
{
	struct err err = ERR_INIT;
	int fd[2];

	if (!is_up(one) || !is_up(other) || one->process.channel < 0 || other->process.channel < 0)
		return;
	if (message_pair(fd, &err) < 0) {
		give_up_on(supervisor, one, &err);
		return;
	}
	if (send_peer(one, other, fd[0], &err) < 0)
		give_up_on(supervisor, one, &err);
	else if (send_peer(other, one, fd[1], &err) < 0)
		give_up_on(supervisor, other, &err);
	close(fd[0]);
	close(fd[1]);
}

static int try_start(struct supervisor *supervisor, struct entry *entry, struct err *err)
{
	const size_t index = (size_t)(entry - supervisor->entry);
	const struct supervisor_row *row = entry->row;
	struct role_process process;

	if (row->prepare && row->prepare(supervisor->options.context, err) < 0)
		return -1;
	if (role_spawn(&row->options, &process, err) < 0)
		return -1;
	/* A role that does not read must not hold up the parent. */
	if ((process.channel >= 0 &&
	     (fcntl(process.channel, F_SETFL, O_NONBLOCK) < 0 ||
	      watch(supervisor, process.channel, index, SOURCE_CHANNEL) < 0)) ||
	    watch(supervisor, process.pid_fd, index, SOURCE_PROCESS) < 0) {
		err_errno(err, errno, "watching %s", row->options.name);
		kill(process.pid, SIGKILL);
		role_reap(&process);
		return -1;
	}
	entry->process = process;
	entry->state = STATE_STARTED;
	entry->started_us = clock_monotonic_us();
	if (row->dispatcher)
		row->dispatcher->seen = 0;
	return 0;
}

static void delay(struct supervisor *supervisor, struct entry *entry)
{
	entry->state = STATE_DELAYED;
	entry->due_us = clock_monotonic_us() + entry->delay_ms * MS;
	report(supervisor, SUPERVISOR_DELAYED, entry, entry->delay_ms, NULL);
	entry->delay_ms = entry->delay_ms * 2 > SUPERVISOR_DELAY_MAX_MS ? SUPERVISOR_DELAY_MAX_MS
									: entry->delay_ms * 2;
}

static int start(struct supervisor *supervisor, struct entry *entry, struct err *err)
{
	struct err why = ERR_INIT;

	if (try_start(supervisor, entry, &why) < 0) {
		report(supervisor, SUPERVISOR_BROKEN, entry, 0, &why);
		if (!entry->was_ready) {
			if (err)
				*err = why;
			return -1;
		}
		delay(supervisor, entry);
		return 0;
	}
	report(supervisor, SUPERVISOR_STARTED, entry, entry->process.pid, NULL);
	for (size_t i = 0; i < supervisor->options.link_count; i++) {
		const struct supervisor_link *link = &supervisor->options.link[i];
		struct entry *one = find(supervisor, link->one),
			     *other = find(supervisor, link->other);

		if (one == entry || other == entry)
			make_link(supervisor, one, other);
	}
	return 0;
}

static void become_ready(struct supervisor *supervisor, struct entry *entry)
{
	struct entry *next = entry + 1;

	if (entry->state != STATE_STARTED)
		return;
	entry->state = STATE_READY;
	entry->was_ready = true;
	report(supervisor, SUPERVISOR_READY, entry,
	       (int64_t)((clock_monotonic_us() - entry->started_us) / MS), NULL);
	if (next < supervisor->entry + supervisor->count && next->state == STATE_WAITING) {
		next->state = STATE_DELAYED;
		next->due_us = 0;
	}
}

/* ---- what happens ---- */

static void stop_listening(struct supervisor *supervisor, struct entry *entry)
{
	epoll_ctl(supervisor->epoll_fd, EPOLL_CTL_DEL, entry->process.channel, NULL);
	close(entry->process.channel);
	entry->process.channel = -1;
}

/* Handles one message; false where there is none, or never will be. */
static bool hear(struct supervisor *supervisor, struct entry *entry)
{
	struct err err = ERR_INIT;
	struct message message;
	int status = message_receive(entry->process.channel, 0, &message, &err);

	if (status == 0) {
		/* Its end follows; if it only shut its ears, it must end. */
		stop_listening(supervisor, entry);
		kill(entry->process.pid, SIGKILL);
		return false;
	}
	if (status < 0) {
		if (err.code != ERR_UNAVAILABLE)
			give_up_on(supervisor, entry, &err);
		return false;
	}
	if (message.type == MESSAGE_READY && message_end(&message, &err) == 0)
		become_ready(supervisor, entry);
	else if (!entry->row->dispatcher || message.type == MESSAGE_READY)
		status = err_set(&err, ERR_DENIED, "message %u is not known here", message.type);
	else
		status = dispatcher_handle(entry->row->dispatcher, entry->process.channel, &message,
					   &err);
	message_done(&message);
	if (status < 0)
		give_up_on(supervisor, entry, &err);
	return status >= 0;
}

static int describe_end(const struct entry *entry, int status, struct err *err)
{
	const char *name = entry->row->options.name;

	if (WIFSIGNALED(status))
		return err_set(err, ERR_UNAVAILABLE,
			       "%s: killed by signal %d before it was ready, %u times", name,
			       WTERMSIG(status), entry->first_tries);
	return err_set(err, ERR_UNAVAILABLE, "%s: ended with status %d before it was ready", name,
		       WEXITSTATUS(status));
}

static int bury(struct supervisor *supervisor, struct entry *entry, struct err *err)
{
	const uint64_t lived_us = clock_monotonic_us() - entry->started_us;
	int status;

	/* What it said before it died counts. */
	while (entry->process.channel >= 0 && hear(supervisor, entry))
		;
	/* While it is unreaped its group's number belongs to nobody else. */
	kill(-entry->process.pid, SIGKILL);
	status = role_reap(&entry->process);
	entry->state = STATE_WAITING;
	report(supervisor, SUPERVISOR_DIED, entry, status, NULL);
	if (!entry->was_ready &&
	    (WIFEXITED(status) || ++entry->first_tries == SUPERVISOR_FIRST_TRIES))
		return describe_end(entry, status, err);
	if (lived_us >= SUPERVISOR_STABLE_MS * MS)
		entry->delay_ms = SUPERVISOR_DELAY_MIN_MS;
	delay(supervisor, entry);
	return 0;
}

/* 0 where nothing is due. */
static uint64_t due_us(const struct entry *entry)
{
	if (entry->state == STATE_DELAYED)
		return entry->due_us > 0 ? entry->due_us : 1;
	if (entry->state == STATE_STARTED && entry->row->options.path)
		return entry->started_us + SUPERVISOR_SETTLE_MS * MS;
	return 0;
}

static int run_due(struct supervisor *supervisor, struct err *err)
{
	for (size_t i = 0; i < supervisor->count; i++) {
		struct entry *entry = &supervisor->entry[i];
		const uint64_t due = due_us(entry);

		if (due == 0 || due > clock_monotonic_us())
			continue;
		if (entry->state == STATE_STARTED)
			become_ready(supervisor, entry);
		else if (start(supervisor, entry, err) < 0)
			return -1;
	}
	return 0;
}

static void arm_timer(struct supervisor *supervisor)
{
	struct itimerspec when = { 0 };
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < supervisor->count; i++) {
		const uint64_t due = due_us(&supervisor->entry[i]);

		if (due > 0 && due < least)
			least = due;
	}
	if (least < UINT64_MAX) {
		when.it_value.tv_sec = (time_t)(least / 1000000);
		when.it_value.tv_nsec = (long)(least % 1000000 * 1000);
	}
	timerfd_settime(supervisor->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static int handle(struct supervisor *supervisor, uint64_t what, struct err *err)
{
	struct entry *entry = &supervisor->entry[what / SOURCE_COUNT];
	uint64_t ticks;

	switch ((enum source)(what % SOURCE_COUNT)) {
	case SOURCE_CHANNEL:
		if (is_up(entry) && entry->process.channel >= 0)
			hear(supervisor, entry);
		return 0;
	case SOURCE_PROCESS: return is_up(entry) ? bury(supervisor, entry, err) : 0;
	default:
		if (read(supervisor->timer_fd, &ticks, sizeof ticks) < 0)
			return 0; /* it was armed anew meanwhile */
		return 0;
	}
}

int supervisor_step(struct supervisor *supervisor, int wait_ms, struct err *err)
{
	struct epoll_event event[2 * SUPERVISOR_ROWS_MAX + 1];
	const int n = epoll_wait(supervisor->epoll_fd, event, 2 * SUPERVISOR_ROWS_MAX + 1, wait_ms);

	if (n < 0 && errno != EINTR)
		return err_errno(err, errno, "waiting for processes");
	for (int i = 0; i < n; i++)
		if (handle(supervisor, event[i].data.u64, err) < 0)
			return -1;
	if (run_due(supervisor, err) < 0)
		return -1;
	arm_timer(supervisor);
	return 0;
}

/* ---- ending ---- */

static bool wait_for_end(const struct entry *entry, uint64_t deadline_us)
{
	for (;;) {
		struct pollfd item = { .fd = entry->process.pid_fd, .events = POLLIN };
		const uint64_t now = clock_monotonic_us();
		const uint64_t left = now >= deadline_us ? 0 : (deadline_us - now) / MS + 1;
		const int n = poll(&item, 1, left > 1000 ? 1000 : (int)left);

		if (n > 0)
			return true;
		if (n == 0 && left == 0)
			return false;
	}
}

void supervisor_stop(struct supervisor *supervisor)
{
	const uint64_t deadline = clock_monotonic_us() + SUPERVISOR_STOP_MS * MS;

	for (size_t i = supervisor->count; i-- > 0;) {
		struct entry *entry = &supervisor->entry[i];
		const int stop = entry->row->stop_signal ? entry->row->stop_signal : SIGTERM;
		int status;

		if (is_up(entry)) {
			kill(entry->process.pid, stop);
			if (!wait_for_end(entry, deadline)) {
				report(supervisor, SUPERVISOR_KILLED, entry, entry->process.pid,
				       NULL);
				kill(entry->process.pid, SIGKILL);
			}
			wait_for_end(entry, UINT64_MAX);
			kill(-entry->process.pid, SIGKILL);
			status = role_reap(&entry->process);
			report(supervisor, SUPERVISOR_DIED, entry, status, NULL);
		}
		entry->state = STATE_WAITING;
	}
}

static int run_until_signal(struct supervisor *supervisor, int signal_fd,
			    void (*ready)(void *context), struct err *err)
{
	for (;;) {
		struct pollfd item[] = {
			{ .fd = signal_fd, .events = POLLIN },
			{ .fd = supervisor->epoll_fd, .events = POLLIN },
		};
		struct signalfd_siginfo info;

		if (poll(item, 2, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "waiting for processes");
		if (read(signal_fd, &info, sizeof info) == sizeof info) {
			if (info.ssi_signo != SIGHUP)
				return 0;
			supervisor_signal(supervisor, SIGHUP);
		}
		if (supervisor_step(supervisor, 0, err) < 0)
			return -1;
		if (ready && supervisor_all_ready(supervisor)) {
			ready(supervisor->options.context);
			ready = NULL;
		}
	}
}

int supervisor_run(const struct supervisor_options *options, void (*ready)(void *context),
		   struct err *err)
{
	struct supervisor *supervisor = supervisor_new(options, err);
	sigset_t wanted, before;
	int signal_fd, status = -1;

	if (!supervisor)
		return -1;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &wanted, &before);
	signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		err_errno(err, errno, "watching signals");
	else
		status = run_until_signal(supervisor, signal_fd, ready, err);
	supervisor_free(supervisor);
	if (signal_fd >= 0)
		close(signal_fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}
