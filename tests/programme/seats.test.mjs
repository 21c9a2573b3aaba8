// timeout: 300
// Places over HTTP with real concurrency: the last one, release, override,
// and a reception that is over. An edition of few places is made of the real file.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { before, Office, SHOP, test } from './office.mjs';

const AT_ONCE = 10;
const office = new Office();
const seat = async (course) => (await office.staff.city.ask('GET', '/v1/programmes')).items[0].courses.find((row) => row.course === course);
const shop = (n, more = {}) => ({ ...SHOP, company: `株式会社第${n}商店`, mail: `shop${n}@hikeshi.example`, ...more });

before(() => office.open({
	change: (text) => text
		.replace('until: full', 'until: 2025-06-30')
		.replace(/(- id: edr[^]*?places: )50/, '$12')
		.replace(/(- id: guidance[^]*?places: )100(\n *exact: )true/, '$13$2false'),
}));
after(() => office.done());

test('ten forms at once for two places: exactly two are received (R-013)', async () => {
	const forms = await Promise.all(Array.from({ length: AT_ONCE }, () => office.form()));
	const sent = await Promise.all(forms.map((form, n) => office.submit(shop(n), form)));
	const statuses = sent.map((one) => one.status).sort();
	assert.deepEqual(statuses, [303, 303, ...Array(AT_ONCE - 2).fill(409)]);
	const { taken, places, open } = await seat('edr');
	assert.deepEqual({ taken, places, open }, { taken: 2, places: 2, open: false });
	assert.equal(office.sql('SELECT COUNT(*) FROM application;')[0][0], '2');
	assert.deepEqual(office.sql('SELECT number FROM application ORDER BY number;'), [['1'], ['2']], 'the receipt\'s sequence');
});

test('the refused read why, and the other courses stay open (R-012, R-033)', async () => {
	const full = await office.submit(shop(50));
	assert.equal(full.status, 409);
	assert.match(full.text, /定員に達した/);
	assert.ok(full.text.includes('株式会社第50商店'), 'what was typed is still there');
	assert.equal((await office.submit(shop(51, { courses: ['guidance'] }))).status, 303);
});

test('a place comes back when somebody withdraws (R-014)', async () => {
	const { items } = await office.staff.secretariat.ask('GET', '/v1/applications?course=edr');
	await office.does(items[0], 'secretariat', 'withdraw', { reason: '都合により' });
	assert.equal((await seat('edr')).open, true);
	assert.equal((await office.submit(shop(52))).status, 303);
	assert.equal((await seat('edr')).open, false);
});

test('the same form twice, also at once, is one application', async () => {
	const form = await office.form();
	const sent = await Promise.all(Array.from({ length: 5 }, () => office.submit(shop(60, { courses: ['guidance'] }), form)));
	assert.deepEqual([...new Set(sent.map((one) => one.status))], [303]);
	assert.equal(new Set(sent.map((one) => one.location)).size, 1, 'the first receipt again');
	assert.equal(office.sql('SELECT COUNT(*) FROM application WHERE mail = \'shop60@hikeshi.example\';')[0][0], '1');
});

test('"about" can be raised with a reason, an exact number cannot (R-015)', async () => {
	const put = (who, course, body) => office.staff[who].send('PUT', `/v1/programmes/${office.programme.id}/courses/${course}/places`, body);
	const exact = await put('secretariat', 'edr', { places: 60, reason: '応募多数' });
	assert.equal(exact.status, 409);
	assert.equal(exact.body.error.code, 'quota_exact');
	const silent = await put('secretariat', 'guidance', { places: 5, reason: '' });
	assert.equal(silent.status, 422);
	assert.equal((await put('city', 'guidance', { places: 5, reason: 'x' })).status, 403);
	const raised = await put('secretariat', 'guidance', { places: 5, reason: '応募多数のため' });
	assert.equal(raised.status, 200, JSON.stringify(raised.body));
	assert.equal(raised.body.places, 5);
	const { items } = await office.staff.administrator.ask('GET', '/v1/audit?action=seat_override');
	assert.ok(items.some((row) => row.result === 'done' && row.reason.includes('応募多数のため')));
});

test('after the last day a form is refused by the server (R-033)', async () => {
	const form = await office.form();
	office.clock('set', '2025-06-30T23:59:00+09:00');
	assert.equal((await office.submit(shop(70, { courses: ['utm'], utm_site: 'tokyo' }), form)).status, 303, 'the last day counts');
	office.clock('set', '2025-07-01T00:00:30+09:00');
	assert.equal((await office.submit(shop(71, { courses: ['utm'], utm_site: 'tokyo' }))).status, 409);
	const late = await office.submit(shop(72, { courses: ['utm'], utm_site: 'tokyo' }), form);
	assert.ok([303, 409].includes(late.status));
	assert.equal(office.sql('SELECT COUNT(*) FROM application WHERE mail LIKE \'shop7_@%\';')[0][0], '1');
});
