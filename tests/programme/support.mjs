// What a company gets and is asked beside its steps, over the API of a centre.

const fieldsOf = (fields) => Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: one })));
const of = (application) => `/v1/applications/${application.id}`;

/** Everything of one application as the secretariat sees it. */
export const support = (office, application) => office.staff.secretariat.ask('GET', `${of(application)}/support`);

/** Fills a sheet of the office. */
export const fill = (office, application, questionnaire, fields) =>
	office.staff.secretariat.send('POST', `${of(application)}/sheets`, { questionnaire, fields: fieldsOf(fields) });

/** Books a visit of the expert. @param {{number: number, from: string, minutes: number, form: string, reason?: string}} wish */
export async function visit(office, application, { course = 'package', requested = false, ...wish }) {
	const { id } = await office.staff.expert.ask('GET', '/v1/me');
	return office.staff.secretariat.send('POST', `${of(application)}/visits`, { course, requested, expert: id, ...wish });
}

/** One act of a hearing: pick, drop, ask, agree, decline, hold. */
export const act = (office, application, word, note) =>
	office.staff.secretariat.send('POST', `${of(application)}/hearing`, note ? { act: word, note } : { act: word });

/** The basic policy: handed in by the expert, reviewed by another, published. */
export async function publishPolicy(office, application, url, deliverable = 'policy') {
	const made = await office.staff.expert.send('POST', `${of(application)}/documents/${deliverable}?name=policy.pdf`, Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n'));
	if (made.status !== 201)
		throw new Error(`document: ${made.status} ${JSON.stringify(made.body)}`);
	await office.staff.secretariat.ask('POST', `/v1/documents/${made.body.id}/acts`, { act: 'review' });
	await office.staff.secretariat.ask('POST', `/v1/documents/${made.body.id}/acts`, { act: 'publish', url });
}

/** The company has declared two stars. */
export const twoStars = (office, application, day) =>
	office.staff.secretariat.ask('PUT', `${of(application)}/declaration`, { given: true, day });

/** Records that data of a company went to a recipient of the file. */
export const disclose = (office, application, recipient) =>
	office.staff.secretariat.send('POST', `${of(application)}/disclosures`, { recipient });

/** The edition's figures by id; published: as everybody may read them. */
export async function figures(office, published = false) {
	const { items } = await office.staff.city.ask('GET', `/v1/programmes/${office.programme.id}/figures?published=${published}`);
	return Object.fromEntries(items.map((row) => [row.id, row]));
}

/** The versions of the texts that an application agreed to, by field. */
export const consents = (office, application) => Object.fromEntries(office.sql('SELECT a.name, a.value FROM application_answer a'
	+ ` JOIN application p ON p.row = a.application WHERE p.id = '${application.id}' AND a.name LIKE '%.version';`));
