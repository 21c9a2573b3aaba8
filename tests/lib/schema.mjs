// Checks an answer against a schema of centre/openapi.yaml, and makes request
// bodies that satisfy one. Knows what the contract uses; the rest is an error.

import { resolve } from '../../scripts/generate-api.mjs';

const KNOWN = new Set(['type', 'description', 'properties', 'required', 'additionalProperties', 'items', 'enum',
	'minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum', 'pattern', 'format', 'oneOf', 'default', 'x-multiline']);

const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array'
	: Number.isInteger(value) ? 'integer' : typeof value);

/** Returns what does not fit, as "path: why", or null. */
export function misfit(contract, schema, value, path = '') {
	schema = resolve(contract, schema);
	for (const key of Object.keys(schema))
		if (!KNOWN.has(key)) return `${path}: the schema has ${key}, which this check does not know`;
	if (schema.oneOf) {
		const fits = schema.oneOf.filter((one) => misfit(contract, one, value, path) === null);
		return fits.length === 1 ? null : `${path}: fits ${fits.length} of oneOf`;
	}
	const kind = kindOf(value);
	if (schema.type && ![].concat(schema.type).includes(kind)) return `${path}: is ${kind}, not ${schema.type}`;
	if (schema.enum && !schema.enum.includes(value)) return `${path}: ${value} is not in the list`;
	if (kind === 'string') {
		if (schema.pattern && !new RegExp(schema.pattern).test(value)) return `${path}: ${value} has not the form`;
		if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) return `${path}: ${value} is no time`;
	}
	if (kind === 'array' && schema.items)
		for (let i = 0; i < value.length; i++) {
			const found = misfit(contract, schema.items, value[i], `${path}[${i}]`);
			if (found) return found;
		}
	if (kind === 'object' && schema.properties) {
		for (const name of schema.required ?? [])
			if (!(name in value)) return `${path}.${name}: is missing`;
		for (const [name, member] of Object.entries(value)) {
			if (!(name in schema.properties)) {
				if (schema.additionalProperties === false) return `${path}.${name}: is not declared`;
				continue;
			}
			const found = misfit(contract, schema.properties[name], member, `${path}.${name}`);
			if (found) return found;
		}
	}
	return null;
}

/** The smallest body that the schema takes; own gives values by the name of the member. */
export function example(contract, schema, own = {}) {
	schema = resolve(contract, schema);
	const type = [].concat(schema.type)[0];
	if (schema.default !== undefined) return schema.default;
	if (schema.enum) return schema.enum[0];
	if (type === 'integer') return schema.minimum ?? 0;
	if (type === 'boolean') return false;
	if (type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => example(contract, schema.items, own));
	if (type === 'object')
		return Object.fromEntries((schema.required ?? []).map((name) =>
			[name, name in own ? own[name] : example(contract, schema.properties[name], own)]));
	if (schema.pattern?.startsWith('^[0-9a-f]{8}-')) return '00000000-0000-7000-8000-000000000000';
	if (schema.pattern?.includes('@')) return 'nobody@nowhere.example';
	return 'x'.repeat(Math.max(schema.minLength ?? 0, 1));
}

/** The schema of an operation's answer with this status, or null where it has none. */
export function answerSchema(contract, operation, status) {
	const answer = operation.responses[String(status)] ?? operation.responses.default;
	return answer ? resolve(contract, answer).content?.['application/json']?.schema ?? null : null;
}
