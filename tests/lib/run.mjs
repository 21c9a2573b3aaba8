// The runner behind tests/run: builds, runs, counts TAP results, sums up.

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTap } from './tap.mjs';

const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const LOGS = join(TOP, 'out/test');
const JOBS = Math.max(1, Number(process.env.JOBS) || cpus().length);
const C_SECONDS = 120; // at least, for one C test program; sanitizers are slow
const JAVASCRIPT_SECONDS = 300; // unless its first lines say "// timeout: N"
const BUILD_SECONDS = 1800;
const DETAIL_LINES = 80; // of a failed test, the rest is in its log
const BIN = resolve(TOP, process.env.HIKESHI_BIN ?? 'out/bin');
const TESTING_BIN = resolve(TOP, process.env.HIKESHI_TESTING_BIN ?? 'out/testing/bin');

process.chdir(TOP);
mkdirSync(LOGS, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
const running = new Set(); // process groups

function endAll(signal) {
	for (const group of running) {
		try {
			process.kill(-group, signal);
		} catch { /* it ended by itself */ }
	}
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => {
		endAll('SIGKILL');
		console.error(`tests/run: ended by ${signal}`);
		process.exit(130);
	});
}

/** Runs a program in a process group of its own; all of the group ends with it or with the time. */
function run(name, command, { seconds, env = {}, cwd = TOP }) {
	return new Promise((done) => {
		const log = createWriteStream(join(LOGS, `${name.replace(/[^\w.-]+/g, '_')}.log`));
		const child = spawn(command[0], command.slice(1), {
			cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env },
		});
		const out = [], errors = [];
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			try {
				process.kill(-child.pid, 'SIGKILL');
			} catch { /* it ended this very moment */ }
		}, seconds * 1000);
		if (child.pid)
			running.add(child.pid);
		child.stdout.on('data', (part) => { out.push(part); log.write(part); });
		child.stderr.on('data', (part) => { errors.push(part); log.write(part); });
		child.on('error', (error) => errors.push(Buffer.from(`${error.message}\n`)));
		child.on('close', (status, signal) => {
			clearTimeout(timer);
			if (child.pid) {
				try {
					process.kill(-child.pid, 'SIGKILL'); // what it left behind
				} catch { /* nothing */ }
				running.delete(child.pid);
			}
			log.end();
			done({
				status, signal, late, seconds,
				out: Buffer.concat(out).toString(), errors: Buffer.concat(errors).toString(),
			});
		});
	});
}

function fail(name, detail) {
	total.failed++;
	failures.push(name);
	console.log(`not ok  ${name}`);
	for (const line of detail.slice(-DETAIL_LINES))
		console.log(`        ${line}`);
}

function pass(name, seconds) {
	total.passed++;
	console.log(`ok      ${name} (${seconds.toFixed(1)} s)`);
}

const tail = (text, lines = DETAIL_LINES) => text.trimEnd().split('\n').slice(-lines);

/** One command that stands for one result: a build, a type check. */
async function single(name, command, options = {}) {
	const start = Date.now();
	const end = await run(name, command, { seconds: BUILD_SECONDS, ...options });
	if (end.status === 0) {
		pass(name, (Date.now() - start) / 1000);
		return true;
	}
	fail(name, [...tail(end.out), ...tail(end.errors),
		end.late ? `no end after ${end.seconds} s` : `exit ${end.status ?? end.signal}`]);
	return false;
}

/** One test program that prints TAP. What it does not finish counts as failed. */
async function tap(name, command, options) {
	const start = Date.now();
	const end = await run(name, command, options);
	const results = readTap(end.out);
	const spent = ((Date.now() - start) / 1000).toFixed(1);
	let trouble = null;

	if (end.late)
		trouble = `no end after ${end.seconds} s`;
	else if (end.signal)
		trouble = `killed by ${end.signal}`;
	else if (results.bail)
		trouble = results.bail;
	else if (results.plan === null)
		trouble = `no plan; exit ${end.status}`;
	else if (results.plan !== results.seen)
		trouble = `plan says ${results.plan}, ${results.seen} ran; exit ${end.status}`;
	else if (end.status !== 0 && results.failed.length === 0)
		trouble = `exit ${end.status} though no test failed`;
	else if (results.passed + results.failed.length + results.skipped.length === 0)
		trouble = 'no test in it';
	total.passed += results.passed;
	total.skipped += results.skipped.length;
	for (const skip of results.skipped)
		skips.push(`${name}: ${skip.name}: ${skip.why}`);
	if (!trouble && results.failed.length === 0) {
		const skipped = results.skipped.length ? `, ${results.skipped.length} skipped` : '';
		console.log(`ok      ${name} (${results.passed} passed${skipped}, ${spent} s)`);
		return;
	}
	for (const failed of results.failed)
		fail(`${name}: ${failed.name}`, failed.detail);
	if (trouble)
		fail(`${name}: ${trouble}`, [...tail(end.out, 20), ...tail(end.errors)]);
	else if (end.errors.trim())
		console.log(tail(end.errors, 40).map((line) => `        ${line}`).join('\n'));
}

async function inParallel(items, work) {
	const queue = [...items];
	await Promise.all(Array.from({ length: JOBS }, async () => {
		for (let item = queue.shift(); item; item = queue.shift())
			await work(item);
	}));
}

// -- builds -----------------------------------------------------------------

const SANITIZE = {
	ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1',
	UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
	LSAN_OPTIONS: 'print_suppressions=0',
};
const RELEASE_TOOLS = ['centre/wire-tool', 'mail/mail-tool', 'detect/match-tool']; // what JavaScript tests drive beside the programs
const BUILDS = {
	sanitize: { folder: 'out/build-sanitize', options: ['-Db_sanitize=address,undefined', '-Dtesting=true', '-Doptimization=1'], env: {} },
	clang: { folder: 'out/build-clang', options: ['-Dtesting=true', '-Doptimization=0'], env: { CC: 'clang' } },
	threads: { folder: 'out/build-threads', options: ['-Db_sanitize=thread', '-Dtesting=true', '-Doptimization=1'], env: {} },
	release: { folder: 'out/build-release', options: [], env: {} },
};

async function configure(kind) {
	const { folder, options, env } = BUILDS[kind];
	try {
		readFileSync(join(folder, 'build.ninja'));
		return true;
	} catch {
		return single(`configure ${kind}`, ['meson', 'setup', '--wrap-mode=nodownload', ...options, folder], { env });
	}
}

async function build(kind) {
	return await configure(kind) &&
		single(`build ${kind}`, ['ninja', '-j', String(JOBS), '-C', BUILDS[kind].folder, '--quiet']);
}

/** What meson knows of its tests: command, environment, suite. */
async function mesonTests(folder) {
	const answer = await run('introspect', ['meson', 'introspect', '--tests', folder], { seconds: 60 });
	return JSON.parse(answer.out);
}

async function runC(kind, tests, env) {
	await inParallel(tests.filter((test) => test.name.includes(only)), (test) =>
		tap(`${kind} ${test.name}`, test.cmd, {
			seconds: Math.max(C_SECONDS, test.timeout * 3),
			env: { ...test.env, ...env },
			cwd: test.workdir ?? TOP,
		}));
}

// -- steps ------------------------------------------------------------------

function javascriptFiles(folder) {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory())
			return javascriptFiles(path);
		return entry.name.endsWith('.test.mjs') ? [path] : [];
	}).sort();
}

function secondsOf(file) {
	const said = /^\/\/ timeout: (\d+)/m.exec(readFileSync(file, 'utf8').slice(0, 2000));
	return said ? Number(said[1]) : JAVASCRIPT_SECONDS;
}

async function javascript(files) {
	// One at a time: some measure how long an event takes to the eye.
	for (const file of files.filter((name) => name.includes(only))) {
		await tap(file.replace(/^tests\//, '').replace(/\.test\.mjs$/, ''),
			[process.execPath, '--test-reporter=tap', file],
			{ seconds: secondsOf(file), env: { HIKESHI_BIN: BIN, HIKESHI_TESTING_BIN: TESTING_BIN } });
	}
}

// What tests/lib/fresh-run found before, in the same fresh root.
const FRESH = process.env.HIKESHI_FRESH_RESULTS;
let programsBuilt = true; // or an earlier run built them
const isArchitecture = (file) => file.startsWith('tests/architecture/');
const STEPS = {
	...(FRESH ? { fresh: () => tap('fresh', ['cat', FRESH], { seconds: 10 }) } : {}),
	architecture: () => javascript(javascriptFiles('tests').filter(isArchitecture)),
	docs: () => tap('docs', ['scripts/check-docs'], { seconds: 120 }),
	async release() {
		programsBuilt = await single('build release', ['make', '--no-print-directory', 'build', `JOBS=${JOBS}`]);
		if (!programsBuilt)
			return;
		const tests = (await mesonTests(BUILDS.release.folder))
			.filter((test) => test.suite.some((suite) => suite.split(':').pop() === 'release'));
		const targets = tests.map((test) => test.cmd[0].replace(`${resolve(BUILDS.release.folder)}/`, ''));
		if (await single('build release tests', ['ninja', '-j', String(JOBS), '-C', BUILDS.release.folder, '--quiet', ...RELEASE_TOOLS, ...targets]))
			await runC('release', tests, {});
	},
	async sanitize() {
		if (await build('sanitize'))
			await runC('sanitize', await mesonTests(BUILDS.sanitize.folder), SANITIZE);
	},
	async threads() {
		if (await build('threads'))
			await runC('threads', await mesonTests(BUILDS.threads.folder), { TSAN_OPTIONS: 'halt_on_error=0:second_deadlock_stack=1' });
	},
	clang: () => build('clang'),
	async headers() {
		// Some include what the build makes.
		const folder = BUILDS.sanitize.folder;
		if (await configure('sanitize') &&
		    await single('generated headers', ['ninja', '-C', folder, '--quiet', 'centre/routes.h']))
			await tap('headers', ['scripts/check-headers', folder], { seconds: 600 });
	},
	types: () => single('types of the console', ['npm', 'run', '--silent', 'check']),
	async javascript() {
		if (programsBuilt && existsSync(BUILDS.release.folder))
			programsBuilt = await single('build tools', ['ninja', '-C', BUILDS.release.folder, '--quiet', ...RELEASE_TOOLS]);
		if (programsBuilt && !process.env.HIKESHI_TESTING_BIN)
			programsBuilt = await single('build testing', ['make', '--no-print-directory', 'testing', `JOBS=${JOBS}`]);
		if (programsBuilt)
			await javascript(javascriptFiles('tests').filter((file) => !isArchitecture(file)));
		else
			fail('javascript', ['not run: the programs could not be built']);
	},
};

const NOT_BY_ITSELF = ['threads']; // long; asked for by name

const words = process.argv.slice(2);
const at = words.indexOf('--only');
const only = at >= 0 ? words.splice(at, 2)[1] ?? '' : '';
const wanted = words.length > 0 ? words : Object.keys(STEPS).filter((step) => !NOT_BY_ITSELF.includes(step));
const unknown = wanted.filter((step) => !(step in STEPS));
if (unknown.length > 0) {
	console.error(`tests/run: no such step: ${unknown.join(' ')}; there are: ${Object.keys(STEPS).join(' ')}`);
	process.exit(2);
}

const start = Date.now();
for (const step of wanted) {
	console.log(`-- ${step} (${basename(process.cwd())}, ${((Date.now() - start) / 1000).toFixed(0)} s)`);
	await STEPS[step]();
}
console.log(`-- end after ${((Date.now() - start) / 1000).toFixed(0)} s; logs in out/test`);
if (skips.length > 0) {
	console.log(`\nSKIPPED ${skips.length}:`);
	for (const skip of skips)
		console.log(`  ${skip}`);
}
if (failures.length > 0) {
	console.log(`\nFAILED ${failures.length}:`);
	for (const failure of failures)
		console.log(`  ${failure}`);
}
console.log('');
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
