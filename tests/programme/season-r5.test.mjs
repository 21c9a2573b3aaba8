// timeout: 600
// The season of 2023 (R5) over the API of a real centre with a moved clock: a
// soft target, a hearing by its sheet, EDR that is uninstalled at the end, four
// visits, two stars. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { event, tool } from '../wire/centre.mjs';
import { before, CLAUSES, COMPANY, Office, test } from './office.mjs';
import { act, consents, disclose, figures, fill, publishPolicy, support, twoStars, visit } from './support.mjs';

const SHOP = { ...COMPANY, ...CLAUSES, courses: ['package'], terminals: '30', past_support: 'no', subsidy: 'no' };
const CONTACTED = { channel: 'mail', person: '火消 一郎', terms_told: 'yes', form: 'online', hearing_date: '2023-07-27' };
const SHEET = {
	network: 'ルーター1台とHUB', terminals_use: '営業が持ち出す', taken_out: 'yes', existing_measures: ['antivirus'], policy: 'none',
	officers: '2', staff: '2', rules_known: 'no',
};
const DECISION = { scope: 'both', agreed: 'yes', reason: '希望のとおり' };
const office = new Office({ edition: '2023-kyoka', shop: SHOP });
let one, participation;
const devices = [];

before(() => office.open({ now: '2023-05-30T23:00:00+09:00' }));
after(() => office.done());

const refused = (answer, code) => assert.equal(answer.body.error?.code, code, JSON.stringify(answer.body));
const token = (user) => office.staff.contractor.send('POST', '/v1/enrolment-tokens', { company: one.company.id, participation, user });
const becomes = (state) => until(10, async () => (await office.detail(one.id)).state === state);

test('before 2023-05-31 nobody is received; the page names no exact end (R-033, R-035, T-35)', async () => {
	const early = await office.submit({ ...SHOP, mail: 'early@hikeshi.example' });
	assert.equal(early.status, 409);
	office.clock('set', '2023-07-14T10:00:00+09:00');
	const { text } = await office.page('/p/2023-kyoka');
	for (const part of ['2023年10月頃', '100 社程度', '03-5275-7909', '同じ製品は助成の対象になりません', '平日 9:00 から 17:00 まで', '24 時間 365 日', '遠隔で隔離', 'https://security-kyoka.metro.tokyo.lg.jp/privacypolicy/'])
		assert.ok(text.includes(part), part);
	assert.ok(!text.includes('免責'), 'R-122: no liability clause here');
});

test('the form of Fri 2023-07-14 has a soft target on Mon 07-24 (S-16, R-008, R-036)', async () => {
	one = await office.apply({ company: '株式会社火消商店' });
	assert.deepEqual([one.state, one.due, one.due_hard], ['received', '2023-07-24', false]);
	const [mail] = await office.mails(one, 1);
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mail.id}`);
	assert.match(body, /参加はまだ確定していません/);
	assert.match(body, /7月24日/);
});

test('all four conditions are tested, whatever the call counts (T-16, S-28, R-023, R-024)', async () => {
	for (const [name, change, said] of [
		['(1) R-022', { prefecture: 'chiba' }, /東京都内にあることが要件/],
		['(2) S-28, R-024', { past_support: 'yes', past_programmes: ['kojo'] }, /支援をすでに受けている/],
		['(3) T-15', { subsidy: 'yes' }, /他の補助事業を利用している/],
		['(4) R-023 イ', { clause_b: 'no' }, /確認事項イ/],
	]) {
		const answer = await office.submit({ ...SHOP, ...change, mail: `no-${Math.random().toString(36).slice(2)}@hikeshi.example` });
		assert.equal(answer.status, 422, name);
		assert.match(answer.text, said, name);
	}
	assert.equal(office.sql('SELECT COUNT(*) FROM application;')[0][0], '1', 'nothing of them is kept as received');
});

test('passing the target is a reminder, not a breach; either channel counts (S-16, T-24)', async () => {
	office.clock('set', '2023-07-25T10:00:00+09:00');
	const late = await office.detail(one.id);
	assert.deepEqual([late.late, late.due_hard], [true, false]);
	one = await office.does(one, 'secretariat', 'contacted', CONTACTED);
	assert.equal(one.state, 'hearing');
	assert.ok(one.completed && !one.confirmed, 'R-004');
	assert.equal(one.due, '2023-07-27');
});

test('the hearing sheet comes before the result of the hearing (R-081, R-056)', async () => {
	const heard = { terminals: '3', edr_possible: 'yes' };
	refused(await office.event(one, 'secretariat', 'heard', heard), 'condition');
	const wrong = await fill(office, one, 'hearing_before', { ...SHEET, officers: '9' });
	assert.equal(wrong.status, 422);
	assert.equal((await fill(office, one, 'hearing_before', SHEET)).status, 200);
	refused(await office.event(one, 'secretariat', 'heard', { ...heard, terminals: '301' }), 'fields'); /* */
	one = await office.does(one, 'secretariat', 'heard', heard);
	assert.equal(one.state, 'decision');
});

test('final with the office\'s check and the city\'s approval, not before (R-003, R-006)', async () => {
	one = await office.does(one, 'secretariat', 'decide', DECISION);
	assert.equal(one.confirmed, null);
	refused(await office.event(one, 'secretariat', 'approve'), 'not_yours');
	assert.deepEqual(office.sql(`SELECT id FROM participation WHERE application = '${one.id}';`), []);
	one = await office.does(one, 'city', 'approve');
	assert.ok(one.confirmed && one.approved);
	assert.equal(one.state, 'preparing');
	[[participation]] = office.sql(`SELECT id FROM participation WHERE application = '${one.id}';`);
});

test('the survey before is asked by a personal link, once (R-109)', async () => {
	await office.quiet();
	const mails = await office.mails(one, 4);
	assert.deepEqual(mails.map((row) => row.template), ['received', 'hearing_fixed', 'invitation', 'survey_before']);
	const asked = async () => (await support(office, one)).questionnaires.find((row) => row.id === 'survey_before');
	assert.equal((await asked()).answered, false);
	const wrong = await office.answers(one, 'survey_before', { threat: 'perhaps' });
	assert.equal(wrong.status, 422);
	assert.equal((await office.answers(one, 'survey_before', { threat: 'some', expected: ['guidance'], opinion: '' })).status, 303);
	assert.equal((await asked()).answered, true);
	assert.equal((await office.page((await office.link(one, 'survey_before')).replace(/.$/, (last) => (last === '0' ? '1' : '0')))).status, 404, 'another link is nobody\'s');
});

test('the first terminal starts the trial of this company (R-049, T-47)', async () => {
	office.clock('set', '2023-08-01T10:00:00+09:00');
	for (const user of ['営業 太郎', '営業 太郎', '経理 花子']) { /* T-19: terminals, not users */
		const made = await token(user);
		assert.equal(made.status, 201, JSON.stringify(made.body));
		devices.push(office.enrol(made.body.secret));
	}
	one = await office.detail(one.id);
	assert.deepEqual([one.state, one.trial_end], ['trial', '2023-10-31']);
});

test('the 300th terminal is enrolled, the 301st is not, and nothing can raise it (S-36, R-053, R-054, T-18)', async () => {
	/* terminals of the same user, as if they had been enrolled */
	const columns = office.sql('PRAGMA table_info(device);').map(([, name]) => name);
	const values = columns.map((name) => ({ id: "printf('00000000-0000-7000-8000-%012d', n)", serial: "printf('copy %d', n)" }[name] ?? `d.${name}`));
	office.sql(`WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 296)`
		+ ` INSERT INTO device (${columns.join(', ')}) SELECT ${values.join(', ')} FROM k, device d WHERE d.id = '${devices[0].id}';`);
	const last = await token('営業 太郎');
	assert.equal(last.status, 201, JSON.stringify(last.body));
	devices.push(office.enrol(last.body.secret));
	assert.equal(office.sql(`SELECT COUNT(*) FROM device WHERE participation = '${participation}' AND state = 'active';`)[0][0], '300');
	const over = await token('新人 次郎');
	assert.equal(over.status, 409, JSON.stringify(over.body));
	refused(over, 'entitlement');
	assert.match(over.body.error.message, /300台/);
	office.sql("DELETE FROM device WHERE id LIKE '00000000-0000-7000-8000-%';");
});

test('reports come for each period of the trial (R-068, R-069)', async () => {
	office.clock('set', '2023-10-20T09:00:00+09:00');
	assert.ok(await until(10, async () => (await office.mails(one, 1)).some((row) => row.template === 'trial_end_nears')), office.tail());
	assert.deepEqual(office.sql(`SELECT number FROM job WHERE kind = 'report' AND application = '${one.id}' ORDER BY number;`), [['1'], ['2']]);
});

test('four visits of about two hours, by number; a fifth needs a reason (R-073, R-074, R-075, R-076)', async () => {
	const { courses } = await support(office, one);
	assert.deepEqual(courses.map((row) => [row.id, row.given, row.minutes_min, row.minutes_max, row.forms.length, row.agenda.length]), [['package', 4, 120, 120, 2, 4]]);
	for (const [number, day] of [[1, '2023-10-23'], [2, '2023-10-24'], [3, '2023-10-25'], [4, '2023-10-26']]) {
		const booked = await visit(office, one, { number, from: `${day}T10:00:00+09:00`, minutes: 120, form: number === 2 ? 'online' : 'on_site' });
		assert.equal(booked.status, 201, JSON.stringify(booked.body));
		assert.equal(booked.body.number, number);
	}
	const fifth = { number: 4, from: '2023-10-27T10:00:00+09:00', minutes: 120, form: 'on_site' };
	assert.equal((await visit(office, one, fifth)).status, 409);
	assert.equal((await visit(office, one, { ...fifth, reason: '規程の見直しが残ったため' })).status, 201, 'with an override');
});

test('the end of the trial: uninstalled remotely, confirmed by each terminal (S-39, R-058, T-20)', async () => {
	office.clock('set', '2023-11-01T00:00:30+09:00');
	assert.ok(await becomes('closing'), office.tail());
	const kinds = office.sql(`SELECT DISTINCT kind FROM job WHERE application = '${one.id}';`).flat();
	assert.ok(kinds.includes('uninstall') && !kinds.includes('licence_off') && !kinds.includes('removal_works'), kinds.join());
	const order = (device) => until(10, async () => {
		const lines = (await device.orders(0, 0)).text.split('\n').filter(Boolean);
		const opened = lines.map((line) => JSON.parse(tool(['open', device.folder, String(JSON.parse(line).number - 1)], line).text));
		return opened.find((row) => row.kind === 'uninstall');
	});
	for (const [n, device] of devices.entries()) {
		const told = await order(device);
		assert.ok(told, office.tail());
		assert.equal((await office.detail(one.id)).state, 'closing', `${n} of ${devices.length} have confirmed`);
		await device.batch([event({
			hikeshi: { product: 'hikeshi', category: 'action_result' }, ActionId: told.action_id, Kind: 'uninstall', Result: 'done', Detail: '',
		})]);
	}
	assert.ok(await becomes('guidance'), `all have: ${office.tail()}`);
	assert.deepEqual(office.sql(`SELECT DISTINCT state FROM device WHERE participation = '${participation}';`), [['uninstalled']]);
	const log = await office.staff.secretariat.ask('GET', `/v1/applications/${one.id}/log`);
	assert.equal(log.items.filter((row) => row.event === 'uninstalled').length, 1, 'by itself, once');
});

test('two stars need policy, publication and declaration, and the sheet again (R-077, R-078, R-081)', async () => {
	one = await office.does(one, 'expert', 'guidance_done', { result: '方針と規程を作成' });
	assert.equal(one.state, 'aftercare');
	refused(await office.event(one, 'expert', 'declared'), 'condition');
	await publishPolicy(office, one, 'https://shouten.example/policy');
	refused(await office.event(one, 'expert', 'declared'), 'condition');
	office.clock('set', '2023-11-20T10:00:00+09:00');
	await twoStars(office, one, '2023-11-20');
	refused(await office.event(one, 'expert', 'declared'), 'condition');
	const after = await fill(office, one, 'hearing_after', { ...SHEET, policy: 'complete', officers: '4' });
	assert.equal(after.status, 200, JSON.stringify(after.body));
	const sheet = after.body.questionnaires.find((row) => row.id === 'hearing_after');
	assert.deepEqual(sheet.differences.filter((row) => row.differs).map((row) => row.field).sort(), ['officers', 'policy'], 'R-081: per item');
	one = await office.does(one, 'expert', 'declared');
	assert.equal(one.state, 'ended');
});

test('two-star companies hear of the subsidy and of what it does not cover (R-079, T-43); the survey after (R-109)', async () => {
	await office.quiet();
	const mails = await office.mails(one, 8);
	const templates = mails.map((row) => row.template);
	for (const template of ['subsidy_note', 'ended', 'survey_after'])
		assert.equal(templates.filter((row) => row === template).length, 1, template);
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mails[templates.indexOf('subsidy_note')].id}`);
	assert.match(body, /同じ製品（CyCraft AIR）は助成の対象になりません/);
});

test('a hearing only after the end, and the office asks first (R-111)', async () => {
	const another = await office.apply({ past_support: 'no' });
	assert.equal((await act(office, another, 'pick')).status, 409, 'its support has not ended');
	assert.equal((await act(office, one, 'pick')).status, 200);
	assert.equal((await act(office, one, 'hold', '早すぎる')).status, 409, 'not before it was asked and agreed');
	for (const word of ['ask', 'agree', 'hold'])
		assert.equal((await act(office, one, word, '記録')).status, 200, word);
});

test('data go to the contractor that the file names, and to nobody else (R-115, R-116, R-119, R-120, T-41)', async () => {
	const told = await disclose(office, one, '株式会社アイティフォー（受託事業者）');
	assert.equal(told.status, 201, JSON.stringify(told.body));
	assert.ok(told.body.purpose.includes('CyCraft AIR') && told.body.scope.length > 5);
	refused(await disclose(office, one, '知らない会社'), 'disclosure_not_listed');
	assert.deepEqual(consents(office, one), { 'conditions.version': '2023-05-31', 'privacy.version': '2023-05-31' });
	const city = await office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/city-contacts`);
	assert.equal(city.certain, false, 'may, not will');
});

test('the edition in figures; what is published hides few (R-072, R-117)', async () => {
	const all = await figures(office);
	assert.deepEqual([all.installed.total, all.declared.total, all.contracts.total], [1, 1, 0]);
	assert.equal((await figures(office, true)).installed.total, null, 'one company could be recognised');
});

test('no EDR possible is no fault: guidance alone, no terminal (R-031)', async () => {
	let other = await office.apply();
	other = await office.does(other, 'secretariat', 'contacted', CONTACTED);
	assert.equal((await fill(office, other, 'hearing_before', SHEET)).status, 200);
	other = await office.does(other, 'secretariat', 'heard', { terminals: '0', edr_possible: 'no', edr_reason: '対応しないOSだけ' });
	refused(await office.event(other, 'secretariat', 'decide', DECISION), 'condition');
	other = await office.does(other, 'secretariat', 'decide', { ...DECISION, scope: 'guidance_only' });
	other = await office.does(other, 'city', 'approve');
	assert.equal(other.state, 'guidance');
	const [[id]] = office.sql(`SELECT id FROM participation WHERE application = '${other.id}';`);
	const made = await office.staff.contractor.send('POST', '/v1/enrolment-tokens', { company: other.company.id, participation: id, user: '誰か' });
	assert.equal(made.status, 409, JSON.stringify(made.body));
});

test('about 100 may be raised with a reason (R-011, R-015)', async () => {
	const put = (places, reason) => office.staff.secretariat.send('PUT', `/v1/programmes/${office.programme.id}/courses/package/places`, { places, reason });
	assert.equal((await put(110, '')).status, 422);
	assert.equal((await put(110, '応募多数のため')).status, 200);
});

test('nothing waits, nothing failed', async () => {
	await office.quiet();
	assert.equal((await office.staff.administrator.ask('GET', '/v1/status')).jobs.failed, 0);
});
