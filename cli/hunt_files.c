/* Which files: those that are named, and those of folders with a suffix of events. */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/hunt.h"

static bool has_suffix(struct sv name, const char *suffix)
{
	const struct sv end = sv_from(suffix);

	return name.n > end.n && sv_eq_case(sv_slice(name, name.n - end.n, name.n), end);
}

static bool is_digits(struct sv text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0;
}

/* Without what packing and rotation put behind: access.log.3.gz, messages-20261121. */
static struct sv plain_name(struct sv name)
{
	static const char *const packed[] = { ".gz", ".zst" };
	size_t at;

	for (size_t i = 0; i < sizeof packed / sizeof *packed; i++)
		if (has_suffix(name, packed[i])) {
			name.n -= strlen(packed[i]);
			break;
		}
	for (at = name.n; at > 0 && name.p[at - 1] >= '0' && name.p[at - 1] <= '9';)
		at--;
	if (at > 1 && (name.p[at - 1] == '.' || name.p[at - 1] == '-') &&
	    is_digits(sv_slice(name, at, name.n)))
		name.n = at - 1;
	return name;
}

static bool is_event_file(const char *path)
{
	static const char *const suffix[] = { ".evtx", ".json", ".ndjson", ".jsonl",
					      ".log",  ".csv",	".cef",	   ".export" };
	static const char *const known[] = { "messages", "syslog", "secure", "maillog" };
	const char *slash = strrchr(path, '/');
	const struct sv name = plain_name(sv_from(slash ? slash + 1 : path));

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
		if (has_suffix(name, suffix[i]))
			return true;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (sv_eq(name, sv_from(known[i])))
			return true;
	return false;
}

static void no_file(struct hunt *hunt, const char *path, int number)
{
	say("%s: %s", path, number == ENOENT ? _("there is no such file") : strerror(number));
	hunt_fail(hunt, ERR_NOT_FOUND);
}

void hunt_add_file(struct hunt *hunt, const char *path)
{
	struct hunt_files *files = &hunt->files;

	if (files->count == HUNT_FILES_MAX) {
		if (hunt->failed != err_exit_status(ERR_RANGE))
			say(_("more than %d files; the others are not searched"), HUNT_FILES_MAX);
		hunt->failed = err_exit_status(ERR_RANGE);
		return;
	}
	if (files->count == files->room) {
		files->room = files->room ? files->room * 2 : 64;
		files->path = mem_realloc(files->path, files->room, sizeof *files->path);
	}
	files->path[files->count++] = mem_dup(path);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Links in it are not followed: evidence may lead anywhere by them. */
static void add_folder(struct hunt *hunt, char *path)
{
	char *const paths[] = { path, NULL };
	const size_t before = hunt->files.count;
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);

	if (!tree) {
		no_file(hunt, path, errno);
		return;
	}
	for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
		if (entry->fts_info == FTS_F && is_event_file(entry->fts_path))
			hunt_add_file(hunt, entry->fts_path);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			no_file(hunt, entry->fts_path, entry->fts_errno);
	}
	fts_close(tree);
	if (hunt->files.count == before) {
		say(_("%s: no event files in this folder"), path);
		hunt_fail(hunt, ERR_NOT_FOUND);
	}
}

void hunt_add_path(struct hunt *hunt, char *path)
{
	struct stat info;

	if (strcmp(path, "-") == 0)
		hunt_add_file(hunt, path);
	else if (stat(path, &info) < 0)
		no_file(hunt, path, errno);
	else if (S_ISDIR(info.st_mode))
		add_folder(hunt, path);
	else
		hunt_add_file(hunt, path);
}

void hunt_files_free(struct hunt_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->path[i]);
	free(files->path);
}
