// Makes small EVTX files, byte by byte: each record brings its own template.

const HEADER = 4096, CHUNK = 65536, CHUNK_HEAD = 512;
const STRING = 0x01, FILETIME = 0x11;

const crcTable = Array.from({ length: 256 }, (_, n) => {
	for (let k = 0; k < 8; k++)
		n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
	return n >>> 0;
});

function crc32(...parts) {
	let crc = 0xffffffff;
	for (const part of parts)
		for (const byte of part)
			crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
	return (crc ^ 0xffffffff) >>> 0;
}

const filetime = (ms) => (BigInt(ms) + 11644473600000n) * 10000n;

class Chunk {
	constructor(first) {
		this.bytes = Buffer.alloc(CHUNK);
		this.at = CHUNK_HEAD;
		this.first = this.next = first;
	}

	put(bytes) {
		if (this.at + bytes.length > CHUNK)
			throw new Error('the chunk is full');
		bytes.copy(this.bytes, this.at);
		this.at += bytes.length;
	}

	number(value, size) {
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64LE(BigInt(value));
		this.put(bytes.subarray(0, size));
	}

	text(text) {
		this.put(Buffer.from(text, 'utf16le'));
	}

	name(name) {
		this.number(this.at + 4, 4);
		this.number(0, 6); /* next, hash */
		this.number(name.length, 2);
		this.text(name);
		this.number(0, 2);
	}

	open(name, attributes = false) {
		this.number(attributes ? 0x41 : 0x01, 1);
		this.number(0xffff, 2);
		this.number(0, 4);
		this.name(name);
		if (attributes)
			this.number(0, 4);
	}

	/* <name attribute="value index"/> or with a constant */
	attribute(name, index, type = STRING) {
		this.number(0x06, 1);
		this.name(name);
		this.substitution(index, type);
	}

	substitution(index, type) {
		this.number(0x0e, 1);
		this.number(index, 2);
		this.number(type, 1);
	}

	element(name, index) {
		this.open(name);
		this.number(0x02, 1);
		this.substitution(index, STRING);
		this.number(0x04, 1);
	}

	record(event) {
		const from = this.at;
		const values = [];
		const value = (type, bytes) => values.push({ type, bytes }) - 1;
		const string = (text) => value(STRING, Buffer.from(text, 'utf16le'));
		const time = Buffer.alloc(8);
		time.writeBigUInt64LE(filetime(event.time));

		this.put(Buffer.from('**\0\0', 'latin1'));
		this.number(0, 4);
		this.number(this.next++, 8);
		this.put(time);
		this.put(Buffer.from([0x0f, 1, 1, 0, 0x0c, 1]));
		this.number(0x12345678, 4);
		this.number(this.at + 4, 4); /* the template follows */
		this.number(0, 4);
		this.put(Buffer.alloc(16, 'GUID'));
		this.number(0, 4);
		const body = this.at;
		this.put(Buffer.from([0x0f, 1, 1, 0]));
		this.open('Event');
		this.number(0x02, 1);
		this.open('System');
		this.number(0x02, 1);
		this.open('Provider', true);
		this.attribute('Name', string(event.provider));
		this.number(0x03, 1);
		this.element('EventID', string(String(event.id)));
		this.open('TimeCreated', true);
		this.attribute('SystemTime', value(FILETIME, time), FILETIME);
		this.number(0x03, 1);
		this.element('Channel', string(event.channel));
		this.element('Computer', string(event.computer));
		this.number(0x04, 1);
		this.open('EventData');
		this.number(0x02, 1);
		for (const [name, text] of Object.entries(event.data ?? {})) {
			this.open('Data', true);
			this.attribute('Name', string(name));
			this.number(0x02, 1);
			this.substitution(string(text), STRING);
			this.number(0x04, 1);
		}
		this.number(0x04, 1);
		this.put(Buffer.from([0x04, 0x00]));
		this.bytes.writeUInt32LE(this.at - body, body - 4);
		this.number(values.length, 4);
		for (const { type, bytes } of values) {
			this.number(bytes.length, 2);
			this.number(type, 2);
		}
		for (const { bytes } of values)
			this.put(bytes);
		this.number(0, 1);
		while ((this.at - from + 4) % 8 !== 0)
			this.number(0, 1);
		const size = this.at - from + 4;
		this.number(size, 4);
		this.bytes.writeUInt32LE(size, from + 4);
	}

	end() {
		const { bytes } = this;
		bytes.write('ElfChnk\0', 0, 'latin1');
		for (const [at, value] of [[8, this.first], [16, this.next - 1], [24, this.first], [32, this.next - 1]])
			bytes.writeBigUInt64LE(BigInt(value), at);
		bytes.writeUInt32LE(128, 40);
		bytes.writeUInt32LE(this.at, 48);
		bytes.writeUInt32LE(crc32(bytes.subarray(CHUNK_HEAD, this.at)), 52);
		bytes.writeUInt32LE(crc32(bytes.subarray(0, 120), bytes.subarray(128, CHUNK_HEAD)), 124);
		return bytes;
	}
}

/**
 * An EVTX file with these chunks of events.
 * @param {{provider: string, id: number, time: number, channel: string, computer: string, data?: Record<string, string>}[][]} chunks
 */
export function makeEvtx(chunks) {
	const header = Buffer.alloc(HEADER);
	const parts = [header];
	let next = 1;
	for (const events of chunks) {
		const chunk = new Chunk(next);
		for (const event of events)
			chunk.record(event);
		next = chunk.next;
		parts.push(chunk.end());
	}
	header.write('ElfFile\0', 0, 'latin1');
	header.writeBigUInt64LE(BigInt(chunks.length - 1), 16);
	header.writeBigUInt64LE(BigInt(next), 24);
	header.writeUInt32LE(128, 32);
	header.writeUInt16LE(1, 36);
	header.writeUInt16LE(3, 38);
	header.writeUInt16LE(HEADER, 40);
	header.writeUInt16LE(chunks.length, 42);
	header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
	return Buffer.concat(parts);
}

export const EVTX_HEADER = HEADER, EVTX_CHUNK = CHUNK;
