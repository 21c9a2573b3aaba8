#include "incident/internal.h"

/* New words of one incident at a time. */
#define ADDED_WORDS_MAX 200

static bool is_letter(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_beyond(char c)
{
	return (unsigned char)c >= 0x80;
}

static size_t character_end(struct sv text, size_t at)
{
	do
		at++;
	while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80);
	return at;
}

static int give_run(struct sv run, int (*word)(void *context, struct sv word), void *context)
{
	char folded[INCIDENT_WORD_MAX];

	run = sv_slice(run, 0, INCIDENT_WORD_MAX);
	for (size_t i = 0; i < run.n; i++)
		folded[i] = (char)(run.p[i] >= 'A' && run.p[i] <= 'Z' ? run.p[i] | 0x20 : run.p[i]);
	return word(context, (struct sv){ folded, run.n });
}

/* Pairs of neighbours, and the last one alone, so that each character begins a word. */
static int give_pairs(struct sv run, int (*word)(void *context, struct sv word), void *context)
{
	size_t at = 0, second = character_end(run, 0);

	while (second < run.n) {
		const size_t end = character_end(run, second);
		const int failed = word(context, sv_slice(run, at, end));

		if (failed != 0)
			return failed;
		at = second;
		second = end;
	}
	return word(context, sv_slice(run, at, run.n));
}

int incident_each_word(struct sv text, int (*word)(void *context, struct sv word), void *context)
{
	size_t at = 0;

	while (at < text.n) {
		const size_t start = at;
		int failed = 0;

		if (is_letter(text.p[at])) {
			while (at < text.n && is_letter(text.p[at]))
				at++;
			failed = give_run(sv_slice(text, start, at), word, context);
		} else if (is_beyond(text.p[at])) {
			while (at < text.n && is_beyond(text.p[at]))
				at++;
			failed = give_pairs(sv_slice(text, start, at), word, context);
		} else {
			at++;
		}
		if (failed != 0)
			return failed;
	}
	return 0;
}

static int take_word(void *context, struct sv word)
{
	struct incident_words *words = context;
	char *to = words->text + words->count * INCIDENT_WORD_MAX;

	if (words->count == INCIDENT_WORDS_MAX || word.n > INCIDENT_WORD_MAX)
		return 0;
	memcpy(to, word.p, word.n);
	words->word[words->count++] = (struct sv){ to, word.n };
	return 0;
}

void incident_words_of(struct sv text, struct incident_words *ret)
{
	ret->count = 0;
	incident_each_word(text, take_word, ret);
}

struct adding {
	struct store *store;
	int64_t incident;
	size_t count;
	struct err *err;
};

static int add_word(void *context, struct sv word)
{
	struct adding *adding = context;

	if (adding->count++ >= ADDED_WORDS_MAX)
		return 0;
	return store_change(adding->store, adding->err,
			    "INSERT INTO incident_word (word, incident) VALUES ($1, $2)"
			    " ON CONFLICT DO NOTHING",
			    STORE_TEXT(word), STORE_INT(adding->incident));
}

int incident_add_words(struct store *store, int64_t incident, struct sv text, struct err *err)
{
	struct adding adding = { store, incident, 0, err };

	return incident_each_word(text, add_word, &adding);
}
