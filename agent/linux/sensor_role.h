/* sensor_role.h - the sensor's process: its three threads and what they share. */
#ifndef AGENT_LINUX_SENSOR_ROLE_H
#define AGENT_LINUX_SENSOR_ROLE_H

#include "agent/linux/program.h"
#include "agent/linux/station.h"
#include "wire/wire.h"

#define HEALTH_SECONDS 60
#define STATUS_FILE_SECONDS 5
#define ISOLATION_CHECK_SECONDS 30
#define ORDERS_WAITING_MAX 16
#define REFUSALS_MAX 16 /* remembered, so that the same one is not reported each time */
#define REFUSAL_AGAIN_SECONDS 600
#define STORED_WAIT_MS 10000
#define SENSE_WAIT_MS 10000 /* until the main thread has opened or closed the sensors */

/* ---- sender: outbox → courier ---- */

/*
 * Owns the link to the courier. Lines that were sent and not confirmed when a
 * link ends may be lost; they are counted, never sent twice.
 */
struct sender;

struct sender *sender_new(struct outbox *outbox, struct image_cache *images);
/* Nobody waits any more; what is left in the outbox is dropped. */
void sender_stop(struct sender *sender);
void sender_free(struct sender *sender);
/* A new courier: takes the descriptor. */
void sender_set_peer(struct sender *sender, int take_fd);
int sender_peer(struct sender *sender); /* -1: none; for poll and messages of the main thread */
void sender_drop_peer(struct sender *sender);
void sender_stored(struct sender *sender, uint64_t number);
/* Waits until the line with this ticket is in the spool. */
bool sender_wait(struct sender *sender, uint64_t ticket, unsigned ms);
/* Waits until nothing is on its way any more. */
bool sender_drain(struct sender *sender, unsigned ms);
/* Counts of lines, since the start: confirmed, and lost with a courier (since the last call). */
uint64_t sender_confirmed(struct sender *sender);
uint64_t sender_lost(struct sender *sender);

/* ---- actor: orders ---- */

struct actor;

struct actor_options {
	const struct data_paths *paths;
	const struct agent_identity *identity;
	struct station *station;
	struct sender *sender;
	const struct log *log;
	/* Orders go on to the courier, and removal to the parent, through these. */
	void (*last)(void *context, uint64_t number);
	void (*refused)(void *context);
	void (*remove)(void *context);
	/* Wakes the sensors, or lets them rest; returns when it is so. */
	int (*sense)(void *context, bool on, struct err *err);
	void *context;
};

/*
 * Loads the state, applies an isolation that was in force, reports an action
 * that was broken off.
 */
struct actor *actor_new(const struct actor_options *options, struct err *err);
/* Ends after the action that is going on. */
void actor_free(struct actor *actor);
/* An order as it came; checked and done later, in turn. */
void actor_take(struct actor *actor, struct sv json);
uint64_t actor_last(struct actor *actor);
bool actor_isolated(struct actor *actor);
/* Since when the licence is off; 0 while it is on. */
struct instant actor_licence_off(struct actor *actor);
/* Now and then: is the isolation still in force? If not, applies it again and tells. */
void actor_check_isolation(struct actor *actor);

#endif
