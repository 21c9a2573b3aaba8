/*
 * site_board.h - private to site*.c: what the office has put up (board.h), as
 * parts of pages and as pages of their own.
 */
#ifndef CENTRE_SITE_BOARD_H
#define CENTRE_SITE_BOARD_H

#include "centre/board.h"
#include "centre/site_internal.h"

#define SITE_ARTICLES_MAX 200 /* on one page */

struct site_board {
	const struct article *article; /* published ones, the newest first */
	size_t count;
	const struct download *download;
	size_t download_count;
	struct board_site site;
	bool has_results; /* site_results.h */
};

void site_board_news(struct site *site, struct sv slug, const struct site_board *board);
void site_board_texts(struct site *site, struct sv slug, const struct site_board *board);
void site_board_faq(struct site *site, const struct site_board *board); /* within its section */
void site_board_downloads(struct site *site, const struct programme_facts *facts, struct sv slug,
			  const struct site_board *board);
void site_board_visitors(struct site *site, const struct site_board *board);
/* News and security information of all programmes. */
void site_board_front(struct site *site, const struct site_board *board,
		      const struct site_edition *edition, size_t count);

void site_articles_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			const struct site_edition *edition, enum article_kind kind,
			const struct article *article, size_t count);
void site_article_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_edition *edition, const struct article *article);

/* ---- site_shown.c: requests for them ---- */

/* What a programme's page shows; programme empty: of all. Returns 0, or -1 with the response filled. */
int site_read_board(struct http_request *request, struct http_response *response,
		    const struct catalogue_entry *entry, struct site_board *ret);
/* /p/SLUG/KIND, /p/SLUG/KIND/ID, /p/SLUG/files/DOCUMENT; HTTP_DONE with 404 for what is none. */
enum http_answer site_shown(struct http_request *request, struct http_response *response,
			    const struct catalogue_entry *entry, struct sv what, struct sv id);
/* A further address of a programme leads to its own (T-40). */
enum http_answer site_alias(struct http_request *request, struct http_response *response,
			    const struct catalogue *catalogue, const struct sv segment[static 3]);

#endif
