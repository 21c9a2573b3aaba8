/* What a reader of a rule misses or stumbles over: its head, tags, fields and values. */
#include "cli/rule_lint.h"

#include <stdarg.h>
#include <string.h>

#include "base/day.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/hunt.h"

#define SCRATCH_MAX ((size_t)256 << 20)

void lint_list_done(struct lint_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->lint[i].text);
		free(list->lint[i].file);
		free(list->lint[i].title);
	}
	free(list->lint);
}

void lint_add(struct lint_list *list, const char *check, enum lint_kind kind, uint32_t line,
	      uint32_t column, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list arguments;

	if (list->count == LINTS_MAX)
		return;
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->lint = mem_realloc(list->lint, list->room, sizeof *list->lint);
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	list->lint[list->count++] =
		(struct lint){ check, kind,   mem_dup(list->file), mem_dup_sv(list->title),
			       line,  column, mem_dup(text) };
}

/* ---- the head ---- */

static const struct yaml_pair *find_pair(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
		if (sv_eq(map->pair[i].key, sv_from(key)))
			return &map->pair[i];
	return NULL;
}

static void missing(struct lint_list *list, const struct yaml_node *rule, const char *key,
		    const char *check)
{
	const struct yaml_pair *pair = find_pair(rule, key);

	if (!pair)
		lint_add(list, check, LINT_ADVICE, rule->line, rule->column, _("there is no '%s'"),
			 key);
	else if (pair->value->kind == YAML_SCALAR && sv_trim(pair->value->text).n == 0)
		lint_add(list, check, LINT_ADVICE, pair->key_line, pair->key_column,
			 _("'%s' is empty"), key);
}

static void one_of(struct lint_list *list, const struct yaml_node *rule, const char *key,
		   const char *const *word, size_t count, const char *check)
{
	const struct yaml_node *node = yaml_get(rule, key);

	if (!node || node->kind != YAML_SCALAR)
		return;
	for (size_t i = 0; i < count; i++)
		if (sv_eq(node->text, sv_from(word[i])))
			return;
	lint_add(list, check, LINT_WARNING, node->line, node->column, _("'%.*s' is no %s"),
		 SV_ARG(node->text), key);
}

static void lint_date(struct lint_list *list, const struct yaml_node *rule, const char *key)
{
	const struct yaml_node *node = yaml_get(rule, key);
	struct instant ignored;

	if (node && node->kind == YAML_SCALAR &&
	    (node->text.n != 10 ||
	     !zone_parse((struct zone){ ZONE_UTC }, node->text, false, &ignored)))
		lint_add(list, "date", LINT_WARNING, node->line, node->column,
			 _("'%.*s' is no date of the form 2026-11-21"), SV_ARG(node->text));
}

static void lint_logsource(struct lint_list *list, const struct yaml_node *rule)
{
	static const char *const known[] = { "product", "category", "service", "definition" };
	const struct yaml_node *map = yaml_get(rule, "logsource");

	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++) {
		bool is_known = false;

		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			is_known |= sv_eq(map->pair[i].key, sv_from(known[k]));
		if (!is_known)
			lint_add(list, "logsource", LINT_WARNING, map->pair[i].key_line,
				 map->pair[i].key_column, _("a logsource has no '%.*s'"),
				 SV_ARG(map->pair[i].key));
	}
}

/* ---- tags ---- */

static bool is_number(struct sv text, char letter, size_t digits)
{
	if (text.n != digits + 1 || text.p[0] != letter)
		return false;
	for (size_t i = 1; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

/* Groups, software, campaigns, mitigations, data sources; tactics and techniques apart. */
static bool is_attack(struct sv tag)
{
	const struct sv name = sv_slice(tag, strlen("attack."), tag.n);
	char text[16];

	for (size_t i = 0; i < tag.n; i++)
		if (tag.p[i] >= 'A' && tag.p[i] <= 'Z')
			return false;
	return hunt_tactic_of(tag) != SIZE_MAX || hunt_technique_of(tag, text).p ||
	       is_number(name, 'g', 4) || is_number(name, 's', 4) || is_number(name, 'c', 4) ||
	       is_number(name, 'm', 4) ||
	       (sv_starts(name, SV("ds")) && is_number(sv_slice(name, 1, name.n), 's', 4)) ||
	       (sv_starts(name, SV("ta")) && is_number(sv_slice(name, 1, name.n), 'a', 4));
}

static void lint_tag(struct lint_list *list, const struct yaml_node *node)
{
	static const char *const space[] = { "attack.",	   "car.", "cve.", "d3fend.",
					     "detection.", "stp.", "tlp." };
	size_t i = 0;

	if (node->kind != YAML_SCALAR)
		return;
	while (i < sizeof space / sizeof *space && !sv_starts(node->text, sv_from(space[i])))
		i++;
	if (i == sizeof space / sizeof *space)
		lint_add(list, "tag", LINT_WARNING, node->line, node->column,
			 _("'%.*s' has no namespace of Sigma's tags (attack., cve., tlp., …)"),
			 SV_ARG(node->text));
	else if (i == 0 && !is_attack(node->text))
		lint_add(list, "attack-tag", LINT_WARNING, node->line, node->column,
			 _("'%.*s' is no tactic, technique, group or software of ATT&CK"),
			 SV_ARG(node->text));
}

static void lint_tags(struct lint_list *list, const struct yaml_node *rule)
{
	const struct yaml_node *tags = yaml_get(rule, "tags");
	const struct yaml_node *references = yaml_get(rule, "references");
	bool has_technique = false, has_tactic = false;
	char text[16];

	for (size_t i = 0; tags && tags->kind == YAML_LIST && i < tags->count; i++) {
		const struct yaml_node *tag = tags->item[i];

		lint_tag(list, tag);
		has_technique |= hunt_technique_of(tag->text, text).p != NULL;
		has_tactic |= hunt_tactic_of(tag->text) != SIZE_MAX;
		for (size_t k = 0; k < i && i < LINT_TAGS_MAX; k++)
			if (sv_eq(tags->item[k]->text, tag->text))
				lint_add(list, "tag", LINT_WARNING, tag->line, tag->column,
					 _("'%.*s' stands twice"), SV_ARG(tag->text));
	}
	if (has_technique && !has_tactic)
		lint_add(list, "no-tactic", LINT_ADVICE, tags->line, tags->column, "%s",
			 _("a technique of ATT&CK without its tactic"));
	if (!has_technique && (!references || references->count == 0))
		lint_add(
			list, "no-reference", LINT_ADVICE, rule->line, rule->column, "%s",
			_("neither references nor a technique of ATT&CK: where can one read about it?"));
}

/* ---- values ---- */

/* The text between wildcards at both ends; *ret_any: there is nothing else. */
static struct sv bare(struct sv text)
{
	while (text.n > 0 && text.p[0] == '*')
		text = sv_slice(text, 1, text.n);
	while (text.n > 0 && text.p[text.n - 1] == '*' &&
	       (text.n < 2 || text.p[text.n - 2] != '\\'))
		text.n--;
	return text;
}

static bool has_modifier(struct sv modifiers, const char *name)
{
	while (modifiers.n > 0)
		if (sv_eq(sv_cut(&modifiers, '|'), sv_from(name)))
			return true;
	return false;
}

static bool is_path_field(struct sv field)
{
	static const char *const name[] = { "Image",	   "ParentImage", "SourceImage",
					    "TargetImage", "ImageLoaded", "TargetFilename" };

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (sv_eq_case(field, sv_from(name[i])))
			return true;
	return false;
}

bool lint_is_all_regex(struct sv text)
{
	static const char *const all[] = { ".*", ".+", "^.*$", "^.+$", "^.*", ".*$", "^", "$", "" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (sv_eq(text, sv_from(all[i])))
			return true;
	return false;
}

void lint_value(struct lint_list *list, struct sv field, struct sv modifiers,
		const struct yaml_node *value)
{
	const struct sv text = value->text, inner = bare(text);
	const bool is_plain = modifiers.n == 0;

	if (value->kind != YAML_SCALAR || yaml_is_null(value) || field.n == 0)
		return;
	if (has_modifier(modifiers, "re")) {
		if (lint_is_all_regex(text))
			lint_add(list, "too-broad", LINT_WARNING, value->line, value->column,
				 _("'%.*s' matches every text"), SV_ARG(text));
		return;
	}
	if (is_plain && is_path_field(field) && inner.n == text.n && text.n > 0 &&
	    !memchr(text.p, '\\', text.n) && !memchr(text.p, '/', text.n) &&
	    !memchr(text.p, '*', text.n) && !memchr(text.p, '?', text.n) &&
	    memchr(text.p, '.', text.n)) /* Idle, System, vmmem: such names stand there whole */
		lint_add(
			list, "never-equal", LINT_WARNING, value->line, value->column,
			_("%.*s holds a whole path, which is never '%.*s': use |endswith with a separator before it"),
			SV_ARG(field), SV_ARG(text));
}

/* ---- fields ---- */

struct fields {
	struct sv name[EVENT_FIELDS_LISTED_MAX];
	struct event_fields known;
};

static struct sv member(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);

	return node && node->kind == YAML_SCALAR ? node->text : SV("");
}

static void lint_field(struct lint_list *list, const struct fields *fields,
		       const struct yaml_pair *pair)
{
	struct sv rest = pair->key;
	const struct sv name = sv_cut(&rest, '|');

	if (name.n == 0)
		return;
	for (size_t i = 0; i < fields->known.count; i++)
		if (sv_eq_case(fields->known.name[i], name))
			return;
	lint_add(list, "unknown-field", LINT_WARNING, pair->key_line, pair->key_column,
		 _("no event of this logsource has a field '%.*s'"), SV_ARG(name));
}

static void lint_search(struct lint_list *list, const struct fields *fields,
			const struct yaml_node *search)
{
	for (size_t i = 0; i < search->count; i++) {
		if (search->kind == YAML_MAP)
			lint_field(list, fields, &search->pair[i]);
		else if (search->kind == YAML_LIST && search->item[i]->kind == YAML_MAP)
			lint_search(list, fields, search->item[i]);
	}
}

/* Only where all fields of the logsource are known. */
static void lint_fields(struct lint_list *list, struct arena *arena, const struct yaml_node *rule)
{
	const struct yaml_node *source = yaml_get(rule, "logsource"),
			       *detection = yaml_get(rule, "detection");
	struct fields *fields = arena_alloc(arena, sizeof *fields);

	if (!fields || !source || detection->kind != YAML_MAP)
		return;
	fields->known =
		event_logsource_fields(member(source, "product"), member(source, "category"),
				       member(source, "service"), fields->name);
	if (fields->known.open || fields->known.count == 0)
		return;
	for (size_t i = 0; i < detection->count; i++)
		if (!sv_eq(detection->pair[i].key, SV("condition")) &&
		    !sv_eq(detection->pair[i].key, SV("timeframe")))
			lint_search(list, fields, detection->pair[i].value);
}

/* ---- files ---- */

static void lint_rule(struct lint_list *list, struct arena *arena, const struct yaml_node *rule)
{
	static const char *const level[] = { "informational", "low", "medium", "high", "critical" };
	static const char *const status[] = { "stable", "test", "experimental", "deprecated",
					      "unsupported" };
	const struct yaml_node *title = yaml_get(rule, "title");

	list->title = title && title->kind == YAML_SCALAR ? title->text : SV("");
	missing(list, rule, "description", "no-description");
	missing(list, rule, "level", "no-level");
	missing(list, rule, "status", "no-status");
	one_of(list, rule, "level", level, sizeof level / sizeof *level, "level");
	one_of(list, rule, "status", status, sizeof status / sizeof *status, "status");
	lint_date(list, rule, "date");
	lint_date(list, rule, "modified");
	lint_tags(list, rule);
	lint_logsource(list, rule);
	if (yaml_get(rule, "detection")) {
		lint_fields(list, arena, rule);
		lint_logic(list, arena, rule);
	}
}

void lint_file(struct lint_list *list, const char *path, struct sv yaml)
{
	struct arena *arena = arena_new(SCRATCH_MAX), *scratch = arena_new(SCRATCH_MAX);
	struct yaml_node **root;
	struct err err = ERR_INIT;
	const int count = yaml_parse(yaml, path, arena, &root, &err);

	list->file = path;
	for (int i = 0; i < count; i++) {
		if (!root[i] || root[i]->kind != YAML_MAP || yaml_get(root[i], "filter"))
			continue;
		lint_rule(list, scratch, root[i]);
		arena_clear(scratch);
	}
	arena_free(scratch);
	arena_free(arena);
}
