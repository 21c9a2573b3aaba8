/* Response: what can be done to a device, confirmed with a reason, and what became of it. */
import { useState } from "preact/hooks";
import { call, type Action, type ActionKind, type Device, type Process } from "../api.ts";
import type { IncidentContact } from "../programme-types.ts";
import { useSession } from "../session.ts";
import { resultText } from "../text/results.ts";
import { t, type Key } from "../text/text.ts";
import { Dialog, messageOf, Time } from "./basic.tsx";
import { ConsentLine } from "./consent.tsx";
import { Field } from "./field.tsx";

export const kindText = (kind: string): string => t(`action_${kind}` as Key);
export const actionStateText = (state: string): string => t(`action_state_${state}` as Key);

interface AskProps { path: string; kind: ActionKind; device: Device; process: Process | null; contacts?: IncidentContact[] | undefined; onClose: () => void; onDone: () => void }

export function AskAction({ path, kind, device, process, contacts, onClose, onDone }: AskProps) {
	const { may } = useSession();
	const [reason, setReason] = useState("");
	const [tried, setTried] = useState(false);
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const send = may("action.approve") && may("action.send");
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		if (!reason.trim() || busy) return;
		setBusy(true);
		call<Action>("POST", path, { kind, reason: reason.trim(), send, ...(process ? { process: process.guid } : {}) }).then(() => {
			onDone();
			onClose();
		}, (error: unknown) => {
			setBusy(false);
			setProblem(messageOf(error));
		});
	};
	return (
		<Dialog title={kindText(kind)} onClose={onClose}>
			<p>{t(`action_${kind}_help` as Key)}</p>
			<dl class="facts">
				<div><dt>{t("action_target")}</dt><dd>{device.hostname}（{device.company.name}）</dd></div>
				{process && <div><dt>{t("process_tree")}</dt><dd><code>{process.command_line || process.image}</code></dd></div>}
			</dl>
			{contacts && (kind === "isolate" || kind === "kill") && <ConsentLine contacts={contacts} kind={kind} />}
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			<form onSubmit={submit} noValidate>
				<Field name="reason" label={t("action_reason")} support={t("action_reason_help")} required rows={2} maxLength={1000}
					value={reason} onValue={setReason} error={tried && !reason.trim() ? t("fill_in") : undefined} />
				<div class="buttons">
					<button type="submit" class={kind === "release" || kind === "collect" ? "" : "danger"}>{send ? t("action_do") : t("action_propose")}</button>
					<button type="button" class="second" onClick={onClose}>{t("cancel")}</button>
				</div>
			</form>
		</Dialog>
	);
}

function ActionRow({ action, onDone }: { action: Action; onDone: () => void }) {
	const { may } = useSession();
	const [problem, setProblem] = useState<string | null>(null);
	const act = (verb: string, body?: unknown) => {
		call("POST", `/v1/actions/${action.id}/${verb}`, body).then(onDone, (error: unknown) => setProblem(messageOf(error)));
	};
	const waits = action.state === "proposed" || action.state === "approved";
	return (
		<li class={`action action-${action.state}`}>
			<p><b>{kindText(action.kind)}</b> <span class="action-state">{actionStateText(action.state)}</span></p>
			<p class="quiet">{action.proposed_by?.name ?? t("action_by_rule")} · <Time at={action.finished ?? action.sent ?? action.proposed} /> · {action.reason}</p>
			{action.result && <p class="result">{resultText(action.result)}</p>}
			{problem && <p class="error" role="alert">{problem}</p>}
			{waits && (
				<p class="buttons">
					{action.state === "proposed" && may("action.approve") && <button type="button" onClick={() => act("approve", {})}>{t("action_approve")}</button>}
					{action.state === "approved" && may("action.send") && <button type="button" onClick={() => act("send")}>{t("action_send")}</button>}
					{may("action.approve") && <button type="button" class="second" onClick={() => act("refuse", { reason: t("action_refuse") })}>{t("action_refuse")}</button>}
				</p>
			)}
		</li>
	);
}

interface ActionsProps { path: string; device: Device; actions: Action[]; contacts?: IncidentContact[] | undefined; onDone: () => void }

export function Actions({ path, device, actions, contacts, onDone }: ActionsProps) {
	const { may } = useSession();
	const [kind, setKind] = useState<ActionKind | null>(null);
	const kinds: ActionKind[] = [device.isolated ? "release" : "isolate", "collect", "uninstall"];
	return (
		<section class="card response" aria-labelledby="actions-title">
			<h2 id="actions-title">{t("actions")}</h2>
			{device.isolated && <p class="isolated" role="status">{t("device_isolated")}</p>}
			{may("action.propose") && device.state === "active" && (
				<div class="buttons upright">
					{kinds.map((k) => (
						<button key={k} type="button" class={k === "isolate" ? "danger" : "second"} onClick={() => setKind(k)}>{kindText(k)}</button>
					))}
				</div>
			)}
			{actions.length === 0 ? <p class="quiet">{t("actions_none")}</p>
				: <ol class="actions" aria-live="polite">{actions.map((a) => <ActionRow key={a.id} action={a} onDone={onDone} />)}</ol>}
			{kind && <AskAction path={path} kind={kind} device={device} process={null} contacts={contacts} onClose={() => setKind(null)} onDone={onDone} />}
		</section>
	);
}
