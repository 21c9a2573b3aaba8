/*
 * site_draft.h - private to site*.c: a form is put away unfinished, and taken
 * up again with the link that went by mail (forms/draft.h).
 */
#ifndef CENTRE_SITE_DRAFT_H
#define CENTRE_SITE_DRAFT_H

#include "centre/site_internal.h"

/* What the page holds becomes a draft; where it cannot, the page comes back with the reason. */
enum http_answer site_draft_save(struct http_request *request, struct http_response *response,
				 struct site_application *page, struct sv token);
enum http_answer site_draft_open(struct http_request *request, struct http_response *response,
				 const struct catalogue *catalogue,
				 const struct catalogue_entry *entry, struct sv secret);

#endif
