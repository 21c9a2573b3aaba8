/* The process tree: lines drawn, what a rule named stands out. */
import type { Process } from "../api.ts";
import { t } from "../text/text.ts";
import { Time } from "./basic.tsx";

interface Node { process: Process; children: Node[] }

function roots(processes: Process[]): Node[] {
	const nodes = new Map(processes.map((process) => [process.guid, { process, children: [] as Node[] }]));
	const top: Node[] = [];
	for (const node of nodes.values()) {
		const parent = node.process.parent ? nodes.get(node.process.parent) : undefined;
		if (parent && parent !== node) parent.children.push(node);
		else top.push(node);
	}
	return top;
}

const base = (image: string): string => image.split(/[\\/]/).pop() || image;

interface TreeProps { processes: Process[]; chosen: string | null; onChoose: (process: Process) => void; onKill: ((process: Process) => void) | null }

function Branch({ node, depth, ...props }: TreeProps & { node: Node; depth: number }) {
	const p = node.process;
	return (
		<li>
			<div class={`process ${p.flagged ? "flagged" : ""} ${props.chosen === p.guid ? "chosen" : ""}`}>
				<button type="button" class="process-name" aria-pressed={props.chosen === p.guid ? "true" : "false"} onClick={() => props.onChoose(p)}>
					<b>{base(p.image) || "?"}</b>
					{p.pid !== null && <span class="pid"><span class="hidden">{t("pid")} </span>{p.pid}</span>}
					{p.flagged && <span class="flag">{t("flagged")}</span>}
					{p.ended && <span class="ended">{t("ended")}</span>}
				</button>
				<code title={p.command_line}>{p.command_line || p.image}</code>
				<small>{p.user && `${p.user} · `}<Time at={p.started} /></small>
				{props.onKill && !p.ended && (
					<button type="button" class="plain danger" onClick={() => props.onKill?.(p)}
						aria-label={`${t("kill_this")}: ${base(p.image)} ${p.pid ?? ""}`}>{t("kill_this")}</button>
				)}
			</div>
			{node.children.length > 0 && depth < 40 && (
				<ul>{node.children.map((child) => <Branch key={child.process.guid} {...props} node={child} depth={depth + 1} />)}</ul>
			)}
		</li>
	);
}

export function ProcessTree(props: TreeProps) {
	const top = roots(props.processes);
	if (top.length === 0) return <p class="quiet">{t("process_tree_empty")}</p>;
	return (
		<div class="tree-frame" tabIndex={0} role="region" aria-label={t("process_tree")}>
			<ul class="tree">{top.map((node) => <Branch key={node.process.guid} {...props} node={node} depth={0} />)}</ul>
		</div>
	);
}
