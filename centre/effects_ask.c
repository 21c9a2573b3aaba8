#include "centre/effects_ask.h"

#include "centre/effects_internal.h"
#include "centre/site.h"
#include "mail/mail.h"

/* Where the file has no template for it. */
static int mail_plainly(struct effects *effects, const struct catalogue_entry *entry,
			const struct application *application,
			const struct programme_questionnaire *questionnaire, struct sv link,
			struct err *err)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct arena *arena = effects->arena;
	struct mail_wish wish = {
		.to = application->mail, .to_name = application->contact,
		.template_id = questionnaire->id, .programme = application->programme,
		.company = application->company, .application = application->id,
		.now = effects->programme_now, .real_now = effects->now,
	};
	char id[UUID_TEXT_MAX];

	wish.subject = arena_printf(arena, "【%.*s】%.*sのお願い", SV_ARG(facts->short_name.ja),
				    SV_ARG(questionnaire->name.ja));
	wish.body = arena_printf(
		arena,
		"%.*s\n%.*s 様\n\n「%.*s」へのご回答をお願いします。\n%.*s\n\n"
		"次のページからお答えください（このアドレスは他の方に知らせないでください）。\n"
		"%.*s\n\n%.*s\n",
		SV_ARG(application->company_name), SV_ARG(application->contact),
		SV_ARG(questionnaire->name.ja), SV_ARG(questionnaire->intro.ja), SV_ARG(link),
		SV_ARG(facts->office.name.ja));
	if (!wish.subject.p || !wish.body.p)
		return err_set(err, ERR_RANGE, "no memory for a mail");
	return mail_queue(effects->worker->records, &wish, id, err);
}

int effects_ask(struct effects *effects, const struct catalogue_entry *entry,
		const struct application *application,
		const struct programme_questionnaire *questionnaire, struct sv template_id,
		struct err *err)
{
	const struct job job = { .number = 0 };
	struct effects_words words = { .of = 0 };
	struct asked asked;
	struct sv secret;

	if (asked_put(effects->worker->records, application, questionnaire, effects->programme_now,
		      effects->arena, &asked, &secret, err) != 0)
		return -1;
	words.questionnaire = questionnaire->name.ja;
	words.questions = arena_printf(effects->arena, "%s" SITE_PREFIX "/q/%.*s",
				       effects->worker->centre->people_url, SV_ARG(secret));
	if (template_id.n == 0)
		template_id = questionnaire->mail;
	return template_id.n > 0 ? effects_mail(effects, application, &job, template_id, &words, err)
				 : mail_plainly(effects, entry, application, questionnaire,
						words.questions, err);
}
