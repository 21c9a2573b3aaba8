/* Eligibility, mails and the engine's own sentences of a file. */
#include "programme/internal.h"

/* ---- eligibility ---- */

static const char *verdict_word(int verdict)
{
	return verdict_name((enum verdict)verdict);
}

static void read_messages(struct reader *reader, const struct yaml_node *node,
			  struct condition_rule *rule)
{
	if (!node || !reader_map(reader, node, MAP_MESSAGE))
		return;
	rule->fail_message = reader_text(reader, yaml_get(node, "fail"));
	rule->review_message = reader_text(reader, yaml_get(node, "review"));
}

static void read_rule(struct reader *reader, const struct yaml_node *node,
		      struct condition_rule *rule)
{
	const struct yaml_node *fail = yaml_get(node, "fail"), *review = yaml_get(node, "review");
	bool can_fail, can_review;

	if (!reader_map(reader, node, MAP_ELIGIBILITY))
		return;
	rule->id = reader_id(reader, yaml_get(node, "id"));
	rule->name = reader_text(reader, yaml_get(node, "name"));
	rule->rules = reader_rules(reader, yaml_get(node, "rule"));
	rule->pass = reader_condition(reader, yaml_get(node, "pass"), SV(""), NULL);
	rule->fail = reader_condition(reader, fail, SV(""), NULL);
	rule->review = reader_condition(reader, review, SV(""), NULL);
	rule->otherwise = (enum verdict)reader_choice(reader, yaml_get(node, "otherwise"),
						      "verdict", verdict_word, 3, VERDICT_FAIL);
	if (!rule->pass && !rule->fail && !rule->review)
		reader_at(reader, node, "a condition needs pass, fail or review");
	read_messages(reader, yaml_get(node, "message"), rule);
	can_fail = rule->fail || rule->otherwise == VERDICT_FAIL;
	can_review = rule->review || rule->otherwise == VERDICT_REVIEW;
	if (can_fail && rule->fail_message.ja.n == 0)
		reader_at(reader, node, "who fails must read why: message: {fail: …}");
	if (can_review && rule->review_message.ja.n == 0)
		reader_at(reader, node, "who is looked at must read why: message: {review: …}");
}

void reader_eligibility(struct reader *reader, const struct yaml_node *node)
{
	struct condition_rule *rule;

	if (!reader_list(reader, node, "eligibility", PROGRAMME_CONDITIONS_MAX))
		return;
	rule = reader_alloc(reader, node->count, sizeof *rule);
	for (size_t i = 0; i < node->count; i++) {
		read_rule(reader, node->item[i], &rule[i]);
		for (size_t k = 0; k < i; k++)
			reader_differ(reader, node->item[i], "condition", rule[i].id, rule[k].id);
	}
	reader->programme->condition = rule;
	reader->programme->condition_count = node->count;
}

/* ---- mails ---- */

struct name_check {
	struct reader *reader;
	const struct yaml_node *node;
	struct sv template;
};

static bool check_name(void *context, struct sv name, size_t at)
{
	static const char standard[] = PROGRAMME_MAIL_NAMES;
	const struct name_check *check = context;
	struct sv rest = sv_from(standard);

	while (rest.n > 0) {
		if (sv_eq(sv_cut(&rest, ' '), name))
			return true;
	}
	if (programme_find_field(check->reader->programme, name))
		return true;
	reader_problem(check->reader, check->node->line, check->node->column,
		       reader_nearest(check->reader, name, standard),
		       "mail '%.*s' has an unknown {%.*s}", SV_ARG(check->template), SV_ARG(name));
	return true;
}

static struct programme_text read_mail_text(struct reader *reader, const struct yaml_node *node,
					    struct sv id)
{
	struct programme_text text = reader_text(reader, node);
	struct name_check check = { reader, node, id };

	if (!node)
		return text;
	text_names(text.ja, check_name, &check);
	if (!sv_eq(text.en, text.ja))
		text_names(text.en, check_name, &check);
	return text;
}

void reader_mails(struct reader *reader, const struct yaml_node *node)
{
	struct template *template;

	if (!node)
		return;
	if (node->kind != YAML_MAP || node->count > PROGRAMME_TEMPLATES_MAX) {
		reader_at(reader, node, "mails is a map of at most %d templates",
			  PROGRAMME_TEMPLATES_MAX);
		return;
	}
	template = reader_alloc(reader, node->count, sizeof *template);
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *one = node->pair[i].value;

		template[i].id = node->pair[i].key;
		if (!reader_map(reader, one, MAP_MAIL))
			continue;
		template[i].subject =
			read_mail_text(reader, yaml_get(one, "subject"), template[i].id);
		template[i].body = read_mail_text(reader, yaml_get(one, "body"), template[i].id);
		if (sv_find_char(template[i].subject.ja, '\n', 0) != SIZE_MAX ||
		    sv_find_char(template[i].subject.en, '\n', 0) != SIZE_MAX)
			reader_at(reader, one, "a subject is one line");
	}
	reader->programme->template = template;
	reader->programme->template_count = node->count;
}

/* ---- what the engine says ---- */

struct system_row {
	const char *key, *ja, *en;
};

/* clang-format off */
static const struct system_row system_row[TEXT_COUNT] = {
	[TEXT_NOT_OPEN] = { "not_open", "受付はまだ始まっていません。",
		"Reception is not open yet." },
	[TEXT_OVER] = { "over", "受付は終了しました。", "Reception is over." },
	[TEXT_FULL] = { "full", "定員に達したため、次のコースは受付を終了しました：{courses}",
		"All places are taken: {courses}" },
	[TEXT_NOT_CONFIRMED] = { "not_confirmed",
		"参加の確定と承認が済むまで、端末は登録できません。",
		"Devices cannot be enrolled before participation is final and approved." },
	[TEXT_ENDED] = { "ended", "ご利用期間が終わっているため、端末は登録できません。",
		"The trial is over: devices cannot be enrolled any more." },
	[TEXT_NO_COURSE] = { "no_course", "このサービスは決定したコースに含まれていません。",
		"This service is not part of the courses that were decided." },
	[TEXT_USERS] = { "users", "利用者は{limit}人までです。これ以上は登録できません。",
		"At most {limit} users: no more can be enrolled." },
	[TEXT_DEVICES_PER_USER] = { "devices_per_user",
		"1人の利用者が登録できる端末は{limit}台までです。",
		"At most {limit} devices for one user." },
	[TEXT_DEVICES] = { "devices", "端末は{limit}台までです。これ以上は登録できません。",
		"At most {limit} devices: no more can be enrolled." },
	[TEXT_INELIGIBLE] = { "ineligible", "参加の要件を満たしていません。",
		"The conditions of participation are not met." },
};
/* clang-format on */

void reader_texts(struct reader *reader, const struct yaml_node *node)
{
	struct programme_text *text = reader->programme->text;

	for (size_t i = 0; i < TEXT_COUNT; i++) {
		const struct yaml_node *one = yaml_get(node, system_row[i].key);

		text[i] = (struct programme_text){ sv_from(system_row[i].ja),
						   sv_from(system_row[i].en) };
		if (one)
			text[i] = reader_text(reader, one);
	}
	if (node)
		reader_map(reader, node, MAP_TEXTS);
}
