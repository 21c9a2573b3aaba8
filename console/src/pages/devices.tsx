import { useState } from "preact/hooks";
import { call, get, withQuery, type Company, type Device, type Page } from "../api.ts";
import { useLive } from "../live.ts";
import { Copy, Dialog, Empty, Loading, messageOf, Problem, Time, useLoad } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { installCommand } from "../parts/install.ts";
import type { Enrolment } from "../owner-types.ts";
import { go, Link, usePlace } from "../router.tsx";
import { useSession } from "../session.ts";
import { longTime, t } from "../text/text.ts";

const SILENT_MS = 5 * 60 * 1000;

export function DeviceStateBadge({ device }: { device: Device }) {
	if (device.state === "revoked") return <span class="state state-closed">{t("device_revoked")}</span>;
	if (device.state === "uninstalled") return <span class="state state-closed">{t("device_uninstalled")}</span>;
	if (device.licence === "off") return <span class="state state-closed">{t("device_licence_off")}</span>;
	if (device.isolated) return <span class="state state-isolated">{t("device_isolated")}</span>;
	if (!device.last_seen || Date.now() - Date.parse(device.last_seen) > SILENT_MS) return <span class="state state-new">{t("device_silent")}</span>;
	return <span class="state state-resolved">{t("device_active")}</span>;
}

function AddDevice({ onClose }: { onClose: () => void }) {
	const companies = useLoad("companies", () => get<Page<Company>>("/v1/companies?limit=200"));
	const [company, setCompany] = useState("");
	const [user, setUser] = useState("");
	const [problem, setProblem] = useState<string | null>(null);
	const [made, setMade] = useState<Enrolment | null>(null);
	const chosen = company || companies.value?.items[0]?.id || "";
	const submit = (event: Event) => {
		event.preventDefault();
		if (!chosen) return;
		call<Enrolment>("POST", "/v1/enrolment-tokens", { company: chosen, ...(user.trim() ? { user: user.trim() } : {}) })
			.then(setMade, (error: unknown) => setProblem(messageOf(error)));
	};
	const command = made ? installCommand(made) : "";
	return (
		<Dialog title={t("device_add")} onClose={onClose}>
			{made ? (
				<>
					<p>{t("device_add_done")}</p>
					<pre class="command"><code>{command}</code></pre>
					<p class="quiet">{t("device_add_until", { at: longTime(made.expires) })}</p>
					<div class="buttons"><Copy text={command} /><button type="button" onClick={onClose}>{t("close")}</button></div>
				</>
			) : (
				<form onSubmit={submit}>
					<p>{t("device_add_lead")} {t("device_add_needs")}</p>
					{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
					<div class="field">
						<label for="company">{t("company")}</label>
						<select id="company" value={chosen} onChange={(event) => setCompany(event.currentTarget.value)}>
							{companies.value?.items.map((c) => <option key={c.id} value={c.id}>{c.name}</option>)}
						</select>
					</div>
					<Field name="device-user" label={t("device_add_user")} value={user} onValue={setUser} maxLength={200} />
					<div class="buttons"><button type="submit">{t("device_add_do")}</button><button type="button" class="second" onClick={onClose}>{t("cancel")}</button></div>
				</form>
			)}
		</Dialog>
	);
}

export function DevicesPage() {
	const { may } = useSession();
	const { query } = usePlace();
	const text = query.get("q") ?? "";
	const list = useLoad(text, () => get<Page<Device>>(withQuery("/v1/devices", { q: text, limit: 200 })));
	const [add, setAdd] = useState(false);
	useLive(["device", "action"], () => void list.reload());
	return (
		<>
			<div class="head"><h1>{t("devices")}</h1>
				{may("enrolment.create") && <button type="button" onClick={() => setAdd(true)}>{t("device_add")}</button>}
			</div>
			<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
				<label class="grow">{t("search")}<input type="search" value={text} maxLength={100}
					onInput={(event) => go(withQuery("/devices", { q: event.currentTarget.value }), true)} /></label>
			</form>
			{list.error ? <Problem error={list.error} again={() => void list.reload()} /> : null}
			{!list.value && !list.error && <Loading />}
			{list.value?.items.length === 0 && <Empty title={t("devices_none")} />}
			{list.value && list.value.items.length > 0 && (
				<table class="rows">
					<caption class="hidden">{t("devices")}</caption>
					<thead><tr><th scope="col">{t("hostname")}</th><th scope="col">{t("company")}</th><th scope="col">{t("state")}</th>
						<th scope="col">{t("platform")}</th><th scope="col">{t("last_seen")}</th></tr></thead>
					<tbody>{list.value.items.map((device) => (
						<tr key={device.id}>
							<th scope="row"><Link to={`/devices/${device.id}`} data-row="">{device.hostname}</Link><small>{device.user}</small></th>
							<td data-label={t("company")}>{device.company.name}</td>
							<td data-label={t("state")}><DeviceStateBadge device={device} /></td>
							<td data-label={t("platform")}>{device.platform}<small>{device.agent_version}</small></td>
							<td data-label={t("last_seen")}><Time at={device.last_seen} relative /></td>
						</tr>
					))}</tbody>
				</table>
			)}
			{add && <AddDevice onClose={() => setAdd(false)} />}
		</>
	);
}
