#include "base/message.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"

enum { ASK = MESSAGE_FIRST, TELL, ONCE, LATER, BREAK };

TEST(all_fields_travel)
{
	struct message out, in;
	struct err err = ERR_INIT;
	char digest[4];
	struct sv text, bytes;
	uint64_t u;
	int64_t i;
	bool b;
	int end[2], pipe_fd[2], fd;

	REQUIRE(message_pair(end, &err) == 0);
	REQUIRE(pipe2(pipe_fd, O_CLOEXEC) == 0);
	message_init(&out, ASK);
	out.number = 7;
	message_put_u64(&out, UINT64_MAX);
	message_put_i64(&out, INT64_MIN);
	message_put_bool(&out, true);
	message_put_sv(&out, SV("火消し"));
	message_put_sv(&out, SV("a\0b"));
	message_put_sv(&out, SV("abcd"));
	message_put_sv(&out, SV_NONE);
	message_put_fd(&out, pipe_fd[1]);
	REQUIRE(message_send(end[0], &out, &err) == 0);
	message_done(&out);
	REQUIRE(message_receive(end[1], 1000, &in, &err) == 1);
	CHECK_INT(in.type, ASK);
	CHECK_INT(in.number, 7);
	CHECK(message_get_u64(&in, UINT64_MAX, &u, &err) == 0 && u == UINT64_MAX);
	CHECK(message_get_i64(&in, &i, &err) == 0 && i == INT64_MIN);
	CHECK(message_get_bool(&in, &b, &err) == 0 && b);
	CHECK(message_get_text(&in, 100, &text, &err) == 0);
	CHECK_SV(text, SV("火消し"));
	CHECK(message_get_sv(&in, 100, &bytes, &err) == 0);
	CHECK_SV(bytes, SV("a\0b"));
	CHECK(message_get_bytes(&in, digest, 4, &err) == 0 && memcmp(digest, "abcd", 4) == 0);
	CHECK(message_get_sv(&in, 0, &bytes, &err) == 0 && bytes.n == 0);
	CHECK(message_end(&in, &err) == -1); /* the descriptor is left */
	in.malformed = false;
	REQUIRE(message_get_fd(&in, &fd, &err) == 0);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(message_end(&in, &err) == 0);
	message_done(&in);
	close(pipe_fd[1]);
	CHECK(write(fd, "x", 1) == 1);
	close(fd);
	close(pipe_fd[0]);
	close(end[0]);
	CHECK_INT(message_receive(end[1], 1000, &in, &err), 0);
	close(end[1]);
}

/* Each row writes one field and reads another way. */
TEST(wrong_reads_are_errors)
{
	for (int row = 0; row < 10; row++) {
		struct message m;
		struct err err = ERR_INIT;
		struct sv s = SV("kept");
		uint64_t u = 5;
		int64_t i = 5;
		bool b = true;
		char bytes[3];
		int fd = 5, status = 0;

		message_init(&m, ASK);
		switch (row) {
		case 0: status = message_get_u64(&m, 1, &u, &err); break;
		case 1:
			message_put_i64(&m, 1);
			status = message_get_u64(&m, 1, &u, &err);
			break;
		case 2:
			message_put_u64(&m, 2);
			status = message_get_u64(&m, 1, &u, &err);
			break;
		case 3:
			message_put_u64(&m, 2);
			m.body.n--;
			status = message_get_u64(&m, 9, &u, &err);
			break;
		case 4:
			message_put_sv(&m, SV("abcd"));
			status = message_get_sv(&m, 3, &s, &err);
			break;
		case 5:
			message_put_sv(&m, SV("abcd"));
			m.body.n--;
			status = message_get_sv(&m, 9, &s, &err);
			break;
		case 6:
			message_put_sv(&m, SV("ab"));
			status = message_get_bytes(&m, bytes, 3, &err);
			break;
		case 7:
			message_put_sv(&m, SV("\xff"));
			status = message_get_text(&m, 9, &s, &err);
			break;
		case 8:
			message_put_bool(&m, true);
			m.body.p[1] = 2;
			status = message_get_bool(&m, &b, &err);
			break;
		case 9:
			message_put_bool(&m, true);
			m.body.p[0] = 'f';
			m.body.n = 1;
			status = message_get_fd(&m, &fd, &err);
			break;
		}
		CHECK_INT(status, -1);
		CHECK_INT(err.code, ERR_FORMAT);
		CHECK(m.malformed);
		CHECK(u == 5 && i == 5 && b && fd == 5);
		CHECK_SV(s, SV("kept"));
		CHECK_INT(message_end(&m, &err), -1);
		message_done(&m);
	}
}

TEST(left_over_fields_are_an_error)
{
	struct message m;
	struct err err = ERR_INIT;
	bool b;

	message_init(&m, ASK);
	message_put_bool(&m, true);
	message_put_bool(&m, true);
	CHECK(message_get_bool(&m, &b, &err) == 0);
	CHECK_INT(message_end(&m, &err), -1);
	CHECK_STR(err.text, "message 16: too long");
	message_done(&m);
}

TEST(greatest_message)
{
	struct message out, in;
	struct err err = ERR_INIT;
	struct sv got;
	int end[2];
	char *bytes = mem_zalloc(MESSAGE_BYTES_MAX);

	REQUIRE(message_pair(end, &err) == 0);
	for (size_t over = 0; over <= 1; over++) {
		message_init(&out, ASK);
		message_put_sv(&out, (struct sv){ bytes, MESSAGE_BYTES_MAX - 5 + over });
		CHECK_INT(message_send(end[0], &out, &err), over ? -1 : 0);
		message_done(&out);
	}
	CHECK_INT(err.code, ERR_TOO_LARGE);
	REQUIRE(message_receive(end[1], 1000, &in, &err) == 1);
	CHECK(message_get_sv(&in, MESSAGE_BYTES_MAX, &got, &err) == 0 &&
	      got.n == MESSAGE_BYTES_MAX - 5);
	message_done(&in);
	message_init(&out, ASK);
	for (int i = 0; i <= MESSAGE_FDS_MAX; i++)
		message_put_fd(&out, end[0]);
	CHECK_INT(message_send(end[0], &out, &err), -1);
	message_done(&out);
	free(bytes);
	close(end[0]);
	close(end[1]);
}

TEST(foreign_bytes_are_refused)
{
	static const struct sv row[] = {
		SV("short"),
		SV("\5\0\0\0\0\0\0\0\x10\0\0\0ab"), /* length says more */
		SV("\1\0\0\0\0\0\0\0\x10\0\0\0ab"), /* length says less */
		SV("\2\0\0\0\0\0\0\0\x10\0\1\0ab"), /* a descriptor that is not there */
		SV("\xff\xff\xff\xff\0\0\0\0\x10\0\0\0ab"),
	};
	struct err err = ERR_INIT;
	struct message in;
	char *big = mem_zalloc(MESSAGE_BYTES_MAX + 64);
	int end[2];

	REQUIRE(message_pair(end, &err) == 0);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		REQUIRE(send(end[0], row[i].p, row[i].n, 0) == (ssize_t)row[i].n);
		CHECK_INT(message_receive(end[1], 1000, &in, &err), -1);
		CHECK_INT(err.code, ERR_FORMAT);
	}
	REQUIRE(send(end[0], big, MESSAGE_BYTES_MAX + 64, 0) > 0);
	CHECK_INT(message_receive(end[1], 1000, &in, &err), -1);
	CHECK_INT(err.code, ERR_FORMAT);
	CHECK_INT(message_receive(end[1], 0, &in, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	CHECK_INT(message_receive(end[1], 20, &in, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	free(big);
	close(end[0]);
	close(end[1]);
}

static int handle_ask(void *context, struct message *request, struct message *answer,
		      struct err *err)
{
	uint64_t value;

	if (message_get_u64(request, 1000, &value, err) < 0 || message_end(request, err) < 0)
		return -1;
	if (value == 404) {
		err_set(err, ERR_NOT_FOUND, "no such thing");
		return err_hint(err, "ask for another");
	}
	message_init(answer, ASK);
	message_put_u64(answer, value + 1);
	return 0;
}

static int handle_tell(void *context, struct message *request, struct message *answer,
		       struct err *err)
{
	int *told = context;

	if (message_end(request, err) < 0)
		return -1;
	++*told;
	return 0;
}

static const struct message_rule rule[] = {
	{ ASK, "ask", handle_ask, 0, 0 },
	{ TELL, "tell", handle_tell, 0, MESSAGE_ONE_WAY },
	{ ONCE, "once", handle_tell, 0, MESSAGE_ONE_WAY | MESSAGE_ONCE },
	{ LATER, "later", handle_tell, 2, MESSAGE_ONE_WAY },
};

static int say(int fd, uint16_t type, bool extra)
{
	struct message m;
	struct err err = ERR_INIT;
	int status;

	message_init(&m, type);
	if (extra)
		message_put_bool(&m, true);
	status = message_send(fd, &m, &err);
	message_done(&m);
	return status;
}

TEST(dispatcher_keeps_the_rules)
{
	int told = 0, end[2];
	struct dispatcher d = { rule, sizeof rule / sizeof *rule, &told, 1, 0 };
	struct err err = ERR_INIT;

	REQUIRE(message_pair(end, &err) == 0);
	say(end[0], TELL, false);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), 1);
	say(end[0], ONCE, false);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), 1);
	CHECK_INT(told, 2);
	say(end[0], ONCE, false);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), -1);
	CHECK_STR(err.text, "message once came a second time");
	say(end[0], LATER, false);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), -1);
	CHECK_STR(err.text, "message later is not allowed now");
	d.state = 2;
	say(end[0], LATER, false);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), 1);
	say(end[0], BREAK, false);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), -1);
	CHECK_STR(err.text, "message 20 is not known here");
	say(end[0], TELL, true);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), -1);
	CHECK_STR(err.text, "message tell: message 17: too long");
	say(end[0], ASK, true);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), -1);
	CHECK_INT(told, 3);
	close(end[0]);
	CHECK_INT(dispatcher_serve(&d, end[1], 1000, &err), 0);
	close(end[1]);
}

/* One process plays both: the question waits in the socket until it is served. */
TEST(call_and_answer)
{
	struct channel channel = { 0 };
	struct dispatcher d = { rule, sizeof rule / sizeof *rule, NULL, 0, 0 };
	struct message question, answer;
	struct err err = ERR_INIT;
	uint64_t value = 0;
	int end[2];

	REQUIRE(message_pair(end, &err) == 0);
	channel.fd = end[0];
	/* This one gets no answer in time; its answer is thrown away by the next. */
	message_init(&question, ASK);
	message_put_u64(&question, 1);
	CHECK_INT(message_call(&channel, &question, ASK, 0, &answer, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	message_done(&question);
	CHECK_INT(dispatcher_serve(&d, end[1], 0, &err), 1);

	for (int round = 0; round < 2; round++) {
		const uint64_t number = round == 0 ? 41 : 404;
		struct message served;

		message_init(&question, ASK);
		question.number = channel.number + 1;
		message_put_u64(&question, number);
		REQUIRE(message_send(end[0], &question, &err) == 0);
		CHECK_INT(dispatcher_serve(&d, end[1], 0, &err), 1);
		/* The call sends it again; its own copy is not served, the answer is there. */
		err = (struct err)ERR_INIT;
		if (round == 0) {
			CHECK_INT(message_call(&channel, &question, ASK, 1000, &answer, &err), 0);
			CHECK(message_get_u64(&answer, 1000, &value, &err) == 0 && value == 42);
			message_done(&answer);
		} else {
			CHECK_INT(message_call(&channel, &question, ASK, 1000, &answer, &err), -1);
			CHECK_INT(err.code, ERR_NOT_FOUND);
			CHECK_STR(err.text, "no such thing");
			CHECK_STR(err.hint, "ask for another");
		}
		message_done(&question);
		REQUIRE(message_receive(end[1], 0, &served, &err) == 1);
		message_done(&served);
	}
	close(end[1]);
	message_init(&question, ASK);
	CHECK_INT(message_call(&channel, &question, ASK, 1000, &answer, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	message_done(&question);
	close(end[0]);
}

TEST(descriptors_of_a_refused_message_are_closed)
{
	struct message out, in;
	struct err err = ERR_INIT;
	int end[2], pipe_fd[2];
	char byte;

	REQUIRE(message_pair(end, &err) == 0);
	REQUIRE(pipe2(pipe_fd, O_CLOEXEC) == 0);
	message_init(&out, ASK);
	message_put_fd(&out, pipe_fd[1]);
	REQUIRE(message_send(end[0], &out, &err) == 0);
	message_done(&out);
	close(pipe_fd[1]);
	REQUIRE(message_receive(end[1], 1000, &in, &err) == 1);
	message_done(&in); /* not taken */
	CHECK_INT(read(pipe_fd[0], &byte, 1), 0);
	close(pipe_fd[0]);
	close(end[0]);
	close(end[1]);
}
