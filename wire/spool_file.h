/*
 * spool_file.h - the file of one spooled batch (docs/wire.md): a header of
 * fixed size, then the compressed lines. For spool.c and its fuzzer.
 */
#ifndef WIRE_SPOOL_FILE_H
#define WIRE_SPOOL_FILE_H

#include "wire/wire.h"

#define SPOOL_HEADER_SIZE 104
#define SPOOL_SEQUENCE_MAX INT64_MAX

void spool_file_header(const struct spool_batch *batch, uint8_t header[static SPOOL_HEADER_SIZE]);
/*
 * Checks magic, lengths, the header's and the body's digest. Returns 0 and
 * *ret (packed borrows from file), or -1: damaged.
 */
int spool_file_read(struct sv file, struct spool_batch *ret);

#endif
