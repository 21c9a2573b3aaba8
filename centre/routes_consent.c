#include "centre/consent.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

static enum http_answer answer(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct consent_row *row;
	struct err err = ERR_INIT;
	size_t count;

	if (consent_list(request->worker->records, request->object->company, request->language,
			 request->arena, &row, &count, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(&emit);
		emit_put_text(&emit, "consent", row[i].id);
		emit_put_text(&emit, "version", row[i].version);
		emit_put_text(&emit, "title", row[i].title);
		emit_put_text(&emit, "text", row[i].text);
		emit_put_text(&emit, "scope", row[i].scope);
		emit_put_time(&emit, "at", row[i].at);
		emit_key(&emit, "by");
		put_person(&emit, request, row[i].person);
		emit_object_end(&emit);
	}
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_consent_list(struct http_request *request, struct http_response *response)
{
	return answer(request, response);
}

enum http_answer route_consent_give(struct http_request *request, struct http_response *response)
{
	const struct sv id = body_text(request, "consent"), version = body_text(request, "version");
	const struct consent_wish wish = {
		.text = consent_find(id),
		.language = request->language,
		.person = request->actor->id,
		.company = request->object->company,
		.address = request->address,
	};
	struct store *store = request->worker->records;
	struct err err = ERR_INIT;

	if (!wish.text)
		return http_fail(request, response, "not_listed", "consent");
	if (!sv_eq(version, sv_from(wish.text->version)))
		return http_fail(request, response, "consent_changed", "version");
	if (store_begin(store, &err) != 0 || consent_give(store, &wish, request->now, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "company", wish.company, wish.company,
			 arena_printf(request->arena, "%.*s %.*s", SV_ARG(id), SV_ARG(version))) !=
	    0)
		return HTTP_DONE;
	return answer(request, response);
}
