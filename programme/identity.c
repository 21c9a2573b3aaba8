/* Whether two applicants are one company, across editions and years (R-026, T-48). */
#include "programme/records.h"

#define UNREAD_AT_ONCE 50     /* companies of before, whose traits are read with one receipt */
#define SHARED_DOMAIN_COUNT 2 /* a domain of more companies is a provider's, and tells nothing */

static const char *const trait_word[TRAIT_COUNT] = {
	[TRAIT_NAME] = "name",
	[TRAIT_KANA] = "kana",
	[TRAIT_DOMAIN] = "domain",
	[TRAIT_TELEPHONE] = "telephone",
};

const char *trait_name(enum trait trait)
{
	return trait < TRAIT_COUNT ? trait_word[trait] : NULL;
}

/* ---- the traits ---- */

/* Mail for everybody: its domain says nothing of a company. */
static bool is_provider(struct sv domain)
{
	static const char *const provider[] = {
		"gmail.com",	 "googlemail.com", "yahoo.co.jp",   "yahoo.ne.jp",   "ymail.ne.jp",
		"outlook.com",	 "outlook.jp",	   "hotmail.com",   "hotmail.co.jp", "live.jp",
		"icloud.com",	 "me.com",	   "docomo.ne.jp",  "ezweb.ne.jp",   "au.com",
		"softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "rakuten.jp",    "excite.co.jp",
		"nifty.com",	 "infoseek.jp",	   "proton.me",
	};

	for (size_t i = 0; i < sizeof provider / sizeof *provider; i++) {
		if (sv_eq(domain, sv_from(provider[i])))
			return true;
	}
	return false;
}

/* A mail address is kept with its domain in lower case. */
static struct sv domain_of(struct sv mail)
{
	struct sv domain = mail;

	sv_cut(&domain, '@');
	return is_provider(domain) ? SV("") : domain;
}

static struct sv digits_of(struct sv text, struct arena *arena)
{
	char *digit = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; digit && i < text.n; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9')
			digit[n++] = text.p[i];
	}
	return digit ? (struct sv){ digit, n } : SV("");
}

struct traits company_traits(struct sv name, struct sv kana, struct sv mail, struct sv telephone,
			     struct arena *arena)
{
	return (struct traits){ .value = {
					[TRAIT_NAME] = fold_search(name, arena),
					[TRAIT_KANA] = fold_search(kana, arena),
					[TRAIT_DOMAIN] = domain_of(mail),
					[TRAIT_TELEPHONE] = digits_of(telephone, arena),
				} };
}

int traits_keep(struct store *store, struct sv company, const struct traits *traits,
		struct err *err)
{
	for (int i = 0; i < TRAIT_COUNT; i++) {
		if (traits->value[i].n > 0 &&
		    store_change(store, err,
				 "INSERT OR IGNORE INTO company_trait (kind, value, company)"
				 " VALUES ($1, $2, $3)",
				 STORE_INT(i), STORE_TEXT(traits->value[i]),
				 STORE_TEXT(company)) < 0)
			return -1;
	}
	return store_change(store, err, "UPDATE company SET has_traits = 1 WHERE id = $1",
			    STORE_TEXT(company));
}

/* Companies that were there before traits were kept, or that were made by hand. */
static int read_old(struct store *store, struct arena *arena, struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT id, name, name_kana FROM company WHERE has_traits = 0 LIMIT $1",
			  STORE_INT(UNREAD_AT_ONCE));
	struct sv company[UNREAD_AT_ONCE];
	struct traits traits[UNREAD_AT_ONCE];
	size_t count = 0;
	int status = query ? 1 : -1;

	while (status > 0 && count < UNREAD_AT_ONCE) {
		status = store_step(query, err);
		if (status <= 0)
			break;
		company[count] = records_text(query, 0, arena);
		traits[count++] = company_traits(store_text(query, 1), store_text(query, 2), SV(""),
						 SV(""), arena);
	}
	store_done(query);
	for (size_t i = 0; status >= 0 && i < count; i++)
		status = traits_keep(store, company[i], &traits[i], err);
	return status < 0 ? -1 : 0;
}

/* ---- who is alike ---- */

struct search {
	struct store *store;
	struct arena *arena;
	struct sv company;
	struct alike *item;
	size_t count;
};

static void found(struct search *search, struct sv company, struct sv name, enum trait trait)
{
	size_t i = 0;

	while (i < search->count && !sv_eq(search->item[i].company, company))
		i++;
	if (i == ALIKE_MAX)
		return;
	if (i == search->count) {
		search->item[search->count++] =
			(struct alike){ .company = arena_dup(search->arena, company),
					.name = arena_dup(search->arena, name) };
	}
	search->item[i].by |= 1U << trait;
}

static int search_trait(struct search *search, enum trait trait, struct sv value, struct err *err)
{
	struct store_query *query =
		store_ask(search->store, err,
			  "SELECT c.id, c.name FROM company_trait t JOIN company c ON c.id = t.company"
			  " WHERE t.kind = $1 AND t.value = $2 AND t.company <> $3 AND ($1 <> $4 OR"
			  " (SELECT COUNT(*) FROM (SELECT 1 FROM company_trait WHERE kind = $1"
			  " AND value = $2 LIMIT $5 + 1)) <= $5) ORDER BY t.company LIMIT $6",
			  STORE_INT(trait), STORE_TEXT(value), STORE_TEXT(search->company),
			  STORE_INT(TRAIT_DOMAIN), STORE_INT(SHARED_DOMAIN_COUNT),
			  STORE_INT(ALIKE_MAX));
	int status = query ? 1 : -1;

	while (status > 0) {
		status = store_step(query, err);
		if (status > 0)
			found(search, store_text(query, 0), store_text(query, 1), trait);
	}
	store_done(query);
	return status;
}

int traits_alike(struct store *store, const struct traits *traits, struct sv company,
		 struct arena *arena, const struct alike **ret, size_t *ret_count, struct err *err)
{
	struct search search = { .store = store,
				 .arena = arena,
				 .company = company.n > 0 ? company : SV(""),
				 .item = arena_alloc(arena, ALIKE_MAX * sizeof *search.item) };

	if (!search.item)
		return err_set(err, ERR_RANGE, "no memory for companies that are alike");
	if (read_old(store, arena, err) < 0)
		return -1;
	for (int i = 0; i < TRAIT_COUNT; i++) {
		if (traits->value[i].n > 0 &&
		    search_trait(&search, (enum trait)i, traits->value[i], err) < 0)
			return -1;
	}
	*ret = search.item;
	*ret_count = search.count;
	return 0;
}
