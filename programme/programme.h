/*
 * programme.h - programmes as data: one YAML file describes an edition (its
 * courses, quotas, form, conditions, steps, entitlements, mails, texts), and
 * one engine runs them all. The engine knows no edition and no course.
 *
 * This header is the pure core: values in, values out; no clock, no store, no
 * files but the reader's. application.h keeps applications in the records.
 */
#ifndef PROGRAMME_PROGRAMME_H
#define PROGRAMME_PROGRAMME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "programme/facts.h"

#define PROGRAMME_FILE_MAX (1U << 20)
#define PROGRAMME_CONDITIONS_MAX 64
#define PROGRAMME_CONDITION_DEPTH_MAX 8
#define PROGRAMME_EFFECTS_MAX 64      /* of one transition */
#define PROGRAMME_ANSWERS_MAX 512     /* of one application: form and steps */
#define PROGRAMME_ANSWER_MAX 8000     /* bytes of one answer */

/* ==== the file ==== */

struct programme; /* immutable once read: threads may share it */

struct programme_problem { /* every mistake of a file, at once */
	uint32_t line, column;
	struct sv message; /* what is wrong */
	struct sv hint;	   /* what would be right; may be empty */
};
struct programme_problems {
	const struct programme_problem *item;
	size_t count;
};
/*
 * Reads a whole file or nothing. name is for messages. Returns NULL where it is
 * wrong: then ret_problems (from arena) has all mistakes, and err the first.
 */
struct programme *programme_parse(struct sv text, const char *name, struct arena *arena,
				  struct programme_problems *ret_problems, struct err *err);
struct programme *programme_read(const char *path, struct arena *arena,
				 struct programme_problems *ret_problems, struct err *err);
void programme_free(struct programme *programme); /* NULL is fine */
/* JSON Schema of the language, for editors; programmes/schema.json is this. */
void programme_schema(struct buf *to);

#define PROGRAMME_CHANGES_MAX 2000 /* told of two versions; the rest is counted as one */

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED, CHANGE_ORDER };
const char *change_kind_name(enum change_kind kind); /* "added" */
struct programme_change { /* of one place between two versions of a file */
	enum change_kind kind;
	struct sv path; /* "states.received.due.business_days" */
	struct programme_text where; /* the same for people, with names */
	struct programme_text what;  /* "3 → 5" */
	struct programme_text means; /* whom it touches, and from when */
	bool touches_under_way;	     /* applications that began before, too */
};
/* In the order of the files; from arena. */
int programme_difference(const struct programme *old, const struct programme *new,
			 struct arena *arena, const struct programme_change **ret,
			 size_t *ret_count, struct err *err);

/* ---- what it says: facts.h ---- */

const struct programme_facts *programme_facts(const struct programme *programme);
const struct programme_course *programme_course(const struct programme *programme, struct sv id);
const struct programme_state *programme_state(const struct programme *programme, struct sv id);
const struct calendar *programme_calendar(const struct programme *programme); /* with closures */

/* ==== the form ==== */

struct answer {
	struct sv name, value; /* a choice of several is several answers of one name */
};
struct answers {
	const struct answer *item;
	size_t count;
};
/* The first of that name; SV_NONE where there is none. */
struct sv answers_get(const struct answers *answers, struct sv name);
bool answers_has(const struct answers *answers, struct sv name, struct sv value);

struct form_error {
	struct sv field;
	struct programme_text message; /* begins with the label; says what would be right */
};
struct form_errors {
	const struct form_error *item;
	size_t count;
};
/*
 * Checks fields against answers as typed: folds widths, hyphens, spaces, hiragana
 * in kana (names stay as typed, NFC is not applied), and gives the answers to
 * keep. What belongs to no shown field is dropped. Returns 0 with *ret; 1 with
 * ret_errors, one for each wrong field in the form's order; -1 on error (a bound).
 */
int form_check(const struct programme *programme, const struct programme_field *field,
	       size_t field_count, const struct answers *typed, struct arena *arena,
	       struct answers *ret, struct form_errors *ret_errors, struct err *err);
int form_check_application(const struct programme *programme, const struct answers *typed,
			   struct arena *arena, struct answers *ret,
			   struct form_errors *ret_errors, struct err *err);
/* The same where nothing is required: for questions about a company half known. */
int form_check_given(const struct programme *programme, const struct answers *typed,
		     struct arena *arena, struct answers *ret, struct form_errors *ret_errors,
		     struct err *err);
struct application_state;
struct application_state;
/* All sections of a questionnaire; what is kept is called "ID.FIELD". */
int form_check_questionnaire(const struct programme *programme,
			     const struct programme_questionnaire *questionnaire,
			     const struct application_state *application,
			     const struct answers *typed, struct arena *arena, struct answers *ret,
			     struct form_errors *ret_errors, struct err *err);
bool form_is_shown(const struct programme *programme, const struct programme_field *field,
		   const struct answers *answers);
/*
 * Whether a field is shown simply when another field (of the same form or event) has
 * one of some values; else only form_is_shown can tell. arena is not used where
 * the views of the programme serve.
 */
bool form_shown_when(const struct programme *programme, const struct programme_field *field,
		     struct sv *ret_field, const struct sv **ret_values, size_t *ret_count,
		     struct arena *arena);
/* What the engine itself writes into a log: "receive", "due_changed"; else empty. */
struct programme_text programme_own_word(struct sv name);
/* What a member is called: label of a field and name of its option, for pages and mails. */
struct programme_text form_label(const struct programme *programme, struct sv field);
struct programme_text form_value(const struct programme *programme, struct sv field, struct sv value,
				 struct arena *arena);

/* ==== eligibility (R-019 … R-027) ==== */

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_REVIEW };
const char *verdict_name(enum verdict verdict); /* "pass" */
struct eligibility_row {
	struct sv condition; /* "size" */
	struct sv rules;     /* "R-020 R-021" */
	struct programme_text name, message; /* message: what the applicant reads; empty on pass */
	enum verdict verdict;
	const struct sv *missing; /* fields that it looks at and that have no answer */
	size_t missing_count;
};
/*
 * Every condition, in the file's order; from arena. records: what the centre
 * knows beside the answers, under the names that start with "records." in the
 * file (earlier participations, …).
 */
int eligibility(const struct programme *programme, const struct answers *answers,
		const struct answers *records, struct arena *arena,
		const struct eligibility_row **ret, size_t *ret_count, enum verdict *ret_whole,
		struct err *err);

/* ==== the steps ==== */

enum mark { /* facts with a time of their own */
	MARK_RECEIVED,
	MARK_COMPLETED,
	MARK_CONFIRMED, /* participation is final: 参加確定 */
	MARK_APPROVED,
	MARK_INSTALLED, /* the trial starts */
	MARK_ENDED,
	MARK_COUNT
};
const char *mark_name(enum mark mark);

#define FIRED_MAX 64 /* events by the clock that have happened to one application */

/* An application as the engine sees it. */
struct application_state {
	struct sv state;		 /* empty: not received yet */
	struct instant entered;		 /* this state */
	struct instant mark[MARK_COUNT]; /* us 0: not yet */
	struct answers answers; /* the form's, then "EVENT.FIELD" of each event, the last counts */
	struct answers records; /* as in eligibility() */
	struct sv fired[FIRED_MAX]; /* "EVENT:N" by the clock */
	size_t fired_count;
};
/* Courses now: decided ones when the decision was made, else wished ones. */
bool application_has_course(const struct application_state *application, struct sv course);

enum effect_kind {
	EFFECT_MAIL,		    /* what: template */
	EFFECT_INVITE,		    /* mails a link to make the owner's account */
	EFFECT_PARTICIPATION_BEGIN, /* what: course; one effect for each decided course */
	EFFECT_PARTICIPATION_END,
	EFFECT_ENTITLEMENT_BEGIN,   /* devices may enrol from now on */
	EFFECT_SEAT_RELEASE,	    /* what: course */
	EFFECT_SEAT_TAKE,	    /* what: course that was not wished at first */
	EFFECT_REPORT,		    /* number: which trial month, from 1; from, to: its days */
	EFFECT_LICENCE_OFF,	    /* every device */
	EFFECT_UNINSTALL,
	EFFECT_REMOVAL_WORKS,
	EFFECT_ASK,		    /* what: questionnaire; its personal link goes by mail (template in `how`) */
	EFFECT_KIND_COUNT
};
const char *effect_kind_name(enum effect_kind kind); /* "licence_off" */
struct effect {
	enum effect_kind kind;
	struct sv what;
	struct sv how; /* ASK: template of the mail with {link_questions} */
	unsigned number;
	struct day from, to;
};

struct transition {
	struct sv to;  /* the state after */
	unsigned marks; /* bits 1 << enum mark that are set now */
	struct effect effect[PROGRAMME_EFFECTS_MAX];
	size_t effect_count;
	bool has_due;
	struct day due;	   /* last day for who acts now, business days counted */
	bool due_is_hard;  /* a breach when passed; else a reminder (S-16) */
	struct instant wake; /* when the clock has something to do next; us 0: never */
};
enum refusal { /* why an event is not possible: for status codes; the text says it to people */
	REFUSAL_NONE,
	REFUSAL_NO_SUCH_EVENT, /* not in this state */
	REFUSAL_NOT_YOURS,     /* another role acts */
	REFUSAL_FIELDS,	       /* ret_errors */
	REFUSAL_CONDITION,     /* a condition of the file does not hold */
	REFUSAL_CLOSED,	       /* reception is over, or not open yet */
	REFUSAL_FULL,	       /* no seat in a course */
	REFUSAL_INELIGIBLE,
};
struct refused {
	enum refusal why;
	struct programme_text message;
	struct form_errors errors;
};
/* Index of the frame that an application belongs to; SIZE_MAX: none. Condition: first that holds. */
size_t selection_frame(const struct programme *programme,
		       const struct application_state *application);
bool flag_holds(const struct programme_flag *flag, const struct application_state *application);
/* For figures: whether it counts. */
bool figure_counts(const struct programme_figure *figure,
		   const struct application_state *application);

struct seats { /* of one course, as counted by the caller in its transaction */
	struct sv course;
	uint32_t taken;
	uint32_t places; /* after overrides */
};
struct stimulus { /* what happens */
	struct sv event;
	enum programme_actor by;
	struct answers fields; /* as typed */
	struct instant now;    /* programme time */
	const struct seats *seat;
	size_t seat_count;
	bool reception_is_closed; /* by the office, before its last day (T-35) */
};
/*
 * The transition function. The event "receive" starts an application: fields
 * are the checked form. Returns 0 with *ret and the fields to keep
 * (ret_fields), 1 with ret_refused, or -1 on error. All from arena.
 */
int programme_step(const struct programme *programme, const struct application_state *application,
		   const struct stimulus *stimulus, struct arena *arena, struct transition *ret,
		   struct answers *ret_fields, struct refused *ret_refused, struct err *err);
/*
 * What the clock does now: the earliest event by the clock that is due at `now`
 * and has not fired. Returns 1 with its id ("month_ends:2" as kept in fired), 0
 * where none is. programme_step takes it as stimulus.event.
 */
int programme_clock_event(const struct programme *programme,
			  const struct application_state *application, struct instant now,
			  struct arena *arena, struct sv *ret, struct err *err);
/* Due day of the present state again: after a closure day was entered late. */
int programme_due(const struct programme *programme, const struct application_state *application,
		  bool *ret_has, struct day *ret, bool *ret_hard, struct err *err);
/* Last day of the trial; false while it has not started or there is none. */
bool programme_trial_end(const struct programme *programme,
			 const struct application_state *application, struct day *ret);
/* How many reports the trial gives; 0: there is no trial. */
uint32_t programme_trial_reports(const struct programme *programme,
				 const struct application_state *application);
/* Is reception open, by date: 0 open, else -1 not yet, 1 over. */
int programme_reception(const struct programme *programme, struct day today);

/* ==== entitlements (R-053 …) ==== */

struct entitlement_use { /* as counted by the caller */
	uint32_t users;		  /* with an active device */
	uint32_t devices;
	uint32_t devices_of_user; /* of the one that asks */
	uint32_t users_raised_to; /* override; 0: none */
};
/* May one more device of this user be enrolled now? 0 yes, 1 no with ret_refused. */
int entitlement_enrol(const struct programme *programme,
		      const struct application_state *application, struct sv service,
		      const struct entitlement_use *use, struct instant now,
		      struct refused *ret_refused);

/* ==== desks ==== */

/* Does the 24/365 desk serve this company now? */
bool desk_serves(const struct programme *programme, const struct application_state *application,
		 struct instant now);
/* Is the desk for questions open (R-065, T-23)? Where there is none, the office is asked. */
bool desk_consults(const struct programme *programme, struct instant now);
/* The earliest moment for a visit on site, not before now (R-062, R-063, S-38). */
int onsite_next(const struct programme *programme, struct instant now, struct instant *ret,
		struct err *err);

/* ==== mails and texts ==== */

/*
 * A mail of the file with its {names} filled from values (name → text, both for
 * people); a name without value becomes empty. Unknown names are an error of
 * programme_parse: known are those here, ids of the form's fields ("company") and
 * what events said ("decide.reason"). Text is plain.
 */
#define PROGRAMME_MAIL_NAMES                                                                       \
	"programme short_name office office_hours telephone office_mail company contact number "   \
	"courses where next due own_cost trial_from trial_end link portal invitation expires "     \
	"month of turn from to url questionnaire link_questions"
int programme_mail(const struct programme *programme, struct sv template_id,
		   const struct answers *values, bool english, struct arena *arena,
		   struct sv *ret_subject, struct sv *ret_body, struct err *err);
/*
 * The values of a mail that the programme and the application give: all of the
 * names above but number, the links and those of a report; every field as
 * people read it. The caller adds its own in front (the first counts).
 */
int programme_mail_values(const struct programme *programme,
			  const struct application_state *application, bool english,
			  struct arena *arena, struct answers *ret, struct err *err);

#endif
