/*
 * post.h - hikeshi-post: the process that hands mails to an SMTP server. It has
 * the network and the certificates of authorities, no database, no other file.
 * The centre's parent starts it with these arguments, all of them texts:
 *
 *   URL       smtp://host:port or smtps://host:port
 *   TLS       "needed": STARTTLS must be offered (smtps has it anyway); "none"
 *   FROM      the office's address, perhaps with its name: 事務局 <a@b.example>
 *   USER      "" where the server wants none
 *   PASSWORD  a file that holds it in its first line; "" where there is none
 *   CA        a PEM file with authorities to trust instead of the system's; ""
 *
 * Files are read before the process locks itself in. Then it answers POST_MAIL
 * on the link that the parent gives it.
 */
#ifndef MAIL_POST_H
#define MAIL_POST_H

#include "base/message.h"
#include "mail/mail.h"

#define POST_ARGUMENTS 6
#define POST_FILE_MAX (1U << 20)   /* bytes of a file with authorities */
#define POST_PASSWORD_MAX 512      /* bytes of a password */
#define POST_SAID_MAX 2000         /* bytes of what a server said, in the answer */
#define POST_CONNECT_SECONDS 20L
#define POST_ANSWER_SECONDS 60L    /* for each answer of the server */
#define POST_SECONDS 180L          /* for one mail in all */
#define POST_WAIT_MS 200000        /* for the answer to POST_MAIL */

enum {
	/* id, to, to_name, subject, body, calendar, created → POST_DONE */
	POST_MAIL = MESSAGE_FIRST,
	/* outcome, whether other mails would fare the same, what the server said */
	POST_DONE,
};

/* "事務局 <a@b.example>" or "a@b.example"; borrowed from text. */
bool post_sender_parse(struct sv text, struct mail_sender *ret);

#endif
