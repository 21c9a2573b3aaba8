/*
 * hash.h - digests, random bytes, identifiers, and comparison in constant time.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/sv.h"

#define SHA256_SIZE 32
#define UUID_TEXT_MAX 37 /* an identifier as text, with its NUL */

struct sha256 {
	uint8_t byte[SHA256_SIZE];
};

struct uuid {
	uint8_t byte[16];
};

struct sha256 sha256_of(struct sv bytes);
/* Of a whole file from fd's start. -1 with errno set; EFBIG where it holds more than max bytes. */
int sha256_of_fd(int fd, uint64_t max, struct sha256 *ret);
void random_bytes(void *p, size_t n);
/* RFC 9562 version 7: time-ordered. The sub-millisecond part is used, the rest random. */
struct uuid uuid_v7(struct instant at);
char *uuid_format(struct uuid id, char text[static UUID_TEXT_MAX]);
bool uuid_parse(struct sv text, struct uuid *ret);
/* Lower-case hexadecimal; text has room for 2 n + 1 bytes. */
char *hex_encode(const void *p, size_t n, char *text);
bool hex_decode(struct sv text, void *p, size_t n); /* exactly n bytes */
bool equal_constant_time(const void *a, const void *b, size_t n);

#endif
