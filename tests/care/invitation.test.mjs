// timeout: 120
// Mailed links: an account with consents in their version, used once, over in time, of nobody else.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { Centre } from '../wire/centre.mjs';
import { Office, sha256 } from './company.mjs';

/** @type {Centre} */ let centre;
/** @type {Office} */ let office;
const PASSWORD = 'kara-ageru-7413-zubon';

before(async () => {
	centre = new Centre();
	centre.sample();
	await centre.start();
	office = new Office(centre);
});
after(() => centre?.done());

/** A row as the jobs' thread writes it; the secret is what the mail holds. */
function invite(company, mail, more = {}) {
	const secret = `hki_${randomBytes(32).toString('base64url')}`, now = Date.now() * 1000;
	office.insert('invitation', { hash: sha256(secret), mail, name: '店主', company, role: 'owner', programme: null, application: null,
		made_at: now, expires_at: now + 14 * 86400e6, used_at: null, person: null, ...more });
	return secret;
}

const stranger = () => new Client(centre.people, centre.ca);
const look = (secret, client = stranger()) => client.send('POST', '/v1/invitations/look', { secret });
const use = (secret, body, client = stranger()) => client.send('POST', '/v1/invitations', { secret, ...body });

test('a link makes an account that is signed in, with its consents', async () => {
	const company = office.company('招かれた店'), secret = invite(company, 'new@shop.example');
	const found = await look(secret);
	assert.equal(found.status, 200, JSON.stringify(found.body));
	assert.equal(found.body.mail, 'new@shop.example');
	assert.equal(found.body.company_name, '招かれた店');
	assert.equal(found.body.role, 'owner');
	assert.equal(found.body.account, false);
	assert.deepEqual(found.body.consents.map((one) => one.id), ['use', 'watch']);
	const consents = found.body.consents.map(({ id, version }) => ({ id, version }));
	const refused = [
		[{ consents }, 'missing', 'name'],
		[{ consents, name: '店主 一郎' }, 'missing', 'password'],
		[{ consents, name: ' ', password: PASSWORD }, 'missing', 'name'],
		[{ consents, name: '店主 一郎', password: 'aaaaaaaaaaaa' }, 'password_weak', 'password'],
		[{ consents, name: '店主 一郎', password: 'short' }, 'too_short', 'password'],
		[{ consents: consents.slice(1), name: '店主 一郎', password: PASSWORD }, 'consent_needed', 'consents'],
		[{ consents: consents.map((one) => ({ ...one, version: 'old' })), name: '店主 一郎', password: PASSWORD }, 'consent_changed', 'consents'],
	];
	for (const [body, code, field] of refused) {
		const answer = await use(secret, body);
		assert.equal(answer.body.error?.code, code, JSON.stringify(answer.body));
		assert.equal(answer.body.error.field, field);
	}
	const client = stranger();
	const made = await use(secret, { consents, name: '店主 一郎', password: PASSWORD }, client);
	assert.equal(made.status, 200, JSON.stringify(made.body));
	assert.equal(made.body.mail, 'new@shop.example');
	assert.deepEqual(made.body.grants.map(({ role, id }) => [role, id]), [['owner', company]]);
	assert.equal(made.body.must_change_password, false);
	assert.equal((await client.ask('GET', '/v1/companies')).items[0].id, company);
	/* the text, its version, who and when */
	const kept = await client.ask('GET', `/v1/companies/${company}/consents`);
	assert.deepEqual(kept.items.map((one) => [one.consent, one.by?.name]), [['watch', '店主 一郎'], ['use', '店主 一郎']]);
	assert.equal(kept.items[0].text, found.body.consents[1].text);
	assert.equal(office.sql(`SELECT DISTINCT address FROM consent WHERE company = '${company}';`).length, 1);
	await stranger().signIn('new@shop.example', PASSWORD);
	/* the same link again: 410, sign in instead */
	for (const answer of [await look(secret), await use(secret, { consents, name: 'x', password: PASSWORD })]) {
		assert.equal(answer.status, 410);
		assert.equal(answer.body.error.code, 'invitation_used');
		assert.match(answer.body.error.hint, /サインイン/);
	}
	const trail = office.sql(`SELECT action, object_kind FROM audit WHERE company = '${company}' AND action = 'invitation_use';`);
	assert.deepEqual(trail, [['invitation_use', 'person']]);
});

test('who has an account signs in, and gets the role', async () => {
	const one = office.company('一軒目'), two = office.company('二軒目');
	const owner = await office.person('owner', { company: one }, '二軒の主');
	const secret = invite(two, owner.mail);
	const found = await look(secret);
	assert.equal(found.body.account, true);
	const consents = found.body.consents.map(({ id, version }) => ({ id, version }));
	const blind = await use(secret, { consents, name: 'x', password: PASSWORD });
	assert.equal(blind.status, 409);
	assert.equal(blind.body.error.code, 'invitation_sign_in');
	const other = await office.person('owner', { company: one }, '別人');
	assert.equal((await use(secret, { consents }, other.client)).body.error.code, 'invitation_other');
	const done = await use(secret, { consents }, owner.client);
	assert.equal(done.status, 200, JSON.stringify(done.body));
	assert.deepEqual(done.body.grants.map((grant) => grant.id).sort(), [one, two].sort());
	assert.equal(office.sql(`SELECT count(*) FROM person WHERE mail = '${owner.mail}';`)[0][0], '1');
	assert.equal((await look(secret)).status, 410);
});

test('an old link, a replaced one, and a wrong one', async () => {
	const company = office.company('古い店');
	const old = invite(company, 'old@shop.example', { expires_at: Date.now() * 1000 - 1 });
	const answer = await look(old);
	assert.equal(answer.status, 410);
	assert.equal(answer.body.error.code, 'invitation_over');
	assert.equal((await look(`hki_${'x'.repeat(43)}`)).status, 404);
	assert.equal((await look('short')).status, 422);
});

test('two at the same moment make one account', async () => {
	const company = office.company('急ぐ店'), secret = invite(company, 'twice@shop.example');
	const consents = (await look(secret)).body.consents.map(({ id, version }) => ({ id, version }));
	const both = await Promise.all([1, 2].map(() => use(secret, { consents, name: '店主', password: PASSWORD })));
	assert.deepEqual(both.map((answer) => answer.status).sort().slice(0, 1), [200], JSON.stringify(both.map((one) => one.body)));
	assert.ok(both.some((answer) => [409, 410].includes(answer.status)));
	assert.equal(office.sql('SELECT count(*) FROM person WHERE mail = \'twice@shop.example\';')[0][0], '1');
});

test('consents are given again when their text is new', async () => {
	const company = office.company('同意の店'), owner = await office.person('owner', { company });
	const before = await owner.client.ask('GET', `/v1/companies/${company}/consents`);
	assert.deepEqual(before.items.map((one) => [one.consent, one.at, one.by]), [['use', null, null], ['watch', null, null]]);
	const give = (body) => owner.client.send('POST', `/v1/companies/${company}/consents`, body);
	assert.equal((await give({ consent: 'nothing', version: '1' })).body.error.code, 'not_listed');
	assert.equal((await give({ consent: 'watch', version: '1' })).body.error.code, 'consent_changed');
	const done = await give({ consent: 'watch', version: before.items[1].version });
	assert.deepEqual(done.body.items.map((one) => [one.consent, one.at !== null]), [['use', false], ['watch', true]]);
	const city = await office.person('secretariat', { operator: office.sql('SELECT id FROM operator LIMIT 1;')[0][0] });
	assert.equal((await city.client.send('GET', `/v1/companies/${company}/consents`)).status, 404, 'not of this operator');
});

test('whoever guesses is stopped', async () => {
	let last;
	for (let i = 0; i < 40; i++) {
		last = await look(`hki_${randomBytes(32).toString('base64url')}`);
		if (last.status === 429) break;
	}
	assert.equal(last.status, 429);
	assert.equal(last.body.error.code, 'too_many_attempts');
});
