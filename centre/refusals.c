#include <pthread.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "centre/audit.h"

#define WINDOW_US (REFUSALS_WINDOW_SECONDS * INSTANT_SECOND)
#define KEPT_MAX 200 /* bytes of each text that a slot keeps */

/* One kind of refusal and how often it came again. */
struct slot {
	uint64_t key; /* 0: free */
	struct instant first;
	uint32_t repeated;
	enum actor_kind kind;
	const char *action, *object_kind; /* literals */
	char actor[KEPT_MAX], name[KEPT_MAX], company[KEPT_MAX];
	char reason[KEPT_MAX], address[KEPT_MAX];
	/* of the actor's first grant: whose affair it is */
	char own_operator[UUID_TEXT_MAX], own_programme[UUID_TEXT_MAX], own_company[UUID_TEXT_MAX];
};

struct refusals {
	pthread_mutex_t lock;
	struct instant window;
	unsigned written; /* in this window */
	struct slot slot[REFUSALS_SLOTS];
};

struct refusals *refusals_new(void)
{
	struct refusals *refusals = mem_zalloc(sizeof *refusals);

	pthread_mutex_init(&refusals->lock, NULL);
	return refusals;
}

void refusals_free(struct refusals *refusals)
{
	if (!refusals)
		return;
	pthread_mutex_destroy(&refusals->lock);
	free(refusals);
}

static void keep_in(char *text, size_t room, struct sv s)
{
	const size_t n = s.n < room - 1 ? s.n : room - 1;

	if (n > 0)
		memcpy(text, s.p, n);
	text[n] = '\0';
}
#define keep(array, s) keep_in(array, sizeof(array), s)

/*
 * In a flood what the sender can choose makes no entries any more: neither the
 * reason, which may quote it, nor its address. Companies and operators stay
 * apart.
 */
static uint64_t key_of(const struct audit_entry *entry, bool coarse)
{
	const struct actor *actor = entry->actor;
	const struct grant none = { .name = SV_NONE };
	const struct grant *own = actor && actor->grant_count > 0 ? &actor->grant[0] : &none;
	struct buf buf;
	uint64_t key;

	buf_init(&buf, 8192);
	buf_printf(&buf, "%s|%.*s|%.*s|%.*s|%.*s", entry->action, SV_ARG(entry->company),
		   SV_ARG(own->operator_id), SV_ARG(own->programme), SV_ARG(own->company));
	if (!coarse)
		buf_printf(&buf, "|%.*s|%.*s|%.*s", SV_ARG(sv_slice(entry->reason, 0, KEPT_MAX)),
			   SV_ARG(actor ? actor->id : SV_NONE),
			   SV_ARG(sv_slice(entry->address, 0, KEPT_MAX)));
	key = sv_hash(buf_sv(&buf));
	buf_done(&buf);
	return key ? key : 1;
}

static void fill(struct slot *slot, uint64_t key, const struct audit_entry *entry,
		 struct instant now)
{
	const struct actor *actor = entry->actor;

	*slot = (struct slot){ .key = key,
			       .first = now,
			       .kind = actor ? actor->kind : ACTOR_CENTRE,
			       .action = entry->action,
			       .object_kind = entry->object_kind };
	keep(slot->actor, actor ? actor->id : SV_NONE);
	keep(slot->name, actor ? actor->name : SV_NONE);
	keep(slot->company, entry->company);
	keep(slot->reason, entry->reason);
	keep(slot->address, entry->address);
	if (actor && actor->grant_count > 0) {
		keep(slot->own_operator, actor->grant[0].operator_id);
		keep(slot->own_programme, actor->grant[0].programme);
		keep(slot->own_company, actor->grant[0].company);
	}
}

static int write_entry(struct store *store, const struct audit_entry *entry, struct instant now,
		       struct err *err)
{
	if (store_begin(store, err) != 0)
		return -1;
	if (audit_append(store, entry, now, err) != 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

/* The rest of a window that is over, as one entry. */
static int write_rest(struct store *store, const struct slot *slot, struct instant now,
		      struct err *err)
{
	const struct grant grant = { .operator_id = sv_from(slot->own_operator),
				     .programme = sv_from(slot->own_programme),
				     .company = sv_from(slot->own_company) };
	const bool known = grant.operator_id.n + grant.programme.n + grant.company.n > 0;
	const struct actor actor = { .kind = slot->kind,
				     .id = sv_from(slot->actor),
				     .name = sv_from(slot->name),
				     .grant = &grant,
				     .grant_count = known };

	return write_entry(store,
			   &(struct audit_entry){
				   .actor = &actor,
				   .action = slot->action,
				   .object_kind = slot->object_kind,
				   .company = sv_from(slot->company),
				   .refused = true,
				   .reason = sv_from(slot->reason),
				   .address = sv_from(slot->address),
				   .repeated = slot->repeated,
			   },
			   now, err);
}

/* Decides under the lock; what is to be written is written after it. */
static bool is_new(struct refusals *refusals, const struct audit_entry *entry, struct instant now,
		   struct slot *ret_rest)
{
	struct slot *slot;
	uint64_t key;

	if (now.us - refusals->window.us >= WINDOW_US) {
		refusals->window = now;
		refusals->written = 0;
	}
	key = key_of(entry, refusals->written >= REFUSALS_WINDOW_MAX);
	slot = &refusals->slot[key % REFUSALS_SLOTS];
	if (slot->key == key && now.us - slot->first.us < WINDOW_US) {
		if (__builtin_add_overflow(slot->repeated, 1, &slot->repeated) ||
		    __builtin_add_overflow(slot->repeated, entry->repeated, &slot->repeated))
			slot->repeated = UINT32_MAX;
		return false;
	}
	*ret_rest = *slot;
	fill(slot, key, entry, now);
	refusals->written++;
	return true;
}

int audit_refuse(struct refusals *refusals, struct store *store, const struct audit_entry *entry,
		 struct instant now, struct err *err)
{
	struct audit_entry refused = *entry;
	struct slot rest = { 0 };
	bool new;

	refused.refused = true;
	pthread_mutex_lock(&refusals->lock);
	new = is_new(refusals, &refused, now, &rest);
	pthread_mutex_unlock(&refusals->lock);
	if (rest.repeated > 0 && write_rest(store, &rest, now, err) != 0)
		return -1;
	return new ? write_entry(store, &refused, now, err) : 0;
}

int audit_flush(struct refusals *refusals, struct store *store, struct instant now, bool all,
		struct err *err)
{
	for (size_t i = 0; i < REFUSALS_SLOTS; i++) {
		struct slot *slot = &refusals->slot[i], rest = { 0 };

		pthread_mutex_lock(&refusals->lock);
		if (slot->repeated > 0 && (all || now.us - slot->first.us >= WINDOW_US)) {
			rest = *slot;
			slot->key = 0;
			slot->repeated = 0;
		}
		pthread_mutex_unlock(&refusals->lock);
		if (rest.repeated > 0 && write_rest(store, &rest, now, err) != 0)
			return -1;
	}
	return 0;
}
