// timeout: 240
// A report says what the devices sent: its figures against counts by jq over the raw events.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { Centre, event, pack, sleep } from '../wire/centre.mjs';

const MARK = 'hikeshi-report-mark';
const DAY = 86400000, TOKYO = 9 * 3600000;
const centre = new Centre();
const raw = { a: [], b: [] };
let analyst, owner, other, a, b, company, programme, job;

const run = (program, words, input) => {
	const done = spawnSync(program, words, { input, maxBuffer: 1 << 28 });
	assert.equal(done.status, 0, `${program}: ${done.stderr}`);
	return done.stdout.toString();
};
const records = (sql) => run('sqlite3', ['-cmd', '.timeout 10000', join(centre.data, 'store/records.sqlite'), sql]).trim();
/** Tokyo's day, so many days before today. */
const day = (before) => new Date(Date.now() + TOKYO - before * DAY).toISOString().slice(0, 10);
/** A moment of a day in Tokyo. */
const moment = (before, time) => new Date(`${day(before)}T${time}+09:00`).toISOString();
const from = day(20), to = day(0);

function make(device, observed, more = {}) {
	const line = event({ hikeshi: { id: randomUUID(), observed }, ...more });
	raw[device].push(line);
	return line;
}
const jq = (device, filter) => JSON.parse(run('jq', ['-s', '-c', filter], raw[device].join('\n')));
const JQ_DAY = '(.hikeshi.observed | sub("[.][0-9]+Z$"; "Z") | fromdateiso8601 + 32400 | strftime("%Y-%m-%d"))';
const inPeriod = `select(${JQ_DAY} >= "${from}" and ${JQ_DAY} <= "${to}")`;
const perDay = (device, only = '.') => jq(device, `map(${inPeriod} | ${only} | ${JQ_DAY}) | group_by(.) | map({(.[0]): length}) | add // {}`);
const total = (device, only = '.') => jq(device, `map(${inPeriod} | ${only}) | length`);
const MARKED = `select(.CommandLine | test("${MARK}"))`;

async function make_report(period = { from, to }) {
	const { job } = await analyst.ask('POST', '/v1/reports', { programme, ...period });
	const end = await until(30, async () => {
		const now = await analyst.ask('GET', `/v1/reports/jobs/${job}`);
		return now.done + now.failed === now.total ? now : null;
	});
	assert.equal(end.failed, 0);
	return end;
}
async function newest() {
	const { items } = await owner.ask('GET', '/v1/reports');
	return owner.ask('GET', `/v1/reports/${items[0].id}`);
}

before(async () => {
	const rules = join(centre.folder, 'rules');
	mkdirSync(rules);
	writeFileSync(join(rules, 'mark.yml'), ['title: Marked for the report', 'id: 5b1c1f6e-0000-4000-8000-0000000000ab',
		'logsource: { product: linux, category: process_creation }', 'detection:', `    selection:`,
		`        CommandLine|contains: ${MARK}`, '    condition: selection', 'level: high', ''].join('\n'));
	centre.arguments = ['--rules', rules];
	centre.sample();
	records('UPDATE participation SET since_at = 0');
	await centre.start();
	analyst = await centre.person('analyst');
	owner = await centre.person('owner');
	const second = centre.accounts.filter((row) => row.role === 'owner')[1];
	other = new owner.constructor(centre.people, centre.ca);
	await other.signIn(second.mail, second.password, 'kara-ageru-7413-5-zubon');
	company = (await owner.ask('GET', '/v1/companies')).items[0].id;
	programme = records(`SELECT programme FROM participation WHERE company = '${company}' LIMIT 1`);
	a = centre.enrol();
	b = centre.enrol(await centre.makeToken(await centre.person('administrator'), company));
});
after(async () => {
	assert.equal((await centre.stop()).status, 0);
	await centre.done();
});

test('events arrive late, twice, out of order, around midnight in Tokyo', async () => {
	/* just before and at midnight, which is 15:00 UTC */
	const edge = ['23:59:59.999', '00:00:00.000', '00:00:00.001'].flatMap((time) => [5, 4].map((n) => make('a', moment(n, time))));
	assert.equal((await a.batch(edge, { sequence: 7 })).status, 200);
	/* the edges of the period itself: one in, one out, on both sides */
	const ends = [make('b', moment(20, '00:00:00.000')), make('b', moment(21, '23:59:59.999')), make('b', moment(21, '12:00:00'))];
	assert.equal((await b.batch(ends)).status, 200);
	/* late: from long ago, and after newer ones */
	const late = Array.from({ length: 40 }, (_, i) => make('a', moment(1 + i % 19, '08:30:00'), { CommandLine: i % 8 ? 'ls' : `${MARK} ${i}` }));
	const body = pack(late.map((line) => `${line}\n`).join('')), again = { body, count: late.length, sequence: 3 };
	for (let i = 0; i < 3; i++)
		assert.equal((await a.batch('', again)).status, 200); /* the same batch counts once */
	await Promise.all([9, 8].map((sequence, i) => a.batch([make('a', moment(2, `1${i}:00:00`))], { sequence })));
	const marked = Array.from({ length: 5 }, (_, i) => make('b', moment(3, `1${i}:00:00`), { CommandLine: `${MARK} b` }));
	assert.equal((await b.batch(marked)).status, 200);
	const all = raw.a.length + raw.b.length;
	await until(30, async () => records('SELECT sum(events) FROM event_day') === String(all) || null);
	assert.equal(records('SELECT sum(events) FROM event_day'), String(all));
});

test('figures equal counts by jq (R-068)', async () => {
	await make_report();
	const { figures } = await newest(), f = figures.figures;
	assert.equal(f.events, total('a') + total('b'));
	assert.equal(f.detections, total('a', MARKED) + total('b', MARKED));
	assert.equal(f.by_level.high, f.detections);
	const sum = (one, two) => Object.fromEntries([...new Set([...Object.keys(one), ...Object.keys(two)])].sort()
		.map((key) => [key, (one[key] ?? 0) + (two[key] ?? 0)]));
	const told = (member) => Object.fromEntries(f.day.filter((row) => row[member] > 0).map((row) => [row.day, row[member]]));
	assert.deepEqual(told('events'), sum(perDay('a'), perDay('b')));
	assert.deepEqual(told('detections'), sum(perDay('a', MARKED), perDay('b', MARKED)));
	assert.equal(f.day.length, 21);
	assert.equal(f.device.length, 2);
	for (const [name, device] of [['a', a], ['b', b]]) {
		const row = f.device.find((each) => each.id === device.id);
		assert.equal(row.events, total(name), name);
		assert.equal(row.detections, total(name, MARKED), name);
		assert.equal(row.days_heard, Object.keys(perDay(name)).length, name);
	}
	assert.equal(f.incidents, Number(records(`SELECT count(*) FROM incident WHERE company = '${company}'`)));
	assert.equal(f.incidents_unjudged, f.incidents);
	assert.equal(f.mood, 'watch');
});

test('the same period again is the same report (R-068: one a month; R-070: an extra one besides)', async () => {
	const before = (await owner.ask('GET', '/v1/reports')).items;
	assert.equal((await make_report()).total, 1);
	assert.deepEqual((await owner.ask('GET', '/v1/reports')).items, before);
	const [, participation] = records(`SELECT company, participation FROM report`).split('|');
	records(`INSERT INTO report_wish SELECT 'w' || value, NULL, '${participation}', 1, 3, 20000, 20030, 'queued', 0, 0, '' FROM json_each('[1,2,3,4]')`);
	await until(30, async () => records("SELECT count(*) FROM report_wish WHERE state = 'queued'") === '0' || null);
	assert.equal(records('SELECT count(*) FROM report WHERE number = 1'), '1');
});

test('a person judges, and the report tells the story (R-061)', async () => {
	const STORY = 'レジのPCで見慣れない命令が動きました。止めて、元に戻しました。';
	const list = (await analyst.ask('GET', `/v1/incidents?company=${company}`)).items;
	let first = true;
	for (const row of list) {
		const { incident: { version } } = await analyst.ask('GET', `/v1/incidents/${row.id}`);
		await analyst.ask('POST', `/v1/incidents/${row.id}/judgement`, { version, real: first, reason: '見た' });
		if (first) {
			const now = await analyst.ask('GET', `/v1/incidents/${row.id}`);
			await analyst.ask('PUT', `/v1/incidents/${row.id}/story`, { version: now.incident.version, text: STORY });
		}
		first = false;
	}
	await make_report({ from: day(19), to });
	const report = await newest(), f = report.figures.figures;
	assert.equal(f.incidents_real, 1);
	assert.equal(f.incidents_not_real, list.length - 1);
	assert.ok(f.incident.some((row) => row.story === STORY && row.judged === 1));
	assert.equal(f.mood, 'act'); /* it is open still */
	assert.ok(f.advice.length > 0 && f.advice.length <= 5);

	const pdf = await owner.send('GET', `/v1/reports/${report.id}/pdf`);
	assert.equal(pdf.status, 200);
	assert.equal(pdf.headers['content-type'], 'application/pdf');
	assert.equal(createHash('sha256').update(pdf.bytes).digest('hex'), records(`SELECT sha256 FROM report WHERE id = '${report.id}'`));
	const file = join(centre.folder, 'report.pdf');
	writeFileSync(file, pdf.bytes);
	run('qpdf', ['--check', file]);
	const text = run('pdftotext', ['-layout', file, '-']).replace(/\s+/g, '');
	const name = report.company.name.replace(/\s+/g, '');
	for (const part of [name, STORY, f.events.toLocaleString('en'), f.sentence.replace(/\s+/g, ''), ...f.advice])
		assert.ok(text.includes(part.replace(/\s+/g, '')), `${part} is not in the text`);
	const fonts = run('pdffonts', [file]).split('\n').slice(2).filter(Boolean);
	assert.ok(fonts.length > 0 && fonts.every((row) => / yes +yes +yes +\d+ +\d+ *$/.test(row)), fonts.join('\n'));
	const info = run('pdfinfo', [file]);
	assert.match(info, /^Tagged: +yes$/m);
	assert.match(info, /^Title: +.*報告書/m);
	assert.equal(Number(/^Pages: +(\d+)/m.exec(info)[1]), report.pages);
	assert.equal(pdf.bytes.length, report.bytes);
	const plain = run('qpdf', ['--qdf', '--object-streams=disable', file, '-']);
	assert.match(plain, /\/Lang \(ja\)/);
	assert.equal((plain.match(/\/S \/Figure/g) ?? []).length, (plain.match(/\/Alt </g) ?? []).length);
});

test('a month without detections says so (R-071)', async () => {
	await make_report({ from: day(60), to: day(31) });
	const report = await newest(), f = report.figures.figures;
	assert.equal(f.events + f.detections + f.incidents, 0);
	const { bytes } = await owner.send('GET', `/v1/reports/${report.id}/pdf`);
	const file = join(centre.folder, 'calm.pdf');
	writeFileSync(file, bytes);
	assert.match(run('pdftotext', [file, '-']).replace(/\s+/g, ''), /検知は0件でした/);
});

test('the company reads its own reports only; an extra one is made by who may, of a period that is one (R-070)', async () => {
	const [row] = (await owner.ask('GET', '/v1/reports')).items;
	assert.equal(row.read, null);
	assert.equal((await analyst.ask('POST', `/v1/reports/${row.id}/read`)).read, null);
	const first = (await owner.ask('POST', `/v1/reports/${row.id}/read`)).read;
	assert.ok(first);
	assert.equal((await owner.ask('POST', `/v1/reports/${row.id}/read`)).read, first);
	for (const path of ['', '/pdf'])
		assert.equal((await other.send('GET', `/v1/reports/${row.id}${path}`)).status, 404);
	assert.equal((await other.send('POST', `/v1/reports/${row.id}/read`)).status, 404);
	assert.deepEqual((await other.ask('GET', '/v1/reports')).items, []);
	assert.equal((await owner.send('POST', '/v1/reports', { programme, from, to })).status, 403);
	assert.equal((await analyst.send('POST', '/v1/reports', { programme: randomUUID(), from, to })).status, 404);
	assert.equal((await analyst.send('POST', '/v1/reports', { programme, from: to, to: from })).status, 422);
	assert.equal((await analyst.send('POST', '/v1/reports', { programme, from: day(62), to })).status, 422);
	const all = (await owner.ask('GET', '/v1/reports?limit=200')).items, paged = [];
	for (let next = ''; next !== null;) {
		const page = await owner.ask('GET', `/v1/reports?limit=1${next && `&cursor=${next}`}`);
		paged.push(...page.items);
		next = page.next;
	}
	assert.deepEqual(paged, all);
});

test('a press that is killed over a report: it is made all the same, once', async () => {
	const pids = centre.pids(), presses = [pids['press-1'], pids['press-2']];
	for (const pid of presses)
		process.kill(pid, 'SIGSTOP');
	({ job } = await analyst.ask('POST', '/v1/reports', { programme, from: day(10), to }));
	await sleep(700);
	for (const pid of presses)
		process.kill(pid, 'SIGKILL');
	const end = await until(40, async () => {
		const now = await analyst.ask('GET', `/v1/reports/jobs/${job}`);
		return now.done === now.total ? now : null;
	});
	assert.deepEqual(end, { total: 1, done: 1, failed: 0 });
	assert.equal(records(`SELECT count(*) FROM report WHERE from_day = (SELECT from_day FROM report_job WHERE id = '${job}')`), '1');
	assert.equal(records(`SELECT attempts FROM report_wish WHERE job = '${job}'`), '1');
	const now = centre.pids();
	assert.ok(now['press-1'] !== presses[0] && now['press-2'] !== presses[1]);
});
