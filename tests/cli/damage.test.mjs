// What hikeshi hunt does where something is wrong: it uses what can be read,
// counts what cannot, and says so.

import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { EVTX_CHUNK, EVTX_HEADER, makeEvtx } from './evtx.mjs';
import { english, file, folder, HARMLESS, HIKESHI, lines, objects, rule, RULES, SHELL, SHELL_RULE, shell } from './program.mjs';

const own = ['hunt', '--rules', RULES];
const ndjson = [...own, '--json'];
const EVENT_BYTES_MAX = 1 << 20;
const good = JSON.stringify(SHELL);

const cleared = { provider: 'Microsoft-Windows-Eventlog', id: 1102, channel: 'Security', computer: 'PC-1', time: Date.parse('2026-11-21T01:02:03Z') };
const chunks = [5, 5, 5].map((n) => Array.from({ length: n }, () => cleared));
const evtx = () => makeEvtx(chunks);

test('EVTX that is cut or damaged', async (t) => {
	const rows = [
		{ name: 'whole', change: (b) => b, found: 15, status: 0 },
		{ name: 'cut between two chunks', change: (b) => b.subarray(0, EVTX_HEADER + 2 * EVTX_CHUNK), found: 10, lost: 5 },
		{ name: 'cut in the records of a chunk', change: (b) => b.subarray(0, EVTX_HEADER + EVTX_CHUNK + 512 + 2000), least: 5 },
		{ name: 'cut in the head of a chunk', change: (b) => b.subarray(0, EVTX_HEADER + 2 * EVTX_CHUNK + 100), found: 10, least: 10 },
		{ name: 'only the header', change: (b) => b.subarray(0, EVTX_HEADER), found: 0, lost: 15 },
		{ name: 'half of the header', change: (b) => b.subarray(0, 2000), found: 0 },
		{ name: 'a chunk of zeros', change: (b) => b.fill(0, EVTX_HEADER + EVTX_CHUNK, EVTX_HEADER + 2 * EVTX_CHUNK), found: 10, lost: 1 },
		{ name: 'room that was not used yet behind the last chunk', change: (b) => Buffer.concat([b, Buffer.alloc(EVTX_CHUNK)]), found: 15, status: 0 },
		{ name: 'a wrong checksum: all is used', change: (b) => { b[EVTX_HEADER + EVTX_CHUNK + 52] ^= 1; return b; }, found: 15, status: 0, words: /1 places have a wrong checksum/ },
		{ name: 'noise in a record', change: (b) => b.fill(0xa5, EVTX_HEADER + 512 + 60, EVTX_HEADER + 512 + 400), least: 10 },
	];
	for (const [i, row] of rows.entries()) {
		await t.test(row.name, () => {
			const path = file(`damage-${i}.evtx`, row.change(evtx()));
			const done = english(row.status ?? 65, [...ndjson, path]);
			const list = objects(done.out);
			assert.ok(list.every((line) => line.rule.title === 'Security Log Cleared'));
			if (row.found !== undefined) assert.equal(list.length, row.found);
			assert.ok(list.length >= (row.least ?? 0), `${list.length} found`);
			const lost = Number(/^(\d+) records could not be read/m.exec(done.err)?.[1] ?? 0);
			assert.equal(lost > 0, (row.status ?? 65) === 65, done.err);
			if (row.lost) assert.equal(lost, row.lost);
			if (row.words) assert.match(done.err, row.words);
			if (row.status !== 0) assert.match(done.err, new RegExp(`^hikeshi: ${path}: `, 'm'), 'the file is named');
		});
	}
});

test('lines that are no events are counted, the others used', async (t) => {
	const rows = [
		['no JSON', [good, 'no json', good], [1, 3], 1],
		['cut at the end', [good, good.slice(0, 60)], [1], 1],
		['no object', [good, '[1]', '7', good], [1, 4], 2],
		['bytes that are no UTF-8', Buffer.concat([Buffer.from(`${good}\n{"a":"`), Buffer.from([0xff]), Buffer.from(`"}\n${good}\n`)]), [1, 3], 1],
		['NUL bytes', [good, '\0\0\0', good], [1, 3], 1],
		['too deep', [good, `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, good], [1, 3], 1],
		['one byte too long', [good, `{"a":"${'x'.repeat(EVENT_BYTES_MAX - 7)}"}`, good], [1, 3], 1],
		['huge', [good, `{"a":"${'x'.repeat(5 << 20)}"}`, good], [1, 3], 1],
		['empty lines are nothing', ['', good, '', '  ', good, ''], [1, 2], 0],
	];
	for (const [name, content, records, lost] of rows) {
		await t.test(name, () => {
			const path = file('lines.ndjson', content);
			const done = english(lost ? 65 : 0, [...ndjson, path]);
			assert.deepEqual(objects(done.out).map((line) => line.record), records);
			assert.equal(Number(/^(\d+) records could not be read/m.exec(done.err)?.[1] ?? 0), lost, done.err);
			if (lost) assert.match(done.err, /lines\.ndjson: record \d+: /);
		});
	}
});

test('the longest event that is allowed is whole in the output', () => {
	const event = { ...SHELL, Long: '' };
	event.Long = 'x'.repeat(EVENT_BYTES_MAX - JSON.stringify(event).length);
	const done = english(0, [...ndjson, file('longest.ndjson', [event])]);
	assert.deepEqual(objects(done.out)[0].rule, SHELL_RULE);
});

test('an event that grows too long for the output is found all the same', () => {
	// Objects become dotted names, which repeats the outer names.
	const inner = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`n${i}`, 1]));
	const event = { ...SHELL, ['x'.repeat(400)]: inner };
	const done = english(0, [...ndjson, file('grows.ndjson', [event])]);
	const [line] = objects(done.out);
	assert.deepEqual([line.rule, line.event], [SHELL_RULE, null]);
	assert.match(done.err, /it is left out of the output/);
});

test('many losses are told one by one only at first', () => {
	const path = file('losses.ndjson', [good, ...Array.from({ length: 100 }, () => 'x'), good]);
	const done = english(65, [...own, '--quiet', path]);
	const told = lines(done.err);
	assert.equal(told.length, 21);
	assert.match(told[20], /only counted from here/);
});

test('what is no file of events, or not there', async (t) => {
	mkdirSync(join(folder, 'nothing'));
	const rows = [
		['an empty file', file('empty.ndjson', ''), 0, null],
		['an empty EVTX', file('empty.evtx', ''), 0, null],
		['text', file('text.json', 'hello\n'), 65, /text\.json: no format of events that is known/],
		['gzip that is cut', file('packed.json', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])), 65, /the gzip file is cut/],
		['UTF-16', file('wide.json', Buffer.from('\ufeff{"a":1}', 'utf16le')), 65, /iconv/],
		['absent', join(folder, 'absent.ndjson'), 66, /absent\.ndjson: there is no such file/],
		['a folder without event files', join(folder, 'nothing'), 66, /nothing: no event files in this folder/],
		['something that cannot be read', '/proc/self/mem', 66, /\/proc\/self\/mem/],
	];
	for (const [name, path, status, words] of rows) {
		await t.test(name, () => {
			const alone = english(status, [...own, '--quiet', path]);
			assert.equal(alone.out, '');
			if (words) assert.match(alone.err, words);
			else assert.equal(alone.err, '');
			const both = english(status, [...ndjson, '--quiet', path, file('good.ndjson', [SHELL])]);
			assert.equal(objects(both.out).length, 1, 'the others are searched');
		});
	}
});

test('what may not be read', { skip: process.getuid() !== 0 && 'NOT ROOT: cannot become another user' }, () => {
	// A place of its own: the programs may lie where nobody else may look.
	mkdirSync(join(folder, 'bin'));
	cpSync(HIKESHI, join(folder, 'bin/hikeshi'));
	cpSync(RULES, join(folder, 'rules'), { recursive: true });
	const secret = file('locked/secret.ndjson', [SHELL]);
	file('locked/sub/in.ndjson', [SHELL]);
	file('locked/z.ndjson', [SHELL]);
	chmodSync(secret, 0o600);
	chmodSync(dirname(join(folder, 'locked/sub/in.ndjson')), 0o700);
	const done = shell('setpriv --reuid=65534 --regid=65534 --clear-groups bin/hikeshi --lang en hunt --rules rules --json --quiet locked; echo "status $?" >&2');
	assert.match(done.err, /status 66/);
	assert.match(done.err, /secret\.ndjson: Permission denied/);
	assert.match(done.err, /locked\/sub: Permission denied/);
	assert.deepEqual(objects(done.out).map((line) => line.file), ['locked/z.ndjson'], 'the others are searched');
});

test('wrong rules are told with their place, the others go on', async (t) => {
	const item = '    s:\n        Image|endswith: /bash\n    condition: s';
	const path = file('w.ndjson', [SHELL]);
	file('wrong/good.yml', rule('Good', item));
	file('wrong/modifier.yml', rule('Bad modifier', '    s:\n        Image|frobnicate: x\n    condition: s'));
	file('wrong/condition.yml', rule('Bad condition', '    s:\n        Image: x\n    condition: s and nothing'));
	file('wrong/yaml.yml', 'title: "no end\n');
	file('wrong/foreign.yml', rule('Foreign', item, { logsource: 'product: toaster\n    service: crumbs' }));

	await t.test('each with file, line and column', () => {
		const done = english(0, ['hunt', '--json', '--rules', join(folder, 'wrong'), path]);
		assert.deepEqual(objects(done.out).map((line) => line.rule.title), ['Good']);
		assert.match(done.err, /^hikeshi: .*\/wrong\/modifier\.yml:8:\d+: .*frobnicate/m);
		assert.match(done.err, /^hikeshi: .*\/wrong\/condition\.yml:9:\d+: .*nothing/m);
		assert.match(done.err, /^hikeshi: .*\/wrong\/yaml\.yml:\d+:\d+: /m);
		assert.match(done.err, /3 rules do not compile/);
		assert.match(done.err, /1 rules are not loaded/);
	});
	await t.test('--quiet leaves no error out', () => {
		const done = english(0, ['hunt', '--json', '--quiet', '--rules', join(folder, 'wrong'), path]);
		assert.match(done.err, /modifier\.yml:8/);
		assert.doesNotMatch(done.err, /not loaded/);
	});
	await t.test('none that is right', () => {
		const done = english(65, ['hunt', '--rules', join(folder, 'wrong/yaml.yml'), path]);
		assert.match(done.err, /there is no rule to search with/);
	});
	await t.test('none at all', () => {
		mkdirSync(join(folder, 'norules'));
		english(66, ['hunt', '--rules', join(folder, 'norules'), path]);
		assert.match(english(66, ['hunt', '--rules', join(folder, 'absent'), path]).err, /absent: No such file/);
	});
});
