/* The application with everything that happened to it, and what the company may do itself. */
import { useState } from "preact/hooks";
import { get, withQuery, type Page } from "../../api.ts";
import { useLive } from "../../live.ts";
import { Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { EventForm } from "../../parts/event-form.tsx";
import type { Application } from "../../programme-types.ts";
import type { ApplicationDetail, ApplicationEntry } from "../../owner-types.ts";
import { Link } from "../../router.tsx";
import { moment, t, tWord } from "../../text/text.ts";
import { Call, useOwn } from "./home-data.tsx";
import { Marks, Steps, Where } from "./progress.tsx";

interface Whole { application: ApplicationDetail; log: ApplicationEntry[]; others: Application[] }

async function load(company: string, wanted: string, known: string): Promise<{ found: Whole | null }> {
	const list = await get<Page<Application>>(withQuery("/v1/applications", { final: "true", limit: 200 }));
	const own = list.items.filter((a) => !company || a.company.id === company);
	const id = wanted || known || own[0]?.id;
	if (!id) return { found: null };
	const path = `/v1/applications/${encodeURIComponent(id)}`;
	const [application, log] = await Promise.all([get<ApplicationDetail>(path), get<{ items: ApplicationEntry[] }>(`${path}/log`)]);
	return { found: { application, log: log.items, others: own.filter((a) => a.id !== application.id) } };
}

function Answers({ of }: { of: ApplicationDetail }) {
	if (of.answers.length === 0) return null;
	const sections = [...new Set(of.answers.map((a) => a.section))];
	return (
		<details class="own-fold">
			<summary>{t("application_answers_open")}</summary>
			{sections.map((section) => (
				<div key={section}>
					{section && <h3>{section}</h3>}
					<dl class="own-facts">
						{of.answers.filter((a) => a.section === section).map((a, i) => <div key={i}><dt>{a.label}</dt><dd>{a.value_text || "—"}</dd></div>)}
					</dl>
				</div>
			))}
		</details>
	);
}

/* Newest first: what happened last is what one looks for. */
function Log({ entries }: { entries: ApplicationEntry[] }) {
	const [all, setAll] = useState(false);
	const rows = [...entries].sort((a, b) => b.number - a.number);
	if (rows.length === 0) return <p class="quiet">{t("own_none_yet")}</p>;
	return (
		<>
			<ol class="own-log">
				{(all ? rows : rows.slice(0, 5)).map((entry) => (
					<li key={entry.number} data-row="">
						<time dateTime={entry.at}>{moment(entry.at)}</time>
						<div>
							<b>{entry.event_name || entry.to}</b>
							{entry.actor && <span class="quiet"> {tWord("who", entry.actor) || entry.actor}</span>}
							{entry.note?.text && <p>{entry.note.text}</p>}
							{entry.fields.length > 0 && (
								<dl class="own-facts">{entry.fields.map((f, i) => <div key={i}><dt>{f.label}</dt><dd>{f.value_text}</dd></div>)}</dl>
							)}
						</div>
					</li>
				))}
			</ol>
			{!all && rows.length > 5 && <button type="button" class="second" onClick={() => setAll(true)}>{t("more")}</button>}
		</>
	);
}

function Doing({ of, onDone, onReload }: { of: ApplicationDetail; onDone: () => void; onReload: () => Promise<void> }) {
	const [open, setOpen] = useState<string | null>(null);
	if (of.possible.length === 0) return null;
	const chosen = of.possible.find((e) => e.event === open);
	return (
		<section class="card" aria-labelledby="own-do">
			<h2 id="own-do">{t("application_do")}</h2>
			{chosen ? (
				<EventForm application={of} event={chosen} onDone={() => { setOpen(null); onDone(); }} onReload={onReload} onCancel={() => setOpen(null)}>
					{chosen.gravely && <p>{t("application_withdraw_help")}</p>}
				</EventForm>
			) : (
				<div class="own-choices">
					{of.possible.map((e) => (
						<button key={e.event} type="button" class={e.gravely ? "second" : ""} data-event={e.event} onClick={() => setOpen(e.event)}>{e.name}</button>
					))}
				</div>
			)}
		</section>
	);
}

export function OwnApplicationPage({ id }: { id: string }) {
	const { home, company } = useOwn();
	const known = home.value?.application?.id ?? "";
	const whole = useLoad(`${company} ${id} ${known}`, () => load(company, id, known));
	const [done, setDone] = useState(false);
	const reload = () => whole.reload();
	useLive(["application"], () => void reload());
	if (!home.value && !home.error) return <Loading />;
	if (whole.error && !whole.value) return <Problem error={whole.error} again={() => void reload()} />;
	if (!whole.value) return <Loading />;
	if (!whole.value.found) {
		return (
			<>
				<h1 class="own-title">{t("application_title")}</h1>
				<Empty title={t("application_none")} help={t("application_none_help")} />
				<Call home={home.value} large />
			</>
		);
	}
	const { application, log, others } = whole.value.found;
	const review = application.eligibility.filter((row) => row.message);
	return (
		<article>
			<h1 class="own-title">{t("application_title")}</h1>
			<p class="quiet">{application.programme.name} · {t("application_number")} <b>{application.number}</b></p>
			{done && <p class="good" role="status">{t("application_changed")}</p>}
			<div class="own-columns">
				<div>
					<section class="card" aria-labelledby="own-where">
						<h2 id="own-where">{t("home_where")}</h2>
						<p class="own-here">{application.where || application.state_name}</p>
						<Where of={application} />
					</section>
					<section class="card" aria-labelledby="own-steps">
						<h2 id="own-steps">{t("application_steps")}</h2>
						<Steps steps={application.steps} />
					</section>
					<section class="card" aria-labelledby="own-log">
						<h2 id="own-log">{t("application_log")}</h2>
						<Log entries={log} />
					</section>
				</div>
				<div>
					<section class="card" aria-labelledby="own-marks">
						<h2 id="own-marks">{t("application_facts")}</h2>
						<Marks of={application} />
						<p class="quiet">{t("application_courses")}：{application.courses.map((c) => c.name).join("、") || "—"}</p>
					</section>
					<Doing of={application} onReload={reload} onDone={() => { setDone(true); void reload(); void home.reload(); }} />
					{review.length > 0 && (
						<section class="card" aria-labelledby="own-check">
							<h2 id="own-check">{t("application_check")}</h2>
							<dl class="own-facts own-conditions">{review.map((row) => (
								<div key={row.condition}><dt>{row.name}</dt><dd><b>{t(`application_check_${row.verdict}`)}</b><br />{row.message}</dd></div>
							))}</dl>
						</section>
					)}
					{application.own_cost.length > 0 && (
						<section class="card" aria-labelledby="own-cost">
							<h2 id="own-cost">{t("application_cost")}</h2>
							<ul class="own-list">{application.own_cost.map((text, i) => <li key={i}>{text}</li>)}</ul>
						</section>
					)}
					<section class="card" aria-labelledby="own-answers">
						<h2 id="own-answers">{t("application_answers")}</h2>
						<Answers of={application} />
						<p class="own-go"><Link to="/my/consents">{t("my_consents")}</Link></p>
					</section>
					{others.length > 0 && (
						<section class="card" aria-labelledby="own-others">
							<h2 id="own-others">{t("application_choose")}</h2>
							<ul class="own-list">{others.map((a) => <li key={a.id}><Link to={`/my/application/${a.id}`}>{a.programme.name}（{a.number}）</Link></li>)}</ul>
						</section>
					)}
					<div class="own-call-here"><Call home={home.value} large /></div>
				</div>
			</div>
		</article>
	);
}
