/* Where am I, what comes next, who acts, until when. */
import type { ApplicationDetail } from "../../owner-types.ts";
import { dayOf, longDay, moment, t, tWord } from "../../text/text.ts";

/* The centre says the name; where it says a word of its own, it is put into plain words. */
export const whoText = (a: ApplicationDetail): string =>
	a.actor === "applicant" ? t("who_you") : tWord("who", a.who) || a.who || tWord("who", a.actor);

export function Bar({ steps }: { steps: ApplicationDetail["steps"] }) {
	const now = Math.max(0, steps.findIndex((s) => s.current));
	if (steps.length === 0) return null;
	return (
		<div class="own-bar">
			<svg viewBox={`0 0 ${steps.length * 10} 4`} preserveAspectRatio="none" role="img" aria-label={t("home_step_label", { n: now + 1, all: steps.length })}>
				{steps.map((s, i) => <rect key={s.state} class={i < now ? "done" : i === now ? "now" : ""} x={i * 10 + 0.4} y="0" width="9.2" height="4" />)}
			</svg>
			<span aria-hidden="true">{t("home_step", { n: now + 1, all: steps.length })}</span>
		</div>
	);
}

export function Until({ of }: { of: ApplicationDetail }) {
	if (!of.due) return <>{t("home_until_none")}</>;
	return (
		<>
			<time dateTime={of.due}>{longDay(of.due)}</time>
			{of.late && <span class="own-late">{of.actor === "applicant" ? t("home_until_late_you") : t("home_until_late")}</span>}
		</>
	);
}

export function Where({ of }: { of: ApplicationDetail }) {
	return (
		<dl class="own-facts">
			{of.next_text && <div><dt>{t("home_next")}</dt><dd>{of.next_text}</dd></div>}
			{!of.ended && <div><dt>{t("home_who")}</dt><dd>{whoText(of)}</dd></div>}
			{!of.ended && of.due && <div><dt>{t("home_until")}</dt><dd><Until of={of} /></dd></div>}
		</dl>
	);
}

/* The whole line, from the first step to the last. */
export function Steps({ steps }: { steps: ApplicationDetail["steps"] }) {
	const now = steps.findIndex((s) => s.current);
	return (
		<ol class="own-steps">
			{steps.map((s, i) => {
				const state = s.current ? "now" : s.reached && (now < 0 || i < now) ? "done" : "coming";
				return (
					<li key={s.state} class={`own-step ${state}`} {...(s.current ? { "aria-current": "step" as const } : {})} data-state={s.state}>
						<span class="own-step-mark" aria-hidden="true">{state === "done" ? "✓" : i + 1}</span>
						<div>
							<b>{s.name}</b>
							<span class="own-step-word">{t(state === "now" ? "application_step_now" : state === "done" ? "application_step_done" : "application_step_coming")}</span>
							{s.reached && <small><time dateTime={s.reached}>{longDay(dayOf(s.reached))}</time></small>}
						</div>
					</li>
				);
			})}
		</ol>
	);
}

/* Facts with a day of their own: what has happened, and what has not. */
export function Marks({ of }: { of: ApplicationDetail }) {
	const rows: [string, string | null][] = [
		[t("application_received"), of.received], [t("application_completed"), of.completed],
		[t("application_confirmed"), of.confirmed], [t("application_approved"), of.approved],
		[t("application_installed"), of.installed],
	];
	return (
		<dl class="own-facts own-marks">
			{rows.map(([name, at]) => (
				<div key={name} class={at ? "yes" : "no"}><dt>{name}</dt><dd>{at ? <time dateTime={at}>{moment(at)}</time> : t("own_not_yet")}</dd></div>
			))}
			{of.trial_end && <div class="yes"><dt>{t("application_trial_end")}</dt><dd><time dateTime={of.trial_end}>{longDay(of.trial_end)}</time></dd></div>}
			{of.ended && <div class="yes"><dt>{t("application_ended")}</dt><dd><time dateTime={of.ended}>{moment(of.ended)}</time></dd></div>}
		</dl>
	);
}
