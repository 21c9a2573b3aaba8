/* The programme's clock: deadlines and days are told by it, not by the browser's. */
import { useCallback } from "preact/hooks";
import type { Me } from "../api.ts";
import { useSession } from "../session.ts";

/* Of each answer of /v1/me: what the browser's clock showed then. */
const heard = new WeakMap<Me, number>();

/* Gives a function that tells the programme's time, ms since 1970. */
export function useNow(): () => number {
	const { me } = useSession();
	if (!heard.has(me)) heard.set(me, Date.now());
	const at = heard.get(me) ?? Date.now();
	return useCallback(() => Date.parse(me.programme_now) + Date.now() - at, [me, at]);
}
