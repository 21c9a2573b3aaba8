/*
 * What devices say of their actions, in the reader's language. A device speaks
 * English; what is not in this table is shown as it came.
 */
import { getLanguage, number } from "./text.ts";

const japanese: [RegExp, (n: string) => string][] = [
	[/^only the centre can be reached, and name servers$/, () => "センターと名前解決以外の通信を止めました"],
	[/^only the centre can be reached$/, () => "センター以外の通信をすべて止めました"],
	[/^the network is open again$/, () => "通信を元に戻しました"],
	[/^the host was not isolated$/, () => "もともと隔離されていませんでした"],
	[/^(\d+) process(?:es)? ended$/, (n) => `${n}個のプロセスを終了しました`],
	[/^(\d+) process(?:es)? ended; .*$/, (n) => `${n}個のプロセスを終了しました（エージェント自身は除く）`],
	[/^kept on the device, (\d+) bytes$/, (n) => `端末に保存しました（${number(Math.ceil(Number(n) / 1024))} KiB）`],
	[/^the agent ends and removes its data$/, () => "エージェントを終了し、データを削除しました"],
];

export function resultText(said: string): string {
	if (getLanguage() !== "ja") return said;
	for (const [pattern, make] of japanese) {
		const found = pattern.exec(said);
		if (found) return make(found[1] ?? "");
	}
	return said;
}
