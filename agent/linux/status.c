/* status.c - `hikeshi-agent status`: what the agent on this host does right now. */
#include <stdio.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "base/file.h"
#include "base/text.h"

#define STATUS_BYTES_MAX 16384
#define NOT_RUNNING 3 /* as init scripts tell it */

static bool is_running(const struct data_paths *paths, pid_t *ret_pid)
{
	struct err err = ERR_INIT;
	int lock;

	*ret_pid = 0;
	/* Who may not look at the lock still sees the status file of a running agent. */
	if (access(paths->lock, F_OK) < 0)
		return false;
	if (data_lock(paths, &lock, ret_pid, &err) == 0) {
		close(lock);
		return false;
	}
	return err.code == ERR_CONFLICT || access(paths->status, F_OK) == 0;
}

static void print_row(const char *name, struct sv value)
{
	printf("%s: %.*s\n", name, SV_ARG(value));
}

static void print_person(const struct event *status)
{
	const struct sv error = event_text(status, SV("error"));

	print_row(_("device"), event_text(status, SV("device")));
	print_row(_("centre"), event_text(status, SV("centre")));
	printf("%s: %s\n", _("connected"),
	       sv_eq(event_text(status, SV("connected")), SV("true")) ? _("yes") : _("no"));
	if (error.n > 0)
		print_row(_("last error"), error);
	if (sv_eq(event_text(status, SV("licence")), SV("off")))
		printf(_("The licence is off since %.*s: nothing is observed.\n"),
		       SV_ARG(event_text(status, SV("licence_off"))));
	printf("%s: %s\n", _("isolated"),
	       sv_eq(event_text(status, SV("isolated")), SV("true"))
		       ? _("yes: only the centre can be reached")
		       : _("no"));
	print_row(_("sensor"), event_text(status, SV("sensor")));
	for (size_t i = 0; i < status->count; i++)
		if (sv_eq(status->field[i].name, SV("sensors")))
			printf("  %.*s\n", SV_ARG(status->field[i].text));
	print_row(_("scope"), event_text(status, SV("scope")));
	print_row(_("running since"), event_text(status, SV("since")));
	print_row(_("events"), event_text(status, SV("events")));
	printf("%s: %.*s (%.*s B)\n", _("batches waiting in the spool"),
	       SV_ARG(event_text(status, SV("spool_batches"))),
	       SV_ARG(event_text(status, SV("spool_bytes"))));
	print_row(_("resident bytes"), event_text(status, SV("resident_bytes")));
}

static int print_running(const struct data_paths *paths, bool json, struct err *err)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event status;
	struct buf buf;
	int result;

	buf_init(&buf, STATUS_BYTES_MAX);
	result = file_read(paths->status, &buf, err);
	if (result == 0)
		result = event_decode(decoder, sv_trim(buf_sv(&buf)), &status, err);
	if (result == 0 && json)
		printf("{\"running\":true,%.*s\n", SV_ARG(sv_slice(sv_trim(buf_sv(&buf)), 1, buf.n)));
	else if (result == 0)
		print_person(&status);
	buf_done(&buf);
	event_decoder_free(decoder);
	return result;
}

int status_run(const struct program_options *options, struct err *err)
{
	struct data_paths paths;
	pid_t pid;

	if (data_paths_make(options->data, &paths, err) < 0)
		return -1;
	if (!is_running(&paths, &pid)) {
		if (access(paths.identity, F_OK) < 0)
			return err_set(err, ERR_NOT_FOUND, "%s: this host is not enrolled", paths.folder),
			       err_hint(err, "enrol it: hikeshi-agent enrol --help");
		if (options->json)
			printf("{\"running\":false}\n");
		else
			printf("%s\n", _("The agent does not run."));
		return NOT_RUNNING;
	}
	/* In its first seconds it has written nothing yet. */
	if (print_running(&paths, options->json, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		if (options->json)
			printf("{\"running\":true,\"process\":%d}\n", (int)pid);
		else
			printf(_("The agent is starting (process %d).\n"), (int)pid);
	}
	return 0;
}
