// timeout: 400
// The agent's sensors on Debian 12's own kernel (6.1), in an emulated machine:
// the tests elsewhere see only the kernel of the host.

import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { boot, initialFiles, kernel, whyNot } from './machine.mjs';

const BIN = process.env.HIKESHI_BIN ?? 'out/bin';
const AGENT = join(BIN, 'hikeshi-agent');
const HELPERS = join(BIN, '../libexec/hikeshi'); // found beside it
const SENSORS = ['bpf', 'proc'];
const BOOT_SECONDS = 300;

// Each sensor watches while one process is started, one file made in a watched
// place, and one connection tried; then its events go to the serial line.
const script = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
ifconfig lo up
echo "kernel $(uname -r)"
for sensor in ${SENSORS.join(' ')}; do
	AGENT watch --sensor $sensor >/tmp/$sensor.ndjson 2>/tmp/$sensor.log &
	agent=$!
	sleep 6
	/bin/busybox sh -c 'sleep 2; :' marker-of-$sensor # proc reads /proc while it lives
	echo '# nothing' >/etc/cron.d/made-for-$sensor
	echo | nc -w 1 127.0.0.1 9 >/dev/null 2>&1
	sleep 4
	kill $agent
	sleep 1
	echo "begin $sensor"
	cat /tmp/$sensor.ndjson
	echo "end $sensor"
	echo "log of $sensor"
	tail -n 5 /tmp/$sensor.log
done
poweroff -f
`;

const skip = whyNot() ?? false;
let printed = '';

/** Events that a sensor gave. */
function events(sensor) {
	const part = new RegExp(`begin ${sensor}\r?\n([^]*?)end ${sensor}`).exec(printed);
	assert.ok(part, `nothing of ${sensor} in:\n${printed.slice(-3000)}`);
	return part[1].split(/\r?\n/).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
const of = (sensor, category) => events(sensor).filter((event) => event.hikeshi.category === category);

before(async () => {
	if (skip)
		return;
	kernel();
	const initial = initialFiles([AGENT, ...readdirSync(HELPERS).map((name) => join(HELPERS, name))], script.replaceAll('AGENT', resolve(AGENT)));
	try {
		printed = await boot(initial, BOOT_SECONDS);
	} finally {
		rmSync(initial, { force: true });
	}
}, { timeout: (BOOT_SECONDS + 60) * 1000 });

test('the kernel is Debian\'s own', { skip }, () => assert.match(printed, /kernel 6\.1\./));

for (const sensor of SENSORS) {
	test(`${sensor}: a started process, with its arguments and parent`, { skip }, () => {
		const found = of(sensor, 'process_creation').find((event) => event.CommandLine?.includes(`marker-of-${sensor}`));
		assert.ok(found, `not among ${events(sensor).length} events; ${printed.slice(-1500)}`);
		assert.match(found.Image, /busybox$/);
		assert.match(found.ProcessGuid, /^\{.+\}$/);
		assert.ok(found.ParentProcessGuid);
	});
	test(`${sensor}: a file in a watched place`, { skip }, () => {
		assert.ok(of(sensor, 'file_event').some((event) => event.TargetFilename === `/etc/cron.d/made-for-${sensor}`),
			JSON.stringify(events(sensor).slice(-8)));
	});
}
test('bpf: a connection', { skip }, () => {
	assert.ok(of('bpf', 'network_connection').some((event) => event.DestinationIp === '127.0.0.1' && String(event.DestinationPort) === '9'));
});
