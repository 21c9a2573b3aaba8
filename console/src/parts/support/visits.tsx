/* Visits of one application: the agenda with what is planned and held; booking, moving, calling off, recording. */
import { useState } from "preact/hooks";
import { call } from "../../api.ts";
import { useSession } from "../../session.ts";
import type { CourseVisits, Visit } from "../../support-types.ts";
import { dayOf, moment, number, t, type Key } from "../../text/text.ts";
import { Ask, field, saidInstant, type Said } from "../ask.tsx";
import type { PartProps } from "./support.tsx";

const formText = (form: string): string => t(`visit_form_${form}` as Key);

const timeOf = (instant: string): string => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" }).format(new Date(instant));

function fieldsOf(course: CourseVisits, { support }: PartProps, isNew: boolean) {
	return [
		field("day", "date", t("visit_day")),
		field("time", "time", t("visit_time"), { help: t("visit_time_help") }),
		field("minutes", "number", t("visit_minutes"), { min: course.minutes_min, max: course.minutes_max }),
		field("form", "choice", t("visit_form"), { options: course.forms.map((id) => ({ id, name: formText(id) })) }),
		field("requested", "yes_no", t("visit_requested"), { shown: { field: "form", values: ["online"] } }),
		field("expert", "choice", t("visit_expert"), { options: support.experts.map((e) => ({ id: e.id ?? "", name: e.name })) }),
		...(isNew ? [field("reason", "paragraph", t("visit_reason"), { required: false, help: t("visit_reason_help") })] : []),
	];
}
const bodyOf = (said: Said) => ({
	form: said("form"), requested: said("requested") === "yes", from: saidInstant(said), minutes: Number(said("minutes")), expert: said("expert"),
});

type Doing = { what: "book"; course: CourseVisits; number: number } | { what: "move" | "cancel" | "record"; course: CourseVisits; visit: Visit };

function VisitDialog({ doing, props, onClose }: { doing: Doing; props: PartProps; onClose: () => void }) {
	const { application, onDone } = props;
	if (doing.what === "book") {
		const title = t("visit_book_title", { n: doing.number, title: doing.course.agenda.find((a) => a.number === doing.number)?.title ?? "" });
		return <Ask title={title} fields={fieldsOf(doing.course, props, true)} button={t("visit_book")} onClose={onClose}
			first={{ minutes: [String(doing.course.minutes_max)], ...(doing.course.forms.length === 1 ? { form: [doing.course.forms[0] ?? ""] } : {}) }}
			send={(said) => call("POST", `/v1/applications/${application}/visits`, {
				course: doing.course.id, number: doing.number, ...bodyOf(said), ...(said("reason") ? { reason: said("reason") } : {}),
			}).then(onDone)} />;
	}
	const { visit } = doing;
	const path = `/v1/visits/${visit.id}`;
	if (doing.what === "move") {
		return <Ask title={t("visit_move")} fields={fieldsOf(doing.course, props, false)} button={t("save")} onClose={onClose}
			first={{
				day: [dayOf(visit.from)], time: [timeOf(visit.from)], minutes: [String(visit.minutes)], form: [visit.form],
				requested: [visit.requested ? "yes" : "no"], expert: [visit.expert.id ?? ""],
			}}
			send={(said) => call("PUT", path, bodyOf(said)).then(onDone)} />;
	}
	if (doing.what === "cancel") {
		return <Ask title={t("visit_cancel")} fields={[field("reason", "paragraph", t("reason"))]} button={t("visit_cancel")} onClose={onClose}
			send={(said) => call("POST", `${path}/cancel`, { reason: said("reason") }).then(onDone)} />;
	}
	return <Ask title={t("visit_record")} help={t("visit_record_help")} fields={[field("record", "paragraph", t("visit_done_what"))]} button={t("save")} onClose={onClose}
		send={(said) => call("POST", `${path}/record`, { record: said("record") }).then(onDone)} />;
}

function Row({ visit, may, onDo }: { visit: Visit; may: boolean; onDo: (what: "move" | "cancel" | "record") => void }) {
	return (
		<li class={`visit-${visit.state}`} data-visit={visit.state}>
			<p class="support-head"><b>{t("visit_n", { n: visit.number })}　{visit.title}</b><span class="quiet">{t(`visit_${visit.state}` as Key)}</span></p>
			<p><time dateTime={visit.from}>{moment(visit.from)}</time>　{t("visit_length", { n: number(visit.minutes) })}　{formText(visit.form)}　{visit.expert.name}</p>
			{visit.reason && <p class="quiet">{t("reason")}：{visit.reason}</p>}
			{visit.record && <details><summary>{t("visit_done_what")}</summary><p class="note-text">{visit.record}</p></details>}
			{may && visit.state === "planned" && (
				<div class="buttons">
					<button type="button" class="small" onClick={() => onDo("record")}>{t("visit_record")}</button>
					<button type="button" class="second small" onClick={() => onDo("move")}>{t("visit_move")}</button>
					<button type="button" class="second small" onClick={() => onDo("cancel")}>{t("visit_cancel")}</button>
				</div>
			)}
		</li>
	);
}

export function Visits(props: PartProps) {
	const { may } = useSession();
	const [doing, setDoing] = useState<Doing | null>(null);
	const write = may("support.write");
	return (
		<>
			{props.support.courses.map((course) => {
				const visits = props.support.visits.filter((v) => v.course === course.id);
				const taken = new Set(visits.filter((v) => v.state !== "cancelled").map((v) => v.number));
				const free = course.agenda.filter((a) => !taken.has(a.number));
				return (
					<div key={course.id} data-course={course.id}>
						{props.support.courses.length > 1 && <h3>{course.name}</h3>}
						<p class="quiet">{t("visits_count", { n: taken.size, of: course.given || course.agenda.length })}</p>
						<ul class="support-list">
							{visits.map((visit) => <Row key={visit.id} visit={visit} may={write} onDo={(what) => setDoing({ what, course, visit })} />)}
							{free.map((a) => (
								<li key={a.number} class="is-open">
									<p class="support-head"><b>{t("visit_n", { n: a.number })}　{a.title}</b><span class="quiet">{t("visit_not_booked")}</span></p>
									{a.content && <p class="quiet">{a.content}</p>}
									{write && <div class="buttons"><button type="button" class="second small" onClick={() => setDoing({ what: "book", course, number: a.number })}
										aria-label={`${t("visit_book")}: ${t("visit_n", { n: a.number })}`}>{t("visit_book")}</button></div>}
								</li>
							))}
						</ul>
					</div>
				);
			})}
			{doing && <VisitDialog doing={doing} props={props} onClose={() => setDoing(null)} />}
		</>
	);
}
