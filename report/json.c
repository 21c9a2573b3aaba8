#include "report/report.h"

#include <inttypes.h>
#include <jansson.h>

#include "report/clean.h"

/* Members have one table for both ways: what is written is what is read. */

enum kind { TEXT, NUMBER_U64, NUMBER_U32, NUMBER_UNSIGNED, NUMBER_INT, INSTANT, DAY, TRUTH, LEVEL };
struct member {
	const char *name;
	enum kind kind;
	size_t at;
};

#define MEMBER(type, name, kind) { #name, kind, offsetof(struct type, name) }
static const struct member frame_member[] = {
	MEMBER(report_frame, company, TEXT), MEMBER(report_frame, company_name, TEXT),
	MEMBER(report_frame, participation, TEXT), MEMBER(report_frame, programme_name, TEXT),
	MEMBER(report_frame, course_name, TEXT), MEMBER(report_frame, office_name, TEXT),
	MEMBER(report_frame, office_telephone, TEXT), MEMBER(report_frame, office_mail, TEXT),
	MEMBER(report_frame, office_hours, TEXT), MEMBER(report_frame, number, NUMBER_UNSIGNED),
	MEMBER(report_frame, of, NUMBER_UNSIGNED), MEMBER(report_frame, from, DAY),
	MEMBER(report_frame, to, DAY), MEMBER(report_frame, made, INSTANT),
	MEMBER(report_frame, now, INSTANT), MEMBER(report_frame, desk_day_and_night, TRUTH),
	MEMBER(report_frame, checked_daily, TRUTH), MEMBER(report_frame, users_allowed, NUMBER_U32),
	MEMBER(report_frame, english, TRUTH),
};
static const struct member figures_member[] = {
	MEMBER(report_figures, events, NUMBER_U64), MEMBER(report_figures, detections, NUMBER_U64),
	MEMBER(report_figures, incidents, NUMBER_U64),
	MEMBER(report_figures, incidents_real, NUMBER_U64),
	MEMBER(report_figures, incidents_not_real, NUMBER_U64),
	MEMBER(report_figures, incidents_unjudged, NUMBER_U64),
	MEMBER(report_figures, incidents_open, NUMBER_U64),
	MEMBER(report_figures, incidents_carried, NUMBER_U64),
	MEMBER(report_figures, actions, NUMBER_U64), MEMBER(report_figures, blocked, NUMBER_U64),
	MEMBER(report_figures, devices, NUMBER_U32), MEMBER(report_figures, users, NUMBER_U32),
	MEMBER(report_figures, devices_silent, NUMBER_U32),
	MEMBER(report_figures, devices_isolated, NUMBER_U32),
	MEMBER(report_figures, devices_new, NUMBER_U32),
	MEMBER(report_figures, devices_more, NUMBER_U64),
	MEMBER(report_figures, checks_expected, NUMBER_U32),
	MEMBER(report_figures, checks_done, NUMBER_U32),
	MEMBER(report_figures, checks_missed, NUMBER_U32),
	MEMBER(report_figures, missed_days, TEXT), MEMBER(report_figures, sentence, TEXT),
};
static const struct member day_member[] = {
	MEMBER(report_day, day, DAY), MEMBER(report_day, events, NUMBER_U64),
	MEMBER(report_day, detections, NUMBER_U64), MEMBER(report_day, incidents, NUMBER_U32),
};
static const struct member device_member[] = {
	MEMBER(report_device, id, TEXT), MEMBER(report_device, hostname, TEXT),
	MEMBER(report_device, user, TEXT), MEMBER(report_device, platform, TEXT),
	MEMBER(report_device, events, NUMBER_U64), MEMBER(report_device, detections, NUMBER_U64),
	MEMBER(report_device, days_heard, NUMBER_U32), MEMBER(report_device, enrolled, INSTANT),
	MEMBER(report_device, seen, INSTANT), MEMBER(report_device, enrolled_in_period, TRUTH),
	MEMBER(report_device, active, TRUTH), MEMBER(report_device, isolated, TRUTH),
	MEMBER(report_device, silent, TRUTH),
};
static const struct member incident_member[] = {
	MEMBER(report_incident, id, TEXT), MEMBER(report_incident, number, NUMBER_U64),
	MEMBER(report_incident, title, TEXT), MEMBER(report_incident, host, TEXT),
	MEMBER(report_incident, story, TEXT), MEMBER(report_incident, tactics, TEXT),
	MEMBER(report_incident, level, LEVEL), MEMBER(report_incident, first, INSTANT),
	MEMBER(report_incident, opened, INSTANT), MEMBER(report_incident, closed, INSTANT),
	MEMBER(report_incident, judged, NUMBER_INT), MEMBER(report_incident, carried, TRUTH),
	MEMBER(report_incident, measures, TEXT), MEMBER(report_incident, detections, NUMBER_U64),
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- to ---- */

static void put_value(struct buf *buf, enum kind kind, const void *p)
{
	char text[DAY_TEXT_MAX];

	switch (kind) {
	case TEXT:
		buf_put_json(buf, *(const struct sv *)p);
		break;
	case NUMBER_U64:
		buf_printf(buf, "%" PRIu64, *(const uint64_t *)p);
		break;
	case NUMBER_U32:
		buf_printf(buf, "%" PRIu32, *(const uint32_t *)p);
		break;
	case NUMBER_UNSIGNED:
		buf_printf(buf, "%u", *(const unsigned *)p);
		break;
	case NUMBER_INT:
		buf_printf(buf, "%d", *(const int *)p);
		break;
	case INSTANT:
		if (((const struct instant *)p)->us == 0)
			buf_put_sv(buf, SV("null"));
		else
			buf_printf(buf, "\"%s\"", instant_format(*(const struct instant *)p, text));
		break;
	case DAY:
		buf_printf(buf, "\"%s\"", day_format(*(const struct day *)p, DAY_ISO, text));
		break;
	case TRUTH:
		buf_put_sv(buf, *(const bool *)p ? SV("true") : SV("false"));
		break;
	case LEVEL:
		buf_printf(buf, "\"%s\"", rule_level_name(*(const enum rule_level *)p));
		break;
	}
}

static void put_members(struct buf *buf, const struct member *member, size_t count, const void *p)
{
	for (size_t i = 0; i < count; i++) {
		buf_printf(buf, "%s\"%s\":", i > 0 ? "," : "", member[i].name);
		put_value(buf, member[i].kind, (const char *)p + member[i].at);
	}
}

static void put_list(struct buf *buf, const char *name, const struct member *member, size_t count,
		     const void *p, size_t size, size_t rows)
{
	buf_printf(buf, ",\"%s\":[", name);
	for (size_t i = 0; i < rows; i++) {
		buf_put_sv(buf, i > 0 ? SV(",{") : SV("{"));
		put_members(buf, member, count, (const char *)p + i * size);
		buf_put_char(buf, '}');
	}
	buf_put_char(buf, ']');
}

static void put_levels(struct buf *buf, const struct report_figures *figures)
{
	buf_put_sv(buf, SV(",\"by_level\":{"));
	for (unsigned level = LEVEL_NONE; level <= LEVEL_CRITICAL; level++)
		buf_printf(buf, "%s\"%s\":%" PRIu64, level > LEVEL_NONE ? "," : "",
			   rule_level_name((enum rule_level)level), figures->by_level[level]);
	buf_put_char(buf, '}');
}

int report_to_json(const struct report *report, struct buf *ret, struct err *err)
{
	const struct report_figures *figures = &report->figures;

	buf_put_sv(ret, SV("{\"form\":1,\"frame\":{"));
	put_members(ret, frame_member, COUNT(frame_member), &report->frame);
	buf_put_sv(ret, SV("},\"figures\":{"));
	put_members(ret, figures_member, COUNT(figures_member), figures);
	buf_printf(ret, ",\"mood\":\"%s\"", report_mood_name(figures->mood));
	put_levels(ret, figures);
	put_list(ret, "day", day_member, COUNT(day_member), figures->day, sizeof *figures->day,
		 figures->day_count);
	put_list(ret, "device", device_member, COUNT(device_member), figures->device,
		 sizeof *figures->device, figures->device_count);
	put_list(ret, "incident", incident_member, COUNT(incident_member), figures->incident,
		 sizeof *figures->incident, figures->incident_count);
	buf_put_sv(ret, SV(",\"advice\":["));
	for (size_t i = 0; i < figures->advice_count; i++) {
		if (i > 0)
			buf_put_char(ret, ',');
		buf_put_json(ret, figures->advice[i]);
	}
	buf_put_sv(ret, SV("]}}"));
	if (ret->full || ret->n > REPORT_TEXT_MAX)
		return err_set(err, ERR_TOO_LARGE, "a report's figures have more than %u bytes",
			       REPORT_TEXT_MAX);
	return 0;
}

/* ---- from ---- */

struct reading {
	struct arena *arena;
	struct err *err;
};

static int wrong(struct reading *reading, const char *name)
{
	return err_set(reading->err, ERR_FORMAT, "figures of a report: %s is missing or wrong", name);
}

static bool get_level(struct sv text, enum rule_level *ret)
{
	for (unsigned level = LEVEL_NONE; level <= LEVEL_CRITICAL; level++) {
		if (sv_eq(text, sv_from(rule_level_name((enum rule_level)level)))) {
			*ret = (enum rule_level)level;
			return true;
		}
	}
	return false;
}

static bool get_text(struct reading *reading, struct sv text, struct sv *ret)
{
	/* Again: who draws trusts nobody. */
	const struct sv kept = report_clean(reading->arena, text, REPORT_STORY_MAX + 4, true);

	if (kept.p == NULL)
		return false;
	*ret = kept;
	return true;
}

static bool get_number(const json_t *json, int64_t min, int64_t max, int64_t *ret)
{
	const int64_t number = json_integer_value(json);

	if (!json_is_integer(json) || number < min || number > max)
		return false;
	*ret = number;
	return true;
}

static bool get_value(struct reading *reading, const json_t *json, enum kind kind, void *p)
{
	const struct sv text = { json_string_value(json), json_string_length(json) };
	int64_t number;

	switch (kind) {
	case TEXT:
		return json_is_string(json) && get_text(reading, text, p);
	case NUMBER_U64:
		return get_number(json, 0, INT64_MAX, &number) && (*(uint64_t *)p = (uint64_t)number, true);
	case NUMBER_U32:
		return get_number(json, 0, UINT32_MAX, &number) &&
		       (*(uint32_t *)p = (uint32_t)number, true);
	case NUMBER_UNSIGNED:
		return get_number(json, 0, 1000, &number) && (*(unsigned *)p = (unsigned)number, true);
	case NUMBER_INT:
		return get_number(json, -1, 1, &number) && (*(int *)p = (int)number, true);
	case INSTANT:
		return json_is_null(json) || (json_is_string(json) && instant_parse(text, p));
	case DAY:
		return json_is_string(json) && day_parse(text, p);
	case TRUTH:
		*(bool *)p = json_is_true(json);
		return json_is_boolean(json);
	case LEVEL:
		return json_is_string(json) && get_level(text, p);
	}
	return false;
}

static int get_members(struct reading *reading, const json_t *json, const struct member *member,
		       size_t count, void *p)
{
	for (size_t i = 0; i < count; i++) {
		if (!get_value(reading, json_object_get(json, member[i].name), member[i].kind,
			       (char *)p + member[i].at))
			return wrong(reading, member[i].name);
	}
	return 0;
}

static int get_list(struct reading *reading, const json_t *json, const char *name,
		    const struct member *member, size_t count, size_t size, size_t max,
		    const void **ret, size_t *ret_count)
{
	const json_t *list = json_object_get(json, name);
	const size_t n = json_array_size(list);
	char *p;

	if (!json_is_array(list) || n > max)
		return wrong(reading, name);
	p = arena_zalloc(reading->arena, n + 1, size);
	if (p == NULL)
		return err_set(reading->err, ERR_TOO_LARGE, "figures of a report");
	for (size_t i = 0; i < n; i++) {
		if (get_members(reading, json_array_get(list, i), member, count, p + i * size) != 0)
			return err_wrap(reading->err, "%s %zu", name, i);
	}
	*ret = p;
	*ret_count = n;
	return 0;
}

static int get_levels(struct reading *reading, const json_t *json, struct report_figures *figures)
{
	const json_t *levels = json_object_get(json, "by_level");

	for (unsigned level = LEVEL_NONE; level <= LEVEL_CRITICAL; level++) {
		const char *name = rule_level_name((enum rule_level)level);

		if (!get_value(reading, json_object_get(levels, name), NUMBER_U64,
			       &figures->by_level[level]))
			return wrong(reading, name);
	}
	return 0;
}

static int get_mood(struct reading *reading, const json_t *json, enum report_mood *ret)
{
	const char *text = json_string_value(json_object_get(json, "mood"));

	for (unsigned mood = 0; mood < REPORT_MOOD_COUNT; mood++) {
		if (sv_eq(sv_from(text), sv_from(report_mood_name((enum report_mood)mood)))) {
			*ret = (enum report_mood)mood;
			return 0;
		}
	}
	return wrong(reading, "mood");
}

static int get_advice(struct reading *reading, const json_t *json, struct report_figures *figures)
{
	const json_t *list = json_object_get(json, "advice");
	struct sv *advice = arena_zalloc(reading->arena, REPORT_ADVICE_MAX, sizeof *advice);

	if (!json_is_array(list) || json_array_size(list) > REPORT_ADVICE_MAX || advice == NULL)
		return wrong(reading, "advice");
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!get_value(reading, json_array_get(list, i), TEXT, &advice[i]))
			return wrong(reading, "advice");
	}
	figures->advice = advice;
	figures->advice_count = json_array_size(list);
	return 0;
}

/* Days follow each other: charts and tables count on it. */
static int check(struct reading *reading, const struct report *report)
{
	const struct report_frame *frame = &report->frame;
	const struct report_figures *figures = &report->figures;

	if (frame->from.n < 0 || frame->to.n < frame->from.n ||
	    (size_t)(frame->to.n - frame->from.n) + 1 != figures->day_count)
		return wrong(reading, "day");
	for (size_t i = 0; i < figures->day_count; i++) {
		if (figures->day[i].day.n != frame->from.n + (int32_t)i)
			return wrong(reading, "day");
	}
	return 0;
}

static int get_figures(struct reading *reading, const json_t *json, struct report_figures *figures)
{
	const void *day, *device, *incident;

	if (get_members(reading, json, figures_member, COUNT(figures_member), figures) != 0 ||
	    get_mood(reading, json, &figures->mood) != 0 ||
	    get_levels(reading, json, figures) != 0 ||
	    get_list(reading, json, "day", day_member, COUNT(day_member), sizeof *figures->day,
		     REPORT_DAYS_MAX, &day, &figures->day_count) != 0 ||
	    get_list(reading, json, "device", device_member, COUNT(device_member),
		     sizeof *figures->device, REPORT_DEVICES_MAX, &device,
		     &figures->device_count) != 0 ||
	    get_list(reading, json, "incident", incident_member, COUNT(incident_member),
		     sizeof *figures->incident, REPORT_INCIDENTS_MAX, &incident,
		     &figures->incident_count) != 0 ||
	    get_advice(reading, json, figures) != 0)
		return -1;
	figures->day = day;
	figures->device = device;
	figures->incident = incident;
	return 0;
}

int report_from_json(struct sv json, struct arena *arena, struct report *ret, struct err *err)
{
	struct reading reading = { arena, err };
	struct report report = { 0 };
	json_error_t problem;
	json_t *root;
	int r = -1;

	if (json.n > REPORT_TEXT_MAX)
		return err_set(err, ERR_TOO_LARGE, "figures of a report");
	root = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, &problem);
	if (root == NULL)
		return err_set(err, ERR_FORMAT, "figures of a report: %s", problem.text);
	if (json_integer_value(json_object_get(root, "form")) != 1)
		wrong(&reading, "form");
	else if (get_members(&reading, json_object_get(root, "frame"), frame_member,
			     COUNT(frame_member), &report.frame) == 0 &&
		 get_figures(&reading, json_object_get(root, "figures"), &report.figures) == 0)
		r = check(&reading, &report);
	json_decref(root);
	if (r == 0)
		*ret = report;
	return r;
}
