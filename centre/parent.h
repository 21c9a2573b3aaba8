/*
 * parent.h - the process that a person starts: makes the data directory and
 * its keys, then starts and keeps the key process, the server and nginx. It
 * reads nothing from the network.
 */
#ifndef CENTRE_PARENT_H
#define CENTRE_PARENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "centre/nginx.h"
#include "centre/server.h"
#include "wire/wire.h"

struct parent_options {
	const char *data;
	struct nginx_address people, devices;
	const char *people_url, *devices_url; /* NULL: from the addresses */
	const char *name[WIRE_NAMES_MAX];     /* further names of our certificate */
	size_t name_count;
	const char *rules[SERVER_RULES_MAX];  /* in addition to our own */
	size_t rules_count;
	const char *placeholders; /* file of values for %name% in rules, or NULL */
	const char *clamd; /* socket of a virus scanner for files that people hand in, or NULL */
	/* Mails: NULL where there is none of it. Without smtp, mails are kept. */
	const char *smtp, *smtp_user, *smtp_password_file, *smtp_ca, *mail_from;
	bool smtp_plain;                      /* no TLS is needed, wherever the server is */
};

/*
 * Runs until SIGINT or SIGTERM; says `ready URL` on standard output once nginx
 * answers. Returns 0 after a stop, -1 where it could not start.
 */
int parent_run(const struct parent_options *options, struct err *err);

#endif
