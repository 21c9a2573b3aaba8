/*
 * message.h - typed messages between the processes of one program, over
 * SOCK_SEQPACKET socket pairs. Every field carries its kind, every get checks
 * it; a message that is too short, too long or of another shape is an error,
 * because the other side may be in an attacker's hands. Descriptors travel
 * with a message. No threads inside: one thread at a time uses one end.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sv.h"

#define MESSAGE_BYTES_MAX (128U << 10) /* of all fields; pass more as a memory file's descriptor */
#define MESSAGE_FDS_MAX 4	       /* descriptors with one message */
#define MESSAGE_WAIT_FOREVER (-1)

/* Kinds below MESSAGE_FIRST belong to this library; a program counts on from there. */
enum {
	MESSAGE_NONE = 0,
	MESSAGE_ERROR = 1, /* answer: code, text, hint */
	MESSAGE_READY = 2, /* role → parent: started, at work (role.h) */
	MESSAGE_PEER = 3,  /* parent → role: name of another role, descriptor to it */
	MESSAGE_FIRST = 16,
};

struct message {
	uint16_t type;
	uint32_t number; /* an answer has its question's number */
	/* private */
	struct buf body;
	size_t at;
	int fd[MESSAGE_FDS_MAX];
	size_t fd_count, fd_at;
	bool owns_fds;
	bool malformed; /* a get failed */
};

void message_init(struct message *message, uint16_t type);
/* Releases memory and descriptors that were received but not taken. */
void message_done(struct message *message);

/* ---- writing; what passes MESSAGE_BYTES_MAX is refused by message_send ---- */

void message_put_u64(struct message *message, uint64_t value);
void message_put_i64(struct message *message, int64_t value);
void message_put_bool(struct message *message, bool value);
void message_put_sv(struct message *message, struct sv value);
/* Borrowed until the message is sent. At most MESSAGE_FDS_MAX. */
void message_put_fd(struct message *message, int fd);

/* ---- reading, in the order of writing; -1 with ERR_FORMAT, *ret untouched ---- */

int message_get_u64(struct message *message, uint64_t max, uint64_t *ret, struct err *err);
int message_get_i64(struct message *message, int64_t *ret, struct err *err);
int message_get_bool(struct message *message, bool *ret, struct err *err);
/* At most max bytes of any value; borrowed until the message is done. */
int message_get_sv(struct message *message, size_t max, struct sv *ret, struct err *err);
/* Strict UTF-8 without NUL. */
int message_get_text(struct message *message, size_t max, struct sv *ret, struct err *err);
/* Exactly n bytes, as digests and keys are. */
int message_get_bytes(struct message *message, void *p, size_t n, struct err *err);
/* Hands the descriptor over: close it. */
int message_get_fd(struct message *message, int *ret, struct err *err);
/* Nothing may be left. */
int message_end(struct message *message, struct err *err);

/* ---- both ways ---- */

/*
 * A pair of connected ends, both close-on-exec and blocking.
 */
int message_pair(int ret_fd[static 2], struct err *err);
/* Errors: ERR_TOO_LARGE, ERR_UNAVAILABLE (the other side is gone or does not read). */
int message_send(int fd, const struct message *message, struct err *err);
/*
 * Waits at most wait_ms (0: not at all) for one message. Returns 1 and fills
 * *ret, which needs message_done; 0 where the other side has closed; -1 with
 * ERR_UNAVAILABLE when the time is over, ERR_FORMAT for what is no message.
 * The descriptor can be polled for reading.
 */
int message_receive(int fd, int wait_ms, struct message *ret, struct err *err);

/* One end on which questions are asked. */
struct channel {
	int fd;
	uint32_t number; /* of the last question */
};

/*
 * Sends a question and waits for its answer; answers to earlier questions that
 * came too late are thrown away. An answer MESSAGE_ERROR becomes the error.
 * Any other type than answer_type is ERR_FORMAT. *ret needs message_done.
 */
int message_call(struct channel *channel, struct message *request, uint16_t answer_type,
		 int wait_ms, struct message *ret, struct err *err);

/* ---- who may say what, when: one table for each end ---- */

enum message_flag {
	MESSAGE_ONCE = 1,    /* only once in the life of the dispatcher */
	MESSAGE_ONE_WAY = 2, /* no answer, not even an error */
};

/*
 * Reads the fields, ends with message_end, and fills answer (message_init with
 * its type first) unless the message is one-way. An error is answered to the
 * sender; but one of message_get_* or message_end is a broken promise and
 * ends the conversation.
 */
typedef int message_handler(void *context, struct message *request, struct message *answer,
			    struct err *err);

struct message_rule {
	uint16_t type;
	const char *name;
	message_handler *handle;
	unsigned states; /* bits of dispatcher.state in which it may come; 0: in all */
	unsigned flags;
};

#define MESSAGE_RULES_MAX 64 /* rows of one dispatcher */

struct dispatcher {
	const struct message_rule *rule;
	size_t count; /* at most MESSAGE_RULES_MAX */
	void *context;
	unsigned state; /* one bit; handlers move it */
	uint64_t seen;	/* rows that came, for MESSAGE_ONCE */
};

/*
 * Receives one message and lets its row handle it. Returns 1; 0 where the
 * other side has closed; -1 where it broke the rules (unknown, not allowed
 * now, malformed, or a one-way handler failed): log it and end.
 */
int dispatcher_serve(struct dispatcher *dispatcher, int fd, int wait_ms, struct err *err);
/* The same for a message that was received already. */
int dispatcher_handle(struct dispatcher *dispatcher, int fd, struct message *message,
		      struct err *err);

#endif
