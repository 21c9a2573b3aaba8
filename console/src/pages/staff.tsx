/* Pages of those who run a programme: one block of routes for app.tsx, and their place in the menu. */
import type { JSX } from "preact";
import type { Me } from "../api.ts";
import type { Session } from "../session.ts";
import type { Key } from "../text/text.ts";
import { actorOf, isStaff } from "../parts/staff-parts.tsx";
import { ApplicationPage } from "./application.tsx";
import { ApplicationsPage } from "./applications.tsx";
import { ChecksPage } from "./checks.tsx";
import { MailPage, MailsPage } from "./mails.tsx";
import { programmeRoute } from "./programme/route.tsx";
import { ReportPage, ReportsPage } from "./reports.tsx";

/* The page of these path parts for staff, or null where it is not one of theirs. */
export function staffRoute(parts: string[], { me, may }: Session): JSX.Element | null {
	if (!isStaff(me)) return null;
	const [first, id] = parts;
	if (first === "applications" && may("application.read")) return id ? <ApplicationPage key={id} id={id} /> : <ApplicationsPage key="all" />;
	if (first === "approvals" && may("application.read")) return <ApplicationsPage key="approvals" approvals />;
	if (first === "checks" && may("check.read")) return <ChecksPage />;
	if (first === "programme" && may("figures.read")) return programmeRoute(id, parts[2]);
	if (first === "mails" && may("mail.read")) return id ? <MailPage key={id} id={id} /> : <MailsPage />;
	if (first === "reports" && may("report.read")) return id ? <ReportPage key={id} id={id} /> : <ReportsPage />;
	return null;
}

/* For the menu; needs: what one must be allowed; actors: only for these. */
export const staffPages: { to: string; text: Key; needs: string; icon: string; only?: (me: Me) => boolean }[] = [
	{ to: "/approvals", text: "nav_approvals", needs: "application.read", icon: "M4 12l5 5L20 6", only: (me) => actorOf(me) === "city" },
	{ to: "/applications", text: "nav_applications", needs: "application.read", icon: "M6 3h9l4 4v14H6zM9 11h7M9 15h7", only: isStaff },
	{ to: "/programme", text: "nav_programme", needs: "figures.read", icon: "M4 6h16M4 12h10M4 18h13", only: isStaff },
	{ to: "/checks", text: "nav_checks", needs: "check.read", icon: "M4 5h16v16H4zM4 10h16M8 3v4M16 3v4M8 15l3 3 5-5", only: isStaff },
	{ to: "/reports", text: "nav_reports", needs: "report.read", icon: "M5 21V3h14v18zM9 17v-4M12 17V9M15 17v-6", only: isStaff },
	{ to: "/mails", text: "nav_mails", needs: "mail.read", icon: "M3 6h18v13H3zM3 7l9 7 9-7", only: isStaff },
];
