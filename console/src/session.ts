/* Who is signed in: known to every page. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Me } from "./api.ts";

export interface Session { me: Me; may: (action: string) => boolean; set: (me: Me | null) => void }
export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
	const session = useContext(SessionContext);
	if (!session) throw new Error("no session");
	return session;
}
