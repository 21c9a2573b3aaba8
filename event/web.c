#include "event/web.h"

#include <string.h>

static bool is_there(const struct event_decoder *decoder, struct sv name)
{
	return plain_get(decoder, name).p != NULL;
}

static void add_once(struct event_decoder *decoder, struct sv name, struct sv text)
{
	if (text.n > 0 && !sv_eq(text, SV("-")) && !is_there(decoder, name))
		plain_add(decoder, name, text);
}

/* One value, or both where they differ. */
static void add_both(struct event_decoder *decoder, struct sv name, struct sv whole, struct sv part)
{
	if (is_there(decoder, name) || whole.n == 0)
		return;
	if (part.n == 0 || sv_eq(whole, part)) {
		plain_add(decoder, name, whole);
		return;
	}
	plain_add_item(decoder, name, whole);
	plain_add_item(decoder, name, part);
}

/* Behind the last dot of the last part of the path. */
static struct sv extension_of(struct sv stem)
{
	for (size_t i = stem.n; i > 0; i--) {
		if (stem.p[i - 1] == '/')
			return SV_NONE;
		if (stem.p[i - 1] == '.')
			return sv_slice(stem, i, stem.n);
	}
	return SV_NONE;
}

void web_target(struct event_decoder *decoder, struct sv target)
{
	const size_t scheme = sv_find(sv_slice(target, 0, 16), SV("://"), 0);
	struct sv path = target, stem, query = SV_NONE;
	size_t mark;

	if (target.n == 0 || sv_eq(target, SV("-")))
		return;
	if (scheme != SIZE_MAX) {
		struct sv host = sv_slice(target, scheme + 3, target.n);
		const size_t slash = sv_find_char(host, '/', 0);

		path = slash == SIZE_MAX ? SV("/") : sv_slice(host, slash, host.n);
		host = sv_slice(host, 0, slash);
		mark = sv_find_char(host, '@', 0);
		host = mark == SIZE_MAX ? host : sv_slice(host, mark + 1, host.n);
		mark = sv_find_char(host, ':', 0);
		add_once(decoder, SV("cs-host"),
			 host.n > 0 && host.p[0] == '[' ? host : sv_slice(host, 0, mark));
	}
	mark = sv_find_char(path, '?', 0);
	stem = sv_slice(path, 0, mark);
	if (mark != SIZE_MAX)
		query = sv_slice(path, mark + 1, path.n);
	add_once(decoder, SV("cs-uri-stem"), stem);
	add_both(decoder, SV("cs-uri-query"), path, query);
	add_both(decoder, SV("cs-uri"), target, path);
	add_both(decoder, SV("c-uri"), target, path);
	add_once(decoder, SV("c-uri-stem"), stem);
	add_once(decoder, SV("c-uri-query"), query);
	add_once(decoder, SV("c-uri-extension"), extension_of(stem));
}

void web_request(struct event_decoder *decoder, struct sv request)
{
	const struct sv whole = request;
	struct sv method = sv_cut(&request, ' '), version = SV_NONE;
	const char *blank = request.n > 0 ? memrchr(request.p, ' ', request.n) : NULL;

	if (whole.n == 0 || sv_eq(whole, SV("-")))
		return;
	if (request.n == 0) { /* no request of HTTP */
		add_once(decoder, SV("cs-uri-query"), whole);
		return;
	}
	if (blank) {
		version = sv_slice(request, (size_t)(blank + 1 - request.p), request.n);
		if (sv_starts(version, SV("HTTP/")))
			request = sv_slice(request, 0, (size_t)(blank - request.p));
		else
			version = SV_NONE;
	}
	add_once(decoder, SV("cs-method"), method);
	if (sv_eq(method, SV("CONNECT")))
		add_once(decoder, SV("cs-host"),
			 sv_slice(request, 0, sv_find_char(request, ':', 0)));
	web_target(decoder, request);
	add_once(decoder, SV("cs-version"), version);
}

void web_agent(struct event_decoder *decoder, struct sv agent)
{
	add_once(decoder, SV("cs-user-agent"), agent);
	add_once(decoder, SV("c-useragent"), agent);
}

void web_referer(struct event_decoder *decoder, struct sv referer)
{
	add_once(decoder, SV("cs-referer"), referer);
	add_once(decoder, SV("cs-referrer"), referer);
}

void web_host(struct event_decoder *decoder, struct sv host)
{
	add_once(decoder, SV("cs-host"), host);
}

void web_client(struct event_decoder *decoder, struct sv address)
{
	add_once(decoder, SV("c-ip"), address);
	add_once(decoder, SV("src_ip"), address);
}

void web_user(struct event_decoder *decoder, struct sv user)
{
	add_once(decoder, SV("cs-username"), user);
}
