/* The words of a call: options in any order, then what they are about. */
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

/*
 * Whether argv[*at] is this option. Then *at moves past it and its value, and
 * *ret is the value: NULL where there is none, though there should be.
 */
static bool is_option(const struct option *option, int argc, char **argv, int *at, const char **ret)
{
	const size_t n = strlen(option->name);
	const char *word = argv[*at];

	if (strncmp(word, option->name, n) != 0)
		return false;
	*ret = NULL;
	if (word[n] == '=' && !option->flag) {
		*ret = word + n + 1;
		(*at)++;
		return true;
	}
	if (word[n] != '\0')
		return false;
	(*at)++;
	if (!option->flag && *at < argc)
		*ret = argv[(*at)++];
	return true;
}

static int keep(const struct command *command, const struct option *option, const char *value)
{
	if (option->flag) {
		*option->flag = true;
		return -1;
	}
	if (!value)
		return command_misuse(command, _("%s needs a value"), option->name);
	if (option->value) {
		*option->value = value;
		return -1;
	}
	if (option->words->count == OPTION_WORDS_MAX)
		return command_misuse(command, _("more than %d times %s"), OPTION_WORDS_MAX,
				      option->name);
	option->words->word[option->words->count++] = value;
	return -1;
}

int options_take(const struct command *command, int argc, char **argv, const struct option *option,
		 size_t count, int *ret_count)
{
	int words = 0, at = 1;

	while (at < argc) {
		const char *value = NULL;
		size_t i = 0;
		int status;

		if (strcmp(argv[at], "--") == 0) {
			for (at++; at < argc; at++)
				argv[++words] = argv[at];
			break;
		}
		if (argv[at][0] != '-' || argv[at][1] == '\0') {
			argv[++words] = argv[at++];
			continue;
		}
		while (i < count && !is_option(&option[i], argc, argv, &at, &value))
			i++;
		if (i == count)
			return command_misuse(command, _("there is no option '%s'"), argv[at]);
		status = keep(command, &option[i], value);
		if (status >= 0)
			return status;
	}
	*ret_count = words;
	return -1;
}

int command_misuse(const struct command *command, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	say("%s: %s", command->name, text);
	say_hint(_("see: hikeshi %s --help"), command->name);
	return err_exit_status(ERR_USAGE);
}
