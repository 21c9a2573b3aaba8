/*
 * live.h - changes that people watch: a ring of the last ones and those who
 * listen, each only to the companies that they may see. Locked inside.
 *
 * Publishing never waits: who reads too slowly loses the stream, comes back
 * with Last-Event-ID and is told to load again where the ring has gone on.
 */
#ifndef CENTRE_LIVE_H
#define CENTRE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/sv.h"
#include "centre/access.h"

#define LIVE_CHANGES_MAX 4096  /* kept for those who come back */
#define LIVE_LISTENERS_MAX 256 /* of the whole centre */
#define LIVE_LISTENERS_PERSON_MAX 16
#define LIVE_HEARTBEAT_SECONDS 5 /* so long a page that was left still counts */
#define LIVE_RECHECK_SECONDS 15 /* session and companies are looked at again */
#define LIVE_MESSAGE_MAX 512	/* bytes of one message */

struct live;
struct live_listener;

struct live *live_new(void);
void live_free(struct live *live); /* after the last listener is gone */

enum live_kind {
	LIVE_INCIDENT, LIVE_DEVICE, LIVE_ACTION,
	LIVE_APPLICATION, LIVE_MAIL, LIVE_REPORT,
	LIVE_CHECK, /* id is the company */
	LIVE_KIND_COUNT
};
/* A company of which somebody may hear, and of which kinds: bits 1 << enum live_kind. */
struct live_right {
	struct sv company;
	unsigned kinds;
};
/*
 * What an actor may hear, by companies ascending; from arena. Empty for who may
 * not listen at all.
 */
int live_rights(struct store *store, const struct actor *actor, struct arena *arena,
		const struct live_right **ret, size_t *ret_count, struct err *err);

/* Call it after the commit. id and company are UUIDs; others are a bug. Any thread. */
void live_publish(struct live *live, enum live_kind kind, struct sv company, struct sv id,
		  bool created);

/* ---- for the stream's handler ---- */

/*
 * right: companies may come in any order, each once. last_id: of the stream
 * before, may be empty. NULL where there are too many listeners already.
 */
struct live_listener *live_listen(struct live *live, const struct actor *actor,
				  const struct live_right *right, size_t count, struct sv last_id,
				  uint64_t monotonic_us);

/* ---- for the HTTP shell ---- */

/* Called with the lock held when there is something to read again. */
void live_listener_wake_with(struct live_listener *listener, void (*wake)(void *), void *context);
/*
 * Copies whole messages. Returns the number of bytes; 0 where there is nothing
 * now: then `sleep` was called under the lock and wake will be called once; -1
 * where the stream is over.
 */
int64_t live_read(struct live_listener *listener, char *p, size_t room, void (*sleep)(void *));
void live_listener_free(struct live_listener *listener); /* NULL is fine */
/* Heartbeats for those who heard nothing for long. */
void live_tick(struct live *live, uint64_t monotonic_us);
/* Ends all streams. */
void live_close(struct live *live);
unsigned live_listeners(struct live *live);

/*
 * One listener whose rights have not been looked at for LIVE_RECHECK_SECONDS, or
 * since an application came of a company that it does not know: its number, or 0
 * where there is none. Then live_update tells what was found: false ends the
 * stream, and who may hear more than before is told to load everything again.
 */
uint64_t live_due(struct live *live, uint64_t monotonic_us, enum actor_kind *ret_kind,
		  char ret_credential[static 72]);
void live_update(struct live *live, uint64_t number, bool good, const struct live_right *right,
		 size_t count);

#endif
