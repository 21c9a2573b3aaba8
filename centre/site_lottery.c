#include "centre/site_lottery.h"

#include "centre/centre.h"
#include "centre/emit.h"
#include "centre/site_internal.h"
#include "lottery/lottery.h"

#define LIST_MAX (4U << 20)
#define BEACON_KEY                                                                                 \
	"83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1" \
	"fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"

/* 1 with what is public, 0 where nothing is yet, -1 with the response filled. */
static int open_lottery(struct http_request *request, struct http_response *response,
			const struct catalogue_entry *entry, struct lottery *ret)
{
	struct err err = ERR_INIT;
	const int found =
		lottery_load(request->worker->records, entry, request->arena, ret, &err);

	if (found < 0) {
		http_fail_err(request, response, &err);
		return -1;
	}
	return found == 1 && ret->state != LOTTERY_PREPARED;
}

/* ---- for people ---- */

static struct sv frame_id(const struct lottery *lottery, size_t frame)
{
	return frame < lottery->rule.frame_count ? lottery->rule.frame[frame].id : SV("-");
}

static void put_code(struct site *site, const char *ja, const char *en, struct sv text)
{
	site_row(site, ja, en);
	html_element(&site->html, "code", "hash", text);
	html_close(&site->html);
	html_close(&site->html);
}

static struct sv round_url(const struct site *site, const struct lottery *lottery)
{
	return arena_printf(site->arena, "https://api.drand.sh/" LOTTERY_CHAIN "/public/%llu",
			    (unsigned long long)lottery->round);
}

static void put_source(struct site *site, const struct lottery *lottery)
{
	struct html *html = &site->html;

	if (lottery->source == LOTTERY_NONE) {
		site_row_text(site, "乱数", "Entropy",
			      html->english ? SV("Not needed: there are places for all")
					    : SV("不要です（全員に枠があるため）"));
		return;
	}
	if (lottery->source == LOTTERY_BEACON) {
		site_row(site, "乱数", "Entropy");
		html_text(html, arena_printf(site->arena,
					     html->english ? "Round %llu of drand's public beacon "
							     "(chain quicknet), "
							   : "公開乱数ビーコン drand（quicknet）の第%llu回 ",
					     (unsigned long long)lottery->round));
		site_link(site, NULL, round_url(site, lottery), round_url(site, lottery));
		html_close(html);
		html_close(html);
	} else {
		site_row_text(site, "乱数", "Entropy",
			      arena_printf(site->arena,
					   html->english ? "Values that two officers enter: %.*s"
							 : "職員2名がそれぞれ入力する値：%.*s",
					   SV_ARG(lottery->what)));
	}
	site_row_text(site, "乱数が決まる日時", "Known from", site_time(site, lottery->after));
}

static void put_facts(struct site *site, const struct lottery *lottery)
{
	char at[INSTANT_TEXT_MAX];

	html_open(&site->html, "dl");
	html_class(&site->html, "rows");
	site_row_text(site, "名簿の公表日時", "List published",
		      arena_printf(site->arena, "%.*s (%s)",
				   SV_ARG(site_time(site, lottery->published)),
				   instant_format(lottery->published, at)));
	put_code(site, "名簿の SHA-256", "SHA-256 of the list", lottery->digest);
	put_source(site, lottery);
	site_row_text(site, "枠の合計", "Places",
		      arena_printf(site->arena, "%u", (unsigned)lottery->rule.places));
	if (lottery->state == LOTTERY_DRAWN) {
		site_row_text(site, "抽選日時", "Drawn", site_time(site, lottery->drawn));
		put_code(site, "回の名前（R）", "Name of the round (R)", lottery->round_text);
		put_code(site, "乱数（16進）", "Beacon (hexadecimal)",
			 lottery->beacon.n > 0 ? lottery->beacon : SV("-"));
		put_code(site, "シード", "Seed", lottery->seed);
	}
	html_close(&site->html);
}

static void put_frames(struct site *site, const struct catalogue_entry *entry,
		       const struct lottery *lottery)
{
	const struct programme_selection *selection =
		&programme_facts(entry->programme)->selection;
	struct html *html = &site->html;

	if (lottery->rule.frame_count == 0)
		return;
	html_tell(html, "h2", NULL, "枠", "Frames");
	html_open(html, "dl");
	html_class(html, "rows");
	for (size_t i = 0; i < lottery->rule.frame_count; i++) {
		const struct lottery_frame *frame = &lottery->rule.frame[i];

		html_open(html, "div");
		html_open(html, "dt");
		html_text(html, i < selection->frame_count
					? site_text(site, &selection->frame[i].name)
					: frame->id);
		html_text(html, arena_printf(site->arena, " (%.*s)", SV_ARG(frame->id)));
		html_close(html);
		html_element(html, "dd", NULL,
			     arena_printf(site->arena, "%u", (unsigned)frame->places));
		html_close(html);
	}
	html_close(html);
	html_tell(html, "p", NULL,
		  lottery->rule.leftover_moves
			  ? "枠に満たない分は、枠に関係なく、まだ選ばれていない人にスコアの順で回します。"
			  : "枠に満たない分は、ほかの枠には回しません。",
		  lottery->rule.leftover_moves
			  ? "Places that a frame does not fill go on by score to all who are left."
			  : "Places that a frame does not fill stay empty.");
}

static void put_values(struct site *site, const struct lottery *lottery)
{
	struct html *html = &site->html;

	if (lottery->state != LOTTERY_DRAWN || lottery->value_count == 0)
		return;
	html_tell(html, "h2", NULL, "入力された値", "Values that were entered");
	html_open(html, "dl");
	html_class(html, "rows");
	for (size_t i = 0; i < lottery->value_count; i++) {
		const struct lottery_value *value = &lottery->value[i];
		const bool city = sv_eq(value->officer.role, SV("city"));

		put_code(site, city ? "実施自治体の職員" : "運営事務局の職員",
			 city ? "An officer of the city" : "An officer of the programme office",
			 value->value);
		site_row_text(site, "入力日時", "Entered", site_time(site, value->at));
		site_row_text(site, "証拠", "Proof", value->proof);
	}
	html_close(html);
}

static void put_check(struct site *site, const struct lottery *lottery)
{
	struct html *html = &site->html;

	html_tell(html, "h2", NULL, "抽選の方法と、確かめ方", "How it is drawn, and how to check it");
	html_prose(
		html,
		html->english
			? SV("1. The list has one line for each ticket: the ticket, a space and its frame where there are frames, and a line feed. Lines stand in the order of their bytes. Its SHA-256 is published before the entropy exists.\n"
			     "1. seed = SHA-256 of the text programme:ID|round:R| followed by the beacon's bytes. ID is the last part of this programme's address.\n"
			     "1. The score of a ticket is HMAC-SHA-256 with the seed as key and the ticket as text. The smallest score goes first.\n"
			     "1. Each frame takes its places by score; then open places go on by score. Who is left waits in the order of the score.\n"
			     "1. There is one draw only. Where a winner withdraws, the next of the waiting order gets the place.")
			: SV("1. 名簿は抽選番号を1行に1つずつ並べたものです（枠があるときは、空白と枠の名前が続きます。行の終わりは改行 LF）。バイト順に並べます。その SHA-256 を、乱数が存在するより前に公表します。\n"
			     "1. シードは、文字列「programme:ID|round:R|」に乱数のバイト列を続けたものの SHA-256 です。ID はこの事業のアドレスの末尾です。\n"
			     "1. 抽選番号のスコアは、シードを鍵とする HMAC-SHA-256 です。小さい順に選びます。\n"
			     "1. 枠ごとにスコアの順で選び、残った枠は上の規則で回します。選ばれなかった人は、スコアの順に補欠となります。\n"
			     "1. 抽選は一度だけで、やり直しません。辞退があったときは、補欠の順に繰り上げます。"));
	if (lottery->source == LOTTERY_BEACON) {
		html_tell(
			html, "p", NULL,
			"乱数は、上のアドレスで公表される signature の SHA-256（randomness）です。職員2名が別々に確かめて入力します。このシステムは署名（BLS）そのものは検証しません。drand の検証ソフトで、次の公開鍵を使って確かめられます。",
			"The beacon is the SHA-256 (randomness) of the signature that the address "
			"above shows. Two officers look it up and enter it separately. This system "
			"does not verify the signature (BLS) itself: drand's own clients do, with "
			"this public key.");
		html_open(html, "p");
		html_element(html, "code", "hash", SV(BEACON_KEY));
		html_close(html);
	}
}

static void put_heads(struct html *html, bool drawn)
{
	html_open(html, "tr");
	if (drawn)
		html_tell(html, "th", NULL, "順", "Order");
	html_tell(html, "th", NULL, "抽選番号", "Ticket");
	html_tell(html, "th", NULL, "枠", "Frame");
	if (drawn)
		html_tell(html, "th", NULL, "結果", "Result");
	html_close(html);
}

static void put_result(struct site *site, const struct lottery_row *row)
{
	struct html *html = &site->html;

	html_open(html, "td");
	if (row->won)
		html_say(html, row->fate == FATE_VACATED ? "当選（辞退）" : "当選",
			 row->fate == FATE_VACATED ? "Won (gave it up)" : "Won");
	else if (row->after.n > 0)
		html_text(html, arena_printf(site->arena,
					     html->english ? "Moved up after %.*s"
							   : "繰り上げ（%.*s の辞退による）",
					     SV_ARG(row->after)));
	else
		html_say(html, "補欠", "Waits");
	html_close(html);
}

static void put_list(struct site *site, const struct lottery *lottery)
{
	const bool drawn = lottery->state == LOTTERY_DRAWN;
	struct html *html = &site->html;

	html_tell(html, "h2", NULL, drawn ? "結果" : "名簿", drawn ? "Result" : "List");
	html_open(html, "table");
	html_class(html, "tickets");
	html_open(html, "thead");
	put_heads(html, drawn);
	html_close(html);
	html_open(html, "tbody");
	for (size_t i = 0; i < lottery->row_count; i++) {
		const struct lottery_row *row = &lottery->row[i];

		html_open(html, "tr");
		if (drawn)
			html_element(html, "td", NULL,
				     arena_printf(site->arena, "%u", row->order));
		html_open(html, "td");
		html_element(html, "code", NULL, row->ticket);
		html_close(html);
		html_element(html, "td", NULL, frame_id(lottery, row->frame));
		if (drawn)
			put_result(site, row);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

enum http_answer site_lottery(struct http_request *request, struct http_response *response,
			      const struct catalogue_entry *entry)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	const bool english = site_is_english(request);
	const struct site_head head = {
		.title = arena_printf(
			request->arena, "%s | %.*s", english ? "The draw" : "抽選の記録",
			SV_ARG(english ? facts->short_name.en : facts->short_name.ja)),
		.facts = facts,
		.path = arena_printf(request->arena, SITE_PREFIX "/%.*s/lottery",
				     SV_ARG(entry->slug)),
	};
	struct lottery lottery;
	struct site site;
	const int found = open_lottery(request, response, entry, &lottery);

	if (found < 0)
		return HTTP_DONE;
	if (found == 0 && facts->selection.kind != SELECTION_LOTTERY)
		return site_not_found(request, response);
	if (found == 0)
		return site_message(request, response, 200, facts, "抽選の名簿はまだ公表されていません",
				    "No list is published yet",
				    "名簿と SHA-256 は、抽選より前にこのページで公表します。",
				    "List and SHA-256 appear here before the draw.");
	site = site_begin(&response->body, request->arena, english, site_today(request), &head);
	html_open(&site.html, "p");
	html_class(&site.html, "path");
	site_link(&site, NULL, site_path(&site, SITE_PREFIX "/%.*s", SV_ARG(entry->slug)),
		  site_text(&site, &facts->name));
	html_close(&site.html);
	html_tell(&site.html, "h1", NULL, "抽選の記録", "The draw");
	put_facts(&site, &lottery);
	put_frames(&site, entry, &lottery);
	put_values(&site, &lottery);
	put_check(&site, &lottery);
	put_list(&site, &lottery);
	html_open(&site.html, "p");
	site_link(&site, NULL, site_path(&site, SITE_PREFIX "/%.*s/lottery.json", SV_ARG(entry->slug)),
		  english ? SV("The same for programs (JSON)") : SV("プログラム用のデータ（JSON）"));
	html_close(&site.html);
	site_end(&site, &head);
	site_answer(response, 200, false);
	return HTTP_DONE;
}

/* ---- for programs ---- */

static int emit_list(struct emit *emit, struct http_request *request,
		     const struct lottery *lottery, struct err *err)
{
	struct buf list;
	struct sv rest;
	int status;

	buf_init(&list, LIST_MAX);
	status = lottery_list_text(lottery, request->arena, &list, err);
	rest = buf_sv(&list);
	emit_key(emit, "list");
	emit_array(emit);
	while (status == 0 && rest.n > 0)
		emit_text(emit, sv_cut(&rest, '\n'));
	emit_array_end(emit);
	buf_done(&list);
	return status;
}

static void emit_frames(struct emit *emit, const struct lottery_rule *rule)
{
	emit_put_number(emit, "places", rule->places);
	emit_put_truth(emit, "leftover_moves", rule->leftover_moves);
	emit_key(emit, "frames");
	emit_array(emit);
	for (size_t i = 0; i < rule->frame_count; i++) {
		emit_object(emit);
		emit_put_text(emit, "id", rule->frame[i].id);
		emit_put_number(emit, "places", rule->frame[i].places);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void emit_source(struct emit *emit, const struct lottery *lottery)
{
	emit_put_text(emit, "digest", lottery->digest);
	emit_put_time(emit, "published", lottery->published);
	emit_put_text(emit, "source", sv_from(lottery_source_name(lottery->source)));
	if (lottery->source == LOTTERY_BEACON) {
		emit_put_text(emit, "chain", SV(LOTTERY_CHAIN));
		emit_put_number(emit, "round_number", (int64_t)lottery->round);
	}
	emit_put_text(emit, "what", lottery->what);
	emit_put_time(emit, "after", lottery->after);
}

/* Names of officers are nobody's business outside. */
static void emit_values(struct emit *emit, const struct lottery *lottery)
{
	emit_key(emit, "values");
	emit_array(emit);
	for (size_t i = 0; i < lottery->value_count; i++) {
		emit_object(emit);
		emit_put_text(emit, "role", lottery->value[i].officer.role);
		emit_put_text(emit, "value", lottery->value[i].value);
		emit_put_text(emit, "proof", lottery->value[i].proof);
		emit_put_time(emit, "at", lottery->value[i].at);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void emit_order(struct emit *emit, const struct lottery *lottery)
{
	emit_key(emit, "order");
	emit_array(emit);
	for (size_t i = 0; i < lottery->row_count; i++) {
		const struct lottery_row *row = &lottery->row[i];

		emit_object(emit);
		emit_put_text(emit, "ticket", row->ticket);
		emit_put_text(emit, "frame", frame_id(lottery, row->frame));
		emit_put_truth(emit, "won", row->won);
		emit_put_text(emit, "seat", row->won ? frame_id(lottery, row->seat) : SV(""));
		emit_put_or_null(emit, "moved_up_after", row->won ? SV("") : row->after);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

enum http_answer site_lottery_json(struct http_request *request, struct http_response *response,
				   const struct catalogue_entry *entry)
{
	struct emit emit = emit_begin(&response->body);
	struct lottery lottery;
	struct err err = ERR_INIT;
	const int found = open_lottery(request, response, entry, &lottery);

	if (found < 0)
		return HTTP_DONE;
	if (found == 0)
		return http_fail(request, response, "not_found", NULL);
	emit_object(&emit);
	emit_put_text(&emit, "algorithm", SV("hikeshi-lottery-1"));
	emit_put_text(&emit, "programme", lottery.slug);
	emit_put_text(&emit, "state", sv_from(lottery_state_name(lottery.state)));
	emit_frames(&emit, &lottery.rule);
	emit_source(&emit, &lottery);
	if (emit_list(&emit, request, &lottery, &err) != 0)
		return http_fail_err(request, response, &err);
	if (lottery.state == LOTTERY_DRAWN) {
		emit_put_time(&emit, "drawn", lottery.drawn);
		emit_put_text(&emit, "round", lottery.round_text);
		emit_put_text(&emit, "beacon", lottery.beacon);
		emit_put_text(&emit, "seed", lottery.seed);
		emit_values(&emit, &lottery);
		emit_order(&emit, &lottery);
	}
	emit_object_end(&emit);
	http_add_header(response, "Cache-Control", SV("no-cache"));
	return HTTP_DONE;
}
