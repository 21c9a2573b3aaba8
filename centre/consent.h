/*
 * consent.h - what people say yes to: our own texts with their versions, and
 * who agreed when. The text as it was shown is kept with each consent.
 * Consents of an application form are the programme's affair, not these.
 */
#ifndef CENTRE_CONSENT_H
#define CENTRE_CONSENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/access.h"
#include "centre/http.h"
#include "store/store.h"

#define CONSENT_PAGE_MAX 200

struct consent_text {
	const char *id, *version;
	const char *scope; /* "account": the person's own; "company": speaks for the company */
	unsigned roles;	   /* bits 1 << enum person_role: who is asked */
	struct {
		const char *title, *text;
	} in[2]; /* by enum language */
};
/* Those in force. */
extern const struct consent_text consent_texts[];
extern const size_t consent_text_count;
/* NULL where there is no such text. */
const struct consent_text *consent_find(struct sv id);

struct consent_wish {
	const struct consent_text *text;
	enum language language; /* in which it was read */
	struct sv person, company, address;
};
/* In the caller's transaction. */
int consent_give(struct store *store, const struct consent_wish *wish, struct instant now,
		 struct err *err);

struct consent_row {
	struct sv id, version, title, text, scope, person; /* person: empty where not given */
	struct instant at;
};
/*
 * Texts in force that a company's owner has not agreed to in this version, then
 * all consents of the company, newest first; from arena.
 */
int consent_list(struct store *store, struct sv company, enum language language,
		 struct arena *arena, const struct consent_row **ret, size_t *ret_count,
		 struct err *err);

#endif
