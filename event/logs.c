#include "event/logs.h"

#include "event/reader.h"
#include "event/zeek.h"

#define COUNT(table) (sizeof table / sizeof *table)

static const struct {
	enum log log;
	struct sv product, category, service;
	struct sv member[3]; /* empty: none */
} logs[] = {
#define LOG(log, product, category, service, a, b, c)                                              \
	{ LOG_##log, SV(product), SV(category), SV(service), { SV(a), SV(b), SV(c) } },
#include "event/mapping/logs.inc"
#undef LOG
};

static const struct {
	enum log log;
	struct sv from, into;
} names[] = {
#define NAME(log, from, into) { LOG_##log, SV(from), SV(into) },
#include "event/mapping/names.inc"
#undef NAME
};

static const struct {
	enum log log;
	struct sv path, into;
} raws[] = {
#define RAW(log, path, into) { LOG_##log, SV(path), SV(into) },
#include "event/mapping/raw.inc"
#undef RAW
};

/* ---- recognising ---- */

static bool has_member(const struct event_decoder *decoder, struct sv member)
{
	const bool is_object = sv_ends(member, SV(".*"));
	const size_t equals = sv_find_char(member, '=', 0);
	const struct sv name =
		is_object ? sv_slice(member, 0, member.n - 1) : sv_slice(member, 0, equals);

	for (size_t i = 0; i < decoder->count; i++) {
		const struct event_field *field = &decoder->field[i];

		if (is_object ? sv_starts(field->name, name) : sv_eq(field->name, name))
			return equals == SIZE_MAX ||
			       sv_eq(field->text, sv_slice(member, equals + 1, member.n));
	}
	return false;
}

static size_t recognise(const struct event_decoder *decoder)
{
	for (size_t i = 0; i < COUNT(logs); i++) {
		bool fits = true;

		for (size_t k = 0; k < 3 && fits; k++)
			fits = logs[i].member[k].n == 0 || has_member(decoder, logs[i].member[k]);
		if (fits)
			return i;
	}
	return SIZE_MAX;
}

/* ---- members as JSON ---- */

static size_t skip_space(struct sv s, size_t at)
{
	while (at < s.n &&
	       (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\n' || s.p[at] == '\r'))
		at++;
	return at;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(struct sv s, size_t at)
{
	if (at < s.n && s.p[at] == '"') {
		for (at++; at < s.n && s.p[at] != '"'; at++)
			if (s.p[at] == '\\')
				at++;
		return at + 1;
	}
	if (at < s.n && (s.p[at] == '{' || s.p[at] == '[')) {
		const size_t n = object_length(sv_slice(s, at, s.n));

		return n > 0 ? at + n : s.n;
	}
	while (at < s.n && s.p[at] != ',' && s.p[at] != '}' && s.p[at] != ']')
		at++;
	return at;
}

struct sv logs_member(struct sv object, struct sv path)
{
	size_t at = skip_space(object, 0);

	if (at >= object.n || object.p[at] != '{')
		return SV_NONE;
	for (at = skip_space(object, at + 1); at < object.n && object.p[at] == '"';) {
		const size_t end = skip_value(object, at);
		const struct sv name = sv_slice(object, at + 1, end - 1);
		size_t value, behind;

		at = skip_space(object, end);
		value = skip_space(object, at + 1); /* behind the colon */
		behind = skip_value(object, value);
		if (sv_eq(name, path))
			return sv_slice(object, value, behind);
		if (path.n > name.n + 1 && sv_starts(path, name) && path.p[name.n] == '.' &&
		    value < object.n && object.p[value] == '{')
			return logs_member(sv_slice(object, value, behind),
					   sv_slice(path, name.n + 1, path.n));
		at = skip_space(object, behind);
		if (at >= object.n || object.p[at] != ',')
			break;
		at = skip_space(object, at + 1);
	}
	return SV_NONE;
}

static void add_raw(struct event_decoder *decoder, enum log log, struct sv raw)
{
	for (size_t i = 0; i < COUNT(raws); i++) {
		struct sv text;

		if (raws[i].log != log)
			continue;
		text = logs_member(raw, raws[i].path);
		if (text.n > 0 && (text.p[0] == '{' || text.p[0] == '['))
			plain_add_item(decoder, raws[i].into, text);
	}
}

/* ---- names ---- */

static void add_copy(struct event_decoder *decoder, const struct event_field *field, struct sv into)
{
	const struct event_field copy = *field;

	if (into.n > 0 && into.n <= EVENT_NAME_MAX)
		event_decoder_add(decoder, into, copy.text, copy.type, copy.in_array, NULL);
}

/* Names that begin with a text get another beginning. */
static void add_all(struct event_decoder *decoder, size_t count, struct sv from, struct sv into)
{
	from = sv_slice(from, 0, from.n - 1); /* with its dot */
	into = sv_slice(into, 0, into.n - 1);
	for (size_t i = 0; i < count; i++) {
		const struct event_field *field = &decoder->field[i];
		struct sv rest;

		if (!sv_starts(field->name, from))
			continue;
		rest = sv_slice(field->name, from.n, field->name.n);
		add_copy(decoder, field,
			 into.n > 0 ? plain_join(decoder, into, rest, SV_NONE) : rest);
	}
}

static void add_names(struct event_decoder *decoder, enum log log)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		const size_t count = decoder->count;

		if (names[i].log != log)
			continue;
		if (sv_ends(names[i].from, SV(".*"))) {
			add_all(decoder, count, names[i].from, names[i].into);
			continue;
		}
		for (size_t k = 0; k < count; k++)
			if (sv_eq(decoder->field[k].name, names[i].from))
				add_copy(decoder, &decoder->field[k], names[i].into);
	}
}

bool logs_convert(struct event_decoder *decoder, struct sv raw)
{
	struct event_envelope *envelope = &decoder->envelope;
	/* What has a channel is of Windows, flat. */
	const size_t row = has_member(decoder, SV("Channel")) ? SIZE_MAX : recognise(decoder);

	if (row == SIZE_MAX) {
		const struct sv path = zeek_path(decoder);

		if (path.n == 0)
			return false;
		zeek_fields(decoder, path);
		plain_bound(envelope);
		return true;
	}
	envelope->product = logs[row].product;
	envelope->category = logs[row].category;
	envelope->service = logs[row].service;
	if (raw.n > 0)
		add_raw(decoder, logs[row].log, raw);
	add_names(decoder, logs[row].log);
	logs_special(decoder, logs[row].log);
	plain_bound(envelope);
	return true;
}
