#include "centre/order.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "centre/access.h"
#include "centre/http.h"
#include "centre/key.h"
#include "centre/routes.h"
#include "centre/seen.h"

#define DAY (INT64_C(86400) * INSTANT_SECOND)
#define SEALED_MAX (256U << 10)

/* Times are microseconds since 1970; taken_at: the device said it has handled it. */
static const char queue[] =
	"CREATE TABLE device_order_number ("
	" device TEXT PRIMARY KEY, last INTEGER NOT NULL);"
	"CREATE TABLE device_order ("
	" device TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,"
	" sealed TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
	" delivered_at INTEGER, taken_at INTEGER, PRIMARY KEY (device, number));"
	"CREATE INDEX device_order_by_expiry ON device_order (expires_at);";

/* The highest number the device ever said it has, whatever it says later. */
static const char confirmed[] =
	"ALTER TABLE device_order_number ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;";

const struct store_migration order_migrations[] = {
	{ "centre-orders/001-queue", queue },
	{ "centre-orders/002-confirmed", confirmed },
};
const size_t order_migration_count = sizeof order_migrations / sizeof *order_migrations;

/* ---- who waits ---- */

struct waiting {
	uint64_t ticket;
	uint64_t until_us; /* monotonic; then its handler was called or is gone */
	char device[UUID_TEXT_MAX];
};

struct orders {
	pthread_mutex_t lock;
	struct waiting waiting[ORDER_WAITING_MAX];
	size_t count;
};

struct orders *orders_new(void)
{
	struct orders *orders = mem_zalloc(sizeof *orders);

	pthread_mutex_init(&orders->lock, NULL);
	return orders;
}

void orders_free(struct orders *orders)
{
	if (orders == NULL)
		return;
	pthread_mutex_destroy(&orders->lock);
	free(orders);
}

/*
 * One row for each device: a second question ends the first. Rows of
 * connections that went away are swept out here, nobody tells us of them.
 */
static bool wait_for(struct orders *orders, struct http *http, struct sv device, uint64_t ticket,
		     uint64_t wait_us)
{
	const uint64_t now = clock_monotonic_us();
	bool room;

	pthread_mutex_lock(&orders->lock);
	for (size_t i = 0; i < orders->count;) {
		struct waiting *row = &orders->waiting[i];
		const bool same = sv_eq(sv_from(row->device), device);

		if (same)
			http_wake(http, row->ticket);
		if (same || row->until_us < now)
			*row = orders->waiting[--orders->count];
		else
			i++;
	}
	room = orders->count < ORDER_WAITING_MAX && device.n < UUID_TEXT_MAX;
	if (room) {
		struct waiting *row = &orders->waiting[orders->count++];

		row->ticket = ticket;
		row->until_us = now + wait_us + INSTANT_SECOND;
		memcpy(row->device, device.p, device.n);
		row->device[device.n] = '\0';
	}
	pthread_mutex_unlock(&orders->lock);
	return room;
}

static void wait_no_more(struct orders *orders, uint64_t ticket)
{
	pthread_mutex_lock(&orders->lock);
	for (size_t i = 0; i < orders->count; i++) {
		if (orders->waiting[i].ticket == ticket) {
			orders->waiting[i] = orders->waiting[--orders->count];
			break;
		}
	}
	pthread_mutex_unlock(&orders->lock);
}

void order_wake(struct centre *centre, struct sv device)
{
	struct orders *orders = centre->orders;

	pthread_mutex_lock(&orders->lock);
	for (size_t i = 0; i < orders->count; i++) {
		if (sv_eq(sv_from(orders->waiting[i].device), device))
			http_wake(centre->http, orders->waiting[i].ticket);
	}
	pthread_mutex_unlock(&orders->lock);
}

/* ---- the queue ---- */

static int next_number(struct store *store, struct sv device, uint64_t *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "INSERT INTO device_order_number (device, last) VALUES ($1, 1)"
			  " ON CONFLICT (device) DO UPDATE SET last = device_order_number.last + 1"
			  " RETURNING last",
			  STORE_TEXT(device));
	const int r = query ? store_step(query, err) : -1;

	if (r == 1)
		*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return r == 1 ? 0 : r == 0 ? err_set(err, ERR_INTERNAL, "no order number") : -1;
}

static int check_room(struct store *store, struct sv device, struct instant now, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT count(*) FROM device_order"
			  " WHERE device = $1 AND taken_at IS NULL AND expires_at > $2",
			  STORE_TEXT(device), STORE_INT(now.us));
	const int r = query ? store_step(query, err) : -1;
	const int64_t count = r == 1 ? store_int(query, 0) : 0;

	store_done(query);
	if (r < 0)
		return -1;
	if (count >= ORDER_PENDING_MAX)
		return err_set(err, ERR_TOO_MANY, "%d orders wait for this device already",
			       ORDER_PENDING_MAX);
	return 0;
}

static int insert(struct store *store, const struct wire_order *order, struct sv sealed,
		  struct instant now, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO device_order"
			    " (device, number, kind, sealed, created_at, expires_at)"
			    " VALUES ($1, $2, $3, $4, $5, $6)",
			    STORE_TEXT(order->subject), STORE_INT(order->number),
			    STORE_TEXT(sv_from(wire_kind_name(order->kind))), STORE_TEXT(sealed),
			    STORE_INT(now.us), STORE_INT(order->expiry.us));
}

int order_send(struct worker *worker, struct sv device, enum wire_kind kind,
	       struct sv payload_json, struct instant expiry, uint64_t *ret_number,
	       struct err *err)
{
	const struct instant now = clock_now(worker->centre->clock);
	struct wire_order order = { .kind = kind, .subject = device, .expiry = expiry,
				    .payload = payload_json };
	struct buf sealed;
	int r;

	if (instant_cmp(expiry, now) <= 0)
		return err_set(err, ERR_RANGE, "order would have expired already");
	if (check_room(worker->records, device, now, err) != 0 ||
	    next_number(worker->records, device, &order.number, err) != 0)
		return err_wrap(err, "queueing an order");
	buf_init(&sealed, SEALED_MAX);
	r = key_seal(worker->centre->key, &order, &sealed, err);
	if (r == 0)
		r = insert(worker->records, &order, buf_sv(&sealed), now, err);
	buf_done(&sealed);
	if (r != 0)
		return err_wrap(err, "queueing an order");
	*ret_number = order.number;
	return 0;
}

int order_expire(struct store *store, struct instant now, struct err *err)
{
	return store_change(store, err, "DELETE FROM device_order WHERE expires_at < $1",
			    STORE_INT(now.us - ORDER_KEPT_DAYS * DAY));
}

/* ---- GET /v1/orders ---- */

/*
 * Appends the orders above after, one a line. Returns how many, or -1. What was
 * confirmed once never goes out again: a device that lost its memory would do
 * all of it a second time.
 */
static int list(struct worker *worker, struct sv device, int64_t after, struct instant now,
		struct buf *body, struct err *err)
{
	struct store_query *query =
		store_ask(worker->records, err,
			  "SELECT sealed FROM device_order WHERE device = $1 AND number > $2"
			  " AND number > COALESCE((SELECT confirmed FROM device_order_number"
			  " WHERE device = $1), 0)"
			  " AND expires_at > $3 ORDER BY number LIMIT $4",
			  STORE_TEXT(device), STORE_INT(after), STORE_INT(now.us),
			  STORE_INT(COURIER_ORDERS_MAX));
	int r, count = 0;

	if (query == NULL)
		return -1;
	while ((r = store_step(query, err)) == 1) {
		const struct sv sealed = store_text(query, 0);

		if (count > 0 && body->n + sealed.n > WIRE_ORDER_MAX)
			break; /* the rest comes with the next question */
		buf_put_sv(body, sealed);
		buf_put_char(body, '\n');
		count++;
	}
	store_done(query);
	return r < 0 ? -1 : count;
}

/* So that a question that confirms nothing new writes nothing. */
static bool is_news(struct store *store, struct sv device, int64_t after)
{
	struct store_query *query =
		store_ask(store, NULL,
			  "SELECT 1 FROM device_order_number WHERE device = $1"
			  " AND confirmed < $2 AND confirmed < last",
			  STORE_TEXT(device), STORE_INT(after));
	const bool found = query != NULL && store_step(query, NULL) == 1;

	store_done(query);
	return found;
}

/* Nobody confirms a number that was not given yet: it would never be delivered. */
static int confirm(struct store *store, struct sv device, int64_t after, struct instant now,
		   struct err *err)
{
	if (store_change(store, err,
			 "UPDATE device_order_number"
			 " SET confirmed = CASE WHEN last < $2 THEN last ELSE $2 END"
			 " WHERE device = $1 AND confirmed < $2",
			 STORE_TEXT(device), STORE_INT(after)) != 0)
		return -1;
	return store_change(store, err,
			    "UPDATE device_order SET taken_at = $1"
			    " WHERE device = $2 AND number <= $3 AND taken_at IS NULL",
			    STORE_INT(now.us), STORE_TEXT(device), STORE_INT(after));
}

static int note_delivery(struct store *store, struct sv device, int64_t after, struct instant now,
			 struct err *err)
{
	return store_change(store, err,
			    "UPDATE device_order SET delivered_at = $1"
			    " WHERE device = $2 AND number > $3 AND delivered_at IS NULL",
			    STORE_INT(now.us), STORE_TEXT(device), STORE_INT(after));
}

/* An order is delivered without these notes, too: a full disk must not keep a host open. */
static void mark(struct worker *worker, struct sv device, int64_t after, bool delivered,
		 struct instant now)
{
	struct store *store = worker->records;
	const bool news = is_news(store, device, after);
	struct err err = ERR_INIT;

	if (!delivered && !news)
		return;
	if (store_begin(store, &err) != 0) {
		log_error(worker->centre->log, LOG_WARNING, "noting who has which orders", &err);
		return;
	}
	if ((news && confirm(store, device, after, now, &err) != 0) ||
	    (delivered && note_delivery(store, device, after, now, &err) != 0) ||
	    store_commit(store, &err) != 0) {
		store_rollback(store);
		log_error(worker->centre->log, LOG_WARNING, "noting who has which orders", &err);
	}
}

enum http_answer route_order_list(struct http_request *request, struct http_response *response)
{
	struct orders *orders = request->centre->orders;
	const struct sv device = request->actor->id;
	const int64_t after = http_value(request, "after")->number;
	const int64_t wait = http_value(request, "wait")->number;
	const struct instant now = clock_now(request->centre->clock);
	struct err err = ERR_INIT;
	bool waits = request->calls == 0 && wait > 0 && !request->closing;
	int count;

	seen_note(request->centre->seen, device, now);
	/* first say that we wait, then look: what comes in between wakes us */
	if (waits)
		waits = wait_for(orders, request->centre->http, device, request->ticket,
				 (uint64_t)wait * INSTANT_SECOND);
	count = list(request->worker, device, after, now, &response->body, &err);
	if (request->calls == 0)
		mark(request->worker, device, after, count > 0, now);
	else if (count > 0)
		mark(request->worker, device, after, true, now);
	if (count == 0 && waits) {
		response->wait_us = (uint64_t)wait * INSTANT_SECOND;
		return HTTP_WAIT;
	}
	wait_no_more(orders, request->ticket);
	if (count < 0)
		return http_fail_err(request, response, &err);
	response->status = count > 0 ? 200 : 204;
	response->content_type = "application/x-ndjson";
	return HTTP_DONE;
}
