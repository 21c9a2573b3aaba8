// Days and times as staff type them between two calls.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import typescript from 'typescript';

const TOP = resolve(new URL('.', import.meta.url).pathname, '../..');

/** A module of the console that stands alone, without its types. */
async function load(path) {
	const folder = mkdtempSync(join(tmpdir(), 'hikeshi-console-'));
	const file = join(folder, 'module.mjs');
	const { outputText } = typescript.transpileModule(readFileSync(join(TOP, path), 'utf8'),
		{ compilerOptions: { target: 'ES2022', module: 'ESNext' } });
	writeFileSync(file, outputText);
	try {
		return await import(pathToFileURL(file).href);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const { typedDay, typedTime } = await load('console/src/parts/typed-day.ts');

const days = [
	// typed, today, means
	['2025-05-28', '2025-06-02', '2025-05-28'],
	['2025/5/28', '2025-06-02', '2025-05-28'],
	['20250528', '2025-06-02', '2025-05-28'],
	['5/28', '2025-06-02', '2025-05-28'],
	['０５２８', '2025-06-02', '2025-05-28'],
	['５月２８日', '2025-06-02', '2025-05-28'],
	[' 5 / 28 ', '2025-06-02', '2025-05-28'],
	['令和7年5月28日', '2025-06-02', '2025-05-28'],
	['R7.5.28', '2025-06-02', '2025-05-28'],
	['令和元年5月1日', '2025-06-02', '2019-05-01'],
	['平成31年4月30日', '2025-06-02', '2019-04-30'],
	['㋿7年5月28日', '2025-06-02', '2025-05-28'],
	['12/28', '2026-01-05', '2025-12-28'],
	['1/5', '2025-12-28', '2026-01-05'],
	['2/29', '2025-03-01', '2024-02-29'],
	['2/29', '2027-03-01', '2028-02-29'],
	['2/30', '2025-03-01', null],
	['2025-02-29', '2025-03-01', null],
	['13/1', '2025-03-01', null],
	['0/0', '2025-03-01', null],
	['0000-01-01', '2025-03-01', null],
	['昨日', '2025-03-01', null],
	['5', '2025-03-01', null],
	['', '2025-03-01', null],
	['5/28; DROP', '2025-03-01', null],
];

for (const [typed, today, means] of days)
	test(`day ${JSON.stringify(typed)} on ${today}`, () => assert.equal(typedDay(typed, today), means));

const times = [
	['9:05', '09:05'], ['0905', '09:05'], ['９時５分', '09:05'], ['17時', '17:00'], ['午後1時', '13:00'], ['午後12時', '12:00'],
	['午前9:30', '09:30'], ['23:59', '23:59'], ['24:00', null], ['9:60', null], ['', null], ['いま', null],
];

for (const [typed, means] of times)
	test(`time ${JSON.stringify(typed)}`, () => assert.equal(typedTime(typed), means));
