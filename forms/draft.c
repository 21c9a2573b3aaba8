#include "forms/draft.h"

#include <stdio.h>

#define DAY (INT64_C(86400) * INSTANT_SECOND)

static struct sv hash(struct sv secret, char hex[static 2 * SHA256_SIZE + 1])
{
	const struct sha256 digest = sha256_of(secret);

	return sv_from(hex_encode(digest.byte, SHA256_SIZE, hex));
}

/* Another address gives another secret: who got a mail by mistake loses the link. */
static void secret_of(const struct draft *draft, char secret[static DRAFT_SECRET_MAX])
{
	struct buf buf;

	buf_init(&buf, 4096);
	buf_printf(&buf, "hikeshi draft 1\n%.*s\n%.*s", SV_ARG(draft->token), SV_ARG(draft->mail));
	hash(buf_sv(&buf), secret);
	buf_done(&buf);
}

static int put_answers(struct store *store, struct sv secret, const struct answers *answers,
		       struct err *err)
{
	for (size_t i = 0; i < answers->count; i++) {
		if (store_change(store, err,
				 "INSERT INTO draft_answer (secret, number, name, value)"
				 " VALUES ($1, $2, $3, $4)",
				 STORE_TEXT(secret), STORE_INT(i), STORE_TEXT(answers->item[i].name),
				 STORE_TEXT(answers->item[i].value)) != 0)
			return -1;
	}
	return 0;
}

/* Whether this very secret is there already; what else has the token goes. */
static int clear_before(struct store *store, struct sv token, struct sv secret, bool *ret_same,
			struct err *err)
{
	if (store_change(store, err, "DELETE FROM draft WHERE token = $1 AND secret <> $2",
			 STORE_TEXT(token), STORE_TEXT(secret)) != 0 ||
	    store_change(store, err, "DELETE FROM draft_answer WHERE secret = $1",
			 STORE_TEXT(secret)) != 0 ||
	    store_change(store, err, "DELETE FROM draft WHERE secret = $1", STORE_TEXT(secret)) !=
		    0)
		return -1;
	*ret_same = store_changes(store) > 0;
	return 0;
}

int draft_save(struct store *store, const struct draft *draft,
	       char ret_secret[static DRAFT_SECRET_MAX], bool *ret_new, struct err *err)
{
	const struct instant expires = { draft->saved.us + DRAFT_DAYS * DAY };
	char secret[DRAFT_SECRET_MAX], hex[2 * SHA256_SIZE + 1];
	struct sv key;
	bool same;

	if (!store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "a draft is saved outside of a transaction");
	if (draft->answers.count > DRAFT_ANSWERS_MAX)
		return err_set(err, ERR_TOO_LARGE, "a draft of more than %d answers",
			       DRAFT_ANSWERS_MAX);
	secret_of(draft, secret);
	key = hash(sv_from(secret), hex);
	if (clear_before(store, draft->token, key, &same, err) != 0 ||
	    store_change(store, err,
			 "INSERT INTO draft (secret, programme, file_version, form_version, token,"
			 " mail, saved_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			 STORE_TEXT(key), STORE_TEXT(draft->programme),
			 STORE_INT(draft->file_version), STORE_TEXT(draft->form_version),
			 STORE_TEXT(draft->token), STORE_TEXT(draft->mail),
			 STORE_INT(draft->saved.us), STORE_INT(expires.us)) != 0 ||
	    put_answers(store, key, &draft->answers, err) != 0 ||
	    upload_hold_until(store, draft->token, expires, err) != 0)
		return -1;
	snprintf(ret_secret, DRAFT_SECRET_MAX, "%s", secret);
	*ret_new = !same;
	return 0;
}

static int load_answers(struct store *store, struct sv key, struct arena *arena,
			struct answers *ret, struct err *err)
{
	struct answer *item = arena_zalloc(arena, DRAFT_ANSWERS_MAX, sizeof *item);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT name, value FROM draft_answer WHERE secret = $1 ORDER BY number",
			  STORE_TEXT(key));
	size_t n = 0;
	int step = query && item ? 1 : -1;

	while (step > 0 && (step = store_step(query, err)) == 1 && n < DRAFT_ANSWERS_MAX) {
		item[n].name = arena_dup(arena, store_text(query, 0));
		item[n++].value = arena_dup(arena, store_text(query, 1));
	}
	store_done(query);
	*ret = (struct answers){ item, n };
	return step < 0 ? -1 : 0;
}

int draft_load(struct store *store, struct sv secret, struct instant now, struct arena *arena,
	       struct draft *ret, struct err *err)
{
	char hex[2 * SHA256_SIZE + 1];
	const struct sv key = hash(secret, hex);
	struct store_query *query = store_ask(
		store, err,
		"SELECT programme, file_version, form_version, token, mail, saved_at, expires_at,"
		" application FROM draft WHERE secret = $1 AND expires_at > $2",
		STORE_TEXT(key), STORE_INT(now.us));
	const int step = query ? store_step(query, err) : -1;
	struct draft draft = { .file_version = 0 };

	if (step == 1)
		draft = (struct draft){
			.programme = arena_dup(arena, store_text(query, 0)),
			.file_version = (uint32_t)store_int(query, 1),
			.form_version = arena_dup(arena, store_text(query, 2)),
			.token = arena_dup(arena, store_text(query, 3)),
			.mail = arena_dup(arena, store_text(query, 4)),
			.saved = { store_int(query, 5) },
			.expires = { store_int(query, 6) },
			.application = store_is_null(query, 7)
					       ? SV("")
					       : arena_dup(arena, store_text(query, 7)),
		};
	store_done(query);
	if (step == 1 && load_answers(store, key, arena, &draft.answers, err) != 0)
		return -1;
	if (step == 1)
		*ret = draft;
	return step;
}

int draft_sent(struct store *store, struct sv token, struct sv application, struct err *err)
{
	if (store_change(store, err,
			 "DELETE FROM draft_answer WHERE secret IN"
			 " (SELECT secret FROM draft WHERE token = $1)",
			 STORE_TEXT(token)) != 0)
		return -1;
	return store_change(store, err,
			    "UPDATE draft SET application = $2, token = '' WHERE token = $1",
			    STORE_TEXT(token), STORE_TEXT(application));
}

int drafts_of_mail(struct store *store, struct sv mail, struct instant since, uint64_t *ret,
		   struct err *err)
{
	struct store_query *query =
		store_ask(store, err, "SELECT COUNT(*) FROM draft WHERE mail = $1 AND saved_at >= $2",
			  STORE_TEXT(mail), STORE_INT(since.us));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

int draft_sweep(struct store *store, struct instant now, struct err *err)
{
	return store_change(store, err, "DELETE FROM draft WHERE expires_at <= $1",
			    STORE_INT(now.us));
}

struct programme *draft_programme(struct store *store, const struct draft *draft,
				  struct arena *arena, struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT source FROM programme_file WHERE programme = $1 AND version = $2",
		STORE_TEXT(draft->programme), STORE_INT(draft->file_version));
	struct programme *programme = NULL;
	struct programme_problems problems;

	if (query && store_step(query, err) == 1)
		programme = programme_parse(store_text(query, 0), "a draft's programme", arena,
					    &problems, err);
	store_done(query);
	return programme;
}

/* ---- a renewed form ---- */

static const struct programme_field *find(const struct programme_form *form, struct sv id)
{
	for (size_t i = 0; i < form->section_count; i++)
		for (size_t k = 0; k < form->section[i].field_count; k++)
			if (sv_eq(form->section[i].field[k].id, id))
				return &form->section[i].field[k];
	return NULL;
}

static bool same_text(const struct programme_text *a, const struct programme_text *b)
{
	return sv_eq(a->ja, b->ja) && sv_eq(a->en, b->en);
}

static bool same_options(const struct programme_field *a, const struct programme_field *b)
{
	if (a->option_count != b->option_count || a->min != b->min || a->max != b->max ||
	    a->file_types != b->file_types || a->file_bytes != b->file_bytes)
		return false;
	for (size_t i = 0; i < a->option_count; i++)
		if (!sv_eq(a->option[i].id, b->option[i].id) ||
		    !same_text(&a->option[i].name, &b->option[i].name))
			return false;
	return true;
}

/* The gravest difference; RENEWED_KIND_COUNT: none. */
static enum renewed_kind compare(const struct programme_field *before,
				 const struct programme_field *now)
{
	if (!before)
		return RENEWED_NEW;
	if (before->kind != now->kind)
		return RENEWED_KIND;
	if (now->required && !before->required)
		return RENEWED_NEEDED;
	if (!same_options(before, now))
		return RENEWED_OPTIONS;
	if (!sv_eq(before->consent_version, now->consent_version) ||
	    !same_text(&before->consent_text, &now->consent_text))
		return RENEWED_CONSENT;
	if (!same_text(&before->label, &now->label) || !same_text(&before->help, &now->help))
		return RENEWED_WORDS;
	return RENEWED_KIND_COUNT;
}

size_t form_renewed(const struct programme_form *before, const struct programme_form *now,
		    struct arena *arena, const struct renewed **ret)
{
	struct renewed *item = arena_zalloc(arena, (size_t)2 * PROGRAMME_FIELDS_MAX, sizeof *item);
	size_t n = 0;

	for (size_t i = 0; item && i < now->section_count; i++) {
		for (size_t k = 0; k < now->section[i].field_count; k++) {
			const struct programme_field *field = &now->section[i].field[k];
			const struct programme_field *old = find(before, field->id);
			const enum renewed_kind kind = compare(old, field);

			if (kind != RENEWED_KIND_COUNT)
				item[n++] = (struct renewed){ kind, old, field };
		}
	}
	for (size_t i = 0; item && i < before->section_count; i++)
		for (size_t k = 0; k < before->section[i].field_count; k++)
			if (!find(now, before->section[i].field[k].id))
				item[n++] = (struct renewed){ RENEWED_GONE,
							      &before->section[i].field[k], NULL };
	*ret = item;
	return n;
}
