/*
 * http.h - the HTTP shell: two unix sockets behind nginx, one for people, one
 * for devices. It knows libmicrohttpd, so that nobody else has to. A request
 * reaches its handler only after route, body limit, actor, access and every
 * bound of centre/openapi.yaml were checked.
 *
 * Threads: one thread of libmicrohttpd for each socket does input and output;
 * handlers run on a pool of workers, each with a struct worker of its own
 * (centre.h). A handler may block for milliseconds (SQLite, argon2id); what
 * takes longer returns HTTP_WAIT and is called again.
 */
#ifndef CENTRE_HTTP_H
#define CENTRE_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sv.h"

#define HTTP_PEOPLE_MAX 1024   /* connections of people; more wait in nginx */
#define HTTP_DEVICES_MAX 16384 /* of devices: each has a long poll open */
#define HTTP_WORKERS_MAX 32
#define HTTP_QUEUE_MAX 1024 /* requests that wait for a worker: then 503 */
#define HTTP_PARAMS_MAX 4   /* {…} in one path */
#define HTTP_VALUES_MAX 24  /* declared query and header parameters of one route */
#define HTTP_PATH_MAX 512
#define HTTP_BODIES_MAX (256U << 20)  /* all bodies in memory at once: then 503 */
#define HTTP_PAGE_BODIES_MAX (128U << 20) /* of these, forms that strangers send */
#define HTTP_ARENA_MAX (24U << 20)    /* one request */
#define HTTP_RESPONSE_MAX (24U << 20) /* one answer's body */
#define HTTP_HEADERS_MAX 8	      /* headers a handler may add */
#define HTTP_WAIT_SECONDS_MAX 60      /* one HTTP_WAIT */

struct actor;	      /* access.h: who asks */
struct access_object; /* access.h: whom the path names */
struct centre;	      /* centre.h: shared by all threads */
struct worker;	      /* centre.h: of this thread alone */
struct route;	      /* route.h: generated from openapi.yaml */
struct http;

enum http_listener { HTTP_PEOPLE, HTTP_DEVICES, HTTP_LISTENER_COUNT };
enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };
enum language { LANGUAGE_JA, LANGUAGE_EN };

/* One declared query or header parameter; p is NULL where it was not sent. */
struct http_value {
	struct sv text;
	int64_t number; /* where the contract says integer */
	bool truth;	/* where it says boolean */
	bool given;	/* sent, or the contract has a default */
};

/*
 * What nginx says about the client certificate; on the devices' socket only,
 * on the people's socket always HTTP_CERTIFICATE_NONE whatever was sent.
 */
enum http_certificate {
	HTTP_CERTIFICATE_NONE,	 /* none presented */
	HTTP_CERTIFICATE_GOOD,	 /* verified by nginx; serial is trustworthy */
	HTTP_CERTIFICATE_FAILED, /* presented and refused; why is in certificate_problem */
};

/* Views live until the handler's HTTP_DONE. All was checked against the contract. */
struct http_request {
	struct centre *centre;
	struct worker *worker;
	struct arena *arena; /* of this request */
	const struct route *route;
	enum http_listener listener;
	enum http_method method;
	enum language language;		    /* Accept-Language, else of the person, else Japanese */
	struct instant now;		    /* real time when the request was complete */
	struct instant programme_now;	    /* programme time then: deadlines, receipts, days */
	const struct actor *actor;	    /* never NULL: ACTOR_PUBLIC where nobody is proven */
	const struct access_object *object; /* loaded and allowed; NULL where the path names none */
	struct sv path;
	struct sv param[HTTP_PARAMS_MAX]; /* in the order of the path */
	struct http_value
		value[HTTP_VALUES_MAX]; /* in the order of the contract: use http_value() */
	json_t *json;			/* checked body of a JSON route, else NULL */
	struct sv body;			/* its bytes, also of other routes */
	struct sv content_type;		/* of the body, as it was sent */
	bool foreign; /* a page of another site made the browser send this */
	struct sv address; /* client's, as nginx saw it (X-Real-IP), for audit and limits */
	enum http_certificate certificate;
	struct sv certificate_serial; /* lower-case hexadecimal, as wire_sign_request gave it */
	struct sv certificate_problem;

	/*
	 * For HTTP_WAIT. A handler that waited is always called again, also
	 * when the client has gone or the server stops, until it returns
	 * HTTP_DONE (with `closing` it is not asked a third time): so it can
	 * release what it holds there.
	 */
	uint64_t ticket; /* names this request for http_wake, never used again */
	unsigned calls;	 /* 0 at the first call of the handler */
	bool woken;	 /* called again because of http_wake (else: the time passed) */
	bool closing;	 /* the server stops: answer now */
	void *state;	 /* the handler's own, kept between calls; lives in arena */
};

struct http_header {
	const char *name; /* literal */
	struct sv value;  /* in the request's arena or literal */
};

struct http_response {
	int status;		  /* 200 unless set */
	const char *content_type; /* "application/json" unless set */
	struct buf body;	  /* bounded by HTTP_RESPONSE_MAX */
	struct http_header header[HTTP_HEADERS_MAX];
	size_t header_count;
	uint64_t wait_us; /* with HTTP_WAIT: call again after this at the latest */
	struct live_listener
		*stream; /* live.h: body is a stream of server-sent events; handed over */
};

enum http_answer {
	HTTP_DONE, /* response is complete */
	HTTP_WAIT, /* call again after http_wake(ticket) or response->wait_us; response is cleared */
};
/* Declared in the generated "centre/routes.h", one for each operationId: route_<operation_id>. */
typedef enum http_answer http_handler(struct http_request *request, struct http_response *response);

/* A declared query or header parameter by its name in the contract; a wrong name is a bug (assert). */
const struct http_value *http_value(const struct http_request *request, const char *name);

/*
 * Ends a handler with an error of the contract's form; returns HTTP_DONE, so
 * `return http_fail(…)`. key is a row of problem.h (ja and en); field may be
 * NULL. Status comes from the row.
 */
enum http_answer http_fail(struct http_request *request, struct http_response *response,
			   const char *key, const char *field);
/*
 * The same from an error value: status from err_http_status, message by code in
 * the reader's language, err's text as "detail" where it is not our own
 * defect. ERR_INTERNAL and ERR_IO are logged and shown without text.
 */
enum http_answer http_fail_err(struct http_request *request, struct http_response *response,
			       const struct err *err);
/* Adds a header. */
void http_add_header(struct http_response *response, const char *name, struct sv value);

/*
 * Any thread: calls the waiting handler of this ticket again. A ticket that
 * is not (or no longer) known is ignored, so nobody needs to unregister. A
 * wake that comes before the handler returned HTTP_WAIT is not lost.
 */
void http_wake(struct http *http, uint64_t ticket);

/*
 * Forms of the public site have a turn, in the order in which their requests were
 * complete: http_wait_turn returns when no earlier one is under way, so that what
 * follows happens in the order of arrival. A turn ends with its request, or with
 * http_leave_turn. Requests without a turn do not wait.
 */
void http_wait_turn(struct http_request *request);
void http_leave_turn(struct http_request *request);

struct http_options {
	int people_fd, devices_fd; /* bound, listening, handed over; -1: this listener is off */
	unsigned workers;	   /* 1 to HTTP_WORKERS_MAX */
	struct centre *centre;
	const struct log *log;
	struct clock clock; /* real time */
	struct clock programme; /* programme time */
	/* Makes and frees the context of one worker thread; runs on that thread. */
	struct worker *(*worker_new)(struct centre *centre, struct err *err);
	void (*worker_free)(struct worker *worker);
};

/* A unix socket, mode 0660, replacing a stale one. Returns the descriptor or -1. */
int http_listen_unix(const char *path, struct err *err);
/*
 * Starts threads and serves. Returns NULL where a worker or a socket could not
 * start. http_free answers what waits (closing), stops within 2 seconds and
 * frees; NULL is fine.
 */
struct http *http_new(const struct http_options *options, struct err *err);
void http_free(struct http *http);

struct http_statistics {
	uint64_t requests, refused, failed; /* all; 4xx; 5xx */
	uint32_t connections, waiting, queued, streams;
	uint64_t body_bytes;
};
struct http_statistics http_statistics(struct http *http);

#endif
