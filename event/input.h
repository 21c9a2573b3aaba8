/*
 * input.h - the bytes of a file, unpacked where it is gzip or zstd, in a window
 * that moves. Private to event/; who gives the bytes a meaning is reader.c.
 */
#ifndef EVENT_INPUT_H
#define EVENT_INPUT_H

#include "event/internal.h"

#define INPUT_STEP_BYTES ((size_t)256 << 10)
/* One event of the greatest length, and the end of its line. */
#define INPUT_WINDOW_MAX ((size_t)EVENT_BYTES_MAX + INPUT_STEP_BYTES)
/*
 * A packed file may be so many times larger when unpacked, once it is over the
 * free part. Logs pack 10 to 100 times; a bomb thousands of times.
 */
#define INPUT_RATIO_MAX 1000
#define INPUT_RATIO_FREE ((uint64_t)64 << 20)
#define INPUT_ZSTD_WINDOW_LOG_MAX 27 /* 128 MiB: what zstd itself takes without being asked */

enum input_packing { INPUT_PLAIN, INPUT_GZIP, INPUT_ZSTD };

struct unpacker;

struct input {
	int fd;
	char *p; /* bytes [at, n) are read and not used yet */
	size_t at, n, room;
	bool ended; /* nothing more to read */
	/* Somebody may still write: the end is not the end. Then `dry` says that
	 * nothing more is there now. */
	bool live, dry;
	enum input_packing packing;
	struct unpacker *unpacker;
	bool is_damaged;     /* unpacking failed: what follows is lost */
	uint64_t bytes_read; /* of the file, packed as it is */
	uint64_t bytes_total;
};

/* Opens a file, "-" for standard input, and looks whether it is packed. */
int input_open(struct input *input, const char *path, bool live, struct err *err);
void input_close(struct input *input);

static inline struct sv input_unread(const struct input *input)
{
	return (struct sv){ input->p + input->at, input->n - input->at };
}

/*
 * Reads once more, making room where need be. Returns 1; 0 at the end, where
 * INPUT_WINDOW_MAX bytes wait already, or where the input is dry; -1 on an
 * error of the system or of the packing, after which the input has ended.
 */
int input_fill(struct input *input, struct err *err);
/* Reads until n bytes wait or the file ends. */
int input_fill_to(struct input *input, size_t n, struct err *err);

#endif
