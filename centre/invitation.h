/*
 * invitation.h - mailed links that make an account, or give one a role. Only the
 * digest of a link's secret is kept, and the secret stands behind the # of the
 * link, so that no log has it.
 */
#ifndef CENTRE_INVITATION_H
#define CENTRE_INVITATION_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "centre/access.h"
#include "programme/application.h"
#include "store/store.h"

#define INVITATION_DAYS 14 /* of real time */

/*
 * Invites the owner of an application's company, in the caller's transaction
 * (with the mail's row). An unused one of the same company and mail address
 * ends by it. now: real time. ret_secret is from arena.
 */
int invitation_create(struct store *store, const struct application *application,
		      const struct catalogue_entry *entry, struct instant now,
		      struct instant programme_now, struct arena *arena, struct sv *ret_secret,
		      struct err *err);
/* What was sent for an application opens nothing any more: it has ended. */
int invitation_end(struct store *store, struct sv application, struct err *err);
/* "PEOPLE_URL/invitation#SECRET" */
struct sv invitation_link(struct arena *arena, const char *people_url, struct sv secret);

enum invitation_state { INVITATION_UNKNOWN, INVITATION_OPEN, INVITATION_USED, INVITATION_OVER };
struct invitation {
	enum invitation_state state; /* UNKNOWN: nothing below is set */
	struct sv hash, mail, name, company, company_name, programme_name;
	enum person_role role;
	struct instant expires;
	struct sv account; /* id of the person who has this mail address, else empty */
};
int invitation_find(struct store *store, struct sv secret, struct instant now, struct arena *arena,
		    struct invitation *ret, struct err *err);
/* In the caller's transaction. ERR_CONFLICT: it was used meanwhile. */
int invitation_use(struct store *store, const struct invitation *invitation, struct sv person,
		   struct instant now, struct err *err);

#endif
