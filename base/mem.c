#include "base/mem.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "out of memory\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		abort();
	abort();
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_zalloc(size_t size)
{
	void *p = calloc(1, size > 0 ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_realloc(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	p = realloc(p, bytes > 0 ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *mem_dup(const char *text)
{
	return text ? mem_dup_sv(sv_from(text)) : NULL;
}

char *mem_dup_sv(struct sv s)
{
	char *text = mem_alloc(s.n + 1);

	if (s.n > 0)
		memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return text;
}
