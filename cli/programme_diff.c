/* hikeshi programme diff: what a new version changes, in words. */
#include "base/text.h"
#include "cli/programme.h"

#define LINE_BYTES_MAX (1U << 20)

static struct sv in_language(struct programme_text text)
{
	return text_is_japanese() ? text.ja : text.en;
}

static void put_member(struct buf *line, const char *name, struct sv text)
{
	buf_printf(line, ",\"%s\":", name);
	buf_put_json(line, text);
}

static void print_json(const struct programme_change *change)
{
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_printf(&line, "{\"kind\":\"%s\"", change_kind_name(change->kind));
	put_member(&line, "path", change->path);
	put_member(&line, "where", in_language(change->where));
	put_member(&line, "what", in_language(change->what));
	put_member(&line, "means", in_language(change->means));
	buf_printf(&line, ",\"touches_under_way\":%s}\n",
		   change->touches_under_way ? "true" : "false");
	write_json(buf_sv(&line));
	buf_done(&line);
}

static void print_text(const struct programme_change *change)
{
	static const char *const mark[] = { [CHANGE_ADDED] = "+",
					    [CHANGE_REMOVED] = "-",
					    [CHANGE_CHANGED] = "*",
					    [CHANGE_ORDER] = "~" };

	print_line("%s %.*s", mark[change->kind], SV_ARG(in_language(change->where)));
	if (in_language(change->what).n > 0)
		print_line("    %.*s", SV_ARG(in_language(change->what)));
	if (in_language(change->means).n > 0)
		print_line("    %s%.*s", change->touches_under_way ? "! " : "",
			   SV_ARG(in_language(change->means)));
}

static int compare(const struct programme *old, const struct programme *new, bool json,
		   struct arena *arena)
{
	const struct programme_change *change;
	struct err err = ERR_INIT;
	size_t count, under_way = 0;

	if (programme_difference(old, new, arena, &change, &count, &err) < 0)
		return command_failed(&err);
	for (size_t i = 0; i < count; i++) {
		under_way += change[i].touches_under_way;
		if (json)
			print_json(&change[i]);
		else
			print_text(&change[i]);
	}
	if (!json)
		print_line(_("%zu differences, %zu touch applications under way"), count,
			   under_way);
	return count > 0 ? 1 : 0;
}

int programme_diff_run(const struct command *command, int argc, char **argv)
{
	bool json = false;
	const struct option option[] = { { "--json", .flag = &json } };
	struct programme *old, *new = NULL;
	struct arena *arena;
	int files = 0;
	int status = options_take(command, argc, argv, option, 1, &files);

	if (status >= 0)
		return status;
	if (files != 2)
		return command_misuse(command, "%s", _("two versions, please: OLD and NEW"));
	arena = arena_new(PROGRAMME_COMMAND_MEMORY);
	old = programme_open(argv[1], arena, &status);
	if (old)
		new = programme_open(argv[2], arena, &status);
	if (new)
		status = compare(old, new, json, arena);
	programme_free(old);
	programme_free(new);
	arena_free(arena);
	return status;
}
