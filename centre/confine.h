/*
 * confine.h - what each role may still do once it is at work (base/sandbox.h).
 */
#ifndef CENTRE_CONFINE_H
#define CENTRE_CONFINE_H

#include "base/err.h"
#include "base/log.h"
#include "centre/layout.h"

#define CONFINE_KEY_MEMORY (64U << 20)
#define CONFINE_SERVER_MEMORY (UINT64_C(4) << 30)
#define CONFINE_SERVER_FILES 4096

/* Open descriptors and nothing else. What the kernel cannot do is logged. */
int confine_key(const struct layout *layout, const struct log *log, struct err *err);
/* Its database directory, and rules to read. */
int confine_server(const struct layout *layout, const char *placeholders, const char *const *rules,
		   size_t rules_count, const struct log *log, struct err *err);

#endif
