// timeout: 300
// kill -9 of the server or the whole centre, at random moments, while forms with files come in: no application
// is ever accepted without its files (jGrants accepted 1,998), and what was acknowledged is there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { multipart } from '../lib/multipart.mjs';
import { answers, edition, filled, pairs, sample, Site } from './world.mjs';

const KILLS = 12, APPLICANTS = 6;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let site, socketPath, stopping = false;

before(async () => {
	const text = edition(sample).replace(/(id: guidance[\s\S]*?places: )\d+/, '$1100000');
	site = await new Site().start([text]);
	socketPath = join(site.centre.data, 'run/people.sock');
});
after(() => site?.stop());

/** One request; rejects where the server died under it. */
function post(fields, files, i) {
	const { body, headers } = multipart(fields, files);
	return new Promise((done, fail) => {
		const asked = request({ socketPath, path: '/p/every-kind/apply', method: 'POST', agent: false, timeout: 20000,
			headers: { Host: 'localhost', 'X-Real-IP': `198.18.${i >> 8 & 255}.${i & 255}`, ...headers } }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('error', fail);
			answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
		});
		asked.on('timeout', () => asked.destroy(new Error('no answer')));
		asked.on('error', fail);
		asked.end(body);
	});
}

const acknowledged = [];
let number = 0;

/** Fills in forms one after the other; where the server dies, the browser's form is sent again as it stands. */
async function apply() {
	while (!stopping) {
		const i = ++number, content = Buffer.from(`%PDF-1.7\n${i} ${'x'.repeat(i * 997 % 200000)}\n%%EOF\n`);
		const token = sha256(Buffer.from(`${i}`)).slice(0, 32);
		const fields = pairs({ token, form_version: '1', ...answers({ mail: `crash${i}@mihon.example` }) });
		let sent = null, check = null;
		while (!sent && !stopping) {
			try {
				check ??= await post([...fields, ['step', 'check']], { 'paper.file': { name: `${i}.pdf`, content } }, i);
				sent = check.status === 200 ? await post([...filled(check.text), ['step', 'send']], {}, i) : null;
				check = check.status === 200 ? check : null;
			} catch {
				await sleep(20);
			}
		}
		if (sent?.status === 303)
			acknowledged.push({ mail: `crash${i}@mihon.example`, digest: sha256(content), bytes: content.length });
	}
}

test(`${KILLS} times kill -9: an application has its files, or it is none`, async () => {
	const applicants = Array.from({ length: APPLICANTS }, apply);
	for (let i = 0; i < KILLS; i++) {
		await sleep(100 + Math.random() * 700);
		const { server } = site.centre.pids();
		if (i % 3 < 2) { /* who dies again and again waits longer each time; a new parent begins anew */
			process.kill(server, 'SIGKILL');
			assert.ok(await until(30, () => { const now = site.centre.pids().server; return now && now !== server; }));
		} else {
			await site.centre.stop('SIGKILL');
			await until(30, () => site.centre.start().then(() => true, () => false));
		}
	}
	await sleep(1500);
	stopping = true;
	await Promise.all(applicants);
	const rows = site.sql(`SELECT a.mail, f.digest, f.name, u.bytes, w.value FROM application a
		LEFT JOIN upload_used f ON f.object = a.id LEFT JOIN upload u ON u.digest = f.digest
		LEFT JOIN application_answer w ON w.application = a.row AND w.name = 'paper'`);
	const byMail = new Map(rows.map((row) => [row.mail, row]));
	console.log(`# ${rows.length} applications, ${acknowledged.length} acknowledged, ${KILLS} kills`);
	assert.ok(acknowledged.length >= 20, `${acknowledged.length}`);
	assert.equal(byMail.size, rows.length, 'none twice');
	for (const row of rows) {
		assert.ok(row.digest, `${row.mail} has no file`);
		const content = readFileSync(join(site.centre.data, 'store/uploads', row.digest));
		assert.equal(sha256(content), row.digest);
		assert.equal(content.length, row.bytes);
		assert.equal(row.value, `${row.digest} ${row.bytes} ${row.name}`);
	}
	for (const one of acknowledged)
		assert.equal(byMail.get(one.mail)?.digest, one.digest, one.mail);
	/* What was being written when it died has no name that anybody would take for a file. */
	for (const name of readdirSync(join(site.centre.data, 'store/uploads')))
		assert.match(name, /^[0-9a-f]{64}(\.[0-9a-f]+\.new)?$/);
});
