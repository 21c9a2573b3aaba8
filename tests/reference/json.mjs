/*
 * One event of JSON to Sigma's fields, with numbers as they are spelled, names
 * that stand twice, and empty lists: what JSON.parse would lose.
 */
const EMPTY = Symbol("empty");

class Reader {
	constructor(text) {
		this.text = text;
		this.at = 0;
	}
	space() {
		while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at++;
	}
	next(c) {
		this.space();
		if (this.text[this.at] !== c) return false;
		this.at++;
		return true;
	}
	string() {
		const from = this.at++;
		for (; this.text[this.at] !== '"'; this.at++) {
			if (this.text[this.at] === "\\") this.at++;
			if (this.at >= this.text.length) throw new Error("JSON: a string does not end");
		}
		const raw = this.text.slice(from, ++this.at);
		return raw.includes("\\") ? JSON.parse(raw).replace(/[\ud800-\udfff]/gu, "\ufffd") : raw.slice(1, -1);
	}
	/* Calls put(name, value) for each value; value null, text, or EMPTY. */
	value(name, put) {
		this.space();
		const c = this.text[this.at];
		if (c === "{") return this.object(name === null ? "" : `${name}.`, put, name);
		if (c === "[") {
			this.at++;
			if (this.next("]")) return put(name, EMPTY);
			do this.value(name, put); while (this.next(","));
			if (!this.next("]")) throw new Error("JSON: ]");
			return undefined;
		}
		if (c === '"') return put(name, this.string());
		const word = /[-+.\w]+/y;
		word.lastIndex = this.at;
		const found = word.exec(this.text)?.[0];
		if (found === undefined) throw new Error("JSON: value");
		this.at += found.length;
		return put(name, found === "null" ? null : found);
	}
	object(prefix, put, name) {
		this.at++;
		if (this.next("}")) return name === null ? undefined : put(name, EMPTY);
		do {
			this.space();
			const key = this.string();
			if (!this.next(":")) throw new Error("JSON: :");
			this.member(prefix, key, put);
		} while (this.next(","));
		if (!this.next("}")) throw new Error("JSON: }");
		return undefined;
	}
	member(prefix, key, put) {
		if (prefix !== "" || key !== "hikeshi") return this.value(prefix + key, put);
		this.space();
		this.envelope = {};
		this.value(null, (k, v) => { this.envelope[k] = v; });
		this.behind = this.at;
		return undefined;
	}
}

/* {fields: Map of arrays, raw: the line without an envelope that stands first, envelope} */
export function jsonEvent(line) {
	const fields = new Map();
	const reader = new Reader(line);
	reader.value(null, (name, value) => {
		let list = fields.get(name);
		if (list === undefined) fields.set(name, list = []);
		if (value !== EMPTY) list.push(value);
	});
	const first = /^\s*\{\s*"hikeshi"/.test(line);
	const raw = first ? line.slice(reader.behind).replace(/^\s*,/, "") : line;
	return { fields, raw, envelope: reader.envelope ?? {} };
}
