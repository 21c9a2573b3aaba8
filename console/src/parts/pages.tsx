/* A list that grows page by page. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { get, withQuery, type Page } from "../api.ts";
import { useLive, type LiveKind } from "../live.ts";
import { t } from "../text/text.ts";
import { Empty, Loading, messageOf, Problem, useLoad, type Loaded } from "./basic.tsx";

interface PagesProps<T> {
	path: string;
	query?: Record<string, string>;
	empty: string;
	live?: LiveKind[]; /* loaded again on changes of these kinds, also while it is empty */
	help?: string; /* what to expect where there is nothing */
	children: (items: T[], first: Loaded<Page<T>>) => ComponentChildren;
}

export function Pages<T>({ path, query = {}, empty, live = [], help, children }: PagesProps<T>) {
	const key = withQuery(path, query);
	const first = useLoad(key, () => get<Page<T>>(withQuery(path, { ...query, limit: 50 })));
	useLive(live, () => void first.reload());
	const [rest, setRest] = useState<{ key: string; items: T[]; next: string | null } | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	const more = rest && rest.key === key ? rest : null;
	const next = more ? more.next : first.value?.next ?? null;
	if (first.error && !first.value) return <Problem error={first.error} again={() => void first.reload()} />;
	if (!first.value) return <Loading />;
	const items = [...first.value.items, ...(more?.items ?? [])];
	if (items.length === 0) return <Empty title={empty} {...(help ? { help } : {})} />;
	return (
		<>
			{children(items, first)}
			{problem && <p class="error" role="alert">{problem}</p>}
			{next && <p class="more"><button type="button" class="second" onClick={() => {
				get<Page<T>>(withQuery(path, { ...query, limit: 50, cursor: next }))
					.then((page) => setRest({ key, items: [...(more?.items ?? []), ...page.items], next: page.next }),
						(error: unknown) => setProblem(messageOf(error)));
			}}>{t("more")}</button></p>}
		</>
	);
}
