/* Routes whose handlers are being written: each goes to its own file. */
#include "centre/routes.h"

enum http_answer route_report_list(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_report_make(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_report_job(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_report_show(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_report_pdf(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_report_read(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

