// timeout: 300
// The ten days of the edition of 2024: one person of each company, at the venue; whatever
// is otherwise needs the office (R-102 … R-105, T-37, T-45).
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Draw } from '../lottery/world.mjs';
import { before, test } from './world.mjs';

const office = new Draw();
let ids;

const path = (rest) => `/v1/programmes/${office.programme.id}/${rest}`;
const post = (rest, body, who = 'secretariat') => office.staff[who].send('POST', path(rest), body);
const attend = (session, subject, more = {}) => post(`sessions/${session}/attendance`, { subject, present: true, ...more });

before(async () => {
	await office.open();
	ids = await office.companies(3);
	/* How participation becomes final is tests/programme's story. */
	office.clock('set', '2024-07-01T10:00:00+09:00');
	const prepared = await office.good('secretariat', '', { source: 'officers', after: '2024-07-05T10:00:00+09:00', what: 'x' });
	assert.equal(prepared.source, 'none', 'there are places for all');
	await office.good('city', '/publication', { digest: prepared.digest });
	await office.quiet();
	office.sql(`UPDATE application SET confirmed_at = ${Date.now() * 1000};`);
	office.clock('set', '2024-07-23T18:00:00+09:00');
});
after(() => office.done());

test('participants are the companies whose participation is final, one person each (R-102)', async () => {
	const { items, exceptions } = await office.staff.secretariat.ask('GET', path('participants'));
	assert.equal(items.length, 3);
	assert.deepEqual(exceptions, []);
	assert.ok(items.every((row) => row.person === '江戸花子' && row.days.length === 10));
	assert.equal((await office.staff.analyst.send('GET', path('participants'))).status, 403);
	const page = await office.page(`/p/${office.slug}/sessions`);
	assert.match(page.text, /参加企業の方が対象です/);
	assert.match(page.text, /日程は決まっていません/, 'T-37: the fifth date is not invented');
});

test('online or another person only by an exception with a reason (T-45)', async () => {
	assert.equal((await attend('day1', ids[0])).status, 200);
	assert.equal((await attend('day1', ids[1], { mode: 'online' })).status, 403);
	assert.equal((await attend('day1', ids[1], { person: '代理 太郎' })).status, 403);
	assert.equal((await post('exceptions', { kind: 'online', application: ids[1], session: 'day1', reason: '' })).status, 422);
	assert.equal((await post('exceptions', { kind: 'online', application: ids[1], session: 'day1', reason: 'けが' }, 'city')).status, 403);
	assert.equal((await post('exceptions', { kind: 'online', application: ids[1], session: 'day1', reason: 'けが' })).status, 200);
	assert.equal((await attend('day1', ids[1], { mode: 'online' })).status, 200);
	assert.equal((await post('exceptions', { kind: 'substitute', application: ids[2], session: 'day2', person: '代理 太郎', reason: '出張' })).status, 200);
	assert.equal((await attend('day1', ids[2], { person: '代理 太郎' })).status, 403, 'for that day only');
	assert.equal((await post('exceptions', { kind: 'change', application: ids[2], person: '後任 三郎', reason: '退職' })).status, 200);
	assert.equal((await attend('day1', ids[2], { person: '後任 三郎' })).status, 200);
	const { items } = await office.staff.administrator.ask('GET', '/v1/audit?action=seminar_except');
	assert.ok(items.some((row) => row.result === 'done' && row.reason.includes('けが')));
});

test('missed days are seen (R-103)', async () => {
	office.clock('set', '2024-08-07T10:00:00+09:00');
	assert.equal((await attend('day2', ids[0], { present: false })).status, 200);
	const { items } = await office.staff.secretariat.ask('GET', path('participants'));
	const of = (id) => items.find((row) => row.application === id);
	assert.equal(of(ids[0]).missed, 1);
	assert.deepEqual(of(ids[0]).days.slice(0, 3).map((row) => row.presence), ['present', 'missed', 'to_come']);
	assert.equal(of(ids[1]).days[1].presence, 'unrecorded');
	assert.equal(of(ids[0]).days[4].presence, 'to_come', 'T-37: a day without a date is never missed');
	assert.equal((await attend('day5', ids[0])).status, 409);
});

test('groups keep what they worked out, in five steps (R-105)', async () => {
	const write = (body) => office.staff.secretariat.send('PUT', path('sessions/day1/outputs'), body);
	const first = await write({ group: 'A', version: 0, theme: '自社のIT活用', discussion: '課題の共有', presentation: '発表', feedback: '講評', action: '台帳を作る' });
	assert.equal(first.status, 200, JSON.stringify(first.body));
	assert.deepEqual(first.body.outputs.map((row) => [row.group, row.version, row.action]), [['A', 1, '台帳を作る']]);
	assert.equal((await write({ group: 'A', version: 0, theme: 'x' })).status, 409);
	assert.equal((await write({ group: 'A', version: 1, theme: '自社のIT活用', action: '台帳を来月までに作る' })).status, 200);
	assert.equal((await office.staff.secretariat.send('PUT', path('sessions/briefing1/outputs'), { group: 'A', version: 0 })).status, 409);
	assert.equal((await office.staff.expert.send('GET', path('sessions/day1'))).status, 200);
});
