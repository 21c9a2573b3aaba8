// Runs fuzz targets one after the other, each until it reached no new edge of the
// program for a while, or for half an hour, and prints a table of what it saw.
//
// usage: scripts/fuzz-plateau [-s SECONDS] [-q QUIET] BUILD-DIR [NAME…]
//        scripts/fuzz-plateau -t
//
// -s SECONDS  at most so long each, by the clock (1800)
// -q QUIET    the end, where no edge was new for so long, of the processor's time (300):
//             on a busy machine the clock says little
// NAME        all of detect_ and event_ where none is said
//
// Begins with fuzz/NAME/ (committed) and what earlier runs left in out/fuzz/NAME/.
// A finding stays in out/fuzz/NAME-crash-*; then this exits with 1. Each row is
// kept in out/fuzz/plateau/NAME.json, so that runs of single targets make up one
// table: `scripts/fuzz-plateau -t` prints it without running anything.

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

process.chdir(resolve(fileURLToPath(import.meta.url), '../..'));

const OUT = 'out/fuzz', KEPT = join(OUT, 'plateau');
const TICK_MS = 1000;

function usage() {
	console.error('usage: scripts/fuzz-plateau [-s SECONDS] [-q QUIET] BUILD-DIR [NAME…]\n       scripts/fuzz-plateau -t');
	process.exit(2);
}

function parse(words) {
	const options = { seconds: 1800, quiet: 300, names: [] };
	while (words.length > 0) {
		const word = words.shift();
		if (word === '-t')
			options.table = true;
		else if (word === '-s' || word === '-q') {
			const value = Number(words.shift());
			if (!(value > 0))
				usage();
			options[word === '-s' ? 'seconds' : 'quiet'] = value;
		} else if (word.startsWith('-'))
			usage();
		else if (!options.build)
			options.build = word;
		else
			options.names.push(word);
	}
	if (!options.build && !options.table)
		usage();
	return options;
}

/** Path by name. */
function targetsOf(build) {
	const found = new Map();
	for (const folder of readdirSync(build, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
		for (const name of readdirSync(join(build, folder.name)))
			if (name.endsWith('_fuzz'))
				found.set(name.slice(0, -'_fuzz'.length), join(build, folder.name, name));
	return found;
}

/** Seconds of the processor that a process has had so far. */
function processorSeconds(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Runs one target; resolves to its row. */
function run(name, path, { seconds, quiet }) {
	const corpus = join(OUT, name), seeds = join('fuzz', name);
	mkdirSync(corpus, { recursive: true });
	// Entropic schedules cost more than most of these inputs; -timeout is by the clock, at nice 19, so that
	// it is long.
	const words = [`-max_total_time=${seconds}`, '-entropic=0', '-rss_limit_mb=2048', '-timeout=600', '-print_final_stats=1', '-reload=0', `-artifact_prefix=${OUT}/${name}-`, corpus];
	if (existsSync(seeds))
		words.push(seeds);
	const child = spawn(path, words, { stdio: ['ignore', 'ignore', 'pipe'] });
	const log = createWriteStream(join(OUT, `${name}.log`));
	const begin = Date.now(), since = () => (Date.now() - begin) / 1000;
	const row = { name, executions: 0, units: 0, processor: 0, grown: [] };
	let loaded = false, grownAt = 0, stopped = false; // grownAt: of the processor's time
	createInterface({ input: child.stderr }).on('line', (line) => {
		log.write(`${line}\n`);
		const seen = /^#(\d+)\s+(\w+)\s+cov: (\d+)/.exec(line);
		if (seen) {
			row.executions = Number(seen[1]);
			loaded ||= seen[2] === 'INITED';
			const edges = Number(seen[3]), before = row.grown.at(-1)?.edges ?? 0;
			if (edges > before) {
				row.grown.push({ at: since(), edges });
				grownAt = row.processor;
			}
		}
		const stat = /^stat::(\w+):\s+(\d+)/.exec(line);
		if (stat?.[1] === 'number_of_executed_units')
			row.executions = Number(stat[2]);
		if (stat?.[1] === 'new_units_added')
			row.units = Number(stat[2]);
	});
	const clock = setInterval(() => {
		try {
			row.processor = processorSeconds(child.pid);
		} catch {
			return; // it has just ended
		}
		if (loaded && !stopped && row.processor - grownAt >= quiet) {
			stopped = true;
			child.kill('SIGINT'); // libFuzzer prints its statistics and ends
		}
	}, TICK_MS);
	return new Promise((done) => {
		child.on('close', (code, signal) => {
			clearInterval(clock);
			log.end();
			row.seconds = since();
			row.quiet = row.processor - grownAt;
			const interrupted = code === 72 || signal === 'SIGINT'; // by us, or by somebody else
			const sound = code === 0 || interrupted;
			row.verdict = !sound ? `FOUND: ${OUT}/${name}.log` : stopped ? `plateau: ${Math.round(row.quiet)} s of the processor without a new edge` : `${interrupted ? 'interrupted after ' : ''}${Math.round(row.seconds / 60)} minutes`;
			row.sound = sound;
			mkdirSync(KEPT, { recursive: true });
			writeFileSync(join(KEPT, `${name}.json`), `${JSON.stringify(row)}\n`);
			done(row);
		});
	});
}

const edgesAt = (row, share) => row.grown.filter(({ at }) => at <= share * row.seconds).at(-1)?.edges ?? 0;

function table(rows) {
	const cells = [['target', 'seconds', 'of the processor', 'executions', 'edges at 25 %', '50 %', '75 %', '100 %', 'new units', 'verdict']];
	for (const row of rows)
		cells.push([row.name, Math.round(row.seconds), Math.round(row.processor), row.executions.toLocaleString('en'), ...[0.25, 0.5, 0.75, 1].map((share) => edgesAt(row, share).toLocaleString('en')), row.units, row.verdict].map(String));
	const line = (list) => `| ${list.join(' | ')} |`;
	return [line(cells[0]), line(cells[0].map((_, column) => (column === 0 || column === cells[0].length - 1 ? '---' : '--:'))), ...cells.slice(1).map(line)].join('\n');
}

const options = parse(process.argv.slice(2));
let bad = false;
if (!options.table) {
	const targets = targetsOf(options.build);
	const names = options.names.length > 0 ? options.names : [...targets.keys()].filter((name) => /^(detect|event)_/.test(name)).sort();
	for (const name of names) {
		if (!targets.has(name)) {
			console.error(`fuzz-plateau: no target ${name} in ${options.build}`);
			process.exit(2);
		}
		const row = await run(name, targets.get(name), options);
		console.log(table([row]).split('\n')[2]);
		bad ||= !row.sound;
	}
}
if (existsSync(KEPT))
	console.log(`\n${table(readdirSync(KEPT).sort().map((file) => JSON.parse(readFileSync(join(KEPT, file), 'utf8'))))}`);
process.exit(bad ? 1 : 0);
