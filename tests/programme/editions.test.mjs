// timeout: 200
// The same engine with another edition's numbers, made of the real file: an
// April before Golden Week, a soft target of five days, closure days.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { before, Office, test } from './office.mjs';

const office = new Office();
const edition = (text) => text.replace('opens: 2025-05-23', 'opens: 2022-04-01');
const numbered = (text, number) => text.replace(/^version: \d+/m, `version: ${number}`);

before(() => office.open({ now: '2022-04-28T10:00:00+09:00', change: edition }));
after(() => office.done());

test('Thu 2022-04-28 before Golden Week: three business days end on 05-09 (S-15)', async () => {
	const one = await office.apply();
	assert.equal(one.due, '2022-05-09');
	assert.equal(one.due_hard, true);
});

test('a soft target of five days, and passing it is a reminder (S-16, R-008)', async () => {
	office.again((text) => numbered(edition(text), 12)
		.replace('due: { business_days: 3, kind: hard, rule: R-008 }', 'due: { business_days: 5, kind: soft, rule: R-008 }'));
	await office.version(12);
	office.clock('set', '2023-07-14T10:00:00+09:00');
	const one = await office.apply();
	assert.equal(one.due, '2023-07-24');
	assert.equal(one.due_hard, false);
	office.clock('set', '2023-07-25T10:00:00+09:00');
	const late = await office.detail(one.id);
	assert.deepEqual([late.late, late.due_hard], [true, false]);
	/* it is late, and yet all can be done */
	assert.equal((await office.bring(late, 'completed')).state, 'completed');
});

test('announced closure days are no business days (R-007)', async () => {
	office.again((text) => numbered(edition(text), 13)
		.replace(/closures: \[\].*/, 'closures:\n  - 2025-08-12..2025-08-15 夏季休業'));
	await office.version(13);
	office.clock('set', '2025-08-08T11:00:00+09:00');
	assert.equal((await office.apply()).due, '2025-08-20');
});

test('a wrong file changes nothing, and says line and column', async () => {
	assert.throws(() => office.again((text) => numbered(text, 14).replace('kind: kana', 'kind: cuneiform')), /edition\.yaml:\d+:\d+: /);
	assert.equal((await office.staff.city.ask('GET', '/v1/programmes')).items[0].version, 13);
});
