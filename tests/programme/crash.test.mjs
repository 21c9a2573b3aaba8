// timeout: 300
// kill -9 of the server while applications come in, move on and their effects
// run: every receipt has its mail, every decision its participation, each once.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { sleep } from '../wire/centre.mjs';
import { before, Office, SHOP, test } from './office.mjs';

const SHOPS = 18, KILLS = 6;
const office = new Office();

before(() => office.open());
after(() => office.done());

test('eighteen shops apply and are decided while the server dies six times', async () => {
	const seed = Number(process.env.HIKESHI_SEED ?? Date.now() % 2 ** 31);
	let state = seed;
	const pick = (n) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n;
	console.log(`# seed ${seed}: HIKESHI_SEED repeats the order`);
	let going = true;
	const killer = (async () => {
		for (let i = 0; i < KILLS && going; i++) {
			await sleep(300 + pick(1200));
			const { server } = office.pids();
			if (server)
				process.kill(server, 'SIGKILL');
			await until(20, async () => (await office.page('/p/')).status === 200, 100);
		}
	})();
	const retry = (work) => until(40, async () => {
		const answer = await work();
		return answer.status < 500 ? answer : null;
	}, 150);
	for (let n = 0; n < SHOPS; n++) {
		const form = await until(40, async () => {
			const one = await office.form();
			return one.token ? one : null;
		}, 150);
		/* the same form is sent until an answer comes: it is one application */
		const shop = { ...SHOP, ...office.another() };
		const sent = await retry(() => office.submit(shop, form));
		assert.equal(sent?.status, 303);
	}
	going = false;
	await killer;
	await office.quiet();
	const counts = office.sql('SELECT a.mail, COUNT(m.id) FROM application a LEFT JOIN mail m ON m.application = a.id AND m.template = \'received\' GROUP BY a.id;');
	assert.equal(counts.length, SHOPS);
	assert.deepEqual(counts.filter(([, count]) => count !== '1'), [], 'each receipt has one mail');
	assert.deepEqual(office.sql('SELECT COUNT(*), MIN(number), MAX(number) FROM application;'), [[String(SHOPS), '1', String(SHOPS)]]);
});

test('a decision whose server dies at once has its participation and mail once', async () => {
	const { items } = await office.staff.secretariat.ask('GET', '/v1/applications?limit=200');
	for (const row of items.slice(0, 5)) {
		const one = await office.bring(row, 'decision');
		const answer = office.event(one, 'secretariat', 'decide', { courses: ['edr'], agreed: 'yes', reason: '希望のとおり' }).catch(() => null);
		await sleep(5);
		const { server } = office.pids();
		if (server)
			process.kill(server, 'SIGKILL');
		await answer;
		assert.ok(await until(90, async () => (await office.detail(row.id)) && true, 100));
		if ((await office.detail(row.id)).state === 'decision')
			await office.does(one, 'secretariat', 'decide', { courses: ['edr'], agreed: 'yes', reason: '希望のとおり' });
		assert.equal((await office.detail(row.id)).state, 'approval');
		assert.deepEqual(office.sql(`SELECT COUNT(*) FROM participation WHERE application = '${row.id}';`), [['1']]);
	}
	await office.quiet();
	const twice = office.sql('SELECT application, template, COUNT(*) FROM mail GROUP BY application, template HAVING COUNT(*) <> 1;');
	assert.deepEqual(twice, []);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
});
