/* Visits of the coming weeks, with what is not on the expert's desk yet. */
import { get, type List } from "../../api.ts";
import { Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { useNow } from "../../parts/programme-clock.ts";
import { Link } from "../../router.tsx";
import type { PlannedVisit } from "../../support-types.ts";
import { dayOf, moment, number, t, type Key } from "../../text/text.ts";

const DAYS = 60;

export function VisitsPart({ programme }: { programme: string }) {
	const now = useNow();
	const from = dayOf(now()), to = dayOf(now() + DAYS * 86400000);
	const list = useLoad(`visits ${programme} ${from}`, () => get<List<PlannedVisit>>(`/v1/programmes/${programme}/visits?from=${from}&to=${to}`));
	if (list.error) return <Problem error={list.error} again={() => void list.reload()} />;
	if (!list.value) return <Loading />;
	if (list.value.items.length === 0) return <Empty title={t("visits_none", { n: DAYS })} help={t("visits_none_help")} />;
	return (
		<table class="rows dense">
			<caption class="hidden">{t("part_visits")}</caption>
			<thead><tr><th scope="col">{t("visit_when")}</th><th scope="col">{t("company")}</th><th scope="col">{t("visit_what")}</th>
				<th scope="col">{t("visit_expert")}</th><th scope="col">{t("visit_missing")}</th></tr></thead>
			<tbody>{list.value.items.map(({ visit, application, missing }) => (
				<tr key={visit.id}>
					<td class="tight" data-label={t("visit_when")}>{moment(visit.from)}<small>{t("visit_length", { n: number(visit.minutes) })}　{t(`visit_form_${visit.form}` as Key)}</small></td>
					<th scope="row"><Link to={`/applications/${application.id}`}>{application.company}</Link><small>{application.number}</small></th>
					<td data-label={t("visit_what")}>{t("visit_n", { n: visit.number })}　{visit.title}<small>{visit.course_name}</small></td>
					<td data-label={t("visit_expert")}>{visit.expert.name}</td>
					<td data-label={t("visit_missing")}>{missing.length > 0 ? <span class="due-late-n">{missing.join("、")}</span> : <span class="quiet">{t("visit_all_there")}</span>}</td>
				</tr>
			))}</tbody>
		</table>
	);
}
