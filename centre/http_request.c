#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "centre/access.h"
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/emit.h"
#include "centre/http_internal.h"
#include "centre/limiter.h"
#include "centre/problem.h"
#include "centre/request.h"
#include "centre/session.h"
#include "centre/site.h"

/* ---- answers ---- */

void http_response_clear(struct http_response *response)
{
	buf_clear(&response->body);
	response->status = 200;
	response->content_type = "application/json";
	response->header_count = 0;
	response->wait_us = 0;
}

void http_add_header(struct http_response *response, const char *name, struct sv value)
{
	assert(response->header_count < HTTP_HEADERS_MAX);
	if (response->header_count < HTTP_HEADERS_MAX)
		response->header[response->header_count++] = (struct http_header){ name, value };
}

static void write_problem(struct http_request *request, struct http_response *response,
			  const struct problem *problem, struct sv field, struct sv detail)
{
	struct emit emit = emit_begin(&response->body);
	const char *hint = problem->hint[request->language];

	http_response_clear(response);
	if (site_owns(request->path) && request->listener == HTTP_PEOPLE) {
		site_problem(request, response, problem);
		goto end;
	}
	response->status = problem->status;
	emit_object(&emit);
	emit_key(&emit, "error");
	emit_object(&emit);
	emit_put_text(&emit, "code", sv_from(problem->key));
	emit_key(&emit, "message");
	if (detail.n > 0)
		emit_text(&emit, arena_printf(request->arena, "%s (%.*s)",
					      problem->message[request->language], SV_ARG(detail)));
	else
		emit_text(&emit, sv_from(problem->message[request->language]));
	emit_key(&emit, "hint");
	emit_text(&emit, sv_from(hint));
	emit_put_or_null(&emit, "field", field);
	emit_object_end(&emit);
	emit_object_end(&emit);
	buf_put_char(&response->body, '\n');
end:
	if (problem->status == 429 || problem->status == 503 || problem->status == 507)
		http_add_header(response, "Retry-After",
				problem->status == 429 ? SV("60") : SV("2"));
}

enum http_answer http_fail(struct http_request *request, struct http_response *response,
			   const char *key, const char *field)
{
	write_problem(request, response, problem_find(key), sv_from(field), SV_NONE);
	return HTTP_DONE;
}

enum http_answer http_fail_err(struct http_request *request, struct http_response *response,
			       const struct err *err)
{
	const bool ours = err->code == ERR_INTERNAL || err->code == ERR_IO || err->code == ERR_OK;

	if (ours || err->code == ERR_FULL || err->code == ERR_UNAVAILABLE)
		log_error(request->centre->log, ours ? LOG_ERROR : LOG_WARNING,
			  request->route ? request->route->operation : "request", err);
	/* What was not found is not described: it may be another's. */
	write_problem(request, response, problem_of_code(err->code), SV_NONE,
		      ours || err->code == ERR_NOT_FOUND ? SV_NONE : sv_from(err->text));
	return HTTP_DONE;
}

const struct http_value *http_value(const struct http_request *request, const char *name)
{
	const struct route *route = request->route;

	for (size_t i = route->path_count; i < route->parameter_count; i++)
		if (strcmp(route->parameter[i].name, name) == 0)
			return &request->value[i - route->path_count];
	assert(!"a parameter that the contract does not have");
	abort();
}

/* ---- early ends ---- */

void http_run_early(struct exchange *exchange)
{
	const struct http_response before = exchange->response;

	write_problem(&exchange->request, &exchange->response, problem_find(exchange->early),
		      sv_slice(exchange->early_field, 0, CHECK_FIELD_MAX), SV_NONE);
	for (size_t i = 0; i < before.header_count; i++) /* Allow */
		http_add_header(&exchange->response, before.header[i].name, before.header[i].value);
}

/* ---- who asks ---- */

static int refuse(struct exchange *exchange, const char *key)
{
	http_fail(&exchange->request, &exchange->response, key, NULL);
	return -1;
}

static int fail_err(struct exchange *exchange, const struct err *err)
{
	http_fail_err(&exchange->request, &exchange->response, err);
	return -1;
}

static void note_refusal(struct exchange *exchange, const char *action, const char *object_kind,
			 struct sv object, struct sv company, struct sv reason)
{
	struct http_request *request = &exchange->request;
	struct err err = ERR_INIT;

	if (audit_refuse(request->centre->refusals, request->worker->records,
			 &(struct audit_entry){
				 .actor = request->actor,
				 .action = action,
				 .object_kind = object_kind,
				 .object = object,
				 .company = company,
				 .refused = true,
				 .reason = reason,
				 .address = request->address,
			 },
			 request->now, &err) != 0)
		log_error(request->centre->log, LOG_ERROR, "audit trail", &err);
}

static int authenticate_device(struct exchange *exchange, struct actor *actor)
{
	struct http_request *request = &exchange->request;
	struct err err = ERR_INIT;
	int found;

	if (request->certificate == HTTP_CERTIFICATE_NONE) {
		note_refusal(exchange, "certificate", NULL, SV_NONE, SV_NONE, SV("none presented"));
		return refuse(exchange, "certificate_missing");
	}
	if (request->certificate == HTTP_CERTIFICATE_FAILED) {
		note_refusal(exchange, "certificate", NULL, SV_NONE, SV_NONE,
			     request->certificate_problem);
		return refuse(exchange, "certificate_refused");
	}
	found = session_find_device(request->worker->records, request->certificate_serial,
				    request->now, exchange->arena, actor, &err);
	if (found < 0)
		return fail_err(exchange, &err);
	if (found == SESSION_GOOD)
		return 0;
	note_refusal(exchange, "certificate", actor->id.n > 0 ? "device" : NULL, actor->id,
		     actor->only_company,
		     found == SESSION_OVER ? SV("revoked or expired") : SV("unknown serial"));
	return refuse(exchange, found == SESSION_OVER ? "device_revoked" : "certificate_refused");
}

static int authenticate_token(struct exchange *exchange, struct actor *actor)
{
	struct http_request *request = &exchange->request;
	struct limiter *limiter = request->centre->limiter;
	struct err err = ERR_INIT;
	int found;

	if (!limiter_allows(limiter, LIMITER_TOKEN_ADDRESS, request->address, request->now))
		return refuse(exchange, "too_many_attempts");
	found = session_find_token(request->worker->records,
				   request_bearer(exchange->head[HEAD_AUTHORIZATION]), request->now,
				   exchange->arena, actor, &err);
	if (found < 0)
		return fail_err(exchange, &err);
	if (found == SESSION_GOOD)
		return 0;
	if (found == SESSION_NONE)
		limiter_failed(limiter, LIMITER_TOKEN_ADDRESS, request->address, request->now);
	note_refusal(exchange, "token", NULL, SV_NONE, SV_NONE,
		     found == SESSION_OVER ? SV("expired or revoked") : SV("unknown"));
	return refuse(exchange, "bad_token");
}

/* A cookie that is no session counts as none: sign-in must still work with it. */
static int authenticate_cookie(struct exchange *exchange, struct actor *actor, bool *ret_over)
{
	struct http_request *request = &exchange->request;
	const struct sv cookie = request_cookie(exchange->head[HEAD_COOKIE], SV(SESSION_COOKIE));
	struct err err = ERR_INIT;
	int found;

	*ret_over = false;
	if (cookie.n == 0)
		return 0;
	found = session_find(request->worker->records, cookie, request->now, exchange->arena, actor,
			     &err);
	if (found < 0)
		return fail_err(exchange, &err);
	*ret_over = found != SESSION_GOOD;
	return 0;
}

static int check_csrf(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct sv sent = exchange->head[HEAD_CSRF], csrf = request->actor->csrf;

	if (request->actor->kind != ACTOR_PERSON || request->method == HTTP_GET)
		return 0;
	if (request->route->access == ACCESS_SESSION_CREATE)
		return 0; /* the password is the proof */
	if (sent.n == csrf.n && equal_constant_time(sent.p, csrf.p, csrf.n))
		return 0;
	note_refusal(exchange, request->route->operation, NULL, SV_NONE, SV_NONE, SV("csrf"));
	return refuse(exchange, "csrf");
}

/* The page that asks is of one language: another browser may have changed the person's. */
static void choose_language(struct exchange *exchange, const struct actor *actor)
{
	const bool english = sv_eq(actor->language, SV("en"));

	exchange->request.language = request_language(exchange->head[HEAD_LANGUAGE],
						      english ? LANGUAGE_EN : LANGUAGE_JA);
}

static int authenticate(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	struct actor *actor = arena_zalloc(exchange->arena, 1, sizeof *actor);
	bool over = false;
	int status;

	assert(actor);
	request->actor = actor;
	if (request->route && request->route->page) /* none: refused by its certificate */
		return 0; /* nobody, whoever is signed in to the console */
	if (exchange->listener == HTTP_DEVICES)
		status = authenticate_device(exchange, actor);
	else if (exchange->head[HEAD_AUTHORIZATION].p)
		status = authenticate_token(exchange, actor);
	else
		status = authenticate_cookie(exchange, actor, &over);
	if (status != 0)
		return -1;
	choose_language(exchange, actor);
	if (over && !access_may(actor, request->route->access, NULL))
		return refuse(exchange, "session_over");
	return check_csrf(exchange);
}

/* ---- may it ---- */

static int deny(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct actor *actor = request->actor;
	const enum access_action action = request->route->access;
	struct actor person = *actor;
	const char *key = "denied";

	if (actor->kind == ACTOR_PUBLIC)
		return refuse(exchange, "unauthenticated");
	person.kind = ACTOR_PERSON;
	if (actor->kind == ACTOR_TOKEN && (actor->scope >> action & 1) == 0 &&
	    access_may(&person, action, NULL))
		key = access_session_only(action) ? "session_only" : "scope_missing";
	if (actor->kind == ACTOR_PERSON && actor->must_change_password)
		key = "password_change_needed";
	else
		note_refusal(exchange, request->route->operation, NULL, SV_NONE, SV_NONE,
			     SV("role"));
	if (strcmp(key, "scope_missing") != 0)
		return refuse(exchange, key);
	write_problem(request, &exchange->response, problem_find(key), SV_NONE,
		      sv_from(access_name(action)));
	return -1;
}

static int load_object(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct route *route = request->route;
	struct access_object *object;
	struct err err = ERR_INIT;
	int found;

	if (route->object == OBJECT_NONE)
		return 0;
	object = arena_zalloc(exchange->arena, 1, sizeof *object);
	assert(object);
	found = access_load(request->worker->records, route->object,
			    request->param[route->object_param], exchange->arena, object, &err);
	if (found < 0)
		return fail_err(exchange, &err);
	if (found == 1 && access_may(request->actor, route->access, object)) {
		request->object = object;
		return 0;
	}
	/* Not there and not yours look the same. */
	if (found == 1)
		note_refusal(exchange, route->operation, access_object_kind_name(route->object),
			     request->param[route->object_param], SV_NONE, SV("foreign"));
	return refuse(exchange, "not_found");
}

/* ---- bounds ---- */

static int check_parameters(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct route *route = request->route;

	for (size_t i = 0; i < route->parameter_count; i++) {
		const struct route_parameter *parameter = &route->parameter[i];
		const struct check *check = parameter->check;
		struct http_value in_path = { .text = i < route->path_count ? request->param[i]
									    : SV_NONE };
		struct http_value *value =
			i < route->path_count ? &in_path : &request->value[i - route->path_count];
		struct check_problem problem;

		if (parameter->place == ROUTE_HEADER)
			value->text = exchange->declared[i - route->path_count];
		if (value->text.p) {
			if (!check_text(check, parameter->name, value->text, &value->number,
					&problem)) {
				/* A path that cannot be an id names nothing. */
				http_fail(request, &exchange->response,
					  parameter->place == ROUTE_PATH ? "not_found"
									 : problem.key,
					  parameter->place == ROUTE_PATH ? NULL : problem.field);
				return -1;
			}
			value->given = true;
		} else if (parameter->required) {
			http_fail(request, &exchange->response, "missing", parameter->name);
			return -1;
		} else if (check->has_default) {
			value->number = check->default_number;
			value->text = sv_from(check->default_text);
			value->given = true;
		}
		value->truth = value->number != 0;
	}
	return 0;
}

static int check_body(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	const struct route *route = request->route;
	struct check_problem problem;
	json_error_t where;

	request->body = buf_sv(&exchange->body);
	if (route->body == ROUTE_BODY_NONE)
		return request->body.n > 0 ? refuse(exchange, "body_unexpected") : 0;
	if (!request_is_type(exchange->head[HEAD_TYPE], sv_from(route->content_type)))
		return refuse(exchange, "content_type");
	if (request->body.n == 0)
		return refuse(exchange, "body_missing");
	if (route->body == ROUTE_BODY_BYTES)
		return 0;
	request->json =
		json_loadb(request->body.p, request->body.n, JSON_REJECT_DUPLICATES, &where);
	if (!request->json) {
		write_problem(request, &exchange->response, problem_find("bad_json"), SV_NONE,
			      arena_printf(exchange->arena, "%d:%d", where.line, where.column));
		return -1;
	}
	if (check_json(route->json, request->json, &problem))
		return 0;
	http_fail(request, &exchange->response, problem.key, problem.field);
	return -1;
}

/* ---- the road to the handler ---- */

static int prepare(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;

	if (authenticate(exchange) != 0)
		return -1;
	assert(!exchange->refused);
	if (!access_may(request->actor, request->route->access, NULL))
		return deny(exchange);
	if (check_parameters(exchange) != 0 || load_object(exchange) != 0 ||
	    check_body(exchange) != 0)
		return -1;
	return 0;
}

enum http_answer http_run(struct exchange *exchange, const struct log *log)
{
	struct http_request *request = &exchange->request;
	enum http_answer answer = HTTP_DONE;

	http_response_clear(&exchange->response);
	if (request->calls > 0 || prepare(exchange) == 0)
		answer = request->route->handler(request, &exchange->response);
	request->calls++;
	if (request->route && store_in_transaction(request->worker->records)) {
		log_line(log, LOG_ERROR, "a handler left a transaction open",
			 LOG_STR("operation", request->route->operation));
		store_rollback(request->worker->records);
	}
	if (answer == HTTP_DONE && exchange->response.body.full) {
		log_line(log, LOG_ERROR, "an answer is too large", LOG_TEXT("path", request->path));
		http_fail(request, &exchange->response, "internal", NULL);
	}
	if (answer == HTTP_DONE && request->json) {
		json_decref(request->json);
		request->json = NULL;
	}
	return answer;
}
