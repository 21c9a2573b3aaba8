/* What people add to an incident: is it one, who was called and said yes, and the story for the owner. */
import { useRef, useState } from "preact/hooks";
import { call, isConflict, type ActionKind, type IncidentDetail } from "../api.ts";
import type { IncidentContact } from "../programme-types.ts";
import { useSession } from "../session.ts";
import { getLanguage, moment, t, tWord, type Key } from "../text/text.ts";
import { kindText } from "./actions.tsx";
import { messageOf, Time } from "./basic.tsx";
import { Field } from "./field.tsx";
import { Telephone } from "./staff-parts.tsx";

interface CareProps { detail: IncidentDetail; onChanged: () => void }

/* ---- is it an incident? (R-061) ---- */

export function Judgement({ detail, onChanged }: CareProps) {
	const { may } = useSession();
	const { incident, judgement } = detail;
	const [open, setOpen] = useState(false);
	const [real, setReal] = useState<boolean | null>(null);
	const [reason, setReason] = useState("");
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (real === null || !reason.trim()) return;
		call("POST", `/v1/incidents/${incident.id}/judgement`, { version: incident.version, real, reason: reason.trim() }).then(() => {
			setOpen(false);
			setReason("");
			setReal(null);
			setTried(false);
			setProblem(null);
			onChanged();
		}, (error: unknown) => {
			setProblem(isConflict(error) ? t("event_conflict") : messageOf(error));
			onChanged();
		});
	};
	return (
		<section class={`card judgement ${judgement ? "" : "todo"}`} aria-labelledby="judgement-title">
			<h2 id="judgement-title">{t("judgement")}</h2>
			{judgement && (
				<div class={`judged ${judgement.real ? "real" : "unreal"}`}>
					<p><b>{judgement.real ? t("judged_real") : t("judged_unreal")}</b></p>
					<p class="note-text">{judgement.reason}</p>
					<p class="quiet">{judgement.by.name} · <Time at={judgement.at} /></p>
				</div>
			)}
			{!judgement && !may("incident.judge") && <p class="quiet">{t("judged_not_yet")}</p>}
			{may("incident.judge") && judgement && !open && <button type="button" class="second small" onClick={() => setOpen(true)}>{t("judge_again")}</button>}
			{may("incident.judge") && (!judgement || open) && (
				<form onSubmit={submit} noValidate>
					{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
					<fieldset class={`field options ${tried && real === null ? "wrong" : ""}`}>
						<legend>{t("judge_question")}<span class="required">※{t("required")}</span></legend>
						{tried && real === null && <p class="error">＊{t("judge_choose")}</p>}
						<div class="option-list">
							{([[true, "judge_real"], [false, "judge_unreal"]] as const).map(([value, text]) => (
								<label key={text} class="option"><input type="radio" name="judge" checked={real === value} onChange={() => setReal(value)} /><span>{t(text)}</span></label>
							))}
						</div>
					</fieldset>
					<Field name="judge-reason" label={t("judge_reason")} required rows={2} maxLength={1000} value={reason} onValue={setReason}
						error={tried && !reason.trim() ? t("fill_in") : undefined} />
					<div class="buttons">
						<button type="submit" class="small">{t("judge_do")}</button>
						{open && <button type="button" class="second small" onClick={() => setOpen(false)}>{t("cancel")}</button>}
					</div>
				</form>
			)}
		</section>
	);
}

/* ---- who was called (R-066) ---- */

const askable: ActionKind[] = ["isolate", "kill", "collect"];
const channels = ["telephone", "mail", "visit"] as const;

function ContactForm({ detail, onChanged }: CareProps) {
	const [channel, setChannel] = useState<IncidentContact["channel"]>("telephone");
	const [person, setPerson] = useState(detail.company_contact?.name ?? "");
	const [text, setText] = useState("");
	const [consents, setConsents] = useState<ActionKind[]>([]);
	const [wrong, setWrong] = useState<{ person?: string; text?: string }>({});
	const [problem, setProblem] = useState<string | null>(null);
	const save = (reached: boolean) => {
		const yes = reached ? consents : [];
		const said = text.trim() || (reached ? (yes.length > 0 ? t("consent_said", { what: yes.map(kindText).join("、") }) : "") : t("note_not_reached"));
		const found = {
			...(reached && !person.trim() ? { person: t("fill_in") } : {}),
			...(said ? {} : { text: t("fill_in") }),
		};
		setWrong(found);
		if (Object.keys(found).length > 0) return;
		call("POST", `/v1/incidents/${detail.incident.id}/contacts`, { channel, person: person.trim(), reached, text: said, consents: yes }).then(() => {
			setText("");
			setConsents([]);
			setProblem(null);
			onChanged();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<form class="note-form" onSubmit={(event) => { event.preventDefault(); save(true); }} noValidate aria-label={t("contact_write")}>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<div class="note-how">
				<label>{t("contact_channel")}
					<select value={channel} onChange={(e) => setChannel(e.currentTarget.value as IncidentContact["channel"])}>
						{channels.map((c) => <option key={c} value={c}>{t(`contact_by_${c}` as Key)}</option>)}
					</select></label>
			</div>
			<Field name="contact-person" label={t("contact_person")} value={person} onValue={setPerson} maxLength={200} error={wrong.person} />
			<fieldset class="field options">
				<legend>{t("contact_consents")}</legend>
				<div class="option-line">
					{askable.map((kind) => (
						<label key={kind} class="option"><input type="checkbox" checked={consents.includes(kind)}
							onChange={(e) => setConsents(e.currentTarget.checked ? [...consents, kind] : consents.filter((k) => k !== kind))} /><span>{t(`consent_${kind}` as Key)}</span></label>
					))}
				</div>
			</fieldset>
			<Field name="contact-text" label={t("contact_text")} rows={2} value={text} onValue={setText} maxLength={8000} error={wrong.text} />
			<div class="buttons">
				<button type="submit" class="small">{t("contact_reached")}</button>
				<button type="button" class="second small" onClick={() => save(false)}>{t("contact_not_reached")}</button>
			</div>
		</form>
	);
}

export function IncidentContacts({ detail, onChanged }: CareProps) {
	const { may } = useSession();
	const contacts = [...(detail.contacts ?? [])].sort((a, b) => (a.at < b.at ? 1 : -1));
	return (
		<section class="card company-contacts" aria-labelledby="contacts-title">
			<h2 id="contacts-title">{t("incident_contacts")}</h2>
			{detail.company_contact && (
				<div class="call">
					<p class="contact-name">{detail.company_contact.name}</p>
					<p><Telephone number={detail.company_contact.telephone} big /></p>
					<p><a href={`mailto:${detail.company_contact.mail}`}>{detail.company_contact.mail}</a></p>
				</div>
			)}
			{contacts.length === 0 && <p class="quiet">{t("incident_contacts_none")}</p>}
			<ol class="contacts">{contacts.map((c, i) => (
				<li key={i} class={c.reached ? "reached" : "not-reached"}>
					<p class="contact-how"><b>{t(`contact_by_${c.channel}` as Key)}</b> {c.person}
						<span class={`reach ${c.reached ? "yes" : "no"}`}>{c.reached ? t("reached") : t("not_reached")}</span></p>
					{c.consents.length > 0 && <p class="consented">{t("consent_of", { what: c.consents.map((k) => t(`consent_${k}` as Key)).join("、") })}</p>}
					<p class="note-text">{c.text}</p>
					<p class="quiet">{c.by.name} · <Time at={c.at} /></p>
				</li>
			))}</ol>
			{may("incident.contact") && (
				<details class="more-form" open={contacts.length === 0}>
					<summary>{t("contact_write")}</summary>
					<ContactForm detail={detail} onChanged={onChanged} />
				</details>
			)}
		</section>
	);
}

/* ---- the story for the owner ---- */

/* A beginning made of what is known, for a person to finish. */
function beginning({ incident, device, actions }: IncidentDetail): string {
	const done = actions.filter((a) => a.state === "done").map((a) => `・${moment(a.finished)} ${tWord("did", a.kind) || kindText(a.kind)}`);
	const title = (getLanguage() === "ja" && incident.title_ja) || incident.title;
	return t("story_beginning", {
		at: moment(incident.first_seen), device: device.hostname, title, done: done.length > 0 ? done.join("\n") : t("story_nothing_done"),
	});
}

/* The first heading 【…】 with nothing under it; null where each has its text. */
export function emptySection(text: string): string | null {
	const parts = text.split(/^[\s・]*【([^】\n]*)】/mu);
	for (let i = 1; i < parts.length; i += 2) {
		if (!/[\p{L}\p{N}]/u.test(parts[i + 1] ?? "")) return parts[i] ?? "";
	}
	return null;
}

export function StoryPreview({ detail, text }: { detail: IncidentDetail; text: string }) {
	const { incident, device } = detail;
	return (
		<div class="story-preview" role="region" aria-label={t("story_preview")}>
			<p class="quiet">{t("story_preview")}</p>
			<h3>{(getLanguage() === "ja" && incident.title_ja) || incident.title}</h3>
			<p class="quiet">{moment(incident.first_seen)} · {device.hostname}</p>
			<h4>{t("incident_what")}</h4>
			{text.split(/\n+/).filter(Boolean).map((line, i) => <p key={i}>{line}</p>)}
		</div>
	);
}

export function Story({ detail, onChanged }: CareProps) {
	const { may } = useSession();
	const { incident, story } = detail;
	const [typed, setTyped] = useState<string | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	const box = useRef<HTMLDivElement>(null);
	const text = typed ?? story?.text ?? "";
	const write = may("incident.tell") && (typed !== null || !story);
	const save = (event: Event) => {
		event.preventDefault();
		if (!text.trim()) {
			setProblem(t("fill_in"));
			return;
		}
		const empty = emptySection(text);
		if (empty !== null) {
			setProblem(t("story_section_empty", { section: empty }));
			return;
		}
		call("PUT", `/v1/incidents/${incident.id}/story`, { version: incident.version, text: text.trim() }).then(() => {
			setTyped(null);
			setProblem(null);
			onChanged();
		}, (error: unknown) => {
			setProblem(isConflict(error) ? t("event_conflict") : messageOf(error));
			onChanged();
		});
	};
	if (!story && !may("incident.tell")) return null;
	return (
		<section class="card company-story" aria-labelledby="told-title">
			<h2 id="told-title">{t("story_title")}</h2>
			<div class={write ? "story-edit" : ""} ref={box}>
				{write && (
					<form onSubmit={save} noValidate>
						<Field name="story" label={t("story_label")} support={t("story_help")} rows={9} maxLength={8000} value={text} onValue={setTyped} error={problem ?? undefined} />
						<div class="buttons">
							<button type="submit" class="small">{t("story_save")}</button>
							{!text && <button type="button" class="second small" onClick={() => setTyped(beginning(detail))}>{t("story_begin")}</button>}
							{story && <button type="button" class="second small" onClick={() => { setTyped(null); setProblem(null); }}>{t("cancel")}</button>}
						</div>
					</form>
				)}
				{(text || !write) && <StoryPreview detail={detail} text={text} />}
			</div>
			{story && <p class="quiet">{story.by.name} · <Time at={story.at} /></p>}
			{story && !write && may("incident.tell") && <button type="button" class="second small" onClick={() => setTyped(story.text)}>{t("story_change")}</button>}
		</section>
	);
}

/* ---- who helps now (R-060, R-062, R-063, R-067) ---- */

export function Help({ detail }: { detail: IncidentDetail }) {
	if (detail.desk_serves === undefined) return null;
	const office = (detail as IncidentDetail & { office?: { name: string; telephone: string } | null }).office ?? null;
	return (
		<div class={`help ${detail.desk_serves ? "serves" : "serves-not"}`} data-desk={detail.desk_serves ? "serves" : "not"}>
			<p><b>{detail.desk_serves ? t("desk_serves") : t("desk_serves_not")}</b>
				{!detail.desk_serves && office && <> {t("desk_office", { name: office.name })} <a href={`tel:${office.telephone.replace(/[^\d+]/g, "")}`}>{office.telephone}</a></>}</p>
			{detail.onsite_from && <p>{t("onsite_from", { at: moment(detail.onsite_from) })}</p>}
		</div>
	);
}
