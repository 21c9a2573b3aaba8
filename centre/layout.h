/*
 * layout.h - what lies where in the centre's data directory, and who owns it
 * (docs/architecture.md):
 *
 *   ca.pem          certificate of our authority, for everybody to read
 *   key/            private keys: only the key process opens them
 *   store/          records.sqlite, events.sqlite: only the server
 *   nginx/          configuration, server.pem (TLS key and chain), temporary files
 *   run/            the two unix sockets, the pid of nginx
 */
#ifndef CENTRE_LAYOUT_H
#define CENTRE_LAYOUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

#define LAYOUT_USER "hikeshi"
#define LAYOUT_ROOT_MAX 80 /* a unix socket's path has room for 107 bytes */

/* Absolute paths; live as long as the arena. */
struct layout {
	const char *root, *ca;
	const char *key, *ca_key, *order_key;
	const char *store, *records, *records_url, *events;
	const char *nginx, *nginx_conf, *server_pem;
	const char *run, *people_socket, *devices_socket;
};

/* Whom the roles become. Started as an ordinary user: nobody else. */
struct layout_owner {
	bool drop;       /* started as root, and the user exists */
	uid_t uid;
	gid_t gid;
};

struct layout_owner layout_owner(void);
/* Makes missing directories, hands them over. Errors name the directory. */
int layout_open(const char *data, const struct layout_owner *owner, struct arena *arena,
		struct layout *ret, struct err *err);
/* A whole file of at most max bytes into arena; no other copy of it stays in memory. */
int layout_read(const char *path, size_t max, struct arena *arena, struct sv *ret,
		struct err *err);

#endif
