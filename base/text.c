#include "base/text.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#define CATALOGUE_BYTES_MAX ((size_t)4 << 20) /* a catalogue of texts; a larger one is not used */
#define CATALOGUE_MAGIC 0x950412deU	      /* of a file made by msgfmt on a machine like this */
#define SYSTEM_FOLDER "/usr/share/locale"

/* A file of msgfmt: both tables have `count` pairs of length and offset. */
struct catalogue {
	char *bytes;
	size_t size;
	uint32_t count, from, to;
};

/*
 * The language is the process's own, set once at its start and only read then:
 * every text of every program goes through here.
 */
static struct catalogue catalogue;

static uint32_t number_at(const struct catalogue *c, size_t at)
{
	uint32_t value;

	memcpy(&value, c->bytes + at, sizeof value);
	return value;
}

/* Text number i of a table. */
static const char *text_at(const struct catalogue *c, uint32_t table, uint32_t i)
{
	return c->bytes + number_at(c, table + 8 * (size_t)i + 4);
}

static bool check_table(const struct catalogue *c, uint32_t table)
{
	if (table > c->size || (c->size - table) / 8 < c->count)
		return false;
	for (uint32_t i = 0; i < c->count; i++) {
		const size_t length = number_at(c, table + 8 * (size_t)i);
		const size_t offset = number_at(c, table + 8 * (size_t)i + 4);

		if (offset >= c->size || length >= c->size - offset ||
		    c->bytes[offset + length] != '\0')
			return false;
	}
	return true;
}

static bool check_catalogue(struct catalogue *c)
{
	if (c->size < 28 || number_at(c, 0) != CATALOGUE_MAGIC || number_at(c, 4) >> 16 != 0)
		return false;
	c->count = number_at(c, 8);
	c->from = number_at(c, 12);
	c->to = number_at(c, 16);
	return check_table(c, c->from) && check_table(c, c->to);
}

static bool load(const char *folder, struct catalogue *ret)
{
	struct catalogue c = { 0 };
	char path[PATH_MAX + 64];
	struct buf buf;

	snprintf(path, sizeof path, "%s/ja/LC_MESSAGES/hikeshi.mo", folder);
	buf_init(&buf, CATALOGUE_BYTES_MAX);
	if (file_read(path, &buf, NULL) == 0) {
		c.size = buf.n;
		c.bytes = buf_detach(&buf);
		if (check_catalogue(&c)) {
			*ret = c;
			return true;
		}
		free(c.bytes);
	}
	buf_done(&buf);
	return false;
}

static bool wants_english(const char *language)
{
	static const char *const variable[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; !language && i < sizeof variable / sizeof *variable; i++) {
		const char *value = getenv(variable[i]);

		if (value && value[0] != '\0')
			language = value;
	}
	return language && strncmp(language, "en", 2) == 0;
}

static void reset(void)
{
	free(catalogue.bytes);
	catalogue = (struct catalogue){ 0 };
}

void text_init_at(const char *folder, const char *language)
{
	reset();
	if (!wants_english(language))
		load(folder, &catalogue);
}

void text_init(const char *language)
{
	char program[PATH_MAX], folder[PATH_MAX + 32];

	reset();
	if (wants_english(language))
		return;
	snprintf(folder, sizeof folder, "%s/../share/locale", file_program_folder(program));
	if (!load(folder, &catalogue))
		load(SYSTEM_FOLDER, &catalogue);
}

bool text_is_japanese(void)
{
	return catalogue.count > 0;
}

const char *text_get(const char *text)
{
	uint32_t low = 0, high = catalogue.count;

	/* The empty text would find the catalogue's own head. */
	while (text[0] != '\0' && low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int order = strcmp(text, text_at(&catalogue, catalogue.from, middle));

		if (order == 0) {
			const char *found = text_at(&catalogue, catalogue.to, middle);

			return found[0] != '\0' ? found : text;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return text;
}

const char *text_get_n(const char *one, const char *many, unsigned long n)
{
	const char *found = text_get(one);

	/* Japanese has one form for every number. */
	if (found != one)
		return found;
	return n == 1 ? one : many;
}
