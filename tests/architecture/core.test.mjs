// The core takes bytes and an instant and returns values: it reads no clock,
// and nowhere is a function used that base/banned.h takes away.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cFiles, codeOf, folderOf, folderOrder } from './source.mjs';

const CORE = ['event', 'detect', 'incident'];
const CORE_FILES = ['base/calendar', 'base/day', 'base/holiday', 'base/era', 'base/yaml', 'base/sv', 'base/buf'];
const CLOCK = /\b(time|clock_gettime|gettimeofday|clock_real|clock_monotonic_us|timespec_get|ftime)\s*\(/;
const banned = [...readFileSync('base/banned.h', 'utf8').matchAll(/^#define (\w+)\(\.\.\.\)/gm)].map((match) => match[1]);
const BANNED = new RegExp(`(?<![\\w.>])(${banned.join('|')})\\s*\\(`);
// Functions that keep one state for the whole process.
const GLOBAL_STATE = /\b(setlocale|setenv|putenv|unsetenv|chdir|umask)\s*\(/;

const programFiles = cFiles().filter((file) => folderOrder().includes(folderOf(file)));
const isProof = (file) => /_(test|fuzz|bench)\.c$/.test(file);
const coreFiles = programFiles.filter((file) => !isProof(file) &&
	(CORE.includes(folderOf(file)) || CORE_FILES.some((name) => file === `${name}.c` || file === `${name}.h`)));

function find(list, pattern) {
	return list.flatMap((file) => codeOf(readFileSync(file, 'utf8')).split('\n').flatMap((line, index) =>
		pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
}

test('the core reads no clock', () => {
	assert.ok(coreFiles.length > 10, `only ${coreFiles.length} files`);
	assert.deepEqual(find(coreFiles, CLOCK), []);
});

test('the core changes no state of the process', () => assert.deepEqual(find(coreFiles, GLOBAL_STATE), []));

test('no banned function, also in C that this compiler did not see', () => {
	assert.ok(banned.length > 20);
	// Programs inside the kernel have no C library and declare their own.
	assert.deepEqual(find(programFiles.filter((file) => !/\.bpf\.[ch]$|banned\.h$/.test(file)), BANNED), []);
});

test('no file is too long to read', () => {
	// Tests are rows of tables: they may be longer.
	const long = programFiles.filter((file) => !isProof(file)).map((file) => [file, readFileSync(file, 'utf8').split('\n').length - 1])
		.filter(([, lines]) => lines > 600);
	assert.deepEqual(long, []);
});

test('nothing changes that the whole process shares', () => {
	// A writable variable at file scope: "static TYPE name = …;" or "TYPE name;" at column 0,
	// neither const nor a function. base/test.c says why it has some.
	const pattern = /^(?:static\s+)?(?!const\b|extern\b|typedef\b|struct\s+\w+\s*;|return\b|enum\b.*;|union\b.*\{|TEST|static_assert|_Static_assert)(?:(?:unsigned|signed|struct|enum|volatile|_Atomic|atomic_\w+|_Thread_local)\s+)*\w+\s+\**\w+(?:\[[^\]]*\])*\s*(?:=[^;]*)?;/;
	const allowed = new Set(['base/test.c', 'base/test.h']);
	const files = programFiles.filter((file) => !allowed.has(file) && !isProof(file) && !/\.bpf\.[ch]$/.test(file));
	const found = find(files, pattern).filter((line) => !/\bconst\b/.test(line));
	// A signal handler has no other way, and text_init sets the language once at start.
	assert.deepEqual(found.filter((line) => !/sig_atomic_t|volatile/.test(line) && !line.startsWith('base/text.c')), []);
});

test('docs/limits.md lists each named bound', () => {
	const check = spawnSync('scripts/list-limits', ['--check'], { encoding: 'utf8' });
	assert.equal(check.status, 0, check.stderr);
});
