/* A layer for the ATT&CK Navigator: which techniques were seen, and how often. */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/hunt.h"

#define TECHNIQUES_MAX 4096
#define LAYER_BYTES_MAX (64U << 20)
#define COMMENT_RULES_MAX 20

struct technique {
	char id[16];
	uint64_t count;
	enum rule_level level;
	struct buf comment; /* the rules' titles */
	unsigned rules;
};

struct layer {
	struct technique *technique;
	size_t count;
};

static struct technique *find_technique(struct layer *layer, struct sv id)
{
	struct technique *technique;

	for (size_t i = 0; i < layer->count; i++)
		if (sv_eq(sv_from(layer->technique[i].id), id))
			return &layer->technique[i];
	if (layer->count == TECHNIQUES_MAX)
		return NULL;
	technique = &layer->technique[layer->count++];
	memset(technique, 0, sizeof *technique);
	memcpy(technique->id, id.p, id.n);
	buf_init(&technique->comment, 1U << 16);
	return technique;
}

static void add_rule(struct layer *layer, const struct rule *rule, uint64_t count)
{
	for (size_t i = 0; i < rule->tag_count; i++) {
		char text[16];
		const struct sv id = hunt_technique_of(rule->tag[i], text);
		struct technique *technique = id.p ? find_technique(layer, id) : NULL;

		if (!technique)
			continue;
		technique->count += count;
		if (rule->level > technique->level)
			technique->level = rule->level;
		if (technique->rules++ >= COMMENT_RULES_MAX)
			continue;
		if (technique->comment.n > 0)
			buf_put_char(&technique->comment, '\n');
		put_clean(&technique->comment, hunt_title(rule));
		buf_printf(&technique->comment, " (%" PRIu64 ")", count);
	}
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct technique *)a)->id, ((const struct technique *)b)->id);
}

/* The form of layers 4.5, which every Navigator since 4.9 reads. */
static void put_layer(struct buf *json, const struct layer *layer)
{
	uint64_t most = 1;

	for (size_t i = 0; i < layer->count; i++)
		most = layer->technique[i].count > most ? layer->technique[i].count : most;
	buf_put_sv(json, SV("{\"name\":\"Hikeshi hunt\",\"versions\":{\"navigator\":\"4.9.0\","
			    "\"layer\":\"4.5\"},\"domain\":\"enterprise-attack\","
			    "\"description\":\"hikeshi " HIKESHI_VERSION
			    ": score is the number of detections\",\n\"sorting\":3,"
			    "\"hideDisabled\":false,\"techniques\":["));
	for (size_t i = 0; i < layer->count; i++) {
		const struct technique *technique = &layer->technique[i];

		buf_printf(json,
			   "%s\n{\"techniqueID\":\"%s\",\"score\":%" PRIu64
			   ",\"enabled\":true,\"showSubtechniques\":true,\"comment\":",
			   i ? "," : "", technique->id, technique->count);
		buf_put_json(json, buf_sv(&technique->comment));
		buf_put_sv(json, SV(",\"metadata\":[{\"name\":\"level\",\"value\":\""));
		buf_put_sv(json, sv_from(rule_level_name(technique->level)));
		buf_put_sv(json, SV("\"}]}"));
	}
	buf_printf(json,
		   "\n],\"gradient\":{\"colors\":[\"#fff1cc\",\"#ff9c5b\",\"#ba0000\"],"
		   "\"minValue\":0,\"maxValue\":%" PRIu64 "}}\n",
		   most);
}

int hunt_navigator_write(const struct hunt *hunt, const char *path, struct err *err)
{
	struct layer layer = { mem_alloc(TECHNIQUES_MAX * sizeof(struct technique)), 0 };
	struct buf json;
	int status;

	for (size_t i = 0; i < ruleset_count(hunt->ruleset); i++) {
		const uint64_t count = hunt_statistics_rule(hunt->statistics, i);

		if (count > 0)
			add_rule(&layer, ruleset_rule(hunt->ruleset, i), count);
	}
	if (layer.count > 0)
		qsort(layer.technique, layer.count, sizeof *layer.technique, by_id);
	buf_init(&json, LAYER_BYTES_MAX);
	put_layer(&json, &layer);
	status = file_write(path, buf_sv(&json), 0600, err);
	for (size_t i = 0; i < layer.count; i++)
		buf_done(&layer.technique[i].comment);
	buf_done(&json);
	free(layer.technique);
	return status;
}
