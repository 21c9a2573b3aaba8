/*
 * http_internal.h - private to http.c (libmicrohttpd), http_work.c (queue,
 * workers, time), http_head.c (a request's head) and http_request.c (what a
 * request must pass before its handler).
 */
#ifndef CENTRE_HTTP_INTERNAL_H
#define CENTRE_HTTP_INTERNAL_H

#include <pthread.h>

#include "centre/http.h"
#include "centre/route.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

/* Headers of nginx and of the client that the shell itself reads. */
enum http_head {
	HEAD_COOKIE,
	HEAD_AUTHORIZATION,
	HEAD_LANGUAGE,
	HEAD_TYPE,
	HEAD_CSRF,
	HEAD_ADDRESS,
	HEAD_VERIFY,
	HEAD_SERIAL,
	HEAD_HOST,
	HEAD_ORIGIN,
	HEAD_FETCH_SITE,
	HEAD_COUNT
};
const char *http_head_name(enum http_head head);

enum exchange_state {
	EXCHANGE_READING, /* libmicrohttpd has it */
	EXCHANGE_QUEUED,  /* waits for a worker */
	EXCHANGE_RUNNING, /* a worker has it */
	EXCHANGE_WAITING, /* its handler said HTTP_WAIT */
	EXCHANGE_ANSWERED /* libmicrohttpd has it again */
};

/* One request and its answer. */
struct exchange {
	struct http_request request;
	struct http_response response;
	struct http *http;
	enum http_listener listener;
	struct MHD_Connection *connection;
	struct arena *arena;
	char *target; /* as the client wrote it */
	struct sv head[HEAD_COUNT];
	struct sv declared[HTTP_VALUES_MAX]; /* header parameters of the route, by value's index */
	struct buf body;
	const char *early; /* a problem found before the body was read, and where */
	struct sv early_field;
	enum http_method method;
	uint64_t began_us, taken; /* of the body, also what was swallowed */
	bool begun;
	bool refused; /* a device without a good certificate: no route is looked for */

	/* Under http's lock. */
	enum exchange_state state;
	bool wake_pending;
	uint64_t deadline_us;
	struct exchange *queue_next, *ticket_next, *waiting_next, **waiting_prev;
	struct MHD_Response *answer;
};

#define HTTP_TICKET_BUCKETS 4096

struct http_socket {
	struct http *http;
	enum http_listener kind;
	struct MHD_Daemon *daemon;
	int fd;
};

struct http {
	struct http_options options;
	struct http_socket listener[HTTP_LISTENER_COUNT];

	pthread_mutex_t lock;
	pthread_cond_t work, idle, turn;
	uint64_t turns[HTTP_WORKERS_MAX]; /* tickets of forms under way; 0: none */
	struct exchange *queue_first, **queue_last;
	struct exchange *waiting;
	struct exchange *ticket[HTTP_TICKET_BUCKETS];
	uint64_t tickets;
	unsigned queued, running, waiting_count, streams;
	uint64_t body_bytes, page_bytes; /* of them, of pages */
	struct http_statistics statistics;
	bool closing, stop;

	pthread_t worker[HTTP_WORKERS_MAX], timer;
	unsigned workers;
	bool timer_runs;
	struct err worker_error; /* of a worker that could not start */
	unsigned workers_ready;
};

/* ---- http_work.c: queue, workers, time ---- */

/* Under the lock: to the workers. */
void http_enqueue(struct http *http, struct exchange *exchange);
/* Under the lock: when a worker has taken it, and when it is done with it. */
void http_begin_turn(struct http *http, const struct exchange *exchange);
void http_end_turn(struct http *http, uint64_t ticket);
/* Under the lock: gives it its ticket. */
void http_take_ticket(struct http *http, struct exchange *exchange);
int http_start_work(struct http *http, struct err *err);
/* Answers all that wait, then ends the threads. */
void http_stop_work(struct http *http);

/* ---- http.c ---- */

/* Makes exchange->answer of its response; only then libmicrohttpd may have it. */
struct MHD_Response *http_make_answer(struct exchange *exchange);
/* Under the lock. */
void http_count_answer(struct http *http, int status);
/* From here on the exchange may be gone. */
void http_resume(struct MHD_Connection *connection);

/* ---- http_head.c and http_request.c ---- */

/*
 * When the head is there: reads target, finds the route, sets exchange->early
 * where the request is refused for its form. header() gives a header's text.
 */
void http_begin(struct exchange *exchange, const char *method,
		const char *(*header)(void *context, const char *name), void *context);
/* On a worker: everything up to and including one call of the handler. */
enum http_answer http_run(struct exchange *exchange, const struct log *log);
/* Writes the early problem as the answer. */
void http_run_early(struct exchange *exchange);
/* The row of the contract, or NULL; *ret_methods: bits of the methods that the path has. */
const struct route *http_find_route(enum http_listener listener, enum http_method method,
				    struct sv path, struct sv param[static HTTP_PARAMS_MAX],
				    unsigned *ret_methods);
void http_response_clear(struct http_response *response);

#endif
