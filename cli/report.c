/* hikeshi report get|make. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/file.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/centre.h"

#define PATH_BYTES_MAX 2048	      /* of one request */
#define LOOK_NANOSECONDS (200 * 1000000) /* between two looks how far it is */
#define EXIT_SOME 1		      /* some reports could not be made */

/* ---- get ---- */

static int write_all(struct sv bytes, struct err *err)
{
	if (isatty(STDOUT_FILENO)) {
		err_set(err, ERR_USAGE, "%s", _("a PDF is nothing for a terminal"));
		return err_hint(err, "%s", _("give a file with --output"));
	}
	if (fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n || fflush(stdout) != 0)
		return err_set(err, ERR_IO, "%s", _("writing to standard output failed"));
	return 0;
}

static int get_pdf(struct centre *centre, const char *path, const char *id, const char *file,
		   struct err *err)
{
	char own[128];
	struct sv bytes;

	if (centre_fetch(centre, path, &bytes, err) != 0)
		return -1;
	if (file != NULL && strcmp(file, "-") == 0)
		return write_all(bytes, err);
	if (file == NULL) {
		snprintf(own, sizeof own, "report-%.36s.pdf", id);
		file = own;
	}
	if (file_write(file, bytes, 0600, err) != 0)
		return -1;
	print_line("%s", file);
	return 0;
}

static int get(struct centre *centre, const char *id, const char *file, struct err *err)
{
	json_t *answer = NULL;
	struct buf path;
	int r;

	buf_init(&path, PATH_BYTES_MAX);
	buf_put_sv(&path, SV("/v1/reports/"));
	centre_put_piece(centre, &path, id);
	buf_put_sv(&path, centre->json ? SV("") : SV("/pdf"));
	buf_put_char(&path, '\0');
	if (path.full) {
		r = err_set(err, ERR_USAGE, "%s", _("the address is too long"));
	} else if (centre->json) {
		r = centre_get(centre, path.p, &answer, err);
		if (r == 0)
			show_json(answer);
	} else {
		r = get_pdf(centre, path.p, id, file, err);
	}
	json_decref(answer);
	buf_done(&path);
	return r;
}

int report_get_run(const struct command *command, int argc, char **argv)
{
	const char *file = NULL;
	const struct option own[] = { { "--output", .value = &file } };
	struct centre centre = { .own = own, .own_count = 1 };
	struct err err = ERR_INIT;
	int status = centre_open(command, argc, argv, 1, &centre);

	if (status < 0)
		status = get(&centre, argv[1], file, &err) == 0 ? 0 : command_failed(&err);
	centre_close(&centre);
	return status;
}

/* ---- make ---- */

struct state {
	int64_t total, done, failed;
};

static int look(struct centre *centre, const char *job, struct state *ret, struct err *err)
{
	json_t *answer = NULL;
	struct buf path;
	int r;

	buf_init(&path, PATH_BYTES_MAX);
	buf_put_sv(&path, SV("/v1/reports/jobs/"));
	centre_put_piece(centre, &path, job);
	buf_put_char(&path, '\0');
	r = centre_get(centre, path.p, &answer, err);
	if (r == 0)
		*ret = (struct state){
			json_integer_value(json_object_get(answer, "total")),
			json_integer_value(json_object_get(answer, "done")),
			json_integer_value(json_object_get(answer, "failed")),
		};
	json_decref(answer);
	buf_done(&path);
	return r;
}

/* Returns when none waits any more. */
static int follow(struct centre *centre, const char *job, bool quiet, struct state *ret,
		  struct err *err)
{
	static const struct timespec pause = { .tv_nsec = LOOK_NANOSECONDS };
	struct progress *progress = progress_new(quiet ? NULL : stderr, _("Reports"));
	int r;

	while ((r = look(centre, job, ret, err)) == 0) {
		const uint64_t ended = (uint64_t)(ret->done + ret->failed);

		progress_update(progress, ended, (uint64_t)ret->total, ended);
		if (ret->done + ret->failed >= ret->total)
			break;
		nanosleep(&pause, NULL);
	}
	progress_clear(progress);
	progress_free(progress);
	return r;
}

static int begin(struct centre *centre, const char *programme, const char *from, const char *to,
		 json_t **ret, struct err *err)
{
	json_t *wish = json_pack("{s:s, s:s, s:s}", "programme", programme, "from", from, "to", to);
	int r;

	if (!wish)
		return err_set(err, ERR_USAGE, "%s", _("this is no text"));
	r = centre_post(centre, "/v1/reports", wish, ret, err);
	json_decref(wish);
	return r;
}

static int make(struct centre *centre, const char *programme, const char *from, const char *to,
		bool quiet, struct err *err)
{
	struct state state = { 0 };
	json_t *answer = NULL;
	int r = begin(centre, programme, from, to, &answer, err);

	if (r == 0)
		r = follow(centre, json_string_value(json_object_get(answer, "job")), quiet, &state,
			   err);
	json_decref(answer);
	if (r != 0)
		return command_failed(err);
	if (centre->json)
		print_line("{\"total\": %lld, \"done\": %lld, \"failed\": %lld}",
			   (long long)state.total, (long long)state.done, (long long)state.failed);
	else
		print_line(_n("%lld report is there", "%lld reports are there",
			      (unsigned long)state.done),
			   (long long)state.done);
	if (state.failed > 0)
		say(_n("%lld report could not be made", "%lld reports could not be made",
		       (unsigned long)state.failed),
		    (long long)state.failed);
	return state.failed > 0 ? EXIT_SOME : 0;
}

int report_make_run(const struct command *command, int argc, char **argv)
{
	const char *programme = NULL, *from = NULL, *to = NULL;
	bool quiet = false;
	const struct option own[] = {
		{ "--programme", .value = &programme },
		{ "--from", .value = &from },
		{ "--to", .value = &to },
		{ "--quiet", .flag = &quiet },
	};
	struct centre centre = { .own = own, .own_count = sizeof own / sizeof *own };
	struct err err = ERR_INIT;
	struct day day;
	int status = centre_open(command, argc, argv, 0, &centre);

	if (status < 0 && (!programme || !from || !to))
		status = command_misuse(command, "%s", _("give --programme, --from and --to"));
	else if (status < 0 && (!day_parse(sv_from(from), &day) || !day_parse(sv_from(to), &day)))
		status = command_misuse(command, "%s", _("a day is written as 2026-07-01"));
	if (status < 0)
		status = make(&centre, programme, from, to, quiet, &err);
	centre_close(&centre);
	return status;
}
