#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "base/mem.h"
#include "wire/wire.h"

#define URL_MAX 2048
#define ANSWER_MAX (64U << 10) /* of anything but orders */
#define ORDERS_MAX (2U * WIRE_ORDER_MAX)
#define CONNECT_SECONDS 10L
#define RETRY_SECONDS 5
#define RETRY_FULL_SECONDS 30
#define RETRY_SECONDS_MAX 3600

struct courier {
	CURL *curl;
	char *url;
	long timeout;
	bool (*stop)(void *context);
	void *context;
	char problem[CURL_ERROR_SIZE];
};

/* One exchange. */
struct exchange {
	struct buf body;
	long status;
	unsigned retry_after; /* 0: not said */
};

static size_t take_body(char *p, size_t size, size_t n, void *context)
{
	struct exchange *exchange = context;

	buf_put(&exchange->body, p, size * n);
	return exchange->body.full ? 0 : size * n;
}

static size_t take_header(char *p, size_t size, size_t n, void *context)
{
	struct exchange *exchange = context;
	struct sv rest = { p, size * n };
	const struct sv name = sv_cut(&rest, ':');
	uint64_t seconds;

	if (sv_eq_case(name, SV("retry-after")) && sv_to_u64(sv_trim(rest), &seconds))
		exchange->retry_after =
			seconds > RETRY_SECONDS_MAX ? RETRY_SECONDS_MAX : (unsigned)seconds;
	return size * n;
}

static int ask_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct courier *courier = context;

	return courier->stop != NULL && courier->stop(courier->context);
}

static int is_https(const char *url, struct err *err)
{
	if (strncmp(url, "https://", 8) == 0 && strlen(url) < URL_MAX - 128)
		return 0;
	err_set(err, ERR_USAGE, "not an https:// address: %.100s", url);
	return err_hint(err, "write it as https://host:port");
}

/* What every connection of ours has in common. */
static CURL *curl_new(char problem[static CURL_ERROR_SIZE])
{
	CURL *curl;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (curl = curl_easy_init()) == NULL)
		abort(); /* out of memory */
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* no surprises from the environment */
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "hikeshi");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	return curl;
}

struct courier *courier_new(const struct courier_options *options, struct err *err)
{
	struct courier *courier;

	if (is_https(options->url, err) != 0)
		return NULL;
	courier = mem_zalloc(sizeof *courier);
	courier->curl = curl_new(courier->problem);
	courier->url = mem_dup(options->url);
	courier->timeout = options->timeout_seconds > 0 ? options->timeout_seconds
							: COURIER_TIMEOUT_SECONDS;
	courier->stop = options->stop;
	courier->context = options->context;
	curl_easy_setopt(courier->curl, CURLOPT_CAINFO, options->ca_file);
	curl_easy_setopt(courier->curl, CURLOPT_SSLCERT, options->certificate_file);
	curl_easy_setopt(courier->curl, CURLOPT_SSLKEY, options->key_file);
	curl_easy_setopt(courier->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(courier->curl, CURLOPT_XFERINFOFUNCTION, ask_stop);
	curl_easy_setopt(courier->curl, CURLOPT_XFERINFODATA, courier);
	return courier;
}

void courier_free(struct courier *courier)
{
	if (courier == NULL)
		return;
	curl_easy_cleanup(courier->curl);
	free(courier->url);
	free(courier);
}

static struct curl_slist *add(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (longer == NULL)
		abort(); /* out of memory */
	return longer;
}

/* Why no answer came at all. */
static int transport_error(CURLcode code, const char *problem, struct err *err)
{
	const char *text = problem[0] ? problem : curl_easy_strerror(code);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		err_set(err, ERR_UNAUTHENTICATED, "the centre could not prove who it is: %s", text);
		return err_hint(err, "if the centre was set up anew, enrol this device again");
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		err_set(err, ERR_IO, "our own certificate files: %s", text);
		return err_hint(err, "enrol this device again");
	case CURLE_ABORTED_BY_CALLBACK:
		return err_set(err, ERR_UNAVAILABLE, "stopped");
	case CURLE_WRITE_ERROR:
		return err_set(err, ERR_UNAVAILABLE, "the centre's answer is too long");
	case CURLE_OUT_OF_MEMORY:
		abort();
	default:
		return err_set(err, ERR_UNAVAILABLE, "%s", text);
	}
}

static const struct {
	long status;
	enum err_code code;
} status_row[] = {
	{ 400, ERR_FORMAT },  { 401, ERR_UNAUTHENTICATED }, { 403, ERR_DENIED },
	{ 404, ERR_UNAVAILABLE }, { 408, ERR_UNAVAILABLE }, { 409, ERR_CONFLICT },
	{ 413, ERR_TOO_LARGE }, { 415, ERR_FORMAT }, { 422, ERR_RANGE },
	{ 429, ERR_TOO_MANY }, { 507, ERR_FULL },
};

/* {"error":{"message":…,"hint":…}} where the answer has it. */
static int status_error(const struct exchange *exchange, struct err *err)
{
	enum err_code code = ERR_UNAVAILABLE;
	json_t *root = json_loadb(exchange->body.p ? exchange->body.p : "", exchange->body.n, 0, NULL);
	const json_t *error = json_object_get(root, "error");
	const char *message = json_string_value(json_object_get(error, "detail"));
	const char *hint = json_string_value(json_object_get(error, "hint"));

	for (size_t i = 0; i < sizeof status_row / sizeof *status_row; i++) {
		if (status_row[i].status == exchange->status)
			code = status_row[i].code;
	}
	if (message == NULL)
		message = json_string_value(json_object_get(error, "message"));
	err_set(err, code, "the centre answered %ld%s%.600s", exchange->status,
		message ? ": " : "", message ? message : "");
	if (hint != NULL)
		err_hint(err, "%.300s", hint);
	json_decref(root);
	return -1;
}

/* Performs what was set up. Returns 0 with any HTTP status, -1 where there is none. */
static int perform(CURL *curl, char *problem, struct exchange *exchange, struct err *err)
{
	CURLcode code;

	problem[0] = '\0';
	exchange->retry_after = 0;
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		return transport_error(code, problem, err);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange->status);
	return 0;
}

static struct curl_slist *batch_headers(const struct spool_batch *batch)
{
	struct curl_slist *list = NULL;
	char line[160], epoch[UUID_TEXT_MAX], digest[2 * SHA256_SIZE + 1];

	snprintf(line, sizeof line, WIRE_HEADER_EPOCH ": %s", uuid_format(batch->epoch, epoch));
	list = add(list, line);
	snprintf(line, sizeof line, WIRE_HEADER_SEQUENCE ": %" PRIu64, batch->sequence);
	list = add(list, line);
	snprintf(line, sizeof line, WIRE_HEADER_DIGEST ": %s",
		 hex_encode(batch->digest.byte, SHA256_SIZE, digest));
	list = add(list, line);
	snprintf(line, sizeof line, WIRE_HEADER_COUNT ": %" PRIu32, batch->count);
	list = add(list, line);
	list = add(list, "Content-Type: application/zstd");
	return add(list, "Expect:"); /* no waiting for 100-continue */
}

static unsigned retry_seconds(const struct exchange *exchange)
{
	if (exchange->retry_after > 0)
		return exchange->retry_after;
	return exchange->status == 507 ? RETRY_FULL_SECONDS : RETRY_SECONDS;
}

int courier_send(struct courier *courier, const struct spool_batch *batch,
		 unsigned *ret_retry_seconds, struct err *err)
{
	struct exchange exchange = { .status = 0 };
	struct curl_slist *headers = batch_headers(batch);
	char url[URL_MAX];
	int r;

	buf_init(&exchange.body, ANSWER_MAX);
	snprintf(url, sizeof url, "%s/v1/batches", courier->url);
	curl_easy_setopt(courier->curl, CURLOPT_URL, url);
	curl_easy_setopt(courier->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(courier->curl, CURLOPT_POSTFIELDS, batch->packed.p);
	curl_easy_setopt(courier->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)batch->packed.n);
	curl_easy_setopt(courier->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(courier->curl, CURLOPT_TIMEOUT, courier->timeout);
	r = perform(courier->curl, courier->problem, &exchange, err);
	if (r == 0 && exchange.status != 200)
		r = status_error(&exchange, err);
	if (r != 0)
		*ret_retry_seconds = retry_seconds(&exchange);
	curl_easy_setopt(courier->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(courier->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	buf_done(&exchange.body);
	return r;
}

int courier_orders(struct courier *courier, uint64_t after, unsigned wait_seconds,
		   int (*order)(void *context, struct sv json), void *context, struct err *err)
{
	struct exchange exchange = { .status = 0 };
	const unsigned wait = wait_seconds > COURIER_WAIT_MAX ? COURIER_WAIT_MAX : wait_seconds;
	char url[URL_MAX];
	struct sv rest;
	int r, count = 0;

	buf_init(&exchange.body, ORDERS_MAX);
	snprintf(url, sizeof url, "%s/v1/orders?after=%" PRIu64 "&wait=%u", courier->url, after,
		 wait);
	curl_easy_setopt(courier->curl, CURLOPT_URL, url);
	curl_easy_setopt(courier->curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(courier->curl, CURLOPT_TIMEOUT, courier->timeout + (long)wait);
	r = perform(courier->curl, courier->problem, &exchange, err);
	if (r == 0 && exchange.status != 200 && exchange.status != 204)
		r = status_error(&exchange, err);
	rest = r == 0 && exchange.status == 200 ? buf_sv(&exchange.body) : SV_NONE;
	while (rest.n > 0 && count < COURIER_ORDERS_MAX) {
		const struct sv line = sv_cut(&rest, '\n');

		if (line.n == 0)
			continue;
		count++;
		if (order(context, line) != 0)
			break;
	}
	buf_done(&exchange.body);
	return r == 0 ? count : -1;
}

/* ---- enrolment ---- */

static bool has_fingerprint(const X509 *certificate, const struct sha256 *fingerprint)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	return X509_digest(certificate, EVP_sha256(), digest, &n) == 1 && n == SHA256_SIZE &&
	       equal_constant_time(digest, fingerprint->byte, SHA256_SIZE);
}

/* Trusts exactly the certificate of our fingerprint, if the server sent it along. */
static int verify_pinned(X509_STORE_CTX *store, void *context)
{
	const struct sha256 *fingerprint = context;
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	STACK_OF(X509) *trusted = sk_X509_new_null();
	int ok;

	if (trusted == NULL)
		abort(); /* out of memory */
	for (int i = 0; i < sk_X509_num(sent); i++) {
		if (has_fingerprint(sk_X509_value(sent, i), fingerprint))
			sk_X509_push(trusted, sk_X509_value(sent, i));
	}
	X509_STORE_CTX_set0_trusted_stack(store, trusted);
	ok = X509_verify_cert(store);
	/* the stack must not outlive this call, the certificates are the server's */
	X509_STORE_CTX_set0_trusted_stack(store, NULL);
	sk_X509_free(trusted);
	return ok == 1;
}

static CURLcode pin(CURL *curl, void *ssl_context, void *context)
{
	SSL_CTX_set_cert_verify_callback(ssl_context, verify_pinned, context);
	return CURLE_OK;
}

static struct sv member(const json_t *root, const char *name, size_t max, struct arena *arena)
{
	const json_t *value = json_object_get(root, name);
	const struct sv text = { json_string_value(value), json_string_length(value) };

	return text.p && text.n > 0 && text.n <= max ? arena_dup(arena, text) : SV_NONE;
}

static int read_enrolment(struct sv body, const struct sha256 *fingerprint, struct arena *arena,
			  struct courier_enrolment *ret, struct err *err)
{
	json_t *root = json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, NULL);
	struct courier_enrolment got;
	struct sha256 digest;
	struct uuid device;
	int r = -1;

	got.device = member(root, "device", UUID_TEXT_MAX, arena);
	got.certificate_pem = member(root, "certificate", WIRE_PEM_MAX, arena);
	got.ca_pem = member(root, "ca", WIRE_PEM_MAX, arena);
	got.devices_url = member(root, "devices_url", URL_MAX / 2, arena);
	if (got.certificate_pem.p == NULL || got.ca_pem.p == NULL || got.devices_url.p == NULL ||
	    !uuid_parse(got.device, &device) ||
	    !hex_decode(member(root, "check_key", 2 * sizeof got.check_key.byte, arena),
			got.check_key.byte, sizeof got.check_key.byte))
		err_set(err, ERR_FORMAT, "the centre's answer to the enrolment is not understood");
	else if (is_https(got.devices_url.p, err) != 0 ||
		 wire_fingerprint(got.ca_pem, &digest, err) != 0)
		err_wrap(err, "the centre's answer to the enrolment");
	else if (!equal_constant_time(digest.byte, fingerprint->byte, SHA256_SIZE))
		err_set(err, ERR_DENIED, "the centre sent another CA than the one of the fingerprint");
	else {
		*ret = got;
		r = 0;
	}
	json_decref(root);
	return r;
}

static void put_member(struct buf *json, const char *name, struct sv value)
{
	buf_put_char(json, json->n == 0 ? '{' : ',');
	buf_put_json(json, sv_from(name));
	buf_put_char(json, ':');
	buf_put_json(json, value);
}

int courier_enrol(const char *url, const struct sha256 *ca_fingerprint, struct sv token,
		  struct sv csr_pem, struct sv hostname, struct sv platform,
		  struct arena *arena, struct courier_enrolment *ret, struct err *err)
{
	struct exchange exchange = { .status = 0 };
	struct sha256 fingerprint = *ca_fingerprint;
	struct curl_slist *headers;
	char problem[CURL_ERROR_SIZE], full[URL_MAX];
	struct buf json;
	CURL *curl;
	int r;

	if (is_https(url, err) != 0)
		return -1;
	buf_init(&json, ANSWER_MAX);
	put_member(&json, "token", token);
	put_member(&json, "csr", csr_pem);
	put_member(&json, "hostname", hostname);
	put_member(&json, "platform", platform);
	buf_put_char(&json, '}');
	buf_init(&exchange.body, ANSWER_MAX);
	headers = add(NULL, "Content-Type: application/json");
	snprintf(full, sizeof full, "%s/v1/enrolments", url);
	curl = curl_new(problem);
	curl_easy_setopt(curl, CURLOPT_URL, full);
	curl_easy_setopt(curl, CURLOPT_CAINFO, NULL); /* the pin decides */
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, pin);
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &fingerprint);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.p);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)json.n);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)COURIER_TIMEOUT_SECONDS);
	r = json.full ? err_set(err, ERR_TOO_LARGE, "the enrolment's request is too long")
		      : perform(curl, problem, &exchange, err);
	if (r == 0 && exchange.status != 200 && exchange.status != 201)
		r = status_error(&exchange, err);
	if (r == 0)
		r = read_enrolment(buf_sv(&exchange.body), ca_fingerprint, arena, ret, err);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	buf_done(&exchange.body);
	buf_done(&json);
	return r;
}
