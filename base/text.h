/*
 * text.h - the language of what a person reads on a terminal. Texts in the
 * source are English; Japanese is the default language and comes from a
 * catalogue made of po/ja.po. No locale of the system is needed, and none is
 * set: numbers and dates are never written by locale.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Called once, first in main. language is "ja" or "en…" (from --lang), or NULL:
 * then LC_ALL, LC_MESSAGES, LANG in this order, and what does not begin with
 * "en" is Japanese. The catalogue is ../share/locale/ja/LC_MESSAGES/hikeshi.mo
 * from the program's folder, or the same below /usr/share/locale; where there
 * is none, texts stay English.
 */
void text_init(const char *language);
/* The same with the folder that holds ja/LC_MESSAGES/hikeshi.mo. */
void text_init_at(const char *folder, const char *language);
/* Whether Japanese is shown: it is wanted and the catalogue is there. */
bool text_is_japanese(void);

/* The text in the language of the person; the same pointer where it is English. */
const char *text_get(const char *text) __attribute__((format_arg(1)));
const char *text_get_n(const char *one, const char *many, unsigned long n)
	__attribute__((format_arg(1), format_arg(2)));

#define _(text) text_get(text)
#define _n(one, many, n) text_get_n(one, many, n)
/* Marks a text in a table; show it with _(). */
#define N_(text) text

#endif
