#include "centre/check.h"

#include <stdio.h>

#include "base/clock.h"

static bool fail(struct check_problem *ret, const char *key, const char *field)
{
	ret->key = key;
	snprintf(ret->field, sizeof ret->field, "%s", field);
	return false;
}

static size_t code_points(struct sv text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
	return n;
}

static bool has_control(struct sv text, bool multiline)
{
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];

		if (multiline && (c == '\n' || c == '\t' || c == '\r'))
			continue;
		if (c < 0x20 || c == 0x7F)
			return true;
		/* U+0080 to U+009F, and the marks that turn text round */
		if (c == 0xC2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xA0)
			return true;
		if (c == 0xE2 && i + 2 < text.n && (unsigned char)text.p[i + 1] == 0x80 &&
		    (unsigned char)text.p[i + 2] >= 0xAA && (unsigned char)text.p[i + 2] <= 0xAE)
			return true;
	}
	return false;
}

static bool in_class(const struct check_part *part, unsigned char c)
{
	return c < 128 && (part->class[c >> 6] >> (c & 63) & 1);
}

/* The generator made sure that taking as much as possible is never wrong. */
static bool matches(const struct check *check, struct sv text)
{
	size_t at = 0;

	for (size_t i = 0; i < check->part_count; i++) {
		const struct check_part *part = &check->part[i];
		uint32_t n = 0;

		while (n < part->max && at < text.n && in_class(part, (unsigned char)text.p[at]))
			n++, at++;
		if (n < part->min)
			return false;
	}
	return at == text.n;
}

static bool is_word(const struct check *check, struct sv text)
{
	for (size_t i = 0; i < check->word_count; i++)
		if (sv_eq(text, sv_from(check->word[i])))
			return true;
	return false;
}

static bool check_string(const struct check *check, const char *name, struct sv text,
			 struct check_problem *ret)
{
	struct instant ignored;
	size_t length;

	if (!sv_is_utf8(text))
		return fail(ret, "not_utf8", name);
	length = code_points(text);
	if (length < check->length_min)
		return fail(ret, length == 0 ? "empty" : "too_short", name);
	if (length > check->length_max)
		return fail(ret, "too_long", name);
	if (has_control(text, check->multiline))
		return fail(ret, "control_character", name);
	if (check->word_count > 0 && !is_word(check, text))
		return fail(ret, "not_listed", name);
	if (check->part_count > 0 && !matches(check, text))
		return fail(ret, "bad_form", name);
	if (check->instant && !instant_parse(text, &ignored))
		return fail(ret, "bad_instant", name);
	return true;
}

static bool check_value(const struct check *check, json_t *value, const char *name,
			struct check_problem *ret);

static void set_default(const struct check *check, json_t *object, const char *name)
{
	json_t *value = NULL;

	if (check->type == CHECK_INTEGER)
		value = json_integer(check->default_number);
	else if (check->type == CHECK_BOOLEAN)
		value = json_boolean(check->default_number != 0);
	else if (check->default_text)
		value = json_string(check->default_text);
	json_object_set_new(object, name, value);
}

static const struct check_member *find_member(const struct check *check, const char *name)
{
	for (size_t i = 0; i < check->member_count; i++)
		if (strcmp(check->member[i].name, name) == 0)
			return &check->member[i];
	return NULL;
}

static bool check_object(const struct check *check, json_t *value, const char *name,
			 struct check_problem *ret)
{
	const char *key, *dot = name[0] ? "." : "";
	char path[CHECK_FIELD_MAX];
	json_t *member;

	json_object_foreach(value, key, member)
	{
		const struct check_member *known = find_member(check, key);

		snprintf(path, sizeof path, "%s%s%s", name, dot, key);
		if (!known)
			return fail(ret, "unknown_member", path);
		if (!check_value(known->check, member, path, ret))
			return false;
	}
	for (size_t i = 0; i < check->member_count; i++) {
		const struct check_member *known = &check->member[i];

		if (json_object_get(value, known->name))
			continue;
		snprintf(path, sizeof path, "%s%s%s", name, dot, known->name);
		if (known->required)
			return fail(ret, "missing", path);
		if (known->check->has_default)
			set_default(known->check, value, known->name);
	}
	return true;
}

static bool check_array(const struct check *check, json_t *value, const char *name,
			struct check_problem *ret)
{
	char path[CHECK_FIELD_MAX];
	json_t *item;
	size_t i;

	if (json_array_size(value) < check->item_min)
		return fail(ret, "too_few", name);
	if (json_array_size(value) > check->item_max)
		return fail(ret, "too_many_items", name);
	json_array_foreach(value, i, item)
	{
		snprintf(path, sizeof path, "%s[%zu]", name, i);
		if (!check_value(check->item, item, path, ret))
			return false;
	}
	return true;
}

static bool check_number(const struct check *check, const char *name, int64_t number,
			 struct check_problem *ret)
{
	if (number < check->min || number > check->max)
		return fail(ret, "out_of_range", name);
	return true;
}

static bool check_value(const struct check *check, json_t *value, const char *name,
			struct check_problem *ret)
{
	if (json_is_null(value) && check->nullable)
		return true;
	switch (check->type) {
	case CHECK_STRING:
		if (json_is_string(value))
			return check_string(check, name,
					    (struct sv){ json_string_value(value),
							 json_string_length(value) },
					    ret);
		break;
	case CHECK_INTEGER:
		if (json_is_integer(value))
			return check_number(check, name, json_integer_value(value), ret);
		break;
	case CHECK_BOOLEAN:
		if (json_is_boolean(value))
			return true;
		break;
	case CHECK_OBJECT:
		if (json_is_object(value))
			return check_object(check, value, name, ret);
		break;
	case CHECK_ARRAY:
		if (json_is_array(value))
			return check_array(check, value, name, ret);
		break;
	case CHECK_TYPE_COUNT: break;
	}
	return fail(ret, "wrong_type", name);
}

bool check_json(const struct check *check, json_t *value, struct check_problem *ret)
{
	return check_value(check, value, "", ret);
}

bool check_text(const struct check *check, const char *name, struct sv text, int64_t *ret_number,
		struct check_problem *ret)
{
	int64_t number;

	switch (check->type) {
	case CHECK_INTEGER:
		if (!sv_to_i64(text, &number))
			return fail(ret, "wrong_type", name);
		if (!check_number(check, name, number, ret))
			return false;
		*ret_number = number;
		return true;
	case CHECK_BOOLEAN:
		if (!sv_eq(text, SV("true")) && !sv_eq(text, SV("false")))
			return fail(ret, "wrong_type", name);
		*ret_number = sv_eq(text, SV("true"));
		return true;
	default: return check_string(check, name, text, ret);
	}
}
