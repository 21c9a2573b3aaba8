// A centre with the edition of 2024, and companies that wait for its draw.

import assert from 'node:assert/strict';

import { COMPANY, Office } from '../programme/office.mjs';

export { before, test } from '../programme/office.mjs';

const INDUSTRY = ['retail', 'manufacturing', 'service'];
const EACH_ADDRESS = 15; // the site takes only so many applications from one

/** A signature as the beacon publishes one: that of round 1000 of its chain. */
export const SIGNATURE = 'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39';

export class Draw extends Office {
	constructor() {
		super({
			edition: '2024-taisei',
			shop: {
				...COMPANY, courses: ['training'], person: '江戸花子', person_kana: 'エドハナコ', person_role: 'officer', motivation: '自走したい',
				equipment: ['utm'], policy: 'in_place', two_star: 'declared', person_agrees: 'yes', company_agrees: 'yes',
			},
		});
	}

	open(options = {}) {
		return super.open({ now: '2024-06-10T10:00:00+09:00', ...options });
	}

	/** Companies that have applied and wait for the draw; ids in the order of their receipts. */
	async companies(count) {
		this.links = []; /* of the applicants' own pages */
		for (let n = 0; n < count; n++) {
			const form = await this.form();
			const body = new URLSearchParams();
			const answers = { ...this.shop, company: `株式会社第${n}商店`, mail: `info@shop${n}.example`, telephone: `03-1000-${1000 + n}`, industry: INDUSTRY[n % 3] };
			for (const [name, value] of Object.entries({ token: form.token, form_version: form.version, step: 'send', ...answers }))
				for (const one of [value].flat())
					body.append(name, one);
			const text = body.toString();
			const sent = await this.page(`/p/${this.slug}/apply`, {
				method: 'POST', body: text, localAddress: `127.0.0.${2 + Math.floor(n / EACH_ADDRESS)}`,
				headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(text) },
			});
			assert.equal(sent.status, 303, sent.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 1000));
			this.links.push(sent.headers.location.replace(/\/received$/, ''));
		}
		const ids = this.sql('SELECT id FROM application ORDER BY row;').map(([id]) => id);
		for (const id of ids) {
			/* Companies that look alike are looked at by a person first. */
			await this.event(id, 'secretariat', 'clear_review', { basis: '別の会社と確認' });
			await this.does(id, 'secretariat', 'accept_rules', { level: '十分', person: '江戸花子', own_cost_told: 'yes' });
		}
		return ids;
	}

	path(rest = '') {
		return `/v1/programmes/${this.programme.id}/lottery${rest}`;
	}

	/** One act by a role: the answer, whatever it is. */
	lottery(who, rest, body) {
		return this.staff[who].send(body ? 'POST' : 'GET', this.path(rest), body);
	}

	async good(who, rest, body) {
		const answer = await this.lottery(who, rest, body);
		assert.equal(answer.status, 200, `${who} ${rest}: ${JSON.stringify(answer.body)} ${this.tail()}`);
		return answer.body;
	}

	async proof() {
		const answer = await this.page(`/p/${this.slug}/lottery.json`);
		return { status: answer.status, text: answer.text, data: answer.status === 200 ? JSON.parse(answer.text) : null };
	}
}
