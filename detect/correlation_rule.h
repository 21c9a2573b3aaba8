/* correlation_rule.h - a correlation as it was loaded, and what the engine needs of it. */
#ifndef DETECT_CORRELATION_RULE_H
#define DETECT_CORRELATION_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

enum correlation_type {
	CORRELATE_EVENT_COUNT,
	CORRELATE_VALUE_COUNT,
	CORRELATE_TEMPORAL,
	CORRELATE_TEMPORAL_ORDERED,
	CORRELATE_VALUE_SUM,
	CORRELATE_VALUE_AVG,
	CORRELATE_VALUE_PERCENTILE,
	CORRELATE_VALUE_MEDIAN,
};

enum correlation_operator {
	CORRELATE_GT,
	CORRELATE_GTE,
	CORRELATE_LT,
	CORRELATE_LTE,
	CORRELATE_EQ,
	CORRELATE_NEQ,
};
#define CORRELATION_CONDITIONS_MAX 6 /* each operator once */

struct correlation_condition {
	enum correlation_operator operator;
	double number;
};

/* A rule that it refers to. */
struct correlation_input {
	struct sv called; /* its id or name, as written */
	uint32_t line, column;
	uint32_t rule;		/* index */
	const struct sv *group; /* the field that stands for each of group-by */
	const struct sv *field; /* for each of `field` */
};

struct correlation {
	enum correlation_type type;
	struct correlation_input *input;
	uint32_t input_count;
	const struct sv *group, *field;
	uint32_t group_count, field_count;
	int64_t span; /* microseconds */
	struct correlation_condition condition[CORRELATION_CONDITIONS_MAX];
	uint32_t condition_count;
	double percentile;
	bool share;    /* value_percentile without `percentile`: each value's share of all, in % */
	bool generate; /* the rules that it refers to detect by themselves too */
	/* More events could undo what holds: settled when a window is over. */
	bool closing;
	uint32_t chain; /* temporal_ordered that slides: so many rules in order must be there */
	/* Microseconds by which its hits may come later than the events. */
	int64_t lag;
	uint32_t depth; /* 0: refers to no correlation */
	int64_t reach;	/* microseconds of the stream that its state depends on */
	/* while loading */
	uint32_t line, column;
	uint8_t state;
};

/* Whether all conditions hold. */
bool correlation_holds(const struct correlation *correlation, double value);

#endif
