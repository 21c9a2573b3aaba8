/* Has the company said yes? Shown beside an action; it never stands in the way. */
import type { ActionKind } from "../api.ts";
import type { IncidentContact } from "../programme-types.ts";
import { longTime, t, type Key } from "../text/text.ts";

/* The newest yes of the company to this action, or null. */
export const consentFor = (contacts: IncidentContact[], kind: ActionKind): IncidentContact | null =>
	contacts.filter((c) => c.reached && c.consents.includes(kind)).sort((a, b) => (a.at < b.at ? 1 : -1))[0] ?? null;

/* Beside an action that wants a yes; it never stands in the way. */
export function ConsentLine({ contacts, kind }: { contacts: IncidentContact[]; kind: ActionKind }) {
	const consent = consentFor(contacts, kind);
	return consent
		? <p class="good" data-consent="yes">{t("consent_there", { at: longTime(consent.at), person: consent.person || "—", channel: t(`contact_by_${consent.channel}` as Key) })}</p>
		: <p class="notice" data-consent="no">{t("consent_none")}</p>;
}
