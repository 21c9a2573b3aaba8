/* Business days of a programme: the city's, without the operator's closures. */
#include "base/mem.h"
#include "programme/internal.h"

int programme_close_days(struct programme *programme, const struct closure *more, size_t count,
			 struct err *err)
{
	const struct programme_facts *facts = &programme->facts;
	struct calendar_options options = calendar_city;
	struct closure *all;
	struct calendar *calendar;
	size_t n = 0;

	options.closure_count += facts->closure_count + count;
	all = mem_zalloc((options.closure_count + 1) * sizeof *all);
	for (size_t i = 0; i < facts->closure_count; i++)
		all[n++] = facts->closure[i];
	for (size_t i = 0; i < count; i++)
		all[n++] = more[i];
	for (size_t i = 0; i < calendar_city.closure_count; i++)
		all[n++] = calendar_city.closure[i];
	options.closure = all;
	calendar = calendar_new(&options, err);
	free(all);
	if (!calendar)
		return -1;
	calendar_free(programme->calendar);
	programme->calendar = calendar;
	return 0;
}
