// timeout: 180
// Orders: delivered at once, for one device, once; what comes back ends the action.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { Centre, event, sleep, tool } from './centre.mjs';

const centre = new Centre();
let administrator, analyst, device, other, company;

before(async () => {
	centre.sample();
	await centre.start();
	administrator = await centre.person('administrator');
	analyst = await centre.person('analyst');
	company = (await administrator.ask('GET', '/v1/companies')).items[0].id;
	device = centre.enrol();
	other = centre.enrol(await centre.makeToken(administrator, company));
});
after(async () => {
	assert.equal((await centre.stop()).status, 0);
	await centre.done();
});

const act = (kind, more = {}) => analyst.ask('POST', `/v1/devices/${device.id}/actions`, { kind, reason: '試験', send: true, ...more });
const open = (order, last, who = device) => tool(['open', who.folder, String(last)], order);
const kept = []; // every order that came, as the device got it, by its number
const ask = async (after) => (await device.orders(after, 0)).text.split('\n').filter(Boolean);
const numberOf = (order) => JSON.parse(order).number;
/** All orders so far. Asks from 0, which confirms nothing: what comes is what nobody confirmed. */
async function all() {
	for (const order of await ask(0)) {
		assert.ok([undefined, order].includes(kept[numberOf(order) - 1]), 'an order changed');
		kept[numberOf(order) - 1] = order;
	}
	return [...kept];
}
const report = (fields, category, who = device) => who.batch([event({ hikeshi: { product: 'hikeshi', category }, ...fields })]);
const stateOf = async (made) => (await analyst.ask('GET', `/v1/actions/${made.id}`)).state;
async function finish(made, result = 'done') {
	await report({ ActionId: made.id, Kind: made.kind, Result: result, Detail: 'nft: 権限がありません' }, 'action_result');
	await until(5, async () => await stateOf(made) === result);
}
const refusals = async (action) => (await analyst.ask('GET', `/v1/audit?result=refused&action=${action}`)).items;

test('a device that waits gets its order at once', async () => {
	const start = Date.now();
	const waiting = device.orders(0, 30);
	await sleep(500);
	const made = await act('isolate');
	const answer = await waiting;
	assert.equal(answer.status, 200);
	assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms`);
	const opened = open(answer.text, 0);
	assert.equal(opened.status, 0, opened.stderr);
	assert.deepEqual(await all(), [answer.text.trim()]);
	const payload = JSON.parse(opened.text);
	assert.equal(payload.kind, 'isolate');
	assert.equal(payload.action_id, made.id);
	await finish(made);
});

test('the latency of an order, twenty times', async () => {
	const times = [];
	for (let i = 0; i < 20; i++) {
		const last = (await all()).length;
		const waiting = device.orders(last, 30);
		await sleep(50);
		const start = performance.now();
		const made = await act(i % 2 ? 'isolate' : 'release');
		assert.equal((await waiting).status, 200);
		times.push(performance.now() - start);
		await finish(made);
	}
	times.sort((a, b) => a - b);
	console.log(`# order from a click to the device: median ${times[10].toFixed(0)} ms, worst ${times[19].toFixed(0)} ms`);
	assert.ok(times[19] < 1000);
});

test('nothing comes: 204 after the time', async () => {
	const last = (await all()).length, start = Date.now();
	assert.equal((await device.orders(last, 1)).status, 204);
	assert.ok(Date.now() - start >= 900 && Date.now() - start < 4000);
});

test('a second question ends the first', async () => {
	const last = (await all()).length;
	const first = device.orders(last, 30);
	await sleep(300);
	const start = Date.now();
	const second = device.orders(last, 1);
	assert.equal((await first).status, 204);
	assert.ok(Date.now() - start < 900);
	assert.equal((await second).status, 204);
});

test('an order is for one device only', async () => {
	const [order] = await all();
	assert.equal((await other.orders(0, 0)).status, 204);
	const opened = open(order, 0, other);
	assert.notEqual(opened.status, 0);
	assert.match(opened.stderr, /another device/);
});

test('a replayed order is refused, and that comes to the audit trail', async () => {
	const [order] = await all();
	const opened = open(order, 1);
	assert.notEqual(opened.status, 0);
	assert.match(opened.stderr, /replay/);
	const answer = await report({ Reason: 'order 1 is a replay, the last was 1', OrderDigest: 'ab'.repeat(32), Count: 3 }, 'order_refused');
	assert.equal(answer.status, 200, answer.text);
	const rows = await until(10, async () => {
		const found = await refusals('order_refused');
		return found.length > 0 && found;
	});
	assert.match(rows[0].reason, /replay/);
	assert.equal(rows[0].object.id, device.id);
	assert.equal(rows[0].repeated, 2);
});

test('many refused orders are one line of the trail', async () => {
	const before = (await refusals('order_refused')).length;
	for (let i = 0; i < 10; i++)
		await report({ Reason: 'order is for another device', OrderDigest: 'cd'.repeat(32) }, 'order_refused', other);
	await until(10, async () => (await refusals('order_refused')).length > before);
	await sleep(1000);
	assert.equal((await refusals('order_refused')).length, before + 1);
});

test('a result ends the action, and the device shows it', async () => {
	await finish(await act('isolate'));
	assert.equal((await analyst.ask('GET', `/v1/devices/${device.id}`)).isolated, true);
	await finish(await act('release'), 'failed');
	assert.equal((await analyst.ask('GET', `/v1/devices/${device.id}`)).isolated, true);
});

test('a result for another device\'s action is refused', async () => {
	const made = await act('release');
	await report({ ActionId: made.id, Kind: 'release', Result: 'done', Detail: '' }, 'action_result', other);
	const rows = await until(10, async () => {
		const found = await refusals('action_result');
		return found.length > 0 && found;
	});
	assert.equal(rows[0].object.id, other.id);
	assert.equal(await stateOf(made), 'sent');
	await finish(made);
	assert.equal((await analyst.ask('GET', `/v1/devices/${device.id}`)).isolated, false);
});

test('results that make no sense end nothing', async () => {
	for (const fields of [{}, { ActionId: 'x' }, { ActionId: randomUUID(), Result: 'done' }, { ActionId: randomUUID(), Result: 'x'.repeat(5000) }])
		assert.equal((await report(fields, 'action_result')).status, 200);
	const id = randomUUID();
	assert.equal((await device.batch([event({ hikeshi: { id } })])).status, 200);
	await until(10, async () => (await analyst.send('GET', `/v1/companies/${company}/events/${id}`)).status === 200);
	assert.doesNotMatch(centre.text(), /"detection waits"/);
});

test('health shows on the device', async () => {
	await report({ AgentVersion: '0.1.0-test', Isolated: 'false' }, 'agent_health');
	const shown = await until(10, async () => {
		const now = await analyst.ask('GET', `/v1/devices/${device.id}`);
		return now.agent_version === '0.1.0-test' && now.last_seen && now;
	});
	assert.ok(Date.now() - Date.parse(shown.last_seen) < 60000);
});

test('an agent that was removed at the host is uninstalled here, and may still send its last batches', async () => {
	const going = centre.enrol(await centre.makeToken(administrator, company));
	const stateNow = async () => (await analyst.ask('GET', `/v1/devices/${going.id}`)).state;
	const trail = async () => (await administrator.ask('GET', '/v1/audit?action=agent_removed')).items.filter((row) => row.object.id === going.id);
	assert.equal(await stateNow(), 'active');
	await report({}, 'agent_removed', going);
	await until(10, async () => await stateNow() === 'uninstalled');
	assert.equal((await going.batch([event()])).status, 200);
	await report({}, 'agent_removed', going);
	await sleep(1000);
	assert.equal((await trail()).length, 1);
});

test('orders last over a restart, and their numbers go on', async () => {
	const before = await all();
	assert.equal((await centre.stop()).status, 0);
	await centre.start();
	assert.deepEqual(await all(), before);
	await act('isolate');
	const after = await all();
	assert.equal(after.length, before.length + 1);
	assert.equal(JSON.parse(after.at(-1)).number, before.length + 1);
	assert.equal(open(after.at(-1), before.length).status, 0);
});

const order = async () => finish(await act('collect'));

test('an order that was handed out but not confirmed is handed out again', async () => {
	const last = (await all()).length;
	await order();
	const [first] = await ask(last);
	assert.equal(numberOf(first), last + 1);
	assert.deepEqual(await ask(last), [first]);
	assert.equal((await ask(0)).at(-1), first);
});

test('what was confirmed once never comes again, whatever is asked', async () => {
	for (let i = 0; i < 4; i++)
		await order();
	const before = await all(), last = before.length;
	assert.ok(last > 5);
	assert.deepEqual((await ask(last - 2)).map(numberOf), [last - 1, last]);
	assert.deepEqual((await ask(0)).map(numberOf), [last - 1, last]); // state.json is lost
	assert.deepEqual((await ask(last - 5)).map(numberOf), [last - 1, last]); // or an old one came back
	assert.deepEqual(await ask(last), []);
	assert.deepEqual(await ask(0), []);
	assert.equal((await centre.stop()).status, 0);
	await centre.start();
	assert.deepEqual(await ask(0), []);
	await order();
	assert.deepEqual((await ask(0)).map(numberOf), [last + 1]);
	await all();
});

test('a number that was not given yet confirms only what was given', async () => {
	const last = (await all()).length;
	assert.deepEqual(await ask(last + 1000), []);
	await order();
	assert.deepEqual((await ask(0)).map(numberOf), [last + 1]);
});

test('without the key process nothing is signed and nothing is half done', async () => {
	const before = await all();
	const { key } = centre.pids();
	process.kill(key, 'SIGSTOP');
	const answer = await analyst.send('POST', `/v1/devices/${device.id}/actions`, { kind: 'collect', reason: '試験', send: true });
	process.kill(key, 'SIGCONT');
	assert.equal(answer.status, 503, JSON.stringify(answer.body));
	assert.equal((await all()).length, before.length);
	const made = await act('collect');
	assert.equal(made.state, 'sent');
});
