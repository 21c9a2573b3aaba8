// A person at the API: signs in, keeps cookie and CSRF value, trusts one authority only.

import { readFileSync } from 'node:fs';
import { request } from 'node:https';

export class Client {
	#cookie = '';
	#csrf = '';

	/**
	 * @param {string} url of the people's port
	 * @param {string} authority file of the centre's own CA
	 */
	constructor(url, authority) {
		this.url = url;
		this.ca = readFileSync(authority);
	}

	/** The session, for requests of another kind. */
	get cookie() { return this.#cookie; }

	/** Goes on with a session that was opened elsewhere. */
	enter(cookie, csrf) {
		this.#cookie = cookie;
		this.#csrf = csrf;
	}

	/** One request, its body a value or the bytes of a file; resolves to {status, body}. Rejects where no answer came. */
	send(method, path, body) {
		const isFile = Buffer.isBuffer(body);
		const text = body === undefined || isFile ? body : JSON.stringify(body);
		return new Promise((done, fail) => {
			const asked = request(new URL(path, this.url), {
				method, ca: this.ca, timeout: 15000,
				headers: {
					Accept: 'application/json',
					...(text === undefined ? {} : { 'Content-Type': isFile ? 'application/octet-stream' : 'application/json', 'Content-Length': Buffer.byteLength(text) }),
					...(this.#cookie ? { Cookie: this.#cookie } : {}),
					...(this.#csrf && method !== 'GET' ? { 'Hikeshi-CSRF': this.#csrf } : {}),
				},
			}, (answer) => {
				const parts = [];
				answer.on('data', (part) => parts.push(part));
				answer.on('error', fail);
				answer.on('end', () => {
					for (const cookie of answer.headers['set-cookie'] ?? [])
						this.#cookie = cookie.split(';')[0];
					const all = Buffer.concat(parts).toString();
					let parsed = all;
					if (/json/.test(answer.headers['content-type'] ?? '') && all)
						parsed = JSON.parse(all);
					if (parsed?.csrf)
						this.#csrf = parsed.csrf;
					done({ status: answer.statusCode, headers: answer.headers, body: parsed, bytes: Buffer.concat(parts) });
				});
			});
			asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
			asked.on('error', fail);
			asked.end(text);
		});
	}

	/** The body of an answer that must be a success. */
	async ask(method, path, body) {
		const answer = await this.send(method, path, body);
		if (answer.status < 200 || answer.status > 299)
			throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	/** Signs in; a one-time password is changed to the new one, as the centre demands. */
	async signIn(mail, password, newPassword) {
		const me = await this.ask('POST', '/v1/session', { mail, password });
		if (me.must_change_password)
			return this.ask('POST', '/v1/session/password', { current: password, new: newPassword });
		return me;
	}
}

/** Asks again and again until the answer is not null; the last error or null after the time. */
export async function until(seconds, ask, everyMs = 250) {
	const end = Date.now() + seconds * 1000;
	let trouble = null;
	for (;;) {
		try {
			const answer = await ask();
			if (answer !== null && answer !== undefined && answer !== false)
				return answer;
			trouble = null;
		} catch (error) {
			trouble = error;
		}
		if (Date.now() > end) {
			if (trouble)
				throw trouble;
			return null;
		}
		await new Promise((done) => setTimeout(done, everyMs));
	}
}
