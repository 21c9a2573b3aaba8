// timeout: 400
// The public site in a real browser with scripts off, at the size of a phone and wide.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

import { until } from '../lib/client.mjs';
import { answers, day, edition, kihon, sample, Site, TOP } from './world.mjs';

const FORM = '/p/every-kind/apply';
const SIZES = { phone: { width: 360, height: 740 }, wide: { width: 1200, height: 900 } };
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const CASE = '01234567-89ab-7def-8123-456789abcdef';
const shots = join(TOP, 'out/screenshots');
let site, browser;

before(async () => {
	mkdirSync(shots, { recursive: true });
	site = await new Site().start([edition(sample), edition(readFileSync(join(TOP, 'programmes/2025-kihon.yaml'), 'utf8')),
		edition(sample, { id: 'last-year', opens: day(-700), until: day(-400), year: 2024 })]);
	/* Trusted by its key: with an error passed over, a browser would keep nothing for going back. */
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', `--ignore-certificate-errors-spki-list=${await site.pin()}`] });
});
after(async () => {
	await browser?.close();
	await site?.stop();
});

const visitor = async (size = 'phone', more = {}) =>
	(await browser.newContext({ viewport: SIZES[size], baseURL: site.url, javaScriptEnabled: false, ...more })).newPage();

/** Fills a form by the names of its fields, as a person does. */
async function fill(page, fields) {
	for (const [name, value] of Object.entries(fields)) {
		for (const one of Array.isArray(value) ? value : [value]) {
			const input = page.locator(`[name="${name}"]`);
			if (await input.first().evaluate((node) => node.localName) === 'select')
				await input.selectOption(one);
			else if (['radio', 'checkbox'].includes(await input.first().getAttribute('type')))
				await page.locator(`[name="${name}"][value="${one}"]`).check();
			else
				await input.fill(one);
		}
	}
}

const press = (page, name) => page.getByRole('button', { name }).click();
const number = (page) => page.locator('.number').first().innerText();

test('an application from the programme\'s page to the receipt, with a detour by the back button', async () => {
	const page = await visitor();
	await page.goto('/p/');
	await page.getByRole('link', { name: '見本の支援事業' }).first().click();
	await page.getByRole('link', { name: '申し込む' }).first().click();
	const fields = answers({ company: '株式会社戻る', days: ['mon', 'fri'], worries: '一行目\n二行目' });
	await fill(page, fields);
	await press(page, '内容を確かめる');
	await page.getByRole('heading', { name: '内容の確認' }).waitFor();
	await page.goBack();
	assert.equal(await page.locator('[name="company"]').inputValue(), '株式会社戻る', 'the back button keeps what was typed');
	assert.equal(await page.locator('[name="worries"]').inputValue(), '一行目\n二行目');
	assert.ok(await page.locator('[name="days"][value="fri"]').isChecked());
	await fill(page, { person: '見本 花子' });
	await press(page, '内容を確かめる');
	await press(page, '戻って直す');
	assert.equal(await page.locator('[name="person"]').inputValue(), '見本 花子');
	await press(page, '内容を確かめる');
	assert.match(await page.locator('main').innerText(), /見本 花子/);
	await press(page, 'この内容で申し込む');
	await page.getByRole('heading', { name: 'お申し込みを受け付けました' }).waitFor();
	const first = await number(page);
	/* Back and once more: the same receipt. */
	await page.goBack();
	await press(page, 'この内容で申し込む');
	assert.equal(await number(page), first);
	await page.reload();
	assert.equal(await number(page), first);
	await page.getByRole('link', { name: 'お申し込みの状況を見る' }).click();
	assert.match(await page.locator('.now').innerText(), /申込みはまだ完了していません/);
	assert.deepEqual(await page.locator('.facts li').evaluateAll((rows) => rows.map((row) => row.className)), ['done', 'open', 'open']);
});

test('2025-kihon: from the page to the receipt, and the mail says what has not happened (S-17, T-03, T-04)', async () => {
	const page = await visitor('wide');
	await page.goto('/p/2025-kihon');
	assert.match(await page.locator('#courses').innerText(), /残り 50 社（定員 50 社）[\s\S]*残り 50 社（定員 50 社）[\s\S]*残り 100 社（定員 100 社）/);
	await page.getByRole('link', { name: '申し込む' }).first().click();
	await fill(page, kihon());
	await press(page, '内容を確かめる');
	assert.match(await page.locator('main').innerText(), /株式会社火消商店[\s\S]*10,?000,?000/);
	await press(page, 'この内容で申し込む');
	const receipt = await number(page);
	assert.match(receipt, /^2025-kihon-\d{5}$/);
	const main = await page.locator('main').innerText();
	assert.match(main, /申込みはまだ完了していません/);
	assert.match(main, /申込完了\s+まだです\s+参加確定\s+まだです/);
	const mail = await until(15, () => site.sql("SELECT body FROM mail WHERE recipient = 'taro@mihon.example' AND template = 'received' AND subject || body LIKE '%2025-kihon-%'")[0]);
	assert.ok(mail.body.includes(receipt) && /完了していません|完了ではありません/.test(mail.body), mail.body);
	/* The link of the mail opens the same application. */
	const link = /\/p\/a\/[\w-]+/.exec(mail.body)?.[0];
	await page.goto(link);
	assert.equal(await page.locator('.names .number').innerText(), receipt);
	await page.goto('/p/2025-kihon');
	assert.match(await page.locator('#courses').innerText(), /残り 49 社/);
});

test('errors are told first, lead to their fields, and go one by one', async () => {
	const page = await visitor();
	await page.goto(FORM);
	await press(page, '内容を確かめる');
	assert.equal(await page.locator(':focus').getAttribute('class'), 'summary', 'focus is on the summary');
	const all = await page.locator('.summary a').allInnerTexts();
	assert.deepEqual(await page.locator('.error').allInnerTexts(), all);
	const link = page.getByRole('link', { name: /^法人|^企業名：/ }).first();
	await link.click();
	assert.equal(await page.locator(':focus').getAttribute('name'), 'company');
	const good = answers();
	delete good.corporate;
	for (const [name, value] of Object.entries(good)) {
		await fill(page, { [name]: value });
		if (['founded.year', 'founded.month'].includes(name)) continue;
		await press(page, '内容を確かめる');
		const left = await page.locator('.summary a').allInnerTexts();
		assert.ok(left.length < all.length, `${name} is put right`);
		all.length = left.length;
	}
	await page.getByRole('heading', { name: '内容の確認' }).waitFor();
});

test('two tabs are two applications, and each keeps its own answers', async () => {
	const one = await visitor('wide');
	const two = await one.context().newPage();
	await one.goto(FORM);
	await two.goto(FORM);
	await fill(one, answers({ company: '株式会社甲' }));
	await fill(two, answers({ company: '株式会社乙' }));
	for (const page of [one, two]) await press(page, '内容を確かめる');
	for (const page of [one, two]) await press(page, 'この内容で申し込む');
	assert.notEqual(await number(one), await number(two));
	for (const [page, name] of [[one, '甲'], [two, '乙']]) {
		await page.getByRole('link', { name: 'お申し込みの状況を見る' }).click();
		assert.match(await page.locator('.names').innerText(), new RegExp(`株式会社${name}`));
	}
});

test('R-012: a course that fills while somebody writes is refused beside the field, and the rest is kept', async () => {
	const page = await visitor();
	await page.goto(FORM);
	await fill(page, answers({ courses: 'edr', company: '株式会社遅い' }));
	await press(page, '内容を確かめる');
	await site.apply('every-kind', answers({ courses: 'edr' }));
	await press(page, 'この内容で申し込む');
	assert.equal(await page.locator('.summary a').count(), 1);
	assert.ok(await page.locator('[name="courses"][value="edr"]').isDisabled());
	assert.equal(await page.locator('[name="company"]').inputValue(), '株式会社遅い');
	await fill(page, { courses: 'guidance' });
	await press(page, '内容を確かめる');
	await press(page, 'この内容で申し込む');
	await page.getByRole('heading', { name: 'お申し込みを受け付けました' }).waitFor();
});

test('withdrawing on a phone: opened, reasoned, asked again, done', async () => {
	const page = await visitor();
	await page.goto(await site.apply('every-kind', answers()));
	await page.locator('summary', { hasText: 'お申し込みを取り下げる' }).click();
	await press(page, 'お申し込みを取り下げる');
	assert.match(await page.locator('.summary').innerText(), /取り下げの理由/);
	await page.locator('[name="reason"]').fill('都合により');
	await press(page, 'お申し込みを取り下げる');
	await page.getByRole('heading', { name: /もう一度お確かめください/ }).waitFor();
	await page.getByRole('link', { name: 'やめて戻る' }).click();
	assert.match(await page.locator('.now').innerText(), /受け付けました/);
	await page.locator('summary', { hasText: 'お申し込みを取り下げる' }).click();
	await page.locator('[name="reason"]').fill('都合により');
	await press(page, 'お申し込みを取り下げる');
	await press(page, 'お申し込みを取り下げる');
	assert.match(await page.locator('.now').innerText(), /取り下げられました/);
});

test('the keyboard finds the skip link first, and every page has one heading', async () => {
	const page = await visitor('wide');
	for (const path of ['/p/', '/p/every-kind', FORM, '/p/last-year/apply', '/p/privacy', '/p/a/wrong']) {
		await page.goto(path);
		await page.keyboard.press('Tab');
		assert.equal(await page.locator(':focus').getAttribute('href'), '#main', path);
		assert.equal(await page.locator('h1').count(), 1, path);
	}
});

/* Of a long page its beginning. */
async function picture(page, name) {
	await page.evaluate(() => scrollTo(0, 0));
	const { width } = page.viewportSize();
	const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), 1800);
	await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
}

test('axe finds nothing, and nothing is wider than its screen', async () => {
	const axe = readFileSync(join(TOP, 'node_modules/axe-core/axe.min.js'), 'utf8');
	const link = await site.apply('every-kind', answers({ company: 'とても長い名前の'.repeat(8) }));
	const progress = await site.apply('2025-kihon', kihon());
	site.sql(`INSERT INTO article (id, programme, kind, day, title, text, published, actor, changed_at, is_last)
		SELECT k.id, f.programme, k.kind, 20000, 'とても長い題名の'  || k.kind, '本文です。', 1, '', 0, 1 FROM programme_file f,
		(SELECT '${CASE}' AS id, 'case' AS kind UNION SELECT 'n', 'news' UNION SELECT 's', 'security' UNION SELECT 'q', 'faq' UNION SELECT 't', 'seminar') k WHERE f.slug = 'every-kind'`);
	for (const size of Object.keys(SIZES)) {
		/* axe is a script: this visitor has them on, and the policy off for it alone. */
		const page = await visitor(size, { javaScriptEnabled: true, bypassCSP: true });
		const look = async (name) => {
			await page.evaluate(axe);
			const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
			assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 150)}`), [], `${name}, ${size}`);
			const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			assert.ok(over <= 0, `${name} is ${over} px too wide, ${size}`);
		};
		for (const language of ['', '?lang=en']) {
			for (const path of ['/p/', '/p/every-kind', '/p/2025-kihon', FORM, '/p/2025-kihon/apply', '/p/last-year', '/p/last-year/apply', '/p/privacy',
				'/p/terms', '/p/nothing', '/p/a/wrong', link, `${link}/received`]) {
				await page.goto(path + language);
				if (language) assert.equal(await page.locator('html').getAttribute('lang'), 'en');
				await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
				await look(path + language);
			}
		}
		await page.goto('/p/2025-kihon');
		await picture(page, `site-programme-${size}`);
		await page.goto('/p/2025-kihon/apply');
		await press(page, '内容を確かめる');
		await look('errors');
		await fill(page, kihon({ postal_code: '12', telephone: '1', mail: 'taro' }));
		await press(page, '内容を確かめる');
		assert.equal(await page.locator('.error').count(), 3);
		await picture(page, `site-form-errors-${size}`);
		await page.goto(FORM);
		await fill(page, answers());
		await press(page, '内容を確かめる');
		await look('check');
		/* A file that is held, one that is not taken, a draft, and what the office has put up. */
		const fields = answers();
		await page.goto(FORM);
		await fill(page, { ...fields, telephone: '' });
		await page.locator('[name="paper.file"]').setInputFiles({ name: '申込書.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF\n') });
		await page.locator('[name="picture.file"]').setInputFiles({ name: 'shop.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
		await press(page, '内容を確かめる');
		await page.getByText('お預かりしています: 申込書.pdf').waitFor();
		assert.deepEqual(await page.locator('.error').evaluateAll((all) => all.map((one) => one.id)), ['e-telephone', 'e-picture']);
		await look('files');
		await picture(page, `site-files-${size}`);
		await fill(page, { telephone: fields.telephone });
		await press(page, '途中で保存する');
		await page.getByRole('heading', { name: '途中まで保存しました' }).waitFor();
		await look('draft saved');
		await picture(page, `site-draft-${size}`);
		await page.getByRole('link', { name: 'いま続きを書く' }).click();
		await page.getByText('お預かりしています: 申込書.pdf').waitFor();
		await look('draft');
		for (const path of ['/p/every-kind/news', `/p/every-kind/case/${CASE}`]) {
			await page.goto(path);
			await look(path);
		}
		await page.goto(progress);
		await look('progress');
		await picture(page, `site-progress-${size}`);
		await page.goto(link);
		await page.locator('summary', { hasText: 'お申し込みを取り下げる' }).click();
		await page.locator('[name="reason"]').fill('x');
		await press(page, 'お申し込みを取り下げる');
		await look('confirm');
		await page.context().close();
	}
});
