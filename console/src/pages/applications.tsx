/* The office's desk: who waits for whom and until when, seats, and the list of applications. */
import { useMemo, useRef, useState } from "preact/hooks";
import { call, get, withQuery, type List } from "../api.ts";
import { useLive } from "../live.ts";
import { Dialog, Empty, Loading, messageOf, Problem, useLoad } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { useRowKeys } from "../parts/row-keys.ts";
import { actorOf, actorText, Choose, Due, Search, Telephone, urgencyOf, useKept, When } from "../parts/staff-parts.tsx";
import { useNow } from "../parts/programme-clock.ts";
import type { Application, Overview, Page, ProgrammeSummary, Seat, StateCount } from "../programme-types.ts";
import { go, Link, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { dayOf, number, t } from "../text/text.ts";

const PAGE = 100; /* rows asked for at once */

/* ---- seats ---- */

function MorePlaces({ programme, seat, onClose, onDone }: { programme: string; seat: Seat; onClose: () => void; onDone: () => void }) {
	const [places, setPlaces] = useState(String(seat.places));
	const [reason, setReason] = useState("");
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const wrong = !/^\d{1,6}$/.test(places) || Number(places) < 1;
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (wrong || !reason.trim()) return;
		call("PUT", `/v1/programmes/${programme}/courses/${encodeURIComponent(seat.course)}/places`, { places: Number(places), reason: reason.trim() })
			.then(() => { onDone(); onClose(); }, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<Dialog title={t("seat_change", { course: seat.name })} onClose={onClose}>
			<p>{t("seat_change_help", { places: number(seat.places), taken: number(seat.taken) })}</p>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<form onSubmit={submit} noValidate>
				<Field name="places" label={t("seat_places")} required value={places} onValue={setPlaces} error={tried && wrong ? t("seat_places_wrong") : undefined} />
				<Field name="reason" label={t("reason")} support={t("seat_reason_help")} required rows={2} maxLength={1000}
					value={reason} onValue={setReason} error={tried && !reason.trim() ? t("fill_in") : undefined} />
				<div class="buttons">
					<button type="submit">{t("seat_do")}</button>
					<button type="button" class="second" onClick={onClose}>{t("cancel")}</button>
				</div>
			</form>
		</Dialog>
	);
}

function Seats({ overview, onDone }: { overview: Overview; onDone: () => void }) {
	const { may } = useSession();
	const [chosen, setChosen] = useState<Seat | null>(null);
	return (
		<section class="seats" aria-labelledby="seats-title">
			<h2 id="seats-title" class="hidden">{t("seats")}</h2>
			{overview.seats.map((seat) => {
				const left = seat.places - seat.taken;
				return (
					<div key={seat.course} class={`seat ${left <= 0 ? "full" : ""}`} data-course={seat.course}>
						<p><b>{seat.name}</b><span class="seat-figure">{seat.exact ? "" : t("seat_about")}{t("seat_of", { taken: number(seat.taken), places: number(seat.places) })}</span></p>
						<svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
							<rect class="seat-all" width="100" height="4" /><rect class="seat-taken" width={Math.min(100, (100 * seat.taken) / Math.max(1, seat.places))} height="4" />
						</svg>
						<p class="seat-left">{left > 0 ? t("seat_left", { n: number(left) }) : t("seat_full")}
							{!seat.open && <span class="quiet">{t("seat_closed")}</span>}
							{!seat.exact && may("seat.override") && (
								<button type="button" class="plain" onClick={() => setChosen(seat)} aria-label={`${t("seat_more")}: ${seat.name}`}>{t("seat_more")}</button>
							)}</p>
					</div>
				);
			})}
			{chosen && <MorePlaces programme={overview.programme.id} seat={chosen} onClose={() => setChosen(null)} onDone={onDone} />}
		</section>
	);
}

/* ---- steps ---- */

function Steps({ counts, finals, state, onState }: { counts: StateCount[]; finals: Set<string>; state: string; onState: (state: string) => void }) {
	return (
		<ol class="step-counts" aria-label={t("steps")}>
			{counts.filter((c) => c.all > 0 || !finals.has(c.state)).map((c) => (
				<li key={c.state}>
					<button type="button" class={`step-count ${c.all === 0 ? "nobody" : ""} ${finals.has(c.state) ? "final" : ""}`} data-state={c.state}
						aria-pressed={state === c.state ? "true" : "false"} onClick={() => onState(state === c.state ? "" : c.state)}>
						<span class="step-name">{c.name}</span>
						<span class="step-who">{finals.has(c.state) ? t("step_final") : actorText(c.actor)}</span>
						<b class="step-all">{number(c.all)}</b>
						<span class="step-due">
							{c.breach > 0 && <span class="due-late-n">{t("count_late", { n: number(c.breach) })}</span>}
							{c.late > c.breach && <span class="due-soft-n">{t("count_soft", { n: number(c.late - c.breach) })}</span>}
							{c.today > 0 && <span class="due-today-n">{t("count_today", { n: number(c.today) })}</span>}
						</span>
					</button>
				</li>
			))}
		</ol>
	);
}

/* ---- the list ---- */

/* A row is drawn again only when something in it changed: the list may be hundreds long. */
function Row({ a, today }: { a: Application; today: string }) {
	return useMemo(() => (
		<tr class={`urgency-${urgencyOf(a, today)}`} data-state={a.state}>
			<td class="tight" data-label={t("due")}><Due of={a} /></td>
			<th scope="row">
				<Link to={`/applications/${a.id}`} data-row={a.id}>{a.company.name}</Link>
				<small><span class="number">{a.number}</span> · {a.company_kana}</small>
			</th>
			<td data-label={t("state")}><span class="step-now">{a.state_name}</span><small>{a.task && t("task_of", { actor: actorText(a.actor), task: a.task })}</small></td>
			<td data-label={t("courses")} class="course-names">{a.courses.map((c) => <span key={c.id}>{c.name}</span>)}</td>
			<td data-label={t("contact")}><Telephone number={a.telephone} /><small>{a.contact}</small></td>
			<td class="tight" data-label={t("received")}><When at={a.received} /></td>
		</tr>
	), [a.id, a.version, a.late, a.due, a.state, today]);
}

function Table({ rows }: { rows: Application[] }) {
	const now = useNow();
	const today = dayOf(now());
	return (
		<table class="rows dense applications">
			<caption class="hidden">{t("applications")}</caption>
			<thead><tr>
				<th scope="col">{t("due")}</th><th scope="col">{t("company")}</th><th scope="col">{t("state")}</th>
				<th scope="col">{t("courses")}</th><th scope="col">{t("contact")}</th><th scope="col">{t("received")}</th>
			</tr></thead>
			<tbody>{rows.map((a) => <Row key={a.id} a={a} today={today} />)}</tbody>
		</table>
	);
}

/* All pages that were asked for, again and again as the list changes. */
async function loadPages(filters: Record<string, string>, pages: number): Promise<Page<Application>> {
	const items: Application[] = [];
	let next: string | null = null;
	for (let i = 0; i < pages; i++) {
		const page: Page<Application> = await get<Page<Application>>(withQuery("/v1/applications", { ...filters, limit: PAGE, cursor: next }));
		items.push(...page.items);
		next = page.next;
		if (!next) break;
	}
	const known = new Set<string>();
	return { items: items.filter((a) => !known.has(a.id) && known.add(a.id)), next };
}

export function ApplicationsPage({ approvals = false }: { approvals?: boolean }) {
	const { me, may } = useSession();
	const { query } = usePlace();
	const path = approvals ? "/approvals" : "/applications";
	const mine = actorOf(me);
	const q = (name: string) => query.get(name) ?? "";
	const change = (changes: Record<string, string>) => {
		const next = new URLSearchParams(location.search);
		for (const [name, value] of Object.entries(changes)) {
			if (value) next.set(name, value);
			else next.delete(name);
		}
		go(next.size ? `${path}?${next.toString()}` : path, true);
	};
	/* who has a narrow part sees that first; the office sees everything, and the city beside its approvals */
	const actor = q("actor") || (mine && (approvals || !["secretariat", "city"].includes(mine)) ? mine : "all");
	const programmes = useLoad("programmes", () => may("programme.read") ? get<List<ProgrammeSummary>>("/v1/programmes") : Promise.resolve({ items: [] }));
	const programme = programmes.value?.items.find((p) => p.id === q("programme")) ?? programmes.value?.items[0];
	const overview = useLoad(`overview ${programme?.id ?? ""}`, async () => (programme ? get<Overview>(`/v1/programmes/${programme.id}/overview`) : null));
	const filters: Record<string, string> = {
		programme: q("programme"), state: q("state"), course: q("course"), actor: actor === "all" ? "" : actor,
		due: q("due"), q: q("q"), final: q("final"),
	};
	const key = JSON.stringify(filters);
	const pages = useRef({ key, n: 1 });
	if (pages.current.key !== key) pages.current = { key, n: 1 };
	const list = useLoad(key, () => loadPages(filters, pages.current.n));
	const { value, waits } = useKept(list);
	useLive(["application"], () => { void list.reload(); void overview.reload(); });
	useRowKeys(path, value !== null, { m: () => { if (mine) change({ actor: actor === mine ? "all" : mine }); } });

	const seen = useKept(overview).value;
	const counts = useMemo(() => (seen?.counts ?? []).filter((c) => actor === "all" || c.actor === actor), [seen, actor]);
	const finals = new Set(seen?.programme.states.filter((s) => s.final).map((s) => s.id) ?? []);
	const rows = value?.items ?? [];
	const filtered = Boolean(filters["state"] || filters["course"] || filters["due"] || filters["q"] || filters["final"]);
	const late = counts.reduce((n, c) => n + c.late, 0), today = counts.reduce((n, c) => n + c.today, 0);
	const breach = counts.reduce((n, c) => n + c.breach, 0);
	return (
		<>
			<div class="head">
				<h1>{approvals ? t("approvals") : t("applications")}{seen && <span class="count">{number(counts.filter((c) => !finals.has(c.state)).reduce((n, c) => n + c.all, 0))}</span>}</h1>
				<ul class="chips" aria-label={t("due_filter")}>
					{([["late", t("filter_late"), late], ["today", t("filter_today"), today]] as const).map(([id, name, n]) => (
						<li key={id}><button type="button" class={`chip chip-${id}`} aria-pressed={q("due") === id ? "true" : "false"}
							onClick={() => change({ due: q("due") === id ? "" : id })}>{name} <b>{number(n)}</b>
							{id === "late" && breach > 0 && breach < late && <small>{t("late_of", { n: number(breach) })}</small>}</button></li>
					))}
				</ul>
			</div>
			{overview.error ? <Problem error={overview.error} again={() => void overview.reload()} /> : null}
			{seen && <Seats overview={seen} onDone={() => void overview.reload()} />}
			{seen && <Steps counts={counts} finals={finals} state={q("state")} onState={(state) => change({ state, final: finals.has(state) ? "true" : "" })} />}
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<Search label={t("application_search")} value={q("q")} onValue={(text) => change({ q: text })} />
				<Choose label={t("turn")} value={actor} onValue={(to) => change({ actor: to })}
					options={[["all", t("all")], ...(mine ? [[mine, t("my_turn")] as [string, string]] : []),
						...["secretariat", "applicant", "expert", "city", "contractor"].filter((a) => a !== mine).map((a) => [a, actorText(a)] as [string, string])]} />
				<Choose label={t("due_filter")} value={q("due")} onValue={(due) => change({ due })}
					options={[["", t("all")], ["late", t("filter_late")], ["today", t("filter_today")], ["soon", t("filter_soon")]]} />
				{seen && seen.seats.length > 1 && (
					<Choose label={t("courses")} value={q("course")} onValue={(course) => change({ course })}
						options={[["", t("all")], ...seen.seats.map((s) => [s.course, s.name] as [string, string])]} />
				)}
				{programmes.value && programmes.value.items.length > 1 && (
					<Choose label={t("programme")} value={programme?.id ?? ""} onValue={(id) => change({ programme: id, state: "", course: "" })}
						options={programmes.value.items.map((p) => [p.id, p.short_name] as [string, string])} />
				)}
				<label class="check"><input type="checkbox" checked={q("final") === "true"}
					onChange={(event) => change({ final: event.currentTarget.checked ? "true" : "" })} />{t("with_final")}</label>
			</form>
			{list.error ? <Problem error={list.error} again={() => void list.reload()} /> : null}
			{!value && !list.error && <Loading />}
			{value && rows.length === 0 && !waits && (
				filtered ? <Empty title={t("applications_none_filter")} />
					: <Empty title={actor === mine && mine ? t("turn_none") : t("applications_none")} help={actor === mine && mine ? t("turn_none_help") : t("applications_none_help")} />
			)}
			{rows.length > 0 && <div aria-busy={waits ? "true" : "false"} class={waits ? "waits" : ""}><Table rows={rows} /></div>}
			{value?.next && !waits && (
				<p class="more"><button type="button" class="second" onClick={() => { pages.current.n++; void list.reload(); }}>{t("more")}</button></p>
			)}
			<p class="key-line">{t("applications_keys")}</p>
		</>
	);
}
