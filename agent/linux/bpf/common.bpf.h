/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * common.bpf.h - maps, and what every program does: may this process be told,
 * who is it, and out into the ring.
 */
#ifndef AGENT_LINUX_BPF_COMMON_BPF_H
#define AGENT_LINUX_BPF_COMMON_BPF_H

#include "agent/linux/bpf/kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#include "agent/linux/bpf/record.h"

#define TS_COMPAT 2
#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_TRUNC 01000
#define AT_FDCWD (-100)
#define EINPROGRESS 115
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define SOCK_DGRAM 2
#define TCP_SYN_SENT 2
#define CALLS_MAX 512
#define IMAGES_MAX 4096
#define OWN_MAX 16

/* Set before loading. */
const volatile bool scope_namespace;          /* only processes whose own pid namespace is ours */

/* Filled by `learn`, which the agent runs once on itself. */
struct {
	uint64_t pid_namespace;
	uint64_t root_dentry, root_mount;
	uint32_t pid_level;
	uint32_t learnt;
} self;

/* Records that should be read at once, counted up. */
uint64_t urgent;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RECORD_RING_BYTES);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint64_t);
} lost SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct record_exec);
} exec_scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct record_file);
} file_scratch SEC(".maps");

struct image_key {
	uint64_t inode, file_system;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, IMAGES_MAX);
	__type(key, struct image_key);
	__type(value, unsigned char);
} images SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, RECORD_PLACES_MAX);
	__uint(map_flags, 1 /* BPF_F_NO_PREALLOC */);
	__type(key, struct record_place_key);
	__type(value, uint32_t);
} places SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_PLACES_MAX);
	__type(key, char[RECORD_NAME_BYTES]);
	__type(value, uint32_t);
} names SEC(".maps");

/* The agent's own processes: what they do with files and the network is not told. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, OWN_MAX);
	__type(key, uint32_t);
	__type(value, unsigned char);
} own SEC(".maps");

#define BARRIER(variable) asm volatile("" : "+r"(variable))

static void emit(void *record, uint64_t size, bool now)
{
	const uint32_t zero = 0;
	uint64_t flags = 0;
	uint64_t *count;

	if (now)
		__sync_fetch_and_add(&urgent, 1);
	if (now || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > RECORD_WAKE_BYTES)
		flags = BPF_RB_FORCE_WAKEUP;
	if (bpf_ringbuf_output(&ring, record, size, flags) == 0)
		return;
	count = bpf_map_lookup_elem(&lost, &zero);
	if (count)
		*count += 1;
}

/* Its number in the agent's pid namespace; 0 where the agent cannot see it. */
static uint32_t number_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	const uint32_t level = self.pid_level & 31;
	const uint32_t deepest = BPF_CORE_READ(pid, level);
	struct upid upid;

	if (!pid || deepest < level || (scope_namespace && deepest != level))
		return 0;
	if (bpf_probe_read_kernel(&upid, sizeof upid,
				  (char *)pid + bpf_core_field_offset(struct pid, numbers) +
					  level * bpf_core_type_size(struct upid)) != 0)
		return 0;
	return (uint64_t)upid.ns == self.pid_namespace ? upid.nr : 0;
}

static bool fill_head(struct record_head *head, uint32_t kind, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, group_leader, real_parent);

	head->pid = number_of(task);
	if (head->pid == 0)
		return false;
	head->kind = kind;
	head->flags = 0;
	head->boot_ns = bpf_ktime_get_boot_ns();
	head->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	head->uid = BPF_CORE_READ(task, cred, uid.val);
	head->effective_uid = BPF_CORE_READ(task, cred, euid.val);
	head->session = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid)
							       : 0xffffffff;
	head->parent_pid = number_of(parent);
	head->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	head->unused = 0;
	return true;
}

#endif
