/* What concerns a whole programme: silent companies, draw, sessions, figures. Which programme is in the address. */
import type { ComponentChildren } from "preact";
import { get, type List } from "../../api.ts";
import { Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { Choose } from "../../parts/staff-parts.tsx";
import type { ProgrammeSummary } from "../../programme-types.ts";
import { go, Link, usePlace } from "../../router.tsx";
import { useSession } from "../../session.ts";
import { t, type Key } from "../../text/text.ts";

const parts: { id: string; needs: string }[] = [
	{ id: "calls", needs: "support.write" },
	{ id: "visits", needs: "support.write" },
	{ id: "lottery", needs: "lottery.work" },
	{ id: "sessions", needs: "seminar.read" },
	{ id: "figures", needs: "figures.read" },
];

export const programmePath = (part: string, programme: string, id = ""): string =>
	`/programme/${part}${id && `/${encodeURIComponent(id)}`}?programme=${programme}`;

interface FrameProps { part: string; children: (programme: ProgrammeSummary) => ComponentChildren }

export function ProgrammeFrame({ part, children }: FrameProps) {
	const { may } = useSession();
	const { query } = usePlace();
	const list = useLoad("programmes", () => get<List<ProgrammeSummary>>("/v1/programmes"));
	if (list.error) return <Problem error={list.error} again={() => void list.reload()} />;
	if (!list.value) return <Loading />;
	const programme = list.value.items.find((p) => p.id === query.get("programme")) ?? list.value.items[0];
	if (!programme) return <Empty title={t("programmes_none")} />;
	return (
		<>
			<div class="head">
				<h1>{t("programme_work")}</h1>
				<div class="filters">
					{list.value.items.length > 1 ? (
						<Choose label={t("programme")} value={programme.id} onValue={(id) => go(programmePath(part, id), true)}
							options={list.value.items.map((p) => [p.id, p.short_name] as [string, string])} />
					) : <span class="quiet">{programme.short_name}</span>}
				</div>
			</div>
			<nav class="part-line" aria-label={t("programme_work")}>
				{parts.filter((p) => may(p.needs)).map((p) => (
					<Link key={p.id} to={programmePath(p.id, programme.id)} current={p.id === part}>{t(`part_${p.id}` as Key)}</Link>
				))}
			</nav>
			{children(programme)}
		</>
	);
}
