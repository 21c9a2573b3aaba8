#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"

/* clang-format off */
static const struct command commands[] = {
	{ "hunt", "[--rules DIR]… [OPTION]… FILE…",
	  N_("Search event files (EVTX, JSON, syslog, auditd, web logs, …) with Sigma rules"),
	  N_("  --rules DIR        rules to use, file, folder or bundle; may be repeated\n"
	     "                     (default: the rules that come with Hikeshi)\n"
	     "  --rules-key FILE   public key (PEM) of who signed the bundle\n"
	     "  --output FORM      table (default), json, ndjson, csv or html (one page, no network)\n"
	     "  --json             same as --output ndjson\n"
	     "  --save FILE        write there; FORM by its name (.html, .csv, .json, .ndjson)\n"
	     "  --navigator FILE   write a layer for the ATT&CK Navigator there\n"
	     "  --explain          tell why each rule matched: field, pattern, value\n"
	     "  --min-level LEVEL  informational, low, medium, high or critical\n"
	     "  --fail-level LEVEL exit status 1 where something of this level or above is found\n"
	     "  --tag TAG, --status STATUS, --level LEVEL, --id ID\n"
	     "                     only rules with one of these; may be repeated\n"
	     "                     (attack.t1059 is also attack.t1059.001)\n"
	     "  --from TIME, --to TIME\n"
	     "                     only events of this time: 2026-11-21 or 2026-11-21T09:30;\n"
	     "                     a day given with --to counts whole\n"
	     "  --utc, --jst       read and show times as UTC or in Japan's time\n"
	     "                     (default: the time of this machine)\n"
	     "  --format FORM      read files as this (default: as their first bytes tell)\n"
	     "  --logsource P/C/S  product, category and service of all events\n"
	     "  --follow           one file or folder: go on as others write to it, until Ctrl-C\n"
	     "  --placeholders FILE\n"
	     "                     values of placeholders in rules: YAML, name: value or [values]\n"
	     "  --cache DIR        keep compiled rules there, and begin sooner the next time\n"
	     "                     (default: $XDG_CACHE_HOME/hikeshi)\n"
	     "  --no-cache         do not keep them\n"
	     "  --threads N        so many threads (default: one for each processor)\n"
	     "  --quiet            no progress, no summary\n"
	     "\n"
	     "A folder is searched for event files by their names; - is standard input. Results come\n"
	     "in the order of the input, whatever the number of threads. Ctrl-C ends the search and\n"
	     "tells what was found by then.\n"
	     "Exit status: 0 all was searched; 1 see --fail-level; 65 something could not be read\n"
	     "(the rest was searched); 66 a file is not there or may not be read; 2 wrong call.\n"),
	  false, hunt_run },
	{ "rule check", "[--json] [--strict] [--placeholders FILE] PATH…",
	  N_("Check Sigma rules: what does not compile, can never match, or says too little"),
	  N_("  --json             one object per line for each problem\n"
	     "  --strict           warnings and advice count as errors\n"
	     "  --placeholders FILE\n"
	     "                     values of placeholders in rules: YAML, name: value or [values]\n"
	     "\n"
	     "Exit status: 0 all compile; 65 at least one does not; 66 no rule is there.\n"),
	  false, rule_check_run },
	{ "rule coverage", "[--json] PATH…",
	  N_("Show for each logsource how many rules are loaded, and fields that nobody gives"),
	  N_("  --json             one object per line for each logsource\n"
	     "\n"
	     "Exit status: 0 all compile; 65 at least one does not; 66 no rule is there.\n"),
	  false, rule_coverage_run },
	{ "rule test", "[--json] PATH…",
	  N_("Test rules with the samples beside them (NAME.test.ndjson)"),
	  N_("  --json             one object per line for each sample\n"
	     "\n"
	     "A sample is one line: {\"expect\": true|false, \"event\": {…}}, or for correlations\n"
	     "{\"expect\": true|false, \"events\": [{…}, …]}.\n"
	     "Exit status: 0 every sample as expected; 65 not; 66 no rule is there.\n"),
	  false, rule_test_run },
	{ "rule explain", "[--json] RULE EVENTS",
	  N_("Explain for each event why a rule matches it or not"),
	  N_("  --json             one object per line for each event\n"
	     "\n"
	     "EVENTS may also be the samples of a rule (NAME.test.ndjson).\n"
	     "Exit status: 0 all explained; 65 the rule does not compile or an event cannot be read;\n"
	     "66 a file is not there.\n"),
	  false, rule_explain_run },
	{ "rule profile", "[--json] [--rules DIR]… EVENTS…",
	  N_("Measure what each rule costs on events"),
	  N_("  --rules DIR        rules to measure, file or folder; may be repeated\n"
	     "                     (default: the rules that come with Hikeshi)\n"
	     "  --sample N         so many events (5000)\n"
	     "  --top N            show the N dearest rules (20)\n"
	     "  --json             one object per line for each rule, all of them\n"
	     "\n"
	     "Each rule is matched alone; what an event of its logsource costs anyway is taken off.\n"
	     "Exit status: 0 measured; 66 no rule or no event is there.\n"),
	  false, rule_profile_run },
	{ "rule bundle", "--key KEY.pem --save FILE [--name NAME] PATH…",
	  N_("Put rules into one file and sign it"),
	  N_("  --key FILE         private Ed25519 key: openssl genpkey -algorithm ed25519\n"
	     "  --save FILE        where the bundle goes\n"
	     "  --name NAME        what it is called\n"
	     "\n"
	     "Exit status: 0 made; 65 a rule does not compile or the key is none; 66 something is\n"
	     "not there.\n"),
	  false, rule_bundle_run },
	{ "rule verify", "--key PUBLIC.pem [--extract DIR] BUNDLE",
	  N_("Check who signed a bundle of rules, and that nothing was changed"),
	  N_("  --key FILE         public key: openssl pkey -in KEY.pem -pubout\n"
	     "  --extract DIR      write its rules there, once all is good\n"
	     "\n"
	     "Exit status: 0 good; 65 no bundle; 66 something is not there; 77 signed by somebody\n"
	     "else, or changed.\n"),
	  false, rule_verify_run },
	{ "programme check", "[--json] FILE… | --schema",
	  N_("Check programme files: every mistake at once, with line and what would be right"),
	  N_("  --json             one object per line for each mistake\n"
	     "  --schema           print the language as a JSON Schema, for editors\n"
	     "\n"
	     "Exit status: 0 all are whole; 65 at least one is not; 66 a file is not there.\n"),
	  false, programme_check_run },
	{ "programme eligible", "FILE --course ID --company COMPANY.json",
	  N_("Test a company against the conditions of a programme"),
	  N_("  --course ID        course that the company wishes; may be repeated\n"
	     "  --company FILE     answers of the form as JSON: {\"FIELD\": value or [values]};\n"
	     "                     \"records.NAME\" is what the centre would know; - is standard input\n"
	     "\n"
	     "Prints one JSON object: the whole verdict and each condition's.\n"
	     "Exit status: 0 eligible or to be reviewed; 1 not eligible; 65 the programme or the\n"
	     "answers are wrong; 66 a file is not there; 2 wrong call.\n"),
	  false, programme_eligible_run },
	{ "programme draw", "[--save FILE.svg] FILE", N_("Draw the steps of a programme as SVG"),
	  N_("  --save FILE        where it goes (default: standard output)\n"
	     "  --json             states and ways as JSON instead\n"
	     "\n"
	     "Who acts is told by colour and shape, deadlines stand on the ways; light and dark.\n"
	     "Exit status: 0 drawn; 65 the programme is wrong; 66 it is not there; 2 wrong call.\n"),
	  false, programme_draw_run },
	{ "programme simulate", "[OPTION]… FILE",
	  N_("Play a season against companies that do not exist: where does work pile up?"),
	  N_("  --companies N      so many apply (1000)\n"
	     "  --days N           from the opening of the reception (300)\n"
	     "  --seed N           another number is another season (1)\n"
	     "  --policy FILE      who can do how much, how late people are (YAML); twice: both\n"
	     "                     seasons beside each other; \"default\" is what holds without a file\n"
	     "  --output FORM      table (default), html (one page with charts) or json\n"
	     "  --json             same as --output json\n"
	     "  --save FILE        write there; FORM by its name (.html, .json)\n"
	     "  --quiet            no progress\n"
	     "\n"
	     "The same seed gives the same companies for every policy.\n"
	     "Exit status: 0 played; 65 the programme or a policy is wrong; 66 a file is not there;\n"
	     "2 wrong call.\n"),
	  false, programme_simulate_run },
	{ "programme diff", "[--json] OLD NEW",
	  N_("Compare two versions of a programme, in words"),
	  N_("  --json             one object per line for each difference\n"
	     "\n"
	     "Tells for each difference whom it touches: ! marks those for applications under way.\n"
	     "Exit status: 0 no difference; 1 some; 65 a programme is wrong; 66 a file is not there;\n"
	     "2 wrong call.\n"),
	  false, programme_diff_run },
	{ "company list", "[--json]", N_("Companies that you may see"), NULL, true, company_list_run },
	{ "company show", "[--json] ID", N_("One company"), NULL, true, company_show_run },
	{ "device list", "[--json]", N_("Devices that you may see"), NULL, true, device_list_run },
	{ "device show", "[--json] ID", N_("One device"), NULL, true, device_show_run },
	{ "incident list", "[--json] [--state STATE]", N_("Incidents, the last active first"),
	  N_("  --state STATE      open (all that wait for somebody), new, assigned, investigating,\n"
	     "                     contained, resolved, closed or false_positive\n"),
	  true, incident_list_run },
	{ "incident show", "[--json] ID|NUMBER", N_("One incident with its processes and timeline"),
	  N_("  NUMBER             as the list shows it: 35 or '#35'\n"), true, incident_show_run },
	{ "report list", "[--json]", N_("Monthly reports, the newest first"), NULL, true,
	  report_list_run },
	{ "report get", "[--json] [--output FILE] ID", N_("One monthly report as PDF"),
	  N_("  --output FILE      where it goes (default report-ID.pdf); - is standard output\n"
	     "  --json             its figures instead, as JSON on standard output\n"),
	  true, report_get_run },
	{ "report make", "--programme ID --from DAY --to DAY",
	  N_("Make the reports of all companies of a programme for a period"),
	  N_("  --programme ID     which programme\n"
	     "  --from DAY         first day of the period, as 2026-07-01\n"
	     "  --to DAY           its last day\n"
	     "  --quiet            no progress\n"
	     "\n"
	     "Reports that are there already are not made again. Ends when all are made;\n"
	     "exit status 1 where some could not be.\n"),
	  true, report_make_run },
};
/* clang-format on */

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const char centre_options[] =
	N_("  --url URL          address of the centre (or HIKESHI_URL)\n"
	   "  --token-file FILE  file with an API token (or HIKESHI_TOKEN: the token)\n"
	   "  --ca FILE          certificate of the centre's authority (or HIKESHI_CA)\n"
	   "  --json             the answer as JSON\n"
	   "  --utc              times as UTC (default: the machine's own)\n"
	   "\n"
	   "Exit status: 0 answered; 66 there is no such thing; 69 the centre cannot be reached;\n"
	   "77 the token does not allow it; 2 wrong call.\n");

void command_help(const struct command *command, FILE *to)
{
	fprintf(to, "%s hikeshi %s %s\n\n%s\n\n", _("Usage:"), command->name, command->usage,
		_(command->summary));
	if (command->details)
		fprintf(to, "%s", _(command->details));
	if (command->asks_centre)
		fprintf(to, "%s", _(centre_options));
	fprintf(to, "\n%s",
		_("  --lang ja|en       language of messages\n"
		  "  --help             this text\n"));
}

/* Of all commands, or of those that begin with this word. */
static void help_all(FILE *to, const char *word)
{
	const size_t n = strlen(word);

	fprintf(to, "%s hikeshi %s\n\n", _("Usage:"), _("COMMAND [OPTION]…"));
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strncmp(commands[i].name, word, n) == 0)
			fprintf(to, "  %-14s  %s\n", commands[i].name, _(commands[i].summary));
	}
	fprintf(to, "\n%s\n", _("hikeshi COMMAND --help tells more about one of them."));
}

const char *default_rules(char path[static PATH_MAX])
{
	char folder[PATH_MAX];

	if (snprintf(path, PATH_MAX, "%s/../share/hikeshi/rules/sigma",
		     file_program_folder(folder)) < PATH_MAX &&
	    access(path, R_OK) == 0)
		return path;
	return "/usr/share/hikeshi/rules/sigma";
}

/*
 * Takes --lang out of the arguments wherever it stands before "--". Returns
 * false where it has no value that is known.
 */
static bool take_language(int *argc, char **argv, const char **ret)
{
	bool is_good = true;
	int to = 1, at = 1;

	while (at < *argc && strcmp(argv[at], "--") != 0) {
		const char *value = NULL;

		if (strcmp(argv[at], "--lang") == 0) {
			value = at + 1 < *argc ? argv[++at] : "";
		} else if (strncmp(argv[at], "--lang=", 7) == 0) {
			value = argv[at] + 7;
		} else {
			argv[to++] = argv[at++];
			continue;
		}
		at++;
		if (strcmp(value, "ja") == 0 || strcmp(value, "en") == 0)
			*ret = value;
		else
			is_good = false;
	}
	while (at < *argc)
		argv[to++] = argv[at++];
	argv[to] = NULL;
	*argc = to;
	return is_good;
}

static const struct command *find_command(int argc, char **argv, int *ret_words)
{
	char two[64];

	snprintf(two, sizeof two, "%s %s", argv[1], argc > 2 ? argv[2] : "");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const bool is_one = strcmp(commands[i].name, argv[1]) == 0;

		if (!is_one && strcmp(commands[i].name, two) != 0)
			continue;
		*ret_words = is_one ? 1 : 2;
		return &commands[i];
	}
	return NULL;
}

static bool asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

/* Calls without a command: help, --version, or only the first word of one. */
static int no_command(int argc, char **argv)
{
	const int misuse = err_exit_status(ERR_USAGE);
	const char *word = argc > 1 ? argv[1] : "";

	if (strcmp(word, "--version") == 0) {
		printf("hikeshi %s\n", HIKESHI_VERSION);
		return 0;
	}
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		help_all(stdout, "");
		return 0;
	}
	for (size_t i = 0; i < COMMAND_COUNT && word[0]; i++) {
		const size_t n = strlen(word);

		if (strncmp(commands[i].name, word, n) == 0 && commands[i].name[n] == ' ') {
			const bool asked = asks_help(argc, argv);

			help_all(asked ? stdout : stderr, word);
			return asked ? 0 : misuse;
		}
	}
	if (word[0])
		say(_("there is no command '%s'"), word);
	help_all(stderr, "");
	return misuse;
}

static int run(int argc, char **argv)
{
	const struct command *command;
	int words = 0;

	/* `hikeshi help hunt` is `hikeshi hunt --help`. */
	if (argc > 2 && strcmp(argv[1], "help") == 0) {
		command = find_command(argc - 1, argv + 1, &words);
		if (command) {
			command_help(command, stdout);
			return 0;
		}
	}
	command = argc > 1 ? find_command(argc, argv, &words) : NULL;
	if (!command)
		return no_command(argc, argv);
	argc -= words;
	argv += words;
	if (asks_help(argc, argv)) {
		command_help(command, stdout);
		return 0;
	}
	return command->run(command, argc, argv);
}

int main(int argc, char **argv)
{
	const char *language = NULL;
	const bool is_good = take_language(&argc, argv, &language);
	int status;

	/* Who reads us may stop reading: `hikeshi hunt … | head` ends quietly. */
	signal(SIGPIPE, SIG_DFL);
	text_init(language);
	if (!is_good) {
		say(_("%s needs a value: %s"), "--lang", "ja, en");
		return err_exit_status(ERR_USAGE);
	}
	status = run(argc, argv);
	/* Which write failed is not known any more, so why is not either. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		struct err err = ERR_INIT;

		err_set(&err, ERR_IO, "%s", _("not all of the results could be written"));
		err_hint(&err, "%s", _("is the disk full?"));
		return command_failed(&err);
	}
	return status;
}
