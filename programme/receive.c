/* A form comes in. */
#include <stdio.h>

#include "programme/records.h"

#define ANSWERS_SQL                                                                                \
	"INSERT INTO application_answer (application, number, name, value) VALUES ($1, $2, $3, $4)"
#define RECORDS_SQL                                                                                \
	"INSERT INTO application_record (application, number, name, value) VALUES ($1, $2, $3, $4)"

struct receive {
	struct store *store;
	const struct catalogue_entry *entry;
	const struct application_receipt *receipt;
	struct arena *arena;
	struct reception *ret;
	struct application_state state; /* empty but for the records */
	struct answers kept;
	struct transition transition;
	bool is_company_known;
	char token_hash[2 * SHA256_SIZE + 1];
	int64_t row;
};

/* ---- the link ---- */

static struct sv link_of(const struct receive *receive)
{
	const struct sv text = arena_printf(receive->arena, "hikeshi personal link 1\n%.*s",
					    SV_ARG(receive->receipt->token));
	char hex[2 * SHA256_SIZE + 1];

	return text.p ? arena_dup(receive->arena, records_hash(text, hex)) : SV_NONE;
}

/* ---- the same form again ---- */

static int find_before(struct receive *receive, struct err *err)
{
	struct reception *ret = receive->ret;
	struct store_query *query = store_ask(
		receive->store, err,
		"SELECT id, number_text, company FROM application WHERE token = $1"
		" AND programme = $2",
		STORE_TEXT(sv_from(receive->token_hash)), STORE_TEXT(receive->entry->id));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0) {
		ret->what = RECEIVED_BEFORE;
		snprintf(ret->id, sizeof ret->id, "%.*s", SV_ARG(store_text(query, 0)));
		snprintf(ret->number, sizeof ret->number, "%.*s", SV_ARG(store_text(query, 1)));
		snprintf(ret->company, sizeof ret->company, "%.*s", SV_ARG(store_text(query, 2)));
		ret->link = link_of(receive);
	}
	store_done(query);
	return status;
}

/* ---- the company and what is known of it ---- */

static struct sv meaning(const struct receive *receive, enum programme_meaning means)
{
	const struct programme_field *field =
		programme_field_meaning(receive->entry->programme, means);
	const struct sv value = field ? answers_get(&receive->kept, field->id) : SV_NONE;

	return value.p ? value : SV("");
}

static struct traits traits_of(const struct receive *receive)
{
	return company_traits(meaning(receive, MEANS_COMPANY_NAME),
			      meaning(receive, MEANS_COMPANY_KANA), meaning(receive, MEANS_MAIL),
			      meaning(receive, MEANS_TELEPHONE), receive->arena);
}

static int find_company(struct receive *receive, struct err *err)
{
	const struct sv number = meaning(receive, MEANS_CORPORATE_NUMBER);
	struct store_query *query;
	int status;

	if (number.n == 0)
		return 0;
	query = store_ask(receive->store, err, "SELECT id FROM company WHERE corporate_number = $1",
			  STORE_TEXT(number));
	status = query ? store_step(query, err) : -1;
	if (status > 0) {
		receive->is_company_known = true;
		snprintf(receive->ret->company, UUID_TEXT_MAX, "%.*s",
			 SV_ARG(store_text(query, 0)));
	}
	store_done(query);
	return status < 0 ? -1 : 0;
}

/* what the centre knows beside the applicant's own words. */
static int read_facts(struct receive *receive, struct err *err)
{
	const struct known known = {
		.store = receive->store,
		.entry = receive->entry,
		.company = receive->is_company_known ? sv_from(receive->ret->company) : SV_NONE,
		.traits = traits_of(receive),
		.mail = meaning(receive, MEANS_MAIL),
	};

	return known_read(&known, receive->arena, &receive->state.records, err);
}

/* What a person has to look at before it goes on: ids of the conditions. */
static void add_reviews(struct receive *receive)
{
	struct answers *records = &receive->state.records;
	struct answer *item = arena_alloc(
		receive->arena,
		(records->count + receive->ret->condition_count + 1) * sizeof *item);

	if (!item)
		return;
	for (size_t i = 0; i < records->count; i++)
		item[i] = records->item[i];
	for (size_t i = 0; i < receive->ret->condition_count; i++) {
		if (receive->ret->condition[i].verdict == VERDICT_REVIEW)
			item[records->count++] = (struct answer){
				SV("records.review"), receive->ret->condition[i].condition
			};
	}
	records->item = item;
}

/* ---- keeping it ---- */

static int make_company(struct receive *receive, struct err *err)
{
	const struct sv number = meaning(receive, MEANS_CORPORATE_NUMBER);

	if (receive->is_company_known)
		return 0;
	uuid_format(uuid_v7(receive->receipt->now), receive->ret->company);
	return store_change(receive->store, err,
			    "INSERT INTO company (id, name, name_kana, address, created_at,"
			    " corporate_number) VALUES ($1, $2, $3, $4, $5, $6)",
			    STORE_TEXT(sv_from(receive->ret->company)),
			    STORE_TEXT(meaning(receive, MEANS_COMPANY_NAME)),
			    STORE_TEXT(meaning(receive, MEANS_COMPANY_KANA)),
			    STORE_TEXT(meaning(receive, MEANS_ADDRESS)),
			    STORE_INT(receive->receipt->now.us),
			    STORE_TEXT(number.n > 0 ? number : SV_NONE));
}

/* Receipts of a programme are counted, in the transaction: no gap, no double. */
static int next_number(struct receive *receive, int64_t *ret, struct err *err)
{
	struct store_query *query = store_ask(
		receive->store, err,
		"INSERT INTO application_number (programme, last) VALUES ($1, 1)"
		" ON CONFLICT (programme) DO UPDATE SET last = last + 1 RETURNING last",
		STORE_TEXT(receive->entry->id));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		*ret = store_int(query, 0);
	store_done(query);
	if (status == 0)
		return err_set(err, ERR_INTERNAL, "no receipt number");
	return status < 0 ? -1 : 0;
}

static struct sv search_text(const struct receive *receive)
{
	static const enum programme_meaning means[] = { MEANS_COMPANY_NAME, MEANS_COMPANY_KANA,
							MEANS_CONTACT,	    MEANS_MAIL,
							MEANS_TELEPHONE,    MEANS_CORPORATE_NUMBER };
	struct sv text = fold_search(sv_from(receive->ret->number), receive->arena);

	for (size_t i = 0; i < sizeof means / sizeof *means; i++)
		text = arena_printf(receive->arena, "%.*s\n%.*s", SV_ARG(text),
				    SV_ARG(fold_search(meaning(receive, means[i]), receive->arena)));
	return text.p ? text : SV("");
}

static int insert_row(struct receive *receive, int64_t number, struct err *err)
{
	const struct transition *transition = &receive->transition;
	const struct programme_state *state =
		programme_state(receive->entry->programme, transition->to);
	const int64_t now = receive->receipt->now.us;
	int64_t mark[MARK_COUNT];
	struct store_query *query;
	int status;

	for (int i = 0; i < MARK_COUNT; i++)
		mark[i] = transition->marks & 1U << i ? now : 0;
	query = store_ask(
		receive->store, err,
		"INSERT INTO application (id, programme, number, number_text, company,"
		" file_version, version, state, final, actor, entered_at, received_at,"
		" completed_at, confirmed_at, approved_at, installed_at, ended_at, due_sort,"
		" due_hard, wake_at, name, kana, contact, mail, telephone, search, token, address)"
		" VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
		" $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) RETURNING row",
		STORE_TEXT(sv_from(receive->ret->id)), STORE_TEXT(receive->entry->id),
		STORE_INT(number), STORE_TEXT(sv_from(receive->ret->number)),
		STORE_TEXT(sv_from(receive->ret->company)),
		STORE_INT(programme_facts(receive->entry->programme)->version),
		STORE_TEXT(transition->to), STORE_INT(state->final),
		STORE_TEXT(sv_from(programme_actor_name(state->actor))), STORE_INT(now),
		STORE_INT(mark[MARK_RECEIVED]), STORE_INT(mark[MARK_COMPLETED]),
		STORE_INT(mark[MARK_CONFIRMED]), STORE_INT(mark[MARK_APPROVED]),
		STORE_INT(mark[MARK_INSTALLED]), STORE_INT(mark[MARK_ENDED]),
		STORE_INT(transition->has_due ? transition->due.n : DUE_NEVER),
		STORE_INT(transition->due_is_hard), STORE_INT(transition->wake.us),
		STORE_TEXT(meaning(receive, MEANS_COMPANY_NAME)),
		STORE_TEXT(meaning(receive, MEANS_COMPANY_KANA)),
		STORE_TEXT(meaning(receive, MEANS_CONTACT)),
		STORE_TEXT(meaning(receive, MEANS_MAIL)),
		STORE_TEXT(meaning(receive, MEANS_TELEPHONE)), STORE_TEXT(search_text(receive)),
		STORE_TEXT(sv_from(receive->token_hash)),
		STORE_TEXT(receive->receipt->address.p ? receive->receipt->address : SV("")));
	status = query ? store_step(query, err) : -1;
	if (status > 0)
		receive->row = store_int(query, 0);
	store_done(query);
	return status < 0 ? -1 : 0;
}

static int put_link(struct receive *receive, struct err *err)
{
	char hash[2 * SHA256_SIZE + 1];

	receive->ret->link = link_of(receive);
	if (!receive->ret->link.p)
		return err_set(err, ERR_RANGE, "no memory for the link");
	return store_change(receive->store, err,
			    "INSERT INTO application_link (hash, application, number)"
			    " VALUES ($1, $2, 0)",
			    STORE_TEXT(records_hash(receive->ret->link, hash)),
			    STORE_INT(receive->row));
}

static int keep(struct receive *receive, struct err *err)
{
	const struct application_receipt *receipt = receive->receipt;
	struct written written = {
		.entry = receive->entry,
		.transition = &receive->transition,
		.fields = &receive->kept,
		.event = SV("receive"),
		.by = BY_APPLICANT,
		.now = receipt->now,
	};
	int64_t number = 0;

	receive->ret->what = RECEIVED_NEW;
	uuid_format(uuid_v7(receipt->now), receive->ret->id);
	written.application = sv_from(receive->ret->id);
	const struct traits traits = traits_of(receive);

	if (make_company(receive, err) < 0 ||
	    traits_keep(receive->store, sv_from(receive->ret->company), &traits, err) < 0 ||
	    next_number(receive, &number, err) < 0)
		return -1;
	snprintf(receive->ret->number, sizeof receive->ret->number, "%.*s-%05lld",
		 SV_ARG(sv_slice(receive->entry->slug, 0, 20)), (long long)number);
	if (insert_row(receive, number, err) < 0 || put_link(receive, err) < 0)
		return -1;
	written.row = receive->row;
	if (records_put_answers(receive->store, ANSWERS_SQL, receive->row, &receive->kept, 0,
				err) < 0 ||
	    records_put_answers(receive->store, RECORDS_SQL, receive->row, &receive->state.records,
				0, err) < 0)
		return -1;
	return records_write_seats(receive->store, &written, err) < 0 ||
			       records_write_log(receive->store, &written, err) < 0 ||
			       records_write_jobs(receive->store, &written, err) < 0
		       ? -1
		       : 0;
}

/* ---- the decision ---- */

/* The company, then the engine. 0: received; 1: refused. */
static int try_step(struct receive *receive, struct err *err)
{
	const struct programme *programme = receive->entry->programme;
	struct stimulus stimulus = { .event = SV("receive"), .by = BY_APPLICANT,
				     .fields = receive->receipt->answers,
				     .now = receive->receipt->now };
	struct form_errors errors;
	enum verdict whole;
	int reception, status;

	if (reception_read(receive->store, receive->entry,
			   tokyo_of(receive->receipt->now).day, &reception, err) < 0)
		return -1;
	stimulus.reception_is_closed = reception > 0;
	status = form_check_application(programme, &stimulus.fields, receive->arena,
					    &receive->kept, &errors, err);

	if (status < 0)
		return -1;
	if (status == 0 &&
	    (find_company(receive, err) < 0 || read_facts(receive, err) < 0 ||
	     eligibility(programme, &receive->kept, &receive->state.records, receive->arena,
			 &receive->ret->condition, &receive->ret->condition_count, &whole, err) < 0))
		return -1;
	add_reviews(receive);
	if (seats_count(receive->store, receive->entry, receive->arena, &stimulus.seat,
			&stimulus.seat_count, err) < 0)
		return -1;
	return programme_step(programme, &receive->state, &stimulus, receive->arena,
			      &receive->transition, &receive->kept, &receive->ret->refused, err);
}

int application_receive(struct store *store, const struct catalogue_entry *entry,
			const struct application_receipt *receipt, struct arena *arena,
			struct reception *ret, struct err *err)
{
	struct reception reception = { .what = RECEIVED_REFUSED, .link = SV("") };
	struct receive receive = { .store = store, .entry = entry, .receipt = receipt,
				   .arena = arena, .ret = &reception };
	int status;

	if (records_need_transaction(store, err) < 0)
		return -1;
	if (receipt->token.n < APPLICATION_TOKEN_MIN)
		return err_set(err, ERR_USAGE, "a form has a token of at least %d characters",
			       APPLICATION_TOKEN_MIN);
	records_hash(receipt->token, receive.token_hash);
	status = find_before(&receive, err);
	if (status == 0) {
		status = try_step(&receive, err);
		if (status == 0)
			status = keep(&receive, err);
	}
	if (status < 0)
		return -1;
	*ret = reception;
	return 0;
}

int applications_of_same_mail(struct store *store, struct sv id, struct instant since,
			      uint64_t *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT COUNT(*) FROM application WHERE received_at >= $2 AND lower(mail) ="
		" (SELECT lower(mail) FROM application WHERE id = $1)",
		STORE_TEXT(id), STORE_INT(since.us));
	const int status = query ? store_step(query, err) : -1;

	if (status > 0)
		*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return status < 0 ? -1 : 0;
}
