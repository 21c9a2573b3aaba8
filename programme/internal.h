/*
 * internal.h - what the files of this folder share: the file as rules, the
 * reader that collects mistakes, and conditions.
 */
#ifndef PROGRAMME_INTERNAL_H
#define PROGRAMME_INTERNAL_H

#include "base/yaml.h"
#include "programme/grammar.h"
#include "programme/programme.h"

/* ==== the file as rules ==== */

enum condition_kind { CONDITION_ALL, CONDITION_ANY, CONDITION_NOT, CONDITION_LEAF };
enum subject {
	SUBJECT_FIELD,
	SUBJECT_RECORD,
	SUBJECT_MARK,
	SUBJECT_COURSES,
	SUBJECT_EVENT,
	SUBJECT_QUESTIONNAIRE, /* the three below are something else when names are resolved */
	SUBJECT_DOCUMENT,
	SUBJECT_FRAME,
	SUBJECT_COUNT
};
enum comparison {
	COMPARE_IS,	  /* the value, or one of the values, is this */
	COMPARE_IN,	  /* … is one of these */
	COMPARE_ONLY,	  /* there is one, and all are among these */
	COMPARE_AT_MOST,
	COMPARE_AT_LEAST,
	COMPARE_GIVEN,
	COMPARE_SHARES, /* has a value that another name has too */
	COMPARE_COUNT
};

struct limit_case {
	struct sv when;
	int64_t number;
};

struct programme_condition {
	enum condition_kind kind;
	struct programme_condition *child;
	size_t child_count;

	enum subject subject; /* the rest: CONDITION_LEAF */
	struct sv name;	      /* "capital", "decide.reason", "records.services" */
	enum mark mark;
	enum comparison comparison;
	bool by_first_word; /* of a site: its prefecture */
	const struct sv *value; /* IS, IN, ONLY; SHARES: the other name */
	size_t value_count;
	enum subject other; /* SHARES */
	bool given;
	int64_t number; /* AT_MOST, AT_LEAST without `by` */
	struct sv by;	/* the limit depends on this field's value */
	const struct limit_case *limit;
	size_t limit_count;
};

struct requirement {
	const struct programme_condition *when;
	struct programme_text message;
};

struct target {
	const struct programme_condition *when; /* NULL: always */
	struct sv to;
	uint32_t line, column;
};

struct effect_rule {
	enum effect_kind kind;
	struct sv what; /* template; ASK: questionnaire */
	struct sv how;	/* ASK: template */
	const struct programme_condition *when;
	const struct sv *course; /* participations: only of these; none: all */
	size_t course_count;
};

enum moment_from {
	FROM_ENTERED,
	FROM_MARK,
	FROM_TRIAL_MONTH,
	FROM_TRIAL_END,
	FROM_RECEPTION_END, /* its last day; never while there is none */
	FROM_DAY,   /* 2025-03-31 */
	FROM_FIELD, /* a date that an event said */
};
struct moment { /* 0:00 in Tokyo, or `minute`, of a day */
	bool is_set;
	enum moment_from from;
	enum mark mark;
	struct day day;	 /* FROM_DAY */
	struct sv field; /* FROM_FIELD */
	unsigned months, business_days;
	int32_t days;
	unsigned minute;
};

struct event_rule { /* beside struct programme_event of the same index */
	const struct programme_condition *when; /* by the clock: only where it holds */
	const struct requirement *requirement;
	size_t requirement_count;
	const struct target *target; /* none: the state stays */
	size_t target_count;
	const struct effect_rule *effect;
	size_t effect_count;
	struct moment moment;
	const struct sv *consent; /* given with it */
	size_t consent_count;
	unsigned marks;
	uint32_t line, column;
};

struct due_rule {
	bool is_set, is_hard;
	enum moment_from from; /* not TRIAL_MONTH, not FIELD */
	enum mark mark;
	struct day day; /* DAY */
	unsigned business_days, calendar_days; /* one of them */
	const struct sv *date; /* dates that events said, the first given counts; none: from the entry */
	size_t date_count;
};

struct state_rule { /* beside struct programme_state of the same index */
	struct due_rule due;
	const struct event_rule *event;
	const struct effect_rule *effect; /* on entry */
	size_t effect_count;
	bool releases_seats, enrols, has_desk;
	unsigned marks; /* on entry */
	uint32_t line, column;
};

struct condition_rule {
	struct sv id, rules;
	struct programme_text name, fail_message, review_message;
	const struct programme_condition *pass, *fail, *review;
	enum verdict otherwise;
};

struct template {
	struct sv id;
	struct programme_text subject, body;
};

struct state_move {
	struct sv from, to;
};

enum system_text { /* what the engine says to people; a file may word it anew */
	TEXT_NOT_OPEN,
	TEXT_OVER,
	TEXT_FULL,
	TEXT_NOT_CONFIRMED,
	TEXT_ENDED,
	TEXT_NO_COURSE,
	TEXT_USERS,
	TEXT_DEVICES_PER_USER,
	TEXT_DEVICES,
	TEXT_INELIGIBLE,
	TEXT_COUNT
};

struct programme {
	struct arena *arena;
	const struct yaml_node *root; /* as it was written: for differences */
	struct programme_facts facts;
	struct calendar *calendar;
	const struct state_rule *state_rule;
	struct programme_event receive;
	struct event_rule receive_rule;
	const struct condition_rule *condition;
	size_t condition_count;
	const struct template *template;
	size_t template_count;
	enum mark seat_from; /* the fact that takes a seat; lotteries: being drawn */
	const struct state_move *move; /* of `upgrade`: states that have another id now */
	size_t move_count;
	struct programme_text text[TEXT_COUNT];
};

/* ==== reading, with all mistakes at once ==== */

#define PROGRAMME_PROBLEMS_MAX 200 /* of one file; what comes after is not told */
#define PROGRAMME_ID_MAX 40	   /* bytes of an id */
#define PROGRAMME_TEXT_MAX 20000   /* bytes of one text */
#define PROGRAMME_TEMPLATES_MAX 64
#define PROGRAMME_LIST_MAX 64	   /* values of one comparison, targets, requirements, … */
#define PROGRAMME_CONSENT "consent" /* "consent.ID" among the answers */
#define PROGRAMME_EVENT_AT ".at" /* the day of an event, among the answers */
#define PROGRAMME_ARENA_MAX ((size_t)256 << 20)

struct leaf { /* to resolve when all fields are known */
	struct programme_condition *condition;
	const struct yaml_node *node;
	struct sv event; /* whose own fields are meant first */
	const struct programme_field *before; /* `shown`: only fields before this one */
	struct leaf *next;
};

enum name_kind {
	NAME_MAIL,
	NAME_QUESTIONNAIRE,
	NAME_DOCUMENT,
	NAME_FRAME,
	NAME_STATE,
	NAME_FIELD, /* of the form, of an event */
	NAME_APPLICANT_EVENT,
	NAME_DRAW_EVENT, /* by the centre */
	NAME_CONSENT,
};
struct name_use { /* to look up when all is read */
	enum name_kind kind;
	struct sv name;
	uint32_t line, column;
	struct name_use *next;
};

struct reader {
	struct programme *programme;
	struct arena *arena; /* the programme's */
	struct arena *out;   /* of problems */
	struct programme_problem *problem;
	size_t problem_count;
	struct leaf *leaf;
	struct name_use *name_use;
};

/* Of the programme's arena, zeroed; never NULL: a file is bounded, so is this. */
void *reader_alloc(struct reader *reader, size_t count, size_t size);
void reader_problem(struct reader *reader, uint32_t line, uint32_t column, struct sv hint,
		    const char *format, ...) ERR_PRINTF(5, 6);
/* hint: a format of its own, or NULL */
#define reader_at(reader, node, ...)                                                               \
	reader_problem(reader, (node)->line, (node)->column, SV_NONE, __VA_ARGS__)
/* "did you mean 'x'?" or empty, from words parted by spaces. */
struct sv reader_nearest(struct reader *reader, struct sv word, const char *words);

/* A map of the grammar: tells unknown and missing keys. false where node is no map. */
bool reader_map(struct reader *reader, const struct yaml_node *node, enum map_kind kind);
bool reader_list(struct reader *reader, const struct yaml_node *node, const char *what,
		 size_t max);
/* All give a neutral value, and tell, where the node is wrong; NULL nodes are neutral. */
struct programme_text reader_text(struct reader *reader, const struct yaml_node *node);
struct sv reader_word(struct reader *reader, const struct yaml_node *node);
struct sv reader_id(struct reader *reader, const struct yaml_node *node);
bool reader_bool(struct reader *reader, const struct yaml_node *node, bool neutral);
int64_t reader_int(struct reader *reader, const struct yaml_node *node, int64_t min, int64_t max,
		   int64_t neutral);
struct day reader_day(struct reader *reader, const struct yaml_node *node, bool *ret_is_set);
unsigned reader_minute(struct reader *reader, const struct yaml_node *node, unsigned neutral);
/* Index of a word in a table; neutral where the node is NULL or wrong (told). */
int reader_choice(struct reader *reader, const struct yaml_node *node, const char *what,
		  const char *(*name)(int), int count, int neutral);
/* One scalar, or a list of them. */
const struct sv *reader_words(struct reader *reader, const struct yaml_node *node,
			      size_t *ret_count);

/* Options of `options: prefectures`. */
const struct programme_option *reader_prefectures(struct reader *reader, size_t *ret_count);

/* event: whose fields are meant first; before: see struct leaf. NULL node gives NULL. */
const struct programme_condition *reader_condition(struct reader *reader,
						   const struct yaml_node *node, struct sv event,
						   const struct programme_field *before);
void reader_resolve(struct reader *reader); /* names of all conditions */
/* A name that has to be there when all is read. */
void reader_use_name(struct reader *reader, const struct yaml_node *node, enum name_kind kind,
		     struct sv name);
/* Tells where two of one list have the same id. */
void reader_differ(struct reader *reader, const struct yaml_node *node, const char *what,
		   struct sv id, struct sv other);
/* "R-020 R-021" of `rule: [R-020, R-021]`, for people to look up. */
struct sv reader_rules(struct reader *reader, const struct yaml_node *node);

const struct programme_field *reader_fields(struct reader *reader, const struct yaml_node *list,
					    struct sv event, size_t *ret_count);
const struct programme_section *reader_sections(struct reader *reader,
						const struct yaml_node *list, struct sv event,
						size_t *ret_count);
const struct effect_rule *reader_effects(struct reader *reader, const struct yaml_node *list,
					 struct sv event, size_t *ret_count);
void reader_form(struct reader *reader, const struct yaml_node *node);
void reader_reception(struct reader *reader, const struct yaml_node *node);
void reader_selection(struct reader *reader, const struct yaml_node *node);
void reader_flags(struct reader *reader, const struct yaml_node *list);
void reader_questionnaires(struct reader *reader, const struct yaml_node *list);
void reader_visits(struct reader *reader, const struct yaml_node *list);
void reader_documents(struct reader *reader, const struct yaml_node *list);
void reader_sessions(struct reader *reader, const struct yaml_node *list);
void reader_publication(struct reader *reader, const struct yaml_node *root);
void reader_upgrade(struct reader *reader, const struct yaml_node *node);
void reader_facts(struct reader *reader, const struct yaml_node *root);
void reader_eligibility(struct reader *reader, const struct yaml_node *node);
void reader_steps(struct reader *reader, const struct yaml_node *root);
void reader_mails(struct reader *reader, const struct yaml_node *node);
void reader_texts(struct reader *reader, const struct yaml_node *node);
void reader_check_graph(struct reader *reader);
void reader_check_names(struct reader *reader);

/*
 * The calendar made anew: the file's closures and these more. Only while nobody
 * else has the programme yet.
 */
int programme_close_days(struct programme *programme, const struct closure *more, size_t count,
			 struct err *err);

/* ==== looking things up ==== */

/* "capital", "decide.reason"; NULL where there is none. */
const struct programme_field *programme_find_field(const struct programme *programme,
						   struct sv name);
size_t programme_state_index(const struct programme *programme, struct sv id); /* SIZE_MAX: none */
const struct programme_questionnaire *
programme_find_questionnaire(const struct programme *programme, struct sv id);
size_t programme_find_frame(const struct programme *programme, struct sv id); /* SIZE_MAX: none */
const struct template *programme_find_template(const struct programme *programme, struct sv id);
const struct programme_field *programme_field_meaning(const struct programme *programme,
						      enum programme_meaning means);

/* ==== conditions ==== */

struct view { /* what a condition looks at */
	const struct answers *answers;
	const struct answers *records;
	const struct instant *mark; /* MARK_COUNT of them; NULL: none */
};
/* NULL holds always. */
bool condition_holds(const struct programme_condition *condition, const struct view *view);
/* Courses now: in the answers of the last event that said them, else as wished. */
struct sv courses_name(const struct answers *answers);

/* ==== answers ==== */

/* Checks fields whose kept names begin with prefix ("decide." or nothing). */
struct check {
	const struct programme *programme;
	const struct programme_field *field;
	size_t field_count;
	struct sv prefix;
	const struct application_state *application; /* for conditions; NULL: none */
	const struct answers *typed;		     /* without prefix */
};
int check_fields(const struct check *check, struct arena *arena, struct answers *ret,
		 struct form_errors *ret_errors, struct err *err);

enum field_problem {
	FIELD_GOOD,
	FIELD_MISSING,
	FIELD_BAD, /* not of its kind */
	FIELD_TOO_SHORT,
	FIELD_TOO_LONG,
	FIELD_TOO_SMALL,
	FIELD_TOO_BIG,
	FIELD_CHECK_DIGIT,
	FIELD_NOT_OFFERED,
	FIELD_TOO_FEW,
	FIELD_TOO_MANY,
	FIELD_CONTROL,
};
/* One typed value as it is kept. From arena. */
enum field_problem field_fold(const struct programme *programme,
			      const struct programme_field *field, struct sv typed,
			      struct arena *arena, struct sv *ret);
struct programme_text field_message(const struct programme_field *field,
				    enum field_problem problem, struct arena *arena);

/* ---- fold.c: how Japanese is typed ---- */

/* Full-width ASCII, ideographic space, all sorts of hyphens (also ー between digits). */
struct sv fold_width(struct sv text, struct arena *arena);
struct sv fold_kana(struct sv text, struct arena *arena); /* half-width and hiragana to katakana */
struct sv fold_trim(struct sv text);			  /* also ideographic spaces */
/* For finding by eye: widths, kana, case, spaces, legal forms and variants of kanji are one. */
struct sv fold_search(struct sv text, struct arena *arena);
size_t fold_count(struct sv text); /* characters */

/* ---- prefecture.c ---- */

bool prefecture_is(struct sv id);	   /* "tokyo" */
struct sv prefecture_name(struct sv id);   /* "東京都"; SV_NONE where there is none */
struct sv prefecture_cut(struct sv *text); /* id of the one that "tokyo …" or "東京都…" begins with */

/* ---- texts ---- */

struct programme_text text_join(struct arena *arena, struct programme_text first,
				const char *then_ja, const char *then_en);
/* Puts value for every {name} of the texts; names without value stay. */
struct sv text_fill(struct sv text, const struct answers *values, struct arena *arena);
/* Calls for each {name}; stops where it returns false. */
bool text_names(struct sv text, bool (*name)(void *context, struct sv name, size_t at),
		void *context);

/* ---- steps ---- */

/* Last day of the n-th report of the trial. */
struct day trial_report_end(const struct programme *programme,
			    const struct application_state *application, unsigned n);
/* When clock event number n of a moment comes; false where it never does. */
bool moment_at(const struct programme *programme, const struct application_state *application,
	       const struct moment *moment, unsigned n, struct instant *ret);
/* How many times a moment comes. */
unsigned moment_times(const struct programme *programme,
		      const struct application_state *application, const struct moment *moment);
/* When the clock has something to do next in this state; us 0: never. */
struct instant next_wake(const struct programme *programme,
			 const struct application_state *application);
int state_due(const struct programme *programme, const struct application_state *application,
	      struct transition *ret, struct err *err);
struct programme_text courses_text(const struct programme *programme, const struct sv *course,
				   size_t count, struct arena *arena);
/* For reader_choice and the schema; NULL where there is no such number. */
const char *mark_word(int mark);
const char *meaning_word(int means); /* also where it means nothing */
const char *since_word(int since);
const char *channel_word(int channel);

#endif
