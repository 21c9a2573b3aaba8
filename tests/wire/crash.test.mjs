// timeout: 400
// kill -9 of the centre, its server, nginx, key process and the device, fifty
// times at random moments under load: every acknowledged event is stored once,
// none twice, and every detection is made once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { Centre, TOOL, sleep, storedIds, tool } from './centre.mjs';

const KILLS = { parent: 16, server: 12, nginx: 8, key: 4, device: 10 };
const MARKED = '5b1c1f6e-0000-4000-8000-0000000000aa', SEVERAL = '5b1c1f6e-0000-4000-8000-0000000000ab';
const ENOUGH = 5, SPAN_S = 2;
const EVENTS_A_BATCH = 50, PAUSE_MS = 10, DEVICES = 2;

const centre = new Centre();
let company, administrator;
const devices = [];

before(async () => {
	const rules = join(centre.folder, 'rules');
	mkdirSync(rules);
	writeFileSync(join(rules, 'marked.yml'), `title: A marked command
id: ${MARKED}
status: test
logsource:
    product: linux
    category: process_creation
detection:
    selection:
        CommandLine: 'a-marked-command'
    condition: selection
level: low
---
title: Several marked commands
id: ${SEVERAL}
status: test
correlation:
    type: event_count
    rules: ${MARKED}
    group-by: User
    timespan: ${SPAN_S}s
    condition:
        gte: ${ENOUGH}
    generate: true
level: medium
`);
	centre.arguments = ['--rules', rules];
	centre.sample();
	await centre.start();
	administrator = await centre.person('administrator');
	company = (await administrator.ask('GET', '/v1/companies')).items[0].id;
	for (let i = 0; i < DEVICES; i++)
		devices.push({ ...centre.enrol(await centre.makeToken(administrator, company)) });
});
after(async () => {
	for (const device of devices)
		device.process?.kill('SIGKILL');
	await centre.done();
});

function load(device) {
	device.process = spawn(TOOL, ['load', device.folder, String(EVENTS_A_BATCH), String(PAUSE_MS)], { stdio: ['ignore', 'pipe', 'inherit'] });
	device.ended = new Promise((done) => device.process.on('exit', (status, signal) => done({ status, signal })));
}

const ids = (device, name) => {
	const file = join(device.folder, name);
	return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line.length === 36) : [];
};

/** The same numbers give the same moments: the seed is printed. */
function random(seed) {
	let state = seed >>> 0;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor(state / 2 ** 32 * n);
	};
}

async function kill(what, pick) {
	if (what === 'device') {
		const device = devices[pick(devices.length)];
		device.process.kill('SIGKILL');
		await device.ended;
		load(device);
	} else if (what === 'parent') {
		await centre.stop('SIGKILL');
		await until(10, async () => centre.start().then(() => true), 50);
	} else {
		const pid = centre.pids()[what];
		if (pid)
			process.kill(pid, 'SIGKILL');
		return Boolean(pid);
	}
	return true;
}

test('fifty deaths', async () => {
	const seed = Number(process.env.HIKESHI_SEED ?? Date.now() % 2 ** 31);
	const pick = random(seed), plan = Object.entries(KILLS).flatMap(([what, n]) => Array(n).fill(what));
	const start = Date.now(), done = {};
	for (let i = plan.length - 1; i > 0; i--) {
		const j = pick(i + 1);
		[plan[i], plan[j]] = [plan[j], plan[i]];
	}
	console.log(`# seed ${seed}: HIKESHI_SEED repeats the order`);
	devices.forEach(load);
	await sleep(1000);
	for (const what of plan) {
		await sleep(100 + pick(1200));
		while (!await kill(what, pick))
			await sleep(200); /* it is being started again */
		done[what] = (done[what] ?? 0) + 1;
	}
	assert.deepEqual(done, KILLS);
	console.log(`# ${plan.length} deaths in ${((Date.now() - start) / 1000).toFixed(0)} s: ${JSON.stringify(done)}`);
	for (const device of devices) {
		device.process.kill('SIGTERM');
		assert.equal((await device.ended).status, 0);
	}
});

test('what waits is sent', async () => {
	await until(60, () => Object.keys(centre.pids()).length === 4);
	for (const device of devices) {
		const drained = tool(['drain', device.folder, '60']);
		assert.equal(drained.status, 0, drained.stderr);
	}
});

test('every acknowledged event is stored once, none twice, no other', async () => {
	const acknowledged = new Set(devices.flatMap((device) => ids(device, 'acknowledged')));
	const stored = storedIds(centre, company), set = new Set(stored);
	const lost = [...acknowledged].filter((id) => !set.has(id)), unasked = stored.filter((id) => !acknowledged.has(id));
	console.log(`# ${acknowledged.size} events acknowledged, ${stored.length} stored, ${stored.length - set.size} twice, ${lost.length} lost`);
	assert.ok(acknowledged.size > 5000);
	assert.equal(lost.length, 0);
	assert.equal(stored.length, set.size);
	assert.equal(unasked.length, 0);
});

let detections = [];

test('every marked event is detected once', async () => {
	const analyst = await centre.person('analyst');
	const stored = new Set(storedIds(centre, company));
	const wanted = new Set(devices.flatMap((device) => ids(device, 'marked')).filter((id) => stored.has(id)));
	const found = await until(60, async () => {
		const rows = [];
		for (let next = ''; next !== null;) {
			const page = await analyst.ask('GET', `/v1/detections?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`);
			rows.push(...page.items);
			next = page.next;
		}
		detections = rows;
		const marked = rows.filter((row) => row.rule.id === MARKED);
		return marked.length >= wanted.size && marked;
	}, 1000);
	console.log(`# ${wanted.size} marked, ${found?.length} detections`);
	assert.ok(wanted.size > 20);
	assert.deepEqual(found.map((row) => row.event).sort(), [...wanted].sort());
});

test('correlations count over every death: none is told twice, none is missing', async () => {
	const at = (row) => Date.parse(row.observed), span = SPAN_S * 1000;
	const marked = detections.filter((row) => row.rule.id === MARKED).map(at).sort((a, b) => a - b);
	const hits = detections.filter((row) => row.rule.id === SEVERAL).map(at).sort((a, b) => a - b);
	/* milliseconds: an instant's end is cut, so that what is nearer than one counts as either */
	const enough = marked.filter((time) => marked.filter((other) => other > time - span + 1 && other <= time).length >= ENOUGH);
	const missing = enough.filter((time) => !hits.some((hit) => Math.abs(hit - time) <= span));
	const twice = hits.filter((time, i) => i > 0 && time - hits[i - 1] < span - 1);
	console.log(`# ${marked.length} marked, ${enough.length} times enough of them, ${hits.length} hits, ${missing.length} missing, ${twice.length} twice`);
	assert.ok(hits.length > 5);
	assert.deepEqual(missing, []);
	assert.deepEqual(twice, []);
	const { correlations } = await administrator.ask('GET', '/v1/status');
	assert.ok(correlations.events > 0 && correlations.groups > 0 && correlations.bytes > 0, JSON.stringify(correlations));
	assert.deepEqual([correlations.late, correlations.forgotten_events, correlations.forgotten_groups], [0, 0, 0]);
	assert.equal((await centre.stop()).status, 0);
});
