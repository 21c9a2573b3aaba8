/* Mails of the file, filled. */
#include "programme/internal.h"

#define VALUES_MAX (PROGRAMME_ANSWERS_MAX + 32)

int programme_mail(const struct programme *programme, struct sv template_id,
		   const struct answers *values, bool english, struct arena *arena,
		   struct sv *ret_subject, struct sv *ret_body, struct err *err)
{
	const struct template *template = programme_find_template(programme, template_id);
	struct sv subject, body;

	if (!template)
		return err_set(err, ERR_NOT_FOUND, "there is no mail '%.*s'", SV_ARG(template_id));
	subject = text_fill(english ? template->subject.en : template->subject.ja, values, arena);
	body = text_fill(english ? template->body.en : template->body.ja, values, arena);
	if (!subject.p || !body.p)
		return err_set(err, ERR_RANGE, "no memory for the mail");
	*ret_subject = subject;
	*ret_body = body;
	return 0;
}

struct values {
	struct answer *item;
	size_t count;
	bool english;
	struct arena *arena;
};

static void add(struct values *values, struct sv name, struct sv text)
{
	if (values->count < VALUES_MAX && text.n > 0)
		values->item[values->count++] = (struct answer){ name, text };
}

static void add_text(struct values *values, struct sv name, struct programme_text text)
{
	add(values, name, values->english ? text.en : text.ja);
}

static void add_day(struct values *values, struct sv name, struct day day)
{
	char text[DAY_TEXT_MAX];

	add(values, name,
	    arena_dup(values->arena,
		      sv_from(day_format(day, values->english ? DAY_ENGLISH : DAY_ERA, text))));
}

static void add_office(struct values *values, const struct programme_facts *facts)
{
	add_text(values, SV("programme"), facts->name);
	add_text(values, SV("short_name"), facts->short_name);
	add_text(values, SV("office"), facts->office.name);
	add(values, SV("telephone"), facts->office.telephone);
	add(values, SV("office_mail"), facts->office.mail);
	add_text(values, SV("office_hours"), facts->office.hours);
}

static void add_meaning(struct values *values, const struct programme *programme,
			const struct application_state *application, struct sv name,
			enum programme_meaning means)
{
	const struct programme_field *field = programme_field_meaning(programme, means);

	if (field)
		add(values, name, answers_get(&application->answers, field->id));
}

/* what the company pays itself, a line each. */
static void add_own_cost(struct values *values, const struct programme *programme,
			 const struct sv *course, size_t count)
{
	struct sv text = SV("");

	for (size_t i = 0; i < count; i++) {
		const struct programme_course *one = programme_course(programme, course[i]);

		for (size_t k = 0; k < one->own_cost_count; k++)
			text = arena_printf(values->arena, "%.*s%s%.*s", SV_ARG(text),
					    text.n > 0 ? "\n" : "",
					    SV_ARG(values->english ? one->own_cost[k].en
								   : one->own_cost[k].ja));
	}
	add(values, SV("own_cost"), text);
}

static int add_standing(struct values *values, const struct programme *programme,
			const struct application_state *application, struct err *err)
{
	const struct programme_state *state = programme_state(programme, application->state);
	struct sv course[PROGRAMME_COURSES_MAX];
	size_t count = 0;
	struct day day;
	bool has, hard;

	for (size_t i = 0; i < programme->facts.course_count; i++) {
		if (application_has_course(application, programme->facts.course[i].id))
			course[count++] = programme->facts.course[i].id;
	}
	add_text(values, SV("courses"), courses_text(programme, course, count, values->arena));
	add_own_cost(values, programme, course, count);
	if (state) {
		add_text(values, SV("where"), state->where);
		add_text(values, SV("next"), state->next);
	}
	if (programme_due(programme, application, &has, &day, &hard, err) < 0)
		return -1;
	if (has)
		add_day(values, SV("due"), day);
	if (application->mark[MARK_INSTALLED].us != 0)
		add_day(values, SV("trial_from"), tokyo_of(application->mark[MARK_INSTALLED]).day);
	if (programme_trial_end(programme, application, &day))
		add_day(values, SV("trial_end"), day);
	return 0;
}

/* Answers of one name become one text. */
static void add_answers(struct values *values, const struct programme *programme,
			const struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		const struct answer *one = &answers->item[i];
		const struct programme_text text =
			form_value(programme, one->name, one->value, values->arena);
		const struct sv shown = values->english ? text.en : text.ja;
		size_t at = 0;

		while (at < values->count && !sv_eq(values->item[at].name, one->name))
			at++;
		if (at == values->count)
			add(values, one->name, shown);
		else if (i > 0 && sv_eq(answers->item[i - 1].name, one->name))
			values->item[at].value = arena_printf(values->arena, "%.*s%s%.*s",
							      SV_ARG(values->item[at].value),
							      values->english ? ", " : "、",
							      SV_ARG(shown));
	}
}

int programme_mail_values(const struct programme *programme,
			  const struct application_state *application, bool english,
			  struct arena *arena, struct answers *ret, struct err *err)
{
	struct values values = { .english = english, .arena = arena };

	values.item = arena_alloc(arena, VALUES_MAX * sizeof *values.item);
	if (!values.item)
		return err_set(err, ERR_RANGE, "no memory for the mail");
	add_office(&values, &programme->facts);
	add_meaning(&values, programme, application, SV("company"), MEANS_COMPANY_NAME);
	add_meaning(&values, programme, application, SV("contact"), MEANS_CONTACT);
	if (add_standing(&values, programme, application, err) < 0)
		return -1;
	add_answers(&values, programme, &application->answers);
	*ret = (struct answers){ values.item, values.count };
	return 0;
}
