/* One application: who, what, by when; what can be done now; what was said on the phone; what happened. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, call, get, type List } from "../api.ts";
import { useLive } from "../live.ts";
import { Empty, Loading, messageOf, Problem, useLoad } from "../parts/basic.tsx";
import { EventForm, hasDraft, LostDraft } from "../parts/event-form.tsx";
import { usePageKeys } from "../parts/row-keys.ts";
import { actorText, Done, Due, Telephone, When } from "../parts/staff-parts.tsx";
import { Alike } from "../parts/support/alike.tsx";
import { SupportParts } from "../parts/support/support.tsx";
import type { ApplicationDetail, ContactNote, EligibilityRow, LogEntry, PossibleEvent } from "../programme-types.ts";
import { go, Link } from "../router.tsx";
import { useSession } from "../session.ts";
import { longDay, longTime, moment, t, type Key } from "../text/text.ts";

interface Whole { detail: ApplicationDetail; log: LogEntry[] }

async function load(id: string): Promise<Whole> {
	const path = `/v1/applications/${encodeURIComponent(id)}`;
	const [detail, log] = await Promise.all([get<ApplicationDetail>(path), get<List<LogEntry>>(`${path}/log`)]);
	return { detail, log: log.items };
}

function Card({ id, title, class: name = "", children }: { id: string; title: string; class?: string; children: ComponentChildren }) {
	return <section class={`card ${name}`} aria-labelledby={`${id}-title`}><h2 id={`${id}-title`}>{title}</h2>{children}</section>;
}

/* ---- what to do now ---- */

interface TodoProps { detail: ApplicationDetail; onDone: (next: ApplicationDetail, event: PossibleEvent) => void; onReload: () => Promise<void> }

function Todo({ detail, onDone, onReload }: TodoProps) {
	const { me } = useSession();
	const { possible } = detail;
	const [wanted, setWanted] = useState<string | null>(null);
	const known = useRef(new Map<string, PossibleEvent>());
	for (const event of possible) known.current.set(event.event, event);
	const [, redraw] = useState(0);
	const main = possible.filter((e) => !e.gravely);
	const chosen = possible.find((e) => e.event === wanted) ?? (wanted === null ? main[0] : undefined);
	const gone = [...known.current.values()].filter((e) => !possible.includes(e) && hasDraft(me.id, detail.id, e.event));
	const choose = (event: PossibleEvent) => {
		setWanted(event.event);
		window.setTimeout(() => document.querySelector<HTMLElement>(".event-form input, .event-form textarea, .event-form select, .event-form button")?.focus());
	};
	usePageKeys({
		e: () => document.querySelector<HTMLElement>(".event-choice button, .event-form input, .event-form button")?.focus(),
		...Object.fromEntries(possible.slice(0, 9).map((event, i) => [String(i + 1), () => choose(event)])),
	});
	return (
		<Card id="todo" title={t("todo")} class={possible.length > 0 ? "todo" : ""}>
			{detail.task && <p class="task"><b>{actorText(detail.actor)}</b> {detail.task}</p>}
			{gone.map((event) => <LostDraft key={event.event} application={detail} event={event} onForget={() => redraw((n) => n + 1)} />)}
			{possible.length === 0 && <p class="quiet">{t("todo_none")}</p>}
			{possible.length > 1 && (
				<div class="event-choice" role="group" aria-label={t("todo_choose")}>
					{possible.map((event, i) => (
						<button key={event.event} type="button" class={`second small ${event.gravely ? "grave" : ""}`}
							aria-pressed={chosen === event ? "true" : "false"} onClick={() => choose(event)}>
							{i < 9 && <kbd aria-hidden="true">{i + 1}</kbd>}{event.name}
						</button>
					))}
				</div>
			)}
			{chosen && (
				<EventForm key={chosen.event} application={detail} event={chosen} courses={detail.courses} onReload={onReload}
					onDone={(next) => { setWanted(null); onDone(next, chosen); }} />
			)}
		</Card>
	);
}

/* ---- contact ---- */

const channels = ["telephone", "mail", "other"] as const;

function NoteForm({ detail, onDone }: { detail: ApplicationDetail; onDone: () => void }) {
	const [text, setText] = useState("");
	const [channel, setChannel] = useState<ContactNote["channel"]>("telephone");
	const [direction, setDirection] = useState<ContactNote["direction"]>("out");
	const [problem, setProblem] = useState<string | null>(null);
	const box = useRef<HTMLTextAreaElement>(null);
	usePageKeys({ n: () => box.current?.focus() });
	const save = (reached: boolean) => {
		const said = text.trim() || (reached ? "" : t("note_not_reached"));
		if (!said) {
			setProblem(t("fill_in"));
			box.current?.focus();
			return;
		}
		call("POST", `/v1/applications/${detail.id}/notes`, { text: said, channel, direction, reached }).then(() => {
			setText("");
			setProblem(null);
			onDone();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<form class="note-form" onSubmit={(event) => { event.preventDefault(); save(true); }} noValidate aria-label={t("contact_write")}>
			<div class="note-how">
				<label>{t("contact_channel")}
					<select value={channel} onChange={(e) => setChannel(e.currentTarget.value as ContactNote["channel"])}>
						{channels.map((c) => <option key={c} value={c}>{t(`contact_by_${c}` as Key)}</option>)}
					</select></label>
				<label>{t("contact_direction")}
					<select value={direction} onChange={(e) => setDirection(e.currentTarget.value as ContactNote["direction"])}>
						<option value="out">{t("direction_out")}</option><option value="in">{t("direction_in")}</option>
					</select></label>
			</div>
			<label for="contact-text" class="label">{t("contact_text")}</label>
			<textarea id="contact-text" ref={box} rows={3} maxLength={8000} value={text} onInput={(e) => setText(e.currentTarget.value)}
				aria-invalid={problem ? "true" : "false"} {...(problem ? { "aria-describedby": "contact-problem" } : {})}
				onKeyDown={(e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) save(true); }} />
			{problem && <p class="error" id="contact-problem" role="alert">＊{problem}</p>}
			<div class="buttons">
				<button type="submit" class="small">{t("contact_reached")}</button>
				{direction === "out" && <button type="button" class="second small" onClick={() => save(false)}>{t("contact_not_reached")}</button>}
			</div>
		</form>
	);
}

/* A step that was done by talking says how: a field of that name in the programme's file. */
const channelOf = (entry: LogEntry): string =>
	entry.fields.find((f) => f.name === "channel" || f.name.endsWith(".channel"))?.value_text ?? "";

function Noted({ entry, note }: { entry: LogEntry; note: ContactNote }) {
	return (
		<li class={note.reached ? "reached" : "not-reached"}>
			<p class="contact-how"><b>{t(`contact_by_${note.channel}` as Key)}</b> {t(`direction_${note.direction}` as Key)}
				<span class={`reach ${note.reached ? "yes" : "no"}`}>{note.reached ? t("reached") : t("not_reached")}</span></p>
			<p class="note-text">{note.text}</p>
			<p class="quiet"><When at={entry.at} /> · {entry.actor}</p>
		</li>
	);
}

function Contacts({ detail, log, onDone }: { detail: ApplicationDetail; log: LogEntry[]; onDone: () => void }) {
	const { may } = useSession();
	const spoken = log.filter((entry) => entry.note || channelOf(entry)).reverse();
	return (
		<Card id="contacts" title={t("contacts")}>
			{may("application.note") && <NoteForm detail={detail} onDone={onDone} />}
			{spoken.length === 0 && <p class="quiet">{t("contacts_none")}</p>}
			<ol class="contacts">{spoken.map((entry) => (entry.note
				? <Noted key={entry.number} entry={entry} note={entry.note} />
				: (
					<li key={entry.number} data-step={entry.event}>
						<p class="contact-how"><b>{channelOf(entry)}</b> {entry.event_name || entry.event}</p>
						<p class="quiet"><When at={entry.at} /> · {entry.actor}</p>
					</li>
				)))}</ol>
		</Card>
	);
}

/* ---- what is known ---- */

const weight = { fail: 0, review: 1, pass: 2 };

function Eligibility({ rows }: { rows: EligibilityRow[] }) {
	const sorted = [...rows].sort((a, b) => weight[a.verdict] - weight[b.verdict]);
	const open = sorted.filter((r) => r.verdict !== "pass"), passed = sorted.filter((r) => r.verdict === "pass");
	const row = (r: EligibilityRow) => (
		<li key={r.condition} class={`verdict verdict-${r.verdict}`} data-condition={r.condition} data-rules={r.rules}>
			<span class="verdict-mark" title={r.rules}>{t(`verdict_${r.verdict}` as Key)}</span>
			<div><p><b>{r.name}</b></p>{r.message && <p>{r.message}</p>}</div>
		</li>
	);
	return (
		<Card id="eligibility" title={t("eligibility")}>
			{open.length > 0 && <ul class="verdicts">{open.map(row)}</ul>}
			{passed.length > 0 && (
				<details open={open.length === 0}>
					<summary>{t("verdict_passed", { n: passed.length })}</summary>
					<ul class="verdicts">{passed.map(row)}</ul>
				</details>
			)}
		</Card>
	);
}

function Answers({ detail }: { detail: ApplicationDetail }) {
	const sections: { title: string; rows: ApplicationDetail["answers"] }[] = [];
	for (const answer of detail.answers) {
		const last = sections[sections.length - 1];
		if (last && last.title === answer.section) last.rows.push(answer);
		else sections.push({ title: answer.section, rows: [answer] });
	}
	return (
		<Card id="answers" title={t("answers")}>
			{sections.map((section, i) => (
				<div key={i} class="answer-section">
					{section.title && <h3>{section.title}</h3>}
					<dl class="answers">{section.rows.map((a, k) => (
						<div key={`${a.field}-${k}`} class={a.kind === "paragraph" ? "long" : ""}>
							<dt>{a.label}</dt>
							<dd>{a.kind === "telephone" ? <Telephone number={a.value_text || a.value} /> : a.value_text || a.value || "—"}</dd>
						</div>
					))}</dl>
				</div>
			))}
		</Card>
	);
}

function History({ log }: { log: LogEntry[] }) {
	const steps = log.filter((entry) => !entry.note).reverse();
	return (
		<Card id="history" title={t("history")}>
			<ol class="timeline">{steps.map((entry) => (
				<li key={entry.number} class="entry">
					<span class="entry-time"><When at={entry.at} /></span>
					<div>
						<p><b>{entry.event_name || entry.event}</b>{entry.from !== entry.to && entry.to && <span class="quiet"> {entry.from && `${entry.from} → `}{entry.to}</span>}</p>
						{entry.fields.length > 0 && <dl class="said">{entry.fields.map((f, i) => <div key={i}><dt>{f.label}</dt><dd>{f.value_text}</dd></div>)}</dl>}
						<p class="quiet">{entry.actor}</p>
					</div>
				</li>
			))}</ol>
		</Card>
	);
}

const marks = ["received", "completed", "confirmed", "approved", "installed", "ended"] as const;

function Who({ detail }: { detail: ApplicationDetail }) {
	const { may } = useSession();
	return (
		<Card id="who" title={t("who")} class="who-card">
			<p class="contact-name">{detail.contact}</p>
			<p><Telephone number={detail.telephone} big /></p>
			<p><a href={`mailto:${detail.mail}`}>{detail.mail}</a></p>
			{detail.flags.length > 0 && <p class="flags">★ {detail.flags.map((flag) => flag.name).join("、")}</p>}
			<dl class="facts">
				<div><dt>{t("courses")}</dt><dd>{detail.courses.map((c) => c.name).join("、") || "—"}</dd></div>
				{marks.map((mark) => (
					<div key={mark} class={detail[mark] ? "" : "not-yet"} data-mark={mark}><dt>{t(`mark_${mark}` as Key)}</dt>
						<dd>{detail[mark] ? <time dateTime={detail[mark] ?? ""}>{moment(detail[mark])}</time> : t("not_yet")}</dd></div>
				))}
				{detail.trial_end && <div><dt>{t("trial_end")}</dt><dd>{longDay(detail.trial_end)}</dd></div>}
			</dl>
			{detail.own_cost.length > 0 && <details><summary>{t("own_cost")}</summary><ul>{detail.own_cost.map((line, i) => <li key={i}>{line}</li>)}</ul></details>}
			{detail.consents.length > 0 && (
				<details><summary>{t("consents", { n: detail.consents.length })}</summary>
					<ul>{detail.consents.map((c, i) => <li key={i}>{c.field} {c.version} · {longTime(c.at)}</li>)}</ul></details>
			)}
			{may("mail.read") && <p><Link to={`/mails?application=${detail.id}`}>{t("mails_of")}</Link></p>}
		</Card>
	);
}

function Progress({ detail }: { detail: ApplicationDetail }) {
	if (detail.steps.length === 0) return null;
	return (
		<ol class="progress" aria-label={t("steps")}>
			{detail.steps.map((step) => (
				<li key={step.state} class={step.current ? "current" : step.reached ? "reached" : ""} {...(step.current ? { "aria-current": "step" as const } : {})}
					title={step.reached ? longTime(step.reached) : t("not_yet")}>{step.name}</li>
			))}
		</ol>
	);
}

export function ApplicationPage({ id }: { id: string }) {
	const { may } = useSession();
	const whole = useLoad(id, () => load(id));
	const [newer, setNewer] = useState<ApplicationDetail | null>(null);
	const [done, setDone] = useState<string | null>(null);
	const back = may("application.read") ? "/applications" : "/";
	useLive(["application"], () => void whole.reload(), id);
	usePageKeys({ u: () => (history.length > 1 ? history.back() : go(back)) });
	useEffect(() => { setDone(null); setNewer(null); }, [id]);
	if (whole.error && !whole.value) {
		return whole.error instanceof ApiError && whole.error.status === 404
			? <><h1>{t("not_found")}</h1><Empty title={t("not_found_help")} /><p><Link to={back}>{t("applications_back")}</Link></p></>
			: <Problem error={whole.error} again={() => void whole.reload()} />;
	}
	if (!whole.value) return <Loading />;
	const { log } = whole.value;
	const detail = newer && newer.version > whole.value.detail.version ? newer : whole.value.detail;
	return (
		<article class="application" data-state={detail.state}>
			<p class="path"><Link to={back}>{t("applications")}</Link> / {detail.number}</p>
			<div class="title">
				<h1>{detail.company.name}</h1><span class="step-now">{detail.state_name}</span><Due of={detail} long />
				<p class="quiet">{detail.company_kana} · {detail.number} · {detail.programme.name}</p>
			</div>
			{whole.error ? <Problem error={whole.error} again={() => void whole.reload()} /> : null}
			<Progress detail={detail} />
			<Done text={done} />
			<div class="columns">
				<div class="main-column">
					<Todo detail={detail} onReload={whole.reload} onDone={(next, event) => {
						setNewer(next);
						setDone(t("event_done", { event: event.name, state: next.state_name }));
						void whole.reload();
						document.getElementById("content")?.focus();
					}} />
					{may("application.identify") && !detail.confirmed && <Alike detail={detail} onDone={() => void whole.reload()} />}
					{detail.eligibility.length > 0 && <Eligibility rows={detail.eligibility} />}
					{may("support.read") && <SupportParts application={detail.id} />}
					<Answers detail={detail} />
					<History log={log} />
				</div>
				<aside class="side-column" aria-label={t("who")}>
					<Who detail={detail} />
					<Contacts detail={detail} log={log} onDone={() => void whole.reload()} />
				</aside>
			</div>
			<p class="key-line">{t("application_keys")}</p>
		</article>
	);
}
