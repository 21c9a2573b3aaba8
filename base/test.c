#include "base/test.h"

/* Filled by constructors before main, which is why they are globals. */
struct test *test_first, **test_last = &test_first;
bool test_failed;
const char *test_skipped;

static bool is_wanted(const struct test *test, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(test->name, argv[i]))
			return true;
	return argc <= 1;
}

/* Runs the tests whose names hold one of the arguments; all, where there is none. */
int main(int argc, char **argv)
{
	int count = 0, failed = 0, number = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct test *test = test_first; test; test = test->next)
		count += is_wanted(test, argc, argv);
	printf("TAP version 13\n1..%d\n", count);
	for (const struct test *test = test_first; test; test = test->next) {
		if (!is_wanted(test, argc, argv))
			continue;
		test_failed = false;
		test_skipped = NULL;
		test->run();
		failed += test_failed;
		printf("%sok %d - %s%s%s\n", test_failed ? "not " : "", ++number, test->name,
		       test_skipped ? " # SKIP " : "", test_skipped ? test_skipped : "");
	}
	if (count == 0)
		printf("# no test of that name\n");
	return failed > 0 || count == 0;
}
