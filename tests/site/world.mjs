// A centre with programmes in force, and a visitor without scripts at its public site.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomInt, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect } from 'node:tls';

import { multipart } from '../lib/multipart.mjs';
import { Centre, CENTRE, send } from '../wire/centre.mjs';

export const TOP = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
export const sample = readFileSync(join(TOP, 'tests/site/every-kind.yaml'), 'utf8');

/** A day from today, as files of programmes write it. Release builds have no clock that could be moved. */
export const day = (days) => new Date(Date.now() + days * 864e5).toISOString().slice(0, 10);

/** The text of a programme's file with another id and other days of reception. */
export function edition(text, { id, opens = day(-30), until = day(60), year } = {}) {
	let out = text;
	if (id)
		out = out.replace(/^programme: .*$/m, `programme: ${id}`);
	if (year)
		out = out.replace(/^fiscal_year: .*$/m, `fiscal_year: ${year}`);
	return out.replace(/\bopens: *\S+?(?=[\s,}]|$)/m, `opens: ${opens}`).replace(/\buntil: *[^\s,}]+/m, `until: ${until}`);
}

/** Characters that a browser shows for those of HTML. */
export const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"')
	.replace(/&#39;/g, "'").replace(/&amp;/g, '&');
export const words = (html) => unescape(html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')).trim();

const attributes = (text) => Object.fromEntries([...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)]
	.map(([, name, value]) => [name, value === undefined ? true : unescape(value)]));

/** Fields of a page's form with buttons left out: [{name, type, value, checked, …}]. */
export function inputs(html) {
	const found = [...html.matchAll(/<input((?:\s+[\w-]+(?:="[^"]*")?)*)>/g)].map(([, text]) => ({ type: 'text', ...attributes(text) }));
	for (const [, text, value] of html.matchAll(/<textarea((?:\s+[\w-]+(?:="[^"]*")?)*)>\n?([^<]*)<\/textarea>/g))
		found.push({ type: 'textarea', ...attributes(text), value: unescape(value) });
	for (const [, text, options] of html.matchAll(/<select((?:\s+[\w-]+(?:="[^"]*")?)*)>([\s\S]*?)<\/select>/g))
		found.push({ type: 'select', ...attributes(text), value: /value="([^"]*)" selected/.exec(options)?.[1] ?? '', options: options.split('<option').length - 2 });
	return found;
}

export const hidden = (html, name) => inputs(html).find((input) => input.type === 'hidden' && input.name === name)?.value;

/** What a browser would send of a page as it stands: pairs. */
export const filled = (html) => inputs(html)
	.filter((input) => !input.disabled && (!['radio', 'checkbox'].includes(input.type) || input.checked))
	.map((input) => [input.name, input.value ?? '']);

export const errorsOf = (html) => ({
	summary: [...(/<div class="summary"[\s\S]*?<\/div>/.exec(html)?.[0] ?? '').matchAll(/<a href="#([^"]*)">([^<]*)<\/a>/g)]
		.map(([, target, text]) => ({ target, text: unescape(text) })),
	inline: [...html.matchAll(/<p class="error" id="e-([^"]*)">([^<]*)<\/p>/g)].map(([, field, text]) => ({ field, text: unescape(text) })),
});

export function corporateNumber() {
	const base = String(randomInt(10 ** 11)).padStart(12, '1');
	const sum = [...base].reverse().reduce((all, digit, i) => all + Number(digit) * (i % 2 === 0 ? 1 : 2), 0);
	return `${9 - (sum % 9)}${base}`;
}

let people = 0;
/** A mail address gets only so many receipts a day. */
const anybody = () => `taro+${++people}@mihon.example`;

/** Answers for every-kind.yaml that are right. */
export const answers = (more = {}) => ({
	company: '株式会社見本', kana: 'ミホン', corporate: corporateNumber(), post: '100-0001', address: '東京都千代田区千代田1-1',
	'founded.year': '1998', 'founded.month': '4', 'founded.day': '1', industry: 'retail', capital: '10000000', employees: '30',
	branch: 'no', person: '見本 太郎', telephone: '03-1234-5678', mail: anybody(), courses: 'guidance', privacy: 'yes', ...more,
});

/** Answers for programmes/2025-kihon.yaml that are right: course 2 (EDR). */
export const kihon = (more = {}) => ({
	company_kind: 'company', company: '株式会社火消商店', company_kana: 'ヒケシショウテン', corporate_number: corporateNumber(), postal_code: '163-8001',
	prefecture: 'tokyo', address: '新宿区西新宿2-8-1', industry: 'retail', capital: '1000万', employees: '30', contact: '見本 太郎', telephone: '03-0000-1234',
	mail: 'taro@mihon.example', courses: 'edr', past_support: 'no', subsidy: 'no',
	...Object.fromEntries([...'abcdefg'].map((letter) => [`clause_${letter}`, 'yes'])), privacy: 'yes', conditions: 'yes', ...more,
});

export const pairs = (fields) => Object.entries(fields).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one]));

export class Site {
	/** programmes: texts of files; options: of the centre. */
	async start(programmes, options = {}) {
		this.centre = new Centre(options);
		this.centre.sample();
		for (const [i, text] of programmes.entries())
			this.publish(text, i);
		await this.centre.start();
		this.ca = readFileSync(this.centre.ca);
		this.url = this.centre.people;
		return this;
	}

	publish(text, number = 99) {
		const file = join(this.centre.folder, `programme-${number}.yaml`);
		writeFileSync(file, text);
		const done = spawnSync(CENTRE, ['programme', 'publish', file, '--operator', 'site test', '--new-operator', '--data', this.centre.data], { encoding: 'utf8' });
		assert.equal(done.status, 0, done.stdout + done.stderr);
	}

	sql(text) {
		const done = spawnSync('sqlite3', ['-json', '-cmd', '.timeout 10000', join(this.centre.data, 'store/records.sqlite')], { input: text, encoding: 'utf8' });
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim() ? JSON.parse(done.stdout) : [];
	}

	send(path, options = {}) {
		return send(this.url + path, { ca: this.ca, ...options });
	}

	async get(path, status = 200) {
		const answer = await this.send(path);
		assert.equal(answer.status, status, `${path}: ${words(answer.text).slice(0, 300)}`);
		return answer;
	}

	/** fields: pairs, or an object. */
	post(path, fields, headers = {}) {
		const body = new URLSearchParams(Array.isArray(fields) ? fields : pairs(fields)).toString();
		return this.send(path, { method: 'POST', body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body), ...headers } });
	}

	/** The same as a browser sends a form with files. files: {NAME: {name, content}}. */
	postFiles(path, fields, files = {}) {
		return this.send(path, { method: 'POST', ...multipart(Array.isArray(fields) ? fields : pairs(fields), files) });
	}

	/** The text of the newest mail to an address. */
	mail(to) {
		return this.sql(`SELECT subject, body FROM mail WHERE recipient = '${to}' ORDER BY rowid DESC LIMIT 1`)[0];
	}

	/** The hidden fields of a fresh form. */
	async form(slug) {
		const page = await this.get(`/p/${slug}/apply`);
		return { token: hidden(page.text, 'token'), form_version: hidden(page.text, 'form_version') };
	}

	/** A whole application; resolves to the path of its page. */
	async apply(slug, fields) {
		const answer = await this.post(`/p/${slug}/apply`, { ...await this.form(slug), ...fields, step: 'send' });
		assert.equal(answer.status, 303, words(answer.text).slice(0, 400));
		assert.match(answer.headers.location, /^\/p\/a\/[\w-]+\/received$/);
		return answer.headers.location.replace(/\/received$/, '');
	}

	/** Hash of the server's public key, as Chromium wants it. */
	pin() {
		return new Promise((done, fail) => {
			const socket = connect({ port: this.centre.peoplePort, host: '127.0.0.1', ca: this.ca }, () => {
				const key = new X509Certificate(socket.getPeerCertificate().raw).publicKey.export({ type: 'spki', format: 'der' });
				socket.end();
				done(createHash('sha256').update(key).digest('base64'));
			});
			socket.on('error', fail);
		});
	}

	async stop() {
		const log = this.centre?.text() ?? '';
		await this.centre?.done();
		assert.doesNotMatch(log, /Sanitizer|runtime error|left a transaction open|an answer is too large|Assertion/);
	}
}
