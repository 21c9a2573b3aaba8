/* Files that are kept, held, used and swept, on a real database and folder. */
#include <sys/stat.h>

#include "base/file.h"
#include "forms/kind.h"
#include "forms/testing.h"

#define PDF "%PDF-1.7\nx\n%%EOF"

static struct upload_wish wish_of(const struct desk *desk, struct sv content)
{
	return (struct upload_wish){
		.owner = SV("token 1"), .content = content, .name = SV("申込書.pdf"),
		.types = 1U << FILE_PDF | 1U << FILE_PNG, .now = desk->now,
	};
}

static enum upload_problem keep(struct desk *desk, const struct upload_wish *wish,
				struct upload *ret)
{
	enum upload_problem problem = UPLOAD_PROBLEM_COUNT;
	char found[SCAN_NAME_MAX];

	CHECK_INT(upload_keep(desk->store, &desk->uploads, wish, desk->arena, ret, &problem, found,
			      &desk->err),
		  0);
	return problem;
}

static int use(struct desk *desk, const char *owner, struct sv value, const char *id)
{
	const struct upload_user user = { "application", sv_from(id), SV("paper"), desk->now };
	int r;

	REQUIRE_BEGIN(desk);
	r = upload_use(desk->store, &desk->uploads, sv_from(owner), value, &user, desk->now,
		       &desk->err);
	if (r != 0 || store_commit(desk->store, &desk->err) != 0)
		store_rollback(desk->store);
	return r;
}

static bool lies(const struct desk *desk, const char *digest)
{
	struct stat st;
	char path[TESTING_PATH_MAX * 2];

	snprintf(path, sizeof path, "%s/%s", desk->uploads.folder, digest);
	return stat(path, &st) == 0 && (st.st_mode & 0777) == 0600;
}

/* The shortest PDF that is n bytes long. */
static struct sv pdf_of(struct arena *arena, size_t n)
{
	char *p = arena_alloc(arena, n + 1);

	memset(p, 'x', n);
	memcpy(p, "%PDF-1.7\n", 9);
	memcpy(p + n - 5, "%%EOF", 5);
	return (struct sv){ p, n };
}

TEST(what_is_looked_at)
{
	struct desk desk;
	struct upload upload;
	struct upload_wish wish;

	REQUIRE(desk_open(&desk));
	wish = wish_of(&desk, SV(""));
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_EMPTY);
	wish = wish_of(&desk, SV("#!/bin/sh")); /* whatever its name says */
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_WRONG_KIND);
	wish = wish_of(&desk, SV("\xff\xd8\xff..\xff\xd9")); /* a kind that is not wanted */
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_WRONG_KIND);
	wish = wish_of(&desk, SV(PDF));
	wish.name = SV("plain.exe"); /* a name decides nothing */
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_GOOD);
	wish = wish_of(&desk, pdf_of(desk.arena, 100));
	wish.bytes_max = 100;
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_GOOD);
	wish.bytes_max = 99;
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_TOO_LARGE);
	wish = wish_of(&desk, pdf_of(desk.arena, UPLOAD_BYTES_MAX));
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_GOOD);
	wish = wish_of(&desk, pdf_of(desk.arena, UPLOAD_BYTES_MAX + 1));
	wish.bytes_max = UINT32_MAX;
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_TOO_LARGE);
	/* Where a scanner is wanted and none answers, nothing is taken for clean. */
	wish = wish_of(&desk, SV(PDF));
	desk.uploads.clamd = "/nowhere/clamd";
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_NOT_SCANNED);
	CHECK_INT(desk.err.code, ERR_UNAVAILABLE);
	desk.err = (struct err)ERR_INIT;
	desk_close(&desk);
}

TEST(a_file_is_used_by_who_held_it)
{
	struct desk desk;
	struct upload upload, again;
	const struct upload *list;
	struct upload_wish wish;
	struct buf content;
	struct sv value;
	size_t count;

	REQUIRE(desk_open(&desk));
	buf_init(&content, UPLOAD_BYTES_MAX);
	wish = wish_of(&desk, SV(PDF));
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_GOOD);
	CHECK(lies(&desk, upload.digest));
	value = upload_value(&upload, desk.arena);
	REQUIRE(upload_parse(value, &again));
	CHECK_STR(again.digest, upload.digest);
	CHECK_INT(again.bytes, strlen(PDF));
	CHECK_SV(again.name, SV("申込書.pdf"));
	/* Who only knows a digest has not got the file. */
	CHECK_INT(use(&desk, "token 2", value, "a1"), 1);
	CHECK_INT(use(&desk, "token 1", SV("0123 5 x"), "a1"), 1);
	CHECK_INT(use(&desk, "token 1", value, "a1"), 0);
	REQUIRE(upload_list(desk.store, "application", SV("a1"), desk.arena, &list, &count,
			    &desk.err) == 0);
	REQUIRE(count == 1);
	CHECK_STR(list[0].digest, upload.digest);
	CHECK_SV(list[0].field, SV("paper"));
	CHECK_INT(list[0].type, FILE_PDF);
	CHECK_INT(upload_read(&desk.uploads, upload.digest, &content, &desk.err), 0);
	CHECK_SV(buf_sv(&content), SV(PDF));
	/* What is used stays; what was only held goes when its time is over. */
	wish = wish_of(&desk, SV("%PDF-1.4 other %%EOF"));
	CHECK_INT(keep(&desk, &wish, &again), UPLOAD_GOOD);
	desk.now.us += UPLOAD_HELD_SECONDS * INSTANT_SECOND - 1;
	CHECK_INT(upload_is_held(desk.store, SV("token 1"), value, desk.now, &desk.err), 1);
	CHECK_INT(upload_sweep(desk.store, &desk.uploads, desk.now, &count, &desk.err), 0);
	CHECK_INT(count, 0);
	desk.now.us += 1;
	CHECK_INT(upload_is_held(desk.store, SV("token 1"), value, desk.now, &desk.err), 0);
	CHECK_INT(use(&desk, "token 1", value, "a2"), 1);
	CHECK_INT(upload_sweep(desk.store, &desk.uploads, desk.now, &count, &desk.err), 0);
	CHECK_INT(count, 1);
	CHECK(!lies(&desk, again.digest));
	CHECK(lies(&desk, upload.digest));
	buf_done(&content);
	desk_close(&desk);
}

/* jGrants took 1,998 forms whose attachments it had not got: here the form fails. */
TEST(without_its_bytes_nothing_is_accepted)
{
	struct desk desk;
	struct upload upload;
	struct upload_wish wish;
	char path[TESTING_PATH_MAX * 2];
	struct buf content;

	REQUIRE(desk_open(&desk));
	buf_init(&content, 100);
	wish = wish_of(&desk, SV(PDF));
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_GOOD);
	snprintf(path, sizeof path, "%s/%s", desk.uploads.folder, upload.digest);
	CHECK_INT(file_write(path, SV("shorter"), 0600, &desk.err), 0);
	CHECK_INT(use(&desk, "token 1", upload_value(&upload, desk.arena), "a1"), 1);
	CHECK_INT(upload_read(&desk.uploads, upload.digest, &content, &desk.err), -1);
	CHECK_INT(desk.err.code, ERR_IO);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(use(&desk, "token 1", upload_value(&upload, desk.arena), "a1"), 1);
	/* The same file once more mends it. */
	CHECK_INT(keep(&desk, &wish, &upload), UPLOAD_GOOD);
	CHECK_INT(use(&desk, "token 1", upload_value(&upload, desk.arena), "a1"), 0);
	desk.err = (struct err)ERR_INIT;
	buf_done(&content);
	desk_close(&desk);
}

TEST(bounds_of_what_one_form_holds_and_one_application_has)
{
	struct desk desk;
	struct upload upload;
	struct upload_wish wish;
	struct sv value = SV_NONE;

	REQUIRE(desk_open(&desk));
	for (unsigned i = 0; i <= UPLOAD_HELD_MAX; i++) {
		wish = wish_of(&desk, arena_printf(desk.arena, "%%PDF-1.7 %u %%%%EOF", i));
		CHECK_INT(keep(&desk, &wish, &upload),
			  i < UPLOAD_HELD_MAX ? UPLOAD_GOOD : UPLOAD_TOO_MANY);
		if (i == 0)
			value = upload_value(&upload, desk.arena);
	}
	for (unsigned i = 0; i < UPLOAD_USED_MAX; i++)
		CHECK_INT(use(&desk, "token 1", value, "a1"), 0);
	CHECK_INT(use(&desk, "token 1", value, "a1"), -1);
	desk.err = (struct err)ERR_INIT;
	for (unsigned i = 0; i < 3; i++) {
		char *p = (char *)(uintptr_t)pdf_of(desk.arena, UPLOAD_HELD_BYTES_MAX / 2).p;

		p[100] = (char)('a' + i);
		wish = wish_of(&desk, (struct sv){ p, UPLOAD_HELD_BYTES_MAX / 2 });
		wish.owner = SV("token 2");
		CHECK_INT(keep(&desk, &wish, &upload), i < 2 ? UPLOAD_GOOD : UPLOAD_TOO_MANY);
	}
	desk_close(&desk);
}

TEST(bound_of_one_sweep)
{
	struct desk desk;
	struct upload upload;
	size_t removed;

	REQUIRE(desk_open(&desk));
	for (unsigned i = 0; i <= UPLOAD_SWEEP_MAX; i++) {
		struct upload_wish wish =
			wish_of(&desk, arena_printf(desk.arena, "%%PDF-1.7 %u %%%%EOF", i));

		wish.owner = arena_printf(desk.arena, "token %u", i);
		REQUIRE(keep(&desk, &wish, &upload) == UPLOAD_GOOD);
	}
	desk.now.us += (UPLOAD_HELD_SECONDS + 1) * INSTANT_SECOND;
	CHECK_INT(upload_sweep(desk.store, &desk.uploads, desk.now, &removed, &desk.err), 0);
	CHECK_INT(removed, UPLOAD_SWEEP_MAX);
	CHECK_INT(upload_sweep(desk.store, &desk.uploads, desk.now, &removed, &desk.err), 0);
	CHECK_INT(removed, 1);
	desk_close(&desk);
}
