/*
 * People in front of browsers that stand where the SOC is: each has a page of
 * one's own, signed in by hand; nothing on a page may be wrong for anybody.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PEOPLE, run, top } from "./world.mjs";

const SIZES = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PASSWORD = "correct horse battery staple";
const PICTURE_HEIGHT = 2400; /* of a long page its beginning */
const shots = join(top, "out/screenshots");
const axe = readFileSync(join(top, "node_modules/axe-core/axe.min.js"), "utf8");

export class Visitors {
	async start(world) {
		mkdirSync(shots, { recursive: true });
		this.world = world;
		/* Trusted by its key: with an error passed over, a browser would keep nothing for going back. */
		const pin = run(...world.in(world.soc, "sh", "-c", `openssl s_client -connect ${new URL(PEOPLE).host} </dev/null 2>/dev/null`
			+ " | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64")).trim();
		this.browser = await chromium.launch({ executablePath: world.browserPath(), args: ["--no-sandbox", "--disable-gpu",
			`--ignore-certificate-errors-spki-list=${pin}`,
			"--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
	}

	async stop() {
		await this.browser?.close();
	}

	/*
	 * A page of somebody new. page.wrong: what the console said against it;
	 * page.expected: what the test itself brings about.
	 */
	async page(options = {}) {
		const context = await this.browser.newContext({ locale: "ja-JP", viewport: SIZES.wide, baseURL: PEOPLE,
			acceptDownloads: true, ...options });
		const page = await context.newPage();
		page.setDefaultTimeout(15000);
		page.wrong = [];
		page.expected = [/401 .*\/v1\/me$/]; /* before one signs in */
		page.on("pageerror", (error) => page.wrong.push(error.message));
		page.on("console", (message) => {
			if (message.type() !== "error") return;
			const text = `${message.text().replace(/.*status of (\d+).*/, "$1")} ${message.location().url}`;
			if (!page.expected.some((one) => one.test(text))) page.wrong.push(text);
		});
		return page;
	}

	/* Signs in as a role of the sample, by the pages for it. */
	async staff(role) {
		const account = this.world.accounts.find((a) => a.role === role);
		const page = await this.page();
		await page.goto("/");
		await page.locator("#mail").fill(account.name);
		await page.locator("#password").fill(account.password);
		await page.getByRole("button", { name: "サインイン" }).click();
		await page.locator("#current").fill(account.password);
		await page.locator("#new").fill(PASSWORD);
		await page.getByRole("button", { name: "パスワードを変更する" }).click();
		await page.getByRole("navigation").waitFor();
		return page;
	}
}

/* Both sizes: nothing is too wide, axe finds nothing, the console was silent. */
export async function look(page, name) {
	for (const [kind, viewport] of Object.entries(SIZES)) {
		await page.setViewportSize(viewport);
		await page.waitForTimeout(120);
		const { all, over } = await page.evaluate(() => ({
			all: document.documentElement.scrollHeight, over: document.documentElement.scrollWidth - innerWidth,
		}));
		const whole = (await page.getByRole("dialog").count()) === 0;
		await page.screenshot({ path: join(shots, `journey-${name}-${kind}.png`), fullPage: whole,
			...(whole ? { clip: { x: 0, y: 0, width: viewport.width, height: Math.max(viewport.height, Math.min(all, PICTURE_HEIGHT)) } } : {}) });
		assert.ok(over <= 0, `${name} is ${over} px too wide for a ${kind} screen`);
		await page.evaluate(axe);
		const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
		assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`), [], `axe on ${name}, ${kind}`);
	}
	await page.setViewportSize(SIZES.wide);
	assert.deepEqual(page.wrong, [], `the console on ${name}`);
}

/* Fills a form by the names of its fields, as a person does. */
export async function fill(page, fields, prefix = "") {
	for (const [name, value] of Object.entries(fields)) {
		for (const one of [value].flat()) {
			const input = page.locator(`[name="${prefix}${name}"]`);
			const [tag, type] = await input.first().evaluate((node) => [node.localName, node.type]);
			if (tag === "select") await input.selectOption(one);
			else if (type === "radio" || type === "checkbox") await page.locator(`[name="${prefix}${name}"][value="${one}"]`).check();
			else await input.fill(one);
		}
	}
}
