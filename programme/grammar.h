/*
 * grammar.h - every map of the language with its keys, in one table: the reader
 * refuses what is not in it, and the JSON Schema for editors is made of it.
 */
#ifndef PROGRAMME_GRAMMAR_H
#define PROGRAMME_GRAMMAR_H

#include <stddef.h>

enum map_kind {
	MAP_PROGRAMME,
	MAP_TEXT,
	MAP_OFFICE,
	MAP_DESKS,
	MAP_HOURS,
	MAP_POLICY,
	MAP_HEARINGS,
	MAP_RECEPTION,
	MAP_ABOUT,
	MAP_SELECTION,
	MAP_FRAME,
	MAP_FLAG,
	MAP_COURSE,
	MAP_ENTITLEMENT,
	MAP_FORM,
	MAP_SECTION,
	MAP_FIELD,
	MAP_OPTION,
	MAP_MUST,
	MAP_CONDITION,
	MAP_ELIGIBILITY,
	MAP_MESSAGE,
	MAP_QUESTIONNAIRE,
	MAP_REMIND,
	MAP_VISITS,
	MAP_AGENDA,
	MAP_DOCUMENT,
	MAP_SESSION,
	MAP_PLACES,
	MAP_DISCLOSURE,
	MAP_FIGURE,
	MAP_UPGRADE,
	MAP_RECEIVE,
	MAP_STATE,
	MAP_DUE,
	MAP_EVENT,
	MAP_MOMENT,
	MAP_REQUIREMENT,
	MAP_WAY,
	MAP_EFFECT,
	MAP_MAIL,
	MAP_TEXTS,
	MAP_QUESTION,
	MAP_COUNT
};

struct key_rule {
	/* With "!" where it has to be there. */
	const char *key;
	/*
	 * What stands behind it: alternatives parted by |, each one a name of
	 * grammar_schema.c ("day"), a map of the table ("course"), a list "[course]", a
	 * map with free keys "{mail}", a word 'full', or an enumeration "@actor".
	 */
	const char *type;
	const char *help; /* one line for who writes a file */
};
struct map_rule {
	const char *id;	  /* "course": in types */
	const char *what; /* "a course": in messages */
	const struct key_rule *key;
	size_t key_count;
};
extern const struct map_rule grammar[MAP_COUNT];

#endif
