#include "key_process.c"

#include <ftw.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/test.h"

static const struct instant now = { INT64_C(1795000000000000) };

struct fixture {
	char root[64];
	struct keys keys;
	struct key *key;
	struct sv name[2];
	pthread_t thread;
	int fd, server_fd; /* the key process's end, and ours */
	struct err err;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* As serve(), for the server's end only. */
static void *answer(void *context)
{
	struct fixture *f = context;
	struct dispatcher server = { .rule = server_rule, .count = COUNT(server_rule),
				     .context = &f->keys };

	while (dispatcher_serve(&server, f->fd, -1, NULL) == 1)
		arena_clear(f->keys.answer);
	close(f->fd);
	return NULL;
}

static void begin(struct fixture *f)
{
	int pair[2];

	*f = (struct fixture){ .root = "/tmp/key_test.XXXXXX", .err = ERR_INIT,
			       .name = { SV("127.0.0.1"), SV("centre.example") } };
	f->keys.clock = clock_fixed(&now);
	f->keys.name = f->name;
	f->keys.name_count = 2;
	f->keys.lasting = arena_new(ARENA_MAX);
	f->keys.answer = arena_new(ARENA_MAX);
	CHECK(mkdtemp(f->root) != NULL);
	CHECK_INT(layout_open(f->root, f->keys.lasting, &f->keys.layout, &f->err), 0);
	CHECK_INT(key_make(&f->keys.layout, now, &f->err), 0);
	CHECK_INT(load(&f->keys, &f->err), 0);
	CHECK_INT(message_pair(pair, &f->err), 0);
	f->key = key_new();
	key_attach(f->key, pair[0]);
	f->fd = pair[1];
	f->server_fd = pair[0];
	CHECK_INT(pthread_create(&f->thread, NULL, answer, f), 0);
}

static void end(struct fixture *f)
{
	key_free(f->key);
	pthread_join(f->thread, NULL);
	arena_free(f->keys.lasting);
	arena_free(f->keys.answer);
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TEST(facts)
{
	struct fixture f;
	struct arena *arena = arena_new(1 << 20);
	struct wire_check_key check;
	struct sv ca;

	begin(&f);
	CHECK_INT(key_facts(f.key, arena, &ca, &check, &f.err), 0);
	CHECK_SV(ca, f.keys.ca);
	CHECK(memcmp(&check, &f.keys.check, sizeof check) == 0);
	end(&f);
	arena_free(arena);
}

TEST(an_order_sealed_is_one_the_device_opens)
{
	struct fixture f;
	struct arena *arena = arena_new(1 << 20);
	const struct wire_order order = { WIRE_COMMAND, SV("device"), 9,
					  { now.us + INSTANT_SECOND }, SV("{\"kind\":\"isolate\"}") };
	struct wire_order got;
	struct buf json;

	begin(&f);
	buf_init(&json, 1 << 20);
	CHECK_INT(key_seal(f.key, &order, &json, &f.err), 0);
	CHECK_INT(wire_order_open(buf_sv(&json), &f.keys.check, SV("device"), 8, now, arena, &got,
				  &f.err), 0);
	CHECK_SV(got.payload, order.payload);
	buf_done(&json);
	end(&f);
	arena_free(arena);
}

TEST(what_is_not_sealed)
{
	static char payload[KEY_PAYLOAD_MAX + 1];
	const struct {
		struct wire_order order;
		enum err_code code;
	} row[] = {
		{ { WIRE_RULES, SV("d"), 1, { now.us + 1 }, { payload, KEY_PAYLOAD_MAX } }, ERR_OK },
		{ { WIRE_RULES, SV("d"), 1, { now.us + 1 }, { payload, KEY_PAYLOAD_MAX + 1 } }, ERR_TOO_LARGE },
		{ { WIRE_RULES, SV("d"), 1, { now.us + KEY_ORDER_DAYS_MAX * DAY }, SV("{}") }, ERR_OK },
		{ { WIRE_RULES, SV("d"), 1, { now.us + KEY_ORDER_DAYS_MAX * DAY + 1 }, SV("{}") }, ERR_DENIED },
		{ { WIRE_RULES, SV("d"), 0, { now.us + 1 }, SV("{}") }, ERR_RANGE },
		{ { WIRE_RULES, SV(""), 1, { now.us + 1 }, SV("{}") }, ERR_RANGE },
		{ { WIRE_RULES, SV("d"), 1, { now.us + 1 }, SV("\xff") }, ERR_FORMAT },
	};
	struct fixture f;

	memset(payload, 'x', sizeof payload);
	begin(&f);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf json;

		f.err = (struct err)ERR_INIT;
		buf_init(&json, 1 << 20);
		key_seal(f.key, &row[i].order, &json, &f.err);
		CHECK_INT(f.err.code, row[i].code);
		buf_done(&json);
	}
	end(&f);
}

TEST(a_payload_that_grows_when_it_is_written_is_refused)
{
	static char quotes[KEY_PAYLOAD_MAX];
	const struct wire_order order = { WIRE_POLICY, SV("d"), 1, { now.us + 1 },
					  { quotes, sizeof quotes } };
	struct fixture f;
	struct buf json;

	memset(quotes, '\1', sizeof quotes); /* six bytes each in JSON */
	begin(&f);
	buf_init(&json, 1 << 20);
	CHECK_INT(key_seal(f.key, &order, &json, &f.err), -1);
	CHECK_INT(f.err.code, ERR_TOO_LARGE);
	buf_done(&json);
	end(&f);
}

TEST(certificates_are_for_devices_and_begin_now)
{
	static const struct {
		const char *device;
		int64_t from; /* seconds from now */
		bool good_csr;
		enum err_code code;
	} row[] = {
		{ "01998000-0000-7000-8000-000000000001", 0, true, ERR_OK },
		{ "01998000-0000-7000-8000-000000000001", 86400, true, ERR_OK },
		{ "01998000-0000-7000-8000-000000000001", 86401, true, ERR_DENIED },
		{ "01998000-0000-7000-8000-000000000001", -86401, true, ERR_DENIED },
		{ "01998000-0000-7000-8000-000000000001", 0, false, ERR_FORMAT },
		{ "centre.example", 0, true, ERR_DENIED },
		{ "", 0, true, ERR_DENIED },
	};
	struct arena *arena = arena_new(1 << 20);
	struct sv secret, csr, pem, serial;
	struct fixture f;

	begin(&f);
	CHECK_INT(wire_make_request(SV("x"), arena, &secret, &csr, &f.err), 0);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		f.err = (struct err)ERR_INIT;
		key_sign_device(f.key, row[i].good_csr ? csr : SV("nothing"), sv_from(row[i].device),
				(struct instant){ now.us + row[i].from * INSTANT_SECOND }, arena, &pem,
				&serial, &f.err);
		CHECK_INT(f.err.code, row[i].code);
	}
	end(&f);
	arena_free(arena);
}

/* Who breaks the rules loses the link, and the server hears that the key is away. */
TEST(broken_messages_end_the_conversation)
{
	for (unsigned i = 0; i < 4; i++) {
		struct fixture f;
		struct message message, got;
		struct arena *arena = arena_new(1 << 20);
		struct wire_check_key check;
		struct sv ca;

		begin(&f);
		message_init(&message, i == 0 ? KEY_RENEW : i == 1 ? 4711 : KEY_SEAL);
		if (i == 2)
			message_put_sv(&message, SV("not a number"));
		CHECK_INT(message_send(f.server_fd, &message, &f.err), 0);
		message_done(&message);
		if (message_receive(f.server_fd, 2000, &got, &f.err) == 1)
			message_done(&got);
		CHECK_INT(key_facts(f.key, arena, &ca, &check, &f.err), -1);
		CHECK_INT(f.err.code, ERR_UNAVAILABLE);
		end(&f);
		arena_free(arena);
	}
}

TEST(away)
{
	struct arena *arena = arena_new(1 << 20);
	struct wire_check_key check;
	struct key *key = key_new();
	struct err err = ERR_INIT;
	struct sv ca;

	CHECK_INT(key_facts(key, arena, &ca, &check, &err), -1);
	CHECK_INT(err.code, ERR_UNAVAILABLE);
	key_free(key);
	arena_free(arena);
}

/* The front's file is kept as long as it fits, and made anew where it does not. */
TEST(front)
{
	struct sv first, second;
	struct fixture f;
	struct instant later = now;

	begin(&f);
	CHECK_INT(write_front(&f.keys, &f.err), 0);
	CHECK_INT(layout_read(f.keys.layout.server_pem, FRONT_MAX, f.keys.lasting, &first, &f.err), 0);
	CHECK_INT(write_front(&f.keys, &f.err), 0);
	CHECK_INT(layout_read(f.keys.layout.server_pem, FRONT_MAX, f.keys.lasting, &second, &f.err), 0);
	CHECK_SV(second, first);

	f.name[1] = SV("other.example");
	CHECK_INT(write_front(&f.keys, &f.err), 0);
	CHECK_INT(layout_read(f.keys.layout.server_pem, FRONT_MAX, f.keys.lasting, &second, &f.err), 0);
	CHECK(!sv_eq(first, second));

	f.keys.clock = clock_fixed(&later);
	for (int days = KEY_SERVER_DAYS - KEY_RENEW_DAYS - 1; days <= KEY_SERVER_DAYS - KEY_RENEW_DAYS; days++) {
		struct message request, reply;

		later.us = now.us + days * DAY;
		message_init(&request, KEY_RENEW);
		CHECK_INT(handle_renew(&f.keys, &request, &reply, &f.err), 0);
		/* empty where nothing has to be done */
		CHECK_INT(reply.body.n > 100, days == KEY_SERVER_DAYS - KEY_RENEW_DAYS);
		message_done(&request);
		message_done(&reply);
	}
	end(&f);
}

TEST(damaged_keys_are_not_replaced)
{
	struct fixture f;

	begin(&f);
	CHECK_INT(file_write(f.keys.layout.order_key, SV("short"), 0600, &f.err), 0);
	CHECK_INT(key_make(&f.keys.layout, now, &f.err), 0);
	CHECK_INT(load(&f.keys, &f.err), -1);
	CHECK_INT(f.err.code, ERR_FORMAT);
	CHECK(unlink(f.keys.layout.ca) == 0);
	CHECK_INT(key_make(&f.keys.layout, now, &f.err), -1);
	CHECK(f.err.hint[0] != '\0');
	end(&f);
}
