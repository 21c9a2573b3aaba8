// timeout: 240
// Starting, stopping, and what happens when a part dies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { CENTRE, Centre, event, send, sleep } from './centre.mjs';

const centre = new Centre();
const rules = join(centre.folder, 'rules'), placeholders = join(centre.folder, 'placeholders.yml');
let analyst, device;
after(() => centre.done());

const alive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };
const call = (...args) => {
	const done = spawnSync(CENTRE, args, { encoding: 'utf8', timeout: 20000, env: { ...process.env, LANG: 'en_US.UTF-8', LC_ALL: '' } });
	return { status: done.status, stdout: done.stdout, stderr: done.stderr };
};
const rule = (id, word) => `title: Test ${word}
id: ${id}
status: test
logsource:
    product: linux
    category: process_creation
detection:
    selection:
        CommandLine|contains: '${word}'
    condition: selection
level: high
`;

test('a wrong call says what is wrong, and how to do it', () => {
	for (const [args, text] of [
		[[], /--help/], [['fly'], /fly/], [['run'], /--data/], [['run', '--data'], /--help/],
		[['run', '--data', 'x', 'y'], /y/], [['run', '--data', 'x', '--people', 'nonsense'], /127\.0\.0\.1:8443/],
		[['run', '--data', 'x', '--people', '127.0.0.1:0'], /port/], [['run', '--data', 'x', '--people-url', 'http://x'], /https/],
		[['run', '--nothing'], /--help/], [['--role', 'key'], /own use|--role/],
	]) {
		const done = call(...args);
		assert.equal(done.status, 2, `${args}: ${done.status} ${done.stderr}`);
		assert.match(done.stderr, text);
	}
	assert.equal(call('--help').status, 0);
	assert.match(call('--version').stdout, /^hikeshi-centre \d/);
});

test('sample makes accounts once', () => {
	centre.sample();
	assert.ok(centre.accounts.length >= 5);
	const again = call('sample', '--data', centre.data);
	assert.deepEqual([again.status, again.stdout], [0, '']);
});

test('private files are private', () => {
	for (const [path, mode] of [['key', 0o700], ['key/ca.key', 0o600], ['key/order.key', 0o600], ['store', 0o700], ['store/records.sqlite', 0o600], ['ca.pem', 0o644]])
		assert.equal(statSync(join(centre.data, path)).mode & 0o777, mode, path);
});

test('it starts', async () => {
	mkdirSync(rules);
	writeFileSync(join(rules, 'one.yml'), rule('5b1c1f6e-0000-4000-8000-000000000001', 'first-word'));
	writeFileSync(placeholders, 'other: [word]\n');
	centre.arguments = ['--rules', rules, '--placeholders', placeholders];
	await centre.start();
	analyst = await centre.person('analyst');
	device = centre.enrol();
	assert.equal((await device.batch([event()])).status, 200);
});

test('a second one on the same data, or on a port that is taken, does not start', async () => {
	const same = call('run', '--data', centre.data, '--people', '127.0.0.1:1', '--devices', '127.0.0.1:2');
	assert.equal(same.status, 75, same.stderr);
	assert.match(same.stderr, /another centre/);
	const server = createServer();
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const taken = call('run', '--data', join(centre.folder, 'second'), '--people', `127.0.0.1:${server.address().port}`, '--devices', '127.0.0.1:1');
	server.close();
	assert.equal(taken.status, 75, taken.stderr);
	assert.match(taken.stderr, /taken by another program/);
	assert.equal((await device.batch([event()])).status, 200);
});

const incidents = async () => (await analyst.ask('GET', '/v1/incidents')).items;
const strike = (word, pid) => device.batch([event({ CommandLine: `sh -c ${word}`, ProcessGuid: `{00000000-0000-0000-0000-00000000000${pid}}`, ProcessId: String(pid) })]);

test('rules of one\'s own detect; SIGHUP reads them again', async () => {
	await strike('first-word', 1);
	await until(10, async () => (await incidents()).length === 1);
	writeFileSync(join(rules, 'two.yml'), rule('5b1c1f6e-0000-4000-8000-000000000002', 'second-word'));
	writeFileSync(join(rules, 'broken.yml'), 'title: [');
	centre.process.kill('SIGHUP');
	await until(10, () => /"rules loaded".*"rules"/.test(centre.text().split('"ready"').at(-1)) && /broken\.yml/.test(centre.text()));
	await strike('second-word', 2);
	await until(10, async () => (await incidents()).length === 2);
	assert.equal((await device.batch([event()])).status, 200);
});

test('placeholders are read again with the rules', async () => {
	writeFileSync(join(rules, 'word.yml'), rule('5b1c1f6e-0000-4000-8000-000000000003', '%word%').replace(/CommandLine(\|contains)?:/, (name) => name.replace(':', '|expand:')));
	writeFileSync(placeholders, 'word: [third-word]\n');
	centre.process.kill('SIGHUP');
	const before = (await incidents()).length;
	await until(10, async () => (await analyst.ask('GET', '/v1/rules?q=5b1c1f6e-0000-4000-8000-000000000003')).items.length === 1);
	await strike('third-word', 3);
	await until(10, async () => (await incidents()).length === before + 1);
});

for (const part of ['key', 'server', 'nginx']) {
	test(`${part} dies and comes back`, async () => {
		const before = centre.pids();
		process.kill(before[part], 'SIGKILL');
		await until(15, () => { const now = centre.pids(); return now[part] && now[part] !== before[part]; });
		await until(15, async () => (await device.batch([event()])).status === 200);
		const made = await until(15, async () => {
			const answer = await analyst.send('POST', `/v1/devices/${device.id}/actions`, { kind: 'collect', reason: '試験', send: true });
			return [201, 409].includes(answer.status) && answer;
		});
		assert.ok(made);
		const now = centre.pids();
		assert.equal(now.parent, before.parent);
	});
}

test('SIGTERM and SIGINT end everything within five seconds', async () => {
	for (const signal of ['SIGTERM', 'SIGINT']) {
		const pids = Object.values(centre.pids());
		const waiting = device.orders(1000, 30).catch(() => ({ status: 'cut' }));
		const stream = send(`${centre.people}/v1/live`, { ca: readFileSync(centre.ca) }).catch(() => null);
		await sleep(300);
		const end = await centre.stop(signal);
		assert.equal(end.status, 0);
		assert.ok(end.ms < 5000, `${end.ms} ms`);
		console.log(`# ${signal}: ended after ${end.ms} ms`);
		await waiting;
		await stream;
		await sleep(100);
		assert.deepEqual(pids.filter(alive), []);
		if (signal === 'SIGTERM')
			await centre.start();
	}
});

test('a second start takes less than ten seconds and keeps everything', async () => {
	const start = Date.now();
	await centre.start();
	const ms = Date.now() - start;
	console.log(`# second start: ${ms} ms`);
	assert.ok(ms < 10000);
	assert.equal((await incidents()).length, 3);
	assert.equal((await device.batch([event()])).status, 200);
	assert.equal(readdirSync(join(centre.data, 'key')).length, 2);
});

test('when the parent is killed, nothing is left behind', async () => {
	const pids = Object.values(centre.pids());
	await centre.stop('SIGKILL');
	await until(8, () => pids.filter(alive).length === 0);
	await centre.start();
	assert.equal((await device.batch([event()])).status, 200);
	assert.equal((await centre.stop()).status, 0);
});
