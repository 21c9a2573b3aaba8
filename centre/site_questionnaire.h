/* site_questionnaire.h - private to site*.c: questionnaires behind /p/q/SECRET. */
#ifndef CENTRE_SITE_QUESTIONNAIRE_H
#define CENTRE_SITE_QUESTIONNAIRE_H

#include "centre/site_internal.h"

enum http_answer site_questionnaire(struct http_request *request, struct http_response *response,
				    const struct catalogue *catalogue, struct sv secret);
enum http_answer site_questionnaire_send(struct http_request *request,
					 struct http_response *response,
					 const struct catalogue *catalogue, struct sv secret);

#endif
