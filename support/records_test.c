/* What support/ keeps, on a real database. Numbers are those of the requirements. */
#include "programme/hall.h"
#include "support/support.h"

static const struct person writer = { { "w", 1 }, { "書き手", 9 } };
static const struct person reader = { { "r", 1 }, { "読み手", 9 } };

/* A basic-measures hall with one application. */
static bool open_hall(struct hall *h, struct application *application)
{
	struct reception reception;

	return hall_open(h, SV("")) &&
	       store_migrate(h->store, support_migrations, support_migration_count, &h->err) == 0 &&
	       hall_receive(h, "", &reception) && hall_load(h, reception.id, application) &&
	       store_begin(h->store, &h->err) == 0;
}

static void close_hall(struct hall *h)
{
	store_rollback(h->store);
	hall_close(h);
}

/* A new secret, or SV_NONE with the error in h. */
static struct sv ask_for(struct hall *h, const struct application *application,
			 const struct programme_questionnaire *questionnaire, struct asked *ret)
{
	struct sv secret;

	return asked_put(h->store, application, questionnaire, h->now, h->arena, ret, &secret,
			 &h->err) == 0
		       ? secret
		       : SV_NONE;
}

static bool has_record(struct hall *h, const struct application *application, const char *name,
		       const char *value)
{
	struct application now;

	return application_load(h->store, h->catalogue, application->id, h->arena, &now, &h->err) ==
		       1 &&
	       answers_has(&now.is.records, sv_from(name), sv_from(value));
}

/* a link is for one application; the last eight work; only digests are kept. */
TEST(links)
{
	struct programme_questionnaire survey = { .id = SV("survey") };
	struct application application;
	struct asked asked, found;
	struct sv secret[SUPPORT_LINKS_MAX + 1];
	struct hall h;

	REQUIRE(open_hall(&h, &application));
	for (size_t i = 0; i <= SUPPORT_LINKS_MAX; i++) {
		secret[i] = ask_for(&h, &application, &survey, &asked);
		CHECK_INT(secret[i].n, 2 * SHA256_SIZE);
	}
	CHECK_INT(asked_by_link(h.store, secret[0], h.arena, &found, &h.err), 0);
	for (size_t i = 1; i <= SUPPORT_LINKS_MAX; i++) {
		CHECK_INT(asked_by_link(h.store, secret[i], h.arena, &found, &h.err), 1);
		CHECK_SV(found.application, application.id);
	}
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM asked"), 1);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM asked_link WHERE length(hash) = 64"),
		  SUPPORT_LINKS_MAX);
	close_hall(&h);
}

/* Answered once; conditions see it; the words of a consent stay with it. */
TEST(answered_once)
{
	const struct programme_field field = { .id = SV("magazine"), .kind = FIELD_CONSENT,
					       .consent_version = SV("3"),
					       .consent_text = { SV("配信に同意します"), SV("I agree") } };
	const struct programme_section section = { .field = &field, .field_count = 1 };
	const struct programme_questionnaire survey = {
		.id = SV("survey"), .version = SV("1"),
		.form = { .section = &section, .section_count = 1 },
	};
	const struct answer item[] = { { SV("survey.magazine"), SV("yes") },
				       { SV("survey.magazine.version"), SV("3") } };
	const struct answers answers = { item, 2 };
	struct application application;
	struct sheet sheet;
	struct asked asked;
	struct hall h;

	REQUIRE(open_hall(&h, &application));
	REQUIRE(ask_for(&h, &application, &survey, &asked).n > 0);
	CHECK(!has_record(&h, &application, "records.questionnaire.survey", "yes"));
	CHECK_INT(asked_answer(h.store, &asked, &survey, &answers, false, writer, h.now, h.arena,
			       &h.err),
		  0);
	CHECK(has_record(&h, &application, "records.questionnaire.survey", "yes"));
	CHECK_INT(sheet_last(h.store, application.id, survey.id, h.arena, &sheet, &h.err), 1);
	CHECK_SV(answers_get(&sheet.answers, SV("survey.magazine.text")), SV("配信に同意します"));
	CHECK_INT(sheet.at.us, h.now.us);
	CHECK_INT(asked_answer(h.store, &asked, &survey, &answers, false, writer, h.now, h.arena,
			       &h.err),
		  -1);
	CHECK_INT(h.err.code, ERR_CONFLICT);
	CHECK_INT(ask_for(&h, &application, &survey, &asked).n, 0); /* nor asked again */
	CHECK_INT(asked_called(h.store, asked.id, tokyo_of(h.now).day, &h.err), -1);
	close_hall(&h);
}

/* nothing leads from an anonymous answer to a company, and that stays so. */
TEST(anonymous_answers)
{
	struct programme_questionnaire survey = { .id = SV("after"), .version = SV("1"),
						  .anonymous = true };
	const struct answer item = { SV("after.useful"), SV("very") };
	const struct answers answers = { &item, 1 };
	struct anonymous_answers all;
	struct application application;
	struct asked asked;
	struct sheet sheet;
	struct hall h;

	REQUIRE(open_hall(&h, &application));
	REQUIRE(ask_for(&h, &application, &survey, &asked).n > 0);
	CHECK_INT(asked_answer(h.store, &asked, &survey, &answers, false, writer, h.now, h.arena,
			       &h.err),
		  0);
	CHECK_INT(sheet_last(h.store, application.id, survey.id, h.arena, &sheet, &h.err), 0);
	CHECK_INT(asked_load(h.store, asked.id, h.arena, &asked, &h.err), 1);
	CHECK(asked.answered && asked.answered_at.us == 0);
	CHECK_INT(hall_ask(&h, "SELECT COUNT(*) FROM anonymous_sheet WHERE id LIKE '________-____-4%'"), 1);
	CHECK_INT(anonymous_list(h.store, application.programme, survey.id, 2, 10, h.arena, &all,
				 &h.err),
		  0);
	CHECK(all.count == 1 && all.item_count == 0); /* fewer than the least: none */
	CHECK_INT(anonymous_list(h.store, application.programme, survey.id, 1, 10, h.arena, &all,
				 &h.err),
		  0);
	REQUIRE(all.item_count == 1);
	CHECK_SV(answers_get(&all.item[0], item.name), item.value);

	survey.anonymous = false;
	CHECK_INT(ask_for(&h, &application, &survey, &asked).n, 0);
	CHECK_INT(h.err.code, ERR_CONFLICT);
	CHECK_INT(store_exec(h.store, "UPDATE questionnaire_promise SET anonymous = 0", &h.err), -1);
	CHECK_INT(store_exec(h.store, "DELETE FROM questionnaire_promise", &h.err), -1);
	close_hall(&h);
}

/* versions count up by kind; conditions see what is reviewed and published. */
TEST(documents)
{
	static const char record[] = "records.document.policy";
	struct document document = { .kind = SV("policy"), .by = writer }, kept;
	const struct declaration declared = { .given = true, .day = { 20240 } };
	const struct document *all;
	struct application application;
	char id[UUID_TEXT_MAX];
	struct hall h;
	size_t count;

	REQUIRE(open_hall(&h, &application));
	document.programme = application.programme;
	document.application = application.id;
	document.company = application.company;
	for (unsigned i = 1; i <= 2; i++)
		CHECK_INT(document_put(h.store, &document, h.now, id, &h.err), 0);
	REQUIRE(document_load(h.store, sv_from(id), h.arena, &kept, &h.err) == 1);
	CHECK_INT(kept.version, 2);
	CHECK(!has_record(&h, &application, record, "reviewed"));
	CHECK_INT(document_do(h.store, h.entry->programme, &kept, DOCUMENT_REVIEW, reader, SV(""),
			      h.now, h.arena, &h.err),
		  0);
	CHECK(has_record(&h, &application, record, "reviewed"));
	CHECK(!has_record(&h, &application, record, "published"));
	/* Somebody else was quicker. */
	CHECK_INT(document_do(h.store, h.entry->programme, &kept, DOCUMENT_REVIEW, reader, SV(""),
			      h.now, h.arena, &h.err),
		  -1);
	CHECK_INT(h.err.code, ERR_CONFLICT);
	CHECK_INT(declaration_put(h.store, h.entry->programme, application.id, &declared, reader,
				  h.now, h.arena, &h.err),
		  0);
	CHECK(!has_record(&h, &application, "records.two_star", "yes"));
	REQUIRE(document_load(h.store, sv_from(id), h.arena, &kept, &h.err) == 1);
	CHECK_INT(document_do(h.store, h.entry->programme, &kept, DOCUMENT_PUBLISH, reader,
			      SV("https://hikeshi.example/policy"), h.now, h.arena, &h.err),
		  0);
	CHECK(has_record(&h, &application, record, "reviewed"));
	CHECK(has_record(&h, &application, record, "published"));
	CHECK(has_record(&h, &application, "records.two_star", "yes"));
	REQUIRE(document_load(h.store, sv_from(id), h.arena, &kept, &h.err) == 1);
	CHECK_INT(document_do(h.store, h.entry->programme, &kept, DOCUMENT_WITHDRAW, reader,
			      SV(""), h.now, h.arena, &h.err),
		  0);
	CHECK(!has_record(&h, &application, record, "published"));
	CHECK(!has_record(&h, &application, "records.two_star", "yes"));
	CHECK_INT(documents_of_application(h.store, application.id, h.arena, &all, &count, &h.err),
		  0);
	CHECK_INT(count, 2);
	CHECK_INT(all[0].version, 2); /* the newest first */
	close_hall(&h);
}

/* Each bound at its edge: the last one goes in, the next is refused, and lists still work. */
TEST(bounds)
{
	struct document document = { .kind = SV("policy"), .by = writer };
	struct visit visit = { .course = SV("guidance"), .number = 1, .minutes = 60,
			       .expert = reader };
	const struct programme_questionnaire sheet = { .id = SV("hearing") };
	const struct answers none = { NULL, 0 };
	const struct disclosure disclosure = { .recipient = SV("A社"), .purpose = SV("p"),
					       .scope = SV("s"), .by = writer };
	const struct disclosure *told;
	const struct document *paper;
	const struct visit *booked;
	struct application application;
	char id[UUID_TEXT_MAX];
	struct hall h;
	size_t count;

	REQUIRE(open_hall(&h, &application));
	visit.programme = document.programme = application.programme;
	visit.application = document.application = application.id;
	visit.company = document.company = application.company;
	visit.from = h.now;
	for (unsigned i = 0; i <= SUPPORT_VISITS_MAX; i++)
		CHECK_INT(visit_put(h.store, &visit, writer, h.now, id, &h.err),
			  i < SUPPORT_VISITS_MAX ? 0 : -1);
	CHECK_INT(h.err.code, ERR_RANGE);
	CHECK_INT(visits_of_application(h.store, application.id, h.arena, &booked, &count, &h.err), 0);
	CHECK_INT(count, SUPPORT_VISITS_MAX);
	for (unsigned i = 0; i <= SUPPORT_VERSIONS_MAX; i++)
		CHECK_INT(document_put(h.store, &document, h.now, id, &h.err),
			  i < SUPPORT_VERSIONS_MAX ? 0 : -1);
	CHECK_INT(documents_of_application(h.store, application.id, h.arena, &paper, &count, &h.err),
		  0);
	CHECK_INT(count, SUPPORT_VERSIONS_MAX);
	for (unsigned i = 0; i <= SUPPORT_SHEETS_MAX; i++)
		CHECK_INT(sheet_put(h.store, &application, &sheet, &none, writer, h.now, h.arena, &h.err),
			  i < SUPPORT_SHEETS_MAX ? 0 : -1);
	for (unsigned i = 0; i <= SUPPORT_DISCLOSURES_MAX; i++)
		CHECK_INT(disclosure_put(h.store, &application, &disclosure, id, &h.err),
			  i < SUPPORT_DISCLOSURES_MAX ? 0 : -1);
	CHECK_INT(disclosures_list(h.store, application.id, h.arena, &told, &count, &h.err), 0);
	CHECK_INT(count, SUPPORT_DISCLOSURES_MAX);
	close_hall(&h);
}

/* A visit is moved, called off and held only while it is planned. */
TEST(visit_states)
{
	struct visit visit = { .course = SV("guidance"), .number = 1, .minutes = 60,
			       .expert = reader }, kept;
	struct application application;
	const struct visit *found;
	char id[UUID_TEXT_MAX];
	struct visit_span span;
	struct hall h;
	size_t count;

	REQUIRE(open_hall(&h, &application));
	visit.programme = application.programme;
	visit.application = application.id;
	visit.company = application.company;
	visit.from = h.now;
	CHECK_INT(visit_put(h.store, &visit, writer, h.now, id, &h.err), 0);
	span = (struct visit_span){ .expert = reader.id, .from = h.now,
				    .to = { h.now.us + INSTANT_SECOND } };
	CHECK_INT(visits_between(h.store, &span, h.arena, &found, &count, &h.err), 0);
	CHECK_INT(count, 1);
	span.expert = writer.id;
	CHECK_INT(visits_between(h.store, &span, h.arena, &found, &count, &h.err), 0);
	CHECK_INT(count, 0);
	CHECK_INT(visit_hold(h.store, sv_from(id), SV("した"), NULL, 0, h.now, &h.err), 0);
	CHECK_INT(visit_load(h.store, sv_from(id), h.arena, &kept, &h.err), 1);
	CHECK(kept.state == VISIT_HELD && kept.minutes == 60);
	CHECK_INT(visit_cancel(h.store, sv_from(id), SV("x"), &h.err), -1);
	CHECK_INT(h.err.code, ERR_CONFLICT);
	CHECK_INT(visit_move(h.store, &kept, &h.err), -1);
	close_hall(&h);
}

/* what the office recorded; companies hear from the city until they say no. */
TEST(others)
{
	const struct delegate delegate = { .recipient = SV("A社"), .basis = SV("契約書 第8条"),
					   .by = writer };
	const struct delegate *all;
	struct application application;
	struct hearing hearing;
	struct hall h;
	size_t count;
	bool wanted;

	REQUIRE(open_hall(&h, &application));
	CHECK_INT(delegate_put(h.store, application.programme, &delegate, &h.err), 0);
	CHECK_INT(delegate_put(h.store, application.programme, &delegate, &h.err), 0);
	CHECK_INT(delegates_list(h.store, application.programme, h.arena, &all, &count, &h.err), 0);
	CHECK_INT(count, 1);
	CHECK(city_contact_load(h.store, application.id, &wanted, &h.err) == 0 && wanted);
	CHECK_INT(city_contact_put(h.store, application.id, false, SV("電話で"), writer, h.now, &h.err), 0);
	CHECK(city_contact_load(h.store, application.id, &wanted, &h.err) == 0 && !wanted);
	CHECK_INT(hearing_put(h.store, &application, HEARING_CANDIDATE, SV(""), writer, h.now, &h.err), 0);
	CHECK_INT(hearing_load(h.store, application.id, h.arena, &hearing, &h.err), 0);
	CHECK_INT(hearing.state, HEARING_CANDIDATE);
	close_hall(&h);
}

/* what is public stays as it was; two publications tell of no few by their difference. */
TEST(published_results)
{
	static const struct {
		uint64_t total;
		bool hidden, published;
	} row[] = {
		{ 20, false, true }, { 20, false, true }, { 24, false, false }, { 16, false, false },
		{ 25, false, true }, { 3, true, true },	  { 26, false, true }, /* nothing was shown before */
	};
	struct application application;
	struct results last, now;
	struct figure_cell cell = { .value = SV("retail") };
	struct figure_result result = { .cell = &cell, .cell_count = 1, .denominator = 100 };
	struct hall h;

	REQUIRE(open_hall(&h, &application));
	REQUIRE(programme_facts(h.entry->programme)->figure_count > 0);
	CHECK_INT(results_last(h.store, h.entry, h.arena, &last, &h.err), 0);
	result.figure = &programme_facts(h.entry->programme)->figure[0];
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		result.total = cell.count = row[i].total;
		result.total_hidden = cell.hidden = row[i].hidden;
		now = (struct results){ .as_of = h.now, .item = &result, .count = 1 };
		CHECK_INT(results_publish(h.store, h.entry, &now, writer, h.arena, &h.err) == 0,
			  row[i].published);
		if (!row[i].published)
			CHECK_INT(h.err.code, ERR_CONFLICT);
	}
	CHECK_INT(results_last(h.store, h.entry, h.arena, &last, &h.err), 1);
	CHECK_INT(last.as_of.us, h.now.us);
	CHECK_INT(last.item[0].total, 26);
	CHECK_INT(last.item[0].denominator, 100);
	REQUIRE(last.item[0].cell_count == 1);
	CHECK_SV(last.item[0].cell[0].value, SV("retail"));
	close_hall(&h);
}

/* A figure has so many values and no more. */
TEST(figure_values)
{
	const struct programme_figure figure = { .id = SV("by_state"), .by = SV("state") };
	struct figure_result result = { .figure = &figure };
	struct arena *arena = arena_new(TESTING_MEMORY);
	struct err err = ERR_INIT;

	for (unsigned i = 0; i <= SUPPORT_CELLS_MAX; i++) {
		struct application application = { .is = { .state = arena_printf(arena, "s%u", i) } };

		application.is.mark[MARK_RECEIVED].us = 1;
		CHECK_INT(figure_add(&result, &application, arena, &err),
			  i < SUPPORT_CELLS_MAX ? 0 : -1);
	}
	CHECK_INT(result.cell_count, SUPPORT_CELLS_MAX);
	arena_free(arena);
}

/* An application that turns out to be another company's takes everything along. */
TEST(company_moves)
{
	struct visit visit = { .course = SV("guidance"), .number = 1, .minutes = 60,
			       .expert = reader };
	const struct programme_questionnaire survey = { .id = SV("survey") };
	struct application application;
	const struct visit *moved;
	char id[UUID_TEXT_MAX];
	struct asked asked;
	struct hall h;
	size_t count;

	REQUIRE(open_hall(&h, &application));
	visit.programme = application.programme;
	visit.application = application.id;
	visit.company = application.company;
	CHECK_INT(visit_put(h.store, &visit, writer, h.now, id, &h.err), 0);
	CHECK(ask_for(&h, &application, &survey, &asked).n > 0);
	CHECK_INT(support_company_moved(h.store, application.id, SV("other"), &h.err), 0);
	CHECK_INT(visits_of_application(h.store, application.id, h.arena, &moved, &count, &h.err), 0);
	CHECK_SV(moved[0].company, SV("other"));
	CHECK(asked_load(h.store, asked.id, h.arena, &asked, &h.err) == 1);
	CHECK_SV(asked.company, SV("other"));
	close_hall(&h);
}

/* Outside of a transaction nothing is kept. */
TEST(transaction_is_needed)
{
	const struct programme_questionnaire survey = { .id = SV("survey") };
	struct application application;
	struct asked asked;
	struct hall h;

	REQUIRE(open_hall(&h, &application));
	store_rollback(h.store);
	CHECK_INT(ask_for(&h, &application, &survey, &asked).n, 0);
	CHECK_INT(h.err.code, ERR_INTERNAL);
	close_hall(&h);
}
