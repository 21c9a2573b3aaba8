// timeout: 300
// A whole draw over HTTP: 62 for 40 by frames (S-30), with its public proof, which a Python
// program that shares nothing with ours recomputes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { TOP } from '../programme/office.mjs';
import { before, Draw, SIGNATURE, test } from './world.mjs';

const COMPANIES = 62;
const office = new Draw();
const AFTER = '2024-07-05T10:00:00+09:00';
let ids, published;

const check = (text) => {
	const file = join(office.folder, 'proof.json');
	writeFileSync(file, text);
	const done = spawnSync('python3', [join(TOP, 'tests/lottery/check-lottery.py'), file], { encoding: 'utf8' });
	return { status: done.status, text: done.stdout + done.stderr };
};

before(async () => {
	await office.open();
	ids = await office.companies(COMPANIES);
});
after(() => office.done());

test('nothing is drawn while reception is open (R-016)', async () => {
	const early = await office.lottery('secretariat', '', { source: 'beacon', after: AFTER });
	assert.equal(early.status, 409, JSON.stringify(early.body));
	assert.equal((await office.proof()).status, 404);
	const page = await office.page(`/p/${office.slug}/lottery`);
	assert.deepEqual([page.status, page.text.includes('まだ公表されていません')], [200, true]);
	office.clock('set', '2024-07-01T10:00:00+09:00');
});

test('frames move with a reason, and their sum stays (R-018, T-10)', async () => {
	const frames = (a, b, c) => [{ id: 'retail_wholesale', places: a }, { id: 'construction_manufacturing', places: b }, { id: 'service_other', places: c }];
	assert.equal((await office.lottery('secretariat', '/frames', { frames: frames(12, 10, 20), reason: '応募の傾き' })).status, 422);
	assert.equal((await office.lottery('secretariat', '/frames', { frames: frames(12, 8, 20), reason: '' })).status, 422);
	assert.equal((await office.lottery('city', '/frames', { frames: frames(12, 8, 20), reason: 'x' })).status, 403);
	const moved = await office.good('secretariat', '/frames', { frames: frames(12, 8, 20), reason: '応募の傾き' });
	assert.deepEqual(moved.frames.map((row) => row.places), [12, 8, 20]);
	assert.equal(moved.movements[0].reason, '応募の傾き');
	const { items } = await office.staff.administrator.ask('GET', '/v1/audit?action=lottery_move');
	assert.ok(items.some((row) => row.result === 'done' && /応募の傾き; retail_wholesale=12/.test(row.reason)), JSON.stringify(items));
});

test('the office prepares, the city confirms, and only then the list is public', async () => {
	const prepared = await office.good('secretariat', '', { source: 'beacon', after: AFTER });
	assert.equal(prepared.state, 'prepared');
	assert.equal(prepared.rows.length, COMPANIES);
	assert.ok(prepared.rows.every((row) => /^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/.test(row.ticket)), 'a ticket says nothing about a company');
	assert.equal((await office.proof()).status, 404);
	assert.equal((await office.lottery('secretariat', '/publication', { digest: prepared.digest })).status, 403);
	assert.equal((await office.lottery('city', '/publication', { digest: '0'.repeat(64) })).status, 409);
	published = await office.good('city', '/publication', { digest: prepared.digest });
	assert.equal(published.state, 'published');
	const { data, text } = await office.proof();
	assert.equal(data.digest, prepared.digest);
	assert.equal(data.list.length, COMPANIES);
	assert.ok(!text.includes('第0商店') && !data.seed && !data.order);
	assert.ok(data.published < data.after, 'published before the entropy exists');
	const page = await office.page(`/p/${office.slug}/lottery`);
	assert.equal(page.status, 200);
	for (const part of [data.digest, `public/${data.round_number}`, ...data.list.slice(0, 3).map((line) => line.split(' ')[0])])
		assert.ok(page.text.includes(part), part);
	assert.equal((await office.lottery('secretariat', '', { source: 'officers', after: AFTER, what: 'x' })).status, 409, 'never another list');
	const [[, ticket]] = office.sql(`SELECT application, ticket FROM lottery_entry WHERE application = '${ids[0]}';`);
	assert.ok((await office.page(office.links[0])).text.includes(ticket), 'each applicant sees the own ticket');
});

test('two officers enter the beacon alike, not before its time', async () => {
	const value = { value: SIGNATURE, proof: 'https://api.drand.sh/' };
	assert.equal((await office.lottery('secretariat', '/values', value)).status, 409);
	office.clock('set', '2024-07-05T10:05:00+09:00');
	assert.equal((await office.lottery('expert', '/values', value)).status, 403);
	assert.equal((await office.lottery('secretariat', '/values', { ...value, value: 'abc' })).status, 400);
	const first = await office.good('secretariat', '/values', value);
	assert.deepEqual([first.state, first.entered, first.values], ['published', 1, []], 'nobody sees the first value');
	assert.equal((await office.lottery('city', '/values', { ...value, value: SIGNATURE.replace(/9$/, '8') })).status, 409);
	const drawn = await office.good('city', '/values', value);
	assert.equal(drawn.state, 'drawn');
	assert.equal(drawn.rows.filter((row) => row.won).length, 40);
	assert.equal((await office.lottery('city', '/values', value)).status, 409, 'no second draw');
});

test('an independent program recomputes it (R-017)', async () => {
	const { text, data } = await office.proof();
	const right = check(text);
	assert.equal(right.status, 0, right.text);
	assert.match(right.text, /^40 of 62/);
	const wrong = [
		(copy) => { [copy.order[0], copy.order[1]] = [copy.order[1], copy.order[0]]; },
		(copy) => { copy.list.pop(); },
		(copy) => { copy.seed = copy.seed.replace(/^./, (c) => (c === '0' ? '1' : '0')); },
		(copy) => { const lost = copy.order.find((row) => !row.won); lost.won = true; lost.seat = '-'; },
		(copy) => { copy.published = copy.after; },
		(copy) => { copy.values[0].value = copy.values[0].value.replace(/9$/, '8'); },
	];
	for (const change of wrong) {
		const copy = structuredClone(data);
		change(copy);
		assert.notEqual(check(JSON.stringify(copy)).status, 0, String(change));
	}
	assert.ok(!/secretariat@|city@|事務 花子/.test(text), 'no names of officers');
});

test('every application hears of it, once', async () => {
	assert.ok(await until(60, async () => (await office.good('secretariat', '')).rows.every((row) => row.fate === 'applied'), 300), office.tail());
	assert.deepEqual(office.sql('SELECT state, COUNT(*) FROM application GROUP BY state ORDER BY state;'), [['papers', '40'], ['reserve', '22']]);
	assert.deepEqual(office.sql('SELECT COUNT(*) FROM application_log WHERE event IN (\'drawn\', \'not_drawn\');'), [[String(COMPANIES)]]);
	await office.quiet();
	assert.deepEqual(office.sql('SELECT template, COUNT(*) FROM mail WHERE template IN (\'drawn\', \'not_drawn\') GROUP BY template ORDER BY template;'), [['drawn', '40'], ['not_drawn', '22']]);
	const page = await office.page(`/p/${office.slug}/lottery`);
	assert.equal([...page.text.matchAll(/<td>当選<\/td>/g)].length, 40);
	assert.equal([...page.text.matchAll(/<td>補欠<\/td>/g)].length, 22);
});

test('a winner withdraws: the next of its frame moves up, by a person\'s act', async () => {
	const before = await office.good('secretariat', '');
	const winner = before.rows.find((row) => row.won && row.seat === 'retail_wholesale');
	const next = before.rows.find((row) => !row.won && row.frame === 'retail_wholesale');
	assert.equal((await office.lottery('secretariat', '/places', { winner: winner.application, reason: '辞退' })).status, 409, 'it holds its place');
	await office.does(winner.application, 'secretariat', 'withdraw', { reason: '都合により' });
	assert.equal((await office.lottery('city', '/places', { winner: winner.application, reason: '辞退' })).status, 403);
	const moved = await office.good('secretariat', '/places', { winner: winner.application, reason: '辞退' });
	const row = moved.rows.find((one) => one.ticket === next.ticket);
	assert.deepEqual([row.fate, row.after], ['followed', winner.ticket]);
	assert.equal((await office.detail(next.application)).state, 'papers');
	assert.equal((await office.lottery('secretariat', '/places', { winner: winner.application, reason: '辞退' })).status, 409, 'once');
	const { text, data } = await office.proof();
	assert.equal(check(text).status, 0, 'the draw stays as it was');
	assert.equal(data.order.find((one) => one.ticket === next.ticket).moved_up_after, winner.ticket);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
});

test('a programme without lots has none', async () => {
	assert.equal((await office.staff.secretariat.send('GET', '/v1/programmes/0193b1c0-0000-7000-8000-00000000c001/lottery')).status, 404);
	assert.equal((await office.page('/p/no-such/lottery')).status, 404);
});
