#include <assert.h>

#include "mail/mail.h"

static const char *const state_name[] = {
	[MAIL_QUEUED] = "queued",   [MAIL_KEPT] = "kept",     [MAIL_SENT] = "sent",
	[MAIL_BOUNCED] = "bounced", [MAIL_FAILED] = "failed",
};
static_assert(sizeof state_name / sizeof *state_name == MAIL_STATE_COUNT, "each state has a name");

const char *mail_state_name(enum mail_state state)
{
	return state_name[state];
}

bool mail_state_parse(struct sv text, enum mail_state *ret)
{
	for (int i = 0; i < MAIL_STATE_COUNT; i++) {
		if (sv_eq(text, sv_from(state_name[i]))) {
			*ret = (enum mail_state)i;
			return true;
		}
	}
	return false;
}
