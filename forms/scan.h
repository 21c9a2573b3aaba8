/*
 * scan.h - asks clamd whether a file is harmless, over its unix socket with
 * the command INSTREAM (clamd(8)). What cannot be scanned is not taken for clean.
 */
#ifndef FORMS_SCAN_H
#define FORMS_SCAN_H

#include "base/err.h"
#include "base/sv.h"

#define SCAN_SECONDS_MAX 30  /* for one answer, and for each piece to be taken */
#define SCAN_REPLY_MAX 1024  /* bytes of an answer */
#define SCAN_PIECE_MAX 65536 /* bytes sent at once */
#define SCAN_NAME_MAX 128    /* of what was found, with its NUL */

enum scan_verdict { SCAN_CLEAN, SCAN_FOUND };

/* Pure: what an answer says. ERR_UNAVAILABLE where it says neither. */
int scan_reply(struct sv reply, enum scan_verdict *ret, char ret_name[static SCAN_NAME_MAX],
	       struct err *err);
/* ret_name: what was found. ERR_UNAVAILABLE: clamd is away, or could not scan it. */
int scan_file(const char *socket_path, struct sv content, enum scan_verdict *ret,
	      char ret_name[static SCAN_NAME_MAX], struct err *err);

#endif
