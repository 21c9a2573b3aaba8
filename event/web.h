/*
 * web.h - a request as Sigma's rules for webserver and proxy name its parts.
 * Private to event/.
 */
#ifndef EVENT_WEB_H
#define EVENT_WEB_H

#include "event/plain.h"

/*
 * The target of a request: "/a/b.php?x=1" or "http://host/a". Adds c-uri, cs-uri
 * and their parts. SigmaHQ's rules look for paths in cs-uri-query too, so it holds
 * the whole and the query alone; c-uri of a proxy holds the URL and the path.
 * names that stand already are not added again.
 */
void web_target(struct event_decoder *decoder, struct sv target);
/* "GET /x HTTP/1.1" */
void web_request(struct event_decoder *decoder, struct sv request);
/* Under cs-user-agent and c-useragent; "-" is nothing. Likewise the others. */
void web_agent(struct event_decoder *decoder, struct sv agent);
void web_referer(struct event_decoder *decoder, struct sv referer);
void web_host(struct event_decoder *decoder, struct sv host);
void web_client(struct event_decoder *decoder, struct sv address);
void web_user(struct event_decoder *decoder, struct sv user);

#endif
