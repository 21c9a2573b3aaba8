/* One worker: reads or is given events, matches them, and keeps what was found. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/hunt.h"

struct hunt_worker {
	const struct hunt *hunt;
	struct detect_session *session;
	struct event_decoder *decoder;
	uint32_t *kept;
	uint64_t unrouted; /* of the session's events, so far */
};

struct hunt_worker *hunt_worker_new(const struct hunt *hunt)
{
	struct hunt_worker *worker = mem_zalloc(sizeof *worker);

	worker->hunt = hunt;
	worker->session = detect_session_new(hunt->ruleset);
	worker->decoder = event_decoder_new();
	worker->kept = mem_alloc((ruleset_count(hunt->ruleset) + 1) * sizeof *worker->kept);
	return worker;
}

void hunt_worker_free(struct hunt_worker *worker)
{
	if (!worker)
		return;
	detect_session_free(worker->session);
	event_decoder_free(worker->decoder);
	free(worker->kept);
	free(worker);
}

/* ---- results ---- */

struct hunt_results *hunt_results_new(void)
{
	struct hunt_results *results = mem_zalloc(sizeof *results);

	results->arena = arena_new(HUNT_RESULTS_BYTES);
	return results;
}

void hunt_results_free(struct hunt_results *results)
{
	if (!results)
		return;
	arena_free(results->arena);
	free(results);
}

struct hunt_entry *hunt_results_add(struct hunt_results *results, enum hunt_entry_kind kind,
				    size_t file)
{
	struct hunt_entry *entry = arena_zalloc(results->arena, 1, sizeof *entry);

	if (!entry)
		return NULL;
	entry->kind = kind;
	entry->file = file;
	if (results->last)
		results->last->next = entry;
	else
		results->first = entry;
	results->last = entry;
	return entry;
}

/* Those that nobody will be told of are only counted. */
void hunt_results_loss(struct hunt_results *results, size_t file, uint64_t record, uint64_t line,
		       const struct err *err)
{
	struct hunt_entry *entry;
	struct err *copy;

	if (results->losses++ > HUNT_LOSSES_SHOWN && err->code != ERR_IO)
		return;
	copy = arena_alloc(results->arena, sizeof *copy);
	entry = copy ? hunt_results_add(results, HUNT_LOSS, file) : NULL;
	if (!entry)
		return;
	*copy = *err;
	entry->err = copy;
	entry->record = record;
	entry->line = line;
}

void hunt_results_skipped(struct hunt_results *results, size_t file, const struct err *err)
{
	if (err->code != ERR_IO) {
		results->numbered++;
		results->lines++;
	}
	hunt_results_loss(results, file, err->code == ERR_IO ? 0 : results->numbered,
			  err->code == ERR_IO ? 0 : results->lines, err);
}

static bool is_same_logsource(const struct hunt_logsource *a, const struct hunt_logsource *b)
{
	return sv_eq(a->product, b->product) && sv_eq(a->category, b->category) &&
	       sv_eq(a->service, b->service);
}

/* The first ones of all, however the events were cut into batches. */
void hunt_unrouted_name(struct hunt_unrouted *unrouted, const struct hunt_logsource *name,
			struct arena *arena)
{
	for (size_t i = 0; i < unrouted->names; i++)
		if (is_same_logsource(&unrouted->name[i], name))
			return;
	if (unrouted->names == HUNT_UNROUTED_NAMES_MAX) {
		unrouted->has_more = true;
		return;
	}
	unrouted->name[unrouted->names++] = (struct hunt_logsource){
		.product = arena_dup(arena, name->product),
		.category = arena_dup(arena, name->category),
		.service = arena_dup(arena, name->service),
	};
}

/* ---- a copy of an event ---- */

static bool lies_within(struct sv part, struct sv whole)
{
	return part.p && whole.p && part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

/* The same text in the copy, or a copy of its own. */
static struct sv move(struct sv text, struct sv from, struct sv to, struct arena *arena)
{
	if (lies_within(text, from))
		return (struct sv){ to.p + (text.p - from.p), text.n };
	return text.p ? arena_dup(arena, text) : text;
}

const struct event *hunt_copy_event(const struct event *event, struct arena *arena)
{
	struct event *copy = arena_alloc(arena, sizeof *copy);
	struct event_field *field = arena_alloc(arena, (event->count + 1) * sizeof *field);
	const struct sv raw = event->raw.p ? arena_dup(arena, event->raw) : SV_NONE;
	struct sv *const text[] = {
		&copy->body,
		&copy->envelope.id,
		&copy->envelope.company,
		&copy->envelope.device,
		&copy->envelope.product,
		&copy->envelope.category,
		&copy->envelope.service,
	};

	if (!copy || !field || (event->raw.p && !raw.p))
		return NULL;
	*copy = *event;
	copy->raw = raw;
	copy->field = field;
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		const bool is_there = text[i]->p != NULL;

		*text[i] = move(*text[i], event->raw, raw, arena);
		if (is_there && !text[i]->p)
			return NULL;
	}
	for (size_t i = 0; i < event->count; i++) {
		field[i] = event->field[i];
		field[i].name = move(field[i].name, event->raw, raw, arena);
		field[i].text = move(field[i].text, event->raw, raw, arena);
		if (!field[i].name.p || (event->field[i].text.p && !field[i].text.p))
			return NULL;
	}
	return copy;
}

/* ---- one event ---- */

static bool is_in_range(const struct hunt *hunt, struct instant at)
{
	if (!hunt->has_since && !hunt->has_until)
		return true;
	return at.us != 0 && (!hunt->has_since || at.us >= hunt->since.us) &&
	       (!hunt->has_until || at.us < hunt->until.us);
}

static size_t keep_wanted(struct hunt_worker *worker, const uint32_t *match, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (worker->hunt->kept[match[i]])
			worker->kept[n++] = match[i];
	return n;
}

static const struct hunt_reasons *explain(struct hunt_worker *worker, const struct event *event,
					  size_t count, struct arena *arena)
{
	struct hunt_reasons *reasons = arena_zalloc(arena, count, sizeof *reasons);

	for (size_t i = 0; reasons && i < count; i++)
		if (worker->hunt->wanted[worker->kept[i]])
			detect_explain(worker->session, worker->kept[i], event, arena,
				       &reasons[i].reason, &reasons[i].count);
	return reasons;
}

static bool keep_finding(struct hunt_worker *worker, size_t file, uint64_t record, uint64_t line,
			 const struct event *event, size_t count, struct hunt_results *results)
{
	const struct hunt *hunt = worker->hunt;
	const struct event *copy = hunt_copy_event(event, results->arena);
	uint32_t *match = arena_alloc(results->arena, count * sizeof *match);
	const struct hunt_reasons *reasons = NULL;
	struct hunt_entry *entry;

	if (!copy || !match)
		return false;
	memcpy(match, worker->kept, count * sizeof *match);
	if (hunt->explain || hunt->output->explains)
		reasons = explain(worker, copy, count, results->arena);
	entry = hunt_results_add(results, HUNT_FINDING, file);
	if (!entry)
		return false;
	entry->record = record;
	entry->line = line;
	entry->event = copy;
	entry->match = match;
	entry->match_count = count;
	entry->reasons = reasons;
	return true;
}

static void count_unrouted(struct hunt_worker *worker, const struct event_envelope *envelope,
			   struct hunt_results *results)
{
	const uint64_t unrouted = detect_session_statistics(worker->session).events_unrouted;

	if (unrouted == worker->unrouted)
		return;
	worker->unrouted = unrouted;
	results->unrouted.events++;
	hunt_unrouted_name(&results->unrouted,
			   &(struct hunt_logsource){ envelope->product, envelope->category,
						     envelope->service },
			   results->arena);
}

/* --logsource counts whatever form the event came in. */
static const struct event *as_told(const struct hunt *hunt, const struct event *event,
				   struct event *copy)
{
	if (hunt->product.n + hunt->category.n + hunt->service.n == 0)
		return event;
	*copy = *event;
	if (hunt->product.n > 0)
		copy->envelope.product = hunt->product;
	if (hunt->category.n > 0)
		copy->envelope.category = hunt->category;
	if (hunt->service.n > 0)
		copy->envelope.service = hunt->service;
	return copy;
}

void hunt_search_event(struct hunt_worker *worker, size_t file, uint64_t record, uint64_t line,
		       const struct event *event, struct hunt_results *results)
{
	const uint32_t *match;
	struct event copy;
	size_t count;

	event = as_told(worker->hunt, event, &copy);
	results->records++;
	if (!is_in_range(worker->hunt, event->envelope.observed)) {
		results->out_of_range++;
		return;
	}
	count = detect_event(worker->session, event, &match);
	if (count == 0)
		count_unrouted(worker, &event->envelope, results);
	count = count ? keep_wanted(worker, match, count) : 0;
	if (count > 0 && !keep_finding(worker, file, record, line, event, count, results))
		results->unkept++;
}

/* ---- lines ---- */

static void search_line(struct hunt_worker *worker, size_t file, struct sv line,
			struct hunt_results *results)
{
	struct event event;
	struct err err = ERR_INIT;
	int status;

	line = sv_trim(line);
	if (line.n == 0)
		return;
	results->numbered++;
	if (line.n > EVENT_BYTES_MAX)
		status = err_set(&err, ERR_TOO_LARGE, "longer than %u bytes", EVENT_BYTES_MAX);
	else
		status = event_decode_any(worker->decoder, line, &event, &err);
	if (status == 0) {
		hunt_search_event(worker, file, results->numbered, results->lines, &event, results);
		return;
	}
	results->lost++;
	hunt_results_loss(results, file, results->numbered, results->lines, &err);
}

void hunt_search_lines(struct hunt_worker *worker, size_t file, struct sv lines,
		       struct hunt_results *results)
{
	while (lines.n > 0) {
		const struct sv line = sv_cut(&lines, '\n');

		results->lines++;
		search_line(worker, file, line, results);
	}
}

/* ---- a whole file ---- */

struct event_reader *hunt_open(const struct hunt *hunt, size_t file, struct hunt_results *results)
{
	const struct event_reader_options options = {
		.format = hunt->format,
		.follow = hunt->follow,
		.product = hunt->product,
		.category = hunt->category,
		.service = hunt->service,
	};
	struct err err = ERR_INIT;
	struct event_reader *reader =
		event_reader_open_with(hunt->files.path[file], &options, &err);
	struct hunt_entry *entry = hunt_results_add(results, HUNT_BEGIN, file);
	struct err *copy = arena_alloc(results->arena, sizeof *copy);

	if (reader || !entry || !copy)
		return reader;
	*copy = err;
	entry->kind = HUNT_REFUSED;
	entry->err = copy;
	return NULL;
}

struct search {
	struct hunt_worker *worker;
	struct event_reader *reader;
	struct hunt_results *results;
	struct event_reader_progress told;
	size_t file;
	hunt_emit *emit;
	void *context;
	bool is_live;
};

/* What the reader counted since the last time. */
static void count(struct search *search)
{
	const struct event_reader_progress now = event_reader_progress(search->reader);
	struct hunt_results *results = search->results;

	results->lost += now.lost - search->told.lost;
	results->damaged += now.damaged - search->told.damaged;
	results->bytes_at = now.bytes_read;
	search->told = now;
}

static void hand_over(struct search *search)
{
	count(search);
	search->emit(search->context, search->results);
	search->results = hunt_results_new();
}

static bool is_full(const struct search *search)
{
	const struct hunt_results *results = search->results;

	return results->records >= HUNT_BATCH_RECORDS || results->losses > HUNT_LOSSES_SHOWN ||
	       arena_used(results->arena) > HUNT_BATCH_BYTES ||
	       (search->is_live && (results->last || results->losses > 0));
}

/* Lines that came with a block; one that is too long stands before the next block. */
static void search_blocks(struct search *search)
{
	struct sv block;
	struct err err = ERR_INIT;
	int more;

	while ((more = event_reader_lines(search->reader, &block, &err)) != 0) {
		if (more > 0)
			hunt_search_lines(search->worker, search->file, block, search->results);
		else
			hunt_results_skipped(search->results, search->file, &err);
		if (!is_full(search))
			continue;
		hand_over(search);
		if (!hunt_goes_on(search->worker->hunt))
			return;
	}
}

/* Of a folder that is followed: in which file the last finding was. */
static void name_file(struct search *search, const struct hunt_entry *before)
{
	struct hunt_entry *entry = search->results->last;

	if (entry && entry != before && entry->kind == HUNT_FINDING)
		entry->path = arena_dup(search->results->arena,
					sv_from(event_reader_path(search->reader)))
				      .p;
}

static void search_events(struct search *search)
{
	const bool follows = search->worker->hunt->follow;
	struct event event;
	uint64_t record = 0;
	struct err err = ERR_INIT;
	int more;

	while ((more = event_reader_next(search->reader, &event, &record, &err)) != 0) {
		const struct hunt_entry *before = search->results->last;

		if (more == 1)
			hunt_search_event(search->worker, search->file, record, 0, &event,
					  search->results);
		else if (more < 0)
			hunt_results_loss(search->results, search->file, 0, 0, &err);
		if (follows)
			name_file(search, before);
		if (more != EVENT_READER_QUIET && !is_full(search))
			continue;
		hand_over(search);
		if (!hunt_goes_on(search->worker->hunt))
			return;
	}
}

void hunt_search_file(struct hunt_worker *worker, size_t file, hunt_emit *emit, void *context)
{
	struct search search = { .worker = worker, .file = file, .emit = emit, .context = context };

	search.is_live = strcmp(worker->hunt->files.path[file], "-") == 0 || worker->hunt->follow;
	search.results = hunt_results_new();
	search.reader = hunt_open(worker->hunt, file, search.results);
	if (search.reader) {
		if (!worker->hunt->follow &&
		    event_reader_format(search.reader) == EVENT_FORMAT_NDJSON)
			search_blocks(&search);
		else
			search_events(&search);
		count(&search);
		hunt_results_add(search.results, HUNT_END, file);
		event_reader_close(search.reader);
	}
	emit(context, search.results);
}
