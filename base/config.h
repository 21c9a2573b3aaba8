/*
 * config.h - configuration files: YAML read into a struct by a table that says
 * key, kind, bounds. Strict: an unknown key, a missing one, a value out of
 * bounds is an error "FILE:LINE:COLUMN: …" with a hint, and then nothing of the
 * file is used.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define CONFIG_FILE_MAX ((size_t)1 << 20) /* bytes of a configuration file */
#define CONFIG_TEXT_MAX 4096		  /* bytes of a text or path, where the row says nothing */
#define CONFIG_ITEMS_MAX 10000		  /* items of a list, where the row says nothing */

enum config_kind {
	CONFIG_TEXT,	 /* const char * */
	CONFIG_PATH,	 /* const char *; relative to the file's folder, stored whole */
	CONFIG_INT,	 /* int64_t */
	CONFIG_BOOL,	 /* bool: true, false */
	CONFIG_DURATION, /* int64_t, microseconds: 500ms 90s 5m 3h 2d, or 0 */
	CONFIG_SIZE,	 /* uint64_t, bytes: 65536 64KiB 64MiB 2GiB 500MB */
	CONFIG_ENUM,	 /* int: which of the words */
	CONFIG_TEXTS,	 /* struct config_texts */
	CONFIG_SECTION,	 /* the section's own struct, inside */
	CONFIG_SECTIONS, /* struct config_sections: a list of maps */
	CONFIG_KIND_COUNT
};

struct config_texts {
	const char *const *item;
	size_t count;
};

struct config_sections {
	void *item; /* array of the section's struct */
	size_t count;
};

struct config_schema {
	const struct config_field *field;
	size_t count;
	size_t size;	     /* of the struct that is filled */
	const void *initial; /* SECTIONS: what an item holds before; NULL: zeros */
};

struct config_field {
	const char *key;
	enum config_kind kind;
	size_t offset; /* in the struct */
	/*
	 * INT: the value. DURATION: microseconds. SIZE: bytes. TEXT, PATH: length
	 * in bytes. TEXTS, SECTIONS: items. Both 0: only the general bounds.
	 */
	int64_t min, max;
	bool required;
	const char *const *word;	    /* ENUM: the words, NULL at the end */
	const struct config_schema *schema; /* SECTION, SECTIONS */
};

/*
 * Reads a file into target, which holds the defaults. Texts are put into the
 * arena. On failure target is untouched.
 */
int config_read(const char *path, const struct config_schema *schema, struct arena *arena,
		void *target, struct err *err);
/* The same from bytes; name is for errors, folder for relative paths. */
int config_parse(struct sv text, const char *name, const char *folder,
		 const struct config_schema *schema, struct arena *arena, void *target,
		 struct err *err);

/* Also for command lines. Whole text, else false. */
bool config_duration(struct sv text, int64_t *ret_us);
bool config_size(struct sv text, uint64_t *ret_bytes);
/* The word that is likely meant, or NULL. words ends with NULL. */
const char *config_nearest(struct sv text, const char *const *words);

#endif
