import type { Page, Rule, RuleProblem, Severity } from "../api.ts";
import { SeverityBadge } from "../parts/basic.tsx";
import { Pages } from "../parts/pages.tsx";
import { go, usePlace } from "../router.tsx";
import { withQuery } from "../api.ts";
import { number, t, type Key } from "../text/text.ts";
import { titleOf } from "./incidents.tsx";

const known = ["informational", "low", "medium", "high", "critical"];

export function RulesPage() {
	const { query } = usePlace();
	const text = query.get("q") ?? "";
	return (
		<>
			<div class="head"><h1>{t("rules")}</h1></div>
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<label class="grow">{t("search")}<input type="search" value={text} maxLength={100}
					onInput={(event) => go(withQuery("/rules", { q: event.currentTarget.value }), true)} /></label>
			</form>
			<Pages<Rule> path="/v1/rules" query={text ? { q: text } : {}} empty={t("none")}>
				{(items, first) => (
					<>
						<p class="quiet">{t("rules_total", { n: number((first.value as Page<Rule> & { total: number }).total) })}</p>
						<table class="rows">
							<caption class="hidden">{t("rules")}</caption>
							<thead><tr><th scope="col">{t("severity")}</th><th scope="col">{t("rule")}</th><th scope="col">{t("platform")}</th></tr></thead>
							<tbody>{items.map((rule) => (
								<tr key={`${rule.file}:${rule.line}`}>
									<td class="tight">{known.includes(rule.level) && <SeverityBadge severity={rule.level as Severity} />}</td>
									<th scope="row">{titleOf(rule)}<small>{rule.tags.map((tag) => tag.replace(/^attack\./, "")).join(" ")}</small></th>
									<td data-label={t("platform")}>{[rule.product, rule.category, rule.service].filter(Boolean).join(" / ")}</td>
								</tr>
							))}</tbody>
						</table>
					</>
				)}
			</Pages>
			<h2>{t("rules_problems")}</h2>
			<Pages<RuleProblem> path="/v1/rules/problems" empty={t("rules_problems_none")}>
				{(items) => (
					<ul class="plain-list">{items.map((p, i) => (
						<li key={i}><span class="state">{t(`problem_${p.kind}` as Key)}</span> <code>{p.file}:{p.line}:{p.column}</code> {p.reason}</li>
					))}</ul>
				)}
			</Pages>
		</>
	);
}
