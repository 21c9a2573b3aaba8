/* What may become of a document, and when two stars are complete. Pure. */
#include "support/internal.h"

const char *document_state_name(enum document_state state)
{
	static const char *const name[] = {
		[DOCUMENT_DRAFT] = "draft",
		[DOCUMENT_REVIEWED] = "reviewed",
		[DOCUMENT_PUBLISHED] = "published",
	};

	return state < DOCUMENT_STATE_COUNT ? name[state] : NULL;
}

bool document_act_parse(struct sv text, enum document_act *ret)
{
	static const char *const name[] = {
		[DOCUMENT_REVIEW] = "review",
		[DOCUMENT_RETURN] = "return",
		[DOCUMENT_PUBLISH] = "publish",
		[DOCUMENT_WITHDRAW] = "withdraw",
	};
	const int at = word_index(text, name, DOCUMENT_ACT_COUNT);

	if (at >= 0)
		*ret = (enum document_act)at;
	return at >= 0;
}

const char *document_problem_name(enum document_problem problem)
{
	static const char *const name[] = {
		[DOCUMENT_GOOD] = "document_good",
		[DOCUMENT_WRONG_STATE] = "document_state",
		[DOCUMENT_OWN] = "document_own",
		[DOCUMENT_NOT_PUBLIC] = "document_not_public",
		[DOCUMENT_BAD_URL] = "document_url",
	};
	static_assert(sizeof name / sizeof *name == DOCUMENT_PROBLEM_COUNT, "every problem");

	return problem < DOCUMENT_PROBLEM_COUNT ? name[problem] : NULL;
}

const struct programme_document *document_find(const struct programme *programme, struct sv id)
{
	const struct programme_facts *facts = programme_facts(programme);

	for (size_t i = 0; i < facts->document_count; i++)
		if (sv_eq(facts->document[i].id, id))
			return &facts->document[i];
	return NULL;
}

bool document_url_is_good(struct sv url)
{
	const size_t scheme = sv_starts(url, SV("https://")) ? 8 : 7;
	struct sv rest = sv_slice(url, scheme, url.n);

	if (url.n > SUPPORT_URL_MAX || (scheme == 7 && !sv_starts(url, SV("http://"))))
		return false;
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f || url.p[i] == '"' ||
		    url.p[i] == '<' || url.p[i] == '>' || url.p[i] == '\\')
			return false;
	rest = sv_cut(&rest, '/');
	return sv_find_char(rest, '.', 1) != SIZE_MAX && sv_find_char(rest, '@', 0) == SIZE_MAX;
}

enum document_problem document_check(const struct programme_document *kind,
				     const struct document *document, enum document_act act,
				     struct sv person, struct sv url)
{
	/* In which state each act is possible. */
	static const enum document_state from[DOCUMENT_ACT_COUNT] = {
		[DOCUMENT_REVIEW] = DOCUMENT_DRAFT,
		[DOCUMENT_RETURN] = DOCUMENT_REVIEWED,
		[DOCUMENT_PUBLISH] = DOCUMENT_REVIEWED,
		[DOCUMENT_WITHDRAW] = DOCUMENT_PUBLISHED,
	};

	if (document->state != from[act])
		return DOCUMENT_WRONG_STATE;
	if (act == DOCUMENT_REVIEW && person.n > 0 && sv_eq(person, document->by.id))
		return DOCUMENT_OWN;
	if (act == DOCUMENT_PUBLISH && !kind->can_be_published)
		return DOCUMENT_NOT_PUBLIC;
	if (act == DOCUMENT_PUBLISH && !document_url_is_good(url))
		return DOCUMENT_BAD_URL;
	return DOCUMENT_GOOD;
}

struct two_star two_star_of(const struct programme *programme, const struct document *document,
			    size_t count, const struct declaration *declaration)
{
	struct two_star two_star = { .declared = declaration->given, .day = declaration->day };

	for (size_t i = 0; i < count; i++) {
		const struct programme_document *kind = document_find(programme, document[i].kind);

		if (!kind || !kind->can_be_published || document[i].state == DOCUMENT_DRAFT)
			continue;
		two_star.policy = true;
		if (document[i].state == DOCUMENT_PUBLISHED && !two_star.published) {
			two_star.published = true;
			two_star.url = document[i].url;
		}
	}
	return two_star;
}

bool two_star_is_complete(const struct two_star *two_star)
{
	return two_star->policy && two_star->published && two_star->declared;
}
