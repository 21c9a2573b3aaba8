#include "centre/put.h"

#include "centre/centre.h"
#include "centre/person.h"
#include "centre/reply.h"

/* A rule without a level counts as informational. */
static void put_severity(struct emit *emit, const char *key, enum rule_level level)
{
	emit_put_text(emit, key,
		      sv_from(rule_level_name(level == LEVEL_NONE ? LEVEL_INFORMATIONAL : level)));
}

static void put_words(struct emit *emit, const char *key, struct sv words)
{
	emit_key(emit, key);
	emit_array(emit);
	while (words.n > 0) {
		const struct sv word = sv_cut(&words, ' ');

		if (word.n > 0)
			emit_text(emit, word);
	}
	emit_array_end(emit);
}

void put_incident(struct emit *emit, const struct http_request *request,
		  const struct incident *incident)
{
	emit_object(emit);
	emit_put_text(emit, "id", incident->id);
	emit_put_number(emit, "number", (int64_t)incident->number);
	emit_key(emit, "company");
	put_company(emit, request, incident->company);
	emit_key(emit, "device");
	put_device(emit, request, incident->device);
	emit_put_text(emit, "title", incident->title);
	emit_put_text(emit, "title_ja", incident->title_ja);
	put_severity(emit, "severity", incident->level);
	emit_put_text(emit, "state", sv_from(incident_state_name(incident->state)));
	emit_key(emit, "assignee");
	put_person(emit, request, incident->assignee);
	put_words(emit, "techniques", incident->techniques);
	put_words(emit, "tactics", incident->tactics);
	emit_put_number(emit, "detections", (int64_t)incident->detections);
	emit_put_time(emit, "first_seen", incident->first);
	emit_put_time(emit, "last_seen", incident->last);
	emit_put_time(emit, "opened", incident->opened);
	emit_put_time(emit, "updated", incident->updated);
	emit_put_number(emit, "version", (int64_t)incident->version);
	emit_object_end(emit);
}

void put_process(struct emit *emit, const struct incident_process *process,
		 const struct incident_detection_row *detection, size_t detection_count)
{
	emit_object(emit);
	emit_put_text(emit, "guid", process->guid);
	emit_put_or_null(emit, "parent", process->parent_guid);
	emit_key(emit, "pid");
	if (process->pid > 0)
		emit_number(emit, (int64_t)process->pid);
	else
		emit_nothing(emit);
	emit_put_text(emit, "image", process->image);
	emit_put_text(emit, "command_line", process->command_line);
	emit_put_text(emit, "user", process->user);
	emit_put_text(emit, "parent_image", process->parent_image);
	emit_put_time(emit, "started", process->started);
	emit_put_time(emit, "ended", process->ended);
	emit_put_truth(emit, "flagged", process->flagged);
	emit_key(emit, "detections");
	emit_array(emit);
	for (size_t i = 0; i < detection_count; i++)
		if (detection[i].process.n > 0 && sv_eq(detection[i].process, process->guid))
			emit_text(emit, detection[i].id);
	emit_array_end(emit);
	emit_object_end(emit);
}

void put_note(struct emit *emit, const struct http_request *request,
	      const struct incident_entry *entry)
{
	emit_object(emit);
	emit_put_time(emit, "at", entry->at);
	emit_key(emit, "author");
	put_person(emit, request, entry->actor);
	emit_put_text(emit, "text", entry->text);
	emit_object_end(emit);
}

void put_action(struct emit *emit, const struct http_request *request,
		const struct incident_action *action)
{
	emit_object(emit);
	emit_put_text(emit, "id", action->id);
	emit_key(emit, "company");
	put_company(emit, request, action->company);
	emit_key(emit, "device");
	put_device(emit, request, action->device);
	emit_put_or_null(emit, "incident", action->incident);
	emit_put_text(emit, "kind", sv_from(action_kind_name(action->kind)));
	emit_put_or_null(emit, "process", action->kind == ACTION_KILL ? action->target : SV_NONE);
	emit_put_text(emit, "state", sv_from(action_state_name(action->state)));
	emit_put_text(emit, "reason", action->reason);
	emit_put_time(emit, "proposed", action->requested);
	emit_key(emit, "proposed_by");
	put_person(emit, request, action->requested_by);
	emit_put_time(emit, "approved", action->approved);
	emit_key(emit, "approved_by");
	put_person(emit, request, action->approved_by);
	emit_put_time(emit, "sent", action->sent);
	emit_put_time(emit, "finished", action->finished);
	emit_put_time(emit, "expires", action->expiry);
	emit_put_text(emit, "result", action->result);
	emit_object_end(emit);
}

void put_detection(struct emit *emit, const struct http_request *request,
		   const struct incident_detection_row *row, bool why)
{
	emit_object(emit);
	emit_put_text(emit, "id", row->id);
	emit_put_or_null(emit, "incident", row->incident);
	emit_key(emit, "company");
	put_company(emit, request, row->company);
	emit_key(emit, "device");
	put_device(emit, request, row->device);
	emit_key(emit, "rule");
	emit_object(emit);
	emit_put_text(emit, "id", row->rule);
	emit_put_text(emit, "title", row->rule_title);
	emit_put_text(emit, "title_ja", row->title_ja);
	put_severity(emit, "level", row->level);
	put_words(emit, "tags", row->tags);
	emit_object_end(emit);
	emit_put_text(emit, "event", row->event);
	emit_put_time(emit, "observed", row->observed);
	emit_put_time(emit, "detected", row->detected);
	emit_put_text(emit, "summary", row->summary);
	emit_put_or_null(emit, "process", row->process);
	emit_key(emit, "why");
	emit_raw(emit, why && row->reasons.n > 0 ? row->reasons : SV("[]"));
	emit_object_end(emit);
}

/* Persons stand in the trail by id; people read names. */
static struct sv readable(const struct http_request *request, const struct incident_entry *entry,
			  struct sv value)
{
	struct sv name = value;

	if (entry->kind == INCIDENT_ENTRY_ASSIGNED && value.n > 0)
		person_name(request->worker->records, value, request->arena, &name, NULL);
	return name;
}

void put_entry(struct emit *emit, const struct http_request *request,
	       const struct incident_entry *entry)
{
	emit_object(emit);
	emit_put_time(emit, "at", entry->at);
	emit_put_text(emit, "kind", sv_from(incident_entry_kind_name(entry->kind)));
	emit_key(emit, "actor");
	put_person(emit, request, entry->actor);
	emit_put_text(emit, "text", entry->text);
	emit_put_text(emit, "text_ja", SV(""));
	emit_put_or_null(emit, "severity", SV_NONE);
	emit_put_or_null(emit, "detection", SV_NONE);
	emit_put_or_null(emit, "action", entry->action);
	emit_put_or_null(emit, "from", readable(request, entry, entry->from));
	emit_put_or_null(emit, "to", readable(request, entry, entry->to));
	emit_object_end(emit);
}

void put_detection_entry(struct emit *emit, const struct incident_detection_row *row)
{
	emit_object(emit);
	emit_put_time(emit, "at", row->observed);
	emit_put_text(emit, "kind", SV("detection"));
	emit_put_or_null(emit, "actor", SV_NONE);
	emit_put_text(emit, "text", row->rule_title);
	emit_put_text(emit, "text_ja", row->title_ja);
	put_severity(emit, "severity", row->level);
	emit_put_text(emit, "detection", row->id);
	emit_put_or_null(emit, "action", SV_NONE);
	emit_put_or_null(emit, "from", SV_NONE);
	emit_put_or_null(emit, "to", SV_NONE);
	emit_object_end(emit);
}
