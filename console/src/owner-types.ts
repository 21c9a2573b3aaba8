/* What the centre says to owners and applicants. */
import type { components } from "./contract.d.ts";

type Schemas = components["schemas"];
export type Home = Schemas["Home"];
export type HomeState = Home["state"];
export type Report = Schemas["Report"];
export type ReportDetail = Schemas["ReportDetail"];
export type CompanyUsers = Schemas["CompanyUsers"];
export type CompanyUser = CompanyUsers["items"][number];
export type Invitation = Schemas["Invitation"];
export type ApplicationDetail = Schemas["ApplicationDetail"];
export type ApplicationEntry = Schemas["ApplicationEntry"];
export type Enrolment = Schemas["EnrolmentTokenCreated"];
export type Consent = Schemas["Consents"]["items"][number];
/* Figures of a report as report_to_json() writes them (report/report.h). */
export interface ReportDay { day: string; events: number; detections: number; incidents: number }
export interface ReportDevice {
	id: string; hostname: string; user: string; platform: string; events: number; detections: number; days_heard: number;
	active: boolean; isolated: boolean; silent: boolean;
}
export interface ReportIncident {
	id: string; number: number; title: string; host: string; story: string; opened: string; closed: string | null;
	judged: number; measures: string; detections: number;
}
export interface ReportFigures {
	events: number; detections: number; incidents: number; incidents_real: number; incidents_open: number; actions: number;
	devices: number; users: number; checks_expected: number; checks_done: number; checks_missed: number; missed_days: string;
	mood: "before" | "calm" | "settled" | "watch" | "act"; sentence: string; advice: string[];
	day: ReportDay[]; device: ReportDevice[]; incident: ReportIncident[];
}
