/* Random choices that a seed repeats (mulberry32). */
const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 .-_/\\:=\"'(),éÉßσςЖ日\u212a\u{10400}"];

export class Random {
	constructor(seed) {
		this.state = seed >>> 0;
	}
	next() {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let t = this.state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	}
	below(n) { return Math.floor(this.next() * n); }
	between(low, high) { return low + this.below(high - low + 1); }
	chance(part) { return this.next() < part; }
	pick(list) { return list[this.below(list.length)]; }
	letter() { return this.chance(0.9) ? LETTERS[this.below(58)] : this.pick(LETTERS); }
	text(most) {
		let out = "";
		for (let n = this.below(most + 1); n > 0; n--) out += this.letter();
		return out;
	}
	shuffled(list) {
		const out = [...list];
		for (let i = out.length - 1; i > 0; i--) {
			const k = this.below(i + 1);
			[out[i], out[k]] = [out[k], out[i]];
		}
		return out;
	}
}
