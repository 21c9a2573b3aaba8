#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		const ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* going on without randomness would be worse */
		at += got;
		n -= (size_t)got;
	}
}

struct uuid uuid_v7(struct instant at)
{
	const uint64_t us = at.us > 0 ? (uint64_t)at.us : 0;
	const uint64_t ms = us / 1000;
	const unsigned part = (unsigned)(us % 1000 * 4096 / 1000);
	struct uuid id;

	random_bytes(id.byte, sizeof id.byte);
	for (int i = 0; i < 6; i++)
		id.byte[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.byte[6] = (uint8_t)(0x70 | part >> 8);
	id.byte[7] = (uint8_t)part;
	id.byte[8] = (id.byte[8] & 0x3f) | 0x80;
	return id;
}

char *uuid_format(struct uuid id, char text[static UUID_TEXT_MAX])
{
	char hex[2 * sizeof id.byte + 1];

	hex_encode(id.byte, sizeof id.byte, hex);
	snprintf(text, UUID_TEXT_MAX, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
	return text;
}

bool uuid_parse(struct sv text, struct uuid *ret)
{
	char hex[2 * sizeof ret->byte];

	if (text.n != UUID_TEXT_MAX - 1 || text.p[8] != '-' || text.p[13] != '-' ||
	    text.p[18] != '-' || text.p[23] != '-')
		return false;
	memcpy(hex, text.p, 8);
	memcpy(hex + 8, text.p + 9, 4);
	memcpy(hex + 12, text.p + 14, 4);
	memcpy(hex + 16, text.p + 19, 4);
	memcpy(hex + 20, text.p + 24, 12);
	return hex_decode((struct sv){ hex, sizeof hex }, ret->byte, sizeof ret->byte);
}

char *hex_encode(const void *p, size_t n, char *text)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *byte = p;

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digit[byte[i] >> 4];
		text[2 * i + 1] = digit[byte[i] & 15];
	}
	text[2 * n] = '\0';
	return text;
}

/* More than 15 for what is no digit; without a branch, since digits are anything. */
static unsigned nibble(char c)
{
	const unsigned digit = (unsigned char)c - (unsigned)'0';
	const unsigned letter = ((unsigned char)c | 0x20U) - (unsigned)'a';

	return digit < 10 ? digit : letter < 6 ? letter + 10 : 16;
}

/* Eight characters at once: whether all are digits. */
static bool are_digits(uint64_t text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), low = 0x7f * ones;
	const uint64_t digit = text ^ 0x30 * ones, letter = (text | 0x20 * ones) ^ 0x60 * ones;
	/* the highest bit of each byte: it is over 9; it is 0, or over 6 */
	const uint64_t no_digit = ((digit & low) + 0x76 * ones) | digit;
	const uint64_t no_letter =
		((letter & low) + 0x79 * ones) | ~((letter & low) + low) | letter;

	return (no_digit & no_letter & 0x80 * ones) == 0;
}

bool hex_decode(struct sv text, void *p, size_t n)
{
	unsigned char *byte = p;
	unsigned bad = 0;
	size_t i = 0;

	if (n > SIZE_MAX / 2 || text.n != 2 * n)
		return false;
	for (; i + 8 <= text.n; i += 8) {
		uint64_t eight;

		memcpy(&eight, text.p + i, sizeof eight);
		if (!are_digits(eight))
			return false;
	}
	for (; i < text.n; i++)
		bad |= nibble(text.p[i]);
	if (bad > 15)
		return false;
	for (i = 0; i < n; i++)
		byte[i] = (unsigned char)(nibble(text.p[2 * i]) << 4 | nibble(text.p[2 * i + 1]));
	return true;
}
