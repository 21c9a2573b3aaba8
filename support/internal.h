/* internal.h - what the files of support/ share. */
#ifndef SUPPORT_INTERNAL_H
#define SUPPORT_INTERNAL_H

#include <assert.h>

#include "programme/records.h"
#include "support/support.h"

/* An empty text where there is none: columns here are never NULL. */
#define STORE_TEXT_OR_EMPTY(view) STORE_TEXT((view).p ? (view) : SV(""))

/* A list that a query fills, bounded: more rows than room are an error, never a silent cut. */
struct rows {
	struct store_query *query;
	size_t count, room;
	const char *what; /* "visits" */
};
/* 1 with a row, 0 at the end, -1. */
int rows_next(struct rows *rows, struct err *err);
/* Refuses with ERR_RANGE where a count by one id has come to max already. */
int check_room(struct store *store, const char *sql, struct sv id, int64_t max, const char *what,
	       struct err *err);
/* A word's place in a table of names, -1 where it is none. */
int word_index(struct sv text, const char *const *name, size_t count);
/* Answers under a row of one of the tables *_answer (sheet, number, name, value). */
int answers_put(struct store *store, const char *sql, struct sv sheet,
		const struct answers *answers, struct err *err);
int answers_read(struct store *store, const char *sql, struct sv sheet, struct arena *arena,
		 struct answers *ret, struct err *err);
/* What conditions look at: "records.document.ID", "records.two_star". */
int documents_record(struct store *store, const struct programme *programme,
		     struct sv application, struct sv kind, struct arena *arena, struct err *err);

#endif
