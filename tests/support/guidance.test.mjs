// timeout: 300
// Guidance of the basic measures (R7B) over the API of a real centre: visits
// online on request, documents and two stars, sheets before and after, an
// anonymous survey, what the company sees. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { before, Office, test } from '../programme/office.mjs';
import { words } from '../site/world.mjs';

/* Two sheets to compare, an anonymous survey, and one of the next fiscal year. */
const QUESTIONNAIRES = `
  - id: before
    kind: sheet
    version: "1"
    name: { ja: 支援前のシート, en: Sheet before }
    sections:
      - id: state
        title: { ja: 状況, en: State }
        fields:
          - { id: policy, kind: choice, label: { ja: 方針, en: Policy }, options: [ { id: none, name: { ja: なし, en: None } }, { id: made, name: { ja: あり, en: Made } } ] }
          - { id: terminals, kind: number, label: { ja: 台数, en: Devices }, min: 1, max: 300 }
          - { id: worry, kind: text, label: { ja: 心配, en: Worry }, required: false }
  - { id: after, kind: sheet, version: "1", name: { ja: 支援後のシート, en: Sheet after }, compared_with: before }
  - id: frank
    kind: survey
    version: "1"
    anonymous: true
    name: { ja: 匿名のアンケート, en: Anonymous survey }
    sections:
      - id: all
        title: { ja: ご意見, en: Opinion }
        fields:
          - { id: word, kind: text, label: { ja: ひとこと, en: A word } }
  - id: year_after
    kind: survey
    version: "1"
    not_before: 2026-04-01
    name: { ja: 翌年度の調査, en: Survey of the next year }
    sections:
      - id: all
        title: { ja: その後, en: Since then }
        fields:
          - { id: going_on, kind: yes_no, label: { ja: 対策を続けていますか, en: Do you go on? } }
`;
const PDF = Buffer.from('%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');
const change = (text) => text.replace(/^questionnaires:.*$/m, (line) => `${line}${QUESTIONNAIRES}`).replace(/^publish_least:.*$/m, 'publish_least: 2');
const office = new Office();
let shop, expert;

before(async () => {
	await office.open({ now: '2025-06-02T10:00:00+09:00', change });
	expert = (await office.staff.expert.ask('GET', '/v1/me')).id;
	shop = await office.apply({ courses: ['guidance'] });
	await office.bring(shop, 'approval');
});
after(() => office.done());

const of = (application) => `/v1/applications/${application.id}`;
const support = (application = shop, who = 'secretariat') => office.staff[who].ask('GET', `${of(application)}/support`);
const book = (more) => office.staff.secretariat.send('POST', `${of(shop)}/visits`,
	{ course: 'guidance', number: 1, form: 'on_site', requested: false, from: '2025-06-16T10:00:00+09:00', minutes: 90, expert, ...more });
const act = (who, document, body) => office.staff[who].send('POST', `/v1/documents/${document.id}/acts`, body);
const fill = (questionnaire, fields) => office.staff.expert.send('POST', `${of(shop)}/sheets`,
	{ questionnaire, fields: Object.entries(fields).map(([name, value]) => ({ name, value })) });
const code = (answer) => answer.body.error?.code ?? answer.status;
const personal = async (application) => {
	const [mail] = await office.mails(application, 1);
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mail.id}`);
	return /(\/p\/a\/[\w-]+)/.exec(body)[1];
};

test('online instead of a visit is for who asks for it; four visits (R-073, R-076)', async () => {
	assert.equal(code(await book({ form: 'online' })), 'visit_not_requested');
	for (const number of [1, 2, 3, 4]) {
		const booked = await book({ number, form: number === 1 ? 'online' : 'on_site', requested: number === 1, from: `2025-06-${15 + number}T10:00:00+09:00` });
		assert.equal(booked.status, 201, JSON.stringify(booked.body));
	}
	assert.equal(code(await book({ number: 4, from: '2025-06-25T10:00:00+09:00' })), 'visit_too_many');
	assert.equal((await support()).courses[0].given, 4);
});

test('the company sees its visits on its page and in its calendar (R-075)', async () => {
	const page = await personal(shop);
	const shown = words((await office.page(page)).text);
	assert.match(shown, /専門家の訪問/);
	assert.match(shown, /6月16日\(月\)10時/);
	assert.match(shown, /指導 第1回/);
	const dates = await office.page(`${page}/dates.ics`);
	assert.equal(dates.status, 200, dates.text.slice(0, 300));
	assert.equal(dates.text.match(/BEGIN:VEVENT/g).filter(Boolean).length >= 4, true);
	assert.match(dates.text, /DTSTART:20250616T010000Z/);
});

test('a document is drafted, reviewed by another, published; versions stay (R-077)', async () => {
	const add = (bytes, name = 'policy.pdf', kind = 'policy') => office.staff.expert.send('POST', `${of(shop)}/documents/${kind}?name=${name}&note=first`, bytes);
	assert.equal(code(await add(PDF, 'x.pdf', 'nothing')), 'document_unknown');
	assert.equal(code(await add(Buffer.from('#!/bin/sh\n'), 'policy.pdf')), 'file_kind');
	const first = (await add(PDF)).body;
	const second = (await add(Buffer.concat([PDF, Buffer.from('%2\n')]))).body;
	assert.deepEqual([first.version, second.version, first.state], [1, 2, 'draft']);
	assert.notEqual(first.digest, second.digest);
	assert.equal(code(await act('expert', second, { act: 'review' })), 'document_own');
	assert.equal(code(await act('secretariat', second, { act: 'publish', url: 'https://hikeshi.example/p' })), 'document_state');
	assert.ok(!words((await office.page(await personal(shop))).text).includes('情報セキュリティ基本方針'), 'a draft is not shown');
	assert.equal((await act('secretariat', second, { act: 'review' })).body.reviewer.name, (await office.staff.secretariat.ask('GET', '/v1/me')).name);
	assert.equal(code(await act('secretariat', second, { act: 'publish', url: 'javascript:alert(1)' })), 'document_url');
	const got = await office.staff.expert.send('GET', `/v1/documents/${second.id}/file`);
	assert.equal(got.status, 200);
	assert.ok(got.bytes.subarray(0, PDF.length).equals(PDF));
	assert.equal(got.headers['content-type'], 'application/octet-stream');
	const rules = (await add(PDF, 'rules.pdf', 'rules')).body;
	await act('secretariat', rules, { act: 'review' });
	assert.equal(code(await act('secretariat', rules, { act: 'publish', url: 'https://hikeshi.example/r' })), 'document_not_public');
});

test('two stars need policy, published address and declaration (R-078)', async () => {
	const { documents } = await support();
	const [document] = documents.find((row) => row.id === 'policy').versions;
	const declare = (body) => office.staff.expert.send('PUT', `${of(shop)}/declaration`, body);
	assert.equal(code(await declare({ given: true, day: '2025-06-03' })), 'out_of_range', 'not in days to come');
	assert.deepEqual((await declare({ given: true, day: '2025-06-02', note: '受付番号 123' })).body.two_star,
		{ complete: false, policy: true, published: false, declared: true, url: null, day: '2025-06-02' });
	await act('secretariat', document, { act: 'publish', url: 'https://hikeshi.example/policy' });
	assert.equal((await support()).two_star.complete, true);
	assert.deepEqual(office.sql(`SELECT r.name, r.value FROM application_record r JOIN application a ON a.row = r.application WHERE a.id = '${shop.id}'
		AND (r.name = 'records.two_star' OR r.name = 'records.document.policy')`).map((row) => row.join('=')).sort(),
	['records.document.policy=published', 'records.document.policy=reviewed', 'records.two_star=yes']);
	assert.equal((await declare({ given: false })).body.two_star.complete, false);
	await declare({ given: true, day: '2025-06-02' });
	await act('secretariat', document, { act: 'withdraw' });
	assert.equal((await support()).two_star.complete, false, 'withdrawn is not published');
	await act('secretariat', document, { act: 'publish', url: 'https://hikeshi.example/policy' });
	assert.match(words((await office.page(await personal(shop))).text), /情報セキュリティ基本方針（第2版、公開済み） https:\/\/hikeshi\.example\/policy/);
});

test('a sheet is filled before and after; the difference is shown item by item (R-081)', async () => {
	const wrong = await fill('before', { policy: 'none', terminals: '301' });
	assert.equal(wrong.status, 422);
	assert.deepEqual(wrong.body.error.errors.map((row) => row.field), ['terminals']);
	assert.equal(code(await fill('survey', {})), 'questionnaire_is_asked');
	assert.equal(code(await fill('nothing', {})), 'questionnaire_unknown');
	await fill('before', { policy: 'none', terminals: '12', worry: '外出先' });
	const { body } = await fill('after', { policy: 'made', terminals: '12' });
	const sheet = body.questionnaires.find((row) => row.id === 'after');
	assert.deepEqual(sheet.differences.map((row) => [row.field, row.before, row.after, row.differs]),
		[['policy', 'なし', 'あり', true], ['terminals', '12', '12', false], ['worry', '外出先', '', true]]);
	assert.equal(sheet.form.length, 3);
	assert.equal(code(await office.staff.secretariat.send('POST', `${of(shop)}/questionnaires`, { questionnaire: 'after' })), 'questionnaire_is_sheet');
});

test('an anonymous answer leads to nobody (R-117)', async () => {
	const path = `/v1/programmes/${office.programme.id}/questionnaires/frank/answers`;
	for (const [n, word] of [[1, 'たいへん助かった'], [2, '訪問が短かった']]) {
		const application = n === 1 ? shop : await office.apply({ courses: ['guidance'] });
		const sent = await office.staff.secretariat.ask('POST', `${of(application)}/questionnaires`, { questionnaire: 'frank' });
		assert.equal(sent.questionnaires.find((row) => row.id === 'frank').asked, '2025-06-02');
		const link = await office.link(application, 'frank');
		assert.match(words((await office.page(link)).text), /匿名です/);
		const answer = await office.answers(application, 'frank', { word });
		assert.equal(answer.status, 303, words(answer.text).slice(0, 300));
		const shown = words((await office.page(link)).text);
		assert.match(shown, /ご回答を受け付けました/);
		assert.ok(!shown.includes(word), 'not even behind the link');
		const row = (await support(application)).questionnaires.find((one) => one.id === 'frank');
		assert.deepEqual([row.answered, row.answered_at, row.answers.length, row.filled], [true, null, 0, null]);
		const { count, items } = await office.staff.city.ask('GET', path);
		assert.deepEqual([count, items.length], [n, n < 2 ? 0 : 2], 'none is shown before there are enough');
	}
	const columns = office.sql("SELECT group_concat(name) FROM pragma_table_info('anonymous_sheet')")[0][0];
	assert.equal(columns, 'id,programme,questionnaire,version');
	assert.equal(office.sql('SELECT COUNT(*) FROM anonymous_sheet s JOIN asked q ON s.id = q.id')[0][0], '0');
});

test('results are public once they were published, and tell of no few by their difference (R-072, R-117)', async () => {
	const publish = () => office.staff.secretariat.send('POST', `/v1/programmes/${office.programme.id}/results`, undefined);
	const page = () => office.page('/p/2025-kihon/results');
	const leads = async () => (await office.page('/p/2025-kihon')).text.includes('href="/p/2025-kihon/results"');
	assert.equal((await page()).status, 404);
	assert.equal(await leads(), false);
	const first = await publish();
	assert.equal(first.status, 200, JSON.stringify(first.body));
	assert.equal(first.body.published, true);
	const steps = first.body.items.find((row) => row.id === 'by_state');
	assert.equal(steps.denominator, 2);
	assert.deepEqual(steps.cells.map((cell) => cell.count), [null, null], 'one company each');
	const text = words((await page()).text);
	assert.equal(await leads(), true, 'from the programme\'s page');
	assert.ok(text.includes(steps.name) && text.includes('受け付けた申込み 2'), text);
	assert.match(text, /2025|令和7年/);
	await office.apply({ courses: ['guidance'] });
	assert.equal(code(await publish()), 'results_close', 'one company more would be known');
	assert.equal(words((await page()).text), text, 'what is public stays');
	await office.apply({ courses: ['guidance'] });
	assert.equal((await publish()).status, 200);
	assert.match(words((await page()).text), /受け付けた申込み 4/);
	assert.equal((await office.staff.city.send('POST', `/v1/programmes/${office.programme.id}/results`, undefined)).status, 403);
});

test('what people were told of a questionnaire stays: a file that says otherwise is not published', () => {
	assert.throws(() => office.again((text) => change(text).replace('anonymous: true', 'anonymous: false').replace(/^version: \d+$/m, 'version: 98')), /frank/);
});

test('a survey of the next fiscal year is not sent before it (R-110, T-44)', async () => {
	const send = () => office.staff.secretariat.send('POST', `${of(shop)}/questionnaires`, { questionnaire: 'year_after' });
	office.clock('set', '2026-03-31T23:59:00+09:00');
	assert.equal(code(await send()), 'questionnaire_too_early');
	office.clock('set', '2026-04-01T09:00:00+09:00');
	const sent = await send();
	assert.equal(sent.status, 200, JSON.stringify(sent.body));
	assert.equal(code(await office.staff.secretariat.send('POST', `${of(shop)}/questionnaires`, { questionnaire: 'nothing' })), 'questionnaire_unknown');
});

test('every change of the support stands on the audit trail (R-121)', async () => {
	const all = office.sql('SELECT DISTINCT action FROM audit').flat();
	for (const action of ['visit_book', 'document_add', 'document_act', 'declaration_put', 'sheet_fill', 'questionnaire_send', 'questionnaire_answer'])
		assert.ok(all.includes(action), action);
});
