/* Answers of the centre as a person reads them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/centre.h"

#define SHOWN_BYTES_MAX (1U << 20) /* one value */
#define NAME_COLUMNS 20		   /* of a fact's name */
#define TREE_DEPTH_MAX 40	   /* deeper processes are not moved further to the right */

static const struct {
	const char *word, *text;
} words[] = {
	{ "new", N_("new") },
	{ "assigned", N_("assigned") },
	{ "investigating", N_("investigating") },
	{ "contained", N_("contained") },
	{ "resolved", N_("resolved") },
	{ "closed", N_("closed") },
	{ "false_positive", N_("false positive") },
	{ "active", N_("active") },
	{ "revoked", N_("revoked") },
	{ "uninstalled", N_("uninstalled") },
	{ "isolate", N_("isolate the device") },
	{ "release", N_("end the isolation") },
	{ "kill", N_("kill the process") },
	{ "collect", N_("collect data for analysis") },
	{ "uninstall", N_("remove the agent") },
	{ "licence_off", N_("switch the licence off") },
	{ "licence_on", N_("switch the licence on") },
	{ "unjudged", N_("not judged") },
	{ "real", N_("an incident") },
	{ "not_real", N_("no incident") },
	{ "telephone", N_("telephone") },
	{ "mail", N_("mail") },
	{ "visit", N_("visit") },
	{ "reached", N_("reached") },
	{ "missed", N_("nobody reached") },
	{ "proposed", N_("proposed") },
	{ "approved", N_("approved") },
	{ "sent", N_("sent") },
	{ "done", N_("done") },
	{ "failed", N_("failed") },
	{ "expired", N_("expired") },
	{ "refused", N_("refused") },
};

static const char *word_text(const char *word)
{
	enum rule_level level;

	if (rule_level_parse(sv_from(word), &level))
		return level_text(level);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].word, word) == 0)
			return _(words[i].text);
	}
	return word;
}

static const json_t *member(const json_t *object, const char *path)
{
	struct sv rest = sv_from(path);

	while (object && rest.n > 0) {
		const struct sv name = sv_cut(&rest, '.');

		object = json_object_getn(object, name.p, name.n);
	}
	return object;
}

/* "" where it is no text. */
static const char *text_of(const json_t *object, const char *path)
{
	const char *text = json_string_value(member(object, path));

	return text ? text : "";
}

static const char *title_of(const json_t *object, const char *english, const char *japanese)
{
	const char *title = text_of(object, japanese);

	return text_is_japanese() && title[0] ? title : text_of(object, english);
}

static void put_value(struct buf *raw, const json_t *value)
{
	size_t i;
	const json_t *item;

	if (json_is_string(value))
		buf_put(raw, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		buf_printf(raw, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		buf_put_sv(raw, sv_from(json_is_true(value) ? _("yes") : _("no")));
	else if (json_is_array(value))
		json_array_foreach(value, i, item)
		{
			buf_put_sv(raw, i > 0 ? SV(" ") : SV(""));
			put_value(raw, json_is_array(item) ? NULL : item);
		}
}

static void put_instant(struct buf *cell, const char *text, struct zone zone)
{
	struct instant at = { 0 };

	instant_parse(sv_from(text), &at);
	put_zone_time(cell, zone, at);
}

void show_put(struct buf *cell, const json_t *object, const struct show_field *field,
	      struct zone zone)
{
	const json_t *value = member(object, field->member);
	const size_t before = cell->n;
	struct buf raw;

	buf_init(&raw, SHOWN_BYTES_MAX);
	switch (field->kind) {
	case SHOW_TEXT: put_value(&raw, value); break;
	case SHOW_NUMBER:
		buf_put_sv(&raw, json_is_integer(value) ? SV("#") : SV(""));
		put_value(&raw, value);
		break;
	case SHOW_WORD: buf_put_sv(&raw, sv_from(word_text(text_of(object, field->member)))); break;
	case SHOW_TIME: put_instant(&raw, text_of(object, field->member), zone); break;
	case SHOW_TITLE: buf_put_sv(&raw, sv_from(title_of(object, "title", "title_ja"))); break;
	}
	put_clean(cell, sv_trim(buf_sv(&raw)));
	if (cell->n == before)
		buf_put_char(cell, '-');
	buf_done(&raw);
}

static void print_facts(const json_t *object, const struct show_field *field, size_t count,
			struct zone zone)
{
	struct buf line;

	buf_init(&line, 2 * SHOWN_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&line);
		terminal_pad(&line, sv_from(_(field[i].name)), NAME_COLUMNS);
		buf_put_sv(&line, SV("  "));
		show_put(&line, object, &field[i], zone);
		buf_put_char(&line, '\n');
		fwrite(line.p, 1, line.n, stdout);
	}
	buf_done(&line);
}

#define FACTS(object, field) print_facts(object, field, sizeof field / sizeof *field, zone)

void show_company(const json_t *company, struct zone zone)
{
	static const struct show_field field[] = {
		{ N_("id"), "id", SHOW_TEXT },
		{ N_("company"), "name", SHOW_TEXT },
		{ N_("reading"), "name_kana", SHOW_TEXT },
		{ N_("address"), "address", SHOW_TEXT },
		{ N_("devices"), "devices", SHOW_TEXT },
		{ N_("open incidents"), "open_incidents", SHOW_TEXT },
		{ N_("registered"), "created", SHOW_TIME },
	};
	static const struct show_field part[] = {
		{ N_("programme"), "programme.name", SHOW_TEXT },
		{ N_("operator"), "operator.name", SHOW_TEXT },
		{ N_("course"), "course", SHOW_TEXT },
		{ N_("since"), "since", SHOW_TIME },
		{ N_("ended"), "ended", SHOW_TIME },
	};
	size_t i;
	const json_t *item;

	FACTS(company, field);
	json_array_foreach(member(company, "participations"), i, item)
	{
		putchar('\n');
		FACTS(item, part);
	}
}

void show_device(const json_t *device, struct zone zone)
{
	static const struct show_field field[] = {
		{ N_("id"), "id", SHOW_TEXT },
		{ N_("device"), "hostname", SHOW_TEXT },
		{ N_("company"), "company.name", SHOW_TEXT },
		{ N_("user"), "user", SHOW_TEXT },
		{ N_("platform"), "platform", SHOW_TEXT },
		{ N_("state"), "state", SHOW_WORD },
		{ N_("isolated"), "isolated", SHOW_TEXT },
		{ N_("last seen"), "last_seen", SHOW_TIME },
		{ N_("agent"), "agent_version", SHOW_TEXT },
		{ N_("enrolled"), "enrolled", SHOW_TIME },
		{ N_("certificate until"), "certificate_expires", SHOW_TIME },
		{ N_("revoked"), "revoked", SHOW_TIME },
	};

	FACTS(device, field);
}

/* Parents stand before children: a process is one deeper than its parent. */
static void print_processes(const json_t *processes)
{
	const size_t count = json_array_size(processes);
	int *depth = mem_zalloc((count + 1) * sizeof *depth);

	for (size_t i = 0; i < count; i++) {
		const json_t *process = json_array_get(processes, i);
		const char *parent = text_of(process, "parent"),
			   *line = text_of(process, "command_line");

		for (size_t k = i; k-- > 0 && parent[0];) {
			if (strcmp(text_of(json_array_get(processes, k), "guid"), parent) != 0)
				continue;
			depth[i] = depth[k] < TREE_DEPTH_MAX ? depth[k] + 1 : TREE_DEPTH_MAX;
			break;
		}
		print_line("%*s%s %lld  %s  (%s)", 2 + 2 * depth[i], "",
			   json_is_true(member(process, "flagged")) ? "!" : "·",
			   (long long)json_integer_value(member(process, "pid")),
			   line[0] ? line : text_of(process, "image"), text_of(process, "user"));
	}
	free(depth);
}

static void put_entry(struct buf *line, const json_t *entry)
{
	const char *kind = text_of(entry, "kind"), *text = text_of(entry, "text");
	const char *from = text_of(entry, "from"), *to = text_of(entry, "to");

	if (strcmp(kind, "detection") == 0) {
		buf_printf(line, "[%s] %s", word_text(text_of(entry, "severity")),
			   title_of(entry, "text", "text_ja"));
		return;
	}
	if (strcmp(kind, "opened") == 0)
		buf_put_sv(line, sv_from(_("the incident was opened")));
	else if (strcmp(kind, "state") == 0)
		buf_printf(line, "%s: %s → %s", _("state"), word_text(from), word_text(to));
	else if (strcmp(kind, "level") == 0)
		buf_printf(line, "%s: %s → %s", _("level"), word_text(from), word_text(to));
	else if (strcmp(kind, "assigned") == 0)
		buf_printf(line, "%s: %s", _("assignee"), to[0] ? to : _("nobody"));
	else if (strcmp(kind, "action") == 0)
		buf_printf(line, "%s: %s", word_text(from), word_text(to));
	else if (strcmp(kind, "judged") == 0)
		buf_printf(line, "%s: %s", _("judged"), word_text(to));
	else if (strcmp(kind, "contact") == 0)
		buf_printf(line, "%s: %s", word_text(from), word_text(to));
	else if (strcmp(kind, "story") == 0)
		buf_put_sv(line, sv_from(_("told the owner")));
	else
		buf_put_sv(line, sv_from(_("note")));
	if (text[0])
		buf_printf(line, "  %s", text);
}

static void print_timeline(const json_t *items, struct zone zone)
{
	struct buf line;
	size_t i;
	const json_t *entry;

	buf_init(&line, SHOWN_BYTES_MAX);
	json_array_foreach(items, i, entry)
	{
		const char *actor = text_of(entry, "actor.name");

		buf_clear(&line);
		put_instant(&line, text_of(entry, "at"), zone);
		buf_put_sv(&line, SV("  "));
		put_entry(&line, entry);
		if (actor[0])
			buf_printf(&line, "  (%s)", actor);
		print_line("  %.*s", SV_ARG(buf_sv(&line)));
	}
	buf_done(&line);
}

void show_incident(const json_t *detail, const json_t *timeline, struct zone zone)
{
	static const struct show_field field[] = {
		{ N_("id"), "incident.id", SHOW_TEXT },
		{ N_("number"), "incident.number", SHOW_NUMBER },
		{ N_("level"), "incident.severity", SHOW_WORD },
		{ N_("state"), "incident.state", SHOW_WORD },
		{ N_("assignee"), "incident.assignee.name", SHOW_TEXT },
		{ N_("device"), "incident.device.name", SHOW_TEXT },
		{ N_("isolated"), "device.isolated", SHOW_TEXT },
		{ N_("company"), "incident.company.name", SHOW_TEXT },
		{ N_("techniques"), "incident.techniques", SHOW_TEXT },
		{ N_("detections"), "incident.detections", SHOW_TEXT },
		{ N_("first seen"), "incident.first_seen", SHOW_TIME },
		{ N_("last seen"), "incident.last_seen", SHOW_TIME },
	};

	print_line("%s", title_of(detail, "incident.title", "incident.title_ja"));
	putchar('\n');
	FACTS(detail, field);
	putchar('\n');
	print_line("%s", _("processes (! detected)"));
	print_processes(member(detail, "processes"));
	putchar('\n');
	print_line("%s", _("timeline"));
	print_timeline(member(timeline, "items"), zone);
	if (json_is_true(member(detail, "cut")) || json_is_true(member(timeline, "cut")))
		print_line("%s", _("There is more than is shown."));
}

void show_json(const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));

	write_json(sv_from(text));
	putchar('\n');
	free(text);
}
