/*
 * Rules made up for each modifier and for kinds of values, so that also what
 * nobody's rules use is compared.
 */
const FIELDS = ["Alpha", "beta", "Gamma", "Delta.inner", "Delta.list.name"];
const WORDS = ["a", "ab", "aB", "-", "/", " -x", " /enc", "\\", "\\\\", "*", "?", "\\*", "\\?", ".", "1", "10", "powershell",
	"\\cmd.exe", "PowerShell.exe", "invoke-", "http://", "a longer text to find", "é", "Été", "日本", "\u212a", "ß", "Σ", " ",
	"10.0.0.", "%", "needle", "n", "x--y", "--flag", "\u2013", "'", "\"", "\u{10400}"];
const EXPRESSIONS = ["a+b", "[Pp]ower", "^x", "y$", "^start.*end$", "(?:cmd|needle)", "\\d{2}", "b.*a", "\\bx\\b", "\\\\cmd\\.", "a|b",
	"(?i)NEEDLE", "[^a]b", "long(er|est) text", "^line$", "one\\ntwo", "a.b", "\\w+\\s\\W", "x{2,4}y?", "[a-f0-9]{4}-\\S", "é+",
	"^$|^k", "\\Bx", "[\\w.-]+@[\\w]+", "(a(b|c)*d){1,2}", ".{3,6}z", "\\x41\\x{3a3}"];
const NETWORKS = ["10.0.0.0/8", "192.168.4.0/22", "172.16.0.1", "0.0.0.0/0", "10.1.2.3/32", "127.0.0.0/31", "2001:db8::/32", "fe80::/10",
	"::1", "::ffff:10.0.0.0/104", "2001:db8:1:2::/63", "::/0"];
/* Spelled so in the YAML. */
const raw = (text) => `\u0001${text}`;
const NUMBERS = [0, 1, -1, 7, 10, 1000, 65535, 9007199254740993n, -9223372036854775808n, 9223372036854775807n, "1.5", "-0.25", "1e3",
	raw("2.50"), raw("1.0"), raw("0x10"), raw("0o17"), raw("00429")];
export const PLACEHOLDERS = { hosts: ["alpha", "beta*", "c?d"], names: ["x.y", "(z)"], one: ["\\*"] };

const words = (random, most) => {
	let out = "";
	for (let n = random.between(1, most); n > 0; n--) out += random.pick(WORDS);
	return out;
};
/* Without wildcards, long enough to encode. */
const plain = (random) => {
	let out = "";
	for (let n = random.between(1, 3); n > 0; n--) out += random.pick(WORDS.filter((w) => !/[*?\\]/.test(w)));
	return out.length < 4 ? `${out}long` : out;
};
const ascii = (random) => plain(random).replace(/[^ -~]/g, "q");
const expression = (random) => random.pick(EXPRESSIONS);
const number = (random) => random.pick(NUMBERS);
const small = (low, high) => (random) => random.between(low, high);
const fieldName = (random) => random.pick(FIELDS);
const placed = (random) => random.pick(["%hosts%", "x%hosts%", "%hosts%-%one%", "\\%hosts%", "%one%"]);
const holding = (random) => random.pick(["a%names%b", "%names%", "^%names%$", "\\%names\\%"]);
const text = (random) => words(random, 4);
const shape = ["", "|contains", "|startswith", "|endswith"];

/* Modifiers and the values they take. */
const CHAINS = [
	...shape.flatMap((s) => [[s, text], [s, number], [`${s}|cased`, text], [`${s}|all`, text], [`${s}|neq`, text], [`${s}|windash`, text],
		[`${s}|all|neq`, text], [`${s}|cased|all`, text], [`|windash${s}|all`, text], [`|expand${s}`, placed], [`|fieldref${s}`, fieldName],
		[`|fieldref${s}|cased`, fieldName], [`|fieldref${s}|neq`, fieldName], [`|base64${s}`, plain], [`|windash|base64offset|contains`, ascii]]),
	...["wide", "utf16le", "utf16be"].flatMap((m) => [[`|${m}|contains`, ascii], [`|${m}|base64offset|contains`, plain], [`|${m}|base64`, plain]]),
	["|utf16|base64offset|contains", plain], ["|utf16|base64", plain], ["|base64offset|contains", plain], ["|base64offset|contains|all", plain],
	...["", "|i", "|m", "|s", "|i|m|s", "|ignorecase", "|multiline", "|dotall", "|all", "|neq", "|i|all"].map((f) => [`|re${f}`, expression]),
	["|re|expand", holding], ["|expand|re", holding],
	["|cidr", (r) => r.pick(NETWORKS)], ["|cidr|neq", (r) => r.pick(NETWORKS)], ["|cidr|all", (r) => r.pick(NETWORKS)],
	...["lt", "lte", "gt", "gte"].flatMap((m) => [[`|${m}`, number], [`|${m}|neq`, number], [`|minute|${m}`, small(0, 59)], [`|year|${m}`, small(1999, 2027)]]),
	["|minute", small(0, 59)], ["|hour", small(0, 23)], ["|day", small(1, 31)], ["|week", small(1, 53)], ["|month", small(1, 12)],
	["|year", small(2019, 2026)], ["|hour|gte", small(0, 23)], ["|week|lt", small(1, 53)],
	["|exists", (r) => r.chance(0.5)], ["|exists", (r) => r.chance(0.5)],
	["", () => null], ["", () => ""], ["", () => "*"], ["", () => "?"], ["", (r) => r.pick([0, 1, 17, -3, "1.0", raw("1.0"), raw("0x1F"), raw("1e3"), "007", raw("00429"), raw("007"), raw("0o17")])], ["", (r) => r.chance(0.5)],
	["|neq", () => null], ["|contains", () => ""],
];
/* Without a field: anywhere in the event. */
const KEYWORDS = [["|contains", plain], ["|all", plain], ["|contains|all", plain], ["|cased", plain], ["|re", expression],
	["|windash", plain], ["|base64offset", ascii], ["|wide|base64offset", ascii], ["|neq", plain]];

const CONDITIONS = ["s0", "s0 and s1", "s0 or s1", "s0 and not s1", "not s0", "1 of s*", "all of s*", "s0 and (s1 or s2)",
	"not (s0 or s1)", "s0 or not s1 and s2", "not 1 of s*", "any of them", "ALL OF them and NOT _hidden", "not (s0 and not s1)",
	"(s0 or s1) and (s1 or s2)", "1 of _* or s2"];

const json = (value) => JSON.stringify(value, (k, v) => (typeof v === "bigint" ? raw(v) : v)).replace(/"\\u0001([-.\w]+)"/g, "$1");

function item(random, chain) {
	const [mods, make] = chain ?? random.pick(CHAINS);
	const count = mods.includes("exists") || !random.chance(0.45) ? 1 : random.between(2, mods.includes("all") ? 3 : 8);
	const values = Array.from({ length: count }, () => make(random)).map((v) => (mods.includes("re") || typeof v !== "string" || v !== "" || mods === "" || mods === "|contains" ? v : "q"));
	return [random.pick(FIELDS) + mods, count === 1 ? values[0] : values];
}
function keyword(random) {
	if (random.chance(0.3)) return Array.from({ length: random.between(1, 3) }, () => plain(random));
	const [mods, make] = random.pick(KEYWORDS);
	return { [mods]: Array.from({ length: random.between(1, 2) }, () => make(random)) };
}
function search(random) {
	const map = () => Object.fromEntries(Array.from({ length: random.between(1, 3) }, () => item(random)));
	if (random.chance(0.08)) return keyword(random);
	return random.chance(0.15) ? Array.from({ length: random.between(1, 3) }, map) : map();
}

const uuid = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/* Each chain of modifiers `each` times alone, then `mixed` rules of several items. YAML, a document a rule. */
export function makeRules(random, each, mixed) {
	const rules = [];
	const add = (detection) => {
		const n = rules.length;
		rules.push(json({ title: `made ${n}`, id: uuid(n), level: "low",
			logsource: { product: "reference", category: `made_${n % 40}` }, detection }));
	};
	for (let i = 0; i < each; i++) {
		for (const chain of CHAINS) add({ s: Object.fromEntries([item(random, chain)]), condition: "s" });
		for (const [mods, make] of KEYWORDS) add({ s: { [mods]: [make(random)] }, condition: "s" });
		add({ s: keyword(random), condition: "s" });
	}
	for (let i = 0; i < mixed; i++) {
		const condition = random.chance(0.1) ? [random.pick(CONDITIONS), "s2"] : random.pick(CONDITIONS);
		add({ s0: search(random), s1: search(random), s2: search(random), _hidden: search(random), condition });
	}
	return rules.join("\n---\n") + "\n";
}
