/* The lottery of an edition that has one, by the real draw. */
#include "lottery/lottery.h"

#include "base/mem.h"
#include "season/internal.h"

#define PURPOSE_TICKET 4
#define LIST_BYTES_MAX (8U << 20)

static bool is_the_day(const struct play *play)
{
	const struct day last = day_add(play->facts->opens, (int32_t)play_window(play) - 1);
	struct day draw;

	if (play->facts->selection.kind != SELECTION_LOTTERY || play->result->has_draw)
		return false;
	if (calendar_after(programme_calendar(play->programme), last,
			   play->policy->draw_business_days, &draw, NULL) < 0)
		return false;
	return day_compare(play->today, draw) >= 0;
}

struct entries {
	struct lottery_entry *item;
	size_t count;
};

/* Tickets are hexadecimal: their order has nothing to do with that of the receipts. */
static void add_entry(struct play *play, struct entries *entries, uint32_t who)
{
	struct stream random = stream_of(play->options->seed, who, PURPOSE_TICKET);
	const size_t frame = selection_frame(play->programme, &play->company[who].is);

	entries->item[entries->count++] = (struct lottery_entry){
		arena_printf(play->arena, "%016llx-%u", (unsigned long long)stream_next(&random),
			     who),
		frame == SIZE_MAX ? LOTTERY_NO_FRAME : frame
	};
	play->result->entries++;
	if (frame != SIZE_MAX)
		play->result->frame[frame].entries++;
}

static uint32_t company_of(struct sv ticket)
{
	uint64_t who = 0;

	sv_cut(&ticket, '-');
	(void)sv_to_u64(ticket, &who);
	return (uint32_t)who;
}

static int tell(struct play *play, const struct entries *entries,
		const struct lottery_result *result, struct err *err)
{
	const struct programme_selection *selection = &play->facts->selection;
	const struct instant noon = tokyo_instant(play->today, 12, 0);

	for (size_t i = 0; i < entries->count; i++) {
		const uint32_t who = company_of(entries->item[result[i].entry].ticket);
		struct refused refused;
		int status;

		arena_clear(play->scratch);
		status = play_event(play, who, result[i].won ? selection->won : selection->lost,
				    BY_CENTRE, (struct answers){ NULL, 0 }, noon, &refused, err);
		if (status < 0)
			return -1;
		play->result->won += status == 0 && result[i].won;
		if (status == 0 && result[i].won && result[i].seat != LOTTERY_NO_FRAME)
			play->result->frame[result[i].seat].won++;
		play->result->stuck += status > 0;
	}
	return 0;
}

static int draw(struct play *play, struct entries *entries, struct err *err)
{
	const struct programme_selection *selection = &play->facts->selection;
	struct lottery_frame *frame =
		arena_zalloc(play->arena, selection->frame_count + 1, sizeof *frame);
	struct lottery_rule rule = { selection->places, frame, selection->frame_count,
				     selection->leftover_moves };
	struct lottery_result *result = mem_zalloc((entries->count + 1) * sizeof *result);
	const struct sv beacon =
		arena_printf(play->arena, "%016llx", (unsigned long long)play->options->seed);
	struct sha256 seed;
	struct buf list;
	int status;

	for (size_t i = 0; i < selection->frame_count; i++)
		frame[i] = (struct lottery_frame){ selection->frame[i].id,
						   selection->frame[i].places };
	buf_init(&list, LIST_BYTES_MAX);
	status = lottery_list(&rule, entries->item, entries->count, &list, err);
	buf_done(&list);
	seed = lottery_seed(play->facts->id, SV("1"), beacon);
	if (status == 0) {
		lottery_draw(&rule, entries->item, entries->count, &seed, result);
		status = tell(play, entries, result, err);
	}
	free(result);
	return status;
}

int play_draw(struct play *play, struct err *err)
{
	struct entries entries = { NULL, 0 };
	int status;

	if (!is_the_day(play))
		return 0;
	play->result->has_draw = true;
	play->result->draw = play->today;
	entries.item = mem_zalloc((play->next + 1) * sizeof *entries.item);
	for (uint32_t who = 0; who < play->next && entries.count < LOTTERY_ENTRIES_MAX; who++) {
		if (play->hot[who].lives && play->plan[play->hot[who].state].waits_for_draw)
			add_entry(play, &entries, who);
	}
	status = draw(play, &entries, err);
	free(entries.item);
	return status;
}
