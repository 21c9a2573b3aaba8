/* internal.h - what the files of season/ share. */
#ifndef SEASON_INTERNAL_H
#define SEASON_INTERNAL_H

#include "programme/ways.h"
#include "season/season.h"

/* ---- random.c: a stream of numbers of its own for each company and purpose ---- */

struct stream {
	uint64_t state;
};
struct stream stream_of(uint64_t seed, uint64_t index, uint64_t purpose);
uint64_t stream_next(struct stream *stream);
double stream_unit(struct stream *stream); /* 0 … 1, without 1 */
size_t stream_below(struct stream *stream, size_t count);
bool stream_percent(struct stream *stream, double percent);
double stream_spread(struct stream *stream, struct season_spread spread);

/* ---- company.c: who applies ---- */

#define PROFILE_OPTIONS_MAX PROGRAMME_OPTIONS_MAX
struct field_profile { /* what helps a company through the form */
	const struct programme_field *field;
	struct sv best;
	uint64_t fine; /* bit per option: as good as the best */
	const struct season_answer *said; /* by the policy; NULL: nothing */
};
struct profile {
	struct field_profile field[PROGRAMME_FIELDS_MAX];
	size_t count;
};
/* Learns from the real form and conditions which answers are good. */
int profile_learn(const struct programme *programme, const struct season_policy *policy,
		  struct day today, struct arena *arena, struct profile *ret, struct err *err);
/* The answers of company number `index`, as typed, which fits or does not; from arena. */
struct answers profile_answers(const struct profile *profile, const struct programme *programme,
			       uint32_t index, bool fits, struct stream *random, struct day today,
			       struct arena *arena);
/* The same, with the best answer where the form found something wrong. */
struct answers profile_mend(const struct profile *profile, struct answers typed,
			    const struct form_errors *errors, struct arena *arena);

/* ---- say.c: what is said with an event ---- */

struct said {
	const struct programme *programme;
	const struct season_policy *policy;
	const struct programme_event *event;
	const struct application_state *application;
	struct stream *random;
	struct day today;
	struct arena *arena;
	unsigned attempt; /* from 0: later ones say what is more likely to be taken */
};
struct answers say_fields(const struct said *said, const struct form_errors *errors,
			  struct answers before);
/* A value for a kind that has no options. */
struct sv kind_value(const struct programme_field *field, uint32_t index, struct day today,
		     struct arena *arena);
const struct season_answer *policy_answer(const struct season_policy *policy, struct sv prefix,
					  struct sv field);
struct sv weighted(const struct season_answer *answer, struct stream *random);

/* ---- plan.c: who does what in a state ---- */

struct choice {
	const struct programme_event *event;
	double share;
	enum programme_actor by;
	bool moves;
};
struct state_plan {
	enum programme_actor role; /* whose queue; BY_CLOCK: nobody's */
	struct choice choice[PROGRAMME_EVENTS_MAX];
	size_t choice_count;
	double days, effort;
	bool by_date, waits_for_draw;
	const struct programme_event *leave; /* by the applicant, ends it; may be NULL */
	const struct programme_event *give_up; /* by the secretariat, ends it; may be NULL */
};
int plan_states(const struct programme *programme, const struct season_policy *policy,
		struct arena *arena, struct state_plan *plan, struct err *err);

/* ---- play.c, queue.c ---- */

struct task {
	int64_t key;
	uint32_t who, ticket;
};
struct queue { /* smallest key first */
	struct task *item;
	size_t count, room;
};
void queue_put(struct queue *queue, struct task task);
bool queue_take(struct queue *queue, struct task *ret);
void queue_free(struct queue *queue);

#define SPAN_DAYS_MAX 730 /* longer ones count as this long */
struct spans {
	uint32_t day[SPAN_DAYS_MAX + 1];
};
void spans_add(struct spans *spans, int64_t days);
struct season_span spans_sum(const struct spans *spans);

#define DAY_NEVER INT32_MAX
struct hot { /* of an application: what each day looks at */
	int64_t wake; /* us; INT64_MAX: never */
	int32_t act, due, give_up;
	uint32_t ticket;
	uint16_t state;
	bool lives, is_hard, queued;
};
struct company {
	struct application_state is;
	struct answer *answer; /* its own */
	size_t answer_room;
	struct stream random;
	struct instant comes;
	double slowness;
	uint8_t attempts;
	bool silent, has_papers;
};
struct play {
	const struct programme *programme;
	const struct programme_facts *facts;
	const struct season_policy *policy;
	const struct season_options *options;
	struct arena *arena, *keep, *scratch;
	struct profile profile;
	struct state_plan plan[PROGRAMME_STATES_MAX];
	struct seats seat[PROGRAMME_COURSES_MAX];
	struct queue queue[BY_COUNT];
	double capacity[BY_COUNT]; /* left over from days before */
	struct company *company;
	struct hot *hot;
	struct spans *stay, *since;
	struct season_result *result;
	uint32_t next;	   /* company that comes next */
	struct day today;
	unsigned week;
};
/* One event by somebody. 0 done, 1 refused, -1 error. */
int play_event(struct play *play, uint32_t who, struct sv event, enum programme_actor by,
	       struct answers fields, struct instant now, struct refused *ret_refused,
	       struct err *err);
/* The forms of today. */
int play_receive(struct play *play, struct err *err);
/* Who has to act in the state does, or tries to. */
int play_work(struct play *play, uint32_t who, struct instant now, struct err *err);
/* Days in which forms come in. */
unsigned play_window(const struct play *play);
/* The draw of a lottery, when its day has come. */
int play_draw(struct play *play, struct err *err);

#endif
