/* effects_ask.h - asking an applicant a questionnaire by a mailed personal link. */
#ifndef CENTRE_EFFECTS_ASK_H
#define CENTRE_EFFECTS_ASK_H

#include "centre/effects.h"
#include "support/support.h"

/*
 * Makes the link and queues its mail, in the caller's transaction. template_id:
 * of the programme's file; empty: the questionnaire's own, else a plain text.
 * ERR_CONFLICT as asked_put.
 */
int effects_ask(struct effects *effects, const struct catalogue_entry *entry,
		const struct application *application,
		const struct programme_questionnaire *questionnaire, struct sv template_id,
		struct err *err);

#endif
