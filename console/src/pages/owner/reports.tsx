/* The monthly reports: a list, and each one's figures as bars and as tables. */
import { useEffect } from "preact/hooks";
import { ApiError, call, get } from "../../api.ts";
import { Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { Pages } from "../../parts/pages.tsx";
import type { Home, Report, ReportDay, ReportDetail, ReportFigures } from "../../owner-types.ts";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import { longDay, middleDay, moment, number, t } from "../../text/text.ts";
import { Call, useOwn } from "./home-data.tsx";

const titleOf = (report: Report): string => (report.number > 0 ? t("report_title", { n: report.number }) : t("report_title_extra"));
const rangeOf = (report: Report): string => t("report_range", { from: longDay(report.from), to: longDay(report.to) });
const sizeOf = (bytes: number): string => `${number(Math.max(1, Math.round(bytes / 1000)))}KB`;

function Pdf({ report }: { report: Report }) {
	return (
		<a class="own-pdf" href={`/v1/reports/${encodeURIComponent(report.id)}/pdf`} download={`report-${report.to}.pdf`}>
			<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4v11M7 11l5 5 5-5M5 20h14" /></svg>
			{t("report_pdf", { pages: number(report.pages), size: sizeOf(report.bytes) })}
		</a>
	);
}

export function OwnReportsPage() {
	const { company } = useOwn();
	const { may } = useSession();
	if (!may("report.read")) return <Empty title={t("not_found")} help={t("not_found_help")} />;
	return (
		<>
			<h1 class="own-title">{t("my_reports")}</h1>
			<p>{t("my_reports_lead")}</p>
			<Pages<Report> path="/v1/reports" query={company ? { company } : {}} empty={t("my_reports_none")} help={t("my_reports_none_help")} live={["report"]}>
				{(items) => <Rows items={items} />}
			</Pages>
		</>
	);
}

function Rows({ items }: { items: Report[] }) {
	return (
		<ul class="own-rows" aria-live="polite">{items.map((report) => (
			<li key={report.id} data-row="" data-state={report.read ? "read" : "unread"}>
				<Link to={`/my/reports/${report.id}`} class="own-row">
					<b>{titleOf(report)}{!report.read && <span class="own-new">{t("own_unread")}</span>}</b>
					<span>{rangeOf(report)}</span>
					<span class="quiet">{t("report_made", { at: moment(report.made) })}{report.number > 0 && ` · ${t("report_of", { n: report.number, of: report.of })}`}</span>
				</Link>
			</li>
		))}</ul>
	);
}

const WIDTH = 12, HEIGHT = 100;

/* One bar a day; the same numbers stand in the table beneath. */
function Bars({ days, value, label }: { days: ReportDay[]; value: (day: ReportDay) => number; label: string }) {
	const most = Math.max(1, ...days.map(value));
	const total = days.reduce((sum, d) => sum + value(d), 0);
	const marked = days.filter((_, i) => i === 0 || i === days.length - 1 || (days.length > 14 && i === Math.floor(days.length / 2)));
	return (
		<figure class="own-bars">
			<svg viewBox={`0 0 ${days.length * WIDTH} ${HEIGHT + 2}`} preserveAspectRatio="none" role="img"
				aria-label={`${label}：${t("report_unit", { n: number(total) })}`}>
				{[0.25, 0.5, 0.75].map((share) => <line key={share} x1="0" x2={days.length * WIDTH} y1={HEIGHT * share} y2={HEIGHT * share} />)}
				{days.map((d, i) => {
					const n = value(d), height = n === 0 ? 0 : Math.max(2, (n / most) * HEIGHT);
					return <rect key={d.day} x={i * WIDTH + 2} y={HEIGHT - height} width={WIDTH - 4} height={height}><title>{t("report_days_bar", { day: middleDay(d.day), n: number(n) })}</title></rect>;
				})}
				<line class="base" x1="0" x2={days.length * WIDTH} y1={HEIGHT} y2={HEIGHT} />
			</svg>
			<figcaption>{marked.map((d) => <time key={d.day} dateTime={d.day}>{middleDay(d.day)}</time>)}</figcaption>
		</figure>
	);
}

function Days({ days, which }: { days: ReportDay[]; which: "events" | "detections" }) {
	const label = t(which === "events" ? "report_days_events" : "report_days");
	const value = (day: ReportDay) => day[which];
	const id = `report-${which}`;
	return (
		<section class="card" aria-labelledby={id}>
			<h2 id={id}>{label}</h2>
			{which === "detections" && days.every((d) => value(d) === 0) ? <p>{t("report_days_none")}</p> : (
				<>
					<Bars days={days} value={value} label={label} />
					<details class="own-fold"><summary>{t("report_table")}<span class="hidden">（{label}）</span></summary>
						<table class="own-table">
							<caption class="hidden">{label}</caption>
							<thead><tr><th scope="col">{t("report_day")}</th><th scope="col" class="number">{label}</th></tr></thead>
							<tbody>{days.map((d) => <tr key={d.day}><th scope="row">{longDay(d.day)}</th><td class="number">{number(value(d))}</td></tr>)}</tbody>
						</table>
					</details>
				</>
			)}
		</section>
	);
}

function Figures({ of, may, home }: { of: ReportFigures; may: (action: string) => boolean; home: Home | null }) {
	const tiles: [string, string][] = [
		[t("report_detections"), t("report_unit", { n: number(of.detections) })],
		[t("report_incidents"), t("report_unit", { n: number(of.incidents) })],
		[t("report_incidents_real"), t("report_unit", { n: number(of.incidents_real) })],
		[t("report_actions"), t("report_unit", { n: number(of.actions) })],
		[t("report_events"), t("report_unit", { n: number(of.events) })],
	];
	if (of.checks_expected > 0) tiles.push([t("report_checks"), t("report_checks_of", { n: of.checks_done, all: of.checks_expected })]);
	return (
		<>
			<section class={`own-state own-state-${of.mood === "settled" ? "before" : of.mood}`} aria-label={of.sentence}>
				<p class="own-sentence">{of.sentence}</p>
				<p>{t("report_protected", { devices: number(of.devices), events: number(of.events) })}</p>
			</section>
			<section class="card" aria-labelledby="report-advice">
				<h2 id="report-advice">{t("report_advice")}</h2>
				{of.advice.length === 0 ? <p>{t("report_advice_none")}</p> : <ol class="own-advice">{of.advice.map((text, i) => <li key={i}>{text}</li>)}</ol>}
			</section>
			<Call home={home} large />
			<dl class="own-tiles">{tiles.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
			{of.checks_missed > 0 && of.missed_days && (
				<p class="own-mind">{t("report_missed", { days: of.missed_days.split(" ").map(middleDay).join("、") })}</p>
			)}
			{of.incident.length > 0 && (
				<section class="card" aria-labelledby="report-incidents">
					<h2 id="report-incidents">{t("report_incident_list")}</h2>
					<ul class="own-list">{of.incident.map((i) => (
						<li key={i.id}>
							<b>{may("incident.read") ? <Link to={`/my/incidents/${i.id}`}>{i.title}</Link> : i.title}</b>
							<br /><span class="quiet">{moment(i.opened)} · {i.host} · {t(i.judged === 0 ? "incident_told_not" : i.closed ? "incident_told_done" : i.judged === 1 ? "incident_told_real" : "incident_told_new")}</span>
							{i.story && <p>{i.story}</p>}
						</li>
					))}</ul>
				</section>
			)}
			<div class="own-pair"><Days days={of.day} which="detections" /><Days days={of.day} which="events" /></div>
			{of.device.length > 0 && (
				<section class="card" aria-labelledby="report-devices">
					<h2 id="report-devices">{t("report_devices")}</h2>
					<div class="own-scroll" tabIndex={0} role="region" aria-label={t("report_devices")}>
						<table class="own-table">
							<caption class="hidden">{t("report_devices")}</caption>
							<thead><tr><th scope="col">{t("report_device")}</th><th scope="col">{t("report_device_user")}</th>
								<th scope="col" class="number">{t("report_days_heard")}</th><th scope="col" class="number">{t("report_events")}</th><th scope="col" class="number">{t("report_detections")}</th></tr></thead>
							<tbody>{of.device.map((d) => (
								<tr key={d.id}><th scope="row">{d.hostname}</th><td>{d.user || "—"}</td><td class="number">{t("report_days_n", { n: d.days_heard })}</td>
									<td class="number">{number(d.events)}</td><td class="number">{number(d.detections)}</td></tr>
							))}</tbody>
						</table>
					</div>
				</section>
			)}
		</>
	);
}

export function OwnReportPage({ id }: { id: string }) {
	const { may } = useSession();
	const { home } = useOwn();
	const path = `/v1/reports/${encodeURIComponent(id)}`;
	const report = useLoad(path, () => get<ReportDetail>(path));
	const unread = report.value?.read === null;
	/* what is open before the reader's eyes is read; a failure only leaves the mark */
	useEffect(() => {
		if (unread) void call("POST", `${path}/read`).then(() => home.reload(), () => undefined);
	}, [unread, path]);
	if (!report.value) {
		if (report.error instanceof ApiError && report.error.status === 404) {
			return <><h1 class="own-title">{t("not_found")}</h1><Empty title={t("not_found_help")} /><p class="own-go"><Link to="/my/reports">{t("report_back")}</Link></p></>;
		}
		return report.error ? <Problem error={report.error} again={() => void report.reload()} /> : <Loading />;
	}
	const { figures } = report.value.figures as unknown as { figures: ReportFigures };
	return (
		<article>
			<p class="path"><Link to="/my/reports">{t("report_back")}</Link></p>
			<div class="head">
				<div><h1 class="own-title">{titleOf(report.value)}</h1><p class="quiet own-range">{rangeOf(report.value)}</p></div>
				<Pdf report={report.value} />
			</div>
			<Figures of={figures} may={may} home={home.value} />
		</article>
	);
}
