#include "event/lines.h"

#include "base/mem.h"
#include "event/plain.h"

#define COUNT(table) (sizeof table / sizeof *table)

struct lines {
	const struct line_format *format;
	void *state;
	struct sv product, category, service;
};

/* In the order in which they are tried: the plainest signs first. */
static const struct line_format *const formats[] = {
	&zeek_format,	&w3c_format,	&auditd_format, &cef_format,
	&weblog_format, &syslog_format, &csv_format,	&plain_format,
};

struct lines *lines_new(enum event_format format, const struct event_reader_options *options)
{
	struct lines *lines;

	for (size_t i = 0; i < COUNT(formats); i++) {
		if (formats[i]->format != format)
			continue;
		lines = mem_zalloc(sizeof *lines);
		lines->format = formats[i];
		lines->state = mem_zalloc(formats[i]->state_bytes + 1);
		lines->product = options->product;
		lines->category = options->category;
		lines->service = options->service;
		if (formats[i]->start)
			formats[i]->start(lines->state, options);
		return lines;
	}
	return NULL;
}

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	if (lines->format->done)
		lines->format->done(lines->state);
	free(lines->state);
	free(lines);
}

bool lines_go_on(const struct lines *lines, struct sv line)
{
	return lines->format->goes_on && lines->format->goes_on(lines->state, line);
}

/* What the caller knows of the file overrules what a line seems to be. */
static int finish(const struct lines *lines, int more, struct event *ret)
{
	if (more <= 0 || (lines->product.n == 0 && lines->category.n == 0 && lines->service.n == 0))
		return more;
	ret->envelope.product = lines->product;
	ret->envelope.category = lines->category;
	ret->envelope.service = lines->service;
	return more;
}

int lines_take(struct lines *lines, struct event_decoder *decoder, struct sv line,
	       struct event *ret, struct err *err)
{
	return finish(lines, lines->format->take(lines->state, decoder, line, ret, err), ret);
}

int lines_rest(struct lines *lines, struct event_decoder *decoder, bool is_end, struct event *ret,
	       struct err *err)
{
	if (!lines->format->rest)
		return 0;
	return finish(lines, lines->format->rest(lines->state, decoder, is_end, ret, err), ret);
}

enum event_format lines_recognise(struct sv start)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (formats[i]->looks_like && formats[i]->looks_like(start))
			return formats[i]->format;
	return EVENT_FORMAT_AUTO;
}

/* ---- text: each line is a message ---- */

static int take_text(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		     struct err *err)
{
	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	if (sv_trim(line).n == 0)
		return 0;
	plain_add(decoder, SV("message"), line);
	return plain_finish(decoder, line, ret, err) < 0 ? -1 : 1;
}

const struct line_format plain_format = {
	.format = EVENT_FORMAT_TEXT,
	.take = take_text,
};

/* ---- names ---- */

static const struct {
	const char *name;
	enum event_format format;
} names[] = {
	/* Each format's own name first. */
	{ "auto", EVENT_FORMAT_AUTO },
	{ "ndjson", EVENT_FORMAT_NDJSON },
	{ "json", EVENT_FORMAT_JSON },
	{ "evtx", EVENT_FORMAT_EVTX },
	{ "auditd", EVENT_FORMAT_AUDITD },
	{ "journal", EVENT_FORMAT_JOURNAL },
	{ "syslog", EVENT_FORMAT_SYSLOG },
	{ "cef", EVENT_FORMAT_CEF },
	{ "web", EVENT_FORMAT_WEB },
	{ "w3c", EVENT_FORMAT_W3C },
	{ "zeek", EVENT_FORMAT_ZEEK },
	{ "csv", EVENT_FORMAT_CSV },
	{ "text", EVENT_FORMAT_TEXT },
	/* What people call them. */
	{ "jsonl", EVENT_FORMAT_NDJSON },
	{ "eve", EVENT_FORMAT_NDJSON },
	{ "cloudtrail", EVENT_FORMAT_JSON },
	{ "journald", EVENT_FORMAT_JOURNAL },
	{ "audit", EVENT_FORMAT_AUDITD },
	{ "apache", EVENT_FORMAT_WEB },
	{ "nginx", EVENT_FORMAT_WEB },
	{ "squid", EVENT_FORMAT_WEB },
	{ "iis", EVENT_FORMAT_W3C },
};

const char *event_format_name(enum event_format format)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].format == format)
			return names[i].name;
	return "unknown";
}

bool event_format_parse(struct sv text, enum event_format *ret)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (!sv_eq_case(text, sv_from(names[i].name)))
			continue;
		*ret = names[i].format;
		return true;
	}
	return false;
}
