// A form with files as a browser sends it.

import { randomBytes } from 'node:crypto';

/**
 * @param {Iterable<[string, string]>} pairs
 * @param {Record<string, {name: string, content: Buffer}>} files by the name of their input
 * @returns {{body: Buffer, headers: Record<string, string | number>}}
 */
export function multipart(pairs, files = {}) {
	const boundary = `----test${randomBytes(12).toString('hex')}`, parts = [];
	for (const [name, value] of pairs)
		parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
	for (const [name, file] of Object.entries(files))
		parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${file.name}"\r\n`
			+ 'Content-Type: application/octet-stream\r\n\r\n', file.content, '\r\n');
	parts.push(`--${boundary}--\r\n`);
	const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
	return { body, headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': body.length } };
}
