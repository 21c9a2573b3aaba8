/* The answers of clamd, and a socket where nobody or somebody odd answers. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/test.h"
#include "forms/scan.h"

TEST(answers)
{
	static const struct {
		const char *reply;
		int result;
		enum scan_verdict verdict;
		const char *name;
	} row[] = {
		{ "stream: OK", 0, SCAN_CLEAN, "" },
		{ "stream: OK\n", 0, SCAN_CLEAN, "" },
		{ "stream: Eicar-Signature FOUND", 0, SCAN_FOUND, "Eicar-Signature" },
		{ "INSTREAM size limit exceeded. ERROR", -1, SCAN_CLEAN, NULL },
		{ "stream: \x01\xff FOUND", 0, SCAN_FOUND, "??" },
		{ "stream:  FOUND", -1, SCAN_CLEAN, NULL },
		{ "stream: OK FOUND OK", -1, SCAN_CLEAN, NULL },
		{ "", -1, SCAN_CLEAN, NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum scan_verdict verdict = SCAN_FOUND;
		struct err err = ERR_INIT;
		char name[SCAN_NAME_MAX];

		CHECK_INT(scan_reply(sv_from(row[i].reply), &verdict, name, &err), row[i].result);
		CHECK_INT(err.code, row[i].result == 0 ? ERR_OK : ERR_UNAVAILABLE);
		if (row[i].result == 0) {
			CHECK_INT(verdict, row[i].verdict);
			CHECK_STR(name, row[i].name);
		}
	}
}

/* A server for one scan: adds up what it is sent, then answers. */
struct peer {
	int fd;
	const char *reply;
	size_t hear_max; /* hangs up after so many bytes */
	size_t heard;
	bool ended; /* a piece of no bytes came */
};

static size_t hear(int fd, void *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		const ssize_t got = recv(fd, (char *)p + at, n - at, 0);

		if (got <= 0)
			return at;
		at += (size_t)got;
	}
	return at;
}

static void *serve(void *context)
{
	struct peer *peer = context;
	const int fd = accept(peer->fd, NULL, NULL);
	unsigned char length[4];
	char command[10], piece[SCAN_PIECE_MAX];

	if (hear(fd, command, 10) == 10 && memcmp(command, "zINSTREAM", 10) == 0) {
		while (peer->heard < peer->hear_max && hear(fd, length, 4) == 4) {
			const size_t n = (size_t)length[0] << 24 | (size_t)length[1] << 16 |
					 (size_t)length[2] << 8 | length[3];

			peer->ended = n == 0;
			if (n == 0 || n > sizeof piece || hear(fd, piece, n) != n)
				break;
			peer->heard += n;
		}
		if (peer->reply)
			CHECK_INT(send(fd, peer->reply, strlen(peer->reply) + 1, MSG_NOSIGNAL),
				  strlen(peer->reply) + 1);
	}
	close(fd);
	return NULL;
}

static int scan_with(struct peer *peer, size_t size, enum scan_verdict *verdict,
		     char name[static SCAN_NAME_MAX], struct err *err)
{
	char folder[] = "/tmp/hikeshi-scan-XXXXXX";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *content = calloc(1, size + 1);
	pthread_t thread;
	int r = -2;

	if (!content || !mkdtemp(folder)) {
		free(content);
		return -2;
	}
	snprintf(address.sun_path, sizeof address.sun_path, "%s/clamd", folder);
	peer->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(peer->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(peer->fd, 1) == 0 && pthread_create(&thread, NULL, serve, peer) == 0) {
		r = scan_file(address.sun_path, (struct sv){ content, size }, verdict, name, err);
		pthread_join(thread, NULL);
	}
	close(peer->fd);
	unlink(address.sun_path);
	rmdir(folder);
	free(content);
	return r;
}

TEST(a_file_goes_in_pieces)
{
	static const size_t size[] = { 1, SCAN_PIECE_MAX - 1, SCAN_PIECE_MAX, SCAN_PIECE_MAX + 1,
				       5 * SCAN_PIECE_MAX };

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		struct peer peer = { .reply = "stream: OK", .hear_max = SIZE_MAX };
		enum scan_verdict verdict = SCAN_FOUND;
		struct err err = ERR_INIT;
		char name[SCAN_NAME_MAX];

		CHECK_INT(scan_with(&peer, size[i], &verdict, name, &err), 0);
		CHECK_INT(verdict, SCAN_CLEAN);
		CHECK_INT(peer.heard, size[i]);
		CHECK(peer.ended);
	}
}

TEST(what_it_finds_has_a_name)
{
	struct peer peer = { .reply = "stream: Test.Virus FOUND", .hear_max = SIZE_MAX };
	enum scan_verdict verdict = SCAN_CLEAN;
	struct err err = ERR_INIT;
	char name[SCAN_NAME_MAX];

	CHECK_INT(scan_with(&peer, 100, &verdict, name, &err), 0);
	CHECK_INT(verdict, SCAN_FOUND);
	CHECK_STR(name, "Test.Virus");
}

TEST(what_cannot_be_scanned_is_not_clean)
{
	struct peer limit = { .reply = "INSTREAM size limit exceeded. ERROR",
			      .hear_max = SCAN_PIECE_MAX };
	struct peer silent = { .hear_max = SIZE_MAX };
	enum scan_verdict verdict;
	struct err err = ERR_INIT;
	char name[SCAN_NAME_MAX];

	CHECK_INT(scan_with(&limit, 4 << 20, &verdict, name, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	err = (struct err)ERR_INIT;
	CHECK_INT(scan_with(&silent, 10, &verdict, name, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	err = (struct err)ERR_INIT;
	CHECK_INT(scan_file("/nowhere/clamd.sock", SV("x"), &verdict, name, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
}
