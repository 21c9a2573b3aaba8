import { useEffect, useRef, useState } from "preact/hooks";
import { get, withQuery, type Counters, type Incident, type IncidentState, type Page, type Severity } from "../api.ts";
import { useLive } from "../live.ts";
import { Empty, Loading, Problem, SeverityBadge, severityText, StateBadge, stateText, Time, useLoad } from "../parts/basic.tsx";
import { go, Link, usePlace } from "../router.tsx";
import { getLanguage, number, t } from "../text/text.ts";

const severities: Severity[] = ["critical", "high", "medium", "low", "informational"];
const states: IncidentState[] = ["new", "assigned", "investigating", "contained", "resolved", "closed", "false_positive"];

export const titleOf = (i: { title: string; title_ja: string }): string =>
	(getLanguage() === "ja" && i.title_ja) || i.title;

function change(query: URLSearchParams, name: string, value: string): void {
	const next = new URLSearchParams(query);
	if (value) next.set(name, value);
	else next.delete(name);
	const text = next.toString();
	go(text ? `/incidents?${text}` : "/incidents", true);
}

/* Share of each severity among the open incidents, as one drawn bar. */
function SeverityBar({ counters }: { counters: Counters }) {
	const sum = severities.reduce((n, s) => n + counters.severities[s], 0);
	if (sum === 0) return null;
	let x = 0;
	return (
		<svg class="severity-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
			{severities.map((s) => {
				const width = (100 * counters.severities[s]) / sum;
				const part = <rect key={s} class={`fill-${s}`} x={x} y="0" width={width} height="4" />;
				x += width;
				return part;
			})}
		</svg>
	);
}

function Row({ incident, chosen, fresh, onFocus }: { incident: Incident; chosen: boolean; fresh: boolean; onFocus: () => void }) {
	return (
		<tr class={`${chosen ? "chosen" : ""} ${fresh ? "fresh" : ""} edge-${incident.severity}`}>
			<td class="tight"><SeverityBadge severity={incident.severity} /></td>
			<th scope="row">
				<Link to={`/incidents/${incident.id}`} data-row="" onFocus={onFocus}>{titleOf(incident)}</Link>
				<small>#{incident.number} · {t("detections_n", { n: number(incident.detections) })}
					{incident.techniques.length > 0 && ` · ${incident.techniques.slice(0, 4).join(" ")}`}</small>
			</th>
			<td data-label={t("where")}>{incident.device.name}<small>{incident.company.name}</small></td>
			<td data-label={t("state")}><StateBadge state={incident.state} /><small>{incident.assignee?.name ?? t("nobody")}</small></td>
			<td class="tight" data-label={t("latest")}><Time at={incident.last_seen} /><small><Time at={incident.last_seen} relative /></small></td>
		</tr>
	);
}

export function IncidentsPage() {
	const { query } = usePlace();
	const state = query.get("state") ?? "open", severity = query.get("severity") ?? "";
	const assignee = query.get("assignee") ?? "", text = query.get("q") ?? "", company = query.get("company") ?? "";
	const filters = { state: state === "all" ? "" : state, severity, assignee, company, q: text };
	const key = JSON.stringify(filters);
	const list = useLoad(key, () => get<Page<Incident>>(withQuery("/v1/incidents", { ...filters, limit: 50 })));
	const counters = useLoad("counters", () => get<Counters>("/v1/incidents/counters"));
	const [older, setOlder] = useState<{ key: string; items: Incident[]; next: string | null } | null>(null);
	const [chosen, setChosen] = useState(-1);
	const known = useRef<Set<string> | null>(null);
	const [fresh, setFresh] = useState<Set<string>>(new Set());
	useLive(["incident"], () => { void list.reload(); void counters.reload(); });

	const first = list.value?.items ?? [];
	const more = older && older.key === key ? older : null;
	const rows = more ? [...first, ...more.items.filter((i) => !first.some((f) => f.id === i.id))] : first;
	const next = more ? more.next : list.value?.next ?? null;

	useEffect(() => { known.current = null; }, [key]);
	useEffect(() => {
		if (!list.value) return;
		const ids = list.value.items.map((i) => i.id);
		if (known.current) setFresh(new Set(ids.filter((id) => !known.current?.has(id))));
		known.current = new Set([...(known.current ?? []), ...ids]);
	}, [list.value]);
	useEffect(() => {
		const listener = (event: KeyboardEvent) => {
			if ((event.target as HTMLElement).closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey) return;
			if (event.key !== "j" && event.key !== "k") return;
			const links = document.querySelectorAll<HTMLAnchorElement>("a[data-row]");
			const to = Math.min(links.length - 1, Math.max(0, chosen + (event.key === "j" ? 1 : -1)));
			links[to]?.focus();
		};
		window.addEventListener("keydown", listener);
		return () => window.removeEventListener("keydown", listener);
	}, [chosen]);

	const loadMore = () => {
		if (!next) return;
		void get<Page<Incident>>(withQuery("/v1/incidents", { ...filters, limit: 50, cursor: next }))
			.then((page) => setOlder({ key, items: [...(more?.items ?? []), ...page.items], next: page.next }), () => undefined);
	};
	const c = counters.value;
	return (
		<>
			<div class="head">
				<h1>{t("incidents")}{c && <span class="count">{number(c.open)}</span>}</h1>
				{c && (
					<ul class="chips" aria-label={t("severity_filter")}>
						{severities.filter((s) => c.severities[s] > 0).map((s) => (
							<li key={s}>
								<button type="button" class={`chip edge-${s}`} aria-pressed={severity === s ? "true" : "false"}
									onClick={() => change(query, "severity", severity === s ? "" : s)}>
									{severityText(s)} <b>{number(c.severities[s])}</b>
								</button>
							</li>
						))}
					</ul>
				)}
			</div>
			{c && <SeverityBar counters={c} />}
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<label>{t("state_filter")}
					<select value={state} onChange={(event) => change(query, "state", event.currentTarget.value)}>
						<option value="open">{t("open")}</option>
						<option value="all">{t("all")}</option>
						{states.map((s) => <option key={s} value={s}>{stateText(s)}{c ? ` (${number(c.states[s])})` : ""}</option>)}
					</select>
				</label>
				<label>{t("assignee_filter")}
					<select value={assignee} onChange={(event) => change(query, "assignee", event.currentTarget.value)}>
						<option value="">{t("all")}</option>
						<option value="me">{t("mine")}</option>
						<option value="none">{t("unassigned")}</option>
					</select>
				</label>
				{company && <button type="button" class="second" onClick={() => change(query, "company", "")}>{t("company_one")}</button>}
				<label class="grow">{t("search")}
					<input type="search" value={text} maxLength={100} onInput={(event) => change(query, "q", event.currentTarget.value)} />
				</label>
			</form>
			{list.error ? <Problem error={list.error} again={() => void list.reload()} /> : null}
			{!list.value && !list.error && <Loading />}
			{list.value && rows.length === 0 && (
				state === "open" && !severity && !text && !assignee && !company
					? <Empty title={t("incidents_none")} help={t("incidents_none_help")} />
					: <Empty title={t("incidents_none_filter")} />
			)}
			{rows.length > 0 && (
				<table class="rows" aria-live="polite">
					<caption class="hidden">{t("incidents")}</caption>
					<thead><tr>
						<th scope="col">{t("severity")}</th><th scope="col">{t("what")}</th><th scope="col">{t("where")}</th>
						<th scope="col">{t("state")}</th><th scope="col">{t("latest")}</th>
					</tr></thead>
					<tbody>
						{rows.map((incident, i) => (
							<Row key={incident.id} incident={incident} chosen={i === chosen} fresh={fresh.has(incident.id)} onFocus={() => setChosen(i)} />
						))}
					</tbody>
				</table>
			)}
			{next && <p class="more"><button type="button" class="second" onClick={loadMore}>{t("more")}</button></p>}
		</>
	);
}
