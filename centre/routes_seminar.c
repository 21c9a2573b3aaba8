/* Sessions for their office: who comes, who came, exceptions, material, outputs. */
#include "base/csv.h"
#include "centre/put_application.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"
#include "seminar/seminar.h"

/* What all answers about one programme are made of. */
struct seen_sessions {
	const struct catalogue_entry *entry;
	const struct participant *participant;
	const struct attendance *attendance;
	const struct exception *exception;
	const struct material *material;
	size_t participant_count, attendance_count, exception_count, material_count;
};

static int read_all(struct http_request *request, const struct catalogue_entry *entry,
		    struct seen_sessions *ret, struct err *err)
{
	struct store *store = request->worker->records;
	struct arena *arena = request->arena;
	struct seen_sessions all = { .entry = entry };

	if (seminar_participants(store, entry, arena, &all.participant, &all.participant_count,
				 err) != 0 ||
	    seminar_attendance(store, entry, SV(""), arena, &all.attendance,
			       &all.attendance_count, err) != 0 ||
	    seminar_exceptions(store, entry, arena, &all.exception, &all.exception_count, err) !=
		    0 ||
	    seminar_materials(store, entry, SV(""), arena, &all.material, &all.material_count,
			      err) != 0)
		return -1;
	*ret = all;
	return 0;
}

/* ---- as JSON ---- */

static const char *reception_word(enum seminar_reception reception)
{
	static const char *const word[] = { [RECEPTION_OPEN] = "open",
					    [RECEPTION_OVER] = "over",
					    [RECEPTION_NO_DATE] = "no_date",
					    [RECEPTION_PARTICIPANTS] = "participants" };

	return word[reception];
}

static void put_minute(struct emit *emit, const char *key, bool has, unsigned minute)
{
	char text[8];

	snprintf(text, sizeof text, "%02u:%02u", minute / 60 % 100, minute % 60);
	emit_put_or_null(emit, key, has ? sv_from(text) : SV(""));
}

static int put_places(struct emit *emit, struct http_request *request,
		      const struct catalogue_entry *entry,
		      const struct programme_session *session, struct err *err)
{
	struct seminar_count count[MODE_COUNT];

	if (seminar_count(request->worker->records, entry, session, count, err) != 0)
		return -1;
	emit_key(emit, "places");
	emit_array(emit);
	for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
		if (count[mode].places == 0)
			continue;
		emit_object(emit);
		emit_put_text(emit, "mode", sv_from(session_mode_name((enum session_mode)mode)));
		emit_put_number(emit, "places", count[mode].places);
		emit_put_number(emit, "booked", count[mode].booked);
		emit_put_number(emit, "offered", count[mode].offered);
		emit_put_number(emit, "waiting", count[mode].waiting);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	return 0;
}

static void put_material(struct emit *emit, const struct seen_sessions *all, struct sv session)
{
	emit_key(emit, "material");
	emit_array(emit);
	for (size_t i = 0; i < all->material_count; i++) {
		const struct material *row = &all->material[i];

		if (!sv_eq(row->session, session))
			continue;
		emit_object(emit);
		emit_put_text(emit, "id", row->id);
		emit_put_text(emit, "kind", sv_from(material_kind_name(row->kind)));
		emit_put_text(emit, "title", row->title);
		emit_put_text(emit, "url", row->url);
		emit_put_time(emit, "at", row->at);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static int put_session(struct emit *emit, struct http_request *request,
		       const struct seen_sessions *all, const struct programme_session *session,
		       struct err *err)
{
	const bool hours = session->from_minute != session->to_minute;
	char day[DAY_TEXT_MAX];

	emit_object(emit);
	emit_put_text(emit, "id", session->id);
	emit_put_text(emit, "kind", sv_from(session_kind_name(session->kind)));
	emit_put_text(emit, "name", text_of(request, session->name));
	emit_put_or_null(emit, "date",
			 session->has_date ? sv_from(day_format(session->date, DAY_ISO, day))
					   : SV(""));
	put_minute(emit, "from", hours, session->from_minute);
	put_minute(emit, "to", hours, session->to_minute);
	emit_put_text(emit, "venue", text_of(request, session->venue));
	emit_put_text(emit, "booking",
		      sv_from(reception_word(
			      seminar_reception(session, request->programme_now))));
	emit_put_time(emit, "closes",
		      session->has_date && !session->for_participants
			      ? seminar_closing(session)
			      : (struct instant){ 0 });
	emit_put_truth(emit, "participants", session->for_participants);
	emit_put_truth(emit, "online_by_exception", session->mode_by_exception);
	emit_put_text(emit, "group", session->group.p ? session->group : SV(""));
	if (put_places(emit, request, all->entry, session, err) != 0)
		return -1;
	put_material(emit, all, session->id);
	emit_object_end(emit);
	return 0;
}

static const struct attendance *came(const struct seen_sessions *all, struct sv session,
				     struct sv subject)
{
	for (size_t i = 0; i < all->attendance_count; i++)
		if (sv_eq(all->attendance[i].session, session) &&
		    sv_eq(all->attendance[i].subject, subject))
			return &all->attendance[i];
	return NULL;
}

static void put_days(struct emit *emit, const struct http_request *request,
		     const struct seen_sessions *all, struct sv application)
{
	const struct programme_facts *facts = programme_facts(all->entry->programme);
	int64_t missed = 0;

	emit_key(emit, "days");
	emit_array(emit);
	for (size_t i = 0; i < facts->session_count; i++) {
		const struct programme_session *session = &facts->session[i];
		const struct attendance *row = came(all, session->id, application);
		const enum presence presence =
			seminar_presence(session, application, all->attendance,
					 all->attendance_count, request->programme_now);

		if (!session->for_participants)
			continue;
		missed += presence == PRESENCE_MISSED;
		emit_object(emit);
		emit_put_text(emit, "session", session->id);
		emit_put_text(emit, "presence", sv_from(presence_name(presence)));
		emit_put_text(emit, "person", row && row->present ? row->person : SV(""));
		emit_put_or_null(emit, "mode",
				 row && row->present ? sv_from(session_mode_name(row->mode))
						     : SV(""));
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_put_number(emit, "missed", missed);
}

static void put_participants(struct emit *emit, const struct http_request *request,
			     const struct seen_sessions *all, const char *key)
{
	emit_key(emit, key);
	emit_array(emit);
	for (size_t i = 0; i < all->participant_count; i++) {
		const struct participant *row = &all->participant[i];

		emit_object(emit);
		emit_put_text(emit, "application", row->application);
		emit_put_text(emit, "number", row->number);
		emit_put_text(emit, "company", row->company);
		emit_put_text(emit, "person", row->person);
		emit_put_truth(emit, "running", row->running);
		put_days(emit, request, all, row->application);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_exceptions(struct emit *emit, const struct seen_sessions *all)
{
	emit_key(emit, "exceptions");
	emit_array(emit);
	for (size_t i = 0; i < all->exception_count; i++) {
		const struct exception *row = &all->exception[i];

		emit_object(emit);
		emit_put_text(emit, "kind", sv_from(exception_kind_name(row->kind)));
		emit_put_or_null(emit, "session", row->session);
		emit_put_text(emit, "application", row->application);
		emit_put_text(emit, "person", row->person);
		emit_put_text(emit, "reason", row->reason);
		emit_put_text(emit, "officer", row->officer.name);
		emit_put_time(emit, "at", row->at);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static int put_bookings(struct emit *emit, struct http_request *request,
			const struct seen_sessions *all, const struct programme_session *session,
			struct err *err)
{
	const struct booking *row;
	size_t count;

	if (seminar_bookings(request->worker->records, all->entry, session->id, request->arena,
			     &row, &count, err) != 0)
		return -1;
	emit_key(emit, "bookings");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		const enum presence presence =
			seminar_presence(session, row[i].id, all->attendance,
					 all->attendance_count, request->programme_now);

		emit_object(emit);
		emit_put_text(emit, "id", row[i].id);
		emit_put_text(emit, "mode", sv_from(session_mode_name(row[i].mode)));
		emit_put_text(emit, "state", sv_from(booking_state_name(row[i].state)));
		emit_put_text(emit, "name", row[i].name);
		emit_put_text(emit, "company", row[i].company);
		emit_put_text(emit, "mail", row[i].mail);
		emit_put_text(emit, "telephone", row[i].telephone);
		emit_put_time(emit, "made", row[i].made);
		emit_put_time(emit, "offer_until", row[i].offer_until);
		emit_put_number(emit, "before", row[i].before);
		emit_put_text(emit, "presence", sv_from(presence_name(presence)));
		emit_object_end(emit);
	}
	emit_array_end(emit);
	return 0;
}

static int put_outputs(struct emit *emit, struct http_request *request,
		       const struct seen_sessions *all, const struct programme_session *session,
		       struct err *err)
{
	const struct workshop_output *row;
	size_t count;

	if (seminar_outputs(request->worker->records, all->entry, session->id, request->arena,
			    &row, &count, err) != 0)
		return -1;
	emit_key(emit, "outputs");
	emit_array(emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(emit);
		emit_put_text(emit, "group", row[i].group);
		emit_put_number(emit, "version", row[i].version);
		for (unsigned step = 0; step < STEP_COUNT; step++)
			emit_put_text(emit, workshop_step_name((enum workshop_step)step),
				      row[i].text[step]);
		emit_put_time(emit, "at", row[i].at);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	return 0;
}

static enum http_answer show(struct http_request *request, struct http_response *response,
			     const struct catalogue_entry *entry,
			     const struct programme_session *session)
{
	struct emit emit = emit_begin(&response->body);
	struct seen_sessions all;
	struct err err = ERR_INIT;

	if (read_all(request, entry, &all, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	emit_key(&emit, "session");
	if (put_session(&emit, request, &all, session, &err) != 0 ||
	    put_bookings(&emit, request, &all, session, &err) != 0 ||
	    put_outputs(&emit, request, &all, session, &err) != 0)
		return http_fail_err(request, response, &err);
	if (!session->for_participants)
		all.participant_count = 0;
	put_participants(&emit, request, &all, "participants");
	put_exceptions(&emit, &all);
	emit_object_end(&emit);
	return HTTP_DONE;
}

static enum http_answer show_participants(struct http_request *request,
					  struct http_response *response,
					  const struct catalogue_entry *entry)
{
	struct emit emit = emit_begin(&response->body);
	struct seen_sessions all;
	struct err err = ERR_INIT;

	if (read_all(request, entry, &all, &err) != 0)
		return http_fail_err(request, response, &err);
	emit_object(&emit);
	put_participants(&emit, request, &all, "items");
	put_exceptions(&emit, &all);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* ---- which one ---- */

/* Programme and, where the path has one, session; false with the response filled. */
static bool find(struct http_request *request, struct http_response *response,
		 const struct catalogue_entry **ret_entry,
		 const struct programme_session **ret_session)
{
	const struct catalogue_entry *entry =
		catalogue_by_id(worker_catalogue(request->worker), request->object->id);

	*ret_entry = entry;
	if (entry && ret_session)
		*ret_session = seminar_session(entry, request->param[1]);
	if (entry && (!ret_session || *ret_session))
		return true;
	http_fail(request, response, "not_found", entry ? "session" : NULL);
	return false;
}

static struct sv or_empty(struct sv text)
{
	return text.p ? text : SV("");
}

static struct officer officer_of(const struct http_request *request)
{
	return (struct officer){ request->actor->id, request->actor->name };
}

/* ---- to read ---- */

enum http_answer route_seminar_list(struct http_request *request, struct http_response *response)
{
	struct emit emit = emit_begin(&response->body);
	const struct catalogue_entry *entry;
	const struct programme_facts *facts;
	struct seen_sessions all;
	struct err err = ERR_INIT;

	if (!find(request, response, &entry, NULL))
		return HTTP_DONE;
	if (read_all(request, entry, &all, &err) != 0)
		return http_fail_err(request, response, &err);
	facts = programme_facts(entry->programme);
	emit_object(&emit);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < facts->session_count; i++)
		if (put_session(&emit, request, &all, &facts->session[i], &err) != 0)
			return http_fail_err(request, response, &err);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

enum http_answer route_seminar_show(struct http_request *request, struct http_response *response)
{
	const struct programme_session *session;
	const struct catalogue_entry *entry;

	return find(request, response, &entry, &session) ? show(request, response, entry, session)
							 : HTTP_DONE;
}

enum http_answer route_seminar_participants(struct http_request *request,
					    struct http_response *response)
{
	const struct catalogue_entry *entry;

	return find(request, response, &entry, NULL)
		       ? show_participants(request, response, entry)
		       : HTTP_DONE;
}

/* ---- the list as a file ---- */

static void put_header(struct csv *csv, bool english)
{
	static const char *const title[][2] = {
		{ "状態", "State" },	   { "参加方法", "Mode" },     { "氏名", "Name" },
		{ "会社名", "Company" },   { "メール", "Mail" },       { "電話", "Telephone" },
		{ "予約日時", "Booked" }, { "出欠", "Attendance" },
	};

	for (size_t i = 0; i < sizeof title / sizeof *title; i++)
		csv_cell(csv, sv_from(title[i][english]));
	csv_row(csv);
}

static struct sv word(const char *const ja[], const char *english_word, bool english,
		      unsigned at)
{
	return sv_from(english ? english_word : ja[at]);
}

static void put_csv_row(struct csv *csv, const struct http_request *request,
			const struct booking *row, enum presence presence)
{
	static const char *const states[] = { "予約済み", "キャンセル待ち", "空席を案内中",
					      "キャンセル", "案内の期限切れ" };
	static const char *const modes[] = { "会場", "オンライン" };
	static const char *const presences[] = { "開催前", "未記録", "出席", "欠席" };
	const bool english = request->language == LANGUAGE_EN;
	char at[DAY_TEXT_MAX];

	csv_cell(csv, word(states, booking_state_name(row->state), english, row->state));
	csv_cell(csv, word(modes, session_mode_name(row->mode), english, row->mode));
	csv_cell(csv, row->name);
	csv_cell(csv, row->company);
	csv_cell(csv, row->mail);
	csv_cell(csv, row->telephone);
	csv_cell(csv, sv_from(tokyo_format(row->made, DAY_ISO, at)));
	csv_cell(csv, word(presences, presence_name(presence), english, presence));
	csv_row(csv);
}

enum http_answer route_seminar_csv(struct http_request *request, struct http_response *response)
{
	const struct programme_session *session;
	const struct catalogue_entry *entry;
	const struct booking *row;
	struct seen_sessions all;
	struct err err = ERR_INIT;
	struct csv csv;
	size_t count;

	if (!find(request, response, &entry, &session))
		return HTTP_DONE;
	if (read_all(request, entry, &all, &err) != 0 ||
	    seminar_bookings(request->worker->records, entry, session->id, request->arena, &row,
			     &count, &err) != 0)
		return http_fail_err(request, response, &err);
	csv = csv_begin(&response->body);
	put_header(&csv, request->language == LANGUAGE_EN);
	for (size_t i = 0; i < count; i++)
		put_csv_row(&csv, request, &row[i],
			    seminar_presence(session, row[i].id, all.attendance,
					     all.attendance_count, request->programme_now));
	response->content_type = "text/csv; charset=utf-8";
	http_add_header(response, "Content-Disposition",
			arena_printf(request->arena, "attachment; filename=\"%.*s-%.*s.csv\"",
				     SV_ARG(entry->slug), SV_ARG(session->id)));
	return HTTP_DONE;
}

/* ---- to write ---- */

/* Commits with its audit entry, or undoes; true where the answer is still to be shown. */
static bool finish(struct http_request *request, struct http_response *response,
		   const struct catalogue_entry *entry, int status, struct sv said,
		   const struct err *err)
{
	if (status == 0)
		return reply_commit(request, response, "programme", entry->id, SV_NONE, said) == 0;
	reply_undo(request, response, err);
	return false;
}

enum http_answer route_seminar_attend(struct http_request *request,
				      struct http_response *response)
{
	struct attendance attendance = {
		.subject = body_text(request, "subject"),
		.present = json_is_true(json_object_get(request->json, "present")),
		.person = or_empty(body_text(request, "person")),
		.mode = sv_eq(body_text(request, "mode"), SV("online")) ? MODE_ONLINE : MODE_VENUE,
		.officer = officer_of(request),
	};
	struct store *store = request->worker->records;
	const struct programme_session *session;
	const struct catalogue_entry *entry;
	struct err err = ERR_INIT;
	int status;

	if (!find(request, response, &entry, &session))
		return HTTP_DONE;
	status = store_begin(store, &err);
	if (status == 0)
		status = seminar_attend(store, entry, session, &attendance,
					request->programme_now, request->arena, &err);
	return finish(request, response, entry, status,
		      arena_printf(request->arena, "%.*s: %.*s: %s", SV_ARG(session->id),
				   SV_ARG(attendance.subject),
				   attendance.present ? "present" : "missed"),
		      &err)
		       ? show(request, response, entry, session)
		       : HTTP_DONE;
}

enum http_answer route_seminar_except(struct http_request *request,
				      struct http_response *response)
{
	struct exception exception = {
		.session = or_empty(body_text(request, "session")),
		.application = body_text(request, "application"),
		.person = or_empty(body_text(request, "person")),
		.reason = body_text(request, "reason"),
		.officer = officer_of(request),
		.at = request->programme_now,
	};
	struct store *store = request->worker->records;
	const struct catalogue_entry *entry;
	struct err err = ERR_INIT;
	int status;

	if (!find(request, response, &entry, NULL))
		return HTTP_DONE;
	(void)exception_kind_parse(body_text(request, "kind"), &exception.kind);
	status = store_begin(store, &err);
	if (status == 0)
		status = seminar_except(store, entry, &exception, request->arena, &err);
	return finish(request, response, entry, status,
		      arena_printf(request->arena, "%s: %.*s: %.*s",
				   exception_kind_name(exception.kind),
				   SV_ARG(exception.application), SV_ARG(exception.reason)),
		      &err)
		       ? show_participants(request, response, entry)
		       : HTTP_DONE;
}

enum http_answer route_seminar_publish(struct http_request *request,
				       struct http_response *response)
{
	struct material material = { .title = body_text(request, "title"),
				     .url = body_text(request, "url") };
	const struct officer officer = officer_of(request);
	struct store *store = request->worker->records;
	const struct programme_session *session;
	const struct catalogue_entry *entry;
	char id[UUID_TEXT_MAX];
	struct err err = ERR_INIT;
	int status;

	if (!find(request, response, &entry, &session))
		return HTTP_DONE;
	(void)material_kind_parse(body_text(request, "kind"), &material.kind);
	status = store_begin(store, &err);
	if (status == 0)
		status = seminar_publish(store, entry, session, &material, &officer,
					 request->programme_now, id, &err);
	return finish(request, response, entry, status,
		      arena_printf(request->arena, "%.*s: %.*s", SV_ARG(session->id),
				   SV_ARG(material.url)),
		      &err)
		       ? show(request, response, entry, session)
		       : HTTP_DONE;
}

enum http_answer route_seminar_output(struct http_request *request,
				      struct http_response *response)
{
	struct workshop_output output = {
		.group = body_text(request, "group"),
		.version = (uint32_t)json_integer_value(json_object_get(request->json, "version")),
	};
	const struct officer officer = officer_of(request);
	struct store *store = request->worker->records;
	const struct programme_session *session;
	const struct catalogue_entry *entry;
	struct err err = ERR_INIT;
	int status;

	if (!find(request, response, &entry, &session))
		return HTTP_DONE;
	for (unsigned step = 0; step < STEP_COUNT; step++)
		output.text[step] =
			body_text(request, workshop_step_name((enum workshop_step)step));
	status = store_begin(store, &err);
	if (status == 0)
		status = seminar_write_output(store, entry, session, &output, &officer,
					      request->programme_now, &err);
	return finish(request, response, entry, status,
		      arena_printf(request->arena, "%.*s: %.*s", SV_ARG(session->id),
				   SV_ARG(output.group)),
		      &err)
		       ? show(request, response, entry, session)
		       : HTTP_DONE;
}
