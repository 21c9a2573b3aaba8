/* The message catalogue: Japanese first, English second. */
import { dayDenseText, dayOf, daysBetween, dayShortText, dayText, momentText } from "./day.ts";
import { en } from "./en.ts";
import { enOwner } from "./en-owner.ts";
import { enStaff } from "./en-staff.ts";
import { enSupport } from "./en-support.ts";
import { ja } from "./ja.ts";
import { jaOwner } from "./ja-owner.ts";
import { jaStaff } from "./ja-staff.ts";
import { jaSupport } from "./ja-support.ts";

export { dayOf, daysBetween };
export type Language = "ja" | "en";
/* A key that is in two catalogues does not compile. */
const join = <A extends object, B extends { [K in keyof B]: K extends keyof A ? never : string }>(a: A, b: B): A & B => ({ ...a, ...b });
const japanese = join(join(join(ja, jaStaff), jaOwner), jaSupport);
const english: typeof japanese = join(join(join(en, enStaff), enOwner), enSupport);
type Messages = typeof japanese;
export type Key = keyof Messages;

let language: Language = "ja";
let messages: Messages = japanese;

export function setLanguage(to: Language): void {
	language = to;
	messages = to === "en" ? english : japanese;
	document.documentElement.lang = to;
}
export const getLanguage = (): Language => language;

/* {name} in a message is replaced by values.name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
	return messages[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
		name in values ? String(values[name]) : whole);
}

/* A message whose key is made of a word of the centre; nothing where there is none. */
export const tWord = (prefix: string, word: string): string =>
	(messages as Record<string, string>)[`${prefix}_${word}`] ?? "";

const zone = "Asia/Tokyo";
const timeFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const agoFormat = {
	ja: new Intl.RelativeTimeFormat("ja", { numeric: "auto" }),
	en: new Intl.RelativeTimeFormat("en", { numeric: "auto" }),
};
const numberFormat = new Intl.NumberFormat("en");

/* Business style: 令和8年11月21日(土) 17:30:12 */
export const longTime = (instant: string | null): string => (instant ? momentText(instant, language, true) : "—");
/* 令和8年11月21日(土) 17:30 */
export const moment = (instant: string | null): string => (instant ? momentText(instant, language) : "—");
/* A day as the centre says it, "2025-05-28": 令和7年5月28日(水), 5月28日(水), 5/28(水). */
export const longDay = (day: string | null): string => (day ? dayText(day, language) : "—");
export const middleDay = (day: string | null): string => (day ? dayShortText(day, language) : "—");
export const shortDay = (day: string | null): string => (day ? dayDenseText(day, language) : "—");

/* For dense lists: the time today, else month, day and time. */
export function shortTime(instant: string | null): string {
	if (!instant) return "—";
	const at = new Date(instant), day = dayOf(instant);
	return day === dayOf(Date.now()) ? timeFormat.format(at) : `${day.slice(5).replace("-", "/")} ${timeFormat.format(at)}`;
}

/* 「3分前」 */
export function ago(instant: string | null, now: number): string {
	if (!instant) return t("never");
	const seconds = Math.round((Date.parse(instant) - now) / 1000);
	const format = agoFormat[language];
	const size = Math.abs(seconds);
	if (size < 60) return format.format(seconds, "second");
	if (size < 3600) return format.format(Math.trunc(seconds / 60), "minute");
	if (size < 86400) return format.format(Math.trunc(seconds / 3600), "hour");
	return format.format(Math.trunc(seconds / 86400), "day");
}

export const number = (n: number): string => numberFormat.format(n);
