/*
 * match - what the engine says of events, for the reference matcher to judge.
 *
 * usage: match-tool [-a] [-p NAME=VALUE]... EVENTS RULES...
 *        match-tool --variants
 *
 * Prints "rule NUMBER ID" for each rule, "problem FILE:LINE: REASON" for each
 * that did not load, and for each line of EVENTS (NDJSON; its envelope names the
 * logsource) the numbers of the rules that match, or "bad REASON".
 * -a decodes as `hikeshi hunt` does (event_decode_any, which remembers shapes).
 * HIKESHI_SIMD chooses the variant; --variants prints those this processor has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/detect.h"
#include "event/event.h"
#include "event/structure.h"

#define PLACEHOLDERS_MAX 32
#define VALUES_MAX 32

struct placeholders {
	struct ruleset_placeholder list[PLACEHOLDERS_MAX];
	struct sv value[PLACEHOLDERS_MAX][VALUES_MAX];
	size_t count;
};

static bool add_placeholder(struct placeholders *placeholders, const char *word)
{
	struct sv rest = sv_from(word);
	const struct sv name = sv_cut(&rest, '=');
	size_t at = 0;

	while (at < placeholders->count && !sv_eq(placeholders->list[at].name, name))
		at++;
	if (at == PLACEHOLDERS_MAX || placeholders->list[at].count == VALUES_MAX)
		return false;
	if (at == placeholders->count)
		placeholders->list[placeholders->count++] =
			(struct ruleset_placeholder){ name, placeholders->value[at], 0 };
	placeholders->value[at][placeholders->list[at].count++] = rest;
	return true;
}

static void print_variants(void)
{
	for (const struct structure_variant *row = structure_variants(); row->name; row++)
		if (row->is_supported())
			puts(row->name);
}

static void print_rules(const struct ruleset *ruleset)
{
	const struct rule_problem *problem;
	const size_t problems = ruleset_problems(ruleset, &problem);

	/* correlations say nothing of a single event */
	for (size_t i = 0; i < ruleset_count(ruleset); i++)
		if (!ruleset_rule(ruleset, i)->correlation)
			printf("rule %zu %.*s\n", i, SV_ARG(ruleset_rule(ruleset, i)->id));
	for (size_t i = 0; i < problems; i++)
		if (problem[i].kind == PROBLEM_NOT_COMPILED)
			printf("problem %.*s:%u: %.*s\n", SV_ARG(problem[i].file), problem[i].line,
			       SV_ARG(problem[i].reason));
}

typedef int decode_fn(struct event_decoder *decoder, struct sv line, struct event *ret,
		      struct err *err);

static void judge(struct detect_session *session, struct event_decoder *decoder, decode_fn *decode,
		  struct sv line)
{
	const uint32_t *match;
	struct event event;
	struct err err = ERR_INIT;
	size_t count;

	if (decode(decoder, line, &event, &err) < 0) {
		printf("bad %s\n", err.text);
		return;
	}
	count = detect_event(session, &event, &match);
	for (size_t i = 0; i < count; i++)
		printf(i == 0 ? "%u" : " %u", match[i]);
	putchar('\n');
}

static int run(const char *path, struct ruleset *ruleset, decode_fn *decode)
{
	struct event_decoder *decoder = event_decoder_new();
	struct detect_session *session = detect_session_new(ruleset);
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while (file && (n = getline(&line, &room, file)) > 0)
		judge(session, decoder, decode,
		      (struct sv){ line, (size_t)n - (line[n - 1] == '\n') });
	free(line);
	detect_session_free(session);
	event_decoder_free(decoder);
	return file && fclose(file) == 0 && fflush(stdout) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct placeholders *placeholders = mem_zalloc(sizeof *placeholders);
	struct ruleset_options options = { .all_logsources = true };
	struct ruleset *ruleset = NULL;
	struct err err = ERR_INIT;
	decode_fn *decode = event_decode;
	int at = 1, status = 1;

	if (argc == 2 && strcmp(argv[1], "--variants") == 0) {
		print_variants();
		free(placeholders);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "-a") == 0) {
		decode = event_decode_any;
		at++;
	}
	while (at + 1 < argc && strcmp(argv[at], "-p") == 0 &&
	       add_placeholder(placeholders, argv[at + 1]))
		at += 2;
	if (at + 1 >= argc) {
		fputs("usage: match-tool [-a] [-p NAME=VALUE]... EVENTS RULES...\n", stderr);
		free(placeholders);
		return 2;
	}
	options.placeholder = placeholders->list;
	options.placeholder_count = placeholders->count;
	options.path = (const char *const *)argv + at + 1;
	options.path_count = (size_t)(argc - at - 1);
	ruleset = ruleset_load(&options, &err);
	if (ruleset) {
		print_rules(ruleset);
		puts("events");
		status = run(argv[at], ruleset, decode) < 0;
	}
	if (err.code != ERR_OK)
		fprintf(stderr, "match-tool: %s\n", err.text);
	ruleset_unref(ruleset);
	free(placeholders);
	return status;
}
