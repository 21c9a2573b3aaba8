// What the shipped programs link is listed in docs/dependencies.md, under a licence that allows it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { files } from './source.mjs';

const BIN = process.env.HIKESHI_BIN ?? 'out/bin';
// Compatible with Apache-2.0 for dynamic linking.
const COMPATIBLE = /^(Apache-2\.0|MIT|BSD-2-Clause|BSD-3-Clause|ISC|Zlib|curl|OpenSSL|OLDAP-2\.8|MIT-Kerberos|Public-Domain|FTL|IJG|libpng-2\.0|LGPL-2\.1(-only|-or-later)?|LGPL-3\.0-or-later|GPL-with-exception)( (AND|OR) .*)?$/;
const SYSTEM = /^(linux-vdso|ld-linux|libc\.|libm\.|libpthread\.|libdl\.|librt\.|libresolv\.|libstdc\+\+|libgcc_s)/;

function rows() {
	// | library | package | licence | why |
	return readFileSync('docs/dependencies.md', 'utf8').split('\n')
		.filter((line) => /^\| `?lib/.test(line))
		.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')))
		.flatMap(([library, debian, licence]) => library.split(/,\s*/).map((name) => ({ name, debian, licence })));
}

const programs = [BIN, join(BIN, '../libexec/hikeshi')].filter((folder) => existsSync(folder))
	.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));

test('each library that a program loads is listed, with a compatible licence', (t) => {
	if (programs.length === 0)
		return t.skip(`no program in ${BIN}: build first`);
	const listed = new Map(rows().map((row) => [row.name, row]));
	const wrong = [];
	for (const program of programs) {
		for (const line of execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n')) {
			const name = /^\s*(\S+?\.so\S*)/.exec(line)?.[1];
			if (!name || SYSTEM.test(name.split('/').pop()))
				continue;
			const stem = name.replace(/(-[\d.]+)?\.so.*$/, '');
			const row = listed.get(stem);
			if (!row)
				wrong.push(`${program} loads ${name}: docs/dependencies.md does not list ${stem}`);
			else if (!COMPATIBLE.test(row.licence))
				wrong.push(`${program} loads ${name}: ${row.licence} is not known as compatible`);
		}
	}
	assert.deepEqual(wrong, []);
});

test('programs in the kernel say their licence', () => {
	const programs = files('*.bpf.c');
	assert.deepEqual(programs.filter((file) =>
		!/SPDX-License-Identifier: .*GPL-2\.0/.test(readFileSync(file, 'utf8').slice(0, 300))), []);
});

test('the lock file names no host', () => {
	assert.doesNotMatch(readFileSync('package-lock.json', 'utf8'), /"resolved"/);
});

test('each Debian package has a reason', () => {
	const lines = readFileSync('scripts/packages.txt', 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
	assert.ok(lines.length > 20);
	assert.deepEqual(lines.filter((line) => !/^(run|test|lint)\t[a-z0-9.+-]+\t\S/.test(line)), []);
});
