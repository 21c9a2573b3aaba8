// Runs the benchmarks and prints figures and ratios. See bench/run.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client, until } from '../tests/lib/client.mjs';
import { report } from './report.mjs';
import { season } from './season.mjs';

const OUT = 'out/bench';
const BIN = resolve(process.env.HIKESHI_BIN ?? 'out/bin');
const BUILD = 'out/build-release/bench';
const EVENTS = Number(process.env.EVENTS) || 200000;
const ROUNDS = 3;
const PEOPLE = 21000 + (process.pid % 4000) * 2;
const DEVICES = 8; // that send at once
const BATCHES = 40; // of each
const BATCH_EVENTS = 1000;
const EXECS = 4000; // of one round
const PASSWORD = 'bench-password-of-one-run';

mkdirSync(OUT, { recursive: true });

const thousands = (number) => Math.round(number).toLocaleString('en');
const best = (list) => Math.min(...list);

/** Seconds of CPU (user and system) and of the clock that a command takes. */
function cost(command) {
	const answer = execFileSync('bash', ['-c', 'TIMEFORMAT="%R %U %S"; { time "$@" >/dev/null 2>/dev/null; } 2>&1', 'bash', ...command], { encoding: 'utf8' });
	const [wall, user, system] = answer.trim().split(/\s+/).map(Number);
	return { wall, cpu: user + system };
}

function table(rows) {
	const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
	for (const row of rows)
		console.log(`  ${row.map((cell, column) => column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])).join('  ')}`);
}

// -- hunt ---------------------------------------------------------------------

function hunt() {
	const file = join(OUT, `events-${EVENTS}.ndjson`);
	const empty = join(OUT, 'empty.ndjson');
	const extract = join(OUT, 'extract');
	if (!existsSync(file))
		execFileSync('node', ['bench/make-events.mjs', String(EVENTS), file], { stdio: 'inherit' });
	writeFileSync(empty, '');
	execFileSync('g++', ['-std=c++17', '-O3', '-march=native', 'bench/yardstick/extract.cpp', '-o', extract, '-lsimdjson']);
	const bytes = statSync(file).size;
	console.log(`\nhunt: ${thousands(EVENTS)} Sysmon-shaped events of ${Math.round(bytes / EVENTS)} bytes, one thread, CPU time, best of ${ROUNDS} rounds`);

	const sigma = process.env.HIKESHI_SIGMA ?? '../shared/sigma';
	const sets = [['rules/sigma', 'own rules']];
	if (existsSync(join(sigma, 'rules/windows')))
		sets.push([join(sigma, 'rules/windows'), 'SigmaHQ rules/windows']);
	const yardstick = [], ours = new Map(sets.map(([path]) => [path, { run: [], start: [] }]));
	for (let round = 0; round < ROUNDS; round++) {
		yardstick.push(JSON.parse(execFileSync(extract, [file], { encoding: 'utf8' })).cpu);
		for (const [path] of sets) {
			const command = (target) => [join(BIN, 'hikeshi'), 'hunt', '--threads', '1', '--rules', path, '--output', 'ndjson', target];
			ours.get(path).start.push(cost(command(empty)).cpu);
			ours.get(path).run.push(cost(command(file)).cpu);
		}
	}
	const base = best(yardstick);
	const rows = [['', 'events/s', 'MB/s', 'ratio', 'start s'],
		['simdjson: all fields, nothing done with them', thousands(EVENTS / base), thousands(bytes / base / 1e6), '1.00', '']];
	for (const [path, name] of sets) {
		const { run, start } = ours.get(path);
		const seconds = Math.max(best(run) - best(start), 1e-6);
		rows.push([`hikeshi hunt, ${name}`, thousands(EVENTS / seconds), thousands(bytes / seconds / 1e6),
			(base / seconds).toFixed(2), best(start).toFixed(2)]);
	}
	table(rows);
}

// -- a centre of one's own ----------------------------------------------------

/** Ticks of CPU of a process and of all that descend from it. */
function ticksOf(pid) {
	const parents = new Map(), ticks = new Map();
	for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
		try {
			const fields = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
			parents.set(Number(name), Number(fields[1]));
			ticks.set(Number(name), Number(fields[11]) + Number(fields[12]));
		} catch { /* it ended meanwhile */ }
	}
	const belongs = (one) => one === pid || (parents.has(one) && one > 1 && belongs(parents.get(one)));
	let sum = 0;
	for (const [one, spent] of ticks)
		if (belongs(one))
			sum += spent;
	return sum;
}
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function residentOf(pid) {
	const list = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,rss=,comm='], { encoding: 'utf8' }).trim().split('\n')
		.map((line) => line.trim().split(/\s+/)).map(([one, parent, rss, name]) => ({ pid: Number(one), parent: Number(parent), rss: Number(rss), name }));
	const mine = new Set([pid]);
	for (let grown = true; grown;) {
		grown = false;
		for (const one of list) {
			if (mine.has(one.parent) && !mine.has(one.pid)) {
				mine.add(one.pid);
				grown = true;
			}
		}
	}
	return list.filter((one) => mine.has(one.pid)).map((one) => `${one.name} ${(one.rss / 1024).toFixed(1)} MB`).join(', ');
}

function ended(child) {
	return new Promise((done) => {
		if (child.exitCode !== null || child.signalCode !== null)
			done();
		child.once('close', done);
	});
}

async function withCentre(work) {
	const data = mkdtempSync(join(resolve(OUT), 'centre-'));
	const url = `https://127.0.0.1:${PEOPLE}`, devices = `127.0.0.1:${PEOPLE + 1}`;
	const printed = execFileSync(join(BIN, 'hikeshi-centre'), ['sample', '--data', join(data, 'centre'), '--people-url', url,
		'--devices-url', `https://${devices}`, '--enrolment-token-file', join(data, 'token')], { encoding: 'utf8' });
	const centre = spawn(join(BIN, 'hikeshi-centre'), ['run', '--data', join(data, 'centre'), '--people', `127.0.0.1:${PEOPLE}`,
		'--devices', devices], { stdio: ['ignore', 'pipe', 'pipe'] });
	let log = '';
	centre.stderr.on('data', (part) => { log = (log + part).slice(-4000); });
	try {
		await new Promise((done, fail) => {
			centre.stdout.on('data', (part) => /ready/.test(part) && done());
			centre.once('close', () => fail(new Error(`the centre ended:\n${log}`)));
		});
		const client = new Client(url, join(data, 'centre/ca.pem'));
		const [, , mail, password] = printed.split('\n').map((line) => line.split('\t')).find((row) => row[1] === 'administrator');
		await client.signIn(mail, password, PASSWORD);
		await work({ data, url, centre, client });
	} finally {
		centre.kill('SIGTERM');
		await ended(centre);
		rmSync(data, { recursive: true, force: true });
	}
}

// -- ingest -------------------------------------------------------------------

async function ingest({ data, url, centre, client }) {
	const company = (await client.ask('GET', '/v1/companies')).items[0].id;
	const tokens = [];
	for (let i = 0; i < DEVICES; i++)
		tokens.push((await client.ask('POST', '/v1/enrolment-tokens', { company })).secret);
	const load = spawn(join(BUILD, 'bench-load'), [url, join(data, 'centre/ca.pem'), data, String(BATCHES), String(BATCH_EVENTS)],
		{ stdio: ['pipe', 'pipe', 'pipe'] });
	let out = '', errors = '', before = 0;
	load.stdout.on('data', (part) => { out += part; });
	load.stderr.on('data', (part) => {
		errors += part;
		if (/packed/.test(part))
			before = ticksOf(centre.pid);
	});
	load.stdin.end(tokens.join('\n') + '\n');
	await ended(load);
	if (!out)
		throw new Error(`bench-load: ${errors}`);
	const result = JSON.parse(out);
	const cpu = (ticksOf(centre.pid) - before) / TICKS;
	const stored = await until(60, async () => {
		const figures = await client.ask('GET', '/v1/status');
		return figures.events >= result.events ? figures : null;
	}, 200);
	console.log(`\ningest: ${thousands(result.events)} events of ${Math.round(result.bytes / result.events)} bytes in batches of ${BATCH_EVENTS} from ${result.devices} devices over mutual TLS; ` +
		`acknowledged only when durable; the load generator shares the machine`);
	table([['', 'value'],
		['events/s by the clock, load generator included', thousands(result.events / result.wall)],
		['events a CPU-second of centre and nginx, until the last answer', thousands(result.events / cpu)],
		['bytes on the wire an event', (result.packed_bytes / result.events).toFixed(1)],
		['bytes stored an event', stored ? (stored.event_bytes / stored.events).toFixed(1) : 'not all stored'],
		['batches told to come again', thousands(result.retries)]]);
	console.log(`  resident after it: ${residentOf(centre.pid)}`);
}

// -- agent --------------------------------------------------------------------

const execs = () => JSON.parse(execFileSync(join(BUILD, 'bench-exec'), [String(EXECS), '/bin/true'], { encoding: 'utf8' }));

async function agent({ data, url, client }) {
	const folder = join(data, 'agent');
	execFileSync(join(BIN, 'hikeshi-agent'), ['enrol', '--data', folder, '--url', url, '--ca', join(data, 'centre/ca.pem'),
		'--token-file', join(data, 'token')]);
	const without = [], inside = [], own = [];
	let resident = '', sensor = '';
	for (let round = 0; round < ROUNDS; round++) {
		without.push(execs().cpu / EXECS);
		const before = (await client.ask('GET', '/v1/status')).events;
		const run = spawn(join(BIN, 'hikeshi-agent'), ['run', '--data', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
		run.stderr.on('data', (part) => { sensor ||= /"sensor":"(\w+)"/i.exec(part)?.[1] ?? ''; });
		await until(20, async () => {
			execFileSync('true');
			return (await client.ask('GET', '/v1/status')).events > before;
		});
		const start = ticksOf(run.pid);
		inside.push(execs().cpu / EXECS);
		await new Promise((done) => setTimeout(done, 3000)); // what is queued counts, too
		own.push((ticksOf(run.pid) - start) / TICKS / EXECS);
		resident = residentOf(run.pid);
		run.kill('SIGTERM');
		await ended(run);
	}
	const us = (seconds) => `${(seconds * 1e6).toFixed(1)} µs`;
	const added = best(inside) - best(without) + best(own);
	console.log(`\nagent: CPU of one start and end of /bin/true, ${EXECS} a round, best of ${ROUNDS} rounds${sensor ? `, sensor ${sensor}` : ''}`);
	table([['', 'CPU'],
		['without an agent', us(best(without))],
		['with it, inside the started processes', us(best(inside))],
		['the agent\'s own processes', us(best(own))],
		['added', `${us(added)} (${(100 * added / best(without)).toFixed(0)} %)`]]);
	console.log(`  resident: ${resident}`);
}

const wanted = process.argv.slice(2);
const does = (name) => wanted.length === 0 || wanted.includes(name);
console.log(`hikeshi ${execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()}, ` +
	`${execFileSync('nproc', { encoding: 'utf8' }).trim()} cores, ${execFileSync('uname', ['-rm'], { encoding: 'utf8' }).trim()}`);
if (does('hunt'))
	hunt();
if (does('ingest'))
	await withCentre(ingest);
if (does('agent'))
	await withCentre(agent);
if (does('report'))
	await report();
if (does('season'))
	await season();
