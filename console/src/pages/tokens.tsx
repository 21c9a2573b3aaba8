import { useState } from "preact/hooks";
import { call, get, type List, type Token } from "../api.ts";
import { Copy, Dialog, Empty, Loading, messageOf, Problem, Time, useLoad } from "../parts/basic.tsx";
import { Field } from "../parts/field.tsx";
import { useSession } from "../session.ts";
import { scopeText } from "../text/results.ts";
import { longTime, t } from "../text/text.ts";

/* What belongs to a signed-in person or to nobody; the centre refuses it for a token. */
const SESSION_ONLY = /^(session|password|token|health|site|invitation)\.|^me\.write$|^consent\.give$|^device\.enrol$/;
/* Reading changes nothing: that is ticked at first. */
const READING = /\.read$/;

function Create({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
	const { me } = useSession();
	const possible = me.may.filter((action) => !SESSION_ONLY.test(action));
	const [name, setName] = useState("");
	const [scope, setScope] = useState<string[]>(possible.filter((action) => READING.test(action)));
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<string | null>(null);
	const [secret, setSecret] = useState<string | null>(null);
	const submit = (event: Event) => {
		event.preventDefault();
		setTried(true);
		setProblem(null);
		if (!name.trim() || scope.length === 0) return;
		call<{ secret: string }>("POST", "/v1/tokens", { name: name.trim(), scope }).then((made) => {
			setSecret(made.secret);
			onDone();
		}, (error: unknown) => setProblem(messageOf(error)));
	};
	return (
		<Dialog title={t("token_create")} onClose={onClose}>
			{secret ? (
				<><p>{t("token_created")}</p><pre class="command"><code>{secret}</code></pre>
					<div class="buttons"><Copy text={secret} /><button type="button" onClick={onClose}>{t("close")}</button></div></>
			) : (
				<form onSubmit={submit} noValidate>
					<Field name="token-name" label={t("token_name")} required value={name} onValue={setName} maxLength={100} error={tried && !name.trim() ? t("fill_in") : undefined} />
					<fieldset class="scopes"><legend>{t("token_scope")}</legend>
						{tried && scope.length === 0 && <p class="error" role="alert">＊{t("fill_in")}</p>}
						{problem && <p class="error" role="alert">＊{problem}</p>}
						{possible.map((action) => (
							<label key={action}><input type="checkbox" checked={scope.includes(action)}
								onChange={() => setScope(scope.includes(action) ? scope.filter((s) => s !== action) : [...scope, action])} /> {scopeText(action)} <code>{action}</code></label>
						))}
					</fieldset>
					<div class="buttons"><button type="submit">{t("token_create")}</button><button type="button" class="second" onClick={onClose}>{t("cancel")}</button></div>
				</form>
			)}
		</Dialog>
	);
}

export function TokensPage() {
	const { may } = useSession();
	const list = useLoad("tokens", () => get<List<Token>>("/v1/tokens"));
	const [create, setCreate] = useState(false);
	const reload = () => void list.reload();
	return (
		<>
			<div class="head"><h1>{t("tokens")}</h1>
				{may("token.create") && <button type="button" onClick={() => setCreate(true)}>{t("token_create")}</button>}
			</div>
			<p>{t("tokens_lead")}</p>
			{list.error ? <Problem error={list.error} again={reload} /> : null}
			{!list.value && !list.error && <Loading />}
			{list.value?.items.length === 0 && <Empty title={t("tokens_none")} />}
			{list.value && list.value.items.length > 0 && (
				<table class="rows">
					<caption class="hidden">{t("tokens")}</caption>
					<thead><tr><th scope="col">{t("token_name")}</th><th scope="col">{t("token_last_used")}</th><th scope="col">{t("token_expires")}</th><th scope="col">{t("state")}</th></tr></thead>
					<tbody>{list.value.items.map((token) => (
						<tr key={token.id}>
							<th scope="row">{token.name}<small>{token.scope.map((action) => scopeText(action) || action).join("、")}</small></th>
							<td data-label={t("token_last_used")}><Time at={token.last_used} relative /></td>
							<td data-label={t("token_expires")}>{longTime(token.expires)}</td>
							<td>{token.revoked ? <span class="state state-closed">{t("token_revoked")}</span> : (
								<button type="button" class="plain danger" onClick={() => void call("DELETE", `/v1/tokens/${token.id}`).then(reload, reload)}>{t("token_revoke")}</button>
							)}</td>
						</tr>
					))}</tbody>
				</table>
			)}
			{create && <Create onClose={() => setCreate(false)} onDone={reload} />}
		</>
	);
}
