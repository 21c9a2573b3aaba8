/* The draw of a programme: prepared by the office, published by the city, drawn by what nobody could know (R-016 … R-018). */
import { useState } from "preact/hooks";
import { ApiError, call, get } from "../../api.ts";
import { useLive } from "../../live.ts";
import { Ask, field, saidInstant } from "../../parts/ask.tsx";
import { Copy, Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import type { Lottery, LotteryRow } from "../../support-types.ts";
import { moment, number, t, type Key } from "../../text/text.ts";

type Doing = { what: "move" | "prepare" | "publish" | "enter" } | { what: "follow"; row: LotteryRow };
interface PartProps { programme: string; lottery: Lottery; onDone: () => Promise<void>; onDo: (doing: Doing) => void }

/* ---- what was done and what comes next ---- */

const order = ["none", "prepared", "published", "drawn"] as const;

function Way({ lottery }: { lottery: Lottery }) {
	const at = order.indexOf(lottery.state);
	const when = [null, lottery.prepared ?? null, lottery.published ?? null, lottery.drawn ?? null];
	return (
		<ol class="progress" aria-label={t("part_lottery")}>
			{order.slice(1).map((state, i) => (
				<li key={state} class={i + 1 === at ? "current" : i + 1 < at ? "reached" : ""} {...(i + 1 === at ? { "aria-current": "step" as const } : {})}>
					{t(`lottery_${state}` as Key)}{when[i + 1] && <small>{moment(when[i + 1] ?? null)}</small>}</li>
			))}
		</ol>
	);
}

function Next({ lottery, onDo }: PartProps) {
	const { may } = useSession();
	const { state } = lottery;
	return (
		<section class="card todo" aria-labelledby="lottery-next">
			<h2 id="lottery-next">{t("todo")}</h2>
			<p class="task">{t(`lottery_next_${state}` as Key, { n: lottery.entered ?? 0, at: moment(lottery.after ?? null) })}</p>
			{state === "published" && lottery.what && <p>{lottery.what}</p>}
			{state === "published" && lottery.source === "beacon" && <p>{t("lottery_round", { n: lottery.round ?? 0 })}</p>}
			<div class="buttons">
				{(state === "none" || state === "prepared") && may("lottery.prepare") && (
					<>
						<button type="button" class={state === "none" ? "" : "second"} onClick={() => onDo({ what: "prepare" })}>{t(state === "none" ? "lottery_prepare" : "lottery_prepare_again")}</button>
						{lottery.frames.length > 1 && <button type="button" class="second" onClick={() => onDo({ what: "move" })}>{t("lottery_move")}</button>}
					</>
				)}
				{state === "prepared" && may("lottery.publish") && <button type="button" onClick={() => onDo({ what: "publish" })}>{t("lottery_publish")}</button>}
				{state === "published" && may("lottery.work") && <button type="button" onClick={() => onDo({ what: "enter" })}>{t("lottery_enter")}</button>}
				{lottery.page && state !== "prepared" && <a href={lottery.page}>{t("lottery_page")}</a>}
			</div>
			{lottery.digest && <p class="digest"><span class="quiet">SHA-256</span> <code>{lottery.digest}</code> <Copy text={lottery.digest} /></p>}
		</section>
	);
}

function Frames({ lottery }: { lottery: Lottery }) {
	const wanted = (id: string) => (lottery.rows ?? []).filter((r) => r.frame === id).length;
	return (
		<table class="rows dense">
			<caption>{t("lottery_frames", { n: number(lottery.places) })}</caption>
			<thead><tr><th scope="col">{t("lottery_frame")}</th><th scope="col">{t("lottery_places")}</th><th scope="col">{t("lottery_wanted")}</th></tr></thead>
			<tbody>{lottery.frames.map((f) => (
				<tr key={f.id}><th scope="row">{f.name}</th><td data-label={t("lottery_places")}>{f.exact ? "" : t("seat_about")}{number(f.places)}</td>
					<td data-label={t("lottery_wanted")}>{lottery.rows ? number(wanted(f.id)) : "—"}</td></tr>
			))}</tbody>
		</table>
	);
}

function Movements({ lottery }: { lottery: Lottery }) {
	if (lottery.movements.length === 0) return null;
	return (
		<section aria-labelledby="lottery-movements">
			<h2 id="lottery-movements">{t("lottery_movements")}</h2>
			<ol class="timeline">{lottery.movements.map((m, i) => (
				<li key={i} class="entry"><span class="entry-time">{moment(m.at)}</span>
					<div><p>{m.frames.map((f) => `${f.name} ${f.places}`).join("　")}</p><p>{m.reason}</p><p class="quiet">{m.officer}</p></div></li>
			))}</ol>
		</section>
	);
}

function Rows({ lottery, onDo }: PartProps) {
	const { may } = useSession();
	const rows = lottery.rows ?? [];
	const drawn = lottery.state === "drawn";
	const frame = (id: string | null) => lottery.frames.find((f) => f.id === id)?.name ?? t("lottery_open_place");
	if (rows.length === 0) return null;
	return (
		<table class="rows dense">
			<caption>{t("lottery_rows", { n: number(rows.length) })}</caption>
			<thead><tr>{drawn && <th scope="col">{t("lottery_order")}</th>}<th scope="col">{t("lottery_ticket")}</th><th scope="col">{t("company")}</th>
				<th scope="col">{t("lottery_frame")}</th>{drawn && <th scope="col">{t("lottery_result")}</th>}</tr></thead>
			<tbody>{rows.map((row) => (
				<tr key={row.ticket} class={row.won ? "won" : ""}>
					{drawn && <td class="tight" data-label={t("lottery_order")}>{number(row.order)}</td>}
					<td class="tight number" data-label={t("lottery_ticket")}>{row.ticket}</td>
					<th scope="row"><Link to={`/applications/${row.application}`}>{row.company}</Link><small>{row.number}</small></th>
					<td data-label={t("lottery_frame")}>{frame(row.frame)}</td>
					{drawn && (
						<td data-label={t("lottery_result")}><b>{row.won ? t("lottery_won") : t("lottery_waits")}</b>
							<small>{t(`lottery_fate_${row.fate}` as Key)}{row.won && row.seat !== row.frame && `　${t("lottery_seat", { frame: frame(row.seat) })}`}</small>
							{(row.won || row.fate === "followed") && may("lottery.prepare") && row.fate !== "vacated" && (
								<button type="button" class="plain" onClick={() => onDo({ what: "follow", row })} aria-label={`${t("lottery_follow")}: ${row.company}`}>{t("lottery_follow")}</button>
							)}</td>
					)}
				</tr>
			))}</tbody>
		</table>
	);
}

/* ---- the acts ---- */

function Act({ doing, programme, lottery, onDone, onClose }: { doing: Doing; programme: string; lottery: Lottery; onDone: () => Promise<void>; onClose: () => void }) {
	const path = `/v1/programmes/${programme}/lottery`;
	const post = (to: string, body: unknown) => call("POST", `${path}${to}`, body).then(onDone);
	const reason = field("reason", "paragraph", t("reason"));
	if (doing.what === "follow") {
		return <Ask title={t("lottery_follow")} help={t("lottery_follow_help", { company: doing.row.company })} fields={[reason]} button={t("lottery_follow")} onClose={onClose}
			send={(said) => post("/places", { winner: doing.row.application, reason: said("reason") })} />;
	}
	if (doing.what === "prepare") {
		return <Ask title={t("lottery_prepare")} help={t("lottery_prepare_help")} button={t("lottery_prepare")} onClose={onClose} first={{ source: ["beacon"] }}
			fields={[
				field("source", "choice", t("lottery_source"), { options: ["beacon", "officers"].map((id) => ({ id, name: t(`lottery_source_${id}` as Key) })) }),
				field("day", "date", t("lottery_day")),
				field("time", "time", t("visit_time"), { help: t("visit_time_help") }),
				field("what", "paragraph", t("lottery_what"), { help: t("lottery_what_help"), shown: { field: "source", values: ["officers"] } }),
			]}
			send={(said) => post("", { source: said("source"), after: saidInstant(said), ...(said("what") ? { what: said("what") } : {}) })} />;
	}
	if (doing.what === "move") {
		return <Ask title={t("lottery_move")} help={t("lottery_move_help", { n: number(lottery.frames.reduce((n, f) => n + f.places, 0)) })} button={t("save")} onClose={onClose}
			first={Object.fromEntries(lottery.frames.map((f) => [f.id, [String(f.places)]]))}
			fields={[...lottery.frames.map((f) => field(f.id, "number", f.name)), reason]}
			send={(said) => post("/frames", { frames: lottery.frames.map((f) => ({ id: f.id, places: Number(said(f.id)) })), reason: said("reason") })} />;
	}
	if (doing.what === "publish") {
		return <Ask title={t("lottery_publish")} help={t("lottery_publish_help", { n: number(lottery.rows?.length ?? 0), digest: lottery.digest ?? "" })} fields={[]}
			button={t("lottery_publish")} onClose={onClose} send={() => post("/publication", { digest: lottery.digest })} />;
	}
	return <Ask title={t("lottery_enter")} help={t(lottery.source === "beacon" ? "lottery_enter_beacon" : "lottery_enter_officers", { n: lottery.round ?? 0 })} button={t("lottery_enter")} onClose={onClose}
		fields={[field("value", "text", t("lottery_value"), { max: 200 }), field("proof", "paragraph", t("lottery_proof"), { help: t("lottery_proof_help") })]}
		send={(said) => post("/values", { value: said("value"), proof: said("proof") })} />;
}

export function LotteryPart({ programme }: { programme: string }) {
	const [doing, setDoing] = useState<Doing | null>(null);
	const loaded = useLoad(`lottery ${programme}`, () => get<Lottery>(`/v1/programmes/${programme}/lottery`));
	useLive(["application"], () => void loaded.reload());
	if (loaded.error instanceof ApiError && loaded.error.status === 404) return <Empty title={t("lottery_no")} help={t("lottery_no_help")} />;
	if (loaded.error) return <Problem error={loaded.error} again={() => void loaded.reload()} />;
	const lottery = loaded.value;
	if (!lottery) return <Loading />;
	const props: PartProps = { programme, lottery, onDone: loaded.reload, onDo: setDoing };
	return (
		<div class="lottery" data-state={lottery.state}>
			<Way lottery={lottery} />
			<Next {...props} />
			<Frames lottery={lottery} />
			<Rows {...props} />
			{lottery.seed && <p class="digest"><span class="quiet">{t("lottery_seed")}</span> <code>{lottery.seed}</code></p>}
			<Movements lottery={lottery} />
			{doing && <Act doing={doing} programme={programme} lottery={lottery} onDone={loaded.reload} onClose={() => setDoing(null)} />}
		</div>
	);
}
