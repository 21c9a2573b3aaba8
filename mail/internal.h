/*
 * internal.h - what the files of mail/ share: texts that may stand in a header,
 * and what a delivery status notification says.
 */
#ifndef MAIL_INTERNAL_H
#define MAIL_INTERNAL_H

#include "mail/mail.h"

/*
 * One line of UTF-8 without control characters (also those of C1), at most max
 * bytes: ERR_FORMAT or ERR_TOO_LARGE. what: "the subject".
 */
int mail_check_line(struct sv text, size_t max, const char *what, struct err *err);
/* UTF-8 without NUL, at most MAIL_BODY_MAX bytes. */
int mail_check_body(struct sv text, struct err *err);
/* The same for MAIL_CALENDAR_MAX. */
int mail_check_calendar(struct sv file, struct err *err);
/* What a server said, as it can be kept and shown: one line of UTF-8, cut. */
void mail_put_said(struct buf *buf, struct sv said);

#define MAIL_SAID_MAX 1000	/* bytes of what a server said */
#define MAIL_NOTICE_PARTS_MAX 32 /* parts of a notification that are looked at */
#define MAIL_ID_PREFIX "hikeshi."

enum mail_fate { /* Action of RFC 3464, 2.3.3; the worst of those for several recipients */
	MAIL_FATE_NONE,
	MAIL_FATE_DELIVERED, /* or relayed, expanded */
	MAIL_FATE_DELAYED,
	MAIL_FATE_FAILED,
};

struct mail_notice {
	char id[UUID_TEXT_MAX]; /* of our mail */
	enum mail_fate fate;
	struct sv recipient;	/* Original-Recipient, else Final-Recipient; in the message */
	struct sv status;	/* "5.1.1" */
	struct sv diagnostic;	/* what the server said; folded lines as they came */
};
/* Reads a notification: 1 where it is one about a mail of ours, else 0. Reads nothing else. */
int mail_notice_parse(struct sv message, struct mail_notice *ret);

#endif
