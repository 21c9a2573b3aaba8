#include "base/text.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"

static char folder[64];

/* What msgfmt writes: head, two tables of (length, offset), sorted texts. */
#define WORD(n) (char)((n)&0xff), (char)((n) >> 8 & 0xff), 0, 0
static const char mo[] = {
	(char)0xde,
	0x12,
	0x04,
	(char)0x95,
	WORD(0),
	WORD(3),
	WORD(28),
	WORD(52),
	WORD(0),
	WORD(0),
	/* 28 */ WORD(0),
	WORD(76),
	WORD(10),
	WORD(77),
	WORD(3),
	WORD(88),
	/* 52 */ WORD(4),
	WORD(92),
	WORD(3),
	WORD(97),
	WORD(3),
	WORD(101),
	/* 76 */ 0,
	/* 77 */ 'o',
	'n',
	'e',
	' ',
	'x',
	0,
	'm',
	'a',
	'n',
	'y',
	0,
	/* 88 */ 'y',
	'e',
	's',
	0,
	/* 92 */ 'h',
	'e',
	'a',
	'd',
	0,
	/* 97 */ (char)0xe4,
	(char)0xb8,
	(char)0x80,
	0,
	/* 101 */ (char)0xe3,
	(char)0x81,
	(char)0xaf,
	0,
};

static void write_catalogue(struct sv bytes)
{
	char path[128];

	snprintf(path, sizeof path, "%s/ja/LC_MESSAGES", folder);
	file_make_folder(path, 0700, NULL);
	snprintf(path, sizeof path, "%s/ja/LC_MESSAGES/hikeshi.mo", folder);
	file_write(path, bytes, 0600, NULL);
}

static void forget(void)
{
	char path[128];

	text_init_at("/nonexistent", NULL);
	snprintf(path, sizeof path, "%s/ja/LC_MESSAGES/hikeshi.mo", folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/ja/LC_MESSAGES", folder);
	rmdir(path);
	snprintf(path, sizeof path, "%s/ja", folder);
	rmdir(path);
	rmdir(folder);
}

static bool make_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/hikeshi-text-XXXXXX");
	return mkdtemp(folder) != NULL;
}

TEST(language_is_chosen)
{
	static const struct {
		const char *option, *lc_all, *lc_messages, *lang;
		bool is_japanese;
	} row[] = {
		{ NULL, NULL, NULL, NULL, true },
		{ NULL, NULL, NULL, "C", true },
		{ NULL, NULL, NULL, "ja_JP.UTF-8", true },
		{ NULL, NULL, NULL, "en_US.UTF-8", false },
		{ NULL, "", "", "en", false },
		{ NULL, "ja_JP.UTF-8", NULL, "en_US.UTF-8", true },
		{ NULL, NULL, "en_GB", "ja_JP", false },
		{ "en", NULL, NULL, "ja_JP", false },
		{ "ja", "en_US", NULL, NULL, true },
	};

	REQUIRE(make_folder());
	write_catalogue((struct sv){ mo, sizeof mo });
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const char *const name[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
		const char *const value[] = { row[i].lc_all, row[i].lc_messages, row[i].lang };

		for (int k = 0; k < 3; k++)
			if (value[k])
				setenv(name[k], value[k], 1);
			else
				unsetenv(name[k]);
		text_init_at(folder, row[i].option);
		CHECK_INT(text_is_japanese(), row[i].is_japanese);
		CHECK_STR(_("yes"), row[i].is_japanese ? "は" : "yes");
	}
	forget();
}

TEST(texts_are_found)
{
	REQUIRE(make_folder());
	write_catalogue((struct sv){ mo, sizeof mo });
	text_init_at(folder, "ja");
	CHECK_STR(_("yes"), "は");
	CHECK_STR(_("no"), "no");
	CHECK_STR(_(""), "");
	CHECK_STR(_n("one x", "many", 1), "一");
	CHECK_STR(_n("one x", "many", 2), "一");
	CHECK_STR(_n("a y", "some", 1), "a y");
	CHECK_STR(_n("a y", "some", 0), "some");
	forget();
	CHECK(!text_is_japanese());
	CHECK_STR(_("yes"), "yes");
}

TEST(largest_catalogue)
{
	for (size_t over = 0; over <= 1; over++) {
		const size_t n = ((size_t)4 << 20) + over;
		char *bytes = mem_zalloc(n);

		REQUIRE(make_folder());
		memcpy(bytes, mo, sizeof mo);
		write_catalogue((struct sv){ bytes, n });
		text_init_at(folder, "ja");
		CHECK_INT(text_is_japanese(), !over);
		free(bytes);
		forget();
	}
}

TEST(damaged_catalogues_are_not_used)
{
	REQUIRE(make_folder());
	for (size_t n = 0; n < sizeof mo; n++) {
		write_catalogue((struct sv){ mo, n });
		text_init_at(folder, "ja");
		CHECK(!text_is_japanese());
	}
	for (size_t i = 0; i < 76; i++) {
		char damaged[sizeof mo];

		memcpy(damaged, mo, sizeof mo);
		damaged[i] ^= (char)0xff;
		write_catalogue((struct sv){ damaged, sizeof damaged });
		text_init_at(folder, "ja");
		_("yes"); /* must not read outside */
		_("one x");
	}
	forget();
}
