/*
 * columns.h - the names of columns that a heading told, for W3C, Zeek and CSV.
 * Private to event/.
 */
#ifndef EVENT_COLUMNS_H
#define EVENT_COLUMNS_H

#include "event/plain.h"

#define COLUMNS_NAMES_MAX 1024 /* of one heading; more are an error */

struct columns {
	struct buf text;
	size_t count;
	struct {
		size_t from, n;
	} name[COLUMNS_NAMES_MAX];
};

void columns_clear(struct columns *columns);
void columns_done(struct columns *columns);
/* Copies the name. False past COLUMNS_NAMES_MAX or where it is too long. */
bool columns_add(struct columns *columns, struct sv name);
/* Until the next heading. SV_NONE past the last. */
struct sv columns_name(const struct columns *columns, size_t column);
bool columns_have(const struct columns *columns, struct sv name); /* letters fold */

#endif
