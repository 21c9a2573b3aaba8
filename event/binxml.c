#include "event/binxml.h"

#include <string.h>

struct value {
	uint32_t at; /* in the chunk */
	uint16_t n;
	uint8_t type;
};

struct values {
	size_t count;
	struct value value[BINXML_VALUES_MAX];
};

/* What has been read of one text, of an element or an attribute. */
struct text {
	struct sv sv;
	enum event_type type;
	size_t pieces;
};

struct element {
	struct sv name;
	size_t parent_n; /* the path's length without it */
	struct text text;
	bool has_child, has_attribute, is_named, is_given;
};

struct walk {
	struct event_decoder *decoder;
	struct sv chunk;
	size_t tokens, nest;
	struct element stack[EVENT_DEPTH_MAX];
	size_t depth;
	char path[EVENT_NAME_MAX];
	size_t path_n;
	bool in_tag;	     /* between the tag's name and its '>' */
	struct sv attribute; /* whose value is being read; SV_NONE: none */
	struct text attribute_text;
	struct err *err;
};

/* One run of tokens: a record's fragment, a template's body or a value. */
struct fragment {
	struct cursor cursor;
	const struct values *values; /* NULL: not in a template */
	size_t base;		     /* elements that were open before */
	bool ended;
};

static int walk_fragment(struct walk *walk, struct fragment *fragment);

static int cut(struct walk *walk, const struct cursor *cursor)
{
	return err_set(walk->err, ERR_FORMAT, "binary XML is cut at byte %zu of its chunk",
		       cursor->at);
}

/* Work is paid in tokens, so that small files cannot ask for much of it. */
static int pay(struct walk *walk, size_t tokens)
{
	if (tokens > BINXML_TOKENS_MAX - walk->tokens)
		return err_set(walk->err, ERR_RANGE, "more than %d tokens", BINXML_TOKENS_MAX);
	walk->tokens += tokens;
	return 0;
}

#define BYTES_PER_TOKEN 64

/* ---- names and paths ---- */

#define NAME_HEAD 8 /* next name, hash, length */

/* A name stands elsewhere in the chunk, or right here the first time it is used. */
static int take_name(struct walk *walk, struct cursor *cursor, struct sv *ret)
{
	const size_t offset = (size_t)cursor_take(cursor, 4);
	struct cursor name = { (const unsigned char *)walk->chunk.p, offset, walk->chunk.n, false };
	size_t units;

	if (cursor->bad)
		return cut(walk, cursor);
	if (offset > walk->chunk.n)
		return err_set(walk->err, ERR_FORMAT, "name at %zu, behind the chunk", offset);
	name.at += cursor_has(&name, NAME_HEAD) ? NAME_HEAD - 2 : 0;
	units = (size_t)cursor_take(&name, 2);
	if (!cursor_has(&name, 2 * units + 2))
		return err_set(walk->err, ERR_FORMAT, "name at %zu is cut", offset);
	if (units > EVENT_NAME_MAX)
		return err_set(walk->err, ERR_RANGE, "name longer than %d bytes", EVENT_NAME_MAX);
	if (offset == cursor->at) {
		if (!cursor_has(cursor, NAME_HEAD + 2 * units + 2))
			return cut(walk, cursor);
		cursor->at += NAME_HEAD + 2 * units + 2;
	}
	return binxml_utf16(walk->decoder, name.p + name.at, units, ret, walk->err);
}

static int path_add(struct walk *walk, struct sv name)
{
	const size_t dot = walk->path_n > 0;

	if (name.n + dot > EVENT_NAME_MAX - walk->path_n)
		return err_set(walk->err, ERR_RANGE, "name longer than %d bytes", EVENT_NAME_MAX);
	if (dot)
		walk->path[walk->path_n++] = '.';
	if (name.n > 0)
		memcpy(walk->path + walk->path_n, name.p, name.n);
	walk->path_n += name.n;
	return 0;
}

static int emit(struct walk *walk, struct sv text, enum event_type type, bool in_array)
{
	char *to = scratch_room(walk->decoder, walk->path_n);

	if (!to)
		return err_set(walk->err, ERR_RANGE, "names too long");
	memcpy(to, walk->path, walk->path_n);
	return event_decoder_add(walk->decoder, scratch_take(walk->decoder, walk->path_n), text,
				 type, in_array, walk->err);
}

/* ---- texts ---- */

/* Texts of several pieces usually lie side by side already. */
static int text_add(struct walk *walk, struct text *text, struct sv piece, enum event_type type)
{
	char *to;

	if (text->pieces++ == 0) {
		text->sv = piece;
		text->type = type;
		return 0;
	}
	text->type = EVENT_STRING;
	if (text->sv.p + text->sv.n == piece.p) {
		text->sv.n += piece.n;
		return 0;
	}
	to = scratch_room(walk->decoder, text->sv.n + piece.n);
	if (!to)
		return err_set(walk->err, ERR_RANGE, "texts too long");
	memcpy(to, text->sv.p, text->sv.n);
	memcpy(to + text->sv.n, piece.p, piece.n);
	text->sv = scratch_take(walk->decoder, text->sv.n + piece.n);
	return 0;
}

/* Where text goes now; NULL: outside of everything. */
static struct text *target(struct walk *walk)
{
	if (walk->in_tag)
		return walk->attribute.p ? &walk->attribute_text : NULL;
	return walk->depth > 0 ? &walk->stack[walk->depth - 1].text : NULL;
}

static int add_utf16(struct walk *walk, struct cursor *cursor)
{
	const size_t units = (size_t)cursor_take(cursor, 2);
	const unsigned char *p = cursor->p + cursor->at;
	struct text *text = target(walk);
	struct sv piece;

	if (!cursor_has(cursor, 2 * units))
		return cut(walk, cursor);
	cursor->at += 2 * units;
	if (!text)
		return 0;
	if (binxml_utf16(walk->decoder, p, units, &piece, walk->err) < 0)
		return -1;
	return text_add(walk, text, piece, EVENT_STRING);
}

static int add_character(struct walk *walk, uint32_t code)
{
	struct text *text = target(walk);
	char *to = scratch_room(walk->decoder, 4);

	if (!to)
		return err_set(walk->err, ERR_RANGE, "texts too long");
	if (!text)
		return 0;
	if (code >= 0xd800 && code < 0xe000)
		code = 0xfffd;
	return text_add(walk, text, scratch_take(walk->decoder, utf8_put(code, to)), EVENT_STRING);
}

/* ---- elements ---- */

static int close_attribute(struct walk *walk)
{
	struct element *element = &walk->stack[walk->depth - 1];
	const struct sv name = walk->attribute;
	const struct text text = walk->attribute_text;
	const size_t path_n = walk->path_n;

	walk->attribute = SV_NONE;
	walk->attribute_text = (struct text){ 0 };
	if (!name.p || text.pieces == 0 || sv_eq(name, SV("xmlns")))
		return 0;
	if (sv_eq(name, SV("Name")) && sv_eq(element->name, SV("Data"))) {
		element->is_named = true;
		walk->path_n = element->parent_n;
		return path_add(walk, text.sv);
	}
	element->has_attribute = true;
	if (path_add(walk, SV("#attributes")) < 0 || path_add(walk, name) < 0 ||
	    emit(walk, text.sv, text.type, false) < 0)
		return -1;
	walk->path_n = path_n;
	return 0;
}

static int close_element(struct walk *walk, struct fragment *fragment)
{
	struct element *element;

	if (walk->depth == fragment->base)
		return err_set(walk->err, ERR_FORMAT, "end of an element that was not begun");
	element = &walk->stack[walk->depth - 1];
	if (element->text.pieces > 0) {
		if (emit(walk, element->text.sv, element->text.type, false) < 0)
			return -1;
	} else if (!element->has_child && !element->has_attribute && !element->is_given) {
		if (emit(walk, SV_NONE, EVENT_NULL, false) < 0)
			return -1;
	}
	walk->path_n = element->parent_n;
	walk->depth--;
	return 0;
}

static bool is_head(const struct walk *walk, struct cursor at)
{
	const uint64_t size = cursor_take(&at, 4), name = cursor_take(&at, 4);

	return !at.bad && size <= at.end - (at.at - 4) && name < walk->chunk.n &&
	       name + NAME_HEAD <= walk->chunk.n;
}

static int token_open(struct walk *walk, struct fragment *fragment, bool has_more)
{
	struct cursor *cursor = &fragment->cursor;
	struct cursor behind = *cursor;
	struct element *element;
	struct sv name;

	if (walk->in_tag)
		return err_set(walk->err, ERR_FORMAT, "element within a tag");
	if (walk->depth == EVENT_DEPTH_MAX)
		return err_set(walk->err, ERR_RANGE, "nested deeper than %d", EVENT_DEPTH_MAX);
	/* Only a template's elements are said to name a dependency, but some others do. */
	cursor_take(&behind, 2);
	if (fragment->values || (!is_head(walk, *cursor) && is_head(walk, behind)))
		cursor_take(cursor, 2);
	cursor_take(cursor, 4); /* the element's size */
	if (take_name(walk, cursor, &name) < 0)
		return -1;
	if (has_more)
		cursor_take(cursor, 4); /* size of the attributes */
	if (cursor->bad)
		return cut(walk, cursor);
	if (walk->depth > 0)
		walk->stack[walk->depth - 1].has_child = true;
	element = &walk->stack[walk->depth++];
	*element = (struct element){ .name = name, .parent_n = walk->path_n };
	walk->in_tag = true;
	return path_add(walk, name);
}

static int token_close_tag(struct walk *walk, struct fragment *fragment, bool has_more)
{
	if (!walk->in_tag)
		return err_set(walk->err, ERR_FORMAT, "end of a tag that was not begun");
	if (close_attribute(walk) < 0)
		return -1;
	walk->in_tag = false;
	return 0;
}

static int token_close_empty(struct walk *walk, struct fragment *fragment, bool has_more)
{
	if (token_close_tag(walk, fragment, has_more) < 0)
		return -1;
	return close_element(walk, fragment);
}

static int token_close(struct walk *walk, struct fragment *fragment, bool has_more)
{
	if (walk->in_tag)
		return err_set(walk->err, ERR_FORMAT, "end of an element within its tag");
	return close_element(walk, fragment);
}

static int token_attribute(struct walk *walk, struct fragment *fragment, bool has_more)
{
	if (!walk->in_tag)
		return err_set(walk->err, ERR_FORMAT, "attribute outside of a tag");
	if (close_attribute(walk) < 0)
		return -1;
	return take_name(walk, &fragment->cursor, &walk->attribute);
}

static int token_text(struct walk *walk, struct fragment *fragment, bool has_more)
{
	const unsigned type = (unsigned)cursor_take(&fragment->cursor, 1);

	if (!fragment->cursor.bad && type != BINXML_STRING)
		return err_set(walk->err, ERR_FORMAT, "text of type 0x%02x", type);
	return add_utf16(walk, &fragment->cursor);
}

static int token_cdata(struct walk *walk, struct fragment *fragment, bool has_more)
{
	return add_utf16(walk, &fragment->cursor);
}

static int token_character(struct walk *walk, struct fragment *fragment, bool has_more)
{
	const uint32_t code = (uint32_t)cursor_take(&fragment->cursor, 2);

	return fragment->cursor.bad ? cut(walk, &fragment->cursor) : add_character(walk, code);
}

static int token_entity(struct walk *walk, struct fragment *fragment, bool has_more)
{
	static const struct {
		struct sv name;
		char c;
	} row[] = { { SV("amp"), '&' },
		    { SV("lt"), '<' },
		    { SV("gt"), '>' },
		    { SV("quot"), '"' },
		    { SV("apos"), '\'' } };
	struct sv name;

	if (take_name(walk, &fragment->cursor, &name) < 0)
		return -1;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (sv_eq(name, row[i].name))
			return add_character(walk, (unsigned char)row[i].c);
	return err_set(walk->err, ERR_FORMAT, "unknown entity");
}

static int token_instruction(struct walk *walk, struct fragment *fragment, bool has_more)
{
	struct sv name;

	return take_name(walk, &fragment->cursor, &name);
}

static int token_instruction_data(struct walk *walk, struct fragment *fragment, bool has_more)
{
	const size_t units = (size_t)cursor_take(&fragment->cursor, 2);

	if (!cursor_has(&fragment->cursor, 2 * units))
		return cut(walk, &fragment->cursor);
	fragment->cursor.at += 2 * units;
	return 0;
}

/* ---- templates and substitutions ---- */

#define TEMPLATE_HEAD 24 /* next template, GUID, size */

static int take_values(struct walk *walk, struct cursor *cursor, struct values *values)
{
	const uint64_t count = cursor_take(cursor, 4);
	size_t at;

	if (cursor->bad)
		return cut(walk, cursor);
	if (count > BINXML_VALUES_MAX)
		return err_set(walk->err, ERR_RANGE, "template with more than %d values",
			       BINXML_VALUES_MAX);
	if (!cursor_has(cursor, 4 * (size_t)count))
		return cut(walk, cursor);
	values->count = (size_t)count;
	at = cursor->at + 4 * (size_t)count;
	for (size_t i = 0; i < values->count; i++) {
		struct value *value = &values->value[i];

		value->n = (uint16_t)cursor_take(cursor, 2);
		value->type = (uint8_t)cursor_take(cursor, 1);
		cursor_take(cursor, 1);
		value->at = (uint32_t)at;
		at += value->n;
	}
	if (!cursor_has(cursor, at - cursor->at))
		return cut(walk, cursor);
	cursor->at = at;
	return 0;
}

static int token_template(struct walk *walk, struct fragment *fragment, bool has_more)
{
	struct cursor *cursor = &fragment->cursor;
	struct values values;
	struct fragment body = { .values = &values, .base = walk->depth };
	size_t offset, size;

	if (walk->in_tag)
		return err_set(walk->err, ERR_FORMAT, "template within a tag");
	cursor_take(cursor, 1);
	cursor_take(cursor, 4);
	offset = (size_t)cursor_take(cursor, 4);
	if (cursor->bad)
		return cut(walk, cursor);
	body.cursor = (struct cursor){ cursor->p, offset, walk->chunk.n, false };
	if (offset > walk->chunk.n || !cursor_has(&body.cursor, TEMPLATE_HEAD))
		return err_set(walk->err, ERR_FORMAT, "template at %zu, behind the chunk", offset);
	body.cursor.at += TEMPLATE_HEAD - 4;
	size = (size_t)cursor_take(&body.cursor, 4);
	if (!cursor_has(&body.cursor, size))
		return err_set(walk->err, ERR_FORMAT, "template at %zu is cut", offset);
	body.cursor.end = body.cursor.at + size;
	if (offset == cursor->at) {
		if (!cursor_has(cursor, TEMPLATE_HEAD + size))
			return cut(walk, cursor);
		cursor->at += TEMPLATE_HEAD + size;
	}
	if (take_values(walk, cursor, &values) < 0)
		return -1;
	return walk_fragment(walk, &body);
}

static int add_array(struct walk *walk, const struct value *value)
{
	const unsigned type = value->type & ~(unsigned)BINXML_ARRAY;
	const unsigned char *p = (const unsigned char *)walk->chunk.p + value->at;
	size_t left = value->n, step, n;

	while (left > 0) {
		struct sv text;
		enum event_type event_type = EVENT_STRING;
		int missing;

		if (pay(walk, 1) < 0)
			return -1;
		n = binxml_item(type, p, left, &step);
		if (step == 0)
			return err_set(walk->err, ERR_FORMAT, "array of type 0x%02x is cut", type);
		missing = binxml_value(walk->decoder, type, p, n, &text, &event_type, walk->err);
		if (missing < 0)
			return -1;
		if (!missing && walk->in_tag && walk->attribute.p) {
			if (text_add(walk, &walk->attribute_text, text, event_type) < 0)
				return -1;
		} else if (!missing && !walk->in_tag && walk->depth > 0) {
			if (emit(walk, text, event_type, true) < 0)
				return -1;
			walk->stack[walk->depth - 1].is_given = true;
		}
		p += step;
		left -= step;
	}
	return 0;
}

static int token_substitution(struct walk *walk, struct fragment *fragment, bool has_more)
{
	const size_t index = (size_t)cursor_take(&fragment->cursor, 2);
	struct fragment inner = { .base = walk->depth };
	struct text *text = target(walk);
	enum event_type type = EVENT_STRING;
	const struct value *value;
	struct sv piece;
	int missing;

	cursor_take(&fragment->cursor, 1); /* the type that the template expects */
	if (fragment->cursor.bad)
		return cut(walk, &fragment->cursor);
	if (!fragment->values)
		return err_set(walk->err, ERR_FORMAT, "substitution outside of a template");
	if (index >= fragment->values->count)
		return 0;
	value = &fragment->values->value[index];
	if (pay(walk, value->n / BYTES_PER_TOKEN) < 0)
		return -1;
	if (value->type == BINXML_FRAGMENT) {
		if (walk->in_tag)
			return err_set(walk->err, ERR_FORMAT, "elements within a tag");
		inner.cursor = (struct cursor){ fragment->cursor.p, value->at,
						(size_t)value->at + value->n, false };
		return walk_fragment(walk, &inner);
	}
	if (value->type & BINXML_ARRAY)
		return add_array(walk, value);
	if (!text)
		return 0;
	missing = binxml_value(walk->decoder, value->type, fragment->cursor.p + value->at, value->n,
			       &piece, &type, walk->err);
	if (missing != 0)
		return missing < 0 ? -1 : 0;
	return text_add(walk, text, piece, type);
}

static int token_fragment(struct walk *walk, struct fragment *fragment, bool has_more)
{
	cursor_take(&fragment->cursor, 1); /* version and flags */
	cursor_take(&fragment->cursor, 2);
	return fragment->cursor.bad ? cut(walk, &fragment->cursor) : 0;
}

static int token_end(struct walk *walk, struct fragment *fragment, bool has_more)
{
	fragment->ended = true;
	return 0;
}

#define TOKEN_MORE 0x40

static int (*const tokens[])(struct walk *walk, struct fragment *fragment, bool has_more) = {
	[0x00] = token_end,	    [0x01] = token_open,	 [0x02] = token_close_tag,
	[0x03] = token_close_empty, [0x04] = token_close,	 [0x05] = token_text,
	[0x06] = token_attribute,   [0x07] = token_cdata,	 [0x08] = token_character,
	[0x09] = token_entity,	    [0x0a] = token_instruction,	 [0x0b] = token_instruction_data,
	[0x0c] = token_template,    [0x0d] = token_substitution, [0x0e] = token_substitution,
	[0x0f] = token_fragment,
};

static int walk_fragment(struct walk *walk, struct fragment *fragment)
{
	struct cursor *cursor = &fragment->cursor;

	if (walk->nest == BINXML_NEST_MAX)
		return err_set(walk->err, ERR_RANGE, "more than %d templates within each other",
			       BINXML_NEST_MAX);
	walk->nest++;
	while (!fragment->ended && cursor->at < cursor->end) {
		const unsigned byte = (unsigned)cursor_take(cursor, 1);
		const unsigned token = byte & ~(unsigned)TOKEN_MORE;

		if (token >= sizeof tokens / sizeof *tokens)
			return err_set(walk->err, ERR_FORMAT,
				       "unknown token 0x%02x at byte %zu of its chunk", byte,
				       cursor->at - 1);
		if (pay(walk, 1) < 0 || tokens[token](walk, fragment, (byte & TOKEN_MORE) != 0) < 0)
			return -1;
	}
	if (walk->in_tag || walk->depth != fragment->base)
		return err_set(walk->err, ERR_FORMAT, "an element does not end");
	walk->nest--;
	return 0;
}

int binxml_decode(struct event_decoder *decoder, struct sv chunk, size_t from, size_t to,
		  struct err *err)
{
	struct walk walk = { .decoder = decoder, .chunk = chunk, .err = err };
	struct fragment fragment = { .cursor = { (const unsigned char *)chunk.p, from, to,
						 false } };

	event_decoder_reset(decoder);
	return walk_fragment(&walk, &fragment);
}
