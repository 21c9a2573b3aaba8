#include "base/hash.h"

/* Apart from hash.c: a program that needs no digest does not load libcrypto, 3 MB resident. */

/*
 * The plain functions: the ones around them (EVP) load providers first, which makes
 * 2.5 MB of the library resident, for a program that wants nothing but this digest.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/mem.h"

#define FILE_STEP ((size_t)64 << 10)

struct sha256 sha256_of(struct sv bytes)
{
	struct sha256 digest;
	SHA256_CTX context;

	SHA256_Init(&context);
	SHA256_Update(&context, bytes.p ? bytes.p : "", bytes.n);
	SHA256_Final(digest.byte, &context);
	return digest;
}

int sha256_of_fd(int fd, uint64_t max, struct sha256 *ret)
{
	char *step = mem_alloc(FILE_STEP);
	SHA256_CTX context;
	uint64_t at = 0;
	int status = -1;

	SHA256_Init(&context);
	for (;;) {
		const ssize_t n = pread(fd, step, FILE_STEP, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			goto out;
		if (n == 0)
			break;
		at += (uint64_t)n;
		if (at > max) {
			errno = EFBIG;
			goto out;
		}
		SHA256_Update(&context, step, (size_t)n);
	}
	SHA256_Final(ret->byte, &context);
	status = 0;
out:
	free(step);
	return status;
}

bool equal_constant_time(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
