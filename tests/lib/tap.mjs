// Reads the Test Anything Protocol as our C tests and node's runner print it:
// subtests are indented by four, and stand before the line that sums them up.

const RESULT = /^( *)(not )?ok\b *(\d*) *(?:- *)?(.*)$/;
const PLAN = /^( *)1\.\.(\d+)(?: *# *(?:SKIP|skip)\b *(.*))?$/;

/**
 * Counts the leaves of a TAP stream: a line that sums up subtests counts only
 * where it failed and none of them did.
 *
 * @param {string} text
 * @returns {{passed: number, failed: {name: string, detail: string[]}[],
 *            skipped: {name: string, why: string}[], plan: number | null,
 *            seen: number, bail: string | null}} plan and seen: of the outermost level
 */
export function readTap(text) {
	const answer = { passed: 0, failed: [], skipped: [], plan: null, seen: 0, bail: null };
	/** @type {Map<number, {results: number, failures: number}>} by depth: results since the last line above */
	const below = new Map();
	let pending = []; // diagnostics since the last result: our harness prints them before it
	let last = null; // the failure that diagnostics after a result belong to
	let block = false; // inside "---" … "...": what node tells about the result before it

	for (const line of text.split('\n')) {
		const word = line.trim();
		if (word === '---' || (block && word === '...')) {
			block = word === '---';
			continue;
		}
		if (block) {
			if (!/^(duration_ms|failureType|type|code|name|operator):|^at .*node:internal|\(node:internal|^node:internal/.test(word))
				last?.detail.push(line);
			continue;
		}
		const plan = PLAN.exec(line);
		if (plan) {
			if (plan[1].length === 0) {
				answer.plan = Number(plan[2]);
				if (answer.plan === 0)
					answer.skipped.push({ name: 'all', why: plan[3] ?? '' });
			}
			continue;
		}
		if (/^ *Bail out!/.test(line)) {
			answer.bail = line.trim();
			continue;
		}
		const result = RESULT.exec(line);
		if (!result) {
			if (word === '' || word === 'TAP version 13' ||
			    /^# (Subtest|tests|suites|pass|fail|cancelled|skipped|todo|duration_ms)\b/.test(word))
				continue;
			if (last)
				last.detail.push(line);
			else
				pending.push(line);
			continue;
		}
		const depth = result[1].length / 4;
		const children = below.get(depth + 1) ?? { results: 0, failures: 0 };
		below.delete(depth + 1);
		const own = below.get(depth) ?? { results: 0, failures: 0 };
		below.set(depth, own);
		own.results++;
		if (depth === 0)
			answer.seen++;
		const directive = /^(.*?)(?:^| +)# *(SKIP|TODO)\b:? *(.*)$/i.exec(result[4]);
		const name = (directive ? directive[1] : result[4]).trim() || `test ${result[3]}`;
		last = null;
		if (result[2] && !/^todo$/i.test(directive?.[2] ?? '')) {
			own.failures++;
			if (children.failures === 0) {
				last = { name, detail: pending };
				answer.failed.push(last);
			}
		} else if (children.results === 0) {
			if (/^skip$/i.test(directive?.[2] ?? ''))
				answer.skipped.push({ name, why: directive[3] });
			else
				answer.passed++;
		} else {
			own.failures += children.failures;
		}
		pending = [];
	}
	return answer;
}
