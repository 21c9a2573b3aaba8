/* Any bytes as a text of one of the small formats; what is taken comes back the same. */
#include "base/clock.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "base/config.h"
#include "base/hash.h"
#include "base/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void check_times(struct sv text)
{
	char written[INSTANT_TEXT_MAX], date[DAY_TEXT_MAX];
	struct instant at, again;
	struct closure closure;
	struct day day, same;

	if (instant_parse(text, &at)) {
		require(instant_parse(sv_from(instant_format(at, written)), &again) &&
			again.us == at.us);
		for (int style = 0; style < DAY_STYLE_COUNT; style++)
			tokyo_format(at, (enum day_style)style, date);
	}
	if (day_parse(text, &day))
		require(sv_eq(sv_from(day_format(day, DAY_ISO, date)), text) &&
			day_parse(sv_from(date), &same) && same.n == day.n);
	if (closure_parse(text, &closure, NULL) == 0)
		require(strlen(closure.name) <= CLOSURE_NAME_MAX);
}

static void check_numbers(struct sv text)
{
	struct uuid id;
	char written[UUID_TEXT_MAX];
	uint64_t u;
	int64_t i;
	double d;

	if (sv_to_double(text, &d))
		require(isfinite(d));
	if (sv_to_u64(text, &u) && u <= INT64_MAX)
		require(sv_to_i64(text, &i) && (uint64_t)i == u);
	if (uuid_parse(text, &id))
		require(sv_eq_case(sv_from(uuid_format(id, written)), text));
	config_duration(text, &i);
	config_size(text, &u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sv text = { (const char *)data, size };
	struct buf json;

	check_times(text);
	check_numbers(text);
	require(terminal_width(terminal_cut(text, 10)) <= 10);
	buf_init(&json, 7 * size + 2);
	buf_put_json(&json, text);
	require(!json.full && json.n >= 2 && sv_is_utf8(buf_sv(&json)));
	buf_done(&json);
	return 0;
}
