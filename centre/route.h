/*
 * route.h - the form of the tables that scripts/generate-api.mjs makes from
 * openapi.yaml (routes.h, routes.c in the build folder). All is const data.
 */
#ifndef CENTRE_ROUTE_H
#define CENTRE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "centre/access.h"
#include "centre/check.h"
#include "centre/http.h"

#define ROUTE_SEGMENTS_MAX 8

enum route_place { ROUTE_PATH, ROUTE_QUERY, ROUTE_HEADER };
enum route_body { ROUTE_BODY_NONE, ROUTE_BODY_JSON, ROUTE_BODY_BYTES };

struct route_parameter {
	const char *name;
	enum route_place place;
	bool required;
	const struct check *check;
};

struct route {
	const char *operation; /* "incident_list" */
	enum http_listener listener;
	enum http_method method;
	const char *segment[ROUTE_SEGMENTS_MAX]; /* NULL: a parameter */
	size_t segment_count;
	http_handler *handler;
	enum access_action access;
	enum access_object_kind object;
	unsigned object_param; /* index in http_request.param */
	enum route_body body;
	const char *content_type; /* of the body */
	size_t body_max;
	const struct check *json;		 /* ROUTE_BODY_JSON */
	const struct route_parameter *parameter; /* path ones first, in their order */
	size_t parameter_count, path_count;
	bool page; /* of the public site (site.h): no session, and pages instead of JSON */
};

extern const struct route route_table[];
extern const size_t route_count;

#endif
