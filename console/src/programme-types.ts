/* What the centre says of programmes, applications, mails, reports and checks: names of the contract, short. */
import type { Named, Page } from "./api.ts";
import type { components } from "./contract.d.ts";

type Schemas = components["schemas"];
export type { Named, Page };
export type Seat = Schemas["Seat"];
export type ProgrammeSummary = Schemas["ProgrammeSummary"];
export type Overview = Schemas["ProgrammeOverview"];
export type StateCount = Overview["counts"][number];
export type Application = Schemas["Application"];
export type ApplicationDetail = Schemas["ApplicationDetail"];
export type PossibleEvent = Schemas["PossibleEvent"];
export type EventField = Schemas["FormField"];
export type FieldOption = Schemas["IdName"];
export type Answer = ApplicationDetail["answers"][number];
export type EligibilityRow = ApplicationDetail["eligibility"][number];
export type LogEntry = Schemas["ApplicationEntry"];
export type ContactNote = NonNullable<LogEntry["note"]>;
export type Mail = Schemas["OutboxMail"];
export type MailDetail = Schemas["OutboxMailDetail"];
export type MailState = Schemas["MailState"];
export type Report = Schemas["Report"];
export type ReportDetail = Schemas["ReportDetail"];
export type Checks = Schemas["CheckDay"];
export type CheckRow = Schemas["CheckRow"];
export type IncidentContact = Schemas["IncidentContact"];
export interface ReportJob { total: number; done: number; failed: number }
