#include "base/buf.h"
#include "base/test.h"
#include "forms/kind.h"

static void put_little(struct buf *buf, uint32_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_put_char(buf, (char)(number >> 8 * i & 0xFF));
}

/* A zip of empty files with these names, as small as one can be. */
static void put_zip(struct buf *buf, const char *const *name, size_t count)
{
	uint32_t offset[8], directory;

	for (size_t i = 0; i < count; i++) {
		offset[i] = (uint32_t)buf->n;
		buf_put_sv(buf, SV("PK\3\4"));
		put_little(buf, 20, 2);
		for (unsigned k = 0; k < 5; k++)
			put_little(buf, 0, 4);
		put_little(buf, (uint32_t)strlen(name[i]), 2);
		put_little(buf, 0, 2);
		buf_put_sv(buf, sv_from(name[i]));
	}
	directory = (uint32_t)buf->n;
	for (size_t i = 0; i < count; i++) {
		buf_put_sv(buf, SV("PK\1\2"));
		put_little(buf, 20, 4);
		for (unsigned k = 0; k < 5; k++)
			put_little(buf, 0, 4);
		put_little(buf, (uint32_t)strlen(name[i]), 4); /* name, extra */
		for (unsigned k = 0; k < 2; k++)
			put_little(buf, 0, 4);
		put_little(buf, 0, 2);
		put_little(buf, offset[i], 4);
		buf_put_sv(buf, sv_from(name[i]));
	}
	buf_put_sv(buf, SV("PK\5\6"));
	put_little(buf, 0, 4);
	put_little(buf, (uint32_t)count, 2);
	put_little(buf, (uint32_t)count, 2);
	put_little(buf, (uint32_t)(buf->n - directory - 12), 4);
	put_little(buf, directory, 4);
	put_little(buf, 0, 2);
}

#define TYPES "[Content_Types].xml"
#define NONE FILE_TYPE_COUNT

TEST(documents_of_an_office_by_what_lies_in_them)
{
	static const struct {
		const char *name[4];
		size_t count;
		enum file_type type;
	} row[] = {
		{ { TYPES, "word/document.xml" }, 2, FILE_WORD },
		{ { "xl/workbook.xml", TYPES }, 2, FILE_EXCEL },
		{ { TYPES, "ppt/presentation.xml" }, 2, NONE },
		{ { "word/document.xml" }, 1, NONE },
		{ { TYPES, "word/document.xml", "xl/workbook.xml" }, 3, NONE },
		{ { TYPES, "word/document.xml", "word/vbaProject.bin" }, 3, NONE },
		{ { TYPES, "xl/workbook.xml", "xl/embeddings/a.exe" }, 3, NONE },
		{ { "a.txt" }, 1, NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum file_type type = NONE;
		struct buf buf;

		buf_init(&buf, 65536);
		put_zip(&buf, row[i].name, row[i].count);
		CHECK_INT(file_kind(buf_sv(&buf), &type), row[i].type != NONE);
		CHECK_INT(type, row[i].type);
		/* Cut at every place, and with something behind it, it is none. */
		for (size_t n = 0; n < buf.n; n++)
			CHECK(!file_kind(sv_slice(buf_sv(&buf), 0, n), &type));
		buf_put_char(&buf, 'x');
		CHECK(!file_kind(buf_sv(&buf), &type));
		buf_done(&buf);
	}
}

#define PNG_HEAD "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
#define PNG_END "\0\0\0\0IEND\xae\x42\x60\x82"

TEST(kinds_by_content)
{
	static const struct {
		struct sv content;
		enum file_type type;
	} row[] = {
		{ { "%PDF-1.7\n...\n%%EOF\n", 19 }, FILE_PDF },
		{ { "%PDF-2.0\n%%EOF", 14 }, FILE_PDF },
		{ { "%PDF-1.7\n...", 12 }, NONE },		/* cut off */
		{ { " %PDF-1.7\n%%EOF", 15 }, NONE },		/* begins with something else */
		{ { "MZ....%PDF-1.7\n%%EOF", 20 }, NONE },	/* a program that is a PDF, too */
		{ { "<html>%PDF-1.7%%EOF", 19 }, NONE },
		{ { PNG_HEAD "..." PNG_END, 16 + 3 + 12 }, FILE_PNG },
		{ { PNG_HEAD "...", 19 }, NONE },
		{ { "\xff\xd8\xff\xe0..\xff\xd9", 8 }, FILE_JPEG },
		{ { "\xff\xd8\xff\xe0..", 6 }, NONE },
		{ { "#!/bin/sh\n", 10 }, NONE },
		{ { "\x7f" "ELF", 4 }, NONE },
		{ { "", 0 }, NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum file_type type = NONE;

		CHECK_INT(file_kind(row[i].content, &type), row[i].type != NONE);
		CHECK_INT(type, row[i].type);
	}
	for (unsigned i = 0; i < FILE_TYPE_COUNT; i++) {
		CHECK(file_kind_media((enum file_type)i)[0] != '\0');
		CHECK(file_kind_extension((enum file_type)i)[0] == '.');
		CHECK(file_kind_name((enum file_type)i)[0] != '\0');
	}
}

/* A directory that says it has so many entries, with names for all of them. */
static bool try_entries(uint32_t count)
{
	enum file_type type;
	struct buf buf;
	bool is;

	buf_init(&buf, 4 << 20);
	buf_put_sv(&buf, SV("PK\3\4"));
	for (uint32_t i = 0; i < count; i++) {
		const struct sv name = i == 0   ? SV(TYPES)
				       : i == 1 ? SV("word/document.xml")
						: SV("a");

		buf_put_sv(&buf, SV("PK\1\2"));
		for (unsigned k = 0; k < 6; k++)
			put_little(&buf, 0, 4);
		put_little(&buf, (uint32_t)name.n, 4);
		for (unsigned k = 0; k < 3; k++)
			put_little(&buf, 0, 4);
		put_little(&buf, 0, 2);
		buf_put_sv(&buf, name);
	}
	buf_put_sv(&buf, SV("PK\5\6\0\0\0\0"));
	put_little(&buf, count, 2);
	put_little(&buf, count, 2);
	put_little(&buf, 0, 4);
	put_little(&buf, 4, 4);
	put_little(&buf, 0, 2);
	is = file_kind(buf_sv(&buf), &type);
	buf_done(&buf);
	return is;
}

TEST(bound_of_entries)
{
	CHECK(try_entries(2));
	CHECK(try_entries(KIND_ENTRIES_MAX));
	CHECK(!try_entries(KIND_ENTRIES_MAX + 1));
}
