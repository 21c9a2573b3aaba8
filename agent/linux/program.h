/*
 * program.h - the parts of the three programs. Each links only what its
 * processes need: that is memory, and what an attacker finds in it.
 *
 *  hikeshi-agent          command line, parent ─┬─
 *  hikeshi-agent-courier  unprivileged: spool, centre (HTTP, TLS) ─┤
 *  hikeshi-agent-sensor   privileged: sensors, actions ────────────┘
 *                         └─ collector, resolver: one job each, then they end
 */
#ifndef AGENT_LINUX_PROGRAM_H
#define AGENT_LINUX_PROGRAM_H

#include <limits.h>

#include "agent/linux/linux.h"
#include "base/message.h"

#define AGENT_DATA_DEFAULT "/var/lib/hikeshi/agent"
#define COURIER_PROGRAM "hikeshi-agent-courier"
#define SENSOR_PROGRAM "hikeshi-agent-sensor"
/* Who the courier becomes where we are root: one of these users, or this number that nobody has. */
#define COURIER_USER "hikeshi-agent"
#define COURIER_UID 65500

/* What the command line says. */
struct program_options {
	const char *data;
	bool json;
	enum sensor_choice sensor;
	bool scope_namespace;
	const char *url, *token, *token_file, *fingerprint, *ca; /* enrol */
	uint64_t count, seconds;                                 /* watch */
};

/* ==== the data folder: root's, but for courier/ ==== */

struct data_paths {
	char folder[PATH_MAX];
	char identity[PATH_MAX]; /* agent.json: who we are, whom we obey */
	char state[PATH_MAX];    /* state.json: last order, isolation */
	char status[PATH_MAX];   /* status.json: what `status` shows */
	char rules[PATH_MAX];    /* isolation.nft: the rules in force */
	char lock[PATH_MAX];     /* one agent at a time */
	char triage[PATH_MAX];   /* packages */
	char courier[PATH_MAX];  /* key.pem certificate.pem ca.pem spool/ */
};
int data_paths_make(const char *folder, struct data_paths *ret, struct err *err);
int data_identity_load(const struct data_paths *paths, struct agent_identity *ret, struct err *err);
/* Takes the lock; the descriptor holds it. ERR_CONFLICT: *ret_pid has it (0: not known). */
int data_lock(const struct data_paths *paths, int *ret_fd, pid_t *ret_pid, struct err *err);
/* Replaces a small file without waiting for the disk. */
int data_write_fast(const char *path, struct sv content, mode_t mode, struct err *err);
/* Removes what an agent made in its folder, and the folder if nothing else is in it. */
int data_remove(const struct data_paths *paths, struct err *err);
/* The user the courier becomes: 0 where we are not root. */
uid_t courier_uid(gid_t *ret_gid);
/* Another program of the agent: in ../libexec/hikeshi beside ours, or in our own folder. */
int program_beside(const char *name, char ret[static PATH_MAX], struct err *err);

/* ==== messages ==== */

enum {
	/* sensor → courier */
	AGENT_LINES = MESSAGE_FIRST, /* u64 number, u64 count, bytes: lines */
	AGENT_ORDER_LAST,            /* u64: highest order number that was accepted */
	AGENT_ORDER_REFUSED,         /* the order that came last is none to ask for again soon */
	/* courier → sensor */
	AGENT_STORED,  /* u64 number: these lines are in the spool */
	AGENT_ORDER,   /* bytes: an order as the centre sent it */
	AGENT_COURIER, /* u64 batches, bytes, dropped; bool connected; text last error */
	/* sensor → parent */
	AGENT_REMOVE, /* the agent is to be removed from this host */
	/* helpers → sensor */
	AGENT_COLLECTED, /* text path, u64 size, bytes digest */
	AGENT_RESOLVED,  /* u64 count, texts */
};

#define LINES_BYTES_MAX (110U << 10) /* of one message */
#define LINES_COUNT_MAX 512
#define LINES_WINDOW 8 /* messages whose storing is not confirmed */
#define LOST_TEXT_MAX 200

/* ==== parts ==== */

/* Each returns 0, or -1 with the error to be shown. */
int watch_run(const struct program_options *options, struct err *err);
int parent_run(const struct program_options *options, struct err *err);
/* Returns the exit status. */
int status_run(const struct program_options *options, struct err *err);
int uninstall_run(const struct program_options *options, struct err *err);
/* Replaces this process by another program of the agent with a sub-command of it. */
int program_exec(const char *program, const char *command, const struct program_options *options,
		 struct err *err);

/* Roles; see base/role.h. The sensor's has read its command line already. */
int sensor_run(const struct program_options *options);
int collector_role(int argc, char **argv);
int resolver_role(int argc, char **argv);
int courier_role(int argc, char **argv);

/* ==== running another program ==== */

#define RUN_OUTPUT_MAX (256U << 10)
#define RUN_SECONDS 10

/*
 * Runs a program with input on standard input, at most RUN_SECONDS. Its output
 * and errors go to *output (bounded). Returns the exit status, or -1.
 */
int run_program(const char *path, const char *const *argument, struct sv input, struct buf *output,
		struct err *err);

/* ==== actions ==== */

struct station;

struct kill_report {
	size_t killed;
	size_t spared; /* of the agent itself, or the first process */
	size_t alive;  /* did not end */
};
/* Kills a process and what descends from it. ERR_NOT_FOUND: nothing of it is left. */
int kill_tree(struct station *station, struct sv guid, struct kill_report *ret, struct err *err);

struct isolation {
	const char *url;        /* of the centre's devices' port */
	bool dns;               /* name resolution stays possible */
	const char *rules_path; /* what was applied is kept here */
};
#define ISOLATION_ADDRESSES_MAX 32
/* The rules as text. addresses: numbers of the centre, IPv4 or IPv6. */
int isolation_rules(const struct sv *address, size_t count, uint16_t port, bool dns, struct buf *buf,
		    struct err *err);
/* Resolves the centre, applies, and looks whether it holds. */
int isolate(const struct isolation *isolation, struct err *err);
/* The rules that were applied last, from rules_path; made anew where it is missing. */
int isolation_restore(const struct isolation *isolation, struct err *err);
int isolation_release(const char *rules_path, struct err *err);
bool isolation_holds(void);
/* "https://host:port/…" into host (without brackets) and port. */
int isolation_parse_url(struct sv url, struct sv *ret_host, uint16_t *ret_port, struct err *err);

struct triage_result {
	char path[PATH_MAX + 64];
	uint64_t size;
	struct sha256 digest;
};
int triage_collect(const struct data_paths *paths, struct triage_result *ret, struct err *err);

#endif
