/*
 * triage.c - what an analyst looks at first, in one package: processes, sockets,
 * files that start programs, the end of the logs. Collected by a process of its
 * own, so that its memory is given back and its failure harms nobody.
 */
#include "agent/linux/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/linux/archive.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/role.h"

#define TRIAGE_KEPT 8          /* packages; older ones are removed */
#define TRIAGE_WAIT_MS 120000
#define TRIAGE_DEPTH_MAX 3
#define TRIAGE_LOG_DAYS 7
#define TRIAGE_TEXT_MAX (8U << 20) /* of a list that is made here */

struct collector {
	struct archive *archive;
	struct buf text;
	struct uuid boot;
	struct users *users;
	struct image_cache *images;
	struct proc_room room;
	time_t now;
};

/* ---- processes ---- */

static void put_hash(struct collector *collector, uint32_t pid)
{
	char path[64], hex[2 * SHA256_SIZE + 1];
	struct sha256 hash;
	struct stat found;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &found) == 0) {
		/* Many processes share an image: each is read once. */
		const struct image_key key = {
			.device = found.st_dev, .inode = found.st_ino, .size = (uint64_t)found.st_size,
			.changed_ns = found.st_ctim.tv_sec, .modified_ns = found.st_mtim.tv_sec,
		};
		const bool known = image_cache_get(collector->images, &key, &hash);

		if (known || (found.st_size <= (off_t)IMAGE_BYTES_MAX &&
			      sha256_of_fd(fd, IMAGE_BYTES_MAX, &hash) == 0)) {
			image_cache_put(collector->images, &key, &hash);
			buf_printf(&collector->text, ",\"Sha256\":\"%s\"",
				   hex_encode(hash.byte, sizeof hash.byte, hex));
		}
	}
	close(fd);
}

static void put_text(struct buf *buf, const char *name, struct sv text)
{
	if (!text.p)
		return;
	buf_printf(buf, ",\"%s\":", name);
	buf_put_json(buf, text);
}

static void put_process(void *context, uint32_t pid)
{
	struct collector *collector = context;
	struct buf *buf = &collector->text;
	char guid[GUID_TEXT_MAX];
	struct process_facts facts;

	if (!proc_read(pid, &collector->room, &facts))
		return;
	buf_printf(buf, "{\"ProcessId\":%u,\"ProcessGuid\":\"%s\"", pid,
		   guid_format(&collector->boot, facts.key, guid));
	if (facts.parent.pid)
		buf_printf(buf, ",\"ParentProcessId\":%u,\"ParentProcessGuid\":\"%s\"", facts.parent.pid,
			   guid_format(&collector->boot, facts.parent, guid));
	buf_printf(buf, ",\"UserId\":%u", facts.uid);
	put_text(buf, "User", users_name(collector->users, facts.uid));
	put_text(buf, "Image", facts.image);
	put_text(buf, "CommandLine", facts.command_line);
	put_text(buf, "CurrentDirectory", facts.directory);
	put_hash(collector, pid);
	buf_put_sv(buf, SV("}\n"));
}

static void add_text(struct collector *collector, const char *name)
{
	archive_add(collector->archive, name, buf_sv(&collector->text));
	buf_clear(&collector->text);
}

/* ---- sockets: which process holds which ---- */

static void put_sockets_of(void *context, uint32_t pid)
{
	struct collector *collector = context;
	const struct dirent *entry;
	char path[64], link[64];
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%u/fd", pid);
	folder = opendir(path);
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		const ssize_t n = readlinkat(dirfd(folder), entry->d_name, link, sizeof link);

		if (n > 0 && sv_starts((struct sv){ link, (size_t)n }, SV("socket:[")))
			buf_printf(&collector->text, "%u %s %.*s\n", pid, entry->d_name, (int)n, link);
	}
	closedir(folder);
}

/* Files of /proc tell no size: read until they end. */
static void add_proc_file(struct collector *collector, const char *name, const char *path)
{
	char block[16384];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	while (!collector->text.full && (n = read(fd, block, sizeof block)) > 0)
		buf_put(&collector->text, block, (size_t)n);
	close(fd);
	add_text(collector, name);
}

/* ---- files ---- */

static void add_place_file(struct collector *collector, const char *top, const char *path)
{
	char name[PATH_MAX + 16];

	if (snprintf(name, sizeof name, "%s%s", top, path) < (int)sizeof name)
		archive_add_file(collector->archive, name, path);
}

static void add_folder(struct collector *collector, const char *top, const char *path, unsigned depth,
		       bool (*wanted)(const struct collector *, const struct stat *, struct sv))
{
	const int fd = archive_open(path, O_RDONLY | O_DIRECTORY);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder))) {
		char below[PATH_MAX];
		struct stat found;
		int n;

		if (sv_eq(sv_from(entry->d_name), SV(".")) || sv_eq(sv_from(entry->d_name), SV("..")))
			continue;
		n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		if (n < 0 || n >= (int)sizeof below || lstat(below, &found) < 0)
			continue;
		if (S_ISDIR(found.st_mode) && depth > 0)
			add_folder(collector, top, below, depth - 1, wanted);
		else if (S_ISREG(found.st_mode) && wanted(collector, &found, (struct sv){ below, (size_t)n }))
			add_place_file(collector, top, below);
	}
	closedir(folder);
}

static bool is_persistence(const struct collector *collector, const struct stat *found, struct sv path)
{
	/* Hashes of passwords never leave the host. */
	return place_of(path) == PLACE_PERSISTENCE && !sv_starts(path, SV("/etc/shadow")) &&
	       !sv_starts(path, SV("/etc/ssh/ssh_host_")) && !sv_starts(path, SV("/usr/lib/systemd/")) &&
	       !sv_starts(path, SV("/lib/systemd/"));
}

static bool is_fresh_log(const struct collector *collector, const struct stat *found, struct sv path)
{
	return collector->now - found->st_mtime < TRIAGE_LOG_DAYS * 86400 && !sv_ends(path, SV(".gz")) &&
	       !sv_ends(path, SV(".xz")) && !sv_ends(path, SV(".journal"));
}

static void add_persistence(struct collector *collector)
{
	struct watch_list *list = mem_zalloc(sizeof *list);

	/* The folders that are watched, each without those below: they are in the list too. */
	watch_list_make(list, collector->users);
	for (size_t i = 0; i < list->count; i++)
		add_folder(collector, "files", list->path[i], 0, is_persistence);
	watch_list_done(list);
	free(list);
}

static void add_system(struct collector *collector)
{
	char at[INSTANT_TEXT_MAX], boot[UUID_TEXT_MAX];
	struct utsname system;

	if (uname(&system) < 0)
		return;
	buf_put_sv(&collector->text, SV("{\"Time\":"));
	buf_put_json(&collector->text, sv_from(instant_format(clock_now(clock_real()), at)));
	put_text(&collector->text, "Host", sv_from(system.nodename));
	put_text(&collector->text, "Kernel", sv_from(system.release));
	put_text(&collector->text, "Version", sv_from(system.version));
	put_text(&collector->text, "Machine", sv_from(system.machine));
	put_text(&collector->text, "BootId", sv_from(uuid_format(collector->boot, boot)));
	put_text(&collector->text, "Agent", sv_from(HIKESHI_VERSION));
	buf_put_sv(&collector->text, SV("}\n"));
	add_text(collector, "system.json");
}

static void collect(struct collector *collector)
{
	static const struct {
		const char *name, *path;
	} row[] = {
		{ "proc/mounts", "/proc/self/mountinfo" }, { "proc/modules", "/proc/modules" },
		{ "proc/cmdline", "/proc/cmdline" }, { "proc/uptime", "/proc/uptime" },
		{ "proc/net/tcp", "/proc/net/tcp" }, { "proc/net/tcp6", "/proc/net/tcp6" },
		{ "proc/net/udp", "/proc/net/udp" }, { "proc/net/udp6", "/proc/net/udp6" },
		{ "proc/net/raw", "/proc/net/raw" }, { "proc/net/unix", "/proc/net/unix" },
		{ "proc/net/packet", "/proc/net/packet" }, { "proc/net/arp", "/proc/net/arp" },
		{ "proc/net/route", "/proc/net/route" },
	};

	add_system(collector);
	proc_each(put_process, collector);
	add_text(collector, "processes.ndjson");
	proc_each(put_sockets_of, collector);
	add_text(collector, "sockets.txt");
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		add_proc_file(collector, row[i].name, row[i].path);
	add_persistence(collector);
	add_folder(collector, "logs", "/var/log", TRIAGE_DEPTH_MAX, is_fresh_log);
}

/* ---- the role: hikeshi-agent --role collector PATH ---- */

static void send_result(const char *path, const struct stat *found, const struct sha256 *digest)
{
	struct message message;

	message_init(&message, AGENT_COLLECTED);
	message_put_sv(&message, sv_from(path));
	message_put_u64(&message, (uint64_t)found->st_size);
	message_put_sv(&message, (struct sv){ (const char *)digest->byte, sizeof digest->byte });
	message_send(ROLE_CHANNEL_FD, &message, NULL);
	message_done(&message);
}

static int collect_into(const char *path, struct err *err)
{
	const struct instant now = clock_now(clock_real());
	struct collector *collector = mem_zalloc(sizeof *collector);
	struct sha256 digest;
	struct stat found;
	int fd, result = -1;

	collector->now = (time_t)(now.us / INSTANT_SECOND);
	collector->archive = archive_new(path, now, err);
	if (collector->archive) {
		proc_boot_id(&collector->boot);
		collector->users = users_new("/etc/passwd");
		collector->images = image_cache_new(IMAGES_MAX);
		buf_init(&collector->text, TRIAGE_TEXT_MAX);
		collect(collector);
		result = archive_finish(collector->archive, err);
		buf_done(&collector->text);
		image_cache_free(collector->images);
		users_free(collector->users);
	}
	archive_free(collector->archive);
	free(collector);
	if (result < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &found) < 0 || sha256_of_fd(fd, UINT64_MAX, &digest) < 0)
		result = err_errno(err, errno, "reading %s", path);
	else
		send_result(path, &found, &digest);
	if (fd >= 0)
		close(fd);
	return result;
}

int collector_role(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct message message;

	if (argc != 2)
		return err_exit_status(ERR_USAGE);
	if (collect_into(argv[1], &err) == 0)
		return 0;
	message_init(&message, MESSAGE_ERROR);
	message_put_sv(&message, sv_from(err.text));
	message_send(ROLE_CHANNEL_FD, &message, NULL);
	message_done(&message);
	return err_exit_status(err.code);
}

/* ---- the sensor's side ---- */

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return sv_cmp(sv_from((*a)->d_name), sv_from((*b)->d_name));
}

static int is_package(const struct dirent *entry)
{
	return sv_ends(sv_from(entry->d_name), SV(".tar.zst"));
}

/* Names begin with the time, so the first ones are the oldest. */
static void remove_old(const char *folder)
{
	struct dirent **name;
	const int count = scandir(folder, &name, is_package, compare_names);

	for (int i = 0; i < count; i++) {
		char path[PATH_MAX + 256];

		snprintf(path, sizeof path, "%s/%s", folder, name[i]->d_name);
		if (i + TRIAGE_KEPT <= count)
			unlink(path);
		free(name[i]);
	}
	if (count >= 0)
		free(name);
}

static int take_result(struct message *message, const char *path, struct triage_result *ret,
		       struct err *err)
{
	struct triage_result result;
	struct sv text;

	if (message->type == MESSAGE_ERROR && message_get_text(message, ERR_TEXT_MAX, &text, err) == 0)
		return err_set(err, ERR_IO, "%.*s", SV_ARG(text));
	if (message->type != AGENT_COLLECTED)
		return err_set(err, ERR_FORMAT, "the collector sent message %u", message->type);
	if (message_get_text(message, PATH_MAX, &text, err) < 0 ||
	    message_get_u64(message, UINT64_MAX, &result.size, err) < 0 ||
	    message_get_bytes(message, result.digest.byte, sizeof result.digest.byte, err) < 0 ||
	    message_end(message, err) < 0)
		return -1;
	snprintf(result.path, sizeof result.path, "%s", path);
	*ret = result;
	return 0;
}

int triage_collect(const struct data_paths *paths, struct triage_result *ret, struct err *err)
{
	char path[PATH_MAX + 64], id[UUID_TEXT_MAX];
	const char *const argument[] = { path, NULL };
	const struct role_options options = { .name = "collector", .argument = argument };
	struct role_process process;
	struct message message;
	int got, result = -1;

	if (file_make_folder(paths->triage, 0700, err) < 0)
		return -1;
	remove_old(paths->triage);
	uuid_format(uuid_v7(clock_now(clock_real())), id);
	snprintf(path, sizeof path, "%s/%s.tar.zst", paths->triage, id);
	if (role_spawn(&options, &process, err) < 0)
		return -1;
	got = message_receive(process.channel, TRIAGE_WAIT_MS, &message, err);
	if (got == 0)
		err_set(err, ERR_INTERNAL, "the collector ended without a result");
	if (got > 0) {
		result = take_result(&message, path, ret, err);
		message_done(&message);
	}
	kill(process.pid, SIGKILL);
	role_reap(&process);
	if (result < 0)
		unlink(path);
	return result < 0 ? err_wrap(err, "collecting") : 0;
}
