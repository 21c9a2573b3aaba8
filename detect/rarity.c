#include "detect/rarity.h"

/* Whatever is part of one of these stands in the events of any machine. Folded. */
static const char *const common[] = {
	"c:\\windows\\system32\\svchost.exe -k netsvcs -p -s ",
	"c:\\windows\\syswow64\\",
	"c:\\windows\\system32\\drivers\\",
	"c:\\windows\\explorer.exe",
	"c:\\windows\\system32\\cmd.exe",
	"c:\\windows\\system32\\cmd.exe /c ",
	"c:\\windows\\system32\\conhost.exe 0xffffffff -forcev1",
	"c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe",
	"c:\\windows\\system32\\rundll32.exe",
	"c:\\windows\\system32\\taskhostw.exe",
	"c:\\windows\\system32\\services.exe",
	"c:\\windows\\system32\\lsass.exe",
	"c:\\windows\\system32\\wbem\\wmiprvse.exe -secured -embedding",
	"c:\\windows\\system32\\searchindexer.exe",
	"c:\\windows\\system32\\msiexec.exe",
	"c:\\windows\\system32\\dllhost.exe /processid:{",
	"c:\\windows\\system32\\reg.exe",
	"c:\\windows\\system32\\sc.exe",
	"c:\\windows\\system32\\net.exe",
	"c:\\windows\\system32\\net1.exe",
	"c:\\windows\\system32\\schtasks.exe",
	"c:\\windows\\system32\\wscript.exe",
	"c:\\windows\\system32\\kernel32.dll",
	"c:\\windows\\system32\\ntdll.dll",
	"c:\\windows\\system32\\config\\systemprofile\\",
	"c:\\windows\\temp\\",
	"c:\\windows\\winsxs\\amd64_",
	"c:\\windows\\microsoft.net\\framework64\\v4.0.30319\\",
	"c:\\program files\\google\\chrome\\application\\chrome.exe",
	"c:\\program files (x86)\\microsoft\\edge\\application\\msedge.exe",
	"c:\\program files\\microsoft office\\root\\office16\\winword.exe",
	"c:\\program files\\microsoft office\\root\\office16\\excel.exe",
	"c:\\program files\\microsoft office\\root\\office16\\outlook.exe",
	"c:\\program files\\windows defender\\msmpeng.exe",
	"c:\\program files\\common files\\microsoft shared\\",
	"c:\\programdata\\microsoft\\",
	"c:\\users\\public\\desktop\\",
	"c:\\users\\user\\appdata\\local\\temp\\",
	"c:\\users\\user\\appdata\\local\\microsoft\\",
	"c:\\users\\user\\appdata\\roaming\\microsoft\\windows\\start menu\\programs\\startup\\",
	"c:\\users\\user\\downloads\\",
	"c:\\users\\user\\documents\\",
	"hklm\\software\\microsoft\\windows\\currentversion\\run\\",
	"hklm\\software\\microsoft\\windows nt\\currentversion\\",
	"hklm\\software\\wow6432node\\microsoft\\",
	"hklm\\software\\policies\\microsoft\\windows\\",
	"hklm\\system\\currentcontrolset\\services\\",
	"hklm\\system\\currentcontrolset\\control\\",
	"hku\\s-1-5-21-\\software\\classes\\",
	"hkcu\\software\\microsoft\\office\\16.0\\",
	"microsoft® windows® operating system",
	"microsoft corporation",
	"windows command processor",
	"nt authority\\system",
	"nt authority\\local service",
	"nt authority\\network service",
	"--type=renderer --lang=en-us --field-trial-handle=",
	"https://www.", "http://", ".com/", ".dll,", ".exe\" ", ".exe -", ".exe /", ".txt", ".log", ".tmp", ".xml",
	".lnk", ".zip", ".docx", ".xlsx", ".pdf", ".js", ".vbs", ".ps1", ".bat", ".cmd", ".msi", ".jpg", ".png",
	".py", ".sh", " -c ", " /c ", " /s ", " /q ", " -s ", " -e ", " -f ", " -i ", " -o ", " -p ", " -n ",
	" -noprofile -noninteractive -executionpolicy bypass -file ",
	"system.management.automation", "microsoft.powershell", "function ", "param(", "return ", "write-host",
	"dword (0x00000000)", "dword (0x00000001)", "dword (0x00000002)", "binary data",
	"/usr/bin/bash", "/bin/sh -c ", "/usr/bin/python3", "/usr/bin/sudo", "/usr/bin/systemctl", "/usr/bin/dpkg",
	"/usr/bin/apt-get", "/usr/bin/grep", "/usr/bin/find", "/usr/bin/cat", "/usr/bin/curl", "/usr/bin/sed",
	"/usr/lib/systemd/systemd", "/usr/lib/x86_64-linux-gnu/", "/usr/sbin/cron -f", "/usr/sbin/sshd -d",
	"/usr/local/bin/", "/etc/init.d/", "/var/lib/dpkg/", "/var/log/", "/home/user/", "/proc/self/", "/dev/null",
	"/tmp/", "/opt/",
	"true", "false", "system", "high", "medium", "low", "tcp", "udp", "success", "failure", "audit success",
	"s-1-5-18", "127.0.0.1", "0x1000", "0x1fffff", "0x0", "0x3e7", "::1",
};

static bool is_common(struct sv text)
{
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (sv_find(sv_from(common[i]), text, 0) != SIZE_MAX)
			return true;
	return false;
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
	if (is_common(text))
		return text.n < 6 ? 0.3 : 0.15;
	for (size_t i = 0; i < text.n && share > 1e-6; i++)
		share *= 0.55;
	return share;
}
