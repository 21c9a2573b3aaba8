/* site_results.h - private to site*.c: the results of an edition that were made public. */
#ifndef CENTRE_SITE_RESULTS_H
#define CENTRE_SITE_RESULTS_H

#include "centre/site_internal.h"

/* The way to them, from the programme's page. */
void site_results_link(struct site *site, struct sv slug);
enum http_answer site_results(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry);

#endif
