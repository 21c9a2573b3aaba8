// Writes Sysmon-shaped events, always the same ones, one JSON object a line as
// EVTX exporters write them: process creations, network connections, file
// creations, registry changes, image loads.
//
// usage: node bench/make-events.mjs COUNT FILE

import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const [count, path] = [Number(process.argv[2]), process.argv[3]];
if (!(count > 0) || !path) {
	console.error('usage: node bench/make-events.mjs COUNT FILE');
	process.exit(2);
}

// A small generator with a fixed seed (mulberry32): the same file on each machine.
let state = 20260401;
function random() {
	state = (state + 0x6d2b79f5) | 0;
	let t = Math.imul(state ^ (state >>> 15), 1 | state);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const hex = (digits) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('').toUpperCase();
const guid = () => `{${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}}`;

const images = [
	['C:\\Windows\\System32\\svchost.exe', 'C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule', 'Host Process for Windows Services'],
	['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', '"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe" --type=renderer --lang=ja --device-scale-factor=1 --num-raster-threads=4', 'Google Chrome'],
	['C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', 'powershell.exe -NoProfile -File C:\\Tools\\inventory.ps1', 'Windows PowerShell'],
	['C:\\Windows\\System32\\cmd.exe', 'C:\\Windows\\system32\\cmd.exe /c dir C:\\Users\\Public\\Documents', 'Windows Command Processor'],
	['C:\\Windows\\System32\\conhost.exe', '\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1', 'Console Window Host'],
	['C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE', '"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE" "C:\\Users\\tanaka\\Documents\\見積書_2026年4月.xlsx"', 'Microsoft Excel'],
	['C:\\Windows\\System32\\taskhostw.exe', 'taskhostw.exe Install $(Arg0)', 'Host Process for Windows Tasks'],
	['C:\\Windows\\explorer.exe', 'C:\\Windows\\Explorer.EXE', 'Windows Explorer'],
];
const parents = images.filter(([image]) => /svchost|explorer|taskhostw/.test(image));
const users = ['SHOTEN\\tanaka', 'SHOTEN\\suzuki', 'NT AUTHORITY\\SYSTEM', 'SHOTEN\\kanri'];
const makers = [
	[1, () => {
		const [image, command, description] = pick(images), [parent, parentCommand] = pick(parents);
		return {
			RuleName: '-', UtcTime: '', ProcessGuid: guid(), ProcessId: 4 * Math.floor(random() * 5000), Image: image,
			FileVersion: '10.0.19041.1 (WinBuild.160101.0800)', Description: description, Product: 'Microsoft® Windows® Operating System',
			Company: 'Microsoft Corporation', OriginalFileName: image.split('\\').pop(), CommandLine: command,
			CurrentDirectory: 'C:\\Windows\\system32\\', User: pick(users), LogonGuid: guid(), LogonId: `0x${hex(5)}`,
			TerminalSessionId: 1, IntegrityLevel: pick(['Medium', 'High', 'System']),
			Hashes: `SHA1=${hex(40)},MD5=${hex(32)},SHA256=${hex(64)},IMPHASH=${hex(32)}`,
			ParentProcessGuid: guid(), ParentProcessId: 4 * Math.floor(random() * 5000), ParentImage: parent,
			ParentCommandLine: parentCommand, ParentUser: pick(users),
		};
	}],
	[3, () => ({
		RuleName: '-', UtcTime: '', ProcessGuid: guid(), ProcessId: 4 * Math.floor(random() * 5000), Image: pick(images)[0],
		User: pick(users), Protocol: 'tcp', Initiated: 'true', SourceIsIpv6: 'false', SourceIp: '192.0.2.15',
		SourceHostname: 'PC-0451.shoten.example', SourcePort: 49152 + Math.floor(random() * 16000), SourcePortName: '-',
		DestinationIsIpv6: 'false', DestinationIp: `198.51.100.${Math.floor(random() * 255)}`,
		DestinationHostname: 'www.example.com', DestinationPort: pick([80, 443, 445, 3389]), DestinationPortName: 'https',
	})],
	[11, () => ({
		RuleName: '-', UtcTime: '', ProcessGuid: guid(), ProcessId: 4 * Math.floor(random() * 5000), Image: pick(images)[0],
		TargetFilename: `C:\\Users\\tanaka\\AppData\\Local\\Temp\\${hex(8)}\\${pick(['data.tmp', '請求書.xlsx', 'setup.log', 'cache.bin'])}`,
		CreationUtcTime: '2026-04-01 00:00:00.000', User: pick(users),
	})],
	[13, () => ({
		RuleName: '-', EventType: 'SetValue', UtcTime: '', ProcessGuid: guid(), ProcessId: 4 * Math.floor(random() * 5000),
		Image: pick(images)[0], TargetObject: `HKU\\S-1-5-21-${Math.floor(random() * 1e9)}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\${hex(8)}`,
		Details: `DWORD (0x${hex(8)})`, User: pick(users),
	})],
	[7, () => ({
		RuleName: '-', UtcTime: '', ProcessGuid: guid(), ProcessId: 4 * Math.floor(random() * 5000), Image: pick(images)[0],
		ImageLoaded: `C:\\Windows\\System32\\${pick(['kernel32', 'ntdll', 'user32', 'combase', 'crypt32'])}.dll`,
		FileVersion: '10.0.19041.1 (WinBuild.160101.0800)', Description: 'Windows DLL', Product: 'Microsoft® Windows® Operating System',
		Company: 'Microsoft Corporation', OriginalFileName: 'kernel32', Hashes: `SHA1=${hex(40)},SHA256=${hex(64)}`,
		Signed: 'true', Signature: 'Microsoft Windows', SignatureStatus: 'Valid', User: pick(users),
	})],
];

const out = createWriteStream(path);
let part = '';
for (let number = 1; number <= count; number++) {
	const [id, make] = makers[Math.floor(random() * random() * makers.length)];
	const at = new Date(1774998000000 + number * 17);
	const data = make();
	data.UtcTime = at.toISOString().replace('T', ' ').replace('Z', '');
	part += `${JSON.stringify({
		Event: {
			System: {
				Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon', Guid: '5770385F-C22A-43E0-BF4C-06F5698FFBD9' } },
				EventID: id, Version: 5, Level: 4, Task: id, Opcode: 0, Keywords: '0x8000000000000000',
				TimeCreated: { '#attributes': { SystemTime: at.toISOString() } }, EventRecordID: number,
				Execution: { '#attributes': { ProcessID: 2868, ThreadID: 4012 } },
				Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: 'PC-0451.shoten.example',
				Security: { '#attributes': { UserID: 'S-1-5-18' } },
			},
			EventData: data,
		},
	})}\n`;
	if (part.length > 1 << 20) {
		if (!out.write(part))
			await once(out, 'drain');
		part = '';
	}
}
out.end(part);
await once(out, 'finish');
