/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* path.bpf.h - paths out of the kernel's tree of names, up to the agent's own root. */
#ifndef AGENT_LINUX_BPF_PATH_BPF_H
#define AGENT_LINUX_BPF_PATH_BPF_H

#include "agent/linux/bpf/common.bpf.h"

/*
 * Where a walk stands. In map memory, not on the stack: so the verifier knows
 * nothing of its values, and one look at a step holds for every step.
 */
struct walk {
	struct dentry *dentry;
	struct vfsmount *mount;
	uint64_t used;  /* bytes of exec_scratch.data; or where text begins */
	uint64_t start; /* components: first byte of this path */
	uint32_t which; /* text: 0 path, 1 source */
	bool cut;
	bool home;   /* came to the agent's own root */
	bool config; /* went through a folder .config */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct walk);
} walk_scratch SEC(".maps");

/* One step towards the root. 1: at the root, 0: *ret_name is a component, -1: stepped over a mount. */
static int ascend(struct walk *walk, const unsigned char **ret_name, uint32_t *ret_length)
{
	struct dentry *dentry = walk->dentry;
	struct vfsmount *within = walk->mount;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	struct dentry *top = BPF_CORE_READ(within, mnt_root);

	if (!dentry)
		return 1;
	if ((uint64_t)dentry == self.root_dentry && (uint64_t)within == self.root_mount) {
		walk->home = true;
		return 1;
	}
	if (dentry == top) {
		struct mount *mount = (void *)((char *)within -
					       bpf_core_field_offset(struct mount, mnt));
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return 1;
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = (void *)((char *)above + bpf_core_field_offset(struct mount, mnt));
		return -1;
	}
	*ret_name = BPF_CORE_READ(dentry, d_name.name);
	*ret_length = BPF_CORE_READ(dentry, d_name.len);
	/* A file that lies nowhere (memfd) is its own parent. */
	walk->dentry = parent == dentry ? NULL : parent;
	return 0;
}

static long step_component(uint32_t i, void *context)
{
	const uint32_t zero = 0;
	struct walk *walk = bpf_map_lookup_elem(&walk_scratch, &zero);
	struct record_exec *record = bpf_map_lookup_elem(&exec_scratch, &zero);
	const unsigned char *name;
	uint64_t at;
	uint32_t length;
	long n;
	int up;

	if (!record || !walk)
		return 1;
	at = walk->used;
	up = ascend(walk, &name, &length);
	if (up != 0)
		return up > 0;
	if (at > walk->start + RECORD_PATH_BYTES || at >= sizeof record->data - RECORD_COMPONENT_MAX) {
		walk->cut = true;
		return 1;
	}
	BARRIER(at);
	if (at >= sizeof record->data - RECORD_COMPONENT_MAX)
		return 1;
	n = bpf_probe_read_kernel_str(record->data + at, RECORD_COMPONENT_MAX, name);
	if (n <= 0)
		return 1;
	walk->used = at + n;
	return 0;
}

/* Where a walk begins. */
struct place {
	struct vfsmount *mount;
	struct dentry *dentry;
};

static struct walk *new_walk(struct vfsmount *mount, struct dentry *dentry, uint64_t used)
{
	const uint32_t zero = 0;
	struct walk *walk = bpf_map_lookup_elem(&walk_scratch, &zero);

	if (!walk)
		return NULL;
	walk->dentry = dentry;
	walk->mount = mount;
	walk->used = walk->start = used;
	walk->cut = walk->home = walk->config = false;
	return walk;
}

/* Appends the components of a path to data; returns the bytes used after it. */
static uint64_t put_components(const struct place *place, uint64_t used, uint32_t elsewhere,
			       uint32_t *flags)
{
	struct walk *walk = new_walk(place->mount, place->dentry, used);

	if (!walk)
		return used;
	if (bpf_loop(RECORD_COMPONENTS_MAX, step_component, NULL, 0) >= RECORD_COMPONENTS_MAX ||
	    walk->cut)
		*flags |= RECORD_PATH_CUT;
	if (!walk->home)
		*flags |= elsewhere;
	return walk->used;
}

static struct record_text *text_of(struct record_file *record, uint32_t which)
{
	return which ? &record->source : &record->path;
}

/* Has room for seven bytes, of which four tell enough. */
static bool is_config(const char *name)
{
	return name[0] == '.' && name[1] == 'c' && name[2] == 'o' && name[3] == 'n';
}

static long step_text(uint32_t i, void *context)
{
	const uint32_t zero = 0;
	struct walk *walk = bpf_map_lookup_elem(&walk_scratch, &zero);
	struct record_file *record = bpf_map_lookup_elem(&file_scratch, &zero);
	const unsigned char *name;
	uint32_t bytes;
	uint64_t at, length;
	int up;

	if (!record || !walk)
		return 1;
	up = ascend(walk, &name, &bytes);
	if (up != 0)
		return up > 0;
	length = bytes;
	if (length >= RECORD_COMPONENT_MAX || walk->used < length + 1) {
		walk->cut = true;
		return 1;
	}
	at = walk->used - length;
	BARRIER(at);
	BARRIER(length);
	if (at >= RECORD_TEXT_MIDDLE || at < 1 || length >= RECORD_COMPONENT_MAX)
		return 1;
	if (bpf_probe_read_kernel(text_of(record, walk->which)->text + at, length, name) != 0)
		return 1;
	if (length == 7 && is_config(text_of(record, walk->which)->text + at))
		walk->config = true;
	text_of(record, walk->which)->text[at - 1] = '/';
	walk->used = at - 1;
	return 0;
}

/*
 * Writes the path so that it ends at end (RECORD_TEXT_MIDDLE or one before).
 * Returns true where it goes through a folder .config: the reader looks closer.
 */
static bool put_text(struct record_file *record, uint32_t which, struct vfsmount *mount,
		     struct dentry *dentry, uint32_t end)
{
	struct walk *walk = new_walk(mount, dentry, end);
	struct record_text *text = text_of(record, which);

	if (!walk)
		return false;
	walk->which = which;
	if (bpf_loop(RECORD_COMPONENTS_MAX, step_text, NULL, 0) >= RECORD_COMPONENTS_MAX || walk->cut)
		record->head.flags |= RECORD_PATH_CUT;
	text->from = walk->used;
	text->to = RECORD_TEXT_MIDDLE;
	return walk->config;
}

static struct file *file_of(struct task_struct *task, int fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < 0 || (uint32_t)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof file, files + fd);
	return file;
}

#endif
