/*
 * file.h - whole files: read with a bound, written so that a reader sees the
 * old or the new content and never a part, also after a power cut.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <limits.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sv.h"

/*
 * Appends the content to buf. ERR_NOT_FOUND, ERR_DENIED, ERR_TOO_LARGE (it does
 * not fit; then buf->full is set and buf->n is as before), ERR_IO.
 */
int file_read(const char *path, struct buf *buf, struct err *err);
/* The same from where a descriptor stands; name is for the error. */
int file_read_fd(int fd, const char *name, struct buf *buf, struct err *err);
/*
 * Replaces the file: writes beside it, syncs, renames, syncs the folder. The
 * mode is set as given (no umask). On failure the old file is untouched.
 */
int file_write(const char *path, struct sv content, mode_t mode, struct err *err);
/* Makes a folder and those above it where they are missing, with this mode. */
int file_make_folder(const char *path, mode_t mode, struct err *err);
/* Syncs a folder, so that names made, renamed or removed in it last. */
int file_sync_folder(const char *path, struct err *err);
/* The folder of the program that runs, without a final slash. Returns text, "." if unknown. */
char *file_program_folder(char text[PATH_MAX]);

#endif
