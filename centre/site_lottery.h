/*
 * site_lottery.h - the public proof of a lottery: /p/SLUG/lottery for people, lottery.json for
 * programs (tests/lottery/check-lottery.py recomputes it).
 */
#ifndef CENTRE_SITE_LOTTERY_H
#define CENTRE_SITE_LOTTERY_H

#include "centre/http.h"
#include "programme/application.h"

enum http_answer site_lottery(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry);
enum http_answer site_lottery_json(struct http_request *request, struct http_response *response,
				   const struct catalogue_entry *entry);

#endif
