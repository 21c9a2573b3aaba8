// timeout: 300
// A thousand people at once for the last five places of a session: exactly five have one, in the
// order of arrival, and all others read the same truth.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';
import { after } from 'node:test';

import { before, Hall, test } from './world.mjs';

const PEOPLE = 1000, PLACES = 5;
const office = new Hall();

before(() => office.open({
	now: '2025-07-01T10:00:00+09:00',
	change: (text) => text.replace(/(- id: briefing2[^]*?places: \{ venue: )30, online: 100/, `$1${PLACES}, online: 100`),
}));
after(() => office.done());

/** At the centre's own socket (nginx takes 100 connections of one network): each person has an address. */
function book(n) {
	const body = new URLSearchParams({ token: randomBytes(16).toString('hex'), name: `見本 ${n}`, mail: `race${n}@hikeshi.example`, mode: 'venue' }).toString();
	return new Promise((done, fail) => {
		const asked = request({
			socketPath: join(office.data, 'run/people.sock'), path: `/p/${office.slug}/sessions/briefing2`, method: 'POST', agent: false,
			headers: { Host: 'localhost', 'X-Real-IP': `198.18.${n >> 8}.${n & 255}`, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) },
		}, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('end', () => done({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
		});
		asked.on('error', fail);
		asked.end(body);
	});
}

test('a thousand for the last five places', async () => {
	const began = Date.now();
	const all = await Promise.all(Array.from({ length: PEOPLE }, (_, n) => book(n)));
	const count = {};
	for (const { status } of all)
		count[status] = (count[status] ?? 0) + 1;
	console.log(`# ${PEOPLE} bookings in ${Date.now() - began} ms: ${JSON.stringify(count)}`);
	assert.deepEqual(count, { 303: PLACES, 409: PEOPLE - PLACES });
	assert.deepEqual(office.sql('SELECT state, mode, COUNT(*) FROM booking GROUP BY state, mode;'), [['booked', 'venue', String(PLACES)]]);
	for (const { text } of all.filter((one) => one.status === 409))
		assert.ok(text.includes(`満席（定員${PLACES}名`) && text.includes('残り100席'));
	assert.equal((await office.told('booking_booked', PLACES)).length, PLACES);
});

test('a hundred change between the ways at once: nobody is lost, nothing is overbooked', async () => {
	const links = [];
	for (let n = 0; n < 20; n++)
		links.push(await office.booked('briefing3', n % 2 ? 'online' : 'venue'));
	await Promise.all(Array.from({ length: 100 }, (_, n) => office.act(links[n % 20], n % 3 ? 'online' : 'venue')));
	const rows = office.sql('SELECT COUNT(*) FROM booking WHERE session = \'briefing3\' AND state = \'booked\';');
	assert.deepEqual(rows, [['20']]);
	const { session } = await office.see('briefing3');
	for (const row of session.places)
		assert.ok(row.booked <= row.places);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
});
