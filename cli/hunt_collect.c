/* Takes results in the order of the input: counts, correlations, output. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/hunt.h"

#define NAMES_BYTES_MAX (32U << 20) /* of those: each three lie within one event */
#define REASONS_BYTES_MAX (4U << 20) /* why one correlation hit */

bool hunt_goes_on(const struct hunt *hunt)
{
	return !ferror(hunt->to) && !hunt_is_stopped();
}

/* ---- what cannot be read ---- */

static void sample_loss(struct hunt *hunt, const char *path, uint64_t record, uint64_t line,
			const struct err *err)
{
	struct hunt_sampled_loss *loss;

	if (hunt->loss_count == HUNT_LOSSES_KEPT)
		return;
	if (!hunt->loss)
		hunt->loss = mem_zalloc(HUNT_LOSSES_KEPT * sizeof *hunt->loss);
	loss = &hunt->loss[hunt->loss_count++];
	loss->path = mem_dup(path);
	loss->reason = mem_dup(err->text);
	loss->record = record;
	loss->line = line;
}

/* The reader's own words name the record; those about lines do not. */
static void say_loss(const char *path, uint64_t record, uint64_t line, const struct err *err)
{
	if (record == 0)
		say("%s: %s", path, err->text);
	else if (line == record || line == 0)
		say(_("%s: record %" PRIu64 ": %s"), path, record, err->text);
	else
		say(_("%s: record %" PRIu64 " (line %" PRIu64 "): %s"), path, record, line,
		    err->text);
	if (err->hint[0])
		say_hint("%s", err->hint);
}

static void take_loss(struct hunt *hunt, const struct hunt_entry *entry)
{
	const char *path = hunt->files.path[entry->file];
	const uint64_t record = entry->record ? hunt->record_base + entry->record : 0;
	const uint64_t line = entry->line ? hunt->line_base + entry->line : 0;

	hunt->told++;
	if (entry->err->code == ERR_IO)
		hunt_fail(hunt, ERR_IO);
	else if (hunt->told > HUNT_LOSSES_SHOWN + 1)
		return;
	progress_clear(hunt->progress);
	if (hunt->told == HUNT_LOSSES_SHOWN + 1 && entry->err->code != ERR_IO) {
		say(_("%s: more that cannot be read; only counted from here"), path);
		return;
	}
	sample_loss(hunt, path, record, line, entry->err);
	say_loss(path, record, line, entry->err);
}

static void take_refused(struct hunt *hunt, const struct hunt_entry *entry)
{
	const struct err *err = entry->err;

	progress_clear(hunt->progress);
	command_failed(err);
	sample_loss(hunt, hunt->files.path[entry->file], 0, 0, err);
	hunt_fail(hunt, err->code == ERR_FORMAT ? ERR_FORMAT : ERR_NOT_FOUND);
}

/* ---- detections ---- */

static void tell(struct hunt *hunt, const struct detection *detection)
{
	hunt->detections++;
	hunt_statistics_add(hunt->statistics, detection);
	if (hunt->output->is_table)
		progress_clear(hunt->progress);
	hunt->output->detection(hunt, detection);
}

static void tell_correlation(struct hunt *hunt, const struct correlation_hit *hit,
			     struct arena *arena)
{
	const struct correlation_part *last =
		hit->part_count ? &hit->part[hit->part_count - 1] : NULL;
	struct hunt_reasons reasons = { NULL, 0 };

	if (hunt->explain || hunt->output->explains)
		reasons.count = correlation_explain(hunt->ruleset, hit, arena, &reasons.reason);
	tell(hunt, &(struct detection){
			   .rule = ruleset_rule(hunt->ruleset, hit->rule),
			   .rule_index = hit->rule,
			   .path = last ? hunt->files.path[last->reference.word[0]] : "",
			   .record = last ? last->reference.word[1] : 0,
			   .at = hit->last,
			   .reasons = &reasons,
			   .correlation = hit,
		   });
}

static void tell_correlations(struct hunt *hunt, const struct correlation_hit *hit, size_t count)
{
	struct arena *arena = count ? arena_new(REASONS_BYTES_MAX) : NULL;

	for (size_t i = 0; i < count; i++) {
		if (!hunt->wanted[hit[i].rule])
			continue;
		tell_correlation(hunt, &hit[i], arena);
		arena_clear(arena);
	}
	arena_free(arena);
}

static void correlate(struct hunt *hunt, const struct hunt_entry *entry, uint64_t record)
{
	const struct correlation_hit *hit;
	const struct correlation_reference reference = { { entry->file, record } };
	bool is_asked = false;
	size_t count;

	for (size_t i = 0; hunt->correlator && i < entry->match_count && !is_asked; i++)
		is_asked = ruleset_rule(hunt->ruleset, entry->match[i])->correlated;
	if (!is_asked)
		return;
	count = correlator_event(hunt->correlator, entry->event, reference, entry->match,
				 entry->match_count, &hit);
	tell_correlations(hunt, hit, count);
}

static void take_finding(struct hunt *hunt, const struct hunt_entry *entry)
{
	const uint64_t record = hunt->record_base + entry->record;

	buf_clear(&hunt->event);
	for (size_t i = 0; i < entry->match_count; i++) {
		if (!hunt->wanted[entry->match[i]])
			continue;
		tell(hunt,
		     &(struct detection){
			     .rule = ruleset_rule(hunt->ruleset, entry->match[i]),
			     .rule_index = entry->match[i],
			     .path = entry->path ? entry->path : hunt->files.path[entry->file],
			     .record = record,
			     .line = entry->line ? hunt->line_base + entry->line : 0,
			     .at = entry->event->envelope.observed,
			     .event = entry->event,
			     .reasons = entry->reasons ? &entry->reasons[i] : NULL,
		     });
	}
	correlate(hunt, entry, record);
}

/* ---- results ---- */

static void take_entry(struct hunt *hunt, const struct hunt_entry *entry)
{
	switch (entry->kind) {
	case HUNT_FINDING: take_finding(hunt, entry); break;
	case HUNT_LOSS: take_loss(hunt, entry); break;
	case HUNT_REFUSED: take_refused(hunt, entry); break;
	case HUNT_BEGIN:
		hunt->record_base = hunt->line_base = hunt->told = 0;
		hunt->is_live = hunt->follow || strcmp(hunt->files.path[entry->file], "-") == 0;
		break;
	case HUNT_END: hunt->searched++; break;
	}
}

/* Following: windows close by the clock, also where nothing comes. */
static void advance(struct hunt *hunt)
{
	const struct correlation_hit *hit;
	size_t count;

	count = correlator_advance(hunt->correlator, clock_now(clock_real()), &hit);
	tell_correlations(hunt, hit, count);
}

static void take_unrouted(struct hunt *hunt, const struct hunt_unrouted *unrouted)
{
	if (!hunt->names)
		hunt->names = arena_new(NAMES_BYTES_MAX);
	hunt->unrouted.events += unrouted->events;
	hunt->unrouted.has_more |= unrouted->has_more;
	for (size_t i = 0; i < unrouted->names; i++)
		hunt_unrouted_name(&hunt->unrouted, &unrouted->name[i], hunt->names);
}

void hunt_collect(struct hunt *hunt, struct hunt_results *results)
{
	const uint64_t before = hunt->detections;
	bool has_ended = false;

	for (const struct hunt_entry *entry = results->first; entry; entry = entry->next) {
		take_entry(hunt, entry);
		has_ended |= entry->kind == HUNT_END;
	}
	hunt->record_base += results->numbered;
	hunt->line_base += results->lines;
	hunt->records += results->records;
	hunt->lost += results->lost;
	hunt->damaged += results->damaged;
	hunt->out_of_range += results->out_of_range;
	hunt->unkept += results->unkept;
	take_unrouted(hunt, &results->unrouted);
	progress_update(hunt->progress, hunt->bytes_done + results->bytes_at, hunt->bytes_total,
			hunt->records);
	if (has_ended)
		hunt->bytes_done += results->bytes_at;
	if (hunt->follow && hunt->correlator)
		advance(hunt);
	if (hunt->is_live && hunt->detections > before)
		fflush(hunt->to);
	hunt_results_free(results);
}

static void say_correlator(const struct hunt *hunt)
{
	const struct correlator_statistics statistics = correlator_statistics(hunt->correlator);
	const uint64_t forgotten =
		statistics.late + statistics.evicted_keys + statistics.evicted_entries;

	if (forgotten + statistics.forced > 0)
		say(_("Correlations: %" PRIu64 " events or groups were too late or too many to be "
		      "kept; what would have needed them is missing."),
		    forgotten + statistics.forced);
}

void hunt_collect_end(struct hunt *hunt)
{
	const struct correlation_hit *hit;
	size_t count;

	if (!hunt->correlator)
		return;
	while ((count = correlator_finish(hunt->correlator, &hit)) > 0)
		tell_correlations(hunt, hit, count);
	say_correlator(hunt);
}
