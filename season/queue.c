/* Work that waits, and how long things took. */
#include "base/mem.h"
#include "season/internal.h"

/* At the same key who came first in the list of companies: the order never depends on the heap. */
static bool is_before(const struct task *a, const struct task *b)
{
	return a->key != b->key ? a->key < b->key : a->who < b->who;
}

static void swap(struct task *a, struct task *b)
{
	const struct task one = *a;

	*a = *b;
	*b = one;
}

void queue_put(struct queue *queue, struct task task)
{
	size_t at = queue->count;

	if (queue->count == queue->room) {
		queue->room = queue->room * 2 + 64;
		queue->item = mem_realloc(queue->item, queue->room, sizeof *queue->item);
	}
	queue->item[queue->count++] = task;
	while (at > 0 && is_before(&queue->item[at], &queue->item[(at - 1) / 2])) {
		swap(&queue->item[at], &queue->item[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

bool queue_take(struct queue *queue, struct task *ret)
{
	size_t at = 0;

	if (queue->count == 0)
		return false;
	*ret = queue->item[0];
	queue->item[0] = queue->item[--queue->count];
	while (2 * at + 1 < queue->count) {
		size_t child = 2 * at + 1;

		if (child + 1 < queue->count &&
		    is_before(&queue->item[child + 1], &queue->item[child]))
			child++;
		if (!is_before(&queue->item[child], &queue->item[at]))
			break;
		swap(&queue->item[child], &queue->item[at]);
		at = child;
	}
	return true;
}

void queue_free(struct queue *queue)
{
	free(queue->item);
	*queue = (struct queue){ NULL, 0, 0 };
}

void spans_add(struct spans *spans, int64_t days)
{
	spans->day[days < 0 ? 0 : days > SPAN_DAYS_MAX ? SPAN_DAYS_MAX : days]++;
}

struct season_span spans_sum(const struct spans *spans)
{
	struct season_span span = { 0 };
	uint32_t seen = 0;

	for (unsigned day = 0; day <= SPAN_DAYS_MAX; day++)
		span.count += spans->day[day];
	for (unsigned day = 0; day <= SPAN_DAYS_MAX; day++) {
		const uint32_t before = seen;

		seen += spans->day[day];
		if (spans->day[day] == 0)
			continue;
		if (before < (span.count + 1) / 2 && seen >= (span.count + 1) / 2)
			span.median = day;
		if (before < (span.count * UINT64_C(9) + 9) / 10 &&
		    seen >= (span.count * UINT64_C(9) + 9) / 10)
			span.p90 = day;
		span.longest = day;
	}
	return span;
}
