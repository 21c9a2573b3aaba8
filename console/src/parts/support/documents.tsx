/* Documents of one application: versions from draft to published, and the declaration of two stars. */
import { useRef, useState } from "preact/hooks";
import { call, upload } from "../../api.ts";
import { useSession } from "../../session.ts";
import type { Document, DocumentKind } from "../../support-types.ts";
import { longDay, moment, number, t, type Key } from "../../text/text.ts";
import { Ask, field } from "../ask.tsx";
import { messageOf } from "../basic.tsx";
import type { PartProps } from "./support.tsx";

type Act = "review" | "return" | "publish" | "withdraw";
const actsOf = (document: Document, kind: DocumentKind): Act[] => {
	if (document.state === "draft") return ["review"];
	if (document.state === "published") return ["withdraw"];
	return kind.can_be_published ? ["publish", "return"] : ["return"];
};

function Version({ kind, document, may, onAct }: { kind: DocumentKind; document: Document; may: boolean; onAct: (act: Act) => void }) {
	return (
		<li data-document={document.state}>
			<p class="support-head"><a href={`/v1/documents/${document.id}/file`} download={document.name}>{t("document_version", { n: document.version })}　{document.name}</a>
				<span class="quiet">{t(`document_${document.state}` as Key)}　{t("bytes", { n: number(document.bytes) })}</span></p>
			<p class="quiet">{moment(document.at)} · {document.by.name}{document.reviewed_at && ` · ${t("document_reviewed_by", { name: document.reviewer.name })}`}</p>
			{document.note && <p>{document.note}</p>}
			{document.url && <p><a href={document.url} rel="noreferrer">{document.url}</a></p>}
			{may && (
				<div class="buttons">{actsOf(document, kind).map((act) => (
					<button key={act} type="button" class={`small ${act === "review" || act === "publish" ? "" : "second"}`} onClick={() => onAct(act)}>{t(`document_act_${act}` as Key)}</button>
				))}</div>
			)}
		</li>
	);
}

function Kind({ kind, props }: { kind: DocumentKind; props: PartProps }) {
	const { may } = useSession();
	const [problem, setProblem] = useState<string | null>(null);
	const [publishing, setPublishing] = useState<Document | null>(null);
	const file = useRef<HTMLInputElement>(null);
	const after = (work: Promise<unknown>) => work.then(() => { setProblem(null); props.onDone(); }, (error: unknown) => setProblem(messageOf(error)));
	const act = (document: Document, what: Act) => {
		if (what === "publish") setPublishing(document);
		else void after(call("POST", `/v1/documents/${document.id}/acts`, { act: what }));
	};
	const add = () => {
		const chosen = file.current?.files?.[0];
		if (!chosen) return;
		const name = encodeURIComponent(chosen.name);
		void after(upload(`/v1/applications/${props.application}/documents/${encodeURIComponent(kind.id)}?name=${name}`, chosen))
			.then(() => { if (file.current) file.current.value = ""; });
	};
	return (
		<div data-kind={kind.id}>
			<h3>{kind.name}</h3>
			{problem && <div class="problem" role="alert"><p>{problem}</p></div>}
			{kind.versions.length === 0 && <p class="quiet">{t("document_none")}</p>}
			<ul class="support-list">{kind.versions.map((d) => (
				<Version key={d.id} kind={kind} document={d} may={may("support.write")} onAct={(what) => act(d, what)} />
			))}</ul>
			{may("support.write") && (
				<label class="upload">{t("document_add")}
					<input type="file" ref={file} onChange={add} aria-label={`${t("document_add")}: ${kind.name}`} /></label>
			)}
			{publishing && (
				<Ask title={t("document_act_publish")} help={t("document_publish_help")} fields={[field("url", "text", t("document_url"), { max: 500 })]}
					button={t("document_act_publish")} onClose={() => setPublishing(null)}
					send={(said) => call("POST", `/v1/documents/${publishing.id}/acts`, { act: "publish", url: said("url") }).then(props.onDone)} />
			)}
		</div>
	);
}

function TwoStars({ application, support, onDone }: PartProps) {
	const { may } = useSession();
	const [declaring, setDeclaring] = useState(false);
	const { two_star: stars } = support;
	const needs = [["policy", stars.policy], ["published", stars.published], ["declared", stars.declared]] as const;
	return (
		<div class="two-stars" data-complete={stars.complete ? "true" : "false"}>
			<h3>{t("stars")}</h3>
			<ul>{needs.map(([id, met]) => <li key={id} class={met ? "met" : "unmet"}>{met ? "✓" : "・"} {t(`stars_${id}` as Key)}<span class="hidden">{met ? t("yes") : t("not_yet")}</span></li>)}</ul>
			<p>{stars.complete ? t("stars_complete", { day: longDay(stars.day) }) : t("stars_incomplete")}</p>
			{may("support.write") && !stars.declared && <button type="button" class="second small" onClick={() => setDeclaring(true)}>{t("stars_declare")}</button>}
			{declaring && (
				<Ask title={t("stars_declare")} fields={[field("day", "date", t("stars_day"))]} button={t("save")} onClose={() => setDeclaring(false)}
					send={(said) => call("PUT", `/v1/applications/${application}/declaration`, { given: true, day: said("day") }).then(onDone)} />
			)}
		</div>
	);
}

export function Documents(props: PartProps) {
	const { documents } = props.support;
	return (
		<>
			{documents.map((kind) => <Kind key={kind.id} kind={kind} props={props} />)}
			{documents.some((kind) => kind.can_be_published) && <TwoStars {...props} />}
		</>
	);
}
