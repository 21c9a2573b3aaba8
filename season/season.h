/*
 * season.h - plays a whole season of a programme with the real engine against
 * companies that do not exist: who applies when, how late each actor is, how
 * much each role can do in a week. Shows where work piles up before it does.
 *
 * Pure: no clock, no store, no files; the same seed gives the same season on
 * every machine with the same libm. Companies are the same for every policy.
 */
#ifndef SEASON_SEASON_H
#define SEASON_SEASON_H

#include "programme/programme.h"

#define SEASON_COMPANIES_MAX 100000
#define SEASON_DAYS_MAX 1830
#define SEASON_WEEKS_MAX ((SEASON_DAYS_MAX + 6) / 7)
#define SEASON_POLICY_FILE_MAX (256U << 10)
#define SEASON_POLICY_ROWS_MAX 256 /* answers, choices, works, places: each */
#define SEASON_WEIGHTS_MAX 64	   /* values of one answer */
#define SEASON_REASONS_MAX 96	   /* why forms were refused, told apart */

/* ==== the policy: what the file of `--policy` says ==== */

struct season_spread { /* log-normal: half are below the median, a tenth above p90 */
	double median, p90;
};
struct season_weight {
	struct sv value;
	double share;
};
struct season_answer { /* of a form's field, or "EVENT.FIELD" */
	struct sv field;
	bool is_number;
	struct season_spread number;
	struct season_weight weight[SEASON_WEIGHTS_MAX];
	size_t weight_count;
};
struct season_choice { /* how often who acts in a state chooses an event */
	struct sv state, event;
	double share;
};
struct season_work { /* how long something takes, how much of a week's work it is */
	struct sv state;
	double days, effort;
};
struct season_places {
	struct sv course;
	uint32_t places;
};
struct season_role {
	double per_week;   /* pieces of work */
	unsigned weekdays; /* bits 1 << enum weekday on which it works; holidays are free */
	bool oldest_first; /* else what is due first */
};
enum season_arrivals { ARRIVALS_FRONT, ARRIVALS_EVEN, ARRIVALS_LATE };
struct season_policy {
	struct sv name;
	enum season_arrivals arrivals;
	double half_days;		/* FRONT, LATE: half of them come within these days */
	struct season_spread answer;	/* days that an applicant takes */
	double silent, withdraw_per_week, other_course; /* percent */
	double unfit; /* percent of the companies, which do not meet the conditions */
	double grave, not_moving;	/* shares of ends and of attempts in vain, beside 100 */
	unsigned give_up_business_days; /* after the deadline of somebody silent */
	unsigned draw_business_days;	/* lottery: so long after the reception */
	unsigned reception_days;	/* of a lottery whose reception has no last day */
	struct season_role role[BY_COUNT];
	struct season_answer *answer_row;
	struct season_choice choice[SEASON_POLICY_ROWS_MAX];
	struct season_work work[SEASON_POLICY_ROWS_MAX];
	struct season_places places[SEASON_POLICY_ROWS_MAX];
	size_t answer_count, choice_count, work_count, place_count;
};
/* What holds where a file says nothing. From arena. */
struct season_policy *season_policy_new(struct arena *arena);
/*
 * Reads a file over the defaults; ids are checked against the programme. NULL
 * with "NAME:LINE:COLUMN: …" where it is wrong.
 */
struct season_policy *season_policy_read(const struct programme *programme, struct sv text,
					 const char *name, struct arena *arena, struct err *err);

/* ==== the season ==== */

struct season_options {
	uint32_t companies;
	unsigned days; /* from the opening of the reception */
	uint64_t seed;
	void (*progress)(void *context, unsigned day, unsigned days); /* may be NULL */
	void *context;
};

struct season_week {
	uint32_t queue; /* waiting when the week ends, for this role */
	uint32_t come, done;
	uint32_t late, breach; /* deadlines that passed in it: soft, hard */
};
struct season_role_sum {
	struct season_week week[SEASON_WEEKS_MAX];
	uint32_t come, done, late, breach, peak;
	unsigned peak_week; /* from 0 */
};
struct season_span { /* in days */
	uint32_t count;
	unsigned median, p90, longest;
};
struct season_state_sum {
	uint32_t entered, late, breach, now; /* now: at the end of the season */
	struct season_span stay;
};
struct season_course_sum {
	uint32_t places, taken;
	uint32_t week[SEASON_WEEKS_MAX]; /* taken when the week ends */
	bool has_full;
	struct day full; /* first day without a place */
};
struct season_reason { /* forms that were refused */
	enum refusal why;
	struct sv id; /* condition, or empty */
	struct programme_text text;
	uint32_t count;
};
struct season_frame_sum {
	uint32_t entries, won;
};
struct season_result {
	const struct programme *programme;
	const struct season_policy *policy;
	struct day from;
	unsigned days, weeks;
	uint32_t companies;
	uint64_t seed, transitions, refusals; /* of the engine, forms too */
	uint32_t tried, received, refused, withdrew, silent, stuck;
	uint32_t received_week[SEASON_WEEKS_MAX], refused_week[SEASON_WEEKS_MAX];
	uint32_t marked[MARK_COUNT];
	struct season_span since_receipt[MARK_COUNT];
	struct season_role_sum role[BY_COUNT];
	struct season_state_sum state[PROGRAMME_STATES_MAX];
	struct season_course_sum course[PROGRAMME_COURSES_MAX];
	struct season_reason reason[SEASON_REASONS_MAX];
	size_t reason_count;
	bool has_draw;
	struct day draw;
	uint32_t entries, won;
	struct season_frame_sum *frame; /* as the programme's */
};
/* NULL on error. The result and what it points to is arena's. */
struct season_result *season_play(const struct programme *programme,
				  const struct season_policy *policy,
				  const struct season_options *options, struct arena *arena,
				  struct err *err);

/* ==== what people read ==== */

/* One JSON object with all seasons of the same programme. */
void season_put_json(struct buf *out, struct season_result *const *season, size_t count);
/* What stands out, in lines for a terminal. */
void season_put_table(struct buf *out, struct season_result *const *season, size_t count,
		      bool english);
/* A page that needs nothing else; seasons beside each other. */
void season_put_page(struct buf *out, struct season_result *const *season, size_t count,
		     bool english);

#endif
