// timeout: 900
/*
 * `hikeshi hunt` against the reference matcher over SigmaHQ's regression
 * events, where they are at hand: every (rule, record) pair must be equal, and
 * every sample must be found by its own rule.
 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import YAML from "yaml";
import { TOOL, variants } from "./pairs.mjs";
import { alias4688, loadRules, routed, splitObjects, windowsEvent } from "./sigma.mjs";

const top = resolve(dirname(new URL(import.meta.url).pathname), "../..");
const sigma = process.env.HIKESHI_SIGMA ?? resolve(top, "../shared/sigma");
const hikeshi = join(process.env.HIKESHI_BIN ?? join(top, "out/bin"), "hikeshi");
const here = existsSync(join(sigma, "regression_data"));
const skip = here ? false : `SIGMAHQ'S RULES ARE NOT HERE (${sigma}): the engine is NOT compared`;
const ruleFolders = ["rules", "rules-emerging-threats", "rules-threat-hunting"].map((d) => join(sigma, d)).filter(existsSync);

function walk(path, want, into = []) {
	for (const name of readdirSync(path).sort()) {
		const file = join(path, name);
		if (statSync(file).isDirectory()) walk(file, want, into);
		else if (want.test(name)) into.push(file);
	}
	return into;
}

function channelMap() {
	const channels = {};
	const map = YAML.parse(readFileSync(join(sigma, "tests/thor.yml"), "utf8"));
	for (const entry of Object.values(map.logsources)) {
		if (entry.product === "windows" && entry.service && entry.sources) {
			channels[entry.service] = entry.sources.map((s) => s.replace(/^WinEventLog:/, ""));
		}
	}
	return channels;
}

function hunt(files, variant) {
	const run = spawnSync(hikeshi, ["hunt", "--quiet", "--output", "ndjson",
		...ruleFolders.flatMap((d) => ["--rules", d]), ...files],
		{ encoding: "utf8", maxBuffer: 1 << 30, env: { ...process.env, ...(variant ? { HIKESHI_SIMD: variant } : {}) } });
	assert.equal(run.status, 0, run.stderr);
	return run.stdout.split("\n").filter(Boolean).map((l) => JSON.parse(l));
}

test("every (rule, record) pair equals the reference matcher's", { skip }, (t) => {
	const files = walk(join(sigma, "regression_data"), /\.json$/);
	const channels = channelMap();
	const { rules, problems } = loadRules(ruleFolders);
	t.diagnostic(`${rules.length} rules in the reference matcher, ${problems.length} it cannot read`);
	for (const p of problems) t.diagnostic(`  ${p.file}: ${p.reason}`);
	const expected = new Set();
	let records = 0;
	for (const file of files) {
		splitObjects(readFileSync(file, "utf8")).forEach((text, i) => {
			const event = windowsEvent(JSON.parse(text));
			alias4688(event);
			event.raw = text;
			records++;
			for (const rule of rules) {
				if (routed(rule.logsource, event, channels) && rule.matches(event)) {
					expected.add(`${file} ${i + 1} ${rule.id}`);
				}
			}
		});
	}
	const pairs = (suffix, variant) => new Set(hunt(files.map((f) => f.replace(/json$/, suffix)), variant)
		.map((d) => `${d.file.replace(/evtx$/, "json")} ${d.record} ${d.rule.id}`));
	/* each variant of the decoder of JSON that this processor has */
	const names = existsSync(TOOL) ? variants() : [];
	for (const [suffix, variant] of [["evtx"], ["json"], ...names.map((name) => ["json", name])]) {
		const got = pairs(suffix, variant);
		const missing = [...expected].filter((p) => !got.has(p)), extra = [...got].filter((p) => !expected.has(p));
		t.diagnostic(`${suffix} ${variant ?? ""}: ${records} records, ${expected.size} pairs expected, ${got.size} found, ${missing.length} missing, ${extra.length} more`);
		assert.ok(expected.size > 100, "the reference found hardly anything: it is broken");
		assert.deepEqual({ missing, extra }, { missing: [], extra: [] }, suffix);
	}
});

test("each sample is found by its own rule", { skip }, (t) => {
	const files = walk(join(sigma, "regression_data"), /\.(evtx|json)$/);
	const found = new Map();
	for (const d of hunt(files)) {
		const key = `${d.file} ${d.rule.id}`;
		found.set(key, (found.get(key) ?? 0) + 1);
	}
	let good = 0;
	for (const file of files) {
		const id = basename(file).replace(/\.(evtx|json)$/, "");
		const info = YAML.parse(readFileSync(join(dirname(file), "info.yml"), "utf8"));
		const wanted = info.regression_tests_info?.[0]?.match_count ?? 1;
		if ((found.get(`${file} ${id}`) ?? 0) >= wanted) good++;
		else t.diagnostic(`not found: ${file} (${found.get(`${file} ${id}`) ?? 0} of ${wanted})`);
	}
	t.diagnostic(`${good} of ${files.length} samples found by their own rule`);
	assert.equal(good, files.length);
});
