/* Which logsources there are, which are wider than others, and their fields. */
#include "event/plain.h"

#define COUNT(table) (sizeof table / sizeof *table)

static const struct source {
	struct sv product, category, service;
	bool open;
	const char *fields;
} sources[] = {
#define SOURCE(product, category, service, open, fields)                                           \
	{ SV(product), SV(category), SV(service), open, fields },
#include "event/mapping/logsources.inc"
#undef SOURCE
};

static const struct {
	struct sv category, service; /* either may be empty: any */
	const char *fields;
} windows_fields[] = {
#define WINDOWS(category, service, fields) { SV(category), SV(service), fields },
#include "event/mapping/windows_fields.inc"
#undef WINDOWS
};

/* An event of the first is for rules of the second, too. */
static const struct {
	struct sv name, wider;
} wider_categories[] = {
	/* Who watches the wire sees both ends of a request. */
	{ SV("http"), SV("proxy") },
	{ SV("http"), SV("webserver") },
}, wider_services[] = {
	{ SV("sshd"), SV("auth") },		  { SV("sshd"), SV("syslog") },
	{ SV("sudo"), SV("auth") },		  { SV("sudo"), SV("syslog") },
	{ SV("auth"), SV("syslog") },		  { SV("cron"), SV("syslog") },
	{ SV("clamav"), SV("syslog") },		  { SV("guacamole"), SV("syslog") },
	{ SV("vsftpd"), SV("syslog") },		  { SV("kernel"), SV("syslog") },
	{ SV("aaa"), SV("syslog") },		  { SV("bgp"), SV("syslog") },
	{ SV("ldp"), SV("syslog") },		  { SV("exchange"), SV("audit") },
	{ SV("threat_management"), SV("audit") }, { SV("threat_management"), SV("threat_detection") },
};

static bool is_wider_category(struct sv category, struct sv wanted)
{
	for (size_t i = 0; i < COUNT(wider_categories); i++)
		if (sv_eq_case(wider_categories[i].name, category) &&
		    sv_eq_case(wider_categories[i].wider, wanted))
			return true;
	return wanted.n > 0 && sv_eq_case(wanted, event_category_parent(category));
}

static bool is_wider_service(struct sv service, struct sv wanted)
{
	for (size_t i = 0; i < COUNT(wider_services); i++)
		if (sv_eq_case(wider_services[i].name, service) &&
		    sv_eq_case(wider_services[i].wider, wanted))
			return true;
	return false;
}

static bool fits(struct sv product, struct sv category, struct sv service, struct sv wanted_product,
		 struct sv wanted_category, struct sv wanted_service)
{
	return (wanted_product.n == 0 || sv_eq_case(wanted_product, product)) &&
	       (wanted_service.n == 0 || sv_eq_case(wanted_service, service) ||
		is_wider_service(service, wanted_service)) &&
	       (wanted_category.n == 0 || sv_eq_case(wanted_category, category) ||
		is_wider_category(category, wanted_category));
}

bool event_logsource_fits(const struct event_envelope *envelope, struct sv product,
			  struct sv category, struct sv service)
{
	return fits(envelope->product, envelope->category, envelope->service, product, category,
		    service);
}

struct sv event_logsource_name(struct sv name)
{
	for (size_t i = 0; i < COUNT(wider_categories); i++)
		if (sv_eq(wider_categories[i].name, name))
			return wider_categories[i].name;
	for (size_t i = 0; i < COUNT(wider_services); i++)
		if (sv_eq(wider_services[i].name, name))
			return wider_services[i].name;
	return SV_NONE;
}

bool event_logsource_known(struct sv product, struct sv category, struct sv service)
{
	for (size_t i = 0; i < COUNT(sources); i++)
		if (fits(sources[i].product, sources[i].category, sources[i].service, product,
			 category, service))
			return true;
	return windows_logsource_known(product, category, service);
}

/* ---- fields ---- */

static void add_fields(struct event_fields *fields, struct sv *room, const char *list)
{
	struct sv rest = sv_from(list);

	while (rest.n > 0) {
		const struct sv name = plain_word(&rest);
		bool known = name.n == 0;

		for (size_t i = 0; i < fields->count && !known; i++)
			known = sv_eq(room[i], name);
		if (!known && fields->count < EVENT_FIELDS_LISTED_MAX)
			room[fields->count++] = name;
	}
}

static void add_windows(struct event_fields *fields, struct sv *room, struct sv category,
			struct sv service)
{
	for (size_t i = 0; i < COUNT(windows_fields); i++) {
		const bool of_category = windows_fields[i].category.n == 0 || category.n == 0 ||
					 sv_eq_case(windows_fields[i].category, category) ||
					 is_wider_category(windows_fields[i].category, category);
		const bool of_service = windows_fields[i].service.n == 0 || service.n == 0 ||
					sv_eq_case(windows_fields[i].service, service);

		if (of_category && of_service)
			add_fields(fields, room, windows_fields[i].fields);
	}
	/* Sysmon's events are all listed; other providers' data are their own. */
	fields->open |= category.n == 0 && !sv_eq_case(service, SV("sysmon"));
}

struct event_fields event_logsource_fields(struct sv product, struct sv category, struct sv service,
					   struct sv room[static EVENT_FIELDS_LISTED_MAX])
{
	struct event_fields fields = { .name = room };

	for (size_t i = 0; i < COUNT(sources); i++) {
		if (!fits(sources[i].product, sources[i].category, sources[i].service, product,
			  category, service))
			continue;
		add_fields(&fields, room, sources[i].fields);
		fields.open |= sources[i].open;
	}
	if (windows_logsource_known(product, category, service))
		add_windows(&fields, room, category, service);
	return fields;
}
