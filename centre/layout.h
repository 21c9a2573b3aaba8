/*
 * layout.h - what lies where in the centre's data directory, and who owns it
 * (docs/architecture.md):
 *
 *   ca.pem          certificate of our authority, for everybody to read
 *   key/            private keys: only the key process opens them
 *   store/          records.sqlite, events.sqlite, uploads/: only the server
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

/* Whom a process becomes. */
struct layout_owner {
	bool drop; /* started as root, the user exists and can reach the directory */
	uid_t uid; /* else: who we are */
	gid_t gid;
};

/* Absolute paths; live as long as the arena. */
struct layout {
	struct layout_owner owner; /* of the databases, and whom the roles become */
	const char *root, *ca;
	const char *key, *ca_key, *order_key;
	const char *store, *records, *records_url, *events, *uploads;
	const char *nginx, *nginx_conf, *server_pem;
	const char *run, *people_socket, *devices_socket;
};

/* Makes missing directories, hands them over. Errors name the directory. */
int layout_open(const char *data, struct arena *arena, struct layout *ret, struct err *err);
/* Whether a user may go down to this absolute path. */
bool layout_reaches(const char *path, uid_t uid, gid_t gid);
/* A whole file of at most max bytes into arena; no other copy of it stays in memory. */
int layout_read(const char *path, size_t max, struct arena *arena, struct sv *ret,
		struct err *err);

#endif
