#include "centre/http.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "centre/centre.h"
#include "centre/http_internal.h"
#include "centre/live.h"

#define CONNECTION_MEMORY 16384 /* head of a request and libmicrohttpd's own */
#define IDLE_SECONDS 75		/* longer than nginx keeps an upstream connection */
#define STREAM_BLOCK 8192
/* A body that drips: cut when it is slower than this after a grace, or lasts too long. */
#define BODY_GRACE_SECONDS 10
#define BODY_SPEED_MIN 1024 /* bytes a second since the request began */
#define BODY_SECONDS_MAX 120
static_assert(STREAM_BLOCK >= LIVE_MESSAGE_MAX * 2, "a stream gets whole messages");

/* ---- answers ---- */

struct stream {
	struct http *http;
	struct live_listener *listener;
	struct MHD_Connection *connection;
};

static void stream_sleep(void *context)
{
	struct stream *stream = context;

	MHD_suspend_connection(stream->connection);
}

static void stream_wake(void *context)
{
	struct stream *stream = context;

	MHD_resume_connection(stream->connection);
}

static ssize_t stream_read(void *context, uint64_t at, char *p, size_t room)
{
	struct stream *stream = context;
	const int64_t n = live_read(stream->listener, p, room, stream_sleep);

	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

static void stream_free(void *context)
{
	struct stream *stream = context;

	live_listener_free(stream->listener);
	pthread_mutex_lock(&stream->http->lock);
	stream->http->streams--;
	pthread_mutex_unlock(&stream->http->lock);
	free(stream);
}

static struct MHD_Response *make_stream(struct exchange *exchange)
{
	struct stream *stream = mem_zalloc(sizeof *stream);

	*stream =
		(struct stream){ exchange->http, exchange->response.stream, exchange->connection };
	exchange->response.stream = NULL;
	live_listener_wake_with(stream->listener, stream_wake, stream);
	pthread_mutex_lock(&stream->http->lock);
	stream->http->streams++;
	pthread_mutex_unlock(&stream->http->lock);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read,
						 stream, stream_free);
}

/* What every answer says, unless its handler said otherwise. */
static void put_default_header(struct MHD_Response *answer, const struct http_response *response,
			       const char *name, const char *value)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->header[i].name, name) == 0)
			return;
	MHD_add_response_header(answer, name, value);
}

struct MHD_Response *http_make_answer(struct exchange *exchange)
{
	struct http_response *response = &exchange->response;
	struct MHD_Response *answer;

	if (response->stream) {
		answer = make_stream(exchange);
	} else {
		const size_t n = response->status == 204 ? 0 : response->body.n;

		answer = n > 0 ? MHD_create_response_from_buffer(n, buf_detach(&response->body),
								 MHD_RESPMEM_MUST_FREE)
			       : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	}
	if (!answer)
		abort(); /* out of memory */
	if (response->status != 204)
		MHD_add_response_header(answer, "Content-Type", response->content_type);
	put_default_header(answer, response, "Cache-Control", "no-store");
	MHD_add_response_header(answer, "X-Content-Type-Options", "nosniff");
	put_default_header(answer, response, "Content-Security-Policy", "default-src 'none'");
	for (size_t i = 0; i < response->header_count; i++)
		MHD_add_response_header(answer, response->header[i].name,
					response->header[i].value.p);
	return answer;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
	const enum MHD_Result result = MHD_queue_response(
		exchange->connection, (unsigned)exchange->response.status, exchange->answer);

	MHD_destroy_response(exchange->answer);
	exchange->answer = NULL;
	return result;
}

void http_count_answer(struct http *http, int status)
{
	http->statistics.requests++;
	http->statistics.refused += status >= 400 && status < 500;
	http->statistics.failed += status >= 500;
}

/* On libmicrohttpd's thread, for what needs no worker. */
static enum MHD_Result answer_early(struct exchange *exchange, const char *key)
{
	exchange->early = key;
	http_run_early(exchange);
	exchange->answer = http_make_answer(exchange);
	pthread_mutex_lock(&exchange->http->lock);
	exchange->state = EXCHANGE_ANSWERED;
	http_count_answer(exchange->http, exchange->response.status);
	pthread_mutex_unlock(&exchange->http->lock);
	return send_answer(exchange);
}

void http_resume(struct MHD_Connection *connection)
{
	MHD_resume_connection(connection);
}

/* ---- libmicrohttpd's callbacks ---- */

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct http_socket *listener = context;
	struct exchange *exchange = mem_zalloc(sizeof *exchange);

	exchange->http = listener->http;
	exchange->listener = listener->kind;
	exchange->connection = connection;
	exchange->arena = arena_new(HTTP_ARENA_MAX);
	exchange->target = mem_dup(target);
	exchange->request.centre = listener->http->options.centre;
	exchange->began_us = clock_monotonic_us();
	buf_init(&exchange->body, 0);
	buf_init(&exchange->response.body, HTTP_RESPONSE_MAX);
	http_response_clear(&exchange->response);
	return exchange;
}

static bool is_page(const struct exchange *exchange)
{
	return exchange->request.route && exchange->request.route->page;
}

static void give_back_body(struct exchange *exchange)
{
	struct http *http = exchange->http;

	pthread_mutex_lock(&http->lock);
	http->body_bytes -= exchange->body.n;
	http->page_bytes -= is_page(exchange) ? exchange->body.n : 0;
	pthread_mutex_unlock(&http->lock);
	buf_done(&exchange->body);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;

	if (!exchange)
		return;
	*state = NULL;
	assert(exchange->state == EXCHANGE_READING || exchange->state == EXCHANGE_ANSWERED);
	give_back_body(exchange);
	if (exchange->answer)
		MHD_destroy_response(exchange->answer);
	live_listener_free(exchange->response.stream);
	json_decref(exchange->request.json);
	buf_done(&exchange->response.body);
	arena_free(exchange->arena);
	free(exchange->target);
	free(exchange);
}

static const char *get_header(void *context, const char *name)
{
	return MHD_lookup_connection_value(context, MHD_HEADER_KIND, name);
}

/* nginx hands bodies on as they come, so a slow one is ours to cut. */
static bool drips(const struct exchange *exchange)
{
	const uint64_t seconds = (clock_monotonic_us() - exchange->began_us) / INSTANT_SECOND;

	return seconds >= BODY_SECONDS_MAX ||
	       (seconds >= BODY_GRACE_SECONDS && exchange->taken < seconds * BODY_SPEED_MIN);
}

static void take_body(struct exchange *exchange, const char *p, size_t n)
{
	struct http *http = exchange->http;
	bool fits;

	exchange->taken += n;
	if (exchange->early || exchange->refused)
		return; /* swallowed; answered at the end, or nginx would see a broken pipe */
	if (n > exchange->body.max - exchange->body.n) {
		exchange->early = exchange->body.max > 0 ? "body_too_large" : "body_unexpected";
		return;
	}
	pthread_mutex_lock(&http->lock);
	/* However many strangers send files, devices can hand in their events. */
	fits = http->body_bytes + n <= HTTP_BODIES_MAX &&
	       (!is_page(exchange) || http->page_bytes + n <= HTTP_PAGE_BODIES_MAX);
	http->body_bytes += fits ? n : 0;
	http->page_bytes += fits && is_page(exchange) ? n : 0;
	pthread_mutex_unlock(&http->lock);
	if (!fits)
		exchange->early = "busy";
	else
		buf_put(&exchange->body, p, n);
}

/* The request is complete: to a worker. */
static enum MHD_Result hand_over(struct exchange *exchange)
{
	struct http *http = exchange->http;
	const char *refused = NULL;

	pthread_mutex_lock(&http->lock);
	if (http->closing)
		refused = "closing";
	else if (http->queued >= HTTP_QUEUE_MAX)
		refused = "busy";
	if (!refused) {
		exchange->request.now = clock_now(http->options.clock);
		exchange->request.programme_now = clock_now(http->options.programme);
		http_take_ticket(http, exchange);
		MHD_suspend_connection(exchange->connection); /* before a worker can resume it */
		http_enqueue(http, exchange);
	}
	pthread_mutex_unlock(&http->lock);
	return refused ? answer_early(exchange, refused) : MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **state)
{
	struct exchange *exchange = *state;

	if (!exchange)
		return MHD_NO;
	if (!exchange->begun) {
		exchange->begun = true;
		http_begin(exchange, method, get_header, connection);
		exchange->body.max =
			exchange->request.route ? exchange->request.route->body_max : 0;
		return MHD_YES;
	}
	if (*size > 0) {
		if (drips(exchange))
			return MHD_NO; /* closes the connection */
		take_body(exchange, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (exchange->state == EXCHANGE_ANSWERED)
		return send_answer(exchange);
	assert(exchange->state == EXCHANGE_READING);
	if (exchange->early)
		return answer_early(exchange, exchange->early);
	return hand_over(exchange);
}

/* ---- start and end ---- */

int http_listen_unix(const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return err_set(err, ERR_RANGE, "%s: longer than %zu bytes", path,
			       sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(err, errno, "socket for %s", path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0660) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		err_errno(err, errno, "listening on %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

static int start_listener(struct http *http, enum http_listener kind, int fd, unsigned connections,
			  struct err *err)
{
	struct http_socket *listener = &http->listener[kind];

	*listener = (struct http_socket){ .http = http, .kind = kind, .fd = fd };
	if (fd < 0)
		return 0;
	listener->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL,
		NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
		MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (!listener->daemon)
		return err_errno(err, errno, "starting the HTTP server");
	return 0;
}

struct http *http_new(const struct http_options *options, struct err *err)
{
	struct http *http = mem_zalloc(sizeof *http);
	pthread_condattr_t monotonic;

	assert(options->workers > 0 && options->workers <= HTTP_WORKERS_MAX);
	http->options = *options;
	http->listener[HTTP_PEOPLE].fd = options->people_fd;
	http->listener[HTTP_DEVICES].fd = options->devices_fd;
	http->queue_last = &http->queue_first;
	pthread_mutex_init(&http->lock, NULL);
	pthread_cond_init(&http->work, NULL);
	pthread_cond_init(&http->turn, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&http->idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	options->centre->http = http;
	if (http_start_work(http, err) != 0 ||
	    start_listener(http, HTTP_PEOPLE, options->people_fd, HTTP_PEOPLE_MAX, err) != 0 ||
	    start_listener(http, HTTP_DEVICES, options->devices_fd, HTTP_DEVICES_MAX, err) != 0)
		goto failed;
	return http;
failed:
	http_free(http);
	return NULL;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	http_stop_work(http);
	if (http->options.centre->live)
		live_close(http->options.centre->live);
	for (unsigned i = 0; i < HTTP_LISTENER_COUNT; i++) {
		if (http->listener[i].daemon)
			MHD_stop_daemon(http->listener[i].daemon); /* closes the socket too */
		else if (http->listener[i].fd >= 0)
			close(http->listener[i].fd);
	}
	http->options.centre->http = NULL;
	pthread_cond_destroy(&http->work);
	pthread_cond_destroy(&http->idle);
	pthread_cond_destroy(&http->turn);
	pthread_mutex_destroy(&http->lock);
	free(http);
}

struct http_statistics http_statistics(struct http *http)
{
	struct http_statistics statistics;

	pthread_mutex_lock(&http->lock);
	statistics = http->statistics;
	statistics.waiting = http->waiting_count;
	statistics.queued = http->queued;
	statistics.streams = http->streams;
	statistics.body_bytes = http->body_bytes;
	pthread_mutex_unlock(&http->lock);
	for (unsigned i = 0; i < HTTP_LISTENER_COUNT; i++) {
		const union MHD_DaemonInfo *info =
			http->listener[i].daemon
				? MHD_get_daemon_info(http->listener[i].daemon,
						      MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
				: NULL;

		statistics.connections += info ? info->num_connections : 0;
	}
	return statistics;
}
