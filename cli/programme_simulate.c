/* hikeshi programme simulate: a season before it happens. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/programme.h"
#include "season/season.h"

#define POLICIES_MAX 2 /* beside each other */
#define PAGE_BYTES_MAX (64U << 20)
#define COMPANIES_USUAL 1000
#define DAYS_USUAL 300

struct simulation {
	const struct command *command;
	const char *file, *save, *output;
	struct option_words policies;
	uint64_t companies, days, seed;
	bool quiet;
	struct arena *arena;
	struct programme *programme;
	struct season_result *season[POLICIES_MAX];
	size_t count;
};

static int take_number(const struct command *command, const char *name, const char *text,
		       uint64_t min, uint64_t max, uint64_t *ret)
{
	if (text && (!sv_to_u64(sv_from(text), ret) || *ret < min || *ret > max))
		return command_misuse(command, _("%s is a number from %" PRIu64 " to %" PRIu64),
				      name, min, max);
	return -1;
}

static int take_options(struct simulation *simulation, int argc, char **argv)
{
	const struct command *command = simulation->command;
	const char *companies = NULL, *days = NULL, *seed = NULL;
	bool json = false;
	const struct option option[] = {
		{ "--companies", .value = &companies },
		{ "--days", .value = &days },
		{ "--seed", .value = &seed },
		{ "--policy", .words = &simulation->policies },
		{ "--output", .value = &simulation->output },
		{ "--json", .flag = &json },
		{ "--save", .value = &simulation->save },
		{ "--quiet", .flag = &simulation->quiet },
	};
	int files = 0;
	int misuse =
		options_take(command, argc, argv, option, sizeof option / sizeof *option, &files);

	if (misuse < 0)
		misuse = take_number(command, "--companies", companies, 1, SEASON_COMPANIES_MAX,
				     &simulation->companies);
	if (misuse < 0)
		misuse = take_number(command, "--days", days, 1, SEASON_DAYS_MAX, &simulation->days);
	if (misuse < 0)
		misuse = take_number(command, "--seed", seed, 0, UINT64_MAX, &simulation->seed);
	if (misuse >= 0)
		return misuse;
	if (files != 1)
		return command_misuse(command, "%s", _("one programme, please"));
	if (simulation->policies.count > POLICIES_MAX)
		return command_misuse(command, _("at most %d policies"), POLICIES_MAX);
	if (json)
		simulation->output = "json";
	simulation->file = argv[1];
	return -1;
}

/* --output, or what the name of --save ends with. */
static int choose_output(struct simulation *simulation)
{
	const char *dot = simulation->save ? strrchr(simulation->save, '.') : NULL;

	if (!simulation->output)
		simulation->output = dot && strcmp(dot, ".html") == 0	? "html"
				     : dot && strcmp(dot, ".json") == 0 ? "json"
									: "table";
	if (strcmp(simulation->output, "html") != 0 && strcmp(simulation->output, "json") != 0 &&
	    strcmp(simulation->output, "table") != 0)
		return command_misuse(simulation->command, _("%s needs a value: %s"), "--output",
				      "table, html, json");
	if (strcmp(simulation->output, "html") == 0 && !simulation->save && isatty(STDOUT_FILENO))
		return command_misuse(simulation->command, "%s",
				      _("a page is no text for a terminal: --save FILE.html"));
	return -1;
}

static void show_progress(void *context, unsigned day, unsigned days)
{
	progress_update(context, day, days, day);
}

/* "default" is what holds without a file. */
static const struct season_policy *read_policy(struct simulation *simulation, const char *path,
					       struct err *err)
{
	const struct season_policy *policy;
	struct buf text;

	if (!path || strcmp(path, "default") == 0)
		return season_policy_new(simulation->arena);
	buf_init(&text, SEASON_POLICY_FILE_MAX);
	policy = file_read(path, &text, err) < 0
			 ? NULL
			 : season_policy_read(simulation->programme,
					      arena_dup(simulation->arena, buf_sv(&text)), path,
					      simulation->arena, err);
	buf_done(&text);
	return policy;
}

static int play(struct simulation *simulation, const char *path)
{
	struct err err = ERR_INIT;
	const struct season_policy *policy = read_policy(simulation, path, &err);
	struct progress *progress = progress_new(simulation->quiet ? NULL : stderr, _("season"));
	const struct season_options options = {
		.companies = (uint32_t)simulation->companies,
		.days = (unsigned)simulation->days,
		.seed = simulation->seed,
		.progress = show_progress,
		.context = progress,
	};
	struct season_result *season =
		policy ? season_play(simulation->programme, policy, &options, simulation->arena, &err)
		       : NULL;

	progress_clear(progress);
	progress_free(progress);
	if (!season) {
		command_failed(&err);
		return err_exit_status(err.code == ERR_IO ? ERR_NOT_FOUND : err.code);
	}
	simulation->season[simulation->count++] = season;
	return 0;
}

static int put_out(const struct simulation *simulation)
{
	struct buf out;
	int status;

	buf_init(&out, PAGE_BYTES_MAX);
	if (strcmp(simulation->output, "json") == 0)
		season_put_json(&out, simulation->season, simulation->count);
	else if (strcmp(simulation->output, "html") == 0)
		season_put_page(&out, simulation->season, simulation->count,
				!text_is_japanese());
	else
		season_put_table(&out, simulation->season, simulation->count,
				 !text_is_japanese());
	status = programme_save(simulation->save, buf_sv(&out));
	buf_done(&out);
	return status;
}

int programme_simulate_run(const struct command *command, int argc, char **argv)
{
	struct simulation simulation = { .command = command, .companies = COMPANIES_USUAL,
					 .days = DAYS_USUAL, .seed = 1 };
	int status = take_options(&simulation, argc, argv);

	if (status < 0)
		status = choose_output(&simulation);
	if (status >= 0)
		return status;
	simulation.arena = arena_new(PROGRAMME_COMMAND_MEMORY);
	simulation.programme = programme_open(simulation.file, simulation.arena, &status);
	if (simulation.programme) {
		status = 0;
		for (size_t i = 0; status == 0 && (i == 0 || i < simulation.policies.count); i++)
			status = play(&simulation, simulation.policies.count > 0
							   ? simulation.policies.word[i]
							   : NULL);
		if (status == 0)
			status = put_out(&simulation);
	}
	programme_free(simulation.programme);
	arena_free(simulation.arena);
	return status;
}
