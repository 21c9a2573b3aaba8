import { useState } from "preact/hooks";
import { call, type Me } from "../api.ts";
import { messageOf } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { useSession } from "../session.ts";
import { t } from "../text/text.ts";

export function PasswordPage() {
	const { me, set } = useSession();
	const [current, setCurrent] = useState("");
	const [next, setNext] = useState("");
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const short = [...next].length < 12;
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (!current || short) return;
		call<Me>("POST", "/v1/session/password", { current, new: next })
			.then(set, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<main class="alone">
			<h1>{t("password_new_title")}</h1>
			<p>{t("password_new_lead")}</p>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<form onSubmit={submit} noValidate>
				<input type="email" name="username" autoComplete="username" value={me.mail} hidden readOnly />
				<Field name="current" type="password" autoComplete="current-password" label={t("password_current")} required
					value={current} onValue={setCurrent} error={tried && !current ? t("fill_in") : undefined} maxLength={200} />
				<Field name="new" type="password" autoComplete="new-password" label={t("password_new")} required support={t("password_rule")}
					value={next} onValue={setNext} error={tried && short ? t("too_short") : undefined} maxLength={200} />
				<button type="submit">{t("password_change")}</button>
			</form>
		</main>
	);
}
