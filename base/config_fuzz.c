/* Any bytes into a schema with every kind: filled whole, or untouched. */
#include "base/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct inner {
	const char *text;
	int64_t number;
};

struct outer {
	const char *text, *path;
	int64_t number, duration;
	uint64_t bytes;
	bool flag;
	int word;
	struct config_texts texts;
	struct inner section;
	struct config_sections sections;
};

static const char *const words[] = { "low", "middle", "high", NULL };
static const struct config_field inner_fields[] = {
	{ "t", CONFIG_TEXT, offsetof(struct inner, text), .required = true },
	{ "n", CONFIG_INT, offsetof(struct inner, number), -5, 5 },
};
static const struct config_schema inner_schema = { inner_fields, 2, sizeof(struct inner), NULL };
static const struct config_field fields[] = {
	{ "text", CONFIG_TEXT, offsetof(struct outer, text), 1, 10 },
	{ "path", CONFIG_PATH, offsetof(struct outer, path) },
	{ "int", CONFIG_INT, offsetof(struct outer, number), 1, 9 },
	{ "duration", CONFIG_DURATION, offsetof(struct outer, duration), 1000, 60000000 },
	{ "size", CONFIG_SIZE, offsetof(struct outer, bytes), 0, 1 << 20 },
	{ "flag", CONFIG_BOOL, offsetof(struct outer, flag) },
	{ "word", CONFIG_ENUM, offsetof(struct outer, word), .word = words },
	{ "texts", CONFIG_TEXTS, offsetof(struct outer, texts), 0, 4 },
	{ "section", CONFIG_SECTION, offsetof(struct outer, section), .schema = &inner_schema },
	{ "sections", CONFIG_SECTIONS, offsetof(struct outer, sections), 0, 4,
	  .schema = &inner_schema },
};
static const struct config_schema schema = {
	fields,
	sizeof fields / sizeof *fields,
	sizeof(struct outer),
	NULL,
};

static void require(bool promise)
{
	if (!promise)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	struct outer got = { .number = 77, .word = 77 };
	struct err err = ERR_INIT;

	if (config_parse((struct sv){ (const char *)data, size }, "f", "/", &schema, arena, &got,
			 &err) < 0) {
		require(err.code != ERR_OK && got.number == 77 && got.word == 77 && !got.text);
	} else {
		const struct inner *inner = got.sections.item;

		require(got.number == 77 || (got.number >= 1 && got.number <= 9));
		require(got.word == 77 || (got.word >= 0 && got.word <= 2));
		require(!got.text || (strlen(got.text) >= 1 && strlen(got.text) <= 10));
		require(got.duration <= 60000000 && got.bytes <= 1 << 20 && got.texts.count <= 4);
		for (size_t i = 0; i < got.sections.count; i++)
			require(inner[i].text && inner[i].number >= -5 && inner[i].number <= 5);
	}
	arena_free(arena);
	return 0;
}
