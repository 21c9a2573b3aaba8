/* For programs: one object a line, one document, or a table for spreadsheets. */
#include <inttypes.h>
#include <math.h>

#include "base/text.h"
#include "cli/hunt.h"

#define CSV_VALUE_BYTES 8192 /* of one value in a table */

void hunt_write_json(struct hunt *hunt, struct sv json)
{
	if (hunt->output->is_table || hunt->to == stdout)
		progress_clear(hunt->progress);
	write_json_to(hunt->to, json);
}

struct sv hunt_event_json(struct hunt *hunt, const struct event *event)
{
	struct buf *json = &hunt->event;
	struct err err = ERR_INIT;

	if (json->n > 0)
		return buf_sv(json);
	if (event_encode(event, json, &err) < 0) {
		/* The detection counts more than what is shown of it. */
		say(_("%s; it is left out of the output"), err.text);
		buf_clear(json);
		buf_put_sv(json, SV("null"));
	}
	while (json->n > 0 && json->p[json->n - 1] == '\n')
		json->n--;
	return buf_sv(json);
}

static void put_time_json(struct buf *line, struct instant at)
{
	char when[INSTANT_TEXT_MAX];

	if (at.us != 0)
		buf_printf(line, "\"%s\"", instant_format(at, when));
	else
		buf_put_sv(line, SV("null"));
}

static void put_member(struct buf *line, const char *name, struct sv text)
{
	buf_printf(line, "\"%s\":", name);
	buf_put_json(line, text);
}

/* What of the value matched, where that is not all of it. */
static void put_part(struct buf *line, const struct detect_reason *reason)
{
	const struct sv part =
		sv_slice(reason->value, reason->value_at, reason->value_at + reason->value_n);

	if (!reason->matched || part.n == 0 || part.n == reason->value.n)
		return;
	buf_put_char(line, ',');
	put_member(line, "part", part);
}

void hunt_put_reasons_json(struct buf *line, const struct hunt_reasons *reasons)
{
	buf_put_char(line, '[');
	for (size_t i = 0; i < reasons->count; i++) {
		const struct detect_reason *reason = &reasons->reason[i];

		buf_printf(line, "%s{\"matched\":%s,", i ? "," : "",
			   reason->matched ? "true" : "false");
		put_member(line, "selection", reason->selection);
		buf_put_char(line, ',');
		put_member(line, "field", reason->field);
		buf_put_char(line, ',');
		put_member(line, "modifiers", reason->modifiers);
		buf_put_char(line, ',');
		put_member(line, "pattern", reason->pattern);
		if (reason->value.p) {
			buf_put_char(line, ',');
			put_member(line, "value", reason->value);
			put_part(line, reason);
		}
		buf_put_char(line, '}');
	}
	buf_put_char(line, ']');
}

static void put_number(struct buf *line, double value)
{
	if (isfinite(value))
		buf_printf(line, "%.15g", value);
	else
		buf_put_sv(line, SV("null"));
}

void hunt_put_correlation_json(struct hunt *hunt, struct buf *line,
			       const struct correlation_hit *hit)
{
	buf_put_sv(line, SV("{\"group\":{"));
	for (size_t i = 0; i < hit->group_count; i++) {
		buf_put_sv(line, i ? SV(",") : SV(""));
		buf_put_json(line, hit->group_name[i]);
		buf_put_char(line, ':');
		buf_put_json(line, hit->group_value[i]);
	}
	buf_put_sv(line, SV("},\"first\":"));
	put_time_json(line, hit->first);
	buf_put_sv(line, SV(",\"last\":"));
	put_time_json(line, hit->last);
	buf_put_sv(line, SV(",\"value\":"));
	put_number(line, hit->value);
	buf_printf(line, ",\"count\":%" PRIu64 ",\"events\":[", hit->count);
	for (size_t i = 0; i < hit->part_count; i++) {
		const struct correlation_part *part = &hit->part[i];

		buf_put_sv(line, i ? SV(",{") : SV("{"));
		put_member(line, "file", sv_from(hunt->files.path[part->reference.word[0]]));
		buf_printf(line, ",\"record\":%" PRIu64 ",\"time\":", part->reference.word[1]);
		put_time_json(line, part->at);
		buf_put_char(line, ',');
		put_member(line, "rule", ruleset_rule(hunt->ruleset, part->rule)->id);
		buf_put_char(line, '}');
	}
	buf_put_sv(line, SV("]}"));
}

void hunt_put_detection_json(struct hunt *hunt, struct buf *line, const struct detection *detection)
{
	put_member(line, "file", sv_from(detection->path));
	buf_printf(line, ",\"record\":%" PRIu64 ",\"time\":", detection->record);
	put_time_json(line, detection->at);
	buf_put_sv(line, SV(",\"rule\":{"));
	put_member(line, "id", detection->rule->id);
	buf_put_char(line, ',');
	put_member(line, "title", detection->rule->title);
	buf_put_char(line, ',');
	put_member(line, "level", sv_from(rule_level_name(detection->rule->level)));
	buf_put_char(line, '}');
	if (detection->correlation) {
		buf_put_sv(line, SV(",\"correlation\":"));
		hunt_put_correlation_json(hunt, line, detection->correlation);
	}
	if (hunt->explain && detection->reasons) {
		buf_put_sv(line, SV(",\"reasons\":"));
		hunt_put_reasons_json(line, detection->reasons);
	}
}

static void write_detection(struct hunt *hunt, const struct detection *detection, struct sv before,
			    struct sv after)
{
	struct buf *line = &hunt->line;

	buf_clear(line);
	buf_put_sv(line, before);
	buf_put_char(line, '{');
	hunt_put_detection_json(hunt, line, detection);
	buf_put_sv(line, SV(",\"event\":"));
	hunt_write_json(hunt, buf_sv(line));
	hunt_write_json(hunt,
			detection->event ? hunt_event_json(hunt, detection->event) : SV("null"));
	hunt_write_json(hunt, after);
}

static void nothing(struct hunt *hunt)
{
}

static void ndjson_detection(struct hunt *hunt, const struct detection *detection)
{
	write_detection(hunt, detection, SV(""), SV("}\n"));
}

const struct hunt_output hunt_ndjson = {
	.name = "ndjson",
	.begin = nothing,
	.detection = ndjson_detection,
	.end = nothing,
};

/* ---- one document ---- */

static void put_counts(const struct hunt *hunt, struct buf *line)
{
	buf_put_sv(line, SV(",\"levels\":{"));
	for (int level = LEVEL_CRITICAL; level > LEVEL_NONE; level--)
		buf_printf(line, "%s\"%s\":%" PRIu64, level < LEVEL_CRITICAL ? "," : "",
			   rule_level_name((enum rule_level)level),
			   hunt_found(hunt, (enum rule_level)level));
	buf_put_char(line, '}');
}

static void put_unrouted(const struct hunt_unrouted *unrouted, struct buf *line)
{
	buf_printf(line, ",\"unrouted\":%" PRIu64 ",\"unrouted_logsources\":[", unrouted->events);
	for (size_t i = 0; i < unrouted->names; i++) {
		buf_put_sv(line, i ? SV(",{") : SV("{"));
		put_member(line, "product", unrouted->name[i].product);
		buf_put_char(line, ',');
		put_member(line, "category", unrouted->name[i].category);
		buf_put_char(line, ',');
		put_member(line, "service", unrouted->name[i].service);
		buf_put_char(line, '}');
	}
	buf_put_char(line, ']');
}

void hunt_put_summary_json(const struct hunt *hunt, struct buf *line)
{
	struct instant first, last;

	hunt_statistics_span(hunt->statistics, &first, &last);
	buf_put_char(line, '{');
	put_member(line, "version", SV(HIKESHI_VERSION));
	buf_put_char(line, ',');
	put_member(line, "ruleset", ruleset_digest(hunt->ruleset));
	buf_printf(line,
		   ",\"rules\":%zu,\"files\":%" PRIu64 ",\"events\":%" PRIu64
		   ",\"detections\":%" PRIu64,
		   ruleset_count(hunt->ruleset), hunt->searched, hunt->records, hunt->detections);
	put_counts(hunt, line);
	put_unrouted(&hunt->unrouted, line);
	buf_put_sv(line, SV(",\"first\":"));
	put_time_json(line, first);
	buf_put_sv(line, SV(",\"last\":"));
	put_time_json(line, last);
	buf_printf(line,
		   ",\"lost\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"out_of_range\":%" PRIu64
		   ",\"too_large\":%" PRIu64 "}",
		   hunt->lost, hunt->damaged, hunt->out_of_range, hunt->unkept);
}

void hunt_put_losses_json(const struct hunt *hunt, struct buf *line)
{
	buf_put_char(line, '[');
	for (size_t i = 0; i < hunt->loss_count; i++) {
		const struct hunt_sampled_loss *loss = &hunt->loss[i];

		buf_put_sv(line, i ? SV(",\n{") : SV("\n{"));
		put_member(line, "file", sv_from(loss->path));
		if (loss->record > 0)
			buf_printf(line, ",\"record\":%" PRIu64, loss->record);
		if (loss->line > 0)
			buf_printf(line, ",\"line\":%" PRIu64, loss->line);
		buf_put_char(line, ',');
		put_member(line, "reason", sv_from(loss->reason));
		buf_put_char(line, '}');
	}
	buf_put_char(line, ']');
}

static void json_begin(struct hunt *hunt)
{
	hunt_write_json(hunt, SV("{\"detections\":["));
}

static void json_detection(struct hunt *hunt, const struct detection *detection)
{
	write_detection(hunt, detection, hunt->shown++ ? SV(",\n") : SV("\n"), SV("}"));
}

static void json_end(struct hunt *hunt)
{
	struct buf *line = &hunt->line;

	buf_clear(line);
	buf_put_sv(line, SV("\n],\n\"errors\":"));
	hunt_put_losses_json(hunt, line);
	buf_put_sv(line, SV(",\n\"summary\":"));
	hunt_put_summary_json(hunt, line);
	buf_put_sv(line, SV("}\n"));
	hunt_write_json(hunt, buf_sv(line));
}

const struct hunt_output hunt_json = {
	.name = "json",
	.begin = json_begin,
	.detection = json_detection,
	.end = json_end,
};

/* ---- a table for spreadsheets ---- */

/*
 * Always quoted (RFC 4180). A spreadsheet takes what begins with = + - @, a tab
 * or a return for a formula: an apostrophe before it makes it text.
 */
static void put_csv(struct buf *line, struct sv text, bool is_last)
{
	struct sv rest = sv_slice(text, 0, CSV_VALUE_BYTES);

	while (rest.n > 0 && rest.n < text.n && ((unsigned char)text.p[rest.n] & 0xc0) == 0x80)
		rest.n--;
	buf_put_char(line, '"');
	if (rest.n > 0 && strchr("=+-@\t\r", rest.p[0]))
		buf_put_char(line, '\'');
	while (rest.n > 0) {
		const size_t quote = sv_find_char(rest, '"', 0);
		const struct sv part = sv_slice(rest, 0, quote);

		put_clean(line, part);
		rest = sv_slice(rest, part.n, rest.n);
		if (rest.n > 0) {
			buf_put_sv(line, SV("\"\""));
			rest = sv_slice(rest, 1, rest.n);
		}
	}
	buf_put_sv(line, is_last ? SV("\"\r\n") : SV("\","));
}

/* The mark tells spreadsheets that this is UTF-8. */
static void csv_begin(struct hunt *hunt)
{
	fputs("\xef\xbb\xbf"
	      "time,level,rule,rule_id,tags,computer,user,image,summary,file,record\r\n",
	      hunt->to);
}

static void csv_detection(struct hunt *hunt, const struct detection *detection)
{
	const struct event *event = detection->event;
	struct buf *line = &hunt->line;
	struct buf text;
	char number[24];

	buf_clear(line);
	buf_init(&text, CSV_VALUE_BYTES);
	if (detection->at.us != 0)
		put_zone_rfc3339(&text, hunt->zone, detection->at);
	put_csv(line, buf_sv(&text), false);
	put_csv(line, sv_from(rule_level_name(detection->rule->level)), false);
	put_csv(line, hunt_title(detection->rule), false);
	put_csv(line, detection->rule->id, false);
	buf_clear(&text);
	for (size_t i = 0; i < detection->rule->tag_count; i++) {
		buf_put_sv(&text, i ? SV(" ") : SV(""));
		buf_put_sv(&text, detection->rule->tag[i]);
	}
	put_csv(line, buf_sv(&text), false);
	put_csv(line, event ? hunt_event_host(event) : SV_NONE, false);
	put_csv(line, event ? event_text(event, SV("User")) : SV_NONE, false);
	put_csv(line, event ? event_text(event, SV("Image")) : SV_NONE, false);
	put_csv(line, event ? hunt_event_summary(event) : SV_NONE, false);
	put_csv(line, sv_from(detection->path), false);
	snprintf(number, sizeof number, "%" PRIu64, detection->record);
	put_csv(line, sv_from(number), true);
	buf_done(&text);
	if (hunt->to == stdout)
		progress_clear(hunt->progress);
	fwrite(line->p, 1, line->n, hunt->to);
}

const struct hunt_output hunt_csv = {
	.name = "csv",
	.begin = csv_begin,
	.detection = csv_detection,
	.end = nothing,
};
