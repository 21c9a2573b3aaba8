/*
 * A slow, simple Sigma matcher to judge the engine by. It interprets each rule
 * for each event, straight from the specification and our written choices
 * (docs/sigma.md); it shares no code with the engine and is never fast.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import YAML from "yaml";

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

/* Glob text to tokens: a literal character, or STAR, or ONE. */
const STAR = Symbol("*"), ONE = Symbol("?");
function globTokens(pattern) {
	const tokens = [], chars = [...pattern];
	for (let i = 0; i < chars.length; i++) {
		const c = chars[i], next = chars[i + 1];
		if (c === "\\" && (next === "*" || next === "?" || next === "\\")) {
			tokens.push(next);
			i++;
		} else if (c === "*") tokens.push(STAR);
		else if (c === "?") tokens.push(ONE);
		else tokens.push(c);
	}
	return tokens;
}
const quote = (c) => c.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/* An alternative is a list of tokens; a token may be a Set of characters (windash). */
function tokensToRegExp(tokens, cased, anchored = true) {
	let body = "";
	for (const t of tokens) {
		if (t === STAR) body += "[\\s\\S]*";
		else if (t === ONE) body += "[\\s\\S]";
		else if (t instanceof Set) body += "(?:" + [...t].map(quote).join("|") + ")";
		else body += quote(t);
	}
	return new RegExp(anchored ? `^${body}$` : body, cased ? "u" : "iu");
}

const DASHES = new Set(["-", "/", "\u2013", "\u2014", "\u2015"]);
const isWord = (t) => typeof t === "string" && /[A-Za-z0-9_]/.test(t);
function windash(tokens) {
	return tokens.map((t, i) =>
		(t === "-" || t === "/") && isWord(tokens[i + 1]) && !isWord(tokens[i - 1]) ? DASHES : t);
}

const literal = (tokens) => {
	if (tokens.some((t) => typeof t !== "string")) throw new Error("wildcard where none may be");
	return tokens.join("");
};
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
		if (part.some((p) => p > 255)) return null;
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
	const shift = BigInt(b.bits - Number(prefix ?? b.bits));
	return a.n >> shift === b.n >> shift;
}

const numberOf = (s) => (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(s.trim()) ? Number(s) : null);

const PARTS = { minute: 5, hour: 4, day: 3, week: "week", month: 2, year: 1 };
function timePart(s, part) {
	const m = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/.exec(s);
	if (!m) return null;
	if (part !== "week") return m[PARTS[part]] === undefined ? null : Number(m[PARTS[part]]);
	const date = new Date(Date.UTC(+m[1], +m[2] - 1, +m[3]));
	const thursday = new Date(date);
	thursday.setUTCDate(date.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7));
	return 1 + Math.floor((thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 604800000);
}

/* ---- one item: field|modifiers: values ---- */

function regExp(source, flags) {
	let f = flags;
	const inline = /^\(\?([ims]+)\)/.exec(source);
	if (inline) {
		for (const c of inline[1]) if (!f.includes(c)) f += c;
		source = source.slice(inline[0].length);
	}
	source = source.replace(/\\x\{([0-9a-fA-F]+)\}/g, (_, h) => "\\u" + h.padStart(4, "0"));
	return new RegExp(source, f);
}

/* Returns a function (string) -> bool for one value of the rule. */
function valueTest(value, mods, keyword) {
	const has = (m) => mods.includes(m);
	const cased = has("cased");
	if (has("re")) {
		let flags = "";
		if (has("i") || has("ignorecase")) flags += "i";
		if (has("m") || has("multiline")) flags += "m";
		if (has("s") || has("dotall")) flags += "s";
		const re = regExp(String(value), flags);
		return (s) => re.test(s);
	}
	if (has("cidr")) return (s) => inNetwork(s, String(value));
	const compare = ["lt", "lte", "gt", "gte"].find(has);
	const part = Object.keys(PARTS).find(has);
	if (compare || part) {
		const want = Number(value);
		return (s) => {
			const n = part ? timePart(s, part) : numberOf(s);
			if (n === null) return false;
			switch (compare) {
			case "lt": return n < want;
			case "lte": return n <= want;
			case "gt": return n > want;
			case "gte": return n >= want;
			default: return n === want;
			}
		};
	}
	let alternatives = [globTokens(String(value))];
	let bytes = null;
	const padded = (left, right) =>
		alternatives.map((t) => [
			...(left && t[0] !== STAR ? [STAR] : []), ...t,
			...(right && t[t.length - 1] !== STAR ? [STAR] : []),
		]);
	for (const mod of mods) {
		switch (mod) {
		case "contains": alternatives = padded(true, true); break;
		case "startswith": alternatives = padded(false, true); break;
		case "endswith": alternatives = padded(true, false); break;
		case "windash": alternatives = alternatives.map(windash); break;
		case "wide": case "utf16le":
			bytes = Buffer.from(literal(alternatives[0]), "utf16le");
			break;
		case "utf16":
			bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(literal(alternatives[0]), "utf16le")]);
			break;
		case "utf16be":
			bytes = Buffer.from(literal(alternatives[0]), "utf16le").swap16();
			break;
		case "base64":
			alternatives = [[...(bytes ?? Buffer.from(literal(alternatives[0]))).toString("base64")]];
			bytes = null;
			break;
		case "base64offset":
			alternatives = base64offsets(bytes ?? Buffer.from(literal(alternatives[0]))).map((s) => [...s]);
			bytes = null;
			break;
		case "all": case "cased": case "neq": break;
		default: throw new Error(`unknown modifier ${mod}`);
		}
	}
	const tests = alternatives.map((t) => tokensToRegExp(t, cased, !keyword));
	return (s) => tests.some((re) => re.test(s));
}

/* Field values of an event: an array, or null where the field is absent. */
function fieldValues(event, name) {
	if (event.fields.has(name)) return event.fields.get(name);
	const lower = name.toLowerCase();
	for (const [k, v] of event.fields) if (k.toLowerCase() === lower) return v;
	return null;
}

function compileItem(key, value) {
	const [field, ...mods] = key.split("|");
	const values = Array.isArray(value) ? value : [value];
	const all = mods.includes("all"), negate = mods.includes("neq");
	let test;
	if (mods.includes("exists")) {
		const want = value === true || value === "true";
		return (event) => (fieldValues(event, field) !== null) === want;
	}
	if (mods.includes("fieldref")) {
		test = (event) => {
			const own = fieldValues(event, field);
			const fits = (name) => {
				const other = fieldValues(event, String(name));
				if (own === null || other === null) return false;
				const fold = (s) => (mods.includes("cased") ? s : s.toLowerCase());
				return own.some((a) => a !== null && other.some((b) => {
					if (b === null) return false;
					const x = fold(text(a)), y = fold(text(b));
					if (mods.includes("contains")) return x.includes(y);
					if (mods.includes("startswith")) return x.startsWith(y);
					if (mods.includes("endswith")) return x.endsWith(y);
					return x === y;
				}));
			};
			return all ? values.every(fits) : values.some(fits);
		};
	} else if (field === "") {
		const tests = values.map((v) => valueTest(v, mods.filter((m) => !["contains", "startswith", "endswith"].includes(m)), true));
		test = (event) => {
			const where = [event.raw, ...[...event.fields.values()].flat().filter((v) => v !== null).map(text)];
			const fits = (t) => where.some(t);
			return all ? tests.every(fits) : tests.some(fits);
		};
	} else {
		const tests = values.map((v) => (v === null ? null : valueTest(v, mods, false)));
		test = (event) => {
			const own = fieldValues(event, field);
			const fits = (t) => {
				if (t === null) return own === null || own.some((v) => v === null);
				return own !== null && own.some((v) => v !== null && t(text(v)));
			};
			return all ? tests.every(fits) : tests.some(fits);
		};
	}
	return negate ? (event) => !test(event) : test;
}

function compileSearch(search) {
	if (Array.isArray(search)) {
		const parts = search.map((s) => (s !== null && typeof s === "object" ? compileSearch(s) : compileItem("", s)));
		return (event) => parts.some((p) => p(event));
	}
	if (search !== null && typeof search === "object") {
		const items = Object.entries(search).map(([k, v]) => compileItem(k, v));
		return (event) => items.every((i) => i(event));
	}
	return compileItem("", search);
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
		return (e) => parts.some((p) => p(e));
	};
	const and = () => {
		const parts = [not()];
		while (peek("and")) at++, parts.push(not());
		return (e) => parts.every((p) => p(e));
	};
	const not = () => {
		if (!peek("not")) return primary();
		at++;
		const part = not();
		return (e) => !part(e);
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
			return token.toLowerCase() === "all" ? (e) => chosen.every((c) => c(e)) : (e) => chosen.some((c) => c(e));
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

/* Returns [{id, title, level, logsource, matches(event)}] and problems. */
export function loadRules(paths) {
	const rules = [], problems = [];
	for (const file of paths.flatMap((p) => files(p))) {
		for (const document of YAML.parseAllDocuments(readFileSync(file, "utf8"), { version: "1.2" })) {
			const d = document.toJS();
			if (!d?.detection || ["deprecated", "unsupported"].includes(d.status)) continue;
			try {
				const ids = {};
				for (const [k, v] of Object.entries(d.detection)) {
					if (k !== "condition" && k !== "timeframe") ids[k] = compileSearch(v);
				}
				const conditions = [d.detection.condition].flat().map((c) => parseCondition(String(c), ids));
				rules.push({ id: d.id, title: d.title, level: d.level, logsource: d.logsource, file,
					matches: (e) => conditions.some((c) => c(e)) });
			} catch (error) {
				problems.push({ file, reason: error.message });
			}
		}
	}
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
