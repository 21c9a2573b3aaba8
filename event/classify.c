#include "event/internal.h"

/*
 * Which log (channel) belongs to which logsource. The product is part of it,
 * because Sysmon for Linux writes the same events to a channel of its own.
 * Names are those that Windows uses in the events; where tools are known to
 * give another name for the same log, that stands here too.
 */
static const struct {
	struct sv channel;
	struct sv product, service;
} channels[] = {
#define CHANNEL(channel, service)                                                   \
	{ { channel, sizeof channel - 1 }, { "windows", 7 }, { service, sizeof service - 1 } }
	CHANNEL("Security", "security"),
	CHANNEL("Microsoft-Windows-Sysmon/Operational", "sysmon"),
	CHANNEL("System", "system"),
	CHANNEL("Application", "application"),
	CHANNEL("Microsoft-Windows-PowerShell/Operational", "powershell"),
	CHANNEL("PowerShellCore/Operational", "powershell"),
	CHANNEL("Windows PowerShell", "powershell-classic"),
	CHANNEL("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
	CHANNEL("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
	CHANNEL("Microsoft-Windows-Windows Defender/Operational", "windefend"),
	CHANNEL("Microsoft-Windows-NTLM/Operational", "ntlm"),
	CHANNEL("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
	CHANNEL("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
		"firewall-as"),
	CHANNEL("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"),
	CHANNEL("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"),
	CHANNEL("Microsoft-Windows-AppxPackaging/Operational", "appxpackaging-om"),
	CHANNEL("Microsoft-Windows-AppModel-Runtime/Admin", "appmodel-runtime"),
	CHANNEL("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
	CHANNEL("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
	CHANNEL("Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker"),
	CHANNEL("Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker"),
	CHANNEL("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
	CHANNEL("Microsoft-Windows-DNS Client Events/Operational", "dns-client"),
	CHANNEL("DNS Server", "dns-server"),
	CHANNEL("Microsoft-Windows-DNS-Server/Audit", "dns-server-audit"),
	CHANNEL("Microsoft-Windows-DNSServer/Audit", "dns-server-audit"),
	CHANNEL("Microsoft-Windows-DNS-Server/Analytical", "dns-server-analytic"),
	CHANNEL("Microsoft-Windows-DNSServer/Analytical", "dns-server-analytic"),
	CHANNEL("Microsoft-Windows-DHCP-Server/Operational", "dhcp"),
	CHANNEL("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
	CHANNEL("Microsoft-Windows-PrintService/Operational", "printservice-operational"),
	CHANNEL("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
	CHANNEL("Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"),
	CHANNEL("Microsoft-Windows-SMBServer/Connectivity", "smbserver-connectivity"),
	CHANNEL("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
		"terminalservices-localsessionmanager"),
	CHANNEL("MSExchange Management", "msexchange-management"),
	CHANNEL("Microsoft-Windows-Security-Mitigations/KernelMode", "security-mitigations"),
	CHANNEL("Microsoft-Windows-Security-Mitigations/UserMode", "security-mitigations"),
	CHANNEL("Microsoft-Windows-Security-Mitigations/Kernel Mode", "security-mitigations"),
	CHANNEL("Microsoft-Windows-Security-Mitigations/User Mode", "security-mitigations"),
	CHANNEL("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"),
	CHANNEL("Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis-scripted"),
	CHANNEL("Microsoft-Windows-Shell-Core/Operational", "shell-core"),
	CHANNEL("OpenSSH/Operational", "openssh"),
	CHANNEL("Microsoft-Windows-LDAP-Client/Debug", "ldap"),
	CHANNEL("Microsoft-Windows-BitLocker/BitLocker Management", "bitlocker"),
	CHANNEL("Microsoft-Windows-VHDMP/Operational", "vhdmp"),
	CHANNEL("Microsoft-Windows-VHDMP-Operational", "vhdmp"),
	CHANNEL("Microsoft-Windows-LSA/Operational", "lsa-server"),
	CHANNEL("Microsoft-Windows-CAPI2/Operational", "capi2"),
	CHANNEL("Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
		"certificateservicesclient-lifecycle-system"),
	CHANNEL("Microsoft-Windows-Kernel-ShimEngine/Operational", "kernel-shimengine"),
	CHANNEL("Microsoft-Windows-Kernel-ShimEngine/Diagnostic", "kernel-shimengine"),
	CHANNEL("Microsoft-Windows-Application-Experience/Program-Telemetry",
		"application-experience"),
	CHANNEL("Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
		"application-experience"),
	CHANNEL("Microsoft-Windows-Ntfs/Operational", "ntfs"),
	CHANNEL("Microsoft-Windows-Hyper-V-Worker", "hyper-v-worker"),
	CHANNEL("Microsoft-Windows-Hyper-V-Worker-Admin", "hyper-v-worker"),
	CHANNEL("Microsoft-Windows-Hyper-V-Worker-Operational", "hyper-v-worker"),
	CHANNEL("Microsoft-Windows-Kernel-EventTracing", "kernel-event-tracing"),
	CHANNEL("Microsoft-Windows-Kernel-EventTracing/Admin", "kernel-event-tracing"),
	CHANNEL("Microsoft-Windows-SENSE/Operational", "sense"),
	CHANNEL("Microsoft-ServiceBus-Client/Admin", "servicebus-client"),
	CHANNEL("Microsoft-ServiceBus-Client/Operational", "servicebus-client"),
	CHANNEL("Microsoft-IIS-Configuration/Operational", "iis-configuration"),
	CHANNEL("Microsoft-Windows-Kernel-File/Analytic", "kernel-file"),
#undef CHANNEL
	{ { "Linux-Sysmon/Operational", 24 }, { "linux", 5 }, { "sysmon", 6 } },
};

/* For events whose exporter left the channel out. */
static const struct {
	struct sv provider;
	struct sv product, service;
} providers[] = {
#define PROVIDER(provider, product, service)                                        \
	{ { provider, sizeof provider - 1 }, { product, sizeof product - 1 },      \
	  { service, sizeof service - 1 } }
	PROVIDER("Microsoft-Windows-Sysmon", "windows", "sysmon"),
	PROVIDER("Microsoft-Windows-Security-Auditing", "windows", "security"),
	PROVIDER("Microsoft-Windows-PowerShell", "windows", "powershell"),
	PROVIDER("PowerShellCore", "windows", "powershell"),
	PROVIDER("PowerShell", "windows", "powershell-classic"),
	PROVIDER("Microsoft-Windows-Windows Defender", "windows", "windefend"),
	PROVIDER("Microsoft-Windows-TaskScheduler", "windows", "taskscheduler"),
	PROVIDER("Microsoft-Windows-WMI-Activity", "windows", "wmi"),
	PROVIDER("Microsoft-Windows-Kernel-File", "windows", "kernel-file"),
	PROVIDER("Linux-Sysmon", "linux", "sysmon"),
#undef PROVIDER
};

/* Rows with an event type stand before the row of the same number without one. */
static const struct category {
	struct sv service;
	uint64_t number;
	struct sv type; /* of EventType; empty: any */
	struct sv category;
} categories[] = {
#define CATEGORY(service, number, type, category)                                   \
	{ { service, sizeof service - 1 }, number, { type, sizeof type - 1 },      \
	  { category, sizeof category - 1 } }
	CATEGORY("sysmon", 1, "", "process_creation"),
	CATEGORY("sysmon", 2, "", "file_change"),
	CATEGORY("sysmon", 3, "", "network_connection"),
	CATEGORY("sysmon", 4, "", "sysmon_status"),
	CATEGORY("sysmon", 5, "", "process_termination"),
	CATEGORY("sysmon", 6, "", "driver_load"),
	CATEGORY("sysmon", 7, "", "image_load"),
	CATEGORY("sysmon", 8, "", "create_remote_thread"),
	CATEGORY("sysmon", 9, "", "raw_access_thread"),
	CATEGORY("sysmon", 10, "", "process_access"),
	CATEGORY("sysmon", 11, "", "file_event"),
	CATEGORY("sysmon", 12, "CreateKey", "registry_add"),
	CATEGORY("sysmon", 12, "DeleteKey", "registry_delete"),
	CATEGORY("sysmon", 12, "DeleteValue", "registry_delete"),
	CATEGORY("sysmon", 12, "", "registry_event"),
	CATEGORY("sysmon", 13, "", "registry_set"),
	CATEGORY("sysmon", 14, "", "registry_rename"),
	CATEGORY("sysmon", 15, "", "create_stream_hash"),
	CATEGORY("sysmon", 16, "", "sysmon_status"),
	CATEGORY("sysmon", 17, "", "pipe_created"),
	CATEGORY("sysmon", 18, "", "pipe_created"),
	CATEGORY("sysmon", 19, "", "wmi_event"),
	CATEGORY("sysmon", 20, "", "wmi_event"),
	CATEGORY("sysmon", 21, "", "wmi_event"),
	CATEGORY("sysmon", 22, "", "dns_query"),
	CATEGORY("sysmon", 23, "", "file_delete"),
	CATEGORY("sysmon", 24, "", "clipboard_change"),
	CATEGORY("sysmon", 25, "", "process_tampering"),
	CATEGORY("sysmon", 26, "", "file_delete_detected"),
	CATEGORY("sysmon", 27, "", "file_block_executable"),
	CATEGORY("sysmon", 28, "", "file_block_shredding"),
	CATEGORY("sysmon", 29, "", "file_executable_detected"),
	CATEGORY("sysmon", 255, "", "sysmon_error"),
	CATEGORY("security", 4688, "", "process_creation"),
	CATEGORY("powershell", 4103, "", "ps_module"),
	CATEGORY("powershell", 4104, "", "ps_script"),
	CATEGORY("powershell-classic", 400, "", "ps_classic_start"),
	CATEGORY("powershell-classic", 600, "", "ps_classic_provider_start"),
	CATEGORY("powershell-classic", 800, "", "ps_classic_script"),
	/* Malware found, acted upon or not: those that name a threat or a path. */
	CATEGORY("windefend", 1006, "", "antivirus"),
	CATEGORY("windefend", 1007, "", "antivirus"),
	CATEGORY("windefend", 1008, "", "antivirus"),
	CATEGORY("windefend", 1009, "", "antivirus"),
	CATEGORY("windefend", 1010, "", "antivirus"),
	CATEGORY("windefend", 1011, "", "antivirus"),
	CATEGORY("windefend", 1012, "", "antivirus"),
	CATEGORY("windefend", 1017, "", "antivirus"),
	CATEGORY("windefend", 1018, "", "antivirus"),
	CATEGORY("windefend", 1019, "", "antivirus"),
	CATEGORY("windefend", 1115, "", "antivirus"),
	CATEGORY("windefend", 1116, "", "antivirus"),
	/* ETW: Create (an open is one too), Rename, RenamePath. */
	CATEGORY("kernel-file", 12, "", "file_access"),
	CATEGORY("kernel-file", 19, "", "file_rename"),
	CATEGORY("kernel-file", 27, "", "file_rename"),
#undef CATEGORY
};

/* What our own agents send with an envelope that says it. */
static const struct {
	struct sv product, category;
} agents[] = {
#define AGENT(product, category)                                                    \
	{ { product, sizeof product - 1 }, { category, sizeof category - 1 } }
	AGENT("linux", "process_creation"),
	AGENT("linux", "process_termination"),
	AGENT("linux", "network_connection"),
	AGENT("linux", "file_event"),
	AGENT("linux", "file_change"),
	AGENT("linux", "file_delete"),
	AGENT("hikeshi", "action_result"),
	AGENT("hikeshi", "order_refused"),
	AGENT("hikeshi", "agent_health"),
	AGENT("hikeshi", "agent_started"),
	AGENT("hikeshi", "agent_stopped"),
	AGENT("hikeshi", "isolation_restored"),
	AGENT("hikeshi", "events_lost"),
#undef AGENT
};

static const struct {
	struct sv category, parent;
} parents[] = {
	{ { "registry_add", 12 }, { "registry_event", 14 } },
	{ { "registry_delete", 15 }, { "registry_event", 14 } },
	{ { "registry_set", 12 }, { "registry_event", 14 } },
	{ { "registry_rename", 15 }, { "registry_event", 14 } },
};

#define COUNT(table) (sizeof table / sizeof *table)

struct logsource {
	struct sv product, service;
};

/* By channel; where there is none, by provider. */
static struct logsource logsource_of(const struct event *event)
{
	const struct sv channel = event_text(event, SV("Channel"));
	struct sv provider;
	uint64_t number;

	for (size_t i = 0; channel.n > 0 && i < COUNT(channels); i++)
		if (sv_eq_case(channel, channels[i].channel))
			return (struct logsource){ channels[i].product, channels[i].service };
	if (channel.n == 0) {
		provider = event_text(event, SV("Provider_Name"));
		for (size_t i = 0; i < COUNT(providers); i++)
			if (sv_eq_case(provider, providers[i].provider))
				return (struct logsource){ providers[i].product,
							   providers[i].service };
	} else if (sv_to_u64(event_text(event, SV("EventID")), &number)) {
		return (struct logsource){ SV("windows"), SV_NONE };
	}
	return (struct logsource){ SV_NONE, SV_NONE };
}

static struct sv category_of(const struct event *event, struct sv service)
{
	struct sv type = SV_NONE;
	uint64_t number;

	if (service.n == 0 || !sv_to_u64(event_text(event, SV("EventID")), &number))
		return SV_NONE;
	for (size_t i = 0; i < COUNT(categories); i++) {
		const struct category *row = &categories[i];

		if (row->number != number || !sv_eq(row->service, service))
			continue;
		if (row->type.n == 0)
			return row->category;
		if (!type.p)
			type = event_text(event, SV("EventType"));
		if (sv_eq_case(row->type, type))
			return row->category;
	}
	return SV_NONE;
}

void event_classify(struct event *event)
{
	struct event_envelope *envelope = &event->envelope;
	struct logsource source;

	if (envelope->product.n > 0 && envelope->category.n > 0 && envelope->service.n > 0)
		return;
	source = logsource_of(event);
	if (source.product.n == 0 ||
	    (envelope->product.n > 0 && !sv_eq_case(envelope->product, source.product)) ||
	    (envelope->service.n > 0 && !sv_eq_case(envelope->service, source.service)))
		return;
	if (envelope->product.n == 0)
		envelope->product = source.product;
	if (envelope->service.n == 0)
		envelope->service = source.service;
	if (envelope->category.n == 0)
		envelope->category = category_of(event, source.service);
}

struct sv event_category_parent(struct sv category)
{
	for (size_t i = 0; i < COUNT(parents); i++)
		if (sv_eq_case(category, parents[i].category))
			return parents[i].parent;
	return SV_NONE;
}

static bool fits(struct sv wanted, struct sv given)
{
	return wanted.n == 0 || sv_eq_case(wanted, given);
}

static bool category_fits(struct sv wanted, struct sv given)
{
	return fits(wanted, given) || sv_eq_case(wanted, event_category_parent(given));
}

bool event_logsource_known(struct sv product, struct sv category, struct sv service)
{
	for (size_t i = 0; service.n == 0 && i < COUNT(agents); i++)
		if (fits(product, agents[i].product) && category_fits(category, agents[i].category))
			return true;
	for (size_t i = 0; i < COUNT(channels); i++) {
		if (!fits(product, channels[i].product) || !fits(service, channels[i].service))
			continue;
		if (category.n == 0)
			return true;
		for (size_t k = 0; k < COUNT(categories); k++)
			if (sv_eq(categories[k].service, channels[i].service) &&
			    category_fits(category, categories[k].category))
				return true;
	}
	return false;
}
