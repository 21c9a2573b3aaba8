/* rule_files.h - the files of rules below some paths, and what tells them from others. */
#ifndef DETECT_RULE_FILES_H
#define DETECT_RULE_FILES_H

#include <sys/types.h>
#include <time.h>

#include "base/hash.h"
#include "detect/internal.h"

struct rule_file {
	char *path;
	dev_t device;
	ino_t inode;
	size_t order;
	off_t size;
	struct timespec modified, changed;
};

struct rule_files {
	struct growing file; /* struct rule_file, in the order they are read */
	struct err *err;
};

/* Each once. On failure what was found so far is there all the same. */
int rule_files_find(struct rule_files *files, const struct ruleset_options *options,
		    struct err *err);
void rule_files_done(struct rule_files *files);
/* Of all that decides what the rules compile to, as long as files change with their times. */
struct sha256 rule_files_key(const struct rule_files *files, const struct ruleset_options *options);
/* Seconds since 1970 of the latest change. */
int64_t rule_files_newest(const struct rule_files *files);

#endif
