// How long 100 companies' monthly reports take: counting, drawing, keeping, with the two presses of a real centre.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { cpus } from 'node:os';

import { until } from '../tests/lib/client.mjs';
import { Centre } from '../tests/wire/centre.mjs';

const COMPANIES = Number(process.env.COMPANIES) || 100;
const DEVICES = 6, DAYS = 30, INCIDENTS = 20, DETECTIONS = 4; // of each company, device, company, incident
const GOAL = 12; // seconds for 100 on two cores

const today = Math.floor((Date.now() + 9 * 3600000) / 86400000);
const text = (day) => new Date(day * 86400000).toISOString().slice(0, 10);
const series = (n) => `(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${n}) SELECT n FROM s)`;
const key = (kind, number) => `printf('0193b1c0-0000-7000-8000-${kind}%011d', ${number})`;
const STORY = '届いた請求書に見せかけたファイルから、外のプログラムを取り込む動きがありました。PCを切り離し、止めて、元に戻しました。ほかのPCに広がった跡はありません。';

/** Companies with a month behind them, as the records hold it. */
function rows(programme) {
	const c = `(SELECT n AS c FROM ${series(COMPANIES)})`, d = `(SELECT n AS d FROM ${series(DEVICES)})`;
	const i = `(SELECT n AS i FROM ${series(INCIDENTS)})`, k = `(SELECT n AS k FROM ${series(DETECTIONS)})`;
	const day = `(SELECT ${today} - n AS day FROM ${series(DAYS)})`;
	const device = key('d', 'c * 100 + d'), first = key('d', 'c * 100 + 1'), company = key('c', 'c');
	const at = `((${today} - 1 - i) * 86400000000 + 10000000000)`;
	return `BEGIN;
INSERT INTO company (id, name, name_kana, address, created_at) SELECT ${company}, '株式会社 見本' || c, 'ミホン', '', 0 FROM ${c};
INSERT INTO participation (id, company, programme, course, since_at) SELECT ${key('a', 'c')}, ${company}, '${programme}', 'edr', 0 FROM ${c};
INSERT INTO device (id, company, participation, user_name, hostname, platform, serial, certificate_expiry, state, enrolled_at, seen_at)
 SELECT ${device}, ${company}, ${key('a', 'c')}, '利用者 ' || d, 'jimu-pc-' || d, 'linux', 'bench-' || c || '-' || d, 0, 'active', 1, ${today} * 86400000000 FROM ${c}, ${d};
INSERT INTO event_day (company, device, day, events) SELECT ${company}, ${device}, day, 700 + (c * d * day) % 900 FROM ${c}, ${d}, ${day};
INSERT INTO incident_device (row, company, device) SELECT 1000 + c, ${company}, ${first} FROM ${c};
INSERT INTO incident (row, id, number, company, device, device_row, host, title, title_ja, level, state, techniques, tactics, detections,
 processes, tree, tree_key, tree_rule, first, last, opened, updated, version, judgement, story, closed)
 SELECT 1000000 + c * 100 + i, ${key('f', 'c * 100 + i')}, i, ${company}, ${first}, 1000 + c, 'jimu-pc-1', 'Shell', 'シェルがダウンロードした内容を実行', 4, 5, '',
 'execution', ${DETECTIONS}, 0, 0, '', '', ${at}, ${at}, ${at}, ${at}, 1, 1 + i % 2, '${STORY}', ${at} + 1 FROM ${c}, ${i};
INSERT INTO incident_detection (id, incident, company, device, device_row, event, rule, rule_title, title_ja, level, tags, ruleset,
 reasons, process, summary, observed, detected)
 SELECT ${key('e', '(c * 100 + i) * 10 + k')}, 1000000 + c * 100 + i, ${company}, ${first}, 1000 + c, 'e' || i || '-' || k, 'r', '', '', 2 + k % 4, '', '', '', '', '',
 ${at} + k, ${at} FROM ${c}, ${i}, ${k};
COMMIT;`;
}

export async function report() {
	const centre = new Centre();
	const records = (sql) => execFileSync('sqlite3', [join(centre.data, 'store/records.sqlite')], { input: sql, encoding: 'utf8' }).trim();
	try {
		centre.sample();
		const [programme] = records('SELECT p.programme FROM participation p ORDER BY p.id LIMIT 1').split('\n');
		records(rows(programme));
		await centre.start();
		const analyst = await centre.person('analyst');
		const start = process.hrtime.bigint();
		const { job } = await analyst.ask('POST', '/v1/reports', { programme, from: text(today - DAYS), to: text(today - 1) });
		const end = await until(300, async () => {
			const now = await analyst.ask('GET', `/v1/reports/jobs/${job}`);
			return now.done + now.failed === now.total ? now : null;
		}, 100);
		const seconds = Number(process.hrtime.bigint() - start) / 1e9;
		const [made, pages, bytes] = records('SELECT count(*), sum(pages), sum(bytes) FROM report').split('|').map(Number);
		if (end.failed > 0 || made < COMPANIES)
			throw new Error(`made ${made}, failed ${end.failed}: ${centre.tail()}`);
		console.log(`\nreport: ${made} companies, each ${DEVICES} devices, ${DAYS} days, ${INCIDENTS} incidents; ${cpus().length} cores`);
		console.log(`  ${seconds.toFixed(2)} s in all, ${(seconds / made * 1000).toFixed(0)} ms each ` +
			`(goal for 100: ${GOAL} s); ${(pages / made).toFixed(1)} pages, ${Math.round(bytes / made / 1024)} KiB each`);
		await centre.stop();
	} finally {
		await centre.done();
	}
}
