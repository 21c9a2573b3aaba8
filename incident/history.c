#include "incident/history.h"

#include <stdlib.h>

#include "base/mem.h"
#include "incident/internal.h"

#define SLOTS_MIN 64
#define NOTHING UINT32_MAX
/* The log in memory; what comes above is not taken in until it was merged. */
#define LOG_MAX (64U << 20)

enum text { GUID, PARENT, IMAGE, COMMAND, USER, PARENT_IMAGE, PARENT_COMMAND, INPUT, TEXTS };
enum kind { STARTED = 1, ENDED = 2 };

/* In front of each record's texts, as it lies in memory: only this program reads it. */
struct head {
	uint32_t size; /* with the texts */
	uint16_t text[TEXTS];
	uint8_t kind, spare[3];
	uint64_t pid;
	int64_t started, ended;
};

struct history {
	struct buf log; /* start records only; their `ended` is filled in */
	struct record {
		uint32_t at;	 /* in log */
		uint32_t before; /* the record of the same process before, or NOTHING */
	} * record;
	size_t count, room;
	uint32_t *slot; /* latest record of a guid; open addressing */
	size_t slots;
};

/* ==== records ==== */

static void put(struct buf *log, enum kind kind, const struct incident_process *p)
{
	const struct sv text[TEXTS] = {
		p->guid,	 p->parent_guid,	 p->image,	   p->command_line, p->user,
		p->parent_image, p->parent_command_line, p->standard_input
	};
	struct head head = {
		.size = sizeof head,
		.kind = (uint8_t)kind,
		.pid = p->pid,
		.started = p->started.us,
		.ended = p->ended.us,
	};

	for (size_t i = 0; i < TEXTS; i++) {
		head.text[i] = (uint16_t)(text[i].n < UINT16_MAX ? text[i].n : UINT16_MAX);
		head.size += head.text[i];
	}
	/* All or nothing, so that the log stays one of whole records. */
	if (!buf_reserve(log, head.size))
		return;
	buf_put(log, &head, sizeof head);
	for (size_t i = 0; i < TEXTS; i++)
		buf_put(log, text[i].p, head.text[i]);
}

void history_put_start(struct buf *log, const struct incident_process *process)
{
	put(log, STARTED, process);
}

void history_put_end(struct buf *log, struct sv guid, struct instant at)
{
	put(log, ENDED, &(struct incident_process){ .guid = guid, .ended = at });
}

/* The first record of bytes; false: there is no whole one. */
static bool get(struct sv bytes, struct head *head, struct incident_process *p)
{
	struct sv text[TEXTS];
	size_t at = sizeof *head;

	if (bytes.n < sizeof *head)
		return false;
	memcpy(head, bytes.p, sizeof *head);
	if (head->size > bytes.n)
		return false;
	for (size_t i = 0; i < TEXTS; i++) {
		text[i] = sv_slice(bytes, at, at + head->text[i]);
		at += head->text[i];
	}
	if (at != head->size)
		return false;
	*p = (struct incident_process){
		.guid = text[GUID],
		.parent_guid = text[PARENT],
		.image = text[IMAGE],
		.command_line = text[COMMAND],
		.user = text[USER],
		.parent_image = text[PARENT_IMAGE],
		.parent_command_line = text[PARENT_COMMAND],
		.standard_input = text[INPUT],
		.pid = head->pid,
		.started = { head->started },
		.ended = { head->ended },
	};
	return true;
}

static struct incident_process at_record(const struct history *h, size_t i)
{
	struct incident_process p = { .pid = 0 };
	struct head head;

	get(sv_slice(buf_sv(&h->log), h->record[i].at, h->log.n), &head, &p);
	return p;
}

/* ==== the index ==== */

struct history *history_new(void)
{
	struct history *h = mem_zalloc(sizeof *h);

	buf_init(&h->log, LOG_MAX);
	h->slots = SLOTS_MIN;
	h->slot = mem_alloc(h->slots * sizeof *h->slot);
	memset(h->slot, 0xff, h->slots * sizeof *h->slot);
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	buf_done(&h->log);
	free(h->record);
	free(h->slot);
	free(h);
}

size_t history_bytes(const struct history *h)
{
	return h->log.room + h->room * sizeof *h->record + h->slots * sizeof *h->slot;
}

/* Where a guid's latest record is written down, or would be. */
static uint32_t *find_slot(const struct history *h, struct sv guid)
{
	size_t at = sv_hash(guid) & (h->slots - 1);

	while (h->slot[at] != NOTHING && !sv_eq(at_record(h, h->slot[at]).guid, guid))
		at = (at + 1) & (h->slots - 1);
	return &h->slot[at];
}

static void grow_slots(struct history *h)
{
	free(h->slot);
	h->slots *= 2;
	h->slot = mem_alloc(h->slots * sizeof *h->slot);
	memset(h->slot, 0xff, h->slots * sizeof *h->slot);
	for (size_t i = 0; i < h->count; i++)
		*find_slot(h, at_record(h, i).guid) = (uint32_t)i;
}

static void add_start(struct history *h, struct sv record, struct sv guid)
{
	const uint32_t at = (uint32_t)h->log.n;
	uint32_t *slot;

	buf_put_sv(&h->log, record);
	if (h->log.full)
		return;
	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : 64;
		h->record = mem_realloc(h->record, h->room, sizeof *h->record);
	}
	if (h->count * 2 >= h->slots)
		grow_slots(h);
	slot = find_slot(h, guid);
	h->record[h->count] = (struct record){ at, *slot };
	*slot = (uint32_t)h->count++;
}

static void add_end(struct history *h, struct sv guid, int64_t ended)
{
	for (uint32_t i = *find_slot(h, guid); i != NOTHING; i = h->record[i].before)
		memcpy(h->log.p + h->record[i].at + offsetof(struct head, ended), &ended,
		       sizeof ended);
}

void history_add(struct history *h, struct sv log)
{
	struct incident_process p;
	struct head head;

	while (get(log, &head, &p)) {
		if (head.kind == STARTED)
			add_start(h, sv_slice(log, 0, head.size), p.guid);
		else
			add_end(h, p.guid, head.ended);
		log = sv_slice(log, head.size, log.n);
	}
}

bool history_find(const struct history *h, struct sv guid, struct incident_process *ret)
{
	uint32_t i = *find_slot(h, guid);

	if (i == NOTHING)
		return false;
	*ret = at_record(h, i);
	for (int images = 1; images < HISTORY_IMAGES_MAX; images++) {
		struct incident_process earlier;

		i = h->record[i].before;
		if (i == NOTHING)
			break;
		earlier = at_record(h, i);
		ret->entered |= incident_is_entrance(earlier.image);
		ret->started = earlier.started;
	}
	return true;
}

void history_each(const struct history *h, struct sv guid,
		  bool (*process)(void *context, const struct incident_process *process),
		  void *context)
{
	uint32_t first = *find_slot(h, guid);

	while (first != NOTHING && h->record[first].before != NOTHING)
		first = h->record[first].before;
	for (size_t i = first; i < h->count; i++) {
		const struct incident_process p = at_record(h, i);

		if (!process(context, &p))
			break;
	}
}

/* ==== keeping ==== */

static int64_t newest_of(const struct history *h)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < h->count; i++) {
		const struct incident_process p = at_record(h, i);

		newest = p.started.us > newest ? p.started.us : newest;
		newest = p.ended.us > newest ? p.ended.us : newest;
	}
	return newest;
}

static bool is_kept(const struct incident_process *p, int64_t newest)
{
	int64_t age;

	return p->ended.us == 0 || __builtin_sub_overflow(newest, p->ended.us, &age) ||
	       age <= HISTORY_ENDED_SECONDS * INSTANT_SECOND;
}

size_t history_keep(const struct history *h, struct buf *log)
{
	const int64_t newest = newest_of(h);
	size_t first = h->count, kept = 0, bytes = 0;

	/* From the newest back, as far as there is room. */
	while (first > 0) {
		const struct incident_process p = at_record(h, first - 1);
		const size_t next = first < h->count ? h->record[first].at : h->log.n;

		if (is_kept(&p, newest)) {
			bytes += next - h->record[first - 1].at;
			if (kept == INCIDENT_DEVICE_PROCESSES_MAX || bytes > HISTORY_BYTES_MAX)
				break;
			kept++;
		}
		first--;
	}
	for (size_t i = first; i < h->count; i++) {
		const struct incident_process p = at_record(h, i);

		if (is_kept(&p, newest))
			put(log, STARTED, &p);
	}
	return kept;
}
