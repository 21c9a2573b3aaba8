/*
 * testing.h - for the tests of incident/: a store, processes, detections.
 */
#ifndef INCIDENT_TESTING_H
#define INCIDENT_TESTING_H

#include "incident/incident.h"
#include "store/testing.h"

struct scene {
	char folder[TESTING_PATH_MAX];
	struct store *store;
	struct incident_tracker *tracker;
	struct event_builder *builder;
	struct arena *arena;
	uint64_t events; /* for ids */
	char id[UUID_TEXT_MAX];
	struct err err;
};

static inline void scene_open(struct scene *s)
{
	char path[TESTING_PATH_MAX], url[TESTING_PATH_MAX + 8];

	*s = (struct scene){ .err = ERR_INIT };
	testing_folder(s->folder);
	snprintf(url, sizeof url, "sqlite:%s", testing_path(s->folder, "records", path));
	s->store = store_open(url, &s->err);
	s->tracker = incident_tracker_new();
	s->builder = event_builder_new();
	s->arena = arena_new(64U << 20);
	if (!s->store ||
	    store_migrate(s->store, incident_migrations, incident_migration_count, &s->err) != 0) {
		printf("Bail out! %s\n", s->err.text);
		abort();
	}
}

static inline void scene_close(struct scene *s)
{
	incident_tracker_free(s->tracker);
	store_close(s->store);
	event_builder_free(s->builder);
	arena_free(s->arena);
	testing_remove(s->folder, "records");
}

#define SCENE_START TESTING_TIME
static const struct incident_scope scene_all = { .all = true };

static inline struct instant scene_time(int64_t milliseconds)
{
	return (struct instant){ SCENE_START + milliseconds * 1000 };
}

/* A fresh event; fields are added with event_builder_text(s->builder, …). */
static inline struct event_envelope *scene_event(struct scene *s, const char *device,
						 const char *category, int64_t milliseconds)
{
	struct event_envelope *envelope;

	testing_id(++s->events, SCENE_START, s->id);
	event_builder_clear(s->builder);
	envelope = event_builder_envelope(s->builder);
	*envelope = (struct event_envelope){
		.id = sv_from(s->id),
		.company = SV(TESTING_COMPANY),
		.device = sv_from(device),
		.observed = scene_time(milliseconds),
		.received = scene_time(milliseconds + 100),
		.product = SV("linux"),
		.category = sv_from(category),
	};
	return envelope;
}

static inline void scene_text(struct scene *s, const char *name, const char *text)
{
	if (text)
		event_builder_text(s->builder, sv_from(name), sv_from(text));
}

struct scene_process {
	const char *guid, *parent, *image, *command_line, *parent_image, *parent_command_line,
		*input;
};

static inline void scene_fill(struct scene *s, const struct scene_process *p)
{
	scene_text(s, "ProcessGuid", p->guid);
	scene_text(s, "ParentProcessGuid", p->parent);
	scene_text(s, "Image", p->image);
	scene_text(s, "CommandLine", p->command_line);
	scene_text(s, "ParentImage", p->parent_image);
	scene_text(s, "ParentCommandLine", p->parent_command_line);
	scene_text(s, "StandardInput", p->input);
}

static inline bool scene_commit(struct scene *s)
{
	return incident_tracker_flush(s->tracker, s->store, &s->err) == 0 &&
	       store_commit(s->store, &s->err) == 0;
}

static inline bool scene_observe(struct scene *s)
{
	const struct event event = event_builder_event(s->builder);
	const bool inside = store_in_transaction(s->store);

	if (!inside && store_begin(s->store, &s->err) != 0)
		return false;
	if (incident_observe_event(s->tracker, s->store, &event, &s->err) != 0)
		return false;
	return inside || scene_commit(s);
}

static inline bool scene_start(struct scene *s, const char *device, int64_t milliseconds,
			       const struct scene_process *p)
{
	scene_event(s, device, "process_creation", milliseconds);
	scene_fill(s, p);
	return scene_observe(s);
}

static inline bool scene_end(struct scene *s, const char *device, int64_t milliseconds,
			     const char *guid)
{
	scene_event(s, device, "process_termination", milliseconds);
	scene_text(s, "ProcessGuid", guid);
	return scene_observe(s);
}

/* The event that stands in the builder is detected by a rule. */
static inline bool scene_detect(struct scene *s, const char *rule, enum rule_level level,
				struct incident_absorbtion *ret)
{
	static const struct sv tag[] = { { "attack.execution", 16 },
					 { "attack.t1059.004", 16 },
					 { "attack.g0016", 12 } };
	const struct event event = event_builder_event(s->builder);
	const struct rule row = {
		.id = sv_from(rule),
		.title = sv_from(rule),
		.title_ja = SV("復号して実行"),
		.level = level,
		.tag = tag,
		.tag_count = 3,
	};
	const struct detect_reason reason = {
		.selection = SV("selection"),
		.field = SV("CommandLine"),
		.modifiers = SV("contains"),
		.pattern = SV("base64"),
		.value = SV("echo \"x\" | base64 -d"),
		.value_at = 11,
		.value_n = 6,
		.matched = true,
	};
	const struct incident_detection detection = {
		.event = &event,
		.rule = &row,
		.ruleset = SV("digest"),
		.reason = &reason,
		.reason_count = 1,
		.now = { event.envelope.received.us + 100000 },
	};
	const bool inside = store_in_transaction(s->store);

	if (!inside && store_begin(s->store, &s->err) != 0)
		return false;
	if (incident_absorb(s->tracker, s->store, &detection, ret, &s->err) != 0) {
		store_rollback(s->store);
		return false;
	}
	return inside || scene_commit(s);
}

/* A detection on a process_creation event that was observed before. */
static inline bool scene_detect_process(struct scene *s, const char *device, int64_t milliseconds,
					const struct scene_process *p, const char *rule,
					struct incident_absorbtion *ret)
{
	scene_event(s, device, "process_creation", milliseconds);
	scene_fill(s, p);
	return scene_detect(s, rule, LEVEL_HIGH, ret);
}

#endif
