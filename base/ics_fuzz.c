#include <stdlib.h>

#include "base/ics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines end with CRLF only, are at most ICS_LINE_MAX long, and the entry ends once. */
static void check(struct sv text)
{
	size_t line = 0, ends = 0;

	if (!sv_is_utf8(text))
		abort();
	for (size_t i = 0; i < text.n; i++) {
		if ((text.p[i] == '\n') != (i > 0 && text.p[i - 1] == '\r'))
			abort();
		if (line == 0 && sv_starts(sv_slice(text, i, text.n), SV("END:")))
			ends++;
		if (line == 0 && ((unsigned char)text.p[i] & 0xc0) == 0x80)
			abort();
		if (text.p[i] == '\n')
			line = 0;
		else if (++line > ICS_LINE_MAX + 1)
			abort();
	}
	if (ends != 2)
		abort();
}

/* Five texts with a byte 0xff between them, and two times. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv rest = { (const char *)data, size };
	struct ics_entry entry = { .uid = SV("fuzz@centre.example"), .to = { 1 } };
	struct buf buf;

	if (size < 17)
		return 0;
	memcpy(&entry.from.us, data, 8);
	memcpy(&entry.to.us, data + 8, 8);
	entry.whole_day = data[16] & 1;
	entry.day = (struct day){ (int32_t)entry.from.us };
	entry.last_day = (struct day){ (int32_t)entry.to.us };
	rest = sv_slice(rest, 17, rest.n);
	entry.uid = sv_cut(&rest, '\xff');
	entry.summary = sv_cut(&rest, '\xff');
	entry.place = sv_cut(&rest, '\xff');
	entry.url = sv_cut(&rest, '\xff');
	entry.description = rest;
	buf_init(&buf, 1 << 20);
	ics_begin(&buf);
	(void)ics_put(&buf, &entry, NULL);
	if (sv_find(buf_sv(&buf), SV("BEGIN:VEVENT"), 0) != SIZE_MAX) {
		ics_end(&buf);
		check(buf_sv(&buf));
	}
	buf_done(&buf);
	return 0;
}
