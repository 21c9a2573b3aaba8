import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, type Me } from "../api.ts";
import { openLive, useConnected } from "../live.ts";
import { go, Link, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { t, type Key, type Language } from "../text/text.ts";
import { staffPages } from "../pages/staff.tsx";
import { Dialog } from "./basic.tsx";
import { useTheme } from "./theme.ts";

const pages: { to: string; text: Key; needs: string; icon: string }[] = [
	{ to: "/incidents", text: "nav_incidents", needs: "incident.read", icon: "M12 3 2 20h20zM12 10v4M12 17v.5" },
	{ to: "/devices", text: "nav_devices", needs: "device.read", icon: "M4 5h16v10H4zM2 19h20" },
	{ to: "/detections", text: "nav_detections", needs: "detection.read", icon: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5" },
	{ to: "/rules", text: "nav_rules", needs: "rule.read", icon: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h4" },
	{ to: "/audit", text: "nav_audit", needs: "audit.read", icon: "M12 3 4 6v6c0 5 3.500 7.500 8 9 4.500-1.500 8-4 8-9V6zM9 12l2 2 4-4" },
	{ to: "/tokens", text: "nav_tokens", needs: "token.read", icon: "M8 12a4 4 0 1 0 0 .1M12 12h9M18 12v3" },
];

/* Where a person's work begins: incidents, else the first page that is theirs. */
export function startOf(may: (action: string) => boolean, me: Me): string | undefined {
	if (may("incident.read")) return "/incidents";
	return [...staffPages.filter((p) => !p.only || p.only(me)), ...pages].find((p) => may(p.needs))?.to;
}

export function LanguageSwitch({ language, onLanguage }: { language: Language; onLanguage: (to: Language) => void }) {
	const other = language === "ja" ? "en" : "ja";
	return (
		<button type="button" class="plain language" lang={other} onClick={() => onLanguage(other)}>
			{other === "en" ? "English" : "日本語"}
		</button>
	);
}

/* Keys that work on every page; never while somebody types. */
function useKeys(showKeys: () => void): void {
	useEffect(() => {
		let g = 0;
		const listener = (event: KeyboardEvent) => {
			const target = event.target as HTMLElement;
			if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog")) return;
			if (event.key === "?") showKeys();
			if (event.key === "/") {
				const search = document.querySelector<HTMLInputElement>("input[type=search]");
				if (search) {
					event.preventDefault();
					search.focus();
				}
			}
			if (event.key === "g") {
				g = Date.now();
			} else if (Date.now() - g < 1000) {
				g = 0;
				const to = { i: "/incidents", d: "/devices", a: "/audit", r: "/rules", s: "/applications", c: "/checks", m: "/mails", p: "/reports" }[event.key];
				if (to) go(to);
			}
		};
		window.addEventListener("keydown", listener);
		return () => window.removeEventListener("keydown", listener);
	}, []);
}

interface LayoutProps { language: Language; onLanguage: (to: Language) => void; children: ComponentChildren }

export function Layout({ language, onLanguage, children }: LayoutProps) {
	const { me, may, set } = useSession();
	const { path } = usePlace();
	const connected = useConnected();
	const [keys, setKeys] = useState(false);
	const [theme, setTheme] = useTheme();
	useKeys(() => setKeys(true));
	/* on every page, so that "reconnecting" is never said where nothing was lost */
	useEffect(() => { if (may("live.read")) openLive(); }, []);
	const signOut = () => void call("DELETE", "/v1/session").catch(() => undefined).then(() => set(null));
	const start = startOf(may, me);
	const all = [...staffPages.filter((p) => !p.only || p.only(me)), ...pages].filter((p) => may(p.needs));
	/* what one begins with stands first */
	const shown = [...all.filter((p) => p.to === start), ...all.filter((p) => p.to !== start)];
	return (
		<div class="frame">
			<a class="skip" href="#content">{t("skip")}</a>
			<header>
				<Link to="/" class="brand">
					<img src="/mark.svg" alt="" width="36" height="36" />
					<span><b>{t("product")}</b><small>{t("product_line")}</small></span>
				</Link>
				<nav aria-label={t("nav")}>
					{shown.map((p) => (
						<Link key={p.to} to={p.to} current={path.startsWith(p.to) || (path === "/" && p.to === start)}>
							<svg viewBox="0 0 24 24" aria-hidden="true"><path d={p.icon} /></svg>{t(p.text)}
						</Link>
					))}
				</nav>
				<div class="who">
					{may("live.read") && <span class={`live ${connected ? "on" : "off"}`} role="status">{connected ? t("live_on") : t("live_off")}</span>}
					<span class="name">{me.name}</span>
					<span class="tools">
						<LanguageSwitch language={language} onLanguage={onLanguage} />
						<button type="button" class="plain" onClick={() => setTheme(theme === "dark" ? "light" : "dark")}>{t(theme === "dark" ? "theme_light" : "theme_dark")}</button>
						<button type="button" class="plain" onClick={() => setKeys(true)}>{t("keys")}</button>
						<button type="button" class="plain" onClick={signOut}>{t("sign_out")}</button>
					</span>
				</div>
			</header>
			<main id="content" tabIndex={-1}>{children}</main>
			{keys && (
				<Dialog title={t("keys")} onClose={() => setKeys(false)}>
					<p>{t("keys_help")}</p>
					<button type="button" onClick={() => setKeys(false)}>{t("close")}</button>
				</Dialog>
			)}
		</div>
	);
}
