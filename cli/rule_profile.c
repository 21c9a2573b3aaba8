/*
 * hikeshi rule profile: what each rule costs. Every rule is compiled alone and
 * matched against a sample of the events; what an event costs anyway, matched
 * against a rule of the same logsource that asks for nothing, is taken off.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/hunt.h"
#include "cli/rule.h"

#define PROFILE_EVENTS_DEFAULT 5000
#define PROFILE_EVENTS_MAX 1000000
#define PROFILE_BYTES_MAX ((size_t)4 << 30) /* of the sample in memory */
#define PROFILE_ROUNDS 3		    /* the fastest counts */
#define PROFILE_EVALUATIONS_MIN 2000	    /* in one round: the clock is coarse */
#define PROFILE_TOP_DEFAULT 20
#define PROFILE_RULES_MAX DETECT_RULES_MAX

struct cost {
	char *title, *file;
	enum rule_level level;
	uint64_t events; /* of its logsource */
	uint64_t candidates, matches;
	double ns; /* for an event of its logsource, beyond what that costs anyway */
};

/* What an event of a logsource costs before any rule. */
struct base {
	char *logsource;
	double ns;
};

struct profile {
	bool json;
	uint64_t top, wanted;
	struct arena *arena;
	const struct event **event, **chosen; /* of the event: those that the rule is for */
	size_t events;
	struct cost *cost;
	size_t costs, room;
	struct base *base;
	size_t bases;
	struct buf line;
	struct progress *progress;
	uint64_t done;
	int status;
};

/* ---- the sample ---- */

static void read_events(struct profile *profile, const char *path)
{
	struct err err = ERR_INIT;
	struct event_reader *reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	struct event event;
	uint64_t record;
	int more;

	if (!reader) {
		profile->status = rule_failed(&err);
		return;
	}
	while (profile->events < profile->wanted &&
	       (more = event_reader_next(reader, &event, &record, &err)) != 0) {
		const struct event *copy =
			more > 0 ? hunt_copy_event(&event, profile->arena) : NULL;

		if (copy)
			profile->event[profile->events++] = copy;
		else if (more < 0 && err.code == ERR_IO)
			profile->status = command_failed(&err);
		else if (more > 0)
			break; /* no room for more */
	}
	event_reader_close(reader);
}

/* ---- one rule ---- */

/* Leaves those of the sample that the rule is for; counts them in one go. */
static size_t choose(const struct profile *profile, struct detect_session *session,
		     struct detect_statistics *ret)
{
	uint64_t unrouted = 0;
	size_t n = 0;

	*ret = (struct detect_statistics){ 0 };
	for (size_t i = 0; i < profile->events; i++) {
		const uint32_t *match;

		detect_event(session, profile->event[i], &match);
		*ret = detect_session_statistics(session);
		if (ret->events_unrouted == unrouted)
			profile->chosen[n++] = profile->event[i];
		unrouted = ret->events_unrouted;
	}
	return n;
}

/* Nanoseconds for one event, the fastest of some rounds. */
static double measure(const struct profile *profile, struct ruleset *ruleset,
		      struct detect_statistics *ret)
{
	struct detect_session *session = detect_session_new(ruleset);
	const size_t n = choose(profile, session, ret);
	const size_t times = n ? 1 + PROFILE_EVALUATIONS_MIN / n : 0;
	uint64_t best = UINT64_MAX;

	for (int round = 0; n > 0 && round < PROFILE_ROUNDS; round++) {
		const uint64_t start = clock_monotonic_us();
		const uint32_t *match;
		uint64_t spent;

		for (size_t k = 0; k < times; k++)
			for (size_t i = 0; i < n; i++)
				detect_event(session, profile->chosen[i], &match);
		spent = clock_monotonic_us() - start;
		best = spent < best ? spent : best;
	}
	detect_session_free(session);
	return n ? (double)best * 1000 / (double)(n * times) : 0;
}

static double base_of(struct profile *profile, const struct rule *rule)
{
	struct detect_statistics statistics;
	struct err err = ERR_INIT;
	struct ruleset *ruleset;
	struct buf yaml;
	struct base *base;

	buf_clear(&profile->line);
	buf_printf(&profile->line, "%.*s/%.*s/%.*s", SV_ARG(rule->product), SV_ARG(rule->category),
		   SV_ARG(rule->service));
	for (size_t i = 0; i < profile->bases; i++)
		if (sv_eq(sv_from(profile->base[i].logsource), buf_sv(&profile->line)))
			return profile->base[i].ns;
	profile->base = mem_realloc(profile->base, profile->bases + 1, sizeof *profile->base);
	base = &profile->base[profile->bases++];
	*base = (struct base){ mem_dup_sv(buf_sv(&profile->line)), 0 };
	buf_init(&yaml, 4096);
	buf_put_sv(&yaml, SV("title: Nothing\nlogsource:\n"));
	if (rule->product.n > 0)
		buf_printf(&yaml, "    product: '%.*s'\n", SV_ARG(rule->product));
	if (rule->category.n > 0)
		buf_printf(&yaml, "    category: '%.*s'\n", SV_ARG(rule->category));
	if (rule->service.n > 0)
		buf_printf(&yaml, "    service: '%.*s'\n", SV_ARG(rule->service));
	buf_put_sv(&yaml,
		   SV("detection:\n    s:\n        NoSuchField: nothing\n    condition: s\n"));
	ruleset = ruleset_parse(buf_sv(&yaml), "",
				&(struct ruleset_options){ .all_logsources = true }, &err);
	base->ns = measure(profile, ruleset, &statistics);
	ruleset_unref(ruleset);
	buf_done(&yaml);
	return base->ns;
}

static void profile_document(struct profile *profile, const char *path, struct sv yaml)
{
	struct detect_statistics statistics;
	struct err err = ERR_INIT;
	struct ruleset *ruleset = ruleset_parse(
		yaml, path, &(struct ruleset_options){ .all_logsources = true }, &err);
	const struct rule *rule =
		ruleset && ruleset_count(ruleset) == 1 ? ruleset_rule(ruleset, 0) : NULL;
	struct cost *cost;
	double ns;

	if (!rule || rule->correlation || profile->costs == PROFILE_RULES_MAX) {
		ruleset_unref(ruleset);
		return;
	}
	if (profile->costs == profile->room) {
		profile->room = profile->room ? 2 * profile->room : 256;
		profile->cost = mem_realloc(profile->cost, profile->room, sizeof *profile->cost);
	}
	cost = &profile->cost[profile->costs++];
	*cost = (struct cost){ .title = mem_dup_sv(hunt_title(rule)),
			       .file = mem_dup(path),
			       .level = rule->level };
	ns = measure(profile, ruleset, &statistics);
	ns -= ns > 0 ? base_of(profile, rule) : 0;
	cost->ns = ns > 0 ? ns : 0;
	cost->events = statistics.events - statistics.events_unrouted;
	cost->candidates = statistics.candidates;
	cost->matches = statistics.matches;
	ruleset_unref(ruleset);
}

/* Documents of a file are separated by lines that begin with "---". */
static void profile_file(void *context, const char *path)
{
	struct profile *profile = context;
	struct err err = ERR_INIT;
	struct buf bytes;
	struct sv rest;

	buf_init(&bytes, YAML_BYTES_MAX);
	if (file_read(path, &bytes, &err) < 0)
		profile->status = rule_failed(&err);
	rest = buf_sv(&bytes);
	while (rest.n > 0) {
		const size_t end = sv_find(rest, SV("\n---"), 0);

		profile_document(profile, path, sv_slice(rest, 0, end));
		rest = end == SIZE_MAX ? SV_NONE : sv_slice(rest, end + 1, rest.n);
		/* The line of dashes belongs to what follows. */
	}
	progress_update(profile->progress, 0, 0, ++profile->done);
	buf_done(&bytes);
}

/* ---- telling it ---- */

static double whole(const struct cost *cost)
{
	return cost->ns * (double)cost->events;
}

static int by_cost(const void *a, const void *b)
{
	const double x = whole(a), y = whole(b);

	return (x < y) - (x > y);
}

static void print_json(struct profile *profile, const struct cost *cost, double sum)
{
	struct buf *line = &profile->line;

	rule_begin_object(line);
	rule_put_member(line, "title", sv_from(cost->title));
	rule_put_member(line, "file", sv_from(cost->file));
	rule_put_member(line, "level", sv_from(rule_level_name(cost->level)));
	buf_printf(line,
		   ",\"ns_per_event\":%.1f,\"share\":%.4f,\"events\":%" PRIu64
		   ",\"candidates\":%" PRIu64 ",\"matches\":%" PRIu64,
		   cost->ns, sum > 0 ? whole(cost) / sum : 0, cost->events, cost->candidates,
		   cost->matches);
	rule_print_object(line);
}

static void print_costs(struct profile *profile)
{
	double sum = 0;

	if (profile->costs > 0)
		qsort(profile->cost, profile->costs, sizeof *profile->cost, by_cost);
	for (size_t i = 0; i < profile->costs; i++)
		sum += whole(&profile->cost[i]);
	if (!profile->json)
		print_line("%10s %7s %10s %10s %10s  %s", _("ns/event"), _("share"), _("events"),
			   _("candidates"), _("matches"), _("rule"));
	for (size_t i = 0; i < profile->costs && (profile->json || i < profile->top); i++) {
		const struct cost *cost = &profile->cost[i];

		if (profile->json)
			print_json(profile, cost, sum);
		else
			print_line("%10.1f %6.1f%% %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  %s",
				   cost->ns, sum > 0 ? 100 * whole(cost) / sum : 0, cost->events,
				   cost->candidates, cost->matches, cost->title);
	}
	if (!profile->json)
		print_line(_("%zu rules, each alone on %zu events"), profile->costs,
			   profile->events);
}

/* ---- the call ---- */

static int take_number(const struct command *command, const char *name, const char *text,
		       uint64_t max, uint64_t *ret)
{
	if (text && (!sv_to_u64(sv_from(text), ret) || *ret == 0 || *ret > max))
		return command_misuse(command, _("%s is a number from 1 to %" PRIu64), name, max);
	return -1;
}

static int profile_rules(struct profile *profile, struct option_words *rules, char **argv,
			 int files)
{
	char own[PATH_MAX];
	char *path[OPTION_WORDS_MAX + 1] = { NULL };
	int status;

	profile->arena = arena_new(PROFILE_BYTES_MAX);
	profile->event = mem_alloc(profile->wanted * sizeof(struct event *));
	profile->chosen = mem_alloc(profile->wanted * sizeof(struct event *));
	for (int i = 1; i <= files; i++)
		read_events(profile, argv[i]);
	if (rules->count == 0)
		rules->word[rules->count++] = default_rules(own);
	for (size_t i = 0; i < rules->count; i++)
		path[i] = (char *)(uintptr_t)rules->word[i];
	profile->progress = progress_new(profile->json ? NULL : stderr, _("Rules"));
	status = profile->events > 0 ? rule_walk(path, profile_file, profile) : 0;
	progress_free(profile->progress);
	if (profile->events == 0) {
		say("%s", _("there is no event to measure with"));
		return profile->status ? profile->status : err_exit_status(ERR_NOT_FOUND);
	}
	if (status == 0 && profile->costs == 0)
		return rule_none();
	print_costs(profile);
	return status ? status : profile->status;
}

int rule_profile_run(const struct command *command, int argc, char **argv)
{
	struct profile profile = { .top = PROFILE_TOP_DEFAULT, .wanted = PROFILE_EVENTS_DEFAULT };
	struct option_words rules = { .count = 0 };
	const char *top = NULL, *sample = NULL;
	const struct option option[] = { { "--json", .flag = &profile.json },
					 { "--rules", .words = &rules },
					 { "--top", .value = &top },
					 { "--sample", .value = &sample } };
	int files = 0, status = options_take(command, argc, argv, option, 4, &files);

	if (status < 0)
		status = take_number(command, "--top", top, PROFILE_RULES_MAX, &profile.top);
	if (status < 0)
		status = take_number(command, "--sample", sample, PROFILE_EVENTS_MAX,
				     &profile.wanted);
	if (status < 0 && files == 0)
		status = command_misuse(command, "%s", _("which files? (- is standard input)"));
	if (status >= 0)
		return status;
	buf_init(&profile.line, RULE_LINE_MAX);
	status = profile_rules(&profile, &rules, argv, files);
	for (size_t i = 0; i < profile.costs; i++) {
		free(profile.cost[i].title);
		free(profile.cost[i].file);
	}
	for (size_t i = 0; i < profile.bases; i++)
		free(profile.base[i].logsource);
	free(profile.base);
	free(profile.cost);
	free(profile.event);
	free(profile.chosen);
	arena_free(profile.arena);
	buf_done(&profile.line);
	return status;
}
