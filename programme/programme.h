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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/day.h"
#include "base/err.h"
#include "base/sv.h"

#define PROGRAMME_FILE_MAX (1U << 20)
#define PROGRAMME_COURSES_MAX 16
#define PROGRAMME_FIELDS_MAX 128      /* of one form */
#define PROGRAMME_OPTIONS_MAX 64      /* of one choice */
#define PROGRAMME_CONDITIONS_MAX 64
#define PROGRAMME_CONDITION_DEPTH_MAX 8
#define PROGRAMME_STATES_MAX 64
#define PROGRAMME_EVENTS_MAX 32       /* of one state */
#define PROGRAMME_EFFECTS_MAX 64      /* of one transition */
#define PROGRAMME_ANSWERS_MAX 512     /* of one application: form and steps */
#define PROGRAMME_ANSWER_MAX 8000     /* bytes of one answer */

/* ==== the file ==== */

/* A text for people; en is the Japanese text where the file has no English. */
struct programme_text {
	struct sv ja, en;
};

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

/* ---- what it says; all views live as long as the programme ---- */

enum programme_actor { /* who acts, who may do an event */
	BY_CLOCK,
	BY_CENTRE, /* something that happened: a device enrolled, a licence went off */
	BY_APPLICANT, /* also the owner, once there is one */
	BY_SECRETARIAT,
	BY_CITY,
	BY_EXPERT,
	BY_DESK,
	BY_CONTRACTOR,
	BY_COUNT
};
const char *programme_actor_name(enum programme_actor actor); /* "secretariat" */

struct programme_office {
	struct programme_text name, hours;
	struct sv telephone, mail;
	unsigned open_from_minute, open_to_minute; /* of the day, Tokyo */
	bool open_on_holidays;
};

/* What a course gives while the participation runs. Zero: no limit. */
struct programme_entitlement {
	struct sv service;  /* "edr", "utm", "guidance" */
	uint32_t users, devices_per_user, devices;
	bool users_can_be_raised; /* by an override with a reason */
	uint32_t months;    /* of trial, from the installation (R-049, T-47) */
	uint32_t report_days; /* a report each so many days of the trial; 0: each month */
	uint32_t visits;
	const struct sv *with; /* further services of a package: records.services knows them */
	size_t with_count;
};
struct programme_course {
	struct sv id; /* "edr" */
	struct programme_text name, summary;
	uint32_t places;
	bool exact; /* false: about; the office may go above with a reason */
	struct programme_entitlement entitlement;
	const struct programme_text *own_cost; /* what the company pays itself */
	size_t own_cost_count;
};

enum programme_field_kind {
	FIELD_TEXT,
	FIELD_PARAGRAPH,
	FIELD_KANA,		/* full-width katakana; half-width and hiragana are folded */
	FIELD_CORPORATE_NUMBER, /* 13 digits with check digit */
	FIELD_POSTAL_CODE,
	FIELD_TELEPHONE,
	FIELD_MAIL,
	FIELD_NUMBER,		/* with min and max */
	FIELD_YEN,
	FIELD_CHOICE,
	FIELD_CHOICES,
	FIELD_YES_NO,
	FIELD_CONSENT,		/* must be yes; kept with the text's version */
	FIELD_DATE,
	FIELD_TIME,
	FIELD_COURSES,		/* of this programme */
	FIELD_FILE,		/* the value: "SHA256HEX BYTES NAME" of an upload (application.h) */
	FIELD_SITES,		/* up to max places of business: "PREFECTURE ADDRESS" each */
	FIELD_KIND_COUNT
};
const char *programme_field_kind_name(enum programme_field_kind kind); /* "corporate_number" */

enum file_type {
	FILE_PDF,
	FILE_WORD, /* docx */
	FILE_EXCEL, /* xlsx */
	FILE_PNG,
	FILE_JPEG,
	FILE_TYPE_COUNT
};
const char *file_type_name(enum file_type type); /* "pdf" */

struct programme_option {
	struct sv id;
	struct programme_text name;
};
struct programme_condition; /* opaque */
enum programme_meaning { /* what the records keep of a form beside its answers */
	MEANS_NOTHING,
	MEANS_COMPANY_NAME,
	MEANS_COMPANY_KANA,
	MEANS_CORPORATE_NUMBER,
	MEANS_ADDRESS,
	MEANS_CONTACT,
	MEANS_MAIL,
	MEANS_TELEPHONE,
	MEANS_PERSON, /* the one participant of the company (R-102, S-33) */
	MEANS_COUNT
};
struct programme_field {
	struct sv id;
	enum programme_field_kind kind;
	struct programme_text label, help;
	bool required; /* where it is shown */
	int64_t min, max; /* NUMBER, YEN: values; TEXT, PARAGRAPH: characters; CHOICES: how many */
	const struct programme_option *option;
	size_t option_count;
	const struct programme_condition *shown; /* NULL: always */
	const struct programme_condition *must;	 /* else must_message (NULL: anything) */
	struct programme_text must_message;
	enum programme_meaning means;
	struct sv autocomplete; /* HTML's word: "organization", "tel"; may be empty */
	struct sv consent_version; /* FIELD_CONSENT */
	struct programme_text consent_text;
	unsigned file_types; /* FIELD_FILE: bits 1 << enum file_type */
	uint32_t file_bytes; /* FIELD_FILE: at most */
};
struct programme_section {
	struct sv id;
	struct programme_text title, help;
	const struct programme_field *field;
	size_t field_count;
};
struct programme_form {
	struct sv version;
	const struct programme_section *section;
	size_t section_count;
};

struct programme_event {
	struct sv id; /* "accept_rules" */
	struct programme_text name, help; /* what a button says */
	unsigned by; /* bits 1 << enum programme_actor */
	bool gravely; /* ends the application: the console asks twice */
	const struct programme_field *field; /* what has to be said with it */
	size_t field_count;
};
struct programme_state {
	struct sv id; /* "received" */
	struct programme_text name;   /* for staff */
	struct programme_text where;  /* for the applicant: where am I */
	struct programme_text next;   /* what happens next */
	struct programme_text task;   /* for who has to act; empty at the end */
	enum programme_actor actor;
	bool final;
	bool aside; /* not on the way of all: shown only where it was reached */
	const struct programme_event *event;
	size_t event_count;
};

struct programme_question {
	struct programme_text question, answer;
};

/* ---- who gets a place ---- */

enum selection_kind { SELECTION_FIRST_COME, SELECTION_LOTTERY, SELECTION_KIND_COUNT };
const char *selection_kind_name(enum selection_kind kind); /* "first_come" */
struct programme_frame { /* places kept for some */
	struct sv id;
	struct programme_text name;
	uint32_t places;
	bool exact; /* false: about, may move before the draw (T-10) */
	const struct programme_condition *of; /* who belongs to it: the first that holds */
};
struct programme_selection {
	enum selection_kind kind;
	/* the rest: SELECTION_LOTTERY */
	uint32_t places; /* in all; movements between frames keep it */
	const struct programme_frame *frame;
	size_t frame_count;
	struct sv waiting;   /* state in which an application waits for the draw */
	struct sv won, lost; /* events by the centre */
	bool leftover_moves; /* places that a frame does not fill go on by score; else they stay empty */
};

/* A mark for staff: "優先". */
struct programme_flag {
	struct sv id, rules;
	struct programme_text name;
	const struct programme_condition *when;
};

/* ---- what is asked, given and held beside the steps ---- */

enum questionnaire_kind {
	QUESTIONNAIRE_PRELIMINARY, /* before the support: 事前問診 */
	QUESTIONNAIRE_SURVEY,
	QUESTIONNAIRE_SHEET, /* the office or the expert fills it: ヒアリングシート */
	QUESTIONNAIRE_KIND_COUNT
};
const char *questionnaire_kind_name(enum questionnaire_kind kind); /* "preliminary" */
struct programme_questionnaire { /* by a personal link */
	struct sv id, version;
	enum questionnaire_kind kind;
	struct programme_text name, intro;
	struct programme_form form; /* fields as in the application's form */
	bool anonymous;		/* answers are kept without whose they are; never changes */
	struct sv answered;	/* event that the answer makes, by the applicant; may be empty */
	unsigned remind_business_days; /* silence puts a call on the office's list; 0: never */
	unsigned open_days; /* the link works so long; 0: until the application has ended and 90 days */
	bool has_not_before;
	struct day not_before; /* the office may not send it earlier */
	struct sv mail;		 /* template for sending it by hand; may be empty */
	struct sv compared_with; /* an earlier one with the same fields: differences are shown */
};

enum visit_form { VISIT_ON_SITE, VISIT_ONLINE, VISIT_FORM_COUNT };
const char *visit_form_name(enum visit_form form); /* "on_site" */
struct programme_agenda {
	struct programme_text title, content;
	const struct sv *document; /* deliverables it works on */
	size_t document_count;
};
struct programme_visits { /* of one course (R-073 … R-076) */
	struct sv course;
	unsigned minutes_min, minutes_max;
	unsigned forms; /* bits 1 << enum visit_form */
	bool online_on_request;
	bool business_days_only; /* and not on closure days */
	const struct programme_agenda *agenda; /* by number, from 1 */
	size_t agenda_count;
};

enum document_kind {
	DOCUMENT_COLLECTED,
	DOCUMENT_DELIVERABLE,
	DOCUMENT_DOWNLOAD,
	DOCUMENT_KIND_COUNT
};
const char *document_kind_name(enum document_kind kind); /* "deliverable" */
struct programme_document { /* */
	struct sv id, version; /* version: DOCUMENT_DOWNLOAD */
	enum document_kind kind;
	struct programme_text name, help;
	bool can_be_published; /* a URL is kept with it */
};

enum session_kind { SESSION_BRIEFING, SESSION_SEMINAR, SESSION_WORKSHOP, SESSION_KIND_COUNT };
enum session_mode { MODE_VENUE, MODE_ONLINE, MODE_COUNT };
const char *session_kind_name(enum session_kind kind); /* "briefing" */
const char *session_mode_name(enum session_mode mode); /* "venue" */
struct programme_session { /* R-099 … R-106 */
	struct sv id;
	enum session_kind kind;
	struct programme_text name, venue, content;
	bool has_date; /* T-37: a date may be unknown */
	struct day date;
	unsigned from_minute, to_minute;
	uint32_t places[MODE_COUNT]; /* 0: not in this way */
	struct day booking_until; /* to its last minute; the day before unless said */
	bool for_participants;	  /* else for everybody */
	bool mode_by_exception;	  /* online only by an exception of the office (T-45) */
	struct sv group;	  /* sessions that share a theme: "6-7" (T-37) */
};

struct programme_disclosure { /* */
	struct programme_text recipient, purpose, scope;
	bool equal_protection_recorded;
};
struct programme_figure { /* statistics to deliver */
	struct sv id;
	struct programme_text name;
	const struct programme_condition *count; /* NULL: all received */
	struct sv by; /* field or "courses" or "state"; empty: one number */
};
struct programme_policy { /* what binds the handling of data, elsewhere */
	struct programme_text name;
	struct sv url;
};
enum incident_handling { /* what is done from afar (R-061, T-21) */
	HANDLING_REMOVAL,
	HANDLING_ISOLATION,
	HANDLING_COUNT
};
const char *incident_handling_name(enum incident_handling handling); /* "removal" */

struct programme_facts {
	struct sv id; /* "2025-kihon" */
	uint32_t version;
	struct programme_text name, short_name, purpose, target, flow, notes, liability;
	int fiscal_year;
	struct day opens;
	bool has_last_day;
	struct day last_day; /* of reception */
	struct programme_text about_until; /* 9月頃: what people read where the end is no exact day (T-35) */
	struct programme_selection selection;
	const struct programme_flag *flag;
	size_t flag_count;
	const struct programme_questionnaire *questionnaire;
	size_t questionnaire_count;
	const struct programme_visits *visits;
	size_t visits_count;
	const struct programme_document *document;
	size_t document_count;
	const struct programme_session *session;
	size_t session_count;
	const struct programme_disclosure *disclosure;
	size_t disclosure_count;
	const struct programme_figure *figure;
	size_t figure_count;
	/* FIELD_CONSENT each: given by an event, not by a tick (R-113, T-32). Kept as "consent.ID". */
	const struct programme_field *consent;
	size_t consent_count;
	const struct programme_policy *policy;
	size_t policy_count;
	bool has_hearings;	    /* after the end, companies are picked */
	bool hearing_asks_first;    /* the office asks before it comes to a hearing */
	uint32_t hearing_companies; /* about; 0: the call does not say */
	bool city_contacts; /* R-120, T-41: contact from the city is certain; else it may come */
	unsigned publish_least; /* cells of published results with fewer are hidden; 5 unless said */
	bool under_way_moves; /* what becomes of applications under way when this version is published */
	struct programme_office office;
	const struct programme_course *course;
	size_t course_count;
	struct programme_form form;
	const struct programme_state *state; /* in the file's order */
	size_t state_count;
	const struct closure *closure;
	size_t closure_count;
	const struct programme_question *faq;
	size_t faq_count;
	bool shows_liability; /* */
	enum incident_handling handling;
	bool has_consultation; /* a desk for questions, with hours of its own (R-065, T-23) */
	unsigned consultation_from_minute, consultation_to_minute;
	bool consultation_weekdays_only;
	bool desk_day_and_night; /* */
	unsigned onsite_from_minute, onsite_to_minute; /* */
	bool onsite_weekdays_only;
};
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
