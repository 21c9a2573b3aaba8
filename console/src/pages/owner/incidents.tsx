/* What was noticed, in the words of somebody who explains it to a friend. */
import { ApiError, get, type Action, type Device, type Incident, type IncidentDetail } from "../../api.ts";
import { useLive } from "../../live.ts";
import { Empty, Loading, Problem, useLoad } from "../../parts/basic.tsx";
import { Pages } from "../../parts/pages.tsx";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import { moment, t } from "../../text/text.ts";
import { titleOf } from "../incidents.tsx";
import { Call, useOwn } from "./home-data.tsx";

type Told = "new" | "real" | "contained" | "done" | "not";

/* The judgement is known on the incident's own page only; the list goes by the state. */
function toldOf(incident: Incident, real?: boolean | null): Told {
	if (incident.state === "false_positive" || (real === false && incident.state === "closed")) return "not";
	if (incident.state === "closed" || incident.state === "resolved") return "done";
	if (incident.state === "contained") return "contained";
	return real ? "real" : "new";
}

function ToldBadge({ told }: { told: Told }) {
	return <span class={`own-told own-told-${told}`}>{t(`incident_told_${told}`)}</span>;
}

function Row({ incident, users }: { incident: Incident; users: Map<string, string> }) {
	const user = users.get(incident.device.id);
	const told = toldOf(incident);
	return (
		<li data-row="" data-state={told}>
			<Link to={`/my/incidents/${incident.id}`} class="own-row">
				<span class="own-row-head"><ToldBadge told={told} /><time dateTime={incident.first_seen}>{moment(incident.first_seen)}</time></span>
				<b>{titleOf(incident)}</b>
				<span class="quiet">{incident.device.name}{user && ` · ${t("incident_where_user", { user })}`}</span>
			</Link>
		</li>
	);
}

export function OwnIncidentsPage() {
	const { company } = useOwn();
	/* names of users; a list of incidents is of use without them */
	const devices = useLoad("devices", () => get<{ items: Device[] }>("/v1/devices?limit=200"));
	const users = new Map((devices.value?.items ?? []).filter((d) => d.user).map((d) => [d.id, d.user]));
	return (
		<>
			<h1 class="own-title">{t("my_incidents")}</h1>
			<p>{t("my_incidents_lead")}</p>
			<Pages<Incident> path="/v1/incidents" query={company ? { company, order: "opened" } : { order: "opened" }} empty={t("my_incidents_none")} help={t("my_incidents_none_help")} live={["incident"]}>
				{(items) => <ul class="own-rows" aria-live="polite">{items.map((i) => <Row key={i.id} incident={i} users={users} />)}</ul>}
			</Pages>
		</>
	);
}

interface Deed { at: string; text: string; more?: string }

const DEEDS = ["isolate", "release", "kill", "collect", "uninstall", "licence_off"] as const;

function deedOf(action: Action): Deed | null {
	const kind = DEEDS.find((k) => k === action.kind);
	if (!kind || (action.state !== "done" && action.state !== "failed")) return null;
	return { at: action.finished ?? action.proposed, text: t(`did_${kind}`), ...(action.state === "failed" ? { more: t("did_failed") } : {}) };
}

function deedsOf(detail: IncidentDetail): Deed[] {
	const deeds: Deed[] = [{ at: detail.incident.opened, text: t("did_opened") }];
	for (const action of detail.actions) {
		const deed = deedOf(action);
		if (deed) deeds.push(deed);
	}
	if (detail.judgement) deeds.push({ at: detail.judgement.at, text: t(detail.judgement.real ? "did_judged_real" : "did_judged_not") });
	for (const contact of detail.contacts) {
		const channel = t(`channel_${contact.channel}`);
		const person = contact.person ? t("did_contact_san", { person: contact.person }) : t("did_contact_person");
		deeds.push({ at: contact.at, text: contact.reached ? t("did_contact_reached", { person, channel }) : t("did_contact_missed", { channel }) });
	}
	if (detail.story) deeds.push({ at: detail.story.at, text: t("did_told") });
	return deeds.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function Todo({ detail, told }: { detail: IncidentDetail; told: Told }) {
	const isolated = detail.device.isolated && detail.device.state === "active";
	const over = told === "done" || told === "not";
	return (
		<>
			{isolated && <p class="own-strong">{t("incident_do_isolated")}</p>}
			{told === "real" && <p class="own-strong">{t("incident_do_real")}</p>}
			{over && !isolated && <p>{t("incident_do_none")}</p>}
			{!over && !isolated && told !== "real" && <p>{t("incident_do_wait")}</p>}
			{!over && detail.judgement?.real && detail.onsite_from && <p>{t("incident_onsite", { at: moment(detail.onsite_from) })}</p>}
			{!over && <p>{t("incident_do_call")}</p>}
		</>
	);
}

export function OwnIncidentPage({ id }: { id: string }) {
	const { may } = useSession();
	const { home } = useOwn();
	const whole = useLoad(id, () => get<IncidentDetail>(`/v1/incidents/${encodeURIComponent(id)}`));
	const reload = () => void whole.reload();
	useLive(["incident", "action", "device"], reload, id);
	if (!whole.value) {
		if (whole.error instanceof ApiError && whole.error.status === 404) {
			return <><h1 class="own-title">{t("not_found")}</h1><Empty title={t("not_found_help")} /><p class="own-go"><Link to="/my/incidents">{t("my_incident_back")}</Link></p></>;
		}
		return whole.error ? <Problem error={whole.error} again={reload} /> : <Loading />;
	}
	const detail = whole.value;
	const { incident, device } = detail;
	const told = toldOf(incident, detail.judgement?.real ?? null);
	return (
		<article>
			<p class="path"><Link to="/my/incidents">{t("my_incident_back")}</Link></p>
			<div class="own-incident-head">
				<ToldBadge told={told} />
				<h1 class="own-title">{titleOf(incident)}</h1>
				<p class="quiet">{t("my_incident_n", { n: incident.number })}</p>
			</div>
			<div class="own-columns">
				<div>
					<section class="card" aria-labelledby="own-do">
						<h2 id="own-do">{t("incident_do")}</h2>
						<Todo detail={detail} told={told} />
					</section>
					<section class="card" aria-labelledby="own-what">
						<h2 id="own-what">{t("incident_what")}</h2>
						{detail.story
							? detail.story.text.split(/\n+/).filter(Boolean).map((line, i) => <p key={i}>{line}</p>)
							: <p>{t("incident_no_story", { title: titleOf(incident) })}</p>}
					</section>
					<section class="card" aria-labelledby="own-did">
						<h2 id="own-did">{t("incident_did")}</h2>
						<ol class="own-log">{deedsOf(detail).map((deed, i) => (
							<li key={i}><time dateTime={deed.at}>{moment(deed.at)}</time><div>{deed.text}{deed.more && <p class="quiet">{deed.more}</p>}</div></li>
						))}</ol>
					</section>
				</div>
				<div>
					<section class="card" aria-labelledby="own-which">
						<h2 id="own-which">{t("incident_where")}</h2>
						<dl class="own-facts">
							<div><dt>{t("report_device")}</dt><dd>{device.hostname}</dd></div>
							{device.user && <div><dt>{t("report_device_user")}</dt><dd>{t("incident_where_user", { user: device.user })}</dd></div>}
							<div><dt>{t("incident_when")}</dt><dd><time dateTime={incident.first_seen}>{moment(incident.first_seen)}</time></dd></div>
						</dl>
					</section>
					<Call home={home.value} large />
					{may("detection.read") && <p class="own-go"><Link to={`/incidents/${incident.id}`} class="own-technical">{t("incident_technical")}</Link></p>}
				</div>
			</div>
		</article>
	);
}
