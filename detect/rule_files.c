#include "detect/rule_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "detect/cache.h"
#include "detect/literal_quick.h"

#define FOLDER_DEPTH_MAX 32

static bool is_rule_file(const char *name)
{
	return sv_ends(sv_from(name), SV(".yml")) || sv_ends(sv_from(name), SV(".yaml"));
}

static int walk_path(struct rule_files *files, const char *path, unsigned depth);

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int walk_folder(struct rule_files *files, const char *path, unsigned depth)
{
	struct growing name = { NULL, 0, 0 };
	DIR *folder = opendir(path);
	int status = 0;

	if (!folder)
		return err_errno(files->err, errno, "%s", path);
	for (struct dirent *entry; (entry = readdir(folder));) {
		const size_t n = strlen(path) + strlen(entry->d_name) + 2;
		char *whole;

		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_REG && !is_rule_file(entry->d_name))
			continue;
		whole = mem_alloc(n);
		snprintf(whole, n, "%s/%s", path, entry->d_name);
		*(char **)growing_add(&name, sizeof whole) = whole;
	}
	closedir(folder);
	if (name.count > 0)
		qsort(name.p, name.count, sizeof(char *), by_name);
	for (size_t i = 0; i < name.count; i++) {
		char *whole = ((char **)name.p)[i];

		if (status == 0)
			status = walk_path(files, whole, depth);
		free(whole);
	}
	free(name.p);
	return status;
}

/* depth 0: named by the caller, so any file is taken. Links to folders are not followed. */
static int walk_path(struct rule_files *files, const char *path, unsigned depth)
{
	struct stat stat_of, link;
	struct rule_file *file;

	if (stat(path, &stat_of) < 0 || lstat(path, &link) < 0) {
		if (depth > 0 && errno == ENOENT) /* a dead link, or gone since */
			return 0;
		return err_errno(files->err, errno, "%s", path);
	}
	if (S_ISDIR(stat_of.st_mode)) {
		if (depth > 0 && S_ISLNK(link.st_mode))
			return 0;
		if (depth == FOLDER_DEPTH_MAX)
			return err_set(files->err, ERR_TOO_LARGE,
				       "%s: folders are nested deeper than %d", path,
				       FOLDER_DEPTH_MAX);
		return walk_folder(files, path, depth + 1);
	}
	if (depth > 0 && (!S_ISREG(stat_of.st_mode) || !is_rule_file(path)))
		return 0;
	if (files->file.count == RULESET_FILES_MAX)
		return err_set(files->err, ERR_TOO_LARGE, "over %d rule files", RULESET_FILES_MAX);
	file = growing_add(&files->file, sizeof *file);
	*file = (struct rule_file){ mem_dup(path),     stat_of.st_dev,	stat_of.st_ino,
				    files->file.count, stat_of.st_size, stat_of.st_mtim,
				    stat_of.st_ctim };
	return 0;
}

static int by_inode(const void *a, const void *b)
{
	const struct rule_file *x = a, *y = b;

	if (x->device != y->device)
		return x->device > y->device ? 1 : -1;
	if (x->inode != y->inode)
		return x->inode > y->inode ? 1 : -1;
	return (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
	const struct rule_file *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

/* A file that is reached on two ways is read once, at its first place. */
static void drop_repeated(struct rule_files *files)
{
	struct rule_file *file = files->file.p;
	size_t n = 0;

	if (files->file.count < 2)
		return;
	qsort(file, files->file.count, sizeof *file, by_inode);
	for (size_t i = 1; i < files->file.count; i++) {
		if (file[i].device == file[n].device && file[i].inode == file[n].inode)
			free(file[i].path);
		else
			file[++n] = file[i];
	}
	files->file.count = n + 1;
	qsort(file, files->file.count, sizeof *file, by_order);
}

int rule_files_find(struct rule_files *files, const struct ruleset_options *options,
		    struct err *err)
{
	int status = 0;

	*files = (struct rule_files){ .err = err };
	for (size_t i = 0; i < options->path_count && status == 0; i++)
		status = walk_path(files, options->path[i], 0);
	drop_repeated(files);
	return status;
}

void rule_files_done(struct rule_files *files)
{
	for (size_t i = 0; i < files->file.count; i++)
		free(((struct rule_file *)files->file.p)[i].path);
	free(files->file.p);
}

/* ---- what they were ---- */

static void put_u64(struct buf *buf, uint64_t value)
{
	buf_put(buf, &value, sizeof value);
}

static void put_text(struct buf *buf, struct sv text)
{
	put_u64(buf, text.n);
	buf_put_sv(buf, text);
}

/* Of all that decides what the rules compile to. */
struct sha256 rule_files_key(const struct rule_files *files, const struct ruleset_options *options)
{
	const struct rule_file *file = files->file.p;
	struct sha256 key;
	struct buf buf;

	buf_init(&buf, SIZE_MAX / 2);
	put_u64(&buf, cache_program());
	put_u64(&buf, quick_is_supported());
	put_u64(&buf, options->with_deprecated | options->all_logsources << 1);
	for (size_t i = 0; i < files->file.count; i++) {
		put_text(&buf, sv_from(file[i].path));
		put_u64(&buf, (uint64_t)file[i].device);
		put_u64(&buf, (uint64_t)file[i].inode);
		put_u64(&buf, (uint64_t)file[i].size);
		put_u64(&buf, (uint64_t)file[i].modified.tv_sec);
		put_u64(&buf, (uint64_t)file[i].modified.tv_nsec);
		put_u64(&buf, (uint64_t)file[i].changed.tv_sec);
		put_u64(&buf, (uint64_t)file[i].changed.tv_nsec);
	}
	for (size_t i = 0; i < options->placeholder_count; i++) {
		put_text(&buf, options->placeholder[i].name);
		put_u64(&buf, options->placeholder[i].count);
		for (size_t k = 0; k < options->placeholder[i].count; k++)
			put_text(&buf, options->placeholder[i].value[k]);
	}
	key = sha256_of(buf_sv(&buf));
	buf_done(&buf);
	return key;
}

int64_t rule_files_newest(const struct rule_files *files)
{
	const struct rule_file *file = files->file.p;
	int64_t newest = 0;

	for (size_t i = 0; i < files->file.count; i++)
		if (file[i].changed.tv_sec > newest)
			newest = file[i].changed.tv_sec;
	return newest;
}
