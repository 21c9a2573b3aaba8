#include <assert.h>

#include "centre/centre.h"
#include "centre/limiter.h"
#include "centre/person.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "centre/session.h"
#include "centre/sign_in.h"

#define PASSWORD_RETRY_US (100 * 1000) /* all hashing places are taken: look again */
#define PASSWORD_TRIES_MAX 100

enum http_answer route_health(struct http_request *request, struct http_response *response)
{
	buf_put_sv(&response->body, SV("{\"status\":\"ok\"}\n"));
	return HTTP_DONE;
}

/* ---- who am I ---- */

static void put_grant(struct emit *emit, const struct grant *grant)
{
	const char *scope = grant->company.n > 0     ? "company"
			    : grant->programme.n > 0 ? "programme"
						     : "operator";

	emit_object(emit);
	emit_put_text(emit, "role", sv_from(role_name(grant->role)));
	emit_put_text(emit, "scope", sv_from(scope));
	emit_put_text(emit, "id",
		      grant->company.n > 0     ? grant->company
		      : grant->programme.n > 0 ? grant->programme
					       : grant->operator_id);
	emit_put_text(emit, "name", grant->name);
	emit_object_end(emit);
}

static void put_me(struct buf *buf, const struct http_request *request,
		   const struct actor *actor)
{
	struct emit emit = emit_begin(buf);

	emit_object(&emit);
	emit_put_text(&emit, "id", actor->id);
	emit_put_text(&emit, "name", actor->name);
	emit_put_text(&emit, "mail", actor->mail);
	emit_put_text(&emit, "language", actor->language);
	emit_key(&emit, "grants");
	emit_array(&emit);
	for (size_t i = 0; i < actor->grant_count; i++)
		put_grant(&emit, &actor->grant[i]);
	emit_array_end(&emit);
	emit_key(&emit, "may");
	emit_array(&emit);
	for (unsigned i = 0; i < ACCESS_ACTION_COUNT; i++)
		if (access_may(actor, (enum access_action)i, NULL))
			emit_text(&emit, sv_from(access_name((enum access_action)i)));
	emit_array_end(&emit);
	emit_put_or_null(&emit, "csrf", actor->csrf);
	emit_put_truth(&emit, "must_change_password", actor->must_change_password);
	emit_put_time(&emit, "expires", (struct instant){ actor->expires_us });
	emit_put_time(&emit, "programme_now", request->programme_now);
	emit_object_end(&emit);
	buf_put_char(buf, '\n');
}

enum http_answer route_me(struct http_request *request, struct http_response *response)
{
	put_me(&response->body, request, request->actor);
	return HTTP_DONE;
}

enum http_answer route_me_change(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	struct actor actor = *request->actor;
	struct err err = ERR_INIT;

	actor.language = arena_dup(request->arena, body_text(request, "language"));
	if (store_begin(store, &err) != 0 ||
	    store_change(store, &err, "UPDATE person SET language = $1 WHERE id = $2",
			 STORE_TEXT(actor.language), STORE_TEXT(actor.id)) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "person", actor.id, SV_NONE, actor.language) != 0)
		return HTTP_DONE;
	put_me(&response->body, request, &actor);
	return HTTP_DONE;
}

/* ---- signing in ---- */

enum http_answer sign_in_answer(struct http_request *request, struct http_response *response,
				const struct secret *secret)
{
	struct actor actor;
	struct err err = ERR_INIT;

	if (session_find(request->worker->records, sv_from(secret->text), request->now,
			 request->arena, &actor, &err) != SESSION_GOOD)
		return http_fail_err(request, response, &err);
	http_add_header(response, "Set-Cookie",
			arena_printf(request->arena,
				     SESSION_COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly;"
						    " SameSite=Strict",
				     secret->text, SESSION_ABSOLUTE_SECONDS));
	put_me(&response->body, request, &actor);
	return HTTP_DONE;
}

struct attempt {
	struct sv mail, pair;
	char id[UUID_TEXT_MAX], hash[PERSON_HASH_MAX];
	bool disabled;
};

static bool allowed(const struct http_request *request, const struct attempt *attempt)
{
	struct limiter *limiter = request->centre->limiter;

	return limiter_allows(limiter, LIMITER_SIGN_IN_PAIR, attempt->pair, request->now) &&
	       limiter_allows(limiter, LIMITER_SIGN_IN_ACCOUNT, attempt->mail, request->now) &&
	       limiter_allows(limiter, LIMITER_SIGN_IN_ADDRESS, request->address, request->now);
}

static int find_account(struct http_request *request, struct attempt *attempt, struct err *err)
{
	struct store_query *query =
		store_ask(request->worker->records, err,
			  "SELECT id, password, disabled_at FROM person WHERE mail = $1",
			  STORE_TEXT(attempt->mail));
	int step;

	if (!query)
		return -1;
	step = store_step(query, err);
	if (step == 1) {
		snprintf(attempt->id, sizeof attempt->id, "%.*s", SV_ARG(store_text(query, 0)));
		snprintf(attempt->hash, sizeof attempt->hash, "%.*s", SV_ARG(store_text(query, 1)));
		attempt->disabled = !store_is_null(query, 2);
	}
	store_done(query);
	return step;
}

/* On the trail of whoever the account belongs to; an unknown address is not written down. */
static void note_attempt(struct http_request *request, const struct attempt *attempt,
			 struct sv reason)
{
	const struct sv id = sv_from(attempt->id);
	struct actor actor = { .kind = ACTOR_PUBLIC };
	struct err err = ERR_INIT;

	if (id.n > 0)
		person_grants(request->worker->records, id, request->arena, &actor.grant,
			      &actor.grant_count, &err);
	if (audit_refuse(request->centre->refusals, request->worker->records,
			 &(struct audit_entry){ .actor = &actor,
						.action = request->route->operation,
						.object_kind = id.n > 0 ? "person" : NULL,
						.object = id,
						.refused = true,
						.reason = reason,
						.address = request->address },
			 request->now, &err) != 0)
		log_error(request->centre->log, LOG_ERROR, "audit trail", &err);
}

static enum http_answer failed(struct http_request *request, struct http_response *response,
			       const struct attempt *attempt)
{
	struct limiter *limiter = request->centre->limiter;

	limiter_failed(limiter, LIMITER_SIGN_IN_PAIR, attempt->pair, request->now);
	limiter_failed(limiter, LIMITER_SIGN_IN_ACCOUNT, attempt->mail, request->now);
	limiter_failed(limiter, LIMITER_SIGN_IN_ADDRESS, request->address, request->now);
	note_attempt(request, attempt, SV("password"));
	return http_fail(request, response, "bad_credentials", NULL);
}

struct sv sign_in_mail(struct arena *arena, struct sv text)
{
	struct sv copy = arena_dup(arena, text);

	for (size_t i = 0; i < copy.n; i++) {
		char *c = (char *)(uintptr_t)&copy.p[i]; /* our own copy */

		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return copy;
}

bool sign_in_enter(struct http_request *request, struct http_response *response,
		   enum http_answer *ret)
{
	if (limiter_enter_password(request->centre->limiter))
		return true;
	if (request->calls >= PASSWORD_TRIES_MAX || request->closing) {
		*ret = http_fail(request, response, "busy", NULL);
	} else {
		response->wait_us = PASSWORD_RETRY_US;
		*ret = HTTP_WAIT;
	}
	return false;
}

static enum http_answer open_session(struct http_request *request, struct http_response *response,
				     struct sv person)
{
	struct store *store = request->worker->records;
	struct actor *actor = arena_zalloc(request->arena, 1, sizeof *actor);
	struct secret secret;
	struct err err = ERR_INIT;

	assert(actor);
	actor->kind = ACTOR_PERSON;
	actor->id = arena_dup(request->arena, person);
	if (person_grants(store, person, request->arena, &actor->grant, &actor->grant_count,
			  &err) != 0 ||
	    person_name(store, person, request->arena, &actor->name, &err) != 0 ||
	    store_begin(store, &err) != 0 ||
	    session_open(store, person, request->address, request->now, &secret, &err) != 0)
		return reply_undo(request, response, &err);
	request->actor = actor; /* the trail says who came in */
	if (reply_commit(request, response, "person", person, SV_NONE, SV_NONE) != 0)
		return HTTP_DONE;
	return sign_in_answer(request, response, &secret);
}

enum http_answer route_session_create(struct http_request *request, struct http_response *response)
{
	const struct sv password = body_text(request, "password");
	struct attempt attempt = { .mail = sign_in_mail(request->arena, body_text(request, "mail")) };
	enum http_answer answer;
	struct err err = ERR_INIT;
	bool good;

	attempt.pair = arena_printf(request->arena, "%.*s %.*s", SV_ARG(attempt.mail),
				    SV_ARG(request->address));
	if (!allowed(request, &attempt)) {
		note_attempt(request, &attempt, SV("too many attempts"));
		return http_fail(request, response, "too_many_attempts", NULL);
	}
	if (!sign_in_enter(request, response, &answer))
		return answer;
	if (find_account(request, &attempt, &err) < 0) {
		limiter_leave_password(request->centre->limiter);
		return http_fail_err(request, response, &err);
	}
	if (attempt.id[0])
		good = person_check_password(attempt.hash, password) && !attempt.disabled;
	else
		good = (person_check_nothing(password), false);
	limiter_leave_password(request->centre->limiter);
	if (!good)
		return failed(request, response, &attempt);
	limiter_forget(request->centre->limiter, LIMITER_SIGN_IN_PAIR, attempt.pair);
	return open_session(request, response, sv_from(attempt.id));
}

enum http_answer route_session_end(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0 ||
	    session_close(store, request->actor->credential, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "person", request->actor->id, SV_NONE, SV_NONE) != 0)
		return HTTP_DONE;
	http_add_header(response, "Set-Cookie",
			SV(SESSION_COOKIE
			   "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"));
	response->status = 204;
	return HTTP_DONE;
}

/* ---- changing the password ---- */

/* Both hashes are computed in one place of the two. Returns the key of a problem, or NULL. */
static const char *check_change(struct http_request *request, char hash[static PERSON_HASH_MAX],
				struct err *err)
{
	const struct actor *actor = request->actor;
	const struct sv current = body_text(request, "current"), new = body_text(request, "new");
	struct attempt attempt = { .mail = actor->mail };

	if (sv_eq(current, new))
		return "password_same";
	if (person_password_is_weak(new, actor->mail, actor->name))
		return "password_weak";
	if (find_account(request, &attempt, err) != 1 ||
	    !person_check_password(attempt.hash, current))
		return "current_password_wrong";
	return person_hash_password(new, hash, err) != 0 ? "busy" : NULL;
}

static const char *change_field(const char *problem)
{
	return strcmp(problem, "current_password_wrong") == 0 ? "current"
	       : strcmp(problem, "busy") == 0		      ? NULL
							      : "new";
}

enum http_answer route_password_change(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct actor *actor = request->actor;
	struct limiter *limiter = request->centre->limiter;
	char hash[PERSON_HASH_MAX];
	struct secret secret;
	struct err err = ERR_INIT;
	enum http_answer answer;
	const char *problem;

	if (!limiter_allows(limiter, LIMITER_SIGN_IN_ACCOUNT, actor->mail, request->now))
		return http_fail(request, response, "too_many_attempts", NULL);
	if (!sign_in_enter(request, response, &answer))
		return answer;
	problem = check_change(request, hash, &err);
	limiter_leave_password(limiter);
	if (problem) {
		if (strcmp(problem, "current_password_wrong") == 0)
			limiter_failed(limiter, LIMITER_SIGN_IN_ACCOUNT, actor->mail, request->now);
		return http_fail(request, response, problem, change_field(problem));
	}
	if (store_begin(store, &err) != 0 ||
	    store_change(store, &err,
			 "UPDATE person SET password = $1, must_change = 0 WHERE id = $2",
			 STORE_TEXT(sv_from(hash)), STORE_TEXT(actor->id)) != 0 ||
	    session_close_others(store, actor->id, SV_NONE, &err) != 0 ||
	    session_open(store, actor->id, request->address, request->now, &secret, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "person", actor->id, SV_NONE, SV_NONE) != 0)
		return HTTP_DONE;
	return sign_in_answer(request, response, &secret);
}
