#include <stdarg.h>
#include <stdio.h>

#include "centre/site_internal.h"
#include "centre/site_style_generated.h"

struct sv site_text(const struct site *site, const struct programme_text *text)
{
	return site->html.english ? text->en : text->ja;
}

struct sv site_path(const struct site *site, const char *format, ...)
{
	char path[HTTP_PATH_MAX];
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(path, sizeof path, format, list);
	va_end(list);
	if (n < 0 || (size_t)n >= sizeof path)
		return SV(SITE_PREFIX "/");
	return arena_printf(site->arena, "%s%s", path, site->html.english ? "?lang=en" : "");
}

void site_link(struct site *site, const char *name, struct sv path, struct sv text)
{
	struct html *html = &site->html;

	html_open(html, "a");
	html_class(html, name);
	html_attribute(html, "href", path);
	html_text(html, text);
	html_close(html);
}

struct sv site_day(const struct site *site, struct day day)
{
	char text[DAY_TEXT_MAX];

	return arena_dup(
		site->arena,
		sv_from(day_format(day, site->html.english ? DAY_ENGLISH : DAY_ERA, text)));
}

struct sv site_time(const struct site *site, struct instant at)
{
	char text[DAY_TEXT_MAX];

	return arena_dup(
		site->arena,
		sv_from(tokyo_format(at, site->html.english ? DAY_ENGLISH : DAY_ERA, text)));
}

void site_chapter(struct site *site, const char *id, const char *ja, const char *en,
		  struct sv prose)
{
	struct html *html = &site->html;

	if (prose.n == 0)
		return;
	html_open(html, "section");
	html_attribute(html, "id", sv_from(id));
	html_tell(html, "h2", NULL, ja, en);
	html_prose(html, prose);
	html_close(html);
}

void site_row(struct site *site, const char *ja, const char *en)
{
	html_open(&site->html, "div");
	html_tell(&site->html, "dt", NULL, ja, en);
	html_open(&site->html, "dd");
}

void site_row_text(struct site *site, const char *ja, const char *en, struct sv text)
{
	site_row(site, ja, en);
	html_text(&site->html, text);
	html_close(&site->html);
	html_close(&site->html);
}

void site_telephone(struct site *site, struct sv number)
{
	struct buf buf;

	buf_init(&buf, 64);
	buf_put_sv(&buf, SV("tel:"));
	for (size_t i = 0; i < number.n; i++)
		if ((number.p[i] >= '0' && number.p[i] <= '9') || (i == 0 && number.p[i] == '+'))
			buf_put_char(&buf, number.p[i]);
	site_link(site, "telephone", arena_dup(site->arena, buf_sv(&buf)), number);
	buf_done(&buf);
}

void site_office(struct site *site, const struct programme_office *office)
{
	struct html *html = &site->html;

	html_open(html, "dl");
	html_class(html, "office");
	site_row_text(site, "窓口", "Office", site_text(site, &office->name));
	if (office->telephone.n > 0) {
		site_row(site, "電話", "Telephone");
		site_telephone(site, office->telephone);
		html_close(html);
		html_close(html);
	}
	site_row_text(site, "受付時間", "Hours", site_text(site, &office->hours));
	if (office->mail.n > 0) {
		site_row(site, "メール", "Mail");
		site_link(site, NULL,
			  arena_printf(site->arena, "mailto:%.*s", SV_ARG(office->mail)),
			  office->mail);
		html_close(html);
		html_close(html);
	}
	html_close(html);
}

/* ---- the frame ---- */

static void put_head(struct site *site, const struct site_head *head)
{
	struct html *html = &site->html;
	static const struct {
		const char *rel, *type, *href;
	} link[] = {
		{ "stylesheet", "text/css", SITE_PREFIX "/style.css?v=" SITE_STYLE_HASH },
		{ "icon", "image/svg+xml", "/mark.svg" },
	};

	html_open(html, "head");
	html_open(html, "meta");
	html_attribute(html, "charset", SV("utf-8"));
	html_close(html);
	html_open(html, "meta");
	html_attribute(html, "name", SV("viewport"));
	html_attribute(html, "content", SV("width=device-width, initial-scale=1"));
	html_close(html);
	if (head->personal) {
		html_open(html, "meta");
		html_attribute(html, "name", SV("robots"));
		html_attribute(html, "content", SV("noindex, nofollow"));
		html_close(html);
	}
	html_open(html, "title");
	if (head->wrong)
		html_say(html, "エラー: ", "Error: ");
	html_text(html, head->title);
	html_say(html, " | 火消", " | Hikeshi");
	html_close(html);
	for (size_t i = 0; i < sizeof link / sizeof *link; i++) {
		html_open(html, "link");
		html_attribute(html, "rel", sv_from(link[i].rel));
		html_attribute(html, "type", sv_from(link[i].type));
		html_attribute(html, "href", sv_from(link[i].href));
		html_close(html);
	}
	html_close(html);
}

static void put_banner(struct site *site, const struct site_head *head)
{
	struct html *html = &site->html;

	html_open(html, "header");
	html_class(html, "banner");
	html_open(html, "a");
	html_class(html, "brand");
	html_attribute(html, "href", site_path(site, SITE_PREFIX "/"));
	html_open(html, "img");
	html_attribute(html, "src", SV("/mark.svg"));
	html_attribute(html, "alt", SV(""));
	html_attribute(html, "width", SV("40"));
	html_attribute(html, "height", SV("40"));
	html_close(html);
	html_open(html, "span");
	html_tell(html, "b", NULL, "火消", "Hikeshi");
	html_tell(html, "small", NULL, "中小企業のサイバーセキュリティ支援",
		  "Cybersecurity support for small companies");
	html_close(html);
	html_close(html);
	if (head->path.n > 0) {
		html_open(html, "a");
		html_class(html, "language");
		html_attribute(html, "href",
			       arena_printf(site->arena, "%.*s%s", SV_ARG(head->path),
					    html->english ? "" : "?lang=en"));
		html_attribute(html, "lang", html->english ? SV("ja") : SV("en"));
		html_attribute(html, "hreflang", html->english ? SV("ja") : SV("en"));
		html_say(html, "English", "日本語");
		html_close(html);
	}
	html_close(html);
}

struct site site_begin(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_head *head)
{
	struct site site = { .html = html_begin(buf, english), .arena = arena, .today = today };
	struct html *html = &site.html;

	html_open(html, "html");
	html_attribute(html, "lang", english ? SV("en") : SV("ja"));
	put_head(&site, head);
	html_open(html, "body");
	html_open(html, "a");
	html_class(html, "skip");
	html_attribute(html, "href", SV("#main"));
	html_say(html, "本文へ移動", "Skip to the text");
	html_close(html);
	put_banner(&site, head);
	html_open(html, "main");
	html_attribute(html, "id", SV("main"));
	html_attribute(html, "tabindex", SV("-1"));
	return site;
}

void site_end(struct site *site, const struct site_head *head)
{
	struct html *html = &site->html;

	html_close(html); /* main */
	html_open(html, "footer");
	html_open(html, "div");
	if (head->facts) {
		html_open(html, "section");
		html_attribute(html, "aria-labelledby", SV("help"));
		html_open(html, "h2");
		html_attribute(html, "id", SV("help"));
		html_say(html, "お困りのときは", "If you need help");
		html_close(html);
		site_office(site, &head->facts->office);
		html_close(html);
	}
	html_open(html, "ul");
	html_class(html, "policies");
	html_open(html, "li");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/"),
		  html->english ? SV("All programmes") : SV("事業の一覧"));
	html_close(html);
	html_open(html, "li");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/privacy"),
		  html->english ? SV("Privacy") : SV("個人情報の取扱い"));
	html_close(html);
	html_open(html, "li");
	site_link(site, NULL, site_path(site, SITE_PREFIX "/terms"),
		  html->english ? SV("About this site") : SV("サイトポリシー"));
	html_close(html);
	html_close(html);
	html_close(html);
	html_close(html); /* footer */
	html_close(html); /* body */
	html_close(html); /* html */
}
