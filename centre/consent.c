#include "centre/consent.h"

#include <assert.h>

/* A text that changes gets a new version: what somebody agreed to is never changed. */
const struct consent_text consent_texts[] = {
	{ "use", "2026-11-01", "account", 1U << ROLE_OWNER | 1U << ROLE_APPLICANT,
	  { [LANGUAGE_JA] = { "アカウントの利用について",
		"お名前、メールアドレス、操作の記録を、この事業の運営のために使います。"
		"操作の記録は、だれが何をしたかを後から確かめるために保存し、書き換えません。"
		"パスワードはご本人だけが使い、ほかの方に教えないでください。"
		"担当を離れるときは事務局に連絡してください。アカウントを止めます。" },
	    [LANGUAGE_EN] = { "Using your account",
		"Your name, your mail address and what you do here are used to run this programme."
		" A record of who did what is kept and never changed, so that it can be looked up later."
		" Your password is yours alone; tell it to nobody."
		" When you leave this task, tell the programme office: the account is then closed." } } },
	{ "watch", "2026-11-01", "company", 1U << ROLE_OWNER,
	  { [LANGUAGE_JA] = { "端末の見守りと、もしもの時の対応について",
		"登録した端末から、動いたプログラム、通信先、ファイルの変更などの記録を集め、"
		"攻撃の兆しがないか24時間見守ります。文書やメールの中身は集めません。"
		"監視していることは、端末を使う方々にお知らせください。"
		"攻撃を受けたと担当者が判断したときは、被害を広げないため、"
		"端末をネットワークから切り離す、プログラムを止める、といった操作を遠隔で行います。"
		"できる限り先にお電話し、すぐに必要なときは後からお知らせします。"
		"記録は、事業の期間とその後の報告のために使い、ほかの企業には見せません。" },
	    [LANGUAGE_EN] = { "Watching over your devices, and help when it matters",
		"From the devices that you enrol we collect records of programs that ran, network addresses"
		" and changed files, and watch day and night for signs of an attack."
		" We do not collect what stands in documents or mails."
		" Please tell those who use the devices that they are watched over."
		" Where a person here judges that you are under attack, we may cut a device off the network"
		" or end a program from afar, so that the damage does not spread."
		" We call you first whenever we can; where it cannot wait, we tell you afterwards."
		" The records serve this programme and its reports, and no other company sees them." } } },
};
const size_t consent_text_count = sizeof consent_texts / sizeof *consent_texts;

static const char *const language_name[] = { [LANGUAGE_JA] = "ja", [LANGUAGE_EN] = "en" };

const struct consent_text *consent_find(struct sv id)
{
	for (size_t i = 0; i < consent_text_count; i++)
		if (sv_eq(id, sv_from(consent_texts[i].id)))
			return &consent_texts[i];
	return NULL;
}

int consent_give(struct store *store, const struct consent_wish *wish, struct instant now,
		 struct err *err)
{
	const struct consent_text *text = wish->text;
	const struct sv id = sv_from(text->id), version = sv_from(text->version),
			language = sv_from(language_name[wish->language]);

	if (store_change(store, err,
			 "INSERT INTO consent_text (id, version, language, title, text)"
			 " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
			 STORE_TEXT(id), STORE_TEXT(version), STORE_TEXT(language),
			 STORE_TEXT(sv_from(text->in[wish->language].title)),
			 STORE_TEXT(sv_from(text->in[wish->language].text))) != 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO consent (person, company, text, version, language, scope,"
			    " at, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			    STORE_TEXT(wish->person), STORE_TEXT(wish->company), STORE_TEXT(id),
			    STORE_TEXT(version), STORE_TEXT(language),
			    STORE_TEXT(sv_from(text->scope)), STORE_INT(now.us),
			    STORE_TEXT(wish->address.p ? wish->address : SV("")));
}

static bool is_given(const struct consent_row *row, size_t count, const struct consent_text *text)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(row[i].id, sv_from(text->id)) &&
		    sv_eq(row[i].version, sv_from(text->version)))
			return true;
	return false;
}

static size_t put_waiting(struct consent_row *ret, const struct consent_row *given, size_t count,
			  enum language language)
{
	size_t n = 0;

	for (size_t i = 0; i < consent_text_count; i++) {
		const struct consent_text *text = &consent_texts[i];

		if (!(text->roles >> ROLE_OWNER & 1) || is_given(given, count, text))
			continue;
		ret[n++] = (struct consent_row){
			.id = sv_from(text->id),
			.version = sv_from(text->version),
			.title = sv_from(text->in[language].title),
			.text = sv_from(text->in[language].text),
			.scope = sv_from(text->scope),
			.person = SV(""),
		};
	}
	return n;
}

static int read_given(struct store *store, struct sv company, struct arena *arena,
		      struct consent_row *row, size_t *ret_count, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT c.text, c.version, t.title, t.text, c.scope, c.person, c.at FROM consent c"
		" JOIN consent_text t ON t.id = c.text AND t.version = c.version"
		" AND t.language = c.language WHERE c.company = $1 ORDER BY c.number DESC LIMIT $2",
		STORE_TEXT(company), STORE_INT(CONSENT_PAGE_MAX));
	size_t count = 0;
	int step = query ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		row[count++] = (struct consent_row){
			.id = arena_dup(arena, store_text(query, 0)),
			.version = arena_dup(arena, store_text(query, 1)),
			.title = arena_dup(arena, store_text(query, 2)),
			.text = arena_dup(arena, store_text(query, 3)),
			.scope = arena_dup(arena, store_text(query, 4)),
			.person = arena_dup(arena, store_text(query, 5)),
			.at = { store_int(query, 6) },
		};
	store_done(query);
	*ret_count = count;
	return step < 0 ? -1 : 0;
}

int consent_list(struct store *store, struct sv company, enum language language,
		 struct arena *arena, const struct consent_row **ret, size_t *ret_count,
		 struct err *err)
{
	struct consent_row *given = arena_zalloc(arena, CONSENT_PAGE_MAX, sizeof *given);
	struct consent_row *row =
		arena_zalloc(arena, CONSENT_PAGE_MAX + consent_text_count, sizeof *row);
	size_t count, waiting;

	if (!given || !row)
		return err_set(err, ERR_TOO_LARGE, "too many consents");
	if (read_given(store, company, arena, given, &count, err) != 0)
		return -1;
	waiting = put_waiting(row, given, count, language);
	memcpy(row + waiting, given, count * sizeof *given);
	*ret = row;
	*ret_count = waiting + count;
	return 0;
}
