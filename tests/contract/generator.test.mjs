// The generator of route table and request checks: what it makes, and what it refuses.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import * as api from '../../scripts/generate-api.mjs';

const TOP = resolve(new URL('.', import.meta.url).pathname, '../..');
const SCRIPT = join(TOP, 'scripts/generate-api.mjs');
const contractText = readFileSync(join(TOP, 'centre/openapi.yaml'), 'utf8');
const accessText = readFileSync(join(TOP, 'centre/access_table.h'), 'utf8');
const access = api.readAccess(accessText);
const routes = api.operations(api.readContract(contractText), access);

const SMALL = (operation, path = '/v1/things', method = 'post') => `openapi: 3.1.0
paths:
  ${path}:
    ${method}:
      operationId: thing_make
      responses: {}
${operation}
components: { schemas: {} }
`;
const ROWS = api.readAccess('ACCESS(THING_MAKE, "thing.make", OWNER, 0, "make things")\nACCESS(OPEN, "open", PUBLIC, 0, "open")\nACCESS(BOX, "box", DEVICE, 0, "box")');
const body = (schema) => `      x-access: thing.make
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, additionalProperties: false, properties: { x: ${schema} } } } }`;

test('every action of the access table is used by a route', () => {
	for (const row of access.filter((one) => one.name !== 'site.use')) // the pages have a table of their own: centre/site.c
		assert.ok(routes.some((route) => route.action.name === row.name), row.name);
});

test('every route has a handler, and every handler a route', () => {
	const files = readdirSync(join(TOP, 'centre')).filter((name) => name.endsWith('.c'))
		.map((name) => ({ name, text: readFileSync(join(TOP, 'centre', name), 'utf8') }));
	api.checkHandlers(routes, files);
});

test('the same input gives the same bytes', () => {
	assert.equal(api.writeSource(routes), api.writeSource(api.operations(api.readContract(contractText), api.readAccess(accessText))));
});

const REFUSED = [
	['no access', '      x-object: {}', /no x-access/],
	['an unknown action', '      x-access: thing.break', /not in access_table/],
	['security of a closed route', '      x-access: thing.make\n      security: []', /security/],
	['an open route without security: []', '      x-access: open', /security/],
	['a device\'s action on the people\'s port', '      x-access: box', /access and listener/],
	['an unknown listener', '      x-access: thing.make\n      x-listener: dogs', /x-listener/],
	['a text without maxLength', body('{ type: string }'), /string without maxLength/],
	['a number without maximum', body('{ type: integer, minimum: 0 }'), /integer without maximum/],
	['a list without maxItems', body('{ type: array, items: { type: boolean } }'), /array without maxItems/],
	['a bound that is not known', body('{ type: integer, minimum: 0, maximum: 9, multipleOf: 3 }'), /multipleOf is not supported/],
	['a type that is not known', body('{ type: number }'), /not supported/],
	['an object that takes everything', body('{ type: object, properties: {} }'), /additionalProperties/],
	['a required member that is not there', body('{ type: object, additionalProperties: false, required: [y], properties: {} }'), /not declared/],
	['a pattern with alternatives', body('{ type: string, maxLength: 9, pattern: "^(a|b)$" }'), /pattern/],
	['a pattern without its ends', body('{ type: string, maxLength: 9, pattern: "a+" }'), /needs \^ and \$/],
	['a pattern that needs to go back', body('{ type: string, maxLength: 9, pattern: "^[a-z]+z$" }'), /not plain enough/],
	['a format that is not known', body('{ type: string, maxLength: 9, format: email }'), /format email/],
];
for (const [name, operation, why] of REFUSED)
	test(`refused: ${name}`, () => {
		assert.throws(() => api.operations(api.readContract(SMALL(operation)), ROWS), why);
	});

test('refused: path parameters', () => {
	const at = (operation, path) => () => api.operations(api.readContract(SMALL(operation, path, 'get')), ROWS);
	const parameter = '      parameters: [{ name: thing, in: path, required: true, schema: { type: string, maxLength: 9 } }]';
	assert.throws(at('      x-access: thing.make', '/v1/{thing}'), /not declared/);
	assert.throws(at(`      x-access: thing.make\n${parameter}`, '/v1/{thing}'), /needs x-object/);
	assert.throws(at(`      x-access: thing.make\n${parameter}`, '/v1/things'), /the path has not/);
	assert.throws(at(`      x-access: thing.make\n      x-object: { kind: thing, param: other }\n${parameter}`, '/v1/{thing}'), /x-object names other/);
	at(`      x-access: thing.make\n      x-object: { kind: thing, param: thing }\n${parameter}`, '/v1/{thing}')();
});

test('refused: YAML that says something else than it seems', () => {
	assert.throws(() => api.readContract('a: 1\na: 2\n'), /keys/i);
	assert.throws(() => api.operations(api.readContract(
		`paths: {}\ncomponents: { schemas: { X: { type: string, description: one, two } } }`), ROWS), /two is no keyword/);
});

test('refused: rows of the access table that stand twice or are no rows', () => {
	assert.throws(() => api.readAccess('ACCESS(A, "a", OWNER, 0, "x")\nACCESS(A, "b", OWNER, 0, "x")'), /twice/);
	assert.throws(() => api.readAccess('ACCESS(A, "a", OWNER, 0, "x")\nACCESS(B, "a", OWNER, 0, "x")'), /twice/);
	assert.throws(() => api.readAccess('ACCESS(A, a, OWNER, 0, "x")'), /not a row/);
});

test('refused: handlers that are missing, strange or double', () => {
	const all = [{ id: 'one', where: 'GET /one' }];
	const code = (...names) => [{ name: 'x.c', text: names.map((name) => `enum http_answer route_${name}(struct http_request *r,\n`).join('') }];
	api.checkHandlers(all, code('one'));
	assert.throws(() => api.checkHandlers(all, code()), /no handler/);
	assert.throws(() => api.checkHandlers(all, code('one', 'two')), /no operation/);
	assert.throws(() => api.checkHandlers(all, code('one', 'one')), /twice/);
});

test('patterns become parts', () => {
	const parts = api.pattern('^[0-9a-f]{4}-x?y*\\.[A-C_-]+$');
	assert.deepEqual(parts.map(({ set, min, max }) => [set.size, min, max]),
		[[16, 4, 4], [1, 1, 1], [1, 0, 1], [1, 0, 65536], [1, 1, 1], [5, 1, 65536]]);
});

test('the program ends with a message, not with a trace', () => {
	const folder = mkdtempSync(join(tmpdir(), 'hikeshi-api-'));
	const done = spawnSync(process.execPath, [SCRIPT, '--contract', join(TOP, 'centre/openapi.yaml'), '--access', join(TOP, 'centre/access_table.h'),
		'--header', join(folder, 'h'), '--source', join(folder, 'c')], { encoding: 'utf8' });
	assert.equal(done.status, 1);
	assert.match(done.stderr, /^generate-api: GET \/v1\/health: no handler/);
	assert.equal(done.stderr.trim().split('\n').length, 1);
	rmSync(folder, { recursive: true });
});

test('docs/api.md holds the tables as they are', () => {
	const page = readFileSync(join(TOP, 'docs/api.md'), 'utf8');
	assert.equal(page, api.docsFill(page, api.docsTables(access, routes)), 'run: node scripts/generate-api.mjs --contract centre/openapi.yaml --access centre/access_table.h --docs docs/api.md --write');
});
