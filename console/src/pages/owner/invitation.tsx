/* From the mailed link to an account: who invites, name and password, consents, one thing at a time. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, call, type Me } from "../../api.ts";
import { Loading, messageOf, Problem, useLoad } from "../../parts/basic.tsx";
import { Field } from "../../parts/field.tsx";
import { LanguageSwitch } from "../../parts/layout.tsx";
import { Mistakes, type Mistake } from "../../parts/mistakes.tsx";
import type { Invitation } from "../../owner-types.ts";
import { go } from "../../router.tsx";
import { moment, t, type Key, type Language } from "../../text/text.ts";
import { ConsentText } from "./consents.tsx";

const PASSWORD_MIN = 12, PASSWORD_MAX = 200, NAME_MAX = 100;

/* The secret stands behind # so that it is in no server's log. */
const secretHere = (): string => location.hash.slice(1);

function useSecret(): string {
	const [secret, setSecret] = useState(secretHere);
	useEffect(() => {
		const changed = () => setSecret(secretHere());
		window.addEventListener("hashchange", changed);
		return () => window.removeEventListener("hashchange", changed);
	}, []);
	return secret;
}

/* What a link that does not open means, and what to do about it. */
const reasonOf = (error: unknown): "used" | "over" | "unknown" | null => {
	if (!(error instanceof ApiError)) return null;
	if (error.code === "invitation_used") return "used";
	if (error.code === "invitation_over") return "over";
	/* also what does not look like a secret at all */
	return [400, 404, 422].includes(error.status) && !["name", "password", "consents"].includes(error.field ?? "") ? "unknown" : null;
};

function Refused({ why }: { why: "used" | "over" | "unknown" }) {
	return (
		<>
			<h1>{t(`invitation_${why}`)}</h1>
			<p>{t(`invitation_${why}_help`)}</p>
			{why === "used" && <p><button type="button" onClick={() => go("/", true)}>{t("invitation_sign_in")}</button></p>}
		</>
	);
}

function StepTitle({ n, all, text }: { n: number; all: number; text: string }) {
	const title = useRef<HTMLHeadingElement>(null);
	const first = useRef(n === 1);
	useEffect(() => {
		if (!first.current) title.current?.focus();
		first.current = false;
	}, [n]);
	return <h2 ref={title} tabIndex={-1} class="own-form-step">{all > 1 && <span>{t("invitation_step", { n, all })}</span>} {text}</h2>;
}

interface FormProps { invitation: Invitation; secret: string; signedIn: boolean; onDone: (me: Me) => void; onRefused: (error: unknown) => void; onChanged: () => void }

function Form({ invitation, secret, signedIn, onDone, onRefused, onChanged }: FormProps) {
	const { consents } = invitation;
	const steps = [...(signedIn ? [] : ["account"]), ...(consents.length > 0 || signedIn ? ["consents"] : [])];
	const [step, setStep] = useState(0);
	const [name, setName] = useState("");
	const [password, setPassword] = useState("");
	const [ticked, setTicked] = useState<string[]>([]);
	const [wrong, setWrong] = useState<Mistake[]>([]);
	const [message, setMessage] = useState<string | null>(null);
	const [busy, setBusy] = useState(false);
	const here = steps[step];
	const errorOf = (id: string) => wrong.find((w) => w.id === id)?.text;
	const back = () => {
		setStep(step - 1);
		setWrong([]);
		setMessage(null);
	};
	const check = () => {
		const found: Mistake[] = [];
		if (here === "account") {
			if (!name.trim()) found.push({ id: "name", text: `${t("invitation_name")}：${t("fill_in")}` });
			if ([...password].length < PASSWORD_MIN) found.push({ id: "password", text: `${t("invitation_password")}：${t("too_short")}` });
		} else {
			for (const c of consents) {
				if (!ticked.includes(c.id)) found.push({ id: `consent-${c.id}`, text: t("invitation_agree_missing", { title: c.title }) });
			}
		}
		return found;
	};
	const send = () => {
		if (busy) return;
		setBusy(true);
		call<Me>("POST", "/v1/invitations", {
			secret, ...(signedIn ? {} : { name: name.trim(), password }), consents: consents.map(({ id, version }) => ({ id, version })),
		}).then(onDone, (error: unknown) => {
			setBusy(false);
			if (reasonOf(error) === "used" || reasonOf(error) === "over") {
				onRefused(error);
				return;
			}
			setMessage(messageOf(error));
			if (error instanceof ApiError && error.code === "consent_changed") {
				setTicked([]);
				onChanged();
			}
			/* the words about a field stand beside it */
			if (error instanceof ApiError && (error.field === "name" || error.field === "password")) {
				setStep(0);
				setWrong([{ id: error.field, text: messageOf(error) }]);
			}
		});
	};
	const submit = (event: Event) => {
		event.preventDefault();
		const found = check();
		setWrong(found);
		setMessage(null);
		if (found.length > 0) return;
		if (step + 1 < steps.length) setStep(step + 1);
		else send();
	};
	return (
		<form onSubmit={submit} noValidate class="own-form">
			<StepTitle n={step + 1} all={steps.length} text={t(here === "account" ? "invitation_step_account" : "invitation_step_consents")} />
			<Mistakes message={message} mistakes={wrong} focus={[message, wrong]} />
			{here === "account" ? (
				<>
					<p class="own-mail"><span class="quiet">{t("invitation_mail")}</span><br /><b>{invitation.mail}</b></p>
					<input type="email" name="username" autoComplete="username" value={invitation.mail} hidden readOnly />
					<Field name="name" label={t("invitation_name")} support={t("invitation_name_help")} required autoComplete="name" maxLength={NAME_MAX}
						value={name} onValue={setName} error={errorOf("name")} />
					<Field name="password" type="password" label={t("invitation_password")} support={t("password_rule")} required autoComplete="new-password"
						maxLength={PASSWORD_MAX} value={password} onValue={setPassword} error={errorOf("password")} />
				</>
			) : (
				<>
					{consents.length > 0 && <p>{t("invitation_consents_lead")}</p>}
					{consents.map((c) => (
						<fieldset key={`${c.id} ${c.version}`} class="own-consent">
							<legend>{c.title}</legend>
							<p class="quiet">{t("consent_version", { version: c.version })}</p>
							<div class="own-consent-frame" tabIndex={0} role="region" aria-label={c.title}><ConsentText text={c.text} /></div>
							<label class="own-tick">
								<input type="checkbox" id={`consent-${c.id}`} checked={ticked.includes(c.id)}
									{...(errorOf(`consent-${c.id}`) ? { "aria-invalid": "true" as const, "aria-describedby": `consent-${c.id}-error` } : {})}
									onChange={() => setTicked(ticked.includes(c.id) ? ticked.filter((id) => id !== c.id) : [...ticked, c.id])} />
								<span>{t("invitation_agree", { title: c.title })}</span>
							</label>
							{errorOf(`consent-${c.id}`) && <p class="error" id={`consent-${c.id}-error`}>＊{errorOf(`consent-${c.id}`)}</p>}
						</fieldset>
					))}
				</>
			)}
			<div class="own-form-buttons">
				<button type="submit" aria-disabled={busy ? "true" : "false"}>{t(step + 1 < steps.length ? "invitation_next" : signedIn ? "invitation_join" : "invitation_do")}</button>
				{step > 0 && <button type="button" class="second" onClick={back}>{t("invitation_previous")}</button>}
			</div>
		</form>
	);
}

/* There is an account with this address: its password opens the way. */
function SignInFirst({ mail, onDone }: { mail: string; onDone: (me: Me) => void }) {
	const [password, setPassword] = useState("");
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (!password) return;
		call<Me>("POST", "/v1/session", { mail, password }).then(onDone, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<form onSubmit={submit} noValidate class="own-form">
			<p>{t("invitation_account")}</p>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<p class="own-mail"><span class="quiet">{t("mail")}</span><br /><b>{mail}</b></p>
			<input type="email" name="username" autoComplete="username" value={mail} hidden readOnly />
			<Field name="password" type="password" autoComplete="current-password" label={t("password")} required value={password} onValue={setPassword}
				error={tried && !password ? t("fill_in") : undefined} maxLength={PASSWORD_MAX} />
			<div class="own-form-buttons"><button type="submit">{t("sign_in")}</button></div>
		</form>
	);
}

interface PageProps { me: Me | null; language: Language; onLanguage: (to: Language) => void; onMe: (me: Me | null) => void }

export function InvitationPage({ me, language, onLanguage, onMe }: PageProps) {
	const secret = useSecret();
	const look = useLoad(`${secret} ${language}`, () => call<Invitation>("POST", "/v1/invitations/look", { secret }));
	const [refused, setRefused] = useState<unknown>(null);
	const finish = (next: Me) => {
		go("/", true);
		onMe(next);
	};
	const signOut = () => void call("DELETE", "/v1/session").catch(() => undefined).then(() => onMe(null));
	const why = reasonOf(refused ?? look.error) ?? (secret ? null : "unknown");
	const frame = (inside: ComponentChildren) => (
		<div class="own-invitation">
			<header><img src="/mark.svg" alt="" width="40" height="40" /><b>{t("product")}</b><LanguageSwitch language={language} onLanguage={onLanguage} /></header>
			<main id="content">{inside}</main>
		</div>
	);
	if (why) return frame(<Refused why={why} />);
	if (!look.value) return frame(look.error ? <><h1>{t("invitation_title")}</h1><Problem error={look.error} again={() => void look.reload()} /></> : <Loading />);
	const invitation = look.value;
	const stranger = me !== null && me.mail.toLowerCase() !== invitation.mail.toLowerCase();
	return frame(
		<>
			<h1>{t("invitation_title")}</h1>
			<p class="own-invited">{invitation.programme_name
				? t("invitation_from", { company: invitation.company_name, programme: invitation.programme_name })
				: t("invitation_from_company", { company: invitation.company_name })}</p>
			<p class="quiet">{t("invitation_role", { role: t(`role_${invitation.role === "applicant" ? "applicant" : "owner"}` as Key) })} {t("invitation_until", { at: moment(invitation.expires) })}</p>
			{stranger ? (
				<>
					<p class="notice">{t("invitation_signed_in", { name: me.name })}</p>
					<p><button type="button" onClick={signOut}>{t("invitation_sign_out")}</button></p>
				</>
			) : invitation.account && !me ? <SignInFirst mail={invitation.mail} onDone={onMe} />
				: (
					<>
						{!me && <p>{t("invitation_lead")}</p>}
						<Form invitation={invitation} secret={secret} signedIn={me !== null} onDone={finish} onRefused={setRefused} onChanged={() => void look.reload()} />
					</>
				)}
		</>,
	);
}
