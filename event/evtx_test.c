#include <unistd.h>

#include "base/test.h"
#include "event/evtx_make.h"

/* ---- a file of three chunks, as Sysmon writes its events ---- */

enum {
	VALUE_QUALIFIERS,
	VALUE_ID,
	VALUE_TIME,
	VALUE_CHANNEL,
	VALUE_RECORD,
	VALUE_DATA,
	VALUE_COUNT
};

static void sysmon_body(struct make *make)
{
	make_open(make, "Event", true);
	make_attribute(make, "xmlns");
	make_text(make, "http://schemas.microsoft.com/win/2004/08/events/event");
	make_token(make, 0x02);
	make_open(make, "System", false);
	make_token(make, 0x02);
	make_open(make, "Provider", true);
	make_attribute(make, "Name");
	make_text(make, "Microsoft-Windows-Sysmon");
	make_token(make, 0x03);
	make_open(make, "EventID", true);
	make_attribute(make, "Qualifiers");
	make_substitution(make, VALUE_QUALIFIERS, 0x06);
	make_token(make, 0x02);
	make_substitution(make, VALUE_ID, 0x06);
	make_token(make, 0x04);
	make_open(make, "TimeCreated", true);
	make_attribute(make, "SystemTime");
	make_substitution(make, VALUE_TIME, 0x11);
	make_token(make, 0x03);
	make_element(make, "Channel", VALUE_CHANNEL, BINXML_STRING);
	make_element(make, "EventRecordID", VALUE_RECORD, 0x0a);
	make_token(make, 0x04);
	make_substitution(make, VALUE_DATA, BINXML_FRAGMENT);
	make_token(make, 0x04);
}

/* UTF-16LE of ASCII text, in static memory of eight turns. */
static struct make_value wide(const char *text)
{
	static unsigned char room[8][512];
	static unsigned turn;
	unsigned char *to = room[turn++ % 8];

	for (size_t i = 0; text[i]; i++)
		make_little(to + 2 * i, (unsigned char)text[i], 2);
	return (struct make_value){ BINXML_STRING, to, 2 * strlen(text) };
}

/* The EventData is a fragment within a value, as in real logs; elements outside
 * of templates name no dependency. */
static struct make_value data_fragment(struct make *make, size_t at, const char *image)
{
	static unsigned char room[1024];
	struct make inner = { .file = room, .chunk = 0, .at = 0 };
	const size_t offset = at;
	size_t n;

	/* inline names need their place in the chunk: written as if it began there */
	inner.file = mem_zalloc(EVTX_CHUNK_BYTES);
	inner.at = offset;
	make_put(&inner, "\x0f\x01\x01", 4);
	make_number(&inner, 0x01, 1);
	make_number(&inner, 0, 4);
	make_name(&inner, "EventData");
	make_token(&inner, 0x02);
	make_number(&inner, 0x41, 1);
	make_number(&inner, 0, 4);
	make_name(&inner, "Data");
	make_number(&inner, 0, 4);
	make_attribute(&inner, "Name");
	make_text(&inner, "Image");
	make_token(&inner, 0x02);
	make_text(&inner, image);
	make_token(&inner, 0x04);
	make_token(&inner, 0x04);
	make_token(&inner, 0x00);
	n = inner.at - offset;
	if (n > sizeof room)
		abort();
	memcpy(room, inner.file + offset, n);
	free(inner.file);
	return (struct make_value){ BINXML_FRAGMENT, room, n };
}

static void sysmon_record(struct make *make, const char *image)
{
	unsigned char id[2], time[8], record[8];
	struct make_value value[VALUE_COUNT] = {
		[VALUE_QUALIFIERS] = { BINXML_NULL, NULL, 0 },
		[VALUE_ID] = { 0x06, id, 2 },
		[VALUE_TIME] = { 0x11, time, 8 },
		[VALUE_CHANNEL] = wide("Microsoft-Windows-Sysmon/Operational"),
		[VALUE_RECORD] = { 0x0a, record, 8 },
	};
	size_t from, rehearsal, before;

	make_little(id, 1, 2);
	/* 2026-11-21T00:00:00Z and one second for each record */
	make_little(time, UINT64_C(134396928000000000) + make->next_record * 10000000, 8);
	make_little(record, make->next_record, 8);
	/* The fragment comes last: the first time only to learn where it stands. */
	rehearsal = make->at;
	before = make->template_at;
	value[VALUE_DATA] = data_fragment(make, 0, image);
	make_record(make);
	make_instance(make, sysmon_body, value, VALUE_COUNT);
	value[VALUE_DATA] = data_fragment(make, make->at - value[VALUE_DATA].n, image);
	make->at = rehearsal;
	make->template_at = before;
	make->next_record--;
	from = make_record(make);
	make_instance(make, sysmon_body, value, VALUE_COUNT);
	make_record_end(make, from);
}

#define CHUNKS 3
#define RECORDS_PER_CHUNK 5
#define CHUNK(number) (EVTX_HEADER_BYTES + (size_t)(number)*EVTX_CHUNK_BYTES)
#define RECORDS (CHUNKS * RECORDS_PER_CHUNK)

static struct make sysmon_file(void)
{
	struct make make;

	make_begin(&make, CHUNKS);
	for (int chunk = 0; chunk < CHUNKS; chunk++) {
		make_chunk(&make);
		for (int i = 0; i < RECORDS_PER_CHUNK; i++)
			sysmon_record(&make, "C:\\x.exe");
		make_chunk_end(&make);
	}
	make_end(&make);
	return make;
}

/* ---- reading what was made ---- */

struct outcome {
	uint64_t records, lost, damaged, errors, last_number;
	bool opened;
	char first_error[ERR_TEXT_MAX];
};

/* Bytes as a file that exists as long as it is open. */
static int file_of(const unsigned char *p, size_t n)
{
	char path[] = "/tmp/event-evtx-XXXXXX";
	const int fd = mkstemp(path);

	if (fd < 0 || unlink(path) < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static struct outcome read_all(const unsigned char *p, size_t n)
{
	struct outcome outcome = { 0 };
	const int fd = file_of(p, n);
	struct event_reader *reader;
	struct event_reader_progress progress;
	struct err err = ERR_INIT;
	char path[64];
	int more;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = event_reader_open(path, EVENT_FORMAT_EVTX, &err);
	if (!reader) {
		snprintf(outcome.first_error, sizeof outcome.first_error, "%s", err.text);
		close(fd);
		return outcome;
	}
	outcome.opened = true;
	for (;;) {
		struct event event;
		uint64_t number = 0;

		more = event_reader_next(reader, &event, &number, &err);
		if (more == 0)
			break;
		if (more < 0) {
			if (outcome.errors++ == 0)
				snprintf(outcome.first_error, sizeof outcome.first_error, "%s",
					 err.text);
			if (outcome.errors > 100000)
				abort(); /* does not end */
			continue;
		}
		/* What is given out is right. */
		CHECK(number > outcome.last_number);
		outcome.last_number = number;
		outcome.records++;
		CHECK_SV(event.envelope.category, SV("process_creation"));
		CHECK_SV(event_text(&event, SV("Image")), SV("C:\\x.exe"));
		CHECK_INT(event.count, 6);
	}
	CHECK(event_reader_next(reader, &(struct event){ 0 }, &(uint64_t){ 0 }, &err) == 0);
	progress = event_reader_progress(reader);
	CHECK_INT(progress.records, outcome.records);
	CHECK_INT(progress.bytes_total, n);
	outcome.lost = progress.lost;
	outcome.damaged = progress.damaged;
	event_reader_close(reader);
	close(fd);
	return outcome;
}

TEST(evtx_whole)
{
	struct make make = sysmon_file();
	const struct outcome outcome = read_all(make.file, make.room);

	CHECK_STR(outcome.first_error, "");
	CHECK_INT(outcome.records, RECORDS);
	CHECK_INT(outcome.lost, 0);
	CHECK_INT(outcome.damaged, 0);
	CHECK_INT(outcome.last_number, RECORDS);
	free(make.file);
}

TEST(evtx_fields)
{
	static const char *const names[] = { "Provider_Name",	       "EventID",
					     "TimeCreated_SystemTime", "Channel",
					     "EventRecordID",	       "Image" };
	struct make make = sysmon_file();
	const int fd = file_of(make.file, make.room);
	struct event_reader *reader;
	struct event event;
	struct err err = ERR_INIT;
	uint64_t number;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = event_reader_open(path, EVENT_FORMAT_AUTO, &err);
	REQUIRE(reader != NULL);
	REQUIRE(event_reader_next(reader, &event, &number, &err) == 1);
	REQUIRE(event.count == sizeof names / sizeof *names);
	for (size_t i = 0; i < event.count; i++)
		CHECK_SV(event.field[i].name, sv_from(names[i]));
	CHECK_SV(event_text(&event, SV("EventID")), SV("1"));
	CHECK(event_get(&event, SV("EventID"))->type == EVENT_NUMBER);
	CHECK_SV(event_text(&event, SV("TimeCreated_SystemTime")),
		 SV("2026-11-21T00:00:01.000000Z"));
	CHECK_SV(event.envelope.product, SV("windows"));
	CHECK_SV(event.envelope.service, SV("sysmon"));
	CHECK(event.raw.p == NULL && event.body.p == NULL);
	CHECK_INT(number, 1);
	event_reader_close(reader);
	close(fd);
	free(make.file);
}

/* Whole records that stand in the first n bytes of the file. */
static unsigned whole_records(const struct make *make, size_t n)
{
	unsigned count = 0;

	for (int chunk = 0; chunk < CHUNKS; chunk++) {
		const size_t start = EVTX_HEADER_BYTES + (size_t)chunk * EVTX_CHUNK_BYTES;
		size_t at = start + EVTX_CHUNK_HEAD;

		for (int i = 0; i < RECORDS_PER_CHUNK; i++) {
			at += (size_t)little(make->file + at + 4, 4);
			count += at <= n;
		}
	}
	return count;
}

/* Cut at every 512 bytes: what is whole is given, what is missing is counted. */
TEST(evtx_truncated)
{
	struct make make = sysmon_file();

	for (size_t n = 0; n < make.room; n += 512) {
		unsigned char *copy = memcpy(mem_alloc(n ? n : 1), make.file, n);
		const struct outcome outcome = read_all(copy, n);
		const unsigned whole = whole_records(&make, n);

		free(copy);
		if (n == 0) {
			CHECK(!outcome.opened);
			continue;
		}
		CHECK(outcome.opened);
		CHECK_INT(outcome.records, whole);
		CHECK_INT(outcome.damaged, 0);
		if (outcome.records + outcome.lost != RECORDS ||
		    (whole < RECORDS && !outcome.errors)) {
			printf("# cut at %zu: %s\n", n, outcome.first_error);
			CHECK_INT(outcome.records + outcome.lost, RECORDS);
			CHECK(outcome.errors > 0);
		}
	}
	free(make.file);
}

/* Cut within the header, where nothing is left to read. */
TEST(evtx_cut_in_header)
{
	struct make make = sysmon_file();

	for (size_t n = 8; n < 128; n += 8) {
		const struct outcome outcome = read_all(make.file, n);

		CHECK(outcome.opened);
		CHECK_INT(outcome.lost, 1);
		CHECK_INT(outcome.records, 0);
	}
	/* In a chunk's header: with all that the file's header tells, or nothing. */
	CHECK_INT(read_all(make.file, CHUNK(2) + 100).lost, RECORDS_PER_CHUNK);
	make_little(make.file + 42, 2, 2);
	make_little(make.file + 24, 2 * RECORDS_PER_CHUNK + 1, 8);
	make_sign_file(make.file);
	CHECK_INT(read_all(make.file, CHUNK(2) + 100).lost, 1);
	free(make.file);
}

/* Cut at every byte of one small chunk. */
TEST(evtx_truncated_bytewise)
{
	struct make make = sysmon_file();
	const size_t end =
		EVTX_HEADER_BYTES + (size_t)little(make.file + EVTX_HEADER_BYTES + 48, 4);

	for (size_t n = EVTX_HEADER_BYTES; n < end; n++) {
		const struct outcome outcome = read_all(make.file, n);

		CHECK_INT(outcome.records, whole_records(&make, n));
		CHECK(outcome.lost > 0);
		CHECK(outcome.errors > 0);
	}
	free(make.file);
}

/* ---- damage ---- */

static size_t nth_record(const struct make *make, size_t chunk, int n)
{
	size_t at = EVTX_CHUNK_HEAD;

	while (n-- > 0)
		at += (size_t)little(make->file + CHUNK(chunk) + at + 4, 4);
	return CHUNK(chunk) + at;
}

static void damage_file_crc(struct make *make)
{
	make->file[124] ^= 1;
}

static void damage_chunk_crc(struct make *make)
{
	make->file[CHUNK(1) + 124] ^= 1;
}

static void damage_data_crc(struct make *make)
{
	make->file[CHUNK(1) + 52] ^= 1;
	/* the header's own checksum is right again */
	const uint32_t crc = (uint32_t)crc32_z(0, make->file + CHUNK(1), 120);

	make_little(make->file + CHUNK(1) + 124,
		    crc32_z(crc, make->file + CHUNK(1) + 128, EVTX_CHUNK_HEAD - 128), 4);
}

static void damage_chunk_magic(struct make *make)
{
	memset(make->file + CHUNK(1), 'x', 128);
}

static void damage_chunk_zero(struct make *make)
{
	memset(make->file + CHUNK(1), 0, EVTX_CHUNK_HEAD);
}

static void damage_free_small(struct make *make)
{
	make_little(make->file + CHUNK(1) + 48, 511, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_free_big(struct make *make)
{
	make_little(make->file + CHUNK(1) + 48, EVTX_CHUNK_BYTES + 1, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_record_magic(struct make *make)
{
	make->file[nth_record(make, 1, 2)] = 'x';
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_record_size(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 2) + 4, 0xfffffff8, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_record_small(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 2) + 4, 27, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_two_records(struct make *make)
{
	make->file[nth_record(make, 1, 2)] = 'x';
	make->file[nth_record(make, 1, 3) + 1] = 'x';
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_first_records(struct make *make)
{
	make->file[nth_record(make, 1, 0)] = 'x';
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_last_record(struct make *make)
{
	make->file[nth_record(make, 1, 4)] = 'x';
	make_sign_chunk(make->file + CHUNK(1));
}

/* The template stands in the first record; here its offset leads outside. */
static void damage_template_offset(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 3) + 24 + 4 + 6, 0x7fffffff, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_template_edge(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 3) + 24 + 4 + 6, EVTX_CHUNK_BYTES - 23, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_value_count(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 3) + 24 + 4 + 10, BINXML_VALUES_MAX + 1, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_value_size(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 3) + 24 + 4 + 14 + 4, 0xffff, 2);
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_value_type(struct make *make)
{
	make->file[nth_record(make, 1, 3) + 24 + 4 + 14 + 4 + 2] = 0x7e;
	make_sign_chunk(make->file + CHUNK(1));
}

static void damage_token(struct make *make)
{
	make->file[nth_record(make, 1, 3) + 24 + 4] = 0x3f;
	make_sign_chunk(make->file + CHUNK(1));
}

/* An offset of a name in the template: all five records use it. */
static void damage_name(struct make *make)
{
	make_little(make->file + nth_record(make, 1, 0) + 24 + 4 + 10 + 24 + 4 + 7, 0xfffff000, 4);
	make_sign_chunk(make->file + CHUNK(1));
}

TEST(evtx_damaged)
{
	static const struct {
		const char *what;
		void (*damage)(struct make *make);
		unsigned records, lost, damaged;
		const char *error;
	} row[] = {
		{ "file checksum", damage_file_crc, 15, 0, 1,
		  "the checksum of the file's header is wrong; what can be read is used" },
		{ "chunk checksum", damage_chunk_crc, 15, 0, 1,
		  "chunk 2: the checksum of its header is wrong; what can be read is used" },
		{ "data checksum", damage_data_crc, 15, 0, 1,
		  "chunk 2: the checksum of its records is wrong; what can be read is used" },
		{ "chunk magic", damage_chunk_magic, 15, 0, 1,
		  "chunk 2: its header is destroyed; what can be read is used" },
		{ "chunk header zero", damage_chunk_zero, 15, 0, 1,
		  "chunk 2: its header is destroyed; what can be read is used" },
		{ "free space small", damage_free_small, 15, 0, 1, NULL },
		{ "free space big", damage_free_big, 15, 0, 1, NULL },
		{ "record magic", damage_record_magic, 14, 1, 0, NULL },
		{ "record size", damage_record_size, 14, 1, 0, NULL },
		{ "record too small", damage_record_small, 14, 1, 0, NULL },
		{ "two records", damage_two_records, 13, 2, 0, NULL },
		/* the template stands in the bytes of the lost one and still serves */
		{ "first record", damage_first_records, 14, 1, 0, NULL },
		{ "last record", damage_last_record, 14, 1, 0,
		  "chunk 2: 1 of 5 records are missing" },
		{ "template offset", damage_template_offset, 14, 1, 0,
		  "chunk 2: record 9: template at 2147483647, behind the chunk" },
		{ "template at the edge", damage_template_edge, 14, 1, 0,
		  "chunk 2: record 9: template at 65513, behind the chunk" },
		{ "number of values", damage_value_count, 14, 1, 0,
		  "chunk 2: record 9: template with more than 1024 values" },
		{ "size of a value", damage_value_size, 14, 1, 0, NULL },
		{ "type of a value", damage_value_type, 14, 1, 0,
		  "chunk 2: record 9: unknown type of value 0x7e" },
		{ "token", damage_token, 14, 1, 0, NULL },
		{ "name", damage_name, 10, 5, 0,
		  "chunk 2: record 6: name at 4294963200, behind the chunk" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct make make = sysmon_file();
		struct outcome outcome;
		const bool before = test_failed;

		test_failed = false;
		row[i].damage(&make);
		outcome = read_all(make.file, make.room);
		CHECK_INT(outcome.records, row[i].records);
		CHECK_INT(outcome.lost, row[i].lost);
		CHECK_INT(outcome.damaged, row[i].damaged);
		CHECK(outcome.errors > 0);
		if (row[i].error)
			CHECK_STR(outcome.first_error, row[i].error);
		if (test_failed)
			printf("# in: %s (%s)\n", row[i].what, outcome.first_error);
		test_failed |= before;
		free(make.file);
	}
}

/* Each byte of a record changed, to each of some values: no crash, and the
 * other chunks are read. */
TEST(evtx_changed_bytes)
{
	static const unsigned char change[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct make make = sysmon_file();
	const size_t from = CHUNK(1) + EVTX_CHUNK_HEAD, to = nth_record(&make, 1, 2);
	struct event_decoder *decoder = event_decoder_new();

	for (size_t at = from; at < to; at++) {
		const unsigned char kept = make.file[at];

		for (size_t k = 0; k < sizeof change; k++) {
			struct evtx_chunk chunk;
			struct event event;
			struct err err = ERR_INIT;
			uint64_t lost = 0, total = 0;
			enum evtx_result result;

			make.file[at] = change[k];
			evtx_chunk_begin(
				&chunk,
				(struct sv){ (char *)make.file + CHUNK(1), EVTX_CHUNK_BYTES }, 2);
			while ((result = evtx_chunk_next(&chunk, decoder, &event, &lost, &err)) !=
			       EVTX_END)
				total += result == EVTX_EVENT ? 1 : result == EVTX_LOST ? lost : 0;
			CHECK(total >= RECORDS_PER_CHUNK - 1);
		}
		make.file[at] = kept;
	}
	event_decoder_free(decoder);
	free(make.file);
}

/* Room that was made but not used, and old records behind the newest ones. */
TEST(evtx_unused_room)
{
	struct make make = sysmon_file();
	unsigned char *longer = mem_zalloc(make.room + EVTX_CHUNK_BYTES);
	struct outcome outcome;

	memcpy(longer, make.file, make.room);
	outcome = read_all(longer, make.room + EVTX_CHUNK_BYTES);
	CHECK_INT(outcome.records, RECORDS);
	CHECK_INT(outcome.errors, 0);
	/* The free space begins behind record 3: 4 and 5 are leftovers. */
	make_little(longer + CHUNK(2) + 48, nth_record(&make, 2, 3) - CHUNK(2), 4);
	make_little(longer + CHUNK(2) + 32, 13, 8);
	make_sign_chunk(longer + CHUNK(2));
	outcome = read_all(longer, make.room + EVTX_CHUNK_BYTES);
	CHECK_INT(outcome.records, RECORDS - 2);
	CHECK_INT(outcome.errors, 0);
	/* Without a header only the record numbers tell which are leftovers. */
	memset(longer + CHUNK(2), 'x', 128);
	make_little(longer + nth_record(&make, 2, 3) + 8, 2, 8);
	outcome = read_all(longer, make.room + EVTX_CHUNK_BYTES);
	CHECK_INT(outcome.records, RECORDS - 2);
	CHECK_INT(outcome.damaged, 1);
	CHECK_INT(outcome.lost, 0);
	free(longer);
	free(make.file);
}

/* ---- values ---- */

static const struct {
	unsigned type;
	enum event_type kind;
	struct sv bytes;
	const char *text; /* NULL: no value; "!": an error */
} values[] = {
#define VALUE(type, bytes, text, kind)                                                             \
	{                                                                                          \
		type, kind, SV(bytes), text                                                        \
	}
	VALUE(0x00, "", NULL, EVENT_NULL),
	VALUE(0x01, "", "", EVENT_STRING),
	VALUE(0x01, "A\0\xe9\0", "A\xc3\xa9", EVENT_STRING),
	VALUE(0x01, "A\0\0\0\0\0", "A", EVENT_STRING),
	VALUE(0x01, "\x3d\xd8\x00\xde", "\xf0\x9f\x98\x80", EVENT_STRING),
	VALUE(0x01, "\x3d\xd8\x41\0",
	      "\xef\xbf\xbd"
	      "A",
	      EVENT_STRING),
	VALUE(0x01, "\x00\xde", "\xef\xbf\xbd", EVENT_STRING),
	VALUE(0x01, "A\0B", "A", EVENT_STRING),
	VALUE(0x02, "abc\0", "abc", EVENT_STRING),
	VALUE(0x02, "\xe9\x80", "\xc3\xa9\xc2\x80", EVENT_STRING),
	VALUE(0x02, "\xe3\x81\x82", "\xe3\x81\x82", EVENT_STRING),
	VALUE(0x03, "\xff", "-1", EVENT_NUMBER),
	VALUE(0x04, "\xff", "255", EVENT_NUMBER),
	VALUE(0x05, "\x00\x80", "-32768", EVENT_NUMBER),
	VALUE(0x06, "\x00\x80", "32768", EVENT_NUMBER),
	VALUE(0x07, "\xfe\xff\xff\xff", "-2", EVENT_NUMBER),
	VALUE(0x08, "\xfe\xff\xff\xff", "4294967294", EVENT_NUMBER),
	VALUE(0x09, "\0\0\0\0\0\0\0\x80", "-9223372036854775808", EVENT_NUMBER),
	VALUE(0x0a, "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615", EVENT_NUMBER),
	VALUE(0x0b, "\xcd\xcc\xcc\x3d", "0.1", EVENT_NUMBER),
	VALUE(0x0b, "\0\0\xc0\x7f", "NaN", EVENT_STRING),
	VALUE(0x0b, "\0\0\x80\xff", "-inf", EVENT_STRING),
	VALUE(0x0c, "\x9a\x99\x99\x99\x99\x99\xb9\x3f", "0.1", EVENT_NUMBER),
	VALUE(0x0c, "\x18\x2d\x44\x54\xfb\x21\x09\x40", "3.141592653589793", EVENT_NUMBER),
	VALUE(0x0d, "\1\0\0\0", "true", EVENT_BOOL),
	VALUE(0x0d, "\0\0\0\0", "false", EVENT_BOOL),
	VALUE(0x0d, "\1", "true", EVENT_BOOL),
	VALUE(0x0e, "\x01\xab\x00", "01AB00", EVENT_STRING),
	VALUE(0x0e, "", NULL, EVENT_NULL),
	VALUE(0x0f, "\xff\x85\x03\x57\x2a\xc2\xe0\x43\xbf\x4c\x06\xf5\x69\x8f\xfb\xd9",
	      "570385FF-C22A-43E0-BF4C-06F5698FFBD9", EVENT_STRING),
	VALUE(0x10, "\xe7\x03\0\0", "0x3e7", EVENT_STRING),
	VALUE(0x10, "\xe7\x03\0\0\1\0\0\0", "0x1000003e7", EVENT_STRING),
	VALUE(0x11, "\0\0\0\0\0\0\0\0", "1601-01-01T00:00:00.000000Z", EVENT_STRING),
	VALUE(0x11, "\x00\x80\x3e\xd5\xde\xb1\x9d\x01", "1970-01-01T00:00:00.000000Z",
	      EVENT_STRING),
	VALUE(0x11, "\xff\x3f\xc0\xd1\x5e\x5a\xc8\x24", "9999-12-31T23:59:59.999999Z",
	      EVENT_STRING),
	VALUE(0x11, "\x00\x40\xc0\xd1\x5e\x5a\xc8\x24", "2650467744000000000", EVENT_NUMBER),
	VALUE(0x12, "\xea\x07\x0b\x00\x06\x00\x15\x00\x08\x00\x1e\x00\x23\x00\x7b\x00",
	      "2026-11-21T08:30:35.123000Z", EVENT_STRING),
	VALUE(0x13, "\1\1\0\0\0\0\0\5\x12\0\0\0", "S-1-5-18", EVENT_STRING),
	VALUE(0x13, "\1\2\0\0\0\0\0\x10\x00\x30\0\0\xff\xff\xff\xff", "S-1-16-12288-4294967295",
	      EVENT_STRING),
	VALUE(0x13, "\1\0\x12\x34\0\0\0\0", "S-1-0x123400000000", EVENT_STRING),
	VALUE(0x14, "\xff\xff\x1f\0", "0x1fffff", EVENT_STRING),
	VALUE(0x15, "\0\0\0\0\0\0\0\x80", "0x8000000000000000", EVENT_STRING),
	VALUE(0x20, "\x01\x02", "0102", EVENT_STRING),
	VALUE(0x23, "<\0a\0", "<a", EVENT_STRING),
	/* wrong */
	VALUE(0x04, "\1\2", "!", 0),
	VALUE(0x0a, "\1\2\3\4", "!", 0),
	VALUE(0x0d, "\1\2", "!", 0),
	VALUE(0x0f, "123456789012345", "!", 0),
	VALUE(0x13, "\1\2\0\0\0\0\0\5\x12\0\0\0", "!", 0),
	VALUE(0x13, "\1\0\0\0\0\0\0", "!", 0),
	VALUE(0x16, "x", "!", 0),
	VALUE(0x7f, "x", "!", 0),
#undef VALUE
};

TEST(evtx_values)
{
	struct event_decoder *decoder = event_decoder_new();

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const size_t n = values[i].bytes.n;
		unsigned char *copy = memcpy(mem_alloc(n ? n : 1), values[i].bytes.p, n);
		struct sv text = SV_NONE;
		enum event_type kind = EVENT_NULL;
		struct err err = ERR_INIT;
		const int missing =
			binxml_value(decoder, values[i].type, copy, n, &text, &kind, &err);
		const char *want = values[i].text;

		event_decoder_reset(decoder);
		free(copy);
		if (missing != (!want ? 1 : strcmp(want, "!") == 0 ? -1 : 0)) {
			printf("# row %zu: %d %s\n", i, missing, err.text);
			CHECK(!"the right outcome");
		} else if (missing == 0) {
			CHECK_SV(text, sv_from(want));
			CHECK_INT(kind, values[i].kind);
		}
	}
	event_decoder_free(decoder);
}

/* ---- templates of other forms ---- */

struct form {
	const char *what;
	void (*body)(struct make *make);
	struct make_value value[4];
	size_t count;
	const char *fields; /* "name=text name=text"; NULL: lost */
};

static void body_begin(struct make *make)
{
	make_open(make, "Event", false);
	make_token(make, 0x02);
	make_open(make, "System", false);
	make_token(make, 0x02);
	make_element(make, "Channel", 0, BINXML_STRING);
	make_token(make, 0x04);
}

static void body_arrays(struct make *make)
{
	body_begin(make);
	make_open(make, "EventData", true);
	make_attribute(make, "Name");
	make_text(make, "Kind");
	make_token(make, 0x02);
	make_data(make, NULL, 1, 0x81);
	make_data(make, "Spaced Name", 2, 0x86);
	make_data(make, "Empty", 3, 0x86);
	make_token(make, 0x04);
	make_token(make, 0x04);
}

static void body_user_data(struct make *make)
{
	body_begin(make);
	make_open(make, "UserData", false);
	make_token(make, 0x02);
	make_open(make, "Operation_Failure", true);
	make_attribute(make, "xmlns");
	make_text(make, "x");
	make_token(make, 0x02);
	make_element(make, "Id", 1, BINXML_STRING);
	make_open(make, "Outer", true);
	make_attribute(make, "Kind");
	make_substitution(make, 2, BINXML_STRING);
	make_token(make, 0x02);
	make_element(make, "Inner", 2, BINXML_STRING);
	make_token(make, 0x04);
	make_open(make, "Nothing", false);
	make_token(make, 0x03);
	make_token(make, 0x04);
	make_token(make, 0x04);
	make_token(make, 0x04);
}

static void body_pieces(struct make *make)
{
	body_begin(make);
	make_open(make, "EventData", false);
	make_token(make, 0x02);
	make_open(make, "Data", true);
	make_attribute(make, "Name");
	make_text(make, "Pi");
	make_text(make, "eces");
	make_token(make, 0x02);
	make_text(make, "a");
	make_token(make, 0x09);
	make_name(make, "amp");
	make_number(make, 0x08, 1);
	make_number(make, 0x3042, 2);
	make_substitution(make, 1, BINXML_STRING);
	make_token(make, 0x07);
	make_number(make, 2, 2);
	make_units(make, "<>");
	make_token(make, 0x0a);
	make_name(make, "target");
	make_token(make, 0x0b);
	make_number(make, 3, 2);
	make_units(make, "pi!");
	make_token(make, 0x04);
	/* text around an element */
	make_open(make, "Mixed", false);
	make_token(make, 0x02);
	make_text(make, "left");
	make_open(make, "Middle", false);
	make_token(make, 0x03);
	make_text(make, "right");
	make_token(make, 0x04);
	make_token(make, 0x04);
	make_token(make, 0x04);
}

static void body_missing_value(struct make *make)
{
	body_begin(make);
	make_element(make, "Other", 3, BINXML_STRING);
	make_token(make, 0x04);
}

static void body_unclosed(struct make *make)
{
	body_begin(make);
}

static void body_closed_twice(struct make *make)
{
	body_begin(make);
	make_token(make, 0x04);
	make_token(make, 0x04);
}

static void body_attribute_outside(struct make *make)
{
	body_begin(make);
	make_attribute(make, "Name");
	make_token(make, 0x04);
}

static void body_element_in_tag(struct make *make)
{
	make_open(make, "Event", false);
	make_open(make, "System", false);
}

static void body_text_of_number(struct make *make)
{
	make_open(make, "Event", false);
	make_token(make, 0x02);
	make_token(make, 0x05);
	make_number(make, 0x08, 1);
}

static void body_unknown_entity(struct make *make)
{
	make_open(make, "Event", false);
	make_token(make, 0x02);
	make_token(make, 0x09);
	make_name(make, "nbsp");
}

static void body_deep(struct make *make, unsigned depth)
{
	make_open(make, "Event", false);
	make_token(make, 0x02);
	make_open(make, "EventData", false);
	for (unsigned i = 2; i < depth; i++) {
		make_token(make, 0x02);
		make_open(make, "a", false);
	}
	make_token(make, 0x03);
	for (unsigned i = 1; i < depth; i++)
		make_token(make, 0x04);
}

static void body_depth_last(struct make *make)
{
	body_deep(make, EVENT_DEPTH_MAX);
}

static void body_depth_over(struct make *make)
{
	body_deep(make, EVENT_DEPTH_MAX + 1);
}

static void body_long_name(struct make *make, size_t n)
{
	char name[EVENT_NAME_MAX + 2];

	/* Event.EventData. and the name */
	memset(name, 'n', sizeof name);
	name[n - strlen("Event.EventData.")] = '\0';
	make_open(make, "Event", false);
	make_token(make, 0x02);
	make_open(make, "EventData", false);
	make_token(make, 0x02);
	make_data(make, name, 0, BINXML_STRING);
	make_token(make, 0x04);
	make_token(make, 0x04);
}

static void body_name_last(struct make *make)
{
	body_long_name(make, EVENT_NAME_MAX);
}

static void body_name_over(struct make *make)
{
	body_long_name(make, EVENT_NAME_MAX + 1);
}

/*
 * The value 0 costs LARGE_TOKENS and one more each time, an absent one a single
 * token; that is how the bound is met within one chunk.
 */
#define LARGE_TOKENS 900
#define LARGE_BYTES (LARGE_TOKENS * 64)
#define LARGE_TIMES 17
#define TOKENS_AROUND 8 /* both fragments and their ends, template, element's three */

static void body_tokens(struct make *make, unsigned count)
{
	make_open(make, "Event", false);
	make_token(make, 0x02);
	for (unsigned i = 0; i < LARGE_TIMES; i++)
		make_substitution(make, 0, BINXML_STRING);
	for (unsigned i = LARGE_TIMES * (LARGE_TOKENS + 1) + TOKENS_AROUND; i < count; i++)
		make_substitution(make, 9, BINXML_STRING);
	make_token(make, 0x04);
}

static void body_tokens_last(struct make *make)
{
	body_tokens(make, BINXML_TOKENS_MAX);
}

static void body_tokens_over(struct make *make)
{
	body_tokens(make, BINXML_TOKENS_MAX + 1);
}

TEST(evtx_templates)
{
	static const unsigned char zero[LARGE_BYTES];
	static const struct form form[] = {
		{ "arrays",
		  body_arrays,
		  { { 0x01, "S\0", 2 },
		    { 0x81, "a\0\0\0b\0c\0\0\0\0\0", 12 },
		    { 0x86, "\1\0\2\0", 4 },
		    { 0x86, "", 0 } },
		  4,
		  "Channel=S EventData_Name=Kind Data=a Data=bc Data= SpacedName=1 SpacedName=2"
		  " Empty=" },
		{ "array that is cut",
		  body_arrays,
		  { { 0x01, "S\0", 2 }, { 0x81, "", 0 }, { 0x86, "\1\0\2", 3 }, { 0x86, "", 0 } },
		  4,
		  NULL },
		{ "user data",
		  body_user_data,
		  { { 0x01, "S\0", 2 }, { 0x01, "7\0", 2 }, { 0x01, "x\0", 2 } },
		  3,
		  "Channel=S Id=7 Outer_Kind=x Inner=x Nothing=" },
		{ "pieces",
		  body_pieces,
		  { { 0x01, "S\0", 2 }, { 0x04, "\5", 1 } },
		  2,
		  "Channel=S Pieces=a&\xe3\x81\x82"
		  "5<> Mixed.Middle= Mixed=leftright" },
		{ "no such value",
		  body_missing_value,
		  { { 0x01, "S\0", 2 } },
		  1,
		  "Channel=S Other=" },
		{ "element not closed", body_unclosed, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "element closed twice", body_closed_twice, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "attribute outside", body_attribute_outside, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "element in a tag", body_element_in_tag, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "text of a number", body_text_of_number, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "unknown entity", body_unknown_entity, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "deepest", body_depth_last, { { 0x01, "S\0", 2 } }, 1, "" },
		{ "too deep", body_depth_over, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "longest name", body_name_last, { { 0x01, "S\0", 2 } }, 1, "" },
		{ "name too long", body_name_over, { { 0x01, "S\0", 2 } }, 1, NULL },
		{ "most tokens", body_tokens_last, { { 0x02, zero, LARGE_BYTES } }, 1, "" },
		{ "too many tokens", body_tokens_over, { { 0x02, zero, LARGE_BYTES } }, 1, NULL },
	};
	struct event_decoder *decoder = event_decoder_new();
	struct buf buf;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
		struct evtx_chunk chunk;
		struct event event;
		struct err err = ERR_INIT;
		struct make make;
		uint64_t lost;
		size_t from;
		enum evtx_result result;

		make_begin(&make, 1);
		make_chunk(&make);
		from = make_record(&make);
		make_instance(&make, form[i].body, form[i].value, form[i].count);
		make_record_end(&make, from);
		make_chunk_end(&make);
		evtx_chunk_begin(&chunk,
				 (struct sv){ (char *)make.file + CHUNK(0), EVTX_CHUNK_BYTES }, 1);
		result = evtx_chunk_next(&chunk, decoder, &event, &lost, &err);
		if (result != (form[i].fields ? EVTX_EVENT : EVTX_LOST)) {
			printf("# %s: %s\n", form[i].what, err.text);
			CHECK(!"the right outcome");
		}
		buf_clear(&buf);
		for (size_t k = 0; result == EVTX_EVENT && k < event.count; k++)
			buf_printf(&buf, "%s%.*s=%.*s", k ? " " : "", SV_ARG(event.field[k].name),
				   SV_ARG(event.field[k].text));
		if (form[i].fields && form[i].fields[0])
			CHECK_SV(buf_sv(&buf), sv_from(form[i].fields));
		free(make.file);
	}
	buf_done(&buf);
	event_decoder_free(decoder);
}

/* Fragments within values within fragments: each needs bytes of its own, so the
 * bound is on how deep they lie. */
TEST(evtx_nested_fragments)
{
	struct event_decoder *decoder = event_decoder_new();

	for (unsigned nest = BINXML_NEST_MAX; nest <= BINXML_NEST_MAX + 1; nest++) {
		unsigned char bytes[4096];
		struct make make = { .file = bytes };
		size_t template_at, start, instance[BINXML_NEST_MAX + 2];
		struct err err = ERR_INIT;
		/* the record's fragment and the template's body count too */
		const unsigned inner = (nest - 2) / 2;

		memset(bytes, 0, sizeof bytes);
		/* template: the value 0, nothing else */
		make.at = 8;
		template_at = make.at;
		make_put(&make, "nextGUIDGUIDGUIDGUID", 20);
		make_number(&make, 4, 4);
		make_substitution(&make, 0, BINXML_FRAGMENT);
		start = make.at;
		for (unsigned i = 0; i <= inner; i++) {
			make_token(&make, 0x0c);
			make_number(&make, 1, 1);
			make_number(&make, 0, 4);
			make_number(&make, template_at, 4);
			make_number(&make, 1, 4);
			instance[i] = make.at;
			make_number(&make, 0, 2);
			make_number(&make, BINXML_FRAGMENT, 1);
			make_number(&make, 0, 1);
		}
		if (nest % 2) { /* one fragment more: the innermost value is one */
			make_token(&make, 0x00);
		}
		for (unsigned i = 0; i <= inner; i++)
			make_little(bytes + instance[i], make.at - instance[i] - 4, 2);
		if (nest % 2 == 0) /* the innermost value is none */
			bytes[instance[inner] + 2] = BINXML_NULL;
		CHECK_INT(binxml_decode(decoder, (struct sv){ (char *)bytes, sizeof bytes }, start,
					make.at, &err),
			  nest <= BINXML_NEST_MAX ? 0 : -1);
		if (nest > BINXML_NEST_MAX)
			CHECK(err.code == ERR_RANGE);
	}
	event_decoder_free(decoder);
}

/* A template that repeats a large value may not make more than the scratch holds. */
static void body_repeats(struct make *make)
{
	make_open(make, "Event", false);
	make_token(make, 0x02);
	for (int i = 0; i < 500; i++)
		make_substitution(make, 0, BINXML_STRING);
	make_token(make, 0x04);
}

TEST(evtx_bomb)
{
	struct event_decoder *decoder = event_decoder_new();
	unsigned char *large = mem_alloc(60000);
	const struct make_value value = { BINXML_STRING, large, 60000 };
	struct evtx_chunk chunk;
	struct event event;
	struct err err = ERR_INIT;
	struct make make;
	uint64_t lost;
	size_t from;

	memset(large, 0x30, 60000);
	make_begin(&make, 1);
	make_chunk(&make);
	from = make_record(&make);
	make_instance(&make, body_repeats, &value, 1);
	make_record_end(&make, from);
	make_chunk_end(&make);
	evtx_chunk_begin(&chunk, (struct sv){ (char *)make.file + CHUNK(0), EVTX_CHUNK_BYTES }, 1);
	CHECK(evtx_chunk_next(&chunk, decoder, &event, &lost, &err) == EVTX_LOST);
	CHECK(err.code == ERR_RANGE);
	CHECK(evtx_chunk_next(&chunk, decoder, &event, &lost, &err) == EVTX_END);
	free(make.file);
	free(large);
	event_decoder_free(decoder);
}
