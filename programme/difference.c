/* What differs between two versions of a file, place by place, and whom it touches. */
#include "programme/internal.h"

#define SHOWN_CHARACTERS 60 /* of one value */

const char *change_kind_name(enum change_kind kind)
{
	static const char *const name[] = { "added", "removed", "changed", "order" };

	return kind <= CHANGE_ORDER ? name[kind] : NULL;
}

/* ---- whom a part of the file touches ---- */

enum touch { TOUCHES_NEW, TOUCHES_ALL, TOUCHES_IF_MOVED };

struct part {
	const char *key, *ja, *en;
	enum touch touch;
};

/* clang-format off */
static const struct part part[] = {
	{ "form", "公開した後の申込みに使います。", "For forms that come in afterwards.", TOUCHES_NEW },
	{ "eligibility", "公開した後の申込みの判定に使います。", "For the judgement of forms that come in afterwards.", TOUCHES_NEW },
	{ "receive", "公開した後の申込みに使います。", "For forms that come in afterwards.", TOUCHES_NEW },
	{ "reception", "公開した時から、受付の期間が変わります。", "The time of reception changes at once.", TOUCHES_ALL },
	{ "courses", "公開した時から、定員と内容が全員について変わります。", "Places and contents change at once, for all.", TOUCHES_ALL },
	{ "closures", "手続き中の申込みの期限も数え直します。", "Deadlines under way are counted again.", TOUCHES_ALL },
	{ "selection", "抽選がまだなら、抽選はこの規則で行います。", "A draw that is still to come follows this.", TOUCHES_ALL },
	{ "sessions", "公開した時から、予約の受付がこのとおりになります。", "Bookings follow this at once.", TOUCHES_ALL },
	{ "documents", "公開した時から使います。", "From now on.", TOUCHES_ALL },
	{ "figures", "次に作る集計から使います。", "For the next figures.", TOUCHES_NEW },
	{ "flags", "職員の目印がすぐに変わります。", "Marks for staff change at once.", TOUCHES_ALL },
	{ "upgrade", "この版を公開する時に使います。", "Says what becomes of applications under way now.", TOUCHES_IF_MOVED },
	{ "states", "手続き中の申込みには、この版へ移すときに使います。", "For applications under way where they move to this version.", TOUCHES_IF_MOVED },
	{ "anywhere", "手続き中の申込みには、この版へ移すときに使います。", "For applications under way where they move to this version.", TOUCHES_IF_MOVED },
	{ "mails", "手続き中の申込みには、この版へ移すときに使います。", "For applications under way where they move to this version.", TOUCHES_IF_MOVED },
	{ "questionnaires", "手続き中の申込みには、この版へ移すときに使います。", "For applications under way where they move to this version.", TOUCHES_IF_MOVED },
	{ "visits", "手続き中の申込みには、この版へ移すときに使います。", "For applications under way where they move to this version.", TOUCHES_IF_MOVED },
};
/* clang-format on */

static const struct part *part_of(struct sv key)
{
	static const struct part other = { "", "公開した時から使います。", "From now on.",
					   TOUCHES_NEW };

	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		if (sv_eq(key, sv_from(part[i].key)))
			return &part[i];
	}
	return &other;
}

/* ---- places ---- */

struct difference {
	struct arena *arena;
	struct programme_change *change;
	size_t count;
	bool moves;
	const struct part *part;
};

struct place {
	struct sv path;
	struct programme_text where;
};

static const struct yaml_node *member(const struct yaml_node *node, const char *const *key,
				      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *value = yaml_get(node, key[i]);

		if (value && value->kind == YAML_SCALAR)
			return value;
	}
	return NULL;
}

/* What tells one entry of a list from another. */
static struct sv id_of(const struct yaml_node *node)
{
	static const char *const key[] = { "id", "event", "course" };
	const struct yaml_node *found =
		node->kind == YAML_MAP ? member(node, key, sizeof key / sizeof *key) : NULL;

	return found ? found->text : SV_NONE;
}

static struct programme_text name_of(const struct yaml_node *node)
{
	static const char *const key[] = { "name", "label", "title", "question" };
	struct programme_text text = { SV_NONE, SV_NONE };

	for (size_t i = 0; i < sizeof key / sizeof *key && !text.ja.p; i++) {
		const struct yaml_node *name = yaml_get(node, key[i]);
		const struct yaml_node *ja = yaml_get(name, "ja"), *en = yaml_get(name, "en");

		if (name && name->kind == YAML_SCALAR)
			text.ja = text.en = name->text;
		else if (ja && ja->kind == YAML_SCALAR)
			text = (struct programme_text){ ja->text, en && en->kind == YAML_SCALAR
									  ? en->text
									  : ja->text };
	}
	return text;
}

static struct place inside(struct difference *to, const struct place *place, struct sv key,
			   const struct yaml_node *node)
{
	const struct programme_text name =
		node && node->kind == YAML_MAP ? name_of(node)
					       : (struct programme_text){ SV_NONE, SV_NONE };
	const char *dot = place->path.n > 0 ? "." : "", *sign = place->path.n > 0 ? " › " : "";

	return (struct place){
		arena_printf(to->arena, "%.*s%s%.*s", SV_ARG(place->path), dot, SV_ARG(key)),
		{ arena_printf(to->arena, "%.*s%s%.*s%s%.*s%s", SV_ARG(place->where.ja), sign,
			       SV_ARG(key), name.ja.n > 0 ? "（" : "", SV_ARG(name.ja),
			       name.ja.n > 0 ? "）" : ""),
		  arena_printf(to->arena, "%.*s%s%.*s%s%.*s%s", SV_ARG(place->where.en), sign,
			       SV_ARG(key), name.en.n > 0 ? " (" : "", SV_ARG(name.en),
			       name.en.n > 0 ? ")" : "") },
	};
}

/* A value in few characters. */
static struct sv shown(struct difference *to, const struct yaml_node *node)
{
	struct sv text = node->kind == YAML_SCALAR ? sv_trim(node->text) : SV("…");
	size_t end = 0;

	for (size_t i = 0; end < text.n && i < SHOWN_CHARACTERS; i++) {
		if (text.p[end] == '\n')
			break;
		end++;
		while (end < text.n && ((unsigned char)text.p[end] & 0xC0) == 0x80)
			end++;
	}
	return end == text.n ? text
			     : arena_printf(to->arena, "%.*s…", SV_ARG(sv_slice(text, 0, end)));
}

static void tell(struct difference *to, const struct place *place, enum change_kind kind,
		 const struct yaml_node *old, const struct yaml_node *new)
{
	static const struct programme_text word[] = {
		{ SV("追加"), SV("added") },
		{ SV("削除"), SV("removed") },
		{ SV_NONE, SV_NONE },
		{ SV("順序"), SV("another order") },
	};
	const struct yaml_node *one = new ? new : old;
	struct programme_text what = word[kind];

	if (to->count == PROGRAMME_CHANGES_MAX)
		return;
	if (kind == CHANGE_CHANGED) {
		what.ja = arena_printf(to->arena, "%.*s → %.*s", SV_ARG(shown(to, old)),
				       SV_ARG(shown(to, new)));
		what.en = what.ja;
	} else if (kind != CHANGE_ORDER && one->kind == YAML_SCALAR) {
		what.ja = arena_printf(to->arena, "%.*s：%.*s", SV_ARG(what.ja),
				       SV_ARG(shown(to, one)));
		what.en = arena_printf(to->arena, "%.*s: %.*s", SV_ARG(what.en),
				       SV_ARG(shown(to, one)));
	}
	to->change[to->count++] = (struct programme_change){
		.kind = kind,
		.path = place->path,
		.where = place->where,
		.what = what,
		.means = { sv_from(to->part->ja), sv_from(to->part->en) },
		.touches_under_way = to->part->touch == TOUCHES_ALL ||
				     (to->part->touch == TOUCHES_IF_MOVED && to->moves),
	};
}

/* ---- walking ---- */

static void compare(struct difference *to, const struct place *place, const struct yaml_node *old,
		    const struct yaml_node *new, unsigned depth);

static const struct yaml_node *pair_value(const struct yaml_node *map, struct sv key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (sv_eq(map->pair[i].key, key))
			return map->pair[i].value;
	}
	return NULL;
}

static void compare_maps(struct difference *to, const struct place *place,
			 const struct yaml_node *old, const struct yaml_node *new, unsigned depth)
{
	for (size_t i = 0; i < new->count; i++) {
		const struct yaml_pair *pair = &new->pair[i];
		const struct yaml_node *before = pair_value(old, pair->key);
		const struct place one = inside(to, place, pair->key, NULL);

		if (depth == 0)
			to->part = part_of(pair->key);
		if (before)
			compare(to, &one, before, pair->value, depth + 1);
		else
			tell(to, &one, CHANGE_ADDED, NULL, pair->value);
	}
	for (size_t i = 0; i < old->count; i++) {
		const struct yaml_pair *pair = &old->pair[i];
		const struct place one = inside(to, place, pair->key, NULL);

		if (depth == 0)
			to->part = part_of(pair->key);
		if (!pair_value(new, pair->key))
			tell(to, &one, CHANGE_REMOVED, pair->value, NULL);
	}
}

static size_t index_of(const struct yaml_node *list, struct sv id)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct sv other = id_of(list->item[i]);

		if (other.p && sv_eq(other, id))
			return i;
	}
	return SIZE_MAX;
}

static void compare_by_id(struct difference *to, const struct place *place,
			  const struct yaml_node *old, const struct yaml_node *new, unsigned depth)
{
	size_t last = 0;
	bool in_order = true;

	for (size_t i = 0; i < new->count; i++) {
		const struct sv id = id_of(new->item[i]);
		const size_t at = index_of(old, id);
		const struct place one = inside(to, place, id, new->item[i]);

		if (at == SIZE_MAX) {
			tell(to, &one, CHANGE_ADDED, NULL, new->item[i]);
			continue;
		}
		in_order &= at >= last;
		last = at;
		compare(to, &one, old->item[at], new->item[i], depth + 1);
	}
	for (size_t i = 0; i < old->count; i++) {
		const struct sv id = id_of(old->item[i]);
		const struct place one = inside(to, place, id, old->item[i]);

		if (index_of(new, id) == SIZE_MAX)
			tell(to, &one, CHANGE_REMOVED, old->item[i], NULL);
	}
	if (!in_order)
		tell(to, place, CHANGE_ORDER, old, new);
}

static void compare_by_place(struct difference *to, const struct place *place,
			     const struct yaml_node *old, const struct yaml_node *new,
			     unsigned depth)
{
	const size_t most = old->count > new->count ? old->count : new->count;

	for (size_t i = 0; i < most; i++) {
		const struct sv number = arena_printf(to->arena, "%zu", i + 1);
		const struct yaml_node *before = i < old->count ? old->item[i] : NULL;
		const struct yaml_node *after = i < new->count ? new->item[i] : NULL;
		const struct place one = inside(to, place, number, after ? after : before);

		if (before && after)
			compare(to, &one, before, after, depth + 1);
		else
			tell(to, &one, after ? CHANGE_ADDED : CHANGE_REMOVED, before, after);
	}
}

static bool has_ids(const struct yaml_node *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!id_of(list->item[i]).p)
			return false;
	}
	return true;
}

/* As deep as YAML_DEPTH_MAX lets a file be. */
static void compare(struct difference *to, const struct place *place, const struct yaml_node *old,
		    const struct yaml_node *new, unsigned depth)
{
	if (old->kind != new->kind) {
		tell(to, place, CHANGE_CHANGED, old, new);
		return;
	}
	switch (new->kind) {
	case YAML_SCALAR:
		if (!sv_eq(old->text, new->text))
			tell(to, place, CHANGE_CHANGED, old, new);
		return;
	case YAML_MAP: compare_maps(to, place, old, new, depth); return;
	case YAML_LIST:
		if (has_ids(old) && has_ids(new))
			compare_by_id(to, place, old, new, depth);
		else
			compare_by_place(to, place, old, new, depth);
		return;
	}
}

int programme_difference(const struct programme *old, const struct programme *new,
			 struct arena *arena, const struct programme_change **ret,
			 size_t *ret_count, struct err *err)
{
	struct difference to = { .arena = arena, .moves = new->facts.under_way_moves,
				 .part = part_of(SV("")) };
	const struct place top = { SV(""), { SV(""), SV("") } };

	to.change = arena_zalloc(arena, PROGRAMME_CHANGES_MAX, sizeof *to.change);
	if (!to.change)
		return err_set(err, ERR_RANGE, "no memory for the differences");
	compare(&to, &top, old->root, new->root, 0);
	*ret = to.change;
	*ret_count = to.count;
	return 0;
}
