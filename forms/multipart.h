/*
 * multipart.h - reads the body that a browser makes of a form with files
 * (multipart/form-data, RFC 7578 and 2046). Pure and bounded: parts are views
 * of the body, nothing is copied but names.
 */
#ifndef FORMS_MULTIPART_H
#define FORMS_MULTIPART_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define MULTIPART_PARTS_MAX 512
#define MULTIPART_HEAD_MAX 2048	   /* bytes of one part's header */
#define MULTIPART_BOUNDARY_MAX 70  /* RFC 2046 5.1.1 */
#define MULTIPART_NAME_MAX 100	   /* bytes of a field's name */
#define MULTIPART_FILE_NAME_MAX 200 /* bytes of a file's name; more is cut */

struct multipart_part {
	struct sv name;
	bool is_file;
	struct sv file_name; /* without folders and control characters; may be empty */
	struct sv content;   /* of the body */
};

/* The boundary of a Content-Type; false where it is no good multipart/form-data. */
bool multipart_boundary(struct sv content_type, struct sv *ret);
/*
 * All parts in their order. ERR_FORMAT where the body is not whole or a header
 * is broken, ERR_TOO_LARGE past a limit.
 */
int multipart_parse(struct sv body, struct sv boundary, struct arena *arena,
		    const struct multipart_part **ret, size_t *ret_count, struct err *err);

#endif
