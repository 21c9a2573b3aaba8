#include "centre/put.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

enum http_answer route_detection_list(struct http_request *request, struct http_response *response)
{
	const struct incident_detection_filter filter = {
		.device = http_value(request, "device")->text,
		.rule = http_value(request, "rule")->text,
	};
	struct sv cursor[REPLY_CURSOR_PARTS] = { SV_NONE };
	struct emit emit = emit_begin(&response->body);
	struct incident_detection_list list;
	struct incident_scope scope;
	struct companies companies;
	struct err err = ERR_INIT;

	if (reply_companies(request, response, &companies) != 0 ||
	    reply_read_cursor(request, response, cursor, 1) < 0)
		return HTTP_DONE;
	scope = reply_scope(&companies);
	if (incident_detections(request->worker->records, &scope, &filter, cursor[0],
				(size_t)http_value(request, "limit")->number, request->arena, &list,
				&err) != 0)
		return err.code == ERR_FORMAT ? http_fail(request, response, "bad_cursor", "cursor")
					      : http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < list.count; i++)
		put_detection(&emit, request, &list.item[i], false);
	emit_array_end(&emit);
	emit_put_or_null(&emit, "next",
			 list.next.n > 0 ? reply_cursor(request->arena, &list.next, 1) : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_detection_show(struct http_request *request, struct http_response *response)
{
	const struct companies company = reply_object_company(request);
	const struct incident_scope scope = reply_scope(&company);
	struct emit emit = emit_begin(&response->body);
	struct incident_detection_row row;
	struct err err = ERR_INIT;

	if (incident_detection_load(request->worker->records, &scope, request->object->id,
				    request->arena, &row, &err) != 0)
		return http_fail_err(request, response, &err);
	put_detection(&emit, request, &row, true);
	return HTTP_DONE;
}
