#include "event/plain.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/day.h"

#define DAY_US (86400 * INSTANT_SECOND)

struct sv plain_sound(struct event_decoder *decoder, struct sv text)
{
	const char *p = text.p, *end = text.p + text.n;
	char *to, *start;

	if (sv_is_utf8(text))
		return text;
	start = to = scratch_room(decoder, 3 * text.n);
	if (!to)
		return SV_NONE;
	while (p < end) {
		const size_t n = *p & 0x80 ? utf8_length(p, end) : 1;

		if (n == 0) {
			to += utf8_put(0xfffd, to);
			p++;
			continue;
		}
		memcpy(to, p, n);
		to += n;
		p += n;
	}
	return scratch_take(decoder, (size_t)(to - start));
}

int plain_begin(struct event_decoder *decoder, struct sv *line, struct err *err)
{
	event_decoder_reset(decoder);
	if (line->n > EVENT_BYTES_MAX)
		return err_set(err, ERR_TOO_LARGE, "record of %zu bytes, at most %u", line->n,
			       EVENT_BYTES_MAX);
	*line = plain_sound(decoder, *line);
	return 0;
}

static void add(struct event_decoder *decoder, struct sv name, struct sv text, enum event_type type,
		bool in_array)
{
	if (name.n > EVENT_NAME_MAX || name.n == 0)
		return;
	if (!text.p)
		text = SV("");
	event_decoder_add(decoder, name, text, type, in_array, NULL);
}

void plain_add(struct event_decoder *decoder, struct sv name, struct sv text)
{
	add(decoder, name, text, EVENT_STRING, false);
}

void plain_add_number(struct event_decoder *decoder, struct sv name, struct sv text)
{
	add(decoder, name, text, json_is_number(text) ? EVENT_NUMBER : EVENT_STRING, false);
}

void plain_add_item(struct event_decoder *decoder, struct sv name, struct sv text)
{
	add(decoder, name, text, EVENT_STRING, true);
}

void plain_bound(struct event_envelope *envelope)
{
	struct sv *const part[] = { &envelope->product, &envelope->category, &envelope->service };

	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		if (part[i]->n > EVENT_ENVELOPE_TEXT_MAX)
			*part[i] = SV_NONE;
}

int plain_finish(struct event_decoder *decoder, struct sv body, struct event *ret, struct err *err)
{
	if (decoder->count >= EVENT_FIELDS_MAX)
		return err_set(err, ERR_RANGE, "%d values or more", EVENT_FIELDS_MAX);
	plain_bound(&decoder->envelope);
	event_decoder_finish(decoder, SV_NONE, ret);
	ret->body = body;
	return 0;
}

struct sv plain_get(const struct event_decoder *decoder, struct sv name)
{
	for (size_t i = 0; i < decoder->count; i++)
		if (sv_eq(decoder->field[i].name, name))
			return decoder->field[i].text;
	return SV_NONE;
}

struct sv plain_join(struct event_decoder *decoder, struct sv a, struct sv b, struct sv c)
{
	const struct sv part[] = { a, b, c };
	char *to = scratch_room(decoder, a.n + b.n + c.n), *const start = to;

	if (!to)
		return SV_NONE;
	for (size_t i = 0; i < 3; i++) {
		if (part[i].n > 0)
			memcpy(to, part[i].p, part[i].n);
		to += part[i].n;
	}
	return scratch_take(decoder, (size_t)(to - start));
}

struct sv plain_lower(struct event_decoder *decoder, struct sv text)
{
	char *to = scratch_room(decoder, text.n);

	if (!to)
		return SV_NONE;
	for (size_t i = 0; i < text.n; i++)
		to[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] | 0x20) : text.p[i];
	return scratch_take(decoder, text.n);
}

struct sv plain_number(struct event_decoder *decoder, uint64_t number)
{
	char *to = scratch_room(decoder, 24);

	if (!to)
		return SV_NONE;
	return scratch_take(decoder, (size_t)snprintf(to, 24, "%llu", (unsigned long long)number));
}

bool plain_is_number(struct sv text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!plain_is_digit(text.p[i]))
			return false;
	return text.n > 0;
}

bool plain_is_address(struct sv text)
{
	char copy[INET6_ADDRSTRLEN + 1];
	struct in6_addr address;

	if (text.n == 0 || text.n >= sizeof copy)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return strlen(copy) == text.n && (inet_pton(AF_INET, copy, &address) == 1 ||
					  inet_pton(AF_INET6, copy, &address) == 1);
}

int plain_hex(char c)
{
	if (plain_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t plain_last(struct sv text, char c)
{
	for (size_t i = text.n; i > 0; i--)
		if (text.p[i - 1] == c)
			return i - 1;
	return SIZE_MAX;
}

struct sv plain_word(struct sv *rest)
{
	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = sv_slice(*rest, 1, rest->n);
	return sv_cut(rest, ' ');
}

/* ---- dates ---- */

unsigned plain_month(struct sv name)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (name.n != 3)
		return 0;
	for (unsigned i = 0; i < 12; i++)
		if (sv_eq_case(name, (struct sv){ months + 3 * (size_t)i, 3 }))
			return i + 1;
	return 0;
}

static bool two_digits(const char *p, unsigned most, unsigned *ret)
{
	if (!plain_is_digit(p[0]) || !plain_is_digit(p[1]))
		return false;
	*ret = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
	return *ret <= most;
}

/* "15:00:01.123456" to microseconds. */
static bool clock_us(struct sv clock, int64_t *ret)
{
	unsigned hour, minute, second;
	int64_t unit = 100000;

	if (clock.n < 8 || clock.p[2] != ':' || clock.p[5] != ':' ||
	    !two_digits(clock.p, 23, &hour) || !two_digits(clock.p + 3, 59, &minute) ||
	    !two_digits(clock.p + 6, 60, &second))
		return false;
	*ret = ((int64_t)hour * 3600 + minute * 60 + second) * INSTANT_SECOND;
	if (clock.n == 8)
		return true;
	if (clock.n == 9 || (clock.p[8] != '.' && clock.p[8] != ','))
		return false;
	for (size_t i = 9; i < clock.n; i++, unit /= 10) {
		if (!plain_is_digit(clock.p[i]))
			return false;
		*ret += unit * (clock.p[i] - '0');
	}
	return true;
}

bool plain_instant(int year, unsigned month, unsigned day, struct sv clock, int zone,
		   struct instant *ret)
{
	struct day date;
	int64_t us;

	if (!day_make(year, month, day, &date) || !clock_us(clock, &us))
		return false;
	ret->us = date.n * DAY_US + us - (int64_t)zone * 60 * INSTANT_SECOND;
	return true;
}

bool plain_zone(struct sv text, int *ret)
{
	unsigned hours, minutes;

	if (sv_eq(text, SV("Z"))) {
		*ret = 0;
		return true;
	}
	if (text.n == 6 && text.p[3] == ':') {
		if (!two_digits(text.p + 4, 59, &minutes))
			return false;
	} else if (text.n != 5 || !two_digits(text.p + 3, 59, &minutes)) {
		return false;
	}
	if ((text.p[0] != '+' && text.p[0] != '-') || !two_digits(text.p + 1, 23, &hours))
		return false;
	*ret = (int)(hours * 60 + minutes) * (text.p[0] == '-' ? -1 : 1);
	return true;
}

bool plain_date_bsd(struct sv *rest, struct instant reference, struct instant *ret)
{
	struct sv s = *rest, day;
	const unsigned month = plain_month(sv_slice(s, 0, 3));
	const struct day today = { (int32_t)(reference.us / DAY_US) };
	const int year = day_to_civil(today).year;
	struct instant at;
	uint64_t number;

	if (month == 0 || s.n < 15 || s.p[3] != ' ')
		return false;
	s = sv_slice(s, 4, s.n);
	day = plain_word(&s);
	if (day.n > 2 || !sv_to_u64(day, &number))
		return false;
	/* Of last year, where it would be still to come: by a day, because of zones. */
	if (!plain_instant(year, month, (unsigned)number, sv_slice(s, 0, 8), 0, &at) ||
	    at.us > reference.us + DAY_US) {
		if (!plain_instant(year - 1, month, (unsigned)number, sv_slice(s, 0, 8), 0, &at))
			return false;
	}
	*rest = sv_slice(s, 8, s.n);
	*ret = at;
	return true;
}

bool plain_seconds(struct sv text, struct instant *ret)
{
	double seconds;

	if (!sv_to_double(text, &seconds) || seconds < 0 || seconds > 1e11)
		return false;
	ret->us = (int64_t)(seconds * 1e6 + 0.5);
	return true;
}

/* ---- pairs ---- */

static bool is_name(char c)
{
	return plain_is_word(c) || c == '-' || c == '.' || c == '@' || c == '/';
}

bool plain_pair(struct sv *rest, struct sv *ret_name, struct sv *ret_value, bool *ret_quoted)
{
	for (;;) {
		struct sv s = *rest;
		size_t equals, from, end;
		char quote;

		while (s.n > 0 &&
		       (s.p[0] == ' ' || s.p[0] == ',' || s.p[0] == '\t' || s.p[0] == 0x1d))
			s = sv_slice(s, 1, s.n);
		if (s.n == 0)
			return false;
		for (equals = 0; equals < s.n && is_name(s.p[equals]);)
			equals++;
		if (equals == 0 || equals == s.n || s.p[equals] != '=') {
			/* No pair: on to behind the next blank. */
			equals = equals ? equals : 1;
			while (equals < s.n && s.p[equals] != ' ' && s.p[equals] != 0x1d)
				equals++;
			*rest = sv_slice(s, equals, s.n);
			continue;
		}
		*ret_name = sv_slice(s, 0, equals);
		from = equals + 1;
		quote = from < s.n && (s.p[from] == '"' || s.p[from] == '\'') ? s.p[from] : '\0';
		*ret_quoted = quote != '\0';
		if (quote) {
			for (end = ++from; end < s.n && s.p[end] != quote; end++)
				if (s.p[end] == '\\' && end + 1 < s.n)
					end++;
		} else {
			for (end = from; end < s.n && s.p[end] != ' ' && s.p[end] != 0x1d;)
				end++;
		}
		*ret_value = sv_slice(s, from, end);
		*rest = sv_slice(s, end + (quote != '\0'), s.n);
		return true;
	}
}

struct sv plain_unescape(struct event_decoder *decoder, struct sv text)
{
	char *to;
	size_t n = 0;

	if (text.n == 0 || !memchr(text.p, '\\', text.n))
		return text;
	to = scratch_room(decoder, text.n);
	if (!to)
		return text;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n &&
		    (text.p[i + 1] == '"' || text.p[i + 1] == '\\'))
			i++;
		to[n++] = text.p[i];
	}
	return scratch_take(decoder, n);
}
