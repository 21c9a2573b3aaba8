/* What happened and what people did, on one line of time. */
import type { TimelineEntry } from "../api.ts";
import { resultText } from "../text/results.ts";
import { getLanguage, t, tWord, type Key } from "../text/text.ts";
import { SeverityBadge, Time } from "./basic.tsx";
import { actionStateText, kindText } from "./actions.tsx";

function headline(entry: TimelineEntry): string {
	const from = entry.from ?? "", to = entry.to ?? "";
	switch (entry.kind) {
	case "opened": return t("timeline_opened");
	case "detection": return (getLanguage() === "ja" && entry.text_ja) || entry.text;
	case "state": return t("timeline_state", { from: t(`state_${from}` as Key), to: t(`state_${to}` as Key) });
	case "assigned": return t("timeline_assigned", { to: to || t("nobody") });
	case "note": return t("timeline_note");
	case "action": return t("timeline_action", { kind: kindText(from), state: actionStateText(to) });
	case "judged": return t(to === "real" ? "judged_real" : "judged_unreal");
	case "contact": return t(to === "reached" ? "timeline_contact" : "timeline_contact_missed", { channel: tWord("contact_by", from) });
	case "story": return t("timeline_story");
	case "level": return t("timeline_level", { from: t(`severity_${from}` as Key), to: t(`severity_${to}` as Key) });
	}
}

export function Timeline({ items }: { items: TimelineEntry[] }) {
	return (
		<ol class="timeline">
			{items.map((entry, i) => (
				<li key={i} class={`entry entry-${entry.kind} ${entry.severity ? `edge-${entry.severity}` : ""}`}>
					<span class="entry-time"><Time at={entry.at} /></span>
					<div>
						<p>{entry.severity && <SeverityBadge severity={entry.severity} />} {headline(entry)}</p>
						{entry.kind !== "detection" && entry.text && <p class="entry-text">{entry.kind === "action" ? resultText(entry.text) : entry.text}</p>}
						{entry.actor && <p class="quiet">{entry.actor.name}</p>}
					</div>
				</li>
			))}
		</ol>
	);
}
