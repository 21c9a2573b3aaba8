/*
 * Logs of web servers: common and combined access logs (Apache, nginx, others),
 * their error logs, and Squid's access log.
 */
#include <string.h>

#include "event/lines.h"
#include "event/web.h"

/* What is in quotes at the start of *rest, which moves behind them and a blank. */
static bool take_quoted(struct sv *rest, struct sv *ret)
{
	size_t end;

	if (rest->n == 0 || rest->p[0] != '"')
		return false;
	for (end = 1; end < rest->n && rest->p[end] != '"'; end++)
		if (rest->p[end] == '\\')
			end++;
	if (end >= rest->n)
		return false;
	*ret = sv_slice(*rest, 1, end);
	*rest = sv_slice(*rest, end + 1, rest->n);
	if (rest->n > 0 && rest->p[0] == ' ')
		*rest = sv_slice(*rest, 1, rest->n);
	return true;
}

/* Apache writes \" and \x7f, nginx \x22: what is plain ASCII is given back. */
static struct sv unescape(struct event_decoder *decoder, struct sv text)
{
	char *to;
	size_t n = 0;

	if (text.n == 0 || !memchr(text.p, '\\', text.n))
		return text;
	to = scratch_room(decoder, text.n);
	if (!to)
		return text;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 3 < text.n && text.p[i + 1] == 'x' &&
		    plain_hex(text.p[i + 2]) >= 2 && plain_hex(text.p[i + 2]) < 8 &&
		    plain_hex(text.p[i + 3]) >= 0) {
			const int c = plain_hex(text.p[i + 2]) << 4 | plain_hex(text.p[i + 3]);

			if (c < 0x7f) {
				to[n++] = (char)c;
				i += 3;
				continue;
			}
		}
		if (text.p[i] == '\\' && i + 1 < text.n &&
		    (text.p[i + 1] == '"' || text.p[i + 1] == '\\'))
			i++;
		to[n++] = text.p[i];
	}
	return scratch_take(decoder, n);
}

/* 10/Oct/2000:13:55:36 -0700 */
static bool access_date(struct sv text, struct instant *ret)
{
	struct sv rest = text;
	const struct sv day = sv_cut(&rest, '/'), month = sv_cut(&rest, '/');
	const struct sv year = sv_cut(&rest, ':'), hour = sv_cut(&rest, ' ');
	uint64_t d, y;
	int zone = 0;

	return sv_to_u64(day, &d) && d < 32 && sv_to_u64(year, &y) && y < 10000 &&
	       (rest.n == 0 || plain_zone(rest, &zone)) &&
	       plain_instant((int)y, plain_month(month), (unsigned)d, hour, zone, ret);
}

struct access {
	struct sv host, client, user, date, request, status, bytes, rest;
	struct instant at;
};

static bool parse_access(struct sv line, struct access *ret)
{
	size_t open;
	struct sv head, next, word;

	*ret = (struct access){ 0 };
	open = sv_find(line, SV(" ["), 0);
	if (open == SIZE_MAX)
		return false;
	head = sv_slice(line, 0, open);
	line = sv_slice(line, open + 2, line.n);
	ret->date = sv_cut(&line, ']');
	if (!access_date(ret->date, &ret->at))
		return false;
	ret->client = plain_word(&head);
	/* The host before it, as the format vhost_combined of Debian has it. */
	next = head;
	word = plain_word(&next);
	if (plain_is_address(word)) {
		ret->host = ret->client;
		ret->client = word;
		head = next;
	}
	plain_word(&head); /* ident: nobody has one */
	ret->user = head;
	line = sv_trim(line);
	if (!take_quoted(&line, &ret->request))
		return false;
	ret->status = plain_word(&line);
	ret->bytes = plain_word(&line);
	ret->rest = line;
	return ret->client.n > 0 && (plain_is_number(ret->status) || sv_eq(ret->status, SV("-")));
}

static void access_fields(struct event_decoder *decoder, const struct access *access)
{
	struct sv rest = access->rest, quoted;

	web_client(decoder, access->client);
	web_user(decoder, access->user);
	web_host(decoder, sv_slice(access->host, 0, sv_find_char(access->host, ':', 0)));
	web_request(decoder, unescape(decoder, access->request));
	plain_add_number(decoder, SV("sc-status"), access->status);
	if (plain_is_number(access->bytes))
		plain_add_number(decoder, SV("sc-bytes"), access->bytes);
	if (take_quoted(&rest, &quoted))
		web_referer(decoder, unescape(decoder, quoted));
	if (take_quoted(&rest, &quoted))
		web_agent(decoder, unescape(decoder, quoted));
	decoder->envelope.category = SV("webserver");
	decoder->envelope.observed = access->at;
}

/* ---- error logs ---- */

/* 2024/01/02 03:04:05 [error] 12#12: *3 text, client: …, server: …, request: "…" */
static bool nginx_error(struct event_decoder *decoder, struct sv line)
{
	struct instant at;
	uint64_t year, month, day;
	struct sv level, message, client, request;
	size_t close, colon, comma;

	if (line.n < 22 || line.p[4] != '/' || line.p[7] != '/' || line.p[10] != ' ' ||
	    line.p[19] != ' ' || line.p[20] != '[' || !sv_to_u64(sv_slice(line, 0, 4), &year) ||
	    !sv_to_u64(sv_slice(line, 5, 7), &month) || !sv_to_u64(sv_slice(line, 8, 10), &day) ||
	    !plain_instant((int)year, (unsigned)month, (unsigned)day, sv_slice(line, 11, 19), 0,
			   &at))
		return false;
	close = sv_find_char(line, ']', 21);
	if (close == SIZE_MAX)
		return false;
	if (!decoder)
		return true;
	level = sv_slice(line, 21, close);
	message = sv_trim(sv_slice(line, close + 1, line.n));
	colon = sv_find(message, SV(": "), 0);
	if (colon != SIZE_MAX)
		message = sv_slice(message, colon + 2, message.n);
	plain_add(decoder, SV("level"), level);
	plain_add(decoder, SV("message"), message);
	comma = sv_find(message, SV(", client: "), 0);
	if (comma != SIZE_MAX) {
		client = sv_slice(message, comma + 10, message.n);
		web_client(decoder, sv_cut(&client, ','));
	}
	comma = sv_find(message, SV(", request: \""), 0);
	if (comma != SIZE_MAX) {
		request = sv_slice(message, comma + 11, message.n);
		if (take_quoted(&request, &client))
			web_request(decoder, unescape(decoder, client));
	}
	decoder->envelope.category = SV("webserver");
	decoder->envelope.service = SV("nginx");
	decoder->envelope.observed = at;
	return true;
}

/* [Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 3:tid 4] [client 1.2.3.4:5] text */
static bool apache_date(struct sv text, struct instant *ret)
{
	struct sv rest = text;
	const struct sv weekday = plain_word(&rest), month = plain_word(&rest);
	const struct sv day = plain_word(&rest), hour = plain_word(&rest), year = plain_word(&rest);
	uint64_t d, y;

	return weekday.n == 3 && sv_to_u64(day, &d) && d < 32 && sv_to_u64(year, &y) && y < 10000 &&
	       plain_instant((int)y, plain_month(month), (unsigned)d, hour, 0, ret);
}

static bool apache_error(struct event_decoder *decoder, struct sv line)
{
	struct sv rest = line, part;
	struct instant at;

	if (!sv_starts(line, SV("[")))
		return false;
	rest = sv_slice(rest, 1, rest.n);
	if (!apache_date(sv_cut(&rest, ']'), &at))
		return false;
	if (!decoder)
		return true;
	for (rest = sv_trim(rest); sv_starts(rest, SV("[")); rest = sv_trim(rest)) {
		rest = sv_slice(rest, 1, rest.n);
		part = sv_cut(&rest, ']');
		if (sv_starts(part, SV("client "))) {
			part = sv_slice(part, 7, part.n);
			if (!plain_is_address(part))
				part = sv_slice(part, 0, plain_last(part, ':'));
			web_client(decoder, part);
		} else if (sv_starts(part, SV("pid "))) {
			part = sv_slice(part, 4, part.n);
			plain_add(decoder, SV("pid"), sv_cut(&part, ':'));
		} else if (!plain_get(decoder, SV("level")).p) {
			const size_t colon = sv_find_char(part, ':', 0);

			plain_add(decoder, SV("level"),
				  colon == SIZE_MAX ? part : sv_slice(part, colon + 1, part.n));
		}
	}
	plain_add(decoder, SV("message"), rest);
	decoder->envelope.category = SV("webserver");
	decoder->envelope.service = SV("apache");
	decoder->envelope.observed = at;
	return true;
}

/* ---- Squid: 1286536309.586 921 10.0.0.1 TCP_MISS/200 507 POST http://… - DIRECT/… type ---- */

static bool squid(struct event_decoder *decoder, struct sv line)
{
	struct sv rest = line, part[10], status;
	struct instant at;

	for (size_t i = 0; i < 10; i++)
		part[i] = plain_word(&rest);
	if (sv_find_char(part[0], '.', 0) == SIZE_MAX || !plain_seconds(part[0], &at) ||
	    !plain_is_number(part[1]) || sv_find_char(part[3], '/', 0) == SIZE_MAX ||
	    !plain_is_number(part[4]) || part[6].n == 0)
		return false;
	if (!decoder)
		return true;
	web_client(decoder, part[2]);
	status = part[3];
	plain_add(decoder, SV("s-action"), sv_cut(&status, '/'));
	plain_add_number(decoder, SV("sc-status"), status);
	plain_add_number(decoder, SV("sc-bytes"), part[4]);
	plain_add(decoder, SV("cs-method"), part[5]);
	if (sv_eq(part[5], SV("CONNECT")))
		web_host(decoder, sv_slice(part[6], 0, sv_find_char(part[6], ':', 0)));
	web_target(decoder, part[6]);
	web_user(decoder, part[7]);
	sv_cut(&part[8], '/');
	if (plain_is_address(part[8])) {
		plain_add(decoder, SV("r-ip"), part[8]);
		plain_add(decoder, SV("dst_ip"), part[8]);
	}
	if (part[9].n > 0 && !sv_eq(part[9], SV("-")))
		plain_add(decoder, SV("sc-content-type"), part[9]);
	decoder->envelope.category = SV("proxy");
	decoder->envelope.service = SV("squid");
	decoder->envelope.observed = at;
	return true;
}

/* ---- the format ---- */

static int take(void *state, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	struct access access;

	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	line = sv_trim(line);
	if (line.n == 0)
		return 0;
	if (parse_access(line, &access))
		access_fields(decoder, &access);
	else if (!nginx_error(decoder, line) && !apache_error(decoder, line) &&
		 !squid(decoder, line))
		return err_set(err, ERR_FORMAT, "no line of a web server's log");
	return plain_finish(decoder, line, ret, err) < 0 ? -1 : 1;
}

static bool looks_like(struct sv start)
{
	const struct sv line = sv_trim(sv_cut(&start, '\n'));
	struct access access;

	return parse_access(line, &access) || nginx_error(NULL, line) || apache_error(NULL, line) ||
	       squid(NULL, line);
}

const struct line_format weblog_format = {
	.format = EVENT_FORMAT_WEB,
	.looks_like = looks_like,
	.take = take,
};
