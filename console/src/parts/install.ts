/* What is typed on a computer that becomes a device: one line, nothing to fill in. */
import type { Enrolment } from "../owner-types.ts";

const shellWord = (text: string): string => (/^[\w.,:/@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/* The fingerprint is how the agent knows that it speaks with this centre and no other. */
export const installCommand = (made: Enrolment): string =>
	`sudo hikeshi-agent enrol --url ${shellWord(location.origin)} --fingerprint ${shellWord(made.fingerprint)}`
	+ ` --token ${shellWord(made.secret)} && sudo systemctl enable --now hikeshi-agent`;
