#include "centre/correlate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define ARENA_MAX (64U << 20)
#define MATCHES_LOGGED_MAX 256 /* rules of one event */
#define HITS_BYTES_MAX (64U << 20)

struct known_hit {
	char name[CORRELATION_NAME_MAX];
};

struct hashed_rule {
	uint64_t hash; /* of its id */
	uint32_t rule;
};

struct correlate {
	const struct log *log;
	struct ruleset *ruleset;
	struct correlator *correlator; /* NULL: no state, or no correlations */
	struct event_decoder *decoder; /* of the log */
	struct arena *arena;	       /* of one call */
	struct buf entries, hits;      /* since the last flush */
	struct known_hit *known;       /* while the state is built: sorted */
	size_t known_count;
	struct hashed_rule *rule; /* likewise */
	size_t rule_count;
	int64_t logged; /* bytes of the log, about */
	uint64_t told;	/* what correlations forgot, as far as it was told */
	unsigned flushes;
};

struct correlate *correlate_new(const struct log *log)
{
	struct correlate *correlate = mem_zalloc(sizeof *correlate);

	correlate->log = log;
	correlate->decoder = event_decoder_new();
	correlate->arena = arena_new(ARENA_MAX);
	buf_init(&correlate->entries, CORRELATE_ENTRIES_BYTES_MAX);
	buf_init(&correlate->hits, HITS_BYTES_MAX);
	return correlate;
}

void correlate_forget(struct correlate *correlate)
{
	correlator_free(correlate->correlator);
	correlate->correlator = NULL;
	buf_clear(&correlate->entries);
	buf_clear(&correlate->hits);
}

void correlate_free(struct correlate *correlate)
{
	if (!correlate)
		return;
	correlate_forget(correlate);
	buf_done(&correlate->entries);
	buf_done(&correlate->hits);
	event_decoder_free(correlate->decoder);
	arena_free(correlate->arena);
	ruleset_unref(correlate->ruleset);
	free(correlate);
}

void correlate_use(struct correlate *correlate, struct ruleset *ruleset)
{
	correlate_forget(correlate);
	ruleset_unref(correlate->ruleset);
	correlate->ruleset = ruleset_ref(ruleset);
}

/* ---- which event: its UUID in two words ---- */

static struct correlation_reference reference_of(const struct event *event)
{
	struct correlation_reference reference = { { 0, 0 } };
	struct uuid id;

	if (uuid_parse(event->envelope.id, &id))
		memcpy(reference.word, id.byte, sizeof reference.word);
	return reference;
}

void correlate_event_id(const struct correlation_hit *hit, char text[static UUID_TEXT_MAX])
{
	struct uuid id = { { 0 } };

	if (hit->part_count > 0)
		memcpy(id.byte, hit->part[hit->part_count - 1].reference.word, sizeof id.byte);
	uuid_format(id, text);
}

/* ---- the log ---- */

/*
 * A line for each event: the ids of its rules, hashed, a tab, then the event with
 * the fields that correlations ask for.
 */
static void log_event(struct correlate *correlate, const struct event *event, const uint32_t *match,
		      size_t count)
{
	struct event part = *event;
	struct event_field *field;
	const struct sv *name;
	const size_t names = ruleset_correlated_fields(correlate->ruleset, match, count,
						       correlate->arena, &name);
	const size_t before = correlate->entries.n;
	size_t n = 0;

	field = arena_alloc(correlate->arena, (event->count + 1) * sizeof *field);
	for (size_t i = 0; field && i < event->count; i++)
		for (size_t k = 0; k < names; k++)
			if (sv_eq_case(event->field[i].name, name[k])) {
				field[n++] = event->field[i];
				break;
			}
	part.field = field;
	part.count = n;
	for (size_t i = 0; i < count; i++)
		buf_printf(&correlate->entries, "%016" PRIx64,
			   sv_hash(ruleset_rule(correlate->ruleset, match[i])->id));
	buf_put_char(&correlate->entries, '\t');
	if (!field || correlate->entries.full ||
	    event_encode(&part, &correlate->entries, NULL) != 0) {
		correlate->entries.n = before;
		correlate->entries.full = false;
	}
}

static void log_hits(struct correlate *correlate, const struct correlation_hit *hit, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char name[CORRELATION_NAME_MAX];

		correlation_hit_name(correlate->ruleset, &hit[i], correlate->arena, name);
		buf_put(&correlate->hits, name, sizeof name - 1);
		buf_put_char(&correlate->hits, '\n');
	}
}

struct correlator_statistics correlate_statistics(const struct correlate *correlate)
{
	const struct correlator_statistics none = { 0 };

	return correlate->correlator ? correlator_statistics(correlate->correlator) : none;
}

static struct instant newest_of(const struct correlate *correlate)
{
	return correlator_statistics(correlate->correlator).newest;
}

/* People shall know that their rules see less than they ask for. */
static void tell_losses(struct correlate *correlate)
{
	const struct correlator_statistics s = correlator_statistics(correlate->correlator);
	const uint64_t lost = s.evicted_entries + s.late + s.late_unscanned;

	if (lost > correlate->told)
		log_line(correlate->log, LOG_WARNING, "correlations could not count all events",
			 LOG_INT("forgotten_keys", s.evicted_keys),
			 LOG_INT("forgotten_events", s.evicted_entries), LOG_INT("late", s.late),
			 LOG_INT("bytes", s.bytes));
	correlate->told = lost;
}

/* What no state depends on any more goes. */
static int prune(struct correlate *correlate, struct store *records, struct err *err)
{
	const int64_t reach =
		ruleset_correlation_reach(correlate->ruleset) + CORRELATE_LATE_SECONDS;
	struct store_query *query;
	int r;

	tell_losses(correlate);
	if (store_change(records, err, "DELETE FROM correlation_log WHERE clock < $1",
			 STORE_INT(newest_of(correlate).us - reach * INSTANT_SECOND)) != 0)
		return -1;
	query = store_query(records, "SELECT coalesce(sum(bytes), 0) FROM correlation_log", err);
	r = query ? store_step(query, err) : -1;
	if (r == 1)
		correlate->logged = store_int(query, 0);
	store_done(query);
	return r == 1 ? 0 : -1;
}

static int halve(struct correlate *correlate, struct store *records, struct err *err)
{
	log_line(correlate->log, LOG_WARNING,
		 "the log of correlations is full: after a restart they know less",
		 LOG_INT("bytes", correlate->logged));
	correlate->logged /= 2;
	return store_change(records, err,
			    "DELETE FROM correlation_log WHERE row <= $1 +"
			    " (SELECT (min(row) + max(row)) / 2 FROM correlation_log)",
			    STORE_INT(0));
}

int correlate_flush(struct correlate *correlate, struct store *records, struct err *err)
{
	const size_t bytes = correlate->entries.n + correlate->hits.n;

	if (!correlate->correlator || bytes == 0)
		return 0;
	if (store_change(records, err,
			 "INSERT INTO correlation_log (clock, bytes, hits, entries)"
			 " VALUES ($1, $2, $3, $4)",
			 STORE_INT(newest_of(correlate).us), STORE_INT(bytes),
			 STORE_TEXT(correlate->hits.n > 0 ? buf_sv(&correlate->hits) : SV("")),
			 STORE_TEXT(correlate->entries.n > 0 ? buf_sv(&correlate->entries)
							     : SV(""))) != 0)
		return -1;
	correlate->logged += (int64_t)bytes;
	buf_clear(&correlate->entries);
	buf_clear(&correlate->hits);
	if (correlate->logged > CORRELATE_LOG_BYTES_MAX && halve(correlate, records, err) != 0)
		return -1;
	return ++correlate->flushes % CORRELATE_PRUNE_EVERY == 0 ? prune(correlate, records, err)
								 : 0;
}

/* ---- building the state ---- */

static int by_name(const void *a, const void *b)
{
	return memcmp(a, b, CORRELATION_NAME_MAX - 1);
}

static bool is_known(void *context, const struct correlation_hit *hit)
{
	struct correlate *correlate = context;
	struct known_hit wanted;

	arena_clear(correlate->arena);
	correlation_hit_name(correlate->ruleset, hit, correlate->arena, wanted.name);
	return correlate->known_count > 0 &&
	       bsearch(&wanted, correlate->known, correlate->known_count, sizeof *correlate->known,
		       by_name) != NULL;
}

static int load_known(struct correlate *correlate, struct store *records, struct err *err)
{
	struct store_query *query =
		store_query(records, "SELECT hits FROM correlation_log WHERE hits <> ''", err);
	size_t room = 0;
	int r = query ? 1 : -1;

	while (r == 1 && (r = store_step(query, err)) == 1) {
		struct sv rest = store_text(query, 0);

		while (rest.n > 0) {
			const struct sv name = sv_cut(&rest, '\n');

			if (name.n != CORRELATION_NAME_MAX - 1)
				continue;
			if (correlate->known_count == room) {
				room = room ? 2 * room : 64;
				correlate->known = mem_realloc(correlate->known, room,
							       sizeof *correlate->known);
			}
			memcpy(correlate->known[correlate->known_count].name, name.p, name.n);
			correlate->known[correlate->known_count++].name[name.n] = '\0';
		}
	}
	store_done(query);
	if (correlate->known_count > 0)
		qsort(correlate->known, correlate->known_count, sizeof *correlate->known, by_name);
	return r;
}

static int by_hash(const void *a, const void *b)
{
	const struct hashed_rule *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static void hash_rules(struct correlate *correlate)
{
	const size_t count = ruleset_count(correlate->ruleset);

	correlate->rule = mem_alloc((count + 1) * sizeof *correlate->rule);
	correlate->rule_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct rule *rule = ruleset_rule(correlate->ruleset, i);

		if (rule->correlated && !rule->correlation)
			correlate->rule[correlate->rule_count++] =
				(struct hashed_rule){ sv_hash(rule->id), i };
	}
	qsort(correlate->rule, correlate->rule_count, sizeof *correlate->rule, by_hash);
}

/* The rules of a line that are still there. */
static size_t read_rules(const struct correlate *correlate, struct sv text,
			 uint32_t match[static MATCHES_LOGGED_MAX])
{
	size_t n = 0;

	for (size_t at = 0; at + 16 <= text.n && n < MATCHES_LOGGED_MAX; at += 16) {
		const struct hashed_rule *found;
		struct hashed_rule wanted = { .hash = 0 };
		uint8_t byte[8];

		if (!hex_decode(sv_slice(text, at, at + 16), byte, sizeof byte))
			return n;
		for (size_t i = 0; i < sizeof byte; i++)
			wanted.hash = wanted.hash << 8 | byte[i];
		found = bsearch(&wanted, correlate->rule, correlate->rule_count,
				sizeof *correlate->rule, by_hash);
		if (found)
			match[n++] = found->rule;
	}
	return n;
}

static size_t replay_lines(struct correlate *correlate, struct sv lines)
{
	const struct correlation_hit *hit;
	size_t n = 0;

	while (lines.n > 0) {
		struct sv line = sv_cut(&lines, '\n');
		uint32_t match[MATCHES_LOGGED_MAX];
		const size_t count = read_rules(correlate, sv_cut(&line, '\t'), match);
		struct event event;

		if (count == 0 || event_decode(correlate->decoder, line, &event, NULL) != 0)
			continue;
		n++;
		(void)correlator_event(correlate->correlator, &event, reference_of(&event), match,
				       count, &hit);
	}
	return n;
}

static int replay(struct correlate *correlate, struct store *records, size_t *ret, struct err *err)
{
	struct store_query *query = store_query(
		records, "SELECT clock, entries FROM correlation_log ORDER BY row", err);
	const struct correlation_hit *hit;
	int r = query ? 1 : -1;

	while (r == 1 && (r = store_step(query, err)) == 1) {
		*ret += replay_lines(correlate, store_text(query, 1));
		(void)correlator_advance(correlate->correlator,
					 (struct instant){ store_int(query, 0) }, &hit);
	}
	store_done(query);
	return r;
}

/* Each has as much as it wants where they are few. */
static size_t bytes_of_each(const struct ruleset *ruleset)
{
	size_t correlations = 0, each;

	for (size_t i = 0; i < ruleset_count(ruleset); i++)
		correlations += ruleset_rule(ruleset, i)->correlation;
	each = CORRELATE_BYTES_MAX / (correlations ? correlations : 1);
	return each < CORRELATION_BYTES_DEFAULT ? each : CORRELATION_BYTES_DEFAULT;
}

int correlate_prepare(struct correlate *correlate, struct store *records, struct err *err)
{
	struct correlator_options options = { .late_seconds = CORRELATE_LATE_SECONDS,
					      .at_once = true };
	const uint64_t start = clock_monotonic_us();
	size_t events = 0;
	int r;

	if (correlate->correlator || !correlate->ruleset ||
	    !ruleset_has_correlations(correlate->ruleset))
		return 0;
	options.bytes_max_per_rule = bytes_of_each(correlate->ruleset);
	correlate->correlator = correlator_new(correlate->ruleset, &options);
	hash_rules(correlate);
	r = load_known(correlate, records, err);
	correlator_replay(correlate->correlator, is_known, correlate);
	if (r == 0)
		r = replay(correlate, records, &events, err);
	correlator_replay(correlate->correlator, NULL, NULL);
	mem_clear(&correlate->rule);
	mem_clear(&correlate->known);
	correlate->known_count = 0;
	if (r == 0)
		r = prune(correlate, records, err);
	if (r != 0) {
		correlate_forget(correlate);
		return err_wrap(err, "reading what correlations knew");
	}
	if (events > 0)
		log_line(correlate->log, LOG_INFO, "correlations know again what they knew",
			 LOG_INT("events", events),
			 LOG_INT("milliseconds", (clock_monotonic_us() - start) / 1000));
	return 0;
}

/* ---- the stream ---- */

size_t correlate_event(struct correlate *correlate, const struct event *event,
		       const uint32_t *match, size_t count, const struct correlation_hit **ret)
{
	uint32_t correlated[MATCHES_LOGGED_MAX];
	size_t n = 0, hits;

	*ret = NULL;
	for (size_t i = 0; correlate->correlator && i < count && n < MATCHES_LOGGED_MAX; i++)
		if (ruleset_rule(correlate->ruleset, match[i])->correlated)
			correlated[n++] = match[i];
	if (n == 0)
		return 0;
	arena_clear(correlate->arena);
	log_event(correlate, event, correlated, n);
	hits = correlator_event(correlate->correlator, event, reference_of(event), correlated, n,
				ret);
	log_hits(correlate, *ret, hits);
	return hits;
}

size_t correlate_advance(struct correlate *correlate, struct instant now,
			 const struct correlation_hit **ret)
{
	size_t hits;

	*ret = NULL;
	if (!correlate->correlator)
		return 0;
	arena_clear(correlate->arena);
	hits = correlator_advance(correlate->correlator, now, ret);
	log_hits(correlate, *ret, hits);
	return hits;
}
