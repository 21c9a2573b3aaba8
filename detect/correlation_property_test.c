/* Random correlations over random streams, against a slow reading of the specification. */
#include <math.h>

#include "detect/correlation_rule.h"
#include "detect/correlation_testing.h"

#define ROUNDS 4000
#define EVENTS_MAX 40
#define RULES 3
#define HITS_MAX 256

static const char *const type_name[] = { "event_count",	     "value_count", "temporal",
					 "temporal_ordered", "value_sum",   "value_avg",
					 "value_percentile", "value_median" };
static const char *const operator_name[] = { "gt", "gte", "lt", "lte", "eq", "neq" };

struct asked {
	enum correlation_type type;
	int rules, span;
	bool group, percentile;
	int conditions;
	struct correlation_condition condition[2];
};

struct seen { /* one match, as the reference keeps it */
	int at, position, value, key, number;
};

static bool is_closing(const struct asked *plan)
{
	for (int i = 0; i < plan->conditions; i++)
		if (plan->condition[i].operator> CORRELATE_GTE)
			return true;
	return plan->type >= CORRELATE_VALUE_AVG;
}

static struct asked random_plan(uint64_t *state)
{
	struct asked plan = { .type = (enum correlation_type)testing_random(state, 8),
			      .rules = 1 + (int)testing_random(state, RULES),
			      .span = 1 + (int)testing_random(state, 20),
			      .group = testing_random(state, 4) > 0,
			      .percentile = testing_random(state, 3) > 0 };
	const bool only_more = testing_random(state, 2);

	plan.conditions = 1 + (int)testing_random(state, 2);
	for (int i = 0; i < plan.conditions; i++) {
		const int first =
			only_more ? (int)testing_random(state, 2) : (int)testing_random(state, 6);

		plan.condition[i].operator=(enum correlation_operator) first;
		plan.condition[i].number = testing_random(state, 8);
		if (plan.type == CORRELATE_TEMPORAL || plan.type == CORRELATE_TEMPORAL_ORDERED)
			plan.condition[i].number = testing_random(state, (uint32_t)plan.rules);
		if (plan.type == CORRELATE_VALUE_PERCENTILE && !plan.percentile)
			plan.condition[i].number *= 12.5;
	}
	if (plan.conditions == 2 && plan.condition[0].operator== plan.condition[1].operator)
		plan.conditions = 1;
	return plan;
}

static void write_plan(const struct asked *plan, struct buf *buf)
{
	for (int i = 0; i < RULES; i++)
		buf_printf(buf,
			   "title: r%d\nname: r%d\nlogsource: {product: windows}\n"
			   "detection: {s: {r%d: '*'}, condition: s}\n---\n",
			   i, i, i);
	buf_printf(buf, "title: c\ncorrelation:\n  type: %s\n  timespan: %ds\n  rules: [r0%s%s]\n",
		   type_name[plan->type], plan->span, plan->rules > 1 ? ", r1" : "",
		   plan->rules > 2 ? ", r2" : "");
	if (plan->group)
		buf_printf(buf, "  group-by: g\n");
	buf_printf(buf, "  condition: {");
	for (int i = 0; i < plan->conditions; i++)
		buf_printf(buf, "%s%s: %g", i ? ", " : "", operator_name[plan->condition[i].operator],
			   plan->condition[i].number);
	if (plan->type == CORRELATE_VALUE_COUNT || plan->type >= CORRELATE_VALUE_SUM)
		buf_printf(buf, ", field: v");
	if (plan->type == CORRELATE_VALUE_PERCENTILE && plan->percentile)
		buf_printf(buf, ", percentile: 60");
	buf_printf(buf, "}\n");
}

/* ---- the slow way ---- */

static bool holds(const struct asked *plan, double value)
{
	bool all = true;

	for (int i = 0; i < plan->conditions; i++) {
		const double n = plan->condition[i].number;
		const bool answer[] = { value > n,  value >= n, value < n,
					value <= n, value == n, value != n };

		all &= answer[plan->condition[i].operator];
	}
	return all;
}

/* When the latest chain of length more begins whose last is before `end` and below position. */
static int chain_start(const struct seen *seen, int from, int end, int position, int length, int at)
{
	int best = INT32_MIN;

	if (length == 0)
		return at;
	for (int i = from; i < end; i++)
		if (seen[i].position < position) {
			const int start = chain_start(seen, from, i, seen[i].position, length - 1,
						      seen[i].at);

			best = start > best ? start : best;
		}
	return best;
}

static int chain_longest(const struct seen *seen, int from, int end)
{
	int length = 0;

	while (chain_start(seen, from, end, RULES, length + 1, 0) != INT32_MIN)
		length++;
	return length;
}

static int compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double ask(const struct asked *plan, const struct seen *seen, int from, int to)
{
	int value[EVENTS_MAX * RULES], n = 0, distinct = 0;
	double sum = 0;

	for (int i = from; i < to; i++) {
		value[n++] = plan->type == CORRELATE_TEMPORAL ? seen[i].position : seen[i].value;
		sum += seen[i].value;
	}
	qsort(value, (size_t)n, sizeof *value, compare);
	for (int i = 0; i < n; i++)
		distinct += i == 0 || value[i] != value[i - 1];
	switch (plan->type) {
	case CORRELATE_VALUE_COUNT:
	case CORRELATE_TEMPORAL: return distinct;
	case CORRELATE_TEMPORAL_ORDERED: return chain_longest(seen, from, to);
	case CORRELATE_VALUE_SUM: return sum;
	case CORRELATE_VALUE_AVG: return sum / n;
	case CORRELATE_VALUE_PERCENTILE: return value[(60 * n + 99) / 100 - 1];
	case CORRELATE_VALUE_MEDIAN:
		return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2.0;
	default: return n;
	}
}

/* A share of one value that holds. Any: the engine may name another. */
static bool ask_share(const struct asked *plan, const struct seen *seen, int from, int to)
{
	for (int i = from; i < to; i++) {
		int same = 0;

		for (int k = from; k < to; k++)
			same += seen[k].value == seen[i].value;
		if (holds(plan, 100.0 * same / (to - from)))
			return true;
	}
	return false;
}

static void tell(const struct asked *plan, const struct seen *seen, int from, int to, double value,
		 struct buf *told)
{
	static const char *const key[] = { "a", "b", "c" };

	buf_printf(told, "c");
	if (plan->group)
		buf_printf(told, " %s", key[seen[from].key]);
	buf_printf(told, " %d-%d", seen[from].at, seen[to - 1].at);
	if (plan->type != CORRELATE_VALUE_PERCENTILE || plan->percentile)
		buf_printf(told, " =%g", value);
	buf_printf(told, " #");
	for (int i = to - from > CORRELATION_PARTS_MAX ? to - CORRELATION_PARTS_MAX : from; i < to;
	     i++)
		buf_printf(told, "%s%d", i > from && i > to - CORRELATION_PARTS_MAX ? "," : "",
			   seen[i].number);
	buf_put_char(told, '\n');
}

static void closing(const struct asked *plan, const struct seen *seen, int n, struct buf *told)
{
	const bool share = plan->type == CORRELATE_VALUE_PERCENTILE && !plan->percentile;

	for (int from = 0, to; from < n; from = to) {
		double value = 0;

		for (to = from; to < n && seen[to].at / plan->span == seen[from].at / plan->span;
		     to++)
			;
		value = share ? 0 : ask(plan, seen, from, to);
		if (share ? ask_share(plan, seen, from, to) : holds(plan, value))
			tell(plan, seen, from, to, value, told);
	}
}

/* Whether the window that ends with seen[i] is a hit. */
static bool slide(const struct asked *plan, const struct seen *seen, int i, int *fired,
		  int *fired_count, struct buf *told)
{
	int from = i;
	double value;

	while (from > 0 && seen[from - 1].at > seen[i].at - plan->span)
		from--;
	value = ask(plan, seen, from, i + 1);
	if (!holds(plan, value))
		return false;
	for (int k = 0; k < *fired_count; k++)
		if (abs(fired[k] - seen[i].at) < plan->span)
			return false;
	if (plan->type == CORRELATE_TEMPORAL_ORDERED) {
		int need = 1, start;

		while (!holds(plan, need))
			need++;
		start = chain_start(seen, from, i + 1, RULES, need, 0);
		while (seen[from].at < start)
			from++;
		value = need;
	}
	fired[(*fired_count)++] = seen[i].at;
	tell(plan, seen, from, i + 1, value, told);
	return true;
}

/* Each match goes to its place in time when it comes; what it completes is told. */
static void arrive(const struct asked *plan, const struct seen *all, int n, bool sorted_first,
		   struct buf *told)
{
	struct seen kept[EVENTS_MAX * RULES];
	int fired[HITS_MAX], fired_count = 0, count = 0;

	for (int i = 0; i < n; i++) {
		int place = count;

		while (place > 0 && (kept[place - 1].at > all[i].at ||
				     (plan->type == CORRELATE_TEMPORAL_ORDERED &&
				      kept[place - 1].at == all[i].at &&
				      kept[place - 1].position > all[i].position)))
			place--;
		memmove(kept + place + 1, kept + place, (size_t)(count - place) * sizeof *kept);
		kept[place] = all[i];
		count++;
		for (int k = place;
		     !sorted_first && k < count && kept[k].at < kept[place].at + plan->span; k++)
			if (slide(plan, kept, k, fired, &fired_count, told))
				break;
	}
	if (sorted_first && is_closing(plan))
		closing(plan, kept, count, told);
	else
		for (int i = 0; sorted_first && i < count; i++)
			(void)slide(plan, kept, i, fired, &fired_count, told);
}

/* ---- both ---- */

static int by_line(const void *a, const void *b)
{
	const struct sv *x = a, *y = b;

	return sv_cmp(*x, *y);
}

static bool same_lines(struct sv a, struct sv b)
{
	struct sv line[2][HITS_MAX];
	size_t count[2] = { 0, 0 };

	while (a.n > 0 && count[0] < HITS_MAX)
		line[0][count[0]++] = sv_cut(&a, '\n');
	while (b.n > 0 && count[1] < HITS_MAX)
		line[1][count[1]++] = sv_cut(&b, '\n');
	if (count[0] != count[1])
		return false;
	qsort(line[0], count[0], sizeof **line, by_line);
	qsort(line[1], count[1], sizeof **line, by_line);
	for (size_t i = 0; i < count[0]; i++)
		if (!sv_eq(line[0][i], line[1][i]))
			return false;
	return true;
}

/* The engine names one share of several that hold. */
static void without_share(const struct asked *plan, struct buf *told)
{
	size_t to = 0;

	for (size_t i = 0; i < told->n; i++) {
		if (plan->type == CORRELATE_VALUE_PERCENTILE && !plan->percentile &&
		    told->p[i] == '=')
			while (told->p[i] != '#')
				i++;
		told->p[to++] = told->p[i];
	}
	told->n = to;
}

static size_t one_round(uint64_t *state, bool at_once)
{
	const struct asked plan = random_plan(state);
	struct seen seen[3][EVENTS_MAX * RULES];
	int n[3] = { 0 };
	const int events = 1 + (int)testing_random(state, EVENTS_MAX);
	struct buf yaml, told;
	struct stream s;
	size_t hits;

	if (at_once && is_closing(&plan))
		return 0;
	buf_init(&yaml, 1 << 16);
	buf_init(&told, 1 << 20);
	write_plan(&plan, &yaml);
	buf_put_char(&yaml, '\0');
	CHECK(stream_begin(&s, yaml.p, at_once ? 100000 : INT64_MAX, at_once));
	for (int i = 0; i < events; i++) {
		const int at = 1000 + (int)testing_random(state, 60),
			  key = (int)testing_random(state, 4),
			  value = (int)testing_random(state, 6),
			  which = (int)testing_random(state, 8);
		const bool with_value = testing_random(state, 8) > 0,
			   needs_value = plan.type == CORRELATE_VALUE_COUNT ||
					 plan.type >= CORRELATE_VALUE_SUM;
		char event[128];

		snprintf(event, sizeof event, "{%s%s%s%s%s%s\"x\":0}", which & 1 ? "\"r0\":1," : "",
			 which & 2 ? "\"r1\":1," : "", which & 4 ? "\"r2\":1," : "",
			 key == 0   ? "\"g\":\"a\","
			 : key == 1 ? "\"g\":\"b\","
			 : key == 2 ? "\"g\":\"c\","
				    : "",
			 with_value ? "\"v\":" : "",
			 !with_value ? ""
				     : (const char *const[]){ "0,", "1,", "2,", "3,", "4,",
							      "5," }[value]);
		stream_event(&s, at, event);
		for (int r = 0; r < plan.rules; r++) {
			const int k = plan.group ? key : 0;

			if (!(which & 1 << r) || (needs_value && !with_value) || k == 3)
				continue;
			seen[k][n[k]++] = (struct seen){ at, r, value, k, i + 1 };
		}
	}
	stream_finish(&s);
	for (int k = 0; k < 3; k++)
		arrive(&plan, seen[k], n[k], !at_once, &told);
	without_share(&plan, &s.told);
	CHECK(same_lines(buf_sv(&s.told), buf_sv(&told)));
	if (!same_lines(buf_sv(&s.told), buf_sv(&told)))
		printf("# at_once %d, %s\n# told:\n%.*s# reference:\n%.*s", at_once, yaml.p,
		       SV_ARG(buf_sv(&s.told)), SV_ARG(buf_sv(&told)));
	hits = s.hits;
	stream_end(&s);
	buf_done(&yaml);
	buf_done(&told);
	return hits;
}

static void rounds(bool at_once)
{
	uint64_t state = 88172645463325252u;
	size_t hits = 0;

	for (int i = 0; i < ROUNDS && !test_failed; i++)
		hits += one_round(&state, at_once);
	CHECK(hits > ROUNDS / 2);
	printf("# %d rounds, %zu hits\n", ROUNDS, hits);
}

TEST(in_order_of_time)
{
	rounds(false);
}

TEST(as_they_come)
{
	rounds(true);
}
