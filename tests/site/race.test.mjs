// timeout: 300
// Very many applicants in the same second, at the real centre behind its own socket (nginx takes 100
// connections of one network; here each applicant has an address of his own).
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { answers, edition, errorsOf, hidden, pairs, sample, Site, words } from './world.mjs';

const PLACES = 5, APPLICANTS = 1000;
let site, socketPath;

before(async () => {
	const text = edition(sample).replace(/(id: edr[\s\S]*?places: )\d+/, `$1${PLACES}`);
	site = await new Site().start([text, edition(text, { id: 'in-order' }).replace(/(id: edr[\s\S]*?places: )\d+/, `$1${PLACES}`),
		edition(sample, { id: 'roomy' }).replace(/(id: edr[\s\S]*?places: )\d+/, '$1400')]);
	socketPath = join(site.centre.data, 'run/people.sock');
});
after(() => site?.stop());

const address = (i) => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
const body = (fields) => new URLSearchParams(pairs(fields)).toString();
const head = (text, i) => ({ Host: 'localhost', 'X-Real-IP': address(i), 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(text) });

function post(path, text, i) {
	return new Promise((done, fail) => {
		const asked = request({ socketPath, path, method: 'POST', headers: head(text, i), agent: false }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
		});
		asked.on('error', fail);
		asked.end(text);
	});
}

const token = (i) => i.toString(16).padStart(32, '0');
const applicant = (i, version) => ({ ...answers({ company: `企業${i}`, mail: `race${i}@mihon.example`, courses: 'edr' }), token: token(i + (version << 24)), form_version: '1', step: 'send' });
const taken = (slug) => site.sql(`SELECT a.name, a.number, a.received_at FROM application a JOIN programme_file f ON f.programme = a.programme WHERE f.slug = '${slug}' ORDER BY a.number`);

test(`R-012, R-013, T-09: ${APPLICANTS} applicants in one second for the last ${PLACES} places: ${PLACES} are taken, all others hear the same`, async () => {
	const bodies = Array.from({ length: APPLICANTS }, (_, i) => body(applicant(i, 1)));
	const began = Date.now();
	const all = await Promise.all(bodies.map((text, i) => post('/p/every-kind/apply', text, i)));
	console.log(`# ${APPLICANTS} answers in ${Date.now() - began} ms`);
	const good = all.filter((answer) => answer.status === 303), full = all.filter((answer) => answer.status === 409);
	assert.equal(good.length, PLACES);
	assert.equal(full.length, APPLICANTS - PLACES, JSON.stringify([...new Set(all.map((answer) => answer.status))]));
	/* Each of them: no place in this course, beside the field, with all that was typed; the other course is open. */
	const says = new Set(full.map((answer) => errorsOf(answer.text).inline.map((one) => `${one.field} ${one.text}`).join('|')));
	assert.equal(says.size, 1, [...says].join('\n'));
	assert.match([...says][0], /^courses .*満員|^courses .*定員/);
	for (const [i, answer] of all.entries())
		if (answer.status === 409)
			assert.ok(answer.text.includes(`value="企業${i}"`) && answer.text.includes('② 端末の見守り'), `${i}`);
	const rows = taken('every-kind');
	assert.deepEqual(rows.map((row) => row.number), [1, 2, 3, 4, 5]);
	for (const [i, row] of rows.entries())
		assert.ok(i === 0 || rows[i - 1].received_at < row.received_at, 'numbers go by arrival');
	const [{ n }] = site.sql("SELECT count(*) AS n FROM application_course WHERE course = 'edr' AND has_seat = 1");
	assert.equal(n, PLACES);
	/* Nobody is told anything else afterwards. */
	assert.match(words((await site.get('/p/every-kind')).text), /満員/);
	assert.equal((await post('/p/every-kind/apply', body(applicant(APPLICANTS, 1)), APPLICANTS)).status, 409);
});

test('R-013: the places go in the order in which the forms arrived', async () => {
	/* All connections stand; then one form after the other is written, faster than one is worked on. */
	const sockets = await Promise.all(Array.from({ length: 40 }, () => new Promise((done) => { const socket = connect(socketPath, () => done(socket)); })));
	const order = sockets.map((_, i) => i).sort(() => Math.random() - 0.5);
	const answered = order.map((i) => new Promise((done) => {
		let text = '';
		sockets[i].on('data', (part) => { text += part; if (/^HTTP\/1\.1 (\d+)/.test(text)) done([i, Number(/^HTTP\/1\.1 (\d+)/.exec(text)[1])]); });
	}));
	for (const i of order) {
		const text = body(applicant(i, 2));
		sockets[i].write(`POST /p/in-order/apply HTTP/1.1\r\n${Object.entries(head(text, 2000 + i)).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`);
		await new Promise((done) => setTimeout(done, 1));
	}
	const statuses = new Map(await Promise.all(answered));
	for (const socket of sockets) socket.destroy();
	assert.deepEqual(taken('in-order').map((row) => row.name), order.slice(0, PLACES).map((i) => `企業${i}`));
	assert.deepEqual(order.map((i) => statuses.get(i)), order.map((_, at) => (at < PLACES ? 303 : 409)));
});

test('300 at once where there is room: all taken, and the numbers go by arrival', async () => {
	const bodies = Array.from({ length: 300 }, (_, i) => body(applicant(i, 3)));
	const began = Date.now();
	const all = await Promise.all(bodies.map((text, i) => post('/p/roomy/apply', text, 4000 + i)));
	console.log(`# 300 received in ${Date.now() - began} ms`);
	assert.deepEqual([...new Set(all.map((answer) => answer.status))], [303], words(all.find((answer) => answer.status !== 303)?.text ?? '').slice(0, 300));
	const rows = taken('roomy');
	assert.equal(rows.length, 300);
	assert.deepEqual(rows.map((row) => row.received_at), rows.map((row) => row.received_at).sort((a, b) => a - b));
	assert.deepEqual(rows.map((row) => row.number), rows.map((_, i) => i + 1));
	assert.equal(new Set(all.map((answer) => answer.headers.location)).size, 300);
	assert.ok(hidden((await site.get('/p/roomy/apply')).text, 'token'));
});
