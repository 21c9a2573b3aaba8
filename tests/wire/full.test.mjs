// timeout: 180
// A full disk: 507, nothing acknowledged is lost, and it goes on once there is room.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { Centre, event, storedIds } from './centre.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hikeshi-full-'));
const disk = join(folder, 'disk');
mkdirSync(disk);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]).status === 0;
const skip = mounted ? false : 'needs the right to mount a tmpfs';
const centre = new Centre({ data: join(disk, 'centre') });
const acknowledged = [];
let device, company, administrator;

before(async () => {
	if (!mounted)
		return;
	centre.sample();
	await centre.start();
	administrator = await centre.person('administrator');
	company = (await administrator.ask('GET', '/v1/companies')).items[0].id;
	device = centre.enrol();
});
after(async () => {
	if (mounted) {
		await centre.done();
		spawnSync('umount', ['-l', disk]);
	}
	rmSync(folder, { recursive: true, force: true });
});

/** A batch that does not compress well. */
function make(n = 40) {
	return Array.from({ length: n }, () => {
		const id = randomUUID();
		return { id, line: event({ hikeshi: { id }, CommandLine: randomBytes(3000).toString('base64') }) };
	});
}

async function sendOne(sequence, rows) {
	const answer = await device.batch(rows.map((row) => row.line), { sequence });
	if (answer.status === 200)
		acknowledged.push(...rows.map((row) => row.id));
	return answer;
}

test('507 when the disk is full, with a time to come back', { skip }, async () => {
	const filler = join(disk, 'filler');
	assert.equal((await sendOne(1, make())).status, 200);
	const processes = centre.pids();
	writeFileSync(filler, '');
	for (let room = true, size = 1 << 20; size >= 4096; room = true) {
		try {
			while (room)
				appendFileSync(filler, Buffer.alloc(size));
		} catch {
			size /= 4;
		}
	}
	const statuses = [];
	const waiting = make();
	for (let i = 0; i < 20; i++) {
		const answer = await sendOne(2, waiting);
		statuses.push(answer.status);
		if (answer.status === 507) {
			assert.ok(Number(answer.headers['retry-after']) > 0);
			assert.equal(JSON.parse(answer.text).error.code.length > 0, true);
			break;
		}
		waiting.splice(0, waiting.length, ...make());
		device.epoch = randomUUID();
	}
	assert.equal(statuses.at(-1), 507, statuses.join(' '));
	assert.deepEqual(centre.pids(), processes, 'nobody died of it');

	unlinkSync(filler);
	const again = await until(20, async () => {
		const answer = await sendOne(2, waiting);
		return answer.status === 200 && answer;
	});
	assert.deepEqual(JSON.parse(again.text), { stored: 40, duplicate: false });
});

test('what was acknowledged is there, once, and nothing else', { skip }, async () => {
	const stored = storedIds(centre, company);
	assert.equal(new Set(stored).size, stored.length);
	assert.deepEqual(new Set(stored), new Set(acknowledged));
});

test('detection goes on, too', { skip }, async () => {
	const answer = await device.batch([event({ hikeshi: { product: 'hikeshi', category: 'agent_health' }, AgentVersion: 'after', Isolated: 'false' })], { sequence: 99 });
	assert.equal(answer.status, 200);
	await until(15, async () => (await administrator.ask('GET', `/v1/devices/${device.id}`)).agent_version === 'after');
	assert.equal((await centre.stop()).status, 0);
});
