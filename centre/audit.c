#include "centre/audit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/hash.h"

#define FIELDS 12
#define ROW_MAX 65536

static struct sv or_empty(struct sv s)
{
	return s.p ? s : SV("");
}

/* What the hash covers: each field with its length, so that none can borrow from the next. */
static void chain(struct sv before, int64_t number, int64_t at, const struct sv field[FIELDS],
		  char hash[static 2 * SHA256_SIZE + 1])
{
	struct sha256 digest;
	struct buf buf;

	buf_init(&buf, ROW_MAX);
	buf_printf(&buf, "%zu:%.*s%lld:%lld:", before.n, SV_ARG(before), (long long)number,
		   (long long)at);
	for (size_t i = 0; i < FIELDS; i++) {
		buf_printf(&buf, "%zu:", field[i].n);
		buf_put_sv(&buf, field[i]);
	}
	digest = sha256_of(buf_sv(&buf));
	hex_encode(digest.byte, SHA256_SIZE, hash);
	if (buf.full) /* we never write a row like that: somebody did */
		hash[0] = '\0';
	buf_done(&buf);
}

/* The last number and hash; 0 and "" at the beginning. */
static int last(struct store *store, int64_t *ret_number, char hash[static 2 * SHA256_SIZE + 1],
		struct err *err)
{
	struct store_query *query = store_query(
		store, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", err);
	int step;

	if (!query)
		return -1;
	*ret_number = 0;
	hash[0] = '\0';
	step = store_step(query, err);
	if (step == 1) {
		*ret_number = store_int(query, 0);
		snprintf(hash, 2 * SHA256_SIZE + 1, "%.*s", SV_ARG(store_text(query, 1)));
	}
	store_done(query);
	return step < 0 ? -1 : 0;
}

/* Whose affair: a company's, else an operator's. Both may stay empty. */
static int owner(struct store *store, const struct actor *actor, struct sv *company,
		 struct sv *operator_id, char text[static UUID_TEXT_MAX], struct err *err)
{
	const struct grant *grant = actor && actor->grant_count > 0 ? &actor->grant[0] : NULL;
	struct store_query *query;
	int step;

	if (company->n > 0 || !grant)
		return 0;
	if (grant->company.n > 0) {
		*company = grant->company;
	} else if (grant->operator_id.n > 0) {
		*operator_id = grant->operator_id;
	} else {
		query = store_ask(store, err, "SELECT operator FROM programme WHERE id = $1",
				  STORE_TEXT(grant->programme));
		if (!query)
			return -1;
		step = store_step(query, err);
		if (step == 1) {
			snprintf(text, UUID_TEXT_MAX, "%.*s", SV_ARG(store_text(query, 0)));
			*operator_id = sv_from(text);
		}
		store_done(query);
		return step < 0 ? -1 : 0;
	}
	return 0;
}

static struct sv cut(struct sv text, size_t max)
{
	text = or_empty(text);
	if (text.n <= max)
		return text;
	while (max > 0 && ((unsigned char)text.p[max] & 0xC0) == 0x80)
		max--;
	return sv_slice(text, 0, max);
}

int audit_append(struct store *store, const struct audit_entry *entry, struct instant now,
		 struct err *err)
{
	const struct actor *actor = entry->actor;
	char hash[2 * SHA256_SIZE + 1], before[2 * SHA256_SIZE + 1], text[UUID_TEXT_MAX];
	struct sv company = or_empty(entry->company), operator_id = SV("");
	char repeated[16];
	int64_t number;

	if (!store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "audit entry outside of a transaction");
	if (last(store, &number, before, err) != 0 ||
	    owner(store, actor, &company, &operator_id, text, err) != 0)
		return -1;
	number++;
	snprintf(repeated, sizeof repeated, "%u", entry->repeated);
	{
		const struct sv field[FIELDS] = {
			sv_from(actor_kind_name(actor ? actor->kind : ACTOR_CENTRE)),
			actor ? or_empty(actor->id) : SV(""),
			actor ? cut(actor->name, AUDIT_TEXT_MAX) : SV(""),
			sv_from(entry->action),
			sv_from(entry->object_kind ? entry->object_kind : ""),
			cut(entry->object, AUDIT_TEXT_MAX),
			company,
			operator_id,
			entry->refused ? SV("refused") : SV("done"),
			cut(entry->reason, AUDIT_TEXT_MAX),
			cut(entry->address, 100),
			sv_from(repeated),
		};

		chain(sv_from(before), number, now.us, field, hash);
		return store_change(
			store, err,
			"INSERT INTO audit (number, at, actor_kind, actor, actor_name, action,"
			" object_kind, object, company, operator, result, reason, address, repeated,"
			" hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
			" $15)",
			STORE_INT(number), STORE_INT(now.us), STORE_TEXT(field[0]),
			STORE_TEXT(field[1]), STORE_TEXT(field[2]), STORE_TEXT(field[3]),
			STORE_TEXT(field[4]), STORE_TEXT(field[5]), STORE_TEXT(field[6]),
			STORE_TEXT(field[7]), STORE_TEXT(field[8]), STORE_TEXT(field[9]),
			STORE_TEXT(field[10]), STORE_INT(entry->repeated),
			STORE_TEXT(sv_from(hash)));
	}
}

int audit_verify(struct store *store, struct audit_state *ret, struct err *err)
{
	struct audit_state state = { .intact = true };
	struct store_query *query = store_query(
		store,
		"SELECT number, at, actor_kind, actor, actor_name, action, object_kind, object,"
		" company, operator, result, reason, address, repeated, hash FROM audit"
		" ORDER BY number",
		err);
	int step;

	if (!query)
		return -1;
	while ((step = store_step(query, err)) == 1) {
		const int64_t number = store_int(query, 0);
		char hash[2 * SHA256_SIZE + 1], repeated[24];
		struct sv field[FIELDS];

		for (int i = 0; i < FIELDS - 1; i++)
			field[i] = store_text(query, i + 2);
		snprintf(repeated, sizeof repeated, "%lld", (long long)store_int(query, 13));
		field[FIELDS - 1] = sv_from(repeated);
		chain(sv_from(state.head), number, store_int(query, 1), field, hash);
		state.entries++;
		snprintf(state.head, sizeof state.head, "%.*s", SV_ARG(store_text(query, 14)));
		if (state.intact && ((uint64_t)number != state.entries || hash[0] == '\0' ||
				     strcmp(hash, state.head) != 0)) {
			state.intact = false;
			state.broken_at = (uint64_t)number;
		}
	}
	store_done(query);
	if (step < 0)
		return -1;
	*ret = state;
	return 0;
}
