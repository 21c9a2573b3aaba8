/* All mistakes of a form at once; each leads to its field. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../text/text.ts";

export interface Mistake { id: string; text: string } /* id: of the field's element */

/* focus: what begins a new attempt; the summary takes the focus when one of them changes. */
interface MistakesProps { message: string | null; mistakes: Mistake[]; focus: readonly unknown[] }

export function Mistakes({ message, mistakes, focus }: MistakesProps) {
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => box.current?.focus(), focus);
	if (!message && mistakes.length === 0) return null;
	return (
		<div class="problem" role="alert" tabIndex={-1} ref={box}>
			<p>{message ?? t("problem_summary")}</p>
			{mistakes.length > 0 && (
				<ul>{mistakes.map(({ id, text }) => (
					<li key={id}><a href={`#${id}`} onClick={(click) => {
						click.preventDefault();
						document.getElementById(id)?.focus();
					}}>{text}</a></li>
				))}</ul>
			)}
		</div>
	);
}
