/*
 * agent.h - the agent's portable core: what a sensor saw becomes a process
 * tree and events; orders become actions that are checked first. Nothing here
 * opens a device, starts a process or reads a clock: agent/linux does.
 *
 *  sensor ─ sighting ─▶ observer (process table, places) ─ line ─▶ outbox ─▶ courier
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/sv.h"
#include "event/event.h"

/* ==== who a process is ==== */

/* Of the agent's pid namespace; start in clock ticks (1/100 s) since boot. */
struct process_key {
	uint32_t pid; /* 0: none */
	uint64_t start;
};
#define PROCESS_TICK_NS UINT64_C(10000000)
#define PROCESS_START_MAX ((UINT64_C(1) << 48) - 1)

/*
 * ProcessGuid "{BBBBBBBB-BBBB-PPPP-PPPP-SSSSSSSSSSSS}": the boot id's first six
 * bytes, pid, start. Every sensor makes the same one, and an order that names
 * it can be checked against /proc without any memory of the process.
 */
#define GUID_TEXT_MAX 40
char *guid_format(const struct uuid *boot, struct process_key key, char text[static GUID_TEXT_MAX]);
/* False where it is none, or of another boot. */
bool guid_parse(struct sv text, const struct uuid *boot, struct process_key *ret);

/* ==== the process table ==== */

#define PROCESSES_MAX 32768
#define PROCESSES_EXITED_MAX 1024  /* kept for late events and for the tree */
#define PROCESS_TEXT_MAX 2048      /* of an image, directory, command line in the table */

/* A shared text: a forked child has its parent's. */
struct text {
	uint32_t refs, n;
	char p[];
};

struct process {
	struct process_key key, parent;
	/*
	 * The nearest of itself and its ancestors that ran a program of its own
	 * (or lived before the agent): only these were told as events.
	 */
	struct process_key announced;
	uint32_t uid, effective_uid, session;
	const struct text *image, *command_line, *directory; /* may be NULL */
	bool exited;
	bool own; /* the agent, or started by it */
	/* private */
	unsigned char mark;
	struct process *next;         /* in the bucket, newest first */
	struct process *older, *newer; /* among the exited */
};

struct sv process_text(const struct text *text); /* NULL gives SV_NONE */

/* What is known of a new process or a new program in it; key.start 0 is unknown. */
struct process_facts {
	struct process_key key, parent;
	uint32_t uid, effective_uid, session;
	struct sv image, command_line, directory; /* exec only */
};

/* Not for sharing between threads. Views and rows live until the next change. */
struct process_table;

struct process_table *process_table_new(size_t max);
void process_table_free(struct process_table *table);
/*
 * A process that was there before the agent, with its program. One that is
 * known already stays as it is.
 */
const struct process *process_prime(struct process_table *table, const struct process_facts *facts);
/* A child with its parent's program. NULL where the table is full of living ones. */
const struct process *process_fork(struct process_table *table, const struct process_facts *facts);
/* A program was executed; the process is made where it was not known. */
const struct process *process_exec(struct process_table *table, const struct process_facts *facts);
void process_exit(struct process_table *table, struct process_key key);
/* start 0 finds the newest of this pid. NULL where unknown. */
const struct process *process_find(const struct process_table *table, struct process_key key);
const struct process *process_parent(const struct process_table *table, const struct process *process);
/* The agent itself: the mark passes to all it started and will start. */
void process_mark_own(struct process_table *table, struct process_key key);
/*
 * It (first) and its descendants, those that live; at most max. Returns how
 * many there are, which may be more than max.
 */
size_t process_tree(struct process_table *table, struct process_key key,
		    struct process_key *ret, size_t max);
/* Marks as exited whom alive() denies: exits that a sensor lost. */
void process_sweep(struct process_table *table,
		   bool (*alive)(void *context, struct process_key key), void *context);
struct process_statistics {
	size_t count, exited;
	uint64_t unlisted; /* had no room */
};
struct process_statistics process_statistics(const struct process_table *table);

/* ==== watched places ==== */

enum place_kind {
	PLACE_NONE,
	PLACE_PERSISTENCE, /* told when made, changed, renamed, removed */
	PLACE_LOG,         /* told when cut, renamed, removed */
	PLACE_PROGRAM,     /* told when made executable */
	PLACE_HISTORY,     /* of a shell; told as a log is */
};

struct place {
	enum place_kind kind;
	const char *begin; /* the path starts so; "" anywhere */
	const char *end;   /* and ends so; a final '/' means: lies in such a folder */
};

extern const struct place places[];
extern const size_t place_count;

enum place_kind place_of(struct sv path);
/*
 * Straightens an absolute path as text: "//", "/./", "/../" go. Writes at most
 * PLACE_PATH_MAX bytes. False where it is not absolute or too long.
 */
#define PLACE_PATH_MAX 4096
bool place_straighten(struct sv path, char ret[static PLACE_PATH_MAX], size_t *ret_n);

/* ==== sightings: what a sensor saw ==== */

enum sighting_kind { SIGHTING_FORK, SIGHTING_EXEC, SIGHTING_EXIT, SIGHTING_CONNECT, SIGHTING_FILE };

enum file_operation {
	FILE_CREATED, FILE_WRITTEN, FILE_TRUNCATED, FILE_RENAMED, FILE_LINKED, FILE_DELETED,
	FILE_EXECUTABLE, FILE_OPERATION_COUNT
};

/* Which file it was, to hash it once. */
struct image_key {
	uint64_t device, inode, size;
	int64_t changed_ns, modified_ns;
};
struct sighting {
	enum sighting_kind kind;
	struct instant at;
	struct process_facts process; /* key.pid 0 where unknown (inotify) */
	/* exec */
	struct instant started;   /* of the process, which may be long before; 0 unknown */
	struct sv standard_input; /* standard_input_name */
	bool image_elsewhere;     /* its path is not one of the agent's own root */
	size_t command_line_true; /* bytes in the process; more than command_line.n: cut */
	/* exit */
	uint32_t wait_status;
	/* connect */
	bool udp, ipv6;
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port; /* local 0: not chosen yet */
	/* file: straightened paths */
	enum file_operation operation;
	struct sv path, source;
};

/* "pipe", "socket", "tty", "null", "file", "device"; SV_NONE for anything else (closed). */
struct sv standard_input_name(uint32_t mode, uint32_t major, uint32_t minor);

/* ==== events on their way out ==== */

/*
 * A bounded queue of encoded lines between threads. What passes its bounds is
 * dropped and counted, but for lines that must arrive (results of actions).
 */
#define OUTBOX_EVENTS_MAX 8192
#define OUTBOX_BYTES_MAX (4U << 20)
#define OUTBOX_MUST_MAX 64 /* beyond the bounds */
#define OUTBOX_LINE_MAX (100U << 10) /* one line, so that it fits a message */
#define OUTBOX_FDS_MAX 128           /* images waiting for their hash; more go without */

struct outbox;

struct outbox_item {
	char *line; /* "{…}\n", free() it */
	size_t n;
	bool is_exec;
	int image_fd; /* exec, hash not known: open image, close() it; else -1 */
	struct image_key image;
	uint64_t ticket; /* 0, or a number by which its storing is waited for */
};

struct outbox *outbox_new(size_t events_max, size_t bytes_max);
void outbox_free(struct outbox *outbox);
/* Takes item's line and descriptor in every case. False: dropped. */
bool outbox_put(struct outbox *outbox, struct outbox_item *take_item, bool must);
/* Waits at most wait_ms. False: nothing came, or closed and empty. */
bool outbox_take(struct outbox *outbox, unsigned wait_ms, struct outbox_item *ret);
void outbox_close(struct outbox *outbox); /* takers wake; puts are dropped */
/* Items that were taken are done with; until then the outbox does not count as empty. */
void outbox_settle(struct outbox *outbox, size_t items);
bool outbox_is_empty(struct outbox *outbox);
uint64_t outbox_lost(struct outbox *outbox); /* since the last call */

/* ==== image hashes ==== */

#define IMAGES_MAX 4096
#define IMAGE_BYTES_MAX (64U << 20) /* a larger file is not hashed */

struct image_cache; /* may be shared by threads */

struct image_cache *image_cache_new(size_t max);
void image_cache_free(struct image_cache *cache);
bool image_cache_get(struct image_cache *cache, const struct image_key *key, struct sha256 *ret);
void image_cache_put(struct image_cache *cache, const struct image_key *key, const struct sha256 *hash);
/* Puts "Hashes":"SHA256=…" as last member into an encoded line. Returns the new line. */
char *image_add_hash(char *take_line, size_t *n, const struct sha256 *hash);

/* ==== the observer ==== */

struct observer_options {
	struct uuid boot;
	struct outbox *outbox;
	/* Name of a user; SV_NONE where there is none. Until the next call. */
	struct sv (*user)(void *context, uint32_t uid);
	/*
	 * Looks at the image of a process that has just begun: sets *ret and
	 * returns true where it can be hashed; *ret_fd is open, or -1 where the
	 * cache knows the hash. May be NULL: no hashes.
	 */
	bool (*image)(void *context, const struct sighting *sighting, struct image_key *ret,
		      int *ret_fd);
	struct image_cache *images;
	/*
	 * Reads a process that no sighting told of (it was lost, or the sensor
	 * tells only numbers): true and *ret, views until the next call. May be NULL.
	 */
	bool (*look)(void *context, struct process_key key, struct process_facts *ret);
	void *context;
	size_t processes_max;
};

struct observer;

struct observer *observer_new(const struct observer_options *options);
void observer_free(struct observer *observer);
/* One sighting: the table learns, and where it is an event, it goes out. */
void observer_see(struct observer *observer, const struct sighting *sighting);
struct process_table *observer_table(struct observer *observer);
struct observer_statistics {
	uint64_t events;     /* lines made */
	uint64_t incomplete; /* programs that were gone before they could be read */
};
struct observer_statistics observer_statistics(const struct observer *observer);

/* An event of the agent itself: product hikeshi. */
struct report_field {
	const char *name;
	struct sv text;
	int64_t number; /* where text.p is NULL */
	bool item;      /* element of an array */
};
#define REPORT_TEXT(key, view) ((struct report_field){ key, view, 0, false })
#define REPORT_NUMBER(key, value) ((struct report_field){ key, SV_NONE, (int64_t)(value), false })
#define REPORT_ITEM(key, view) ((struct report_field){ key, view, 0, true })
/* Returns the line ("{…}\n"), to be freed. */
char *report_line(struct instant at, struct sv category, const struct report_field *field,
		  size_t count, size_t *ret_n);
/* Makes it and puts it out. */
void report(struct outbox *outbox, struct instant at, struct sv category,
	    const struct report_field *field, size_t count, bool must);

/* ==== what the agent remembers ==== */

#define STATE_BYTES_MAX (64U << 10)
#define ACTION_ID_MAX 64

struct agent_state {
	uint64_t last_order; /* highest number that was accepted */
	bool isolated, isolation_dns;
	struct instant licence_off; /* since when nothing is observed; 0: the licence is on */
	/* An action that was accepted, and whose result is not on its way yet. */
	char pending_id[ACTION_ID_MAX + 1]; /* "" none */
	char pending_kind[16];
	uint64_t pending_number;
};

/* From and to JSON. ERR_FORMAT where it is not ours. */
int agent_state_parse(struct sv json, struct agent_state *ret, struct err *err);
void agent_state_print(const struct agent_state *state, struct buf *buf);
/* A missing file is a new state. Written whole, synced, or not at all. */
int agent_state_load(const char *path, struct agent_state *ret, struct err *err);
int agent_state_save(const char *path, const struct agent_state *state, struct err *err);

/* ==== what the agent knows of its centre (enrolment) ==== */

struct agent_identity {
	char device[UUID_TEXT_MAX];
	char enrolled_url[256], devices_url[256];
	uint8_t check_key[32];
};
int agent_identity_parse(struct sv json, struct agent_identity *ret, struct err *err);
void agent_identity_print(const struct agent_identity *identity, struct buf *buf);

/* ==== orders ==== */

enum agent_action {
	AGENT_ISOLATE, AGENT_RELEASE, AGENT_KILL, AGENT_COLLECT, AGENT_UNINSTALL,
	AGENT_LICENCE_OFF, AGENT_LICENCE_ON, /* sensors rest; they work again */
	AGENT_ACTION_COUNT
};
const char *agent_action_name(enum agent_action action);

struct agent_order {
	uint64_t number;
	enum agent_action action;
	char id[ACTION_ID_MAX + 1];
	char process[GUID_TEXT_MAX]; /* kill */
	bool dns;                    /* isolate: name resolution stays */
};
#define ORDER_BYTES_MAX (64U << 10)

/* A command's payload. Unknown members are ignored; ERR_FORMAT says which one is wrong. */
int agent_order_parse(struct sv payload, struct agent_order *ret, struct err *err);

#endif
