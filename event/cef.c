#include "event/cef.h"

#include "event/lines.h"
#include "event/web.h"

#define COUNT(table) (sizeof table / sizeof *table)
#define CEF_HEAD_PARTS 7

/* Keys of the dictionary that rules know by another name. */
static const struct {
	struct sv from, into;
} names[] = {
	{ SV("src"), SV("src_ip") },
	{ SV("dst"), SV("dst_ip") },
	{ SV("spt"), SV("src_port") },
	{ SV("dpt"), SV("dst_port") },
	{ SV("act"), SV("action") },
	{ SV("c6a2"), SV("src_ip") },
	{ SV("c6a3"), SV("dst_ip") },
	{ SV("requestMethod"), SV("cs-method") },
	{ SV("requestContext"), SV("cs-referer") },
	{ SV("requestCookies"), SV("cs-cookie") },
	{ SV("fname"), SV("FileName") },
	{ SV("filePath"), SV("FilePath") },
	{ SV("sproc"), SV("Image") },
};

/* Vendors that rules know; others are their own name in lower case. */
static const struct {
	struct sv vendor, product;
} vendors[] = {
	{ SV("Palo Alto Networks"), SV("paloalto") },
	{ SV("Fortinet"), SV("fortigate") },
	{ SV("CISCO"), SV("cisco") },
	{ SV("Microsoft"), SV("windows") },
};

/* Up to the next | that no backslash precedes. */
static bool head_part(struct event_decoder *decoder, struct sv *rest, struct sv *ret)
{
	char *to = scratch_room(decoder, rest->n);
	size_t i = 0, n = 0;

	if (!to)
		return false;
	for (; i < rest->n && rest->p[i] != '|'; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n &&
		    (rest->p[i + 1] == '|' || rest->p[i + 1] == '\\'))
			i++;
		to[n++] = rest->p[i];
	}
	if (i >= rest->n)
		return false;
	*rest = sv_slice(*rest, i + 1, rest->n);
	*ret = scratch_take(decoder, n);
	return true;
}

static bool is_key(char c)
{
	return plain_is_word(c) || c == '.' || c == '-' || c == '[' || c == ']';
}

/* Values may hold blanks: one ends where the next key begins. */
static size_t value_end(struct sv s)
{
	size_t word = SIZE_MAX; /* the blank before what may be a key */

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == ' ')
			word = i;
		else if (s.p[i] == '=' && word != SIZE_MAX && i > word + 1)
			return word;
		else if (!is_key(s.p[i]))
			word = SIZE_MAX;
	}
	return s.n;
}

static struct sv unescape(struct event_decoder *decoder, struct sv text)
{
	char *to;
	size_t n = 0;

	if (sv_find_char(text, '\\', 0) == SIZE_MAX)
		return text;
	to = scratch_room(decoder, text.n);
	if (!to)
		return text;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\' && i + 1 < text.n &&
		    (text.p[i + 1] == '=' || text.p[i + 1] == '\\' || text.p[i + 1] == 'n' ||
		     text.p[i + 1] == 'r' || text.p[i + 1] == '|')) {
			c = text.p[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
		}
		to[n++] = c;
	}
	return scratch_take(decoder, n);
}

static void extension(struct event_decoder *decoder, struct sv rest)
{
	while (rest.n > 0) {
		struct sv name, value;
		const size_t equals = sv_find_char(rest, '=', 0);
		size_t end;

		if (equals == SIZE_MAX)
			return;
		name = sv_trim(sv_slice(rest, 0, equals));
		rest = sv_slice(rest, equals + 1, rest.n);
		end = value_end(rest);
		value = unescape(decoder, sv_trim(sv_slice(rest, 0, end)));
		rest = sv_slice(rest, end + 1, rest.n);
		if (name.n == 0 || name.n > EVENT_NAME_MAX)
			continue;
		plain_add_number(decoder, name, value);
		for (size_t i = 0; i < COUNT(names); i++)
			if (sv_eq(name, names[i].from))
				plain_add_number(decoder, names[i].into, value);
	}
}

/* cs1Label=Rule cs1=Block: the field Rule too. */
static void labels(struct event_decoder *decoder)
{
	const size_t count = decoder->count;

	for (size_t i = 0; i < count; i++) {
		const struct event_field label = decoder->field[i];

		if (label.name.n < 6 || !sv_ends(label.name, SV("Label")) || label.text.n == 0 ||
		    label.text.n > EVENT_NAME_MAX)
			continue;
		for (size_t k = 0; k < count; k++)
			if (sv_eq(decoder->field[k].name,
				  sv_slice(label.name, 0, label.name.n - 5)))
				plain_add_number(decoder, label.text, decoder->field[k].text);
	}
}

/* rt is milliseconds since 1970, or "Nov 21 2026 15:00:01". */
static void observed(struct event_decoder *decoder)
{
	static const struct sv keys[] = { SV("rt"), SV("end"), SV("start") };

	for (size_t i = 0; i < COUNT(keys); i++) {
		struct sv text = plain_get(decoder, keys[i]), rest = text;
		const unsigned month = plain_month(plain_word(&rest));
		uint64_t ms, day, year;

		if (sv_to_u64(text, &ms) && ms < UINT64_C(100000000000000)) {
			decoder->envelope.observed.us = (int64_t)ms * 1000;
			return;
		}
		if (month > 0 && sv_to_u64(plain_word(&rest), &day) && day < 32 &&
		    sv_to_u64(plain_word(&rest), &year) && year < 10000 &&
		    plain_instant((int)year, month, (unsigned)day, plain_word(&rest), 0,
				  &decoder->envelope.observed))
			return;
	}
}

static void logsource(struct event_decoder *decoder, struct sv vendor, struct sv product)
{
	struct event_envelope *envelope = &decoder->envelope;
	const struct sv action = plain_get(decoder, SV("act"));

	envelope->product = plain_lower(decoder, vendor);
	envelope->service = plain_lower(decoder, product);
	for (size_t i = 0; i < COUNT(vendors); i++)
		if (sv_eq_case(vendor, vendors[i].vendor))
			envelope->product = vendors[i].product;
	if (envelope->product.n > EVENT_ENVELOPE_TEXT_MAX)
		envelope->product = SV_NONE;
	if (envelope->service.n > EVENT_ENVELOPE_TEXT_MAX)
		envelope->service = SV_NONE;
	if (plain_get(decoder, SV("request")).n > 0) {
		envelope->category = SV("proxy");
		web_target(decoder, plain_get(decoder, SV("request")));
		web_agent(decoder, plain_get(decoder, SV("requestClientApplication")));
		web_host(decoder, plain_get(decoder, SV("dhost")));
		web_client(decoder, plain_get(decoder, SV("src")));
	} else if (plain_get(decoder, SV("dst_ip")).n > 0 && action.n > 0) {
		const struct sv low = plain_lower(decoder, action);
		const bool blocked = sv_starts(low, SV("den")) || sv_starts(low, SV("drop")) ||
				     sv_starts(low, SV("block")) || sv_starts(low, SV("reject")) ||
				     sv_starts(low, SV("reset"));

		envelope->category = SV("firewall");
		plain_add(decoder, SV("blocked"), blocked ? SV("true") : SV("false"));
		if (!blocked)
			plain_add(decoder, SV("action"), SV("accept"));
	}
}

int cef_decode(struct event_decoder *decoder, const struct syslog_line *head, struct sv line,
	       struct event *ret, struct err *err)
{
	static const struct sv part_names[CEF_HEAD_PARTS] = {
		SV("CEF"),	     SV("DeviceVendor"),       SV("DeviceProduct"),
		SV("DeviceVersion"), SV("DeviceEventClassID"), SV("Name"),
		SV("Severity"),
	};
	struct sv rest = head->message, part[CEF_HEAD_PARTS];

	if (sv_starts(rest, SV("CEF:")))
		rest = sv_slice(rest, 4, rest.n);
	for (size_t i = 0; i < CEF_HEAD_PARTS; i++)
		if (!head_part(decoder, &rest, &part[i]))
			return err_set(err, ERR_FORMAT, "CEF: %zu of %d parts of its head", i,
				       CEF_HEAD_PARTS);
	for (size_t i = 1; i < CEF_HEAD_PARTS; i++)
		plain_add(decoder, part_names[i], part[i]);
	if (head->host.n > 0)
		plain_add(decoder, SV("hostname"), head->host);
	extension(decoder, rest);
	labels(decoder);
	observed(decoder);
	if (decoder->envelope.observed.us == 0)
		decoder->envelope.observed = head->at;
	logsource(decoder, part[1], part[2]);
	return plain_finish(decoder, line, ret, err) < 0 ? -1 : 1;
}

/* ---- the format ---- */

struct cef_state {
	struct instant reference;
};

static void start(void *state, const struct event_reader_options *options)
{
	struct cef_state *cef = state;

	cef->reference = options->reference;
}

static int take(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	const struct cef_state *cef = state;
	struct syslog_line head = { 0 };
	size_t at;

	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	line = sv_trim(line);
	if (line.n == 0)
		return 0;
	at = sv_find(line, SV("CEF:"), 0);
	if (at == SIZE_MAX)
		return err_set(err, ERR_FORMAT, "no CEF");
	if (at > 0)
		syslog_parse(sv_slice(line, 0, at), cef->reference, &head);
	head.message = sv_slice(line, at, line.n);
	return cef_decode(decoder, &head, line, ret, err);
}

static bool looks_like(struct sv start_of_file)
{
	const struct sv line = sv_cut(&start_of_file, '\n');
	const size_t at = sv_find(line, SV("CEF:"), 0);

	return at != SIZE_MAX && at < 128 && at + 5 < line.n && plain_is_digit(line.p[at + 4]) &&
	       line.p[at + 5] == '|';
}

const struct line_format cef_format = {
	.format = EVENT_FORMAT_CEF,
	.state_bytes = sizeof(struct cef_state),
	.start = start,
	.looks_like = looks_like,
	.take = take,
};
