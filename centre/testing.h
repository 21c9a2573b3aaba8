/*
 * testing.h - for x_test.c only: records in a folder of its own with two
 * operators, a programme and a company each, and people made at will.
 */
#ifndef CENTRE_TESTING_H
#define CENTRE_TESTING_H

#include "base/arena.h"
#include "base/hash.h"
#include "centre/access.h"
#include "store/store.h"

enum { TESTING_TENANTS = 2 };

struct testing {
	char folder[64], url[96];
	struct store *store;
	struct arena *arena;
	struct instant now;
	struct {
		char operator_id[UUID_TEXT_MAX], programme[UUID_TEXT_MAX], company[UUID_TEXT_MAX];
	} tenant[TESTING_TENANTS];
};

/* Aborts where something fails: a test without records says nothing. */
struct testing *testing_new(void);
void testing_free(struct testing *testing);
/*
 * A person with one role, bound to operator, programme or company (the first
 * that the role can have) of a tenant; without a password that could be used.
 */
struct sv testing_person(struct testing *testing, enum person_role role, unsigned tenant,
			 const char *mail);
/* A person as one who signed in, with grants from the records. */
struct actor testing_actor(struct testing *testing, struct sv person);
/* An active device with this serial. */
struct sv testing_device(struct testing *testing, unsigned tenant, const char *hostname,
			 const char *serial);
/* Runs one statement without rows; aborts where it fails. */
void testing_exec(struct testing *testing, const char *sql);

#endif
