#include "base/message.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define TEXT_MAX ERR_TEXT_MAX
#define CODE_MAX ((uint64_t)ERR_CODE_COUNT - 1)

/* What stands before the fields. Both ends are one program: host byte order. */
struct header {
	uint32_t length; /* of the fields */
	uint32_t number;
	uint16_t type;
	uint16_t fd_count;
};
static_assert(sizeof(struct header) == 12, "no padding goes out");

enum tag { TAG_U64 = 'u', TAG_I64 = 'i', TAG_BOOL = 'b', TAG_BYTES = 's', TAG_FD = 'f' };

void message_init(struct message *message, uint16_t type)
{
	*message = (struct message){ .type = type };
	buf_init(&message->body, MESSAGE_BYTES_MAX);
}

void message_done(struct message *message)
{
	if (message->owns_fds)
		for (size_t i = message->fd_at; i < message->fd_count; i++)
			close(message->fd[i]);
	buf_done(&message->body);
	message->fd_count = message->fd_at = 0;
}

static void put(struct message *message, enum tag tag, const void *p, size_t n)
{
	buf_put_char(&message->body, (char)tag);
	buf_put(&message->body, p, n);
}

void message_put_u64(struct message *message, uint64_t value)
{
	put(message, TAG_U64, &value, sizeof value);
}

void message_put_i64(struct message *message, int64_t value)
{
	put(message, TAG_I64, &value, sizeof value);
}

void message_put_bool(struct message *message, bool value)
{
	const char byte = value ? 1 : 0;

	put(message, TAG_BOOL, &byte, 1);
}

void message_put_sv(struct message *message, struct sv value)
{
	const uint32_t n = (uint32_t)value.n;

	if (value.n > MESSAGE_BYTES_MAX) {
		message->body.full = true;
		return;
	}
	put(message, TAG_BYTES, &n, sizeof n);
	buf_put_sv(&message->body, value);
}

void message_put_fd(struct message *message, int fd)
{
	if (message->fd_count == MESSAGE_FDS_MAX) {
		message->body.full = true;
		return;
	}
	message->fd[message->fd_count++] = fd;
	put(message, TAG_FD, NULL, 0);
}

static int malformed(struct message *message, struct err *err, const char *what)
{
	message->malformed = true;
	return err_set(err, ERR_FORMAT, "message %u: %s", message->type, what);
}

/* Looks at the next field without taking it: its fixed part, n bytes. */
static int peek(struct message *message, enum tag tag, void *p, size_t n, struct err *err)
{
	const struct buf *body = &message->body;

	if (message->malformed)
		return malformed(message, err, "a field before was wrong");
	if (body->n - message->at < 1 + n)
		return malformed(message, err, "too short");
	if (body->p[message->at] != (char)tag)
		return malformed(message, err, "a field of another kind");
	if (n > 0)
		memcpy(p, body->p + message->at + 1, n);
	return 0;
}

int message_get_u64(struct message *message, uint64_t max, uint64_t *ret, struct err *err)
{
	uint64_t value = 0;

	if (peek(message, TAG_U64, &value, sizeof value, err) < 0)
		return -1;
	if (value > max)
		return malformed(message, err, "a number over its limit");
	message->at += 1 + sizeof value;
	*ret = value;
	return 0;
}

int message_get_i64(struct message *message, int64_t *ret, struct err *err)
{
	if (peek(message, TAG_I64, ret, sizeof *ret, err) < 0)
		return -1;
	message->at += 1 + sizeof *ret;
	return 0;
}

int message_get_bool(struct message *message, bool *ret, struct err *err)
{
	char byte = 0;

	if (peek(message, TAG_BOOL, &byte, 1, err) < 0)
		return -1;
	if (byte != 0 && byte != 1)
		return malformed(message, err, "neither true nor false");
	message->at += 2;
	*ret = byte;
	return 0;
}

int message_get_sv(struct message *message, size_t max, struct sv *ret, struct err *err)
{
	uint32_t n = 0;
	size_t from;

	if (peek(message, TAG_BYTES, &n, sizeof n, err) < 0)
		return -1;
	from = message->at + 1 + sizeof n;
	if (n > message->body.n - from)
		return malformed(message, err, "too short");
	if (n > max)
		return malformed(message, err, "bytes over their limit");
	message->at = from + n;
	*ret = (struct sv){ message->body.p + from, n };
	return 0;
}

int message_get_text(struct message *message, size_t max, struct sv *ret, struct err *err)
{
	struct sv text;

	if (message_get_sv(message, max, &text, err) < 0)
		return -1;
	if (!sv_is_utf8(text) || sv_find_char(text, '\0', 0) != SIZE_MAX)
		return malformed(message, err, "not a text");
	*ret = text;
	return 0;
}

int message_get_bytes(struct message *message, void *p, size_t n, struct err *err)
{
	struct sv bytes;

	if (message_get_sv(message, n, &bytes, err) < 0)
		return -1;
	if (bytes.n != n)
		return malformed(message, err, "bytes of another length");
	if (n > 0)
		memcpy(p, bytes.p, n);
	return 0;
}

int message_get_fd(struct message *message, int *ret, struct err *err)
{
	if (peek(message, TAG_FD, NULL, 0, err) < 0)
		return -1;
	if (message->fd_at == message->fd_count)
		return malformed(message, err, "a descriptor is missing");
	message->at += 1;
	*ret = message->fd[message->fd_at++];
	return 0;
}

int message_end(struct message *message, struct err *err)
{
	if (message->malformed)
		return malformed(message, err, "a field before was wrong");
	if (message->at != message->body.n || message->fd_at != message->fd_count)
		return malformed(message, err, "too long");
	return 0;
}

int message_pair(int ret_fd[static 2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fd) < 0)
		return err_errno(err, errno, "making a socket pair");
	return 0;
}

union control {
	struct cmsghdr align;
	char byte[CMSG_SPACE(MESSAGE_FDS_MAX * sizeof(int))];
};

int message_send(int fd, const struct message *message, struct err *err)
{
	const struct sv body = buf_sv(&message->body);
	struct header header = {
		.length = (uint32_t)body.n,
		.number = message->number,
		.type = message->type,
		.fd_count = (uint16_t)message->fd_count,
	};
	struct iovec part[2] = {
		{ &header, sizeof header },
		{ message->body.p, body.n },
	};
	union control control = { 0 };
	struct msghdr head = { .msg_iov = part, .msg_iovlen = body.n > 0 ? 2 : 1 };

	if (message->body.full)
		return err_set(err, ERR_TOO_LARGE, "message %u: over %u bytes or %d descriptors",
			       message->type, MESSAGE_BYTES_MAX, MESSAGE_FDS_MAX);
	if (message->fd_count > 0) {
		const size_t bytes = message->fd_count * sizeof(int);
		struct cmsghdr *first = &control.align;

		head.msg_control = &control;
		head.msg_controllen = CMSG_SPACE(bytes);
		*first = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(bytes),
		};
		memcpy(CMSG_DATA(first), message->fd, bytes);
	}
	for (;;) {
		if (sendmsg(fd, &head, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
			return err_set(err, ERR_UNAVAILABLE,
				       "message %u: the other process is gone", message->type);
		if (errno == EAGAIN)
			return err_set(err, ERR_UNAVAILABLE,
				       "message %u: the other process does not read",
				       message->type);
		return err_errno(err, errno, "sending message %u", message->type);
	}
}

/* Returns 1 when there is something to read, also the end. */
static int wait_readable(int fd, int wait_ms, struct err *err)
{
	const uint64_t start = clock_monotonic_us();
	int left = wait_ms;

	for (;;) {
		struct pollfd item = { .fd = fd, .events = POLLIN };
		const int n = poll(&item, 1, left);

		if (n > 0)
			return 1;
		if (n < 0 && errno != EINTR)
			return err_errno(err, errno, "waiting for a message");
		if (wait_ms >= 0) {
			const uint64_t gone = (clock_monotonic_us() - start) / 1000;

			left = gone >= (uint64_t)wait_ms ? 0 : wait_ms - (int)gone;
			if (n == 0 && left == 0)
				return err_set(err, ERR_UNAVAILABLE, "no message within %d ms",
					       wait_ms);
		}
	}
}

/* Takes the descriptors first, so that a bad message leaves none open. */
static void take_fds(struct message *message, struct msghdr *head)
{
	message->owns_fds = true;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c; c = CMSG_NXTHDR(head, c)) {
		const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (message->fd_count < MESSAGE_FDS_MAX)
				message->fd[message->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

int message_receive(int fd, int wait_ms, struct message *ret, struct err *err)
{
	struct header header = { 0 };
	struct message message;
	union control control = { 0 };
	struct iovec part[2] = { { &header, sizeof header } };
	struct msghdr head = {
		.msg_iov = part,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	size_t room = 0;
	ssize_t n;

	if (wait_readable(fd, wait_ms, err) < 0)
		return -1;
	/* Its real length first: most messages are small. */
	do
		n = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	message_init(&message, MESSAGE_NONE);
	if (n > (ssize_t)sizeof header) {
		room = (size_t)n - sizeof header;
		if (room > MESSAGE_BYTES_MAX)
			room = MESSAGE_BYTES_MAX;
	}
	message.body.p = mem_alloc(room + 1);
	message.body.room = room;
	part[1] = (struct iovec){ message.body.p, room };
	do
		n = recvmsg(fd, &head, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		const int number = errno;

		message_done(&message);
		if (n == 0 || number == ECONNRESET)
			return 0;
		if (number == EAGAIN)
			return err_set(err, ERR_UNAVAILABLE, "no message");
		return err_errno(err, number, "receiving a message");
	}
	take_fds(&message, &head);
	if ((head.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)n < sizeof header ||
	    header.length != (size_t)n - sizeof header || header.fd_count != message.fd_count) {
		message_done(&message);
		return err_set(err, ERR_FORMAT, "%zd bytes that are no message", n);
	}
	message.type = header.type;
	message.number = header.number;
	message.body.n = header.length;
	*ret = message;
	return 1;
}

static void put_error(struct message *message, const struct err *err)
{
	message_put_u64(message, err->code);
	message_put_sv(message, sv_from(err->text));
	message_put_sv(message, sv_from(err->hint));
}

/* Makes the error of an answer the caller's. Always -1. */
static int take_error(struct message *message, struct err *err)
{
	struct sv text, hint;
	uint64_t code;

	if (message_get_u64(message, CODE_MAX, &code, err) < 0 ||
	    message_get_sv(message, TEXT_MAX, &text, err) < 0 ||
	    message_get_sv(message, ERR_HINT_MAX, &hint, err) < 0 || message_end(message, err) < 0)
		return -1;
	err_set(err, code == ERR_OK ? ERR_INTERNAL : (enum err_code)code, "%.*s", SV_ARG(text));
	if (hint.n > 0)
		err_hint(err, "%.*s", SV_ARG(hint));
	return -1;
}

static int left_ms(uint64_t start_us, int wait_ms)
{
	const uint64_t gone = (clock_monotonic_us() - start_us) / 1000;

	if (wait_ms < 0)
		return wait_ms;
	return gone >= (uint64_t)wait_ms ? 0 : wait_ms - (int)gone;
}

int message_call(struct channel *channel, struct message *request, uint16_t answer_type,
		 int wait_ms, struct message *ret, struct err *err)
{
	const uint64_t start = clock_monotonic_us();
	struct message answer;

	request->number = ++channel->number;
	if (message_send(channel->fd, request, err) < 0)
		return -1;
	for (;;) {
		const int got = message_receive(channel->fd, left_ms(start, wait_ms), &answer, err);
		int status;

		if (got < 0)
			return -1;
		if (got == 0)
			return err_set(err, ERR_UNAVAILABLE,
				       "message %u: the other process is gone", request->type);
		if (answer.number == request->number)
			break;
		/* Late answers are older; one from the future was never asked for. */
		status = (int32_t)(request->number - answer.number) > 0
				 ? 0
				 : err_set(err, ERR_FORMAT, "message %u answers no question",
					   answer.type);
		message_done(&answer);
		if (status < 0)
			return -1;
	}
	if (answer.type == answer_type) {
		*ret = answer;
		return 0;
	}
	if (answer.type == MESSAGE_ERROR)
		take_error(&answer, err);
	else
		err_set(err, ERR_FORMAT, "message %u answered with %u", request->type, answer.type);
	message_done(&answer);
	return -1;
}

static const struct message_rule *find_rule(const struct dispatcher *dispatcher, uint16_t type)
{
	for (size_t i = 0; i < dispatcher->count; i++)
		if (dispatcher->rule[i].type == type)
			return &dispatcher->rule[i];
	return NULL;
}

static int check_rule(struct dispatcher *dispatcher, const struct message_rule *rule, uint16_t type,
		      struct err *err)
{
	uint64_t bit;

	if (!rule)
		return err_set(err, ERR_DENIED, "message %u is not known here", type);
	if (rule->states != 0 && !(rule->states & dispatcher->state))
		return err_set(err, ERR_DENIED, "message %s is not allowed now", rule->name);
	bit = UINT64_C(1) << (rule - dispatcher->rule);
	if ((rule->flags & MESSAGE_ONCE) && (dispatcher->seen & bit))
		return err_set(err, ERR_DENIED, "message %s came a second time", rule->name);
	dispatcher->seen |= bit;
	return 0;
}

int dispatcher_handle(struct dispatcher *dispatcher, int fd, struct message *message,
		      struct err *err)
{
	const struct message_rule *rule = find_rule(dispatcher, message->type);
	struct err refusal = ERR_INIT;
	struct message answer;
	int status;

	assert(dispatcher->count <= MESSAGE_RULES_MAX);
	if (check_rule(dispatcher, rule, message->type, err) < 0)
		return -1;
	message_init(&answer, MESSAGE_NONE);
	status = rule->handle(dispatcher->context, message, &answer, &refusal);
	if (message->malformed || (status < 0 && (rule->flags & MESSAGE_ONE_WAY))) {
		message_done(&answer);
		if (err)
			*err = refusal;
		return err_wrap(err, "message %s", rule->name);
	}
	if (status < 0) {
		message_done(&answer);
		message_init(&answer, MESSAGE_ERROR);
		put_error(&answer, &refusal);
	}
	answer.number = message->number;
	status = rule->flags & MESSAGE_ONE_WAY ? 0 : message_send(fd, &answer, err);
	message_done(&answer);
	return status < 0 ? -1 : 1;
}

int dispatcher_serve(struct dispatcher *dispatcher, int fd, int wait_ms, struct err *err)
{
	struct message message;
	int status = message_receive(fd, wait_ms, &message, err);

	if (status <= 0)
		return status;
	status = dispatcher_handle(dispatcher, fd, &message, err);
	message_done(&message);
	return status;
}
