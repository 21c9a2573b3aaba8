#include "cli/zone.h"

#include <string.h>
#include <time.h>

#define JAPAN_SECONDS 32400
#define DAY_SECONDS 86400

/* What a clock on the wall shows, as if it were UTC. */
static bool wall_of(int64_t seconds, struct tm *ret)
{
	const time_t at = (time_t)seconds;

	return gmtime_r(&at, ret) != NULL;
}

/* The machine's offset where its clocks show this; mktime tells it. */
static int64_t offset_at_wall(struct tm wall)
{
	wall.tm_isdst = -1;
	return mktime(&wall) == (time_t)-1 ? 0 : wall.tm_gmtoff;
}

int64_t zone_offset(struct zone zone, struct instant at)
{
	const int64_t seconds = at.us / INSTANT_SECOND;
	struct tm wall;
	int64_t offset = 0;

	if (zone.kind == ZONE_UTC)
		return 0;
	if (zone.kind == ZONE_JAPAN)
		return JAPAN_SECONDS;
	/* The second look is right unless both lie around a change of the clocks. */
	for (int look = 0; look < 2; look++)
		if (wall_of(seconds + offset, &wall))
			offset = offset_at_wall(wall);
	return offset;
}

static void put_offset(struct buf *line, int64_t offset)
{
	const int64_t minutes = (offset < 0 ? -offset : offset) / 60;

	if (offset == 0)
		buf_put_char(line, 'Z');
	else
		buf_printf(line, "%c%02d:%02d", offset < 0 ? '-' : '+', (int)(minutes / 60),
			   (int)(minutes % 60));
}

static char *wall_text(struct zone zone, struct instant at, int64_t *ret_offset,
		       char text[static INSTANT_TEXT_MAX])
{
	*ret_offset = zone_offset(zone, at);
	at.us += *ret_offset * INSTANT_SECOND;
	return instant_format(at, text);
}

void put_zone_time(struct buf *line, struct zone zone, struct instant at)
{
	char text[INSTANT_TEXT_MAX];
	int64_t offset;

	if (at.us == 0) {
		buf_printf(line, "%-*s", zone_offset(zone, at) == 0 ? 20 : 25, "-");
		return;
	}
	wall_text(zone, at, &offset, text);
	buf_printf(line, "%.10s %.8s", text, text + 11);
	put_offset(line, offset);
}

void put_zone_minute(struct buf *line, struct zone zone, struct instant at)
{
	char text[INSTANT_TEXT_MAX];
	int64_t offset;

	wall_text(zone, at, &offset, text);
	buf_printf(line, "%.5s %.5s", text + 5, text + 11);
}

void put_zone_rfc3339(struct buf *line, struct zone zone, struct instant at)
{
	char text[INSTANT_TEXT_MAX];
	int64_t offset;
	struct sv wall = sv_from(wall_text(zone, at, &offset, text));

	buf_put_sv(line, sv_slice(wall, 0, wall.n - 1));
	put_offset(line, offset);
}

/* Digits with these marks between them, as in the pattern. */
static bool has_form(struct sv text, const char *pattern)
{
	if (text.n != strlen(pattern))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (pattern[i] == '0' ? c < '0' || c > '9' : c != pattern[i])
			return false;
	}
	return true;
}

static int64_t to_utc(struct zone zone, int64_t wall_seconds)
{
	struct tm wall;

	if (zone.kind == ZONE_LOCAL)
		return wall_of(wall_seconds, &wall) ? wall_seconds - offset_at_wall(wall)
						    : wall_seconds;
	return wall_seconds - (zone.kind == ZONE_JAPAN ? JAPAN_SECONDS : 0);
}

bool zone_parse(struct zone zone, struct sv text, bool end, struct instant *ret)
{
	static const char *const rest[] = { "", "00:00", "00:00:00" };
	char whole[] = "YYYY-MM-DDT00:00:00Z";
	const struct sv day = sv_slice(text, 0, 10), time = sv_slice(text, 11, text.n);
	struct instant at;
	bool is_known = false;

	if (!has_form(day, "0000-00-00"))
		return false;
	if (text.n > 10 && text.p[10] != ' ' && text.p[10] != 'T')
		return false;
	for (size_t i = text.n == 10 ? 0 : 1; i < sizeof rest / sizeof *rest && !is_known; i++)
		is_known = has_form(time, rest[i]);
	if (!is_known)
		return instant_parse(text, ret);
	memcpy(whole, day.p, day.n);
	if (time.n > 0)
		memcpy(whole + 11, time.p, time.n);
	if (!instant_parse(sv_from(whole), &at))
		return false;
	at.us = to_utc(zone, at.us / INSTANT_SECOND + (end && text.n == 10 ? DAY_SECONDS : 0)) *
		INSTANT_SECOND;
	*ret = at;
	return true;
}
