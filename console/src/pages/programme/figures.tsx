/* Figures of a programme, as counted and as they may be published. */
import { useState } from "preact/hooks";
import { get, withQuery } from "../../api.ts";
import { Loading, Problem, useLoad } from "../../parts/basic.tsx";
import type { Figures } from "../../support-types.ts";
import { moment, number, t } from "../../text/text.ts";

const shown = (count: number | null): string => (count === null ? t("figure_hidden") : number(count));

function Figure({ figure }: { figure: Figures["items"][number] }) {
	const most = Math.max(1, ...figure.cells.map((c) => c.count ?? 0));
	return (
		<section class="card" aria-labelledby={`figure-${figure.id}`}>
			<h2 id={`figure-${figure.id}`}>{figure.name}<span class="count">{shown(figure.total)}</span></h2>
			<p class="quiet">{figure.definition}{figure.denominator !== null && `　${t("figure_of", { n: number(figure.denominator) })}`}</p>
			{figure.cells.length > 0 && (
				<table class="rows dense bars">
					<caption class="hidden">{figure.name}</caption>
					<tbody>{figure.cells.map((c) => (
						<tr key={c.value}><th scope="row">{c.name}</th>
							<td class="bar" aria-hidden="true"><svg viewBox="0 0 100 6" preserveAspectRatio="none"><rect class="seat-taken" width={(100 * (c.count ?? 0)) / most} height="6" /></svg></td>
							<td class="tight number">{shown(c.count)}</td></tr>
					))}</tbody>
				</table>
			)}
		</section>
	);
}

export function FiguresPart({ programme }: { programme: string }) {
	const [published, setPublished] = useState(false);
	const figures = useLoad(`figures ${programme} ${String(published)}`, () =>
		get<Figures>(withQuery(`/v1/programmes/${programme}/figures`, { published: published ? "true" : "" })));
	if (figures.error) return <Problem error={figures.error} again={() => void figures.reload()} />;
	return (
		<>
			<label class="check"><input type="checkbox" checked={published} onChange={(event) => setPublished(event.currentTarget.checked)} />{t("figure_published")}</label>
			{!figures.value && <Loading />}
			{figures.value && <p class="quiet">{t("figure_as_of", { at: moment(figures.value.as_of) })}{published && `　${t("figure_least", { n: figures.value.least })}`}</p>}
			<div class="figures">{figures.value?.items.map((f) => <Figure key={f.id} figure={f} />)}</div>
		</>
	);
}
