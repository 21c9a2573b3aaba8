// A visitor without scripts who books sessions.

import assert from 'node:assert/strict';

import { Office } from '../programme/office.mjs';

export { before, test } from '../programme/office.mjs';

let people = 0;

export class Hall extends Office {
	sessions(session = '') {
		return `/v1/programmes/${this.programme.id}/sessions${session ? `/${session}` : ''}`;
	}

	/** One session as the office sees it. */
	see(session, who = 'secretariat') {
		return this.staff[who].ask('GET', this.sessions(session));
	}

	async places(session, mode) {
		return (await this.see(session)).session.places.find((row) => row.mode === mode);
	}

	async pageToken(session) {
		const page = await this.page(`/p/${this.slug}/sessions/${session}`);
		return /name="token"[^>]*value="([^"]*)"/.exec(page.text)?.[1];
	}

	/** A person's form: {status, text, link}. */
	async book(session, mode, { token, ...more } = {}) {
		const n = ++people;
		const page = await this.post(`/p/${this.slug}/sessions/${session}`, {
			token: token ?? await this.pageToken(session), name: `見本 ${n}`, mail: `guest${n}@hikeshi.example`, company: '', telephone: '', mode, ...more,
		});
		return { status: page.status, text: page.text, link: page.headers.location ?? null };
	}

	async booked(session, mode, more) {
		const one = await this.book(session, mode, more);
		assert.equal(one.status, 303, one.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 800));
		return one.link;
	}

	act(link, step) {
		return this.post(link, { step });
	}

	/** Mails of a template, newest first, once there are so many. */
	async told(template, count = 1) {
		await this.quiet();
		for (let i = 0; ; i++) {
			const { items } = await this.staff.secretariat.ask('GET', '/v1/mails?limit=200');
			const found = items.filter((row) => row.template === template);
			if (found.length >= count || i > 40)
				return found;
			await new Promise((done) => setTimeout(done, 250));
		}
	}
}
