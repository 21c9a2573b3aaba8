/*
 * The engine against the reference matcher over (rule, event) pairs that are
 * made from the rules: SigmaHQ's where they are at hand, ours, and made-up ones.
 *
 * usage: node tests/reference/pairs.mjs [--pairs N] [--seed N] [--keep FOLDER]
 *
 * Each event is made for one rule and is one pair; what else the engine finds in
 * it is judged too, and one event of FULL against all rules of its logsource. Run
 * for each variant of the decoder that this processor has. `make reference` runs
 * a million.
 */
import { spawnSync } from "node:child_process";
import { closeSync, createReadStream, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeEvent } from "./generate.mjs";
import { jsonEvent } from "./json.mjs";
import { makeRules, PLACEHOLDERS } from "./made.mjs";
import { Random } from "./random.mjs";
import { loadRules } from "./sigma.mjs";

const TOP = resolve(fileURLToPath(import.meta.url), "../../..");
const SIGMA = process.env.HIKESHI_SIGMA ?? resolve(TOP, "../shared/sigma");
export const TOOL = process.env.HIKESHI_MATCH_TOOL ?? join(TOP, "out/build-release/detect/match-tool");
export const OWN_RULES = join(TOP, "rules/sigma");
export const SIGMA_FOLDERS = ["rules", "rules-emerging-threats", "rules-threat-hunting"].map((d) => join(SIGMA, d));
const FULL = 100, SHOWN = 12, MADE_EACH = 12, MADE_MIXED = 600;
const NEEDED = 1000; // of a million pairs: each modifier's rules, matching and not; and its items

const lines = (file) => createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }), crlfDelay: Infinity });

function tool(args, out, variant) {
	const run = spawnSync(TOOL, args, { stdio: ["ignore", out, "pipe"], encoding: "utf8", env: { ...process.env, HIKESHI_SIMD: variant ?? "" } });
	if (run.status !== 0) throw new Error(`${TOOL}: ${run.error ?? run.stderr}`);
}
export function variants() {
	return spawnSync(TOOL, ["--variants"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
}

/* Writes the events; each round takes every rule, made-up ones twice as often. Returns each event's rule. */
function writeEvents(file, rules, pairs, random) {
	const of = new Uint32Array(pairs), fd = openSync(file, "w");
	const turns = rules.flatMap((rule, i) => (rule.made ? [i, i] : [i]));
	let text = [];
	for (let n = 0, order = []; n < pairs; n++) {
		if (order.length === 0) order = random.shuffled(turns);
		of[n] = order.pop();
		text.push(makeEvent(random, rules[of[n]]));
		if (text.length === 2000 || n + 1 === pairs) {
			writeSync(fd, text.join("\n") + "\n");
			text = [];
		}
	}
	closeSync(fd);
	return of;
}

class Tally {
	constructor() { this.rule = new Map(); this.item = new Map(); }
	add(map, key, held) {
		if (!map.has(key)) map.set(key, [0, 0]);
		map.get(key)[held ? 0 : 1]++;
	}
	pair(rule, event, matched) {
		for (const mod of rule.mods) this.add(this.rule, mod, matched);
		for (const item of rule.items) {
			const held = item.test(event);
			for (const kind of item.kinds) this.add(this.item, kind, held);
		}
	}
}

/* What is counted: modifiers, and kinds of values that have none. */
function kindsOf(item) {
	const kinds = new Set(item.mods.length ? item.mods : ["(no modifier)"]);
	if (item.field === "") kinds.add("(keyword)");
	if (item.field.includes(".")) kinds.add("(nested)");
	if (item.values.includes(null)) kinds.add("(null)");
	if (item.values.includes("")) kinds.add("(empty)");
	if (!item.mods.includes("re") && item.values.some((v) => v !== null && /[*?]/.test(v))) kinds.add("(wildcard)");
	return [...kinds];
}

function loadAll(folder, seed, say) {
	const here = SIGMA_FOLDERS.filter(existsSync), made = join(folder, "made.yml");
	if (here.length === 0) say(`SKIPPED: SIGMAHQ'S RULES ARE NOT AT ${SIGMA}: only our own and made-up rules are compared`);
	writeFileSync(made, makeRules(new Random(seed), MADE_EACH, MADE_MIXED));
	const paths = [...here, OWN_RULES, made];
	const { rules, problems } = loadRules(paths, PLACEHOLDERS);
	for (const rule of rules) {
		rule.made = rule.file === made;
		for (const item of rule.items) item.kinds = kindsOf(item);
		rule.mods = [...new Set(rule.items.flatMap((i) => i.kinds))];
	}
	return { paths, rules, problems, madeFile: made };
}

/* Rules that only one of the two reads. */
function compareRules(rules, problems, header, say) {
	const theirs = new Set(header.filter((l) => l.startsWith("rule ")).map((l) => l.split(" ")[2]));
	const ours = new Set(rules.map((r) => r.id));
	const onlyHere = rules.filter((r) => !theirs.has(r.id)), onlyThere = [...theirs].filter((id) => !ours.has(id));
	say(`${rules.length} rules in the reference matcher, ${theirs.size} in the engine; not read: ${problems.length} and ${header.filter((l) => l.startsWith("problem ")).length}`);
	for (const p of problems.slice(0, SHOWN)) say(`  the reference matcher does not read ${p.file}: ${p.reason}`);
	for (const r of onlyHere.slice(0, SHOWN)) say(`  only the reference matcher reads ${r.file} ${r.id} ${r.title}`);
	for (const id of onlyThere.slice(0, SHOWN)) say(`  only the engine reads ${id}`);
	for (const l of header.filter((l) => l.startsWith("problem ")).slice(0, SHOWN)) say(`  ${l}`);
	return { onlyHere, onlyThere };
}

export const fitsLogsource = (wanted, has) => ["product", "category", "service"].every((k) => wanted?.[k] === undefined || wanted[k] === has[k]);

/* Reads events and the engine's answers side by side. */
async function judge(events, answers, rules, of, header, say) {
	const number = new Map(header.filter((l) => l.startsWith("rule ")).map((l) => l.split(" ")).map(([, n, id]) => [id, Number(n)]));
	const byNumber = new Map(rules.map((r) => [number.get(r.id), r]));
	const tally = new Tally(), result = { pairs: 0, matching: 0, others: 0, bad: 0, differences: 0, tally };
	const answer = lines(answers)[Symbol.asyncIterator]();
	let n = 0;
	const differ = (rule, line, engine) => {
		if (result.differences++ < SHOWN)
			say(`DIFFERENCE: the engine says ${engine ? "match" : "no match"}, the reference matcher the contrary\n  rule ${rule.id} ${rule.title} ${rule.file}\n${rule.made ? `  ${JSON.stringify(rule.items.map(({ field, mods, values }) => [field, ...mods, values]))}\n` : ""}  event ${line}`);
	};
	for (;;) { // what stands before the answers
		const { value, done } = await answer.next();
		if (done) throw new Error("the tool said nothing");
		if (value === "events") break;
	}
	for await (const line of lines(events)) {
		const said = (await answer.next()).value, rule = rules[of[n++]];
		if (said === undefined || said.startsWith("bad ")) {
			if (result.bad++ < SHOWN) say(`the engine does not read an event: ${said}\n  ${line}`);
			continue;
		}
		const found = new Set(said === "" ? [] : said.split(" ").map(Number));
		const event = jsonEvent(line), matched = rule.matches(event);
		result.pairs++;
		result.matching += matched;
		tally.pair(rule, event, matched);
		if (matched !== found.has(number.get(rule.id))) differ(rule, line, !matched);
		const others = n % FULL === 0 ? rules.filter((r) => r !== rule && fitsLogsource(r.logsource, event.envelope)) : [];
		for (const r of new Set([...others, ...[...found].map((f) => byNumber.get(f))])) {
			if (!r || r === rule) continue;
			result.others++;
			if (r.matches(event) !== found.has(number.get(r.id))) differ(r, line, found.has(number.get(r.id)));
		}
	}
	if ((await answer.next()).done !== true) throw new Error("the tool said more than it was asked");
	return result;
}

async function header(file) {
	const out = [];
	for await (const line of lines(file)) {
		if (line === "events") break;
		out.push(line);
	}
	return out;
}
async function digest(file) {
	const hash = createHash("sha256");
	for await (const part of createReadStream(file)) hash.update(part);
	return hash.digest("hex");
}

/* Returns what was counted; says figures line by line. */
export async function comparePairs({ pairs, seed, say, keep }) {
	const folder = keep ?? mkdtempSync(join(tmpdir(), "hikeshi-reference-"));
	const began = Date.now(), seconds = () => ((Date.now() - began) / 1000).toFixed(1);
	try {
		const { paths, rules, problems } = loadAll(folder, seed, say);
		say(`seed ${seed}; rules read in ${seconds()} s`);
		const placeholders = Object.entries(PLACEHOLDERS).flatMap(([k, list]) => list.flatMap((v) => ["-p", `${k}=${v}`]));
		const call = (events, name, variant, more = []) => {
			const file = join(folder, name), out = openSync(file, "w");
			tool([...more, ...placeholders, events, ...paths], out, variant);
			closeSync(out);
			return file;
		};
		const readable = await header(call("/dev/null", "rules.txt"));
		const loaded = compareRules(rules, problems, readable, say);
		const either = rules.filter((r) => !loaded.onlyHere.includes(r));
		const events = join(folder, "events.ndjson");
		const of = writeEvents(events, either, pairs, new Random(seed + 1));
		say(`${pairs} events made by ${seconds()} s`);
		const names = variants(), digests = new Map();
		for (const name of names) digests.set(name, await digest(call(events, `answers-${name}.txt`, name)));
		digests.set("any", await digest(call(events, "answers-any.txt", undefined, ["-a"]))); // as `hikeshi hunt` decodes
		say(`engine: variants ${names.join(", ")} by ${seconds()} s: ${new Set(digests.values()).size === 1 ? "all say the same" : `THEY DIFFER: ${JSON.stringify([...digests])}`}`);
		const result = await judge(events, join(folder, `answers-${names[0]}.txt`), either, of, readable, say);
		const share = result.matching / result.pairs;
		say(`${result.pairs} pairs, ${result.matching} match (${(100 * share).toFixed(1)} %), ${result.others} other pairs, ${result.differences} differences, ${result.bad} events not read, ${seconds()} s`);
		return { ...result, ...loaded, share, names, digests, rules: either, needed: Math.ceil((NEEDED * pairs) / 1e6) };
	} finally {
		if (!keep) rmSync(folder, { recursive: true, force: true });
	}
}

/* Each modifier with how often rules that use it matched and did not, and its items. */
export function modifierTable(result) {
	return [...result.tally.rule.keys()].sort().map((name) => ({ name, rule: result.tally.rule.get(name), item: result.tally.item.get(name) ?? [0, 0] }));
}
export function sayTable(result, say) {
	say("modifier            rule matches   rule does not   item holds   item does not");
	for (const { name, rule, item } of modifierTable(result))
		say(`${name.padEnd(18)}${String(rule[0]).padStart(14)}${String(rule[1]).padStart(16)}${String(item[0]).padStart(13)}${String(item[1]).padStart(16)}`);
}
/* What is wrong with the whole; empty: nothing. */
export function faults(result) {
	const out = [];
	if (result.differences) out.push(`${result.differences} differences`);
	if (result.bad) out.push(`${result.bad} events not read`);
	if (result.onlyHere.length || result.onlyThere.length) out.push("rules that only one of the two reads");
	if (new Set(result.digests.values()).size !== 1) out.push("variants of the decoder differ");
	if (result.share < 0.3) out.push(`only ${(100 * result.share).toFixed(1)} % match`);
	for (const { name, rule, item } of modifierTable(result))
		if (Math.min(...rule, ...item) < result.needed) out.push(`${name} was compared fewer than ${result.needed} times one way`);
	return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const option = (name, otherwise) => {
		const at = process.argv.indexOf(name);
		return at < 0 ? otherwise : process.argv[at + 1];
	};
	const say = (text) => console.log(text);
	const result = await comparePairs({ pairs: Number(option("--pairs", "1000000")), seed: Number(option("--seed", "20261121")), keep: option("--keep"), say });
	const wrong = faults(result);
	sayTable(result, say);
	for (const fault of wrong) say(`NOT AS IT SHALL BE: ${fault}`);
	say(wrong.length === 0 ? "engine and reference matcher agree" : "engine and reference matcher do NOT agree");
	process.exitCode = wrong.length === 0 ? 0 : 1;
}
