/* POST /v1/batches: checks, decodes, sets the envelope, waits until it is durable. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "centre/access.h"
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/http.h"
#include "centre/ingest.h"
#include "centre/emit.h"
#include "centre/routes.h"
#include "centre/seen.h"
#include "incident/incident.h"
#include "wire/wire.h"

/* What the centre's envelope may add to each event. */
#define ENVELOPE_MAX 512
#define WAIT_US (25 * UINT64_C(1000000)) /* for the disk */
#define RETRY_SECONDS "5"
#define RETRY_FULL_SECONDS "30"

static_assert(WIRE_BATCH_EVENTS_MAX <= EVENT_BATCH_EVENTS_MAX, "the store takes what the wire takes");
static_assert(WIRE_BATCH_UNPACKED_MAX + WIRE_BATCH_EVENTS_MAX * ENVELOPE_MAX <=
	      EVENT_BATCH_BYTES_MAX, "also with envelopes");
static_assert(WIRE_LINE_MAX + ENVELOPE_MAX <= EVENT_BYTES_MAX, "an event with its envelope fits");

/* Onto the audit trail, aggregated: a device must not fill it. */
static void refuse(struct http_request *request, const struct err *err)
{
	const struct audit_entry entry = {
		.actor = request->actor, .action = "batch_send", .object_kind = "device",
		.object = request->actor->id, .company = request->actor->only_company,
		.refused = true, .reason = sv_from(err->text), .address = request->address,
	};
	struct err why = ERR_INIT;

	if (audit_refuse(request->centre->refusals, request->worker->records, &entry, request->now,
			 &why) != 0)
		log_error(request->centre->log, LOG_ERROR, "a refused batch is not on the audit trail",
			  &why);
}

static enum http_answer fail(struct http_request *request, struct http_response *response,
			     const struct err *err)
{
	if (err->code == ERR_FULL)
		http_add_header(response, "Retry-After", SV(RETRY_FULL_SECONDS));
	else if (err->code == ERR_TOO_MANY || err->code == ERR_UNAVAILABLE)
		http_add_header(response, "Retry-After", SV(RETRY_SECONDS));
	return http_fail_err(request, response, err);
}

static enum http_answer answer(struct http_response *response, uint64_t stored, bool duplicate)
{
	struct emit emit = emit_begin(&response->body);

	emit_object(&emit);
	emit_put_number(&emit, "stored", (int64_t)stored);
	emit_put_truth(&emit, "duplicate", duplicate);
	emit_object_end(&emit);
	return HTTP_DONE;
}

static enum http_answer conflict(struct http_request *request, struct http_response *response,
				 const struct event_batch_key *key)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_CONFLICT, "batch %" PRIu64 " of spool %.*s was sent before with other content",
		key->sequence, SV_ARG(key->epoch));
	err_hint(&err, "the device's spool is an old copy: it begins a new one");
	log_error(request->centre->log, LOG_ERROR, "a device sends another batch under the same key",
		  &err);
	refuse(request, &err);
	return http_fail_err(request, response, &err);
}

static int read_key(struct http_request *request, struct event_batch_key *key, struct err *err)
{
	const struct sha256 digest = sha256_of(request->body);

	key->device = request->actor->id;
	key->epoch = http_value(request, WIRE_HEADER_EPOCH)->text;
	key->sequence = (uint64_t)http_value(request, WIRE_HEADER_SEQUENCE)->number;
	if (!hex_decode(http_value(request, WIRE_HEADER_DIGEST)->text, key->digest.byte, SHA256_SIZE))
		return err_set(err, ERR_FORMAT, WIRE_HEADER_DIGEST " is not 64 hexadecimal digits");
	if (!equal_constant_time(digest.byte, key->digest.byte, SHA256_SIZE))
		return err_set(err, ERR_FORMAT, "the body is damaged: its digest is not " WIRE_HEADER_DIGEST);
	return 0;
}

/* The sender says what happened and when; whose it is and when it came, we do. */
static void set_envelope(const struct http_request *request, struct event *event,
			 char id[static UUID_TEXT_MAX])
{
	struct event_envelope *envelope = &event->envelope;

	envelope->company = request->actor->only_company;
	envelope->device = request->actor->id;
	envelope->received = request->now;
	if (envelope->id.n == 0)
		envelope->id = sv_from(uuid_format(uuid_v7(request->now), id));
	if (envelope->observed.us <= 0 ||
	    envelope->observed.us > request->now.us + INGEST_FUTURE_SECONDS * INSTANT_SECOND)
		envelope->observed = request->now;
}

/*
 * Without licence nothing is observed. Once licence_on is on its way the
 * device may begin at any moment.
 */
static int load_licence(struct http_request *request, bool *ret_off, struct err *err)
{
	struct store_query *query = store_ask(
		request->worker->records, err,
		"SELECT 1 FROM device d WHERE d.id = $1 AND d.licence = 'off' AND NOT EXISTS"
		" (SELECT 1 FROM incident_action a WHERE a.device = d.id AND a.kind = $2 AND a.state = $3)",
		STORE_TEXT(request->actor->id), STORE_INT(ACTION_LICENCE_ON), STORE_INT(ACTION_SENT));
	const int found = query == NULL ? -1 : store_step(query, err);

	store_done(query);
	if (found >= 0)
		*ret_off = found == 1;
	return found < 0 ? -1 : 0;
}

/* Every line of the batch, or none: a bad one is named by its number. */
static int decode(struct http_request *request, struct sv rest, size_t announced,
		  struct buf *lines, struct err *err)
{
	size_t n = 0;
	bool off;

	if (load_licence(request, &off, err) != 0)
		return -1;
	while (rest.n > 0) {
		const struct sv line = sv_cut(&rest, '\n');
		char id[UUID_TEXT_MAX];
		struct event event;

		if (++n > announced)
			return err_set(err, ERR_FORMAT, "more than the %zu events announced", announced);
		if (line.n > WIRE_LINE_MAX)
			return err_set(err, ERR_TOO_LARGE, "line %zu: %zu bytes, at most %u", n, line.n,
				       WIRE_LINE_MAX);
		if (event_decode(request->worker->decoder, line, &event, err) != 0)
			return err_wrap(err, "line %zu", n);
		if (off && !sv_eq(event.envelope.product, SV("hikeshi")))
			return err_set(err, ERR_DENIED,
				       "line %zu: the device's licence is off, only the agent's own "
				       "reports are taken", n);
		event_classify(&event);
		set_envelope(request, &event, id);
		if (event_encode(&event, lines, err) != 0)
			return err_wrap(err, "line %zu", n);
	}
	if (n != announced)
		return err_set(err, ERR_FORMAT, "%zu events where %zu were announced", n, announced);
	return 0;
}

/* From packed body to encoded lines. */
static int read_lines(struct http_request *request, size_t announced, struct buf *lines,
		      struct err *err)
{
	struct buf unpacked;
	int r;

	buf_init(&unpacked, WIRE_BATCH_UNPACKED_MAX);
	r = wire_unpack(request->body, &unpacked, err);
	if (r == 0)
		r = decode(request, buf_sv(&unpacked), announced, lines, err);
	buf_done(&unpacked);
	return r;
}

/* First call: everything that can be known without the disk's writer. */
static enum http_answer take(struct http_request *request, struct http_response *response)
{
	struct centre *centre = request->centre;
	struct event_batch batch = {
		.company = request->actor->only_company, .received = request->now,
		.count = (size_t)http_value(request, WIRE_HEADER_COUNT)->number,
	};
	enum event_stored stored;
	struct err err = ERR_INIT;
	struct buf lines;
	char *text;
	bool seen;
	int r;

	if (read_key(request, &batch.key, &err) != 0) {
		refuse(request, &err);
		return fail(request, response, &err);
	}
	if (event_store_seen(centre->events, &batch.key, &seen, &stored, &err) != 0)
		return fail(request, response, &err);
	if (seen)
		return stored == EVENT_CONFLICTING ? conflict(request, response, &batch.key)
						   : answer(response, 0, true);
	buf_init(&lines, EVENT_BATCH_BYTES_MAX);
	r = read_lines(request, batch.count, &lines, &err);
	if (r != 0) {
		buf_done(&lines);
		refuse(request, &err);
		return fail(request, response, &err);
	}
	batch.lines.n = lines.n;
	batch.lines.p = text = buf_detach(&lines);
	request->state = ingest_put(centre->ingest, &batch, text, request->ticket, &err);
	if (request->state == NULL)
		return fail(request, response, &err);
	response->wait_us = WAIT_US;
	return HTTP_WAIT;
}

enum http_answer route_batch_send(struct http_request *request, struct http_response *response)
{
	const size_t count = (size_t)http_value(request, WIRE_HEADER_COUNT)->number;
	enum event_stored stored = EVENT_STORED;
	struct event_batch_key key;
	enum ingest_state state;
	struct err err = ERR_INIT;

	if (request->calls == 0) {
		seen_note(request->centre->seen, request->actor->id, request->now);
		return take(request, response);
	}
	state = ingest_ask(request->centre->ingest, request->state, &stored, &err);
	if (state == INGEST_WAITING && request->woken && !request->closing) {
		response->wait_us = WAIT_US;
		return HTTP_WAIT;
	}
	ingest_leave(request->centre->ingest, request->state);
	if (state == INGEST_FAILED)
		return fail(request, response, &err);
	if (state == INGEST_WAITING) {
		err_set(&err, ERR_UNAVAILABLE, "the disk is slow, or the centre stops: send it again");
		return fail(request, response, &err);
	}
	if (stored == EVENT_CONFLICTING && read_key(request, &key, &err) == 0)
		return conflict(request, response, &key);
	return answer(response, stored == EVENT_STORED ? count : 0, stored == EVENT_DUPLICATE);
}
