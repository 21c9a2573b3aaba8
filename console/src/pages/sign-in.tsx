import { useState } from "preact/hooks";
import { call, type Me } from "../api.ts";
import { messageOf } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { LanguageSwitch } from "../parts/layout.tsx";
import { t, type Language } from "../text/text.ts";

interface Props { ended: boolean; language: Language; onLanguage: (to: Language) => void; onDone: (me: Me) => void }

export function SignInPage({ ended, language, onLanguage, onDone }: Props) {
	const [mail, setMail] = useState("");
	const [password, setPassword] = useState("");
	const [tried, setTried] = useState(false);
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string | null>(ended ? t("session_ended") : null);
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (!mail.trim() || !password || busy) return;
		setBusy(true);
		call<Me>("POST", "/v1/session", { mail: mail.trim(), password }).then(onDone, (error: unknown) => {
			setBusy(false);
			setProblem(messageOf(error));
		});
	};
	return (
		<div class="sign-in">
			<div class="sign-in-picture" aria-hidden="true">
				<img src="/mark.svg" alt="" width="120" height="120" />
				<p>{t("product")}</p>
				<small>{t("product_line")}</small>
			</div>
			<main class="sign-in-form">
				<div class="corner"><LanguageSwitch language={language} onLanguage={onLanguage} /></div>
				<h1>{t("sign_in")}</h1>
				<p>{t("sign_in_lead")}</p>
				{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
				<form onSubmit={submit} noValidate>
					<Field name="mail" type="email" autoComplete="username" label={t("mail")} required value={mail} onValue={setMail}
						error={tried && !mail.trim() ? t("fill_in") : undefined} maxLength={254} />
					<Field name="password" type="password" autoComplete="current-password" label={t("password")} required
						value={password} onValue={setPassword} error={tried && !password ? t("fill_in") : undefined} maxLength={200} />
					<button type="submit" aria-disabled={busy ? "true" : "false"}>{t("sign_in")}</button>
				</form>
			</main>
		</div>
	);
}
