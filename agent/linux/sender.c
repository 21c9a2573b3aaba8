#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/linux/sensor_role.h"
#include "base/mem.h"

#define TAKE_WAIT_MS 1000

struct flight {
	uint64_t number, ticket; /* number 0: free */
	uint32_t lines;
};

struct sender {
	struct outbox *outbox;
	struct image_cache *images;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under lock */
	int peer;
	bool sending; /* the thread uses peer */
	bool stop;
	uint64_t link; /* counts peers */
	uint64_t number;
	struct flight flight[LINES_WINDOW];
	uint64_t ticket_stored;
	uint64_t confirmed, lost;
};

static void wait_changed(struct sender *sender, unsigned ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&sender->changed, &sender->lock, &until);
}

static struct flight *free_flight(struct sender *sender)
{
	for (size_t i = 0; i < LINES_WINDOW; i++)
		if (sender->flight[i].number == 0)
			return &sender->flight[i];
	return NULL;
}

static bool is_flying(const struct sender *sender)
{
	for (size_t i = 0; i < LINES_WINDOW; i++)
		if (sender->flight[i].number)
			return true;
	return false;
}

/* ---- the thread ---- */

struct load {
	struct message message;
	struct buf lines;
	uint32_t count;
	uint64_t ticket;
};

/* Waits for a first line, takes what else is there and fits. An item that does not fit stays in *next. */
static void fill(struct sender *sender, struct load *load, struct outbox_item *next)
{
	struct outbox_item item = *next;
	unsigned wait = TAKE_WAIT_MS;

	*next = (struct outbox_item){ .image_fd = -1 };
	while (load->count < LINES_COUNT_MAX) {
		if (!item.line && !outbox_take(sender->outbox, wait, &item))
			return;
		wait = 0;
		images_finish(sender->images, &item);
		if (item.n > LINES_BYTES_MAX - load->lines.n) {
			*next = item;
			return;
		}
		buf_put(&load->lines, item.line, item.n);
		load->count++;
		if (item.ticket > load->ticket)
			load->ticket = item.ticket;
		free(item.line);
		item = (struct outbox_item){ .image_fd = -1 };
	}
}

/* Another link, or none (-1); the lock is held. */
static void replace(struct sender *sender, int take_fd)
{
	/* A send that hangs on the old link ends with it. */
	if (sender->peer >= 0)
		shutdown(sender->peer, SHUT_RDWR);
	while (sender->sending)
		wait_changed(sender, 1000);
	if (sender->peer >= 0)
		close(sender->peer);
	sender->peer = take_fd;
	sender->link++;
	for (size_t i = 0; i < LINES_WINDOW; i++) {
		if (sender->flight[i].number)
			sender->lost += sender->flight[i].lines;
		sender->flight[i].number = 0;
	}
	pthread_cond_broadcast(&sender->changed);
}

/* The main thread may have put another link there meanwhile. */
static void drop_link(struct sender *sender, uint64_t link)
{
	pthread_mutex_lock(&sender->lock);
	if (sender->link == link)
		replace(sender, -1);
	pthread_mutex_unlock(&sender->lock);
}

/* Sends a load over whichever link there is. False: it is to end. */
static bool deliver(struct sender *sender, struct load *load)
{
	struct message message;
	struct flight *flight = NULL;
	uint64_t number, link;
	int peer, sent;

	pthread_mutex_lock(&sender->lock);
	while (!sender->stop && (sender->peer < 0 || !(flight = free_flight(sender))))
		wait_changed(sender, 60000);
	if (sender->stop) {
		pthread_mutex_unlock(&sender->lock);
		return false;
	}
	number = ++sender->number;
	*flight = (struct flight){ number, load->ticket, load->count };
	sender->sending = true;
	peer = sender->peer;
	link = sender->link;
	pthread_mutex_unlock(&sender->lock);

	message_init(&message, AGENT_LINES);
	message_put_u64(&message, number);
	message_put_u64(&message, load->count);
	message_put_sv(&message, buf_sv(&load->lines));
	sent = message_send(peer, &message, NULL);
	message_done(&message);

	pthread_mutex_lock(&sender->lock);
	sender->sending = false;
	/* Not handed over at all: these lines may go over the next link. */
	if (sent < 0)
		flight->number = 0;
	pthread_cond_broadcast(&sender->changed);
	pthread_mutex_unlock(&sender->lock);
	if (sent == 0)
		return true;
	drop_link(sender, link);
	return deliver(sender, load);
}

static void *sending(void *context)
{
	struct sender *sender = context;
	struct outbox_item next = { .image_fd = -1 };
	struct load load = { .count = 0 };
	bool go_on = true;

	buf_init(&load.lines, LINES_BYTES_MAX);
	while (go_on) {
		buf_clear(&load.lines);
		load.count = 0;
		load.ticket = 0;
		fill(sender, &load, &next);
		pthread_mutex_lock(&sender->lock);
		go_on = !sender->stop;
		pthread_mutex_unlock(&sender->lock);
		if (go_on && load.count > 0)
			go_on = deliver(sender, &load);
		outbox_settle(sender->outbox, load.count);
	}
	free(next.line);
	buf_done(&load.lines);
	return NULL;
}

/* ---- the other threads ---- */

struct sender *sender_new(struct outbox *outbox, struct image_cache *images)
{
	struct sender *sender = mem_zalloc(sizeof *sender);
	pthread_condattr_t monotonic;

	sender->outbox = outbox;
	sender->images = images;
	sender->peer = -1;
	pthread_mutex_init(&sender->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sender->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_create(&sender->thread, NULL, sending, sender);
	return sender;
}

void sender_stop(struct sender *sender)
{
	pthread_mutex_lock(&sender->lock);
	sender->stop = true;
	if (sender->peer >= 0)
		shutdown(sender->peer, SHUT_RDWR);
	pthread_cond_broadcast(&sender->changed);
	pthread_mutex_unlock(&sender->lock);
	outbox_close(sender->outbox);
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	sender_stop(sender);
	pthread_join(sender->thread, NULL);
	if (sender->peer >= 0)
		close(sender->peer);
	pthread_cond_destroy(&sender->changed);
	pthread_mutex_destroy(&sender->lock);
	free(sender);
}

void sender_set_peer(struct sender *sender, int take_fd)
{
	pthread_mutex_lock(&sender->lock);
	replace(sender, take_fd);
	pthread_mutex_unlock(&sender->lock);
}

void sender_drop_peer(struct sender *sender)
{
	sender_set_peer(sender, -1);
}

int sender_peer(struct sender *sender)
{
	int peer;

	pthread_mutex_lock(&sender->lock);
	peer = sender->peer;
	pthread_mutex_unlock(&sender->lock);
	return peer;
}

void sender_stored(struct sender *sender, uint64_t number)
{
	pthread_mutex_lock(&sender->lock);
	for (size_t i = 0; i < LINES_WINDOW; i++) {
		struct flight *flight = &sender->flight[i];

		if (number == 0 || flight->number != number)
			continue;
		sender->confirmed += flight->lines;
		if (flight->ticket > sender->ticket_stored)
			sender->ticket_stored = flight->ticket;
		flight->number = 0;
	}
	pthread_cond_broadcast(&sender->changed);
	pthread_mutex_unlock(&sender->lock);
}

bool sender_wait(struct sender *sender, uint64_t ticket, unsigned ms)
{
	const uint64_t until = clock_monotonic_us() + ms * UINT64_C(1000);
	bool stored;

	pthread_mutex_lock(&sender->lock);
	while (sender->ticket_stored < ticket && !sender->stop && clock_monotonic_us() < until)
		wait_changed(sender, 100);
	stored = sender->ticket_stored >= ticket;
	pthread_mutex_unlock(&sender->lock);
	return stored;
}

bool sender_drain(struct sender *sender, unsigned ms)
{
	const uint64_t until = clock_monotonic_us() + ms * UINT64_C(1000);
	bool empty = false;

	while (!empty && clock_monotonic_us() < until) {
		const bool nothing_waits = outbox_is_empty(sender->outbox);

		pthread_mutex_lock(&sender->lock);
		empty = nothing_waits && !is_flying(sender);
		if (!empty)
			wait_changed(sender, 20);
		pthread_mutex_unlock(&sender->lock);
	}
	return empty;
}

uint64_t sender_confirmed(struct sender *sender)
{
	uint64_t confirmed;

	pthread_mutex_lock(&sender->lock);
	confirmed = sender->confirmed;
	pthread_mutex_unlock(&sender->lock);
	return confirmed;
}

uint64_t sender_lost(struct sender *sender)
{
	uint64_t lost;

	pthread_mutex_lock(&sender->lock);
	lost = sender->lost;
	sender->lost = 0;
	pthread_mutex_unlock(&sender->lock);
	return lost;
}
