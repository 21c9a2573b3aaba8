/*
 * put_application.h - programmes and applications as the contract shows them.
 */
#ifndef CENTRE_PUT_APPLICATION_H
#define CENTRE_PUT_APPLICATION_H

#include "centre/emit.h"
#include "centre/http.h"
#include "programme/application.h"

/* The text in the reader's language. */
struct sv text_of(const struct http_request *request, struct programme_text text);

void put_seat(struct emit *emit, const struct http_request *request,
	      const struct catalogue_entry *entry, const struct seat_row *seat);
/* ProgrammeSummary. Returns -1 where the seats cannot be counted. */
int put_programme(struct emit *emit, struct http_request *request,
		  const struct catalogue_entry *entry, struct err *err);

/* Application; entry is its programme's. */
void put_application(struct emit *emit, const struct http_request *request,
		     const struct catalogue_entry *entry, const struct application *application);
/*
 * ApplicationDetail, as the actor may see it: applicant and owner see the form's
 * answers, staff also those of the steps. Returns -1 on error.
 */
int put_application_detail(struct emit *emit, struct http_request *request,
			   const struct catalogue_entry *entry,
			   const struct application *application, struct err *err);

/* The member "fields" of the checked body: what was said, as typed. */
struct answers body_fields(const struct http_request *request);

/* The log, oldest first. Returns 0 or -1. */
int application_story(const struct http_request *request, struct sv application,
		      const struct application_entry **ret, size_t *ret_count, struct err *err);

/* Which parts of the programme's file the actor can play here: bits 1 << enum programme_actor. */
unsigned application_actors(const struct http_request *request,
			    const struct application *application);
/* The actor stands on the company's side, not the office's. */
bool application_is_own(const struct http_request *request, const struct application *application);
/* What an actor of the file is called. */
struct sv actor_text(const struct http_request *request, const struct catalogue_entry *entry,
		     enum programme_actor actor);

/* As http_fail, but with a message of the programme's file. */
enum http_answer http_fail_text(struct http_request *request, struct http_response *response,
				const char *key, const struct programme_text *message);
/* Answers with what the programme's file says to who may not. */
enum http_answer fail_refused(struct http_request *request, struct http_response *response,
			      const struct refused *refused);

#endif
