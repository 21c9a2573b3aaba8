/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * record.h - what the BPF programs put into the ring buffer. Shared by the
 * programs and by the reader, so only fixed-width types; both run on the same
 * machine, so native byte order. Every text length is checked by the reader.
 */
#ifndef AGENT_LINUX_BPF_RECORD_H
#define AGENT_LINUX_BPF_RECORD_H

#ifndef __bpf__
#include <stdint.h>
#endif

#define RECORD_ARGV_MAX 16384 /* bytes of argv that are kept; the true length is told */
#define RECORD_COMPONENT_MAX 256
#define RECORD_PATH_BYTES 2048 /* one path, as components or text */
#define RECORD_COMPONENTS_MAX 48
#define RECORD_RING_BYTES (512U << 10) /* counts twice as resident: mapped twice */
#define RECORD_WAKE_BYTES (RECORD_RING_BYTES / 4) /* unread bytes that wake the reader at once */

enum record_kind {
	RECORD_EXEC = 1,
	RECORD_FORK,
	RECORD_EXIT,
	RECORD_CONNECT,
	RECORD_FILE,
};

enum record_flag {
	RECORD_ARGV_CUT = 1,       /* argv was longer than RECORD_ARGV_MAX */
	RECORD_PATH_CUT = 2,       /* a path did not fit */
	RECORD_IMAGE_DELETED = 4,  /* the image has no name left */
	RECORD_IMAGE_NEW = 8,      /* first run of this image: the reader was woken */
	RECORD_ARGV_UNREADABLE = 16,
	RECORD_IMAGE_ELSEWHERE = 32, /* its path does not lead to the agent's own root */
};

/*
 * What is let through of files: values of the maps `places` (by the path's
 * beginning) and `names` (by its last component). Any other file ends here.
 */
enum record_place {
	RECORD_PLACE_ALL = 1,  /* every operation */
	RECORD_PLACE_LOG = 2,  /* truncated, renamed, unlinked */
	RECORD_PLACE_EXEC = 4, /* made executable */
};
#define RECORD_PLACE_BYTES 64 /* longest beginning */
#define RECORD_NAME_BYTES 32  /* longest last component, with its NUL */
#define RECORD_PLACES_MAX 128
struct record_place_key {
	uint32_t bits; /* length of text that counts, in bits */
	char text[RECORD_PLACE_BYTES];
};

enum record_operation {
	RECORD_CREATED = 1,
	RECORD_WRITTEN,
	RECORD_TRUNCATED,
	RECORD_RENAMED,
	RECORD_LINKED,
	RECORD_UNLINKED,
	RECORD_MODE,
};

/* Process ids are those of the agent's own pid namespace. */
struct record_head {
	uint32_t kind;
	uint32_t flags;
	uint64_t boot_ns;  /* CLOCK_BOOTTIME */
	uint64_t start_ns; /* start of the process, CLOCK_BOOTTIME */
	uint32_t pid;
	uint32_t uid;
	uint32_t effective_uid;
	uint32_t session;
	uint64_t parent_start_ns;
	uint32_t parent_pid; /* 0: none in sight */
	uint32_t unused;
};

/* data: image components, then directory components (each: leaf first, NUL after each), then argv. */
struct record_exec {
	struct record_head head;
	uint32_t argv_true; /* bytes of argv in the process */
	uint32_t argv_bytes;
	uint32_t image_bytes;
	uint32_t directory_bytes;
	uint32_t input_mode;   /* of standard input's inode; 0: closed */
	uint32_t input_device; /* as the kernel counts: major << 20 | minor */
	char data[2 * (RECORD_PATH_BYTES + RECORD_COMPONENT_MAX) + RECORD_ARGV_MAX];
};

struct record_fork {
	struct record_head head; /* of the child */
};

struct record_exit {
	struct record_head head;
	uint32_t code; /* as wait status */
	uint32_t unused;
};

struct record_connect {
	struct record_head head;
	uint16_t family; /* AF_INET, AF_INET6 */
	uint16_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
	uint16_t local_port, remote_port; /* host order; local may be 0: not chosen yet */
	uint8_t local[16], remote[16];
};

/*
 * A path as text: [from, to) of text. What the kernel knows (an open file, a
 * directory) is built backwards from the middle; what the process wrote
 * stands behind the middle and may hold "..", "//" and links.
 */
#define RECORD_TEXT_MIDDLE 1024
#define RECORD_TEXT_WRITTEN 1024
struct record_text {
	uint32_t from, to;
	char text[RECORD_TEXT_MIDDLE + RECORD_TEXT_WRITTEN];
};

struct record_file {
	struct record_head head;
	uint32_t operation;
	uint32_t mode; /* of the inode, or the wished one for RECORD_MODE */
	struct record_text path;
	struct record_text source; /* renamed and linked: the old name */
};

#endif
