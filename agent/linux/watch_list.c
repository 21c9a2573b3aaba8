/*
 * watch_list.c - folders for sensors that must be given a list: the places
 * that begin somewhere, and the homes' files that matter.
 */
#include "agent/linux/linux.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/mem.h"

#define WATCH_DEPTH_MAX 3
#define WATCH_HOMES_MAX 64

static bool is_folder(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static void add(struct watch_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (sv_eq(sv_from(list->path[i]), sv_from(path)))
			return;
	if (!is_folder(path))
		return;
	if (list->count == WATCHES_MAX) {
		list->left_out++;
		return;
	}
	list->path[list->count++] = mem_dup(path);
}

/* A folder and, to a bounded depth, what lies below. */
static void add_tree(struct watch_list *list, const char *path, unsigned depth)
{
	const struct dirent *entry;
	DIR *folder;

	add(list, path);
	if (depth == 0 || !(folder = opendir(path)))
		return;
	while ((entry = readdir(folder))) {
		char below[4096];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below)
			continue;
		add_tree(list, below, depth - 1);
	}
	closedir(folder);
}

static void add_place(struct watch_list *list, const struct place *place)
{
	const struct sv begin = sv_from(place->begin);
	size_t end = begin.n;
	char path[256];

	/* "/etc/cron" stands for names in /etc, and for the folders /etc/cron.d, … */
	while (end > 1 && begin.p[end - 1] != '/')
		end--;
	snprintf(path, sizeof path, "%.*s", (int)(end > 1 ? end - 1 : end), begin.p);
	if (end == begin.n) {
		add_tree(list, path, place->kind == PLACE_PROGRAM ? 1 : WATCH_DEPTH_MAX);
		return;
	}
	add(list, path);
	for (DIR *folder = opendir(path); folder; closedir(folder), folder = NULL) {
		const struct dirent *entry;

		while ((entry = readdir(folder))) {
			char below[600];

			snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
			if (sv_starts(sv_from(below), begin) && is_folder(below))
				add_tree(list, below, WATCH_DEPTH_MAX);
		}
	}
}

static void add_home(struct watch_list *list, struct sv home)
{
	static const char *const below[] = {
		"", "/.ssh", "/.config", "/.config/systemd/user", "/.config/autostart",
	};
	char path[4096];

	for (size_t i = 0; i < sizeof below / sizeof *below; i++)
		if (snprintf(path, sizeof path, "%.*s%s", SV_ARG(home), below[i]) < (int)sizeof path)
			add(list, path);
}

void watch_list_make(struct watch_list *list, struct users *users)
{
	struct sv home[WATCH_HOMES_MAX];
	const size_t homes = users_homes(users, home, WATCH_HOMES_MAX);

	*list = (struct watch_list){ .count = 0 };
	for (size_t i = 0; i < homes; i++)
		add_home(list, home[i]);
	for (size_t i = 0; i < place_count; i++)
		if (places[i].begin[0])
			add_place(list, &places[i]);
}

void watch_list_done(struct watch_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->path[i]);
	list->count = 0;
}
