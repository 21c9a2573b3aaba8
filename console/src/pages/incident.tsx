import { useState } from "preact/hooks";
import { ApiError, call, get, isConflict, type Detection, type Incident, type IncidentDetail, type IncidentState, type List, type Named, type Process, type TimelineEntry } from "../api.ts";
import { useLive } from "../live.ts";
import { Actions, AskAction } from "../parts/actions.tsx";
import { Empty, Loading, messageOf, Problem, SeverityBadge, StateBadge, stateText, Time, useLoad } from "../parts/basic.tsx";
import { CareSteps, ending } from "../parts/care-steps.tsx";
import { Help, IncidentContacts, Judgement, Story } from "../parts/care.tsx";
import { Field } from "../parts/field.tsx";
import { usePageKeys } from "../parts/row-keys.ts";
import { ProcessTree } from "../parts/process-tree.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { DetectionCard } from "../parts/why.tsx";
import { go, Link } from "../router.tsx";
import { useSession } from "../session.ts";
import { longTime, number, t } from "../text/text.ts";
import { titleOf } from "./incidents.tsx";

interface Whole { detail: IncidentDetail; timeline: List<TimelineEntry>; detections: List<Detection> }

async function load(id: string): Promise<Whole> {
	const path = `/v1/incidents/${encodeURIComponent(id)}`;
	const [detail, timeline, detections] = await Promise.all([
		get<IncidentDetail>(path), get<List<TimelineEntry>>(`${path}/timeline`), get<List<Detection>>(`${path}/detections`),
	]);
	return { detail, timeline, detections };
}

function Assignee({ incident, onChanged, onProblem }: { incident: Incident; onChanged: () => void; onProblem: (e: unknown) => void }) {
	const { me } = useSession();
	const [people, setPeople] = useState<Named[] | null>(null);
	const assign = (person: string | null) => {
		call("PUT", `/v1/incidents/${incident.id}/assignee`, { person, version: incident.version }).then(onChanged, onProblem);
	};
	const ask = () => {
		if (people) return;
		void get<List<Named>>(`/v1/incidents/${incident.id}/candidates`).then((list) => setPeople(list.items), () => undefined);
	};
	const options = people ?? (incident.assignee ? [incident.assignee] : []);
	return (
		<div class="field">
			<label for="assignee">{t("assignee")}</label>
			<div class="side">
				<select id="assignee" value={incident.assignee?.id ?? ""} onFocus={ask} onMouseDown={ask}
					onChange={(event) => assign(event.currentTarget.value || null)}>
					<option value="">{t("nobody")}</option>
					{options.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
				</select>
				{incident.assignee?.id !== me.id && <button type="button" class="second" data-take onClick={() => assign(me.id)}>{t("take")}</button>}
			</div>
		</div>
	);
}

function Handling({ detail, onChanged }: { detail: IncidentDetail; onChanged: () => void }) {
	const { may } = useSession();
	const [problem, setProblem] = useState<string | null>(null);
	const { incident } = detail;
	const { needs } = ending(detail);
	const changed = () => {
		setProblem(null);
		onChanged();
	};
	const failed = (error: unknown) => {
		setProblem(isConflict(error) ? t("changed_meanwhile") : messageOf(error));
		onChanged();
	};
	const move = (state: IncidentState) => {
		call("PUT", `/v1/incidents/${incident.id}/state`, { state, version: incident.version }).then(changed, failed);
	};
	return (
		<section class="card" aria-labelledby="handling-title">
			<h2 id="handling-title" class="hidden">{t("state")}</h2>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<dl class="facts">
				<div><dt>{t("state")}</dt><dd><StateBadge state={incident.state} /></dd></div>
				<div><dt>{t("device")}</dt><dd><Link to={`/devices/${detail.device.id}`}>{detail.device.hostname}</Link></dd></div>
				<div><dt>{t("company")}</dt><dd>{incident.company.name}</dd></div>
				<div><dt>{t("since")}</dt><dd>{longTime(incident.first_seen)}</dd></div>
				<div><dt>{t("latest")}</dt><dd><Time at={incident.last_seen} relative /></dd></div>
			</dl>
			{may("incident.write") && (
				<>
					<Assignee incident={incident} onChanged={changed} onProblem={failed} />
					{detail.transitions.length > 0 && (
						<fieldset class="moves"><legend>{t("move_to")}</legend>
							{needs && <p class="quiet" data-needs>{needs}</p>}
							{detail.transitions.map((s) => <button key={s} type="button" data-to={s} class="second small" onClick={() => move(s)}>{stateText(s)}</button>)}
						</fieldset>
					)}
				</>
			)}
			{incident.techniques.length > 0 && (
				<div class="techniques"><h3>{t("techniques")}</h3>
					<ul>{incident.techniques.map((technique) => <li key={technique}>{technique}</li>)}</ul>
				</div>
			)}
		</section>
	);
}

function Notes({ detail, onChanged }: { detail: IncidentDetail; onChanged: () => void }) {
	const { may } = useSession();
	const [text, setText] = useState("");
	const [problem, setProblem] = useState<string | null>(null);
	const save = (event: Event) => {
		event.preventDefault();
		if (!text.trim()) return;
		call("POST", `/v1/incidents/${detail.incident.id}/notes`, { text: text.trim() }).then(() => {
			setText("");
			setProblem(null);
			onChanged();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<section class="card" aria-labelledby="notes-title">
			<h2 id="notes-title">{t("notes")}</h2>
			{detail.notes.length === 0 && <p class="quiet">{t("notes_none")}</p>}
			<ul class="notes">{detail.notes.map((note, i) => (
				<li key={i}><p>{note.text}</p><p class="quiet">{note.author.name} · <Time at={note.at} /></p></li>
			))}</ul>
			{may("incident.note") && (
				<form onSubmit={save}>
					<Field name="note" label={t("note_label")} rows={3} value={text} onValue={setText} maxLength={8000} error={problem ?? undefined} />
					<button type="submit" class="second">{t("note_save")}</button>
				</form>
			)}
		</section>
	);
}

export function IncidentPage({ id }: { id: string }) {
	const { may } = useSession();
	const whole = useLoad(id, () => load(id));
	const [chosen, setChosen] = useState<string | null>(null);
	const [kill, setKill] = useState<Process | null>(null);
	const reload = () => void whole.reload();
	useLive(["incident", "action", "device"], reload, id);
	usePageKeys({
		t: () => document.querySelector<HTMLElement>("[data-take]")?.click(),
		n: () => document.getElementById("note")?.focus(),
		u: () => (history.length > 1 ? history.back() : go("/incidents")),
	});
	if (whole.error && !whole.value) {
		return whole.error instanceof ApiError && whole.error.status === 404
			? <><h1>{t("not_found")}</h1><Empty title={t("not_found_help")} /><p><Link to="/incidents">{t("back_to_incidents")}</Link></p></>
			: <Problem error={whole.error} again={reload} />;
	}
	if (!whole.value) return <Loading />;
	const { detail, timeline, detections } = whole.value;
	const { incident } = detail;
	const shown = chosen ? detections.items.filter((d) => d.process === chosen) : detections.items;
	const path = `/v1/incidents/${incident.id}/actions`;
	return (
		<article>
			<p class="path"><Link to="/incidents">{t("nav_incidents")}</Link> / #{incident.number}</p>
			<div class={`title edge-${incident.severity}`}>
				<SeverityBadge severity={incident.severity} />
				<h1>{titleOf(incident)}</h1>
				<p class="quiet">{incident.device.name} · {incident.company.name} · {t("detections_n", { n: number(incident.detections) })}</p>
			</div>
			{whole.error ? <Problem error={whole.error} again={reload} /> : null}
			{(detail.cut || timeline.cut || detections.cut) && <p class="notice">{t("cut")}</p>}
			<Help detail={detail} />
			{may("incident.write") && <CareSteps detail={detail} />}
			<div class="columns">
				<div class="main-column">
					<section class="card" aria-labelledby="tree-title">
						<h2 id="tree-title">{t("process_tree")}</h2>
						<ProcessTree processes={detail.processes} chosen={chosen}
							onChoose={(p) => setChosen(chosen === p.guid ? null : p.guid)}
							onKill={may("action.propose") && detail.device.state === "active" ? setKill : null} />
					</section>
					<section class="card" aria-labelledby="why-title">
						<h2 id="why-title">{t("why")}</h2>
						{shown.map((d, i) => <DetectionCard key={d.id} detection={d} open={i === 0} />)}
					</section>
					<Story detail={detail} onChanged={reload} />
					<section class="card" aria-labelledby="timeline-title">
						<h2 id="timeline-title">{t("timeline")}</h2>
						<Timeline items={timeline.items} />
					</section>
				</div>
				<aside class="side-column">
					<Handling detail={detail} onChanged={reload} />
					<Judgement detail={detail} onChanged={reload} />
					<Actions path={path} device={detail.device} actions={detail.actions} contacts={detail.contacts} onDone={reload} />
					<IncidentContacts detail={detail} onChanged={reload} />
					<Notes detail={detail} onChanged={reload} />
				</aside>
			</div>
			{may("incident.write") && <p class="key-line">{t("care_keys")}</p>}
			{kill && <AskAction path={path} kind="kill" device={detail.device} process={kill} contacts={detail.contacts} onClose={() => setKill(null)} onDone={reload} />}
		</article>
	);
}
