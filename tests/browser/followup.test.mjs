// timeout: 600
/*
 * What a company is asked and given, in the browser: the preliminary questionnaire on a
 * phone without scripts, a silent company that is called, visits booked and recorded,
 * documents, and an applicant that looks like a company of before (R-026, R-037, R-073 … R-078).
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CLAUSES, COMPANY, Office } from '../programme/office.mjs';
import { look, skip, Staff } from './staff.mjs';

const SHOP = {
	...COMPANY, ...CLAUSES, courses: ['once'], bookable: ['morning'], past_support: 'no', past_checkup: 'no',
	survey_agreed: 'yes', sharing_agreed: 'yes',
};
const office = new Office({ edition: '2025-followup', shop: SHOP }), staff = new Staff();
let secretariat, asked, silent;

before(async () => {
	if (skip) return;
	await office.open({ now: '2025-06-02T10:00:00+09:00' });
	[asked, silent] = [await office.apply(), await office.apply()];
	for (const one of [asked, silent]) await office.does(one, 'secretariat', 'send_questions');
	await office.quiet();
	await staff.browse(office);
	secretariat = await staff.role('secretariat');
}, { timeout: 300_000 });
after(async () => {
	await staff.browser?.close();
	await office.done();
});

async function open(application) {
	await staff.open(secretariat, `/applications/${application.id}`);
	await secretariat.waitForSelector('#questionnaires-title');
}
async function send(answers) {
	const dialog = secretariat.locator('dialog[open]');
	await dialog.waitFor();
	for (const [field, value] of Object.entries(answers)) {
		const one = dialog.locator(`[name="ask-${field}"]`).first();
		if ((await one.getAttribute('type')) === 'radio') await dialog.locator(`[name="ask-${field}"][value="${value}"]`).check();
		else if (await one.evaluate((e) => e.tagName) === 'SELECT') await one.selectOption(value);
		else await one.fill(value);
	}
	await dialog.locator('button[type=submit]').click();
	await dialog.waitFor({ state: 'detached' });
}

test('a company answers on a phone without scripts; what is wrong stands at its field (R-037, R-038)', { skip }, async () => {
	const context = await staff.browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, viewport: { width: 390, height: 844 }, locale: 'ja' });
	const page = await context.newPage();
	await page.goto(office.people + await office.link(asked, 'preliminary'));
	await page.fill('[name="domains"]', 'hikeshi.example');
	await page.fill('[name="issues"]', '退職者のアカウント');
	await page.locator('main form button[type=submit], main form button:not([type])').last().click();
	await page.waitForSelector('.error, .problem');
	assert.equal(await page.inputValue('[name="issues"]'), '退職者のアカウント');
	await page.check('[name="own"][value="yes"]');
	await page.check('[name="measures"][value="antivirus"]');
	await page.check('[name="reviewed"][value="older"]');
	await page.locator('main form button[type=submit], main form button:not([type])').last().click();
	await page.waitForLoadState();
	assert.match(await page.textContent('main'), /回答/);
	await context.close();
	await open(asked);
	assert.match(await secretariat.textContent('[data-questionnaire="preliminary"]'), /回答済み/);
	await look(secretariat, 'support', 'staff');
});

test('silence becomes a call, and the call is written down (R-037, R-010)', { skip }, async () => {
	office.clock('set', '2025-06-20T10:00:00+09:00');
	await staff.open(secretariat, `/programme/calls?programme=${office.programme.id}`);
	await secretariat.waitForSelector('tbody tr');
	assert.equal(await secretariat.locator('tbody tr').count(), 1);
	assert.match(await secretariat.textContent('tbody'), new RegExp(silent.number));
	await look(secretariat, 'calls');
	await secretariat.getByRole('button', { name: /連絡を記録/ }).click();
	await send({ channel: 'telephone', reached: 'yes', text: '来週までに回答するとのこと' });
	await secretariat.waitForSelector('.empty');
});

test('a visit is booked on a business day and its record kept (R-073, R-074, R-075)', { skip }, async () => {
	await office.does(asked, 'city', 'approve');
	await office.does(asked, 'contractor', 'diagnosed', { asm: '公開ポートなし', platform: '古いTLS' });
	await open(asked);
	await secretariat.getByRole('button', { name: /^予約する/ }).first().click();
	const dialog = secretariat.locator('dialog[open]');
	const expert = await dialog.locator('[name="ask-expert"]').first().getAttribute('value');
	for (const [field, value] of Object.entries({ day: '6/28', time: '10:00', minutes: '90' })) await dialog.locator(`[name="ask-${field}"]`).fill(value);
	await dialog.locator('[name="ask-form"][value="on_site"]').check();
	await dialog.locator(`[name="ask-expert"][value="${expert}"]`).check();
	await dialog.locator('button[type=submit]').click();
	await dialog.locator('.problem').waitFor(); /* a Saturday */
	await dialog.locator('[name="ask-day"]').fill('6/30');
	await dialog.locator('button[type=submit]').click();
	await dialog.waitFor({ state: 'detached' });
	await secretariat.waitForSelector('[data-visit="planned"]');
	assert.match(await secretariat.textContent('[data-visit="planned"]'), /6月30日\(月\) 10:00/);
	await staff.open(secretariat, `/programme/visits?programme=${office.programme.id}`);
	await secretariat.waitForSelector('tbody tr');
	assert.match(await secretariat.textContent('tbody'), new RegExp(asked.number));
	office.clock('set', '2025-06-30T12:00:00+09:00');
	await open(asked);
	await secretariat.getByRole('button', { name: '実施を記録' }).click();
	await send({ record: '診断の結果を説明した' });
	await secretariat.waitForSelector('[data-visit="held"]');
});

test('an applicant that looks like a known company: a person says who it is (R-026, T-48)', { skip }, async () => {
	office.clock('set', '2025-06-30T13:00:00+09:00');
	const again = await office.apply({ company: SHOP.company, telephone: asked.telephone });
	await open(again);
	await secretariat.waitForSelector('#alike-title');
	await secretariat.getByRole('button', { name: 'どれとも別の会社です' }).click();
	await send({ reason: '登記を確かめた' });
	await secretariat.waitForSelector('#alike-title', { state: 'detached' });
	assert.match(await secretariat.textContent('#history-title ~ ol'), /登記を確かめた/);
});

test('documents: versions, reviewed, downloaded (R-077)', { skip }, async () => {
	await open(asked);
	const kind = secretariat.locator('[data-kind]').first();
	await kind.waitFor();
	const file = join(office.folder, '助言書.pdf');
	writeFileSync(file, '%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
	await kind.locator('input[type=file]').setInputFiles(file);
	await kind.locator('[data-document="draft"]').waitFor();
	assert.match(await kind.textContent(), /第1版/);
});
