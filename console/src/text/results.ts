/*
 * Words that come from outside the console: what devices say of their actions, in the reader's language. A device speaks
 * English; what is not in this table is shown as it came; and what an access action allows.
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

const scopes: Record<string, [ja: string, en: string]> = {
	"site.use": ["公開ページを使う", "use the public site"],
	"invitation.use": ["招待のリンクを使う", "use invitations"],
	"me.read": ["自分の情報を見る", "see one's own account"],
	"company.read": ["会社を見る", "see companies"],
	"device.read": ["端末を見る", "see devices"],
	"device.revoke": ["端末を失効させる", "revoke devices"],
	"enrolment.read": ["登録用の合言葉の一覧を見る", "see enrolment tokens"],
	"enrolment.create": ["登録用の合言葉を発行する", "make enrolment tokens"],
	"enrolment.revoke": ["登録用の合言葉を無効にする", "revoke enrolment tokens"],
	"incident.read": ["インシデントを見る", "see incidents"],
	"incident.note": ["メモを書く", "write notes"],
	"incident.write": ["担当や状態を変える", "assign and move incidents"],
	"incident.judge": ["インシデントかどうかを判断する", "judge incidents"],
	"incident.contact": ["会社との連絡を記録する", "record contacts with companies"],
	"incident.tell": ["会社への説明を書く", "write the story for the company"],
	"detection.read": ["検知を見る", "see detections"],
	"event.read": ["元のイベントを見る", "see raw events"],
	"live.read": ["変更の通知を受ける", "listen to changes"],
	"action.read": ["対処を見る", "see actions"],
	"action.propose": ["対処を提案する", "propose actions"],
	"action.approve": ["対処を承認する", "approve actions"],
	"action.send": ["対処を端末へ送る", "send actions"],
	"check.read": ["毎日の確認を見る", "see the daily checks"],
	"check.write": ["毎日の確認を記録する", "record daily checks"],
	"programme.read": ["事業と定員を見る", "see programmes and their places"],
	"seat.override": ["定員を変える", "change the places of courses"],
	"application.read": ["申込を見る", "see applications"],
	"application.act": ["申込の手続きを進める", "act on applications"],
	"application.note": ["申込者との連絡を記録する", "record contacts with applicants"],
	"mail.read": ["送信メールを見る", "see sent mails"],
	"mail.again": ["メールを送り直す", "send mails again"],
	"home.read": ["会社の状態を見る", "see one's own company at a glance"],
	"users.limit": ["利用者数の上限を変える", "change the most users of a company"],
	"consent.read": ["同意の記録を見る", "see consents"],
	"report.read": ["報告書を見る", "see reports"],
	"report.make": ["報告書を作る", "make reports"],
	"rule.read": ["検知ルールを見る", "see rules"],
	"audit.read": ["監査証跡を見る", "see the audit trail"],
	"audit.verify": ["監査証跡を確かめる", "verify the audit trail"],
	"status.read": ["センターの状態を見る", "see figures of the centre"],
};

export function scopeText(action: string): string {
	return scopes[action]?.[getLanguage() === "ja" ? 0 : 1] ?? "";
}
