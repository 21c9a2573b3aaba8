/*
 * Who applies. Which answers are good nobody has to say: they are learned from
 * the real form and the real conditions, one field after the other.
 */
#include "season/internal.h"

#define LEARNING_ROUNDS 3 /* answers depend on each other */
#define WRONG_FORM 10000  /* worse than any verdict */
#define WRONG_PERCENT 12  /* of the answers of a company that does not fit */
#define WRONG_SPREAD 10	  /* its numbers are so many times as big */

/* ---- options of a field, whatever its kind ---- */

static size_t option_count(const struct programme *programme, const struct programme_field *field)
{
	switch (field->kind) {
	case FIELD_YES_NO: return 2;
	case FIELD_CHOICE:
	case FIELD_CHOICES: return field->option_count;
	case FIELD_COURSES: return programme_facts(programme)->course_count;
	default: return 0;
	}
}

static struct sv option_at(const struct programme *programme, const struct programme_field *field,
			   size_t at)
{
	if (field->kind == FIELD_YES_NO)
		return at == 0 ? SV("yes") : SV("no");
	if (field->kind == FIELD_COURSES)
		return programme_facts(programme)->course[at].id;
	return field->option[at].id;
}

/* A corporate number of that company with its check digit. */
static struct sv corporate_number(uint32_t index, struct arena *arena)
{
	const unsigned long long base = 10000000000ULL + index;
	unsigned long long rest = base;
	unsigned sum = 0;

	for (unsigned n = 1; n <= 12; n++) {
		sum += (unsigned)(rest % 10) * (n % 2 == 1 ? 1 : 2);
		rest /= 10;
	}
	return arena_printf(arena, "%u%012llu", 9 - sum % 9, base);
}

static struct sv file_value(const struct programme_field *field, uint32_t index,
			    struct arena *arena)
{
	static const char *const tail[FILE_TYPE_COUNT] = { "pdf", "docx", "xlsx", "png", "jpg" };
	unsigned type = 0;

	while (type + 1 < FILE_TYPE_COUNT && field->file_types != 0 &&
	       !(field->file_types & 1U << type))
		type++;
	return arena_printf(arena, "%064x 1000 file.%s", index, tail[type]);
}

struct sv kind_value(const struct programme_field *field, uint32_t index, struct day today,
		     struct arena *arena)
{
	char day[DAY_TEXT_MAX];
	int64_t number;

	switch (field->kind) {
	case FIELD_CONSENT:
	case FIELD_YES_NO: return SV("yes");
	case FIELD_KANA: return SV("カイシャ");
	case FIELD_POSTAL_CODE: return SV("1638001");
	case FIELD_TELEPHONE: return SV("0312345678");
	case FIELD_TIME: return SV("10:00");
	case FIELD_SITES: return SV("tokyo 新宿区西新宿2-8-1");
	case FIELD_FILE: return file_value(field, index, arena);
	case FIELD_CORPORATE_NUMBER: return corporate_number(index, arena);
	case FIELD_MAIL: return arena_printf(arena, "c%u@example.jp", index);
	case FIELD_DATE:
		return arena_dup(arena, sv_from(day_format(today, DAY_ISO, day)));
	case FIELD_NUMBER:
	case FIELD_YEN:
		number = field->kind == FIELD_YEN ? 5000000 : 7;
		number = number < field->min ? field->min : number;
		number = number > field->max && field->max > 0 ? field->max : number;
		return arena_printf(arena, "%lld", (long long)number);
	default: return arena_printf(arena, "会社%u", index);
	}
}

/* ---- learning ---- */

struct learning {
	const struct programme *programme;
	struct profile *profile;
	struct arena *scratch;
	struct day today;
	struct err *err;
};

static int score(const struct learning *learning, const struct answers *typed)
{
	static const struct answers none = { NULL, 0 };
	const struct eligibility_row *row;
	struct form_errors errors = { NULL, 0 };
	struct answers kept;
	enum verdict whole;
	size_t count;
	int sum = 0;
	const int status = form_check_application(learning->programme, typed, learning->scratch,
						  &kept, &errors, learning->err);

	if (status != 0)
		return status < 0 ? -1 : WRONG_FORM + (int)errors.count;
	if (eligibility(learning->programme, &kept, &none, learning->scratch, &row, &count, &whole,
			learning->err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		sum += row[i].verdict == VERDICT_FAIL ? 100 : row[i].verdict == VERDICT_REVIEW;
	return sum;
}

static int try_option(struct learning *learning, size_t at, struct sv value)
{
	struct answer item[PROGRAMME_FIELDS_MAX + PROGRAMME_COURSES_MAX];
	const struct profile *profile = learning->profile;
	size_t count = 0;
	int sum;

	for (size_t i = 0; i < profile->count; i++) {
		const struct programme_field *field = profile->field[i].field;
		const bool is_all = field->kind == FIELD_COURSES && i != at;
		const size_t options = is_all ? option_count(learning->programme, field) : 1;

		/* All courses: so that what is asked for one of them is asked. */
		for (size_t k = 0; k < options && (k == 0 || k < (size_t)field->max); k++)
			item[count++] = (struct answer){
				field->id, i == at  ? value
					   : is_all ? option_at(learning->programme, field, k)
						    : profile->field[i].best
			};
	}
	sum = score(learning, &(struct answers){ item, count });
	arena_clear(learning->scratch);
	return sum;
}

static int learn_field(struct learning *learning, size_t at)
{
	struct field_profile *field = &learning->profile->field[at];
	const size_t count = option_count(learning->programme, field->field);
	int best = try_option(learning, at, field->best);

	if (best < 0)
		return -1;
	field->fine = 0;
	for (size_t i = 0; i < count; i++) {
		const struct sv value = option_at(learning->programme, field->field, i);
		const int sum = try_option(learning, at, value);

		if (sum < 0)
			return -1;
		if (sum < best) {
			best = sum;
			field->best = value;
			field->fine = 0;
		}
		if (sum == best)
			field->fine |= UINT64_C(1) << i;
	}
	return 0;
}

int profile_learn(const struct programme *programme, const struct season_policy *policy,
		  struct day today, struct arena *arena, struct profile *ret, struct err *err)
{
	const struct programme_form *form = &programme_facts(programme)->form;
	struct learning learning = { programme, ret, arena_new((size_t)64 << 20), today, err };
	int status = 0;

	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++) {
			const struct programme_field *field = &form->section[s].field[i];

			ret->field[ret->count++] = (struct field_profile){
				.field = field,
				.best = option_count(programme, field) > 0
						? option_at(programme, field, 0)
						: kind_value(field, 1, today, arena),
				.said = policy_answer(policy, SV(""), field->id),
			};
		}
	}
	for (int round = 0; round < LEARNING_ROUNDS && status == 0; round++) {
		for (size_t i = 0; i < ret->count && status == 0; i++)
			status = learn_field(&learning, i);
	}
	arena_free(learning.scratch);
	return status;
}

/* ---- one company ---- */

static const struct season_spread usual_number = { 15, 90 }, usual_yen = { 8e6, 6e7 };

static struct sv number_value(const struct field_profile *profile, bool fits,
			      struct stream *random, struct arena *arena)
{
	const struct programme_field *field = profile->field;
	const struct season_spread usual = field->kind == FIELD_YEN ? usual_yen : usual_number;
	const double value = stream_spread(random, profile->said && profile->said->is_number
							    ? profile->said->number
							    : usual) *
			     (fits ? 1 : WRONG_SPREAD);
	int64_t number = value < 9e15 ? (int64_t)value : INT64_C(9000000000000000);

	if (field->kind == FIELD_YEN)
		number = number / 100000 * 100000;
	number = number < field->min ? field->min : number;
	number = number > field->max && field->max > 0 ? field->max : number;
	return arena_printf(arena, "%lld", (long long)number);
}

/* One of the good options; of a company that does not fit sometimes another. */
static struct sv option_value(const struct field_profile *profile,
			      const struct programme *programme, bool fits,
			      struct stream *random)
{
	const size_t count = option_count(programme, profile->field);
	const bool wants_fine = fits || !stream_percent(random, WRONG_PERCENT);
	size_t fitting = 0, at;

	for (size_t i = 0; i < count; i++)
		fitting += ((profile->fine >> i & 1) != 0) == wants_fine;
	if (fitting == 0)
		return profile->best;
	at = stream_below(random, fitting);
	for (size_t i = 0; i < count; i++) {
		if (((profile->fine >> i & 1) != 0) == wants_fine && at-- == 0)
			return option_at(programme, profile->field, i);
	}
	return profile->best;
}

struct maker {
	const struct programme *programme;
	struct stream *random;
	struct arena *arena;
	struct answer *item;
	size_t count;
	bool fits;
};

static void give(struct maker *maker, struct sv field, struct sv value)
{
	if (maker->count < PROGRAMME_ANSWERS_MAX && value.n > 0)
		maker->item[maker->count++] = (struct answer){ field, value };
}

/* Each of several by its own chance, but one at least. */
static void give_several(struct maker *maker, const struct field_profile *profile)
{
	const size_t count = option_count(maker->programme, profile->field);
	const size_t before = maker->count;
	const struct season_answer *said = profile->said;

	for (size_t i = 0; i < count; i++) {
		const struct sv option = option_at(maker->programme, profile->field, i);
		double share = profile->field->kind == FIELD_COURSES ? 130.0 / (double)count : 0;

		for (size_t k = 0; said && k < said->weight_count; k++) {
			if (sv_eq(said->weight[k].value, option))
				share = said->weight[k].share;
		}
		if (stream_percent(maker->random, share))
			give(maker, profile->field->id, option);
	}
	if (maker->count == before)
		give(maker, profile->field->id,
		     said && said->weight_count > 0
			     ? weighted(said, maker->random)
			     : option_value(profile, maker->programme, maker->fits,
					    maker->random));
}

static void give_field(struct maker *maker, const struct field_profile *profile, uint32_t index,
		       struct day today)
{
	const struct programme_field *field = profile->field;

	switch (field->kind) {
	case FIELD_CHOICES:
	case FIELD_COURSES: give_several(maker, profile); return;
	case FIELD_NUMBER:
	case FIELD_YEN: give(maker, field->id, number_value(profile, maker->fits, maker->random, maker->arena));
		return;
	case FIELD_CHOICE:
	case FIELD_YES_NO:
		give(maker, field->id,
		     profile->said ? weighted(profile->said, maker->random)
				   : option_value(profile, maker->programme, maker->fits,
						  maker->random));
		return;
	default: give(maker, field->id, kind_value(field, index, today, maker->arena)); return;
	}
}

struct answers profile_answers(const struct profile *profile, const struct programme *programme,
			       uint32_t index, bool fits, struct stream *random, struct day today,
			       struct arena *arena)
{
	struct maker maker = { programme, random, arena,
			       arena_alloc(arena, PROGRAMME_ANSWERS_MAX * sizeof *maker.item), 0,
			       fits };

	for (size_t i = 0; maker.item && i < profile->count; i++)
		give_field(&maker, &profile->field[i], index, today);
	return (struct answers){ maker.item, maker.count };
}

static bool is_wrong(const struct form_errors *errors, struct sv field)
{
	for (size_t i = 0; i < errors->count; i++) {
		if (sv_eq(errors->item[i].field, field))
			return true;
	}
	return false;
}

struct answers profile_mend(const struct profile *profile, struct answers typed,
			    const struct form_errors *errors, struct arena *arena)
{
	struct answer *item =
		arena_alloc(arena, (typed.count + errors->count + 1) * sizeof *item);
	size_t count = 0;

	if (!item)
		return typed;
	for (size_t i = 0; i < typed.count; i++) {
		if (!is_wrong(errors, typed.item[i].name))
			item[count++] = typed.item[i];
	}
	for (size_t i = 0; i < profile->count; i++) {
		if (is_wrong(errors, profile->field[i].field->id))
			item[count++] = (struct answer){ profile->field[i].field->id,
							 profile->field[i].best };
	}
	return (struct answers){ item, count };
}
