#include "incident/internal.h"

/* Steps of a rule that are kept, and bytes of a value around its match. */
#define REASONS_MAX 100
#define REASON_VALUE_MAX 2048
#define REASON_BEFORE 256 /* of these, before the match */
#define SUMMARY_MAX 300
#define HOST_MAX 255

static bool has_word(struct sv list, struct sv word)
{
	while (list.n > 0)
		if (sv_eq_case(sv_cut(&list, ' '), word))
			return true;
	return false;
}

static void put_word(struct buf *list, struct sv word)
{
	if (word.n == 0 || has_word(buf_sv(list), word))
		return;
	if (list->n > 0)
		buf_put_char(list, ' ');
	buf_put_sv(list, word);
}

/* "t1059.004", not "tactic". */
static bool is_technique(struct sv name)
{
	if (name.n < 5 || (name.p[0] | 0x20) != 't')
		return false;
	for (size_t i = 1; i < 5; i++)
		if (name.p[i] < '0' || name.p[i] > '9')
			return false;
	return true;
}

/* A tactic is words: "defense-evasion"; groups and software ("g0001", "s0001") have digits. */
static bool is_tactic(struct sv name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] >= '0' && name.p[i] <= '9')
			return false;
	return name.n > 0;
}

static size_t count_words(struct sv list)
{
	size_t count = 0;

	for (; list.n > 0; count++)
		sv_cut(&list, ' ');
	return count;
}

void incident_add_tags(const struct rule *rule, struct buf *techniques, struct buf *tactics)
{
	for (size_t i = 0; i < rule->tag_count; i++) {
		const struct sv attack = SV("attack.");
		const struct sv tag = rule->tag[i];
		const struct sv name = sv_slice(tag, attack.n, tag.n);
		char word[24];

		if (tag.n <= attack.n || !sv_eq_case(sv_slice(tag, 0, attack.n), attack))
			continue;
		if (is_technique(name)) {
			snprintf(word, sizeof word, "T%.*s", (int)(name.n - 1), name.p + 1);
			if (count_words(buf_sv(techniques)) < INCIDENT_TECHNIQUES_MAX)
				put_word(techniques, sv_from(word));
		} else if (is_tactic(name)) {
			put_word(tactics, name);
		}
	}
}

void incident_put_tags(const struct rule *rule, struct buf *tags)
{
	for (size_t i = 0; i < rule->tag_count; i++)
		put_word(tags, rule->tag[i]);
}

static void put_reason(struct buf *json, const struct detect_reason *reason)
{
	const size_t from = reason->value_at > REASON_BEFORE && reason->value.n > REASON_VALUE_MAX
				    ? reason->value_at - REASON_BEFORE
				    : 0;
	const struct sv value =
		incident_cut(sv_slice(reason->value, from, reason->value.n), REASON_VALUE_MAX);

	buf_put_sv(json, SV("{\"selection\":"));
	buf_put_json(json, reason->selection);
	buf_put_sv(json, SV(",\"field\":"));
	buf_put_json(json, reason->field);
	buf_put_sv(json, SV(",\"modifiers\":"));
	buf_put_json(json, reason->modifiers);
	buf_put_sv(json, SV(",\"pattern\":"));
	buf_put_json(json, incident_cut(reason->pattern, REASON_VALUE_MAX));
	buf_put_sv(json, SV(",\"value\":"));
	buf_put_json(json, value);
	buf_printf(json, ",\"value_at\":%zu,\"value_n\":%zu,\"matched\":%s}",
		   reason->value_at - from, reason->value_n, reason->matched ? "true" : "false");
}

/* Whole objects only, so that it stays JSON. */
void incident_put_reasons(const struct incident_detection *detection, struct buf *json)
{
	const size_t count =
		detection->reason_count < REASONS_MAX ? detection->reason_count : REASONS_MAX;

	buf_put_char(json, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_char(json, ',');
		put_reason(json, &detection->reason[i]);
	}
	buf_put_char(json, ']');
}

/* One line for people: what was run, written or reached. */
void incident_put_summary(const struct event *event, struct buf *summary)
{
	static const char *const field[] = {
		"CommandLine",	 "TargetFilename",  "TargetObject", "DestinationHostname",
		"QueryName",	 "ScriptBlockText", "ImageLoaded",  "PipeName",
		"DestinationIp", "Image",	    "ServiceName",  "Message"
	};

	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		const struct sv text = event_text(event, sv_from(field[i]));

		if (text.n == 0)
			continue;
		buf_put_sv(summary, incident_cut(text, SUMMARY_MAX));
		if (sv_starts(sv_from(field[i]), SV("Destination")) &&
		    event_text(event, SV("DestinationPort")).n > 0) {
			buf_put_char(summary, ':');
			buf_put_sv(summary,
				   incident_cut(event_text(event, SV("DestinationPort")), 8));
		}
		return;
	}
}

struct sv incident_host_of(const struct event *event)
{
	static const char *const field[] = { "Computer", "Hostname", "host.name", "HostName" };

	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		const struct sv text = event_text(event, sv_from(field[i]));

		if (text.n > 0)
			return incident_cut(text, HOST_MAX);
	}
	return SV("");
}
