// timeout: 300
// The follow-up of 2025 (R7F) over the API of a real centre: the preliminary
// questionnaire behind its personal link, silence, visits, what lies on the
// expert's desk, the survey, hearings. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { before, CLAUSES, COMPANY, Office, test } from '../programme/office.mjs';
import { errorsOf, hidden, inputs, words } from '../site/world.mjs';

const SHOP = {
	...COMPANY, ...CLAUSES, courses: ['once'], bookable: ['morning'], past_support: 'no', past_checkup: 'no',
	survey_agreed: 'yes', sharing_agreed: 'yes',
};
const ANSWERS = { domains: 'hikeshi.example', own: 'yes', measures: ['antivirus', 'policy'], reviewed: 'older', issues: '退職者のアカウント' };
const office = new Office({ edition: '2025-followup', shop: SHOP });
let first, link, expert;

before(async () => {
	await office.open({ now: '2025-06-02T10:00:00+09:00' });
	expert = (await office.staff.expert.ask('GET', '/v1/me')).id;
});
after(() => office.done());

const of = (application) => `/v1/applications/${application.id}`;
const support = (application, who = 'secretariat') => office.staff[who].ask('GET', `${of(application)}/support`);
const questionnaire = async (application, id, who) => (await support(application, who)).questionnaires.find((row) => row.id === id);
const book = (application, more, who = 'secretariat') => office.staff[who].send('POST', `${of(application)}/visits`,
	{ course: 'once', number: 1, form: 'on_site', requested: false, from: '2025-06-16T10:00:00+09:00', minutes: 90, expert, ...more });
const code = (answer) => answer.body.error?.code ?? answer.status;

const send = (path, fields) => office.post(path, fields);
const linkOf = (application, template) => office.link(application, template);

async function asked(more = {}) {
	const application = await office.apply(more);
	await office.does(application, 'secretariat', 'send_questions');
	await office.quiet();
	return application;
}

test('the office sends the questionnaire; the mail holds a link of that application alone (R-037)', async () => {
	first = await asked();
	link = await linkOf(first, 'preliminary');
	const page = await office.page(link);
	assert.equal(page.status, 200);
	assert.ok(words(page.text).includes(first.number));
	assert.equal(page.headers['cache-control'], 'no-store');
	assert.doesNotMatch(page.text, /<script/);
	const second = await asked();
	assert.notEqual(await linkOf(second, 'preliminary'), link);
	assert.ok(!(await office.page(link)).text.includes(second.number));
	assert.equal((await office.page(`${link.slice(0, -4)}0000`)).status, 404, 'another secret opens nothing');
	assert.equal(office.sql('SELECT COUNT(*) FROM asked_link WHERE hash IN (SELECT substr(\'' + link.slice(5) + '\', 1))')[0][0], '0', 'only the digest is kept');
});

test('what is wrong stands beside its field, and nothing that was typed is lost (R-038)', async () => {
	const version = hidden((await office.page(link)).text, 'version');
	const page = await send(link, { ...ANSWERS, version, reviewed: '', own: 'no' });
	assert.equal(page.status, 422);
	assert.deepEqual(errorsOf(page.text).inline.map((row) => row.field).sort(), ['own', 'reviewed']);
	const typed = inputs(page.text);
	assert.equal(typed.find((row) => row.name === 'domains').value, ANSWERS.domains);
	assert.equal(typed.find((row) => row.name === 'issues').value, ANSWERS.issues);
	assert.deepEqual(typed.filter((row) => row.name === 'measures' && row.checked).map((row) => row.value), ANSWERS.measures);
	assert.equal((await office.detail(first.id)).confirmed, null);
});

test('a form whose questions have changed is shown again with what was typed', async () => {
	const page = await send(link, { ...ANSWERS, version: 'older' });
	assert.equal(page.status, 409);
	assert.equal(inputs(page.text).find((row) => row.name === 'domains').value, ANSWERS.domains);
});

test('the answer confirms at that moment, without a click of the office (S-23, R-003, T-02)', async () => {
	assert.equal((await office.detail(first.id)).state, 'asked');
	office.clock('set', '2025-06-03T11:30:00+09:00');
	const answer = await send(link, { ...ANSWERS, version: hidden((await office.page(link)).text, 'version') });
	assert.equal(answer.status, 303, words(answer.text).slice(0, 500));
	assert.equal(answer.headers.location, link);
	const now = await office.detail(first.id);
	assert.equal(now.state, 'approval');
	assert.match(now.confirmed, /^2025-06-03T02:3/);
	const row = await questionnaire(first, 'preliminary');
	assert.equal(row.answered, true);
	assert.equal(row.answered_at, now.confirmed);
	assert.equal(row.answers.find((one) => one.field === 'preliminary.domains').value_text, ANSWERS.domains);
	assert.equal(row.answers.find((one) => one.field === 'preliminary.reviewed').value_text, '1年より前');
	const { items } = await office.staff.administrator.ask('GET', '/v1/audit?limit=20');
	assert.ok(items.some((one) => one.action === 'questionnaire_answer' && one.reason === 'preliminary'), 'on the audit trail');
});

test('an answer is given once; the page shows it and takes no other', async () => {
	const page = await office.page(link);
	assert.equal(page.status, 200);
	assert.ok(words(page.text).includes(ANSWERS.issues));
	assert.doesNotMatch(page.text, /<form/);
	const again = await send(link, { ...ANSWERS, domains: 'another.example', version: '2025-05-29' });
	assert.equal(again.status, 303);
	assert.ok(!(await office.page(link)).text.includes('another.example'));
	assert.equal(office.sql(`SELECT COUNT(*) FROM sheet WHERE application = '${first.id}'`)[0][0], '1');
	const sent = await office.staff.secretariat.send('POST', `${of(first)}/questionnaires`, { questionnaire: 'preliminary' });
	assert.equal(code(sent), 'questionnaire_answered');
});

test('silence of five business days puts a call on the office\'s list and into the counters (R-037, R-010)', async () => {
	const silent = await asked({ company: '株式会社無言' }); /* Tuesday 2025-06-03 */
	const calls = async () => (await office.staff.secretariat.ask('GET', `/v1/programmes/${office.programme.id}/calls`)).items;
	const counted = async () => (await office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/overview`)).calls;
	office.clock('set', '2025-06-09T18:00:00+09:00'); /* the second one of the first test is a call since Monday 06-09 */
	assert.ok(!(await calls()).some((row) => row.application.id === silent.id));
	const before = await counted();
	office.clock('set', '2025-06-10T09:00:00+09:00');
	const row = (await calls()).find((one) => one.application.id === silent.id);
	assert.ok(row, 'five business days later');
	assert.equal(row.due, '2025-06-10');
	assert.equal(row.application.telephone, silent.telephone ?? row.application.telephone);
	assert.equal(await counted(), before + 1);
	const called = await office.staff.secretariat.ask('POST', `/v1/asked/${row.id}/calls`, { text: '留守番電話', channel: 'telephone', reached: false });
	assert.equal(called.due, '2025-06-17', 'the days are counted anew');
	assert.equal(await counted(), before);
	const log = await office.staff.secretariat.ask('GET', `${of(silent)}/log`);
	assert.ok(log.items.some((one) => one.note?.text === '留守番電話'), 'in the contact log');
	assert.equal((await office.staff.expert.send('POST', `/v1/asked/${row.id}/calls`, { text: 'x', channel: 'mail', reached: true })).status, 403);
});

test('a visit is booked by the agenda on a business day, within the length (R-073, R-074, R-075)', async () => {
	const refused = [
		[{ from: '2025-06-14T10:00:00+09:00' }, 'visit_closed_day'],
		[{ minutes: 59 }, 'visit_too_short'],
		[{ minutes: 121 }, 'visit_too_long'],
		[{ form: 'online', requested: true }, 'visit_wrong_form'],
		[{ number: 2 }, 'visit_no_agenda'],
		[{ from: '2025-06-02T10:00:00+09:00' }, 'visit_past'],
		[{ course: 'thrice' }, 'visit_no_course'],
		[{ expert: first.id }, 'not_listed'],
	];
	for (const [more, want] of refused)
		assert.equal(code(await book(first, more)), want, JSON.stringify(more));
	const answer = await book(first, {});
	assert.equal(answer.status, 201, JSON.stringify(answer.body));
	assert.equal(answer.body.title, '分析と助言');
	assert.equal(answer.body.expert.id, expert);
	assert.equal((await book(first, {}, 'city')).status, 403);
});

test('one visit is what the course gives; more only with a reason (R-073)', async () => {
	const later = { from: '2025-06-23T10:00:00+09:00' };
	assert.equal(code(await book(first, later)), 'visit_too_many');
	const more = await book(first, { ...later, reason: '診断の結果の再説明' });
	assert.equal(more.status, 201, JSON.stringify(more.body));
	assert.equal(more.body.reason, '診断の結果の再説明');
	const gone = await office.staff.secretariat.ask('POST', `/v1/visits/${more.body.id}/cancel`, { reason: '企業の都合' });
	assert.equal(gone.state, 'cancelled');
	assert.equal(code(await office.staff.secretariat.send('POST', `/v1/visits/${more.body.id}/cancel`, { reason: 'x' })), 'visit_not_planned');
});

test('an expert is not in two places at one time (R-075)', async () => {
	const other = await asked({ company: '有限会社となり' });
	await send(await linkOf(other, 'preliminary'), { ...ANSWERS, version: '2025-05-29' });
	assert.equal(code(await book(other, { from: '2025-06-16T11:00:00+09:00' })), 'visit_expert_busy');
	const free = await book(other, { from: '2025-06-16T11:30:00+09:00', minutes: 60 });
	assert.equal(free.status, 201, JSON.stringify(free.body));
	const moved = await office.staff.expert.send('PUT', `/v1/visits/${free.body.id}`,
		{ form: 'on_site', requested: false, from: '2025-06-16T10:30:00+09:00', minutes: 60, expert });
	assert.equal(code(moved), 'visit_expert_busy', 'nor is it moved there');
	const good = await office.staff.expert.ask('PUT', `/v1/visits/${free.body.id}`,
		{ form: 'on_site', requested: false, from: '2025-06-17T10:30:00+09:00', minutes: 60, expert });
	assert.match(good.from, /^2025-06-17T01:30/);
});

test('the desk shows answers, and tells what is missing before the visit (R-080)', async () => {
	const desk = async () => (await office.staff.expert.ask('GET', `/v1/programmes/${office.programme.id}/visits?from=2025-06-16&to=2025-06-16&mine=true`)).items;
	const [row] = await desk();
	assert.equal(row.application.id, first.id);
	assert.deepEqual(row.missing, ['診断結果'], 'the questionnaire is answered, the diagnosis is not there yet');
	const added = await office.staff.expert.send('POST', `${of(first)}/documents/diagnosis_result?name=${encodeURIComponent('診断結果.pdf')}`, Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n'));
	assert.equal(added.status, 201, JSON.stringify(added.body));
	assert.equal(added.body.version, 1);
	assert.deepEqual((await desk())[0].missing, []);
	const seen = await support(first, 'expert');
	assert.equal(seen.questionnaires.find((one) => one.id === 'preliminary').answers.length, 6);
	assert.equal(seen.documents.find((one) => one.id === 'diagnosis_result').versions[0].name, '診断結果.pdf');
});

test('a visit is recorded once it has begun, with its documents (R-075)', async () => {
	const { visits, documents } = await support(first);
	const visit = visits.find((row) => row.state === 'planned');
	const document = documents.find((one) => one.id === 'diagnosis_result').versions[0].id;
	const record = (body) => office.staff.expert.send('POST', `/v1/visits/${visit.id}/record`, body);
	assert.equal(code(await record({ record: '診断の結果を説明した' })), 'visit_not_yet');
	office.clock('set', '2025-06-16T12:00:00+09:00');
	assert.equal(code(await record({ record: 'x', documents: [visit.id] })), 'not_listed');
	const held = await record({ record: '診断の結果を説明した', documents: [document] });
	assert.equal(held.status, 200, JSON.stringify(held.body));
	assert.equal(held.body.state, 'held');
	assert.deepEqual(held.body.documents, [document]);
	assert.equal(code(await record({ record: 'x' })), 'visit_not_planned');
});

test('candidates for hearings are picked after the end only (R-111)', async () => {
	const act = (word) => office.staff.secretariat.send('POST', `${of(first)}/hearing`, { act: word });
	assert.equal(code(await act('pick')), 'hearing_state');
});

test('the survey after the support ends it; then a hearing is asked, agreed, held (R-109, R-111)', async () => {
	await office.does(first, 'city', 'approve');
	await office.does(first, 'contractor', 'diagnosed', { asm: '問題なし', platform: '更新が必要な機器1台' });
	await office.does(first, 'expert', 'visits_done', { count: '1', advice: '更新とアカウントの整理' });
	await office.quiet();
	const survey = await linkOf(first, 'survey');
	const answer = await send(survey, { useful: 'very', next_steps: ['review'], opinion: '', version: hidden((await office.page(survey)).text, 'version') });
	assert.equal(answer.status, 303, words(answer.text).slice(0, 400));
	assert.equal((await office.detail(first.id)).state, 'ended');
	for (const [word, state] of [['pick', 'candidate'], ['hold', null], ['ask', 'asked'], ['hold', null], ['agree', 'agreed'], ['hold', 'held']]) {
		const done = await office.staff.secretariat.send('POST', `${of(first)}/hearing`, { act: word, note: '30分' });
		assert.equal(state ? done.body.state : code(done), state ?? 'hearing_state', word);
	}
	const { items } = await office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/hearings`);
	assert.deepEqual(items.map((row) => [row.application, row.state]), [[first.id, 'held']]);
	assert.equal(code(await book(first, { from: '2025-07-01T10:00:00+09:00', reason: 'x' })), 'visit_ended');
});

test('data go to a recipient of the file whose protection is on record (R-115, R-116)', async () => {
	const recipient = '診断を行う外部の会社';
	const told = await office.staff.secretariat.send('POST', `${of(first)}/disclosures`, { recipient });
	assert.equal(told.status, 201, JSON.stringify(told.body));
	assert.match(told.body.purpose, /診断/);
	assert.ok(told.body.scope.length > 5);
	assert.equal(code(await office.staff.secretariat.send('POST', `${of(first)}/disclosures`, { recipient: '知らない会社' })), 'disclosure_not_listed');
	const { items } = await office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/delegates`);
	assert.deepEqual(items.map((row) => [row.recipient, row.protected]), [[recipient, true]]);
});

test('contact from the city follows the edition\'s wording, company by company (R-120, T-41)', async () => {
	const list = () => office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/city-contacts`);
	const before = await list();
	assert.equal(before.certain, false);
	assert.match(before.wording, /ことがあります/);
	assert.ok(before.items.some((row) => row.id === first.id));
	const put = await office.staff.secretariat.send('PUT', `${of(first)}/city-contact`, { wanted: false, reason: '電話で希望' });
	assert.equal(put.status, 204);
	assert.ok(!(await list()).items.some((row) => row.id === first.id));
});

test('figures tell of what, of how many and when; what is published hides few (R-072, R-117)', async () => {
	const path = `/v1/programmes/${office.programme.id}/figures`;
	const all = await office.staff.secretariat.ask('GET', path);
	assert.match(all.as_of, /^2025-06-16T03:/);
	const course = all.items.find((row) => row.id === 'by_course');
	assert.equal(course.total, 4);
	assert.equal(course.denominator, 4);
	assert.deepEqual(course.cells.map((row) => [row.value, row.count]), [['once', 4]]);
	assert.ok(course.definition.length > 5);
	const open = await office.staff.city.ask('GET', `${path}?published=true`);
	assert.equal(open.least, 5);
	const hiddenRow = open.items.find((row) => row.id === 'by_course');
	assert.deepEqual([hiddenRow.total, hiddenRow.denominator, hiddenRow.cells[0].count], [null, null, null]);
	assert.equal((await office.staff.expert.send('GET', path)).status, 403);
});
