/*
 * internal.h - what the files of seminar.h share.
 */
#ifndef SEMINAR_INTERNAL_H
#define SEMINAR_INTERNAL_H

#include "seminar/seminar.h"

int seminar_need(struct store *store, struct err *err); /* a transaction */
/* One line of people without control characters; required: not empty. */
int seminar_check_line(struct sv text, size_t max, bool required, const char *what,
		       struct err *err);
/* Index of a word in a table of names, or count. */
unsigned seminar_find(const char *const *name, unsigned count, struct sv text);

#define BOOKING_COLUMNS                                                                            \
	"b.id, b.programme, b.session, b.mode, b.state, b.name, b.company, b.mail, b.telephone,"   \
	" b.made_at, b.changed_at, b.offer_until, b.sequence,"                                     \
	" (SELECT COUNT(*) FROM booking w WHERE w.programme = b.programme"                         \
	" AND w.session = b.session AND w.mode = b.mode AND w.state = 'waiting'"                   \
	" AND w.row < b.row)"
struct booking booking_read(struct store_query *query, struct arena *arena);
enum booking_state booking_state_of(struct sv text);

/*
 * Ends offers that are over and offers what is free to those who wait, first come first:
 * afterwards nobody waits where a place is free. When booking is over nobody waits any more.
 */
int seminar_settle(struct store *store, const struct catalogue_entry *entry,
		   const struct programme_session *session, struct instant now, struct err *err);
/* Places of a mode that nobody holds, after seminar_settle. */
int seminar_room(struct store *store, const struct catalogue_entry *entry,
		 const struct programme_session *session, enum session_mode mode, int64_t *ret,
		 struct err *err);
int seminar_tell(struct store *store, struct sv booking, enum seminar_news news, struct err *err);

#endif
