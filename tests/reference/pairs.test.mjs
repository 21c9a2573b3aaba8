// timeout: 900
/*
 * The engine against the reference matcher over pairs of rule and event that are
 * made from the rules (pairs.mjs), here a sample, and over our own rules' samples.
 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparePairs, faults, fitsLogsource, OWN_RULES, sayTable, TOOL, variants } from "./pairs.mjs";
import { jsonEvent } from "./json.mjs";
import { loadRules } from "./sigma.mjs";

const PAIRS = Number(process.env.HIKESHI_REFERENCE_PAIRS ?? 100000), SEED = Number(process.env.HIKESHI_REFERENCE_SEED ?? 20261121);
const skip = existsSync(TOOL) ? false : `${TOOL} is not built`;

test(`${PAIRS} made pairs have the same answer on each variant of the decoder`, { skip }, async (t) => {
	const result = await comparePairs({ pairs: PAIRS, seed: SEED, say: (text) => t.diagnostic(text) });
	sayTable(result, (text) => t.diagnostic(text));
	assert.deepEqual(faults(result), []);
});

test("our own rules and samples have the same answer on each variant", { skip }, (t) => {
	const { rules, problems } = loadRules([OWN_RULES]);
	const samples = readdirSync(OWN_RULES, { recursive: true }).map(String).filter((name) => name.endsWith(".test.ndjson")).sort()
		.flatMap((name) => readFileSync(join(OWN_RULES, name), "utf8").split("\n").filter(Boolean)
			.map((line) => ({ name: name.replace(/\.test\.ndjson$/, ".yml"), ...JSON.parse(line) })))
		.filter((sample) => sample.event?.hikeshi); // others name their logsource only by a Windows log
	const folder = mkdtempSync(join(tmpdir(), "hikeshi-samples-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const texts = samples.map((s) => JSON.stringify(s.event)), file = join(folder, "events.ndjson");
	writeFileSync(file, texts.join("\n") + "\n");
	assert.deepEqual(problems, []);
	assert.ok(samples.length >= 100, "hardly any sample");
	const wrong = [];
	for (const variant of variants()) {
		const run = spawnSync(TOOL, [file, OWN_RULES], { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, HIKESHI_SIMD: variant } });
		assert.equal(run.status, 0, run.stderr);
		const out = run.stdout.split("\n"), begin = out.indexOf("events");
		const ids = new Map(out.slice(0, begin).filter((l) => l.startsWith("rule ")).map((l) => l.split(" ").slice(1)));
		texts.forEach((text, i) => {
			const event = jsonEvent(text), found = new Set(out[begin + 1 + i].split(" ").map((n) => ids.get(n)));
			for (const rule of rules) {
				const matched = rule.matches(event), said = found.has(rule.id), own = rule.file.endsWith(samples[i].name);
				if ((fitsLogsource(rule.logsource, event.envelope) || said) && matched !== said) wrong.push(`${variant} ${rule.title} ${text}`);
				if (own && matched !== samples[i].expect) wrong.push(`${rule.title} expects ${samples[i].expect}: ${text}`);
			}
		});
	}
	t.diagnostic(`${rules.length} rules, ${samples.length} samples, variants ${variants().join(", ")}`);
	assert.deepEqual(wrong, []);
});
