/* Which events go where, filters, files and folders. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "detect/testing.h"

#define HEAD "title: t\nid: 11111111-1111-4111-8111-111111111111\n"
#define SOURCE "logsource: {product: windows, category: process_creation}\n"
#define OTHER                                                                                      \
	"title: o\nid: 22222222-2222-4222-8222-222222222222\n" SOURCE                              \
	"detection: {s: {A: 1}, condition: s}\n"

static struct ruleset *parse(const char *yaml)
{
	return ruleset_parse(sv_from(yaml), "r.yml", NULL, NULL);
}

#define ROUTED(n, source)                                                                          \
	"title: r" n "\nid: 0000000" n "-0000-4000-8000-000000000000\nlogsource: {" source "}\n"   \
	"detection: {s: {A: '*'}, condition: s}\n---\n"

TEST(routing)
{
	static const char rules[] = ROUTED("0", "product: windows, category: process_creation") ROUTED(
		"1", "product: windows") ROUTED("2", "product: windows, service: security")
		ROUTED("3", "category: process_creation") ROUTED(
			"4", "product: linux, category: process_creation") ROUTED("5",
										  "service: sysmon")
			ROUTED("6", "product: windows, category: registry_event") ROUTED(
				"7",
				"product: windows, category: registry_set") ROUTED("8",
										   "category: proxy")
				ROUTED("9",
				       "product: windows, category: process_creation, service: security");
	static const struct {
		const char *product, *category, *service, *want;
	} row[] = {
		{ "windows", "process_creation", "sysmon", "0135" },
		{ "windows", "process_creation", "security", "01239" },
		{ "windows", "process_creation", "", "013" },
		{ "windows", "process_creation", "other", "013" },
		{ "windows", "", "security", "12" },
		{ "windows", "registry_set", "sysmon", "1567" },
		{ "windows", "registry_delete", "sysmon", "156" },
		{ "windows", "registry_event", "sysmon", "156" },
		{ "linux", "process_creation", "", "34" },
		{ "macos", "process_creation", "", "3" },
		{ "", "proxy", "", "8" },
		{ "squid", "proxy", "access", "8" },
		{ "linux", "", "", "" },
		{ "", "", "", "" },
	};
	const struct ruleset_options options = { .all_logsources = true };
	struct ruleset *ruleset = ruleset_parse(sv_from(rules), "r", &options, NULL);
	struct detect_session *session = detect_session_new(ruleset);
	struct event_decoder *decoder = event_decoder_new();
	struct event event;

	REQUIRE(ruleset_count(ruleset) == 10);
	REQUIRE(event_decode(decoder, SV("{\"A\":1}"), &event, NULL) == 0);
	for (size_t i = 0; i < 2 * sizeof row / sizeof *row; i++) {
		const size_t k = i / 2; /* twice: also from the plan that is kept */
		const uint32_t *match;
		char got[16] = "";
		size_t count;

		event.envelope.product = sv_from(row[k].product);
		event.envelope.category = sv_from(row[k].category);
		event.envelope.service = sv_from(row[k].service);
		count = detect_event(session, &event, &match);
		for (size_t m = 0; m < count; m++)
			got[m] = (char)('0' + match[m]);
		CHECK_STR(got, row[k].want);
	}
	CHECK_INT(detect_session_statistics(session).events_unrouted, 4);
	detect_session_free(session);
	event_decoder_free(decoder);
	ruleset_unref(ruleset);
}

/* More logsources than plans are kept: slower, but the same answers. */
TEST(plans_have_a_limit)
{
	const struct ruleset_options options = { .all_logsources = true };
	struct event_decoder *decoder = event_decoder_new();
	struct detect_session *session;
	struct ruleset *ruleset;
	struct event event;
	struct buf buf;
	char name[32];

	buf_init(&buf, 1 << 22);
	for (int i = 0; i < PLANS_MAX + 10; i++)
		buf_printf(
			&buf,
			"title: r%d\nlogsource: {product: p%d}\ndetection: {s: {A: 1}, condition: s}\n---\n",
			i, i);
	/* also more documents than YAML takes at once: they are read one by one */
	ruleset = ruleset_parse(buf_sv(&buf), "r", &options, NULL);
	buf_done(&buf);
	REQUIRE(ruleset_count(ruleset) == PLANS_MAX + 10);
	session = detect_session_new(ruleset);
	REQUIRE(event_decode(decoder, SV("{\"A\":1}"), &event, NULL) == 0);
	for (uint32_t i = 0; i < ruleset_count(ruleset); i++) {
		const uint32_t *match;

		snprintf(name, sizeof name, "p%u", i);
		event.envelope.product = sv_from(name);
		if (detect_event(session, &event, &match) != 1 || match[0] != i)
			CHECK(!"answer without plan");
	}
	CHECK(ruleset->plan_count < PLANS_MAX && ruleset->plan_count > PLANS_MAX / 2);
	detect_session_free(session);
	event_decoder_free(decoder);
	ruleset_unref(ruleset);
}

#define FILTER(rules, source, body)                                                                \
	"---\ntitle: f\nlogsource: {" source "}\nfilter:\n  rules: " rules "\n" body

TEST(filters)
{
	static const char rule[] = HEAD
		"name: my_rule\n" SOURCE
		"detection:\n  filter_x: {A: 1}\n  s: {A: 1}\n  condition: s and 1 of filter*\n";
	static const struct {
		const char *filter, *event;
		int want;
	} row[] = {
		{ FILTER("[11111111-1111-4111-8111-111111111111]", "product: windows",
			 "  flt: {U: admin}\n  condition: not flt\n"),
		  "{\"A\":1,\"U\":\"Admin\"}", 0 },
		{ FILTER("[11111111-1111-4111-8111-111111111111]", "product: windows",
			 "  flt: {U: admin}\n  condition: not flt\n"),
		  "{\"A\":1,\"U\":\"bob\"}", 1 },
		{ FILTER("my_rule", "category: process_creation",
			 "  flt: {U: admin}\n  condition: not flt\n"),
		  "{\"A\":1,\"U\":\"admin\"}", 0 },
		{ FILTER("any", "product: windows", "  flt: {U: admin}\n  condition: not flt\n"),
		  "{\"A\":1,\"U\":\"admin\"}", 0 },
		{ FILTER("any", "product: linux", "  flt: {U: admin}\n  condition: not flt\n"),
		  "{\"A\":1,\"U\":\"admin\"}", 1 },
		{ FILTER("[other]", "product: windows",
			 "  flt: {U: admin}\n  condition: not flt\n"),
		  "{\"A\":1,\"U\":\"admin\"}", 1 },
		{ FILTER("any", "product: windows", "  s: {U: admin}\n  condition: s\n"),
		  "{\"A\":1,\"U\":\"bob\"}", 0 },
		{ FILTER("any", "product: windows",
			 "  filter_y: {U: bob}\n  condition: not filter_y\n"),
		  "{\"A\":1,\"U\":\"admin\"}", 1 },
		{ FILTER("any", "product: windows", "  a: {U: admin}\n  condition: not a\n")
			  FILTER("any", "product: windows", "  a: {U: bob}\n  condition: not a\n"),
		  "{\"A\":1,\"U\":\"bob\"}", 0 },
	};
	struct event_decoder *decoder = event_decoder_new();

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct ruleset *ruleset;
		struct event event;
		struct buf buf;

		buf_init(&buf, 4096);
		/* the filter may stand before the rule */
		if (i % 2)
			buf_printf(&buf, "%s---\n%s", row[i].filter, rule);
		else
			buf_printf(&buf, "%s%s", rule, row[i].filter);
		ruleset = ruleset_parse(buf_sv(&buf), "r", NULL, NULL);
		REQUIRE(ruleset_count(ruleset) == 1);
		REQUIRE(event_decode(decoder, sv_from(row[i].event), &event, NULL) == 0);
		testing_route(&event);
		CHECK_INT(testing_match(ruleset, &event), row[i].want);
		ruleset_unref(ruleset);
		buf_done(&buf);
	}
	event_decoder_free(decoder);
}

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

struct seen {
	size_t calls, done, total;
};

static void progress(void *context, size_t done, size_t total)
{
	struct seen *seen = context;

	seen->calls++;
	seen->done = done;
	seen->total = total;
}

TEST(files_and_folders)
{
	char folder[] = "/tmp/detect-test-XXXXXX", inner[64], missing[64], link[64];
	struct seen seen = { 0, 0, 0 };
	struct err err = ERR_INIT;
	struct ruleset *ruleset;
	const char *path[2];
	const struct ruleset_options options = {
		.path = path, .path_count = 2, .progress = progress, .context = &seen
	};
	const struct rule_problem *problem;

	REQUIRE(mkdtemp(folder) != NULL);
	snprintf(inner, sizeof inner, "%s/inner", folder);
	snprintf(missing, sizeof missing, "%s/missing.yml", folder);
	snprintf(link, sizeof link, "%s/inner/loop", folder);
	REQUIRE(mkdir(inner, 0700) == 0);
	write_text(folder, "b.yml", OTHER);
	write_text(folder, "a.txt", OTHER);
	write_text(folder, ".hidden.yml", OTHER);
	write_text(inner, "c.yaml", HEAD SOURCE "detection: {s: {A: 1}, condition: s}\n");
	write_text(inner, "d.yml", "title: {\n");
	REQUIRE(symlink("..", link) == 0);
	path[0] = folder;
	path[1] = inner; /* again: read once */
	ruleset = ruleset_load(&options, &err);
	REQUIRE(ruleset != NULL);
	CHECK_INT(ruleset_count(ruleset), 2);
	CHECK_SV(ruleset_rule(ruleset, 0)->title, SV("o"));
	CHECK(sv_ends(ruleset_rule(ruleset, 1)->file, SV("/inner/c.yaml")));
	CHECK_INT(ruleset_problems(ruleset, &problem), 1);
	CHECK(sv_ends(problem->file, SV("/inner/d.yml")));
	CHECK_INT(seen.calls, 3);
	CHECK_INT(seen.done, 3);
	CHECK_INT(seen.total, 3);
	ruleset_unref(ruleset);
	path[1] = missing;
	CHECK(ruleset_load(&options, &err) == NULL);
	CHECK_INT(err.code, ERR_IO);
	CHECK(strstr(err.text, "missing.yml") != NULL);
	for (const char *const *name =
		     (const char *const[]){ "b.yml", "a.txt", ".hidden.yml", "inner/c.yaml",
					    "inner/d.yml", "inner/loop", NULL };
	     *name; name++) {
		char whole[128];

		snprintf(whole, sizeof whole, "%s/%s", folder, *name);
		CHECK(unlink(whole) == 0);
	}
	CHECK(rmdir(inner) == 0 && rmdir(folder) == 0);
}

TEST(references)
{
	struct ruleset *ruleset = parse(OTHER);
	struct detect_session *session = detect_session_new(ruleset);

	ruleset_ref(ruleset);
	ruleset_unref(ruleset);
	ruleset_unref(ruleset);
	detect_session_free(session); /* the last one */
	ruleset_unref(NULL);
	detect_session_free(NULL);
	CHECK(true);
}

TEST(names_and_witnesses)
{
	struct ruleset *ruleset = parse(
		HEAD
		"logsource: {product: windows, service: microsoft-servicebus-client}\n"
		"detection:\n  s: {A|contains: [Longer Text, other], B: x}\n  k: [Say \"keyword text\"]\n"
		"  condition: s or k\n---\n" OTHER);
	struct arena *arena = arena_new(1 << 20);
	const struct rule_witness *witness;
	size_t count;

	REQUIRE(ruleset_count(ruleset) == 2);
	CHECK_SV(ruleset_rule(ruleset, 0)->service, SV("servicebus-client"));
	CHECK_INT(ruleset_find(ruleset, SV("22222222-2222-4222-8222-222222222222")), 1);
	CHECK(ruleset_find(ruleset, SV("x")) == SIZE_MAX);
	count = ruleset_witnesses(ruleset, 0, arena, &witness);
	REQUIRE(count == 2 || count == 3);
	for (size_t i = 0; i < count; i++)
		CHECK(sv_eq(witness[i].text, SV("longer text")) ||
		      sv_eq(witness[i].text, SV("other")) || sv_eq(witness[i].text, SV("x")) ||
		      (sv_eq(witness[i].text, SV("keyword text")) && witness[i].field.n == 0));
	arena_free(arena);
	ruleset_unref(ruleset);
}
