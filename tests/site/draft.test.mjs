// timeout: 300
// A form is put away unfinished and taken up again with the mailed link.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { answers, day, edition, errorsOf, filled, hidden, inputs, pairs, sample, Site, words } from './world.mjs';

const PATH = '/p/every-kind/apply';
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const pdf = Buffer.from('%PDF-1.7\ndraft\n%%EOF\n');
let site;

before(async () => { site = await new Site().start([edition(sample)]); });
after(() => site?.stop());

const count = () => site.sql('SELECT count(*) AS n FROM application')[0].n;
/* Half a form, some of it wrong, as people leave them. */
const half = (more = {}) => ({ company: '  株式会社見本 ', corporate: '123', post: '〒100', 'founded.year': '平成', worries: '一行目\n二行目 <b>&"', days: ['mon', 'fri'],
	courses: 'edr', places: ['東京都千代田区1', '', '大阪'], mail: `draft+${Math.random().toString(36).slice(2)}@mihon.example`, ...more });
const linkOf = (mail) => /https:\/\/[^\s]+(\/p\/every-kind\/draft\/[0-9a-f]{64})\n/.exec(mail.body)?.[1];

async function save(fields, files = {}, status = 200) {
	const answer = await site.postFiles(PATH, { ...await site.form('every-kind'), ...fields, step: 'save' }, files);
	assert.equal(answer.status, status, words(answer.text).slice(0, 300));
	return answer;
}

test('nothing typed is lost: the link brings back every answer as it was typed, and the file', async () => {
	const fields = half(), token = await site.form('every-kind');
	const answer = await site.postFiles(PATH, { ...token, ...fields, step: 'save' }, { 'paper.file': { name: '申込書.pdf', content: pdf } });
	assert.equal(answer.status, 200);
	assert.match(words(answer.text), /途中まで保存しました.*まだお申し込みは送られていません.*リンクをメールでお送りします: draft\+/);
	assert.match(answer.headers['cache-control'], /no-store/);
	const mail = site.mail(fields.mail), link = linkOf(mail);
	assert.ok(link, mail.body);
	assert.match(mail.subject, /^【見本事業】お申し込みの続き/);
	assert.ok(answer.text.includes(link));
	const page = await site.get(link);
	assert.match(page.headers['cache-control'], /no-cache|no-store/);
	const kept = filled(page.text);
	for (const [name, value] of pairs(fields).filter(([, one]) => one !== ''))
		if (!['days', 'courses'].includes(name))
			assert.ok(kept.some(([key, one]) => key === name && one === value), `${name}=${value}`);
	assert.deepEqual(kept.filter(([name]) => name === 'days').map(([, value]) => value), ['mon', 'fri']);
	assert.equal(hidden(page.text, 'token'), token.token, 'the same form, not another');
	assert.equal(hidden(page.text, 'paper'), `${sha256(pdf)} ${pdf.length} 申込書.pdf`);
	/* The audit trail has it; nothing in the records opens it. */
	assert.equal(site.sql("SELECT count(*) AS n FROM audit WHERE action = 'draft_save'")[0].n, 1);
	assert.equal(site.sql(`SELECT count(*) AS n FROM draft WHERE secret = '${link.split('/').pop()}'`)[0].n, 0);
});

test('a draft becomes one application, however often it is sent and from wherever', async () => {
	const fields = answers(), before_ = count();
	await save(fields, { 'paper.file': { name: 'a.pdf', content: pdf } });
	const link = linkOf(site.mail(fields.mail)), page = await site.get(link);
	const all = await Promise.all([1, 2, 3].map(() => site.postFiles(PATH, [...filled(page.text), ['step', 'send']])));
	assert.deepEqual(all.map((answer) => answer.status), [303, 303, 303], words(all[0].text).slice(0, 300));
	assert.equal(new Set(all.map((answer) => answer.headers.location)).size, 1);
	assert.equal(count(), before_ + 1);
	assert.equal(site.sql(`SELECT count(*) AS n FROM upload_used WHERE digest = '${sha256(pdf)}'`)[0].n, 1);
	/* The link says so, and holds nothing any more. */
	assert.match(words((await site.get(link)).text), /送信済みです/);
	assert.equal(site.sql('SELECT count(*) AS n FROM draft_answer JOIN draft USING (secret) WHERE application IS NOT NULL')[0].n, 0);
	assert.equal((await site.postFiles(PATH, [...filled(page.text), ['step', 'send']])).headers.location, all[0].headers.location);
});

test('saved again it keeps its link and sends no second mail; another address gets a link of its own', async () => {
	const fields = half(), token = await site.form('every-kind');
	const again = (more) => site.postFiles(PATH, { ...token, ...fields, ...more, step: 'save' });
	await again({});
	const link = linkOf(site.mail(fields.mail));
	const second = await again({ worries: '書き足した' });
	assert.match(words(second.text), /前にお送りしたメールのものと同じです/);
	assert.equal(site.sql(`SELECT count(*) AS n FROM mail WHERE recipient = '${fields.mail}'`)[0].n, 1);
	assert.equal(new Map(filled((await site.get(link)).text)).get('worries'), '書き足した');
	/* Who got the first mail by mistake does not read on. */
	await again({ mail: `right-${fields.mail}` });
	await site.get(link, 404);
	assert.equal(new Map(filled((await site.get(linkOf(site.mail(`right-${fields.mail}`)))).text)).get('worries'), fields.worries);
});

test('without a mail address nothing can be sent there: said beside the field, nothing lost', async () => {
	for (const mail of ['', 'no', 'a@b@c']) {
		const answer = await save(half({ mail }), { 'paper.file': { name: 'a.pdf', content: pdf } }, 422);
		assert.deepEqual(errorsOf(answer.text).inline.map((one) => one.field), ['mail']);
		assert.match(words(answer.text), /続きのリンクをお送りするメールアドレス/);
		const kept = new Map(filled(answer.text));
		assert.equal(kept.get('company'), '  株式会社見本 ');
		assert.match(kept.get('paper'), / a\.pdf$/);
	}
});

test('limits: one address gets five links a day; wrong links all look the same', async () => {
	const mail = 'victim@elsewhere.example';
	for (let i = 0; i < 5; i++)
		await save(half({ mail }));
	const answer = await save(half({ mail }), {}, 429);
	assert.equal(new Map(filled(answer.text)).get('company'), '  株式会社見本 ');
	assert.equal(site.sql(`SELECT count(*) AS n FROM mail WHERE recipient = '${mail}'`)[0].n, 5);
	for (const path of ['x', 'f'.repeat(64), "'; DROP TABLE draft"])
		assert.match(words((await site.send(`/p/every-kind/draft/${encodeURIComponent(path)}`)).text), /開けません|ページが見つかりません/);
});

test('over after thirty days', async () => {
	const fields = half();
	await save(fields);
	const link = linkOf(site.mail(fields.mail));
	const [{ days }] = site.sql(`SELECT (expires_at - saved_at) / 86400000000 AS days FROM draft WHERE mail = '${fields.mail}'`);
	assert.equal(days, 30);
	site.sql(`UPDATE draft SET expires_at = saved_at WHERE mail = '${fields.mail}'`);
	await site.get(link, 404);
});

test('a form renewed meanwhile says exactly what has changed, keeps the answers, and takes the draft', async () => {
	const fields = answers({ worries: '書いたまま' });
	await save(fields);
	const link = linkOf(site.mail(fields.mail));
	site.publish(edition(sample).replace(/^version: 1$/m, 'version: 2').replace('form:\n  version: "1"', 'form:\n  version: "2"')
		.replace(/^ *- \{ id: from, .*\n/m, '').replace('label: { ja: お困りのこと', 'label: { ja: いま困っていること')
		.replace(/( *)- \{ id: courses,/, '$1- { id: web, kind: text, label: { ja: ホームページ, en: Web }, required: false, max: 100 }\n$1- { id: courses,')
		.replace(/(id: privacy[\s\S]*?version: )"1"/, '$1"2"'), 1);
	let page;
	for (let i = 0; i < 50; i++) {
		page = await site.get(link);
		if (hidden(page.text, 'form_version') === '2')
			break;
		await new Promise((done) => setTimeout(done, 100));
	}
	assert.equal(hidden(page.text, 'form_version'), '2');
	const told = /保存したあとで様式が改訂されました[\s\S]*?<\/ul>/.exec(page.text)[0];
	assert.deepEqual([...told.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, item]) => words(item)),
		['ホームページ : 新しい項目です', 'いま困っていること : 説明が変わりました', '個人情報の取扱いへの同意 : 同意の文面が変わりました', '連絡のつきやすい時刻 : なくなりました']);
	assert.equal(new Map(filled(page.text)).get('worries'), '書いたまま');
	const sent = await site.postFiles(PATH, [...filled(page.text), ['step', 'send']]);
	assert.equal(sent.status, 303, words(sent.text).slice(0, 300));
});

test('a reception that is over shows what was written, and takes nothing', async () => {
	const fields = half({ worries: 'まだここにある' });
	await save(fields);
	const link = linkOf(site.mail(fields.mail));
	site.publish(edition(sample, { until: day(-1) }).replace(/^version: 1$/m, 'version: 3'), 2);
	let page;
	for (let i = 0; i < 50; i++) {
		page = await site.get(link);
		if (/お申し込みは受け付けていません/.test(page.text))
			break;
		await new Promise((done) => setTimeout(done, 100));
	}
	assert.match(words(page.text), /この下書きは送れません。.*まだここにある/);
	assert.ok(!inputs(page.text).some((input) => input.name === 'worries'));
	assert.equal((await site.postFiles(PATH, { ...pairs(fields), step: 'send' })).status, 409);
});
