/*
 * site_upload.h - private to site*.c: a form's body, and the files in it.
 */
#ifndef CENTRE_SITE_UPLOAD_H
#define CENTRE_SITE_UPLOAD_H

#include "centre/site_internal.h"
#include "forms/multipart.h"
#include "forms/upload.h"

#define SITE_FILE_INPUT ".file"	   /* the input that chooses a file is FIELD.file */
#define SITE_FILE_REMOVE ".remove" /* a box: not this file after all */

/* What a browser sent: its pairs, and files of their own. */
struct site_body {
	struct answers raw;
	const struct multipart_part *file;
	size_t file_count;
};
/* Returns 0, or -1 with the response filled. */
int site_read_form(struct http_request *request, struct http_response *response,
		   struct site_body *ret);

/* The files of these fields: kept for owner, and in raw as values that are true. */
struct site_files {
	struct http_request *request;
	const struct site_body *body;
	struct sv owner;
	struct answer *item; /* raw, rebuilt */
	size_t count;
	struct form_error *error;
	size_t error_count;
};
int site_files_begin(struct http_request *request, const struct site_body *body, struct sv owner,
		     struct site_files *ret, struct err *err);
int site_files_take(struct site_files *files, const struct programme_field *field, size_t count,
		    struct err *err);
int site_files_take_form(struct site_files *files, const struct programme_form *form,
			 struct err *err);
struct answers site_files_raw(const struct site_files *files);
/* "FIELD: choose the file again". */
struct form_error site_file_gone(const struct programme_field *field, struct arena *arena);
const struct programme_field *site_find_field(const struct programme_form *form, struct sv id);

bool site_has_files(const struct programme_field *field, size_t count);
bool site_form_has_files(const struct programme_form *form);
/* Both lists in the order of the fields; where both have a field, first counts. */
struct form_errors site_merge_errors(const struct programme_field *field, size_t count,
				     const struct form_errors *first,
				     const struct form_errors *second, struct arena *arena);
struct form_errors site_merge_form_errors(const struct programme_form *form,
					  const struct form_errors *first,
					  const struct form_errors *second, struct arena *arena);

#endif
