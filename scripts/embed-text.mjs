// embed-text.mjs - makes a C header of a text file.
//
//   node scripts/embed-text.mjs FILE NAME HEADER
//
// HEADER defines NAME_TEXT, a string, and NAME_HASH, which changes with it.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [file, name, header] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
const line = (one) => `\t"${one.replace(/[\\"]/g, '\\$&').replace(/\t/g, '\\t')}\\n"`;

if (/[^\n\t\x20-\x7e]/.test(text))
	throw new Error(`${file}: only ASCII`);
writeFileSync(header, `/* Made by scripts/embed-text.mjs. */\n#define ${name}_HASH "${hash}"\n#define ${name}_TEXT \\\n`
	+ `${text.trimEnd().split('\n').map(line).join(' \\\n')}\n`);
