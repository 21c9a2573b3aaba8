import { useState } from "preact/hooks";
import { get, type AuditEntry } from "../api.ts";
import { messageOf, Time } from "../parts/basic.tsx";
import { Pages } from "../parts/pages.tsx";
import { go, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { withQuery } from "../api.ts";
import { number, t, type Key } from "../text/text.ts";

interface Verification { intact: boolean; entries: number; broken_at: number | null; head: string }

export function AuditPage() {
	const { may } = useSession();
	const { query } = usePlace();
	const result = query.get("result") ?? "";
	const [verified, setVerified] = useState<Verification | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	return (
		<>
			<div class="head"><h1>{t("audit")}</h1>
				{may("audit.verify") && <button type="button" class="second" onClick={() => {
					get<Verification>("/v1/audit/verification").then(setVerified, (error: unknown) => setProblem(messageOf(error)));
				}}>{t("audit_verify")}</button>}
			</div>
			<p>{t("audit_lead")}</p>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			{verified && (
				<div class={verified.intact ? "good" : "problem"} role="status">
					<p>{verified.intact ? t("audit_intact", { n: number(verified.entries) }) : t("audit_broken", { n: verified.broken_at ?? "?" })}</p>
					<p class="quiet"><code>{verified.head}</code></p>
				</div>
			)}
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				<label>{t("result")}
					<select value={result} onChange={(event) => go(withQuery("/audit", { result: event.currentTarget.value }), true)}>
						<option value="">{t("all")}</option><option value="done">{t("result_done")}</option><option value="refused">{t("result_refused")}</option>
					</select>
				</label>
			</form>
			<Pages<AuditEntry> path="/v1/audit" query={result ? { result } : {}} empty={t("audit_none")}>
				{(items) => (
					<table class="rows audit">
						<caption class="hidden">{t("audit")}</caption>
						<thead><tr><th scope="col">{t("at")}</th><th scope="col">{t("actor")}</th><th scope="col">{t("action")}</th><th scope="col">{t("result")}</th><th scope="col">{t("reason")}</th></tr></thead>
						<tbody>{items.map((entry) => (
							<tr key={entry.number}>
								<td class="tight"><small>#{entry.number}</small><Time at={entry.at} /></td>
								<th scope="row">{entry.actor.name || t(`actor_${entry.actor.kind}` as Key)}<small>{entry.address}</small></th>
								<td data-label={t("action")}><code>{entry.action}</code><small>{entry.object.kind}</small></td>
								<td data-label={t("result")}><span class={`state ${entry.result === "refused" ? "state-new" : "state-resolved"}`}>{t(`result_${entry.result}` as Key)}</span>
									{entry.repeated > 0 && <small>{t("repeated", { n: entry.repeated })}</small>}</td>
								<td data-label={t("reason")}>{entry.reason}<small>{entry.company?.name ?? ""}</small></td>
							</tr>
						))}</tbody>
					</table>
				)}
			</Pages>
		</>
	);
}
