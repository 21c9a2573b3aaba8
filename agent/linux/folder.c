#include "agent/linux/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool stat_of(struct sv path, struct stat *ret)
{
	char name[PLACE_PATH_MAX + 1];

	if (path.n > PLACE_PATH_MAX)
		return false;
	memcpy(name, path.p, path.n);
	name[path.n] = '\0';
	return lstat(name, ret) == 0;
}

/* True where the same was told a moment ago; else remembers it. */
static bool is_repeated(struct folder_teller *teller, struct sv path, uint32_t pid)
{
	const uint64_t now = clock_monotonic_us();
	const uint64_t hash = sv_hash(path) ^ pid * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < FOLDER_RECENT_MAX; i++)
		if (teller->recent[i].hash == hash && now - teller->recent[i].at_us < FOLDER_RECENT_US)
			return true;
	teller->recent[teller->next].hash = hash;
	teller->recent[teller->next].at_us = now;
	teller->next = (teller->next + 1) % FOLDER_RECENT_MAX;
	return false;
}

static void forget(struct folder_teller *teller, struct sv path, uint32_t pid)
{
	const uint64_t hash = sv_hash(path) ^ pid * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < FOLDER_RECENT_MAX; i++)
		if (teller->recent[i].hash == hash)
			teller->recent[i].at_us = 0;
}

static void tell(struct folder_teller *teller, enum file_operation operation, uint32_t pid,
		 struct sv path, struct sv source)
{
	const struct sighting sighting = {
		.kind = SIGHTING_FILE,
		.at = clock_now(clock_real()),
		.process.key.pid = pid,
		.operation = operation,
		.path = path,
		.source = source,
	};

	teller->sink.see(teller->sink.context, &sighting);
}

/* Logs and histories: only that they are empty now counts. */
static void tell_if_cut(struct folder_teller *teller, uint32_t pid, struct sv path,
			const struct stat *found)
{
	if (!S_ISREG(found->st_mode))
		return;
	if (found->st_size > 0)
		forget(teller, path, pid);
	else if (!is_repeated(teller, path, pid))
		tell(teller, FILE_TRUNCATED, pid, path, SV_NONE);
}

static void tell_program(struct folder_teller *teller, uint32_t pid, struct sv path, struct sv source,
			 const struct stat *found)
{
	if (S_ISREG(found->st_mode) && (found->st_mode & 0111) && !is_repeated(teller, path, pid))
		tell(teller, FILE_EXECUTABLE, pid, path, source);
}

static void tell_persistence(struct folder_teller *teller, enum folder_change change, uint32_t pid,
			     struct sv path, const struct stat *found)
{
	if (change == FOLDER_CREATED) {
		is_repeated(teller, path, pid);
		tell(teller, S_ISLNK(found->st_mode) || found->st_nlink > 1 ? FILE_LINKED : FILE_CREATED,
		     pid, path, SV_NONE);
	} else if (change == FOLDER_MODE) {
		if ((found->st_mode & 0111) && S_ISREG(found->st_mode) && !is_repeated(teller, path, pid))
			tell(teller, FILE_EXECUTABLE, pid, path, SV_NONE);
	} else if (!is_repeated(teller, path, pid)) {
		tell(teller, FILE_WRITTEN, pid, path, SV_NONE);
	}
}

void folder_tell(struct folder_teller *teller, enum folder_change change, uint32_t pid,
		 struct sv path, struct sv source)
{
	const enum place_kind place = place_of(path);
	struct stat found;

	if (change == FOLDER_DELETED || (change == FOLDER_MOVED && place != PLACE_PROGRAM)) {
		tell(teller, change == FOLDER_DELETED ? FILE_DELETED : FILE_RENAMED, pid, path, source);
		return;
	}
	/* It may be gone or another one by now: what cannot be looked at is told as made. */
	if (place == PLACE_NONE || !stat_of(path, &found)) {
		if (place == PLACE_PERSISTENCE && change == FOLDER_CREATED)
			tell(teller, FILE_CREATED, pid, path, source);
		return;
	}
	switch (place) {
	case PLACE_LOG:
	case PLACE_HISTORY:
		if (change == FOLDER_CREATED && S_ISLNK(found.st_mode))
			tell(teller, FILE_LINKED, pid, path, source);
		else if (change == FOLDER_CLOSED || change == FOLDER_MODIFIED)
			tell_if_cut(teller, pid, path, &found);
		return;
	case PLACE_PROGRAM:
		tell_program(teller, pid, path, source, &found);
		return;
	case PLACE_PERSISTENCE:
		if (change != FOLDER_MODIFIED)
			tell_persistence(teller, change, pid, path, &found);
		return;
	case PLACE_NONE:
		return;
	}
}

bool folder_is_wanted(struct sv path)
{
	char below[PLACE_PATH_MAX + 32];
	const int n = snprintf(below, sizeof below, "%.*s/x", SV_ARG(path));

	if (n < 0 || n >= PLACE_PATH_MAX)
		return false;
	return place_of((struct sv){ below, (size_t)n }) != PLACE_NONE || sv_ends(path, SV("/.ssh")) ||
	       sv_ends(path, SV("/.config")) || sv_ends(path, SV("/.config/systemd"));
}

void folder_tell_present(struct folder_teller *teller, uint32_t pid, const char *path)
{
	const struct dirent *entry;
	DIR *folder = opendir(path);

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		char below[PLACE_PATH_MAX];
		const int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);

		if (entry->d_type == DT_REG && n > 0 && n < (int)sizeof below)
			folder_tell(teller, FOLDER_CREATED, pid, (struct sv){ below, (size_t)n }, SV_NONE);
	}
	closedir(folder);
}
