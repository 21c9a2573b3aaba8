#include "centre/visitors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "centre/board.h"

#define KEY_BYTES 32
#define SLOTS (2 * VISITORS_A_DAY_MAX) /* half of them stay empty */

struct row {
	char programme[UUID_TEXT_MAX];
	uint64_t came; /* not written yet */
};

struct visitors {
	pthread_mutex_t lock;
	struct day today;
	uint8_t key[KEY_BYTES];
	uint64_t slot[SLOTS]; /* 0: empty */
	size_t seen;
	struct row row[VISITORS_PROGRAMMES_MAX];
	size_t rows;
};

struct visitors *visitors_new(void)
{
	struct visitors *visitors = mem_zalloc(sizeof *visitors);

	pthread_mutex_init(&visitors->lock, NULL);
	visitors->today.n = INT32_MIN;
	return visitors;
}

void visitors_free(struct visitors *visitors)
{
	if (!visitors)
		return;
	pthread_mutex_destroy(&visitors->lock);
	free(visitors);
}

/* Yesterday's visitors cannot be known again: their key is gone. */
static void begin_day(struct visitors *visitors, struct day today)
{
	if (visitors->today.n == today.n)
		return;
	visitors->today = today;
	visitors->seen = 0;
	for (size_t i = 0; i < SLOTS; i++)
		visitors->slot[i] = 0;
	random_bytes(visitors->key, sizeof visitors->key);
}

static uint64_t hash_of(const struct visitors *visitors, struct sv programme, struct sv address)
{
	struct sha256 digest;
	uint64_t hash = 0;
	struct buf buf;

	buf_init(&buf, 1024);
	buf_put(&buf, visitors->key, sizeof visitors->key);
	buf_printf(&buf, "%.*s\n%.*s", SV_ARG(programme), SV_ARG(sv_slice(address, 0, 200)));
	digest = sha256_of(buf_sv(&buf));
	buf_done(&buf);
	for (unsigned i = 0; i < sizeof hash; i++)
		hash = hash << 8 | digest.byte[i];
	return hash != 0 ? hash : 1;
}

/* True where it was not there today. */
static bool add(struct visitors *visitors, uint64_t hash)
{
	size_t at = hash % SLOTS;

	while (visitors->slot[at] != 0 && visitors->slot[at] != hash)
		at = (at + 1) % SLOTS;
	if (visitors->slot[at] == hash || visitors->seen >= VISITORS_A_DAY_MAX)
		return false;
	visitors->slot[at] = hash;
	visitors->seen++;
	return true;
}

static void count(struct visitors *visitors, struct sv programme)
{
	size_t i = 0;

	while (i < visitors->rows && !sv_eq(sv_from(visitors->row[i].programme), programme))
		i++;
	if (i == VISITORS_PROGRAMMES_MAX)
		return;
	if (i == visitors->rows) {
		snprintf(visitors->row[i].programme, UUID_TEXT_MAX, "%.*s", SV_ARG(programme));
		visitors->rows++;
	}
	visitors->row[i].came++;
}

void visitors_seen(struct visitors *visitors, struct sv programme, struct sv address,
		   struct day today)
{
	pthread_mutex_lock(&visitors->lock);
	begin_day(visitors, today);
	if (add(visitors, hash_of(visitors, programme, address)))
		count(visitors, programme);
	pthread_mutex_unlock(&visitors->lock);
}

bool visitors_any(struct visitors *visitors)
{
	bool any = false;

	pthread_mutex_lock(&visitors->lock);
	for (size_t i = 0; i < visitors->rows; i++)
		any = any || visitors->row[i].came > 0;
	pthread_mutex_unlock(&visitors->lock);
	return any;
}

int visitors_write(struct visitors *visitors, struct store *store, struct err *err)
{
	int r = 0;

	pthread_mutex_lock(&visitors->lock);
	for (size_t i = 0; r == 0 && i < visitors->rows; i++) {
		if (visitors->row[i].came == 0)
			continue;
		r = board_count(store, sv_from(visitors->row[i].programme), visitors->row[i].came,
				visitors->today, err);
		if (r == 0)
			visitors->row[i].came = 0;
	}
	pthread_mutex_unlock(&visitors->lock);
	return r;
}
