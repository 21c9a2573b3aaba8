/* Why a rule matched: its conditions beside what the event said. */
import { useState } from "preact/hooks";
import { get, type Detection, type EventDetail, type Reason } from "../api.ts";
import { getLanguage, longTime, t } from "../text/text.ts";
import { Problem, SeverityBadge, Time, useLoad } from "./basic.tsx";

/* Offsets are of bytes; the text is cut in the same unit. */
function Value({ reason }: { reason: Reason }) {
	const bytes = new TextEncoder().encode(reason.value);
	const text = (from: number, to: number) => new TextDecoder().decode(bytes.slice(from, to));
	const from = Math.min(reason.value_at, bytes.length), to = Math.min(from + reason.value_n, bytes.length);
	return <code>{text(0, from)}{to > from && <mark>{text(from, to)}</mark>}{text(to, bytes.length)}</code>;
}

function EventFields({ company, event }: { company: string; event: string }) {
	const detail = useLoad(event, () => get<EventDetail>(`/v1/companies/${company}/events/${event}`));
	if (detail.error) return <Problem error={detail.error} />;
	if (!detail.value) return <p class="loading">{t("loading")}</p>;
	return (
		<dl class="event">
			{detail.value.fields.map((f, i) => <div key={i}><dt>{f.name}</dt><dd>{f.value}</dd></div>)}
		</dl>
	);
}

/* Only selections that held as a whole say why; a part of another one would mislead. */
function reasonsToShow(all: Reason[]): Reason[] {
	const held = (selection: string) => all.every((r) => r.selection !== selection || r.matched);
	const whole = all.filter((r) => held(r.selection));
	return whole.length > 0 ? whole : all.filter((r) => r.matched);
}

export function DetectionCard({ detection, open }: { detection: Detection; open: boolean }) {
	const [event, setEvent] = useState(false);
	const { rule } = detection;
	const why = reasonsToShow(detection.why);
	const title = (getLanguage() === "ja" && rule.title_ja) || rule.title;
	return (
		<details class={`detection edge-${rule.level}`} open={open}>
			<summary>
				<SeverityBadge severity={rule.level} />
				<b>{title}</b>
				<span class="quiet"><Time at={detection.observed} /></span>
			</summary>
			<p class="one-line"><code>{detection.summary}</code></p>
			<table class="why">
				<caption class="hidden">{t("why")}</caption>
				<thead><tr><th scope="col">{t("why_matched")}</th><th scope="col">{t("why_value")}</th></tr></thead>
				<tbody>
					{why.map((reason, i) => (
						<tr key={i}>
							<th scope="row"><span class="quiet">{reason.selection}</span> <b>{reason.field || t("why_keyword")}</b>
								{reason.modifiers && <span class="quiet"> {reason.modifiers.replaceAll("|", " ")}</span>} <code>{reason.pattern}</code></th>
							<td><Value reason={reason} /></td>
						</tr>
					))}
				</tbody>
			</table>
			<p class="quiet">{longTime(detection.observed)} · {rule.tags.map((tag) => tag.replace(/^attack\./, "")).join(" ")}</p>
			<button type="button" class="plain" aria-expanded={event ? "true" : "false"} onClick={() => setEvent(!event)}>
				{event ? t("event_hide") : t("event_show")}
			</button>
			{event && <EventFields company={detection.company.id} event={detection.event} />}
		</details>
	);
}
