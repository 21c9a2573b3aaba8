/* Requests for what the office has put up. */
#include "centre/centre.h"
#include "centre/put_file.h"
#include "centre/site_board.h"
#include "support/support.h"

int site_read_board(struct http_request *request, struct http_response *response,
		    const struct catalogue_entry *entry, struct site_board *ret)
{
	const struct article_filter filter = { .programme = entry ? entry->id : SV(""),
					       .kind = -1,
					       .published = true,
					       .limit = SITE_ARTICLES_MAX };
	struct store *store = request->worker->records;
	struct site_board board = { .count = 0 };
	struct err err = ERR_INIT;

	if (article_list(store, &filter, request->arena, &board.article, &board.count, &err) != 0 ||
	    (entry && (download_list(store, entry, request->arena, &board.download,
				     &board.download_count, &err) != 0 ||
		       board_site(store, entry->id, request->arena, &board.site, &err) != 0 ||
		       results_are_public(store, entry->id, &board.has_results, &err) != 0))) {
		http_fail_err(request, response, &err);
		return -1;
	}
	*ret = board;
	return 0;
}

/* ---- articles ---- */

static enum http_answer list_of_kind(struct http_request *request, struct http_response *response,
				     const struct site_edition *edition, enum article_kind kind)
{
	const struct article_filter filter = { .programme = edition->entry->id,
					       .kind = (int)kind,
					       .published = true,
					       .limit = SITE_ARTICLES_MAX };
	const struct article *article;
	struct err err = ERR_INIT;
	size_t count;

	if (article_list(request->worker->records, &filter, request->arena, &article, &count,
			 &err) != 0)
		return http_fail_err(request, response, &err);
	site_articles_page(&response->body, request->arena, site_is_english(request),
			   site_today(request), edition, kind, article, count);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

/* What was withdrawn, or is not shown yet, is as if it were not there. */
static enum http_answer one_article(struct http_request *request, struct http_response *response,
				    const struct site_edition *edition, enum article_kind kind,
				    struct sv id)
{
	struct article article;
	struct err err = ERR_INIT;
	const int found =
		article_load(request->worker->records, id, request->arena, &article, &err);

	if (found < 0)
		return http_fail_err(request, response, &err);
	if (found == 0 || !article.published || article.kind != kind ||
	    !sv_eq(article.programme, edition->entry->id))
		return site_not_found(request, response);
	site_article_page(&response->body, request->arena, site_is_english(request),
			  site_today(request), edition, &article);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

/* ---- downloads ---- */

static enum http_answer one_download(struct http_request *request, struct http_response *response,
				     const struct catalogue_entry *entry, struct sv document)
{
	const struct download *download;
	struct err err = ERR_INIT;
	size_t count, at = 0;

	if (download_list(request->worker->records, entry, request->arena, &download, &count,
			  &err) != 0)
		return http_fail_err(request, response, &err);
	while (at < count && !sv_eq(download[at].document, document))
		at++;
	if (at == count)
		return site_not_found(request, response);
	if (upload_read(request->centre->uploads, download[at].digest, &response->body, &err) != 0)
		return http_fail_err(request, response, &err);
	site_answer(response, 200, false);
	file_answer(response, download[at].name, download[at].type, request->arena);
	return HTTP_DONE;
}

enum http_answer site_shown(struct http_request *request, struct http_response *response,
			    const struct catalogue_entry *entry, struct sv what, struct sv id)
{
	struct site_edition edition;
	enum article_kind kind;

	if (sv_eq(what, SV("files")) && id.n > 0)
		return one_download(request, response, entry, id);
	if (!article_kind_parse(what, &kind))
		return site_not_found(request, response);
	if (site_read_edition(request, response, entry, &edition) != 0)
		return HTTP_DONE;
	return id.n > 0 ? one_article(request, response, &edition, kind, id)
			: list_of_kind(request, response, &edition, kind);
}

/* ---- further addresses ---- */

enum http_answer site_alias(struct http_request *request, struct http_response *response,
			    const struct catalogue *catalogue, const struct sv segment[static 3])
{
	const struct catalogue_entry *entry = NULL;
	struct err err = ERR_INIT;
	struct sv programme;
	int found = 0;

	if (segment[0].n > 0)
		found = board_alias(request->worker->records, segment[0], request->arena, &programme,
				    &err);
	if (found < 0)
		return http_fail_err(request, response, &err);
	if (found == 1)
		entry = catalogue_by_id(catalogue, programme);
	if (!entry)
		return site_not_found(request, response);
	site_answer(response, 308, false);
	http_add_header(response, "Location",
			arena_printf(request->arena, SITE_PREFIX "/%.*s%s%.*s%s%.*s%s",
				     SV_ARG(entry->slug), segment[1].n > 0 ? "/" : "",
				     SV_ARG(segment[1]), segment[2].n > 0 ? "/" : "",
				     SV_ARG(segment[2]),
				     site_is_english(request) ? "?lang=en" : ""));
	return HTTP_DONE;
}
