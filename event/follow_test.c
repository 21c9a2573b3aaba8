/* Packed files, and files that others write to while they are read. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "base/test.h"
#include "event/event.h"
#include "event/input.h"

struct place {
	char folder[64], file[128];
};

static void place_init(struct place *place)
{
	snprintf(place->folder, sizeof place->folder, "/tmp/event-follow-XXXXXX");
	if (!mkdtemp(place->folder))
		abort();
	snprintf(place->file, sizeof place->file, "%s/log", place->folder);
}

static void place_done(struct place *place)
{
	struct dirent **entry;
	const int n = scandir(place->folder, &entry, NULL, NULL);
	char path[512];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", place->folder, entry[i]->d_name);
		unlink(path); /* not . and .., which are folders */
		free(entry[i]);
	}
	free(entry);
	if (n < 0 || rmdir(place->folder) < 0)
		abort();
}

static void put(const char *path, const char *mode, struct sv text)
{
	FILE *file = fopen(path, mode);

	if (!file || (text.n > 0 && fwrite(text.p, text.n, 1, file) != 1) || fclose(file) != 0)
		abort();
}

/* What comes until it is quiet: " n" for each event, " !" for each loss. */
static void take(struct event_reader *reader, char *ret, size_t room)
{
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record;
	size_t n = 0;
	int more;

	ret[0] = '\0';
	while ((more = event_reader_next(reader, &event, &record, &err)) != EVENT_READER_QUIET &&
	       more != 0 && n + 16 < room)
		n += more > 0 ? (size_t)snprintf(ret + n, room - n, " %.*s",
						 SV_ARG(event_text(&event, SV("n"))))
			      : (size_t)snprintf(ret + n, room - n, " !");
}

/* ---- packed ---- */

static size_t gzip_of(struct sv text, unsigned char *to, size_t room)
{
	z_stream stream = { 0 };
	size_t n;

	if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	stream.next_in = (unsigned char *)(uintptr_t)text.p;
	stream.avail_in = (unsigned)text.n;
	stream.next_out = to;
	stream.avail_out = (unsigned)room;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	n = room - stream.avail_out;
	deflateEnd(&stream);
	return n;
}

TEST(packed_files)
{
	static unsigned char packed[65536];
	const struct sv lines = SV("{\"n\":1}\n{\"n\":2}\n");
	struct place place;
	struct event_reader *reader;
	struct err err = ERR_INIT;
	char got[256];
	size_t n;

	place_init(&place);
	for (int i = 0; i < 6; i++) {
		n = i % 2 ? ZSTD_compress(packed, sizeof packed, lines.p, lines.n, 3)
			  : gzip_of(lines, packed, sizeof packed);
		/* Two of them one behind the other; then one without its end. */
		put(place.file, "w", (struct sv){ (char *)packed, i >= 4 ? n - 5 : n });
		if (i == 2 || i == 3)
			put(place.file, "a", (struct sv){ (char *)packed, n });
		reader = event_reader_open(place.file, EVENT_FORMAT_AUTO, &err);
		if (!reader) { /* the cut one may give nothing at all */
			CHECK(i >= 4 && err.code == ERR_FORMAT && err.hint[0]);
			continue;
		}
		CHECK_INT(event_reader_format(reader), EVENT_FORMAT_NDJSON);
		take(reader, got, sizeof got);
		if (i < 2)
			CHECK_STR(got, " 1 2");
		else if (i < 4)
			CHECK_STR(got, " 1 2 1 2");
		else
			CHECK(event_reader_progress(reader).lost > 0);
		CHECK(event_reader_progress(reader).bytes_read ==
		      event_reader_progress(reader).bytes_total);
		event_reader_close(reader);
	}
	place_done(&place);
}

/* A bomb: 1 GiB of line ends in a megabyte. It is read no further than the ratio allows. */
TEST(packed_bomb)
{
	enum { PIECE = 1 << 20 };
	char *const piece = mem_alloc(PIECE);
	const size_t room = ZSTD_compressBound(PIECE);
	char *const packed = mem_alloc(room);
	struct place place;
	struct event_reader *reader;
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record;
	size_t n;
	int more;

	memset(piece, '\n', PIECE);
	memcpy(piece, "{\"n\":1}", 7);
	n = ZSTD_compress(packed, room, piece, PIECE, 19);
	place_init(&place);
	for (int i = 0; i < 1024; i++)
		put(place.file, "a", (struct sv){ packed, n });
	reader = event_reader_open(place.file, EVENT_FORMAT_AUTO, &err);
	REQUIRE(reader != NULL);
	while ((more = event_reader_next(reader, &event, &record, &err)) > 0)
		;
	CHECK_INT(more, -1);
	CHECK(strstr(err.text, "1000 times") != NULL);
	CHECK_INT(event_reader_next(reader, &event, &record, &err), 0);
	CHECK(event_reader_progress(reader).records < 1024);
	CHECK_INT(event_reader_progress(reader).lost, 1);
	event_reader_close(reader);
	place_done(&place);
	free(piece);
	free(packed);
}

/* ---- live ---- */

static struct event_reader *follow(const char *path, bool only_new)
{
	const struct event_reader_options options = { .follow = true,
						      .only_new = only_new,
						      .wait_ms = 60 };

	return event_reader_open_with(path, &options, NULL);
}

TEST(follow_lines)
{
	struct event_reader *reader;
	struct place place;
	char got[256], other[160];

	place_init(&place);
	reader = follow(place.folder, false);
	REQUIRE(reader != NULL);
	take(reader, got, sizeof got);
	CHECK_STR(got, "");
	put(place.file, "a", SV("{\"n\":1}\n{\"n\""));
	take(reader, got, sizeof got);
	CHECK_STR(got, " 1");
	CHECK_STR(event_reader_path(reader), place.file);
	put(place.file, "a", SV(":2}\n"));
	take(reader, got, sizeof got);
	CHECK_STR(got, " 2");
	/* A second file, of another kind; a packed one and a hidden one are left. */
	snprintf(other, sizeof other, "%s/other.csv", place.folder);
	put(other, "w", SV("n,m\n3,x\n"));
	snprintf(other, sizeof other, "%s/log.1.gz", place.folder);
	put(other, "w", SV("{\"n\":9}\n"));
	snprintf(other, sizeof other, "%s/.log", place.folder);
	put(other, "w", SV("{\"n\":9}\n"));
	take(reader, got, sizeof got);
	CHECK_STR(got, " 3");
	put(place.file, "a", SV("broken\n{\"n\":4}\n"));
	take(reader, got, sizeof got);
	CHECK_STR(got, " ! 4");
	CHECK_INT(event_reader_progress(reader).records, 4);
	CHECK_INT(event_reader_progress(reader).lost, 1);
	event_reader_close(reader);
	place_done(&place);
}

TEST(follow_rotation)
{
	struct event_reader *reader;
	struct place place;
	char got[256], old[160];

	for (int is_folder = 0; is_folder < 2; is_folder++) {
		place_init(&place);
		snprintf(old, sizeof old, "%s/log.1", place.folder);
		put(place.file, "a", SV("{\"n\":1}\n"));
		reader = follow(is_folder ? place.folder : place.file, false);
		REQUIRE(reader != NULL);
		take(reader, got, sizeof got);
		CHECK_STR(got, " 1");
		/* Renamed while its writer goes on, then a new one begins. */
		REQUIRE(rename(place.file, old) == 0);
		put(old, "a", SV("{\"n\":2}\n"));
		put(place.file, "a", SV("{\"n\":3}\n"));
		take(reader, got, sizeof got);
		CHECK_STR(got, " 2 3");
		put(old, "a", SV("{\"n\":4}\n{\"n\":5}"));
		take(reader, got, sizeof got);
		CHECK_STR(got, " 4");
		/* Deleted: what had no line end comes, too. */
		REQUIRE(unlink(old) == 0);
		take(reader, got, sizeof got);
		CHECK_STR(got, " 5");
		put(place.file, "a", SV("{\"n\":6}\n"));
		take(reader, got, sizeof got);
		CHECK_STR(got, " 6");
		CHECK_INT(event_reader_progress(reader).lost, 0);
		event_reader_close(reader);
		place_done(&place);
	}
}

TEST(follow_truncation)
{
	struct event_reader *reader;
	struct place place;
	char got[256];

	place_init(&place);
	put(place.file, "a", SV("{\"n\":1}\n{\"n\":2}\n"));
	reader = follow(place.file, false);
	REQUIRE(reader != NULL);
	take(reader, got, sizeof got);
	CHECK_STR(got, " 1 2");
	REQUIRE(truncate(place.file, 0) == 0);
	take(reader, got, sizeof got);
	CHECK_STR(got, "");
	put(place.file, "a", SV("{\"n\":3}\n"));
	take(reader, got, sizeof got);
	CHECK_STR(got, " 3");
	event_reader_close(reader);
	/* From now on only. */
	reader = follow(place.file, true);
	REQUIRE(reader != NULL);
	take(reader, got, sizeof got);
	CHECK_STR(got, "");
	put(place.file, "a", SV("{\"n\":4}\n"));
	take(reader, got, sizeof got);
	CHECK_STR(got, " 4");
	event_reader_close(reader);
	place_done(&place);
}

/* Records of auditd that wait for more come when none has come for a while. */
TEST(follow_settles)
{
	struct event_reader *reader;
	struct place place;
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record;
	int more = EVENT_READER_QUIET;

	place_init(&place);
	put(place.file, "a", SV("type=SYSCALL msg=audit(1.1:1): exe=\"/a\"\n"));
	reader = follow(place.file, false);
	REQUIRE(reader != NULL);
	for (int i = 0; i < 100 && more == EVENT_READER_QUIET; i++)
		more = event_reader_next(reader, &event, &record, &err);
	CHECK_INT(more, 1);
	CHECK_SV(event_text(&event, SV("exe")), SV("/a"));
	event_reader_close(reader);
	place_done(&place);
}

#define WRITER_LINES 20000
#define WRITER_ROTATE 2500

/* Writes numbered lines in pieces, and rotates now and then. */
static void *writer(void *context)
{
	const struct place *place = context;
	FILE *file = fopen(place->file, "a");
	char old[160];

	for (int i = 1; i <= WRITER_LINES; i++) {
		if (i % WRITER_ROTATE == 0) {
			fclose(file);
			snprintf(old, sizeof old, "%s/log.%d", place->folder, i);
			if (rename(place->file, old) != 0)
				abort();
			file = fopen(place->file, "a");
		}
		fprintf(file, "{\"n\":%d,\"x\":\"", i);
		if (i % 7 == 0)
			fflush(file); /* in the middle of a line */
		fprintf(file, "%0*d\"}\n", i % 97 + 1, 0);
	}
	fclose(file);
	return NULL;
}

TEST(follow_nothing_lost)
{
	char *const seen = mem_zalloc(WRITER_LINES + 1);
	struct event_reader *reader;
	struct place place;
	struct event event;
	struct err err = ERR_INIT;
	uint64_t record, n, wrong = 0, count = 0;
	pthread_t thread;
	int quiet = 0, more;

	place_init(&place);
	reader = follow(place.folder, false);
	REQUIRE(reader != NULL);
	REQUIRE(pthread_create(&thread, NULL, writer, &place) == 0);
	while (count < WRITER_LINES && quiet < 100) {
		more = event_reader_next(reader, &event, &record, &err);
		if (more == EVENT_READER_QUIET) {
			quiet++;
			continue;
		}
		quiet = 0;
		count++;
		wrong += more < 0 || !sv_to_u64(event_text(&event, SV("n")), &n) ||
			 n > WRITER_LINES || seen[n]++;
	}
	pthread_join(thread, NULL);
	CHECK_INT(count, WRITER_LINES);
	CHECK_INT(wrong, 0);
	CHECK_INT(event_reader_progress(reader).lost, 0);
	event_reader_close(reader);
	place_done(&place);
	free(seen);
}
