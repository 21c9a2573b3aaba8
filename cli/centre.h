/* centre.h - asking the centre with an API token. */
#ifndef CLI_CENTRE_H
#define CLI_CENTRE_H

#include <curl/curl.h>
#include <jansson.h>

#include "cli/cli.h"
#include "cli/zone.h"

#define CENTRE_OPTIONS_MAX 8

struct centre {
	const char *url, *ca, *token_file, *state;
	const struct option *own; /* options of one command alone, set before opening */
	size_t own_count;	  /* at most CENTRE_OPTIONS_MAX */
	char *base; /* url without a slash at its end */
	char *token;
	bool json;
	struct zone zone; /* of times as a person reads them: the machine's, or UTC */
	CURL *curl;
	struct curl_slist *headers;
	struct buf body;
	json_t *candidates; /* incidents of one number; NULL: not several */
};

/*
 * Reads the options and opens the way to the centre. Returns -1, or an exit
 * status with everything told. centre_close in both cases.
 */
int centre_open(const struct command *command, int argc, char **argv, int words,
		struct centre *centre);
void centre_close(struct centre *centre);
/* Asks for a path; the caller owns *ret (json_decref). */
int centre_get(struct centre *centre, const char *path, json_t **ret, struct err *err);
/* Sends JSON; the same otherwise. */
int centre_post(struct centre *centre, const char *path, const json_t *json, json_t **ret,
		struct err *err);
/* What is no JSON: the bytes, borrowed until the next call. */
int centre_fetch(struct centre *centre, const char *path, struct sv *ret, struct err *err);
/* Appends "&name=value", escaped. */
void centre_put_parameter(const struct centre *centre, struct buf *path, const char *name,
			  const char *value);
/* Appends an escaped piece of a path. */
void centre_put_piece(const struct centre *centre, struct buf *path, const char *piece);

/* ---- show.c: the answers in the person's words ---- */

enum show_kind {
	SHOW_TEXT,  /* as it is */
	SHOW_NUMBER, /* #35 */
	SHOW_WORD,  /* one of the contract's words: state, level, … */
	SHOW_TIME,  /* an instant */
	SHOW_TITLE, /* of a rule: in Japanese where it has one */
};

struct show_field {
	const char *name;   /* English msgid */
	const char *member; /* and of its members: "company.name" */
	enum show_kind kind;
};

/* Appends a member of an object, cleaned; "-" where it is null or not there. */
void show_put(struct buf *cell, const json_t *object, const struct show_field *field,
	      struct zone zone);
void show_company(const json_t *company, struct zone zone);
void show_device(const json_t *device, struct zone zone);
void show_incident(const json_t *detail, const json_t *timeline, struct zone zone);
/* JSON as the centre sent it, indented. */
void show_json(const json_t *value);

#endif
