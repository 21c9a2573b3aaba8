/* hikeshi rule test|explain: for people who write rules. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/hunt.h"
#include "cli/rule.h"

#define SAMPLE_FILE_MAX (8U << 20)
#define REASONS_MEMORY_MAX (8U << 20)

/* ---- samples ---- */

struct sample_test {
	bool json;
	struct buf line;
	struct event_decoder *decoder;
	struct ruleset *ruleset; /* the rule under test, with those of its file */
	struct detect_session *session;
	const char *file;	/* shown with a result */
	char samples[PATH_MAX]; /* file of the rule under test */
	uint64_t passed, failed, rules;
};

/* The place of a member's value in an object of this form, or SIZE_MAX. */
static size_t member_at(struct sv line, struct sv name)
{
	const size_t at = sv_find(line, name, 0);

	return at == SIZE_MAX ? SIZE_MAX : at + name.n;
}

/*
 * Cuts a sample line into its verdict and its event, or its list of events. The
 * form is fixed: {"expect": true|false, "event": {…}} or "events": [{…}, …]
 */
static bool cut_sample(struct sv line, bool *ret_expect, struct sv *ret_event, bool *ret_many)
{
	const size_t expect = member_at(line, SV("\"expect\":"));
	const size_t one = member_at(line, SV("\"event\":")),
		     many = member_at(line, SV("\"events\":"));
	const size_t event = many < one ? many : one;
	struct sv verdict;

	if (expect == SIZE_MAX || event == SIZE_MAX || expect > event)
		return false;
	*ret_many = many < one;
	verdict = sv_slice(line, expect, event - (*ret_many ? 9 : 8));
	verdict = sv_trim(verdict);
	if (sv_ends(verdict, SV(",")))
		verdict = sv_trim(sv_slice(verdict, 0, verdict.n - 1));
	line = sv_trim(sv_slice(line, event, line.n));
	if (!sv_ends(line, SV("}")))
		return false;
	*ret_event = sv_trim(sv_slice(line, 0, line.n - 1));
	*ret_expect = sv_eq(verdict, SV("true"));
	return *ret_expect || sv_eq(verdict, SV("false"));
}

/* Cuts the next object off a list of them; SV_NONE at its end. */
static struct sv next_object(struct sv *rest)
{
	const size_t from = sv_find_char(*rest, '{', 0);
	size_t depth = 0;
	bool in_text = false;

	for (size_t i = from; i < rest->n; i++) {
		const char c = rest->p[i];

		if (in_text) {
			i += c == '\\';
			in_text = c != '"';
		} else if (c == '"') {
			in_text = true;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			const struct sv object = sv_slice(*rest, from, i + 1);

			*rest = sv_slice(*rest, i + 1, rest->n);
			return object;
		}
	}
	return SV_NONE;
}

static void sample_result(struct sample_test *test, uint64_t number, bool good, struct sv why)
{
	if (good)
		test->passed++;
	else
		test->failed++;
	if (test->json) {
		rule_begin_object(&test->line);
		rule_put_member(&test->line, "file", sv_from(test->file));
		buf_printf(&test->line, ",\"line\":%" PRIu64 ",\"passed\":%s", number,
			   good ? "true" : "false");
		rule_put_member(&test->line, "reason", why);
		rule_print_object(&test->line);
	} else if (!good) {
		print_line("%s:%" PRIu64 ": %.*s", test->file, number, SV_ARG(why));
	}
}

/* Whether a rule that alerts by itself matches. */
static bool alerts(const struct sample_test *test, const struct event *event)
{
	const uint32_t *match;
	const size_t count = detect_event(test->session, event, &match);

	for (size_t i = 0; i < count; i++)
		if (!ruleset_rule(test->ruleset, match[i])->quiet)
			return true;
	return false;
}

/* A sequence of events, in order; whether a correlation has a hit. -1: one cannot be read. */
static int correlates(struct sample_test *test, struct sv rest, struct err *err)
{
	struct correlator *correlator = correlator_new(
		test->ruleset, &(struct correlator_options){ .late_seconds = INT64_MAX });
	const struct correlation_hit *hit;
	size_t hits = 0, more;
	uint64_t number = 0;
	int status = 0;

	for (struct sv object = next_object(&rest); object.p && status == 0;
	     object = next_object(&rest)) {
		struct event event;
		const uint32_t *match;
		size_t count;

		status = event_decode_any(test->decoder, object, &event, err);
		if (status < 0)
			break;
		count = detect_event(test->session, &event, &match);
		hits += correlator_event(correlator, &event,
					 (struct correlation_reference){ { 0, ++number } }, match,
					 count, &hit);
	}
	while ((more = correlator_finish(correlator, &hit)) > 0)
		hits += more;
	correlator_free(correlator);
	return status < 0 ? -1 : hits > 0;
}

static void test_sample(struct sample_test *test, uint64_t number, struct sv line)
{
	struct event event;
	struct err err = ERR_INIT;
	struct sv text;
	bool expect, is_many;
	int matches;

	if (!cut_sample(line, &expect, &text, &is_many)) {
		sample_result(
			test, number, false,
			sv_from(_("not of the form {\"expect\": true|false, \"event\": {…}}")));
		return;
	}
	if (is_many)
		matches = correlates(test, text, &err);
	else if (event_decode_any(test->decoder, text, &event, &err) < 0)
		matches = -1;
	else
		matches = alerts(test, &event);
	if (matches < 0) {
		sample_result(test, number, false, sv_from(err.text));
		return;
	}
	sample_result(test, number, matches == expect,
		      sv_from(matches == expect ? ""
			      : expect		? _("should match, but does not")
						: _("should not match, but does")));
}

static void test_samples(struct sample_test *test, struct ruleset *ruleset, struct sv rest)
{
	const uint64_t before = test->passed + test->failed;
	uint64_t number = 0;

	test->ruleset = ruleset;
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

static void test_rule(void *context, const char *rule)
{
	struct sample_test *test = context;
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

int rule_test_run(const struct command *command, int argc, char **argv)
{
	struct sample_test test = { 0 };
	int paths = 0, status;
	const int misuse = rule_parse_paths(command, argc, argv, &test.json, &paths);

	if (misuse >= 0)
		return misuse;
	argv[1 + paths] = NULL;
	buf_init(&test.line, RULE_LINE_MAX);
	test.decoder = event_decoder_new();
	status = rule_walk(&argv[1], test_rule, &test);
	if (status == 0 && test.rules == 0)
		status = rule_none();
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
	struct correlator *correlator; /* NULL: the file has no correlation */
	struct arena *arena;
	struct buf line;
};

/* "windows/process_creation/sysmon", with - for what is open. */
static void put_logsource(struct buf *line, struct sv product, struct sv category,
			  struct sv service)
{
	const struct sv part[] = { product, category, service };

	for (size_t i = 0; i < 3; i++) {
		buf_put_sv(line, i ? SV("/") : SV(""));
		put_clean(line, part[i].n > 0 ? part[i] : SV("-"));
	}
}

/* An event of another logsource is not even looked at by the rule. */
static bool reaches(const struct rule *rule, const struct event *event)
{
	return event_logsource_fits(&event->envelope, rule->product, rule->category, rule->service);
}

static void explain_plain(struct buf *line, const struct rule *rule, const struct event *event,
			  uint64_t record, bool matches, const struct detect_reason *reason,
			  size_t count)
{
	buf_clear(line);
	buf_printf(line, "%s %" PRIu64 ": ", _("event"), record);
	put_clean(line, hunt_title(rule));
	buf_printf(line, ": %s\n", matches ? _("matches") : _("does not match"));
	if (!matches && !reaches(rule, event)) {
		buf_printf(line, "  ✗ %s: ", _("logsource"));
		put_logsource(line, rule->product, rule->category, rule->service);
		buf_put_sv(line, SV("  ← "));
		put_logsource(line, event->envelope.product, event->envelope.category,
			      event->envelope.service);
		buf_put_char(line, '\n');
	}
	for (size_t i = 0; i < count; i++) {
		buf_put_sv(line, SV("  "));
		hunt_put_reason(line, &reason[i]);
		buf_put_char(line, '\n');
	}
	fwrite(line->p, 1, line->n, stdout);
}

static void explain_json(struct buf *line, const struct rule *rule, const struct event *event,
			 uint64_t record, bool matches, const struct detect_reason *reason,
			 size_t count)
{
	rule_begin_object(line);
	rule_put_member(line, "rule", rule->id);
	buf_printf(line, ",\"record\":%" PRIu64 ",\"matches\":%s,\"reaches\":%s,\"reasons\":[",
		   record, matches ? "true" : "false",
		   matches || reaches(rule, event) ? "true" : "false");
	for (size_t i = 0; i < count; i++) {
		buf_printf(line, "%s{\"matched\":%s", i ? "," : "",
			   reason[i].matched ? "true" : "false");
		rule_put_member(line, "selection", reason[i].selection);
		rule_put_member(line, "field", reason[i].field);
		rule_put_member(line, "modifiers", reason[i].modifiers);
		rule_put_member(line, "pattern", reason[i].pattern);
		if (reason[i].value.p)
			rule_put_member(line, "value", reason[i].value);
		buf_put_char(line, '}');
	}
	buf_put_char(line, ']');
	rule_print_object(line);
}

static void explain_event(struct explain *explain, const struct event *event, uint64_t record)
{
	for (size_t i = 0; i < ruleset_count(explain->ruleset); i++) {
		const struct rule *rule = ruleset_rule(explain->ruleset, i);
		const struct detect_reason *reason;
		size_t count;
		bool matches;

		if (rule->correlation) /* of several events: see explain_sequence */
			continue;
		matches =
			detect_explain(explain->session, i, event, explain->arena, &reason, &count);
		if (explain->json)
			explain_json(&explain->line, rule, event, record, matches, reason, count);
		else
			explain_plain(&explain->line, rule, event, record, matches, reason, count);
		arena_clear(explain->arena);
	}
	if (explain->correlator) {
		const struct correlation_reference reference = { { 0, record } };
		const struct correlation_hit *hit;
		const uint32_t *match;
		const size_t count = detect_event(explain->session, event, &match);

		correlator_event(explain->correlator, event, reference, match, count, &hit);
	}
}

static void begin_sequence(struct explain *explain)
{
	/* Hits come at the end, so that they stand behind the events. */
	if (ruleset_has_correlations(explain->ruleset))
		explain->correlator =
			correlator_new(explain->ruleset,
				       &(struct correlator_options){ .late_seconds = INT64_MAX });
}

static void explain_hit(struct explain *explain, const struct correlation_hit *hit)
{
	const struct rule *rule = ruleset_rule(explain->ruleset, hit->rule);
	const uint64_t last =
		hit->part_count ? hit->part[hit->part_count - 1].reference.word[1] : 0;
	const struct detect_reason *reason;
	const struct event none = { .count = 0 };
	const size_t count = correlation_explain(explain->ruleset, hit, explain->arena, &reason);

	if (explain->json)
		explain_json(&explain->line, rule, &none, last, true, reason, count);
	else
		explain_plain(&explain->line, rule, &none, last, true, reason, count);
	arena_clear(explain->arena);
}

/* What the correlations of the rule's file say to all events since begin_sequence. */
static void end_sequence(struct explain *explain)
{
	const struct correlation_hit *hit;
	size_t count, hits = 0;

	if (!explain->correlator)
		return;
	while ((count = correlator_finish(explain->correlator, &hit)) > 0) {
		for (size_t i = 0; i < count; i++)
			explain_hit(explain, &hit[i]);
		hits += count;
	}
	if (hits == 0 && !explain->json)
		print_line("%s", _("no correlation hits on these events"));
	correlator_free(explain->correlator);
	explain->correlator = NULL;
}

/* Samples of a rule (NAME.test.ndjson): the events in them. */
static int explain_samples(struct explain *explain, const char *path)
{
	struct event_decoder *decoder = event_decoder_new();
	struct err err = ERR_INIT;
	struct buf bytes;
	uint64_t number = 0;
	int status = 0;

	buf_init(&bytes, SAMPLE_FILE_MAX);
	if (file_read(path, &bytes, &err) < 0)
		status = rule_failed(&err);
	for (struct sv rest = buf_sv(&bytes); rest.n > 0;) {
		struct sv events, line = sv_trim(sv_cut(&rest, '\n'));
		struct event event;
		bool ignored;

		number++;
		if (line.n == 0)
			continue;
		if (!cut_sample(line, &ignored, &events, &ignored))
			events = line;
		begin_sequence(explain);
		for (struct sv object = next_object(&events); object.p;
		     object = next_object(&events)) {
			if (event_decode_any(decoder, object, &event, &err) == 0) {
				explain_event(explain, &event, number);
				continue;
			}
			say("%s:%" PRIu64 ": %s", path, number, err.text);
			status = err_exit_status(ERR_FORMAT);
		}
		end_sequence(explain);
	}
	buf_done(&bytes);
	event_decoder_free(decoder);
	return status;
}

static int explain_file(struct explain *explain, const char *path)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	struct event event;
	uint64_t record;
	int got, status = 0;

	if (!reader)
		return rule_failed(&err);
	begin_sequence(explain);
	while ((got = event_reader_next(reader, &event, &record, &err)) != 0) {
		if (got > 0) {
			explain_event(explain, &event, record);
			continue;
		}
		command_failed(&err);
		status = err_exit_status(ERR_FORMAT);
	}
	end_sequence(explain);
	event_reader_close(reader);
	return status;
}

static int explain_events(struct explain *explain, const char *path)
{
	int status;

	explain->session = detect_session_new(explain->ruleset);
	explain->arena = arena_new(REASONS_MEMORY_MAX);
	buf_init(&explain->line, RULE_LINE_MAX);
	status = sv_ends(sv_from(path), SV(".test.ndjson")) ? explain_samples(explain, path)
							    : explain_file(explain, path);
	buf_done(&explain->line);
	arena_free(explain->arena);
	detect_session_free(explain->session);
	return status;
}

int rule_explain_run(const struct command *command, int argc, char **argv)
{
	struct explain explain = { 0 };
	struct err err = ERR_INIT;
	int words = 0, status = 0;
	const int misuse = rule_parse_paths(command, argc, argv, &explain.json, &words);

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
		return rule_failed(&err);
	if (rule_say_errors(explain.ruleset))
		status = err_exit_status(ERR_FORMAT);
	if (ruleset_count(explain.ruleset) > 0) {
		const int events = explain_events(&explain, argv[2]);

		status = events ? events : status;
	} else if (status == 0) {
		status = rule_none();
	}
	ruleset_unref(explain.ruleset);
	return status;
}
