/* Figures as the press gets them: nothing that is taken may be out of its bounds. */
#include <stdlib.h>

#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(16U << 20);
	struct report report, again;
	struct err err = ERR_INIT;
	struct buf json;

	buf_init(&json, REPORT_TEXT_MAX);
	if (report_from_json((struct sv){ (const char *)data, size }, arena, &report, &err) == 0) {
		if (report.figures.day_count > REPORT_DAYS_MAX ||
		    report.figures.device_count > REPORT_DEVICES_MAX ||
		    report.figures.incident_count > REPORT_INCIDENTS_MAX ||
		    report.figures.advice_count > REPORT_ADVICE_MAX)
			abort();
		if (report_to_json(&report, &json, &err) == 0 &&
		    report_from_json(buf_sv(&json), arena, &again, &err) != 0 &&
		    err.code != ERR_TOO_LARGE)
			abort();
	}
	buf_done(&json);
	arena_free(arena);
	return 0;
}
