/*
 * A slow, simple Sigma matcher to judge the engine by. It interprets each rule
 * for each event, straight from the specification and our written choices
 * (docs/sigma.md); it shares no code with the engine and is never fast.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import YAML from "yaml";
import { fold, quote, toRegExp } from "./regexp.mjs";

/* ---- events: as evtx_dump writes them, to Sigma's fields ---- */

/* Concatenated JSON objects, or one array: cut at depth 0 outside strings. */
export function splitObjects(text) {
	const objects = [];
	let depth = 0, start = -1, inString = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (inString) {
			if (c === "\\") i++;
			else if (c === '"') inString = false;
		} else if (c === '"') {
			inString = true;
		} else if (c === "{") {
			if (depth++ === 0) start = i;
		} else if (c === "}" && --depth === 0) {
			objects.push(text.slice(start, i + 1));
		}
	}
	return objects;
}

function add(fields, name, value) {
	if (Array.isArray(value)) {
		for (const v of value) add(fields, name, v);
		return;
	}
	if (!fields.has(name)) fields.set(name, []);
	fields.get(name).push(value);
}

function leaves(fields, name, value) {
	if (value !== null && typeof value === "object" && !Array.isArray(value)) {
		for (const [k, v] of Object.entries(value)) {
			if (k === "#attributes") {
				for (const [a, w] of Object.entries(v)) {
					if (a !== "xmlns") add(fields, `${name}_${a}`.replaceAll(" ", ""), w);
				}
			} else if (k === "#text") {
				add(fields, name, v);
			} else {
				leaves(fields, k.replaceAll(" ", ""), v);
			}
		}
	} else {
		add(fields, name, value);
	}
}

export function windowsEvent(object) {
	const fields = new Map();
	const { System = {}, EventData, UserData } = object.Event;
	for (const [k, v] of Object.entries(System)) leaves(fields, k, v);
	if (EventData) leaves(fields, "EventData", EventData);
	if (UserData) leaves(fields, "UserData", UserData);
	return { fields, raw: JSON.stringify(object) };
}

/* ---- values ---- */

const text = (v) => (v === null ? null : String(v));

/* Glob text to tokens: a literal character, or STAR, or ONE, or with `expand` {name}. */
export const STAR = Symbol("*"), ONE = Symbol("?");
function globTokens(pattern, names = false) {
	const tokens = [], chars = [...pattern];
	for (let i = 0; i < chars.length; i++) {
		const c = chars[i], next = chars[i + 1];
		const name = names && c === "%" ? /^%([^%\s]+)%/.exec(chars.slice(i).join(""))?.[1] : undefined;
		if (c === "\\" && (next === "*" || next === "?" || next === "\\" || (names && next === "%"))) {
			tokens.push(next);
			i++;
		} else if (name !== undefined) {
			tokens.push({ name });
			i += [...name].length + 1;
		} else if (c === "*") tokens.push(STAR);
		else if (c === "?") tokens.push(ONE);
		else tokens.push(c);
	}
	return tokens;
}
/* An alternative is a list of tokens; a token may be a Set of characters (windash). */
function tokensToRegExp(tokens, cased, anchored = true) {
	let body = "", from = 0, to = tokens.length;
	while (anchored && tokens[from] === STAR) from++;
	while (anchored && to > from && tokens[to - 1] === STAR) to--;
	const begin = anchored && from === 0, end = anchored && to === tokens.length;
	tokens = tokens.slice(from, to);
	for (const t of tokens) {
		if (t === STAR) body += "[\\s\\S]*";
		else if (t === ONE) body += "[\\s\\S]";
		else if (t instanceof Set) body += "(?:" + [...t].map(quote).join("|") + ")";
		else body += quote(t);
	}
	return new RegExp((begin ? "^" : "") + body + (end ? "$" : ""), cased ? "u" : "iu");
}

const DASHES = new Set(["-", "/", "\u2013", "\u2014", "\u2015"]);
const isWord = (t) => typeof t === "string" && /[A-Za-z0-9_]/.test(t);
function windash(tokens) {
	return tokens.map((t, i) =>
		(t === "-" || t === "/") && isWord(tokens[i + 1]) && !isWord(tokens[i - 1]) ? DASHES : t);
}

/* What an encoding takes: text without wildcards; a dash that may be one of five in each way. */
function spelled(tokens) {
	let list = [""];
	for (const t of tokens) {
		if (t instanceof Set) list = list.flatMap((s) => [...t].map((c) => s + c));
		else if (typeof t === "string") list = list.map((s) => s + t);
		else throw new Error("wildcard where none may be");
	}
	return list;
}
const LITTLE = (s) => Buffer.from(s, "utf16le");
const ENCODE = {
	wide: LITTLE, utf16le: LITTLE, utf16be: (s) => LITTLE(s).swap16(),
	utf16: (s) => Buffer.concat([Buffer.from([0xff, 0xfe]), LITTLE(s)]),
};
function placed(tokens, placeholders) {
	const at = tokens.findIndex((t) => t.name !== undefined && !(t instanceof Set));
	if (at < 0) return [tokens];
	const values = placeholders?.[tokens[at].name];
	if (!values) throw new Error(`the placeholder ${tokens[at].name} has no values`);
	return values.flatMap((v) => placed([...tokens.slice(0, at), ...globTokens(v), ...tokens.slice(at + 1)], placeholders));
}
function base64offsets(bytes) {
	return [0, 1, 2].map((i) => {
		const encoded = Buffer.concat([Buffer.alloc(i, 0x20), bytes]).toString("base64");
		const end = [0, 3, 2][(bytes.length + i) % 3];
		return encoded.slice([0, 2, 3][i], end ? -end : undefined);
	});
}

function ipNumber(s) {
	if (/^\d{1,3}(\.\d{1,3}){3}$/.test(s)) {
		const part = s.split(".").map(Number);
		if (part.some((p) => p > 255) || /(^|\.)0\d/.test(s)) return null;
		return { bits: 32, n: part.reduce((a, p) => (a << 8n) | BigInt(p), 0n) };
	}
	if (!/^[0-9a-fA-F:.]+$/.test(s) || !s.includes(":")) return null;
	let body = s;
	const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(s);
	if (tail) {
		const v4 = ipNumber(tail[2]);
		if (!v4) return null;
		body = tail[1] + (v4.n >> 16n).toString(16) + ":" + (v4.n & 0xffffn).toString(16);
	}
	const halves = body.split("::");
	if (halves.length > 2) return null;
	const head = halves[0] ? halves[0].split(":") : [];
	const rest = halves.length === 2 && halves[1] ? halves[1].split(":") : [];
	const missing = 8 - head.length - rest.length;
	if (halves.length === 2 ? missing < 0 : missing !== 0) return null;
	const groups = [...head, ...Array(missing).fill("0"), ...rest];
	if (groups.some((g) => !/^[0-9a-fA-F]{1,4}$/.test(g))) return null;
	const n = groups.reduce((a, g) => (a << 16n) | BigInt(parseInt(g, 16)), 0n);
	if (n >> 32n === 0xffffn) return { bits: 32, n: n & 0xffffffffn };
	return { bits: 128, n };
}
function inNetwork(value, network) {
	const [net, prefix] = network.split("/");
	const a = ipNumber(value), b = ipNumber(net);
	if (!a || !b || a.bits !== b.bits) return false;
	/* a network of IPv4 that is written as one of IPv6 counts IPv6's bits */
	const behind = prefix === undefined ? 0 : (net.includes(":") ? 128 : 32) - Number(prefix);
	const shift = BigInt(behind);
	return a.n >> shift === b.n >> shift;
}

/* A number of JSON, perhaps with zeros in front: whole ones of 64 bits exactly, others as doubles. */
function numberOf(s) {
	if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(s) || !Number.isFinite(Number(s))) return null;
	const whole = /^-?\d+$/.test(s) ? BigInt(s) : null;
	return whole !== null && BigInt.asIntN(64, whole) === whole ? { whole, real: Number(s) } : { whole: null, real: Number(s) };
}
const order = (a, b) => a.whole !== null && b.whole !== null
	? Number(a.whole > b.whole) - Number(a.whole < b.whole) : Number(a.real > b.real) - Number(a.real < b.real);

export const PARTS = { minute: 5, hour: 4, day: 3, week: "week", month: 2, year: 1 };
function timePart(s, part) {
	const m = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})|$)/.exec(s);
	if (!m || Number(m[1]) < 1 || (m[4] !== undefined && (m[4] > "23" || m[5] > "59"))) return null;
	const date = new Date(0);
	date.setUTCFullYear(+m[1], +m[2] - 1, +m[3]);
	if (date.getUTCMonth() !== m[2] - 1 || date.getUTCDate() !== +m[3]) return null;
	if (part !== "week") return m[PARTS[part]] === undefined ? null : Number(m[PARTS[part]]);
	date.setUTCDate(date.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7)); /* the week's Thursday */
	const first = new Date(date);
	first.setUTCMonth(0, 1);
	return 1 + Math.floor((date - first) / 604800000);
}

/* ---- one item: field|modifiers: values ---- */

const SHAPES = ["contains", "startswith", "endswith"];
const KNOWN = new Set([...SHAPES, "all", "cased", "neq", "windash", "base64", "base64offset", ...Object.keys(ENCODE), "expand",
	"re", "i", "m", "s", "ignorecase", "multiline", "dotall", "cidr", "lt", "lte", "gt", "gte", ...Object.keys(PARTS),
	"exists", "fieldref"]);
const COMPARISONS = { lt: (o) => o < 0, lte: (o) => o <= 0, gt: (o) => o > 0, gte: (o) => o >= 0 };

export function regExpFlags(mods) {
	const has = (...names) => names.some((n) => mods.includes(n));
	return (has("i", "ignorecase") ? "i" : "") + (has("m", "multiline") ? "m" : "") + (has("s", "dotall") ? "s" : "");
}
/* Expressions with placeholders put in, as plain text. */
export function expressions(source, mods, placeholders) {
	if (!mods.includes("expand")) return [source];
	const m = /(?<!\\)%([^%]+)%/.exec(source);
	if (!m) return [source];
	const values = placeholders?.[m[1]];
	if (!values) throw new Error(`the placeholder ${m[1]} has no values`);
	const after = source.slice(m.index + m[0].length);
	return values.flatMap((v) => expressions(after, mods, placeholders).map((a) => source.slice(0, m.index) + quote(v) + a));
}

/* A text value with all its modifiers: lists of tokens, one of which must fit. */
export function alternativesOf(value, mods, placeholders) {
	let list = [globTokens(value, mods.includes("expand"))];
	const padded = (left, right) => list.map((t) => [
		...(left && t[0] !== STAR ? [STAR] : []), ...t, ...(right && t[t.length - 1] !== STAR ? [STAR] : []),
	]);
	/* What a `wide` before made of it is bytes, else it is UTF-8. */
	let bytes = null;
	const asBytes = () => bytes ?? list.flatMap(spelled).map((s) => Buffer.from(s));
	for (const mod of mods) {
		if (bytes && !mod.startsWith("base64")) {
			list = bytes.map((b) => [...b.toString("latin1")]);
			bytes = null;
		}
		if (mod === "contains") list = padded(true, true);
		else if (mod === "startswith") list = padded(false, true);
		else if (mod === "endswith") list = padded(true, false);
		else if (mod === "windash") list = list.map(windash);
		else if (mod === "expand") list = list.flatMap((t) => placed(t, placeholders));
		else if (mod in ENCODE) bytes = list.flatMap(spelled).map(ENCODE[mod]);
		else if (mod === "base64") { list = asBytes().map((b) => [...b.toString("base64")]); bytes = null; }
		else if (mod === "base64offset") { list = asBytes().flatMap((b) => base64offsets(b).map((s) => [...s])); bytes = null; }
	}
	return bytes ? bytes.map((b) => [...b.toString("latin1")]) : list;
}

/* Returns a function (string) -> bool for one value of the rule. */
function valueTest(value, mods, keyword, placeholders) {
	const has = (m) => mods.includes(m);
	if (has("re")) {
		const list = expressions(value, mods, placeholders).map((e) => toRegExp(e, regExpFlags(mods)));
		return (s) => list.some((re) => re.test(s));
	}
	if (has("cidr")) return (s) => inNetwork(s, value);
	const compare = Object.keys(COMPARISONS).find(has), part = Object.keys(PARTS).find(has);
	if (compare || part) {
		const want = numberOf(value), fits = COMPARISONS[compare] ?? ((o) => o === 0);
		if (want === null) throw new Error(`${value} is no number`);
		return (s) => {
			const n = numberOf(part ? String(timePart(s, part)) : s);
			return n !== null && fits(order(n, want));
		};
	}
	const tests = alternativesOf(value, mods, placeholders).map((t) => tokensToRegExp(t, has("cased"), !keyword));
	return (s) => tests.some((re) => re.test(s));
}

/* Field values of an event: an array, or null where the field is absent. */
function fieldValues(event, name) {
	if (event.fields.has(name)) return event.fields.get(name);
	const lower = name.toLowerCase();
	let list = null;
	for (const [k, v] of event.fields) if (k.toLowerCase() === lower) list = [...(list ?? []), ...v];
	return list;
}
/* Also where an object of that name holds others. */
function isThere(event, name) {
	const prefix = `${name}.`.toLowerCase();
	return fieldValues(event, name) !== null || [...event.fields.keys()].some((k) => k.toLowerCase().startsWith(prefix));
}

function refersTo(event, field, name, mods) {
	const own = fieldValues(event, field), other = fieldValues(event, name);
	const plain = mods.includes("cased") ? (s) => s : fold;
	if (own === null || other === null) return false;
	return own.some((a) => a !== null && other.some((b) => {
		if (b === null) return false;
		const x = plain(text(a)), y = plain(text(b));
		if (mods.includes("contains")) return x.includes(y);
		if (mods.includes("startswith")) return x.startsWith(y);
		if (mods.includes("endswith")) return x.endsWith(y);
		return x === y;
	}));
}

/* Returns {field, mods, values, test(event)}; the last answer is remembered. */
function compileItem(key, value, load) {
	const [field, ...mods] = key.split("|");
	const values = (Array.isArray(value) ? value : [value]).map((v) => (v === null ? null : String(v)));
	const all = mods.includes("all"), negate = mods.includes("neq");
	const many = (fits) => (event) => all ? values.every((v, i) => fits(event, v, i)) : values.some((v, i) => fits(event, v, i));
	for (const m of mods) if (!KNOWN.has(m)) throw new Error(`unknown modifier ${m}`);
	let test;
	if (mods.includes("exists")) {
		test = many((event, v) => isThere(event, field) === (v === "true"));
	} else if (mods.includes("fieldref")) {
		test = many((event, v) => refersTo(event, field, v, mods));
	} else if (field === "") {
		const tests = values.map((v) => valueTest(v, mods.filter((m) => !SHAPES.includes(m)), true, load.placeholders));
		test = (event) => {
			event.everywhere ??= [event.raw, ...[...event.fields.values()].flat().filter((v) => v !== null).map(text)];
			const fits = (t) => event.everywhere.some(t);
			return all ? tests.every(fits) : tests.some(fits);
		};
	} else {
		const tests = values.map((v) => (v === null ? null : valueTest(v, mods, false, load.placeholders)));
		test = (event) => {
			const own = fieldValues(event, field);
			const fits = (t) => {
				if (t === null) return own === null ? !isThere(event, field) : own.some((v) => v === null);
				return own !== null && own.some((v) => v !== null && t(text(v)));
			};
			return all ? tests.every(fits) : tests.some(fits);
		};
	}
	let last = null, answer = false;
	const item = { field, mods, values, test: (event) => {
		if (event !== last) {
			last = event;
			answer = test(event) !== negate;
		}
		return answer;
	} };
	load.items.push(item);
	return item;
}

/* Returns a tree of {any: […]}, {every: […]} and {item}. */
function compileSearch(search, load) {
	if (Array.isArray(search))
		return { any: search.map((s) => compileSearch(s, load)) };
	if (search !== null && typeof search === "object")
		return { every: Object.entries(search).map(([k, v]) => ({ item: compileItem(k, v, load) })) };
	return { item: compileItem("", search, load) };
}

export function holds(node, event) {
	if (node.any) return node.any.some((n) => holds(n, event));
	if (node.every) return node.every.every((n) => holds(n, event));
	if (node.not) return !holds(node.not, event);
	return node.item.test(event);
}

/* ---- conditions ---- */

function parseCondition(source, ids) {
	const tokens = source.match(/\(|\)|[A-Za-z0-9_*-]+/g) ?? [];
	if (/[^\sA-Za-z0-9_*()-]/.test(source)) throw new Error(`condition: ${source}`);
	let at = 0;
	const peek = (word) => tokens[at]?.toLowerCase() === word;
	const or = () => {
		const parts = [and()];
		while (peek("or")) at++, parts.push(and());
		return { any: parts };
	};
	const and = () => {
		const parts = [not()];
		while (peek("and")) at++, parts.push(not());
		return { every: parts };
	};
	const not = () => {
		if (!peek("not")) return primary();
		at++;
		return { not: not() };
	};
	const primary = () => {
		const token = tokens[at++];
		if (token === undefined) throw new Error("condition ends too early");
		if (token === "(") {
			const part = or();
			if (tokens[at++] !== ")") throw new Error("missing )");
			return part;
		}
		if (["1", "any", "all"].includes(token.toLowerCase()) && peek("of")) {
			at++;
			const pattern = tokens[at++];
			const fits = pattern.toLowerCase() === "them" ? (id) => !id.startsWith("_")
				: (id) => tokensToRegExp(globTokens(pattern), true).test(id) &&
					(pattern.startsWith("_") || !id.startsWith("_"));
			const chosen = Object.keys(ids).filter(fits).map((id) => ids[id]);
			if (chosen.length === 0) throw new Error(`no selection fits ${pattern}`);
			return token.toLowerCase() === "all" ? { every: chosen } : { any: chosen };
		}
		if (!(token in ids)) throw new Error(`no selection ${token}`);
		return ids[token];
	};
	const result = or();
	if (at !== tokens.length) throw new Error(`condition goes on: ${tokens[at]}`);
	return result;
}

/* ---- rules ---- */

function files(path, into = []) {
	if (statSync(path).isDirectory()) {
		for (const name of readdirSync(path).sort()) files(join(path, name), into);
	} else if (/\.ya?ml$/.test(path)) {
		into.push(path);
	}
	return into;
}

/* Numbers of YAML as they are spelled, but 0x10 and 0o20. */
function spellNumbers(document) {
	YAML.visit(document, { Scalar(key, node) {
		if (key !== "key" && typeof node.value === "number" && node.source !== undefined)
			node.value = /^0[xo]/.test(node.source) ? String(node.value) : node.source;
	} });
	return document.toJS();
}

/* Names of SigmaHQ's that differ from those of its own table of logs. */
const SERVICES = { "microsoft-servicebus-client": "servicebus-client" };
function logsourceOf(logsource) {
	const out = {};
	for (const part of ["product", "category", "service"]) {
		const name = logsource?.[part] === undefined ? undefined : String(logsource[part]).toLowerCase();
		if (name !== undefined) out[part] = part === "service" ? SERVICES[name] ?? name : name;
	}
	return out;
}

/* Rules of one text: adds to rules and problems. */
export function readRules(yaml, file, placeholders, rules, problems) {
	for (const document of YAML.parseAllDocuments(yaml, { version: "1.2" })) {
		const d = spellNumbers(document);
		if (!d?.detection || ["deprecated", "unsupported"].includes(d.status)) continue;
		try {
			const ids = {}, load = { placeholders, items: [] };
			for (const [k, v] of Object.entries(d.detection)) {
				if (k !== "condition" && k !== "timeframe") ids[k] = compileSearch(v, load);
			}
			const tree = { any: [d.detection.condition].flat().map((c) => parseCondition(String(c), ids)) };
			rules.push({ id: d.id, title: d.title, level: d.level, logsource: logsourceOf(d.logsource), file, tree, items: load.items,
				matches: (e) => holds(tree, e) });
		} catch (error) {
			problems.push({ file, reason: error.message });
		}
	}
}

/* Returns {rules: [{id, title, level, logsource, tree, items, matches(event)}], problems}. */
export function loadRules(paths, placeholders = {}) {
	const rules = [], problems = [];
	for (const file of paths.flatMap((p) => files(p))) readRules(readFileSync(file, "utf8"), file, placeholders, rules, problems);
	return { rules, problems };
}

/* ---- routing of Windows events, from the semantics document, section 8 ---- */

const SYSMON = "Microsoft-Windows-Sysmon/Operational";
const CATEGORY = {
	process_creation: [1], file_change: [2], network_connection: [3], sysmon_status: [4, 16],
	process_termination: [5], driver_load: [6], image_load: [7], create_remote_thread: [8],
	raw_access_thread: [9], process_access: [10], file_event: [11], registry_event: [12, 13, 14],
	registry_add: [12], registry_delete: [12], registry_set: [13], registry_rename: [14],
	create_stream_hash: [15], pipe_created: [17, 18], wmi_event: [19, 20, 21], dns_query: [22],
	file_delete: [23], clipboard_change: [24], process_tampering: [25], file_delete_detected: [26],
	file_block_executable: [27], file_block_shredding: [28], file_executable_detected: [29],
	sysmon_error: [255],
};
const POWERSHELL = ["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"];
const OTHER = {
	ps_module: [POWERSHELL, 4103], ps_script: [POWERSHELL, 4104],
	ps_classic_start: [["Windows PowerShell"], 400],
	ps_classic_provider_start: [["Windows PowerShell"], 600],
	ps_classic_script: [["Windows PowerShell"], 800],
};
const REGISTRY = { registry_add: ["CreateKey"], registry_delete: ["DeleteKey", "DeleteValue"] };

/* channels: service -> channels, read from Sigma's own map by the caller. */
export function routed(logsource, event, channels) {
	const one = (name) => text((event.fields.get(name) ?? [null])[0]);
	const channel = one("Channel"), id = Number(one("EventID"));
	const { product, category, service } = logsource;
	if (product !== undefined && product !== "windows") return false;
	if (product === undefined) return false;
	if (service !== undefined && !(channels[service] ?? []).includes(channel)) return false;
	if (category === undefined) return true;
	if (category === "process_creation" && channel === "Security" && id === 4688) return true;
	if (category in OTHER) return OTHER[category][0].includes(channel) && OTHER[category][1] === id;
	if (channel !== SYSMON || !(CATEGORY[category] ?? []).includes(id)) return false;
	return !(category in REGISTRY) || REGISTRY[category].includes(one("EventType"));
}

/* 4688 read through process_creation's names. */
export function alias4688(event) {
	const map = { Image: "NewProcessName", ParentImage: "ParentProcessName", LogonId: "SubjectLogonId" };
	if (text(event.fields.get("Channel")?.[0]) !== "Security" || Number(event.fields.get("EventID")?.[0]) !== 4688) return;
	for (const [to, from] of Object.entries(map)) {
		if (event.fields.has(from) && !event.fields.has(to)) event.fields.set(to, event.fields.get(from));
	}
}
