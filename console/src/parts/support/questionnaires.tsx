/* Questionnaires of one application: sent, answered, filled; what differs between before and after. */
import { useState } from "preact/hooks";
import { call } from "../../api.ts";
import { useSession } from "../../session.ts";
import type { Questionnaire } from "../../support-types.ts";
import { middleDay, moment, t } from "../../text/text.ts";
import { Ask } from "../ask.tsx";
import { messageOf } from "../basic.tsx";
import type { PartProps } from "./support.tsx";

function stateOf(q: Questionnaire): string {
	if (q.kind === "sheet") return q.filled ? t("sheet_filled", { at: moment(q.filled.at), name: q.filled.by.name }) : t("sheet_empty");
	if (q.answered) return q.answered_at ? t("question_answered_at", { at: moment(q.answered_at) }) : t("question_answered");
	return q.asked ? t("question_asked", { day: middleDay(q.asked) }) : t("question_not_sent");
}

function Differences({ of }: { of: Questionnaire }) {
	if (of.differences.length === 0) return null;
	return (
		<table class="rows dense differences">
			<caption>{t("differences", { n: of.differences.filter((d) => d.differs).length })}</caption>
			<thead><tr><th scope="col">{t("difference_item")}</th><th scope="col">{t("difference_before")}</th><th scope="col">{t("difference_after")}</th></tr></thead>
			<tbody>{of.differences.map((d) => (
				<tr key={d.field} class={d.differs ? "differs" : ""}>
					<th scope="row">{d.label}</th><td data-label={t("difference_before")}>{d.before || "—"}</td>
					<td data-label={t("difference_after")}>{d.differs ? <b>{d.after || "—"}</b> : d.after || "—"}</td>
				</tr>
			))}</tbody>
		</table>
	);
}

export function Questionnaires({ application, support, onDone }: PartProps) {
	const { may } = useSession();
	const [filling, setFilling] = useState<Questionnaire | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	const send = (q: Questionnaire) => {
		call("POST", `/v1/applications/${application}/questionnaires`, { questionnaire: q.id })
			.then(() => { setProblem(null); onDone(); }, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<ul class="support-list">
				{support.questionnaires.map((q) => (
					<li key={q.id} data-questionnaire={q.id} class={q.answered || q.filled ? "is-done" : ""}>
						<p class="support-head"><b>{q.name}</b><span class="quiet">{stateOf(q)}</span>
							{q.call && !q.answered && <span class="due-late-n">{t("question_call", { day: middleDay(q.call) })}</span>}</p>
						{q.anonymous && <p class="quiet">{t("question_anonymous")}</p>}
						{q.answers.length > 0 && (
							<details><summary>{t("question_answers", { n: q.answers.length })}</summary>
								<dl class="answers">{q.answers.map((a, i) => <div key={`${a.field}-${i}`}><dt>{a.label}</dt><dd>{a.value_text || "—"}</dd></div>)}</dl></details>
						)}
						<Differences of={q} />
						<div class="buttons">
							{q.kind !== "sheet" && q.may_send && !q.answered && may("support.lead") && (
								<button type="button" class="second small" onClick={() => send(q)} aria-label={`${q.asked ? t("question_again") : t("question_send")}: ${q.name}`}>
									{q.asked ? t("question_again") : t("question_send")}</button>
							)}
							{q.kind === "sheet" && may("support.write") && q.form.length > 0 && (
								<button type="button" class="second small" onClick={() => setFilling(q)} aria-label={`${t("sheet_fill")}: ${q.name}`}>{t("sheet_fill")}</button>
							)}
						</div>
					</li>
				))}
			</ul>
			{filling && (
				<Ask title={filling.name} fields={filling.form} button={t("save")} onClose={() => setFilling(null)}
					send={(_, fields) => call("POST", `/v1/applications/${application}/sheets`, { questionnaire: filling.id, fields }).then(onDone)} />
			)}
		</>
	);
}
