/*
 * effects_internal.h - what the files of effects.h share.
 */
#ifndef CENTRE_EFFECTS_INTERNAL_H
#define CENTRE_EFFECTS_INTERNAL_H

#include "centre/effects.h"

/* What a mail says that only its occasion knows; each may be empty. */
struct effects_words {
	struct sv invitation; /* secret of its link */
	struct sv report;     /* id */
	unsigned of;	      /* reports of the participation */
	struct sv questionnaire, questions; /* its name; its link */
};
/* effects_mail.c: a mail of the programme's file to the applicant. */
int effects_mail(struct effects *effects, const struct application *application,
		 const struct job *job, struct sv template_id,
		 const struct effects_words *words, struct err *err);
/* effects_device.c: from now on all devices of the application shall do this. */
int effects_wish(struct effects *effects, struct sv application, const char *kind,
		 struct err *err);
/* Tells those who watch the application, after the commit. */
void effects_tell(struct effects *effects, const struct application *application);

#endif
