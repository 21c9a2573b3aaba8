#include "agent/agent.h"

#include "base/mem.h"
#include "base/test.h"

TEST(an_image_is_known_by_file_and_change)
{
	struct image_cache *cache = image_cache_new(64);
	const struct sha256 hash = sha256_of(SV("x"));
	struct image_key key = { .device = 1, .inode = 2, .size = 3, .changed_ns = 4, .modified_ns = 5 };
	struct sha256 got;

	CHECK(!image_cache_get(cache, &key, &got));
	image_cache_put(cache, &key, &hash);
	CHECK(image_cache_get(cache, &key, &got));
	CHECK(memcmp(&got, &hash, sizeof got) == 0);
	key.changed_ns++; /* touch -r cannot hide this one */
	CHECK(!image_cache_get(cache, &key, &got));
	image_cache_free(cache);
}

TEST(the_cache_is_bounded_and_keeps_what_is_used)
{
	struct image_cache *cache = image_cache_new(4); /* one set */
	const struct sha256 hash = sha256_of(SV("x"));
	struct image_key key = { .device = 1 };
	struct sha256 got;

	for (key.inode = 1; key.inode <= 4; key.inode++)
		image_cache_put(cache, &key, &hash);
	key.inode = 1;
	CHECK(image_cache_get(cache, &key, &got));
	key.inode = 5;
	image_cache_put(cache, &key, &hash); /* pushes out 2, which was not used since */
	key.inode = 2;
	CHECK(!image_cache_get(cache, &key, &got));
	key.inode = 1;
	CHECK(image_cache_get(cache, &key, &got));
	image_cache_free(cache);
}

TEST(a_hash_goes_into_the_line)
{
	struct sha256 hash = { { 0xab, 0x0c } };
	char *line = mem_dup("{\"a\":1}\n");
	size_t n = strlen(line);

	line = image_add_hash(line, &n, &hash);
	CHECK_SV(((struct sv){ line, n }),
		 SV("{\"a\":1,\"Hashes\":\"SHA256=AB0C00000000000000000000000000000000000000000000000000000000"
		    "0000\"}\n"));
	CHECK_INT(strlen(line), n);
	free(line);
}
