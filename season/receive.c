/* A form comes in: filled by a company, checked and decided by the real engine. */
#include "season/internal.h"

#define PURPOSE_COMPANY 1
#define FORMS_MAX 12 /* until a company that fits is found */

static struct season_reason *reason_of(struct play *play, enum refusal why, struct sv id,
				       struct programme_text text)
{
	struct season_result *result = play->result;

	for (size_t i = 0; i < result->reason_count; i++) {
		if (result->reason[i].why == why && sv_eq(result->reason[i].id, id))
			return &result->reason[i];
	}
	if (result->reason_count == SEASON_REASONS_MAX)
		return &result->reason[SEASON_REASONS_MAX - 1];
	result->reason[result->reason_count] = (struct season_reason){
		why, id,
		{ arena_dup(play->arena, text.ja), arena_dup(play->arena, text.en) }, 0
	};
	return &result->reason[result->reason_count++];
}

static void count_refusal(struct play *play, const struct refused *refused,
			  const struct eligibility_row *row, size_t count)
{
	struct sv id = SV("");
	struct programme_text text = refused->message;

	for (size_t i = 0; refused->why == REFUSAL_INELIGIBLE && i < count; i++) {
		if (row[i].verdict != VERDICT_FAIL)
			continue;
		id = row[i].condition;
		text = row[i].name;
		break;
	}
	if (refused->why == REFUSAL_FIELDS && refused->errors.count > 0) {
		id = refused->errors.item[0].field;
		text = refused->errors.item[0].message;
	}
	if (refused->why == REFUSAL_FULL)
		text = (struct programme_text){ SV("定員"), SV("No place left") };
	reason_of(play, refused->why, id, text)->count++;
	play->result->refused++;
	play->result->refused_week[play->week]++;
}

/* what a person has to look at goes on record, as in application_receive. */
static void put_reviews(struct play *play, struct company *company,
			const struct eligibility_row *row, size_t count)
{
	struct answer *item = arena_alloc(play->keep, (count + 1) * sizeof *item);
	size_t reviews = 0;

	for (size_t i = 0; item && i < count; i++) {
		if (row[i].verdict == VERDICT_REVIEW)
			item[reviews++] = (struct answer){ SV("records.review"), row[i].condition };
	}
	company->is.records = (struct answers){ item, reviews };
}

/* Without the courses that have no place; the same number of answers or fewer. */
static bool drop_full_courses(const struct play *play, struct answers *typed)
{
	struct answer *item = arena_alloc(play->scratch, (typed->count + 1) * sizeof *item);
	size_t count = 0, left = 0;

	for (size_t i = 0; item && i < typed->count; i++) {
		bool is_full = false, is_course = false;

		for (size_t k = 0; k < play->facts->course_count; k++) {
			const struct seats *seat = &play->seat[k];

			if (!sv_eq(typed->item[i].name, SV("courses")) ||
			    !sv_eq(typed->item[i].value, seat->course))
				continue;
			is_course = true;
			is_full = seat->taken >= seat->places;
		}
		left += is_course && !is_full;
		if (!is_full)
			item[count++] = typed->item[i];
	}
	if (left == 0 || count == typed->count)
		return false;
	*typed = (struct answers){ item, count };
	return true;
}

struct form {
	struct answers typed, kept;
	const struct eligibility_row *row;
	size_t count;
	enum verdict whole;
	struct instant now;
};

/* The real form, mended once as people do, and the real conditions. 0, or 1: the form is wrong. */
static int check_form(struct play *play, struct company *company, struct form *form,
		      struct err *err)
{
	struct form_errors errors = { NULL, 0 };
	int status = form_check_application(play->programme, &form->typed, play->scratch,
					    &form->kept, &errors, err);

	if (status > 0) {
		form->typed = profile_mend(&play->profile, form->typed, &errors, play->scratch);
		status = form_check_application(play->programme, &form->typed, play->scratch,
						&form->kept, &errors, err);
	}
	form->count = 0;
	form->whole = VERDICT_FAIL;
	if (status == 0)
		status = eligibility(play->programme, &form->kept, &company->is.records,
				     play->scratch, &form->row, &form->count, &form->whole, err);
	return status;
}

/* Answers of a company: one that fits is made again until it does. */
static int fill_form(struct play *play, uint32_t who, struct form *form, struct err *err)
{
	struct stream random = stream_of(play->options->seed, who, PURPOSE_COMPANY);
	const bool fits = !stream_percent(&random, play->policy->unfit);
	int status = 0;

	for (unsigned n = 0; n < FORMS_MAX; n++) {
		arena_clear(play->scratch);
		form->typed = profile_answers(&play->profile, play->programme, who, fits, &random,
					      play->today, play->scratch);
		status = check_form(play, &play->company[who], form, err);
		if (status < 0 || !fits || (status == 0 && form->whole != VERDICT_FAIL))
			break;
	}
	if (status < 0)
		return -1;
	put_reviews(play, &play->company[who], form->row, form->count);
	return 0;
}

static int receive(struct play *play, uint32_t who, struct err *err)
{
	struct company *company = &play->company[who];
	struct form form = { .now = company->comes };
	struct refused refused = { .why = REFUSAL_NONE };
	int status;

	if (fill_form(play, who, &form, err) < 0)
		return -1;
	status = play_event(play, who, SV("receive"), BY_APPLICANT, form.typed, form.now, &refused,
			    err);
	if (status > 0 && refused.why == REFUSAL_FULL &&
	    stream_percent(&company->random, play->policy->other_course) &&
	    drop_full_courses(play, &form.typed))
		status = play_event(play, who, SV("receive"), BY_APPLICANT, form.typed, form.now,
				    &refused, err);
	play->result->tried++;
	if (status == 0) {
		play->result->received++;
		play->result->received_week[play->week]++;
	} else if (status > 0) {
		count_refusal(play, &refused, form.row, form.count);
	}
	return status < 0 ? -1 : 0;
}

int play_receive(struct play *play, struct err *err)
{
	const struct instant end = tokyo_instant(play->today, 24, 0);

	while (play->next < play->options->companies &&
	       play->company[play->next].comes.us < end.us) {
		if (receive(play, play->next++, err) < 0)
			return -1;
	}
	return 0;
}
