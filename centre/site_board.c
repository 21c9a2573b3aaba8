/* What the office has put up: articles, downloads, visitors. */
#include "centre/files.h"
#include "centre/site_board.h"
#include "forms/kind.h"

#define SHOWN_MAX 5 /* articles of one kind on a programme's page; the list has all */

static const struct {
	const char *ja, *en;
} kind_title[ARTICLE_KIND_COUNT] = {
	[ARTICLE_NEWS] = { "お知らせ", "News" },
	[ARTICLE_SECURITY] = { "セキュリティ情報", "Security information" },
	[ARTICLE_FAQ] = { "よくある質問", "Questions and answers" },
	[ARTICLE_SEMINAR] = { "セミナーの資料", "Texts of seminars" },
	[ARTICLE_CASE] = { "事例", "Cases" },
};

static struct sv article_path(const struct site *site, struct sv slug, const struct article *article)
{
	return site_path(site, SITE_PREFIX "/%.*s/%s/%.*s", SV_ARG(slug),
			 article_kind_name(article->kind), SV_ARG(article->id));
}

static void put_article_line(struct site *site, struct sv slug, const struct article *article)
{
	struct html *html = &site->html;
	char text[DAY_TEXT_MAX];

	html_open(html, "li");
	html_open(html, "time");
	html_attribute(html, "datetime", sv_from(day_format(article->day, DAY_ISO, text)));
	html_text(html, site_day(site, article->day));
	html_close(html);
	html_text(html, SV(" "));
	site_link(site, NULL, article_path(site, slug, article), site_text(site, &article->title));
	html_close(html);
}

/* ---- a programme's page ---- */

static size_t count_kind(const struct site_board *board, enum article_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < board->count; i++)
		n += board->article[i].kind == kind;
	return n;
}

static void put_kind(struct site *site, struct sv slug, const struct site_board *board,
		     enum article_kind kind)
{
	struct html *html = &site->html;
	const size_t count = count_kind(board, kind);
	size_t shown = 0;

	if (count == 0)
		return;
	html_open(html, "section");
	html_attribute(html, "id", sv_from(article_kind_name(kind)));
	html_tell(html, "h2", NULL, kind_title[kind].ja, kind_title[kind].en);
	html_open(html, "ul");
	html_class(html, "articles");
	for (size_t i = 0; i < board->count && shown < SHOWN_MAX; i++) {
		if (board->article[i].kind != kind)
			continue;
		put_article_line(site, slug, &board->article[i]);
		shown++;
	}
	html_close(html);
	if (count > shown) {
		html_open(html, "p");
		site_link(site, NULL,
			  site_path(site, SITE_PREFIX "/%.*s/%s", SV_ARG(slug),
				    article_kind_name(kind)),
			  html->english ? SV("All of them") : SV("すべて見る"));
		html_close(html);
	}
	html_close(html);
}

void site_board_news(struct site *site, struct sv slug, const struct site_board *board)
{
	put_kind(site, slug, board, ARTICLE_NEWS);
	put_kind(site, slug, board, ARTICLE_SECURITY);
}

void site_board_texts(struct site *site, struct sv slug, const struct site_board *board)
{
	put_kind(site, slug, board, ARTICLE_SEMINAR);
	put_kind(site, slug, board, ARTICLE_CASE);
}

void site_board_faq(struct site *site, const struct site_board *board)
{
	struct html *html = &site->html;

	for (size_t i = 0; i < board->count; i++) {
		if (board->article[i].kind != ARTICLE_FAQ)
			continue;
		html_open(html, "details");
		html_element(html, "summary", NULL, site_text(site, &board->article[i].title));
		html_prose(html, site_text(site, &board->article[i].text));
		html_close(html);
	}
}

static const struct programme_document *document_of(const struct programme_facts *facts,
						    struct sv id)
{
	for (size_t i = 0; i < facts->document_count; i++)
		if (sv_eq(facts->document[i].id, id))
			return &facts->document[i];
	return NULL;
}

void site_board_downloads(struct site *site, const struct programme_facts *facts, struct sv slug,
			  const struct site_board *board)
{
	struct html *html = &site->html;

	if (board->download_count == 0)
		return;
	html_open(html, "section");
	html_attribute(html, "id", SV("downloads"));
	html_tell(html, "h2", NULL, "様式のダウンロード", "Forms to download");
	html_open(html, "ul");
	for (size_t i = 0; i < board->download_count; i++) {
		const struct download *download = &board->download[i];
		const struct programme_document *document = document_of(facts, download->document);

		if (!document)
			continue;
		html_open(html, "li");
		site_link(site, NULL,
			  site_path(site, SITE_PREFIX "/%.*s/files/%.*s", SV_ARG(slug),
				    SV_ARG(document->id)),
			  site_text(site, &document->name));
		html_text(html,
			  arena_printf(site->arena,
				       html->english ? " (version %.*s, %s, %.*s)"
						     : "（第 %.*s 版、%s、%.*s）",
				       SV_ARG(download->version), file_kind_name(download->type),
				       SV_ARG(files_size(download->bytes, html->english,
							 site->arena))));
		html_prose(html, site_text(site, &document->help));
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

static struct sv grouped(const struct site *site, uint64_t number)
{
	struct sv text = arena_printf(site->arena, "%llu", (unsigned long long)(number % 1000));

	for (number /= 1000; number > 0; number /= 1000) {
		while (text.n % 4 != 3)
			text = arena_printf(site->arena, "0%.*s", SV_ARG(text));
		text = arena_printf(site->arena, "%llu,%.*s", (unsigned long long)(number % 1000),
				    SV_ARG(text));
	}
	return text;
}

void site_board_visitors(struct site *site, const struct site_board *board)
{
	struct html *html = &site->html;
	const uint64_t milestone = board_milestone(board->site.visitors);
	const struct sv visitors = grouped(site, board->site.visitors);
	const struct sv since = site_day(site, board->site.since);

	if (!board->site.counted)
		return;
	html_open(html, "p");
	html_class(html, "visitors");
	if (milestone > 0) {
		html_element(html, "b", "mark open",
			     arena_printf(site->arena,
					  html->english ? "More than %.*s visitors" : "%.*s人突破",
					  SV_ARG(grouped(site, milestone))));
		html_text(html, SV(" "));
	}
	html_text(html, arena_printf(site->arena,
				     html->english ? "Visitors: %.*s (counted since %.*s)"
						   : "来訪者数 %.*s人（%.*sから集計）",
				     SV_ARG(visitors), SV_ARG(since)));
	html_close(html);
}

/* ---- the front page ---- */

void site_board_front(struct site *site, const struct site_board *board,
		      const struct site_edition *edition, size_t count)
{
	static const enum article_kind shown[] = { ARTICLE_NEWS, ARTICLE_SECURITY };
	struct html *html = &site->html;

	for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
		if (count_kind(board, shown[k]) == 0)
			continue;
		html_tell(html, "h2", NULL, kind_title[shown[k]].ja, kind_title[shown[k]].en);
		html_open(html, "ul");
		html_class(html, "articles");
		for (size_t i = 0, n = 0; i < board->count && n < SHOWN_MAX; i++) {
			size_t at = 0;

			while (at < count &&
			       !sv_eq(edition[at].entry->id, board->article[i].programme))
				at++;
			if (board->article[i].kind != shown[k] || at == count)
				continue;
			put_article_line(site, edition[at].entry->slug, &board->article[i]);
			n++;
		}
		html_close(html);
	}
}

/* ---- pages of articles ---- */

static void put_back(struct site *site, const struct site_edition *edition)
{
	html_open(&site->html, "p");
	html_class(&site->html, "path");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/%.*s", SV_ARG(edition->entry->slug)),
		  site_text(site, &edition->facts->name));
	html_close(&site->html);
}

void site_articles_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			const struct site_edition *edition, enum article_kind kind,
			const struct article *article, size_t count)
{
	const struct site_head head = {
		.title = sv_from(english ? kind_title[kind].en : kind_title[kind].ja),
		.facts = edition->facts,
		.path = arena_printf(arena, SITE_PREFIX "/%.*s/%s", SV_ARG(edition->entry->slug),
				     article_kind_name(kind)),
	};
	struct site site = site_begin(buf, arena, english, today, &head);

	put_back(&site, edition);
	html_element(&site.html, "h1", NULL, head.title);
	if (count == 0)
		html_tell(&site.html, "p", "notice", "いま掲載しているものはありません。",
			  "There is nothing at present.");
	html_open(&site.html, "ul");
	html_class(&site.html, "articles");
	for (size_t i = 0; i < count; i++)
		put_article_line(&site, edition->entry->slug, &article[i]);
	html_close(&site.html);
	site_end(&site, &head);
}

void site_article_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_edition *edition, const struct article *article)
{
	const struct site_head head = {
		.title = english ? article->title.en : article->title.ja,
		.facts = edition->facts,
		.path = arena_printf(arena, SITE_PREFIX "/%.*s/%s/%.*s",
				     SV_ARG(edition->entry->slug),
				     article_kind_name(article->kind), SV_ARG(article->id)),
	};
	struct site site = site_begin(buf, arena, english, today, &head);

	put_back(&site, edition);
	html_element(&site.html, "h1", NULL, head.title);
	html_element(&site.html, "p", "quiet", site_day(&site, article->day));
	html_prose(&site.html, site_text(&site, &article->text));
	html_open(&site.html, "p");
	site_link(&site, NULL,
		  site_path(&site, SITE_PREFIX "/%.*s/%s", SV_ARG(edition->entry->slug),
			    article_kind_name(article->kind)),
		  sv_from(english ? kind_title[article->kind].en : kind_title[article->kind].ja));
	html_close(&site.html);
	site_end(&site, &head);
}
