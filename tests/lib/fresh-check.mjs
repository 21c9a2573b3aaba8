// What tests/lib/fresh-run asks the running centre.
//
// usage: node fresh-check.mjs first|second URL FOLDER
//
// "first" reads FOLDER/first.log, what `make run` printed, and leaves
// FOLDER/state.json for "second". Prints "ok - …" and "not ok - …".

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Client, until } from './client.mjs';

const [part, url, folder] = process.argv.slice(2);
const authority = `${process.env.HIKESHI_DATA ?? 'var'}/centre/ca.pem`;
const newPassword = 'correct-horse-battery-staple-8';

async function check(name, what) {
	try {
		const answer = await what();
		console.log(`${answer ? 'ok' : 'not ok'} - ${name}`);
		return answer;
	} catch (error) {
		console.log(`not ok - ${name}`);
		console.log(String(error?.message ?? error).slice(0, 500));
		return null;
	}
}

/** Lines "    role   name@example   password". */
function accountsIn(text) {
	return [...text.matchAll(/^ {4}(\w+) +(\S+@\S+) +(\S+)$/gm)].map(([, role, mail, password]) => ({ role, mail, password }));
}

const status = (client) => client.ask('GET', '/v1/status');

/** Events that grow while processes are started here. */
async function agentSends(client) {
	const before = (await status(client)).events;
	return until(20, async () => {
		execFileSync('true');
		return (await status(client)).events > before;
	});
}

async function first() {
	const accounts = accountsIn(readFileSync(`${folder}/first.log`, 'utf8'));
	await check('accounts with one-time passwords are printed', () => accounts.length >= 3 &&
		['administrator', 'analyst', 'owner'].every((role) => accounts.some((account) => account.role === role)));
	await check('the console is served', async () => {
		const page = await new Client(url, authority).send('GET', '/');
		return page.status === 200 && /<html/i.test(page.body);
	});
	const people = {};
	for (const account of accounts) {
		const client = new Client(url, authority);
		if (await check(`${account.role} signs in and sets a password`,
			() => client.signIn(account.mail, account.password, newPassword)))
			people[account.role] ??= client;
		await check(`the one-time password of ${account.role} is good for one time`, async () =>
			(await new Client(url, authority).send('POST', '/v1/session', { mail: account.mail, password: account.password })).status === 401);
	}
	const analyst = people.analyst;
	if (!analyst)
		return;
	const device = await check('this host is a device, and was seen', () => until(20, async () =>
		(await analyst.ask('GET', '/v1/devices')).items.find((item) => item.hostname === hostname() && item.last_seen)));
	await check('the agent sends events', () => agentSends(people.administrator ?? analyst));
	// Harmless, but the shape of an attack: an encoded command that is decoded and run.
	execFileSync('sh', ['-c', 'echo dHJ1ZQ== | base64 -d | sh']);
	const incident = await check('an imitated attack becomes an incident', () => until(20, async () =>
		(await analyst.ask('GET', `/v1/incidents?device=${device?.id}`)).items[0]));
	await check('the audit trail is whole', async () =>
		(await people.administrator.ask('GET', '/v1/audit/verification')).intact === true);
	const figures = await status(people.administrator ?? analyst);
	console.log(`${figures.events} events in ${figures.event_bytes} bytes, ${figures.rules} rules`);
	writeFileSync(`${folder}/state.json`, JSON.stringify({
		accounts: accounts.map(({ role, mail }) => ({ role, mail })), events: figures.events,
		device: device?.id, incident: incident?.id,
	}));
}

async function second() {
	const state = JSON.parse(readFileSync(`${folder}/state.json`, 'utf8'));
	await check('no new passwords are printed', () =>
		accountsIn(readFileSync(`${folder}/second.log`, 'utf8')).length === 0);
	const signedIn = async (role) => {
		const client = new Client(url, authority);
		await client.signIn(state.accounts.find((account) => account.role === role).mail, newPassword);
		return client;
	};
	const analyst = await check('accounts and passwords are kept', () => signedIn('analyst'));
	if (!analyst)
		return;
	const administrator = await signedIn('administrator');
	await check('events are kept', async () => (await status(administrator)).events >= state.events);
	await check('the incident is kept', async () => (await analyst.ask('GET', `/v1/incidents/${state.incident}`)).incident.id === state.incident);
	await check('the device is the same one', async () => {
		const items = (await analyst.ask('GET', '/v1/devices')).items.filter((item) => item.hostname === hostname());
		return items.length === 1 && items[0].id === state.device;
	});
	await check('the agent sends again', () => agentSends(administrator));
}

await (part === 'first' ? first() : second());
