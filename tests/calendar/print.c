/* Prints the public holidays of the years FIRST to LAST: "YYYY-MM-DD name" a line. */
#include <stdio.h>

#include "base/calendar.h"

int main(int argc, char **argv)
{
	uint64_t first, last;

	if (argc != 3 || !sv_to_u64(sv_from(argv[1]), &first) || !sv_to_u64(sv_from(argv[2]), &last) ||
	    first < HOLIDAY_YEAR_MIN || last > HOLIDAY_YEAR_MAX)
		return 2;
	for (struct day day = day_from_civil((int)first, 1, 1);
	     day_to_civil(day).year <= (int)last; day.n++) {
		char text[DAY_TEXT_MAX];
		struct holiday holiday;

		if (holiday_on(day, &holiday))
			printf("%s %s\n", day_format(day, DAY_ISO, text), holiday.name);
	}
	return 0;
}
