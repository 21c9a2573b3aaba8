/* Numbers that look random and are the same for the same seed. */
#include <math.h>

#include "season/internal.h"

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15)
#define P90_OF_NORMAL 1.2815515655446004 /* a tenth of a normal variate is above it */
#define TAU 6.283185307179586

/* splitmix64: any state is a good one. */
uint64_t stream_next(struct stream *stream)
{
	uint64_t z = stream->state += GOLDEN;

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

struct stream stream_of(uint64_t seed, uint64_t index, uint64_t purpose)
{
	struct stream stream = { seed };

	stream.state = stream_next(&stream) ^ (index + 1) * GOLDEN;
	stream.state = stream_next(&stream) ^ purpose;
	return stream;
}

double stream_unit(struct stream *stream)
{
	return (double)(stream_next(stream) >> 11) * 0x1p-53;
}

size_t stream_below(struct stream *stream, size_t count)
{
	return (size_t)(stream_unit(stream) * (double)count);
}

bool stream_percent(struct stream *stream, double percent)
{
	return stream_unit(stream) * 100 < percent;
}

double stream_spread(struct stream *stream, struct season_spread spread)
{
	const double a = 1 - stream_unit(stream), b = stream_unit(stream);
	const double normal = sqrt(-2 * log(a)) * cos(TAU * b);

	if (spread.median <= 0)
		return 0;
	return exp(log(spread.median) +
		   normal * log(fmax(spread.p90 / spread.median, 1)) / P90_OF_NORMAL);
}
