/*
 * upload.h - files that people hand in. The bytes lie in a folder under the
 * name of their SHA-256, synced before anything speaks of them; the records
 * say whose they are. A file is first held for whoever is filling in a form,
 * then used by what takes it up, in the transaction that takes it up: so
 * nothing is ever accepted without its files.
 */
#ifndef FORMS_UPLOAD_H
#define FORMS_UPLOAD_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "forms/scan.h"
#include "programme/programme.h"
#include "store/store.h"

#define UPLOAD_BYTES_MAX (20U << 20)	  /* of one file, whatever a form says */
#define UPLOAD_HELD_MAX 16		  /* files that one form holds */
#define UPLOAD_HELD_BYTES_MAX (40U << 20) /* all files that one form holds */
#define UPLOAD_USED_MAX 64		  /* files that one thing (an application) has */
#define UPLOAD_HELD_SECONDS 86400	  /* then what nothing uses goes */
#define UPLOAD_SWEEP_MAX 200		  /* files that one sweep removes */

extern const struct store_migration forms_migrations[];
extern const size_t forms_migration_count;

/* Where files lie, and who looks at them. */
struct uploads {
	const char *folder;
	const char *clamd; /* its socket; NULL: nobody */
};

struct upload {
	char digest[2 * SHA256_SIZE + 1];
	uint64_t bytes;
	enum file_type type;
	struct sv name; /* as it was given */
	struct sv field;
	struct instant at; /* when it was taken up */
};
/* "SHA256HEX BYTES NAME", as FIELD_FILE keeps it; from arena. */
struct sv upload_value(const struct upload *upload, struct arena *arena);
/* The parts of a value that upload_value made; false where it is none. */
bool upload_parse(struct sv value, struct upload *ret);

enum upload_problem {
	UPLOAD_GOOD,
	UPLOAD_EMPTY,
	UPLOAD_TOO_LARGE,
	UPLOAD_WRONG_KIND,
	UPLOAD_INFECTED,
	UPLOAD_NOT_SCANNED, /* clamd is away: again later */
	UPLOAD_TOO_MANY,    /* past UPLOAD_HELD_MAX or UPLOAD_HELD_BYTES_MAX */
	UPLOAD_PROBLEM_COUNT
};
struct upload_wish {
	struct sv owner; /* whoever holds it: a secret, kept as digest only */
	struct sv content, name;
	unsigned types;	    /* bits 1 << enum file_type */
	uint32_t bytes_max; /* 0: UPLOAD_BYTES_MAX */
	struct instant now; /* real time */
	uint32_t held_seconds; /* 0: UPLOAD_HELD_SECONDS */
};
/*
 * Looks at a file, writes it durably and holds it, in a transaction of its own.
 * Returns 0, with *ret where *ret_problem is UPLOAD_GOOD; found: what clamd found.
 */
int upload_keep(struct store *store, const struct uploads *uploads, const struct upload_wish *wish,
		struct arena *arena, struct upload *ret, enum upload_problem *ret_problem,
		char found[static SCAN_NAME_MAX], struct err *err);
/* 1 where owner holds this value now, 0. */
int upload_is_held(struct store *store, struct sv owner, struct sv value, struct instant now,
		   struct err *err);
/* Holds all of an owner's files until then, for a draft. In the caller's transaction. */
int upload_hold_until(struct store *store, struct sv owner, struct instant until, struct err *err);

/* What takes a file up: "application" and its id. */
struct upload_user {
	const char *kind;
	struct sv id, field;
	struct instant at; /* programme time */
};
/*
 * In the caller's transaction: from now on user has the file that owner holds.
 * Looks that it lies in the folder, whole by its size. Returns 0; 1 where owner
 * does not hold it or it is not there: then nothing may be accepted.
 */
int upload_use(struct store *store, const struct uploads *uploads, struct sv owner,
	       struct sv value, const struct upload_user *user, struct instant now,
	       struct err *err);
/* All that user has (field is not looked at), in the order of taking up. */
int upload_list(struct store *store, const char *kind, struct sv id, struct arena *arena,
		const struct upload **ret, size_t *ret_count, struct err *err);
/* The bytes, compared with their name. ERR_IO where they are damaged. */
int upload_read(const struct uploads *uploads, const char *digest, struct buf *ret,
		struct err *err);
/* Forgets what was held too long, and removes files that nothing has. Own transaction. */
int upload_sweep(struct store *store, const struct uploads *uploads, struct instant now,
		 size_t *ret_removed, struct err *err);

#endif
