// timeout: 180
// How many devices of how many users a participation may have, and from when until when, S-36, T-19.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Centre, TOOL, tool } from '../wire/centre.mjs';
import { NOT_BUILT, Office, PROGRAM } from './company.mjs';

const skip = PROGRAM ? false : NOT_BUILT;
/** @type {Centre} */ let centre;
/** @type {Office} */ let office;
const CONFIRMED = '2025-06-20T10:00:00+09:00', APPROVED = '2025-06-25T10:00:00+09:00', INSTALLED = '2025-07-01T10:00:00+09:00';

before(async () => {
	if (skip) return;
	centre = new Centre({ program: PROGRAM });
	centre.sample();
	await centre.start();
	office = new Office(centre);
	office.publish();
	office.clock('set 2025-07-10T10:00:00+09:00');
});
after(() => centre?.done());

/** A company with an owner; more: as Office.apply takes it. */
async function shop(name, more) {
	const company = office.company(name);
	const made = more ? office.apply(company, more) : {};
	return { company, ...made, owner: await office.person('owner', { company }, `owner of ${name}`) };
}

const trial = { state: 'trial', confirmed: CONFIRMED, approved: APPROVED, installed: INSTALLED, participation: true };
const ask = (shop, user, more = {}) => shop.owner.client.send('POST', '/v1/enrolment-tokens', { company: shop.company, ...(user ? { user } : {}), ...more });

/** Enrols a device as the agent does. */
function tryEnrol(secret) {
	const folder = mkdtempSync(join(centre.folder, 'device-'));
	const done = tool(['enrol', centre.people, centre.ca, secret, folder]);
	return { good: done.status === 0, said: done.stderr };
}

test('before the course decision nothing is enrolled (S-36)', { skip }, async () => {
	const early = await shop('まだの店', { state: 'decision' });
	const answer = await ask(early, '店主');
	assert.equal(answer.status, 409, JSON.stringify(answer.body));
	assert.equal(answer.body.error.code, 'entitlement');
	assert.match(answer.body.error.message, /[぀-ヿ一-鿿]/);
	const approving = await shop('承認待ちの店', { state: 'approval', confirmed: CONFIRMED, participation: true });
	assert.equal((await ask(approving, '店主')).body.error?.code, 'entitlement');
});

test('the first device begins the trial, without any look at its address (R-049, R-055)', { skip }, async () => {
	const fresh = await shop('始める店', { state: 'preparing', confirmed: CONFIRMED, approved: APPROVED, participation: true });
	const made = await ask(fresh, '店主');
	assert.equal(made.status, 201, JSON.stringify(made.body));
	assert.match(made.body.fingerprint, /^[0-9a-f]{64}$/);
	assert.equal((await fresh.owner.client.ask('GET', '/v1/home')).state, 'before');
	const done = tryEnrol(made.body.secret);
	assert.ok(done.good, done.said);
	const [[state, installed]] = office.sql(`SELECT state, installed_at FROM application WHERE id = '${fresh.application}';`);
	assert.notEqual(Number(installed), 0, `installed (${state})`);
	assert.equal(new Date(Number(installed) / 1000).toISOString().slice(0, 10), '2025-07-10', 'the programme\'s day, not the machine\'s');
	const [[participation, key]] = office.sql(`SELECT participation, user_key FROM device WHERE company = '${fresh.company}';`);
	assert.equal(participation, fresh.participation);
	assert.equal(key, '店主');
	assert.equal((await fresh.owner.client.ask('GET', '/v1/home')).state, 'calm');
});

test('a user has five devices; the sixth is refused, another user\'s first is not (R-053, R-054, T-19)', { skip }, async () => {
	const full = await shop('五台の店', trial);
	office.devices(full.company, full.participation, [['tanakataro', 4]]);
	const fifth = await ask(full, 'Tanaka Taro'), sixth = await ask(full, 'ＴＡＮＡＫＡ　Taro');
	assert.equal(fifth.status, 201);
	assert.equal(sixth.status, 201, 'two tokens are not two devices yet');
	assert.ok(tryEnrol(fifth.body.secret).good);
	const refused = tryEnrol(sixth.body.secret);
	assert.ok(!refused.good);
	assert.match(refused.said, /5/, 'the agent hears the rule');
	const again = await ask(full, ' tanaka  TARO ');
	assert.equal(again.status, 409);
	assert.equal(again.body.error.code, 'entitlement');
	assert.match(again.body.error.message, /5/);
	assert.equal((await ask(full, '佐藤')).status, 201);
	/* the token of the refused one is still good once a device is gone */
	office.sql(`UPDATE device SET state = 'revoked' WHERE rowid = (SELECT min(rowid) FROM device WHERE participation = '${full.participation}');`);
	assert.ok(tryEnrol(sixth.body.secret).good);
	const trail = office.sql(`SELECT result, reason FROM audit WHERE company = '${full.company}' AND action = 'device_enrol' AND result = 'refused';`);
	assert.equal(trail.length, 1);
});

test('two agents at the same moment do not both get the last place', { skip }, async () => {
	const last = await shop('最後の一台の店', trial);
	office.devices(last.company, last.participation, [['店主', 4]]);
	const secrets = [(await ask(last, '店主')).body.secret, (await ask(last, '店主')).body.secret];
	const done = await Promise.all(secrets.map((secret) => new Promise((end) => {
		const folder = mkdtempSync(join(centre.folder, 'device-'));
		spawn(TOOL, ['enrol', centre.people, centre.ca, secret, folder], { stdio: 'ignore' }).on('exit', end);
	})));
	assert.equal(done.filter((status) => status === 0).length, 1, done.join());
	assert.deepEqual(office.sql(`SELECT count(*) FROM device WHERE participation = '${last.participation}' AND state = 'active';`), [['5']]);
});

test('who uses a device has to be said', { skip }, async () => {
	const shopOf = await shop('名前の店', trial);
	for (const user of [undefined, ' 　 ']) {
		const answer = await ask(shopOf, user);
		assert.equal(answer.status, 422, JSON.stringify(answer.body));
		assert.equal(answer.body.error.code, 'user_needed');
	}
});

test('three hundred users with five devices each; the 301st user is refused, and the office may raise it with a reason (S-36, R-053, R-054)', { skip }, async () => {
	const large = await shop('三百人の会社', trial);
	const users = Array.from({ length: 300 }, (_, i) => [`user${i}`, i < 299 ? 5 : 4]);
	office.devices(large.company, large.participation, users);
	const last = await ask(large, 'user299');
	assert.equal(last.status, 201);
	assert.ok(tryEnrol(last.body.secret).good, 'device 1500');
	const answer = await ask(large, '301人目');
	assert.equal(answer.body.error?.code, 'entitlement');
	assert.match(answer.body.error.message, /300/);
	const secretariat = await office.staff('secretariat');
	const limit = (body, who = secretariat) => who.client.send('PUT', `/v1/companies/${large.company}/users-limit`, body);
	assert.equal((await limit({ users: 301, reason: ' ' })).body.error.code, 'reason_needed');
	assert.equal((await limit({ users: 299, reason: '少なく' })).body.error.code, 'out_of_range');
	assert.equal((await limit({ users: 301, reason: '事務局長の承認' }, large.owner)).status, 403);
	const raised = await limit({ users: 301, reason: '事務局長の承認' });
	assert.equal(raised.status, 200, JSON.stringify(raised.body).slice(0, 300));
	assert.equal(raised.body.limit_users, 301);
	assert.equal(raised.body.limit_devices_per_user, 5);
	assert.equal(raised.body.items.length, 300);
	const made = await ask(large, '301人目');
	assert.equal(made.status, 201, JSON.stringify(made.body));
	assert.ok(tryEnrol(made.body.secret).good);
	assert.equal((await ask(large, '302人目')).body.error?.code, 'entitlement');
	const trail = office.sql(`SELECT reason FROM audit WHERE action = 'users_limit' AND result = 'done';`);
	assert.deepEqual(trail, [['301: 事務局長の承認']]);
	const mine = await large.owner.client.ask('GET', `/v1/companies/${large.company}/users`);
	assert.equal(mine.items.length, 301);
	assert.ok(mine.items.some((row) => row.user === 'user0' && row.devices.length === 5));
});

test('after the trial nothing is enrolled any more', { skip }, async () => {
	const old = await shop('終わった店', { ...trial, installed: '2025-04-01T10:00:00+09:00' });
	const answer = await ask(old, '店主');
	assert.equal(answer.body.error?.code, 'entitlement', JSON.stringify(answer.body));
	/* a token from before does not help */
	const late = await shop('終わる店', trial);
	const made = await ask(late, '店主', { hours: 100 });
	office.clock('set 2025-12-01T10:00:00+09:00');
	try {
		const done = tryEnrol(made.body.secret);
		assert.ok(!done.good);
	} finally {
		office.clock('set 2025-07-10T10:00:00+09:00');
	}
});

test('a participation made by hand has no limits, a company without any neither', { skip }, async () => {
	const company = office.company('手作りの店'), participation = '019bcccc-0000-7000-8000-000000000001';
	office.insert('participation', { id: participation, company, programme: office.programme, course: 'EDR', since_at: 1, ended_at: null });
	office.devices(company, participation, [['店主', 7]]);
	const owner = await office.person('owner', { company });
	for (const body of [{ company }, { company, participation }, { company, user: '店主' }]) {
		const made = await owner.client.send('POST', '/v1/enrolment-tokens', body);
		assert.equal(made.status, 201, JSON.stringify(made.body));
		assert.ok(tryEnrol(made.body.secret).good);
	}
	const users = await owner.client.ask('GET', `/v1/companies/${company}/users`);
	assert.equal(users.limit_users, null);
});
