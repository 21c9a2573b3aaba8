/* site_results.h - private to site*.c: the results of an edition that were made public. */
#ifndef CENTRE_SITE_RESULTS_H
#define CENTRE_SITE_RESULTS_H

#include "centre/site_internal.h"

enum http_answer site_results(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry);

#endif
