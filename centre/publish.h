/*
 * publish.h - a programme's file becomes the one in force: the command
 * `hikeshi-centre programme publish`. A running centre takes it up by itself.
 */
#ifndef CENTRE_PUBLISH_H
#define CENTRE_PUBLISH_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"
#include "programme/programme.h"
#include "store/store.h"

#define PUBLISH_TEXT_MAX (64U << 10)

/*
 * Publishes the text of the file for the operator, with an entry on the audit
 * trail. report gets a line for people: what was published, or each mistake of
 * the file with line and column.
 */
int publish(struct store *records, const char *path, struct sv source, const char *operator_name,
	    struct instant now, struct buf *report, struct err *err);

#endif
