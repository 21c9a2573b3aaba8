#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

static bool is(struct sha256 digest, const char *hex)
{
	char text[2 * SHA256_SIZE + 1];

	return strcmp(hex_encode(digest.byte, SHA256_SIZE, text), hex) == 0;
}

/* FIPS 180-4's examples. */
TEST(digests)
{
	CHECK(is(sha256_of(SV("")),
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	CHECK(is(sha256_of(SV_NONE),
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	CHECK(is(sha256_of(SV("abc")),
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

TEST(digests_of_files)
{
	FILE *file = tmpfile();
	char *bytes = mem_alloc(200000);
	struct sha256 digest = { { 7 } };

	REQUIRE(file);
	memset(bytes, 'a', 200000);
	REQUIRE(fwrite(bytes, 1, 200000, file) == 200000 && fflush(file) == 0);
	CHECK_INT(sha256_of_fd(fileno(file), 200000, &digest), 0);
	CHECK(memcmp(digest.byte, sha256_of((struct sv){ bytes, 200000 }).byte, SHA256_SIZE) == 0);
	digest.byte[0] = 7;
	CHECK_INT(sha256_of_fd(fileno(file), 199999, &digest), -1);
	CHECK_INT(errno, EFBIG);
	CHECK_INT(digest.byte[0], 7);
	CHECK_INT(sha256_of_fd(-1, 100, &digest), -1);
	CHECK_INT(errno, EBADF);
	fclose(file);
	free(bytes);
}

TEST(identifiers)
{
	const struct instant at = { INT64_C(1645557742000) * 1000 +
				    500 }; /* the RFC's own example time */
	struct uuid one = uuid_v7(at), two = uuid_v7(at), back;
	const struct uuid later = uuid_v7((struct instant){ at.us + 1 });
	char text[UUID_TEXT_MAX];

	uuid_format(one, text);
	CHECK(strncmp(text, "017f22e2-79b0-7800-", 19) == 0);
	CHECK(strchr("89ab", text[19]));
	CHECK(memcmp(one.byte, two.byte, 16) != 0);
	CHECK(memcmp(one.byte, later.byte, 8) < 0);
	CHECK(uuid_parse(sv_from(text), &back) && memcmp(back.byte, one.byte, 16) == 0);
	CHECK((uuid_v7((struct instant){ -5 }).byte[6] & 0xf0) == 0x70);
}

TEST(wrong_identifiers)
{
	static const char *const row[] = {
		"",
		"017f22e2-79b0-7800-8000-00000000000",
		"017f22e2-79b0-7800-8000-0000000000000",
		"017f22e279b0-7800-8000-0000000000000",
		"017f22e2-79b0-7800-8000-00000000000g",
		"017f22e2-79b0-7800-800-0000000000000",
		"{17f22e2-79b0-7800-8000-00000000000}",
		"017f22e2--79b07800-8000-000000000000",
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct uuid id = { { 7 } };

		CHECK(!uuid_parse(sv_from(row[i]), &id) && id.byte[0] == 7);
	}
}

TEST(hexadecimal)
{
	unsigned char bytes[3] = { 7, 7, 7 };
	char text[7];

	CHECK(hex_decode(SV("00fFa1"), bytes, 3));
	CHECK_STR(hex_encode(bytes, 3, text), "00ffa1");
	CHECK(!hex_decode(SV("00ffa"), bytes, 3) && !hex_decode(SV("00ffa11"), bytes, 3));
	CHECK(!hex_decode(SV("11111g"), bytes, 3));
	CHECK_INT(bytes[0], 0); /* untouched */
	CHECK(hex_decode(SV(""), bytes, 0));
}

/* Each byte at each place of a text that is read eight characters at once. */
TEST(hexadecimal_of_any_byte)
{
	char text[18];
	unsigned char bytes[9];

	for (unsigned at = 0; at < sizeof text; at++)
		for (unsigned c = 0; c < 256; c++) {
			memset(text, 'b', sizeof text);
			text[at] = (char)c;
			CHECK_INT(hex_decode((struct sv){ text, sizeof text }, bytes, 9),
				  c != 0 && strchr("0123456789abcdefABCDEF", (int)c) != NULL);
		}
}

TEST(chance_and_comparing)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	CHECK(equal_constant_time(a, b, 32));
	random_bytes(a, 32);
	random_bytes(b, 32);
	CHECK(!equal_constant_time(a, b, 32));
	CHECK(equal_constant_time(a, b, 0));
}
