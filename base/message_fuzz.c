/*
 * Any bytes as one message of a hostile process: received, then read in an
 * order that the bytes themselves choose.
 */
#include "base/message.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

/* One get of the kind that choice names; -1 at the first that fails. */
static int get(struct message *message, unsigned choice)
{
	struct err err = ERR_INIT;
	char bytes[8];
	struct sv view;
	uint64_t u;
	int64_t i;
	bool b;
	int fd;

	switch (choice % 7) {
	case 0: return message_get_u64(message, choice * 1000, &u, &err);
	case 1: return message_get_i64(message, &i, &err);
	case 2: return message_get_bool(message, &b, &err);
	case 3:
		if (message_get_sv(message, 100, &view, &err) < 0)
			return -1;
		require(view.n <= 100);
		return sv_hash(view) == 1; /* touches every byte */
	case 4:
		if (message_get_text(message, 50, &view, &err) < 0)
			return -1;
		require(view.n <= 50 && sv_is_utf8(view));
		return 0;
	case 5: return message_get_bytes(message, bytes, sizeof bytes, &err);
	default:
		/* No descriptor was sent, so none may come out. */
		require(message_get_fd(message, &fd, &err) < 0);
		return -1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message;
	struct err err = ERR_INIT;
	int end[2], got;

	if (size < 1 || size > MESSAGE_BYTES_MAX || message_pair(end, &err) < 0)
		return 0;
	if (send(end[0], data, size, MSG_DONTWAIT) == (ssize_t)size) {
		got = message_receive(end[1], 0, &message, &err);
		require(got == 1 || (got == -1 && err.code == ERR_FORMAT));
		if (got == 1) {
			for (size_t i = 0; i < size; i++)
				if (get(&message, data[i]) < 0)
					break;
			require(message.at <= message.body.n);
			require(!message.malformed || message_end(&message, &err) < 0);
			message_done(&message);
		}
	}
	close(end[0]);
	close(end[1]);
	return 0;
}
