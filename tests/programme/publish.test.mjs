// `hikeshi-centre programme publish`: for whom, and what is said where it is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CENTRE, Centre } from '../wire/centre.mjs';
import { EDITION, OPERATOR } from './office.mjs';

let centre;
let known;
before(() => { centre = new Centre(); centre.sample(); known = operators(); });
after(() => centre.done());

function publish(file, operator, { language = 'en', more = [] } = {}) {
	const done = spawnSync(CENTRE, ['programme', 'publish', file, '--operator', operator, ...more, '--lang', language, '--data', centre.data], { encoding: 'utf8' });
	return { status: done.status, said: done.stdout + done.stderr };
}

function operators() {
	return spawnSync('sqlite3', [join(centre.data, 'store/records.sqlite'), 'SELECT name FROM operator ORDER BY created_at;'], { encoding: 'utf8' }).stdout.trim().split('\n');
}

test('an operator whom nobody knows is refused, with those that are known', () => {
	const en = publish(EDITION, '見本運営事務曲'), ja = publish(EDITION, '見本運営事務曲', { language: 'ja' });
	assert.equal(en.status, 66, en.said);
	assert.ok(known.includes(OPERATOR) && known.length > 1);
	assert.equal(en.said, `hikeshi-centre: there is no operator '見本運営事務曲'; there are:\n${known.map((name) => `    ${name}\n`).join('')}  with --new-operator this one is made\n`);
	assert.equal(ja.status, 66);
	assert.match(ja.said, /運営事務局「見本運営事務曲」はありません[^]*--new-operator/);
	assert.deepEqual(operators(), known);
});

test('a file with mistakes: each is told once, and nothing is published', () => {
	const file = join(centre.folder, 'wrong.yaml');
	writeFileSync(file, readFileSync(EDITION, 'utf8').replace(/^version: .*/m, 'version: none'));
	const { status, said } = publish(file, OPERATOR);
	assert.equal(status, 65, said);
	const mistakes = said.split('\n').filter((line) => /:\d+:\d+: /.test(line));
	assert.equal(mistakes.length, new Set(mistakes).size);
	assert.match(said, new RegExp(`has mistakes \\(${mistakes.length}\\): nothing was published`));
	assert.equal(mistakes.length, 1, said);
});

test('what was published is told with its operator', () => {
	const { status, said } = publish(EDITION, OPERATOR);
	assert.equal(status, 0, said);
	assert.match(said, new RegExp(`^published \\S+, version \\d+, for ${OPERATOR}\n$`));
});

test('a newer version: what changed, whom it touches, what becomes of those under way', () => {
	const file = join(centre.folder, 'newer.yaml');
	const text = readFileSync(EDITION, 'utf8');
	const newer = text.replace(/^version: \d+/m, 'version: 900').replace('business_days: 3, kind: hard, rule: R-008', 'business_days: 4, kind: hard, rule: R-008');
	writeFileSync(file, newer);
	const { status, said } = publish(file, OPERATOR);
	assert.equal(status, 0, said);
	assert.match(said, /^published \S+, version 900/);
	assert.match(said, /what changed, in 2 places:/);
	assert.match(said, / {2}states › received \([^)]*\) › due › business_days: 3 → 4\n {4}For applications under way where they move/);
	assert.match(said, / {2}version: \d+ → 900\n/);
	writeFileSync(file, newer.replace('version: 900', 'version: 901'));
	assert.match(publish(file, OPERATOR).said, /what changed, in 1 places:/);
	assert.match(publish(EDITION, OPERATOR).said, /version 901 is published, and this is version/);
});

test('another operator is told who has the programme', () => {
	const { status, said } = publish(EDITION, '別の事務局', { more: ['--new-operator'] });
	assert.equal(status, 75, said);
	assert.match(said, new RegExp(`another operator has published this programme: ${OPERATOR}`));
	assert.deepEqual(operators(), known, 'and nothing is left of the new one');
});

test('a new operator is made on purpose, and has no secretariat', () => {
	const file = join(centre.folder, 'other.yaml');
	writeFileSync(file, readFileSync(EDITION, 'utf8').replace(/^programme: .*/m, 'programme: other-one'));
	const { status, said } = publish(file, '別の事務局', { more: ['--new-operator'] });
	assert.equal(status, 0, said);
	assert.match(said, /^published other-one, version \d+, for 別の事務局\n {2}this operator has no account of a secretariat: /);
	assert.deepEqual(operators(), [...known, '別の事務局']);
});
