// timeout: 300
// The steps of one application over the API of a real centre, by roles, with a
// moved programme clock. Numbers are those of the requirements.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { before, Office, SHOP, test } from './office.mjs';

const office = new Office();
let first; /* the application of S-11, S-17, S-18 */

before(() => office.open());
after(() => office.done());

test('the form of Fri 2025-05-23 gives a contact by Wed 05-28 (S-11, R-007, R-008)', async () => {
	first = await office.apply({ company: '株式会社火消商店' });
	assert.equal(first.due, '2025-05-28');
	assert.equal(first.due_hard, true);
	assert.equal(first.late, false);
	assert.equal(first.state, 'received');
	assert.equal(first.actor, 'secretariat');
	assert.match(first.number, /^2025-kihon-\d{5}$/);
});

test('received is neither completed nor confirmed, and the mail says so (S-17, R-004, R-005)', async () => {
	assert.equal(first.received, '2025-05-23T01:00:00'.slice(0, 10) + first.received.slice(10));
	assert.deepEqual([first.completed, first.confirmed, first.approved, first.installed, first.ended], [null, null, null, null, null]);
	assert.match(first.where, /まだ完了していません/);
	const [mail] = await office.mails(first, 1);
	assert.equal(mail.template, 'received');
	const { body, to } = await office.staff.secretariat.ask('GET', `/v1/mails/${mail.id}`);
	assert.equal(to, first.mail);
	assert.ok(body.includes(first.number), body);
	assert.match(body, /申込みは完了していません/);
	assert.match(body, /5月28日/);
	const link = /https:\/\/\S+\/p\/a\/\S+/.exec(body);
	assert.ok(link, `a personal link: ${body}`);
	assert.ok(!/\{\w+\}/.test(body), 'no name without a value');
	assert.equal((await office.page(new URL(link[0]).pathname)).status, 200, 'the link of the mail leads to the page');
});

test('whose turn it is: another role is told so, the engine decides (R-006)', async () => {
	const accept = { channel: 'telephone', person: '火消 一郎', own_cost_told: 'yes' };
	for (const who of ['expert', 'city']) {
		const answer = await office.event(first, who, 'accept_rules', accept);
		assert.equal(answer.status, 403, JSON.stringify(answer.body));
		assert.equal(answer.body.error.code, 'not_yours');
		assert.deepEqual((await office.detail(first.id, who)).possible.map((row) => row.event).includes('accept_rules'), false);
	}
	const unknown = await office.event(first, 'secretariat', 'approve');
	assert.equal(unknown.status, 409);
	assert.equal(unknown.body.error.code, 'no_such_event');
	assert.equal((await office.staff.analyst.send('GET', `/v1/applications/${first.id}`)).status, 403);
});

test('each wrong field is named beside its place (R-005, R-034)', async () => {
	const answer = await office.event(first, 'secretariat', 'accept_rules', { channel: 'letter', own_cost_told: 'no' });
	assert.equal(answer.status, 422, JSON.stringify(answer.body));
	assert.equal(answer.body.error.code, 'fields');
	assert.deepEqual(answer.body.error.errors.map((row) => row.field).sort(), ['channel', 'own_cost_told', 'person']);
	for (const row of answer.body.error.errors)
		assert.match(row.message, /。$/);
	assert.equal((await office.detail(first.id)).state, 'received', 'nothing has changed');
});

test('an old version is refused, whoever was first stays (409)', async () => {
	const answer = await office.staff.secretariat.send('POST', `/v1/applications/${first.id}/events`,
		{ event: 'contact_failed', version: first.version + 7, fields: [{ name: 'channel', value: 'telephone' }] });
	assert.equal(answer.status, 409);
	assert.equal(answer.body.error.code, 'version_conflict');
});

test('attempts and calls stand in the log, also those that failed', async () => {
	await office.does(first, 'secretariat', 'contact_failed', { channel: 'telephone', note: '留守番電話' });
	const note = await office.staff.secretariat.send('POST', `/v1/applications/${first.id}/notes`,
		{ text: '折り返しを待つ', channel: 'telephone', direction: 'out', reached: false });
	assert.equal(note.status, 201, JSON.stringify(note.body));
	const { items } = await office.staff.secretariat.ask('GET', `/v1/applications/${first.id}/log`);
	assert.deepEqual(items.map((row) => row.event), ['receive', 'contact_failed', 'note']);
	assert.deepEqual(items.map((row) => row.number), [1, 2, 3]);
	assert.equal(items[1].fields.find((row) => row.label === 'メモ').value_text, '留守番電話');
	assert.equal(items[2].note.reached, false);
	for (const who of ['city', 'desk'])
		assert.equal((await office.staff[who].send('POST', `/v1/applications/${first.id}/notes`,
			{ text: 'x', channel: 'other', direction: 'in', reached: true })).status, 403, who);
});

test('accepted by phone on Mon: completed, and the expert has three days from there (S-18, R-004, R-009)', async () => {
	office.clock('set', '2025-05-26T15:00:00+09:00');
	first = await office.does(first, 'secretariat', 'accept_rules', { channel: 'telephone', person: '火消 一郎', own_cost_told: 'yes' });
	assert.equal(first.state, 'completed');
	assert.equal(first.actor, 'expert');
	assert.equal(first.due, '2025-05-29', 'not from receipt');
	assert.match(first.completed, /^2025-05-26T06:00/);
	assert.equal(first.confirmed, null);
	assert.equal((await office.mails(first, 2))[1].template, 'completed');
});

test('due today, late, and in the figures of the office (R-010)', async () => {
	const counts = async () => {
		const { counts: rows } = await office.staff.secretariat.ask('GET', `/v1/programmes/${office.programme.id}/overview`);
		const { all, late, today } = rows.find((row) => row.state === 'completed');
		return { all, late, today };
	};
	const due = async (word) => (await office.staff.secretariat.ask('GET', `/v1/applications?due=${word}`)).items.map((row) => row.id);
	assert.deepEqual(await counts(), { all: 1, late: 0, today: 0 });
	office.clock('set', '2025-05-28T10:00:00+09:00');
	assert.deepEqual(await due('soon'), [first.id], 'within one business day');
	office.clock('set', '2025-05-29T23:00:00+09:00');
	assert.deepEqual(await counts(), { all: 1, late: 0, today: 1 });
	assert.deepEqual(await due('today'), [first.id]);
	assert.deepEqual(await due('late'), []);
	office.clock('set', '2025-05-30T00:30:00+09:00');
	assert.deepEqual(await counts(), { all: 1, late: 1, today: 0 });
	assert.deepEqual(await due('late'), [first.id]);
	assert.equal((await office.detail(first.id)).late, true);
});

test('diagnosis, decision with another course than wished, approval by another role (R-003, R-006, R-029)', async () => {
	first = await office.bring(first, 'decision');
	assert.equal(first.confirmed, null, 'not final before the decision');
	first = await office.does(first, 'secretariat', 'decide', { courses: ['edr', 'guidance'], agreed: 'yes', reason: '規程もないため' });
	assert.deepEqual(first.courses.map((row) => row.id), ['edr', 'guidance']);
	assert.ok(first.confirmed, 'final with the decision');
	assert.equal(first.approved, null);
	assert.equal(first.actor, 'city');
	const rows = office.sql(`SELECT course, application, entitlement_at IS NULL, ended_at IS NULL FROM participation WHERE application = '${first.id}' ORDER BY course;`);
	assert.deepEqual(rows, [['edr', first.id, '1', '1'], ['guidance', first.id, '1', '1']], 'takes part from now on');
	const own = await office.event(first, 'secretariat', 'approve');
	assert.equal(own.body.error.code, 'not_yours', 'who decides does not approve');
	first = await office.does(first, 'city', 'approve');
	assert.ok(first.approved);
	assert.equal(first.state, 'preparing');
	const { items } = await office.staff.city.ask('GET', `/v1/applications/${first.id}/log`);
	const approval = items.find((row) => row.event === 'approve');
	assert.equal(approval.actor, '都庁 桜', 'recorded with the person');
	assert.ok(office.sql(`SELECT entitlement_at FROM participation WHERE application = '${first.id}';`).every(([at]) => Number(at) > 0));
});

test('the invitation goes out once, with a link of its own', async () => {
	await office.quiet();
	const mails = await office.mails(first, 5);
	assert.deepEqual(mails.map((row) => row.template), ['received', 'completed', 'first_date', 'decided', 'invitation']);
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mails[4].id}`);
	assert.match(body, /https:\/\/\S+\/invitation#\S{16,}/);
});

test('every change is on the audit trail, and the chain holds', async () => {
	const { items } = await office.staff.administrator.ask('GET', `/v1/audit?object=${first.id}&limit=200`);
	const events = items.filter((row) => row.action === 'application_event').map((row) => row.reason.split(':')[0]);
	assert.deepEqual(events.reverse(), ['contact_failed', 'accept_rules', 'expert_contact', 'diagnosed', 'decide', 'approve']);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
});

test('guidance alone needs no diagnosis (S-19, R-030)', async () => {
	let one = await office.apply({ courses: ['guidance'] });
	one = await office.bring(one, 'completed');
	one = await office.does(one, 'expert', 'expert_contact', { channel: 'mail', security_state: 'なし', first_date: '2025-06-10', form: 'online' });
	assert.equal(one.state, 'decision');
	one = await office.does(one, 'secretariat', 'decide', { courses: ['guidance'], agreed: 'yes', reason: '希望のとおり' });
	assert.ok(one.confirmed);
	one = await office.does(one, 'city', 'approve');
	assert.equal(one.state, 'guidance');
});

test('UTM and guidance: the diagnosis comes first (S-20, R-030)', async () => {
	let one = await office.apply({ courses: ['utm', 'guidance'], utm_site: 'tokyo' });
	one = await office.bring(one, 'diagnosis');
	const early = await office.event(one, 'secretariat', 'decide', { courses: ['guidance'], agreed: 'yes', reason: 'x' });
	assert.equal(early.body.error.code, 'no_such_event');
});

test('no place for a UTM: recorded, and another course is decided with the company\'s consent (S-21, R-031)', async () => {
	let one = await office.apply({ courses: ['utm'], utm_site: 'tokyo' });
	one = await office.bring(one, 'diagnosis');
	one = await office.does(one, 'expert', 'diagnosed', {
		network: 'HUBに空きなし', hub_port: 'no', existing_utm: 'no', pcs: '3', os: 'Windows 11', antivirus: 'yes',
		existing_edr: 'no', policy: 'none', utm_possible: 'no', utm_reason: '置き場所がない', edr_possible: 'yes',
	});
	const utm = await office.event(one, 'secretariat', 'decide', { courses: ['utm'], agreed: 'yes', reason: 'x' });
	assert.equal(utm.status, 409);
	assert.equal(utm.body.error.code, 'condition');
	assert.match(utm.body.error.message, /UTMは設置できない/);
	const silent = await office.event(one, 'secretariat', 'decide', { courses: ['edr'], agreed: 'no', reason: 'x' });
	assert.equal(silent.status, 422, 'not without consent');
	one = await office.does(one, 'secretariat', 'decide', { courses: ['edr'], agreed: 'yes', reason: 'EDRに変更' });
	assert.deepEqual(one.courses.map((row) => row.id), ['edr']);
	assert.ok(one.confirmed);
});

for (const [scenario, now, due] of [
	['Fri 2025-07-18, Mon is a holiday (S-12)', '2025-07-18T11:00:00+09:00', '2025-07-24'],
	['Sat 2025-07-19 (S-13)', '2025-07-19T11:00:00+09:00', '2025-07-24'],
	['Fri 2025-08-08, Mon is a holiday, no closure days (S-14)', '2025-08-08T11:00:00+09:00', '2025-08-14'],
])
	test(`the contact after ${scenario} is due ${due}`, async () => {
		office.clock('set', now);
		assert.equal((await office.apply()).due, due);
	});

test('lists move by themselves: the office hears of a change at once', async () => {
	const heard = await office.listen(office.staff.secretariat);
	const one = await office.apply();
	const message = await until(3, async () => heard.messages.find((row) => ['application', 'reset'].includes(row.event)));
	assert.ok(message, 'of a new company: load again');
	await office.does(one, 'secretariat', 'contact_failed', { channel: 'mail' });
	const again = await until(3, async () => heard.messages.find((row) => row.event === 'application' && row.data.id === one.id && row.data.change === 'updated'));
	assert.ok(again, JSON.stringify(heard.messages));
	assert.ok(await until(3, async () => heard.messages.some((row) => row.event === 'mail')), 'and of its mail');
	heard.end();
});

test('a withdrawal ends it in the words of the file, and asks twice', async () => {
	const one = await office.apply();
	const event = (await office.detail(one.id)).possible.find((row) => row.event === 'withdraw');
	assert.equal(event.gravely, true);
	const gone = await office.does(one, 'secretariat', 'withdraw', { reason: '都合により' });
	assert.equal(gone.state, 'withdrawn');
	assert.ok(gone.ended);
	assert.equal(gone.due, null);
	const { items } = await office.staff.secretariat.ask('GET', `/v1/applications?q=${encodeURIComponent(one.mail)}`);
	assert.deepEqual(items, [], 'not in the list of what is to be done');
	const all = await office.staff.secretariat.ask('GET', `/v1/applications?final=true&q=${encodeURIComponent(one.mail)}`);
	assert.equal(all.items.length, 1);
});

test('the form itself is the applicant\'s: what is typed is kept folded, what is wrong is named', async () => {
	const wrong = await office.submit({ ...SHOP, mail: 'no', capital: 'たくさん' });
	assert.equal(wrong.status, 422);
	assert.ok(wrong.text.includes('たくさん'), 'nothing typed is lost');
});
