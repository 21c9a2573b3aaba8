// embed-page.mjs - makes a C header of the script and the style of a page.
//
//   node scripts/embed-page.mjs SCRIPT STYLE PREFIX HEADER
//
// HEADER defines PREFIX_script and PREFIX_style, and the macros PREFIX_SCRIPT_HASH
// and PREFIX_STYLE_HASH by which a content security policy knows them.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [script, style, prefix, header] = process.argv.slice(2);
const LINE_BYTES = 96;

/* Octal escapes never run into what follows when they have three digits. */
function escape(byte) {
	const c = String.fromCharCode(byte);

	return byte < 0x20 || byte > 0x7e || c === '"' || c === '\\' || c === '?' ? `\\${byte.toString(8).padStart(3, '0')}` : c;
}

function part(file, name) {
	const bytes = readFileSync(file);
	const lines = [];

	if (/<\/(script|style)|<!--/i.test(bytes.toString()))
		throw new Error(`${file}: would end its element`);
	for (let at = 0; at < bytes.length; at += LINE_BYTES)
		lines.push(`\t"${[...bytes.subarray(at, at + LINE_BYTES)].map(escape).join('')}"`);
	return `#define ${prefix.toUpperCase()}_${name.toUpperCase()}_HASH "${createHash('sha256').update(bytes).digest('base64')}"\n`
		+ `static const char ${prefix}_${name}[] =\n${lines.join('\n')};\n`;
}

writeFileSync(header, `/* Made by scripts/embed-page.mjs. */\n${part(script, 'script')}${part(style, 'style')}`);
