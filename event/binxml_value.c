#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/binxml.h"

/* The longest text of a value that is no string and no bytes. */
#define TEXT_ROOM 512
/* FILETIME of 9999-12-31T23:59:59.9999999Z: later ones are given as numbers. */
#define FILETIME_MAX UINT64_C(2650467743999999999)
#define FILETIME_EPOCH INT64_C(11644473600) /* seconds from 1601 to 1970 */

struct text {
	char *to;
	size_t n;
	enum event_type type;
};

static void put(struct text *text, const char *format, ...) ERR_PRINTF(2, 3);

static void put(struct text *text, const char *format, ...)
{
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(text->to + text->n, TEXT_ROOM - text->n, format, list);
	va_end(list);
	if (n > 0)
		text->n += (size_t)n < TEXT_ROOM - text->n ? (size_t)n : TEXT_ROOM - text->n - 1;
}

static void put_signed(struct text *text, const unsigned char *p, size_t n)
{
	const unsigned shift = (unsigned)(64 - 8 * n);

	text->type = EVENT_NUMBER;
	put(text, "%lld", (long long)((int64_t)(little(p, n) << shift) >> shift));
}

static void put_unsigned(struct text *text, const unsigned char *p, size_t n)
{
	text->type = EVENT_NUMBER;
	put(text, "%llu", (unsigned long long)little(p, n));
}

static void put_hex(struct text *text, const unsigned char *p, size_t n)
{
	put(text, "0x%llx", (unsigned long long)little(p, n));
}

/* The shortest text that reads back as the same number. */
static void put_float(struct text *text, const unsigned char *p, size_t n)
{
	const uint64_t bits = little(p, n);
	const uint32_t half = (uint32_t)bits;
	float narrow;
	double value;

	memcpy(&narrow, &half, sizeof narrow);
	memcpy(&value, &bits, sizeof value);
	if (n == sizeof narrow)
		value = (double)narrow;
	if (!isfinite(value)) {
		put(text, "%s", isnan(value) ? "NaN" : value < 0 ? "-inf" : "inf");
		return;
	}
	text->type = EVENT_NUMBER;
	for (int digits = 6; digits <= 17; digits++) {
		double back;

		text->n = 0;
		put(text, "%.*g", digits, value);
		back = strtod(text->to, NULL);
		if (n == sizeof narrow ? (float)back == narrow : back == value)
			break;
	}
	/* The programs that use this library may have set a locale. */
	for (char *c = text->to; c < text->to + text->n; c++)
		if (*c == ',')
			*c = '.';
}

static void put_bool(struct text *text, const unsigned char *p, size_t n)
{
	text->type = EVENT_BOOL;
	put(text, "%s", little(p, n) ? "true" : "false");
}

static void put_guid(struct text *text, const unsigned char *p, size_t n)
{
	put(text, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", (unsigned)little(p, 4),
	    (unsigned)little(p + 4, 2), (unsigned)little(p + 6, 2), p[8], p[9], p[10], p[11], p[12],
	    p[13], p[14], p[15]);
}

static void put_filetime(struct text *text, const unsigned char *p, size_t n)
{
	const uint64_t at = little(p, n);
	char formatted[INSTANT_TEXT_MAX];

	if (at > FILETIME_MAX) {
		put_unsigned(text, p, n);
		return;
	}
	put(text, "%s",
	    instant_format((struct instant){ (int64_t)(at / 10) - FILETIME_EPOCH * INSTANT_SECOND },
			   formatted));
}

static void put_systemtime(struct text *text, const unsigned char *p, size_t n)
{
	put(text, "%04u-%02u-%02uT%02u:%02u:%02u.%03u000Z", (unsigned)little(p, 2),
	    (unsigned)little(p + 2, 2), (unsigned)little(p + 6, 2), (unsigned)little(p + 8, 2),
	    (unsigned)little(p + 10, 2), (unsigned)little(p + 12, 2), (unsigned)little(p + 14, 2));
}

#define SID_HEAD 8
#define SID_PARTS_MAX 15 /* as Windows allows */

/* Length of the SID at p; 0: there is none. */
static size_t sid_length(const unsigned char *p, size_t n)
{
	const size_t length = n < SID_HEAD ? 0 : SID_HEAD + 4 * (size_t)p[1];

	return length == 0 || length > n || p[1] > SID_PARTS_MAX ? 0 : length;
}

static void put_sid(struct text *text, const unsigned char *p, size_t n)
{
	uint64_t authority = 0;

	for (int i = 2; i < SID_HEAD; i++)
		authority = authority << 8 | p[i];
	put(text, authority >> 32 ? "S-%u-0x%llx" : "S-%u-%llu", p[0],
	    (unsigned long long)authority);
	for (size_t i = 0; i < p[1]; i++)
		put(text, "-%u", (unsigned)little(p + SID_HEAD + 4 * i, 4));
}

/* Sizes in bytes; 0: any. Strings and bytes have code of their own. */
static const struct kind {
	unsigned char size, other_size;
	void (*put)(struct text *text, const unsigned char *p, size_t n);
} kinds[] = {
	[0x03] = { 1, 1, put_signed },	     [0x04] = { 1, 1, put_unsigned },
	[0x05] = { 2, 2, put_signed },	     [0x06] = { 2, 2, put_unsigned },
	[0x07] = { 4, 4, put_signed },	     [0x08] = { 4, 4, put_unsigned },
	[0x09] = { 8, 8, put_signed },	     [0x0a] = { 8, 8, put_unsigned },
	[0x0b] = { 4, 4, put_float },	     [0x0c] = { 8, 8, put_float },
	[0x0d] = { 4, 1, put_bool },	     [0x0f] = { 16, 16, put_guid },
	[0x10] = { 8, 4, put_hex },	     [0x11] = { 8, 8, put_filetime },
	[0x12] = { 16, 16, put_systemtime }, [0x13] = { 0, 0, put_sid },
	[0x14] = { 4, 4, put_hex },	     [0x15] = { 8, 8, put_hex },
};

#define TYPE_ANSI 0x02
#define TYPE_BYTES 0x0e
#define TYPE_SID 0x13
#define TYPE_HANDLE 0x20
#define TYPE_XML 0x23

static const struct kind *kind_of(unsigned type)
{
	if (type >= sizeof kinds / sizeof *kinds || !kinds[type].put)
		return NULL;
	return &kinds[type];
}

static int no_room(struct err *err)
{
	return err_set(err, ERR_RANGE, "texts too long");
}

int binxml_utf16(struct event_decoder *decoder, const unsigned char *p, size_t units,
		 struct sv *ret, struct err *err)
{
	char *const text = scratch_room(decoder, 3 * units);
	char *to = text;
	size_t i = 0;

	if (!text)
		return no_room(err);
	while (i < units) {
		uint32_t code = (uint32_t)little(p + 2 * i, 2), low;

		if (code < 0x80) {
			*to++ = (char)code;
			i++;
			continue;
		}
		i++;
		if (code >= 0xd800 && code < 0xe000) {
			low = i < units ? (uint32_t)little(p + 2 * i, 2) : 0;
			if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i++;
			} else {
				code = 0xfffd;
			}
		}
		to += utf8_put(code, to);
	}
	*ret = scratch_take(decoder, (size_t)(to - text));
	return 0;
}

/* Old code pages: what is no UTF-8 is read as Latin-1. */
static int put_ansi(struct event_decoder *decoder, const unsigned char *p, size_t n, struct sv *ret,
		    struct err *err)
{
	char *const text = scratch_room(decoder, 2 * n);
	char *to = text;

	if (!text)
		return no_room(err);
	while (n > 0 && p[n - 1] == '\0')
		n--;
	if (n > 0 && sv_is_utf8((struct sv){ (const char *)p, n })) {
		memcpy(text, p, n);
		to += n;
	} else {
		for (size_t i = 0; i < n; i++)
			to += utf8_put(p[i], to);
	}
	*ret = scratch_take(decoder, (size_t)(to - text));
	return 0;
}

static int put_bytes(struct event_decoder *decoder, const unsigned char *p, size_t n,
		     struct sv *ret, struct err *err)
{
	static const char digit[] = "0123456789ABCDEF";
	char *const text = scratch_room(decoder, 2 * n);

	if (!text)
		return no_room(err);
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digit[p[i] >> 4];
		text[2 * i + 1] = digit[p[i] & 15];
	}
	*ret = scratch_take(decoder, 2 * n);
	return 0;
}

int binxml_value(struct event_decoder *decoder, unsigned type, const unsigned char *p, size_t n,
		 struct sv *ret, enum event_type *ret_type, struct err *err)
{
	const struct kind *kind = kind_of(type);
	struct text text = { .type = EVENT_STRING };

	if (type == BINXML_NULL)
		return 1;
	*ret_type = EVENT_STRING;
	if (type == BINXML_STRING || type == TYPE_XML) {
		n /= 2;
		while (n > 0 && p[2 * n - 1] == 0 && p[2 * n - 2] == 0)
			n--;
		return binxml_utf16(decoder, p, n, ret, err);
	}
	if (type == TYPE_ANSI)
		return put_ansi(decoder, p, n, ret, err);
	if (n == 0)
		return 1;
	if (type == TYPE_BYTES || type == TYPE_HANDLE)
		return put_bytes(decoder, p, n, ret, err);
	if (!kind)
		return err_set(err, ERR_FORMAT, "unknown type of value 0x%02x", type);
	if (type == TYPE_SID ? sid_length(p, n) == 0 : n != kind->size && n != kind->other_size)
		return err_set(err, ERR_FORMAT, "value of type 0x%02x has %zu bytes", type, n);
	text.to = scratch_room(decoder, TEXT_ROOM);
	if (!text.to)
		return no_room(err);
	kind->put(&text, p, n);
	*ret = scratch_take(decoder, text.n);
	*ret_type = text.type;
	return 0;
}

size_t binxml_item(unsigned type, const unsigned char *p, size_t n, size_t *ret_step)
{
	const struct kind *kind = kind_of(type);
	size_t length = 0;

	if (type == BINXML_STRING) {
		while (length + 2 <= n && (p[length] || p[length + 1]))
			length += 2;
		*ret_step = length + 2 <= n ? length + 2 : n;
		return length;
	}
	if (type == TYPE_ANSI) {
		length = strnlen((const char *)p, n);
		*ret_step = length < n ? length + 1 : n;
		return length;
	}
	if (type == TYPE_SID)
		length = sid_length(p, n);
	else if (kind && kind->size <= n)
		length = kind->size;
	*ret_step = length;
	return length;
}
