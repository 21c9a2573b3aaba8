#include "centre/invitation.h"

#include "centre/person.h"
#include "centre/session.h"
#include "centre/sign_in.h"

#define DAY_US (24 * 60 * 60 * INSTANT_SECOND)

int invitation_create(struct store *store, const struct application *application,
		      const struct catalogue_entry *entry, struct instant now,
		      struct instant programme_now, struct arena *arena, struct sv *ret_secret,
		      struct err *err)
{
	const struct secret secret = secret_new("hki_");
	const struct sv mail = sign_in_mail(arena, application->mail);
	const struct sv role = sv_from(role_name(ROLE_OWNER));

	(void)programme_now; /* links live by the real clock, like sessions */
	if (store_change(store, err,
			 "UPDATE invitation SET expires_at = $4 WHERE company = $1 AND mail = $2"
			 " AND role = $3 AND used_at IS NULL AND expires_at > $4",
			 STORE_TEXT(application->company), STORE_TEXT(mail), STORE_TEXT(role),
			 STORE_INT(now.us)) != 0 ||
	    store_change(store, err,
			 "INSERT INTO invitation (hash, mail, name, company, role, programme,"
			 " application, made_at, expires_at)"
			 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			 STORE_TEXT(sv_from(secret.hash)), STORE_TEXT(mail),
			 STORE_TEXT(application->contact.p ? application->contact : SV("")),
			 STORE_TEXT(application->company), STORE_TEXT(role), STORE_TEXT(entry->id),
			 STORE_TEXT(application->id), STORE_INT(now.us),
			 STORE_INT(now.us + INVITATION_DAYS * DAY_US)) != 0)
		return err_wrap(err, "inviting %.*s", SV_ARG(mail));
	*ret_secret = arena_dup(arena, sv_from(secret.text));
	return 0;
}

int invitation_end(struct store *store, struct sv application, struct err *err)
{
	return store_change(store, err,
			    "UPDATE invitation SET expires_at = 0 WHERE application = $1"
			    " AND used_at IS NULL",
			    STORE_TEXT(application));
}

struct sv invitation_link(struct arena *arena, const char *people_url, struct sv secret)
{
	return arena_printf(arena, "%s/invitation#%.*s", people_url, SV_ARG(secret));
}

static struct sv keep(struct store_query *query, int column, struct arena *arena)
{
	return arena_dup(arena, store_text(query, column));
}

int invitation_find(struct store *store, struct sv secret, struct instant now, struct arena *arena,
		    struct invitation *ret, struct err *err)
{
	struct invitation invitation = { .state = INVITATION_UNKNOWN };
	struct store_query *query;
	char hash[65];
	int step;

	secret_hash(secret, hash);
	query = store_ask(store, err,
			  "SELECT i.mail, i.name, i.company, c.name, COALESCE(g.name, ''), i.role,"
			  " i.expires_at, i.used_at IS NOT NULL, COALESCE(n.id, '')"
			  " FROM invitation i JOIN company c ON c.id = i.company"
			  " LEFT JOIN programme g ON g.id = i.programme"
			  " LEFT JOIN person n ON n.mail = i.mail WHERE i.hash = $1",
			  STORE_TEXT(sv_from(hash)));
	step = query ? store_step(query, err) : -1;
	if (step == 1) {
		invitation = (struct invitation){
			.state = INVITATION_OPEN,
			.hash = arena_dup(arena, sv_from(hash)),
			.mail = keep(query, 0, arena),
			.name = keep(query, 1, arena),
			.company = keep(query, 2, arena),
			.company_name = keep(query, 3, arena),
			.programme_name = keep(query, 4, arena),
			.expires = { store_int(query, 6) },
			.account = keep(query, 8, arena),
		};
		if (store_int(query, 7))
			invitation.state = INVITATION_USED;
		else if (invitation.expires.us <= now.us)
			invitation.state = INVITATION_OVER;
		if (!role_parse(store_text(query, 5), &invitation.role))
			step = err_set(err, ERR_INTERNAL, "an invitation for no role");
	}
	store_done(query);
	if (step < 0)
		return -1;
	*ret = invitation;
	return 0;
}

int invitation_use(struct store *store, const struct invitation *invitation, struct sv person,
		   struct instant now, struct err *err)
{
	if (store_change(store, err,
			 "UPDATE invitation SET used_at = $1, person = $2"
			 " WHERE hash = $3 AND used_at IS NULL AND expires_at > $1",
			 STORE_INT(now.us), STORE_TEXT(person), STORE_TEXT(invitation->hash)) != 0)
		return -1;
	if (store_changes(store) != 1)
		return err_set(err, ERR_CONFLICT, "the invitation was used meanwhile");
	return 0;
}
