/*
 * courier_role.c - the process with the network: takes lines from the sensor
 * into the spool, sends the spool to the centre, asks the centre for orders.
 * It has no privileges; what it hands on as an order is checked again by the
 * sensor, whose word counts.
 *
 * Three threads: one serves the sensor, one sends, one asks for orders.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/linux/courier.h"
#include "base/role.h"
#include "base/sandbox.h"

#define GATHER_EVENTS_MAX 512
#define GATHER_BYTES_MAX (4U << 20)
#define STATUS_SECONDS 5
#define ORDER_WAIT_SECONDS 50
#define ORDER_DELAY_MIN 1 /* seconds, after what should not be asked for again soon */
#define ORDER_DELAY_MAX 60
#define FULL_RETRY_MS 1000

struct post {
	const struct log *log;
	struct spool *spool;
	struct courier_options options;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under lock */
	bool filled;   /* the spool has something new */
	bool knows_last;
	uint64_t last; /* highest order number accepted by the sensor */
	uint64_t refused; /* orders it refused, counted up */
	int peer;      /* link to the sensor; -1: none */
	bool connected;
	char error[ERR_TEXT_MAX];

	atomic_bool stop;
};

static bool is_stopping(void *context)
{
	return atomic_load(&((struct post *)context)->stop);
}

/* Waits until *something* changes or the time is over. The lock is held. */
static void wait_changed(struct post *post, unsigned ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&post->changed, &post->lock, &until);
}

/* Sleeps, but not beyond the end. */
static void pause_seconds(struct post *post, unsigned seconds)
{
	const uint64_t until = clock_monotonic_us() + seconds * UINT64_C(1000000);

	pthread_mutex_lock(&post->lock);
	while (!is_stopping(post)) {
		const uint64_t now = clock_monotonic_us();

		if (now >= until)
			break;
		wait_changed(post, (unsigned)((until - now) / 1000) + 1);
	}
	pthread_mutex_unlock(&post->lock);
}

/* One line when the centre goes away, one when it is back. */
static void note_centre(struct post *post, bool connected, const struct err *err)
{
	bool news;

	pthread_mutex_lock(&post->lock);
	news = post->connected != connected || (!connected && !post->error[0]);
	post->connected = connected;
	snprintf(post->error, sizeof post->error, "%s", !connected && err ? err->text : "");
	pthread_mutex_unlock(&post->lock);
	if (news && connected)
		log_line(post->log, LOG_INFO, "the centre takes events");
	else if (news)
		log_error(post->log, LOG_WARNING, "the centre cannot be reached; events wait in the spool", err);
}

/* ---- sending ---- */

/* What to do with a batch that was not taken. Returns seconds to wait. */
static unsigned handle_refusal(struct post *post, const struct spool_batch *batch, unsigned retry,
			       const struct err *why)
{
	struct err err = ERR_INIT;

	switch (why->code) {
	case ERR_CONFLICT:
		log_error(post->log, LOG_ERROR, "the centre has another batch of this number: new epoch", why);
		if (spool_rekey(post->spool, batch, &err) == 0)
			return 0;
		break;
	case ERR_FORMAT:
	case ERR_TOO_LARGE:
	case ERR_RANGE:
		log_error(post->log, LOG_ERROR, "the centre will never take this batch: set aside", why);
		if (spool_reject(post->spool, batch, &err) == 0)
			return 0;
		break;
	default:
		note_centre(post, false, why);
		return retry > 0 ? retry : 1;
	}
	log_error(post->log, LOG_ERROR, "spool", &err);
	return FULL_RETRY_MS / 1000;
}

/* Sends all that waits. Returns seconds until it makes sense to try again; 0: the spool is empty. */
static unsigned send_all(struct post *post, struct courier *courier)
{
	for (;;) {
		struct spool_batch batch;
		struct err err = ERR_INIT;
		unsigned retry = 0;
		int got;

		if (is_stopping(post))
			return 1;
		got = spool_next(post->spool, &batch, &err);
		if (got == 0)
			return 0;
		if (got < 0) {
			log_error(post->log, LOG_ERROR, "reading the spool", &err);
			return 1;
		}
		if (courier_send(courier, &batch, &retry, &err) == 0) {
			note_centre(post, true, NULL);
			if (spool_sent(post->spool, &batch, &err) < 0) {
				log_error(post->log, LOG_ERROR, "removing a sent batch", &err);
				return 1;
			}
			continue;
		}
		retry = handle_refusal(post, &batch, retry, &err);
		if (retry > 0)
			return retry;
	}
}

static void *sending(void *context)
{
	struct post *post = context;
	struct courier *courier = courier_new(&post->options, NULL);

	while (courier && !is_stopping(post)) {
		const unsigned retry = send_all(post, courier);

		if (retry > 0) {
			pause_seconds(post, retry);
			continue;
		}
		pthread_mutex_lock(&post->lock);
		while (!post->filled && !is_stopping(post))
			wait_changed(post, 60000);
		post->filled = false;
		pthread_mutex_unlock(&post->lock);
	}
	courier_free(courier);
	return NULL;
}

/* ---- orders ---- */

static int hand_on(void *context, struct sv json)
{
	struct post *post = context;
	struct message message;
	int peer, result;

	pthread_mutex_lock(&post->lock);
	peer = post->peer >= 0 ? dup(post->peer) : -1;
	pthread_mutex_unlock(&post->lock);
	if (peer < 0)
		return -1;
	message_init(&message, AGENT_ORDER);
	/* One that is too long is none for this agent: its beginning is enough to refuse it. */
	message_put_sv(&message, sv_slice(json, 0, ORDER_BYTES_MAX));
	result = message_send(peer, &message, NULL);
	message_done(&message);
	close(peer);
	return result;
}

/* The sensor's word on what it was given, before the centre is asked again. */
static uint64_t wait_for_word(struct post *post, uint64_t asked_after, uint64_t refused)
{
	uint64_t last;

	pthread_mutex_lock(&post->lock);
	for (unsigned i = 0; i < 20 && !is_stopping(post); i++) {
		if (post->knows_last && (post->last > asked_after || post->refused > refused))
			break;
		wait_changed(post, 500);
	}
	last = post->last;
	pthread_mutex_unlock(&post->lock);
	return last;
}

static void *asking(void *context)
{
	struct post *post = context;
	struct courier *courier = courier_new(&post->options, NULL);
	unsigned delay = ORDER_DELAY_MIN;

	while (courier && !is_stopping(post)) {
		struct err err = ERR_INIT;
		uint64_t after, refused;
		bool ready;
		int count;

		pthread_mutex_lock(&post->lock);
		if (!post->knows_last || post->peer < 0)
			wait_changed(post, 1000);
		ready = post->knows_last && post->peer >= 0;
		after = post->last;
		refused = post->refused;
		pthread_mutex_unlock(&post->lock);
		if (!ready)
			continue;
		count = courier_orders(courier, after, ORDER_WAIT_SECONDS, hand_on, post, &err);
		if (count == 0) {
			delay = ORDER_DELAY_MIN;
			continue;
		}
		if (count > 0 && wait_for_word(post, after, refused) > after) {
			delay = ORDER_DELAY_MIN;
			continue;
		}
		/* Nobody there, or an order that was refused: it would come again at once. */
		pause_seconds(post, delay);
		delay = delay * 2 < ORDER_DELAY_MAX ? delay * 2 : ORDER_DELAY_MAX;
	}
	courier_free(courier);
	return NULL;
}

/* ---- the sensor ---- */

struct gathered {
	struct buf lines;
	uint32_t count;
	uint64_t number[LINES_WINDOW + 1]; /* of the messages in it */
	size_t messages;
};

static int take_lines(struct gathered *gathered, struct message *message, struct err *err)
{
	uint64_t number, count;
	struct sv lines;

	if (message_get_u64(message, UINT64_MAX, &number, err) < 0 ||
	    message_get_u64(message, LINES_COUNT_MAX, &count, err) < 0 ||
	    message_get_sv(message, LINES_BYTES_MAX, &lines, err) < 0 || message_end(message, err) < 0)
		return -1;
	buf_put_sv(&gathered->lines, lines);
	gathered->count += (uint32_t)count;
	gathered->number[gathered->messages++] = number;
	return 0;
}

/* Everything else that the sensor or the parent says. */
static int take_word(struct post *post, struct message *message, struct err *err)
{
	uint64_t last = 0;
	struct sv name;
	int peer, result = 0;

	if (message->type == MESSAGE_PEER) {
		if (role_get_peer(message, &name, &peer, err) < 0)
			return -1;
		pthread_mutex_lock(&post->lock);
		if (post->peer >= 0)
			close(post->peer);
		post->peer = peer;
		post->knows_last = false;
	} else if (message->type == AGENT_ORDER_LAST) {
		if (message_get_u64(message, UINT64_MAX, &last, err) < 0 || message_end(message, err) < 0)
			return -1;
		pthread_mutex_lock(&post->lock);
		post->last = last;
		post->knows_last = true;
	} else if (message->type == AGENT_ORDER_REFUSED) {
		pthread_mutex_lock(&post->lock);
		post->refused++;
	} else {
		return err_set(err, ERR_FORMAT, "message %u is none for the courier", message->type);
	}
	pthread_cond_broadcast(&post->changed);
	pthread_mutex_unlock(&post->lock);
	return result;
}

/* Durable, then confirmed. A full disk: again and again, while the sensor waits. */
static void store(struct post *post, struct gathered *gathered)
{
	struct err err = ERR_INIT;
	bool told = false;

	while (gathered->count > 0 &&
	       spool_append(post->spool, buf_sv(&gathered->lines), gathered->count, &err) < 0) {
		if (!told)
			log_error(post->log, LOG_ERROR, "events cannot be put into the spool", &err);
		told = true;
		if (err.code != ERR_FULL && err.code != ERR_IO)
			break;
		if (is_stopping(post))
			return;
		pause_seconds(post, FULL_RETRY_MS / 1000);
	}
	for (size_t i = 0; i < gathered->messages; i++) {
		struct message message;

		message_init(&message, AGENT_STORED);
		message_put_u64(&message, gathered->number[i]);
		message_send(post->peer, &message, NULL);
		message_done(&message);
	}
	buf_clear(&gathered->lines);
	gathered->count = 0;
	gathered->messages = 0;
	pthread_mutex_lock(&post->lock);
	post->filled = true;
	pthread_cond_broadcast(&post->changed);
	pthread_mutex_unlock(&post->lock);
}

/* All that the sensor has sent by now, as one batch. -1: the link is of no use any more. */
static int serve_sensor(struct post *post, struct gathered *gathered)
{
	int got = 1;

	while (got > 0 && gathered->messages < LINES_WINDOW && gathered->count < GATHER_EVENTS_MAX) {
		struct err err = ERR_INIT;
		struct message message;

		got = message_receive(post->peer, 0, &message, &err);
		if (got < 0 && err.code == ERR_UNAVAILABLE)
			break; /* nothing more for now */
		if (got <= 0)
			break;
		if ((message.type == AGENT_LINES ? take_lines(gathered, &message, &err)
						 : take_word(post, &message, &err)) < 0) {
			log_error(post->log, LOG_ERROR, "the sensor broke the rules", &err);
			got = 0;
		}
		message_done(&message);
	}
	if (gathered->messages > 0)
		store(post, gathered);
	return got == 0 ? -1 : 0;
}

static void send_status(struct post *post)
{
	const struct spool_statistics statistics = spool_statistics(post->spool);
	struct message message;

	message_init(&message, AGENT_COURIER);
	message_put_u64(&message, statistics.batches);
	message_put_u64(&message, statistics.bytes);
	message_put_u64(&message, statistics.dropped_events);
	pthread_mutex_lock(&post->lock);
	message_put_bool(&message, post->connected);
	message_put_sv(&message, sv_slice(sv_from(post->error), 0, LOST_TEXT_MAX));
	pthread_mutex_unlock(&post->lock);
	if (post->peer >= 0)
		message_send(post->peer, &message, NULL);
	message_done(&message);
}

static void drop_peer(struct post *post)
{
	pthread_mutex_lock(&post->lock);
	if (post->peer >= 0)
		close(post->peer);
	post->peer = -1;
	pthread_mutex_unlock(&post->lock);
}

static bool serve_parent(struct post *post)
{
	struct err err = ERR_INIT;
	struct message message;

	if (message_receive(ROLE_CHANNEL_FD, 0, &message, &err) <= 0)
		return false;
	if (take_word(post, &message, &err) < 0)
		log_error(post->log, LOG_ERROR, "the parent", &err);
	message_done(&message);
	return true;
}

static void serve(struct post *post, int signal_fd)
{
	struct gathered gathered = { .count = 0 };
	uint64_t told = 0;

	buf_init(&gathered.lines, GATHER_BYTES_MAX);
	for (;;) {
		struct pollfd item[3] = {
			{ .fd = signal_fd, .events = POLLIN },
			{ .fd = ROLE_CHANNEL_FD, .events = POLLIN },
			{ .fd = post->peer, .events = POLLIN },
		};

		if (poll(item, 3, STATUS_SECONDS * 1000) < 0 && errno != EINTR)
			break;
		if (item[2].revents && serve_sensor(post, &gathered) < 0)
			drop_peer(post);
		if (item[0].revents || (item[1].revents && !serve_parent(post)))
			break;
		if (clock_monotonic_us() - told >= STATUS_SECONDS * UINT64_C(1000000)) {
			told = clock_monotonic_us();
			send_status(post);
			/* Packing a batch takes megabytes for a moment. */
			malloc_trim(0);
		}
	}
	/* What the sensor said last goes into the spool too. */
	if (post->peer >= 0)
		serve_sensor(post, &gathered);
	buf_done(&gathered.lines);
}

/* ---- starting ---- */

static int lock_in(const struct log *log, struct err *err)
{
	static const struct sandbox_path path[] = {
		{ ".", SANDBOX_READ | SANDBOX_WRITE },
		{ "/etc", SANDBOX_READ },
		{ "/run/systemd/resolve", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/usr/lib/ssl", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/dev/urandom", SANDBOX_READ | SANDBOX_OPTIONAL },
	};
	const struct sandbox_options options = {
		.profile = SANDBOX_COURIER,
		.path = path,
		.path_count = sizeof path / sizeof *path,
		.skip = SANDBOX_SKIP,
	};
	struct sandbox_report report;

	if (sandbox_enter(&options, &report, err) < 0)
		return -1;
	if (report.landlock == 0)
		log_line(log, LOG_WARNING, "this kernel does not limit files (Landlock)",
			 LOG_STR("why", report.landlock_why));
	return 0;
}

static void start_threads(struct post *post, pthread_t thread[static 2])
{
	pthread_create(&thread[0], NULL, sending, post);
	pthread_create(&thread[1], NULL, asking, post);
}

static void stop_threads(struct post *post, pthread_t thread[static 2])
{
	pthread_mutex_lock(&post->lock);
	atomic_store(&post->stop, true);
	pthread_cond_broadcast(&post->changed);
	pthread_mutex_unlock(&post->lock);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
}

static int run(struct post *post, const char *folder, const char *url, struct err *err)
{
	pthread_t thread[2];
	sigset_t ends;
	int signal_fd;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal_fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (signal_fd < 0)
		return err_errno(err, errno, "making a signal descriptor");
	if (courier_enter(folder, err) < 0)
		return -1;
	post->spool = spool_open("spool", &courier_spool_options, err);
	if (!post->spool)
		return -1;
	courier_fill_options(&post->options, url, is_stopping, post);
	/* The library opens its own files now, before the door closes. */
	courier_free(courier_new(&post->options, NULL));
	if (lock_in(post->log, err) < 0 || role_ready(err) < 0)
		return -1;
	start_threads(post, thread);
	serve(post, signal_fd);
	stop_threads(post, thread);
	return 0;
}

int courier_role(int argc, char **argv)
{
	const struct log log = { STDERR_FILENO, LOG_INFO, "hikeshi-agent/courier" };
	struct post post = { .log = &log, .peer = -1 };
	struct err err = ERR_INIT;
	pthread_condattr_t monotonic;
	int result;

	if (argc != 3)
		return err_exit_status(ERR_USAGE);
	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&post.lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&post.changed, &monotonic);
	result = run(&post, argv[1], argv[2], &err);
	spool_close(post.spool);
	if (result < 0) {
		log_error(&log, LOG_ERROR, "the courier ends", &err);
		return err_exit_status(err.code);
	}
	return 0;
}
