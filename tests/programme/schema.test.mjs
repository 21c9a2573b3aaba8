// programmes/schema.json, for editors: it is what the program prints, it knows
// the keys that the reader knows, and every edition keeps to it.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { BIN, TOP } from '../cli/program.mjs';

const text = readFileSync(join(TOP, 'programmes/schema.json'), 'utf8');
const schema = JSON.parse(text);
const editions = readdirSync(join(TOP, 'programmes')).filter((name) => name.endsWith('.yaml'));
const read = (name) => parse(readFileSync(join(TOP, 'programmes', name), 'utf8'));

const kindOf = (value) => (Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value);

/** What does not fit, as "path: why"; knows as much of JSON Schema as the schema uses. */
function misfit(rule, value, path) {
	if (rule.$ref) return misfit(schema.$defs[rule.$ref.replace('#/$defs/', '')], value, path);
	if (rule.anyOf) {
		const found = rule.anyOf.map((one) => misfit(one, value, path));
		return found.includes(null) ? null : found.find((one) => !one.startsWith(`${path}: is`)) ?? found[0];
	}
	const kind = kindOf(value);
	const kinds = [].concat(rule.type ?? []);
	if (kinds.length > 0 && !kinds.includes(kind) && !(kind === 'integer' && kinds.includes('number')))
		return `${path}: is ${kind}, not ${rule.type}`;
	if ('const' in rule && value !== rule.const) return `${path}: is not ${rule.const}`;
	if (rule.enum && !rule.enum.includes(value)) return `${path}: ${value} is not in the list`;
	if (rule.pattern && kind === 'string' && !new RegExp(rule.pattern).test(value)) return `${path}: ${value} has not the form`;
	for (const key of rule.required ?? [])
		if (!(key in value)) return `${path}: ${key} is missing`;
	const members = kind === 'array' ? value.map((one, i) => [i, rule.items, one])
		: kind === 'object' ? Object.entries(value).map(([key, one]) => [key, rule.properties?.[key] ?? rule.additionalProperties, one]) : [];
	for (const [key, one, member] of members) {
		if (one === false) return `${path}: ${key} is not declared`;
		const found = one === undefined ? null : misfit(one, member, `${path}.${key}`);
		if (found) return found;
	}
	return null;
}

test('the schema is what `programme check --schema` prints', () => {
	const printed = execFileSync(join(BIN, 'hikeshi'), ['programme', 'check', '--schema'], { encoding: 'utf8' });
	assert.equal(text, printed, 'hikeshi programme check --schema > programmes/schema.json');
});

for (const name of editions)
	test(`${name} keeps to the schema`, () => {
		assert.equal(misfit(schema, read(name), ''), null);
		assert.match(readFileSync(join(TOP, 'programmes', name), 'utf8'), /^# yaml-language-server: \$schema=schema\.json$/m);
	});

test('the schema refuses what the reader refuses', () => {
	const rows = [
		[(e) => { e.colour = 'red'; }, 'colour is not declared'],
		[(e) => { delete e.office; }, 'office is missing'],
		[(e) => { e.version = '2'; }, 'not integer'],
		[(e) => { e.reception.opens = 'May'; }, 'has not the form'],
		[(e) => { e.selection.kind = 'raffle'; }, 'is not in the list'],
		[(e) => { e.courses[0].entitlement.month = 3; }, 'month is not declared'],
		[(e) => { e.form.sections[0].fields[0].kind = 'email'; }, 'is not in the list'],
		[(e) => { e.states[0].due.kind = 'firm'; }, 'is not'],
		[(e) => { e.states[0].events[0].by = 'boss'; }, 'is not in the list'],
		[(e) => { e.eligibility[0].pass = { feild: 'a', is: 'b' }; }, 'feild is not declared'],
		[(e) => { e.mails.received.text = 'x'; }, 'text is not declared'],
	];
	for (const [change, why] of rows) {
		const edition = read('2025-kihon.yaml');
		change(edition);
		assert.match(misfit(schema, edition, '') ?? 'fits', new RegExp(why), String(change));
	}
});

test('the reader asks for the keys of the schema, and for no others', () => {
	const asked = new Set(['ja', 'en']);
	const folder = join(TOP, 'programme');
	for (const file of readdirSync(folder).filter((name) => /^(read.*|parse)\.c$/.test(name))) {
		const source = readFileSync(join(folder, file), 'utf8');
		for (const [, key] of source.matchAll(/yaml_get\([^,;]+,\s*"(\w+)"\)/g)) asked.add(key);
		// Keys that a table holds: subjects and comparisons of conditions, modes, texts.
		for (const [, key] of source.matchAll(/\[(?:SUBJECT|COMPARE)_\w+\] = "(\w+)"/g)) asked.add(key);
		for (const [, key] of source.matchAll(/\[TEXT_\w+\] = \{ "(\w+)"/g)) asked.add(key);
	}
	const known = new Set();
	for (const one of Object.values(schema.$defs))
		for (const map of [one, ...(one.anyOf ?? [])])
			for (const key of Object.keys(map.properties ?? {})) known.add(key);
	const onlySaid = new Set(['rule', 'event']); // numbers for people; the name of receive
	assert.deepEqual([...known].filter((key) => !asked.has(key) && !onlySaid.has(key)), [], 'in the schema, never read');
	assert.deepEqual([...asked].filter((key) => !known.has(key)), [], 'read, not in the schema');
});

test('docs/programmes.md names every key', () => {
	const docs = readFileSync(join(TOP, 'docs/programmes.md'), 'utf8');
	const missing = [];
	for (const [map, one] of Object.entries(schema.$defs))
		for (const rule of [one, ...(one.anyOf ?? [])])
			for (const key of Object.keys(rule.properties ?? {}))
				if (!new RegExp(`\\b${key}\\b`).test(docs)) missing.push(`${map}.${key}`);
	assert.deepEqual(missing, []);
});
