// timeout: 300
// The pages of sessions, bookings and a lottery in a real browser with scripts off, at the size of a
// phone and wide: nothing is wider than the page, and axe finds nothing.
import assert from 'node:assert/strict';
import { readFileSync, mkdirSync } from 'node:fs';
import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

import { TOP } from '../programme/office.mjs';
import { Draw } from '../lottery/world.mjs';
import { before, Hall, test } from './world.mjs';

const SIZES = { phone: { width: 360, height: 740 }, wide: { width: 1200, height: 900 } };
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const axe = readFileSync(join(TOP, 'node_modules/axe-core/axe.min.js'), 'utf8');
const shots = join(TOP, 'out/screenshots');
const office = new Hall(), draw = new Draw();
let browser;

/** The digest of the server's key: a browser that trusts it needs no authority. */
const pin = (url) => new Promise((done, fail) => {
	const { hostname, port } = new URL(url);
	const socket = connect({ host: hostname, port, rejectUnauthorized: false }, () => {
		const key = new X509Certificate(socket.getPeerCertificate().raw).publicKey.export({ type: 'spki', format: 'der' });
		socket.end();
		done(createHash('sha256').update(key).digest('base64'));
	});
	socket.on('error', fail);
});

before(async () => {
	mkdirSync(shots, { recursive: true });
	await office.open({ now: '2025-06-01T10:00:00+09:00' });
	await draw.open({ change: (text) => text.replace('places: 40', 'places: 4').replace(/places: 10\n/g, 'places: 1\n').replace(/places: 20\n/, 'places: 2\n') });
	browser = await chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--no-sandbox', `--ignore-certificate-errors-spki-list=${await pin(office.people)},${await pin(draw.people)}`],
	});
});
after(async () => {
	await browser?.close();
	office.done();
	draw.done();
});

/** Looks at a page in both sizes and languages. */
async function look(world, path, name) {
	for (const [size, viewport] of Object.entries(SIZES)) {
		const context = await browser.newContext({ viewport, baseURL: world.people, bypassCSP: true });
		const page = await context.newPage();
		for (const language of ['', '?lang=en']) {
			await page.goto(path + language);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			assert.ok(wide <= 0, `${name} ${size}${language}: ${wide} px too wide`);
			await page.evaluate(axe);
			const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
			assert.deepEqual(violations.map((row) => [row.id, row.nodes.map((node) => node.html).slice(0, 3)]), [], `${name} ${size}${language}`);
			if (!language)
				await page.screenshot({ path: join(shots, `${name}-${size}.png`), fullPage: true });
		}
		await context.close();
	}
}

test('a session is booked, changed and cancelled on a phone with scripts off', async () => {
	const context = await browser.newContext({ viewport: SIZES.phone, baseURL: office.people, javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto(`/p/${office.slug}`);
	await page.getByRole('link', { name: '説明会・セミナーの日程' }).click();
	await page.locator('#briefing1').getByRole('link', { name: '予約する' }).click();
	await page.getByRole('button', { name: '予約を送る' }).click();
	await page.getByRole('link', { name: /氏名/ }).first().click();
	await page.locator('[name="name"]').fill('江戸 花子');
	await page.locator('[name="mail"]').fill('hanako@shouten.example');
	await page.locator('[name="mode"][value="venue"]').check();
	await page.getByRole('button', { name: '予約を送る' }).click();
	await page.getByText('予約しています').waitFor();
	const booked = new URL(page.url()).pathname;
	await page.getByRole('button', { name: 'オンラインでの参加に変える' }).click();
	await page.getByText('オンライン', { exact: true }).waitFor();
	await look(office, booked, 'booking');
	await page.locator('summary').click();
	await page.getByRole('button', { name: '取り消す' }).click();
	await page.getByText('この予約は取り消されました').waitFor();
	await context.close();
});

test('the pages of sessions', async () => {
	await look(office, `/p/${office.slug}/sessions`, 'sessions');
	await look(office, `/p/${office.slug}/sessions/briefing1`, 'session');
	await look(draw, `/p/${draw.slug}/sessions`, 'sessions-participants');
});

test('the proof of a lottery, before and after the draw', async () => {
	await draw.companies(7);
	draw.clock('set', '2024-07-01T10:00:00+09:00');
	const prepared = await draw.good('secretariat', '', { source: 'officers', after: '2024-07-05T10:00:00+09:00', what: '庁内で振ったさいころの目' });
	await draw.good('city', '/publication', { digest: prepared.digest });
	await look(draw, `/p/${draw.slug}/lottery`, 'lottery-list');
	draw.clock('set', '2024-07-05T10:05:00+09:00');
	await draw.good('secretariat', '/values', { value: '3 1 4', proof: '立会人の記録' });
	await draw.good('city', '/values', { value: '1 5 9', proof: '立会人の記録' });
	await look(draw, `/p/${draw.slug}/lottery`, 'lottery-result');
});
