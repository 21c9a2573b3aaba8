/* What the office puts on the public site. */
#include "centre/board.h"
#include "centre/centre.h"
#include "centre/put_file.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "centre/site.h"

static const struct catalogue_entry *entry_of(const struct http_request *request)
{
	return catalogue_by_id(worker_catalogue(request->worker), request->object->id);
}

static void put_day(struct emit *emit, const char *key, struct day day)
{
	char text[DAY_TEXT_MAX];

	emit_put_text(emit, key, sv_from(day_format(day, DAY_ISO, text)));
}

/* ---- articles ---- */

static void put_article(struct emit *emit, const struct http_request *request,
			const struct article *article)
{
	const struct catalogue_entry *entry = entry_of(request);

	emit_object(emit);
	emit_put_text(emit, "id", article->id);
	emit_put_text(emit, "kind", sv_from(article_kind_name(article->kind)));
	put_day(emit, "day", article->day);
	emit_put_text(emit, "title", article->title.ja);
	emit_put_text(emit, "text", article->text.ja);
	emit_put_text(emit, "title_en", article->has_english ? article->title.en : SV_NONE);
	emit_put_text(emit, "text_en", article->has_english ? article->text.en : SV_NONE);
	emit_put_truth(emit, "published", article->published);
	emit_put_time(emit, "changed", article->changed);
	emit_put_text(emit, "path",
		      arena_printf(request->arena, SITE_PREFIX "/%.*s/%s/%.*s",
				   SV_ARG(entry ? entry->slug : SV("")),
				   article_kind_name(article->kind), SV_ARG(article->id)));
	emit_object_end(emit);
}

enum http_answer route_article_list(struct http_request *request, struct http_response *response)
{
	const struct article_filter filter = { .programme = request->object->id,
					       .kind = -1,
					       .limit = BOARD_ARTICLES_MAX };
	struct emit emit = emit_begin(&response->body);
	const struct article *article;
	struct err err = ERR_INIT;
	size_t count;

	if (article_list(request->worker->records, &filter, request->arena, &article, &count,
			 &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < count; i++)
		put_article(&emit, request, &article[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* Returns 0, or -1 with the response filled. */
static int read_article(struct http_request *request, struct http_response *response,
			struct article *ret)
{
	const struct sv title_en = body_text(request, "title_en");
	const struct sv text_en = body_text(request, "text_en");
	struct article article = {
		.programme = request->object->id,
		.title = { body_text(request, "title"), title_en },
		.text = { body_text(request, "text"), text_en },
		.has_english = title_en.n > 0 && text_en.n > 0,
		.published = json_is_true(json_object_get(request->json, "published")),
		.changed = request->programme_now,
	};

	if (!day_parse(body_text(request, "day"), &article.day)) {
		http_fail(request, response, "bad_form", "day");
		return -1;
	}
	if ((title_en.n > 0) != (text_en.n > 0)) {
		http_fail(request, response, "missing", title_en.n > 0 ? "text_en" : "title_en");
		return -1;
	}
	article_kind_parse(body_text(request, "kind"), &article.kind);
	*ret = article;
	return 0;
}

static enum http_answer keep_article(struct http_request *request, struct http_response *response,
				     const struct article *article, int status)
{
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;

	if (!store_in_transaction(store) && store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (article_write(store, article, request->actor->id, &err) != 0)
		return reply_undo(request, response, &err);
	if (reply_commit(request, response, "programme", article->programme, SV_NONE,
			 arena_printf(request->arena, "%s %.*s: %s",
				      article_kind_name(article->kind), SV_ARG(article->id),
				      article->published ? "published" : "not shown")) != 0)
		return HTTP_DONE;
	response->status = status;
	put_article(&emit, request, article);
	return HTTP_DONE;
}

enum http_answer route_article_make(struct http_request *request, struct http_response *response)
{
	char id[UUID_TEXT_MAX];
	struct article article;

	if (read_article(request, response, &article) != 0)
		return HTTP_DONE;
	article.id = sv_from(uuid_format(uuid_v7(request->now), id));
	return keep_article(request, response, &article, 201);
}

enum http_answer route_article_change(struct http_request *request, struct http_response *response)
{
	struct store *store = request->worker->records;
	struct article article, before;
	struct err err = ERR_INIT;
	int found;

	if (read_article(request, response, &article) != 0)
		return HTTP_DONE;
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	article.id = request->param[1];
	found = article_load(store, article.id, request->arena, &before, &err);
	if (found < 0)
		return reply_undo(request, response, &err);
	if (found == 0 || !sv_eq(before.programme, article.programme)) {
		store_rollback(store);
		return http_fail(request, response, "not_found", NULL);
	}
	return keep_article(request, response, &article, 200);
}

/* ---- downloads ---- */

static const struct programme_document *find_document(const struct catalogue_entry *entry,
						      struct sv id)
{
	const struct programme_facts *facts = entry ? programme_facts(entry->programme) : NULL;

	for (size_t i = 0; facts && i < facts->document_count; i++)
		if (facts->document[i].kind == DOCUMENT_DOWNLOAD &&
		    sv_eq(facts->document[i].id, id))
			return &facts->document[i];
	return NULL;
}

static enum http_answer offer(struct http_request *request, struct http_response *response,
			      const struct programme_document *document, struct sv owner,
			      const struct upload *upload)
{
	struct store *store = request->worker->records;
	struct emit emit = emit_begin(&response->body);
	struct download download = { .document = document->id,
				     .version = document->version,
				     .name = upload->name,
				     .bytes = upload->bytes };
	struct err err = ERR_INIT;

	memcpy(download.digest, upload->digest, sizeof download.digest);
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (download_put(store, request->centre->uploads, request->object->id, document, owner,
			 upload, request->programme_now, request->now, request->arena, &err) != 0) {
		store_rollback(store);
		return err.code == ERR_CONFLICT
			       ? http_fail(request, response, "download_fixed", NULL)
			       : http_fail_err(request, response, &err);
	}
	if (reply_commit(request, response, "programme", request->object->id, SV_NONE,
			 arena_printf(request->arena, "%.*s %.*s %s", SV_ARG(document->id),
				      SV_ARG(document->version), upload->digest)) != 0)
		return HTTP_DONE;
	put_download(&emit, &download);
	return HTTP_DONE;
}

enum http_answer route_download_put(struct http_request *request, struct http_response *response)
{
	const struct programme_document *document =
		find_document(entry_of(request), request->param[1]);
	const struct file_wish wish = {
		.owner = arena_printf(request->arena, "download %.*s", SV_ARG(request->object->id)),
		.types = FILE_TYPES_ALL,
	};
	struct upload upload;

	if (!document)
		return http_fail(request, response, "not_found", NULL);
	if (file_hold(request, response, &wish, &upload) != 0)
		return HTTP_DONE;
	return offer(request, response, document, wish.owner, &upload);
}

/* ---- visitors and addresses ---- */

static enum http_answer show_site(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct board_site site;
	struct err err = ERR_INIT;

	if (board_site(request->worker->records, request->object->id, request->arena, &site,
		       &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	if (site.counted) {
		put_day(&emit, "since", site.since);
	} else {
		emit_key(&emit, "since");
		emit_nothing(&emit);
	}
	emit_put_number(&emit, "before", (int64_t)site.before);
	emit_put_number(&emit, "visitors", (int64_t)site.visitors);
	emit_put_number(&emit, "milestone", (int64_t)board_milestone(site.visitors));
	emit_key(&emit, "aliases");
	emit_array(&emit);
	for (size_t i = 0; i < site.alias_count; i++)
		emit_text(&emit, site.alias[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_site_show(struct http_request *request, struct http_response *response)
{
	return show_site(request, response);
}

enum http_answer route_site_change(struct http_request *request, struct http_response *response)
{
	const json_t *list = json_object_get(request->json, "aliases");
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct store *store = request->worker->records;
	struct board_site site = {
		.before = (uint64_t)json_integer_value(json_object_get(request->json, "before")),
	};
	struct err err = ERR_INIT;

	if (!day_parse(body_text(request, "since"), &site.since))
		return http_fail(request, response, "bad_form", "since");
	for (size_t i = 0; i < json_array_size(list) && i < BOARD_ALIASES_MAX; i++) {
		const json_t *one = json_array_get(list, i);
		const struct sv alias = { json_string_value(one), json_string_length(one) };

		/* A programme's own path, and those of the site, are nobody's alias. */
		if (catalogue_by_slug(catalogue, alias) || site_has_page(alias))
			return http_fail(request, response, "alias_taken", "aliases");
		site.alias[site.alias_count++] = alias;
	}
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (board_site_change(store, request->object->id, &site, &err) != 0) {
		store_rollback(store);
		return err.code == ERR_CONFLICT
			       ? http_fail(request, response, "alias_taken", "aliases")
			       : http_fail_err(request, response, &err);
	}
	if (reply_commit(request, response, "programme", request->object->id, SV_NONE, SV_NONE) != 0)
		return HTTP_DONE;
	return show_site(request, response);
}
