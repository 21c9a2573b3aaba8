#include "programme/grammar.h"

/* clang-format off */
static const struct key_rule programme_keys[] = {
	{ "programme!", "id", "id of the edition: in paths and receipt numbers; never changes" },
	{ "version!", "int", "raise it with each change that is published" },
	{ "fiscal_year!", "int", "the year in which it begins (April)" },
	{ "name!", "text", "official name" },
	{ "short_name!", "text", "for subjects of mails and narrow places" },
	{ "purpose!", "text", "public page: what it is for" },
	{ "target!", "text", "public page: who may take part" },
	{ "flow", "text", "public page: the steps in a few lines" },
	{ "notes", "text", "public page: what has to be known" },
	{ "liability", "text", "shown before the form is sent; only where the call has such a clause" },
	{ "policies", "[policy]", "privacy policies and their like, elsewhere" },
	{ "office!", "office", "who runs it, and when they are there" },
	{ "closures", "[word]", "days beside weekends and holidays: 2025-08-13..2025-08-15 NAME" },
	{ "reception!", "reception", "when forms are taken" },
	{ "selection!", "selection", "first come, or a lottery" },
	{ "courses!", "[course]", "what can be applied for, with places" },
	{ "form!", "form", "the application form" },
	{ "consents", "[field]", "consents given by an event, without a box (fields of kind consent)" },
	{ "eligibility!", "[eligibility]", "conditions of taking part" },
	{ "flags", "[flag]", "marks for staff" },
	{ "receive!", "receive", "what happens when the form comes in" },
	{ "anywhere", "[event]", "events of every state that is not final" },
	{ "states!", "[state]", "the steps, in order" },
	{ "questionnaires", "[questionnaire]", "what is asked beside the form" },
	{ "visits", "[visits]", "visits of a course, with their agendas" },
	{ "documents", "[document]", "what is collected, worked on or offered" },
	{ "sessions", "[session]", "briefings, seminars, workshops" },
	{ "hearings", "hearings", "companies that are picked for a talk after the end" },
	{ "disclosures", "[disclosure]", "who gets personal data" },
	{ "figures", "[figure]", "statistics to deliver" },
	{ "city_contacts", "bool", "true: the city will send information; else it may" },
	{ "publish_least", "int", "published numbers below this are hidden; 5 unless said" },
	{ "upgrade", "upgrade", "what becomes of applications under way with this version" },
	{ "desks", "desks", "desks for incidents and questions" },
	{ "texts", "texts", "the engine's own sentences, worded anew" },
	{ "mails!", "{mail}", "templates by id" },
	{ "faq", "[question]", "questions and answers of the public page" },
};
static const struct key_rule text_keys[] = {
	{ "ja!", "word", "Japanese" },
	{ "en", "word", "English; the Japanese where it is left out" },
};
static const struct key_rule office_keys[] = {
	{ "name!", "text", "" },
	{ "telephone", "word", "" },
	{ "mail!", "word", "" },
	{ "hours!", "text", "as people read them" },
	{ "open_from!", "time", "" },
	{ "open_to!", "time", "" },
	{ "holidays", "bool", "open on public holidays" },
};
static const struct key_rule desks_keys[] = {
	{ "day_and_night", "bool", "a desk for incidents, every day, during the trial" },
	{ "handling", "@handling", "what is done from afar" },
	{ "onsite", "hours", "when somebody comes" },
	{ "consultation", "hours", "a desk for questions" },
};
static const struct key_rule hours_keys[] = {
	{ "weekdays_only", "bool", "not on weekends and holidays" },
	{ "from!", "time", "" },
	{ "to!", "time", "" },
};
static const struct key_rule policy_keys[] = {
	{ "name!", "text", "" },
	{ "url!", "word", "" },
};
static const struct key_rule hearings_keys[] = {
	{ "companies", "int", "about how many" },
	{ "ask_first", "bool", "the office asks for consent before" },
};
static const struct key_rule reception_keys[] = {
	{ "opens!", "day", "the first day, from 0:00" },
	{ "until!", "day|'full'|about", "the last day, until it is full, or about" },
};
static const struct key_rule about_keys[] = {
	{ "about!", "text", "as people read it: 2022年9月頃; the office closes reception" },
};
static const struct key_rule selection_keys[] = {
	{ "kind!", "@selection", "" },
	{ "seat", "'from_received'|'from_completed'|'from_confirmed'", "first come: since when a place is taken" },
	{ "places", "int", "lottery: how many are drawn" },
	{ "waiting", "id", "lottery: the state in which applications wait" },
	{ "won", "id", "lottery: event by the centre" },
	{ "lost", "id", "lottery: event by the centre" },
	{ "leftover", "'moves'|'stays'", "lottery: places that a frame does not fill" },
	{ "frames", "[frame]", "lottery: places kept for some; together as many as are drawn" },
};
static const struct key_rule frame_keys[] = {
	{ "id!", "id", "" },
	{ "name!", "text", "" },
	{ "places!", "int", "" },
	{ "exact", "bool", "false: the office may move places before the draw" },
	{ "of!", "condition", "who belongs to it: the first frame that holds" },
};
static const struct key_rule flag_keys[] = {
	{ "id!", "id", "" },
	{ "rule", "words", "numbers of the requirements" },
	{ "name!", "text", "" },
	{ "when!", "condition", "" },
};
static const struct key_rule course_keys[] = {
	{ "id!", "id", "" },
	{ "name!", "text", "" },
	{ "summary", "text", "" },
	{ "places!", "int", "companies" },
	{ "exact", "bool", "false: about; the office may go above with a reason" },
	{ "entitlement!", "entitlement", "" },
	{ "own_cost", "[text]", "what the company pays itself" },
};
static const struct key_rule entitlement_keys[] = {
	{ "service!", "id", "edr, utm, guidance, …: the same word in all editions" },
	{ "with", "words", "further services of a package" },
	{ "users", "int", "at most; 0 or left out: no limit" },
	{ "devices_per_user", "int", "at most" },
	{ "devices", "int", "at most" },
	{ "users_can_be_raised", "bool", "by the office, with a reason" },
	{ "months", "int", "of trial, from the installation" },
	{ "report_days", "int", "a report each so many days; left out: each month" },
	{ "visits", "int", "how many" },
};
static const struct key_rule form_keys[] = {
	{ "version!", "word", "kept with each application" },
	{ "sections!", "[section]", "" },
};
static const struct key_rule section_keys[] = {
	{ "id!", "id", "" },
	{ "title!", "text", "" },
	{ "help", "text", "" },
	{ "fields!", "[field]", "" },
};
static const struct key_rule field_keys[] = {
	{ "id!", "id", "" },
	{ "kind!", "@field", "" },
	{ "label!", "text", "" },
	{ "help", "text", "" },
	{ "required", "bool", "true unless it says false" },
	{ "min", "int", "characters, value or how many" },
	{ "max", "int", "characters, value or how many" },
	{ "options", "'prefectures'|[option]", "of choice and choices" },
	{ "shown", "condition", "on fields before this one; else it is not asked" },
	{ "must", "must", "a rule of this one field" },
	{ "autocomplete", "word", "HTML's word: organization, tel, email" },
	{ "text", "text", "of a consent" },
	{ "version", "word", "of a consent: kept with it" },
	{ "means", "@means", "what the records list and search" },
	{ "types", "[@file]", "of a file" },
	{ "max_bytes", "int", "of a file" },
};
static const struct key_rule option_keys[] = {
	{ "id!", "id", "" },
	{ "name!", "text", "" },
};
static const struct key_rule must_keys[] = {
	{ "when!", "condition", "" },
	{ "message!", "text", "what would be right" },
};
static const struct key_rule condition_keys[] = {
	{ "field", "word", "of the form, or EVENT.FIELD" },
	{ "record", "word", "what the centre knows: services, programmes, running, …" },
	{ "mark", "@mark", "a fact with a time" },
	{ "courses", "'now'", "decided, else wished" },
	{ "event", "word", "somebody did it" },
	{ "questionnaire", "id", "with given: answered or not" },
	{ "document", "id", "with is: reviewed, is: published" },
	{ "frame", "id", "the application belongs to it" },
	{ "is", "word", "" },
	{ "in", "words", "one of these" },
	{ "only", "words", "all values are among these" },
	{ "at_most", "int|limit", "" },
	{ "at_least", "int|limit", "" },
	{ "given", "bool", "there is a value" },
	{ "shares", "word", "has a value that another field has, too" },
	{ "all", "[condition]", "" },
	{ "any", "[condition]", "" },
	{ "not", "condition", "" },
};
static const struct key_rule eligibility_keys[] = {
	{ "id!", "id", "" },
	{ "name!", "text", "" },
	{ "rule!", "words", "numbers of the requirements" },
	{ "pass", "condition", "" },
	{ "fail", "condition", "counts first" },
	{ "review", "condition", "the office looks at it" },
	{ "otherwise", "@verdict", "fail unless it says review or pass" },
	{ "message!", "message", "what the applicant reads" },
};
static const struct key_rule message_keys[] = {
	{ "fail", "text", "" },
	{ "review", "text", "" },
};
static const struct key_rule questionnaire_keys[] = {
	{ "id!", "id", "no event has the same one" },
	{ "kind!", "@questionnaire", "" },
	{ "version!", "word", "" },
	{ "name!", "text", "" },
	{ "intro", "text", "" },
	{ "anonymous", "bool", "answers are kept without whose they are" },
	{ "sections", "[section]", "as in the form" },
	{ "answered", "id", "event by the applicant that the answer makes" },
	{ "mail", "id", "template for sending it by hand" },
	{ "remind", "remind", "silence puts a call on the office's list" },
	{ "open_days", "int", "the link works so long" },
	{ "not_before", "day", "not sent earlier" },
	{ "compared_with", "id", "an earlier one: the same questions, differences are shown" },
};
static const struct key_rule remind_keys[] = {
	{ "business_days!", "int", "" },
};
static const struct key_rule visits_keys[] = {
	{ "course!", "id", "" },
	{ "minutes!", "int|[int]", "120, or [60, 120]" },
	{ "forms!", "[@visit]", "" },
	{ "online_on_request", "bool", "" },
	{ "business_days_only", "bool", "" },
	{ "agenda", "[agenda]", "one for each visit, from the first" },
};
static const struct key_rule agenda_keys[] = {
	{ "title!", "text", "" },
	{ "content", "text", "" },
	{ "documents", "words", "deliverables it works on" },
};
static const struct key_rule document_keys[] = {
	{ "id!", "id", "" },
	{ "kind!", "@document", "" },
	{ "name!", "text", "" },
	{ "help", "text", "" },
	{ "version", "word", "of a download" },
	{ "can_be_published", "bool", "of a deliverable: its URL is kept" },
};
static const struct key_rule session_keys[] = {
	{ "id!", "id", "" },
	{ "kind!", "@session", "" },
	{ "name!", "text", "" },
	{ "date", "day", "left out: not known yet" },
	{ "from", "time", "" },
	{ "to", "time", "" },
	{ "venue", "text", "" },
	{ "content", "text", "" },
	{ "places!", "places", "" },
	{ "booking_until", "day", "to its last minute; the day before unless said" },
	{ "for", "'everybody'|'participants'", "" },
	{ "online", "'by_exception'", "online only by an exception of the office" },
	{ "group", "word", "sessions that share a theme" },
};
static const struct key_rule places_keys[] = {
	{ "venue", "int", "" },
	{ "online", "int", "" },
};
static const struct key_rule disclosure_keys[] = {
	{ "recipient!", "text", "" },
	{ "purpose!", "text", "" },
	{ "scope!", "text", "" },
	{ "equal_protection!", "'true'", "recorded; without it nothing is given away" },
};
static const struct key_rule figure_keys[] = {
	{ "id!", "id", "" },
	{ "name!", "text", "" },
	{ "count", "condition", "left out: all that were received" },
	{ "by", "word", "a field, courses or state; left out: one number" },
};
static const struct key_rule upgrade_keys[] = {
	{ "under_way!", "'move'|'stay'", "stay: they end under the version they began with" },
	{ "states", "{id}", "states that are gone: OLD: NEW" },
};
static const struct key_rule receive_keys[] = {
	{ "event", "id", "" },
	{ "name!", "text", "" },
	{ "by!", "@actor|[@actor]", "" },
	{ "to!", "id", "" },
	{ "marks", "@mark|[@mark]", "" },
	{ "effects", "[@effect|effect]", "" },
};
static const struct key_rule state_keys[] = {
	{ "id!", "id", "" },
	{ "name!", "text", "for staff" },
	{ "where!", "text", "for the applicant: where am I" },
	{ "next!", "text", "for the applicant: what happens next" },
	{ "task", "text", "for who has to act" },
	{ "actor", "@actor", "who has to act" },
	{ "due", "due", "until when" },
	{ "final", "bool", "the end: no events" },
	{ "aside", "bool", "not on the way of all" },
	{ "events", "[event]", "" },
	{ "on_entry", "[@effect|effect]", "" },
	{ "marks", "@mark|[@mark]", "" },
	{ "releases_seats", "bool", "places are given back" },
	{ "enrols", "bool", "devices may be enrolled" },
	{ "desk", "bool", "the day-and-night desk serves" },
};
static const struct key_rule due_keys[] = {
	{ "business_days", "int", "" },
	{ "calendar_days", "int", "" },
	{ "day", "day", "a fixed day" },
	{ "date", "words", "EVENT.FIELD: dates that events said, the first that is given" },
	{ "from", "@since", "entered unless said" },
	{ "kind!", "'hard'|'soft'", "hard: a breach when passed; soft: a reminder" },
	{ "rule", "words", "numbers of the requirements" },
};
static const struct key_rule event_keys[] = {
	{ "event!", "id", "" },
	{ "name!", "text", "what a button says" },
	{ "help", "text", "" },
	{ "by", "@actor|[@actor]", "who may do it" },
	{ "channels", "[@channel]", "ways of contact that count; it has to be said" },
	{ "fields", "[field]", "what has to be said with it" },
	{ "when", "condition", "by the clock: only where it holds" },
	{ "requires", "[requirement]", "" },
	{ "to", "id|[way]", "left out: the state stays" },
	{ "marks", "@mark|[@mark]", "" },
	{ "consents", "words", "consents given with it" },
	{ "effects", "[@effect|effect]", "" },
	{ "gravely", "bool", "ends much: the console asks twice" },
	{ "at", "moment", "the clock does it" },
};
static const struct key_rule moment_keys[] = {
	{ "from!", "word", "entered, a mark, trial_month, trial_end, reception_end, EVENT.FIELD or a day" },
	{ "months", "int", "" },
	{ "days", "int", "also before: -14" },
	{ "business_days", "int", "" },
	{ "time", "time", "0:00 unless said" },
};
static const struct key_rule requirement_keys[] = {
	{ "when!", "condition", "" },
	{ "message!", "text", "what is missing" },
};
static const struct key_rule way_keys[] = {
	{ "when", "condition", "the last way has none" },
	{ "state!", "id", "" },
};
static const struct key_rule effect_keys[] = {
	{ "effect", "@effect", "" },
	{ "mail", "id", "template" },
	{ "invite", "id", "template with {invitation}" },
	{ "ask", "id", "questionnaire; mail: template with {link_questions}" },
	{ "when", "condition", "" },
	{ "courses", "words", "participations of these only" },
};
static const struct key_rule mail_keys[] = {
	{ "subject!", "text", "one line, with {names}" },
	{ "body!", "text", "with {names}" },
};
static const struct key_rule texts_keys[] = {
	{ "not_open", "text", "" },
	{ "over", "text", "" },
	{ "full", "text", "" },
	{ "not_confirmed", "text", "" },
	{ "ended", "text", "" },
	{ "no_course", "text", "" },
	{ "users", "text", "" },
	{ "devices_per_user", "text", "" },
	{ "devices", "text", "" },
	{ "ineligible", "text", "" },
};
static const struct key_rule question_keys[] = {
	{ "question!", "text", "" },
	{ "answer!", "text", "" },
};

#define RULE(ID, WHAT) { #ID, WHAT, ID##_keys, sizeof ID##_keys / sizeof *ID##_keys }
const struct map_rule grammar[MAP_COUNT] = {
	[MAP_PROGRAMME] = RULE(programme, "a programme"),
	[MAP_TEXT] = RULE(text, "a text"),
	[MAP_OFFICE] = RULE(office, "office"),
	[MAP_DESKS] = RULE(desks, "desks"),
	[MAP_HOURS] = RULE(hours, "hours"),
	[MAP_POLICY] = RULE(policy, "a policy"),
	[MAP_HEARINGS] = RULE(hearings, "hearings"),
	[MAP_RECEPTION] = RULE(reception, "reception"),
	[MAP_ABOUT] = RULE(about, "until"),
	[MAP_SELECTION] = RULE(selection, "selection"),
	[MAP_FRAME] = RULE(frame, "a frame"),
	[MAP_FLAG] = RULE(flag, "a flag"),
	[MAP_COURSE] = RULE(course, "a course"),
	[MAP_ENTITLEMENT] = RULE(entitlement, "an entitlement"),
	[MAP_FORM] = RULE(form, "form"),
	[MAP_SECTION] = RULE(section, "a section"),
	[MAP_FIELD] = RULE(field, "a field"),
	[MAP_OPTION] = RULE(option, "an option"),
	[MAP_MUST] = RULE(must, "must"),
	[MAP_CONDITION] = RULE(condition, "a condition"),
	[MAP_ELIGIBILITY] = RULE(eligibility, "a condition of eligibility"),
	[MAP_MESSAGE] = RULE(message, "message"),
	[MAP_QUESTIONNAIRE] = RULE(questionnaire, "a questionnaire"),
	[MAP_REMIND] = RULE(remind, "remind"),
	[MAP_VISITS] = RULE(visits, "visits"),
	[MAP_AGENDA] = RULE(agenda, "an agenda"),
	[MAP_DOCUMENT] = RULE(document, "a document"),
	[MAP_SESSION] = RULE(session, "a session"),
	[MAP_PLACES] = RULE(places, "places"),
	[MAP_DISCLOSURE] = RULE(disclosure, "a disclosure"),
	[MAP_FIGURE] = RULE(figure, "a figure"),
	[MAP_UPGRADE] = RULE(upgrade, "upgrade"),
	[MAP_RECEIVE] = RULE(receive, "receive"),
	[MAP_STATE] = RULE(state, "a state"),
	[MAP_DUE] = RULE(due, "due"),
	[MAP_EVENT] = RULE(event, "an event"),
	[MAP_MOMENT] = RULE(moment, "at"),
	[MAP_REQUIREMENT] = RULE(requirement, "a requirement"),
	[MAP_WAY] = RULE(way, "a way"),
	[MAP_EFFECT] = RULE(effect, "an effect"),
	[MAP_MAIL] = RULE(mail, "a mail"),
	[MAP_TEXTS] = RULE(texts, "texts"),
	[MAP_QUESTION] = RULE(question, "a question"),
};
/* clang-format on */
