/* Which page of an owner an address means; null where the rest of the console has it. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Me } from "../../api.ts";
import { go } from "../../router.tsx";
import { OwnApplicationPage } from "./application.tsx";
import { ConsentsPage } from "./consents.tsx";
import { OwnDevicesPage } from "./devices.tsx";
import { HomePage } from "./home.tsx";
import { OwnIncidentPage, OwnIncidentsPage } from "./incidents.tsx";
import { MorePage } from "./more.tsx";
import { OwnReportPage, OwnReportsPage } from "./reports.tsx";

/* Somebody who belongs to companies only. Who also works for a programme has the staff's pages. */
export const isOwner = (me: Me): boolean =>
	me.grants.length > 0 && me.grants.every((g) => g.role === "owner" || g.role === "applicant");

/* Mails name a report's address without saying who reads it. */
function Elsewhere({ to }: { to: string }) {
	useEffect(() => go(to, true), [to]);
	return null;
}

export function ownerRoute(parts: string[]): JSX.Element | null {
	const [first, second, third] = parts;
	if (first === undefined) return <HomePage />;
	if (first === "reports" || first === "applications") {
		return <Elsewhere to={`/my/${first === "reports" ? "reports" : "application"}${second ? `/${second}` : ""}`} />;
	}
	if (first !== "my") return null;
	switch (second) {
	case "application": return <OwnApplicationPage id={third ?? ""} />;
	case "devices": return <OwnDevicesPage />;
	case "incidents": return third ? <OwnIncidentPage key={third} id={third} /> : <OwnIncidentsPage />;
	case "reports": return third ? <OwnReportPage key={third} id={third} /> : <OwnReportsPage />;
	case "consents": return <ConsentsPage />;
	case "more": return <MorePage />;
	default: return null;
	}
}
