/* The outbox: what the centre wrote to people, what became of it, and sending again. */
import { useState } from "preact/hooks";
import { ApiError, call, get, withQuery } from "../api.ts";
import { useLive } from "../live.ts";
import { Empty, Loading, messageOf, Problem, useLoad } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { usePageKeys, useRowKeys } from "../parts/row-keys.ts";
import { Choose, Done, Search, useKept, When } from "../parts/staff-parts.tsx";
import type { Mail, MailDetail, MailState, Page } from "../programme-types.ts";
import { go, Link, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { moment, number, t, type Key } from "../text/text.ts";

const states: MailState[] = ["queued", "kept", "sent", "bounced", "failed"];
const stateName = (state: MailState): string => t(`mail_state_${state}` as Key);

const MailBadge = ({ state }: { state: MailState }) => <span class={`state mail-${state}`}>{stateName(state)}</span>;

/* ---- what did not go out ---- */

const COUNTED_MAX = 100; /* above, "100+" says enough */
const stuck = ["bounced", "failed", "queued", "kept"] as const;
type Stuck = (typeof stuck)[number];
type Trouble = Record<Stuck, Page<Mail>>;

async function loadTrouble(): Promise<Trouble> {
	const pages = await Promise.all(stuck.map((state) => get<Page<Mail>>(withQuery("/v1/mails", { state, limit: COUNTED_MAX }))));
	return Object.fromEntries(stuck.map((state, i) => [state, pages[i]])) as Trouble;
}

const countOf = (page: Page<Mail>): string => (page.next ? t("mail_many", { n: number(COUNTED_MAX) }) : number(page.items.length));

/* Why mails wait, in one sentence; nothing where all is well. */
function Trouble({ trouble }: { trouble: Trouble }) {
	const waits = trouble.queued.items.find((mail) => mail.attempts > 0 && mail.problem);
	if (waits) {
		return (
			<div class="problem" role="status" data-trouble="away">
				<p><b>{t("mail_server_away", { n: countOf(trouble.queued) })}</b></p>
				<p>{t("mail_last")}{waits.problem}</p>
			</div>
		);
	}
	if (trouble.kept.items.length > 0) return <p class="notice" role="status" data-trouble="kept">{t("mail_server_none", { n: countOf(trouble.kept) })}</p>;
	return null;
}

export function MailsPage() {
	const { query } = usePlace();
	const q = (name: string) => query.get(name) ?? "";
	const change = (name: string, value: string) => {
		const next = new URLSearchParams(location.search);
		if (value) next.set(name, value);
		else next.delete(name);
		go(next.size ? `/mails?${next.toString()}` : "/mails", true);
	};
	const filters = { state: q("state"), q: q("q"), application: q("application") };
	const key = JSON.stringify(filters);
	const list = useLoad(key, () => get<Page<Mail>>(withQuery("/v1/mails", { ...filters, limit: 100 })));
	const [older, setOlder] = useState<{ key: string; items: Mail[]; next: string | null } | null>(null);
	const [problem, setProblem] = useState<string | null>(null);
	const { value, waits } = useKept(list);
	const trouble = useLoad("trouble", loadTrouble);
	const seen = useKept(trouble).value;
	useLive(["mail"], () => { void list.reload(); void trouble.reload(); });
	useRowKeys("mails", value !== null);
	const more = older && older.key === key ? older : null;
	const first = value?.items ?? [];
	const rows = more ? [...first, ...more.items.filter((m) => !first.some((f) => f.id === m.id))] : first;
	const next = more ? more.next : value?.next ?? null;
	return (
		<>
			<div class="head"><h1>{t("mails")}</h1>
				{seen && (
					<ul class="chips" aria-label={t("state_filter")}>
						{stuck.filter((state) => seen[state].items.length > 0).map((state) => (
							<li key={state}><button type="button" class={`chip chip-${state}`} aria-pressed={q("state") === state ? "true" : "false"}
								onClick={() => change("state", q("state") === state ? "" : state)}>{stateName(state)} <b>{countOf(seen[state])}</b></button></li>
						))}
					</ul>
				)}
			</div>
			{seen && <Trouble trouble={seen} />}
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<Search label={t("mail_search")} value={q("q")} onValue={(text) => change("q", text)} />
				<Choose label={t("state_filter")} value={q("state")} onValue={(to) => change("state", to)}
					options={[["", t("all")], ...states.map((s) => [s, stateName(s)] as [string, string])]} />
				{q("application") && <button type="button" class="second" onClick={() => change("application", "")}>{t("mails_all")}</button>}
			</form>
			{list.error ? <Problem error={list.error} again={() => void list.reload()} /> : null}
			{!value && !list.error && <Loading />}
			{value && rows.length === 0 && !waits && <Empty title={filters.state || filters.q || filters.application ? t("mails_none_filter") : t("mails_none")} />}
			{rows.length > 0 && (
				<table class={`rows dense mails ${waits ? "waits" : ""}`}>
					<caption class="hidden">{t("mails")}</caption>
					<thead><tr>
						<th scope="col">{t("state")}</th><th scope="col">{t("mail_subject")}</th><th scope="col">{t("mail_to")}</th>
						<th scope="col">{t("mail_attempts")}</th><th scope="col">{t("mail_written")}</th>
					</tr></thead>
					<tbody>{rows.map((mail) => (
						<tr key={mail.id} data-state={mail.state}>
							<td class="tight" data-label={t("state")}><MailBadge state={mail.state} /></td>
							<th scope="row"><Link to={`/mails/${mail.id}`} data-row={mail.id}>{mail.subject}</Link>
								{mail.problem && <small class={mail.state === "sent" ? "" : "said"}>{mail.problem}</small>}
								{mail.unsure && <small class="said">{t("mail_unsure")}</small>}</th>
							<td data-label={t("mail_to")}>{mail.to}<small>{mail.company?.name ?? ""}</small></td>
							<td class="tight" data-label={t("mail_attempts")}>{number(mail.attempts)}</td>
							<td class="tight" data-label={t("mail_written")}><When at={mail.created} /></td>
						</tr>
					))}</tbody>
				</table>
			)}
			{problem && <p class="error" role="alert">{problem}</p>}
			{next && !waits && <p class="more"><button type="button" class="second" onClick={() => {
				get<Page<Mail>>(withQuery("/v1/mails", { ...filters, limit: 100, cursor: next })).then(
					(page) => setOlder({ key, items: [...(more?.items ?? []), ...page.items], next: page.next }),
					(error: unknown) => setProblem(messageOf(error)));
			}}>{t("more")}</button></p>}
			<p class="key-line">{t("list_keys_search")}</p>
		</>
	);
}

function Again({ mail, onDone }: { mail: MailDetail; onDone: () => void }) {
	const [to, setTo] = useState(mail.to);
	const [problem, setProblem] = useState<string | null>(null);
	const submit = (event: Event) => {
		event.preventDefault();
		const address = to.trim();
		if (!address) {
			setProblem(t("fill_in"));
			return;
		}
		call<MailDetail>("POST", `/v1/mails/${mail.id}/again`, address === mail.to ? {} : { to: address }).then(() => {
			setProblem(null);
			onDone();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<section class="card" aria-labelledby="again-title">
			<h2 id="again-title">{t("mail_again")}</h2>
			<p>{t(`mail_again_${mail.state}` as Key)}</p>
			<form onSubmit={submit} noValidate>
				<Field name="to" type="email" label={t("mail_to")} required value={to} onValue={setTo} error={problem ?? undefined} maxLength={254} />
				<button type="submit">{t("mail_again_do")}</button>
			</form>
		</section>
	);
}

export function MailPage({ id }: { id: string }) {
	const { may } = useSession();
	const loaded = useLoad(id, () => get<MailDetail>(`/v1/mails/${encodeURIComponent(id)}`));
	const [done, setDone] = useState<string | null>(null);
	useLive(["mail"], () => void loaded.reload());
	usePageKeys({ u: () => (history.length > 1 ? history.back() : go("/mails")) });
	if (loaded.error && !loaded.value) {
		return loaded.error instanceof ApiError && loaded.error.status === 404
			? <><h1>{t("not_found")}</h1><Empty title={t("not_found_help")} /><p><Link to="/mails">{t("mails_back")}</Link></p></>
			: <Problem error={loaded.error} again={() => void loaded.reload()} />;
	}
	if (!loaded.value) return <Loading />;
	const mail = loaded.value;
	return (
		<article data-state={mail.state}>
			<p class="path"><Link to="/mails">{t("mails")}</Link></p>
			<div class="title"><MailBadge state={mail.state} /><h1>{mail.subject}</h1></div>
			<Done text={done} />
			<div class="columns">
				<div class="main-column">
					<section class="card" aria-labelledby="body-title">
						<h2 id="body-title">{t("mail_body")}</h2>
						<p class="mail-body">{mail.body}</p>
					</section>
				</div>
				<aside class="side-column" aria-label={t("mail_what")}>
					<section class="card" aria-labelledby="what-title">
						<h2 id="what-title">{t("mail_what")}</h2>
						<dl class="facts">
							<div><dt>{t("mail_to")}</dt><dd>{mail.to}</dd></div>
							{mail.company && <div><dt>{t("company")}</dt><dd>{mail.company.name}</dd></div>}
							<div><dt>{t("mail_written")}</dt><dd>{moment(mail.created)}</dd></div>
							<div><dt>{t("mail_sent")}</dt><dd>{moment(mail.sent)}</dd></div>
							<div><dt>{t("mail_attempts")}</dt><dd>{number(mail.attempts)}</dd></div>
						</dl>
						{mail.unsure && <p>{t("mail_unsure")}</p>}
						{mail.problem && <><h3>{t("mail_said")}</h3><p class="result">{mail.problem}</p></>}
						{mail.application && <p><Link to={`/applications/${mail.application}`}>{t("mail_application")}</Link></p>}
					</section>
					{may("mail.again") && mail.state !== "sent" && <Again key={`${mail.to} ${mail.state}`} mail={mail} onDone={() => { setDone(t("mail_again_done")); void loaded.reload(); }} />}
				</aside>
			</div>
		</article>
	);
}
