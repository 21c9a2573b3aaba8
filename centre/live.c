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

struct right {
	struct uuid company;
	uint32_t kinds;
};

struct live_listener {
	struct live *live;
	struct live_listener *next;
	uint64_t number; /* names it for live_update */
	uint64_t at;	 /* next change to look at */
	bool hello, reset, beat, over, sleeping;
	enum actor_kind kind;
	char person[UUID_TEXT_MAX], credential[72];
	struct right *right; /* ascending */
	size_t right_count;
	uint64_t heard_us, checked_us;
	bool recheck; /* its rights may have grown: look now */
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
	[LIVE_APPLICATION] = "application",
	[LIVE_MAIL] = "mail",
	[LIVE_REPORT] = "report",
	[LIVE_CHECK] = "check",
};
static_assert(sizeof names / sizeof *names == LIVE_KIND_COUNT, "every kind has a name");

/* The kinds that one action of access_table.h opens. */
static const struct {
	enum access_action action;
	unsigned kinds;
} opened[] = {
	{ ACCESS_INCIDENT_READ, 1U << LIVE_INCIDENT },
	{ ACCESS_DEVICE_READ, 1U << LIVE_DEVICE },
	{ ACCESS_ACTION_READ, 1U << LIVE_ACTION },
	{ ACCESS_APPLICATION_READ, 1U << LIVE_APPLICATION },
	{ ACCESS_MAIL_READ, 1U << LIVE_MAIL },
	{ ACCESS_REPORT_READ, 1U << LIVE_REPORT },
	{ ACCESS_CHECK_READ, 1U << LIVE_CHECK },
};
#define OPENED (sizeof opened / sizeof *opened)
static_assert(OPENED == LIVE_KIND_COUNT, "every kind is opened by something");

static int compare_rights(const void *a, const void *b)
{
	const struct live_right *x = a, *y = b;

	return sv_cmp(x->company, y->company);
}

int live_rights(struct store *store, const struct actor *actor, struct arena *arena,
		const struct live_right **ret, size_t *ret_count, struct err *err)
{
	const struct sv *company[OPENED];
	size_t count[OPENED] = { 0 }, all = 0, n = 0;
	struct live_right *right;

	for (size_t i = 0; i < OPENED && access_may(actor, ACCESS_LIVE_READ, NULL); i++) {
		if (!access_may(actor, opened[i].action, NULL))
			continue;
		if (access_companies(store, actor, opened[i].action, SV_NONE, arena, &company[i],
				     &count[i], err) != 0)
			return -1;
		all += count[i];
	}
	right = arena_zalloc(arena, all + 1, sizeof *right);
	if (!right)
		return err_set(err, ERR_RANGE, "too many companies for one stream");
	for (size_t i = 0; i < OPENED; i++)
		for (size_t k = 0; k < count[i]; k++)
			right[n++] = (struct live_right){ company[i][k], opened[i].kinds };
	qsort(right, n, sizeof *right, compare_rights);
	all = n;
	n = 0;
	for (size_t i = 0; i < all; i++) { /* one row for each company */
		if (n > 0 && sv_eq(right[n - 1].company, right[i].company))
			right[n - 1].kinds |= right[i].kinds;
		else
			right[n++] = right[i];
	}
	*ret = right;
	*ret_count = n;
	return 0;
}

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

static bool may_hear(const struct live_listener *listener, const struct change *change)
{
	const struct right *right = bsearch(&change->company, listener->right,
					    listener->right_count, sizeof *right, compare);

	return right != NULL && (right->kinds >> change->kind & 1);
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
	for (struct live_listener *l = live->first; l; l = l->next) {
		/* its company may be new to everybody */
		l->recheck |= created && kind == LIVE_APPLICATION && !may_hear(l, &change);
		if (may_hear(l, &change))
			wake(l);
	}
	pthread_mutex_unlock(&live->lock);
}

/* ---- listeners ---- */

/* Whether there is a company in the second list, or a kind of it, that the first has not. */
static bool grew(const struct live_listener *listener, const struct right *list, size_t count)
{
	if (listener->right_count == 0)
		return count > 0;
	for (size_t i = 0; i < count; i++) {
		const struct right *old = bsearch(&list[i].company, listener->right,
						  listener->right_count, sizeof *old, compare);

		if (!old || (list[i].kinds & ~old->kinds) != 0)
			return true;
	}
	return false;
}

/* Returns whether they grew. */
static bool set_rights(struct live_listener *listener, const struct live_right *right, size_t count)
{
	bool result;
	struct right *list = mem_zalloc((count + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		list[n].kinds = right[i].kinds;
		n += uuid_parse(right[i].company, &list[n].company);
	}
	qsort(list, n, sizeof *list, compare);
	result = grew(listener, list, n);
	free(listener->right);
	listener->right = list;
	listener->right_count = n;
	return result;
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
				  const struct live_right *right, size_t count, struct sv last_id,
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
	set_rights(listener, right, count);
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
	free(listener->right);
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

		if (may_hear(listener, &live->change[number % LIVE_CHANGES_MAX]))
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
		    (!l->recheck && monotonic_us - l->checked_us <
					    LIVE_RECHECK_SECONDS * (uint64_t)INSTANT_SECOND))
			continue;
		l->checked_us = monotonic_us;
		l->recheck = false;
		number = l->number;
		*ret_kind = l->kind;
		memcpy(ret_credential, l->credential, sizeof l->credential);
	}
	pthread_mutex_unlock(&live->lock);
	return number;
}

void live_update(struct live *live, uint64_t number, bool good, const struct live_right *right,
		 size_t count)
{
	pthread_mutex_lock(&live->lock);
	for (struct live_listener *l = live->first; l; l = l->next) {
		if (l->number != number)
			continue;
		if (good) {
			if (!set_rights(l, right, count))
				continue;
			l->reset = true; /* what it has missed so far */
			wake(l);
		} else {
			l->over = true;
			wake(l);
		}
	}
	pthread_mutex_unlock(&live->lock);
}
