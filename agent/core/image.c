#include "agent/agent.h"

#include <assert.h>
#include <pthread.h>

#include "base/mem.h"

/* Open addressing in sets of four; the oldest of a set makes room. */
#define WAYS 4

struct entry {
	struct image_key key;
	struct sha256 hash;
	uint64_t used; /* 0: empty */
};

struct image_cache {
	pthread_mutex_t lock;
	size_t sets;
	uint64_t tick;
	struct entry entry[];
};

struct image_cache *image_cache_new(size_t max)
{
	const size_t sets = (max + WAYS - 1) / WAYS;
	struct image_cache *cache = mem_zalloc(sizeof *cache + sets * WAYS * sizeof(struct entry));

	assert(max > 0);
	pthread_mutex_init(&cache->lock, NULL);
	cache->sets = sets;
	return cache;
}

void image_cache_free(struct image_cache *cache)
{
	if (!cache)
		return;
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static bool same(const struct image_key *a, const struct image_key *b)
{
	return a->inode == b->inode && a->device == b->device && a->size == b->size &&
	       a->changed_ns == b->changed_ns && a->modified_ns == b->modified_ns;
}

static struct entry *set_of(struct image_cache *cache, const struct image_key *key)
{
	const uint64_t mixed = (key->inode * UINT64_C(0x9e3779b97f4a7c15)) ^ (key->device << 7);

	return cache->entry + (mixed >> 20) % cache->sets * WAYS;
}

bool image_cache_get(struct image_cache *cache, const struct image_key *key, struct sha256 *ret)
{
	struct entry *set;
	bool found = false;

	pthread_mutex_lock(&cache->lock);
	set = set_of(cache, key);
	for (size_t i = 0; i < WAYS && !found; i++)
		if (set[i].used && same(&set[i].key, key)) {
			set[i].used = ++cache->tick;
			*ret = set[i].hash;
			found = true;
		}
	pthread_mutex_unlock(&cache->lock);
	return found;
}

void image_cache_put(struct image_cache *cache, const struct image_key *key, const struct sha256 *hash)
{
	struct entry *set, *place;

	pthread_mutex_lock(&cache->lock);
	place = set = set_of(cache, key);
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].used && same(&set[i].key, key)) {
			place = &set[i];
			break;
		}
		if (set[i].used < place->used)
			place = &set[i];
	}
	*place = (struct entry){ *key, *hash, ++cache->tick };
	pthread_mutex_unlock(&cache->lock);
}

char *image_add_hash(char *take_line, size_t *n, const struct sha256 *hash)
{
	static const char head[] = ",\"Hashes\":\"SHA256=";
	const size_t more = sizeof head - 1 + 2 * SHA256_SIZE + 1;
	char *line = mem_realloc(take_line, *n + more + 1, 1), *at;

	assert(*n >= 2 && line[*n - 1] == '\n' && line[*n - 2] == '}');
	at = line + *n - 2;
	memcpy(at, head, sizeof head - 1);
	at += sizeof head - 1;
	hex_encode(hash->byte, SHA256_SIZE, at);
	for (size_t i = 0; i < 2 * SHA256_SIZE; i++)
		if (at[i] >= 'a')
			at[i] = (char)(at[i] - 'a' + 'A');
	memcpy(at + 2 * SHA256_SIZE, "\"}\n", 4);
	*n += more;
	return line;
}
