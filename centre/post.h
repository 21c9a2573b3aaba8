/*
 * post.h - a thread that takes mails from the queue, one after the other, and
 * hands them to the post process (mail/post.h). Where no SMTP server is
 * configured, it moves them to those that are kept.
 */
#ifndef CENTRE_POST_H
#define CENTRE_POST_H

#include <stdbool.h>

#include "base/err.h"
#include "centre/centre.h"

#define POST_STEP_SECONDS 1   /* between two looks at the queue */
#define POST_PAUSE_SECONDS 60 /* after a server was away: others would fare the same */

struct post;

/* has_server: whether one is configured. Own connection to the records. */
struct post *post_new(struct centre *centre, bool has_server, struct err *err);
/* Ends within a step; a mail that is under way is sent again at the next start. NULL is fine. */
void post_free(struct post *post);
/* A link to the (newly started) post process. */
void post_attach(struct post *post, int take_fd);
/* There is something to send now; ends a pause. NULL is fine. From any thread. */
void post_wake(struct post *post);
/* Whether mails go to a server; else people of the office pass them on. NULL: no. */
bool post_has_server(const struct post *post);

#endif
