// A centre with a moved programme clock, a published programme, and its people.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { before as beforeAll, test as one } from 'node:test';

import { Client, until } from '../lib/client.mjs';
import { multipart } from '../lib/multipart.mjs';
import { Centre, send } from '../wire/centre.mjs';

export const TOP = resolve(new URL('.', import.meta.url).pathname, '../..');
const TESTING = join(resolve(process.env.HIKESHI_TESTING_BIN ?? join(TOP, 'out/testing/bin')), 'hikeshi-centre');
/* Without a test build the clock cannot be moved: skipped, and said so. */
export const skip = existsSync(TESTING) ? false : 'NO TEST BUILD: the programme clock cannot be moved (HIKESHI_TESTING_BIN)';
export const test = (name, work) => one(name, { skip }, work);
export const before = (work) => { if (!skip) beforeAll(work); };

export const edition = (name) => join(TOP, 'programmes', `${name}.yaml`);
export const EDITION = edition('2025-kihon');
export const OPERATOR = '見本運営事務局';
const EACH_ADDRESS = 12; // the site takes only so many applications from one
const STAFF = ['secretariat', 'city', 'expert', 'contractor', 'desk', 'analyst', 'administrator'];

/** The seven conditions ア–キ. */
export const CLAUSES = {
	clause_a: 'yes', clause_b: 'yes', clause_c: 'yes', clause_d: 'yes', clause_e: 'yes', clause_f: 'yes', clause_g: 'yes',
};

/** A shop of ten people in Tokyo: what the forms of the editions have in common. */
export const COMPANY = {
	company_kind: 'company', company: '株式会社火消商店', company_kana: 'ヒケシショウテン', corporate_number: '',
	postal_code: '163-8001', prefecture: 'tokyo', address: '新宿区西新宿2-8-1', industry: 'retail', capital: '1000万', employees: '10',
	contact: '火消 一郎', department: '', telephone: '03-1234-5678', mail: 'ichiro@hikeshi.example',
	privacy: 'yes', conditions: 'yes',
};

/** It meets every condition of the basic measures and wishes EDR. */
export const SHOP = { ...COMPANY, ...CLAUSES, courses: ['edr'], past_support: 'no', subsidy: 'no' };

export class Office extends Centre {
	/**
	 * @param {{edition?: string, shop?: object, slug?: string, files?: object}} options
	 *   which edition, and a form of it that is in order, with its files by field
	 */
	constructor(options = {}) {
		super({ program: TESTING, ...options });
		this.source = options.edition ?? '2025-kihon';
		this.slug = options.slug ?? this.source;
		this.shop = options.shop ?? SHOP;
		this.files = options.files ?? {};
	}

	/**
	 * @param {{now?: string, change?: (text: string) => string}} options change: makes another edition of the file
	 */
	async open({ now = '2025-05-23T10:00:00+09:00', change = (text) => text } = {}) {
		this.sample();
		await this.start();
		this.clock('set', now);
		this.edition = join(this.folder, 'edition.yaml');
		writeFileSync(this.edition, change(readFileSync(edition(this.source), 'utf8')));
		this.publish(this.edition, OPERATOR);
		this.staff = {};
		for (const role of STAFF)
			this.staff[role] = await this.person(role);
		const programmes = await until(10, async () => {
			const { items } = await this.staff.secretariat.ask('GET', '/v1/programmes');
			return items.length > 0 ? items : null;
		});
		assert.ok(programmes, `the programme is not in force: ${this.tail()}`);
		this.programme = programmes.find((row) => row.slug === this.slug);
		return this;
	}

	/** Publishes another version of the file while the centre runs. */
	again(change) {
		writeFileSync(this.edition, change(readFileSync(edition(this.source), 'utf8')));
		this.publish(this.edition, OPERATOR);
	}

	/** Waits until that version is in force. */
	async version(number) {
		assert.ok(await until(5, async () => (await this.staff.city.ask('GET', '/v1/programmes')).items[0].version === number), this.tail());
	}

	sql(text) {
		const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', join(this.data, 'store/records.sqlite')], { input: text, encoding: 'utf8' });
		if (done.status !== 0 || done.stderr)
			throw new Error(`sqlite3: ${done.stderr}\n${text}`);
		return done.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('|'));
	}

	/** A page of the public site. */
	page(path, options = {}) {
		return send(`${this.people}${path}`, { ca: readFileSync(this.ca), ...options });
	}

	/** The form as a browser gets it: its hidden values. */
	async form(slug = this.slug) {
		const page = await this.page(`/p/${slug}/apply`);
		const hidden = (name) => new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(page.text)?.[1]
			?? new RegExp(`value="([^"]*)"[^>]*name="${name}"`).exec(page.text)?.[1];
		return { status: page.status, text: page.text, token: hidden('token'), version: hidden('form_version') };
	}

	/** What a browser sends of a form, to a path of the public site. Files: {FIELD: {name, content}}. */
	post(path, fields, { files = {}, ...more } = {}) {
		const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
		const plain = Buffer.from(new URLSearchParams(pairs).toString());
		const { body, headers } = Object.keys(files).length > 0
			? multipart(pairs, Object.fromEntries(Object.entries(files).map(([name, file]) => [`${name}.file`, file])))
			: { body: plain, headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': plain.length } };
		return this.page(path, { method: 'POST', body, headers, ...more });
	}

	/** Sends an application's form, with the shop's own files unless said; resolves to {status, text, location}. */
	async submit(answers, form, { slug = this.slug, files = slug === this.source ? this.files : {} } = {}) {
		const { token, version } = form ?? await this.form(slug);
		this.sent = (this.sent ?? 0) + 1;
		const page = await this.post(`/p/${slug}/apply`, { token, form_version: version, step: 'send', ...answers },
			{ files, localAddress: `127.0.0.${2 + Math.floor(this.sent / EACH_ADDRESS)}` });
		return { status: page.status, text: page.text, location: page.headers.location ?? null };
	}

	/** The newest personal link of a questionnaire, from its mail: a path. */
	async link(application, template) {
		await this.quiet();
		const { items } = await this.staff.secretariat.ask('GET', `/v1/mails?application=${application.id}&limit=200`);
		const sent = items.find((row) => row.template === template);
		assert.ok(sent, `no mail ${template}: ${JSON.stringify(items)} ${this.tail()}`);
		const { body } = await this.staff.secretariat.ask('GET', `/v1/mails/${sent.id}`);
		const found = /https:\/\/\S+?(\/p\/q\/[0-9a-f]{64})\b/.exec(body);
		assert.ok(found, body);
		return found[1];
	}

	/** Answers a questionnaire by the link of its mail. */
	async answers(application, template, fields) {
		const link = await this.link(application, template);
		const version = /name="version"[^>]*value="([^"]*)"/.exec((await this.page(link)).text)?.[1];
		return this.post(link, { ...fields, version });
	}

	/** Traits by which no two companies of a test are taken for one. */
	another() {
		const n = this.companies = (this.companies ?? 0) + 1;
		const kana = [...String(n)].map((digit) => 'アイウエオカキクケコ'[digit]).join('');
		return {
			company: `株式会社火消商店${n}`, company_kana: `ヒケシショウテン${kana}`,
			telephone: `03-${2000 + n}-5678`, mail: `shop@hikeshi${n}-${this.slug}.example`,
		};
	}

	/** Applies and gives the application as the secretariat sees it. */
	async apply(more = {}) {
		const answers = { ...this.shop, ...this.another(), ...more };
		const sent = await this.submit(answers);
		assert.equal(sent.status, 303, sent.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 1500));
		const { items } = await this.staff.secretariat.ask('GET', `/v1/applications?q=${encodeURIComponent(answers.mail)}`);
		assert.equal(items.length, 1, 'one application came of it');
		return this.detail(items[0].id);
	}

	detail(id, who = 'secretariat') {
		return this.staff[who].ask('GET', `/v1/applications/${id}`);
	}

	/** One event by a role: the answer, whatever it is. */
	async event(application, who, event, fields = {}) {
		const { version } = await this.detail(application.id ?? application);
		return this.staff[who].send('POST', `/v1/applications/${application.id ?? application}/events`, {
			event, version, fields: Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: one }))),
		});
	}

	/** The same, and it has to succeed. */
	async does(application, who, event, fields = {}) {
		const answer = await this.event(application, who, event, fields);
		assert.equal(answer.status, 200, `${who} ${event}: ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	/** From receipt to the given step, as everything goes well. */
	async bring(application, to) {
		const road = [
			['received', 'secretariat', 'accept_rules', { channel: 'telephone', person: '火消 一郎', own_cost_told: 'yes' }],
			['completed', 'expert', 'expert_contact', { channel: 'telephone', security_state: '対策ソフトのみ', first_date: '2025-06-02', form: 'visit' }],
			['diagnosis', 'expert', 'diagnosed', {
				network: '光回線とHUB', hub_port: 'yes', existing_utm: 'no', pcs: '8', os: 'Windows 11', antivirus: 'yes',
				existing_edr: 'no', policy: 'none', utm_possible: 'yes', edr_possible: 'yes',
			}],
			['decision', 'secretariat', 'decide', { courses: application.courses.map((row) => row.id), agreed: 'yes', reason: '診断の結果' }],
			['approval', 'city', 'approve', {}],
		];
		let now = await this.detail(application.id);
		for (const [state, who, event, fields] of road) {
			if (now.state === to)
				break;
			if (now.state === state)
				now = await this.does(application, who, event, fields);
		}
		assert.equal(now.state, to);
		return now;
	}

	/** Mails to an address, oldest first, once there are as many. */
	async mails(application, count) {
		const rows = await until(10, async () => {
			const { items } = await this.staff.secretariat.ask('GET', `/v1/mails?application=${application.id}&limit=200`);
			return items.length >= count ? items : null;
		});
		assert.ok(rows, `fewer than ${count} mails: ${this.tail()}`);
		return rows.reverse();
	}

	/** Changes as they come, for a person: {messages: [{event, data}], end}. */
	async listen(client) {
		const messages = [];
		const { cookie } = client;
		const stream = await new Promise((done, fail) => {
			const asked = request(`${this.people}/v1/live`, { ca: readFileSync(this.ca), agent: false, headers: { Cookie: cookie, Accept: 'text/event-stream' } },
				(answer) => (answer.statusCode === 200 ? done(answer) : fail(new Error(`live: ${answer.statusCode}`))));
			asked.on('error', fail);
			asked.end();
		});
		let text = '';
		stream.on('error', () => {});
		stream.on('data', (part) => {
			text += part;
			for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) {
				const event = /^event: (.*)$/m.exec(text.slice(0, at))?.[1], data = /^data: (.*)$/m.exec(text.slice(0, at))?.[1];
				if (event && data)
					messages.push({ event, data: JSON.parse(data) });
			}
		});
		return { messages, end: () => stream.destroy() };
	}

	/** Waits until the jobs have nothing to do. */
	async quiet() {
		const end = await until(20, async () => {
			const { jobs } = await this.staff.administrator.ask('GET', '/v1/status');
			return jobs.waiting === 0;
		});
		assert.ok(end, `jobs wait: ${this.tail()}`);
	}
}
