/*
 * files.h - files of applications: taken up with the form or the event that
 * brings them, listed, and told to people.
 */
#ifndef CENTRE_FILES_H
#define CENTRE_FILES_H

#include "forms/upload.h"
#include "programme/application.h"

#define FILES_OF_APPLICATION "application" /* upload_user.kind */

/* Who holds what is uploaded for an application that is there already; from arena. */
struct sv files_owner(struct sv application, struct arena *arena);

struct files_take {
	const struct uploads *uploads;
	struct sv owner;
	struct sv application;
	struct sv event;	 /* whose fields they are; empty: the form's */
	struct instant at;	 /* programme time */
	struct instant now;	 /* real time */
	struct arena *arena;
};
/*
 * In the caller's transaction: the application has from now on the files that
 * answers name in these fields. 0; 1 with the field whose file the owner does not
 * hold: then nothing may be accepted; -1.
 */
int files_use(struct store *store, const struct files_take *take,
	      const struct programme_field *field, size_t count, const struct answers *answers,
	      struct sv *ret_field, struct err *err);
int files_use_form(struct store *store, const struct files_take *take,
		   const struct programme_form *form, const struct answers *answers,
		   struct sv *ret_field, struct err *err);

/*
 * The files that an application took up at this moment (programme time), a line
 * each with size and digest, for a mail; empty where there are none. From arena.
 */
int files_told(struct store *store, struct sv application, struct instant at, struct arena *arena,
	       struct sv *ret, struct err *err);
/* "1.2 MB", "345 KB", "12 bytes"; from arena. */
struct sv files_size(uint64_t bytes, bool english, struct arena *arena);
/* "1.2 MB (1234567 bytes)" */
struct sv files_size_exact(uint64_t bytes, bool english, struct arena *arena);

#endif
