/*
 * mail.h - mails: a queue in the records, RFC 5322 messages with Japanese text,
 * and handing them to an SMTP server. Sending happens in a process of its own
 * (hikeshi-post) that has the network and nothing else.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "store/store.h"

#define MAIL_SUBJECT_MAX 500   /* bytes */
#define MAIL_BODY_MAX 65536    /* bytes of text */
#define MAIL_CALENDAR_MAX 16384 /* bytes of the calendar file that goes with it */
#define MAIL_ADDRESS_MAX 254   /* RFC 5321 4.5.3.1.3 */
#define MAIL_QUEUE_MAX 100000  /* mails that wait: more are refused */
#define MAIL_ATTEMPTS_MAX 20   /* then it failed; about two days */
#define MAIL_PAGE_MAX 200
#define MAIL_PROGRAMMES_MAX 200 /* whose mails one list looks at */
#define MAIL_MESSAGE_MAX (256U << 10) /* bytes of a message as SMTP carries it */
#define MAIL_NOTICE_MAX (1U << 20) /* bytes of a delivery status notification */

extern const struct store_migration mail_migrations[];
extern const size_t mail_migration_count;

enum mail_state {
	MAIL_QUEUED,  /* waits for its turn, or for a server that is away */
	MAIL_KEPT,    /* no server is configured: it stays in the outbox, to be read there */
	MAIL_SENT,    /* a server has taken it */
	MAIL_BOUNCED, /* refused by a server, or came back */
	MAIL_FAILED,  /* given up */
	MAIL_STATE_COUNT
};
const char *mail_state_name(enum mail_state state); /* "queued" */
bool mail_state_parse(struct sv text, enum mail_state *ret);

struct mail_wish {
	struct sv to, to_name;
	struct sv subject, body; /* plain text, lines ended by \n */
	struct sv calendar;	 /* an iCalendar file (base/ics.h) that goes with it; may be empty */
	struct sv template_id;	 /* for lists: "received" */
	struct sv programme, company, application; /* UUIDs, may be empty: whose affair it is */
	struct instant now;	 /* programme time: what people see as its date */
	struct instant real_now;
};
/*
 * Puts a mail into the queue, in the caller's transaction. The address was
 * checked by the form; here what could break a header (CR, LF, NUL) is refused
 * with ERR_FORMAT, and a full queue with ERR_FULL.
 */
int mail_queue(struct store *store, const struct mail_wish *wish, char ret_id[static UUID_TEXT_MAX],
	       struct err *err);

/* Is this a mail address that SMTP carries without extensions (RFC 5321, ASCII)? */
bool mail_address_is_good(struct sv address);

struct mail {
	struct sv id, to, to_name, subject, body, template_id, programme, company, application;
	struct sv calendar; /* as in struct mail_wish; not in lists */
	enum mail_state state;
	struct instant created, sent; /* programme time; real time */
	struct instant next;	      /* real: when it is tried again */
	unsigned attempts;
	bool unsure;		      /* an attempt was cut off: it may have gone out more than once */
	struct sv problem;	      /* what the server said last */
};
struct mail_filter {
	const struct sv *programme; /* UUIDs the actor may see; none: no mails */
	size_t programme_count;
	int state; /* enum mail_state, or -1 */
	struct sv text, application; /* empty: any */
};
struct mail_list {
	const struct mail *item; /* newest first, without bodies */
	size_t count;
	struct sv next;
};
int mail_list(struct store *store, const struct mail_filter *filter, struct sv cursor,
	      size_t limit, struct arena *arena, struct mail_list *ret, struct err *err);
int mail_load(struct store *store, struct sv id, struct arena *arena, struct mail *ret,
	      struct err *err); /* 1 or 0 */
/*
 * Tries one again at once (address corrected or not; empty: as it is), whether
 * it was bounced, failed, kept or waits. ERR_CONFLICT: it was sent.
 */
int mail_again(struct store *store, struct sv id, struct sv to, struct instant real_now,
	       struct err *err);

/* ---- for who sends ---- */

/* Where no server is configured: what waits is kept. */
int mail_keep(struct store *store, struct err *err);
/* The next one whose time has come: 1, or 0. */
int mail_next(struct store *store, struct instant real_now, struct arena *arena, struct mail *ret,
	      struct err *err);
/*
 * Says, durably, that it is handed to a server now. Where the time before came
 * to no mail_outcome, nobody knows whether the mail went out: it is unsure from then on.
 */
int mail_hand(struct store *store, struct sv id, struct err *err);
enum mail_outcome {
	MAIL_TAKEN,
	MAIL_REFUSED,
	MAIL_AWAY,
	MAIL_LOST, /* whether a server took it is not known: as AWAY, and unsure */
	MAIL_OUTCOME_COUNT
};
/* What became of it; AWAY waits longer each time (1 min to 4 h). */
int mail_outcome(struct store *store, struct sv id, enum mail_outcome outcome, struct sv said,
		 struct instant real_now, struct err *err);
/* A delivery status notification (RFC 3464) that came back; 1 where it belongs to a mail of ours. */
int mail_bounce(struct store *store, struct sv message, struct instant real_now, struct err *err);

struct mail_sender { /* from configuration */
	struct sv from, from_name; /* office's address and name */
	struct sv host; /* for Message-ID */
};
/*
 * The message as SMTP carries it: CRLF, RFC 2047 headers, base64 UTF-8 text,
 * stable Message-ID. It has at most MAIL_MESSAGE_MAX bytes.
 */
int mail_compose(const struct mail *mail, const struct mail_sender *sender, struct buf *ret,
		 struct err *err);

#endif
