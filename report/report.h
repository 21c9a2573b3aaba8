/*
 * report.h - the monthly report of one company: figures from the records and
 * the event store, and a PDF that its owner understands. Figures are values;
 * drawing takes them and nothing else, in a process of its own (hikeshi-press).
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/day.h"
#include "base/err.h"
#include "base/sv.h"
#include "detect/detect.h"
#include "event/event.h"
#include "store/store.h"

#define REPORT_DAYS_MAX 62
#define REPORT_DEVICES_MAX 1500
#define REPORT_INCIDENTS_MAX 500 /* told one by one; more are counted */
#define REPORT_PDF_MAX (8U << 20)
#define REPORT_TEXT_MAX (1U << 20) /* figures as JSON */

/* Needs the tables of incident/ (to be migrated first). */
extern const struct store_migration report_migrations[];
extern const size_t report_migration_count;

/* ==== events of each day, device and company: counted while they are detected ==== */

#define REPORT_DAYS_PENDING_MAX 4096 /* counters in memory; more are written at once */

/*
 * Counters of one transaction of the detect thread: report_days_add for every
 * event in the order of arrival, then report_days_flush before the watermark
 * moves, in the same transaction (so each event counts once). After a rollback
 * report_days_clear. An event belongs to the day (Tokyo) on which it was
 * observed; where it does not say that, on which it was received.
 */
struct report_days;

struct report_days *report_days_new(void);
void report_days_free(struct report_days *days); /* NULL is fine */
/* Fails only where it had to write and the store does. */
int report_days_add(struct report_days *days, struct store *store, const struct event *event,
		    struct err *err);
int report_days_flush(struct report_days *days, struct store *store, struct err *err);
void report_days_clear(struct report_days *days);

/* ==== figures ==== */

/* What is known beside the stores; all texts are for people, in the report's language. */
struct report_frame {
	struct sv company, company_name, participation;
	struct sv programme_name, course_name, office_name, office_telephone, office_mail;
	unsigned number, of; /* trial month 1 of 3 */
	struct day from, to; /* its days, both included */
	struct instant made; /* programme time */
	uint32_t checks_expected; /* days on which the desk had to look */
	bool english;
};
struct report_day {
	struct day day;
	uint64_t events, detections;
};
struct report_device {
	struct sv id, hostname, user, platform;
	uint64_t events, detections;
	uint32_t days_heard;
	struct instant seen;
	bool enrolled_in_period;
};
struct report_incident {
	struct sv id, title, host, story; /* story: what the desk wrote for the owner */
	uint64_t number;
	enum rule_level level;
	struct instant opened, closed; /* closed us 0: still open */
	int judged; /* 1 incident, 0 not one, -1 nobody has judged yet */
	struct sv measures; /* "isolate release": what was done on the device */
	uint64_t detections;
};
struct report_figures {
	uint64_t events, detections, blocked, incidents, incidents_real, incidents_open, actions;
	uint64_t by_level[LEVEL_CRITICAL + 1]; /* detections */
	uint32_t checks_done, checks_missed;
	struct sv missed_days; /* "2025-07-03 2025-07-09" */
	const struct report_day *day;
	size_t day_count;
	const struct report_device *device;
	size_t device_count;
	const struct report_incident *incident;
	size_t incident_count;
	const struct sv *advice; /* what to do next: sentences chosen by rule from the figures */
	size_t advice_count;
};
struct report {
	struct report_frame frame;
	struct report_figures figures;
};

/*
 * Counts. Events come from the maintained counters (event_day), detections and
 * incidents from the records: an event belongs to the day (Tokyo) on which it
 * was observed. One read transaction of the caller's, so that all figures are
 * of one moment.
 */
int report_count(struct store *records, const struct report_frame *frame, struct arena *arena,
		 struct report *ret, struct err *err);
/* As JSON and back: what is kept with the PDF, shown on the page, and sent to the press. */
int report_to_json(const struct report *report, struct buf *ret, struct err *err);
int report_from_json(struct sv json, struct arena *arena, struct report *ret, struct err *err);

#endif
