// Companies of a published programme for tests: an application in a state of the
// programme's file is put straight into the records, so that a test begins in
// the middle of a journey. What happens from there on is the real centre's.

import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { Client } from '../lib/client.mjs';

const TOP = resolve(dirname(new URL(import.meta.url).pathname), '../..');
const TESTING = [process.env.HIKESHI_TESTING_BIN, join(TOP, 'out/testing/bin')]
	.find((folder) => folder && existsSync(join(folder, 'hikeshi-centre')));
/** The centre whose programme clock can be moved; undefined where it is not built. */
export const PROGRAM = TESTING && join(TESTING, 'hikeshi-centre');
export const NOT_BUILT = 'NO TEST BUILD: the programme clock cannot be moved';
export const FILE = join(TOP, 'programmes/2025-kihon.yaml');

let counted = 0;
const newId = () => `019bbbbb-0000-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;
export const sha256 = (text) => createHash('sha256').update(text).digest('hex');
export const micro = (text) => Date.parse(text) * 1000;

export class Office {
	/** @param centre a running Centre of tests/wire/centre.mjs */
	constructor(centre) {
		this.centre = centre;
	}

	sql(text) {
		const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', join(this.centre.data, 'store/records.sqlite')], { input: text, encoding: 'utf8' });
		if (done.status !== 0 || done.stderr)
			throw new Error(`sqlite3: ${done.stderr}\n${text.slice(0, 400)}`);
		return done.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('|'));
	}

	insert(table, row) {
		const quote = (value) => (value === null ? 'NULL' : typeof value === 'number' ? value : `'${String(value).replaceAll("'", "''")}'`);
		this.sql(`INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quote).join(', ')});`);
	}

	/** Publishes the file for the first operator of the sample. */
	publish(file = FILE) {
		const [[id, name]] = this.sql('SELECT id, name FROM operator ORDER BY id LIMIT 1;');
		this.operator = id;
		this.centre.publish(file, name);
		[[this.programme]] = this.sql('SELECT programme FROM programme_file ORDER BY published_at DESC LIMIT 1;');
	}

	/** Moves the programme's clock: "set 2025-07-01T10:00:00+09:00", "advance 3d", "real". */
	clock(line) {
		return this.centre.clock(...line.split(' '));
	}

	/** A person who can sign in, without going through a password: {client, id, mail}. */
	async person(role, bound, name = role) {
		const now = Date.now() * 1000, id = newId(), cookie = randomBytes(32).toString('base64url');
		const scope = { operator: null, programme: null, company: null, ...bound };
		const mail = `${id}@people.example`;
		this.insert('person', { id, mail, name, language: 'ja', password: '!', must_change: 0, created_at: now });
		this.insert('person_role', { person: id, role, ...scope });
		this.insert('session', { hash: sha256(cookie), person: id, created_at: now, seen_at: now, expires_at: now + 36e8, address: '' });
		const client = new Client(this.centre.people, this.centre.ca);
		client.enter(`__Host-hikeshi=${cookie}`, sha256(`hikeshi csrf ${cookie}`));
		return { client, id, mail, cookie };
	}

	staff(role, name) {
		return this.person(role, { operator: this.operator }, name);
	}

	company(name) {
		const id = newId();
		this.insert('company', { id, name, name_kana: name, address: '', created_at: 1 });
		return id;
	}

	/**
	 * An application in a state, with the times of its marks ("2025-07-01T10:00:00+09:00"), and its
	 * participation where there is one. Returns {application, participation}.
	 */
	apply(company, { state, confirmed, approved, installed, ended, participation = false, course = 'edr', mail }) {
		const application = newId(), received = micro('2025-06-02T10:00:00+09:00');
		const at = (text) => (text ? micro(text) : 0);
		const number = counted;
		const [[name]] = this.sql(`SELECT name FROM company WHERE id = '${company}';`);
		this.insert('application', {
			id: application, programme: this.programme, number, number_text: `2025-kihon-${String(number).padStart(5, '0')}`, company,
			file_version: 1, version: 1, state, final: 0, actor: 'secretariat', entered_at: at(installed ?? approved ?? confirmed) || received,
			received_at: received, completed_at: received, confirmed_at: at(confirmed), approved_at: at(approved), installed_at: at(installed),
			ended_at: at(ended), due_sort: 2147483647, due_hard: 0, wake_at: 0, name, kana: name, contact: '店主 一郎',
			mail: mail ?? 'owner@company.example', telephone: '03-0000-0000', search: 'x', token: randomBytes(16).toString('hex'), address: '',
		});
		const [[row]] = this.sql(`SELECT row FROM application WHERE id = '${application}';`);
		this.insert('application_course', { application: Number(row), programme: this.programme, course, has_seat: 1 });
		this.insert('application_answer', { application: Number(row), number: 0, name: 'courses', value: course });
		let id = null;
		if (participation) {
			id = newId();
			this.insert('participation', { id, company, programme: this.programme, course, since_at: received, ended_at: null, application,
				entitlement_at: approved ? at(approved) : null });
		}
		return { application, participation: id };
	}

	/** Devices as if they had been enrolled: for counting. users: [[name, how many]]. */
	devices(company, participation, users) {
		const rows = [];
		for (const [user, count] of users)
			for (let i = 0; i < count; i++) {
				const id = newId();
				rows.push(`('${id}', '${company}', '${participation}', '${user}', '${user.toLowerCase()}', 'pc-${rows.length}', 'linux', '${id}', 9e15, 'active', 1)`);
			}
		this.sql(`INSERT INTO device (id, company, participation, user_name, user_key, hostname, platform, serial, certificate_expiry, state, enrolled_at) VALUES ${rows.join(',\n')};`);
	}
}
