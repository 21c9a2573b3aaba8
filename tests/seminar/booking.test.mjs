// timeout: 300
// Briefings of the edition of 2025: booked, changed and cancelled by a browser without
// scripts, and what the office sees of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { before, Hall, test } from './world.mjs';

const office = new Hall();
const words = (html) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

before(() => office.open({
	now: '2025-06-01T10:00:00+09:00',
	change: (text) => text.replace(/(- id: briefing2[^]*?places: \{ venue: )30/, '$12'),
}));
after(() => office.done());

test('the sessions are public, and nobody has to attend in order to apply (R-099, R-101)', async () => {
	const page = await office.page(`/p/${office.slug}/sessions`);
	assert.equal(page.status, 200);
	for (const part of ['説明会への参加は、お申し込みの条件ではありません', '令和7年6月26日(木) 13:30–15:30', '残り50席（定員50名）', '残り100席（定員100名）', '23時59分まで'])
		assert.ok(page.text.includes(part), part);
	const english = await office.page(`/p/${office.slug}/sessions?lang=en`);
	assert.ok(english.text.includes('50 of 50 places are free'));
	/* who booked nothing applies all the same. */
	await office.apply();
	assert.deepEqual(office.sql('SELECT COUNT(*) FROM booking;'), [['0']]);
});

let mine;
test('a booking brings its page, a mail with the personal link, and an entry for the calendar', async () => {
	mine = await office.booked('briefing1', 'venue', { mail: 'hanako@shouten.example', name: '江戸 花子', company: '株式会社火消' });
	assert.match(mine, /^\/p\/b\/[0-9a-f]{64}$/);
	const page = await office.page(mine);
	assert.ok(page.text.includes('予約しています') && page.text.includes('江戸 花子'));
	assert.equal(page.headers['cache-control'], 'no-store');
	assert.equal(page.headers['referrer-policy'], 'no-referrer');
	const ics = await office.page(`${mine}/booking.ics`);
	assert.match(ics.headers['content-type'], /^text\/calendar/);
	for (const line of ['DTSTART:20250626T043000Z', 'DTEND:20250626T063000Z', 'SEQUENCE:0', 'STATUS:CONFIRMED', 'METHOD:PUBLISH'])
		assert.ok(ics.text.includes(`\r\n${line}\r\n`), line);
	assert.ok(ics.text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75));
	const [mail] = await office.told('booking_booked');
	assert.equal(mail.to, 'hanako@shouten.example');
	const { body } = await office.staff.secretariat.ask('GET', `/v1/mails/${mail.id}`);
	const link = /(\/p\/b\/[0-9a-f]{64})/.exec(body)?.[1];
	assert.ok(link && link !== mine, body);
	assert.equal((await office.page(link)).status, 200, 'the mail\'s link opens the same booking');
	assert.match(office.sql(`SELECT calendar FROM mail WHERE id = '${mail.id}';`).join('\n'), /BEGIN:VCALENDAR/);
});

test('booking until 23:59 of the day before (R-100, S-34)', async () => {
	const token = await office.pageToken('briefing1');
	office.clock('set', '2025-06-25T23:00:00+09:00');
	await office.booked('briefing1', 'online');
	office.clock('set', '2025-06-26T09:00:00+09:00');
	const late = await office.book('briefing1', 'venue', { token });
	assert.equal(late.status, 409);
	assert.match(words(late.text), /受付は終わりました/);
	assert.equal((await office.act(mine, 'online')).status, 409, 'nor changed');
	assert.equal((await office.act(mine, 'cancel')).status, 303, 'but cancelled until it begins');
	assert.match((await office.page(mine)).text, /取り消されました/);
	office.clock('set', '2025-07-01T10:00:00+09:00');
});

test('venue full: online is offered, or one waits (S-35)', async () => {
	const first = await office.booked('briefing2', 'venue');
	await office.booked('briefing2', 'venue');
	const full = await office.book('briefing2', 'venue', { name: '待つ 太郎' });
	assert.equal(full.status, 409);
	assert.match(words(full.text), /満席です/);
	assert.match(full.text, /残り100席/);
	assert.ok(full.text.includes('待つ 太郎'), 'what was typed is still there');
	await office.booked('briefing2', 'online');
	const waiting = await office.booked('briefing2', 'venue', { waits: 'yes', mail: 'first@waiting.example' });
	const second = await office.booked('briefing2', 'venue', { waits: 'yes', mail: 'second@waiting.example' });
	assert.match(words((await office.page(second)).text), /先にお待ちの方：1名/);
	/* What comes free is offered in order, and held. */
	assert.equal((await office.act(first, 'cancel')).status, 303);
	const [mail] = await office.told('booking_offered');
	assert.equal(mail.to, 'first@waiting.example');
	assert.match((await office.page(waiting)).text, /席が空きました/);
	assert.equal((await office.book('briefing2', 'venue')).status, 409, 'nobody passes');
	/* Nobody answers: it goes on by itself. */
	office.clock('set', '2025-07-02T10:00:30+09:00');
	assert.ok(await until(15, async () => /席が空きました/.test((await office.page(second)).text)), office.tail());
	assert.equal((await office.act(waiting, 'accept')).status, 409);
	assert.equal((await office.act(second, 'accept')).status, 303);
	assert.deepEqual(await office.places('briefing2', 'venue'), { mode: 'venue', places: 2, booked: 2, offered: 0, waiting: 0 });
	const { items } = await office.staff.administrator.ask('GET', '/v1/audit?limit=200');
	for (const action of ['booking_make', 'booking_change', 'booking_offered', 'booking_expired'])
		assert.ok(items.some((row) => row.action === action), action);
});

test('venue to online and back is one act', async () => {
	const one = await office.booked('briefing3', 'venue');
	assert.equal((await office.act(one, 'online')).status, 303);
	assert.match((await office.page(`${one}/booking.ics`)).text, /\r\nSEQUENCE:1\r\n/);
	assert.deepEqual([(await office.places('briefing3', 'venue')).booked, (await office.places('briefing3', 'online')).booked], [0, 1]);
	assert.equal((await office.act(one, 'venue')).status, 303);
	assert.equal((await office.act(one, 'nonsense')).status, 422);
	assert.equal((await office.page(`/p/b/${'0'.repeat(64)}`)).status, 404);
});

test('the same form twice is one booking; what is wrong stands beside its field', async () => {
	const token = await office.pageToken('briefing3');
	const links = await Promise.all(Array.from({ length: 4 }, () => office.book('briefing3', 'online', { token, mail: 'twice@hikeshi.example' })));
	assert.deepEqual([...new Set(links.map((one) => one.status))], [303]);
	assert.equal(new Set(links.map((one) => one.link)).size, 1);
	assert.deepEqual(office.sql('SELECT COUNT(*) FROM booking WHERE mail = \'twice@hikeshi.example\';'), [['1']]);
	const wrong = await office.book('briefing3', 'online', { mail: 'nobody', name: '' });
	assert.equal(wrong.status, 422);
	assert.match(wrong.text, /id="e-mail"/);
	assert.match(wrong.text, /id="e-name"/);
	assert.equal((await office.book('briefing3', 'moon')).status, 422);
	assert.equal((await office.book('briefing3', 'venue', { token: 'no token' })).status, 409);
	assert.equal((await office.page(`/p/${office.slug}/sessions/no-such`)).status, 404);
});

test('the office has the list, the attendance and a table (R-103)', async () => {
	await office.booked('briefing3', 'venue', { name: '=HYPERLINK("x")', mail: 'formula@hikeshi.example' });
	const { bookings } = await office.see('briefing3');
	const one = bookings.find((row) => row.mail === 'twice@hikeshi.example');
	const attend = (who, body) => office.staff[who].send('POST', `${office.sessions('briefing3')}/attendance`, body);
	assert.equal((await attend('secretariat', { subject: one.id, present: true })).status, 409, 'not before the day');
	office.clock('set', '2025-07-24T16:00:00+09:00');
	assert.equal((await attend('city', { subject: one.id, present: true })).status, 403);
	const seen = await attend('secretariat', { subject: one.id, present: false });
	assert.equal(seen.status, 200, JSON.stringify(seen.body));
	assert.equal(seen.body.bookings.find((row) => row.id === one.id).presence, 'missed');
	const answer = await office.staff.secretariat.send('GET', `${office.sessions('briefing3')}/list`);
	assert.match(answer.headers['content-type'], /^text\/csv/);
	assert.deepEqual([...answer.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
	const table = answer.bytes.toString();
	assert.ok(table.includes('"\'=HYPERLINK(""x"")"'), table);
	assert.ok(table.includes('"欠席"') && table.includes('\r\n'));
	assert.equal((await office.staff.analyst.send('GET', office.sessions('briefing3'))).status, 403);
	const parsed = spawnSync('python3', ['-c', 'import csv,sys; print(len(list(csv.reader(sys.stdin))))'], { input: table.slice(1), encoding: 'utf8' });
	assert.equal(Number(parsed.stdout), (await office.see('briefing3')).bookings.length + 1);
});

test('material is published for each session and stays; a video after its end (R-104, R-106)', async () => {
	const publish = (session, body) => office.staff.secretariat.send('POST', `${office.sessions(session)}/material`, body);
	assert.equal((await publish('briefing4', { kind: 'video', title: '録画', url: 'https://video.example/4' })).status, 409);
	assert.equal((await publish('briefing3', { kind: 'video', title: '録画', url: 'https://video.example/3' })).status, 200);
	assert.equal((await publish('briefing3', { kind: 'paper', title: '資料', url: 'javascript:alert(1)' })).status, 400);
	assert.equal((await publish('briefing3', { kind: 'paper', title: '配布資料', url: 'https://files.example/3.pdf' })).status, 200);
	const page = await office.page(`/p/${office.slug}/sessions`);
	assert.match(page.text, /<a href="https:\/\/files\.example\/3\.pdf">配布資料<\/a>/);
	assert.match(page.text, /<a href="https:\/\/video\.example\/3">録画<\/a>/);
});
