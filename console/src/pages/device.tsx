import { useState } from "preact/hooks";
import { ApiError, call, get, withQuery, type Action, type Device, type Incident, type List, type Page } from "../api.ts";
import { useLive } from "../live.ts";
import { Actions } from "../parts/actions.tsx";
import { Dialog, Empty, Loading, messageOf, Problem, SeverityBadge, StateBadge, Time, useLoad } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { Link } from "../router.tsx";
import { useSession } from "../session.ts";
import { longTime, t } from "../text/text.ts";
import { DeviceStateBadge } from "./devices.tsx";
import { titleOf } from "./incidents.tsx";

interface Whole { device: Device; actions: List<Action>; incidents: Page<Incident> }

function Revoke({ device, onClose, onDone }: { device: Device; onClose: () => void; onDone: () => void }) {
	const [reason, setReason] = useState("");
	const [problem, setProblem] = useState<string | null>(null);
	const submit = (event: Event) => {
		event.preventDefault();
		if (!reason.trim()) {
			setProblem(t("fill_in"));
			return;
		}
		call("POST", `/v1/devices/${device.id}/revoke`, { reason: reason.trim() }).then(() => {
			onDone();
			onClose();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<Dialog title={t("device_revoke")} onClose={onClose}>
			<p>{t("device_revoke_help")}</p>
			<form onSubmit={submit} noValidate>
				<Field name="revoke-reason" label={t("action_reason")} required rows={2} value={reason} onValue={setReason} error={problem ?? undefined} maxLength={1000} />
				<div class="buttons"><button type="submit" class="danger">{t("device_revoke")}</button>
					<button type="button" class="second" onClick={onClose}>{t("cancel")}</button></div>
			</form>
		</Dialog>
	);
}

export function DevicePage({ id }: { id: string }) {
	const { may } = useSession();
	const [revoke, setRevoke] = useState(false);
	const whole = useLoad<Whole>(id, async () => {
		const path = `/v1/devices/${encodeURIComponent(id)}`;
		const [device, actions, incidents] = await Promise.all([
			get<Device>(path),
			may("action.read") ? get<List<Action>>(`${path}/actions`) : { items: [] },
			may("incident.read") ? get<Page<Incident>>(withQuery("/v1/incidents", { device: id, limit: 20 })) : { items: [], next: null },
		]);
		return { device, actions, incidents };
	});
	const reload = () => void whole.reload();
	useLive(["device", "action", "incident"], reload);
	if (whole.error && !whole.value) {
		return whole.error instanceof ApiError && whole.error.status === 404
			? <><h1>{t("not_found")}</h1><Empty title={t("not_found_help")} /></>
			: <Problem error={whole.error} again={reload} />;
	}
	if (!whole.value) return <Loading />;
	const { device, actions, incidents } = whole.value;
	return (
		<article>
			<p class="path"><Link to="/devices">{t("nav_devices")}</Link></p>
			<div class="title"><DeviceStateBadge device={device} /><h1>{device.hostname}</h1><p class="quiet">{device.company.name}</p></div>
			<div class="columns">
				<div class="main-column">
					<section class="card">
						<dl class="facts">
							<div><dt>{t("device_user")}</dt><dd>{device.user || "—"}</dd></div>
							<div><dt>{t("platform")}</dt><dd>{device.platform}</dd></div>
							<div><dt>{t("agent_version")}</dt><dd>{device.agent_version || "—"}</dd></div>
							<div><dt>{t("last_seen")}</dt><dd><Time at={device.last_seen} relative /></dd></div>
							<div><dt>{t("enrolled")}</dt><dd>{longTime(device.enrolled)}</dd></div>
							<div><dt>{t("certificate_expires")}</dt><dd>{longTime(device.certificate_expires)}</dd></div>
						</dl>
						{may("device.revoke") && device.state === "active" && (
							<button type="button" class="plain danger" onClick={() => setRevoke(true)}>{t("device_revoke")}</button>
						)}
					</section>
					{may("incident.read") && <section class="card" aria-labelledby="device-incidents">
						<h2 id="device-incidents">{t("device_incidents")}</h2>
						{incidents.items.length === 0 ? <p class="quiet">{t("none")}</p> : (
							<ul class="plain-list">{incidents.items.map((i) => (
								<li key={i.id}><SeverityBadge severity={i.severity} /> <Link to={`/incidents/${i.id}`}>{titleOf(i)}</Link> <StateBadge state={i.state} /> <Time at={i.last_seen} relative /></li>
							))}</ul>
						)}
					</section>}
				</div>
				{may("action.read") && (
					<aside class="side-column">
						<Actions path={`/v1/devices/${device.id}/actions`} device={device} actions={actions.items} onDone={reload} />
					</aside>
				)}
			</div>
			{revoke && <Revoke device={device} onClose={() => setRevoke(false)} onDone={reload} />}
		</article>
	);
}
