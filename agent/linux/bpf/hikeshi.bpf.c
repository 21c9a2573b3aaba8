/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * hikeshi.bpf.c - the sensor inside the kernel. Each program looks at one
 * tracepoint, keeps to what this agent may see (its pid namespace), and puts
 * one record into the ring buffer. Needs kernel 5.17; nothing newer than 6.1.
 *
 * Wake-ups: the ring wakes its reader only when the reader had caught up, and
 * the reader then lets records gather. Past RECORD_WAKE_BYTES, and for an
 * image that was not seen before, it is woken at once.
 */
#include "agent/linux/bpf/file.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- network ---- */

static void tell_connect(struct task_struct *task, struct sock *sk, uint16_t protocol)
{
	const uint32_t tgid = bpf_get_current_pid_tgid() >> 32;
	struct record_connect record = { .protocol = protocol };

	record.family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if ((record.family != AF_INET && record.family != AF_INET6) ||
	    bpf_map_lookup_elem(&own, &tgid) || !fill_head(&record.head, RECORD_CONNECT, task))
		return;
	record.local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	record.remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (record.family == AF_INET) {
		BPF_CORE_READ_INTO((uint32_t *)record.local, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((uint32_t *)record.remote, sk, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)record.local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)record.remote, sk, __sk_common.skc_v6_daddr);
	}
	emit(&record, sizeof record, false);
}

/* Connected UDP sockets; TCP is told earlier, when the first packet leaves. */
static void tell_connected(struct task_struct *task, int fd)
{
	struct file *file = file_of(task, fd);
	struct socket *socket;
	struct sock *sk;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & 0170000) != 0140000)
		return;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (BPF_CORE_READ(socket, type) == SOCK_DGRAM &&
	    BPF_CORE_READ(sk, __sk_common.skc_dport) != 0)
		tell_connect(task, sk, IPPROTO_UDP);
}

/* ---- system calls ---- */

struct arguments {
	uint64_t a, b, c, d;
};

static void tell_call_open(struct task_struct *task, unsigned char call,
			   const struct arguments *args, int fd)
{
	uint64_t flags = args->b;

	if (call == CALL_OPENAT)
		flags = args->c;
	else if (call == CALL_OPENAT2)
		bpf_probe_read_user(&flags, sizeof flags, (void *)args->c);
	else if (call == CALL_CREAT)
		flags = O_WRONLY | O_CREAT | O_TRUNC;
	if (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))
		tell_opened(task, fd, flags);
}

static void tell_call_two(struct task_struct *task, unsigned char call,
			  const struct arguments *args)
{
	struct written from = { AT_FDCWD, (void *)args->a }, to = { AT_FDCWD, (void *)args->b };

	if (call == CALL_RENAMEAT || call == CALL_LINKAT) {
		from = (struct written){ args->a, (void *)args->b };
		to = (struct written){ args->c, (void *)args->d };
	} else if (call == CALL_SYMLINKAT) {
		to = (struct written){ args->b, (void *)args->c };
	}
	tell_two(task, call <= CALL_RENAMEAT ? RECORD_RENAMED : RECORD_LINKED, &from, &to);
}

static void tell_call_one(struct task_struct *task, unsigned char call,
			  const struct arguments *args)
{
	struct file *file;

	switch (call) {
	case CALL_UNLINK:
		return tell_name(task, RECORD_UNLINKED, AT_FDCWD, args->a, 0);
	case CALL_UNLINKAT:
		return tell_name(task, RECORD_UNLINKED, args->a, args->b, 0);
	case CALL_TRUNCATE:
		return tell_name(task, RECORD_TRUNCATED, AT_FDCWD, args->a, 0);
	case CALL_CHMOD:
		return tell_name(task, RECORD_MODE, AT_FDCWD, args->a, args->b & 07777);
	case CALL_FCHMODAT:
		return tell_name(task, RECORD_MODE, args->a, args->b, args->c & 07777);
	case CALL_CONNECT:
		return tell_connected(task, args->a);
	}
	file = file_of(task, args->a);
	if (!file)
		return;
	if (call == CALL_FCHMOD)
		tell_open_file(task, file, RECORD_MODE, args->b & 07777);
	else
		tell_open_file(task, file, RECORD_TRUNCATED, 0);
}

/* ---- programs ---- */

SEC("syscall")
int learn(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	uint32_t level = BPF_CORE_READ(pid, level);
	struct upid upid;

	if (level > 31)
		return 1;
	if (bpf_probe_read_kernel(&upid, sizeof upid,
				  (char *)pid + bpf_core_field_offset(struct pid, numbers) +
					  level * bpf_core_type_size(struct upid)) != 0)
		return 1;
	self.pid_namespace = (uint64_t)upid.ns;
	self.pid_level = level;
	self.root_dentry = (uint64_t)BPF_CORE_READ(task, fs, root.dentry);
	self.root_mount = (uint64_t)BPF_CORE_READ(task, fs, root.mnt);
	self.learnt = 1;
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	const uint32_t zero = 0;
	struct record_exec *record = bpf_map_lookup_elem(&exec_scratch, &zero);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *image = BPF_CORE_READ(mm, exe_file), *input;
	const uint64_t begin = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	struct image_key key = { 0 };
	const unsigned char seen = 1;
	struct place place;
	uint64_t used, bytes;
	uint32_t flags = 0;
	bool fresh;

	if (!record || !fill_head(&record->head, RECORD_EXEC, task))
		return 0;
	key.inode = BPF_CORE_READ(image, f_inode, i_ino);
	key.file_system = (uint64_t)BPF_CORE_READ(image, f_inode, i_sb);
	fresh = !bpf_map_lookup_elem(&images, &key);
	if (fresh) {
		bpf_map_update_elem(&images, &key, &seen, BPF_ANY);
		flags |= RECORD_IMAGE_NEW;
	}
	if (BPF_CORE_READ(image, f_inode, i_nlink) == 0)
		flags |= RECORD_IMAGE_DELETED;
	place.mount = BPF_CORE_READ(image, f_path.mnt);
	place.dentry = BPF_CORE_READ(image, f_path.dentry);
	used = put_components(&place, 0, RECORD_IMAGE_ELSEWHERE, &flags);
	record->image_bytes = used;
	place.mount = BPF_CORE_READ(task, fs, pwd.mnt);
	place.dentry = BPF_CORE_READ(task, fs, pwd.dentry);
	used = put_components(&place, used, 0, &flags);
	record->directory_bytes = used - record->image_bytes;
	input = file_of(task, 0);
	record->input_mode = input ? BPF_CORE_READ(input, f_inode, i_mode) : 0;
	record->input_device = input ? BPF_CORE_READ(input, f_inode, i_rdev) : 0;
	record->argv_true = end - begin;
	bytes = record->argv_true;
	if (bytes > RECORD_ARGV_MAX) {
		bytes = RECORD_ARGV_MAX;
		flags |= RECORD_ARGV_CUT;
	}
	BARRIER(used);
	BARRIER(bytes);
	if (used > sizeof record->data - RECORD_ARGV_MAX || bytes > RECORD_ARGV_MAX)
		return 0;
	if (bpf_probe_read_user(record->data + used, bytes, (void *)begin) != 0) {
		bytes = 0;
		flags |= RECORD_ARGV_UNREADABLE;
	}
	record->argv_bytes = bytes;
	record->head.flags = flags;
	used += bytes;
	BARRIER(used);
	if (used > sizeof record->data)
		return 0;
	emit(record, __builtin_offsetof(struct record_exec, data) + used, fresh);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct record_fork record;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0; /* a thread */
	if (fill_head(&record.head, RECORD_FORK, child))
		emit(&record, sizeof record, false);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct record_exit record = { 0 };

	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0; /* other threads live on */
	if (!fill_head(&record.head, RECORD_EXIT, task))
		return 0;
	record.code = BPF_CORE_READ(task, exit_code);
	emit(&record, sizeof record, false);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int before, int after)
{
	if (after == TCP_SYN_SENT)
		tell_connect((void *)bpf_get_current_task(), sk, IPPROTO_TCP);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_call, struct pt_regs *regs, long result)
{
	const uint64_t number = regs->orig_ax & ~0x40000000ULL; /* without x32's mark */
	struct task_struct *task;
	struct arguments args;
	unsigned char call;
	bool compat;

	/* Every system call of the machine comes here: most leave at once. */
	if (number >= CALLS_MAX || (call_64[number] | call_32[number]) == CALL_NONE)
		return 0;
	task = bpf_get_current_task_btf();
	compat = task->thread_info.status & TS_COMPAT;
	call = compat ? call_32[number] : call_64[number];
	if (call == CALL_NONE || (result < 0 && !(call == CALL_CONNECT && result == -EINPROGRESS)))
		return 0;
	args.a = compat ? (uint32_t)regs->bx : regs->di;
	args.b = compat ? (uint32_t)regs->cx : regs->si;
	args.c = compat ? (uint32_t)regs->dx : regs->dx;
	args.d = compat ? (uint32_t)regs->si : regs->r10;
	if (call >= CALL_RENAME && call <= CALL_SYMLINKAT)
		tell_call_two(task, call, &args);
	else if (call <= CALL_CREAT)
		tell_call_open(task, call, &args, result);
	else
		tell_call_one(task, call, &args);
	return 0;
}
