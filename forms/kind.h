/*
 * kind.h - of what kind a file is, by its content and never by its name. Pure.
 * What only begins like a kind is none: a PDF has its end, a picture its last
 * chunk, a document of an office its directory with the main part. Documents
 * that bring programs of their own (macros) are of no kind.
 */
#ifndef FORMS_KIND_H
#define FORMS_KIND_H

#include <stdbool.h>

#include "base/sv.h"
#include "programme/programme.h"

#define KIND_ENTRIES_MAX 4096 /* files within a document of an office */

bool file_kind(struct sv content, enum file_type *ret);
const char *file_kind_media(enum file_type type);     /* "application/pdf" */
const char *file_kind_extension(enum file_type type); /* ".pdf" */
/* What people call it: "PDF", "Word". */
const char *file_kind_name(enum file_type type);

#endif
