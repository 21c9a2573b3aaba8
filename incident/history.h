/*
 * history.h - private to incident/: what is remembered of the processes of one
 * device. Pure: bytes in memory. The bytes are a log of records, which the
 * tracker keeps in the store.
 */
#ifndef INCIDENT_HISTORY_H
#define INCIDENT_HISTORY_H

#include "base/buf.h"
#include "incident/incident.h"

#define HISTORY_BYTES_MAX (8U << 20)	/* kept of one device */
#define HISTORY_ENDED_SECONDS (60 * 60) /* an ended process is kept so long */
#define HISTORY_IMAGES_MAX 16 /* images of one process (exec after exec) that are looked at */

/* Appends a record: a process (or a new image of it) started; one ended. */
void history_put_start(struct buf *log, const struct incident_process *process);
void history_put_end(struct buf *log, struct sv guid, struct instant at);

struct history;

struct history *history_new(void);
void history_free(struct history *history);
/* Takes in a log's records, in order. Stops at one that is malformed. */
void history_add(struct history *history, struct sv log);
size_t history_bytes(const struct history *history);
/* Views live until the next history_add. False: never seen. */
bool history_find(const struct history *history, struct sv guid, struct incident_process *ret);
/* Calls for the process and each that came after it, in the order of coming. */
void history_each(const struct history *history, struct sv guid,
		  bool (*process)(void *context, const struct incident_process *process),
		  void *context);
/*
 * Appends the log of what is worth keeping: running processes and those ended
 * lately, the newest INCIDENT_DEVICE_PROCESSES_MAX of them. Returns how many.
 */
size_t history_keep(const struct history *history, struct buf *log);

#endif
