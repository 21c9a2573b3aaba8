/* programme.h - what the commands `hikeshi programme …` share. */
#ifndef CLI_PROGRAMME_H
#define CLI_PROGRAMME_H

#include "cli/cli.h"
#include "programme/programme.h"

#define PROGRAMME_COMMAND_MEMORY ((size_t)256 << 20)

/* Tells every mistake of the file. NULL with *ret_status, the exit status. */
struct programme *programme_open(const char *path, struct arena *arena, int *ret_status);
/* To a file, or to standard output where save is NULL or "-". Returns the exit status. */
int programme_save(const char *save, struct sv bytes);

#endif
