#include "base/yaml.h"

#include <math.h>
#include <stdlib.h>

#include <yaml.h>

#include "base/mem.h"

#define CHILDREN_FIRST 64 /* room on the stack at the start; it grows */

/* A map or list that is being read; its children wait on the stack below. */
struct frame {
	struct yaml_node *node;
	size_t from;  /* where its children begin */
	bool has_key; /* map: a key waits for its value */
};

struct reader {
	yaml_parser_t parser;
	const char *name;
	struct arena *arena;
	struct err *err;
	struct frame frame[YAML_DEPTH_MAX];
	size_t depth;
	struct yaml_pair *child; /* lists use the value only */
	size_t child_count, child_room;
	struct yaml_node **root;
	size_t root_count, root_room;
	size_t nodes;
	bool in_document;
};

static int fail(struct reader *reader, enum err_code code, size_t line, size_t column,
		const char *what)
{
	return err_set(reader->err, code, "%s:%zu:%zu: %s", reader->name, line, column, what);
}

static int fail_at(struct reader *reader, enum err_code code, yaml_mark_t mark, const char *what)
{
	return fail(reader, code, mark.line + 1, mark.column + 1, what);
}

static int out_of_arena(struct reader *reader, yaml_mark_t mark)
{
	return fail_at(reader, ERR_TOO_LARGE, mark,
		       "the document needs more memory than it may have");
}

static int scanner_error(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const yaml_mark_t mark =
		parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return err_set(reader->err, ERR_INTERNAL, "%s: out of memory", reader->name);
	err_set(reader->err, ERR_FORMAT, "%s:%zu:%zu: %s%s%s", reader->name, mark.line + 1,
		mark.column + 1, parser->problem ? parser->problem : "not YAML",
		parser->context ? ", " : "", parser->context ? parser->context : "");
	if (parser->problem && strstr(parser->problem, "tab character"))
		err_hint(reader->err, "indent with spaces, never with tabs");
	else if (parser->problem && strstr(parser->problem, "cannot start any token"))
		err_hint(reader->err, "put text that begins with a special character in quotes");
	return -1;
}

static struct yaml_node *node_new(struct reader *reader, enum yaml_kind kind, yaml_mark_t mark)
{
	struct yaml_node *node;

	if (++reader->nodes > YAML_NODES_MAX) {
		fail_at(reader, ERR_TOO_LARGE, mark, "too many values");
		return NULL;
	}
	node = arena_zalloc(reader->arena, 1, sizeof *node);
	if (!node) {
		out_of_arena(reader, mark);
		return NULL;
	}
	node->kind = kind;
	node->line = (uint32_t)mark.line + 1;
	node->column = (uint32_t)mark.column + 1;
	return node;
}

static struct yaml_pair *child_push(struct reader *reader)
{
	if (reader->child_count == reader->child_room) {
		reader->child_room *= 2;
		reader->child =
			mem_realloc(reader->child, reader->child_room, sizeof *reader->child);
	}
	reader->child[reader->child_count] = (struct yaml_pair){ 0 };
	return &reader->child[reader->child_count++];
}

/* Puts a whole value where it belongs: root, list item or value of a key. */
static int place(struct reader *reader, struct yaml_node *node)
{
	struct frame *frame;

	if (reader->depth == 0) {
		reader->root[reader->root_count - 1] = node;
		return 0;
	}
	frame = &reader->frame[reader->depth - 1];
	if (frame->node->kind == YAML_LIST) {
		child_push(reader)->value = node;
		return 0;
	}
	reader->child[reader->child_count - 1].value = node;
	frame->has_key = false;
	return 0;
}

/* Whether the next value is a map's key. */
static bool expects_key(const struct reader *reader)
{
	const struct frame *frame = reader->depth > 0 ? &reader->frame[reader->depth - 1] : NULL;

	return frame && frame->node->kind == YAML_MAP && !frame->has_key;
}

static int check_properties(struct reader *reader, const yaml_char_t *anchor,
			    const yaml_char_t *tag, yaml_mark_t mark)
{
	if (anchor) {
		fail_at(reader, ERR_FORMAT, mark, "anchors (&name) are not allowed");
		return err_hint(reader->err, "write the value out where it is needed");
	}
	if (tag) {
		fail_at(reader, ERR_FORMAT, mark, "tags (!name) are not allowed");
		return err_hint(reader->err, "to make a text of a number, put it in quotes");
	}
	return 0;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event)
{
	const struct sv text = { (const char *)event->data.scalar.value,
				 event->data.scalar.length };
	const yaml_mark_t mark = event->start_mark;
	struct yaml_node *node;
	struct sv copy;

	if (check_properties(reader, event->data.scalar.anchor, event->data.scalar.tag, mark) < 0)
		return -1;
	if (reader->depth == 0 && text.n == 0 &&
	    event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return 0; /* an empty document: its root stays NULL */
	copy = arena_dup(reader->arena, text);
	if (!copy.p)
		return out_of_arena(reader, mark);
	if (expects_key(reader)) {
		struct yaml_pair *pair = child_push(reader);

		pair->key = copy;
		pair->key_line = (uint32_t)mark.line + 1;
		pair->key_column = (uint32_t)mark.column + 1;
		reader->frame[reader->depth - 1].has_key = true;
		return 0;
	}
	node = node_new(reader, YAML_SCALAR, mark);
	if (!node)
		return -1;
	node->text = copy;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return place(reader, node);
}

static int open_frame(struct reader *reader, enum yaml_kind kind, const yaml_char_t *anchor,
		      const yaml_char_t *tag, yaml_mark_t mark)
{
	struct yaml_node *node;

	if (check_properties(reader, anchor, tag, mark) < 0)
		return -1;
	if (expects_key(reader))
		return fail_at(reader, ERR_FORMAT, mark, "a key must be a plain text");
	if (reader->depth == YAML_DEPTH_MAX)
		return fail_at(reader, ERR_TOO_LARGE, mark, "nested too deeply");
	node = node_new(reader, kind, mark);
	if (!node)
		return -1;
	reader->frame[reader->depth++] = (struct frame){ node, reader->child_count, false };
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_pair *const *x = a, *const *y = b;
	const int order = sv_cmp((*x)->key, (*y)->key);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Sorting keeps hostile maps from costing more than n log n. */
static int check_duplicates(struct reader *reader, const struct yaml_pair *pair, size_t count)
{
	const struct yaml_pair **sorted;
	const struct yaml_pair *second = NULL, *first = NULL;

	if (count < 2)
		return 0;
	sorted = mem_alloc(count * sizeof *sorted);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &pair[i];
	qsort(sorted, count, sizeof *sorted, by_key);
	for (size_t i = 1; i < count; i++)
		if (sv_eq(sorted[i]->key, sorted[i - 1]->key) && (!second || sorted[i] < second)) {
			second = sorted[i];
			first = sorted[i - 1];
		}
	free(sorted);
	if (!second)
		return 0;
	return err_set(reader->err, ERR_FORMAT,
		       "%s:%u:%u: key '%.*s' stands here again, first in line %u", reader->name,
		       second->key_line, second->key_column,
		       second->key.n > 100 ? 100 : (int)second->key.n, second->key.p,
		       first->key_line);
}

static int close_frame(struct reader *reader, yaml_mark_t mark)
{
	const struct frame *frame = &reader->frame[--reader->depth];
	struct yaml_node *node = frame->node;
	const struct yaml_pair *child = reader->child + frame->from;
	const size_t count = reader->child_count - frame->from;

	node->count = count;
	reader->child_count = frame->from;
	if (count > 0 && node->kind == YAML_MAP) {
		if (check_duplicates(reader, child, count) < 0)
			return -1;
		node->pair = arena_zalloc(reader->arena, count, sizeof *node->pair);
		if (!node->pair)
			return out_of_arena(reader, mark);
		memcpy(node->pair, child, count * sizeof *child);
	} else if (count > 0) {
		node->item = arena_zalloc(reader->arena, count, sizeof(struct yaml_node *));
		if (!node->item)
			return out_of_arena(reader, mark);
		for (size_t i = 0; i < count; i++)
			node->item[i] = child[i].value;
	}
	return place(reader, node);
}

static int open_document(struct reader *reader, yaml_mark_t mark)
{
	if (reader->root_count == YAML_DOCUMENTS_MAX)
		return fail_at(reader, ERR_TOO_LARGE, mark, "too many documents");
	if (reader->root_count == reader->root_room) {
		reader->root_room = reader->root_room ? reader->root_room * 2 : 8;
		reader->root =
			mem_realloc(reader->root, reader->root_room, sizeof(struct yaml_node *));
	}
	reader->root[reader->root_count++] = NULL;
	return 0;
}

static int read_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT: return open_document(reader, event->start_mark);
	case YAML_SCALAR_EVENT: return read_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_frame(reader, YAML_LIST, event->data.sequence_start.anchor,
				  event->data.sequence_start.tag, event->start_mark);
	case YAML_MAPPING_START_EVENT:
		return open_frame(reader, YAML_MAP, event->data.mapping_start.anchor,
				  event->data.mapping_start.tag, event->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return close_frame(reader, event->end_mark);
	case YAML_ALIAS_EVENT:
		fail_at(reader, ERR_FORMAT, event->start_mark, "aliases (*name) are not allowed");
		return err_hint(reader->err,
				"write the value out; text that begins with * needs quotes");
	default: return 0;
	}
}

static int check_input(struct reader *reader, struct sv text)
{
	size_t bad = sv_utf8_bad(text), line = 1, from = 0;

	if (text.n > YAML_BYTES_MAX)
		return err_set(reader->err, ERR_TOO_LARGE, "%s: %zu bytes, at most %u are read",
			       reader->name, text.n, YAML_BYTES_MAX);
	if (bad == SIZE_MAX)
		return 0;
	for (size_t at; (at = sv_find_char(sv_slice(text, 0, bad), '\n', from)) != SIZE_MAX;) {
		line++;
		from = at + 1;
	}
	size_t column = 1;

	for (size_t i = from; i < bad; i++)
		column += (text.p[i] & 0xc0) != 0x80;
	fail(reader, ERR_FORMAT, line, column, "a byte that is not UTF-8");
	return err_hint(reader->err, "save the file as UTF-8");
}

static int read_all(struct reader *reader)
{
	for (;;) {
		yaml_event_t event;
		yaml_event_type_t type;
		int status;

		if (!yaml_parser_parse(&reader->parser, &event))
			return scanner_error(reader);
		type = event.type;
		status = read_event(reader, &event);
		yaml_event_delete(&event);
		if (status < 0)
			return -1;
		if (type == YAML_STREAM_END_EVENT)
			return 0;
	}
}

int yaml_parse(struct sv text, const char *name, struct arena *arena, struct yaml_node ***ret,
	       struct err *err)
{
	struct reader reader = { .name = name, .arena = arena, .err = err };
	struct yaml_node **root;
	int status = -1;

	if (check_input(&reader, text) < 0)
		return -1;
	if (!yaml_parser_initialize(&reader.parser))
		return err_set(err, ERR_INTERNAL, "%s: out of memory", name);
	reader.child_room = CHILDREN_FIRST;
	reader.child = mem_alloc(reader.child_room * sizeof *reader.child);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.p ? text.p : ""),
				     text.n);
	if (read_all(&reader) < 0)
		goto out;
	root = arena_zalloc(arena, reader.root_count + 1, sizeof(struct yaml_node *));
	if (!root) {
		out_of_arena(&reader, reader.parser.mark);
		goto out;
	}
	if (reader.root_count > 0)
		memcpy(root, reader.root, reader.root_count * sizeof(struct yaml_node *));
	*ret = root;
	status = (int)reader.root_count;
out:
	yaml_parser_delete(&reader.parser);
	free(reader.child);
	free(reader.root);
	return status;
}

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
	if (!node || node->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < node->count; i++)
		if (sv_eq(node->pair[i].key, sv_from(key)))
			return node->pair[i].value;
	return NULL;
}

static bool is_plain(const struct yaml_node *node)
{
	return node && node->kind == YAML_SCALAR && !node->quoted;
}

static bool is_one_of(struct sv text, const char *const *word, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(text, sv_from(word[i])))
			return true;
	return false;
}

bool yaml_is_null(const struct yaml_node *node)
{
	static const char *const word[] = { "", "~", "null", "Null", "NULL" };

	return is_plain(node) && is_one_of(node->text, word, 5);
}

bool yaml_to_bool(const struct yaml_node *node, bool *ret)
{
	static const char *const yes[] = { "true", "True", "TRUE" };
	static const char *const no[] = { "false", "False", "FALSE" };

	if (!is_plain(node))
		return false;
	if (is_one_of(node->text, yes, 3))
		*ret = true;
	else if (is_one_of(node->text, no, 3))
		*ret = false;
	else
		return false;
	return true;
}

/* Digits after 0x and 0o; base is a power of two. */
static bool to_based(struct sv text, unsigned bits, int64_t *ret)
{
	uint64_t value = 0;

	if (text.n == 0)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];
		unsigned digit = c >= '0' && c <= '9'	? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
							: 16;

		if (digit >> bits || value >> (63 - bits))
			return false;
		value = value << bits | digit;
	}
	*ret = (int64_t)value;
	return true;
}

bool yaml_to_i64(const struct yaml_node *node, int64_t *ret)
{
	struct sv text;

	if (!is_plain(node))
		return false;
	text = node->text;
	if (sv_starts(text, SV("0x")))
		return to_based(sv_slice(text, 2, text.n), 4, ret);
	if (sv_starts(text, SV("0o")))
		return to_based(sv_slice(text, 2, text.n), 3, ret);
	if (sv_starts(text, SV("+")) && !sv_starts(text, SV("+-")))
		text = sv_slice(text, 1, text.n);
	return sv_to_i64(text, ret);
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_float(struct sv text)
{
	size_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'), before, after = 0;

#define DIGIT(at) ((at) < text.n && text.p[at] >= '0' && text.p[at] <= '9')
	for (before = 0; DIGIT(i); before++)
		i++;
	if (i < text.n && text.p[i] == '.')
		for (i++; DIGIT(i); after++)
			i++;
	if (before + after == 0)
		return false;
	if (i < text.n && (text.p[i] == 'e' || text.p[i] == 'E')) {
		i++;
		if (i < text.n && (text.p[i] == '-' || text.p[i] == '+'))
			i++;
		if (!DIGIT(i))
			return false;
		while (DIGIT(i))
			i++;
	}
#undef DIGIT
	return i == text.n;
}

bool yaml_to_double(const struct yaml_node *node, double *ret)
{
	double value;

	if (!is_plain(node) || !is_float(node->text))
		return false;
	value = strtod(node->text.p, NULL);
	if (!isfinite(value))
		return false;
	*ret = value;
	return true;
}
