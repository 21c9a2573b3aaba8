/* What detect_test.c leaves: parts of the time both ways, placeholders from files, and bounds. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "detect/testing.h"

#define AT "{\"A\":\"2025-10-24T23:41:48Z\"}"

TEST(parts_of_the_time_both_ways)
{
	static const struct testing_row row[] = {
		{ "s: {A|minute: 40}", AT, false },
		{ "s: {A|minute|gt: 40}", AT, true },
		{ "s: {A|minute|gt: 41}", AT, false },
		{ "s: {A|hour|lte: 23}", AT, true },
		{ "s: {A|hour|lte: 22}", AT, false },
		{ "s: {A|hour|neq: 23}", AT, false },
		{ "s: {A|hour|neq: 22}", AT, true },
		{ "s: {A|day: 25}", AT, false },
		{ "s: {A|day|gte: 24}", AT, true },
		{ "s: {A|week|lt: 43}", AT, false },
		{ "s: {A|week: [1, 43]}", AT, true },
		{ "s: {A|month: 9}", AT, false },
		{ "s: {A|month|gt: 9}", AT, true },
		{ "s: {A|year: 2024}", AT, false },
		{ "s: {A|year|lt: 2026}", AT, true },
		{ "s: {A|hour|gte: 22, A|minute|lt: 30}", AT, false },
	};

	testing_rows(row, sizeof row / sizeof *row);
}

/* ---- expand ---- */

static int match_with(const char *detection, const char *placeholders, const char *event)
{
	struct err err = ERR_INIT;
	struct ruleset_placeholders *p =
		ruleset_placeholders_parse(sv_from(placeholders), "p.yml", &err);
	const struct ruleset_options options = { .placeholder = p ? p->list : NULL,
						 .placeholder_count = p ? p->count : 0 };
	struct ruleset *ruleset = testing_rule(detection, &options);
	struct event_decoder *decoder = event_decoder_new();
	struct event decoded;
	int got = -2;

	if (!p)
		printf("# %s\n", err.text);
	if (ruleset_count(ruleset) == 1 &&
	    event_decode(decoder, sv_from(event), &decoded, NULL) == 0) {
		testing_route(&decoded);
		got = testing_match(ruleset, &decoded);
	}
	event_decoder_free(decoder);
	ruleset_unref(ruleset);
	ruleset_placeholders_free(p);
	return got;
}

TEST(expand)
{
	static const struct {
		const char *detection, *placeholders, *event;
		int want; /* -2: the rule is refused */
	} row[] = {
		{ "s: {A|expand: '%admins%'}", "admins: [alice, bob]\n", "{\"A\":\"BOB\"}", 1 },
		{ "s: {A|expand: '%admins%'}", "admins: [alice, bob]\n", "{\"A\":\"eve\"}", 0 },
		{ "s: {A|expand: '%admins%'}", "vars: {admins: alice}\n", "{\"A\":\"alice\"}", 1 },
		{ "s: {A|expand: '%admins%'}", "'%admins%': alice\n", "{\"A\":\"alice\"}", 1 },
		{ "s: {A|expand: '%admins%'}", "Admins: alice\n", "{\"A\":\"alice\"}", -2 },
		{ "s: {A|expand: '%admins%'}", "", "{\"A\":\"%admins%\"}", -2 },
		{ "s: {A: '%admins%'}", "admins: alice\n", "{\"A\":\"%admins%\"}", 1 },
		{ "s: {A|expand: '%admins%'}", "admins: 'svc_*'\n", "{\"A\":\"svc_sql\"}", 1 },
		{ "s: {A|expand: '%d%\\%u%'}", "d: [x, y]\nu: [1, 2]\n", "{\"A\":\"y%u%\"}", 1 },
		{ "s: {A|expand: '%d%-%u%'}", "d: [x, y]\nu: [1, 2]\n", "{\"A\":\"y-2\"}", 1 },
		{ "s: {A|expand: '%d%-%u%'}", "d: [x, y]\nu: [1, 2]\n", "{\"A\":\"y-3\"}", 0 },
		{ "s: {A|contains|expand: '%d%'}", "d: [x, y]\n", "{\"A\":\"ayb\"}", 1 },
		{ "s: {A|expand|contains: '%d%'}", "d: [x, y]\n", "{\"A\":\"ayb\"}", 1 },
		{ "s: {A|expand|contains|all: '%d%'}", "d: [x, y]\n", "{\"A\":\"ayb\"}", 1 },
		{ "s: {A|expand|neq: '%d%'}", "d: [x, y]\n", "{\"A\":\"y\"}", 0 },
		{ "s: {A|expand|neq: '%d%'}", "d: [x, y]\n", "{\"A\":\"z\"}", 1 },
		{ "s: {A|expand|re: '^%d%$'}", "d: [a.c]\n", "{\"A\":\"a.c\"}", 1 },
		{ "s: {A|expand|re: '^%d%$'}", "d: [a.c]\n", "{\"A\":\"abc\"}", 0 },
		{ "s: {A|expand|cased: '%d%'}", "d: [X]\n", "{\"A\":\"x\"}", 0 },
		{ "s: {A|expand|base64: '%d%'}", "d: [abc]\n", "{\"A\":\"YWJj\"}", 1 },
		{ "s: {A|expand: ['%d%', q]}", "d: [abc]\n", "{\"A\":\"q\"}", 1 },
		{ "s: {A|expand: '%d%'}", "d: [1, 2.5, true]\n", "{\"A\":2.5}", 1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const int got = match_with(row[i].detection, row[i].placeholders, row[i].event);

		CHECK_INT(got, row[i].want);
		if (got != row[i].want)
			printf("# row %zu: %s with %s\n", i, row[i].detection, row[i].placeholders);
	}
}

TEST(placeholder_files_that_are_refused)
{
	static const struct {
		const char *yaml, *reason;
	} row[] = {
		{ "- a\n", "p.yml:1:1: placeholders are a map" },
		{ "vars: [a]\n", "p.yml:1:7: placeholders are a map" },
		{ "a: []\n", "p.yml:1:4: a placeholder without values" },
		{ "a: {b: c}\n", "p.yml:1:4: the value of a placeholder" },
		{ "a: [[b]]\n", "p.yml:1:5: the value of a placeholder" },
		{ "a:\n", "the value of a placeholder" },
		{ "a: ['']\n", "p.yml:1:5: the value of a placeholder" },
		{ "a: b\n'%a%': c\n", "p.yml:2:1: this placeholder stands twice" },
		{ "a: b\na: c\n", "p.yml:2:1" },
		{ "a: b\n---\nc: d\n", "more than one document" },
		{ "a: \"b\n", "p.yml:" },
	};
	struct ruleset_placeholders *p;
	char path[] = "/tmp/placeholders_test.XXXXXX";
	const int fd = mkstemp(path);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		p = ruleset_placeholders_parse(sv_from(row[i].yaml), "p.yml", &err);
		CHECK(p == NULL);
		CHECK(sv_find(sv_from(err.text), sv_from(row[i].reason), 0) != SIZE_MAX);
		if (p || sv_find(sv_from(err.text), sv_from(row[i].reason), 0) == SIZE_MAX)
			printf("# row %zu: %s\n", i, err.text);
		ruleset_placeholders_free(p);
	}
	REQUIRE(fd >= 0);
	close(fd);
	CHECK_INT(file_write(path, SV("a: [b, c]\n"), 0600, &err), 0);
	p = ruleset_placeholders_load(path, &err);
	REQUIRE(p != NULL);
	CHECK_INT(p->count, 1);
	CHECK_INT(p->list[0].count, 2);
	CHECK_SV(p->list[0].value[1], SV("c"));
	ruleset_placeholders_free(p);
	CHECK_INT(unlink(path), 0);
	CHECK(ruleset_placeholders_load(path, &err) == NULL);
	CHECK_INT(err.code, ERR_NOT_FOUND);
}

/* ---- bounds: what a hostile rule may ask for ---- */

#define SECONDS_MAX 20

static void put_values(struct buf *buf, const char *field, size_t count, const char *value)
{
	buf_printf(buf,
		   "title: many\nlogsource: {product: windows}\ndetection:\n  condition: s\n"
		   "  s:\n    %s:\n",
		   field);
	for (size_t i = 0; i < count; i++)
		buf_printf(buf, "      - '%s%zu'\n", value, i);
}

static size_t rules_of(const struct buf *buf, const char *wanted_reason)
{
	const uint64_t start = clock_monotonic_us();
	struct err err = ERR_INIT;
	struct ruleset *ruleset = ruleset_parse(buf_sv(buf), "r.yml", NULL, &err);
	const struct rule_problem *problem;
	const size_t rules = ruleset_count(ruleset), count = ruleset_problems(ruleset, &problem);
	bool found = wanted_reason == NULL;

	for (size_t i = 0; i < count; i++)
		found |= wanted_reason &&
			 sv_find(problem[i].reason, sv_from(wanted_reason), 0) != SIZE_MAX &&
			 problem[i].line > 0 && sv_eq(problem[i].file, SV("r.yml"));
	CHECK(found);
	if (!found)
		testing_print_problems(ruleset);
	CHECK(clock_monotonic_us() - start < SECONDS_MAX * UINT64_C(1000000));
	ruleset_unref(ruleset);
	return rules;
}

TEST(rules_with_very_many_values)
{
	struct buf buf;

	buf_init(&buf, 64 << 20);
	put_values(&buf, "A", 100000, "v");
	CHECK_INT(rules_of(&buf, "over 65536 values"), 0);
	buf_clear(&buf);
	put_values(&buf, "A|contains", DETECT_VALUES_MAX, "v");
	CHECK_INT(rules_of(&buf, NULL), 1);
	buf_clear(&buf);
	put_values(&buf, "A|windash|base64offset|contains", 60000, "a -b -c -d ");
	CHECK_INT(rules_of(&buf, "over 65536 values"), 0);
	buf_clear(&buf);
	put_values(&buf, "A|re", 100000, "x");
	CHECK_INT(rules_of(&buf, "over 2000 expressions"), 0);
	buf_done(&buf);
}

TEST(hostile_expressions)
{
	static const char *const expression[] = {
		"(a+)+$",
		"(a|aa)+$",
		"(.*){1000}x",
		"((((((a{30}){30}){30}){30}){30}){30})",
		"(x+x+)+y",
		"[a-z]+@([a-z]+\\.)+[a-z]+$",
		"(?:(?:(?:a?){500}){500})a{500}",
	};
	struct event_decoder *decoder = event_decoder_new();
	struct buf event;

	buf_init(&event, EVENT_BYTES_MAX);
	buf_printf(&event, "{\"A\":\"");
	for (size_t i = 0; i < 50000; i++)
		buf_put_char(&event, 'a');
	buf_printf(&event, "!\"}");
	for (size_t i = 0; i < sizeof expression / sizeof *expression; i++) {
		const uint64_t start = clock_monotonic_us();
		char detection[256];
		struct ruleset *ruleset;
		struct event decoded;

		snprintf(detection, sizeof detection, "s: {A|re: '%s'}", expression[i]);
		ruleset = testing_rule(detection, NULL);
		CHECK_INT(event_decode(decoder, buf_sv(&event), &decoded, NULL), 0);
		testing_route(&decoded);
		if (ruleset_count(ruleset) == 1)
			CHECK(testing_match(ruleset, &decoded) >= 0);
		CHECK(clock_monotonic_us() - start < SECONDS_MAX * UINT64_C(1000000));
		printf("# %s: %s, %.0f ms\n", expression[i],
		       ruleset_count(ruleset) ? "taken" : "refused",
		       (double)(clock_monotonic_us() - start) / 1000);
		ruleset_unref(ruleset);
	}
	buf_done(&event);
	event_decoder_free(decoder);
}

/* ---- the rules of SigmaHQ that want placeholders ---- */

TEST(placeholder_rules_of_sigma)
{
	const char *const folder =
		getenv("HIKESHI_SIGMA") ? getenv("HIKESHI_SIGMA") : HIKESHI_SIGMA_DEFAULT;
	static const char values[] =
		"DC-MACHINE-NAME: [dc1]\nAdministrators: [alice]\nAdmins_Workstations: [ws1]\nApprovedUserUpn: [a@b.jp]\n"
		"Approved_Inviters: [a]\nDomainControllers: [dc1]\nHomeTenantID: [t]\n"
		"Important_AppIds: [i]\nKNOWN_LOCATION: [JP]\nKnown_Location: [JP]\n"
		"Legitimate_Countries: [JP]\nLegitimate_IP_Ranges: [192.0.2.1]\n"
		"ServerSystems: [s]\nUnApprovedDevice: [u]\nUnApprovedIp: [192.0.2.2]\n"
		"UnLegitCountries: [XX]\nWorkstations: [w]\ndc_ip_addresses: [192.0.2.3]\n"
		"dc_machine_accounts: [dc1$]\ndomain_controller_hostnames: [dc1]\n"
		"internal_domains: [example.jp]\nlegit_ips: [192.0.2.4]\n"
		"legtimate_identifiers: [x]\nuserdomain: [EXAMPLE]\n";
	struct err err = ERR_INIT;
	struct ruleset_placeholders *p = ruleset_placeholders_parse(sv_from(values), "p.yml", &err);
	char path[512];
	const char *const paths[] = { path };
	struct ruleset_options options = { .path = paths, .path_count = 1, .all_logsources = true };
	size_t without, with, refused = 0, problems;
	const struct rule_problem *problem;
	struct ruleset *ruleset;

	REQUIRE(p != NULL);
	snprintf(path, sizeof path, "%s/rules-placeholder", folder);
	if (access(path, R_OK) != 0) {
		ruleset_placeholders_free(p);
		SKIP("no SigmaHQ rules: set HIKESHI_SIGMA");
	}
	ruleset = ruleset_load(&options, &err);
	REQUIRE(ruleset != NULL);
	without = ruleset_count(ruleset);
	ruleset_unref(ruleset);
	options.placeholder = p->list;
	options.placeholder_count = p->count;
	ruleset = ruleset_load(&options, &err);
	with = ruleset_count(ruleset);
	problems = ruleset_problems(ruleset, &problem);
	for (size_t i = 0; i < problems; i++)
		refused += problem[i].kind == PROBLEM_NOT_COMPILED;
	printf("# %zu rules without placeholders, %zu with, %zu refused\n", without, with, refused);
	CHECK(with > without);
	CHECK_INT(refused, 0);
	if (refused > 0)
		testing_print_problems(ruleset);
	ruleset_unref(ruleset);
	ruleset_placeholders_free(p);
}
