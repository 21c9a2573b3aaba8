/* What was agreed to, when, in which version; and what still waits for a yes. */
import { useState } from "preact/hooks";
import { ApiError, call, get } from "../../api.ts";
import { Empty, Loading, messageOf, Problem, useLoad } from "../../parts/basic.tsx";
import type { Consent } from "../../owner-types.ts";
import { useSession } from "../../session.ts";
import { moment, t } from "../../text/text.ts";
import { useOwn } from "./home-data.tsx";

/* The whole text, in paragraphs as it was written. */
export function ConsentText({ text }: { text: string }) {
	return <div class="own-consent-text">{text.split(/\n+/).filter((line) => line.trim()).map((line, i) => <p key={i}>{line}</p>)}</div>;
}

function Waiting({ consent, path, onDone }: { consent: Consent; path: string; onDone: () => void }) {
	const { may } = useSession();
	const [ticked, setTicked] = useState(false);
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const id = `consent-${consent.consent}`;
	const agree = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (!ticked) return;
		call("POST", path, { consent: consent.consent, version: consent.version }).then(onDone, (error: unknown) => {
			setProblem(messageOf(error));
			/* another version came meanwhile: its text is to be read first */
			if (error instanceof ApiError && error.code === "consent_changed") {
				setTicked(false);
				onDone();
			}
		});
	};
	return (
		<section class="card own-consent" aria-labelledby={`${id}-title`} data-row="" data-state="open">
			<h2 id={`${id}-title`}>{consent.title}</h2>
			<p class="quiet">{t("consent_version", { version: consent.version })}</p>
			<ConsentText text={consent.text} />
			{may("consent.give") && (
				<form onSubmit={agree} noValidate>
					{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
					<label class="own-tick"><input type="checkbox" id={id} checked={ticked} onChange={() => setTicked(!ticked)}
						{...(tried && !ticked ? { "aria-invalid": "true" as const, "aria-describedby": `${id}-error` } : {})} />
						<span>{t("invitation_agree", { title: consent.title })}</span></label>
					{tried && !ticked && <p class="error" id={`${id}-error`}>＊{t("invitation_agree_missing", { title: consent.title })}</p>}
					<button type="submit">{t("consent_give")}</button>
				</form>
			)}
		</section>
	);
}

export function ConsentsPage() {
	const { home, company } = useOwn();
	const path = `/v1/companies/${encodeURIComponent(company)}/consents`;
	const list = useLoad(path, () => get<{ items: Consent[] }>(path));
	if (!list.value) return list.error ? <Problem error={list.error} again={() => void list.reload()} /> : <Loading />;
	const open = list.value.items.filter((c) => c.at === null);
	const given = list.value.items.filter((c) => c.at !== null);
	const done = () => {
		void list.reload();
		void home.reload();
	};
	return (
		<>
			<h1 class="own-title">{t("my_consents")}</h1>
			<p>{t("my_consents_lead")}</p>
			{list.value.items.length === 0 && <Empty title={t("my_consents_none")} />}
			{open.map((c) => <Waiting key={`${c.consent} ${c.version}`} consent={c} path={path} onDone={done} />)}
			{given.map((c, i) => (
				<section key={i} class="card own-consent" data-row="" data-state="given" aria-label={c.title}>
					<h2>{c.title}</h2>
					<p><time dateTime={c.at ?? ""}>{t("consent_at", { at: moment(c.at) })}</time><br />
						{c.by && <>{t("consent_by", { by: c.by.name })}<br /></>}
						<span class="quiet">{t("consent_version", { version: c.version })}</span></p>
					<details class="own-fold"><summary>{t("consent_text")}</summary><ConsentText text={c.text} /></details>
				</section>
			))}
		</>
	);
}
