/* Changes at the centre, as they happen: one stream shared by all pages. */
import { useEffect, useRef, useState } from "preact/hooks";

const KINDS = ["incident", "device", "action", "application", "mail", "report", "check"] as const;
export type LiveKind = (typeof KINDS)[number] | "reset";
export interface LiveChange { id: string; company: string; change: "created" | "updated" }
/* Between two looks at the centre while changes keep coming. */
const LIVE_MS = 100;
type Listener = (kind: LiveKind, change: LiveChange | null) => void;

const listeners = new Set<Listener>();
const stateListeners = new Set<(connected: boolean) => void>();
let source: EventSource | null = null;
let connected = false;
let wanted = false; /* somebody is signed in */

function setConnected(value: boolean): void {
	connected = value;
	for (const listener of stateListeners) listener(value);
}

function tell(kind: LiveKind, data: string | null): void {
	let change: LiveChange | null = null;
	try {
		change = data ? (JSON.parse(data) as LiveChange) : null;
	} catch {
		kind = "reset";
	}
	for (const listener of listeners) listener(kind, change);
}

export function openLive(): void {
	wanted = true;
	if (source) return;
	source = new EventSource("/v1/live");
	source.onopen = () => {
		/* what changed while the stream was away is loaded again */
		if (!connected) tell("reset", null);
		setConnected(true);
	};
	source.onerror = () => {
		setConnected(false);
		if (source?.readyState === EventSource.CLOSED) {
			source = null;
			window.setTimeout(() => { if (wanted) openLive(); }, 3000);
		}
	};
	for (const kind of [...KINDS, "reset"] as const) {
		source.addEventListener(kind, (event) => tell(kind, (event as MessageEvent<string>).data));
	}
}

export function closeLive(): void {
	wanted = false;
	source?.close();
	source = null;
	setConnected(false);
}

/*
 * Calls back on changes of these kinds: at once for the first, then at most
 * once in LIVE_MS while more come, so a burst does not make a burst of requests.
 */
export function useLive(kinds: LiveKind[], changed: () => void, about?: string): void {
	const latest = useRef(changed);
	latest.current = changed;
	useEffect(() => {
		let last = 0, timer = 0;
		const listener: Listener = (kind, change) => {
			if (kind !== "reset" && !kinds.includes(kind)) return;
			if (about && kind === "incident" && change && change.id !== about) return;
			const wait = Math.max(0, last + LIVE_MS - Date.now());
			if (timer) return;
			timer = window.setTimeout(() => {
				timer = 0;
				last = Date.now();
				latest.current();
			}, wait);
		};
		listeners.add(listener);
		openLive();
		return () => {
			window.clearTimeout(timer);
			listeners.delete(listener);
		};
	}, [kinds.join(), about]);
}

export function useConnected(): boolean {
	const [value, setValue] = useState(connected);
	useEffect(() => {
		stateListeners.add(setValue);
		return () => void stateListeners.delete(setValue);
	}, []);
	return value;
}
