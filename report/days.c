#include "report/report.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define SLOTS (2 * REPORT_DAYS_PENDING_MAX) /* half empty: a search is short */

struct counter {
	struct day day;
	uint64_t events; /* 0: the slot is free */
	char company[UUID_TEXT_MAX], device[UUID_TEXT_MAX];
};

struct report_days {
	size_t count;
	struct counter slot[SLOTS];
};

struct report_days *report_days_new(void)
{
	return mem_zalloc(sizeof(struct report_days));
}

void report_days_free(struct report_days *days)
{
	free(days);
}

void report_days_clear(struct report_days *days)
{
	if (days->count > 0)
		memset(days->slot, 0, sizeof days->slot);
	days->count = 0;
}

static struct day day_of(const struct event *event)
{
	const struct event_envelope *envelope = &event->envelope;

	return tokyo_of(envelope->observed.us != 0 ? envelope->observed : envelope->received).day;
}

static bool is_of(const struct counter *slot, struct day day, struct sv company, struct sv device)
{
	return slot->day.n == day.n && sv_eq(sv_from(slot->device), device) &&
	       sv_eq(sv_from(slot->company), company);
}

static struct counter *find(struct report_days *days, struct day day, struct sv company,
			    struct sv device)
{
	size_t at = (size_t)(sv_hash(device) + (uint64_t)day.n * UINT64_C(0x9e3779b97f4a7c15)) %
		    SLOTS;

	while (days->slot[at].events > 0 && !is_of(&days->slot[at], day, company, device))
		at = (at + 1) % SLOTS;
	return &days->slot[at];
}

int report_days_add(struct report_days *days, struct store *store, const struct event *event,
		    struct err *err)
{
	const struct sv company = event->envelope.company, device = event->envelope.device;
	const struct day day = day_of(event);
	struct counter *slot;

	/* The centre writes the envelope, so these are ids. */
	if (company.n >= UUID_TEXT_MAX || device.n >= UUID_TEXT_MAX)
		return err_set(err, ERR_RANGE, "an event's company or device is no id");
	slot = find(days, day, company, device);
	if (slot->events == 0) {
		if (days->count == REPORT_DAYS_PENDING_MAX) {
			if (report_days_flush(days, store, err) != 0)
				return -1;
			slot = find(days, day, company, device);
		}
		slot->day = day;
		snprintf(slot->company, sizeof slot->company, "%.*s", SV_ARG(company));
		snprintf(slot->device, sizeof slot->device, "%.*s", SV_ARG(device));
		days->count++;
	}
	slot->events++;
	return 0;
}

int report_days_flush(struct report_days *days, struct store *store, struct err *err)
{
	for (size_t i = 0; days->count > 0 && i < SLOTS; i++) {
		const struct counter *slot = &days->slot[i];

		if (slot->events > 0 &&
		    store_change(store, err,
				 "INSERT INTO event_day (company, device, day, events)"
				 " VALUES ($1, $2, $3, $4) ON CONFLICT (company, device, day)"
				 " DO UPDATE SET events = event_day.events + excluded.events",
				 STORE_TEXT(sv_from(slot->company)),
				 STORE_TEXT(sv_from(slot->device)), STORE_INT(slot->day.n),
				 STORE_INT(slot->events)) != 0)
			return err_wrap(err, "counting the events of a day");
	}
	report_days_clear(days);
	return 0;
}
