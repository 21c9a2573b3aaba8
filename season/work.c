/* Somebody acts: chooses what to do, says what has to be said, tries again. */
#include "season/internal.h"

#define TRIES_MAX 5		/* of one event */
#define ATTEMPTS_MAX 3		/* in vain (not reached), then they go another way */
#define DONE_BEFORE_PART 0.05	/* of its share: who did it here hardly does it again */
#define STUCK_DAYS 5		/* then somebody looks at it again */

static bool is_done(const struct company *company, struct sv event)
{
	for (size_t i = 0; i < company->is.answers.count; i++) {
		const struct sv name = company->answer[i].name;

		if (name.n == event.n + 3 && sv_starts(name, event) && sv_ends(name, SV(".at")))
			return true;
	}
	return false;
}

static double share_of(const struct company *company, const struct choice *choice)
{
	if (!choice->moves && company->attempts >= ATTEMPTS_MAX)
		return 0;
	if (company->attempts > 0 && is_done(company, choice->event->id) && choice->moves)
		return choice->share * DONE_BEFORE_PART;
	return choice->share;
}

static const struct choice *choose(struct play *play, uint32_t who)
{
	struct company *company = &play->company[who];
	const struct state_plan *plan = &play->plan[play->hot[who].state];
	double sum = 0, at;

	for (size_t i = 0; i < plan->choice_count; i++)
		sum += share_of(company, &plan->choice[i]);
	at = stream_unit(&company->random) * sum;
	for (size_t i = 0; i < plan->choice_count; i++) {
		at -= share_of(company, &plan->choice[i]);
		if (at < 0)
			return &plan->choice[i];
	}
	return NULL;
}

/* What the company was asked for and gave: its questionnaires, its documents. */
static void give_papers(struct play *play, struct company *company)
{
	const struct programme_facts *facts = play->facts;
	const struct answers *had = &company->is.records;
	const size_t room = had->count + facts->questionnaire_count + 2 * facts->document_count;
	struct answer *item = arena_alloc(play->keep, (room + 1) * sizeof *item);
	size_t count = 0;

	if (!item || company->has_papers)
		return;
	company->has_papers = true;
	for (size_t i = 0; i < had->count; i++)
		item[count++] = had->item[i];
	for (size_t i = 0; i < facts->questionnaire_count; i++)
		item[count++] = (struct answer){
			arena_printf(play->keep, "records.questionnaire.%.*s",
				     SV_ARG(facts->questionnaire[i].id)),
			SV("yes")
		};
	for (size_t i = 0; i < 2 * facts->document_count; i++)
		item[count++] = (struct answer){
			arena_printf(play->keep, "records.document.%.*s",
				     SV_ARG(facts->document[i / 2].id)),
			i % 2 ? SV("published") : SV("reviewed")
		};
	company->is.records = (struct answers){ item, count };
}

/* What the form or a rule does not take is said otherwise. 0 done, 1 refused, -1 error. */
static int try_choice(struct play *play, uint32_t who, const struct choice *choice,
		      struct instant now, struct err *err)
{
	struct company *company = &play->company[who];
	struct said said = { .programme = play->programme, .policy = play->policy,
			     .event = choice->event, .application = &company->is,
			     .random = &company->random, .today = play->today,
			     .arena = play->scratch };
	struct answers fields = { NULL, 0 };
	struct refused refused = { .why = REFUSAL_NONE };

	arena_clear(play->scratch);
	while (said.attempt < TRIES_MAX) {
		const bool is_form = refused.why == REFUSAL_FIELDS;
		int status;

		fields = say_fields(&said, is_form ? &refused.errors : NULL, fields);
		status = play_event(play, who, choice->event->id, choice->by, fields, now,
				    &refused, err);
		if (status <= 0)
			return status;
		if (refused.why == REFUSAL_CONDITION && !company->has_papers)
			give_papers(play, company);
		else if (refused.why != REFUSAL_FIELDS && choice->event->field_count == 0)
			return 1;
		said.attempt++;
	}
	return 1;
}

/* What has to be done first, as clearing a review: events that lead nowhere. */
static int prepare(struct play *play, uint32_t who, const struct choice *wanted,
		   struct instant now, struct err *err)
{
	const struct state_plan *plan = &play->plan[play->hot[who].state];
	int status = 1;

	for (size_t i = 0; i < plan->choice_count && status > 0; i++) {
		const struct choice *choice = &plan->choice[i];

		if (choice == wanted || choice->moves || choice->share > 0 ||
		    choice->event->gravely || is_done(&play->company[who], choice->event->id))
			continue;
		status = try_choice(play, who, choice, now, err);
		if (status == 0)
			status = try_choice(play, who, wanted, now, err);
	}
	return status;
}

static int try_others(struct play *play, uint32_t who, const struct choice *wanted,
		      struct instant now, struct err *err)
{
	const struct state_plan *plan = &play->plan[play->hot[who].state];
	int status = 1;

	for (int gravely = 0; gravely < 2; gravely++) {
		for (size_t i = 0; i < plan->choice_count && status > 0; i++) {
			const struct choice *choice = &plan->choice[i];

			if (choice != wanted && choice->moves &&
			    choice->event->gravely == (gravely == 1))
				status = try_choice(play, who, choice, now, err);
		}
	}
	return status;
}

int play_work(struct play *play, uint32_t who, struct instant now, struct err *err)
{
	struct hot *hot = &play->hot[who];
	struct company *company = &play->company[who];
	const struct choice *choice = choose(play, who);
	const uint16_t state = hot->state;
	int status = 1;

	hot->queued = false;
	hot->act = DAY_NEVER;
	if (choice)
		status = try_choice(play, who, choice, now, err);
	if (choice && status > 0 && choice->moves)
		status = prepare(play, who, choice, now, err);
	if (status > 0)
		status = try_others(play, who, choice, now, err);
	if (status < 0)
		return -1;
	if (status > 0)
		play->result->stuck++;
	if (!hot->lives || hot->state != state || hot->queued)
		return 0;
	company->attempts += company->attempts < UINT8_MAX;
	hot->act = play->plan[state].by_date && hot->due != DAY_NEVER && hot->due > play->today.n
			   ? hot->due
			   : play->today.n + (status > 0 ? STUCK_DAYS : 1);
	return 0;
}
