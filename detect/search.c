#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "detect/internal.h"

/* What identifies an item among all: field, modifiers and values. */
#define ITEM_KEY_MAX ((size_t)32 << 20)

static uint32_t field_number(void *context, struct sv name)
{
	return load_field(context, name);
}

/*
 * Plain numbers in other notations become decimal; everything else stays as it is
 * written: 00000429 is not 429. Where a number is asked for, that makes no difference.
 */
static struct sv scalar_text(struct load *load, const struct yaml_node *node, bool as_number)
{
	const bool other_notation =
		sv_starts(node->text, SV("0x")) || sv_starts(node->text, SV("0o"));
	char text[24];
	int64_t number;

	if (!(as_number || other_notation) || !yaml_to_i64(node, &number))
		return load_text(load, node->text);
	snprintf(text, sizeof text, "%" PRId64, number);
	return load_text(load, sv_from(text));
}

/* ---- one item ---- */

struct item_reader {
	struct load *load;
	struct value_context values;
	struct chain chain;
	struct buf key;
	uint32_t groups;
};

static bool add_value(struct item_reader *reader, const struct yaml_node *node)
{
	const bool null = yaml_is_null(node);
	struct err err = ERR_INIT;
	struct sv text;
	int status;

	if (node->kind != YAML_SCALAR) {
		load_problem(reader->load, PROBLEM_NOT_COMPILED, node->line, node->column,
			     "a value must be one text or number");
		return false;
	}
	text = scalar_text(reader->load, node, reader->chain.kind == VALUE_NUMBER);
	buf_printf(&reader->key, "%c%zu:", null ? 'n' : 't', text.n);
	buf_put_sv(&reader->key, text);
	reader->values.error_at = SIZE_MAX;
	reader->values.warning = NULL;
	status = null ? value_add_null(&reader->values, reader->groups, &err)
		      : value_add_text(&reader->values, text, reader->groups, &err);
	reader->groups++;
	if (status < 0) {
		load_problem(reader->load, PROBLEM_NOT_COMPILED, node->line,
			     node_column(node, reader->values.error_at), "%s%s%s", err.text,
			     err.hint[0] ? "; " : "", err.hint);
		return false;
	}
	if (reader->values.warning)
		load_problem(reader->load, PROBLEM_WARNING, node->line, node->column, "%s",
			     reader->values.warning);
	return true;
}

static bool add_values(struct item_reader *reader, const struct yaml_node *node)
{
	if (node->kind != YAML_LIST)
		return add_value(reader, node);
	if (node->count == 0)
		load_problem(reader->load, PROBLEM_NOT_COMPILED, node->line, node->column,
			     "an empty list matches nothing");
	for (size_t i = 0; i < node->count; i++)
		if (!add_value(reader, node->item[i]))
			return false;
	return node->count > 0;
}

static bool is_plain(const struct matcher *matcher)
{
	return matcher->kind >= MATCH_EXACT && matcher->kind <= MATCH_CONTAINS;
}

/* Whether what matches may stand anywhere in a longer text. */
static bool stands_within(const struct matcher *matcher)
{
	const struct pattern *glob = &matcher->glob;

	return matcher->kind == MATCH_CONTAINS ||
	       (matcher->kind == MATCH_GLOB && glob->count > 0 &&
		glob->token[0].kind == TOKEN_ANY && glob->token[glob->count - 1].kind == TOKEN_ANY);
}

/* Gives an item with many plain texts a set that finds them at once. */
static bool add_set(struct arena *arena, struct item *item)
{
	static const enum literal_kind kind[] = {
		[MATCH_EXACT] = LITERAL_EXACT,
		[MATCH_PREFIX] = LITERAL_PREFIX,
		[MATCH_SUFFIX] = LITERAL_SUFFIX,
		[MATCH_CONTAINS] = LITERAL_CONTAINS,
	};
	struct literal *literal;
	uint32_t *rest;
	size_t plain = 0;

	for (size_t i = 0; i < item->count; i++)
		plain += is_plain(&item->matcher[i]);
	if (plain < ITEM_SET_MIN || (item->all && item->group_count > 1))
		return true;
	literal = mem_alloc(plain * sizeof *literal);
	rest = arena_alloc(arena, (item->count - plain + 1) * sizeof *rest);
	plain = 0;
	for (size_t i = 0; rest && i < item->count; i++) {
		const struct matcher *matcher = &item->matcher[i];

		if (is_plain(matcher))
			literal[plain++] = (struct literal){ kind[matcher->kind], matcher->literal,
							     (uint32_t)i };
		else
			rest[item->rest_count++] = (uint32_t)i;
	}
	item->rest = rest;
	item->set = rest ? literal_set_new(arena, literal, plain) : NULL;
	free(literal);
	return item->set != NULL;
}

static const struct item *finish_item(struct item_reader *reader, struct sv field,
				      struct sv modifiers)
{
	struct load *load = reader->load;
	struct item item = { .all = reader->chain.all,
			     .neq = reader->chain.neq,
			     .cased = reader->chain.cased,
			     .part = (uint8_t)reader->chain.part,
			     .count = reader->values.count,
			     .group_count = reader->groups };
	struct matcher *matcher = arena_alloc(load->arena, item.count * sizeof *matcher);

	item.field = load_text(load, field);
	item.keyword = field.n == 0;
	item.modifiers = load_text(load, modifiers);
	if (!matcher || reader->key.full)
		return NULL;
	memcpy(matcher, reader->values.matcher, item.count * sizeof *matcher);
	item.stands_within = item.count > 0;
	for (size_t i = 0; i < item.count; i++) {
		item.stands_within &= stands_within(&matcher[i]);
		item.asks_presence |=
			matcher[i].kind == MATCH_NULL || matcher[i].kind == MATCH_EXISTS;
		if (matcher[i].kind == MATCH_REGEX)
			matcher[i].regex.number = (uint32_t)load->ruleset->regex_count++;
	}
	item.matcher = matcher;
	if (field.n > 0)
		item.field_number = load_field(load, field);
	if (!add_set(load->arena, &item))
		return NULL;
	return load_item(load, item, buf_sv(&reader->key));
}

/* field|modifiers: values. Keywords have no field. */
static const struct item *read_item(struct load *load, const struct yaml_pair *pair, struct sv key,
				    const struct yaml_node *value)
{
	const size_t bar = sv_find_char(key, '|', 0);
	const struct sv field = sv_slice(key, 0, bar);
	const struct sv modifiers = bar == SIZE_MAX ? SV("") : sv_slice(key, bar + 1, key.n);
	struct item_reader reader = { .load = load };
	const struct item *item = NULL;
	struct err err = ERR_INIT;
	size_t at = 0;

	if ((bar != SIZE_MAX && modifiers.n == 0) ||
	    chain_parse(modifiers, field.n == 0, &reader.chain, &at, &err) < 0) {
		load_problem(load, PROBLEM_NOT_COMPILED, pair ? pair->key_line : value->line,
			     pair ? pair->key_column + (uint32_t)(field.n + 1 + at) : value->column,
			     "%s",
			     modifiers.n == 0 ? "a modifier is missing behind the bar" : err.text);
		return NULL;
	}
	reader.values = (struct value_context){
		.arena = load->arena,
		.chain = &reader.chain,
		.keyword = field.n == 0,
		.placeholder = load->options->placeholder,
		.placeholder_count = load->options->placeholder_count,
		.field = field_number,
		.context = load,
	};
	buf_init(&reader.key, ITEM_KEY_MAX);
	buf_put_sv(&reader.key, key);
	buf_put_char(&reader.key, '\0');
	if (add_values(&reader, value)) {
		item = finish_item(&reader, field, modifiers);
		if (!item)
			load_problem(load, PROBLEM_NOT_COMPILED, value->line, value->column,
				     "the rule's values need too much memory");
	}
	buf_done(&reader.key);
	value_context_done(&reader.values);
	return item;
}

/* ---- searches ---- */

static bool read_map(struct load *load, const struct yaml_node *map, struct alternative *ret)
{
	const struct item **item = arena_alloc(load->arena, (map->count + 1) * sizeof *item);

	if (map->count == 0 || !item) {
		load_problem(load, PROBLEM_NOT_COMPILED, map->line, map->column,
			     "an empty map would match everything");
		return false;
	}
	for (size_t i = 0; i < map->count; i++) {
		item[i] = read_item(load, &map->pair[i], map->pair[i].key, map->pair[i].value);
		if (!item[i])
			return false;
	}
	*ret = (struct alternative){ item, map->count };
	return true;
}

static bool read_keywords(struct load *load, const struct yaml_node *node, struct alternative *ret)
{
	const struct item **item = arena_alloc(load->arena, sizeof *item);

	if (!item)
		return false;
	item[0] = read_item(load, NULL, SV(""), node);
	*ret = (struct alternative){ item, 1 };
	return item[0] != NULL;
}

static bool read_search(struct load *load, const struct yaml_node *node, struct search *search)
{
	const size_t room = node->kind == YAML_LIST ? node->count : 1;
	struct alternative *alternative =
		arena_alloc(load->arena, (room + 1) * sizeof *alternative);
	bool mixed = false;

	if (!alternative)
		return false;
	search->alternative = alternative;
	for (size_t i = 0; node->kind == YAML_LIST && i < node->count; i++)
		mixed |= node->item[i]->kind == YAML_MAP;
	if (node->kind == YAML_MAP || !mixed) {
		search->count = 1;
		return node->kind == YAML_MAP ? read_map(load, node, alternative)
					      : read_keywords(load, node, alternative);
	}
	for (size_t i = 0; i < node->count; i++) {
		struct alternative *one = &alternative[search->count++];
		const bool sound = node->item[i]->kind == YAML_MAP
					   ? read_map(load, node->item[i], one)
					   : read_keywords(load, node->item[i], one);

		if (!sound)
			return false;
	}
	return true;
}

static bool is_skipped(struct sv name, const char *const *skip)
{
	for (; *skip; skip++)
		if (sv_eq(name, sv_from(*skip)))
			return true;
	return false;
}

bool load_searches(struct load *load, const struct yaml_node *map, const char *const *skip,
		   const struct search **ret, size_t *ret_count)
{
	struct search *search = arena_zalloc(load->arena, map->count + 1, sizeof *search);
	size_t n = 0;

	if (!search)
		return false;
	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_pair *pair = &map->pair[i];

		if (is_skipped(pair->key, skip))
			continue;
		search[n].name = load_text(load, pair->key);
		search[n].line = pair->key_line;
		search[n].column = pair->key_column;
		if (!read_search(load, pair->value, &search[n++]))
			return false;
	}
	*ret = search;
	*ret_count = n;
	return true;
}
