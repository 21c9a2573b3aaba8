/*
 * put_support.h - questionnaires, visits, documents and what else belongs to the
 * support of one application, as the contract shows them.
 */
#ifndef CENTRE_PUT_SUPPORT_H
#define CENTRE_PUT_SUPPORT_H

#include "centre/put_application.h"
#include "support/support.h"

/*
 * ApplicationSupport. The company's own people see their answers, their visits
 * and reviewed documents; staff see all. Returns -1 on error.
 */
int put_support(struct emit *emit, struct http_request *request,
		const struct catalogue_entry *entry, const struct application *application,
		struct err *err);
/* Visit. Returns -1 where its documents cannot be read. */
int put_visit(struct emit *emit, const struct http_request *request,
	      const struct programme *programme, const struct visit *visit, struct err *err);
void put_document(struct emit *emit, const struct document *document);
void put_hearing(struct emit *emit, const struct http_request *request,
		 const struct hearing *hearing);
void put_disclosure(struct emit *emit, const struct disclosure *disclosure);
/* Answers as people read them: an array of SupportAnswer. */
void put_support_answers(struct emit *emit, const struct http_request *request,
			 const struct programme *programme, const struct answers *answers);
/* SupportApplication. */
void put_support_application(struct emit *emit, const struct application *application);
/* Person. */
void put_support_person(struct emit *emit, const char *key, const struct person *person);
/* Day as "2025-05-28", or null. */
void put_support_day(struct emit *emit, const char *key, bool has, struct day day);
/* Sentence about contact from the city, as the edition has it (R-120, T-41). */
struct programme_text city_wording(const struct programme_facts *facts);

/* support_common.c: what the handlers of routes_support*.c begin with. */

/* The application of the path with its edition. Returns 0, or -1 with the response filled. */
int support_load(struct http_request *request, struct http_response *response,
		 struct application *ret, const struct catalogue_entry **ret_entry);
/* The same for another one, by id. */
int support_load_id(struct http_request *request, struct http_response *response, struct sv id,
		    struct application *ret, const struct catalogue_entry **ret_entry);
/* What a load gave: 0 where it is there, else -1 with the response filled. */
int support_found(struct http_request *request, struct http_response *response, int found,
		  const struct err *err);
/* Who asks. */
struct person support_actor(const struct http_request *request);
/* Tells those who watch the application, after the commit. */
void support_tell(struct http_request *request, const struct application *application);
/* All experts who may be sent to its companies, by name. */
int support_experts(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		    const struct person **ret, size_t *ret_count, struct err *err);
/* The edition of the path's programme. Returns 0, or -1 with the response filled. */
int support_entry(struct http_request *request, struct http_response *response,
		  const struct catalogue_entry **ret);

#endif
