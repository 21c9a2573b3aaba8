/* The grammar as a JSON Schema (2020-12), for editors that complete and check as one types. */
#include "programme/internal.h"

/* ---- enumerations ---- */

static const char *actor(int i)
{
	return programme_actor_name((enum programme_actor)i);
}

static const char *field_kind(int i)
{
	return programme_field_kind_name((enum programme_field_kind)i);
}

static const char *effect(int i)
{
	return effect_kind_name((enum effect_kind)i);
}

static const char *verdict(int i)
{
	return i <= VERDICT_REVIEW ? verdict_name((enum verdict)i) : NULL;
}

static const char *selection(int i)
{
	return selection_kind_name((enum selection_kind)i);
}

static const char *questionnaire(int i)
{
	return questionnaire_kind_name((enum questionnaire_kind)i);
}

static const char *visit(int i)
{
	return visit_form_name((enum visit_form)i);
}

static const char *document(int i)
{
	return document_kind_name((enum document_kind)i);
}

static const char *session(int i)
{
	return session_kind_name((enum session_kind)i);
}

static const char *file(int i)
{
	return file_type_name((enum file_type)i);
}

static const char *handling(int i)
{
	return incident_handling_name((enum incident_handling)i);
}

static const char *means(int i)
{
	return meaning_word(i + 1); /* the first means nothing */
}

static const struct {
	const char *name;
	const char *(*word)(int);
} enumeration[] = {
	{ "actor", actor },	    { "field", field_kind },	{ "effect", effect },
	{ "verdict", verdict },	    { "selection", selection }, { "questionnaire", questionnaire },
	{ "visit", visit },	    { "document", document },	{ "session", session },
	{ "file", file },	    { "handling", handling },	{ "means", means },
	{ "mark", mark_word },	    { "since", since_word },	{ "channel", channel_word },
};

/* ---- writing ---- */

static void put_text(struct buf *to, const char *name, const char *text)
{
	buf_printf(to, "\"%s\": ", name);
	buf_put_json(to, sv_from(text));
}

static void put_enumeration(struct buf *to, struct sv name)
{
	buf_put_sv(to, SV("\"enum\": ["));
	for (size_t e = 0; e < sizeof enumeration / sizeof *enumeration; e++) {
		for (int i = 0; sv_eq(name, sv_from(enumeration[e].name)) && enumeration[e].word(i);
		     i++)
			buf_printf(to, "%s\"%s\"", i > 0 ? ", " : "", enumeration[e].word(i));
	}
	buf_put_char(to, ']');
}

/* One alternative without its braces: "day", "[course]", "{mail}", "'full'", "@actor". */
static void put_alternative(struct buf *to, struct sv type);

static void put_type(struct buf *to, struct sv type)
{
	struct sv rest = type, one;
	const bool is_list = type.p[0] == '[';
	bool first = true;

	if (is_list || sv_find_char(type, '|', 0) == SIZE_MAX) {
		put_alternative(to, type);
		return;
	}
	buf_put_sv(to, SV("\"anyOf\": ["));
	while (rest.n > 0) {
		one = sv_cut(&rest, '|');
		if (one.p[0] == '[' && !sv_ends(one, SV("]"))) { /* "[a|b]" is one */
			const size_t end = sv_find_char(type, ']', (size_t)(one.p - type.p));
			const size_t from = (size_t)(one.p - type.p);

			one = sv_slice(type, from, end + 1);
			rest = sv_slice(type, end + 2 < type.n ? end + 2 : type.n, type.n);
		}
		buf_put_sv(to, first ? SV("{") : SV(", {"));
		put_alternative(to, one);
		buf_put_char(to, '}');
		first = false;
	}
	buf_put_char(to, ']');
}

static void put_alternative(struct buf *to, struct sv type)
{
	const struct sv inner = sv_slice(type, 1, type.n > 0 ? type.n - 1 : 0);

	switch (type.p[0]) {
	case '[':
		buf_put_sv(to, SV("\"type\": \"array\", \"items\": {"));
		put_type(to, inner);
		buf_put_char(to, '}');
		return;
	case '{':
		buf_put_sv(to, SV("\"type\": \"object\", \"additionalProperties\": {"));
		put_type(to, inner);
		buf_put_char(to, '}');
		return;
	case '\'':
		if (sv_eq(inner, SV("true")))
			buf_put_sv(to, SV("\"const\": true"));
		else
			buf_printf(to, "\"const\": \"%.*s\"", SV_ARG(inner));
		return;
	case '@': put_enumeration(to, sv_slice(type, 1, type.n)); return;
	default: buf_printf(to, "\"$ref\": \"#/$defs/%.*s\"", SV_ARG(type)); return;
	}
}

static void put_map(struct buf *to, const struct map_rule *rule)
{
	bool first = true;

	buf_put_sv(to, SV("\"type\": \"object\", \"additionalProperties\": false,\n"
			  "      \"required\": ["));
	for (size_t i = 0; i < rule->key_count; i++) {
		const struct sv key = sv_from(rule->key[i].key);

		if (!sv_ends(key, SV("!")))
			continue;
		buf_printf(to, "%s\"%.*s\"", first ? "" : ", ", (int)key.n - 1, key.p);
		first = false;
	}
	buf_put_sv(to, SV("],\n      \"properties\": {"));
	for (size_t i = 0; i < rule->key_count; i++) {
		struct sv key = sv_from(rule->key[i].key);

		if (sv_ends(key, SV("!")))
			key.n--;
		buf_printf(to, "%s\n        \"%.*s\": {", i > 0 ? "," : "", SV_ARG(key));
		if (rule->key[i].help[0] != '\0') {
			put_text(to, "description", rule->key[i].help);
			buf_put_sv(to, SV(", "));
		}
		put_type(to, sv_from(rule->key[i].type));
		buf_put_char(to, '}');
	}
	buf_put_sv(to, SV("\n      }"));
}

/* What stands in one place. A plain scalar of YAML may look like a number. */
static const struct {
	const char *name, *schema;
} plain[] = {
	{ "word", "\"type\": [\"string\", \"number\"]" },
	{ "words", "\"anyOf\": [{\"$ref\": \"#/$defs/word\"}, {\"type\": \"array\","
		   " \"items\": {\"$ref\": \"#/$defs/word\"}}]" },
	{ "id", "\"type\": [\"string\", \"number\"], \"pattern\": \"^[a-z0-9][a-z0-9_-]{0,39}$\"" },
	{ "bool", "\"type\": \"boolean\"" },
	{ "int", "\"type\": \"integer\"" },
	{ "day", "\"type\": \"string\", \"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"" },
	{ "time", "\"type\": \"string\", \"pattern\": \"^[0-9]{2}:[0-9]{2}$\"" },
	{ "limit", "\"type\": \"object\", \"required\": [\"by\"], \"properties\":"
		   " {\"by\": {\"$ref\": \"#/$defs/word\"}},"
		   " \"additionalProperties\": {\"type\": \"integer\"}" },
};

void programme_schema(struct buf *to)
{
	buf_put_sv(to, SV("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
			  "  \"title\": \"Hikeshi programme\",\n"
			  "  \"$ref\": \"#/$defs/programme\",\n  \"$defs\": {"));
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		buf_printf(to, "%s\n    \"%s\": {%s}", i > 0 ? "," : "", plain[i].name,
			   plain[i].schema);
	for (int i = 0; i < MAP_COUNT; i++) {
		/* A text may stand alone: it is Japanese then. */
		const bool is_text = i == MAP_TEXT;

		buf_printf(to, ",\n    \"%s\": {\n      %s", grammar[i].id,
			   is_text ? "\"anyOf\": [{\"$ref\": \"#/$defs/word\"}, {" : "");
		put_map(to, &grammar[i]);
		buf_put_sv(to, is_text ? SV("}]\n    }") : SV("\n    }"));
	}
	buf_put_sv(to, SV("\n  }\n}\n"));
}
