/*
 * facts.h - what a programme's file says, as structures: the office, courses,
 * form, steps and all that stands beside them. programme.h reads and runs it.
 */
#ifndef PROGRAMME_FACTS_H
#define PROGRAMME_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/day.h"
#include "base/sv.h"

#define PROGRAMME_COURSES_MAX 16
#define PROGRAMME_FIELDS_MAX 128      /* of one form */
#define PROGRAMME_OPTIONS_MAX 64      /* of one choice */
#define PROGRAMME_STATES_MAX 64
#define PROGRAMME_EVENTS_MAX 32       /* of one state */

/* A text for people; en is the Japanese text where the file has no English. */
struct programme_text {
	struct sv ja, en;
};

/* ---- all views live as long as the programme ---- */

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
	bool has_onsite; /* the file says when somebody comes; else at any time */
	unsigned onsite_from_minute, onsite_to_minute; /* */
	bool onsite_weekdays_only;
};

#endif
