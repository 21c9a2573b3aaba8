/* The first byte is the format, the rest its lines. */
#include "event/fuzz_check.h"
#include "event/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct fuzz_check *check_, int more, const struct event *event,
		  const struct err *err)
{
	if (more > 0)
		fuzz_check_event(check_, event);
	else if (more < 0 && (err->code == ERR_OK || err->text[0] == '\0'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum event_format formats[] = {
		EVENT_FORMAT_AUDITD, EVENT_FORMAT_SYSLOG, EVENT_FORMAT_CEF, EVENT_FORMAT_WEB,
		EVENT_FORMAT_W3C,    EVENT_FORMAT_ZEEK,	  EVENT_FORMAT_CSV, EVENT_FORMAT_TEXT,
	};
	static struct fuzz_check fuzz; /* kept: making it costs more than most inputs */
	const struct event_reader_options options = {
		.reference = { INT64_C(1795272500) * INSTANT_SECOND },
	};
	struct sv rest = { (const char *)data, size };
	struct lines *lines;
	struct event event;
	int more;

	if (size == 0)
		return 0;
	fuzz_check_init(&fuzz);
	lines = lines_new(formats[data[0] % (sizeof formats / sizeof *formats)], &options);
	rest = sv_slice(rest, 1, rest.n);
	lines_recognise(rest);
	while (rest.n > 0) {
		struct err err = ERR_INIT;

		more = lines_take(lines, fuzz.under_test, sv_cut(&rest, '\n'), &event, &err);
		check(&fuzz, more, &event, &err);
		while ((more = lines_rest(lines, fuzz.under_test, rest.n == 0, &event, &err)) != 0)
			check(&fuzz, more, &event, &err);
	}
	lines_free(lines);
	return 0;
}
