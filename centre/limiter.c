#include "centre/limiter.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

#define WAYS 8 /* slots in which one key may stand */
#define WINDOW_US (LIMITER_WINDOW_SECONDS * INSTANT_SECOND)

static const unsigned maximum[] = {
	[LIMITER_SIGN_IN_PAIR] = 5,	[LIMITER_SIGN_IN_ACCOUNT] = 50,
	[LIMITER_SIGN_IN_ADDRESS] = 50, [LIMITER_TOKEN_ADDRESS] = 100,
	[LIMITER_ENROL_ADDRESS] = 30,	[LIMITER_INVITATION_ADDRESS] = 30,
	[LIMITER_FORM_ADDRESS] = 200,	[LIMITER_RECEIPT_ADDRESS] = 20,
	[LIMITER_LINK_ADDRESS] = 30,	[LIMITER_RECEIPT_ALL] = 500,
};
static_assert(sizeof maximum / sizeof *maximum == LIMITER_KIND_COUNT, "every kind");

#define NETWORK_BYTES 8 /* of an IPv6 address: what one line is given */

static bool is_of_address(enum limiter_kind kind)
{
	return kind != LIMITER_SIGN_IN_PAIR && kind != LIMITER_SIGN_IN_ACCOUNT &&
	       kind != LIMITER_RECEIPT_ALL;
}

struct slot {
	uint64_t key; /* 0: free */
	int64_t first_us;
	uint32_t failures;
};

struct limiter {
	pthread_mutex_t lock;
	unsigned passwords;
	char seed[16]; /* so that nobody can aim at another's slots */
	struct slot slot[LIMITER_SLOTS];
};

unsigned limiter_max(enum limiter_kind kind)
{
	return maximum[kind];
}

struct limiter *limiter_new(void)
{
	struct limiter *limiter = mem_zalloc(sizeof *limiter);

	pthread_mutex_init(&limiter->lock, NULL);
	random_bytes(limiter->seed, sizeof limiter->seed);
	return limiter;
}

void limiter_free(struct limiter *limiter)
{
	if (!limiter)
		return;
	pthread_mutex_destroy(&limiter->lock);
	free(limiter);
}

/* Whoever has one IPv6 address has 2^64: all of a network are one. */
static struct sv network_of(struct sv address, char room[static INET6_ADDRSTRLEN])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct in6_addr six;

	if (address.n >= INET6_ADDRSTRLEN)
		return address;
	snprintf(room, INET6_ADDRSTRLEN, "%.*s", SV_ARG(address));
	if (inet_pton(AF_INET6, room, &six) != 1 || memcmp(&six, mapped, sizeof mapped) == 0)
		return address;
	memset(six.s6_addr + NETWORK_BYTES, 0, sizeof six - NETWORK_BYTES);
	return inet_ntop(AF_INET6, &six, room, INET6_ADDRSTRLEN) ? sv_from(room) : address;
}

static uint64_t key_of(const struct limiter *limiter, enum limiter_kind kind, struct sv text)
{
	char room[INET6_ADDRSTRLEN];
	struct sha256 digest;
	struct buf buf;
	uint64_t key;

	buf_init(&buf, 4096);
	buf_put(&buf, limiter->seed, sizeof limiter->seed);
	buf_put_char(&buf, (char)kind);
	if (is_of_address(kind))
		text = network_of(text, room);
	buf_put_sv(&buf, sv_slice(text, 0, 1024));
	digest = sha256_of(buf_sv(&buf));
	buf_done(&buf);
	memcpy(&key, digest.byte, sizeof key);
	return key ? key : 1;
}

static struct slot *find(struct limiter *limiter, uint64_t key)
{
	struct slot *slot = &limiter->slot[key & (LIMITER_SLOTS - 1) & ~(uint64_t)(WAYS - 1)];

	for (unsigned i = 0; i < WAYS; i++)
		if (slot[i].key == key)
			return &slot[i];
	return NULL;
}

/* A free or the oldest of its slots. */
static struct slot *place(struct limiter *limiter, uint64_t key)
{
	struct slot *slot = &limiter->slot[key & (LIMITER_SLOTS - 1) & ~(uint64_t)(WAYS - 1)];
	struct slot *best = slot;

	for (unsigned i = 0; i < WAYS; i++) {
		if (slot[i].key == 0)
			return &slot[i];
		if (slot[i].first_us < best->first_us)
			best = &slot[i];
	}
	return best;
}

bool limiter_allows(struct limiter *limiter, enum limiter_kind kind, struct sv key,
		    struct instant now)
{
	const uint64_t hash = key_of(limiter, kind, key);
	const struct slot *slot;
	bool allows;

	pthread_mutex_lock(&limiter->lock);
	slot = find(limiter, hash);
	allows = !slot || now.us - slot->first_us >= WINDOW_US || slot->failures < maximum[kind];
	pthread_mutex_unlock(&limiter->lock);
	return allows;
}

void limiter_failed(struct limiter *limiter, enum limiter_kind kind, struct sv key,
		    struct instant now)
{
	const uint64_t hash = key_of(limiter, kind, key);
	struct slot *slot;

	pthread_mutex_lock(&limiter->lock);
	slot = find(limiter, hash);
	if (!slot || now.us - slot->first_us >= WINDOW_US) {
		if (!slot)
			slot = place(limiter, hash);
		*slot = (struct slot){ .key = hash, .first_us = now.us };
	}
	slot->failures++;
	pthread_mutex_unlock(&limiter->lock);
}

void limiter_forget(struct limiter *limiter, enum limiter_kind kind, struct sv key)
{
	const uint64_t hash = key_of(limiter, kind, key);
	struct slot *slot;

	pthread_mutex_lock(&limiter->lock);
	slot = find(limiter, hash);
	if (slot)
		*slot = (struct slot){ 0 };
	pthread_mutex_unlock(&limiter->lock);
}

bool limiter_enter_password(struct limiter *limiter)
{
	bool entered;

	pthread_mutex_lock(&limiter->lock);
	entered = limiter->passwords < LIMITER_PASSWORDS_MAX;
	limiter->passwords += entered;
	pthread_mutex_unlock(&limiter->lock);
	return entered;
}

void limiter_leave_password(struct limiter *limiter)
{
	pthread_mutex_lock(&limiter->lock);
	assert(limiter->passwords > 0);
	limiter->passwords--;
	pthread_mutex_unlock(&limiter->lock);
}
