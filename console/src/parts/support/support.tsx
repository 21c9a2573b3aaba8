/* What a company gets and is asked beside its steps: questionnaires, visits, documents. */
import type { ComponentChildren } from "preact";
import { useLive } from "../../live.ts";
import { get } from "../../api.ts";
import type { Support } from "../../support-types.ts";
import { t } from "../../text/text.ts";
import { Problem, useLoad } from "../basic.tsx";
import { Documents } from "./documents.tsx";
import { Questionnaires } from "./questionnaires.tsx";
import { Visits } from "./visits.tsx";

export interface PartProps { application: string; support: Support; onDone: () => void }

export function Part({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
	return <section class="card" aria-labelledby={`${id}-title`}><h2 id={`${id}-title`}>{title}</h2>{children}</section>;
}

export function SupportParts({ application }: { application: string }) {
	const support = useLoad(`support ${application}`, () => get<Support>(`/v1/applications/${application}/support`));
	useLive(["application"], () => void support.reload(), application);
	if (support.error && !support.value) return <Problem error={support.error} again={() => void support.reload()} />;
	if (!support.value) return null;
	const props: PartProps = { application, support: support.value, onDone: () => void support.reload() };
	return (
		<>
			{props.support.courses.length > 0 && <Part id="visits" title={t("visits")}><Visits {...props} /></Part>}
			{props.support.questionnaires.length > 0 && <Part id="questionnaires" title={t("questionnaires")}><Questionnaires {...props} /></Part>}
			{props.support.documents.length > 0 && <Part id="documents" title={t("documents")}><Documents {...props} /></Part>}
		</>
	);
}
