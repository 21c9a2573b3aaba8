// timeout: 120
// Japan's public holidays by rule against the list in npm's @holiday-jp/holiday_jp,
// which is kept by others from the Cabinet Office's announcements.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const FIRST = 1970;
const LAST = 2050;
const sources = ['calendar', 'day', 'clock', 'sv', 'err', 'mem'].map((name) => `base/${name}.c`);
let folder;
let ours;
let theirs;

before(() => {
	folder = mkdtempSync(join(tmpdir(), 'hikeshi-calendar-'));
	const program = join(folder, 'print');
	execFileSync('cc', ['-std=gnu17', '-D_GNU_SOURCE', '-O1', '-I.', '-o', program,
		'tests/calendar/print.c', ...sources]);
	const lines = execFileSync(program, [String(FIRST), String(LAST)], { encoding: 'utf8' });
	ours = new Map(lines.trim().split('\n').map((line) => [line.slice(0, 10), line.slice(11)]));
	const list = createRequire(import.meta.url)('@holiday-jp/holiday_jp')
		.between(new Date(Date.UTC(FIRST, 0, 1)), new Date(Date.UTC(LAST, 11, 31)));
	theirs = new Map(list.map(({ date, name }) => [date.toISOString().slice(0, 10), name]));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the list covers the years and is not empty', () => {
	assert.ok(theirs.size > 1300, `${theirs.size} days`);
	assert.ok(theirs.has(`${FIRST}-01-01`) && theirs.has(`${LAST}-01-01`));
});

test(`the same days are holidays, ${FIRST} to ${LAST}`, () => {
	assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
});

test('they have the same names', () => {
	// The list writes "休日" for citizens' holidays, adds the holiday that a substitute
	// stands for, and shortens ceremonies.
	const same = (mine, other) => mine === other ||
		(mine === '国民の休日' && /^休日/.test(other)) ||
		(mine === '振替休日' && /振替休日$/.test(other)) ||
		(/の儀$|の礼$/.test(mine) && mine.endsWith(other)) ||
		(/即位/.test(mine) && /祝日扱い|即位/.test(other)) ||
		(mine === '体育の日' && other === '体育の日（スポーツの日）');
	const different = [...ours].filter(([day, name]) => !same(name, theirs.get(day) ?? ''))
		.map(([day, name]) => `${day}: ${name}, list: ${theirs.get(day)}`);
	assert.deepEqual(different, []);
});
