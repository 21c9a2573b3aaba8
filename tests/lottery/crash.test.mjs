// timeout: 300
// kill -9 of the server while a draw reaches its applications: after the restart it is
// finished, and nobody hears twice.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { until } from '../lib/client.mjs';
import { sleep } from '../wire/centre.mjs';
import { before, Draw, test } from './world.mjs';

const COMPANIES = 24, KILLS = 4;
const office = new Draw();

before(async () => {
	await office.open({ change: (text) => text.replace('places: 40', 'places: 12').replace(/places: 10\n/g, 'places: 3\n').replace(/places: 20\n/, 'places: 6\n') });
	await office.companies(COMPANIES);
});
after(() => office.done());

test('the draw is finished after each death, and everybody hears once', async () => {
	office.clock('set', '2024-07-01T10:00:00+09:00');
	const prepared = await office.good('secretariat', '', { source: 'officers', after: '2024-07-05T10:00:00+09:00', what: '庁内で振ったさいころの目' });
	await office.good('city', '/publication', { digest: prepared.digest });
	office.clock('set', '2024-07-05T10:05:00+09:00');
	await office.good('secretariat', '/values', { value: '3 1 4 1 5', proof: '立会人の記録' });
	const answer = office.lottery('city', '/values', { value: '9 2 6 5 3', proof: '立会人の記録' }).catch(() => null);
	const told = () => Number(office.sql('SELECT COUNT(*) FROM lottery_entry WHERE fate <> \'open\';')[0][0]);
	for (let i = 0, last = 0; i < KILLS; i++) {
		await until(20, () => told() > last, 5);
		last = told();
		const { server } = office.pids();
		if (server)
			process.kill(server, 'SIGKILL');
		await sleep(50);
		await until(30, async () => (await office.page('/p/')).status === 200, 100);
	}
	await answer;
	/* The second value may have died with the server: it is entered again. */
	if ((await office.good('city', '')).state !== 'drawn')
		await office.good('city', '/values', { value: '9 2 6 5 3', proof: '立会人の記録' });
	assert.ok(await until(60, () => told() === COMPANIES), office.tail());
	assert.deepEqual(office.sql('SELECT COUNT(*), COUNT(DISTINCT application) FROM application_log WHERE event IN (\'drawn\', \'not_drawn\');'), [[String(COMPANIES), String(COMPANIES)]]);
	assert.deepEqual(office.sql('SELECT state, COUNT(*) FROM application GROUP BY state ORDER BY state;'), [['papers', '12'], ['reserve', '12']]);
	await office.quiet();
	assert.deepEqual(office.sql('SELECT application, COUNT(*) FROM mail WHERE template IN (\'drawn\', \'not_drawn\') GROUP BY application HAVING COUNT(*) <> 1;'), []);
	assert.equal((await office.staff.administrator.ask('GET', '/v1/audit/verification')).intact, true);
});
