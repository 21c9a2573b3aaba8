#include "base/buf.h"
#include "base/test.h"
#include "forms/multipart.h"

#define ROOM (4U << 20)

TEST(the_boundary_of_a_content_type)
{
	static const struct {
		const char *type, *boundary; /* NULL: refused */
	} row[] = {
		{ "multipart/form-data; boundary=abc", "abc" },
		{ "Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b\"", NULL },
		{ "multipart/form-data; boundary=\"a:b\"", "a:b" },
		{ "multipart/form-data; boundary=----WebKitFormBoundaryAbC123", "----WebKitFormBoundaryAbC123" },
		{ "multipart/form-data", NULL },
		{ "multipart/form-data; boundary=", NULL },
		{ "multipart/form-data; boundary=a\xff", NULL },
		{ "multipart/mixed; boundary=abc", NULL },
		{ "application/x-www-form-urlencoded", NULL },
		{ "", NULL },
		/* 70 characters and 71 */
		{ "multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678901234567890",
		  "1234567890123456789012345678901234567890123456789012345678901234567890" },
		{ "multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901", NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct sv boundary = SV_NONE;
		const bool good = multipart_boundary(sv_from(row[i].type), &boundary);

		CHECK_INT(good, row[i].boundary != NULL);
		if (good)
			CHECK_SV(boundary, sv_from(row[i].boundary));
	}
}

#define HEAD(name) "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_HEAD(name, file)                                                                      \
	"--b\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file               \
	"\"\r\nContent-Type: application/pdf\r\n\r\n"

TEST(what_a_body_says)
{
	static const struct {
		const char *body;
		enum err_code code;
		size_t count;
		const char *name, *file, *content; /* of the last part; file NULL: none */
	} row[] = {
		{ HEAD("a") "1\r\n--b--\r\n", ERR_OK, 1, "a", NULL, "1" },
		{ HEAD("a") "\r\n--b--", ERR_OK, 1, "a", NULL, "" },
		{ HEAD("a") "1\r\n" HEAD("c") "2\r\n--b--\r\n", ERR_OK, 2, "c", NULL, "2" },
		{ HEAD("a") "x\r\n--c\r\n--bee\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ HEAD("a") "x\r\n--c\r\n--b--", ERR_OK, 1, "a", NULL, "x\r\n--c" },
		{ FILE_HEAD("f", "x.pdf") "%PDF\r\n--b--", ERR_OK, 1, "f", "x.pdf", "%PDF" },
		{ FILE_HEAD("f", "") "\r\n--b--", ERR_OK, 1, "f", "", "" },
		{ FILE_HEAD("f", "C:\\a\\..\\b/x\"; y.pdf") "1\r\n--b--", ERR_OK, 1, "f", "x", "1" },
		{ FILE_HEAD("f", "a%22b%0D%0A.pdf") "1\r\n--b--", ERR_OK, 1, "f", "a\"b.pdf", "1" },
		{ FILE_HEAD("f", "申込書.pdf") "1\r\n--b--", ERR_OK, 1, "f", "申込書.pdf", "1" },
		{ FILE_HEAD("f", "a\xff.pdf") "1\r\n--b--", ERR_OK, 1, "f", "a", "1" },
		{ "--b\r\ncontent-disposition:form-data;filename=\"n\";name=\"f;g\"\r\n\r\n1\r\n--b--",
		  ERR_OK, 1, "f;g", "n", "1" },
		{ "--b--\r\n", ERR_OK, 0, NULL, NULL, NULL },
		/* cut off, damaged */
		{ "", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ "\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ "--b", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ HEAD("a") "1", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ HEAD("a") "1\r\n--b", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ HEAD("a") "1\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ "--b\r\n\r\n1\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ HEAD("") "1\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
		{ HEAD("a\xff") "1\r\n--b--", ERR_FORMAT, 0, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(ROOM);
		const struct multipart_part *part = NULL;
		struct err err = ERR_INIT;
		size_t count = 0;

		CHECK_INT(multipart_parse(sv_from(row[i].body), SV("b"), arena, &part, &count, &err),
			  row[i].code == ERR_OK ? 0 : -1);
		CHECK_INT(err.code, row[i].code);
		CHECK_INT(count, row[i].count);
		if (count > 0 && count == row[i].count) {
			CHECK_SV(part[count - 1].name, sv_from(row[i].name));
			CHECK_SV(part[count - 1].content, sv_from(row[i].content));
			CHECK_INT(part[count - 1].is_file, row[i].file != NULL);
			if (row[i].file)
				CHECK_SV(part[count - 1].file_name, sv_from(row[i].file));
		}
		arena_free(arena);
	}
}

/* A form of so many parts, with a name and a header of so many bytes. */
static enum err_code try_size(size_t parts, size_t name, size_t head)
{
	struct arena *arena = arena_new(ROOM);
	const struct multipart_part *part;
	struct err err = ERR_INIT;
	struct buf body;
	size_t count;

	buf_init(&body, ROOM);
	for (size_t i = 0; i < parts; i++) {
		const size_t before = body.n + strlen("--b\r\n");

		buf_printf(&body, "--b\r\nContent-Disposition: form-data; name=\"%.*s\"\r\nX: ",
			   (int)name, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
				      "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
		while (body.n - before < head)
			buf_put_char(&body, 'x');
		buf_put_sv(&body, SV("\r\n\r\n1\r\n"));
	}
	buf_put_sv(&body, SV("--b--"));
	multipart_parse(buf_sv(&body), SV("b"), arena, &part, &count, &err);
	buf_done(&body);
	arena_free(arena);
	return err.code;
}

TEST(bounds)
{
	CHECK_INT(try_size(MULTIPART_PARTS_MAX, 1, 0), ERR_OK);
	CHECK_INT(try_size(MULTIPART_PARTS_MAX + 1, 1, 0), ERR_TOO_LARGE);
	CHECK_INT(try_size(1, MULTIPART_NAME_MAX, 0), ERR_OK);
	CHECK_INT(try_size(1, MULTIPART_NAME_MAX + 1, 0), ERR_TOO_LARGE);
	CHECK_INT(try_size(1, 1, MULTIPART_HEAD_MAX), ERR_OK);
	CHECK_INT(try_size(1, 1, MULTIPART_HEAD_MAX + 1), ERR_TOO_LARGE);
}

TEST(a_long_name_of_a_file_is_cut_between_characters)
{
	struct arena *arena = arena_new(ROOM);
	const struct multipart_part *part = NULL;
	struct err err = ERR_INIT;
	struct buf body;
	size_t count = 0;

	buf_init(&body, ROOM);
	buf_printf(&body, "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"");
	for (unsigned i = 0; i < 100; i++)
		buf_put_sv(&body, SV("申"));
	buf_printf(&body, "\"\r\n\r\n1\r\n--b--");
	REQUIRE(multipart_parse(buf_sv(&body), SV("b"), arena, &part, &count, &err) == 0);
	CHECK_INT(part[0].file_name.n, MULTIPART_FILE_NAME_MAX / 3 * 3);
	CHECK(sv_is_utf8(part[0].file_name));
	buf_done(&body);
	arena_free(arena);
}
