#include "centre/problem.h"

#include <assert.h>
#include <string.h>

/* clang-format off */
static const struct problem table[] = {
	/* the request's form */
	{ "not_found", 404,
	  { "見つかりません。", "There is no such thing." }, { NULL, NULL } },
	{ "method_not_allowed", 405,
	  { "この操作は、この場所では使えません。", "This method is not allowed here." }, { NULL, NULL } },
	{ "body_too_large", 413,
	  { "送られた内容が大きすぎます。", "The body is too large." },
	  { "分けて送ってください。", "Send less at once." } },
	{ "body_missing", 400,
	  { "送る内容がありません。", "The body is missing." }, { NULL, NULL } },
	{ "body_unexpected", 400,
	  { "この操作に送る内容は要りません。", "This operation takes no body." }, { NULL, NULL } },
	{ "content_type", 415,
	  { "内容の種類(Content-Type)が違います。", "The Content-Type is not the one this operation takes." }, { NULL, NULL } },
	{ "bad_json", 400,
	  { "JSON として読めません。", "The body is not valid JSON." },
	  { "同じ名前の重複、文字コード、数値の範囲も確かめてください。", "Look also for names given twice, bad UTF-8 and numbers out of range." } },
	{ "bad_query", 400,
	  { "URL の検索条件の書き方が正しくありません。", "The query of the URL is malformed." }, { NULL, NULL } },
	{ "parameter_twice", 400,
	  { "同じ条件が二度書かれています。", "A parameter was given twice." }, { NULL, NULL } },
	{ "unknown_parameter", 400,
	  { "知らない条件が書かれています。", "There is no such parameter." }, { NULL, NULL } },
	/* one value */
	{ "missing", 400, { "必要な項目がありません。", "A required value is missing." }, { NULL, NULL } },
	{ "unknown_member", 400, { "知らない項目があります。", "There is no such member." }, { NULL, NULL } },
	{ "wrong_type", 400, { "値の種類が違います。", "The value has the wrong type." }, { NULL, NULL } },
	{ "empty", 422, { "空にはできません。", "The value is empty." }, { NULL, NULL } },
	{ "too_short", 422, { "短すぎます。", "The text is too short." }, { NULL, NULL } },
	{ "too_long", 422, { "長すぎます。", "The text is too long." }, { NULL, NULL } },
	{ "too_few", 422, { "数が足りません。", "There are too few items." }, { NULL, NULL } },
	{ "too_many_items", 422, { "数が多すぎます。", "There are too many items." }, { NULL, NULL } },
	{ "out_of_range", 422, { "数値が範囲の外です。", "The number is out of range." }, { NULL, NULL } },
	{ "not_listed", 422, { "選べる値ではありません。", "The value is not one of those allowed." }, { NULL, NULL } },
	{ "bad_form", 422, { "形が正しくありません。", "The value does not have the right form." }, { NULL, NULL } },
	{ "bad_instant", 422,
	  { "日時として読めません。", "The value is no point in time." },
	  { "例: 2026-04-01T09:00:00+09:00", "For example 2026-04-01T09:00:00+09:00" } },
	{ "control_character", 422, { "使えない制御文字が入っています。", "The text holds control characters." }, { NULL, NULL } },
	{ "not_utf8", 400, { "文字コードが UTF-8 ではありません。", "The text is not UTF-8." }, { NULL, NULL } },
	{ "bad_cursor", 400,
	  { "続きを示す値が正しくありません。", "The cursor is not one of this list." },
	  { "最初のページから読み直してください。", "Start again from the first page." } },
	/* who asks */
	{ "unauthenticated", 401,
	  { "サインインしてください。", "Sign in first." }, { NULL, NULL } },
	{ "session_over", 401,
	  { "サインインの期限が切れました。", "The session is over." },
	  { "もう一度サインインしてください。", "Sign in again." } },
	{ "bad_token", 401,
	  { "API トークンが正しくないか、期限が切れています。", "The API token is wrong, expired or revoked." },
	  { "新しいトークンを作ってください。", "Make a new one." } },
	{ "bad_credentials", 401,
	  { "メールアドレスかパスワードが違います。", "Mail address or password is wrong." }, { NULL, NULL } },
	{ "password_change_needed", 403,
	  { "先にパスワードを変えてください。", "Change the one-time password first." },
	  { "一度だけ使えるパスワードでサインインしています。", "You signed in with a one-time password." } },
	{ "csrf", 403,
	  { "画面の情報が古くなっています。", "The header Hikeshi-CSRF is missing or wrong." },
	  { "ページを読み込み直してください。", "Take its value from GET /v1/me." } },
	{ "denied", 403,
	  { "この操作をする権限がありません。", "You may not do this." },
	  { "必要なときは管理者に頼んでください。", "Ask your administrator where you need to." } },
	{ "session_only", 403,
	  { "この操作は API トークンではできません。", "This cannot be done with an API token." },
	  { "画面からサインインして行ってください。", "Sign in with a password." } },
	{ "scope_missing", 403,
	  { "この API トークンには、この操作の許可がありません", "This API token was not made for this" },
	  { "その許可を選んだ API トークンを、画面の「APIトークン」で作ってください。",
	    "Make a token with that scope, on the page API tokens." } },
	{ "too_many_attempts", 429,
	  { "失敗が続いたため、しばらく受け付けません。", "Too many failed attempts." },
	  { "15 分ほど待ってから試してください。", "Wait about 15 minutes." } },
	{ "certificate_missing", 401,
	  { "クライアント証明書がありません。", "A client certificate is needed." },
	  { "hikeshi-agent enrol で登録してください。", "Enrol the device: hikeshi-agent enrol" } },
	{ "certificate_refused", 403,
	  { "クライアント証明書を受け付けられません。", "The client certificate was refused." },
	  { "端末を登録し直してください。", "Enrol the device again." } },
	{ "device_revoked", 403,
	  { "この端末は取り消されています。", "This device was revoked." },
	  { "端末を登録し直してください。", "Enrol the device again." } },
	/* what is asked for */
	{ "current_password_wrong", 403,
	  { "今のパスワードが違います。", "The current password is wrong." }, { NULL, NULL } },
	{ "password_same", 422,
	  { "今と違うパスワードにしてください。", "The new password is the current one." }, { NULL, NULL } },
	{ "password_weak", 422,
	  { "推測されやすいパスワードです。", "The password is easy to guess." },
	  { "名前やメールアドレス、同じ文字の繰り返しを避けてください。", "Avoid your name, your mail address and repeated characters." } },
	{ "unknown_person", 422,
	  { "この人には割り当てられません。", "The incident cannot be assigned to this person." }, { NULL, NULL } },
	{ "unknown_scope", 422,
	  { "この権限はトークンに入れられません。", "This right cannot be put into a token." },
	  { "自分の持つ権限から選んでください。", "Choose among those that you have." } },
	{ "too_many_tokens", 409,
	  { "API トークンが多すぎます。", "You have too many API tokens." },
	  { "使わないものを取り消してください。", "Revoke those that you do not use." } },
	{ "token_used", 409,
	  { "この登録用トークンはもう使われています。", "This enrolment token was used already." }, { NULL, NULL } },
	{ "enrolment_refused", 401,
	  { "登録用トークンが正しくないか、使用済みか、期限切れです。", "The enrolment token is wrong, used, revoked or expired." },
	  { "新しいトークンを発行してもらってください。", "Ask for a new one." } },
	{ "already_revoked", 409,
	  { "この端末はもう取り消されています。", "This device is revoked already." }, { NULL, NULL } },
	{ "not_enrolled", 409,
	  { "この端末は使われていません。", "This device is not active." }, { NULL, NULL } },
	{ "participation_other", 422,
	  { "この企業の、続いている参加ではありません。", "This is not a running participation of the company." }, { NULL, NULL } },
	{ "process_needed", 422,
	  { "止めるプロセスを選んでください。", "Say which process to end." }, { NULL, NULL } },
	{ "process_unexpected", 422,
	  { "この操作にプロセスは要りません。", "This action takes no process." }, { NULL, NULL } },
	{ "reason_needed", 422,
	  { "理由を書いてください。", "Give a reason." }, { NULL, NULL } },
	{ "changed_meanwhile", 409,
	  { "ほかの人が先に変更したか、今の状態ではできません。", "Somebody changed it meanwhile, or its state does not allow this." },
	  { "読み込み直してください。", "Load it again." } },
	/* programmes and applications; what the programme's file says takes the message's place */
	{ "fields", 422,
	  { "入力内容を確かめてください。", "Some of what was entered is not right." }, { NULL, NULL } },
	{ "mail_sent", 409,
	  { "このメールは、もう送られています。", "The mail was sent already." },
	  { "届かなかったと知らされたら、もう一度送れます。", "It can be sent again once it came back." } },
	{ "version_conflict", 409,
	  { "ほかの人が先に変更しました。", "Somebody changed it meanwhile." },
	  { "読み込み直してください。入力した内容は残っています。", "Load it again. What you typed is kept." } },
	{ "no_such_event", 409,
	  { "今の段階ではできません。", "This cannot be done in the present step." },
	  { "読み込み直してください。", "Load it again." } },
	{ "not_yours", 403,
	  { "この操作は別の担当が行います。", "Another role does this." }, { NULL, NULL } },
	{ "condition", 409,
	  { "条件を満たしていないため、できません。", "A condition of the programme does not hold." }, { NULL, NULL } },
	{ "closed", 409,
	  { "受付期間ではありません。", "Reception is not open." }, { NULL, NULL } },
	{ "full", 409,
	  { "定員に達しています。", "No place is left." }, { NULL, NULL } },
	{ "ineligible", 409,
	  { "対象の条件を満たしていません。", "The company is not eligible." }, { NULL, NULL } },
	{ "quota_exact", 409,
	  { "このコースの定員は変えられません。", "The number of places of this course is exact." },
	  { "募集要項の定員に「程度」が付くコースだけ、理由を付けて増やせます。", "Only a course that has about so many places can be given more." } },
	{ "entitlement", 409,
	  { "この参加では、これ以上登録できません。", "The participation does not allow one more." }, { NULL, NULL } },
	{ "invitation_used", 410,
	  { "この招待はもう使われています。", "This invitation was used already." },
	  { "サインインしてください。", "Sign in instead." } },
	{ "invitation_over", 410,
	  { "この招待の期限が切れています。", "This invitation is over." },
	  { "事務局に連絡してください。", "Ask the office for a new one." } },
	{ "incident_unjudged", 409,
	  { "先に、本物の事案かどうかを判断してください。", "Judge first whether it is an incident." }, { NULL, NULL } },
	{ "incident_untold", 409,
	  { "先に、企業向けの説明を書いてください。", "Write the story for the owner first." }, { NULL, NULL } },
	{ "nobody_agreed", 422,
	  { "連絡がつかなかったときは、同意を記録できません。", "Nobody was reached who could have agreed." }, { NULL, NULL } },
	{ "invitation_sign_in", 409,
	  { "このメールアドレスのアカウントがすでにあります。", "There is an account with this mail address." },
	  { "先にサインインしてから、もう一度このリンクを開いてください。", "Sign in first, then open the link again." } },
	{ "invitation_other", 409,
	  { "この招待は、別のメールアドレスの方へのものです。", "This invitation is for another mail address." },
	  { "サインアウトしてから、もう一度このリンクを開いてください。", "Sign out, then open the link again." } },
	{ "consent_needed", 422,
	  { "同意が必要な文書があります。", "A consent is missing." },
	  { "最新の文書を読み、同意する場合は印を付けてください。", "Read the texts as they are now, and agree to each." } },
	{ "consent_changed", 409,
	  { "文書が新しくなりました。", "The text has changed." },
	  { "読み込み直して、新しい文書を読んでください。", "Load it again and read the new text." } },
	{ "user_needed", 422,
	  { "使う方の名前を書いてください。", "Say who uses the device." },
	  { "利用者の数で数える参加では、名前が必要です。", "The participation counts users." } },
	{ "users_fixed", 409,
	  { "この企業の利用者の上限は変えられません。", "The number of users cannot be raised here." },
	  { "募集要項に「程度」などの幅がある、続いている参加だけ増やせます。", "Only a running participation whose programme allows it can have more." } },
	{ "desk_not_serving", 409,
	  { "この企業は、24時間窓口の対象ではありません。", "The desk does not serve this company now." },
	  { "試用期間中の企業だけを記録します。", "Only companies in their trial are checked." } },
	/* batches */
	{ "batch_conflict", 409,
	  { "同じ番号で違う内容が届いています。", "Another batch came under the same key." },
	  { "端末の記録を新しい epoch で送り直してください。", "Send it under a new epoch." } },
	{ "batch_refused", 400,
	  { "イベントを読めません。", "The batch cannot be read." }, { NULL, NULL } },
	{ "disk_full", 507,
	  { "保存場所がいっぱいです。", "No space is left." },
	  { "しばらくして送り直してください。端末に残したままにしてください。", "Keep it and send it again later." } },
	/* us */
	{ "busy", 503,
	  { "混み合っています。", "The centre is busy." },
	  { "少し待ってから試してください。", "Try again in a moment." } },
	{ "closing", 503,
	  { "センターが停止中です。", "The centre is stopping." },
	  { "少し待ってから試してください。", "Try again in a moment." } },
	{ "too_many_listeners", 503,
	  { "画面の同時接続が上限に達しています。", "Too many live streams are open." },
	  { "使っていない画面を閉じてください。", "Close those that you do not need." } },
	{ "internal", 500,
	  { "センターで問題が起きました。", "Something went wrong in the centre." },
	  { "管理者に、時刻とともに知らせてください。", "Tell your administrator, with the time." } },
	/* by the code of an error value, where no row above says it better */
	{ "bad_request", 400, { "要求が正しくありません。", "The request is wrong." }, { NULL, NULL } },
	{ "range", 422, { "値が範囲の外です。", "A value is out of range." }, { NULL, NULL } },
	{ "conflict", 409,
	  { "今の状態ではできません。", "The state does not allow this." },
	  { "読み込み直してください。", "Load it again." } },
	{ "too_large", 413, { "大きすぎます。", "It is too large." }, { NULL, NULL } },
	{ "too_many", 429,
	  { "要求が多すぎます。", "Too many requests." },
	  { "少し待ってから試してください。", "Try again in a moment." } },
};

static const char *const by_code[] = {
	[ERR_OK] = "internal",
	[ERR_USAGE] = "bad_request",
	[ERR_FORMAT] = "bad_request",
	[ERR_RANGE] = "range",
	[ERR_DENIED] = "denied",
	[ERR_UNAUTHENTICATED] = "unauthenticated",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_CONFLICT] = "conflict",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_TOO_MANY] = "too_many",
	[ERR_FULL] = "disk_full",
	[ERR_UNAVAILABLE] = "busy",
	[ERR_IO] = "internal",
	[ERR_INTERNAL] = "internal",
};
/* clang-format on */
static_assert(sizeof by_code / sizeof *by_code == ERR_CODE_COUNT, "every code has a row");

size_t problem_count(void)
{
	return sizeof table / sizeof *table;
}

const struct problem *problem_at(size_t index)
{
	return &table[index];
}

static const struct problem *find(const char *key)
{
	for (size_t i = 0; i < problem_count(); i++)
		if (strcmp(table[i].key, key) == 0)
			return &table[i];
	return NULL;
}

const struct problem *problem_find(const char *key)
{
	const struct problem *problem = find(key);

	assert(problem); /* a problem without a row is a bug */
	return problem ? problem : find("internal");
}

const struct problem *problem_of_code(enum err_code code)
{
	assert(code < ERR_CODE_COUNT);
	return problem_find(by_code[code]);
}
