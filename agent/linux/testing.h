/* testing.h - what the tests of agent/linux share: namespaces, and waiting for events. */
#ifndef AGENT_LINUX_TESTING_H
#define AGENT_LINUX_TESTING_H

#include "agent/linux/station.h"

/* Namespaces, BPF and nftables need it. */
bool testing_is_root(void);
/*
 * Runs body in a process of its own within new mount, network and pid
 * namespaces (/proc mounted anew, loopback up), as its first process's child,
 * at most seconds. Returns its exit status; body returns 0 where all is well.
 */
int testing_in_namespaces(int (*body)(void *context), void *context, unsigned seconds);
/* The same with the network namespace alone. */
int testing_in_network(int (*body)(void *context), void *context, unsigned seconds);
/* Runs a shell command and waits; exit status, -1 where it could not be started. */
int testing_sh(const char *command);
/* Starts it and does not wait. */
pid_t testing_start(const char *command);

/* Lines that a station gave. */
struct testing_lines {
	char *line[8192];
	size_t count;
};
/* Serves the station for so long and collects what it gives. */
void testing_serve(struct station *station, struct testing_lines *lines, unsigned ms);
void testing_lines_free(struct testing_lines *lines);
/* First line that holds all of these texts (NULL ends); "" where there is none. */
const char *testing_find(const struct testing_lines *lines, const char *text, ...)
	__attribute__((sentinel));
/* How many lines hold the text. */
size_t testing_count(const struct testing_lines *lines, const char *text);
/* Serves until testing_find would find, at most 5 s. */
const char *testing_wait(struct station *station, struct testing_lines *lines, const char *one,
			 const char *two);
/* Names of a line's fields without the envelope, sorted, with a blank between. */
const char *testing_fields(const char *line, char ret[static 2048]);
/* Text of a field; "" where it is not there. */
const char *testing_field(const char *line, const char *name, char ret[static 1024]);
/* The same as a number; 0 where it is none. */
uint64_t testing_number(const char *line, const char *name);

#endif
