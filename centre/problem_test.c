#include "centre/problem.h"

#include "base/sv.h"
#include "base/test.h"

TEST(every_row_is_whole)
{
	for (size_t i = 0; i < problem_count(); i++) {
		const struct problem *problem = problem_at(i);

		CHECK(problem->status >= 400 && problem->status < 600);
		CHECK(problem->message[0] && problem->message[1]);
		CHECK(!problem->hint[0] == !problem->hint[1]);
		CHECK(problem_find(problem->key) == problem); /* no key stands twice */
		/* Japanese is Japanese. */
		CHECK((unsigned char)problem->message[0][0] >= 0x80 ||
		      strstr(problem->message[0], "。") != NULL);
	}
}

TEST(every_code_has_a_row)
{
	for (unsigned i = 0; i < ERR_CODE_COUNT; i++) {
		const struct problem *problem = problem_of_code((enum err_code)i);

		CHECK(problem != NULL);
		if (i != ERR_OK)
			CHECK_INT(problem->status, err_http_status((enum err_code)i));
	}
}
