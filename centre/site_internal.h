/*
 * site_internal.h - private to site*.c. site.c answers requests; site_apply.c
 * and site_personal.c are what happens behind a form; the others draw pages
 * of values and know neither requests nor records.
 */
#ifndef CENTRE_SITE_INTERNAL_H
#define CENTRE_SITE_INTERNAL_H

#include "base/html.h"
#include "centre/http.h"
#include "centre/site.h"
#include "centre/site_support.h"
#include "forms/draft.h"
#include "programme/application.h"
#include "programme/programme.h"

#define SITE_TOKEN_BYTES 16
#define SITE_TOKEN_MAX (2 * SITE_TOKEN_BYTES + 1) /* as hexadecimal, with its NUL */
#define SITE_LINK_MAX 200			  /* bytes of a personal link's secret */

/* What every page is drawn with. */
struct site {
	struct html html;
	struct arena *arena;
	struct day today; /* programme time, Tokyo */
};

/* One edition as the site shows it. */
struct site_board; /* site_board.h */
struct site_edition {
	const struct catalogue_entry *entry;
	const struct programme_facts *facts;
	const struct seat_row *seat; /* one for each course */
	size_t seat_count;
	int reception; /* 0 open, -1 not yet, 1 over: by date, or closed by the office (T-35) */
};
enum site_reception { SITE_OPEN, SITE_NOT_YET, SITE_FULL, SITE_OVER };
enum site_reception site_reception(const struct site_edition *edition);

/* ---- site_frame.c ---- */

struct site_head {
	struct sv title;
	const struct programme_facts *facts; /* whose office stands at the foot; NULL: none */
	struct sv
		path; /* of this page, for the other language; empty: it cannot be asked for again */
	bool personal; /* not for search engines */
	bool wrong;    /* the title says that something has to be put right */
};
struct site site_begin(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_head *head);
void site_end(struct site *site, const struct site_head *head);
struct sv site_text(const struct site *site, const struct programme_text *text);
/* A path with the language kept; from arena. */
struct sv site_path(const struct site *site, const char *format, ...) ERR_PRINTF(2, 3);
void site_link(struct site *site, const char *name, struct sv path, struct sv text);
/* <h2 id> with a text of a file below; nothing where the text is empty. */
void site_chapter(struct site *site, const char *id, const char *ja, const char *en,
		  struct sv prose);
/* A row of a <dl>: begins <div><dt>..</dt><dd>; close twice. */
void site_row(struct site *site, const char *ja, const char *en);
void site_row_text(struct site *site, const char *ja, const char *en, struct sv text);
struct sv site_day(const struct site *site, struct day day);
struct sv site_time(const struct site *site, struct instant at);
void site_office(struct site *site, const struct programme_office *office);
/* A link that dials; from the digits of a number. */
void site_telephone(struct site *site, struct sv number);

/* ---- site_programme.c ---- */

void site_list_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		    const struct site_edition *edition, size_t count,
		    const struct site_board *board);
/* other: all editions, for links to past years. */
void site_programme_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			 const struct site_edition *edition, const struct site_edition *other,
			 size_t other_count, const struct site_board *board);
void site_own_cost(struct site *site, const struct programme_facts *facts);

/* ---- site_field.c ---- */

/* What is known while fields are drawn. */
struct site_fields {
	const struct programme *programme;
	const struct answers *raw; /* as the browser sent it; NULL: nothing yet */
	const struct form_errors *errors;
	const struct seat_row *seat;
	size_t seat_count;
	struct sv scope; /* where one page holds several forms: goes into ids */
	struct sv owner; /* event or questionnaire that they belong to; empty: the application's form */
};
void site_field(struct site *site, const struct site_fields *fields,
		const struct programme_field *field);
/* The summary at the top, with links to the fields; general: of no field, may be empty. */
void site_error_summary(struct site *site, const struct site_fields *fields, struct sv general);

/* ---- site_typed.c ---- */

/* A date is three inputs: FIELD.year, FIELD.month, FIELD.day. */
#define SITE_DATE_PARTS 3
extern const char *const site_date_part[SITE_DATE_PARTS];

/* Answers of these fields as form_check wants them, made of what the browser sent. */
struct answers site_typed(const struct programme_field *field, size_t count,
			  const struct answers *raw, struct arena *arena);
/* The same for a whole form. */
struct answers site_typed_form(const struct programme_form *form, const struct answers *raw,
			       struct arena *arena);
/* Whether an input of this name belongs to a field of the form. */
bool site_is_of_form(struct sv name, const struct programme_form *form);
/* Hidden inputs that bring back what was typed. */
void site_hidden(struct site *site, const char *name, struct sv value);
void site_hidden_form(struct site *site, const struct programme_form *form,
		      const struct answers *raw);

/* ---- site_form.c ---- */

struct site_application {
	const struct site_edition *edition;
	const struct answers *raw;
	struct form_errors errors;
	struct sv general; /* what is wrong and belongs to no field */
	const char *token;
	/* A draft of a form that was renewed: what is another now; renewed NULL: not known. */
	bool is_renewed;
	const struct renewed *renewed;
	size_t renewed_count;
};
void site_form_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		    const struct site_application *application);
/* kept: what form_check made of the answers. */
void site_check_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		     const struct site_application *application, const struct answers *kept);
void site_ineligible_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			  const struct site_application *application,
			  const struct eligibility_row *row, size_t count);
/* Instead of a form: reception is not open. */
void site_closed_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		      const struct site_edition *edition);
/* A row for each answered field of the form. */
void site_answers(struct site *site, const struct programme *programme,
		  const struct programme_section *section, const struct answers *answers);

/* ---- site_applicant.c ---- */

struct site_status {
	const struct catalogue_entry *entry;
	const struct application *application;
	struct sv secret;
	const struct answers *raw; /* of an event's form */
	struct form_errors errors;
	struct sv general;
	const struct upload *file; /* all that the application has */
	size_t file_count;
	struct site_support support;
	struct sv ticket; /* in a published lottery; empty: none */
};
/* The event is drawn only where the applicant may do it now. */
bool site_may_do(const struct programme_state *state, const struct programme_event *event);
void site_status_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		      const struct site_status *status);
void site_receipt_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_status *status);
/* A grave event is asked for a second time. */
void site_confirm_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct site_status *status, const struct programme_event *event);
/* A second submission whose link cannot be told again. */
void site_before_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		      const struct site_edition *edition, struct sv number);

/* ---- site_static.c ---- */

/* The same for every link that opens nothing, so that nobody learns why. */
void site_wrong_link_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			  const struct site_edition *edition, size_t count);
void site_privacy_page(struct buf *buf, struct arena *arena, bool english, struct day today);
void site_terms_page(struct buf *buf, struct arena *arena, bool english, struct day today);
/* Whatever cannot be shown: title and what to do. facts may be NULL. */
void site_message_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct programme_facts *facts, struct sv title, struct sv text);

/* ---- site_dates.c ---- */

/* Whether there is a date to be put into a calendar. */
bool site_has_dates(const struct site_status *status);
/* They as a calendar's file (RFC 5545). host: of the centre, for names that last. */
int site_dates(struct buf *buf, struct arena *arena, bool english, struct instant now,
	       const struct site_status *status, struct sv people_url, struct err *err);

/* ---- site.c ---- */

bool site_is_english(const struct http_request *request);
struct day site_today(const struct http_request *request);
/* Response of a page: status, headers. personal: nobody keeps it, and no address goes out. */
void site_answer(struct http_response *response, int status, bool personal);
enum http_answer site_redirect(struct http_response *response, struct sv path);
enum http_answer site_message(struct http_request *request, struct http_response *response,
			      int status, const struct programme_facts *facts, const char *ja_title,
			      const char *en_title, const char *ja, const char *en);
enum http_answer site_not_found(struct http_request *request, struct http_response *response);
/* Returns 0, or -1 with the response filled. */
int site_read_edition(struct http_request *request, struct http_response *response,
		      const struct catalogue_entry *entry, struct site_edition *ret);
/* The page for a personal link that opens nothing: always the same. */
enum http_answer site_wrong_link(struct http_request *request, struct http_response *response,
				 const struct catalogue *catalogue);
/* The body's pairs. Returns 0, or -1 with the response filled. */
int site_read_body(struct http_request *request, struct http_response *response,
		   struct answers *ret);

/* ---- site_apply.c ---- */

/* Of a form's page: the same form again is the same act. */
void site_new_token(char token[static SITE_TOKEN_MAX]);
bool site_is_token(struct sv text);
enum http_answer site_apply_form(struct http_request *request, struct http_response *response,
				 const struct catalogue_entry *entry);
enum http_answer site_apply(struct http_request *request, struct http_response *response,
			    const struct catalogue_entry *entry);

/* ---- site_personal.c ---- */

/* Whether it can be the secret of a link at all. */
bool site_is_secret(struct sv secret);
/* Too many links that open nothing came from there: -1 with the response filled. */
int site_link_limit(struct http_request *request, struct http_response *response);
/* A link that opens nothing: counted, on the audit trail, and always the same page. */
enum http_answer site_refuse_link(struct http_request *request, struct http_response *response,
				  const struct catalogue *catalogue);
/* rest: what stands behind the secret in the path: "", "received". */
enum http_answer site_personal(struct http_request *request, struct http_response *response,
			       const struct catalogue *catalogue, struct sv secret, struct sv rest);
enum http_answer site_personal_act(struct http_request *request, struct http_response *response,
				   const struct catalogue *catalogue, struct sv secret);

#endif
