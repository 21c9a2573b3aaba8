/* What the centre says of questionnaires, visits, documents, sessions and draws: names of the contract, short. */
import type { components } from "./contract.d.ts";

type Schemas = components["schemas"];
export type Support = Schemas["ApplicationSupport"];
export type Questionnaire = Schemas["SupportQuestionnaire"];
export type CourseVisits = Support["courses"][number];
export type Visit = Schemas["Visit"];
export type PlannedVisit = Schemas["PlannedVisit"];
export type DocumentKind = Support["documents"][number];
export type Document = Schemas["Document"];
export type SilentCall = Schemas["Call"];
export type Figures = Schemas["Figures"];
export type Lottery = Schemas["Lottery"];
export type LotteryRow = Schemas["LotteryRow"];
export type LotteryFrame = Schemas["LotteryFrame"];
export type Session = Schemas["SeminarSession"];
export type SessionDetail = Schemas["SeminarDetail"];
export type Booking = Schemas["SeminarBooking"];
export type Participant = Schemas["Participant"];
export type Presence = Schemas["SeminarPresence"];
export type Alike = Schemas["AlikeCompany"];
