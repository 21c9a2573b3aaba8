/* records.h - what the files that keep applications share. */
#ifndef PROGRAMME_RECORDS_H
#define PROGRAMME_RECORDS_H

#include "programme/application.h"
#include "programme/internal.h"

#define DUE_NEVER INT32_MAX /* sorts behind every day */
#define VERSIONS_SHOWN_MAX 64 /* of one programme, with applications under way */

/* ERR_INTERNAL outside of a transaction. */
int records_need_transaction(struct store *store, struct err *err);
/* A text of the present row that outlives it; .p is NULL where the arena is full. */
struct sv records_text(struct store_query *query, int column, struct arena *arena);
/* Lower hex of the hash of a secret. */
struct sv records_hash(struct sv secret, char text[static 2 * SHA256_SIZE + 1]);
/* Appends "application_answer"-like rows from number on. */
int records_put_answers(struct store *store, const char *sql, int64_t row,
			const struct answers *answers, size_t from, struct err *err);
/* Seats as a stimulus wants them. */
int seats_count(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		const struct seats **ret, size_t *ret_count, struct err *err);
/* Writes what a transition changed: state, marks, seats, log and jobs. */
struct written {
	int64_t row;
	struct sv application; /* id */
	struct sv before;      /* state; empty: received now */
	const struct catalogue_entry *entry;
	const struct transition *transition;
	const struct answers *fields;
	struct sv event, actor, actor_name;
	enum programme_actor by;
	struct instant now;
};
/* Ids of the applications under way of one programme; from arena. */
int records_under_way(struct store *store, struct sv programme, struct arena *arena,
		      const struct sv **ret, size_t *ret_count, struct err *err);
/*
 * An application in this version of the file and this state: deadline and clock
 * are counted again and the log says so. With ret_change only where something
 * moved: then 1, else 0.
 */
struct recount {
	const struct programme *programme;
	struct sv state;
	struct sv event, actor, actor_name; /* of the log's entry */
	struct answers fields;
	struct instant now;
};
int records_recount(struct store *store, const struct recount *recount,
		    const struct application *application, struct arena *arena,
		    struct due_change *ret_change, struct err *err);
/* Applications under way of a programme move to this new version, if it says so. */
int upgrade_applications(struct store *store, struct sv id, const struct programme *programme,
			 struct instant now, struct err *err);
int records_write_log(struct store *store, const struct written *written, struct err *err);
int records_write_seats(struct store *store, const struct written *written, struct err *err);
int records_write_jobs(struct store *store, const struct written *written, struct err *err);

/* ---- known.c, identity.c: what is known of a company (R-026) ---- */

/* By what a company is known again; a value may be empty. From arena. */
struct traits {
	struct sv value[TRAIT_COUNT];
};
struct traits company_traits(struct sv name, struct sv kana, struct sv mail, struct sv telephone,
			     struct arena *arena);
int traits_keep(struct store *store, struct sv company, const struct traits *traits,
		struct err *err);
/* Companies with one of these traits, but this one (SV_NONE: any), the most alike first. */
int traits_alike(struct store *store, const struct traits *traits, struct sv company,
		 struct arena *arena, const struct alike **ret, size_t *ret_count, struct err *err);

struct known { /* who is asked about */
	struct store *store;
	const struct catalogue_entry *entry;
	struct sv company;     /* known by its corporate number, or joined by a person; SV_NONE */
	struct sv application; /* the one that is looked at itself; empty while it is received */
	struct traits traits;
	struct sv mail;
	bool is_checked; /* a person has looked who else it may be */
};
int known_read(const struct known *known, struct arena *arena, struct answers *ret,
	       struct err *err);

#endif
