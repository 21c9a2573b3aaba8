/*
 * hikeshi hunt: searches event files with Sigma rules. Files are read one
 * after another in the order of the command line (folders sorted), so the
 * output's order is the input's order.
 */
#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/cli.h"

#define HUNT_FILES_MAX 1000000	/* files of all folders */
#define HUNT_LOSSES_SHOWN 20	/* records that cannot be read, told one by one for each file */
#define HUNT_PROGRESS_EVERY 512 /* records between two looks at the clock */
#define HUNT_OUTPUT_BYTES ((size_t)256 << 10) /* written to a file or pipe at once */

struct hunt_files {
	char **path;
	size_t count, room;
};

struct hunt {
	struct option_words rules;
	bool ndjson, quiet;
	enum rule_level min_level, fail_level; /* LEVEL_NONE: not asked for */
	struct hunt_files files;
	struct ruleset *ruleset;
	struct detect_session *session;
	struct buf line;
	struct buf event; /* the event as JSON; empty: not encoded yet */
	bool colour;
	struct progress *progress;
	uint64_t bytes_done, bytes_total; /* of files that are finished; of all */
	uint64_t searched, records, lost, damaged, found[LEVEL_CRITICAL + 1];
	int failed; /* exit status of the first file that could not be searched */
};

/* ---- which files ---- */

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

static void fail(struct hunt *hunt, enum err_code code)
{
	if (hunt->failed == 0)
		hunt->failed = err_exit_status(code);
}

static void no_file(struct hunt *hunt, const char *path, int number)
{
	say("%s: %s", path, number == ENOENT ? _("there is no such file") : strerror(number));
	fail(hunt, ERR_NOT_FOUND);
}

static void add_file(struct hunt *hunt, const char *path)
{
	struct hunt_files *files = &hunt->files;

	if (files->count == HUNT_FILES_MAX) {
		if (hunt->failed != err_exit_status(ERR_RANGE))
			say(_("more than %d files; the others are not searched"), HUNT_FILES_MAX);
		hunt->failed = err_exit_status(ERR_RANGE);
		return;
	}
	if (files->count == files->room) {
		files->room = files->room ? files->room * 2 : 64;
		files->path = mem_realloc(files->path, files->room, sizeof *files->path);
	}
	files->path[files->count++] = mem_dup(path);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Links in it are not followed: evidence may lead anywhere by them. */
static void add_folder(struct hunt *hunt, char *path)
{
	char *const paths[] = { path, NULL };
	const size_t before = hunt->files.count;
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);

	if (!tree) {
		no_file(hunt, path, errno);
		return;
	}
	for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
		if (entry->fts_info == FTS_F && has_event_suffix(entry->fts_path))
			add_file(hunt, entry->fts_path);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			no_file(hunt, entry->fts_path, entry->fts_errno);
	}
	fts_close(tree);
	if (hunt->files.count == before) {
		say(_("%s: no event files in this folder"), path);
		fail(hunt, ERR_NOT_FOUND);
	}
}

static void add_argument(struct hunt *hunt, char *path)
{
	struct stat info;

	if (strcmp(path, "-") == 0)
		add_file(hunt, path);
	else if (stat(path, &info) < 0)
		no_file(hunt, path, errno);
	else if (S_ISDIR(info.st_mode))
		add_folder(hunt, path);
	else
		add_file(hunt, path);
}

/* ---- what was found ---- */

/* Once for an event, however many rules match it. */
static void encode(struct hunt *hunt, const struct event *event)
{
	struct err err = ERR_INIT;

	if (event_encode(event, &hunt->event, &err) < 0) {
		/* The detection counts more than what is shown of it. */
		say(_("%s; it is left out of the output"), err.text);
		buf_put_sv(&hunt->event, SV("null"));
	}
	while (hunt->event.n > 0 && hunt->event.p[hunt->event.n - 1] == '\n')
		hunt->event.n--;
	buf_put_sv(&hunt->event, SV("}\n"));
}

static void print_ndjson(struct hunt *hunt, const char *path, uint64_t record,
			 const struct event *event, const struct rule *rule)
{
	struct buf *line = &hunt->line;
	char when[INSTANT_TEXT_MAX];

	if (hunt->event.n == 0)
		encode(hunt, event);
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
	progress_clear(hunt->progress);
	write_json(buf_sv(line));
	write_json(buf_sv(&hunt->event));
}

/* What a person recognises the event by: the first of these that it has. */
static struct sv event_summary(const struct event *event)
{
	static const char *const field[] = {
		"CommandLine", "TargetFilename",      "TargetObject",  "ScriptBlockText",
		"QueryName",   "DestinationHostname", "DestinationIp", "PipeName",
		"ImageLoaded", "TargetImage",	      "ImagePath",     "TaskName",
		"ServiceName", "ThreatName",	      "Image",	       "Provider_Name",
		"message",
	};

	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		const struct sv text = event_text(event, sv_from(field[i]));

		if (text.n > 0)
			return text;
	}
	return event->raw;
}

/* At most so many columns of a text that may be long: never cleans all of it. */
static void put_short(struct buf *line, struct sv text, size_t columns)
{
	put_clean(line, terminal_cut(sv_slice(text, 0, 4 * columns), columns));
}

static void print_row(struct hunt *hunt, const char *path, uint64_t record,
		      const struct event *event, const struct rule *rule)
{
	struct buf *line = &hunt->line;
	const struct sv title =
		text_is_japanese() && rule->title_ja.n > 0 ? rule->title_ja : rule->title;
	const struct sv host = event_text(event, SV("Computer"));

	buf_clear(line);
	put_time(line, event->envelope.observed);
	buf_put_sv(line, SV("  "));
	if (hunt->colour)
		buf_put_sv(line, sv_from(level_colour(rule->level)));
	terminal_pad(line, sv_from(level_text(rule->level)), 13);
	if (hunt->colour)
		buf_put_sv(line, SV("\033[0m"));
	buf_put_sv(line, SV("  "));
	put_short(line, title, 200);
	if (host.n > 0) {
		buf_put_sv(line, SV("  @"));
		put_short(line, host, 60);
	}
	buf_put_sv(line, SV("\n    "));
	put_clean(line, sv_from(path));
	buf_printf(line, ":%" PRIu64 "  ", record);
	put_short(line, event_summary(event), 160);
	buf_put_char(line, '\n');
	progress_clear(hunt->progress);
	fwrite(line->p, 1, line->n, stdout);
}

/* ---- searching ---- */

/* Returns whether something was printed. */
static bool take_event(struct hunt *hunt, const char *path, uint64_t record,
		       const struct event *event)
{
	const uint32_t *match;
	const size_t count = detect_event(hunt->session, event, &match);
	bool is_printed = false;

	buf_clear(&hunt->event);
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = ruleset_rule(hunt->ruleset, match[i]);

		if (rule->level < hunt->min_level)
			continue;
		hunt->found[rule->level]++;
		is_printed = true;
		if (hunt->ndjson)
			print_ndjson(hunt, path, record, event, rule);
		else
			print_row(hunt, path, record, event, rule);
	}
	return is_printed;
}

/* One place of a file that cannot be read; told is their number in this file. */
static void say_loss(struct hunt *hunt, const char *path, uint64_t told, const struct err *err)
{
	if (err->code == ERR_IO)
		fail(hunt, ERR_IO);
	else if (told > HUNT_LOSSES_SHOWN + 1)
		return;
	progress_clear(hunt->progress);
	if (told == HUNT_LOSSES_SHOWN + 1 && err->code != ERR_IO) {
		say(_("%s: more that cannot be read; only counted from here"), path);
		return;
	}
	say("%s: %s", path, err->text);
	if (err->hint[0])
		say_hint("%s", err->hint);
}

static void hunt_reader(struct hunt *hunt, const char *path, struct event_reader *reader)
{
	const bool is_live = strcmp(path, "-") == 0;
	unsigned until_look = HUNT_PROGRESS_EVERY;
	uint64_t told = 0;

	while (!ferror(stdout)) {
		struct event event;
		struct err err = ERR_INIT;
		uint64_t record = 0;
		const int got = event_reader_next(reader, &event, &record, &err);

		if (got == 0)
			break;
		if (got < 0)
			say_loss(hunt, path, ++told, &err);
		else if (take_event(hunt, path, record, &event) && is_live)
			fflush(stdout);
		if (--until_look == 0) {
			const struct event_reader_progress state = event_reader_progress(reader);

			until_look = HUNT_PROGRESS_EVERY;
			progress_update(hunt->progress, hunt->bytes_done + state.bytes_read,
					hunt->bytes_total, hunt->records + state.records);
		}
	}
}

static void hunt_file(struct hunt *hunt, const char *path)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	struct event_reader_progress state;

	if (!reader) {
		progress_clear(hunt->progress);
		command_failed(&err);
		fail(hunt, err.code == ERR_FORMAT ? ERR_FORMAT : ERR_NOT_FOUND);
		return;
	}
	hunt_reader(hunt, path, reader);
	state = event_reader_progress(reader);
	hunt->searched++;
	hunt->records += state.records;
	hunt->lost += state.lost;
	hunt->damaged += state.damaged;
	hunt->bytes_done += state.bytes_read;
	event_reader_close(reader);
}

static void say_summary(const struct hunt *hunt, double seconds)
{
	uint64_t found = 0;

	for (size_t i = 0; i <= LEVEL_CRITICAL; i++)
		found += hunt->found[i];
	fprintf(stderr,
		_("%zu rules; %" PRIu64 " files, %" PRIu64
		  " events in %.1f s (%.0f events/s); %" PRIu64 " detections\n"),
		ruleset_count(hunt->ruleset), hunt->searched, hunt->records, seconds,
		seconds > 0 ? (double)hunt->records / seconds : 0.0, found);
	for (int level = LEVEL_CRITICAL; found > 0 && level >= LEVEL_NONE; level--) {
		if (hunt->found[level] > 0)
			fprintf(stderr, "  %s: %" PRIu64 "\n", level_text((enum rule_level)level),
				hunt->found[level]);
	}
	if (hunt->lost > 0)
		fprintf(stderr, _("%" PRIu64 " records could not be read and were not searched.\n"),
			hunt->lost);
	if (hunt->damaged > 0)
		fprintf(stderr,
			_("%" PRIu64
			  " places have a wrong checksum; what can be read there was searched.\n"),
			hunt->damaged);
}

/* Errors are told even when quiet: what they name was not searched for. */
static void say_rule_problems(const struct hunt *hunt)
{
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(hunt->ruleset, &problem);
	size_t broken = 0, unloaded = 0;

	for (size_t i = 0; i < count; i++) {
		if (problem[i].kind == PROBLEM_NOT_COMPILED) {
			broken++;
			say("%.*s:%u:%u: %.*s", SV_ARG(problem[i].file), problem[i].line,
			    problem[i].column, SV_ARG(problem[i].reason));
		}
		unloaded += problem[i].kind == PROBLEM_NOT_LOADED;
	}
	if (broken > 0)
		say(_("%zu rules do not compile and are left out."), broken);
	if (unloaded > 0 && !hunt->quiet)
		say(_("%zu rules are not loaded, because no decoder gives their events (see: hikeshi rule check)."),
		    unloaded);
}

static void load_progress(void *context, size_t done, size_t total)
{
	struct hunt *hunt = context;

	progress_update(hunt->progress, done, total, done);
}

/* Returns -1, or an exit status. */
static int load_rules(struct hunt *hunt)
{
	char own[PATH_MAX];
	struct err err = ERR_INIT;
	const struct ruleset_options options = {
		.path = hunt->rules.word,
		.path_count = hunt->rules.count ? hunt->rules.count : 1,
		.progress = load_progress,
		.context = hunt,
	};

	if (hunt->rules.count == 0)
		hunt->rules.word[0] = default_rules(own);
	hunt->progress = progress_new(hunt->quiet ? NULL : stderr, _("Rules"));
	hunt->ruleset = ruleset_load(&options, &err);
	progress_free(hunt->progress);
	hunt->progress = NULL;
	if (!hunt->ruleset) {
		command_failed(&err);
		if (hunt->rules.count == 0)
			say_hint("%s", _("say where rules are: --rules DIR"));
		/* Whatever the system says: rules that cannot be read are not there. */
		return err_exit_status(err.code == ERR_IO ? ERR_NOT_FOUND : err.code);
	}
	say_rule_problems(hunt);
	if (ruleset_count(hunt->ruleset) == 0) {
		const struct rule_problem *problem;

		say("%s", _("there is no rule to search with"));
		return err_exit_status(
			ruleset_problems(hunt->ruleset, &problem) > 0 ? ERR_FORMAT : ERR_NOT_FOUND);
	}
	hunt->session = detect_session_new(hunt->ruleset);
	return -1;
}

static void hunt_files(struct hunt *hunt)
{
	const struct hunt_files *files = &hunt->files;
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
	/* Results before the summary, where both go to one place. */
	fflush(stdout);
	if (!hunt->quiet)
		say_summary(hunt, (double)(clock_monotonic_us() - start) / 1e6);
}

/*
 * Something found is an answer whatever could not be read; that nothing was
 * found is one only where all was read.
 */
static int exit_status(const struct hunt *hunt)
{
	for (size_t level = hunt->fail_level; level > LEVEL_NONE && level <= LEVEL_CRITICAL;
	     level++) {
		if (hunt->found[level] > 0)
			return 1;
	}
	if (hunt->failed)
		return hunt->failed;
	return hunt->lost > 0 ? err_exit_status(ERR_FORMAT) : 0;
}

/* Returns -1, or the exit status of a wrong call. */
static int parse_options(const struct command *command, int argc, char **argv, struct hunt *hunt,
			 int *ret_count)
{
	const char *output = NULL, *level[2] = { NULL, NULL };
	enum rule_level *const to[2] = { &hunt->min_level, &hunt->fail_level };
	bool json = false;
	const struct option option[] = {
		{ "--rules", .words = &hunt->rules },	{ "--output", .value = &output },
		{ "--min-level", .value = &level[0] },	{ "--json", .flag = &json },
		{ "--fail-level", .value = &level[1] }, { "--quiet", .flag = &hunt->quiet },
	};
	const int status = options_take(command, argc, argv, option, sizeof option / sizeof *option,
					ret_count);

	if (status >= 0)
		return status;
	if (output && strcmp(output, "table") != 0 && strcmp(output, "ndjson") != 0)
		return command_misuse(command, _("--output is table or ndjson, not '%s'"), output);
	hunt->ndjson = json || (output && strcmp(output, "ndjson") == 0);
	for (size_t i = 0; i < 2; i++) {
		if (level[i] && !rule_level_parse(sv_from(level[i]), to[i]))
			return command_misuse(command, _("'%s' is no level"), level[i]);
	}
	if (*ret_count == 0)
		return command_misuse(command, "%s", _("which files? (- is standard input)"));
	return -1;
}

int hunt_run(const struct command *command, int argc, char **argv)
{
	struct hunt hunt = { .colour = use_colour(stdout) };
	int count = 0;
	int status = parse_options(command, argc, argv, &hunt, &count);

	if (status >= 0)
		return status;
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, HUNT_OUTPUT_BYTES);
	buf_init(&hunt.line, 4 * (size_t)EVENT_BYTES_MAX);
	buf_init(&hunt.event, 2 * (size_t)EVENT_BYTES_MAX);
	status = load_rules(&hunt);
	if (status < 0) {
		for (int i = 1; i <= count; i++)
			add_argument(&hunt, argv[i]);
		hunt_files(&hunt);
		status = exit_status(&hunt);
	}
	detect_session_free(hunt.session);
	ruleset_unref(hunt.ruleset);
	for (size_t i = 0; i < hunt.files.count; i++)
		free(hunt.files.path[i]);
	free(hunt.files.path);
	buf_done(&hunt.event);
	buf_done(&hunt.line);
	return status;
}
