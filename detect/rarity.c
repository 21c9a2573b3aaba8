#include "detect/rarity.h"

#include "detect/find.h"

/* Whatever is part of one of these lines stands in the events of any machine. Folded. */
static const char common[] =
	"c:\\windows\\system32\\svchost.exe -k netsvcs -p -s \n"
	"c:\\windows\\syswow64\\\n"
	"c:\\windows\\system32\\drivers\\\n"
	"c:\\windows\\explorer.exe\n"
	"c:\\windows\\system32\\cmd.exe\n"
	"c:\\windows\\system32\\cmd.exe /c \n"
	"c:\\windows\\system32\\conhost.exe 0xffffffff -forcev1\n"
	"c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe\n"
	"c:\\windows\\system32\\rundll32.exe\n"
	"c:\\windows\\system32\\taskhostw.exe\n"
	"c:\\windows\\system32\\services.exe\n"
	"c:\\windows\\system32\\lsass.exe\n"
	"c:\\windows\\system32\\wbem\\wmiprvse.exe -secured -embedding\n"
	"c:\\windows\\system32\\searchindexer.exe\n"
	"c:\\windows\\system32\\msiexec.exe\n"
	"c:\\windows\\system32\\dllhost.exe /processid:{\n"
	"c:\\windows\\system32\\reg.exe\n"
	"c:\\windows\\system32\\sc.exe\n"
	"c:\\windows\\system32\\net.exe\n"
	"c:\\windows\\system32\\net1.exe\n"
	"c:\\windows\\system32\\schtasks.exe\n"
	"c:\\windows\\system32\\wscript.exe\n"
	"c:\\windows\\system32\\kernel32.dll\n"
	"c:\\windows\\system32\\ntdll.dll\n"
	"c:\\windows\\system32\\config\\systemprofile\\\n"
	"c:\\windows\\temp\\\n"
	"c:\\windows\\winsxs\\amd64_\n"
	"c:\\windows\\microsoft.net\\framework64\\v4.0.30319\\\n"
	"c:\\program files\\google\\chrome\\application\\chrome.exe\n"
	"c:\\program files (x86)\\microsoft\\edge\\application\\msedge.exe\n"
	"c:\\program files\\microsoft office\\root\\office16\\winword.exe\n"
	"c:\\program files\\microsoft office\\root\\office16\\excel.exe\n"
	"c:\\program files\\microsoft office\\root\\office16\\outlook.exe\n"
	"c:\\program files\\windows defender\\msmpeng.exe\n"
	"c:\\program files\\common files\\microsoft shared\\\n"
	"c:\\programdata\\microsoft\\\n"
	"c:\\users\\public\\desktop\\\n"
	"c:\\users\\user\\appdata\\local\\temp\\\n"
	"c:\\users\\user\\appdata\\local\\microsoft\\\n"
	"c:\\users\\user\\appdata\\roaming\\microsoft\\windows\\start menu\\programs\\startup\\\n"
	"c:\\users\\user\\downloads\\\n"
	"c:\\users\\user\\documents\\\n"
	"hklm\\software\\microsoft\\windows\\currentversion\\run\\\n"
	"hklm\\software\\microsoft\\windows nt\\currentversion\\\n"
	"hklm\\software\\wow6432node\\microsoft\\\n"
	"hklm\\software\\policies\\microsoft\\windows\\\n"
	"hklm\\system\\currentcontrolset\\services\\\n"
	"hklm\\system\\currentcontrolset\\control\\\n"
	"hku\\s-1-5-21-\\software\\classes\\\n"
	"hkcu\\software\\microsoft\\office\\16.0\\\n"
	"microsoft® windows® operating system\n"
	"microsoft corporation\n"
	"windows command processor\n"
	"nt authority\\system\n"
	"nt authority\\local service\n"
	"nt authority\\network service\n"
	"--type=renderer --lang=en-us --field-trial-handle=\n"
	"https://www.\n"
	"http://\n"
	".com/\n"
	".dll,\n"
	".exe\" \n"
	".exe -\n"
	".exe /\n"
	".txt\n"
	".log\n"
	".tmp\n"
	".xml\n"
	".lnk\n"
	".zip\n"
	".docx\n"
	".xlsx\n"
	".pdf\n"
	".js\n"
	".vbs\n"
	".ps1\n"
	".bat\n"
	".cmd\n"
	".msi\n"
	".jpg\n"
	".png\n"
	".py\n"
	".sh\n"
	" -c \n"
	" /c \n"
	" /s \n"
	" /q \n"
	" -s \n"
	" -e \n"
	" -f \n"
	" -i \n"
	" -o \n"
	" -p \n"
	" -n \n"
	" -noprofile -noninteractive -executionpolicy bypass -file \n"
	"system.management.automation\n"
	"microsoft.powershell\n"
	"function \n"
	"param(\n"
	"return \n"
	"write-host\n"
	"dword (0x00000000)\n"
	"dword (0x00000001)\n"
	"dword (0x00000002)\n"
	"binary data\n"
	"/usr/bin/bash\n"
	"/bin/sh -c \n"
	"/usr/bin/python3\n"
	"/usr/bin/sudo\n"
	"/usr/bin/systemctl\n"
	"/usr/bin/dpkg\n"
	"/usr/bin/apt-get\n"
	"/usr/bin/grep\n"
	"/usr/bin/find\n"
	"/usr/bin/cat\n"
	"/usr/bin/curl\n"
	"/usr/bin/sed\n"
	"/usr/lib/systemd/systemd\n"
	"/usr/lib/x86_64-linux-gnu/\n"
	"/usr/sbin/cron -f\n"
	"/usr/sbin/sshd -d\n"
	"/usr/local/bin/\n"
	"/etc/init.d/\n"
	"/var/lib/dpkg/\n"
	"/var/log/\n"
	"/home/user/\n"
	"/proc/self/\n"
	"/dev/null\n"
	"/tmp/\n"
	"/opt/\n"
	"update service install config setup server client network manager version \n"
	"user host system process name path file folder data report download default \n"
	"program module package library template document project session profile \n"
	"start stop status query create delete change add remove list view get set \n"
	"--version --help --config --output --verbose --user --name --path --no- \n"
	"true\n"
	"false\n"
	"system\n"
	"high\n"
	"medium\n"
	"low\n"
	"tcp\n"
	"udp\n"
	"success\n"
	"failure\n"
	"audit success\n"
	"s-1-5-18\n"
	"127.0.0.1\n"
	"0x1000\n"
	"0x1fffff\n"
	"0x0\n"
	"0x3e7\n"
	"::1\n";

struct sv rarity_common(void)
{
	return (struct sv){ common, sizeof common - 1 };
}

static bool is_common(struct sv text)
{
	return find_text(rarity_common(), text, 0) != SIZE_MAX;
}

static bool is_number(struct sv text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

double rarity_of(enum literal_kind kind, struct sv text)
{
	/* Each further letter makes a text rarer, less so in words that people write. */
	double share = kind == LITERAL_CONTAINS ? 0.5 : 0.1;

	if (text.n == 0)
		return 0.1;
	if (kind == LITERAL_EXACT && is_number(text))
		return 0.02;
	if (is_common(text)) {
		if (kind == LITERAL_CONTAINS && text.n <= 2)
			return text.n == 1 ? 0.9 : 0.5;
		return text.n < 6 ? 0.3 : 0.15;
	}
	for (size_t i = 0; i < text.n && share > 1e-6; i++)
		share *= 0.55;
	return share;
}
