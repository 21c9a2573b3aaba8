// hikeshi rule check, test, explain; and our own rules by their samples.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { english, file, folder, HARMLESS, hikeshi, lines, objects, rule, RULES, SHELL, started } from './program.mjs';

const item = '    s:\n        Image|endswith: /bash\n    condition: s';
const sample = (expect, event) => JSON.stringify({ expect, event });

test('our own rules: all compile, each sample is as expected, each rule has both kinds', () => {
	assert.match(english(0, ['rule', 'check', RULES]).out, /^(\d+) rules compile; 0 do not; 0 not loaded; 0 skipped; 0 warnings\n$/);
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
	file('check/foreign.yml', rule('Foreign', item, { logsource: 'product: aws' }));
	const plain = english(65, ['rule', 'check', join(folder, 'check')]);
	assert.match(plain.out, /check\/bad\.yml:8:\d+: does not compile: .*frobnicate/);
	assert.match(plain.out, /check\/foreign\.yml:\d+:\d+: not loaded: /);
	assert.match(plain.out, /1 rules compile; 1 do not; 1 not loaded; /);
	const json = objects(english(65, ['rule', 'check', '--json', join(folder, 'check')]).out);
	assert.deepEqual(json.map((one) => [one.kind, one.title, one.file.split('/').pop()]).sort(), [
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
