#include "centre/seen.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define SLOTS (2U * SEEN_DEVICES_MAX)

static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are a power of two");

struct row {
	char device[UUID_TEXT_MAX];
	struct instant at;
};

struct seen {
	pthread_mutex_t lock;
	uint32_t slot[SLOTS]; /* index in row + 1; 0: empty */
	struct row row[SEEN_DEVICES_MAX];
	size_t count;
};

struct seen *seen_new(void)
{
	struct seen *seen = mem_zalloc(sizeof *seen);

	pthread_mutex_init(&seen->lock, NULL);
	return seen;
}

void seen_free(struct seen *seen)
{
	if (seen == NULL)
		return;
	pthread_mutex_destroy(&seen->lock);
	free(seen);
}

/* The row of a device, made where there is room, or NULL. */
static struct row *find(struct seen *seen, struct sv device)
{
	size_t i = sv_hash(device) & (SLOTS - 1);
	struct row *row;

	for (; seen->slot[i] != 0; i = (i + 1) & (SLOTS - 1)) {
		row = &seen->row[seen->slot[i] - 1];
		if (sv_eq(sv_from(row->device), device))
			return row;
	}
	if (seen->count == SEEN_DEVICES_MAX)
		return NULL;
	row = &seen->row[seen->count++];
	seen->slot[i] = (uint32_t)seen->count;
	memcpy(row->device, device.p, device.n);
	row->device[device.n] = '\0';
	return row;
}

void seen_note(struct seen *seen, struct sv device, struct instant now)
{
	struct row *row;

	if (device.n == 0 || device.n >= UUID_TEXT_MAX)
		return;
	pthread_mutex_lock(&seen->lock);
	row = find(seen, device);
	if (row != NULL)
		row->at = now;
	pthread_mutex_unlock(&seen->lock);
}

bool seen_any(struct seen *seen)
{
	bool any;

	pthread_mutex_lock(&seen->lock);
	any = seen->count > 0;
	pthread_mutex_unlock(&seen->lock);
	return any;
}

/* Takes the rows out, so that nobody waits for the disk. free() them. */
static struct row *take(struct seen *seen, size_t *ret_count)
{
	struct row *copy = NULL;

	pthread_mutex_lock(&seen->lock);
	*ret_count = seen->count;
	if (seen->count > 0) {
		copy = mem_alloc(seen->count * sizeof *copy);
		memcpy(copy, seen->row, seen->count * sizeof *copy);
		memset(seen->slot, 0, sizeof seen->slot);
		seen->count = 0;
	}
	pthread_mutex_unlock(&seen->lock);
	return copy;
}

static int write_row(struct store *store, const struct row *row, struct aftermath *aftermath,
		     struct err *err)
{
	const struct sv device = sv_from(row->device);
	struct store_query *query = store_ask(
		store, err, "SELECT company FROM device WHERE id = $1 AND seen_at IS NULL",
		STORE_TEXT(device));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		aftermath_changed(aftermath, LIVE_DEVICE, store_text(query, 0), device, false);
	store_done(query);
	return step < 0 ? -1
			: store_change(store, err, "UPDATE device SET seen_at = $1 WHERE id = $2",
				       STORE_INT(row->at.us), STORE_TEXT(device));
}

int seen_write(struct seen *seen, struct store *store, struct aftermath *aftermath,
	       struct err *err)
{
	size_t n;
	struct row *row = take(seen, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = write_row(store, &row[i], aftermath, err);
	free(row);
	return r;
}
