#include "agent/linux/options.h"

#include <stdio.h>

#include "base/text.h"

struct value_row {
	const char *name;
	unsigned commands;
	int (*take)(struct program_options *ret, const char *value);
};

static int take_data(struct program_options *ret, const char *value)
{
	ret->data = value;
	return value[0] ? 0 : -1;
}

static int take_url(struct program_options *ret, const char *value)
{
	ret->url = value;
	return sv_starts(sv_from(value), SV("https://")) ? 0 : -1;
}

static int take_token(struct program_options *ret, const char *value)
{
	ret->token = value;
	return 0;
}

static int take_token_file(struct program_options *ret, const char *value)
{
	ret->token_file = value;
	return 0;
}

static int take_fingerprint(struct program_options *ret, const char *value)
{
	ret->fingerprint = value;
	return 0;
}

static int take_ca(struct program_options *ret, const char *value)
{
	ret->ca = value;
	return 0;
}

static int take_sensor(struct program_options *ret, const char *value)
{
	static const char *const name[] = {
		[SENSOR_ANY] = "any", [SENSOR_BPF] = "bpf", [SENSOR_PROC] = "proc",
	};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (strcmp(value, name[i]) == 0) {
			ret->sensor = (enum sensor_choice)i;
			return 0;
		}
	return -1;
}

static int take_scope(struct program_options *ret, const char *value)
{
	ret->scope_namespace = strcmp(value, "namespace") == 0;
	return ret->scope_namespace || strcmp(value, "host") == 0 ? 0 : -1;
}

static int take_count(struct program_options *ret, const char *value)
{
	return sv_to_u64(sv_from(value), &ret->count) && ret->count > 0 ? 0 : -1;
}

static int take_seconds(struct program_options *ret, const char *value)
{
	return sv_to_u64(sv_from(value), &ret->seconds) && ret->seconds > 0 && ret->seconds <= 86400 ? 0
												      : -1;
}

static const struct value_row value_row[] = {
	{ "--data", COMMAND_ENROL | COMMAND_RUN | COMMAND_STATUS | COMMAND_UNINSTALL, take_data },
	{ "--url", COMMAND_ENROL, take_url },
	{ "--token", COMMAND_ENROL, take_token },
	{ "--token-file", COMMAND_ENROL, take_token_file },
	{ "--fingerprint", COMMAND_ENROL, take_fingerprint },
	{ "--ca", COMMAND_ENROL, take_ca },
	{ "--sensor", COMMAND_RUN | COMMAND_WATCH, take_sensor },
	{ "--scope", COMMAND_RUN | COMMAND_WATCH, take_scope },
	{ "--count", COMMAND_WATCH, take_count },
	{ "--seconds", COMMAND_WATCH, take_seconds },
};

static int take_value(unsigned command, int argc, char **argv, int *at, struct program_options *ret,
		      struct err *err)
{
	for (size_t i = 0; i < sizeof value_row / sizeof *value_row; i++) {
		const struct value_row *row = &value_row[i];
		const size_t n = strlen(row->name);
		const char *value;

		if (!(row->commands & command) || strncmp(argv[*at], row->name, n) != 0 ||
		    (argv[*at][n] != '\0' && argv[*at][n] != '='))
			continue;
		value = argv[*at][n] == '=' ? argv[*at] + n + 1 : *at + 1 < argc ? argv[++*at] : NULL;
		++*at;
		if (!value)
			return err_set(err, ERR_USAGE, _("%s needs a value"), row->name);
		if (row->take(ret, value) < 0)
			return err_set(err, ERR_USAGE, _("%s: '%.100s' is no value for it"), row->name, value);
		return 0;
	}
	return err_set(err, ERR_USAGE, _("there is no option '%.100s' here"), argv[*at]);
}

int options_read(unsigned command, int argc, char **argv, struct program_options *ret, struct err *err)
{
	*ret = (struct program_options){ .data = AGENT_DATA_DEFAULT };
	for (int at = 1; at < argc;) {
		if (strcmp(argv[at], "--json") == 0 && (command & COMMAND_STATUS)) {
			ret->json = true;
			at++;
		} else if (take_value(command, argc, argv, &at, ret, err) < 0) {
			return -1;
		}
	}
	return 0;
}

const char *options_take_language(int *argc, char **argv)
{
	const char *language = NULL;
	int to = 1;

	for (int at = 1; at < *argc; at++) {
		if (strcmp(argv[at], "--lang") == 0 && at + 1 < *argc)
			language = argv[++at];
		else if (strncmp(argv[at], "--lang=", 7) == 0)
			language = argv[at] + 7;
		else
			argv[to++] = argv[at];
	}
	argv[to] = NULL;
	*argc = to;
	return language;
}

int options_failed(const char *program, const struct err *err)
{
	fprintf(stderr, "%s: %s\n", program, err->text);
	if (err->hint[0])
		fprintf(stderr, "  → %s\n", err->hint);
	return err_exit_status(err->code);
}
