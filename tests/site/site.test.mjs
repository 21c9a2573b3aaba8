// timeout: 300
// The public site over HTTPS, as a browser without scripts asks it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { answers, corporateNumber, day, edition, errorsOf, filled, hidden, inputs, pairs, sample, Site, TOP, words } from './world.mjs';

const PATH = '/p/every-kind/apply';
const kihonFile = join(TOP, 'programmes/2025-kihon.yaml');
let site;

before(async () => {
	const programmes = [edition(sample), edition(sample, { id: 'last-year', opens: day(-700), until: day(-400), year: 2024 }),
		edition(sample, { id: 'next-year', opens: day(30), until: day(90), year: 2026 })];
	assert.ok(existsSync(kihonFile), 'programmes/2025-kihon.yaml is there');
	programmes.push(edition(readFileSync(kihonFile, 'utf8')));
	site = await new Site().start(programmes);
});
after(() => site?.stop());

const count = () => site.sql('SELECT count(*) AS n FROM application')[0].n;

test('every page is whole HTML without scripts, with a strict policy', async () => {
	const link = await site.apply('every-kind', answers());
	for (const [path, status] of [['/p/', 200], ['/p/every-kind', 200], [PATH, 200], ['/p/2025-kihon', 200], ['/p/2025-kihon/apply', 200],
		['/p/last-year', 200], ['/p/last-year/apply', 200], ['/p/privacy', 200], ['/p/terms', 200], ['/p/nothing', 404], ['/p/a/wrong', 404],
		[link, 200], [`${link}/received`, 200], ['/p//x', 404], ['/p/every-kind/apply/more', 404], ['/p/every-kind?x=%zz', 200], ['/p/every-kind?lang=en&lang=%', 200]]) {
		for (const language of ['', 'lang=en']) {
			const page = await site.get(path + (language && (path.includes('?') ? '&' : '?') + language), status);
			assert.match(page.text, /^<!doctype html>\n<html lang="(ja|en)">/, path);
			assert.match(page.text, /<\/html>\n?$/, path);
			assert.doesNotMatch(page.text, /<script|\son\w+=|javascript:|style="/i, path);
			assert.match(page.headers['content-security-policy'], /^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'/);
			assert.equal(page.headers['x-content-type-options'], 'nosniff');
			const ids = [...page.text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
			assert.equal(new Set(ids).size, ids.length, `${path}: an id twice`);
		}
	}
});

test('R-035: a programme tells purpose, target, courses, places, period, flow, notes, questions, office', async () => {
	for (const slug of ['every-kind', '2025-kihon']) {
		const page = await site.get(`/p/${slug}`);
		for (const title of ['目的', '対象となる企業', '支援コースと残りの枠', '受付期間', 'お申し込みからの流れ', 'ご注意', '費用', 'よくある質問', 'お困りのときは'])
			assert.match(page.text, new RegExp(`<h2[^>]*>${title}</h2>`), `${slug}: ${title}`);
		assert.match(page.text, /残り <b>\d+<\/b>/);
		assert.match(page.text, /href="tel:\d{10,}"/);
		assert.match(page.text, /href="\/p\/privacy"/);
	}
	/* no fee, and what a company pays itself is told before it applies. */
	const page = await site.get('/p/every-kind');
	assert.match(words(page.text), /費用をお支払いいただくことはありません.*次のものは企業のご負担になります。 ② 端末の見守り お試し期間のあとも使い続けるときの利用料/);
	assert.match(words((await site.get(PATH)).text), /使い続けるときの利用料/);
	/* What a file says is text, whatever it looks like. */
	assert.match(page.text, /&lt;b&gt;これは太字になりません&lt;\/b&gt;/);
});

test('R-041: closed editions stay readable, with links to earlier years', async () => {
	const page = await site.get('/p/last-year');
	assert.match(words(page.text), /お申し込みは終了しました。/);
	assert.doesNotMatch(page.text, /last-year\/apply/);
	assert.match((await site.get('/p/every-kind')).text, /前の年度[\s\S]*href="\/p\/last-year"/);
	const list = (await site.get('/p/')).text;
	assert.ok(list.indexOf('/p/every-kind') < list.indexOf('受付を終了した事業') && list.indexOf('受付を終了した事業') < list.indexOf('/p/last-year'));
});

test('R-033: a reception that is over or not yet open refuses on the server', async () => {
	const fields = { ...await site.form('every-kind'), ...answers(), step: 'send' };
	const before = count();
	for (const [slug, says] of [['last-year', /お申し込みは終了しました/], ['next-year', /受付はまだ始まっていません/]]) {
		assert.match(words((await site.get(`/p/${slug}/apply`)).text), says);
		const answer = await site.post(`/p/${slug}/apply`, fields);
		assert.equal(answer.status, 409);
		assert.match(words(answer.text), says);
	}
	assert.equal(count(), before);
});

test('a form has labels, no placeholders, required or optional at each field, dates in three parts', async () => {
	for (const slug of ['every-kind', '2025-kihon']) {
		const { text } = await site.get(`/p/${slug}/apply`);
		assert.doesNotMatch(text, /placeholder|maxlength|type="date"/);
		for (const input of inputs(text).filter((one) => one.type !== 'hidden')) {
			const inLabel = new RegExp(`<label[^>]*><input id="${input.id}"`);
			assert.ok(text.includes(`for="${input.id}"`) || inLabel.test(text), `${input.id} has a label`);
			/* A list to unfold is for very many options only. */
			assert.ok(input.type !== 'select' || input.options > 20, input.id);
		}
		const fields = [...text.matchAll(/<(div|fieldset) class="field"[\s\S]*?<\/(label|legend)>/g)].map(([field]) => field);
		assert.ok(fields.length > 10);
		for (const field of fields)
			assert.match(field, /class="(need|may)">(必須|任意|該当する方は必須)</);
	}
	const { text } = await site.get(PATH);
	assert.deepEqual(inputs(text).filter((one) => /^founded/.test(one.name)).map((one) => one.name), ['founded.year', 'founded.month', 'founded.day']);
	assert.match(words(text), /「都内に支店がありますか」で「はい」と答えた方だけご記入ください/);
});

test('R-038: an empty form gives every error at the top and beside its field, in the same words and order', async () => {
	for (const slug of ['every-kind', '2025-kihon']) {
		const answer = await site.post(`/p/${slug}/apply`, { ...await site.form(slug), step: 'check' });
		assert.equal(answer.status, 422);
		const { summary, inline } = errorsOf(answer.text);
		assert.ok(summary.length > 5, slug);
		assert.deepEqual(summary, inline.map(({ field, text }) => ({ target: `f-${field}`, text })));
		const ids = new Set([...answer.text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
		for (const { target } of summary) assert.ok(ids.has(target), target);
		assert.match(answer.text, /<title>エラー: /);
		assert.match(answer.text, /<div class="summary" role="alert" tabindex="-1" autofocus>/);
		assert.match(answer.text, /aria-describedby="[^"]*e-/);
		/* Each field that is always required has one. */
		const required = [...answer.text.matchAll(/class="need">必須</g)].length;
		assert.equal(summary.length, required, slug);
	}
});

test('R-038: each field says its own error, and nothing typed is lost', async () => {
	const wrong = {
		company: ['x'.repeat(101), '\u0007'], kana: ['漢字', 'ABC'], corporate: ['123', '1'.repeat(13), 'T7000012050002x'], post: ['12', 'abcdefg'],
		'founded.month': ['13', '二', '"><script>'], capital: ['-1', '<b>'], employees: ['0', '100001', '三十'], telephone: ['1', 'call me'],
		mail: ['no', 'a@b@c', 'a b@c.example', '"><img>'], industry: ['unknown'], branch: ['maybe'], from: ['25:00', 'noon'], days: ['sun'],
		worries: ['長'.repeat(1001)], privacy: ['no'], courses: ['unknown'], post_: [],
	};
	const hidden_ = await site.form('every-kind');
	for (const [name, values] of Object.entries(wrong)) {
		for (const value of values) {
			const fields = answers({ days: ['mon'], from: '13:30', worries: '<b>"\'&\n二行目', [name]: value });
			const answer = await site.post(PATH, { ...hidden_, ...fields, step: 'check' });
			const field = name.split('.')[0];
			assert.equal(answer.status, 422, `${name}=${value}: ${words(answer.text).slice(0, 200)}`);
			const { summary, inline } = errorsOf(answer.text);
			assert.deepEqual(inline.map((error) => error.field), [field], `${name}=${value}`);
			assert.equal(summary.length, 1);
			const kept = new Map(filled(answer.text).map(([key, one]) => [key, one]));
			for (const [key, one] of pairs(fields))
				if (!['industry', 'branch', 'days', 'privacy', 'courses'].includes(key))
					assert.equal(kept.get(key), one.replace(/[\u0000-\u0008]/g, '\uFFFD'), `${key} is kept when ${name}=${value}`);
				else if (key !== name)
					assert.equal(kept.get(key), one, `${key} stays chosen`);
		}
	}
});

test('the check page shows what will be sent, keeps nothing yet, and leads back with everything', async () => {
	const before = count();
	const fields = { ...await site.form('every-kind'), ...answers({ kana: 'ﾐﾎﾝ', days: ['mon', 'fri'], worries: '一行目\n<二行目>' }) };
	const check = await site.post(PATH, { ...fields, step: 'check' });
	assert.equal(check.status, 200);
	assert.match(words(check.text), /まだ送られていません/);
	assert.match(words(check.text), /ミホン.*月曜日.*金曜日.*一行目.*<二行目>/);
	assert.equal(count(), before);
	assert.equal(hidden(check.text, 'token'), fields.token);
	const edit = await site.post(PATH, [...filled(check.text), ['step', 'edit']]);
	assert.equal(edit.status, 200);
	assert.deepEqual(errorsOf(edit.text).summary, []);
	const sent = new Map(filled(edit.text));
	for (const [name, value] of pairs(fields)) if (name !== 'days') assert.equal(sent.get(name), value, name);
	assert.deepEqual(filled(edit.text).filter(([name]) => name === 'days').map(([, one]) => one), ['mon', 'fri']);
	const done = await site.post(PATH, [...filled(check.text), ['step', 'send']]);
	assert.equal(done.status, 303);
	assert.equal(count(), before + 1);
});

test('S-17, T-01, T-03, T-04: what is sent is received, neither completed nor confirmed', async () => {
	const link = await site.apply('every-kind', answers());
	for (const path of [`${link}/received`, link]) {
		const page = await site.get(path);
		assert.match(page.text, /<li class="done"><b>受付<\/b>\s*<span>済み: 令和\d+年\d+月\d+日\([月火水木金土日]\)/);
		assert.match(page.text, /<li class="open"><b>申込完了<\/b>\s*<span>まだです/);
		assert.match(page.text, /<li class="open"><b>参加確定<\/b>\s*<span>まだです/);
		assert.match(words(page.text), /次に動く人 事務局 03-0000-0001 いつまでに 令和\d+年\d+月\d+日\([月火水木金]\)/);
		assert.match(words(page.text), /every-kind-\d{5}/);
		/* A personal page is nobody else's. */
		assert.equal(page.headers['cache-control'], 'no-store');
		assert.equal(page.headers['referrer-policy'], 'no-referrer');
		assert.match(page.headers['x-robots-tag'], /noindex/);
	}
	assert.match(words((await site.get(`${link}?lang=en`)).text), /Completed Not yet|Application completed Not yet.*Participation confirmed Not yet/);
	/* The audit trail says that it came by the public form. */
	const [row] = site.sql("SELECT actor_kind, action, object_kind, result, address FROM audit ORDER BY number DESC LIMIT 1");
	assert.deepEqual(row, { actor_kind: 'public', action: 'application_receive', object_kind: 'application', result: 'done', address: '127.0.0.1' });
});

test('a double submission gives one application and the same receipt', async () => {
	const fields = { ...await site.form('every-kind'), ...answers(), step: 'send' };
	const before = count();
	const both = await Promise.all([site.post(PATH, fields), site.post(PATH, fields)]);
	both.push(await site.post(PATH, fields), await site.post(PATH, { ...fields, step: 'check' }));
	for (const answer of both) {
		assert.equal(answer.status, 303);
		assert.equal(answer.headers.location, both[0].headers.location);
	}
	assert.equal(count(), before + 1);
});

test('a company over both thresholds is refused with the reason that applies (R-020), and may correct itself', async () => {
	const before = count();
	const fields = { ...await site.form('every-kind'), ...answers({ capital: '50000001', employees: '101' }) };
	for (const step of ['check', 'send']) {
		const answer = await site.post(PATH, { ...fields, step });
		assert.equal(answer.status, 422);
		assert.match(words(answer.text), /資本金 5000 万円以下、または従業員 100 人以下/);
		const edit = await site.post(PATH, [...filled(answer.text), ['step', 'edit']]);
		assert.equal(new Map(filled(edit.text)).get('capital'), '50000001');
	}
	assert.equal(count(), before);
	for (const more of [{ capital: '50000000', employees: '101' }, { capital: '50000001', employees: '100' }])
		assert.equal((await site.post(PATH, { ...fields, ...more, step: 'check' })).status, 200);
});

test('a form of an old version or without its token is looked at once more', async () => {
	const form = await site.form('every-kind');
	for (const more of [{ form_version: '0' }, { token: '' }, { token: 'x'.repeat(32) }, { token: `${form.token}00` }]) {
		const answer = await site.post(PATH, { ...form, ...answers(), ...more, step: 'send' });
		assert.equal(answer.status, 409);
		assert.match(hidden(answer.text, 'token'), /^[0-9a-f]{32}$/);
		assert.equal(new Map(filled(answer.text)).get('company'), '株式会社見本');
		assert.equal((await site.post(PATH, [...filled(answer.text), ['step', 'check']])).status, 200);
	}
});

test('what another site sends is refused', async () => {
	const fields = { ...await site.form('every-kind'), ...answers(), step: 'send' };
	const before = count();
	for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' },
		{ Origin: 'http://127.0.0.1' }])
		assert.equal((await site.post(PATH, fields, headers)).status, 403, JSON.stringify(headers));
	assert.equal(count(), before);
	assert.equal((await site.post(PATH, { ...fields, step: 'check' }, { Origin: site.url })).status, 200);
});

test('bodies: limits at their edges, broken ones, other types, other methods', async () => {
	const form = await site.form('every-kind');
	const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
	const raw = (body, headers = type, method = 'POST') => site.send(PATH, { method, body, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } });
	const fill = (n) => 'a=1&'.repeat(Math.floor(n / 4)) + 'a'.repeat(n % 4);
	assert.equal((await raw(`worries=${'x'.repeat(8000)}`)).status, 422);
	assert.equal((await raw(`worries=${'x'.repeat(8001)}`)).status, 413);
	assert.equal((await raw(fill(2048))).status, 422);
	assert.equal((await raw(fill(2048 + 4))).status, 413);
	for (const n of [65536, 65537]) {
		const answer = await raw(`${Array.from({ length: 16 }, () => `w=${'%41'.repeat(1364)}`).join('&')}`.padEnd(n, 'x'));
		assert.equal(answer.status, n === 65536 ? 422 : 413, `${n} bytes`);
		assert.match(answer.text, /<html/);
	}
	for (const body of ['a=%', 'a=%FF', 'a=%00', '=1']) {
		const answer = await raw(body);
		assert.equal(answer.status, 400, body);
		assert.match(answer.text, /<html/);
	}
	assert.equal((await raw('{}', { 'Content-Type': 'application/json' })).status, 415);
	assert.equal((await raw('', type)).status, 400);
	for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
		const answer = await site.send(PATH, { method });
		assert.equal(answer.status, 405, method);
		assert.equal(answer.headers.allow, 'GET, POST');
	}
	assert.equal((await site.send(PATH, { method: 'HEAD' })).status, 200);
	assert.ok(form.token);
});

test('wrong links all look the same, whatever is wrong about them', async () => {
	const texts = new Set();
	for (const secret of ['x', '0'.repeat(64), 'a'.repeat(199), 'A-_'.repeat(3), 'x%41'.replace('%41', '~'), 'f'.repeat(300)]) {
		const answer = await site.get(`/p/a/${secret}`, 404);
		texts.add(answer.text);
		assert.match(words(answer.text), /03-0000-0001/);
		assert.equal(answer.headers['cache-control'], 'no-store');
	}
	assert.equal(texts.size, 1);
	const [row] = site.sql("SELECT action, result, reason FROM audit WHERE action = 'personal_link' LIMIT 1");
	assert.deepEqual(row, { action: 'personal_link', result: 'refused', reason: 'unknown' });
});

test('withdrawing asks twice, once is enough, and nothing is undone by an old page', async () => {
	const link = await site.apply('every-kind', answers());
	const page = await site.get(link);
	const version = hidden(page.text, 'version');
	const state = () => site.sql('SELECT state FROM application ORDER BY number DESC LIMIT 1')[0].state;
	const missing = await site.post(link, { event: 'withdraw', version, reason: '' });
	assert.equal(missing.status, 422);
	assert.deepEqual(errorsOf(missing.text).summary.map((error) => error.target), ['f-withdraw-reason']);
	const asked = await site.post(link, { event: 'withdraw', version, reason: '<都合>により' });
	assert.equal(asked.status, 200);
	assert.match(words(asked.text), /もう一度お確かめください.*取り消すことはできません/);
	assert.equal(state(), 'received');
	const done = await site.post(link, [...filled(asked.text), ['step', 'confirm']]);
	assert.equal(done.status, 303);
	assert.equal(done.headers.location, link);
	assert.match(words((await site.get(link)).text), /お申し込みは取り下げられました/);
	assert.equal(state(), 'withdrawn');
	const again = await site.post(link, [...filled(asked.text), ['step', 'confirm']]);
	assert.equal(again.status, 409);
	assert.match(words(again.text), /いまの状況は次のとおり.*取り下げられました/);
	for (const event of ['complete', 'unknown', ''])
		assert.equal((await site.post(link, { event, version, step: 'confirm' })).status, 409, event);
	const [row] = site.sql("SELECT actor_kind, action, reason FROM audit WHERE action = 'application_event' ORDER BY number DESC LIMIT 1");
	assert.deepEqual(row, { actor_kind: 'public', action: 'application_event', reason: 'withdraw' });
});

test('an event of the office is not the applicant\'s', async () => {
	const link = await site.apply('every-kind', answers());
	const version = hidden((await site.get(link)).text, 'version');
	assert.equal((await site.post(link, { event: 'complete', version, step: 'confirm' })).status, 409);
	assert.match((await site.get(link)).text, /<li class="open"><b>申込完了/);
});

test('R-012, R-013: two want the last place, one gets it; the course closes and says so, the other stays open', async () => {
	const forms = await Promise.all([1, 2].map(async () => ({ ...await site.form('every-kind'), ...answers({ courses: 'edr' }), step: 'send' })));
	const both = await Promise.all(forms.map((fields) => site.post(PATH, fields)));
	assert.deepEqual(both.map((answer) => answer.status).sort(), [303, 409]);
	const refused = both.find((answer) => answer.status === 409);
	assert.deepEqual(errorsOf(refused.text).inline.map((error) => error.field), ['courses']);
	assert.equal(new Map(filled(refused.text)).get('company'), '株式会社見本');
	for (const text of [refused.text, (await site.get(PATH)).text]) {
		const course = inputs(text).find((input) => input.value === 'edr');
		assert.ok(course.disabled && !course.checked);
		assert.match(words(text), /② 端末の見守り 満員/);
		assert.ok(!inputs(text).find((input) => input.value === 'guidance').disabled);
	}
	assert.match(words((await site.get('/p/every-kind')).text), /満員 （新しいお申し込みは受け付けていません）/);
	/* not only by hiding it. */
	for (const step of ['check', 'send'])
		assert.equal((await site.post(PATH, { ...await site.form('every-kind'), ...answers({ courses: ['edr', 'guidance'] }), step })).status, 409);
	assert.equal((await site.post(PATH, { ...await site.form('every-kind'), ...answers(), step: 'check' })).status, 200);
});

test('English is kept in links and forms', async () => {
	const { text } = await site.get(`${PATH}?lang=en`);
	assert.match(text, /<html lang="en">/);
	assert.match(text, /action="\/p\/every-kind\/apply\?lang=en"/);
	for (const [, href] of text.matchAll(/href="(\/p\/[^"]*)"/g))
		assert.match(href, /lang=en|style\.css|^\/p\/every-kind\/apply$/);
	const answer = await site.post(`${PATH}?lang=en`, { ...await site.form('every-kind'), step: 'check' });
	assert.match(words(answer.text), /answers need a change/);
	const done = await site.post(`${PATH}?lang=en`, { ...await site.form('every-kind'), ...answers(), step: 'send' });
	assert.match(done.headers.location, /\/received\?lang=en$/);
});

test('a broken link does not end with a session of the console, nor with its cookie', async () => {
	const page = await site.send('/p/every-kind', { headers: { Cookie: 'hikeshi=x; __Host-hikeshi=y', Authorization: 'Bearer nothing' } });
	assert.equal(page.status, 200);
});

test('a personal link does not get into the log', async () => {
	const link = await site.apply('every-kind', answers()), secret = link.split('/').pop();
	assert.equal((await site.post(link, { step: 'x'.repeat(70000) })).status, 413);
	assert.equal((await site.get(link)).status, 200);
	await new Promise((done) => setTimeout(done, 300));
	assert.ok(!site.centre.text().includes(secret), site.centre.text().split('\n').find((line) => line.includes(secret)));
});

test('nobody is sent receipts all day: one mail address gets five', async () => {
	const mail = 'victim@elsewhere.example', last = [];
	for (const one of [mail, mail.toUpperCase(), 'VICTIM@elsewhere.example', mail, mail])
		await site.apply('every-kind', answers({ mail: one }));
	const before = count();
	last.push(await site.post(PATH, { ...await site.form('every-kind'), ...answers({ mail }), step: 'send' }));
	last.push(await site.post(PATH, { ...await site.form('every-kind'), ...answers({ mail: 'Victim@ELSEWHERE.example' }), step: 'send' }));
	for (const answer of last) {
		assert.equal(answer.status, 429);
		assert.equal(new Map(filled(answer.text)).get('company'), '株式会社見本', 'nothing is lost');
		assert.match(words(answer.text), /このメールアドレスでは/);
	}
	assert.equal(count(), before);
	await site.apply('every-kind', answers({ mail: 'other@elsewhere.example' }));
});

test('limits by address: receipts, then wrong links', async () => {
	let last;
	for (let i = 0; i < 21; i++) {
		last = await site.post(PATH, { ...await site.form('every-kind'), ...answers({ corporate: corporateNumber() }), step: 'send' });
		if (last.status !== 303) break;
	}
	assert.equal(last.status, 429);
	assert.ok(last.headers['retry-after']);
	assert.equal(new Map(filled(last.text)).get('company'), '株式会社見本', 'nothing is lost');
	assert.match(words(last.text), /15 分ほど待って/);
	for (let i = 0; i < 31; i++)
		last = await site.send(`/p/a/wrong-${i}`);
	assert.equal(last.status, 429);
});
