/*
 * hikeshi hunt: searches event files with Sigma rules. Files are read one
 * after another in the order of the command line (folders sorted), so the
 * output's order is the input's order.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "base/text.h"

#define HUNT_PATHS_MAX 64       /* --rules options */
#define HUNT_FILES_MAX 1000000  /* files of all folders */
#define HUNT_LOSSES_SHOWN 20    /* lost records told one by one, for each file */
#define HUNT_PROGRESS_EVERY 512 /* records between two looks at the clock */

struct hunt {
	const char *rules[HUNT_PATHS_MAX];
	size_t rules_count;
	bool ndjson, quiet;
	enum rule_level min_level, fail_level; /* LEVEL_NONE: not asked for */
	struct ruleset *ruleset;
	struct detect_session *session;
	struct buf line;
	bool colour;
	struct progress *progress;
	uint64_t bytes_done, bytes_total; /* of files that are finished; of all */
	uint64_t files, records, lost, found[LEVEL_CRITICAL + 1];
	bool failed; /* a file that could not be opened */
};

struct hunt_files {
	char **path;
	size_t count, room;
};

static bool has_event_suffix(const char *path)
{
	static const char *const suffix[] = { ".evtx", ".json", ".ndjson", ".jsonl" };
	const struct sv name = sv_from(path);

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		const struct sv end = sv_from(suffix[i]);

		if (name.n > end.n && sv_eq_case(sv_slice(name, name.n - end.n, name.n), end))
			return true;
	}
	return false;
}

static int add_file(struct hunt_files *files, const char *path, struct err *err)
{
	if (files->count == HUNT_FILES_MAX)
		return err_set(err, ERR_RANGE, "more than %d files", HUNT_FILES_MAX);
	if (files->count == files->room) {
		files->room = files->room ? files->room * 2 : 64;
		files->path = mem_realloc(files->path, files->room, sizeof *files->path);
	}
	files->path[files->count++] = mem_dup(path);
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_folder(struct hunt_files *files, char *path, struct err *err)
{
	char *const paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	int result = 0;

	if (!tree)
		return err_errno(err, errno, "opening folder %s", path);
	for (FTSENT *entry = fts_read(tree); entry && result == 0; entry = fts_read(tree)) {
		if (entry->fts_info == FTS_F && has_event_suffix(entry->fts_path))
			result = add_file(files, entry->fts_path, err);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			result = err_errno(err, entry->fts_errno, "reading folder %s",
					   entry->fts_path);
	}
	fts_close(tree);
	return result;
}

static int add_argument(struct hunt_files *files, char *path,
			struct err *err)
{
	struct stat info;

	if (strcmp(path, "-") == 0)
		return add_file(files, path, err);
	if (stat(path, &info) < 0) {
		if (errno == ENOENT)
			return err_set(err, ERR_NOT_FOUND, _("%s: there is no such file"), path);
		return err_errno(err, errno, "opening %s", path);
	}
	return S_ISDIR(info.st_mode) ? add_folder(files, path, err)
				     : add_file(files, path, err);
}

static void print_ndjson(struct hunt *hunt, const char *path, uint64_t record,
			 const struct event *event, const struct rule *rule)
{
	struct buf *line = &hunt->line;
	char when[INSTANT_TEXT_MAX];
	struct err err = ERR_INIT;

	buf_clear(line);
	buf_put_sv(line, SV("{\"file\":"));
	buf_put_json(line, sv_from(path));
	buf_printf(line, ",\"record\":%" PRIu64 ",\"time\":", record);
	if (event->envelope.observed.us != 0)
		buf_printf(line, "\"%s\"", instant_format(event->envelope.observed, when));
	else
		buf_put_sv(line, SV("null"));
	buf_put_sv(line, SV(",\"rule\":{\"id\":"));
	buf_put_json(line, rule->id);
	buf_put_sv(line, SV(",\"title\":"));
	buf_put_json(line, rule->title);
	buf_put_sv(line, SV(",\"level\":"));
	buf_put_json(line, sv_from(rule_level_name(rule->level)));
	buf_put_sv(line, SV("},\"event\":"));
	if (event_encode(event, line, &err) < 0) {
		command_failed(&err);
		hunt->failed = true;
		return;
	}
	while (line->n > 0 && line->p[line->n - 1] == '\n')
		line->n--;
	buf_put_sv(line, SV("}\n"));
	fwrite(line->p, 1, line->n, stdout);
}

/* What a person recognises the event by: the first of these that it has. */
static struct sv event_summary(const struct event *event)
{
	static const char *const field[] = {
		"CommandLine", "TargetFilename", "TargetObject", "ScriptBlockText",
		"QueryName", "DestinationHostname", "DestinationIp", "PipeName",
		"ImageLoaded", "TargetImage", "ImagePath", "TaskName", "ServiceName",
		"ThreatName", "Image", "Provider_Name", "message",
	};

	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		const struct sv text = event_text(event, sv_from(field[i]));

		if (text.n > 0)
			return text;
	}
	return event->raw;
}

/* Hostile text must not steer the terminal: control characters become '.'. */
static void print_clean(struct buf *line, struct sv text, size_t max)
{
	for (size_t i = 0; i < text.n && i < max; i++) {
		const unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_put_char(line, ' ');
		else if (c == 0xc2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xa0)
			buf_put_char(line, '.'), i++;
		else
			buf_put_char(line, text.p[i]);
	}
}

static void print_row(struct hunt *hunt, const char *path, uint64_t record,
		      const struct event *event, const struct rule *rule)
{
	struct buf *line = &hunt->line;
	char when[INSTANT_TEXT_MAX];
	const struct sv title = text_is_japanese() && rule->title_ja.n > 0 ? rule->title_ja
									   : rule->title;
	struct sv host = event_text(event, SV("Computer"));
	struct sv what = event_summary(event);

	buf_clear(line);
	if (event->envelope.observed.us != 0)
		instant_format(event->envelope.observed, when);
	else
		snprintf(when, sizeof when, "-");
	buf_printf(line, "%-20.19s  ", when);
	if (hunt->colour)
		buf_put_sv(line, sv_from(level_colour(rule->level)));
	terminal_pad(line, sv_from(level_text(rule->level)), 13);
	if (hunt->colour)
		buf_put_sv(line, SV("\033[0m"));
	buf_put_sv(line, SV("  "));
	print_clean(line, title, 200);
	if (host.n > 0) {
		buf_put_sv(line, SV("  @"));
		print_clean(line, host, 60);
	}
	buf_printf(line, "\n    %s:%" PRIu64 "  ", path, record);
	print_clean(line, terminal_cut(what, 160), SIZE_MAX);
	buf_put_char(line, '\n');
	progress_clear(hunt->progress);
	fwrite(line->p, 1, line->n, stdout);
}

static void take_event(struct hunt *hunt, const char *path, uint64_t record,
		       const struct event *event)
{
	const uint32_t *match;
	const size_t count = detect_event(hunt->session, event, &match);

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = ruleset_rule(hunt->ruleset, match[i]);

		if (rule->level < hunt->min_level)
			continue;
		hunt->found[rule->level]++;
		if (hunt->ndjson)
			print_ndjson(hunt, path, record, event, rule);
		else
			print_row(hunt, path, record, event, rule);
	}
}

static void say_loss(const struct event_reader *reader, const char *path, struct err *err)
{
	const uint64_t lost = event_reader_progress(reader).lost;

	if (lost <= HUNT_LOSSES_SHOWN)
		fprintf(stderr, "hikeshi: %s: %s\n", path, err->text);
	else if (lost == HUNT_LOSSES_SHOWN + 1)
		fprintf(stderr, _("hikeshi: %s: more records that cannot be read; only counted from here\n"),
			path);
}

static void hunt_file(struct hunt *hunt, const char *path)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	struct event_reader_progress state = { 0 };
	unsigned until_look = HUNT_PROGRESS_EVERY;

	if (!reader) {
		command_failed(&err);
		hunt->failed = true;
		return;
	}
	for (;;) {
		struct event event;
		uint64_t record = 0;
		const int got = event_reader_next(reader, &event, &record, &err);

		if (got == 0)
			break;
		if (got < 0)
			say_loss(reader, path, &err);
		else
			take_event(hunt, path, record, &event);
		if (--until_look == 0) {
			until_look = HUNT_PROGRESS_EVERY;
			state = event_reader_progress(reader);
			progress_update(hunt->progress, hunt->bytes_done + state.bytes_read,
					hunt->bytes_total, hunt->records + state.records);
		}
	}
	state = event_reader_progress(reader);
	hunt->files++;
	hunt->records += state.records;
	hunt->lost += state.lost;
	hunt->bytes_done += state.bytes_read;
	event_reader_close(reader);
}

static void say_summary(const struct hunt *hunt, double seconds)
{
	uint64_t found = 0;

	for (size_t i = 0; i <= LEVEL_CRITICAL; i++)
		found += hunt->found[i];
	fprintf(stderr, _("%zu rules; %" PRIu64 " files, %" PRIu64 " events in %.1f s (%.0f events/s); %" PRIu64 " detections\n"),
		ruleset_count(hunt->ruleset), hunt->files, hunt->records, seconds,
		seconds > 0 ? (double)hunt->records / seconds : 0.0, found);
	for (int level = LEVEL_CRITICAL; found > 0 && level >= LEVEL_NONE; level--) {
		if (hunt->found[level] > 0)
			fprintf(stderr, "  %s: %" PRIu64 "\n", level_text((enum rule_level)level),
				hunt->found[level]);
	}
	if (hunt->lost > 0)
		fprintf(stderr, _("%" PRIu64 " records could not be read and were not searched.\n"),
			hunt->lost);
}

static void say_rule_problems(const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(ruleset, &problem);
	size_t broken = 0, unloaded = 0;

	for (size_t i = 0; i < count; i++) {
		if (problem[i].kind == PROBLEM_NOT_COMPILED) {
			broken++;
			fprintf(stderr, "%.*s:%u:%u: %.*s\n", SV_ARG(problem[i].file),
				problem[i].line, problem[i].column, SV_ARG(problem[i].reason));
		}
		unloaded += problem[i].kind == PROBLEM_NOT_LOADED;
	}
	if (broken > 0)
		fprintf(stderr, _("%zu rules do not compile and are left out.\n"), broken);
	if (unloaded > 0)
		fprintf(stderr, _("%zu rules are not loaded, because no decoder gives their events (see: hikeshi rule check).\n"),
			unloaded);
}

static void load_progress(void *context, size_t done, size_t total)
{
	struct hunt *hunt = context;

	progress_update(hunt->progress, done, total, done);
}

static int load_rules(struct hunt *hunt)
{
	struct err err = ERR_INIT;
	struct ruleset_options options = {
		.path = hunt->rules, .path_count = hunt->rules_count,
		.progress = load_progress, .context = hunt,
	};

	if (hunt->rules_count == 0) {
		hunt->rules[0] = default_rules();
		options.path_count = 1;
	}
	hunt->progress = progress_new(hunt->quiet ? NULL : stderr, _("Rules"));
	hunt->ruleset = ruleset_load(&options, &err);
	progress_free(hunt->progress);
	hunt->progress = NULL;
	if (!hunt->ruleset)
		return command_failed(&err);
	if (!hunt->quiet)
		say_rule_problems(hunt->ruleset);
	hunt->session = detect_session_new(hunt->ruleset);
	return 0;
}

static int hunt_files(struct hunt *hunt, const struct hunt_files *files)
{
	const uint64_t start = clock_monotonic_us();

	for (size_t i = 0; i < files->count; i++) {
		struct stat info;

		if (strcmp(files->path[i], "-") != 0 && stat(files->path[i], &info) == 0 &&
		    info.st_size > 0)
			hunt->bytes_total += (uint64_t)info.st_size;
	}
	hunt->progress = progress_new(hunt->quiet ? NULL : stderr, _("Events"));
	for (size_t i = 0; i < files->count && !ferror(stdout); i++)
		hunt_file(hunt, files->path[i]);
	progress_free(hunt->progress);
	hunt->progress = NULL;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		struct err err = ERR_INIT;

		err_errno(&err, errno, "writing the results");
		return command_failed(&err);
	}
	if (!hunt->quiet)
		say_summary(hunt, (double)(clock_monotonic_us() - start) / 1e6);
	if (hunt->failed)
		return err_exit_status(ERR_NOT_FOUND);
	if (hunt->lost > 0)
		return err_exit_status(ERR_FORMAT);
	for (size_t level = hunt->fail_level; level > LEVEL_NONE && level <= LEVEL_CRITICAL; level++) {
		if (hunt->found[level] > 0)
			return 1;
	}
	return 0;
}

/* Returns -1, or the exit status of a wrong call. */
static int parse_options(const struct command *command, int argc, char **argv,
			 struct hunt *hunt, int *ret_at)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
		const char *value = NULL;
		int got;

		if (strcmp(argv[at], "--") == 0) {
			at++;
			break;
		}
		if ((got = option_value(argc, argv, &at, "--rules", &value)) == 1) {
			if (hunt->rules_count == HUNT_PATHS_MAX)
				return command_misuse(command, _("more than %d --rules"), HUNT_PATHS_MAX);
			hunt->rules[hunt->rules_count++] = value;
		} else if (got == 0 && (got = option_value(argc, argv, &at, "--output", &value)) == 1) {
			if (strcmp(value, "table") != 0 && strcmp(value, "ndjson") != 0)
				return command_misuse(command, _("--output is table or ndjson, not '%s'"), value);
			hunt->ndjson = strcmp(value, "ndjson") == 0;
		} else if (got == 0 && (got = option_value(argc, argv, &at, "--min-level", &value)) == 1) {
			if (!rule_level_parse(sv_from(value), &hunt->min_level))
				return command_misuse(command, _("'%s' is no level"), value);
		} else if (got == 0 && (got = option_value(argc, argv, &at, "--fail-level", &value)) == 1) {
			if (!rule_level_parse(sv_from(value), &hunt->fail_level))
				return command_misuse(command, _("'%s' is no level"), value);
		} else if (got == 0 && option_flag(argv, &at, "--json")) {
			hunt->ndjson = true;
		} else if (got == 0 && option_flag(argv, &at, "--quiet")) {
			hunt->quiet = true;
		} else if (got < 0) {
			return command_misuse(command, _("%s needs a value"), argv[at]);
		} else {
			return command_misuse(command, _("there is no option '%s'"), argv[at]);
		}
	}
	if (at == argc)
		return command_misuse(command, "%s", _("which files? (- is standard input)"));
	*ret_at = at;
	return -1;
}

int hunt_run(const struct command *command, int argc, char **argv)
{
	struct hunt hunt = { .colour = use_colour(stdout) };
	struct hunt_files files = { 0 };
	struct err err = ERR_INIT;
	int at = 0;
	int status = parse_options(command, argc, argv, &hunt, &at);

	if (status >= 0)
		return status;
	buf_init(&hunt.line, 4 * (size_t)EVENT_BYTES_MAX);
	for (; at < argc; at++) {
		if (add_argument(&files, argv[at], &err) < 0) {
			command_failed(&err);
			hunt.failed = true;
		}
	}
	status = load_rules(&hunt);
	if (status == 0)
		status = hunt_files(&hunt, &files);
	detect_session_free(hunt.session);
	ruleset_unref(hunt.ruleset);
	for (size_t i = 0; i < files.count; i++)
		free(files.path[i]);
	free(files.path);
	buf_done(&hunt.line);
	return status;
}
