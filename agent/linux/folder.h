/*
 * folder.h - what fanotify and inotify have in common: a change in a watched
 * folder becomes a sighting like the one that the kernel's sensor gives.
 */
#ifndef AGENT_LINUX_FOLDER_H
#define AGENT_LINUX_FOLDER_H

#include "agent/linux/linux.h"

enum folder_change {
	FOLDER_CREATED,
	FOLDER_CLOSED,   /* after writing */
	FOLDER_MODIFIED, /* written or cut, still open */
	FOLDER_MODE,
	FOLDER_MOVED,    /* path is where to, source where from; one of them may be missing */
	FOLDER_DELETED,
};

/* Changes that may be one act seen twice (made, then closed) are remembered so long. */
#define FOLDER_RECENT_MAX 64
#define FOLDER_RECENT_US UINT64_C(2000000)

struct folder_teller {
	struct sensor_sink sink;
	struct {
		uint64_t hash, at_us;
	} recent[FOLDER_RECENT_MAX];
	size_t next;
};

/* pid 0: not known. Paths are absolute; source SV_NONE where there is none. */
void folder_tell(struct folder_teller *teller, enum folder_change change, uint32_t pid,
		 struct sv path, struct sv source);
/* Is a new folder one to be watched too? */
bool folder_is_wanted(struct sv path);
/* Tells files that were in a new folder before it was watched. */
void folder_tell_present(struct folder_teller *teller, uint32_t pid, const char *path);

#endif
