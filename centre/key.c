#include "centre/key.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

struct key {
	pthread_mutex_t lock;
	struct channel channel;
};

struct key *key_new(void)
{
	struct key *key = mem_zalloc(sizeof *key);

	pthread_mutex_init(&key->lock, NULL);
	key->channel.fd = -1;
	return key;
}

void key_free(struct key *key)
{
	if (key == NULL)
		return;
	if (key->channel.fd >= 0)
		close(key->channel.fd);
	pthread_mutex_destroy(&key->lock);
	free(key);
}

void key_attach(struct key *key, int take_fd)
{
	pthread_mutex_lock(&key->lock);
	if (key->channel.fd >= 0)
		close(key->channel.fd);
	key->channel = (struct channel){ .fd = take_fd };
	pthread_mutex_unlock(&key->lock);
}

static int call(struct key *key, struct message *question, uint16_t answer_type,
		struct message *answer, struct err *err)
{
	int r;

	pthread_mutex_lock(&key->lock);
	if (key->channel.fd < 0)
		r = err_set(err, ERR_UNAVAILABLE, "the key process is away");
	else
		r = message_call(&key->channel, question, answer_type, KEY_WAIT_MS, answer, err);
	pthread_mutex_unlock(&key->lock);
	return r;
}

/* The answer's text into arena. */
static int get_text(struct message *answer, struct arena *arena, struct sv *ret, struct err *err)
{
	struct sv text;

	if (message_get_text(answer, WIRE_PEM_MAX, &text, err) != 0)
		return -1;
	text = arena_dup(arena, text);
	if (text.p == NULL)
		return err_set(err, ERR_TOO_LARGE, "no room for the key process's answer");
	*ret = text;
	return 0;
}

int key_facts(struct key *key, struct arena *arena, struct sv *ret_ca_pem,
	      struct wire_check_key *ret_check, struct err *err)
{
	struct message question, answer;
	struct wire_check_key check;
	struct sv ca;
	int r;

	message_init(&question, KEY_FACTS);
	r = call(key, &question, KEY_FACTS_ANSWER, &answer, err);
	message_done(&question);
	if (r != 0)
		return -1;
	r = get_text(&answer, arena, &ca, err);
	if (r == 0)
		r = message_get_bytes(&answer, check.byte, sizeof check.byte, err);
	if (r == 0)
		r = message_end(&answer, err);
	message_done(&answer);
	if (r != 0)
		return -1;
	*ret_ca_pem = ca;
	*ret_check = check;
	return 0;
}

int key_sign_device(struct key *key, struct sv csr_pem, struct sv device, struct instant from,
		    struct arena *arena, struct sv *ret_certificate_pem,
		    struct sv *ret_serial_hex, struct err *err)
{
	struct message question, answer;
	struct sv certificate, serial;
	int r;

	/* What breaks the key process's rules would end the link for everybody. */
	if (csr_pem.n > WIRE_PEM_MAX)
		return err_set(err, ERR_TOO_LARGE, "certificate request of %zu bytes, at most %d",
			       csr_pem.n, WIRE_PEM_MAX);
	message_init(&question, KEY_SIGN);
	message_put_sv(&question, csr_pem);
	message_put_sv(&question, device);
	message_put_i64(&question, from.us);
	r = call(key, &question, KEY_SIGN_ANSWER, &answer, err);
	message_done(&question);
	if (r != 0)
		return -1;
	r = get_text(&answer, arena, &certificate, err);
	if (r == 0)
		r = get_text(&answer, arena, &serial, err);
	if (r == 0)
		r = message_end(&answer, err);
	message_done(&answer);
	if (r != 0)
		return -1;
	*ret_certificate_pem = certificate;
	*ret_serial_hex = serial;
	return 0;
}

int key_seal(struct key *key, const struct wire_order *order, struct buf *ret_json,
	     struct err *err)
{
	struct message question, answer;
	struct sv json;
	int r;

	if (order->payload.n > KEY_PAYLOAD_MAX)
		return err_set(err, ERR_TOO_LARGE, "order's payload of %zu bytes, at most %u",
			       order->payload.n, KEY_PAYLOAD_MAX);
	message_init(&question, KEY_SEAL);
	message_put_u64(&question, order->kind);
	message_put_sv(&question, order->subject);
	message_put_u64(&question, order->number);
	message_put_i64(&question, order->expiry.us);
	message_put_sv(&question, order->payload);
	r = call(key, &question, KEY_SEAL_ANSWER, &answer, err);
	message_done(&question);
	if (r != 0)
		return -1;
	r = message_get_text(&answer, MESSAGE_BYTES_MAX, &json, err);
	if (r == 0)
		r = message_end(&answer, err);
	if (r == 0) {
		buf_put_sv(ret_json, json);
		if (ret_json->full)
			r = err_set(err, ERR_TOO_LARGE, "no room for a sealed order");
	}
	message_done(&answer);
	return r;
}

int key_renew(int channel_fd, const struct layout *layout, bool *ret_renewed, struct err *err)
{
	struct channel channel = { .fd = channel_fd };
	struct message question, answer;
	struct sv file;
	int r;

	message_init(&question, KEY_RENEW);
	r = message_call(&channel, &question, KEY_RENEW_ANSWER, KEY_WAIT_MS, &answer, err);
	message_done(&question);
	if (r != 0)
		return -1;
	r = message_get_text(&answer, MESSAGE_BYTES_MAX, &file, err);
	if (r == 0)
		r = message_end(&answer, err);
	if (r == 0 && file.n > 0)
		r = file_write(layout->server_pem, file, 0600, err);
	if (r == 0)
		*ret_renewed = file.n > 0;
	message_done(&answer);
	return r;
}
