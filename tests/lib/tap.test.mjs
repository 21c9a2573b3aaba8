// The counter of everything else: what it must not overlook.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTap } from './tap.mjs';

const rows = [
	{ name: 'plain results', tap: '1..2\nok 1 - a\nok 2 - b\n', passed: 2, failed: [], skipped: 0, plan: 2, seen: 2 },
	{ name: 'a failure with its diagnostics before it', tap: '1..1\n# x.c:3: no\nnot ok 1 - a\n',
		passed: 0, failed: ['a'], skipped: 0, plan: 1, seen: 1, detail: ['# x.c:3: no'] },
	{ name: 'diagnostics after it', tap: 'not ok 1 - a\n  ---\n  error: no\n  ...\n1..1\n',
		passed: 0, failed: ['a'], skipped: 0, plan: 1, seen: 1, detail: ['  error: no'] },
	{ name: 'what node tells of a passed test is no news of the next',
		tap: 'ok 1 - a\n  ---\n  duration_ms: 1\n  ...\n# why\nnot ok 2 - b\n1..2\n',
		passed: 1, failed: ['b'], skipped: 0, plan: 2, seen: 2, detail: ['# why'] },
	{ name: 'a skip', tap: '1..2\nok 1 - a # SKIP no root\nok 2 # skip\n', passed: 0, failed: [], skipped: 2, plan: 2, seen: 2 },
	{ name: 'all skipped', tap: '1..0 # SKIP no samples\n', passed: 0, failed: [], skipped: 1, plan: 0, seen: 0 },
	{ name: 'a known gap is no failure', tap: '1..1\nnot ok 1 - a # TODO later\n', passed: 1, failed: [], skipped: 0, plan: 1, seen: 1 },
	{ name: 'subtests count, their sum does not', tap: '# Subtest: a\n    ok 1 - b\n    ok 2 - c\n    1..2\nok 1 - a\n1..1\n',
		passed: 2, failed: [], skipped: 0, plan: 1, seen: 1 },
	{ name: 'a failed subtest counts once', tap: '    ok 1 - b\n    not ok 2 - c\n    1..2\nnot ok 1 - a\n1..1\n',
		passed: 1, failed: ['c'], skipped: 0, plan: 1, seen: 1 },
	{ name: 'a sum that failed alone counts', tap: '    ok 1 - b\n    1..1\nnot ok 1 - a\n1..1\n',
		passed: 1, failed: ['a'], skipped: 0, plan: 1, seen: 1 },
	{ name: 'three levels', tap: '        not ok 1 - x\n        1..1\n    not ok 1 - y\n    1..1\nnot ok 1 - z\nok 2 - w\n1..2\n',
		passed: 1, failed: ['x'], skipped: 0, plan: 2, seen: 2 },
	{ name: 'no plan, as after a crash', tap: 'ok 1 - a\n', passed: 1, failed: [], skipped: 0, plan: null, seen: 1 },
	{ name: 'nothing', tap: '', passed: 0, failed: [], skipped: 0, plan: null, seen: 0 },
	{ name: 'words that only begin like results', tap: '1..1\nokay\nok 1 - a\n', passed: 1, failed: [], skipped: 0, plan: 1, seen: 1 },
];

for (const row of rows) {
	test(row.name, () => {
		const got = readTap(row.tap);
		assert.equal(got.passed, row.passed);
		assert.deepEqual(got.failed.map((failed) => failed.name), row.failed);
		assert.equal(got.skipped.length, row.skipped);
		assert.equal(got.plan, row.plan);
		assert.equal(got.seen, row.seen);
		if (row.detail)
			assert.deepEqual(got.failed[0].detail, row.detail);
	});
}

test('bail out is told', () => {
	assert.equal(readTap('1..3\nok 1\nBail out! no disk\n').bail, 'Bail out! no disk');
});
