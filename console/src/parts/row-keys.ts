/* Lists by keyboard: J and K go through the rows, Enter opens (it is a link), and coming back finds the row again. */
import { useEffect, useRef } from "preact/hooks";

const typing = "input, textarea, select, dialog";
/* list → the row that had the focus last, and where it stood */
const last = new Map<string, { row: string; at: number }>();

/* list: a name for the list; ready: its rows are there. Other keys: what they do to the row in focus (its link, or null). */
export function useRowKeys(list: string, ready: boolean, keys: Record<string, (row: HTMLElement | null) => void> = {}): void {
	const latest = useRef(keys);
	latest.current = keys;
	useEffect(() => {
		const rows = () => [...document.querySelectorAll<HTMLElement>("[data-row]")];
		const listener = (event: KeyboardEvent) => {
			if ((event.target as HTMLElement).closest(typing) || event.ctrlKey || event.metaKey || event.altKey) return;
			const all = rows(), at = all.indexOf(document.activeElement as HTMLElement);
			if (event.key === "j" || event.key === "k") {
				const before = all.findIndex((row) => row.dataset["row"] === last.get(list)?.row);
				const to = at >= 0 ? at + (event.key === "j" ? 1 : -1) : before;
				const row = all[Math.min(all.length - 1, Math.max(0, to))];
				row?.focus();
				row?.scrollIntoView({ block: "nearest" });
				return;
			}
			const act = latest.current[event.key];
			if (!act) return;
			event.preventDefault();
			act(all[at] ?? null);
		};
		const focused = (event: FocusEvent) => {
			const row = (event.target as HTMLElement).dataset?.["row"];
			if (row) last.set(list, { row, at: rows().indexOf(event.target as HTMLElement) });
		};
		window.addEventListener("keydown", listener);
		document.addEventListener("focusin", focused);
		return () => {
			window.removeEventListener("keydown", listener);
			document.removeEventListener("focusin", focused);
		};
	}, [list]);
	useEffect(() => {
		const before = last.get(list);
		if (!ready || !before || document.activeElement !== document.body) return;
		const all = [...document.querySelectorAll<HTMLElement>("[data-row]")];
		/* where it has left the list, the one that has taken its place */
		(all.find((row) => row.dataset["row"] === before.row) ?? all[Math.min(before.at, all.length - 1)])?.focus();
	}, [list, ready]);
}

/* Single keys of a page; never while somebody types. */
export function usePageKeys(keys: Record<string, () => void>): void {
	const latest = useRef(keys);
	latest.current = keys;
	useEffect(() => {
		const listener = (event: KeyboardEvent) => {
			if ((event.target as HTMLElement).closest(typing) || event.ctrlKey || event.metaKey || event.altKey) return;
			const act = latest.current[event.key];
			if (!act) return;
			event.preventDefault();
			act();
		};
		window.addEventListener("keydown", listener);
		return () => window.removeEventListener("keydown", listener);
	}, []);
}
