// timeout: 400
// Mails from the queue to a real mail server, and back.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { until } from '../lib/client.mjs';
import { CENTRE, Centre, freePort, sleep } from '../wire/centre.mjs';
import { EXIM, Exim } from './exim.mjs';

const TOP = resolve(dirname(new URL(import.meta.url).pathname), '../..');
const TOOL = [process.env.HIKESHI_MAIL_TOOL, join(TOP, 'out/build-release/mail/mail-tool')]
	.find((path) => path && existsSync(path));
const FROM = 'office@r7b.example', FROM_NAME = 'R7B事務局 髙橋';
const options = EXIM ? {} : { skip: 'exim4-daemon-light is not installed' };

/** A centre with mails; the rest is arguments of `run`. */
class World {
	constructor(...words) {
		this.centre = new Centre({ arguments: words });
		this.centre.sample();
	}

	get records() { return join(this.centre.data, 'store/records.sqlite'); }

	sql(text) {
		const done = spawnSync('sqlite3', ['-cmd', '.timeout 5000', this.records, text], { encoding: 'utf8' });
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('|'));
	}

	async start() {
		await this.centre.start();
		this.office ??= await this.centre.person('secretariat');
		const [[company, programme]] = this.sql(`SELECT c.id, p.programme FROM company c JOIN participation p
			ON p.company = c.id WHERE c.name = '見本商店' LIMIT 1`);
		return Object.assign(this, { company, programme });
	}

	/** Puts mails into the queue; their ids. */
	queue(to, { name = '', subject = '件名', body = '本文\n', count = 1, programme = this.programme } = {}) {
		const done = spawnSync(TOOL, [this.records, programme, this.company, to, name, subject, String(count)],
			{ input: body, encoding: 'utf8' });
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim().split('\n');
	}

	mail(id) { return this.office.ask('GET', `/v1/mails/${id}`); }

	async becomes(id, state, seconds = 30) {
		const mail = await until(seconds, async () => {
			const now = await this.mail(id);
			return now.state === state ? now : null;
		});
		assert.ok(mail && mail.state === state, `${id} did not become ${state}: ${JSON.stringify(await this.mail(id))} ${this.centre.tail()}`);
		return mail;
	}

	async done() {
		assert.equal((await this.centre.stop()).status, 0, this.centre.tail());
		await this.centre.done();
	}
}

const smtp = (exim) => ['--smtp', `smtp://127.0.0.1:${exim.port}`, '--mail-from', `${FROM_NAME} <${FROM}>`];

/** The mails with one of our ids that arrived. */
const arrived = (exim, id) => exim.mails().filter((mail) => mail.headers['message-id']?.[0] === `<hikeshi.${id}@r7b.example>`);

test('a mail server that takes mails', options, async (t) => {
	const exim = await new Exim().start();
	const world = await new World(...smtp(exim)).start();
	t.after(async () => { await world.done(); await exim.done(); });

	const texts = [
		['plain', { name: 'Tanaka', subject: 'Received', body: 'hello\n' }],
		['names and emoji', { name: '髙橋商店 﨑山 𠮷子', subject: '【受付】お申込みを受け付けました 🔥👨‍👩‍👧', body: '髙﨑𠮷 様\n\n受付番号 R7B-0001\n・①～⑩ ㈱ ｶﾅ\n' }],
		['a long subject', { name: '長い名前の株式会社'.repeat(8), subject: '令和７年度サイバーセキュリティ対策緊急支援事業'.repeat(6), body: 'x\n' }],
		['lines that mail servers know', { subject: 'dots', body: '.\n..\nFrom here\n.\nend\n' }],
		['a long line and no end', { subject: 'line', body: 'あ'.repeat(5000) }],
		['what looks like headers', { name: 'a" <x@y.example>, "b', subject: '=?UTF-8?B?QmNj?=', body: 'Bcc: x@y.example\n' }],
		['a large text', { subject: 'large', body: '0123456789あいうえお\n'.repeat(2500) }],
	];
	for (const [title, mail] of texts) {
		await t.test(`arrives as it was queued: ${title}`, async () => {
			const [id] = world.queue('tanaka@shouten.example', mail);
			const sent = await world.becomes(id, 'sent');
			assert.ok(sent.sent);
			assert.equal(sent.problem, null);
			assert.equal(sent.body, mail.body);
			await until(10, () => arrived(exim, id).length > 0);
			const [got, ...more] = arrived(exim, id);
			assert.equal(more.length, 0);
			assert.equal(got.headers.subject[0], mail.subject);
			assert.equal(got.body.replace(/\r\n/g, '\n'), mail.body.endsWith('\n') ? mail.body : `${mail.body}\n`);
			assert.equal(got.headers['envelope-to'][0], 'tanaka@shouten.example');
			assert.equal(got.headers['return-path'][0], `<${FROM}>`);
			assert.match(got.headers.from[0], /^R7B事務局 髙橋 *<office@r7b\.example>$/);
			assert.equal(got.headers['reply-to'][0], `<${FROM}>`);
			assert.equal(got.headers['auto-submitted'][0], 'auto-generated');
			const name = got.headers.to[0].replace(/ *<tanaka@shouten\.example>$/, '').replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
			assert.equal(name, mail.name ?? '');
			for (const line of got.head.split('\n'))
				assert.ok(line.length <= 998 && /^[ -~\t]*$/.test(line), line);
			assert.equal(got.headers.bcc, undefined);
			assert.ok(Math.abs(new Date(got.headers.date[0]) - Date.now()) < 60000);
		});
	}

	await t.test('secrets of a mail are its recipient\'s alone', async () => {
		const personal = 'ab'.repeat(32), invitation = `hki_${'x-Y_9'.repeat(8)}`;
		const body = `状況：https://centre.example/p/a/${personal}（他の方に知らせないでください）\nhttps://centre.example/invitation#${invitation}\n会社のページ：https://centre.example/p/a\n`;
		const [id] = world.queue('tanaka@shouten.example', { body });
		const sent = await world.becomes(id, 'sent');
		assert.equal(sent.body, '状況：https://centre.example/p/a/…（他の方に知らせないでください）\nhttps://centre.example/invitation#…\n会社のページ：https://centre.example/p/a\n');
		await until(10, () => arrived(exim, id).length > 0);
		assert.equal(arrived(exim, id)[0].body.replace(/\r\n/g, '\n'), body);
		const [bounced] = world.queue('nobody@shouten.example', { body });
		assert.ok(!(await world.becomes(bounced, 'bounced')).body.includes(personal));
	});

	await t.test('several mails go over one connection', async () => {
		const before = exim.text().split('SMTP connection from').length;
		const ids = world.queue('many@shouten.example', { count: 20 });
		for (const id of ids)
			await world.becomes(id, 'sent');
		const connections = exim.text().split('SMTP connection from').length - before;
		assert.ok(before > 0 && connections <= 2, `${connections} connections`);
	});

	await t.test('a refused recipient bounces at once, with the server\'s words', async () => {
		const [id] = world.queue('nobody@shouten.example'), [other] = world.queue('tanaka@shouten.example');
		const mail = await world.becomes(id, 'bounced');
		assert.equal(mail.attempts, 1);
		assert.match(mail.problem, /^550 5\.1\.1 そんな人はいません \(no such user\)$/);
		await world.becomes(other, 'sent'); /* the others do not suffer */
	});

	await t.test('a refused text bounces, too', async () => {
		const [id] = world.queue('tanaka@shouten.example', { subject: 'refuse this text' });
		assert.match((await world.becomes(id, 'bounced')).problem, /we do not like it/);
	});

	await t.test('a bounced one is sent to a better address', async () => {
		const [id] = world.queue('nobody@shouten.example');
		await world.becomes(id, 'bounced');
		const bad = await world.office.send('POST', `/v1/mails/${id}/again`, { to: 'tanaka..x@shouten.example' });
		assert.deepEqual([bad.status, bad.body.error.field], [422, 'to']);
		await world.office.ask('POST', `/v1/mails/${id}/again`, { to: 'better@shouten.example' });
		const mail = await world.becomes(id, 'sent');
		assert.equal(mail.to, 'better@shouten.example');
		assert.equal((await world.office.send('POST', `/v1/mails/${id}/again`, {})).body.error.code, 'mail_sent');
		const [[reason]] = world.sql(`SELECT reason FROM audit WHERE action = 'mail_again' AND object = '${id}' LIMIT 1`);
		assert.equal(reason, 'better@shouten.example');
	});

	await t.test('one that is to come later waits, and holds nobody up', async () => {
		const [id] = world.queue('later@shouten.example'), [other] = world.queue('tanaka@shouten.example');
		await world.becomes(other, 'sent');
		const mail = await until(10, async () => {
			const now = await world.mail(id);
			return now.attempts > 0 ? now : null;
		});
		assert.equal(mail.state, 'queued');
		assert.match(mail.problem, /^451 4\.2\.1 come again$/);
		const [[pause]] = world.sql(`SELECT next - ${Date.now()} * 1000 FROM mail WHERE id = '${id}'`);
		assert.ok(pause > 40e6 && pause <= 60e6, pause);
		world.sql(`UPDATE mail SET state = 4 WHERE id = '${id}'`);
	});

	await t.test('what comes back later is noted', async () => {
		const [id] = world.queue('closed@shouten.example', { subject: '戻るメール' });
		const bounce = await until(30, () => exim.mails().find((mail) => /report-type=delivery-status/.test(mail.headers['content-type']?.[0]) &&
			mail.raw.includes(id)) ?? null);
		assert.equal((await world.mail(id)).state, 'sent');
		const feed = (input, ...words) => spawnSync(CENTRE, ['bounce', '--data', world.centre.data, '--lang', 'en', ...words], { input, encoding: 'utf8' });
		const done = feed(bounce.raw);
		assert.deepEqual([done.status, done.stdout], [0, 'noted\n'], done.stderr);
		const mail = await world.becomes(id, 'bounced');
		assert.match(mail.problem, /mailbox is closed|5\.0\.0/);
		assert.equal(feed(bounce.raw).status, 0); /* twice is as once */
		for (const input of ['', 'Subject: hello\n\nhello\n', bounce.raw.toString('latin1').replaceAll(id, '00000000-0000-7000-8000-000000000000')])
			assert.equal(feed(input).stdout, 'not about a mail of ours\n');
		assert.notEqual(feed(Buffer.alloc((1 << 20) + 1, 'x')).status, 0);
		assert.equal(spawnSync(CENTRE, ['bounce', '--data', join(world.centre.folder, 'nowhere')], { input: bounce.raw }).status, 74);
	});

	await t.test('lists by state, text and page; never to who may not (R-118)', async () => {
		const all = await world.office.ask('GET', '/v1/mails?limit=200');
		assert.ok(all.items.length > 20 && all.items.every((row) => row.body === undefined));
		const bounced = await world.office.ask('GET', '/v1/mails?state=bounced');
		assert.ok(bounced.items.length >= 3 && bounced.items.every((row) => row.state === 'bounced'));
		const found = await world.office.ask('GET', `/v1/mails?q=${encodeURIComponent('戻る')}`);
		assert.deepEqual(found.items.map((row) => row.subject), ['戻るメール']);
		assert.equal(found.items[0].company.name, '見本商店');
		const seen = [];
		let cursor = '';
		do {
			const page = await world.office.ask('GET', `/v1/mails?limit=7${cursor}`);
			seen.push(...page.items.map((row) => row.id));
			cursor = page.next ? `&cursor=${encodeURIComponent(page.next)}` : null;
		} while (cursor);
		assert.deepEqual(seen, all.items.map((row) => row.id));
		assert.equal((await world.office.send('GET', '/v1/mails?cursor=bm8')).body.error.code, 'bad_cursor');

		const [[foreign]] = world.sql(`SELECT id FROM programme WHERE id <> '${world.programme}'`);
		const [theirs] = world.queue('x@aozora.example', { programme: foreign });
		assert.equal((await world.office.send('GET', `/v1/mails/${theirs}`)).status, 404);
		assert.equal((await world.office.send('POST', `/v1/mails/${theirs}/again`, {})).status, 404);
		assert.ok(!(await world.office.ask('GET', '/v1/mails')).items.some((row) => row.id === theirs));
		for (const role of ['city', 'analyst', 'desk', 'owner', 'expert', 'contractor']) {
			const person = await world.centre.person(role);
			for (const [method, path] of [['GET', '/v1/mails'], ['GET', `/v1/mails/${seen[0]}`], ['POST', `/v1/mails/${seen[0]}/again`]]) {
				const answer = await person.send(method, path, method === 'POST' ? {} : undefined);
				assert.ok([403, 404].includes(answer.status), `${role} ${method} ${path}: ${answer.status}`);
				assert.ok(!JSON.stringify(answer.body).includes('shouten.example'));
			}
		}
	});
});

test('a mail server that is away', options, async (t) => {
	const exim = new Exim();
	exim.port = await freePort();
	const world = await new World(...smtp(exim)).start();
	t.after(async () => { await world.done(); await exim.done(); });

	const ids = world.queue('tanaka@shouten.example', { count: 3 });
	const first = await until(20, async () => {
		const mail = await world.mail(ids[0]);
		return mail.attempts > 0 ? mail : null;
	});
	assert.equal(first.state, 'queued');
	assert.match(first.problem, /connect|refused/i);
	await sleep(3000); /* the others are not tried in vain meanwhile */
	for (const id of ids.slice(1))
		assert.deepEqual([(await world.mail(id)).attempts, (await world.mail(id)).state], [0, 'queued']);

	await exim.start();
	await world.office.ask('POST', `/v1/mails/${ids[0]}/again`, {}); /* somebody is impatient */
	for (const id of ids)
		assert.equal(await world.becomes(id, 'sent').then((mail) => mail.problem), null);
	await until(10, () => ids.every((id) => arrived(exim, id).length === 1));
	for (const id of ids)
		assert.equal(arrived(exim, id).length, 1);

	await exim.stop(); /* its connection was open: it ends in the middle */
	const [id] = world.queue('sato@shouten.example');
	await until(20, async () => ((await world.mail(id)).attempts > 0 ? true : null));
	await exim.start();
	await world.becomes(id, 'sent', 90); /* by itself, after a pause */
});

test('killed in the middle: at least once, never lost', options, async (t) => {
	const exim = await new Exim().start();
	const world = await new World(...smtp(exim)).start();
	t.after(async () => { await world.done(); await exim.done(); });
	/* The server takes a second for each. */
	const COUNT = 16;
	const ids = world.queue('tanaka@shouten.example', { count: COUNT, subject: 'slow' });
	const sent = () => Number(world.sql('SELECT COUNT(*) FROM mail WHERE state = 2')[0][0]);
	const all = () => exim.mails().length;

	for (const [at, victim] of [[2, 'post'], [4, 'centre'], [7, 'post'], [9, 'server']]) {
		await until(60, () => sent() >= at);
		assert.ok(sent() < COUNT, 'it was over before it could be killed');
		if (victim === 'centre') {
			await world.centre.stop('SIGKILL');
			await world.centre.start();
		} else if (victim === 'server') {
			/* It dies after the mail server took a mail and before it could write that down. */
			const pid = world.centre.pids().server, before = all();
			process.kill(pid, 'SIGSTOP');
			await until(20, () => all() > before);
			process.kill(pid, 'SIGKILL');
		} else {
			process.kill(world.centre.pids().post, 'SIGKILL');
		}
		/* A mail at which the post died waits its minute; the test does not. */
		await sleep(1500);
		world.sql('UPDATE mail SET next = 0 WHERE state = 0');
	}
	const left = await until(90, () => (sent() === COUNT ? true : null));
	assert.ok(left, `${sent()} of ${COUNT} ${world.centre.tail()}`);
	await until(30, () => ids.every((id) => arrived(exim, id).length > 0));
	const count = ids.map((id) => arrived(exim, id).length);
	assert.ok(count.every((n) => n >= 1), 'some are lost');
	const twice = count.filter((n) => n > 1).length;
	assert.ok(twice >= 1 && twice <= 4, `${twice} came more than once, by 4 deaths`);
	assert.equal(all(), count.reduce((a, b) => a + b)); /* duplicates carry the same Message-ID */
	/* Each came once, or its record says that this is not known. */
	const mails = await Promise.all(ids.map((id) => world.mail(id)));
	assert.ok(mails.every((mail, i) => mail.unsure || count[i] === 1), JSON.stringify(mails.map((mail, i) => [mail.unsure, count[i]])));
	assert.ok(mails.filter((mail) => mail.unsure).length <= 4, 'and only where somebody died');
});

test('cut off behind the text: whether it went out is not known, and the outbox says so', async (t) => {
	/* Takes the first mail's text and ends without a word; takes the second as servers do. */
	const texts = [];
	const server = createServer((socket) => {
		let text = null;
		socket.on('error', () => {});
		socket.write('220 mx.test.example ESMTP\r\n');
		let line = '';
		socket.on('data', (part) => {
			line += part.toString('latin1');
			for (let at; (at = line.indexOf('\r\n')) >= 0; line = line.slice(at + 2)) {
				const word = line.slice(0, at);
				if (text !== null && word !== '.') {
					text += `${word}\n`;
				} else if (text !== null) {
					texts.push(text);
					text = null;
					if (texts.length === 1)
						return socket.destroy();
					socket.write('250 2.0.0 taken\r\n');
				} else if (word === 'DATA') {
					text = '';
					socket.write('354 go on\r\n');
				} else {
					socket.write(/^QUIT/.test(word) ? '221 bye\r\n' : '250 OK\r\n');
				}
			}
		});
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const world = await new World(...smtp({ port: server.address().port })).start();
	t.after(async () => { await world.done(); server.close(); });

	const [id] = world.queue('tanaka@shouten.example', { subject: 'cut' });
	const cut = await until(30, async () => {
		const mail = await world.mail(id);
		return mail.attempts > 0 ? mail : null;
	});
	assert.deepEqual([cut.state, cut.unsure, cut.sent], ['queued', true, null]);
	assert.ok(cut.problem, 'with what was heard last');
	const [listed] = (await world.office.ask('GET', '/v1/mails?q=cut')).items;
	assert.equal(listed.unsure, true, 'also in the list');
	await world.office.ask('POST', `/v1/mails/${id}/again`, {});
	const sent = await world.becomes(id, 'sent');
	assert.equal(sent.unsure, true, 'it may have come twice: that is not forgotten');
	assert.equal(texts.length, 2);
	assert.deepEqual([...new Set(texts.map((text) => /^Message-ID: (.*)$/m.exec(text)[1]))], [`<hikeshi.${id}@r7b.example>`]);
	const [other] = world.queue('tanaka@shouten.example', { subject: 'whole' });
	assert.equal((await world.becomes(other, 'sent')).unsure, false);
});

test('TLS', options, async (t) => {
	const PASSWORD = 'ひみつ no password 7413';
	const good = await new Exim({ tls: true, password: PASSWORD }).start();
	const wrong = await new Exim({ tls: true, name: 'other.example' }).start();
	const without = await new Exim().start();
	t.after(() => Promise.all([good, wrong, without].map((exim) => exim.done())));

	const password = join(good.folder, 'password'), bad = join(good.folder, 'bad');
	writeFileSync(password, `${PASSWORD}\n`);
	writeFileSync(bad, 'wrong\n');
	const away = [
		['a certificate of an authority that is not ours', good, [], wrong.ca, /SSL|certificate/],
		['a certificate of another name', wrong, [], wrong.ca, /SSL|certificate|subject/],
		['no STARTTLS at all', without, [], good.ca, /STARTTLS|SSL/],
		['a wrong password', good, ['--smtp-user', 'office', '--smtp-password-file', bad], good.ca, /^535|[Ll]ogin/],
	];
	for (const [title, exim, words, ca, problem] of away) {
		await t.test(`refused, and nothing goes out: ${title}`, async (u) => {
			const world = await new World(...smtp(exim), '--smtp-ca', ca, ...words).start();
			u.after(() => world.done());
			const [id] = world.queue('tanaka@shouten.example');
			const mail = await until(30, async () => {
				const now = await world.mail(id);
				return now.attempts > 0 ? now : null;
			});
			assert.equal(mail.state, 'queued'); /* it is we who are wrong: no mail is lost by it */
			assert.match(mail.problem, problem);
			assert.equal(exim.mails().length, 0);
			assert.ok(!world.centre.text().includes(PASSWORD));
		});
	}
	await t.test('a good certificate and a password', async (u) => {
		const world = await new World(...smtp(good), '--smtp-ca', good.ca, '--smtp-user', 'office', '--smtp-password-file', password).start();
		u.after(() => world.done());
		const [id] = world.queue('tanaka@shouten.example');
		await world.becomes(id, 'sent');
		assert.match(good.text(), /P=esmtpsa X=TLS1\.[23]/);
		const pid = world.centre.pids().post;
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		assert.match(status, /NoNewPrivs:\s+1/);
		assert.match(status, /Seccomp:\s+2/, 'its system calls are filtered while it speaks TLS');
		assert.match(status, /CapEff:\s+0+$/m);
		if (process.getuid() === 0)
			assert.match(status, /Uid:\s+65534\s+65534/);
		assert.ok(!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(PASSWORD));
	});
});

test('without a mail server mails stay in the outbox', async (t) => {
	const world = await new World().start();
	t.after(() => world.done());
	const [id] = world.queue('tanaka@shouten.example', { subject: '読むだけ', body: '本文 髙\n' });
	const mail = await world.becomes(id, 'kept');
	assert.deepEqual([mail.subject, mail.body, mail.attempts, mail.sent], ['読むだけ', '本文 髙\n', 0, null]);
	await world.office.ask('POST', `/v1/mails/${id}/again`, {});
	await world.becomes(id, 'kept');
	assert.equal(world.centre.pids().post, undefined);
});

test('options that do not go together', () => {
	const rows = [
		[['--smtp', 'smtp://127.0.0.1:25'], /--mail-from/],
		[['--smtp', 'http://127.0.0.1:25', '--mail-from', FROM], /smtp:\/\//],
		[['--smtp', 'smtp://user:pass@127.0.0.1:25', '--mail-from', FROM], /smtp:\/\//],
		[['--smtp', 'smtp://', '--mail-from', FROM], /smtp:\/\//],
		[['--smtp', 'smtp://127.0.0.1:25', '--mail-from', 'office'], /mail address/],
		[['--smtp', 'smtp://127.0.0.1:25', '--mail-from', 'a <b@c.example>\nBcc: x@y.example'], /mail address/],
		[['--smtp-user', 'a'], /--smtp/],
		[['--mail-from', FROM], /--smtp/],
	];
	for (const [words, text] of rows) {
		const done = spawnSync(CENTRE, ['run', '--data', '/nonexistent', '--lang', 'en', ...words], { encoding: 'utf8' });
		assert.equal(done.status, 2, words.join(' '));
		assert.match(done.stderr, text);
	}
});
