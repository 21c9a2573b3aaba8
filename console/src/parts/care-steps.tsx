/* Where an incident stands on the desk's way, and what is next: one line, keys 1 to 5. */
import type { IncidentDetail, IncidentState } from "../api.ts";
import { t, type Key } from "../text/text.ts";
import { stateText } from "./basic.tsx";
import { usePageKeys } from "./row-keys.ts";

const steps = ["judge", "act", "call", "tell", "close"] as const;
type Step = (typeof steps)[number];
type Standing = "done" | "spared" | "open";

/* Where each is done on the page: the first control in it takes the focus. */
const places: Record<Step, string> = {
	judge: ".judgement", act: ".response", call: ".company-contacts", tell: ".company-story", close: ".moves",
};

function standings({ incident, judgement, actions, contacts, story }: IncidentDetail): Record<Step, Standing> {
	const unreal = judgement?.real === false || incident.state === "false_positive";
	const closed = incident.state === "closed" || incident.state === "false_positive";
	/* what nobody needs where nothing happened, or what was closed without it */
	const else_ = unreal || closed ? "spared" : "open";
	return {
		judge: judgement ? "done" : closed ? "spared" : "open",
		act: actions.some((a) => a.state === "done") ? "done" : else_,
		call: contacts.some((c) => c.reached) ? "done" : else_,
		tell: story ? "done" : else_,
		close: closed ? "done" : "open",
	};
}

/* The button that leads to the end from here, and what is missing before it can be pressed. */
export function ending({ incident, judgement, story, transitions }: IncidentDetail): { to: IncidentState | null; needs: string } {
	const ends: IncidentState[] = judgement?.real === false ? ["false_positive", "closed", "resolved"] : ["closed", "resolved"];
	const to = ends.find((state) => transitions.includes(state)) ?? null;
	if (incident.state === "closed" || incident.state === "false_positive" || !to) return { to: null, needs: "" };
	if (!judgement) return { to, needs: t("close_needs_judgement") };
	if (judgement.real && !story) return { to, needs: t("close_needs_story") };
	return { to, needs: t(to === "resolved" ? "close_needs_resolved" : "close_ready", { state: stateText(to) }) };
}

function go(step: Step, end: IncidentState | null): void {
	const place = document.querySelector<HTMLElement>(places[step]);
	place?.scrollIntoView({ block: "center" });
	for (const closed of place?.querySelectorAll<HTMLDetailsElement>("details.more-form:not([open])") ?? []) closed.open = true;
	const controls = "input, select, textarea, button";
	const last = step === "close" && end ? place?.querySelector<HTMLElement>(`[data-to="${end}"]`) : null;
	(last ?? place?.querySelector<HTMLElement>(`form :is(${controls})`) ?? place?.querySelector<HTMLElement>(controls))?.focus();
}

export function CareSteps({ detail }: { detail: IncidentDetail }) {
	const at = standings(detail);
	const next = steps.find((step) => at[step] === "open");
	const { to } = ending(detail);
	usePageKeys(Object.fromEntries(steps.map((step, i) => [String(i + 1), () => go(step, to)])));
	return (
		<ol class="care-steps" aria-label={t("care_steps")}>
			{steps.map((step, i) => (
				<li key={step} class={`care-${at[step]} ${step === next ? "care-next" : ""}`} data-step={step} data-standing={at[step]}>
					<button type="button" class="second small" onClick={() => go(step, to)} {...(step === next ? { "aria-current": "step" as const } : {})}>
						<kbd aria-hidden="true">{i + 1}</kbd>{t(`care_${step}` as Key)}
						<small>{step === next ? t("care_next") : t(`care_is_${at[step]}` as Key)}</small>
					</button>
				</li>
			))}
		</ol>
	);
}
