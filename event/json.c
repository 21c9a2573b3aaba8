#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "event/internal.h"

/* Longer numbers are refused: nothing needs them, and their value would be costly. */
#define NUMBER_TEXT_MAX 512
/* Without an exponent, this many characters are always finite. */
#define NUMBER_SURELY_FINITE 300

struct parser {
	struct event_decoder *decoder;
	const char *start, *p, *end;
	unsigned depth;
	bool has_envelope;
	struct err *err;
};

static int take_value(struct parser *parser, struct sv name, bool in_array);

static int fail(struct parser *parser, enum err_code code, const char *what)
{
	return err_set(parser->err, code, "byte %zu: %s", (size_t)(parser->p - parser->start),
		       what);
}

static inline char skip_space(struct parser *parser)
{
	const char *p = parser->p;

	if (p<parser->end && * p> ' ')
		return *p;
	while (p < parser->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	parser->p = p;
	return p < parser->end ? *p : '\0';
}

size_t utf8_length(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	const size_t n = (size_t)(end - p);

	if (n < 2 || u[0] < 0xc2 || (u[1] & 0xc0) != 0x80)
		return 0;
	if (u[0] < 0xe0)
		return 2;
	if (n < 3 || (u[2] & 0xc0) != 0x80)
		return 0;
	if (u[0] < 0xf0) {
		if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f))
			return 0;
		return 3;
	}
	if (n < 4 || (u[3] & 0xc0) != 0x80 || u[0] > 0xf4 || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return 4;
}

size_t utf8_put(uint32_t code, char *to)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Moves over characters beyond ASCII. */
static int skip_wide(struct parser *parser)
{
	const char *p = parser->p;

	while (p < parser->end && (*p & 0x80)) {
		const size_t n = utf8_length(p, parser->end);

		if (n == 0) {
			parser->p = p;
			return fail(parser, ERR_FORMAT, "not UTF-8");
		}
		p += n;
	}
	parser->p = p;
	return 0;
}

static bool take_hex4(const char *p, const char *end, uint32_t *ret)
{
	uint32_t code = 0;

	if (end - p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		const char c = p[i], low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			code = code << 4 | (uint32_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			code = code << 4 | (uint32_t)(low - 'a' + 10);
		else
			return false;
	}
	*ret = code;
	return true;
}

/* The escape at p, behind the backslash. Writes at most 4 bytes to *to. */
static int take_escape(struct parser *parser, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char c = parser->p < parser->end ? *parser->p : '\0';
	const char *at = c ? memchr(from, c, sizeof from - 1) : NULL;
	uint32_t code, low;

	if (at) {
		*(*to)++ = into[at - from];
		parser->p++;
		return 0;
	}
	if (c != 'u' || !take_hex4(parser->p + 1, parser->end, &code))
		return fail(parser, ERR_FORMAT, "no such escape");
	parser->p += 5;
	if (code >= 0xd800 && code < 0xdc00 && parser->end - parser->p >= 6 &&
	    parser->p[0] == '\\' && parser->p[1] == 'u' &&
	    take_hex4(parser->p + 2, parser->end, &low) && low >= 0xdc00 && low < 0xe000) {
		parser->p += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xd800 && code < 0xe000) {
		code = 0xfffd;
	}
	*to += utf8_put(code, *to);
	return 0;
}

/* A string with an escape at parser->p; begin is behind its quote. */
static int take_escaped(struct parser *parser, const char *begin, struct sv *ret)
{
	/* Unescaped text is never longer than the escaped one. */
	char *const text = scratch_room(parser->decoder, (size_t)(parser->end - begin));
	char *to = text;

	if (!text)
		return fail(parser, ERR_RANGE, "texts too long");
	memcpy(to, begin, (size_t)(parser->p - begin));
	to += parser->p - begin;
	for (;;) {
		const char *from = parser->p;

		parser->p = scan_copy(from, parser->end, to);
		to += parser->p - from;
		if (parser->p == parser->end)
			return fail(parser, ERR_FORMAT, "string does not end");
		if (*parser->p == '\\') {
			parser->p++;
			if (take_escape(parser, &to) < 0)
				return -1;
		} else if (*parser->p == '"') {
			parser->p++;
			*ret = scratch_take(parser->decoder, (size_t)(to - text));
			return 0;
		} else if (*parser->p & 0x80) {
			from = parser->p;
			if (skip_wide(parser) < 0)
				return -1;
			memcpy(to, from, (size_t)(parser->p - from));
			to += parser->p - from;
		} else {
			return fail(parser, ERR_FORMAT, "control character in a string");
		}
	}
}

/* The string whose first quote is at parser->p. */
static int take_string(struct parser *parser, struct sv *ret)
{
	const char *begin = ++parser->p;

	for (;;) {
		parser->p = scan_plain(parser->p, parser->end);
		if (parser->p == parser->end)
			return fail(parser, ERR_FORMAT, "string does not end");
		if (*parser->p == '"') {
			*ret = (struct sv){ begin, (size_t)(parser->p - begin) };
			parser->p++;
			return 0;
		}
		if (*parser->p == '\\')
			return take_escaped(parser, begin, ret);
		if (!(*parser->p & 0x80))
			return fail(parser, ERR_FORMAT, "control character in a string");
		if (skip_wide(parser) < 0)
			return -1;
	}
}

static size_t skip_digits(struct parser *parser)
{
	const char *from = parser->p;

	while (parser->p < parser->end && *parser->p >= '0' && *parser->p <= '9')
		parser->p++;
	return (size_t)(parser->p - from);
}

static int take_number(struct parser *parser, struct sv *ret)
{
	const char *begin = parser->p;
	bool has_exponent = false, good;
	double value;

	parser->p += *begin == '-';
	good = parser->p < parser->end && *parser->p == '0' ? (parser->p++, true)
							    : skip_digits(parser) > 0;
	if (good && parser->p < parser->end && *parser->p == '.') {
		parser->p++;
		good = skip_digits(parser) > 0;
	}
	if (good && parser->p < parser->end && (*parser->p | 0x20) == 'e') {
		has_exponent = true;
		parser->p++;
		if (parser->p < parser->end && (*parser->p == '+' || *parser->p == '-'))
			parser->p++;
		good = skip_digits(parser) > 0;
	}
	if (!good)
		return fail(parser, ERR_FORMAT, "not a number");
	*ret = (struct sv){ begin, (size_t)(parser->p - begin) };
	if (ret->n > NUMBER_TEXT_MAX)
		return fail(parser, ERR_RANGE, "number longer than 512 characters");
	if ((has_exponent || ret->n > NUMBER_SURELY_FINITE) && !sv_to_double(*ret, &value))
		return fail(parser, ERR_FORMAT, "number is not finite");
	return 0;
}

bool json_is_number(struct sv text)
{
	struct parser parser = { .start = text.p, .p = text.p };

	if (text.n == 0)
		return false;
	parser.end = text.p + text.n;
	return take_number(&parser, &text) == 0 && parser.p == parser.end;
}

size_t json_number_length(const char *p, const char *end)
{
	struct parser parser = { .start = p, .p = p, .end = end };
	struct sv text;

	return take_number(&parser, &text) == 0 ? text.n : 0;
}

bool json_unescape(struct event_decoder *decoder, const char *begin, const char *end,
		   struct sv *ret)
{
	struct parser parser = { .decoder = decoder, .start = begin, .end = end + 1 };

	parser.p = memchr(begin, '\\', (size_t)(end - begin));
	return parser.p && take_escaped(&parser, begin, ret) == 0 && parser.p == end + 1;
}

static int add(struct parser *parser, struct sv name, struct sv text, enum event_type type,
	       bool in_array)
{
	if (parser->decoder->count == EVENT_FIELDS_MAX)
		return fail(parser, ERR_RANGE, "more than 4096 values");
	return event_decoder_add(parser->decoder, name, text, type, in_array, parser->err);
}

static int enter(struct parser *parser)
{
	if (parser->depth == EVENT_DEPTH_MAX)
		return fail(parser, ERR_RANGE, "nested deeper than 32");
	parser->depth++;
	parser->p++;
	return 0;
}

/* prefix.member, or the member alone at the top. */
static int join(struct parser *parser, struct sv prefix, struct sv member, struct sv *ret)
{
	const size_t n = parser->depth == 1 ? member.n : prefix.n + 1 + member.n;
	char *to;

	if (n > EVENT_NAME_MAX)
		return fail(parser, ERR_RANGE, "name longer than 512 bytes");
	if (parser->depth == 1) {
		*ret = member;
		return 0;
	}
	to = scratch_room(parser->decoder, n);
	if (!to)
		return fail(parser, ERR_RANGE, "names too long");
	if (prefix.n > 0)
		memcpy(to, prefix.p, prefix.n);
	to[prefix.n] = '.';
	memcpy(to + prefix.n + 1, member.p, member.n);
	*ret = scratch_take(parser->decoder, n);
	return 0;
}

/* `"name" :`, up to the value. */
static int take_name(struct parser *parser, struct sv *ret)
{
	if (skip_space(parser) != '"')
		return fail(parser, ERR_FORMAT, "expected a name in quotes");
	if (take_string(parser, ret) < 0)
		return -1;
	if (skip_space(parser) != ':')
		return fail(parser, ERR_FORMAT, "expected ':'");
	parser->p++;
	return 0;
}

/* After a value: 1 where another follows, 0 at the end, which is passed. */
static int take_comma(struct parser *parser, char close, const char *expected)
{
	const char c = skip_space(parser);

	if (c != ',' && c != close)
		return fail(parser, ERR_FORMAT, expected);
	parser->p++;
	return c == ',';
}

enum envelope_part {
	PART_ID,
	PART_COMPANY,
	PART_DEVICE,
	PART_OBSERVED,
	PART_RECEIVED,
	PART_PRODUCT,
	PART_CATEGORY,
	PART_SERVICE,
	PART_COUNT
};

static enum envelope_part envelope_part(struct sv member)
{
	static const struct sv name[] = {
		[PART_ID] = SV("id"),
		[PART_COMPANY] = SV("company"),
		[PART_DEVICE] = SV("device"),
		[PART_OBSERVED] = SV("observed"),
		[PART_RECEIVED] = SV("received"),
		[PART_PRODUCT] = SV("product"),
		[PART_CATEGORY] = SV("category"),
		[PART_SERVICE] = SV("service"),
	};
	static_assert(sizeof name / sizeof *name == PART_COUNT, "every part has a name");

	for (enum envelope_part part = 0; part < PART_COUNT; part++)
		if (name[part].n == member.n && memcmp(name[part].p, member.p, member.n) == 0)
			return part;
	return PART_COUNT;
}

static int envelope_set(struct parser *parser, enum envelope_part part, struct sv text)
{
	struct event_envelope *envelope = &parser->decoder->envelope;
	struct sv *const view[PART_COUNT] = {
		[PART_ID] = &envelope->id,
		[PART_COMPANY] = &envelope->company,
		[PART_DEVICE] = &envelope->device,
		[PART_PRODUCT] = &envelope->product,
		[PART_CATEGORY] = &envelope->category,
		[PART_SERVICE] = &envelope->service,
	};
	struct instant *const instant[PART_COUNT] = {
		[PART_OBSERVED] = &envelope->observed,
		[PART_RECEIVED] = &envelope->received,
	};
	struct uuid id;

	if (part == PART_COUNT)
		return 0;
	if (text.n > EVENT_ENVELOPE_TEXT_MAX)
		return fail(parser, ERR_RANGE, "hikeshi: text longer than 128 bytes");
	if (part == PART_ID && text.n > 0 && !uuid_parse(text, &id))
		return fail(parser, ERR_FORMAT, "hikeshi: id is not a UUID");
	if (instant[part] && !instant_parse(text, instant[part]))
		return fail(parser, ERR_FORMAT, "hikeshi: not an instant");
	if (view[part])
		*view[part] = text;
	return 0;
}

bool json_envelope_member(struct event_decoder *decoder, struct sv member, struct sv text)
{
	struct parser parser = { .decoder = decoder };

	return envelope_set(&parser, envelope_part(member), text) == 0;
}

/* Members that we do not know are checked and left: a newer sender's. */
static int take_envelope_member(struct parser *parser)
{
	const size_t count = parser->decoder->count;
	enum envelope_part part;
	struct sv member, text;
	char c;

	if (take_name(parser, &member) < 0)
		return -1;
	part = envelope_part(member);
	c = skip_space(parser);
	if (c == '"')
		return take_string(parser, &text) < 0 ? -1 : envelope_set(parser, part, text);
	if (part != PART_COUNT && c != 'n')
		return fail(parser, ERR_FORMAT, "hikeshi: not a string");
	if (take_value(parser, SV("hikeshi"), false) < 0)
		return -1;
	parser->decoder->count = count;
	return 0;
}

static int take_envelope(struct parser *parser)
{
	int more = 1;

	if (parser->has_envelope)
		return fail(parser, ERR_FORMAT, "second member hikeshi");
	parser->has_envelope = true;
	if (skip_space(parser) != '{')
		return fail(parser, ERR_FORMAT, "hikeshi is not an object");
	if (enter(parser) < 0)
		return -1;
	if (skip_space(parser) == '}') {
		parser->p++;
		more = 0;
	}
	while (more > 0) {
		if (take_envelope_member(parser) < 0)
			return -1;
		more = take_comma(parser, '}', "expected ',' or '}'");
	}
	parser->depth--;
	return more;
}

static int take_member(struct parser *parser, struct sv prefix, bool in_array)
{
	struct sv member, name;

	if (take_name(parser, &member) < 0)
		return -1;
	if (parser->depth == 1 && member.n == 7 && memcmp(member.p, "hikeshi", 7) == 0)
		return take_envelope(parser);
	if (join(parser, prefix, member, &name) < 0)
		return -1;
	return take_value(parser, name, in_array);
}

static int take_object(struct parser *parser, struct sv prefix, bool in_array)
{
	bool first = true;
	int more;

	if (enter(parser) < 0)
		return -1;
	if (skip_space(parser) == '}') {
		parser->p++;
		parser->depth--;
		return parser->depth == 0 ? 0 : add(parser, prefix, SV_NONE, EVENT_EMPTY, in_array);
	}
	do {
		if (take_member(parser, prefix, in_array) < 0)
			return -1;
		more = take_comma(parser, '}', "expected ',' or '}'");
		if (first && parser->has_envelope && parser->depth == 1)
			parser->decoder->body =
				(struct sv){ parser->p - !more,
					     (size_t)(parser->end - parser->p + !more) };
		first = false;
	} while (more > 0);
	parser->depth--;
	return more;
}

static int take_array(struct parser *parser, struct sv name, bool in_array)
{
	int more;

	if (enter(parser) < 0)
		return -1;
	if (skip_space(parser) == ']') {
		parser->p++;
		parser->depth--;
		return add(parser, name, SV_NONE, EVENT_EMPTY, in_array);
	}
	do {
		if (take_value(parser, name, true) < 0)
			return -1;
		more = take_comma(parser, ']', "expected ',' or ']'");
	} while (more > 0);
	parser->depth--;
	return more;
}

static int take_word(struct parser *parser, struct sv name, bool in_array)
{
	static const struct {
		struct sv word;
		enum event_type type;
	} row[] = { { SV("true"), EVENT_BOOL },
		    { SV("false"), EVENT_BOOL },
		    { SV("null"), EVENT_NULL } };
	const struct sv rest = { parser->p, (size_t)(parser->end - parser->p) };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (!sv_starts(rest, row[i].word))
			continue;
		parser->p += row[i].word.n;
		return add(parser, name, row[i].type == EVENT_NULL ? SV_NONE : row[i].word,
			   row[i].type, in_array);
	}
	return fail(parser, ERR_FORMAT, "expected a value");
}

static int take_value(struct parser *parser, struct sv name, bool in_array)
{
	const char c = skip_space(parser);
	struct sv text;

	if (c == '"')
		return take_string(parser, &text) < 0
			       ? -1
			       : add(parser, name, text, EVENT_STRING, in_array);
	if (c == '-' || (c >= '0' && c <= '9'))
		return take_number(parser, &text) < 0
			       ? -1
			       : add(parser, name, text, EVENT_NUMBER, in_array);
	if (c == '{')
		return take_object(parser, name, in_array);
	if (c == '[')
		return take_array(parser, name, in_array);
	return take_word(parser, name, in_array);
}

int json_decode(struct event_decoder *decoder, struct sv text, struct err *err)
{
	struct parser parser = { .decoder = decoder, .start = text.p, .p = text.p, .err = err };

	event_decoder_reset(decoder);
	if (text.n > EVENT_BYTES_MAX)
		return err_set(err, ERR_TOO_LARGE, "event of %zu bytes, at most %u", text.n,
			       EVENT_BYTES_MAX);
	if (text.n == 0)
		return err_set(err, ERR_FORMAT, "byte 0: expected an object");
	parser.end = text.p + text.n;
	decoder->body = text;
	if (skip_space(&parser) != '{')
		return fail(&parser, ERR_FORMAT, "expected an object");
	if (take_object(&parser, SV_NONE, false) < 0)
		return -1;
	skip_space(&parser);
	if (parser.p != parser.end)
		return fail(&parser, ERR_FORMAT, "bytes behind the object");
	return 0;
}
