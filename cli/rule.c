/* hikeshi rule check|test|explain: for people who write rules. */
#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"

#define SAMPLE_FILE_MAX (8U << 20)
#define REASONS_MEMORY_MAX (8U << 20)
#define VALUE_SHOWN 200		  /* bytes of an event's value in plain text */
#define RULE_LINE_MAX (64U << 20) /* one line of output */

static int no_rules(void)
{
	say("%s", _("there is no rule (*.yml)"));
	return err_exit_status(ERR_NOT_FOUND);
}

static const char *problem_name(enum rule_problem_kind kind)
{
	switch (kind) {
	case PROBLEM_NOT_COMPILED: return "not_compiled";
	case PROBLEM_NOT_LOADED: return "not_loaded";
	case PROBLEM_SKIPPED: return "skipped";
	case PROBLEM_WARNING: return "warning";
	}
	return "unknown";
}

static const char *problem_text(enum rule_problem_kind kind)
{
	switch (kind) {
	case PROBLEM_NOT_COMPILED: return _("does not compile");
	case PROBLEM_NOT_LOADED: return _("not loaded");
	case PROBLEM_SKIPPED: return _("skipped");
	case PROBLEM_WARNING: return _("warning");
	}
	return "";
}

/* A member of the object that line holds so far. */
static void put_member(struct buf *line, const char *name, struct sv text)
{
	buf_printf(line, "%s\"%s\":", line->n > 1 ? "," : "", name);
	buf_put_json(line, text);
}

static void begin_object(struct buf *line)
{
	buf_clear(line);
	buf_put_char(line, '{');
}

static void print_object(struct buf *line)
{
	buf_put_sv(line, SV("}\n"));
	write_json(buf_sv(line));
}

static void print_problem(struct buf *line, bool json, const struct rule_problem *problem)
{
	if (!json) {
		print_line("%.*s:%u:%u: %s: %.*s", SV_ARG(problem->file), problem->line,
			   problem->column, problem_text(problem->kind), SV_ARG(problem->reason));
		return;
	}
	begin_object(line);
	put_member(line, "file", problem->file);
	buf_printf(line, ",\"line\":%u,\"column\":%u", problem->line, problem->column);
	put_member(line, "kind", sv_from(problem_name(problem->kind)));
	put_member(line, "title", problem->title);
	put_member(line, "reason", problem->reason);
	print_object(line);
}

/* Paths and --json, common to the commands here. Returns -1 or an exit status. */
static int parse_paths(const struct command *command, int argc, char **argv, bool *ret_json,
		       int *ret_count)
{
	const struct option option[] = { { "--json", .flag = ret_json } };
	const int status = options_take(command, argc, argv, option, 1, ret_count);

	if (status >= 0)
		return status;
	return *ret_count > 0 ? -1 : command_misuse(command, "%s", _("which files or folders?"));
}

/* A path that cannot be read is not there, whatever the system says. */
static int rules_failed(const struct err *err)
{
	command_failed(err);
	return err_exit_status(err->code == ERR_IO ? ERR_NOT_FOUND : err->code);
}

int rule_check_run(const struct command *command, int argc, char **argv)
{
	size_t count[PROBLEM_WARNING + 1] = { 0 };
	const struct rule_problem *problem;
	struct ruleset *ruleset;
	struct err err = ERR_INIT;
	struct buf line;
	bool json = false;
	int paths = 0, status = 0;
	const int misuse = parse_paths(command, argc, argv, &json, &paths);

	if (misuse >= 0)
		return misuse;
	ruleset = ruleset_load(
		&(struct ruleset_options){
			.path = (const char *const *)&argv[1],
			.path_count = (size_t)paths,
		},
		&err);
	if (!ruleset)
		return rules_failed(&err);
	buf_init(&line, RULE_LINE_MAX);
	const size_t n = ruleset_problems(ruleset, &problem);
	for (size_t i = 0; i < n; i++) {
		print_problem(&line, json, &problem[i]);
		count[problem[i].kind]++;
	}
	if (!json)
		print_line(
			_("%zu rules compile; %zu do not; %zu not loaded; %zu skipped; %zu warnings"),
			ruleset_count(ruleset), count[PROBLEM_NOT_COMPILED],
			count[PROBLEM_NOT_LOADED], count[PROBLEM_SKIPPED], count[PROBLEM_WARNING]);
	if (count[PROBLEM_NOT_COMPILED] > 0)
		status = err_exit_status(ERR_FORMAT);
	else if (n == 0 && ruleset_count(ruleset) == 0)
		status = no_rules();
	buf_done(&line);
	ruleset_unref(ruleset);
	return status;
}

/* ---- samples ---- */

struct sample_test {
	bool json;
	struct buf line;
	struct event_decoder *decoder;
	struct detect_session *session; /* of the rule under test alone */
	const char *file;		/* shown with a result */
	char samples[PATH_MAX];		/* file of the rule under test */
	uint64_t passed, failed, rules;
};

/*
 * Cuts a sample line into its verdict and its event. The form is fixed:
 * {"expect": true|false, "event": {…}}
 */
static bool cut_sample(struct sv line, bool *ret_expect, struct sv *ret_event)
{
	const size_t expect = sv_find(line, SV("\"expect\":"), 0);
	const size_t event = sv_find(line, SV("\"event\":"), 0);
	struct sv verdict;

	if (expect == SIZE_MAX || event == SIZE_MAX || expect > event)
		return false;
	verdict = sv_trim(sv_slice(line, expect + strlen("\"expect\":"), event));
	if (sv_ends(verdict, SV(",")))
		verdict = sv_trim(sv_slice(verdict, 0, verdict.n - 1));
	line = sv_trim(sv_slice(line, event + strlen("\"event\":"), line.n));
	if (!sv_ends(line, SV("}")))
		return false;
	*ret_event = sv_trim(sv_slice(line, 0, line.n - 1));
	*ret_expect = sv_eq(verdict, SV("true"));
	return *ret_expect || sv_eq(verdict, SV("false"));
}

static void sample_result(struct sample_test *test, uint64_t number, bool good, struct sv why)
{
	if (good)
		test->passed++;
	else
		test->failed++;
	if (test->json) {
		begin_object(&test->line);
		put_member(&test->line, "file", sv_from(test->file));
		buf_printf(&test->line, ",\"line\":%" PRIu64 ",\"passed\":%s", number,
			   good ? "true" : "false");
		put_member(&test->line, "reason", why);
		print_object(&test->line);
	} else if (!good) {
		print_line("%s:%" PRIu64 ": %.*s", test->file, number, SV_ARG(why));
	}
}

static void test_sample(struct sample_test *test, uint64_t number, struct sv line)
{
	struct event event;
	struct err err = ERR_INIT;
	struct sv text;
	bool expect;
	const uint32_t *match;

	if (!cut_sample(line, &expect, &text)) {
		sample_result(
			test, number, false,
			sv_from(_("not of the form {\"expect\": true|false, \"event\": {…}}")));
		return;
	}
	if (event_decode_any(test->decoder, text, &event, &err) < 0) {
		sample_result(test, number, false, sv_from(err.text));
		return;
	}
	const bool matches = detect_event(test->session, &event, &match) > 0;
	sample_result(test, number, matches == expect,
		      sv_from(matches == expect ? ""
			      : expect		? _("should match, but does not")
						: _("should not match, but does")));
}

static void test_samples(struct sample_test *test, struct ruleset *ruleset, struct sv rest)
{
	const uint64_t before = test->passed + test->failed;
	uint64_t number = 0;

	test->session = detect_session_new(ruleset);
	while (rest.n > 0) {
		const struct sv line = sv_trim(sv_cut(&rest, '\n'));

		number++;
		if (line.n > 0)
			test_sample(test, number, line);
	}
	if (test->passed + test->failed == before)
		sample_result(test, 1, false, sv_from(_("no samples in the file")));
	detect_session_free(test->session);
}

/* Why a file gives no rule: its first error, or whatever else there is to tell. */
static void no_rule_result(struct sample_test *test, const char *rule,
			   const struct ruleset *ruleset)
{
	const struct rule_problem *problem, *first = NULL;
	const size_t count = ruleset_problems(ruleset, &problem);

	for (size_t i = 0; i < count; i++) {
		if (!first || (first->kind != PROBLEM_NOT_COMPILED &&
			       problem[i].kind == PROBLEM_NOT_COMPILED))
			first = &problem[i];
	}
	test->file = rule;
	sample_result(test, first ? first->line : 1, false,
		      first ? first->reason : sv_from(_("no rule in the file")));
}

static void test_rule(struct sample_test *test, const char *rule)
{
	const size_t stem = (size_t)(strrchr(rule, '.') - rule);
	struct err err = ERR_INIT;
	struct ruleset *ruleset;
	struct buf bytes;

	test->rules++;
	test->file = rule;
	snprintf(test->samples, sizeof test->samples, "%.*s.test.ndjson", (int)stem, rule);
	buf_init(&bytes, SAMPLE_FILE_MAX);
	ruleset = ruleset_load(&(struct ruleset_options){ .path = &rule, .path_count = 1 }, &err);
	if (!ruleset) {
		sample_result(test, 1, false, sv_from(err.text));
	} else if (ruleset_count(ruleset) == 0) {
		no_rule_result(test, rule, ruleset);
	} else if (file_read(test->samples, &bytes, &err) < 0) {
		sample_result(test, 1, false,
			      sv_from(err.code == ERR_NOT_FOUND
					      ? _("no samples beside the rule (NAME.test.ndjson)")
					      : err.text));
	} else {
		test->file = test->samples;
		test_samples(test, ruleset, buf_sv(&bytes));
	}
	ruleset_unref(ruleset);
	buf_done(&bytes);
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_rule(const char *path)
{
	return sv_ends(sv_from(path), SV(".yml")) || sv_ends(sv_from(path), SV(".yaml"));
}

/* Returns the exit status of a path that could not be read, or 0. */
static int test_rules(struct sample_test *test, char *const *paths)
{
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, compare_names);
	int status = 0;

	if (!tree) {
		say("%s", strerror(errno));
		return err_exit_status(ERR_NOT_FOUND);
	}
	for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
		if (entry->fts_info == FTS_F && is_rule(entry->fts_path)) {
			test_rule(test, entry->fts_path);
		} else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR ||
			   entry->fts_info == FTS_ERR) {
			say("%s: %s", entry->fts_path, strerror(entry->fts_errno));
			status = err_exit_status(ERR_NOT_FOUND);
		}
	}
	fts_close(tree);
	return status;
}

int rule_test_run(const struct command *command, int argc, char **argv)
{
	struct sample_test test = { 0 };
	int paths = 0, status;
	const int misuse = parse_paths(command, argc, argv, &test.json, &paths);

	if (misuse >= 0)
		return misuse;
	argv[1 + paths] = NULL;
	buf_init(&test.line, RULE_LINE_MAX);
	test.decoder = event_decoder_new();
	status = test_rules(&test, &argv[1]);
	if (status == 0 && test.rules == 0)
		status = no_rules();
	if (test.failed > 0)
		status = err_exit_status(ERR_FORMAT);
	if (!test.json)
		print_line(_("%" PRIu64 " rules, %" PRIu64 " samples as expected, %" PRIu64 " not"),
			   test.rules, test.passed, test.failed);
	event_decoder_free(test.decoder);
	buf_done(&test.line);
	return status;
}

/* ---- explain ---- */

struct explain {
	bool json;
	struct ruleset *ruleset;
	struct detect_session *session;
	struct arena *arena;
	struct buf line;
};

static void explain_plain(const struct rule *rule, uint64_t record, bool matches,
			  const struct detect_reason *reason, size_t count)
{
	const struct sv title =
		text_is_japanese() && rule->title_ja.n > 0 ? rule->title_ja : rule->title;

	print_line("%s %" PRIu64 ": %.*s: %s", _("event"), record, SV_ARG(title),
		   matches ? _("matches") : _("does not match"));
	for (size_t i = 0; i < count; i++) {
		const struct sv value = sv_slice(reason[i].value, 0, VALUE_SHOWN);
		const char *quote = reason[i].value.p ? "'" : "";

		print_line("  %s %.*s  %.*s%s%.*s: '%.*s'  ← %s%.*s%s",
			   reason[i].matched ? "✓" : "✗", SV_ARG(reason[i].selection),
			   SV_ARG(reason[i].field), reason[i].modifiers.n ? "|" : "",
			   SV_ARG(reason[i].modifiers), SV_ARG(reason[i].pattern), quote,
			   reason[i].value.p ? (int)value.n : INT_MAX,
			   reason[i].value.p ? value.p : _("(absent)"), quote);
	}
}

static void explain_json(struct buf *line, const struct rule *rule, uint64_t record, bool matches,
			 const struct detect_reason *reason, size_t count)
{
	begin_object(line);
	put_member(line, "rule", rule->id);
	buf_printf(line, ",\"record\":%" PRIu64 ",\"matches\":%s,\"reasons\":[", record,
		   matches ? "true" : "false");
	for (size_t i = 0; i < count; i++) {
		buf_printf(line, "%s{\"matched\":%s", i ? "," : "",
			   reason[i].matched ? "true" : "false");
		put_member(line, "selection", reason[i].selection);
		put_member(line, "field", reason[i].field);
		put_member(line, "modifiers", reason[i].modifiers);
		put_member(line, "pattern", reason[i].pattern);
		if (reason[i].value.p)
			put_member(line, "value", reason[i].value);
		buf_put_char(line, '}');
	}
	buf_put_char(line, ']');
	print_object(line);
}

static void explain_event(struct explain *explain, const struct event *event, uint64_t record)
{
	for (size_t i = 0; i < ruleset_count(explain->ruleset); i++) {
		const struct rule *rule = ruleset_rule(explain->ruleset, i);
		const struct detect_reason *reason;
		size_t count;
		const bool matches =
			detect_explain(explain->session, i, event, explain->arena, &reason, &count);

		if (explain->json)
			explain_json(&explain->line, rule, record, matches, reason, count);
		else
			explain_plain(rule, record, matches, reason, count);
		arena_clear(explain->arena);
	}
}

static int explain_events(struct explain *explain, const char *path)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	struct event event;
	uint64_t record;
	int got, status = 0;

	if (!reader)
		return rules_failed(&err);
	explain->session = detect_session_new(explain->ruleset);
	explain->arena = arena_new(REASONS_MEMORY_MAX);
	buf_init(&explain->line, RULE_LINE_MAX);
	while ((got = event_reader_next(reader, &event, &record, &err)) != 0) {
		if (got > 0) {
			explain_event(explain, &event, record);
			continue;
		}
		command_failed(&err);
		status = err_exit_status(ERR_FORMAT);
	}
	buf_done(&explain->line);
	arena_free(explain->arena);
	detect_session_free(explain->session);
	event_reader_close(reader);
	return status;
}

int rule_explain_run(const struct command *command, int argc, char **argv)
{
	struct explain explain = { 0 };
	const struct rule_problem *problem;
	struct err err = ERR_INIT;
	int words = 0, status = 0;
	const int misuse = parse_paths(command, argc, argv, &explain.json, &words);

	if (misuse >= 0)
		return misuse;
	if (words != 2)
		return command_misuse(command, "%s", _("one rule and one file of events, please"));
	explain.ruleset = ruleset_load(
		&(struct ruleset_options){
			.path = (const char *const *)&argv[1],
			.path_count = 1,
			.with_deprecated = true,
			.all_logsources = true,
		},
		&err);
	if (!explain.ruleset)
		return rules_failed(&err);
	const size_t n = ruleset_problems(explain.ruleset, &problem);
	for (size_t i = 0; i < n; i++) {
		if (problem[i].kind != PROBLEM_NOT_COMPILED)
			continue;
		say("%.*s:%u:%u: %.*s", SV_ARG(problem[i].file), problem[i].line, problem[i].column,
		    SV_ARG(problem[i].reason));
		status = err_exit_status(ERR_FORMAT);
	}
	if (ruleset_count(explain.ruleset) > 0) {
		const int events = explain_events(&explain, argv[2]);

		status = events ? events : status;
	} else if (status == 0) {
		status = no_rules();
	}
	ruleset_unref(explain.ruleset);
	return status;
}
