// What the tests of the tree's shape share: the files, their includes, the order of folders.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Tracked and new files, without what .gitignore names. Works outside a git tree, too. */
export function files(...patterns) {
	const answer = existsSync('.git')
		? execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...patterns], { encoding: 'utf8' })
		: execFileSync('sh', ['-c',
			'for pattern in "$@"; do find . -path ./out -prune -o -path ./node_modules -prune -o -type f -name "$pattern" -print; done',
			'sh', ...patterns], { encoding: 'utf8' }).replaceAll(/^\.\//gm, '');
	return answer.split('\n').filter((name) => name && existsSync(name)).sort();
}

/** Folders in the order of meson.build: a folder may use those before it. */
export function folderOrder() {
	return [...readFileSync('meson.build', 'utf8').matchAll(/^subdir\('(\w+)'\)/gm)].map((match) => match[1]);
}

/** Folders that one folder must not use although they stand before it. */
export const APART = { agent: ['store', 'incident'] };

export const folderOf = (file) => file.split('/')[0];

/** Code without comments and the contents of strings, line numbers kept. */
export function codeOf(text) {
	return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (part) => {
		if (part.startsWith('"'))
			return '""';
		if (part.startsWith('\''))
			return '\'\'';
		return part.replaceAll(/[^\n]/g, '');
	});
}

/** {file, line, name} of each #include "…". */
export function includesOf(file) {
	return readFileSync(file, 'utf8').split('\n').flatMap((text, index) => {
		const match = /^\s*#\s*include\s+"([^"]+)"/.exec(text);
		return match ? [{ file, line: index + 1, name: match[1] }] : [];
	});
}

/** The file that an include means, or null where the build makes it. */
export function targetOf(include) {
	for (const candidate of [include.name, `${dirname(include.file)}/${include.name}`])
		if (existsSync(candidate))
			return candidate;
	return null;
}

export const cFiles = () => files('*.c', '*.h').filter((file) => !/vmlinux/.test(file));
