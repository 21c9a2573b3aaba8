#include "base/log.h"

#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define LOG_LINE_MAX ((size_t)8 << 10)	/* a log line; the rest is left out, with a mark */
#define LOG_VALUE_MAX ((size_t)2 << 10) /* one text in it */
#define LOG_CUT ",\"cut\":true"
#define LOG_END "}\n"

static const char *const level_name[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

/* Cuts between characters. */
static struct sv cut_text(struct sv text, bool *cut)
{
	size_t n = LOG_VALUE_MAX;

	if (text.n <= n)
		return text;
	while (n > LOG_VALUE_MAX - 4 && (text.p[n] & 0xc0) == 0x80)
		n--;
	*cut = true;
	return sv_slice(text, 0, n);
}

static void put_member(struct buf *line, const char *name, struct sv text, bool *cut)
{
	const size_t before = line->n;

	if (line->n > 1)
		buf_put_char(line, ',');
	buf_put_json(line, sv_from(name));
	buf_put_char(line, ':');
	buf_put_json(line, cut_text(text, cut));
	if (line->full) {
		line->n = before;
		line->full = false;
		*cut = true;
	}
}

static void put_number(struct buf *line, const char *name, int64_t number, bool *cut)
{
	const size_t before = line->n;

	buf_put_char(line, ',');
	buf_put_json(line, sv_from(name));
	buf_printf(line, ":%lld", (long long)number);
	if (line->full) {
		line->n = before;
		line->full = false;
		*cut = true;
	}
}

static void write_all(int fd, struct sv bytes)
{
	while (bytes.n > 0) {
		const ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* there is nowhere to tell it */
		bytes = sv_slice(bytes, (size_t)n, bytes.n);
	}
}

void log_fields(const struct log *log, enum log_level level, const char *message,
		const struct log_field *field, size_t count)
{
	const int saved = errno;
	char when[INSTANT_TEXT_MAX];
	struct buf line;
	bool cut = false;

	if (!log || level < log->level)
		return;
	buf_init(&line, LOG_LINE_MAX - sizeof LOG_CUT - sizeof LOG_END);
	buf_put_char(&line, '{');
	put_member(&line, "time", sv_from(instant_format(clock_now(clock_real()), when)), &cut);
	put_member(&line, "level", sv_from(level_name[level]), &cut);
	put_member(&line, "program", sv_from(log->program), &cut);
	put_member(&line, "message", sv_from(message), &cut);
	for (size_t i = 0; i < count; i++) {
		if (field[i].name[0] == '\0')
			continue;
		if (field[i].kind == LOG_FIELD_NUMBER)
			put_number(&line, field[i].name, field[i].number, &cut);
		else
			put_member(&line, field[i].name, field[i].text, &cut);
	}
	line.max = LOG_LINE_MAX;
	if (cut)
		buf_put_sv(&line, SV(LOG_CUT));
	buf_put_sv(&line, SV(LOG_END));
	write_all(log->fd, buf_sv(&line));
	buf_done(&line);
	errno = saved;
}

void log_error(const struct log *log, enum log_level level, const char *message,
	       const struct err *err)
{
	log_line(log, level, message, LOG_STR("code", err_code_name(err->code)),
		 LOG_STR("error", err->text), LOG_STR("hint", err->hint));
}
