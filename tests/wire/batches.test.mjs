// timeout: 180
// Batches: once and whole, or not at all, whatever is wrong with them.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Centre, event, pack, storedIds } from './centre.mjs';

const centre = new Centre();
let administrator, analyst, device, company, others;

before(async () => {
	centre.sample();
	await centre.start();
	administrator = await centre.person('administrator');
	analyst = await centre.person('analyst');
	company = (await administrator.ask('GET', '/v1/companies')).items[0].id;
	device = centre.enrol();
});
after(async () => {
	assert.equal((await centre.stop()).status, 0);
	await centre.done();
});

const made = (n, more) => Array.from({ length: n }, () => {
	const id = randomUUID();
	return { id, line: event({ hikeshi: { id }, ...more }) };
});
const count = (ids) => {
	const stored = storedIds(centre, company), wanted = new Set(ids);
	return stored.filter((id) => wanted.has(id)).length;
};
const ids = (rows) => rows.map((row) => row.id);
const lines = (rows) => rows.map((row) => row.line);

test('a batch is durable when it is answered', async () => {
	const rows = made(100);
	const answer = await device.batch(lines(rows));
	assert.equal(answer.status, 200);
	assert.deepEqual(JSON.parse(answer.text), { stored: 100, duplicate: false });
	assert.equal(count(ids(rows)), 100);
});

test('the same again is acknowledged and ignored', async () => {
	const rows = made(10), body = pack(lines(rows).map((line) => `${line}\n`).join(''));
	const again = { body, count: 10, sequence: 1000 };
	assert.equal((await device.batch('', again)).status, 200);
	for (let i = 0; i < 3; i++)
		assert.deepEqual(JSON.parse((await device.batch('', again)).text), { stored: 0, duplicate: true });
	assert.equal(count(ids(rows)), 10);
});

test('the same at once, eight times, is stored once', async () => {
	const rows = made(50), body = pack(lines(rows).map((line) => `${line}\n`).join(''));
	const answers = await Promise.all(Array.from({ length: 8 }, () => device.batch('', { body, count: 50, sequence: 1001 })));
	assert.deepEqual(answers.map((answer) => answer.status), Array(8).fill(200));
	assert.equal(answers.filter((answer) => JSON.parse(answer.text).stored === 50).length, 1);
	assert.equal(count(ids(rows)), 50);
});

test('the order of arrival does not matter, gaps neither', async () => {
	const all = [];
	for (const sequence of [2009, 2003, 2007, 2001, 2005]) {
		const rows = made(5);
		all.push(...ids(rows));
		assert.equal((await device.batch(lines(rows), { sequence })).status, 200);
	}
	assert.equal(count(all), 25);
});

test('the same key with other content is refused and alarmed', async () => {
	const rows = made(1);
	assert.equal((await device.batch(lines(made(1)), { sequence: 3000 })).status, 200);
	assert.equal((await device.batch(lines(rows), { sequence: 3000 })).status, 409);
	assert.equal(count(ids(rows)), 0);
	const trail = (await analyst.ask('GET', '/v1/audit?result=refused&action=batch_send')).items;
	assert.ok(trail.some((row) => /other content/.test(row.reason)));
	assert.match(centre.text(), /another batch under the same key/);
	/* another spool of the same device may use the number */
	assert.equal((await device.batch(lines(rows), { sequence: 3000, epoch: randomUUID() })).status, 200);
});

test('a new spool begins a new epoch at 1', async () => {
	const rows = made(3);
	assert.equal((await device.batch(lines(rows), { sequence: 1, epoch: randomUUID() })).status, 200);
	assert.equal(count(ids(rows)), 3);
});

// ---- what is wrong is refused whole ----

const good = () => event();
const cases = {
	'a damaged body': () => { const body = pack(`${good()}\n`); return { body, digest: 'a'.repeat(64), count: 1, status: 400, text: /digest/ }; },
	'no zstd': () => ({ body: Buffer.from('{"a":1}\n'), count: 1, status: 400, text: /zstd/ }),
	'a frame that is cut off': () => { const body = pack(`${good()}\n`); return { body: body.subarray(0, body.length - 3), count: 1, status: 400, text: /zstd/ }; },
	'two frames': () => { const body = pack(`${good()}\n`); return { body: Buffer.concat([body, body]), count: 2, status: 400, text: /behind the frame/ }; },
	'noise': () => ({ body: randomBytes(5000), count: 1, status: 400, text: /zstd/ }),
	'an empty body': () => ({ body: Buffer.alloc(0), count: 1, status: 400 }),
	'more events than announced': () => ({ lines: [good(), good()], count: 1, status: 400, text: /announced/ }),
	'fewer events than announced': () => ({ lines: [good()], count: 2, status: 400, text: /announced/ }),
	'a line that is no JSON': () => ({ lines: [good(), good(), '{"Image":', good()], status: 400, text: /line 3/ }),
	'a line that is no object': () => ({ lines: [good(), '[1]'], status: 400, text: /line 2/ }),
	'an empty line': () => ({ lines: [good(), '', good()], status: 400, text: /line 2/ }),
	'bytes that are not UTF-8': () => ({ body: pack(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')])), count: 1, status: 400, text: /line 1/ }),
	'depth 1000': () => ({ lines: ['{"a":'.repeat(1000) + '1' + '}'.repeat(1000)], status: [400, 413, 422], text: /line 1/ }),
	'an id that is none': () => ({ lines: [event({ hikeshi: { id: '../../etc/passwd' } })], status: 400, text: /line 1/ }),
	'a bomb': () => ({ body: pack(Buffer.alloc(13 << 20)), count: 1, status: [400, 413] }),
	'an event of 600 KB': () => ({ lines: [event({ CommandLine: 'x'.repeat(600 << 10) })], status: 413, text: /line 1/ }),
	'a count of 0': () => ({ lines: [good()], count: 0, status: [400, 422] }),
	'a count over the bound': () => ({ lines: [good()], count: 4097, status: [400, 422] }),
	'a sequence of 0': () => ({ lines: [good()], sequence: 0, status: [400, 422] }),
	'a sequence that is no number': () => ({ lines: [good()], sequence: '1e3', status: [400, 422] }),
	'an epoch that is none': () => ({ lines: [good()], epoch: 'x', status: [400, 422] }),
	'another content type': () => ({ lines: [good()], headers: { 'Content-Type': 'application/json' }, status: [400, 415] }),
};
for (const [name, make] of Object.entries(cases)) {
	test(`refused: ${name}`, async () => {
		const { status, text, lines: own = '', ...more } = make();
		const answer = await device.batch(own, more);
		assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text}`);
		assert.ok(JSON.parse(answer.text).error.code);
		if (text)
			assert.match(answer.text, text);
	});
}

test('nothing of a refused batch is stored, its number can be used again', async () => {
	const rows = made(5), sequence = 4000;
	assert.equal((await device.batch([...lines(rows), 'broken'], { sequence })).status, 400);
	assert.equal(count(ids(rows)), 0);
	assert.equal((await device.batch(lines(rows), { sequence })).status, 200);
	assert.equal(count(ids(rows)), 5);
});

test('a body over 4 MiB is refused before it is read', async () => {
	const answer = await device.batch('', { body: randomBytes((4 << 20) + 1), count: 1 }).catch((error) => ({ status: error.code }));
	assert.ok([413, 'EPIPE', 'ECONNRESET'].includes(answer.status), String(answer.status));
});

test('a batch at its bounds is taken: 4,096 events', async () => {
	const rows = made(4096);
	const answer = await device.batch(lines(rows));
	assert.equal(answer.status, 200, answer.text);
	assert.equal(count(ids(rows)), 4096);
});

test('a batch at its bounds is taken: 13 MiB unpacked', async () => {
	const rows = made(27, { CommandLine: 'x'.repeat(500 << 10) });
	const answer = await device.batch(lines(rows));
	assert.equal(answer.status, 200, answer.text);
	assert.equal(count(ids(rows)), 27);
});

test('company, device and time of arrival are the centre\'s word', async () => {
	const id = randomUUID();
	const answer = await device.batch([event({ hikeshi: {
		id, company: randomUUID(), device: randomUUID(), received: '2001-01-01T00:00:00Z', observed: '2099-01-01T00:00:00Z',
	}, Company: 'a field, not the envelope' })]);
	assert.equal(answer.status, 200, answer.text);
	const { envelope } = await analyst.ask('GET', `/v1/companies/${company}/events/${id}`);
	assert.equal(envelope.device, device.id);
	assert.equal(envelope.company, company);
	const now = Date.now();
	for (const name of ['received', 'observed'])
		assert.ok(Math.abs(Date.parse(envelope[name]) - now) < 60000, `${name} ${envelope[name]}`);
});

test('the centre is well after all that', async () => {
	assert.equal((await device.batch(lines(made(10)))).status, 200);
	assert.deepEqual(Object.keys(centre.pids()).sort(), ['key', 'nginx', 'parent', 'press-1', 'press-2', 'server']);
	assert.doesNotMatch(centre.text(), /died|AddressSanitizer|runtime error/);
});
