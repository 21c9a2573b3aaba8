// timeout: 600
// The season of the follow-up of 2025 (R7F) over the API of a real centre with a
// moved clock: from the first day of reception to the last survey. What lies
// behind the links is tests/support's. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { before, CLAUSES, COMPANY, EDITION, Office, OPERATOR, SHOP as KIHON, test } from './office.mjs';
import { act, support, visit } from './support.mjs';

const SHOP = {
	...COMPANY, ...CLAUSES, courses: ['once'], bookable: ['morning'], past_support: 'no', past_checkup: 'no',
	survey_agreed: 'yes', sharing_agreed: 'yes',
};
const ANSWERS = { domains: 'hikeshi.example', own: 'yes', measures: ['antivirus', 'policy'], reviewed: 'older', issues: '退職者のアカウント' };
const office = new Office({ edition: '2025-followup', shop: SHOP });
let one, three;

before(() => office.open({ now: '2025-05-28T23:59:00+09:00' }));
after(() => office.done());

const code = (answer) => answer.body.error?.code ?? answer.status;
const mailBody = async (application, template) => {
	await office.quiet();
	const row = (await office.mails(application, 1)).find((mail) => mail.template === template);
	assert.ok(row, template);
	return (await office.staff.secretariat.ask('GET', `/v1/mails/${row.id}`)).body;
};
const words = (page) => page.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
async function refused(change, status, says, form) {
	const page = await office.submit({ ...SHOP, ...office.another(), ...change }, form);
	assert.equal(page.status, status, words(page).slice(0, 800));
	assert.match(words(page), says);
}

test('before 2025-05-29 the server takes no form (R-033)', async () => {
	await refused({}, 409, /受付|申込/);
});

test('liability is shown before the form is sent (R-122)', async () => {
	office.clock('set', '2025-05-29T00:00:00+09:00');
	assert.match(words(await office.form()), /故意または重い過失/);
	assert.match(words(await office.page('/p/2025-followup')), /故意または重い過失/);
	assert.doesNotMatch(words(await office.page('/p/2025-followup')), /電話 *<|050-|0120-/, 'no telephone is printed, none is shown');
});

test('10:00: the automatic mail comes at once and says that nothing is final (S-22, R-036, T-01)', async () => {
	office.clock('set', '2025-05-29T10:00:00+09:00');
	one = await office.apply();
	assert.equal(one.state, 'received');
	assert.deepEqual([one.confirmed, one.completed], [null, null]);
	assert.equal(one.due_hard, false, 'no deadline is promised (R-008)');
	assert.match(await mailBody(one, 'received'), /参加は確定していません/);
	assert.deepEqual(one.flags, []);
});

test('each condition refuses by itself, with its reason (R-019, R-020 … R-024)', async () => {
	await refused({ prefecture: 'kanagawa' }, 422, /主たる事業所/); /* */
	await refused({ industry: 'manufacturing', capital: '3億5000万', employees: '301' }, 422, /両方で超えています/); /* S-05's other side */
	await refused({ past_support: 'yes', past_programmes: ['followup'], past_checkup: 'yes' }, 422, /点検をすでに受けている/); /* S-26, T-14 */
	await refused({ sharing_agreed: 'no' }, 422, /情報を渡すことの了承/); /* S-27, T-33 */
	await refused({ survey_agreed: 'no' }, 422, /アンケート/); /* T-33 */
	await refused({ bookable: ['none'] }, 422, /平日に1〜2時間/); /* */
	await refused({ clause_c: 'no' }, 422, /確認事項ウ/); /* */
	assert.equal(office.sql('SELECT count(*) FROM application;')[0][0], '1');
});

test('350 million and 300 people is an SME here (S-05)', async () => {
	const big = await office.apply({ industry: 'manufacturing', capital: '3億5000万', employees: '300' });
	assert.equal(big.state, 'received');
});

test('took part in R5, never had the check-up: eligible, with the priority mark (S-25, R-025, T-12)', async () => {
	const past = await office.apply({ past_support: 'yes', past_programmes: ['kyoka'] });
	assert.equal(past.state, 'received');
	assert.deepEqual(past.flags.map((row) => row.id), ['priority']);
	assert.deepEqual(past.eligibility.filter((row) => row.verdict !== 'pass'), []);
});

test('the questionnaire\'s answer is the final fact; no click of the office (S-23, R-003, R-037, T-02)', async () => {
	office.clock('set', '2025-06-02T14:00:00+09:00');
	one = await office.does(one, 'secretariat', 'send_questions');
	assert.equal(one.state, 'asked');
	assert.equal(code(await office.event(one, 'secretariat', 'answer')), 'not_yours');
	office.clock('set', '2025-06-04T20:15:00+09:00');
	assert.equal((await office.answers(one, 'preliminary', ANSWERS)).status, 303);
	one = await office.detail(one.id);
	assert.equal(one.state, 'approval');
	assert.match(one.confirmed, /^2025-06-04T11:15/);
	assert.equal(one.approved, null);
});

test('with it, the consent to the magazine: version, day, no tick (R-113, R-119, T-32, T-51)', async () => {
	const consent = one.consents.find((row) => row.field === 'magazine');
	assert.equal(consent.version, '2025-05-29');
	assert.equal(consent.at, one.confirmed);
	assert.match(consent.label, /メールマガジン/);
	assert.doesNotMatch((await office.form()).text, /name="magazine"/);
	assert.match(await mailBody(one, 'confirmed'), /7〜10日/);
	const other = await office.apply();
	assert.equal(other.consents.find((row) => row.field === 'magazine'), undefined, 'not by applying');
});

test('approved by the city alone; then diagnosis, then the visit (R-006, R-089, R-091)', async () => {
	office.clock('set', '2025-06-06T10:00:00+09:00');
	assert.equal(code(await office.event(one, 'secretariat', 'approve')), 'not_yours');
	assert.equal(code(await office.event(one, 'contractor', 'diagnosed', { asm: 'x', platform: 'y' })), 'no_such_event');
	one = await office.does(one, 'city', 'approve');
	assert.equal(one.state, 'diagnosis');
	assert.equal(code(await office.event(one, 'expert', 'visits_done', { count: '1', advice: 'x' })), 'no_such_event');
	one = await office.does(one, 'contractor', 'diagnosed', { asm: '公開ポートなし', platform: '古いTLS' });
	assert.equal(one.state, 'visits');
});

test('one visit on a business day; a second only with a reason (R-073, R-074, R-080)', async () => {
	const wish = { course: 'once', number: 1, from: '2025-06-16T10:00:00+09:00', minutes: 90, form: 'on_site' };
	assert.equal(code(await visit(office, one, { ...wish, from: '2025-06-14T10:00:00+09:00' })), 'visit_closed_day');
	assert.equal((await visit(office, one, wish)).status, 201);
	assert.equal(code(await visit(office, one, { ...wish, number: 2, from: '2025-06-17T10:00:00+09:00' })), 'visit_too_many');
	assert.ok((await support(office, one)).questionnaires.find((row) => row.id === 'preliminary').answers.length > 0, 'on the desk before');
});

test('the survey ends it; a hearing may follow (R-109, R-111)', async () => {
	office.clock('set', '2025-06-16T15:00:00+09:00');
	assert.equal(code(await office.event(one, 'expert', 'visits_done', { count: '2', advice: 'x' })), 'condition');
	one = await office.does(one, 'expert', 'visits_done', { count: '1', advice: '更新とアカウントの整理' });
	assert.equal(one.state, 'survey');
	assert.equal(code(await act(office, one, 'pick')), 'hearing_state');
	assert.equal((await office.answers(one, 'survey', { useful: 'very' })).status, 303);
	one = await office.detail(one.id);
	assert.equal(one.state, 'ended');
	assert.equal((await act(office, one, 'pick')).status, 200);
});

test('three visits, or fewer with the reason (R-073)', async () => {
	three = await office.apply({ courses: ['thrice'] });
	await office.does(three, 'secretariat', 'send_questions');
	assert.equal((await office.answers(three, 'preliminary', ANSWERS)).status, 303);
	await office.does(three, 'city', 'approve');
	await office.does(three, 'contractor', 'diagnosed', { asm: 'x', platform: 'y' });
	assert.equal(code(await office.event(three, 'expert', 'visits_done', { count: '2', advice: 'x' })), 'fields');
	three = await office.does(three, 'expert', 'visits_done', { count: '3', advice: '対策案' });
	assert.equal(three.state, 'survey');
});

test('first come, and still refused after the check: the place is free again (R-014, T-09)', async () => {
	const free = () => office.sql("SELECT count(*) FROM application_course WHERE course = 'thrice' AND has_seat = 1;")[0][0];
	const last = await office.apply({ courses: ['thrice'] });
	assert.equal(await free(), '2');
	await office.does(last, 'secretariat', 'refuse', { reason: '条件に該当しないため' });
	assert.equal(await free(), '1');
	assert.match(await mailBody(last, 'refused'), /条件に該当しないため/);
});

test('the same company in R7B in the same year: one company, two ways (T-12, T-48)', async () => {
	office.publish(EDITION, OPERATOR);
	assert.ok(await until(10, async () => (await office.form('2025-kihon')).token), office.tail());
	const number = '7000012050002';
	const here = await office.apply({ corporate_number: number });
	const sent = await office.submit({ ...KIHON, ...office.another(), mail: here.mail, corporate_number: number }, undefined, { slug: '2025-kihon' });
	assert.equal(sent.status, 303, words(sent).slice(0, 600));
	const rows = office.sql(`SELECT company, state FROM application WHERE company = '${here.company.id}' ORDER BY row;`);
	assert.equal(rows.length, 2, 'one company');
});

test('the 46th of the course of one visit is full, the other course is open (S-24, R-011, R-012)', async () => {
	const taken = Number(office.sql("SELECT count(*) FROM application_course WHERE course = 'once' AND has_seat = 1;")[0][0]);
	assert.ok(taken < 45);
	for (let i = taken; i < 45; i++)
		await office.apply();
	await refused({}, 409, /1回コース/);
	assert.equal((await office.apply({ courses: ['thrice'] })).state, 'received');
	const override = await office.staff.secretariat.send('PUT', `/v1/programmes/${office.programme.id}/courses/once/places`, { places: 46, reason: 'もう1社' });
	assert.equal(override.status, 409, 'an exact number is not raised (R-015)');
});

test('2025-06-30 is the last day, places or not (T-34, R-033)', async () => {
	office.clock('set', '2025-06-30T23:59:00+09:00');
	assert.equal((await office.apply({ courses: ['thrice'] })).state, 'received');
	const opened = await office.form();
	office.clock('set', '2025-07-01T00:00:00+09:00');
	await refused({ courses: ['thrice'] }, 409, /終了/, opened);
	assert.match(words(await office.page('/p/2025-followup')), /終了しました/); /* and still readable */
});

test('the company may stop at any time; false statements exclude later (R-027, R-028)', async () => {
	await office.does(three, 'city', 'ask_to_withdraw', { reason: '不適切' });
	assert.match(await mailBody(three, 'asked_to_withdraw'), /不適切/);
	const out = await office.does(three, 'secretariat', 'ineligible_found', { found: '2025-07-02', reason: '虚偽の申告' });
	assert.equal(out.state, 'excluded');
	assert.ok(out.confirmed && out.ended);
});

test('nothing waits, nothing failed; every step is on the trail (R-121)', async () => {
	await office.quiet();
	assert.equal((await office.staff.administrator.ask('GET', '/v1/status')).jobs.failed, 0);
	const { items } = await office.staff.secretariat.ask('GET', `/v1/applications/${one.id}/log`);
	assert.deepEqual(items.map((row) => row.event).filter((event) => event && event !== 'receive').slice(0, 6),
		['send_questions', 'answer', 'approve', 'diagnosed', 'visits_done', 'survey_answered']);
});
