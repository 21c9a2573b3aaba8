#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "centre/http_internal.h"
#include "centre/request.h"
#include "centre/site.h"

static const char *const head_names[] = {
	[HEAD_COOKIE] = "Cookie",
	[HEAD_AUTHORIZATION] = "Authorization",
	[HEAD_LANGUAGE] = "Accept-Language",
	[HEAD_TYPE] = "Content-Type",
	[HEAD_CSRF] = "Hikeshi-CSRF",
	[HEAD_ADDRESS] = "X-Real-IP",
	[HEAD_VERIFY] = "X-Client-Verify",
	[HEAD_SERIAL] = "X-Client-Serial",
	[HEAD_HOST] = "Host",
	[HEAD_ORIGIN] = "Origin",
	[HEAD_FETCH_SITE] = "Sec-Fetch-Site",
};
static_assert(sizeof head_names / sizeof *head_names == HEAD_COUNT, "every header has a name");

static const char *const methods[] = {
	[HTTP_GET] = "GET",	[HTTP_POST] = "POST",	  [HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};
static_assert(sizeof methods / sizeof *methods == HTTP_METHOD_COUNT, "every method has a name");

const char *http_head_name(enum http_head head)
{
	return head_names[head];
}

static bool match(const struct route *route, struct sv path, struct sv param[HTTP_PARAMS_MAX])
{
	struct sv rest = sv_slice(path, 1, path.n);
	size_t count = 0;

	for (size_t i = 0; i < route->segment_count; i++) {
		const bool last = sv_find_char(rest, '/', 0) == SIZE_MAX;
		const struct sv segment = sv_cut(&rest, '/');

		if (last != (i + 1 == route->segment_count))
			return false;
		if (!route->segment[i])
			param[count++] = segment;
		else if (!sv_eq(segment, sv_from(route->segment[i])))
			return false;
	}
	return true;
}

const struct route *http_find_route(enum http_listener listener, enum http_method method,
				    struct sv path, struct sv param[static HTTP_PARAMS_MAX],
				    unsigned *ret_methods)
{
	struct sv tried[HTTP_PARAMS_MAX];
	const struct route *found = NULL;

	*ret_methods = 0;
	if (listener == HTTP_PEOPLE && site_owns(path)) {
		for (unsigned i = 0; i < HTTP_METHOD_COUNT; i++)
			*ret_methods |= site_route((enum http_method)i, SV_NONE) ? 1U << i : 0;
		return site_route(method, SV_NONE);
	}
	/* A literal segment wins over a parameter: it stands first in the contract. */
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &route_table[i];

		if (route->listener != listener || !match(route, path, tried))
			continue;
		*ret_methods |= 1U << route->method;
		if (route->method != method || found)
			continue;
		found = route;
		memcpy(param, tried, sizeof tried);
	}
	return found;
}

static bool parse_method(const char *text, enum http_method *ret)
{
	for (unsigned i = 0; i < HTTP_METHOD_COUNT; i++) {
		if (strcmp(text, methods[i]) == 0) {
			*ret = (enum http_method)i;
			return true;
		}
	}
	return false;
}

static void allow_header(struct exchange *exchange, unsigned allowed)
{
	char text[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < HTTP_METHOD_COUNT; i++)
		if (allowed >> i & 1)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "",
					      methods[i]);
	http_add_header(&exchange->response, "Allow", arena_dup(exchange->arena, sv_from(text)));
}

/* A header that was not sent stays SV_NONE, one that is empty does not. */
static struct sv dup_header(struct arena *arena, const char *text)
{
	return text ? arena_dup(arena, sv_from(text)) : SV_NONE;
}

/* Links from elsewhere bring parameters of their own: the site knows one and skips others. */
static void read_page_query(struct http_request *request, const struct request_pair *pair,
			    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(pair[i].name, SV("lang")))
			request->language = site_language(pair[i].value);
}

/* Gives each query parameter its place. */
static const char *place_query(struct exchange *exchange, const struct route *route,
			       const struct request_pair *pair, size_t count)
{
	struct http_request *request = &exchange->request;

	for (size_t i = 0; i < count; i++) {
		size_t at = route->path_count;

		while (at < route->parameter_count &&
		       (route->parameter[at].place != ROUTE_QUERY ||
			!sv_eq(sv_from(route->parameter[at].name), pair[i].name)))
			at++;
		exchange->early_field = pair[i].name;
		if (at == route->parameter_count)
			return "unknown_parameter";
		at -= route->path_count;
		if (request->value[at].text.p)
			return "parameter_twice";
		request->value[at].text = pair[i].value;
	}
	exchange->early_field = SV_NONE;
	return NULL;
}

/*
 * Returns false where the target is malformed. A page is shown whatever stands in
 * its query; path stays SV_NONE where the site can have no such page.
 */
static bool read_target(struct exchange *exchange,
			struct request_pair pair[static REQUEST_PAIRS_MAX], size_t *ret_count)
{
	struct http_request *request = &exchange->request;
	struct sv target = sv_from(exchange->target);

	request->path = SV_NONE;
	if (site_owns(target))
		request->language = site_language(SV_NONE);
	if (request_target(target, exchange->arena, &request->path, pair, ret_count))
		return true;
	*ret_count = 0;
	if (!site_owns(target))
		return false;
	request_target(sv_cut(&target, '?'), exchange->arena, &request->path, pair, ret_count);
	return true;
}

/* Returns the key of a problem, or NULL. */
static const char *read_head(struct exchange *exchange, const char *method,
			     const char *(*header)(void *, const char *), void *context)
{
	struct http_request *request = &exchange->request;
	struct request_pair pair[REQUEST_PAIRS_MAX];
	unsigned allowed;
	bool known;
	size_t count;

	if (!read_target(exchange, pair, &count)) {
		request->path = SV("");
		return sv_find_char(sv_from(exchange->target), '?', 0) == SIZE_MAX ? "not_found"
										   : "bad_query";
	}
	if (!request->path.p) {
		request->path = SV(SITE_PREFIX);
		return "not_found";
	}
	if (site_owns(request->path) && strcmp(method, "HEAD") == 0)
		method = "GET"; /* libmicrohttpd leaves the body out */
	known = parse_method(method, &exchange->method);
	request->method = exchange->method;
	request->route = http_find_route(exchange->listener, exchange->method, request->path,
					 request->param, &allowed);
	if (!known || !request->route) {
		request->route = NULL;
		if (allowed)
			allow_header(exchange, allowed);
		return allowed ? "method_not_allowed" : "not_found";
	}
	if (request->route->page) { /* a form with files may be larger than one without */
		request->route = site_route(request->method, request->content_type);
		read_page_query(request, pair, count);
		return NULL;
	}
	for (size_t i = request->route->path_count; i < request->route->parameter_count; i++) {
		const struct route_parameter *parameter = &request->route->parameter[i];

		if (parameter->place == ROUTE_HEADER)
			exchange->declared[i - request->route->path_count] =
				dup_header(exchange->arena, header(context, parameter->name));
	}
	return place_query(exchange, request->route, pair, count);
}

/* nginx writes serials in capitals. */
static struct sv lower_hex(struct arena *arena, struct sv text)
{
	char *p = arena_alloc(arena, text.n + 1);

	for (size_t i = 0; p && i < text.n; i++)
		p[i] = text.p[i] >= 'A' && text.p[i] <= 'F' ? (char)(text.p[i] - 'A' + 'a')
							    : text.p[i];
	return (struct sv){ p, p ? text.n : 0 };
}

/* What nginx says of the client certificate; 0 where it is good. */
static int read_certificate(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct sv verify = exchange->head[HEAD_VERIFY];
	const struct sv serial = lower_hex(exchange->arena, exchange->head[HEAD_SERIAL]);

	if (verify.n == 0 || sv_eq(verify, SV("NONE")))
		return -1;
	if (!sv_eq(verify, SV("SUCCESS")) || serial.n == 0) {
		request->certificate = HTTP_CERTIFICATE_FAILED;
		request->certificate_problem = sv_slice(verify, 0, 200);
		return -1;
	}
	request->certificate = HTTP_CERTIFICATE_GOOD;
	request->certificate_serial = serial;
	return 0;
}

static struct sv host_name(struct sv host)
{
	size_t colon = SIZE_MAX;

	for (size_t i = host.n; i-- > 0 && host.p[i] != ']' && colon == SIZE_MAX;)
		colon = host.p[i] == ':' ? i : SIZE_MAX;
	return sv_slice(host, 0, colon);
}

/* By what browsers say of themselves; a program that says nothing is not a browser. */
static bool is_foreign(const struct exchange *exchange)
{
	const struct sv site = exchange->head[HEAD_FETCH_SITE], origin = exchange->head[HEAD_ORIGIN];
	const struct sv scheme = SV("https://");

	if (site.p)
		return !sv_eq(site, SV("same-origin")) && !sv_eq(site, SV("none"));
	if (!origin.p)
		return false;
	return !sv_starts(origin, scheme) ||
	       !sv_eq_case(host_name(sv_slice(origin, scheme.n, origin.n)),
			   host_name(exchange->head[HEAD_HOST]));
}

void http_begin(struct exchange *exchange, const char *method,
		const char *(*header)(void *context, const char *name), void *context)
{
	struct http_request *request = &exchange->request;

	for (unsigned i = 0; i < HEAD_COUNT; i++)
		exchange->head[i] = dup_header(exchange->arena, header(context, head_names[i]));
	request->arena = exchange->arena;
	request->listener = exchange->listener;
	request->language = request_language(exchange->head[HEAD_LANGUAGE], LANGUAGE_JA);
	request->address = sv_slice(exchange->head[HEAD_ADDRESS], 0, 100);
	request->content_type = exchange->head[HEAD_TYPE];
	request->foreign = is_foreign(exchange);
	request->path = SV("");
	if (exchange->listener == HTTP_DEVICES && read_certificate(exchange) != 0)
		exchange->refused = true; /* whatever it asks for */
	else
		exchange->early = read_head(exchange, method, header, context);
}
