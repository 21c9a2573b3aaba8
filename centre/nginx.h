/*
 * nginx.h - the front: TLS, HTTP/2, client certificates, slow clients, static
 * files. nginx does it; the configuration is made anew before each start.
 */
#ifndef CENTRE_NGINX_H
#define CENTRE_NGINX_H

#include <stddef.h>

#include "base/err.h"
#include "base/sv.h"
#include "centre/layout.h"

#define NGINX_HOST_MAX 255
#define NGINX_CONNECTIONS_MAX 4096
#define NGINX_HEADER_SECONDS 5 /* for a request's head */
#define NGINX_BODY_SECONDS 5   /* between two reads of a body */

/* An address as a person writes it: 127.0.0.1:8443, [::1]:8443, name:8443. */
struct nginx_address {
	char host[NGINX_HOST_MAX + 1]; /* without brackets */
	unsigned port;
};
int nginx_address_parse(struct sv text, struct nginx_address *ret, struct err *err);
/* Whether it can be listened on now: ERR_UNAVAILABLE with a hint where it is taken. */
int nginx_address_check(const struct nginx_address *address, struct err *err);

struct nginx_options {
	const struct layout *layout;
	const char *user;    /* "USER GROUP" of its workers; NULL: started as an ordinary user, they are that */
	struct nginx_address people, devices;
	const char *console; /* folder of static files; NULL: none */
};
/* Where nginx lies: /usr/sbin/nginx, or in PATH. NULL with a hint where it is missing. */
const char *nginx_find(char path[static 256], struct err *err);
/* Writes nginx.conf. Nothing in it comes from outside but the options. */
int nginx_write(const struct nginx_options *options, struct err *err);

#endif
