// timeout: 120
// Started as root with a user hikeshi: server and key are that user, nginx's workers are somebody else, who reads no store.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Centre } from './centre.mjs';

const HIKESHI = 47113; // a number that nobody has
const can = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;
const skip = can ? false : 'NOT ROOT: users of the processes are not tested';
const folder = mkdtempSync(join(tmpdir(), 'hikeshi-users-'));
let centre;

/** The centre sees another list of users than the rest of the machine. */
function otherUsers() {
	for (const [name, line] of [['passwd', `hikeshi:x:${HIKESHI}:${HIKESHI}::/nonexistent:/usr/sbin/nologin`], ['group', `hikeshi:x:${HIKESHI}:`]]) {
		copyFileSync(`/etc/${name}`, join(folder, name));
		appendFileSync(join(folder, name), `${line}\n`);
	}
	return ['unshare', '-m', 'sh', '-c', `mount --bind ${folder}/passwd /etc/passwd && mount --bind ${folder}/group /etc/group && exec "$@"`, 'sh'];
}

before(async () => {
	if (skip)
		return;
	centre = new Centre({ wrapper: otherUsers() });
	chmodSync(centre.folder, 0o711);
	centre.sample();
	await centre.start();
});
after(async () => {
	await centre?.done();
	rmSync(folder, { recursive: true, force: true });
});

const ids = (pid, name) => readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))[1].split(/\s+/).filter(Boolean).map(Number);
const childrenOf = (pid) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
	try {
		const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
		return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
	} catch { return false; /* gone meanwhile */ }
});

test('the front is neither root nor the user that owns the store', { skip }, async (t) => {
	if (/workers stay root/.test(centre.text()))
		return t.skip('CONSOLE OUT OF REACH: nginx\'s workers stay root here');
	const { server, key, nginx } = centre.pids();
	assert.deepEqual(ids(server, 'Uid'), Array(4).fill(HIKESHI));
	assert.deepEqual(ids(key, 'Uid'), Array(4).fill(HIKESHI));
	const workers = childrenOf(nginx);
	assert.ok(workers.length >= 2);
	for (const worker of workers) {
		const [uid] = ids(worker, 'Uid'), [gid] = ids(worker, 'Gid'), groups = ids(worker, 'Groups');
		assert.ok(![0, HIKESHI].includes(uid) && ![0, HIKESHI].includes(gid), `uid ${uid}, gid ${gid}`);
		assert.ok(!groups.includes(0) && !groups.includes(HIKESHI), groups.join());
		for (const [path, readable] of [['store/records.sqlite', false], ['store/events.sqlite', false], ['key/ca.key', false],
			['key/order.key', false], ['nginx/server.pem', false], ['nginx/nginx.conf', false], ['ca.pem', true]]) {
			const done = spawnSync('cat', [join(centre.data, path)], { uid, gid });
			assert.equal(done.status === 0, readable, path);
		}
	}
	await centre.person('administrator'); // and it works
});
