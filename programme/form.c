/* A whole form, or the fields of one event, as typed. */
#include "programme/internal.h"

struct sv answers_get(const struct answers *answers, struct sv name)
{
	for (size_t i = 0; i < answers->count; i++) {
		if (sv_eq(answers->item[i].name, name))
			return answers->item[i].value;
	}
	return SV_NONE;
}

bool answers_has(const struct answers *answers, struct sv name, struct sv value)
{
	for (size_t i = 0; i < answers->count; i++) {
		if (sv_eq(answers->item[i].name, name) && sv_eq(answers->item[i].value, value))
			return true;
	}
	return false;
}

struct work {
	const struct check *check;
	struct arena *arena;
	struct answer *all; /* what was there before, then what is kept */
	size_t before, count;
	struct form_error *error;
	size_t error_count;
	bool out_of_room;
};

static struct view view_of(const struct work *work, struct answers *answers)
{
	static const struct answers none = { NULL, 0 };
	const struct application_state *application = work->check->application;

	*answers = (struct answers){ work->all, work->count };
	return (struct view){ answers, application ? &application->records : &none,
			      application ? application->mark : NULL };
}

static bool holds(const struct work *work, const struct programme_condition *condition)
{
	struct answers answers;
	const struct view view = view_of(work, &answers);

	return condition_holds(condition, &view);
}

static void keep(struct work *work, struct sv id, const char *tail, struct sv value)
{
	struct sv name = arena_join(work->arena, work->check->prefix, id);

	if (name.p && tail[0] != '\0')
		name = arena_join(work->arena, name, sv_from(tail));
	if (!name.p || work->count == work->before + PROGRAMME_ANSWERS_MAX) {
		work->out_of_room = true;
		return;
	}
	work->all[work->count++] = (struct answer){ name, value };
}

static void tell(struct work *work, const struct programme_field *field,
		 struct programme_text message)
{
	work->error[work->error_count++] = (struct form_error){ field->id, message };
}

static bool is_empty(const struct programme_field *field, struct sv typed)
{
	return fold_trim(typed).n == 0;
}

/* Each typed value of one field; the first thing that is wrong counts. */
static void check_field(struct work *work, const struct programme_field *field)
{
	const struct answers *typed = work->check->typed;
	const bool many = field->kind == FIELD_CHOICES || field->kind == FIELD_COURSES ||
			  field->kind == FIELD_SITES;
	const size_t first = work->count;
	enum field_problem problem = FIELD_GOOD;
	size_t given = 0;

	for (size_t i = 0; i < typed->count && problem == FIELD_GOOD; i++) {
		struct sv value = SV_NONE;

		if (!sv_eq(typed->item[i].name, field->id) ||
		    is_empty(field, typed->item[i].value) || (!many && given > 0))
			continue;
		problem = field_fold(work->check->programme, field, typed->item[i].value,
				     work->arena, &value);
		if (problem != FIELD_GOOD)
			break;
		for (size_t k = first; k < work->count && value.p; k++) {
			if (sv_eq(work->all[k].value, value))
				value = SV_NONE; /* said twice */
		}
		if (!value.p)
			continue;
		given++;
		keep(work, field->id, "", value);
	}
	if (problem == FIELD_GOOD && given == 0 && field->required)
		problem = FIELD_MISSING;
	else if (problem == FIELD_GOOD && many && given > 0 && given < (size_t)field->min)
		problem = FIELD_TOO_FEW;
	else if (problem == FIELD_GOOD && many && given > (size_t)field->max)
		problem = FIELD_TOO_MANY;
	if (problem != FIELD_GOOD)
		tell(work, field, field_message(field, problem, work->arena));
	else if (given > 0 && field->kind == FIELD_CONSENT)
		keep(work, field->id, ".version", field->consent_version);
}

static bool is_wrong(const struct work *work, const struct programme_field *field)
{
	for (size_t i = 0; i < work->error_count; i++) {
		if (sv_eq(work->error[i].field, field->id))
			return true;
	}
	return false;
}

static bool is_given(const struct work *work, const struct programme_field *field)
{
	for (size_t i = work->before; i < work->count; i++) {
		if (sv_ends(work->all[i].name, field->id) &&
		    work->all[i].name.n == work->check->prefix.n + field->id.n)
			return true;
	}
	return false;
}

static int position(const struct check *check, struct sv id)
{
	for (size_t i = 0; i < check->field_count; i++) {
		if (sv_eq(check->field[i].id, id))
			return (int)i;
	}
	return -1;
}

/* In the form's order: `must` is looked at when all answers are there. */
static void sort_errors(struct work *work)
{
	for (size_t i = 1; i < work->error_count; i++) {
		const struct form_error one = work->error[i];
		size_t at = i;

		while (at > 0 && position(work->check, work->error[at - 1].field) >
					 position(work->check, one.field)) {
			work->error[at] = work->error[at - 1];
			at--;
		}
		work->error[at] = one;
	}
}

/* What the application says already, but not what this event said before. */
static void take_before(struct work *work)
{
	const struct application_state *application = work->check->application;
	const struct sv prefix = work->check->prefix;

	for (size_t i = 0; application && i < application->answers.count; i++) {
		if (prefix.n == 0 || !sv_starts(application->answers.item[i].name, prefix))
			work->all[work->count++] = application->answers.item[i];
	}
	work->before = work->count;
}

int check_fields(const struct check *check, struct arena *arena, struct answers *ret,
		 struct form_errors *ret_errors, struct err *err)
{
	const size_t had = check->application ? check->application->answers.count : 0;
	struct work work = { .check = check, .arena = arena };

	if (check->typed->count > PROGRAMME_ANSWERS_MAX)
		return err_set(err, ERR_RANGE, "more than %d answers", PROGRAMME_ANSWERS_MAX);
	work.all = arena_alloc(arena, (had + PROGRAMME_ANSWERS_MAX) * sizeof *work.all);
	work.error = arena_zalloc(arena, check->field_count + 1, sizeof *work.error);
	if (!work.all || !work.error)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	take_before(&work);
	for (size_t i = 0; i < check->field_count; i++) {
		if (holds(&work, check->field[i].shown))
			check_field(&work, &check->field[i]);
	}
	for (size_t i = 0; i < check->field_count; i++) {
		const struct programme_field *field = &check->field[i];

		if (field->must && !is_wrong(&work, field) && is_given(&work, field) &&
		    !holds(&work, field->must))
			tell(&work, field,
			     (struct programme_text){
				     arena_printf(arena, "%.*s：%.*s", SV_ARG(field->label.ja),
						  SV_ARG(field->must_message.ja)),
				     arena_printf(arena, "%.*s: %.*s", SV_ARG(field->label.en),
						  SV_ARG(field->must_message.en)),
			     });
	}
	if (work.out_of_room)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	sort_errors(&work);
	if (work.error_count > 0) {
		*ret_errors = (struct form_errors){ work.error, work.error_count };
		return 1;
	}
	*ret = (struct answers){ work.all + work.before, work.count - work.before };
	return 0;
}

int form_check(const struct programme *programme, const struct programme_field *field,
	       size_t field_count, const struct answers *typed, struct arena *arena,
	       struct answers *ret, struct form_errors *ret_errors, struct err *err)
{
	const struct check check = { .programme = programme, .field = field,
				     .field_count = field_count, .prefix = SV(""),
				     .typed = typed };

	return check_fields(&check, arena, ret, ret_errors, err);
}

/* The fields of all sections in one piece. */
static struct programme_field *fields_of(const struct programme_form *form, struct arena *arena,
					 size_t *ret_count, struct err *err)
{
	struct programme_field *all =
		arena_alloc(arena, PROGRAMME_FIELDS_MAX * sizeof *all);
	size_t count = 0;

	if (!all)
		return err_null(err, ERR_RANGE, "no memory for the form");
	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++)
			all[count++] = form->section[s].field[i];
	}
	*ret_count = count;
	return all;
}

int form_check_questionnaire(const struct programme *programme,
			     const struct programme_questionnaire *questionnaire,
			     const struct application_state *application,
			     const struct answers *typed, struct arena *arena, struct answers *ret,
			     struct form_errors *ret_errors, struct err *err)
{
	struct check check = {
		.programme = programme, .application = application, .typed = typed,
		.prefix = arena_printf(arena, "%.*s.", SV_ARG(questionnaire->id)),
	};

	check.field = fields_of(&questionnaire->form, arena, &check.field_count, err);
	return check.field ? check_fields(&check, arena, ret, ret_errors, err) : -1;
}

static int check_whole(const struct programme *programme, const struct answers *typed,
		       bool may_miss, struct arena *arena, struct answers *ret,
		       struct form_errors *ret_errors, struct err *err)
{
	size_t count = 0;
	struct programme_field *all = fields_of(&programme->facts.form, arena, &count, err);

	if (!all)
		return -1;
	for (size_t i = 0; i < count && may_miss; i++)
		all[i].required = false;
	return form_check(programme, all, count, typed, arena, ret, ret_errors, err);
}

int form_check_application(const struct programme *programme, const struct answers *typed,
			   struct arena *arena, struct answers *ret,
			   struct form_errors *ret_errors, struct err *err)
{
	return check_whole(programme, typed, false, arena, ret, ret_errors, err);
}

int form_check_given(const struct programme *programme, const struct answers *typed,
		     struct arena *arena, struct answers *ret, struct form_errors *ret_errors,
		     struct err *err)
{
	return check_whole(programme, typed, true, arena, ret, ret_errors, err);
}

bool form_is_shown(const struct programme *programme, const struct programme_field *field,
		   const struct answers *answers)
{
	static const struct answers none = { NULL, 0 };
	const struct view view = { answers, &none, NULL };

	return condition_holds(field->shown, &view);
}

bool form_shown_when(const struct programme *programme, const struct programme_field *field,
		     struct sv *ret_field, const struct sv **ret_values, size_t *ret_count,
		     struct arena *arena)
{
	const struct programme_condition *shown = field->shown;
	struct sv rest;

	if (!shown || shown->kind != CONDITION_LEAF ||
	    (shown->comparison != COMPARE_IS && shown->comparison != COMPARE_IN) ||
	    (shown->subject != SUBJECT_FIELD && shown->subject != SUBJECT_COURSES))
		return false;
	rest = shown->name;
	if (sv_find_char(rest, '.', 0) != SIZE_MAX)
		sv_cut(&rest, '.'); /* a field of the same event */
	*ret_field = shown->subject == SUBJECT_COURSES ? SV("courses") : rest;
	*ret_values = shown->value;
	*ret_count = shown->value_count;
	return true;
}

struct programme_text form_label(const struct programme *programme, struct sv field)
{
	const struct programme_field *found = programme_find_field(programme, field);

	const struct programme_text own = programme_own_word(field);

	if (found)
		return found->label;
	return own.ja.n > 0 ? own : (struct programme_text){ field, field };
}

static struct programme_text yes_no(struct sv value)
{
	return sv_eq(value, SV("yes")) ? (struct programme_text){ SV("はい"), SV("Yes") }
				       : (struct programme_text){ SV("いいえ"), SV("No") };
}

/* 30000000 as 30,000,000 */
static struct sv grouped(struct sv digits, struct arena *arena)
{
	char *to = arena_alloc(arena, digits.n * 2 + 1);
	size_t n = 0;

	if (!to)
		return digits;
	for (size_t i = 0; i < digits.n; i++) {
		if (i > 0 && (digits.n - i) % 3 == 0)
			to[n++] = ',';
		to[n++] = digits.p[i];
	}
	return (struct sv){ to, n };
}

static struct programme_text date_text(struct sv value, struct arena *arena)
{
	char ja[DAY_TEXT_MAX], en[DAY_TEXT_MAX];
	struct day day;

	if (!day_parse(value, &day))
		return (struct programme_text){ value, value };
	return (struct programme_text){
		arena_dup(arena, sv_from(day_format(day, DAY_ERA, ja))),
		arena_dup(arena, sv_from(day_format(day, DAY_ENGLISH, en))),
	};
}

/* "tokyo 新宿区…" as 東京都新宿区… */
static struct programme_text site_text(struct sv value, struct arena *arena)
{
	struct sv rest = value;
	const struct sv prefecture = prefecture_cut(&rest);
	struct programme_text text = { value, value };

	if (prefecture.p) {
		text.ja = arena_printf(arena, "%.*s%.*s", SV_ARG(prefecture_name(prefecture)),
				       SV_ARG(rest));
		text.en = text.ja;
	}
	return text;
}

/* "SHA256 1234 申込書.pdf" as 申込書.pdf (2 KB) */
static struct programme_text file_text(struct sv value, struct arena *arena)
{
	struct sv rest = value, text;
	uint64_t bytes = 0;

	sv_cut(&rest, ' ');
	sv_to_u64(sv_cut(&rest, ' '), &bytes);
	text = arena_printf(arena, "%.*s (%llu KB)", SV_ARG(rest),
			    (unsigned long long)(bytes / 1024 + (bytes % 1024 != 0)));
	return text.p ? (struct programme_text){ text, text } : (struct programme_text){ value, value };
}

struct programme_text form_value(const struct programme *programme, struct sv field, struct sv value,
				 struct arena *arena)
{
	const struct programme_field *found = programme_find_field(programme, field);
	struct programme_text text = { value, value };

	if (!found) /* the engine's own may be days */
		return sv_starts(field, SV("due_changed.")) ? date_text(value, arena) : text;
	switch (found->kind) {
	case FIELD_CHOICE:
	case FIELD_CHOICES:
		for (size_t i = 0; i < found->option_count; i++) {
			if (sv_eq(found->option[i].id, value))
				return found->option[i].name;
		}
		return text;
	case FIELD_COURSES:
		return programme_course(programme, value) ? programme_course(programme, value)->name
							  : text;
	case FIELD_YES_NO:
	case FIELD_CONSENT: return yes_no(value);
	case FIELD_DATE: return date_text(value, arena);
	case FIELD_SITES: return site_text(value, arena);
	case FIELD_FILE: return file_text(value, arena);
	case FIELD_POSTAL_CODE:
		text.ja = text.en = arena_printf(arena, "%.*s-%.*s", SV_ARG(sv_slice(value, 0, 3)),
						 SV_ARG(sv_slice(value, 3, value.n)));
		return text;
	case FIELD_YEN:
		text.ja = arena_printf(arena, "%.*s円", SV_ARG(grouped(value, arena)));
		text.en = arena_printf(arena, "%.*s yen", SV_ARG(grouped(value, arena)));
		return text;
	default: return text;
	}
}
