import { useEffect, useState } from "preact/hooks";
import { ApiError, call, get, onSignedOut, useCsrf, useLanguage, type Me } from "./api.ts";
import { closeLive } from "./live.ts";
import { Empty, Loading, Problem } from "./parts/basic.tsx";
import { Layout, startOf } from "./parts/layout.tsx";
import { OwnerFrame } from "./pages/owner/frame.tsx";
import { InvitationPage } from "./pages/owner/invitation.tsx";
import { isOwner, ownerRoute } from "./pages/owner/route.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { DetectionsPage } from "./pages/detections.tsx";
import { DevicePage } from "./pages/device.tsx";
import { DevicesPage } from "./pages/devices.tsx";
import { IncidentPage } from "./pages/incident.tsx";
import { IncidentsPage } from "./pages/incidents.tsx";
import { PasswordPage } from "./pages/password.tsx";
import { RulesPage } from "./pages/rules.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { TokensPage } from "./pages/tokens.tsx";
import { Link, usePlace } from "./router.tsx";
import { staffRoute } from "./pages/staff.tsx";
import { SessionContext, useSession } from "./session.ts";
import { getLanguage, setLanguage, t, type Language } from "./text/text.ts";

function savedLanguage(): Language {
	const saved = localStorage.getItem("language");
	if (saved === "ja" || saved === "en") return saved;
	return "ja";
}

function Route() {
	const { path } = usePlace();
	const session = useSession();
	const owner = isOwner(session.me);
	const parts = (path === "/" && !owner ? startOf(session.may, session.me) ?? path : path).split("/").filter(Boolean);
	const own = owner ? ownerRoute(parts) : staffRoute(parts, session);
	if (own) return own;
	if (parts[0] === "incidents" && parts.length === 1) return <IncidentsPage />;
	if (parts[0] === "incidents" && parts[1]) return <IncidentPage key={parts[1]} id={parts[1]} />;
	if (parts[0] === "devices" && parts.length === 1) return <DevicesPage />;
	if (parts[0] === "devices" && parts[1]) return <DevicePage key={parts[1]} id={parts[1]} />;
	if (parts[0] === "detections") return <DetectionsPage />;
	if (parts[0] === "rules") return <RulesPage />;
	if (parts[0] === "audit") return <AuditPage />;
	if (parts[0] === "tokens") return <TokensPage />;
	return (
		<>
			<h1>{t("not_found")}</h1>
			<Empty title={t("not_found_help")} />
			<p><Link to="/">{t("own_back_home")}</Link></p>
		</>
	);
}

export function App() {
	const [language, changeLanguage] = useState<Language>(() => {
		const first = savedLanguage();
		setLanguage(first);
		useLanguage(first);
		return first;
	});
	const [me, setMe] = useState<Me | null>(null);
	const [state, setState] = useState<"loading" | "out" | "ended" | "in" | "error">("loading");
	const [error, setError] = useState<unknown>(null);
	const { path } = usePlace();

	const show = (to: Language) => {
		setLanguage(to);
		useLanguage(to);
		changeLanguage(to);
	};
	const choose = (to: Language) => {
		show(to);
		localStorage.setItem("language", to);
		if (me && me.language !== to) void call<Me>("PATCH", "/v1/me", { language: to }).catch(() => undefined);
	};
	const enter = (next: Me | null) => {
		/* a browser where nobody chose yet takes the person's own */
		if (next && localStorage.getItem("language") === null && next.language !== getLanguage()) show(next.language);
		useCsrf(next?.csrf ?? null);
		setMe(next);
		setState(next ? "in" : "out");
		if (!next) closeLive();
	};
	const load = () => {
		setState("loading");
		get<Me>("/v1/me").then(enter, (problem: unknown) => {
			if (problem instanceof ApiError && problem.status === 401) {
				setState("out");
			} else {
				setError(problem);
				setState("error");
			}
		});
	};
	useEffect(() => {
		onSignedOut(() => {
			closeLive();
			setMe(null);
			setState((old) => (old === "in" ? "ended" : "out"));
		});
		load();
	}, []);
	useEffect(() => { document.title = `${t("product")} Hikeshi`; }, [language]);

	if (state === "loading") return <Loading />;
	if (state === "error") return <main class="alone"><Problem error={error} again={load} /></main>;
	if (path === "/invitation") return <InvitationPage me={state === "in" ? me : null} language={language} onLanguage={choose} onMe={enter} />;
	if (state !== "in" || !me) {
		return <SignInPage ended={state === "ended"} language={getLanguage()} onLanguage={choose} onDone={enter} />;
	}
	const Frame = isOwner(me) ? OwnerFrame : Layout;
	const session = { me, may: (action: string) => me.may.includes(action), set: enter };
	return (
		<SessionContext.Provider value={session}>
			{me.must_change_password
				? <PasswordPage />
				: <Frame language={language} onLanguage={choose}><Route key={language} /></Frame>}
		</SessionContext.Provider>
	);
}
