/* What an event or a state does: effects of a file. */
#include "programme/internal.h"

#define EFFECTS_MAX 12 /* of one event or state */

static const char *effect_word(int kind)
{
	return effect_kind_name((enum effect_kind)kind);
}

/* Words that have a name behind them, and cannot stand alone. */
static bool is_named(enum effect_kind kind)
{
	return kind == EFFECT_MAIL || kind == EFFECT_INVITE || kind == EFFECT_ASK;
}

static void read_effect_courses(struct reader *reader, const struct yaml_node *node,
				struct effect_rule *effect)
{
	effect->course = reader_words(reader, node, &effect->course_count);
	for (size_t i = 0; i < effect->course_count; i++) {
		if (!programme_course(reader->programme, effect->course[i]))
			reader_at(reader, node, "there is no course '%.*s'",
				  SV_ARG(effect->course[i]));
	}
}

static struct sv read_template(struct reader *reader, const struct yaml_node *node)
{
	const struct sv id = reader_id(reader, node);

	reader_use_name(reader, node, NAME_MAIL, id);
	return id;
}

/* {ask: QUESTIONNAIRE, mail: TEMPLATE}, {mail: TEMPLATE}, {invite: TEMPLATE} */
static void read_named(struct reader *reader, const struct yaml_node *node,
		       struct effect_rule *effect)
{
	const struct yaml_node *mail = yaml_get(node, "mail"), *invite = yaml_get(node, "invite");
	const struct yaml_node *ask = yaml_get(node, "ask");

	if (!!(mail && !ask) + !!invite + !!ask + !!yaml_get(node, "effect") != 1) {
		reader_at(reader, node, "an effect is effect: NAME, mail: TEMPLATE, invite: TEMPLATE "
					"or ask: QUESTIONNAIRE with mail: TEMPLATE");
		return;
	}
	if (ask) {
		effect->kind = EFFECT_ASK;
		effect->what = reader_id(reader, ask);
		if (!mail)
			reader_at(reader, node, "who is asked gets a mail: mail: TEMPLATE");
		else
			effect->how = read_template(reader, mail);
		reader_use_name(reader, ask, NAME_QUESTIONNAIRE, effect->what);
	} else if (mail || invite) {
		effect->kind = mail ? EFFECT_MAIL : EFFECT_INVITE;
		effect->what = read_template(reader, mail ? mail : invite);
	}
}

/* "licence_off", {effect: licence_off, when: …}, or one with a name. */
static void read_effect(struct reader *reader, const struct yaml_node *node, struct sv event,
			struct effect_rule *effect)
{
	const struct yaml_node *kind = node;

	if (node->kind == YAML_MAP) {
		if (!reader_map(reader, node, MAP_EFFECT))
			return;
		effect->when = reader_condition(reader, yaml_get(node, "when"), event, NULL);
		read_effect_courses(reader, yaml_get(node, "courses"), effect);
		read_named(reader, node, effect);
		kind = yaml_get(node, "effect");
	}
	if (kind) {
		effect->kind = (enum effect_kind)reader_choice(reader, kind, "effect", effect_word,
							       EFFECT_KIND_COUNT, 0);
		if (is_named(effect->kind))
			reader_at(reader, node, "%s needs a name, as in {%s: NAME}",
				  effect_word((int)effect->kind), effect_word((int)effect->kind));
	}
	if (effect->course_count > 0 && effect->kind != EFFECT_PARTICIPATION_BEGIN &&
	    effect->kind != EFFECT_PARTICIPATION_END)
		reader_at(reader, node, "only participations begin and end by course");
}

const struct effect_rule *reader_effects(struct reader *reader, const struct yaml_node *list,
					 struct sv event, size_t *ret_count)
{
	struct effect_rule *effect;

	*ret_count = 0;
	if (!reader_list(reader, list, "effects", EFFECTS_MAX))
		return NULL;
	effect = reader_alloc(reader, list->count, sizeof *effect);
	for (size_t i = 0; i < list->count; i++)
		read_effect(reader, list->item[i], event, &effect[i]);
	*ret_count = list->count;
	return effect;
}
