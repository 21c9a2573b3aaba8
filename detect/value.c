#include "detect/modifier.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "detect/fold.h"

/* Texts of one rule, after everything was written out. */
#define VALUE_BYTES_MAX ((size_t)16 << 20)
/* Expressions of one item: each is a program of its own. */
#define REGEXES_MAX 2000

static struct matcher *push(struct value_context *context, struct sv source, uint32_t group,
			    struct err *err)
{
	struct matcher *matcher;

	if (context->count == DETECT_VALUES_MAX) {
		err_set(err, ERR_TOO_LARGE, "over %d values", DETECT_VALUES_MAX);
		return NULL;
	}
	if (context->count == context->room) {
		context->room = context->room ? context->room * 2 : 16;
		context->matcher = mem_realloc(context->matcher, context->room, sizeof *matcher);
	}
	matcher = &context->matcher[context->count++];
	*matcher = (struct matcher){ .group = group, .source = source };
	return matcher;
}

static int full(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "the rule's values need too much memory");
}

void value_context_done(struct value_context *context)
{
	free(context->matcher);
	context->matcher = NULL;
	context->count = context->room = 0;
}

int value_add_null(struct value_context *context, uint32_t group, struct err *err)
{
	const struct chain *chain = context->chain;
	struct matcher *matcher;

	if (context->keyword)
		return err_set(err, ERR_FORMAT, "a keyword cannot be null");
	if (chain->kind != VALUE_TEXT || chain->step_count > 0 || chain->cased)
		return err_set(err, ERR_FORMAT, "null takes no modifiers");
	matcher = push(context, SV("null"), group, err);
	if (!matcher)
		return -1;
	matcher->kind = MATCH_NULL;
	return 0;
}

/* ---- text ---- */

/* Folds unless cased; counts what the rule uses. */
static int keep_text(struct value_context *context, struct sv *text, struct err *err)
{
	const struct sv kept = context->chain->cased ? arena_dup(context->arena, *text)
						     : fold_dup(context->arena, *text);

	context->bytes += kept.n;
	if (!kept.p || context->bytes > VALUE_BYTES_MAX)
		return full(err);
	*text = kept;
	return 0;
}

static enum matcher_kind kind_of(struct pattern pattern, struct sv *ret)
{
	const bool front = pattern.count > 0 && pattern.token[0].kind == TOKEN_ANY;
	const bool behind = pattern.count > 1 && pattern.token[pattern.count - 1].kind == TOKEN_ANY;
	const size_t inner = pattern.count - front - behind;

	*ret = SV("");
	if (front && inner == 0)
		return MATCH_ANY;
	if (inner > 1 || (inner == 1 && pattern.token[front].kind != TOKEN_TEXT))
		return MATCH_GLOB;
	if (inner == 1)
		*ret = pattern.token[front].text;
	return front && behind ? MATCH_CONTAINS
	       : front	       ? MATCH_SUFFIX
	       : behind	       ? MATCH_PREFIX
			       : MATCH_EXACT;
}

static int add_pattern(struct value_context *context, struct pattern pattern, struct sv source,
		       uint32_t group, struct err *err)
{
	struct matcher *matcher;
	struct token *token;

	if (context->keyword && pattern_pad(context->arena, &pattern, true, true, err) < 0)
		return -1;
	matcher = push(context, source, group, err);
	if (!matcher)
		return -1;
	matcher->kind = (uint8_t)kind_of(pattern, &matcher->literal);
	if (matcher->kind == MATCH_ANY)
		context->warning =
			source.n == 1 ? NULL : "this value matches whatever the field holds";
	if (matcher->kind == MATCH_ANY && context->keyword)
		return err_set(err, ERR_FORMAT, "this keyword would match every event");
	if (matcher->kind != MATCH_GLOB)
		return keep_text(context, &matcher->literal, err);
	token = arena_alloc(context->arena, pattern.count * sizeof *token);
	if (!token)
		return full(err);
	for (size_t i = 0; i < pattern.count; i++) {
		token[i] = pattern.token[i];
		if (token[i].kind == TOKEN_TEXT && keep_text(context, &token[i].text, err) < 0)
			return -1;
	}
	matcher->glob = (struct pattern){ token, pattern.count };
	return 0;
}

static int change(struct value_context *context, struct pattern pattern, size_t step,
		  struct sv source, uint32_t group, struct err *err);

static int change_each(struct value_context *context, const struct pattern *pattern, size_t count,
		       size_t step, struct sv source, uint32_t group, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (change(context, pattern[i], step, source, group, err) < 0)
			return -1;
	return 0;
}

static const struct ruleset_placeholder *find_placeholder(const struct value_context *context,
							  struct sv name)
{
	for (size_t i = 0; i < context->placeholder_count; i++)
		if (sv_eq(context->placeholder[i].name, name))
			return &context->placeholder[i];
	return NULL;
}

static int unknown_placeholder(struct sv name, struct err *err)
{
	err_set(err, ERR_FORMAT, "the placeholder %%%.*s%% has no values", SV_ARG(name));
	return err_hint(err, "give it values in the configuration, or leave the rule out");
}

static int expand(struct value_context *context, struct pattern pattern, size_t step,
		  struct sv source, uint32_t group, struct err *err)
{
	const struct ruleset_placeholder *placeholder;
	struct sv name;

	if (!pattern_first_name(pattern, &name))
		return change(context, pattern, step + 1, source, group, err);
	placeholder = find_placeholder(context, name);
	if (!placeholder || placeholder->count == 0)
		return unknown_placeholder(name, err);
	for (size_t i = 0; i < placeholder->count; i++) {
		struct pattern by, replaced;

		if (pattern_parse(context->arena, placeholder->value[i], false, &by, err) < 0 ||
		    pattern_replace_name(context->arena, pattern, by, &replaced, err) < 0 ||
		    expand(context, replaced, step, source, group, err) < 0)
			return -1;
		context->bytes += placeholder->value[i].n;
		if (context->bytes > VALUE_BYTES_MAX)
			return full(err);
	}
	return 0;
}

/* Bytes of an encoding cannot hold a dash that may be one of five: all are written out. */
static int encode(struct value_context *context, struct pattern pattern, size_t step,
		  struct sv source, uint32_t group, struct err *err)
{
	const struct pattern *variant;
	struct pattern offset[3];
	size_t count;

	if (pattern_has(pattern, TOKEN_DASH))
		return pattern_write_dashes(context->arena, pattern, &variant, &count, err) < 0
			       ? -1
			       : change_each(context, variant, count, step, source, group, err);
	if (pattern_has(pattern, TOKEN_NAME))
		return err_set(err, ERR_FORMAT, "expand must stand before encodings");
	switch (context->chain->step[step]) {
	case MODIFIER_BASE64:
		if (pattern_base64(context->arena, &pattern, err) < 0)
			return -1;
		break;
	case MODIFIER_BASE64OFFSET:
		if (pattern_base64_offset(context->arena, pattern, offset, err) < 0)
			return -1;
		for (size_t i = 0; i < 3; i++)
			if (offset[i].count == 0)
				return err_set(
					err, ERR_FORMAT,
					"too short for base64offset: nothing is left at offset %zu",
					i);
		return change_each(context, offset, 3, step + 1, source, group, err);
	case MODIFIER_UTF16BE:
		if (pattern_encode(context->arena, &pattern, ENCODE_UTF16BE, err) < 0)
			return -1;
		break;
	case MODIFIER_UTF16:
		if (pattern_encode(context->arena, &pattern, ENCODE_UTF16, err) < 0)
			return -1;
		break;
	default:
		if (pattern_encode(context->arena, &pattern, ENCODE_UTF16LE, err) < 0)
			return -1;
		break;
	}
	return change(context, pattern, step + 1, source, group, err);
}

/* The modifiers from step on. */
static int change(struct value_context *context, struct pattern pattern, size_t step,
		  struct sv source, uint32_t group, struct err *err)
{
	int status = 0;

	if (step == context->chain->step_count)
		return add_pattern(context, pattern, source, group, err);
	switch (context->chain->step[step]) {
	case MODIFIER_CONTAINS:
		status = pattern_pad(context->arena, &pattern, true, true, err);
		break;
	case MODIFIER_STARTSWITH:
		status = pattern_pad(context->arena, &pattern, false, true, err);
		break;
	case MODIFIER_ENDSWITH:
		status = pattern_pad(context->arena, &pattern, true, false, err);
		break;
	case MODIFIER_WINDASH: status = pattern_windash(context->arena, &pattern, err); break;
	case MODIFIER_EXPAND: return expand(context, pattern, step, source, group, err);
	default: return encode(context, pattern, step, source, group, err);
	}
	return status < 0 ? -1 : change(context, pattern, step + 1, source, group, err);
}

static int add_text(struct value_context *context, struct sv text, uint32_t group, struct err *err)
{
	const struct chain *chain = context->chain;
	struct pattern pattern;

	if (text.n == 0 && context->keyword)
		return err_set(err, ERR_FORMAT, "an empty keyword");
	for (size_t i = 0; text.n == 0 && i < chain->step_count; i++)
		if (chain->step[i] >= MODIFIER_WINDASH)
			return err_set(err, ERR_FORMAT, "an empty value takes no modifiers");
	if (pattern_parse(context->arena, text, chain->expand, &pattern, err) < 0)
		return -1;
	return change(context, pattern, 0, text, group, err);
}

/* ---- regular expressions ---- */

static void put_quoted(struct buf *buf, struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("\\^$.|?*+()[]{}", text.p[i]) && text.p[i] != '\0')
			buf_put_char(buf, '\\');
		buf_put_char(buf, text.p[i]);
	}
}

static int add_program(struct value_context *context, struct sv text, struct sv source,
		       uint32_t group, struct err *err)
{
	const struct regex *regex;
	struct matcher *matcher;
	size_t at = SIZE_MAX;

	if (context->count == REGEXES_MAX)
		return err_set(err, ERR_TOO_LARGE, "over %d expressions", REGEXES_MAX);
	regex = regex_new(context->arena, text, context->chain->regex_flags, &at, err);
	if (!regex && !context->chain->expand)
		context->error_at = at;
	matcher = regex ? push(context, source, group, err) : NULL;
	if (!matcher)
		return -1;
	matcher->kind = MATCH_REGEX;
	matcher->regex.program = regex;
	return 0;
}

/* Puts each value of the first placeholder in, quoted, and goes on with the next. */
static int expand_regex(struct value_context *context, struct sv text, size_t from,
			struct sv source, uint32_t group, struct err *err)
{
	size_t open = from, close;
	const struct ruleset_placeholder *placeholder;
	struct sv name;

	for (;; open++) {
		open = sv_find_char(text, '%', open);
		if (open == SIZE_MAX)
			return add_program(context, text, source, group, err);
		close = sv_find_char(text, '%', open + 1);
		if ((open == 0 || text.p[open - 1] != '\\') && close != SIZE_MAX &&
		    close > open + 1)
			break;
	}
	name = sv_slice(text, open + 1, close);
	placeholder = find_placeholder(context, name);
	if (!placeholder || placeholder->count == 0) {
		context->error_at = open;
		return unknown_placeholder(name, err);
	}
	for (size_t i = 0; i < placeholder->count; i++) {
		struct buf buf;
		struct sv whole;
		size_t next;

		buf_init(&buf, REGEX_TEXT_MAX + 1);
		buf_put_sv(&buf, sv_slice(text, 0, open));
		put_quoted(&buf, placeholder->value[i]);
		next = buf.n;
		buf_put_sv(&buf, sv_slice(text, close + 1, text.n));
		whole = arena_dup(context->arena, buf_sv(&buf));
		next = buf.full ? SIZE_MAX : next;
		buf_done(&buf);
		if (!whole.p || next == SIZE_MAX)
			return full(err);
		if (expand_regex(context, whole, next, source, group, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the rest ---- */

static int add_number(struct value_context *context, struct sv text, uint32_t group,
		      struct err *err)
{
	struct number number;
	struct matcher *matcher;

	if (!number_parse(text, &number))
		return err_set(err, ERR_FORMAT, "'%.*s' is not a number",
			       SV_ARG(sv_slice(text, 0, 60)));
	matcher = push(context, text, group, err);
	if (!matcher)
		return -1;
	matcher->kind = MATCH_NUMBER;
	matcher->compare = (uint8_t)context->chain->compare;
	matcher->number = number;
	return 0;
}

static int add_network(struct value_context *context, struct sv text, uint32_t group,
		       struct err *err)
{
	struct network network;
	struct matcher *matcher;

	if (!network_parse(text, &network)) {
		err_set(err, ERR_FORMAT, "'%.*s' is not a network", SV_ARG(sv_slice(text, 0, 60)));
		return err_hint(err, "write it as 192.0.2.0/24 or 2001:db8::/32");
	}
	matcher = push(context, text, group, err);
	if (!matcher)
		return -1;
	matcher->kind = MATCH_NETWORK;
	matcher->network = network;
	return 0;
}

static int add_exists(struct value_context *context, struct sv text, uint32_t group,
		      struct err *err)
{
	const bool yes = sv_eq_case(text, SV("true"));
	struct matcher *matcher;

	if (!yes && !sv_eq_case(text, SV("false")))
		return err_set(err, ERR_FORMAT, "exists takes true or false");
	matcher = push(context, text, group, err);
	if (!matcher)
		return -1;
	matcher->kind = MATCH_EXISTS;
	matcher->wanted = yes;
	return 0;
}

static int add_field(struct value_context *context, struct sv text, uint32_t group, struct err *err)
{
	struct pattern pattern;
	struct matcher *matcher;
	bool front = false, behind = false;
	struct sv name;

	if (pattern_parse(context->arena, text, false, &pattern, err) < 0)
		return -1;
	if (!pattern_is_text(pattern, &name) || name.n == 0)
		return err_set(err, ERR_FORMAT,
			       "fieldref takes the name of a field, without wildcards");
	for (size_t i = 0; i < context->chain->step_count; i++) {
		front |= context->chain->step[i] != MODIFIER_STARTSWITH;
		behind |= context->chain->step[i] != MODIFIER_ENDSWITH;
	}
	matcher = push(context, text, group, err);
	if (!matcher)
		return -1;
	matcher->kind = MATCH_FIELD;
	matcher->shape = front && behind ? MATCH_CONTAINS
			 : front	 ? MATCH_SUFFIX
			 : behind	 ? MATCH_PREFIX
					 : MATCH_EXACT;
	matcher->field = context->field(context->context, name);
	return 0;
}

int value_add_text(struct value_context *context, struct sv text, uint32_t group, struct err *err)
{
	context->error_at = SIZE_MAX;
	switch (context->chain->kind) {
	case VALUE_TEXT: return add_text(context, text, group, err);
	case VALUE_NUMBER: return add_number(context, text, group, err);
	case VALUE_NETWORK: return add_network(context, text, group, err);
	case VALUE_FIELD: return add_field(context, text, group, err);
	case VALUE_EXISTS: return add_exists(context, text, group, err);
	case VALUE_REGEX: break;
	}
	if (text.n == 0)
		return err_set(err, ERR_FORMAT, "an empty expression matches everything");
	if (context->chain->expand)
		return expand_regex(context, text, 0, text, group, err);
	return add_program(context, text, text, group, err);
}
