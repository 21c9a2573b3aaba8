/* Reports of companies as staff see them: made, read or not; making those of a period now. */
import { useEffect, useState } from "preact/hooks";
import { ApiError, call, get, withQuery, type List } from "../api.ts";
import { useLive } from "../live.ts";
import { Dialog, Empty, Loading, messageOf, Problem, useLoad } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { useNow } from "../parts/programme-clock.ts";
import { usePageKeys, useRowKeys } from "../parts/row-keys.ts";
import { Choose, When } from "../parts/staff-parts.tsx";
import type { Page, ProgrammeSummary, Report, ReportDetail, ReportJob } from "../programme-types.ts";
import { go, Link, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { dayOf, longDay, moment, number, shortDay, t } from "../text/text.ts";

const POLL_MS = 500; /* while reports are made */

const pdf = (report: Report): string => `/v1/reports/${report.id}/pdf`;

/* The month before the one of this day. */
function lastMonth(today: string): { from: string; to: string } {
	const [year, month] = today.split("-").map(Number) as [number, number];
	const day = (at: number) => new Date(at).toISOString().slice(0, 10);
	return { from: day(Date.UTC(year, month - 2, 1)), to: day(Date.UTC(year, month - 1, 0)) };
}

function Make({ programmes, onClose, onMade }: { programmes: ProgrammeSummary[]; onClose: () => void; onMade: (job: string) => void }) {
	const now = useNow();
	const [period, setPeriod] = useState(() => lastMonth(dayOf(now())));
	const [programme, setProgramme] = useState(programmes[0]?.id ?? "");
	const [problem, setProblem] = useState<string | null>(null);
	const wrong = !period.from || !period.to || period.from > period.to;
	const submit = (event: Event) => {
		event.preventDefault();
		if (wrong) {
			setProblem(t("report_period_wrong"));
			return;
		}
		call<{ job: string }>("POST", "/v1/reports", { programme, ...period }).then(({ job }) => {
			onMade(job);
			onClose();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<Dialog title={t("report_make")} onClose={onClose}>
			<p>{t("report_make_help")}</p>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<form onSubmit={submit} noValidate>
				{programmes.length > 1 && (
					<div class="field"><Choose label={t("programme")} value={programme} onValue={setProgramme} options={programmes.map((p) => [p.id, p.short_name])} /></div>
				)}
				<div class="period">
					<Field name="from" type="date" label={t("report_from")} required value={period.from} onValue={(from) => setPeriod({ ...period, from })} />
					<Field name="to" type="date" label={t("report_to")} required value={period.to} onValue={(to) => setPeriod({ ...period, to })} />
				</div>
				<div class="buttons">
					<button type="submit">{t("report_make_do")}</button>
					<button type="button" class="second" onClick={onClose}>{t("cancel")}</button>
				</div>
			</form>
		</Dialog>
	);
}

function Work({ job, onEnd }: { job: string; onEnd: () => void }) {
	const [state, setState] = useState<ReportJob | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	useEffect(() => {
		let timer = 0, over = false;
		const look = () => {
			get<ReportJob>(`/v1/reports/jobs/${job}`).then((next) => {
				if (over) return;
				setState(next);
				setProblem(null);
				onEnd();
				if (next.done + next.failed < next.total) timer = window.setTimeout(look, POLL_MS);
			}, (error: unknown) => {
				if (over) return;
				setProblem(messageOf(error));
				timer = window.setTimeout(look, 4 * POLL_MS);
			});
		};
		look();
		return () => {
			over = true;
			window.clearTimeout(timer);
		};
	}, [job]);
	if (!state) return problem ? <p class="error" role="alert">{problem}</p> : <Loading />;
	const finished = state.done + state.failed >= state.total;
	if (state.total === 0) return <div class="notice" data-job="none"><p role="status">{t("report_nobody")}</p></div>;
	return (
		<div class={finished ? (state.failed ? "problem" : "good") : "notice"} data-job={finished ? "over" : "runs"}>
			<p role="status">{t(finished ? "report_all_made" : "report_making", { done: number(state.done), total: number(state.total) })}
				{state.failed > 0 && <b> {t("report_failed", { n: number(state.failed) })}</b>}</p>
			<progress max={Math.max(1, state.total)} value={state.done + state.failed} aria-label={t("report_progress")} />
			{problem && <p class="error" role="alert">{problem}</p>}
		</div>
	);
}

export function ReportsPage() {
	const { may } = useSession();
	const { query } = usePlace();
	const company = query.get("company") ?? "";
	const list = useLoad(company, () => get<Page<Report>>(withQuery("/v1/reports", { company, limit: 100 })));
	const programmes = useLoad("programmes", () => may("programme.read") ? get<List<ProgrammeSummary>>("/v1/programmes") : Promise.resolve({ items: [] }));
	const [older, setOlder] = useState<{ key: string; items: Report[]; next: string | null } | null>(null);
	const [make, setMake] = useState(false);
	const [job, setJob] = useState<string | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	useLive(["report"], () => void list.reload());
	useRowKeys("reports", list.value !== null);
	const more = older && older.key === company ? older : null;
	const first = list.value?.items ?? [];
	const rows = more ? [...first, ...more.items.filter((r) => !first.some((f) => f.id === r.id))] : first;
	const next = more ? more.next : list.value?.next ?? null;
	return (
		<>
			<div class="head"><h1>{t("reports")}</h1>
				{may("report.make") && (programmes.value?.items.length ?? 0) > 0 && <button type="button" onClick={() => setMake(true)}>{t("report_make")}</button>}
			</div>
			{job && <Work key={job} job={job} onEnd={() => void list.reload()} />}
			{list.error ? <Problem error={list.error} again={() => void list.reload()} /> : null}
			{!list.value && !list.error && <Loading />}
			{list.value && rows.length === 0 && <Empty title={t("reports_none")} help={t("reports_none_help")} />}
			{rows.length > 0 && (
				<table class="rows dense">
					<caption class="hidden">{t("reports")}</caption>
					<thead><tr>
						<th scope="col">{t("company")}</th><th scope="col">{t("report_period")}</th><th scope="col">{t("report_number")}</th>
						<th scope="col">{t("report_read")}</th><th scope="col">{t("report_when")}</th><th scope="col">PDF</th>
					</tr></thead>
					<tbody>{rows.map((r) => (
						<tr key={r.id}>
							<th scope="row"><Link to={`/reports/${r.id}`} data-row={r.id}>{r.company.name}</Link></th>
							<td data-label={t("report_period")}>{shortDay(r.from)}～{shortDay(r.to)}</td>
							<td class="tight" data-label={t("report_number")}>{t("report_n_of", { n: r.number, of: r.of })}</td>
							<td class="tight" data-label={t("report_read")}>{r.read ? <><span class="state state-resolved">{t("report_is_read")}</span> <When at={r.read} /></> : <span class="state state-contained">{t("report_unread")}</span>}</td>
							<td class="tight" data-label={t("report_when")}><When at={r.made} /></td>
							<td class="tight"><a href={pdf(r)} target="_blank" rel="noopener" aria-label={`PDF: ${r.company.name} ${shortDay(r.from)}`}>PDF</a> <span class="quiet">{t("report_pages", { n: r.pages })}</span></td>
						</tr>
					))}</tbody>
				</table>
			)}
			{problem && <p class="error" role="alert">{problem}</p>}
			{next && <p class="more"><button type="button" class="second" onClick={() => {
				get<Page<Report>>(withQuery("/v1/reports", { company, limit: 100, cursor: next })).then(
					(page) => setOlder({ key: company, items: [...(more?.items ?? []), ...page.items], next: page.next }),
					(error: unknown) => setProblem(messageOf(error)));
			}}>{t("more")}</button></p>}
			{make && <Make programmes={programmes.value?.items ?? []} onClose={() => setMake(false)} onMade={setJob} />}
			<p class="key-line">{t("list_keys")}</p>
		</>
	);
}

/* What the report says, as far as it is read here; the paper says it all. */
interface Figures {
	sentence?: string; advice?: string[];
	incident?: { number: number; title: string; host: string; judged: number; story: string }[];
	[name: string]: unknown;
}
const figureNames = ["events", "detections", "incidents", "incidents_real", "incidents_open", "devices", "users", "devices_silent", "checks_done", "checks_missed"] as const;

function Said({ figures }: { figures: Figures }) {
	const rows = figureNames.flatMap((name) => {
		const value = figures[name];
		return typeof value === "number" ? [{ name, value }] : [];
	});
	return (
		<section class="card" aria-labelledby="figures-title">
			<h2 id="figures-title">{t("report_figures")}</h2>
			{figures.sentence && <p class="report-sentence">{figures.sentence}</p>}
			<dl class="figures">{rows.map(({ name, value }) => <div key={name} data-figure={name}><dt>{t(`figure_${name}`)}</dt><dd>{number(value)}</dd></div>)}</dl>
			{figures.incident && figures.incident.length > 0 && (
				<>
					<h3>{t("incidents")}</h3>
					<ul class="plain-list">{figures.incident.map((i) => <li key={i.number}>#{i.number} {i.title} <span class="quiet">{i.host}</span></li>)}</ul>
				</>
			)}
			{figures.advice && figures.advice.length > 0 && (
				<>
					<h3>{t("report_to_do")}</h3>
					<ul>{figures.advice.map((line, i) => <li key={i}>{line}</li>)}</ul>
				</>
			)}
		</section>
	);
}

export function ReportPage({ id }: { id: string }) {
	const loaded = useLoad(id, () => get<ReportDetail>(`/v1/reports/${encodeURIComponent(id)}`));
	usePageKeys({ u: () => (history.length > 1 ? history.back() : go("/reports")) });
	if (loaded.error && !loaded.value) {
		return loaded.error instanceof ApiError && loaded.error.status === 404
			? <><h1>{t("not_found")}</h1><Empty title={t("not_found_help")} /><p><Link to="/reports">{t("reports_back")}</Link></p></>
			: <Problem error={loaded.error} again={() => void loaded.reload()} />;
	}
	if (!loaded.value) return <Loading />;
	const r = loaded.value;
	return (
		<article>
			<p class="path"><Link to="/reports">{t("reports")}</Link></p>
			<div class="title"><h1>{r.company.name}</h1><p class="quiet">{longDay(r.from)}～{longDay(r.to)} · {t("report_n_of", { n: r.number, of: r.of })}</p></div>
			<div class="columns">
				<div class="main-column">
					<Said figures={(r.figures["figures"] ?? {}) as Figures} />
				</div>
				<aside class="side-column" aria-label={t("report_paper")}>
					<section class="card" aria-labelledby="paper-title">
						<h2 id="paper-title">{t("report_paper")}</h2>
						<dl class="facts">
							<div><dt>{t("report_when")}</dt><dd>{moment(r.made)}</dd></div>
							<div><dt>{t("report_read")}</dt><dd>{r.read ? moment(r.read) : t("report_unread")}</dd></div>
						</dl>
						<p><a class="as-button" href={pdf(r)} target="_blank" rel="noopener">{t("report_open_pdf", { n: r.pages })}</a></p>
					</section>
				</aside>
			</div>
		</article>
	);
}
