#include "mail/internal.h"

/* "5.1.1 550 no such user", as far as there is something. */
static void put_words(struct buf *said, const struct mail_notice *notice)
{
	if (notice->fate == MAIL_FATE_DELAYED)
		buf_put_sv(said, SV("delayed: "));
	buf_put_sv(said, sv_slice(notice->status, 0, MAIL_SAID_MAX));
	if (notice->status.n > 0 && notice->diagnostic.n > 0)
		buf_put_char(said, ' ');
	buf_put_sv(said, sv_slice(notice->diagnostic, 0, MAIL_SAID_MAX));
}

/* A bounce of the address that was corrected since changes nothing any more. */
static int change(struct store *store, const struct mail_notice *notice, struct sv said,
		  struct instant real_now, struct err *err)
{
	const struct sv id = sv_from(notice->id);

	if (notice->fate == MAIL_FATE_DELAYED)
		return store_change(store, err,
				    "UPDATE mail SET problem = $2 WHERE id = $1 AND state = $3"
				    " AND lower(former) <> lower($4)",
				    STORE_TEXT(id), STORE_TEXT(said), STORE_INT(MAIL_SENT),
				    STORE_TEXT(notice->recipient.n ? notice->recipient : SV("-")));
	return store_change(store, err,
			    "UPDATE mail SET state = $2, problem = $3, next = $4 WHERE id = $1"
			    " AND state IN ($5, $6) AND lower(former) <> lower($7)",
			    STORE_TEXT(id), STORE_INT(MAIL_BOUNCED), STORE_TEXT(said),
			    STORE_INT(real_now.us), STORE_INT(MAIL_QUEUED), STORE_INT(MAIL_SENT),
			    STORE_TEXT(notice->recipient.n ? notice->recipient : SV("-")));
}

int mail_bounce(struct store *store, struct sv message, struct instant real_now, struct err *err)
{
	struct mail_notice notice;
	struct store_query *query;
	struct buf words, said;
	int r;

	if (message.n > MAIL_NOTICE_MAX)
		return err_set(err, ERR_TOO_LARGE, "the notification has %zu bytes, at most %u",
			       message.n, MAIL_NOTICE_MAX);
	if (mail_notice_parse(message, &notice) == 0)
		return 0;
	query = store_ask(store, err, "SELECT 1 FROM mail WHERE id = $1",
			  STORE_TEXT(sv_from(notice.id)));
	r = query == NULL ? -1 : store_step(query, err);
	store_done(query);
	if (r != 1 || notice.fate == MAIL_FATE_DELIVERED)
		return r;
	buf_init(&words, 3 * MAIL_SAID_MAX);
	buf_init(&said, MAIL_SAID_MAX);
	put_words(&words, &notice);
	mail_put_said(&said, buf_sv(&words));
	if (change(store, &notice, buf_sv(&said), real_now, err) != 0)
		r = -1;
	buf_done(&said);
	buf_done(&words);
	return r;
}
