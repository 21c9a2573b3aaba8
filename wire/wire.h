/*
 * wire.h - what passes between a device and the centre: certificates,
 * enrolment, batches, signed orders, and the spool that keeps batches while
 * the centre is away. Both sides use it; nothing here knows the centre's
 * database or the agent's sensors.
 *
 * Transport (design 5.4): HTTPS, TLS 1.3.
 *  people's port   POST /v1/enrolments      token + CSR -> certificate, CA, key to check orders
 *  devices' port   POST /v1/batches         zstd NDJSON (client certificate)
 *                  GET  /v1/orders?after=N&wait=S   long poll: signed orders
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"

/* ==== batches ==== */

#define WIRE_BATCH_EVENTS_MAX 4096
#define WIRE_BATCH_PACKED_MAX (4U << 20)    /* compressed */
#define WIRE_BATCH_UNPACKED_MAX (16U << 20) /* decompressed: a bomb stops here */

/* Request headers of a batch. The digest is of the compressed body. */
#define WIRE_HEADER_EPOCH "Hikeshi-Epoch"       /* UUID */
#define WIRE_HEADER_SEQUENCE "Hikeshi-Sequence" /* decimal, from 1 */
#define WIRE_HEADER_DIGEST "Hikeshi-Digest"     /* SHA-256, 64 hexadecimal digits */
#define WIRE_HEADER_COUNT "Hikeshi-Count"       /* events in it */

int wire_pack(struct sv lines, struct buf *packed, struct err *err);
/* Bounded by WIRE_BATCH_UNPACKED_MAX; ERR_FORMAT for bad zstd, ERR_TOO_LARGE past the bound. */
int wire_unpack(struct sv packed, struct buf *lines, struct err *err);

/* ==== keys and certificates (X.509, EC P-256; orders: Ed25519) ==== */

#define WIRE_PEM_MAX 16384

/* Makes a private key and a CSR whose common name is name. PEM texts in arena. */
int wire_make_request(struct sv name, struct arena *arena, struct sv *ret_key_pem,
		      struct sv *ret_csr_pem, struct err *err);
/* Own CA: key and self-signed certificate. */
int wire_make_authority(struct sv name, struct instant from, struct arena *arena,
			struct sv *ret_key_pem, struct sv *ret_certificate_pem, struct err *err);
enum wire_certificate_use { WIRE_SERVER, WIRE_DEVICE };
/*
 * Signs a CSR after checking its own signature; takes from it only the public
 * key. subject and names are the centre's decision. Serial is random, 128 bit.
 */
struct wire_certificate_wish {
	enum wire_certificate_use use;
	struct sv subject;       /* device UUID, or host name */
	const struct sv *name;   /* DNS names or IP addresses, server only */
	size_t name_count;
	struct instant from, to;
};
int wire_sign_request(struct sv authority_key_pem, struct sv authority_pem, struct sv csr_pem,
		      const struct wire_certificate_wish *wish, struct arena *arena,
		      struct sv *ret_certificate_pem, struct sv *ret_serial_hex, struct err *err);

/* ==== signed orders: commands, rule bundles, policies, updates (design 5.4) ==== */

enum wire_kind { WIRE_COMMAND, WIRE_RULES, WIRE_POLICY, WIRE_UPDATE, WIRE_KIND_COUNT };
const char *wire_kind_name(enum wire_kind kind);

struct wire_order {
	enum wire_kind kind;
	struct sv subject;    /* device UUID it is for; another device refuses it */
	uint64_t number;      /* grows for each device; a number not above the last is a replay */
	struct instant expiry; /* real time */
	struct sv payload;    /* JSON */
};

struct wire_sign_key { uint8_t byte[64]; };   /* Ed25519 secret, libsodium's form */
struct wire_check_key { uint8_t byte[32]; };

void wire_make_sign_key(struct wire_sign_key *ret, struct wire_check_key *ret_check);
/*
 * {"kind":…,"subject":…,"number":…,"expiry":…,"digest":…,"payload":"…",
 * "signature":…}: the signature covers a fixed binary form of kind, subject,
 * number, expiry and payload digest (docs/wire.md), so JSON spelling is free.
 */
int wire_order_seal(const struct wire_order *order, const struct wire_sign_key *key,
		    struct buf *ret_json, struct err *err);
/*
 * Checks form, digest, signature, subject, expiry, and number > last. Only
 * then sets *ret (views in arena). ERR_DENIED says which check failed.
 */
int wire_order_open(struct sv json, const struct wire_check_key *key, struct sv subject,
		    uint64_t last, struct instant now, struct arena *arena,
		    struct wire_order *ret, struct err *err);

/* ==== spool on disk: events wait here until the centre has them ==== */

/*
 * A folder of immutable batch files under one epoch. Bounded in bytes: when
 * full, the OLDEST unsent batch makes room only if drop_oldest, else appending
 * fails with ERR_FULL; what was dropped is counted and told to the centre by
 * an event. Crash safe: a batch is there whole (file synced, renamed, folder
 * synced) or not at all. One process appends and sends.
 */
struct spool;

struct spool_options {
	uint64_t bytes_max;
	bool drop_oldest;
};
struct spool_batch {
	struct uuid epoch;
	uint64_t sequence;
	struct sha256 digest;
	uint32_t count;
	struct sv packed; /* until spool_sent or close */
};

struct spool *spool_open(const char *folder, const struct spool_options *options, struct err *err);
void spool_close(struct spool *spool);
/* Makes a batch of lines (bounded as above), durable on return. */
int spool_append(struct spool *spool, struct sv lines, uint32_t count, struct err *err);
/* The oldest batch: 1, or 0 where there is none. A damaged file is set aside, counted, and skipped. */
int spool_next(struct spool *spool, struct spool_batch *ret, struct err *err);
/* The centre has it: remove. */
int spool_sent(struct spool *spool, const struct spool_batch *batch, struct err *err);
struct spool_statistics {
	uint64_t batches, bytes, dropped_batches, dropped_events, damaged;
};
struct spool_statistics spool_statistics(const struct spool *spool);

/* ==== courier: the device's side of the wire (libcurl) ==== */

struct courier;
struct courier_options {
	const char *url;         /* https://centre:port of the devices' port */
	const char *ca_file;     /* the centre's CA, the only one trusted */
	const char *certificate_file, *key_file;
	long timeout_seconds;
};
struct courier *courier_new(const struct courier_options *options, struct err *err);
void courier_free(struct courier *courier);
/*
 * Sends one batch. 0: the centre has it (also where it had it before).
 * ERR_UNAVAILABLE, ERR_FULL, ERR_TOO_MANY: try later, *ret_retry_seconds says
 * when. ERR_CONFLICT: same key, other digest. ERR_FORMAT: the centre will
 * never take it: set it aside.
 */
int courier_send(struct courier *courier, const struct spool_batch *batch,
		 unsigned *ret_retry_seconds, struct err *err);
/* Long poll. Each order's JSON goes to the callback, in order. Returns how many, or -1. */
int courier_orders(struct courier *courier, uint64_t after, unsigned wait_seconds,
		   int (*order)(void *context, struct sv json), void *context, struct err *err);

struct courier_enrolment {
	struct sv device;          /* UUID */
	struct sv certificate_pem, ca_pem;
	struct wire_check_key check_key;
	struct sv devices_url;
};
/*
 * Enrols against the people's port. ca_fingerprint: SHA-256 of the centre's CA
 * as printed with the token; the connection trusts only a chain to it.
 */
int courier_enrol(const char *url, const struct sha256 *ca_fingerprint, struct sv token,
		  struct sv csr_pem, struct sv hostname, struct sv platform,
		  struct arena *arena, struct courier_enrolment *ret, struct err *err);

#endif
