#include "detect/modifier.h"

/* Which kinds of values a modifier goes with. */
enum {
	WITH_TEXT = 1 << VALUE_TEXT,
	WITH_REGEX = 1 << VALUE_REGEX,
	WITH_NETWORK = 1 << VALUE_NETWORK,
	WITH_NUMBER = 1 << VALUE_NUMBER,
	WITH_FIELD = 1 << VALUE_FIELD,
	WITH_EXISTS = 1 << VALUE_EXISTS,
	WITH_LIST = WITH_TEXT | WITH_REGEX | WITH_NETWORK | WITH_NUMBER | WITH_FIELD,
	WITH_SHAPE = WITH_TEXT | WITH_REGEX | WITH_FIELD,
};

static const struct row {
	const char *name;
	enum modifier modifier;
	unsigned with;
	bool keyword;	       /* may stand without a field */
	enum value_kind makes; /* where it decides what the value is */
	int detail;	       /* enum compare, enum time_part, enum regex_flags */
} row[] = {
	{ "contains", MODIFIER_CONTAINS, WITH_SHAPE, true, VALUE_TEXT, 0 },
	{ "startswith", MODIFIER_STARTSWITH, WITH_SHAPE, true, VALUE_TEXT, 0 },
	{ "endswith", MODIFIER_ENDSWITH, WITH_SHAPE, true, VALUE_TEXT, 0 },
	{ "windash", MODIFIER_WINDASH, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "base64", MODIFIER_BASE64, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "base64offset", MODIFIER_BASE64OFFSET, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "wide", MODIFIER_UTF16LE, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "utf16le", MODIFIER_UTF16LE, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "utf16be", MODIFIER_UTF16BE, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "utf16", MODIFIER_UTF16, WITH_TEXT, true, VALUE_TEXT, 0 },
	{ "expand", MODIFIER_EXPAND, WITH_TEXT | WITH_REGEX, true, VALUE_TEXT, 0 },
	{ "all", MODIFIER_ALL, WITH_LIST, true, VALUE_TEXT, 0 },
	{ "cased", MODIFIER_CASED, WITH_SHAPE, true, VALUE_TEXT, 0 },
	{ "neq", MODIFIER_NEQ, WITH_LIST, true, VALUE_TEXT, 0 },
	{ "re", MODIFIER_RE, WITH_REGEX, true, VALUE_REGEX, 0 },
	{ "i", MODIFIER_RE_CASELESS, WITH_REGEX, true, VALUE_TEXT, REGEX_CASELESS },
	{ "ignorecase", MODIFIER_RE_CASELESS, WITH_REGEX, true, VALUE_TEXT, REGEX_CASELESS },
	{ "m", MODIFIER_RE_MULTILINE, WITH_REGEX, true, VALUE_TEXT, REGEX_MULTILINE },
	{ "multiline", MODIFIER_RE_MULTILINE, WITH_REGEX, true, VALUE_TEXT, REGEX_MULTILINE },
	{ "s", MODIFIER_RE_DOTALL, WITH_REGEX, true, VALUE_TEXT, REGEX_DOTALL },
	{ "dotall", MODIFIER_RE_DOTALL, WITH_REGEX, true, VALUE_TEXT, REGEX_DOTALL },
	{ "cidr", MODIFIER_CIDR, WITH_NETWORK, false, VALUE_NETWORK, 0 },
	{ "fieldref", MODIFIER_FIELDREF, WITH_FIELD, false, VALUE_FIELD, 0 },
	{ "exists", MODIFIER_EXISTS, WITH_EXISTS, false, VALUE_EXISTS, 0 },
	{ "lt", MODIFIER_COMPARE, WITH_NUMBER, false, VALUE_NUMBER, COMPARE_LT },
	{ "lte", MODIFIER_COMPARE, WITH_NUMBER, false, VALUE_NUMBER, COMPARE_LTE },
	{ "gt", MODIFIER_COMPARE, WITH_NUMBER, false, VALUE_NUMBER, COMPARE_GT },
	{ "gte", MODIFIER_COMPARE, WITH_NUMBER, false, VALUE_NUMBER, COMPARE_GTE },
	{ "minute", MODIFIER_PART, WITH_NUMBER, false, VALUE_NUMBER, PART_MINUTE },
	{ "hour", MODIFIER_PART, WITH_NUMBER, false, VALUE_NUMBER, PART_HOUR },
	{ "day", MODIFIER_PART, WITH_NUMBER, false, VALUE_NUMBER, PART_DAY },
	{ "week", MODIFIER_PART, WITH_NUMBER, false, VALUE_NUMBER, PART_WEEK },
	{ "month", MODIFIER_PART, WITH_NUMBER, false, VALUE_NUMBER, PART_MONTH },
	{ "year", MODIFIER_PART, WITH_NUMBER, false, VALUE_NUMBER, PART_YEAR },
};

static const struct row *find_row(struct sv name)
{
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (sv_eq(name, sv_from(row[i].name)))
			return &row[i];
	return NULL;
}

/* The rules of order and number that rows cannot say. */
static int check_place(const struct chain *chain, const struct row *modifier, struct err *err)
{
	const char *const name = modifier->name;

	switch (modifier->modifier) {
	case MODIFIER_RE:
		for (size_t i = 0; i < chain->step_count; i++)
			if (chain->step[i] != MODIFIER_EXPAND)
				return err_set(err, ERR_FORMAT,
					       "re must stand before other modifiers");
		return 0;
	case MODIFIER_RE_CASELESS:
	case MODIFIER_RE_MULTILINE:
	case MODIFIER_RE_DOTALL:
		if (chain->kind != VALUE_REGEX)
			return err_set(err, ERR_FORMAT, "%s must stand behind re", name);
		return 0;
	case MODIFIER_COMPARE:
		if (chain->compare != COMPARE_EQ)
			return err_set(err, ERR_FORMAT, "%s is a second comparison", name);
		return 0;
	case MODIFIER_PART:
		if (chain->part != PART_NONE)
			return err_set(err, ERR_FORMAT, "%s is a second part of the time", name);
		if (chain->compare != COMPARE_EQ)
			return err_set(err, ERR_FORMAT, "%s must stand before the comparison",
				       name);
		return 0;
	default: return 0;
	}
}

static void apply(struct chain *chain, const struct row *modifier)
{
	if (modifier->makes != VALUE_TEXT)
		chain->kind = modifier->makes;
	switch (modifier->modifier) {
	case MODIFIER_ALL: chain->all = true; return;
	case MODIFIER_CASED: chain->cased = true; return;
	case MODIFIER_NEQ: chain->neq = true; return;
	case MODIFIER_COMPARE: chain->compare = (enum compare)modifier->detail; return;
	case MODIFIER_PART: chain->part = (enum time_part)modifier->detail; return;
	case MODIFIER_RE_CASELESS:
	case MODIFIER_RE_MULTILINE:
	case MODIFIER_RE_DOTALL: chain->regex_flags |= (unsigned)modifier->detail; return;
	case MODIFIER_EXPAND: chain->expand = true; break;
	case MODIFIER_RE:
	case MODIFIER_CIDR:
	case MODIFIER_FIELDREF:
	case MODIFIER_EXISTS: return;
	default: break;
	}
	chain->step[chain->step_count++] = modifier->modifier;
}

/* Every modifier must go with what the whole chain makes of the value. */
static int check_together(const struct chain *chain, struct sv text, size_t *ret_at,
			  struct err *err)
{
	struct sv rest = text;

	while (rest.n > 0) {
		const size_t at = (size_t)(rest.p - text.p);
		const struct row *modifier = find_row(sv_cut(&rest, '|'));
		static const char *const kind[] = { "text",    "re",	   "cidr",
						    "numbers", "fieldref", "exists" };

		if (modifier->with & 1U << chain->kind)
			continue;
		*ret_at = at;
		return err_set(err, ERR_FORMAT, "%s does not go with %s", modifier->name,
			       kind[chain->kind]);
	}
	return 0;
}

int chain_parse(struct sv text, bool keyword, struct chain *ret, size_t *ret_at, struct err *err)
{
	struct chain chain = { .kind = VALUE_TEXT };
	struct sv rest = text;
	size_t count = 0;

	/* "a|" has an empty modifier behind the bar: sv_cut alone would not show it. */
	for (bool more = text.n > 0; more;) {
		const size_t at = (size_t)(rest.p - text.p);
		const bool bar = sv_find_char(rest, '|', 0) != SIZE_MAX;
		const struct sv name = sv_cut(&rest, '|');
		const struct row *modifier = find_row(name);

		*ret_at = at;
		if (!modifier) {
			err_set(err, ERR_FORMAT, "the modifier '%.*s' is not known",
				SV_ARG(sv_slice(name, 0, 60)));
			return err_hint(err, "modifiers are written in lower case, between bars");
		}
		if (++count > CHAIN_STEPS_MAX)
			return err_set(err, ERR_TOO_LARGE, "over %d modifiers", CHAIN_STEPS_MAX);
		if (keyword && !modifier->keyword)
			return err_set(err, ERR_FORMAT, "%s needs a field", modifier->name);
		if (modifier->makes != VALUE_TEXT && chain.kind != VALUE_TEXT &&
		    chain.kind != modifier->makes)
			return err_set(err, ERR_FORMAT, "%s contradicts an earlier modifier",
				       modifier->name);
		if (check_place(&chain, modifier, err) < 0)
			return -1;
		apply(&chain, modifier);
		more = bar;
		if (more && rest.n == 0)
			rest = sv_slice(text, text.n, text.n);
	}
	if (check_together(&chain, text, ret_at, err) < 0)
		return -1;
	*ret = chain;
	return 0;
}
