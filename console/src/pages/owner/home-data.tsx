/* The company at a glance: asked once, known to every page of an owner. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Loaded } from "../../parts/basic.tsx";
import type { Home } from "../../owner-types.ts";
import { t, type Language } from "../../text/text.ts";

export interface Own { home: Loaded<Home>; company: string; language: Language; onLanguage: (to: Language) => void }
export const OwnContext = createContext<Own | null>(null);

export function useOwn(): Own {
	const own = useContext(OwnContext);
	if (!own) throw new Error("no company");
	return own;
}

/* Whom to call: the desk where it serves, else the office in its hours. */
export function Call({ home, large }: { home: Home | null; large?: boolean }) {
	if (!home || !home.desk.telephone) return null;
	const { telephone, serves, name, hours, office_hours } = home.desk;
	return (
		<div class={`own-call ${large ? "large" : ""}`}>
			<p>{serves ? t("own_call_day_and_night") : t("own_call_office")}</p>
			<a class="own-telephone" href={`tel:${telephone.replace(/[^0-9+]/g, "")}`}>
				<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 3h4l2 5-3 2a11 11 0 0 0 5 5l2-3 5 2v4c0 2-1 3-3 3C11 21 3 13 3 6c0-2 1-3 3-3z" /></svg>
				<span class="hidden">{t("own_call")} </span>{telephone}
			</a>
			<p class="quiet"><span>{name}</span> <span>{serves ? t("own_call_urgent", { hours }) : hours}</span>
				{serves && office_hours && large && <><br /><span>{t("own_call_questions", { hours: office_hours })}</span></>}</p>
		</div>
	);
}
