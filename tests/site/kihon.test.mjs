// timeout: 300
// The form of programmes/2025-kihon.yaml over HTTPS: every field's rule, and who is eligible.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { edition, errorsOf, filled, inputs, kihon, Site, TOP, words } from './world.mjs';

const PATH = '/p/2025-kihon/apply';
let site, form;

before(async () => {
	site = await new Site().start([edition(readFileSync(join(TOP, 'programmes/2025-kihon.yaml'), 'utf8'))]);
	form = await site.form('2025-kihon');
});
after(() => site?.stop());

const ask = (fields, step = 'check') => site.post(PATH, { ...form, ...kihon(fields), step });
const count = () => site.sql('SELECT count(*) AS n FROM application')[0].n;

/* Conditions under which a field is asked for. */
const SOLE = { company_kind: 'sole', corporate_number: '', capital: '' };
const UTM = { courses: ['utm'], utm_site: 'tokyo' };
const PAST = { past_support: 'yes', past_content: ['other'] };
const SUBSIDY = { subsidy: 'yes', subsidy_content: 'different' };

const EMPTY = /：入力してください。$/, CHOOSE = /：選択してください。$/, OFFERED = /：表示された選択肢から選んでください。$/;
const NO_CONSENT = /：同意いただけない場合は/, CONTROL = /：使えない文字が含まれています/;
const choice = (good) => ({ wrong: [['', CHOOSE], ['x', OFFERED]], good });
const yesNo = { wrong: [['', CHOOSE], ['maybe', OFFERED]], good: [] };

/* Each field: what is refused, with which words; what is taken, and how it reads on the check page. */
const RULES = {
	company_kind: choice([['company', '会社']]),
	company: { wrong: [['', EMPTY], [' 　', EMPTY], ['社'.repeat(101), /：100文字以内/], ['a\u0001', CONTROL], ['a\u202Eb', CONTROL]], good: [['社'.repeat(100), '社'.repeat(100)], ['  髙橋﨑商店 ', '髙橋﨑商店']] },
	company_kana: { wrong: [['', EMPTY], ['火消', /：カタカナで/], ['hikeshi', /：カタカナで/], ['カ'.repeat(101), /：100文字以内/]], good: [['ひけし', 'ヒケシ'], ['ﾋｹｼ', 'ヒケシ']] },
	corporate_number: { wrong: [['123', /：13桁/], ['7000012050003', /：番号に誤りがあります/]], good: [['', ''], ['T7000-0120-50002', '7000012050002'], ['８０００　０２０１３０００１', '8000020130001']] },
	postal_code: { wrong: [['', EMPTY], ['163-800', /：7桁/], ['abcdefg', /：7桁/]], good: [['〒１６３ー８００１', '163'], ['1638001', '163']] },
	prefecture: choice([['tokyo', '東京都']]),
	address: { wrong: [['', EMPTY], ['区'.repeat(201), /：200文字以内/]], good: [['区'.repeat(200), '区'.repeat(200)]] },
	industry: choice([['service', 'サービス業']]),
	capital: { wrong: [['', EMPTY], ['たくさん', /：円の金額を/], ['-1', /：円の金額を/], ['万', /：円の金額を/]], good: [['１，０００万円', '10,000,000'], ['0', '0']] },
	employees: { wrong: [['', EMPTY], ['-1', /：0以上の整数で/], ['三十', /：0以上の整数で/], ['1.5', /：0以上の整数で/], ['1000001', /：1000000以下/]], good: [['３０人', '30'], ['0', '0']] },
	contact: { wrong: [['', EMPTY], ['名'.repeat(61), /：60文字以内/]], good: [['名'.repeat(60), '名'.repeat(60)]] },
	department: { wrong: [['部'.repeat(101), /：100文字以内/]], good: [['', ''], ['部'.repeat(100), '部'.repeat(100)]] },
	telephone: { wrong: [['', EMPTY], ['110', /：市外局番から/], ['call me', /：市外局番から/], ['03-1234-56789', /：市外局番から/]], good: [['０３（１２３４）５６７８', '1234'], ['090-1234-5678', '090'], ['050-1234-5678', '050']] },
	mail: { wrong: [['', EMPTY], ['no', /：メールアドレスの形で/], ['a@b@c.example', /：メールアドレスの形で/], ['a b@c.example', /：メールアドレスの形で/], ['a@b', /：メールアドレスの形で/]], good: [['Ｈａｎａ＠ｓｈｏｕｔｅｎ．ｅｘａｍｐｌｅ', 'Hana@shouten.example']] },
	courses: { wrong: [[[], CHOOSE], [['x'], OFFERED]], good: [[['edr', 'guidance'], '③情報セキュリティマネジメント指導コース']] },
	/* S-09, R-046, T-17: the site is refused, not the company */
	utm_site: { given: UTM, wrong: [['', CHOOSE], ['x', OFFERED], ['kanagawa', /UTMを設置できるのは都内の拠点だけです/]], good: [['tokyo', '東京都']] },
	utm_address: { given: UTM, wrong: [['区'.repeat(201), /：200文字以内/]], good: [['', ''], ['千代田区1-1', '千代田区1-1']] },
	past_support: yesNo,
	past_content: { given: PAST, wrong: [[[], CHOOSE], [['x'], OFFERED]], good: [[['other'], '上のどれでもない支援']] },
	past_name: { given: PAST, wrong: [['a\u0001', CONTROL]], good: [['', ''], ['令和4年度の事業', '令和4年度の事業']] },
	subsidy: yesNo,
	subsidy_content: { given: SUBSIDY, ...choice([['different', 'この事業とは異なる内容']]) },
	...Object.fromEntries([...'abcdefg'].map((letter) => [`clause_${letter}`, yesNo])), /* each by itself */
	clause_d_plan: { given: { clause_d: 'no', clause_d_plan: 'yes' }, ...yesNo },
	privacy: { wrong: [['', NO_CONSENT], ['no', NO_CONSENT]], good: [] }, /* */
	conditions: { wrong: [['', NO_CONSENT]], good: [] },
};

test('the table of this test has every field of the form', async () => {
	const page = await site.get(PATH);
	const names = new Set(inputs(page.text).filter((one) => one.type !== 'hidden').map((one) => one.name));
	assert.deepEqual([...names].sort(), Object.keys(RULES).sort());
});

for (const [field, { wrong, good, given }] of Object.entries(RULES))
	test(`R-038: ${field}: ${wrong.length} refused with the reason beside it and nothing lost, ${good.length} taken`, async () => {
		for (const [value, says] of wrong) {
			const fields = kihon({ ...given, [field]: value });
			const answer = await site.post(PATH, { ...form, ...fields, step: 'check' });
			assert.equal(answer.status, 422, `${field}=${value}: ${words(answer.text).slice(0, 300)}`);
			const { summary, inline } = errorsOf(answer.text);
			assert.deepEqual(inline.map((one) => one.field), [field], `${field}=${value}`);
			assert.match(inline[0].text, says, `${field}=${value}`);
			assert.deepEqual(summary.map((one) => one.text), [inline[0].text]);
			const kept = filled(answer.text);
			for (const [name, typed] of Object.entries(fields)) {
				if (name === field && inputs(answer.text).some((one) => one.name === name && ['radio', 'checkbox', 'select'].includes(one.type)))
					continue; /* what was not offered cannot be shown as chosen */
				for (const one of [typed].flat().filter(Boolean))
					assert.ok(kept.some(([key, was]) => key === name && was === one.replace(/[\u0001]/g, '\uFFFD')), `${name}=${one} is kept when ${field}=${value}`);
			}
		}
		for (const [value, shown] of good) {
			const answer = await ask({ ...given, [field]: value });
			assert.equal(answer.status, 200, `${field}=${value}: ${JSON.stringify(errorsOf(answer.text).inline)} ${words(answer.text).slice(0, 300)}`);
			assert.ok(words(answer.text).includes(shown), `${field}=${value} reads ${shown}`);
		}
	});

test('what is not asked for does not count: a capital of a sole proprietor, a site without UTM (S-07, S-10)', async () => {
	const answer = await ask({ ...SOLE, capital: '999億', utm_site: 'kanagawa', employees: '50' });
	assert.equal(answer.status, 200);
	assert.doesNotMatch(words(answer.text), /999|神奈川県/);
});

/* ---- who is eligible ---- */

const SIZE = /小売業は5,000万円または50人）を、資本金と従業員数の両方で超えています/;
const SCENARIOS = [
	['S-01, R-020, T-07: retail, 60M yen, 40 people: one limit is enough', { industry: 'retail', capital: '60000000', employees: '40' }, null],
	['S-02: retail, 60M, 51: both limits exceeded', { ...UTM, industry: 'retail', capital: '60000000', employees: '51' }, SIZE],
	['S-03: wholesale, exactly 100M, 500: the limit is included', { ...UTM, industry: 'wholesale', capital: '1億', employees: '500' }, null],
	['S-03: one yen more is not', { ...UTM, industry: 'wholesale', capital: '100000001', employees: '500' }, SIZE],
	['S-04: service, 50,000,001 and 101', { courses: ['guidance'], industry: 'service', capital: '50000001', employees: '101' }, SIZE],
	['T-08: service has 100 people, not 50', { industry: 'service', capital: '50000001', employees: '100' }, null],
	['S-05 in this edition: class ① by its employees', { industry: 'manufacturing', capital: '3億5000万', employees: '300' }, null],
	['S-06: transport, 310M, 301', { ...UTM, industry: 'manufacturing', capital: '3億1000万', employees: '301' }, SIZE],
	['S-07, R-021: a sole proprietor with 50', { ...SOLE, industry: 'retail', employees: '50' }, null],
	['S-07, R-021: with 51', { ...SOLE, industry: 'retail', employees: '51' }, /個人事業主は従業員数だけで判断します/],
	['S-08, R-022: the head office is in Saitama', { prefecture: 'saitama' }, /都内に支店があっても、本店が都外の場合は/],
	['R-022: it is in Tokyo', { prefecture: 'tokyo' }, null],
	['S-09, R-046: the company with a site in Tokyo', UTM, null],
	['S-10, R-055: EDR asks for no place', { courses: ['edr'] }, null],
	['R-024, T-13: the same content before', { ...PAST, past_content: ['edr'] }, /同じ内容の支援を、すでに/],
	['R-024, T-13: other content before', PAST, null],
	['S-29, T-15: an equivalent subsidy', { ...SUBSIDY, subsidy_content: 'same' }, /同等の内容を支援する東京都の補助事業/],
	['S-29, T-15: a different one', SUBSIDY, null],
	...[...'abcefg'].map((letter, i) => [`R-023: clause ${'アイウオカキ'[i]} is not met`, { [`clause_${letter}`]: 'no' }, new RegExp(`確認事項${'アイウオカキ'[i]}`)]),
	['R-023: clause エ without a plan', { clause_d: 'no', clause_d_plan: 'no' }, /確認事項エ/],
	['R-023: clause エ with an approved plan', { clause_d: 'no', clause_d_plan: 'yes' }, null],
];
for (const [name, fields, refused] of SCENARIOS)
	test(name, async () => {
		const had = count();
		const answer = await ask(fields);
		if (!refused) {
			assert.equal(answer.status, 200, words(answer.text).slice(0, 400));
			assert.match(words(answer.text), /まだ送られていません/);
			return;
		}
		for (const page of [answer, await ask(fields, 'send')]) {
			assert.equal(page.status, 422);
			assert.match(words(page.text), refused);
			assert.ok(filled(page.text).some(([key, value]) => key === 'company' && value === '株式会社火消商店'), 'nothing is lost');
		}
		assert.equal(count(), had, 'no application came of it');
	});

test('R-019: of several conditions each is told, and only those that are not met', async () => {
	const answer = await ask({ prefecture: 'chiba', clause_a: 'no', clause_g: 'no' });
	const text = words(answer.text);
	assert.equal(answer.status, 422);
	for (const says of [/本店が都外/, /確認事項ア/, /確認事項キ/])
		assert.match(text, says);
	assert.doesNotMatch(text, SIZE);
	assert.doesNotMatch(text, /（確認事項[イウエオカ]）/);
});

test('R-026, T-13: what the office has to look at is received, and said to be looked at', async () => {
	const had = count();
	const answer = await ask({ ...PAST, past_content: ['utm'] });
	assert.equal(answer.status, 200, words(answer.text).slice(0, 300));
	assert.equal((await ask({ ...PAST, past_content: ['utm'] }, 'send')).status, 303);
	assert.equal(count(), had + 1);
});

test('R-034: costs of one\'s own stand on the form, before anything is sent', async () => {
	const text = words((await site.get(PATH)).text);
	for (const cost of ['周辺機器（電源タップ、HUB、LANケーブルなど）の費用', 'UTMなどの機器の電気代', '導入時や利用中の通信料']) /* */
		assert.ok(text.includes(cost), cost);
	assert.match(text, /支援の料金はかかりません/);
	assert.ok(!inputs((await site.get(PATH)).text).some((one) => /fee|pay|card/.test(one.name)), 'no step asks for a fee');
});
