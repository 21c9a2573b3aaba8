// timeout: 600
// The season of 2022 (R4) over the API of a real centre with a moved clock: two
// papers, a call by telephone, a UTM that is removed at the end, services of
// step four, guidance that may be declined. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { corporateNumber } from '../site/world.mjs';
import { before, CLAUSES, COMPANY, edition, Office, OPERATOR, test } from './office.mjs';
import { act, consents, disclose, figures, publishPolicy, support, twoStars, visit } from './support.mjs';

const pdf = (text) => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`);
const SHOP = {
	...COMPANY, ...CLAUSES, courses: ['package'], utm_site: 'tokyo', utm_address: '新宿区西新宿2-8-1', wishes: ['web'],
	paper_version: '2022-04-12', past_support: 'no', subsidy: 'no',
};
const PAPERS = {
	application_file: { name: '参加申込書.pdf', content: pdf('参加申込書') },
	opening_survey_file: { name: '支援開始時アンケート.pdf', content: pdf('アンケート') },
};
const CALLED = { channel: 'telephone', person: '火消 一郎', own_cost_told: 'yes', terms_told: 'yes', survey_date: '2022-05-12' };
const SURVEYED = { network: 'ルーター1台', existing_utm: 'no', hub_port: 'yes', peripherals: ['lan_cable'], utm_possible: 'yes' };
const NO_UTM = { network: 'ルーター1台', existing_utm: 'yes', hub_port: 'no', utm_possible: 'no', utm_reason: '空きポートなし' };
const DECISION = { scope: 'both', agreed: 'yes', reason: '希望のとおり' };
const WORKS = { units: '1', site: '事務所' };
const office = new Office({ edition: '2022-kojo', shop: SHOP, files: PAPERS });
const number = corporateNumber();
let one;

before(() => office.open({ now: '2022-04-11T23:00:00+09:00' }));
after(() => office.done());

const refused = (answer, code) => assert.equal(answer.body.error?.code, code, JSON.stringify(answer.body));
const becomes = (application, state) => until(10, async () => (await office.detail(application.id)).state === state);
/** From receipt to where a UTM can be installed, as everything goes well. */
async function approved(application, decision = DECISION) {
	await office.does(application, 'secretariat', 'called', CALLED);
	await office.does(application, 'secretariat', 'surveyed', SURVEYED);
	await office.does(application, 'secretariat', 'decide', decision);
	return office.does(application, 'city', 'approve');
}

test('before 2022-04-12 nobody is received; the page names no exact end (R-033, R-035, T-35)', async () => {
	assert.equal((await office.submit({ ...SHOP, mail: 'early@hikeshi.example' })).status, 409);
	office.clock('set', '2022-04-28T10:00:00+09:00');
	const { text } = await office.page('/p/2022-kojo');
	for (const part of ['2022年9月頃', '250 社程度', '0800-8005513', '平日 9:00〜17:30', '24 時間 365 日', '遠隔で脅威を取り除', '9:00 から 17:00', 'https://security-kojo.metro.tokyo.lg.jp/policy/', '電源タップ'])
		assert.ok(text.includes(part), part);
	assert.ok(!text.includes('免責'), 'R-122: no liability clause here');
});

test('one paper is no application: both, or nothing is received (R-032)', async () => {
	for (const missing of Object.keys(PAPERS)) {
		const files = { ...PAPERS };
		delete files[missing];
		const answer = await office.submit({ ...SHOP, mail: 'half@hikeshi.example' }, undefined, { files });
		assert.equal(answer.status, 422, missing);
		assert.ok(answer.text.includes(missing === 'application_file' ? '参加申込書' : '支援開始時アンケート'));
	}
	assert.equal(office.sql('SELECT COUNT(*) FROM application;')[0][0], '0');
});

test('received with both papers and the version of them; the call is due on Mon 05-09 (S-15, R-032, R-043, R-007)', async () => {
	one = await office.apply({ corporate_number: number });
	assert.deepEqual([one.state, one.due, one.due_hard], ['received', '2022-05-09', true]);
	const papers = office.sql(`SELECT field, digest FROM upload_used WHERE object = '${one.id}' ORDER BY field;`);
	const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
	assert.deepEqual(papers, Object.entries(PAPERS).map(([field, file]) => [field, sha256(file.content)]));
	const answer = office.sql(`SELECT a.value FROM application_answer a JOIN application p ON p.row = a.application WHERE p.id = '${one.id}' AND a.name = 'paper_version';`);
	assert.deepEqual(answer, [['2022-04-12']]);
	const [mail] = await office.mails(one, 1);
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mail.id}`);
	assert.match(body, /両方を受け付けました/);
	assert.match(body, /参加はまだ確定していません/);
});

test('who is not eligible reads why (R-022, R-023, R-024, S-29, T-15)', async () => {
	for (const [name, change, said] of [
		['R-022', { prefecture: 'saitama' }, /東京都内にあることが要件/],
		['R-024', { past_support: 'yes' }, /この事業の支援をすでに受けている/],
		['S-29, T-15', { subsidy: 'yes' }, /他の補助事業を利用している/],
		['R-023 カ', { clause_f: 'no' }, /確認事項カ/],
		['R-020', { capital: '6000万', employees: '51' }, /両方で超えています/],
	]) {
		const answer = await office.submit({ ...SHOP, ...change, mail: `no-${Math.random().toString(36).slice(2)}@hikeshi.example` });
		assert.equal(answer.status, 422, name);
		assert.match(answer.text, said, name);
	}
});

test('the office calls by telephone, and tells the own costs first (T-24, R-008, R-034)', async () => {
	refused(await office.event(one, 'secretariat', 'called', { ...CALLED, channel: 'mail' }), 'fields');
	refused(await office.event(one, 'secretariat', 'called', { ...CALLED, own_cost_told: 'no' }), 'fields');
	office.clock('set', '2022-05-10T10:00:00+09:00');
	assert.deepEqual([(await office.detail(one.id)).late], [true], 'passed: late');
	office.clock('set', '2022-05-09T10:00:00+09:00');
	one = await office.does(one, 'secretariat', 'called', CALLED);
	assert.deepEqual([one.state, one.due], ['survey', '2022-05-12']);
	assert.ok(one.completed && !one.confirmed, 'R-004');
	const told = (await office.mails(one, 2))[1];
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${told.id}`);
	assert.match(body, /電気代/);
});

test('the survey records three items and says possible or not (R-047, R-031)', async () => {
	refused(await office.event(one, 'secretariat', 'surveyed', { utm_possible: 'no' }), 'fields');
	one = await office.does(one, 'secretariat', 'surveyed', SURVEYED);
	assert.equal(one.state, 'decision');
});

test('final with the office\'s check and the city\'s approval, not before (R-003, R-006)', async () => {
	refused(await office.event(one, 'secretariat', 'decide', { ...DECISION, scope: 'guidance_only' }), 'condition');
	one = await office.does(one, 'secretariat', 'decide', DECISION);
	assert.equal(one.confirmed, null);
	refused(await office.event(one, 'secretariat', 'approve'), 'not_yours');
	one = await office.does(one, 'city', 'approve');
	assert.ok(one.confirmed && one.approved);
	assert.equal(office.sql(`SELECT COUNT(*) FROM participation WHERE application = '${one.id}';`)[0][0], '1');
});

test('one UTM; a second only with a reason; its site may lie outside Tokyo (R-045, R-046, T-17, T-18)', async () => {
	refused(await office.event(one, 'contractor', 'works_done', { ...WORKS, units: '2' }), 'condition');
	office.clock('set', '2022-06-01T10:30:00+09:00');
	one = await office.does(one, 'contractor', 'works_done', WORKS);
	assert.deepEqual([one.state, one.trial_end], ['trial', '2022-08-31'], 'R-049, T-47');
	let two = await approved(await office.apply({ utm_site: 'kanagawa' }));
	refused(await office.event(two, 'secretariat', 'second_unit', {}), 'fields');
	await office.does(two, 'secretariat', 'second_unit', { reason: '2拠点で業務を行うため' });
	two = await office.does(two, 'contractor', 'works_done', { ...WORKS, units: '2' });
	assert.equal(two.state, 'trial');
	await office.does(two, 'secretariat', 'withdraw', { reason: '試験のため' });
});

test('services of step four: the mail drill for all, others as wished (T-28)', async () => {
	await office.does(one, 'contractor', 'service_given', { service: 'mail', date: '2022-06-20' });
	await office.does(one, 'contractor', 'service_given', { service: 'web', date: '2022-06-21' });
	refused(await office.event(one, 'contractor', 'service_given', { service: 'sms', date: '2022-06-22' }), 'fields');
});

test('four visits, online on request only; a fifth needs a reason (R-073, R-075, R-076)', async () => {
	const { courses } = await support(office, one);
	assert.deepEqual(courses.map((row) => [row.id, row.given, row.agenda.length]), [['package', 4, 4]]);
	const wish = (number, more = {}) => ({ number, from: `2022-07-0${number + 3}T10:00:00+09:00`, minutes: 60, form: 'on_site', ...more });
	assert.equal((await visit(office, one, wish(1, { form: 'online' }))).status, 409, 'nobody asked for online');
	assert.equal((await visit(office, one, wish(1, { form: 'online', requested: true }))).status, 201);
	for (const n of [2, 3, 4])
		assert.equal((await visit(office, one, wish(n))).status, 201);
	assert.equal((await visit(office, one, wish(4, { from: '2022-07-12T10:00:00+09:00' }))).status, 409);
	assert.equal((await visit(office, one, wish(4, { from: '2022-07-12T10:00:00+09:00', reason: '規程の見直しが残ったため' }))).status, 201);
});

test('a report for each month of the trial, the end announced (R-068, R-049)', async () => {
	office.clock('set', '2022-08-20T09:00:00+09:00');
	assert.ok(await until(10, async () => (await office.mails(one, 1)).some((row) => row.template === 'trial_end_nears')), office.tail());
	assert.deepEqual(office.sql(`SELECT number FROM job WHERE kind = 'report' AND application = '${one.id}' ORDER BY number;`), [['1'], ['2']]);
});

test('the end of the trial: removal works, neither licence nor uninstall (S-39, R-050, T-20)', async () => {
	await office.does(one, 'expert', 'guidance_done', { result: '方針と実施計画書を作成' });
	office.clock('set', '2022-09-01T00:00:30+09:00');
	assert.ok(await becomes(one, 'closing'), office.tail());
	const kinds = office.sql(`SELECT DISTINCT kind FROM job WHERE application = '${one.id}';`).flat();
	assert.ok(kinds.includes('removal_works') && !kinds.includes('licence_off') && !kinds.includes('uninstall'), kinds.join());
	refused(await office.event(one, 'contractor', 'closed'), 'condition');
	one = await office.does(one, 'contractor', 'removal_done', { date: '2022-09-05' });
	assert.equal(one.state, 'declaration');
});

test('two stars need policy, publication and declaration (R-077, R-078)', async () => {
	refused(await office.event(one, 'expert', 'declared'), 'condition');
	await publishPolicy(office, one, 'https://shouten.example/policy');
	refused(await office.event(one, 'expert', 'declared'), 'condition');
	office.clock('set', '2022-09-20T10:00:00+09:00');
	await twoStars(office, one, '2022-09-20');
	one = await office.does(one, 'expert', 'declared');
	assert.equal(one.state, 'ended');
	await office.quiet();
	const wrong = await office.answers(one, 'survey_after', { awareness: 'much' });
	assert.equal(wrong.status, 422, 'R-109: the survey after, each question of it');
	assert.equal((await office.answers(one, 'survey_after', { awareness: 'much', measures: ['policy'], useful: 'yes', opinion: '' })).status, 303);
});

test('a hearing: the office asks first (R-111)', async () => {
	assert.equal((await act(office, one, 'pick')).status, 200);
	assert.equal((await act(office, one, 'hold', '早すぎる')).status, 409);
	for (const word of ['ask', 'decline'])
		assert.equal((await act(office, one, word, '今年は難しい')).status, 200, word);
});

test('a contract: the UTM stays (R-050); guidance may be declined, with a record (T-30)', async () => {
	office.clock('set', '2022-06-01T10:00:00+09:00');
	let other = await approved(await office.apply({ wishes: [] }));
	other = await office.does(other, 'contractor', 'works_done', WORKS);
	await office.does(other, 'secretariat', 'contract', { date: '2022-08-01' });
	refused(await office.event(other, 'expert', 'guidance_declined', {}), 'fields');
	await office.does(other, 'expert', 'guidance_declined', { reason: '社内で実施済みのため' });
	office.clock('set', '2022-09-01T00:00:30+09:00');
	assert.ok(await becomes(other, 'closing'), office.tail());
	refused(await office.event(other, 'contractor', 'removal_done', { date: '2022-09-05' }), 'condition');
	other = await office.does(other, 'contractor', 'closed');
	assert.equal(other.state, 'ended', 'no guidance to wait for');
});

test('no UTM possible is no fault: guidance alone, or nothing (R-031, R-014)', async () => {
	let other = await office.apply();
	await office.does(other, 'secretariat', 'called', CALLED);
	await office.does(other, 'secretariat', 'surveyed', NO_UTM);
	refused(await office.event(other, 'secretariat', 'decide', DECISION), 'condition');
	await office.does(other, 'secretariat', 'decide', { ...DECISION, scope: 'guidance_only' });
	other = await office.does(other, 'city', 'approve');
	assert.equal(other.state, 'guidance');
	let none = await office.apply();
	await office.does(none, 'secretariat', 'called', CALLED);
	await office.does(none, 'secretariat', 'surveyed', NO_UTM);
	none = await office.does(none, 'secretariat', 'not_possible', { reason: '空きポートがないため' });
	assert.ok(none.ended);
});

test('data go to the contractor that the file names, and to nobody else (R-115, R-116, R-119, R-120, T-41)', async () => {
	const told = await disclose(office, one, '東日本電信電話株式会社（受託事業者）');
	assert.equal(told.status, 201, JSON.stringify(told.body));
	refused(await disclose(office, one, '知らない会社'), 'disclosure_not_listed');
	assert.deepEqual(consents(office, one), { 'conditions.version': '2022-04-12', 'privacy.version': '2022-04-12' });
	assert.equal((await office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/city-contacts`)).certain, false, 'may, not will');
});

test('an extra report beside the monthly ones (R-070); the edition in figures, anonymous where published (R-072, R-117, T-42)', async () => {
	const made = await office.staff.secretariat.send('POST', '/v1/reports', { programme: office.programme.id, from: '2022-06-01', to: '2022-06-15' });
	assert.equal(made.status, 202, JSON.stringify(made.body));
	const all = await figures(office);
	assert.deepEqual([all.declared.total, all.contracts.total], [1, 1]);
	assert.ok(all.installed.total >= 2);
	assert.equal((await figures(office, true)).declared.total, null, 'one company could be recognised');
});

test('about 250 for the edition; above only with a reason (R-011, R-012, R-015)', async () => {
	const put = (places, reason) => office.staff.secretariat.send('PUT', `/v1/programmes/${office.programme.id}/courses/package/places`, { places, reason });
	assert.equal(office.programme.courses[0].places, 250);
	assert.equal((await put(251, '')).status, 422);
	assert.equal((await put(251, '応募多数のため')).status, 200);
});

test('"about September" closes when the office says so, and opens again (T-35, R-033, R-041)', async () => {
	const put = (open, reason, who = 'secretariat') => office.staff[who].send('PUT', `/v1/programmes/${office.programme.id}/reception`, { open, reason });
	office.clock('set', '2022-10-03T10:00:00+09:00');
	assert.equal((await office.form()).status, 200, 'no clock closes it');
	assert.equal((await put(false, '受付終了', 'city')).status, 403);
	assert.equal((await put(false, '')).status, 422);
	assert.equal((await put(false, '定員に近づいたため')).status, 200);
	refused(await put(false, 'もう一度'), 'reception_is_so');
	assert.equal((await office.submit({ ...SHOP, mail: 'late@hikeshi.example' })).status, 409, 'on the server');
	assert.match((await office.page('/p/2022-kojo')).text, /お申し込みは終了しました/);
	assert.equal((await put(true, '追加募集')).status, 200);
	assert.equal((await office.form()).status, 200);
});

test('a day closed late moves what is due, and says what moved (R-007, R-010)', async () => {
	const close = (days) => office.staff.secretariat.send('POST', `/v1/programmes/${office.programme.id}/closures`, { days });
	office.clock('set', '2022-07-14T10:00:00+09:00');
	const waiting = await office.apply();
	assert.equal(waiting.due, '2022-07-20', 'Mon 07-18 is a holiday');
	refused(await close('来週の火曜日に休みます。'), 'closure_days');
	const done = await close('2022-07-19..2022-07-19 臨時休業');
	assert.equal(done.status, 200, JSON.stringify(done.body));
	assert.deepEqual(done.body.changed, [{ number: waiting.number, before: '2022-07-20', after: '2022-07-21' }]);
	assert.equal((await office.detail(waiting.id)).due, '2022-07-21');
	refused(await close('2022-07-19..2022-07-19 臨時休業'), 'closure_is_there');
});

test('who took part in 2022 is found in 2023 and after, whatever it says (R-024, R-026, S-28, T-48)', async () => {
	for (const name of ['2023-kyoka', '2025-kihon']) {
		const file = join(office.folder, `${name}.yaml`);
		writeFileSync(file, readFileSync(edition(name), 'utf8'));
		office.publish(file, OPERATOR);
	}
	const next = async (slug, now, shop) => {
		office.clock('set', now);
		assert.ok(await until(10, async () => (await office.page(`/p/${slug}/apply`)).status === 200), office.tail());
		office.slug = slug;
		return office.apply({ ...shop, corporate_number: number });
	};
	const kyoka = await next('2023-kyoka', '2023-07-14T10:00:00+09:00', { terminals: '3' });
	const of = (application, id) => application.eligibility.find((row) => row.condition === id).verdict;
	assert.equal(of(kyoka, 'past_support'), 'review', 'says no, the records say yes');
	const kihon = await next('2025-kihon', '2025-06-02T10:00:00+09:00', { courses: ['guidance'] });
	assert.equal(of(kihon, 'past_support'), 'review', 'the package gave guidance too');
	const stranger = await office.apply({ courses: ['guidance'], corporate_number: corporateNumber() });
	assert.equal(of(stranger, 'past_support'), 'pass');
});

test('every step is on the audit trail, and the chain holds (R-121)', async () => {
	const { items } = await office.staff.administrator.ask('GET', `/v1/audit?object=${one.id}&limit=200`);
	const done = items.filter((row) => row.action === 'application_event').map((row) => row.reason.split(':')[0]).reverse();
	for (const event of ['called', 'surveyed', 'decide', 'approve', 'works_done', 'removal_done', 'declared'])
		assert.ok(done.includes(event), `${event}: ${done.join()}`);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
});

test('nothing waits, nothing failed', async () => {
	await office.quiet();
	assert.equal((await office.staff.administrator.ask('GET', '/v1/status')).jobs.failed, 0);
});
