/* What is needed seldom. */
import { Link } from "../../router.tsx";
import { call } from "../../api.ts";
import { LanguageSwitch } from "../../parts/layout.tsx";
import { useSession } from "../../session.ts";
import { t, type Key } from "../../text/text.ts";
import { useOwn } from "./home-data.tsx";

const technical: { to: string; text: Key; needs: string }[] = [
	{ to: "/incidents", text: "more_incidents", needs: "detection.read" },
	{ to: "/devices", text: "more_devices", needs: "device.read" },
	{ to: "/audit", text: "more_audit", needs: "audit.read" },
	{ to: "/tokens", text: "more_tokens", needs: "token.read" },
];

export function MorePage() {
	const { me, may, set } = useSession();
	const { language, onLanguage } = useOwn();
	const signOut = () => void call("DELETE", "/v1/session").catch(() => undefined).then(() => set(null));
	return (
		<>
			<h1 class="own-title">{t("more_title")}</h1>
			{may("consent.read") && (
				<ul class="own-rows"><li><Link to="/my/consents" class="own-row"><b>{t("more_consents")}</b><span class="quiet">{t("more_consents_help")}</span></Link></li></ul>
			)}
			{technical.some((p) => may(p.needs)) && (
				<>
					<h2>{t("more_experts")}</h2>
					<ul class="own-rows">{technical.filter((p) => may(p.needs)).map((p) => <li key={p.to}><Link to={p.to} class="own-row"><b>{t(p.text)}</b></Link></li>)}</ul>
				</>
			)}
			<h2>{t("more_account")}</h2>
			<p>{t("more_signed_in", { name: me.name, mail: me.mail })}</p>
			<p class="own-account"><button type="button" class="second" onClick={signOut}>{t("sign_out")}</button> <LanguageSwitch language={language} onLanguage={onLanguage} /></p>
		</>
	);
}
