#include "base/ics.h"

#include "base/test.h"

static struct instant at(const char *text)
{
	struct instant instant = { 0 };

	CHECK(instant_parse(sv_from(text), &instant));
	return instant;
}

static struct ics_entry briefing(void)
{
	return (struct ics_entry){
		.uid = SV("booking-1@centre.example"),
		.stamp = at("2025-06-01T00:00:00Z"),
		.summary = SV("briefing"),
		.from = at("2025-06-26T13:30:00+09:00"),
		.to = at("2025-06-26T15:30:00+09:00"),
	};
}

static bool has_line(struct sv text, const char *line)
{
	char want[400];

	snprintf(want, sizeof want, "\r\n%s\r\n", line);
	return sv_find(text, sv_from(want), 0) != SIZE_MAX;
}

/* Puts lines together again, as a calendar does. */
static void unfold(struct sv text, struct buf *ret)
{
	for (size_t i = 0; i < text.n; i++) {
		if (sv_starts(sv_slice(text, i, text.n), SV("\r\n ")))
			i += 2;
		else
			buf_put_char(ret, text.p[i]);
	}
}

TEST(an_entry_is_written_in_utc_with_its_sequence)
{
	static const char *const lines[] = {
		"VERSION:2.0", "METHOD:PUBLISH", "UID:booking-1@centre.example",
		"DTSTAMP:20250601T000000Z", "DTSTART:20250626T043000Z", "DTEND:20250626T063000Z",
		"SEQUENCE:3", "SUMMARY:briefing", "STATUS:CONFIRMED", "END:VEVENT",
	};
	struct ics_entry entry = briefing();
	struct err err = ERR_INIT;
	struct buf buf;

	entry.sequence = 3;
	buf_init(&buf, 65536);
	ics_begin(&buf);
	CHECK_INT(ics_put(&buf, &entry, &err), 0);
	ics_end(&buf);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		CHECK(has_line(buf_sv(&buf), lines[i]));
	CHECK(sv_starts(buf_sv(&buf), SV("BEGIN:VCALENDAR\r\n")));
	CHECK(sv_ends(buf_sv(&buf), SV("\r\nEND:VCALENDAR\r\n")));
	CHECK(sv_find(buf_sv(&buf), SV("LOCATION"), 0) == SIZE_MAX);
	buf_done(&buf);
}

TEST(whole_days_end_on_the_day_after_the_last)
{
	struct ics_entry entry = briefing();
	struct err err = ERR_INIT;
	struct buf buf;

	entry.whole_day = true;
	entry.day = day_from_civil(2024, 12, 30);
	entry.last_day = day_from_civil(2024, 12, 31);
	entry.cancelled = true;
	buf_init(&buf, 65536);
	CHECK_INT(ics_put(&buf, &entry, &err), 0);
	CHECK(has_line(buf_sv(&buf), "DTSTART;VALUE=DATE:20241230"));
	CHECK(has_line(buf_sv(&buf), "DTEND;VALUE=DATE:20250101"));
	CHECK(has_line(buf_sv(&buf), "STATUS:CANCELLED"));
	buf_done(&buf);
}

TEST(texts_are_escaped)
{
	static const struct {
		struct sv text;
		const char *line;
	} row[] = {
		{ SV("a, b; c\\d"), "SUMMARY:a\\, b\\; c\\\\d" },
		{ SV("one\r\ntwo\nthree"), "SUMMARY:one\\ntwo\\nthree" },
		{ SV("a\x01\x7f" "b\tc"), "SUMMARY:ab\tc" },
		{ SV("a\xff" "b"), "SUMMARY:a\xef\xbf\xbd" "b" },
		{ SV("a\xe6\x97"), "SUMMARY:a\xef\xbf\xbd\xef\xbf\xbd" },
		{ SV("x\r\nEND:VEVENT"), "SUMMARY:x\\nEND:VEVENT" },
		{ SV("説明会：第1回"), "SUMMARY:説明会：第1回" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct ics_entry entry = briefing();
		struct err err = ERR_INIT;
		struct buf buf;

		entry.summary = row[i].text;
		buf_init(&buf, 65536);
		CHECK_INT(ics_put(&buf, &entry, &err), 0);
		if (!has_line(buf_sv(&buf), row[i].line)) {
			printf("# row %zu: %.*s\n", i, SV_ARG(buf_sv(&buf)));
			CHECK(false);
		}
		buf_done(&buf);
	}
}

TEST(lines_are_folded_at_75_octets_never_inside_a_character)
{
	char text[600];
	struct err err = ERR_INIT;

	/* Every place where a fold can fall: 0 to 80 letters, then characters of three and four. */
	for (size_t letters = 0; letters <= 80; letters++) {
		struct ics_entry entry = briefing();
		struct buf buf, whole;
		size_t n = 0, line = 0;

		while (n < letters)
			text[n++] = 'a';
		for (unsigned i = 0; i < 40; i++) {
			const char *one = i % 3 == 0 ? "\xf0\x9f\x94\xa5" : i % 3 == 1 ? "火" : ",";

			memcpy(&text[n], one, strlen(one));
			n += strlen(one);
		}
		entry.summary = (struct sv){ text, n };
		buf_init(&buf, 65536);
		buf_init(&whole, 65536);
		CHECK_INT(ics_put(&buf, &entry, &err), 0);
		for (size_t i = 0; i < buf.n; i++) {
			if (buf.p[i] == '\n') {
				CHECK(line <= ICS_LINE_MAX + 1);
				line = 0;
				continue;
			}
			CHECK(line > 0 || ((unsigned char)buf.p[i] & 0xc0) != 0x80);
			CHECK(line != 1 || buf.p[i - 1] != ' ' || ((unsigned char)buf.p[i] & 0xc0) != 0x80);
			line++;
		}
		unfold(buf_sv(&buf), &whole);
		CHECK(sv_find(buf_sv(&whole), SV("🔥火\\,🔥火\\,"), 0) != SIZE_MAX);
		buf_done(&buf);
		buf_done(&whole);
	}
}

TEST(what_is_wrong_is_refused_and_writes_nothing)
{
	static char longest[ICS_TEXT_MAX + 1];
	struct ics_entry row[10];
	struct buf buf;

	memset(longest, 'x', sizeof longest);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		row[i] = briefing();
	row[0].uid = SV("");
	row[1].uid = SV("a b");
	row[2].uid = SV("a\r\nX:1");
	row[3].to = row[3].from;
	row[4].from = (struct instant){ -1 };
	row[5].to = (struct instant){ INT64_MAX };
	row[6].stamp = (struct instant){ INT64_MIN };
	row[7].description = (struct sv){ longest, sizeof longest };
	row[8].whole_day = true;
	row[8].day = day_from_civil(2025, 1, 2);
	row[8].last_day = day_from_civil(2025, 1, 1);
	row[9].whole_day = true;
	row[9].day = row[9].last_day = day_from_civil(DAY_YEAR_MAX, 12, 31);
	buf_init(&buf, 65536);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;

		CHECK_INT(ics_put(&buf, &row[i], &err), -1);
		CHECK(err.text[0] != '\0');
		CHECK_INT(buf.n, 0);
	}
	/* At the edge: ICS_TEXT_MAX bytes. */
	row[7].description.n = ICS_TEXT_MAX;
	CHECK_INT(ics_put(&buf, &row[7], &(struct err)ERR_INIT), 0);
	CHECK(buf.n > ICS_TEXT_MAX);
	buf_done(&buf);
}

TEST(a_url_cannot_end_its_line)
{
	struct ics_entry entry = briefing();
	struct buf buf;

	entry.url = SV("https://a.example/p/b/1\r\nX-EVIL:1");
	buf_init(&buf, 65536);
	CHECK_INT(ics_put(&buf, &entry, &(struct err)ERR_INIT), 0);
	CHECK(has_line(buf_sv(&buf), "URL:https://a.example/p/b/1X-EVIL:1"));
	buf_done(&buf);
}
