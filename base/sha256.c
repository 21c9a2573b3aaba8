#include "base/hash.h"

/* Apart from hash.c: a program that needs no digest does not load libcrypto, 3 MB resident. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/mem.h"

#define FILE_STEP ((size_t)64 << 10)

struct sha256 sha256_of(struct sv bytes)
{
	struct sha256 digest;

	SHA256((const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n, digest.byte);
	return digest;
}

int sha256_of_fd(int fd, uint64_t max, struct sha256 *ret)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char *step = mem_alloc(FILE_STEP);
	uint64_t at = 0;
	int status = -1;

	if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
		errno = ENOMEM;
		goto out;
	}
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
		EVP_DigestUpdate(context, step, (size_t)n);
	}
	EVP_DigestFinal_ex(context, ret->byte, NULL);
	status = 0;
out:
	free(step);
	EVP_MD_CTX_free(context);
	return status;
}

bool equal_constant_time(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
