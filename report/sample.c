#include "report/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DAYS 31

static struct sv repeat(struct arena *arena, const char *text, size_t times)
{
	const size_t n = strlen(text);
	char *p = arena_alloc(arena, n * times + 1);

	if (p == NULL)
		abort();
	for (size_t i = 0; i < times; i++)
		memcpy(p + i * n, text, n);
	return (struct sv){ p, n * times };
}

static struct report_frame frame_of(bool english)
{
	struct report_frame frame = {
		.company = SV("0193b1c0-0000-7000-8000-00000000c001"),
		.company_name = SV("株式会社 髙﨑商店"),
		.participation = SV("0193b1c0-0000-7000-8000-00000000a001"),
		.programme_name = SV("中小企業サイバーセキュリティ対策継続支援事業"),
		.course_name = SV("コース② EDRの設置と見守り"),
		.office_name = SV("事業事務局"), .office_telephone = SV("0120-000-000"),
		.office_mail = SV("office@jimukyoku.example"), .office_hours = SV("平日 9時から17時まで"),
		.number = 2, .of = 3, .made = tokyo_instant(day_from_civil(2026, 8, 1), 9, 0),
		.now = tokyo_instant(day_from_civil(2026, 8, 1), 9, 0),
		.from = day_from_civil(2026, 7, 1), .to = day_from_civil(2026, 7, DAYS),
		.desk_day_and_night = true, .checked_daily = true, .users_allowed = 300,
		.english = english,
	};

	if (english) {
		frame.company_name = SV("Takasaki Shouten Co., Ltd.");
		frame.programme_name = SV("Support for security of small companies");
		frame.course_name = SV("Course 2: endpoint detection");
		frame.office_name = SV("Programme office");
		frame.office_hours = SV("weekdays 9:00 to 17:00");
	}
	return frame;
}

struct sample {
	struct report report;
	struct arena *arena;
	struct report_day *day;
	struct report_device *device;
	struct report_incident *incident;
};

static void add_days(struct sample *sample)
{
	struct report_figures *figures = &sample->report.figures;

	sample->day = arena_zalloc(sample->arena, DAYS, sizeof *sample->day);
	for (int32_t i = 0; i < DAYS; i++)
		sample->day[i].day = day_add(sample->report.frame.from, i);
	figures->day = sample->day;
	figures->day_count = DAYS;
	figures->checks_expected = figures->checks_done = DAYS;
	figures->missed_days = SV("");
}

static void add_devices(struct sample *sample, size_t count)
{
	static const char *const user[] = { "山田 花子", "佐藤 一郎", "鈴木 次郎", "髙橋 美咲", "" };
	struct report_figures *figures = &sample->report.figures;

	sample->device = arena_zalloc(sample->arena, count + 1, sizeof *sample->device);
	for (size_t i = 0; i < count; i++) {
		struct report_device *device = &sample->device[i];

		*device = (struct report_device){
			.id = arena_printf(sample->arena, "0193b1c0-0000-7000-8000-%012zu", i),
			.hostname = arena_printf(sample->arena, "uriba-pc-%02zu", i + 1),
			.user = sv_from(user[i % 4]), .platform = SV("linux"), .active = true,
			.enrolled = tokyo_instant(day_from_civil(2026, 6, 3), 10, 0),
			.seen = tokyo_instant(day_from_civil(2026, 7, 31), 18, (unsigned)i % 60),
		};
	}
	figures->device = sample->device;
	figures->device_count = count;
	figures->devices = (uint32_t)count;
	figures->users = (uint32_t)(count < 4 ? count : 4);
}

/* Work days have events; the same each time. */
static void add_events(struct sample *sample)
{
	struct report_figures *figures = &sample->report.figures;

	for (int32_t i = 0; i < DAYS; i++) {
		const enum weekday weekday = day_to_civil(sample->day[i].day).weekday;
		const bool open = weekday != SATURDAY && weekday != SUNDAY;

		for (size_t j = 0; j < figures->device_count; j++) {
			const uint64_t n = open ? 900 + (uint64_t)(i * 37 + (int)j * 101) % 700
						: (uint64_t)(i + (int)j) % 3 * 40;

			sample->day[i].events += n;
			sample->device[j].events += n;
			sample->device[j].days_heard += n > 0;
			figures->events += n;
		}
	}
}

static void detect(struct sample *sample, int32_t at, enum rule_level level, uint64_t n)
{
	sample->day[at].detections += n;
	sample->report.figures.detections += n;
	sample->report.figures.by_level[level] += n;
	sample->device[0].detections += n;
}

static void add_incident(struct sample *sample, const struct report_incident *incident, int32_t at)
{
	struct report_figures *figures = &sample->report.figures;
	struct report_incident *kept = &sample->incident[figures->incident_count++];

	*kept = *incident;
	kept->id = SV("0193b1c0-0000-7000-8000-00000000f001");
	kept->number = figures->incident_count + 11;
	kept->first = tokyo_instant(sample->day[at].day, 14, 5 + (unsigned)at);
	kept->opened = kept->first;
	if (kept->closed.us != 0)
		kept->closed.us += kept->first.us;
	figures->incidents++;
	figures->incidents_real += kept->judged == 1;
	figures->incidents_not_real += kept->judged == 0;
	figures->incidents_unjudged += kept->judged < 0;
	figures->incidents_open += kept->closed.us == 0;
	sample->day[at].incidents++;
	detect(sample, at, kept->level, kept->detections);
}

#define HOUR (INT64_C(3600) * INSTANT_SECOND)
static const struct report_incident phish = {
	.title = { "シェルがダウンロードした内容を直接実行", sizeof "シェルがダウンロードした内容を直接実行" - 1 },
	.host = { "uriba-pc-01", 11 }, .level = LEVEL_HIGH, .judged = 1, .detections = 4,
	.closed = { 26 * HOUR }, .measures = { "isolate kill collect release", 28 },
	.tactics = { "execution credential-access", 27 },
	.story = { "7月の請求書に見せかけたファイルを開いたことで、外から別のプログラムを取り込もうとする動きがありました。\n"
		   "14時過ぎに検知し、お電話でご了承をいただいてから、PCをネットワークから切り離しました。プログラムは止めてあり、"
		   "ほかのPCに広がった跡はありません。翌日、問題がないことを確かめて元に戻しました。",
		   sizeof "7月の請求書に見せかけたファイルを開いたことで、外から別のプログラムを取り込もうとする動きがありました。\n"
			  "14時過ぎに検知し、お電話でご了承をいただいてから、PCをネットワークから切り離しました。プログラムは止めてあり、"
			  "ほかのPCに広がった跡はありません。翌日、問題がないことを確かめて元に戻しました。" - 1 },
};
static const struct report_incident tool = {
	.title = { "管理用の道具によるユーザーの追加", sizeof "管理用の道具によるユーザーの追加" - 1 },
	.host = { "uriba-pc-02", 11 }, .level = LEVEL_MEDIUM, .judged = 0, .detections = 1,
	.closed = { 3 * HOUR }, .measures = { "", 0 }, .tactics = { "persistence", 11 },
	.story = { "業者の方が新しい社員の登録をした作業でした。", sizeof "業者の方が新しい社員の登録をした作業でした。" - 1 },
};
static const struct report_incident fresh = {
	.title = { "履歴の消去", sizeof "履歴の消去" - 1 },
	.host = { "uriba-pc-03", 11 }, .level = LEVEL_LOW, .judged = -1, .detections = 2,
	.measures = { "", 0 }, .tactics = { "defense-evasion", 15 }, .story = { "", 0 },
};

static void fill_settled(struct sample *sample)
{
	add_incident(sample, &phish, 8);
	add_incident(sample, &tool, 20);
	sample->report.figures.actions = 4;
	sample->report.figures.blocked = 2;
}

static void fill_busy(struct sample *sample)
{
	struct report_incident open = phish;

	for (int32_t i = 0; i < 24; i++)
		add_incident(sample, i % 5 == 0 ? &phish : &tool, 1 + i % 22);
	for (int32_t i = 0; i < 4; i++)
		add_incident(sample, &fresh, 26);
	open.closed.us = 0;
	open.measures = SV("isolate");
	add_incident(sample, &open, 30);
	sample->device[3].isolated = true;
	sample->report.figures.devices_isolated = 1;
	sample->device[5].silent = sample->device[7].silent = true;
	sample->device[5].seen = tokyo_instant(day_from_civil(2026, 7, 12), 8, 0);
	sample->report.figures.devices_silent = 2;
	sample->report.figures.actions = 17;
	sample->report.figures.blocked = 9;
	sample->report.figures.checks_done = 29;
	sample->report.figures.checks_missed = 2;
	sample->report.figures.missed_days = SV("2026-07-19 2026-07-20");
}

static void fill_extreme(struct sample *sample)
{
	static const char bidi[] = "\xe2\x80\xae\xe2\x81\xa6\x01\x1b[31m\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "
				   "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7 \xf0\x9f\x94\xa5\xff\xfe";
	struct arena *arena = sample->arena;
	struct report_frame *frame = &sample->report.frame;
	struct report_incident worst = phish;

	frame->company_name = repeat(arena, "長い名前の会社", 1200);
	frame->course_name = repeat(arena, "コース", 400);
	frame->programme_name = repeat(arena, bidi, 40);
	frame->office_name = repeat(arena, "W", 3000);
	frame->office_telephone = repeat(arena, "0120-000-000 ", 30);
	worst.title = repeat(arena, bidi, 30);
	worst.host = repeat(arena, "x", 400);
	worst.story = repeat(arena, "改行\n\n\n\n", 300);
	worst.judged = -1;
	for (int32_t i = 0; i < REPORT_INCIDENTS_MAX; i++)
		add_incident(sample, i % 2 ? &worst : &phish, i % DAYS);
	for (size_t i = 0; i < sample->report.figures.device_count; i++) {
		sample->device[i].hostname = i % 7 == 0 ? repeat(arena, bidi, 20)
							: repeat(arena, "pc", 100);
		sample->device[i].user = repeat(arena, "名", 150);
		sample->device[i].silent = sample->device[i].isolated = i % 2 == 0;
	}
	sample->report.figures.devices_silent = sample->report.figures.devices_isolated = 750;
	sample->report.figures.events = UINT64_C(9223372036854775807);
	sample->day[3].events = UINT64_C(9223372036854775807);
}

struct report sample_report(enum sample_month month, bool english, struct arena *arena)
{
	static const size_t devices[] = {
		[SAMPLE_CALM] = 6, [SAMPLE_BUSY] = 34, [SAMPLE_EMPTY] = 0,
		[SAMPLE_EXTREME] = REPORT_DEVICES_MAX, [SAMPLE_SETTLED] = 12,
	};
	struct sample sample = { .report.frame = frame_of(english), .arena = arena };

	sample.incident = arena_zalloc(arena, REPORT_INCIDENTS_MAX, sizeof *sample.incident);
	sample.report.figures.incident = sample.incident;
	add_days(&sample);
	add_devices(&sample, devices[month]);
	add_events(&sample);
	if (month == SAMPLE_SETTLED)
		fill_settled(&sample);
	else if (month == SAMPLE_BUSY)
		fill_busy(&sample);
	else if (month == SAMPLE_EXTREME)
		fill_extreme(&sample);
	report_advise(&sample.report, arena);
	return sample.report;
}
