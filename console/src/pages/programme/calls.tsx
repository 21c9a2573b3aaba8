/* Companies that were asked and are silent: whom to call, and the call written down. */
import { useState } from "preact/hooks";
import { call, get, type List } from "../../api.ts";
import { useLive } from "../../live.ts";
import { Ask, field } from "../../parts/ask.tsx";
import { Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { Telephone } from "../../parts/staff-parts.tsx";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import type { SilentCall } from "../../support-types.ts";
import { middleDay, t, type Key } from "../../text/text.ts";

const channels = () => ["telephone", "mail", "other"].map((id) => ({ id, name: t(`contact_by_${id}` as Key) }));

export function CallsPart({ programme }: { programme: string }) {
	const { may } = useSession();
	const [calling, setCalling] = useState<SilentCall | null>(null);
	const list = useLoad(`calls ${programme}`, () => get<List<SilentCall>>(`/v1/programmes/${programme}/calls`));
	useLive(["application"], () => void list.reload());
	if (list.error) return <Problem error={list.error} again={() => void list.reload()} />;
	if (!list.value) return <Loading />;
	if (list.value.items.length === 0) return <Empty title={t("calls_none")} help={t("calls_none_help")} />;
	return (
		<>
			<table class="rows dense">
				<caption class="hidden">{t("part_calls")}</caption>
				<thead><tr><th scope="col">{t("due")}</th><th scope="col">{t("company")}</th><th scope="col">{t("call_for")}</th>
					<th scope="col">{t("contact")}</th><th scope="col"><span class="hidden">{t("todo")}</span></th></tr></thead>
				<tbody>{list.value.items.map((c) => (
					<tr key={c.id}>
						<td class="tight" data-label={t("due")}>{middleDay(c.due)}</td>
						<th scope="row"><Link to={`/applications/${c.application.id}`}>{c.application.company}</Link><small>{c.application.number}</small></th>
						<td data-label={t("call_for")}>{c.questionnaire.name}<small>{t("question_asked", { day: middleDay(c.asked) })}</small></td>
						<td data-label={t("contact")}><Telephone number={c.application.telephone} /><small>{c.application.contact}</small></td>
						<td>{may("support.lead") && <button type="button" class="small" onClick={() => setCalling(c)} aria-label={`${t("call_write")}: ${c.application.company}`}>{t("call_write")}</button>}</td>
					</tr>
				))}</tbody>
			</table>
			{calling && (
				<Ask title={t("call_title", { company: calling.application.company })} button={t("save")} onClose={() => setCalling(null)}
					first={{ channel: ["telephone"] }}
					fields={[
						field("channel", "choice", t("contact_channel"), { options: channels() }),
						field("reached", "yes_no", t("call_reached")),
						field("text", "paragraph", t("contact_text")),
					]}
					send={(said) => call("POST", `/v1/asked/${calling.id}/calls`, { channel: said("channel"), reached: said("reached") === "yes", text: said("text") })
						.then(() => list.reload())} />
			)}
		</>
	);
}
