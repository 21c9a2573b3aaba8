/* The state of the company in one sentence and one colour, and what to do about it. */
import type { ComponentChildren } from "preact";
import { Loading, Problem } from "../../parts/basic.tsx";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import type { Home, HomeState, Report } from "../../owner-types.ts";
import { daysBetween, longDay, moment, number, t, tWord } from "../../text/text.ts";
import { Call, useOwn } from "./home-data.tsx";
import { Bar, Where } from "./progress.tsx";

/* A form of its own for each state: colour alone says nothing to many. */
const pictures: Record<HomeState, string> = {
	calm: "M24 4 7 11v13c0 11 7 18 17 21 10-3 17-10 17-21V11zM15 24l7 7 12-13",
	watch: "M5 24c5-9 11-14 19-14s14 5 19 14c-5 9-11 14-19 14S10 33 5 24zM24 17a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
	act: "M24 5 3 42h42zM24 18v11M24 35v1",
	before: "M24 5a19 19 0 1 0 0 38 19 19 0 0 0 0-38zM24 14v11l8 5",
	after: "M24 5a19 19 0 1 0 0 38 19 19 0 0 0 0-38zM17 17h14v14H17z",
};

/* What a reason asks for, and the page where it can be done. */
const ways: Record<string, { to: string; needs: string }> = {
	not_installed: { to: "/my/devices", needs: "device.read" },
	device_silent: { to: "/my/devices", needs: "device.read" },
	device_isolated: { to: "/my/devices", needs: "device.read" },
	incident_open: { to: "/my/incidents", needs: "incident.read" },
	incident_real: { to: "/my/incidents", needs: "incident.read" },
	not_confirmed: { to: "/my/application", needs: "application.read" },
};

function State({ home }: { home: Home }) {
	const { may } = useSession();
	const said = home.reasons.filter((word) => tWord("reason", word));
	const todo = said.filter((word) => tWord("todo", word));
	/* the applicant's own step is something to do, whatever the state is */
	const task = home.application?.actor === "applicant" && !home.application.ended ? home.application.task : "";
	return (
		<section class={`own-state own-state-${home.state}`} aria-labelledby="own-state" data-state={home.state}>
			<div class="own-state-head">
				<svg viewBox="0 0 48 48" aria-hidden="true"><path d={pictures[home.state]} /></svg>
				<div>
					<p class="own-state-word">{home.company.name}<span class="own-word">{t(`home_word_${home.state}`)}</span></p>
					<h1 id="own-state">{t(`home_${home.state}`)}</h1>
				</div>
			</div>
			{said.length > 0 && (
				<ul class="own-reasons">{said.map((word) => {
					const way = ways[word];
					return <li key={word}>{tWord("reason", word)}{way && may(way.needs) && <> <Link to={way.to}>{t("own_details")}</Link></>}</li>;
				})}</ul>
			)}
			<h2>{t("home_todo")}</h2>
			{task || todo.length > 0 ? (
				<ul class="own-todo">
					{task && <li>{task} <Link to="/my/application">{t("own_open")}</Link></li>}
					{todo.map((word) => <li key={word}>{tWord("todo", word)}</li>)}
				</ul>
			) : <p>{t("home_todo_none")}</p>}
		</section>
	);
}

function Card({ title, children }: { title: string; children: ComponentChildren }) {
	return <section class="card"><h2>{title}</h2>{children}</section>;
}

function Trial({ trial, over }: { trial: Home["trial"]; over: boolean }) {
	if (!trial.from || !trial.to || trial.days_left === null) return null;
	const whole = Math.max(1, daysBetween(trial.from, trial.to) + 1);
	const gone = Math.min(whole, Math.max(0, whole - trial.days_left));
	return (
		<Card title={t("home_trial")}>
			<p class="own-figure">{over ? t("home_trial_over") : trial.days_left > 0 ? t("home_trial_left", { n: number(trial.days_left) }) : t("home_trial_last")}</p>
			<svg class="own-gauge" viewBox={`0 0 ${whole} 4`} preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width={whole} height="4" /><rect width={gone} height="4" /></svg>
			<p class="quiet">{t("home_trial_range", { from: longDay(trial.from), to: longDay(trial.to) })}</p>
		</Card>
	);
}

function Devices({ devices }: { devices: Home["devices"] }) {
	const quiet = devices.offline === 0 && devices.isolated === 0;
	return (
		<Card title={t("home_devices")}>
			{devices.active === 0 ? <p>{t("home_devices_none")}</p> : (
				<>
					<p class="own-figure">{t("home_devices_n", { n: number(devices.active) })}</p>
					{quiet && <p class="own-fine">{t("home_devices_calm")}</p>}
					{devices.offline > 0 && <p class="own-mind">{t("home_devices_offline", { n: number(devices.offline) })}</p>}
					{devices.isolated > 0 && <p class="own-alarm">{t("home_devices_isolated", { n: number(devices.isolated) })}</p>}
				</>
			)}
			<p class="own-go"><Link to="/my/devices">{t("home_devices_open")}</Link></p>
		</Card>
	);
}

const newest = (reports: Report[]): Report | null =>
	reports.reduce<Report | null>((best, r) => (!best || r.made > best.made ? r : best), null);

function NewestReport({ reports }: { reports: Report[] }) {
	const report = newest(reports);
	return (
		<Card title={t("home_report")}>
			{!report ? <p>{t("home_report_none")}</p> : (
				<>
					<p><b>{report.number > 0 ? t("report_title", { n: report.number }) : t("report_title_extra")}</b>
						{report.read === null && <span class="own-new">{t("own_unread")}</span>}</p>
					<p class="quiet">{t("report_range", { from: longDay(report.from), to: longDay(report.to) })}</p>
					<p class="own-go"><Link to={`/my/reports/${report.id}`}>{t("own_open")}</Link></p>
				</>
			)}
		</Card>
	);
}

export function HomePage() {
	const { may } = useSession();
	const { home } = useOwn();
	if (!home.value) return home.error ? <Problem error={home.error} again={() => void home.reload()} /> : <Loading />;
	const it = home.value;
	const runs = it.state !== "before";
	const way = it.application && (
		<section class="card" aria-labelledby="own-where">
			<h2 id="own-where">{t("home_where")}</h2>
			<Bar steps={it.application.steps} />
			<p class="own-here">{it.application.where || it.application.state_name}</p>
			<Where of={it.application} />
			<p class="own-go"><Link to="/my/application">{t("home_application_open")}</Link></p>
		</section>
	);
	return (
		<div class="own-home">
			{home.error ? <Problem error={home.error} again={() => void home.reload()} /> : null}
			<State home={it} />
			<div class="own-call-here"><Call home={it} large /></div>
			<div class="own-cards">
				{!runs && way}
				<Trial trial={it.trial} over={it.state === "after"} />
				{may("device.read") && it.state !== "after" && (runs || it.devices.active > 0) && <Devices devices={it.devices} />}
				{may("incident.read") && runs && (
					<Card title={t("home_incidents")}>
						{it.incidents.this_month === 0 && it.incidents.open === 0 ? <p>{t("home_incidents_none")}</p> : (
							<>
								<p class="own-figure">{t("home_incidents_n", { n: number(it.incidents.this_month) })}</p>
								{it.incidents.open > 0 && <p class="own-mind">{t("home_incidents_open", { n: number(it.incidents.open) })}</p>}
								<p class="own-go"><Link to="/my/incidents">{t("own_details")}</Link></p>
							</>
						)}
					</Card>
				)}
				{runs && (
					<Card title={t("home_check")}>
						{it.last_check ? <p><span class="quiet">{t("home_check_last")}</span><br /><time dateTime={it.last_check}>{moment(it.last_check)}</time></p> : <p>{t(it.trial.from ? "home_check_none_yet" : "home_check_none")}</p>}
					</Card>
				)}
				{may("report.read") && (runs || it.reports.length > 0) && <NewestReport reports={it.reports} />}
				{runs && way}
			</div>
		</div>
	);
}
