/* Small parts that every page uses. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type IncidentState, type Severity } from "../api.ts";
import { ago, longTime, shortTime, t, type Key } from "../text/text.ts";

export const severityText = (s: Severity): string => t(`severity_${s}` as Key);
export const stateText = (s: IncidentState): string => t(`state_${s}` as Key);

export function SeverityBadge({ severity }: { severity: Severity }) {
	return <span class={`badge severity-${severity}`}>{severityText(severity)}</span>;
}

export function StateBadge({ state }: { state: IncidentState }) {
	return <span class={`state state-${state}`}>{stateText(state)}</span>;
}

export function Time({ at, relative }: { at: string | null; relative?: boolean }) {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		if (!relative) return;
		const timer = window.setInterval(() => setNow(Date.now()), 5000);
		return () => window.clearInterval(timer);
	}, [relative]);
	if (!at) return <span>—</span>;
	return <time dateTime={at} title={longTime(at)}>{relative ? ago(at, Math.max(now, Date.now())) : shortTime(at)}</time>;
}

export function messageOf(error: unknown): string {
	if (!(error instanceof ApiError)) return String(error);
	if (error.code === "offline" || !error.message) return t("error_offline");
	return error.hint ? `${error.message} ${error.hint}` : error.message;
}

export function Problem({ error, again }: { error: unknown; again?: () => void }) {
	return (
		<div class="problem" role="alert">
			<p>{messageOf(error)}</p>
			{again && <button type="button" class="plain" onClick={again}>{t("error_again")}</button>}
		</div>
	);
}

export interface Loaded<T> { value: T | null; error: unknown; reload: () => Promise<void> }

/*
 * Loads a value when key changes. One request is under way at a time: what is
 * asked for meanwhile is asked once more after it, so that a steady stream of
 * changes neither piles up requests nor starves the page of answers.
 */
export function useLoad<T>(key: string, load: () => Promise<T>): Loaded<T> {
	const [state, setState] = useState<{ key: string; value: T | null; error: unknown }>({ key, value: null, error: null });
	const work = useRef({ key: "", running: false, again: false });
	const loader = useRef(load);
	loader.current = load;
	const reload = useCallback(async () => {
		if (work.current.key !== key) work.current = { key, running: false, again: false };
		const mine = work.current;
		if (mine.running) {
			mine.again = true;
			return;
		}
		mine.running = true;
		do {
			mine.again = false;
			try {
				const value = await loader.current();
				if (mine === work.current) setState({ key, value, error: null });
			} catch (error) {
				if (mine === work.current) setState((old) => ({ key, value: old.key === key ? old.value : null, error }));
			}
		} while (mine.again && mine === work.current);
		mine.running = false;
	}, [key]);
	useEffect(() => {
		void reload();
		return () => { work.current = { key: "", running: false, again: false }; };
	}, [reload]);
	return { value: state.key === key ? state.value : null, error: state.error, reload };
}

interface DialogProps { title: string; children: ComponentChildren; onClose: () => void }

/* A modal dialog: focus stays inside, Escape closes, focus goes back. */
export function Dialog({ title, children, onClose }: DialogProps) {
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		const before = document.activeElement as HTMLElement | null;
		dialog.current?.showModal();
		return () => before?.focus();
	}, []);
	return (
		<dialog ref={dialog} aria-labelledby="dialog-title"
			onCancel={(event) => { event.preventDefault(); onClose(); }}>
			<h2 id="dialog-title">{title}</h2>
			{children}
		</dialog>
	);
}

interface CopyProps { text: string; label?: string; class?: string }

export function Copy({ text, label, class: kind = "plain" }: CopyProps) {
	const [done, setDone] = useState(false);
	return (
		<button type="button" class={kind} onClick={() => {
			void navigator.clipboard.writeText(text).then(() => setDone(true), () => undefined);
		}}><span aria-live="polite">{done ? t("copied") : label ?? t("copy")}</span></button>
	);
}

export function Empty({ title, help }: { title: string; help?: string }) {
	return (
		<div class="empty">
			<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22" /><path d="m15 25 6 6 12-14" /></svg>
			<p class="empty-title">{title}</p>
			{help && <p>{help}</p>}
		</div>
	);
}

export function Loading() {
	return <p class="loading" role="status">{t("loading")}</p>;
}
