/* A dialog that asks for a few fields and sends them: what was typed stays while the centre refuses. */
import { useState } from "preact/hooks";
import { ApiError, type FieldError } from "../api.ts";
import type { EventField } from "../programme-types.ts";
import { dayOf, t } from "../text/text.ts";
import { Dialog, messageOf } from "./basic.tsx";
import { EventInput, valueToSend } from "./event-input.tsx";
import { isShown, missing, type Typed } from "./event-form.tsx";
import { Mistakes } from "./mistakes.tsx";
import { useNow } from "./programme-clock.ts";

/* A field made by the console itself, as the centre makes those of a programme's file. */
export const field = (id: string, kind: EventField["kind"], label: string, more: Partial<EventField> = {}): EventField => ({
	id, kind, label, help: "", required: true, min: null, max: null, options: [], shown: null, ...more,
});

export type Said = (id: string) => string; /* "" where nothing was said */

/* The instant of a day and a time in Tokyo, fields "day" and "time". */
export const saidInstant = (said: Said): string => new Date(`${said("day")}T${said("time")}:00+09:00`).toISOString().replace(".000Z", "Z");

interface AskProps {
	title: string;
	help?: string | undefined;
	fields: EventField[];
	first?: Typed; /* what stands there at the beginning */
	button: string;
	send: (said: Said, all: { name: string; value: string }[]) => Promise<unknown>;
	onClose: () => void;
}

export function Ask({ title, help, fields, first = {}, button, send, onClose }: AskProps) {
	const now = useNow();
	const [typed, setTyped] = useState<Typed>(first);
	const [errors, setErrors] = useState<FieldError[]>([]);
	const [message, setMessage] = useState<string | null>(null);
	const [attempt, setAttempt] = useState(0);
	const [busy, setBusy] = useState(false);
	const shown = fields.filter((f) => isShown(f, fields, typed, []));
	const submit = (event: Event) => {
		event.preventDefault();
		const empty = missing(fields, typed, []);
		setErrors(empty);
		setMessage(null);
		setAttempt((n) => n + 1);
		if (empty.length > 0 || busy) return;
		setBusy(true);
		const today = dayOf(now());
		const all = shown.flatMap((f) => (typed[f.id] ?? []).filter((v) => v.trim() !== "").map((value) => ({ name: f.id, value: valueToSend(f, value, today) })));
		send((id) => all.find((one) => one.name === id)?.value ?? "", all).then(onClose, (error: unknown) => {
			setBusy(false);
			setAttempt((n) => n + 1);
			const wrong = error instanceof ApiError ? error.errors.map((e) => ({ ...e, field: e.field.split(".").at(-1) ?? e.field })) : [];
			setErrors(wrong);
			setMessage(wrong.length > 0 ? null : messageOf(error));
		});
	};
	return (
		<Dialog title={title} onClose={onClose}>
			{help && <p>{help}</p>}
			<form onSubmit={submit} noValidate>
				<Mistakes message={message} mistakes={errors.map((e) => ({ id: `ask-${e.field}`, text: e.message }))} focus={[attempt]} />
				{shown.map((f) => (
					<EventInput key={f.id} id={`ask-${f.id}`} field={f} courses={[]} values={typed[f.id] ?? []}
						onValues={(values) => setTyped((old) => ({ ...old, [f.id]: values }))} error={errors.find((e) => e.field === f.id)?.message} />
				))}
				<div class="buttons">
					<button type="submit" aria-disabled={busy ? "true" : "false"}>{button}</button>
					<button type="button" class="second" onClick={onClose}>{t("cancel")}</button>
				</div>
			</form>
		</Dialog>
	);
}
