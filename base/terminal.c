#include "base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define DRAW_EVERY_US UINT64_C(100000)
#define PLAIN_EVERY_US UINT64_C(10000000)
#define COLUMNS_DEFAULT 80
#define COLUMNS_MAX 400	   /* of a terminal */
#define BAR_COLUMNS_MAX 40 /* of the progress bar */
#define BAR_COLUMNS_MIN 8
#define LINE_MAX_BYTES 4096

struct range {
	uint32_t first, last;
};

/* Unicode 14, East_Asian_Width W and F; gaps that nothing is assigned to are closed. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },	  { 0x23e9, 0x23ec },
	{ 0x23f0, 0x23f0 },   { 0x23f3, 0x23f3 },   { 0x25fd, 0x25fe },	  { 0x2614, 0x2615 },
	{ 0x2648, 0x2653 },   { 0x267f, 0x267f },   { 0x2693, 0x2693 },	  { 0x26a1, 0x26a1 },
	{ 0x26aa, 0x26ab },   { 0x26bd, 0x26be },   { 0x26c4, 0x26c5 },	  { 0x26ce, 0x26ce },
	{ 0x26d4, 0x26d4 },   { 0x26ea, 0x26ea },   { 0x26f2, 0x26f3 },	  { 0x26f5, 0x26f5 },
	{ 0x26fa, 0x26fa },   { 0x26fd, 0x26fd },   { 0x2705, 0x2705 },	  { 0x270a, 0x270b },
	{ 0x2728, 0x2728 },   { 0x274c, 0x274c },   { 0x274e, 0x274e },	  { 0x2753, 0x2755 },
	{ 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x27b0, 0x27b0 },	  { 0x27bf, 0x27bf },
	{ 0x2b1b, 0x2b1c },   { 0x2b50, 0x2b50 },   { 0x2b55, 0x2b55 },	  { 0x2e80, 0x303e },
	{ 0x3041, 0x3247 },   { 0x3250, 0x4dbf },   { 0x4e00, 0xa4c6 },	  { 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfad9 },   { 0xfe10, 0xfe19 },	  { 0xfe30, 0xfe6b },
	{ 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x16fe0, 0x1b2fb }, { 0x1f004, 0x1f004 },
	{ 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 },
	{ 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca },
	{ 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e },
	{ 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e },
	{ 0x1f550, 0x1f567 }, { 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 },
	{ 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 }, { 0x1f6cc, 0x1f6cc }, { 0x1f6d0, 0x1f6d2 },
	{ 0x1f6d5, 0x1f6df }, { 0x1f6eb, 0x1f6ec }, { 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7f0 },
	{ 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 }, { 0x1f947, 0x1f9ff }, { 0x1fa70, 0x1faf6 },
	{ 0x20000, 0x3fffd },
};

/* Marks that stand on or join the character before; scripts used beside Japanese and English. */
static const struct range none[] = {
	{ 0x0, 0x1f },	    { 0x7f, 0x9f },	  { 0x300, 0x36f },	{ 0x483, 0x489 },
	{ 0x1160, 0x11ff }, { 0x1ab0, 0x1aff },	  { 0x1dc0, 0x1dff },	{ 0x200b, 0x200f },
	{ 0x202a, 0x202e }, { 0x2060, 0x206f },	  { 0x20d0, 0x20ff },	{ 0x302a, 0x302f },
	{ 0x3099, 0x309a }, { 0xfe00, 0xfe0f },	  { 0xfe20, 0xfe2f },	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb }, { 0xe0001, 0xe007f }, { 0xe0100, 0xe01ef },
};

static bool is_in(const struct range *range, size_t count, uint32_t c)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (c > range[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && c >= range[low].first;
}

/* Takes one character from the front; gives its columns. */
static size_t take(struct sv *rest)
{
	const unsigned char *u = (const unsigned char *)rest->p;
	const size_t n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	uint32_t c = u[0] & (n == 1 ? 0x7f : 0xff >> (n + 1));

	if (!sv_is_utf8(sv_slice(*rest, 0, n)) || rest->n < n) {
		*rest = sv_slice(*rest, 1, rest->n);
		return 1;
	}
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3f);
	*rest = sv_slice(*rest, n, rest->n);
	if (is_in(none, sizeof none / sizeof *none, c))
		return 0;
	return is_in(wide, sizeof wide / sizeof *wide, c) ? 2 : 1;
}

size_t terminal_width(struct sv text)
{
	size_t columns = 0;

	while (text.n > 0)
		columns += take(&text);
	return columns;
}

struct sv terminal_cut(struct sv text, size_t columns)
{
	struct sv rest = text;
	size_t used = 0, end = 0;

	while (rest.n > 0) {
		used += take(&rest);
		if (used > columns)
			break;
		end = text.n - rest.n;
	}
	return sv_slice(text, 0, end);
}

void terminal_pad(struct buf *buf, struct sv text, size_t columns)
{
	const struct sv shown = terminal_cut(text, columns);

	buf_put_sv(buf, shown);
	for (size_t i = terminal_width(shown); i < columns; i++)
		buf_put_char(buf, ' ');
}

/* ---- progress ---- */

struct progress {
	FILE *to;
	char *label;
	uint64_t start_us, drawn_us;
	bool is_terminal, is_drawn;
};

struct progress *progress_new(FILE *to, const char *label)
{
	struct progress *progress;

	if (!to)
		return NULL;
	progress = mem_zalloc(sizeof *progress);
	progress->to = to;
	progress->label = mem_dup(label);
	progress->is_terminal = isatty(fileno(to));
	progress->start_us = clock_monotonic_us();
	progress->drawn_us = progress->start_us;
	return progress;
}

static size_t columns_of(FILE *to)
{
	struct winsize size;

	if (ioctl(fileno(to), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col > COLUMNS_MAX ? COLUMNS_MAX : size.ws_col;
}

/* 1234567 → "1,234,567" */
static void put_number(struct buf *buf, uint64_t number)
{
	char text[32];
	const int n = snprintf(text, sizeof text, "%llu", (unsigned long long)number);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_put_char(buf, ',');
		buf_put_char(buf, text[i]);
	}
}

static void put_time(struct buf *buf, uint64_t seconds)
{
	if (seconds >= 3600)
		buf_printf(buf, "%llu:%02u:%02u", (unsigned long long)(seconds / 3600),
			   (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	else
		buf_printf(buf, "%u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
}

/* What follows the bar. */
static void put_figures(struct buf *buf, uint64_t done, uint64_t total, uint64_t count,
			uint64_t elapsed_us)
{
	if (total > 0)
		buf_printf(buf, " %3u%%", (unsigned)((double)done / (double)total * 100));
	buf_put_sv(buf, SV("  "));
	put_number(buf, count);
	if (elapsed_us >= DRAW_EVERY_US) {
		buf_put_sv(buf, SV("  "));
		put_number(buf, (uint64_t)((double)count * 1e6 / (double)elapsed_us));
		buf_put_sv(buf, SV("/s"));
	}
	if (total > 0 && done > 0 && elapsed_us >= 10 * DRAW_EVERY_US) {
		buf_put_sv(buf, SV("  "));
		buf_put_sv(buf, sv_from(_("left")));
		buf_put_char(buf, ' ');
		put_time(buf, (uint64_t)((double)elapsed_us / (double)done *
					 (double)(total - done) / 1e6));
	}
}

void progress_format(struct buf *buf, const char *label, uint64_t done, uint64_t total,
		     uint64_t count, uint64_t elapsed_us, size_t columns)
{
	const size_t label_columns = terminal_width(sv_from(label));
	struct buf figures;
	size_t used;

	if (done > total)
		done = total;
	buf_init(&figures, 256);
	put_figures(&figures, done, total, count, elapsed_us);
	used = label_columns + terminal_width(buf_sv(&figures)) + 3;
	buf_put_sv(buf, terminal_cut(sv_from(label), columns));
	if (total > 0 && used + BAR_COLUMNS_MIN <= columns) {
		const size_t room =
			columns - used > BAR_COLUMNS_MAX ? BAR_COLUMNS_MAX : columns - used;
		const size_t full = (size_t)((double)done / (double)total * (double)room);

		buf_put_sv(buf, SV(" ["));
		for (size_t i = 0; i < room; i++)
			buf_put_char(buf, i < full ? '#' : '.');
		buf_put_char(buf, ']');
	}
	if (label_columns < columns)
		buf_put_sv(buf, terminal_cut(buf_sv(&figures), columns - label_columns));
	buf_done(&figures);
}

void progress_update(struct progress *progress, uint64_t done, uint64_t total, uint64_t count)
{
	struct buf line;
	uint64_t now;

	if (!progress)
		return;
	now = clock_monotonic_us();
	if (now - progress->drawn_us < (progress->is_terminal ? DRAW_EVERY_US : PLAIN_EVERY_US))
		return;
	progress->drawn_us = now;
	buf_init(&line, LINE_MAX_BYTES);
	if (progress->is_terminal)
		buf_put_char(&line, '\r');
	/* The last column stays free: some terminals wrap as soon as it is used. */
	progress_format(&line, progress->label, done, total, count, now - progress->start_us,
			progress->is_terminal ? columns_of(progress->to) - 1 : COLUMNS_DEFAULT);
	buf_put_sv(&line, progress->is_terminal ? SV("\033[K") : SV("\n"));
	fwrite(line.p, 1, line.n, progress->to);
	fflush(progress->to);
	buf_done(&line);
	progress->is_drawn = progress->is_terminal;
}

void progress_clear(struct progress *progress)
{
	if (!progress || !progress->is_drawn)
		return;
	fputs("\r\033[K", progress->to);
	fflush(progress->to);
	progress->is_drawn = false;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	progress_clear(progress);
	free(progress->label);
	free(progress);
}
