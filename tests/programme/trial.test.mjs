// timeout: 300
// From the approval to the end of the trial: the first device starts it, months
// end, licences go off on every device by signed order (S-39, R-049, R-050, R-058).
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { event, tool } from '../wire/centre.mjs';
import { before, Office, test } from './office.mjs';

const office = new Office();
let one, participation;
const devices = [];

before(() => office.open());
after(() => office.done());

const state = async () => (await office.detail(one.id)).state;
const becomes = (wanted) => until(10, async () => await state() === wanted);
const licence = (device) => office.sql(`SELECT licence FROM device WHERE id = '${device.id}';`)[0][0];
const token = (user) => office.staff.contractor.send('POST', '/v1/enrolment-tokens', { company: one.company.id, participation, user });

/** Opened payloads of all orders of a device. */
async function orders(device) {
	const lines = (await device.orders(0, 0)).text.split('\n').filter(Boolean);
	return lines.map((line) => {
		const opened = tool(['open', device.folder, String(JSON.parse(line).number - 1)], line);
		assert.equal(opened.status, 0, opened.stderr);
		return JSON.parse(opened.text);
	});
}

test('before the decision nothing can be enrolled (R-003)', async () => {
	one = await office.apply();
	one = await office.bring(one, 'decision');
	assert.deepEqual(office.sql(`SELECT id FROM participation WHERE application = '${one.id}';`), []);
});

test('between decision and approval the entitlement has not begun', async () => {
	one = await office.bring(one, 'approval');
	[[participation]] = office.sql(`SELECT id FROM participation WHERE application = '${one.id}';`);
	const early = await token('経理 花子');
	assert.equal(early.status, 409, JSON.stringify(early.body));
	assert.equal(early.body.error.code, 'entitlement');
});

test('the first device starts the trial; a second changes nothing (R-049)', async () => {
	one = await office.bring(one, 'preparing');
	office.clock('set', '2025-06-02T10:00:00+09:00');
	for (const user of ['経理 花子', '営業 太郎']) {
		const made = await token(user);
		assert.equal(made.status, 201, JSON.stringify(made.body));
		devices.push(office.enrol(made.body.secret));
	}
	one = await office.detail(one.id);
	assert.equal(one.state, 'trial');
	assert.match(one.installed, /^2025-06-02T01:00/);
	assert.equal(one.trial_end, '2025-09-01', 'the day before the same date, of this company (T-47)');
	const { items } = await office.staff.secretariat.ask('GET', `/v1/applications/${one.id}/log`);
	assert.equal(items.filter((row) => row.event === 'installed').length, 1);
	await office.quiet();
	assert.equal((await office.mails(one, 6)).filter((row) => row.template === 'trial_started').length, 1);
});

test('two weeks before the end, a mail; months end once each (R-068, R-071)', async () => {
	office.clock('set', '2025-08-20T09:00:00+09:00');
	const near = await until(10, async () => (await office.mails(one, 1)).find((row) => row.template === 'trial_end_nears'));
	assert.ok(near, office.tail());
	const jobs = () => office.sql(`SELECT number FROM job WHERE kind = 'report' AND application = '${one.id}' ORDER BY number;`);
	assert.deepEqual(jobs(), [['1'], ['2']]);
	assert.equal(await state(), 'trial');
});

test('the day after the end: every device is told, signed, that its licence is off (S-39, R-058)', async () => {
	office.clock('set', '2025-09-02T00:00:30+09:00');
	assert.ok(await becomes('closing'), office.tail());
	for (const device of devices) {
		const [order] = await until(10, async () => {
			const all = (await orders(device)).filter((row) => row.kind === 'licence_off');
			return all.length > 0 ? all : null;
		});
		assert.ok(order, office.tail());
		device.order = order;
		assert.equal(licence(device), 'active', 'not before it says so');
	}
	const jobs = office.sql(`SELECT number FROM job WHERE kind = 'report' AND application = '${one.id}' ORDER BY number;`);
	assert.deepEqual(jobs, [['1'], ['2'], ['3']]);
});

test('what a stranger to the role sees of the orders: approved by the centre, with the reason', async () => {
	const { items } = await office.staff.analyst.ask('GET', `/v1/devices/${devices[0].id}/actions`);
	const action = items.find((row) => row.kind === 'licence_off');
	assert.equal(action.state, 'sent');
	assert.equal(action.proposed_by, null);
	assert.match(action.reason, /ライセンス/);
});

test('confirmed by one, then by all: only then it has ended (R-058)', async () => {
	const confirm = (device) => device.batch([event({
		hikeshi: { product: 'hikeshi', category: 'action_result' }, ActionId: device.order.action_id, Kind: 'licence_off', Result: 'done', Detail: '',
	})]);
	await confirm(devices[0]);
	assert.ok(await until(10, async () => licence(devices[0]) === 'off'), office.tail());
	assert.equal(licence(devices[1]), 'active');
	assert.equal(await state(), 'closing');
	await confirm(devices[1]);
	assert.ok(await becomes('ended'), office.tail());
	assert.equal(licence(devices[1]), 'off');
	one = await office.detail(one.id);
	assert.ok(one.ended);
	const [[ended]] = office.sql(`SELECT ended_at FROM participation WHERE id = '${participation}';`);
	assert.ok(Number(ended) > 0, 'the participation is over');
	assert.equal((await token('経理 花子')).status, 404, 'the contractor no longer sees the company');
	await office.quiet();
	/* reports are mailed beside, when their press is done; the survey is asked beside */
	const mails = (await office.mails(one, 9)).map((row) => row.template).filter((word) => !['report_ready', 'survey'].includes(word));
	assert.deepEqual(mails.slice(-3), ['trial_end_nears', 'trial_ended', 'ended']);
});

test('nothing waits, nothing failed', async () => {
	await office.quiet();
	assert.equal((await office.staff.administrator.ask('GET', '/v1/status')).jobs.failed, 0);
});
