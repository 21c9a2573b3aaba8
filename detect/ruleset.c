#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "detect/cache.h"
#include "detect/internal.h"
#include "detect/plan.h"
#include "detect/rule_files.h"

void *growing_add(struct growing *list, size_t size)
{
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		list->p = mem_realloc(list->p, list->room, size);
	}
	return memset((char *)list->p + list->count++ * size, 0, size);
}

void load_problem(struct load *load, enum rule_problem_kind kind, uint32_t line, uint32_t column,
		  const char *format, ...)
{
	struct rule_problem *problem;
	char text[ERR_TEXT_MAX];
	va_list list;

	load->failed |= kind == PROBLEM_NOT_COMPILED;
	if (load->problem.count == RULESET_PROBLEMS_MAX)
		return;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	problem = growing_add(&load->problem, sizeof *problem);
	*problem = (struct rule_problem){ kind,	       load->file,
					  load->title, line + load->line_offset,
					  column,      load_text(load, sv_from(text)) };
}

/* ---- fields and items: each once ---- */

static void fields_rehash(struct load *load)
{
	const struct field_name *field = load->field.p;

	load->field_table_size = load->field_table_size ? load->field_table_size * 2 : 1024;
	free(load->field_table);
	load->field_table = mem_zalloc(load->field_table_size * sizeof *load->field_table);
	for (size_t i = 0; i < load->field.count; i++) {
		size_t slot = field[i].hash;

		if (!field[i].first)
			continue;
		while (load->field_table[slot &= load->field_table_size - 1])
			slot++;
		load->field_table[slot] = (uint32_t)i + 1;
	}
}

/* The table knows the first spelling of a name, which links the others. */
uint32_t load_field(struct load *load, struct sv name)
{
	const uint64_t hash = sv_hash_case(name);
	struct field_name *field;
	uint32_t number, last = 0;
	size_t slot = hash;

	if (2 * (load->field.count + 1) > load->field_table_size)
		fields_rehash(load);
	field = load->field.p;
	while ((number = load->field_table[slot &= load->field_table_size - 1]) != 0 &&
	       field[number - 1].hash != hash)
		slot++;
	for (; number != 0; number = field[number - 1].next) {
		if (sv_eq(field[number - 1].name, name))
			return number - 1;
		last = number;
	}
	field = growing_add(&load->field, sizeof *field);
	*field = (struct field_name){ load_text(load, name), hash, 0, last == 0 };
	if (last > 0)
		((struct field_name *)load->field.p)[last - 1].next = (uint32_t)load->field.count;
	else
		load->field_table[slot] = (uint32_t)load->field.count;
	return (uint32_t)load->field.count - 1;
}

static void items_rehash(struct load *load)
{
	const struct sv *key = load->item_key.p;

	load->item_table_size = load->item_table_size ? load->item_table_size * 2 : 1024;
	free(load->item_table);
	load->item_table = mem_zalloc(load->item_table_size * sizeof *load->item_table);
	for (size_t i = 0; i < load->item.count; i++) {
		size_t slot = sv_hash(key[i]);

		while (load->item_table[slot &= load->item_table_size - 1])
			slot++;
		load->item_table[slot] = (uint32_t)i + 1;
	}
}

const struct item *load_item(struct load *load, struct item item, struct sv key)
{
	struct item *kept;
	size_t slot = sv_hash(key);

	if (2 * (load->item.count + 1) > load->item_table_size)
		items_rehash(load);
	for (;; slot++) {
		const uint32_t number = load->item_table[slot &= load->item_table_size - 1];

		if (number == 0)
			break;
		if (sv_eq(((struct sv *)load->item_key.p)[number - 1], key))
			return ((const struct item **)load->item.p)[number - 1];
	}
	kept = arena_alloc(load->arena, sizeof *kept);
	if (!kept)
		return NULL;
	*kept = item;
	kept->number = (uint32_t)load->item.count;
	*(const struct item **)growing_add(&load->item, sizeof kept) = kept;
	*(struct sv *)growing_add(&load->item_key, sizeof key) = load_text(load, key);
	load->item_table[slot] = (uint32_t)load->item.count;
	return kept;
}

/* ---- texts and files ---- */

static void load_roots(struct load *load, struct yaml_node **root, int count)
{
	for (int i = 0; i < count; i++)
		if (root[i])
			load_document(load, root[i]);
}

/* "NAME:LINE:COLUMN: reason" becomes a problem. */
static void yaml_problem(struct load *load, const struct err *err)
{
	struct sv rest = sv_from(err->text), whole = rest;
	uint64_t line = 0, column = 0;

	load->title = SV("");
	if (sv_starts(rest, load->file)) {
		rest = sv_slice(rest, load->file.n + 1, rest.n);
		if (sv_to_u64(sv_cut(&rest, ':'), &line) && sv_to_u64(sv_cut(&rest, ':'), &column))
			whole = sv_trim(rest);
	}
	load_problem(load, PROBLEM_NOT_COMPILED, (uint32_t)line, (uint32_t)column, "%.*s%s%s",
		     SV_ARG(whole), err->hint[0] ? "; " : "", err->hint);
}

/* Where the next document begins: behind a line that starts with "---". */
static size_t document_end(struct sv text, size_t from)
{
	size_t at = from;

	while ((at = sv_find(text, SV("\n---"), at)) != SIZE_MAX) {
		const char after = at + 4 < text.n ? text.p[at + 4] : '\n';

		if (after == '\n' || after == '\r' || after == ' ' || after == '\t')
			return at + 1;
		at++;
	}
	return text.n;
}

/* One broken document shall not take the others of its file with it. */
static void load_apart(struct load *load, struct sv text, struct arena *scratch)
{
	char *const name = mem_dup_sv(load->file);

	for (size_t from = 0, end; from < text.n; from = end) {
		struct err err = ERR_INIT;
		struct yaml_node **root;
		int count;

		end = document_end(text, from);
		arena_clear(scratch);
		count = yaml_parse(sv_slice(text, from, end), name, scratch, &root, &err);
		if (count < 0)
			yaml_problem(load, &err);
		else
			load_roots(load, root, count);
		for (size_t i = from; i < end; i++)
			load->line_offset += text.p[i] == '\n';
	}
	load->line_offset = 0;
	free(name);
}

static void load_yaml(struct load *load, struct sv text, const char *name, struct arena *scratch)
{
	struct err err = ERR_INIT;
	struct yaml_node **root;
	int count;

	load->file = load_text(load, sv_from(name));
	*(struct sha256 *)growing_add(&load->digest, sizeof(struct sha256)) = sha256_of(text);
	arena_clear(scratch);
	count = yaml_parse(text, name, scratch, &root, &err);
	if (count >= 0)
		load_roots(load, root, count);
	else if (document_end(text, 0) < text.n)
		load_apart(load, text, scratch);
	else
		yaml_problem(load, &err);
}

/* Whole file; -1 with err where it cannot be read. Over the limit: cut, YAML refuses it. */
static int read_file(const char *path, char *buffer, size_t *ret_n, struct err *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	while (got > 0 && n <= YAML_BYTES_MAX) {
		got = read(fd, buffer + n, YAML_BYTES_MAX + 1 - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	if (got < 0) {
		err_errno(err, errno, "%s", path);
		close(fd);
		return -1;
	}
	close(fd);
	*ret_n = n;
	return 0;
}

/* ---- the whole ---- */

static int by_digest(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sha256));
}

/* Neither names nor order of files matter. */
static struct sv digest_of(struct load *load)
{
	struct sha256 whole;
	char text[2 * SHA256_SIZE + 1];

	if (load->digest.count > 0)
		qsort(load->digest.p, load->digest.count, sizeof whole, by_digest);
	whole = sha256_of((struct sv){ load->digest.p, load->digest.count * sizeof whole });
	return load_text(load, sv_from(hex_encode(whole.byte, SHA256_SIZE, text)));
}

struct by_id {
	struct sv id;
	size_t rule;
};

static int compare_id(const void *a, const void *b)
{
	const struct by_id *x = a, *y = b;
	const int order = sv_cmp(x->id, y->id);

	return order ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

/* Detections are known by event and rule id, so that an id may stand once only. */
static void drop_duplicates(struct load *load)
{
	struct rule_body *rule = load->rule.p;
	struct by_id *sorted = mem_alloc((load->rule.count + 1) * sizeof *sorted);
	bool *dropped = mem_zalloc(load->rule.count + 1);
	size_t first = 0, n = 0;

	for (size_t i = 0; i < load->rule.count; i++)
		sorted[i] = (struct by_id){ rule[i].face.id, i };
	qsort(sorted, load->rule.count, sizeof *sorted, compare_id);
	for (size_t i = 1; i < load->rule.count; i++) {
		const struct rule *later = &rule[sorted[i].rule].face,
				  *earlier = &rule[sorted[first].rule].face;

		if (!sv_eq(later->id, earlier->id)) {
			first = i;
			continue;
		}
		dropped[sorted[i].rule] = true;
		load->file = later->file;
		load->title = later->title;
		load_problem(load, PROBLEM_NOT_COMPILED, later->line, 1,
			     "the id %.*s was used before: %.*s:%u", SV_ARG(later->id),
			     SV_ARG(earlier->file), earlier->line);
	}
	for (size_t i = 0; i < load->rule.count; i++)
		if (!dropped[i])
			rule[n++] = rule[i];
	load->rule.count = n;
	free(sorted);
	free(dropped);
}

static void *detach(struct growing *list, size_t *ret_count)
{
	*ret_count = list->count;
	return list->p;
}

static struct ruleset *ruleset_new(void)
{
	struct ruleset *ruleset = mem_zalloc(sizeof *ruleset);

	ruleset->arena = arena_new(RULESET_BYTES_MAX + RULESET_BYTES_SLACK);
	atomic_init(&ruleset->references, 1);
	pthread_mutex_init(&ruleset->plan_lock, NULL);
	return ruleset;
}

static struct ruleset *finish(struct load *load)
{
	struct ruleset *ruleset = load->ruleset;

	drop_duplicates(load);
	correlations_link(load);
	filters_apply(load);
	ruleset->digest = digest_of(load);
	ruleset->rule = detach(&load->rule, &ruleset->rule_count);
	ruleset->problem = detach(&load->problem, &ruleset->problem_count);
	ruleset->field = detach(&load->field, &ruleset->field_count);
	ruleset->item = detach(&load->item, &ruleset->item_count);
	free(load->item_key.p);
	free(load->item_table);
	free(load->filter.p);
	free(load->digest.p);
	if (load->field_table_size == 0)
		fields_rehash(load);
	ruleset->field_table = load->field_table;
	ruleset->field_table_size = load->field_table_size;
	expressions_compile(ruleset);
	plans_prepare(ruleset);
	return ruleset;
}

static struct load load_begin(const struct ruleset_options *options)
{
	struct ruleset *ruleset = ruleset_new();

	return (struct load){ .ruleset = ruleset, .arena = ruleset->arena, .options = options };
}

struct ruleset *ruleset_parse(struct sv yaml, const char *name,
			      const struct ruleset_options *options, struct err *err)
{
	static const struct ruleset_options none;
	struct load load = load_begin(options ? options : &none);
	struct arena *scratch = arena_new((size_t)1 << 30);

	load_yaml(&load, yaml, name, scratch);
	arena_free(scratch);
	return finish(&load);
}

static int load_files(struct load *load, const struct rule_files *files, struct err *err)
{
	struct arena *scratch = arena_new((size_t)1 << 30);
	char *buffer = mem_alloc(YAML_BYTES_MAX + 1);
	int status = 0;

	for (size_t i = 0; i < files->file.count && status == 0; i++) {
		const char *const path = ((struct rule_file *)files->file.p)[i].path;
		size_t n = 0;

		status = read_file(path, buffer, &n, err);
		if (status == 0)
			load_yaml(load, (struct sv){ buffer, n }, path, scratch);
		if (load->options->progress)
			load->options->progress(load->options->context, i + 1, files->file.count);
	}
	for (size_t i = 0; i < load->options->text_count && status == 0; i++)
		load_yaml(load, load->options->text[i].yaml, load->options->text[i].name, scratch);
	free(buffer);
	arena_free(scratch);
	return status;
}

static struct ruleset *compile(const struct ruleset_options *options,
			       const struct rule_files *files, struct err *err)
{
	struct load load = load_begin(options);
	const int status = load_files(&load, files, err);
	struct ruleset *ruleset = finish(&load);

	if (status == 0)
		return ruleset;
	ruleset_unref(ruleset);
	return NULL;
}

/* Files that changed so lately may change again without another time. */
#define CACHE_REST_SECONDS 2

static struct ruleset *load_cached(const struct ruleset_options *options,
				   const struct rule_files *files, struct err *err)
{
	const struct sha256 key = rule_files_key(files, options);
	struct ruleset *ruleset = cache_load(options->cache, &key), *again;
	int64_t now;

	if (ruleset)
		return ruleset;
	ruleset = compile(options, files, err);
	if (!ruleset || !cache_now(options->cache, &now) ||
	    rule_files_newest(files) > now - CACHE_REST_SECONDS)
		return ruleset;
	again = compile(options, files, NULL);
	if (again && sv_eq(again->digest, ruleset->digest))
		cache_save(options->cache, &key, ruleset, again);
	ruleset_unref(again);
	return ruleset;
}

struct ruleset *ruleset_load(const struct ruleset_options *options, struct err *err)
{
	struct rule_files files;
	struct ruleset *ruleset = NULL;

	if (rule_files_find(&files, options, err) == 0)
		ruleset = options->cache && options->text_count == 0
				  ? load_cached(options, &files, err)
				  : compile(options, &files, err);
	rule_files_done(&files);
	if (!ruleset)
		err_wrap(err, "loading rules");
	return ruleset;
}

struct ruleset *ruleset_ref(struct ruleset *ruleset)
{
	atomic_fetch_add_explicit(&ruleset->references, 1, memory_order_relaxed);
	return ruleset;
}

void ruleset_unref(struct ruleset *ruleset)
{
	if (!ruleset ||
	    atomic_fetch_sub_explicit(&ruleset->references, 1, memory_order_acq_rel) > 1)
		return;
	plans_free(ruleset);
	pthread_mutex_destroy(&ruleset->plan_lock);
	if (ruleset->image) {
		munmap(ruleset->image, ruleset->image_bytes);
		free(ruleset);
		return;
	}
	free(ruleset->logsource);
	free(ruleset->rule);
	free(ruleset->problem);
	free(ruleset->field);
	free(ruleset->field_table);
	free(ruleset->item);
	free(ruleset->node);
	free(ruleset->child);
	arena_free(ruleset->arena);
	free(ruleset);
}

size_t ruleset_count(const struct ruleset *ruleset)
{
	return ruleset->rule_count;
}

const struct rule *ruleset_rule(const struct ruleset *ruleset, size_t index)
{
	return &ruleset->rule[index].face;
}

size_t ruleset_find(const struct ruleset *ruleset, struct sv id)
{
	for (size_t i = 0; i < ruleset->rule_count; i++)
		if (sv_eq_case(ruleset->rule[i].face.id, id))
			return i;
	return SIZE_MAX;
}

size_t ruleset_problems(const struct ruleset *ruleset, const struct rule_problem **ret)
{
	*ret = ruleset->problem;
	return ruleset->problem_count;
}

struct sv ruleset_digest(const struct ruleset *ruleset)
{
	return ruleset->digest;
}
