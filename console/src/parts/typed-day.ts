/*
 * A day as people type it between two calls: 5/28, 0528, 5月28日, 2025/5/28,
 * 令和7年5月28日, R7.5.28. Pure. What leaves out the year means the one nearest to
 * today. Returns "2025-05-28", or null where it is no day.
 */
const eraFirst: Record<string, number> = { 令和: 2019, R: 2019, 平成: 1989, H: 1989, 昭和: 1926, S: 1926 };

const narrow = (text: string): string => text.normalize("NFKC").replace(/\s+/g, "").toUpperCase();

function dayFrom(year: number, month: number, date: number): string | null {
	const at = new Date(Date.UTC(year, month - 1, date));
	if (year < 1900 || year > 9999 || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== date) return null;
	return at.toISOString().slice(0, 10);
}

export function typedDay(typed: string, today: string): string | null {
	const text = narrow(typed);
	const whole = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
	if (whole) return dayFrom(Number(whole[1]), Number(whole[2]), Number(whole[3]));
	const era = /^(令和|平成|昭和|[RHS])(元|\d{1,2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text);
	if (era) return dayFrom((eraFirst[era[1] ?? ""] ?? 0) + (era[2] === "元" ? 1 : Number(era[2])) - 1, Number(era[3]), Number(era[4]));
	const short = /^(\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? /^(\d{2})(\d{2})$/.exec(text);
	if (!short) return null;
	const year = Number(today.slice(0, 4));
	const near = [year - 1, year, year + 1].flatMap((y) => dayFrom(y, Number(short[1]), Number(short[2])) ?? []);
	const away = (day: string) => Math.abs(Date.parse(day) - Date.parse(today));
	return near.sort((a, b) => away(a) - away(b))[0] ?? null;
}

/* 9:05, 0905, 9時5分, 午後1時 → "09:05"; null where it is no time. */
export function typedTime(typed: string): string | null {
	const text = narrow(typed);
	const found = /^(午前|午後|AM|PM)?(\d{1,2})(?:[:時](\d{1,2})?分?)?$/.exec(text) ?? /^(午前|午後)?(\d{2})(\d{2})$/.exec(text);
	if (!found) return null;
	const later = found[1] === "午後" || found[1] === "PM";
	const hour = Number(found[2]) + (later && Number(found[2]) < 12 ? 12 : 0), minute = Number(found[3] ?? "0");
	return hour < 24 && minute < 60 ? `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : null;
}
