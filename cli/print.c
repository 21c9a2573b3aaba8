/* What goes to the terminal, and nothing that steers it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/cli.h"

#define LINE_MAX_BYTES (16U << 20) /* of one line that is shown */

/* Bytes of the character at the start that must not be shown; 0: it may be. */
static size_t steers(struct sv text)
{
	const unsigned char *u = (const unsigned char *)text.p;

	if (u[0] < 0x20 || u[0] == 0x7f)
		return 1;
	if (u[0] == 0xc2 && text.n >= 2 && u[1] < 0xa0) /* C1 */
		return 2;
	if (u[0] != 0xe2 || text.n < 3)
		return 0;
	/* Marks and embeddings of direction, separators of lines and paragraphs. */
	if (u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f || (u[2] >= 0xa8 && u[2] <= 0xae)))
		return 3;
	if (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9)
		return 3;
	return 0;
}

void put_clean(struct buf *line, struct sv text)
{
	size_t bad = sv_utf8_bad(text), from = 0, i = 0;

	while (i < text.n) {
		const size_t n = i == bad ? 1 : steers(sv_slice(text, i, text.n));

		if (n == 0) {
			i++;
			continue;
		}
		buf_put(line, text.p + from, i - from);
		buf_put_char(line, text.p[i] >= '\t' && text.p[i] <= '\r' ? ' ' : '.');
		if (i == bad) {
			bad = sv_utf8_bad(sv_slice(text, i + 1, text.n));
			bad = bad == SIZE_MAX ? bad : bad + i + 1;
		}
		i = from = i + n;
	}
	if (from < text.n)
		buf_put(line, text.p + from, text.n - from);
}

ERR_PRINTF(3, 0)
static void put_line(FILE *to, const char *before, const char *format, va_list list)
{
	struct buf line;
	va_list again;
	char *text;
	int n;

	if (!format) /* never; but gcc with sanitizers must see it */
		return;
	va_copy(again, list);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		return;
	text = mem_alloc((size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, list);
	buf_init(&line, LINE_MAX_BYTES);
	buf_put_sv(&line, sv_from(before));
	put_clean(&line, (struct sv){ text, (size_t)n });
	buf_put_char(&line, '\n');
	fwrite(line.p, 1, line.n, to);
	buf_done(&line);
	free(text);
}

void print_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line(stdout, "", format, list);
	va_end(list);
}

void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line(stderr, "hikeshi: ", format, list);
	va_end(list);
}

void say_hint(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_line(stderr, "  → ", format, list);
	va_end(list);
}

int command_failed(const struct err *err)
{
	say("%s", err->text);
	if (err->hint[0])
		say_hint("%s", err->hint);
	return err_exit_status(err->code);
}

static size_t find_c1(struct sv json, size_t at)
{
	do {
		at = sv_find_char(json, '\xc2', at);
		if (at == SIZE_MAX || at + 1 == json.n)
			return SIZE_MAX;
	} while ((unsigned char)json.p[++at] >= 0xa0);
	return at - 1;
}

void write_json_to(FILE *to, struct sv json)
{
	size_t from = 0, delete = sv_find_char(json, 0x7f, 0), c1 = find_c1(json, 0);

	while (delete != SIZE_MAX || c1 != SIZE_MAX) {
		const bool is_c1 = c1 < delete;
		const size_t at = is_c1 ? c1 : delete;

		fwrite(json.p + from, 1, at - from, to);
		fprintf(to, "\\u%04x", (unsigned char)json.p[at + is_c1]);
		from = at + 1 + is_c1;
		if (is_c1)
			c1 = find_c1(json, from);
		else
			delete = sv_find_char(json, 0x7f, from);
	}
	fwrite(json.p + from, 1, json.n - from, to);
}

void write_json(struct sv json)
{
	write_json_to(stdout, json);
}

bool use_colour(FILE *to)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(to)) && !(no && no[0]);
}

const char *level_colour(enum rule_level level)
{
	static const char *const colour[] = {
		[LEVEL_NONE] = "",	   [LEVEL_INFORMATIONAL] = "\033[37m",
		[LEVEL_LOW] = "\033[36m",  [LEVEL_MEDIUM] = "\033[33m",
		[LEVEL_HIGH] = "\033[31m", [LEVEL_CRITICAL] = "\033[1;97;41m",
	};

	return colour[level];
}

const char *level_bar_colour(enum rule_level level)
{
	return level == LEVEL_CRITICAL ? "\033[1;31m" : level_colour(level);
}

const char *level_text(enum rule_level level)
{
	static const char *const text[] = {
		[LEVEL_NONE] = N_("none"), [LEVEL_INFORMATIONAL] = N_("informational"),
		[LEVEL_LOW] = N_("low"),   [LEVEL_MEDIUM] = N_("medium"),
		[LEVEL_HIGH] = N_("high"), [LEVEL_CRITICAL] = N_("critical"),
	};

	return _(text[level]);
}

size_t level_columns(void)
{
	size_t columns = 0;

	for (int level = LEVEL_INFORMATIONAL; level <= LEVEL_CRITICAL; level++) {
		const size_t width = terminal_width(sv_from(level_text((enum rule_level)level)));

		columns = width > columns ? width : columns;
	}
	return columns;
}
