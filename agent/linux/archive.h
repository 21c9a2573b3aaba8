/*
 * archive.h - a tar file, compressed with zstd, that carries a manifest of
 * what is in it. For triage packages: evidence should prove itself.
 */
#ifndef AGENT_LINUX_ARCHIVE_H
#define AGENT_LINUX_ARCHIVE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"

#define ARCHIVE_BYTES_MAX (64U << 20) /* of all contents */
#define ARCHIVE_FILE_MAX (4U << 20)   /* of one; more is cut to its end */
#define ARCHIVE_FILES_MAX 2000
#define ARCHIVE_NAME_MAX 255

struct archive;

/* Makes the file, readable by its owner only; it must not be there. */
struct archive *archive_new(const char *path, struct instant now, struct err *err);
/* Adds contents under a name. What does not fit is left out and told in the manifest. */
void archive_add(struct archive *archive, const char *name, struct sv content);
/*
 * Opens for reading without following a link anywhere in the path: what users
 * can write must not lead to what only root reads. -1 with errno.
 */
int archive_open(const char *path, int flags);
/* Adds the last ARCHIVE_FILE_MAX bytes of a regular file, by archive_open. */
void archive_add_file(struct archive *archive, const char *name, const char *path);
/* Writes "manifest.json" and closes. -1 where anything could not be written. */
int archive_finish(struct archive *archive, struct err *err);
void archive_free(struct archive *archive); /* removes a file that was not finished */

#endif
