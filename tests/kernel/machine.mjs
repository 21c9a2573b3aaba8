// A machine with Debian's own kernel, in qemu: fetches the kernel, makes an
// initial file system of some programs and their libraries, boots, and returns
// what came over the serial line.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const CACHE = 'out/kernel';
const MEMORY_MB = 512;

const has = (command) => {
	try {
		execFileSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
};

/** Why there can be no machine here, or null. */
export function whyNot() {
	if (process.arch !== 'x64')
		return `only x86-64 so far, not ${process.arch}`;
	for (const command of ['qemu-system-x86_64', 'busybox', 'apt-get', 'dpkg-deb'])
		if (!has(command))
			return `no ${command} here`;
	return null;
}

/** Path of Debian 12's own kernel, downloaded by apt and kept in out/kernel. */
export function kernel() {
	mkdirSync(CACHE, { recursive: true });
	const found = () => existsSync(join(CACHE, 'boot')) &&
		readdirSync(join(CACHE, 'boot')).find((name) => /^vmlinuz-6\.1\..*-amd64$/.test(name));
	if (!found()) {
		const name = /Depends: (linux-image-6\.1\S+-amd64)\b/.exec(
			execFileSync('apt-cache', ['show', 'linux-image-amd64'], { encoding: 'utf8' }))?.[1];
		if (!name)
			throw new Error('apt knows no linux-image-amd64 of Debian 12');
		// As root, apt would want to download as a user who may not write here.
		execFileSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', name], { cwd: CACHE, stdio: 'ignore' });
		const archive = readdirSync(CACHE).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
		execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -x ./boot', 'sh', archive], { cwd: CACHE });
	}
	return join(CACHE, 'boot', found());
}

/** One entry of a "newc" cpio archive. */
function entry(name, mode, data, number) {
	const hex = (value) => value.toString(16).padStart(8, '0');
	const head = Buffer.from(`070701${[number, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0].map(hex).join('')}${name}\0`);
	const pad = (length) => Buffer.alloc((4 - (length % 4)) % 4);
	return Buffer.concat([head, pad(head.length), data, pad(data.length)]);
}

/**
 * @param {string[]} programs are put in, each at its own path, with its libraries
 * @param {string} script runs as the first process, in busybox' shell
 */
export function initialFiles(programs, script) {
	const files = new Map([['bin/busybox', realpathSync(execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim())]]);
	for (const program of programs.map((name) => resolve(name))) {
		files.set(program.slice(1), program);
		for (const line of execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n')) {
			const path = /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1];
			if (path)
				files.set(path.slice(1), realpathSync(path));
		}
	}
	const folders = new Set(['proc', 'sys', 'dev', 'tmp', 'run', 'root', 'etc', 'var', 'var/log', 'srv', 'etc/cron.d']);
	for (const path of files.keys())
		for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
			folders.add(folder);
	const parts = [];
	let number = 1;
	for (const folder of [...folders].sort())
		parts.push(entry(folder, 0o040755, Buffer.alloc(0), number++));
	for (const [path, source] of files)
		parts.push(entry(path, 0o100755, readFileSync(source), number++));
	parts.push(entry('etc/passwd', 0o100644, Buffer.from('root:x:0:0:root:/root:/bin/sh\n'), number++));
	parts.push(entry('bin/sh', 0o120777, Buffer.from('busybox'), number++));
	parts.push(entry('init', 0o100755, Buffer.from(script), number++));
	parts.push(entry('TRAILER!!!', 0, Buffer.alloc(0), 0));
	const path = join(CACHE, `initial-${process.pid}.cpio.gz`);
	writeFileSync(path, gzipSync(Buffer.concat(parts), { level: 1 }));
	return path;
}

/**
 * Boots; resolves to what was printed when the machine has switched itself off.
 * The processor is emulated: slower, but the same on each host (nested
 * virtualisation is often there and broken).
 */
export function boot(initial, seconds) {
	return new Promise((done, fail) => {
		const child = spawn('qemu-system-x86_64', ['-accel', 'tcg', '-cpu', 'max', '-m', String(MEMORY_MB), '-nographic', '-no-reboot',
			'-nic', 'none', '-kernel', kernel(), '-initrd', initial, '-append', 'console=ttyS0 quiet panic=-1 loglevel=3'],
		{ stdio: ['ignore', 'pipe', 'pipe'] });
		let out = '';
		const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
		child.stdout.on('data', (part) => { out += part; });
		child.stderr.on('data', (part) => { out += part; });
		child.on('error', fail);
		child.on('close', (status, signal) => {
			clearTimeout(timer);
			if (signal)
				fail(new Error(`no end after ${seconds} s; it printed:\n${out.slice(-3000)}`));
			else
				done(out);
		});
	});
}
