/* The sections of a whole edition: what they say is read, and each mistake has its place. */
#include "programme/testing.h"

static const char rich[] =
	"programme: rich\n"
	"version: 3\n"
	"fiscal_year: 2024\n"
	"name: 豊かな事業\n"
	"short_name: 豊\n"
	"purpose: p\n"
	"target: t\n"
	"office: {name: 事務局, mail: a@b.example, hours: 平日, open_from: \"09:00\","
	" open_to: \"17:30\"}\n"
	"desks: {consultation: {weekdays_only: true, from: \"09:00\", to: \"17:00\"}}\n"
	"reception: {opens: 2024-05-23, until: 2024-06-28}\n"
	"selection:\n"
	"  kind: lottery\n"
	"  places: 40\n"
	"  waiting: waiting\n"
	"  won: drawn\n"
	"  lost: not_drawn\n"
	"  leftover: moves\n"
	"  frames:\n"
	"    - {id: trade, name: 商, places: 10, of: {field: industry, in: [retail, wholesale]}}\n"
	"    - {id: making, name: 工, places: 10, of: {field: industry, is: manufacturing}}\n"
	"    - {id: others, name: 他, places: 20, of: {field: company, given: true}}\n"
	"flags:\n"
	"  - {id: big, rule: [R-025, T-12], name: 大, when: {field: size, at_least: 100}}\n"
	"courses:\n"
	"  - {id: seminar, name: 講座, places: 40, exact: false, entitlement: {service: seminar, visits: 2}}\n"
	"form:\n"
	"  version: \"1\"\n"
	"  sections:\n"
	"    - id: all\n"
	"      title: 入力\n"
	"      fields:\n"
	"        - {id: company, kind: text, label: 会社名, means: company_name}\n"
	"        - {id: person, kind: text, label: 氏名, means: contact}\n"
	"        - {id: participant, kind: text, label: 参加者, means: person}\n"
	"        - {id: mail, kind: mail, label: メール, means: mail}\n"
	"        - {id: courses, kind: courses, label: コース}\n"
	"        - {id: size, kind: number, label: 人数}\n"
	"        - {id: industry, kind: choice, label: 業種, options: [{id: retail, name: 小},"
	" {id: wholesale, name: 卸}, {id: manufacturing, name: 製}, {id: service, name: サ}]}\n"
	"        - {id: paper, kind: file, label: 申込書, types: [pdf, word], max_bytes: 1000}\n"
	"        - {id: sites, kind: sites, label: 拠点, max: 2, required: false}\n"
	"eligibility:\n"
	"  - {id: tokyo, name: 都内, rule: R-022, fail: {not: {any: [{field: sites, only: [tokyo]},"
	" {field: sites, given: false}]}}, otherwise: pass, message: {fail: 都内のみ}}\n"
	"receive: {name: 受付, by: applicant, to: received, marks: received}\n"
	"questionnaires:\n"
	"  - id: before\n"
	"    kind: preliminary\n"
	"    version: \"2\"\n"
	"    name: 事前問診\n"
	"    answered: answer\n"
	"    remind: {business_days: 5}\n"
	"    open_days: 90\n"
	"    not_before: 2024-07-01\n"
	"    sections:\n"
	"      - id: one\n"
	"        title: 問\n"
	"        fields:\n"
	"          - {id: firewall, kind: yes_no, label: 壁}\n"
	"      - id: two\n"
	"        title: 問2\n"
	"        fields:\n"
	"          - {id: which, kind: text, label: 何, shown: {field: firewall, is: \"yes\"}}\n"
	"  - {id: after, kind: sheet, version: \"1\", name: 事後, compared_with: before}\n"
	"visits:\n"
	"  - course: seminar\n"
	"    minutes: [60, 120]\n"
	"    forms: [on_site, online]\n"
	"    online_on_request: true\n"
	"    business_days_only: true\n"
	"    agenda:\n"
	"      - {title: 初回, documents: [policy]}\n"
	"      - {title: 最終}\n"
	"documents:\n"
	"  - {id: policy, kind: deliverable, name: 方針, can_be_published: true}\n"
	"  - {id: sheet, kind: download, name: 用紙, version: \"1\"}\n"
	"sessions:\n"
	"  - {id: b1, kind: briefing, name: 説明会, date: 2024-06-06, from: \"14:00\", to: \"15:30\","
	" places: {online: 100}}\n"
	"  - {id: s5, kind: seminar, name: 第5回, places: {venue: 40, online: 5},"
	" for: participants, online: by_exception, group: \"6-7\"}\n"
	"disclosures:\n"
	"  - {recipient: 診断会社, purpose: 診断, scope: 会社名, equal_protection: true}\n"
	"figures:\n"
	"  - {id: by_industry, name: 業種別, count: {mark: confirmed, given: true}, by: industry}\n"
	"  - {id: all, name: 全体}\n"
	"city_contacts: true\n"
	"publish_least: 3\n"
	"upgrade: {under_way: move, states: {old: received}}\n"
	"states:\n"
	"  - id: received\n"
	"    name: 受付\n"
	"    where: 受付済み\n"
	"    next: 連絡\n"
	"    task: 連絡\n"
	"    actor: secretariat\n"
	"    due: {calendar_days: 7, from: received, kind: soft}\n"
	"    events:\n"
	"      - event: call\n"
	"        name: 連絡\n"
	"        by: secretariat\n"
	"        channels: [telephone, mail]\n"
	"        fields: [{id: day, kind: date, label: 日}]\n"
	"        to: waiting\n"
	"        marks: completed\n"
	"      - event: answer\n"
	"        name: 回答\n"
	"        by: applicant\n"
	"        requires: [{when: {questionnaire: before, given: true}, message: 先に回答}]\n"
	"  - id: waiting\n"
	"    name: 抽選待ち\n"
	"    where: 抽選待ち\n"
	"    next: 抽選\n"
	"    task: 抽選する\n"
	"    actor: secretariat\n"
	"    due: {from: reception_end, business_days: 5, kind: soft}\n"
	"    events:\n"
	"      - {event: drawn, name: 当選, by: centre, to: won, effects: [{ask: before, mail: please}]}\n"
	"      - {event: not_drawn, name: 落選, by: centre, to: lost}\n"
	"      - {event: late, name: 遅延, at: {from: call.day, days: 30}, to: lost}\n"
	"      - {event: drop, name: 取下げ, by: secretariat, to: lost}\n"
	"  - id: won\n"
	"    name: 当選\n"
	"    where: 当選\n"
	"    next: 書類\n"
	"    task: 書類\n"
	"    actor: secretariat\n"
	"    due: {day: 2025-01-31, kind: soft}\n"
	"    events:\n"
	"      - event: close\n"
	"        name: 終了\n"
	"        by: secretariat\n"
	"        requires:\n"
	"          - {when: {document: policy, is: published}, message: 公開後に}\n"
	"          - {when: {not: {frame: making}}, message: 工は別}\n"
	"        to: done\n"
	"      - {event: season_over, name: 年度末, at: {from: 2025-03-31}, to: done}\n"
	"  - {id: done, name: 終了, where: 終了, next: なし, final: true, marks: ended}\n"
	"  - {id: lost, name: 落選, where: 落選, next: なし, final: true, marks: ended, releases_seats: true}\n"
	"mails:\n"
	"  please: {subject: お願い, body: \"{link_questions}\"}\n";

static struct sv changed(struct arena *arena, const char *from, const char *to, uint32_t *line)
{
	const struct sv text = sv_from(rich);
	const size_t at = sv_find(text, sv_from(from), 0);

	if (at == SIZE_MAX) {
		printf("# '%s' does not stand in the file\n", from);
		abort();
	}
	*line = 1;
	for (size_t i = 0; i < at; i++)
		*line += text.p[i] == '\n';
	return arena_printf(arena, "%.*s%s%.*s", SV_ARG(sv_slice(text, 0, at)), to,
			    SV_ARG(sv_slice(text, at + strlen(from), text.n)));
}

TEST(each_section_is_read)
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct programme *programme = testing_parse(sv_from(rich), arena);

	REQUIRE(programme);
	const struct programme_facts *facts = programme_facts(programme);
	CHECK(facts->selection.kind == SELECTION_LOTTERY && facts->selection.leftover_moves);
	CHECK_INT(facts->selection.places, 40);
	CHECK_INT(facts->selection.frame_count, 3);
	CHECK(!facts->selection.frame[0].exact);
	CHECK_SV(facts->selection.won, SV("drawn"));
	CHECK_SV(facts->flag[0].rules, SV("R-025 T-12"));
	CHECK(facts->has_consultation && facts->consultation_weekdays_only);
	CHECK_INT(facts->consultation_to_minute, 17 * 60);
	CHECK_INT(facts->office.telephone.n, 0); /* R7F prints none */
	CHECK_INT(facts->questionnaire_count, 2);
	const struct programme_questionnaire *before = &facts->questionnaire[0];
	CHECK_SV(before->answered, SV("answer"));
	CHECK(before->remind_business_days == 5 && before->open_days == 90 && before->has_not_before);
	CHECK_INT(before->form.section_count, 2);
	CHECK_INT(facts->questionnaire[1].form.section_count, 2); /* the same questions */
	CHECK_SV(form_label(programme, SV("after.which")).ja, SV("何"));
	CHECK_INT(facts->visits[0].minutes_max, 120);
	CHECK_INT(facts->visits[0].forms, 3);
	CHECK_SV(facts->visits[0].agenda[0].document[0], SV("policy"));
	CHECK(facts->document[0].can_be_published && facts->document[1].kind == DOCUMENT_DOWNLOAD);
	CHECK_INT(facts->session[0].booking_until.n, day_from_civil(2024, 6, 5).n); /* */
	CHECK_INT(facts->session[0].places[MODE_ONLINE], 100);
	CHECK(!facts->session[1].has_date && facts->session[1].mode_by_exception); /* T-37 */
	CHECK(facts->session[1].for_participants);
	CHECK(facts->disclosure[0].equal_protection_recorded);
	CHECK_SV(facts->figure[0].by, SV("industry"));
	CHECK(facts->city_contacts && facts->under_way_moves);
	CHECK_INT(facts->publish_least, 3);
	/* T-24: the channels are a question of the event, its first. */
	const struct programme_event *call = &facts->state[0].event[0];
	CHECK_SV(call->field[0].id, SV("channel"));
	CHECK_INT(call->field[0].option_count, 2);
	CHECK_INT(call->field_count, 2);
	programme_free(programme);
	arena_free(arena);
}

TEST(one_mistake_of_a_section)
{
	static const struct {
		const char *from, *to;
		int lines; /* from the change to where it is told; -1000: anywhere */
		const char *message, *hint;
	} row[] = {
		{ "places: 40, exact: false, entitlement", "places: 39, exact: false, entitlement",
		  -1000, "somebody drawn could find none", "at least as many places" },
		{ "{field: size, at_least: 100}", "{record: service, is: edr}", 0,
		  "the records know no 'service'", "'services'" },
		{ "  places: 40\n", "  places: 41\n", -1000, "have 40 places, the selection has 41",
		  "R-018" },
		{ "  places: 40\n", "", -1000, "a lottery says its places", "places: 40" },
		{ "  kind: lottery\n", "  kind: first_come\n", 1, "only a lottery has 'places'",
		  "kind: lottery" },
		{ "  leftover: moves\n", "  leftover: move\n", 0, "no rule for places left over",
		  "'moves'" },
		{ "  leftover: moves\n", "  leftover: moves\n  seat: from_received\n", 1,
		  "a lottery has no `seat`", "" },
		{ "  won: drawn\n", "  won: drawm\n", 0, "the centre does no event 'drawm'",
		  "'drawn'" },
		{ "  won: drawn\n", "  won: drop\n", 0, "the centre does no event 'drop'", "" },
		{ "  waiting: waiting\n", "  waiting: waitin\n", 0, "no state 'waitin'", "'waiting'" },
		{ "  waiting: waiting\n", "  waiting: received\n", -1000,
		  "the draw does not find its event 'drawn'", "by: centre" },
		{ "until: 2024-06-28", "until: full", 2, "needs an end", "until: 2024-06-28" },
		{ "until: 2024-06-28", "until: {abut: 6月頃}", 0, "no key 'abut'", "'about'" },
		{ "of: {field: industry, is: manufacturing}", "of: {frame: trade}", -1000,
		  "does not depend on frames", "" },
		{ "{field: size, at_least: 100}", "{field: siez, at_least: 100}", 0,
		  "no field 'siez'", "'size'" },
		{ "{id: big,", "{id: big, colour: red,", 0, "no key 'colour'", "" },
		{ "types: [pdf, word]", "types: [pdf, wrd]", 0, "no type of file 'wrd'", "'word'" },
		{ "types: [pdf, word], ", "", 0, "which types", "types: [" },
		{ "max_bytes: 1000", "max_bytes: 20971521", 0, "from 1 to 20971520", "" },
		{ "kind: number, label: 人数", "kind: number, types: [pdf], label: 人数", 0,
		  "only a file", "" },
		{ "only: [tokyo]", "only: [tokio]", 0, "never 'tokio'", "" },
		{ "    kind: preliminary\n", "    kind: prelim\n", 0, "no kind of questionnaire",
		  "preliminary" },
		{ "    answered: answer\n", "    answered: call\n", 0,
		  "the applicant does no event 'call'", "" },
		{ "{business_days: 5}\n    open", "{business_days: 0}\n    open", 0, "from 1 to", "" },
		{ "{field: firewall, is: \"yes\"}", "{field: after.which, given: true}", 0,
		  "only the questionnaire 'after' itself", "questionnaire: ID" },
		{ "{id: firewall, kind: yes_no, label: 壁}",
		  "{id: firewall, kind: file, types: [pdf], label: 壁}", -1000, "take files", "" },
		{ "compared_with: before", "compared_with: bevore", 0,
		  "no other questionnaire 'bevore'", "" },
		{ "kind: sheet, version", "kind: sheet, anonymous: true, version", 0,
		  "never anonymous", "" },
		{ "  - id: before\n", "  - id: call\n", -1000, "is a questionnaire and an event", "" },
		{ "  - course: seminar\n", "  - course: semina\n", 0, "no course 'semina'", "" },
		{ "[60, 120]", "[120, 60]", 0, "lasts longer", "" },
		{ "[on_site, online]", "[on_sight]", 0, "no form of visit", "on_site" },
		{ "      - {title: 最終}\n", "", -1000, "gives 2 visits, the agenda has 1",
		  "entitlement" },
		{ "documents: [policy]", "documents: [polcy]", 0, "no document 'polcy'", "'policy'" },
		{ "kind: download, name: 用紙, version: \"1\"", "kind: download, name: 用紙", 0,
		  "R-043", "version" },
		{ "kind: download, name: 用紙", "kind: collected, name: 用紙", 0, "R-043", "" },
		{ "kind: briefing", "kind: breifing", 0, "no kind of session", "'briefing'" },
		{ "places: {online: 100}", "places: {}", 0, "has places", "" },
		{ "to: \"15:30\"", "to: \"13:30\"", 0, "begins before it ends", "" },
		{ "date: 2024-06-06", "date: 2024-06-06, booking_until: 2024-06-07", 0,
		  "booking ends after", "" },
		{ "for: participants", "for: participant", 0, "no audience", "'participants'" },
		{ "online: by_exception", "online: never", 0, "no rule for online", "by_exception" },
		{ "equal_protection: true", "equal_protection: false", 0, "R-116", "" },
		{ "by: industry}", "by: industri}", 0, "no field 'industri'", "'industry'" },
		{ "publish_least: 3", "publish_least: 0", 0, "from 1 to", "" },
		{ "under_way: move", "under_way: leave", 0, "no rule for applications", "" },
		{ "under_way: move", "under_way: stay", 0, "only where applications move", "" },
		{ "{old: received}", "{old: receivd}", 0, "no state 'receivd'", "'received'" },
		{ "{old: received}", "{old: done}", -1000, "which is final", "" },
		{ "{old: received}", "{waiting: received}", -1000, "is still a state", "" },
		{ "{calendar_days: 7, from: received", "{calendar_days: 7, from: trial_month", 0,
		  "does not count from there", "trial_end" },
		{ "{calendar_days: 7, from", "{calendar_days: 7, business_days: 3, from", 0,
		  "one of business_days", "" },
		{ "{day: 2025-01-31", "{day: 2025-02-31", 0, "day that exists", "" },
		{ "{day: 2025-01-31", "{from: entered, day: 2025-01-31", 0, "counts from nowhere", "" },
		{ "channels: [telephone, mail]", "channels: [telefone]", 0, "no channel",
		  "'telephone'" },
		{ "{id: day, kind: date", "{id: channel, kind: date", -1, "there twice", "" },
		{ "{ask: before, mail: please}", "{ask: befor, mail: please}", 0,
		  "no questionnaire 'befor'", "'before'" },
		{ "{ask: before, mail: please}", "{ask: before}", 0, "gets a mail", "" },
		{ "{ask: before, mail: please}", "{ask: before, invite: please}", 0, "an effect is",
		  "" },
		{ "from: call.day", "from: call.dai", 0, "no field 'call.dai'", "" },
		{ "from: 2025-03-31", "from: 2025-03-32", 0, "no moment or mark", "" },
		{ "{document: policy, is: published}", "{document: policy, is: publish}", 0,
		  "no state of a document", "'published'" },
		{ "{document: policy, is: published}", "{document: police, is: published}", 0,
		  "no document 'police'", "'policy'" },
		{ "{frame: making}", "{frame: makin}", 0, "no frame 'makin'", "'making'" },
		{ "{questionnaire: before, given: true}", "{questionnaire: befor, given: true}", 0,
		  "no questionnaire 'befor'", "'before'" },
		{ "{questionnaire: before, given: true}", "{questionnaire: before, is: done}", 0,
		  "are given: true", "" },
		{ "{link_questions}", "{link_question}", 0, "unknown {link_question}",
		  "'link_questions'" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct arena *arena = arena_new(TESTING_MEMORY);
		struct programme_problems problems = { NULL, 0 };
		struct err err = ERR_INIT;
		uint32_t line;
		const struct sv text = changed(arena, row[i].from, row[i].to, &line);
		struct programme *programme = programme_parse(text, "t", arena, &problems, &err);
		bool found = false;

		for (size_t k = 0; k < problems.count; k++) {
			const struct programme_problem *one = &problems.item[k];

			found |= (row[i].lines == -1000 ||
				  one->line == (uint32_t)((int)line + row[i].lines)) &&
				 sv_find(one->message, sv_from(row[i].message), 0) != SIZE_MAX &&
				 sv_find(one->hint, sv_from(row[i].hint), 0) != SIZE_MAX;
		}
		if (programme || !found) {
			printf("# row %zu: '%s' → '%s' (line %u)\n", i, row[i].from, row[i].to, line);
			for (size_t k = 0; k < problems.count; k++)
				printf("#   %u:%u %.*s (%.*s)\n", problems.item[k].line,
				       problems.item[k].column, SV_ARG(problems.item[k].message),
				       SV_ARG(problems.item[k].hint));
		}
		CHECK(!programme && found);
		programme_free(programme);
		arena_free(arena);
	}
}

/* ---- what the engine makes of it ---- */

static const char shop[] = "company=店 person=花子 participant=花子 mail=a@b.example"
			   " courses=seminar size=120 industry=retail"
			   " paper=" /* then a file */;
#define PAPER "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855_900_申込書.pdf"

static struct answers filled(struct arena *arena, const char *change)
{
	/* "_" stands for the spaces of a file's value. */
	const struct sv text = arena_printf(arena, "%s" PAPER " %s", shop, change);
	const struct answers all = testing_answers(text.p, arena);
	struct answer *item = arena_alloc(arena, (all.count + 1) * sizeof *item);
	size_t count = 0;

	for (size_t i = 0; i < all.count; i++) {
		char *value = arena_alloc(arena, all.item[i].value.n + 1);
		bool again = false;

		for (size_t k = i + 1; k < all.count; k++)
			again |= sv_eq(all.item[k].name, all.item[i].name) &&
				 !sv_eq(all.item[i].name, SV("sites"));
		for (size_t k = 0; k < all.item[i].value.n; k++)
			value[k] = all.item[i].value.p[k] == '_' ? ' ' : all.item[i].value.p[k];
		if (!again)
			item[count++] = (struct answer){ all.item[i].name,
							 { value, all.item[i].value.n } };
	}
	return (struct answers){ item, count };
}

static int receive(struct season *s, const char *change)
{
	const int status =
		season_step(s, SV("receive"), BY_APPLICANT, filled(s->arena, change));

	return status == 0 ? 0 : status > 0 ? (int)s->refused.why : -1;
}

static void begin(struct season *s, const char *now)
{
	struct arena *arena = arena_new(TESTING_MEMORY);

	season_begin_with(s, testing_parse(sv_from(rich), arena), arena, now);
}

TEST(files_and_sites)
{
	static const struct {
		const char *change;
		int want;
		const char *field;
	} row[] = {
		{ "", 0, "" },
		{ "paper=e3b0c4_900_申込書.pdf", REFUSAL_FIELDS, "paper" },
		{ "paper=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855_1000_a.PDF",
		  0, "" },
		{ "paper=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855_1001_a.pdf",
		  REFUSAL_FIELDS, "paper" },
		{ "paper=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855_9_a.exe",
		  REFUSAL_FIELDS, "paper" },
		{ "paper=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855_9_",
		  REFUSAL_FIELDS, "paper" },
		{ "sites=tokyo_新宿区1-1", 0, "" },
		{ "sites=東京都新宿区1-1 sites=tokyo_港区2-2", 0, "" },
		{ "sites=東京都新宿区1 sites=tokyo_港区2 sites=tokyo_港区3", REFUSAL_FIELDS, "sites" },
		{ "sites=新宿区1-1", REFUSAL_FIELDS, "sites" },
		{ "sites=tokyo_", REFUSAL_FIELDS, "sites" },
		{ "sites=tokyo_新宿区1 sites=神奈川県横浜市2", REFUSAL_INELIGIBLE, "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct season s;

		begin(&s, "2024-05-23T10:00:00+09:00");
		REQUIRE(s.programme);
		const int got = receive(&s, row[i].change);

		if (got != row[i].want)
			printf("# %s: %d\n", row[i].change, got);
		CHECK_INT(got, row[i].want);
		if (row[i].want == REFUSAL_FIELDS && got == REFUSAL_FIELDS) {
			CHECK_INT(s.refused.errors.count, 1);
			CHECK_SV(s.refused.errors.item[0].field, sv_from(row[i].field));
		}
		season_end(&s);
	}
}

TEST(values_as_people_read_them)
{
	struct season s;

	begin(&s, "2024-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_SV(form_value(s.programme, SV("sites"), SV("tokyo 新宿区1-1"), s.arena).ja,
		 SV("東京都新宿区1-1"));
	CHECK_SV(form_value(s.programme, SV("paper"), SV("abc 1025 申込書.pdf"), s.arena).ja,
		 SV("申込書.pdf (2 KB)"));
	season_end(&s);
}

/* R-016, S-30: nobody has a seat before the draw, so nobody is refused as full. */
TEST(lottery_takes_seats_when_drawn)
{
	struct season s;

	begin(&s, "2024-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	s.seat[0].places = 1;
	s.seat[0].taken = 1;
	CHECK_INT(receive(&s, ""), 0);
	CHECK_INT(season_effects(&s, EFFECT_SEAT_TAKE), 0);
	CHECK_INT(selection_frame(s.programme, &s.is), 0);
	CHECK(flag_holds(&programme_facts(s.programme)->flag[0], &s.is));
	CHECK_INT(s.last.due.n, day_from_civil(2024, 5, 30).n); /* seven calendar days */
	CHECK_INT(season_do(&s, "call", BY_SECRETARIAT, "day=2024-06-03"), REFUSAL_FIELDS);
	CHECK_INT(season_do(&s, "call", BY_SECRETARIAT, "day=2024-06-03 channel=letter"),
		  REFUSAL_FIELDS); /* T-24 */
	CHECK_INT(season_do(&s, "call", BY_SECRETARIAT, "day=2024-06-03 channel=mail"), 0);
	CHECK_INT(s.last.due.n, day_from_civil(2024, 7, 5).n); /* five days from the end of reception */
	CHECK_INT(s.last.wake.us, testing_at("2024-07-03T00:00:00+09:00").us);
	CHECK_INT(season_do(&s, "drawn", BY_SECRETARIAT, ""), REFUSAL_NOT_YOURS);
	CHECK_INT(season_do(&s, "drawn", BY_CENTRE, ""), REFUSAL_FULL);
	s.seat[0].taken = 0;
	CHECK_INT(season_do(&s, "drawn", BY_CENTRE, ""), 0);
	CHECK_INT(season_effects(&s, EFFECT_SEAT_TAKE), 1);
	CHECK_INT(s.seat[0].taken, 1);
	CHECK_INT(season_effects(&s, EFFECT_ASK), 1);
	CHECK_SV(s.last.effect[1].what, SV("before"));
	CHECK_SV(s.last.effect[1].how, SV("please"));
	CHECK_INT(s.last.due.n, day_from_civil(2025, 1, 31).n);
	CHECK_INT(s.last.wake.us, testing_at("2025-03-31T00:00:00+09:00").us);
	/* Documents and frames are asked by conditions. */
	CHECK_INT(season_do(&s, "close", BY_SECRETARIAT, ""), REFUSAL_CONDITION);
	s.is.records = testing_answers("records.document.policy=reviewed", s.arena);
	CHECK_INT(season_do(&s, "close", BY_SECRETARIAT, ""), REFUSAL_CONDITION);
	s.is.records = testing_answers(
		"records.document.policy=reviewed records.document.policy=published", s.arena);
	CHECK_INT(season_do(&s, "close", BY_SECRETARIAT, ""), 0);
	season_end(&s);
}

TEST(frames_and_figures)
{
	static const struct {
		const char *change;
		size_t frame;
		bool may_close;
	} row[] = {
		{ "industry=retail", 0, true },
		{ "industry=wholesale", 0, true },
		{ "industry=manufacturing", 1, false },
		{ "industry=service", 2, true },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct season s;

		begin(&s, "2024-06-28T23:59:59+09:00"); /* the last second of reception */
		REQUIRE(s.programme);
		const struct programme_facts *facts = programme_facts(s.programme);
		CHECK_INT(receive(&s, row[i].change), 0);
		CHECK_INT(selection_frame(s.programme, &s.is), row[i].frame);
		CHECK(!figure_counts(&facts->figure[0], &s.is));
		CHECK(figure_counts(&facts->figure[1], &s.is));
		season_do(&s, "call", BY_SECRETARIAT, "day=2024-06-30 channel=mail");
		season_do(&s, "drawn", BY_CENTRE, "");
		s.is.records = testing_answers("records.document.policy=published", s.arena);
		CHECK((season_do(&s, "close", BY_SECRETARIAT, "") == 0) == row[i].may_close);
		season_end(&s);
	}
}

/* After the last day nobody applies; nor after the office closed it (R-016, R-033, T-35). */
TEST(reception_is_over)
{
	struct season s;

	begin(&s, "2024-06-29T00:00:00+09:00");
	REQUIRE(s.programme);
	CHECK_INT(receive(&s, ""), REFUSAL_CLOSED);
	s.now = testing_at("2024-06-28T10:00:00+09:00");
	const struct stimulus closed = { .event = SV("receive"), .by = BY_APPLICANT,
					 .fields = filled(s.arena, ""), .now = s.now,
					 .seat = s.seat, .seat_count = s.seat_count,
					 .reception_is_closed = true };
	struct answers fields;
	CHECK_INT(programme_step(s.programme, &s.is, &closed, s.arena, &s.last, &fields, &s.refused,
				 &s.err),
		  1);
	CHECK(s.refused.why == REFUSAL_CLOSED);
	season_end(&s);
}

/* Questionnaires keep what belongs to shown questions, called "ID.FIELD". */
TEST(questionnaires)
{
	struct form_errors errors;
	struct answers kept;
	struct season s;

	begin(&s, "2024-05-23T10:00:00+09:00");
	REQUIRE(s.programme);
	for (size_t i = 0; i < 2; i++) {
		const struct programme_questionnaire *one =
			&programme_facts(s.programme)->questionnaire[i];
		const struct answers yes = testing_answers("firewall=yes which=壁", s.arena);
		const struct answers no = testing_answers("firewall=no which=壁", s.arena);
		const struct answers half = testing_answers("firewall=yes", s.arena);

		CHECK_INT(form_check_questionnaire(s.programme, one, &s.is, &yes, s.arena, &kept,
						   &errors, &s.err), 0);
		CHECK_INT(kept.count, 2);
		CHECK_SV(kept.item[1].name,
			 arena_printf(s.arena, "%.*s.which", SV_ARG(one->id)));
		CHECK_INT(form_check_questionnaire(s.programme, one, &s.is, &no, s.arena, &kept,
						   &errors, &s.err), 0);
		CHECK_INT(kept.count, 1);
		CHECK_INT(form_check_questionnaire(s.programme, one, &s.is, &half, s.arena, &kept,
						   &errors, &s.err), 1);
		CHECK_SV(errors.item[0].field, SV("which"));
	}
	season_end(&s);
}

/* What docs/programmes.md shows as whole files are whole. */
TEST(examples_of_the_docs)
{
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct sv rest = testing_file("../docs/programmes.md", arena);
	size_t examples = 0;

	for (;;) {
		const size_t at = sv_find(rest, SV("```yaml\n"), 0);
		size_t end;

		if (at == SIZE_MAX)
			break;
		rest = sv_slice(rest, at + 8, rest.n);
		end = sv_find(rest, SV("```"), 0);
		REQUIRE(end != SIZE_MAX);
		const struct sv text = sv_slice(rest, 0, end);

		rest = sv_slice(rest, end + 3, rest.n);
		if (sv_find(text, SV("programme: "), 0) == SIZE_MAX)
			continue; /* a part */
		struct programme *programme = testing_parse(text, arena);

		CHECK(programme != NULL);
		examples++;
		programme_free(programme);
	}
	CHECK_INT(examples, 2);
	arena_free(arena);
}
