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
	{ SV("Security"), SV("windows"), SV("security") },
	{ SV("Microsoft-Windows-Sysmon/Operational"), SV("windows"), SV("sysmon") },
	{ SV("System"), SV("windows"), SV("system") },
	{ SV("Application"), SV("windows"), SV("application") },
	{ SV("Microsoft-Windows-PowerShell/Operational"), SV("windows"), SV("powershell") },
	{ SV("PowerShellCore/Operational"), SV("windows"), SV("powershell") },
	{ SV("Windows PowerShell"), SV("windows"), SV("powershell-classic") },
	{ SV("Microsoft-Windows-TaskScheduler/Operational"), SV("windows"), SV("taskscheduler") },
	{ SV("Microsoft-Windows-WMI-Activity/Operational"), SV("windows"), SV("wmi") },
	{ SV("Microsoft-Windows-Windows Defender/Operational"), SV("windows"), SV("windefend") },
	{ SV("Microsoft-Windows-NTLM/Operational"), SV("windows"), SV("ntlm") },
	{ SV("Microsoft-Windows-Bits-Client/Operational"), SV("windows"), SV("bits-client") },
	{ SV("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"), SV("windows"),
	  SV("firewall-as") },
	{ SV("Microsoft-Windows-CodeIntegrity/Operational"), SV("windows"),
	  SV("codeintegrity-operational") },
	{ SV("Microsoft-Windows-AppXDeploymentServer/Operational"), SV("windows"),
	  SV("appxdeployment-server") },
	{ SV("Microsoft-Windows-AppxPackaging/Operational"), SV("windows"),
	  SV("appxpackaging-om") },
	{ SV("Microsoft-Windows-AppModel-Runtime/Admin"), SV("windows"), SV("appmodel-runtime") },
	{ SV("Microsoft-Windows-AppLocker/EXE and DLL"), SV("windows"), SV("applocker") },
	{ SV("Microsoft-Windows-AppLocker/MSI and Script"), SV("windows"), SV("applocker") },
	{ SV("Microsoft-Windows-AppLocker/Packaged app-Deployment"), SV("windows"),
	  SV("applocker") },
	{ SV("Microsoft-Windows-AppLocker/Packaged app-Execution"), SV("windows"),
	  SV("applocker") },
	{ SV("Microsoft-Windows-DNS-Client/Operational"), SV("windows"), SV("dns-client") },
	{ SV("Microsoft-Windows-DNS Client Events/Operational"), SV("windows"), SV("dns-client") },
	{ SV("DNS Server"), SV("windows"), SV("dns-server") },
	{ SV("Microsoft-Windows-DNS-Server/Audit"), SV("windows"), SV("dns-server-audit") },
	{ SV("Microsoft-Windows-DNSServer/Audit"), SV("windows"), SV("dns-server-audit") },
	{ SV("Microsoft-Windows-DNS-Server/Analytical"), SV("windows"), SV("dns-server-analytic") },
	{ SV("Microsoft-Windows-DNSServer/Analytical"), SV("windows"), SV("dns-server-analytic") },
	{ SV("Microsoft-Windows-DHCP-Server/Operational"), SV("windows"), SV("dhcp") },
	{ SV("Microsoft-Windows-PrintService/Admin"), SV("windows"), SV("printservice-admin") },
	{ SV("Microsoft-Windows-PrintService/Operational"), SV("windows"),
	  SV("printservice-operational") },
	{ SV("Microsoft-Windows-SmbClient/Security"), SV("windows"), SV("smbclient-security") },
	{ SV("Microsoft-Windows-SmbClient/Connectivity"), SV("windows"),
	  SV("smbclient-connectivity") },
	{ SV("Microsoft-Windows-SMBServer/Connectivity"), SV("windows"),
	  SV("smbserver-connectivity") },
	{ SV("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"), SV("windows"),
	  SV("terminalservices-localsessionmanager") },
	{ SV("MSExchange Management"), SV("windows"), SV("msexchange-management") },
	{ SV("Microsoft-Windows-Security-Mitigations/KernelMode"), SV("windows"),
	  SV("security-mitigations") },
	{ SV("Microsoft-Windows-Security-Mitigations/UserMode"), SV("windows"),
	  SV("security-mitigations") },
	{ SV("Microsoft-Windows-Security-Mitigations/Kernel Mode"), SV("windows"),
	  SV("security-mitigations") },
	{ SV("Microsoft-Windows-Security-Mitigations/User Mode"), SV("windows"),
	  SV("security-mitigations") },
	{ SV("Microsoft-Windows-DriverFrameworks-UserMode/Operational"), SV("windows"),
	  SV("driver-framework") },
	{ SV("Microsoft-Windows-Diagnosis-Scripted/Operational"), SV("windows"),
	  SV("diagnosis-scripted") },
	{ SV("Microsoft-Windows-Shell-Core/Operational"), SV("windows"), SV("shell-core") },
	{ SV("OpenSSH/Operational"), SV("windows"), SV("openssh") },
	{ SV("Microsoft-Windows-LDAP-Client/Debug"), SV("windows"), SV("ldap") },
	{ SV("Microsoft-Windows-BitLocker/BitLocker Management"), SV("windows"), SV("bitlocker") },
	{ SV("Microsoft-Windows-VHDMP/Operational"), SV("windows"), SV("vhdmp") },
	{ SV("Microsoft-Windows-VHDMP-Operational"), SV("windows"), SV("vhdmp") },
	{ SV("Microsoft-Windows-LSA/Operational"), SV("windows"), SV("lsa-server") },
	{ SV("Microsoft-Windows-CAPI2/Operational"), SV("windows"), SV("capi2") },
	{ SV("Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"),
	  SV("windows"), SV("certificateservicesclient-lifecycle-system") },
	{ SV("Microsoft-Windows-Kernel-ShimEngine/Operational"), SV("windows"),
	  SV("kernel-shimengine") },
	{ SV("Microsoft-Windows-Kernel-ShimEngine/Diagnostic"), SV("windows"),
	  SV("kernel-shimengine") },
	{ SV("Microsoft-Windows-Application-Experience/Program-Telemetry"), SV("windows"),
	  SV("application-experience") },
	{ SV("Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant"),
	  SV("windows"), SV("application-experience") },
	{ SV("Microsoft-Windows-Ntfs/Operational"), SV("windows"), SV("ntfs") },
	{ SV("Microsoft-Windows-Hyper-V-Worker"), SV("windows"), SV("hyper-v-worker") },
	{ SV("Microsoft-Windows-Hyper-V-Worker-Admin"), SV("windows"), SV("hyper-v-worker") },
	{ SV("Microsoft-Windows-Hyper-V-Worker-Operational"), SV("windows"), SV("hyper-v-worker") },
	{ SV("Microsoft-Windows-Kernel-EventTracing"), SV("windows"), SV("kernel-event-tracing") },
	{ SV("Microsoft-Windows-Kernel-EventTracing/Admin"), SV("windows"),
	  SV("kernel-event-tracing") },
	{ SV("Microsoft-Windows-SENSE/Operational"), SV("windows"), SV("sense") },
	{ SV("Microsoft-ServiceBus-Client/Admin"), SV("windows"), SV("servicebus-client") },
	{ SV("Microsoft-ServiceBus-Client/Operational"), SV("windows"), SV("servicebus-client") },
	{ SV("Microsoft-IIS-Configuration/Operational"), SV("windows"), SV("iis-configuration") },
	{ SV("Microsoft-Windows-Kernel-File/Analytic"), SV("windows"), SV("kernel-file") },
	{ SV("Linux-Sysmon/Operational"), SV("linux"), SV("sysmon") },
};

/* For events whose exporter left the channel out. */
static const struct {
	struct sv provider;
	struct sv product, service;
} providers[] = {
	{ SV("Microsoft-Windows-Sysmon"), SV("windows"), SV("sysmon") },
	{ SV("Microsoft-Windows-Security-Auditing"), SV("windows"), SV("security") },
	{ SV("Microsoft-Windows-PowerShell"), SV("windows"), SV("powershell") },
	{ SV("PowerShellCore"), SV("windows"), SV("powershell") },
	{ SV("PowerShell"), SV("windows"), SV("powershell-classic") },
	{ SV("Microsoft-Windows-Windows Defender"), SV("windows"), SV("windefend") },
	{ SV("Microsoft-Windows-TaskScheduler"), SV("windows"), SV("taskscheduler") },
	{ SV("Microsoft-Windows-WMI-Activity"), SV("windows"), SV("wmi") },
	{ SV("Microsoft-Windows-Kernel-File"), SV("windows"), SV("kernel-file") },
	{ SV("Linux-Sysmon"), SV("linux"), SV("sysmon") },
};

/* Rows with an event type stand before the row of the same number without one. */
static const struct category {
	struct sv service;
	uint64_t number;
	struct sv type; /* of EventType; empty: any */
	struct sv category;
} categories[] = {
	{ SV("sysmon"), 1, SV_NONE, SV("process_creation") },
	{ SV("sysmon"), 2, SV_NONE, SV("file_change") },
	{ SV("sysmon"), 3, SV_NONE, SV("network_connection") },
	{ SV("sysmon"), 4, SV_NONE, SV("sysmon_status") },
	{ SV("sysmon"), 5, SV_NONE, SV("process_termination") },
	{ SV("sysmon"), 6, SV_NONE, SV("driver_load") },
	{ SV("sysmon"), 7, SV_NONE, SV("image_load") },
	{ SV("sysmon"), 8, SV_NONE, SV("create_remote_thread") },
	{ SV("sysmon"), 9, SV_NONE, SV("raw_access_thread") },
	{ SV("sysmon"), 10, SV_NONE, SV("process_access") },
	{ SV("sysmon"), 11, SV_NONE, SV("file_event") },
	{ SV("sysmon"), 12, SV("CreateKey"), SV("registry_add") },
	{ SV("sysmon"), 12, SV("DeleteKey"), SV("registry_delete") },
	{ SV("sysmon"), 12, SV("DeleteValue"), SV("registry_delete") },
	{ SV("sysmon"), 12, SV_NONE, SV("registry_event") },
	{ SV("sysmon"), 13, SV_NONE, SV("registry_set") },
	{ SV("sysmon"), 14, SV_NONE, SV("registry_rename") },
	{ SV("sysmon"), 15, SV_NONE, SV("create_stream_hash") },
	{ SV("sysmon"), 16, SV_NONE, SV("sysmon_status") },
	{ SV("sysmon"), 17, SV_NONE, SV("pipe_created") },
	{ SV("sysmon"), 18, SV_NONE, SV("pipe_created") },
	{ SV("sysmon"), 19, SV_NONE, SV("wmi_event") },
	{ SV("sysmon"), 20, SV_NONE, SV("wmi_event") },
	{ SV("sysmon"), 21, SV_NONE, SV("wmi_event") },
	{ SV("sysmon"), 22, SV_NONE, SV("dns_query") },
	{ SV("sysmon"), 23, SV_NONE, SV("file_delete") },
	{ SV("sysmon"), 24, SV_NONE, SV("clipboard_change") },
	{ SV("sysmon"), 25, SV_NONE, SV("process_tampering") },
	{ SV("sysmon"), 26, SV_NONE, SV("file_delete_detected") },
	{ SV("sysmon"), 27, SV_NONE, SV("file_block_executable") },
	{ SV("sysmon"), 28, SV_NONE, SV("file_block_shredding") },
	{ SV("sysmon"), 29, SV_NONE, SV("file_executable_detected") },
	{ SV("sysmon"), 255, SV_NONE, SV("sysmon_error") },
	{ SV("security"), 4688, SV_NONE, SV("process_creation") },
	{ SV("powershell"), 4103, SV_NONE, SV("ps_module") },
	{ SV("powershell"), 4104, SV_NONE, SV("ps_script") },
	{ SV("powershell-classic"), 400, SV_NONE, SV("ps_classic_start") },
	{ SV("powershell-classic"), 600, SV_NONE, SV("ps_classic_provider_start") },
	{ SV("powershell-classic"), 800, SV_NONE, SV("ps_classic_script") },
	/* Malware found, acted upon or not: those that name a threat or a path. */
	{ SV("windefend"), 1006, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1007, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1008, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1009, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1010, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1011, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1012, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1017, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1018, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1019, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1115, SV_NONE, SV("antivirus") },
	{ SV("windefend"), 1116, SV_NONE, SV("antivirus") },
	/* ETW: Create (an open is one too), Rename, RenamePath. */
	{ SV("kernel-file"), 12, SV_NONE, SV("file_access") },
	{ SV("kernel-file"), 19, SV_NONE, SV("file_rename") },
	{ SV("kernel-file"), 27, SV_NONE, SV("file_rename") },
};

static const struct {
	struct sv category, parent;
} parents[] = {
	{ SV("registry_add"), SV("registry_event") },
	{ SV("registry_delete"), SV("registry_event") },
	{ SV("registry_set"), SV("registry_event") },
	{ SV("registry_rename"), SV("registry_event") },
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

bool windows_logsource_known(struct sv product, struct sv category, struct sv service)
{
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
