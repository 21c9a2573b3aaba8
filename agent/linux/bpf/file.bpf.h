/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * file.bpf.h - files: which are told, and the system calls that make, change,
 * rename and remove them. A path that a process wrote is told as it wrote it,
 * behind the directory it starts from; the reader straightens it.
 */
#ifndef AGENT_LINUX_BPF_FILE_BPF_H
#define AGENT_LINUX_BPF_FILE_BPF_H

#include "agent/linux/bpf/path.bpf.h"

/* System calls that matter, as the rows of call_64 and call_32 name them. */
enum call {
	CALL_NONE, CALL_OPEN, CALL_OPENAT, CALL_OPENAT2, CALL_CREAT, CALL_RENAME, CALL_RENAMEAT,
	CALL_LINK, CALL_LINKAT, CALL_SYMLINK, CALL_SYMLINKAT, CALL_UNLINK, CALL_UNLINKAT,
	CALL_TRUNCATE, CALL_FTRUNCATE, CALL_CHMOD, CALL_FCHMOD, CALL_FCHMODAT, CALL_CONNECT,
};

const volatile unsigned char call_64[CALLS_MAX] = {
	[2] = CALL_OPEN, [257] = CALL_OPENAT, [437] = CALL_OPENAT2, [85] = CALL_CREAT,
	[82] = CALL_RENAME, [264] = CALL_RENAMEAT, [316] = CALL_RENAMEAT,
	[86] = CALL_LINK, [265] = CALL_LINKAT, [88] = CALL_SYMLINK, [266] = CALL_SYMLINKAT,
	[87] = CALL_UNLINK, [263] = CALL_UNLINKAT, [76] = CALL_TRUNCATE, [77] = CALL_FTRUNCATE,
	[90] = CALL_CHMOD, [91] = CALL_FCHMOD, [268] = CALL_FCHMODAT, [452] = CALL_FCHMODAT,
	[42] = CALL_CONNECT,
};
const volatile unsigned char call_32[CALLS_MAX] = {
	[5] = CALL_OPEN, [295] = CALL_OPENAT, [437] = CALL_OPENAT2, [8] = CALL_CREAT,
	[38] = CALL_RENAME, [302] = CALL_RENAMEAT, [353] = CALL_RENAMEAT,
	[9] = CALL_LINK, [303] = CALL_LINKAT, [83] = CALL_SYMLINK, [304] = CALL_SYMLINKAT,
	[10] = CALL_UNLINK, [301] = CALL_UNLINKAT, [92] = CALL_TRUNCATE, [193] = CALL_TRUNCATE,
	[93] = CALL_FTRUNCATE, [194] = CALL_FTRUNCATE,
	[15] = CALL_CHMOD, [94] = CALL_FCHMOD, [306] = CALL_FCHMODAT, [452] = CALL_FCHMODAT,
	[362] = CALL_CONNECT,
};

/* ---- which files are told ---- */

static uint32_t place_of_text(struct record_text *text)
{
	struct record_place_key key = { .bits = RECORD_PLACE_BYTES * 8 };
	uint64_t from = text->from;
	uint32_t *flags;

	if (from > RECORD_TEXT_MIDDLE)
		return 0;
	BARRIER(from);
	if (from > RECORD_TEXT_MIDDLE)
		return 0;
	bpf_probe_read_kernel(key.text, sizeof key.text, text->text + from);
	flags = bpf_map_lookup_elem(&places, &key);
	return flags ? *flags : 0;
}

static uint32_t place_of_name(const void *name)
{
	char key[RECORD_NAME_BYTES] = { 0 };
	uint32_t *flags;

	if (bpf_probe_read_kernel_str(key, sizeof key, name) <= 1)
		return 0;
	flags = bpf_map_lookup_elem(&names, key);
	return flags ? *flags : 0;
}

/* Is this operation one that a place with these flags tells? */
static bool is_told(uint32_t place, uint32_t operation, uint32_t mode)
{
	const bool executable = (mode & 0111) != 0 && (mode & 0170000) != 0040000;

	if (place & RECORD_PLACE_ALL)
		return true;
	if ((place & RECORD_PLACE_LOG) &&
	    (operation == RECORD_TRUNCATED || operation == RECORD_RENAMED ||
	     operation == RECORD_UNLINKED || operation == RECORD_LINKED))
		return true;
	return (place & RECORD_PLACE_EXEC) && executable &&
	       (operation == RECORD_CREATED || operation == RECORD_MODE ||
		operation == RECORD_WRITTEN || operation == RECORD_TRUNCATED ||
		operation == RECORD_RENAMED || operation == RECORD_LINKED);
}

static struct record_file *new_file_record(struct task_struct *task, uint32_t operation)
{
	const uint32_t zero = 0, tgid = bpf_get_current_pid_tgid() >> 32;
	struct record_file *record = bpf_map_lookup_elem(&file_scratch, &zero);

	if (!record || bpf_map_lookup_elem(&own, &tgid))
		return NULL;
	record->operation = operation;
	record->mode = 0;
	record->path.from = record->path.to = RECORD_TEXT_MIDDLE;
	record->source.from = record->source.to = RECORD_TEXT_MIDDLE;
	record->head.flags = 0;
	return record;
}

static void send_file(struct record_file *record, struct task_struct *task)
{
	const uint32_t flags = record->head.flags;

	if (!fill_head(&record->head, RECORD_FILE, task))
		return;
	record->head.flags = flags;
	emit(record, sizeof *record, false);
}

/* An open file: opened for writing, cut by ftruncate, or given a mode by fchmod. */
static void tell_open_file(struct task_struct *task, struct file *file, uint32_t operation,
			   uint32_t mode)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	struct record_file *record = new_file_record(task, operation);
	uint32_t place;

	if (!record)
		return;
	record->mode = mode;
	place = put_text(record, 0, BPF_CORE_READ(file, f_path.mnt), dentry, RECORD_TEXT_MIDDLE)
			? RECORD_PLACE_ALL
			: 0;
	place |= place_of_text(&record->path) | place_of_name(name);
	if (is_told(place, operation, mode))
		send_file(record, task);
}

/* ---- paths that a process wrote ---- */

struct scan {
	uint32_t which, at, slash;
	bool odd; /* "//", "/./", "/../", ".config": only the reader can tell where it leads */
	bool end;
};

static char text_at(struct record_text *text, uint32_t at)
{
	at &= 2047;
	return text->text[at];
}

static long step_scan(uint32_t i, void *context)
{
	const uint32_t zero = 0;
	struct scan *scan = context;
	struct record_file *record = bpf_map_lookup_elem(&file_scratch, &zero);
	uint32_t at = RECORD_TEXT_MIDDLE + (i & (RECORD_TEXT_WRITTEN - 1));
	struct record_text *text;
	char c, after, later;

	if (!record)
		return 1;
	text = text_of(record, scan->which);
	c = text_at(text, at);
	if (c == 0) {
		scan->at = at;
		scan->end = true;
		return 1;
	}
	if (c != '/')
		return 0;
	after = text_at(text, at + 1);
	later = text_at(text, at + 2);
	if (after == '/' || (after == '.' && (later == '/' || later == '.' || later == 0)))
		scan->odd = true;
	if (after == '.' && later == 'c' && text_at(text, at + 3) == 'o')
		scan->odd = true;
	if (after != 0)
		scan->slash = at;
	return 0;
}

/* A path as a process gave it to a system call. */
struct written {
	int dirfd;
	const void *user;
};

/* Reads it into a text; returns its place's flags. */
static uint32_t put_written(struct task_struct *task, struct record_file *record, uint32_t which,
			    const struct written *written)
{
	const int dirfd = written->dirfd;
	struct scan scan = { .which = which, .at = RECORD_TEXT_MIDDLE,
			     .slash = RECORD_TEXT_MIDDLE - 1 };
	struct record_text *text = text_of(record, which);
	uint64_t slash;
	char first;

	if (bpf_probe_read_user_str(text->text + RECORD_TEXT_MIDDLE, RECORD_TEXT_WRITTEN,
				    written->user) <= 1)
		return 0;
	bpf_loop(RECORD_TEXT_WRITTEN, step_scan, &scan, 0);
	first = text->text[RECORD_TEXT_MIDDLE];
	if (first != '/') {
		struct file *file = dirfd == AT_FDCWD ? NULL : file_of(task, dirfd);
		struct vfsmount *mount = file ? BPF_CORE_READ(file, f_path.mnt)
					      : BPF_CORE_READ(task, fs, pwd.mnt);
		struct dentry *dentry = file ? BPF_CORE_READ(file, f_path.dentry)
					     : BPF_CORE_READ(task, fs, pwd.dentry);

		if (first == '.')
			scan.odd |= text->text[RECORD_TEXT_MIDDLE + 1] == '.' ||
				    text->text[RECORD_TEXT_MIDDLE + 1] == '/';
		scan.odd |= put_text(record, which, mount, dentry, RECORD_TEXT_MIDDLE - 1);
		text->text[RECORD_TEXT_MIDDLE - 1] = '/';
	} else {
		text->from = RECORD_TEXT_MIDDLE;
	}
	text->to = scan.at;
	if (scan.odd || !scan.end)
		return RECORD_PLACE_ALL;
	slash = scan.slash + 1;
	BARRIER(slash);
	if (slash >= RECORD_TEXT_MIDDLE + RECORD_TEXT_WRITTEN - RECORD_NAME_BYTES)
		return RECORD_PLACE_ALL;
	return place_of_text(text) | place_of_name(text->text + slash);
}

static void tell_name(struct task_struct *task, uint32_t operation, int dirfd, uint64_t path,
		      uint32_t mode)
{
	const struct written written = { dirfd, (void *)path };
	struct record_file *record = new_file_record(task, operation);

	if (!record)
		return;
	record->mode = mode;
	if (is_told(put_written(task, record, 0, &written), operation, mode))
		send_file(record, task);
}

static void tell_two(struct task_struct *task, uint32_t operation, const struct written *from,
		     const struct written *to)
{
	struct record_file *record = new_file_record(task, operation);
	uint32_t place;

	if (!record)
		return;
	/* Whether it may be run is not known here: the reader looks. */
	record->mode = 0111;
	place = put_written(task, record, 0, to);
	place |= put_written(task, record, 1, from) & ~RECORD_PLACE_EXEC;
	if (is_told(place, operation, 0111))
		send_file(record, task);
}

static void tell_opened(struct task_struct *task, int fd, uint64_t flags)
{
	struct file *file = file_of(task, fd);
	const uint32_t mode = BPF_CORE_READ(file, f_mode);
	const uint32_t inode_mode = BPF_CORE_READ(file, f_inode, i_mode);

	if (!(mode & (FMODE_WRITE | FMODE_CREATED)) || (inode_mode & 0170000) != 0100000)
		return;
	tell_open_file(task, file,
		       mode & FMODE_CREATED ? RECORD_CREATED
		       : flags & O_TRUNC    ? RECORD_TRUNCATED
					    : RECORD_WRITTEN,
		       inode_mode);
}

#endif
