// A centre of its own for each test: temporary data, random ports, ended by its pid.

import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, readdirSync, rmSync, appendFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { Client } from '../lib/client.mjs';

const TOP = resolve(dirname(new URL(import.meta.url).pathname), '../..');
const BIN = resolve(process.env.HIKESHI_BIN ?? join(TOP, 'out/bin'));
export const CENTRE = join(BIN, 'hikeshi-centre');
export const TOOL = [process.env.HIKESHI_WIRE_TOOL, join(TOP, 'out/build-release/centre/wire-tool')]
	.find((path) => path && existsSync(path));
const START_MS = 30000, STOP_MS = 15000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** The first of them, or null after the time. A timer left running would keep node here for all of it. */
async function within(ms, promises) {
	let timer;
	const late = new Promise((done) => { timer = setTimeout(done, ms, null); });
	try {
		return await Promise.race([...promises, late]);
	} finally {
		clearTimeout(timer);
	}
}

/** A port that was free a moment ago. */
export async function freePort() {
	const server = createServer();
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address();
	await new Promise((done) => server.close(done));
	return port;
}

export function tool(args, input) {
	if (!TOOL)
		throw new Error('wire-tool is not built: HIKESHI_WIRE_TOOL');
	const done = spawnSync(TOOL, args, { input, maxBuffer: 1 << 28 });
	return { status: done.status, stdout: done.stdout, text: done.stdout.toString(), stderr: done.stderr.toString() };
}

/** Lines of events as one zstd frame. */
export function pack(lines) {
	const done = tool(['pack'], lines);
	if (done.status !== 0)
		throw new Error(done.stderr);
	return done.stdout;
}

export function event(more = {}) {
	const { hikeshi, ...fields } = more;
	return JSON.stringify({
		hikeshi: { id: randomUUID(), observed: new Date().toISOString(), product: 'linux', category: 'process_creation', ...hikeshi },
		Image: '/usr/bin/true', CommandLine: 'true', User: 'test', ...fields,
	});
}

export const digest = (body) => createHash('sha256').update(body).digest('hex');

/** One HTTPS request with all freedom; resolves to {status, headers, text}. */
export function send(url, { method = 'GET', headers = {}, body, ...tls } = {}) {
	return new Promise((done, fail) => {
		const asked = request(url, { method, headers, agent: false, ...tls }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('error', fail);
			answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
		});
		asked.setTimeout(90000, () => asked.destroy(new Error('no answer')));
		asked.on('error', fail);
		asked.end(body);
	});
}

export class Centre {
	/**
	 * @param {{data?: string, arguments?: string[], wrapper?: string[], program?: string}} options wrapper: a command
	 * that becomes the centre; program: another build of it
	 */
	constructor(options = {}) {
		this.folder = mkdtempSync(join(tmpdir(), 'hikeshi-wire-'));
		this.data = options.data ?? join(this.folder, 'centre');
		this.arguments = options.arguments ?? [];
		this.wrapper = options.wrapper ?? [];
		this.program = options.program ?? CENTRE;
		this.log = join(this.folder, 'log');
	}

	/** more: further words, as --tour */
	sample(...more) {
		const file = join(this.folder, 'token');
		const done = spawnSync(this.program, ['sample', '--data', this.data, '--enrolment-token-file', file, ...more], { encoding: 'utf8' });
		if (done.status !== 0)
			throw new Error(`sample: ${done.stderr}`);
		if (done.stdout === '')
			return; /* there were data already */
		this.token = readFileSync(file, 'utf8').trim();
		this.accounts = done.stdout.trim().split('\n').map((line) => line.split('\t'))
			.map(([, role, mail, password]) => ({ role, mail, password }));
	}

	/** Moves the programme clock: ('set', '2025-05-23T10:00:00+09:00'), ('advance', '3d'), ('real'), ('now'). Test builds only. */
	clock(...words) {
		const done = spawnSync(this.program, ['clock', ...words, '--data', this.data], { encoding: 'utf8' });
		if (done.status !== 0)
			throw new Error(`clock ${words.join(' ')}: ${done.stderr}`);
		return done.stdout.trim();
	}

	/** Puts a programme's file in force. A running centre takes it up by itself. */
	publish(file, operator) {
		const done = spawnSync(this.program, ['programme', 'publish', file, '--operator', operator, '--data', this.data], { encoding: 'utf8' });
		if (done.status !== 0)
			throw new Error(`publish: ${done.stderr}`);
	}

	get ca() { return join(this.data, 'ca.pem'); }
	get events() { return join(this.data, 'store/events.sqlite'); }

	async start() {
		this.peoplePort ??= await freePort();
		this.devicesPort ??= await freePort();
		this.people = `https://127.0.0.1:${this.peoplePort}`;
		this.devices = `https://127.0.0.1:${this.devicesPort}`;
		const [program, ...words] = [...this.wrapper, this.program];
		this.process = spawn(program, [...words, 'run', '--data', this.data, '--people', `127.0.0.1:${this.peoplePort}`,
			'--devices', `127.0.0.1:${this.devicesPort}`, ...this.arguments], { stdio: ['ignore', 'pipe', 'pipe'] });
		this.process.stderr.on('data', (text) => this.over || appendFileSync(this.log, text));
		this.ended = new Promise((done) => this.process.on('exit', (status, signal) => done({ status, signal })));
		const ready = new Promise((done) => {
			let text = '';
			this.process.stdout.on('data', (part) => {
				text += part;
				if (/^ready /m.test(text))
					done(true);
			});
		});
		if (await within(START_MS, [ready, this.ended]) !== true)
			throw new Error(`the centre did not start: ${this.tail()}`);
		return this;
	}

	/** Everything that was logged. */
	text() {
		return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
	}

	tail() {
		return this.text().split('\n').slice(-15).join('\n');
	}

	/** Resolves to {status, signal, ms}. */
	async stop(signal = 'SIGTERM') {
		const start = Date.now();
		this.process.kill(signal);
		const end = await within(STOP_MS, [this.ended]) ?? { status: 'still running' };
		return { ...end, ms: Date.now() - start };
	}

	async done() {
		this.over = true; /* what is still said then has no file any more */
		if (this.process && this.process.exitCode === null && this.process.signalCode === null)
			await this.stop('SIGKILL');
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** pids of this centre's processes: {key, server, nginx: [master]}. */
	pids() {
		const found = { parent: this.process.pid };
		for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
			try {
				const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
				if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== this.process.pid)
					continue;
				const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
				const program = readlinkSync(`/proc/${pid}/exe`);
				if (/nginx/.test(program) || /nginx/.test(words[0]))
					found.nginx = Number(pid);
				else if (words[1] === '--role')
					found[words[2]] = Number(pid);
			} catch { /* gone meanwhile */ }
		}
		return found;
	}

	person(role) {
		const account = this.accounts.find((row) => row.role === role);
		const client = new Client(this.people, this.ca);
		return client.signIn(account.mail, account.password, passwordOf(role)).then(() => client);
	}

	/** Makes a token by a person, as the console does. */
	async makeToken(client, company) {
		return (await client.ask('POST', '/v1/enrolment-tokens', { company })).secret;
	}

	/** Enrols; the folder holds key and certificate. */
	enrol(token = this.token, name = randomUUID()) {
		const folder = join(this.folder, name);
		mkdirSync(folder);
		const done = tool(['enrol', this.people, this.ca, token, folder]);
		if (done.status !== 0)
			throw new Error(done.stderr);
		return new Device(this, folder);
	}
}

/** What a person of this role has chosen after signing in. */
export const passwordOf = (role) => `kara-ageru-7413-${role.length}-zubon`;

export class Device {
	constructor(centre, folder) {
		this.centre = centre;
		this.folder = folder;
		this.id = readFileSync(join(folder, 'device'), 'utf8');
		this.tls = {
			ca: readFileSync(centre.ca), cert: readFileSync(join(folder, 'device.pem')),
			key: readFileSync(join(folder, 'device.key')),
		};
		this.epoch = randomUUID();
		this.sequence = 0;
	}

	/** Sends a batch; what is wrong about it is the caller's choice. */
	batch(lines, more = {}) {
		const text = Array.isArray(lines) ? lines.map((line) => `${line}\n`).join('') : lines;
		const body = more.body ?? pack(text);
		return send(`${this.centre.devices}/v1/batches`, {
			method: 'POST', body, ...this.tls, ...more.tls,
			headers: {
				'Content-Type': 'application/zstd', 'Content-Length': body.length,
				'Hikeshi-Epoch': more.epoch ?? this.epoch,
				'Hikeshi-Sequence': more.sequence ?? ++this.sequence,
				'Hikeshi-Digest': more.digest ?? digest(body),
				'Hikeshi-Count': more.count ?? text.split('\n').length - 1,
				...more.headers,
			},
		});
	}

	orders(after, wait) {
		return send(`${this.centre.devices}/v1/orders?after=${after}&wait=${wait}`, this.tls);
	}
}

/** ids of all events of a company, from the file; the centre may run. */
export function storedIds(centre, company) {
	const done = tool(['stored', centre.events, company]);
	if (done.status !== 0)
		throw new Error(done.stderr);
	return done.text.split('\n').filter(Boolean);
}
