#include "base/arena.h"

#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

TEST(pieces_are_aligned_and_apart)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	char *before = NULL;
	size_t used = 0;

	for (size_t size = 0; size < 3000; size += 7) {
		char *p = arena_alloc(arena, size);

		REQUIRE(p && (uintptr_t)p % 16 == 0);
		CHECK(p != before || size == 7);
		memset(p, (int)size, size);
		used += (size + 15) / 16 * 16;
		before = p;
	}
	CHECK_INT(arena_used(arena), used);
	CHECK(arena_alloc(arena, (size_t)5 << 20)); /* larger than any chunk */
	arena_free(arena);
	arena_free(NULL);
}

TEST(limit_at_its_edge)
{
	struct arena *arena = arena_new(64);

	CHECK(arena_alloc(arena, 33)); /* counts 48 */
	CHECK(!arena_alloc(arena, 17));
	CHECK(arena_alloc(arena, 16));
	CHECK(!arena_alloc(arena, 1));
	CHECK_INT(arena_used(arena), 64);
	CHECK(!arena_alloc(arena, SIZE_MAX));
	CHECK(!arena_zalloc(arena, SIZE_MAX / 2, 3));
	CHECK(!arena_dup(arena, SV("x")).p);
	CHECK(!arena_printf(arena, "x").p);
	arena_clear(arena);
	CHECK_INT(arena_used(arena), 0);
	CHECK(arena_alloc(arena, 64));
	arena_free(arena);
}

TEST(zeros_after_reuse)
{
	struct arena *arena = arena_new((size_t)4 << 20);

	for (int round = 0; round < 3; round++) {
		unsigned char *p = arena_zalloc(arena, 1000, 100);
		unsigned sum = 0;

		REQUIRE(p);
		for (size_t i = 0; i < 100000; i++)
			sum |= p[i];
		CHECK_INT(sum, 0);
		memset(p, 0xff, 100000);
		for (int i = 0; i < 100; i++)
			memset(arena_alloc(arena, 10000), 0xff, 10000);
		arena_clear(arena);
	}
	arena_free(arena);
}

TEST(texts)
{
	struct arena *arena = arena_new(1000);
	struct sv copy = arena_dup(arena, SV("a\0b")), none = arena_dup(arena, SV_NONE);

	CHECK_SV(copy, SV("a\0b"));
	CHECK_INT(copy.p[3], 0);
	CHECK(none.p && none.n == 0 && none.p[0] == '\0');
	CHECK_SV(arena_printf(arena, "%d-%s", 7, "x"), SV("7-x"));
	arena_free(arena);
}

TEST(heap_copies)
{
	char *a = mem_dup("abc"), *b = mem_dup_sv(SV("a\0b")), *none = mem_dup_sv(SV_NONE);

	CHECK_STR(a, "abc");
	CHECK(memcmp(b, "a\0b", 4) == 0);
	CHECK_STR(none, "");
	CHECK(!mem_dup(NULL));
	a = mem_realloc(a, 100, 100);
	CHECK_STR(a, "abc");
	mem_clear(&a);
	CHECK(!a);
	free(b);
	free(none);
}

TEST(no_memory_ends_the_process)
{
	for (int way = 0; way < 2; way++) {
		int status;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			void *p;

			close(STDERR_FILENO);
			signal(SIGABRT, SIG_DFL);
			/* A product that overflows; a size that no machine has. */
			p = way == 0 ? mem_realloc(NULL, SIZE_MAX / 2, 3) : mem_alloc(SIZE_MAX / 2);
			_exit(p != NULL);
		}
		waitpid(pid, &status, 0);
		/* A sanitizer may say it first, with a status of its own. */
		CHECK(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) > 1) ||
		      (WIFEXITED(status) && WEXITSTATUS(status) == 1 && way == 1));
	}
}
