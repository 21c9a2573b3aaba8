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

#define REPORT_DAYS_MAX 62 /* of one report */
#define REPORT_DEVICES_MAX 1500 /* listed; more are counted */
#define REPORT_INCIDENTS_MAX 500 /* told one by one; more are counted */
#define REPORT_PDF_MAX (8U << 20)
#define REPORT_TEXT_MAX (4U << 20) /* figures as JSON */
#define REPORT_NAME_MAX 512	   /* bytes of a name or title; longer ones are cut */
#define REPORT_STORY_MAX 4096	   /* bytes of a story; longer ones are cut */
#define REPORT_STORIES_MAX (1U << 20) /* bytes of all: past it, the last ones are cut shorter */
#define REPORT_ADVICE_MAX 5 /* sentences that say what to do next */
#define REPORT_SILENT_DAYS 3 /* a device that said nothing so long is silent */

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

enum report_mood {	/* the month in one colour; the words say the same */
	REPORT_BEFORE,	/* grey: no device is protected yet */
	REPORT_CALM,	/* green: nothing happened */
	REPORT_SETTLED, /* blue: something happened and is dealt with */
	REPORT_WATCH,	/* yellow: somebody still looks at something */
	REPORT_ACT,	/* red: an incident is open, or a device is cut off */
	REPORT_MOOD_COUNT
};
const char *report_mood_name(enum report_mood mood); /* "calm" */

/* What is known beside the records; all texts are for people, in the report's language. */
struct report_frame {
	struct sv company, company_name, participation;
	struct sv programme_name, course_name;
	struct sv office_name, office_telephone, office_mail, office_hours;
	unsigned number, of; /* trial month 1 of 3; number 0: an extra report */
	struct day from, to; /* its days, both included */
	struct instant made; /* programme time; on `to` or before: the report is of a part */
	struct instant now;  /* real time: what devices go by */
	bool desk_day_and_night; /* the telephone is answered at any time */
	bool checked_daily;	 /* somebody has to look every day */
	uint32_t users_allowed;	 /* 0: no limit */
	bool english;
};
struct report_day {
	struct day day;
	uint64_t events, detections;
	uint32_t incidents; /* that began on it */
};
struct report_device {
	struct sv id, hostname, user, platform;
	uint64_t events, detections;
	uint32_t days_heard;
	struct instant enrolled, seen; /* seen us 0: never */
	bool enrolled_in_period;
	bool active;   /* not revoked or removed now */
	bool isolated; /* cut off now */
	bool silent;   /* active, and not heard for REPORT_SILENT_DAYS at the end of the period */
};
struct report_incident {
	struct sv id, title, host, story; /* story: what the desk wrote for the owner */
	struct sv tactics;		  /* "execution persistence" */
	uint64_t number;
	enum rule_level level;
	struct instant first;		/* its first event */
	struct instant opened, closed; /* closed us 0: still open */
	int judged;		       /* 1 incident, 0 not one, -1 nobody has judged yet */
	bool carried;		       /* began before the period and is still open */
	struct sv measures;	       /* "isolate release": what was done on the device */
	uint64_t detections;
};
struct report_figures {
	uint64_t events, detections;
	uint64_t by_level[LEVEL_CRITICAL + 1]; /* detections */
	uint64_t incidents; /* began in the period: real + not real + unjudged */
	uint64_t incidents_real, incidents_not_real, incidents_unjudged;
	uint64_t incidents_open;    /* of them, and of those before: open now */
	uint64_t incidents_carried; /* of those before: open now */
	uint64_t actions, blocked;  /* done on devices; blocked: isolated or ended a program */
	uint32_t devices, users;    /* active ones */
	uint32_t devices_silent, devices_isolated, devices_new;
	uint64_t devices_more; /* past REPORT_DEVICES_MAX: counted above, not listed */
	uint32_t checks_expected, checks_done, checks_missed;
	struct sv missed_days; /* "2025-07-03 2025-07-09" */
	const struct report_day *day; /* every day of the period */
	size_t day_count;
	const struct report_device *device; /* by name */
	size_t device_count;
	const struct report_incident *incident; /* oldest first */
	size_t incident_count;
	enum report_mood mood;
	struct sv sentence; /* the month in one sentence */
	const struct sv *advice; /* what to do next: chosen by rule, the most useful first */
	size_t advice_count;	 /* at most REPORT_ADVICE_MAX */
};
struct report {
	struct report_frame frame;
	struct report_figures figures;
};

/*
 * Counts. Events come from the maintained counters (event_day), detections and
 * incidents from the records: each belongs to the day (Tokyo) on which it was
 * observed. In a read transaction of its own unless the caller has one, so that
 * all figures are of one moment. ERR_RANGE for a period that is no period.
 */
int report_count(struct store *records, const struct report_frame *frame, struct arena *arena,
		 struct report *ret, struct err *err);
/* Fills mood, sentence and advice from the other figures. Pure. */
void report_advise(struct report *report, struct arena *arena);
/* As JSON and back: what is kept with the PDF, shown on the page, and sent to the press. */
int report_to_json(const struct report *report, struct buf *ret, struct err *err);
int report_from_json(struct sv json, struct arena *arena, struct report *ret, struct err *err);

#endif
