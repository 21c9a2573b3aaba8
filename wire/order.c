#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>

#include "base/mem.h"
#include "wire/wire.h"

static const char *const kind_name[] = {
	[WIRE_COMMAND] = "command",
	[WIRE_RULES] = "rules",
	[WIRE_POLICY] = "policy",
	[WIRE_UPDATE] = "update",
};
static_assert(sizeof kind_name == WIRE_KIND_COUNT * sizeof *kind_name, "every kind has a name");

/* What is signed (docs/wire.md). Numbers are big-endian. */
#define SIGNED_MAGIC "hikeshi-order-1"
#define SIGNED_SIZE (sizeof SIGNED_MAGIC + 4 + 8 + 8 + SHA256_SIZE + SHA256_SIZE)
#define SIGNATURE_SIZE crypto_sign_BYTES
#define MEMBERS 7

static_assert(sizeof((struct wire_sign_key *)0)->byte == crypto_sign_SECRETKEYBYTES, "key size");
static_assert(sizeof((struct wire_check_key *)0)->byte == crypto_sign_PUBLICKEYBYTES, "key size");

const char *wire_kind_name(enum wire_kind kind)
{
	return kind_name[kind];
}

bool wire_kind_parse(struct sv text, enum wire_kind *ret)
{
	for (int i = 0; i < WIRE_KIND_COUNT; i++) {
		if (sv_eq(text, sv_from(kind_name[i]))) {
			*ret = i;
			return true;
		}
	}
	return false;
}

void wire_make_sign_key(struct wire_sign_key *ret, struct wire_check_key *ret_check)
{
	if (sodium_init() < 0 || crypto_sign_keypair(ret_check->byte, ret->byte) != 0)
		abort(); /* no randomness: nothing may be signed */
}

static uint8_t *put_be(uint8_t *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
	return p + n;
}

static void signed_form(const struct wire_order *order, const struct sha256 *digest,
			uint8_t form[static SIGNED_SIZE])
{
	const struct sha256 subject = sha256_of(order->subject);
	uint8_t *p = form;

	memcpy(p, SIGNED_MAGIC, sizeof SIGNED_MAGIC);
	p = put_be(p + sizeof SIGNED_MAGIC, order->kind, 4);
	p = put_be(p, order->number, 8);
	p = put_be(p, (uint64_t)order->expiry.us, 8);
	memcpy(p, subject.byte, SHA256_SIZE);
	memcpy(p + SHA256_SIZE, digest->byte, SHA256_SIZE);
}

static int seal_check(const struct wire_order *order, struct err *err)
{
	if ((unsigned)order->kind >= WIRE_KIND_COUNT)
		return err_set(err, ERR_USAGE, "order of unknown kind %d", order->kind);
	if (order->subject.n == 0 || order->subject.n > WIRE_SUBJECT_MAX ||
	    !sv_is_utf8(order->subject))
		return err_set(err, ERR_RANGE, "order's subject: 1 to %d bytes of UTF-8",
			       WIRE_SUBJECT_MAX);
	if (order->number == 0 || order->number > INT64_MAX)
		return err_set(err, ERR_RANGE, "order's number %" PRIu64, order->number);
	if (order->payload.n > WIRE_PAYLOAD_MAX)
		return err_set(err, ERR_TOO_LARGE, "order's payload of %zu bytes, at most %u",
			       order->payload.n, WIRE_PAYLOAD_MAX);
	if (!sv_is_utf8(order->payload) || sv_find_char(order->payload, '\0', 0) != SIZE_MAX)
		return err_set(err, ERR_FORMAT, "order's payload is not text in UTF-8");
	return 0;
}

int wire_order_seal(const struct wire_order *order, const struct wire_sign_key *key,
		    struct buf *ret_json, struct err *err)
{
	const struct sha256 digest = sha256_of(order->payload);
	const size_t before = ret_json->n;
	uint8_t form[SIGNED_SIZE], signature[SIGNATURE_SIZE];
	char expiry[INSTANT_TEXT_MAX], hex[2 * SIGNATURE_SIZE + 1];

	if (seal_check(order, err) != 0)
		return -1;
	signed_form(order, &digest, form);
	if (sodium_init() < 0 ||
	    crypto_sign_detached(signature, NULL, form, sizeof form, key->byte) != 0)
		return err_set(err, ERR_INTERNAL, "order could not be signed");
	buf_printf(ret_json, "{\"kind\":\"%s\",\"subject\":", kind_name[order->kind]);
	buf_put_json(ret_json, order->subject);
	buf_printf(ret_json, ",\"number\":%" PRIu64 ",\"expiry\":\"%s\",\"digest\":\"%s\",\"payload\":",
		   order->number, instant_format(order->expiry, expiry),
		   hex_encode(digest.byte, SHA256_SIZE, hex));
	buf_put_json(ret_json, order->payload);
	buf_printf(ret_json, ",\"signature\":\"%s\"}", hex_encode(signature, SIGNATURE_SIZE, hex));
	if (ret_json->full || ret_json->n - before > WIRE_ORDER_MAX)
		return err_set(err, ERR_TOO_LARGE, "order's text is longer than %u bytes",
			       WIRE_ORDER_MAX);
	return 0;
}

static struct sv text_member(const json_t *root, const char *name)
{
	const json_t *value = json_object_get(root, name);

	if (!json_is_string(value))
		return SV_NONE;
	return (struct sv){ json_string_value(value), json_string_length(value) };
}

/* Members into *ret (views into root). */
static int read_members(const json_t *root, struct wire_order *ret, struct sha256 *ret_digest,
			uint8_t signature[static SIGNATURE_SIZE], struct err *err)
{
	const json_t *number = json_object_get(root, "number");
	const char *bad = NULL;

	ret->subject = text_member(root, "subject");
	ret->payload = text_member(root, "payload");
	if (!wire_kind_parse(text_member(root, "kind"), &ret->kind))
		bad = "kind";
	else if (ret->subject.n == 0 || ret->subject.n > WIRE_SUBJECT_MAX)
		bad = "subject";
	else if (!json_is_integer(number) || json_integer_value(number) < 1)
		bad = "number";
	else if (!instant_parse(text_member(root, "expiry"), &ret->expiry))
		bad = "expiry";
	else if (!hex_decode(text_member(root, "digest"), ret_digest->byte, SHA256_SIZE))
		bad = "digest";
	else if (ret->payload.p == NULL || ret->payload.n > WIRE_PAYLOAD_MAX)
		bad = "payload";
	else if (!hex_decode(text_member(root, "signature"), signature, SIGNATURE_SIZE))
		bad = "signature";
	else if (json_object_size(root) != MEMBERS)
		return err_set(err, ERR_FORMAT, "order has members that nobody signed");
	if (bad != NULL)
		return err_set(err, ERR_FORMAT, "order: member %s is missing or malformed", bad);
	ret->number = (uint64_t)json_integer_value(number);
	return 0;
}

static int check(const struct wire_order *order, const struct sha256 *digest,
		 const uint8_t signature[static SIGNATURE_SIZE], const struct wire_check_key *key,
		 struct sv subject, uint64_t last, struct instant now, struct err *err)
{
	const struct sha256 real = sha256_of(order->payload);
	uint8_t form[SIGNED_SIZE];

	signed_form(order, &real, form);
	if (sodium_init() < 0 ||
	    crypto_sign_verify_detached(signature, form, sizeof form, key->byte) != 0) {
		if (!equal_constant_time(real.byte, digest->byte, SHA256_SIZE))
			return err_set(err, ERR_DENIED, "order: the payload was changed");
		return err_set(err, ERR_DENIED, "order: the signature is not the centre's");
	}
	if (!equal_constant_time(real.byte, digest->byte, SHA256_SIZE))
		return err_set(err, ERR_DENIED, "order: the digest is not the payload's");
	if (!sv_eq(order->subject, subject))
		return err_set(err, ERR_DENIED, "order is for another device: %.*s",
			       SV_ARG(order->subject));
	if (instant_cmp(order->expiry, now) <= 0)
		return err_set(err, ERR_DENIED, "order %" PRIu64 " has expired", order->number);
	if (order->number <= last)
		return err_set(err, ERR_DENIED,
			       "order %" PRIu64 " is a replay, the last was %" PRIu64,
			       order->number, last);
	return 0;
}

int wire_order_open(struct sv json, const struct wire_check_key *key, struct sv subject,
		    uint64_t last, struct instant now, struct arena *arena,
		    struct wire_order *ret, struct err *err)
{
	struct wire_order order = { .kind = WIRE_COMMAND };
	uint8_t signature[SIGNATURE_SIZE];
	struct sha256 digest;
	json_error_t why;
	json_t *root;
	int r = -1;

	if (json.n > WIRE_ORDER_MAX)
		return err_set(err, ERR_TOO_LARGE, "order of %zu bytes, at most %u", json.n,
			       WIRE_ORDER_MAX);
	root = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, &why);
	if (root == NULL)
		return err_set(err, ERR_FORMAT, "order at byte %d: %s", why.position, why.text);
	if (!json_is_object(root)) {
		err_set(err, ERR_FORMAT, "order is no object");
		goto out;
	}
	if (read_members(root, &order, &digest, signature, err) != 0 ||
	    check(&order, &digest, signature, key, subject, last, now, err) != 0)
		goto out;
	order.subject = arena_dup(arena, order.subject);
	order.payload = arena_dup(arena, order.payload);
	if (order.subject.p == NULL || order.payload.p == NULL) {
		err_set(err, ERR_TOO_LARGE, "order does not fit the memory given for it");
		goto out;
	}
	*ret = order;
	r = 0;
out:
	json_decref(root);
	return r;
}
