/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * kernel.h - the few members of kernel structures that the programs read. The
 * loader moves each access to the running kernel's layout (CO-RE), so only
 * names count here, and the build needs no type information of any kernel.
 */
#ifndef AGENT_LINUX_BPF_KERNEL_H
#define AGENT_LINUX_BPF_KERNEL_H

#include <linux/bpf.h>

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef int int32_t;
typedef long long int64_t;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { unsigned int val; } kuid_t;
typedef struct { int counter; } atomic_t;

struct pid_namespace;
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };

struct super_block { unsigned long s_magic; };
struct inode { unsigned short i_mode; unsigned int i_rdev; unsigned long i_ino; unsigned int i_nlink; struct super_block *i_sb; };
struct qstr { unsigned int len; const unsigned char *name; };
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { unsigned int f_mode; struct path f_path; struct inode *f_inode; void *private_data; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path root, pwd; };

struct mm_struct { unsigned long arg_start, arg_end; struct file *exe_file; };
struct cred { kuid_t uid, euid; };
struct signal_struct { atomic_t live; int group_exit_code; };
struct thread_info { unsigned int status; };
struct task_struct {
	struct thread_info thread_info;
	int pid, tgid;
	int exit_code;
	struct pid *thread_pid;
	uint64_t start_boottime;
	struct task_struct *real_parent, *group_leader;
	const struct cred *cred;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct signal_struct *signal;
	unsigned int sessionid;
};

struct in6_addr { uint8_t s6_addr[16]; };
struct sock_common {
	uint32_t skc_daddr, skc_rcv_saddr;
	uint16_t skc_dport, skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock { struct sock_common __sk_common; uint16_t sk_type, sk_protocol; };
struct socket { short type; struct sock *sk; };

struct pt_regs { unsigned long r10, bx, cx, dx, si, di, orig_ax; };

#pragma clang attribute pop

#endif
