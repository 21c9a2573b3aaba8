#include "agent/linux/linux.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

size_t proc_join_argv(char *argv, size_t n)
{
	while (n > 0 && argv[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < n; i++)
		if (argv[i] == '\0')
			argv[i] = ' ';
	return n;
}

bool proc_parse_stat(struct sv stat, uint32_t *ret_parent, uint64_t *ret_start)
{
	uint64_t parent = 0, start = 0;
	size_t end = SIZE_MAX;

	/* The name may hold anything, so count from the last parenthesis. */
	for (size_t i = 0; i < stat.n; i++)
		if (stat.p[i] == ')')
			end = i;
	if (end == SIZE_MAX)
		return false;
	stat = sv_slice(stat, end + 2, stat.n);
	for (unsigned field = 3; field <= 22; field++) {
		const struct sv word = sv_cut(&stat, ' ');

		if (field == 4 && !sv_to_u64(word, &parent))
			return false;
		if (field == 22 && !sv_to_u64(sv_trim(word), &start))
			return false;
	}
	if (parent > UINT32_MAX)
		return false;
	*ret_parent = (uint32_t)parent;
	*ret_start = start;
	return true;
}

/* Reads up to room bytes of /proc/PID/NAME; -1 where that cannot be done. */
static ssize_t read_of(uint32_t pid, const char *name, char *ret, size_t room)
{
	char path[64];
	size_t n = 0;
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (n < room) {
		got = read(fd, ret + n, room - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	return n > 0 || got == 0 ? (ssize_t)n : -1;
}

static struct sv link_of(uint32_t pid, const char *name, char *ret, size_t room)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
	n = readlink(path, ret, room);
	return n > 0 ? (struct sv){ ret, (size_t)n } : SV_NONE;
}

/* "Uid:\t1000\t1000\t1000\t1000": real and effective. */
static void parse_status(struct sv status, struct process_facts *ret)
{
	while (status.n > 0) {
		struct sv line = sv_cut(&status, '\n');
		uint64_t real, effective;

		if (!sv_starts(line, SV("Uid:")))
			continue;
		sv_cut(&line, '\t');
		if (sv_to_u64(sv_cut(&line, '\t'), &real) && sv_to_u64(sv_cut(&line, '\t'), &effective)) {
			ret->uid = (uint32_t)real;
			ret->effective_uid = (uint32_t)effective;
		}
		return;
	}
}

/* How much of argv there is beyond what was kept; bounded, a program can make it endless. */
#define PROC_ARGV_COUNTED (4U << 20)

static size_t argv_rest(uint32_t pid)
{
	char path[64], block[4096];
	size_t n = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return PROC_ARGV_MAX;
	while (n < PROC_ARGV_COUNTED && (got = read(fd, block, sizeof block)) > 0)
		n += (size_t)got;
	close(fd);
	return n;
}

bool proc_read(uint32_t pid, struct proc_room *room, struct process_facts *ret)
{
	struct process_facts facts = { .key.pid = pid, .session = UINT32_MAX };
	char text[4096];
	uint64_t number;
	ssize_t n;

	/* First what goes when the program ends; the rest stays until its parent has asked. */
	facts.image = link_of(pid, "exe", room->image, sizeof room->image);
	n = read_of(pid, "cmdline", room->argv, PROC_ARGV_MAX);
	room->argv_true = n > 0 ? (size_t)n : 0;
	facts.directory = link_of(pid, "cwd", room->directory, sizeof room->directory);
	if (n > 0) {
		facts.command_line = (struct sv){ room->argv, proc_join_argv(room->argv, (size_t)n) };
		if (n == PROC_ARGV_MAX)
			room->argv_true = argv_rest(pid);
	}
	n = read_of(pid, "stat", text, sizeof text);
	if (n < 0 ||
	    !proc_parse_stat((struct sv){ text, (size_t)n }, &facts.parent.pid, &facts.key.start))
		return false;
	n = read_of(pid, "status", text, sizeof text);
	if (n > 0)
		parse_status((struct sv){ text, (size_t)n }, &facts);
	n = read_of(pid, "sessionid", text, sizeof text);
	if (n > 0 && sv_to_u64(sv_trim((struct sv){ text, (size_t)n }), &number))
		facts.session = (uint32_t)number;
	if (facts.parent.pid)
		facts.parent.start = proc_start(facts.parent.pid);
	*ret = facts;
	return true;
}

bool proc_parent(uint32_t pid, uint32_t *ret_parent, uint64_t *ret_start)
{
	char text[4096];
	const ssize_t n = read_of(pid, "stat", text, sizeof text);

	return n > 0 && proc_parse_stat((struct sv){ text, (size_t)n }, ret_parent, ret_start);
}

uint64_t proc_start(uint32_t pid)
{
	uint32_t parent;
	uint64_t start;

	return proc_parent(pid, &parent, &start) ? start : 0;
}

struct sv proc_standard_input(uint32_t pid)
{
	char path[64];
	struct stat found;

	snprintf(path, sizeof path, "/proc/%u/fd/0", pid);
	return stat(path, &found) == 0 ? standard_input_name(found.st_mode, major(found.st_rdev),
							     minor(found.st_rdev))
				       : SV_NONE;
}

struct instant proc_started(uint64_t start)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	if (start == 0)
		return (struct instant){ 0 };
	return (struct instant){ (real.tv_sec - boot.tv_sec) * INSTANT_SECOND +
				 (real.tv_nsec - boot.tv_nsec) / 1000 +
				 (int64_t)(start * (PROCESS_TICK_NS / 1000)) };
}

bool proc_glance(uint32_t pid, uint64_t *ret_start, uint64_t *ret_program)
{
	char text[4096];
	uint32_t parent;
	const ssize_t n = read_of(pid, "stat", text, sizeof text);
	struct sv stat = { text, n > 0 ? (size_t)n : 0 }, name;
	size_t end = SIZE_MAX;

	if (!proc_parse_stat(stat, &parent, ret_start))
		return false;
	for (size_t i = 0; i < stat.n; i++)
		if (stat.p[i] == ')')
			end = i;
	name = sv_slice(stat, 0, end);
	stat = sv_slice(stat, end + 2, stat.n);
	/* Field 28, where the stack begins: another place after each exec. */
	for (unsigned field = 3; field < 28; field++)
		sv_cut(&stat, ' ');
	*ret_program = sv_hash(name) * 31 + sv_hash(sv_cut(&stat, ' '));
	return true;
}

void proc_each(void (*each)(void *context, uint32_t pid), void *context)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		uint64_t pid;

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    sv_to_u64(sv_from(entry->d_name), &pid) && pid <= UINT32_MAX)
			each(context, (uint32_t)pid);
	}
	closedir(folder);
}

struct prime {
	struct process_table *table;
	struct proc_room room;
};

static void prime_one(void *context, uint32_t pid)
{
	struct prime *prime = context;
	struct process_facts facts;

	if (proc_read(pid, &prime->room, &facts))
		process_prime(prime->table, &facts);
}

void proc_prime(struct process_table *table)
{
	struct prime *prime = mem_zalloc(sizeof *prime);

	prime->table = table;
	proc_each(prime_one, prime);
	free(prime);
}

bool proc_boot_id(struct uuid *ret)
{
	char text[UUID_TEXT_MAX];
	const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);

	if (fd >= 0)
		close(fd);
	return n > 0 && uuid_parse(sv_trim((struct sv){ text, (size_t)n }), ret);
}

uint64_t proc_namespace(uint32_t pid, const char *name)
{
	char path[64];
	struct stat stat;

	snprintf(path, sizeof path, "/proc/%u/ns/%s", pid, name);
	return lstat(path, &stat) == 0 && fstatat(AT_FDCWD, path, &stat, 0) == 0 ? stat.st_ino : 0;
}

uint64_t proc_resident(uint32_t pid)
{
	char text[256];
	const ssize_t n = read_of(pid, "statm", text, sizeof text);
	struct sv rest = { text, n > 0 ? (size_t)n : 0 };
	uint64_t pages;

	sv_cut(&rest, ' ');
	return sv_to_u64(sv_cut(&rest, ' '), &pages) ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
