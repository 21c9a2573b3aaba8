// hikeshi rule check, test, explain; and our own rules by their samples.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { attack } from './attack.mjs';
import { english, file, folder, HARMLESS, hikeshi, lines, objects, rule, RULES, SHELL, started } from './program.mjs';

const item = '    s:\n        Image|endswith: /bash\n    condition: s';
const sample = (expect, event) => JSON.stringify({ expect, event });

test('our own rules: all compile, each sample is as expected, each rule has both kinds', () => {
	assert.match(english(0, ['rule', 'check', RULES]).out, /^(\d+) rules compile; 0 do not; 0 not loaded; 0 skipped; 0 warnings; 0 pieces of advice\n$/);
	const results = objects(english(0, ['rule', 'test', '--json', RULES]).out);
	assert.ok(results.length >= 150 && results.every((result) => result.passed === true));
	let rules = 0;
	for (const part of readdirSync(RULES)) {
		for (const name of readdirSync(join(RULES, part)).filter((n) => n.endsWith('.yml'))) {
			const text = readFileSync(join(RULES, part, name), 'utf8');
			const samples = readFileSync(join(RULES, part, name.replace(/yml$/, 'test.ndjson')), 'utf8');
			rules++;
			for (const expect of ['true', 'false'])
				assert.match(samples, new RegExp(`"expect": ?${expect},`), `${name}: no sample that ${expect === 'true' ? 'matches' : 'does not match'}`);
			assert.match(text, /^japanese:\n {4}title: .+\n {4}description: .+。\n/m, name);
			assert.match(text, /^ {4}- attack\.t\d{4}(\.\d{3})?$/m, name);
		}
	}
	assert.ok(rules >= 20, `${rules} rules`);
});

test('check tells every problem with its place', () => {
	file('check/good.yml', rule('Good', item));
	file('check/bad.yml', rule('Bad', '    s:\n        Image|frobnicate: x\n    condition: s'));
	file('check/foreign.yml', rule('Foreign', item, { logsource: 'product: toaster' }));
	const plain = english(65, ['rule', 'check', join(folder, 'check')]);
	assert.match(plain.out, /check\/bad\.yml:8:\d+: does not compile: .*frobnicate/);
	assert.match(plain.out, /check\/foreign\.yml:\d+:\d+: not loaded: /);
	assert.match(plain.out, /1 rules compile; 1 do not; 1 not loaded; /);
	const json = objects(english(65, ['rule', 'check', '--json', join(folder, 'check')]).out);
	assert.deepEqual(json.filter((one) => one.kind !== 'advice').map((one) => [one.kind, one.title, one.file.split('/').pop()]).sort(), [
		['not_compiled', 'Bad', 'bad.yml'], ['not_loaded', 'Foreign', 'foreign.yml']]);
	assert.ok(json.every((one) => Number.isInteger(one.line) && Number.isInteger(one.column) && one.reason));
	english(0, ['rule', 'check', join(folder, 'check/good.yml')]);
	english(66, ['rule', 'check', join(folder, 'absent')]);
	assert.match(hikeshi(['rule', 'check', join(folder, 'check')]).out, /bad\.yml:8:\d+: .*誤り/);
});

test('test tells each sample that is not as expected', async (t) => {
	const rows = [
		['as expected', [sample(true, SHELL), sample(false, HARMLESS)], 0, null],
		['should match', [sample(true, HARMLESS)], 65, /:1: should match, but does not/],
		['should not match', ['', sample(false, SHELL)], 65, /:2: should not match, but does/],
		['no sample', ['{"event":{}}'], 65, /:1: not of the form/],
		['no event', ['{"expect": true, "event": {"a": }}'], 65, /:1: /],
		['nothing', [''], 65, /no samples in the file/],
	];
	for (const [i, [name, samples, status, words]] of rows.entries()) {
		await t.test(name, () => {
			file(`t${i}/r.yml`, rule('R', item));
			file(`t${i}/r.test.ndjson`, samples);
			const done = english(status, ['rule', 'test', join(folder, `t${i}`)]);
			if (words) assert.match(done.out, words);
		});
	}
	await t.test('no samples beside it', () => {
		file('alone/r.yaml', rule('R', item));
		assert.match(english(65, ['rule', 'test', join(folder, 'alone')]).out, /r\.yaml:1: no samples beside the rule/);
	});
	await t.test('a rule that is wrong', () => {
		file('twrong/r.yml', rule('R', '    s:\n        Image|frobnicate: x\n    condition: s'));
		file('twrong/r.test.ndjson', [sample(true, SHELL)]);
		assert.match(english(65, ['rule', 'test', join(folder, 'twrong')]).out, /r\.yml:8: .*frobnicate/);
	});
	await t.test('not there', () => english(66, ['rule', 'test', join(folder, 'absent')]));
});

test('explain tells which item of the rule matched which value', () => {
	const path = file('explain.yml', rule('Explained', '    a:\n        Image|endswith: /bash\n    b:\n        CommandLine|contains: "-x"\n    condition: a and b'));
	const events = file('explain.ndjson', [SHELL, started('/usr/bin/bash', `bash -x \u001b[31m${'y'.repeat(5000)}`)]);
	const plain = english(0, ['rule', 'explain', path, events]);
	assert.match(plain.out, /^event 1: Explained: does not match$/m);
	assert.match(plain.out, /^event 2: Explained: matches$/m);
	assert.match(plain.out, /✓ a {2}Image\|endswith: '\/bash' {2}← '\/usr\/bin\/bash'/);
	assert.doesNotMatch(plain.out, /\u001b/);
	assert.ok(lines(plain.out).every((line) => line.length < 400));
	const json = objects(english(0, ['rule', 'explain', '--json', path, events]).out);
	assert.deepEqual(json.map((one) => [one.record, one.matches]), [[1, false], [2, true]]);
	assert.deepEqual(json[1].reasons[0], { matched: true, selection: 'a', field: 'Image', modifiers: 'endswith', pattern: '/bash', value: '/usr/bin/bash' });
	assert.match(hikeshi(['rule', 'explain', path, events]).out, /イベント 2: Explained: /);
});

test('explain where something is wrong', () => {
	const good = file('e/good.yml', rule('Good', item)), events = file('e/e.ndjson', [SHELL, 'x', SHELL]);
	const bad = file('e/bad.yml', rule('Bad', '    s:\n        Image|frobnicate: x\n    condition: s'));
	assert.equal(lines(english(65, ['rule', 'explain', '--json', good, events]).out).length, 2);
	assert.match(english(65, ['rule', 'explain', bad, events]).err, /bad\.yml:8:\d+: /);
	english(66, ['rule', 'explain', join(folder, 'absent'), events]);
	english(66, ['rule', 'explain', good, join(folder, 'absent')]);
	english(2, ['rule', 'explain', good]);
	english(2, ['rule', 'explain', '--frob', good, events]);
});

test('check finds what can never match, matches everything, or is nowhere', async (t) => {
	const head = 'logsource:\n    product: windows\n    category: process_creation\nlevel: high\nstatus: test\ndescription: d\nreferences:\n    - https://example.com/\n';
	const rows = [
		['exact values', '    a: {EventID: 1}\n    b: {EventID: 2}\n    condition: a and b', 'never-matches', /'EventID' here and in line 13 exclude/],
		['a value and its filter', "    a: {Image|endswith: ['\\x.exe', '\\y.exe']}\n    b: {Image|endswith: .exe}\n    condition: a and not b", 'never-matches'],
		['a value of another shape', '    a: {Image|startswith: C, Image: D}\n    condition: a', 'never-matches'],
		['nothing and something', '    a: {Image: null, Image|contains: abc}\n    condition: a', 'never-matches'],
		['the condition alone', '    a: {Image|contains: abc}\n    condition: a and not a', 'never-matches'],
		['one of two ways', '    a: {User|startswith: a, User|endswith: b, User: c}\n    b: {Image|contains: abc}\n    condition: a or b', 'contradiction'],
		['almost everything', '    a: {Image|endswith: .exe}\n    condition: a', 'too-broad'],
		['what is not there', '    a: {Image|contains: abc}\n    condition: not a', 'too-broad'],
		['every text', "    a: {Image|re: '.*', User|contains: abc}\n    condition: a", 'too-broad', /'\.\*' matches every text/],
		['a field that no event has', '    a: {Imag|contains: abc}\n    condition: a', 'unknown-field', /'Imag'/],
		['a name for a path', '    a: {Image: cmd.exe}\n    condition: a', 'never-equal'],
		['sound', "    a: {Image|endswith: ['\\x.exe', .exe], CommandLine|contains|all: [abd, b]}\n    b: {CommandLine|contains: abc}\n    condition: a and not b", null],
		['more than can be looked at', `    a:\n${Array.from({ length: 600 }, (_, i) => `        - {Image|contains: text${i}}`).join('\n')}\n    condition: a`, null],
		['too many ways', `${Array.from({ length: 30 }, (_, i) => `    s${i}:\n        - {Image|contains: text${i}}\n        - {User|contains: text${i}}`).join('\n')}\n    condition: all of s*`, null],
	];
	for (const [i, [name, detection, check, words]] of rows.entries()) {
		await t.test(name, () => {
			const path = file(`lint/${i}.yml`, `title: R${i}\nid: 00000000-0000-4000-8000-${String(i).padStart(12, '0')}\n${head}detection:\n${detection}\n`);
			const found = objects(english(0, ['rule', 'check', '--json', path]).out).filter((one) => one.check);
			assert.deepEqual(found.map((one) => one.check), check ? [check] : []);
			if (check) assert.ok(found[0].line >= 12 && found[0].column > 4, JSON.stringify(found[0]));
			if (words) assert.match(found[0].reason, words);
			english(check ? 65 : 0, ['rule', 'check', '--strict', path]);
		});
	}
});

test('check ends soon, also with a rule that is made to be slow', () => {
	const many = (prefix) => Array.from({ length: 50000 }, (_, i) => `            - '${prefix}${i}'`).join('\n');
	const path = file('slow/r.yml', `title: Slow\nid: 00000000-0000-4000-8000-00000000eeee\ntags: [${Array.from({ length: 50000 }, (_, i) => `attack.t${i % 10000}`).join(', ')}]\nlogsource: {product: windows, category: process_creation}\n`
		+ `detection:\n    a:\n        Image|contains:\n${many('a')}\n    b:\n        Image|endswith:\n${many('b')}\n    condition: a and b\n`);
	const begin = Date.now();
	english(0, ['rule', 'check', path]);
	assert.ok(Date.now() - begin < 20000, `${Date.now() - begin} ms`);
});

test('check reads the head of a rule', async (t) => {
	const detection = '\ndetection:\n    s:\n        Image|endswith: /bash\n    condition: s\n';
	const whole = { title: 'Head', id: '00000000-0000-4000-8000-00000000aaaa', status: 'test', description: 'd', date: '2026-11-21', level: 'low',
		tags: '[attack.execution, attack.t1059.004]', logsource: '{product: linux, category: process_creation}' };
	const rows = [
		[{}, []],
		[{ tags: '[attack.t1059]' }, ['no-tactic']], [{ tags: '[attack.execution, attack.T1059, cve.2024-1]' }, ['attack-tag']],
		[{ tags: '[attack.executing, attack.execution, attack.t1059, attack.g0001, attack.s0002]' }, ['attack-tag']],
		[{ tags: '[attack.execution, attack.t1059, attack.execution, foo]' }, ['tag', 'tag']],
		[{ tags: '[attack.execution]' }, ['no-reference']], [{ tags: '[tlp.red]', references: '[https://example.com/]' }, []],
		[{ status: 'stabel' }, ['status']], [{ date: '2026/11/21' }, ['date']], [{ modified: '2026-13-01' }, ['date']],
		[{ level: undefined, status: undefined, description: undefined }, ['no-description', 'no-level', 'no-status']], [{ description: "''" }, ['no-description']],
		[{ logsource: '{product: linux, category: process_creation, catgory: x}' }, ['logsource']],
	];
	for (const [i, [change, checks]] of rows.entries()) {
		await t.test(JSON.stringify(change), () => {
			const text = Object.entries({ ...whole, ...change }).filter(([, value]) => value !== undefined).map(([key, value]) => `${key}: ${value}`).join('\n');
			const out = objects(english(0, ['rule', 'check', '--json', file(`head/${i}.yml`, text + detection)]).out).filter((one) => one.check);
			assert.deepEqual(out.map((one) => one.check).sort(), [...checks].sort());
		});
	}
	await t.test('in Japanese', () => assert.match(hikeshi(['rule', 'check', join(folder, 'head/7.yml')]).out, /7\.yml:3:9: 注意: 'stabel' は status の値ではありません \[status\]/));
});

const several = `title: Failed\nid: 00000000-0000-4000-8000-00000000f001\nname: failed\nlogsource:\n    product: linux\n    category: process_creation\ndetection:\n    s:\n        Image|endswith: /bash\n    condition: s\n---\n`
	+ 'title: Many\nid: 00000000-0000-4000-8000-00000000f002\nlevel: high\ncorrelation:\n    type: event_count\n    rules: [failed]\n    group-by: [User]\n    timespan: 5m\n    condition:\n        gte: 3\n';
const at = (minute, user = 'taro') => started('/bin/bash', 'bash', { User: user, hikeshi: { observed: `2026-11-21T01:${String(minute).padStart(2, '0')}:00Z` } });

test('samples of a correlation are sequences', () => {
	file('several/r.yml', several);
	file('several/r.test.ndjson', [{ expect: true, events: [at(1), at(2), at(3)] }, { expect: false, events: [at(1), at(2, 'jiro'), at(3)] },
		{ expect: false, events: [at(1), at(20), at(40)] }, { expect: false, event: at(1) }]);
	assert.match(english(0, ['rule', 'test', join(folder, 'several')]).out, /^1 rules, 4 samples as expected, 0 not$/m);
	file('several/r.test.ndjson', [{ expect: false, events: [at(1), at(2), at(3)] }]);
	assert.match(english(65, ['rule', 'test', join(folder, 'several')]).out, /:1: should not match, but does/);
});

test('explain tells why a correlation hits', () => {
	file('whole/r.yml', several);
	const events = file('whole/e.ndjson', [at(1), at(2), at(3)]);
	assert.match(english(0, ['rule', 'explain', join(folder, 'whole/r.yml'), events]).out, /^event 3: Failed: matches\n.*\nevent 3: Many: matches\n( {2}✓ .*\n)+$/m);
	assert.match(english(0, ['rule', 'explain', join(folder, 'whole/r.yml'), file('whole/few.ndjson', [at(1), at(20)])]).out, /^no correlation hits on these events$/m);
	file('whole/r.test.ndjson', [{ expect: true, events: [at(1), at(2), at(3)] }, { expect: false, event: at(1) }]);
	const out = english(0, ['rule', 'explain', join(folder, 'whole/r.yml'), join(folder, 'whole/r.test.ndjson')]).out;
	assert.match(out, /^event 1: Many: matches$/m);
	assert.match(out, /^event 2: Failed: matches\n.*\nno correlation hits on these events$/m);
});

test('explain unwraps samples, and tells of a logsource that differs', () => {
	const path = file('unwrap/r.yml', rule('R', item));
	const samples = file('unwrap/r.test.ndjson', [sample(true, SHELL), '', sample(false, { ...SHELL, hikeshi: { product: 'windows', category: 'process_creation' } }),
		JSON.stringify({ expect: true, events: [SHELL, HARMLESS] }), '{"expect": true, "event": {"a": }}']);
	const done = english(65, ['rule', 'explain', path, samples]);
	assert.match(done.out, /^event 1: R: matches\n {2}✓ s {2}Image\|endswith: '\/bash' {2}← '\/usr\/bin\/bash'\nevent 3: R: does not match\n {2}✗ logsource: linux\/process_creation\/- {2}← windows\/process_creation\/-\n/);
	assert.match(done.out, /^event 4: R: matches\n.*\nevent 4: R: does not match\n/m);
	assert.match(done.err, /r\.test\.ndjson:5: /);
	assert.deepEqual(objects(english(65, ['rule', 'explain', '--json', path, samples]).out).map((one) => [one.matches, one.reaches]), [[true, true], [false, false], [true, true], [false, true]]);
});

test('profile measures each rule', () => {
	const path = file('profile.ndjson', attack({ quiet: 300 }));
	const plain = english(0, ['rule', 'profile', '--rules', RULES, '--top', '3', path]).out;
	assert.match(plain, /^ +ns\/event +share +events +candidates +matches +rule\n( +[\d.]+ +[\d.]+% +\d+ +\d+ +\d+ .+\n){3}\d+ rules, each alone on 315 events\n$/);
	const all = objects(english(0, ['rule', 'profile', '--rules', RULES, '--json', '--sample', '200', path]).out);
	assert.ok(all.length >= 26 && all.every((one) => one.ns_per_event >= 0 && one.events <= 200 && one.matches <= one.candidates && one.candidates <= one.events));
	const sum = all.reduce((a, one) => a + one.share, 0);
	assert.ok(Math.abs(sum - 1) < 0.01, `shares add up to ${sum}`);
	english(66, ['rule', 'profile', '--rules', RULES, file('empty.ndjson', '')]);
	english(66, ['rule', 'profile', '--rules', join(folder, 'absent'), path]);
	for (const wrong of [['--top', '0'], ['--sample', 'x'], ['--sample', '1000001'], []])
		english(2, ['rule', 'profile', ...wrong, ...(wrong.length ? [path] : [])]);
});

test('a bundle is made, checked and taken apart; what was changed is told', async (t) => {
	const keys = ['a', 'b'].map((name) => {
		const { privateKey, publicKey } = generateKeyPairSync('ed25519');
		return [file(`${name}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' })), file(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' })), publicKey];
	});
	const [[own, known, publicKey], [, strange]] = keys;
	file('rules/a/one.yml', rule('One', item));
	file('rules/two.yaml', rule('Two', item));
	file('rules/one.test.ndjson', [sample(true, SHELL)]);
	const to = join(folder, 'rules.bundle');
	assert.match(english(0, ['rule', 'bundle', '--key', own, '--save', to, '--name', '試し', join(folder, 'rules/')]).out, /rules\.bundle: 2 rules in 2 files, signed with key [0-9a-f]{16}…\n$/);
	const bytes = readFileSync(to);
	await t.test('by any program that knows Ed25519', () => {
		const [, whose, signature] = /\nHIKESHI-SIGNATURE ed25519 ([0-9a-f]{64}) ([0-9a-f]{128})\n$/.exec(bytes.toString());
		const body = bytes.subarray(0, bytes.lastIndexOf('\nHIKESHI-SIGNATURE'));
		assert.ok(verify(null, body, publicKey, Buffer.from(signature, 'hex')));
		assert.equal(whose, createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)).digest('hex'));
	});
	await t.test('as it was', () => {
		const done = english(0, ['rule', 'verify', '--key', known, '--extract', join(folder, 'out'), to]);
		assert.match(done.out, /^signed and whole: 試し, 2 rules in 2 files, made 20/);
		assert.equal(readFileSync(join(folder, 'out/a/one.yml'), 'utf8'), rule('One', item));
		english(0, ['rule', 'check', join(folder, 'out')]);
	});
	await t.test('each byte that changes is seen, each cut too', () => {
		for (let i = 0; i < bytes.length; i += 37) {
			const changed = Buffer.from(bytes);
			changed[i] ^= 1;
			const done = hikeshi(['rule', 'verify', '--key', known, '--extract', join(folder, 'never'), file('changed', changed)]);
			assert.ok([65, 77].includes(done.status), `byte ${i}: ${done.status}`);
		}
		for (const n of [0, 1, 20, bytes.length - 230, bytes.length - 1])
			assert.equal(hikeshi(['rule', 'verify', '--key', known, file('cut', bytes.subarray(0, n))]).status, 65, `${n} bytes`);
		assert.ok(!existsSync(join(folder, 'never')), 'nothing was written');
	});
	await t.test('a hunt searches with it, where the key is told', () => {
		const events = file('bundle-events.ndjson', [SHELL, HARMLESS]);
		const hunt = ['hunt', '--quiet', '--json', '--rules', to];
		assert.deepEqual(objects(english(0, [...hunt, '--rules-key', known, events]).out).map((found) => found.rule.title).sort(), ['One', 'Two']);
		file('beside/three.yml', rule('Three', item));
		assert.equal(objects(english(0, [...hunt, '--rules', join(folder, 'beside'), '--rules-key', known, events]).out).length, 3);
		assert.match(english(77, [...hunt, events]).err, /is a bundle: who may have signed it\?[^]*--rules-key/);
		assert.match(english(77, [...hunt, '--rules-key', strange, events]).err, /somebody else signed it/);
		english(65, [...hunt, '--rules', to, '--rules-key', known, events]); // two of them
		const changed = Buffer.from(bytes);
		changed[changed.indexOf('bash')] ^= 1;
		assert.match(english(77, ['hunt', '--rules', file('changed', changed), '--rules-key', known, events]).err, /the bundle was changed/);
	});
	await t.test('somebody else', () => assert.match(english(77, ['rule', 'verify', '--key', strange, to]).err, /somebody else signed it/));
	await t.test('a signed list that leads elsewhere', () => {
		const { privateKey } = generateKeyPairSync('ed25519');
		const pub = file('c.pub', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
		const raw = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32);
		for (const path of ['../x.yml', '/x.yml', 'a/../../x.yml', '.x.yml', 'a//x.yml', 'x.sh', 'a\\x.yml', 'x\u0000.yml', '']) {
			const head = { name: 'x', files: [{ path, bytes: 1, sha256: createHash('sha256').update('a').digest('hex') }] };
			const body = Buffer.from(`HIKESHI-RULES 1\n${JSON.stringify(head)}\na`);
			const trailer = `\nHIKESHI-SIGNATURE ed25519 ${createHash('sha256').update(raw).digest('hex')} ${sign(null, body, privateKey).toString('hex')}\n`;
			const done = hikeshi(['rule', 'verify', '--key', pub, '--extract', join(folder, 'never'), file('led', Buffer.concat([body, Buffer.from(trailer)]))]);
			assert.equal(done.status, 65, path);
		}
		assert.ok(!existsSync(join(folder, 'never')));
	});
	await t.test('what cannot be made', () => {
		file('broken/b.yml', rule('B', '    s:\n        Image|frobnicate: x\n    condition: s'));
		english(65, ['rule', 'bundle', '--key', own, '--save', join(folder, 'x'), join(folder, 'broken')]);
		english(65, ['rule', 'bundle', '--key', known, '--save', join(folder, 'x'), join(folder, 'rules')]);
		english(66, ['rule', 'bundle', '--key', join(folder, 'nokey'), '--save', join(folder, 'x'), join(folder, 'rules')]);
		english(66, ['rule', 'bundle', '--key', own, '--save', join(folder, 'x'), join(folder, 'absent')]);
		english(2, ['rule', 'bundle', '--save', join(folder, 'x'), join(folder, 'rules')]);
		english(2, ['rule', 'verify', to]);
		english(2, ['rule', 'verify', '--key', known]);
		english(65, ['rule', 'verify', '--key', own, to]);
		file('same/a/one.yml', rule('Three', item));
		file('same/b/one.yml', rule('Four', item));
		english(65, ['rule', 'bundle', '--key', own, '--save', join(folder, 'x'), join(folder, 'same/a'), join(folder, 'same/b')]);
		assert.ok(!existsSync(join(folder, 'x')));
	});
});
