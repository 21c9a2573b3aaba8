/*
 * Events made from a rule: one that should match, then often changed a little so
 * that it nearly does. What is true of it the reference matcher says afterwards.
 */
import { alternativesOf, expressions, ONE, PARTS, regExpFlags, STAR } from "./sigma.mjs";
import { readRegExp, sameLetters, sample } from "./regexp.mjs";
import { PLACEHOLDERS } from "./made.mjs";

const NOISE = ["Image", "CommandLine", "User", "TargetFilename", "EventID", "zz", "Alpha", "gamma", "Delta.other"];
const OTHERS = ["null", "[]", "{}", '""', "0", "1", "17", "-3", "1.0", "1e3", "true", "false", '"10.0.0.77"', '"::1"', '"fe80::1"', '"2025-10-24T12:30:00Z"',
	'"2024-12-30"', "9007199254740993", "[null,1]"];

const two = (n) => String(n).padStart(2, "0");

/* ---- a text for one value of a rule ---- */

function ofTokens(random, tokens, cased) {
	let out = "";
	for (const t of tokens) {
		if (t === STAR) out += random.chance(0.4) ? "" : random.text(6);
		else if (t === ONE) out += random.letter();
		else if (t instanceof Set) out += random.pick([...t]);
		else out += !cased && random.chance(0.1) ? random.pick(sameLetters(t)) : t;
	}
	return out;
}

function inNetwork(random, network) {
	const [address, prefix] = network.split("/");
	if (address.includes(":")) {
		if (prefix === undefined || random.chance(0.2)) return address;
		const dots = /:(\d+\.)/.test(address);
		if (dots) return `::ffff:10.${random.below(256)}.0.${random.below(256)}`;
		const head = address.replace(/::.*$/, "").split(":").filter(Boolean).slice(0, Math.floor(Number(prefix) / 16));
		while (head.length < 8) head.push(random.below(65536).toString(16));
		return head.join(":");
	}
	const bits = 32 - Number(prefix ?? 32);
	const n = address.split(".").reduce((a, p) => a * 256 + Number(p), 0);
	const low = Math.floor(n / 2 ** bits) * 2 ** bits + Math.floor(random.next() * 2 ** bits);
	const dotted = [24, 16, 8, 0].map((s) => Math.floor(low / 2 ** s) % 256).join(".");
	return random.chance(0.15) ? `::ffff:${dotted}` : dotted;
}

function nearNumber(random, value, mods) {
	const step = mods.includes("lt") ? -1 : mods.includes("gt") ? 1 : 0;
	const part = Object.keys(PARTS).find((p) => mods.includes(p));
	if (/^-?\d+$/.test(value)) {
		const n = BigInt(value) + BigInt(step + (random.chance(0.3) ? random.between(-1, 1) : 0));
		return part ? instantWith(random, part, Number(n)) : String(n);
	}
	return String(Number(value) + step);
}
function instantWith(random, part, n) {
	const at = { year: random.between(2019, 2026), month: random.between(1, 12), day: random.between(1, 28), hour: random.below(24), minute: random.below(60) };
	if (part === "week") {
		const date = new Date(Date.UTC(at.year, 0, 4 + (n - 1) * 7));
		[at.year, at.month, at.day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
	} else at[part] = n;
	const date = `${String(at.year).padStart(4, "0")}-${two(at.month)}-${two(at.day)}`;
	if (!["hour", "minute"].includes(part) && random.chance(0.2)) return date;
	return `${date}${random.pick(["T", " ", "T", "t"])}${two(at.hour)}:${two(at.minute)}${random.pick(["", ":07", ":07Z", ":59.123+09:00"])}`;
}

/* [text, whether more may stand before it, and behind it] */
function textFor(random, item, value) {
	const { mods } = item;
	if (mods.includes("re")) {
		const source = random.pick(expressions(value, mods, PLACEHOLDERS));
		const how = readRegExp(source, regExpFlags(mods));
		const begin = source.startsWith("^"), end = source.endsWith("$");
		return [sample(how.tree, how, random), !begin, !end];
	}
	if (mods.includes("cidr")) return [inNetwork(random, value), false, false];
	if (["lt", "lte", "gt", "gte", ...Object.keys(PARTS)].some((m) => mods.includes(m))) return [nearNumber(random, value, mods), false, false];
	item.alternatives ??= new Map();
	let list = item.alternatives.get(value);
	if (!list) item.alternatives.set(value, list = alternativesOf(value, mods.filter((m) => item.field !== "" || m === "windash" || m === "expand" || /base64|utf16|wide/.test(m)), PLACEHOLDERS));
	const tokens = random.pick(list), free = item.field === "";
	return [ofTokens(random, tokens, mods.includes("cased")), free || tokens[0] === STAR, free || tokens[tokens.length - 1] === STAR];
}

/* ---- which items shall hold ---- */

function wish(random, node, want, out) {
	if (node.not) return wish(random, node.not, !want, out);
	const parts = node.any ?? node.every;
	if (!parts) return out.push({ item: node.item, want });
	const needsAll = Boolean(node.every) === want;
	if (needsAll) for (const p of parts) wish(random, p, want, out);
	else wish(random, random.pick(parts), want, out);
	return undefined;
}

/* Into draft: field -> [{text, before, behind}] */
function fulfil(random, { item, want }, draft) {
	const { mods, values } = item;
	const put = (field, piece) => {
		if (!draft.get(field)) draft.set(field, []);
		draft.get(field).push(piece);
	};
	const field = item.field || random.pick(NOISE);
	const wanted = want !== mods.includes("neq");
	if (mods.includes("exists")) {
		if ((values[0] === "true") === want) put(field, { text: random.text(5), before: true, behind: true });
		else draft.set(field, null);
		return;
	}
	if (!wanted && !random.chance(0.15)) return;
	const chosen = mods.includes("all") && random.chance(wanted ? 0.95 : 0.4) ? values : [random.pick(values)];
	for (const value of chosen) {
		if (value === null) {
			if (random.chance(0.5)) put(field, { other: "null" });
		} else if (mods.includes("fieldref")) {
			const text = random.text(6) || "same", longer = random.text(4);
			put(value, { text, before: false, behind: false });
			put(field, { text: mods.includes("contains") || mods.includes("endswith") ? longer + text : text, before: false, behind: mods.includes("startswith") });
		} else {
			const [text, before, behind] = textFor(random, item, value);
			put(field, { text, before, behind });
		}
	}
}

/* One text of all that a field shall hold. */
function join(random, pieces) {
	const other = pieces.find((p) => p.other);
	if (other) return other;
	const whole = pieces.find((p) => !p.before && !p.behind);
	if (whole) return { text: whole.text };
	const first = pieces.filter((p) => !p.before), last = pieces.filter((p) => !p.behind);
	const middle = random.shuffled(pieces.filter((p) => p.before && p.behind));
	return { text: [...first, ...middle, ...last].map((p) => p.text).join(random.chance(0.5) ? "" : " ") };
}

/* ---- near misses ---- */

const NEAR = [
	(r, t) => { const i = r.below(t.length); return t.slice(0, i) + r.letter() + t.slice(i + 1); },
	(r, t) => { const i = r.below(t.length); return t.slice(0, i) + t.slice(i + 1); },
	(r, t) => { const i = r.below(t.length + 1); return t.slice(0, i) + r.letter() + t.slice(i); },
	(r, t) => { const i = r.below(t.length); return t.slice(0, i) + r.pick(sameLetters(String.fromCodePoint(t.codePointAt(i) & 0xffff)).concat("\u212a")) + t.slice(i + 1); },
	(r, t) => t.slice(1), (r, t) => t.slice(0, -1), (r, t) => r.letter() + t, (r, t) => t + r.letter(), (r, t) => `${t}\n`,
	(r, t) => t.replace(/[\\/]/, (c) => (c === "/" ? "\\" : "/")), (r, t) => t.replace(/[-/]/, () => r.pick(["\u2013", "\u2212", "--", ""])),
	(r, t) => t.toUpperCase(), (r, t) => t.toLowerCase(), (r, t) => [...t].reverse().join(""), (r, t) => ` ${t} `,
	(r, t) => t.replace(/\d/, () => String(r.below(10))),
];
function spoil(random, event) {
	const names = [...event.keys()];
	if (names.length === 0) return;
	const name = random.pick(names), value = event.get(name);
	const roll = random.next();
	if (roll < 0.12) event.delete(name);
	else if (roll < 0.2) event.set(name, { other: random.pick(OTHERS) });
	else if (roll < 0.26) { event.delete(name); event.set(random.chance(0.5) ? name.toUpperCase() : name.toLowerCase(), value); }
	else if (roll < 0.32) { const other = random.pick(names), held = event.get(other); event.set(other, value); event.set(name, held); }
	else if (value.text) event.set(name, { ...value, text: random.pick(NEAR)(random, value.text).replace(/[\ud800-\udfff]/gu, "\ufffd") });
}

/* ---- as JSON ---- */

function put(random, value) {
	if (value.other) return value.other;
	const { text } = value;
	if (/^-?(0|[1-9]\d{0,17})(\.\d+)?$/.test(text) && random.chance(0.4)) return text;
	if (/^(true|false)$/.test(text) && random.chance(0.5)) return text;
	let json = JSON.stringify(text);
	if (random.chance(0.04)) json = `"${[...text].map((c) => (c.length === 1 && random.chance(0.5) ? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}` : JSON.stringify(c).slice(1, -1))).join("")}"`;
	const roll = random.next();
	if (roll < 0.04) return `[${json},${JSON.stringify(random.text(5))}]`;
	if (roll < 0.06) return `[${random.pick(OTHERS)},${json}]`;
	return json;
}

function toJson(random, logsource, event) {
	const members = [], nested = new Map();
	const envelope = Object.fromEntries(["product", "category", "service"].filter((k) => logsource?.[k]).map((k) => [k, String(logsource[k]).toLowerCase()]));
	for (const [name, value] of random.shuffled([...event])) {
		const json = put(random, value), dot = name.indexOf(".");
		if (dot <= 0 || random.chance(0.3)) {
			members.push(`${JSON.stringify(name)}:${json}`);
			if (random.chance(0.01)) members.push(`${JSON.stringify(name)}:${JSON.stringify(random.text(4))}`);
			continue;
		}
		const outer = name.slice(0, dot), inner = `${JSON.stringify(name.slice(dot + 1))}:${json}`;
		if (!nested.has(outer)) nested.set(outer, []);
		nested.get(outer).push(inner);
	}
	for (const [outer, list] of nested)
		members.splice(random.below(members.length + 1), 0, `${JSON.stringify(outer)}:{${list.join(",")}}`);
	members.splice(random.chance(0.95) ? 0 : random.below(members.length + 1), 0, `"hikeshi":${JSON.stringify(envelope)}`);
	return random.chance(0.05) ? `{ ${members.join(" ,\t")} }` : `{${members.join(",")}}`;
}

/* One event for this rule, as a line of NDJSON. */
export function makeEvent(random, rule) {
	const wishes = [], draft = new Map(), event = new Map();
	wish(random, rule.tree, random.chance(0.93), wishes);
	for (let n = random.below(3); n > 0; n--) event.set(random.pick(NOISE), { text: random.text(12) });
	for (const one of wishes.sort((a, b) => Number(a.want) - Number(b.want))) fulfil(random, one, draft);
	for (const [name, pieces] of draft) {
		if (pieces === null) event.delete(name);
		else event.set(name, join(random, pieces));
	}
	for (let n = random.chance(0.5) ? random.between(1, 2) : 0; n > 0; n--) spoil(random, event);
	return toJson(random, rule.logsource, event);
}
