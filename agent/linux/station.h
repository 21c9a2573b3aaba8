/*
 * station.h - sensors, observer and outbox as they run together: under `watch`
 * and in the sensor's role.
 */
#ifndef AGENT_LINUX_STATION_H
#define AGENT_LINUX_STATION_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/linux/linux.h"

/* Exits that a sensor lost are looked for so often. */
#define STATION_SWEEP_SECONDS 60

struct station_options {
	enum sensor_choice choice;
	bool scope_namespace;
	bool resting; /* begin without sensors */
	uint32_t own[SENSOR_OWN_MAX]; /* processes of the agent; children of theirs too */
	size_t own_count;
};

struct station {
	struct station_options options;
	struct uuid boot;
	struct users *users;
	struct image_cache *images;
	struct outbox *outbox;
	struct observer *observer;
	struct sensors *sensors; /* NULL while they rest */
	pthread_mutex_t table_lock; /* observer and its table */
	uint64_t swept_us;
	struct proc_room room;
	atomic_ullong lost; /* by sensors, since the last look */
	char lost_where[32];
};


int station_open(struct station *station, const struct station_options *options, struct err *err);
void station_close(struct station *station);
/* Closes all sensors; station_wake opens them again, and knows only what lives then. */
void station_rest(struct station *station);
int station_wake(struct station *station, struct err *err);
/* As of sensors; -1 while they rest, and "none". */
int station_fd(const struct station *station);
int station_wait_ms(const struct station *station);
const char *station_kind(const struct station *station);
size_t station_describe(const struct station *station, char ret[static 3][SENSOR_TEXT_MAX]);
/* Serves sensors that are due. */
void station_serve(struct station *station);
/* Everything that is there, at once: for the end, and before a tree is looked at. */
void station_drain(struct station *station);
/* Waits at most wait_ms for a sensor (or for fd, -1: none), serves. True when fd is readable. */
bool station_step(struct station *station, int fd, int wait_ms);
/* Events "events_lost", where there were losses since the last call. */
void station_report_lost(struct station *station);

#endif
