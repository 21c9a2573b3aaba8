/* Messages of network devices: Cisco, Huawei, Juniper, FortiGate, PAN-OS. */
#include "event/syslog.h"

#define COUNT(table) (sizeof table / sizeof *table)

static void is_from(struct event_decoder *decoder, struct sv product, struct sv category,
		    struct sv service)
{
	decoder->envelope.product = product;
	decoder->envelope.category = category;
	decoder->envelope.service = service;
}

static bool has(struct sv text, struct sv part)
{
	return sv_find(text, part, 0) != SIZE_MAX;
}

/* Of the routing protocols it is the port that tells who it was about. */
static struct sv routing_service(struct sv message)
{
	if (has(message, SV(":179")) || has(message, SV("(179)")))
		return SV("bgp");
	if (has(message, SV(":646")) || has(message, SV("(646)")))
		return SV("ldp");
	return SV("syslog");
}

/* ---- Cisco: %FACILITY-SEVERITY-MNEMONIC: text ---- */

static bool is_code(char c)
{
	return (c >= 'A' && c <= 'Z') || plain_is_digit(c) || c == '_' || c == '-' || c == '/';
}

static bool cisco_code(struct sv message, struct sv *ret_facility, struct sv *ret_severity,
		       struct sv *ret_mnemonic)
{
	for (size_t at = 0; (at = sv_find_char(message, '%', at)) != SIZE_MAX; at++) {
		size_t end = at + 1, severity;

		while (end < message.n && is_code(message.p[end]))
			end++;
		if (end < at + 6 || end == message.n ||
		    (message.p[end] != ':' && message.p[end] != ' '))
			continue;
		/* The last -DIGIT- is the severity: facilities hold hyphens too. */
		for (severity = end - 2; severity > at + 2; severity--)
			if (plain_is_digit(message.p[severity]) && message.p[severity - 1] == '-' &&
			    message.p[severity + 1] == '-')
				break;
		if (severity <= at + 2)
			continue;
		*ret_facility = sv_slice(message, at + 1, severity - 1);
		*ret_severity = sv_slice(message, severity, severity + 1);
		*ret_mnemonic = sv_slice(message, severity + 2, end);
		return true;
	}
	return false;
}

static bool cisco(struct event_decoder *decoder, struct sv message)
{
	struct sv facility, severity, mnemonic, service;

	if (!cisco_code(message, &facility, &severity, &mnemonic))
		return false;
	if (!decoder)
		return true;
	service = routing_service(message);
	if (sv_starts(facility, SV("AAA")) || sv_eq(facility, SV("TAC")) ||
	    sv_eq(facility, SV("PARSER")) || sv_ends(mnemonic, SV("LOGGEDCMD")))
		service = SV("aaa");
	else if (sv_eq(facility, SV("BGP")))
		service = SV("bgp");
	else if (sv_eq(facility, SV("LDP")))
		service = SV("ldp");
	plain_add(decoder, SV("cisco.facility"), facility);
	plain_add(decoder, SV("cisco.severity"), severity);
	plain_add(decoder, SV("cisco.mnemonic"), mnemonic);
	is_from(decoder, SV("cisco"), SV_NONE, service);
	return true;
}

/* ---- Huawei: %%01BGP/3/STATE_CHG_UPDOWN(l)[1]: text ---- */

static bool huawei(struct event_decoder *decoder, struct sv message)
{
	const size_t at = sv_find(message, SV("%%01"), 0);
	struct sv rest, module, severity, mnemonic, service;
	size_t end = 0;

	if (at == SIZE_MAX)
		return false;
	rest = sv_slice(message, at + 4, message.n);
	if (sv_find_char(rest, '/', 0) == SIZE_MAX)
		return false;
	module = sv_cut(&rest, '/');
	severity = sv_cut(&rest, '/');
	if (module.n == 0 || module.n > 32 || severity.n != 1 || !plain_is_digit(severity.p[0]))
		return false;
	if (!decoder)
		return true;
	while (end < rest.n && plain_is_word(rest.p[end]))
		end++;
	mnemonic = sv_slice(rest, 0, end);
	service = routing_service(message);
	if (sv_eq(service, SV("syslog")))
		service = plain_lower(decoder, module);
	plain_add(decoder, SV("huawei.module"), module);
	plain_add(decoder, SV("huawei.severity"), severity);
	plain_add(decoder, SV("huawei.mnemonic"), mnemonic);
	is_from(decoder, SV("huawei"), SV_NONE, service);
	return true;
}

static bool juniper(struct event_decoder *decoder, struct sv message)
{
	if (!has(message, SV("tcp_auth_ok")) && !has(message, SV("RPD_BGP_")))
		return false;
	if (decoder)
		is_from(decoder, SV("juniper"), SV_NONE, SV("bgp"));
	return true;
}

/* ---- FortiGate: date=… devid="FG…" logid="…" type="event" … ---- */

static const struct {
	struct sv from, into;
} fortigate_names[] = {
	{ SV("srcip"), SV("src_ip") },	    { SV("dstip"), SV("dst_ip") },
	{ SV("srcport"), SV("src_port") },  { SV("dstport"), SV("dst_port") },
	{ SV("hostname"), SV("cs-host") },  { SV("url"), SV("c-uri") },
	{ SV("qname"), SV("query") },	    { SV("qtype"), SV("record_type") },
	{ SV("agent"), SV("c-useragent") },
};

static const struct {
	struct sv type, subtype; /* subtype empty: any */
	struct sv category;
} fortigate_categories[] = {
	{ SV("traffic"), SV_NONE, SV("firewall") },  { SV("utm"), SV("webfilter"), SV("proxy") },
	{ SV("utm"), SV("virus"), SV("antivirus") }, { SV("dns"), SV_NONE, SV("dns") },
	{ SV("utm"), SV("dns"), SV("dns") },
};

static void fortigate_source(struct event_decoder *decoder, struct sv message)
{
	const struct sv type = plain_get(decoder, SV("type"));
	const struct sv subtype = plain_get(decoder, SV("subtype"));
	const struct sv action = plain_get(decoder, SV("action"));

	is_from(decoder, SV("fortigate"), SV_NONE, type);
	for (size_t i = 0; i < COUNT(fortigate_categories); i++)
		if (sv_eq(type, fortigate_categories[i].type) &&
		    (fortigate_categories[i].subtype.n == 0 ||
		     sv_eq(subtype, fortigate_categories[i].subtype)))
			decoder->envelope.category = fortigate_categories[i].category;
	if (sv_eq(decoder->envelope.category, SV("firewall")) && action.n > 0)
		plain_add(decoder, SV("blocked"),
			  sv_eq(action, SV("deny")) || sv_eq(action, SV("blocked")) ? SV("true")
										    : SV("false"));
	if (sv_eq(decoder->envelope.category, SV("antivirus"))) {
		plain_add(decoder, SV("Signature"), plain_get(decoder, SV("virus")));
		plain_add(decoder, SV("Filename"), plain_get(decoder, SV("filename")));
	}
	/* A crash of the VPN's daemon is told among the system's events. */
	if (has(message, SV("sslvpnd")))
		is_from(decoder, SV("fortios"), SV_NONE, SV("sslvpnd"));
}

static bool fortigate(struct event_decoder *decoder, struct sv message)
{
	struct sv rest = message, name, value, date, hour;
	bool quoted;

	if (!has(message, SV("logid=")) || !has(message, SV("type=")) ||
	    (!has(message, SV("devid=")) && !has(message, SV("devname="))))
		return false;
	if (!decoder)
		return true;
	while (plain_pair(&rest, &name, &value, &quoted)) {
		value = quoted ? plain_unescape(decoder, value) : value;
		plain_add(decoder, name, value);
		for (size_t i = 0; i < COUNT(fortigate_names); i++)
			if (sv_eq(name, fortigate_names[i].from))
				plain_add(decoder, fortigate_names[i].into, value);
	}
	date = plain_get(decoder, SV("date"));
	hour = plain_get(decoder, SV("time"));
	if (date.n > 0 && hour.n > 0)
		instant_parse(plain_join(decoder, date, SV(" "), hour),
			      &decoder->envelope.observed);
	fortigate_source(decoder, message);
	return true;
}

/* ---- PAN-OS: 1,2024/04/12 10:00:00,serial,SYSTEM,globalprotect,… ---- */

static bool pan(struct event_decoder *decoder, struct sv message)
{
	static const struct {
		struct sv type;
		struct sv category, service;
	} types[] = {
		{ SV("TRAFFIC"), SV("firewall"), SV("traffic") },
		{ SV("THREAT"), SV("firewall"), SV("threat") },
		{ SV("SYSTEM"), SV("appliance"), SV("system") },
		{ SV("CONFIG"), SV("appliance"), SV("config") },
		{ SV("GLOBALPROTECT"), SV("appliance"), SV("globalprotect") },
	};
	struct sv rest = message, part[9];

	for (size_t i = 0; i < COUNT(part); i++)
		part[i] = sv_cut(&rest, ',');
	if (part[1].n != 19 || part[1].p[4] != '/' || part[1].p[7] != '/')
		return false;
	for (size_t i = 0; i < COUNT(types); i++) {
		if (!sv_eq(part[3], types[i].type))
			continue;
		if (!decoder)
			return true;
		is_from(decoder, SV("paloalto"), types[i].category, types[i].service);
		if (sv_eq(part[4], SV("globalprotect")))
			decoder->envelope.service = SV("globalprotect");
		plain_add(decoder, SV("serial"), part[2]);
		plain_add(decoder, SV("type"), part[3]);
		plain_add(decoder, SV("subtype"), part[4]);
		if (i < 2) {
			plain_add(decoder, SV("src_ip"), part[7]);
			plain_add(decoder, SV("dst_ip"), part[8]);
		}
		return true;
	}
	return false;
}

bool appliance_fields(struct event_decoder *decoder, struct sv message)
{
	return cisco(decoder, message) || huawei(decoder, message) || juniper(decoder, message) ||
	       fortigate(decoder, message) || pan(decoder, message);
}
