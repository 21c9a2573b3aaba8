/* The message catalogue: Japanese first, English second. */
import { en } from "./en.ts";
import { ja, type Messages } from "./ja.ts";

export type Language = "ja" | "en";
export type Key = keyof Messages;

let language: Language = "ja";
let messages: Messages = ja;

export function setLanguage(to: Language): void {
	language = to;
	messages = to === "en" ? en : ja;
	document.documentElement.lang = to;
}
export const getLanguage = (): Language => language;

/* {name} in a message is replaced by values.name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
	return messages[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
		name in values ? String(values[name]) : whole);
}

const zone = "Asia/Tokyo";
const timeFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
const longEnglish = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "long", year: "numeric" });
const longJapanese = new Intl.DateTimeFormat("ja-JP-u-ca-japanese", {
	timeZone: zone, era: "long", year: "numeric", month: "numeric", day: "numeric", weekday: "short",
});
const agoFormat = {
	ja: new Intl.RelativeTimeFormat("ja", { numeric: "auto" }),
	en: new Intl.RelativeTimeFormat("en", { numeric: "auto" }),
};
const numberFormat = new Intl.NumberFormat("en");

/* Business style: 令和8年11月21日(土) 17:30:12 */
export function longTime(instant: string | null): string {
	if (!instant) return "—";
	const at = new Date(instant);
	const time = timeFormat.format(at);
	if (language === "en") return `${longEnglish.format(at)} ${time}`;
	const part = Object.fromEntries(longJapanese.formatToParts(at).map((p) => [p.type, p.value]));
	const year = part["year"] === "1" ? "元" : part["year"];
	return `${part["era"]}${year}年${part["month"]}月${part["day"]}日(${part["weekday"]}) ${time}`;
}

/* For dense lists: the time today, else month, day and time. */
export function shortTime(instant: string | null): string {
	if (!instant) return "—";
	const at = new Date(instant), day = dayFormat.format(at);
	return day === dayFormat.format(Date.now()) ? timeFormat.format(at) : `${day.slice(5).replace("-", "/")} ${timeFormat.format(at)}`;
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
