#include "centre/site.h"

#include <assert.h>

#include "centre/access.h"
#include "centre/centre.h"
#include "centre/request.h"
#include "centre/route.h"
#include "centre/site_board.h"
#include "centre/site_draft.h"
#include "centre/site_internal.h"
#include "centre/site_lottery.h"
#include "centre/site_questionnaire.h"
#include "centre/site_results.h"
#include "centre/site_seminar.h"
#include "centre/site_style_generated.h"
#include "centre/urlencoded.h"
#include "centre/visitors.h"
#include "forms/upload.h"

#define EDITIONS_MAX 256 /* on the list of programmes */

#define POLICY                                                                                       \
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';" \
	" frame-ancestors 'none'"

static enum http_answer site_read(struct http_request *request, struct http_response *response);
static enum http_answer site_send(struct http_request *request, struct http_response *response);

/* clang-format off */
#define PAGE .listener = HTTP_PEOPLE, .access = ACCESS_SITE_USE, .object = OBJECT_NONE, .page = true
#define SEND PAGE, .operation = "site_send", .method = HTTP_POST, .handler = site_send, .body = ROUTE_BODY_BYTES
/* clang-format on */

enum { ROUTE_READ, ROUTE_SEND, ROUTE_SEND_FILES };
static const struct route routes[] = {
	[ROUTE_READ] = { PAGE,
			 .operation = "site_read",
			 .method = HTTP_GET,
			 .handler = site_read,
			 .body = ROUTE_BODY_NONE },
	[ROUTE_SEND] = { SEND,
			 .content_type = "application/x-www-form-urlencoded",
			 .body_max = SITE_BODY_MAX },
	[ROUTE_SEND_FILES] = { SEND,
			       .content_type = "multipart/form-data",
			       .body_max = SITE_FILES_BODY_MAX },
};
static_assert(SITE_BODY_MAX == URLENCODED_BODY_MAX, "one limit of a form's body");
static_assert(SITE_FILES_BODY_MAX > UPLOAD_HELD_BYTES_MAX, "all files of a form fit in one body");

bool site_owns(struct sv target)
{
	const struct sv path = sv_cut(&target, '?');

	return sv_eq(path, SV(SITE_PREFIX)) || sv_starts(path, SV(SITE_PREFIX "/"));
}

const struct route *site_route(enum http_method method, struct sv content_type)
{
	if (method == HTTP_POST)
		return &routes[request_is_type(content_type, SV("multipart/form-data"))
				       ? ROUTE_SEND_FILES
				       : ROUTE_SEND];
	return method == HTTP_GET ? &routes[ROUTE_READ] : NULL;
}

bool site_has_page(struct sv segment)
{
	static const char *const page[] = { "a", "b", "q", "privacy", "terms", "style.css" };

	for (size_t i = 0; i < sizeof page / sizeof *page; i++)
		if (sv_eq(segment, sv_from(page[i])))
			return true;
	return false;
}

enum language site_language(struct sv lang)
{
	return sv_eq(lang, SV("en")) ? LANGUAGE_EN : LANGUAGE_JA;
}

/* ---- answers ---- */

bool site_is_english(const struct http_request *request)
{
	return request->language == LANGUAGE_EN;
}

struct day site_today(const struct http_request *request)
{
	return tokyo_of(request->programme_now).day;
}

void site_answer(struct http_response *response, int status, bool personal)
{
	response->status = status;
	response->content_type = "text/html; charset=utf-8";
	http_add_header(response, "Content-Security-Policy", SV(POLICY));
	/*
	 * A form's pages may be kept by the one browser, so that going back finds
	 * what was typed; without a referrer a browser would not tell its origin.
	 */
	http_add_header(response, "Cache-Control",
			personal ? SV("no-store") : SV("private, no-cache"));
	http_add_header(response, "Referrer-Policy",
			personal ? SV("no-referrer") : SV("same-origin"));
	if (personal)
		http_add_header(response, "X-Robots-Tag", SV("noindex, nofollow"));
}

enum http_answer site_redirect(struct http_response *response, struct sv path)
{
	site_answer(response, 303, true);
	http_add_header(response, "Location", path);
	return HTTP_DONE;
}

enum http_answer site_message(struct http_request *request, struct http_response *response,
			      int status, const struct programme_facts *facts, const char *ja_title,
			      const char *en_title, const char *ja, const char *en)
{
	const bool english = site_is_english(request);

	buf_clear(&response->body);
	site_message_page(&response->body, request->arena, english, site_today(request), facts,
			  sv_from(english ? en_title : ja_title), sv_from(english ? en : ja));
	site_answer(response, status, true);
	return HTTP_DONE;
}

enum http_answer site_not_found(struct http_request *request, struct http_response *response)
{
	return site_message(request, response, 404, NULL, "ページが見つかりません",
			    "There is no such page",
			    "アドレスが変わったか、間違っています。下の一覧から探してください。",
			    "The address has changed or is wrong. Please look in the list.");
}

void site_problem(struct http_request *request, struct http_response *response,
		  const struct problem *problem)
{
	const char *const *hint = problem->hint;

	if (problem->status == 404)
		site_not_found(request, response);
	else
		site_message(request, response, problem->status, NULL,
			     problem->message[LANGUAGE_JA], problem->message[LANGUAGE_EN],
			     hint[LANGUAGE_JA] ? hint[LANGUAGE_JA]
					       : "ブラウザーの「戻る」で前のページに戻れます。",
			     hint[LANGUAGE_EN]
				     ? hint[LANGUAGE_EN]
				     : "Your browser's back button leads to the page before.");
}

/* ---- editions ---- */

int site_read_edition(struct http_request *request, struct http_response *response,
		      const struct catalogue_entry *entry, struct site_edition *ret)
{
	struct site_edition edition = { .entry = entry,
					.facts = programme_facts(entry->programme) };
	struct err err = ERR_INIT;

	if (seats_read(request->worker->records, entry, request->arena, &edition.seat,
		       &edition.seat_count, &err) != 0 ||
	    reception_read(request->worker->records, entry, site_today(request), &edition.reception,
			   &err) != 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	*ret = edition;
	return 0;
}

/* All editions; the one whose reception opened last first. */
static int read_editions(struct http_request *request, struct http_response *response,
			 const struct catalogue *catalogue, struct site_edition **ret,
			 size_t *ret_count)
{
	const struct catalogue_entry *entry;
	size_t count = catalogue_list(catalogue, &entry);
	struct site_edition *edition;

	count = count < EDITIONS_MAX ? count : EDITIONS_MAX;
	edition = arena_zalloc(request->arena, count + 1, sizeof *edition);
	if (!edition) {
		http_fail(request, response, "internal", NULL);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		struct site_edition one;
		size_t at = i;

		if (site_read_edition(request, response, &entry[i], &one) != 0)
			return -1;
		for (; at > 0 && day_compare(edition[at - 1].facts->opens, one.facts->opens) < 0;
		     at--)
			edition[at] = edition[at - 1];
		edition[at] = one;
	}
	*ret = edition;
	*ret_count = count;
	return 0;
}

/* ---- pages to read ---- */

static enum http_answer list(struct http_request *request, struct http_response *response,
			     const struct catalogue *catalogue)
{
	struct site_edition *edition;
	struct site_board board;
	size_t count;

	if (read_editions(request, response, catalogue, &edition, &count) != 0)
		return HTTP_DONE;
	if (site_read_board(request, response, NULL, &board) != 0)
		return HTTP_DONE;
	site_list_page(&response->body, request->arena, site_is_english(request),
		       site_today(request), edition, count, &board);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

static enum http_answer programme(struct http_request *request, struct http_response *response,
				  const struct catalogue *catalogue,
				  const struct catalogue_entry *entry)
{
	struct site_edition *edition;
	struct site_board board;
	size_t count, at = 0;

	if (read_editions(request, response, catalogue, &edition, &count) != 0)
		return HTTP_DONE;
	while (at < count && edition[at].entry != entry)
		at++;
	if (at == count)
		return site_not_found(request, response);
	if (site_read_board(request, response, entry, &board) != 0)
		return HTTP_DONE;
	visitors_seen(request->centre->visitors, entry->id, request->address, site_today(request));
	site_programme_page(&response->body, request->arena, site_is_english(request),
			    site_today(request), &edition[at], edition, count, &board);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

enum http_answer site_wrong_link(struct http_request *request, struct http_response *response,
				 const struct catalogue *catalogue)
{
	struct site_edition *edition;
	size_t count;

	if (read_editions(request, response, catalogue, &edition, &count) != 0)
		return HTTP_DONE;
	site_wrong_link_page(&response->body, request->arena, site_is_english(request),
			     site_today(request), edition, count);
	site_answer(response, 404, true);
	return HTTP_DONE;
}

static enum http_answer style(struct http_response *response)
{
	buf_put_sv(&response->body, SV(SITE_STYLE_TEXT));
	response->content_type = "text/css; charset=utf-8";
	http_add_header(response, "Cache-Control", SV("public, max-age=31536000, immutable"));
	return HTTP_DONE;
}

static enum http_answer text_page(struct http_request *request, struct http_response *response,
				  void (*page)(struct buf *, struct arena *, bool, struct day))
{
	page(&response->body, request->arena, site_is_english(request), site_today(request));
	site_answer(response, 200, false);
	return HTTP_DONE;
}

/* ---- which page ---- */

/* Up to three segments behind the prefix; false where there are more. */
static bool split(struct sv path, struct sv segment[static 3])
{
	struct sv rest = sv_slice(path, strlen(SITE_PREFIX) + 1, path.n);

	for (unsigned i = 0; i < 3; i++)
		segment[i] = sv_cut(&rest, '/');
	return rest.n == 0;
}

static enum http_answer site_read(struct http_request *request, struct http_response *response)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	const struct catalogue_entry *entry;
	struct sv segment[3];

	if (!split(request->path, segment))
		return site_not_found(request, response);
	if (segment[0].n == 0)
		return list(request, response, catalogue);
	if (sv_eq(segment[0], SV("a")) && segment[1].n > 0)
		return site_personal(request, response, catalogue, segment[1], segment[2]);
	if (sv_eq(segment[0], SV("q")) && segment[1].n > 0 && segment[2].n == 0)
		return site_questionnaire(request, response, catalogue, segment[1]);
	entry = catalogue_by_slug(catalogue, segment[0]);
	if (sv_eq(segment[0], SV("b")) && segment[1].n > 0)
		return site_booking(request, response, catalogue, segment[1], segment[2]);
	if (entry && sv_eq(segment[1], SV("sessions")))
		return segment[2].n > 0 ? site_session(request, response, entry, segment[2])
					: site_sessions(request, response, entry);
	if (!entry && !site_has_page(segment[0]))
		return site_alias(request, response, catalogue, segment);
	if (entry && sv_eq(segment[1], SV("draft")) && segment[2].n > 0)
		return site_draft_open(request, response, catalogue, entry, segment[2]);
	if (entry && segment[2].n > 0)
		return site_shown(request, response, entry, segment[1], segment[2]);
	if (segment[2].n > 0)
		return site_not_found(request, response);
	if (segment[1].n == 0 && sv_eq(segment[0], SV("style.css")))
		return style(response);
	if (segment[1].n == 0 && sv_eq(segment[0], SV("privacy")))
		return text_page(request, response, site_privacy_page);
	if (segment[1].n == 0 && sv_eq(segment[0], SV("terms")))
		return text_page(request, response, site_terms_page);
	if (entry && segment[1].n == 0)
		return programme(request, response, catalogue, entry);
	if (entry && sv_eq(segment[1], SV("lottery")))
		return site_lottery(request, response, entry);
	if (entry && sv_eq(segment[1], SV("lottery.json")))
		return site_lottery_json(request, response, entry);
	if (entry && sv_eq(segment[1], SV("apply")))
		return site_apply_form(request, response, entry);
	if (entry && sv_eq(segment[1], SV("results")))
		return site_results(request, response, entry);
	return entry ? site_shown(request, response, entry, segment[1], SV_NONE)
		     : site_not_found(request, response);
}

static enum http_answer site_send(struct http_request *request, struct http_response *response)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	const struct catalogue_entry *entry;
	struct sv segment[3];

	if (!split(request->path, segment))
		return site_not_found(request, response);
	entry = catalogue_by_slug(catalogue, segment[0]);
	if (!entry && !site_has_page(segment[0]))
		return site_alias(request, response, catalogue, segment);
	if (entry && sv_eq(segment[1], SV("sessions")) && segment[2].n > 0)
		return site_session_book(request, response, entry, segment[2]);
	if (segment[2].n > 0)
		return site_not_found(request, response);
	if (sv_eq(segment[0], SV("b")) && segment[1].n > 0)
		return site_booking_act(request, response, catalogue, segment[1]);
	if (sv_eq(segment[0], SV("a")) && segment[1].n > 0)
		return site_personal_act(request, response, catalogue, segment[1]);
	if (sv_eq(segment[0], SV("q")) && segment[1].n > 0)
		return site_questionnaire_send(request, response, catalogue, segment[1]);
	if (entry && sv_eq(segment[1], SV("apply")))
		return site_apply(request, response, entry);
	return site_not_found(request, response);
}
