#include "agent/agent.h"

#include <assert.h>

#include "base/mem.h"

#define BUCKETS 8192 /* power of two */

struct process_table {
	size_t max, count, exited;
	uint64_t unlisted;
	struct process *oldest, *newest; /* among the exited */
	struct process *bucket[BUCKETS];
};

static const struct text *text_new(struct sv s)
{
	const size_t n = s.n < PROCESS_TEXT_MAX ? s.n : PROCESS_TEXT_MAX;
	struct text *text;

	if (!s.p)
		return NULL;
	text = mem_alloc(sizeof *text + n);
	text->refs = 1;
	text->n = (uint32_t)n;
	memcpy(text->p, s.p, n);
	return text;
}

/* The count is the only thing that changes in a text that others read. */
static struct text *counted(const struct text *text)
{
	union {
		const struct text *borrowed;
		struct text *owned;
	} one = { .borrowed = text };

	return one.owned;
}

static const struct text *text_ref(const struct text *text)
{
	if (text)
		counted(text)->refs++;
	return text;
}

static void text_unref(const struct text *text)
{
	if (text && --counted(text)->refs == 0)
		free(counted(text));
}

struct sv process_text(const struct text *text)
{
	return text ? (struct sv){ text->p, text->n } : SV_NONE;
}

struct process_table *process_table_new(size_t max)
{
	struct process_table *table = mem_zalloc(sizeof *table);

	assert(max > 0);
	table->max = max;
	return table;
}

static struct process **bucket_of(struct process_table *table, uint32_t pid)
{
	return &table->bucket[pid & (BUCKETS - 1)];
}

static void unlink_exited(struct process_table *table, struct process *process)
{
	*(process->older ? &process->older->newer : &table->oldest) = process->newer;
	*(process->newer ? &process->newer->older : &table->newest) = process->older;
	process->older = process->newer = NULL;
	table->exited--;
}

static void drop(struct process_table *table, struct process *process)
{
	struct process **at = bucket_of(table, process->key.pid);

	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	if (process->exited)
		unlink_exited(table, process);
	text_unref(process->image);
	text_unref(process->command_line);
	text_unref(process->directory);
	free(process);
	table->count--;
}

void process_table_free(struct process_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (table->bucket[i])
			drop(table, table->bucket[i]);
	free(table);
}

static struct process *find(const struct process_table *table, struct process_key key)
{
	struct process *process = table->bucket[key.pid & (BUCKETS - 1)];

	for (; process; process = process->next)
		if (process->key.pid == key.pid &&
		    (key.start == 0 || process->key.start == 0 || process->key.start == key.start))
			return process;
	return NULL;
}

const struct process *process_find(const struct process_table *table, struct process_key key)
{
	return key.pid ? find(table, key) : NULL;
}

const struct process *process_parent(const struct process_table *table, const struct process *process)
{
	return process_find(table, process->parent);
}

static void mark_exited(struct process_table *table, struct process *process)
{
	if (process->exited)
		return;
	process->exited = true;
	process->older = table->newest;
	*(table->newest ? &table->newest->newer : &table->oldest) = process; /* NOLINT(clang-analyzer-unix.Malloc): drop() unlinks it */
	table->newest = process;
	table->exited++;
	if (table->exited > PROCESSES_EXITED_MAX)
		drop(table, table->oldest); /* NOLINT(clang-analyzer-unix.Malloc): drop() unlinks it */
}

void process_exit(struct process_table *table, struct process_key key)
{
	struct process *process = key.pid ? find(table, key) : NULL;

	if (process)
		mark_exited(table, process);
}

static struct process *add(struct process_table *table, const struct process_facts *facts)
{
	struct process **at = bucket_of(table, facts->key.pid);
	struct process *process = find(table, (struct process_key){ facts->key.pid, 0 });

	/* Its number was given again: the exit of the one before was lost. */
	if (process)
		mark_exited(table, process);
	if (table->count >= table->max) {
		if (!table->oldest) {
			table->unlisted++;
			return NULL;
		}
		drop(table, table->oldest);
	}
	process = mem_zalloc(sizeof *process);
	process->key = facts->key;
	process->next = *at;
	*at = process;
	table->count++;
	return process;
}

static void set_facts(struct process_table *table, struct process *process,
		      const struct process_facts *facts)
{
	const struct process *parent = process_find(table, facts->parent);

	/* Who started it stays its parent, whoever adopts it later. */
	if (process->parent.pid == 0) {
		process->parent = facts->parent;
		if (process->parent.start == 0 && parent)
			process->parent = parent->key;
	}
	process->uid = facts->uid;
	process->effective_uid = facts->effective_uid;
	process->session = facts->session;
	process->own |= parent && parent->own;
}

static void set_program(struct process *process, const struct process_facts *facts)
{
	text_unref(process->image);
	text_unref(process->command_line);
	text_unref(process->directory);
	process->image = text_new(facts->image);
	process->command_line = text_new(facts->command_line);
	process->directory = text_new(facts->directory);
	process->announced = process->key;
}

const struct process *process_prime(struct process_table *table, const struct process_facts *facts)
{
	struct process *process = find(table, facts->key);

	if (process)
		return process;
	process = add(table, facts);
	if (process) {
		set_facts(table, process, facts);
		set_program(process, facts);
	}
	return process;
}

const struct process *process_fork(struct process_table *table, const struct process_facts *facts)
{
	const struct process *parent;
	struct process *process = facts->key.start ? find(table, facts->key) : NULL;

	if (process && process->key.start == facts->key.start)
		return process;
	process = add(table, facts);
	if (!process)
		return NULL;
	set_facts(table, process, facts);
	/* Only now: making room may have dropped a parent that has exited. */
	parent = process_find(table, facts->parent);
	if (!parent) {
		process->announced = process->parent;
		return process;
	}
	process->image = text_ref(parent->image);
	process->command_line = text_ref(parent->command_line);
	process->directory = text_ref(parent->directory);
	process->announced = parent->announced;
	return process;
}

const struct process *process_exec(struct process_table *table, const struct process_facts *facts)
{
	struct process *process = find(table, facts->key);

	if (!process || process->exited)
		process = add(table, facts);
	if (!process)
		return NULL;
	if (process->key.start == 0)
		process->key.start = facts->key.start;
	set_facts(table, process, facts);
	set_program(process, facts);
	return process;
}

enum { MARK_NONE, MARK_OUTSIDE, MARK_INSIDE };

/* Marks it and its ancestors up to the first that is marked already. */
static bool is_inside(struct process_table *table, struct process *process)
{
	const struct process *up = process;
	size_t steps = 0;
	unsigned char mark;

	/* Two that call each other parent (a number given twice) must not hold us. */
	while (up && up->mark == MARK_NONE && steps++ < table->count)
		up = process_parent(table, up);
	mark = up && up->mark == MARK_INSIDE ? MARK_INSIDE : MARK_OUTSIDE;
	while (process && process->mark == MARK_NONE) {
		process->mark = mark;
		process = process->parent.pid ? find(table, process->parent) : NULL;
	}
	return mark == MARK_INSIDE;
}

/* Marks who is root or descends from it. */
static void mark_tree(struct process_table *table, struct process *root)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct process *p = table->bucket[i]; p; p = p->next)
			p->mark = MARK_NONE;
	root->mark = MARK_INSIDE;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct process *p = table->bucket[i]; p; p = p->next)
			is_inside(table, p);
}

void process_mark_own(struct process_table *table, struct process_key key)
{
	struct process *process = key.pid ? find(table, key) : NULL;

	if (!process)
		return;
	mark_tree(table, process);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct process *p = table->bucket[i]; p; p = p->next)
			p->own |= p->mark == MARK_INSIDE;
}

size_t process_tree(struct process_table *table, struct process_key key,
		    struct process_key *ret, size_t max)
{
	struct process *root = key.pid ? find(table, key) : NULL;
	size_t count = 0;

	if (!root)
		return 0;
	mark_tree(table, root);
	if (!root->exited && count++ < max)
		ret[0] = root->key;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct process *p = table->bucket[i]; p; p = p->next) {
			if (p == root || p->mark != MARK_INSIDE || p->exited)
				continue;
			if (count < max)
				ret[count] = p->key;
			count++;
		}
	return count;
}

void process_sweep(struct process_table *table,
		   bool (*alive)(void *context, struct process_key key), void *context)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct process *p = table->bucket[i], *next; p; p = next) {
			next = p->next;
			if (p->exited || alive(context, p->key))
				continue;
			mark_exited(table, p);
			/* It may have pushed out the next one of this bucket. */
			next = table->bucket[i];
			while (next && next->exited) /* NOLINT(clang-analyzer-unix.Malloc): drop() unlinks it */
				next = next->next;
		}
}

struct process_statistics process_statistics(const struct process_table *table)
{
	return (struct process_statistics){ table->count, table->exited, table->unlisted };
}
