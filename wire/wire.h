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
#define WIRE_BATCH_UNPACKED_MAX (14U << 20) /* decompressed: a bomb stops here */
#define WIRE_LINE_MAX (512U << 10) /* one event; the centre adds its envelope */

/* Request headers of a batch. The digest is of the compressed body. */
#define WIRE_HEADER_EPOCH "Hikeshi-Epoch"       /* UUID */
#define WIRE_HEADER_SEQUENCE "Hikeshi-Sequence" /* decimal, from 1 */
#define WIRE_HEADER_DIGEST "Hikeshi-Digest"     /* SHA-256, 64 hexadecimal digits */
#define WIRE_HEADER_COUNT "Hikeshi-Count"       /* events in it */

/* lines: whole lines, each ended by a newline. Appends one zstd frame. */
int wire_pack(struct sv lines, struct buf *packed, struct err *err);
/*
 * Takes exactly one zstd frame. Bounded by WIRE_BATCH_UNPACKED_MAX and by the
 * buffer's own maximum; ERR_FORMAT for bad zstd, ERR_TOO_LARGE past a bound.
 */
int wire_unpack(struct sv packed, struct buf *lines, struct err *err);

/* ==== keys and certificates (X.509, EC P-256; orders: Ed25519) ==== */

#define WIRE_PEM_MAX 16384
#define WIRE_NAME_MAX 64   /* a common name (X.520's upper bound) */
#define WIRE_NAMES_MAX 16  /* alternative names of one certificate */
#define WIRE_SERIAL_TEXT_MAX 33

/* Makes a private key and a CSR whose common name is name. PEM texts in arena. */
int wire_make_request(struct sv name, struct arena *arena, struct sv *ret_key_pem,
		      struct sv *ret_csr_pem, struct err *err);
/* Own CA: key and self-signed certificate for WIRE_AUTHORITY_YEARS. */
#define WIRE_AUTHORITY_YEARS 20
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
/* SHA-256 of a certificate's DER form: what is printed beside a token. */
int wire_fingerprint(struct sv certificate_pem, struct sha256 *ret, struct err *err);
/* What stands in a certificate. Text in arena; serial as lower-case hexadecimal. */
struct wire_certificate {
	struct sv subject; /* common name, may be empty */
	struct sv serial;
	struct instant from, to;
};
int wire_certificate_read(struct sv certificate_pem, struct arena *arena,
			  struct wire_certificate *ret, struct err *err);

/* ==== signed orders: commands, rule bundles, policies, updates (design 5.4) ==== */

#define WIRE_SUBJECT_MAX 128
#define WIRE_PAYLOAD_MAX (4U << 20)
#define WIRE_ORDER_MAX (8U << 20) /* the JSON text around it */

enum wire_kind { WIRE_COMMAND, WIRE_RULES, WIRE_POLICY, WIRE_UPDATE, WIRE_KIND_COUNT };
const char *wire_kind_name(enum wire_kind kind);
bool wire_kind_parse(struct sv text, enum wire_kind *ret);

struct wire_order {
	enum wire_kind kind;
	struct sv subject;    /* device UUID it is for; another device refuses it */
	uint64_t number;      /* from 1, grows for each device; not above the last: a replay */
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
 * then sets *ret (views in arena). ERR_FORMAT: it is no order at all;
 * ERR_DENIED says which check failed.
 */
int wire_order_open(struct sv json, const struct wire_check_key *key, struct sv subject,
		    uint64_t last, struct instant now, struct arena *arena,
		    struct wire_order *ret, struct err *err);

/* ==== spool on disk: events wait here until the centre has them ==== */

/*
 * A folder of immutable batch files under one epoch. Bounded in bytes and in
 * files: when full, the OLDEST unsent batch makes room only if drop_oldest,
 * else appending fails with ERR_FULL; what was dropped is counted, and the
 * owner tells the centre by an event. Crash safe: a batch is there whole (file
 * synced, renamed, folder synced) or not at all. One process has the folder
 * (ERR_CONFLICT for a second one); in it one thread may append while another
 * sends. A folder that was removed starts a new epoch; so does a folder that
 * came back from a backup, as soon as the centre says so (spool_rekey).
 */
struct spool;

#define SPOOL_BATCHES_MAX 100000

struct spool_options {
	uint64_t bytes_max;
	bool drop_oldest;
};
struct spool_batch {
	struct uuid epoch;
	uint64_t sequence;
	struct sha256 digest;
	uint32_t count;
	struct sv packed; /* until the next spool_next, spool_sent, spool_rekey or close */
};

/* Makes the folder (0700) where missing; its parent must be there. */
struct spool *spool_open(const char *folder, const struct spool_options *options, struct err *err);
void spool_close(struct spool *spool); /* NULL is fine */
/*
 * Makes a batch of lines (bounded as above, count of them), durable on return.
 * ERR_TOO_LARGE: split it.
 */
int spool_append(struct spool *spool, struct sv lines, uint32_t count, struct err *err);
/*
 * The oldest batch: 1, or 0 where there is none. The same one again until it
 * is sent, rejected or rekeyed. A damaged file is set aside, counted, skipped.
 */
int spool_next(struct spool *spool, struct spool_batch *ret, struct err *err);
/* The centre has it: remove. */
int spool_sent(struct spool *spool, const struct spool_batch *batch, struct err *err);
/*
 * The centre will never take it: set aside as N.rejected, counted, at most
 * SPOOL_ASIDE_MAX files; older ones are removed.
 */
#define SPOOL_ASIDE_MAX 16
int spool_reject(struct spool *spool, const struct spool_batch *batch, struct err *err);
/*
 * The centre has another batch under this key (ERR_CONFLICT): this folder is
 * an old copy. The batch gets a new epoch, as does everything appended later.
 */
int spool_rekey(struct spool *spool, const struct spool_batch *batch, struct err *err);
struct spool_statistics {
	uint64_t batches, bytes; /* waiting */
	/* since the folder was opened */
	uint64_t dropped_batches, dropped_events, damaged, rejected, rekeyed;
};
struct spool_statistics spool_statistics(struct spool *spool);

/* ==== courier: the device's side of the wire (libcurl) ==== */

/* One courier for each thread. */
struct courier;
#define COURIER_TIMEOUT_SECONDS 30
struct courier_options {
	const char *url;         /* https://centre:port of the devices' port */
	const char *ca_file;     /* the centre's CA, the only one trusted */
	const char *certificate_file, *key_file;
	long timeout_seconds; /* of one exchange, waiting for orders not counted; 0: the default */
	/* Asked about once a second during an exchange: true ends it. May be NULL. */
	bool (*stop)(void *context);
	void *context;
};
struct courier *courier_new(const struct courier_options *options, struct err *err);
void courier_free(struct courier *courier);
/*
 * Sends one batch. 0: the centre has it (also where it had it before).
 * ERR_UNAVAILABLE, ERR_FULL, ERR_TOO_MANY, and where the centre does not know
 * us, ERR_UNAUTHENTICATED and ERR_DENIED: keep it and try later,
 * *ret_retry_seconds says when (set on every failure). ERR_CONFLICT: same key,
 * other digest (spool_rekey). ERR_FORMAT, ERR_TOO_LARGE, ERR_RANGE: the centre
 * will never take it (spool_reject).
 */
int courier_send(struct courier *courier, const struct spool_batch *batch,
		 unsigned *ret_retry_seconds, struct err *err);
/*
 * Long poll: waits until the centre has orders numbered above after, at most
 * wait_seconds. Each order's JSON goes to the callback, in order. Returns how
 * many, or -1; a callback that returns nonzero ends it, and that is well.
 */
#define COURIER_WAIT_MAX 60
#define COURIER_ORDERS_MAX 64 /* of one answer */
int courier_orders(struct courier *courier, uint64_t after, unsigned wait_seconds,
		   int (*order)(void *context, struct sv json), void *context, struct err *err);

struct courier_enrolment {
	struct sv device;          /* UUID */
	struct sv certificate_pem, ca_pem;
	struct wire_check_key check_key;
	struct sv devices_url;
};
/* A token as printed: letters, digits, hyphens. */
#define WIRE_TOKEN_MAX 64
/*
 * Enrols against the people's port. ca_fingerprint: SHA-256 of the centre's CA
 * as printed with the token; the connection trusts only a chain to it.
 */
int courier_enrol(const char *url, const struct sha256 *ca_fingerprint, struct sv token,
		  struct sv csr_pem, struct sv hostname, struct sv platform,
		  struct arena *arena, struct courier_enrolment *ret, struct err *err);

#endif
