#include "centre/programme_clock.h"

#include <stdlib.h>

#include "base/mem.h"

#ifndef HIKESHI_TESTING

struct programme_clock {
	char nothing;
};

struct programme_clock *programme_clock_new(const struct layout *layout, struct err *err)
{
	return mem_zalloc(sizeof(struct programme_clock));
}

void programme_clock_start(struct programme_clock *clock, void (*moved)(void *context),
			   void *context)
{
}

void programme_clock_free(struct programme_clock *clock)
{
	free(clock);
}

struct clock programme_clock_view(struct programme_clock *clock)
{
	return clock_real();
}

#else

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "centre/http.h"

#define FOREVER_US (INT64_C(200) * 366 * 86400 * INSTANT_SECOND)
#define WAIT_SECONDS 5
#define PATH_ROOM 108 /* of a unix socket; LAYOUT_ROOT_MAX and the name fit */

struct programme_clock {
	_Atomic int64_t ahead; /* microseconds before real time */
	int fd;
	_Atomic bool stopping;
	bool started;
	pthread_t thread;
	char path[PATH_ROOM], kept[PATH_ROOM];
	void (*moved)(void *context);
	void *context;
};

static struct instant read_clock(void *context)
{
	struct programme_clock *clock = context;

	return (struct instant){ clock_now(clock_real()).us + atomic_load(&clock->ahead) };
}

struct clock programme_clock_view(struct programme_clock *clock)
{
	return (struct clock){ read_clock, clock };
}

/* ---- lines ---- */

static bool parse_span(struct sv text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} row[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	uint64_t n;

	if (text.n < 2 || !sv_to_u64(sv_slice(text, 0, text.n - 1), &n) || n > UINT32_MAX)
		return false;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (text.p[text.n - 1] == row[i].unit) {
			*ret = (int64_t)n * row[i].seconds * INSTANT_SECOND;
			return true;
		}
	}
	return false;
}

/* What is wrong with the line, or NULL. */
static const char *obey(struct programme_clock *clock, struct sv line)
{
	const int64_t real = clock_now(clock_real()).us;
	int64_t ahead = atomic_load(&clock->ahead), span;
	struct instant at;
	struct sv rest = line;
	const struct sv word = sv_cut(&rest, ' ');

	if (sv_eq(word, SV("now")) && rest.n == 0)
		return NULL;
	if (sv_eq(word, SV("real")) && rest.n == 0)
		ahead = 0;
	else if (sv_eq(word, SV("set")) && instant_parse(rest, &at))
		ahead = at.us - real;
	else if (sv_eq(word, SV("advance")) && parse_span(rest, &span))
		ahead += span;
	else
		return "not a line of now, real, set INSTANT, advance 3d";
	if (ahead > FOREVER_US || ahead < -FOREVER_US || real + ahead < 0)
		return "too far away";
	atomic_store(&clock->ahead, ahead);
	return NULL;
}

static void keep(const struct programme_clock *clock)
{
	char text[32];
	const int n = snprintf(text, sizeof text, "%lld\n",
			       (long long)atomic_load(&clock->ahead));
	const int fd = open(clock->kept, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		abort(); /* a test with a clock that does not last says nothing */
	close(fd);
}

static void answer(struct programme_clock *clock, int fd, struct sv line)
{
	const char *problem = obey(clock, line);
	char at[INSTANT_TEXT_MAX], text[PROGRAMME_CLOCK_LINE_MAX + 40];
	int n;

	if (problem == NULL && !sv_eq(line, SV("now"))) {
		keep(clock);
		clock->moved(clock->context);
	}
	if (problem == NULL)
		n = snprintf(text, sizeof text, "ok %s\n", instant_format(read_clock(clock), at));
	else
		n = snprintf(text, sizeof text, "error %s\n", problem);
	if (send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		return; /* who asked is gone */
}

static void serve_one(struct programme_clock *clock, int fd)
{
	const struct timeval patience = { .tv_sec = WAIT_SECONDS };
	char line[PROGRAMME_CLOCK_LINE_MAX];
	size_t n = 0;
	ssize_t r;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	while (n < sizeof line && (r = recv(fd, line + n, sizeof line - n, 0)) > 0) {
		char *end = memchr(line, '\n', n += (size_t)r);

		if (end == NULL)
			continue;
		answer(clock, fd, (struct sv){ line, (size_t)(end - line) });
		n -= (size_t)(end + 1 - line);
		memmove(line, end + 1, n);
	}
}

static void *serve(void *context)
{
	struct programme_clock *clock = context;

	pthread_setname_np(pthread_self(), "programme-clock");
	while (!atomic_load(&clock->stopping)) {
		const int fd = accept4(clock->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue; /* interrupted, or woken to stop */
		serve_one(clock, fd);
		close(fd);
	}
	return NULL;
}

/* ---- life ---- */

static void paths(const struct layout *layout, char path[static PATH_ROOM],
		  char kept[static PATH_ROOM])
{
	snprintf(path, PATH_ROOM, "%s/programme-clock.sock", layout->run);
	snprintf(kept, PATH_ROOM, "%s/programme-clock", layout->store);
}

static void load_kept(struct programme_clock *clock)
{
	char text[32] = "";
	const int fd = open(clock->kept, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (read(fd, text, sizeof text - 1) > 0)
		atomic_store(&clock->ahead, strtoll(text, NULL, 10));
	close(fd);
}

struct programme_clock *programme_clock_new(const struct layout *layout, struct err *err)
{
	struct programme_clock *clock = mem_zalloc(sizeof *clock);

	paths(layout, clock->path, clock->kept);
	load_kept(clock);
	clock->fd = http_listen_unix(clock->path, err);
	if (clock->fd < 0) {
		free(clock);
		return NULL;
	}
	fcntl(clock->fd, F_SETFL, 0); /* this one waits */
	return clock;
}

void programme_clock_start(struct programme_clock *clock, void (*moved)(void *context),
			   void *context)
{
	clock->moved = moved;
	clock->context = context;
	if (pthread_create(&clock->thread, NULL, serve, clock) != 0)
		abort(); /* out of memory */
	clock->started = true;
}

void programme_clock_free(struct programme_clock *clock)
{
	if (clock == NULL)
		return;
	atomic_store(&clock->stopping, true);
	shutdown(clock->fd, SHUT_RDWR);
	if (clock->started)
		pthread_join(clock->thread, NULL);
	close(clock->fd);
	free(clock);
}

/* ---- the other side ---- */

int programme_clock_tell(const struct layout *layout, struct sv line, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = WAIT_SECONDS };
	char path[PATH_ROOM], kept[PATH_ROOM], text[PROGRAMME_CLOCK_LINE_MAX + 40];
	struct buf asked;
	ssize_t n = -1;
	int fd;

	paths(layout, path, kept);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		err_errno(err, errno, "asking %s", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	buf_init(&asked, PROGRAMME_CLOCK_LINE_MAX + 1);
	buf_put_sv(&asked, line);
	buf_put_char(&asked, '\n');
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (send(fd, asked.p, asked.n, MSG_NOSIGNAL) == (ssize_t)asked.n)
		n = recv(fd, text, sizeof text, 0);
	buf_done(&asked);
	close(fd);
	if (n <= 3)
		return err_set(err, ERR_UNAVAILABLE, "no answer from %s", path);
	if (strncmp(text, "ok ", 3) != 0)
		return err_set(err, ERR_USAGE, "%.*s", (int)n - 1, text);
	fwrite(text + 3, 1, (size_t)n - 3, stdout);
	return 0;
}

#endif
