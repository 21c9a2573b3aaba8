#include "cli/cli.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"


static const struct command commands[] = {
	{ "hunt", "[--rules DIR]… [OPTION]… FILE…",
	  N_("Search event files (EVTX, JSON, NDJSON) with Sigma rules"),
	  N_("  --rules DIR        rules to use, file or folder; may be repeated\n"
	     "                     (default: the rules that come with Hikeshi)\n"
	     "  --output FORM      table (default) or ndjson\n"
	     "  --json             same as --output ndjson\n"
	     "  --min-level LEVEL  informational, low, medium, high or critical\n"
	     "  --fail-level LEVEL exit status 1 where something of this level or above is found\n"
	     "  --quiet            no progress, no summary\n"
	     "\n"
	     "A folder is searched for *.evtx, *.json, *.ndjson and *.jsonl; - is standard input.\n"
	     "Exit status: 0 searched; 1 see --fail-level; 65 some records could not be read\n"
	     "(the others were searched); 66 a file is not there; 2 wrong call.\n"),
	  hunt_run },
	{ "rule check", "[--json] PATH…",
	  N_("Check Sigma rules: what does not compile, where and why"),
	  N_("  --json             one object per line for each problem\n"
	     "\n"
	     "Exit status: 0 all compile; 65 at least one does not.\n"),
	  rule_check_run },
	{ "rule test", "[--json] PATH…",
	  N_("Test rules with the samples beside them (NAME.test.ndjson)"),
	  N_("  --json             one object per line for each sample\n"
	     "\n"
	     "Exit status: 0 every sample as expected; 65 not.\n"),
	  rule_test_run },
	{ "rule explain", "[--json] RULE EVENTS",
	  N_("Explain for each event why a rule matches it or not"),
	  N_("  --json             one object per line for each event\n"), rule_explain_run },
	{ "company list", "[--json]", N_("Companies that you may see"), NULL, company_list_run },
	{ "company show", "[--json] ID", N_("One company"), NULL, company_show_run },
	{ "device list", "[--json]", N_("Devices that you may see"), NULL, device_list_run },
	{ "device show", "[--json] ID", N_("One device"), NULL, device_show_run },
	{ "incident list", "[--json] [--state STATE]", N_("Incidents, newest first"), NULL,
	  incident_list_run },
	{ "incident show", "[--json] ID", N_("One incident with its timeline"), NULL,
	  incident_show_run },
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const char centre_options[] = N_(
	"  --url URL          address of the centre (or HIKESHI_URL)\n"
	"  --token-file FILE  file with an API token (or HIKESHI_TOKEN)\n"
	"  --ca FILE          certificate of the centre's authority (or HIKESHI_CA)\n"
	"  --json             the answer as JSON\n");

static bool asks_centre(const struct command *command)
{
	return strncmp(command->name, "company ", 8) == 0 ||
	       strncmp(command->name, "device ", 7) == 0 ||
	       strncmp(command->name, "incident ", 9) == 0;
}

void command_help(const struct command *command, FILE *to)
{
	fprintf(to, "%s hikeshi %s %s\n\n%s\n", _("Usage:"), command->name,
		command->usage, _(command->summary));
	if (command->details)
		fprintf(to, "\n%s", _(command->details));
	if (asks_centre(command))
		fprintf(to, "\n%s", _(centre_options));
	fprintf(to, "%s", _("  --lang ja|en       language of messages\n"
			    "  --help             this text\n"));
}

static void help_all(FILE *to)
{
	fprintf(to, "%s hikeshi %s\n\n", _("Usage:"), _("COMMAND [OPTION]…"));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-14s  %s\n", commands[i].name, _(commands[i].summary));
	fprintf(to, "\n%s\n", _("hikeshi COMMAND --help tells more about one of them."));
}

int command_misuse(const struct command *command, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "hikeshi %s: ", command->name);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	fprintf(stderr, _("See: hikeshi %s --help\n"), command->name);
	return err_exit_status(ERR_USAGE);
}

int command_failed(const struct err *err)
{
	fprintf(stderr, "hikeshi: %s\n", err->text);
	if (err->hint[0])
		fprintf(stderr, "  → %s\n", err->hint);
	return err_exit_status(err->code);
}

int option_value(int argc, char **argv, int *at, const char *name, const char **ret)
{
	const size_t n = strlen(name);
	const char *arg = argv[*at];

	if (strncmp(arg, name, n) != 0)
		return 0;
	if (arg[n] == '=') {
		*ret = arg + n + 1;
		(*at)++;
		return 1;
	}
	if (arg[n] != '\0')
		return 0;
	if (*at + 1 >= argc)
		return -1;
	*ret = argv[*at + 1];
	*at += 2;
	return 1;
}

bool option_flag(char **argv, int *at, const char *name)
{
	if (strcmp(argv[*at], name) != 0)
		return false;
	(*at)++;
	return true;
}

const char *default_rules(void)
{
	static char path[PATH_MAX];
	char self[PATH_MAX - 64];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (slash) {
			*slash = '\0';
			snprintf(path, sizeof path, "%s/../share/hikeshi/rules/sigma", self);
			if (access(path, R_OK) == 0)
				return path;
		}
	}
	return "/usr/share/hikeshi/rules/sigma";
}

bool use_colour(FILE *to)
{
	return isatty(fileno(to)) && !getenv("NO_COLOR");
}

const char *level_colour(enum rule_level level)
{
	static const char *const colour[] = {
		[LEVEL_NONE] = "", [LEVEL_INFORMATIONAL] = "\033[37m",
		[LEVEL_LOW] = "\033[36m", [LEVEL_MEDIUM] = "\033[33m",
		[LEVEL_HIGH] = "\033[31m", [LEVEL_CRITICAL] = "\033[1;97;41m",
	};

	return colour[level];
}

const char *level_text(enum rule_level level)
{
	static const char *const text[] = {
		[LEVEL_NONE] = N_("none"), [LEVEL_INFORMATIONAL] = N_("informational"),
		[LEVEL_LOW] = N_("low"), [LEVEL_MEDIUM] = N_("medium"),
		[LEVEL_HIGH] = N_("high"), [LEVEL_CRITICAL] = N_("critical"),
	};

	return _(text[level]);
}

/* Takes --lang out of the arguments wherever it stands. */
static const char *take_language(int *argc, char **argv)
{
	const char *language = NULL;
	int to = 1;

	for (int at = 1; at < *argc;) {
		const char *value;

		if (strcmp(argv[at], "--") == 0) {
			while (at < *argc)
				argv[to++] = argv[at++];
		} else if (option_value(*argc, argv, &at, "--lang", &value) == 1) {
			language = value;
		} else {
			argv[to++] = argv[at++];
		}
	}
	argv[to] = NULL;
	*argc = to;
	return language;
}

static const struct command *find_command(int argc, char **argv, int *ret_words)
{
	char two[64];

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, argv[1]) == 0) {
			*ret_words = 1;
			return &commands[i];
		}
	}
	if (argc < 3)
		return NULL;
	snprintf(two, sizeof two, "%s %s", argv[1], argv[2]);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, two) == 0) {
			*ret_words = 2;
			return &commands[i];
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int words = 0;

	text_init(take_language(&argc, argv));
	if (argc < 2) {
		help_all(stderr);
		return err_exit_status(ERR_USAGE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		help_all(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("hikeshi %s\n", HIKESHI_VERSION);
		return 0;
	}
	command = find_command(argc, argv, &words);
	if (!command) {
		fprintf(stderr, _("hikeshi: there is no command '%s'\n"), argv[1]);
		help_all(stderr);
		return err_exit_status(ERR_USAGE);
	}
	argc -= words;
	argv += words;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			command_help(command, stdout);
			return 0;
		}
	}
	return command->run(command, argc, argv);
}
