/*
 * lottery.h - a draw that anybody can check: the list of tickets and
 * its digest are public before the entropy exists, and what comes out follows
 * from both alone. There is never a second draw.
 *
 *	list  = tickets in the order of their bytes, "TICKET\n" each, or
 *		"TICKET FRAME\n" where places are kept for frames ("-": of none)
 *	seed  = SHA-256("programme:" SLUG "|round:" ROUND "|" BEACON)
 *	score = HMAC-SHA-256(seed, TICKET); the smallest goes first
 *
 * Frames are filled each by score; places that they leave go on by score over
 * all who are left, or stay empty; who is left then waits in the order of the score.
 */
#ifndef LOTTERY_LOTTERY_H
#define LOTTERY_LOTTERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "programme/application.h"
#include "store/store.h"

#define LOTTERY_ENTRIES_MAX 20000
#define LOTTERY_FRAMES_MAX 64
#define LOTTERY_TICKET_MAX 32	  /* bytes */
#define LOTTERY_VALUE_MAX 200	  /* bytes of what an officer enters */
#define LOTTERY_TEXT_MAX 1000	  /* bytes of a proof, a source, a reason */
#define LOTTERY_AHEAD_SECONDS 600 /* from the digest's publication to the entropy, at least */
#define LOTTERY_VALUES 2	  /* each of another officer */
#define LOTTERY_NO_FRAME SIZE_MAX

/* ==== the draw: pure ==== */

struct lottery_frame {
	struct sv id;
	uint32_t places;
};
struct lottery_rule {
	uint32_t places; /* in all: what no frame holds is open to everybody */
	const struct lottery_frame *frame;
	size_t frame_count;
	bool leftover_moves;
};
struct lottery_entry {
	struct sv ticket; /* printable ASCII without spaces */
	size_t frame;	  /* index; LOTTERY_NO_FRAME: of none */
};
/*
 * Sorts the entries and appends the canonical list. ERR_RANGE past a bound,
 * ERR_FORMAT for a ticket that is none, ERR_CONFLICT for one that stands twice.
 */
int lottery_list(const struct lottery_rule *rule, struct lottery_entry *entry, size_t count,
		 struct buf *ret, struct err *err);

struct sha256 lottery_seed(struct sv programme, struct sv round, struct sv beacon);
struct sha256 lottery_score(const struct sha256 *seed, struct sv ticket);

struct lottery_result {
	size_t entry; /* index */
	struct sha256 score;
	bool won;
	size_t seat; /* the frame whose place it is; LOTTERY_NO_FRAME: an open one */
};
/* Fills count results in the order of the score. */
void lottery_draw(const struct lottery_rule *rule, const struct lottery_entry *entry, size_t count,
		  const struct sha256 *seed, struct lottery_result *ret);
/* Whether anybody can go away empty; else everybody wins whatever the seed is. */
bool lottery_is_needed(const struct lottery_rule *rule, const struct lottery_entry *entry,
		       size_t count);
/*
 * May a place of this seat go to somebody of this frame? `others`: whether somebody
 * of the seat's own frame still waits, who comes first.
 */
bool lottery_may_follow(const struct lottery_rule *rule, size_t seat, size_t frame, bool others);

/* The public randomness of drand's chain "quicknet": a round every three seconds. */
#define LOTTERY_CHAIN "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
#define LOTTERY_SIGNATURE_BYTES 48
struct instant lottery_round_time(uint64_t round); /* when it becomes known */
uint64_t lottery_round_at(struct instant at);	   /* the last one known then; 0: none yet */
/* Its randomness is the SHA-256 of the signature; false where the text is no signature. */
bool lottery_randomness(struct sv signature_hex, struct sha256 *ret);

/* ==== a programme's lottery in the records; inside the caller's transaction ==== */

extern const struct store_migration lottery_migrations[];
extern const size_t lottery_migration_count;

enum lottery_state {
	LOTTERY_PREPARED,  /* nobody outside has seen it: it may be made anew */
	LOTTERY_PUBLISHED, /* list and digest are public; nothing of them changes any more */
	LOTTERY_DRAWN,
	LOTTERY_STATE_COUNT
};
const char *lottery_state_name(enum lottery_state state); /* "prepared" */

enum lottery_source {
	LOTTERY_BEACON,	  /* a future round of LOTTERY_CHAIN, entered alike by two officers */
	LOTTERY_OFFICERS, /* two officers enter a value each, seen by nobody before both are there */
	LOTTERY_NONE,	  /* there are places for all */
	LOTTERY_SOURCE_COUNT
};
const char *lottery_source_name(enum lottery_source source); /* "beacon" */
bool lottery_source_parse(struct sv text, enum lottery_source *ret);

struct lottery_officer {
	struct sv id, name, role;
};
struct lottery_value {
	struct lottery_officer officer;
	struct sv value, proof;
	struct instant at;
};
enum lottery_fate {
	FATE_OPEN, /* won or lost does not stand in the application yet */
	FATE_APPLIED,
	FATE_GONE,     /* the application took neither: it had ended meanwhile */
	FATE_VACATED,  /* a winner that gave the place up, and it was given on */
	FATE_FOLLOWED, /* from the waiting order to a place */
	FATE_COUNT
};
const char *lottery_fate_name(enum lottery_fate fate); /* "applied" */

struct lottery_row {
	struct sv application, number, company; /* number: of its receipt */
	struct sv ticket;
	size_t frame;
	unsigned order; /* from 1; 0 before the draw */
	bool won;	/* by the draw */
	size_t seat;
	enum lottery_fate fate;
	struct sv after; /* FATE_FOLLOWED: ticket whose place it got */
	struct instant changed;
};
struct lottery {
	struct sv id, programme, slug;
	enum lottery_state state;
	enum lottery_source source;
	struct lottery_rule rule;
	uint64_t round;	      /* LOTTERY_BEACON */
	struct instant after; /* no value is taken before */
	struct sv what;	      /* LOTTERY_OFFICERS: where the values come from, in words */
	struct sv digest;     /* of the list, hexadecimal */
	struct instant prepared, published, drawn;
	struct sv round_text, beacon, seed; /* DRAWN; beacon and seed hexadecimal */
	struct lottery_value value[LOTTERY_VALUES];
	size_t value_count;
	const struct lottery_row *row; /* by ticket; DRAWN: by order */
	size_t row_count;
};
/* 1, or 0 where the programme has none. From arena. */
int lottery_load(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		 struct lottery *ret, struct err *err);
/* The list as it was published. */
int lottery_list_text(const struct lottery *lottery, struct arena *arena, struct buf *ret,
		      struct err *err);

/* ---- before ---- */

/* Frames of the file with the movements that were logged; ERR_CONFLICT: it has no lottery. */
int lottery_rule_now(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		     struct lottery_rule *ret, struct err *err);
struct lottery_movement { /* */
	unsigned number;
	struct instant at;
	struct lottery_officer officer;
	struct sv reason;
	const struct lottery_frame *frame; /* all, as they were from then on */
	size_t frame_count;
};
/*
 * Moves places between frames that are "about" (T-10); each frame is named once, the
 * sum stays, the reason is kept. A prepared list is thrown away. ERR_CONFLICT after
 * publication, ERR_DENIED for an exact frame, ERR_RANGE where the sum differs.
 */
int lottery_move(struct store *store, const struct catalogue_entry *entry,
		 const struct lottery_frame *frame, size_t count, struct sv reason,
		 const struct lottery_officer *officer, struct instant now, struct arena *arena,
		 struct err *err);
int lottery_movements(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		      const struct lottery_movement **ret, size_t *ret_count, struct err *err);

struct lottery_plan {
	enum lottery_source source; /* NONE is found out by itself */
	uint64_t round;
	struct instant after;
	struct sv what;
};
/*
 * Gives a ticket to everybody who waits for the draw. ERR_CONFLICT while reception
 * is open, while an application is still being looked at, or after publication.
 */
int lottery_prepare(struct store *store, const struct catalogue *catalogue,
		    const struct catalogue_entry *entry, const struct lottery_plan *plan,
		    const struct lottery_officer *officer, struct instant now, struct arena *arena,
		    struct err *err);
/*
 * Makes list and digest public; digest: what the officer saw. ERR_CONFLICT where
 * it is another, where somebody came or went since, or where the entropy would come
 * too soon. A lottery that needs no entropy is drawn at once.
 */
int lottery_publish(struct store *store, const struct catalogue_entry *entry, struct sv digest,
		    const struct lottery_officer *officer, struct instant now, struct arena *arena,
		    struct err *err);

/* ---- the draw ---- */

/*
 * One officer's value: a signature of the round, or a value of one's own. The second of
 * another officer draws (ret_drawn). ERR_CONFLICT before its time, for a third, for the
 * same officer twice (a beacon's signature may be corrected), for a signature other than the
 * first one's; ERR_FORMAT for what is none.
 */
int lottery_enter(struct store *store, const struct catalogue_entry *entry, struct sv value,
		  struct sv proof, const struct lottery_officer *officer, struct instant now,
		  struct arena *arena, bool *ret_drawn, struct err *err);

/* ---- after: the caller moves the application and says so in one transaction ---- */

struct lottery_step {
	struct sv lottery, application, programme;
	bool won;
};
/* Applications that have not heard of their draw, in its order. */
int lottery_steps(struct store *store, size_t limit, struct arena *arena,
		  const struct lottery_step **ret, size_t *ret_count, struct err *err);
/* taken: whether the application took the event. */
int lottery_step_done(struct store *store, const struct lottery_step *step, bool taken,
		      struct instant now, struct err *err);

/*
 * The place of a winner whose application has ended goes on: ret is who is next.
 * Returns 1, 0 where nobody waits for this place, -1; ERR_CONFLICT where the winner has
 * not ended or the place was given on before.
 */
int lottery_next(struct store *store, const struct catalogue *catalogue,
		 const struct lottery *lottery, struct sv winner, struct arena *arena,
		 const struct lottery_row **ret, struct err *err);
/* The next one took the place (or, not taken: had ended, and is passed over from now on). */
int lottery_follow(struct store *store, const struct lottery *lottery, struct sv winner,
		   const struct lottery_row *next, bool taken, struct instant now, struct err *err);

/* The ticket of an application in the published list; 1, or 0 where it has none. */
int lottery_ticket(struct store *store, struct sv application, struct arena *arena, struct sv *ret,
		   struct err *err);

#endif
