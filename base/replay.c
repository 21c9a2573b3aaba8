/*
 * replay.c - main() for a fuzz target in normal tests: its seeds, as they are
 * and cut off, without a fuzzer.
 *
 * usage: X-replay FOLDER
 *
 * Prints TAP, a line a seed. What a target finds wrong ends the program.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"

#define SEED_COUNT 1000
#define SEED_BYTES (4U << 20) /* bytes of one */
#define CUTS 32		      /* shorter pieces of each */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A copy of just its size, so that a sanitizer sees what is read beyond. */
static void play(struct sv input)
{
	uint8_t *copy = malloc(input.n > 0 ? input.n : 1);

	if (copy == NULL)
		abort();
	if (input.n > 0)
		memcpy(copy, input.p, input.n);
	LLVMFuzzerTestOneInput(copy, input.n);
	free(copy);
}

static int play_seed(const char *folder, const char *name, struct err *err)
{
	char path[4096];
	struct buf text;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	buf_init(&text, SEED_BYTES);
	if (file_read(path, &text, err) != 0) {
		buf_done(&text);
		return -1;
	}
	for (size_t i = 0; i <= CUTS; i++)
		play(sv_slice(buf_sv(&text), 0, text.n / CUTS * i));
	play(buf_sv(&text));
	buf_done(&text);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **entry;
	struct err err = ERR_INIT;
	int count = argc == 2 ? scandir(argv[1], &entry, is_seed, alphasort) : -1;
	int bad = 0;

	if (count <= 0 || count > SEED_COUNT) {
		printf("Bail out! no seeds in %s\n", argc == 2 ? argv[1] : "no folder");
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		const int r = play_seed(argv[1], entry[i]->d_name, &err);

		printf("%s %d - %s\n", r == 0 ? "ok" : "not ok", i + 1, entry[i]->d_name);
		if (r != 0)
			printf("# %s\n", err.text);
		fflush(stdout);
		bad |= r != 0;
		free(entry[i]);
	}
	free(entry);
	return bad;
}
