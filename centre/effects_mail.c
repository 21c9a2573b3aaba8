/* Mails of a programme's file: what stands for its names. */
#include "centre/effects_internal.h"
#include "centre/files.h"
#include "centre/invitation.h"
#include "centre/live.h"
#include "mail/mail.h"

#define VALUES_MAX 16
#define LINK_MARK "\x02" "LINK" "\x03" /* no text of a file holds control characters */

struct values {
	struct answer item[VALUES_MAX + PROGRAMME_ANSWERS_MAX];
	size_t count;
};

static void put(struct values *values, struct sv name, struct sv value)
{
	values->item[values->count++] = (struct answer){ name, value.p ? value : SV("") };
}

static struct sv day_text(struct arena *arena, struct day day)
{
	char text[DAY_TEXT_MAX];

	return arena_dup(arena, sv_from(day_format(day, DAY_ERA, text)));
}

static struct sv replace(struct sv text, struct sv mark, struct sv by, struct arena *arena)
{
	struct buf buf;
	struct sv made;
	size_t at = 0, found;

	buf_init(&buf, MAIL_BODY_MAX);
	while ((found = sv_find(text, mark, at)) != SIZE_MAX) {
		buf_put_sv(&buf, sv_slice(text, at, found));
		buf_put_sv(&buf, by);
		at = found + mark.n;
	}
	buf_put_sv(&buf, sv_slice(text, at, text.n));
	made = buf.full ? SV_NONE : arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return made;
}

/* A personal link is made only for a text that shows it: of each, only the digest is kept. */
static int put_link(struct effects *effects, const struct application *application,
		    struct sv *body, struct err *err)
{
	struct sv secret, link;

	if (sv_find(*body, SV(LINK_MARK), 0) == SIZE_MAX)
		return 0;
	if (application_renew_link(effects->worker->records, application->id, effects->arena,
				   &secret, err) != 0)
		return -1;
	link = arena_printf(effects->arena, "%s/p/a/%.*s", effects->worker->centre->people_url,
			    SV_ARG(secret));
	*body = replace(*body, SV(LINK_MARK), link, effects->arena);
	if (!body->p)
		return err_set(err, ERR_TOO_LARGE, "the mail is longer than %d bytes",
			       MAIL_BODY_MAX);
	return 0;
}

static void put_report(struct values *values, const struct job *job,
		       const struct effects_words *words, struct arena *arena)
{
	put(values, SV("from"), day_text(arena, job->from));
	put(values, SV("to"), day_text(arena, job->to));
	if (job->number == 0) /* an extra one is none of the row */
		return;
	put(values, SV("month"), arena_printf(arena, "%u", job->number));
	put(values, SV("of"), arena_printf(arena, "%u", words->of));
	put(values, SV("turn"),
	    arena_printf(arena, "（全%u回のうち%u回目）", words->of, job->number));
}

/* What only the centre knows stands in front of what programme and application give. */
static int fill(struct effects *effects, const struct catalogue_entry *entry,
		const struct application *application, const struct job *job,
		const struct effects_words *words, struct values *values, struct err *err)
{
	const char *portal = effects->worker->centre->people_url;
	struct arena *arena = effects->arena;
	struct answers known;

	put(values, SV("number"), application->number);
	put(values, SV("portal"), sv_from(portal));
	put(values, SV("url"),
	    arena_printf(arena, "%s/my/reports%s%.*s", portal, words->report.n > 0 ? "/" : "",
			 SV_ARG(words->report)));
	if (words->invitation.n > 0) {
		const struct sv link = invitation_link(arena, portal, words->invitation);
		const struct instant end = {
			effects->now.us + INVITATION_DAYS * INT64_C(86400) * INSTANT_SECOND
		};

		put(values, SV("invitation"), link);
		put(values, SV("link"), link);
		put(values, SV("expires"), day_text(arena, tokyo_of(end).day));
	} else {
		put(values, SV("link"), SV(LINK_MARK));
	}
	put(values, SV("questionnaire"), words->questionnaire);
	put(values, SV("link_questions"), words->questions);
	if (words->report.n > 0)
		put_report(values, job, words, arena);
	if (programme_mail_values(entry->programme, &application->is, false, arena, &known, err) !=
	    0)
		return -1;
	for (size_t i = 0; i < known.count; i++) {
		if (values->count == sizeof values->item / sizeof *values->item)
			return err_set(err, ERR_RANGE, "too many values for a mail");
		values->item[values->count++] = known.item[i];
	}
	return 0;
}

/* A mail about a step that brought files lists them, whatever its text says. */
static int tell_files(struct effects *effects, const struct application *application,
		      const struct job *job, struct sv *body, struct err *err)
{
	struct sv told;

	if (files_told(effects->worker->records, application->id, job->made, effects->arena, &told,
		       err) != 0)
		return -1;
	if (told.n > 0)
		*body = arena_printf(effects->arena, "%.*s%.*s", SV_ARG(*body), SV_ARG(told));
	return 0;
}

int effects_mail(struct effects *effects, const struct application *application,
		 const struct job *job, struct sv template_id,
		 const struct effects_words *words, struct err *err)
{
	const struct catalogue_entry *entry =
		catalogue_of(effects->catalogue, application);
	struct values *values = arena_zalloc(effects->arena, 1, sizeof *values);
	struct mail_wish wish = {
		.to = application->mail, .to_name = application->contact,
		.template_id = template_id, .programme = application->programme,
		.company = application->company, .application = application->id,
		.now = effects->programme_now, .real_now = effects->now,
	};
	char id[UUID_TEXT_MAX];

	if (!entry || !values)
		return err_set(err, ERR_NOT_FOUND, "the programme is not published");
	if (fill(effects, entry, application, job, words, values, err) != 0 ||
	    programme_mail(entry->programme, template_id,
			   &(struct answers){ values->item, values->count }, false, effects->arena,
			   &wish.subject, &wish.body, err) != 0 ||
	    put_link(effects, application, &wish.body, err) != 0 ||
	    tell_files(effects, application, job, &wish.body, err) != 0 ||
	    mail_queue(effects->worker->records, &wish, id, err) != 0)
		return err_wrap(err, "the mail %.*s", SV_ARG(template_id));
	if (effects->aftermath)
		aftermath_changed(effects->aftermath, LIVE_MAIL, application->company,
			  arena_dup(effects->arena, sv_from(id)), true);
	return 0;
}
