// The include graph: no cycle, and only in the direction of the order in meson.build.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { APART, cFiles, folderOf, folderOrder, includesOf, targetOf } from './source.mjs';

const order = folderOrder();
const includes = cFiles().filter((file) => order.includes(folderOf(file))).flatMap(includesOf);

test('meson.build names the folders, and they are there', () => {
	assert.ok(order.length >= 9, `found ${order}`);
	for (const folder of order)
		assert.ok(existsSync(folder), folder);
	assert.ok(includes.length > 100, `only ${includes.length} includes found`);
});

test('folders use only folders before them', () => {
	const wrong = includes.filter((include) => {
		const target = targetOf(include);
		if (!target || !order.includes(folderOf(target)))
			return false;
		return order.indexOf(folderOf(target)) > order.indexOf(folderOf(include.file)) ||
			APART[folderOf(include.file)]?.includes(folderOf(target));
	});
	assert.deepEqual(wrong.map((include) => `${include.file}:${include.line} includes ${include.name}`), []);
});

test('another folder is entered by its headers, not by its .c files', () => {
	const wrong = includes.filter((include) => {
		const target = targetOf(include);
		return target?.endsWith('.c') && folderOf(target) !== folderOf(include.file);
	});
	assert.deepEqual(wrong.map((include) => `${include.file}:${include.line} includes ${include.name}`), []);
});

test('included files exist, or the build makes them', () => {
	// Made from centre/openapi.yaml, programs in the kernel, and message catalogues.
	const made = /^(centre\/)?(routes?|contract)[\w-]*\.h$|\.skel\.h$|vmlinux\.h$|_generated\.h$|generated\//;
	const wrong = includes.filter((include) => !targetOf(include) && !made.test(include.name));
	assert.deepEqual(wrong.map((include) => `${include.file}:${include.line} includes ${include.name}`), []);
});

function cycleIn(graph) {
	const done = new Set();
	const way = [];
	const visit = (node) => {
		const at = way.indexOf(node);
		if (at >= 0)
			return [...way.slice(at), node];
		if (done.has(node))
			return null;
		way.push(node);
		for (const next of graph.get(node) ?? []) {
			const cycle = visit(next);
			if (cycle)
				return cycle;
		}
		way.pop();
		done.add(node);
		return null;
	};
	for (const node of graph.keys()) {
		const cycle = visit(node);
		if (cycle)
			return cycle.join(' → ');
	}
	return null;
}

function graphOf(nameOf) {
	const graph = new Map();
	for (const include of includes) {
		const target = targetOf(include);
		if (!target || nameOf(target) === nameOf(include.file))
			continue;
		const from = nameOf(include.file);
		graph.set(from, (graph.get(from) ?? new Set()).add(nameOf(target)));
	}
	return graph;
}

test('no cycle between files', () => assert.equal(cycleIn(graphOf((file) => file)), null));
test('no cycle between folders', () => assert.equal(cycleIn(graphOf(folderOf)), null));
test('a cycle would be seen', () => {
	assert.equal(cycleIn(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), 'b → c → b');
	assert.equal(cycleIn(new Map([['a', ['b', 'c']], ['b', ['c']]])), null);
});
