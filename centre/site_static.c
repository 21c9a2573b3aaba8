#include "centre/site_internal.h"

struct chapter {
	const char *ja_title, *en_title, *ja, *en;
};

static void put_chapters(struct buf *buf, struct arena *arena, bool english, struct day today,
			 const struct site_head *head, const struct chapter *chapter, size_t count)
{
	struct site site = site_begin(buf, arena, english, today, head);

	html_element(&site.html, "h1", NULL, head->title);
	for (size_t i = 0; i < count; i++) {
		html_open(&site.html, "section");
		html_tell(&site.html, "h2", NULL, chapter[i].ja_title, chapter[i].en_title);
		html_prose(&site.html, sv_from(english ? chapter[i].en : chapter[i].ja));
		html_close(&site.html);
	}
	site_end(&site, head);
}

/* clang-format off */
static const struct chapter privacy[] = {
	{ "何のために使うか", "What it is used for",
	  "お申し込みでいただいた情報は、次のことだけに使います。\n"
	  "- 参加の条件の確認と、お申し込みの受付\n"
	  "- 事務局、専門家からのご連絡\n"
	  "- 支援の実施と、その結果の報告\n"
	  "- 事業の実施者である自治体への報告",
	  "What you tell us in an application is used for this only:\n"
	  "- to check the conditions and to receive the application\n"
	  "- so that the office and the experts can reach you\n"
	  "- to give the support and to report its results to you\n"
	  "- to report to the government that runs the programme" },
	{ "誰が見るか", "Who sees it",
	  "事務局、事業の実施者である自治体、貴社を担当する専門家と監視・相談の窓口が、それぞれの役目に要る範囲で見ます。誰がいつ何をしたかは記録されます。",
	  "The office, the government that runs the programme, and the experts and the desk that "
	  "serve your company see what their task needs. Who did what and when is recorded." },
	{ "同意の文面", "What you agreed to",
	  "同意をいただくときは、その文面を画面に示し、同意した版と日時を残します。",
	  "Where we ask for your consent, its text is shown, and its version and the time are kept." },
	{ "Cookie と閲覧の記録", "Cookies and visits",
	  "お申し込みのページは Cookie もスクリプトも使いません。外部の解析サービスに情報を送ることもありません。不正な送信を防ぐため、送信元のアドレスを記録します。",
	  "These pages use neither cookies nor scripts, and nothing is sent to services of others. "
	  "To keep abuse away, the address from which a form was sent is recorded." },
	{ "開示、訂正、削除", "Your rights",
	  "ご自分の情報の開示、訂正、削除のご希望は、お申し込みの事業の窓口にお申し出ください。電話番号は事業のページの下にあります。",
	  "To see, correct or delete what is kept about you, please ask the office of your programme. "
	  "Its number stands at the foot of the programme's page." },
};
static const struct chapter terms[] = {
	{ "このサイトについて", "What this site is",
	  "中小企業のサイバーセキュリティ対策を支援する事業の案内と、お申し込みの受付を行うサイトです。",
	  "It tells about programmes that support small and medium-sized companies in "
	  "cybersecurity, and takes their applications." },
	{ "使える環境", "What you need",
	  "スクリプトを使わないので、パソコンでもスマートフォンでも、暗号化（TLS 1.3）に対応したブラウザーなら使えます。",
	  "The pages need no scripts: any browser with TLS 1.3 will do, on a computer or a phone." },
	{ "使いやすさ", "Accessibility",
	  "JIS X 8341-3:2016 の適合レベル AA と WCAG 2.2 の AA を目標に作っています。使いにくいところがあれば、事業の窓口にお知らせください。電話でもお申し込みのお手伝いをします。",
	  "The pages aim at WCAG 2.2 AA and JIS X 8341-3:2016 AA. Please tell the office where "
	  "they fall short; it also helps with applications by telephone." },
	{ "リンクと引用", "Links",
	  "リンクは自由です。個人用のリンク（お申し込みの状況のページ）は、ほかの人に渡さないでください。",
	  "Links to these pages are welcome. Please do not pass on personal links." },
};
/* clang-format on */

void site_privacy_page(struct buf *buf, struct arena *arena, bool english, struct day today)
{
	put_chapters(buf, arena, english, today,
		     &(struct site_head){ .title = english ? SV("Privacy") : SV("個人情報の取扱い"),
					  .path = SV(SITE_PREFIX "/privacy") },
		     privacy, sizeof privacy / sizeof *privacy);
}

void site_terms_page(struct buf *buf, struct arena *arena, bool english, struct day today)
{
	put_chapters(buf, arena, english, today,
		     &(struct site_head){ .title = english ? SV("About this site")
							   : SV("サイトポリシー"),
					  .path = SV(SITE_PREFIX "/terms") },
		     terms, sizeof terms / sizeof *terms);
}

void site_message_page(struct buf *buf, struct arena *arena, bool english, struct day today,
		       const struct programme_facts *facts, struct sv title, struct sv text)
{
	const struct site_head head = { .title = title, .facts = facts, .personal = true };
	struct site site = site_begin(buf, arena, english, today, &head);

	html_element(&site.html, "h1", NULL, title);
	html_prose(&site.html, text);
	html_open(&site.html, "p");
	site_link(&site, NULL, site_path(&site, SITE_PREFIX "/"),
		  english ? SV("See all programmes") : SV("事業の一覧へ"));
	html_close(&site.html);
	site_end(&site, &head);
}

void site_wrong_link_page(struct buf *buf, struct arena *arena, bool english, struct day today,
			  const struct site_edition *edition, size_t count)
{
	const struct site_head head = {
		.title = english ? SV("This link opens nothing") : SV("このリンクでは開けません"),
		.personal = true,
	};
	struct site site = site_begin(buf, arena, english, today, &head);
	struct html *html = &site.html;

	html_element(html, "h1", NULL, head.title);
	html_prose(
		html,
		english ? SV("- Was the link cut in two lines by the mail program? Copy all of it.\n"
			     "- Use the link of the newest mail about your application.\n"
			     "- If it still does not open, call the office and have your number ready.")
			: SV("- メールソフトがリンクを途中で折り返していませんか。全体をコピーして開いてください。\n"
			     "- お申し込みについての、いちばん新しいメールのリンクをお使いください。\n"
			     "- それでも開けないときは、受付番号をお手元に用意して、窓口にお電話ください。"));
	for (size_t i = 0; i < count; i++) {
		html_element(html, "h2", NULL, site_text(&site, &edition[i].facts->short_name));
		site_office(&site, &edition[i].facts->office);
	}
	site_end(&site, &head);
}
