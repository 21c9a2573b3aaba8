/* site_support.h - private to site*.c: what a company gets beside its steps, on its page. */
#ifndef CENTRE_SITE_SUPPORT_H
#define CENTRE_SITE_SUPPORT_H

#include "support/support.h"

struct site;
struct site_status;

struct site_support { /* of one application */
	const struct visit *visit;
	size_t visit_count;
	const struct document *document;
	size_t document_count;
	const struct asked *asked;
	size_t asked_count;
};
int site_support_read(struct store *store, struct sv application, struct arena *arena,
		      struct site_support *ret, struct err *err);
/* Visits, documents and questionnaires; nothing where there are none. */
void site_put_support(struct site *site, const struct site_status *status);

#endif
