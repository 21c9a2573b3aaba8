/*
 * support.h - what a company gets and is asked beside its steps: questionnaires,
 * visits, documents, hearings; to whom its data went; and the edition's figures.
 *
 * First of each part stand pure decisions: values in, values out. The rest keeps
 * records inside the CALLER's transaction, so that the caller's audit entry
 * commits with them; without one they fail with ERR_INTERNAL. Times are
 * programme time.
 */
#ifndef SUPPORT_SUPPORT_H
#define SUPPORT_SUPPORT_H

#include "programme/application.h"

#define SUPPORT_LINKS_MAX 8	/* links of one asked questionnaire that work: the last ones */
#define SUPPORT_CALLS_MAX 500	/* silent companies that one list shows */
#define SUPPORT_SHEETS_MAX 100	/* fillings of sheets of one application */
#define SUPPORT_VISITS_MAX 40	/* of one application, cancelled ones too */
#define SUPPORT_SPAN_VISITS_MAX 1000 /* planned in the span of one list */
#define SUPPORT_VERSIONS_MAX 200 /* documents of one application, all versions */
#define SUPPORT_HEARINGS_MAX 500 /* of one programme */
#define SUPPORT_DISCLOSURES_MAX 500 /* of one application; recipients of one programme */
#define SUPPORT_URL_MAX 500	/* bytes of a published document's address */
#define SUPPORT_CELLS_MAX 200	/* values of one figure */
#define SUPPORT_OPEN_DAYS 90	/* a link works so long after the end, where the file says nothing */

/* To be migrated after programme_migrations. */
extern const struct store_migration support_migrations[];
extern const size_t support_migration_count;

struct person { /* who did something */
	struct sv id, name; /* id empty: nobody signed in */
};

/* ==== questionnaires (R-037, R-081, R-109, R-110) ==== */

struct asked { /* a questionnaire that one application was asked */
	struct sv id, programme, application, company, questionnaire;
	struct day day;	  /* asked */
	struct day since; /* of the silence: asked, or called last */
	bool anonymous;	  /* as it was when first asked; stays so */
	bool answered;
	struct instant answered_at; /* us 0 where anonymous: a time would tell whose it is */
};

const struct programme_questionnaire *questionnaire_find(const struct programme *programme,
							 struct sv id);
/* The office may send it today. */
bool questionnaire_may_go(const struct programme_questionnaire *questionnaire, struct day today);
/*
 * The day from which silence is a call on the office's list. Returns 1
 * with *ret, 0 where silence never is one, -1 where the calendar ends.
 */
int questionnaire_call_day(const struct programme_questionnaire *questionnaire,
			   const struct calendar *calendar, struct day since, struct day *ret,
			   struct err *err);
/* Its link still works; for answered ones: to read what was said. */
bool questionnaire_is_open(const struct programme_questionnaire *questionnaire,
			   const struct asked *asked, const struct application_state *application,
			   struct day today);

/* ERR_CONFLICT where a file says otherwise of a questionnaire than people were told. */
int questionnaire_check_promises(struct store *store, struct sv programme_id,
				 const struct programme *programme, struct err *err);
/*
 * Asks, or makes one more link where it was asked and not answered. ERR_CONFLICT:
 * answered already, or the file says now that answers are (not) anonymous and
 * people were told otherwise.
 */
int asked_put(struct store *store, const struct application *application,
	      const struct programme_questionnaire *questionnaire, struct instant now,
	      struct arena *arena, struct asked *ret, struct sv *ret_secret, struct err *err);
int asked_by_link(struct store *store, struct sv secret, struct arena *arena, struct asked *ret,
		  struct err *err); /* 1 or 0 */
int asked_load(struct store *store, struct sv id, struct arena *arena, struct asked *ret,
	       struct err *err); /* 1 or 0 */
int asked_of_application(struct store *store, struct sv application, struct arena *arena,
			 const struct asked **ret, size_t *ret_count, struct err *err);
/* The office has called: the silence begins anew. */
int asked_called(struct store *store, struct sv id, struct day today, struct err *err);

struct call { /* a company that was asked and is silent */
	struct asked asked;
	struct day due;
};
/*
 * Silence that is a call by today, the longest first. Days are counted now, so
 * that a closure day entered late counts. At most SUPPORT_CALLS_MAX.
 */
int calls_list(struct store *store, const struct catalogue_entry *entry, struct day today,
	       struct arena *arena, const struct call **ret, size_t *ret_count, struct err *err);

struct sheet { /* one filling of a questionnaire */
	struct sv id, application, questionnaire, version;
	struct instant at;
	struct person by;
	struct answers answers; /* "QUESTIONNAIRE.FIELD" */
};
/*
 * Keeps the answer behind a link, once: ERR_CONFLICT where it was given. Consents
 * keep the text as it was shown. Anonymous answers are kept apart under
 * an id of chance, without application, person or time.
 */
int asked_answer(struct store *store, const struct asked *asked,
		 const struct programme_questionnaire *questionnaire,
		 const struct answers *answers, bool english, struct person by, struct instant now,
		 struct arena *arena, struct err *err);
/* A sheet that office or expert fills; the last filling counts, those before stay. */
int sheet_put(struct store *store, const struct application *application,
	      const struct programme_questionnaire *questionnaire, const struct answers *answers,
	      struct person by, struct instant now, struct arena *arena, struct err *err);
/* The last filling: 1, or 0. Never of an anonymous one. */
int sheet_last(struct store *store, struct sv application, struct sv questionnaire,
	       struct arena *arena, struct sheet *ret, struct err *err);

struct anonymous_answers {
	uint64_t count;		    /* fillings */
	const struct answers *item; /* in no order; none while there are fewer than `least` */
	size_t item_count;
};
int anonymous_list(struct store *store, struct sv programme, struct sv questionnaire,
		   uint64_t least, size_t limit, struct arena *arena,
		   struct anonymous_answers *ret, struct err *err);

struct sheet_item { /* one field, before and after */
	const struct programme_field *field;
	struct programme_text before, after; /* for people; empty: not said */
	bool differs;
};
int sheet_compare(const struct programme *programme,
		  const struct programme_questionnaire *questionnaire,
		  const struct answers *before, const struct answers *after, struct arena *arena,
		  const struct sheet_item **ret, size_t *ret_count, struct err *err);

/* ==== visits (R-073 …) ==== */

enum visit_state { VISIT_PLANNED, VISIT_HELD, VISIT_CANCELLED, VISIT_STATE_COUNT };
const char *visit_state_name(enum visit_state state); /* "planned" */

struct visit {
	struct sv id, programme, application, company, course;
	unsigned number; /* of the agenda, from 1 */
	enum visit_form form;
	bool requested; /* the company asked for online */
	struct instant from;
	unsigned minutes;
	struct person expert;
	enum visit_state state;
	struct sv reason; /* of an override, or of the cancellation */
	struct sv record; /* what was done; empty before */
};

enum visit_problem {
	VISIT_GOOD,
	VISIT_NO_COURSE,     /* this application does not have the course, or it has no visits */
	VISIT_NOT_CONFIRMED, /* participation is not final yet */
	VISIT_ENDED,
	VISIT_TOO_MANY,	     /* R-073; an override with a reason lets it pass */
	VISIT_NO_AGENDA,     /* no such number; likewise */
	VISIT_NUMBER_TAKEN,  /* that number is planned or held; likewise */
	VISIT_TOO_SHORT,
	VISIT_TOO_LONG,
	VISIT_WRONG_FORM,
	VISIT_NOT_REQUESTED, /* online is on request only */
	VISIT_CLOSED_DAY,    /* */
	VISIT_PAST,
	VISIT_EXPERT_BUSY,
	VISIT_COMPANY_BUSY,
	VISIT_PROBLEM_COUNT
};
/* A key of problem.h in the centre: "visit_too_many". */
const char *visit_problem_name(enum visit_problem problem);
bool visit_can_be_overridden(enum visit_problem problem);

struct visit_wish {
	const struct visit *visit;	  /* id: the one that is moved; empty: a new one */
	const struct visit *of_application; /* all of it, its own former self too */
	size_t of_application_count;
	const struct visit *of_expert; /* around that time */
	size_t of_expert_count;
	bool overridden; /* a reason was given */
	struct instant now;
};
/* The first thing that is wrong with it. */
enum visit_problem visit_check(const struct programme *programme,
			       const struct application_state *application,
			       const struct visit_wish *wish);
struct instant visit_end(const struct visit *visit);
const struct programme_visits *visits_of_course(const struct programme *programme,
						struct sv course);
/* How many the course gives: its entitlement, else its agenda; 0: no limit. */
uint32_t visits_given(const struct programme *programme, struct sv course);

int visit_put(struct store *store, const struct visit *visit, struct person by, struct instant now,
	      char ret_id[static UUID_TEXT_MAX], struct err *err);
/* Time, form, minutes and expert of a planned one. ERR_CONFLICT: it is not planned any more. */
int visit_move(struct store *store, const struct visit *visit, struct err *err);
int visit_cancel(struct store *store, struct sv id, struct sv reason, struct err *err);
/* It took place: what was done, and on which documents (ids of struct document) it worked. */
int visit_hold(struct store *store, struct sv id, struct sv record, const struct sv *document,
	       size_t document_count, struct instant now, struct err *err);
int visit_load(struct store *store, struct sv id, struct arena *arena, struct visit *ret,
	       struct err *err); /* 1 or 0 */
int visits_of_application(struct store *store, struct sv application, struct arena *arena,
			  const struct visit **ret, size_t *ret_count, struct err *err);
/* Planned ones that touch from … to; expert, programme: empty for all. */
struct visit_span {
	struct sv expert, programme;
	struct instant from, to;
};
int visits_between(struct store *store, const struct visit_span *span, struct arena *arena,
		   const struct visit **ret, size_t *ret_count, struct err *err);
/* Ids of the documents it worked on. */
int visit_documents(struct store *store, struct sv id, struct arena *arena, const struct sv **ret,
		    size_t *ret_count, struct err *err);

/* ==== documents (R-077, R-078) ==== */

enum document_state {
	DOCUMENT_DRAFT,
	DOCUMENT_REVIEWED,
	DOCUMENT_PUBLISHED,
	DOCUMENT_STATE_COUNT
};
const char *document_state_name(enum document_state state); /* "draft" */

struct document { /* one version of one document of an application */
	struct sv id, programme, application, company;
	struct sv kind; /* id of the file's document: "policy" */
	unsigned version; /* from 1 */
	enum document_state state;
	struct sv file; /* "SHA256HEX BYTES NAME"; empty where it is kept elsewhere */
	struct sv note, url;
	struct person by, reviewer;
	struct instant at, reviewed_at, published_at;
};

enum document_act { DOCUMENT_REVIEW, DOCUMENT_RETURN, DOCUMENT_PUBLISH, DOCUMENT_WITHDRAW, DOCUMENT_ACT_COUNT };
bool document_act_parse(struct sv text, enum document_act *ret); /* "review" */
enum document_problem {
	DOCUMENT_GOOD,
	DOCUMENT_WRONG_STATE,
	DOCUMENT_OWN,	   /* who wrote it does not review it */
	DOCUMENT_NOT_PUBLIC, /* the file does not let it be published */
	DOCUMENT_BAD_URL,
	DOCUMENT_PROBLEM_COUNT
};
const char *document_problem_name(enum document_problem problem); /* "document_own" */
enum document_problem document_check(const struct programme_document *kind,
				     const struct document *document, enum document_act act,
				     struct sv person, struct sv url);
const struct programme_document *document_find(const struct programme *programme, struct sv id);
/* http or https with a host, no spaces, at most SUPPORT_URL_MAX bytes. */
bool document_url_is_good(struct sv url);

struct declaration { /* SECURITY ACTION two stars, declared by the company itself */
	bool given;
	struct day day;
	struct sv note;
};
struct two_star { /* complete: all three */
	bool policy, published, declared;
	struct sv url;
	struct day day;
};
/* The policy is a document that the programme's file lets be published. */
struct two_star two_star_of(const struct programme *programme, const struct document *document,
			    size_t count, const struct declaration *declaration);
bool two_star_is_complete(const struct two_star *two_star);

/* A new draft: the next version of that kind. */
int document_put(struct store *store, const struct document *document, struct instant now,
		 char ret_id[static UUID_TEXT_MAX], struct err *err);
/* What document_check let pass; the records that conditions look at follow. */
int document_do(struct store *store, const struct programme *programme,
		const struct document *document, enum document_act act, struct person by,
		struct sv url, struct instant now, struct arena *arena, struct err *err);
int document_load(struct store *store, struct sv id, struct arena *arena, struct document *ret,
		  struct err *err); /* 1 or 0 */
/* By kind, the newest version first. */
int documents_of_application(struct store *store, struct sv application, struct arena *arena,
			     const struct document **ret, size_t *ret_count, struct err *err);
/* Records the declaration, or takes it back (given false). */
int declaration_put(struct store *store, const struct programme *programme, struct sv application,
		    const struct declaration *declaration, struct person by, struct instant now,
		    struct arena *arena, struct err *err);
int declaration_load(struct store *store, struct sv application, struct arena *arena,
		     struct declaration *ret, struct err *err);

/* ==== hearings (R-111) ==== */

enum hearing_state {
	HEARING_NONE,
	HEARING_CANDIDATE,
	HEARING_ASKED,
	HEARING_AGREED,
	HEARING_DECLINED,
	HEARING_HELD,
	HEARING_STATE_COUNT
};
const char *hearing_state_name(enum hearing_state state); /* "candidate" */
enum hearing_act {
	HEARING_PICK,
	HEARING_DROP, /* a candidate that is none after all */
	HEARING_ASK,
	HEARING_AGREE,
	HEARING_DECLINE,
	HEARING_HOLD,
	HEARING_ACT_COUNT
};
bool hearing_act_parse(struct sv text, enum hearing_act *ret); /* "pick" */
/*
 * Candidates are picked after the end, asked before anything is held, and held
 * only where they agreed. false: not possible now.
 */
bool hearing_next(enum hearing_state now, enum hearing_act act, bool ended,
		  enum hearing_state *ret);

struct hearing {
	struct sv application, company;
	enum hearing_state state;
	struct sv note;
	struct instant at;
	struct person by;
};
int hearing_load(struct store *store, struct sv application, struct arena *arena,
		 struct hearing *ret, struct err *err); /* HEARING_NONE where there is none */
int hearing_put(struct store *store, const struct application *application,
		enum hearing_state state, struct sv note, struct person by, struct instant now,
		struct err *err);
int hearings_list(struct store *store, struct sv programme, struct arena *arena,
		  const struct hearing **ret, size_t *ret_count, struct err *err);

/* ==== to whom data goes (R-115, R-116, R-120) ==== */

struct delegate { /* the office recorded equal or better protection */
	struct sv recipient, basis;
	struct person by;
	struct instant at;
};
enum disclosure_problem {
	DISCLOSURE_GOOD,
	DISCLOSURE_NOT_LISTED,	/* the file names no such recipient */
	DISCLOSURE_UNPROTECTED, /* nobody recorded equal protection */
	DISCLOSURE_PROBLEM_COUNT
};
const char *disclosure_problem_name(enum disclosure_problem problem);
/* recipient: the Japanese name in the file. ret: the file's row. */
enum disclosure_problem disclosure_check(const struct programme *programme,
					 const struct delegate *delegate, size_t count,
					 struct sv recipient,
					 const struct programme_disclosure **ret);
struct disclosure {
	struct sv id, recipient, purpose, scope;
	struct person by;
	struct instant at;
};
int delegate_put(struct store *store, struct sv programme, const struct delegate *delegate,
		 struct err *err);
int delegates_list(struct store *store, struct sv programme, struct arena *arena,
		   const struct delegate **ret, size_t *ret_count, struct err *err);
int disclosure_put(struct store *store, const struct application *application,
		   const struct disclosure *disclosure, char ret_id[static UUID_TEXT_MAX],
		   struct err *err);
int disclosures_list(struct store *store, struct sv application, struct arena *arena,
		     const struct disclosure **ret, size_t *ret_count, struct err *err);
/* Whether the company wants to hear from the city; yes until somebody says no. */
int city_contact_put(struct store *store, struct sv application, bool wanted, struct sv reason,
		     struct person by, struct instant now, struct err *err);
int city_contact_load(struct store *store, struct sv application, bool *ret_wanted,
		      struct err *err);

/* An application was found to be another company's: what is kept here follows. */
int support_company_moved(struct store *store, struct sv application, struct sv company,
			  struct err *err);

/* ==== figures and results (R-072, R-117) ==== */

struct figure_cell {
	struct sv value;
	uint64_t count;
	bool hidden; /* in what is published */
};
struct figure_result {
	const struct programme_figure *figure;
	uint64_t total;	      /* applications that count */
	uint64_t denominator; /* all received */
	bool total_hidden, denominator_hidden;
	struct figure_cell *cell; /* where the figure is `by` something */
	size_t cell_count, cell_room;
};
/* One more application. Returns 0, -1 where a figure has more than SUPPORT_CELLS_MAX values. */
int figure_add(struct figure_result *result, const struct application *application,
	       struct arena *arena, struct err *err);
/* All figures of a programme over all of its applications. */
int figures_count(struct store *store, const struct catalogue *catalogue,
		  const struct catalogue_entry *entry, struct arena *arena,
		  struct figure_result **ret, size_t *ret_count, struct err *err);
/*
 * Hides what would tell of fewer than `least` companies: such cells, further
 * ones, the smallest first, until what is hidden cannot be had by subtraction
 * (two cells at least, together `least` at least), else the total too.
 */
void figure_hide(struct figure_result *result, unsigned least);
/* What a cell is called, and what a figure counts, for people. */
struct programme_text figure_cell_name(const struct programme *programme,
				       const struct programme_figure *figure, struct sv value,
				       struct arena *arena);
struct programme_text figure_definition(const struct programme *programme,
					const struct programme_figure *figure,
					struct arena *arena);

struct results { /* as they were made public */
	struct instant as_of;
	struct figure_result *item;
	size_t count;
};
/*
 * Makes hidden results public instead of those before. ERR_CONFLICT where a
 * number would differ from the one published before by fewer than `least`
 * companies: who reads both would know of them.
 */
int results_publish(struct store *store, const struct catalogue_entry *entry,
		    const struct results *results, struct person by, struct arena *arena,
		    struct err *err);
int results_are_public(struct store *store, struct sv programme_id, bool *ret, struct err *err);
/* The last that were published, by the figures of today's file: 1, or 0. */
int results_last(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		 struct results *ret, struct err *err);

#endif
