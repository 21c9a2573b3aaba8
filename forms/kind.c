#include "forms/kind.h"

#define PDF_END_WITHIN 1024 /* PDF 32000-1, annex H.3, note 18 */
#define ZIP_END_SIZE 22
#define ZIP_ENTRY_SIZE 46
#define ZIP_COMMENT_MAX 65535

static const struct {
	const char *media, *extension, *name;
} kind[FILE_TYPE_COUNT] = {
	[FILE_PDF] = { "application/pdf", ".pdf", "PDF" },
	[FILE_WORD] = { "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
			".docx", "Word" },
	[FILE_EXCEL] = { "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			 ".xlsx", "Excel" },
	[FILE_PNG] = { "image/png", ".png", "PNG" },
	[FILE_JPEG] = { "image/jpeg", ".jpg", "JPEG" },
};

const char *file_kind_media(enum file_type type)
{
	return kind[type].media;
}

const char *file_kind_extension(enum file_type type)
{
	return kind[type].extension;
}

const char *file_kind_name(enum file_type type)
{
	return kind[type].name;
}

static bool is_pdf(struct sv content)
{
	const size_t tail = content.n > PDF_END_WITHIN ? content.n - PDF_END_WITHIN : 0;

	return (sv_starts(content, SV("%PDF-1.")) || sv_starts(content, SV("%PDF-2."))) &&
	       sv_find(content, SV("%%EOF"), tail) != SIZE_MAX;
}

static bool is_png(struct sv content)
{
	return sv_starts(content, SV("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")) &&
	       sv_ends(content, SV("\0\0\0\0IEND\xae\x42\x60\x82"));
}

static bool is_jpeg(struct sv content)
{
	return sv_starts(content, SV("\xff\xd8\xff")) && sv_ends(content, SV("\xff\xd9"));
}

/* ---- documents of an office: zip with certain names (ECMA-376, part 2) ---- */

static uint32_t little(struct sv content, size_t at, unsigned bytes)
{
	uint32_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint32_t)(unsigned char)content.p[at + i] << 8 * i;
	return number;
}

/* The record at the end of a zip; SIZE_MAX where there is none. */
static size_t find_end(struct sv content)
{
	const size_t lowest = content.n > ZIP_END_SIZE + ZIP_COMMENT_MAX
				      ? content.n - ZIP_END_SIZE - ZIP_COMMENT_MAX
				      : 0;

	for (size_t at = content.n < ZIP_END_SIZE ? SIZE_MAX : content.n - ZIP_END_SIZE;
	     at != SIZE_MAX && at + 1 > lowest; at--)
		if (sv_starts(sv_slice(content, at, content.n), SV("PK\5\6")) &&
		    at + ZIP_END_SIZE + little(content, at + 20, 2) == content.n)
			return at;
	return SIZE_MAX;
}

struct names {
	bool types, word, excel, program;
};

static void look_at(struct names *names, struct sv name)
{
	names->types = names->types || sv_eq(name, SV("[Content_Types].xml"));
	names->word = names->word || sv_eq(name, SV("word/document.xml"));
	names->excel = names->excel || sv_eq(name, SV("xl/workbook.xml"));
	names->program = names->program || sv_ends(name, SV("vbaProject.bin")) ||
			 sv_ends(name, SV(".exe")) || sv_ends(name, SV(".dll"));
}

/* Walks the directory; false where it is damaged. */
static bool read_directory(struct sv content, struct names *names)
{
	const size_t end = find_end(content);
	uint32_t count, at;

	if (end == SIZE_MAX || !sv_starts(content, SV("PK\3\4")))
		return false;
	count = little(content, end + 10, 2);
	at = little(content, end + 16, 4);
	if (count > KIND_ENTRIES_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t name, more;

		if (at > end || end - at < ZIP_ENTRY_SIZE ||
		    !sv_starts(sv_slice(content, at, end), SV("PK\1\2")))
			return false;
		name = little(content, at + 28, 2);
		more = little(content, at + 30, 2) + little(content, at + 32, 2);
		if (end - at - ZIP_ENTRY_SIZE < name + more)
			return false;
		look_at(names, sv_slice(content, at + ZIP_ENTRY_SIZE, at + ZIP_ENTRY_SIZE + name));
		at += ZIP_ENTRY_SIZE + name + more;
	}
	return true;
}

static bool is_office(struct sv content, enum file_type *ret)
{
	struct names names = { .types = false };

	if (!read_directory(content, &names) || !names.types || names.program ||
	    names.word == names.excel)
		return false;
	*ret = names.word ? FILE_WORD : FILE_EXCEL;
	return true;
}

bool file_kind(struct sv content, enum file_type *ret)
{
	static const struct {
		bool (*is)(struct sv content);
		enum file_type type;
	} row[] = { { is_pdf, FILE_PDF }, { is_png, FILE_PNG }, { is_jpeg, FILE_JPEG } };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (row[i].is(content)) {
			*ret = row[i].type;
			return true;
		}
	}
	return is_office(content, ret);
}
