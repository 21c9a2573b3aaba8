#include "centre/put_support.h"

#include "centre/access.h"
#include "centre/centre.h"
#include "centre/put_possible.h"
#include "centre/reply.h"
#include "forms/upload.h"

/* What every part looks at. */
struct view {
	struct emit *emit;
	struct http_request *request;
	const struct catalogue_entry *entry;
	const struct application *application;
	bool own; /* the company looks at itself */
	struct day today;
};

void put_support_person(struct emit *emit, const char *key, const struct person *person)
{
	emit_key(emit, key);
	emit_object(emit);
	emit_put_or_null(emit, "id", person->id);
	emit_put_text(emit, "name", person->name.p ? person->name : SV(""));
	emit_object_end(emit);
}

void put_support_day(struct emit *emit, const char *key, bool has, struct day day)
{
	char text[DAY_TEXT_MAX];

	emit_put_or_null(emit, key, has ? sv_from(day_format(day, DAY_ISO, text)) : SV_NONE);
}

static void put_text(struct emit *emit, const struct http_request *request, const char *key,
		     struct programme_text text)
{
	emit_put_text(emit, key, text_of(request, text));
}

void put_support_application(struct emit *emit, const struct application *application)
{
	emit_object(emit);
	emit_put_text(emit, "id", application->id);
	emit_put_text(emit, "number", application->number);
	emit_put_text(emit, "company", application->company_name);
	emit_put_text(emit, "contact", application->contact);
	emit_put_text(emit, "telephone", application->telephone);
	emit_put_text(emit, "mail", application->mail);
	emit_object_end(emit);
}

/* ---- questionnaires ---- */

/* "magazine.version" and "magazine.text" say to what somebody consented. */
static bool is_of_consent(struct sv name)
{
	return sv_ends(name, SV(".version")) || sv_ends(name, SV(".text"));
}

void put_support_answers(struct emit *emit, const struct http_request *request,
			 const struct programme *programme, const struct answers *answers)
{
	emit_array(emit);
	for (size_t i = 0; i < answers->count; i++) {
		const struct answer *answer = &answers->item[i];

		if (is_of_consent(answer->name))
			continue;
		emit_object(emit);
		emit_put_text(emit, "field", answer->name);
		put_text(emit, request, "label", form_label(programme, answer->name));
		put_text(emit, request, "value_text",
			 form_value(programme, answer->name, answer->value, request->arena));
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static int put_differences(const struct view *view,
			   const struct programme_questionnaire *questionnaire,
			   const struct sheet *sheet, struct err *err)
{
	struct store *store = view->request->worker->records;
	const struct sheet_item *item = NULL;
	struct sheet before;
	size_t count = 0;
	int found = 0;

	if (sheet && questionnaire->compared_with.n > 0)
		found = sheet_last(store, view->application->id, questionnaire->compared_with,
				   view->request->arena, &before, err);
	if (found < 0 ||
	    (found == 1 && sheet_compare(view->entry->programme, questionnaire, &before.answers,
					 &sheet->answers, view->request->arena, &item, &count,
					 err) < 0))
		return -1;
	emit_key(view->emit, "differences");
	emit_array(view->emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(view->emit);
		emit_put_text(view->emit, "field", item[i].field->id);
		put_text(view->emit, view->request, "label", item[i].field->label);
		put_text(view->emit, view->request, "before", item[i].before);
		put_text(view->emit, view->request, "after", item[i].after);
		emit_put_truth(view->emit, "differs", item[i].differs);
		emit_object_end(view->emit);
	}
	emit_array_end(view->emit);
	return 0;
}

static void put_form(const struct view *view, const struct programme_questionnaire *questionnaire)
{
	const struct programme_form *form = &questionnaire->form;
	const bool shown = questionnaire->kind == QUESTIONNAIRE_SHEET && !view->own;

	emit_key(view->emit, "form");
	emit_array(view->emit);
	for (size_t s = 0; shown && s < form->section_count; s++)
		for (size_t i = 0; i < form->section[s].field_count; i++)
			put_form_field(view->emit, view->request, view->entry->programme,
				       &form->section[s].field[i]);
	emit_array_end(view->emit);
}

static void put_filled(const struct view *view, const struct sheet *sheet)
{
	static const struct answers none = { NULL, 0 };

	emit_key(view->emit, "filled");
	if (sheet) {
		emit_object(view->emit);
		emit_put_time(view->emit, "at", sheet->at);
		put_support_person(view->emit, "by", &sheet->by);
		emit_object_end(view->emit);
	} else {
		emit_nothing(view->emit);
	}
	emit_key(view->emit, "answers");
	put_support_answers(view->emit, view->request, view->entry->programme,
			    sheet ? &sheet->answers : &none);
}

static int put_questionnaire(const struct view *view,
			     const struct programme_questionnaire *questionnaire,
			     const struct asked *asked, struct err *err)
{
	const bool is_sheet = questionnaire->kind == QUESTIONNAIRE_SHEET;
	struct emit *emit = view->emit;
	struct day call = { 0 };
	struct sheet sheet;
	int has = 0, found;

	found = sheet_last(view->request->worker->records, view->application->id,
			   questionnaire->id, view->request->arena, &sheet, err);
	if (asked && !asked->answered)
		has = questionnaire_call_day(questionnaire,
					     programme_calendar(view->entry->programme),
					     asked->since, &call, err);
	if (found < 0 || has < 0)
		return -1;
	emit_object(emit);
	emit_put_text(emit, "id", questionnaire->id);
	put_text(emit, view->request, "name", questionnaire->name);
	emit_put_text(emit, "kind", sv_from(questionnaire_kind_name(questionnaire->kind)));
	emit_put_truth(emit, "anonymous", asked ? asked->anonymous : questionnaire->anonymous);
	put_support_day(emit, "asked", asked != NULL, asked ? asked->day : call);
	emit_put_truth(emit, "answered", asked && asked->answered);
	emit_put_time(emit, "answered_at", asked ? asked->answered_at : (struct instant){ 0 });
	put_support_day(emit, "call", has == 1, call);
	emit_put_truth(emit, "may_send",
		       !view->own && !is_sheet && !(asked && asked->answered) &&
			       questionnaire_may_go(questionnaire, view->today));
	put_filled(view, found == 1 ? &sheet : NULL);
	if (put_differences(view, questionnaire, found == 1 ? &sheet : NULL, err) < 0)
		return -1;
	put_form(view, questionnaire);
	emit_object_end(emit);
	return 0;
}

static int put_questionnaires(const struct view *view, struct err *err)
{
	const struct programme_facts *facts = programme_facts(view->entry->programme);
	const struct asked *asked;
	size_t count;

	if (asked_of_application(view->request->worker->records, view->application->id,
				 view->request->arena, &asked, &count, err) < 0)
		return -1;
	emit_key(view->emit, "questionnaires");
	emit_array(view->emit);
	for (size_t i = 0; i < facts->questionnaire_count; i++) {
		const struct programme_questionnaire *one = &facts->questionnaire[i];
		const struct asked *found = NULL;

		for (size_t k = 0; k < count; k++)
			if (sv_eq(asked[k].questionnaire, one->id))
				found = &asked[k];
		if (view->own && one->kind == QUESTIONNAIRE_SHEET)
			continue; /* what the office notes for itself */
		if (put_questionnaire(view, one, found, err) < 0)
			return -1;
	}
	emit_array_end(view->emit);
	return 0;
}

/* ---- visits ---- */

int put_visit(struct emit *emit, const struct http_request *request,
	      const struct programme *programme, const struct visit *visit, struct err *err)
{
	const struct programme_course *course = programme_course(programme, visit->course);
	const struct programme_visits *rule = visits_of_course(programme, visit->course);
	const bool listed = rule && visit->number > 0 && visit->number <= rule->agenda_count;
	const struct sv *document;
	size_t count;

	if (visit_documents(request->worker->records, visit->id, request->arena, &document, &count,
			    err) < 0)
		return -1;
	emit_object(emit);
	emit_put_text(emit, "id", visit->id);
	emit_put_text(emit, "course", visit->course);
	emit_put_text(emit, "course_name", course ? text_of(request, course->name) : visit->course);
	emit_put_number(emit, "number", visit->number);
	emit_put_text(emit, "title",
		      listed ? text_of(request, rule->agenda[visit->number - 1].title) : SV(""));
	emit_put_text(emit, "form", sv_from(visit_form_name(visit->form)));
	emit_put_truth(emit, "requested", visit->requested);
	emit_put_time(emit, "from", visit->from);
	emit_put_number(emit, "minutes", visit->minutes);
	put_support_person(emit, "expert", &visit->expert);
	emit_put_text(emit, "state", sv_from(visit_state_name(visit->state)));
	emit_put_text(emit, "reason", visit->reason);
	emit_put_text(emit, "record", visit->record);
	emit_key(emit, "documents");
	emit_array(emit);
	for (size_t i = 0; i < count; i++)
		emit_text(emit, document[i]);
	emit_array_end(emit);
	emit_object_end(emit);
	return 0;
}

static void put_agenda(const struct view *view, const struct programme_visits *visits)
{
	emit_key(view->emit, "agenda");
	emit_array(view->emit);
	for (size_t i = 0; i < visits->agenda_count; i++) {
		emit_object(view->emit);
		emit_put_number(view->emit, "number", (int64_t)i + 1);
		put_text(view->emit, view->request, "title", visits->agenda[i].title);
		put_text(view->emit, view->request, "content", visits->agenda[i].content);
		emit_object_end(view->emit);
	}
	emit_array_end(view->emit);
}

static void put_courses(const struct view *view)
{
	const struct programme_facts *facts = programme_facts(view->entry->programme);
	struct emit *emit = view->emit;

	emit_key(emit, "courses");
	emit_array(emit);
	for (size_t i = 0; i < facts->visits_count; i++) {
		const struct programme_visits *visits = &facts->visits[i];
		const struct programme_course *course =
			programme_course(view->entry->programme, visits->course);

		if (!course || !application_has_course(&view->application->is, visits->course))
			continue;
		emit_object(emit);
		emit_put_text(emit, "id", visits->course);
		put_text(emit, view->request, "name", course->name);
		emit_put_number(emit, "given",
				visits_given(view->entry->programme, visits->course));
		emit_put_number(emit, "minutes_min", visits->minutes_min);
		emit_put_number(emit, "minutes_max", visits->minutes_max);
		emit_key(emit, "forms");
		emit_array(emit);
		for (unsigned f = 0; f < VISIT_FORM_COUNT; f++)
			if (visits->forms >> f & 1)
				emit_text(emit, sv_from(visit_form_name((enum visit_form)f)));
		emit_array_end(emit);
		put_agenda(view, visits);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static int put_visits(const struct view *view, struct err *err)
{
	const struct visit *visit;
	size_t count;

	if (visits_of_application(view->request->worker->records, view->application->id,
				  view->request->arena, &visit, &count, err) < 0)
		return -1;
	emit_key(view->emit, "visits");
	emit_array(view->emit);
	for (size_t i = 0; i < count; i++)
		if (put_visit(view->emit, view->request, view->entry->programme, &visit[i], err) <
		    0)
			return -1;
	emit_array_end(view->emit);
	return 0;
}

/* ---- documents ---- */

void put_document(struct emit *emit, const struct document *document)
{
	struct upload file = { .bytes = 0 };
	const bool has = upload_parse(document->file, &file);

	emit_object(emit);
	emit_put_text(emit, "id", document->id);
	emit_put_text(emit, "kind", document->kind);
	emit_put_number(emit, "version", document->version);
	emit_put_text(emit, "state", sv_from(document_state_name(document->state)));
	emit_put_text(emit, "name", has ? file.name : SV(""));
	emit_put_number(emit, "bytes", (int64_t)file.bytes);
	emit_put_text(emit, "digest", sv_from(file.digest));
	emit_put_text(emit, "note", document->note);
	emit_put_or_null(emit, "url", document->url);
	put_support_person(emit, "by", &document->by);
	emit_put_time(emit, "at", document->at);
	put_support_person(emit, "reviewer", &document->reviewer);
	emit_put_time(emit, "reviewed_at", document->reviewed_at);
	emit_put_time(emit, "published_at", document->published_at);
	emit_object_end(emit);
}

static void put_versions(const struct view *view, const struct programme_document *kind,
			 const struct document *document, size_t count)
{
	struct emit *emit = view->emit;

	emit_object(emit);
	emit_put_text(emit, "id", kind->id);
	put_text(emit, view->request, "name", kind->name);
	emit_put_text(emit, "kind", sv_from(document_kind_name(kind->kind)));
	emit_put_truth(emit, "can_be_published", kind->can_be_published);
	emit_key(emit, "versions");
	emit_array(emit);
	for (size_t i = 0; i < count; i++)
		if (sv_eq(document[i].kind, kind->id) &&
		    !(view->own && document[i].state == DOCUMENT_DRAFT))
			put_document(emit, &document[i]);
	emit_array_end(emit);
	emit_object_end(emit);
}

static void put_two_star(struct emit *emit, const struct two_star *two_star)
{
	emit_key(emit, "two_star");
	emit_object(emit);
	emit_put_truth(emit, "complete", two_star_is_complete(two_star));
	emit_put_truth(emit, "policy", two_star->policy);
	emit_put_truth(emit, "published", two_star->published);
	emit_put_truth(emit, "declared", two_star->declared);
	emit_put_or_null(emit, "url", two_star->url);
	put_support_day(emit, "day", two_star->declared, two_star->day);
	emit_object_end(emit);
}

static int put_documents(const struct view *view, struct err *err)
{
	struct store *store = view->request->worker->records;
	const struct programme_facts *facts = programme_facts(view->entry->programme);
	struct declaration declaration;
	const struct document *document;
	struct two_star two_star;
	size_t count;

	if (documents_of_application(store, view->application->id, view->request->arena, &document,
				     &count, err) < 0 ||
	    declaration_load(store, view->application->id, view->request->arena, &declaration,
			     err) < 0)
		return -1;
	emit_key(view->emit, "documents");
	emit_array(view->emit);
	for (size_t i = 0; i < facts->document_count; i++)
		if (facts->document[i].kind != DOCUMENT_DOWNLOAD)
			put_versions(view, &facts->document[i], document, count);
	emit_array_end(view->emit);
	two_star = two_star_of(view->entry->programme, document, count, &declaration);
	put_two_star(view->emit, &two_star);
	return 0;
}

/* ---- hearing, disclosures, contact ---- */

void put_hearing(struct emit *emit, const struct http_request *request,
		 const struct hearing *hearing)
{
	emit_object(emit);
	emit_put_text(emit, "application", hearing->application);
	emit_key(emit, "company");
	put_company(emit, request, hearing->company);
	emit_put_text(emit, "state", sv_from(hearing_state_name(hearing->state)));
	emit_put_text(emit, "note", hearing->note.p ? hearing->note : SV(""));
	emit_put_time(emit, "at", hearing->at);
	put_support_person(emit, "by", &hearing->by);
	emit_object_end(emit);
}

void put_disclosure(struct emit *emit, const struct disclosure *disclosure)
{
	emit_object(emit);
	emit_put_text(emit, "id", disclosure->id);
	emit_put_text(emit, "recipient", disclosure->recipient);
	emit_put_text(emit, "purpose", disclosure->purpose);
	emit_put_text(emit, "scope", disclosure->scope);
	put_support_person(emit, "by", &disclosure->by);
	emit_put_time(emit, "at", disclosure->at);
	emit_object_end(emit);
}

struct programme_text city_wording(const struct programme_facts *facts)
{
	if (facts->city_contacts)
		return (struct programme_text){
			SV("東京都から、中小企業向けの施策についてご連絡します。"),
			SV("The city will write to you about other measures for companies."),
		};
	return (struct programme_text){
		SV("東京都から、中小企業向けの施策についてご連絡することがあります。"),
		SV("The city may write to you about other measures for companies."),
	};
}

static int put_rest(const struct view *view, struct err *err)
{
	struct store *store = view->request->worker->records;
	const struct disclosure *disclosure;
	struct emit *emit = view->emit;
	struct hearing hearing;
	bool wanted;
	size_t count;

	if (hearing_load(store, view->application->id, view->request->arena, &hearing, err) < 0 ||
	    disclosures_list(store, view->application->id, view->request->arena, &disclosure,
			     &count, err) < 0 ||
	    city_contact_load(store, view->application->id, &wanted, err) < 0)
		return -1;
	emit_key(emit, "hearing");
	if (view->own || hearing.state == HEARING_NONE)
		emit_nothing(emit);
	else
		put_hearing(emit, view->request, &hearing);
	emit_key(emit, "disclosures");
	emit_array(emit);
	for (size_t i = 0; i < count; i++)
		put_disclosure(emit, &disclosure[i]);
	emit_array_end(emit);
	emit_key(emit, "city_contact");
	emit_object(emit);
	emit_put_truth(emit, "wanted", wanted);
	put_text(emit, view->request, "wording",
		 city_wording(programme_facts(view->entry->programme)));
	emit_object_end(emit);
	return 0;
}

static int put_experts(const struct view *view, struct err *err)
{
	const struct person *expert = NULL;
	size_t count = 0;

	if (!view->own && support_experts(view->request->worker->records, view->entry,
					  view->request->arena, &expert, &count, err) < 0)
		return -1;
	emit_key(view->emit, "experts");
	emit_array(view->emit);
	for (size_t i = 0; i < count; i++) {
		emit_object(view->emit);
		emit_put_or_null(view->emit, "id", expert[i].id);
		emit_put_text(view->emit, "name", expert[i].name);
		emit_object_end(view->emit);
	}
	emit_array_end(view->emit);
	return 0;
}

int put_support(struct emit *emit, struct http_request *request,
		const struct catalogue_entry *entry, const struct application *application,
		struct err *err)
{
	const struct view view = {
		.emit = emit, .request = request, .entry = entry, .application = application,
		.own = application_is_own(request, application),
		.today = tokyo_of(request->programme_now).day,
	};

	emit_object(emit);
	if (put_questionnaires(&view, err) < 0)
		return -1;
	put_courses(&view);
	if (put_visits(&view, err) < 0 || put_documents(&view, err) < 0 ||
	    put_rest(&view, err) < 0 || put_experts(&view, err) < 0)
		return -1;
	emit_object_end(emit);
	return 0;
}
