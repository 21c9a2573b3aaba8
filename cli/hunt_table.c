/* For people on a terminal: two lines for each detection, and why, where asked for. */
#include <inttypes.h>
#include <limits.h>

#include "base/text.h"
#include "cli/hunt.h"

#define TITLE_COLUMNS 200
#define SUMMARY_COLUMNS 160
#define VALUE_COLUMNS 120
#define CONTEXT_BYTES 24 /* of a value before the part that matched */

struct sv hunt_title(const struct rule *rule)
{
	return text_is_japanese() && rule->title_ja.n > 0 ? rule->title_ja : rule->title;
}

struct sv hunt_event_summary(const struct event *event)
{
	static const char *const field[] = {
		"CommandLine", "TargetFilename",      "TargetObject",  "ScriptBlockText",
		"QueryName",   "DestinationHostname", "DestinationIp", "PipeName",
		"ImageLoaded", "TargetImage",	      "ImagePath",     "TaskName",
		"ServiceName", "ThreatName",	      "Image",	       "Provider_Name",
		"message",
	};

	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		const struct sv text = event_text(event, sv_from(field[i]));

		if (text.n > 0)
			return text;
	}
	return event->raw;
}

struct sv hunt_event_host(const struct event *event)
{
	static const char *const field[] = { "Computer", "ComputerName", "host.name", "hostname",
					     "host" };

	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		const struct sv text = event_text(event, sv_from(field[i]));

		if (text.n > 0)
			return text;
	}
	return SV_NONE;
}

/* At most so many columns of a text that may be long: never cleans all of it. */
static void put_short(struct buf *line, struct sv text, size_t columns)
{
	put_clean(line, terminal_cut(sv_slice(text, 0, 4 * columns), columns));
}

/* A value that is long is shown from a little before what matched in it. */
static void put_value(struct buf *line, const struct detect_reason *reason)
{
	struct sv value = reason->value;
	size_t from = 0;

	if (!value.p) {
		buf_put_sv(line, sv_from(_("(absent)")));
		return;
	}
	if (reason->value_at > CONTEXT_BYTES && value.n > VALUE_COLUMNS)
		from = reason->value_at - CONTEXT_BYTES;
	while (from > 0 && from < value.n && ((unsigned char)value.p[from] & 0xc0) == 0x80)
		from--;
	buf_put_sv(line, from ? SV("'…") : SV("'"));
	value = sv_slice(value, from, value.n);
	put_short(line, value, VALUE_COLUMNS);
	buf_put_sv(line,
		   terminal_cut(sv_slice(value, 0, 4 * VALUE_COLUMNS), VALUE_COLUMNS).n < value.n
			   ? SV("…'")
			   : SV("'"));
}

void hunt_put_reason(struct buf *line, const struct detect_reason *reason)
{
	buf_put_sv(line, reason->matched ? SV("✓ ") : SV("✗ "));
	put_short(line, reason->selection, 60);
	buf_put_sv(line, SV("  "));
	put_short(line, reason->field, 80);
	if (reason->modifiers.n > 0) {
		buf_put_char(line, '|');
		put_short(line, reason->modifiers, 60);
	}
	buf_put_sv(line, SV(": '"));
	put_short(line, reason->pattern, VALUE_COLUMNS);
	buf_put_sv(line, SV("'  ← "));
	put_value(line, reason);
}

static void put_correlation(struct hunt *hunt, struct buf *line, const struct correlation_hit *hit)
{
	buf_put_sv(line, SV("    "));
	for (size_t i = 0; i < hit->group_count; i++) {
		put_short(line, hit->group_name[i], 60);
		buf_put_char(line, '=');
		put_short(line, hit->group_value[i], 80);
		buf_put_sv(line, SV("  "));
	}
	buf_printf(line, _("%" PRIu64 " events, from "), hit->count);
	put_zone_time(line, hunt->zone, hit->first);
	buf_put_char(line, '\n');
}

static void put_row(struct hunt *hunt, struct buf *line, const struct detection *detection)
{
	const struct rule *rule = detection->rule;
	const struct sv host = detection->event ? hunt_event_host(detection->event) : SV_NONE;

	put_zone_time(line, hunt->zone, detection->at);
	buf_put_sv(line, SV("  "));
	if (hunt->colour)
		buf_put_sv(line, sv_from(level_colour(rule->level)));
	terminal_pad(line, sv_from(level_text(rule->level)), level_columns());
	if (hunt->colour)
		buf_put_sv(line, SV("\033[0m"));
	buf_put_sv(line, SV("  "));
	put_short(line, hunt_title(rule), TITLE_COLUMNS);
	if (host.n > 0) {
		buf_put_sv(line, SV("  @"));
		put_short(line, host, 60);
	}
	buf_put_sv(line, SV("\n    "));
	put_clean(line, sv_from(detection->path));
	buf_printf(line, ":%" PRIu64, detection->record);
	if (detection->event) {
		buf_put_sv(line, SV("  "));
		put_short(line, hunt_event_summary(detection->event), SUMMARY_COLUMNS);
	}
	buf_put_char(line, '\n');
}

static void table_detection(struct hunt *hunt, const struct detection *detection)
{
	struct buf *line = &hunt->line;

	buf_clear(line);
	put_row(hunt, line, detection);
	if (detection->correlation)
		put_correlation(hunt, line, detection->correlation);
	for (size_t i = 0; hunt->explain && detection->reasons && i < detection->reasons->count;
	     i++) {
		buf_put_sv(line, SV("      "));
		hunt_put_reason(line, &detection->reasons->reason[i]);
		buf_put_char(line, '\n');
	}
	fwrite(line->p, 1, line->n, hunt->to);
}

static void table_nothing(struct hunt *hunt)
{
}

const struct hunt_output hunt_table = {
	.name = "table",
	.begin = table_nothing,
	.detection = table_detection,
	.end = table_nothing,
	.is_table = true,
};
