/* press_main.c - hikeshi-press: figures in, pages out. */
#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/role.h"
#include "base/sandbox.h"
#include "report/page.h"
#include "report/press_private.h"

#define USER "nobody"
#define ARENA_MAX (32U << 20)

struct press {
	int link, given; /* given: the last PDF, until the next one */
	const struct log *log;
	struct arena *arena;
	struct buf json, pdf;
};

static int draw(struct press *press, unsigned *ret_pages, struct err *err)
{
	struct report report;

	if (report_from_json(buf_sv(&press->json), press->arena, &report, err) != 0)
		return -1;
	return report_pdf(&report, &press->pdf, ret_pages, err);
}

static int handle_draw(void *context, struct message *request, struct message *answer,
		       struct err *err)
{
	struct press *press = context;
	unsigned pages = 0;
	uint64_t bytes;

	if (press->given >= 0)
		close(press->given);
	press->given = -1;
	buf_clear(&press->json);
	buf_clear(&press->pdf);
	arena_clear(press->arena);
	if (message_get_u64(request, REPORT_TEXT_MAX, &bytes, err) != 0 ||
	    press_take(request, (size_t)bytes, &press->json, err) != 0 ||
	    message_end(request, err) != 0 || draw(press, &pages, err) != 0)
		return -1;
	message_init(answer, PRESS_DRAWN);
	if (press_put(answer, buf_sv(&press->pdf), &press->given, err) != 0)
		return -1;
	message_put_u64(answer, pages);
	message_put_fd(answer, press->given);
	return 0;
}

/* A new link to the server. Returns 1; 0 where the parent is gone; -1. */
static int hear_parent(struct press *press, struct err *err)
{
	struct message message;
	struct sv name;
	int fd, r = message_receive(ROLE_CHANNEL_FD, 0, &message, err);

	if (r != 1)
		return r;
	r = role_get_peer(&message, &name, &fd, err);
	if (r == 0) {
		if (press->link >= 0)
			close(press->link);
		press->link = fd;
		r = 1;
	}
	message_done(&message);
	return r;
}

static int serve(struct press *press, struct err *err)
{
	static const struct message_rule rule[] = {
		{ PRESS_DRAW, "draw", handle_draw, 0, 0 },
	};
	struct dispatcher dispatcher = { .rule = rule, .count = 1, .context = press };

	for (;;) {
		struct pollfd ready[] = { { ROLE_CHANNEL_FD, POLLIN, 0 },
					  { press->link, POLLIN, 0 } };
		int r = 1;

		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "waiting");
		if (ready[0].revents != 0)
			r = hear_parent(press, err);
		else if (ready[1].revents != 0 &&
			 dispatcher_serve(&dispatcher, press->link, 0, err) <= 0) {
			close(press->link); /* the server ended; the parent brings the next one */
			press->link = -1;
		}
		if (r <= 0)
			return r;
	}
}

static int lock_in(const struct log *log, struct err *err)
{
	struct sandbox_path path[] = {
		{ "/usr/share/fonts", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/usr/local/share/fonts", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/fonts", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/usr/share/fontconfig", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/var/cache/fontconfig", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/dev/urandom", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/proc", SANDBOX_READ | SANDBOX_OPTIONAL }, /* the search for leaks */
	};
	const struct sandbox_options options = {
		.profile = SANDBOX_PRESS, .path = path,
		.path_count = sizeof path / sizeof *path - (SANDBOX_SANITIZED ? 0 : 1),
		.user = USER, .memory_max = PRESS_MEMORY, .skip = SANDBOX_SKIP,
	};
	struct sandbox_report report;

	if (sandbox_enter(&options, &report, err) != 0)
		return err_wrap(err, "locking in");
	if (report.landlock == 0)
		log_line(log, LOG_WARNING,
			 "no Landlock on this kernel: files are guarded by their owner only",
			 LOG_STR("why", report.landlock_why));
	return 0;
}

static int press_run(int argc, char **argv)
{
	const struct log log = { STDERR_FILENO, LOG_INFO, "hikeshi-press" };
	struct press press = { .link = -1, .given = -1, .log = &log, .arena = arena_new(ARENA_MAX) };
	struct err err = ERR_INIT;
	int r;

	signal(SIGPIPE, SIG_IGN);
	buf_init(&press.json, REPORT_TEXT_MAX);
	buf_init(&press.pdf, REPORT_PDF_MAX);
	r = lock_in(&log, &err);
	/* Before the first report: it looks at all fonts that are there. */
	if (r == 0 && !FcInit())
		log_line(&log, LOG_WARNING, "fonts are not set up");
	if (r == 0)
		r = role_ready(&err);
	if (r == 0)
		r = serve(&press, &err);
	if (r < 0)
		log_error(&log, LOG_ERROR, "the press ends", &err);
	report_pdf_end();
	buf_done(&press.json);
	buf_done(&press.pdf);
	arena_free(press.arena);
	return r < 0 ? err_exit_status(err.code) : 0;
}

int main(int argc, char **argv)
{
	static const struct role role[] = { { "press-1", press_run }, { "press-2", press_run } };
	struct err err = ERR_INIT;
	const struct role *wanted = role_wanted(role, 2, &argc, argv, &err);

	if (wanted != NULL)
		return wanted->run(argc, argv);
	fprintf(stderr, "hikeshi-press: this program is started by hikeshi-centre\n");
	return err_exit_status(ERR_USAGE);
}
