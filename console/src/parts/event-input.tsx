/* One field of a step's form, by its kind; label, help, input, error as the Digital Agency has them. */
import type { JSX } from "preact";
import type { EventField, FieldOption } from "../programme-types.ts";
import { dayOf, longDay, number, t } from "../text/text.ts";
import { useNow } from "./programme-clock.ts";
import { typedDay, typedTime } from "./typed-day.ts";

const RADIOS_MAX = 7; /* above, a list to choose from */

interface InputProps {
	id: string;
	field: EventField;
	courses: FieldOption[];
	values: string[];
	error: string | undefined;
	onValues: (values: string[]) => void;
}

/* How the browser is told what is typed: keyboard of a phone, length, direction. */
const typing: Record<string, { type?: string; inputMode?: JSX.HTMLAttributes["inputMode"]; width?: string }> = {
	corporate_number: { inputMode: "numeric", width: "narrow" },
	postal_code: { inputMode: "numeric", width: "narrow" },
	telephone: { type: "tel", inputMode: "tel", width: "narrow" },
	mail: { type: "email", inputMode: "email" },
	number: { inputMode: "numeric", width: "narrow" },
	yen: { inputMode: "numeric", width: "narrow" },
	date: { width: "narrow" },
	time: { width: "narrow" },
};

export function optionsOf(field: EventField, courses: FieldOption[]): FieldOption[] {
	if (field.kind === "yes_no" && field.options.length === 0) return [{ id: "yes", name: t("yes") }, { id: "no", name: t("no") }];
	if (field.kind === "courses" && field.options.length === 0) return courses;
	return field.options;
}

function rangeOf({ kind, min, max }: EventField): string {
	if (kind === "number" || kind === "yen") {
		if (min !== null && max !== null) return t("field_range", { min: number(min), max: number(max) });
		return "";
	}
	if ((kind === "text" || kind === "paragraph") && max !== null && max > 0) return t("field_characters", { max: number(max) });
	return "";
}

/* What was typed as the centre wants it; what cannot be read stays as typed, and the centre says why. */
export function valueToSend(field: EventField, typed: string, today: string): string {
	const value = typed.trim();
	if (field.kind === "date") return typedDay(value, today) ?? value;
	if (field.kind === "time") return typedTime(value) ?? value;
	return value;
}

export function EventInput({ id, field, courses, values, error, onValues }: InputProps) {
	const now = useNow();
	const { kind } = field;
	const first = values[0] ?? "";
	const support = [field.help, rangeOf(field), kind === "date" ? t("field_date") : ""].filter(Boolean).join(" ");
	const day = kind === "date" ? typedDay(first, dayOf(now())) : null;
	const described = [support ? `${id}-support` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
	const common = {
		id, name: id, required: field.required, autoComplete: "off",
		"aria-invalid": error ? ("true" as const) : ("false" as const),
		...(described ? { "aria-describedby": described } : {}),
	};
	const mark = field.required && <span class="required">※{t("required")}</span>;
	const notes = (
		<>
			{support && <p class="support" id={`${id}-support`}>{support}</p>}
			{error && <p class="error" id={`${id}-error`}>＊{error}</p>}
		</>
	);
	const options = optionsOf(field, courses);
	const one = kind === "yes_no" || (kind === "choice" && options.length <= RADIOS_MAX);
	const many = kind === "choices" || kind === "courses";
	if (one || many) {
		return (
			<fieldset class={`field options ${error ? "wrong" : ""}`} {...(described ? { "aria-describedby": described } : {})}>
				<legend>{field.label}{mark}</legend>
				{notes}
				<div class={options.length <= 3 && !many ? "option-line" : "option-list"}>
					{options.map((option, i) => (
						<label key={option.id} class="option">
							<input type={many ? "checkbox" : "radio"} {...(i === 0 ? { id } : {})} name={id} value={option.id} checked={values.includes(option.id)}
								onChange={(event) => {
									if (!many) onValues([option.id]);
									else onValues(event.currentTarget.checked ? [...values, option.id] : values.filter((v) => v !== option.id));
								}} />
							<span>{option.name}</span>
						</label>
					))}
				</div>
			</fieldset>
		);
	}
	if (kind === "consent") {
		return (
			<div class={`field ${error ? "wrong" : ""}`}>
				{notes}
				<label class="option"><input {...common} type="checkbox" checked={first === "yes"}
					onChange={(event) => onValues(event.currentTarget.checked ? ["yes"] : [])} /><span>{field.label}{mark}</span></label>
			</div>
		);
	}
	return (
		<div class={`field ${error ? "wrong" : ""}`}>
			<label for={id}>{field.label}{mark}</label>
			{notes}
			{kind === "paragraph" && <textarea {...common} rows={3} value={first} onInput={(e) => onValues([e.currentTarget.value])} />}
			{kind === "choice" && (
				<select {...common} value={first} onChange={(e) => onValues([e.currentTarget.value])}>
					<option value="">{t("field_choose")}</option>
					{options.map((option) => <option key={option.id} value={option.id}>{option.name}</option>)}
				</select>
			)}
			{kind !== "paragraph" && kind !== "choice" && (
				<div class="side">
					<input {...common} {...typing[kind]} class={typing[kind]?.width ?? ""} value={first} onInput={(e) => onValues([e.currentTarget.value])} />
					{kind === "yen" && <span class="unit">{t("yen")}</span>}
					{kind === "date" && <button type="button" class="second small" onClick={() => onValues([dayOf(now())])}>{t("today")}</button>}
					{kind === "date" && <output class="unit" for={id}>{day ? longDay(day) : ""}</output>}
				</div>
			)}
		</div>
	);
}
