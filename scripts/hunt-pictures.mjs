// hunt-pictures.mjs - the pictures of `hikeshi hunt` in README.md, of its real
// output on an attack that we made up (tests/cli/attack.mjs).
//
//   node scripts/hunt-pictures.mjs [PROGRAM]     writes docs/hunt-*.png
//
// Needs chromium, and the programs of `make build`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { attack } from '../tests/cli/attack.mjs';

const top = resolve(import.meta.dirname ?? '.', '..');
const program = resolve(process.argv[2] ?? join(top, 'out/bin/hikeshi'));
const folder = mkdtempSync(join(tmpdir(), 'hikeshi-pictures-'));
const WIDTH = 118;

writeFileSync(join(folder, 'logs.ndjson'), attack({ quiet: 200000 }));

/** What a terminal gets, with its colours. */
function terminal(line) {
	const done = spawnSync('script', ['--quiet', '--return', '--command', `stty cols ${WIDTH} rows 60; ${line}`, '/dev/null'], {
		encoding: 'utf8', cwd: folder, env: { PATH: `${join(program, '..')}:${process.env.PATH}`, TERM: 'xterm-256color', LANG: 'ja_JP.UTF-8', TZ: 'Asia/Tokyo', HOME: folder } });
	if (done.status > 1) throw new Error(done.stdout + done.stderr);
	return done.stdout;
}

const COLOURS = { 31: '#ff7b72', 33: '#e3b341', 36: '#76c7e8', 37: '#b8b8c0', 97: '#ffffff', 41: '#b62324' };
const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Escape sequences of colours become spans; lines that were drawn over are gone. */
function html(text) {
	return text.replaceAll('\r\n', '\n').split('\n').map((line) => line.split('\r').pop().replace('\u001b[K', '')).join('\n')
		.split(/(\u001b\[[\d;]*m)/).map((part) => {
			const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1].split(';');
			if (!codes) return escape(part).replace(/[·▁▂▃▄▅▆▇█■]+/g, '<i>$&</i>');
			if (codes[0] === '0') return '</span>';
			return `<span style="${codes.map((code) => code === '1' ? 'font-weight:700' : code === '41' ? `background:${COLOURS[41]}` : COLOURS[code] ? `color:${COLOURS[code]}` : '').join(';')}">`;
		}).join('');
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
	const command = 'hikeshi hunt --min-level high logs.ndjson';
	const output = html(terminal(command)).split('\n');
	const page = await browser.newPage({ viewport: { width: 1040, height: 400 }, deviceScaleFactor: 1.5 });
	await page.setContent(`<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#fff}
		div{background:#0d1117;border-radius:10px;padding:18px 22px;display:inline-block}
		pre{margin:0;color:#e6edf3;font:13.5px/1.42 "Noto Sans Mono CJK JP","Noto Sans Mono",monospace}b{color:#7ee787}i{font-family:"DejaVu Sans Mono";font-style:normal;font-size:.8305em}</style>
		<div><pre><b>$</b> ${escape(command)}\n${[...output.slice(0, 8), '  ⋮', ...output.slice(output.findIndex((line) => line.startsWith('ルール ')), output.findIndex((line) => line.startsWith('多い検知')) + 6)].join('\n').trimEnd()}</pre></div>`);
	await page.locator('div').screenshot({ path: join(top, 'docs/hunt-terminal.png') });

	terminal('hikeshi hunt --quiet --jst --save report.html logs.ndjson');
	const report = await browser.newPage({ viewport: { width: 1280, height: 1080 }, locale: 'ja-JP', timezoneId: 'Asia/Tokyo' });
	await report.goto(`file://${join(folder, 'report.html')}`);
	await report.screenshot({ path: join(top, 'docs/hunt-page.png') });
} finally {
	await browser.close();
	rmSync(folder, { recursive: true, force: true });
}
