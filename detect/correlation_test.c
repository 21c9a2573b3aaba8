/* Correlations: the specification's examples, times, bounds of memory, chains. */
#include "detect/correlation_testing.h"

#define FAILED                                                                                               \
	"title: Single failed login\nid: 53ba33fd-3a50-4468-a5ef-c583635cfa92\nname: failed_login\n" WINDOWS \
	"detection:\n    selection:\n        EventID:\n            - 529\n            - 4625\n"              \
	"    condition: selection\n---\n"
#define SUCCESS                                                                                    \
	"title: Successful login\nid: 4d0a2c83-c62c-4ed4-b475-c7e23a9269b8\n"                      \
	"name: successful_login\n" WINDOWS                                                         \
	"detection:\n    selection:\n        EventID:\n            - 528\n            - 4624\n"    \
	"    condition: selection\n---\n"

struct step {
	int64_t second;
	const char *event;
};

struct row {
	const char *yaml;
	struct step step[14];
	const char *told; /* NULL: that of the row before */
};

static void run(const struct row *row, size_t count, int64_t late, bool at_once)
{
	const char *told = "";

	for (size_t i = 0; i < count; i++) {
		struct stream s;

		told = row[i].told ? row[i].told : told;
		CHECK(stream_begin(&s, row[i].yaml, late, at_once));
		for (size_t k = 0; k < 14 && row[i].step[k].event; k++)
			stream_event(&s, row[i].step[k].second, row[i].step[k].event);
		stream_finish(&s);
		CHECK_SV(buf_sv(&s.told), sv_from(told));
		if (!sv_eq(buf_sv(&s.told), sv_from(told)))
			printf("# row %zu of\n%s\n", i, row[i].yaml);
		stream_end(&s);
	}
}

#define RUN(row, late, at_once) run(row, sizeof row / sizeof *row, late, at_once)
#define BOTH(row) (RUN(row, INT64_MAX, false), RUN(row, 3600, true))

#define FOLLOWED                                                                                   \
	"title: Followed\nid: b180ead8-d58f-40b2-ae54-c8940995b9b6\nstatus: experimental\n"        \
	"references:\n    - https://reference.com\nauthor: Florian Roth (Nextron Systems)\n"       \
	"date: 2023-06-16\ncorrelation:\n    type: temporal_ordered\n    rules:\n"                 \
	"        - multiple_failed_login\n        - successful_login\n    group-by:\n"             \
	"        - User\n    timespan: 10m\nfalsepositives:\n    - Unlikely\nlevel: high\n---\n"   \
	"title: Multiple\nid: a8418a5a-5fc4-46b5-b23b-6c73beb19d41\n"                              \
	"name: multiple_failed_login\ncorrelation:\n    type: event_count\n    rules:\n"           \
	"        - failed_login\n    group-by:\n        - User\n    timespan: 10m\n"               \
	"    condition:\n        gte: 10\n---\n" FAILED SUCCESS

/* "Failed Logins Followed by Successful Login" of the specification, in order and not. */
static void followed(const int *order, size_t count, int64_t late, bool at_once, const char *last)
{
	struct stream s;

	CHECK(stream_begin(&s, FOLLOWED, late, at_once));
	for (size_t i = 0; i < count; i++) {
		char event[64];

		snprintf(event, sizeof event, "{\"EventID\":%d,\"User\":\"%s\"}",
			 order[i] == 100 ? 4624 : 4625, order[i] == 50 ? "eve" : "bob");
		stream_event(&s, 1000 + order[i], event);
	}
	stream_finish(&s);
	CHECK_INT(s.hits, 2);
	CHECK(sv_find(buf_sv(&s.told), SV("Multiple bob 1001-1010 =10"), 0) != SIZE_MAX);
	CHECK(sv_find(buf_sv(&s.told), sv_from(last), 0) != SIZE_MAX);
	if (test_failed)
		printf("# %.*s\n", SV_ARG(buf_sv(&s.told)));
	stream_end(&s);
}

TEST(failed_logins_followed_by_a_successful_one)
{
	static const int straight[] = { 1, 2, 3, 4, 5, 50, 6, 7, 8, 9, 10, 100 };
	static const int turned[] = { 100, 50, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };
	static const char last[] = "Followed bob 1010-1100 =2";

	followed(straight, 12, INT64_MAX, false, last);
	followed(turned, 12, INT64_MAX, false, last);
	followed(straight, 12, 600, true, last);
	followed(turned, 12, 600, true, last);
	followed(straight, 12, 600, false, last);
}

TEST(who_is_quiet)
{
	static const char yaml[] = FOLLOWED OF(
		"Other", "1",
		"type: event_count, rules: successful_login, timespan: 1m, condition: {gte: 2}, generate: true");
	struct stream s;
	struct row {
		const char *title;
		bool correlation, correlated, quiet;
	} row[] = { { "Followed", true, false, false },
		    { "Multiple", true, true, true },
		    { "Single failed login", false, true, true },
		    { "Successful login", false, true, false },
		    { "Other", true, false, false } };

	CHECK(stream_begin(&s, yaml, 0, true));
	CHECK_INT(ruleset_count(s.ruleset), 5);
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < ruleset_count(s.ruleset); k++) {
			const struct rule *rule = ruleset_rule(s.ruleset, k);

			if (!sv_eq(rule->title, sv_from(row[i].title)))
				continue;
			CHECK(rule->correlation == row[i].correlation);
			CHECK(rule->correlated == row[i].correlated);
			CHECK(rule->quiet == row[i].quiet);
		}
	CHECK(ruleset_has_correlations(s.ruleset));
	CHECK_INT(ruleset_correlation_reach(s.ruleset), 2 * 600 + 2 * 600);
	stream_end(&s);
}

/* "Many failed logins" */
TEST(event_count)
{
	static const char yaml[] =
		FAILED OF("Many", "1",
			  "type: event_count, rules: [53ba33fd-3a50-4468-a5ef-c583635cfa92],"
			  " group-by: [ComputerName], timespan: 1h, condition: {gte: 3}");
	static const struct row row[] = {
		{ yaml,
		  { { 10, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 20, "{\"EventID\":4625,\"ComputerName\":\"B\"}" },
		    { 30, "{\"EventID\":4625,\"ComputerName\":\"a\"}" },
		    { 40, "{\"EventID\":4625}" },
		    { 50, "{\"EventID\":4625,\"ComputerName\":null}" },
		    { 60, "{\"EventID\":4624,\"ComputerName\":\"A\"}" },
		    { 3609, "{\"EventID\":529,\"ComputerName\":\"A\"}" } },
		  "Many A 10-3609 =3 #1,3,7\n" },
		/* the timespan is open at its begin */
		{ yaml,
		  { { 10, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 30, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3610, "{\"EventID\":4625,\"ComputerName\":\"A\"}" } },
		  "" },
		/* one that comes late completes it */
		{ yaml,
		  { { 3000, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3600, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 10, "{\"EventID\":4625,\"ComputerName\":\"A\"}" } },
		  "Many A 10-3600 =3 #3,1,2\n" },
		/* and one that comes late between others, of which some are too old by then */
		{ yaml,
		  { { 10, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3600, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3700, "{\"EventID\":4625,\"ComputerName\":\"x\"}" },
		    { 5000, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3605, "{\"EventID\":4625,\"ComputerName\":\"A\"}" } },
		  "Many A 10-3605 =3 #1,2,5\n" },
	};
	static const struct row sliding[] = {
		/* one hit in a timespan; no event is part of two */
		{ yaml,
		  { { 1, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 2, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 4, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 5, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 6, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3602, "{\"EventID\":4625,\"ComputerName\":\"A\"}" },
		    { 3603, "{\"EventID\":4625,\"ComputerName\":\"A\"}" } },
		  "Many A 1-3 =3 #1,2,3\nMany A 4-3603 =5 #4,5,6,7,8\n" },
	};

	BOTH(row);
	BOTH(sliding);
}

/* "Failed login": more than 100 different users, here more than 2 */
TEST(value_count)
{
	static const char yaml[] = FAILED OF(
		"Users", "2",
		"type: value_count, rules: [failed_login], group-by: [ComputerName, WorkstationName],"
		" timespan: 1d, condition: {field: User, gt: 2}");
	static const char two[] = FAILED OF("Two", "2",
					    "type: value_count, rules: failed_login, timespan: 1d,"
					    " condition: {field: [User, Domain], gte: 3}");
	static const struct row row[] = {
		{ yaml,
		  { { 1,
		      "{\"EventID\":4625,\"ComputerName\":\"A\",\"WorkstationName\":\"W\",\"User\":\"u\"}" },
		    { 2,
		      "{\"EventID\":4625,\"ComputerName\":\"A\",\"WorkstationName\":\"W\",\"User\":\"U\"}" },
		    { 3,
		      "{\"EventID\":4625,\"ComputerName\":\"A\",\"WorkstationName\":\"W\",\"User\":\"v\"}" },
		    { 4,
		      "{\"EventID\":4625,\"ComputerName\":\"A\",\"WorkstationName\":\"X\",\"User\":\"w\"}" },
		    { 5, "{\"EventID\":4625,\"ComputerName\":\"A\",\"WorkstationName\":\"W\"}" },
		    { 6,
		      "{\"EventID\":4625,\"ComputerName\":\"A\",\"WorkstationName\":\"W\",\"User\":1}" } },
		  "Users A W 1-6 =3 #1,2,3,6\n" },
		{ two,
		  { { 1, "{\"EventID\":4625,\"User\":\"a\",\"Domain\":\"bc\"}" },
		    { 2, "{\"EventID\":4625,\"User\":\"ab\",\"Domain\":\"c\"}" },
		    { 3, "{\"EventID\":4625,\"User\":\"ab\",\"Domain\":\"c\"}" },
		    { 4, "{\"EventID\":4625,\"User\":\"ab\"}" },
		    { 5, "{\"EventID\":4625,\"User\":\"abc\",\"Domain\":\"\"}" } },
		  "Two 1-5 =3 #1,2,3,5\n" },
	};

	BOTH(row);
}

#define RECON RULE("recon_cmd_a", "1") RULE("recon_cmd_b", "2") RULE("recon_cmd_c", "3")

/* "Reconnaissance commands … invoked in arbitrary order within 5 minutes" */
TEST(temporal)
{
	static const char yaml[] =
		RECON OF("Recon", "3",
			 "type: temporal, rules: [recon_cmd_a, recon_cmd_b, recon_cmd_c],"
			 " group-by: [ComputerName, User], timespan: 5m");
	static const char two[] =
		RECON OF("Recon", "3",
			 "type: temporal, rules: [recon_cmd_a, recon_cmd_b, recon_cmd_c],"
			 " group-by: [ComputerName, User], timespan: 5m, condition: {gte: 2}");
	static const struct row row[] = {
		{ yaml,
		  { { 1, "{\"recon_cmd_c\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" },
		    { 2, "{\"recon_cmd_a\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" },
		    { 3, "{\"recon_cmd_a\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" },
		    { 4, "{\"recon_cmd_b\":1,\"ComputerName\":\"A\",\"User\":\"v\"}" },
		    { 300, "{\"recon_cmd_b\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" } },
		  "Recon A u 1-300 =3 #1,2,3,5\n" },
		{ yaml,
		  { { 1, "{\"recon_cmd_c\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" },
		    { 2, "{\"recon_cmd_a\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" },
		    { 301, "{\"recon_cmd_b\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" } },
		  "" },
		/* one event for two rules */
		{ two,
		  { { 7,
		      "{\"recon_cmd_c\":1,\"recon_cmd_a\":1,\"ComputerName\":\"A\",\"User\":\"u\"}" } },
		  "Recon A u 7-7 =2 #1,1\n" },
	};

	BOTH(row);
}

TEST(temporal_ordered)
{
	static const char yaml[] =
		RECON OF("Ordered", "4",
			 "type: temporal_ordered, rules: [recon_cmd_a, recon_cmd_b, recon_cmd_c],"
			 " group-by: [User], timespan: 5m");
	static const char two[] =
		RECON OF("Two", "4",
			 "type: temporal_ordered, rules: [recon_cmd_a, recon_cmd_b, recon_cmd_c],"
			 " timespan: 5m, condition: {gt: 1}");
	static const struct row row[] = {
		{ yaml,
		  { { 1, "{\"recon_cmd_a\":1,\"User\":\"u\"}" },
		    { 2, "{\"recon_cmd_c\":1,\"User\":\"u\"}" },
		    { 3, "{\"recon_cmd_b\":1,\"User\":\"u\"}" },
		    { 4, "{\"recon_cmd_a\":1,\"User\":\"u\"}" },
		    { 5, "{\"recon_cmd_c\":1,\"User\":\"u\"}" } },
		  "Ordered u 1-5 =3 #1,2,3,4,5\n" },
		{ yaml,
		  { { 1, "{\"recon_cmd_c\":1,\"User\":\"u\"}" },
		    { 2, "{\"recon_cmd_b\":1,\"User\":\"u\"}" },
		    { 3, "{\"recon_cmd_a\":1,\"User\":\"u\"}" } },
		  "" },
		/* the chain that begins last counts; what is before it has no part */
		{ yaml,
		  { { 1, "{\"recon_cmd_a\":1,\"User\":\"u\"}" },
		    { 200, "{\"recon_cmd_a\":1,\"User\":\"u\"}" },
		    { 210, "{\"recon_cmd_b\":1,\"User\":\"u\"}" },
		    { 400, "{\"recon_cmd_c\":1,\"User\":\"u\"}" } },
		  "Ordered u 200-400 =3 #2,3,4\n" },
		/* of one time: any order; the middle comes late */
		{ yaml,
		  { { 9, "{\"recon_cmd_c\":1,\"User\":\"u\"}" },
		    { 9, "{\"recon_cmd_a\":1,\"User\":\"u\"}" },
		    { 9, "{\"recon_cmd_b\":1,\"User\":\"u\"}" } },
		  "Ordered u 9-9 =3 #2,3,1\n" },
		{ two,
		  { { 1, "{\"recon_cmd_c\":1}" },
		    { 2, "{\"recon_cmd_b\":1}" },
		    { 3, "{\"recon_cmd_b\":1}" },
		    { 4, "{\"recon_cmd_c\":1}" } },
		  "Two 3-4 =2 #3,4\n" },
	};

	BOTH(row);
}

/* The specification's example: the same address as source here and destination there. */
TEST(aliases)
{
	static const char yaml[] =
		"title: i\nname: internal_error\nid: 5638f7c0-ac70-491d-8465-2a65075e0d81\n" WINDOWS
		"detection:\n    selection:\n        http.response.status_code: 500\n"
		"    condition: selection\n---\n"
		"title: n\nname: new_network_connection\nid: 5638f7c0-ac70-491d-8465-2a65075e0d82\n" WINDOWS
		"detection:\n    selection:\n        event.category: network\n"
		"        event.type: connection\n        event.outcome: success\n"
		"    condition: selection\n---\n"
		"title: —\nid: 5638f7c0-ac70-491d-8465-2a65075e0d83\ncorrelation:\n    type: temporal\n"
		"    rules:\n        - internal_error\n        - new_network_connection\n"
		"    group-by:\n        - internal_ip\n        - remote_ip\n    timespan: 10s\n"
		"    aliases:\n        internal_ip:\n            internal_error: destination.ip\n"
		"            new_network_connection: source.ip\n        remote_ip:\n"
		"            internal_error: source.ip\n"
		"            new_network_connection: destination.ip\n";
	static const struct row row[] = {
		{ yaml,
		  { { 1,
		      "{\"http\":{\"response\":{\"status_code\":500}},\"source\":{\"ip\":\"192.0.2.1\"},\"destination\":{\"ip\":\"10.0.0.1\"}}" },
		    { 2,
		      "{\"event\":{\"category\":\"network\",\"type\":\"connection\",\"outcome\":\"success\"},\"source\":{\"ip\":\"192.0.2.1\"},\"destination\":{\"ip\":\"10.0.0.1\"}}" },
		    { 9,
		      "{\"event\":{\"category\":\"network\",\"type\":\"connection\",\"outcome\":\"success\"},\"source\":{\"ip\":\"10.0.0.1\"},\"destination\":{\"ip\":\"192.0.2.1\"}}" } },
		  "— 10.0.0.1 192.0.2.1 1-9 =2 #1,3\n" },
	};

	BOTH(row);
}

/* "Possible Exfiltration to Website" and the other metrics */
TEST(metrics)
{
	static const char sum[] = SITE OF(
		"Sum", "5",
		"type: value_sum, rules: [website_access], group-by: [SourceIP, User], timespan: 1h,"
		" condition: {field: bytes_sent, gt: 1000000}");
	static const char average[] =
		SITE OF("Average", "6",
			"type: value_avg, rules: [website_access], group-by: User, timespan: 24h,"
			" condition: {field: BytesOut, gt: 500}");
	static const char percentile[] =
		SITE OF("Percentile", "7",
			"type: value_percentile, rules: [website_access], timespan: 1m,"
			" condition: {field: n, percentile: 90, gte: 8}");
	static const char median[] =
		SITE OF("Median", "7",
			"type: value_median, rules: [website_access], timespan: 1m,"
			" condition: {field: n, eq: 2.5}");
	static const char share[] =
		SITE OF("Share", "7",
			"type: value_percentile, rules: [website_access], timespan: 24h,"
			" condition: {field: Image, lte: 25}");
	static const struct row row[] = {
		{ sum,
		  { { 1,
		      "{\"website_access\":1,\"SourceIP\":\"i\",\"User\":\"u\",\"bytes_sent\":600000}" },
		    { 2,
		      "{\"website_access\":1,\"SourceIP\":\"i\",\"User\":\"u\",\"bytes_sent\":\"400000\"}" },
		    { 3,
		      "{\"website_access\":1,\"SourceIP\":\"i\",\"User\":\"v\",\"bytes_sent\":600000}" },
		    { 4,
		      "{\"website_access\":1,\"SourceIP\":\"i\",\"User\":\"u\",\"bytes_sent\":\"many\"}" },
		    { 5,
		      "{\"website_access\":1,\"SourceIP\":\"i\",\"User\":\"u\",\"bytes_sent\":0.5}" } },
		  "Sum i u 1-5 =1e+06 #1,2,5\n" },
		{ average,
		  { { 1, "{\"website_access\":1,\"User\":\"u\",\"BytesOut\":900}" },
		    { 2, "{\"website_access\":1,\"User\":\"u\",\"BytesOut\":200}" },
		    { 3, "{\"website_access\":1,\"User\":\"v\",\"BytesOut\":500}" },
		    { 86401, "{\"website_access\":1,\"User\":\"u\",\"BytesOut\":1}" } },
		  "Average u 1-2 =550 #1,2\n" },
		{ percentile,
		  { { 1, "{\"website_access\":1,\"n\":9}" },
		    { 2, "{\"website_access\":1,\"n\":1}" },
		    { 3, "{\"website_access\":1,\"n\":3}" },
		    { 4, "{\"website_access\":1,\"n\":8}" },
		    { 5, "{\"website_access\":1,\"n\":2}" },
		    { 6, "{\"website_access\":1,\"n\":4}" },
		    { 7, "{\"website_access\":1,\"n\":5}" },
		    { 8, "{\"website_access\":1,\"n\":6}" },
		    { 9, "{\"website_access\":1,\"n\":7}" },
		    { 10, "{\"website_access\":1,\"n\":0}" } },
		  "Percentile 1-10 =8 #1,2,3,4,5,6,7,8,9,10\n" },
		{ median,
		  { { 1, "{\"website_access\":1,\"n\":4}" },
		    { 2, "{\"website_access\":1,\"n\":2}" },
		    { 3, "{\"website_access\":1,\"n\":1}" },
		    { 4, "{\"website_access\":1,\"n\":3}" } },
		  "Median 1-4 =2.5 #1,2,3,4\n" },
		/* "spawned a process name … less than 1 % of all the processes", here 25 % */
		{ share,
		  { { 1, "{\"website_access\":1,\"Image\":\"a\"}" },
		    { 2, "{\"website_access\":1,\"Image\":\"A\"}" },
		    { 3, "{\"website_access\":1,\"Image\":\"b\"}" },
		    { 4, "{\"website_access\":1,\"Image\":\"a\"}" } },
		  "Share 1-4 =25 #1,2,3,4\n" },
	};

	BOTH(row);
}

/* What more events could undo is settled when the window is over. */
TEST(conditions_that_wait)
{
	static const char few[] = SITE OF(
		"Few", "8",
		"type: event_count, rules: website_access, group-by: h, timespan: 10s, condition: {lt: 2}");
	static const char range[] = SITE OF(
		"Range", "8",
		"type: event_count, rules: website_access, timespan: 10s, condition: {gt: 1, lte: 3}");
	static const char not [] = SITE OF(
		"Not", "8",
		"type: value_count, rules: website_access, timespan: 10s, condition: {field: h, neq: 2}");
	static const struct row row[] = {
		{ few,
		  { { 1, "{\"website_access\":1,\"h\":\"a\"}" },
		    { 2, "{\"website_access\":1,\"h\":\"b\"}" },
		    { 9, "{\"website_access\":1,\"h\":\"a\"}" },
		    { 10, "{\"website_access\":1,\"h\":\"a\"}" } },
		  "Few b 2-2 =1 #2\nFew a 10-10 =1 #4\n" },
		{ range,
		  { { 1, "{\"website_access\":1}" },
		    { 2, "{\"website_access\":1}" },
		    { 9, "{\"website_access\":1}" },
		    { 10, "{\"website_access\":1}" },
		    { 20, "{\"website_access\":1}" },
		    { 22, "{\"website_access\":1}" },
		    { 23, "{\"website_access\":1}" },
		    { 24, "{\"website_access\":1}" } },
		  "Range 1-9 =3 #1,2,3\n" },
		{ not,
		  { { 1, "{\"website_access\":1,\"h\":1}" },
		    { 2, "{\"website_access\":1,\"h\":2}" },
		    { 12, "{\"website_access\":1,\"h\":1}" } },
		  "Not 12-12 =1 #3\n" },
	};
	struct stream s;

	BOTH(row);
	/* by the time of the stream, with what may come late */
	CHECK(stream_begin(&s, few, 5, true));
	stream_event(&s, 100, "{\"website_access\":1,\"h\":\"a\"}");
	stream_advance(&s, 114);
	CHECK_INT(s.hits, 0);
	stream_advance(&s, 115);
	CHECK_SV(buf_sv(&s.told), SV("Few a 100-100 =1 #1\n"));
	stream_event(&s, 109, "{\"website_access\":1,\"h\":\"a\"}");
	CHECK_INT(correlator_statistics(s.correlator).late, 1);
	stream_event(&s, 110, "{\"website_access\":1,\"h\":\"a\"}");
	CHECK_INT(correlator_statistics(s.correlator).late, 1);
	CHECK_INT(correlator_statistics(s.correlator).entries, 2);
	stream_end(&s);
}

/* Each key has its own time: a laptop that was away for hours is counted all the same. */
TEST(late_by_key)
{
	static const char yaml[] = SITE OF(
		"Two", "9",
		"type: event_count, rules: website_access, group-by: h, timespan: 10s, condition: {gte: 2}");
	struct stream s;

	CHECK(stream_begin(&s, yaml, 5, true));
	stream_event(&s, 50000, "{\"website_access\":1,\"h\":\"a\"}");
	stream_event(&s, 100, "{\"website_access\":1,\"h\":\"b\"}");
	stream_event(&s, 103, "{\"website_access\":1,\"h\":\"b\"}");
	CHECK_SV(buf_sv(&s.told), SV("Two b 100-103 =2 #2,3\n"));
	stream_event(&s, 49994, "{\"website_access\":1,\"h\":\"a\"}"); /* later than the bound */
	CHECK_INT(s.hits, 1);
	CHECK_INT(correlator_statistics(s.correlator).late, 1);
	stream_event(&s, 49995, "{\"website_access\":1,\"h\":\"a\"}"); /* exactly at it */
	CHECK_INT(s.hits, 2);
	stream_end(&s);
}

/* A clock that runs ahead is held back by the one that received it; companies are apart. */
TEST(clocks_and_companies)
{
	static const char yaml[] = SITE OF(
		"Two", "9",
		"type: event_count, rules: website_access, timespan: 10s, condition: {gte: 2}");
	struct stream s;

	CHECK(stream_begin(&s, yaml, 0, true));
	s.envelope.received.us = 100 * INSTANT_SECOND;
	stream_event(&s, 99999, "{\"website_access\":1}");
	s.envelope.company = SV("other");
	s.envelope.received.us = 101 * INSTANT_SECOND;
	stream_event(&s, 101, "{\"website_access\":1}");
	CHECK_INT(s.hits, 0);
	s.envelope.company = SV("");
	stream_event(&s, 101, "{\"website_access\":1}");
	CHECK_SV(buf_sv(&s.told), SV("Two 100-101 =2 #1,3\n"));
	stream_end(&s);
}

/* A hit has only its own values of group-by; correlations of correlations of correlations. */
TEST(chains)
{
	static const char yaml[] = SITE NAMED(
		"one", "1",
		"type: event_count, rules: website_access, group-by: [h, u],"
		" timespan: 10s, condition: {gte: 2}")
		NAMED("two", "2",
		      "type: value_count, rules: one, group-by: h, timespan: 1m,"
		      " condition: {field: u, gte: 2}")
			NAMED("three", "3",
			      "type: event_count, rules: two, timespan: 1h, condition: {gte: 2}")
				NAMED("none", "4",
				      "type: event_count, rules: two, group-by: u, timespan: 1h,"
				      " condition: {gte: 1}");
	static const struct row row[] = {
		{ yaml,
		  { { 1, "{\"website_access\":1,\"h\":\"a\",\"u\":\"x\"}" },
		    { 2, "{\"website_access\":1,\"h\":\"a\",\"u\":\"x\"}" },
		    { 3, "{\"website_access\":1,\"h\":\"a\",\"u\":\"y\"}" },
		    { 4, "{\"website_access\":1,\"h\":\"a\",\"u\":\"y\"}" },
		    { 5, "{\"website_access\":1,\"h\":\"b\",\"u\":\"x\"}" },
		    { 6, "{\"website_access\":1,\"h\":\"b\",\"u\":\"x\"}" },
		    { 7, "{\"website_access\":1,\"h\":\"b\",\"u\":\"z\"}" },
		    { 8, "{\"website_access\":1,\"h\":\"b\",\"u\":\"z\"}" } },
		  "one a x 1-2 =2 #1,2\none a y 3-4 =2 #3,4\ntwo a 2-4 =2 #2,4\n"
		  "one b x 5-6 =2 #5,6\none b z 7-8 =2 #7,8\ntwo b 6-8 =2 #6,8\nthree 4-8 =2 #4,8\n" },
	};

	RUN(row, 600, true);
}

/* What waits for the end of a window delays those who wait for it, but loses nothing. */
TEST(chains_of_windows)
{
	static const char yaml[] = SITE NAMED(
		"few", "1",
		"type: event_count, rules: website_access, group-by: h, timespan: 10s,"
		" condition: {lte: 1}")
		NAMED("both", "2",
		      "type: event_count, rules: [few], timespan: 30s, condition: {gte: 2}");
	static const struct row row[] = {
		{ yaml,
		  { { 100, "{\"website_access\":1,\"h\":\"a\"}" },
		    { 105, "{\"website_access\":1,\"h\":\"b\"}" },
		    { 300, "{\"website_access\":1,\"h\":\"c\"}" },
		    { 900, "{\"website_access\":1,\"h\":\"d\"}" } },
		  "few a 100-100 =1 #1\nfew b 105-105 =1 #2\nboth 100-105 =2 #1,2\n"
		  "few c 300-300 =1 #3\nfew d 900-900 =1 #4\n" },
	};

	RUN(row, 20, true);
	RUN(row, 20, false);
}

TEST(told)
{
	static const char yaml[] = FAILED OF(
		"Many", "1",
		"type: value_count, rules: failed_login, group-by: [ComputerName], timespan: 90m,"
		" condition: {gte: 2, field: User}");
	struct arena *arena = arena_new(1 << 20);
	const struct correlation_hit *hit;
	const struct detect_reason *reason;
	const struct sv *field;
	char name[2][CORRELATION_NAME_MAX];
	const uint32_t rules[] = { 0, 1 };
	struct stream s;
	struct event event;
	const uint32_t *match;
	size_t n, hits;

	for (int i = 0; i < 2; i++) {
		CHECK(stream_begin(&s, yaml, 0, true));
		stream_event(&s, 5, "{\"EventID\":4625,\"ComputerName\":\"Ä\",\"User\":1}");
		CHECK(event_decode(s.decoder,
				   i ? SV("{\"EventID\":4625,\"ComputerName\":\"Ä\",\"User\":2}")
				     : SV("{\"EventID\":4625,\"ComputerName\":\"ä\",\"User\":2}"),
				   &event, NULL) == 0);
		event.envelope = s.envelope;
		event.envelope.observed.us = 6 * INSTANT_SECOND;
		n = detect_event(s.session, &event, &match);
		hits = correlator_event(s.correlator, &event,
					(struct correlation_reference){ { 7, 8 } }, match, n, &hit);
		CHECK_INT(hits, 1);
		correlation_hit_name(s.ruleset, hit, arena, name[i]);
		n = correlation_explain(s.ruleset, hit, arena, &reason);
		CHECK_INT(n, 3);
		CHECK_SV(reason[0].modifiers, SV("value_count"));
		CHECK_SV(reason[0].field, SV("User"));
		CHECK_SV(reason[0].pattern, SV("gte 2 in 90m"));
		CHECK_SV(reason[0].value, SV("2"));
		CHECK_SV(reason[1].field, SV("ComputerName"));
		CHECK_SV(reason[1].value, SV("Ä"));
		CHECK_SV(reason[2].pattern, SV("Single failed login"));
		CHECK_SV(reason[2].value, SV("2"));
		CHECK_INT(ruleset_correlated_fields(s.ruleset, rules, 2, arena, &field), 2);
		CHECK_SV(field[0], SV("ComputerName"));
		CHECK_SV(field[1], SV("User"));
		stream_end(&s);
	}
	CHECK_STR(name[0], name[1]);
	arena_free(arena);
}

/* ---- the state of an earlier run ---- */

struct memory {
	int64_t at[8];
	size_t count;
};

static bool is_known(void *context, const struct correlation_hit *hit)
{
	const struct memory *memory = context;

	for (size_t i = 0; i < memory->count; i++)
		if (memory->at[i] == hit->last.us)
			return true;
	return false;
}

/* Reading again what came before gives the state that was there, and no hit twice. */
TEST(replay)
{
	static const char yaml[] = SITE OF(
		"Two", "9",
		"type: event_count, rules: website_access, timespan: 10s, condition: {gte: 2}");
	for (int64_t from = 1; from < 40; from++) {
		struct memory memory = { .count = 0 };
		struct stream whole, again;

		CHECK(stream_begin(&whole, yaml, 0, true));
		CHECK(stream_begin(&again, yaml, 0, true));
		for (int64_t at = 1; at < 80; at++) {
			const size_t before = whole.hits;

			stream_event(&whole, at, "{\"website_access\":1}");
			if (at < 60 && whole.hits > before)
				memory.at[memory.count++] = at * INSTANT_SECOND;
			if (at == 59)
				whole.told.n = 0;
		}
		correlator_replay(again.correlator, is_known, &memory);
		again.number = (uint64_t)from - 1;
		for (int64_t at = from; at < 60; at++)
			stream_event(&again, at, "{\"website_access\":1}");
		CHECK_INT(again.hits, 0);
		correlator_replay(again.correlator, NULL, NULL);
		for (int64_t at = 60; at < 80; at++)
			stream_event(&again, at, "{\"website_access\":1}");
		CHECK_SV(buf_sv(&again.told), buf_sv(&whole.told));
		stream_end(&whole);
		stream_end(&again);
	}
}
