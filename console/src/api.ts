/* Calls to the centre, typed by the contract (centre/openapi.yaml). */
import type { components } from "./contract.d.ts";

type Schemas = components["schemas"];
export type Me = Schemas["Me"];
export type Incident = Schemas["Incident"];
export type IncidentDetail = Schemas["IncidentDetail"];
export type IncidentState = Schemas["IncidentState"];
export type Counters = Schemas["IncidentCounters"];
export type Severity = Schemas["Severity"];
export type Process = Schemas["Process"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type Detection = Schemas["Detection"];
export type Reason = Schemas["Reason"];
export type EventDetail = Schemas["EventDetail"];
export type Action = Schemas["Action"];
export type ActionKind = Schemas["ActionKind"];
export type Device = Schemas["Device"];
export type Company = Schemas["Company"];
export type AuditEntry = Schemas["AuditEntry"];
export type Rule = Schemas["Rule"];
export type RuleProblem = Schemas["RuleProblem"];
export type Token = Schemas["Token"];
export type EnrolmentToken = Schemas["EnrolmentToken"];
export type Status = Schemas["Status"];
export type Named = Schemas["Named"];
export interface Page<T> { items: T[]; next: string | null }
export interface List<T> { items: T[]; cut?: boolean }

/* One wrong field of a form that the centre checked. */
export interface FieldError { field: string; message: string }

export class ApiError extends Error {
	constructor(readonly status: number, readonly code: string, message: string,
		readonly hint: string | null, readonly field: string | null, readonly errors: FieldError[] = []) {
		super(message);
	}
}

let csrf: string | null = null;
let language = "ja";
let signedOut: () => void = () => undefined;
export function useCsrf(value: string | null): void { csrf = value; }
export function useLanguage(value: string): void { language = value; }
export function onSignedOut(listener: () => void): void { signedOut = listener; }

interface Body { type: string; content: BodyInit }

async function send<T>(method: string, path: string, body: Body | null): Promise<T> {
	const headers: Record<string, string> = { "Accept-Language": language };
	if (body) headers["Content-Type"] = body.type;
	if (method !== "GET" && csrf) headers["Hikeshi-CSRF"] = csrf;
	let response: Response;
	try {
		response = await fetch(path, {
			method, headers, credentials: "same-origin",
			...(body ? { body: body.content } : {}),
		});
	} catch {
		throw new ApiError(0, "offline", "", null, null);
	}
	if (response.status === 204) return undefined as T;
	const text = await response.text();
	let parsed: unknown;
	try {
		parsed = text ? JSON.parse(text) : undefined;
	} catch {
		throw new ApiError(response.status, "offline", "", null, null);
	}
	if (!response.ok) {
		const error = (parsed as { error?: Schemas["Error"]["error"] & { errors?: FieldError[] } } | undefined)?.error;
		if (response.status === 401 && path !== "/v1/session") signedOut();
		throw new ApiError(response.status, error?.code ?? "offline", error?.message ?? "",
			error?.hint ?? null, error?.field ?? null, error?.errors ?? []);
	}
	return parsed as T;
}

export const call = <T>(method: string, path: string, body?: unknown): Promise<T> =>
	send<T>(method, path, body === undefined ? null : { type: "application/json", content: JSON.stringify(body) });
export const upload = <T>(path: string, file: Blob): Promise<T> => send<T>("POST", path, { type: "application/octet-stream", content: file });
export const get = <T>(path: string): Promise<T> => call<T>("GET", path);

/* Somebody else changed it first: what was read is old. */
export const isConflict = (error: unknown): boolean =>
	error instanceof ApiError && (error.code === "changed_meanwhile" || error.code === "version_conflict");

/* "/v1/x?a=1": members that are undefined or empty are left out. */
export function withQuery(path: string, query: Record<string, string | number | undefined | null>): string {
	const search = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
	}
	const text = search.toString();
	return text ? `${path}?${text}` : path;
}
