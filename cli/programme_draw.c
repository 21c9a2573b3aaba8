/* hikeshi programme draw: the steps as a picture. */
#include "base/text.h"
#include "cli/programme.h"
#include "programme/draw.h"

#define PICTURE_BYTES_MAX (16U << 20)

static void put_state_name(struct buf *out, const struct programme_facts *facts, size_t state)
{
	if (state == WAY_FROM_START)
		buf_put_sv(out, SV("null"));
	else
		buf_put_json(out, facts->state[state].id);
}

static int put_json(const struct programme *programme, struct arena *arena, struct buf *out,
		    struct err *err)
{
	const struct programme_facts *facts = programme_facts(programme);
	struct programme_ways ways;

	if (programme_ways(programme, arena, &ways, err) < 0)
		return -1;
	buf_put_sv(out, SV("{\"programme\":"));
	buf_put_json(out, facts->id);
	buf_put_sv(out, SV(",\"states\":["));
	for (size_t s = 0; s < facts->state_count; s++) {
		bool is_hard;

		buf_put_sv(out, s ? SV(",\n{\"state\":") : SV("\n{\"state\":"));
		buf_put_json(out, facts->state[s].id);
		buf_printf(out, ",\"actor\":\"%s\",\"final\":%s,\"due\":",
			   programme_actor_name(facts->state[s].actor),
			   facts->state[s].final ? "true" : "false");
		buf_put_json(out, programme_due_text(programme, s, &is_hard, arena).en);
		buf_printf(out, ",\"hard\":%s}", is_hard ? "true" : "false");
	}
	buf_put_sv(out, SV("],\"ways\":["));
	for (size_t i = 0; i < ways.count; i++) {
		buf_put_sv(out, i ? SV(",\n{\"from\":") : SV("\n{\"from\":"));
		put_state_name(out, facts, ways.item[i].from);
		buf_put_sv(out, SV(",\"to\":"));
		put_state_name(out, facts, ways.item[i].to);
		buf_put_sv(out, SV(",\"event\":"));
		buf_put_json(out, ways.item[i].event->id);
		buf_printf(out, ",\"sometimes\":%s,\"anywhere\":%s}",
			   ways.item[i].sometimes ? "true" : "false",
			   ways.item[i].anywhere ? "true" : "false");
	}
	buf_put_sv(out, SV("]}\n"));
	return 0;
}

static int draw(const struct programme *programme, bool json, const char *save,
		struct arena *arena)
{
	struct err err = ERR_INIT;
	struct buf out;
	int status;

	buf_init(&out, PICTURE_BYTES_MAX);
	status = json ? put_json(programme, arena, &out, &err)
		      : programme_draw(programme, !text_is_japanese(), &out, &err);
	status = status < 0 ? command_failed(&err) : programme_save(save, buf_sv(&out));
	buf_done(&out);
	return status;
}

int programme_draw_run(const struct command *command, int argc, char **argv)
{
	const char *save = NULL;
	bool json = false;
	const struct option option[] = { { "--save", .value = &save }, { "--json", .flag = &json } };
	struct programme *programme;
	struct arena *arena;
	int files = 0;
	int status = options_take(command, argc, argv, option, 2, &files);

	if (status >= 0)
		return status;
	if (files != 1)
		return command_misuse(command, "%s", _("one programme, please"));
	arena = arena_new(PROGRAMME_COMMAND_MEMORY);
	programme = programme_open(argv[1], arena, &status);
	if (programme)
		status = draw(programme, json, save, arena);
	programme_free(programme);
	arena_free(arena);
	return status;
}
