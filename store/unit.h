/*
 * unit.h - private to store/: a frame or a block, as reading meets it.
 */
#ifndef STORE_UNIT_H
#define STORE_UNIT_H

#include "store/events.h"

struct event_unit_row {
	enum event_unit unit;
	int64_t number;
	struct block_range range;
	size_t raw;
	struct sv company;	  /* the one that was asked for */
	struct sv devices, kinds; /* of a block; until the next row */
	bool sound;		  /* the index values are as they were written */
};

/* What every SELECT of units begins with; event_unit_read reads these columns. */
#define EVENT_FRAME_COLUMNS                                                                        \
	"number, first, last, newest, id_first, id_last, events, raw, sum, '', ''"
#define EVENT_BLOCK_COLUMNS                                                                        \
	"number, first, last, newest, id_first, id_last, events, raw, sum, devices, kinds"

void event_unit_read(struct store_query *query, enum event_unit unit, struct sv company,
		     struct event_unit_row *ret);
/*
 * Its lines, in seat->lines. 1; 0: it is damaged, which is noted in the seat;
 * -1: the database failed.
 */
int event_unit_lines(struct event_reader_seat *seat, const struct event_unit_row *row,
		     struct sv *ret, struct err *err);
/* Notes in the seat that the row's index values are damaged. */
void event_unit_unsound(struct event_reader_seat *seat, const struct event_unit_row *row);
/* Whether its bloom filter lets all tokens pass; also where that is damaged. Or -1. */
int event_unit_may_have(struct event_reader_seat *seat, const struct event_unit_row *row,
			const uint64_t *token, size_t count, struct err *err);
/* "product<tab>category<tab>service" */
#define EVENT_KIND_MAX 400
struct sv event_kind(const struct event_envelope *envelope, char text[static EVENT_KIND_MAX]);

#endif
