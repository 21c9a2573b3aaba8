// timeout: 300
// What the steps of one application do not show: editions side by side, what the office
// reads of the conditions, the end of a UTM trial, the audit trail.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { answers, edition, hidden } from '../site/world.mjs';
import { before, EDITION, OPERATOR, Office, test, TOP } from './office.mjs';

const office = new Office();
let other; /* the programme of tests/site/every-kind.yaml, in force beside the real one */

before(async () => {
	await office.open();
	const file = join(office.folder, 'every-kind.yaml');
	writeFileSync(file, edition(readFileSync(join(TOP, 'tests/site/every-kind.yaml'), 'utf8'), { opens: '2025-05-01', until: '2025-12-26' }));
	office.publish(file, OPERATOR);
	other = await until(10, async () => (await office.staff.secretariat.ask('GET', '/v1/programmes')).items.find((row) => row.slug === 'every-kind'));
});
after(() => office.done());

async function applyToOther() {
	const page = await office.page('/p/every-kind/apply');
	const body = new URLSearchParams({ ...answers(), token: hidden(page.text, 'token'), form_version: hidden(page.text, 'form_version'), step: 'send' }).toString();
	const sent = await office.page('/p/every-kind/apply', { method: 'POST', body,
		headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) } });
	assert.equal(sent.status, 303, sent.text);
	const { items } = await office.staff.secretariat.ask('GET', `/v1/applications?programme=${other.id}`);
	return office.detail(items[0].id);
}

test('R-001, R-011: two editions run side by side, each with its courses and places', async () => {
	assert.ok(other, office.tail());
	const places = (programme) => Object.fromEntries(programme.courses.map((row) => [row.course, row.places]));
	assert.deepEqual(places(office.programme), { utm: 50, edr: 50, guidance: 100 });
	assert.deepEqual(places(other), { guidance: 50, edr: 1 });
	await office.apply({ courses: ['edr', 'guidance'] });
	const theirs = await applyToOther();
	assert.match(theirs.number, /^every-kind-00001$/);
	const [ours, its] = [office.programme.id, other.id].map((id) => office.sql(`SELECT course, COUNT(*) FROM application_course c JOIN application a ON a.row = c.application WHERE a.programme = '${id}' GROUP BY course ORDER BY course;`));
	assert.deepEqual(ours, [['edr', '1'], ['guidance', '1']], 'a seat in each course (T-50)');
	assert.deepEqual(its, [['guidance', '1']]);
	for (const { id, courses } of (await office.staff.city.ask('GET', '/v1/programmes')).items)
		assert.equal(courses.find((row) => row.course === 'guidance').taken, 1, id);
});

test('R-002: an application knows only the states and events of its own edition', async () => {
	const ours = await office.apply();
	const theirs = (await office.staff.secretariat.ask('GET', `/v1/applications?programme=${other.id}`)).items[0];
	assert.deepEqual([...new Set(other.states.map((row) => row.id))], ['received', 'completed', 'signed', 'confirmed', 'withdrawn']);
	for (const [application, foreign] of [[ours, 'complete'], [theirs, 'accept_rules'], [theirs, 'approve'], [ours, 'nothing']]) {
		const answer = await office.event(application, 'secretariat', foreign, {});
		assert.deepEqual([answer.status, answer.body.error.code], [409, 'no_such_event'], foreign);
	}
	/* "received" is of both; what may be done there is each one's own */
	const complete = await office.does(theirs, 'secretariat', 'complete');
	assert.equal(complete.state, 'completed');
	assert.ok(complete.completed);
	assert.equal((await office.detail(ours.id)).state, 'received');
});

test('R-003: what makes participation final stands in the edition: there a decision, not an approval', async () => {
	const theirs = (await office.staff.secretariat.ask('GET', `/v1/applications?programme=${other.id}`)).items[0];
	assert.equal(theirs.confirmed, null);
	const final = await office.does(theirs, 'secretariat', 'decide');
	assert.equal(final.state, 'confirmed');
	assert.ok(final.confirmed);
	assert.deepEqual(final.possible, []);
});

test('R-019: the office reads every condition with its rule, and what to look at (R-026, T-13)', async () => {
	const one = await office.apply({ past_support: 'yes', past_content: ['utm'] });
	const conditions = /^eligibility:[^]*?^\S(?!ligibility)/m.exec(readFileSync(EDITION, 'utf8'))[0].match(/^ {2}- id: \S+/gm).map((line) => line.slice(8));
	assert.deepEqual(one.eligibility.map((row) => row.condition), conditions, 'each of the file, in its order');
	for (const row of one.eligibility)
		assert.match(row.rules, /^R-\d{3}/, row.condition);
	const verdict = Object.fromEntries(one.eligibility.map((row) => [row.condition, row.verdict]));
	assert.deepEqual([verdict.size, verdict.main_office, verdict.past_support], ['pass', 'pass', 'review']);
	assert.match(one.eligibility.find((row) => row.condition === 'past_support').message, /運営事務局が確認します/);
	const accept = { channel: 'telephone', person: '火消 一郎', own_cost_told: 'yes' };
	const early = await office.event(one, 'secretariat', 'accept_rules', accept);
	assert.deepEqual([early.status, early.body.error.code], [409, 'condition'], 'not before somebody looked');
	await office.does(one, 'secretariat', 'clear_review', { basis: '別の内容と確認' });
	assert.equal((await office.does(one, 'secretariat', 'accept_rules', accept)).state, 'completed');
});

test('R-027, R-028: out after the confirmation: asked to withdraw, or found ineligible, each with its reason', async () => {
	const asked = await office.bring(await office.apply(), 'preparing');
	assert.equal((await office.event(asked, 'city', 'ask_to_withdraw', {})).status, 422, 'not without a reason');
	const still = await office.does(asked, 'city', 'ask_to_withdraw', { reason: '支援に適さないため' });
	assert.equal(still.ended, null, 'asking does not end it');
	const found = await office.bring(await office.apply(), 'preparing');
	const bare = await office.event(found, 'secretariat', 'ineligible_found', { reason: '虚偽の申告' });
	assert.deepEqual(bare.body.error.errors.map((row) => row.field), ['found']);
	const out = await office.does(found, 'secretariat', 'ineligible_found', { reason: '虚偽の申告', found: '2025-05-23' });
	assert.ok(out.ended && out.confirmed, 'also after confirmation');
	assert.equal(out.state, 'excluded');
});

test('S-39, R-050: a UTM without a contract: removal works, no licence; it ends when they are done', async () => {
	const utm = await office.bring(await office.apply({ courses: ['utm'], utm_site: 'tokyo' }), 'preparing');
	assert.equal((await office.event(utm, 'expert', 'installed')).body.error.code, 'not_yours');
	await office.does(utm, 'contractor', 'works_done');
	const trial = await office.detail(utm.id);
	assert.equal(trial.state, 'trial');
	const edr = await office.bring(await office.apply({ courses: ['edr'] }), 'preparing');
	const byHand = await office.event(edr, 'secretariat', 'works_done');
	assert.deepEqual([byHand.status, byHand.body.error.code], [409, 'condition'], 'T-47: EDR begins with its first device, not by hand');
	assert.equal((await office.event(edr, 'secretariat', 'installed')).body.error.code, 'not_yours');
	assert.equal(trial.trial_end, '2025-08-22', 'T-47: three months of its own');
	office.clock('set', '2025-08-23T00:00:30+09:00');
	assert.ok(await until(10, async () => (await office.detail(utm.id)).state === 'closing'), office.tail());
	assert.deepEqual(office.sql(`SELECT kind FROM job WHERE application = '${utm.id}' AND kind IN ('licence_off', 'uninstall');`), []);
	const early = await office.event(utm, 'contractor', 'closed');
	assert.equal(early.body.error.code, 'condition', 'not before the device is gone');
	const done = await office.does(utm, 'contractor', 'removal_done', { date: '2025-08-25' });
	assert.equal(done.state, 'ended');
	assert.ok(done.ended);
	office.clock('set', '2025-05-23T10:00:00+09:00');
});

test('R-121: every change is on a trail that the office can read only in part and change never', async () => {
	const one = await office.apply();
	await office.does(one, 'secretariat', 'contact_failed', { channel: 'telephone' });
	const { items } = await office.staff.administrator.ask('GET', `/v1/audit?object=${one.id}&limit=50`);
	assert.deepEqual(items.map((row) => row.action).reverse(), ['application_receive', 'application_event']);
	for (const [method, path] of [['DELETE', '/v1/audit'], ['PUT', '/v1/audit'], ['DELETE', `/v1/audit/${items[0].number}`], ['DELETE', `/v1/applications/${one.id}/log`], ['PATCH', `/v1/applications/${one.id}`], ['DELETE', `/v1/applications/${one.id}`]])
		for (const who of ['secretariat', 'administrator'])
			assert.ok([404, 405].includes((await office.staff[who].send(method, path, method === 'DELETE' ? undefined : {})).status), `${who} ${method} ${path}`);
	assert.equal((await office.staff.secretariat.send('GET', '/v1/audit')).status, 403);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
	assert.deepEqual((await office.staff.analyst.ask('GET', `/v1/audit?object=${one.id}`)).items, [], 'who sees no applications does not see them there');
	/* Nor does the file let it be changed. */
	for (const change of ["UPDATE audit SET reason = 'nothing happened'", 'DELETE FROM audit'])
		assert.throws(() => office.sql(`${change} WHERE object = '${one.id}';`), /the audit trail is never changed/);
});
