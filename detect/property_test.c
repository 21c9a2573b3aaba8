/*
 * Made-up rules against made-up events that nearly fit: the automata of a plan
 * must never hide a match, and explanations must say the same.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "detect/testing.h"

#define RULES 40
#define EVENTS 250
#define ROUNDS 25

static const char *const field[] = { "A", "B", "C", "D.e", "" };
/* clang-format off */
static const char *const chain[] = {
	"", "", "", "|contains", "|contains", "|startswith", "|endswith", "|contains|all", "|all", "|cased",
	"|contains|cased", "|neq", "|contains|neq", "|re", "|re|i", "|windash|contains", "|windash|endswith",
	"|base64offset|contains", "|base64", "|wide|contains", "|cidr", "|gt", "|lte", "|fieldref",
	"|fieldref|contains", "|exists", "|hour", "|re|all",
};
static const char *const word[] = {
	"a", "b", "ab", "aB", "-", "/", " -", " /x", "\\", "\\\\", "*", "?", ".", "1", "10", "powershell", "\\cmd.exe",
	"PowerShell.exe", "invoke-", "http://", "longer text to find", "\xC3\xA9", "\xC3\x89t\xC3\xA9", "\xE6\x97\xA5",
	"\xE2\x84\xAA", " ", "x", "y", "10.0.0.", "%", "needle", "N", "\xC8\xBA",
};
static const char *const expression[] = {
	"a+b", "[Pp]ower", "^x", "y$", "(cmd|needle)", "\\d{2}", "b.*a", "\\bx\\b", "\\\\cmd\\.", "N", ".", "a|b",
	"(?i)NEEDLE", "[^a]b", "long(er|est) text",
};
static const char *const condition[] = {
	"s0", "s0 and s1", "s0 or s1", "s0 and not s1", "not s0", "1 of s*", "all of s*", "s0 and (s1 or s2)",
	"not (s0 or s1)", "s0 or not s1 and s2", "not 1 of s*", "not (s0 and not s1)", "(s0 or s1) and (s1 or s2)",
};
/* clang-format on */

struct maker {
	uint64_t state;
	struct buf rules;
	char value[256][96]; /* texts of the rules, for events that nearly fit */
	size_t values;
};

static const char *pick(struct maker *maker, const char *const *from, size_t count)
{
	return from[testing_random(&maker->state, (uint32_t)count)];
}
#define PICK(maker, list) pick(maker, list, sizeof list / sizeof *list)

static void make_text(struct maker *maker, char *out, size_t room, uint32_t most)
{
	const uint32_t parts = 1 + testing_random(&maker->state, most);
	size_t n = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < parts; i++) {
		const char *one = PICK(maker, word);

		if (n + strlen(one) + 1 > room)
			break;
		memcpy(out + n, one, strlen(one) + 1);
		n += strlen(one);
	}
}

static void put_value(struct maker *maker, const char *modifiers)
{
	char text[96];

	if (strstr(modifiers, "re"))
		snprintf(text, sizeof text, "%s", PICK(maker, expression));
	else if (strstr(modifiers, "cidr"))
		snprintf(text, sizeof text, "10.0.0.%u/%u", testing_random(&maker->state, 256),
			 testing_random(&maker->state, 33));
	else if (strstr(modifiers, "fieldref"))
		snprintf(text, sizeof text, "%s", field[testing_random(&maker->state, 4)]);
	else if (strstr(modifiers, "exists"))
		snprintf(text, sizeof text, "%s",
			 testing_random(&maker->state, 2) ? "true" : "false");
	else if (strstr(modifiers, "gt") || strstr(modifiers, "lte") || strstr(modifiers, "hour"))
		snprintf(text, sizeof text, "%u", testing_random(&maker->state, 24));
	else
		make_text(maker, text, sizeof text, 4);
	if (modifiers[0] == '\0' && testing_random(&maker->state, 12) == 0) {
		buf_put_sv(&maker->rules, SV("null"));
		return;
	}
	snprintf(maker->value[maker->values++ % 256], sizeof maker->value[0], "%s", text);
	buf_printf(&maker->rules, "'%s'", text);
}

static void put_item(struct maker *maker, bool last)
{
	const char *name = PICK(maker, field), *modifiers = PICK(maker, chain);
	const uint32_t values =
		1 + testing_random(&maker->state, 3) * testing_random(&maker->state, 5);

	if (!*name && !*modifiers)
		modifiers = "|contains";
	buf_printf(&maker->rules, "'%s%s': [", name, modifiers);
	for (uint32_t i = 0; i < values; i++) {
		if (i > 0)
			buf_put_sv(&maker->rules, SV(", "));
		put_value(maker, modifiers);
	}
	buf_printf(&maker->rules, "]%s", last ? "" : ", ");
}

static void put_rule(struct maker *maker, int number)
{
	buf_printf(&maker->rules, "title: r%d\nlogsource: {product: windows}\ndetection:\n",
		   number);
	for (int s = 0; s < 3; s++) {
		const uint32_t items = 1 + testing_random(&maker->state, 2);

		buf_printf(&maker->rules, "  s%d: {", s);
		for (uint32_t i = 0; i < items; i++)
			put_item(maker, i + 1 == items);
		buf_put_sv(&maker->rules, SV("}\n"));
	}
	buf_printf(&maker->rules, "  condition: %s\n---\n", PICK(maker, condition));
}

/* A value of a rule with wildcards filled in and perhaps one letter changed, or any text. */
static void put_near(struct maker *maker, struct buf *event)
{
	char text[512] = "", one[96];
	size_t n = 0;

	if (testing_random(&maker->state, 3) == 0) {
		make_text(maker, one, sizeof one, 2);
		n += (size_t)snprintf(text, sizeof text, "%s", one);
	}
	if (testing_random(&maker->state, 4) > 0) {
		snprintf(one, sizeof one, "%s", maker->value[testing_random(&maker->state, 256)]);
		for (char *p = one; *p; p++) {
			if ((*p == '*' || *p == '?') && testing_random(&maker->state, 4) > 0)
				*p = 'q';
			else if (testing_random(&maker->state, 4) == 0 && *p >= 'a' && *p <= 'z')
				*p = (char)(*p - 32);
		}
		if (one[0] && testing_random(&maker->state, 4) == 0 && (unsigned char)one[0] < 0x80)
			one[0] = (char)('a' + testing_random(&maker->state, 26));
		n += (size_t)snprintf(text + n, sizeof text - n, "%s", one);
	}
	if (testing_random(&maker->state, 3) == 0) {
		make_text(maker, one, sizeof one, 2);
		snprintf(text + n, sizeof text - n, "%s", one);
	}
	buf_put_json(event, sv_from(text));
}

static void make_event(struct maker *maker, struct buf *event)
{
	static const char *const other[] = { "null",
					     "1",
					     "17",
					     "true",
					     "[]",
					     "\"10.0.0.77\"",
					     "\"\"",
					     "\"2025-10-24T12:30:00Z\"",
					     "\"a\\u0062\\u006eeedle\"" };

	buf_clear(event);
	buf_put_char(event, '{');
	for (size_t i = 0; i < 4; i++) {
		if (testing_random(&maker->state, 5) == 0)
			continue;
		if (event->n > 1)
			buf_put_char(event, ',');
		buf_printf(event, i == 3 ? "\"D\":{\"e\":" : "\"%s\":", field[i]);
		if (testing_random(&maker->state, 8) == 0) {
			buf_put_sv(event, sv_from(PICK(maker, other)));
		} else if (testing_random(&maker->state, 8) == 0) {
			buf_put_char(event, '[');
			put_near(maker, event);
			buf_put_char(event, ',');
			put_near(maker, event);
			buf_put_char(event, ']');
		} else {
			put_near(maker, event);
		}
		if (i == 3)
			buf_put_char(event, '}');
	}
	buf_put_char(event, '}');
}

struct tally {
	size_t rules, matches, misses, candidates, possible;
};

/* Both ways to find the rules; sessions live long, as in the centre. */
static bool same_matches(struct detect_session *fast, struct detect_session *slow,
			 const struct event *event, struct tally *tally)
{
	const uint32_t *a, *b;
	const size_t n = detect_event(fast, event, &a), m = detect_event(slow, event, &b);

	tally->matches += m;
	tally->misses += ruleset_count(slow->ruleset) - m;
	return n == m && (n == 0 || memcmp(a, b, n * sizeof *a) == 0);
}

static bool same_explanations(struct detect_session *session, const struct event *event)
{
	struct arena *arena = arena_new((size_t)1 << 24);
	const uint32_t *match;
	const size_t count = detect_event(session, event, &match);
	bool *matched = mem_zalloc(ruleset_count(session->ruleset) + 1), sound = true;

	for (size_t i = 0; i < count; i++)
		matched[match[i]] = true;
	for (size_t i = 0; i < ruleset_count(session->ruleset); i++) {
		const struct detect_reason *reason;
		size_t reasons;

		arena_clear(arena);
		sound &=
			detect_explain(session, i, event, arena, &reason, &reasons) == matched[i] &&
			reasons > 0;
		for (size_t k = 0; k < reasons; k++)
			sound &= !reason[k].matched ||
				 reason[k].value_at + reason[k].value_n <= reason[k].value.n;
	}
	free(matched);
	arena_free(arena);
	return sound;
}

static void run_round(struct maker *maker, struct tally *tally)
{
	struct event_decoder *decoder = event_decoder_new();
	struct detect_session *fast, *slow;
	struct ruleset *ruleset;
	struct buf text;

	buf_init(&maker->rules, 1 << 22);
	buf_init(&text, 1 << 16);
	memset(maker->value, 0, sizeof maker->value);
	for (int i = 0; i < RULES; i++)
		put_rule(maker, i);
	ruleset = ruleset_parse(buf_sv(&maker->rules), "r.yml", NULL, NULL);
	fast = detect_session_new(ruleset);
	slow = detect_session_new(ruleset);
	slow->without_prefilter = true;
	for (int i = 0; i < EVENTS; i++) {
		struct event event;
		struct err err = ERR_INIT;

		make_event(maker, &text);
		if (event_decode(decoder, buf_sv(&text), &event, &err) < 0) {
			printf("# %s\n", err.text);
			CHECK(!"event");
			break;
		}
		event.envelope.product = SV("windows");
		if (i % 5 == 0)
			event.raw = event.body = SV_NONE; /* as from EVTX */
		if (!same_matches(fast, slow, &event, tally) ||
		    (i % 10 == 0 && !same_explanations(fast, &event))) {
			printf("# %.*s\n", SV_ARG(buf_sv(&text)));
			CHECK(!"same answer");
		}
	}
	tally->rules += ruleset_count(ruleset);
	tally->candidates += detect_session_statistics(fast).candidates;
	tally->possible += detect_session_statistics(slow).candidates;
	detect_session_free(fast);
	detect_session_free(slow);
	event_decoder_free(decoder);
	ruleset_unref(ruleset);
	buf_done(&maker->rules);
	buf_done(&text);
}

TEST(automata_hide_nothing)
{
	struct maker *maker = mem_zalloc(sizeof *maker);
	struct tally tally = { 0, 0, 0, 0, 0 };

	maker->state = 20261121;
	for (int i = 0; i < ROUNDS; i++)
		run_round(maker, &tally);
	printf("# %zu rules, %zu matches, %zu no matches, candidates %zu of %zu\n", tally.rules,
	       tally.matches, tally.misses, tally.candidates, tally.possible);
	CHECK(tally.rules > RULES * ROUNDS / 2);
	CHECK(tally.matches > 10000 && tally.misses > 10000);
	CHECK(tally.candidates < tally.possible);
	free(maker);
}
