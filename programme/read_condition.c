/* Conditions of a file: read first, names resolved when all fields are known. */
#include <stdio.h>

#include "programme/internal.h"


static void read_condition(struct reader *reader, const struct yaml_node *node,
			   struct programme_condition *to, struct sv event,
			   const struct programme_field *before, unsigned depth);

static void read_group(struct reader *reader, const struct yaml_node *node,
		       struct programme_condition *to, struct sv event,
		       const struct programme_field *before, unsigned depth)
{
	if (node->kind != YAML_LIST || node->count == 0) {
		reader_at(reader, node, "all and any need a list of conditions");
		return;
	}
	if (!reader_list(reader, node, "a list of conditions", PROGRAMME_LIST_MAX))
		return;
	to->child = reader_alloc(reader, node->count, sizeof *to->child);
	to->child_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		read_condition(reader, node->item[i], &to->child[i], event, before, depth + 1);
}

/* {by: industry, retail: 50, otherwise…}: a limit for each value of a field. */
static void read_limits(struct reader *reader, const struct yaml_node *node,
			struct programme_condition *leaf)
{
	struct limit_case *limit;

	if (node->kind != YAML_MAP) {
		leaf->number = reader_int(reader, node, INT64_MIN, INT64_MAX, 0);
		return;
	}
	if (!yaml_get(node, "by")) {
		reader_at(reader, node, "a limit is a number, or {by: FIELD, VALUE: NUMBER, …}");
		return;
	}
	leaf->by = reader_word(reader, yaml_get(node, "by"));
	limit = reader_alloc(reader, node->count, sizeof *limit);
	leaf->limit = limit;
	for (size_t i = 0; i < node->count; i++) {
		if (sv_eq(node->pair[i].key, SV("by")))
			continue;
		limit[leaf->limit_count++] = (struct limit_case){
			node->pair[i].key,
			reader_int(reader, node->pair[i].value, INT64_MIN, INT64_MAX, 0),
		};
	}
}

static const struct yaml_node *read_comparison(struct reader *reader, const struct yaml_node *node,
					       struct programme_condition *leaf)
{
	static const char *const key[COMPARE_COUNT] = {
		[COMPARE_IS] = "is",	       [COMPARE_IN] = "in",
		[COMPARE_ONLY] = "only",       [COMPARE_AT_MOST] = "at_most",
		[COMPARE_AT_LEAST] = "at_least", [COMPARE_GIVEN] = "given",
		[COMPARE_SHARES] = "shares",
	};
	const struct yaml_node *value = NULL;
	unsigned found = 0;

	for (int i = 0; i < COMPARE_COUNT; i++) {
		const struct yaml_node *one = yaml_get(node, key[i]);

		if (!one)
			continue;
		leaf->comparison = (enum comparison)i;
		value = one;
		found++;
	}
	if (found == 0 && leaf->subject == SUBJECT_FRAME)
		return node; /* `frame: ID` says it all */
	if (found != 1) {
		reader_problem(reader, node->line, node->column,
			       SV("is, in, only, at_most, at_least, given or shares"),
			       "a condition needs exactly one comparison");
		return NULL;
	}
	return value;
}

static void read_subject(struct reader *reader, const struct yaml_node *node,
			 struct programme_condition *leaf)
{
	static const char *const key[SUBJECT_COUNT] = {
		[SUBJECT_FIELD] = "field",   [SUBJECT_RECORD] = "record",
		[SUBJECT_MARK] = "mark",     [SUBJECT_COURSES] = "courses",
		[SUBJECT_EVENT] = "event",   [SUBJECT_QUESTIONNAIRE] = "questionnaire",
		[SUBJECT_DOCUMENT] = "document", [SUBJECT_FRAME] = "frame",
	};
	unsigned found = 0;

	for (int i = 0; i < SUBJECT_COUNT; i++) {
		const struct yaml_node *one = yaml_get(node, key[i]);

		if (!one)
			continue;
		found++;
		leaf->subject = (enum subject)i;
		if (leaf->subject == SUBJECT_MARK)
			leaf->mark = (enum mark)reader_choice(reader, one, "mark", mark_word,
							      MARK_COUNT, 0);
		else
			leaf->name = reader_word(reader, one);
	}
	if (found != 1)
		reader_problem(reader, node->line, node->column,
			       SV("field: NAME, record: NAME, mark: NAME, event: NAME, "
				  "questionnaire: ID, document: ID, frame: ID or courses: now"),
			       "a condition needs exactly one thing to look at");
}

static void check_comparison(struct reader *reader, const struct yaml_node *node,
			     const struct programme_condition *leaf)
{
	switch (leaf->subject) {
	case SUBJECT_MARK:
	case SUBJECT_EVENT:
	case SUBJECT_QUESTIONNAIRE:
	case SUBJECT_FRAME:
		if (leaf->comparison != COMPARE_GIVEN)
			reader_at(reader, node,
				  "marks, events, questionnaires and frames are given: true or "
				  "given: false");
		return;
	case SUBJECT_DOCUMENT:
		if (leaf->comparison != COMPARE_GIVEN && leaf->comparison != COMPARE_IS)
			reader_at(reader, node,
				  "a document is given, or is: reviewed, is: published");
		return;
	default: return;
	}
}

static void read_leaf(struct reader *reader, const struct yaml_node *node,
		      struct programme_condition *to, struct sv event,
		      const struct programme_field *before)
{
	const struct yaml_node *value;
	struct leaf *leaf;

	to->kind = CONDITION_LEAF;
	to->comparison = COMPARE_GIVEN;
	to->given = true;
	read_subject(reader, node, to);
	value = read_comparison(reader, node, to);
	if (!value)
		return;
	switch (to->comparison) {
	case COMPARE_AT_MOST:
	case COMPARE_AT_LEAST: read_limits(reader, value, to); break;
	case COMPARE_GIVEN:
		to->given = value == node || reader_bool(reader, value, true);
		break;
	default: to->value = reader_words(reader, value, &to->value_count); break;
	}
	if (to->comparison == COMPARE_IS && to->value_count != 1)
		reader_at(reader, value, "`is` has one value; `in` has a list");
	check_comparison(reader, node, to);
	leaf = reader_alloc(reader, 1, sizeof *leaf);
	*leaf = (struct leaf){ to, node, event, before, reader->leaf };
	reader->leaf = leaf;
}

static void read_condition(struct reader *reader, const struct yaml_node *node,
			   struct programme_condition *to, struct sv event,
			   const struct programme_field *before, unsigned depth)
{
	const struct yaml_node *all = yaml_get(node, "all"), *any = yaml_get(node, "any");
	const struct yaml_node *not = yaml_get(node, "not");

	if (depth > PROGRAMME_CONDITION_DEPTH_MAX) {
		reader_at(reader, node, "conditions stand at most %d deep in each other",
			  PROGRAMME_CONDITION_DEPTH_MAX);
		return;
	}
	if (!reader_map(reader, node, MAP_CONDITION))
		return;
	if (!all && !any && !not) {
		read_leaf(reader, node, to, event, before);
		return;
	}
	if (node->count != 1)
		reader_at(reader, node, "all, any or not stands alone in its map");
	to->kind = all ? CONDITION_ALL : any ? CONDITION_ANY : CONDITION_NOT;
	if (not && !all && !any) {
		to->child = reader_alloc(reader, 1, sizeof *to->child);
		to->child_count = 1;
		read_condition(reader, not, to->child, event, before, depth + 1);
	} else {
		read_group(reader, all ? all : any, to, event, before, depth);
	}
}

const struct programme_condition *reader_condition(struct reader *reader,
						   const struct yaml_node *node, struct sv event,
						   const struct programme_field *before)
{
	struct programme_condition *condition;

	if (!node)
		return NULL;
	condition = reader_alloc(reader, 1, sizeof *condition);
	read_condition(reader, node, condition, event, before, 1);
	return condition;
}

/* ---- names ---- */

static size_t place_in(const struct programme_form *form, const struct programme_field *field)
{
	size_t at = 0;

	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++, at++) {
			if (&form->section[s].field[i] == field)
				return at;
		}
	}
	return SIZE_MAX;
}

/* Whether a field stands before another one, in the list that holds both. */
static bool stands_before(struct reader *reader, const struct programme_field *field,
			  const struct programme_field *limit)
{
	const struct programme_facts *facts = &reader->programme->facts;
	const size_t field_at = place_in(&facts->form, field);
	const size_t limit_at = place_in(&facts->form, limit);

	if (limit_at != SIZE_MAX)
		return field_at < limit_at;
	if (field_at != SIZE_MAX) /* the form stands before all else */
		return true;
	for (size_t i = 0; i < facts->questionnaire_count; i++) {
		const struct programme_form *form = &facts->questionnaire[i].form;
		const size_t at = place_in(form, limit);

		if (at != SIZE_MAX)
			return place_in(form, field) < at;
	}
	return field < limit; /* of an event */
}

/* Questionnaires keep their answers to themselves: steps ask only whether there are some. */
static void check_owner(struct reader *reader, const struct leaf *leaf)
{
	struct sv rest = leaf->condition->name;
	const struct sv owner = sv_cut(&rest, '.');

	if (owner.n < leaf->condition->name.n && !sv_eq(owner, leaf->event) &&
	    programme_find_questionnaire(reader->programme, owner))
		reader_problem(reader, leaf->node->line, leaf->node->column,
			       SV("questionnaire: ID, given: true"),
			       "only the questionnaire '%.*s' itself looks at its answers",
			       SV_ARG(owner));
}

static const struct programme_field *find(struct reader *reader, const struct leaf *leaf,
					  struct sv *name)
{
	const struct programme_field *field;

	if (leaf->event.n > 0) {
		const struct sv own = arena_printf(reader->arena, "%.*s.%.*s", SV_ARG(leaf->event),
						   SV_ARG(*name));

		field = programme_find_field(reader->programme, own);
		if (field) {
			*name = own;
			return field;
		}
	}
	return programme_find_field(reader->programme, *name);
}

static bool is_value_of(const struct reader *reader, const struct programme_field *field,
			struct sv value)
{
	switch (field->kind) {
	case FIELD_CHOICE:
	case FIELD_CHOICES:
		for (size_t i = 0; i < field->option_count; i++) {
			if (sv_eq(field->option[i].id, value))
				return true;
		}
		return false;
	case FIELD_YES_NO:
	case FIELD_CONSENT: return sv_eq(value, SV("yes")) || sv_eq(value, SV("no"));
	case FIELD_COURSES: return programme_course(reader->programme, value) != NULL;
	case FIELD_SITES: return prefecture_is(value);
	default: return true;
	}
}

static void check_values(struct reader *reader, const struct leaf *leaf,
			 const struct programme_field *field)
{
	const struct programme_condition *c = leaf->condition;
	const bool is_limit =
		c->comparison == COMPARE_AT_MOST || c->comparison == COMPARE_AT_LEAST;

	if (is_limit && field->kind != FIELD_NUMBER && field->kind != FIELD_YEN)
		reader_at(reader, leaf->node, "'%.*s' is no number: it has no limit",
			  SV_ARG(c->name));
	if (c->comparison != COMPARE_IS && c->comparison != COMPARE_IN &&
	    c->comparison != COMPARE_ONLY)
		return;
	for (size_t i = 0; i < c->value_count; i++) {
		if (!is_value_of(reader, field, c->value[i]))
			reader_at(reader, leaf->node, "'%.*s' is never '%.*s'", SV_ARG(c->name),
				  SV_ARG(c->value[i]));
	}
}

static void unknown_field(struct reader *reader, const struct leaf *leaf, struct sv name)
{
	const struct programme_form *form = &reader->programme->facts.form;
	struct buf words;

	buf_init(&words, 1U << 16);
	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++) {
			buf_put_sv(&words, form->section[s].field[i].id);
			buf_put_char(&words, ' ');
		}
	}
	buf_put_char(&words, '\0');
	reader_problem(reader, leaf->node->line, leaf->node->column,
		       words.full ? SV_NONE : reader_nearest(reader, name, words.p),
		       "there is no field '%.*s'", SV_ARG(name));
	buf_done(&words);
}

static void resolve_by(struct reader *reader, const struct leaf *leaf)
{
	struct programme_condition *c = leaf->condition;
	const struct programme_field *by = find(reader, leaf, &c->by);

	if (!by || by->kind != FIELD_CHOICE) {
		reader_at(reader, leaf->node, "'%.*s' is no choice: no limits depend on it",
			  SV_ARG(c->by));
		return;
	}
	for (size_t i = 0; i < c->limit_count; i++) {
		if (!is_value_of(reader, by, c->limit[i].when))
			reader_at(reader, leaf->node, "'%.*s' is never '%.*s'", SV_ARG(c->by),
				  SV_ARG(c->limit[i].when));
	}
	if (c->limit_count != by->option_count)
		reader_at(reader, leaf->node, "the limits do not say each value of '%.*s'",
			  SV_ARG(c->by));
}

static void resolve_shares(struct reader *reader, const struct leaf *leaf)
{
	struct programme_condition *c = leaf->condition;
	struct sv *name;

	if (c->value_count != 1) {
		reader_at(reader, leaf->node, "`shares` has the name of one field");
		c->comparison = COMPARE_IN;
		return;
	}
	name = reader_alloc(reader, 1, sizeof *name);
	*name = c->value[0];
	c->value = name;
	if (sv_eq(*name, SV("courses"))) {
		c->other = SUBJECT_COURSES;
	} else if (sv_starts(*name, SV("records."))) {
		c->other = SUBJECT_RECORD;
	} else if (!find(reader, leaf, name)) {
		unknown_field(reader, leaf, *name);
	}
}

static void check_courses(struct reader *reader, const struct leaf *leaf)
{
	const struct programme_condition *c = leaf->condition;

	if (c->comparison == COMPARE_SHARES || c->comparison == COMPARE_GIVEN)
		return;
	for (size_t i = 0; i < c->value_count; i++) {
		if (!programme_course(reader->programme, c->value[i]))
			reader_at(reader, leaf->node, "there is no course '%.*s'",
				  SV_ARG(c->value[i]));
	}
}

static bool has_event(const struct reader *reader, struct sv id)
{
	const struct programme_facts *facts = &reader->programme->facts;

	for (size_t s = 0; s < facts->state_count; s++) {
		for (size_t i = 0; i < facts->state[s].event_count; i++) {
			if (sv_eq(facts->state[s].event[i].id, id) &&
			    !(facts->state[s].event[i].by & 1U << BY_CLOCK))
				return true;
		}
	}
	return false;
}

/* An event leaves its day among the answers. */
static void resolve_event(struct reader *reader, const struct leaf *leaf)
{
	struct programme_condition *c = leaf->condition;
	const struct sv name =
		arena_printf(reader->arena, "%.*s" PROGRAMME_EVENT_AT, SV_ARG(c->name));

	if (!has_event(reader, c->name))
		reader_at(reader, leaf->node, "nobody does an event '%.*s'", SV_ARG(c->name));
	c->name = name.p ? name : SV("");
}

static const char *document_state_word(int i)
{
	static const char *const word[] = { "reviewed", "published" };

	return word[i];
}

/* support/ tells the records what was answered, reviewed and published. */
static void resolve_given(struct reader *reader, const struct leaf *leaf)
{
	struct programme_condition *c = leaf->condition;
	const bool is_document = c->subject == SUBJECT_DOCUMENT;
	struct sv name;

	reader_use_name(reader, leaf->node, is_document ? NAME_DOCUMENT : NAME_QUESTIONNAIRE,
			c->name);
	if (is_document && c->comparison == COMPARE_IS)
		reader_choice(reader, yaml_get(leaf->node, "is"), "state of a document",
			      document_state_word, 2, 0);
	name = arena_printf(reader->arena, "records.%s.%.*s",
			    is_document ? "document" : "questionnaire", SV_ARG(c->name));
	c->subject = SUBJECT_RECORD;
	c->name = name.p ? name : SV("");
}

/* What the records know of an application (known.c, support/). */
static void check_record(struct reader *reader, const struct leaf *leaf, struct sv name)
{
	static const char known[] = "services programmes running other_contact review two_star"
				    " alike alike_services alike_programmes";
	struct sv rest = sv_from(known), word;

	while (rest.n > 0) {
		word = sv_cut(&rest, ' ');
		if (sv_eq(word, name))
			return;
	}
	reader_problem(reader, leaf->node->line, leaf->node->column,
		       reader_nearest(reader, name, known), "the records know no '%.*s'",
		       SV_ARG(name));
}

static void resolve_leaf(struct reader *reader, const struct leaf *leaf)
{
	struct programme_condition *c = leaf->condition;

	if (c->subject == SUBJECT_FIELD) {
		const struct programme_field *field = find(reader, leaf, &c->name);

		if (!field) {
			unknown_field(reader, leaf, c->name);
		} else {
			if (leaf->before && !stands_before(reader, field, leaf->before))
				reader_at(reader, leaf->node,
					  "'%.*s' must stand before the field that it shows",
					  SV_ARG(c->name));
			check_values(reader, leaf, field);
			check_owner(reader, leaf);
			c->by_first_word = field->kind == FIELD_SITES;
		}
	} else if (c->subject == SUBJECT_RECORD) {
		const struct sv name =
			arena_printf(reader->arena, "records.%.*s", SV_ARG(c->name));

		check_record(reader, leaf, c->name);
		c->name = name.p ? name : SV("");
	} else if (c->subject == SUBJECT_EVENT) {
		resolve_event(reader, leaf);
	} else if (c->subject == SUBJECT_COURSES) {
		check_courses(reader, leaf);
	} else if (c->subject == SUBJECT_QUESTIONNAIRE || c->subject == SUBJECT_DOCUMENT) {
		resolve_given(reader, leaf);
	} else if (c->subject == SUBJECT_FRAME) {
		reader_use_name(reader, leaf->node, NAME_FRAME, c->name);
	}
	if (c->by.n > 0)
		resolve_by(reader, leaf);
	if (c->comparison == COMPARE_SHARES)
		resolve_shares(reader, leaf);
}

static bool looks_at_frames(const struct programme_condition *condition)
{
	for (size_t i = 0; i < condition->child_count; i++) {
		if (looks_at_frames(&condition->child[i]))
			return true;
	}
	return condition->kind == CONDITION_LEAF && condition->subject == SUBJECT_FRAME;
}

/* A frame is the first whose condition holds: its own, and none of those before. */
static void resolve_frame(struct reader *reader, const struct leaf *leaf)
{
	const struct programme_selection *selection = &reader->programme->facts.selection;
	struct programme_condition *c = leaf->condition;
	const size_t at = programme_find_frame(reader->programme, c->name);
	struct programme_condition *all;

	if (at == SIZE_MAX)
		return; /* told as an unknown name */
	all = reader_alloc(reader, at + 1, sizeof *all);
	for (size_t i = 0; i <= at; i++) {
		struct programme_condition *one = reader_alloc(reader, 1, sizeof *one);

		if (!selection->frame[i].of || looks_at_frames(selection->frame[i].of)) {
			reader_at(reader, leaf->node, "a frame does not depend on frames");
			return;
		}
		*one = *selection->frame[i].of;
		all[i] = i == at ? *one
				 : (struct programme_condition){ .kind = CONDITION_NOT,
								 .child = one, .child_count = 1 };
	}
	if (c->given) {
		*c = (struct programme_condition){ .kind = CONDITION_ALL, .child = all,
						   .child_count = at + 1 };
		return;
	}
	struct programme_condition *in = reader_alloc(reader, 1, sizeof *in);

	*in = (struct programme_condition){ .kind = CONDITION_ALL, .child = all,
					    .child_count = at + 1 };
	*c = (struct programme_condition){ .kind = CONDITION_NOT, .child = in, .child_count = 1 };
}

void reader_resolve(struct reader *reader)
{
	for (const struct leaf *leaf = reader->leaf; leaf; leaf = leaf->next)
		resolve_leaf(reader, leaf);
	/* When the conditions of the frames themselves are whole. */
	for (const struct leaf *leaf = reader->leaf; leaf; leaf = leaf->next) {
		if (leaf->condition->kind == CONDITION_LEAF &&
		    leaf->condition->subject == SUBJECT_FRAME)
			resolve_frame(reader, leaf);
	}
}
