/*
 * key.h - the key process: the only one that holds the authority's key and the
 * key that signs orders. It reads them, locks itself in, and from then on
 * answers typed messages and nothing else: no network, no files.
 */
#ifndef CENTRE_KEY_H
#define CENTRE_KEY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/message.h"
#include "base/sv.h"
#include "centre/layout.h"
#include "wire/wire.h"

#define KEY_PAYLOAD_MAX (64U << 10)     /* of an order that is sealed over a message */
#define KEY_DEVICE_DAYS 397             /* life of a device's certificate */
#define KEY_SERVER_DAYS 397             /* of our own front's */
#define KEY_RENEW_DAYS 60               /* it is renewed when less is left */
#define KEY_ORDER_DAYS_MAX 31           /* no order may be valid for longer */
#define KEY_WAIT_MS 5000                /* for an answer */

enum {
	KEY_FACTS = MESSAGE_FIRST, /* → KEY_FACTS_ANSWER: CA, key that checks orders */
	KEY_FACTS_ANSWER,
	KEY_SIGN, /* CSR, device, from → KEY_SIGN_ANSWER: certificate, serial */
	KEY_SIGN_ANSWER,
	KEY_SEAL, /* kind, subject, number, expiry, payload → KEY_SEAL_ANSWER: text */
	KEY_SEAL_ANSWER,
	KEY_RENEW, /* from the parent → KEY_RENEW_ANSWER: a new server.pem, or nothing */
	KEY_RENEW_ANSWER,
};

/* First start: makes the authority and the order key where missing. */
int key_make(const struct layout *layout, struct instant now, struct err *err);

/* The role. Arguments: data directory, then names of our front's certificate. */
int key_run(int argc, char **argv);

/*
 * Asked by the parent on the role's channel now and then: writes a new
 * server.pem where the old one ends soon. Then the front must read it again.
 */
int key_renew(int channel_fd, const struct layout *layout, bool *ret_renewed, struct err *err);

/* ---- the server's side; locked inside ---- */

struct key;

struct key *key_new(void);
void key_free(struct key *key); /* NULL is fine */
/* A link to the (newly started) key process; -1: it is away. */
void key_attach(struct key *key, int take_fd);
/* All: ERR_UNAVAILABLE where the key process is away; ask again. */
int key_facts(struct key *key, struct arena *arena, struct sv *ret_ca_pem,
	      struct wire_check_key *ret_check, struct err *err);
int key_sign_device(struct key *key, struct sv csr_pem, struct sv device, struct instant from,
		    struct arena *arena, struct sv *ret_certificate_pem,
		    struct sv *ret_serial_hex, struct err *err);
int key_seal(struct key *key, const struct wire_order *order, struct buf *ret_json,
	     struct err *err);

#endif
