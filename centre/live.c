#include "centre/live.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

struct change {
	enum live_kind kind;
	bool created;
	struct uuid company, id;
};

struct live_listener {
	struct live *live;
	struct live_listener *next;
	uint64_t number; /* names it for live_update */
	uint64_t at;	 /* next change to look at */
	bool hello, reset, beat, over, sleeping;
	enum actor_kind kind;
	char person[UUID_TEXT_MAX], credential[72];
	struct uuid *company; /* ascending */
	size_t company_count;
	uint64_t heard_us, checked_us;
	void (*wake)(void *);
	void *context;
};

struct live {
	pthread_mutex_t lock;
	uint32_t epoch; /* tells this start of the program from others */
	uint64_t next;	/* number of the next change, from 1 */
	struct change change[LIVE_CHANGES_MAX];
	struct live_listener *first;
	unsigned count;
	uint64_t listeners_ever;
	bool closed;
};

static const char *const names[] = {
	[LIVE_INCIDENT] = "incident",
	[LIVE_DEVICE] = "device",
	[LIVE_ACTION] = "action",
};
static_assert(sizeof names / sizeof *names == LIVE_KIND_COUNT, "every kind has a name");

struct live *live_new(void)
{
	struct live *live = mem_zalloc(sizeof *live);

	pthread_mutex_init(&live->lock, NULL);
	random_bytes(&live->epoch, sizeof live->epoch);
	live->next = 1;
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	assert(live->count == 0);
	pthread_mutex_destroy(&live->lock);
	free(live);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static bool may_hear(const struct live_listener *listener, const struct uuid *company)
{
	return bsearch(company, listener->company, listener->company_count, sizeof *company,
		       compare) != NULL;
}

static void wake(struct live_listener *listener)
{
	if (!listener->sleeping)
		return;
	listener->sleeping = false;
	listener->wake(listener->context);
}

void live_publish(struct live *live, enum live_kind kind, struct sv company, struct sv id,
		  bool created)
{
	struct change change = { .kind = kind, .created = created };
	const bool good = uuid_parse(company, &change.company) && uuid_parse(id, &change.id);

	assert(good && kind < LIVE_KIND_COUNT);
	if (!good)
		return;
	pthread_mutex_lock(&live->lock);
	live->change[live->next++ % LIVE_CHANGES_MAX] = change;
	for (struct live_listener *l = live->first; l; l = l->next)
		if (may_hear(l, &change.company))
			wake(l);
	pthread_mutex_unlock(&live->lock);
}

/* ---- listeners ---- */

static void set_companies(struct live_listener *listener, const struct sv *company, size_t count)
{
	struct uuid *list = mem_alloc((count + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += uuid_parse(company[i], &list[n]);
	qsort(list, n, sizeof *list, compare);
	free(listener->company);
	listener->company = list;
	listener->company_count = n;
}

/* "epoch-number": where to go on, or false where that is not known any more. */
static bool resume(const struct live *live, struct sv last_id, uint64_t *ret)
{
	struct sv rest = last_id;
	const struct sv epoch = sv_cut(&rest, '-');
	char text[16];
	uint64_t number;

	snprintf(text, sizeof text, "%08x", live->epoch);
	if (!sv_eq(epoch, sv_from(text)) || !sv_to_u64(rest, &number) || number >= live->next ||
	    number + LIVE_CHANGES_MAX < live->next)
		return false;
	*ret = number + 1;
	return true;
}

static unsigned count_person(const struct live *live, struct sv person)
{
	unsigned n = 0;

	for (const struct live_listener *l = live->first; l; l = l->next)
		n += sv_eq(sv_from(l->person), person);
	return n;
}

struct live_listener *live_listen(struct live *live, const struct actor *actor,
				  const struct sv *company, size_t count, struct sv last_id,
				  uint64_t monotonic_us)
{
	struct live_listener *listener = NULL;

	pthread_mutex_lock(&live->lock);
	if (live->closed || live->count >= LIVE_LISTENERS_MAX ||
	    count_person(live, actor->id) >= LIVE_LISTENERS_PERSON_MAX)
		goto out;
	listener = mem_zalloc(sizeof *listener);
	listener->live = live;
	listener->number = ++live->listeners_ever;
	listener->hello = true;
	listener->kind = actor->kind;
	snprintf(listener->person, sizeof listener->person, "%.*s", SV_ARG(actor->id));
	snprintf(listener->credential, sizeof listener->credential, "%.*s",
		 SV_ARG(actor->credential));
	listener->at = live->next;
	listener->reset = last_id.n > 0 && !resume(live, last_id, &listener->at);
	listener->heard_us = listener->checked_us = monotonic_us;
	set_companies(listener, company, count);
	listener->next = live->first;
	live->first = listener;
	live->count++;
out:
	pthread_mutex_unlock(&live->lock);
	return listener;
}

void live_listener_wake_with(struct live_listener *listener, void (*wake_with)(void *),
			     void *context)
{
	listener->wake = wake_with;
	listener->context = context;
}

void live_listener_free(struct live_listener *listener)
{
	struct live *live;

	if (!listener)
		return;
	live = listener->live;
	pthread_mutex_lock(&live->lock);
	for (struct live_listener **at = &live->first; *at; at = &(*at)->next) {
		if (*at == listener) {
			*at = listener->next;
			live->count--;
			break;
		}
	}
	pthread_mutex_unlock(&live->lock);
	free(listener->company);
	free(listener);
}

/* ---- reading ---- */

static size_t write_change(const struct live *live, uint64_t number, char *p, size_t room)
{
	const struct change *change = &live->change[number % LIVE_CHANGES_MAX];
	char company[UUID_TEXT_MAX], id[UUID_TEXT_MAX];
	const int n = snprintf(p, room,
			       "event: %s\nid: %08x-%llu\n"
			       "data: {\"id\":\"%s\",\"company\":\"%s\",\"change\":\"%s\"}\n\n",
			       names[change->kind], live->epoch, (unsigned long long)number,
			       uuid_format(change->id, id), uuid_format(change->company, company),
			       change->created ? "created" : "updated");

	assert(n > 0 && n < LIVE_MESSAGE_MAX);
	return (size_t)n;
}

/* What is said apart from changes. */
static size_t write_words(struct live_listener *listener, char *p, size_t room)
{
	const struct live *live = listener->live;
	size_t n = 0;

	if (listener->hello) /* an id, so that who comes back at once misses nothing */
		n += (size_t)snprintf(p + n, room - n, "retry: 2000\nid: %08x-%llu\n: hello\n\n",
				      live->epoch, (unsigned long long)listener->at - 1);
	if (listener->reset)
		n += (size_t)snprintf(p + n, room - n, "event: reset\nid: %08x-%llu\ndata: {}\n\n",
				      live->epoch, (unsigned long long)listener->at - 1);
	if (listener->beat)
		n += (size_t)snprintf(p + n, room - n, ": still here\n\n");
	listener->hello = listener->reset = listener->beat = false;
	return n;
}

int64_t live_read(struct live_listener *listener, char *p, size_t room, void (*sleep)(void *))
{
	struct live *live = listener->live;
	size_t n;
	int64_t result;

	assert(room >= LIVE_MESSAGE_MAX);
	pthread_mutex_lock(&live->lock);
	if (listener->over || live->closed || listener->at + LIVE_CHANGES_MAX < live->next) {
		result = -1; /* also: too slow */
		goto out;
	}
	n = write_words(listener, p, room);
	while (listener->at < live->next && room - n >= LIVE_MESSAGE_MAX) {
		const uint64_t number = listener->at++;

		if (may_hear(listener, &live->change[number % LIVE_CHANGES_MAX].company))
			n += write_change(live, number, p + n, room - n);
	}
	if (n == 0) {
		listener->sleeping = true;
		sleep(listener->context);
	}
	result = (int64_t)n;
out:
	pthread_mutex_unlock(&live->lock);
	return result;
}

void live_tick(struct live *live, uint64_t monotonic_us)
{
	pthread_mutex_lock(&live->lock);
	for (struct live_listener *l = live->first; l; l = l->next) {
		if (monotonic_us - l->heard_us < LIVE_HEARTBEAT_SECONDS * (uint64_t)INSTANT_SECOND)
			continue;
		l->heard_us = monotonic_us;
		l->beat = true;
		wake(l);
	}
	pthread_mutex_unlock(&live->lock);
}

void live_close(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	live->closed = true;
	for (struct live_listener *l = live->first; l; l = l->next)
		wake(l);
	pthread_mutex_unlock(&live->lock);
}

unsigned live_listeners(struct live *live)
{
	unsigned count;

	pthread_mutex_lock(&live->lock);
	count = live->count;
	pthread_mutex_unlock(&live->lock);
	return count;
}

/* ---- rights that change while a stream runs ---- */

uint64_t live_due(struct live *live, uint64_t monotonic_us, enum actor_kind *ret_kind,
		  char ret_credential[static 72])
{
	uint64_t number = 0;

	pthread_mutex_lock(&live->lock);
	for (struct live_listener *l = live->first; l && number == 0; l = l->next) {
		if (l->over ||
		    monotonic_us - l->checked_us < LIVE_RECHECK_SECONDS * (uint64_t)INSTANT_SECOND)
			continue;
		l->checked_us = monotonic_us;
		number = l->number;
		*ret_kind = l->kind;
		memcpy(ret_credential, l->credential, sizeof l->credential);
	}
	pthread_mutex_unlock(&live->lock);
	return number;
}

void live_update(struct live *live, uint64_t number, bool good, const struct sv *company,
		 size_t count)
{
	pthread_mutex_lock(&live->lock);
	for (struct live_listener *l = live->first; l; l = l->next) {
		if (l->number != number)
			continue;
		if (good) {
			set_companies(l, company, count);
		} else {
			l->over = true;
			wake(l);
		}
	}
	pthread_mutex_unlock(&live->lock);
}
