// generate-api.mjs - from centre/openapi.yaml and centre/access_table.h makes
// the C route table with request checks, and the tables of docs/api.md.
//
//   node scripts/generate-api.mjs --contract F --access F --header OUT --source OUT HANDLERS.c…
//   node scripts/generate-api.mjs --contract F --access F --docs docs/api.md [--write]
//
// It understands the part of OpenAPI that the contract uses, and refuses the
// rest by name: a bound that would be ignored silently is worse than none.
// Output depends on the input alone.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JSON_BODY_MAX = 16384;
const LENGTH_MAX = 65536;
const SEGMENTS_MAX = 8;
const PATH_PARAMETERS_MAX = 4;
const VALUES_MAX = 24;

export class ContractError extends Error {}
const refuse = (where, what) => { throw new ContractError(`${where}: ${what}`); };

// ---- reading ----

export function readContract(text, name = 'openapi.yaml') {
	const document = parseDocument(text, { uniqueKeys: true, merge: false });
	if (document.errors.length > 0) refuse(name, document.errors[0].message);
	return document.toJS({ maxAliasCount: 0 });
}

/** Rows of access_table.h: {symbol, name, who: [..], flags: [..], text}. */
export function readAccess(text) {
	const rows = [];
	const form = /^ACCESS\(\s*([A-Z_]+),\s*"([a-z_.]+)",\s*([A-Z_ |]+),\s*([A-Z_0 |]+),\s*"((?:[^"\\]|\\.)*)"\)$/;
	for (const line of text.split('\n')) {
		if (!line.startsWith('ACCESS(')) continue;
		const found = form.exec(line.trim());
		if (!found) refuse('access_table.h', `not a row: ${line}`);
		const list = (words) => words.split('|').map((word) => word.trim()).filter((word) => word !== '0');
		rows.push({
			symbol: found[1], name: found[2], who: list(found[3]), flags: list(found[4]),
			text: found[5].replace(/\\(.)/g, '$1'),
		});
	}
	for (const key of ['symbol', 'name']) {
		const seen = new Set();
		for (const row of rows) {
			if (seen.has(row[key])) refuse('access_table.h', `${row[key]} stands twice`);
			seen.add(row[key]);
		}
	}
	return rows;
}

export function resolve(contract, node) {
	for (let depth = 0; node && typeof node === 'object' && '$ref' in node; depth++) {
		if (depth > 8) refuse(node.$ref, 'references in a ring');
		if (Object.keys(node).length > 1) refuse(node.$ref, 'members beside $ref');
		if (!node.$ref.startsWith('#/')) refuse(node.$ref, 'only references within the file');
		const target = node.$ref;
		node = target.slice(2).split('/').reduce((at, key) => at?.[key], contract);
		if (node === undefined) refuse(target, 'not there');
	}
	return node;
}

/** All operations in the order of the file, with parameters and body resolved and checked. */
export function operations(contract, access) {
	const actions = new Map(access.map((row) => [row.name, row]));
	const ids = new Set();
	const all = [];
	for (const [name, one] of Object.entries(contract.components.schemas)) keywords(one, name);
	for (const [path, item] of Object.entries(contract.paths)) {
		for (const [method, operation] of Object.entries(item)) {
			const where = `${method.toUpperCase()} ${path}`;
			if (!METHODS.includes(method)) refuse(where, 'unknown method');
			const id = operation.operationId ?? refuse(where, 'no operationId');
			if (!/^[a-z][a-z_]*$/.test(id)) refuse(where, `operationId ${id} is no C name`);
			if (ids.has(id)) refuse(where, `operationId ${id} stands twice`);
			ids.add(id);
			if (!operation['x-access']) refuse(where, 'no x-access: say which access action it needs');
			const action = actions.get(operation['x-access'])
				?? refuse(where, `x-access ${operation['x-access']} is not in access_table.h`);
			all.push(finish(contract, { path, method, where, id, action, operation }));
		}
	}
	return all;
}

function finish(contract, { path, method, where, id, action, operation }) {
	const segments = path.split('/').slice(1);
	const names = segments.filter((s) => s.startsWith('{')).map((s) => s.slice(1, -1));
	const given = (operation.parameters ?? []).map((p) => resolve(contract, p));
	const inPath = names.map((name) => given.find((p) => p.in === 'path' && p.name === name)
		?? refuse(where, `path parameter ${name} is not declared`));
	const values = given.filter((p) => p.in !== 'path');
	const listener = operation['x-listener'] ?? 'people';
	const object = operation['x-object'];
	const body = requestBody(contract, where, operation);

	if (segments.length > SEGMENTS_MAX) refuse(where, `more than ${SEGMENTS_MAX} segments`);
	if (segments.some((s) => !/^(\{[a-z_]+\}|[a-z0-9-]+)$/.test(s))) refuse(where, 'a segment of unknown form');
	if (inPath.length > PATH_PARAMETERS_MAX) refuse(where, 'too many path parameters');
	if (values.length > VALUES_MAX) refuse(where, 'too many parameters');
	if (given.length !== inPath.length + values.length) refuse(where, 'a path parameter that the path has not');
	if (values.some((p) => !['query', 'header'].includes(p.in))) refuse(where, 'parameters are in path, query or header');
	if (!['people', 'devices'].includes(listener)) refuse(where, `x-listener ${listener}`);
	if (names.length > 0 && !object) refuse(where, 'a path with parameters needs x-object');
	if (object && !names.includes(object.param)) refuse(where, `x-object names ${object.param}, which the path has not`);
	if (action.who.includes('DEVICE') !== (listener === 'devices')) refuse(where, 'access and listener do not fit');
	if (['get', 'delete'].includes(method) && body) refuse(where, `${method} with a body`);
	const open = Array.isArray(operation.security) && operation.security.length === 0;
	for (const answer of Object.values(operation.responses).map((one) => resolve(contract, one)))
		for (const one of Object.values(answer.content ?? {})) keywords(one.schema, `${where} answer`);
	if (open !== action.who.includes('PUBLIC')) refuse(where, 'security: [] belongs to public access, and only there');
	return {
		path, method, where, id, action, listener, object, body, segments, names,
		parameters: [...inPath, ...values].map((p) => ({ ...p, schema: schema(contract, p.schema, `${where} ${p.name}`) })),
		responses: operation.responses, summary: operation.summary ?? '',
	};
}

function requestBody(contract, where, operation) {
	if (!operation.requestBody) return null;
	const body = resolve(contract, operation.requestBody);
	const types = Object.keys(body.content);
	if (types.length !== 1 || body.required !== true) refuse(where, 'a body is required and of one type');
	const max = operation['x-body-max'] ?? JSON_BODY_MAX;
	if (types[0] !== 'application/json') {
		if (!operation['x-body-max']) refuse(where, 'a body of bytes needs x-body-max');
		return { type: types[0], max, schema: null };
	}
	return { type: types[0], max, schema: schema(contract, body.content[types[0]].schema, `${where} body`) };
}

/** Answers have no bounds to check, but a word that is no keyword is a slip of YAML. */
const KEYWORDS = new Set(['$ref', 'type', 'description', 'properties', 'required', 'additionalProperties', 'items', 'enum',
	'minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum', 'pattern', 'format', 'oneOf', 'default', 'x-multiline']);

function keywords(node, where) {
	for (const key of Object.keys(node))
		if (!KEYWORDS.has(key)) refuse(where, `${key} is no keyword that the contract uses`);
	if (node.items) keywords(node.items, `${where}[]`);
	for (const one of node.oneOf ?? []) keywords(one, where);
	for (const [name, member] of Object.entries(node.properties ?? {})) keywords(member, `${where}.${name}`);
	for (const name of node.required ?? [])
		if (!(name in (node.properties ?? {}))) refuse(where, `required member ${name} is not declared`);
}

const KNOWN = {
	string: ['minLength', 'maxLength', 'pattern', 'enum', 'format', 'x-multiline', 'default'],
	integer: ['minimum', 'maximum', 'default'],
	boolean: ['default'],
	object: ['properties', 'required', 'additionalProperties'],
	array: ['items', 'minItems', 'maxItems'],
};

/** A schema of a request, with every bound known: else it is refused. */
function schema(contract, node, where) {
	const from = resolve(contract, node) ?? refuse(where, 'no schema');
	const types = [].concat(from.type ?? refuse(where, 'no type'));
	const type = types.find((t) => t !== 'null');
	if (types.length > 2 || (types.length === 2 && !types.includes('null'))) refuse(where, 'more than one type');
	const known = KNOWN[type] ?? refuse(where, `type ${type} is not supported`);
	for (const key of Object.keys(from))
		if (!['type', 'description', ...known].includes(key)) refuse(where, `${key} is not supported here`);
	const out = { type, nullable: types.includes('null'), default: from.default };
	if (type === 'string') return Object.assign(out, text(from, where));
	if (type === 'integer') {
		for (const bound of ['minimum', 'maximum'])
			if (!Number.isSafeInteger(from[bound])) refuse(where, `integer without ${bound}`);
		return Object.assign(out, { min: from.minimum, max: from.maximum });
	}
	if (type === 'object') {
		if (from.additionalProperties !== false) refuse(where, 'an object needs additionalProperties: false');
		const names = Object.keys(from.properties);
		for (const name of from.required ?? [])
			if (!names.includes(name)) refuse(where, `required member ${name} is not declared`);
		out.members = names.map((name) => ({
			name, required: (from.required ?? []).includes(name),
			schema: schema(contract, from.properties[name], `${where}.${name}`),
		}));
	}
	if (type === 'array') {
		if (!Number.isSafeInteger(from.maxItems)) refuse(where, 'array without maxItems');
		Object.assign(out, { itemMin: from.minItems ?? 0, itemMax: from.maxItems,
			items: schema(contract, from.items, `${where}[]`) });
	}
	return out;
}

function text(from, where) {
	const words = from.enum ?? [];
	if (words.length === 0 && !Number.isSafeInteger(from.maxLength)) refuse(where, 'string without maxLength');
	if (from.format && from.format !== 'date-time') refuse(where, `format ${from.format} is not supported`);
	if ((from.maxLength ?? 0) > LENGTH_MAX) refuse(where, `maxLength over ${LENGTH_MAX}`);
	if (words.some((word) => typeof word !== 'string')) refuse(where, 'enum of something else than strings');
	return {
		lengthMin: from.minLength ?? 0,
		lengthMax: from.maxLength ?? Math.max(...words.map((word) => word.length)),
		multiline: from['x-multiline'] === true, instant: from.format === 'date-time', words,
		parts: from.pattern === undefined ? [] : pattern(from.pattern, where),
	};
}

/**
 * A pattern as parts that are matched greedily one after another: classes and
 * characters with counts, no alternatives, no groups. Refused where greed could
 * take what a later part needs.
 */
export function pattern(source, where = 'pattern') {
	if (!source.startsWith('^') || !source.endsWith('$')) refuse(where, `pattern ${source} needs ^ and $`);
	const rest = source.slice(1, -1);
	const parts = [];
	let at = 0;
	while (at < rest.length) {
		const one = atom(rest, at, where);
		const count = /^(\{(\d+)(,(\d+))?\}|[+*?])?/.exec(rest.slice(one.next));
		const min = count[2] !== undefined ? Number(count[2]) : ['*', '?'].includes(count[0]) ? 0 : 1;
		const max = count[4] !== undefined ? Number(count[4]) : count[2] !== undefined ? min
			: ['*', '+'].includes(count[0]) ? LENGTH_MAX : 1;
		parts.push({ set: one.set, min, max });
		at = one.next + count[0].length;
	}
	parts.forEach((part, i) => {
		if (part.min === part.max) return;
		for (const after of parts.slice(i + 1)) {
			if ([...after.set].some((c) => part.set.has(c))) refuse(where, `pattern ${source} is not plain enough`);
			if (after.min > 0) break;
		}
	});
	return parts;
}

function atom(rest, start, where) {
	const set = new Set();
	const code = (at) => {
		const c = rest.charCodeAt(at);
		if (!(c > 31 && c < 127)) refuse(where, 'pattern with other than printable ASCII');
		return c;
	};
	if (rest[start] === '\\') return { set: set.add(code(start + 1)), next: start + 2 };
	if ('().|^$+*?'.includes(rest[start])) refuse(where, `pattern with ${rest[start]}`);
	if (rest[start] !== '[') return { set: set.add(code(start)), next: start + 1 };
	let at = start + 1;
	if (rest[at] === '^') refuse(where, 'pattern with a class of what it is not');
	while (rest[at] !== ']') {
		if (at >= rest.length) refuse(where, 'pattern with an open class');
		if (rest[at] === '\\') at++;
		const from = code(at++);
		let to = from;
		if (rest[at] === '-' && rest[at + 1] !== ']') {
			to = code(at + 1);
			at += 2;
		}
		if (to < from) refuse(where, 'pattern with a range that runs backwards');
		for (let c = from; c <= to; c++) set.add(c);
	}
	return { set, next: at + 1 };
}

// ---- writing C ----

const quote = (s) => JSON.stringify(s).replace(/[\u007f-\uffff]/g, (c) => refuse(s, `not ASCII: ${c}`));
const BANNER = '/* Made by scripts/generate-api.mjs from centre/openapi.yaml: change that. */\n';

/** Gives each different schema one static const struct. */
class Tables {
	constructor() { this.seen = new Map(); this.out = []; }

	name(prefix, content) {
		const key = `${prefix}:${content}`;
		if (!this.seen.has(key)) {
			const name = `${prefix}_${this.seen.size}`;
			this.seen.set(key, name);
			this.out.push(content.replaceAll('@', name));
		}
		return this.seen.get(key);
	}

	parts(parts) {
		const rows = parts.map(({ set, min, max }) => {
			const half = [0n, 0n];
			for (const c of set) half[c >> 6] |= 1n << BigInt(c & 63);
			return `\t{ { 0x${half[0].toString(16)}, 0x${half[1].toString(16)} }, ${min}, ${max} },\n`;
		});
		return this.name('part', `static const struct check_part @[] = {\n${rows.join('')}};\n`);
	}

	check(s) {
		const f = [`.type = CHECK_${s.type.toUpperCase()}`];
		if (s.nullable) f.push('.nullable = true');
		if (s.type === 'string') {
			f.push(`.length_min = ${s.lengthMin}`, `.length_max = ${s.lengthMax}`);
			if (s.multiline) f.push('.multiline = true');
			if (s.instant) f.push('.instant = true');
			if (s.parts.length > 0) f.push(`.part = ${this.parts(s.parts)}`, `.part_count = ${s.parts.length}`);
			if (s.words.length > 0) {
				const words = this.name('word', `static const char *const @[] = { ${s.words.map(quote).join(', ')} };\n`);
				f.push(`.word = ${words}`, `.word_count = ${s.words.length}`);
			}
		} else if (s.type === 'integer') {
			f.push(`.min = INT64_C(${s.min})`, `.max = INT64_C(${s.max})`);
		} else if (s.type === 'array') {
			f.push(`.item = &${this.check(s.items)}`, `.item_min = ${s.itemMin}`, `.item_max = ${s.itemMax}`);
		} else if (s.type === 'object') {
			const rows = s.members.map((m) => `\t{ ${quote(m.name)}, ${m.required}, &${this.check(m.schema)} },\n`);
			if (rows.length > 0) {
				const members = this.name('member', `static const struct check_member @[] = {\n${rows.join('')}};\n`);
				f.push(`.member = ${members}`, `.member_count = ${rows.length}`);
			}
		}
		if (s.default !== undefined)
			f.push('.has_default = true', s.type === 'string' ? `.default_text = ${quote(s.default)}`
				: `.default_number = ${Number(s.default)}`);
		return this.name('check', `static const struct check @ = {\n\t${f.join(', ')}\n};\n`);
	}
}

export function writeHeader(all) {
	return `${BANNER}#ifndef CENTRE_ROUTES_H\n#define CENTRE_ROUTES_H\n\n#include "centre/http.h"\n\n`
		+ all.map((o) => `http_handler route_${o.id}; /* ${o.method.toUpperCase()} ${o.path} */\n`).join('')
		+ '\n#endif\n';
}

export function writeSource(all) {
	const tables = new Tables();
	const rows = all.map((o) => {
		const parameters = o.parameters.map((p) =>
			`\t{ ${quote(p.name)}, ROUTE_${p.in.toUpperCase()}, ${p.in === 'path' || p.required === true}, &${tables.check(p.schema)} },\n`);
		const list = parameters.length > 0
			? tables.name('parameter', `static const struct route_parameter @[] = {\n${parameters.join('')}};\n`) : 'NULL';
		const body = !o.body ? ['.body = ROUTE_BODY_NONE'] : [
			`.body = ROUTE_BODY_${o.body.schema ? 'JSON' : 'BYTES'}`, `.content_type = ${quote(o.body.type)}`,
			`.body_max = ${o.body.max}`, ...(o.body.schema ? [`.json = &${tables.check(o.body.schema)}`] : [])];
		const object = !o.object ? ['.object = OBJECT_NONE']
			: [`.object = OBJECT_${o.object.kind.toUpperCase()}`, `.object_param = ${o.names.indexOf(o.object.param)}`];
		return `\t{\n\t\t.operation = ${quote(o.id)}, .listener = HTTP_${o.listener.toUpperCase()}, `
			+ `.method = HTTP_${o.method.toUpperCase()},\n`
			+ `\t\t.segment = { ${o.segments.map((s) => (s.startsWith('{') ? 'NULL' : quote(s))).join(', ')} }, `
			+ `.segment_count = ${o.segments.length},\n`
			+ `\t\t.handler = route_${o.id}, .access = ACCESS_${o.action.symbol}, ${object.join(', ')},\n`
			+ `\t\t${body.join(', ')},\n`
			+ `\t\t.parameter = ${list}, .parameter_count = ${o.parameters.length}, .path_count = ${o.names.length},\n\t},\n`;
	});
	return `${BANNER}#include "centre/route.h"\n#include "centre/routes.h"\n\n${tables.out.join('\n')}\n`
		+ `const struct route route_table[] = {\n${rows.join('')}};\n`
		+ 'const size_t route_count = sizeof route_table / sizeof *route_table;\n';
}

/** Every operation needs a definition in one of the sources, and each such definition an operation. */
export function checkHandlers(all, sources) {
	const defined = new Map();
	for (const { name, text: source } of sources)
		for (const found of source.matchAll(/^enum http_answer route_([a-z_]+)\(/gm)) {
			if (defined.has(found[1])) refuse(name, `route_${found[1]} is defined twice`);
			defined.set(found[1], name);
		}
	for (const o of all)
		if (!defined.delete(o.id)) refuse(o.where, `no handler: define enum http_answer route_${o.id}(…) in centre/routes_*.c`);
	for (const [id, name] of defined) refuse(name, `route_${id} has no operation in the contract`);
}

// ---- writing docs ----

const ROLES = ['APPLICANT', 'OWNER', 'SECRETARIAT', 'CITY', 'EXPERT', 'ANALYST', 'DESK', 'CONTRACTOR', 'DIAGNOSIS', 'ADMINISTRATOR'];

export function docsTables(access, all) {
	const mark = (row, role) => (row.who.includes('PUBLIC') || row.who.includes('SIGNED_IN') || row.who.includes(role) ? '●' : '');
	const other = (row) => (row.who.includes('PUBLIC') ? 'everybody' : row.who.includes('DEVICE') ? 'devices'
		: row.flags.includes('SESSION_ONLY') ? 'session only' : '');
	const who = [
		`| action | allows to | ${ROLES.map((r) => r.toLowerCase()).join(' | ')} | note |`,
		`|---|---|${ROLES.map(() => ':-:').join('|')}|---|`,
		...access.map((row) => `| \`${row.name}\` | ${row.text} | ${ROLES.map((r) =>
			(row.who.includes('DEVICE') ? '' : mark(row, r))).join(' | ')} | ${other(row)} |`),
	];
	const routes = [
		'| method | path | access | operation | |', '|---|---|---|---|---|',
		...all.map((o) => `| ${o.method.toUpperCase()} | \`${o.path}\` | \`${o.action.name}\` | \`${o.id}\` | ${o.summary} |`),
	];
	return { access: who.join('\n'), routes: routes.join('\n') };
}

export function docsFill(page, tables) {
	for (const [name, table] of Object.entries(tables)) {
		const form = new RegExp(`(<!-- ${name}: made by scripts/generate-api.mjs -->\n)[^]*?(<!-- end -->)`);
		if (!form.test(page)) refuse('docs/api.md', `no place for the table ${name}`);
		page = page.replace(form, (_, begin, end) => `${begin}${table}\n${end}`);
	}
	return page;
}

// ---- command line ----

function main(argv) {
	const option = {};
	const files = [];
	for (let i = 0; i < argv.length; i++) {
		if (argv[i] === '--write') option.write = true;
		else if (argv[i].startsWith('--')) option[argv[i].slice(2)] = argv[++i];
		else files.push(argv[i]);
	}
	const access = readAccess(readFileSync(option.access, 'utf8'));
	const all = operations(readContract(readFileSync(option.contract, 'utf8'), option.contract), access);
	if (option.docs) {
		const page = readFileSync(option.docs, 'utf8');
		const made = docsFill(page, docsTables(access, all));
		if (option.write) writeFileSync(option.docs, made);
		else if (made !== page) refuse(option.docs, 'not up to date: run this command with --write');
		return;
	}
	checkHandlers(all, files.map((name) => ({ name, text: readFileSync(name, 'utf8') })));
	writeFileSync(option.header, writeHeader(all));
	writeFileSync(option.source, writeSource(all));
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
	try {
		main(process.argv.slice(2));
	} catch (error) {
		if (!(error instanceof ContractError)) throw error;
		console.error(`generate-api: ${error.message}`);
		process.exit(1);
	}
}
