// timeout: 240
// A byte every two seconds is cut, wherever it comes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as plain } from 'node:net';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';

import { Centre, event } from './centre.mjs';

const centre = new Centre();
let device;
const CUT_SECONDS = 30;

before(async () => {
	centre.sample();
	await centre.start();
	device = centre.enrol();
});
after(async () => {
	assert.equal((await centre.stop()).status, 0);
	await centre.done();
});

/** Sends first, then a byte every two seconds; resolves to the seconds until the other side cut it. */
function drip(socket, first, rest) {
	const start = Date.now();
	return new Promise((done, fail) => {
		let at = 0;
		socket.write(first);
		const clock = setInterval(() => {
			if (socket.writable)
				socket.write(rest[at++ % rest.length]);
			if (Date.now() - start > CUT_SECONDS * 1000)
				end(() => fail(new Error(`not cut within ${CUT_SECONDS} s`)));
		}, 2000);
		const end = (what) => {
			clearInterval(clock);
			socket.destroy();
			what();
		};
		let answer = '';
		socket.on('data', (part) => { answer += part; });
		socket.on('error', () => end(() => done({ seconds: (Date.now() - start) / 1000, answer })));
		socket.on('close', () => end(() => done({ seconds: (Date.now() - start) / 1000, answer })));
	});
}

const secure = (port, tls = {}) => new Promise((done, fail) => {
	const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(centre.ca), ...tls }, () => done(socket));
	socket.on('error', fail);
});

const places = {
	'the head at the people\'s port': async () => [await secure(centre.peoplePort), 'GET /v1/me HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'],
	'the head at the devices\' port': async () => [await secure(centre.devicesPort, device.tls), 'GET /v1/orders?after=0 HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'],
	'a body at the people\'s port': async () => [await secure(centre.peoplePort),
		'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n', '{      '],
	'a batch': async () => [await secure(centre.devicesPort, device.tls),
		'POST /v1/batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/zstd\r\nContent-Length: 100000\r\n' +
		`Hikeshi-Epoch: ${device.epoch}\r\nHikeshi-Sequence: 1\r\nHikeshi-Digest: ${'a'.repeat(64)}\r\nHikeshi-Count: 1\r\n\r\n`, 'x'],
	'the TLS handshake': async () => {
		const socket = plain({ host: '127.0.0.1', port: centre.peoplePort });
		await new Promise((done) => socket.on('connect', done));
		return [socket, Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]), '\x01\x00\x01\xfc'];
	},
};

test('all at once, and others are served meanwhile', { concurrency: true }, async (t) => {
	const running = Object.entries(places).map(([name, make]) => t.test(name, async () => {
		const cut = await drip(...await make());
		console.log(`# ${name}: cut after ${cut.seconds.toFixed(1)} s`);
	}));
	const crowd = Promise.all(Array.from({ length: 60 }, async () =>
		drip(...await places['the head at the people\'s port']())));
	const served = t.test('a device is served meanwhile', async () => {
		for (let i = 0; i < 10; i++)
			assert.equal((await device.batch([event()])).status, 200);
	});
	await Promise.all([...running, crowd, served]);
});
