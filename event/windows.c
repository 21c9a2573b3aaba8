#include <string.h>

#include "event/logs.h"

/*
 * Exporters write one Windows event in different forms; the decoder has made
 * dotted names of them. Each field is renamed to the name that Sigma's rules
 * use. What System holds comes first, so that no name out of EventData can
 * stand before Channel or EventID.
 */
enum form {
	FORM_FLAT,
	FORM_EVENT,  /* {"Event":{"System":…,"EventData":…}}, with or without Event */
	FORM_WINLOG, /* Winlogbeat, Elastic Common Schema */
};

struct conversion {
	struct event_decoder *decoder;
	size_t count;	   /* in decoder->spare */
	struct sv pending; /* Name of a Data element whose text is to come */
	bool classic;	   /* the log `Windows PowerShell` */
	struct err *err;
};

#define COUNT(table) (sizeof table / sizeof *table)

static void emit(struct conversion *conversion, struct sv name, const struct event_field *field,
		 bool in_array)
{
	struct event_decoder *decoder = conversion->decoder;
	struct event_field *to = &decoder->spare[conversion->count];

	/* What is none of the decoder's fields cannot be found again: see shape.h. */
	if (field >= decoder->field && field < decoder->field + decoder->count)
		decoder->source[conversion->count] = (uint16_t)(field - decoder->field);
	else
		decoder->by_text = true;
	conversion->count++;
	*to = *field;
	to->name = name;
	to->in_array = in_array;
}

/* Room for a name; one that is glued, or a text in the log, is as bounded as a member's. */
static char *name_room(struct conversion *conversion, size_t n)
{
	char *to = n <= EVENT_NAME_MAX ? scratch_room(conversion->decoder, n) : NULL;

	if (!to)
		err_set(conversion->err, ERR_RANGE, "name longer than %d bytes", EVENT_NAME_MAX);
	return to;
}

/* a and b with sep between, in scratch. */
static int glue(struct conversion *conversion, struct sv a, char sep, struct sv b, struct sv *ret)
{
	const size_t n = a.n + 1 + b.n;
	char *to = name_room(conversion, n);

	if (!to)
		return -1;
	if (a.n > 0)
		memcpy(to, a.p, a.n);
	to[a.n] = sep;
	if (b.n > 0)
		memcpy(to + a.n + 1, b.p, b.n);
	*ret = scratch_take(conversion->decoder, n);
	return 0;
}

static int without_spaces(struct conversion *conversion, struct sv name, struct sv *ret)
{
	char *to = name_room(conversion, name.n);
	size_t n = 0;

	if (!to)
		return -1;
	if (name.n == 0 || !memchr(name.p, ' ', name.n)) {
		*ret = name;
		return 0;
	}
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != ' ')
			to[n++] = name.p[i];
	*ret = scratch_take(conversion->decoder, n);
	return 0;
}

/* If name starts with prefix, takes it off. */
static inline bool take_prefix(struct sv *name, struct sv prefix)
{
	if (name->n < prefix.n || memcmp(name->p, prefix.p, prefix.n) != 0)
		return false;
	name->p += prefix.n;
	name->n -= prefix.n;
	return true;
}

/* Takes `section` off, where it is the whole name or followed by a dot. */
static inline bool take_section(struct sv *name, struct sv section)
{
	struct sv rest = *name;

	if (!take_prefix(&rest, section) || (rest.n > 0 && rest.p[0] != '.'))
		return false;
	*name = rest.n > 0 ? (struct sv){ rest.p + 1, rest.n - 1 } : rest;
	return true;
}

static struct sv last_segment(struct sv name)
{
	const char *dot = name.n > 0 ? memrchr(name.p, '.', name.n) : NULL;

	return dot ? sv_slice(name, (size_t)(dot + 1 - name.p), name.n) : name;
}

/*
 * An attribute is written as tag.#attributes.attribute, tag_attributes.attribute
 * or tag.@attribute. Splits such a name; else *attribute is empty and *tag the
 * name without the mark of its text.
 */
static void split_attribute(struct sv name, struct sv *tag, struct sv *attribute)
{
	const struct sv last = last_segment(name);
	struct sv before;

	*attribute = SV_NONE;
	if (last.n == name.n && (name.n == 0 || (name.p[0] != '@' && name.p[0] != '#'))) {
		*tag = name; /* most are so simple */
		return;
	}
	before = sv_slice(name, 0, name.n > last.n ? name.n - last.n - 1 : 0);
	if (sv_eq(last, SV("#text"))) {
		*tag = before;
		return;
	}
	if (last.n > 1 && last.p[0] == '@') {
		*tag = before;
		*attribute = sv_slice(last, 1, last.n);
		return;
	}
	if (sv_eq(last_segment(before), SV("#attributes"))) {
		*tag = sv_slice(before, 0, before.n > 11 ? before.n - 12 : 0);
		*attribute = last;
		return;
	}
	if (before.n > 11 && sv_ends(before, SV("_attributes"))) {
		*tag = sv_slice(before, 0, before.n - 11);
		*attribute = last;
		return;
	}
	*tag = name;
}

static bool is_namespace(struct sv attribute)
{
	return sv_eq(attribute, SV("xmlns")) || sv_starts(attribute, SV("xmlns:"));
}

static int convert_system(struct conversion *conversion, struct sv rest,
			  const struct event_field *field)
{
	struct sv tag, attribute, name;

	if (field->type == EVENT_NULL || field->type == EVENT_EMPTY)
		return 0;
	split_attribute(rest, &tag, &attribute);
	if (attribute.n == 0) { /* a bare child: Provider.Name, EventID.Value */
		attribute = last_segment(tag);
		tag = sv_slice(tag, 0, tag.n > attribute.n ? tag.n - attribute.n - 1 : 0);
		if (tag.n > 0 && sv_eq(attribute, SV("Value")))
			attribute = SV_NONE;
	}
	if (is_namespace(attribute))
		return 0;
	name = tag.n > 0 ? tag : attribute;
	if (tag.n > 0 && attribute.n > 0 && glue(conversion, tag, '_', attribute, &name) < 0)
		return -1;
	emit(conversion, name, field, field->in_array);
	return 0;
}

/* <Data Name="x">, where the name came as a field of its own. */
static void close_pending(struct conversion *conversion)
{
	const struct event_field none = { .type = EVENT_NULL };

	if (conversion->pending.p)
		emit(conversion, conversion->pending, &none, false);
	conversion->pending = SV_NONE;
}

static int convert_data(struct conversion *conversion, struct sv rest,
			const struct event_field *field)
{
	struct sv tag, attribute, name;

	if (rest.n == 0 && (field->type == EVENT_NULL || field->type == EVENT_EMPTY))
		return 0;
	split_attribute(rest, &tag, &attribute);
	if (is_namespace(attribute))
		return 0;
	if (sv_eq(tag, SV("Data")) && sv_eq(attribute, SV("Name"))) {
		close_pending(conversion);
		conversion->decoder->by_text = true;
		return without_spaces(conversion, field->text, &conversion->pending);
	}
	if (sv_eq(tag, SV("Data")) && attribute.n == 0) {
		name = conversion->pending.p ? conversion->pending : tag;
		emit(conversion, name, field, !conversion->pending.p);
		conversion->pending = SV_NONE;
		return 0;
	}
	close_pending(conversion);
	if (tag.n == 0)
		tag = SV("EventData");
	name = tag;
	if (attribute.n > 0 && glue(conversion, tag, '_', attribute, &name) < 0)
		return -1;
	if (without_spaces(conversion, name, &name) < 0)
		return -1;
	emit(conversion, name, field, field->in_array);
	return 0;
}

static int convert_user_data(struct conversion *conversion, struct sv rest,
			     const struct event_field *field)
{
	struct sv tag, attribute, name;

	if (rest.n == 0 && (field->type == EVENT_NULL || field->type == EVENT_EMPTY))
		return 0;
	split_attribute(rest, &tag, &attribute);
	if (is_namespace(attribute))
		return 0;
	name = last_segment(tag);
	if (name.n == 0)
		name = SV("UserData");
	if (attribute.n > 0 && glue(conversion, name, '_', attribute, &name) < 0)
		return -1;
	if (without_spaces(conversion, name, &name) < 0)
		return -1;
	emit(conversion, name, field, field->in_array);
	return 0;
}

static int convert_event(struct conversion *conversion, const struct event_field *field,
			 bool want_system)
{
	struct sv rest = field->name, name;
	bool is_system;

	take_prefix(&rest, SV("Event."));
	is_system = take_section(&rest, SV("System"));
	if (is_system != want_system)
		return 0;
	if (is_system)
		return convert_system(conversion, rest, field);
	if (take_section(&rest, SV("EventData")))
		return convert_data(conversion, rest, field);
	close_pending(conversion);
	if (take_section(&rest, SV("UserData")))
		return convert_user_data(conversion, rest, field);
	if (sv_starts(rest, SV("#attributes")) || sv_starts(rest, SV("@xmlns")) ||
	    sv_starts(rest, SV("Event_attributes")))
		return 0;
	name = rest;
	if (take_prefix(&rest, SV("EventData_attributes.")) &&
	    glue(conversion, SV("EventData"), '_', rest, &name) < 0)
		return -1;
	emit(conversion, name, field, field->in_array);
	return 0;
}

static const struct {
	struct sv from, into;
} winlog_names[] = {
	{ SV("winlog.channel"), SV("Channel") },
	{ SV("winlog.event_id"), SV("EventID") },
	{ SV("winlog.provider_name"), SV("Provider_Name") },
	{ SV("winlog.provider_guid"), SV("Provider_Guid") },
	{ SV("winlog.computer_name"), SV("Computer") },
	{ SV("winlog.record_id"), SV("EventRecordID") },
	{ SV("winlog.process.pid"), SV("Execution_ProcessID") },
	{ SV("winlog.process.thread.id"), SV("Execution_ThreadID") },
	{ SV("winlog.activity_id"), SV("Correlation_ActivityID") },
	{ SV("winlog.related_activity_id"), SV("Correlation_RelatedActivityID") },
	{ SV("winlog.user.identifier"), SV("Security_UserID") },
	{ SV("winlog.version"), SV("Version") },
	{ SV("winlog.task"), SV("Task") },
	{ SV("winlog.opcode"), SV("Opcode") },
	{ SV("winlog.keywords"), SV("Keywords") },
	/* Winlogbeat 6 and older */
	{ SV("log_name"), SV("Channel") },
	{ SV("event_id"), SV("EventID") },
	{ SV("source_name"), SV("Provider_Name") },
	{ SV("provider_guid"), SV("Provider_Guid") },
	{ SV("computer_name"), SV("Computer") },
	{ SV("record_number"), SV("EventRecordID") },
	{ SV("process_id"), SV("Execution_ProcessID") },
	{ SV("thread_id"), SV("Execution_ThreadID") },
};

static struct sv winlog_system(struct sv name)
{
	for (size_t i = 0; i < COUNT(winlog_names); i++)
		if (sv_eq(name, winlog_names[i].from))
			return winlog_names[i].into;
	return SV_NONE;
}

/* Winlogbeat counts unnamed Data as param1, param2, …; other logs really use these names. */
static bool is_unnamed(const struct conversion *conversion, struct sv name)
{
	uint64_t number;

	conversion->decoder->by_text |= sv_starts(name, SV("param"));
	return conversion->classic && take_prefix(&name, SV("param")) && sv_to_u64(name, &number);
}

static int convert_winlog(struct conversion *conversion, const struct event_field *field,
			  bool want_system)
{
	struct sv rest = field->name;
	const struct sv system = winlog_system(rest);

	if ((system.n > 0) != want_system)
		return 0;
	if (system.n > 0) {
		conversion->classic |= sv_eq(system, SV("Channel")) &&
				       sv_eq_case(field->text, SV("Windows PowerShell"));
		emit(conversion, system, field, field->in_array);
		return 0;
	}
	if (take_prefix(&rest, SV("winlog.event_data.")) || take_prefix(&rest, SV("event_data."))) {
		if (is_unnamed(conversion, rest)) {
			emit(conversion, SV("Data"), field, true);
			return 0;
		}
		return convert_data(conversion, rest, field);
	}
	if (take_prefix(&rest, SV("winlog.user_data.")) || take_prefix(&rest, SV("user_data.")))
		return convert_user_data(conversion, rest, field);
	emit(conversion, rest, field, field->in_array);
	return 0;
}

static enum form recognise(const struct event_decoder *decoder)
{
	static const struct {
		struct sv prefix;
		enum form form;
	} row[] = {
		{ SV("Event.System."), FORM_EVENT },   { SV("Event.EventData."), FORM_EVENT },
		{ SV("Event.UserData."), FORM_EVENT }, { SV("System.EventID"), FORM_EVENT },
		{ SV("System.Provider"), FORM_EVENT }, { SV("System.Channel"), FORM_EVENT },
		{ SV("winlog."), FORM_WINLOG },	       { SV("event_data."), FORM_WINLOG },
	};

	if (decoder->envelope.product.n > 0)
		return FORM_FLAT;
	for (size_t i = 0; i < decoder->count; i++) {
		const struct sv name = decoder->field[i].name;

		if (name.n == 0 || !memchr("ESwe", name.p[0], 4))
			continue;
		for (size_t k = 0; k < COUNT(row); k++)
			if (sv_starts(name, row[k].prefix))
				return row[k].form;
	}
	return FORM_FLAT;
}

/* A field of that name, before the names' hashes are known. */
static bool has_field(const struct event_decoder *decoder, struct sv name)
{
	for (size_t i = 0; i < decoder->count; i++)
		if (sv_eq_case(decoder->field[i].name, name))
			return true;
	return false;
}

static int convert_flat(struct conversion *conversion)
{
	struct event_decoder *decoder = conversion->decoder;

	if (decoder->envelope.product.n > 0 || !has_field(decoder, SV("Channel")) ||
	    !has_field(decoder, SV("EventID")))
		return 0;
	for (size_t i = 0; i < decoder->count; i++)
		if (without_spaces(conversion, decoder->field[i].name, &decoder->field[i].name) < 0)
			return -1;
	return 0;
}

int windows_convert(struct event_decoder *decoder, bool *ret_windows, struct err *err)
{
	struct conversion conversion = { .decoder = decoder, .err = err };
	const enum form form = recognise(decoder);
	struct event_field *swap;

	*ret_windows = form != FORM_FLAT;
	if (form == FORM_FLAT) {
		for (size_t i = 0; i < decoder->count; i++)
			decoder->source[i] = (uint16_t)i;
		decoder->converted = decoder->count;
		return convert_flat(&conversion);
	}
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < decoder->count; i++)
			if ((form == FORM_EVENT ? convert_event : convert_winlog)(
				    &conversion, &decoder->field[i], pass == 0) < 0)
				return -1;
	close_pending(&conversion);
	swap = decoder->field;
	decoder->field = decoder->spare;
	decoder->spare = swap;
	decoder->count = decoder->converted = conversion.count;
	decoder->was_renamed = true;
	return 0;
}
