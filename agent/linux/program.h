/*
 * program.h - the parts of the two programs: hikeshi-agent (command line,
 * parent, sensor) and hikeshi-agent-courier (network). Only the courier links
 * the library that speaks HTTP.
 */
#ifndef AGENT_LINUX_PROGRAM_H
#define AGENT_LINUX_PROGRAM_H

#include <limits.h>

#include "agent/linux/linux.h"

#define AGENT_DATA_DEFAULT "/var/lib/hikeshi/agent"

/* What the command line says. */
struct program_options {
	const char *data;
	bool json;
	enum sensor_choice sensor;
	bool scope_namespace;
	const char *url, *token, *token_file, *fingerprint, *ca; /* enrol */
	uint64_t count, seconds;                                 /* watch */
	bool yes;                                                /* uninstall */
};

/*
 * The data folder. Root's but for courier/, which is the courier's.
 *
 *  agent.json        who we are, whom we obey (identity)
 *  state.json        last order, isolation (agent_state)
 *  status.json       what `status` shows
 *  isolation.nft     the rules in force
 *  triage/           packages
 *  courier/          key.pem certificate.pem ca.pem spool/
 */
struct data_paths {
	char folder[PATH_MAX], identity[PATH_MAX], state[PATH_MAX], status[PATH_MAX], rules[PATH_MAX],
		triage[PATH_MAX], courier[PATH_MAX];
};
int data_paths_make(const char *folder, struct data_paths *ret, struct err *err);

/* Each returns 0, or -1 with the error to be shown. */
int watch_run(const struct program_options *options, struct err *err);

#endif
