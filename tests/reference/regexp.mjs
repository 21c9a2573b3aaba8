/*
 * Regular expressions as Sigma's `re` means them (PCRE's subset, docs/sigma.md),
 * read into a tree: the reference matcher writes it down as one of JavaScript's,
 * the generator makes texts of it. Case is folded here, because JavaScript's `i`
 * would change \w and \b too.
 */
import { setFlagsFromString } from "node:v8";

/* Machine code of all rules' expressions is more than V8 has room for (Node 18). */
setFlagsFromString("--regexp-interpret-all");

/* ---- simple case folding ---- */

let families = null;
const known = new Map();

const single = (s) => [...s].length === 1;
function makeFamilies() {
	families = new Map();
	for (let code = 0; code < 0x1f000; code++) {
		if (code >= 0xd800 && code < 0xe000) continue;
		const c = String.fromCodePoint(code), upper = c.toUpperCase();
		const key = single(upper) ? (single(upper.toLowerCase()) ? upper.toLowerCase() : upper) : c.toLowerCase();
		if (!families.has(key)) families.set(key, []);
		families.get(key).push(c);
		if (key !== c && single(key)) families.get(key).push(key);
	}
}
export const quote = (c) => c.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/* All characters that are c when case does not count, c among them. */
export function sameLetters(c) {
	let list = known.get(c);
	if (list === undefined) {
		if (!families) makeFamilies();
		const upper = c.toUpperCase();
		const keys = [c, c.toLowerCase(), upper, upper.toLowerCase()];
		const fits = new RegExp(`^${quote(c)}$`, "iu");
		list = [...new Set([c, ...keys.flatMap((k) => families.get(k) ?? [])])].filter((d) => single(d) && fits.test(d)).sort();
		known.set(c, list);
	}
	return list;
}
export const fold = (text) => {
	let out = "";
	for (const c of text) out += c < "\x80" ? c.toLowerCase() : sameLetters(c)[0].toLowerCase();
	return out;
};

/* ---- reading ---- */

const DIGIT = [["0", "9"]], SPACE = [["\t", "\r"], [" ", " "]];
const WORD = [["A", "Z"], ["a", "z"], ["0", "9"], ["_", "_"]];
const CLASSES = { d: [DIGIT, false], D: [DIGIT, true], s: [SPACE, false], S: [SPACE, true], w: [WORD, false], W: [WORD, true] };
const CONTROLS = { t: "\t", n: "\n", r: "\r", f: "\f", e: "\x1b", a: "\x07" };

export function readRegExp(source, flags) {
	const text = [...source];
	const wanted = new Set(flags);
	let at = 0;
	const bad = (what) => { throw new Error(`expression: ${what}: ${source}`); };
	const inline = /^\(\?([ims]+)\)/.exec(source);
	if (inline) {
		for (const c of inline[1]) wanted.add(c);
		at = inline[0].length;
	}

	function escaped(inSet) {
		const c = text[at++];
		if (c === undefined) bad("ends with \\");
		if (c in CLASSES) return { class: CLASSES[c] };
		if (c in CONTROLS) return { char: CONTROLS[c] };
		if (c === "x") {
			const m = /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{1,2}))/.exec(text.slice(at, at + 12).join(""));
			if (!m) bad("\\x");
			at += m[0].length;
			return { char: String.fromCodePoint(parseInt(m[1] ?? m[2], 16)) };
		}
		if (c === "b") return inSet ? { char: "\b" } : { bound: true };
		if (c === "B" && !inSet) return { bound: false };
		if (/[A-Za-z0-9]/.test(c)) bad(`\\${c} is not read here`);
		return { char: c };
	}
	function set() {
		const items = [];
		const negated = text[at] === "^";
		if (negated) at++;
		for (let first = true; text[at] !== "]" || first; first = false) {
			if (at >= text.length) bad("[ does not end");
			if (text[at] === "[" && /[:.=]/.test(text[at + 1] ?? "")) bad("[: is not read here");
			let one = text[at++];
			if (one === "\\") {
				const e = escaped(true);
				if (e.class) { items.push({ class: e.class }); continue; }
				one = e.char;
			}
			if (text[at] === "-" && text[at + 1] !== "]" && text[at + 1] !== undefined) {
				at++;
				let last = text[at++];
				if (last === "\\") {
					const e = escaped(true);
					if (e.class) bad("a class ends a range");
					last = e.char;
				}
				items.push({ range: [one, last] });
			} else items.push({ range: [one, one] });
		}
		at++;
		return { set: items, negated };
	}
	function atom() {
		const c = text[at++];
		if (c === "(") {
			if (text[at] === "?") {
				if (text[at + 1] !== ":") bad("this group is not read here");
				at += 2;
			}
			const inner = either();
			if (text[at++] !== ")") bad(") is missing");
			return { group: inner };
		}
		if (c === "[") return set();
		if (c === ".") return { dot: true };
		if (c === "^") return { begin: true };
		if (c === "$") return { end: true };
		if (c === "\\") return escaped(false);
		if (c === "*" || c === "+" || c === "?") bad("nothing to repeat");
		return { char: c };
	}
	function repeated() {
		let node = atom();
		for (;;) {
			const rest = text.slice(at, at + 16).join("");
			const m = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/.exec(rest);
			if (!m) return node;
			at += m[0].length;
			const least = m[1] ? (m[1] === "+" ? 1 : 0) : Number(m[2]);
			const most = m[1] ? (m[1] === "?" ? 1 : Infinity) : m[4] !== "" ? Number(m[4]) : m[3] ? Infinity : least;
			node = { repeat: node, least, most };
		}
	}
	function sequence() {
		const list = [];
		while (at < text.length && text[at] !== "|" && text[at] !== ")") list.push(repeated());
		return { sequence: list };
	}
	function either() {
		const list = [sequence()];
		while (text[at] === "|") at++, list.push(sequence());
		return { either: list };
	}
	const tree = either();
	if (at !== text.length) bad("a ) too many");
	return { tree, caseless: wanted.has("i"), lines: wanted.has("m"), dotall: wanted.has("s") };
}

/* ---- as one of JavaScript's ---- */

const RANGE_MOST = 600; // letters that are folded one by one
function ranges(list, caseless) {
	let out = "";
	const put = (c) => `\\u{${c.codePointAt(0).toString(16)}}`;
	for (const [low, high] of list) {
		out += `${put(low)}-${put(high)}`;
		const from = low.codePointAt(0), to = high.codePointAt(0);
		if (!caseless) continue;
		if (to - from > RANGE_MOST) throw new Error("expression: a range too long to fold");
		for (let code = from; code <= to; code++) out += sameLetters(String.fromCodePoint(code)).map(put).join("");
	}
	return out;
}
const W = "[A-Za-z0-9_]";

function write(node, how) {
	if (node.either) return `(?:${node.either.map((n) => write(n, how)).join("|")})`;
	if (node.sequence) return node.sequence.map((n) => write(n, how)).join("");
	if (node.group) return write(node.group, how);
	if (node.repeat) return `(?:${write(node.repeat, how)}){${node.least},${node.most === Infinity ? "" : node.most}}`;
	if (node.dot) return how.dotall ? "[\\s\\S]" : "[^\\n]";
	if (node.begin) return how.lines ? "(?:^|(?<=\\n)(?!$))" : "^";
	if (node.end) return how.lines ? "(?=\\n|$)" : "(?=\\n?$)";
	if (node.bound === true) return `(?:(?<=${W})(?!${W})|(?<!${W})(?=${W}))`;
	if (node.bound === false) return `(?:(?<=${W})(?=${W})|(?<!${W})(?!${W}))`;
	if (node.class) return `[${node.class[1] ? "^" : ""}${ranges(node.class[0], false)}]`;
	if (node.set) {
		const parts = node.set.map((i) => i.class ? write(i, how) : `[${ranges([i.range], how.caseless)}]`).join("|");
		return node.negated ? `(?:(?!${parts})[\\s\\S])` : `(?:${parts})`;
	}
	return `[${ranges([[node.char, node.char]], how.caseless)}]`;
}

export function toRegExp(source, flags) {
	const how = readRegExp(source, flags);
	return new RegExp(write(how.tree, how), "u");
}

/* ---- texts that fit (but for anchors in strange places) ---- */

const inRanges = (list, c) => list.some(([low, high]) => c >= low && c <= high);
function letterOf(node, random) {
	if (node.class) {
		const [list, negated] = node.class;
		for (let i = 0; negated && i < 100; i++) {
			const c = random.letter();
			if (!inRanges(list, c)) return c;
		}
		const [low, high] = random.pick(list);
		return String.fromCodePoint(random.between(low.codePointAt(0), high.codePointAt(0)));
	}
	const fits = (c) => node.set.some((i) => i.range ? inRanges([i.range], c) : inRanges(i.class[0], c) !== i.class[1]);
	for (let i = 0; node.negated && i < 100; i++) {
		const c = random.letter();
		if (!fits(c)) return c;
	}
	const item = random.pick(node.set);
	if (item.class) return letterOf(item, random);
	return String.fromCodePoint(random.between(item.range[0].codePointAt(0), item.range[1].codePointAt(0)));
}

export function sample(node, how, random) {
	if (node.either) return sample(random.pick(node.either), how, random);
	if (node.sequence) return node.sequence.map((n) => sample(n, how, random)).join("");
	if (node.group) return sample(node.group, how, random);
	if (node.repeat) {
		const count = random.between(node.least, Math.min(node.most, node.least + 3));
		let out = "";
		for (let i = 0; i < count; i++) out += sample(node.repeat, how, random);
		return out;
	}
	if (node.dot) return random.letter();
	if (node.class || node.set) return letterOf(node, random);
	if (node.char === undefined) return "";
	return how.caseless && random.chance(0.3) ? random.pick(sameLetters(node.char)) : node.char;
}
