import type { Detection } from "../api.ts";
import { SeverityBadge, Time } from "../parts/basic.tsx";
import { Pages } from "../parts/pages.tsx";
import { Link } from "../router.tsx";
import { t } from "../text/text.ts";
import { titleOf } from "./incidents.tsx";

export function DetectionsPage() {
	return (
		<>
			<div class="head"><h1>{t("detections")}</h1></div>
			<Pages<Detection> path="/v1/detections" empty={t("detections_none")}>
				{(items) => (
					<table class="rows">
						<caption class="hidden">{t("detections")}</caption>
						<thead><tr><th scope="col">{t("severity")}</th><th scope="col">{t("rule")}</th><th scope="col">{t("where")}</th><th scope="col">{t("at")}</th></tr></thead>
						<tbody>{items.map((d) => (
							<tr key={d.id} class={`edge-${d.rule.level}`}>
								<td class="tight"><SeverityBadge severity={d.rule.level} /></td>
								<th scope="row">{d.incident ? <Link to={`/incidents/${d.incident}`} data-row="">{titleOf(d.rule)}</Link> : titleOf(d.rule)}
									<small><code>{d.summary}</code></small></th>
								<td data-label={t("where")}>{d.device.name}<small>{d.company.name}</small></td>
								<td class="tight" data-label={t("at")}><Time at={d.observed} /></td>
							</tr>
						))}</tbody>
					</table>
				)}
			</Pages>
		</>
	);
}
