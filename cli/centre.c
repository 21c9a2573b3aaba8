/* The way to the centre: HTTPS with an API token. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/centre.h"

#define ANSWER_MAX (8U << 20) /* bytes of one answer */
#define TOKEN_FILE_MAX 4096   /* bytes */
#define URL_MAX 4096	      /* bytes */
#define CALL_SECONDS 30L      /* for one answer */

static const char default_url[] = "https://127.0.0.1:8443";

/* Options of these commands. Returns -1 or an exit status. */
static int parse(const struct command *command, int argc, char **argv, int words,
		 struct centre *centre)
{
	bool utc = false;
	struct option option[6 + CENTRE_OPTIONS_MAX] = {
		{ "--url", .value = &centre->url },
		{ "--ca", .value = &centre->ca },
		{ "--token-file", .value = &centre->token_file },
		{ "--json", .flag = &centre->json },
		{ "--utc", .flag = &utc },
		{ "--state", .value = &centre->state },
	};
	/* --state stands last: only incidents have one to choose by. */
	const size_t common = strcmp(command->name, "incident list") == 0 ? 6 : 5;
	int count = 0, status;

	for (size_t i = 0; i < centre->own_count && i < CENTRE_OPTIONS_MAX; i++)
		option[common + i] = centre->own[i];
	status = options_take(command, argc, argv, option, common + centre->own_count, &count);
	if (status >= 0)
		return status;
	centre->zone.kind = utc ? ZONE_UTC : ZONE_LOCAL;
	if (count != words)
		return command_misuse(command, "%s",
				      count < words ? _("which one? give its id")
						    : _("too many words"));
	return -1;
}

static int read_token(struct centre *centre, struct err *err)
{
	const char *direct = getenv("HIKESHI_TOKEN");
	struct buf bytes;
	int status = 0;

	buf_init(&bytes, TOKEN_FILE_MAX);
	if (centre->token_file)
		status = file_read(centre->token_file, &bytes, err);
	else
		buf_put_sv(&bytes, sv_from(direct));
	centre->token = mem_dup_sv(sv_trim(buf_sv(&bytes)));
	buf_done(&bytes);
	if (status < 0)
		return err_wrap(err, "%s", _("reading the API token"));
	if (centre->token[0] == '\0') {
		err_set(err, ERR_USAGE, "%s", _("no API token"));
		return err_hint(
			err, "%s",
			_("make one in the console (API tokens) and give it with --token-file or HIKESHI_TOKEN"));
	}
	for (const char *p = centre->token; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return err_set(err, ERR_USAGE, "%s", _("this is no API token"));
	}
	return 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct buf *body = context;

	buf_put(body, bytes, size * count);
	return body->full ? 0 : size * count;
}

static int start(struct centre *centre, struct err *err)
{
	struct buf line;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	centre->curl = curl_easy_init();
	if (!centre->curl)
		return err_set(err, ERR_INTERNAL, "libcurl cannot start");
	buf_init(&line, TOKEN_FILE_MAX + 64);
	buf_printf(&line, "Authorization: Bearer %s%c", centre->token, '\0');
	centre->headers = curl_slist_append(NULL, line.p);
	buf_done(&line);
	centre->headers =
		curl_slist_append(centre->headers, text_is_japanese() ? "Accept-Language: ja"
								      : "Accept-Language: en");
	curl_easy_setopt(centre->curl, CURLOPT_HTTPHEADER, centre->headers);
	curl_easy_setopt(centre->curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(centre->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(centre->curl, CURLOPT_TIMEOUT, CALL_SECONDS);
	curl_easy_setopt(centre->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(centre->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(centre->curl, CURLOPT_WRITEDATA, &centre->body);
	if (centre->ca)
		curl_easy_setopt(centre->curl, CURLOPT_CAINFO, centre->ca);
	return 0;
}

int centre_open(const struct command *command, int argc, char **argv, int words,
		struct centre *centre)
{
	struct err err = ERR_INIT;
	struct sv url;
	const int status = parse(command, argc, argv, words, centre);

	if (status >= 0)
		return status;
	buf_init(&centre->body, ANSWER_MAX);
	if (!centre->url)
		centre->url = getenv("HIKESHI_URL");
	if (!centre->ca)
		centre->ca = getenv("HIKESHI_CA");
	url = sv_from(centre->url ? centre->url : default_url);
	while (sv_ends(url, SV("/")))
		url.n--;
	centre->base = mem_dup_sv(url);
	if (read_token(centre, &err) < 0 || start(centre, &err) < 0)
		return command_failed(&err);
	return -1;
}

void centre_close(struct centre *centre)
{
	if (centre->curl) {
		curl_slist_free_all(centre->headers);
		curl_easy_cleanup(centre->curl);
		curl_global_cleanup();
	}
	json_decref(centre->candidates);
	buf_done(&centre->body);
	free(centre->token);
	free(centre->base);
}

/* What the centre refused, in its own words. */
static int refused(long status, const json_t *answer, struct err *err)
{
	const json_t *error = json_object_get(answer, "error");
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(error, "hint"));
	const enum err_code code = status == 401   ? ERR_UNAUTHENTICATED
				   : status == 403 ? ERR_DENIED
				   : status == 404 ? ERR_NOT_FOUND
				   : status == 429 ? ERR_TOO_MANY
				   : status >= 500 ? ERR_UNAVAILABLE
						   : ERR_USAGE;

	err_set(err, code, _("the centre answers %ld: %s"), status, message ? message : "");
	return hint ? err_hint(err, "%s", hint) : -1;
}

static int not_asked(const struct centre *centre, CURLcode code, struct err *err)
{
	if (centre->body.full)
		return err_set(err, ERR_TOO_LARGE, _("the centre's answer is longer than %u bytes"),
			       ANSWER_MAX);
	err_set(err, ERR_UNAVAILABLE, _("asking %s: %s"), centre->base, curl_easy_strerror(code));
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		err->code = ERR_USAGE;
		return err_hint(err, _("the address looks like %s"), default_url);
	case CURLE_SSL_CACERT_BADFILE:
		return err_hint(err, _("no certificate can be read from %s"),
				centre->ca ? centre->ca : "--ca");
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_hint(
			err, "%s",
			_("the certificate there is not of the centre's authority, or not for this address; give the authority's certificate (ca.pem in the centre's data) with --ca or HIKESHI_CA"));
	default: return err_hint(err, "%s", _("does the centre run, and is --url right?"));
	}
}

/* Leaves the answer's bytes in centre->body. */
static int call(struct centre *centre, const char *path, const char *json, long *ret_status,
		struct err *err)
{
	struct buf url;
	CURLcode code;

	buf_init(&url, URL_MAX);
	buf_printf(&url, "%s%s", centre->base, path);
	buf_put_char(&url, '\0');
	if (url.full) {
		buf_done(&url);
		return err_set(err, ERR_USAGE, "%s", _("the address is too long"));
	}
	buf_clear(&centre->body);
	curl_easy_setopt(centre->curl, CURLOPT_URL, url.p);
	if (json)
		curl_easy_setopt(centre->curl, CURLOPT_POSTFIELDS, json);
	else
		curl_easy_setopt(centre->curl, CURLOPT_HTTPGET, 1L);
	code = curl_easy_perform(centre->curl);
	buf_done(&url);
	if (code != CURLE_OK)
		return not_asked(centre, code, err);
	curl_easy_getinfo(centre->curl, CURLINFO_RESPONSE_CODE, ret_status);
	return 0;
}

static bool is_good(long status)
{
	return status >= 200 && status <= 299;
}

static int ask(struct centre *centre, const char *path, const char *json, json_t **ret,
	       struct err *err)
{
	long status = 0;
	json_t *answer;

	if (call(centre, path, json, &status, err) != 0)
		return -1;
	answer = json_loadb(centre->body.p ? centre->body.p : "", centre->body.n,
			    JSON_REJECT_DUPLICATES, NULL);
	if (!is_good(status)) {
		refused(status, answer, err);
		json_decref(answer);
		return -1;
	}
	if (!answer) {
		err_set(err, ERR_FORMAT, "%s", _("the answer is no JSON"));
		return err_hint(err, "%s", _("is --url the centre's port for people?"));
	}
	*ret = answer;
	return 0;
}

int centre_get(struct centre *centre, const char *path, json_t **ret, struct err *err)
{
	return ask(centre, path, NULL, ret, err);
}

int centre_post(struct centre *centre, const char *path, const json_t *json, json_t **ret,
		struct err *err)
{
	struct curl_slist *more = curl_slist_append(NULL, "Content-Type: application/json");
	char *text = json_dumps(json, JSON_COMPACT);
	int r;

	for (const struct curl_slist *row = centre->headers; row; row = row->next)
		more = curl_slist_append(more, row->data);
	curl_easy_setopt(centre->curl, CURLOPT_HTTPHEADER, more);
	r = ask(centre, path, text ? text : "", ret, err);
	curl_easy_setopt(centre->curl, CURLOPT_HTTPHEADER, centre->headers);
	curl_slist_free_all(more);
	free(text);
	return r;
}

int centre_fetch(struct centre *centre, const char *path, struct sv *ret, struct err *err)
{
	long status = 0;

	if (call(centre, path, NULL, &status, err) != 0)
		return -1;
	if (!is_good(status)) {
		json_t *answer = json_loadb(centre->body.p ? centre->body.p : "", centre->body.n, 0,
					    NULL);

		refused(status, answer, err);
		json_decref(answer);
		return -1;
	}
	*ret = buf_sv(&centre->body);
	return 0;
}

void centre_put_piece(const struct centre *centre, struct buf *path, const char *piece)
{
	char *escaped = curl_easy_escape(centre->curl, piece, 0);

	buf_put_sv(path, sv_from(escaped));
	curl_free(escaped);
}

void centre_put_parameter(const struct centre *centre, struct buf *path, const char *name,
			  const char *value)
{
	buf_printf(path, "&%s=", name);
	centre_put_piece(centre, path, value);
}
