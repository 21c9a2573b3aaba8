/*
 * log.h - structured log lines, one JSON object each, on a file descriptor.
 * Libraries never log; the one who handles an event or error logs it once.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log {
	int fd;
	enum log_level level; /* lines below it are dropped */
	const char *program;  /* "hikeshi-centre/key" */
};

struct log_field {
	const char *name;
	enum { LOG_FIELD_TEXT, LOG_FIELD_NUMBER } kind;
	struct sv text;
	int64_t number;
};

#define LOG_TEXT(key, view) ((struct log_field){ key, LOG_FIELD_TEXT, view, 0 })
#define LOG_STR(key, cstr) ((struct log_field){ key, LOG_FIELD_TEXT, sv_from(cstr), 0 })
#define LOG_INT(key, value) ((struct log_field){ key, LOG_FIELD_NUMBER, SV_NONE, (int64_t)(value) })

/* Lines are at most 8 KiB, longer text is cut with a mark. Never fails. */
void log_fields(const struct log *log, enum log_level level, const char *message,
		const struct log_field *field, size_t count);
#define log_line(log, level, message, ...)                                                         \
	log_fields(log, level, message,                                                            \
		   (const struct log_field[]){ { "", LOG_FIELD_TEXT, SV_NONE, 0 },                 \
					       ##__VA_ARGS__ },                                    \
		   sizeof((const struct log_field[]){ { "", LOG_FIELD_TEXT, SV_NONE, 0 },          \
						      ##__VA_ARGS__ }) /                           \
			   sizeof(struct log_field))
/* Message, then the error's code, text and hint. */
void log_error(const struct log *log, enum log_level level, const char *message,
	       const struct err *err);

#endif
