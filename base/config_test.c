#include "base/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/test.h"

enum level { LEVEL_LOW, LEVEL_MIDDLE, LEVEL_HIGH };

struct limits {
	int64_t wait_us;
	uint64_t body;
};

struct operator
{
	const char *name;
	int64_t people;
};

struct settings {
	const char *listen, *data;
	int64_t workers;
	bool quiet;
	int level;
	struct config_texts names;
	struct limits limits;
	struct config_sections operators;
};

static const char *const level_words[] = { "low", "middle", "high", NULL };

static const struct config_field limit_fields[] = {
	{ "wait", CONFIG_DURATION, offsetof(struct limits, wait_us), INSTANT_SECOND,
	  3600 * INSTANT_SECOND },
	{ "body", CONFIG_SIZE, offsetof(struct limits, body), 1024, 64 << 20 },
};
static const struct config_schema limits_schema = {
	limit_fields,
	2,
	sizeof(struct limits),
	NULL,
};

static const struct config_field operator_fields[] = {
	{ "name", CONFIG_TEXT, offsetof(struct operator, name), 1, 20, .required = true },
	{ "people", CONFIG_INT, offsetof(struct operator, people) },
};
static const struct operator operator_initial = { "nobody", 3 };
static const struct config_schema operator_schema = {
	operator_fields,
	2,
	sizeof(struct operator),
	&operator_initial,
};

static const struct config_field fields[] = {
	{ "listen", CONFIG_TEXT, offsetof(struct settings, listen), .required = true },
	{ "data", CONFIG_PATH, offsetof(struct settings, data) },
	{ "workers", CONFIG_INT, offsetof(struct settings, workers), 1, 64 },
	{ "quiet", CONFIG_BOOL, offsetof(struct settings, quiet) },
	{ "level", CONFIG_ENUM, offsetof(struct settings, level), .word = level_words },
	{ "names", CONFIG_TEXTS, offsetof(struct settings, names), 0, 3 },
	{ "limits", CONFIG_SECTION, offsetof(struct settings, limits), .schema = &limits_schema },
	{ "operators", CONFIG_SECTIONS, offsetof(struct settings, operators), 0, 2,
	  .schema = &operator_schema },
};
static const struct config_schema schema = {
	fields,
	sizeof fields / sizeof *fields,
	sizeof(struct settings),
	NULL,
};

static const struct config_field open_list_fields[] = {
	{ "list", CONFIG_TEXTS, offsetof(struct settings, names) },
};
static const struct config_schema open_list_schema = {
	open_list_fields,
	1,
	sizeof(struct settings),
	NULL,
};

TEST(a_whole_file)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	struct settings got = { .workers = 2, .limits = { .body = 7 } };
	struct err err = ERR_INIT;
	const struct operator* operator;

	CHECK_INT(config_parse(
			  SV("listen: 127.0.0.1:8443\ndata: var/centre\nworkers: 64\nquiet: true\n"
			     "level: high\nnames: [a, '2', 火消し]\nlimits:\n  wait: 5m\n"
			     "operators:\n  - name: 市\n    people: 12\n  - {name: B}\n"),
			  "c.yaml", "/etc/hikeshi", &schema, arena, &got, &err),
		  0);
	CHECK_STR(err.text, "");
	CHECK_STR(got.listen, "127.0.0.1:8443");
	CHECK_STR(got.data, "/etc/hikeshi/var/centre");
	CHECK_INT(got.workers, 64);
	CHECK(got.quiet);
	CHECK_INT(got.level, LEVEL_HIGH);
	REQUIRE(got.names.count == 3);
	CHECK_STR(got.names.item[1], "2");
	CHECK_STR(got.names.item[2], "火消し");
	CHECK_INT(got.limits.wait_us, 300 * INSTANT_SECOND);
	CHECK_INT(got.limits.body, 7); /* the default stays */
	REQUIRE(got.operators.count == 2);
	operator= got.operators.item;
	CHECK_STR(operator[0].name, "市");
	CHECK_INT(operator[0].people, 12);
	CHECK_INT(operator[1].people, 3);
	arena_free(arena);
}

TEST(errors_say_where_and_what_to_do)
{
	static const struct {
		const char *text, *want, *hint;
	} row[] = {
		{ "", "c:1:1: key 'listen' is missing", "" },
		{ "# nothing\n---\n", "c:1:1: key 'listen' is missing", "" },
		{ "listen: a\nworker: 3\n", "c:2:1: there is no key 'worker'",
		  "is 'workers' meant?" },
		{ "listen: a\nlisetn: 3\n", "c:2:1: there is no key 'lisetn'",
		  "is 'listen' meant?" },
		{ "listen: a\nxyzzy: 3\n", "c:2:1: there is no key 'xyzzy'",
		  "keys are listen, data, workers, quiet, level, names, limits or operators" },
		{ "listen: a\nworkers: 65\n",
		  "c:2:10: workers: '65' is not a whole number from 1 to 64", "" },
		{ "listen: a\nworkers: 0\n",
		  "c:2:10: workers: '0' is not a whole number from 1 to 64", "" },
		{ "listen: a\nworkers: '3'\n",
		  "c:2:10: workers: '3' is not a whole number from 1 to 64", "" },
		{ "listen: a\nworkers: [3]\n",
		  "c:2:10: workers: is a list, wanted is a whole number from 1 to 64", "" },
		{ "listen:\n", "c:1:8: listen: has no value, wanted is a text", "" },
		{ "listen: \"a\\u0007\"\n", "c:1:9: listen: holds a control character", "" },
		{ "listen: a\nquiet: yes\n", "c:2:8: quiet: 'yes' is not true or false", "" },
		{ "listen: a\nlevel: hihg\n", "c:2:8: level: 'hihg' is not low, middle or high",
		  "is 'high' meant?" },
		{ "listen: a\nlevel: 3\n", "c:2:8: level: '3' is not low, middle or high", "" },
		{ "listen: a\nnames: a\n", "c:2:8: names: 'a' is not a list", "" },
		{ "listen: a\nnames: [a,b,c,d]\n", "c:2:8: names: has 4 items, allowed are 0 to 3",
		  "" },
		{ "listen: a\nnames: [a,{b: c}]\n", "c:2:11: names: is a map, wanted is a text",
		  "" },
		{ "listen: a\nlimits:\n  wait: 5 min\n",
		  "c:3:9: limits.wait: '5 min' is not a duration",
		  "write 500ms, 90s, 5m, 3h or 2d" },
		{ "listen: a\nlimits:\n  wait: 2h\n",
		  "c:3:9: limits.wait: '2h' is not from 1s to 1h", "" },
		{ "listen: a\nlimits:\n  body: 1\n",
		  "c:3:9: limits.body: '1' is not from 1KiB to 64MiB", "" },
		{ "listen: a\nlimits:\n  body: much\n", "c:3:9: limits.body: 'much' is not a size",
		  "write 65536, 64KiB, 64MiB or 2GiB" },
		{ "listen: a\nlimits: 3\n", "c:2:9: limits: '3' is not a map of keys and values",
		  "" },
		{ "listen: a\nlimits: {x: 1}\n", "c:2:10: limits: there is no key 'x'",
		  "keys are wait or body" },
		{ "listen: a\noperators: [{people: 1}]\n",
		  "c:2:13: operators: key 'name' is missing", "" },
		{ "listen: a\noperators: [{name: ''}]\n",
		  "c:2:20: operators.name: has 0 bytes, at least 1 are needed", "" },
		{ "listen: a\noperators: [{name: 123456789012345678901}]\n",
		  "c:2:20: operators.name: has 21 bytes, at most 20 are allowed", "" },
		{ "listen: a\ndata: ''\n", "c:2:7: data: is empty, wanted is a path", "" },
		{ "[listen]\n", "c:1:1: is a list, wanted is a map of keys and values", "" },
		{ "listen: a\n---\nlisten: b\n", "c: 2 documents, wanted is one", "" },
		{ "listen: a\nlisten: b\n",
		  "c:2:1: key 'listen' stands here again, first in line 1", "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new((size_t)1 << 20);
		struct settings got = { .workers = 2, .listen = "before" };
		struct err err = ERR_INIT;

		CHECK_INT(config_parse(sv_from(row[i].text), "c", "/", &schema, arena, &got, &err),
			  -1);
		CHECK_STR(err.text, row[i].want);
		CHECK_STR(err.hint, row[i].hint);
		CHECK_STR(got.listen, "before");
		CHECK_INT(got.workers, 2);
		arena_free(arena);
	}
}

TEST(durations)
{
	static const struct {
		const char *text;
		bool valid;
		int64_t us;
	} row[] = {
		{ "0", true, 0 },
		{ "0s", true, 0 },
		{ "500ms", true, 500000 },
		{ "90s", true, 90000000 },
		{ "5m", true, 300000000 },
		{ "3h", true, INT64_C(10800000000) },
		{ "2d", true, INT64_C(172800000000) },
		{ "106751991d", true, INT64_C(9223372022400000000) },
		{ "106751992d", false, 0 },
		{ "5", false, 0 },
		{ "s", false, 0 },
		{ "", false, 0 },
		{ "-5s", false, 0 },
		{ "5 s", false, 0 },
		{ "1.5h", false, 0 },
		{ "99999999999999999999s", false, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		int64_t us = -1;

		CHECK_INT(config_duration(sv_from(row[i].text), &us), row[i].valid);
		CHECK_INT(us, row[i].valid ? row[i].us : -1);
	}
}

TEST(sizes)
{
	static const struct {
		const char *text;
		bool valid;
		uint64_t bytes;
	} row[] = {
		{ "0", true, 0 },
		{ "65536", true, 65536 },
		{ "64KiB", true, 65536 },
		{ "64MiB", true, 64 << 20 },
		{ "2GiB", true, UINT64_C(2) << 30 },
		{ "500MB", true, 500000000 },
		{ "16777215TiB", true, UINT64_MAX - (UINT64_C(1) << 40) + 1 },
		{ "16777216TiB", false, 0 },
		{ "64mib", false, 0 },
		{ "KiB", false, 0 },
		{ "-1", false, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		uint64_t bytes = 7;

		CHECK_INT(config_size(sv_from(row[i].text), &bytes), row[i].valid);
		CHECK_INT(bytes, row[i].valid ? row[i].bytes : 7);
	}
}

TEST(nearest_words)
{
	static const char *const words[] = { "workers", "listen", "data", "on", NULL };
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "worker", "workers" },
		{ "Workers", "workers" },
		{ "wrokers", "workers" },
		{ "lsiten", "listen" },
		{ "listening", "listen" },
		{ "dta", "data" },
		{ "zzzz", NULL },
		{ "", NULL },
		{ "no", "on" },
		{ "x", NULL },
	};
	char longest[200];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		CHECK_STR(config_nearest(sv_from(row[i].text), words), row[i].want);
	memset(longest, 'w', sizeof longest);
	CHECK(!config_nearest((struct sv){ longest, sizeof longest }, words));
}

TEST(from_a_file)
{
	char folder[] = "/tmp/hikeshi-config-XXXXXX", path[64], want[128];
	struct arena *arena = arena_new((size_t)1 << 20);
	struct settings got = { 0 };
	struct err err = ERR_INIT;

	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/c.yaml", folder);
	CHECK_INT(config_read(path, &schema, arena, &got, &err), -1);
	CHECK_INT(err.code, ERR_NOT_FOUND);
	REQUIRE(file_write(path, SV("listen: x\ndata: d\n"), 0600, &err) == 0);
	CHECK_INT(config_read(path, &schema, arena, &got, &err), 0);
	snprintf(want, sizeof want, "%s/d", folder);
	CHECK_STR(got.data, want);
	unlink(path);
	rmdir(folder);
	arena_free(arena);
}

/* With each arena that is too small for one more step it fails in another place. */
TEST(memory_is_bounded)
{
	size_t limit = 0;
	int status = -1;

	for (; status < 0 && limit < 65536; limit += 16) {
		struct arena *arena = arena_new(limit);
		struct settings got = { 0 };
		struct err err = ERR_INIT;

		status =
			config_parse(SV("listen: a\nnames: [aaaa, bbbb, cccc]\ndata: x\n"
					"limits: {wait: 5m, body: 2KiB}\noperators: [{name: a}]\n"),
				     "c", "/", &schema, arena, &got, &err);
		if (status < 0)
			CHECK(strstr(err.text, "memory") && !got.listen);
		arena_free(arena);
	}
	CHECK(status == 0 && limit > 1024);
}

TEST(general_bounds_at_their_edges)
{
	struct buf text;

	buf_init(&text, 2 * CONFIG_FILE_MAX);
	for (size_t over = 0; over <= 1; over++) {
		struct arena *arena = arena_new((size_t)64 << 20);
		struct settings got = { 0 };
		struct err err = ERR_INIT;
		char path[] = "/tmp/hikeshi-config-XXXXXX";
		int fd;

		buf_clear(&text);
		buf_put_sv(&text, SV("listen: "));
		for (size_t i = 0; i < CONFIG_TEXT_MAX + over; i++)
			buf_put_char(&text, 'x');
		CHECK_INT(config_parse(buf_sv(&text), "c", "/", &schema, arena, &got, &err),
			  over ? -1 : 0);

		buf_clear(&text);
		buf_put_sv(&text, SV("list:"));
		for (size_t i = 0; i < CONFIG_ITEMS_MAX + over; i++)
			buf_put_sv(&text, SV("\n - a"));
		CHECK_INT(config_parse(buf_sv(&text), "c", "/", &open_list_schema, arena, &got,
				       &err),
			  over ? -1 : 0);

		buf_clear(&text);
		buf_put_sv(&text, SV("listen: x\n#"));
		while (text.n < CONFIG_FILE_MAX + over)
			buf_put_char(&text, 'x');
		fd = mkstemp(path);
		REQUIRE(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
		close(fd);
		CHECK_INT(config_read(path, &schema, arena, &got, &err), over ? -1 : 0);
		unlink(path);
		arena_free(arena);
	}
	buf_done(&text);
}
