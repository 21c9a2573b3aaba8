// timeout: 200
// Corporate numbers are public: who applies with one may be somebody else. What
// he wrote must not stay with the company, and the office is told.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Client } from '../lib/client.mjs';
import { corporateNumber } from '../site/world.mjs';
import { before, Office, test } from './office.mjs';

const office = new Office();
const number = corporateNumber();
const MALLORY = { corporate_number: number, company: '偽の会社 https://evil.example/', company_kana: 'ニセ', address: '偽の住所' };
let mallory, one;

before(() => office.open());
after(() => office.done());

const company = () => office.sql(`SELECT name, name_kana, address FROM company WHERE corporate_number = '${number}';`)[0];

test('a form is received under a number that is another\'s', async () => {
	mallory = await office.apply(MALLORY);
	one = await office.apply({ company: '株式会社火消商店', company_kana: 'ヒケシショウテン', corporate_number: number });
	assert.equal(one.company.id, mallory.company.id);
});

test('the office has to say why it is the company before it goes on', async () => {
	const row = one.eligibility.find((condition) => condition.condition === 'other_contact');
	assert.equal(row.verdict, 'review');
	const early = await office.event(one, 'secretariat', 'accept_rules', { channel: 'telephone', person: '火消 一郎', own_cost_told: 'yes' });
	assert.equal(early.status, 409, JSON.stringify(early.body));
	one = await office.does(one, 'secretariat', 'clear_review', { basis: '登記の代表電話で確かめた' });
});

test('when its participation begins the company is called as it says itself', async () => {
	assert.equal(company()[0], MALLORY.company);
	one = await office.bring(one, 'approval');
	assert.deepEqual(company(), ['株式会社火消商店', 'ヒケシショウテン', '新宿区西新宿2-8-1']);
});

test('another form changes nothing of it', async () => {
	await office.apply(MALLORY);
	assert.equal(company()[0], '株式会社火消商店');
});

test('whoever is found out does not come in with the link that was sent', async () => {
	one = await office.bring(one, 'preparing');
	const mails = await office.mails(one, 5);
	const mail = mails.find((row) => row.template === 'invitation');
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mail.id}`);
	const secret = /\/invitation#(\S+)/.exec(body)[1];
	const look = () => new Client(office.people, office.ca).send('POST', '/v1/invitations/look', { secret });
	assert.equal((await look()).status, 200);
	await office.does(one, 'secretariat', 'ineligible_found', { found: '2025-06-03', reason: '申告が事実と異なる' });
	const over = await look();
	assert.equal(over.body.error?.code, 'invitation_over', JSON.stringify(over.body));
});
