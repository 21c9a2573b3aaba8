/* W3C extended logs: IIS, Blue Coat and other proxies, the firewall of Windows. */
#include "event/columns.h"
#include "event/lines.h"
#include "event/web.h"

#define COUNT(table) (sizeof table / sizeof *table)

enum w3c_kind { W3C_WEB, W3C_PROXY, W3C_FIREWALL, W3C_OTHER };

struct w3c_state {
	struct columns columns;
	enum w3c_kind kind;
	bool tabs, is_iis;
};

/* Names that loggers write otherwise than Sigma's rules. */
static const struct {
	struct sv from, into;
} names[] = {
	{ SV("cs(user-agent)"), SV("cs-user-agent") },
	{ SV("cs(referer)"), SV("cs-referer") },
	{ SV("cs(cookie)"), SV("cs-cookie") },
	{ SV("cs(host)"), SV("cs-host") },
	{ SV("cs(content-type)"), SV("cs-content-type") },
	{ SV("rs(content-type)"), SV("sc-content-type") },
	{ SV("src-ip"), SV("src_ip") },
	{ SV("dst-ip"), SV("dst_ip") },
	{ SV("src-port"), SV("src_port") },
	{ SV("dst-port"), SV("dst_port") },
	{ SV("c-uri-path"), SV("c-uri-stem") },
	{ SV("cs-uri-path"), SV("cs-uri-stem") },
};

/* The heading, and what logs it is of. */
static int take_fields(struct w3c_state *w3c, struct sv rest, struct err *err)
{
	columns_clear(&w3c->columns);
	w3c->tabs = sv_find_char(rest, '\t', 0) != SIZE_MAX;
	while (rest.n > 0) {
		struct sv name = sv_trim(sv_cut(&rest, w3c->tabs ? '\t' : ' '));

		if (name.n == 0)
			continue;
		for (size_t i = 0; i < COUNT(names); i++)
			if (sv_eq_case(name, names[i].from))
				name = names[i].into;
		if (!columns_add(&w3c->columns, name)) {
			columns_clear(&w3c->columns);
			return err_set(err, ERR_RANGE,
				       "#Fields: more than %d names, or a longer one",
				       COLUMNS_NAMES_MAX);
		}
	}
	if (columns_have(&w3c->columns, SV("src_ip")) && columns_have(&w3c->columns, SV("action")))
		w3c->kind = W3C_FIREWALL;
	else if (columns_have(&w3c->columns, SV("cs-host")) &&
		 (columns_have(&w3c->columns, SV("s-action")) ||
		  columns_have(&w3c->columns, SV("cs-uri-scheme")) ||
		  columns_have(&w3c->columns, SV("r-ip")) ||
		  columns_have(&w3c->columns, SV("c-uri")) ||
		  columns_have(&w3c->columns, SV("r-host"))))
		w3c->kind = W3C_PROXY;
	else if (columns_have(&w3c->columns, SV("cs-method")))
		w3c->kind = W3C_WEB;
	else
		w3c->kind = W3C_OTHER;
	return 0;
}

static int take_directive(struct w3c_state *w3c, struct sv line, struct err *err)
{
	if (sv_starts(line, SV("#Fields:")))
		return take_fields(w3c, sv_trim(sv_slice(line, 8, line.n)), err);
	if (sv_starts(line, SV("#Software:")))
		w3c->is_iis = sv_find(line, SV("Internet Information Services"), 0) != SIZE_MAX;
	return 0;
}

/* The next value; in quotes it may hold blanks, two quotes are one. */
static struct sv next_value(const struct w3c_state *w3c, struct event_decoder *decoder,
			    struct sv *rest)
{
	size_t end = 1, n = 0;
	char *to;

	if (w3c->tabs)
		return sv_cut(rest, '\t');
	if (rest->n == 0 || rest->p[0] != '"')
		return sv_cut(rest, ' ');
	to = scratch_room(decoder, rest->n);
	if (!to)
		return sv_cut(rest, ' ');
	for (; end < rest->n; end++) {
		if (rest->p[end] == '"') {
			if (end + 1 == rest->n || rest->p[end + 1] != '"')
				break;
			end++;
		}
		to[n++] = rest->p[end];
	}
	*rest = sv_slice(*rest, end + 1, rest->n);
	if (rest->n > 0 && rest->p[0] == ' ')
		*rest = sv_slice(*rest, 1, rest->n);
	return scratch_take(decoder, n);
}

/* IIS writes blanks as + in what clients sent. */
static struct sv without_plus(struct event_decoder *decoder, struct sv text)
{
	char *to = scratch_room(decoder, text.n);

	if (!to)
		return text;
	for (size_t i = 0; i < text.n; i++)
		to[i] = text.p[i] == '+' ? ' ' : text.p[i];
	return scratch_take(decoder, text.n);
}

/* What rules look for beside the columns. */
static void web_fields(struct event_decoder *decoder, enum w3c_kind kind)
{
	const struct sv stem = plain_get(decoder, SV("cs-uri-stem"));
	const struct sv query = plain_get(decoder, SV("cs-uri-query"));
	const struct sv uri = plain_get(decoder, SV("cs-uri"));

	web_agent(decoder, plain_get(decoder, SV("cs-user-agent")));
	web_referer(decoder, plain_get(decoder, SV("cs-referer")));
	if (uri.n > 0 || plain_get(decoder, SV("c-uri")).n > 0) {
		web_target(decoder, uri.n > 0 ? uri : plain_get(decoder, SV("c-uri")));
	} else if (stem.n > 0) {
		const struct sv whole =
			query.n > 0 ? plain_join(decoder, stem, SV("?"), query) : stem;

		if (query.n > 0) /* SigmaHQ's rules look for paths there too */
			plain_add(decoder, SV("cs-uri-query"), whole);
		web_target(decoder, whole);
	}
	decoder->envelope.category = kind == W3C_WEB ? SV("webserver") : SV("proxy");
}

static void firewall_fields(struct event_decoder *decoder)
{
	const struct sv action = plain_get(decoder, SV("action"));

	decoder->envelope.category = SV("firewall");
	decoder->envelope.product = SV("windows");
	if (sv_eq_case(action, SV("ALLOW"))) {
		plain_add(decoder, SV("action"), SV("accept"));
		plain_add(decoder, SV("blocked"), SV("false"));
	} else if (sv_eq_case(action, SV("DROP"))) {
		plain_add(decoder, SV("blocked"), SV("true"));
	}
}

static void take_values(struct w3c_state *w3c, struct event_decoder *decoder, struct sv line,
			struct sv *ret_date, struct sv *ret_time)
{
	struct sv rest = line;

	for (size_t i = 0; i < w3c->columns.count && rest.n > 0; i++) {
		const struct sv name = columns_name(&w3c->columns, i);
		struct sv value = next_value(w3c, decoder, &rest);

		if (sv_eq(value, SV("-")))
			continue;
		if (sv_eq(name, SV("date")))
			*ret_date = value;
		else if (sv_eq(name, SV("time")))
			*ret_time = value;
		if (w3c->is_iis &&
		    (sv_eq(name, SV("cs-user-agent")) || sv_eq(name, SV("cs-cookie"))))
			value = without_plus(decoder, value);
		plain_add_number(decoder, name, value);
	}
}

static int take(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	struct w3c_state *w3c = state;
	struct sv date = SV_NONE, hour = SV_NONE;

	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	if (line.n == 0)
		return 0;
	if (line.p[0] == '#')
		return take_directive(w3c, line, err);
	if (w3c->columns.count == 0)
		return err_set(err, ERR_FORMAT, "no #Fields before this line");
	take_values(w3c, decoder, line, &date, &hour);
	if (date.n > 0 && hour.n > 0)
		instant_parse(plain_join(decoder, date, SV(" "), hour),
			      &decoder->envelope.observed);
	if (w3c->is_iis) {
		decoder->envelope.product = SV("windows");
		decoder->envelope.service = SV("iis");
	}
	if (w3c->kind == W3C_FIREWALL)
		firewall_fields(decoder);
	else if (w3c->kind != W3C_OTHER)
		web_fields(decoder, w3c->kind);
	return plain_finish(decoder, line, ret, err) < 0 ? -1 : 1;
}

static bool looks_like(struct sv start)
{
	return sv_starts(start, SV("#Software:")) || sv_starts(start, SV("#Version:")) ||
	       sv_starts(start, SV("#Fields:")) || sv_starts(start, SV("#Date:"));
}

static void done(void *state)
{
	struct w3c_state *w3c = state;

	columns_done(&w3c->columns);
}

const struct line_format w3c_format = {
	.format = EVENT_FORMAT_W3C,
	.state_bytes = sizeof(struct w3c_state),
	.looks_like = looks_like,
	.take = take,
	.done = done,
};
