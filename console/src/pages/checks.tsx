/* Today's look at every company, one key each; days that were missed stand out. */
import { useState } from "preact/hooks";
import { call, get, withQuery, type List } from "../api.ts";
import { useLive } from "../live.ts";
import { Empty, Loading, messageOf, Problem, useLoad } from "../parts/basic.tsx";
import { useNow } from "../parts/programme-clock.ts";
import { useRowKeys } from "../parts/row-keys.ts";
import { useKept, When } from "../parts/staff-parts.tsx";
import type { CheckRow, Checks, Named } from "../programme-types.ts";
import { go, Link, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { dayOf, longDay, number, shortDay, t } from "../text/text.ts";

const DAYS = 14;
/* detections_new counts no further (DETECTIONS_LOOKED_AT in centre/routes_check.c). */
const COUNTED_TO = 2000;

const dayPlus = (day: string, n: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86400000).toISOString().slice(0, 10);

/* The last days of one company: a square each; words for those who do not see them. */
function Days({ days, missed, today, checked }: { days: string[]; missed: Set<string>; today: string; checked: boolean }) {
	const gaps = days.filter((d) => missed.has(d) && d !== today);
	return (
		<div class="days" role="img" aria-label={gaps.length > 0 ? t("check_missed_days", { days: gaps.map(shortDay).join("、") }) : t("check_no_gap")}>
			{days.map((d) => (
				<span key={d} title={shortDay(d)} class={d === today ? (checked ? "today done" : "today") : missed.has(d) ? "missed" : "done"} />
			))}
		</div>
	);
}

/* A count that stands out above nothing, with a + where there may be more; a dash where one may not see it. */
function Figure({ n, class: name, to = Infinity }: { n: number | null; class: string; to?: number }) {
	return <b class={n ? name : ""}>{n === null ? "—" : `${number(n)}${n >= to ? "+" : ""}`}</b>;
}

interface RowProps { row: CheckRow; days: string[]; missed: Set<string>; today: string; day: string; onChecked: (row: CheckRow) => void }

function Row({ row, days, missed, today, day, onChecked }: RowProps) {
	const { may } = useSession();
	const [note, setNote] = useState<string | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	const { checked, company } = row;
	const write = may("check.write") && day === today;
	const check = (outcome: "calm" | "incident", text: string) => {
		call<CheckRow>("POST", "/v1/checks", { company: company.id, outcome, note: text.trim() }).then((next) => {
			setNote(null);
			setProblem(null);
			onChecked(next);
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	const said = note ?? checked?.note ?? "";
	return (
		<tr class={checked ? `checked checked-${checked.outcome}` : "unchecked"} data-company={company.id} data-checked={checked?.outcome ?? ""}>
			<th scope="row">
				<Link to={`/incidents?company=${company.id}&state=all`} data-row={company.id} data-company-name={company.name}>{company.name}</Link>
				{problem && <small class="said" role="alert">{problem}</small>}
			</th>
			<td class="tight" data-label={t("check_state")}>
				{checked ? <span class={`state check-${checked.outcome}`}>{checked.outcome === "calm" ? t("check_calm") : t("check_incident")}</span>
					: <span class="state check-none">{t("check_not_yet")}</span>}
				{checked && <small>{checked.by?.name ?? ""} <When at={checked.at} /></small>}
			</td>
			<td class="tight figure" data-label={t("check_detections")}><Figure n={row.detections_new} class="some" to={COUNTED_TO} /></td>
			<td class="tight figure" data-label={t("check_incidents")}><Figure n={row.incidents_open} class="bad" /></td>
			<td class="tight figure" data-label={t("check_silent")}><Figure n={row.devices_silent} class="some" /></td>
			<td class="tight" data-label={t("check_days")}><Days days={days} missed={missed} today={today} checked={checked !== null} /></td>
			<td class="check-act">
				{write ? (
					<form onSubmit={(event) => { event.preventDefault(); check(checked?.outcome ?? "calm", said); }}>
						<input type="text" maxLength={1000} value={said} aria-label={t("check_note_of", { company: company.name })} placeholder={t("check_note")}
							data-note={company.id} onInput={(event) => setNote(event.currentTarget.value)}
							onKeyDown={(event) => {
								if (event.key !== "Escape") return;
								document.querySelector<HTMLElement>(`[data-row="${company.id}"]`)?.focus();
							}} />
						<button type="button" class="small" data-calm={company.id} aria-pressed={checked?.outcome === "calm" ? "true" : "false"}
							aria-label={`${t("check_calm")}: ${company.name}`} onClick={() => check("calm", said)}>{t("check_calm")}</button>
						<button type="button" class="second small" data-incident={company.id} aria-pressed={checked?.outcome === "incident" ? "true" : "false"}
							aria-label={`${t("check_incident")}: ${company.name}`} onClick={() => check("incident", said)}>{t("check_incident")}</button>
					</form>
				) : <span class="quiet">{checked?.note ?? ""}</span>}
			</td>
		</tr>
	);
}

export function ChecksPage() {
	const { query } = usePlace();
	const now = useNow();
	const today = dayOf(now());
	const day = /^\d{4}-\d{2}-\d{2}$/.test(query.get("day") ?? "") ? query.get("day") ?? today : today;
	const days = Array.from({ length: DAYS }, (_, i) => dayPlus(today, i - DAYS + 1));
	const checks = useLoad(day, () => get<Checks>(withQuery("/v1/checks", { day })));
	const missing = useLoad(`missing ${today}`, () => get<List<{ company: Named; day: string }>>(withQuery("/v1/checks/missing", { from: days[0] ?? today, to: today })));
	const { value, waits } = useKept(checks);
	useLive(["check", "incident"], () => { void checks.reload(); void missing.reload(); });
	const press = (what: "calm" | "incident") => (row: HTMLElement | null) => {
		const id = row?.dataset["row"];
		if (!id) return;
		document.querySelector<HTMLElement>(`[data-${what}="${id}"]`)?.click();
		if (what !== "calm") return;
		/* on to the next one that nobody has looked at */
		const all = [...document.querySelectorAll<HTMLElement>("[data-row]")];
		all.slice(all.indexOf(row) + 1).find((r) => r.closest("tr")?.dataset["checked"] === "")?.focus();
	};
	useRowKeys("checks", value !== null, {
		c: press("calm"), x: press("incident"),
		n: (row) => document.querySelector<HTMLElement>(`[data-note="${row?.dataset["row"] ?? ""}"]`)?.focus(),
	});
	const gaps = new Map<string, Set<string>>();
	for (const gap of missing.value?.items ?? []) {
		const of = gaps.get(gap.company.id) ?? new Set<string>();
		of.add(gap.day);
		gaps.set(gap.company.id, of);
	}
	const rows = value?.items ?? [];
	const before = [...gaps.values()].reduce((n, of) => n + [...of].filter((d) => d !== today).length, 0);
	const to = (next: string) => go(next === today ? "/checks" : `/checks?day=${next}`, true);
	return (
		<>
			<div class="head">
				<h1>{t("checks")}{value && <span class={`count ${value.missing > 0 ? "" : "calm"}`}>{t("check_left", { n: number(value.missing) })}</span>}</h1>
				<div class="day-choice">
					<button type="button" class="second small" aria-label={t("day_before")} onClick={() => to(dayPlus(day, -1))}>‹</button>
					<b>{longDay(day)}</b>
					<button type="button" class="second small" aria-label={t("day_after")} disabled={day >= today} onClick={() => to(dayPlus(day, 1))}>›</button>
					{day !== today && <button type="button" class="second small" onClick={() => to(today)}>{t("today")}</button>}
				</div>
			</div>
			{before > 0 && <p class="notice" role="status">{t("check_gaps", { n: number(before), days: DAYS })}</p>}
			{checks.error ? <Problem error={checks.error} again={() => void checks.reload()} /> : null}
			{missing.error ? <Problem error={missing.error} again={() => void missing.reload()} /> : null}
			{!value && !checks.error && <Loading />}
			{value && rows.length === 0 && <Empty title={t("checks_none")} />}
			{rows.length > 0 && (
				<table class={`rows dense checks ${waits ? "waits" : ""}`}>
					<caption class="hidden">{t("checks")}</caption>
					<thead><tr>
						<th scope="col">{t("company")}</th><th scope="col">{t("check_state")}</th><th scope="col">{t("check_detections")}</th>
						<th scope="col">{t("check_incidents")}</th><th scope="col">{t("check_silent")}</th><th scope="col">{t("check_days")}</th><th scope="col">{t("check_note")}</th>
					</tr></thead>
					<tbody>{rows.map((row) => (
						<Row key={row.company.id} row={row} days={days} missed={gaps.get(row.company.id) ?? new Set()} today={today} day={day}
							onChecked={() => { void checks.reload(); void missing.reload(); }} />
					))}</tbody>
				</table>
			)}
			<p class="key-line">{t("check_keys")}</p>
		</>
	);
}
