/*
 * seminar.h - sessions of a programme's file: bookings, waiting lists, attendance,
 * material and what the groups of a workshop worked out (R-099 … R-106).
 *
 * Places are counted in the caller's one transaction, for each session and mode, with
 * the offers that still run. Whatever frees a place offers it, in the same transaction, to
 * whoever waits longest; nobody passes those who wait. A booking has nothing to do with an
 * application: nobody has to attend in order to apply.
 *
 * Changing functions need a transaction of the caller. `now` is programme time.
 */
#ifndef SEMINAR_SEMINAR_H
#define SEMINAR_SEMINAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "programme/application.h"
#include "store/store.h"

#define SEMINAR_OFFER_HOURS 24	      /* an offered place is held so long, or until booking ends */
#define SEMINAR_WAITING_MAX 500	      /* who wait for one session in one mode */
#define SEMINAR_SAME_MAIL_MAX 5	      /* running bookings of one session with one mail address */
#define SEMINAR_LINE_MAX 200	      /* bytes of a name, a company, a title */
#define SEMINAR_REASON_MAX 1000	      /* bytes of a reason */
#define SEMINAR_LINKS_MAX 8	      /* renewed links of one booking; the first stays good */
#define SEMINAR_BOOKINGS_MAX 5000     /* shown of one session */
#define SEMINAR_PARTICIPANTS_MAX 1000 /* of one programme */
#define SEMINAR_MATERIALS_MAX 50      /* of one session */
#define SEMINAR_URL_MAX 1000	      /* bytes */
#define SEMINAR_GROUPS_MAX 50	      /* of one session */
#define SEMINAR_OUTPUT_MAX 8000	      /* bytes of one step of a group */
#define SEMINAR_TOKEN_MIN 16	      /* characters of a form's token */

extern const struct store_migration seminar_migrations[];
extern const size_t seminar_migration_count;

/* ==== when: pure ==== */

const struct programme_session *seminar_session(const struct catalogue_entry *entry, struct sv id);
/* The first moment at which no booking is taken any more: 24:00 of the last day, Tokyo. */
struct instant seminar_closing(const struct programme_session *session);
/* Of a session with a date; from and to may be the same minute: then the hours are not known. */
struct instant seminar_start(const struct programme_session *session);
struct instant seminar_end(const struct programme_session *session);
enum seminar_reception {
	RECEPTION_OPEN,
	RECEPTION_OVER,
	RECEPTION_NO_DATE,	/* T-37: nobody can book what has no day */
	RECEPTION_PARTICIPANTS, /* of the programme's participants, who do not book */
};
enum seminar_reception seminar_reception(const struct programme_session *session,
					 struct instant now);
/* Until when a place that is offered now is held: min(now + SEMINAR_OFFER_HOURS, closing). */
struct instant seminar_offer_end(const struct programme_session *session, struct instant now);

/* ==== bookings ==== */

enum booking_state {
	BOOKING_BOOKED,
	BOOKING_WAITING,
	BOOKING_OFFERED, /* holds a place until offer_until */
	BOOKING_CANCELLED,
	BOOKING_EXPIRED, /* the offer was not taken, or none came */
	BOOKING_STATE_COUNT
};
const char *booking_state_name(enum booking_state state); /* "booked" */

struct booking {
	struct sv id, programme, session; /* UUID, UUID, the file's id */
	enum session_mode mode;
	enum booking_state state;
	struct sv name, company, mail, telephone;
	struct instant made, changed, offer_until;
	uint32_t sequence; /* for its calendar entry */
	unsigned before;   /* WAITING: how many wait before it */
};
struct booking_wish {
	struct sv token; /* of the form: the same again is the same booking */
	enum session_mode mode;
	struct sv name, company, mail, telephone; /* company and telephone may be empty */
	bool waits;				  /* where it is full, wait */
	struct sv address;
};
enum booking_outcome {
	OUTCOME_DONE,
	OUTCOME_BEFORE, /* this form was sent before */
	OUTCOME_FULL,	/* neither booked nor waiting */
	OUTCOME_CLOSED, /* */
	OUTCOME_NO_DATE,
	OUTCOME_PARTICIPANTS,
	OUTCOME_NOT_SO,	 /* not in this mode */
	OUTCOME_MAIL,	 /* SEMINAR_SAME_MAIL_MAX */
	OUTCOME_CROWDED, /* SEMINAR_WAITING_MAX */
	OUTCOME_ENDED,	 /* of a booking that was cancelled or whose offer is over */
};
struct booking_answer {
	enum booking_outcome outcome;
	enum booking_state state; /* DONE, BEFORE */
	char id[UUID_TEXT_MAX];
	char secret[2 * SHA256_SIZE + 1]; /* of its link; made of the token */
	bool free[MODE_COUNT];		  /* FULL: ways that still have places (S-35) */
};
int seminar_book(struct store *store, const struct catalogue_entry *entry,
		 const struct programme_session *session, const struct booking_wish *wish,
		 struct instant now, struct booking_answer *ret, struct err *err);
/* Until the session begins. A booking that has ended stays as it is. */
int seminar_cancel(struct store *store, const struct catalogue_entry *entry,
		   const struct booking *booking, struct instant now, enum booking_outcome *ret,
		   struct err *err);
/* Venue to online or back, one act: where there is no place nothing changes. Also from waiting. */
int seminar_switch(struct store *store, const struct catalogue_entry *entry,
		   const struct booking *booking, enum session_mode mode, struct instant now,
		   enum booking_outcome *ret, struct err *err);
/* Takes what is offered. */
int seminar_accept(struct store *store, const struct catalogue_entry *entry,
		   const struct booking *booking, struct instant now, enum booking_outcome *ret,
		   struct err *err);

struct seminar_count {
	uint32_t places, booked, offered, waiting;
};
int seminar_count(struct store *store, const struct catalogue_entry *entry,
		  const struct programme_session *session,
		  struct seminar_count ret[static MODE_COUNT], struct err *err);
/* 1, or 0. */
int seminar_booking(struct store *store, struct sv id, struct arena *arena, struct booking *ret,
		    struct err *err);
int seminar_by_link(struct store *store, struct sv secret, struct arena *arena, struct booking *ret,
		    struct err *err);
/* One more secret for a mail. */
int seminar_renew_link(struct store *store, struct sv id, struct arena *arena,
		       struct sv *ret_secret, struct err *err);
/* In the order in which they came. */
int seminar_bookings(struct store *store, const struct catalogue_entry *entry, struct sv session,
		     struct arena *arena, const struct booking **ret, size_t *ret_count,
		     struct err *err);

/* ---- what the clock does, and mails ---- */

/*
 * Ends offers whose time is over and offers free places on. Sessions that have neither offers
 * nor people who wait cost nothing. Returns how many sessions it looked at, or -1.
 */
int seminar_turn(struct store *store, const struct catalogue *catalogue, struct instant now,
		 struct arena *arena, struct err *err);

enum seminar_news {
	NEWS_BOOKED,
	NEWS_WAITING,
	NEWS_OFFERED,
	NEWS_EXPIRED,  /* an offer was not taken in time */
	NEWS_NO_PLACE, /* booking is over, and no place came free */
	NEWS_CHANGED,
	NEWS_CANCELLED,
	NEWS_COUNT
};
struct seminar_notice { /* somebody has to be told by mail */
	int64_t number;
	enum seminar_news news;
	struct booking booking; /* as it is now */
};
/* The next one: 1, or 0. It goes away with seminar_told, in the mail's transaction. */
int seminar_notice(struct store *store, struct arena *arena, struct seminar_notice *ret,
		   struct err *err);
int seminar_told(struct store *store, int64_t number, struct err *err);

/* ==== participants, exceptions, attendance ==== */

struct participant { /* one person of a company (R-102, S-33) */
	struct sv application, number, company;
	struct sv person; /* of the form, or changed by an exception */
	bool running;
};
/* Who take or took part: participation is final. By number. */
int seminar_participants(struct store *store, const struct catalogue_entry *entry,
			 struct arena *arena, const struct participant **ret, size_t *ret_count,
			 struct err *err);

enum exception_kind {
	EXCEPTION_SUBSTITUTE, /* another person, once */
	EXCEPTION_CHANGE,     /* another person from now on */
	EXCEPTION_ONLINE,     /* online, once */
	EXCEPTION_KIND_COUNT
};
const char *exception_kind_name(enum exception_kind kind); /* "substitute" */
bool exception_kind_parse(struct sv text, enum exception_kind *ret);
struct officer {
	struct sv id, name;
};
struct exception { /* the office's decision (T-45) */
	unsigned number;
	enum exception_kind kind;
	struct sv session, application; /* session: empty for CHANGE */
	struct sv person;		/* SUBSTITUTE, CHANGE */
	struct sv reason;
	struct officer officer;
	struct instant at;
};
/* ERR_CONFLICT, ERR_RANGE, ERR_FORMAT say what is wrong with it. */
int seminar_except(struct store *store, const struct catalogue_entry *entry,
		   const struct exception *exception, struct arena *arena, struct err *err);
int seminar_exceptions(struct store *store, const struct catalogue_entry *entry,
		       struct arena *arena, const struct exception **ret, size_t *ret_count,
		       struct err *err);

struct attendance {
	struct sv session, subject; /* subject: application (participants) or booking */
	bool present;
	struct sv person;
	enum session_mode mode;
	struct officer officer;
	struct instant at;
};
/*
 * Records or corrects. A participant that comes online, or another person that comes for the
 * company, needs an exception for this session: else ERR_DENIED (T-45). person may
 * be empty: who was expected. ERR_CONFLICT before the day of the session.
 */
int seminar_attend(struct store *store, const struct catalogue_entry *entry,
		   const struct programme_session *session, const struct attendance *attendance,
		   struct instant now, struct arena *arena, struct err *err);
/* All of a programme, or of one session. */
int seminar_attendance(struct store *store, const struct catalogue_entry *entry, struct sv session,
		       struct arena *arena, const struct attendance **ret, size_t *ret_count,
		       struct err *err);

enum presence {
	PRESENCE_TO_COME, /* also of a session without a date */
	PRESENCE_UNRECORDED,
	PRESENCE_PRESENT,
	PRESENCE_MISSED,
	PRESENCE_COUNT
};
const char *presence_name(enum presence presence); /* "missed" */
/* row: all of a programme. */
enum presence seminar_presence(const struct programme_session *session, struct sv subject,
			       const struct attendance *row, size_t count, struct instant now);

/* ==== material and outputs ==== */

enum material_kind { MATERIAL_PAPER, MATERIAL_VIDEO, MATERIAL_KIND_COUNT };
const char *material_kind_name(enum material_kind kind); /* "video" */
bool material_kind_parse(struct sv text, enum material_kind *ret);
struct material { /* public from now on, and for ever */
	struct sv id, session, title, url;
	enum material_kind kind;
	struct instant at;
};
/*
 * url: https. A video before the session has ended is ERR_CONFLICT, as is one
 * more than SEMINAR_MATERIALS_MAX.
 */
int seminar_publish(struct store *store, const struct catalogue_entry *entry,
		    const struct programme_session *session, const struct material *material,
		    const struct officer *officer, struct instant now,
		    char ret_id[static UUID_TEXT_MAX], struct err *err);
/* All of a programme, or of one session; the oldest first. */
int seminar_materials(struct store *store, const struct catalogue_entry *entry, struct sv session,
		      struct arena *arena, const struct material **ret, size_t *ret_count,
		      struct err *err);

enum workshop_step {			/* */
		     STEP_THEME,	/* theme and goal */
		     STEP_DISCUSSION,	/* in the group */
		     STEP_PRESENTATION, /* and questions */
		     STEP_FEEDBACK,	/* of the lecturer */
		     STEP_ACTION,	/* exchange and action plan */
		     STEP_COUNT
};
const char *workshop_step_name(enum workshop_step step); /* "discussion" */
struct workshop_output {
	struct sv session, group;
	struct sv text[STEP_COUNT]; /* empty: not written yet */
	struct instant at;
	uint32_t version;
};
/* version: of what was read, 0 for a new group; ERR_CONFLICT where somebody wrote meanwhile. */
int seminar_write_output(struct store *store, const struct catalogue_entry *entry,
			 const struct programme_session *session,
			 const struct workshop_output *output, const struct officer *officer,
			 struct instant now, struct err *err);
int seminar_outputs(struct store *store, const struct catalogue_entry *entry, struct sv session,
		    struct arena *arena, const struct workshop_output **ret, size_t *ret_count,
		    struct err *err);

#endif
