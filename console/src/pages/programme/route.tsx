/* The pages that concern a whole programme, by the address's parts. */
import type { JSX } from "preact";
import { CallsPart } from "./calls.tsx";
import { FiguresPart } from "./figures.tsx";
import { ProgrammeFrame } from "./frame.tsx";
import { LotteryPart } from "./lottery.tsx";
import { SessionPart, SessionsPart } from "./sessions.tsx";
import { VisitsPart } from "./visits.tsx";

const page: Record<string, (props: { programme: string }) => JSX.Element> = {
	calls: CallsPart, figures: FiguresPart, lottery: LotteryPart, sessions: SessionsPart, visits: VisitsPart,
};

export function programmeRoute(part: string | undefined, id: string | undefined): JSX.Element {
	const known = part && part in page ? part : "figures";
	const Page = page[known] ?? FiguresPart;
	return (
		<ProgrammeFrame part={known}>
			{({ id: programme }) => (known === "sessions" && id
				? <SessionPart key={`${programme} ${id}`} programme={programme} id={decodeURIComponent(id)} />
				: <Page key={`${programme} ${known}`} programme={programme} />)}
		</ProgrammeFrame>
	);
}
