#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "detect/internal.h"

static const char *const level_name[] = {
	[LEVEL_NONE] = "none", [LEVEL_INFORMATIONAL] = "informational",
	[LEVEL_LOW] = "low",   [LEVEL_MEDIUM] = "medium",
	[LEVEL_HIGH] = "high", [LEVEL_CRITICAL] = "critical",
};

const char *rule_level_name(enum rule_level level)
{
	return level_name[level];
}

bool rule_level_parse(struct sv text, enum rule_level *ret)
{
	for (size_t i = 0; i < sizeof level_name / sizeof *level_name; i++)
		if (sv_eq_case(text, sv_from(level_name[i]))) {
			*ret = (enum rule_level)i;
			return true;
		}
	return false;
}

struct sv load_text(struct load *load, struct sv text)
{
	return text.n > 0 ? arena_dup(load->arena, text) : SV("");
}

static void not_compiled(struct load *load, const struct yaml_node *node, const char *what)
{
	load_problem(load, PROBLEM_NOT_COMPILED, node->line, node->column, "%s", what);
}

/* A member that must be one text where it is there at all. */
static struct sv member_text(struct load *load, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (!node || yaml_is_null(node))
		return SV("");
	if (node->kind != YAML_SCALAR) {
		load_problem(load, PROBLEM_NOT_COMPILED, node->line, node->column,
			     "%s must be one text", key);
		return SV("");
	}
	return load_text(load, sv_trim(node->text));
}

/* A list of texts, or one; other things in it are left out. */
static const struct sv *member_list(struct load *load, const struct yaml_node *map, const char *key,
				    size_t *ret_count)
{
	const struct yaml_node *node = yaml_get(map, key);
	const size_t room = !node ? 0 : node->kind == YAML_LIST ? node->count : 1;
	struct sv *list = arena_alloc(load->arena, (room + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; list && i < room; i++) {
		const struct yaml_node *item = node->kind == YAML_LIST ? node->item[i] : node;

		if (item->kind == YAML_SCALAR && !yaml_is_null(item))
			list[n++] = load_text(load, sv_trim(item->text));
	}
	*ret_count = n;
	return list;
}

static struct sv lower(struct load *load, struct sv text)
{
	char *p = arena_alloc(load->arena, text.n + 1);

	if (!p || text.n == 0)
		return SV("");
	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] | 0x20) : text.p[i];
	return (struct sv){ p, text.n };
}

/* ---- identity ---- */

/* The same title gives the same id always: a UUID of version 8 from SHA-256. */
static struct sv id_of_title(struct load *load, struct sv title)
{
	const struct sha256 digest = sha256_of(title);
	struct uuid id;
	char text[UUID_TEXT_MAX];

	memcpy(id.byte, digest.byte, sizeof id.byte);
	id.byte[6] = (uint8_t)((id.byte[6] & 0x0F) | 0x80);
	id.byte[8] = (uint8_t)((id.byte[8] & 0x3F) | 0x80);
	return load_text(load, sv_from(uuid_format(id, text)));
}

static void read_id(struct load *load, const struct yaml_node *document, struct rule *rule)
{
	const struct yaml_node *node = yaml_get(document, "id");
	struct uuid id;

	rule->id = member_text(load, document, "id");
	if (rule->id.n == 0) {
		rule->id = id_of_title(load, rule->title);
		load_problem(load, PROBLEM_WARNING, rule->line, 1,
			     "no id: one was made from the title");
	} else if (!uuid_parse(rule->id, &id)) {
		load_problem(load, PROBLEM_WARNING, node->line, node->column,
			     "the id is not a UUID");
	}
}

static void read_level(struct load *load, const struct yaml_node *document, struct rule *rule)
{
	const struct yaml_node *node = yaml_get(document, "level");
	const struct sv text = member_text(load, document, "level");

	if (text.n > 0 && !rule_level_parse(text, &rule->level))
		load_problem(load, PROBLEM_WARNING, node->line, node->column,
			     "the level '%.*s' is not known", SV_ARG(sv_slice(text, 0, 60)));
}

static void read_face(struct load *load, const struct yaml_node *document, struct rule *rule)
{
	const struct yaml_node *japanese = yaml_get(document, "japanese");

	rule->title = load->title;
	rule->file = load->file;
	rule->line = load->line;
	rule->description = member_text(load, document, "description");
	rule->author = member_text(load, document, "author");
	rule->status = member_text(load, document, "status");
	rule->title_ja = member_text(load, japanese, "title");
	rule->description_ja = member_text(load, japanese, "description");
	read_id(load, document, rule);
	read_level(load, document, rule);
	rule->tag = member_list(load, document, "tags", &rule->tag_count);
	rule->falsepositive =
		member_list(load, document, "falsepositives", &rule->falsepositive_count);
	rule->reference = member_list(load, document, "references", &rule->reference_count);
}

/* Names by which rules call a log that decoders call otherwise. */
static const struct {
	const char *product, *service, *meant;
} service_name[] = {
	{ "windows", "microsoft-servicebus-client", "servicebus-client" },
};

static struct sv meant_service(struct sv product, struct sv service)
{
	for (size_t i = 0; i < sizeof service_name / sizeof *service_name; i++)
		if (sv_eq(product, sv_from(service_name[i].product)) &&
		    sv_eq(service, sv_from(service_name[i].service)))
			return sv_from(service_name[i].meant);
	return service;
}

static void read_logsource(struct load *load, const struct yaml_node *document, struct rule *rule)
{
	const struct yaml_node *node = yaml_get(document, "logsource");

	if (!node || node->kind != YAML_MAP) {
		not_compiled(load, node ? node : document,
			     node ? "logsource must be a map" : "logsource is missing");
		return;
	}
	rule->product = lower(load, member_text(load, node, "product"));
	rule->category = lower(load, member_text(load, node, "category"));
	rule->service =
		meant_service(rule->product, lower(load, member_text(load, node, "service")));
	if (rule->product.n + rule->category.n + rule->service.n == 0)
		not_compiled(load, node, "logsource names no product, category or service");
}

/* ---- detection ---- */

uint32_t node_column(const struct yaml_node *node, size_t offset)
{
	/* Blocks and folded texts do not stand in the file as they are read; escapes may move it a little. */
	if (offset == SIZE_MAX || sv_find_char(node->text, '\n', 0) != SIZE_MAX)
		return node->column;
	return node->column + (uint32_t)offset + node->quoted;
}

const struct condition *load_condition(struct load *load, const struct yaml_node *node,
				       const struct search *search, size_t count)
{
	struct condition *condition = NULL, **each;
	struct sv *name = mem_alloc((count + 1) * sizeof *name);
	const size_t queries = node->kind == YAML_LIST ? node->count : 1;

	each = mem_alloc((queries + 1) * sizeof(struct condition *));
	for (size_t i = 0; i < count; i++)
		name[i] = search[i].name;
	for (size_t i = 0; i < queries; i++) {
		const struct yaml_node *text = node->kind == YAML_LIST ? node->item[i] : node;
		struct err err = ERR_INIT;
		size_t at = 0;

		if (text->kind != YAML_SCALAR || yaml_is_null(text)) {
			not_compiled(load, text, "a condition must be text");
			goto out;
		}
		each[i] = condition_parse(load->arena, text->text, name, count, &at, &err);
		if (!each[i]) {
			load_problem(load, PROBLEM_NOT_COMPILED, text->line, node_column(text, at),
				     "condition: %s", err.text);
			goto out;
		}
	}
	if (queries == 0)
		not_compiled(load, node, "the list of conditions is empty");
	else
		condition = queries == 1 ? each[0]
					 : condition_join(load->arena, CONDITION_OR, each, queries);
out:
	free(name);
	free(each);
	return condition;
}

static void warn_unused(struct load *load, const struct rule_body *body)
{
	bool *used = mem_zalloc(body->search_count + 1);

	condition_mark(body->condition, used);
	for (size_t i = 0; i < body->search_count; i++)
		if (!used[i])
			load_problem(load, PROBLEM_WARNING, body->search[i].line,
				     body->search[i].column, "the condition does not use '%.*s'",
				     SV_ARG(sv_slice(body->search[i].name, 0, 100)));
	free(used);
}

static void read_detection(struct load *load, const struct yaml_node *document,
			   struct rule_body *body)
{
	static const char *const skip[] = { "condition", "timeframe", NULL };
	const struct yaml_node *node = yaml_get(document, "detection");
	const struct yaml_node *condition = yaml_get(node, "condition");

	if (!node || node->kind != YAML_MAP) {
		not_compiled(load, node ? node : document,
			     node ? "detection must be a map" : "detection is missing");
		return;
	}
	if (!load_searches(load, node, skip, &body->search, &body->search_count))
		return;
	if (body->search_count == 0)
		not_compiled(load, node, "detection has no search");
	else if (!condition)
		not_compiled(load, node, "condition is missing");
	else
		body->condition = load_condition(load, condition, body->search, body->search_count);
	if (body->condition && !load->failed)
		warn_unused(load, body);
}

/* ---- documents ---- */

static bool is_retired(struct sv status)
{
	return sv_eq_case(status, SV("deprecated")) || sv_eq_case(status, SV("unsupported"));
}

static bool is_routable(const struct load *load, const struct rule *rule)
{
	return load->options->all_logsources ||
	       event_logsource_known(rule->product, rule->category, rule->service);
}

static void load_rule(struct load *load, const struct yaml_node *document)
{
	const bool correlation = yaml_get(document, "correlation") != NULL;
	struct rule_body body = { .face = { .line = load->line, .correlation = correlation } };

	read_face(load, document, &body.face);
	if (is_retired(body.face.status) && !load->options->with_deprecated) {
		load_problem(load, PROBLEM_SKIPPED, load->line, 1, "its status is %.*s",
			     SV_ARG(body.face.status));
		return;
	}
	if (correlation) {
		body.correlation = load_correlation(load, document);
	} else {
		read_logsource(load, document, &body.face);
		read_detection(load, document, &body);
	}
	body.name = member_text(load, document, "name");
	if (load->failed)
		return;
	if (!correlation && !is_routable(load, &body.face)) {
		load_problem(
			load, PROBLEM_NOT_LOADED, load->line, 1,
			"no source of events for product '%.*s', category '%.*s', service '%.*s'",
			SV_ARG(body.face.product), SV_ARG(body.face.category),
			SV_ARG(body.face.service));
		return;
	}
	if (load->rule.count == DETECT_RULES_MAX) {
		load_problem(load, PROBLEM_NOT_COMPILED, load->line, 1, "over %d rules",
			     DETECT_RULES_MAX);
		return;
	}
	*(struct rule_body *)growing_add(&load->rule, sizeof body) = body;
}

void load_document(struct load *load, const struct yaml_node *document)
{
	const struct yaml_node *title = yaml_get(document, "title");

	load->failed = false;
	load->title = SV("");
	load->line = document->kind == YAML_MAP && document->count > 0 ? document->pair[0].key_line
								       : document->line;
	if (document->kind != YAML_MAP) {
		not_compiled(load, document, "a rule must be a map");
		return;
	}
	load->title = member_text(load, document, "title");
	if (!load->failed && load->title.n == 0)
		load_problem(load, PROBLEM_NOT_COMPILED, title ? title->line : load->line,
			     title ? title->column : 1, "title is missing");
	if (load->failed)
		return;
	if (arena_used(load->arena) > RULESET_BYTES_MAX) {
		load_problem(load, PROBLEM_NOT_COMPILED, load->line, 1,
			     "the rules before it use %zu bytes", RULESET_BYTES_MAX);
		return;
	}
	if (yaml_get(document, "filter"))
		load_filter(load, document);
	else
		load_rule(load, document);
}
