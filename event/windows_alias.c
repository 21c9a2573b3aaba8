/* Names that rules for a category expect, beside those that the log has. */
#include <stdio.h>
#include <string.h>

#include "event/logs.h"

#define COUNT(table) (sizeof table / sizeof *table)

enum alias_kind { ALIAS_COPY, ALIAS_NUMBER, ALIAS_LABEL };

static const struct alias {
	struct sv service, category; /* empty: any */
	struct sv from, into;
	enum alias_kind kind;
} aliases[] = {
#define ALIAS(service, category, from, into, kind)                                                 \
	{ SV(service), SV(category), SV(from), SV(into), ALIAS_##kind },
#include "event/mapping/windows_names.inc"
#undef ALIAS
};

static const struct {
	struct sv label, level;
} labels[] = {
	{ SV("S-1-16-0"), SV("Untrusted") }, { SV("S-1-16-4096"), SV("Low") },
	{ SV("S-1-16-8192"), SV("Medium") }, { SV("S-1-16-8448"), SV("Medium") },
	{ SV("S-1-16-12288"), SV("High") },  { SV("S-1-16-16384"), SV("System") },
};

/* Adds a field where there is room; a full event goes without. */
static void append(struct event_decoder *decoder, struct event *event, struct sv name,
		   struct sv text, enum event_type type)
{
	if (event->count == EVENT_FIELDS_MAX)
		return;
	decoder->field[event->count++] = (struct event_field){
		.name = name, .text = text, .name_hash = sv_hash_case(name), .type = type
	};
	event->field = decoder->field;
	decoder->count = event->count;
}

/* "0x1f4" as a number of its own. */
static bool from_hex(struct event_decoder *decoder, struct sv text, struct sv *ret)
{
	uint64_t value = 0;
	char *to;

	if (text.n < 3 || text.n > 18 || text.p[0] != '0' || (text.p[1] | 0x20) != 'x')
		return false;
	for (size_t i = 2; i < text.n; i++) {
		const char c = text.p[i], low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			value = value << 4 | (uint64_t)(low - 'a' + 10);
		else
			return false;
	}
	to = scratch_room(decoder, 24);
	if (!to)
		return false;
	*ret = scratch_take(decoder, (size_t)snprintf(to, 24, "%llu", (unsigned long long)value));
	return true;
}

static void add_alias(struct event_decoder *decoder, struct event *event, const struct alias *alias)
{
	const struct event_field *from = event_get(event, alias->from);
	struct sv text;
	enum event_type type;

	if (!from || event_get(event, alias->into))
		return;
	text = from->text;
	type = from->type;
	if (alias->kind == ALIAS_NUMBER && from_hex(decoder, text, &text))
		type = EVENT_NUMBER;
	for (size_t i = 0; alias->kind == ALIAS_LABEL && i < COUNT(labels); i++)
		if (sv_eq_case(from->text, labels[i].label))
			text = labels[i].level;
	append(decoder, event, alias->into, text, type);
}

/*
 * In Security's 4688 ProcessId is the one who started the new process; every
 * rule for process_creation means the new one.
 */
static void turn_parent(struct event_decoder *decoder, struct event *event)
{
	struct event_field *field = decoder->field;

	if (event_get(event, SV("ParentProcessId")))
		return;
	for (size_t i = 0; i < event->count; i++) {
		if (!sv_eq_case(field[i].name, SV("ProcessId")))
			continue;
		field[i].name = SV("ParentProcessId");
		field[i].name_hash = sv_hash_case(field[i].name);
		if (from_hex(decoder, field[i].text, &field[i].text))
			field[i].type = EVENT_NUMBER;
	}
}

/* DOMAIN\name, as Sysmon writes it. */
static void add_user(struct event_decoder *decoder, struct event *event)
{
	const struct sv domain = event_text(event, SV("SubjectDomainName"));
	const struct sv name = event_text(event, SV("SubjectUserName"));
	char *to;

	if (name.n == 0 || event_get(event, SV("User")))
		return;
	to = scratch_room(decoder, domain.n + 1 + name.n);
	if (!to)
		return;
	if (domain.n > 0)
		memcpy(to, domain.p, domain.n);
	to[domain.n] = '\\';
	memcpy(to + domain.n + 1, name.p, name.n);
	append(decoder, event, SV("User"), scratch_take(decoder, domain.n + 1 + name.n),
	       EVENT_STRING);
}

void windows_alias(struct event_decoder *decoder, struct event *event)
{
	const struct event_envelope *envelope = &event->envelope;
	const bool created = sv_eq_case(envelope->service, SV("security")) &&
			     sv_eq_case(envelope->category, SV("process_creation"));

	if (created)
		turn_parent(decoder, event);
	for (size_t i = 0; i < COUNT(aliases); i++)
		if ((aliases[i].service.n == 0 ||
		     sv_eq_case(aliases[i].service, envelope->service)) &&
		    (aliases[i].category.n == 0 ||
		     sv_eq_case(aliases[i].category, envelope->category)))
			add_alias(decoder, event, &aliases[i]);
	if (created)
		add_user(decoder, event);
}

/* Seconds since 1970, as Velociraptor writes them. */
static bool from_seconds(const struct event_field *field, struct instant *ret)
{
	double seconds;

	if (field->type != EVENT_NUMBER || !sv_to_double(field->text, &seconds) || seconds < 0 ||
	    seconds > 1e11)
		return false;
	ret->us = (int64_t)(seconds * 1e6);
	return true;
}

void windows_observed(struct event *event)
{
	static const struct sv names[] = {
		SV("TimeCreated_SystemTime"),
		SV("@timestamp"),
		SV("UtcTime"),
		SV("SystemTime"),
		SV("EventTime"),
		SV("timestamp"),
	};

	for (size_t i = 0; event->envelope.observed.us == 0 && i < COUNT(names); i++) {
		const struct event_field *field = event_get(event, names[i]);

		if (field && !instant_parse(field->text, &event->envelope.observed))
			from_seconds(field, &event->envelope.observed);
	}
}

int windows_finish(struct event_decoder *decoder, struct sv raw, struct event *ret, struct err *err)
{
	struct event event;
	bool windows;

	if (windows_convert(decoder, &windows, err) < 0)
		return -1;
	if (!windows && decoder->envelope.product.n == 0)
		logs_convert(decoder, raw);
	event_decoder_finish(decoder, raw, &event);
	event_classify(&event);
	if (windows && event.envelope.product.n == 0)
		event.envelope.product = SV("windows");
	windows_observed(&event);
	if (sv_eq(event.envelope.product, SV("windows")))
		windows_alias(decoder, &event);
	*ret = event;
	return 0;
}
