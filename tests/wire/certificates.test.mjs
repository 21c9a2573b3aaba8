// timeout: 180
// Who may speak at the devices' port, and how a device gets there.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';

import { Centre, Device, event, send, tool } from './centre.mjs';

const centre = new Centre(), foreign = new Centre();
let administrator, analyst, device, company;

before(async () => {
	centre.sample();
	foreign.sample(); /* another authority; it needs no server */
	await centre.start();
	administrator = await centre.person('administrator');
	analyst = await centre.person('analyst');
	company = (await administrator.ask('GET', '/v1/companies')).items[0].id;
	device = centre.enrol();
});
after(async () => {
	assert.equal((await centre.stop()).status, 0);
	await centre.done();
	await foreign.done();
});

/** A device whose certificate is made by hand. */
function handMade(authority, from, to) {
	const folder = join(centre.folder, randomUUID());
	mkdirSync(folder);
	const done = tool(['certificate', join(authority.data, 'key/ca.key'), authority.ca, String(from), String(to), folder]);
	assert.equal(done.status, 0, done.stderr);
	return new Device(centre, folder);
}

const refusals = async (action) =>
	(await analyst.ask('GET', `/v1/audit?result=refused&action=${action}&limit=100`)).items;

test('a device of ours is let in', async () => {
	assert.equal((await device.batch([event()])).status, 200);
	assert.equal((await device.orders(0, 0)).status, 204);
});

test('no certificate', async () => {
	const tls = { ca: readFileSync(centre.ca) };
	for (const [method, path] of [['POST', '/v1/batches'], ['GET', '/v1/orders?after=0'], ['GET', '/v1/me'], ['GET', '/']])
		assert.equal((await send(centre.devices + path, { method, ...tls })).status, 401, path);
});

test('a header of the client proves nothing', async () => {
	const serial = 'aa'.repeat(16);
	const answer = await send(`${centre.devices}/v1/orders?after=0`, {
		ca: readFileSync(centre.ca), headers: { 'X-Client-Verify': 'SUCCESS', 'X-Client-Serial': serial },
	});
	assert.equal(answer.status, 401);
	const people = await send(`${centre.people}/v1/orders?after=0`, {
		ca: readFileSync(centre.ca), headers: { 'X-Client-Verify': 'SUCCESS', 'X-Client-Serial': serial },
	});
	assert.ok([401, 404].includes(people.status), String(people.status));
});

for (const [name, make] of [
	['a certificate of another authority', () => handMade(foreign, -1, 30)],
	['an expired certificate', () => handMade(centre, -30, -1)],
	['a certificate that is not valid yet', () => handMade(centre, 2, 30)],
	['a certificate that the centre never gave out', () => handMade(centre, -1, 30)],
]) {
	test(name, async () => {
		const stranger = make();
		const answer = await stranger.batch([event()]);
		assert.equal(answer.status, 403, answer.text);
		assert.equal((await stranger.orders(0, 0)).status, 403);
	});
}

test('a revoked device is out with its next request', async () => {
	const lost = centre.enrol(await centre.makeToken(administrator, company));
	assert.equal((await lost.batch([event()])).status, 200);
	await administrator.ask('POST', `/v1/devices/${lost.id}/revoke`, { reason: '紛失' });
	assert.equal((await lost.batch([event()])).status, 403);
	assert.equal((await lost.orders(0, 0)).status, 403);
	assert.equal((await device.orders(0, 0)).status, 204);
});

test('each refusal is on the audit trail, the same again is only counted', async () => {
	const stranger = handMade(foreign, -1, 30);
	for (let i = 0; i < 20; i++)
		await stranger.orders(0, 0);
	const rows = await refusals('certificate');
	const reasons = rows.map((row) => row.reason).join('\n');
	for (const wanted of [/missing|none|no certificate/i, /expired/i, /unknown/i, /revoked/i, /issuer|verify|self.signed|chain/i])
		assert.match(reasons, wanted);
	assert.ok(rows.length < 20, `${rows.length} rows`);
	assert.equal((await analyst.ask('GET', '/v1/audit/verification')).intact, true);
});

test('TLS 1.2 is refused', async () => {
	const outcome = await new Promise((done) => {
		const socket = connect({ host: '127.0.0.1', port: centre.peoplePort, maxVersion: 'TLSv1.2', ca: readFileSync(centre.ca) },
			() => done('connected'));
		socket.on('error', (error) => done(error.code));
	});
	assert.notEqual(outcome, 'connected');
});

test('HTTP/2 is spoken', async () => {
	const socket = await new Promise((done, fail) => {
		const made = connect({ host: '127.0.0.1', port: centre.peoplePort, ALPNProtocols: ['h2'], ca: readFileSync(centre.ca) }, () => done(made));
		made.on('error', fail);
	});
	assert.equal(socket.alpnProtocol, 'h2');
	assert.equal(socket.getProtocol(), 'TLSv1.3');
	socket.destroy();
});

// ---- enrolment ----

const enrol = (body) => send(`${centre.people}/v1/enrolments`, {
	method: 'POST', ca: readFileSync(centre.ca), headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
});
const CSR = '-----BEGIN CERTIFICATE REQUEST-----\nMIIBAAAA0000000000000000000000000000000000000000\n-----END CERTIFICATE REQUEST-----\n';

test('a used token is refused', async () => {
	assert.throws(() => centre.enrol(), /unauthenticated/);
});

test('an unknown token is refused', async () => {
	const answer = await enrol({ token: 'hke_0123456789abcdefghij', csr: CSR, hostname: 'x', platform: 'y' });
	assert.equal(answer.status, 401);
});

test('a bad request does not use the token', async () => {
	const token = await centre.makeToken(administrator, company);
	for (const csr of [CSR, 'x'.repeat(100), readFileSync(centre.ca, 'utf8')]) {
		const answer = await enrol({ token, csr, hostname: 'x', platform: 'y' });
		assert.equal(answer.status, 400, answer.text);
	}
	assert.ok(centre.enrol(token).id);
});

test('a request of too many bytes harms nobody else', async () => {
	const [token, other] = [await centre.makeToken(administrator, company), await centre.makeToken(administrator, company)];
	/* fewer characters than the contract allows, but three bytes each */
	const answer = await enrol({ token, csr: 'あ'.repeat(9000), hostname: 'x', platform: 'y' });
	assert.equal(answer.status, 413, answer.text);
	assert.ok(centre.enrol(other).id, 'the key process is still there');
	assert.ok(centre.enrol(token).id, 'and the token is not used up');
});

test('the same token and request get the same answer again', async () => {
	const token = await centre.makeToken(administrator, company);
	const csr = readFileSync(join(handMade(centre, -1, 1).folder, 'device.csr'), 'utf8');
	const [first, second] = [await enrol({ token, csr, hostname: 'x', platform: 'y' }), await enrol({ token, csr, hostname: 'x', platform: 'y' })];
	assert.equal(first.status, 201, first.text);
	assert.equal(second.status, 201);
	assert.deepEqual(JSON.parse(second.text), JSON.parse(first.text));
});

test('of twenty who use one token at once, one gets in', async () => {
	const token = await centre.makeToken(administrator, company);
	const requests = Array.from({ length: 20 }, () => readFileSync(join(handMade(centre, -1, 1).folder, 'device.csr'), 'utf8'));
	const answers = await Promise.all(requests.map((csr) => enrol({ token, csr, hostname: 'x', platform: 'y' })));
	assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
});

test('a revoked token is refused', async () => {
	const made = await administrator.ask('POST', '/v1/enrolment-tokens', { company });
	await administrator.ask('DELETE', `/v1/enrolment-tokens/${made.id}`);
	assert.throws(() => centre.enrol(made.secret), /unauthenticated/);
});

test('a device does not trust a centre with another fingerprint', async () => {
	const folder = join(centre.folder, randomUUID());
	mkdirSync(folder);
	const done = tool(['enrol', centre.people, foreign.ca, await centre.makeToken(administrator, company), folder]);
	assert.notEqual(done.status, 0);
	assert.match(done.stderr, /could not prove who it is/);
});

test('refused enrolments are on the audit trail', async () => {
	const reasons = (await refusals('device_enrol')).map((row) => row.reason);
	for (const wanted of ['unknown token', 'token used before', 'revoked token'])
		assert.ok(reasons.includes(wanted), `${wanted} in ${reasons}`);
});

test('an address that guesses tokens is stopped', async () => {
	let last;
	for (let i = 0; i < 40; i++)
		last = await enrol({ token: `hke_guess${randomUUID()}`, csr: CSR, hostname: 'x', platform: 'y' });
	assert.equal(last.status, 429);
});
