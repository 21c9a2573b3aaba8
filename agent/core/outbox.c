#include "agent/agent.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

struct node {
	struct outbox_item item;
	struct node *next;
};

struct outbox {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	size_t events_max, bytes_max;
	size_t events, bytes, fds, in_hand;
	uint64_t lost;
	bool closed;
	struct node *first, **last;
};

struct outbox *outbox_new(size_t events_max, size_t bytes_max)
{
	struct outbox *outbox = mem_zalloc(sizeof *outbox);
	pthread_condattr_t monotonic;

	pthread_mutex_init(&outbox->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&outbox->filled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	outbox->events_max = events_max;
	outbox->bytes_max = bytes_max;
	outbox->last = &outbox->first;
	return outbox;
}

static void item_done(struct outbox_item *item)
{
	free(item->line);
	if (item->image_fd >= 0)
		close(item->image_fd);
}

/* Takes the first node off; the lock is held. */
static struct node *pop(struct outbox *outbox)
{
	struct node *node = outbox->first;

	outbox->first = node->next;
	if (!outbox->first)
		outbox->last = &outbox->first;
	outbox->events--;
	outbox->bytes -= node->item.n;
	outbox->fds -= node->item.image_fd >= 0;
	return node;
}

void outbox_free(struct outbox *outbox)
{
	if (!outbox)
		return;
	while (outbox->first) {
		struct node *node = pop(outbox);

		item_done(&node->item);
		free(node);
	}
	pthread_cond_destroy(&outbox->filled);
	pthread_mutex_destroy(&outbox->lock);
	free(outbox);
}

bool outbox_put(struct outbox *outbox, struct outbox_item *take_item, bool must)
{
	const size_t events_max = outbox->events_max + (must ? OUTBOX_MUST_MAX : 0);
	const size_t bytes_max = outbox->bytes_max + (must ? OUTBOX_MUST_MAX * OUTBOX_LINE_MAX : 0);
	struct node *node = mem_alloc(sizeof *node);
	int spare = -1;
	bool fits;

	*node = (struct node){ *take_item, NULL };
	*take_item = (struct outbox_item){ .image_fd = -1 };
	pthread_mutex_lock(&outbox->lock);
	/* Reports go beyond the bounds of the rest, so bytes may be over bytes_max already. */
	fits = !outbox->closed && outbox->events < events_max && outbox->bytes <= bytes_max &&
	       node->item.n <= bytes_max - outbox->bytes;
	if (fits && node->item.image_fd >= 0 && outbox->fds++ >= OUTBOX_FDS_MAX) {
		outbox->fds--;
		spare = node->item.image_fd;
		node->item.image_fd = -1;
	}
	if (fits) {
		outbox->events++;
		outbox->bytes += node->item.n;
		*outbox->last = node;
		outbox->last = &node->next;
		pthread_cond_signal(&outbox->filled);
	} else {
		outbox->lost++;
	}
	pthread_mutex_unlock(&outbox->lock);
	if (spare >= 0)
		close(spare);
	if (!fits) {
		item_done(&node->item);
		free(node);
	}
	return fits;
}

bool outbox_take(struct outbox *outbox, unsigned wait_ms, struct outbox_item *ret)
{
	struct node *node = NULL;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&outbox->lock);
	while (!outbox->first && !outbox->closed && wait_ms > 0)
		if (pthread_cond_timedwait(&outbox->filled, &outbox->lock, &until) == ETIMEDOUT)
			break;
	if (outbox->first) {
		node = pop(outbox);
		outbox->in_hand++;
	}
	pthread_mutex_unlock(&outbox->lock);
	if (!node)
		return false;
	*ret = node->item;
	free(node);
	return true;
}

void outbox_close(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->closed = true;
	pthread_cond_broadcast(&outbox->filled);
	pthread_mutex_unlock(&outbox->lock);
}

void outbox_settle(struct outbox *outbox, size_t items)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->in_hand -= items;
	pthread_mutex_unlock(&outbox->lock);
}

bool outbox_is_empty(struct outbox *outbox)
{
	bool empty;

	pthread_mutex_lock(&outbox->lock);
	empty = !outbox->first && outbox->in_hand == 0;
	pthread_mutex_unlock(&outbox->lock);
	return empty;
}

uint64_t outbox_lost(struct outbox *outbox)
{
	uint64_t lost;

	pthread_mutex_lock(&outbox->lock);
	lost = outbox->lost;
	outbox->lost = 0;
	pthread_mutex_unlock(&outbox->lock);
	return lost;
}
