/*
 * Whatever json_walk takes, json_decode takes, with the same fields; on every
 * variant that this processor has. And what is remembered of a shape changes
 * nothing.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "event/internal.h"

#define MUTATIONS 40
#define DEPTH 8
#define PATH_ROOM 4096

/* Decoders of all variants, and one that never walks. */
struct all {
	struct event_decoder *plain, *decoder[8];
	size_t count;
	uint64_t lines, walked, shaped;
};

static void all_init(struct all *all)
{
	*all = (struct all){ .plain = event_decoder_new() };
	all->plain->variant = NULL;
	for (const struct structure_variant *row = structure_variants(); row->name; row++) {
		if (!row->is_supported())
			continue;
		all->decoder[all->count] = event_decoder_new();
		all->decoder[all->count++]->variant = row;
	}
}

static void all_done(struct all *all)
{
	event_decoder_free(all->plain);
	for (size_t i = 0; i < all->count; i++)
		event_decoder_free(all->decoder[i]);
}

static bool same_view(struct sv a, struct sv b)
{
	return sv_eq(a, b) && (a.p == NULL) == (b.p == NULL);
}

static bool same_event(const struct event *a, const struct event *b)
{
	const struct event_envelope *x = &a->envelope, *y = &b->envelope;

	if (a->count != b->count || !sv_eq(x->id, y->id) || !sv_eq(x->company, y->company) ||
	    !sv_eq(x->device, y->device) || x->observed.us != y->observed.us ||
	    x->received.us != y->received.us || !sv_eq(x->product, y->product) ||
	    !sv_eq(x->category, y->category) || !sv_eq(x->service, y->service) ||
	    a->body.p != b->body.p || a->body.n != b->body.n)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!sv_eq(a->field[i].name, b->field[i].name) ||
		    !same_view(a->field[i].text, b->field[i].text) ||
		    a->field[i].name_hash != b->field[i].name_hash ||
		    a->field[i].type != b->field[i].type ||
		    a->field[i].in_array != b->field[i].in_array)
			return false;
	return true;
}

/* One text, exactly as long as its memory, so that a byte too far is seen. */
static bool same_everywhere(struct all *all, struct sv text)
{
	char *copy = mem_alloc(text.n + (text.n == 0));
	const struct sv line = { copy, text.n };
	struct event want = { 0 }, got = { 0 };
	bool same = true;

	memcpy(copy, text.p, text.n);
	for (int any = 0; any < 2 && same; any++) {
		struct err err = ERR_INIT, other = ERR_INIT;
		int (*decode)(struct event_decoder *, struct sv, struct event *, struct err *) =
			any ? event_decode_any : event_decode;
		const int result = decode(all->plain, line, &want, &err);

		for (size_t i = 0; i < all->count && same; i++) {
			const char *name = all->decoder[i]->variant->name;

			all->lines++;
			same = decode(all->decoder[i], line, &got, &other) == result &&
			       (result < 0 ? strcmp(err.text, other.text) == 0
					   : same_event(&want, &got));
			all->shaped += result == 0 && got.shape != 0;
			if (!same)
				printf("# %s, %s: %.*s\n", name, any ? "any" : "strict",
				       SV_ARG(sv_slice(text, 0, 2000)));
		}
	}
	for (size_t i = 0; i < all->count; i++)
		all->walked += json_walk(all->decoder[i], line);
	free(copy);
	return same;
}

static uint32_t chance(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Bytes that matter to JSON, put, taken, or changed at some place. */
static bool mutations(struct all *all, struct sv text, unsigned count, uint32_t seed)
{
	static const char bytes[] = "\"\\{}[]:,0-9.eEtrufalsn \t\n\x01\x0c\x1a\x7f\x80\xc3\xa9";
	char *copy = mem_alloc(text.n + 8);
	bool same = true;

	for (unsigned i = 0; i < count && same; i++) {
		size_t n = text.n;

		memcpy(copy, text.p, n);
		for (unsigned k = 0; k <= i % 3 && n > 1; k++) {
			const size_t at = chance(&seed) % n;
			const char c = bytes[chance(&seed) % (sizeof bytes - 1)];

			switch (chance(&seed) % 4) {
			case 0: copy[at] = c; break;
			case 1: memmove(copy + at, copy + at + 1, --n - at); break;
			case 2: n = i % 8 ? n : at; break;
			default: memmove(copy + at + 1, copy + at, n++ - at); copy[at] = c;
			}
		}
		same = same_everywhere(all, (struct sv){ copy, n });
	}
	free(copy);
	return same;
}

static const char *const rows[] = {
	"{}",
	"{ }",
	" {}",
	"{} ",
	"{}\n",
	"{}x",
	"{",
	"}",
	"[",
	"{\"",
	"{\"a",
	"{\"a\"",
	"{\"a\":",
	"{\"a\":1",
	"{\"a\":1,",
	"{\"a\":1}}",
	"{\"a\":{",
	"{\"a\":[",
	"{\"a\":[{",
	"{\"a\":[[",
	"{\"a\":[[1,",
	"{\"a\" 1}",
	"{\"a\",1}",
	"{\"a\":1 2}",
	"{\"a\":1\"b\":2}",
	"{\"a\":\"b\"c\"}",
	"{\"a\":truex}",
	"{\"a\":true }",
	"{\"a\":tru}",
	"{\"a\":nullnull}",
	"{\"a\":01}",
	"{\"a\":-}",
	"{\"a\":1.}",
	"{\"a\":1e400}",
	"{\"a\":123456789012345678901234567890}",
	"{\"a\":-0.5e-3,\"b\":[1,2,[3,{}],[]],\"c\":{\"d\":{},\"e\":null}}",
	"{\"a\":\"\\\\\",\"b\":\"\\\"\",\"c\":\"\\\\\\\"\"}",
	"{\"a\\\\\":\"x\\\\\\\\\"}",
	"{\"a\\u0062\":\"\\ud83d\\ude00\\ud83d\"}",
	"{\"a\":\"\\x\"}",
	"{\"a\":\"\\u12\"}",
	"{\"a\":\"\t\"}",
	"{\"a\":\"\x7f\xc2\xae\xe6\x97\xa5\"}",
	"{\"a\":\"\xc2\"}",
	"{\"a\":\"\xed\xa0\x80\"}",
	"{\\\"a\":1}",
	"{\"a\":\x0c}",
	"{\"a\":1\x1a}",
	"{\"a\":1\x0c\"b\":2}",
	"{\"a\":1,\"a\":\"2\",\"A\":3}",
	"{\"hikeshi\":{},\"a\":1}",
	"{\"hikeshi\":{\"product\":\"linux\",\"category\":\"process_creation\"},\"Image\":\"/bin/x\"}",
	"{\"a\":1,\"hikeshi\":{\"product\":\"linux\"}}",
	"{\"hikeshi\":{\"new\":{\"x\":[1]},\"product\":null},\"a\":1}",
	"{\"hikeshi\":{\"product\":1},\"a\":1}",
	"{\"hikeshi\":{\"id\":\"no\"},\"a\":1}",
	"{\"hikeshi\":{},\"hikeshi\":{}}",
	"{\"hikeshi\":1}",
	"{\"hikeshi\":{\"product\":\"\\u006cinux\",\"observed\":\"2026-11-21T00:00:00Z\"},\"a\":{\"hikeshi\":1}}",
	"{\"hikesh\\u0069\":{\"product\":\"linux\"},\"a\":1}",
	"{\"Channel\":\"Security\",\"EventID\":4688,\"New Process Name\":\"x\",\"NewProcessName\":\"C:\\\\a.exe\",\"ProcessId\":\"0x1f4\"}",
	"{\"Event\":{\"System\":{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1},\"EventData\":{\"Image\":\"a\"}}}",
	"{\"Event\":{\"System\":{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":3},\"EventData\":{\"Image\":\"a\"}}}",
	"{\"Event\":{\"System\":{\"Channel\":\"Security\",\"EventID\":1},\"EventData\":{\"Image\":\"a\"}}}",
	"{\"Event\":{\"EventData\":{\"Image\":\"a\"},\"System\":{\"Channel\":\"Security\",\"EventID\":1}}}",
	"{\"Event\":{\"System\":{\"Channel\":\"System\",\"EventID\":{\"#text\":7045,\"#attributes\":{\"Qualifiers\":16384}}},\"EventData\":{\"Data\":[{\"Name\":\"a\",\"#text\":\"1\"},{\"Name\":\"b\",\"#text\":\"2\"}]}}}",
	"{\"Event\":{\"System\":{\"Channel\":\"System\",\"EventID\":{\"#text\":7045,\"#attributes\":{\"Qualifiers\":16384}}},\"EventData\":{\"Data\":[{\"Name\":\"c\",\"#text\":\"1\"},{\"Name\":\"d\",\"#text\":\"2\"}]}}}",
	"{\"winlog\":{\"channel\":\"Windows PowerShell\",\"event_id\":400,\"event_data\":{\"param1\":\"x\",\"param2\":\"y\"}}}",
	"{\"winlog\":{\"channel\":\"Other\",\"event_id\":400,\"event_data\":{\"param1\":\"x\",\"param2\":\"y\"}}}",
	"{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":12,\"EventType\":\"CreateKey\",\"UtcTime\":\"2026-11-21 10:00:00.000\"}",
	"{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":12,\"EventType\":\"DeleteKey\",\"UtcTime\":\"2026-11-21 11:00:00.000\"}",
	"{\"SourceName\":\"Microsoft-Windows-Sysmon\",\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1}",
};

TEST(walk_rows)
{
	struct all all;

	all_init(&all);
	/* twice, in turn: what was learned from one must not change another */
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			CHECK(same_everywhere(&all, sv_from(rows[i])));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(mutations(&all, sv_from(rows[i]), 300, (uint32_t)i + 1));
	CHECK(all.shaped > 0);
	all_done(&all);
}

/* A string of each length with a quote, a backslash, a letter beyond ASCII at each place. */
TEST(walk_blocks)
{
	static const char *const parts[] = {
		"", "\\\\", "\\\"", "\\n", "\xc3\xa9", "\xe6\x97\xa5", "\t", "\\u0041", "\x80", ","
	};
	struct all all;
	struct buf buf;

	all_init(&all);
	buf_init(&buf, 4096);
	for (size_t part = 0; part < sizeof parts / sizeof *parts; part++)
		for (size_t before = 0; before < 140; before++) {
			buf_clear(&buf);
			buf_put_sv(&buf, SV("{\"k\":\""));
			for (size_t i = 0; i < before; i++)
				buf_put_char(&buf, 'x');
			buf_put_sv(&buf, sv_from(parts[part]));
			buf_put_sv(&buf, sv_from(parts[part]));
			buf_put_sv(&buf, SV("\",\"b\":\"\\\\\"}"));
			CHECK(same_everywhere(&all, buf_sv(&buf)));
		}
	for (size_t slashes = 0; slashes < 140; slashes++) {
		buf_clear(&buf);
		buf_put_sv(&buf, SV("{\"k\":\""));
		for (size_t i = 0; i < slashes; i++)
			buf_put_char(&buf, '\\');
		buf_put_sv(&buf, SV("\",\"b\":1}"));
		CHECK(same_everywhere(&all, buf_sv(&buf)));
	}
	buf_done(&buf);
	all_done(&all);
}

/* More names, shapes and fields than are kept. */
TEST(walk_bounds)
{
	struct all all;
	struct buf buf;

	all_init(&all);
	buf_init(&buf, EVENT_BYTES_MAX + 4096);
	for (unsigned round = 0; round < 3 * SHAPES_MAX; round++) {
		buf_clear(&buf);
		buf_put_char(&buf, '{');
		for (unsigned i = 0; i < 20; i++)
			buf_printf(&buf, "%s\"name%u\":%u", i ? "," : "", round * 19 + i, i);
		buf_put_char(&buf, '}');
		CHECK(same_everywhere(&all, buf_sv(&buf)));
	}
	for (unsigned fields = SHAPE_FIELDS_MAX - 1; fields <= SHAPE_FIELDS_MAX + 1; fields++) {
		buf_clear(&buf);
		buf_put_char(&buf, '{');
		for (unsigned i = 0; i < fields; i++)
			buf_printf(&buf, "%s\"a\":[%u]", i ? "," : "", i);
		buf_put_char(&buf, '}');
		CHECK(same_everywhere(&all, buf_sv(&buf)));
	}
	for (unsigned depth = EVENT_DEPTH_MAX - 1; depth <= EVENT_DEPTH_MAX + 1; depth++) {
		buf_clear(&buf);
		for (unsigned i = 0; i < depth; i++)
			buf_put_sv(&buf, SV("{\"a\":"));
		buf_put_char(&buf, '1');
		for (unsigned i = 0; i < depth; i++)
			buf_put_char(&buf, '}');
		CHECK(same_everywhere(&all, buf_sv(&buf)));
	}
	for (unsigned fields = EVENT_FIELDS_MAX; fields <= EVENT_FIELDS_MAX + 1; fields++) {
		buf_clear(&buf);
		buf_put_sv(&buf, SV("{\"a\":["));
		for (unsigned i = 0; i < fields; i++)
			buf_put_sv(&buf, i ? SV(",1") : SV("1"));
		buf_put_sv(&buf, SV("]}"));
		CHECK(same_everywhere(&all, buf_sv(&buf)));
	}
	for (unsigned n = EVENT_NAME_MAX; n <= EVENT_NAME_MAX + 1; n++) {
		buf_clear(&buf);
		buf_put_sv(&buf, SV("{\""));
		for (unsigned i = 0; i < n; i++)
			buf_put_char(&buf, 'n');
		buf_put_sv(&buf, SV("\":1}"));
		CHECK(same_everywhere(&all, buf_sv(&buf)));
	}
	buf_done(&buf);
	all_done(&all);
}

/* ---- SigmaHQ's samples, where they are at hand ---- */

/* Without the white space between tokens. */
static void compact(struct sv text, struct buf *buf)
{
	bool in_string = false;

	buf_clear(buf);
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (in_string || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
			buf_put_char(buf, c);
		if (in_string && c == '\\')
			buf_put_char(buf, text.p[++i]);
		else if (c == '"')
			in_string = !in_string;
	}
}

static void look_into(struct all *all, const char *path, unsigned depth)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && depth > 0 && (entry = readdir(folder))) {
		char full[PATH_ROOM];
		struct buf buf, text;
		FILE *file;
		int c;

		if (entry->d_name[0] == '.' ||
		    snprintf(full, sizeof full, "%s/%s", path, entry->d_name) >= (int)sizeof full)
			continue;
		if (!sv_ends(sv_from(full), SV(".json"))) {
			look_into(all, full, depth - 1);
			continue;
		}
		file = fopen(full, "r");
		buf_init(&buf, EVENT_BYTES_MAX);
		buf_init(&text, EVENT_BYTES_MAX);
		while (file && (c = getc(file)) != EOF)
			buf_put_char(&text, (char)c);
		if (file)
			fclose(file);
		CHECK(same_everywhere(all, buf_sv(&text)));
		compact(buf_sv(&text), &buf);
		CHECK(same_everywhere(all, buf_sv(&buf)));
		CHECK(mutations(all, buf_sv(&buf), MUTATIONS, (uint32_t)buf.n));
		buf_done(&buf);
		buf_done(&text);
	}
	if (folder)
		closedir(folder);
}

TEST(walk_samples)
{
	const char *sigma = getenv("HIKESHI_SIGMA");
	char path[PATH_ROOM];
	struct stat stat_of;
	struct all all;

	snprintf(path, sizeof path, "%s/regression_data", sigma ? sigma : HIKESHI_SIGMA_DEFAULT);
	if (stat(path, &stat_of) < 0)
		SKIP("SigmaHQ's regression data is not here: set HIKESHI_SIGMA");
	all_init(&all);
	look_into(&all, path, DEPTH);
	CHECK(all.walked > 0 && all.shaped > 0);
	printf("# %llu texts on %zu variants, %llu walked, %llu with a shape\n",
	       (unsigned long long)all.lines, all.count, (unsigned long long)all.walked,
	       (unsigned long long)all.shaped);
	all_done(&all);
}

/* HIKESHI_SIMD forces a variant. */
TEST(walk_forced)
{
	for (const struct structure_variant *row = structure_variants(); row->name; row++) {
		setenv("HIKESHI_SIMD", row->name, 1);
		if (row->is_supported())
			CHECK_STR(structure_best()->name, row->name);
		else
			CHECK(structure_best() != NULL);
	}
	setenv("HIKESHI_SIMD", "none of them", 1);
	CHECK(structure_best() != NULL);
	unsetenv("HIKESHI_SIMD");
}
