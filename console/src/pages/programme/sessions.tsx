/* Briefings, seminars and workshops: places, who comes, who came, exceptions, material (R-099 … R-106). */
import { useState } from "preact/hooks";
import { call, get, type List } from "../../api.ts";
import { Ask, field } from "../../parts/ask.tsx";
import { Empty, Loading, messageOf, Problem, useLoad } from "../../parts/basic.tsx";
import { Telephone } from "../../parts/staff-parts.tsx";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import type { Booking, Participant, Presence, Session, SessionDetail } from "../../support-types.ts";
import { longDay, middleDay, moment, number, t, type Key } from "../../text/text.ts";
import { programmePath } from "./frame.tsx";

const when = (s: Session): string => (s.date ? `${middleDay(s.date)}${s.from ? `　${s.from}〜${s.to ?? ""}` : ""}` : t("session_no_date"));

function Places({ of }: { of: Session }) {
	return (
		<ul class="places">{of.places.map((p) => (
			<li key={p.mode}>{t(`session_${p.mode}` as Key)} <b>{number(p.booked + p.offered)}</b>／{number(p.places)}
				{p.waiting > 0 && <span class="quiet">　{t("session_waiting", { n: number(p.waiting) })}</span>}</li>
		))}</ul>
	);
}

export function SessionsPart({ programme }: { programme: string }) {
	const list = useLoad(`sessions ${programme}`, () => get<List<Session>>(`/v1/programmes/${programme}/sessions`));
	if (list.error) return <Problem error={list.error} again={() => void list.reload()} />;
	if (!list.value) return <Loading />;
	if (list.value.items.length === 0) return <Empty title={t("sessions_none")} help={t("sessions_none_help")} />;
	return (
		<table class="rows dense">
			<caption class="hidden">{t("part_sessions")}</caption>
			<thead><tr><th scope="col">{t("session_when")}</th><th scope="col">{t("session_name")}</th><th scope="col">{t("session_places")}</th><th scope="col">{t("session_booking")}</th></tr></thead>
			<tbody>{list.value.items.map((s) => (
				<tr key={s.id}>
					<td class="tight" data-label={t("session_when")}>{when(s)}</td>
					<th scope="row"><Link to={programmePath("sessions", programme, s.id)}>{s.name}</Link><small>{t(`session_kind_${s.kind}` as Key)}{s.venue && `　${s.venue}`}</small></th>
					<td data-label={t("session_places")}><Places of={s} /></td>
					<td data-label={t("session_booking")}>{t(`session_booking_${s.booking}` as Key)}{s.booking === "open" && s.closes && <small>{t("session_closes", { at: moment(s.closes) })}</small>}</td>
				</tr>
			))}</tbody>
		</table>
	);
}

/* ---- one session ---- */

interface Come { programme: string; session: string; onDone: () => Promise<void> }

function Presence({ of, subject, come }: { of: Presence; subject: string; come: Come }) {
	const { may } = useSession();
	const [problem, setProblem] = useState<string | null>(null);
	const set = (present: boolean) => {
		call("POST", `/v1/programmes/${come.programme}/sessions/${encodeURIComponent(come.session)}/attendance`, { subject, present })
			.then(() => { setProblem(null); void come.onDone(); }, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<>
			<span class={`presence presence-${of}`}>{t(`presence_${of}` as Key)}</span>
			{may("seminar.write") && of !== "to_come" && (
				<span class="presence-set">
					<button type="button" class="plain" aria-pressed={of === "present" ? "true" : "false"} onClick={() => set(true)}>{t("presence_present")}</button>
					<button type="button" class="plain" aria-pressed={of === "missed" ? "true" : "false"} onClick={() => set(false)}>{t("presence_missed")}</button>
				</span>
			)}
			{problem && <p class="error" role="alert">＊{problem}</p>}
		</>
	);
}

function Bookings({ rows, come }: { rows: Booking[]; come: Come }) {
	return (
		<table class="rows dense">
			<caption>{t("session_bookings", { n: number(rows.filter((b) => b.state === "booked").length) })}</caption>
			<thead><tr><th scope="col">{t("session_person")}</th><th scope="col">{t("session_mode")}</th><th scope="col">{t("state")}</th><th scope="col">{t("contact")}</th><th scope="col">{t("presence")}</th></tr></thead>
			<tbody>{rows.map((b) => (
				<tr key={b.id}>
					<th scope="row">{b.name}<small>{b.company}</small></th>
					<td data-label={t("session_mode")}>{t(`session_${b.mode}` as Key)}</td>
					<td data-label={t("state")}>{t(`booking_${b.state}` as Key)}{b.offer_until && <small>{t("booking_offer_until", { at: moment(b.offer_until) })}</small>}</td>
					<td data-label={t("contact")}><Telephone number={b.telephone} /><small>{b.mail}</small></td>
					<td data-label={t("presence")}>{b.state === "booked" ? <Presence of={b.presence} subject={b.id} come={come} /> : "—"}</td>
				</tr>
			))}</tbody>
		</table>
	);
}

function Participants({ rows, come, onExcept }: { rows: Participant[]; come: Come; onExcept: (p: Participant) => void }) {
	const { may } = useSession();
	return (
		<table class="rows dense">
			<caption>{t("session_participants", { n: number(rows.length) })}</caption>
			<thead><tr><th scope="col">{t("session_person")}</th><th scope="col">{t("presence")}</th><th scope="col">{t("participant_missed")}</th><th scope="col"><span class="hidden">{t("todo")}</span></th></tr></thead>
			<tbody>{rows.map((p) => {
				const day = p.days.find((d) => d.session === come.session);
				return (
					<tr key={p.application}>
						<th scope="row"><Link to={`/applications/${p.application}`}>{p.company}</Link><small>{p.number}　{day?.person || p.person}</small></th>
						<td data-label={t("presence")}>{day ? <Presence of={day.presence} subject={p.application} come={come} /> : "—"}</td>
						<td data-label={t("participant_missed")} class={p.missed > 0 ? "late" : ""}>{t("participant_missed_n", { n: number(p.missed), of: number(p.days.length) })}</td>
						<td>{may("seminar.write") && <button type="button" class="plain" onClick={() => onExcept(p)} aria-label={`${t("exception")}: ${p.company}`}>{t("exception")}</button>}</td>
					</tr>
				);
			})}</tbody>
		</table>
	);
}

export function SessionPart({ programme, id }: { programme: string; id: string }) {
	const { may } = useSession();
	const path = `/v1/programmes/${programme}/sessions/${encodeURIComponent(id)}`;
	const loaded = useLoad(path, () => get<SessionDetail>(path));
	const [doing, setDoing] = useState<"material" | Participant | null>(null);
	if (loaded.error) return <Problem error={loaded.error} again={() => void loaded.reload()} />;
	if (!loaded.value) return <Loading />;
	const { session, bookings, participants, exceptions } = loaded.value;
	const come: Come = { programme, session: id, onDone: loaded.reload };
	const close = () => setDoing(null);
	return (
		<article class="session">
			<p class="path"><Link to={programmePath("sessions", programme)}>{t("part_sessions")}</Link> / {session.name}</p>
			<h2>{session.name}</h2>
			<p>{session.date ? longDay(session.date) : t("session_no_date")}{session.from && `　${session.from}〜${session.to ?? ""}`}　{session.venue}</p>
			<Places of={session} />
			<p class="buttons">
				<a href={`${path}/list`} download>{t("session_csv")}</a>
				{may("seminar.write") && <button type="button" class="second small" onClick={() => setDoing("material")}>{t("material_add")}</button>}
			</p>
			{session.material.length > 0 && <ul>{session.material.map((m) => <li key={m.id}><a href={m.url} rel="noreferrer">{m.title}</a> <span class="quiet">{t(`material_${m.kind}` as Key)}</span></li>)}</ul>}
			{!session.participants && <Bookings rows={bookings} come={come} />}
			{session.participants && <Participants rows={participants} come={come} onExcept={setDoing} />}
			{exceptions.length > 0 && (
				<section aria-labelledby="exceptions-title"><h3 id="exceptions-title">{t("exceptions")}</h3>
					<ul>{exceptions.map((e, i) => <li key={i}>{moment(e.at)}　{t(`exception_${e.kind}` as Key)}　{e.person}　{e.reason}　<span class="quiet">{e.officer}</span></li>)}</ul></section>
			)}
			{doing === "material" && (
				<Ask title={t("material_add")} help={t("material_help")} button={t("material_publish")} onClose={close} first={{ kind: ["paper"] }}
					fields={[
						field("kind", "choice", t("material_kind"), { options: ["paper", "video"].map((k) => ({ id: k, name: t(`material_${k}` as Key) })) }),
						field("title", "text", t("material_title"), { max: 200 }), field("url", "text", t("document_url"), { max: 1000 }),
					]}
					send={(said) => call("POST", `${path}/material`, { kind: said("kind"), title: said("title"), url: said("url") }).then(loaded.reload)} />
			)}
			{doing && doing !== "material" && (
				<Ask title={t("exception_title", { company: doing.company })} help={t("exception_help")} button={t("save")} onClose={close}
					fields={[
						field("kind", "choice", t("exception_kind"), { options: ["substitute", "change", "online"].map((k) => ({ id: k, name: t(`exception_${k}` as Key) })) }),
						field("person", "text", t("session_person"), { max: 200, shown: { field: "kind", values: ["substitute", "change"] } }),
						field("reason", "paragraph", t("reason")),
					]}
					send={(said) => call("POST", `/v1/programmes/${programme}/exceptions`, {
						kind: said("kind"), application: doing.application, reason: said("reason"),
						...(said("kind") === "change" ? {} : { session: id }), ...(said("person") ? { person: said("person") } : {}),
					}).then(loaded.reload)} />
			)}
		</article>
	);
}
