/*
 * hikeshi hunt: searches event files with Sigma rules. Results come in the order
 * of the input: files as they are named, folders sorted (see hunt.h).
 */
#include "cli/hunt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/rule_bundle.h"

#define HUNT_OUTPUT_BYTES ((size_t)256 << 10) /* written to a file or pipe at once */
#define HUNT_LATE_SECONDS 300 /* with --follow: how late events may come for correlations */

static const struct hunt_output *const outputs[] = { &hunt_table, &hunt_json, &hunt_ndjson,
						     &hunt_csv, &hunt_page };

#define OUTPUT_COUNT (sizeof outputs / sizeof *outputs)

static volatile sig_atomic_t is_stopped;

static void on_signal(int number)
{
	is_stopped = 1;
}

bool hunt_is_stopped(void)
{
	return is_stopped != 0;
}

/* The first Ctrl-C ends the search and what was found is told; a second one ends all. */
static void listen_for_end(void)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void hunt_fail(struct hunt *hunt, enum err_code code)
{
	if (hunt->failed == 0)
		hunt->failed = err_exit_status(code);
}

/* ---- the rules ---- */

/* Errors are told even when quiet: what they name was not searched for. */
static void say_rule_problems(const struct hunt *hunt)
{
	const struct rule_problem *problem;
	const size_t count = ruleset_problems(hunt->ruleset, &problem);
	size_t broken = 0, unloaded = 0;

	for (size_t i = 0; i < count; i++) {
		if (problem[i].kind == PROBLEM_NOT_COMPILED) {
			broken++;
			say("%.*s:%u:%u: %.*s", SV_ARG(problem[i].file), problem[i].line,
			    problem[i].column, SV_ARG(problem[i].reason));
		}
		unloaded += problem[i].kind == PROBLEM_NOT_LOADED;
	}
	if (broken > 0)
		say(_("%zu rules do not compile and are left out."), broken);
	if (unloaded > 0 && !hunt->quiet)
		say(_("%zu rules are not loaded, because no decoder gives their events (see: hikeshi rule check)."),
		    unloaded);
}

static void load_progress(void *context, size_t done, size_t total)
{
	struct hunt *hunt = context;

	progress_update(hunt->progress, done, total, done);
}

/* attack.t1059 is also attack.t1059.001. */
static bool has_tag(const struct rule *rule, struct sv wish)
{
	for (size_t i = 0; i < rule->tag_count; i++) {
		const struct sv tag = rule->tag[i];

		if (sv_eq_case(sv_slice(tag, 0, wish.n), wish) &&
		    (tag.n == wish.n || tag.p[wish.n] == '.'))
			return true;
	}
	return false;
}

static bool is_tagged(const struct rule *rule, struct sv wish)
{
	return has_tag(rule, wish);
}

static bool has_status(const struct rule *rule, struct sv wish)
{
	return sv_eq_case(rule->status, wish);
}

static bool has_level(const struct rule *rule, struct sv wish)
{
	return sv_eq_case(sv_from(rule_level_name(rule->level)), wish);
}

static bool has_id(const struct rule *rule, struct sv wish)
{
	return sv_eq_case(rule->id, wish);
}

/* One of the wishes of a kind; where there is none, every rule will do. */
static bool is_wished(const struct rule *rule, const struct option_words *wish,
		      bool (*is)(const struct rule *, struct sv))
{
	for (size_t i = 0; i < wish->count; i++)
		if (is(rule, sv_from(wish->word[i])))
			return true;
	return wish->count == 0;
}

/* Returns whether some rule is left. */
static bool choose_rules(struct hunt *hunt)
{
	const size_t count = ruleset_count(hunt->ruleset);
	bool is_some = false;

	hunt->wanted = mem_zalloc(count + 1);
	hunt->kept = mem_zalloc(count + 1);
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = ruleset_rule(hunt->ruleset, i);

		hunt->wanted[i] = !rule->quiet && rule->level >= hunt->min_level &&
				  is_wished(rule, &hunt->tag, is_tagged) &&
				  is_wished(rule, &hunt->status, has_status) &&
				  is_wished(rule, &hunt->level, has_level) &&
				  is_wished(rule, &hunt->id, has_id);
		hunt->kept[i] = hunt->wanted[i] || rule->correlated;
		is_some |= hunt->wanted[i];
	}
	return is_some;
}

static int no_rule(struct hunt *hunt)
{
	const struct rule_problem *problem;

	say("%s", _("there is no rule to search with"));
	return err_exit_status(ruleset_problems(hunt->ruleset, &problem) > 0 ? ERR_FORMAT
									     : ERR_NOT_FOUND);
}

static void begin_correlations(struct hunt *hunt)
{
	const struct correlator_options options = {
		.late_seconds = hunt->follow ? HUNT_LATE_SECONDS : INT64_MAX,
		.at_once = hunt->follow,
	};

	if (ruleset_has_correlations(hunt->ruleset))
		hunt->correlator = correlator_new(hunt->ruleset, &options);
}

/* Where compiled rules are kept when nobody says where; NULL: nowhere. */
static const char *default_cache(char path[static PATH_MAX])
{
	const char *cache = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
	const bool is_set = cache && cache[0] == '/';

	if (!is_set && (!home || home[0] != '/'))
		return NULL;
	if (snprintf(path, PATH_MAX, "%s%s/hikeshi", is_set ? cache : home,
		     is_set ? "" : "/.cache") >= PATH_MAX ||
	    file_make_folder(path, 0700, NULL) < 0)
		return NULL;
	return path;
}

/*
 * Bundles among --rules become texts, of which only one is taken; files and folders
 * stay. Returns -1, or an exit status.
 */
static int take_bundles(struct hunt *hunt, struct rule_bundle *bundle)
{
	struct err err = ERR_INIT;
	size_t n = 0;

	for (size_t i = 0; i < hunt->rules.count; i++) {
		const char *word = hunt->rules.word[i];

		if (!rule_bundle_is(word)) {
			hunt->rules.word[n++] = word;
			continue;
		}
		if (!hunt->rules_key) {
			say(_("%s is a bundle: who may have signed it?"), word);
			say_hint("%s", _("say whose bundles are good: --rules-key PUBLIC.pem"));
			return err_exit_status(ERR_UNAUTHENTICATED);
		}
		if (bundle->count > 0) {
			say("%s", _("one bundle at a time, please"));
			return err_exit_status(ERR_FORMAT);
		}
		if (rule_bundle_open(word, hunt->rules_key, bundle, &err) < 0)
			return command_failed(&err);
	}
	hunt->rules.count = n;
	return -1;
}

static int load_rules_and(struct hunt *hunt, const struct rule_bundle *bundle);

/* Returns -1, or an exit status. */
static int load_rules(struct hunt *hunt)
{
	struct rule_bundle bundle = { 0 };
	int status = take_bundles(hunt, &bundle);

	if (status < 0)
		status = load_rules_and(hunt, &bundle);
	rule_bundle_close(&bundle);
	return status;
}

static int load_rules_and(struct hunt *hunt, const struct rule_bundle *bundle)
{
	char own[PATH_MAX], cache[PATH_MAX];
	const bool is_default = hunt->rules.count == 0 && bundle->count == 0;
	struct err err = ERR_INIT;
	struct ruleset_options options = {
		.path = hunt->rules.word,
		.path_count = is_default ? 1 : hunt->rules.count,
		.text = bundle->text,
		.text_count = bundle->count,
		/* Who says what the events are has rules for them. */
		.all_logsources = hunt->product.n + hunt->category.n + hunt->service.n > 0,
		.cache = hunt->no_cache ? NULL
			 : hunt->cache	? hunt->cache
					: default_cache(cache),
		.progress = load_progress,
		.context = hunt,
	};

	if (hunt->placeholders) {
		hunt->placeholder = ruleset_placeholders_load(hunt->placeholders, &err);
		if (!hunt->placeholder)
			return command_failed(&err);
		options.placeholder = hunt->placeholder->list;
		options.placeholder_count = hunt->placeholder->count;
	}
	if (is_default)
		hunt->rules.word[0] = default_rules(own);
	hunt->progress = progress_new(hunt->quiet ? NULL : stderr, _("Rules"));
	hunt->ruleset = ruleset_load(&options, &err);
	progress_free(hunt->progress);
	hunt->progress = NULL;
	if (!hunt->ruleset) {
		command_failed(&err);
		if (is_default)
			say_hint("%s", _("say where rules are: --rules DIR"));
		/* Whatever the system says: rules that cannot be read are not there. */
		return err_exit_status(err.code == ERR_IO ? ERR_NOT_FOUND : err.code);
	}
	say_rule_problems(hunt);
	if (ruleset_count(hunt->ruleset) == 0)
		return no_rule(hunt);
	if (!choose_rules(hunt)) {
		say("%s", _("no rule has the tags, status, level and id that are asked for"));
		return err_exit_status(ERR_NOT_FOUND);
	}
	begin_correlations(hunt);
	return -1;
}

/* ---- the search ---- */

static void measure_files(struct hunt *hunt)
{
	for (size_t i = 0; i < hunt->files.count; i++) {
		struct stat info;

		if (strcmp(hunt->files.path[i], "-") != 0 &&
		    stat(hunt->files.path[i], &info) == 0 && info.st_size > 0)
			hunt->bytes_total += (uint64_t)info.st_size;
	}
	if (hunt->follow)
		hunt->bytes_total = 0;
}

static void search(struct hunt *hunt)
{
	const uint64_t start = clock_monotonic_us();

	measure_files(hunt);
	hunt->statistics = hunt_statistics_new(ruleset_count(hunt->ruleset));
	hunt->progress = progress_new(hunt->quiet ? NULL : stderr, _("Events"));
	hunt->output->begin(hunt);
	hunt_search_all(hunt);
	progress_clear(hunt->progress);
	hunt_collect_end(hunt);
	hunt->seconds = (double)(clock_monotonic_us() - start) / 1e6;
	progress_free(hunt->progress);
	hunt->progress = NULL;
	hunt->output->end(hunt);
	/* Results before the summary, where both go to one place. */
	fflush(hunt->to);
	if (!hunt->quiet)
		hunt_say_summary(hunt);
}

static int write_navigator(struct hunt *hunt)
{
	struct err err = ERR_INIT;

	if (!hunt->navigator || hunt_navigator_write(hunt, hunt->navigator, &err) == 0)
		return 0;
	hunt_fail(hunt, ERR_IO);
	return command_failed(&err);
}

/*
 * Something found is an answer whatever could not be read; that nothing was
 * found is one only where all was read.
 */
static int exit_status(const struct hunt *hunt)
{
	for (size_t level = hunt->fail_level; level > LEVEL_NONE && level <= LEVEL_CRITICAL;
	     level++) {
		if (hunt_found(hunt, (enum rule_level)level) > 0)
			return 1;
	}
	if (hunt->failed)
		return hunt->failed;
	return hunt->lost + hunt->unkept > 0 ? err_exit_status(ERR_FORMAT) : 0;
}

/* Returns 0, or the exit status where the results cannot be written there. */
static int open_output(struct hunt *hunt)
{
	struct err err = ERR_INIT;
	const int fd =
		hunt->save ? open(hunt->save, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	hunt->to = stdout;
	if (hunt->save) {
		hunt->to = fd < 0 ? NULL : fdopen(fd, "w");
		if (!hunt->to) {
			err_errno(&err, errno, "%s", hunt->save);
			return command_failed(&err);
		}
	}
	if (!isatty(fileno(hunt->to)))
		setvbuf(hunt->to, NULL, _IOFBF, HUNT_OUTPUT_BYTES);
	return 0;
}

/* Returns 0, or the exit status where not all could be written. */
static int close_output(struct hunt *hunt)
{
	struct err err = ERR_INIT;
	bool is_bad;

	if (!hunt->save || !hunt->to)
		return 0;
	is_bad = ferror(hunt->to) != 0;
	if (fclose(hunt->to) != 0 || is_bad) {
		err_set(&err, ERR_IO, "%s: %s", hunt->save,
			_("not all of the results could be written"));
		err_hint(&err, "%s", _("is the disk full?"));
		return command_failed(&err);
	}
	return 0;
}

/* ---- the call ---- */

struct words {
	const char *output, *level[2], *from, *to, *threads, *format, *logsource;
	bool json, utc, japan;
};

static const struct hunt_output *find_output(const char *name)
{
	for (size_t i = 0; i < OUTPUT_COUNT; i++)
		if (strcmp(outputs[i]->name, name) == 0)
			return outputs[i];
	return NULL;
}

/* --output, or what the name of --save ends with. */
static int choose_output(const struct command *command, const struct words *words,
			 struct hunt *hunt)
{
	const char *dot = hunt->save ? strrchr(hunt->save, '.') : NULL;

	hunt->output = words->json ? &hunt_ndjson : &hunt_table;
	if (words->output) {
		hunt->output = find_output(words->output);
		if (!hunt->output)
			return command_misuse(
				command,
				_("--output is table, json, ndjson, csv or html, not '%s'"),
				words->output);
	} else if (dot && find_output(dot + 1)) {
		hunt->output = find_output(dot + 1);
	}
	if (hunt->output == &hunt_page && !hunt->save && isatty(STDOUT_FILENO))
		return command_misuse(command, "%s",
				      _("a page is no text for a terminal: --save FILE.html"));
	return -1;
}

static int take_levels(const struct command *command, const struct words *words, struct hunt *hunt)
{
	enum rule_level *const to[2] = { &hunt->min_level, &hunt->fail_level }, ignored;

	for (size_t i = 0; i < 2; i++) {
		if (words->level[i] && !rule_level_parse(sv_from(words->level[i]), to[i]))
			return command_misuse(command, _("'%s' is no level"), words->level[i]);
	}
	for (size_t i = 0; i < hunt->level.count; i++) {
		if (!rule_level_parse(sv_from(hunt->level.word[i]), &ignored))
			return command_misuse(command, _("'%s' is no level"), hunt->level.word[i]);
	}
	return -1;
}

static int take_range(const struct command *command, const struct words *words, struct hunt *hunt)
{
	if (words->utc && words->japan)
		return command_misuse(command, _("%s and %s exclude each other"), "--utc", "--jst");
	hunt->zone.kind = words->utc ? ZONE_UTC : words->japan ? ZONE_JAPAN : ZONE_LOCAL;
	hunt->has_since = words->from != NULL;
	hunt->has_until = words->to != NULL;
	if (words->from && !zone_parse(hunt->zone, sv_from(words->from), false, &hunt->since))
		return command_misuse(command,
				      _("'%s' is no time (as 2026-11-21 or 2026-11-21T09:30)"),
				      words->from);
	if (words->to && !zone_parse(hunt->zone, sv_from(words->to), true, &hunt->until))
		return command_misuse(command,
				      _("'%s' is no time (as 2026-11-21 or 2026-11-21T09:30)"),
				      words->to);
	if (words->from && words->to && hunt->since.us >= hunt->until.us)
		return command_misuse(command, "%s", _("--from is not before --to"));
	return -1;
}

static int take_threads(const struct command *command, const struct words *words, struct hunt *hunt)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t threads = cores > 0 ? (uint64_t)cores : 1;

	if (words->threads && (!sv_to_u64(sv_from(words->threads), &threads) || threads == 0 ||
			       threads > HUNT_THREADS_MAX))
		return command_misuse(command, _("--threads is a number from 1 to %d"),
				      HUNT_THREADS_MAX);
	hunt->threads = threads > HUNT_THREADS_MAX ? HUNT_THREADS_MAX : (size_t)threads;
	return -1;
}

/* PRODUCT/CATEGORY/SERVICE, each may be empty. */
static void take_logsource(struct sv text, struct hunt *hunt)
{
	hunt->product = sv_cut(&text, '/');
	hunt->category = sv_cut(&text, '/');
	hunt->service = text;
}

static int take_input(const struct command *command, const struct words *words, struct hunt *hunt)
{
	if (words->format && !event_format_parse(sv_from(words->format), &hunt->format))
		return command_misuse(command, _("'%s' is no format of events"), words->format);
	if (words->logsource)
		take_logsource(sv_from(words->logsource), hunt);
	/* What comes is told at once, so that there is nothing to share out. */
	if (hunt->follow)
		hunt->threads = 1;
	return -1;
}

/* Returns -1, or the exit status of a wrong call. */
static int parse_options(const struct command *command, int argc, char **argv, struct hunt *hunt,
			 int *ret_count)
{
	struct words words = { 0 };
	const struct option option[] = {
		{ "--rules", .words = &hunt->rules },
		{ "--output", .value = &words.output },
		{ "--min-level", .value = &words.level[0] },
		{ "--fail-level", .value = &words.level[1] },
		{ "--json", .flag = &words.json },
		{ "--quiet", .flag = &hunt->quiet },
		{ "--explain", .flag = &hunt->explain },
		{ "--threads", .value = &words.threads },
		{ "--from", .value = &words.from },
		{ "--to", .value = &words.to },
		{ "--utc", .flag = &words.utc },
		{ "--jst", .flag = &words.japan },
		{ "--tag", .words = &hunt->tag },
		{ "--status", .words = &hunt->status },
		{ "--level", .words = &hunt->level },
		{ "--id", .words = &hunt->id },
		{ "--format", .value = &words.format },
		{ "--logsource", .value = &words.logsource },
		{ "--follow", .flag = &hunt->follow },
		{ "--placeholders", .value = &hunt->placeholders },
		{ "--cache", .value = &hunt->cache },
		{ "--no-cache", .flag = &hunt->no_cache },
		{ "--rules-key", .value = &hunt->rules_key },
		{ "--save", .value = &hunt->save },
		{ "--navigator", .value = &hunt->navigator },
	};
	int status = options_take(command, argc, argv, option, sizeof option / sizeof *option,
				  ret_count);

	if (status < 0)
		status = take_levels(command, &words, hunt);
	if (status < 0)
		status = take_range(command, &words, hunt);
	if (status < 0)
		status = take_threads(command, &words, hunt);
	if (status < 0)
		status = take_input(command, &words, hunt);
	if (status < 0)
		status = choose_output(command, &words, hunt);
	if (status < 0 && *ret_count == 0)
		status = command_misuse(command, "%s", _("which files? (- is standard input)"));
	if (status < 0 && hunt->follow && (*ret_count != 1 || strcmp(argv[1], "-") == 0))
		status = command_misuse(command, "%s", _("--follow takes one file or folder"));
	return status;
}

static void hunt_done(struct hunt *hunt)
{
	correlator_free(hunt->correlator);
	hunt_statistics_free(hunt->statistics);
	arena_free(hunt->names);
	ruleset_unref(hunt->ruleset);
	ruleset_placeholders_free(hunt->placeholder);
	free(hunt->wanted);
	free(hunt->kept);
	for (size_t i = 0; i < hunt->loss_count; i++) {
		free(hunt->loss[i].path);
		free(hunt->loss[i].reason);
	}
	free(hunt->loss);
	hunt_files_free(&hunt->files);
	buf_done(&hunt->event);
	buf_done(&hunt->line);
}

static int hunt_all(struct hunt *hunt)
{
	int status = open_output(hunt), bad;

	if (status != 0)
		return status;
	hunt->colour = use_colour(hunt->to);
	search(hunt);
	bad = close_output(hunt);
	status = write_navigator(hunt);
	return bad ? bad : status ? status : exit_status(hunt);
}

int hunt_run(const struct command *command, int argc, char **argv)
{
	struct hunt hunt = { .format = EVENT_FORMAT_AUTO };
	int count = 0;
	int status = parse_options(command, argc, argv, &hunt, &count);

	if (status >= 0)
		return status;
	buf_init(&hunt.line, 16 * (size_t)EVENT_BYTES_MAX);
	buf_init(&hunt.event, 2 * (size_t)EVENT_BYTES_MAX);
	status = load_rules(&hunt);
	if (status < 0) {
		for (int i = 1; i <= count; i++) {
			if (hunt.follow)
				hunt_add_file(&hunt, argv[i]);
			else
				hunt_add_path(&hunt, argv[i]);
		}
		listen_for_end();
		status = hunt_all(&hunt);
	}
	hunt_done(&hunt);
	return status;
}
