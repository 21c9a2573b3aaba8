/*
 * board.h - what the office puts on the public site beside a programme's file:
 * news, security information, questions, texts of seminars, cases (R-039,
 * R-042), files to be downloaded in versions, further addresses (T-40),
 * and the count of visitors.
 */
#ifndef CENTRE_BOARD_H
#define CENTRE_BOARD_H

#include "base/day.h"
#include "forms/upload.h"
#include "programme/application.h"

#define BOARD_ARTICLES_MAX 1000 /* of one programme */
#define BOARD_ALIASES_MAX 8	/* of one programme */
#define BOARD_DOWNLOADS_MAX 64	/* of one programme */

extern const struct store_migration board_migrations[];
extern const size_t board_migration_count;

/* ---- articles ---- */

enum article_kind {
	ARTICLE_NEWS,
	ARTICLE_SECURITY,
	ARTICLE_FAQ,
	ARTICLE_SEMINAR,
	ARTICLE_CASE,
	ARTICLE_KIND_COUNT
};
const char *article_kind_name(enum article_kind kind); /* "news": in paths, too */
bool article_kind_parse(struct sv text, enum article_kind *ret);

struct article {
	struct sv id, programme; /* UUIDs */
	enum article_kind kind;
	struct day day;			/* that it shows */
	struct programme_text title, text; /* en: the Japanese one where there is none */
	bool has_english;
	bool published; /* shown to everybody now */
	struct instant changed; /* programme time */
};
/* Writes a version of it; the id of a new one is made by the caller. In the caller's transaction. */
int article_write(struct store *store, const struct article *article, struct sv actor,
		  struct err *err);
struct article_filter {
	struct sv programme; /* empty: of all */
	int kind;	     /* enum article_kind, or -1 */
	bool published;	     /* only what everybody sees */
	size_t limit;
};
/* As they stand now, by day, the newest first. From arena. */
int article_list(struct store *store, const struct article_filter *filter, struct arena *arena,
		 const struct article **ret, size_t *ret_count, struct err *err);
int article_load(struct store *store, struct sv id, struct arena *arena, struct article *ret,
		 struct err *err); /* 1 or 0 */

/* ---- downloads ---- */

#define DOWNLOAD_OF_PROGRAMME "download" /* upload_user.kind; its id: "PROGRAMME DOCUMENT VERSION" */

struct download {
	struct sv document, version, name; /* name: the file's */
	char digest[2 * SHA256_SIZE + 1];
	uint64_t bytes;
	enum file_type type;
};
/*
 * In the caller's transaction: takes up the file that owner holds for this
 * document's version. ERR_CONFLICT where the version has another file already.
 */
int download_put(struct store *store, const struct uploads *uploads, struct sv programme,
		 const struct programme_document *document, struct sv owner,
		 const struct upload *upload, struct instant at, struct instant now,
		 struct arena *arena, struct err *err);
/* Those of the versions that the programme's file names now. From arena. */
int download_list(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		  const struct download **ret, size_t *ret_count, struct err *err);
/* notes which versions were in force when an application came. In the caller's transaction. */
int download_note(struct store *store, const struct catalogue_entry *entry, struct sv application,
		  struct arena *arena, struct err *err);
int download_noted(struct store *store, struct sv application, struct arena *arena,
		   const struct download **ret, size_t *ret_count, struct err *err);

/* ---- addresses and visitors ---- */

struct board_site {
	bool counted; /* since is known */
	struct day since;
	uint64_t before, visitors; /* visitors: before and counted */
	struct sv alias[BOARD_ALIASES_MAX];
	size_t alias_count;
};
int board_site(struct store *store, struct sv programme, struct arena *arena,
	       struct board_site *ret, struct err *err);
/* since, before and alias count. ERR_CONFLICT where another programme has an alias. Caller's transaction. */
int board_site_change(struct store *store, struct sv programme, const struct board_site *site,
		      struct err *err);
/* The programme of an alias: its UUID from arena; 1 or 0. */
int board_alias(struct store *store, struct sv alias, struct arena *arena, struct sv *ret,
		struct err *err);
/* The last round number that a count has passed: 1000, 2500, 5000, 10000, 25000 …; 0 for none. */
uint64_t board_milestone(uint64_t visitors);
/* Adds visitors; the first ones make their day the day since which is counted. Caller's transaction. */
int board_count(struct store *store, struct sv programme, uint64_t visitors, struct day today,
		struct err *err);

#endif
