/*
 * zone.h - in which zone a person reads and writes times: that of the machine,
 * Japan's, or UTC.
 */
#ifndef CLI_ZONE_H
#define CLI_ZONE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/sv.h"

enum zone_kind { ZONE_LOCAL, ZONE_JAPAN, ZONE_UTC };

struct zone {
	enum zone_kind kind;
};

/* Seconds east of UTC at this instant. */
int64_t zone_offset(struct zone zone, struct instant at);
/* "2026-11-21 18:53:00+09:00", with Z for +00:00; "-" where unknown, always as wide. */
void put_zone_time(struct buf *line, struct zone zone, struct instant at);
/* Without seconds and zone: "11-21 18:53". */
void put_zone_minute(struct buf *line, struct zone zone, struct instant at);
/* "2026-11-21T18:53:00.123456+09:00" */
void put_zone_rfc3339(struct buf *line, struct zone zone, struct instant at);
/*
 * Reads RFC 3339, or "2026-11-21", perhaps with " 18:53" or " 18:53:00" (or T),
 * in this zone. A day alone is its first moment, or with end the next day's.
 */
bool zone_parse(struct zone zone, struct sv text, bool end, struct instant *ret);

#endif
