#include "centre/post.h"
#include "centre/live.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "mail/mail.h"

/* ---- which ones ---- */

/* Programmes of which the actor may see the outbox. */
static int fill_programmes(struct http_request *request, struct mail_filter *filter,
			   struct err *err)
{
	struct store *records = request->worker->records;
	struct sv *programme = arena_zalloc(request->arena, MAIL_PROGRAMMES_MAX, sizeof *programme);
	struct store_query *query = store_query(records, "SELECT id FROM programme ORDER BY id DESC", err);
	int r = -1;

	if (programme == NULL)
		err_set(err, ERR_TOO_LARGE, "no room for the programmes");
	while (query && programme && filter->programme_count < MAIL_PROGRAMMES_MAX &&
	       (r = store_step(query, err)) == 1) {
		const struct sv id = arena_dup(request->arena, store_text(query, 0));
		struct access_object object;

		r = access_load(records, OBJECT_PROGRAMME, id, request->arena, &object, err);
		if (r < 0)
			break;
		if (r == 1 && access_may(request->actor, request->route->access, &object))
			programme[filter->programme_count++] = id;
		r = 0;
	}
	store_done(query);
	filter->programme = programme;
	return r < 0 ? -1 : 0;
}

/* ---- as JSON ---- */

#define SECRET_MIN 16 /* characters behind the mark of a link */

static size_t secret_length(struct sv text)
{
	size_t n = 0;

	while (n < text.n && ((text.p[n] >= 'a' && text.p[n] <= 'z') ||
			      (text.p[n] >= 'A' && text.p[n] <= 'Z') ||
			      (text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '_' ||
			      text.p[n] == '-'))
		n++;
	return n;
}

/* What stands before the next secret of a link, with the link's beginning; text: the rest. */
static struct sv until_secret(struct sv *text)
{
	static const struct sv mark[] = { { "/p/a/", 5 }, { "/draft/", 7 }, { "/p/b/", 5 }, { "/p/q/", 5 }, { "/invitation#", 12 } };
	const struct sv all = *text;

	for (size_t i = 0; i < all.n; i++) {
		for (size_t k = 0; k < sizeof mark / sizeof *mark; k++) {
			const struct sv rest = sv_slice(all, i + mark[k].n, all.n);
			size_t n;

			if (!sv_starts(sv_slice(all, i, all.n), mark[k]))
				continue;
			n = secret_length(rest);
			if (n < SECRET_MIN)
				continue;
			*text = sv_slice(rest, n, rest.n);
			return sv_slice(all, 0, i + mark[k].n);
		}
	}
	*text = SV_NONE;
	return all;
}

/*
 * Whoever has the secret of a link acts as its company, so it is shown only
 * where somebody has to pass the mail on: where no server takes it.
 */
static struct sv shown_body(const struct http_request *request, const struct mail *mail)
{
	const bool by_hand = mail->state == MAIL_KEPT ||
			     (mail->state == MAIL_QUEUED &&
			      !post_has_server(request->centre->post));
	struct sv rest = mail->body, shown;
	struct buf buf;

	if (by_hand)
		return mail->body;
	buf_init(&buf, 2 * (size_t)MAIL_BODY_MAX);
	while (rest.n > 0) {
		buf_put_sv(&buf, until_secret(&rest));
		if (rest.p)
			buf_put_sv(&buf, SV("…"));
	}
	shown = arena_dup(request->arena, buf_sv(&buf));
	buf_done(&buf);
	return shown.p ? shown : SV("");
}

static void put_mail(struct emit *emit, const struct http_request *request,
		     const struct mail *mail, bool whole)
{
	emit_object(emit);
	emit_put_text(emit, "id", mail->id);
	emit_put_text(emit, "to", mail->to);
	emit_put_text(emit, "subject", mail->subject);
	emit_put_text(emit, "template", mail->template_id);
	emit_put_text(emit, "state", sv_from(mail_state_name(mail->state)));
	emit_put_time(emit, "created", mail->created);
	emit_put_time(emit, "sent", mail->sent);
	emit_put_number(emit, "attempts", mail->attempts);
	emit_put_truth(emit, "unsure", mail->unsure);
	emit_put_or_null(emit, "problem", mail->problem);
	emit_put_or_null(emit, "application", mail->application);
	emit_key(emit, "company");
	put_company(emit, request, mail->company);
	if (whole)
		emit_put_text(emit, "body", shown_body(request, mail));
	emit_object_end(emit);
}

static enum http_answer answer_whole(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct mail mail;
	const int r = mail_load(request->worker->records, request->object->id, request->arena, &mail,
				&err);

	if (r < 0)
		return http_fail_err(request, response, &err);
	if (r == 0)
		return http_fail(request, response, "not_found", NULL);
	put_mail(&emit, request, &mail, true);
	return HTTP_DONE;
}

/* ---- routes ---- */

enum http_answer route_mail_list(struct http_request *request, struct http_response *response)
{
	struct mail_filter filter = {
		.state = -1,
		.text = http_value(request, "q")->text,
		.application = http_value(request, "application")->text,
	};
	struct sv cursor[REPLY_CURSOR_PARTS] = { SV_NONE };
	struct emit emit = emit_begin(&response->body);
	struct err err = ERR_INIT;
	struct mail_list list;
	enum mail_state state;

	if (mail_state_parse(http_value(request, "state")->text, &state))
		filter.state = (int)state;
	if (reply_read_cursor(request, response, cursor, 1) < 0)
		return HTTP_DONE;
	if (fill_programmes(request, &filter, &err) != 0)
		return http_fail_err(request, response, &err);
	if (mail_list(request->worker->records, &filter, cursor[0],
		      (size_t)http_value(request, "limit")->number, request->arena, &list, &err) != 0)
		return err.code == ERR_FORMAT ? http_fail(request, response, "bad_cursor", "cursor")
					      : http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < list.count; i++)
		put_mail(&emit, request, &list.item[i], false);
	emit_array_end(&emit);
	emit_put_or_null(&emit, "next",
			 list.next.n > 0 ? reply_cursor(request->arena, &list.next, 1) : SV_NONE);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_mail_show(struct http_request *request, struct http_response *response)
{
	return answer_whole(request, response);
}

enum http_answer route_mail_again(struct http_request *request, struct http_response *response)
{
	const struct sv to = body_text(request, "to"), id = request->object->id;
	struct store *records = request->worker->records;
	struct err err = ERR_INIT;

	if (to.n > 0 && !mail_address_is_good(to))
		return http_fail(request, response, "bad_form", "to");
	if (store_begin(records, &err) != 0)
		return http_fail_err(request, response, &err);
	if (mail_again(records, id, to, request->now, &err) != 0) {
		if (err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(records);
		return http_fail(request, response, "mail_sent", NULL);
	}
	if (reply_commit(request, response, "mail", id, request->object->company, to) != 0)
		return HTTP_DONE;
	post_wake(request->centre->post);
	if (request->object->company.n > 0)
		live_publish(request->centre->live, LIVE_MAIL, request->object->company, id, false);
	return answer_whole(request, response);
}
