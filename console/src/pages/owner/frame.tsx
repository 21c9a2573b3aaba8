/* The frame around an owner's pages: five plain items, and whom to call, always in one place. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, get, withQuery } from "../../api.ts";
import { openLive, useConnected, useLive } from "../../live.ts";
import { LanguageSwitch } from "../../parts/layout.tsx";
import { useLoad } from "../../parts/basic.tsx";
import { Link, usePlace } from "../../router.tsx";
import { useSession } from "../../session.ts";
import { t, type Key, type Language } from "../../text/text.ts";
import type { Home } from "../../owner-types.ts";
import { Call, OwnContext } from "./home-data.tsx";

const pages: { to: string; text: Key; needs: string; icon: string }[] = [
	{ to: "/", text: "own_nav_home", needs: "home.read", icon: "M3 11 12 4l9 7M6 9v11h12V9" },
	{ to: "/my/application", text: "own_nav_application", needs: "application.read", icon: "M6 3h9l4 4v14H6zM9 12l2 2 4-4M9 18h6" },
	{ to: "/my/devices", text: "own_nav_devices", needs: "device.read", icon: "M4 5h16v10H4zM2 19h20" },
	{ to: "/my/incidents", text: "own_nav_incidents", needs: "incident.read", icon: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5l3 2" },
	{ to: "/my/reports", text: "own_nav_reports", needs: "report.read", icon: "M4 20V4M4 20h17M8 16v-5M13 16V7M18 16v-3" },
];

const isHere = (path: string, to: string): boolean => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`));

interface FrameProps { language: Language; onLanguage: (to: Language) => void; children: ComponentChildren }

export function OwnerFrame({ language, onLanguage, children }: FrameProps) {
	const { me, may, set } = useSession();
	const { path } = usePlace();
	const connected = useConnected();
	const companies = me.grants.filter((g) => g.scope === "company" && (g.role === "owner" || g.role === "applicant"))
		.filter((g, i, all) => all.findIndex((other) => other.id === g.id) === i);
	const [chosen, setChosen] = useState("");
	const company = companies.some((c) => c.id === chosen) ? chosen : companies[0]?.id ?? "";
	const home = useLoad(`home ${company} ${language}`, () =>
		get<Home>(withQuery("/v1/home", companies.length > 1 ? { company } : {})));
	useLive(["incident", "device", "action", "application", "report", "check"], () => void home.reload());
	useEffect(() => { if (may("live.read")) openLive(); }, []);
	const signOut = () => void call("DELETE", "/v1/session").catch(() => undefined).then(() => set(null));
	const unread = home.value?.reports.some((r) => r.read === null) ?? false;
	return (
		<OwnContext.Provider value={{ home, company, language, onLanguage }}>
			<div class="own">
				<a class="skip" href="#content">{t("skip")}</a>
				<header class="own-head">
					<Link to="/" class="brand">
						<img src="/mark.svg" alt="" width="36" height="36" />
						<span><b>{t("product")}</b><small>{t("product_line")}</small></span>
					</Link>
					<nav class="own-nav" aria-label={t("nav")}>
						{pages.filter((p) => may(p.needs)).map((p) => (
							<Link key={p.to} to={p.to} current={isHere(path, p.to)}>
								<svg viewBox="0 0 24 24" aria-hidden="true"><path d={p.icon} /></svg>
								<span>{t(p.text)}{p.to === "/my/reports" && unread && <b class="own-dot"><span class="hidden">{t("own_unread")}</span></b>}</span>
							</Link>
						))}
					</nav>
					<Call home={home.value} />
					<div class="own-tools">
						{may("live.read") && <span class={`live ${connected ? "on" : "off"}`} role="status">{connected ? t("live_on") : t("live_off")}</span>}
						<Link to="/my/more" class="own-more" current={path === "/my/more"}>{t("own_nav_more")}</Link>
						<LanguageSwitch language={language} onLanguage={onLanguage} />
						<button type="button" class="plain own-sign-out" onClick={signOut}>{t("sign_out")}</button>
					</div>
				</header>
				<main id="content" tabIndex={-1}>
					{companies.length > 1 && (
						<div class="own-company">
							<label for="own-company">{t("own_company")}</label>
							<select id="own-company" value={company} onChange={(event) => setChosen(event.currentTarget.value)}>
								{companies.map((c) => <option key={c.id} value={c.id}>{c.name}</option>)}
							</select>
						</div>
					)}
					{children}
				</main>
			</div>
		</OwnContext.Provider>
	);
}
