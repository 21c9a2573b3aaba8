// Programs that ship have no programme clock that anybody could move.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { CENTRE, Centre } from '../wire/centre.mjs';

const SOCKET = 'programme-clock.sock';
const skip = readFileSync(CENTRE).includes(SOCKET) ? 'HIKESHI_BIN IS A TEST BUILD: what ships is not looked at' : false;

const sockets = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isSocket()).map((entry) => entry.name).sort();

test('no command moves it, and the program says why', { skip }, () => {
	for (const words of [['now'], ['set', '2025-05-23T10:00:00+09:00'], ['advance', '3d'], ['real'], []])
		for (const [language, says] of [['en', /the programme clock of this build is real time: it cannot be moved\n {2}builds with -Dtesting=true/], ['ja', /事業の時計は実時間です。動かすことはできません/]]) {
			const done = spawnSync(CENTRE, ['clock', ...words, '--data', '/nowhere'], { encoding: 'utf8', env: { ...process.env, LANG: language === 'en' ? 'en_US.UTF-8' : 'ja_JP.UTF-8', LC_ALL: '' } });
			assert.equal(done.status, 2, words.join(' '));
			assert.match(done.stderr, says);
			assert.equal(done.stdout, '');
		}
});

test('a running centre has no socket for it, and its time is the time', { skip }, async () => {
	const centre = new Centre();
	try {
		centre.sample();
		await centre.start();
		const found = sockets(centre.data);
		assert.ok(found.length > 0, 'the centre has sockets');
		assert.ok(!found.some((name) => /clock/.test(name)), found.join());
		const me = await (await centre.person('owner')).ask('GET', '/v1/me');
		assert.ok(Math.abs(new Date(me.programme_now) - Date.now()) < 60000, me.programme_now);
	} finally {
		await centre.done();
	}
});
