/*
 * put.h - incidents, detections, processes and actions as the contract's JSON.
 */
#ifndef CENTRE_PUT_H
#define CENTRE_PUT_H

#include "centre/emit.h"
#include "centre/http.h"
#include "incident/incident.h"

void put_incident(struct emit *emit, const struct http_request *request,
		  const struct incident *incident);
void put_process(struct emit *emit, const struct incident_process *process,
		 const struct incident_detection_row *detection, size_t detection_count);
void put_note(struct emit *emit, const struct http_request *request,
	      const struct incident_entry *entry);
void put_contact(struct emit *emit, const struct http_request *request,
		 const struct incident_contact *contact);
/* A whole IncidentDetail (put_incident.c); false where its device is not there. */
bool put_incident_page(struct emit *emit, const struct http_request *request,
		       const struct incident_page *page);
void put_action(struct emit *emit, const struct http_request *request,
		const struct incident_action *action);
/* why: with the reasons, which may be long. */
void put_detection(struct emit *emit, const struct http_request *request,
		   const struct incident_detection_row *row, bool why);
/* Timeline. */
void put_entry(struct emit *emit, const struct http_request *request,
	       const struct incident_entry *entry);
void put_detection_entry(struct emit *emit, const struct incident_detection_row *row);

#endif
