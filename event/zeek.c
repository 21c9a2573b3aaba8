#include "event/zeek.h"

#include "event/columns.h"
#include "event/lines.h"
#include "event/web.h"

#define COUNT(table) (sizeof table / sizeof *table)

/* ---- what the fields mean ---- */

static const struct {
	struct sv path; /* empty: any */
	struct sv from, into;
} names[] = {
	{ SV_NONE, SV("id.orig_h"), SV("src_ip") },
	{ SV_NONE, SV("id.orig_p"), SV("src_port") },
	{ SV_NONE, SV("id.resp_h"), SV("dst_ip") },
	{ SV_NONE, SV("id.resp_p"), SV("dst_port") },
	{ SV("dns"), SV("qtype_name"), SV("record_type") },
	{ SV("dns"), SV("answers"), SV("answer") },
	{ SV("x509"), SV("certificate.serial"), SV("serial") },
	{ SV("http"), SV("status_code"), SV("sc-status") },
	{ SV("http"), SV("method"), SV("cs-method") },
	{ SV("http"), SV("username"), SV("cs-username") },
};

static const struct {
	struct sv path, category;
} categories[] = {
	{ SV("dns"), SV("dns") },
	{ SV("http"), SV("http") },
	{ SV("conn"), SV("firewall") },
};

/* S0, REJ: nobody answered, or refused. Of others something came back. */
static void connection(struct event_decoder *decoder)
{
	const struct sv state = plain_get(decoder, SV("conn_state"));
	const bool refused =
		sv_eq(state, SV("S0")) || sv_eq(state, SV("REJ")) || sv_eq(state, SV("SH"));

	if (state.n == 0)
		return;
	plain_add(decoder, SV("action"), refused ? SV("drop") : SV("accept"));
	plain_add(decoder, SV("blocked"), refused ? SV("true") : SV("false"));
}

void zeek_fields(struct event_decoder *decoder, struct sv path)
{
	const size_t count = decoder->count;
	struct event_envelope *envelope = &decoder->envelope;

	envelope->product = SV("zeek");
	envelope->service = path;
	for (size_t i = 0; i < COUNT(categories); i++)
		if (sv_eq(path, categories[i].path))
			envelope->category = categories[i].category;
	if (envelope->observed.us == 0) {
		const struct sv at = plain_get(decoder, SV("ts"));

		if (!plain_seconds(at, &envelope->observed))
			instant_parse(at, &envelope->observed);
	}
	for (size_t k = 0; k < COUNT(names); k++) {
		if (names[k].path.n > 0 && !sv_eq(names[k].path, path))
			continue;
		for (size_t i = 0; i < count; i++) {
			const struct event_field field = decoder->field[i];

			if (sv_eq(field.name, names[k].from))
				event_decoder_add(decoder, names[k].into, field.text, field.type,
						  field.in_array, NULL);
		}
	}
	if (sv_eq(path, SV("http"))) {
		web_host(decoder, plain_get(decoder, SV("host")));
		web_target(decoder, plain_get(decoder, SV("uri")));
		web_agent(decoder, plain_get(decoder, SV("user_agent")));
		web_referer(decoder, plain_get(decoder, SV("referrer")));
	}
	if (sv_eq(path, SV("conn")))
		connection(decoder);
}

struct sv zeek_path(const struct event_decoder *decoder)
{
	static const struct {
		struct sv member, path;
	} row[] = {
		{ SV("_path"), SV_NONE },
		{ SV("conn_state"), SV("conn") },
		{ SV("qtype_name"), SV("dns") },
		{ SV("resp_fuids"), SV("http") },
		{ SV("trans_depth"), SV("http") },
		{ SV("certificate.serial"), SV("x509") },
		{ SV("request_type"), SV("kerberos") },
		{ SV("named_pipe"), SV("dce_rpc") },
		{ SV("rtt"), SV("dns") },
		{ SV("rejected"), SV("dns") },
		{ SV("security_protocol"), SV("rdp") },
		{ SV("auth_success"), SV("ssh") },
		{ SV("server_name"), SV("ssl") },
		{ SV("share_type"), SV("smb_mapping") },
		{ SV("mime_type"), SV("files") },
		{ SV("helo"), SV("smtp") },
	};

	if (!plain_get(decoder, SV("ts")).p)
		return SV_NONE;
	if (plain_get(decoder, SV("_path")).n > 0)
		return plain_get(decoder, SV("_path"));
	if (!plain_get(decoder, SV("id.orig_h")).p &&
	    !plain_get(decoder, SV("certificate.serial")).p && !plain_get(decoder, SV("fuid")).p)
		return SV_NONE;
	/* Of files on shares: an action that begins so. */
	if (sv_starts(plain_get(decoder, SV("action")), SV("SMB::")))
		return SV("smb_files");
	for (size_t i = 1; i < COUNT(row); i++)
		if (plain_get(decoder, row[i].member).p)
			return row[i].path;
	return SV_NONE;
}

/* ---- tabs, with a heading ---- */

#define PATH_BYTES_MAX 64

struct zeek_state {
	struct columns columns;
	char separator, set_separator;
	char path[PATH_BYTES_MAX];
	size_t path_n;
	bool is_set[COLUMNS_NAMES_MAX];
};

static int take_fields(struct zeek_state *zeek, struct sv rest, struct err *err)
{
	columns_clear(&zeek->columns);
	while (rest.n > 0)
		if (!columns_add(&zeek->columns, sv_cut(&rest, zeek->separator))) {
			columns_clear(&zeek->columns);
			return err_set(err, ERR_RANGE,
				       "#fields: more than %d names, or a longer one",
				       COLUMNS_NAMES_MAX);
		}
	return 0;
}

static void take_types(struct zeek_state *zeek, struct sv rest)
{
	for (size_t i = 0; rest.n > 0 && i < COLUMNS_NAMES_MAX; i++) {
		const struct sv type = sv_cut(&rest, zeek->separator);

		zeek->is_set[i] = sv_starts(type, SV("set[")) || sv_starts(type, SV("vector["));
	}
}

static int take_directive(struct zeek_state *zeek, struct sv line, struct err *err)
{
	struct sv rest = line, name;

	if (sv_starts(line, SV("#separator "))) {
		rest = sv_slice(line, 11, line.n);
		if (rest.n == 4 && sv_starts(rest, SV("\\x")) && plain_hex(rest.p[2]) >= 0 &&
		    plain_hex(rest.p[3]) >= 0)
			zeek->separator = (char)(plain_hex(rest.p[2]) << 4 | plain_hex(rest.p[3]));
		else if (rest.n == 1)
			zeek->separator = rest.p[0];
		return 0;
	}
	name = sv_cut(&rest, zeek->separator);
	if (sv_eq(name, SV("#fields")))
		return take_fields(zeek, rest, err);
	if (sv_eq(name, SV("#types")))
		take_types(zeek, rest);
	else if (sv_eq(name, SV("#set_separator")) && rest.n == 1)
		zeek->set_separator = rest.p[0];
	else if (sv_eq(name, SV("#path")) && rest.n <= PATH_BYTES_MAX) {
		memcpy(zeek->path, rest.p, rest.n);
		zeek->path_n = rest.n;
	}
	return 0;
}

/* \x09 and the like become what they mean where that is a plain character. */
static struct sv unescape(struct event_decoder *decoder, struct sv text)
{
	char *to;
	size_t n = 0;

	if (text.n == 0 || sv_find(text, SV("\\x"), 0) == SIZE_MAX)
		return text;
	to = scratch_room(decoder, text.n);
	if (!to)
		return text;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 3 < text.n && text.p[i + 1] == 'x' &&
		    plain_hex(text.p[i + 2]) >= 0 && plain_hex(text.p[i + 2]) < 8 &&
		    plain_hex(text.p[i + 3]) >= 0) {
			to[n++] = (char)(plain_hex(text.p[i + 2]) << 4 | plain_hex(text.p[i + 3]));
			i += 3;
		} else {
			to[n++] = text.p[i];
		}
	}
	return scratch_take(decoder, n);
}

static void add_value(struct zeek_state *zeek, struct event_decoder *decoder, size_t column,
		      struct sv value)
{
	const struct sv name = columns_name(&zeek->columns, column);

	if (sv_eq(value, SV("-")) || name.n == 0)
		return;
	if (!zeek->is_set[column]) {
		if (sv_eq(value, SV("T")) || sv_eq(value, SV("F")))
			event_decoder_add(decoder, name,
					  value.p[0] == 'T' ? SV("true") : SV("false"), EVENT_BOOL,
					  false, NULL);
		else
			plain_add_number(decoder, name,
					 sv_eq(value, SV("(empty)")) ? SV("")
								     : unescape(decoder, value));
		return;
	}
	while (value.n > 0 && !sv_eq(value, SV("(empty)")))
		plain_add_item(decoder, name,
			       unescape(decoder, sv_cut(&value, zeek->set_separator)));
}

static int take(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	struct zeek_state *zeek = state;
	struct sv rest, path;
	size_t column = 0;

	if (!zeek->separator) {
		zeek->separator = '\t';
		zeek->set_separator = ',';
	}
	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	if (line.n == 0)
		return 0;
	if (line.p[0] == '#')
		return take_directive(zeek, line, err);
	if (zeek->columns.count == 0)
		return err_set(err, ERR_FORMAT, "no #fields before this line");
	for (rest = line; rest.n > 0; column++) {
		if (column == zeek->columns.count)
			return err_set(err, ERR_FORMAT, "more values than #fields (%zu)", column);
		add_value(zeek, decoder, column, sv_cut(&rest, zeek->separator));
	}
	path = (struct sv){ zeek->path, zeek->path_n };
	zeek_fields(decoder, path);
	return plain_finish(decoder, line, ret, err) < 0 ? -1 : 1;
}

static bool looks_like(struct sv start)
{
	return sv_starts(start, SV("#separator ")) || sv_starts(start, SV("#fields\t"));
}

static void done(void *state)
{
	struct zeek_state *zeek = state;

	columns_done(&zeek->columns);
}

const struct line_format zeek_format = {
	.format = EVENT_FORMAT_ZEEK,
	.state_bytes = sizeof(struct zeek_state),
	.looks_like = looks_like,
	.take = take,
	.done = done,
};
