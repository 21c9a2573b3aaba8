#include "detect/regex_internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/sv.h"
#include "detect/fold.h"

/* What stands before the cursor, as far as assertions ask. */
enum before { BEFORE_START, BEFORE_NEWLINE, BEFORE_WORD, BEFORE_OTHER };

/* Special targets of a transition; others are the offset of a state's row + TARGET_STATE. */
enum target { TARGET_UNKNOWN, TARGET_MATCH, TARGET_DEAD, TARGET_STATE };

struct state {
	uint32_t kernel; /* offset in pool */
	uint16_t count;
	uint8_t before;
};

/*
 * A state is the set of steps that may go on after the last character, and
 * what that character was. Where the memory is used up all states are
 * forgotten and made anew.
 */
struct regex_cache {
	const struct regex *regex;
	size_t symbols; /* classes, then end of text, then newline before the end */
	struct state *state;
	uint32_t *next; /* state_count rows of symbols */
	size_t state_count, state_room;
	uint16_t *pool;
	size_t pool_count, pool_room;
	uint32_t *table; /* hash: state number + 1 */
	size_t table_size;
	uint32_t generation; /* how often all were forgotten */
	/* Bytes with which the search stays at its first row after the start. */
	bool stays[256];
	uint32_t stays_row, stays_generation;
	unsigned searches;
	/* scratch */
	uint64_t *bits;
	uint16_t *stack, *list;
	uint32_t *mark;
	uint32_t stamp;
};

struct regex_cache *regex_cache_new(const struct regex *regex)
{
	struct regex_cache *cache = mem_zalloc(sizeof *cache);
	const size_t steps = regex->step_count;

	cache->regex = regex;
	cache->symbols = regex->class_count + 2;
	cache->bits = mem_zalloc((steps + 64) / 64 * sizeof *cache->bits);
	cache->stack = mem_alloc((2 * steps + 2) * sizeof *cache->stack);
	cache->list = mem_alloc((steps + 1) * sizeof *cache->list);
	cache->mark = mem_zalloc(steps * sizeof *cache->mark);
	cache->table_size = 64;
	cache->table = mem_zalloc(cache->table_size * sizeof *cache->table);
	return cache;
}

void regex_cache_free(struct regex_cache *cache)
{
	if (!cache)
		return;
	free(cache->state);
	free(cache->next);
	free(cache->pool);
	free(cache->table);
	free(cache->bits);
	free(cache->stack);
	free(cache->list);
	free(cache->mark);
	free(cache);
}

/* ---- characters ---- */

static uint8_t class_of(const struct regex *regex, uint32_t point)
{
	size_t low = 0, high = regex->bound_count;

	while (high - low > 1) {
		const size_t middle = (low + high) / 2;

		if (regex->bound[middle] <= point)
			low = middle;
		else
			high = middle;
	}
	return regex->bound_class[low];
}

/* The symbol at offset at; *ret_n is its length, 0 at the end. */
static unsigned symbol_at(const struct regex *regex, struct sv text, size_t at, size_t *ret_n)
{
	const unsigned end = (unsigned)regex->class_count;
	uint32_t point;

	if (at >= text.n) {
		*ret_n = 0;
		return end;
	}
	if ((unsigned char)text.p[at] < 0x80) {
		*ret_n = 1;
		if (text.p[at] == '\n' && at + 1 == text.n)
			return end + 1;
		return regex->ascii[(unsigned char)text.p[at]];
	}
	*ret_n = utf8_read(text.p + at, text.n - at, &point);
	return class_of(regex, point);
}

struct sign {
	bool end, newline, word;
	bool last; /* the end, or a newline before it */
};

static struct sign sign_of(const struct regex *regex, unsigned symbol)
{
	const unsigned end = (unsigned)regex->class_count;

	if (symbol == end)
		return (struct sign){ .end = true, .last = true };
	if (symbol == end + 1)
		return (struct sign){ .newline = true, .last = true };
	return (struct sign){ .newline = class_in(regex->newline, symbol),
			      .word = class_in(regex->word, symbol) };
}

static bool holds(enum regex_assert assert, enum before before, struct sign next)
{
	switch (assert) {
	case ASSERT_TEXT_BEGIN: return before == BEFORE_START;
	case ASSERT_TEXT_END: return next.end;
	case ASSERT_TEXT_LAST: return next.last;
	case ASSERT_LINE_BEGIN:
		return before == BEFORE_START || (before == BEFORE_NEWLINE && !next.end);
	case ASSERT_LINE_END: return next.end || next.newline;
	case ASSERT_WORD: return (before == BEFORE_WORD) != next.word;
	case ASSERT_NOT_WORD: return (before == BEFORE_WORD) == next.word;
	}
	return false;
}

static enum before before_of(const struct regex *regex, unsigned symbol)
{
	const struct sign sign = sign_of(regex, symbol);

	if (!regex->has_assert)
		return BEFORE_OTHER;
	return sign.newline ? BEFORE_NEWLINE : sign.word ? BEFORE_WORD : BEFORE_OTHER;
}

static uint8_t class_of_symbol(const struct regex *regex, unsigned symbol)
{
	return symbol == regex->class_count + 1 ? regex->ascii['\n'] : (uint8_t)symbol;
}

/* ---- states ---- */

static uint64_t hash_kernel(const uint16_t *kernel, size_t count, enum before before)
{
	uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) * (before + 1);

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ kernel[i]) * UINT64_C(0x100000001B3);
	return hash ^ hash >> 29;
}

static void forget(struct regex_cache *cache)
{
	cache->generation++;
	cache->state_count = cache->pool_count = 0;
	memset(cache->table, 0, cache->table_size * sizeof *cache->table);
}

static size_t bytes_used(const struct regex_cache *cache)
{
	return cache->state_count * (sizeof *cache->state + cache->symbols * sizeof *cache->next) +
	       cache->pool_count * sizeof *cache->pool + cache->table_size * sizeof *cache->table;
}

static void rehash(struct regex_cache *cache)
{
	cache->table_size *= 2;
	free(cache->table);
	cache->table = mem_zalloc(cache->table_size * sizeof *cache->table);
	for (size_t i = 0; i < cache->state_count; i++) {
		const struct state *state = &cache->state[i];
		size_t slot = hash_kernel(cache->pool + state->kernel, state->count, state->before);

		while (cache->table[slot &= cache->table_size - 1])
			slot++;
		cache->table[slot] = (uint32_t)i + 1;
	}
}

static uint32_t state_add(struct regex_cache *cache, const uint16_t *kernel, size_t count,
			  enum before before)
{
	if (bytes_used(cache) > REGEX_CACHE_MAX)
		forget(cache);
	if (cache->state_count == cache->state_room) {
		cache->state_room = cache->state_room ? cache->state_room * 2 : 16;
		cache->state = mem_realloc(cache->state, cache->state_room, sizeof *cache->state);
		cache->next = mem_realloc(cache->next, cache->state_room,
					  cache->symbols * sizeof *cache->next);
	}
	if (cache->pool_count + count > cache->pool_room) {
		cache->pool_room = (cache->pool_room + count) * 2;
		cache->pool = mem_realloc(cache->pool, cache->pool_room, sizeof *cache->pool);
	}
	if (count > 0)
		memcpy(cache->pool + cache->pool_count, kernel, count * sizeof *kernel);
	cache->state[cache->state_count] =
		(struct state){ (uint32_t)cache->pool_count, (uint16_t)count, (uint8_t)before };
	cache->pool_count += count;
	memset(cache->next + cache->state_count * cache->symbols, 0,
	       cache->symbols * sizeof *cache->next);
	return (uint32_t)cache->state_count++;
}

static uint32_t state_of(struct regex_cache *cache, const uint16_t *kernel, size_t count,
			 enum before before)
{
	size_t slot = hash_kernel(kernel, count, before);
	uint32_t number;

	for (;; slot++) {
		const struct state *state;

		number = cache->table[slot &= cache->table_size - 1];
		if (number == 0)
			break;
		state = &cache->state[number - 1];
		if (state->count == count && state->before == before &&
		    (count == 0 ||
		     memcmp(cache->pool + state->kernel, kernel, count * sizeof *kernel) == 0))
			return number - 1;
	}
	number = state_add(cache, kernel, count, before);
	if (2 * cache->state_count > cache->table_size) {
		rehash(cache);
		return number;
	}
	if (cache->state_count == 1) /* all were forgotten: the table is empty */
		slot = hash_kernel(kernel, count, before) & (cache->table_size - 1);
	cache->table[slot] = number + 1;
	return number;
}

/*
 * Follows splits, jumps and assertions from one step. Puts the steps that take
 * a character behind list[count]; returns the new count.
 */
static size_t follow(struct regex_cache *cache, uint16_t from, enum before before, struct sign next,
		     size_t count, bool *ret_match)
{
	size_t depth = 0;

	cache->stack[depth++] = from;
	while (depth > 0) {
		const uint16_t at = cache->stack[--depth];
		const struct regex_step *step = &cache->regex->step[at];

		if (cache->mark[at] == cache->stamp)
			continue;
		cache->mark[at] = cache->stamp;
		switch ((enum regex_op)step->op) {
		case OP_MATCH: *ret_match = true; break;
		case OP_SET: cache->list[count++] = at; break;
		case OP_JUMP: cache->stack[depth++] = step->to; break;
		case OP_SPLIT:
			cache->stack[depth++] = step->other;
			cache->stack[depth++] = step->to;
			break;
		case OP_ASSERT:
			if (holds((enum regex_assert)step->assert, before, next))
				cache->stack[depth++] = (uint16_t)(at + 1);
			break;
		}
	}
	return count;
}

static void new_stamp(struct regex_cache *cache)
{
	if (++cache->stamp == 0) {
		memset(cache->mark, 0, cache->regex->step_count * sizeof *cache->mark);
		cache->stamp = 1;
	}
}

/* The steps after those in list that take class, ascending; replaces list. */
static size_t advance(struct regex_cache *cache, size_t count, uint8_t class)
{
	const struct regex *regex = cache->regex;
	const size_t words = (regex->step_count + 63) / 64;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (class_in(regex->set[regex->step[cache->list[i]].set], class)) {
			const size_t after = (size_t)cache->list[i] + 1;

			cache->bits[after / 64] |= UINT64_C(1) << (after % 64);
		}
	if (!regex->anchored)
		cache->bits[0] |= 1;
	for (size_t word = 0; word < words; word++) {
		for (uint64_t rest = cache->bits[word]; rest; rest &= rest - 1)
			cache->list[n++] = (uint16_t)(word * 64 + (size_t)__builtin_ctzll(rest));
		cache->bits[word] = 0;
	}
	return n;
}

static uint32_t transition(struct regex_cache *cache, uint32_t row, unsigned symbol)
{
	const struct state state = cache->state[row / cache->symbols];
	const struct sign next = sign_of(cache->regex, symbol);
	const uint32_t generation = cache->generation;
	uint32_t target = TARGET_DEAD;
	bool match = false;
	size_t count = 0;

	new_stamp(cache);
	for (size_t i = 0; i < state.count; i++)
		count = follow(cache, cache->pool[state.kernel + i], (enum before)state.before,
			       next, count, &match);
	if (match) {
		target = TARGET_MATCH;
	} else if (!next.end) {
		count = advance(cache, count, class_of_symbol(cache->regex, symbol));
		if (count > 0)
			target = TARGET_STATE + (uint32_t)cache->symbols *
							state_of(cache, cache->list, count,
								 before_of(cache->regex, symbol));
	}
	if (cache->generation == generation) /* else the row was forgotten */
		cache->next[row + symbol] = target;
	return target;
}

/*
 * Most of a text does not even begin a match: the search comes back to one and
 * the same row. Which bytes leave it there is written down when some searches
 * have made the transitions known.
 */
#define STAYS_AFTER 16

#define STAYS_EVERY 1024 /* searches after which that is done again */

static void note_stays(struct regex_cache *cache)
{
	const uint16_t first = 0;
	const uint32_t row = (uint32_t)cache->symbols * state_of(cache, &first, 1, BEFORE_OTHER);

	cache->stays_row = row;
	cache->stays_generation = cache->generation;
	for (unsigned i = 0; i < 0x80; i++)
		cache->stays[i] = cache->next[row + cache->regex->ascii[i]] == row + TARGET_STATE;
}

/* Over ASCII, through transitions that are known: where something else comes. */
static size_t run_known(const struct regex_cache *cache, struct sv text, size_t at, uint32_t *row)
{
	const uint8_t *symbol = cache->regex->ascii;
	const uint32_t *next = cache->next;
	/* a newline at the end is a symbol of its own */
	const size_t end = text.n > 0 ? text.n - 1 : 0;
	const bool knows =
		cache->searches >= STAYS_AFTER && cache->stays_generation == cache->generation;
	uint32_t now = *row;

	for (; at < end && (unsigned char)text.p[at] < 0x80; at++) {
		if (knows && now == cache->stays_row) {
			while (at < end && cache->stays[(unsigned char)text.p[at]])
				at++;
			if (at == end || (unsigned char)text.p[at] >= 0x80)
				break;
		}
		const uint32_t target = next[now + symbol[(unsigned char)text.p[at]]];

		if (target < TARGET_STATE)
			break;
		now = target - TARGET_STATE;
	}
	*row = now;
	return at;
}

bool regex_search(struct regex_cache *cache, struct sv text)
{
	const struct regex *regex = cache->regex;
	const uint16_t first = 0;
	uint32_t row, target;
	size_t at = 0, n;

	if (text.n < regex->length_min || (regex->run_length > 0 && !regex_may_run(regex, text)))
		return false;
	if (++cache->searches % STAYS_EVERY == STAYS_AFTER)
		note_stays(cache);
	row = (uint32_t)cache->symbols * state_of(cache, &first, 1, BEFORE_START);
	do {
		unsigned symbol;

		at = run_known(cache, text, at, &row);
		symbol = symbol_at(regex, text, at, &n);
		target = cache->next[row + symbol];
		if (target == TARGET_UNKNOWN)
			target = transition(cache, row, symbol);
		if (target < TARGET_STATE)
			return target == TARGET_MATCH;
		row = target - TARGET_STATE;
		at += n;
	} while (n > 0);
	return false;
}

/* ---- where: one thread for each step, the one that began first ---- */

struct thread {
	uint16_t step;
	size_t begin;
};

struct finder {
	struct regex_cache *cache;
	struct thread *now, *then;
	size_t count;
	size_t begin, end; /* of the best so far */
	bool found;
};

/* Threads of `now` go through the symbol at offset at. */
static void step_threads(struct finder *finder, size_t at, unsigned symbol, enum before before)
{
	const struct regex *regex = finder->cache->regex;
	const struct sign next = sign_of(regex, symbol);
	struct thread *swap = finder->then;
	size_t kept = 0;

	new_stamp(finder->cache);
	for (size_t i = 0; i < finder->count; i++) {
		const struct thread thread = finder->now[i];
		bool match = false;
		size_t count;

		if (finder->found && thread.begin > finder->begin)
			break;
		count = follow(finder->cache, thread.step, before, next, 0, &match);
		if (match) {
			finder->found = true;
			finder->begin = thread.begin;
			finder->end = at;
		}
		for (size_t k = 0; k < count && !next.end; k++) {
			const uint16_t step = finder->cache->list[k];

			if (class_in(regex->set[regex->step[step].set],
				     class_of_symbol(regex, symbol)))
				finder->then[kept++] =
					(struct thread){ (uint16_t)(step + 1), thread.begin };
		}
	}
	finder->then = finder->now;
	finder->now = swap;
	finder->count = kept;
}

bool regex_find(const struct regex *regex, struct sv text, size_t *ret_at, size_t *ret_n)
{
	struct finder finder = { .cache = regex_cache_new(regex) };
	enum before before = BEFORE_START;
	size_t n;

	finder.now = mem_alloc((regex->step_count + 2) * sizeof *finder.now);
	finder.then = mem_alloc((regex->step_count + 2) * sizeof *finder.then);
	for (size_t at = 0;; at += n) {
		const unsigned symbol = symbol_at(regex, text, at, &n);

		if (!finder.found && (at == 0 || !regex->anchored))
			finder.now[finder.count++] = (struct thread){ 0, at };
		step_threads(&finder, at, symbol, before);
		before = before_of(regex, symbol);
		if (n == 0 || (finder.found && finder.count == 0))
			break;
	}
	free(finder.now);
	free(finder.then);
	regex_cache_free(finder.cache);
	if (!finder.found)
		return false;
	*ret_at = finder.begin;
	*ret_n = finder.end - finder.begin;
	return true;
}
