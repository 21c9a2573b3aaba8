#include "centre/audit.h"
#include "centre/consent.h"
#include "centre/invitation.h"
#include "centre/limiter.h"
#include "centre/live.h"
#include "centre/person.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "centre/sign_in.h"

/*
 * The open invitation of the body's secret; false with *ret: whoever tries
 * secrets is stopped.
 */
static bool find(struct http_request *request, struct http_response *response,
		 struct invitation *ret_invitation, enum http_answer *ret)
{
	static const char *const key[] = {
		[INVITATION_UNKNOWN] = "not_found",
		[INVITATION_OPEN] = NULL,
		[INVITATION_USED] = "invitation_used",
		[INVITATION_OVER] = "invitation_over",
	};
	struct limiter *limiter = request->centre->limiter;
	struct err err = ERR_INIT;

	if (!limiter_allows(limiter, LIMITER_INVITATION_ADDRESS, request->address, request->now)) {
		*ret = http_fail(request, response, "too_many_attempts", NULL);
		return false;
	}
	if (invitation_find(request->worker->records, body_text(request, "secret"), request->now,
			    request->arena, ret_invitation, &err) != 0) {
		*ret = http_fail_err(request, response, &err);
		return false;
	}
	if (!key[ret_invitation->state])
		return true;
	if (ret_invitation->state == INVITATION_UNKNOWN)
		limiter_failed(limiter, LIMITER_INVITATION_ADDRESS, request->address, request->now);
	*ret = http_fail(request, response, key[ret_invitation->state], NULL);
	return false;
}

static bool is_asked(const struct consent_text *text, enum person_role role)
{
	return text->roles >> role & 1;
}

enum http_answer route_invitation_look(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct invitation invitation;
	enum http_answer answer;

	if (!find(request, response, &invitation, &answer))
		return answer;
	emit_object(&emit);
	emit_put_text(&emit, "mail", invitation.mail);
	emit_put_text(&emit, "company_name", invitation.company_name);
	emit_put_text(&emit, "programme_name", invitation.programme_name);
	emit_put_text(&emit, "role", sv_from(role_name(invitation.role)));
	emit_put_time(&emit, "expires", invitation.expires);
	emit_put_truth(&emit, "account", invitation.account.n > 0);
	emit_key(&emit, "consents");
	emit_array(&emit);
	for (size_t i = 0; i < consent_text_count; i++) {
		const struct consent_text *text = &consent_texts[i];

		if (!is_asked(text, invitation.role))
			continue;
		emit_object(&emit);
		emit_put_text(&emit, "id", sv_from(text->id));
		emit_put_text(&emit, "version", sv_from(text->version));
		emit_put_text(&emit, "title", sv_from(text->in[request->language].title));
		emit_put_text(&emit, "text", sv_from(text->in[request->language].text));
		emit_object_end(&emit);
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- using it ---- */

/* Version of a text in the body's consents; empty where it is not there. */
static struct sv version_given(const struct http_request *request, const char *id)
{
	const json_t *list = json_object_get(request->json, "consents");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (sv_eq(sv_from(json_string_value(json_object_get(one, "id"))), sv_from(id)))
			return sv_from(json_string_value(json_object_get(one, "version")));
	}
	return SV_NONE;
}

/* A problem's key where a consent is missing or of another version. */
static const char *check_consents(const struct http_request *request, enum person_role role)
{
	for (size_t i = 0; i < consent_text_count; i++) {
		const struct sv given = version_given(request, consent_texts[i].id);

		if (!is_asked(&consent_texts[i], role))
			continue;
		if (given.n == 0)
			return "consent_needed";
		if (!sv_eq(given, sv_from(consent_texts[i].version)))
			return "consent_changed";
	}
	return NULL;
}

static int give_consents(struct http_request *request, const struct invitation *invitation,
			 struct sv person, struct err *err)
{
	for (size_t i = 0; i < consent_text_count; i++) {
		const struct consent_wish wish = {
			.text = &consent_texts[i],
			.language = request->language,
			.person = person,
			.company = invitation->company,
			.address = request->address,
		};

		if (is_asked(wish.text, invitation->role) &&
		    consent_give(request->worker->records, &wish, request->now, err) != 0)
			return -1;
	}
	return 0;
}

/* Commits what began with a person; the session's secret is answered. */
static enum http_answer enter(struct http_request *request, struct http_response *response,
			      const struct invitation *invitation, struct sv person)
{
	struct store *store = request->worker->records;
	struct actor *actor = arena_zalloc(request->arena, 1, sizeof *actor);
	struct secret secret;
	struct err err = ERR_INIT;

	if (!actor || invitation_use(store, invitation, person, request->now, &err) != 0 ||
	    give_consents(request, invitation, person, &err) != 0 ||
	    person_grants(store, person, request->arena, &actor->grant, &actor->grant_count,
			  &err) != 0 ||
	    person_name(store, person, request->arena, &actor->name, &err) != 0 ||
	    session_open(store, person, request->address, request->now, &secret, &err) != 0) {
		store_rollback(store);
		return err.code == ERR_CONFLICT
			       ? http_fail(request, response, "invitation_used", NULL)
			       : http_fail_err(request, response, &err);
	}
	actor->kind = ACTOR_PERSON;
	actor->id = person;
	request->actor = actor; /* the trail says who came in */
	if (reply_commit(request, response, "person", person, invitation->company,
			 sv_from(role_name(invitation->role))) != 0)
		return HTTP_DONE;
	return sign_in_answer(request, response, &secret);
}

static struct grant grant_of(const struct invitation *invitation)
{
	return (struct grant){ .role = invitation->role, .company = invitation->company };
}

/* The mail address has an account: it gets the role, after signing in. */
static enum http_answer add_role(struct http_request *request, struct http_response *response,
				 const struct invitation *invitation)
{
	const struct grant grant = grant_of(invitation);
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (request->actor->kind != ACTOR_PERSON)
		return http_fail(request, response, "invitation_sign_in", NULL);
	if (store_begin(store, &err) != 0 ||
	    person_add_grant(store, invitation->account, &grant, &err) != 0)
		return reply_undo(request, response, &err);
	return enter(request, response, invitation, invitation->account);
}

static enum http_answer make_account(struct http_request *request, struct http_response *response,
				     const struct invitation *invitation, const char *hash)
{
	const struct grant grant = grant_of(invitation);
	const struct person_wish wish = {
		.mail = invitation->mail,
		.name = sv_trim(body_text(request, "name")),
		.language = request->language == LANGUAGE_EN ? SV("en") : SV("ja"),
		.grant = &grant,
		.grant_count = 1,
		.hash = hash,
	};
	struct store *store = request->worker->records;
	char id[UUID_TEXT_MAX], once[PERSON_ONE_TIME_SIZE];
	struct err err = ERR_INIT;

	if (store_begin(store, &err) != 0)
		return reply_undo(request, response, &err);
	if (person_create(store, &wish, request->now, id, once, &err) != 0) {
		store_rollback(store);
		return err.code == ERR_CONFLICT
			       ? http_fail(request, response, "invitation_sign_in", NULL)
			       : http_fail_err(request, response, &err);
	}
	return enter(request, response, invitation, arena_dup(request->arena, sv_from(id)));
}

/* Whether a new account's name and password are good. */
static bool check_person(struct http_request *request, struct http_response *response,
			 const struct invitation *invitation)
{
	const struct sv name = sv_trim(body_text(request, "name")),
			password = body_text(request, "password");

	if (name.n == 0 || name.n > PERSON_NAME_MAX) {
		http_fail(request, response, name.n == 0 ? "missing" : "too_long", "name");
		return false;
	}
	if (!password.p) {
		http_fail(request, response, "missing", "password");
		return false;
	}
	if (person_password_is_weak(password, invitation->mail, name)) {
		http_fail(request, response, "password_weak", "password");
		return false;
	}
	return true;
}

enum http_answer route_invitation_use(struct http_request *request, struct http_response *response)
{
	const struct actor *actor = request->actor;
	struct invitation invitation;
	char hash[PERSON_HASH_MAX];
	enum http_answer answer;
	struct err err = ERR_INIT;
	const char *problem;
	int failed;

	if (!find(request, response, &invitation, &answer))
		return answer;
	if (actor->kind == ACTOR_PERSON && !sv_eq(actor->mail, invitation.mail))
		return http_fail(request, response, "invitation_other", NULL);
	problem = check_consents(request, invitation.role);
	if (problem)
		return http_fail(request, response, problem, "consents");
	if (invitation.account.n > 0)
		return add_role(request, response, &invitation);
	if (!check_person(request, response, &invitation))
		return HTTP_DONE;
	if (!sign_in_enter(request, response, &answer))
		return answer;
	failed = person_hash_password(body_text(request, "password"), hash, &err);
	limiter_leave_password(request->centre->limiter);
	if (failed != 0)
		return http_fail_err(request, response, &err);
	return make_account(request, response, &invitation, hash);
}
