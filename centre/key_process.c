#include "centre/key.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/role.h"
#include "centre/confine.h"

#define DAY (INT64_C(86400) * INSTANT_SECOND)
#define CLOCK_SLACK DAY /* between us and who asks: the same machine */
#define ARENA_MAX (1U << 20)
#define SEALED_MAX (MESSAGE_BYTES_MAX - 1024)
#define NAMES_TEXT_MAX 4096
#define FRONT_MAX (3 * WIRE_PEM_MAX + NAMES_TEXT_MAX)

/* All of it lives as long as the process. */
struct keys {
	struct layout layout;
	struct sv ca_key, ca;
	struct wire_sign_key sign;
	struct wire_check_key check;
	const struct sv *name; /* of our own front */
	size_t name_count;
	struct instant front_until;
	struct clock clock;
	struct arena *lasting, *answer;
};

/* ---- first start ---- */

static bool missing(const char *path)
{
	return access(path, F_OK) != 0 && errno == ENOENT;
}

static int make_order_key(const struct layout *layout, struct err *err)
{
	struct wire_sign_key sign;
	struct wire_check_key check;
	int r;

	wire_make_sign_key(&sign, &check);
	r = file_write(layout->order_key, (struct sv){ (const char *)sign.byte, sizeof sign.byte }, 0600, err);
	sodium_memzero(&sign, sizeof sign);
	return r;
}

/*
 * The certificate is written first and the key last: only both together count,
 * so a start that was cut off begins anew.
 */
int key_make(const struct layout *layout, struct instant now, struct err *err)
{
	struct arena *arena;
	struct sv key, certificate;
	int r = 0;

	if (missing(layout->order_key) && make_order_key(layout, err) != 0)
		return -1;
	if (!missing(layout->ca_key)) {
		if (!missing(layout->ca))
			return 0;
		err_set(err, ERR_NOT_FOUND, "%s is there, but %s is not", layout->ca_key, layout->ca);
		return err_hint(err, "bring it back from a backup: devices trust only that one");
	}
	arena = arena_new(ARENA_MAX);
	if (wire_make_authority(SV("Hikeshi CA"), (struct instant){ now.us - CLOCK_SLACK }, arena,
				&key, &certificate, err) != 0 ||
	    file_write(layout->ca, certificate, 0644, err) != 0 ||
	    file_write(layout->ca_key, key, 0600, err) != 0)
		r = -1;
	arena_free(arena);
	return r;
}

/* ---- the front's certificate ---- */

/* What the file was made for, as its first line: says whether it still fits. */
static void purpose(const struct keys *keys, struct buf *line)
{
	struct sha256 digest = sha256_of(keys->ca);
	char hex[2 * SHA256_SIZE + 1];

	buf_printf(line, "CA %.16s for", hex_encode(digest.byte, SHA256_SIZE, hex));
	for (size_t i = 0; i < keys->name_count; i++)
		buf_printf(line, " %.*s", SV_ARG(keys->name[i]));
}

/* Reads the file of an earlier start. */
static bool front_fits(struct keys *keys, struct instant now)
{
	struct wire_certificate certificate;
	struct sv file, rest;
	struct buf line;
	bool same;

	if (layout_read(keys->layout.server_pem, FRONT_MAX, keys->answer, &file, NULL) != 0)
		return false;
	rest = file;
	buf_init(&line, NAMES_TEXT_MAX);
	purpose(keys, &line);
	same = sv_eq(sv_cut(&rest, '\n'), buf_sv(&line));
	buf_done(&line);
	rest = sv_slice(rest, sv_find(rest, SV("-----BEGIN CERTIFICATE-----"), 0), rest.n);
	rest = sv_slice(rest, 0, WIRE_PEM_MAX);
	if (!same || wire_certificate_read(rest, keys->answer, &certificate, NULL) != 0 ||
	    certificate.from.us > now.us || certificate.to.us - now.us <= KEY_RENEW_DAYS * DAY)
		return false;
	keys->front_until = certificate.to;
	return true;
}

/*
 * Key, certificate and CA in one file, so that they always fit each other; the
 * CA for devices that enrol: they know its fingerprint.
 */
static int make_front(struct keys *keys, struct instant now, struct buf *file, struct err *err)
{
	const struct wire_certificate_wish wish = {
		.use = WIRE_SERVER, .subject = keys->name[0], .name = keys->name,
		.name_count = keys->name_count, .from = { now.us - CLOCK_SLACK },
		.to = { now.us + KEY_SERVER_DAYS * DAY },
	};
	struct sv key, csr, certificate, serial;

	if (wire_make_request(SV("front"), keys->answer, &key, &csr, err) != 0 ||
	    wire_sign_request(keys->ca_key, keys->ca, csr, &wish, keys->answer, &certificate,
			      &serial, err) != 0)
		return err_wrap(err, "certificate of the front");
	purpose(keys, file);
	buf_put_char(file, '\n');
	buf_put_sv(file, key);
	buf_put_sv(file, certificate);
	buf_put_sv(file, keys->ca);
	if (file->full)
		return err_set(err, ERR_TOO_LARGE, "certificate of the front");
	keys->front_until = wish.to;
	return 0;
}

static void wipe(struct buf *buf)
{
	if (buf->p != NULL)
		sodium_memzero(buf->p, buf->n);
	buf_done(buf);
}

/* At the start, while files can still be written. */
static int write_front(struct keys *keys, struct err *err)
{
	const struct instant now = clock_now(keys->clock);
	struct buf file;
	int r;

	if (front_fits(keys, now))
		return 0;
	buf_init(&file, FRONT_MAX);
	r = make_front(keys, now, &file, err);
	if (r == 0)
		r = file_write(keys->layout.server_pem, buf_sv(&file), 0600, err);
	wipe(&file);
	return r;
}

/* ---- messages ---- */

static int handle_facts(void *context, struct message *request, struct message *answer,
			struct err *err)
{
	struct keys *keys = context;

	if (message_end(request, err) != 0)
		return -1;
	message_init(answer, KEY_FACTS_ANSWER);
	message_put_sv(answer, keys->ca);
	message_put_sv(answer, (struct sv){ (const char *)keys->check.byte, sizeof keys->check.byte });
	return 0;
}

static bool near(struct instant a, struct instant b, int64_t slack)
{
	return a.us >= b.us - slack && a.us <= b.us + slack;
}

static int handle_sign(void *context, struct message *request, struct message *answer,
		       struct err *err)
{
	struct keys *keys = context;
	struct wire_certificate_wish wish = { .use = WIRE_DEVICE };
	struct sv csr, certificate, serial;
	struct uuid device;

	if (message_get_text(request, WIRE_PEM_MAX, &csr, err) != 0 ||
	    message_get_text(request, UUID_TEXT_MAX, &wish.subject, err) != 0 ||
	    message_get_i64(request, &wish.from.us, err) != 0 || message_end(request, err) != 0)
		return -1;
	if (!uuid_parse(wish.subject, &device))
		return err_set(err, ERR_DENIED, "certificates are for devices only");
	if (!near(wish.from, clock_now(keys->clock), CLOCK_SLACK))
		return err_set(err, ERR_DENIED, "certificates begin now");
	wish.to.us = wish.from.us + KEY_DEVICE_DAYS * DAY;
	/* a device's clock may be slow: valid from an hour ago */
	wish.from.us -= 3600 * INSTANT_SECOND;
	if (wire_sign_request(keys->ca_key, keys->ca, csr, &wish, keys->answer, &certificate,
			      &serial, err) != 0)
		return -1;
	message_init(answer, KEY_SIGN_ANSWER);
	message_put_sv(answer, certificate);
	message_put_sv(answer, serial);
	return 0;
}

static int handle_seal(void *context, struct message *request, struct message *answer,
		       struct err *err)
{
	struct keys *keys = context;
	struct wire_order order;
	struct buf json;
	uint64_t kind;
	int r;

	if (message_get_u64(request, WIRE_KIND_COUNT - 1, &kind, err) != 0 ||
	    message_get_text(request, WIRE_SUBJECT_MAX, &order.subject, err) != 0 ||
	    message_get_u64(request, INT64_MAX, &order.number, err) != 0 ||
	    message_get_i64(request, &order.expiry.us, err) != 0 ||
	    message_get_sv(request, KEY_PAYLOAD_MAX, &order.payload, err) != 0 ||
	    message_end(request, err) != 0)
		return -1;
	order.kind = (enum wire_kind)kind;
	if (!near(order.expiry, clock_now(keys->clock), KEY_ORDER_DAYS_MAX * DAY))
		return err_set(err, ERR_DENIED, "orders are valid for at most %d days",
			       KEY_ORDER_DAYS_MAX);
	buf_init(&json, SEALED_MAX);
	r = wire_order_seal(&order, &keys->sign, &json, err);
	if (r == 0) {
		message_init(answer, KEY_SEAL_ANSWER);
		message_put_sv(answer, buf_sv(&json));
	}
	buf_done(&json);
	return r;
}

/* Empty while the old one is good for long. */
static int handle_renew(void *context, struct message *request, struct message *answer,
			struct err *err)
{
	struct keys *keys = context;
	const struct instant now = clock_now(keys->clock);
	struct buf file;
	int r = 0;

	if (message_end(request, err) != 0)
		return -1;
	buf_init(&file, FRONT_MAX);
	if (keys->front_until.us - now.us <= KEY_RENEW_DAYS * DAY)
		r = make_front(keys, now, &file, err);
	if (r == 0) {
		message_init(answer, KEY_RENEW_ANSWER);
		message_put_sv(answer, buf_sv(&file));
	}
	wipe(&file);
	return r;
}

static const struct message_rule server_rule[] = {
	{ KEY_FACTS, "facts", handle_facts, 0, 0 },
	{ KEY_SIGN, "sign", handle_sign, 0, 0 },
	{ KEY_SEAL, "seal", handle_seal, 0, 0 },
};
static const struct message_rule parent_rule[] = {
	{ KEY_RENEW, "renew", handle_renew, 0, 0 },
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- life ---- */

static int load(struct keys *keys, struct err *err)
{
	struct sv secret;

	if (layout_read(keys->layout.ca_key, WIRE_PEM_MAX, keys->lasting, &keys->ca_key, err) != 0 ||
	    layout_read(keys->layout.ca, WIRE_PEM_MAX, keys->lasting, &keys->ca, err) != 0 ||
	    layout_read(keys->layout.order_key, sizeof keys->sign.byte, keys->lasting, &secret,
			err) != 0)
		return -1;
	if (secret.n != sizeof keys->sign.byte)
		return err_set(err, ERR_FORMAT, "%s is damaged", keys->layout.order_key);
	memcpy(keys->sign.byte, secret.p, secret.n);
	if (sodium_init() < 0 ||
	    crypto_sign_ed25519_sk_to_pk(keys->check.byte, keys->sign.byte) != 0)
		return err_set(err, ERR_FORMAT, "%s is damaged", keys->layout.order_key);
	return 0;
}

/* The parent's messages: a new link to the server, or a question. Returns as dispatcher_serve. */
static int serve_parent(struct dispatcher *parent, int *server_fd, struct err *err)
{
	struct message message;
	struct sv name;
	int fd, r = message_receive(ROLE_CHANNEL_FD, 0, &message, err);

	if (r != 1)
		return r;
	if (message.type == MESSAGE_PEER) {
		r = role_get_peer(&message, &name, &fd, err);
		if (r == 0) {
			if (*server_fd >= 0)
				close(*server_fd);
			*server_fd = fd;
			r = 1;
		}
	} else {
		r = dispatcher_handle(parent, ROLE_CHANNEL_FD, &message, err);
	}
	message_done(&message);
	return r;
}

/*
 * Ends when the parent does, and when the server breaks the rules: then the
 * parent starts this process again, and gives both a new link.
 */
static int serve(struct keys *keys, struct err *err)
{
	struct dispatcher parent = { .rule = parent_rule, .count = COUNT(parent_rule), .context = keys };
	struct dispatcher server = { .rule = server_rule, .count = COUNT(server_rule), .context = keys };
	int server_fd = -1;

	for (;;) {
		struct pollfd ready[] = { { ROLE_CHANNEL_FD, POLLIN, 0 }, { server_fd, POLLIN, 0 } };
		int r;

		if (poll(ready, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_errno(err, errno, "waiting for messages");
		}
		if (ready[0].revents != 0) {
			r = serve_parent(&parent, &server_fd, err);
			if (r <= 0)
				return r;
		} else if (ready[1].revents != 0) {
			r = dispatcher_serve(&server, server_fd, 0, err);
			if (r < 0 && err->code != ERR_UNAVAILABLE) /* the server died */
				return err_wrap(err, "the server broke the rules");
			if (r <= 0) {
				close(server_fd);
				server_fd = -1;
			}
		}
		arena_clear(keys->answer);
	}
}

static int start(struct keys *keys, const char *data, const struct log *log, struct err *err)
{
	if (layout_open(data, keys->lasting, &keys->layout, err) != 0 ||
	    load(keys, err) != 0 || write_front(keys, err) != 0)
		return -1;
	arena_clear(keys->answer);
	if (confine_key(&keys->layout, log, err) != 0)
		return -1;
	return role_ready(err);
}

int key_run(int argc, char **argv)
{
	const struct log log = { .fd = STDERR_FILENO, .level = LOG_INFO, .program = "hikeshi-centre/key" };
	struct keys keys = { .clock = clock_real() };
	struct sv name[WIRE_NAMES_MAX];
	struct err err = ERR_INIT;
	int r;

	if (argc < 3 || argc - 2 > WIRE_NAMES_MAX)
		return err_exit_status(ERR_USAGE);
	keys.lasting = arena_new(ARENA_MAX);
	keys.answer = arena_new(ARENA_MAX);
	for (int i = 2; i < argc; i++)
		name[keys.name_count++] = sv_from(argv[i]);
	keys.name = name;
	r = start(&keys, argv[1], &log, &err);
	if (r == 0)
		r = serve(&keys, &err);
	if (r < 0)
		log_error(&log, LOG_ERROR, "the key process ends", &err);
	sodium_memzero(&keys.sign, sizeof keys.sign);
	arena_free(keys.answer);
	arena_free(keys.lasting);
	return r < 0 ? err_exit_status(err.code) : 0;
}
