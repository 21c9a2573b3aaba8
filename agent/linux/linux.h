/*
 * linux.h - inside agent/linux: reading /proc, the sensors and their choice,
 * the actions, and the roles of the program.
 */
#ifndef AGENT_LINUX_LINUX_H
#define AGENT_LINUX_LINUX_H

#include <sys/types.h>

#include "agent/agent.h"
#include "base/log.h"

/* ==== /proc ==== */

#define PROC_ARGV_MAX 16384 /* bytes of argv that are kept, as in the kernel's sensor */

/* Room for the texts of one process. */
struct proc_room {
	char image[4096 + 16];
	char directory[4096];
	char argv[PROC_ARGV_MAX + 1];
	size_t argv_true;
};

/* argv as one line: arguments with a space between. Works in place; returns the new length. */
size_t proc_join_argv(char *argv, size_t n);
/* "pid (name) S 1 …" of /proc/PID/stat. */
bool proc_parse_stat(struct sv stat, uint32_t *ret_parent, uint64_t *ret_start);
/*
 * Reads a process. False where it is gone. Texts that cannot be read are
 * SV_NONE (kernel threads have none at all). Views into room.
 */
bool proc_read(uint32_t pid, struct proc_room *room, struct process_facts *ret);
bool proc_parent(uint32_t pid, uint32_t *ret_parent, uint64_t *ret_start);
/* What a program reads from, and when its process began; SV_NONE, 0 where unknown. */
struct sv proc_standard_input(uint32_t pid);
struct instant proc_started(uint64_t start);
/* Only its start; 0 where it is gone. */
uint64_t proc_start(uint32_t pid);
/* The least that tells a new process, or a new program in it. False where it is gone. */
bool proc_glance(uint32_t pid, uint64_t *ret_start, uint64_t *ret_program);
/* Calls each(context, pid) for every process in sight. */
void proc_each(void (*each)(void *context, uint32_t pid), void *context);
/* All of them into the table, parents known. */
void proc_prime(struct process_table *table);
bool proc_boot_id(struct uuid *ret);
/* Inode of /proc/PID/ns/NAME; 0 where it cannot be read. */
uint64_t proc_namespace(uint32_t pid, const char *name);
/* Resident bytes of a process. */
uint64_t proc_resident(uint32_t pid);

/* ==== names of users ==== */

#define USERS_MAX 4096

struct users; /* from /etc/passwd, read again when it has changed */
struct users *users_new(const char *path);
void users_free(struct users *users);
struct sv users_name(struct users *users, uint32_t uid);
bool users_find(struct users *users, struct sv name, uint32_t *ret_uid, uint32_t *ret_gid);
/* Home folders of those who may sign in, at most max; texts until the next call. */
size_t users_homes(struct users *users, struct sv *ret, size_t max);

/* ==== images ==== */

/* observer_options.image. */
bool images_look(struct image_cache *images, const struct sighting *sighting,
		 struct image_key *ret, int *ret_fd);
/* Completes an item: hash of its open image into cache and line. */
void images_finish(struct image_cache *images, struct outbox_item *item);

/* ==== sensors ==== */

enum sensor_piece {
	PIECE_PROCESSES = 1,
	PIECE_FILES = 2,
	PIECE_NETWORK = 4,
	PIECES_ALL = 7,
};

struct sensor_sink {
	void (*see)(void *context, const struct sighting *sighting);
	/* Events that never came: where says which queue. */
	void (*lost)(void *context, const char *where, uint64_t count);
	void *context;
};

enum sensor_choice { SENSOR_ANY, SENSOR_BPF, SENSOR_PROC };

#define SENSOR_OWN_MAX 8

struct sensor_options {
	enum sensor_choice choice;
	bool scope_namespace; /* only processes of exactly the agent's own pid namespace */
	/* Its own processes: what they do with files and the network is not told. */
	uint32_t own[SENSOR_OWN_MAX];
	size_t own_count;
	struct users *users;
	struct sensor_sink sink;
};

/* One way of seeing some of it. Rows of one table, the better ones first. */
struct sensor_kind {
	const char *name;
	unsigned pieces;    /* what it could see */
	bool is_bpf;
	bool gathers;       /* let records gather for SENSOR_GATHER_MS after the first */
	unsigned period_ms; /* serve every so often; 0: when its descriptor says so */
	/*
	 * Opens it for the wanted pieces. Sets *ret_pieces to those it sees
	 * then, which may be fewer, and why in *err. NULL: none.
	 */
	void *(*open)(const struct sensor_options *options, unsigned wanted, unsigned *ret_pieces,
		      struct err *err);
	int (*fd)(void *self);
	bool (*is_urgent)(void *self); /* gathers: something came that should not wait; else NULL */
	/* 0: took all there was; 1: there is more; -1: it is of no use any more. */
	int (*serve)(void *self, struct err *err);
	void (*close)(void *self);
};

#define SENSOR_GATHER_MS 80

extern const struct sensor_kind sensor_bpf, sensor_connector, sensor_poll, sensor_fanotify,
	sensor_inotify, sensor_sockets;

struct sensors;

/* -1 where no process sensor can be opened, or the chosen one cannot. */
struct sensors *sensors_open(const struct sensor_options *options, struct err *err);
void sensors_close(struct sensors *sensors);
/* Readable when something is to be served, or use sensors_wait_ms. */
int sensors_fd(const struct sensors *sensors);
int sensors_wait_ms(const struct sensors *sensors);
/* Serves what is due. A sensor that fails is closed and another one takes its place. */
void sensors_serve(struct sensors *sensors);
/* Everything that is there, at once: for the end. */
void sensors_drain(struct sensors *sensors);
/* "bpf", "proc" or "mixed". */
const char *sensors_kind(const struct sensors *sensors);
/* "processes=bpf", …: one text for each piece, "…=none: why" where nothing sees it. */
#define SENSOR_TEXT_MAX 512
size_t sensors_describe(const struct sensors *sensors, char ret[static 3][SENSOR_TEXT_MAX]);

/* Watched folders for sensors that need a list: from the places, homes filled in. */
#define WATCHES_MAX 1024
struct watch_list {
	char *path[WATCHES_MAX];
	size_t count;
	uint64_t left_out; /* had no room */
};
void watch_list_make(struct watch_list *list, struct users *users);
void watch_list_done(struct watch_list *list);

#endif
