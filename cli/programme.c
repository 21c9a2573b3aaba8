/* hikeshi programme check|eligible: for people who write programmes. */
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/cli.h"
#include "programme/programme.h"

#define MEMORY_MAX ((size_t)64 << 20)
#define COMPANY_FILE_MAX (1U << 20)
#define LINE_MAX_BYTES (1U << 20)
#define SCHEMA_MAX (1U << 20)

static void put_member(struct buf *line, const char *name, struct sv text)
{
	buf_printf(line, "%s\"%s\":", line->n > 0 && line->p[line->n - 1] != '{' ? "," : "", name);
	buf_put_json(line, text);
}

static void print_problem(bool json, const char *file, const struct programme_problem *problem)
{
	struct buf line;

	if (!json) {
		print_line("%s:%u:%u: %.*s%s%.*s%s", file, problem->line, problem->column,
			   SV_ARG(problem->message), problem->hint.n > 0 ? " (" : "",
			   SV_ARG(problem->hint), problem->hint.n > 0 ? ")" : "");
		return;
	}
	buf_init(&line, LINE_MAX_BYTES);
	buf_put_char(&line, '{');
	put_member(&line, "file", sv_from(file));
	buf_printf(&line, ",\"line\":%u,\"column\":%u", problem->line, problem->column);
	put_member(&line, "message", problem->message);
	put_member(&line, "hint", problem->hint);
	buf_put_sv(&line, SV("}\n"));
	write_json(buf_sv(&line));
	buf_done(&line);
}

/* 0, or the exit status. */
static int check_one(const char *path, bool json)
{
	struct arena *arena = arena_new(MEMORY_MAX);
	struct programme_problems problems = { NULL, 0 };
	struct err err = ERR_INIT;
	struct programme *programme = programme_read(path, arena, &problems, &err);
	int status = programme ? 0 : err_exit_status(err.code);

	for (size_t i = 0; i < problems.count; i++)
		print_problem(json, path, &problems.item[i]);
	if (!programme && problems.count == 0) {
		status = command_failed(&err);
		if (err.code == ERR_IO)
			status = err_exit_status(ERR_NOT_FOUND);
	} else if (!programme && !json) {
		print_line(_("%s: %zu mistakes"), path, problems.count);
	} else if (!json) {
		const struct programme_facts *facts = programme_facts(programme);

		print_line(_("%s: whole; version %u, %zu courses, %zu steps"), path, facts->version,
			   facts->course_count, facts->state_count);
	}
	programme_free(programme);
	arena_free(arena);
	return status;
}

static int print_schema(void)
{
	struct buf text;

	buf_init(&text, SCHEMA_MAX);
	programme_schema(&text);
	write_json(buf_sv(&text));
	buf_done(&text);
	return 0;
}

int programme_check_run(const struct command *command, int argc, char **argv)
{
	bool json = false, schema = false;
	const struct option option[] = { { "--json", .flag = &json },
					 { "--schema", .flag = &schema } };
	int files = 0, worst = 0;
	const int misuse = options_take(command, argc, argv, option, 2, &files);

	if (misuse >= 0)
		return misuse;
	if (schema && files > 0)
		return command_misuse(command, "%s", _("--schema stands alone"));
	if (schema)
		return print_schema();
	if (files == 0)
		return command_misuse(command, "%s", _("which files?"));
	for (int i = 1; i <= files; i++) {
		const int status = check_one(argv[i], json);

		worst = status > worst ? status : worst;
	}
	return worst;
}

/* ---- eligible ---- */

struct company {
	struct arena *arena;
	struct answer typed[PROGRAMME_ANSWERS_MAX], record[PROGRAMME_ANSWERS_MAX];
	size_t typed_count, record_count;
};

static int add_answer(struct company *company, struct sv name, const struct yaml_node *value,
		      struct err *err)
{
	const bool is_record = sv_starts(name, SV("records."));
	struct sv text = value->text;
	bool yes;

	if (value->kind != YAML_SCALAR)
		return err_set(err, ERR_FORMAT, "%.*s: a value is a text, a number or a list",
			       SV_ARG(name));
	if (company->typed_count == PROGRAMME_ANSWERS_MAX ||
	    company->record_count == PROGRAMME_ANSWERS_MAX)
		return err_set(err, ERR_RANGE, "more than %d answers", PROGRAMME_ANSWERS_MAX);
	if (yaml_is_null(value))
		return 0;
	if (yaml_to_bool(value, &yes))
		text = yes ? SV("yes") : SV("no");
	if (is_record)
		company->record[company->record_count++] = (struct answer){ name, text };
	else
		company->typed[company->typed_count++] = (struct answer){ name, text };
	return 0;
}

/* JSON is read as YAML, of which it is a part. */
static int read_company(struct company *company, const char *path, struct err *err)
{
	struct yaml_node **root = NULL;
	struct buf text;
	int status;

	buf_init(&text, COMPANY_FILE_MAX);
	status = strcmp(path, "-") == 0 ? file_read_fd(0, "-", &text, err)
					: file_read(path, &text, err);
	if (status == 0)
		status = yaml_parse(buf_sv(&text), path, company->arena, &root, err);
	buf_done(&text);
	if (status < 0)
		return -1;
	if (status != 1 || !root[0] || root[0]->kind != YAML_MAP)
		return err_set(err, ERR_FORMAT, "%s: a company is one JSON object", path);
	for (size_t i = 0; i < root[0]->count; i++) {
		const struct yaml_pair *pair = &root[0]->pair[i];
		const bool is_list = pair->value->kind == YAML_LIST;

		for (size_t k = 0; k < (is_list ? pair->value->count : 1); k++) {
			if (add_answer(company, pair->key,
				       is_list ? pair->value->item[k] : pair->value, err) < 0)
				return err_wrap(err, "%s", path);
		}
	}
	return 0;
}

static struct sv in_language(struct programme_text text)
{
	return text_is_japanese() ? text.ja : text.en;
}

static void put_row(struct buf *line, const struct eligibility_row *row)
{
	buf_put_char(line, '{');
	put_member(line, "condition", row->condition);
	put_member(line, "rules", row->rules);
	put_member(line, "name", in_language(row->name));
	put_member(line, "verdict", sv_from(verdict_name(row->verdict)));
	put_member(line, "message", in_language(row->message));
	buf_put_sv(line, SV(",\"missing\":["));
	for (size_t i = 0; i < row->missing_count; i++) {
		if (i > 0)
			buf_put_char(line, ',');
		buf_put_json(line, row->missing[i]);
	}
	buf_put_sv(line, SV("]}"));
}

static int print_verdict(const struct programme *programme, const struct answers *kept,
			 const struct answers *records, const struct form_errors *errors,
			 struct arena *arena, struct err *err)
{
	const struct eligibility_row *row;
	enum verdict whole;
	struct buf line;
	size_t count;

	if (eligibility(programme, kept, records, arena, &row, &count, &whole, err) < 0)
		return command_failed(err);
	buf_init(&line, LINE_MAX_BYTES);
	buf_put_char(&line, '{');
	put_member(&line, "programme", programme_facts(programme)->id);
	put_member(&line, "verdict", sv_from(verdict_name(whole)));
	buf_put_sv(&line, SV(",\"conditions\":["));
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_char(&line, ',');
		put_row(&line, &row[i]);
	}
	buf_put_sv(&line, SV("],\"errors\":["));
	for (size_t i = 0; i < errors->count; i++) {
		buf_put_sv(&line, i > 0 ? SV(",{") : SV("{"));
		put_member(&line, "field", errors->item[i].field);
		put_member(&line, "message", in_language(errors->item[i].message));
		buf_put_char(&line, '}');
	}
	buf_put_sv(&line, SV("]}\n"));
	write_json(buf_sv(&line));
	buf_done(&line);
	return whole == VERDICT_FAIL ? 1 : 0;
}

/* Answers without those that are wrong: the conditions are still told. */
static struct answers without_wrong(const struct answers *typed, const struct form_errors *errors,
				    struct arena *arena)
{
	struct answer *item = arena_alloc(arena, (typed->count + 1) * sizeof *item);
	size_t count = 0;

	for (size_t i = 0; item && i < typed->count; i++) {
		bool wrong = false;

		for (size_t k = 0; k < errors->count; k++)
			wrong |= sv_eq(errors->item[k].field, typed->item[i].name);
		if (!wrong)
			item[count++] = typed->item[i];
	}
	return (struct answers){ item, count };
}

static int judge(const struct programme *programme, const struct company *company,
		 struct err *err)
{
	struct answers typed = { company->typed, company->typed_count };
	const struct answers records = { company->record, company->record_count };
	struct form_errors errors = { NULL, 0 }, more;
	struct answers kept = { NULL, 0 };
	int status = form_check_given(programme, &typed, company->arena, &kept, &errors, err);

	if (status > 0) {
		typed = without_wrong(&typed, &errors, company->arena);
		status = form_check_given(programme, &typed, company->arena, &kept, &more, err);
	}
	if (status < 0)
		return command_failed(err);
	return print_verdict(programme, &kept, &records, &errors, company->arena, err);
}

static int add_courses(const struct command *command, const struct programme *programme,
		       const struct option_words *courses, struct company *company)
{
	for (size_t i = 0; i < courses->count; i++) {
		const struct sv id = sv_from(courses->word[i]);

		if (!programme_course(programme, id))
			return command_misuse(command, _("there is no course '%s'"),
					      courses->word[i]);
		if (company->typed_count < PROGRAMME_ANSWERS_MAX)
			company->typed[company->typed_count++] =
				(struct answer){ SV("courses"), id };
	}
	return -1;
}

static int read_and_judge(const struct command *command, const char *file, const char *company_file,
			  const struct option_words *courses)
{
	struct company company = { .arena = arena_new(MEMORY_MAX) };
	struct programme_problems problems = { NULL, 0 };
	struct err err = ERR_INIT;
	struct programme *programme = programme_read(file, company.arena, &problems, &err);
	int status = programme ? -1 : command_failed(&err);

	if (programme)
		status = add_courses(command, programme, courses, &company);
	if (status < 0)
		status = read_company(&company, company_file, &err) < 0
				 ? command_failed(&err)
				 : judge(programme, &company, &err);
	programme_free(programme);
	arena_free(company.arena);
	return status;
}

int programme_eligible_run(const struct command *command, int argc, char **argv)
{
	struct option_words courses = { .count = 0 };
	const char *company = NULL;
	const struct option option[] = { { "--course", .words = &courses },
					 { "--company", .value = &company } };
	int files = 0;
	const int misuse = options_take(command, argc, argv, option, 2, &files);

	if (misuse >= 0)
		return misuse;
	if (files != 1 || !company)
		return command_misuse(command, "%s", _("one programme and --company, please"));
	return read_and_judge(command, argv[1], company, &courses);
}
