// timeout: 600
// The season of 2024 (R6) over the API of a real centre with a moved clock: more
// companies than places, lots by frames, two papers, ten days, four visits. How
// lots are drawn is tests/lottery's. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { multipart } from '../lib/multipart.mjs';
import { until } from '../lib/client.mjs';
import { before, COMPANY, Office, test } from './office.mjs';
import { support, visit } from './support.mjs';

const SHOP = {
	...COMPANY, courses: ['training'], person: '江戸 花子', person_kana: 'エド ハナコ', person_role: 'officer', motivation: '自走したい',
	equipment: ['utm'], policy: 'in_place', two_star: 'declared', person_agrees: 'yes', company_agrees: 'yes',
};
const INDUSTRY = ['retail', 'wholesale', 'construction', 'manufacturing', 'service', 'transport', 'other'];
const ACCEPTED = { level: 'UTMと方針を確認', person: '江戸 花子', own_cost_told: 'yes' };
const PAPER = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');
const DAY = { 'date.year': '2024', 'date.month': '7', 'date.day': '10' };
const PARTICIPATION = { ...DAY, person: '江戸 花子', company_signer: '代表取締役 火消' };
const CONFIDENTIALITY = { ...DAY, signer: '江戸 花子' };
const office = new Office({ edition: '2024-taisei', shop: SHOP });
const companies = [];
let lottery, winner;

before(() => office.open({ now: '2024-05-22T23:59:00+09:00' }));
after(() => office.done());

const code = (answer) => answer.body.error?.code ?? answer.status;
const words = (page) => page.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const path = (rest = '') => `/v1/programmes/${office.programme.id}/lottery${rest}`;
const states = () => Object.fromEntries(office.sql('SELECT state, count(*) FROM application GROUP BY state;'));

/** The applicant's personal page: the address in the receipt's mail. */
async function personal(application) {
	const row = (await office.mails(application, 1)).find((mail) => mail.template === 'received');
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${row.id}`);
	return /https:\/\/[^/\s]+(\/p\/\S+)/.exec(body)[1];
}

/** The applicant hands in a paper on that page. */
async function handIn(application, event, fields, name = 'paper.pdf') {
	const link = await personal(application);
	const version = /name="version"[^>]*value="([^"]*)"/.exec((await office.page(link)).text)[1];
	const { body, headers } = multipart(Object.entries({ event, version, ...fields }), { 'file.file': { name, content: PAPER } });
	return office.page(link, { method: 'POST', body, headers });
}

async function refused(change, status, says, form) {
	const page = await office.submit({ ...SHOP, ...office.another(), ...change }, form);
	assert.equal(page.status, status, words(page).slice(0, 800));
	assert.match(words(page), says);
}

test('before 2024-05-23 nobody is received; the page tells frames, days and costs (R-033, R-035, T-46)', async () => {
	await refused({}, 409, /受付|申込/);
	office.clock('set', '2024-05-23T00:00:00+09:00');
	const page = words(await office.page('/p/2024-taisei'));
	for (const part of ['0120-138-166', '交通費', '抽選', '40'])
		assert.ok(page.includes(part), part);
	assert.ok(!page.includes('故意または重い過失'), 'no liability clause here (R-122)');
});

test('for the equipped only; one person, with the consent of both (S-32, T-06, T-38)', async () => {
	office.clock('set', '2024-06-03T10:00:00+09:00');
	await refused({ equipment: ['none'] }, 422, /UTMやEDRなど一定の水準/); /* S-32 */
	await refused({ policy: 'in_work' }, 422, /情報セキュリティポリシーを整備/);
	await refused({ company_agrees: 'no' }, 422, /会社の両方の同意/); /* T-06 */
	await refused({ person_agrees: 'no' }, 422, /会社の両方の同意/);
	await refused({ prefecture: 'chiba' }, 422, /主たる事業所/); /* */
	const similar = await office.apply({ equipment: ['similar'] });
	assert.equal(code(await office.event(similar, 'secretariat', 'accept_rules', ACCEPTED)), 'condition', 'the office looks at the level first (R-019)');
	await office.does(similar, 'secretariat', 'clear_review', { basis: '同程度の製品' });
	companies.push(await office.does(similar, 'secretariat', 'accept_rules', ACCEPTED));
});

test('a second person of the same company is refused (S-33, R-102)', async () => {
	const number = '7000012050002';
	const first = await office.apply({ corporate_number: number });
	await refused({ corporate_number: number, mail: first.mail, person: '別の人' }, 422, /1社から1名/);
	companies.push(await office.does(first, 'secretariat', 'accept_rules', ACCEPTED));
});

test('received, completed, drawn and final are four things (R-002, R-004, R-008, R-034)', async () => {
	const one = await office.apply();
	assert.deepEqual([one.state, one.completed, one.due_hard], ['received', null, false]);
	assert.equal(code(await office.event(one, 'secretariat', 'accept_rules', { ...ACCEPTED, own_cost_told: 'no' })), 'fields');
	assert.equal(code(await office.event(one, 'city', 'approve')), 'no_such_event', 'R6 has no such step');
	const done = await office.does(one, 'secretariat', 'accept_rules', ACCEPTED);
	assert.deepEqual([done.state, done.confirmed, done.due], ['waiting_for_draw', null, '2024-07-05']);
	companies.push(done);
});

test('62 eligible companies for 40 places: nobody is turned away for being late (S-30, R-016, T-09)', async () => {
	while (companies.length < 61) {
		const one = await office.apply({ industry: INDUSTRY[companies.length % INDUSTRY.length] });
		companies.push(await office.does(one, 'secretariat', 'accept_rules', ACCEPTED));
	}
	office.clock('set', '2024-06-28T23:59:00+09:00');
	companies.push(await office.does(await office.apply({ industry: 'retail' }), 'secretariat', 'accept_rules', ACCEPTED));
	assert.deepEqual(states(), { waiting_for_draw: '62' });
	assert.equal(office.sql('SELECT count(*) FROM application_course WHERE has_seat = 1;')[0][0], '0');
});

test('2024-06-28 is the last day; a closed edition stays readable (R-033, R-041)', async () => {
	const opened = await office.form();
	office.clock('set', '2024-06-29T00:00:00+09:00');
	await refused({}, 409, /終了/, opened);
	assert.match(words(await office.page('/p/2024-taisei')), /終了しました/);
});

test('the draw: frames, then the rest; earlier receipt gives no advantage (S-30, R-011, R-016 … R-018, T-10)', async () => {
	office.clock('set', '2024-07-01T10:00:00+09:00');
	const frames = [{ id: 'retail_wholesale', places: 12 }, { id: 'construction_manufacturing', places: 8 }, { id: 'service_other', places: 20 }];
	await office.staff.secretariat.ask('POST', path('/frames'), { frames, reason: '応募の傾き' });
	assert.equal(code(await office.staff.secretariat.send('POST', path('/frames'), { frames: [{ id: 'retail_wholesale', places: 13 }, ...frames.slice(1)], reason: 'x' })) !== 200, true, 'the total of 40 stays');
	const prepared = await office.staff.secretariat.ask('POST', path(), { source: 'officers', after: '2024-07-05T10:00:00+09:00', what: '立会人の前で振ったさいころの目' });
	assert.equal(prepared.rows.length, 62);
	await office.staff.city.ask('POST', path('/publication'), { digest: prepared.digest });
	office.clock('set', '2024-07-05T10:05:00+09:00');
	await office.staff.secretariat.ask('POST', path('/values'), { value: '3 1 4 1 5', proof: '立会人の記録' });
	await office.staff.city.ask('POST', path('/values'), { value: '9 2 6 5 3', proof: '立会人の記録' });
	assert.ok(await until(60, async () => states().waiting_for_draw === undefined), office.tail());
	assert.deepEqual(states(), { papers: '40', reserve: '22' });
	lottery = await office.staff.secretariat.ask('GET', path());
	const won = lottery.rows.filter((row) => row.won), order = won.map((row) => companies.findIndex((one) => one.id === row.application));
	assert.equal(won.length, 40);
	assert.notDeepEqual(order, [...order].sort((a, b) => a - b), 'the order of the draw is not the order of arrival');
	assert.ok(order.some((at) => at >= 40), 'a late one won');
	for (const frame of frames)
		assert.ok(won.filter((row) => row.frame === frame.id).length >= Math.min(frame.places, lottery.rows.filter((row) => row.frame === frame.id).length), frame.id);
});

test('who is drawn hears that nothing is final yet; who is not, waits (R-004)', async () => {
	winner = await office.detail(lottery.rows.find((row) => row.won).application);
	await office.quiet();
	const mails = await office.mails(winner, 3);
	const drawn = mails.find((row) => row.template === 'drawn');
	assert.match((await office.staff.secretariat.ask('GET', `/v1/mails/${drawn.id}`)).body, /参加はまだ確定していません/);
	assert.equal(winner.confirmed, null);
});

test('one paper is not enough; a program is none; with both, final (S-31, R-003, T-06)', async () => {
	office.clock('set', '2024-07-10T10:00:00+09:00');
	const one = await handIn(winner, 'participation_paper', PARTICIPATION);
	assert.equal(one.status, 303, words(one).slice(0, 600));
	let now = await office.detail(winner.id);
	assert.deepEqual([now.state, now.confirmed], ['papers', null]);
	assert.equal((await handIn(winner, 'confidentiality_paper', CONFIDENTIALITY, 'paper.exe')).status, 422);
	assert.equal((await handIn(winner, 'confidentiality_paper', CONFIDENTIALITY)).status, 303);
	now = await office.detail(winner.id);
	assert.equal(now.state, 'support');
	assert.match(now.confirmed, /^2024-07-10T01:0/);
	winner = now;
});

test('a winner that hands in nothing gives its place to the next of the order (R-016)', async () => {
	const lost = lottery.rows.find((row) => row.won && row.application !== winner.id);
	await office.does(lost.application, 'secretariat', 'lapse', { note: '電話とメールで3回' });
	const after_ = await office.staff.secretariat.ask('POST', path('/places'), { winner: lost.application, reason: '書類が出なかったため' });
	const next = after_.rows.find((row) => row.fate === 'followed');
	assert.ok(next && !lottery.rows.find((row) => row.application === next.application).won);
	assert.equal((await office.detail(next.application)).state, 'papers');
	assert.deepEqual(states(), { papers: '39', reserve: '21', support: '1', withdrawn: '1' });
});

test('four visits of two hours, not on closure days; a fifth only with a reason (R-073 … R-075, T-25)', async () => {
	const wish = { course: 'training', form: 'on_site', minutes: 120 };
	for (const [number, day] of ['2024-07-16', '2024-08-27', '2024-11-26', '2025-01-28'].entries())
		assert.equal((await visit(office, winner, { ...wish, number: number + 1, from: `${day}T14:00:00+09:00` })).status, 201, day);
	assert.equal(code(await visit(office, winner, { ...wish, number: 5, from: '2025-01-29T14:00:00+09:00' })), 'visit_too_many');
	const { courses } = await support(office, winner);
	assert.deepEqual(courses.map((row) => [row.given, row.minutes_min, row.agenda.length]), [[4, 120, 4]]);
});

test('closure days are no business days of this office (R-007, T-25)', async () => {
	office.clock('set', '2024-08-09T10:00:00+09:00');
	const reserve = lottery.rows.find((row) => !row.won && row.order === 62);
	const one = await office.detail(reserve.application);
	assert.equal(one.state, 'reserve');
	await office.does(one, 'secretariat', 'close_reserve');
	assert.equal((await office.detail(one.id)).state, 'not_selected');
	await office.quiet();
	assert.ok((await office.mails(one, 3)).some((row) => row.template === 'not_selected'));
});

test('the end: about seven months after July (R-072)', async () => {
	office.clock('set', '2025-01-31T15:00:00+09:00');
	winner = await office.detail(winner.id);
	assert.equal(winner.due, '2025-01-31');
	assert.equal(code(await office.event(winner, 'expert', 'finish', { visits: '5', result: 'x' })), 'fields');
	winner = await office.does(winner, 'expert', 'finish', { visits: '4', result: '方針を改訂' });
	assert.equal(winner.state, 'ended');
});

test('nothing waits, nothing failed', async () => {
	await office.quiet();
	assert.equal((await office.staff.administrator.ask('GET', '/v1/status')).jobs.failed, 0);
});
