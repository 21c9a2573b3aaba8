// Programmes: transitions, a whole season, forms sent to a real centre, lists of many applications.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BIN = resolve(process.env.HIKESHI_BIN ?? 'out/bin');
const BENCH = resolve(process.env.HIKESHI_BENCH ?? 'out/build-release/bench');
const FILE = 'programmes/2025-kihon.yaml';
const TRANSITIONS = 2000000;
const APPLICATIONS = 10000, DAYS = 300;
const GOAL = { transitions: 1e6, season: 5, forms: 300, list: 200 }; // a second, seconds, a second, milliseconds
const FORMS = Number(process.env.FORMS) || 3000, AT_ONCE = 24;
const ROUNDS = 5;

const thousands = (number) => Math.round(number).toLocaleString('en');
const line = (what, figure, ratio) => console.log(`  ${what.padEnd(58)} ${figure.padStart(16)}   ${ratio.toFixed(2)} of the goal`);

/** Seconds of CPU that a command takes. */
function cpu(command) {
	const answer = execFileSync('bash', ['-c', 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null; } 2>&1', 'bash', ...command], { encoding: 'utf8' });
	return answer.trim().split(/\s+/).map(Number).reduce((sum, one) => sum + one, 0);
}

function engine() {
	const { transitions, receipts } = JSON.parse(execFileSync(join(BENCH, 'bench-step'), [FILE, String(TRANSITIONS)], { encoding: 'utf8' }));
	line('transitions a second, one core', thousands(transitions), transitions / GOAL.transitions);
	console.log(`  ${'whole forms received a second (36 fields, 14 conditions)'.padEnd(58)} ${thousands(receipts).padStart(16)}`);
	const folder = mkdtempSync(join(tmpdir(), 'season-'));
	const policy = join(folder, 'policy.yaml');
	writeFileSync(policy, `applicants: { unfit: 0 }\nplaces: { utm: ${APPLICATIONS}, edr: ${APPLICATIONS}, guidance: ${APPLICATIONS} }\n` +
		`roles: { secretariat: { per_week: 5000 }, expert: { per_week: 5000 }, city: { per_week: 5000 }, contractor: { per_week: 5000 } }\n`);
	const seconds = cpu([join(BIN, 'hikeshi'), 'programme', 'simulate', FILE, '--companies', String(APPLICATIONS), '--days', String(DAYS), '--policy', policy, '--json', '--quiet']);
	line(`season of ${thousands(APPLICATIONS)} received applications × ${DAYS} days, CPU`, `${seconds.toFixed(2)} s`, GOAL.season / seconds);
	rmSync(folder, { recursive: true });
}

/** Many applications of the shape of one that came in. */
function multiply(office, count) {
	const columns = office.sql("SELECT name FROM pragma_table_info('application');").map(([name]) => name);
	const changed = { row: null, id: "printf('0193b1c0-0000-7000-8000-f%011d', n)", number: '100000 + n', number_text: "'2025-kihon-' || (100000 + n)",
		token: "'many' || n", due_sort: 'a.due_sort + n % 30', mail: "'many' || n || '@hikeshi.example'" };
	const kept = columns.filter((name) => changed[name] !== null);
	office.sql(`BEGIN; WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count})
INSERT INTO application (${kept.join(', ')}) SELECT ${kept.map((name) => changed[name] ?? `a.${name}`).join(', ')} FROM s, (SELECT * FROM application ORDER BY row LIMIT 1) a;
INSERT INTO application_course (application, programme, course, has_seat) SELECT row, programme, 'edr', 0 FROM application WHERE number > 100000; COMMIT;`);
}

async function centre() {
	const { Office, SHOP } = await import('../tests/programme/office.mjs');
	const office = new Office();
	try {
		await office.open({ change: (text) => text.replaceAll(/places: \d+/g, 'places: 100000') });
		const forms = [];
		for (let i = 0; i < FORMS; i++)
			forms.push(await office.form());
		let next = 0, kept = 0;
		const others = new Map();
		const began = process.hrtime.bigint();
		await Promise.all(Array.from({ length: AT_ONCE }, async () => {
			while (next < FORMS) {
				const i = next++;
				const { status } = await office.submit({ ...SHOP, company: `株式会社第${i}商店`, mail: `shop${i}@hikeshi.example` }, forms[i]);
				if (status === 303)
					kept++;
				else
					others.set(status, (others.get(status) ?? 0) + 1);
			}
		}));
		const seconds = Number(process.hrtime.bigint() - began) / 1e9;
		const stored = Number(office.sql('SELECT COUNT(*) FROM application;')[0][0]);
		line(`forms a second, ${AT_ONCE} at once, load generator on the same cores`, (kept / seconds).toFixed(0), kept / seconds / GOAL.forms);
		console.log(`  acknowledged ${kept}, in the records ${stored}${kept === stored ? ': none lost' : ': LOST'}${others.size ? `, other answers ${JSON.stringify([...others])}` : ''}`);
		multiply(office, APPLICATIONS);
		for (const path of ['/v1/applications?limit=50', '/v1/applications?limit=200', '/v1/applications?due=late&limit=50', '/v1/applications?text=%E5%95%86%E5%BA%97&limit=50',
			'/v1/applications?state=received&limit=50', '/v1/applications?course=edr&limit=50', '/v1/applications?final=true&limit=50', '/v1/desk', '/v1/programmes']) {
			const times = [];
			for (let round = 0; round < ROUNDS; round++) {
				const start = process.hrtime.bigint();
				const answer = await office.staff.secretariat.send('GET', path);
				if (answer.status === 200)
					times.push(Number(process.hrtime.bigint() - start) / 1e6);
			}
			if (times.length > 0)
				line(`list of ${thousands(stored + APPLICATIONS)}: ${path.replace('/v1/', '')}`, `${Math.max(...times).toFixed(0)} ms`, GOAL.list / Math.max(...times));
		}
	} finally {
		await office.done();
	}
}

export async function season() {
	console.log('\nprogrammes: each figure beside its goal; 1.00 and more reaches it');
	engine();
	await centre();
}
