#include <assert.h>
#include <pthread.h>
#include <unistd.h>

#include "centre/centre.h"
#include "centre/http_internal.h"
#include "centre/live.h"

#define TICK_US (100 * 1000)	     /* how exactly waiting ends */
#define STOP_US (2 * INSTANT_SECOND) /* http_free waits so long for handlers */

/* ---- tickets, queue and waiting list; all under the lock ---- */

static struct exchange **bucket(struct http *http, uint64_t ticket)
{
	return &http->ticket[ticket % HTTP_TICKET_BUCKETS];
}

void http_enqueue(struct http *http, struct exchange *exchange)
{
	exchange->state = EXCHANGE_QUEUED;
	exchange->queue_next = NULL;
	*http->queue_last = exchange;
	http->queue_last = &exchange->queue_next;
	http->queued++;
	pthread_cond_signal(&http->work);
}

static struct exchange *dequeue(struct http *http)
{
	struct exchange *exchange = http->queue_first;

	if (!exchange)
		return NULL;
	http->queue_first = exchange->queue_next;
	if (!http->queue_first)
		http->queue_last = &http->queue_first;
	http->queued--;
	return exchange;
}

static void start_waiting(struct http *http, struct exchange *exchange)
{
	exchange->state = EXCHANGE_WAITING;
	exchange->waiting_next = http->waiting;
	exchange->waiting_prev = &http->waiting;
	if (http->waiting)
		http->waiting->waiting_prev = &exchange->waiting_next;
	http->waiting = exchange;
	http->waiting_count++;
}

static void stop_waiting(struct http *http, struct exchange *exchange, bool woken)
{
	*exchange->waiting_prev = exchange->waiting_next;
	if (exchange->waiting_next)
		exchange->waiting_next->waiting_prev = exchange->waiting_prev;
	http->waiting_count--;
	exchange->request.woken = woken;
	http_enqueue(http, exchange);
}

void http_take_ticket(struct http *http, struct exchange *exchange)
{
	exchange->request.ticket = ++http->tickets;
	exchange->ticket_next = *bucket(http, exchange->request.ticket);
	*bucket(http, exchange->request.ticket) = exchange;
}

static void forget_ticket(struct http *http, struct exchange *exchange)
{
	struct exchange **at = bucket(http, exchange->request.ticket);

	while (*at && *at != exchange)
		at = &(*at)->ticket_next;
	if (*at)
		*at = exchange->ticket_next;
}

void http_wake(struct http *http, uint64_t ticket)
{
	struct exchange *exchange;

	pthread_mutex_lock(&http->lock);
	exchange = *bucket(http, ticket);
	while (exchange && exchange->request.ticket != ticket)
		exchange = exchange->ticket_next;
	if (exchange && exchange->state == EXCHANGE_WAITING)
		stop_waiting(http, exchange, true);
	else if (exchange)
		exchange->wake_pending = true;
	pthread_mutex_unlock(&http->lock);
}

/* ---- turns ---- */

void http_begin_turn(struct http *http, const struct exchange *exchange)
{
	const struct route *route = exchange->request.route;

	if (!route || !route->page || route->method != HTTP_POST)
		return;
	for (unsigned i = 0; i < HTTP_WORKERS_MAX; i++) {
		if (http->turns[i] == 0) {
			http->turns[i] = exchange->request.ticket;
			return;
		}
	}
}

void http_end_turn(struct http *http, uint64_t ticket)
{
	for (unsigned i = 0; i < HTTP_WORKERS_MAX; i++) {
		if (http->turns[i] == ticket) {
			http->turns[i] = 0;
			pthread_cond_broadcast(&http->turn);
		}
	}
}

/* Requests leave the queue in the order of their tickets: who is not there yet comes later. */
static bool is_next(const struct http *http, uint64_t ticket)
{
	for (unsigned i = 0; i < HTTP_WORKERS_MAX; i++)
		if (http->turns[i] != 0 && http->turns[i] < ticket)
			return false;
	return true;
}

void http_wait_turn(struct http_request *request)
{
	struct http *http = request->centre->http;

	pthread_mutex_lock(&http->lock);
	while (!is_next(http, request->ticket))
		pthread_cond_wait(&http->turn, &http->lock);
	pthread_mutex_unlock(&http->lock);
}

void http_leave_turn(struct http_request *request)
{
	struct http *http = request->centre->http;

	pthread_mutex_lock(&http->lock);
	http_end_turn(http, request->ticket);
	pthread_mutex_unlock(&http->lock);
}

/* ---- workers ---- */

static void finish(struct http *http, struct exchange *exchange)
{
	struct MHD_Connection *connection = exchange->connection;
	struct MHD_Response *answer = http_make_answer(exchange);

	pthread_mutex_lock(&http->lock);
	forget_ticket(http, exchange);
	exchange->answer = answer;
	exchange->state = EXCHANGE_ANSWERED;
	http_count_answer(http, exchange->response.status);
	pthread_mutex_unlock(&http->lock);
	http_resume(connection); /* from here on it may be gone */
}

/* Runs one exchange; called and left with the lock held. */
static void run(struct http *http, struct exchange *exchange, struct worker *worker)
{
	enum http_answer answer;
	bool closing;

	exchange->state = EXCHANGE_RUNNING;
	exchange->request.worker = worker;
	exchange->request.closing = closing = http->closing;
	http_begin_turn(http, exchange);
	pthread_mutex_unlock(&http->lock);
	answer = http_run(exchange, http->options.log);
	http_leave_turn(&exchange->request);
	if (answer == HTTP_WAIT && closing) {
		http_fail(&exchange->request, &exchange->response, "closing", NULL);
		answer = HTTP_DONE;
	}
	if (answer == HTTP_DONE) {
		finish(http, exchange);
		pthread_mutex_lock(&http->lock);
		return;
	}
	pthread_mutex_lock(&http->lock);
	if (exchange->wake_pending || http->closing) {
		exchange->request.woken = exchange->wake_pending;
		exchange->wake_pending = false;
		http_enqueue(http, exchange);
		return;
	}
	if (exchange->response.wait_us > HTTP_WAIT_SECONDS_MAX * (uint64_t)INSTANT_SECOND)
		exchange->response.wait_us = HTTP_WAIT_SECONDS_MAX * (uint64_t)INSTANT_SECOND;
	exchange->deadline_us = clock_monotonic_us() + exchange->response.wait_us;
	start_waiting(http, exchange);
}

static void *work(void *context)
{
	struct http *http = context;
	struct err err = ERR_INIT;
	struct worker *worker = http->options.worker_new(http->options.centre, &err);

	pthread_mutex_lock(&http->lock);
	http->workers_ready++;
	if (!worker)
		http->worker_error = err;
	pthread_cond_broadcast(&http->idle);
	while (worker) {
		struct exchange *exchange = dequeue(http);

		if (!exchange && http->stop)
			break;
		if (!exchange) {
			pthread_cond_wait(&http->work, &http->lock);
			continue;
		}
		http->running++;
		run(http, exchange, worker);
		http->running--;
		pthread_cond_broadcast(&http->idle);
	}
	pthread_mutex_unlock(&http->lock);
	if (worker)
		http->options.worker_free(worker);
	return NULL;
}

/* ---- time ---- */

static void wake_late(struct http *http, uint64_t now)
{
	struct exchange *next;

	pthread_mutex_lock(&http->lock);
	for (struct exchange *exchange = http->waiting; exchange; exchange = next) {
		next = exchange->waiting_next;
		if (now >= exchange->deadline_us || http->closing)
			stop_waiting(http, exchange, false);
	}
	pthread_mutex_unlock(&http->lock);
}

static bool stopped(struct http *http)
{
	bool stop;

	pthread_mutex_lock(&http->lock);
	stop = http->stop;
	pthread_mutex_unlock(&http->lock);
	return stop;
}

static void *keep_time(void *context)
{
	struct http *http = context;

	while (!stopped(http)) {
		const uint64_t now = clock_monotonic_us();

		wake_late(http, now);
		if (http->options.centre->live)
			live_tick(http->options.centre->live, now);
		usleep(TICK_US);
	}
	return NULL;
}

/* ---- start and end ---- */

static int start_workers(struct http *http, struct err *err)
{
	struct err error;

	for (unsigned i = 0; i < http->options.workers; i++) {
		const int number = pthread_create(&http->worker[i], NULL, work, http);

		if (number != 0)
			return err_errno(err, number, "starting a worker");
		http->workers++;
	}
	pthread_mutex_lock(&http->lock);
	while (http->workers_ready < http->workers)
		pthread_cond_wait(&http->idle, &http->lock);
	error = http->worker_error;
	pthread_mutex_unlock(&http->lock);
	if (error.code == ERR_OK)
		return 0;
	if (err)
		*err = error;
	return err_wrap(err, "starting a worker");
}

int http_start_work(struct http *http, struct err *err)
{
	int number;

	if (start_workers(http, err) != 0)
		return -1;
	number = pthread_create(&http->timer, NULL, keep_time, http);
	if (number != 0)
		return err_errno(err, number, "starting the timer");
	http->timer_runs = true;
	return 0;
}

void http_stop_work(struct http *http)
{
	const uint64_t end = clock_monotonic_us() + STOP_US;
	const struct timespec until = { (time_t)(end / 1000000), (long)(end % 1000000) * 1000 };
	struct exchange *next;

	pthread_mutex_lock(&http->lock);
	http->closing = true;
	for (struct exchange *exchange = http->waiting; exchange; exchange = next) {
		next = exchange->waiting_next;
		stop_waiting(http, exchange, false);
	}
	while ((http->queued > 0 || http->running > 0 || http->waiting_count > 0) &&
	       clock_monotonic_us() < end)
		pthread_cond_timedwait(&http->idle, &http->lock, &until);
	http->stop = true;
	pthread_cond_broadcast(&http->work);
	pthread_mutex_unlock(&http->lock);
	for (unsigned i = 0; i < http->workers; i++)
		pthread_join(http->worker[i], NULL);
	if (http->timer_runs)
		pthread_join(http->timer, NULL);
}
