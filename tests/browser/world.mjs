/*
 * A small world for the acceptance test, made of namespaces that end with the
 * processes that hold them:
 *
 *   soc 192.0.2.1 ── 192.0.2.2 office 198.51.100.2 ── 198.51.100.1 outside
 *   centre, browser          PC with the agent             somebody's server
 *
 * The office is an overlay of this host's root with its own pid, mount and
 * network namespaces: what an attack changes there is gone with it.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const top = resolve(dirname(new URL(import.meta.url).pathname), "../..");
const shipped = process.env.HIKESHI_BIN ?? join(top, "out/bin");
/* Programs whose programme clock can be moved. */
const testing = process.env.HIKESHI_TESTING_BIN ?? join(top, "out/testing/bin");
export const testingIsBuilt = existsSync(join(testing, "hikeshi-centre"));
const LIFE_SECONDS = 900; /* nothing here lives longer, whatever happens */

export const SOC = "192.0.2.1", OFFICE = "192.0.2.2", OUTSIDE = "198.51.100.1";
export const PEOPLE = `https://${SOC}:8443`, DEVICES = `https://${SOC}:8444`;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, seconds, check) {
	const end = Date.now() + seconds * 1000;
	let last;
	for (;;) {
		try {
			last = await check();
		} catch (error) {
			last = error;
		}
		if (last && !(last instanceof Error)) return last;
		if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s${last instanceof Error ? ` (${last.message})` : ""}`);
		await sleep(50);
	}
}

export function run(command, ...args) {
	const done = spawnSync(command, args, { encoding: "utf8", timeout: 60000 });
	assert.equal(done.status, 0, `${command} ${args.join(" ")}: ${done.stderr}${done.error ?? ""}`);
	return done.stdout;
}

export class World {
	#children = [];
	/* testing: run the test build, whose programme clock can be moved */
	constructor({ testing: moved = false } = {}) {
		this.bin = moved ? testing : shipped;
		this.data = join(this.folder, "centre");
	}

	folder = mkdtempSync(join(tmpdir(), "hikeshi-road-"));
	log = join(this.folder, "log");

	#spawn(command, args, options = {}) {
		const child = spawn("timeout", ["--kill-after=5", String(LIFE_SECONDS), command, ...args],
			{ stdio: ["ignore", "pipe", "pipe"], ...options });
		child.stderr?.on("data", (text) => appendFileSync(this.log, text));
		this.#children.push(child);
		return child;
	}

	/* A process that holds a network namespace; returns a pid inside it. */
	async #hold(...command) {
		const child = spawn("unshare", ["--net", ...command], { stdio: ["ignore", "inherit", "inherit"] });
		this.#children.push(child);
		await until("namespace", 5, () => run("readlink", `/proc/${child.pid}/ns/net`) !== run("readlink", "/proc/self/ns/net"));
		return child.pid;
	}

	in(pid, ...command) {
		return ["nsenter", "-t", String(pid), "-n", "--", ...command];
	}

	async start() {
		this.soc = await this.#hold("sleep", String(LIFE_SECONDS));
		this.outside = await this.#hold("sleep", String(LIFE_SECONDS));
		await this.#office();
		this.#wire("soc0", this.soc, `${SOC}/24`, "office0", this.office, `${OFFICE}/24`);
		this.#wire("out0", this.outside, `${OUTSIDE}/24`, "office1", this.office, "198.51.100.2/24");
	}

	#wire(a, pidA, addressA, b, pidB, addressB) {
		run("ip", "link", "add", a, "netns", String(pidA), "type", "veth", "peer", "name", b, "netns", String(pidB));
		for (const [name, pid, address] of [[a, pidA, addressA], [b, pidB, addressB]]) {
			const ip = (...args) => run(...this.in(pid, "ip", ...args));
			ip("link", "set", "lo", "up");
			ip("address", "add", address, "dev", name);
			ip("link", "set", name, "up");
		}
	}

	async #office() {
		const layers = join(this.folder, "office"), out = resolve(this.bin, "..");
		mkdirSync(layers);
		const script = `
			set -e
			mount -t tmpfs tmpfs ${layers}
			mkdir ${layers}/upper ${layers}/work ${layers}/root
			mount -t overlay overlay -o lowerdir=/,upperdir=${layers}/upper,workdir=${layers}/work ${layers}/root
			cd ${layers}/root
			mount -t proc proc proc
			mount -t sysfs sysfs sys
			mount --rbind /dev dev
			mount -t tmpfs tmpfs run
			mkdir -p opt/hikeshi etc/cron.d var/log
			rm -f root/.bashrc root/.profile root/.bash_history
			cp -a ${this.bin} opt/hikeshi/
			[ -d ${out}/libexec ] && cp -a ${out}/libexec opt/hikeshi/
			[ -d ${out}/share ] && cp -a ${out}/share opt/hikeshi/
			echo 'a line that an intruder would rather not see' >var/log/auth.log
			echo office-pc >etc/hostname
			hostname office-pc
			touch opt/hikeshi/ready
			exec chroot . sh -c 'trap : TERM; while :; do sleep 3600 & wait; done'
		`;
		const child = spawn("unshare", ["--net", "--mount", "--pid", "--uts", "--fork", "--kill-child=KILL", "sh", "-c", script],
			{ stdio: ["ignore", "inherit", "inherit"] });
		this.#children.push(child);
		this.office = await until("the office", 20, () => {
			const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
			return existsSync(`/proc/${pid}/root/opt/hikeshi/ready`) && pid;
		});
	}

	/* A path of the office as seen from here. */
	path(path) {
		return `/proc/${this.office}/root${path}`;
	}

	inOffice(...command) {
		return ["nsenter", "-t", String(this.office), "-n", "-m", "-p", "-u", "-r", "-w", "--", ...command];
	}

	/* One command line typed at the office, as a session would start it. */
	attack(commandLine, shell = "sh") {
		const [command, ...args] = this.inOffice(shell, "-c", commandLine);
		return this.#spawn(command, args);
	}

	/*
	 * The office as its people have it: the agent installed, and instead of
	 * sudo and systemd what remembers that they were asked.
	 */
	furnish() {
		const put = (path, text) => {
			writeFileSync(this.path(path), text);
			chmodSync(this.path(path), 0o755);
		};
		run(...this.inOffice("ln", "-sf", "/opt/hikeshi/bin/hikeshi-agent", "/usr/local/bin/hikeshi-agent"));
		put("/usr/local/bin/sudo", '#!/bin/sh\nexec "$@"\n');
		put("/usr/local/bin/systemctl", '#!/bin/sh\necho "$@" >>/run/systemctl\n');
	}

	/*
	 * A command line as somebody types it at the office's computer, or at
	 * another one beside it: that has its own name, processes and data.
	 * Gives { status, said }.
	 */
	type(line, host) {
		const [command, ...args] = host
			? ["nsenter", "-t", String(this.office), "-n", "-m", "-r", "-w", "--", "unshare", "--mount", "--uts", "--pid", "--fork", "bash", "-c",
				`mount -t proc proc /proc && mount -t tmpfs tmpfs /var/lib && mount -t tmpfs tmpfs /run && hostname ${host} && ${line}`]
			: this.inOffice("bash", "-c", line);
		const done = spawnSync(command, args, { encoding: "utf8", timeout: 60000, env: { ...process.env, PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" } });
		return { status: done.status, said: `${done.stdout}${done.stderr}` };
	}

	/* publish: files of programmes; more: further options of `run` */
	async centre({ publish = [], more = [] } = {}) {
		const { data } = this;
		const token = join(this.folder, "token");
		const sample = run(join(this.bin, "hikeshi-centre"), "sample", "--data", data,
			"--people-url", PEOPLE, "--devices-url", DEVICES, "--enrolment-token-file", token);
		this.accounts = sample.trim().split("\n").map((line) => line.split("\t")).filter((a) => a[0] === "account")
			.map(([, role, name, password]) => ({ role, name, password }));
		for (const file of publish)
			run(join(this.bin, "hikeshi-centre"), "programme", "publish", file, "--operator", "見本運営事務局", "--data", data);
		const [command, ...args] = this.in(this.soc, join(this.bin, "hikeshi-centre"), "run", "--data", data,
			"--people", `${SOC}:8443`, "--devices", `${SOC}:8444`, ...more);
		this.centreProcess = this.#spawn(command, args);
		const lines = createInterface({ input: this.centreProcess.stdout });
		const timer = setTimeout(() => this.centreProcess.kill(), 30000);
		const [line] = await once(lines, "line");
		clearTimeout(timer);
		assert.match(line, /^ready /, readFileSync(this.log, "utf8"));
		cpSync(join(data, "ca.pem"), this.path("/opt/hikeshi/ca.pem"));
		cpSync(token, this.path("/opt/hikeshi/token"));
	}

	/* Programme time of a test build: "set INSTANT", "advance 3d", "real", "now". */
	clock(...words) {
		return run(join(this.bin, "hikeshi-centre"), "clock", "--data", this.data, ...words).trim();
	}

	/* token: a file of the office's; its own sample company's where none is given */
	async agent(token = "/opt/hikeshi/token") {
		const program = "/opt/hikeshi/bin/hikeshi-agent";
		run(...this.inOffice(program, "enrol", "--data", "/var/lib/hikeshi-agent", "--url", PEOPLE,
			"--ca", "/opt/hikeshi/ca.pem", "--token-file", token));
		this.agentAgain();
	}

	/* Starts the enrolled agent. */
	agentAgain(data = "/var/lib/hikeshi-agent") {
		const [command, ...args] = this.inOffice("/opt/hikeshi/bin/hikeshi-agent", "run",
			"--data", data, "--scope", "namespace");
		this.agentProcess = this.#spawn(command, args);
	}

	/* A node program beside the office's network, not seen by its agent. */
	service(pid, source) {
		const file = join(this.folder, `service-${this.#children.length}.mjs`);
		writeFileSync(file, source);
		const [command, ...args] = this.in(pid, process.execPath, file);
		const child = this.#spawn(command, args);
		return { child, lines: createInterface({ input: child.stdout }) };
	}

	/* A browser that lives where the SOC is. */
	browserPath() {
		const file = join(this.folder, "browser");
		writeFileSync(file, `#!/bin/sh\nexec nsenter -t ${this.soc} -n -- /usr/bin/chromium "$@"\n`);
		chmodSync(file, 0o755);
		return file;
	}

	/* Packets that the outside received on its wire from the office. */
	packetsOutside() {
		const [link] = JSON.parse(run(...this.in(this.outside, "ip", "-j", "-s", "link", "show", "out0")));
		return link.stats64.rx.packets;
	}

	async stop() {
		for (const child of this.#children.reverse()) {
			if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
		}
		await sleep(1500);
		for (const child of this.#children) {
			if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
		}
		if (!process.env.HIKESHI_KEEP) rmSync(this.folder, { recursive: true, force: true });
	}
}
