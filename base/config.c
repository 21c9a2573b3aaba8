#include "base/config.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/yaml.h"

#define WORD_MAX 64	  /* longer words are not compared */
#define KEYS_MAX 64	  /* of one schema */
#define PATH_TEXT_MAX 256 /* keys of nested sections in an error */

struct place {
	const char *name, *folder;
	struct arena *arena;
	struct err *err;
	char path[PATH_TEXT_MAX]; /* "server.limits" */
};

/* ---- words that look alike ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Inserted, left out, changed or swapped letters between two short words. */
static size_t distance(struct sv a, struct sv b)
{
	size_t row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = row[i % 3], *before = row[(i - 1) % 3], *earlier = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			const size_t change = a.p[i - 1] != b.p[j - 1];

			now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], earlier[j - 2] + 1);
		}
	}
	return row[a.n % 3][b.n];
}

const char *config_nearest(struct sv text, const char *const *words)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	if (text.n > WORD_MAX)
		return NULL;
	for (; *words; words++) {
		const struct sv word = sv_from(*words);
		size_t steps;

		if (word.n > WORD_MAX)
			continue;
		steps = distance(text, word);
		/* A third of the letters may be wrong, but never all. */
		if (steps < best && steps <= 1 + word.n / 3 && steps < word.n) {
			best = steps;
			nearest = *words;
		}
	}
	return nearest;
}

/* ---- values ---- */

struct unit {
	const char *name;
	uint64_t factor;
};

/* A whole number followed by one of the units. */
static bool with_unit(struct sv text, const struct unit *unit, size_t count, uint64_t *ret)
{
	size_t digits = 0;
	uint64_t number;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!sv_to_u64(sv_slice(text, 0, digits), &number))
		return false;
	text = sv_slice(text, digits, text.n);
	for (size_t i = 0; i < count; i++)
		if (sv_eq(text, sv_from(unit[i].name)))
			return !__builtin_mul_overflow(number, unit[i].factor, ret);
	return false;
}

bool config_duration(struct sv text, int64_t *ret_us)
{
	static const struct unit unit[] = {
		{ "ms", 1000 },
		{ "s", (uint64_t)INSTANT_SECOND },
		{ "m", (uint64_t)INSTANT_SECOND * 60 },
		{ "h", (uint64_t)INSTANT_SECOND * 3600 },
		{ "d", (uint64_t)INSTANT_SECOND * 86400 },
	};
	uint64_t us = 0;

	if (!sv_eq(text, SV("0")) &&
	    (!with_unit(text, unit, sizeof unit / sizeof *unit, &us) || us > INT64_MAX))
		return false;
	*ret_us = (int64_t)us;
	return true;
}

bool config_size(struct sv text, uint64_t *ret_bytes)
{
	static const struct unit unit[] = {
		{ "", 1 },
		{ "B", 1 },
		{ "KiB", UINT64_C(1) << 10 },
		{ "MiB", UINT64_C(1) << 20 },
		{ "GiB", UINT64_C(1) << 30 },
		{ "TiB", UINT64_C(1) << 40 },
		{ "kB", 1000 },
		{ "MB", UINT64_C(1000000) },
		{ "GB", UINT64_C(1000000000) },
		{ "TB", UINT64_C(1000000000000) },
	};
	uint64_t bytes;

	if (!with_unit(text, unit, sizeof unit / sizeof *unit, &bytes))
		return false;
	*ret_bytes = bytes;
	return true;
}

/* ---- errors ---- */

/* "FILE:1:2: server.port: what" */
ERR_PRINTF(4, 5)
static int wrong(struct place *place, uint32_t line, uint32_t column, const char *format, ...)
{
	va_list list;
	char what[512];

	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	return err_set(place->err, ERR_FORMAT, "%s:%u:%u: %s%s%s", place->name, line, column,
		       place->path, place->path[0] ? ": " : "", what);
}

static int wrong_value(struct place *place, const struct yaml_node *node, const char *wanted)
{
	if (node->kind != YAML_SCALAR)
		return wrong(place, node->line, node->column, "is a %s, wanted is %s",
			     node->kind == YAML_LIST ? "list" : "map", wanted);
	if (yaml_is_null(node))
		return wrong(place, node->line, node->column, "has no value, wanted is %s", wanted);
	return wrong(place, node->line, node->column, "'%.*s' is not %s",
		     node->text.n > 60 ? 60 : (int)node->text.n, node->text.p, wanted);
}

static int out_of_memory(struct place *place, const struct yaml_node *node)
{
	return wrong(place, node->line, node->column, "the file needs too much memory");
}

/* ---- one function for each kind ---- */

typedef int read_function(struct place *place, const struct config_field *field,
			  const struct yaml_node *node, void *target);

/* Texts never hold control characters: they go to logs, headers and terminals. */
static int check_text(struct place *place, const struct yaml_node *node)
{
	if (node->kind != YAML_SCALAR || yaml_is_null(node))
		return wrong_value(place, node, "a text");
	for (size_t i = 0; i < node->text.n; i++)
		if ((unsigned char)node->text.p[i] < ' ' || node->text.p[i] == 0x7f)
			return wrong(place, node->line, node->column, "holds a control character");
	return 0;
}

static int check_length(struct place *place, const struct config_field *field,
			const struct yaml_node *node)
{
	const size_t max = field->max > 0 ? (size_t)field->max : CONFIG_TEXT_MAX;

	if (node->text.n < (size_t)field->min)
		return wrong(place, node->line, node->column,
			     "has %zu bytes, at least %lld are needed", node->text.n,
			     (long long)field->min);
	if (node->text.n > max)
		return wrong(place, node->line, node->column,
			     "has %zu bytes, at most %zu are allowed", node->text.n, max);
	return 0;
}

static int read_text(struct place *place, const struct config_field *field,
		     const struct yaml_node *node, void *target)
{
	struct sv text;

	if (check_text(place, node) < 0 || check_length(place, field, node) < 0)
		return -1;
	if (field->kind == CONFIG_PATH && node->text.n == 0)
		return wrong(place, node->line, node->column, "is empty, wanted is a path");
	if (field->kind == CONFIG_PATH && node->text.p[0] != '/')
		text = arena_printf(place->arena, "%s/%s", place->folder, node->text.p);
	else
		text = arena_dup(place->arena, node->text);
	if (!text.p)
		return out_of_memory(place, node);
	memcpy(target, &text.p, sizeof text.p);
	return 0;
}

static bool has_bounds(const struct config_field *field)
{
	return field->min != 0 || field->max != 0;
}

static int read_int(struct place *place, const struct config_field *field,
		    const struct yaml_node *node, void *target)
{
	char wanted[96];
	int64_t value;

	if (has_bounds(field))
		snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld",
			 (long long)field->min, (long long)field->max);
	else
		snprintf(wanted, sizeof wanted, "a whole number");
	if (!yaml_to_i64(node, &value) ||
	    (has_bounds(field) && (value < field->min || value > field->max)))
		return wrong_value(place, node, wanted);
	memcpy(target, &value, sizeof value);
	return 0;
}

static int read_bool(struct place *place, const struct config_field *field,
		     const struct yaml_node *node, void *target)
{
	bool value;

	if (!yaml_to_bool(node, &value))
		return wrong_value(place, node, "true or false");
	memcpy(target, &value, sizeof value);
	return 0;
}

/* A bound as a person would write it. */
static char *duration_text(int64_t us, char text[static 32])
{
	static const struct unit unit[] = {
		{ "d", (uint64_t)INSTANT_SECOND * 86400 },
		{ "h", (uint64_t)INSTANT_SECOND * 3600 },
		{ "m", (uint64_t)INSTANT_SECOND * 60 },
		{ "s", (uint64_t)INSTANT_SECOND },
		{ "ms", 1000 },
	};
	size_t i = 0;

	while (i + 1 < sizeof unit / sizeof *unit && ((uint64_t)us % unit[i].factor || us == 0))
		i++;
	snprintf(text, 32, "%llu%s", (unsigned long long)us / unit[i].factor, unit[i].name);
	return text;
}

static int read_duration(struct place *place, const struct config_field *field,
			 const struct yaml_node *node, void *target)
{
	char wanted[128], min[32], max[32];
	int64_t us;

	if (node->kind != YAML_SCALAR || !config_duration(node->text, &us)) {
		wrong_value(place, node, "a duration");
		return err_hint(place->err, "write 500ms, 90s, 5m, 3h or 2d");
	}
	if (has_bounds(field) && (us < field->min || us > field->max)) {
		snprintf(wanted, sizeof wanted, "from %s to %s", duration_text(field->min, min),
			 duration_text(field->max, max));
		return wrong_value(place, node, wanted);
	}
	memcpy(target, &us, sizeof us);
	return 0;
}

static char *size_text(uint64_t bytes, char text[static 32])
{
	static const char *const unit[] = { "", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	while (i < 4 && bytes > 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	snprintf(text, 32, "%llu%s", (unsigned long long)bytes, unit[i]);
	return text;
}

static int read_size(struct place *place, const struct config_field *field,
		     const struct yaml_node *node, void *target)
{
	char wanted[128], min[32], max[32];
	uint64_t bytes;

	if (node->kind != YAML_SCALAR || !config_size(node->text, &bytes)) {
		wrong_value(place, node, "a size");
		return err_hint(place->err, "write 65536, 64KiB, 64MiB or 2GiB");
	}
	if (has_bounds(field) && (bytes < (uint64_t)field->min || bytes > (uint64_t)field->max)) {
		snprintf(wanted, sizeof wanted, "from %s to %s",
			 size_text((uint64_t)field->min, min),
			 size_text((uint64_t)field->max, max));
		return wrong_value(place, node, wanted);
	}
	memcpy(target, &bytes, sizeof bytes);
	return 0;
}

/* "a, b or c" */
static void list_words(const char *const *word, char *text, size_t room)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; word[i] && n < room; i++)
		n += (size_t)snprintf(text + n, room - n, "%s%s",
				      i == 0	    ? ""
				      : word[i + 1] ? ", "
						    : " or ",
				      word[i]);
}

static int read_enum(struct place *place, const struct config_field *field,
		     const struct yaml_node *node, void *target)
{
	const char *nearest;
	char wanted[256];

	for (int i = 0; node->kind == YAML_SCALAR && field->word[i]; i++) {
		if (sv_eq(node->text, sv_from(field->word[i]))) {
			memcpy(target, &i, sizeof i);
			return 0;
		}
	}
	list_words(field->word, wanted, sizeof wanted);
	wrong_value(place, node, wanted);
	nearest = node->kind == YAML_SCALAR ? config_nearest(node->text, field->word) : NULL;
	return nearest ? err_hint(place->err, "is '%s' meant?", nearest) : -1;
}

static int check_count(struct place *place, const struct config_field *field,
		       const struct yaml_node *node)
{
	const size_t max = field->max > 0 ? (size_t)field->max : CONFIG_ITEMS_MAX;

	if (node->kind != YAML_LIST)
		return wrong_value(place, node, "a list");
	if (node->count < (size_t)field->min || node->count > max)
		return wrong(place, node->line, node->column,
			     "has %zu items, allowed are %lld to %zu", node->count,
			     (long long)field->min, max);
	return 0;
}

static int read_texts(struct place *place, const struct config_field *field,
		      const struct yaml_node *node, void *target)
{
	const struct config_field item = { .kind = CONFIG_TEXT };
	struct config_texts texts = { 0 };
	const char **text;

	if (check_count(place, field, node) < 0)
		return -1;
	text = arena_zalloc(place->arena, node->count + 1, sizeof *text);
	if (!text)
		return out_of_memory(place, node);
	for (size_t i = 0; i < node->count; i++)
		if (read_text(place, &item, node->item[i], &text[i]) < 0)
			return -1;
	texts.item = text;
	texts.count = node->count;
	memcpy(target, &texts, sizeof texts);
	return 0;
}

static int fill(struct place *place, const struct config_schema *schema,
		const struct yaml_node *node, void *target);

static int read_section(struct place *place, const struct config_field *field,
			const struct yaml_node *node, void *target)
{
	return fill(place, field->schema, node, target);
}

static int read_sections(struct place *place, const struct config_field *field,
			 const struct yaml_node *node, void *target)
{
	const struct config_schema *schema = field->schema;
	struct config_sections sections = { 0 };
	char *item;

	if (check_count(place, field, node) < 0)
		return -1;
	item = arena_zalloc(place->arena, node->count + 1, schema->size);
	if (!item)
		return out_of_memory(place, node);
	for (size_t i = 0; i < node->count; i++) {
		if (schema->initial)
			memcpy(item + i * schema->size, schema->initial, schema->size);
		if (fill(place, schema, node->item[i], item + i * schema->size) < 0)
			return -1;
	}
	sections.item = item;
	sections.count = node->count;
	memcpy(target, &sections, sizeof sections);
	return 0;
}

static read_function *const reader[] = {
	[CONFIG_TEXT] = read_text,	   [CONFIG_PATH] = read_text,
	[CONFIG_INT] = read_int,	   [CONFIG_BOOL] = read_bool,
	[CONFIG_DURATION] = read_duration, [CONFIG_SIZE] = read_size,
	[CONFIG_ENUM] = read_enum,	   [CONFIG_TEXTS] = read_texts,
	[CONFIG_SECTION] = read_section,   [CONFIG_SECTIONS] = read_sections,
};
static_assert(sizeof reader / sizeof *reader == CONFIG_KIND_COUNT, "each kind has its reader");

/* ---- maps ---- */

static const struct config_field *find_field(const struct config_schema *schema, struct sv key)
{
	for (size_t i = 0; i < schema->count; i++)
		if (sv_eq(key, sv_from(schema->field[i].key)))
			return &schema->field[i];
	return NULL;
}

static int unknown_key(struct place *place, const struct config_schema *schema,
		       const struct yaml_pair *pair)
{
	const char *word[KEYS_MAX + 1] = { NULL }, *nearest;
	char known[256];

	for (size_t i = 0; i < schema->count; i++)
		word[i] = schema->field[i].key;
	wrong(place, pair->key_line, pair->key_column, "there is no key '%.*s'",
	      pair->key.n > 60 ? 60 : (int)pair->key.n, pair->key.p);
	nearest = config_nearest(pair->key, word);
	if (nearest)
		return err_hint(place->err, "is '%s' meant?", nearest);
	list_words(word, known, sizeof known);
	return err_hint(place->err, "keys are %s", known);
}

/* Adds a key to the path for the time of reading its value; gives what to cut back to. */
static size_t enter(struct place *place, const char *key)
{
	const size_t before = strlen(place->path);

	snprintf(place->path + before, sizeof place->path - before, "%s%s", before > 0 ? "." : "",
		 key);
	return before;
}

static int fill(struct place *place, const struct config_schema *schema,
		const struct yaml_node *node, void *target)
{
	assert(schema->count <= KEYS_MAX);
	if (node->kind != YAML_MAP)
		return wrong_value(place, node, "a map of keys and values");
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_pair *pair = &node->pair[i];
		const struct config_field *field = find_field(schema, pair->key);
		size_t before;

		if (!field)
			return unknown_key(place, schema, pair);
		before = enter(place, field->key);
		if (reader[field->kind](place, field, pair->value, (char *)target + field->offset) <
		    0)
			return -1;
		place->path[before] = '\0';
	}
	for (size_t i = 0; i < schema->count; i++)
		if (schema->field[i].required && !yaml_get(node, schema->field[i].key))
			return wrong(place, node->line, node->column, "key '%s' is missing",
				     schema->field[i].key);
	return 0;
}

int config_parse(struct sv text, const char *name, const char *folder,
		 const struct config_schema *schema, struct arena *arena, void *target,
		 struct err *err)
{
	static const struct yaml_node empty = { .kind = YAML_MAP, .line = 1, .column = 1 };
	struct place place = { .name = name, .folder = folder, .arena = arena, .err = err };
	struct yaml_node **root;
	const int count = yaml_parse(text, name, arena, &root, err);
	char *filled;
	int status;

	if (count < 0)
		return -1;
	if (count > 1)
		return err_set(err, ERR_FORMAT, "%s: %d documents, wanted is one", name, count);
	filled = mem_alloc(schema->size);
	memcpy(filled, target, schema->size);
	status = fill(&place, schema, count == 1 && root[0] ? root[0] : &empty, filled);
	if (status == 0)
		memcpy(target, filled, schema->size);
	free(filled);
	return status;
}

int config_read(const char *path, const struct config_schema *schema, struct arena *arena,
		void *target, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const size_t n = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
	char folder[PATH_MAX];
	struct buf text;
	int status = -1;

	if (n >= sizeof folder)
		return err_set(err, ERR_RANGE, "the path of the configuration is too long");
	snprintf(folder, sizeof folder, "%.*s", n > 0 ? (int)n : 1, n > 0 ? path : ".");
	buf_init(&text, CONFIG_FILE_MAX);
	if (file_read(path, &text, err) == 0)
		status = config_parse(buf_sv(&text), path, folder, schema, arena, target, err);
	buf_done(&text);
	return status;
}
