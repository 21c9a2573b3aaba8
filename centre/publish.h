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
 * Whose programme it is. An operator that is not known is refused with the names
 * of the known ones, so that a mistyped name takes no applications nobody sees.
 */
struct publish_for {
	const char *operator_name;
	bool is_new; /* made where there is none of the name */
};

/*
 * Publishes the text of the file for the operator, with an entry on the audit
 * trail. report gets lines for people: what was published and for whom, or each
 * mistake of the file with line and column.
 */
int publish(struct store *records, const char *path, struct sv source,
	    const struct publish_for *who, struct instant now, struct buf *report, struct err *err);

#endif
