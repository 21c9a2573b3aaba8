/*
 * application.h - programmes and applications in the records. All of it runs
 * inside the CALLER's transaction (so that the caller's audit entry commits
 * with it); without one the changing functions fail with ERR_INTERNAL.
 *
 * Effects of a transition are rows of table job, written in the same
 * transaction. The caller runs them later, each exactly once (job_*). Seats
 * are changed at once, and an application's participation belongs to the
 * caller: application_apply hands the effects over for that.
 */
#ifndef PROGRAMME_APPLICATION_H
#define PROGRAMME_APPLICATION_H

#include "base/hash.h"
#include "programme/programme.h"
#include "store/store.h"

#define APPLICATION_PAGE_MAX 200
#define APPLICATION_LINKS_MAX 8	 /* renewed links of one application */
#define APPLICATION_TOKEN_MIN 16 /* characters of a form's token */
#define APPLICATION_PROGRAMMES_MAX 64 /* programmes and companies of one filter, each */
#define APPLICATION_LOG_MAX 1000 /* entries shown of one application */
#define DUE_CHANGES_MAX 10000 /* told of one closure; the logs have all */
#define APPLICATION_NUMBER_MAX 40 /* "2025-kihon-00012" with its NUL */

/* To be migrated after centre's tenants (tables operator, programme, company). */
extern const struct store_migration programme_migrations[];
extern const size_t programme_migration_count;

/* ---- publishing: the records hold the files ---- */

/*
 * Publishes a file for an operator (made where there is none of that name):
 * a new programme, or a new version of it. The same text again changes nothing.
 * What becomes of applications under way says the file (`upgrade`): they end
 * under their version, or all move to this one; ERR_CONFLICT where the state or
 * the course of one is gone.
 */
int programme_publish(struct store *store, struct sv operator_name,
		      const struct programme *programme, struct sv source, struct instant now,
		      char ret_programme[static UUID_TEXT_MAX], struct err *err);

/* Text of the newest published version of a file; 1, or 0 where there is none. From arena. */
int programme_source(struct store *store, struct sv slug, struct arena *arena, struct sv *ret,
		     struct err *err);
/* Applications under way, by the version that they run under; the oldest first, from arena. */
struct version_use {
	uint32_t version;
	uint64_t under_way;
};
int programme_versions(struct store *store, struct sv programme, struct arena *arena,
		       const struct version_use **ret, size_t *ret_count, struct err *err);

/* All published programmes, parsed; threads may share one (immutable). */
struct catalogue;
struct application;
struct catalogue_entry {
	struct sv id, operator_id; /* UUIDs */
	struct sv slug; /* the file's id: in paths of the public site */
	const struct programme *programme; /* the newest version, but for catalogue_of */
	const struct catalogue *catalogue; /* the one that it belongs to */
};
struct catalogue *catalogue_load(struct store *store, struct err *err);
void catalogue_free(struct catalogue *catalogue);
size_t catalogue_list(const struct catalogue *catalogue, const struct catalogue_entry **ret);
const struct catalogue_entry *catalogue_by_slug(const struct catalogue *catalogue, struct sv slug);
const struct catalogue_entry *catalogue_by_id(const struct catalogue *catalogue, struct sv id);
/*
 * The file in the version that this application runs under: whoever looks at one
 * application looks at this. The newest where that version is gone.
 */
const struct catalogue_entry *catalogue_of(const struct catalogue *catalogue,
					   const struct application *application);
/* A number that is another one when a catalogue has to be loaded again. */
int catalogue_changes(struct store *store, int64_t *ret, struct err *err);

/* ---- days on which the office is closed, entered later (T-25) ---- */

struct due_change {
	struct sv number; /* of the application */
	struct day before, after;
};
/*
 * Closes days ("2025-08-13..2025-08-15 夏季休業") of an operator, or of all (empty id:
 * a holiday proclaimed at short notice). Deadlines that are still to come are
 * counted again, the log of each application says so. ret: those that moved, from
 * arena. ERR_FORMAT: no closure; ERR_CONFLICT: these days are closed already.
 */
struct closing {
	struct sv operator_id, text, actor, actor_name;
	struct instant now;
};
int programme_close(struct store *store, const struct closing *closing, struct arena *arena,
		    const struct due_change **ret, size_t *ret_count, struct err *err);

/* ---- reception, closed by the office (T-35) ---- */

/* 0 open, -1 not yet, 1 over: by date, or since the office closed it. */
int reception_read(struct store *store, const struct catalogue_entry *entry, struct day today,
		   int *ret, struct err *err);
/* The office closes it, or opens it again before the last day that the file says. */
struct reception_change {
	bool open;
	struct sv reason, actor;
	struct instant now;
};
int reception_set(struct store *store, const struct catalogue_entry *entry,
		  const struct reception_change *change, struct err *err);

/* ---- seats ---- */

struct seat_row {
	struct sv course;
	uint32_t taken, places; /* places: with overrides */
	bool exact, open; /* open: a new application is taken now */
};
/* One row for each course, in the file's order; from arena. */
int seats_read(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
	       const struct seat_row **ret, size_t *ret_count, struct err *err);
/* more places of a course that is "about"; reason is kept. ERR_DENIED where exact. */
int seats_override(struct store *store, const struct catalogue_entry *entry, struct sv course,
		   uint32_t places, struct sv reason, struct sv actor, struct instant now,
		   struct err *err);

/* ---- an application ---- */

struct application {
	struct sv id; /* UUIDv7 */
	struct sv number; /* for people: "2025-kihon-00012"; counts receipts */
	struct sv programme, company; /* UUIDs */
	struct sv company_name, company_kana, contact, mail, telephone; /* from the answers */
	uint32_t file_version;
	uint64_t version; /* give it back when changing: ERR_CONFLICT where it moved */
	struct application_state is;
	bool has_due, due_is_hard;
	struct day due;
	struct sv wished[PROGRAMME_COURSES_MAX], decided[PROGRAMME_COURSES_MAX];
	size_t wished_count, decided_count;
	struct instant wake;
};

struct application_receipt {
	struct sv token; /* of the form page: the same again is the same application */
	struct answers answers; /* as typed */
	struct instant now; /* programme time */
	struct sv address;
};
enum received { RECEIVED_NEW, RECEIVED_BEFORE, RECEIVED_REFUSED };
struct reception {
	enum received what;
	char id[UUID_TEXT_MAX];
	char number[APPLICATION_NUMBER_MAX];
	char company[UUID_TEXT_MAX]; /* made, or known by corporate number */
	/*
	 * Secret of the personal link, made of the token, so that a double submission
	 * sees the same receipt: lower hex of sha256("hikeshi personal link 1\n" ‖ token).
	 * Its hash is kept. Empty where refused.
	 */
	struct sv link;
	struct refused refused; /* fields, closed, full */
	const struct eligibility_row *condition; /* INELIGIBLE: all rows */
	size_t condition_count;
};
/*
 * Receives a form: checks, eligibility, seats, receipt number, all in the
 * caller's transaction, so that two for the last seat get exactly one.
 * Effects of "receive" (mail) become jobs.
 */
int application_receive(struct store *store, const struct catalogue_entry *entry,
			const struct application_receipt *receipt, struct arena *arena,
			struct reception *ret, struct err *err);

/* How many were received for the mail address of this one since then, itself counted. */
int applications_of_same_mail(struct store *store, struct sv id, struct instant since,
			      uint64_t *ret, struct err *err);

/* 1, or 0 where there is none. From arena. */
int application_load(struct store *store, const struct catalogue *catalogue, struct sv id,
		     struct arena *arena, struct application *ret, struct err *err);
/* By the secret of its personal link. */
int application_by_link(struct store *store, const struct catalogue *catalogue, struct sv secret,
			struct arena *arena, struct application *ret, struct err *err);
/* The running one behind a participation; 0 where the participation has none. */
int application_of_participation(struct store *store, const struct catalogue *catalogue,
				 struct sv participation, struct arena *arena,
				 struct application *ret, struct err *err);

struct application_change {
	struct sv event;
	enum programme_actor by;
	struct answers fields; /* as typed */
	struct sv actor; /* person's id; empty: the clock, the centre, a personal link */
	struct sv actor_name;
	struct instant now;
	uint64_t version; /* 0: whatever it is (clock and centre) */
};
/*
 * One event. Returns 0 with *ret_transition (the effects are in the jobs, seats
 * are changed, log is written), 1 with ret_refused, -1 on error.
 */
int application_apply(struct store *store, const struct catalogue_entry *entry,
		      const struct application *application,
		      const struct application_change *change, struct arena *arena,
		      struct transition *ret_transition, struct refused *ret_refused,
		      struct err *err);
/* One more secret of the personal link; the first and the last APPLICATION_LINKS_MAX stay good. */
int application_renew_link(struct store *store, struct sv id, struct arena *arena,
			   struct sv *ret_secret, struct err *err);
/*
 * What the centre knows of it beside its answers ("document.policy"), for
 * conditions: these values and no others of that name.
 */
int application_set_record(struct store *store, struct sv id, struct sv name,
			   const struct sv *value, size_t count, struct err *err);

/* ---- who a company is (R-026, T-48) ---- */

#define ALIKE_MAX 8 /* companies that one application may be */

enum trait { TRAIT_NAME, TRAIT_KANA, TRAIT_DOMAIN, TRAIT_TELEPHONE, TRAIT_COUNT };
const char *trait_name(enum trait trait); /* "domain" */
/*
 * A company that may be the same: its name or reading but for legal form, width
 * and variants of kanji; the domain of its mail where no provider's; its telephone.
 * Their ids stand in "records.alike", what they took part in in
 * "records.alike_services" and "records.alike_programmes".
 */
struct alike {
	struct sv company, name; /* UUID, and as it is known */
	struct sv number;	 /* of its newest application; may be empty */
	unsigned by;		 /* bits 1 << enum trait */
};
int application_alike(struct store *store, const struct application *application,
		      struct arena *arena, const struct alike **ret, size_t *ret_count,
		      struct err *err);
/*
 * A person has looked: the application is of this company among those alike, or
 * (empty) of none of them. What is known of it is read anew. ERR_CONFLICT once
 * participation is final or where the version moved, ERR_NOT_FOUND for another
 * company, ERR_USAGE without a reason.
 */
struct identified {
	struct sv company, reason, actor, actor_name;
	struct instant now;
	uint64_t version;
};
int application_identify(struct store *store, const struct catalogue_entry *entry,
			 const struct application *application, const struct identified *said,
			 struct arena *arena, struct err *err);

/* Ids whose clock has something to do by `now`, the longest waiting first. */
int applications_waking(struct store *store, struct instant now, size_t limit, struct arena *arena,
			const struct sv **ret, size_t *ret_count, struct err *err);

/* ---- lists and the log ---- */

enum application_due { DUE_ANY, DUE_LATE, DUE_TODAY, DUE_SOON }; /* soon: within 1 business day */
struct application_filter {
	const struct sv *programme; /* UUIDs the actor may see; those of a company too: either */
	size_t programme_count;
	const struct sv *company;
	size_t company_count;
	struct sv state, course, text; /* empty: any; text: name, kana, mail, telephone, number */
	int actor; /* enum programme_actor, or -1 */
	enum application_due due;
	bool with_final; /* also those that have ended */
	struct day today;
};
struct application_list {
	const struct application *item; /* due first, then by receipt */
	size_t count;
	struct sv next; /* cursor; empty at the end */
};
int application_list(struct store *store, const struct catalogue *catalogue,
		     const struct application_filter *filter, struct sv cursor, size_t limit,
		     struct arena *arena, struct application_list *ret, struct err *err);
struct application_count {
	struct sv programme, state;
	uint64_t all, late, today;
	uint64_t breach; /* of the late ones, those whose deadline is hard */
};
int application_counts(struct store *store, const struct application_filter *filter,
		       struct arena *arena, const struct application_count **ret,
		       size_t *ret_count, struct err *err);

struct application_entry {
	uint64_t number;
	struct instant at;
	struct sv actor, actor_name, event, from, to;
	enum programme_actor by;
	struct answers fields;
};
int application_log(struct store *store, struct sv id, struct arena *arena,
		    const struct application_entry **ret, size_t *ret_count, struct err *err);

/* ---- jobs: effects that wait ---- */

#define JOB_ATTEMPTS_MAX 10 /* then FAILED, and people see it */

struct job {
	struct sv id;
	enum effect_kind kind;
	struct sv application, what, how;
	unsigned number;
	struct day from, to;
	struct instant made;
	unsigned attempts;
};
/* The next one whose time (real) has come, not yet taken; 1, or 0. */
int job_next(struct store *store, struct instant real_now, struct arena *arena, struct job *ret,
	     struct err *err);
int job_done(struct store *store, struct sv id, struct instant real_now, struct err *err);
/* Again later, twice as long each time from 10 s to 1 h; after JOB_ATTEMPTS_MAX it failed. */
int job_later(struct store *store, struct sv id, struct sv why, struct instant real_now,
	      struct err *err);

#endif
