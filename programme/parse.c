/* A file becomes a programme, whole or not at all. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "programme/internal.h"


static void make_calendar(struct reader *reader, const struct yaml_node *root)
{
	struct err err = ERR_INIT;

	if (programme_close_days(reader->programme, NULL, 0, &err) < 0)
		reader_at(reader, root, "closures: %s", err.text);
}

static void read_root(struct reader *reader, const struct yaml_node *root)
{
	if (!reader_map(reader, root, MAP_PROGRAMME))
		return;
	reader_facts(reader, root);
	reader_texts(reader, yaml_get(root, "texts"));
	reader_form(reader, yaml_get(root, "form"));
	reader_questionnaires(reader, yaml_get(root, "questionnaires"));
	reader_visits(reader, yaml_get(root, "visits"));
	reader_documents(reader, yaml_get(root, "documents"));
	reader_sessions(reader, yaml_get(root, "sessions"));
	reader_publication(reader, root);
	reader_upgrade(reader, yaml_get(root, "upgrade"));
	reader_eligibility(reader, yaml_get(root, "eligibility"));
	reader_steps(reader, root);
	reader_mails(reader, yaml_get(root, "mails"));
	reader_resolve(reader);
	reader_check_names(reader);
	if (yaml_get(root, "states") && yaml_get(root, "receive"))
		reader_check_graph(reader);
	make_calendar(reader, root);
}

static int by_place(const void *a, const void *b)
{
	const struct programme_problem *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

static void *refuse(struct reader *reader, const char *name, struct programme_problems *ret,
		    struct err *err)
{
	const struct programme_problem *first = reader->problem;

	qsort(reader->problem, reader->problem_count, sizeof *reader->problem, by_place);
	*ret = (struct programme_problems){ reader->problem, reader->problem_count };
	programme_free(reader->programme);
	err_set(err, ERR_FORMAT, "%s:%u:%u: %.*s", name, first->line, first->column,
		SV_ARG(first->message));
	if (first->hint.n > 0)
		err_hint(err, "%.*s", SV_ARG(first->hint));
	return NULL;
}

/* Where YAML itself is wrong, "NAME:LINE:COLUMN: …" says where. */
static void *refuse_yaml(struct reader *reader, const char *name, struct programme_problems *ret,
			 struct err *err)
{
	struct sv rest = sv_from(err->text);
	uint64_t line = 1, column = 1;
	char text[ERR_TEXT_MAX];

	if (sv_starts(rest, sv_from(name)) && rest.n > strlen(name) + 1) {
		rest = sv_slice(rest, strlen(name) + 1, rest.n);
		if (sv_to_u64(sv_cut(&rest, ':'), &line))
			sv_to_u64(sv_cut(&rest, ':'), &column);
	}
	snprintf(text, sizeof text, "%.*s", SV_ARG(sv_trim(rest)));
	reader_problem(reader, (uint32_t)line, (uint32_t)column, sv_from(err->hint), "%s", text);
	return refuse(reader, name, ret, err);
}

struct programme *programme_parse(struct sv text, const char *name, struct arena *arena,
				  struct programme_problems *ret_problems, struct err *err)
{
	struct reader reader = { .out = arena };
	struct yaml_node **root = NULL;
	int documents;

	reader.problem = arena_zalloc(arena, PROGRAMME_PROBLEMS_MAX, sizeof *reader.problem);
	if (!reader.problem)
		return err_null(err, ERR_RANGE, "no memory for the problems of %s", name);
	reader.arena = arena_new(PROGRAMME_ARENA_MAX);
	reader.programme = reader_alloc(&reader, 1, sizeof *reader.programme);
	reader.programme->arena = reader.arena;
	if (text.n > PROGRAMME_FILE_MAX) {
		reader_problem(&reader, 1, 1, SV_NONE, "the file has %zu bytes; at most %u",
			       text.n, PROGRAMME_FILE_MAX);
		return refuse(&reader, name, ret_problems, err);
	}
	documents = yaml_parse(text, name, reader.arena, &root, err);
	if (documents < 0)
		return refuse_yaml(&reader, name, ret_problems, err);
	if (documents != 1 || !root[0])
		reader_problem(&reader, 1, 1, SV_NONE, "a programme is one YAML document");
	else
		read_root(&reader, reader.programme->root = root[0]);
	if (reader.problem_count > 0)
		return refuse(&reader, name, ret_problems, err);
	*ret_problems = (struct programme_problems){ NULL, 0 };
	return reader.programme;
}

struct programme *programme_read(const char *path, struct arena *arena,
				 struct programme_problems *ret_problems, struct err *err)
{
	struct programme *programme = NULL;
	struct buf text;

	*ret_problems = (struct programme_problems){ NULL, 0 };
	buf_init(&text, PROGRAMME_FILE_MAX + 1);
	if (file_read(path, &text, err) == 0)
		programme = programme_parse(buf_sv(&text), path, arena, ret_problems, err);
	buf_done(&text);
	return programme;
}

void programme_free(struct programme *programme)
{
	if (!programme)
		return;
	calendar_free(programme->calendar);
	arena_free(programme->arena);
}
