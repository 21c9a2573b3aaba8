/*
 * put_possible.h - the events of an application's step that an actor may do,
 * with their forms, as the console draws them.
 */
#ifndef CENTRE_PUT_POSSIBLE_H
#define CENTRE_PUT_POSSIBLE_H

#include "centre/put_application.h"

/* FormField: one question as a page draws it. */
void put_form_field(struct emit *emit, const struct http_request *request,
		    const struct programme *programme, const struct programme_field *field);
/* The member "possible" of ApplicationDetail. */
void put_possible(struct emit *emit, const struct http_request *request,
		  const struct programme *programme, const struct application *application);

#endif
