/*
 * reply.h - what the handlers in routes_*.c share: pages, names, and the
 * companies that a list may show.
 */
#ifndef CENTRE_REPLY_H
#define CENTRE_REPLY_H

#include "centre/access.h"
#include "centre/audit.h"
#include "centre/centre.h"
#include "centre/emit.h"
#include "centre/http.h"
#include "incident/incident.h"

#define REPLY_CURSOR_PARTS 4
#define REPLY_CURSOR_MAX 220 /* bytes before base64 */

/* The companies of a list. */
struct companies {
	const struct sv *id;
	size_t count;
};

/*
 * Those for which the actor may do what the route is for; only the one of the
 * parameter `company` where it is given. Returns 0, or -1 with the response
 * filled: a company that is not the actor's is not found.
 */
int reply_companies(struct http_request *request, struct http_response *response,
		    struct companies *ret);
/* The same for another action than the route's. */
bool reply_may(const struct http_request *request, enum access_action action, struct sv company);
struct incident_scope reply_scope(const struct companies *companies);
/* The scope of the one company that the path names. */
struct companies reply_object_company(const struct http_request *request);

/*
 * A set of ids as one parameter, so that the statement stays the same however
 * many there are. json_each is SQLite's word; another backend has to know it.
 */
void sql_in(struct buf *sql, int number);
void sql_bind_in(struct store_query *query, int number, struct arena *arena, const struct sv *value,
		 size_t count);
/* "%x%" with the pattern's own signs escaped by a backslash; from arena. */
struct sv sql_like(struct arena *arena, struct sv text);

/* Cursors: parts joined, as base64url. next is from arena. */
struct sv reply_cursor(struct arena *arena, const struct sv *part, size_t count);
/* Parts of the parameter `cursor`; 1, 0 where none is given, -1 with the response filled. */
int reply_read_cursor(struct http_request *request, struct http_response *response,
		      struct sv part[static REPLY_CURSOR_PARTS], size_t count);

/* {"id":…,"name":…} by a query for the name; null where id is empty. */
void put_company(struct emit *emit, const struct http_request *request, struct sv id);
void put_person(struct emit *emit, const struct http_request *request, struct sv id);
void put_device(struct emit *emit, const struct http_request *request, struct sv id);
/* A whole device of the contract; false where it is not there. */
bool put_device_whole(struct emit *emit, const struct http_request *request, struct sv id);
/* The same for an enrolment token. */
bool put_enrolment_token(struct emit *emit, const struct http_request *request, struct sv id);

/* Text of a member of the checked body; SV_NONE where it is absent or null. */
struct sv body_text(const struct http_request *request, const char *member);

/*
 * Ends a transaction well: appends the audit entry (action is the route's
 * operation, actor and address the request's) and commits. On failure rolls
 * back and fills the response. Returns 0 or -1.
 */
int reply_commit(struct http_request *request, struct http_response *response,
		 const char *object_kind, struct sv object, struct sv company, struct sv reason);
/* Rolls back and answers with the error. */
enum http_answer reply_undo(struct http_request *request, struct http_response *response,
			    const struct err *err);

#endif
