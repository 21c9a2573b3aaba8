/* Reading a file so that all its mistakes are told at once. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "programme/internal.h"

#define MESSAGE_MAX 300 /* bytes of one problem */
#define WORD_MAX 64	/* longer words are like no other */

void *reader_alloc(struct reader *reader, size_t count, size_t size)
{
	void *p = arena_zalloc(reader->arena, count > 0 ? count : 1, size);

	if (!p)
		abort(); /* a file is too small for that */
	return p;
}

void reader_problem(struct reader *reader, uint32_t line, uint32_t column, struct sv hint,
		    const char *format, ...)
{
	char message[MESSAGE_MAX];
	struct sv kept;
	va_list list;

	if (reader->problem_count == PROGRAMME_PROBLEMS_MAX)
		return;
	va_start(list, format);
	vsnprintf(message, sizeof message, format, list);
	va_end(list);
	kept = arena_dup(reader->out, sv_from(message));
	hint = arena_dup(reader->out, hint);
	if (!kept.p || !hint.p) {
		kept = SV("there are more mistakes than memory for them");
		hint = SV_NONE;
	}
	reader->problem[reader->problem_count++] =
		(struct programme_problem){ line, column, kept, hint };
}

/* ---- the nearest word ---- */

/* How many letters have to change (Levenshtein). */
static size_t distance(struct sv a, struct sv b)
{
	size_t row[WORD_MAX + 1];

	if (a.n > WORD_MAX || b.n > WORD_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= b.n; i++)
		row[i] = i;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			const size_t replaced = diagonal + (a.p[i - 1] != b.p[k - 1]);
			const size_t shorter = row[k - 1] < row[k] ? row[k - 1] : row[k];

			diagonal = row[k];
			row[k] = replaced < shorter + 1 ? replaced : shorter + 1;
		}
	}
	return row[b.n];
}

struct sv reader_nearest(struct reader *reader, struct sv word, const char *words)
{
	struct sv rest = sv_from(words), best = SV_NONE;
	size_t least = word.n / 3 > 2 ? word.n / 3 : 2;

	while (rest.n > 0) {
		struct sv one = sv_cut(&rest, ' ');

		if (sv_ends(one, SV("!")))
			one.n--;
		const size_t far = distance(word, one);
		if (far <= least && one.n > 0) {
			if (best.n == 0 || far < least)
				best = one;
			least = far;
		}
	}
	if (best.n == 0)
		return SV_NONE;
	best = arena_printf(reader->arena, "did you mean '%.*s'?", SV_ARG(best));
	return best.p ? best : SV_NONE;
}

/* ---- maps and lists ---- */

/* All keys of a map in words, for "did you mean" and hints; NUL-terminated. */
static const char *key_words(struct reader *reader, const struct map_rule *rule)
{
	struct sv all = SV("");

	for (size_t i = 0; i < rule->key_count; i++)
		all = arena_printf(reader->arena, "%.*s%s%s", SV_ARG(all), i > 0 ? " " : "",
				   rule->key[i].key);
	return all.p ? all.p : "";
}

static bool names_key(const struct map_rule *rule, struct sv key)
{
	for (size_t i = 0; i < rule->key_count; i++) {
		struct sv one = sv_from(rule->key[i].key);

		if (sv_ends(one, SV("!")))
			one.n--;
		if (sv_eq(one, key))
			return true;
	}
	return false;
}

static void tell_missing(struct reader *reader, const struct yaml_node *node,
			 const struct map_rule *rule)
{
	for (size_t i = 0; i < rule->key_count; i++) {
		const struct sv one = sv_from(rule->key[i].key);
		char key[WORD_MAX];

		if (!sv_ends(one, SV("!")))
			continue;
		snprintf(key, sizeof key, "%.*s", (int)one.n - 1, one.p);
		if (!yaml_get(node, key))
			reader_problem(reader, node->line, node->column,
				       sv_from(rule->key[i].help), "%s needs the key '%s'",
				       rule->what, key);
	}
}

bool reader_map(struct reader *reader, const struct yaml_node *node, enum map_kind kind)
{
	const struct map_rule *rule = &grammar[kind];

	if (node->kind != YAML_MAP) {
		reader_problem(reader, node->line, node->column, sv_from(key_words(reader, rule)),
			       "%s must be a map of keys", rule->what);
		return false;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_pair *pair = &node->pair[i];

		if (!names_key(rule, pair->key))
			reader_problem(reader, pair->key_line, pair->key_column,
				       reader_nearest(reader, pair->key, key_words(reader, rule)),
				       "%s has no key '%.*s'", rule->what, SV_ARG(pair->key));
	}
	tell_missing(reader, node, rule);
	return true;
}

bool reader_list(struct reader *reader, const struct yaml_node *node, const char *what, size_t max)
{
	if (!node)
		return false;
	if (node->kind != YAML_LIST) {
		reader_at(reader, node, "%s must be a list", what);
		return false;
	}
	if (node->count > max) {
		reader_at(reader, node, "%s has %zu entries; at most %zu are allowed", what,
			  node->count, max);
		return false;
	}
	return true;
}

/* ---- scalars ---- */

static struct sv checked_text(struct reader *reader, const struct yaml_node *node)
{
	if (node->kind != YAML_SCALAR) {
		reader_at(reader, node, "here stands a text, or {ja: …, en: …}");
		return SV_NONE;
	}
	if (node->text.n > PROGRAMME_TEXT_MAX) {
		reader_at(reader, node, "the text has %zu bytes; at most %d are allowed",
			  node->text.n, PROGRAMME_TEXT_MAX);
		return SV_NONE;
	}
	return sv_trim(node->text);
}

struct programme_text reader_text(struct reader *reader, const struct yaml_node *node)
{
	struct programme_text text = { SV(""), SV("") };

	if (!node)
		return text;
	if (node->kind != YAML_MAP) {
		text.ja = text.en = checked_text(reader, node);
		return text;
	}
	if (!reader_map(reader, node, MAP_TEXT))
		return text;
	if (yaml_get(node, "ja"))
		text.ja = text.en = checked_text(reader, yaml_get(node, "ja"));
	if (yaml_get(node, "en"))
		text.en = checked_text(reader, yaml_get(node, "en"));
	return text;
}

struct sv reader_word(struct reader *reader, const struct yaml_node *node)
{
	if (!node)
		return SV("");
	if (node->kind != YAML_SCALAR) {
		reader_at(reader, node, "here stands one value");
		return SV("");
	}
	return node->text;
}

struct sv reader_id(struct reader *reader, const struct yaml_node *node)
{
	const struct sv id = reader_word(reader, node);
	bool is_good = id.n > 0 && id.n <= PROGRAMME_ID_MAX;

	for (size_t i = 0; i < id.n && is_good; i++)
		is_good = (id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= '0' && id.p[i] <= '9') ||
			  (i > 0 && (id.p[i] == '_' || id.p[i] == '-'));
	if (node && node->kind == YAML_SCALAR && !is_good)
		reader_problem(reader, node->line, node->column,
			       SV("small letters, digits, _ and -"),
			       "'%.*s' is no id of at most %d characters", SV_ARG(id),
			       PROGRAMME_ID_MAX);
	return is_good ? id : SV("");
}

bool reader_bool(struct reader *reader, const struct yaml_node *node, bool neutral)
{
	bool value;

	if (!node)
		return neutral;
	if (yaml_to_bool(node, &value))
		return value;
	reader_at(reader, node, "must be true or false");
	return neutral;
}

int64_t reader_int(struct reader *reader, const struct yaml_node *node, int64_t min, int64_t max,
		   int64_t neutral)
{
	int64_t value;

	if (!node)
		return neutral;
	if (yaml_to_i64(node, &value) && value >= min && value <= max)
		return value;
	reader_at(reader, node, "must be a whole number from %lld to %lld", (long long)min,
		  (long long)max);
	return neutral;
}

struct day reader_day(struct reader *reader, const struct yaml_node *node, bool *ret_is_set)
{
	struct day day = { 0 };

	*ret_is_set = false;
	if (!node)
		return day;
	if (node->kind == YAML_SCALAR && day_parse(node->text, &day)) {
		*ret_is_set = true;
		return day;
	}
	reader_problem(reader, node->line, node->column, SV("as in 2025-05-23"),
		       "must be a day that exists");
	return (struct day){ 0 };
}

unsigned reader_minute(struct reader *reader, const struct yaml_node *node, unsigned neutral)
{
	struct sv rest;
	uint64_t hour, minute;

	if (!node)
		return neutral;
	rest = reader_word(reader, node);
	if (rest.n == 5 && rest.p[2] == ':' && sv_to_u64(sv_cut(&rest, ':'), &hour) &&
	    sv_to_u64(rest, &minute) && minute < 60 && hour * 60 + minute <= 24 * 60)
		return (unsigned)(hour * 60 + minute);
	reader_problem(reader, node->line, node->column, SV("in quotes, as in \"09:00\""),
		       "must be a time of the day");
	return neutral;
}

int reader_choice(struct reader *reader, const struct yaml_node *node, const char *what,
		  const char *(*name)(int), int count, int neutral)
{
	struct buf words;
	struct sv word;

	if (!node)
		return neutral;
	word = reader_word(reader, node);
	for (int i = 0; i < count; i++) {
		if (name(i) && sv_eq(word, sv_from(name(i))))
			return i;
	}
	if (node->kind != YAML_SCALAR)
		return neutral;
	buf_init(&words, 4096);
	for (int i = 0; i < count; i++) {
		if (name(i))
			buf_printf(&words, "%s%s", words.n > 0 ? " " : "", name(i));
	}
	buf_put_char(&words, '\0');
	const struct sv near = reader_nearest(reader, word, words.p);
	reader_problem(reader, node->line, node->column,
		       near.n > 0 ? near : (struct sv){ words.p, words.n - 1 },
		       "there is no %s '%.*s'", what, SV_ARG(word));
	buf_done(&words);
	return neutral;
}

const struct sv *reader_words(struct reader *reader, const struct yaml_node *node,
			      size_t *ret_count)
{
	struct sv *word;

	*ret_count = 0;
	if (!node)
		return NULL;
	if (node->kind == YAML_SCALAR) {
		word = reader_alloc(reader, 1, sizeof *word);
		word[0] = node->text;
		*ret_count = 1;
		return word;
	}
	if (!reader_list(reader, node, "this", PROGRAMME_LIST_MAX))
		return NULL;
	word = reader_alloc(reader, node->count, sizeof *word);
	for (size_t i = 0; i < node->count; i++)
		word[i] = reader_word(reader, node->item[i]);
	*ret_count = node->count;
	return word;
}

struct sv reader_rules(struct reader *reader, const struct yaml_node *node)
{
	size_t count;
	const struct sv *rule = reader_words(reader, node, &count);
	struct sv all = SV("");

	for (size_t i = 0; i < count; i++) {
		const struct sv more = arena_printf(reader->arena, "%.*s%s%.*s", SV_ARG(all),
						    i > 0 ? " " : "", SV_ARG(rule[i]));

		all = more.p ? more : all;
	}
	return all;
}

void reader_differ(struct reader *reader, const struct yaml_node *node, const char *what,
		   struct sv id, struct sv other)
{
	if (id.n > 0 && sv_eq(id, other))
		reader_at(reader, node, "%s '%.*s' is there twice", what, SV_ARG(id));
}
