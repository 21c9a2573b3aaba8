#include "agent/agent.h"
#include "base/test.h"

static struct process_facts facts(uint32_t pid, uint64_t start, uint32_t parent, uint64_t parent_start)
{
	return (struct process_facts){
		.key = { pid, start }, .parent = { parent, parent_start }, .uid = 1000, .effective_uid = 1000,
	};
}

static struct process_facts program(uint32_t pid, uint64_t start, uint32_t parent, const char *image)
{
	struct process_facts f = facts(pid, start, parent, 0);

	f.image = sv_from(image);
	f.command_line = sv_from(image);
	f.directory = SV("/");
	return f;
}

static const struct process *find(struct process_table *table, uint32_t pid)
{
	return process_find(table, (struct process_key){ pid, 0 });
}

TEST(a_fork_has_its_parents_program_until_it_runs_its_own)
{
	struct process_table *table = process_table_new(100);
	struct process_facts f = program(10, 5, 1, "/bin/sh");

	process_prime(table, &f);
	f = facts(11, 6, 10, 5);
	process_fork(table, &f);
	CHECK_SV(process_text(find(table, 11)->image), SV("/bin/sh"));
	CHECK_INT(find(table, 11)->announced.pid, 10);
	f = facts(12, 7, 11, 6);
	process_fork(table, &f);
	CHECK_INT(find(table, 12)->announced.pid, 10);
	f = program(12, 7, 11, "/bin/ls");
	process_exec(table, &f);
	CHECK_SV(process_text(find(table, 12)->image), SV("/bin/ls"));
	CHECK_INT(find(table, 12)->announced.pid, 12);
	CHECK_INT(process_parent(table, find(table, 12))->key.pid, 11);
	f = program(12, 7, 1, "/bin/cat"); /* adopted by the first process meanwhile */
	process_exec(table, &f);
	CHECK_INT(find(table, 12)->parent.pid, 11);
	process_exit(table, (struct process_key){ 10, 5 });
	CHECK(find(table, 10)->exited);
	/* The parent is gone, its text is still shared. */
	CHECK_SV(process_text(find(table, 11)->image), SV("/bin/sh"));
	process_table_free(table);
}

TEST(a_number_given_again_is_another_process)
{
	struct process_table *table = process_table_new(100);
	struct process_facts f = program(10, 5, 1, "/bin/a");

	process_exec(table, &f);
	f = facts(10, 900, 1, 1);
	process_fork(table, &f);
	CHECK_INT(find(table, 10)->key.start, 900);
	CHECK(process_find(table, (struct process_key){ 10, 5 })->exited);
	CHECK(!process_find(table, (struct process_key){ 10, 6 }));
	CHECK(!process_find(table, (struct process_key){ 0, 0 }));
	process_table_free(table);
}

TEST(the_table_keeps_to_its_bounds)
{
	struct process_table *table = process_table_new(4);
	struct process_facts f;

	for (uint32_t pid = 1; pid <= 4; pid++) {
		f = facts(pid, 1, 0, 0);
		CHECK(process_fork(table, &f));
	}
	f = facts(5, 1, 1, 1);
	CHECK(!process_fork(table, &f)); /* all live */
	CHECK_INT(process_statistics(table).unlisted, 1);
	process_exit(table, (struct process_key){ 2, 1 });
	CHECK(process_fork(table, &f)); /* takes the place of the one that ended */
	CHECK(!find(table, 2));
	CHECK_INT(process_statistics(table).count, 4);
	process_table_free(table);
}

TEST(ended_processes_are_kept_for_a_while_only)
{
	struct process_table *table = process_table_new(PROCESSES_MAX);

	for (uint32_t pid = 1; pid <= PROCESSES_EXITED_MAX + 10; pid++) {
		struct process_facts f = facts(pid, 1, 0, 0);

		process_fork(table, &f);
		process_exit(table, f.key);
		process_exit(table, f.key); /* told twice */
	}
	CHECK_INT(process_statistics(table).exited, PROCESSES_EXITED_MAX);
	CHECK(!find(table, 10));
	CHECK(find(table, 11));
	process_table_free(table);
}

TEST(a_tree_holds_descendants_of_ended_ones_too)
{
	struct process_table *table = process_table_new(1000);
	struct process_key key[16];
	struct process_facts f;

	for (uint32_t pid = 1; pid <= 5; pid++) { /* 1 ← 2 ← 3 ← 4 ← 5 */
		f = facts(pid, pid, pid - 1, pid - 1);
		process_fork(table, &f);
	}
	f = facts(9, 9, 1, 1); /* beside */
	process_fork(table, &f);
	process_exit(table, (struct process_key){ 3, 3 });
	CHECK_INT(process_tree(table, (struct process_key){ 2, 2 }, key, 16), 3);
	CHECK_INT(key[0].pid, 2);
	CHECK_INT(process_tree(table, (struct process_key){ 2, 2 }, key, 1), 3);
	process_exit(table, (struct process_key){ 2, 2 });
	CHECK_INT(process_tree(table, (struct process_key){ 2, 2 }, key, 16), 2);
	CHECK_INT(process_tree(table, (struct process_key){ 77, 2 }, key, 16), 0);
	/* Two that call each other parent. */
	f = facts(20, 1, 21, 1);
	process_fork(table, &f);
	f = facts(21, 1, 20, 1);
	process_fork(table, &f);
	CHECK_INT(process_tree(table, (struct process_key){ 20, 1 }, key, 16), 2);
	CHECK_INT(process_tree(table, (struct process_key){ 1, 1 }, key, 16), 4);
	process_table_free(table);
}

TEST(a_long_line_of_descendants_is_whole)
{
	enum { LONG = 5000 };
	static struct process_key key[LONG];
	struct process_table *table = process_table_new(PROCESSES_MAX);

	for (uint32_t pid = 1; pid <= LONG; pid++) {
		struct process_facts f = facts(pid, 1, pid - 1, pid > 1);

		process_fork(table, &f);
	}
	CHECK_INT(process_tree(table, (struct process_key){ 1, 1 }, key, LONG), LONG);
	process_table_free(table);
}

TEST(own_passes_to_children_but_not_to_parents)
{
	struct process_table *table = process_table_new(100);
	struct process_facts f = program(10, 1, 1, "/bin/sh");

	process_prime(table, &f);
	f = program(11, 1, 10, "/bin/agent");
	process_prime(table, &f);
	f = facts(12, 1, 11, 1); /* was there before it was marked */
	process_fork(table, &f);
	process_mark_own(table, (struct process_key){ 11, 1 });
	f = facts(13, 1, 12, 1);
	process_fork(table, &f);
	CHECK(!find(table, 10)->own);
	CHECK(find(table, 11)->own);
	CHECK(find(table, 12)->own);
	CHECK(find(table, 13)->own);
	f = program(13, 1, 12, "/usr/sbin/nft");
	CHECK(process_exec(table, &f)->own);
	process_table_free(table);
}

static bool only_even(void *context, struct process_key key)
{
	return key.pid % 2 == 0;
}

TEST(exits_that_were_lost_are_swept)
{
	struct process_table *table = process_table_new(100);

	for (uint32_t pid = 1; pid <= 20; pid++) {
		/* Some in the same bucket. */
		struct process_facts f = facts(pid > 10 ? pid + 8192 : pid, 1, 0, 0);

		process_fork(table, &f);
	}
	process_sweep(table, only_even, NULL);
	CHECK_INT(process_statistics(table).exited, 10);
	process_table_free(table);
}

TEST(texts_in_the_table_are_cut)
{
	static char text[2 * PROCESS_TEXT_MAX];
	struct process_table *table = process_table_new(10);
	struct process_facts f = facts(1, 1, 0, 0);

	memset(text, 'x', sizeof text);
	f.image = (struct sv){ text, PROCESS_TEXT_MAX };
	f.command_line = (struct sv){ text, sizeof text };
	process_exec(table, &f);
	CHECK_INT(process_text(find(table, 1)->image).n, PROCESS_TEXT_MAX);
	CHECK_INT(process_text(find(table, 1)->command_line).n, PROCESS_TEXT_MAX);
	CHECK(!process_text(find(table, 1)->directory).p);
	process_table_free(table);
}
