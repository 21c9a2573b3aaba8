/* Routes whose handlers are being written: each goes to its own file. */
#include "centre/routes.h"

enum http_answer route_company_users(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_programme_list(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_programme_overview(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_seat_override(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_application_list(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_application_show(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_application_log(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_application_event(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_application_note(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_mail_list(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_mail_show(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_mail_again(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_home(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_check_list(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_check_write(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

enum http_answer route_check_missing(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}

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

enum http_answer route_users_limit(struct http_request *request, struct http_response *response)
{
	return http_fail(request, response, "not_built_yet", NULL);
}
