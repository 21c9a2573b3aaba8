/* What the tables of names cannot say about logs in JSON. */
#include <string.h>

#include "event/journal.h"
#include "event/logs.h"
#include "event/web.h"

#define COUNT(table) (sizeof table / sizeof *table)

static struct sv behind(struct sv text, char c)
{
	const char *at = text.n > 0 ? memrchr(text.p, c, text.n) : NULL;

	return at ? sv_slice(text, (size_t)(at + 1 - text.p), text.n) : text;
}

static void observed(struct event_decoder *decoder, const struct sv *name, size_t count)
{
	for (size_t i = 0; decoder->envelope.observed.us == 0 && i < count; i++) {
		const struct sv text = plain_get(decoder, name[i]);
		uint64_t number;

		/* "…T10:00:00" without a zone is UTC here. */
		if (text.n == 19 && text.p[10] == 'T')
			instant_parse(plain_join(decoder, text, SV("Z"), SV_NONE),
				      &decoder->envelope.observed);
		else if (!instant_parse(text, &decoder->envelope.observed) &&
			 sv_to_u64(text, &number) && number < UINT64_C(100000000000000))
			decoder->envelope.observed.us =
				(int64_t)number *
				(number > UINT64_C(100000000000) ? 1000 : 1000000);
	}
}

/* name and value of parameters, which stand one behind the other: the name becomes a field. */
static void pairs(struct event_decoder *decoder, struct sv name, struct sv value)
{
	const size_t count = decoder->count;
	struct sv into = SV_NONE;

	for (size_t i = 0; i < count; i++) {
		const struct event_field field = decoder->field[i];

		if (sv_eq(field.name, name)) {
			into = field.text;
		} else if (into.n > 0 && into.n <= EVENT_NAME_MAX && sv_eq(field.name, value)) {
			event_decoder_add(decoder, into, field.text, field.type, false, NULL);
			into = SV_NONE;
		}
	}
}

/* ---- Azure ---- */

static const struct {
	struct sv category, service;
} azure_services[] = {
	{ SV("SignInLogs"), SV("signinlogs") },
	{ SV("NonInteractiveUserSignInLogs"), SV("signinlogs") },
	{ SV("ServicePrincipalSignInLogs"), SV("signinlogs") },
	{ SV("ManagedIdentitySignInLogs"), SV("signinlogs") },
	{ SV("ADFSSignInLogs"), SV("signinlogs") },
	{ SV("AuditLogs"), SV("auditlogs") },
	{ SV("UserRiskEvents"), SV("riskdetection") },
	{ SV("ServicePrincipalRiskEvents"), SV("riskdetection") },
	{ SV("Administrative"), SV("activitylogs") },
	{ SV("Security"), SV("activitylogs") },
	{ SV("ServiceHealth"), SV("activitylogs") },
	{ SV("ResourceHealth"), SV("activitylogs") },
	{ SV("Alert"), SV("activitylogs") },
	{ SV("Autoscale"), SV("activitylogs") },
	{ SV("Policy"), SV("activitylogs") },
	{ SV("Recommendation"), SV("activitylogs") },
};

/* MICROSOFT.NETWORK/DNSZONES/WRITE is of the provider MICROSOFT.NETWORK. */
static void azure(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("time"), SV("createdDateTime"),
					   SV("activityDateTime"), SV("TimeGenerated"),
					   SV("eventTimestamp") };
	struct sv operation = plain_get(decoder, SV("OperationNameValue"));

	for (size_t i = 0; decoder->envelope.service.n == 0 && i < COUNT(azure_services); i++)
		if (sv_eq_case(plain_get(decoder, SV("category")), azure_services[i].category))
			decoder->envelope.service = azure_services[i].service;
	if (sv_eq(decoder->envelope.service, SV("activitylogs")) &&
	    !plain_get(decoder, SV("ResourceProviderValue")).p && operation.n > 0)
		plain_add(decoder, SV("ResourceProviderValue"), sv_cut(&operation, '/'));
	observed(decoder, times, COUNT(times));
}

/* #microsoft.graph.noMfaOnRoleActivationAlertIncident */
static void pim(struct event_decoder *decoder)
{
	plain_add(decoder, SV("riskEventType"), behind(plain_get(decoder, SV("@odata.type")), '.'));
}

/* ---- Microsoft 365 ---- */

static void m365(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("CreationTime") };
	static const struct sv good[] = { SV("True"), SV("Succeeded"), SV("Success"), SV("true") };
	const struct sv workload = plain_get(decoder, SV("Workload"));
	const struct sv result = plain_get(decoder, SV("ResultStatus"));
	const struct sv name = plain_get(decoder, SV("Name"));
	/* A record without a result tells of what happened. */
	bool success = result.n == 0;

	for (size_t i = 0; i < COUNT(good); i++)
		success |= sv_eq(result, good[i]);
	plain_add(decoder, SV("status"), success ? SV("success") : result);
	if (sv_eq(workload, SV("Exchange")))
		decoder->envelope.service = SV("exchange");
	if (sv_eq(workload, SV("SecurityComplianceCenter"))) {
		decoder->envelope.service = SV("threat_management");
		if (name.n > 0)
			plain_add(decoder, SV("eventName"), name);
	}
	observed(decoder, times, COUNT(times));
}

/* ---- Google ---- */

static void gcp(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("timestamp"), SV("receiveTimestamp") };
	const struct sv service = plain_get(decoder, SV("protoPayload.serviceName"));
	const struct sv log = plain_get(decoder, SV("logName"));
	const size_t logs = sv_find(log, SV("/logs/"), 0);

	if (logs != SIZE_MAX)
		plain_add(decoder, SV("data.protoPayload.logName"), sv_slice(log, logs + 6, log.n));
	if (sv_eq(service, SV("login.googleapis.com")))
		decoder->envelope.service = SV("google_workspace.login");
	else if (sv_eq(service, SV("admin.googleapis.com")))
		decoder->envelope.service = SV("google_workspace.admin");
	pairs(decoder, SV("protoPayload.metadata.event.parameter.name"),
	      SV("protoPayload.metadata.event.parameter.value"));
	observed(decoder, times, COUNT(times));
}

static void workspace(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("id.time") };
	static const struct sv values[] = { SV("events.parameters.value"),
					    SV("events.parameters.intValue"),
					    SV("events.parameters.boolValue") };
	const struct sv application = plain_get(decoder, SV("id.applicationName"));
	const struct sv host = plain_join(decoder, application, SV(".googleapis.com"), SV_NONE);
	const struct sv service =
		plain_join(decoder, SV("google_workspace."), application, SV_NONE);

	if (service.n > 0 && service.n <= EVENT_ENVELOPE_TEXT_MAX)
		decoder->envelope.service = service;
	plain_add(decoder, SV("eventService"), host);
	plain_add(decoder, SV("protoPayload.serviceName"), host);
	for (size_t i = 0; i < COUNT(values); i++)
		pairs(decoder, SV("events.parameters.name"), values[i]);
	observed(decoder, times, COUNT(times));
}

/* ---- Suricata ---- */

static const struct {
	struct sv type, category;
} eve_categories[] = {
	{ SV("dns"), SV("dns") },	{ SV("http"), SV("http") },
	{ SV("flow"), SV("firewall") }, { SV("netflow"), SV("firewall") },
	{ SV("drop"), SV("firewall") }, { SV("alert"), SV("ids") },
};

static void eve(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("timestamp") };
	const struct sv type = plain_get(decoder, SV("event_type"));
	const struct sv action = plain_get(decoder, SV("alert.action"));

	decoder->envelope.service = type.n <= EVENT_ENVELOPE_TEXT_MAX ? type : SV_NONE;
	for (size_t i = 0; i < COUNT(eve_categories); i++)
		if (sv_eq(type, eve_categories[i].type))
			decoder->envelope.category = eve_categories[i].category;
	if (sv_eq(type, SV("http"))) {
		web_host(decoder, plain_get(decoder, SV("http.hostname")));
		web_target(decoder, plain_get(decoder, SV("http.url")));
		web_agent(decoder, plain_get(decoder, SV("http.http_user_agent")));
		web_referer(decoder, plain_get(decoder, SV("http.http_refer")));
	} else if (sv_eq(type, SV("drop")) || sv_eq(action, SV("blocked"))) {
		plain_add(decoder, SV("action"), SV("drop"));
		plain_add(decoder, SV("blocked"), SV("true"));
	} else if (sv_eq(decoder->envelope.category, SV("firewall"))) {
		plain_add(decoder, SV("action"), SV("accept"));
		plain_add(decoder, SV("blocked"), SV("false"));
	}
	observed(decoder, times, COUNT(times));
}

/* ---- macOS: Endpoint Security by eslogger ---- */

static struct sv all_of(struct event_decoder *decoder, struct sv name)
{
	size_t n = 0;
	char *text;

	for (size_t i = 0; i < decoder->count; i++)
		if (sv_eq(decoder->field[i].name, name))
			n += decoder->field[i].text.n + 1;
	text = scratch_room(decoder, n);
	if (!text)
		return SV_NONE;
	n = 0;
	for (size_t i = 0; i < decoder->count; i++) {
		const struct event_field *field = &decoder->field[i];

		if (!sv_eq(field->name, name))
			continue;
		if (n > 0)
			text[n++] = ' ';
		if (field->text.n > 0)
			memcpy(text + n, field->text.p, field->text.n);
		n += field->text.n;
	}
	return scratch_take(decoder, n);
}

static void rename_field(struct event_decoder *decoder, struct sv from, struct sv into)
{
	for (size_t i = 0; i < decoder->count; i++)
		if (sv_eq(decoder->field[i].name, from))
			decoder->field[i].name = into;
}

/* Before exec the process still was what its parent had started: a copy of the parent. */
static void eslogger(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("time") };
	const struct sv target = plain_get(decoder, SV("event.exec.target.executable.path"));
	const struct sv folder =
		plain_get(decoder, SV("event.create.destination.new_path.dir.path"));
	const struct sv file = plain_get(decoder, SV("event.create.destination.new_path.filename"));
	const struct sv existing =
		plain_get(decoder, SV("event.create.destination.existing_file.path"));

	if (target.n > 0) {
		rename_field(decoder, SV("Image"), SV("ParentImage"));
		plain_add(decoder, SV("Image"), target);
		plain_add(decoder, SV("CommandLine"), all_of(decoder, SV("event.exec.args")));
		plain_add(decoder, SV("CurrentDirectory"),
			  plain_get(decoder, SV("event.exec.cwd.path")));
		decoder->envelope.category = SV("process_creation");
	} else if (existing.n > 0 || file.n > 0) {
		plain_add(decoder, SV("TargetFilename"),
			  existing.n > 0
				  ? existing
				  : plain_join(decoder, folder,
					       sv_ends(folder, SV("/")) ? SV_NONE : SV("/"), file));
		decoder->envelope.category = SV("file_event");
	}
	decoder->envelope.service = SV("endpointsecurity");
	observed(decoder, times, COUNT(times));
}

/* ---- Elastic's agents ---- */

static const struct {
	struct sv category; /* event.category */
	struct sv type;	    /* event.type, one of them */
	struct sv into;
} ecs_categories[] = {
	{ SV("process"), SV("start"), SV("process_creation") },
	{ SV("process"), SV("end"), SV("process_termination") },
	{ SV("file"), SV("creation"), SV("file_event") },
	{ SV("file"), SV("change"), SV("file_change") },
	{ SV("file"), SV("deletion"), SV("file_delete") },
	{ SV("network"), SV("start"), SV("network_connection") },
	{ SV("registry"), SV("change"), SV("registry_set") },
	{ SV("library"), SV("start"), SV("image_load") },
};

static bool has_value(const struct event_decoder *decoder, struct sv name, struct sv text)
{
	for (size_t i = 0; i < decoder->count; i++)
		if (sv_eq(decoder->field[i].name, name) && sv_eq(decoder->field[i].text, text))
			return true;
	return false;
}

static void ecs(struct event_decoder *decoder)
{
	static const struct sv times[] = { SV("@timestamp") };
	static const struct sv products[] = { SV("windows"), SV("linux"), SV("macos") };
	const struct sv os = plain_get(decoder, SV("host.os.type")).n > 0
				     ? plain_get(decoder, SV("host.os.type"))
				     : plain_get(decoder, SV("host.os.family"));

	for (size_t i = 0; i < COUNT(products); i++)
		if (sv_eq_case(os, products[i]))
			decoder->envelope.product = products[i];
	if (sv_eq(os, SV("darwin")))
		decoder->envelope.product = SV("macos");
	for (size_t i = 0; decoder->envelope.category.n == 0 && i < COUNT(ecs_categories); i++)
		if (has_value(decoder, SV("event.category"), ecs_categories[i].category) &&
		    has_value(decoder, SV("event.type"), ecs_categories[i].type))
			decoder->envelope.category = ecs_categories[i].into;
	observed(decoder, times, COUNT(times));
}

/* ---- the rest: only the time ---- */

static void plain(struct event_decoder *decoder)
{
	static const struct sv times[] = {
		SV("eventTime"),      SV("published"),	      SV("requestReceivedTimestamp"),
		SV("stageTimestamp"), SV("@timestamp"),	      SV("created_at"),
		SV("timestamp"),      SV("detectedDateTime"), SV("activityDateTime"),
		SV("utc_time"),	      SV("local_time"),	      SV("isotimestamp"),
	};

	observed(decoder, times, COUNT(times));
}

void logs_special(struct event_decoder *decoder, enum log log)
{
	static void (*const special[LOG_COUNT])(struct event_decoder *) = {
		[LOG_JOURNAL] = journal_fields,
		[LOG_GCP] = gcp,
		[LOG_WORKSPACE] = workspace,
		[LOG_AZURE] = azure,
		[LOG_PIM] = pim,
		[LOG_M365] = m365,
		[LOG_EVE] = eve,
		[LOG_ECS] = ecs,
		[LOG_ESLOGGER] = eslogger,
	};

	(special[log] ? special[log] : plain)(decoder);
}
