#include <stdio.h>

#include "base/test.h"
#include "event/event.h"

/* ---- forms of exporters ---- */

static const struct {
	const char *what, *json;
	const char *fields;    /* "name=text name=text", + behind the name of an array's item */
	const char *logsource; /* product/category/service */
} forms[] = {
	{ "evtx_dump",
	  "{\"Event\":{\"#attributes\":{\"xmlns\":\"http://x\"},\"System\":{\"Provider\":"
	  "{\"#attributes\":{\"Name\":\"Microsoft-Windows-Sysmon\",\"Guid\":\"G\"}},"
	  "\"EventID\":13,\"Correlation\":null,\"Execution\":{\"#attributes\":{\"ProcessID\":3,"
	  "\"ThreadID\":4}},\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Security\":"
	  "{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}},\"EventData\":{\"EventType\":\"SetValue\","
	  "\"Threat Name\":\"x\",\"Empty\":null}}}",
	  "Provider_Name=Microsoft-Windows-Sysmon Provider_Guid=G EventID=13 Execution_ProcessID=3 "
	  "Execution_ThreadID=4 Channel=Microsoft-Windows-Sysmon/Operational "
	  "Security_UserID=S-1-5-18 EventType=SetValue ThreatName=x Empty=",
	  "windows/registry_set/sysmon" },
	{ "evtx_dump, qualifiers, unnamed data",
	  "{\"Event\":{\"System\":{\"EventID\":{\"#attributes\":{\"Qualifiers\":0},\"#text\":400},"
	  "\"Channel\":\"Windows PowerShell\"},\"EventData\":{\"Data\":{\"#text\":[\"a\",\"b\"]},"
	  "\"Binary\":null}}}",
	  "EventID_Qualifiers=0 EventID=400 Channel=Windows PowerShell Data+=a Data+=b Binary=",
	  "windows/ps_classic_start/powershell-classic" },
	{ "evtx_dump, data as a list or a text",
	  "{\"Event\":{\"System\":{\"EventID\":1,\"Channel\":\"Application\"},\"EventData\":"
	  "{\"Data\":[\"a\",\"b\"]}}}",
	  "EventID=1 Channel=Application Data+=a Data+=b", "windows//application" },
	{ "evtx_dump, one text",
	  "{\"Event\":{\"System\":{\"EventID\":1,\"Channel\":\"Application\"},\"EventData\":"
	  "{\"Data\":\"a\"}}}",
	  "EventID=1 Channel=Application Data+=a", "windows//application" },
	{ "evtx_dump, attributes apart",
	  "{\"Event\":{\"System\":{\"Provider_attributes\":{\"Name\":\"P\"},\"EventID\":1,"
	  "\"EventID_attributes\":{\"Qualifiers\":7},\"Channel\":\"System\"},"
	  "\"EventData_attributes\":{\"Name\":\"N\"},\"EventData\":{\"a\":1}}}",
	  "Provider_Name=P EventID=1 EventID_Qualifiers=7 Channel=System EventData_Name=N a=1",
	  "windows//system" },
	{ "evtx_dump, only attributes",
	  "{\"Event\":{\"System\":{\"EventID\":142,\"Channel\":"
	  "\"Microsoft-Windows-TaskScheduler/Operational\"},\"EventData\":{\"#attributes\":"
	  "{\"Name\":\"TaskDisabled\"},\"TaskName\":\"\\\\x\"}}}",
	  "EventID=142 Channel=Microsoft-Windows-TaskScheduler/Operational "
	  "EventData_Name=TaskDisabled TaskName=\\x",
	  "windows//taskscheduler" },
	{ "evtx_dump, user data",
	  "{\"Event\":{\"System\":{\"EventID\":5858,\"Channel\":"
	  "\"Microsoft-Windows-WMI-Activity/Operational\"},\"UserData\":"
	  "{\"Operation_ClientFailure\":{\"#attributes\":{\"xmlns\":\"x\"},\"Id\":\"7\","
	  "\"Client Machine\":\"m\",\"Inner\":{\"#attributes\":{\"Kind\":\"k\"},"
	  "\"#text\":\"t\"}}}}}",
	  "EventID=5858 Channel=Microsoft-Windows-WMI-Activity/Operational Id=7 ClientMachine=m "
	  "Inner_Kind=k Inner=t",
	  "windows//wmi" },
	{ "data before system: nothing stands before Channel",
	  "{\"Event\":{\"EventData\":{\"Channel\":\"Security\",\"EventID\":4688},"
	  "\"System\":{\"EventID\":7045,\"Channel\":\"System\"}}}",
	  "EventID=7045 Channel=System Channel=Security EventID=4688", "windows//system" },
	{ "Velociraptor",
	  "{\"System\":{\"Provider\":{\"Name\":\"P\"},\"EventID\":{\"Value\":4624},"
	  "\"TimeCreated\":{\"SystemTime\":1700000000.5},\"Channel\":\"Security\"},"
	  "\"EventData\":{\"IpAddress\":\"::1\"},\"Message\":\"m\"}",
	  "Provider_Name=P EventID=4624 TimeCreated_SystemTime=1700000000.5 Channel=Security "
	  "IpAddress=::1 Message=m",
	  "windows//security" },
	{ "XML turned to JSON",
	  "{\"Event\":{\"@xmlns\":\"x\",\"System\":{\"Provider\":{\"@Name\":\"P\"},"
	  "\"EventID\":\"1\",\"Channel\":\"Microsoft-Windows-Sysmon/Operational\"},\"EventData\":"
	  "{\"Data\":[{\"@Name\":\"Image\",\"#text\":\"a\"},{\"@Name\":\"Nothing\"},"
	  "{\"@Name\":\"User Name\",\"#text\":\"b\"},{\"@Name\":\"Last\"}]}}}",
	  "Provider_Name=P EventID=1 Channel=Microsoft-Windows-Sysmon/Operational Image=a "
	  "Nothing= UserName=b Last=",
	  "windows/process_creation/sysmon" },
	{ "Winlogbeat 8",
	  "{\"@timestamp\":\"2026-11-21T00:00:00Z\",\"winlog\":{\"event_data\":{\"Image\":\"i\","
	  "\"Threat Name\":\"t\"},\"channel\":\"Microsoft-Windows-Sysmon/Operational\","
	  "\"event_id\":\"3\",\"process\":{\"pid\":1,\"thread\":{\"id\":2}},"
	  "\"provider_name\":\"Microsoft-Windows-Sysmon\",\"computer_name\":\"c\","
	  "\"record_id\":9,\"user\":{\"identifier\":\"S\"}},\"host\":{\"name\":\"h\"}}",
	  "Channel=Microsoft-Windows-Sysmon/Operational EventID=3 Execution_ProcessID=1 "
	  "Execution_ThreadID=2 Provider_Name=Microsoft-Windows-Sysmon Computer=c "
	  "EventRecordID=9 Security_UserID=S @timestamp=2026-11-21T00:00:00Z Image=i "
	  "ThreatName=t host.name=h",
	  "windows/network_connection/sysmon" },
	{ "Winlogbeat, dotted, unnamed data of the classic log",
	  "{\"winlog.channel\":\"Windows PowerShell\",\"winlog.event_id\":600,"
	  "\"winlog.event_data.param1\":\"a\",\"winlog.event_data.param2\":\"b\"}",
	  "Channel=Windows PowerShell EventID=600 Data+=a Data+=b",
	  "windows/ps_classic_provider_start/powershell-classic" },
	{ "Winlogbeat, where param1 is a name",
	  "{\"winlog\":{\"channel\":\"System\",\"event_id\":7036,\"event_data\":"
	  "{\"param1\":\"a\"},\"user_data\":{\"xml_name\":\"EventXML\",\"User\":\"u\"}}}",
	  "Channel=System EventID=7036 param1=a xml_name=EventXML User=u", "windows//system" },
	{ "Winlogbeat 6",
	  "{\"event_data\":{\"Image\":\"i\"},\"event_id\":1,\"log_name\":"
	  "\"Microsoft-Windows-Sysmon/Operational\",\"source_name\":\"s\"}",
	  "EventID=1 Channel=Microsoft-Windows-Sysmon/Operational Provider_Name=s Image=i",
	  "windows/process_creation/sysmon" },
	{ "flat",
	  "{\"Channel\":\"security\",\"EventID\":\"4624\",\"SourceName\":"
	  "\"Microsoft-Windows-Security-Auditing\",\"Logon Type\":3}",
	  "Channel=security EventID=4624 SourceName=Microsoft-Windows-Security-Auditing "
	  "LogonType=3 Provider_Name=Microsoft-Windows-Security-Auditing",
	  "windows//security" },
	{ "flat, without a channel",
	  "{\"EventID\":1,\"Provider_Name\":\"microsoft-windows-sysmon\",\"Image\":\"i\"}",
	  "EventID=1 Provider_Name=microsoft-windows-sysmon Image=i",
	  "windows/process_creation/sysmon" },
	{ "flat, a log that is not known", "{\"Channel\":\"Some/Log\",\"EventID\":1}",
	  "Channel=Some/Log EventID=1", "windows//" },
	{ "not of Windows", "{\"Channel\":\"#general\",\"text\":\"hello\",\"a b\":1}",
	  "Channel=#general text=hello a b=1", "//" },
	{ "Sysmon for Linux", "{\"Channel\":\"Linux-Sysmon/Operational\",\"EventID\":11}",
	  "Channel=Linux-Sysmon/Operational EventID=11", "linux/file_event/sysmon" },
	{ "with an envelope: as it is",
	  "{\"hikeshi\":{\"product\":\"aws\",\"service\":\"cloudtrail\"},\"Event\":{\"System\":"
	  "{\"Channel\":\"Security\",\"EventID\":1}},\"a b\":1}",
	  "Event.System.Channel=Security Event.System.EventID=1 a b=1", "aws//cloudtrail" },
	{ "no fields", "{}", "", "//" },
	{ "process creation in Security",
	  "{\"Event\":{\"System\":{\"EventID\":4688,\"Channel\":\"Security\"},\"EventData\":{"
	  "\"SubjectUserName\":\"u\",\"SubjectDomainName\":\"D\",\"SubjectLogonId\":\"0x3e7\","
	  "\"NewProcessId\":\"0x1F4\",\"NewProcessName\":\"n\",\"ProcessId\":\"0x10\","
	  "\"CommandLine\":\"c\",\"ParentProcessName\":\"p\",\"MandatoryLabel\":"
	  "\"S-1-16-12288\"}}}",
	  "EventID=4688 Channel=Security SubjectUserName=u SubjectDomainName=D "
	  "SubjectLogonId=0x3e7 NewProcessId=0x1F4 NewProcessName=n ParentProcessId=16 "
	  "CommandLine=c ParentProcessName=p MandatoryLabel=S-1-16-12288 Image=n ParentImage=p "
	  "LogonId=0x3e7 ProcessId=500 IntegrityLevel=High User=D\\u",
	  "windows/process_creation/security" },
	{ "Defender",
	  "{\"Event\":{\"System\":{\"EventID\":1116,\"Channel\":"
	  "\"Microsoft-Windows-Windows Defender/Operational\"},\"EventData\":"
	  "{\"Threat Name\":\"t\",\"Path\":\"p\"}}}",
	  "EventID=1116 Channel=Microsoft-Windows-Windows Defender/Operational ThreatName=t Path=p "
	  "Signature=t Filename=p",
	  "windows/antivirus/windefend" },
};

TEST(windows_forms)
{
	struct event_decoder *decoder = event_decoder_new();
	struct buf buf;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const bool before = test_failed;
		struct event event;
		struct err err = ERR_INIT;

		test_failed = false;
		if (event_decode_any(decoder, sv_from(forms[i].json), &event, &err) < 0) {
			printf("# %s\n", err.text);
			event = (struct event){ 0 };
		}
		buf_clear(&buf);
		for (size_t k = 0; k < event.count; k++) {
			buf_printf(&buf, "%s%.*s%s=%.*s", k ? " " : "", SV_ARG(event.field[k].name),
				   event.field[k].in_array ? "+" : "", SV_ARG(event.field[k].text));
			CHECK(event.field[k].name_hash == sv_hash_case(event.field[k].name));
		}
		CHECK_SV(buf_sv(&buf), sv_from(forms[i].fields));
		buf_clear(&buf);
		buf_printf(&buf, "%.*s/%.*s/%.*s", SV_ARG(event.envelope.product),
			   SV_ARG(event.envelope.category), SV_ARG(event.envelope.service));
		CHECK_SV(buf_sv(&buf), sv_from(forms[i].logsource));
		CHECK_SV(event.raw, sv_from(forms[i].json));
		if (test_failed)
			printf("# in: %s\n", forms[i].what);
		test_failed |= before;
	}
	buf_done(&buf);
	event_decoder_free(decoder);
}

/* What was converted, encoded and decoded again is not converted twice. */
TEST(windows_again)
{
	struct event_decoder *first = event_decoder_new(), *second = event_decoder_new();
	struct buf buf;

	buf_init(&buf, 1 << 20);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct event a, b;
		struct err err = ERR_INIT;

		buf_clear(&buf);
		REQUIRE(event_decode_any(first, sv_from(forms[i].json), &a, &err) == 0);
		REQUIRE(event_encode(&a, &buf, &err) == 0);
		REQUIRE(event_decode_any(second, buf_sv(&buf), &b, &err) == 0);
		/* a name that stands twice moves to its first place */
		CHECK_INT(a.count, b.count);
		CHECK_SV(a.envelope.category, b.envelope.category);
		CHECK_INT(a.envelope.observed.us, b.envelope.observed.us);
		for (size_t k = 0; k < a.count; k++)
			CHECK_SV(event_text(&a, a.field[k].name), event_text(&b, a.field[k].name));
	}
	buf_done(&buf);
	event_decoder_free(first);
	event_decoder_free(second);
}

TEST(windows_observed)
{
	static const struct {
		const char *json;
		int64_t us;
	} row[] = {
		{ "{}", 0 },
		{ "{\"@timestamp\":\"1970-01-01T00:00:02Z\"}", 2000000 },
		{ "{\"UtcTime\":\"1970-01-01 00:00:02.5\"}", 2500000 },
		{ "{\"timestamp\":3.25}", 3250000 },
		{ "{\"timestamp\":-1}", 0 },
		{ "{\"timestamp\":1e300}", 0 },
		{ "{\"timestamp\":\"yesterday\",\"EventTime\":\"1970-01-01T00:00:01Z\"}", 1000000 },
		{ "{\"System\":{\"TimeCreated\":{\"SystemTime\":1700000000.5},\"Channel\":\"x\"}}",
		  1700000000500000 },
		{ "{\"hikeshi\":{\"observed\":\"1970-01-01T00:00:09Z\"},"
		  "\"@timestamp\":\"1970-01-01T00:00:02Z\"}",
		  9000000 },
	};
	struct event_decoder *decoder = event_decoder_new();

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct event event;
		struct err err = ERR_INIT;

		REQUIRE(event_decode_any(decoder, sv_from(row[i].json), &event, &err) == 0);
		CHECK_INT(event.envelope.observed.us, row[i].us);
	}
	event_decoder_free(decoder);
}

/* An event with as many values as there may be gets no aliases, and no error. */
/* A name that stands as a text is bounded like any other. */
TEST(windows_long_name)
{
	struct event_decoder *decoder = event_decoder_new();

	for (int n = EVENT_NAME_MAX; n <= EVENT_NAME_MAX + 1; n++) {
		char name[EVENT_NAME_MAX + 2] = "", text[EVENT_NAME_MAX + 200];
		struct err err = ERR_INIT;
		struct event event;

		memset(name, 'n', (size_t)n);
		snprintf(text, sizeof text,
			 "{\"Event\":{\"System\":{\"Provider\":{\"@Name\":\"P\"},\"EventID\":1},"
			 "\"EventData\":{\"Data\":[{\"@Name\":\"%s\",\"#text\":\"x\"}]}}}",
			 name);
		CHECK_INT(event_decode_any(decoder, sv_from(text), &event, &err),
			  n > EVENT_NAME_MAX ? -1 : 0);
		CHECK_INT(err.code, n > EVENT_NAME_MAX ? ERR_RANGE : ERR_OK);
	}
	event_decoder_free(decoder);
}

TEST(windows_full_event)
{
	struct event_decoder *decoder = event_decoder_new();

	for (size_t values = EVENT_FIELDS_MAX - 4; values <= EVENT_FIELDS_MAX; values++) {
		struct event event;
		struct err err = ERR_INIT;
		struct buf buf, line;

		buf_init(&buf, EVENT_BYTES_MAX);
		buf_init(&line, EVENT_BYTES_MAX);
		buf_put_sv(&buf, SV("{\"Channel\":\"Security\",\"EventID\":4688,"
				    "\"NewProcessName\":\"n\",\"SubjectUserName\":\"u\",\"x\":[0"));
		for (size_t i = 5; i < values; i++)
			buf_put_sv(&buf, SV(",0"));
		buf_put_sv(&buf, SV("]}"));
		REQUIRE(event_decode_any(decoder, buf_sv(&buf), &event, &err) == 0);
		CHECK_INT(event.count,
			  values + 2 <= EVENT_FIELDS_MAX ? values + 2 : EVENT_FIELDS_MAX);
		CHECK_INT(event_encode(&event, &line, &err), 0);
		buf_done(&buf);
		buf_done(&line);
	}
	event_decoder_free(decoder);
}

/* ---- classification alone ---- */

TEST(classify_table)
{
	static const struct {
		const char *channel, *id, *type, *category, *service;
	} row[] = {
		{ "Microsoft-Windows-Sysmon/Operational", "12", "CreateKey", "registry_add",
		  "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "12", "DeleteKey", "registry_delete",
		  "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "12", "DeleteValue", "registry_delete",
		  "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "12", "Other", "registry_event",
		  "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "14", "RenameKey", "registry_rename",
		  "sysmon" },
		{ "MICROSOFT-WINDOWS-SYSMON/OPERATIONAL", "18", "", "pipe_created", "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "21", "", "wmi_event", "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "255", "", "sysmon_error", "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "30", "", "", "sysmon" },
		{ "Microsoft-Windows-Sysmon/Operational", "x", "", "", "sysmon" },
		{ "Microsoft-Windows-PowerShell/Operational", "4103", "", "ps_module",
		  "powershell" },
		{ "PowerShellCore/Operational", "4104", "", "ps_script", "powershell" },
		{ "Windows PowerShell", "800", "", "ps_classic_script", "powershell-classic" },
		{ "Security", "1", "", "", "security" },
		{ "DNS Server", "150", "", "", "dns-server" },
		{ "Microsoft-Windows-DriverFrameworks-UserMode/Operational", "2003", "", "",
		  "driver-framework" },
		{ "Microsoft-Windows-Kernel-File/Analytic", "12", "", "file_access",
		  "kernel-file" },
		{ "Microsoft-Windows-Kernel-File/Analytic", "27", "", "file_rename",
		  "kernel-file" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct event_builder *builder = event_builder_new();
		struct event event;

		event_builder_text(builder, SV("Channel"), sv_from(row[i].channel));
		event_builder_text(builder, SV("EventID"), sv_from(row[i].id));
		event_builder_text(builder, SV("EventType"), sv_from(row[i].type));
		event = event_builder_event(builder);
		event_classify(&event);
		CHECK_SV(event.envelope.product, SV("windows"));
		CHECK_SV(event.envelope.category, sv_from(row[i].category));
		CHECK_SV(event.envelope.service, sv_from(row[i].service));
		event_builder_free(builder);
	}
}

/* What a sender said stays, and another product's event is left alone. */
TEST(classify_given)
{
	struct event_builder *builder = event_builder_new();
	struct event event;

	event_builder_text(builder, SV("Channel"), SV("Security"));
	event_builder_number(builder, SV("EventID"), 4688);
	event_builder_envelope(builder)->product = SV("linux");
	event = event_builder_event(builder);
	event_classify(&event);
	CHECK_INT(event.envelope.category.n + event.envelope.service.n, 0);
	event_builder_envelope(builder)->product = SV("windows");
	event_builder_envelope(builder)->category = SV("mine");
	event = event_builder_event(builder);
	event_classify(&event);
	CHECK_SV(event.envelope.category, SV("mine"));
	CHECK_SV(event.envelope.service, SV("security"));
	event_builder_free(builder);
}

TEST(classify_parents)
{
	CHECK_SV(event_category_parent(SV("registry_set")), SV("registry_event"));
	CHECK_SV(event_category_parent(SV("registry_add")), SV("registry_event"));
	CHECK_SV(event_category_parent(SV("registry_delete")), SV("registry_event"));
	CHECK_SV(event_category_parent(SV("registry_rename")), SV("registry_event"));
	CHECK(event_category_parent(SV("registry_event")).p == NULL);
	CHECK(event_category_parent(SV_NONE).p == NULL);
}

TEST(classify_known)
{
	static const struct {
		const char *product, *category, *service;
		bool known;
	} row[] = {
		{ "windows", "", "", true },
		{ "windows", "process_creation", "", true },
		{ "windows", "process_creation", "security", true },
		{ "windows", "process_creation", "system", false },
		{ "windows", "registry_event", "", true },
		{ "windows", "file_access", "", true },
		{ "windows", "file_rename", "", true },
		{ "windows", "", "dns-server", true },
		{ "windows", "", "nothing", false },
		{ "", "antivirus", "", true },
		{ "", "process_creation", "", true },
		{ "linux", "", "", true },
		{ "linux", "process_creation", "", true },
		{ "linux", "file_delete", "", true },
		{ "linux", "", "auditd", true },
		{ "linux", "process_creation", "sysmon", true },
		{ "hikeshi", "agent_health", "", true },
		{ "aws", "", "cloudtrail", true },
		{ "", "webserver", "", true },
		{ "macos", "process_creation", "", true },
		{ "macos", "registry_set", "", false },
		{ "linux", "", "auth", true },
		{ "zeek", "proxy", "", true },
		{ "paloalto", "file_event", "globalprotect", false },
		{ "", "", "", true },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (event_logsource_known(sv_from(row[i].product), sv_from(row[i].category),
					  sv_from(row[i].service)) != row[i].known) {
			printf("# row %zu\n", i);
			CHECK(!"known as the row says");
		}
}
