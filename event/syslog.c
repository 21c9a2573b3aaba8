#include "event/syslog.h"

#include <string.h>

#include "event/auditd.h"
#include "event/cef.h"
#include "event/lines.h"

static bool take_priority(struct sv *rest, struct syslog_line *ret)
{
	const size_t end = sv_find_char(sv_slice(*rest, 0, 5), '>', 0);
	uint64_t priority;

	if (rest->n == 0 || rest->p[0] != '<' || end == SIZE_MAX ||
	    !sv_to_u64(sv_slice(*rest, 1, end), &priority) || priority > SYSLOG_PRIORITY_MAX)
		return false;
	ret->has_priority = true;
	ret->priority = (unsigned)priority;
	*rest = sv_slice(*rest, end + 1, rest->n);
	return true;
}

/* RFC 5424: "-" is nothing. */
static struct sv word_or_nothing(struct sv *rest)
{
	const struct sv word = sv_cut(rest, ' ');

	return sv_eq(word, SV("-")) ? SV_NONE : word;
}

/* [id name="value" …][id …] and a blank, or "-". */
static bool take_data(struct sv *rest, struct sv *ret)
{
	bool in_quotes = false;
	size_t i;

	if (rest->n == 0 || rest->p[0] != '[') {
		*ret = word_or_nothing(rest);
		return ret->n == 0;
	}
	for (i = 0; i < rest->n; i++) {
		const char c = rest->p[i];

		if (c == '\\' && in_quotes)
			i++;
		else if (c == '"')
			in_quotes = !in_quotes;
		else if (c == ']' && !in_quotes && (i + 1 == rest->n || rest->p[i + 1] != '['))
			break;
	}
	if (i >= rest->n)
		return false;
	*ret = sv_slice(*rest, 0, i + 1);
	*rest = sv_slice(*rest, i + 1, rest->n);
	if (rest->n > 0 && rest->p[0] == ' ')
		*rest = sv_slice(*rest, 1, rest->n);
	return true;
}

static bool parse_5424(struct sv rest, struct syslog_line *ret)
{
	struct sv date;

	if (!sv_starts(rest, SV("1 ")))
		return false;
	rest = sv_slice(rest, 2, rest.n);
	date = word_or_nothing(&rest);
	if (date.n > 0 && !instant_parse(date, &ret->at))
		return false;
	ret->host = word_or_nothing(&rest);
	ret->program = word_or_nothing(&rest);
	ret->pid = word_or_nothing(&rest);
	ret->message_id = word_or_nothing(&rest);
	if (!take_data(&rest, &ret->data))
		return false;
	if (sv_starts(rest, SV("\xef\xbb\xbf")))
		rest = sv_slice(rest, 3, rest.n);
	ret->message = rest;
	return true;
}

/* "sshd[812]: " or "kernel: ". */
static void take_tag(struct sv *rest, struct syslog_line *ret)
{
	struct sv tag, after;
	size_t end = 0, bracket;

	while (end < rest->n && rest->p[end] != ' ' && rest->p[end] != ':' && rest->p[end] != '[')
		end++;
	/* Huawei and Cisco begin with their code, which is no program. */
	if (end == 0 || end == rest->n || rest->p[0] == '%')
		return;
	tag = sv_slice(*rest, 0, end);
	after = sv_slice(*rest, end, rest->n);
	if (after.p[0] == '[') {
		bracket = sv_find_char(after, ']', 0);
		if (bracket == SIZE_MAX)
			return;
		ret->pid = sv_slice(after, 1, bracket);
		after = sv_slice(after, bracket + 1, after.n);
	}
	if (after.n == 0 || after.p[0] != ':') {
		ret->pid = SV_NONE;
		return;
	}
	ret->program = tag;
	*rest = sv_slice(after, 1 + (after.n > 1 && after.p[1] == ' '), after.n);
}

static bool take_date(struct sv *rest, struct instant reference, struct instant *ret)
{
	struct sv after = *rest, word;

	if (plain_date_bsd(rest, reference, ret)) {
		if (rest->n > 0 && rest->p[0] == ' ')
			*rest = sv_slice(*rest, 1, rest->n);
		return true;
	}
	word = sv_cut(&after, ' ');
	if (word.n < 19 || word.p[10] != 'T' || !instant_parse(word, ret))
		return false;
	*rest = after;
	return true;
}

bool syslog_parse(struct sv line, struct instant reference, struct syslog_line *ret)
{
	struct sv rest = line, host;
	bool has_date;

	*ret = (struct syslog_line){ 0 };
	take_priority(&rest, ret);
	if (parse_5424(rest, ret))
		return ret->has_priority;
	has_date = take_date(&rest, reference, &ret->at);
	if (!has_date && !ret->has_priority)
		return false;
	if (has_date) {
		/* Some leave the host out: then the tag stands there. */
		host = sv_slice(rest, 0, sv_find_char(rest, ' ', 0));
		if (host.n > 0 && host.n < rest.n && !sv_ends(host, SV(":"))) {
			ret->host = host;
			rest = sv_slice(rest, host.n + 1, rest.n);
		}
	}
	take_tag(&rest, ret);
	ret->message = rest;
	return true;
}

/* ---- fields ---- */

static const char *const facility_name[] = {
	"kern",	  "user",   "mail",	"daemon", "auth",   "syslog", "lpr",	"news",
	"uucp",	  "cron",   "authpriv", "ftp",	  "ntp",    "audit",  "alert",	"clock",
	"local0", "local1", "local2",	"local3", "local4", "local5", "local6", "local7",
};
static const char *const severity_name[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
};

/* [id name="value"] becomes id.name. */
static void data_fields(struct event_decoder *decoder, struct sv data)
{
	while (data.n > 0 && data.p[0] == '[') {
		struct sv id, name, value, inner = sv_slice(data, 1, data.n);
		size_t end = 0;

		while (end < inner.n && inner.p[end] != ' ' && inner.p[end] != ']')
			end++;
		id = sv_slice(inner, 0, end);
		inner = sv_slice(inner, end, inner.n);
		while (inner.n > 0 && inner.p[0] == ' ') {
			bool quoted;
			const size_t equals = sv_find_char(inner, '=', 0);

			if (equals == SIZE_MAX || !plain_pair(&inner, &name, &value, &quoted))
				return;
			plain_add(decoder, plain_join(decoder, id, SV("."), name),
				  plain_unescape(decoder, value));
		}
		if (inner.n == 0 || inner.p[0] != ']')
			return;
		data = sv_slice(inner, 1, inner.n);
	}
}

void syslog_fields(struct event_decoder *decoder, const struct syslog_line *line)
{
	if (line->has_priority) {
		plain_add(decoder, SV("facility"), sv_from(facility_name[line->priority / 8]));
		plain_add(decoder, SV("severity"), sv_from(severity_name[line->priority % 8]));
	}
	if (line->host.n > 0)
		plain_add(decoder, SV("hostname"), line->host);
	if (line->program.n > 0)
		plain_add(decoder, SV("program"), line->program);
	if (line->pid.n > 0)
		plain_add_number(decoder, SV("pid"), line->pid);
	if (line->message_id.n > 0)
		plain_add(decoder, SV("msgid"), line->message_id);
	data_fields(decoder, line->data);
	plain_add(decoder, SV("message"), line->message);
}

/* ---- the format ---- */

struct syslog_state {
	struct instant reference;
};

static void start(void *state, const struct event_reader_options *options)
{
	struct syslog_state *syslog = state;

	syslog->reference = options->reference;
}

static int take(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	const struct syslog_state *syslog = state;
	const struct sv given = line;
	struct syslog_line parsed;
	bool has_head;

	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	if (sv_trim(line).n == 0)
		return 0;
	has_head = syslog_parse(line, syslog->reference, &parsed);
	if (!has_head) {
		parsed = (struct syslog_line){ .message = line };
		if (!appliance_fields(decoder, line))
			return err_set(err, ERR_FORMAT, "no line of syslog");
	} else if (sv_starts(parsed.message, SV("CEF:")) || sv_eq(parsed.program, SV("CEF"))) {
		return cef_decode(decoder, &parsed, line, ret, err);
	} else if (line.p == given.p && parsed.message.n > 1 && parsed.message.p[0] == '{' &&
		   event_decode_any(decoder, parsed.message, ret, NULL) == 0) {
		/* (What was made sound lies in the decoder's own memory.) */
		if (ret->envelope.observed.us == 0)
			ret->envelope.observed = parsed.at;
		return 1;
	} else {
		if (line.p == given.p && parsed.message.n > 0 && parsed.message.p[0] == '{') {
			/* Not JSON after all: what that has left in the decoder goes. */
			if (plain_begin(decoder, &line, err) < 0)
				return -1;
			syslog_parse(line, syslog->reference, &parsed);
		}
		syslog_fields(decoder, &parsed);
		if (auditd_message(decoder, parsed.message))
			decoder->envelope.service = SV("auditd");
		else if (!appliance_fields(decoder, parsed.message))
			program_fields(decoder, &parsed);
	}
	if (decoder->envelope.observed.us == 0)
		decoder->envelope.observed = parsed.at;
	return plain_finish(decoder, line, ret, err) < 0 ? -1 : 1;
}

static bool looks_like(struct sv start_of_file)
{
	const struct instant reference = { INT64_C(1767225600) * INSTANT_SECOND };
	struct syslog_line parsed;
	struct sv line = sv_cut(&start_of_file, '\n');

	if (!syslog_parse(line, reference, &parsed))
		return appliance_fields(NULL, line);
	return parsed.has_priority || parsed.host.n > 0;
}

const struct line_format syslog_format = {
	.format = EVENT_FORMAT_SYSLOG,
	.state_bytes = sizeof(struct syslog_state),
	.start = start,
	.looks_like = looks_like,
	.take = take,
};
