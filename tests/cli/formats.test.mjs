// Logs that real programs wrote, hunted as they are: nginx, logger, gzip, zstd;
// and what of SigmaHQ's rules can see an event at all.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { products } from './products.mjs';
import { english, environment, file, folder, HIKESHI, hikeshi, objects, rule, TOP } from './program.mjs';

const WEB = 'category: webserver';
const hunt = (rules, ...args) => objects(english(0, ['hunt', '--output', 'ndjson', '--rules', rules, ...args]).out);
const titles = (found) => found.map((one) => one.rule?.title ?? one.title).sort();

async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

function get(port, path, headers = {}) {
	return new Promise((done, failed) => {
		const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
			answer.resume();
			answer.on('end', () => done(answer.statusCode));
		});
		asked.on('error', failed);
		asked.end();
	});
}

test('nginx: a real access log and error log, plain, gzip, zstd and from a pipe', async (t) => {
	if (spawnSync('nginx', ['-v']).error) {
		t.skip('nginx is not installed: its logs are NOT tested');
		return;
	}
	const port = await freePort();
	const place = join(folder, 'nginx');
	mkdirSync(join(place, 'www'), { recursive: true });
	writeFileSync(join(place, 'nginx.conf'), `daemon off; worker_processes 1; pid ${place}/pid; error_log ${place}/error.log notice;
events { worker_connections 64; }
http { access_log ${place}/access.log combined; client_body_temp_path ${place}/b; proxy_temp_path ${place}/p;
fastcgi_temp_path ${place}/f; uwsgi_temp_path ${place}/u; scgi_temp_path ${place}/s;
server { listen 127.0.0.1:${port}; root ${place}/www; } }\n`);
	const nginx = spawn('nginx', ['-p', place, '-c', join(place, 'nginx.conf'), '-e', join(place, 'error.log')], { stdio: 'ignore' });
	try {
		for (let i = 0; i < 100 && !existsSync(join(place, 'pid')); i++)
			await wait(50);
		await get(port, '/index.php?x=../../../etc/passwd');
		await get(port, '/', { 'user-agent': 'sqlmap/1.7 "quoted" \\x', referer: 'http://x.example/' });
		await get(port, '/ordinary');
	} finally {
		nginx.kill('SIGQUIT');
		await once(nginx, 'exit');
	}
	const rules = file('nginx-rules/r.yml', [
		rule('Traversal', "    s:\n        cs-uri-query|contains: '../../../etc/'\n    condition: s", { logsource: WEB }),
		rule('Scanner', "    s:\n        cs-user-agent|startswith: 'sqlmap/1.7 \"quoted\"'\n        cs-referer: 'http://x.example/'\n        sc-status:\n            - 403\n            - 404\n    condition: s", { logsource: WEB }),
		rule('Not found', "    s:\n        - 'No such file or directory'\n        - 'is forbidden'\n    condition: s", { logsource: 'service: nginx' }),
	].join('---\n'));
	const access = join(place, 'access.log');
	assert.deepEqual(titles(hunt(rules, access)), ['Scanner', 'Traversal']);
	assert.ok(titles(hunt(rules, join(place, 'error.log'))).includes('Not found'));
	for (const [program, suffix] of [['gzip', 'gz'], ['zstd', 'zst']]) {
		const packed = spawnSync(program, ['-c', access]);
		if (packed.error) {
			t.diagnostic(`${program} is not installed: NOT tested`);
			continue;
		}
		assert.deepEqual(titles(hunt(rules, file(`nginx/packed.${suffix}`, packed.stdout))), ['Scanner', 'Traversal']);
	}
	const piped = english(0, ['hunt', '--output', 'ndjson', '--rules', rules, '-'], { input: readFileSync(access) });
	assert.equal(objects(piped.out).length, 2);
});

test('logger: what it sends over the network, RFC 3164 and 5424', async (t) => {
	const socket = createSocket('udp4').bind(0, '127.0.0.1');
	const heard = [];
	await once(socket, 'listening');
	socket.on('message', (bytes) => heard.push(bytes.toString()));
	for (const form of ['--rfc3164', '--rfc5424']) {
		const asked = ['-n', '127.0.0.1', '-P', String(socket.address().port), '-d', form];
		if (spawnSync('logger', [...asked, '-t', 'sudo', '-p', 'authpriv.notice',
			'tanaka : TTY=pts/0 ; PWD=/ ; USER=#-1 ; COMMAND=/bin/sh']).error) {
			t.skip('logger is not installed: its lines are NOT tested');
			socket.close();
			return;
		}
		spawnSync('logger', [...asked, '-t', 'sshd', '-p', 'auth.info', 'Failed password for root from 203.0.113.9 port 1 ssh2']);
	}
	for (let i = 0; i < 100 && heard.length < 4; i++)
		await wait(20);
	socket.close();
	assert.equal(heard.length, 4);
	const rules = file('logger-rules/r.yml', [
		rule('Sudo', "    s:\n        USER|startswith: '#-'\n    condition: s", { logsource: 'product: linux\n    service: sudo' }),
		rule('Auth', "    s:\n        - 'Failed password'\n    condition: s", { logsource: 'product: linux\n    service: auth' }),
	].join('---\n'));
	assert.deepEqual(titles(hunt(rules, file('logger.log', heard))), ['Auth', 'Auth', 'Sudo', 'Sudo']);
});

test('a folder is followed: new lines, a rotated log, nothing twice', async () => {
	const rules = file('follow-rules/r.yml', rule('Number', "    s:\n        n|contains: '7'\n    condition: s", { logsource: 'product: linux' }));
	const line = (n) => `${JSON.stringify({ hikeshi: { product: 'linux' }, n: String(n) })}\n`;
	const path = file('live/log', line(7));
	const hunting = spawn(HIKESHI, ['hunt', '--follow', '--output', 'ndjson', '--quiet', '--rules', rules, join(folder, 'live')],
		{ env: environment, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
	let out = '';
	hunting.stdout.on('data', (bytes) => { out += bytes; });
	const until = async (count) => {
		for (let i = 0; i < 200 && out.split('\n').length - 1 < count; i++)
			await wait(50);
		assert.equal(out.split('\n').length - 1, count);
	};
	try {
		await until(1);
		appendFileSync(path, line(1) + line(17));
		await until(2);
		renameSync(path, `${path}.1`);
		appendFileSync(`${path}.1`, line(27));
		appendFileSync(path, line(37));
		await until(4);
		await wait(600);
		assert.equal(objects(out).length, 4);
	} finally {
		hunting.kill('SIGINT');
		await once(hunting, 'exit');
	}
});

test('coverage tells rules and fields; of SigmaHQ all logsources but the documented one are loaded', (t) => {
	const place = join(folder, 'coverage');
	file('coverage/a.yml', rule('A', '    s:\n        Image|endswith: /x\n        Nonsense: 1\n    condition: s'));
	file('coverage/b.yml', rule('B', '    s:\n        Image|endswith: /y\n        Nonsense: 1\n    condition: s'));
	file('coverage/c.yml', rule('C', '    s:\n        X: 1\n    condition: s', { logsource: 'product: toaster' }));
	assert.deepEqual(objects(english(0, ['rule', 'coverage', '--json', place]).out), [
		{ product: 'linux', category: 'process_creation', service: '', rules: 2, loaded: 2, open: false, fields_missing: [{ field: 'Nonsense', rules: 2 }] },
		{ product: 'toaster', category: '', service: '', rules: 1, loaded: 0, open: false, fields_missing: [] },
	]);
	assert.match(english(0, ['rule', 'coverage', place]).out, /nobody gives: Nonsense \(2\)[^]*2 logsources: 3 rules compile, 0 do not; 2 are loaded\n$/);
	english(66, ['rule', 'coverage', join(folder, 'nothing')]);

	const sigma = process.env.HIKESHI_SIGMA ?? resolve(TOP, '../shared/sigma');
	if (!existsSync(join(sigma, 'rules'))) {
		t.diagnostic('SKIPPED: no rules of SigmaHQ there (HIKESHI_SIGMA): their coverage is NOT tested');
		return;
	}
	const sources = objects(english(65, ['rule', 'coverage', '--json', ...['rules', 'rules-emerging-threats', 'rules-threat-hunting'].map((part) => join(sigma, part))]).out);
	assert.ok(sources.length > 130 && sources.reduce((sum, source) => sum + source.loaded, 0) > 3700);
	assert.deepEqual(sources.filter((source) => source.loaded < source.rules).map((source) => [source.product, source.category, source.service]),
		[['paloalto', 'file_event', 'globalprotect']]);
	assert.ok(readFileSync(join(TOP, 'docs/limits.md'), 'utf8').includes('`paloalto` / `file_event` / `globalprotect`'));
});

test("SigmaHQ's rules find what they are for in logs of each kind", (t) => {
	const sigma = process.env.HIKESHI_SIGMA ?? resolve(TOP, '../shared/sigma');
	if (!existsSync(join(sigma, 'rules'))) {
		t.skip('no rules of SigmaHQ there (HIKESHI_SIGMA): logs of products are NOT tested against them');
		return;
	}
	const rules = ['rules', 'rules-emerging-threats', 'rules-threat-hunting'].flatMap((part) => ['--rules', join(sigma, part)]);
	for (const product of products) {
		const done = hikeshi(['hunt', '--quiet', '--output', 'ndjson', ...rules, file(`products/${product.name}`, product.lines)]);
		const found = new Set(objects(done.out).map((one) => JSON.stringify([one.record, one.rule?.title ?? one.title])));
		for (const want of product.found)
			assert.ok(found.has(JSON.stringify(want)), `${product.name}: ${want} is not among ${[...found].join(' ')}`);
	}
});
