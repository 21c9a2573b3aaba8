// timeout: 300
// Applications, jobs and mails to a real mail server while the whole centre, its
// server and its post die: one mail a receipt, and each leaves once or is said to be unsure.
import assert from 'node:assert/strict';
import { after, before, test as one } from 'node:test';

import { until } from '../lib/client.mjs';
import { EXIM, Exim } from '../mail/exim.mjs';
import { sleep } from '../wire/centre.mjs';
import { Office, SHOP, skip as noBuild } from './office.mjs';

const SHOPS = 12, DEATHS = ['post', 'centre', 'post', 'server', 'centre'];
const skip = EXIM ? noBuild : 'exim4-daemon-light is not installed';
const test = (name, work) => one(name, { skip }, work);
let exim, office;

if (!skip) {
	before(async () => {
		exim = await new Exim().start();
		office = await new Office({ arguments: ['--smtp', `smtp://127.0.0.1:${exim.port}`, '--mail-from', '事務局 <office@r7b.example>'] }).open();
	});
	after(async () => { await office?.done(); await exim?.done(); });
}

const alive = () => until(30, () => office.page('/p/').then((page) => page.status === 200, () => false), 100);

async function die(victim) {
	if (victim === 'centre') {
		await office.stop('SIGKILL');
		await office.start();
	} else if (office.pids()[victim]) {
		process.kill(office.pids()[victim], 'SIGKILL');
	}
	await alive();
}

test('twelve shops apply while centre, server and post are killed', async () => {
	const retry = (work) => until(40, () => work().then((answer) => (answer.status < 500 ? answer : null), () => null), 150);
	let going = true;
	const killer = (async () => {
		for (const victim of DEATHS) {
			await sleep(700 + 400 * Math.random());
			await die(victim);
			if (!going)
				break;
		}
	})();
	for (let n = 0; n < SHOPS; n++) {
		const form = await until(40, () => office.form().then((page) => (page.token ? page : null), () => null), 150);
		const shop = { ...SHOP, ...office.another() };
		const sent = await retry(() => office.submit(shop, form));
		assert.equal(sent?.status, 303);
		await sleep(250);
	}
	await killer;
	going = false;
	/* What the post died at waits its minute; the test does not. */
	const sent = () => Number(office.sql('SELECT COUNT(*) FROM mail WHERE state = 2;')[0][0]);
	const all = await until(60, () => {
		office.sql('UPDATE mail SET next = 0 WHERE state = 0;');
		return sent() === SHOPS;
	}, 500);
	assert.ok(all, `${sent()} of ${SHOPS}: ${office.tail()}`);
});

test('each receipt has one mail; each left once, or the outbox says that nobody knows', async () => {
	assert.deepEqual(office.sql("SELECT COUNT(*) FROM application a WHERE (SELECT COUNT(*) FROM mail m WHERE m.application = a.id AND m.template = 'received') <> 1;"), [['0']]);
	const arrived = (id) => exim.mails().filter((mail) => mail.headers['message-id']?.[0] === `<hikeshi.${id}@r7b.example>`).length;
	const mails = office.sql('SELECT id, recipient, unsure FROM mail ORDER BY row;');
	assert.equal(mails.length, SHOPS);
	assert.ok(await until(20, () => mails.every(([id]) => arrived(id) > 0)), 'none is lost');
	for (const [id, to, unsure] of mails)
		assert.ok(arrived(id) === 1 || Number(unsure) > 0, `${to}: came ${arrived(id)} times, unsure ${unsure}`);
	assert.ok(mails.filter(([, , unsure]) => Number(unsure) > 0).length <= DEATHS.length);
});

test('the jobs are at their end, and the audit trail holds', async () => {
	const { administrator } = office.staff;
	assert.ok(await until(20, async () => (await administrator.ask('GET', '/v1/status')).jobs.waiting === 0), office.tail());
	assert.equal((await administrator.ask('GET', '/v1/status')).jobs.failed, 0);
	assert.equal((await administrator.ask('GET', '/v1/audit/verification')).intact, true);
});
