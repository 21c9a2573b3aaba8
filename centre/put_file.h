/*
 * put_file.h - files and downloads as routes and pages answer them.
 */
#ifndef CENTRE_PUT_FILE_H
#define CENTRE_PUT_FILE_H

#include "centre/board.h"
#include "centre/emit.h"
#include "centre/http.h"

/* Download of the contract. */
void put_download(struct emit *emit, const struct download *download);
/* Content-Type and Content-Disposition of a file: it is saved, never shown as a page of ours. */
void file_answer(struct http_response *response, struct sv name, enum file_type type,
		 struct arena *arena);
/* The body of a request, held for owner under the name of the parameter `name`. */
struct file_wish {
	struct sv owner;
	unsigned types;	    /* bits 1 << enum file_type */
	uint32_t bytes_max; /* 0: UPLOAD_BYTES_MAX */
};
#define FILE_TYPES_ALL ((1U << FILE_TYPE_COUNT) - 1)
/* Returns 0, or -1 with the response filled. */
int file_hold(struct http_request *request, struct http_response *response,
	      const struct file_wish *wish, struct upload *ret);

#endif
