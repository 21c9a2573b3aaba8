/*
 * hikeshi company|device|incident list|show: asks the centre with an API
 * token. Lists follow the centre's pages to the end, bounded.
 */
#include "cli/cli.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "base/text.h"

#define ANSWER_MAX (8U << 20)  /* bytes of one answer */
#define PAGES_MAX 1000         /* pages of a list that are followed */
#define TOKEN_FILE_MAX 4096
#define COLUMNS_MAX 8
#define CELL_MAX 48            /* columns of the terminal */
#define CALL_SECONDS 30L

struct centre {
	const char *url, *ca, *state;
	char *token;
	bool json;
	CURL *curl;
	struct curl_slist *headers;
	struct buf body;
	const char *id; /* of show */
};

/* A column of a table: heading and path of members ("company.name"). */
struct column {
	const char *heading, *member;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct buf *body = context;

	buf_put(body, bytes, size * count);
	return body->full ? 0 : size * count;
}

static int read_token(struct centre *centre, const char *file, struct err *err)
{
	struct buf bytes;
	const char *direct = getenv("HIKESHI_TOKEN");

	if (!file) {
		if (!direct) {
			err_set(err, ERR_USAGE, "%s", _("no API token"));
			return err_hint(err, "%s", _("make one in the console (API tokens) and give it with --token-file or HIKESHI_TOKEN"));
		}
		centre->token = mem_dup(direct);
		return 0;
	}
	buf_init(&bytes, TOKEN_FILE_MAX);
	if (file_read(file, &bytes, err) < 0) {
		buf_done(&bytes);
		return err_wrap(err, "%s", _("reading the API token"));
	}
	centre->token = mem_dup_sv(sv_trim(buf_sv(&bytes)));
	buf_done(&bytes);
	return 0;
}

static int centre_open(struct centre *centre, const char *token_file, struct err *err)
{
	struct buf line;

	if (!centre->url)
		centre->url = getenv("HIKESHI_URL");
	if (!centre->url)
		centre->url = "https://127.0.0.1:8443";
	if (!centre->ca)
		centre->ca = getenv("HIKESHI_CA");
	if (read_token(centre, token_file, err) < 0)
		return -1;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	centre->curl = curl_easy_init();
	if (!centre->curl)
		return err_set(err, ERR_INTERNAL, "libcurl cannot start");
	buf_init(&line, TOKEN_FILE_MAX + 64);
	buf_printf(&line, "Authorization: Bearer %s", centre->token);
	buf_put_char(&line, '\0');
	centre->headers = curl_slist_append(NULL, line.p);
	buf_done(&line);
	centre->headers = curl_slist_append(centre->headers, text_is_japanese() ? "Accept-Language: ja"
										: "Accept-Language: en");
	buf_init(&centre->body, ANSWER_MAX);
	curl_easy_setopt(centre->curl, CURLOPT_HTTPHEADER, centre->headers);
	curl_easy_setopt(centre->curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(centre->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(centre->curl, CURLOPT_TIMEOUT, CALL_SECONDS);
	curl_easy_setopt(centre->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(centre->curl, CURLOPT_WRITEDATA, &centre->body);
	if (centre->ca)
		curl_easy_setopt(centre->curl, CURLOPT_CAINFO, centre->ca);
	return 0;
}

static void centre_close(struct centre *centre)
{
	curl_slist_free_all(centre->headers);
	curl_easy_cleanup(centre->curl);
	buf_done(&centre->body);
	free(centre->token);
	curl_global_cleanup();
}

/* What the centre refused, in its own words. */
static int refused(long status, json_t *answer, struct err *err)
{
	const json_t *error = json_object_get(answer, "error");
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(error, "hint"));
	const enum err_code code = status == 401 ? ERR_UNAUTHENTICATED : status == 403 ? ERR_DENIED
		: status == 404 ? ERR_NOT_FOUND : status == 429 ? ERR_TOO_MANY
		: status >= 500 ? ERR_UNAVAILABLE : ERR_USAGE;

	err_set(err, code, _("the centre answers %ld: %s"), status, message ? message : "");
	return hint ? err_hint(err, "%s", hint) : -1;
}

/* The caller owns *ret (json_decref). */
static int centre_get(struct centre *centre, const char *path, json_t **ret, struct err *err)
{
	struct buf url;
	CURLcode code;
	long status = 0;
	json_t *answer;

	buf_init(&url, 4096);
	buf_printf(&url, "%s%s%c", centre->url, path, '\0');
	if (url.full) {
		buf_done(&url);
		return err_set(err, ERR_USAGE, "%s", _("the address is too long"));
	}
	buf_clear(&centre->body);
	curl_easy_setopt(centre->curl, CURLOPT_URL, url.p);
	code = curl_easy_perform(centre->curl);
	buf_done(&url);
	if (code != CURLE_OK) {
		err_set(err, ERR_UNAVAILABLE, _("asking %s: %s"), centre->url, curl_easy_strerror(code));
		if (code == CURLE_PEER_FAILED_VERIFICATION)
			return err_hint(err, "%s", _("give the centre's authority with --ca or HIKESHI_CA"));
		return err_hint(err, "%s", _("does the centre run, and is --url right?"));
	}
	curl_easy_getinfo(centre->curl, CURLINFO_RESPONSE_CODE, &status);
	answer = json_loadb(centre->body.p ? centre->body.p : "", centre->body.n, JSON_REJECT_DUPLICATES, NULL);
	if (status != 200) {
		refused(status, answer, err);
		json_decref(answer);
		return -1;
	}
	if (!answer)
		return err_set(err, ERR_FORMAT, "%s", _("the centre's answer is no JSON"));
	*ret = answer;
	return 0;
}

static const json_t *member(const json_t *object, const char *path)
{
	struct sv rest = sv_from(path);

	while (object && rest.n > 0) {
		const struct sv name = sv_cut(&rest, '.');

		object = json_object_getn(object, name.p, name.n);
	}
	return object;
}

static void put_value(struct buf *cell, const json_t *value)
{
	size_t i;
	json_t *item;

	if (json_is_string(value))
		buf_put(cell, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		buf_printf(cell, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		buf_put_sv(cell, sv_from(json_is_true(value) ? _("yes") : _("no")));
	else if (json_is_array(value))
		json_array_foreach(value, i, item) {
			if (i > 0)
				buf_put_char(cell, ' ');
			put_value(cell, item);
		}
	else
		buf_put_char(cell, '-');
}

/* Control characters must not steer the terminal. */
static void make_harmless(struct buf *cell)
{
	for (size_t i = 0; i < cell->n; i++) {
		if ((unsigned char)cell->p[i] < 0x20 || cell->p[i] == 0x7f)
			cell->p[i] = ' ';
	}
}

static void print_table(const json_t *rows, const struct column *column, size_t count)
{
	size_t width[COLUMNS_MAX], i;
	struct buf line, cell;
	json_t *row;

	buf_init(&line, 1U << 20);
	buf_init(&cell, 1U << 16);
	for (size_t c = 0; c < count; c++)
		width[c] = terminal_width(sv_from(_(column[c].heading)));
	json_array_foreach(rows, i, row) {
		for (size_t c = 0; c < count; c++) {
			buf_clear(&cell);
			put_value(&cell, member(row, column[c].member));
			const size_t wide = terminal_width(terminal_cut(buf_sv(&cell), CELL_MAX));
			width[c] = wide > width[c] ? wide : width[c];
		}
	}
	for (size_t c = 0; c < count; c++) {
		terminal_pad(&line, sv_from(_(column[c].heading)), width[c]);
		buf_put_sv(&line, SV("  "));
	}
	buf_put_char(&line, '\n');
	json_array_foreach(rows, i, row) {
		for (size_t c = 0; c < count; c++) {
			buf_clear(&cell);
			put_value(&cell, member(row, column[c].member));
			make_harmless(&cell);
			terminal_pad(&line, terminal_cut(buf_sv(&cell), CELL_MAX), width[c]);
			buf_put_sv(&line, SV("  "));
		}
		buf_put_char(&line, '\n');
		fwrite(line.p, 1, line.n, stdout);
		buf_clear(&line);
	}
	fwrite(line.p ? line.p : "", 1, line.n, stdout);
	buf_done(&cell);
	buf_done(&line);
}

/* Options of these commands. Returns -1 or an exit status. */
static int parse(const struct command *command, int argc, char **argv, struct centre *centre,
		 const char **ret_token_file, bool wants_id)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-') {
		const char *value = NULL;
		int got;

		if ((got = option_value(argc, argv, &at, "--url", &value)) == 1)
			centre->url = value;
		else if (got == 0 && (got = option_value(argc, argv, &at, "--ca", &value)) == 1)
			centre->ca = value;
		else if (got == 0 && (got = option_value(argc, argv, &at, "--token-file", &value)) == 1)
			*ret_token_file = value;
		else if (got == 0 && (got = option_value(argc, argv, &at, "--state", &value)) == 1)
			centre->state = value;
		else if (got == 0 && option_flag(argv, &at, "--json"))
			centre->json = true;
		else if (got < 0)
			return command_misuse(command, _("%s needs a value"), argv[at]);
		else
			return command_misuse(command, _("there is no option '%s'"), argv[at]);
	}
	if (argc - at != (wants_id ? 1 : 0))
		return command_misuse(command, "%s", wants_id ? _("which one? give its id")
							      : _("too many words"));
	centre->id = wants_id ? argv[at] : NULL;
	return -1;
}

static int open_for(const struct command *command, int argc, char **argv, bool wants_id,
		    struct centre *centre)
{
	struct err err = ERR_INIT;
	const char *token_file = NULL;
	const int misuse = parse(command, argc, argv, centre, &token_file, wants_id);

	if (misuse >= 0)
		return misuse;
	if (centre_open(centre, token_file, &err) < 0) {
		const int status = command_failed(&err);

		centre_close(centre);
		return status;
	}
	return -1;
}

/* Appends an escaped query parameter. */
static void put_parameter(struct centre *centre, struct buf *path, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(centre->curl, value, 0);

	buf_printf(path, "&%s=%s", name, escaped ? escaped : "");
	curl_free(escaped);
}

static int list_pages(struct centre *centre, const char *base, json_t *rows, struct err *err)
{
	char next[512] = "";

	for (int pages = 0; pages < PAGES_MAX; pages++) {
		struct buf path;
		json_t *answer = NULL;
		const char *cursor;
		int result;

		buf_init(&path, 2048);
		buf_printf(&path, "%s?limit=200", base);
		if (centre->state)
			put_parameter(centre, &path, "state", centre->state);
		if (next[0])
			put_parameter(centre, &path, "cursor", next);
		buf_put_char(&path, '\0');
		result = centre_get(centre, path.p, &answer, err);
		buf_done(&path);
		if (result < 0)
			return -1;
		json_array_extend(rows, json_object_get(answer, "items"));
		cursor = json_string_value(json_object_get(answer, "next"));
		snprintf(next, sizeof next, "%s", cursor ? cursor : "");
		json_decref(answer);
		if (!next[0])
			return 0;
	}
	return err_set(err, ERR_RANGE, _("more than %d pages"), PAGES_MAX);
}

static int list(const struct command *command, int argc, char **argv, const char *base,
		const struct column *column, size_t count)
{
	struct centre centre = { 0 };
	struct err err = ERR_INIT;
	json_t *rows;
	int status = open_for(command, argc, argv, false, &centre);

	if (status >= 0)
		return status;
	rows = json_array();
	if (list_pages(&centre, base, rows, &err) < 0) {
		status = command_failed(&err);
	} else {
		if (centre.json)
			json_dumpf(rows, stdout, JSON_INDENT(2)), putchar('\n');
		else
			print_table(rows, column, count);
		status = 0;
	}
	json_decref(rows);
	centre_close(&centre);
	return status;
}

static void print_facts(const json_t *object, int depth)
{
	const char *name;
	json_t *value;
	struct buf cell;

	buf_init(&cell, 1U << 20);
	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		if (json_is_object(value)) {
			printf("%*s%s\n", depth * 2, "", name);
			print_facts(value, depth + 1);
		} else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
			size_t i;
			json_t *item;

			printf("%*s%s\n", depth * 2, "", name);
			json_array_foreach(value, i, item) {
				printf("%*s-\n", depth * 2 + 2, "");
				print_facts(item, depth + 2);
			}
		} else {
			buf_clear(&cell);
			put_value(&cell, value);
			make_harmless(&cell);
			printf("%*s%-18s %.*s\n", depth * 2, "", name, SV_ARG(buf_sv(&cell)));
		}
	}
	buf_done(&cell);
}

static int show(const struct command *command, int argc, char **argv, const char *base)
{
	struct centre centre = { 0 };
	struct err err = ERR_INIT;
	struct buf path;
	json_t *answer = NULL;
	char *id;
	int status = open_for(command, argc, argv, true, &centre);

	if (status >= 0)
		return status;
	buf_init(&path, 2048);
	id = curl_easy_escape(centre.curl, centre.id, 0);
	buf_printf(&path, "%s/%s%c", base, id ? id : "", '\0');
	curl_free(id);
	if (centre_get(&centre, path.p, &answer, &err) < 0) {
		status = command_failed(&err);
	} else {
		if (centre.json)
			json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
		else
			print_facts(answer, 0);
		status = 0;
	}
	json_decref(answer);
	buf_done(&path);
	centre_close(&centre);
	return status;
}

#define LIST(base, column) list(command, argc, argv, base, column, sizeof column / sizeof *column)

int company_list_run(const struct command *command, int argc, char **argv)
{
	static const struct column column[] = {
		{ N_("id"), "id" }, { N_("company"), "name" }, { N_("devices"), "devices" },
		{ N_("open incidents"), "open_incidents" },
	};

	return LIST("/v1/companies", column);
}

int device_list_run(const struct command *command, int argc, char **argv)
{
	static const struct column column[] = {
		{ N_("id"), "id" }, { N_("device"), "hostname" }, { N_("company"), "company.name" },
		{ N_("state"), "state" }, { N_("isolated"), "isolated" }, { N_("last seen"), "last_seen" },
	};

	return LIST("/v1/devices", column);
}

int incident_list_run(const struct command *command, int argc, char **argv)
{
	static const struct column column[] = {
		{ N_("id"), "id" }, { N_("level"), "severity" }, { N_("state"), "state" },
		{ N_("what"), "title_ja" }, { N_("device"), "device.name" },
		{ N_("company"), "company.name" }, { N_("last seen"), "last_seen" },
	};
	static const struct column column_english[] = {
		{ N_("id"), "id" }, { N_("level"), "severity" }, { N_("state"), "state" },
		{ N_("what"), "title" }, { N_("device"), "device.name" },
		{ N_("company"), "company.name" }, { N_("last seen"), "last_seen" },
	};

	return text_is_japanese() ? LIST("/v1/incidents", column) : LIST("/v1/incidents", column_english);
}

int company_show_run(const struct command *command, int argc, char **argv)
{
	return show(command, argc, argv, "/v1/companies");
}

int device_show_run(const struct command *command, int argc, char **argv)
{
	return show(command, argc, argv, "/v1/devices");
}

int incident_show_run(const struct command *command, int argc, char **argv)
{
	return show(command, argc, argv, "/v1/incidents");
}
