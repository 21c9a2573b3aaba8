// timeout: 120
// hikeshi report make, list, get: against a real centre.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { CENTRE, Centre } from '../wire/centre.mjs';

const centre = new Centre();
const PROGRAM = join(dirname(CENTRE), 'hikeshi');
const day = (before) => new Date(Date.now() + 9 * 3600000 - before * 86400000).toISOString().slice(0, 10);
let token, narrow, programme;

const records = (sql) => spawnSync('sqlite3', [join(centre.data, 'store/records.sqlite'), sql], { encoding: 'utf8' }).stdout.trim();
const hikeshi = (words, secret = token) => spawnSync(PROGRAM, [...words, '--lang', 'en', '--url', centre.people, '--ca', centre.ca], {
	encoding: 'buffer', cwd: centre.folder, env: { ...process.env, HIKESHI_TOKEN: secret },
});

before(async () => {
	centre.sample();
	records('UPDATE participation SET since_at = 0');
	await centre.start();
	const analyst = await centre.person('analyst');
	token = (await analyst.ask('POST', '/v1/tokens', { name: 'reports', scope: ['report.read', 'report.make'], days: 1 })).secret;
	narrow = (await analyst.ask('POST', '/v1/tokens', { name: 'reads', scope: ['report.read'], days: 1 })).secret;
	programme = records('SELECT programme FROM participation ORDER BY id LIMIT 1');
	centre.enrol();
});
after(async () => {
	assert.equal((await centre.stop()).status, 0);
	await centre.done();
});

test('reports are made, listed and fetched', () => {
	const period = ['--programme', programme, '--from', day(10), '--to', day(1)];
	const made = hikeshi(['report', 'make', ...period]);
	assert.equal(made.status, 0, made.stderr.toString());
	assert.match(made.stdout.toString(), /1 report is there/);
	assert.deepEqual(JSON.parse(hikeshi(['report', 'make', '--json', '--quiet', ...period]).stdout), { total: 1, done: 1, failed: 0 });
	const list = JSON.parse(hikeshi(['report', 'list', '--json']).stdout);
	assert.equal(list.length, 1);
	assert.match(hikeshi(['report', 'list']).stdout.toString(), new RegExp(list[0].id));
	const { stdout, status } = hikeshi(['report', 'get', list[0].id]);
	assert.equal(status, 0);
	const file = join(centre.folder, stdout.toString().trim());
	assert.equal(readFileSync(file).subarray(0, 5).toString(), '%PDF-');
	assert.equal(statSync(file).mode & 0o777, 0o600);
	assert.equal(hikeshi(['report', 'get', list[0].id, '--output', '-']).stdout.compare(readFileSync(file)), 0);
	assert.equal(JSON.parse(hikeshi(['report', 'get', '--json', list[0].id]).stdout).figures.form, 1);
});

test('what is wrong is told', () => {
	assert.equal(hikeshi(['report', 'make']).status, 2);
	assert.equal(hikeshi(['report', 'make', '--programme', programme, '--from', 'yesterday', '--to', day(1)]).status, 2);
	assert.equal(hikeshi(['report', 'get', '0193b1c0-0000-7000-8000-00000000c001']).status, 66);
	assert.equal(hikeshi(['report', 'make', '--programme', programme, '--from', day(3), '--to', day(1)], narrow).status, 77);
});
