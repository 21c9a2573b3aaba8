// A mail server of its own: Debian's exim with its own configuration, folders and port,
// without privileges. It delivers everything into one folder, refuses and defers by address.

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { freePort, sleep } from '../wire/centre.mjs';

export const EXIM = ['/usr/sbin/exim4', '/usr/sbin/exim'].find((path) => existsSync(path));
const NOBODY = 65534;
const isRoot = process.getuid() === 0;

function openssl(folder, ...words) {
	const done = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
	if (done.status !== 0)
		throw new Error(`openssl ${words[0]}: ${done.stderr}`);
}

export class Exim {
	/** @param {{tls?: boolean, name?: string, password?: string}} options name: of the certificate */
	constructor(options = {}) {
		this.options = options;
		this.folder = mkdtempSync(join(tmpdir(), 'hikeshi-exim-'));
		this.said = '';
		this.inbox = join(this.folder, 'inbox');
		for (const name of ['spool', 'inbox'])
			mkdirSync(join(this.folder, name));
		if (options.tls)
			this.#makeCertificate();
	}

	get ca() { return join(this.folder, 'ca.pem'); }

	#makeCertificate() {
		const name = this.options.name ?? '127.0.0.1';
		const names = /^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`;
		openssl(this.folder, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=authority',
			'-keyout', 'ca.key', '-out', 'ca.pem');
		openssl(this.folder, 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=mail server',
			'-keyout', 'tls.key', '-out', 'tls.csr');
		writeFileSync(join(this.folder, 'names'), `subjectAltName=${names}\n`);
		openssl(this.folder, 'x509', '-req', '-in', 'tls.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
			'-days', '2', '-extfile', 'names', '-out', 'tls.pem');
	}

	#configuration() {
		const { folder, options } = this, user = isRoot ? 'nobody' : userInfo().username;
		const group = isRoot ? 'nogroup' : spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim();
		return `
daemon_smtp_ports = ${this.port}
local_interfaces = 127.0.0.1
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
log_selector = +smtp_connection +tls_cipher
primary_hostname = mx.test.example
qualify_domain = mx.test.example
keep_environment =
exim_user = ${user}
exim_group = ${group}
never_users =
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 50
message_size_limit = 300K
bounce_return_body = true
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data
${options.tls ? `tls_advertise_hosts = *\ntls_certificate = ${folder}/tls.pem\ntls_privatekey = ${folder}/tls.key` : 'tls_advertise_hosts ='}
begin acl
check_rcpt:
  ${options.password ? 'deny !authenticated = *\n       message = 5.7.1 who are you?' : ''}
  deny local_parts = nobody
       message = 5.1.1 そんな人はいません (no such user)
  defer local_parts = later
       message = 4.2.1 come again
  accept
check_data:
  deny condition = \${if eq{$h_Subject:}{refuse this text}}
       message = 5.7.0 we do not like it
  accept condition = \${if eq{$h_Subject:}{slow}}
         delay = 1s
  accept
begin routers
closed:
  driver = redirect
  local_parts = closed
  data = :fail: the mailbox is closed
  allow_fail
inbox:
  driver = accept
  transport = inbox
begin transports
inbox:
  driver = appendfile
  directory = ${folder}/inbox
  maildir_format
  envelope_to_add
  return_path_add
  user = ${user}
  group = ${group}
begin retry
* * F,1h,1m
begin rewrite
begin authenticators
${options.password ? `plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{office}}{eq{$auth3}{${options.password}}}}}
  server_set_id = $auth2
` : ''}`;
	}

	async start() {
		this.port ??= await freePort();
		const conf = join(this.folder, 'conf');
		rmSync(conf, { force: true });
		writeFileSync(conf, this.#configuration());
		const words = ['-C', conf, '-bdf'];
		if (isRoot) {
			chmodSync(this.folder, 0o711);
			for (const name of ['.', ...readdirSync(this.folder)])
				chownSync(join(this.folder, name), NOBODY, NOBODY);
		}
		this.process = spawn(EXIM, words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) });
		/* In the foreground it writes its log there. */
		this.process.stderr.on('data', (part) => { this.said += part; });
		this.ended = new Promise((done) => this.process.on('exit', done));
		for (let i = 0; i < 200; i++) {
			if (await this.#answers())
				return this;
			await sleep(50);
		}
		throw new Error(`exim does not answer: ${this.text()}`);
	}

	#answers() {
		return new Promise((done) => {
			const socket = connect(this.port, '127.0.0.1');
			socket.on('data', () => { socket.end('QUIT\r\n'); done(true); });
			socket.on('error', () => done(false));
		});
	}

	async stop() {
		this.process.kill('SIGTERM');
		await this.ended;
	}

	async done() {
		if (this.process && this.process.exitCode === null && this.process.signalCode === null)
			await this.stop();
		await sleep(200); /* deliveries that it began end by themselves */
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** Its log. */
	text() {
		return this.said;
	}

	/** Messages that were delivered: {raw, headers, body}, oldest first. */
	mails() {
		const folder = join(this.inbox, 'new');
		if (!existsSync(folder))
			return [];
		return readdirSync(folder).sort().map((name) => parse(readFileSync(join(folder, name))));
	}
}

/** Encoded words and folding undone, as a mail program does. */
function unfold(value) {
	return value.replace(/\r?\n(?=[ \t])/g, '')
		.replace(/(\?=)[ \t]+(?==\?)/g, '$1')
		.replace(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, text) => Buffer.from(text, 'base64').toString('latin1'));
}

/** Text in UTF-8 whose bytes stand as characters. */
const text = (bytes) => Buffer.from(bytes, 'latin1').toString('utf8');

function parse(raw) {
	const all = raw.toString('latin1').replace(/\r\n/g, '\n');
	const end = all.indexOf('\n\n');
	const headers = {};
	for (const line of all.slice(0, end).split(/\n(?![ \t])/)) {
		const at = line.indexOf(':');
		(headers[line.slice(0, at).toLowerCase()] ??= []).push(text(unfold(line.slice(at + 1).trim())));
	}
	const content = all.slice(end + 2);
	const body = /base64/.test(headers['content-transfer-encoding']?.[0] ?? '')
		? Buffer.from(content, 'base64').toString('utf8') : content;
	return { raw, headers, body, head: all.slice(0, end) };
}
