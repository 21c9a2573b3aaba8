/* hikeshi rule check|test|explain: for people who write rules. */
#include "cli/cli.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define RULE_PATHS_MAX 64
#define SAMPLE_FILE_MAX (8U << 20)
#define REASONS_MEMORY_MAX (8U << 20)

static const char *problem_name(enum rule_problem_kind kind)
{
	switch (kind) {
	case PROBLEM_NOT_COMPILED:
		return "not_compiled";
	case PROBLEM_NOT_LOADED:
		return "not_loaded";
	case PROBLEM_SKIPPED:
		return "skipped";
	case PROBLEM_WARNING:
		return "warning";
	}
	return "unknown";
}

static const char *problem_text(enum rule_problem_kind kind)
{
	switch (kind) {
	case PROBLEM_NOT_COMPILED:
		return _("does not compile");
	case PROBLEM_NOT_LOADED:
		return _("not loaded");
	case PROBLEM_SKIPPED:
		return _("skipped");
	case PROBLEM_WARNING:
		return _("warning");
	}
	return "";
}

static void put_member(struct buf *line, const char *name, struct sv text)
{
	buf_printf(line, "%s\"%s\":", line->n > 1 ? "," : "", name);
	buf_put_json(line, text);
}

static void print_line(struct buf *line)
{
	buf_put_sv(line, SV("}\n"));
	fwrite(line->p, 1, line->n, stdout);
	buf_clear(line);
	buf_put_char(line, '{');
}

static void print_problem(struct buf *line, bool json, const struct rule_problem *problem)
{
	if (!json) {
		printf("%.*s:%u:%u: %s: %.*s\n", SV_ARG(problem->file), problem->line,
		       problem->column, problem_text(problem->kind), SV_ARG(problem->reason));
		return;
	}
	put_member(line, "file", problem->file);
	buf_printf(line, ",\"line\":%u,\"column\":%u", problem->line, problem->column);
	put_member(line, "kind", sv_from(problem_name(problem->kind)));
	put_member(line, "title", problem->title);
	put_member(line, "reason", problem->reason);
	print_line(line);
}

/* Paths and --json, common to the commands here. Returns -1 or an exit status. */
static int parse_paths(const struct command *command, int argc, char **argv, bool *ret_json,
		       int *ret_at)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
		if (strcmp(argv[at], "--") == 0) {
			at++;
			break;
		}
		if (!option_flag(argv, &at, "--json"))
			return command_misuse(command, _("there is no option '%s'"), argv[at]);
		*ret_json = true;
	}
	if (at == argc)
		return command_misuse(command, "%s", _("which files or folders?"));
	*ret_at = at;
	return -1;
}

int rule_check_run(const struct command *command, int argc, char **argv)
{
	size_t count[PROBLEM_WARNING + 1] = { 0 };
	const struct rule_problem *problem;
	struct ruleset *ruleset;
	struct err err = ERR_INIT;
	struct buf line;
	bool json = false;
	int at = 0;
	const int misuse = parse_paths(command, argc, argv, &json, &at);

	if (misuse >= 0)
		return misuse;
	ruleset = ruleset_load(&(struct ruleset_options){
		.path = (const char *const *)&argv[at], .path_count = (size_t)(argc - at),
	}, &err);
	if (!ruleset)
		return command_failed(&err);
	buf_init(&line, 1U << 20);
	buf_put_char(&line, '{');
	const size_t n = ruleset_problems(ruleset, &problem);
	for (size_t i = 0; i < n; i++) {
		print_problem(&line, json, &problem[i]);
		count[problem[i].kind]++;
	}
	if (!json)
		printf(_("%zu rules compile; %zu do not; %zu not loaded; %zu skipped; %zu warnings\n"),
		       ruleset_count(ruleset), count[PROBLEM_NOT_COMPILED],
		       count[PROBLEM_NOT_LOADED], count[PROBLEM_SKIPPED], count[PROBLEM_WARNING]);
	buf_done(&line);
	ruleset_unref(ruleset);
	return count[PROBLEM_NOT_COMPILED] > 0 ? err_exit_status(ERR_FORMAT) : 0;
}

/* ---- samples ---- */

struct sample_test {
	bool json;
	struct buf line;
	struct event_decoder *decoder;
	struct ruleset *ruleset; /* of the rule under test alone */
	struct detect_session *session;
	const char *file;        /* shown with a result */
	char samples[PATH_MAX];  /* file of the rule under test */
	uint64_t passed, failed, rules, without;
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

static void sample_result(struct sample_test *test, uint64_t number, bool good, const char *why)
{
	if (good)
		test->passed++;
	else
		test->failed++;
	if (test->json) {
		buf_clear(&test->line);
		buf_put_char(&test->line, '{');
		put_member(&test->line, "file", sv_from(test->file));
		buf_printf(&test->line, ",\"line\":%" PRIu64 ",\"passed\":%s", number,
			   good ? "true" : "false");
		put_member(&test->line, "reason", sv_from(why));
		print_line(&test->line);
	} else if (!good) {
		printf("%s:%" PRIu64 ": %s\n", test->file, number, why);
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
		sample_result(test, number, false,
			      _("not of the form {\"expect\": true|false, \"event\": {…}}"));
		return;
	}
	if (event_decode_any(test->decoder, text, &event, &err) < 0) {
		sample_result(test, number, false, err.text);
		return;
	}
	const bool matches = detect_event(test->session, &event, &match) > 0;
	sample_result(test, number, matches == expect,
		      matches == expect ? "" : expect ? _("should match, but does not")
						     : _("should not match, but does"));
}

static int test_rule(struct sample_test *test, const char *rule, struct err *err)
{
	const char *const path[] = { rule };
	const size_t stem = strlen(rule) - strlen(".yml");
	struct buf bytes;
	struct sv rest;
	uint64_t number = 0;

	snprintf(test->samples, sizeof test->samples, "%.*s.test.ndjson", (int)stem, rule);
	test->file = test->samples;
	buf_init(&bytes, SAMPLE_FILE_MAX);
	test->rules++;
	if (file_read(test->samples, &bytes, err) < 0) {
		buf_done(&bytes);
		if (err->code != ERR_NOT_FOUND)
			return -1;
		test->without++;
		test->file = rule;
		sample_result(test, 1, false, _("no samples beside the rule (NAME.test.ndjson)"));
		return 0;
	}
	test->ruleset = ruleset_load(&(struct ruleset_options){ .path = path, .path_count = 1 }, err);
	if (!test->ruleset || ruleset_count(test->ruleset) == 0) {
		const struct rule_problem *problem;

		if (!test->ruleset) {
			buf_done(&bytes);
			return -1;
		}
		test->file = rule;
		if (ruleset_problems(test->ruleset, &problem) > 0)
			sample_result(test, problem->line, false, problem->reason.p);
	} else {
		test->session = detect_session_new(test->ruleset);
		rest = buf_sv(&bytes);
		while (rest.n > 0) {
			const struct sv line = sv_trim(sv_cut(&rest, '\n'));

			number++;
			if (line.n > 0)
				test_sample(test, number, line);
		}
		detect_session_free(test->session);
		test->session = NULL;
	}
	ruleset_unref(test->ruleset);
	test->ruleset = NULL;
	buf_done(&bytes);
	return 0;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int test_rules(struct sample_test *test, char *const *paths, struct err *err)
{
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, compare_names);
	int result = 0;

	if (!tree)
		return err_errno(err, errno, "opening the rules");
	for (FTSENT *entry = fts_read(tree); entry && result == 0; entry = fts_read(tree)) {
		if (entry->fts_info == FTS_F && sv_ends(sv_from(entry->fts_path), SV(".yml")))
			result = test_rule(test, entry->fts_path, err);
		else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR)
			result = err_errno(err, entry->fts_errno, "reading %s", entry->fts_path);
	}
	fts_close(tree);
	return result;
}

int rule_test_run(const struct command *command, int argc, char **argv)
{
	struct sample_test test = { 0 };
	struct err err = ERR_INIT;
	int at = 0, status = 0;
	const int misuse = parse_paths(command, argc, argv, &test.json, &at);

	if (misuse >= 0)
		return misuse;
	buf_init(&test.line, 1U << 20);
	test.decoder = event_decoder_new();
	if (test_rules(&test, &argv[at], &err) < 0)
		status = command_failed(&err);
	else if (test.failed > 0 || test.rules == 0)
		status = err_exit_status(ERR_FORMAT);
	if (!test.json)
		printf(_("%" PRIu64 " rules, %" PRIu64 " samples as expected, %" PRIu64 " not\n"),
		       test.rules, test.passed, test.failed);
	event_decoder_free(test.decoder);
	buf_done(&test.line);
	return status;
}

/* ---- explain ---- */

static void explain_plain(const struct rule *rule, uint64_t record, bool matches,
			  const struct detect_reason *reason, size_t count)
{
	printf("%s %" PRIu64 ": %.*s: %s\n", _("event"), record, SV_ARG(rule->title),
	       matches ? _("matches") : _("does not match"));
	for (size_t i = 0; i < count; i++) {
		printf("  %s %.*s  %.*s%s%.*s: '%.*s'", reason[i].matched ? "✓" : "✗",
		       SV_ARG(reason[i].selection), SV_ARG(reason[i].field),
		       reason[i].modifiers.n ? "|" : "", SV_ARG(reason[i].modifiers),
		       SV_ARG(reason[i].pattern));
		if (reason[i].value.p)
			printf("  ← '%.*s'", SV_ARG(sv_slice(reason[i].value, 0, 200)));
		else
			printf("  ← %s", _("(absent)"));
		putchar('\n');
	}
}

static void explain_json(struct buf *line, const struct rule *rule, uint64_t record, bool matches,
			 const struct detect_reason *reason, size_t count)
{
	put_member(line, "rule", rule->id);
	buf_printf(line, ",\"record\":%" PRIu64 ",\"matches\":%s,\"reasons\":[", record,
		   matches ? "true" : "false");
	for (size_t i = 0; i < count; i++) {
		buf_printf(line, "%s{\"matched\":%s,\"selection\":", i ? "," : "",
			   reason[i].matched ? "true" : "false");
		buf_put_json(line, reason[i].selection);
		put_member(line, "field", reason[i].field);
		put_member(line, "modifiers", reason[i].modifiers);
		put_member(line, "pattern", reason[i].pattern);
		if (reason[i].value.p)
			put_member(line, "value", reason[i].value);
		buf_put_char(line, '}');
	}
	buf_put_char(line, ']');
	print_line(line);
}

static void explain_event(struct detect_session *session, const struct ruleset *ruleset,
			  const struct event *event, uint64_t record, bool json,
			  struct arena *arena, struct buf *line)
{
	for (size_t i = 0; i < ruleset_count(ruleset); i++) {
		const struct detect_reason *reason;
		size_t count;
		const bool matches = detect_explain(session, i, event, arena, &reason, &count);

		if (json)
			explain_json(line, ruleset_rule(ruleset, i), record, matches, reason, count);
		else
			explain_plain(ruleset_rule(ruleset, i), record, matches, reason, count);
		arena_clear(arena);
	}
}

int rule_explain_run(const struct command *command, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = NULL;
	struct ruleset *ruleset;
	struct detect_session *session;
	struct arena *arena;
	struct event event;
	struct buf line;
	uint64_t record;
	bool json = false;
	int at = 0, got, status = 0;
	const int misuse = parse_paths(command, argc, argv, &json, &at);

	if (misuse >= 0)
		return misuse;
	if (argc - at != 2)
		return command_misuse(command, "%s", _("one rule and one file of events, please"));
	ruleset = ruleset_load(&(struct ruleset_options){
		.path = (const char *const *)&argv[at], .path_count = 1,
		.with_deprecated = true, .all_logsources = true,
	}, &err);
	if (ruleset)
		reader = event_reader_open(argv[at + 1], EVENT_FORMAT_AUTO, &err);
	if (!reader) {
		ruleset_unref(ruleset);
		return command_failed(&err);
	}
	session = detect_session_new(ruleset);
	arena = arena_new(REASONS_MEMORY_MAX);
	buf_init(&line, REASONS_MEMORY_MAX);
	buf_put_char(&line, '{');
	while ((got = event_reader_next(reader, &event, &record, &err)) != 0) {
		if (got < 0)
			status = command_failed(&err);
		else
			explain_event(session, ruleset, &event, record, json, arena, &line);
	}
	buf_done(&line);
	arena_free(arena);
	detect_session_free(session);
	event_reader_close(reader);
	ruleset_unref(ruleset);
	return status;
}
