// What the browser tests of staff share: a centre with the programme published, people signed in, keys.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { Client } from '../lib/client.mjs';
import { Centre, passwordOf, send } from '../wire/centre.mjs';

export const TOP = resolve(new URL('.', import.meta.url).pathname, '../..');
const BUILT = [process.env.HIKESHI_TESTING_BIN, join(TOP, 'out/testing/bin')].find((folder) => folder && existsSync(join(folder, 'hikeshi-centre')));
export const skip = BUILT ? false : 'NO TEST BUILD: the programme clock cannot be moved, the pages of staff are NOT tested';
const SHOTS = join(TOP, 'out/screenshots');
const PASSWORD = 'correct horse battery staple';
const OPERATOR = '見本運営事務局';
const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const PICTURE_HEIGHT = 1100; /* of a wide one */

/** What a small retail company in Tokyo writes into the form of 2025-kihon. */
const form = {
	company_kind: 'company', company: '見本食堂', company_kana: 'ミホンショクドウ', corporate_number: '', postal_code: '160-0023', prefecture: 'tokyo',
	address: '新宿区西新宿0-0-0', industry: 'retail', capital: '6000万', employees: '40', contact: '店主 一郎', department: '', telephone: '03-1234-5678',
	mail: 'owner@shokudou.example', courses: 'edr', past_support: 'no', subsidy: 'no', clause_a: 'yes', clause_b: 'yes', clause_c: 'yes', clause_d: 'yes',
	clause_e: 'yes', clause_f: 'yes', clause_g: 'yes', privacy: 'yes', conditions: 'yes',
};

export class Staff {
	/** tour: with companies in every step instead of none; the rest is of Centre. */
	async start({ tour = false, ...options } = {}) {
		this.centre = new Centre({ program: join(BUILT, 'hikeshi-centre'), ...options });
		this.centre.sample(...(tour ? ['--tour'] : []));
		await this.centre.start();
		if (!tour) this.centre.publish(join(TOP, 'programmes/2025-kihon.yaml'), OPERATOR);
		await this.browse();
	}

	/** A browser, in front of a centre that runs already. */
	async browse(centre = this.centre) {
		mkdirSync(SHOTS, { recursive: true });
		this.centre = centre;
		this.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--lang=ja'] });
	}

	async stop() {
		await this.browser?.close();
		await this.centre?.done();
	}

	sql(text) {
		const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', join(this.centre.data, 'store/records.sqlite')], { input: text, encoding: 'utf8' });
		if (done.status !== 0 || done.stderr)
			throw new Error(`sqlite3: ${done.stderr}\n${text.slice(0, 400)}`);
		return done.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('|'));
	}

	/** Sends the public form as a browser without scripts does; resolves to the place of the receipt. */
	async apply(more = {}) {
		const tls = { ca: readFileSync(this.centre.ca) };
		const page = await send(`${this.centre.people}/p/2025-kihon/apply`, tls);
		const hidden = (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? '';
		const body = new URLSearchParams({ ...form, ...more, token: hidden('token'), form_version: hidden('form_version'), step: 'send' }).toString();
		const answer = await send(`${this.centre.people}/p/2025-kihon/apply`, {
			...tls, method: 'POST', body,
			headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body), Origin: this.centre.people },
		});
		assert.equal(answer.status, 303, answer.text.replace(/<[^>]*>/g, ' ').slice(0, 2000));
		return answer.headers.location;
	}

	/** A page of somebody who has signed in at the API as this role before. */
	role(role) {
		return this.page(this.centre.accounts.find((a) => a.role === role).mail, 'ja', passwordOf(role));
	}

	/** A page of a person of the sample, signed in; mail: its account. */
	async page(mail, language = 'ja', chosen = PASSWORD) {
		const account = this.centre.accounts.find((a) => a.mail === mail);
		assert.ok(account, `no account ${mail}`);
		const context = await this.browser.newContext({ ignoreHTTPSErrors: true, viewport: sizes.wide, locale: language, colorScheme: 'light' });
		const page = await context.newPage();
		page.wrong = [];
		page.on('pageerror', (error) => page.wrong.push(error.message));
		page.reloads = 0;
		await page.goto(this.centre.people);
		await page.evaluate(async ([who, once, password]) => {
			const post = (path, body, csrf) => fetch(path, { method: 'POST', body: JSON.stringify(body),
				headers: { 'Content-Type': 'application/json', ...(csrf ? { 'Hikeshi-CSRF': csrf } : {}) } });
			let answer = await post('/v1/session', { mail: who, password: once });
			if (answer.status === 401) answer = await post('/v1/session', { mail: who, password });
			const me = await answer.json();
			if (me.must_change_password) await post('/v1/session/password', { current: once, new: password }, me.csrf);
		}, [account.mail, account.password, chosen]);
		return page;
	}

	async open(page, path) {
		await page.goto(this.centre.people + path);
		await page.waitForSelector('main h1');
	}

	/** A person at the API, beside the browser. */
	async client(mail) {
		const account = this.centre.accounts.find((a) => a.mail === mail);
		const client = new Client(this.centre.people, this.centre.ca);
		const first = await client.send('POST', '/v1/session', { mail, password: account.password });
		if (first.status === 401) await client.ask('POST', '/v1/session', { mail, password: PASSWORD });
		else if (first.body.must_change_password) await client.ask('POST', '/v1/session/password', { current: account.password, new: PASSWORD });
		return client;
	}
}

async function accessible(page, name) {
	await page.evaluate(readFileSync(join(TOP, 'node_modules/axe-core/axe.min.js'), 'utf8'));
	const { violations } = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
	assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`), [], `axe, ${name}`);
}

/** Both sizes, by day and at night: nothing is too wide, axe finds nothing; pictures in out/screenshots begin with `kinds`. */
export async function look(page, name, kinds = 'staff') {
	for (const [kind, viewport] of Object.entries(sizes)) {
		await page.setViewportSize(viewport);
		await page.waitForTimeout(150);
		if (kind === 'wide') await page.setViewportSize({ width: 1280, height: PICTURE_HEIGHT });
		await page.screenshot({ path: join(SHOTS, `${kinds}-${name}-${kind}.png`) });
		await page.setViewportSize(viewport);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		assert.ok(wide <= 0, `${name}: ${wide} px too wide for ${kind}`);
		await accessible(page, `${name}, ${kind}`);
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.waitForSelector('html[data-theme="dark"]', { state: 'attached' });
		await accessible(page, `${name}, ${kind}, dark`);
		if (kind === 'wide') await page.screenshot({ path: join(SHOTS, `${kinds}-${name}-dark.png`) });
		await page.emulateMedia({ colorScheme: 'light' });
		await page.waitForSelector('html[data-theme="light"]', { state: 'attached' });
	}
	await page.setViewportSize(sizes.wide);
	assert.deepEqual(page.wrong, [], name);
}

const focused = (page) => page.evaluate(() => {
	const e = document.activeElement;
	return { tag: e.tagName, type: e.type ?? '', name: e.name ?? '', id: e.id, value: e.value ?? '', checked: Boolean(e.checked), text: e.textContent };
});

/**
 * Fills a step's form with keys alone, from the field in focus to the button
 * that sends it. answers: by field; what is not said is passed over.
 */
export async function fillByKeys(page, event, answers) {
	const { keyboard } = page;
	const left = new Set(Object.keys(answers));
	for (let i = 0; i < 80; i++) {
		const at = await focused(page);
		const name = at.name || at.id;
		const field = name.startsWith(`event-${event}-`) ? name.slice(`event-${event}-`.length) : null;
		if (at.type === 'submit') {
			assert.deepEqual([...left], [], `${event}: fields that the keys did not reach`);
			await keyboard.press('Enter');
			return;
		}
		if (field && field in answers) {
			left.delete(field);
			const wanted = [answers[field]].flat();
			if (at.type === 'radio') {
				await keyboard.press('Space');
				for (let k = 0; k < 60 && (await focused(page)).value !== wanted[0]; k++) await keyboard.press('ArrowDown');
			} else if (at.type === 'checkbox') {
				if (wanted.includes(at.value) !== at.checked && wanted.includes(at.value)) await keyboard.press('Space');
			} else if (at.tag === 'SELECT') {
				for (let k = 0; k < 60 && (await focused(page)).value !== wanted[0]; k++) await keyboard.press('ArrowDown');
			} else {
				await keyboard.press('Control+A');
				await keyboard.insertText(wanted[0]);
			}
		}
		await keyboard.press('Tab');
	}
	assert.fail(`${event}: no button was reached by Tab`);
}
