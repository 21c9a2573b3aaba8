#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "detect/detect.h"

#define ARENA_MAX ((size_t)256 << 20)

void ruleset_placeholders_free(struct ruleset_placeholders *placeholders)
{
	if (!placeholders)
		return;
	arena_free(placeholders->arena);
	free(placeholders);
}

static int refuse(const char *name, uint32_t line, uint32_t column, const char *what,
		  struct err *err)
{
	return err_set(err, ERR_FORMAT, "%s:%u:%u: %s", name, line, column, what);
}

static int read_values(struct ruleset_placeholder *placeholder, const struct yaml_node *node,
		       const char *name, struct arena *arena, struct err *err)
{
	const size_t count = node->kind == YAML_LIST ? node->count : 1;
	struct sv *value = arena_alloc(arena, (count + 1) * sizeof *value);

	if (count == 0)
		return refuse(name, node->line, node->column, "a placeholder without values", err);
	if (count > DETECT_VALUES_MAX || !value)
		return refuse(name, node->line, node->column, "too many values", err);
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = node->kind == YAML_LIST ? node->item[i] : node;

		if (item->kind != YAML_SCALAR || yaml_is_null(item) || item->text.n == 0)
			return refuse(name, item->line, item->column,
				      "the value of a placeholder must be a text or a number", err);
		value[i] = arena_dup(arena, item->text);
	}
	placeholder->value = value;
	placeholder->count = count;
	return 0;
}

static struct sv without_percent(struct sv name)
{
	return name.n > 2 && name.p[0] == '%' && name.p[name.n - 1] == '%'
		       ? sv_slice(name, 1, name.n - 1)
		       : name;
}

static int read_all(struct ruleset_placeholders *placeholders, const struct yaml_node *map,
		    const char *name, struct err *err)
{
	struct ruleset_placeholder *list =
		arena_zalloc(placeholders->arena, map->count + 1, sizeof *list);

	for (size_t i = 0; list && i < map->count; i++) {
		const struct yaml_pair *pair = &map->pair[i];

		list[i].name = arena_dup(placeholders->arena, without_percent(pair->key));
		if (pair->key.n == 0)
			return refuse(name, pair->key_line, pair->key_column,
				      "a placeholder needs a name", err);
		for (size_t k = 0; k < i; k++)
			if (sv_eq(list[k].name, list[i].name))
				return refuse(name, pair->key_line, pair->key_column,
					      "this placeholder stands twice", err);
		if (read_values(&list[i], pair->value, name, placeholders->arena, err) != 0)
			return -1;
	}
	placeholders->list = list;
	placeholders->count = list ? map->count : 0;
	return 0;
}

struct ruleset_placeholders *ruleset_placeholders_parse(struct sv yaml, const char *name,
							struct err *err)
{
	struct ruleset_placeholders *placeholders = mem_zalloc(sizeof *placeholders);
	struct arena *scratch = arena_new(ARENA_MAX);
	struct yaml_node **root;
	const struct yaml_node *map = NULL;
	const int count = yaml_parse(yaml, name, scratch, &root, err);
	int r = -1;

	placeholders->arena = arena_new(ARENA_MAX);
	if (count > 1)
		err_set(err, ERR_FORMAT, "%s: more than one document", name);
	else if (count >= 0)
		map = count == 1 ? root[0] : NULL;
	if (map && map->kind == YAML_MAP && yaml_get(map, "vars"))
		map = yaml_get(map, "vars");
	if (map && map->kind != YAML_MAP)
		r = refuse(name, map->line, map->column,
			   "placeholders are a map: {name: [value, value]}", err);
	else if (map)
		r = read_all(placeholders, map, name, err);
	else if (count == 0 || count == 1) /* an empty file */
		r = 0;
	arena_free(scratch);
	if (r == 0)
		return placeholders;
	ruleset_placeholders_free(placeholders);
	return NULL;
}

struct ruleset_placeholders *ruleset_placeholders_load(const char *path, struct err *err)
{
	struct ruleset_placeholders *placeholders = NULL;
	struct buf buf;

	buf_init(&buf, YAML_BYTES_MAX);
	if (file_read(path, &buf, err) == 0)
		placeholders = ruleset_placeholders_parse(buf_sv(&buf), path, err);
	buf_done(&buf);
	if (!placeholders)
		err_wrap(err, "loading placeholders");
	return placeholders;
}
