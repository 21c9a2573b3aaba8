/*
 * One step of an application as a form, made from what the centre says is
 * possible now (PossibleEvent). The only form for every step, programme and
 * role. What was typed outlives a refusal, a conflict and another page.
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError, call, isConflict, type FieldError } from "../api.ts";
import type { Answer, ApplicationDetail, EventField, FieldOption, PossibleEvent } from "../programme-types.ts";
import { useSession } from "../session.ts";
import { dayOf, t } from "../text/text.ts";
import { Dialog, messageOf } from "./basic.tsx";
import { EventInput, optionsOf, valueToSend } from "./event-input.tsx";
import { Mistakes } from "./mistakes.tsx";
import { useNow } from "./programme-clock.ts";

export type Typed = Record<string, string[]>;

/* Of every person who signs in here, so that one never sees another's. */
const drafts = new Map<string, Typed>();
const draftKey = (person: string, application: string, event: string) => `${person} ${application} ${event}`;

export const hasDraft = (person: string, application: string, event: string): boolean =>
	Object.values(drafts.get(draftKey(person, application, event)) ?? {}).some((values) => values.some((v) => v.trim() !== ""));

/* answered: what the form and earlier steps say, for fields that are shown because of them. */
export function isShown(field: EventField, fields: EventField[], typed: Typed, answered: Answer[]): boolean {
	const { shown } = field;
	if (!shown) return true;
	const parent = fields.find((f) => f.id === shown.field);
	if (parent && !isShown(parent, fields, typed, answered)) return false;
	const values = parent ? typed[shown.field] ?? [] : answered.filter((a) => a.field === shown.field).map((a) => a.value);
	return values.some((value) => shown.values.includes(value));
}

export function missing(fields: EventField[], typed: Typed, answered: Answer[]): FieldError[] {
	return fields
		.filter((f) => f.required && isShown(f, fields, typed, answered) && !(typed[f.id] ?? []).some((v) => v.trim() !== ""))
		.map((f) => ({ field: f.id, message: t("field_missing", { label: f.label }) }));
}

/* The centre may name a step's field as EVENT.FIELD. */
const errorsOf = (errors: FieldError[], event: string): FieldError[] =>
	errors.map((e) => ({ ...e, field: e.field.startsWith(`${event}.`) ? e.field.slice(event.length + 1) : e.field }));

interface SureProps { event: PossibleEvent; application: ApplicationDetail; busy: boolean; onYes: () => void; onNo: () => void }

function Sure({ event, application, busy, onYes, onNo }: SureProps) {
	return (
		<Dialog title={t("event_sure", { event: event.name })} onClose={onNo}>
			<p><b>{application.company.name}</b>（{application.number}）</p>
			<p>{t("event_sure_help")}</p>
			<div class="buttons">
				<button type="button" class="second" onClick={onNo}>{t("event_sure_no")}</button>
				<button type="button" class="danger" disabled={busy} onClick={onYes}>{event.name}</button>
			</div>
		</Dialog>
	);
}

interface EventFormProps {
	application: ApplicationDetail;
	event: PossibleEvent;
	courses?: FieldOption[];
	onDone: (next: ApplicationDetail) => void;
	onReload: () => Promise<void>;
	onCancel?: () => void;
	children?: ComponentChildren; /* said above the fields */
}

export function EventForm({ application, event, courses = [], onDone, onReload, onCancel, children }: EventFormProps) {
	const { me } = useSession();
	const now = useNow();
	const key = draftKey(me.id, application.id, event.event);
	const [typed, setTyped] = useState<Typed>(() => drafts.get(key) ?? {});
	const [errors, setErrors] = useState<FieldError[]>([]);
	const [message, setMessage] = useState<string | null>(null);
	const [attempt, setAttempt] = useState(0);
	const [busy, setBusy] = useState(false);
	const [sure, setSure] = useState(false);
	const id = `event-${event.event}`;
	const set = (field: string, values: string[]) => {
		setErrors((old) => (old.some((e) => e.field === field) ? old.filter((e) => e.field !== field) : old));
		setTyped((old) => {
			const next = { ...old, [field]: values };
			drafts.set(key, next);
			return next;
		});
	};
	const shown = event.fields.filter((f) => isShown(f, event.fields, typed, application.answers));
	const refused = (error: unknown) => {
		setBusy(false);
		setSure(false);
		setAttempt((n) => n + 1);
		if (isConflict(error)) {
			void onReload();
			setMessage(t("event_conflict"));
			setErrors([]);
			return;
		}
		setErrors(error instanceof ApiError ? errorsOf(error.errors, event.event) : []);
		setMessage(error instanceof ApiError && error.errors.length > 0 ? null : messageOf(error));
	};
	const send = () => {
		if (busy) return;
		setBusy(true);
		const today = dayOf(now());
		const fields = shown.flatMap((f) => (typed[f.id] ?? []).filter((v) => v.trim() !== "").map((value) => ({ name: f.id, value: valueToSend(f, value, today) })));
		call<ApplicationDetail>("POST", `/v1/applications/${application.id}/events`, { event: event.event, version: application.version, fields })
			.then((next) => {
				drafts.delete(key);
				onDone(next);
			}, refused);
	};
	const submit = (submitted: Event) => {
		submitted.preventDefault();
		const empty = missing(event.fields, typed, application.answers);
		setErrors(empty);
		setMessage(null);
		setAttempt((n) => n + 1);
		if (empty.length > 0) return;
		if (event.gravely) setSure(true);
		else send();
	};
	return (
		<form class="event-form" onSubmit={submit} noValidate aria-labelledby={`${id}-title`} data-event={event.event}>
			<h3 id={`${id}-title`} class="event-title">{event.name}</h3>
			{event.help && <p class="support">{event.help}</p>}
			{children}
			<Mistakes message={message} mistakes={errors.map((e) => ({ id: `${id}-${e.field}`, text: e.message }))} focus={[attempt]} />
			{shown.map((field) => (
				<EventInput key={field.id} id={`${id}-${field.id}`} field={field} courses={courses}
					values={typed[field.id] ?? []} onValues={(values) => set(field.id, values)}
					error={errors.find((e) => e.field === field.id)?.message} />
			))}
			<div class="buttons">
				<button type="submit" class={event.gravely ? "danger" : ""} aria-disabled={busy ? "true" : "false"}>{event.name}</button>
				{onCancel && <button type="button" class="second" onClick={onCancel}>{t("cancel")}</button>}
			</div>
			{sure && <Sure event={event} application={application} busy={busy} onYes={send} onNo={() => setSure(false)} />}
		</form>
	);
}

/* What was typed for a step that somebody else has done meanwhile: still to be read and copied. */
export function LostDraft({ application, event, onForget }: { application: ApplicationDetail; event: PossibleEvent; onForget: () => void }) {
	const { me } = useSession();
	const key = draftKey(me.id, application.id, event.event);
	const typed = drafts.get(key) ?? {};
	const said = event.fields.filter((f) => (typed[f.id] ?? []).some((v) => v.trim() !== ""));
	if (said.length === 0) return null;
	return (
		<div class="notice" role="alert">
			<p><b>{t("step_gone", { event: event.name })}</b></p>
			<dl class="facts">
				{said.map((f) => (
					<div key={f.id}><dt>{f.label}</dt>
						<dd>{(typed[f.id] ?? []).map((v) => optionsOf(f, application.courses).find((o) => o.id === v)?.name ?? v).join("、")}</dd></div>
				))}
			</dl>
			<button type="button" class="second small" onClick={() => { drafts.delete(key); onForget(); }}>{t("event_forget")}</button>
		</div>
	);
}
