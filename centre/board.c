#include "centre/board.h"

#include <stdio.h>

#include "base/buf.h"

/* Times are programme time; day and since are days since 1970. Each change of an article is a row more. */
const struct store_migration board_migrations[] = {
	{ "board/001-articles",
	  "CREATE TABLE article (number INTEGER PRIMARY KEY, id TEXT NOT NULL, programme TEXT NOT NULL"
	  " REFERENCES programme (id), kind TEXT NOT NULL, day INTEGER NOT NULL,"
	  " title TEXT NOT NULL, text TEXT NOT NULL, title_en TEXT, text_en TEXT,"
	  " published INTEGER NOT NULL, actor TEXT NOT NULL, changed_at INTEGER NOT NULL,"
	  " is_last INTEGER NOT NULL);"
	  "CREATE INDEX article_by_id ON article (id, number);"
	  "CREATE INDEX article_by_day ON article (programme, day, number) WHERE is_last = 1;"
	  "CREATE INDEX article_of_all ON article (kind, day, number) WHERE is_last = 1;" },
	{ "board/002-downloads",
	  "CREATE TABLE application_download (application TEXT NOT NULL, document TEXT NOT NULL,"
	  " version TEXT NOT NULL, digest TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL,"
	  " PRIMARY KEY (application, document)) WITHOUT ROWID;" },
	{ "board/003-site",
	  "CREATE TABLE visitors (programme TEXT PRIMARY KEY REFERENCES programme (id),"
	  " since INTEGER NOT NULL, before INTEGER NOT NULL, counted INTEGER NOT NULL);"
	  "CREATE TABLE alias (path TEXT PRIMARY KEY, programme TEXT NOT NULL"
	  " REFERENCES programme (id));"
	  "CREATE INDEX alias_by_programme ON alias (programme, path);" },
};
const size_t board_migration_count = sizeof board_migrations / sizeof *board_migrations;

/* ---- articles ---- */

static const char *const kind_names[ARTICLE_KIND_COUNT] = {
	[ARTICLE_NEWS] = "news",       [ARTICLE_SECURITY] = "security", [ARTICLE_FAQ] = "faq",
	[ARTICLE_SEMINAR] = "seminar", [ARTICLE_CASE] = "case",
};

const char *article_kind_name(enum article_kind kind)
{
	return kind_names[kind];
}

bool article_kind_parse(struct sv text, enum article_kind *ret)
{
	for (unsigned i = 0; i < ARTICLE_KIND_COUNT; i++) {
		if (sv_eq(text, sv_from(kind_names[i]))) {
			*ret = (enum article_kind)i;
			return true;
		}
	}
	return false;
}

static int count_articles(struct store *store, struct sv programme, uint64_t *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT COUNT(*) FROM article WHERE programme = $1 AND is_last = 1",
		STORE_TEXT(programme));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

int article_write(struct store *store, const struct article *article, struct sv actor,
		  struct err *err)
{
	uint64_t count = 0;

	if (!store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "an article is written outside of a transaction");
	if (store_change(store, err, "UPDATE article SET is_last = 0 WHERE id = $1 AND is_last = 1",
			 STORE_TEXT(article->id)) != 0 ||
	    count_articles(store, article->programme, &count, err) != 0)
		return -1;
	if (count >= BOARD_ARTICLES_MAX)
		return err_set(err, ERR_RANGE, "more than %d articles", BOARD_ARTICLES_MAX);
	return store_change(store, err,
			    "INSERT INTO article (id, programme, kind, day, title, text, title_en,"
			    " text_en, published, actor, changed_at, is_last)"
			    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
			    STORE_TEXT(article->id), STORE_TEXT(article->programme),
			    STORE_TEXT(sv_from(article_kind_name(article->kind))),
			    STORE_INT(article->day.n), STORE_TEXT(article->title.ja),
			    STORE_TEXT(article->text.ja),
			    STORE_TEXT(article->has_english ? article->title.en : SV_NONE),
			    STORE_TEXT(article->has_english ? article->text.en : SV_NONE),
			    STORE_INT(article->published), STORE_TEXT(actor),
			    STORE_INT(article->changed.us));
}

#define ARTICLE_COLUMNS                                                                            \
	"id, programme, kind, day, title, text, title_en, text_en, published, changed_at"

static struct article read_article(struct store_query *query, struct arena *arena)
{
	struct article article = {
		.id = arena_dup(arena, store_text(query, 0)),
		.programme = arena_dup(arena, store_text(query, 1)),
		.day = { (int32_t)store_int(query, 3) },
		.title.ja = arena_dup(arena, store_text(query, 4)),
		.text.ja = arena_dup(arena, store_text(query, 5)),
		.has_english = !store_is_null(query, 6) && !store_is_null(query, 7),
		.published = store_int(query, 8) != 0,
		.changed = { store_int(query, 9) },
	};

	article_kind_parse(store_text(query, 2), &article.kind);
	article.title.en = article.has_english ? arena_dup(arena, store_text(query, 6))
					       : article.title.ja;
	article.text.en = article.has_english ? arena_dup(arena, store_text(query, 7))
					      : article.text.ja;
	return article;
}

int article_list(struct store *store, const struct article_filter *filter, struct arena *arena,
		 const struct article **ret, size_t *ret_count, struct err *err)
{
	const size_t limit = filter->limit < BOARD_ARTICLES_MAX ? filter->limit : BOARD_ARTICLES_MAX;
	struct article *article = arena_zalloc(arena, limit + 1, sizeof *article);
	struct store_query *query = store_ask(
		store, err,
		"SELECT " ARTICLE_COLUMNS " FROM article WHERE is_last = 1"
		" AND (programme = $1 OR $1 = '') AND (kind = $2 OR $2 = '')"
		" AND published >= $3 ORDER BY day DESC, number DESC LIMIT $4",
		STORE_TEXT(filter->programme.p ? filter->programme : SV("")),
		STORE_TEXT(filter->kind < 0 ? SV("") : sv_from(kind_names[filter->kind])),
		STORE_INT(filter->published), STORE_INT(limit));
	size_t n = 0;
	int step = query && article ? 1 : -1;

	while (step > 0 && (step = store_step(query, err)) == 1)
		article[n++] = read_article(query, arena);
	store_done(query);
	*ret = article;
	*ret_count = n;
	return step;
}

int article_load(struct store *store, struct sv id, struct arena *arena, struct article *ret,
		 struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT " ARTICLE_COLUMNS " FROM article WHERE id = $1 AND is_last = 1",
			  STORE_TEXT(id));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = read_article(query, arena);
	store_done(query);
	return step;
}

/* ---- downloads ---- */

static struct sv object_of(struct sv programme, const struct programme_document *document,
			   struct arena *arena)
{
	return arena_printf(arena, "%.*s %.*s %.*s", SV_ARG(programme), SV_ARG(document->id),
			    SV_ARG(document->version));
}

/* The file of a document's version: 1 or 0. */
static int find_file(struct store *store, struct sv object, struct arena *arena,
		     struct upload *ret, struct err *err)
{
	const struct upload *file;
	size_t count;

	if (upload_list(store, DOWNLOAD_OF_PROGRAMME, object, arena, &file, &count, err) != 0)
		return -1;
	if (count > 0)
		*ret = file[count - 1];
	return count > 0;
}

int download_put(struct store *store, const struct uploads *uploads, struct sv programme,
		 const struct programme_document *document, struct sv owner,
		 const struct upload *upload, struct instant at, struct instant now,
		 struct arena *arena, struct err *err)
{
	const struct upload_user user = { DOWNLOAD_OF_PROGRAMME,
					  object_of(programme, document, arena), document->id, at };
	struct upload before;
	const int found = find_file(store, user.id, arena, &before, err);
	int r;

	if (found < 0)
		return -1;
	if (found == 1 && strcmp(before.digest, upload->digest) == 0)
		return 0;
	if (found == 1)
		return err_set(err, ERR_CONFLICT, "version %.*s has another file already",
			       SV_ARG(document->version));
	r = upload_use(store, uploads, owner, upload_value(upload, arena), &user, now, err);
	return r > 0 ? err_set(err, ERR_IO, "the file went away") : r;
}

int download_list(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		  const struct download **ret, size_t *ret_count, struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct download *download = arena_zalloc(arena, BOARD_DOWNLOADS_MAX, sizeof *download);
	size_t n = 0;

	if (!download)
		return err_set(err, ERR_RANGE, "no memory for downloads");
	for (size_t i = 0; i < facts->document_count && n < BOARD_DOWNLOADS_MAX; i++) {
		const struct programme_document *document = &facts->document[i];
		struct upload file;
		int found;

		if (document->kind != DOCUMENT_DOWNLOAD)
			continue;
		found = find_file(store, object_of(entry->id, document, arena), arena, &file, err);
		if (found < 0)
			return -1;
		if (found == 0)
			continue;
		download[n] = (struct download){ .document = document->id,
						 .version = document->version,
						 .name = file.name,
						 .bytes = file.bytes,
						 .type = file.type };
		snprintf(download[n++].digest, sizeof download->digest, "%s", file.digest);
	}
	*ret = download;
	*ret_count = n;
	return 0;
}

int download_note(struct store *store, const struct catalogue_entry *entry, struct sv application,
		  struct arena *arena, struct err *err)
{
	const struct download *download;
	size_t count;

	if (download_list(store, entry, arena, &download, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (store_change(store, err,
				 "INSERT INTO application_download (application, document, version,"
				 " digest, name, bytes) VALUES ($1, $2, $3, $4, $5, $6)",
				 STORE_TEXT(application), STORE_TEXT(download[i].document),
				 STORE_TEXT(download[i].version),
				 STORE_TEXT(sv_from(download[i].digest)),
				 STORE_TEXT(download[i].name), STORE_INT(download[i].bytes)) != 0)
			return -1;
	}
	return 0;
}

int download_noted(struct store *store, struct sv application, struct arena *arena,
		   const struct download **ret, size_t *ret_count, struct err *err)
{
	struct download *download = arena_zalloc(arena, BOARD_DOWNLOADS_MAX, sizeof *download);
	struct store_query *query = store_ask(
		store, err,
		"SELECT document, version, digest, name, bytes FROM application_download"
		" WHERE application = $1 ORDER BY document LIMIT $2",
		STORE_TEXT(application), STORE_INT(BOARD_DOWNLOADS_MAX));
	size_t n = 0;
	int step = query && download ? 1 : -1;

	while (step > 0 && (step = store_step(query, err)) == 1) {
		download[n].document = arena_dup(arena, store_text(query, 0));
		download[n].version = arena_dup(arena, store_text(query, 1));
		snprintf(download[n].digest, sizeof download->digest, "%.*s",
			 SV_ARG(store_text(query, 2)));
		download[n].name = arena_dup(arena, store_text(query, 3));
		download[n++].bytes = (uint64_t)store_int(query, 4);
	}
	store_done(query);
	*ret = download;
	*ret_count = n;
	return step;
}

/* ---- addresses and visitors ---- */

static int read_aliases(struct store *store, struct sv programme, struct arena *arena,
			struct board_site *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT path FROM alias WHERE programme = $1 ORDER BY path LIMIT $2",
			  STORE_TEXT(programme), STORE_INT(BOARD_ALIASES_MAX));
	int step = query ? 1 : -1;

	while (step > 0 && (step = store_step(query, err)) == 1)
		ret->alias[ret->alias_count++] = arena_dup(arena, store_text(query, 0));
	store_done(query);
	return step;
}

int board_site(struct store *store, struct sv programme, struct arena *arena,
	       struct board_site *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT since, before, counted FROM visitors WHERE programme = $1",
			  STORE_TEXT(programme));
	const int step = query ? store_step(query, err) : -1;
	struct board_site site = { .counted = step == 1 };

	if (step == 1) {
		site.since.n = (int32_t)store_int(query, 0);
		site.before = (uint64_t)store_int(query, 1);
		site.visitors = site.before + (uint64_t)store_int(query, 2);
	}
	store_done(query);
	if (step < 0 || read_aliases(store, programme, arena, &site, err) != 0)
		return -1;
	*ret = site;
	return 0;
}

int board_site_change(struct store *store, struct sv programme, const struct board_site *site,
		      struct err *err)
{
	if (store_change(store, err,
			 "INSERT INTO visitors (programme, since, before, counted)"
			 " VALUES ($1, $2, $3, 0) ON CONFLICT (programme)"
			 " DO UPDATE SET since = excluded.since, before = excluded.before",
			 STORE_TEXT(programme), STORE_INT(site->since.n),
			 STORE_INT(site->before)) != 0 ||
	    store_change(store, err, "DELETE FROM alias WHERE programme = $1",
			 STORE_TEXT(programme)) != 0)
		return -1;
	for (size_t i = 0; i < site->alias_count; i++)
		if (store_change(store, err, "INSERT INTO alias (path, programme) VALUES ($1, $2)",
				 STORE_TEXT(site->alias[i]), STORE_TEXT(programme)) != 0)
			return -1;
	return 0;
}

int board_alias(struct store *store, struct sv alias, struct arena *arena, struct sv *ret,
		struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT programme FROM alias WHERE path = $1", STORE_TEXT(alias));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = arena_dup(arena, store_text(query, 0));
	store_done(query);
	return step;
}

uint64_t board_milestone(uint64_t visitors)
{
	uint64_t milestone = 0;

	for (uint64_t ten = 1000; ten <= visitors; ten *= 10) {
		milestone = ten;
		if (visitors >= ten / 10 * 25)
			milestone = ten / 10 * 25;
		if (visitors >= ten * 5)
			milestone = ten * 5;
	}
	return milestone;
}

int board_count(struct store *store, struct sv programme, uint64_t visitors, struct day today,
		struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO visitors (programme, since, before, counted)"
			    " VALUES ($1, $2, 0, $3) ON CONFLICT (programme)"
			    " DO UPDATE SET counted = counted + excluded.counted",
			    STORE_TEXT(programme), STORE_INT(today.n), STORE_INT(visitors));
}
