/*
 * html.h - writes HTML into a buffer: escaping, quoting and nesting are its
 * business and nobody else's. Tags, attribute names and html_say's words are
 * ours; all that comes from elsewhere goes through html_text and
 * html_attribute, where no byte of it can become markup. A buffer that is full
 * stays full; look at it once at the end.
 */
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/sv.h"

#define HTML_DEPTH_MAX 32

struct html {
	struct buf *buf;
	bool english;
	bool in_tag; /* attributes may follow */
	unsigned depth;
	const char *open[HTML_DEPTH_MAX];
};

struct html html_begin(struct buf *buf, bool english); /* writes the doctype */
void html_open(struct html *html, const char *tag);
/* Right after html_open. Whose value is a URL must build it itself: only quoting is done here. */
void html_attribute(struct html *html, const char *name, struct sv value);
void html_class(struct html *html, const char *name); /* NULL: none */
void html_flag(struct html *html, const char *name);  /* "checked" */
void html_close(struct html *html);		      /* the innermost; also of <input>, which has no end */
/*
 * Text: markup is escaped, bytes that are not UTF-8 and control characters
 * other than line end and tab become U+FFFD.
 */
void html_text(struct html *html, struct sv text);
void html_say(struct html *html, const char *ja, const char *en);
/* A whole element with text. */
void html_element(struct html *html, const char *tag, const char *name, struct sv text);
void html_tell(struct html *html, const char *tag, const char *name, const char *ja,
	       const char *en);
/*
 * A text of several lines as a person wrote it: paragraphs between empty
 * lines, lists of lines that begin with "- ", "・" or "1. ".
 */
void html_prose(struct html *html, struct sv text);

#endif
