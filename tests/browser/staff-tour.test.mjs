// timeout: 600
/*
 * The tour of `make run` as each role sees it: every page of the menu and what
 * its rows lead to has life in it, refuses nothing to whom it was shown, and is
 * in order in both sizes, by day and at night. The pictures are those of
 * docs/screens.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { look, skip, Staff, TOP } from './staff.mjs';

const staff = new Staff();
before(async () => {
	if (!skip) await staff.start({ tour: true, arguments: ['--rules', `${TOP}/rules/sigma`] });
});
after(() => staff.stop());

/* role → pages: [path or the text of a row on the page before, name of the picture, what has to be there] */
const tour = {
	office: [
		['/applications', 'applications', '.urgency-breach'],
		['有限会社川端鉄工所', 'application', '.event-form'],
		['/applications', null, '[data-row]'],
		['合同会社さくら介護サービス', 'decision', '.event-form[data-event="decide"]'],
		['/checks', null, '.days .missed'],
		['/reports', 'reports', '[data-row]'],
		['株式会社青葉食品', 'report', '[data-figure="events"]'],
		['/mails', 'mails', '[data-trouble="kept"]'],
		['【基本対策事業】申込みが完了しました', 'mail', '.mail-body'],
		['/devices', null, '[data-row]'],
		['aoba-keiri', null, '.facts'],
	],
	expert: [
		['/', 'expert', '[data-row]'],
		['光陽印刷株式会社', 'diagnosis', '.event-form[data-event="diagnosed"]'],
	],
	city: [
		['/', 'approvals', '[data-row]'],
		['東野運送株式会社', 'approval', '.event-form[data-event="approve"]'],
		['/applications', null, '[data-row]'],
		['/checks', null, '.days .missed'],
	],
	desk: [
		['/', 'incidents', '[data-row]'],
		['ダウンロードしたプログラムの即時実行', 'incident', '.flag'],
		['/checks', 'checks', '.days .missed'],
	],
	analyst: [
		['/incidents?state=all', null, '[data-row]'],
		['外部から遠隔操作するための接続（リバースシェル）', 'incident-closed', '.judged.real'],
		['/devices', 'devices', '[data-row]'],
		['aoba-jimu-1', 'device', '.plain-list li'],
		['/detections', 'detections', '[data-row]'],
		['/rules', 'rules', 'tbody tr'],
	],
	contractor: [
		['/', null, '[data-row]'],
		['aoba-keiri', null, '.facts'],
	],
	admin: [
		['/audit', 'audit', 'tbody tr'],
		['/tokens', 'tokens', 'h1'],
	],
};

for (const [role, pages] of Object.entries(tour)) {
	test(`the tour of ${role}`, { skip }, async () => {
		const page = await staff.page(`${role}@mihon.example`);
		const refused = [];
		page.on('response', (answer) => { if (answer.status() >= 400) refused.push(`${answer.status()} ${new URL(answer.url()).pathname}`); });
		for (const [where, name, there] of pages) {
			if (where.startsWith('/')) await staff.open(page, where);
			else await page.locator('a[data-row]', { hasText: where }).first().click();
			await page.waitForSelector(`main ${there}`, { timeout: 15000 });
			assert.deepEqual(refused, [], `${role}, ${where}`);
			assert.deepEqual(page.wrong, []);
			if (name) await look(page, name, 'tour');
		}
		for (const link of await page.locator('nav a').all()) {
			await link.click();
			await page.waitForSelector('main h1');
			assert.equal(await page.locator('main .problem').count(), 0);
		}
		await page.waitForTimeout(300);
		assert.deepEqual(refused, [], role);
		await page.context().close();
	});
}
