/*
 * access_table.h - who may do what. The one table: access.c decides from it,
 * scripts/generate-api.mjs checks openapi.yaml against it and writes it into
 * docs/api.md, and the tenancy test takes its expectations from it.
 *
 * ACCESS(SYMBOL, "name", who, flags, "what it allows")
 *
 * A role counts only within its bounds: an operator's role for companies that
 * take part in that operator's programmes now, a programme's role for those in
 * that programme, a company's role for that company.
 */
/* clang-format off */
/* Without a person */
ACCESS(HEALTH_READ,      "health.read",      PUBLIC, 0, "see that the centre serves")
ACCESS(SESSION_CREATE,   "session.create",   PUBLIC, 0, "sign in")
ACCESS(SITE_USE,         "site.use",         PUBLIC, 0, "read the public site, apply, and act with a personal link")
ACCESS(DEVICE_ENROL,     "device.enrol",     PUBLIC, 0, "enrol a device with a one-time token")
/* Devices, by certificate */
ACCESS(BATCH_SEND,       "batch.send",       DEVICE, 0, "hand in events")
ACCESS(ORDER_READ,       "order.read",       DEVICE, 0, "fetch signed orders")
/* Everybody who is signed in, about oneself */
ACCESS(SESSION_END,      "session.end",      SIGNED_IN, SESSION_ONLY, "sign out")
ACCESS(PASSWORD_CHANGE,  "password.change",  SIGNED_IN, SESSION_ONLY, "change one's own password")
ACCESS(ME_READ,          "me.read",          SIGNED_IN, 0, "see one's own account")
ACCESS(ME_WRITE,         "me.write",         SIGNED_IN, SESSION_ONLY, "change one's own language")
ACCESS(TOKEN_READ,       "token.read",       OWNER | SECRETARIAT | ANALYST | DESK | CONTRACTOR | ADMINISTRATOR, SESSION_ONLY, "see one's own API tokens")
ACCESS(TOKEN_CREATE,     "token.create",     OWNER | SECRETARIAT | ANALYST | DESK | CONTRACTOR | ADMINISTRATOR, SESSION_ONLY, "make API tokens with some of one's own rights")
ACCESS(TOKEN_REVOKE,     "token.revoke",     OWNER | SECRETARIAT | ANALYST | DESK | CONTRACTOR | ADMINISTRATOR, SESSION_ONLY, "end one's own API tokens")
/* Companies and devices */
ACCESS(COMPANY_READ,     "company.read",     APPLICANT | OWNER | SECRETARIAT | CITY | EXPERT | ANALYST | DESK | CONTRACTOR | DIAGNOSIS | ADMINISTRATOR, 0, "see companies and their participations")
ACCESS(DEVICE_READ,      "device.read",      OWNER | SECRETARIAT | ANALYST | DESK | CONTRACTOR | ADMINISTRATOR, 0, "see devices")
ACCESS(DEVICE_REVOKE,    "device.revoke",    ANALYST | CONTRACTOR | ADMINISTRATOR, 0, "refuse a device's certificate")
ACCESS(ENROLMENT_READ,   "enrolment.read",   OWNER | ANALYST | CONTRACTOR | ADMINISTRATOR, 0, "see enrolment tokens, without their secrets")
ACCESS(ENROLMENT_CREATE, "enrolment.create", OWNER | ANALYST | CONTRACTOR | ADMINISTRATOR, 0, "make enrolment tokens")
ACCESS(ENROLMENT_REVOKE, "enrolment.revoke", OWNER | ANALYST | CONTRACTOR | ADMINISTRATOR, 0, "make enrolment tokens useless")
/* Incidents */
ACCESS(INCIDENT_READ,    "incident.read",    OWNER | ANALYST | DESK | ADMINISTRATOR, 0, "see incidents")
ACCESS(INCIDENT_NOTE,    "incident.note",    OWNER | ANALYST | DESK, 0, "write notes")
ACCESS(INCIDENT_WRITE,   "incident.write",   ANALYST | DESK, 0, "assign incidents and move their state")
ACCESS(DETECTION_READ,   "detection.read",   OWNER | ANALYST | DESK, 0, "see detections and why rules matched")
ACCESS(EVENT_READ,       "event.read",       OWNER | ANALYST, 0, "see raw events")
ACCESS(LIVE_READ,        "live.read",        APPLICANT | OWNER | SECRETARIAT | CITY | EXPERT | ANALYST | DESK | CONTRACTOR | ADMINISTRATOR, 0, "listen to changes of what one may see")
/* Actions on devices */
ACCESS(ACTION_READ,      "action.read",      OWNER | ANALYST | DESK | ADMINISTRATOR, 0, "see actions")
ACCESS(ACTION_PROPOSE,   "action.propose",   OWNER | ANALYST | DESK, 0, "propose actions on devices")
ACCESS(ACTION_APPROVE,   "action.approve",   ANALYST, 0, "approve or refuse actions")
ACCESS(ACTION_SEND,      "action.send",      ANALYST, 0, "sign and send approved actions")
/* What a person says about an incident */
ACCESS(INCIDENT_JUDGE,   "incident.judge",   ANALYST | DESK, 0, "judge whether it is an incident")
ACCESS(INCIDENT_CONTACT, "incident.contact", ANALYST | DESK, 0, "write down contacts with the company")
ACCESS(INCIDENT_TELL,    "incident.tell",    ANALYST | DESK, 0, "write the story for the owner")
ACCESS(CHECK_READ,       "check.read",       SECRETARIAT | CITY | ANALYST | DESK, 0, "see the daily checks")
ACCESS(CHECK_WRITE,      "check.write",      ANALYST | DESK, 0, "record a daily check")
/* Programmes and applications */
ACCESS(PROGRAMME_READ,   "programme.read",   SECRETARIAT | CITY | EXPERT | ANALYST | DESK | CONTRACTOR | ADMINISTRATOR, 0, "see programmes, their places and figures")
ACCESS(SEAT_OVERRIDE,    "seat.override",    SECRETARIAT, 0, "set the places of a course that has about so many")
ACCESS(RECEPTION_SET,    "reception.set",    SECRETARIAT, 0, "close reception, enter days on which the office is closed")
ACCESS(LOTTERY_WORK,     "lottery.work",     SECRETARIAT | CITY, 0, "see a lottery's list and enter its entropy")
ACCESS(LOTTERY_PREPARE,  "lottery.prepare",  SECRETARIAT, 0, "prepare a lottery, and give places on")
ACCESS(LOTTERY_PUBLISH,  "lottery.publish",  CITY, 0, "confirm a lottery's list, which makes it public")
ACCESS(SEMINAR_READ,     "seminar.read",     SECRETARIAT | CITY | EXPERT, 0, "see sessions, who comes and who came")
ACCESS(SEMINAR_WRITE,    "seminar.write",    SECRETARIAT, 0, "record attendance, allow exceptions, publish material")
ACCESS(SITE_WRITE,       "site.write",       SECRETARIAT, 0, "write what the public site shows beside a programme's file")
ACCESS(APPLICATION_READ, "application.read", APPLICANT | OWNER | SECRETARIAT | CITY | EXPERT | ADMINISTRATOR, 0, "see applications")
ACCESS(APPLICATION_ACT,  "application.act",  APPLICANT | OWNER | SECRETARIAT | CITY | EXPERT | DESK | CONTRACTOR, 0, "do what the programme's file lets one's role do")
ACCESS(APPLICATION_NOTE, "application.note", SECRETARIAT | EXPERT, 0, "write into the contact log")
ACCESS(APPLICATION_IDENTIFY, "application.identify", SECRETARIAT, 0, "say which company an applicant is")
ACCESS(MAIL_READ,        "mail.read",        SECRETARIAT | ADMINISTRATOR, 0, "see the outbox")
ACCESS(MAIL_AGAIN,       "mail.again",       SECRETARIAT | ADMINISTRATOR, 0, "send a mail again")
ACCESS(INVITATION_USE,   "invitation.use",   PUBLIC, 0, "make an account with a mailed link")
ACCESS(HOME_READ,        "home.read",        APPLICANT | OWNER, 0, "see one's own company at a glance")
ACCESS(USERS_LIMIT,      "users.limit",      SECRETARIAT, 0, "let a company have more users, with a reason")
ACCESS(CONSENT_GIVE,     "consent.give",     OWNER, SESSION_ONLY, "consent for one's company")
ACCESS(CONSENT_READ,     "consent.read",     OWNER | SECRETARIAT, 0, "see consents")
ACCESS(SUPPORT_READ,     "support.read",     APPLICANT | OWNER | SECRETARIAT | CITY | EXPERT, 0, "see questionnaires, visits and documents of an application")
ACCESS(SUPPORT_WRITE,    "support.write",    SECRETARIAT | EXPERT, 0, "book visits, fill sheets, keep documents")
ACCESS(SUPPORT_LEAD,     "support.lead",     SECRETARIAT, 0, "send questionnaires, pick hearings, record to whom data goes")
ACCESS(FIGURES_READ,     "figures.read",     SECRETARIAT | CITY | ADMINISTRATOR, 0, "see figures and results of a programme")
ACCESS(REPORT_READ,      "report.read",      OWNER | SECRETARIAT | ANALYST | DESK, 0, "see monthly reports")
ACCESS(REPORT_MAKE,      "report.make",      SECRETARIAT | ANALYST, 0, "make monthly reports")
/* The installation */
ACCESS(RULE_READ,        "rule.read",        ANALYST | DESK | ADMINISTRATOR, 0, "see rules and those that were not loaded")
ACCESS(AUDIT_READ,       "audit.read",       OWNER | ANALYST | ADMINISTRATOR, 0, "see the audit trail")
ACCESS(AUDIT_VERIFY,     "audit.verify",     ANALYST | ADMINISTRATOR, 0, "verify the audit trail's chain")
ACCESS(STATUS_READ,      "status.read",      ANALYST | ADMINISTRATOR, 0, "see figures of the centre")
/* clang-format on */
