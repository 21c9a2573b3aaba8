/* Form fields after the Digital Agency's pattern: label, support text, input, error. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../text/text.ts";

interface FieldProps {
	name: string;
	label: string;
	support?: string | undefined;
	error?: string | undefined;
	required?: boolean;
	value: string;
	type?: string;
	autoComplete?: string;
	rows?: number;
	maxLength?: number;
	onValue: (value: string) => void;
}

export function Field(props: FieldProps) {
	const { name, label, support, error, required, value, type = "text", autoComplete, rows, maxLength, onValue } = props;
	const [shown, setShown] = useState(false);
	const describedBy = [support ? `${name}-support` : "", error ? `${name}-error` : ""].filter(Boolean).join(" ");
	const common = {
		id: name, name, value, required: Boolean(required),
		"aria-invalid": error ? ("true" as const) : ("false" as const),
		...(describedBy ? { "aria-describedby": describedBy } : {}),
		...(maxLength ? { maxLength } : {}),
	};
	return (
		<div class={`field ${error ? "wrong" : ""}`}>
			<label for={name}>{label}{required && <span class="required">※{t("required")}</span>}</label>
			{support && <p class="support" id={`${name}-support`}>{support}</p>}
			{rows
				? <textarea {...common} rows={rows} onInput={(e: JSX.TargetedEvent<HTMLTextAreaElement>) => onValue(e.currentTarget.value)} />
				: <input {...common} type={type === "password" && shown ? "text" : type} autoComplete={autoComplete ?? "off"}
					onInput={(e: JSX.TargetedEvent<HTMLInputElement>) => onValue(e.currentTarget.value)} />}
			{error && <p class="error" id={`${name}-error`}>＊{error}</p>}
			{type === "password" && (
				<label class="show"><input type="checkbox" checked={shown} onChange={() => setShown(!shown)} />{t("password_show")}</label>
			)}
		</div>
	);
}
