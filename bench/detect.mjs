// Measures the detection engine beside its yardsticks and prints one table. See
// docs/detect.md for what the rows mean.
//
// usage: node bench/detect.mjs
//
// HIKESHI_SIGMA   a checkout of SigmaHQ's rules and regression data (../shared/sigma)
// EVENTS          events of each corpus (500000)
// ROUNDS          of each measurement; the median counts (3)

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OUT = 'out/bench';
const PROGRAM = process.env.BENCH_DETECT ?? 'out/build-release/bench/bench-detect';
const SIGMA = process.env.HIKESHI_SIGMA ?? '../shared/sigma';
const EVENTS = Number(process.env.EVENTS) || 500000;
const ROUNDS = Number(process.env.ROUNDS) || 3;
const INSTRUCTION_EVENTS = [1000, 3000];

mkdirSync(OUT, { recursive: true });
if (!existsSync(join(SIGMA, 'rules'))) {
	console.error(`bench-detect: no rules of SigmaHQ in ${SIGMA}: set HIKESHI_SIGMA`);
	process.exit(1);
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const number = (value, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
const rows = [];
const row = (...cells) => rows.push(cells.map(String));
const verdict = (holds) => (holds ? 'yes' : 'NO');

function run(...words) {
	return JSON.parse(execFileSync(PROGRAM, words, { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

// -- rules and events ------------------------------------------------------------

function rulesOf(product) {
	const list = [];
	const walk = (place) => {
		for (const name of readdirSync(place).sort()) {
			const path = join(place, name);
			if (statSync(path).isDirectory())
				walk(path);
			else if (name.endsWith('.yml') && new RegExp(`^\\s+product:\\s*${product}\\s*$`, 'm').test(readFileSync(path, 'utf8')))
				list.push(path);
		}
	};
	for (const folder of ['rules', 'rules-emerging-threats', 'rules-threat-hunting'])
		if (existsSync(join(SIGMA, folder)))
			walk(join(SIGMA, folder));
	return list;
}

/** Evenly out of the list, so that the mix of logsources stays. */
const some = (list, count) => Array.from({ length: count }, (_, index) => list[Math.floor(index * list.length / count)]);

function listFile(name, list) {
	const path = join(OUT, name);
	writeFileSync(path, `${list.join('\n')}\n`);
	return path;
}

function corpus(kind) {
	const path = join(OUT, `${kind}-${EVENTS}.ndjson`);
	if (!existsSync(path) || !existsSync(`${path}.txt`))
		writeFileSync(`${path}.txt`, execFileSync('bench/corpus', [kind, String(EVENTS), path], { encoding: 'utf8' }));
	console.log(readFileSync(`${path}.txt`, 'utf8').trim());
	return path;
}

const yardstick = join(OUT, 'extract');
execFileSync('g++', ['-std=c++17', '-O3', '-march=native', 'bench/yardstick/extract.cpp', '-o', yardstick, '-lsimdjson']);
const extract = (path) => JSON.parse(execFileSync(yardstick, [path], { encoding: 'utf8' }));

const windows = rulesOf('windows'), linux = rulesOf('linux');
const all = listFile('windows.list', windows), few = listFile('windows-500.list', some(windows, 500)), tux = listFile('linux.list', linux);
const events = corpus('windows'), linuxEvents = corpus('linux');

// -- speed -------------------------------------------------------------------------

/** Everything once in each round, so that what disturbs one disturbs the others. */
function side(path, works) {
	const taken = Object.fromEntries(['yardstick', ...Object.keys(works)].map((name) => [name, []]));
	let last = {};
	for (let round = 0; round < ROUNDS; round++) {
		const base = extract(path);
		taken.yardstick.push(base.parse);
		last = { ...last, base };
		for (const [name, words] of Object.entries(works)) {
			const got = run(...words, path);
			taken[name].push(got.cpu);
			last[name] = got;
		}
	}
	const ratio = (name) => median(taken.yardstick.map((base, round) => base / taken[name][round]));
	return { taken, last, ratio };
}

function speedRow(what, measured, name, goal) {
	const seconds = median(measured.taken[name]), { bytes } = measured.last.base, count = measured.last.base.events;
	row(what, number(count / seconds), number(bytes / seconds / 1e6), measured.ratio(name).toFixed(2), goal ?? '', goal ? verdict(measured.ratio(name) >= Number(goal.match(/[\d.]+/)[0])) : '');
}

console.log(`\nOne core, CPU time, file in memory, median of ${ROUNDS} rounds; ${windows.length} rules of Windows, ${linux.length} of Linux.\n`);
row('', 'events/s', 'MB/s', 'ratio', 'goal', 'reached');
const win = side(events, { decode: ['decode'], any: ['any'], match: ['match', '-l', all], few: ['match', '-l', few] });
speedRow(`simdjson ${win.last.base.kernel}, Windows events`, win, 'yardstick');
speedRow('  decode alone', win, 'decode', '>= 1.0');
speedRow('  decode, rename, classify', win, 'any');
speedRow(`  and match, ${win.last.match.rules} rules`, win, 'match', '>= 0.25');
speedRow(`  and match, ${win.last.few.rules} rules`, win, 'few');
const tuxRun = side(linuxEvents, { decode: ['decode'], any: ['any'], match: ['match', '-l', tux] });
speedRow(`simdjson ${tuxRun.last.base.kernel}, Linux events`, tuxRun, 'yardstick');
speedRow('  decode alone', tuxRun, 'decode');
speedRow('  decode, classify', tuxRun, 'any');
speedRow(`  and match, ${tuxRun.last.match.rules} rules`, tuxRun, 'match', '>= 0.25');

const growth = median(win.taken.match.map((taken, round) => taken / win.taken.few[round]));
row('growth 500 -> all rules', '', '', growth.toFixed(2), '< 1.5', verdict(growth < 1.5));
// By the clock only where nothing else runs; what it costs the processor tells on a busy machine, too.
const both = Array.from({ length: ROUNDS }, () => [1, 2].map((threads) => run('match', '-l', all, '-t', String(threads), events)));
const byClock = Math.min(...both.map(([one]) => one.wall)) / Math.min(...both.map(([, two]) => two.wall));
const byCpu = median(both.map(([one, two]) => 2 * one.cpu / two.cpu));
row('threads 1 -> 2, by the clock', '', '', byClock.toFixed(2), '>= 1.8', verdict(byClock >= 1.8));
row('  by processor time, twice that of one', '', '', byCpu.toFixed(2), '>= 1.8', verdict(byCpu >= 1.8));

// -- evaluated rules ------------------------------------------------------------------

const { histogram, rules, matches, candidates, limits } = win.last.match;
const seen = histogram.reduce((sum, count) => sum + count, 0);
function percentile(share) {
	let sum = 0;
	return histogram.findIndex((count) => (sum += count) >= share * seen);
}
row('p99 of evaluated rules', percentile(0.99), '', `${(100 * percentile(0.99) / rules).toFixed(2)} %`, '< 1 %', verdict(percentile(0.99) < rules / 100));

// -- compiling and memory ---------------------------------------------------------------

const compiled = Array.from({ length: 5 }, () => run('compile', '-l', all));
row(`compile ${compiled[0].rules} rules, s`, '', '', median(compiled.map(({ cpu }) => cpu)).toFixed(3), '< 2', verdict(median(compiled.map(({ cpu }) => cpu)) < 2));
const folder = mkdtempSync(join(tmpdir(), 'hikeshi-bench-'));
run('compile', '-l', all, '-c', folder);
const cached = Array.from({ length: 5 }, () => run('compile', '-l', all, '-c', folder));
rmSync(folder, { recursive: true });
row('  from a cache, s', '', '', median(cached.map(({ cpu }) => cpu)).toFixed(3), '< 0.05', verdict(median(cached.map(({ cpu }) => cpu)) < 0.05));
row('memory of these rules, MB', '', '', (compiled[0].grown_kb / 1024).toFixed(1), '< 64', verdict(compiled[0].grown_kb < 64 * 1024));
const small = run('compile', '-l', tux);
row(`engine with ${small.rules} Linux rules, memory of its own, MB`, '', '', (small.anonymous_kb / 1024).toFixed(1), '< 6', verdict(small.anonymous_kb < 6 * 1024));
row('  resident with the pages of shared libraries, MB', '', '', (small.resident_kb / 1024).toFixed(1), '< 6', verdict(small.resident_kb < 6 * 1024));
const flat = run('match', '-l', all, '-n', '4', events);
row(`resident set grows over ${number(3 * EVENTS)} events, KB`, '', '', flat.grown_kb, 'flat', verdict(flat.grown_kb < 1024));

// -- EVTX --------------------------------------------------------------------------------

function crc32(bytes) {
	let crc = ~0;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	}
	return ~crc >>> 0;
}

/** All chunks of the samples one behind another, several times. */
function evtx(times) {
	const path = join(OUT, 'samples.evtx'), chunks = [];
	let header;
	const walk = (place) => {
		for (const name of readdirSync(place).sort()) {
			const full = join(place, name);
			if (statSync(full).isDirectory())
				walk(full);
			if (!name.endsWith('.evtx'))
				continue;
			const bytes = readFileSync(full);
			header ??= Buffer.from(bytes.subarray(0, 4096));
			for (let at = 4096; at + 65536 <= bytes.length; at += 65536)
				if (bytes.toString('latin1', at, at + 7) === 'ElfChnk')
					chunks.push(bytes.subarray(at, at + 65536));
		}
	};
	walk(join(SIGMA, 'regression_data'));
	const list = Array.from({ length: times }, () => chunks).flat();
	header.writeBigUInt64LE(BigInt(list.length - 1), 16);
	header.writeBigUInt64LE(10000000n, 24);
	header.writeUInt16LE(list.length, 42);
	header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
	writeFileSync(path, Buffer.concat([header, ...list]));
	return path;
}

if (spawnSync('evtxexport', ['-h']).status === 0) {
	const path = evtx(40);
	const ratios = Array.from({ length: ROUNDS }, () => {
		const script = 'TIMEFORMAT="%U %S"; { time evtxexport -f xml "$0" >/dev/null 2>&1; } 2>&1';
		const [user, system] = execFileSync('bash', ['-c', script, path], { encoding: 'utf8' }).trim().split(/\s+/).map(Number);
		return (user + system) / run('reader', path).cpu;
	});
	row(`EVTX, ${run('reader', path).events} records, against evtxexport -f xml`, '', '', median(ratios).toFixed(1), '>= 3', verdict(median(ratios) >= 3));
} else {
	row('EVTX: evtxexport is not here (libevtx-utils)', '', '', '', '>= 3', 'NOT RUN');
}

// -- instructions: what noise does not touch --------------------------------------------

/** Of one event: the difference of two runs, so that what happens once drops out. */
function instructions(command) {
	const counts = INSTRUCTION_EVENTS.map((count) => {
		const path = join(OUT, `instructions-${count}.ndjson`);
		writeFileSync(path, `${readFileSync(join(OUT, 'head.ndjson'), 'utf8').split('\n').slice(0, count).join('\n')}\n`);
		const { stderr } = spawnSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=/dev/null`, ...command(path)], { encoding: 'utf8', env: { ...process.env, HIKESHI_SIMD: 'avx2' } });
		return Number(/Collected : (\d+)/.exec(stderr)?.[1] ?? NaN);
	});
	return (counts[1] - counts[0]) / (INSTRUCTION_EVENTS[1] - INSTRUCTION_EVENTS[0]);
}

if (spawnSync('valgrind', ['--version']).status === 0) {
	execFileSync('bash', ['-c', `head -${INSTRUCTION_EVENTS[1]} "$0" >"$1"`, events, join(OUT, 'head.ndjson')]);
	execFileSync('g++', ['-std=c++17', '-O3', '-mavx2', 'bench/yardstick/extract.cpp', '-o', `${yardstick}-avx2`, '-lsimdjson']);
	const base = instructions((path) => [`${yardstick}-avx2`, path]);
	row('', '', '', '', '', '');
	row('instructions of one event (callgrind, AVX2)', 'number', '', 'ratio', '', '');
	row('simdjson', number(base), '', '1.00', '', '');
	for (const [what, words] of [['  decode alone', ['decode']], ['  decode, rename, classify', ['any']], ['  and match', ['match', '-l', all]]]) {
		const count = instructions((path) => [PROGRAM, ...words, path]);
		row(what, number(count), '', (base / count).toFixed(2), '', '');
	}
}

// -- the table ------------------------------------------------------------------------------

const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
for (const cells of rows)
	console.log(`  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ').trimEnd()}`);
console.log(`\n  ${number(matches)} matches, ${(candidates / seen).toFixed(2)} rules evaluated for each event, ${limits} scans given up.`);
console.log('  Evaluated rules: share of events');
for (const [from, to] of [[0, 0], [1, 2], [3, 5], [6, 10], [11, 20], [21, 40], [41, 64]]) {
	const share = histogram.slice(from, to + 1).reduce((sum, count) => sum + count, 0) / seen;
	console.log(`  ${`${from}-${to}`.padStart(8)}  ${(100 * share).toFixed(2).padStart(6)} %  ${'#'.repeat(Math.round(60 * share))}`);
}
