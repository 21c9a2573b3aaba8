// timeout: 300
// Forms with files over HTTPS: what is taken, what is told, what goes with the application.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { answers, edition, errorsOf, filled, hidden, inputs, sample, Site, words } from './world.mjs';

const PATH = '/p/every-kind/apply';
const pdf = (text) => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
let site;

before(async () => { site = await new Site().start([edition(sample)]); });
after(() => site?.stop());

const fresh = async (more) => ({ ...await site.form('every-kind'), ...answers(more), step: 'check' });
const count = () => site.sql('SELECT count(*) AS n FROM application')[0].n;
const used = (number) => site.sql(`SELECT f.digest, f.name, f.field FROM upload_used f JOIN application a ON a.id = f.object WHERE a.number_text = '${number}' ORDER BY f.number`);
/** The newest mail to an address, once it is one that says so. */
async function mailTo(address, says) {
	for (let i = 0; i < 100; i++) {
		const mail = site.mail(address);
		if (mail && says.test(mail.body))
			return mail;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`no mail to ${address}`);
}
const numberOf = (page) => /<b class="number">([^<]*)<\/b>|<p class="number">([^<]*)<\/p>/.exec(page).slice(1).find(Boolean);

test('R-032: a file goes from the form to the check page, the receipt, the mail and the records, with size and digest', async () => {
	const content = pdf('申込書 1'), fields = await fresh();
	const check = await site.postFiles(PATH, fields, { 'paper.file': { name: '申込書.pdf', content } });
	assert.equal(check.status, 200, words(check.text));
	assert.match(check.text, /enctype="multipart\/form-data"/);
	assert.match(words(check.text), /申込書\.pdf/);
	assert.equal(hidden(check.text, 'paper'), `${sha256(content)} ${content.length} 申込書.pdf`);
	const sent = await site.postFiles(PATH, [...filled(check.text), ['step', 'send']]);
	assert.equal(sent.status, 303, words(sent.text).slice(0, 300));
	const receipt = await site.get(sent.headers.location);
	for (const text of [receipt.text, (await site.get(sent.headers.location.replace('/received', ''))).text]) {
		assert.match(words(text), new RegExp(`お預かりしたファイル 申込書 申込書\\.pdf ${content.length} バイト、`));
		assert.match(text, new RegExp(sha256(content)));
	}
	assert.deepEqual(used(numberOf(receipt.text)), [{ digest: sha256(content), name: '申込書.pdf', field: 'paper' }]);
	const file = join(site.centre.data, 'store/uploads', sha256(content));
	assert.deepEqual(readFileSync(file), content);
	assert.equal(statSync(file).mode & 0o777, 0o600);
	/* The mail of the receipt lists what came with the form, whatever its text says. */
	assert.match((await mailTo(fields.mail, /受け付けました/)).body, new RegExp(`・申込書\\.pdf\n  ${content.length} バイト\n  SHA-256: ${sha256(content)}`));
});

test('a file is what it holds, not what it is called; each refusal stands beside its field and nothing is lost', async () => {
	const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.from('....'), Buffer.from('\0\0\0\0IEND\xae\x42\x60\x82', 'latin1')]);
	const rows = [
		[{ name: 'a.pdf', content: Buffer.from('MZ\x90\0 program') }, /申込書：PDF、Word のファイルを選んでください/],
		[{ name: 'a.pdf', content: png }, /申込書：PDF、Word/],
		[{ name: 'a.pdf', content: Buffer.from('%PDF-1.7 cut off') }, /申込書：PDF、Word/],
		[{ name: 'empty.pdf', content: Buffer.alloc(0) }, /申込書：ファイルが空です/],
		[{ name: 'big.pdf', content: pdf('x'.repeat(1048576)) }, /申込書：ファイルが大きすぎます。1\.0 MB まで/],
	];
	for (const [file, says] of rows) {
		const fields = await fresh({ worries: '消えないで' });
		const answer = await site.postFiles(PATH, { ...fields, telephone: '1' }, { 'paper.file': file, 'picture.file': { name: 'shop.png', content: png } });
		assert.equal(answer.status, 422, file.name);
		const { inline, summary } = errorsOf(answer.text);
		assert.deepEqual(inline.map((one) => one.field), ['telephone', 'paper'], `${file.name}: in the order of the form`);
		assert.deepEqual(summary.map((one) => one.text), inline.map((one) => one.text));
		assert.match(inline[1].text, says);
		const kept = new Map(filled(answer.text));
		assert.equal(kept.get('worries'), '消えないで');
		assert.match(kept.get('picture'), / shop\.png$/, 'the other file stays');
		assert.equal(kept.get('paper'), undefined);
	}
	/* Exactly as large as the form allows. */
	const most = pdf('x'.repeat(1048576 - pdf('').length));
	assert.equal(most.length, 1048576);
	assert.equal((await site.postFiles(PATH, await fresh(), { 'paper.file': { name: 'most.pdf', content: most } })).status, 200);
});

test('a held file stays with the form, can be taken off, and can be replaced', async () => {
	const one = { name: 'one.pdf', content: pdf('one') }, two = { name: 'two.pdf', content: pdf('two') };
	let answer = await site.postFiles(PATH, { ...await fresh(), telephone: '' }, { 'paper.file': one });
	assert.match(words(answer.text), /お預かりしています: one\.pdf/);
	const again = filled(answer.text).filter(([name]) => name !== 'telephone');
	answer = await site.postFiles(PATH, [...again, ['telephone', '03-1234-5678'], ['step', 'edit']], { 'paper.file': two });
	assert.match(words(answer.text), /お預かりしています: two\.pdf/);
	answer = await site.postFiles(PATH, [...filled(answer.text), ['paper.remove', 'yes'], ['step', 'check']]);
	assert.equal(answer.status, 200);
	assert.equal(hidden(answer.text, 'paper'), undefined);
	const sent = await site.postFiles(PATH, [...filled(answer.text), ['step', 'send']]);
	assert.deepEqual(used(numberOf((await site.get(sent.headers.location)).text)), []);
});

test('who only knows a digest does not get the file into an application', async () => {
	const content = pdf('of another'), other = await fresh();
	assert.equal((await site.postFiles(PATH, other, { 'paper.file': { name: 'a.pdf', content } })).status, 200);
	const value = `${sha256(content)} ${content.length} a.pdf`, before_ = count();
	for (const forged of [value, value.replace(/^./, 'f'), 'x', `${sha256(content)} 1 a.pdf`, `../../../etc/passwd 5 x`]) {
		const answer = await site.postFiles(PATH, { ...await fresh(), step: 'send', paper: forged });
		assert.equal(answer.status, 422);
		assert.match(errorsOf(answer.text).inline[0].text, /申込書：ファイルをもう一度選んでください/);
	}
	assert.equal(count(), before_);
});

test('jGrants took forms without their attachments: here a form whose file is not there is refused and says so', async () => {
	const content = pdf('lost on the way'), before_ = count();
	const check = await site.postFiles(PATH, await fresh(), { 'paper.file': { name: 'a.pdf', content } });
	unlinkSync(join(site.centre.data, 'store/uploads', sha256(content)));
	const sent = await site.postFiles(PATH, [...filled(check.text), ['step', 'send']]);
	assert.equal(sent.status, 422);
	assert.match(errorsOf(sent.text).inline[0].text, /申込書：ファイルをもう一度選んでください/);
	assert.equal(count(), before_);
	/* The same file once more, and it goes. */
	const mended = await site.postFiles(PATH, [...filled(sent.text).filter(([name]) => name !== 'paper'), ['step', 'check']], { 'paper.file': { name: 'a.pdf', content } });
	assert.equal((await site.postFiles(PATH, [...filled(mended.text), ['step', 'send']])).status, 303);
});

test('a broken body, one too large, and one of too many files are refused with a page', async () => {
	const send = (body, type = 'multipart/form-data; boundary=b') => site.send(PATH, { method: 'POST', body, headers: { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) } });
	for (const [body, type] of [['--b\r\n'], ['nothing'], ['--b--', 'multipart/form-data'], ['--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff'],
		[`--b\r\n${'X: y\r\n'.repeat(500)}\r\n1\r\n--b--`]]) {
		const answer = await send(body, type);
		assert.ok([400, 413].includes(answer.status), `${answer.status}`);
		assert.match(words(answer.text), /送られた内容を読めません/);
	}
	const huge = await send(`--b\r\nContent-Disposition: form-data; name="paper.file"; filename="a"\r\n\r\n${'x'.repeat(43 << 20)}\r\n--b--`);
	assert.equal(huge.status, 413);
	let fields = await fresh();
	for (let i = 0; i <= 16; i++) {
		const answer = await site.postFiles(PATH, fields, { 'paper.file': { name: 'a.pdf', content: pdf(`${i}`) } });
		assert.equal(answer.status, i < 16 ? 200 : 422, `${i}`);
		if (i === 16)
			assert.match(errorsOf(answer.text).inline[0].text, /16 個、40 MB まで/);
	}
});

test('R-119, T-06: an agreement is signed on the personal page: name, version of the text, scan; the mail tells the file', async () => {
	const fields = await fresh(), content = pdf('signed');
	const link = await site.apply('every-kind', fields);
	site.sql(`UPDATE application SET state = 'completed', actor = 'applicant' WHERE mail = '${fields.mail}'`);
	const page = await site.get(link);
	assert.match(words(page.text), /同意書に署名する .*秘密を守ること 必須 知り得た秘密を、ほかの人に話しません。 読んで、同意します 署名（お名前） 必須/);
	const form = { event: 'sign', version: hidden(page.text, 'version'), signature: '見本 太郎' };
	const empty = await site.postFiles(link, form);
	assert.equal(empty.status, 422);
	assert.deepEqual(errorsOf(empty.text).inline.map((one) => one.field), ['sign-secrecy', 'sign-scan']);
	const wrong = await site.postFiles(link, { ...form, secrecy: 'yes' }, { 'scan.file': { name: 'x.pdf', content: Buffer.from('no') } });
	assert.match(errorsOf(wrong.text).inline[0].text, /署名した紙：PDF のファイルを選んでください/);
	const done = await site.postFiles(link, { ...form, secrecy: 'yes' }, { 'scan.file': { name: '署名.pdf', content } });
	assert.equal(done.status, 303, words(done.text).slice(0, 300));
	const after_ = await site.get(link);
	assert.match(words(after_.text), /同意書をお預かりしました。/);
	assert.match((await mailTo(fields.mail, /署名をお預かりしました/)).body, new RegExp(`・署名\\.pdf\n  ${content.length} バイト\n  SHA-256: ${sha256(content)}`));
	assert.match(words(after_.text), /お預かりしたファイル .*署名した紙 署名\.pdf/);
	const kept = Object.fromEntries(site.sql(`SELECT a.name, a.value FROM application_answer a JOIN application ON application.row = a.application WHERE mail = '${fields.mail}' AND a.name LIKE 'sign.%'`)
		.map((row) => [row.name, row.value]));
	assert.equal(kept['sign.secrecy'], 'yes');
	assert.equal(kept['sign.secrecy.version'], '3');
	assert.equal(kept['sign.signature'], '見本 太郎');
	assert.match(kept['sign.scan'], new RegExp(`^${sha256(content)} ${content.length} 署名\\.pdf$`));
});

test('the dates of an application go into a calendar: UTC, one name for ever, the version as its number', async () => {
	const link = await site.apply('every-kind', answers());
	assert.match((await site.get(link)).text, new RegExp(`href="${link}/dates\\.ics"`));
	const { text, headers } = await site.get(`${link}/dates.ics`);
	assert.match(headers['content-type'], /^text\/calendar; charset=utf-8/);
	assert.match(headers['cache-control'], /no-store/);
	const lines = text.replace(/\r\n /g, '').split('\r\n');
	for (const line of ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'SEQUENCE:1', 'END:VEVENT', 'END:VCALENDAR'])
		assert.ok(lines.includes(line), line);
	assert.ok(lines.some((line) => /^UID:due-[0-9a-f-]{36}@127\.0\.0\.1:\d+$/.test(line)), text);
	assert.ok(lines.some((line) => /^DTSTART;VALUE=DATE:\d{8}$/.test(line)), text);
	assert.ok(lines.some((line) => /^DTSTAMP:\d{8}T\d{6}Z$/.test(line)), text);
	assert.equal((await site.get(`${link}/dates.ics`)).text.match(/UID:.*/)[0], text.match(/UID:.*/)[0]);
	await site.get('/p/a/wrong/dates.ics', 404);
});

test('places of business are as many lines as the form has, and empty ones are none', async () => {
	const { text } = await site.get(PATH);
	assert.equal(inputs(text).filter((input) => input.name === 'places').length, 3);
	const answer = await site.postFiles(PATH, { ...await fresh(), places: ['東京都新宿区西新宿2-8-1', '', '神奈川県横浜市中区1-1'] });
	assert.equal(answer.status, 200, words(answer.text).slice(0, 400));
	assert.match(words(answer.text), /事業所 東京都新宿区西新宿2-8-1 神奈川県横浜市中区1-1/);
	const wrong = await site.postFiles(PATH, { ...await fresh(), places: ['どこか'] });
	assert.equal(wrong.status, 422);
	assert.deepEqual(errorsOf(wrong.text).inline.map((one) => one.field), ['places']);
	assert.equal(inputs(wrong.text).find((input) => input.name === 'places').value, 'どこか');
});

/* A server that speaks INSTREAM as clamd does: whoever sends its test word is found. */
function scanner(path) {
	const seen = [];
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		let bytes = Buffer.alloc(0);
		socket.on('data', (part) => {
			bytes = Buffer.concat([bytes, part]);
			if (bytes.length < 10 || bytes.toString('latin1', 0, 10) !== 'zINSTREAM\0')
				return;
			const content = [];
			for (let at = 10; at + 4 <= bytes.length;) {
				const n = bytes.readUInt32BE(at);
				if (n === 0) {
					seen.push(Buffer.concat(content));
					socket.end(seen.at(-1).includes('EICAR') ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0');
					return;
				}
				if (at + 4 + n > bytes.length)
					return;
				content.push(bytes.subarray(at + 4, at + 4 + n));
				at += 4 + n;
			}
		});
		socket.on('error', () => {});
	});
	return new Promise((done) => server.listen(path, () => done({ server, seen })));
}

test('files are scanned where --clamd says so: found, clean, and nobody there', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'hikeshi-scan-')), path = join(folder, 'clamd.sock');
	const { server, seen } = await scanner(path);
	const scanned = await new Site().start([edition(sample)], { arguments: ['--clamd', path] });
	const try_ = async (text) => scanned.postFiles(PATH, { ...await scanned.form('every-kind'), ...answers(), step: 'check' }, { 'paper.file': { name: 'a.pdf', content: pdf(text) } });
	try {
		const big = 'y'.repeat(200000);
		assert.equal((await try_(big)).status, 200);
		assert.deepEqual(seen, [pdf(big)]);
		const found = await try_('X5O!P%@AP EICAR');
		assert.equal(found.status, 422);
		assert.match(errorsOf(found.text).inline[0].text, /申込書：ウイルスの検査で問題が見つかった/);
		assert.ok(!existsSync(join(scanned.centre.data, 'store/uploads', sha256(pdf('X5O!P%@AP EICAR')))));
		assert.deepEqual(scanned.sql("SELECT action, result, reason FROM audit WHERE action = 'file_upload'"),
			[{ action: 'file_upload', result: 'refused', reason: 'Eicar-Test-Signature' }]);
		server.close();
		rmSync(path, { force: true });
		const away = await try_('nobody looks');
		assert.equal(away.status, 422);
		assert.match(errorsOf(away.text).inline[0].text, /いまファイルを検査できない/);
	} finally {
		server.close();
		await scanned.stop();
		rmSync(folder, { recursive: true });
	}
});

/* The real thing where it is installed (package clamav-daemon), with a signature of our own: no download. */
const CLAMD = [process.env.HIKESHI_CLAMD, '/usr/sbin/clamd'].find((path) => path && existsSync(path));

test('the real clamd says which file is harmless', { skip: CLAMD ? false : 'NO CLAMD: apt install clamav-daemon, or HIKESHI_CLAMD' }, async () => {
	const folder = mkdtempSync(join(tmpdir(), 'hikeshi-clamd-')), path = join(folder, 'clamd.sock');
	const word = 'a-word-that-only-this-test-knows';
	writeFileSync(join(folder, 'test.ndb'), `Hikeshi.Test:0:*:${Buffer.from(word).toString('hex')}\n`);
	writeFileSync(join(folder, 'clamd.conf'), `LocalSocket ${path}\nDatabaseDirectory ${folder}\nForeground yes\nStreamMaxLength 1M\nLogFile ${folder}/log\n`);
	const clamd = spawn(CLAMD, ['--config-file', join(folder, 'clamd.conf')], { stdio: 'ignore' });
	const scanned = await new Site().start([edition(sample)], { arguments: ['--clamd', path] });
	const try_ = async (content, field = 'paper.file') => scanned.postFiles(PATH, { ...await scanned.form('every-kind'), ...answers(), step: 'check' }, { [field]: { name: 'a.pdf', content } });
	try {
		for (let i = 0; i < 300 && !existsSync(path); i++)
			await new Promise((done) => setTimeout(done, 100));
		assert.ok(existsSync(path), 'clamd answers');
		assert.equal((await try_(pdf('z'.repeat(300000)))).status, 200);
		const found = await try_(pdf(word));
		assert.match(errorsOf(found.text).inline[0].text, /ウイルスの検査で問題が見つかった/);
		assert.match(scanned.sql("SELECT reason FROM audit WHERE action = 'file_upload'")[0].reason, /^Hikeshi\.Test/);
		/* More than it reads: not scanned is not clean. */
		const large = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0', 'latin1'), Buffer.alloc(3 << 20, 'x'), Buffer.from('\xff\xd9', 'latin1')]);
		assert.match(errorsOf((await try_(large, 'picture.file')).text).inline[0].text, /いまファイルを検査できない/);
	} finally {
		clamd.kill('SIGTERM');
		await scanned.stop();
		rmSync(folder, { recursive: true });
	}
});
