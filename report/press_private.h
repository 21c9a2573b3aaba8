/*
 * press_private.h - private to report/: bytes that travel as a memory file.
 */
#ifndef REPORT_PRESS_PRIVATE_H
#define REPORT_PRESS_PRIVATE_H

#include "report/press.h"

/* Puts how many bytes there are; the caller puts the descriptor and closes it after sending. */
int press_put(struct message *message, struct sv bytes, int *ret_fd, struct err *err);
/* Takes the descriptor and reads so many bytes. */
int press_take(struct message *message, size_t bytes, struct buf *ret, struct err *err);

#endif
