/* A company that looks like a known one: a person says which it is. */
import { useState } from "preact/hooks";
import { call, get, type List } from "../../api.ts";
import type { ApplicationDetail } from "../../programme-types.ts";
import type { Alike as AlikeCompany } from "../../support-types.ts";
import { t, type Key } from "../../text/text.ts";
import { Ask, field } from "../ask.tsx";
import { Problem, useLoad } from "../basic.tsx";

export function Alike({ detail, onDone }: { detail: ApplicationDetail; onDone: () => void }) {
	const list = useLoad(`alike ${detail.id} ${detail.version}`, () => get<List<AlikeCompany>>(`/v1/applications/${detail.id}/alike`));
	const [same, setSame] = useState<AlikeCompany | "none" | null>(null);
	if (list.error) return <Problem error={list.error} again={() => void list.reload()} />;
	if (!list.value || list.value.items.length === 0) return null;
	return (
		<section class="card" aria-labelledby="alike-title">
			<h2 id="alike-title">{t("alike")}</h2>
			<p>{t("alike_help")}</p>
			<ul class="support-list">{list.value.items.map((company) => (
				<li key={company.id}>
					<p class="support-head"><b>{company.name}</b><span class="quiet">{company.number}</span></p>
					<p class="quiet">{t("alike_by", { what: company.by.map((by) => t(`alike_${by}` as Key)).join("、") })}</p>
					<div class="buttons"><button type="button" class="small" onClick={() => setSame(company)} aria-label={`${t("alike_same")}: ${company.name}`}>{t("alike_same")}</button></div>
				</li>
			))}</ul>
			<button type="button" class="second small" onClick={() => setSame("none")}>{t("alike_none")}</button>
			{same && (
				<Ask title={same === "none" ? t("alike_none") : `${t("alike_same")}：${same.name}`} button={t("save")} onClose={() => setSame(null)}
					fields={[field("reason", "paragraph", t("reason"), { help: t("alike_reason_help") })]}
					send={(said) => call("POST", `/v1/applications/${detail.id}/company`, {
						version: detail.version, reason: said("reason"), ...(same === "none" ? {} : { company: same.id }),
					}).then(onDone)} />
			)}
		</section>
	);
}
