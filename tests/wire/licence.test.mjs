// timeout: 200
// Licence off is not uninstalling (R-058, S-39, T-20): the agent stays and sends nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { PEOPLE, run, until, World } from '../browser/world.mjs';
import { Centre, event, sleep, tool } from './centre.mjs';

const isRoot = process.getuid() === 0;
const skip = isRoot ? false : 'NOT ROOT: namespaces cannot be made, the agent is NOT tested';

test('the centre takes only the agent\'s own reports from a device without licence', async (t) => {
	const centre = new Centre();
	centre.sample();
	await centre.start();
	t.after(() => centre.done());
	const device = centre.enrol(), analyst = await centre.person('analyst');
	const sql = (text) => {
		const done = spawnSync('sqlite3', ['-cmd', '.timeout 5000', join(centre.data, 'store/records.sqlite'), text], { encoding: 'utf8' });
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim();
	};
	const own = (fields) => event({ hikeshi: { product: 'hikeshi', category: 'agent_stopped' }, ...fields });
	const ask = (kind) => analyst.ask('POST', `/v1/devices/${device.id}/actions`, { kind, reason: 'お試し期間の終了', send: true });
	const licence = async () => (await analyst.ask('GET', `/v1/devices/${device.id}`)).licence;
	const answer = async (action, kind, result) => {
		const sent = await device.batch([event({
			hikeshi: { product: 'hikeshi', category: 'action_result' },
			ActionId: action.id, Kind: kind, Result: result, Detail: 'x', OrderNumber: 1,
		})]);
		assert.equal(sent.status, 200, sent.text);
	};
	const becomes = (wanted) => until(`licence ${wanted}`, 10, async () => (await licence()) === wanted);

	assert.equal((await device.batch([event()])).status, 200);
	const off = await ask('licence_off');
	assert.equal(await licence(), 'active'); /* asked is not confirmed */
	await answer(off, 'licence_off', 'done');
	await becomes('off');

	const refused = await device.batch([own(), event()]);
	assert.equal(refused.status, 403);
	assert.match(refused.text, /licence/);
	assert.equal((await device.batch([own()], { sequence: 10 })).status, 200);
	assert.match(await until('the trail', 80, () => sql("SELECT reason FROM audit WHERE action = 'batch_send' AND result = 'refused' LIMIT 1")), /licence is off/);

	const failed = await ask('licence_on'); /* from now on it may begin at any moment */
	assert.equal((await device.batch([event()], { sequence: 20 })).status, 200);
	await answer(failed, 'licence_on', 'failed');
	await until('the result', 10, async () => (await device.batch([event()], { sequence: 30 + Math.floor(Math.random() * 1e6) })).status === 403);
	const on = await ask('licence_on');
	await answer(on, 'licence_on', 'done');
	await becomes('active');
	assert.equal((await device.batch([event()], { sequence: 2000000 })).status, 200);
	assert.equal(sql(`SELECT state FROM device WHERE id = '${device.id}'`), 'active'); /* all the time */
});

test('a real agent', { skip }, async (t) => {
	const world = new World();
	let device, company, csrf = '';
	before(async () => {
		await world.start();
		await world.centre();
		await world.agent();
		const { name, password } = world.accounts.find((row) => row.role === 'analyst');
		ask('POST', '/v1/session', { mail: name, password });
		ask('POST', '/v1/session/password', { current: password, new: 'kara-ageru-7413-zubon-tako' });
		device = await until('the device', 20, () => ask('GET', '/v1/devices').items[0]);
		company = device.company.id;
	});
	after(() => world.stop());

	/* curl, because only a process of its own can stand in the SOC's network. */
	function ask(method, path, body) {
		const jar = join(world.folder, 'jar');
		const [command, ...args] = world.in(world.soc, 'curl', '-sS', '--max-time', '20', '--cacert', join(world.data, 'ca.pem'),
			'-b', jar, '-c', jar, '-X', method, '-H', `Hikeshi-CSRF: ${csrf}`,
			...(body ? ['-H', 'Content-Type: application/json', '--data-binary', JSON.stringify(body)] : []), `${PEOPLE}${path}`);
		const answer = JSON.parse(run(command, ...args));
		assert.ok(!answer.error, `${method} ${path}: ${JSON.stringify(answer)}`);
		csrf = answer.csrf ?? csrf;
		return answer;
	}

	const look = () => ask('GET', `/v1/devices/${device.id}`);
	const stored = () => tool(['stored', join(world.data, 'store/events.sqlite'), company]).text.trim().split('\n').filter(Boolean).length;
	/** Orders it and waits for the device's own word. */
	async function order(kind, wanted = 'done') {
		const { id } = ask('POST', `/v1/devices/${device.id}/actions`, { kind, reason: '試験', send: true });
		const done = await until(`${kind} ${wanted}`, 40, () => {
			const action = ask('GET', `/v1/actions/${id}`);
			return ['done', 'failed'].includes(action.state) ? action : null;
		});
		assert.equal(done.state, wanted, JSON.stringify(done));
		return done;
	}
	const happen = async () => {
		for (let i = 0; i < 5; i++)
			world.attack(`/usr/bin/id; /bin/ls /etc; echo ${i} >/tmp/happens-${i}`);
		await sleep(3000);
	};
	const status = (...words) => spawnSync(...split(world.inOffice('/opt/hikeshi/bin/hikeshi-agent', 'status',
		'--data', '/var/lib/hikeshi-agent', ...words)), { encoding: 'utf8' }).stdout;
	const split = ([command, ...args]) => [command, args];
	/* Nothing else comes either, once what was on its way has come. */
	const nothingComes = async () => {
		await sleep(1500);
		const before = stored();
		await happen();
		assert.equal(stored(), before);
	};
	const somethingComes = async () => {
		const before = stored();
		await happen();
		await until('events', 20, () => stored() > before);
	};

	await t.test('sends what happens while its licence is on', somethingComes);
	await t.test('off: an isolated host is released first, then nothing comes any more', async () => {
		await order('isolate');
		assert.equal((await until('isolated', 10, () => (look().isolated ? look() : null))).licence, 'active');
		await order('licence_off');
		const now = await until('off', 10, () => (look().licence === 'off' ? look() : null));
		assert.deepEqual([now.state, now.isolated], ['active', false]);
		run(...world.inOffice('sh', '-c', '! nft list ruleset | grep -q hikeshi'));
		await nothingComes();
	});
	await t.test('it says so at the host, in both languages', async () => {
		assert.match(await until('status', 15, () => (/ライセンスは無効です（\d{4}-.*Z/.test(status('--lang', 'ja')) ? status('--lang', 'ja') : null)), /無効/);
		assert.match(status('--lang', 'en'), /licence is off since \d{4}-/);
		const facts = JSON.parse(status('--json'));
		assert.deepEqual([facts.licence, facts.sensor], ['off', 'none']);
		assert.ok(Math.abs(new Date(facts.licence_off) - Date.now()) < 120000);
	});
	await t.test('off again is as off; what needs a licence is not done', async () => {
		assert.match((await order('licence_off')).result, /off already/);
		assert.match((await order('isolate', 'failed')).result, /licence/);
		assert.match((await order('collect', 'failed')).result, /licence/);
		await order('release');
		await nothingComes();
	});
	await t.test('it stays off when the agent is started again', async () => {
		world.agentProcess.kill('SIGTERM');
		await until('the end', 15, () => JSON.parse(status('--json')).running === false);
		await world.agentAgain();
		await until('it runs', 20, () => JSON.parse(status('--json')).licence === 'off');
		await nothingComes();
		assert.equal(look().licence, 'off');
	});
	await t.test('on: what happens comes again', async () => {
		await order('licence_on');
		await until('on', 10, () => look().licence === 'active');
		await somethingComes();
		await until('status', 15, () => !/無効/.test(status('--lang', 'ja')));
		assert.notEqual(JSON.parse(status('--json')).sensor, 'none');
		await order('isolate');
		await order('release');
	});
});
