// timeout: 120
// hikeshi programme draw, simulate, diff: what they print, where, and their exit status.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { file, folder, hikeshi, TOP } from './program.mjs';

const FILE = join(TOP, 'programmes/2025-kihon.yaml');
const run = (...args) => hikeshi(['programme', ...args]);

test('draw: a picture with every state, dark and light', () => {
	const { status, out } = run('draw', FILE);
	assert.equal(status, 0);
	assert.match(out, /^<svg /);
	assert.match(out, /prefers-color-scheme:dark/);
	assert.match(out, /3営業日以内（厳守）/);
	assert.equal(run('draw', FILE, '--save', join(folder, 'a.svg')).out, '');
	assert.equal(readFileSync(join(folder, 'a.svg'), 'utf8'), out);
});

test('draw --json: states and ways', () => {
	const { states, ways } = JSON.parse(run('draw', '--json', FILE).out);
	assert.ok(states.some((one) => one.state === 'received' && one.actor === 'secretariat' && one.hard));
	assert.ok(ways.some((one) => one.from === null && one.to === 'received'));
	assert.ok(ways.some((one) => one.event === 'withdraw' && one.anywhere));
});

test('simulate: sentences, JSON, a page without scripts', () => {
	const table = run('simulate', FILE, '--companies', '100', '--quiet');
	assert.equal(table.status, 0);
	assert.match(table.out, /申し込む100社のうち/);
	const { seasons } = JSON.parse(run('simulate', FILE, '--companies', '100', '--json', '--quiet').out);
	assert.equal(seasons.length, 1);
	assert.equal(seasons[0].received + seasons[0].refused, 100);
	const page = join(folder, 'season.html');
	assert.equal(run('simulate', FILE, '--companies', '100', '--policy', 'default', '--policy',
		file('few.yaml', 'name: 少人数\nroles: { secretariat: { per_week: 5 } }\n'), '--save', page, '--quiet').status, 0);
	const html = readFileSync(page, 'utf8');
	assert.match(html, /少人数/);
	assert.match(html, /default-src 'none'|default-src &#39;none&#39;/);
	assert.doesNotMatch(html, /<script|https?:\/\//);
});

test('simulate: what is wrong is told with its place', () => {
	const wrong = run('simulate', FILE, '--policy', file('wrong.yaml', 'roles: { chief: {} }\n'), '--quiet');
	assert.equal(wrong.status, 65);
	assert.match(wrong.err, /wrong\.yaml:1:10: .*chief/);
	assert.equal(run('simulate', FILE, '--policy', join(folder, 'none.yaml'), '--quiet').status, 66);
	assert.equal(run('simulate', FILE, '--companies', '0').status, 2);
	assert.equal(run('simulate', FILE, '--days', '99999').status, 2);
	assert.equal(run('simulate').status, 2);
	assert.equal(run('draw', file('no.yaml', 'programme: x\n')).status, 65);
	assert.equal(run('draw', join(folder, 'none.yaml')).status, 66);
});

test('diff: none, some, and what it means', () => {
	assert.equal(run('diff', FILE, FILE).status, 0);
	const other = file('new.yaml', readFileSync(FILE, 'utf8').replace('business_days: 3, kind: hard, rule: R-008', 'business_days: 5, kind: hard, rule: R-008'));
	const { status, out } = run('diff', FILE, other);
	assert.equal(status, 1);
	assert.match(out, /3 → 5/);
	const [change] = run('diff', '--json', FILE, other).out.trim().split('\n').map((line) => JSON.parse(line));
	assert.equal(change.path, 'states.received.due.business_days');
	assert.equal(run('diff', FILE).status, 2);
});
