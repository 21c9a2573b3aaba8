/* What is fixed of an application, for the applicant's own calendar. */
#include "base/ics.h"
#include "centre/site_internal.h"

struct dates {
	struct buf *buf;
	struct arena *arena;
	bool english;
	const struct site_status *status;
	struct sv host;
	struct instant now;
};

bool site_has_dates(const struct site_status *status)
{
	struct day end;

	return status->application->has_due || status->support.visit_count > 0 ||
	       programme_trial_end(status->entry->programme, &status->application->is, &end);
}

static struct sv text(const struct dates *dates, struct programme_text text)
{
	return dates->english ? text.en : text.ja;
}

/* Each kind of date has one name for ever, and the application's version tells the newer one. */
static int put_day(const struct dates *dates, const char *kind, struct sv summary,
		   struct sv description, struct day day, struct err *err)
{
	const struct application *application = dates->status->application;
	const struct ics_entry entry = {
		.uid = arena_printf(dates->arena, "%s-%.*s@%.*s", kind, SV_ARG(application->id),
				    SV_ARG(dates->host)),
		.sequence = (uint32_t)application->version,
		.stamp = dates->now,
		.summary = summary,
		.description = description,
		.whole_day = true,
		.day = day,
		.last_day = day,
	};

	return ics_put(dates->buf, &entry, err);
}

static int put_due(const struct dates *dates, struct err *err)
{
	const struct application *application = dates->status->application;
	const struct programme *programme = dates->status->entry->programme;
	const struct programme_state *state = programme_state(programme, application->is.state);
	const struct programme_text *name = &programme_facts(programme)->short_name;
	const char *until = application->due_is_hard ? dates->english ? "until this day" : "期限"
			    : dates->english	     ? "expected until this day"
						     : "めやす";

	if (!application->has_due || !state)
		return 0;
	return put_day(dates, "due",
		       arena_printf(dates->arena, "%.*s: %.*s (%s)", SV_ARG(text(dates, *name)),
				    SV_ARG(text(dates, state->where)), until),
		       text(dates, state->next), application->due, err);
}

static int put_trial_end(const struct dates *dates, struct err *err)
{
	const struct programme *programme = dates->status->entry->programme;
	const struct programme_text *name = &programme_facts(programme)->short_name;
	struct day end;

	if (!programme_trial_end(programme, &dates->status->application->is, &end))
		return 0;
	return put_day(dates, "trial-end",
		       arena_printf(dates->arena,
				    dates->english ? "%.*s: last day of the trial"
						   : "%.*s: お試し期間の最終日",
				    SV_ARG(text(dates, *name))),
		       SV(""), end, err);
}

/* Also one that was called off, so that it leaves the calendar. */
static int put_visit(const struct dates *dates, const struct visit *visit, struct err *err)
{
	const struct programme *programme = dates->status->entry->programme;
	const struct programme_text *name = &programme_facts(programme)->short_name;
	const bool online = visit->form == VISIT_ONLINE;
	const struct ics_entry entry = {
		.uid = arena_printf(dates->arena, "visit-%.*s@%.*s", SV_ARG(visit->id),
				    SV_ARG(dates->host)),
		.sequence = (uint32_t)visit->state,
		.stamp = dates->now,
		.summary = arena_printf(dates->arena,
					dates->english ? "%.*s: visit %u" : "%.*s: 専門家の訪問 第%u回",
					SV_ARG(text(dates, *name)), visit->number),
		.description = dates->english ? online ? SV("online") : SV("on site")
			       : online	      ? SV("オンライン")
					      : SV("訪問"),
		.from = visit->from,
		.to = visit_end(visit),
		.cancelled = visit->state == VISIT_CANCELLED,
	};

	return ics_put(dates->buf, &entry, err);
}

static int put_visits(const struct dates *dates, struct err *err)
{
	const struct site_support *support = &dates->status->support;

	for (size_t i = 0; i < support->visit_count; i++)
		if (put_visit(dates, &support->visit[i], err) != 0)
			return -1;
	return 0;
}

int site_dates(struct buf *buf, struct arena *arena, bool english, struct instant now,
	       const struct site_status *status, struct sv people_url, struct err *err)
{
	struct sv host = sv_slice(people_url, strlen("https://"), people_url.n);
	const struct dates dates = { buf, arena, english, status, sv_cut(&host, '/'), now };

	ics_begin(buf);
	if (put_due(&dates, err) != 0 || put_trial_end(&dates, err) != 0 ||
	    put_visits(&dates, err) != 0)
		return -1;
	ics_end(buf);
	return 0;
}
