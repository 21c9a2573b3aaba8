#include "centre/enrol.h"

#include <stdlib.h>

#include "base/hash.h"
#include "centre/access.h"
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/effects.h"
#include "centre/entitlement.h"
#include "centre/http.h"
#include "centre/emit.h"
#include "centre/jobs.h"
#include "centre/key.h"
#include "centre/limiter.h"
#include "centre/live.h"
#include "centre/put_application.h"
#include "centre/routes.h"
#include "centre/session.h"
#include "centre/user_key.h"
#include "wire/wire.h"

#define HEX_ROOM (2 * SHA256_SIZE + 1)

static const char certificates[] =
	"CREATE TABLE certificate ("
	" serial TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device (id),"
	" token TEXT NOT NULL UNIQUE REFERENCES enrolment_token (id),"
	" request_digest TEXT NOT NULL, pem TEXT NOT NULL,"
	" issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);"
	"CREATE INDEX certificate_by_device ON certificate (device);";

const struct store_migration enrol_migrations[] = {
	{ "centre-enrol/001-certificates", certificates },
};
const size_t enrol_migration_count = sizeof enrol_migrations / sizeof *enrol_migrations;

/* One enrolment; views in the request's arena. */
struct enrolment {
	struct sv csr, hostname, platform;
	char csr_digest[HEX_ROOM];
	struct sv token, company, participation, course, user; /* of the token's row */
	int64_t expires_at, used_at, revoked_at;
	char device[UUID_TEXT_MAX];
	struct sv device_sv, certificate, serial;
	struct sv user_key;
	struct sv application; /* whose trial it may begin; may be empty */
	bool limited; /* the programme's rule does not allow it: why is in refused */
	struct refused refused;
};

static struct sv member(const struct http_request *request, const char *name)
{
	const json_t *value = json_object_get(request->json, name);

	return (struct sv){ json_string_value(value), json_string_length(value) };
}

static struct sv column(struct store_query *query, int number, struct arena *arena)
{
	const struct sv text = store_text(query, number);

	return text.p ? arena_dup(arena, text) : SV_NONE;
}

/* Returns 1, or 0 where there is no such token. */
static int find_token(struct store *store, struct sv text, struct arena *arena,
		      struct enrolment *ret, struct err *err)
{
	struct store_query *query;
	char hash[65];
	int r;

	secret_hash(text, hash);
	query = store_ask(store, err,
			  "SELECT id, company, participation, course, user_name, expires_at,"
			  " used_at, revoked_at FROM enrolment_token WHERE hash = $1",
			  STORE_TEXT(sv_from(hash)));
	r = query ? store_step(query, err) : -1;
	if (r == 1) {
		ret->token = column(query, 0, arena);
		ret->company = column(query, 1, arena);
		ret->participation = column(query, 2, arena);
		ret->course = column(query, 3, arena);
		ret->user = column(query, 4, arena);
		ret->expires_at = store_int(query, 5);
		ret->used_at = store_is_null(query, 6) ? 0 : store_int(query, 6);
		ret->revoked_at = store_is_null(query, 7) ? 0 : store_int(query, 7);
	}
	store_done(query);
	return r;
}

/* The answer that this token and request got a moment ago. Returns 1, or 0. */
static int find_again(struct store *store, struct instant now, struct arena *arena,
		      struct enrolment *enrolment, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT device, pem FROM certificate"
			  " WHERE token = $1 AND request_digest = $2 AND issued_at > $3",
			  STORE_TEXT(enrolment->token), STORE_TEXT(sv_from(enrolment->csr_digest)),
			  STORE_INT(now.us - ENROL_AGAIN_SECONDS * INSTANT_SECOND));
	const int r = query ? store_step(query, err) : -1;

	if (r == 1) {
		enrolment->device_sv = column(query, 0, arena);
		enrolment->certificate = column(query, 1, arena);
	}
	store_done(query);
	return r;
}

static int insert_device(struct store *store, const struct enrolment *enrolment,
			 struct instant now, int64_t expiry, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO device (id, company, participation, user_name, hostname,"
			    " platform, serial, certificate_expiry, state, enrolled_at, user_key)"
			    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10)",
			    STORE_TEXT(enrolment->device_sv), STORE_TEXT(enrolment->company),
			    STORE_TEXT(enrolment->participation), STORE_TEXT(enrolment->user),
			    STORE_TEXT(enrolment->hostname), STORE_TEXT(enrolment->platform),
			    STORE_TEXT(enrolment->serial), STORE_INT(expiry), STORE_INT(now.us),
			    STORE_TEXT(enrolment->user_key));
}

static int insert_certificate(struct store *store, const struct enrolment *enrolment,
			      struct instant now, int64_t expiry, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO certificate (serial, device, token, request_digest, pem,"
			    " issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			    STORE_TEXT(enrolment->serial), STORE_TEXT(enrolment->device_sv),
			    STORE_TEXT(enrolment->token), STORE_TEXT(sv_from(enrolment->csr_digest)),
			    STORE_TEXT(enrolment->certificate), STORE_INT(now.us), STORE_INT(expiry));
}

/* Whoever of two comes second changes no row. */
static int use_token(struct store *store, const struct enrolment *enrolment, struct instant now,
		     struct err *err)
{
	if (store_change(store, err,
			 "UPDATE enrolment_token SET used_at = $1, device = $2"
			 " WHERE id = $3 AND used_at IS NULL AND revoked_at IS NULL",
			 STORE_INT(now.us), STORE_TEXT(enrolment->device_sv),
			 STORE_TEXT(enrolment->token)) != 0)
		return -1;
	if (store_changes(store) != 1)
		return err_set(err, ERR_CONFLICT, "the token was used meanwhile");
	return 0;
}

/*
 * What the programme's file says about one more device of this user (R-053 to
 * R-055; where it comes from does not matter). Returns 0, 1 where it may not be,
 * or -1.
 */
static int check_limits(struct http_request *request, struct enrolment *enrolment, struct err *err)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct store *store = request->worker->records;
	struct standing standing;
	int r = enrolment->participation.n > 0
			? standing_of_participation(store, catalogue, enrolment->participation,
						    request->arena, &standing, err)
			: standing_of_company(store, catalogue, enrolment->company, request->arena,
					      &standing, err);

	if (r != 0)
		return -1;
	enrolment->user_key = user_key(enrolment->user, request->arena);
	r = entitlement_ask(store, &standing, enrolment->user_key, request->programme_now,
			    &enrolment->refused, err);
	enrolment->limited = r == 1;
	if (standing.known)
		enrolment->application = standing.application.id;
	if (standing.known && enrolment->participation.n == 0 && standing.participation.n > 0)
		enrolment->participation = standing.participation;
	return r;
}

/* Everything in the caller's transaction: a request that is refused uses no token. */
static int enrol(struct http_request *request, struct enrolment *enrolment, struct err *err)
{
	struct store *store = request->worker->records;
	const struct instant now = request->now;
	struct wire_certificate certificate;
	struct actor actor = { .kind = ACTOR_DEVICE };
	struct audit_entry entry = {
		.actor = &actor, .action = "device_enrol", .object_kind = "device",
		.company = enrolment->company, .reason = enrolment->hostname,
		.address = request->address,
	};

	enrolment->device_sv = sv_from(uuid_format(uuid_v7(now), enrolment->device));
	actor.id = entry.object = enrolment->device_sv;
	actor.name = enrolment->hostname;
	actor.only_company = enrolment->company;
	if (key_sign_device(request->centre->key, enrolment->csr, enrolment->device_sv, now,
			    request->arena, &enrolment->certificate, &enrolment->serial, err) != 0 ||
	    wire_certificate_read(enrolment->certificate, request->arena, &certificate, err) != 0 ||
	    insert_device(store, enrolment, now, certificate.to.us, err) != 0 ||
	    use_token(store, enrolment, now, err) != 0 ||
	    insert_certificate(store, enrolment, now, certificate.to.us, err) != 0)
		return -1;
	if (enrolment->participation.n > 0 &&
	    installed_hook(request->worker, enrolment->participation, now, request->programme_now,
			   request->arena, err) != 0)
		return err_wrap(err, "the trial could not begin");
	return audit_append(store, &entry, now, err);
}

static enum http_answer answer(struct http_request *request, struct http_response *response,
			       const struct enrolment *enrolment)
{
	char check_hex[2 * sizeof(struct wire_check_key) + 1];
	struct wire_check_key check;
	struct err err = ERR_INIT;
	struct emit emit;
	struct sv ca;

	if (key_facts(request->centre->key, request->arena, &ca, &check, &err) != 0)
		return http_fail_err(request, response, &err);
	response->status = 201;
	emit = emit_begin(&response->body);
	emit_object(&emit);
	emit_put_text(&emit, "device", enrolment->device_sv);
	emit_put_text(&emit, "certificate", enrolment->certificate);
	emit_put_text(&emit, "ca", ca);
	emit_put_text(&emit, "check_key",
		      sv_from(hex_encode(check.byte, sizeof check.byte, check_hex)));
	emit_put_text(&emit, "devices_url", sv_from(request->centre->devices_url));
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* The token is good, the programme's rule says no: who asked may know why. */
static enum http_answer refuse_limit(struct http_request *request, struct http_response *response,
				     const struct enrolment *enrolment)
{
	const struct audit_entry entry = {
		.actor = request->actor, .action = "device_enrol", .object_kind = "enrolment_token",
		.object = enrolment->token, .company = enrolment->company, .refused = true,
		.reason = enrolment->refused.message.en, .address = request->address,
	};
	struct err err = ERR_INIT;

	if (audit_refuse(request->centre->refusals, request->worker->records, &entry, request->now,
			 &err) != 0)
		log_error(request->centre->log, LOG_ERROR, "a refusal is not on the audit trail", &err);
	return http_fail_text(request, response, "entitlement", &enrolment->refused.message);
}

/*
 * To the stranger all bad tokens are the same; the trail knows more. Many of
 * them from one address are stopped.
 */
static enum http_answer refuse(struct http_request *request, struct http_response *response,
			       const struct enrolment *enrolment, const char *reason)
{
	const struct audit_entry entry = {
		.actor = request->actor, .action = "device_enrol",
		.object_kind = enrolment->token.n ? "enrolment_token" : NULL,
		.object = enrolment->token, .company = enrolment->company, .refused = true,
		.reason = sv_from(reason), .address = request->address,
	};
	struct err err = ERR_INIT;

	limiter_failed(request->centre->limiter, LIMITER_ENROL_ADDRESS, request->address,
		       request->now);
	if (audit_refuse(request->centre->refusals, request->worker->records, &entry, request->now,
			 &err) != 0)
		log_error(request->centre->log, LOG_ERROR, "a refusal is not on the audit trail", &err);
	return http_fail(request, response, "enrolment_refused", NULL);
}

/* In a transaction. Returns 1: enrolled; 0: *ret_reason says why not; -1. */
static int decide(struct http_request *request, struct enrolment *enrolment,
		  const char **ret_reason, struct err *err)
{
	int r = find_token(request->worker->records, member(request, "token"), request->arena,
			   enrolment, err);

	if (r < 0)
		return -1;
	if (r == 0)
		*ret_reason = "unknown token";
	else if (enrolment->revoked_at != 0)
		*ret_reason = "revoked token";
	else if (enrolment->used_at != 0) {
		*ret_reason = "token used before";
		return find_again(request->worker->records, request->now, request->arena, enrolment,
				  err);
	} else if (enrolment->expires_at <= request->now.us)
		*ret_reason = "expired token";
	else {
		r = check_limits(request, enrolment, err);
		return r != 0 ? -(r < 0) : enrol(request, enrolment, err) == 0 ? 1 : -1;
	}
	return 0;
}

enum http_answer route_device_enrol(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	struct enrolment enrolment = {
		.csr = member(request, "csr"), .hostname = member(request, "hostname"),
		.platform = member(request, "platform"),
	};
	const struct sha256 digest = sha256_of(enrolment.csr);
	const char *reason = "";
	struct err err = ERR_INIT;
	int r;

	if (!limiter_allows(request->centre->limiter, LIMITER_ENROL_ADDRESS, request->address,
			    request->now)) {
		err_set(&err, ERR_TOO_MANY, "too many wrong enrolment tokens from this address");
		return http_fail_err(request, response, &err);
	}
	hex_encode(digest.byte, SHA256_SIZE, enrolment.csr_digest);
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	r = decide(request, &enrolment, &reason, &err);
	if (r == 1 && store_commit(store, &err) != 0)
		r = -1;
	store_rollback(store);
	if (r == 0 && enrolment.limited)
		return refuse_limit(request, response, &enrolment);
	if (r == 0)
		return refuse(request, response, &enrolment, reason);
	if (r < 0)
		return http_fail_err(request, response, &err);
	live_publish(request->centre->live, LIVE_DEVICE, enrolment.company, enrolment.device_sv, true);
	/* the first device may have begun a trial */
	if (enrolment.application.n > 0)
		live_publish(request->centre->live, LIVE_APPLICATION, enrolment.company,
			     enrolment.application, false);
	jobs_wake(request->centre->jobs);
	return answer(request, response, &enrolment);
}
