// Every command tells in both languages how it is called.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { english, hikeshi, TOP } from './program.mjs';

const commands = ['hunt', 'rule check', 'rule test', 'rule explain', 'rule profile', 'rule bundle', 'rule verify', 'programme check', 'programme eligible', 'programme draw', 'programme simulate', 'programme diff', 'company list', 'company show',
	'device list', 'device show', 'incident list', 'incident show'];
const japanese = /[ぁ-んァ-ヶ一-龠]/;

test('--help of each command', async (t) => {
	for (const command of commands) {
		await t.test(command, () => {
			const words = command.split(' ');
			const en = english(0, [...words, '--help']), ja = hikeshi([...words, '--help']);
			assert.equal(ja.status, 0);
			for (const done of [en, ja]) {
				assert.ok(done.out.includes(`hikeshi ${command} `), done.out);
				assert.match(done.out, /--lang ja\|en/);
				assert.equal(done.err, '');
				assert.ok(done.out.split('\n').every((line) => line.length <= 100), done.out);
			}
			assert.doesNotMatch(en.out, japanese);
			assert.match(ja.out, japanese);
			for (const [option] of en.out.matchAll(/--[a-z-]+/g))
				assert.ok(ja.out.includes(option), `${option} is missing in Japanese`);
			assert.equal(english(0, ['help', ...words]).out, en.out);
			assert.equal(english(2, [...words, '--frob']).out, '');
		});
	}
});

test('the list of commands', () => {
	const all = english(0, ['--help']).out;
	for (const command of commands)
		assert.ok(all.includes(`  ${command} `), command);
	assert.equal(english(0, ['help']).out, all);
	assert.equal(english(2, []).err, all);
	assert.match(english(2, ['frob']).err, /there is no command 'frob'/);
	assert.match(english(2, ['rule']).err, /rule check/);
	assert.doesNotMatch(english(2, ['rule']).err, /company/);
	assert.match(english(0, ['rule', '--help']).out, /rule explain/);
	assert.match(english(0, ['--version']).out, /^hikeshi \d+\.\d+\.\d+\n$/);
	assert.match(hikeshi([]).err, japanese);
});

test('--lang takes two languages', () => {
	for (const args of [['--lang'], ['--lang', 'fr', 'hunt', 'x'], ['hunt', '--lang=']]) {
		const done = hikeshi(args);
		assert.equal(done.status, 2, args.join(' '));
		assert.match(done.err, /--lang/);
	}
});

test('the manual knows each command and option, in both languages', () => {
	for (const name of ['hikeshi.1', 'hikeshi.ja.1']) {
		const text = readFileSync(join(TOP, 'cli', name), 'utf8');
		for (const command of commands)
			for (const word of command.split(' '))
				assert.ok(text.includes(word), `${name}: ${word}`);
		for (const option of ['rules', 'output', 'min-level', 'fail-level', 'quiet', 'json', 'save', 'navigator', 'explain', 'tag', 'status', 'level', 'id', 'from', 'to',
			'utc', 'jst', 'format', 'logsource', 'follow', 'placeholders', 'cache', 'no-cache', 'rules-key', 'threads', 'strict', 'sample', 'top', 'key', 'name', 'extract', 'state', 'url', 'token-file', 'ca', 'lang', 'help'])
			assert.match(text, new RegExp(`Fl -${option}\\b`), `${name}: --${option}`);
		for (const status of ['1', '2', '65', '66', '69', '74', '77'])
			assert.match(text, new RegExp(`(^\\.It |、|は )?${status}\\b`, 'm'), `${name}: ${status}`);
	}
});
