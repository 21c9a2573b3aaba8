/* Who uses which computer, how each is, and how one more is registered. */
import { useState } from "preact/hooks";
import { ApiError, call, get, type Device, type EnrolmentToken } from "../../api.ts";
import { useLive } from "../../live.ts";
import { Copy, Dialog, Empty, Loading, messageOf, Problem, useLoad } from "../../parts/basic.tsx";
import { Field } from "../../parts/field.tsx";
import { installCommand } from "../../parts/install.ts";
import type { CompanyUser, CompanyUsers, Enrolment } from "../../owner-types.ts";
import { Link } from "../../router.tsx";
import { useSession } from "../../session.ts";
import { ago, moment, number, t } from "../../text/text.ts";
import { useOwn } from "./home-data.tsx";

/* A computer may rest over a week-end; after that somebody should look (as on the home page). */
const SILENT_MS = 3 * 24 * 3600 * 1000;
const NAME_MAX = 100;

export type DeviceWord = "active" | "waiting" | "silent" | "isolated" | "off" | "revoked" | "uninstalled";

export function deviceWord(device: Device): DeviceWord {
	if (device.state !== "active") return device.state;
	if (device.licence === "off") return "off";
	if (device.isolated) return "isolated";
	if (Date.now() - Date.parse(device.last_seen ?? device.enrolled) > SILENT_MS) return "silent";
	return device.last_seen ? "active" : "waiting";
}

const icons: Record<DeviceWord, string> = {
	active: "M5 13l4 4L19 7", silent: "M12 6v7M12 17v1", isolated: "M7 7h10v10H7z",
	off: "M6 12h12", waiting: "M12 7v5l3 3", revoked: "M7 7l10 10M17 7 7 17", uninstalled: "M7 7l10 10M17 7 7 17",
};

export function DeviceWordBadge({ word }: { word: DeviceWord }) {
	return (
		<span class={`own-device-state own-device-${word}`}>
			<svg viewBox="0 0 24 24" aria-hidden="true"><path d={icons[word]} /></svg>{t(`my_device_${word}`)}
		</span>
	);
}

function DeviceRow({ device }: { device: Device }) {
	const word = deviceWord(device);
	return (
		<li class="own-device" data-row="" data-state={word}>
			<div class="own-device-name"><b>{device.hostname}</b><DeviceWordBadge word={word} /></div>
			{word === "silent" && <p class="own-help">{t("my_device_silent_help", { at: moment(device.last_seen ?? device.enrolled) })}</p>}
			{word === "isolated" && <p class="own-help">{t("my_device_isolated_help")}</p>}
			{word === "off" && <p class="own-help">{t("my_device_off_help")}</p>}
			{word === "waiting" && <p class="own-help">{t("my_device_waiting_help")}</p>}
			{word === "active" && <p class="quiet">{t("my_device_seen", { at: ago(device.last_seen ?? device.enrolled, Date.now()) })}</p>}
		</li>
	);
}

/* One person, however the name was typed. */
const folded = (name: string): string => name.normalize("NFKC").replace(/\s+/g, "").toLowerCase();

interface InstallProps { company: string; user: string | null; perUser: number | null; known: Device[]; onClose: () => void; onMade: () => void }

/* The known devices are those from before; a new one of this user is the one that was waited for. */
function Install({ company, user, perUser, known, onClose, onMade }: InstallProps) {
	const [name, setName] = useState(user ?? "");
	const [tried, setTried] = useState(false);
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const [made, setMade] = useState<Enrolment | null>(null);
	const [before] = useState(() => new Set(known.map((d) => d.id)));
	const make = () => {
		setTried(true);
		if (!name.trim() || busy) return;
		setBusy(true);
		setProblem(null);
		call<Enrolment>("POST", "/v1/enrolment-tokens", { company, user: name.trim() }).then((next) => {
			setMade(next);
			onMade();
		}, (error: unknown) => setProblem(messageOf(error))).finally(() => setBusy(false));
	};
	const arrived = made ? known.find((d) => !before.has(d.id) && folded(d.user) === folded(name)) : undefined;
	if (!made) {
		return (
			<Dialog title={user ? t("my_device_add_for", { user }) : t("my_user_add")} onClose={onClose}>
				<form onSubmit={(event) => { event.preventDefault(); make(); }} noValidate>
					{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
					<p>{t("install_needs")}</p>
					{!user && (
						<>
							<p>{perUser ? t("my_user_add_lead", { n: perUser }) : t("my_user_add_lead_free")}</p>
							<Field name="device-user" label={t("my_user_name")} required value={name} onValue={setName} maxLength={NAME_MAX}
								error={tried && !name.trim() ? t("fill_in") : undefined} />
						</>
					)}
					<div class="buttons">
						<button type="submit" aria-disabled={busy ? "true" : "false"}>{t("install_next")}</button>
						<button type="button" class="second" onClick={onClose}>{t("cancel")}</button>
					</div>
				</form>
			</Dialog>
		);
	}
	const command = installCommand(made);
	return (
		<Dialog title={t("install_title", { user: name.trim() })} onClose={onClose}>
			{arrived ? (
				<div class="good" role="status"><p><b>{t("install_done", { name: arrived.hostname })}</b></p><p>{t("install_done_help")}</p></div>
			) : (
				<>
					<ol class="own-install">
						<li>{t("install_step_open")}</li>
						<li>{t("install_step_paste")}
							<pre class="command" tabIndex={0} role="region" aria-label={t("install_command")}><code>{command}</code></pre>
							<Copy text={command} label={t("install_copy")} class="" />
						</li>
						<li>{t("install_step_wait")}</li>
					</ol>
					<p class="quiet">{t("install_needs")} {t("install_expires", { at: moment(made.expires) })}</p>
					<p class="quiet own-phone-only">{t("install_phone")}</p>
					<p class="own-waiting" role="status">{t("install_waiting")}</p>
				</>
			)}
			<div class="buttons"><button type="button" class={arrived ? "" : "second"} onClick={onClose}>{t("install_close")}</button></div>
		</Dialog>
	);
}

function Places({ n, all }: { n: number; all: number | null }) {
	if (all === null) return <span class="quiet">{t("my_user_devices_free", { n })}</span>;
	return (
		<span class="own-places">
			{all <= 10 && <svg viewBox={`0 0 ${all * 12} 10`} width={all * 12} aria-hidden="true">{Array.from({ length: all }, (_, i) => <circle key={i} class={i < n ? "taken" : ""} cx={i * 12 + 5} cy="5" r="4" />)}</svg>}
			{t("my_user_devices", { n, all })}
		</span>
	);
}

interface UserProps { user: CompanyUser; perUser: number | null; over: boolean; onInstall: (user: string) => void }

function User({ user, perUser, over, onInstall }: UserProps) {
	const { may } = useSession();
	const active = user.devices.filter((d) => d.state === "active");
	const gone = user.devices.filter((d) => d.state !== "active");
	const open = over ? [] : user.tokens.filter((token: EnrolmentToken) => !token.used && !token.revoked && Date.parse(token.expires) > Date.now());
	const full = perUser !== null && active.length >= perUser;
	return (
		<section class="card own-user" aria-label={user.user || t("my_user_unknown")} data-row="">
			<div class="own-user-head"><h2>{user.user || t("my_user_unknown")}</h2><Places n={active.length} all={perUser} /></div>
			<ul class="own-device-list">
				{active.map((d) => <DeviceRow key={d.id} device={d} />)}
				{open.map((token) => <li key={token.id} class="own-device own-device-open"><p class="quiet">{t("my_device_open", { at: moment(token.expires) })}</p></li>)}
			</ul>
			{full && !over && perUser !== null && <p class="own-help">{t("my_user_full", { n: perUser })}</p>}
			{may("enrolment.create") && user.user && !full && !over && (
				<button type="button" class="second" aria-label={t("my_device_add_for", { user: user.user })} onClick={() => onInstall(user.user)}>{t("my_device_add")}</button>
			)}
			{gone.length > 0 && (
				<details class="own-fold"><summary>{t("my_devices_gone", { n: number(gone.length) })}</summary>
					<ul class="own-device-list">{gone.map((d) => <DeviceRow key={d.id} device={d} />)}</ul>
				</details>
			)}
		</section>
	);
}

export function OwnDevicesPage() {
	const { may } = useSession();
	const { home, company } = useOwn();
	const over = home.value?.state === "after";
	const list = useLoad(company, () => get<CompanyUsers>(`/v1/companies/${encodeURIComponent(company)}/users`));
	const [install, setInstall] = useState<{ user: string | null } | null>(null);
	useLive(["device", "action"], () => void list.reload());
	if (!list.value) {
		if (list.error instanceof ApiError && list.error.status === 404) return <Empty title={t("my_devices_none")} />;
		return list.error ? <Problem error={list.error} again={() => void list.reload()} /> : <Loading />;
	}
	const { items, limit_users, limit_devices_per_user } = list.value;
	const users = items.filter((u) => u.devices.some((d) => d.state === "active")).length;
	const devices = items.flatMap((u) => u.devices);
	return (
		<>
			<div class="head">
				<h1 class="own-title">{t("my_devices")}</h1>
				{may("enrolment.create") && !over && <button type="button" onClick={() => setInstall({ user: null })}>{t("my_user_add")}</button>}
			</div>
			<p>{t(over ? "my_devices_over" : "my_devices_lead")} <span class="quiet">{limit_users === null
				? t("my_users_count_free", { n: number(users) }) : t("my_users_count", { n: number(users), all: number(limit_users) })}</span></p>
			{list.error ? <Problem error={list.error} again={() => void list.reload()} /> : null}
			{items.length === 0 ? <Empty title={t("my_devices_none")} {...(may("enrolment.create") && !over ? { help: t("my_devices_none_help") } : {})} /> : (
				<div class="own-users">
					{items.map((u) => <User key={u.user} user={u} perUser={limit_devices_per_user} over={over} onInstall={(user) => setInstall({ user })} />)}
				</div>
			)}
			<p class="own-go"><Link to="/my/more">{t("more_experts")}</Link></p>
			{install && (
				<Install company={company} user={install.user} perUser={limit_devices_per_user} known={devices}
					onClose={() => { setInstall(null); void list.reload(); }} onMade={() => void list.reload()} />
			)}
		</>
	);
}
