/* number.h - numbers and parts of timestamps, for lt lte gt gte, minute … year. */
#ifndef DETECT_NUMBER_H
#define DETECT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

/* Integers are compared exactly, others as doubles. */
struct number {
	bool whole;
	int64_t integer;
	double real;
};

/* Whole text must be a number as JSON writes it. */
bool number_parse(struct sv text, struct number *ret);
int number_cmp(struct number a, struct number b);

enum time_part { PART_NONE, PART_MINUTE, PART_HOUR, PART_DAY, PART_WEEK, PART_MONTH, PART_YEAR };
/*
 * Takes a part of "YYYY-MM-DD", then optionally T or blank and "HH:MM…". As
 * written, no zone is applied. Week: ISO 8601. False where text is something
 * else or lacks the part.
 */
bool time_part_of(struct sv text, enum time_part part, int64_t *ret);

#endif
