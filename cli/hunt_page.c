/*
 * One HTML page that needs nothing else: no network, no other file. What comes
 * from events and rules stands in blocks of JSON, which no browser runs, and is
 * shown as text only. The policy in its head forbids everything but the one
 * script and the one style that were made with the program.
 */
#include <inttypes.h>

#include "base/text.h"
#include "cli/hunt.h"
#include "hunt_page_generated.h"

/* JSON inside a page: no text of it can end the block or begin a tag. */
static void write_block(struct hunt *hunt, struct sv json)
{
	size_t from = 0;

	for (size_t i = 0; i < json.n; i++) {
		const char c = json.p[i];

		if (c != '<' && c != '>' && c != '&')
			continue;
		fwrite(json.p + from, 1, i - from, hunt->to);
		fprintf(hunt->to, "\\u%04x", (unsigned char)c);
		from = i + 1;
	}
	fwrite(json.p + from, 1, json.n - from, hunt->to);
}

static void page_begin(struct hunt *hunt)
{
	const bool japanese = text_is_japanese();

	if (hunt->to == stdout)
		progress_clear(hunt->progress);
	fprintf(hunt->to,
		"<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"script-src 'sha256-" HUNT_SCRIPT_HASH "'; style-src 'sha256-" HUNT_STYLE_HASH
		"'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n<style>",
		japanese ? "ja" : "en", _("What Hikeshi found"));
	fwrite(hunt_style, 1, sizeof hunt_style - 1, hunt->to);
	fprintf(hunt->to, "</style>\n</head>\n<body>\n<noscript><p>%s</p></noscript>\n",
		_("This page needs JavaScript. It asks no network; its policy forbids that."));
	fputs("<script type=\"application/json\" id=\"detections\">[", hunt->to);
}

/* [rule, file, record, line, time in milliseconds, event, reasons, correlation] */
static void page_detection(struct hunt *hunt, const struct detection *detection)
{
	struct buf *line = &hunt->line;

	if (hunt->shown == HUNT_PAGE_DETECTIONS_MAX)
		return;
	buf_clear(line);
	buf_printf(line, "%s\n[%zu,", hunt->shown++ ? "," : "", detection->rule_index);
	buf_put_json(line, sv_from(detection->path));
	buf_printf(line, ",%" PRIu64 ",%" PRIu64 ",", detection->record, detection->line);
	if (detection->at.us != 0)
		buf_printf(line, "%.3f", (double)detection->at.us / 1000);
	else
		buf_put_sv(line, SV("null"));
	buf_put_char(line, ',');
	buf_put_sv(line, detection->event ? hunt_event_json(hunt, detection->event) : SV("null"));
	buf_put_char(line, ',');
	if (detection->reasons)
		hunt_put_reasons_json(line, detection->reasons);
	else
		buf_put_sv(line, SV("[]"));
	buf_put_char(line, ',');
	if (detection->correlation)
		hunt_put_correlation_json(hunt, line, detection->correlation);
	else
		buf_put_sv(line, SV("null"));
	buf_put_char(line, ']');
	write_block(hunt, buf_sv(line));
}

static void put_texts(struct buf *line, const struct sv *text, size_t count)
{
	buf_put_char(line, '[');
	for (size_t i = 0; i < count; i++) {
		buf_put_sv(line, i ? SV(",") : SV(""));
		buf_put_json(line, text[i]);
	}
	buf_put_char(line, ']');
}

static void put_rule(struct buf *line, const struct rule *rule, size_t index, uint64_t count)
{
	const struct {
		const char *name;
		struct sv text;
	} member[] = {
		{ "id", rule->id },
		{ "title", rule->title },
		{ "title_ja", rule->title_ja },
		{ "description", rule->description },
		{ "description_ja", rule->description_ja },
		{ "level", sv_from(rule_level_name(rule->level)) },
		{ "status", rule->status },
		{ "author", rule->author },
		{ "file", rule->file },
	};

	buf_printf(line, "\"%zu\":{\"count\":%" PRIu64, index, count);
	for (size_t i = 0; i < sizeof member / sizeof *member; i++) {
		buf_printf(line, ",\"%s\":", member[i].name);
		buf_put_json(line, member[i].text);
	}
	buf_put_sv(line, SV(",\"tags\":"));
	put_texts(line, rule->tag, rule->tag_count);
	buf_put_sv(line, SV(",\"falsepositives\":"));
	put_texts(line, rule->falsepositive, rule->falsepositive_count);
	buf_put_sv(line, SV(",\"references\":"));
	put_texts(line, rule->reference, rule->reference_count);
	buf_put_char(line, '}');
}

static void write_rules(struct hunt *hunt)
{
	bool is_first = true;

	for (size_t i = 0; i < ruleset_count(hunt->ruleset); i++) {
		const uint64_t count = hunt_statistics_rule(hunt->statistics, i);

		if (count == 0)
			continue;
		buf_clear(&hunt->line);
		buf_put_sv(&hunt->line, is_first ? SV("\n") : SV(",\n"));
		put_rule(&hunt->line, ruleset_rule(hunt->ruleset, i), i, count);
		write_block(hunt, buf_sv(&hunt->line));
		is_first = false;
	}
}

static void page_end(struct hunt *hunt)
{
	static const char *const zone[] = { "local", "japan", "utc" };
	struct buf *line = &hunt->line;

	fputs("\n]</script>\n<script type=\"application/json\" id=\"rules\">{", hunt->to);
	write_rules(hunt);
	fputs("\n}</script>\n<script type=\"application/json\" id=\"summary\">", hunt->to);
	buf_clear(line);
	buf_printf(line,
		   "{\"zone\":\"%s\",\"shown\":%" PRIu64 ",\"figures\":", zone[hunt->zone.kind],
		   hunt->shown);
	hunt_put_summary_json(hunt, line);
	buf_put_sv(line, SV(",\"errors\":"));
	hunt_put_losses_json(hunt, line);
	buf_put_char(line, '}');
	write_block(hunt, buf_sv(line));
	fputs("</script>\n<script>", hunt->to);
	fwrite(hunt_script, 1, sizeof hunt_script - 1, hunt->to);
	fputs("</script>\n</body>\n</html>\n", hunt->to);
	if (hunt->detections > hunt->shown)
		say(_("the page shows the first %" PRIu64 " of %" PRIu64
		      " detections; --min-level or a time range makes it smaller"),
		    hunt->shown, hunt->detections);
}

const struct hunt_output hunt_page = {
	.name = "html",
	.begin = page_begin,
	.detection = page_detection,
	.end = page_end,
	.explains = true,
};
