/* Days and moments in business style, Tokyo: 令和8年11月21日(土). Pure: the language is given. */

export type Wording = "ja" | "en";
const zone = "Asia/Tokyo";
const dayFormat = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
const minuteFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const secondFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });

/* Newest first. Before 1873 Japan's calendar was another one: no era is said. */
const eras: [from: string, name: string, firstYear: number][] = [
	["2019-05-01", "令和", 2019],
	["1989-01-08", "平成", 1989],
	["1926-12-25", "昭和", 1926],
	["1912-07-30", "大正", 1912],
	["1873-01-01", "明治", 1868],
];
const weekdays = {
	ja: ["日", "月", "火", "水", "木", "金", "土"],
	en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
};
const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

interface Parts { year: number; month: number; date: number; weekday: number }

function partsOf(day: string): Parts | null {
	const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
	if (!found) return null;
	const [year, month, date] = found.slice(1).map(Number) as [number, number, number];
	const at = new Date(Date.UTC(year, month - 1, date));
	if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== date) return null;
	return { year, month, date, weekday: at.getUTCDay() };
}

function yearText(day: string, year: number): string {
	const era = eras.find(([from]) => day >= from);
	if (!era) return `${year}年`;
	const n = year - era[2] + 1;
	return `${era[1]}${n === 1 ? "元" : n}年`;
}

/* The day in Tokyo of an instant: "2026-11-21". */
export const dayOf = (instant: string | number): string => dayFormat.format(new Date(instant));

/* 令和8年11月21日(土); Sat 21 November 2026. What is no day comes back as it is. */
export function dayText(day: string, language: Wording): string {
	const p = partsOf(day);
	if (!p) return day;
	if (language === "en") return `${weekdays.en[p.weekday]} ${p.date} ${months[p.month - 1]} ${p.year}`;
	return `${yearText(day, p.year)}${p.month}月${p.date}日(${weekdays.ja[p.weekday]})`;
}

/* 11月21日(土); Sat 21 November. */
export function dayShortText(day: string, language: Wording): string {
	const p = partsOf(day);
	if (!p) return day;
	if (language === "en") return `${weekdays.en[p.weekday]} ${p.date} ${months[p.month - 1]}`;
	return `${p.month}月${p.date}日(${weekdays.ja[p.weekday]})`;
}

/* 11/21(土); Sat 21 Nov. */
export function dayDenseText(day: string, language: Wording): string {
	const p = partsOf(day);
	if (!p) return day;
	if (language === "en") return `${weekdays.en[p.weekday]} ${p.date} ${months[p.month - 1]?.slice(0, 3)}`;
	return `${p.month}/${p.date}(${weekdays.ja[p.weekday]})`;
}

/* 令和8年11月21日(土) 17:30, with seconds where they matter. */
export function momentText(instant: string, language: Wording, seconds = false): string {
	const at = new Date(instant);
	return `${dayText(dayFormat.format(at), language)} ${(seconds ? secondFormat : minuteFormat).format(at)}`;
}

/* Days from one day to another, both as "2026-11-21". */
export function daysBetween(from: string, to: string): number {
	return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86400000);
}
