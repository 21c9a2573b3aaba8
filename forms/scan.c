#include "forms/scan.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* It goes into the log and the audit trail: plain letters only. */
static void copy_name(struct sv name, char ret_name[static SCAN_NAME_MAX])
{
	size_t n = 0;

	for (; n < name.n && n + 1 < SCAN_NAME_MAX; n++)
		ret_name[n] = name.p[n] > 0x20 && name.p[n] < 0x7F ? name.p[n] : '?';
	ret_name[n] = '\0';
}

int scan_reply(struct sv reply, enum scan_verdict *ret, char ret_name[static SCAN_NAME_MAX],
	       struct err *err)
{
	const struct sv prefix = SV("stream: "), found = SV(" FOUND");

	while (reply.n > 0 && (reply.p[reply.n - 1] == '\0' || reply.p[reply.n - 1] == '\n'))
		reply.n--;
	if (sv_eq(reply, SV("stream: OK"))) {
		*ret = SCAN_CLEAN;
		ret_name[0] = '\0';
		return 0;
	}
	if (!sv_starts(reply, prefix) || !sv_ends(reply, found) ||
	    reply.n <= prefix.n + found.n)
		return err_set(err, ERR_UNAVAILABLE, "clamd says: %.*s",
			       SV_ARG(sv_slice(reply, 0, 200)));
	*ret = SCAN_FOUND;
	copy_name(sv_slice(reply, prefix.n, reply.n - found.n), ret_name);
	return 0;
}

static int away(struct err *err, const char *what)
{
	const int number = errno;

	return err_set(err, ERR_UNAVAILABLE, "clamd: %s: %s", what, strerror(number));
}

static int open_socket(const char *path, struct err *err)
{
	const struct timeval limit = { .tv_sec = SCAN_SECONDS_MAX };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return err_set(err, ERR_RANGE, "%s: longer than %zu bytes", path,
			       sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return away(err, "a socket");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		away(err, path);
		close(fd);
		return -1;
	}
	return fd;
}

static int send_all(int fd, struct sv bytes, struct err *err)
{
	while (bytes.n > 0) {
		const ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return away(err, "sending");
		bytes = sv_slice(bytes, n < 0 ? 0 : (size_t)n, bytes.n);
	}
	return 0;
}

/* A length in four bytes, the highest first, then so many bytes; none at the end. */
static int send_piece(int fd, struct sv piece, struct err *err)
{
	const char length[4] = { (char)(piece.n >> 24 & 0xFF), (char)(piece.n >> 16 & 0xFF),
				 (char)(piece.n >> 8 & 0xFF), (char)(piece.n & 0xFF) };

	if (send_all(fd, (struct sv){ length, sizeof length }, err) != 0)
		return -1;
	return send_all(fd, piece, err);
}

static int hear(int fd, char reply[static SCAN_REPLY_MAX], size_t *ret, struct err *err)
{
	size_t n = 0;

	while (n < SCAN_REPLY_MAX && (n == 0 || reply[n - 1] != '\0')) {
		const ssize_t got = recv(fd, reply + n, SCAN_REPLY_MAX - n, 0);

		if (got < 0 && errno != EINTR)
			return away(err, "waiting");
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	*ret = n;
	return 0;
}

int scan_file(const char *socket_path, struct sv content, enum scan_verdict *ret,
	      char ret_name[static SCAN_NAME_MAX], struct err *err)
{
	char reply[SCAN_REPLY_MAX];
	const int fd = open_socket(socket_path, err);
	size_t n = 0;
	int r = fd < 0 ? -1 : send_all(fd, SV("zINSTREAM\0"), err);

	for (size_t at = 0; r == 0 && at < content.n; at += SCAN_PIECE_MAX) {
		const struct sv piece = sv_slice(content, at, at + SCAN_PIECE_MAX);

		/* Where it has heard enough, it says why and listens no more. */
		if (send_piece(fd, piece, NULL) != 0)
			break;
	}
	if (r == 0)
		send_piece(fd, SV(""), NULL);
	if (r == 0)
		r = hear(fd, reply, &n, err);
	if (r == 0)
		r = scan_reply((struct sv){ reply, n }, ret, ret_name, err);
	if (fd >= 0)
		close(fd);
	return r;
}
