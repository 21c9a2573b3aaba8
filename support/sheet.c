/* What was answered, and how it differs from before. */
#include "support/internal.h"

#define PUT_ANSWER "INSERT INTO sheet_answer (sheet, number, name, value) VALUES ($1, $2, $3, $4)"
#define PUT_ANONYMOUS                                                                              \
	"INSERT INTO anonymous_answer (sheet, number, name, value) VALUES ($1, $2, $3, $4)"

/* Nothing of time is in it. */
static void chance_id(char text[static UUID_TEXT_MAX])
{
	struct uuid id;

	random_bytes(id.byte, sizeof id.byte);
	id.byte[6] = (uint8_t)((id.byte[6] & 0x0f) | 0x40); /* RFC 9562, version 4 */
	id.byte[8] = (uint8_t)((id.byte[8] & 0x3f) | 0x80);
	uuid_format(id, text);
}

static int put_sheet(struct store *store, struct sv application,
		     const struct programme_questionnaire *questionnaire,
		     const struct answers *answers, struct person by, struct instant now,
		     struct err *err)
{
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(now), id);
	if (store_change(store, err,
			 "INSERT INTO sheet (id, application, questionnaire, version, at, person,"
			 " person_name) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(application),
			 STORE_TEXT(questionnaire->id),
			 STORE_TEXT_OR_EMPTY(questionnaire->version), STORE_INT(now.us),
			 STORE_TEXT_OR_EMPTY(by.id), STORE_TEXT_OR_EMPTY(by.name)) < 0)
		return -1;
	return answers_put(store, PUT_ANSWER, sv_from(id), answers, err);
}

static int put_anonymous(struct store *store, struct sv programme,
			 const struct programme_questionnaire *questionnaire,
			 const struct answers *answers, struct err *err)
{
	char id[UUID_TEXT_MAX];

	chance_id(id);
	if (store_change(store, err,
			 "INSERT INTO anonymous_sheet (id, programme, questionnaire, version)"
			 " VALUES ($1, $2, $3, $4)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(programme),
			 STORE_TEXT(questionnaire->id),
			 STORE_TEXT_OR_EMPTY(questionnaire->version)) < 0)
		return -1;
	return answers_put(store, PUT_ANONYMOUS, sv_from(id), answers, err);
}

/* Appends, for a consent that was given, the words to which it was given. */
static int keep_words(const struct programme_questionnaire *questionnaire,
		      const struct programme_field *field, bool english, struct arena *arena,
		      struct answers *answers, struct answer *room, struct err *err)
{
	const struct sv name = arena_printf(arena, "%.*s.%.*s", SV_ARG(questionnaire->id),
					    SV_ARG(field->id));

	if (field->kind != FIELD_CONSENT || answers_get(answers, name).n == 0)
		return 0;
	room[answers->count] = (struct answer){
		arena_printf(arena, "%.*s.text", SV_ARG(name)),
		english ? field->consent_text.en : field->consent_text.ja,
	};
	if (!room[answers->count].name.p)
		return err_set(err, ERR_RANGE, "no memory for a consent");
	answers->count++;
	return 0;
}

static int with_words(const struct programme_questionnaire *questionnaire,
		      const struct answers *answers, bool english, struct arena *arena,
		      struct answers *ret, struct err *err)
{
	const struct programme_form *form = &questionnaire->form;
	struct answer *room =
		arena_zalloc(arena, answers->count + PROGRAMME_FIELDS_MAX, sizeof *room);
	struct answers all = { room, answers->count };

	if (!room)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	if (answers->count > 0)
		memcpy(room, answers->item, answers->count * sizeof *room);
	for (size_t s = 0; s < form->section_count; s++)
		for (size_t i = 0; i < form->section[s].field_count; i++)
			if (keep_words(questionnaire, &form->section[s].field[i], english, arena,
				       &all, room, err) < 0)
				return -1;
	*ret = all;
	return 0;
}

int asked_answer(struct store *store, const struct asked *asked,
		 const struct programme_questionnaire *questionnaire,
		 const struct answers *answers, bool english, struct person by, struct instant now,
		 struct arena *arena, struct err *err)
{
	const struct sv yes = SV("yes");
	struct answers all;
	struct sv record;

	if (records_need_transaction(store, err) < 0 ||
	    store_change(store, err,
			 "UPDATE asked SET answered = 1, answered_at = $2"
			 " WHERE id = $1 AND answered = 0",
			 STORE_TEXT(asked->id), STORE_INT(asked->anonymous ? 0 : now.us)) < 0)
		return -1;
	if (store_changes(store) != 1)
		return err_set(err, ERR_CONFLICT, "it was answered before");
	if (with_words(questionnaire, answers, english, arena, &all, err) < 0)
		return -1;
	if (asked->anonymous
		    ? put_anonymous(store, asked->programme, questionnaire, &all, err) < 0
		    : put_sheet(store, asked->application, questionnaire, &all, by, now, err) < 0)
		return -1;
	record = arena_printf(arena, "records.questionnaire.%.*s", SV_ARG(questionnaire->id));
	return application_set_record(store, asked->application, record, &yes, 1, err);
}

int sheet_put(struct store *store, const struct application *application,
	      const struct programme_questionnaire *questionnaire, const struct answers *answers,
	      struct person by, struct instant now, struct arena *arena, struct err *err)
{
	const struct sv yes = SV("yes");
	const struct sv record =
		arena_printf(arena, "records.questionnaire.%.*s", SV_ARG(questionnaire->id));

	if (records_need_transaction(store, err) < 0 ||
	    check_room(store, "SELECT COUNT(*) FROM sheet WHERE application = $1", application->id,
		       SUPPORT_SHEETS_MAX, "fillings of sheets", err) < 0)
		return -1;
	if (put_sheet(store, application->id, questionnaire, answers, by, now, err) < 0)
		return -1;
	return application_set_record(store, application->id, record, &yes, 1, err);
}

int sheet_last(struct store *store, struct sv application, struct sv questionnaire,
	       struct arena *arena, struct sheet *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id, version, at, person, person_name FROM sheet"
			  " WHERE application = $1 AND questionnaire = $2"
			  " ORDER BY row DESC LIMIT 1",
			  STORE_TEXT(application), STORE_TEXT(questionnaire));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (struct sheet){
			.id = records_text(query, 0, arena),
			.application = application,
			.questionnaire = questionnaire,
			.version = records_text(query, 1, arena),
			.at = { store_int(query, 2) },
			.by = { records_text(query, 3, arena), records_text(query, 4, arena) },
		};
	store_done(query);
	if (step != 1)
		return step;
	return answers_read(store,
			    "SELECT name, value FROM sheet_answer WHERE sheet = $1"
			    " ORDER BY number",
			    ret->id, arena, &ret->answers, err) == 0
		       ? 1
		       : -1;
}

/* ---- anonymous ---- */

static int count_anonymous(struct store *store, struct sv programme, struct sv questionnaire,
			   uint64_t *ret, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT COUNT(*) FROM anonymous_sheet WHERE programme = $1"
			  " AND questionnaire = $2",
			  STORE_TEXT(programme), STORE_TEXT(questionnaire));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

int anonymous_list(struct store *store, struct sv programme, struct sv questionnaire,
		   uint64_t least, size_t limit, struct arena *arena,
		   struct anonymous_answers *ret, struct err *err)
{
	struct anonymous_answers all = { .count = 0 };
	struct answers *item = arena_zalloc(arena, limit, sizeof *item);
	struct sv *id = arena_zalloc(arena, limit, sizeof *id);
	struct store_query *query;
	int step;

	if (!item || !id)
		return err_set(err, ERR_RANGE, "no memory for the answers");
	if (count_anonymous(store, programme, questionnaire, &all.count, err) < 0)
		return -1;
	if (all.count < least) {
		*ret = all;
		return 0;
	}
	query = store_ask(store, err,
			  "SELECT id FROM anonymous_sheet WHERE programme = $1"
			  " AND questionnaire = $2 ORDER BY id LIMIT $3",
			  STORE_TEXT(programme), STORE_TEXT(questionnaire), STORE_INT(limit));
	while ((step = query ? store_step(query, err) : -1) == 1)
		id[all.item_count++] = records_text(query, 0, arena);
	store_done(query);
	for (size_t i = 0; i < all.item_count && step == 0; i++)
		step = answers_read(store,
				    "SELECT name, value FROM anonymous_answer WHERE sheet = $1"
				    " ORDER BY number",
				    id[i], arena, &item[i], err);
	all.item = item;
	*ret = all;
	return step;
}

/* ---- differences ---- */

static struct sv join(struct sv before, struct sv text, struct arena *arena)
{
	return before.n == 0 ? text
			     : arena_printf(arena, "%.*s\n%.*s", SV_ARG(before), SV_ARG(text));
}

/* All values of a field as people read them. */
static struct programme_text said(const struct programme *programme, struct sv sheet,
				  const struct programme_field *field,
				  const struct answers *answers, struct arena *arena)
{
	const struct sv name = arena_printf(arena, "%.*s.%.*s", SV_ARG(sheet), SV_ARG(field->id));
	struct programme_text all = { SV(""), SV("") };

	for (size_t i = 0; answers && i < answers->count; i++) {
		struct programme_text text;

		if (!sv_eq(answers->item[i].name, name))
			continue;
		text = form_value(programme, name, answers->item[i].value, arena);
		all.ja = join(all.ja, text.ja, arena);
		all.en = join(all.en, text.en, arena);
	}
	return all;
}

int sheet_compare(const struct programme *programme,
		  const struct programme_questionnaire *questionnaire,
		  const struct answers *before, const struct answers *after, struct arena *arena,
		  const struct sheet_item **ret, size_t *ret_count, struct err *err)
{
	const struct programme_form *form = &questionnaire->form;
	struct sheet_item *item = arena_zalloc(arena, PROGRAMME_FIELDS_MAX, sizeof *item);
	size_t count = 0;

	if (!item)
		return err_set(err, ERR_RANGE, "no memory for the differences");
	for (size_t s = 0; s < form->section_count; s++) {
		for (size_t i = 0; i < form->section[s].field_count; i++) {
			struct sheet_item *one = &item[count++];

			one->field = &form->section[s].field[i];
			one->before = said(programme, questionnaire->compared_with, one->field,
					   before, arena);
			one->after = said(programme, questionnaire->id, one->field, after, arena);
			one->differs = !sv_eq(one->before.ja, one->after.ja);
		}
	}
	*ret = item;
	*ret_count = count;
	return 0;
}
