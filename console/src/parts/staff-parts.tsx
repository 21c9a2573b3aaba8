/* Parts that several pages of staff share. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Me } from "../api.ts";
import type { Application } from "../programme-types.ts";
import { daysBetween, dayOf, longTime, shortDay, shortTime, t, type Key } from "../text/text.ts";
import type { Loaded } from "./basic.tsx";
import { useNow } from "./programme-clock.ts";

/* Who acts in a programme, as roles are called there. */
const actors = ["secretariat", "city", "expert", "desk", "contractor"] as const;
export const actorOf = (me: Me): string => actors.find((actor) => me.grants.some((g) => g.role === actor)) ?? "";
export const isStaff = (me: Me): boolean => me.grants.some((g) => !["applicant", "owner"].includes(g.role));
export const actorText = (actor: string): string =>
	["clock", "centre", "applicant", ...actors].includes(actor) ? t(`actor_${actor}` as Key) : actor;

export type Urgency = "breach" | "reminder" | "today" | "soon" | "later" | "none";

/* Only a hard deadline that passed is a breach; a soft one reminds. */
export function urgencyOf(a: Pick<Application, "due" | "due_hard" | "late">, today: string): Urgency {
	if (!a.due) return "none";
	if (a.late || a.due < today) return a.due_hard ? "breach" : "reminder";
	if (a.due === today) return "today";
	return daysBetween(today, a.due) <= 1 ? "soon" : "later";
}

export function Due({ of, long }: { of: Pick<Application, "due" | "due_hard" | "late">; long?: boolean }) {
	const now = useNow();
	const today = dayOf(now());
	const urgency = urgencyOf(of, today);
	if (!of.due) return <span class="quiet">{t("due_none")}</span>;
	const days = daysBetween(today, of.due);
	const said = urgency === "breach" ? t("due_breach", { days: -days })
		: urgency === "reminder" ? t("due_reminder", { days: -days })
		: urgency === "today" ? t("due_today") : urgency === "soon" ? t("due_tomorrow") : t("due_in", { days });
	return (
		<span class={`due due-${urgency}`}>
			<time dateTime={of.due}>{shortDay(of.due)}</time>
			<b>{said}</b>
			{long && <span class="quiet">{of.due_hard ? t("due_hard") : t("due_soft")}</span>}
		</span>
	);
}

/* To the minute: 05/28 10:00. */
export function When({ at }: { at: string | null }) {
	return at ? <time class="when" dateTime={at} title={longTime(at)}>{shortTime(at).replace(/:\d\d$/, "")}</time> : <span>—</span>;
}

/* Digits alone as they are read out; what has its own marks stays. */
function telephoneText(number: string): string {
	const parts = /^(0[36])(\d{4})(\d{4})$/.exec(number) ?? /^(0[5789]0)(\d{4})(\d{4})$/.exec(number)
		?? /^(0120)(\d{3})(\d{3})$/.exec(number) ?? /^(0\d{2})(\d{3})(\d{4})$/.exec(number);
	return parts ? parts.slice(1).join("-") : number;
}

/* A telephone number to press; digits only behind it. */
export function Telephone({ number, big }: { number: string; big?: boolean }) {
	if (!number) return <span class="quiet">—</span>;
	return <a class={big ? "telephone big" : "telephone"} href={`tel:${number.replace(/[^\d+]/g, "")}`}>{telephoneText(number)}</a>;
}

/* The last value that was there, while the next one is on its way: no blinking. */
export function useKept<T>(loaded: Loaded<T>): { value: T | null; waits: boolean } {
	const kept = useRef<T | null>(null);
	if (loaded.value) kept.current = loaded.value;
	return { value: loaded.value ?? kept.current, waits: !loaded.value };
}

/* A search box that asks once the typing pauses. */
export function Search({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
	const [typed, setTyped] = useState(value);
	const sent = useRef(value);
	useEffect(() => {
		if (value !== sent.current) {
			sent.current = value;
			setTyped(value);
		}
	}, [value]);
	useEffect(() => {
		if (typed === sent.current) return;
		const timer = window.setTimeout(() => {
			sent.current = typed;
			onValue(typed);
		}, 150);
		return () => window.clearTimeout(timer);
	}, [typed]);
	return (
		<label class="grow">{label}
			<input type="search" value={typed} maxLength={100} onInput={(event) => setTyped(event.currentTarget.value)}
				onKeyDown={(event) => { if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur(); }} />
		</label>
	);
}

/* A choice of the filter bar. */
export function Choose({ label, value, options, onValue }: { label: string; value: string; options: [id: string, name: string][]; onValue: (value: string) => void }) {
	return (
		<label>{label}
			<select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
				{options.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
			</select>
		</label>
	);
}

/* What just happened, told once to eyes and screen readers. */
export function Done({ text }: { text: string | null }) {
	return <p class={text ? "good" : "hidden"} role="status" aria-live="polite">{text ?? ""}</p>;
}
