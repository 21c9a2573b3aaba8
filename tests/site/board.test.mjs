// timeout: 300
// What the office puts on the public site, and files of applications, over the API of the real centre.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { before, Office, skip, test } from '../programme/office.mjs';
import { answers, sample, words } from './world.mjs';

const pdf = (text) => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const LATER = sample.replace(/^programme: .*$/m, 'programme: next-year').replace(/^fiscal_year: .*$/m, 'fiscal_year: 2026')
	.replace('opens: 2025-04-01, until: 2025-12-26', 'opens: 2026-04-01, until: 2026-12-25');
let office, path;

before(async () => {
	office = await new Office({ slug: 'every-kind', arguments: ['--name', 'mihon.example', '--name', 'www.mihon.example'] }).open({ now: '2025-05-23T10:00:00+09:00', change: () => sample });
	path = `/v1/programmes/${office.programme.id}`;
});
after(async () => { if (!skip) await office?.done(); });

const ask = (method, what, body, who = 'secretariat') => office.staff[who].send(method, path + what, body);
const good = async (method, what, body, status = 200) => {
	const answer = await ask(method, what, body);
	assert.equal(answer.status, status, JSON.stringify(answer.body));
	return answer.body;
};
const page = async (where, status = 200) => {
	const answer = await office.page(where);
	assert.equal(answer.status, status, where);
	return answer;
};
const article = (more) => ({ kind: 'news', day: '2025-05-20', title: '題', text: '本文です。', published: true, ...more });

test('R-039: news and security information are separate lists with dates, the newest first', async () => {
	for (const [kind, day, title] of [['news', '2025-05-01', 'お知らせ一'], ['news', '2025-05-20', 'お知らせ三'], ['security', '2025-05-10', '注意喚起一'],
		['news', '2025-05-10', 'お知らせ二'], ['security', '2025-05-22', '注意喚起二']])
		await good('POST', '/articles', article({ kind, day, title }), 201);
	for (const where of ['/p/', '/p/every-kind']) {
		const text = words((await page(where)).text);
		assert.match(text, /お知らせ 令和7年5月20日\(火\) お知らせ三 令和7年5月10日\(土\) お知らせ二 令和7年5月1日\(木\) お知らせ一 セキュリティ情報 令和7年5月22日\(木\) 注意喚起二 令和7年5月10日\(土\) 注意喚起一/, where);
	}
	const list = words((await page('/p/every-kind/news')).text);
	assert.ok(/お知らせ三.*お知らせ二.*お知らせ一/.test(list) && !/注意喚起/.test(list));
	assert.match((await page('/p/')).text, /<time datetime="2025-05-22">/);
});

test('T-39: two news of the same day and title stay two, each with its own page', async () => {
	const [one, two] = [await good('POST', '/articles', article({ title: '同じ題', text: '一つ目' }), 201), await good('POST', '/articles', article({ title: '同じ題', text: '二つ目' }), 201)];
	assert.notEqual(one.id, two.id);
	assert.equal([...(await page('/p/every-kind/news')).text.matchAll(/>同じ題</g)].length, 2);
	assert.match(words((await page(one.path)).text), /同じ題 令和7年5月20日\(火\) 一つ目/);
	assert.match(words((await page(two.path)).text), /同じ題 令和7年5月20日\(火\) 二つ目/);
	/* Withdrawing one leaves the other. */
	await good('PUT', `/articles/${one.id}`, article({ title: '同じ題', text: '一つ目', published: false }));
	await page(one.path, 404);
	await page(two.path);
});

test('R-042: each question, seminar text and case is published, withdrawn and shown by itself, without login', async () => {
	for (const kind of ['faq', 'seminar', 'case']) {
		const hidden = await good('POST', '/articles', article({ kind, title: `${kind}の題`, text: `${kind}の本文\n<b>文字のまま</b>`, published: false }), 201);
		assert.equal(hidden.path, `/p/every-kind/${kind}/${hidden.id}`);
		await page(hidden.path, 404);
		assert.doesNotMatch((await page('/p/every-kind')).text, new RegExp(`${kind}の題`));
		const change = (more) => good('PUT', `/articles/${hidden.id}`, article({ kind, title: `${kind}の題`, text: `${kind}の本文\n<b>文字のまま</b>`, ...more }));
		await change({ published: true });
		const shown = await page(hidden.path);
		assert.match(shown.text, /&lt;b&gt;文字のまま&lt;\/b&gt;/);
		assert.match(words((await page('/p/every-kind')).text), new RegExp(`${kind}の題`));
		await change({ published: false });
		await page(hidden.path, 404);
		/* What was shown stays in the records. */
		assert.equal(office.sql(`SELECT count(*) FROM article WHERE id = '${hidden.id}';`)[0][0], '3');
	}
	/* English where there is one, Japanese where there is none. */
	const both = await good('POST', '/articles', article({ kind: 'case', title: '事例', text: '話', title_en: 'A case', text_en: 'A story' }), 201);
	assert.match(words((await page(`${both.path}?lang=en`)).text), /A case .*A story/);
	assert.equal((await ask('POST', '/articles', article({ title_en: 'half' }))).status, 400);
});

test('who may write, and what is refused', async () => {
	for (const who of ['city', 'expert', 'desk', 'contractor', 'analyst', 'administrator'])
		assert.equal((await ask('POST', '/articles', article(), who)).status, 403, who);
	for (const wrong of [{ kind: 'other' }, { day: '2025-02-30' }, { title: '' }, { title: 'x'.repeat(201) }, { text: 'x'.repeat(20001) }, { published: 'yes' }, { more: 1 }])
		assert.ok([400, 422].includes((await ask('POST', '/articles', article(wrong))).status), JSON.stringify(wrong));
	assert.equal((await ask('POST', '/articles', article({ title: 'x'.repeat(200), text: 'x'.repeat(20000), published: false }))).status, 201);
	assert.equal((await ask('PUT', '/articles/01234567-89ab-7def-8123-456789abcdef', article())).status, 404);
	const [[n]] = office.sql("SELECT count(*) FROM audit WHERE action IN ('article_make', 'article_change') AND result = 'done';");
	assert.ok(Number(n) >= 15, n);
});

test('R-043: a form to download has a version; the one in force is kept with each application', async () => {
	await page('/p/every-kind/files/paper_form', 404);
	const first = await good('PUT', `/downloads/paper_form?name=${encodeURIComponent('申込書様式.pdf')}`, pdf('form 1'));
	assert.deepEqual(first, { document: 'paper_form', name: '申込書様式.pdf', version: '1', digest: sha256(pdf('form 1')), bytes: pdf('form 1').length });
	const got = await office.page('/p/every-kind/files/paper_form');
	assert.equal(got.status, 200);
	assert.equal(got.headers['content-type'], 'application/pdf');
	assert.match(got.headers['content-disposition'], /^attachment; filename="file\.pdf"; filename\*=UTF-8''%E7%94%B3/);
	assert.equal(got.text, pdf('form 1').toString());
	assert.match(words((await page('/p/every-kind')).text), /様式のダウンロード 申込書の様式 （第 1 版、PDF、\d+ バイト）/);
	/* A version never changes. */
	await good('PUT', '/downloads/paper_form?name=a.pdf', pdf('form 1'));
	assert.equal((await ask('PUT', '/downloads/paper_form?name=a.pdf', pdf('another'))).body.error.code, 'download_fixed');
	assert.equal((await ask('PUT', '/downloads/paper_form?name=a.pdf', Buffer.from('MZ'))).body.error.code, 'file_kind');
	assert.equal((await ask('PUT', '/downloads/nothing?name=a.pdf', pdf('x'))).status, 404);
	const one = await office.apply(answers({ corporate: '' }));
	office.again(() => sample.replace(/^version: 1$/m, 'version: 2').replace('kind: download, version: "1"', 'kind: download, version: "2"'));
	assert.ok(await until(10, async () => !/様式のダウンロード/.test((await office.page('/p/every-kind')).text)), 'version 2 has no file yet');
	await good('PUT', '/downloads/paper_form?name=b.pdf', pdf('form 2'));
	const two = await office.apply(answers({ corporate: '' }));
	for (const [application, version, content] of [[one, '1', pdf('form 1')], [two, '2', pdf('form 2')]]) {
		const { downloads } = await office.staff.secretariat.ask('GET', `/v1/applications/${application.id}/files`);
		assert.deepEqual(downloads.map((row) => [row.document, row.version, row.digest]), [['paper_form', version, sha256(content)]]);
	}
});

test('staff hands in a file for a step, everybody who may sees it, and each look stands on the audit trail', async () => {
	const application = await office.apply(answers({ corporate: '' }));
	await office.does(application, 'secretariat', 'complete');
	const files = `/v1/applications/${application.id}/files`, content = pdf('by the office');
	const { staff } = office;
	assert.equal((await staff.secretariat.send('POST', `${files}?field=sign.scan&name=a.pdf`, Buffer.from('no PDF'))).body.error.code, 'file_kind');
	assert.equal((await staff.secretariat.send('POST', `${files}?field=sign.nothing&name=a.pdf`, content)).body.error.code, 'not_listed');
	const kept = await staff.secretariat.send('POST', `${files}?field=sign.scan&name=${encodeURIComponent('署名.pdf')}`, content);
	assert.equal(kept.status, 201, JSON.stringify(kept.body));
	assert.equal(kept.body.value, `${sha256(content)} ${content.length} 署名.pdf`);
	/* Held for this application only. */
	const other = await office.apply(answers({ corporate: '' }));
	await office.does(other, 'secretariat', 'complete');
	const sign = { secrecy: 'yes', signature: '見本', scan: kept.body.value };
	assert.equal((await office.event(other, 'secretariat', 'sign_for', sign)).status, 422);
	await office.does(application, 'secretariat', 'sign_for', { ...sign });
	const { items } = await staff.secretariat.ask('GET', files);
	assert.deepEqual(items.map((row) => [row.name, row.field, row.kind, row.bytes, row.digest]), [['署名.pdf', 'sign_for.scan', 'pdf', content.length, sha256(content)]]);
	const got = await staff.expert.send('GET', `${files}/${sha256(content)}`);
	assert.equal(got.status, 200);
	assert.deepEqual(got.bytes, content);
	assert.match(got.headers['content-disposition'], /^attachment;/);
	for (const who of ['desk', 'contractor', 'analyst'])
		assert.equal((await staff[who].send('GET', `${files}/${sha256(content)}`)).status, 403, who);
	assert.equal((await staff.expert.send('GET', `/v1/applications/${other.id}/files/${sha256(content)}`)).status, 404);
	assert.deepEqual(office.sql(`SELECT actor_kind, object, reason FROM audit WHERE action = 'application_file' AND result = 'done';`),
		[['person', application.id, sha256(content)]]);
});

test('R-040: visitors are counted once a day since a stated day, with milestones, and nothing of them is kept', async () => {
	const shown = async () => words((await page('/p/every-kind')).text);
	assert.ok(await until(10, async () => (await good('GET', '/site')).visitors === 1), 'everybody in this test has one address');
	assert.match(await shown(), /来訪者数 1人（令和7年5月23日\(金\)から集計）/);
	await shown();
	office.clock('set', '2025-05-24T10:00:00+09:00');
	await shown();
	assert.ok(await until(10, async () => (await good('GET', '/site')).visitors === 2), 'another day');
	assert.deepEqual(await good('PUT', '/site', { since: '2024-04-01', before: 24998, aliases: [] }),
		{ since: '2024-04-01', before: 24998, visitors: 25000, milestone: 25000, aliases: [] });
	assert.match(await shown(), /25,000人突破 来訪者数 25,000人（令和6年4月1日\(月\)から集計）/);
	assert.match(words((await page('/p/every-kind?lang=en')).text), /More than 25,000 visitors Visitors: 25,000/);
	assert.deepEqual(office.sql("SELECT name FROM pragma_table_info('visitors');").flat(), ['programme', 'since', 'before', 'counted']);
});

test('T-40: a programme is found under further paths, and under its host with and without www.', async () => {
	await good('PUT', '/site', { since: '2024-04-01', before: 0, aliases: ['mihon', 'mihon-jigyo'] });
	for (const [from, to] of [['/p/mihon', '/p/every-kind'], ['/p/mihon-jigyo/apply', '/p/every-kind/apply'], ['/p/mihon/news/x?lang=en', '/p/every-kind/news/x?lang=en']]) {
		const answer = await page(from, 308);
		assert.equal(answer.headers.location, to);
	}
	assert.equal((await ask('PUT', '/site', { since: '2024-04-01', before: 0, aliases: ['privacy'] })).body.error.code, 'alias_taken');
	assert.equal((await ask('PUT', '/site', { since: '2024-04-01', before: 0, aliases: ['every-kind'] })).body.error.code, 'alias_taken');
	await page('/p/nobody', 404);
	for (const host of ['mihon.example', 'www.mihon.example']) {
		const form = await office.form();
		const text = new URLSearchParams({ token: form.token, form_version: form.version, step: 'check' }).toString();
		const answer = await office.page('/p/every-kind/apply', { method: 'POST', body: text, headers: {
			Host: host, Origin: `https://${host}`, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(text) } });
		assert.equal(answer.status, 422, host);
	}
});

test('R-041: a closed edition stays readable with its closing sentence, and years lead to each other', async () => {
	office.clock('set', '2026-05-01T10:00:00+09:00');
	office.again(() => LATER);
	assert.ok(await until(10, async () => (await office.page('/p/next-year')).status === 200), office.tail());
	const old = await page('/p/every-kind'), next = await page('/p/next-year');
	assert.match(words(old.text), /お申し込みは終了しました。/);
	assert.doesNotMatch(old.text, /href="\/p\/every-kind\/apply/);
	assert.match(old.text, /新しい年度[\s\S]*href="\/p\/next-year"/);
	assert.match(next.text, /前の年度[\s\S]*href="\/p\/every-kind"/);
	await page('/p/every-kind/news');
});
