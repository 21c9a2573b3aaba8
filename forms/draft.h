/*
 * draft.h - forms that are not finished: kept as typed, to be taken up again
 * with a secret that goes by mail. A draft has the token of its form page, and
 * an application is made once for each token: so it becomes one application.
 */
#ifndef FORMS_DRAFT_H
#define FORMS_DRAFT_H

#include "forms/upload.h"

#define DRAFT_DAYS 30		/* after the last time it was saved */
#define DRAFT_SECRET_MAX (2 * SHA256_SIZE + 1)
#define DRAFT_ANSWERS_MAX PROGRAMME_ANSWERS_MAX

struct draft {
	struct sv programme; /* UUID */
	uint32_t file_version;
	struct sv form_version;
	struct sv token; /* of the form page; empty once it was sent */
	struct sv mail;
	struct answers answers; /* as the browser sent them */
	struct instant saved, expires;
	struct sv application; /* UUID; empty: not sent yet */
};

/*
 * Keeps it, in the caller's transaction: expires DRAFT_DAYS after saved. Another
 * draft of the same token goes, and with it its link. *ret_new: the secret is
 * new, so that it has to be mailed; else it is the one that was mailed before.
 */
int draft_save(struct store *store, const struct draft *draft,
	       char ret_secret[static DRAFT_SECRET_MAX], bool *ret_new, struct err *err);
/* 1, or 0 where there is none or it is over. From arena. */
int draft_load(struct store *store, struct sv secret, struct instant now, struct arena *arena,
	       struct draft *ret, struct err *err);
/* The form with this token became an application: nothing typed is kept twice. */
int draft_sent(struct store *store, struct sv token, struct sv application, struct err *err);
/* Drafts that one mail address was sent since then. */
int drafts_of_mail(struct store *store, struct sv mail, struct instant since, uint64_t *ret,
		   struct err *err);
/* Forgets those that are over. In the caller's transaction. */
int draft_sweep(struct store *store, struct instant now, struct err *err);

/* The programme as it was when the draft was saved; NULL where it is not to be had. */
struct programme *draft_programme(struct store *store, const struct draft *draft,
				  struct arena *arena, struct err *err);

/* What is another now, in the order of the new form; what is gone last. */
enum renewed_kind {
	RENEWED_NEW,	 /* was not asked before */
	RENEWED_GONE,	 /* is not asked any more */
	RENEWED_KIND,	 /* wants another kind of answer */
	RENEWED_NEEDED,	 /* was optional */
	RENEWED_OPTIONS, /* other options */
	RENEWED_CONSENT, /* another version of a consent's text */
	RENEWED_WORDS,	 /* asked in other words */
	RENEWED_KIND_COUNT
};
struct renewed {
	enum renewed_kind kind;
	const struct programme_field *before, *now; /* NULL where it was, is not there */
};
size_t form_renewed(const struct programme_form *before, const struct programme_form *now,
		    struct arena *arena, const struct renewed **ret);

#endif
