/*
 * person.h - accounts of people: making them, passwords, names.
 */
#ifndef CENTRE_PERSON_H
#define CENTRE_PERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "centre/access.h"
#include "store/store.h"

#define PERSON_NAME_MAX 200	/* bytes */
#define PERSON_PASSWORD_MIN 12	/* characters of one that a person chooses */
#define PERSON_ONE_TIME_SIZE 24 /* "abcd-efgh-jkmn-pqrs" and a NUL */
#define PERSON_HASH_MAX 160

/* A password for once: 80 bits, in letters that are not taken for one another. */
void person_one_time_password(char text[static PERSON_ONE_TIME_SIZE]);

/*
 * argon2id, 64 MiB, 2 passes: about 0.1 s. How many run at once is the
 * caller's business (limiter.h). text gets a string of libsodium's form.
 */
int person_hash_password(struct sv password, char text[static PERSON_HASH_MAX], struct err *err);
bool person_check_password(const char *hash, struct sv password);
/* Costs as much as person_check_password: for accounts that are not there. */
void person_check_nothing(struct sv password);
/* Few different characters, or the person's own name or mail address in it. */
bool person_password_is_weak(struct sv password, struct sv mail, struct sv name);

struct person_wish {
	struct sv mail, name;
	struct sv language;	   /* "ja" or "en" */
	const struct grant *grant; /* at least one; .name is not used */
	size_t grant_count;
	struct sv password; /* empty: a one-time password is made, to be changed at once */
	const char *hash;   /* of a password that was hashed before: then that is taken */
};
/*
 * Makes an account, in the caller's transaction. ret_password is empty where
 * the wish had a password. ERR_CONFLICT: the mail address is taken.
 */
int person_create(struct store *store, const struct person_wish *wish, struct instant now,
		  char ret_id[static UUID_TEXT_MAX], char ret_password[static PERSON_ONE_TIME_SIZE],
		  struct err *err);

/* Gives an account one more role; the same again changes nothing. In the caller's transaction. */
int person_add_grant(struct store *store, struct sv person, const struct grant *grant,
		     struct err *err);

/* The name of a person, from arena; empty where there is none. NULL query on error. */
int person_name(struct store *store, struct sv id, struct arena *arena, struct sv *ret,
		struct err *err);

/* People who may do this to this object, by name. For assigning incidents. */
struct person_row {
	struct sv id, name;
};
#define PERSON_ROWS_MAX 500
int person_candidates(struct store *store, enum access_action action,
		      const struct access_object *object, struct arena *arena,
		      const struct person_row **ret, size_t *ret_count, struct err *err);

/* The grants of a person, from arena. */
int person_grants(struct store *store, struct sv id, struct arena *arena, const struct grant **ret,
		  size_t *ret_count, struct err *err);

#endif
